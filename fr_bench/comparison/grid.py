"""The rectangle of comparisons that a plan implies: references down, probes across, computed in any part on demand.

Only references and probes with a template are rows and columns. In an "all" plan both are the same samples, and only
columns right of the row's own count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.exact import (
    Comparison,
    Keys,
    error_factor,
    exact_keys,
    keys_of,
    keys_of_pairs,
    round_exactly,
    scale_of,
    squares,
    sums_are_exact,
)
from fr_bench.comparison.plan import count_all, count_gallery
from fr_bench.comparison.references import Enrolled, chosen, enrol
from fr_bench.records import ComparisonPlan, References, TemplateSet

Positions = NDArray[np.int64]

TILE = 64
"""Rows of the small blocks in which mated comparisons are computed."""


CELLS = 64
"""Cells of which the templates stand in the processor's cache at once."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Grid:
    """The comparisons of a plan between references and probes that have a template.

    rows              the references; row r is reference `rows.numbers[r]` of the plan
    column_vectors    (c, d) templates of the probes
    column_numbers    (c,) number of each probe in `plan.probes`
    row_subject, column_subject   subject codes
    triangular        only columns > row count
    own_row, own_column   cells that are no comparison, since the probe is a member of the reference
    row_norms         (rows of vectors,) lengths; `column_norms` likewise
    alike             whether no template is more than twice as long as another
    factor            what the scale of two templates is multiplied with to bound the error of their key; 0: exact
    mated, nonmated   numbers of comparisons in the grid
    """

    comparison: Comparison
    rows: Enrolled
    column_vectors: NDArray[np.float32]
    column_numbers: NDArray[np.int32]
    row_subject: NDArray[np.int32]
    column_subject: NDArray[np.int32]
    triangular: bool
    own_row: Positions
    own_column: Positions
    row_norms: Keys
    column_norms: Keys
    alike: bool
    factor: float
    mated: int
    nonmated: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows.numbers), len(self.column_numbers)


def grid_of(plan: ComparisonPlan, templates: TemplateSet) -> Grid:
    """The grid of an "all", "gallery" or "search" plan."""
    if plan.kind not in ("all", "gallery", "search"):
        raise ValueError(f"a plan {plan.kind!r} is no grid")
    rows = enrol(plan.references, templates)
    column_numbers = np.flatnonzero(templates.has_template[plan.probes]).astype(np.int32)
    probes = plan.probes[column_numbers]
    triangular = plan.kind == "all"
    columns = rows.vectors if triangular else chosen(templates.vectors, probes)
    row_subject = plan.subject[plan.references.members[plan.references.offsets[:-1][rows.numbers]]]
    own_row, own_column = _own_cells(plan.references, rows, probes, len(plan.subject), triangular)
    exact = sums_are_exact(rows.vectors, columns)
    column_subject = plan.subject[probes]
    row_norms, column_norms = _norms(rows.vectors), _norms(columns)
    lengths = np.concatenate([row_norms, column_norms])
    mated, nonmated = _counts(plan, rows, probes)
    return Grid(
        comparison=templates.comparison,
        rows=rows,
        column_vectors=columns,
        column_numbers=column_numbers,
        row_subject=row_subject,
        column_subject=column_subject,
        triangular=triangular,
        own_row=own_row,
        own_column=own_column,
        row_norms=row_norms,
        column_norms=column_norms,
        alike=not len(lengths) or bool(lengths.max() <= 2 * lengths.min()),
        factor=0.0 if exact else error_factor(columns.shape[1]),
        mated=mated,
        nonmated=nonmated,
    )


def _counts(plan: ComparisonPlan, rows: Enrolled, probes: NDArray[np.int32]) -> tuple[int, int]:
    if plan.kind == "all":
        return count_all(plan.subject[probes])
    offsets, members = plan.references.offsets, plan.references.members
    lengths = np.diff(offsets)
    kept = np.zeros(len(plan.references), dtype=bool)
    kept[rows.numbers] = True
    present = References(
        offsets=np.concatenate([[0], np.cumsum(lengths[rows.numbers])]).astype(np.int64),
        members=members[np.repeat(kept, lengths)],
    )
    return count_gallery(present, probes, plan.subject)


def _own_cells(
    references: References, rows: Enrolled, probes: NDArray[np.int32], samples: int, triangular: bool
) -> tuple[Positions, Positions]:
    """Cells in which a probe meets a reference that it is a member of, ordered by row and column."""
    none = np.zeros(0, dtype=np.int64)
    if triangular or not len(probes) or not len(rows.numbers):
        return none, none
    column_of = np.full(samples, -1, dtype=np.int64)
    column_of[probes] = np.arange(len(probes))
    row_of = np.full(len(references), -1, dtype=np.int64)
    row_of[rows.numbers] = np.arange(len(rows.numbers))
    row = row_of[np.repeat(np.arange(len(references)), np.diff(references.offsets))]
    column = column_of[references.members]
    cells = (row >= 0) & (column >= 0)
    return row[cells], column[cells]


def _norms(vectors: NDArray[np.float32]) -> Keys:
    """Lengths, and never less than the true ones by more than the spare roundings of `exact.error_factor`."""
    out = np.empty(len(vectors))
    for first in range(0, len(vectors), 512):
        out[first : first + 512] = np.sqrt(squares(vectors[first : first + 512].astype(np.float64)))
    return out


def wide_rows(grid: Grid, rows: Positions) -> Keys:
    """Float64 copies of the vectors of these rows: one each, or with "best" all their members one after another."""
    return grid.rows.vectors[_vector_numbers(grid, rows)].astype(np.float64)


def _vector_numbers(grid: Grid, rows: Positions) -> Positions:
    if grid.rows.single:
        return rows
    starts, lengths = grid.rows.starts[rows], np.diff(grid.rows.starts)[rows]
    ends = np.cumsum(lengths)
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)


def block_keys(grid: Grid, rows: Positions, columns: Positions, wide: Keys | None = None) -> tuple[Keys, float]:
    """(r, c) approximate keys of these rows and columns, and a bound of their error.

    wide   `wide_rows(grid, rows)` where the caller has it already
    """
    wide = wide_rows(grid, rows) if wide is None else wide
    keys = keys_of(wide, grid.column_vectors[columns].astype(np.float64), grid.comparison)
    numbers = _vector_numbers(grid, rows)
    if not grid.rows.single:
        lengths = np.diff(grid.rows.starts)[rows]
        keys = np.maximum.reduceat(keys, np.cumsum(lengths) - lengths, axis=0)
    scale = scale_of(grid.row_norms[numbers].max(initial=0.0), grid.column_norms[columns].max(initial=0.0),
                     grid.comparison)  # fmt: skip
    return keys, grid.factor * float(scale)


def nonmated_cells(grid: Grid, rows: Positions, columns: Positions) -> NDArray[np.bool_] | None:
    """(r, c) which cells of a block are nonmated comparisons; None if all are."""
    row_subject, column_subject = grid.row_subject[rows], grid.column_subject[columns]
    cells: NDArray[np.bool_] | None = None
    if np.isin(column_subject, row_subject).any():
        cells = row_subject[:, None] != column_subject[None, :]
    if grid.triangular and rows.max() >= columns.min():
        right = columns[None, :] > rows[:, None]
        cells = right if cells is None else cells & right
    return cells


def exact_scores(
    grid: Grid, keys: Keys, bound: float, rows: Positions, columns: Positions, cells: NDArray[np.intp] | None
) -> NDArray[np.float32]:
    """(n,) exact scores of some cells of a block.

    keys, bound    of `block_keys(grid, rows, columns)`
    cells          (n,) positions in the block, row by row; None: all of them
    """
    wanted = keys.ravel() if cells is None else keys.ravel()[cells]

    def exact(open_: NDArray[np.intp]) -> Keys:
        row, column = located(rows, columns, open_ if cells is None else cells[open_])
        return _exact_cells(grid, row, column)

    limit: float | Keys = bound
    if bound and not grid.alike and grid.rows.single:
        # One huge template among small ones would have the whole block recomputed: here each cell has its own bound.
        row, column = located(rows, columns, np.arange(keys.size) if cells is None else cells)
        limit = grid.factor * scale_of(grid.row_norms[row], grid.column_norms[column], grid.comparison)
    return round_exactly(wanted, limit, exact, grid.comparison)


def scores_of_cells(
    grid: Grid, rows: Positions, columns: Positions, wide: Keys, band: slice, block: slice
) -> NDArray[np.float32]:
    """(n,) exact scores of some cells by themselves; references are single templates.

    wide    `wide_rows` of the rows `band`, in which `rows` lie, as `columns` lie in `block`
    """
    keys = np.empty(len(rows))
    # Written again and again into the same memory, which stays in the cache.
    one, other = (np.empty((min(CELLS, len(rows)), wide.shape[1])) for _ in range(2))
    narrow = np.empty(other.shape, np.float32)
    across = grid.column_vectors[block]
    for first in range(0, len(rows), CELLS):
        some = slice(first, min(first + CELLS, len(rows)))
        a, b, c = one[: some.stop - first], other[: some.stop - first], narrow[: some.stop - first]
        np.take(wide, rows[some] - band.start, axis=0, out=a, mode="clip")
        np.take(across, columns[some] - block.start, axis=0, out=c, mode="clip")
        b[:] = c
        keys[some] = keys_of_pairs(a, b, grid.comparison)
    return scores_of_keys(grid, rows, columns, keys)


def scores_of_keys(grid: Grid, rows: Positions, columns: Positions, keys: Keys) -> NDArray[np.float32]:
    """(n,) exact scores of some cells of which approximate keys are known; references are single templates."""
    bound = grid.factor * scale_of(grid.row_norms[rows], grid.column_norms[columns], grid.comparison)

    def exact(open_: NDArray[np.intp]) -> Keys:
        return _exact_cells(grid, rows[open_], columns[open_])

    return round_exactly(keys, bound, exact, grid.comparison)


def nonmated_in_rows(grid: Grid, rows: Positions) -> Positions:
    """(n,) how many nonmated comparisons stand in each of some rows of the grid."""
    if not grid.triangular:
        subjects, counts = np.unique(grid.column_subject, return_counts=True)
        place = np.minimum(np.searchsorted(subjects, grid.row_subject[rows]), len(subjects) - 1)
        own = np.where(subjects[place] == grid.row_subject[rows], counts[place], 0)
        return np.asarray(grid.shape[1] - own, dtype=np.int64)
    order = np.argsort(grid.row_subject, kind="stable")
    ends = np.searchsorted(grid.row_subject[order], grid.row_subject[order], side="right")
    later = np.empty(len(order), dtype=np.int64)
    later[order] = ends - np.arange(len(order)) - 1
    return np.asarray(grid.shape[1] - rows - 1 - later[rows], dtype=np.int64)


def located(rows: Positions, columns: Positions, cells: NDArray[np.intp]) -> tuple[Positions, Positions]:
    """Row and column of the grid for positions in a block of these rows and columns."""
    row, column = np.divmod(cells, max(len(columns), 1))
    return rows[row], columns[column]


def _exact_cells(grid: Grid, rows: Positions, columns: Positions) -> Keys:
    lengths = np.diff(grid.rows.starts)[rows]
    if not rows.size:
        return np.zeros(0)
    one = grid.rows.vectors[_vector_numbers(grid, rows)]
    other = grid.column_vectors[np.repeat(columns, lengths)]
    keys = exact_keys(one, other, grid.comparison)
    return np.maximum.reduceat(keys, np.cumsum(lengths) - lengths)


def nonmated_subjects(grid: Grid) -> int:
    """How many subjects stand on either side of a nonmated comparison: those that meet another subject's template."""
    rows, columns = np.unique(grid.row_subject), np.unique(grid.column_subject)
    if min(len(rows), len(columns)) > 1:
        return len(np.union1d(rows, columns))
    # One subject alone on a side meets all others of the other side, but not itself; nobody meets anybody.
    alone, others = sorted((rows, columns), key=len)
    met = np.setdiff1d(others, alone)
    return len(met) + 1 if len(alone) and len(met) else 0


def mated_tiles(grid: Grid) -> Iterator[tuple[Positions, Positions]]:
    """Rows and columns of small blocks that together hold every mated comparison once."""
    row_order = np.argsort(grid.row_subject, kind="stable")
    column_order = np.argsort(grid.column_subject, kind="stable")
    row_subject, column_subject = grid.row_subject[row_order], grid.column_subject[column_order]
    shared = np.intersect1d(row_subject, column_subject)
    first_row = 0
    while first_row < len(row_order):
        end_row = min(first_row + TILE, len(row_order))
        low, high = row_subject[first_row], row_subject[end_row - 1]
        if shared.size and np.searchsorted(shared, low) < np.searchsorted(shared, high, side="right"):
            begin = int(np.searchsorted(column_subject, low))
            end = int(np.searchsorted(column_subject, high, side="right"))
            # Mostly a few columns more than rows, as subjects are not cut: they make one block, not two.
            for first in range(begin, end, 4 * TILE):
                yield row_order[first_row:end_row], column_order[first : min(first + 4 * TILE, end)]
        first_row = end_row


def mated_scores(grid: Grid) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """Every mated score, its probe number and its reference number, in the order of the plan."""
    parts: list[tuple[NDArray[np.float32], Positions, Positions]] = []
    own = grid.own_row * grid.shape[1] + grid.own_column
    for rows, columns in mated_tiles(grid):
        cells = grid.row_subject[rows][:, None] == grid.column_subject[columns][None, :]
        if grid.triangular:
            cells &= columns[None, :] > rows[:, None]
        positions = np.flatnonzero(cells)
        row, column = located(rows, columns, positions)
        if own.size:
            wanted = ~np.isin(row * grid.shape[1] + column, own)
            positions, row, column = positions[wanted], row[wanted], column[wanted]
        if row.size:
            keys, bound = block_keys(grid, rows, columns)
            parts.append((exact_scores(grid, keys, bound, rows, columns, positions), row, column))
    if not parts:
        return np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(0, np.int32)
    values, row, column = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.lexsort((column, row))
    return values[order], grid.column_numbers[column[order]], grid.rows.numbers[row[order]]
