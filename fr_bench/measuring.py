"""From scores to measurements: which measures there are, and each of them with its interval and its honesty labels.

A measure is one pure function and one `MeasureKind` in a family under `fr_bench.metrics`; this module finds it by its
text, has it counted, and adds what holds for every measure alike. Intervals treat the things counted as independent
and say so by a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from fr_bench import plugins
from fr_bench.contracts import MeasureKind
from fr_bench.errors import UsageError, nearest, shown
from fr_bench.findings import Curve, Distribution, Interval, Measure, Measurement, NotableComparison, Note, Proportion
from fr_bench.intervals.binomial import clopper_pearson, one_sided_upper
from fr_bench.metrics import curves as _curves
from fr_bench.metrics import distributions as _distributions
from fr_bench.metrics import notable as _notable
from fr_bench.metrics import notes as _notes
from fr_bench.metrics import parameters
from fr_bench.metrics.discrimination import auc
from fr_bench.metrics.failures import acquisition
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.subjects import SubjectCounts, subject_counts
from fr_bench.records import Acquisition, ScoreSet

__all__ = [
    "DEFAULT_MEASURES",
    "LABELS",
    "acquisition",
    "curves",
    "distributions",
    "kinds",
    "measure",
    "resolve",
    "score_notes",
    "worst",
]

DEFAULT_MEASURES: tuple[str, ...] = (
    "FTA",
    "FTE",
    "EER",
    "FNMR@FMR=1e-2",
    "FNMR@FMR=1e-3",
    "FNMR@FMR=1e-4",
    "ZeroFMR",
    "AUC",
    "d'",
)
"""What is reported where the user names no measure."""

LABELS: Mapping[str, str] = {
    "assumes_independent_comparisons": "the interval takes every comparison as independent; comparisons that share a "
    "subject are not, so the true uncertainty is larger",
    "assumes_independent_samples": "the interval takes every sample as independent; samples of one subject are not",
    "coarse_scores": "the scores move in coarse steps: one candidate further the targeted rate is more than twice the "
    "target",
    "extreme_value": "the value hangs on the single most extreme score of this sample",
    "few_errors": "fewer than 10 errors were seen",
    "legacy": "kept to compare with published figures",
    "no_errors": "no error was seen: only the upper limit says something",
    "not_measurable": "these data cannot answer the question; the reason says what is missing",
    "polarity_suspect": "nonmated scores are higher than mated ones: are these distances?",
    "threshold_taken_as_fixed": "the threshold was chosen on these scores to hold the target; the interval takes it as "
    "fixed beforehand and leaves out its uncertainty",
    "too_few_subjects": "fewer than 20 subjects: no verdict should rest on it",
    "weak_target": "fewer than 10 errors hold the threshold",
}
"""What each honesty label says, in one sentence."""

FEW_SUBJECTS = 20
FEW_ERRORS = 10
_ALIASES = {"dprime": "d'"}


@cache
def kinds() -> tuple[MeasureKind, ...]:
    """All kinds of measures, by family and in the order of the family's file."""
    families = (plugins.load("metrics", name) for name in plugins.names("metrics"))
    return tuple(kind for family in families for kind in getattr(family, "MEASURES", ()))


def resolve(text: str, where: str = "") -> tuple[Measure, MeasureKind]:
    """Find the measure that a text names, with its kind; `where` stands before the message if there is none.

    Raises UsageError: `bad_measure` (form), `unknown_measure` (the nearest one is named), `unknown_parameter`,
    `bad_target` (a rate outside 0 to 1, a threshold that is no number).

    >>> measure, kind = resolve("FNMR@FMR=1e-4")
    >>> str(measure), kind.title
    ('FNMR@FMR=1e-4', 'False non-match rate at an FMR of at most x')
    """
    try:
        return _resolve(text)
    except UsageError as mistake:
        if not where:
            raise
        raise UsageError(f"{where}: {mistake.message}", code=mistake.code) from None


def _resolve(text: str) -> tuple[Measure, MeasureKind]:
    measure = Measure.parse(text)
    measure = replace(measure, name=_ALIASES.get(measure.name, measure.name))
    named = [kind for kind in kinds() if _bare(kind) == measure.name]
    if not named:
        raise UsageError(
            f"no measure named '{shown(measure.name)}'{_nearest_name(measure.name)}", code="unknown_measure"
        )
    given = {key for key, _ in measure.parameters}
    for kind in named:
        if given == set(kind.parameters):
            parameters.check(measure)
            return measure, kind
    raise UsageError(
        f"measure '{shown(text)}': {measure.name} is written {' or '.join(kind.example for kind in named)}",
        code="unknown_parameter",
    )


def _bare(kind: MeasureKind) -> str:
    return kind.name.partition("@")[0]


def _nearest_name(name: str) -> str:
    """As `nearest`, and not misled by capital letters."""
    known = {_bare(kind).casefold(): _bare(kind) for kind in kinds()}
    exact = known.get(name.casefold())
    if exact:
        return f"; did you mean {exact!r}?"
    hint = nearest(name.casefold(), known)
    for folded, written in known.items():
        hint = hint.replace(f"{folded!r}?", f"{written!r}?")
    return hint if "did you mean" in hint else nearest("", known.values())


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
    if _bare(kind) == "FTE" and given.acquisition is not None:
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
        return counts.fte.trials if counts and not counts.roles and _bare(kind) == "FTE" else None
    if given.subjects is None:
        return None
    mated, nonmated = given.subjects.mated, given.subjects.nonmated
    name = _bare(kind)
    if name in ("FMR", "ZeroFNMR", "GFAR"):
        return nonmated
    if name in ("FNMR", "ZeroFMR", "GFRR") or name.startswith("FMR1"):
        return mated
    return min(mated, nonmated)


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
