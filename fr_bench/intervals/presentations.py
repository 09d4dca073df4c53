"""Intervals of rates of presentation attacks: by instrument, of the worst of several species, and of a sum of rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fr_bench.findings import Interval
from fr_bench.intervals import subject_exact
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.precision import Precision, count_labels


def by_unit(counts: ClusterCounts, borrow: ClusterCounts | None, *, level: float, unit: str) -> Precision:
    """The interval of a rate of presentations, instruments or subjects as the unit.

    As `subject_exact.fnmr`, but where nothing shows how the presentations of one instrument depend on each other (no
    error, or nothing but errors) an instrument is one trial: many presentations of few instruments prove little.

    >>> found = by_unit(ClusterCounts([0] * 6, [25] * 6), None, level=0.95, unit="attack instrument")
    >>> found.trials, found.effective, round(found.interval.high, 4)
    (150, 6.0, 0.4593)
    """
    found = subject_exact.fnmr(counts, borrow=borrow, level=level, unit=unit)
    if "assumes_independent_comparisons" not in found.labels or not found.units:
        return found
    units = found.units
    interval = clopper_pearson(units if found.errors else 0, units, level, unit=unit)
    return Precision(
        interval=replace(interval, method=subject_exact.METHOD),
        errors=found.errors,
        trials=found.trials,
        deff=found.trials / units,
        effective=float(units),
        carry=found.carry,
        units=units,
        labels=tuple(sorted(count_labels(found.errors, units) | {"subjects_as_unit"})),
    )


def each_level(level: float, populations: int) -> float:
    """The level of each interval, so that all of them hold at `level` together (Bonferroni).

    >>> round(each_level(0.95, 5), 12)
    0.99
    """
    return 1 - (1 - level) / populations


def highest(parts: Sequence[Precision], at: int, *, level: float) -> Precision:
    """The interval of the highest of several rates, whose own intervals were made at `each_level`.

    at   which of them is the highest as counted; its account is given

    Both ends are the highest of the parts' ends: whichever population is truly the worst, its rate lies between them.
    Labels of a part hold for the whole, since any part may hold the limit.
    """
    if not parts:
        raise ValueError("the highest of no rates")
    low, high = max(part.interval.low for part in parts), max(part.interval.high for part in parts)
    interval = replace(parts[at].interval, low=low, high=high, level=level)
    shared = {label for part in parts for label in part.labels} - {"no_errors", "few_errors"}
    own = {label for label in parts[at].labels if label in ("no_errors", "few_errors")}
    return replace(parts[at], interval=interval, labels=tuple(sorted(shared | own)))


def added(first: Interval, second: Interval, *, level: float) -> Interval:
    """The interval of a sum of two rates, each of whose intervals was made at `each_level` of two.

    Nothing is assumed of how the two depend on each other: it is wider than needed where they do not.

    >>> half = Interval(0.1, 0.2, 0.975, "subject-exact", "subject")
    >>> found = added(half, half, level=0.95)
    >>> found.low, found.high, found.unit
    (0.2, 0.4, 'subject')
    """
    unit = first.unit if first.unit == second.unit else f"{first.unit}, {second.unit}"
    return Interval(first.low + second.low, first.high + second.high, level, subject_exact.METHOD, unit)
