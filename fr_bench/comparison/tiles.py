"""A pass cut into tiles, so that other machines may make them: some bands of rows by some columns, with all they need.

A *slab* is a run of consecutive rows or columns of a grid: templates, lengths, numbers, subjects. A *setting* is what
all tiles of a pass share. A slab of rows, a slab of columns and the setting make a pass of their own (`job_of`), whose
bands are parts of the bands of the whole pass; `joined` puts the parts of a band together. A score depends on two
templates only, counts and sums are whole numbers, so a joined band is the band that one machine makes, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison import compiled
from fr_bench.comparison.bands import Band, Pass
from fr_bench.comparison.by_subject import SubjectLedger
from fr_bench.comparison.choosing import SMALL, Screening, screen_like, screen_of
from fr_bench.comparison.engine import EASY
from fr_bench.comparison.exact import Comparison, Keys, least_key
from fr_bench.comparison.grid import Grid
from fr_bench.comparison.keep import floor_at, sample_nonmated
from fr_bench.comparison.references import Enrolled
from fr_bench.comparison.screen import Screen, float_sketches
from fr_bench.comparison.search import Aim, Hits
from fr_bench.provenance import digest_array, digest_value

SLAB_BYTES = 32 << 20
"""Templates of a slab take no more than that, one band aside: two slabs and their copies stand in a worker's memory."""
TILES_A_THREAD = 3
"""So many tiles at least for each thread, where there are so many bands: the last ones wait for each other less."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slab:
    """Consecutive rows or columns of a grid.

    first        number of the first row or column in the grid
    templates    their templates; each column is one template
    norms        lengths of the templates
    subjects     subject code of each row or column
    starts       of rows: where each band begins, from 0, and where the last ends; None for columns alone
    first_band   number of the first band
    entries      number of each one's subject in the pass's sums by subject, where there are any
    mate, reach  what candidates are held against, for columns where probes are searched for
    least        the least key that may matter in each of those columns, where a screen may pass over others
    """

    first: int
    templates: Enrolled
    norms: Keys
    subjects: NDArray[np.int32]
    starts: NDArray[np.int64] | None = None
    first_band: int = 0
    entries: NDArray[np.int64] | None = None
    mate: NDArray[np.float32] | None = None
    reach: NDArray[np.float32] | None = None
    least: Keys | None = None

    def digest(self) -> str:
        """Names the content: equal slabs are sent once."""
        held = self.templates
        arrays = (held.numbers, held.starts, held.vectors, held.samples, self.norms, self.subjects, self.starts,
                  self.entries, self.mate, self.reach, self.least)  # fmt: skip
        return digest_value([self.first, self.first_band, *(None if a is None else digest_array(a) for a in arrays)])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Setting:
    """What all tiles of a pass share.

    nonmated   nonmated comparisons of the whole grid
    ledger     how the rest is summed up by subject, without the numbers of rows and columns
    returned   how many identities are kept of each search; None where none is made
    """

    comparison: Comparison
    triangular: bool
    alike: bool
    factor: float
    mated: int
    nonmated: int
    floor: float
    at: NDArray[np.float32] | None
    ledger: SubjectLedger | None
    returned: int | None
    columns: int
    screening: Screening

    def digest(self) -> str:
        """Names the content: what workers learn of one pass is of no other."""
        ledger = self.ledger
        sums = ledger and [float(ledger.low).hex(), float(ledger.scale).hex(), digest_array(ledger.table),
                           ledger.places, ledger.subjects]  # fmt: skip
        return digest_value(
            [self.comparison, self.triangular, self.alike, self.factor.hex(), self.mated, self.nonmated,
             self.floor.hex(), None if self.at is None else digest_array(self.at), sums, self.returned, self.columns,
             self.screening]
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Tiling:
    """How a pass is cut: its setting, slabs of rows and of columns. Where every pair is compared, both are the same."""

    setting: Setting
    rows: tuple[Slab, ...]
    columns: tuple[Slab, ...]

    def across(self, row: int) -> range:
        """Numbers of the slabs of columns that a slab of rows meets."""
        return range(row if self.setting.triangular else 0, len(self.columns))


def tiling_of(job: Pass, threads: int, screening: Screening = "auto", *, slab_bytes: int = SLAB_BYTES) -> Tiling:
    """Cut a pass for so many threads; no result depends on how."""
    grid = job.grid
    bands = len(job.starts) - 1
    a_row = max(1, grid.rows.vectors.nbytes // max(1, grid.shape[0]))
    a_band = max(1, (grid.shape[0] // max(1, bands)) * a_row)
    wanted = TILES_A_THREAD * threads
    most = max(1, slab_bytes // a_band)
    slabs = -(-bands // most)
    while slabs < bands and (slabs * (slabs + 1) // 2 if grid.triangular else slabs * slabs) < wanted:
        slabs += 1
    edges = np.unique(np.linspace(0, bands, slabs + 1).astype(np.int64)).tolist()
    rows = tuple(_rows(job, first, end) for first, end in pairwise(edges))
    columns = rows if grid.triangular else tuple(_columns(job, slabs, slab_bytes))
    ledger = job.ledger and replace(job.ledger, rows=np.zeros(0, np.int64), columns=np.zeros(0, np.int64))
    setting = Setting(
        comparison=grid.comparison,
        triangular=grid.triangular,
        alike=grid.alike,
        factor=grid.factor,
        mated=grid.mated,
        nonmated=grid.nonmated,
        floor=job.floor,
        at=job.at,
        ledger=ledger,
        returned=job.aim.returned if job.aim else None,
        columns=job.columns,
        screening=screening,
    )
    return Tiling(setting, rows, columns)


def _rows(job: Pass, first_band: int, end_band: int) -> Slab:
    grid = job.grid
    starts = job.starts[first_band : end_band + 1]
    first, end = int(starts[0]), int(starts[-1])
    held = grid.rows
    low, high = int(held.starts[first]), int(held.starts[end])
    return Slab(
        first=first,
        templates=Enrolled(
            held.numbers[first:end], held.starts[first : end + 1] - low, held.vectors[low:high], held.samples[low:high]
        ),
        norms=grid.row_norms[low:high],
        subjects=grid.row_subject[first:end],
        starts=starts - first,
        first_band=first_band,
        entries=None if job.ledger is None else job.ledger.rows[first:end],
    )


def _columns(job: Pass, slabs: int, slab_bytes: int) -> Iterator[Slab]:
    grid, aim = job.grid, job.aim
    total = grid.shape[1]
    least = None
    if aim is not None and job.at is None and np.isfinite(job.floor):
        least = aim.least(job.floor, floor_at(sample_nonmated(grid), EASY), grid.comparison)
    most = max(1, slab_bytes // max(1, grid.column_vectors.nbytes // max(1, total)))
    edges = np.unique(np.linspace(0, total, max(slabs, -(-total // most)) + 1).astype(np.int64)).tolist()
    for first, end in pairwise(edges):
        some = slice(first, end)
        yield Slab(
            first=first,
            templates=Enrolled(
                grid.column_numbers[some],
                np.arange(end - first + 1),
                grid.column_vectors[some],
                np.full(end - first, -1, np.int32),
            ),
            norms=grid.column_norms[some],
            subjects=grid.column_subject[some],
            entries=None if job.ledger is None else job.ledger.columns[some],
            mate=None if aim is None else aim.mate[some],
            reach=None if aim is None else aim.reach[some],
            least=None if least is None else least[some],
        )


def job_of(setting: Setting, rows: Slab, columns: Slab, liked: Screen | None = None) -> Pass:
    """The pass over one tile: band k of it is a part of band `rows.first_band + k` of the whole pass.

    liked   a screen of another tile of this pass, whose kind and directions are taken over; None: one is chosen

    Raises ValueError for columns where a slab of rows cannot stand.
    """
    if rows.starts is None:
        raise ValueError("a slab of columns has no bands")
    grid = _grid(setting, rows, columns)
    aim = ledger = None
    if setting.returned is not None and columns.mate is not None and columns.reach is not None:
        aim = Aim(mate=columns.mate, reach=columns.reach, returned=setting.returned)
    if setting.ledger is not None and rows.entries is not None and columns.entries is not None:
        ledger = replace(setting.ledger, rows=rows.entries, columns=columns.entries)
    return Pass(
        grid=grid,
        floor=setting.floor,
        at=setting.at,
        ledger=ledger,
        aim=aim,
        screen=_screen(setting, grid, columns.least, liked) if setting.at is None else None,
        compiled=compiled.wanted(setting.nonmated),
        starts=rows.starts,
        columns=setting.columns,
    )


def _grid(setting: Setting, rows: Slab, columns: Slab) -> Grid:
    """A tile's own grid. Right of the rows of a triangle it is a rectangle: every column is greater than every row."""
    if setting.triangular and columns.first < rows.first:
        raise ValueError(f"columns from {columns.first} lie left of rows from {rows.first}")
    none = np.zeros(0, np.int64)
    return Grid(
        comparison=setting.comparison,
        rows=rows.templates,
        column_vectors=columns.templates.vectors,
        column_numbers=columns.templates.numbers,
        row_subject=rows.subjects,
        column_subject=columns.subjects,
        triangular=setting.triangular and columns.first == rows.first,
        own_row=none,
        own_column=none,
        row_norms=rows.norms,
        column_norms=columns.norms,
        alike=setting.alike,
        factor=setting.factor,
        mated=setting.mated,
        nonmated=setting.nonmated,
    )


def _screen(setting: Setting, grid: Grid, least: Keys | None, liked: Screen | None) -> Screen | None:
    """The screen of a tile: like the liked one where that suits its templates; else one that is chosen."""
    if liked is not None:
        found = screen_like(liked, grid, least_key(setting.floor, setting.comparison) if least is None else least)
        if found is not None:
            return found
    if setting.screening == "auto" and setting.nonmated >= SMALL:
        # What a choice costs is weighed against this tile; whether it is worth its time, against the whole pass.
        grid = replace(grid, nonmated=max(SMALL, grid.shape[0] * grid.shape[1]))
    fast = compiled.wanted(setting.nonmated)
    return screen_of(grid, setting.floor, setting.screening, least=least, compiled=fast)


def remembered(job: Pass) -> Screen | None:
    """The screen of a tile's pass, to be `liked` by other tiles: with sketches of one template instead of all."""
    if job.screen is None:
        return None
    one = slice(0, 1)
    sketches = float_sketches(job.screen.basis, job.grid.rows.vectors[one], job.grid.column_vectors[one])
    return replace(job.screen, sketches=sketches)


def joined(parts: Sequence[tuple[Slab, Band]], rows: Slab, job: Pass) -> Band:
    """A band of the whole pass, of its parts with the slab of columns that each was made of.

    rows   the slab of rows that the band lies in
    job    the whole pass
    """
    ordered = [band for _, band in sorted(parts, key=lambda part: part[0].first)]
    values, probe, reference = (
        np.concatenate([getattr(band, name) for band in ordered]) for name in ("values", "probe", "reference")
    )
    order = np.lexsort((probe, reference))
    rest = job.no_counts()
    for band in ordered:
        rest.add(band.rest)
    return Band(
        values[order],
        probe[order],
        reference[order],
        rest,
        sum(band.made for band in ordered),
        None if job.aim is None else _hits(parts, rows, job.aim.returned),
    )


def _hits(parts: Sequence[tuple[Slab, Band]], rows: Slab, returned: int) -> Hits:
    """What was found of searches, each part of which looked at probes of its own."""
    found = [(slab.first, band.hits) for slab, band in sorted(parts, key=lambda part: part[0].first) if band.hits]
    hits = Hits(
        np.concatenate([part.above for _, part in found]),
        np.concatenate([part.ties for _, part in found]),
        np.concatenate([part.column + np.int32(first) for first, part in found]),
        np.concatenate([part.row + np.int32(rows.first) for _, part in found]),
        np.concatenate([part.score for _, part in found]),
    )
    hits.thin_out(returned)
    return hits
