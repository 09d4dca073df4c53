"""Confidence intervals of a rate whose trials are independent: Clopper-Pearson and Wilson.

Comparisons that share a subject are not independent; intervals made here from their counts are too narrow, and
whoever uses them so says it by a label. Counts may be fractional: effective numbers of errors and trials.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from fr_bench.findings import Interval


def clopper_pearson(errors: float, trials: float, level: float = 0.95, *, unit: str = "comparison") -> Interval:
    """The exact interval: each limit is the rate at which the count seen, or a more extreme one, has (1-level)/2.

    Lower Beta^-1(a/2; x, n-x+1), 0 if x = 0; upper Beta^-1(1-a/2; x+1, n-x), 1 if x = n. `unit` is what was taken as
    independent. Raises ValueError unless 0 <= errors <= trials and trials > 0.
    Source: Clopper and Pearson (1934); with real arguments Korn and Graubard (1998).

    >>> found = clopper_pearson(0, 100)
    >>> found.low, round(found.high, 12)
    (0.0, 0.036216692645)
    """
    half = _checked(errors, trials, level) / 2
    low = 0.0 if errors == 0 else _beta_quantile(half, errors, trials - errors + 1)
    if errors == 0:
        high = -math.expm1(math.log(half) / trials)
    elif errors == trials:
        low, high = math.exp(math.log(half) / trials), 1.0
    else:
        high = _beta_quantile_upper(half, errors + 1, trials - errors)
    return _interval(low, high, level, "clopper-pearson", unit, errors / trials)


def wilson(errors: float, trials: float, level: float = 0.95, *, unit: str = "comparison") -> Interval:
    """The score interval. Below one or two expected errors it covers less than it says: use Clopper-Pearson there.

    Raises ValueError as `clopper_pearson`. Source: Wilson (1927).

    >>> found = wilson(1, 10)
    >>> round(found.low, 9), round(found.high, 9)
    (0.017876213, 0.404150027)
    """
    alpha = _checked(errors, trials, level)
    q2 = NormalDist().inv_cdf(1 - alpha / 2) ** 2
    p = errors / trials
    width = 1 + q2 / trials
    centre = (p + q2 / (2 * trials)) / width
    half = math.sqrt(q2) / width * math.sqrt(p * (1 - p) / trials + q2 / (4 * trials * trials))
    return _interval(centre - half, centre + half, level, "wilson", unit, p)


def one_sided_upper(errors: float, trials: float, level: float = 0.95) -> float:
    """The rate that lies above the true one with confidence `level`; a different statement than a two-sided limit.

    Without errors it is 1 - (1 - level)^(1/n), about 3/n at 95 % ("rule of three").

    >>> round(one_sided_upper(0, 1000), 9)
    0.00299125
    """
    alpha = _checked(errors, trials, level)
    if errors == trials:
        return 1.0
    if errors == 0:
        return -math.expm1(math.log(alpha) / trials)
    return _beta_quantile_upper(alpha, errors + 1, trials - errors)


def _checked(errors: float, trials: float, level: float) -> float:
    """1 - level, or ValueError for counts that are none."""
    if not (0 <= errors <= trials and 0 < trials < math.inf):
        raise ValueError(f"{errors} errors of {trials} trials")
    if not 0 < level < 1:
        raise ValueError(f"confidence level {level}")
    return 1 - level


def _interval(low: float, high: float, level: float, method: str, unit: str, point: float) -> Interval:
    """The interval holds the point: the last digit of a quantile must not say otherwise."""
    return Interval(max(0.0, min(low, point)), min(1.0, max(high, point)), level, method, unit)


def _beta_quantile(probability: float, a: float, b: float) -> float:
    from scipy.special import betaincinv  # scipy takes a fifth of a second to import

    return float(betaincinv(a, b, probability))


def _beta_quantile_upper(probability: float, a: float, b: float) -> float:
    """The quantile with `probability` above it, without the rounding of 1 - probability."""
    from scipy.special import betainccinv

    return float(betainccinv(a, b, probability))
