"""From what a run has made to its `Result`: counts, measurements, curves, failures, pictures, notes, labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fr_bench import analyses, costing, measuring, provenance
from fr_bench.contracts import Recognizer
from fr_bench.findings import DatasetSummary, Note, Result
from fr_bench.precision import Method
from fr_bench.preparation import Prepared
from fr_bench.reckoning import reckon
from fr_bench.records import Dataset, ScoreSet, TemplateSet
from fr_bench.runspec import RunSpec

LIMITED = "limited"
"""Label of a run on a part of the data (`--limit`): it stands on every output."""


def summarise(
    prepared: Prepared,
    recognizer: Recognizer,
    templates: TemplateSet,
    scores: ScoreSet,
    *,
    notes: Sequence[Note],
    name: str,
) -> Result:
    """All findings of a run, pictures included where the data set's card allows them."""
    from fr_bench.pictures import add_pictures, failed_samples

    spec, dataset, plan = prepared.spec, prepared.dataset, prepared.plan
    pictures = spec.report.pictures and dataset.card.pictures_allowed
    found = reckon(
        analyses.Given(
            scores=scores,
            measures=tuple(prepared.measures),
            attributes=columns_by_sample(dataset),
            by=spec.measures.by,
            quality=spec.measures.quality,
            likelihoods=spec.measures.likelihoods,
            method=method_of(spec),
        ),
        acquisition=measuring.acquisition(plan, templates.has_template),
        # Without times, which no run repeats: those are told beside the figures.
        cost=replace(costing.cost_of(replace(templates, timing={})), told_beside=True),
        worst=spec.report.worst,
    )
    if pictures:
        shown = (
            add_pictures(dataset, recognizer.takes, rows) for rows in (found.false_matches, found.false_non_matches)
        )
        false_matches, false_non_matches = shown
        found = replace(found, false_matches=false_matches, false_non_matches=false_non_matches)
    return replace(
        found,
        name=name,
        run=spec.record(),
        dataset=describe(dataset, prepared.contents),
        recognizer=templates.recognizer,
        comparison=replace(found.comparison, plan=plan.kind, references=len(plan.references), probes=len(plan.probes)),
        failures=failed_samples(dataset, templates.failures, pictures=pictures),
        notes=(*limit_notes(spec), *prepared.inspection.notes, *notes, *found.notes),
        labels=(LIMITED,) if spec.run.limit is not None else (),
        environment=provenance.environment(),
    )


def method_of(spec: RunSpec) -> Method:
    """How the configuration wants intervals to be made."""
    asked = spec.intervals
    return Method(name=asked.method, level=asked.level, draws=asked.draws, seed=asked.seed)


def columns_by_sample(dataset: Dataset) -> dict[str, dict[str, str]]:
    """The attributes of the samples, each by sample id."""
    ids = dataset.sample_ids
    return {name: dict(zip(ids, column, strict=True)) for name, column in dataset.attributes.items()}


def limit_notes(spec: RunSpec) -> tuple[Note, ...]:
    """The warning that a part of the data is no measurement of the whole."""
    if spec.run.limit is None:
        return ()
    text = f"LIMITED: only the first {spec.run.limit} subjects were measured; these are no figures of the data set"
    return (Note(level="warning", code=LIMITED, text=text),)


def describe(dataset: Dataset, contents: Sequence[str]) -> DatasetSummary:
    """What was measured on: counts, digest, licence, how often each value of the attributes occurs."""
    card = dataset.card
    attributes = {}
    for name, column in dataset.attributes.items():
        values = sorted(set(column))
        if len(values) <= 60:
            attributes[name] = {value: column.count(value) for value in values}
    return DatasetSummary(
        name=dataset.name,
        title=card.title or dataset.name,
        format=dataset.format,
        subjects=len(set(dataset.subjects)),
        samples=len(dataset.sample_ids),
        digest=provenance.digest_dataset(dataset, contents),
        generated=card.generated,
        licence=card.licence,
        source=card.source,
        pictures_allowed=card.pictures_allowed,
        attributes=attributes,
        published=card.published,
    )
