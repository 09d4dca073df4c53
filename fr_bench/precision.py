"""How sure a measurement is: the interval of each kind of measure, with subjects as the unit.

`fr_bench.measuring` counts the value; this module finds out which comparisons depend on each other through a subject
and has the room `fr_bench.intervals` compute the interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.drawn_scores import STATISTICS, DrawnScores, Statistic
from fr_bench.drawn_searches import fnir_at_fpir
from fr_bench.findings import Interval, Measure, Measurement, Proportion, Series, Threshold
from fr_bench.intervals import alternatives, annex_b, from_draws, presentations, subject_exact
from fr_bench.intervals.binomial import clopper_pearson, one_sided_upper
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import Listed
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.precision import Precision
from fr_bench.intervals.weighed import Part, weighed_sum
from fr_bench.metrics.counted import CountedHighest, CountedPairs, CountedSum
from fr_bench.metrics.scores import SortedScores
from fr_bench.metrics.verification import FEW
from fr_bench.records import ScoreSet
from fr_bench.subject_scores import PlannedSubjectScores, SubjectScores

Methods = Literal["subject-exact", "independent", "fpp-wilson", "annex-b", "conservative"]
METHODS: tuple[str, ...] = get_args(Methods)
"""Ways to make the interval of a rate at a fixed threshold; `subject-exact` is the default, RELIABILITY of the docs."""

VERSION = 1
"""Raised whenever the same scores would get another interval, or another analysis."""
SEED = 20260101
DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How intervals are made.

    name    of a rate at a fixed threshold: one of `METHODS`; measures of a curve are always drawn by subject
    level   nominal level, two-sided, between 0 and 1
    draws   how often subjects are drawn for measures of a curve
    seed    names the draws: the same seed and subject give the same weights in every run and every measure
    """

    name: str = "subject-exact"
    level: float = 0.95
    draws: int = DRAWS
    seed: int = SEED

    def __post_init__(self) -> None:
        if self.name not in METHODS:
            raise ValueError(f"no interval method {self.name!r} among {METHODS}")
        if not 0 < self.level < 1:
            raise ValueError(f"confidence level {self.level}")
        if self.draws < 20:
            raise ValueError(f"{self.draws} draws")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """What can be said of a measurement's precision: an interval, or why there is none, with labels and an account.

    details   under "precision": `deff`, `effective`, `degrees`, `carry`, `units`, `borrowed` where they were made;
              `one_sided_upper` with `one_sided_level` for a rate without errors; `sober`, its cautious companion
    """

    interval: Interval | None = None
    reason: str | None = None
    labels: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


NO_SUBJECTS = (
    "the scores name no subjects, and an interval that takes comparisons as independent would be too narrow to be "
    "honest; give the subjects of probes and references"
)
ONE_SUBJECT = "all comparisons hang on too few subjects to draw from"
TAIL_TOO_SHORT = "some draws of subjects need nonmated scores below the floor; lower the floor"
EXTREME = "an extreme value of the sample has no interval: neither normal theory nor a bootstrap holds for it"
FOLDS = "folds share thresholds and subjects; their spread is given instead, and is no interval"
NOT_KEPT = "the false matches below the floor were counted and not kept by subject; lower the floor"
TOO_LARGE = "the draws of this measure are made only up to 65,536 steps of the curve; draw fewer comparisons"
NO_THEORY = "no interval is made for this measure"


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """The scores of one run, from which the intervals of all its measures are made; subjects are looked up once.

    asked   every measure that may be asked, so that all draws are made in one walk
    """

    scores: ScoreSet
    ordered: SortedScores
    method: Method
    asked: tuple[tuple[Measure, MeasureKind], ...] = ()

    @cached_property
    def by_subject(self) -> SubjectScores | None:
        """The scores by subject; None where they name no subjects."""
        return SubjectScores.of(self.scores)

    @cached_property
    def planned(self) -> Evidence:
        """The same of all comparisons planned: without subjects where it is not known whose comparisons failed."""
        return _Planned(scores=self.scores, ordered=self.ordered, method=self.method)

    @cached_property
    def drawn(self) -> DrawnScores | None:
        """What the measures of a curve are under the weights of each draw; None where nothing can be drawn."""
        by_subject = self.by_subject
        if by_subject is None or by_subject.design is None or not self.ordered.mated_total:
            return None
        if not self.ordered.nonmated_total or by_subject.mated_subjects < 2:
            return None
        return DrawnScores(by_subject=by_subject, ordered=self.ordered, draws=self.method.draws, seed=self.method.seed)

    def fmr(self, at: PairErrors) -> Precision:
        """How sure an FMR is, its false matches given by pair of subjects."""
        by_subject, name, level = self.by_subject, self.method.name, self.method.level
        if by_subject is None or by_subject.design is None:
            raise ValueError("who met whom is not known")
        own = dyadic_variance(by_subject.design, at)
        if name == "conservative":
            return alternatives.conservative(own, self._lent_by_pairs(alternatives.conservative_rank(own)), level)
        if name in ("fpp-wilson", "annex-b"):
            return _by_name(name, own, level)
        few = subject_exact.PAIRS
        return subject_exact.fmr_from(own, self._lent_by_pairs(few.few) if few.borrows(own) else None, level=level)

    def fnmr(self, at: ClusterCounts) -> Precision:
        """How sure an FNMR is, its false non-matches given by subject."""
        own, name, level = cluster_variance(at), self.method.name, self.method.level
        if name in ("fpp-wilson", "annex-b"):
            return _by_name(name, own, level)
        return subject_exact.fnmr_from(own, self._lent_by_clusters, level=level)

    def held(self, threshold: Threshold | None) -> Precision | None:
        """How sure the FMR is that holds a threshold, as if the threshold were fixed; None without false matches."""
        by_subject = self.by_subject
        if by_subject is None or by_subject.design is None or threshold is None:
            return None
        at = by_subject.false_matches(threshold)
        return self.fmr(at) if at is not None and at.total else None

    def _lent_by_pairs(self, rank: int) -> Dependence | None:
        """The variance at the nonmated score of a rank, from which a design effect may be borrowed."""
        by_subject = self.by_subject
        at = None if by_subject is None else by_subject.highest_nonmated(rank)
        return (
            None
            if at is None or by_subject is None or by_subject.design is None
            else dyadic_variance(by_subject.design, at)
        )

    @cached_property
    def _lent_by_clusters(self) -> Dependence | None:
        """The variance just above the 30 lowest mated scores."""
        at = None if self.by_subject is None else self.by_subject.lowest_mated(subject_exact.CLUSTERS.few)
        return None if at is None else cluster_variance(at)

    def band(self) -> Series | None:
        """Pointwise intervals of the FNMR at three FMRs a decade, named by their level; None where nothing is drawn."""
        from fr_bench.metrics.verification import fnmr_at_fmr

        if self.drawn is None:
            return None
        points = [(target, fnmr_at_fmr(self.ordered, target)) for target in self.drawn.band_targets()]
        limits = [
            _limits(boot_exact(point.fnmr, self.drawn.fnmr_at_fmr(target), self, point.threshold))
            for target, point in points
        ]
        return Series(
            name=f"{self.method.level:g}",
            x=tuple(float(target) for target, _ in points),
            y=tuple(point.fnmr.rate for _, point in points),
            low=tuple(low for low, _ in limits),
            high=tuple(high for _, high in limits),
            counts=tuple((point.fnmr.errors, point.fnmr.trials) for _, point in points),
            labels=("pointwise",),
        )


class _Planned(Evidence):
    """Evidence in which failed comparisons were rejected."""

    @cached_property
    def by_subject(self) -> SubjectScores | None:
        """The planned comparisons by subject; None where it is not known whose failed."""
        made = SubjectScores.of(self.scores)
        return None if made is None else PlannedSubjectScores.of_planned(made)


def _by_name(name: str, own: Dependence, level: float) -> Precision:
    return alternatives.fpp_wilson(own, level) if name == "fpp-wilson" else annex_b.annex_b(own, level)


def sureness(found: Measurement, kind: MeasureKind, evidence: Evidence, counted: Counted | None = None) -> Sureness:
    """The interval of a measurement that has a value.

    counted   the units behind its counts, where the measure gave them
    """
    if "extreme_value" in found.labels:
        return Sureness(reason=EXTREME)
    if isinstance(counted, CountedPairs):
        return _of_pairs(counted, evidence.method.level)
    if isinstance(counted, CountedSum):
        return _of_sum(counted, evidence.method.level)
    if counted is not None and kind.needs == "attacks":
        return _of_presentations(counted, evidence.method.level)
    if kind.interval == "fnir_at_fpir" and counted is not None:
        return _of_fnir_at_fpir(found, counted, kind, evidence)
    if counted is not None:
        return _of_units(counted, kind, evidence.method)
    if kind.interval == "none":
        return Sureness(reason=FOLDS if kind.needs == "folds" else NO_THEORY)
    if kind.interval == "trials":
        if kind.quantity == "FTE":
            return _of_trials(_counts(found), evidence.method.level, "subject")
        return _of_trials(_counts(found), evidence.method.level, "sample", "assumes_independent_samples")
    if kind.interval in ("fmr", "fnmr", "fnmr_at_fmr"):
        return _of_rate(found, kind, evidence)
    if kind.interval == "weighed_rates":
        return _of_weighed_rates(found, evidence)
    return _of_statistic(found, kind, evidence)


def _of_trials(counts: Proportion, level: float, unit: str, *labels: str) -> Sureness:
    """Every trial taken as independent: exact, too narrow where they are not, and labelled so."""
    interval = clopper_pearson(counts.errors, counts.trials, level, unit=unit)
    details: dict[str, Any] = {}
    if not counts.errors:
        details = {"one_sided_upper": one_sided_upper(0, counts.trials, level), "one_sided_level": level}
    return Sureness(interval=interval, labels=labels, details=details)


def _of_units(counted: Counted, kind: MeasureKind, method: Method) -> Sureness:
    made = counted.trials > 0
    borrow = None if counted.borrow is None else ClusterCounts(counted.borrow[made], counted.trials[made])
    at = ClusterCounts(counted.errors[made], counted.trials[made])
    told = _told(subject_exact.fnmr(at, borrow=borrow, level=method.level, unit=counted.unit), counted.labels)
    if kind.needs != "samples":
        return told
    # Where each subject is tried once, trials are subjects, and nothing is assumed.
    once = bool((counted.trials <= 1).all())
    labels = tuple(
        label.replace("independent_comparisons", "independent_samples")
        for label in told.labels
        if not (once and label == "assumes_independent_comparisons")
    )
    details = {name: fact for name, fact in told.details.items() if not (once and name == "sober")}
    interval = told.interval
    if interval is not None and interval.unit == "comparison":
        interval = replace(interval, unit="subject" if once else "sample")
    return Sureness(interval=interval, labels=labels, details=details)


def _of_presentations(counted: Counted, level: float) -> Sureness:
    """A rate of presentations; the worst of several species has the highest of the limits of all."""
    if not isinstance(counted, CountedHighest):
        return _by_instrument(counted, _presented(counted, level))
    each = presentations.each_level(level, len(counted.parts))
    parts = [_presented(part, each) for part in counted.parts]
    at = next(k for k, part in enumerate(counted.parts) if part.errors is counted.errors)
    told = _by_instrument(counted, presentations.highest(parts, at, level=level))
    if "one_sided_upper" not in told.details:
        return told
    # The worst species is not known for certain, so the limit of every one counts.
    upper = max(subject_exact.one_sided_upper(part) for part in parts)
    return replace(told, details={**told.details, "one_sided_upper": upper})


def _presented(counted: Counted, level: float) -> Precision:
    borrow = None if counted.borrow is None else ClusterCounts(counted.borrow, counted.trials)
    at = ClusterCounts(counted.errors, counted.trials)
    return presentations.by_unit(at, borrow, level=level, unit=counted.unit)


def _by_instrument(counted: Counted, precision: Precision) -> Sureness:
    """With the unit that is known: where nobody says whose a presentation is, subjects are no unit."""
    told = _told(precision, counted.labels)
    unknown = "assumes_independent_samples" in counted.labels
    return replace(told, labels=tuple(label for label in told.labels if not (unknown and label == "subjects_as_unit")))


def _of_sum(counted: CountedSum, level: float) -> Sureness:
    """The sum of two rates: the limits of both, each at half the error level."""
    each = presentations.each_level(level, len(counted.parts))
    first, second = (_of_presentations(part, each) for part in counted.parts)
    if first.interval is None or second.interval is None:
        raise ValueError("a rate without interval")
    account = {"units": min(part.details["precision"]["units"] for part in (first, second)), "borrowed": False}
    return Sureness(
        interval=presentations.added(first.interval, second.interval, level=level),
        labels=tuple(sorted({*first.labels, *second.labels} - {"no_errors", "few_errors"})),
        details={"precision": account},
    )


def _of_pairs(counted: CountedPairs, level: float) -> Sureness:
    """A rate of trials between two subjects each."""
    first, second, wrong = counted.first, counted.second, counted.errors > 0
    design = Listed.of(first, second, subjects=counted.subjects)
    lent = None if counted.borrow is None else counted.borrow > 0
    borrow = None if lent is None else PairErrors.of(first[lent], second[lent])
    return _told(subject_exact.fmr(design, PairErrors.of(first[wrong], second[wrong]), borrow=borrow, level=level))


def _of_fnir_at_fpir(found: Measurement, counted: Counted, kind: MeasureKind, evidence: Evidence) -> Sureness:
    """Drawn by probe subject: the threshold hangs on the searches, too."""
    method, fixed = evidence.method, _of_units(counted, kind, evidence.method)
    subjects = int(np.count_nonzero(counted.trials))
    asked = Measure.parse(found.measure)
    drawn = fnir_at_fpir(
        evidence.scores, Fraction(found.details["target"]), int(asked["rank"]), draws=method.draws, seed=method.seed
    )
    if drawn is None or subjects < 2 or from_draws.off_tail(drawn):
        return replace(fixed, labels=(*fixed.labels, "threshold_taken_as_fixed"))
    counts, cap = _counts(found), fixed.details["precision"].get("effective")
    interval = from_draws.boot_exact(counts, drawn, subjects=subjects, cap=cap, level=method.level)
    effective = from_draws.effective_trials(counts, drawn, subjects=subjects, cap=cap, level=method.level)
    account = {"effective": effective, "units": subjects, "degrees": subjects - 1, "borrowed": False}
    return Sureness(
        interval=replace(interval, unit=counted.unit),
        labels=("subjects_as_unit", *counted.labels),
        details={"precision": account},
    )


def _of_rate(found: Measurement, kind: MeasureKind, evidence: Evidence) -> Sureness:
    """A rate of comparisons, at a threshold fixed beforehand or at one that these scores gave."""
    counts, method = _counts(found), evidence.method
    chosen = ("threshold_taken_as_fixed",) * ("threshold" not in kind.parameters)
    if kind.needs == "comparisons" and found.details.get("failed", 0):
        # Failed comparisons are in the count.
        evidence = evidence.planned
    if evidence.by_subject is None or method.name == "independent":
        return _of_trials(counts, method.level, "comparison", "assumes_independent_comparisons", *chosen)
    if found.threshold is None:
        raise ValueError(f"{found.measure}: a rate without its threshold")
    if kind.interval == "fnmr":
        return _told(evidence.fnmr(evidence.by_subject.false_non_matches(found.threshold)), chosen)
    if kind.interval == "fnmr_at_fmr":
        return _of_fnmr_at_fmr(found, evidence)
    at = evidence.by_subject.false_matches(found.threshold)
    if at is None or evidence.by_subject.design is None:
        return Sureness(reason=NOT_KEPT)
    return _told(evidence.fmr(at), chosen)


def _of_fnmr_at_fmr(found: Measurement, evidence: Evidence) -> Sureness:
    target = Fraction(found.details["target"])
    if evidence.drawn is None:
        return Sureness(reason=ONE_SUBJECT)
    sure = boot_exact(_counts(found), evidence.drawn.fnmr_at_fmr(target), evidence, found.threshold)
    labels, details = {*sure.labels, *evidence.drawn.labels}, dict(sure.details)
    held = evidence.held(found.threshold)
    if held is not None:
        details["at_precision"] = _account(held)
        # Fewer than ten false matches that are worth an independent one hold the threshold only weakly.
        if found.details["allowed"] / (held.deff or 1.0) < FEW:
            labels.add("weak_target")
    return Sureness(interval=sure.interval, reason=sure.reason, labels=tuple(sorted(labels)), details=details)


def boot_exact(
    counts: Proportion, draws: Statistic, evidence: Evidence, threshold: Threshold | None = None
) -> Sureness:
    """The interval of a rate at a threshold that hangs on the draw: exact, at the effective number the draws show.

    With few errors the effective number is held by what a rate at that threshold, taken as fixed, would borrow.
    """
    if evidence.by_subject is None:
        return Sureness(reason=NO_SUBJECTS)
    if from_draws.off_tail(draws):
        return Sureness(reason=TAIL_TOO_SHORT)
    cap = None
    if threshold is not None and min(counts.errors, counts.trials - counts.errors) < FEW:
        cap = evidence.fnmr(evidence.by_subject.false_non_matches(threshold)).effective
    level, subjects = evidence.method.level, evidence.by_subject.mated_subjects
    interval = from_draws.boot_exact(counts, draws, subjects=subjects, cap=cap, level=level)
    effective = from_draws.effective_trials(counts, draws, subjects=subjects, cap=cap, level=level)
    account = {"effective": effective, "units": subjects, "degrees": subjects - 1, "borrowed": cap is not None}
    return Sureness(interval=interval, labels=("subjects_as_unit",), details={"precision": account})


def _of_statistic(found: Measurement, kind: MeasureKind, evidence: Evidence) -> Sureness:
    """EER, AUC, d', minDCF and their like, drawn by subject."""
    if kind.interval not in STATISTICS:
        return Sureness(reason=NO_THEORY)
    if evidence.by_subject is None:
        return Sureness(reason=NO_SUBJECTS)
    if evidence.drawn is None:
        return Sureness(reason=ONE_SUBJECT)
    if missing := evidence.drawn.missing(kind.interval):
        return Sureness(reason=NOT_KEPT if missing == "floor" else TOO_LARGE)
    draws = evidence.drawn.statistic(kind.interval, Measure.parse(found.measure))
    if from_draws.off_tail(draws):
        return Sureness(reason=TAIL_TOO_SHORT if evidence.scores.rest is not None else ONE_SUBJECT)
    if kind.interval in ("d_prime", "cllr") and np.ptp(draws) == 0:
        # Subjects that differ in nothing are no certainty.
        return Sureness(reason=ONE_SUBJECT)
    subjects, level = evidence.by_subject.mated_subjects, evidence.method.level
    value = float(found.value if found.value is not None else 0.0)
    if kind.interval == "d_prime":
        interval = from_draws.identity_t(value, draws, subjects=subjects, level=level)
    elif kind.interval == "cllr":
        interval = from_draws.log_t(value, draws, subjects=subjects, level=level)
    else:
        trials = found.counts.trials if found.counts else evidence.ordered.mated_total
        steps = trials * evidence.ordered.nonmated_total if kind.interval == "auc" else None
        interval = from_draws.logit_t(value, draws, subjects=subjects, trials=trials, level=level, steps=steps)
    if kind.interval in ("eer", "rocch_eer"):
        interval = replace(interval, high=max(interval.high, _unseen_side(found, evidence)))
    account = {"units": subjects, "degrees": subjects - 1, "borrowed": False}
    return Sureness(
        interval=interval, labels=("subjects_as_unit", *evidence.drawn.labels), details={"precision": account}
    )


def _unseen_side(found: Measurement, evidence: Evidence) -> float:
    """How high the rate may be that shows no error where both rates meet: draws cannot see what no subject shows."""
    counts, by_subject = found.details.get("fractions", {}), evidence.by_subject
    if by_subject is None or found.threshold is None:
        return 0.0
    limits = [0.0]
    if counts.get("fnmr", [1])[0] == 0:
        limits.append(evidence.fnmr(by_subject.false_non_matches(found.threshold)).interval.high)
    if counts.get("fmr", [1])[0] == 0 and (at := by_subject.false_matches(found.threshold)) is not None:
        limits.append(evidence.fmr(at).interval.high)
    return max(limits)


def _of_weighed_rates(found: Measurement, evidence: Evidence) -> Sureness:
    """A weighted sum of FNMR and FMR at a threshold fixed beforehand, from the interval of each."""
    fmr, fnmr = (Proportion(*found.details["fractions"][name]) for name in ("fmr", "fnmr"))
    level, by_subject, correlation, unit = evidence.method.level, evidence.by_subject, 0.0, "comparison"
    if found.threshold is None:
        raise ValueError(f"{found.measure}: a cost without its threshold")
    if by_subject is None or evidence.method.name == "independent":
        label = "assumes_independent_comparisons"
        parts = [_of_trials(counts, level, "comparison", label) for counts in (fnmr, fmr)]
    else:
        wrong = by_subject.false_matches(found.threshold)
        if wrong is None or by_subject.design is None:
            return Sureness(reason=NOT_KEPT)
        parts = [_told(evidence.fnmr(by_subject.false_non_matches(found.threshold))), _told(evidence.fmr(wrong))]
        unit = "subject"
        if evidence.drawn is not None and fnmr.errors and fmr.errors:
            correlation = evidence.drawn.rates_correlation(float(found.threshold))
    weights = found.details["weights"]
    first, second = (
        Part(weight, counts.rate or 0.0, *map(float, _ends(part)))
        for weight, counts, part in zip(weights, (fnmr, fmr), parts, strict=True)
    )
    account = {"correlation": correlation, "borrowed": any(_borrowed(part) for part in parts)}
    return Sureness(
        interval=weighed_sum(first, second, correlation=correlation, level=level, unit=unit),
        labels=tuple(sorted({label for part in parts for label in part.labels} - {"no_errors", "few_errors"})),
        details={"precision": account},
    )


def _ends(part: Sureness) -> tuple[float, float]:
    if part.interval is None:
        raise ValueError("a rate without interval")
    return part.interval.low, part.interval.high


def _borrowed(part: Sureness) -> bool:
    return bool(part.details.get("precision", {}).get("borrowed", False))


def _limits(sure: Sureness) -> tuple[float | None, float | None]:
    return (sure.interval.low, sure.interval.high) if sure.interval else (None, None)


def _counts(found: Measurement) -> Proportion:
    if found.counts is None:
        raise ValueError(f"{found.measure}: a rate without counts")
    return found.counts


def _told(precision: Precision, labels: tuple[str, ...] = ()) -> Sureness:
    """A precision as what a measurement shows of it."""
    details: dict[str, Any] = {"precision": _account(precision)}
    if not precision.errors and precision.effective is not None:
        details["one_sided_upper"] = subject_exact.one_sided_upper(precision)
        details["one_sided_level"] = precision.interval.level
    if precision.sober is not None:
        details["sober"] = precision.sober
    return Sureness(interval=precision.interval, labels=(*precision.labels, *labels), details=details)


def _account(precision: Precision) -> dict[str, Any]:
    account = {name: getattr(precision, name) for name in ("deff", "effective", "degrees", "carry", "units")}
    return {**{name: value for name, value in account.items() if value is not None}, "borrowed": precision.borrowed}
