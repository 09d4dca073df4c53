"""Intervals of a rate that are offered by name beside the default: `independent`, `fpp-wilson`, `conservative`.

They are for comparing with what others print. `independent` covers far less than it says wherever subjects differ.
"""

from __future__ import annotations

from dataclasses import replace

from fr_bench.intervals.binomial import clopper_pearson, wilson
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.precision import Precision, as_if_independent, count_labels, nothing_follows
from fr_bench.intervals.subject_exact import PAIRS, Recipe, effective_interval


def independent(errors: int, trials: int, level: float = 0.95) -> Precision:
    """The exact interval of the raw counts, as if every comparison stood alone; also where subject ids are missing.

    Always labelled `assumes_independent_comparisons`. Raises ValueError as `clopper_pearson`.

    >>> found = independent(0, 100)
    >>> round(found.interval.high, 6), found.labels
    (0.036217, ('assumes_independent_comparisons', 'no_errors'))
    """
    return Precision(
        interval=replace(clopper_pearson(errors, trials, level), method="independent"),
        errors=errors,
        trials=trials,
        effective=float(trials),
        labels=tuple(sorted(count_labels(errors, None) | {"assumes_independent_comparisons"})),
    )


def fpp_wilson(own: Dependence, level: float = 0.95, *, unit: str = "subject") -> Precision:
    """Wilson's interval with the effective number p(1-p)/V, V without corrections for few units.

    V is the plug-in, for an FMR not below its floor; deff may fall below 1. Where V is 0 (no errors, nothing but
    errors, or the same rate in every unit) the effective number is that of all trials, and the label
    `assumes_independent_comparisons` says so.
    Source: Fogliato, Patil and Perona (2023), dependence-adjusted Wilson interval.

    >>> from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
    >>> found = fpp_wilson(cluster_variance(ClusterCounts([2, 0, 1, 0], [2, 2, 2, 2])))
    >>> round(found.effective, 9), round(found.interval.low, 6), round(found.interval.high, 6)
    (5.454545455, 0.111186, 0.742124)
    """
    if own.single:
        return nothing_follows(own, level=level, method="fpp-wilson", unit=unit)
    variance = max(own.plug_in, own.floor)
    if not own.shown or variance == 0:
        raw = as_if_independent(own, level=level, method="fpp-wilson")
        return replace(raw, interval=replace(wilson(own.errors, own.trials, level), method="fpp-wilson"))
    effective = own.trials * own.binomial / variance
    return Precision(
        interval=replace(wilson(own.rate * effective, effective, level, unit=unit), method="fpp-wilson"),
        errors=own.errors,
        trials=own.trials,
        deff=variance / own.binomial,
        effective=effective,
        carry=own.carry,
        units=own.units,
        labels=tuple(sorted(count_labels(own.errors, own.units) | {"subjects_as_unit"})),
    )


def conservative(own: Dependence, borrow: Dependence | None = None, level: float = 0.95) -> Precision:
    """The default interval of an FMR made longer: it borrows below 2n false matches, and takes Wilson's limits.

    borrow   the variance at the score of rank `conservative_rank(own)` of the nonmated scores, highest first
    Widths reach five times those of the default. Raises ValueError for the variance of a cluster sample.
    """
    if own.apiece != 2:
        raise ValueError("conservative is an interval of comparisons between subjects")
    recipe = Recipe(few=conservative_rank(own), beyond=PAIRS.beyond, method="conservative", limits=wilson)
    return effective_interval(own, borrow, recipe, level=level)


def conservative_rank(own: Dependence) -> int:
    """At which rank of the nonmated scores the design effect of `conservative` is borrowed: two for each subject."""
    return 2 * own.units
