"""How sure the mean of counts is that have no upper end, such as candidates per search, where trials fall in clusters.

Counts of one cluster depend on each other, those of different clusters do not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from fr_bench.findings import Interval
from fr_bench.intervals.exact_sums import squared_residuals, whole_numbers
from fr_bench.intervals.from_draws import t_quantile

METHOD = "poisson-exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanCount:
    """The interval of a mean count, and what it was made from.

    deff        variance of the mean over that of as many independent Poisson counts, at least 1; None where nothing was
                counted at all
    effective   of how many independent trials the mean tells as much
    units       clusters
    """

    interval: Interval
    deff: float | None
    effective: float
    units: int


def mean_count(counts: ArrayLike, trials: ArrayLike, level: float = 0.95, *, unit: str = "subject") -> MeanCount:
    """The mean sum x_i / sum m_i of clusters of m_i trials with counts that add up to x_i.

    The limits are Poisson's, exact, at the effective numbers of trials n* = M/deff (z/t)^2 and of counts: the lower one
    is the mean at which x* or more have (1-level)/2, and is never below 0. deff is the variance of the mean by clusters
    over p/M, at least 1. Where nothing was counted no variance is seen: the upper limit is that of as many trials as
    there are clusters. Raises ValueError for fewer than two clusters, and for clusters without trials.
    Source: Garwood (1936) for the limits; the effective number as of Korn and Graubard (1998).

    >>> found = mean_count([0, 2, 1, 0], [1, 2, 3, 1])
    >>> round(found.interval.low, 6), round(found.interval.high, 6), round(found.effective, 6)
    (0.015887, 2.187879, 2.655046)
    >>> round(mean_count([0, 0, 0], [5, 5, 5]).interval.high, 6)
    1.229626
    """
    x, m = whole_numbers(counts, "counts of a cluster"), whole_numbers(trials, "trials of a cluster")
    units, total, made = len(m), int(x.sum()), int(m.sum())
    if units < 2 or len(x) != units or not np.all(m > 0):
        raise ValueError(f"counts of {len(x)} and trials of {units} clusters")
    half = (1 - level) / 2
    if not total:
        return MeanCount(
            interval=Interval(0.0, -math.log(half) / units, level, METHOD, unit),
            deff=None,
            effective=units,
            units=units,
        )
    mean = total / made
    variance = units * squared_residuals(x, m, total, made) / ((units - 1) * made**4)
    deff = max(1.0, variance * made / mean)
    effective = made / deff * (NormalDist().inv_cdf(1 - half) / t_quantile(units - 1, level)) ** 2
    low, high = (limit / effective for limit in _poisson(mean * effective, half))
    return MeanCount(interval=Interval(low, high, level, METHOD, unit), deff=deff, effective=effective, units=units)


def _poisson(count: float, half: float) -> tuple[float, float]:
    """Garwood's limits of the mean of a Poisson count above 0, which may be fractional."""
    from scipy.special import gammainccinv, gammaincinv

    return float(gammaincinv(count, half)), float(gammainccinv(count + 1, half))
