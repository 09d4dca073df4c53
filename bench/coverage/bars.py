"""The bars: what coverage and what width every default must reach, and which cells nothing is promised for.

A cell passes if its coverage lies within the bar widened by three Monte-Carlo standard errors, taken at the bar itself.
The bar on width is there because a method could otherwise pass by being useless. It begins at five expected errors:
with fewer an exact interval is as long as its few errors make it, whatever it is compared with.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bench.coverage import more_bars
from bench.coverage.promises import PROMISES, limits_of
from bench.coverage.tallies import Cell, Tallies, Tally

STANDARD_ERRORS = 3
DEFAULT = "subject-exact"
"""The method that FMR and FNMR at a threshold have by default."""
AS_SHIPPED = "default"
"""In curve and paired cells: whatever frbench does unasked."""
FEW, SOME, MANY = 5, 10, 50

Verdict = Literal["PASS", "MISSED"]


@dataclass(frozen=True, slots=True)
class Bar:
    """Coverage from `low` to `high`; with `strict`, below `high` without any allowance for chance."""

    low: float
    high: float
    strict: bool = False

    def holds(self, coverage: float, replicates: int) -> bool:
        """Whether a coverage seen in so many data sets is compatible with the bar."""
        if self.strict:
            return self.low <= coverage < self.high
        return self._widened(self.low, -1, replicates) <= coverage <= self._widened(self.high, 1, replicates)

    @staticmethod
    def _widened(limit: float, side: int, replicates: int) -> float:
        return limit + side * STANDARD_ERRORS * math.sqrt(limit * (1 - limit) / replicates)


@dataclass(frozen=True, slots=True)
class Judged:
    """One bar met or missed, with the figures."""

    cell: Cell
    kind: Literal["coverage", "width"]
    found: float
    bar: str
    verdict: Verdict


def bar_of(cell: Cell, tally: Tally) -> Bar | None:
    """The bar on coverage that holds for a cell; None where nothing is promised."""
    if cell.family in PROMISES:
        limits = limits_of(cell, tally)
        return Bar(*limits) if limits else None
    if cell.method == "independent":
        return _must_bite(cell)
    if cell.family == "FMR" and cell.method == DEFAULT:
        return _fmr(cell, tally.expected)
    if cell.family == "FNMR" and cell.method == DEFAULT:
        return Bar(0.93, 0.975) if tally.expected >= MANY else Bar(0.94, 1.0)
    if cell.method != AS_SHIPPED:
        return None
    if cell.family == "paired-FNMR":
        return Bar(0.93, 0.98) if tally.errors / tally.replicates >= 20 else None
    if cell.family in ("more", "failures"):
        limits = more_bars.limits(cell.population, cell.subjects, cell.measure, tally.expected)
        return Bar(*limits) if limits else None
    return _curve(cell, tally.expected) if cell.family == "curve" else None


def _must_bite(cell: Cell) -> Bar | None:
    """Intervals that take comparisons as independent must fail here, or the simulation shows nothing."""
    bites = cell.population.endswith("strong") and cell.subjects >= 100 and cell.measure == "FMR@1e-1"
    return Bar(0.0, 0.5, strict=True) if bites else None


def _fmr(cell: Cell, expected: float) -> Bar | None:
    if expected < SOME:
        return Bar(0.94, 1.0)
    if cell.population.startswith("gauss"):
        return Bar(0.93, 0.985) if expected >= MANY else Bar(0.93, 1.0)
    if cell.subjects < 100:
        return None
    return Bar({"skew-medium": 0.90, "skew-strong": 0.84}[cell.population], 1.0)


def _curve(cell: Cell, expected: float) -> Bar | None:
    if cell.measure == "EER":
        return Bar(0.91, 0.995)
    if cell.measure == "AUC":
        return Bar(0.91, 0.99)
    return Bar(0.93, 0.995) if expected >= SOME and cell.population != "skew-strong" else None


def judged(tallies: Tallies) -> list[Judged]:
    """Every bar that applies, in the order of the cells: coverage first, then width."""
    return [*_coverages(tallies), *_widths(tallies)]


def _coverages(tallies: Tallies) -> Iterator[Judged]:
    for cell, tally in tallies.items():
        bar = bar_of(cell, tally)
        if bar is not None:
            held = bar.holds(tally.coverage, tally.replicates)
            text = f"< {bar.high}" if bar.strict else f"{bar.low} to {bar.high}"
            yield Judged(cell, "coverage", tally.coverage, text, "PASS" if held else "MISSED")


def _widths(tallies: Tallies) -> Iterator[Judged]:
    """Widths of the default against those of another method on the same data sets."""
    for cell, other, ratio in width_ratios(tallies):
        most = most_wide(cell, tallies[cell].expected)
        if most is not None:
            yield Judged(cell, "width", ratio, f"<= {most} x {other}", "PASS" if ratio <= most else "MISSED")


def width_peer(cell: Cell) -> str | None:
    """The method whose width a cell of the default is measured by; None where nothing is compared."""
    if cell.method != DEFAULT:
        return None
    if cell.population == "gauss-none":
        return "independent"
    return "fpp-wilson" if (cell.population, cell.subjects) == ("gauss-strong", 300) else None


def most_wide(cell: Cell, expected: float) -> float | None:
    """How many times the width of `width_peer` the mean width may be; None where nothing is promised."""
    if expected < FEW:
        return None
    if cell.population == "gauss-none":
        return 1.25 if expected >= 20 else 1.5
    return None if cell.measure.endswith("@1e-4") else 1.5


def width_ratios(tallies: Tallies) -> Iterator[tuple[Cell, str, float]]:
    """For each cell that has one, the method it is measured by, and its width in widths of that method."""
    for cell, tally in tallies.items():
        other = width_peer(cell)
        peer = tallies.get(replace(cell, method=other)) if other else None
        if other and peer is not None:
            yield cell, other, tally.mean_width / peer.mean_width
