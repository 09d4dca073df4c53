"""From scores to measurements: each measure with its counts, its interval and its honesty labels.

This module has a measure counted by its family under `fr_bench.metrics`, and adds what holds for every measure alike.
Intervals treat the things counted as independent and say so by a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fr_bench.contracts import MeasureKind
from fr_bench.findings import Curve, Distribution, Interval, Measure, Measurement, NotableComparison, Note, Proportion
from fr_bench.intervals.binomial import clopper_pearson, one_sided_upper
from fr_bench.known_measures import resolve
from fr_bench.metrics import curves as _curves
from fr_bench.metrics import distributions as _distributions
from fr_bench.metrics import notable as _notable
from fr_bench.metrics import notes as _notes
from fr_bench.metrics.discrimination import auc
from fr_bench.metrics.failures import acquisition
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.subjects import SubjectCounts, subject_counts
from fr_bench.records import Acquisition, ScoreSet

__all__ = [
    "LABELS",
    "acquisition",
    "curves",
    "distributions",
    "measure",
    "score_notes",
    "worst",
]

LABELS: tuple[str, ...] = (
    "assumes_independent_comparisons",
    "assumes_independent_samples",
    "coarse_scores",
    "extreme_value",
    "few_errors",
    "legacy",
    "no_errors",
    "not_measurable",
    "polarity_suspect",
    "threshold_taken_as_fixed",
    "too_few_subjects",
    "weak_target",
)
"""Every honesty label that a measurement can bear; `reports/wording/en.toml` says what each means."""

FEW_SUBJECTS = 20
FEW_ERRORS = 10


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Given:
    """What the measures of one run are counted from."""

    scores: ScoreSet
    ordered: SortedScores
    acquisition: Acquisition | None
    subjects: SubjectCounts | None
    labels: tuple[str, ...]
    level: float


def measure(
    scores: ScoreSet, measures: Sequence[str], *, acquisition: Acquisition | None = None, level: float = 0.95
) -> tuple[Measurement, ...]:
    """Measure each of `measures` on the scores, in the order given.

    acquisition   failures of samples, from `metrics.failures.acquisition`; without it FTA and FTE are not measurable
    level         nominal level of the intervals, between 0 and 1

    A measure that these scores cannot answer is a Measurement without value and with a reason; it is no exception.
    Raises UsageError for a text that names no measure.
    """
    if not 0 < level < 1:
        raise ValueError(f"confidence level {level}")
    resolved = [resolve(text) for text in measures]
    ordered = SortedScores.of(scores)
    suspect = ("polarity_suspect",) * _polarity_suspect(ordered)
    given = _Given(
        scores=scores,
        ordered=ordered,
        acquisition=acquisition,
        subjects=subject_counts(scores),
        labels=(*scores.labels, *suspect),
        level=level,
    )
    return tuple(_measured(asked, kind, given) for asked, kind in resolved)


def _polarity_suspect(scores: SortedScores) -> bool:
    try:
        return auc(scores) * 2 < 1
    except NotMeasurable:
        return False


def _measured(asked: Measure, kind: MeasureKind, given: _Given) -> Measurement:
    subjects = _subjects(kind, given)
    try:
        found = _computed(asked, kind, given)
    except NotMeasurable as missing:
        found = Measurement(
            measure=str(asked),
            version=kind.version,
            unit=kind.unit,
            better=kind.better,
            value=None,
            reason=missing.reason,
            no_interval="there is no value",
            labels=("not_measurable",),
            details={"code": missing.code},
        )
    interval = _interval(found, kind, given)
    labels = {*found.labels, *_error_labels(found)}
    if kind.needs != "samples":
        labels |= {*given.labels}
    if interval:
        labels |= {*_independence_labels(kind, interval, found)}
    if subjects is not None and subjects < FEW_SUBJECTS:
        labels.add("too_few_subjects")
    return replace(
        found,
        version=kind.version,
        unit=kind.unit,
        better=kind.better,
        interval=interval,
        no_interval=None if interval else found.no_interval or _why_no_interval(found, kind),
        subjects=subjects,
        labels=tuple(sorted(labels)),
        details={**found.details, **_one_sided(found, interval, given.level)},
    )


def _computed(asked: Measure, kind: MeasureKind, given: _Given) -> Measurement:
    arguments: dict[str, tuple[Any, ...]] = {
        "scores": (given.ordered, asked),
        "comparisons": (given.ordered, asked, given.acquisition),
        "samples": (given.acquisition, asked),
        "folds": (given.scores, asked),
    }
    found: Measurement = kind.compute(*arguments[kind.needs])
    return found


def _interval(found: Measurement, kind: MeasureKind, given: _Given) -> Interval | None:
    if found.counts is None or "extreme_value" in found.labels:
        return None
    return clopper_pearson(found.counts.errors, found.counts.trials, given.level, unit=_unit(kind, given))


def _unit(kind: MeasureKind, given: _Given) -> str:
    """What the interval takes as independent."""
    if kind.needs != "samples":
        return "comparison"
    if kind.quantity == "FTE" and given.acquisition is not None:
        return "reference" if given.acquisition.roles else "subject"
    return "sample"


def _independence_labels(kind: MeasureKind, interval: Interval, found: Measurement) -> list[str]:
    if kind.needs == "samples":
        # Subjects are the one thing that may be taken as independent without a word.
        return [] if interval.unit == "subject" else ["assumes_independent_samples"]
    chosen = found.threshold is not None and "threshold" not in kind.parameters
    return ["assumes_independent_comparisons", *["threshold_taken_as_fixed"] * chosen]


def _error_labels(found: Measurement) -> list[str]:
    """`no_errors` or `few_errors`: by the count of a rate, or by the scarcer of both sides of the EER."""
    if found.counts is not None:
        errors = [found.counts.errors]
    elif {"fmr", "fnmr"} <= set(found.details.get("fractions", {})):
        errors = [count for count, _ in found.details["fractions"].values()]
    else:
        return []
    if not any(errors):
        return ["no_errors"]
    return ["few_errors"] if min(errors) < FEW_ERRORS else []


def _one_sided(found: Measurement, interval: Interval | None, level: float) -> dict[str, float]:
    """The other true statement about a rate without errors: below this limit with confidence `level`, one-sided."""
    counts: Proportion | None = found.counts
    if interval is None or counts is None or counts.errors:
        return {}
    return {"one_sided_upper": one_sided_upper(0, counts.trials, level), "one_sided_level": level}


def _why_no_interval(found: Measurement, kind: MeasureKind) -> str:
    if "extreme_value" in found.labels:
        return "an extreme value of the sample has no interval: neither normal theory nor a bootstrap holds for it"
    if kind.needs == "folds":
        return "folds share thresholds and subjects; their spread is given instead, and is no interval"
    return (
        "an interval over subjects is not made for this measure in this version, and one that takes comparisons as "
        "independent would be too narrow to be honest"
    )


def _subjects(kind: MeasureKind, given: _Given) -> int | None:
    """How many subjects stand behind the counts of a measure; the fewer of both classes where it counts both."""
    if kind.needs == "samples":
        counts = given.acquisition
        return counts.fte.trials if counts and not counts.roles and kind.quantity == "FTE" else None
    if given.subjects is None:
        return None
    mated, nonmated = given.subjects.mated, given.subjects.nonmated
    return {"mated": mated, "nonmated": nonmated, "both": min(mated, nonmated)}[kind.counts]


def curves(scores: ScoreSet) -> tuple[Curve, ...]:
    """The error trade-off for drawing ROC and DET: one curve of at most 2,000 points, each attained at its threshold.

    Empty where a class has no scores.
    """
    return _curves.curves(SortedScores.of(scores))


def distributions(scores: ScoreSet, bins: int = 120) -> tuple[Distribution, ...]:
    """Histograms of the mated and of the nonmated scores, in this order; a class without finite scores has none."""
    return _distributions.distributions(scores, SortedScores.of(scores), bins)


def worst(scores: ScoreSet, count: int = 20) -> tuple[tuple[NotableComparison, ...], tuple[NotableComparison, ...]]:
    """The nonmated comparisons with the highest scores, and the mated ones with the lowest, worst first.

    Equal scores stand in the order of the ids of probe and reference. Empty where the scores came without ids.
    """
    return _notable.worst(scores, count)


def score_notes(scores: ScoreSet) -> tuple[Note, ...]:
    """What the reader must know of these scores: turned round, constant, quantised, saturated, duplicates."""
    return _notes.score_notes(scores, SortedScores.of(scores))
