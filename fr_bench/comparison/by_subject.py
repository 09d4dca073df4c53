"""Sums over the scores below the floor by subject, in integers: what the intervals of AUC and d' need of the rest.

Every score is placed among the mated scores by a table of 65,536 bins, and rounded to a fixed point. Both are functions
of the one exact score, and whole numbers are added up, so the sums depend on no order, block or thread. They are as
fine as an interval needs: a placement is right to the width of a bin, a score to a part in some hundred thousand of
the largest that the templates' lengths allow. No measure's value is counted from them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.exact import scale_of
from fr_bench.comparison.grid import Grid
from fr_bench.records import SubjectSums

BINS = 65_536
STRIP = 64
"""Rows whose tables stay in the processor's cache."""
LARGEST_SCORE = 2.0**100
"""Above it sums by subject are not made: squares would leave the numbers that can be added."""

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SubjectLedger:
    """How scores are entered by subject: the same for all parts of a pass.

    low, scale   a score s falls in bin (s - low) * scale + 1; bin 0 lies below every mated score, the last above
    table        (BINS,) mated scores in lower bins, twice, and those in the same bin: 2 * placement * M
    places       binary places of the fixed point
    rows, columns   (r,) and (c,) number of the subject of each row and column of the grid
    subjects     how many there are
    """

    low: np.float32
    scale: np.float32
    table: NDArray[np.float64]
    places: int
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    subjects: int

    def bins(self, scores: NDArray[np.float32]) -> NDArray[np.intp]:
        """The bin of each score, still to be held between 0 and the last."""
        position = scores - self.low
        position *= self.scale
        position += np.float32(1)
        return position.astype(np.intp)


def ledger_of(grid: Grid, mated: NDArray[np.float32]) -> SubjectLedger | None:
    """The ledger of a grid; None where scores are too large to be summed in a fixed point.

    mated   ascending mated scores
    """
    largest = float(scale_of(grid.row_norms.max(initial=0.0), grid.column_norms.max(initial=0.0), grid.comparison))
    if grid.comparison == "euclidean":
        largest = math.sqrt(largest)
    if not largest < LARGEST_SCORE:
        return None
    codes = np.unique(np.concatenate([grid.row_subject, grid.column_subject]))
    rows, columns = np.searchsorted(codes, grid.row_subject), np.searchsorted(codes, grid.column_subject)
    low, scale = _spread(mated, largest)
    ledger = SubjectLedger(
        low=low,
        scale=scale,
        table=np.zeros(BINS),
        places=_places(largest, grid, rows, columns, len(codes)),
        rows=rows,
        columns=columns,
        subjects=len(codes),
    )
    counts = np.bincount(np.clip(ledger.bins(mated), 0, BINS - 1), minlength=BINS)
    up_to = np.cumsum(counts)
    ledger.table[:] = 2 * up_to - counts
    return ledger


def _spread(mated: NDArray[np.float32], largest: float) -> tuple[np.float32, np.float32]:
    """Where the bins begin and how many there are to a unit of score; never so many that a position overflows."""
    if not len(mated):
        return np.float32(0), np.float32(0)
    width = max(float(mated[-1]) - float(mated[0]), 2.0**-120)
    return np.float32(mated[0]), np.float32(min((BINS - 3) / width, 2.0**60 / max(2 * largest, 2.0**-60), 2.0**120))


def _places(largest: float, grid: Grid, rows: Whole, columns: Whole, subjects: int) -> int:
    """Binary places such that no sum of squares leaves int64, and none of a block's rows and columns float64."""
    if not largest:
        return 0
    enrolled, probing = (np.bincount(side, minlength=subjects) for side in (rows, columns))
    meetings = enrolled * grid.shape[1] + probing * grid.shape[0]
    room = min(53 - math.log2(max(*grid.shape, 2)), 62 - math.log2(max(int(meetings.max(initial=1)), 2)))
    return math.floor(room / 2 - math.log2(largest)) - 1


@dataclass(slots=True, eq=False)
class SubjectEntries:
    """Sums of some comparisons, by row and by column of the grid; three rows each: placements, scores, squares.

    first   number of the first row
    """

    ledger: SubjectLedger
    first: int
    by_row: Whole
    by_column: Whole

    @classmethod
    def of_band(cls, ledger: SubjectLedger, rows: NDArray[np.int64]) -> SubjectEntries:
        """Nothing yet, for a band of consecutive rows."""
        return cls(
            ledger, int(rows[0]), np.zeros((3, len(rows)), np.int64), np.zeros((3, len(ledger.columns)), np.int64)
        )

    def take(self, columns: slice, scores: NDArray[np.float32], left_out: NDArray[np.bool_]) -> None:
        """Enter a block: all rows of the band and some consecutive columns.

        scores     (r, c) exact scores, anything finite where they are left out
        left_out   (r, c) comparisons that are none, or that are kept
        """
        ones = np.ones(scores.shape[1])
        for begin in range(0, len(scores), STRIP):
            strip = slice(begin, begin + STRIP)
            none, score = left_out[strip], scores[strip]
            down = np.ones(len(score))
            bins = self.ledger.bins(score)
            np.copyto(bins, 0, where=none)
            fixed = np.rint(np.ldexp(score, self.ledger.places)).astype(np.float64)
            np.copyto(fixed, 0.0, where=none)
            for entry in range(3):
                if entry == 2:
                    fixed *= fixed
                values = self.ledger.table.take(bins, mode="clip") if entry == 0 else fixed
                self.by_row[entry, strip] += (values @ ones).astype(np.int64)
                self.by_column[entry, columns] += (down @ values).astype(np.int64)

    def by_subject(self) -> Whole:
        """(3, subjects) the sums of both sides together, by subject."""
        found = np.zeros((3, self.ledger.subjects), np.int64)
        rows = self.ledger.rows[self.first : self.first + self.by_row.shape[1]]
        for entry in range(3):
            np.add.at(found[entry], rows, self.by_row[entry])
            np.add.at(found[entry], self.ledger.columns, self.by_column[entry])
        return found


def subject_sums(ledger: SubjectLedger, entries: Whole, order: NDArray[np.int64]) -> SubjectSums:
    """The record of sums by subject.

    entries   (3, subjects) in the order of the subjects' codes
    order     (subjects,) the number by code of each subject, in the order that is wanted
    """
    placements, sums, squares = (row[order] for row in entries)
    return SubjectSums(
        placements=placements,
        sums=np.ldexp(sums.astype(np.float64), -ledger.places),
        squares=np.ldexp(squares.astype(np.float64), -2 * ledger.places),
    )
