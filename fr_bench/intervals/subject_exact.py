"""The interval of a rate at a fixed threshold, subjects as the unit: `subject-exact`, the default.

The exact binomial interval, with the number of trials replaced by the effective number n* = (trials/deff) (z/t_df)^2:
deff is the design effect, the quantiles of the normal and of Student's distribution make up for few subjects. Few
errors do not show yet that trials depend on each other; then the design effect is borrowed from a threshold of the same
scores at which there are more errors. The threshold must be fixed beforehand or come from other scores.

Source: Korn and Graubard (1998) for the form, Fogliato, Patil and Perona (2023) for the variance of an FMR.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist

from fr_bench.findings import Interval
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import Design
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.precision import Precision, as_if_independent, count_labels, nothing_follows, one_sided_upper

__all__ = [
    "CLUSTERS", "METHOD", "PAIRS", "Precision", "Recipe", "degrees_of_freedom", "effective_interval", "fmr", "fmr_from",
    "fnmr", "fnmr_from", "one_sided_upper",
]  # fmt: skip

METHOD = "subject-exact"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an interval is made from the effective number of trials, and from when on its design effect is borrowed.

    few      it is borrowed if there are fewer errors than this, or nothing but errors,
    beyond   and more trials than this
    method   what the interval is called
    limits   (errors, trials, level, unit=...) -> the interval of that many independent trials
    """

    few: int
    beyond: int
    method: str = METHOD
    limits: Callable[..., Interval] = clopper_pearson

    def borrows(self, own: Dependence) -> bool:
        """Whether these errors are too few to show how trials depend on each other."""
        return (own.errors < self.few or own.errors == own.trials) and own.trials > self.beyond


PAIRS = Recipe(few=50, beyond=200)
CLUSTERS = Recipe(few=30, beyond=120)


def fmr(design: Design, at: PairErrors, *, borrow: PairErrors | None = None, level: float = 0.95) -> Precision:
    """The interval of the FMR of a design at a fixed threshold, where the false matches are `at`.

    borrow   false matches at the 50th largest nonmated score (if every comparison was a false match: at the score that
             rejects 50). Taken into account if there are fewer than 50 false matches, or nothing but them, of more than
             200 comparisons. None, or a threshold without both outcomes: nothing can be borrowed
    level    two-sided; the ends at 2c-1 are the one-sided limits at confidence c

    Raises ValueError for counts that contradict each other.

    >>> from fr_bench.intervals.design import AllPairs
    >>> found = fmr(AllPairs([2] * 40), PairErrors.of([0, 0, 0, 4], [1, 2, 3, 5]))
    >>> found.errors, found.trials, round(found.interval.low, 6), round(found.interval.high, 6)
    (4, 3120, 2.3e-05, 0.007621)
    """
    own = dyadic_variance(design, at)
    lender = dyadic_variance(design, borrow) if borrow is not None and PAIRS.borrows(own) else None
    return fmr_from(own, lender, level=level)


def fmr_from(own: Dependence, borrow: Dependence | None = None, *, level: float = 0.95) -> Precision:
    """As `fmr`, from variances that were computed before: one `borrow` serves every threshold."""
    return effective_interval(own, borrow, PAIRS, level=level)


def fnmr(
    at: ClusterCounts, *, borrow: ClusterCounts | None = None, level: float = 0.95, unit: str = "subject"
) -> Precision:
    """The interval of a rate whose trials fall into clusters, such as the FNMR at a fixed threshold.

    borrow   counts at the threshold just above the 30 lowest mated scores. Taken into account if there are fewer than
             30 errors, or nothing but errors, in more than 120 trials. None: nothing can be borrowed
    level    two-sided; the ends at 2c-1 are the one-sided limits at confidence c
    unit     what a cluster is: "subject", "probe subject", "instrument"

    Raises ValueError for counts that contradict each other.

    >>> found = fnmr(ClusterCounts([1, 0, 2, 0] * 10, [3] * 40))
    >>> found.errors, found.trials, round(found.interval.low, 6), round(found.interval.high, 6)
    (30, 120, 0.164626, 0.352466)
    """
    own = cluster_variance(at)
    lender = cluster_variance(borrow) if borrow is not None and CLUSTERS.borrows(own) else None
    return fnmr_from(own, lender, level=level, unit=unit)


def fnmr_from(
    own: Dependence, borrow: Dependence | None = None, *, level: float = 0.95, unit: str = "subject"
) -> Precision:
    """As `fnmr`, from variances that were computed before: one `borrow` serves every threshold."""
    return effective_interval(own, borrow, CLUSTERS, level=level, unit=unit)


def effective_interval(
    own: Dependence, borrow: Dependence | None, recipe: Recipe, *, level: float, unit: str = "subject"
) -> Precision:
    """The interval of a recipe, from the variance at the threshold and, if it is wanted, at the one borrowed from.

    Raises ValueError if the two are not of the same trials.
    """
    if not 0 < level < 1:
        raise ValueError(f"confidence level {level}")
    if own.single:
        return nothing_follows(own, level=level, method=recipe.method, unit=unit)
    lender = _lender(own, borrow, recipe)
    if lender is None and not own.shown:
        return as_if_independent(own, level=level, method=recipe.method)
    deff = max(own.deff, lender.deff) if lender else own.deff
    carry = lender.carry if lender else own.carry
    degrees = degrees_of_freedom(own, carry)
    effective = own.trials / deff * _shrunk(degrees, level)
    interval = recipe.limits(own.rate * effective, effective, level, unit=unit)
    labels = count_labels(own.errors, own.units) | {"subjects_as_unit"}
    if deff > own.deff:
        labels.add("borrowed_design_effect")
    return Precision(
        interval=replace(interval, method=recipe.method),
        errors=own.errors,
        trials=own.trials,
        deff=deff,
        effective=effective,
        degrees=degrees,
        carry=carry,
        units=own.units,
        borrowed=lender is not None,
        labels=tuple(sorted(labels)),
    )


def degrees_of_freedom(own: Dependence, carry: float) -> float:
    """Degrees of freedom of the variance: units - 1; where pairs share subjects not more than carry it, if above 4."""
    return float(own.units - 1) if own.apiece == 1 else min(own.units - 1, max(4.0, carry))


def _lender(own: Dependence, borrow: Dependence | None, recipe: Recipe) -> Dependence | None:
    """The variance that is borrowed, if it is wanted and shows anything."""
    if borrow is None or not recipe.borrows(own) or not borrow.shown:
        return None
    if (borrow.trials, borrow.units) != (own.trials, own.units):
        raise ValueError(f"{borrow.trials} trials of {borrow.units} units lend nothing to {own.trials} of {own.units}")
    return borrow


def _shrunk(degrees: float, level: float) -> float:
    """(z/t_df)^2: a variance that was estimated with few degrees of freedom makes a longer interval."""
    from scipy.special import stdtrit  # scipy takes a fifth of a second to import

    probability = (1 + level) / 2
    return float((NormalDist().inv_cdf(probability) / stdtrit(degrees, probability)) ** 2)
