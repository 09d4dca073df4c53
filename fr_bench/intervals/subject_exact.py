"""The interval of a rate at a fixed threshold, subjects as the unit: `subject-exact`, the default.

The exact binomial interval, with the number of trials replaced by the effective number n* = (trials/deff) (z/t_df)^2:
deff is the design effect, the quantiles of the normal and of Student's distribution make up for few subjects. Few
errors do not show yet that trials depend on each other; then the design effect is borrowed from a threshold of the same
scores at which there are more errors. The threshold must be fixed beforehand or come from other scores.

Source: Korn and Graubard (1998) for the form, Fogliato, Patil and Perona (2023) for the variance of an FMR.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

from fr_bench.findings import Interval
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import Design
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.precision import Precision, count_labels, one_sided_upper

__all__ = ["METHOD", "Precision", "fmr", "fmr_from", "fnmr", "fnmr_from", "one_sided_upper"]

METHOD = "subject-exact"


@dataclass(frozen=True, slots=True)
class Sharing:
    """How trials of a rate share subjects, and from when on a design effect is borrowed.

    few      it is borrowed if there are fewer errors than this
    beyond   and more trials than this
    least    with fewer units than this there is a single cluster, from which nothing follows
    apiece   units that one trial takes: trials that share none are at most units // apiece
    """

    few: int
    beyond: int
    least: int
    apiece: int

    def degrees(self, units: int, carry: float) -> float:
        """Degrees of freedom of the variance. Where pairs share subjects, few subjects may carry all of it."""
        return units - 1 if self.apiece == 1 else min(units - 1, max(4.0, carry))


PAIRS = Sharing(few=50, beyond=200, least=3, apiece=2)
CLUSTERS = Sharing(few=30, beyond=120, least=2, apiece=1)


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
    lender = dyadic_variance(design, borrow) if borrow is not None and _seeks(own, PAIRS) else None
    return fmr_from(own, lender, level=level)


def fmr_from(own: Dependence, borrow: Dependence | None = None, *, level: float = 0.95) -> Precision:
    """As `fmr`, from variances that were computed before: one `borrow` serves every threshold."""
    return _subject_exact(own, borrow, PAIRS, level=level, unit="subject")


def fnmr(
    at: ClusterCounts, *, borrow: ClusterCounts | None = None, level: float = 0.95, unit: str = "subject"
) -> Precision:
    """The interval of a rate whose trials fall into clusters, such as the FNMR at a fixed threshold.

    borrow   counts at the threshold just above the 30 lowest mated scores. Taken into account if there are fewer than
             30 errors, or nothing but errors, in more than 120 trials. FNIR, FPIR, CMC borrow nothing: None
    level    two-sided; the ends at 2c-1 are the one-sided limits at confidence c
    unit     what a cluster is: "subject", "probe subject", "instrument"

    Raises ValueError for counts that contradict each other.

    >>> found = fnmr(ClusterCounts([1, 0, 2, 0] * 10, [3] * 40))
    >>> found.errors, found.trials, round(found.interval.low, 6), round(found.interval.high, 6)
    (30, 120, 0.164626, 0.352466)
    """
    own = cluster_variance(at)
    lender = cluster_variance(borrow) if borrow is not None and _seeks(own, CLUSTERS) else None
    return fnmr_from(own, lender, level=level, unit=unit)


def fnmr_from(
    own: Dependence, borrow: Dependence | None = None, *, level: float = 0.95, unit: str = "subject"
) -> Precision:
    """As `fnmr`, from variances that were computed before: one `borrow` serves every threshold."""
    return _subject_exact(own, borrow, CLUSTERS, level=level, unit=unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The design effect that is applied, and what it is worth in independent trials."""

    deff: float
    carry: float
    degrees: float
    effective: float
    borrowed: bool


def effect(own: Dependence, borrow: Dependence | None, sharing: Sharing, level: float) -> Effect | None:
    """The design effect, borrowed where `sharing` says so; None where the errors show none and none can be borrowed.

    Raises ValueError if `borrow` is not of the same comparisons.
    """
    deff, carry = own.deff, own.carry
    lender = borrow if _seeks(own, sharing) else None
    if lender is not None and (lender.trials, lender.units) != (own.trials, own.units):
        raise ValueError(
            f"a design effect of {lender.trials} trials of {lender.units} units for {own.trials} of {own.units}"
        )
    if lender is not None and _shows(lender):
        deff, carry = max(deff, lender.deff), lender.carry
    elif not _shows(own):
        return None
    else:
        lender = None
    degrees = sharing.degrees(own.units, carry)
    return Effect(
        deff=deff,
        carry=carry,
        degrees=degrees,
        effective=own.trials / deff * _shrunk(degrees, level),
        borrowed=lender is not None,
    )


def _seeks(own: Dependence, sharing: Sharing) -> bool:
    rare = own.errors < sharing.few or own.errors == own.trials
    return rare and own.trials > sharing.beyond


def _shows(found: Dependence) -> bool:
    """Whether both outcomes occur: else there is no variance to be seen."""
    return 0 < found.errors < found.trials


def _shrunk(degrees: float, level: float) -> float:
    """(z/t_df)^2: a variance that was estimated with few degrees of freedom makes a longer interval."""
    from scipy.special import stdtrit  # scipy takes a fifth of a second to import

    probability = (1 + level) / 2
    return float((NormalDist().inv_cdf(probability) / stdtrit(degrees, probability)) ** 2)


def _subject_exact(
    own: Dependence, borrow: Dependence | None, sharing: Sharing, *, level: float, unit: str
) -> Precision:
    if not 0 < level < 1:
        raise ValueError(f"confidence level {level}")
    labels = count_labels(own.errors, own.units)
    if own.units < sharing.least:
        return Precision(
            interval=Interval(0.0, 1.0, level, METHOD, unit),
            errors=own.errors,
            trials=own.trials,
            units=own.units,
            labels=tuple(sorted(labels | {"subjects_as_unit", "too_few_subjects"})),
        )
    found = effect(own, borrow, sharing, level)
    if found is None:
        return _as_if_independent(own, sharing, labels, level)
    raised = found.borrowed and found.deff > own.deff
    interval = clopper_pearson(own.rate * found.effective, found.effective, level, unit=unit)
    return Precision(
        interval=replace(interval, method=METHOD),
        errors=own.errors,
        trials=own.trials,
        deff=found.deff,
        effective=found.effective,
        degrees=found.degrees,
        carry=found.carry,
        units=own.units,
        borrowed=found.borrowed,
        labels=tuple(sorted(labels | {"subjects_as_unit"} | ({"borrowed_design_effect"} if raised else set()))),
    )


def _as_if_independent(own: Dependence, sharing: Sharing, labels: set[str], level: float) -> Precision:
    """No errors, or nothing but errors, and nothing to borrow from: trials as if independent, and the sober limit."""
    disjoint = own.units // sharing.apiece
    sober = clopper_pearson(disjoint if own.errors else 0, disjoint, level)
    return Precision(
        interval=replace(clopper_pearson(own.errors, own.trials, level), method=METHOD),
        errors=own.errors,
        trials=own.trials,
        deff=1.0,
        effective=float(own.trials),
        carry=own.carry,
        units=own.units,
        labels=tuple(sorted(labels | {"assumes_independent_comparisons"})),
        sober=sober.low if own.errors else sober.high,
    )
