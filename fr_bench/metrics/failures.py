"""Failures to acquire and to enrol, and the error rates that count them: FTA, FTE, GFAR, GFRR.

Nothing leaves a denominator: a sample without a template, and a comparison without a score, are counted here.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.findings import Measure, Measurement, Proportion, Threshold
from fr_bench.metrics import parameters
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.values import rate
from fr_bench.metrics.verification import fnmr_at_fmr
from fr_bench.records import Acquisition, ComparisonPlan, Indices, SubjectTrials


def acquisition(plan: ComparisonPlan, has_template: NDArray[np.bool_]) -> Acquisition:
    """Count failures to acquire and to enrol, as the plan's roles say.

    has_template   (n,) whether each sample of the data set has a template

    Without roles (`all`, `listed`) FTA counts samples without a template and FTE subjects without any template. With
    roles (`gallery`, `search`) FTA counts probes without a template, and FTE references of which no sample has one.
    Source: ISO/IEC 19795-1, failure-to-acquire and failure-to-enrol rate.
    """
    if has_template.shape != plan.subject.shape:
        raise ValueError(f"{has_template.shape} templates for {plan.subject.shape} samples")
    if plan.kind in ("all", "listed"):
        enrolled, subjects = np.unique(plan.subject[has_template]), np.unique(plan.subject)
        failed = len(subjects) - len(enrolled)
        return Acquisition(
            fta=Proportion(int(np.count_nonzero(~has_template)), len(has_template)),
            fte=Proportion(failed, len(subjects)),
            roles=False,
            fta_by_subject=_trials(plan.subject, ~has_template),
            fte_by_subject=_trials(subjects, ~np.isin(subjects, enrolled)),
        )
    failed_probes, failed_references = ~has_template[plan.probes], _failed_references(plan, has_template)
    members, offsets = plan.references.members, plan.references.offsets
    return Acquisition(
        fta=Proportion(int(np.count_nonzero(failed_probes)), len(plan.probes)),
        fte=Proportion(int(np.count_nonzero(failed_references)), len(plan.references)),
        roles=True,
        fta_by_subject=_trials(plan.subject[plan.probes], failed_probes),
        fte_by_subject=_trials(plan.subject[members[offsets[:-1]]], failed_references),
    )


def _trials(subject: Indices, failed: NDArray[np.bool_]) -> SubjectTrials:
    trials = np.bincount(subject)
    return SubjectTrials(errors=np.bincount(subject[failed], minlength=len(trials)), trials=trials)


def _failed_references(plan: ComparisonPlan, has_template: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(references,) of which no sample has a template."""
    references = plan.references
    usable = np.add.reduceat(has_template[references.members].astype(np.int64), references.offsets[:-1])
    return np.asarray(usable == 0)


def gfar(scores: SortedScores, threshold: Threshold) -> Proportion:
    """Nonmated comparisons accepted, of all that were planned: one that failed is not accepted.

    Raises NotMeasurable `below_floor`. Source: ISO/IEC 19795-1, generalized false accept rate.
    """
    accepted = scores.false_matches(threshold)
    return Proportion(accepted.errors, accepted.trials + scores.nonmated_failed)


def gfrr(scores: SortedScores, threshold: Threshold) -> Proportion:
    """Mated comparisons not accepted, of all that were planned: one that failed is not accepted.

    Source: ISO/IEC 19795-1, generalized false reject rate.
    """
    rejected = scores.false_non_matches(threshold)
    return Proportion(rejected.errors + scores.mated_failed, rejected.trials + scores.mated_failed)


def product_gfar(counts: Acquisition, fmr: Fraction) -> Fraction:
    """(1 - FTE)(1 - FTA) FMR: what GFAR is where every failure is independent of the scores. Only with roles."""
    return (1 - _of(counts.fte)) * (1 - _of(counts.fta)) * fmr


def product_gfrr(counts: Acquisition, fnmr: Fraction) -> Fraction:
    """FTE + (1 - FTE) FTA + (1 - FTE)(1 - FTA) FNMR. Only with roles."""
    fte, fta = _of(counts.fte), _of(counts.fta)
    return fte + (1 - fte) * fta + (1 - fte) * (1 - fta) * fnmr


def _of(counts: Proportion) -> Fraction:
    return Fraction(counts.errors, counts.trials) if counts.trials else Fraction(0)


def _fta(counts: Acquisition | None, measure: Measure) -> Measurement | Counted:
    given = _given(counts)
    found = rate(measure, given.fta)
    return _by_subject(found, given.fta_by_subject)


def _fte(counts: Acquisition | None, measure: Measure) -> Measurement | Counted:
    given = _given(counts)
    found = rate(measure, given.fte)
    return _by_subject(found, given.fte_by_subject)


def _by_subject(found: Measurement, by_subject: SubjectTrials | None) -> Measurement | Counted:
    if by_subject is None:
        return found
    return Counted(found, errors=by_subject.errors, trials=by_subject.trials, unit="subject")


def _given(counts: Acquisition | None) -> Acquisition:
    if counts is None:
        raise NotMeasurable("only scores were given: nothing is known of samples without a template")
    return counts


def _gfar(scores: SortedScores, measure: Measure, counts: Acquisition | None) -> Measurement:
    threshold, labels = _threshold(scores, measure)
    found, details = gfar(scores, threshold), {"failed": scores.nonmated_failed}
    made = scores.false_matches(threshold).fraction
    formula = float(product_gfar(counts, made)) if counts and counts.roles and made is not None else None
    return rate(measure, found, threshold=threshold, labels=labels, details=_with_formula(details, formula))


def _gfrr(scores: SortedScores, measure: Measure, counts: Acquisition | None) -> Measurement:
    threshold, labels = _threshold(scores, measure)
    found, details = gfrr(scores, threshold), {"failed": scores.mated_failed}
    made = scores.false_non_matches(threshold).fraction
    formula = float(product_gfrr(counts, made)) if counts and counts.roles and made is not None else None
    return rate(measure, found, threshold=threshold, labels=labels, details=_with_formula(details, formula))


def _with_formula(details: dict[str, int], formula: float | None) -> dict[str, object]:
    return {**details} if formula is None else {**details, "product_formula": formula}


def _threshold(scores: SortedScores, measure: Measure) -> tuple[Threshold, tuple[str, ...]]:
    """The threshold named, or the one that holds a target of the FMR over the comparisons made."""
    if "threshold" in measure:
        return parameters.threshold(measure), ()
    point = fnmr_at_fmr(scores, parameters.target(measure, "FMR"))
    return point.threshold, point.labels


_GFAR = (
    "The false accept rate of everything that was planned: comparisons that could not be made, because a sample gave "
    "no template or the comparison gave no score, count as not accepted. It is at most the FMR, so a recognizer that "
    "fails often looks secure by it: read it beside GFRR."
)
_GFRR = (
    "The false reject rate of everything that was planned: comparisons that could not be made, because a sample gave "
    "no template or the comparison gave no score, count as rejected. It is the number that a recognizer cannot improve "
    "by refusing difficult samples."
)
_AT_FMR = " The threshold is that of FNMR@FMR, found on the comparisons that were made."

MEASURES: tuple[MeasureKind, ...] = (
    MeasureKind(
        name="FTA",
        title="Failure-to-acquire rate",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, failure-to-acquire rate",
        example="FTA",
        formula="samples (with roles: probes) without a template / all of them",
        explanation="How often no template came out of a sample: the file was damaged, no face was found, or the "
        "recognizer refused. In plans without roles every sample counts, with probes and references the probes.",
        needs="samples",
        compute=_fta,
        interval="trials",
    ),
    MeasureKind(
        name="FTE",
        title="Failure-to-enrol rate",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, failure-to-enrol rate",
        example="FTE",
        formula="subjects without any template (with roles: references without one) / all of them",
        explanation="How often a subject could not be enrolled at all. In plans without roles a subject fails if none "
        "of its samples gave a template; with references a reference fails if none of its samples did.",
        needs="samples",
        compute=_fte,
        interval="trials",
    ),
    MeasureKind(
        name="GFAR@threshold",
        title="Generalized false accept rate at a threshold",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, generalized false accept rate",
        example="GFAR@threshold=0.35",
        formula="#{nonmated scores >= t} / nonmated comparisons planned",
        explanation=_GFAR,
        needs="comparisons",
        compute=_gfar,
        interval="fmr",
        parameters=("threshold",),
        counts="nonmated",
        below_floor=True,
    ),
    MeasureKind(
        name="GFAR@FMR",
        title="Generalized false accept rate at an FMR of at most x",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, generalized false accept rate",
        example="GFAR@FMR=1e-3",
        formula="#{nonmated scores >= t} / nonmated comparisons planned, t as in FNMR@FMR",
        explanation=_GFAR + _AT_FMR,
        needs="comparisons",
        compute=_gfar,
        interval="fmr",
        parameters=("FMR",),
        counts="nonmated",
    ),
    MeasureKind(
        name="GFRR@threshold",
        title="Generalized false reject rate at a threshold",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, generalized false reject rate",
        example="GFRR@threshold=0.35",
        formula="(#{mated scores < t} + mated comparisons failed) / mated comparisons planned",
        explanation=_GFRR,
        needs="comparisons",
        compute=_gfrr,
        interval="fnmr",
        parameters=("threshold",),
        counts="mated",
    ),
    MeasureKind(
        name="GFRR@FMR",
        title="Generalized false reject rate at an FMR of at most x",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, generalized false reject rate",
        example="GFRR@FMR=1e-3",
        formula="(#{mated scores < t} + mated comparisons failed) / mated comparisons planned, t as in FNMR@FMR",
        explanation=_GFRR + _AT_FMR,
        needs="comparisons",
        compute=_gfrr,
        interval="fnmr",
        parameters=("FMR",),
        counts="mated",
    ),
)
