"""Counting of one cell: on how many data sets the interval held the truth, and on which side it missed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from fr_bench.findings import Interval


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """What is judged: one measure at one rate, by one method, on data sets of one size from one population.

    family    "FMR", "FNMR", "curve", "paired-FNMR", "paired-FMR", or one of those of `promises`
    measure   as frbench is asked, with the true rate in the place of a threshold: "FMR@1e-3", "FNMR@FMR=1e-2", "EER"
    """

    family: str
    subjects: int
    population: str
    measure: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What happened in a cell.

    truth      the true value
    expected   errors expected in one data set (for FNMR@FMR: nonmated comparisons above the true threshold; for paired
               cells: discordant comparisons, 0 where they are only counted); 0 where nothing is counted
    below      data sets in which the truth lay below the interval;  above: above it
    without    data sets that were given no interval: no promise kept, so they count as missed
    unbounded  data sets that were given a lower limit only
    widths     sum of the widths of all intervals;  values: sum of the values;  errors: sum of the errors counted
    """

    truth: float
    expected: float
    replicates: int = 0
    below: int = 0
    above: int = 0
    without: int = 0
    unbounded: int = 0
    widths: float = 0.0
    values: float = 0.0
    errors: float = 0.0

    @property
    def coverage(self) -> float:
        """Share of the data sets whose interval held the truth."""
        return 1 - (self.below + self.above + self.without) / self.replicates

    @property
    def mean_width(self) -> float:
        """Mean width of the intervals that were given; NaN where none was."""
        given = self.replicates - self.without - self.unbounded
        return self.widths / given if given else math.nan

    @property
    def error_of_coverage(self) -> float:
        """Monte-Carlo standard error of the coverage."""
        return math.sqrt(self.coverage * (1 - self.coverage) / self.replicates)

    def with_one(
        self, interval: Interval | None, value: float | None, errors: float = 0.0, truth: float | None = None
    ) -> Tally:
        """The tally after one more data set; `truth` where it has a true value of its own."""
        true = self.truth if truth is None else truth
        counted = replace(
            self,
            replicates=self.replicates + 1,
            values=self.values + (value or 0.0),
            errors=self.errors + errors,
        )
        if interval is None:
            return replace(counted, without=self.without + 1)
        return replace(
            counted,
            below=self.below + (true < interval.low),
            above=self.above + (true > interval.high),
            widths=self.widths + (interval.high - interval.low),
        )

    def with_lower(self, limit: float, value: float | None) -> Tally:
        """The tally after one more data set of which only a lower limit is told."""
        return replace(
            self,
            replicates=self.replicates + 1,
            values=self.values + (value or 0.0),
            unbounded=self.unbounded + 1,
            below=self.below + (self.truth < limit),
        )

    def tested(self, *, alarm: bool) -> Tally:
        """The tally after one more test of "no difference" where there is none."""
        return replace(self, replicates=self.replicates + 1, above=self.above + alarm)

    def joined(self, other: Tally) -> Tally:
        """Two batches of one cell as one. Raises ValueError where they had another truth."""
        if (self.truth, self.expected) != (other.truth, other.expected):
            raise ValueError(f"batches of one cell with true values {self.truth!r} and {other.truth!r}")
        return replace(
            self,
            replicates=self.replicates + other.replicates,
            below=self.below + other.below,
            above=self.above + other.above,
            without=self.without + other.without,
            unbounded=self.unbounded + other.unbounded,
            widths=self.widths + other.widths,
            values=self.values + other.values,
            errors=self.errors + other.errors,
        )


Tallies = dict[Cell, Tally]


def joined(batches: Iterable[Tallies]) -> Tallies:
    """All batches as one, cells in their order."""
    found: Tallies = {}
    for batch in batches:
        for cell, tally in batch.items():
            found[cell] = found[cell].joined(tally) if cell in found else tally
    return dict(sorted(found.items()))


def as_json(tallies: Tallies) -> list[dict[str, Any]]:
    """Rows of JSON types, one a cell."""
    return [
        {
            name: getattr(record, name)
            for record in (cell, tally)
            for name in record.__dataclass_fields__
            if name != "unbounded" or tally.unbounded
        }
        for cell, tally in tallies.items()
    ]


def from_json(rows: Iterable[dict[str, Any]]) -> Tallies:
    """What `as_json` wrote."""
    return {
        Cell(**{name: row[name] for name in Cell.__dataclass_fields__}): Tally(
            **{name: row[name] for name in Tally.__dataclass_fields__ if name in row}
        )
        for row in rows
    }
