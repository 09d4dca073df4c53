"""Whether groups err alike: the test of equality, what max/min would be if they did, and the ratio of two of them.

All of it rests on the effective numbers of trials that `Precision` holds: a rate of n comparisons that share subjects
is worth n/deff independent ones, and on how well the subjects of a group show that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from fr_bench.findings import Interval
from fr_bench.intervals.precision import Precision
from fr_bench.intervals.simultaneous import level_of_each

LEAST_EXPECTED = 5.0
"""Below this many effective errors expected in a group the chi-square distribution does not hold."""
LEAST_ERRORS = 10
"""Errors that both groups need for the logarithm of their ratio to be near enough to normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equality:
    """The test that all groups have the same rate.

    statistic, degrees, p   chi-square, groups - 1, and the chance of a statistic as large if they were equal
    within                  degrees of freedom of the variances that it is measured by; None where they are known
    pooled                  the common rate: all errors of all trials
    expected_ratio          what max/min comes to on average if the rates are equal; None where a group expects less
                            than one error
    labels                  `few_errors` where a group expects fewer than 5 effective errors: p is rough
    """

    statistic: float
    degrees: int
    within: float | None
    p: float
    pooled: float
    expected_ratio: float | None
    labels: tuple[str, ...]


def equality(groups: Sequence[Precision]) -> Equality | None:
    """Test whether the groups have one rate; None where no trial, or every trial, was an error: nothing can differ.

    The sum of (p_g - q)^2 / V_g: V_g = p(1-p) deff_g / n_g is what a group's variance is if it has the pooled rate p,
    for a group without errors shows no variance of its own; q is the mean of the rates, weighed by 1/V_g. Design
    effects are estimated from few subjects, so the sum is held against an F distribution with their degrees of freedom.
    p counts all trials alike: weighed by what they are worth, groups in which by chance no dependence shows, and few
    errors with it, would make it too low. Where groups share subjects, differences are smaller than this supposes, and
    the p value is too large rather than too small.
    Source: Rao and Scott (1981), first-order correction; Welch (1951), variances that are estimated.

    >>> from fr_bench.intervals.alternatives import independent
    >>> found = equality([independent(20, 100), independent(30, 100)])
    >>> round(found.statistic, 6), found.degrees, round(found.p, 4)
    (2.666667, 1, 0.1025)
    """
    from scipy.special import chdtrc, fdtrc  # scipy takes a fifth of a second to import

    if len(groups) < 2:
        raise ValueError(f"equality of {len(groups)} group")
    worth = [_worth(group) for group in groups]
    pooled = sum(group.errors for group in groups) / sum(group.trials for group in groups)
    if not 0 < pooled < 1:
        return None
    middle = math.fsum(n * group.rate for n, group in zip(worth, groups, strict=True)) / math.fsum(worth)
    statistic = math.fsum(
        n * (group.rate - middle) ** 2 / (pooled * (1 - pooled)) for n, group in zip(worth, groups, strict=True)
    )
    unsure = _unsure(worth, [group.degrees for group in groups])
    degrees = len(groups) - 1
    within, p = None, float(chdtrc(degrees, statistic))
    if unsure:
        within = (len(groups) ** 2 - 1) / (3 * unsure)
        scale = degrees * (1 + 2 * (len(groups) - 2) / (len(groups) ** 2 - 1) * unsure)
        p = float(fdtrc(degrees, within, statistic / scale))
    expected = [n * pooled for n in worth]
    return Equality(
        statistic=statistic,
        degrees=degrees,
        within=within,
        p=p,
        pooled=pooled,
        expected_ratio=_expected_ratio([math.sqrt((1 - pooled) / x) for x in expected]) if min(expected) >= 1 else None,
        labels=("few_errors",) if min(expected) < LEAST_EXPECTED else (),
    )


def _worth(group: Precision) -> float:
    """How many independent trials a group's are worth."""
    return group.trials / (group.deff or 1.0)


def _unsure(worth: Sequence[float], degrees: Sequence[float | None]) -> float:
    """The sum of (1 - w_g / sum w)^2 / f_g, w the weights and f the degrees of freedom; 0 where variances are known."""
    total = math.fsum(worth)
    return math.fsum((1 - n / total) ** 2 / of for n, of in zip(worth, degrees, strict=True) if of is not None)


def _expected_ratio(errors: Sequence[float]) -> float:
    """exp(E max - E min) of the logarithms of rates that are normal about one value with these standard errors.

    With k equal groups of x expected errors it is exp(2 E_k / sqrt(x)), E_k the mean maximum of k standard normals.
    E max is the integral of 1 - F above 0 less that of F below 0, F the product of the distribution functions.
    """
    from scipy.special import ndtr

    half = np.linspace(0.0, 8.5 * max(errors), 4001)
    above = 1 - np.prod([ndtr(half / error) for error in errors], axis=0)
    below = np.prod([ndtr(-half / error) for error in errors], axis=0)
    highest = float(np.sum((above - below)[1:] + (above - below)[:-1]) / 2 * half[1])
    return math.exp(2 * highest)


def ratio(first: Precision, second: Precision, level: float) -> tuple[float, float | None]:
    """Limits of the ratio of two rates of disjoint groups, first over second; no upper limit is None.

    first, second   their precisions at the level 1 - (1 - level)/2 each, see `level_of_each`

    With at least 10 errors in both: exp(ln(p1/p2) -+ t sqrt(V1/p1^2 + V2/p2^2)), t with the smaller degrees of freedom
    of the two; else the ratios of opposite limits. Raises ValueError where a level is another.

    >>> from fr_bench.intervals.alternatives import independent
    >>> each = level_of_each(0.95, 2)
    >>> low, high = ratio(independent(20, 1000, each), independent(10, 1000, each), 0.95)
    >>> round(low, 3), round(high, 3)
    (0.941, 4.251)
    """
    expected = level_of_each(level, 2)
    if any(abs(one.interval.level - expected) > 1e-9 for one in (first, second)):
        raise ValueError(f"intervals at {first.interval.level} and {second.interval.level}, not {expected}")
    if min(first.errors, second.errors) < LEAST_ERRORS:
        return _opposite(first.interval, second.interval)
    degrees = [one.degrees for one in (first, second) if one.degrees is not None]
    spread = _quantile(min(degrees) if degrees else math.inf, level) * math.sqrt(_log_variance(first, second))
    middle = math.log(first.rate / second.rate)
    return math.exp(middle - spread), math.exp(middle + spread)


def ratio_method(first: Precision, second: Precision) -> str:
    """How `ratio` makes its limits: "log-t" or "bonferroni"."""
    return "log-t" if min(first.errors, second.errors) >= LEAST_ERRORS else "bonferroni"


def _opposite(first: Interval, second: Interval) -> tuple[float, float | None]:
    low = first.low / second.high if second.high else 0.0
    return low, first.high / second.low if second.low else None


def _log_variance(*groups: Precision) -> float:
    """The sum of V/p^2 = deff (1-p) / x."""
    return math.fsum((one.deff or 1.0) * (1 - one.rate) / one.errors for one in groups)


def _quantile(degrees: float, level: float) -> float:
    from scipy.special import stdtrit

    probability = (1 + level) / 2
    return NormalDist().inv_cdf(probability) if degrees == math.inf else float(stdtrit(degrees, probability))


__all__ = ["Equality", "equality", "ratio", "ratio_method"]
