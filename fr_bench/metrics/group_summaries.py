"""How unequally a recognizer errs, in one number: what the error rates of several groups come to.

Every function takes the counts of at least two groups at one threshold and answers exactly, or raises NotMeasurable.
A ratio to a rate of 0 is undefined, not infinite, and nothing is ever added to a rate to make it defined. No such
number is complete without the rates that it was made from; a maximum over groups that err alike is above their rate by
chance alone, the more so the smaller the groups.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from fr_bench.findings import Proportion
from fr_bench.metrics.scores import NotMeasurable

Counts = Mapping[str, Proportion]
"""Errors of trials of each group, by its name."""

HALF = Fraction(1, 2)
"""How FMR and FNMR are weighed against each other where a measure takes both: alike, as in its customary form."""
BOUND = 0.95
"""Confidence of the one-sided limit that stands for a rate of 0 in a geometric mean."""


def pooled(counts: Counts) -> Proportion:
    """All errors of all trials: large groups weigh more."""
    return Proportion(sum(found.errors for found in counts.values()), sum(found.trials for found in counts.values()))


def mean_rate(counts: Counts) -> Fraction:
    """The mean of the rates: every group weighs alike."""
    rates = _rates(counts)
    return sum(rates, Fraction(0)) / len(rates)


def max_min_difference(counts: Counts) -> Fraction:
    """max x - min x: 0 where all groups err alike. Source: NIST IR 8429.

    >>> max_min_difference({"A": Proportion(1, 100), "B": Proportion(4, 100), "C": Proportion(1, 50)})
    Fraction(3, 100)
    """
    rates = _rates(counts)
    return max(rates) - min(rates)


def max_min_ratio(counts: Counts) -> Fraction:
    """max x / min x: 1 where all groups err alike. Source: NIST IR 8429; also called skewed error ratio.

    Raises NotMeasurable `group_without_errors` where a group has no errors, `no_errors` where none has: the ratio is
    undefined.

    >>> max_min_ratio({"A": Proportion(1, 100), "B": Proportion(4, 100), "C": Proportion(1, 50)})
    Fraction(4, 1)
    """
    rates = _rates(counts)
    if not min(rates):
        _mean(counts)
        clean = [f"'{name}' (0 of {found.trials})" for name, found in counts.items() if not found.errors]
        raise NotMeasurable(
            f"undefined: no errors in group {', '.join(clean)}; the difference and the ratio to the geometric mean are "
            "defined",
            code="group_without_errors",
        )
    return max(rates) / min(rates)


def max_mean_ratio(counts: Counts) -> Fraction:
    """max x over the mean rate, every group weighing alike: 1 where all err alike, at most their number.

    Raises NotMeasurable `no_errors` where no group has an error.
    """
    rates = _rates(counts)
    return max(rates) / _mean(counts)


def max_geomean_ratio(counts: Counts) -> float:
    """max x over the geometric mean of the rates: 1 where all groups err alike; the leading measure of NIST IR 8429.

    In the mean, and only there, a rate of 0 is replaced by its one-sided 95 % upper limit 1 - 0.05^(1/n), trials taken
    as independent, as NIST does. Raises NotMeasurable `no_errors` where no group has an error.

    >>> rates = {str(x): Proportion(x, 10_000) for x in (1, 2, 4, 8)}
    >>> round(max_geomean_ratio(rates), 6)
    2.828427
    """
    highest = float(max(_rates(counts)))
    _mean(counts)
    logs = [math.log(found.rate or -math.expm1(math.log(1 - BOUND) / found.trials)) for found in counts.values()]
    return highest / math.exp(math.fsum(logs) / len(logs))


def gini(counts: Counts) -> Fraction:
    """The Gini coefficient of the rates: 0 where all groups err alike, 1 where one group has all errors.

    Sum over ordered pairs of |x_i - x_j| / (2 n (n-1) mean), that is with n/(n-1) for few groups. Raises NotMeasurable
    `no_errors` where no group has an error. Source: Howard et al. (2022); NIST IR 8429.

    >>> gini({"A": Proportion(1, 100), "B": Proportion(4, 100), "C": Proportion(1, 50)})
    Fraction(3, 7)
    """
    rates, n = _rates(counts), len(counts)
    return sum((abs(a - b) for a, b in combinations(rates, 2)), Fraction(0)) / (n * (n - 1) * _mean(counts))


def fdr(fmr: Counts, fnmr: Counts, weight: Fraction = HALF) -> Fraction:
    """The fairness discrepancy rate, no false discovery rate: 1 where all groups err alike, 0 at worst.

    1 - (weight A + (1 - weight) B), A and B the differences of highest and lowest FMR and FNMR. Small rates hardly move
    it, whatever their ratio. Source: de Freitas Pereira and Marcel (2020).
    """
    return 1 - weight * max_min_difference(fmr) - (1 - weight) * max_min_difference(fnmr)


def inequity_rate(fmr: Counts, fnmr: Counts, weight: Fraction = HALF) -> float:
    """The inequity rate (max FMR / min FMR)^weight (max FNMR / min FNMR)^(1 - weight): 1 where all groups err alike.

    Raises NotMeasurable as `max_min_ratio`. Source: Grother (2021), in its form as a product.
    """
    false_matches, false_non_matches = float(max_min_ratio(fmr)), float(max_min_ratio(fnmr))
    return math.pow(false_matches, weight) * math.pow(false_non_matches, 1 - weight)


def garbe(fmr: Counts, fnmr: Counts, weight: Fraction = HALF) -> Fraction:
    """The Gini aggregation rate for biometric equitability: 0 where all groups err alike, 1 at worst.

    weight G(FMR) + (1 - weight) G(FNMR), G as in `gini`. Raises NotMeasurable `no_errors`.
    Source: Howard et al. (2022).
    """
    return weight * gini(fmr) + (1 - weight) * gini(fnmr)


def _rates(counts: Counts) -> Sequence[Fraction]:
    """The rates of at least two groups. Raises ValueError where a group has no trials."""
    rates = [found.fraction for found in counts.values()]
    if len(rates) < 2 or any(rate is None for rate in rates):
        raise ValueError(f"a summary of {len(rates)} groups, {sum(rate is None for rate in rates)} without trials")
    return [rate for rate in rates if rate is not None]


def _mean(counts: Counts) -> Fraction:
    """The mean rate, which something is to be divided by."""
    mean = mean_rate(counts)
    if not mean:
        raise NotMeasurable(_none_at_all(counts.values()), code="no_errors")
    return mean


def _none_at_all(counts: Iterable[Proportion]) -> str:
    least = min(found.trials for found in counts)
    return f"no group has an error at this threshold (the smallest has {least} trials): a ratio of zeros is undefined"
