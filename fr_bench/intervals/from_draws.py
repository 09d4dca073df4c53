"""From the values of draws to an interval: the spread of the draws, never their percentiles, unless asked by name.

Draws are made by subject, so their standard deviation is that of the statistic over other subjects. Percentiles of
draws were measured to cover less than they say (AUC 0.80 to 0.91 at 95 %); what is done here keeps its promise.
Every function raises ValueError for fewer than two draws or subjects, and for draws with NaN: those ran off the tail,
and the interval is then not given, with the reason `tail_too_short`.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.findings import Interval, Proportion
from fr_bench.intervals.binomial import clopper_pearson

TAIL_TOO_SHORT = "tail_too_short"
UNIT = "subject"
FEW_ERRORS = 10
"""Below it few draws differ in what they count: the design effect is borrowed from a fixed threshold."""
SEEN = 2 ** (2 / 3) - 1
"""The share of the bias of a minimum that draws show: it falls with n^(-2/3), and half the subjects count in a draw."""

Statistic = NDArray[np.float64]


def off_tail(draws: ArrayLike) -> int:
    """How many draws have no value because they needed scores below the floor."""
    return int(np.isnan(np.asarray(draws, dtype=np.float64)).sum())


def boot_exact(
    point: Proportion, draws: ArrayLike, *, subjects: int, cap: float | None = None, level: float = 0.95
) -> Interval:
    """The exact interval of a rate at the effective number of trials that the draws show: for FNMR@FMR, FNIR@FPIR.

    n* = p(1-p)/V (z/t)^2 with V the variance of the draws, at least p(1-p)/M; for p of 0 or 1, in V's place only,
    p is a quarter of a trial from the end. `cap` is the n* of the same rate at a fixed threshold (borrowed design
    effect): it holds if fewer than ten errors were counted.

    >>> found = boot_exact(Proportion(20, 400), [0.04, 0.05, 0.06], subjects=100)
    >>> round(found.low, 6), round(found.high, 6), found.method
    (0.030597, 0.076554, 'boot-exact')
    """
    effective = effective_trials(point, draws, subjects=subjects, cap=cap, level=level)
    p = point.errors / point.trials
    exact = clopper_pearson(p * effective, effective, level)
    return Interval(exact.low, exact.high, level, "boot-exact", UNIT)


def effective_trials(
    point: Proportion, draws: ArrayLike, *, subjects: int, cap: float | None = None, level: float = 0.95
) -> float:
    """n* of `boot_exact`: how many independent trials, known to be so, would be as sure.

    >>> round(effective_trials(Proportion(20, 400), [0.04, 0.05, 0.06], subjects=100), 3)
    390.281
    """
    if not point.trials or (cap is not None and not cap > 0):
        raise ValueError(f"a rate of {point.trials} trials, capped at {cap}")
    values = _finite(draws, subjects)
    p, quarter = point.errors / point.trials, 1 / (4 * point.trials)
    spread = min(max(p, quarter), 1 - quarter) if point.errors in (0, point.trials) else p
    independent = spread * (1 - spread) / point.trials
    variance = max(_variance(values), independent)
    z, t = NormalDist().inv_cdf((1 + level) / 2), t_quantile(subjects - 1, level)
    effective = spread * (1 - spread) / variance * (z / t) ** 2
    few = cap is not None and min(point.errors, point.trials - point.errors) < FEW_ERRORS
    return min(effective, cap) if few and cap is not None else effective


def less_effective(
    point: Proportion, effective: float, variance: float, *, subjects: int, level: float = 0.95
) -> float:
    """What is left of the effective number of trials of a rate where something else adds to its variance.

    >>> round(less_effective(Proportion(20, 400), 390.0, 0.0, subjects=100), 3)
    390.0
    >>> round(less_effective(Proportion(20, 400), 390.0, 0.05 * 0.95 / 390, subjects=10**6), 3)
    195.0
    """
    if not effective > 0 or not point.trials or not variance >= 0:
        raise ValueError(f"{effective} effective trials of {point.trials} with the variance {variance}")
    quarter = 1 / (4 * point.trials)
    p = min(max(point.errors / point.trials, quarter), 1 - quarter)
    z, t = NormalDist().inv_cdf((1 + level) / 2), t_quantile(subjects - 1, level)
    return 1 / (1 / effective + variance / (p * (1 - p)) * (t / z) ** 2)


def logit_t(
    value: float, draws: ArrayLike, *, trials: int, subjects: int, level: float = 0.95, steps: int | None = None
) -> Interval:
    """For what lies in [0, 1] and is no simple rate: EER, AUC, FMR@FNMR. Student's t on the logit.

    trials   M, the number of mated comparisons: values are first brought into [1/(4M), 1 - 1/(4M)]
    steps    in place of M there, where the value moves in finer steps: the AUC in steps of one in M * N. With M its
             interval was measured to cover 0.85 to 0.90 at 50 subjects

    Draws that are all equal show no spread, as with classes that do not overlap; then that of M independent
    comparisons stands in.

    >>> found = logit_t(0.05, [0.04, 0.05, 0.06], trials=400, subjects=100)
    >>> round(found.low, 6), round(found.high, 6)
    (0.033303, 0.074424)
    """
    centre, spread, _ = _on_logit(value, draws, trials, subjects, steps or trials)
    half = t_quantile(subjects - 1, level) * spread
    return _around(_expit(centre - half), value, _expit(centre + half), level, "logit-t")


def least_t(value: float, draws: ArrayLike, *, trials: int, subjects: int, level: float = 0.95) -> Interval:
    """For what is least over thresholds of these very scores: ROCCH-EER, minDCF, minCllr. As `logit_t`, less a bias.

    The best threshold, or the best calibration, of a sample fits it better than it fits the population, so the value is
    too small, by a bias that falls with n^(-2/3). A draw has half the subjects and is smaller still: what the mean of
    the draws falls short of the value is `SEEN` of the bias, and the centre of the interval is raised by all of it, on
    the logit. Without it the interval of minCllr was measured to cover 0.87 to 0.94, and nearly all misses of all three
    lay above it. The value itself is not changed.

    Source: Kim and Pollard (1990), Cube root asymptotics, Annals of Statistics 18, for the rate; Efron and Tibshirani
    (1993), An Introduction to the Bootstrap, chapter 10, for bias by resampling.

    >>> found = least_t(0.05, [0.03, 0.04, 0.05], trials=400, subjects=100)
    >>> round(found.low, 6), round(found.high, 6)
    (0.045698, 0.121168)
    """
    centre, spread, shown = _on_logit(value, draws, trials, subjects, trials)
    centre -= shown / SEEN
    half = t_quantile(subjects - 1, level) * spread
    return _around(_expit(centre - half), value, _expit(centre + half), level, "least-t")


def _on_logit(value: float, draws: ArrayLike, trials: int, subjects: int, steps: int) -> tuple[float, float, float]:
    """The value's logit, the standard deviation of that of the draws, and how far their mean lies from the value's."""
    if trials < 1 or not 0 <= value <= 1:
        raise ValueError(f"value {value} of {trials} mated comparisons")
    quarter = 1 / (4 * steps)
    clipped = min(max(value, quarter), 1 - quarter)
    values = np.clip(_finite(draws, subjects), quarter, 1 - quarter)
    logits = np.log(values) - np.log1p(-values)
    spread = math.sqrt(_variance(logits))
    if spread == 0:
        quarter = 1 / (4 * trials)
        clipped = min(max(value, quarter), 1 - quarter)
        return math.log(clipped) - math.log1p(-clipped), 1 / math.sqrt(trials * clipped * (1 - clipped)), 0.0
    centre = math.log(clipped) - math.log1p(-clipped)
    return centre, spread, float(logits.mean()) - centre


def skewed_t(
    value: float, draws: ArrayLike, influence: ArrayLike, *, subjects: int, level: float = 0.95, least: float = 0.0
) -> Interval:
    """For a mean of costs that a few subjects carry, Cllr: Student's t, corrected for the skewness of its estimate.

    influence   (n,) by how much each subject moves the value. Its third moment says how skewed the value is; draws that
                weigh subjects 0 or 2 cannot show it
    least       the least that the value can be

    A sample without one of the rare dear subjects has a small mean and a small spread, so that a symmetric interval
    ends too low, also on the logarithm: there that of Cllr was measured to cover 0.87 to 0.94, nearly all misses above.
    Quantiles of t are taken through Hall's cubic, which turns the skewed ratio into a symmetric one. A skewness below 0
    is chance where costs have no upper end, and is taken as 0.

    Source: Hall (1992), On the removal of skewness by transformation, Journal of the Royal Statistical Society B 54.

    >>> found = skewed_t(0.5, [0.4, 0.5, 0.6], [-0.05, -0.05, 0.1], subjects=100)
    >>> round(found.low, 6), round(found.high, 6)
    (0.343893, 0.834116)
    """
    spread, t = math.sqrt(_variance(_finite(draws, subjects))), t_quantile(subjects - 1, level)
    skewness = max(0.0, _skewness(np.asarray(influence, dtype=np.float64)))
    low, high = (value - spread * _unskewed(end, skewness) for end in (t, -t))
    return _around(max(least, low), value, high, level, "skewed-t")


def _skewness(influence: Statistic) -> float:
    """Of a sum of independent parts, from the parts: their third moment over the 3/2nd power of their second."""
    second = float(np.sum(influence**2))
    return float(np.sum(influence**3)) / second**1.5 if second > 0 else 0.0


def _unskewed(quantile: float, skewness: float) -> float:
    """The x that Hall's cubic x + g x^2/3 + g^2 x^3/27 + g/6 takes to a quantile."""
    if skewness < 1e-9:
        return quantile
    return 3 / skewness * (math.cbrt(1 + skewness * (quantile - skewness / 6)) - 1)


def root_t(value: float, draws: ArrayLike, *, subjects: int, level: float = 0.95) -> Interval:
    """For what is at least 0 and grows with a number of errors, such as areas: Student's t on the square root.

    On the scale of the area itself, intervals of an area under an error-versus-discard curve were measured to end below
    the true one too often: 50 subjects, coverage 0.83 to 0.94. Draws below 0 are taken as 0. Raises ValueError for a
    value below 0.

    >>> found = root_t(4.0, [1.0, 4.0, 9.0], subjects=100)
    >>> round(found.low, 6), round(found.high, 6)
    (0.000249, 15.873985)
    """
    if not value >= 0:
        raise ValueError(f"value {value}, expected 0 or more")
    roots = np.sqrt(np.maximum(_finite(draws, subjects), 0.0))
    half, centre = t_quantile(subjects - 1, level) * math.sqrt(_variance(roots)), math.sqrt(value)
    return _around(max(0.0, centre - half) ** 2, value, (centre + half) ** 2, level, "root-t")


def identity_t(value: float, draws: ArrayLike, *, subjects: int, level: float = 0.95) -> Interval:
    """For what has no bounds, d' and differences: value -+ t times the standard deviation of the draws.

    >>> found = identity_t(3.0, [2.9, 3.0, 3.1], subjects=100)
    >>> round(found.low, 6), round(found.high, 6)
    (2.801578, 3.198422)
    """
    half = t_quantile(subjects - 1, level) * math.sqrt(_variance(_finite(draws, subjects)))
    return _around(value - half, value, value + half, level, "draws-t")


def percentile(value: float, draws: ArrayLike, *, subjects: int, level: float = 0.95) -> Interval:
    """The middle `level` of the draws, by request only: it covers less than it says. Holds the value itself.

    >>> percentile(2.0, range(101), subjects=100, level=0.9).high
    95.0
    """
    low, high = np.quantile(_finite(draws, subjects), [(1 - level) / 2, (1 + level) / 2])
    return _around(float(low), value, float(high), level, "percentile")


def t_quantile(degrees: float, level: float) -> float:
    """The quantile of Student's t that leaves (1 - level)/2 above it.

    >>> round(t_quantile(99, 0.95), 6)
    1.984217
    """
    from scipy.special import stdtrit  # scipy takes a fifth of a second to import

    return float(stdtrit(degrees, (1 + level) / 2))


def _finite(draws: ArrayLike, subjects: int) -> Statistic:
    values = np.asarray(draws, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2 or subjects < 2:
        raise ValueError(f"draws of shape {values.shape} of {subjects} subjects; expected two of each")
    if not np.isfinite(values).all():
        raise ValueError(f"{int((~np.isfinite(values)).sum())} of {len(values)} draws are no number: {TAIL_TOO_SHORT}")
    return values


def _variance(values: Statistic) -> float:
    """Divisor: draws - 1. Exactly 0 for equal draws, whatever the rounding of their mean."""
    return 0.0 if values.min() == values.max() else float(values.var(ddof=1))


def _expit(logit: float) -> float:
    # No exponent above 0, which might overflow.
    return math.exp(min(logit, 0)) / (1 + math.exp(-abs(logit)))


def _around(low: float, value: float, high: float, level: float, method: str) -> Interval:
    """The interval holds its value, whatever was rounded or clipped."""
    return Interval(min(low, value), max(high, value), level, method, UNIT)
