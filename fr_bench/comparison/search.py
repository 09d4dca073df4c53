"""1:N search, counted in the pass over all comparisons: the rank of each probe's mate, and the best of the others.

Candidates are identities: rows of the grid that belong to one subject stand together and count as one, with their best
score. An approximate key settles nearly every candidate: it lies above the mate's score, or below it, by more than the
bound of its error. The few that could be either, and those that could be among the best, are computed exactly. So
ranks and scores are those of the exact scores whatever the blocks; what a block finds adds up in any order.

`Aim` says what the candidates of each probe are held against, `Hits` what a part of the pass found, `Hits.searches`
puts the parts together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.exact import Comparison, Keys, least_keys, score_of, sure_keys
from fr_bench.comparison.grid import Grid, Positions, block_keys, exact_scores
from fr_bench.comparison.plan import enrolled_probes
from fr_bench.records import ComparisonPlan, Searches

RETURNED = 20
"""The best nonmated identities that are kept of each search."""
SAMPLED = 512
"""At least so many identities are looked at beforehand, and every 16th."""
COLUMNS = 2048
TOO_MANY = 1 << 22
"""Above so many candidates a tally is thinned out."""

Scores32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Aim:
    """What the candidates of each probe, one a column of the grid, are held against.

    mate      (c,) float32 best score of the probe's own subject; -inf where there is none
    reach     (c,) float32 a score that the `returned`-th best nonmated identity reaches for certain
    returned  how many identities are kept of each search
    """

    mate: Scores32
    reach: Scores32
    returned: int

    def least(self, floor: float, easy: float, comparison: Comparison) -> Keys:
        """(c,) the least key that may matter to each probe, where scores at or above a floor are kept.

        easy   a score; inf for probes to which lower ones matter, as nearly the whole gallery would be looked at
        """
        low = np.minimum(self.reach, np.float32(floor))
        low = np.where(self.mate > -np.inf, np.minimum(low, self.mate), low)
        return np.where(low < np.float32(easy), np.inf, least_keys(low, comparison))


def aim_of(grid: Grid, values: Scores32, probe: NDArray[np.int32], returned: int = RETURNED) -> Aim:
    """What the mated scores, with the plan's number of the probe of each, and a sample of the others set up."""
    column_of = np.full(int(grid.column_numbers.max(initial=-1)) + 1, -1, dtype=np.int64)
    column_of[grid.column_numbers] = np.arange(grid.shape[1])
    mate = np.full(grid.shape[1], -np.inf, dtype=np.float32)
    np.maximum.at(mate, column_of[probe], values)
    return Aim(mate=mate, reach=_reach(grid, returned), returned=returned)


def identity_starts(row_subject: NDArray[np.int32]) -> Positions:
    """The first row of each identity, where rows of one subject stand together.

    >>> identity_starts(np.array([4, 4, 7, 1], dtype=np.int32)).tolist()
    [0, 2, 3]
    """
    changes = np.flatnonzero(row_subject[1:] != row_subject[:-1]) + 1
    return np.concatenate([np.zeros(min(len(row_subject), 1), np.int64), changes])


def whole_identities(row_subject: NDArray[np.int32], rows: int) -> Positions:
    """Where bands of about `rows` rows begin, none in the midst of an identity; the last entry is where all end.

    >>> whole_identities(np.array([0, 1, 1, 1, 2, 3], dtype=np.int32), 2).tolist()
    [0, 4, 6]
    """
    starts, end = identity_starts(row_subject), len(row_subject)
    wanted = np.arange(0, end, rows)
    found = starts[np.searchsorted(starts, wanted)[np.searchsorted(starts, wanted) < len(starts)]]
    return np.unique(np.concatenate([found, [0, end]])).astype(np.int64)


def _reach(grid: Grid, returned: int) -> Scores32:
    """(c,) from every 16th identity: a score that so many nonmated identities reach; -inf where too few are seen."""
    starts = identity_starts(grid.row_subject)
    some = starts[:: max(1, min(16, len(starts) // SAMPLED))]
    reach = np.full(grid.shape[1], -np.inf, dtype=np.float32)
    if len(some) < returned:
        return reach
    ends = np.append(starts, len(grid.row_subject))[np.searchsorted(starts, some) + 1]
    rows = np.concatenate([np.arange(a, b) for a, b in zip(some.tolist(), ends.tolist(), strict=True)])
    for first in range(0, grid.shape[1], COLUMNS):
        columns = np.arange(first, min(first + COLUMNS, grid.shape[1]))
        best = np.full((len(columns), returned), -np.inf, dtype=np.float32)
        for begin, end in _bunches(grid.row_subject[rows]):
            keys, bound = block_keys(grid, rows[begin:end], columns)
            identities, _, own = _identities(grid, rows[begin:end], columns, keys)
            surely = score_of(identities - bound, grid.comparison)
            surely[own] = -np.inf
            seen = np.concatenate([best, surely.T], axis=1)
            best = np.partition(seen, seen.shape[1] - returned, axis=1)[:, -returned:]
        reach[columns] = best[:, 0]
    return reach


def _bunches(row_subject: NDArray[np.int32], rows: int = 1024) -> list[tuple[int, int]]:
    edges = whole_identities(row_subject, rows).tolist()
    return list(pairwise(edges))


Cells = tuple[NDArray[np.intp], NDArray[np.intp]]


def _identities(grid: Grid, rows: Positions, columns: Positions, keys: Keys) -> tuple[Keys, Positions, Cells]:
    """(g, c) keys of the identities of a block, the first row of each, and the cells where a probe meets its own."""
    starts = identity_starts(grid.row_subject[rows])
    best = keys if len(starts) == len(rows) else np.maximum.reduceat(keys, starts, axis=0)
    subject, own = grid.row_subject[rows][starts], grid.column_subject[columns]
    order = np.argsort(subject, kind="stable")
    place = np.searchsorted(subject[order], own)
    met = np.flatnonzero(subject[order][np.minimum(place, len(order) - 1)] == own)
    return best, starts, (order[place[met]], met)


@dataclass(slots=True, eq=False)
class Hits:
    """What some blocks found of every search; those of two parts of a pass add up.

    above, ties   (c,) nonmated identities with a score above the mate's, and equal to it
    column, row, score   candidates for the best of each search: column and row of the grid, exact score
    """

    above: NDArray[np.int64]
    ties: NDArray[np.int64]
    column: NDArray[np.int32]
    row: NDArray[np.int32]
    score: Scores32

    @classmethod
    def none(cls, columns: int) -> Hits:
        """Before the first block."""
        empty = np.zeros(0, np.int32)
        return cls(np.zeros(columns, np.int64), np.zeros(columns, np.int64), empty, empty, np.zeros(0, np.float32))

    def add(self, other: Hits, returned: int) -> None:
        """Take over what another part found."""
        self.above += other.above
        self.ties += other.ties
        self._take(other.column, other.row, other.score)
        self._bounded(returned)

    def _bounded(self, returned: int) -> None:
        """Thin out what has grown far beyond what is wanted."""
        if len(self.score) > max(TOO_MANY, 2 * returned * len(self.above)):
            self.thin_out(returned)

    def _take(self, column: NDArray[np.int32], row: NDArray[np.int32], score: Scores32) -> None:
        self.column = np.concatenate([self.column, column])
        self.row = np.concatenate([self.row, row])
        self.score = np.concatenate([self.score, score])

    def thin_out(self, returned: int) -> None:
        """Keep the best of each search, by falling score, equal scores by row."""
        self.column, self.row, self.score = _best(self.column, self.row, self.score, returned)

    def look(self, aim: Aim, grid: Grid, rows: Positions, columns: Positions, block: tuple[Keys, float]) -> None:
        """Look at a block of whole identities and some consecutive columns.

        block   `block_keys(grid, rows, columns)`
        """
        keys, bound = block
        best, starts, own = _identities(grid, rows, columns, keys)
        mate, reach = aim.mate[columns], aim.reach[columns]
        searched = mate > -np.inf
        with np.errstate(over="ignore", under="ignore"):
            above = np.nextafter(mate, np.float32(np.inf))
        sure = best > np.where(searched, sure_keys(above, grid.comparison) + bound, np.inf)
        open_ = best >= np.where(searched, least_keys(mate, grid.comparison) - bound, np.inf)
        open_ &= ~sure
        wanted = best >= least_keys(reach, grid.comparison) - bound
        for cells_of in (sure, open_, wanted):
            cells_of[own] = False
        self.above[columns] += np.count_nonzero(sure, axis=0)
        cells = np.flatnonzero(open_ | wanted)
        if not len(cells):
            return
        row, column, score = _exactly(grid, rows, columns, block, (starts, best, cells))
        settled = open_.ravel()[cells]
        at = columns[column]
        np.add.at(self.above, at[settled & (score > mate[column])], 1)
        np.add.at(self.ties, at[settled & (score == mate[column])], 1)
        keep = wanted.ravel()[cells] & (score >= reach[column])
        self._take(at[keep].astype(np.int32), row[keep].astype(np.int32), score[keep])
        self._bounded(aim.returned)

    def enter(self, aim: Aim, grid: Grid, score: Scores32, row: Positions, column: Positions) -> None:
        """Enter exact nonmated scores of some consecutive columns and of rows that hold whole identities.

        All scores are among them that reach the mate's, or `aim.reach`; others may be.
        """
        mate, reach = aim.mate[column], aim.reach[column]
        searched = mate > -np.inf
        wanted = (searched & (score >= mate)) | (score >= reach)
        score, row, column = score[wanted], row[wanted], column[wanted]
        starts = identity_starts(grid.row_subject)
        if len(starts) < len(grid.row_subject):
            # An identity counts once, with its best reference, the first of equals.
            identity = np.searchsorted(starts, row, side="right")
            order = np.lexsort((row, -score, identity, column))
            new = np.ones(len(order), bool)
            new[1:] = (np.diff(identity[order]) != 0) | (np.diff(column[order]) != 0)
            first = order[new]
            score, row, column = score[first], row[first], column[first]
        mate, reach = aim.mate[column], aim.reach[column]
        searched = mate > -np.inf
        np.add.at(self.above, column[searched & (score > mate)], 1)
        np.add.at(self.ties, column[searched & (score == mate)], 1)
        keep = score >= reach
        self._take(column[keep].astype(np.int32), row[keep].astype(np.int32), score[keep])
        self._bounded(aim.returned)

    def searches(self, aim: Aim, grid: Grid, plan: ComparisonPlan) -> Searches:
        """The record of all searches of a plan, once all blocks were looked at."""
        self.thin_out(aim.returned)
        probes = len(plan.probes)
        starts = np.searchsorted(self.column, np.arange(grid.shape[1]))
        place = np.arange(len(self.column)) - starts[self.column]
        gallery = len(identity_starts(grid.row_subject))
        width = max(1, min(aim.returned, gallery))
        nonmate, who = np.full((probes, width), -np.inf, np.float32), np.full((probes, width), -1, np.int32)
        at = grid.column_numbers
        nonmate[at[self.column], place] = self.score
        who[at[self.column], place] = grid.rows.numbers[self.row]
        mate = np.full(probes, -np.inf, np.float32)
        mate[at] = aim.mate
        rank, optimistic = np.zeros(probes, np.int32), np.zeros(probes, np.int32)
        found = aim.mate > -np.inf
        rank[at[found]] = 1 + self.above[found] + self.ties[found]
        optimistic[at[found]] = 1 + self.above[found]
        failed = np.ones(probes, bool)
        failed[at] = False
        return Searches(
            probe=np.arange(probes, dtype=np.int32),
            mated=enrolled_probes(plan),
            mate=mate,
            rank=rank,
            optimistic=optimistic,
            nonmate=nonmate,
            who=who,
            gallery=gallery,
            failed=failed,
        )


def _best(
    column: NDArray[np.int32], row: NDArray[np.int32], score: Scores32, returned: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], Scores32]:
    """The best of each column, ordered by column, falling score and row."""
    order = np.argsort(row, kind="stable")
    falling = ~_rising(score[order]).astype(np.uint64) & np.uint64(0xFFFFFFFF)
    # One number to sort by is several times as fast as three; rows that stood in order keep it.
    order = order[np.argsort(column[order].astype(np.uint64) << np.uint64(32) | falling, kind="stable")]
    column, row, score = column[order], row[order], score[order]
    place = np.arange(len(column)) - np.searchsorted(column, column)
    kept = place < returned
    return column[kept], row[kept], score[kept]


def _rising(score: Scores32) -> NDArray[np.uint32]:
    """Whole numbers in the order of the scores: equal for equal scores, 0.0 and -0.0 included.

    >>> _rising(np.array([-2.0, -0.0, 0.0, 1.5], dtype=np.float32)).tolist()
    [1073741823, 2147483648, 2147483648, 3217031168]
    """
    bits = (score + np.float32(0.0)).view(np.uint32)
    return np.asarray(np.where(bits >> 31 == 1, ~bits, bits | np.uint32(1 << 31)))


def _exactly(
    grid: Grid,
    rows: Positions,
    columns: Positions,
    block: tuple[Keys, float],
    asked: tuple[Positions, Keys, Positions],
) -> tuple[Positions, Positions, Scores32]:
    """Exact scores of some identities of a block, with the row of the grid that has it and the column of the block.

    asked   first rows of the identities, their keys, and (n,) positions among those keys
    """
    keys, bound = block
    starts, best, cells = asked
    identity, column = np.divmod(cells, len(columns))
    if len(starts) == len(rows):
        return rows[identity], column, exact_scores(grid, keys, bound, rows, columns, cells)
    lengths = np.diff(np.append(starts, len(rows)))[identity]
    owner = np.repeat(np.arange(len(cells)), lengths)
    row = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + starts[identity][owner]
    # References with a lower key have a lower score than the identity's best for certain, even once both are rounded.
    least = least_keys(score_of(best.ravel()[cells] - bound, grid.comparison), grid.comparison) - bound
    close = keys[row, column[owner]] >= least[owner]
    owner, row = owner[close], row[close]
    scores = exact_scores(grid, keys, bound, rows, columns, row * len(columns) + column[owner])
    order = np.lexsort((row, -scores, owner))
    first = order[np.searchsorted(owner, np.arange(len(cells)))]
    return rows[row[first]], column, scores[first]
