"""A result counted again: from the scores and samples of a run folder, by the configuration that the result names.

What the scores cannot say is taken over as it stands: name, data set and recognizer, what was noted of images and
templates, machine, times, pictures. Everything that is counted is counted anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fr_bench import analyses, known_measures, measuring, runspec
from fr_bench.comparison.plan import count_all, count_gallery
from fr_bench.findings import (
    Analysis,
    ComparisonSummary,
    DatasetSummary,
    FailedSample,
    Measurement,
    NotableComparison,
    Note,
    Result,
)
from fr_bench.precision import Method
from fr_bench.preparation import SEARCH_MEASURES
from fr_bench.reckoning import reckon
from fr_bench.records import ScoreSet, TemplateCost
from fr_bench.runspec import RunSpec
from fr_bench.storage.samples import TestedSamples

NEED_SAMPLES = ("samples", "groups", "quality")
ANALYSES_OF_SAMPLES = ("groups", "quality")
FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """A result counted again, and what could not be: texts that name it."""

    result: Result
    unproved: tuple[str, ...] = ()


def recompute(stored: Result, scores: ScoreSet, samples: TestedSamples | None) -> Recomputed:
    """Count a run's result again.

    samples   None for a run of an earlier version: what needs them is taken over, and named in `unproved`

    Raises UsageError where the result names a measure or setting that there is none of.
    """
    spec = specification(stored)
    asked = expected_measures(stored, spec, scores)
    counted = reckon(
        analyses.Given(
            scores=scores,
            measures=asked,
            attributes=_columns(samples),
            by=spec.measures.by if samples else (),
            quality=spec.measures.quality if samples else (),
            likelihoods=spec.measures.likelihoods,
            method=_method(spec),
        ),
        acquisition=measuring.acquisition(samples.roles, samples.has_template) if samples else None,
        cost=_cost(stored),
        worst=spec.report.worst,
    )
    found = replace(
        stored,
        dataset=_dataset(stored.dataset, samples),
        comparison=_counts(stored.comparison, counted.comparison, samples),
        measurements=tuple(
            _kept(stored, one.measure) if samples is None and needs_samples(one.measure, stored) else one
            for one in counted.measurements
        ),
        curves=counted.curves,
        analyses=_analyses(stored, counted.analyses, samples),
        distributions=counted.distributions,
        failures=_failures(stored.failures, samples),
        false_matches=_pictured(counted.false_matches, stored.false_matches),
        false_non_matches=_pictured(counted.false_non_matches, stored.false_non_matches),
        notes=_notes(stored.notes, counted.notes),
        labels=("limited",) if spec.run.limit is not None else (),
    )
    return Recomputed(result=found, unproved=() if samples is not None else _unproved(stored, asked))


def specification(stored: Result) -> RunSpec:
    """Those settings of the run that figures are made by, checked; data set and recognizer need not be there."""
    parts = ("measures", "intervals", "report", "run")
    return runspec.resolve({name: stored.run[name] for name in parts if name in stored.run}, where="result.json")


def expected_measures(stored: Result, spec: RunSpec, scores: ScoreSet) -> tuple[str, ...]:
    """The measures that the run had to report: those it was asked for, or the default ones of its plan."""
    if spec.measures.report:
        return tuple(dict.fromkeys(spec.measures.report))
    default = known_measures.DEFAULT_MEASURES
    if stored.comparison.plan == "search":
        return (*default, *SEARCH_MEASURES)
    folds = (column for column in (scores.mated.fold, scores.nonmated.fold) if column is not None)
    if stored.comparison.plan == "listed" and len({int(k) for column in folds for k in np.unique(column)} - {0}) == 10:
        return (*default, "accuracy@folds=10")
    return default


def needs_samples(text: str, stored: Result) -> bool:
    """Whether a measure cannot be counted from scores alone."""
    _, kind = known_measures.resolve(text)
    with_roles = stored.comparison.plan in ("gallery", "search")
    return kind.needs in NEED_SAMPLES or (kind.needs in ("comparisons", "transactions") and with_roles)


def _method(spec: RunSpec) -> Method:
    asked = spec.intervals
    return Method(name=asked.method, level=asked.level, draws=asked.draws, seed=asked.seed)


def _columns(samples: TestedSamples | None) -> Mapping[str, Mapping[str, str]]:
    if samples is None:
        return {}
    return {name: dict(zip(samples.ids, column, strict=True)) for name, column in samples.attributes.items()}


def _cost(stored: Result) -> TemplateCost:
    """What templates cost in bytes; seconds are no figure of a run."""
    nothing = np.zeros(0)
    size = stored.recognizer.dimension * FLOAT_BYTES if stored.recognizer else None
    return TemplateCost(
        template_bytes=size, template_seconds=nothing, comparison_seconds=nothing.copy(), told_beside=True
    )


def _kept(stored: Result, text: str) -> Measurement:
    return next((one for one in stored.measurements if one.measure == text), None) or Measurement(
        measure=text, version=1, unit="proportion", better="neither", value=None, reason="not in the result"
    )


def _dataset(stored: DatasetSummary | None, samples: TestedSamples | None) -> DatasetSummary | None:
    if stored is None or samples is None:
        return stored
    counted = {
        name: {value: column.count(value) for value in sorted(set(column))}
        for name, column in samples.attributes.items()
        if name in stored.attributes
    }
    return replace(
        stored,
        subjects=len(set(samples.subjects)),
        samples=len(samples.ids),
        attributes={**stored.attributes, **counted},
    )


def _counts(stored: ComparisonSummary, counted: ComparisonSummary, samples: TestedSamples | None) -> ComparisonSummary:
    """Comparisons planned, made and failed; what the plan asks for follows from the samples, too."""
    found = replace(counted, plan=stored.plan, references=stored.references, probes=stored.probes)
    if samples is None:
        return found
    roles = samples.roles
    found = replace(found, plan=samples.plan, references=len(roles.references), probes=len(roles.probes))
    if samples.plan == "listed":
        return found
    planned = (
        count_all(roles.subject)
        if samples.plan == "all"
        else count_gallery(roles.references, roles.probes, roles.subject)
    )
    return replace(found, mated_planned=planned[0], nonmated_planned=planned[1])


def _analyses(stored: Result, made: Sequence[Analysis], samples: TestedSamples | None) -> tuple[Analysis, ...]:
    if samples is not None:
        return tuple(made)
    anew = {(one.kind, one.subject): one for one in made}
    of_samples = {(one.kind, one.subject) for one in stored.analyses if one.kind in ANALYSES_OF_SAMPLES}
    order = [(one.kind, one.subject) for one in stored.analyses]
    kept = {(one.kind, one.subject): one for one in stored.analyses if (one.kind, one.subject) in of_samples}
    return tuple(kept.get(key) or anew[key] for key in [*order, *(k for k in anew if k not in order)] if key in
                 {**kept, **anew})  # fmt: skip


def _failures(stored: Sequence[FailedSample], samples: TestedSamples | None) -> tuple[FailedSample, ...]:
    """The failures of exactly those samples that have no template; why they failed is what the recognizer said."""
    if samples is None:
        return tuple(stored)
    said = {one.sample: one for one in stored}
    return tuple(
        replace(said[name], subject=subject)
        if name in said
        else FailedSample(sample=name, subject=subject, stage="", reason="")
        for name, subject in ((samples.ids[k], samples.subjects[k]) for k in samples.failed)
    )


def _pictured(made: Sequence[NotableComparison], stored: Sequence[NotableComparison]) -> tuple[NotableComparison, ...]:
    """The comparisons with the pictures of the result: pictures are no figures."""
    shown = {(one.probe, one.reference): one for one in stored}
    return tuple(
        replace(one, probe_picture=known.probe_picture, reference_picture=known.reference_picture)
        if (known := shown.get((one.probe, one.reference)))
        else one
        for one in made
    )


def _notes(stored: Sequence[Note], made: Sequence[Note]) -> tuple[Note, ...]:
    """What is noted of the scores comes last, after what was noted of data and templates."""
    return (*stored[: max(0, len(stored) - len(made))], *made)


def _unproved(stored: Result, asked: Sequence[str]) -> tuple[str, ...]:
    missing = [text for text in asked if needs_samples(text, stored)]
    missing += [f"analysis {one.kind} {one.subject}".strip() for one in stored.analyses
                if one.kind in ANALYSES_OF_SAMPLES]  # fmt: skip
    why = "the folder has no scores/samples.json, as runs of earlier versions: these figures need more than scores"
    return tuple(f"{name}: {why}" for name in missing)


def facts_of(stored: Result) -> Mapping[str, Any]:
    """Versions that a run was made with, as it recorded them."""
    found = stored.environment.get("versions")
    return found if isinstance(found, Mapping) else {}
