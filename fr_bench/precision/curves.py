"""How sure measures of the curve are, whose threshold hangs on the same scores: drawn by subject."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from fr_bench.contracts import MeasureKind
from fr_bench.drawn_scores import STATISTICS, Statistic
from fr_bench.findings import Measure, Measurement, Proportion, Series, Threshold
from fr_bench.intervals import from_draws
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.metrics import parameters
from fr_bench.metrics.verification import FEW, fnmr_at_fmr
from fr_bench.precision.evidence import Evidence
from fr_bench.precision.outcome import (
    NO_SUBJECTS,
    NO_THEORY,
    NOT_KEPT,
    ONE_SUBJECT,
    TAIL_TOO_SHORT,
    TOO_LARGE,
    Sureness,
    account_of,
    counts_of,
    told,
)

LEAST = ("min_cllr", "min_dcf", "rocch_eer")
"""Least over the thresholds of the scores, so too small."""


def of_fnmr_at_fmr(found: Measurement, evidence: Evidence) -> Sureness:
    """An FNMR at the threshold that a target FMR gives in each draw, and how sure the FMR is that holds it."""
    target = Fraction(found.details["target"])
    if evidence.drawn is None:
        return Sureness(reason=ONE_SUBJECT)
    sure = boot_exact(counts_of(found), evidence.drawn.fnmr_at_fmr(target), evidence, found.threshold)
    labels, details = {*sure.labels, *evidence.drawn.labels}, dict(sure.details)
    held = evidence.held(found.threshold)
    if held is not None:
        details["at_precision"] = account_of(held)
        # Fewer than ten false matches that are worth an independent one hold the threshold only weakly.
        if found.details["allowed"] / (held.deff or 1.0) < FEW:
            labels.add("weak_target")
    return Sureness(interval=sure.interval, reason=sure.reason, labels=tuple(sorted(labels)), details=details)


def of_gfrr_at_fmr(found: Measurement, made: Evidence, planned: Evidence) -> Sureness:
    """A GFRR at the threshold that a target FMR gives: without failures it is that FNMR, and as sure.

    Failed comparisons are rejected at every threshold. With them the variance is that of the planned comparisons at the
    threshold, and what the FNMR of those that were made owes to a threshold that moves from draw to draw.

    made, planned   the comparisons that were made, and with them those that failed
    """
    target = parameters.target(Measure.parse(found.measure), "FMR")
    allowed = int(target * made.ordered.nonmated_total)
    failed = found.details.get("failed", 0)
    if not failed:
        return of_fnmr_at_fmr(
            replace(found, details={**found.details, "target": target, "allowed": allowed}), made
        )  # fmt: skip
    if made.drawn is None or planned.by_subject is None or found.threshold is None:
        raise ValueError(f"{found.measure}: nothing was drawn")
    if from_draws.off_tail(made.drawn.fnmr_at_fmr(target)):
        return Sureness(reason=TAIL_TOO_SHORT)
    counts, level = counts_of(found), planned.method.level
    fixed = planned.fnmr(planned.by_subject.false_non_matches(found.threshold))
    if fixed.effective is None:
        return told(fixed)
    share = 1 - failed / counts.trials
    moved = share**2 * made.drawn.spread_of_threshold(target, found.threshold)
    subjects = planned.by_subject.mated_subjects
    effective = from_draws.less_effective(counts, fixed.effective, moved, subjects=subjects, level=level)
    interval = replace(clopper_pearson(fixed.rate * effective, effective, level), method="boot-exact", unit="subject")
    return told(replace(fixed, interval=interval, effective=effective), made.drawn.labels)


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


def of_statistic(found: Measurement, kind: MeasureKind, evidence: Evidence) -> Sureness:
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
        influence = evidence.drawn.cllr_influence()
        interval = from_draws.skewed_t(value, draws, influence, subjects=subjects, level=level)
    else:
        trials = found.counts.trials if found.counts else evidence.ordered.mated_total
        if kind.interval in LEAST:
            interval = from_draws.least_t(value, draws, subjects=subjects, trials=trials, level=level)
        else:
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


def band(evidence: Evidence) -> Series | None:
    """Pointwise intervals of the FNMR at three FMRs a decade, named by their level; None where nothing is drawn."""
    if evidence.drawn is None:
        return None
    points = [(target, fnmr_at_fmr(evidence.ordered, target)) for target in evidence.drawn.band_targets()]
    limits = [
        _limits(boot_exact(point.fnmr, evidence.drawn.fnmr_at_fmr(target), evidence, point.threshold))
        for target, point in points
    ]
    return Series(
        name=f"{evidence.method.level:g}",
        x=tuple(float(target) for target, _ in points),
        y=tuple(point.fnmr.rate for _, point in points),
        low=tuple(low for low, _ in limits),
        high=tuple(high for _, high in limits),
        counts=tuple((point.fnmr.errors, point.fnmr.trials) for _, point in points),
        labels=("pointwise",),
    )


def _limits(sure: Sureness) -> tuple[float | None, float | None]:
    return (sure.interval.low, sure.interval.high) if sure.interval else (None, None)
