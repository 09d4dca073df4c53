"""Intervals of rates of presentation attacks: by instrument, of the worst of several species, and of a sum of rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from fr_bench.findings import Interval
from fr_bench.intervals import subject_exact
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.precision import Precision, count_labels

METHOD_AT_TARGET = "mover"
"""How limits of a rate are put together with those of the threshold it is read at."""


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


def agreeing(target: float, effective: float | None, *, low: float, high: float) -> tuple[float, float]:
    """The lowest and the highest rate that so many trials could have shown if the true rate were the target.

    effective   how many independent trials the rate is worth; None: nothing is known
    low, high   chance of a rate as low, or as high, that is no longer agreed to

    The lowest is below 0 where even no error at all agrees with the target: too few trials to contradict it. These are
    the rates whose exact interval (Clopper and Pearson) holds the target.

    >>> lowest, highest = agreeing(0.1, 100, low=0.025, high=0.025)
    >>> round(lowest, 4), round(highest, 4)
    (0.0405, 0.1672)
    >>> agreeing(0.1, 20, low=0.025, high=0.025)[0]
    -1.0
    """
    from scipy.optimize import brentq  # scipy takes a fifth of a second to import
    from scipy.special import betainc

    if effective is None:
        return -1.0, 1.0
    n, found = effective, [-1.0, 1.0]
    edge = n * 1e-12
    if (1 - target) ** n < low:
        # The upper limit of x errors is the target where P(X > x) is 1 - low.
        found[0] = float(brentq(lambda x: betainc(x + 1, n - x, target) - (1 - low), 0.0, n * target)) / n
    if target**n < high:
        found[1] = float(brentq(lambda x: betainc(x, n - x + 1, target) - high, max(edge, n * target), n - edge)) / n
    return found[0], found[1]


def at_target(here: Precision, low: float, high: float) -> Interval:
    """The interval of a rate at a threshold that other, independent trials chose.

    here        the rate at the chosen threshold, as if it were fixed
    low, high   the rate at the lowest and at the highest threshold that the other trials allow

    Distances from the rate are added as those of independent parts are, by their squares (MOVER).
    Source: Zou and Donner (2008), construction of confidence limits about effect measures; Woodruff (1952) for limits
    of a threshold from those of the share beyond it.
    """
    rate, fixed = here.rate, here.interval
    below, above = math.hypot(rate - fixed.low, rate - min(low, rate)), math.hypot(
        fixed.high - rate, max(high, rate) - rate
    )  # fmt: skip
    return Interval(max(0.0, rate - below), min(1.0, rate + above), fixed.level, METHOD_AT_TARGET, fixed.unit)


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
