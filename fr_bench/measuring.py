"""From scores to measurements: each measure with its counts, its interval and its honesty labels.

This module has a measure counted by its family under `fr_bench.metrics`, its interval made by `fr_bench.precision`,
and adds what holds for every measure alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.findings import Curve, Distribution, Measure, Measurement, NotableComparison, Note
from fr_bench.known_measures import not_measurable, refuse_unreached, resolve
from fr_bench.metrics import curves as _curves
from fr_bench.metrics import distributions as _distributions
from fr_bench.metrics import notable as _notable
from fr_bench.metrics import notes as _notes
from fr_bench.metrics.discrimination import auc
from fr_bench.metrics.failures import acquisition
from fr_bench.metrics.groups import GroupedScores, membership
from fr_bench.metrics.quality import QualityScores, read_column
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.subjects import SubjectCounts, subject_counts
from fr_bench.precision import DRAWS, SEED, Evidence, Method, Sureness, band, sureness
from fr_bench.records import Acquisition, Presentations, ScoreSet, TemplateCost

__all__ = [
    "LABELS",
    "Measuring",
    "acquisition",
    "curves",
    "distance_note",
    "distributions",
    "measure",
    "score_notes",
    "worst",
]

LABELS: tuple[str, ...] = (
    "assumes_independent_comparisons",
    "assumes_independent_samples",
    "borrowed_design_effect",
    "bracketed",
    "coarse_scores",
    "extreme_value",
    "few_discordant",
    "few_errors",
    "fixed_gallery",
    "legacy",
    "no_discordance",
    "no_errors",
    "not_measurable",
    "pointwise",
    "polarity_suspect",
    "subjects_as_unit",
    "tail_too_short",
    "threshold_from_same_data",
    "threshold_taken_as_fixed",
    "threshold_without_upper_limit",
    "too_few_subjects",
    "weak_target",
)
"""Every honesty label that a measurement can bear; `reports/wording/en.toml` says what each means."""

FEW_SUBJECTS = 20
FEW_ERRORS = 10


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measuring:
    """What the measures of one run are counted from; made by `Measuring.of`."""

    scores: ScoreSet
    ordered: SortedScores
    acquisition: Acquisition | None = None
    presentations: Presentations | None = None
    cost: TemplateCost | None = None
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    likelihoods: bool = False
    subjects: SubjectCounts | None = None
    labels: tuple[str, ...] = ()
    evidence: Evidence
    _grouped: dict[str, GroupedScores] = field(default_factory=dict)
    _qualities: dict[str, QualityScores] = field(default_factory=dict)

    @classmethod
    def of(cls, scores: ScoreSet, measures: Sequence[str], method: Method | None = None, **known: Any) -> Measuring:
        """Sort the scores once for all measures.

        measures   the texts that will be asked: all that is drawn by subject is drawn in one walk over the scores
        known      further fields: `acquisition`, `presentations`, `cost`, `attributes`, `likelihoods`

        Raises UsageError `unreached_threshold` for a threshold above 0 where scores are minus the distance.
        """
        ordered = SortedScores.of(scores)
        if _minus_distance(scores, ordered):
            refuse_unreached(measures)
        suspect = ("polarity_suspect",) * _polarity_suspect(ordered)
        return cls(
            scores=scores,
            ordered=ordered,
            subjects=subject_counts(scores),
            labels=(*scores.labels, *suspect),
            evidence=Evidence(
                scores=scores,
                ordered=ordered,
                method=method or Method(),
                asked=tuple(resolve(text) for text in measures),
            ),
            **known,
        )

    def measure(self, text: str) -> Measurement:
        """One measure. Raises UsageError for a text that names none."""
        asked, kind = resolve(text)
        return _measured(asked, kind, self)

    def grouped(self, by: str) -> GroupedScores:
        """The scores by the groups that an attribute makes. Raises NotMeasurable where no attributes are known."""
        if not self.attributes:
            raise NotMeasurable("nothing is known of the samples: no attribute was given to split by")
        if by not in self._grouped:
            members = membership(self.scores, self.attributes, by)
            self._grouped[by] = GroupedScores.of(self.scores, self.ordered, members)
        return self._grouped[by]

    def with_quality(self, name: str) -> QualityScores:
        """The scores with the quality of one column. Raises NotMeasurable where nobody knows it."""
        if name not in self.attributes:
            raise NotMeasurable(f"nothing is known of the samples' quality '{name}'", code="unknown_quality")
        if name not in self._qualities:
            column = read_column(name, self.attributes[name])
            self._qualities[name] = QualityScores.of(self.scores, self.ordered, column)
        return self._qualities[name]

    def curves(self) -> tuple[Curve, ...]:
        """The error trade-off with its band of pointwise intervals; empty where a class has no scores."""
        return tuple(replace(curve, band=band(self.evidence)) for curve in _curves.curves(self.ordered))

    def distributions(self, bins: int = 120) -> tuple[Distribution, ...]:
        """Histograms of the mated and of the nonmated scores; a class without finite scores has none."""
        return _distributions.distributions(self.scores, self.ordered, bins)

    def score_notes(self) -> tuple[Note, ...]:
        """What the reader must know of these scores: turned round, constant, quantised, saturated, duplicates."""
        return _notes.score_notes(self.scores, self.ordered)


def measure(
    scores: ScoreSet,
    measures: Sequence[str],
    *,
    acquisition: Acquisition | None = None,
    level: float = 0.95,
    method: str = "subject-exact",
    draws: int = DRAWS,
    seed: int = SEED,
    **known: Any,
) -> tuple[Measurement, ...]:
    """Measure each of `measures` on the scores, in the order given.

    acquisition   failures of samples, from `metrics.failures.acquisition`; without it FTA and FTE are not measurable
    level         nominal level of the intervals, between 0 and 1
    method        how the interval of a rate at a fixed threshold is made: one of `precision.METHODS`
    draws, seed   how often subjects are drawn for measures of a curve, and the name of the draws
    known         what else measures may need: `presentations`, `cost`, `attributes`, `likelihoods` (see `Measuring`)

    A measure that these scores cannot answer is a Measurement without value and with a reason; it is no exception.
    Raises UsageError for a text that names no measure.
    """
    asked = Measuring.of(
        scores,
        measures,
        Method(name=method, level=level, draws=draws, seed=seed),
        acquisition=acquisition,
        **known,
    )
    return tuple(asked.measure(text) for text in measures)


def distance_note(scores: ScoreSet, measurements: Sequence[Measurement]) -> tuple[Note, ...]:
    """What thresholds mean where scores are minus the distance, by the example of one that was measured."""
    if not scores.distances:
        return ()
    known = (found.threshold for found in measurements)
    example = next((t for t in known if isinstance(t, float) and math.isfinite(t) and t < 0), -1.0)
    text = (
        "Scores are minus the distance, here and in every file, figure and requirement: a threshold of "
        f"{example:.6g} accepts distances up to {-example:.6g}."
    )
    return (Note(level="information", code="minus_distance", text=text),)


def _minus_distance(scores: ScoreSet, ordered: SortedScores) -> bool:
    """Whether the scores are minus the distance, and distances are what they should be: none below 0."""
    highest = [side[-1] for side in (ordered.mated, ordered.nonmated) if len(side)]
    return scores.distances and bool(highest) and max(highest) <= 0


def _polarity_suspect(scores: SortedScores) -> bool:
    try:
        return auc(scores) * 2 < 1
    except NotMeasurable:
        return False


def _measured(asked: Measure, kind: MeasureKind, given: Measuring) -> Measurement:
    counted: Counted | None = None
    try:
        answer = _computed(asked, kind, given)
        counted = answer if isinstance(answer, Counted) else None
        found: Measurement = answer.measurement if isinstance(answer, Counted) else answer
    except NotMeasurable as missing:
        found = not_measurable(str(asked), missing.reason, missing.code, missing.bracket)
    subjects = _subjects(kind, given, counted)
    sure = Sureness() if found.value is None else sureness(found, kind, given.evidence, counted)
    labels = {*found.labels, *_error_labels(found, kind), *sure.labels}
    if kind.needs not in ("samples", "attacks", "cost"):
        labels |= {*given.labels}
    if subjects is not None and subjects < FEW_SUBJECTS:
        labels.add("too_few_subjects")
    return replace(
        found,
        version=kind.version,
        unit=kind.unit,
        better=kind.better,
        interval=sure.interval,
        no_interval=None if sure.interval else found.no_interval or sure.reason,
        subjects=subjects,
        labels=tuple(sorted(labels)),
        details={**found.details, **sure.details},
    )


def _computed(asked: Measure, kind: MeasureKind, given: Measuring) -> Measurement | Counted:
    arguments: dict[str, tuple[Any, ...]] = {
        "scores": (given.ordered, asked),
        "comparisons": (given.ordered, asked, given.acquisition),
        "samples": (given.acquisition, asked),
        "folds": (given.scores, asked),
        "transactions": (given.scores, asked, given.acquisition),
        "searches": (given.scores, asked),
        "likelihoods": (given.ordered, asked, given.likelihoods),
        "attacks": (given.presentations, asked),
        "cost": (given.cost, asked),
    }
    if kind.needs == "groups":
        arguments["groups"] = (given.grouped(asked["by"]), asked)
    elif kind.needs == "quality":
        arguments["quality"] = (given.with_quality(asked["quality"]), asked)
    found: Measurement | Counted = kind.compute(*arguments[kind.needs])
    return found


def _error_labels(found: Measurement, kind: MeasureKind) -> list[str]:
    """`no_errors` or `few_errors`: by the count of a rate, or by the scarcer of both sides of the EER."""
    if found.counts is not None:
        # Of what went right, errors are the rest.
        rest = found.counts.trials - found.counts.errors
        errors = [rest if kind.better == "higher" else found.counts.errors]
    elif {"fmr", "fnmr"} <= set(found.details.get("fractions", {})):
        errors = [count for count, _ in found.details["fractions"].values()]
    else:
        return []
    if not any(errors):
        return ["no_errors"]
    return ["few_errors"] if min(errors) < FEW_ERRORS else []


def _subjects(kind: MeasureKind, given: Measuring, counted: Counted | None) -> int | None:
    """How many subjects stand behind the counts of a measure; the fewer of both classes where it counts both."""
    if counted is not None and counted.unit in ("subject", "probe subject"):
        return int((counted.trials > 0).sum())
    if kind.needs == "samples":
        counts = given.acquisition
        return counts.fte.trials if counts and not counts.roles and kind.quantity == "FTE" else None
    if kind.needs in ("attacks", "cost") or given.subjects is None:
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
