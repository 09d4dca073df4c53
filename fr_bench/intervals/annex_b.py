"""The interval of ISO/IEC 19795-1 Annex B: the estimate, plus and minus a normal quantile times its standard deviation.

For schemes that name it; a normal interval says little below some 30 errors. The cases of the annex are one formula
each for rates by person and for comparisons of persons: one attempt a person, equally many, unequally many (B.1 to B.6)
are the variance of clusters; every person against every other in both orders (B.7, B.8) is the variance of dyads
without correction.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from fr_bench.findings import Interval
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.precision import Precision, as_if_independent, count_labels, nothing_follows

METHOD = "annex-b"


def annex_b(own: Dependence, level: float = 0.95, *, unit: str = "subject") -> Precision:
    """p -+ z sqrt(V), cut to [0, 1] (B.9).

    V is that of B.2, B.4, B.6 for clusters, of B.8 for pairs of subjects, there not below the variance of independent
    comparisons, since B.8 can be negative. B.8 is stated for one comparison in each order of each two persons; other
    designs take the same sums over their comparisons. Where V is 0 the formula would give an interval without width:
    no errors (rule of three), nothing but errors, or the same rate for everybody take the exact interval of the raw
    counts, labelled `assumes_independent_comparisons`.
    Raises ValueError for a level outside (0, 1).
    Source: ISO/IEC 19795-1 Annex B, equations B.1 to B.9, as quoted by the supporting document of BIO-iTC.

    >>> from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
    >>> one_attempt_each = ClusterCounts([1] * 5 + [0] * 169, [1] * 174)
    >>> round(annex_b(cluster_variance(one_attempt_each), 0.8).interval.high, 5)
    0.04501
    """
    if not 0 < level < 1:
        raise ValueError(f"confidence level {level}")
    if own.single:
        return nothing_follows(own, level=level, method=METHOD, unit=unit)
    variance = own.variance if own.apiece == 1 else max(own.plug_in, own.binomial)
    if not own.shown or variance == 0:
        return as_if_independent(own, level=level, method=METHOD)
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance)
    return Precision(
        interval=Interval(max(0.0, own.rate - half), min(1.0, own.rate + half), level, METHOD, unit),
        errors=own.errors,
        trials=own.trials,
        deff=variance / own.binomial,
        effective=own.trials * own.binomial / variance,
        carry=own.carry,
        units=own.units,
        labels=tuple(sorted(count_labels(own.errors, own.units) | {"subjects_as_unit"})),
    )
