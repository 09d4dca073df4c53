"""What is known before the first template: the data set, the plan, the recognizer, and the run's identity.

`prepare` reads and validates the data and loads no model; `identify` gives the digest that names a run's folder, so
that a changed configuration, data set, model or definition of a measure never goes on in an old one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from fr_bench import cards, known_measures, plugins, precision, provenance, runspec
from fr_bench.contracts import Options, Recognizer
from fr_bench.errors import DataError, RecognizerError, UsageError, nearest, shown
from fr_bench.metrics.quality import read_column
from fr_bench.progress import Observer
from fr_bench.records import Card, ComparisonPlan, Dataset, TemplateSet
from fr_bench.runspec import RunSpec
from fr_bench.sources import packed

if TYPE_CHECKING:
    from fr_bench.comparison.keep import KeepPolicy
    from fr_bench.contracts import FormatModule, RecognizerModule
    from fr_bench.validation import Inspection


SEARCH_MEASURES = ("TPIR@rank=1", "TPIR@rank=20", "FNIR@FPIR=1e-2,rank=1")
"""What is reported besides where the plan asks 1:N and nobody says what."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is known before the first template is made."""

    spec: RunSpec
    dataset: Dataset
    inspection: Inspection
    contents: tuple[str, ...]
    plan: ComparisonPlan
    measures: tuple[str, ...]
    failing: int
    """Samples of the test whose image cannot be read or decoded: they will count as failures."""


def prepare(spec: RunSpec, observer: Observer) -> Prepared:
    """Read and validate the data set and make the plan; no model is loaded."""
    from fr_bench import validation
    from fr_bench.comparison import plan as plans
    from fr_bench.selection import first_subjects, named_by_pairs, select

    dataset = read_dataset(spec)
    need_attributes(spec, dataset)
    if spec.run.limit is not None:
        dataset = select(dataset, first_subjects(dataset, spec.run.limit))
    comparison = spec.comparison
    plan = plans.build(dataset, comparison.plan, combine=comparison.combine, references=comparison.reference)
    limited = spec.run.limit is not None
    inspection = validation.inspect(dataset, observer, planned=(plan.mated, plan.nonmated), limited=limited)
    contents, failing = inspection.contents, set(inspection.failures)
    if plan.kind == "listed":
        # Samples that no pair names are no part of this test: they stand in no count of it.
        named = named_by_pairs(dataset)
        dataset = select(dataset, named)
        contents = tuple(content for content, kept in zip(contents, named, strict=True) if kept)
        failing = {index for index in failing if named[index]}
        plan = plans.build(dataset, "listed")
    measures = tuple(dict.fromkeys(spec.measures.report)) or default_measures(plan)
    return Prepared(spec, dataset, inspection, contents, plan, measures, len(failing))


def read_dataset(spec: RunSpec) -> Dataset:
    """The data set that the configuration names: by card, or by path."""
    card = find_card(spec)
    layout = cast("FormatModule", plugins.load("formats", card.format, where=spec.where))
    for option in spec.dataset.options:
        if option not in layout.KEYS:
            known = nearest(option, layout.KEYS)
            message = f"{spec.where}: unknown key dataset.{option} for format {card.format!r}{known}"
            raise UsageError(message, code="unknown_key")
    options = dict(spec.dataset.options)
    if "roles" in layout.KEYS and spec.comparison.plan in ("gallery", "search"):
        # A layout that can say who is enrolled, and says it only where it is asked.
        options = {"roles": "search", **card.options, **options}
    card = cards.with_options(card, options)
    if spec.dataset.name:
        card = replace(card, name=spec.dataset.name)
    return layout.read(card)


def need_attributes(spec: RunSpec, dataset: Dataset) -> None:
    """Refuse attributes to split by, or columns of a quality, that the data set does not have, and qualities that are
    no numbers: before any long work."""
    asked = [("by", name) for crossed in spec.measures.by for name in crossed.split("*")]
    asked += [("quality", name) for name in spec.measures.quality]
    for crossed in spec.measures.by:
        if len({*crossed.split("*")}) < len(crossed.split("*")):
            raise UsageError(
                f"{spec.where}: measures.by: {shown(crossed)!r} crosses an attribute with itself; name each once",
                code="unknown_attribute",
            )
    for key, name in asked:
        if name not in dataset.attributes:
            raise UsageError(
                f"{spec.where}: measures.{key}: the samples of {shown(dataset.name)} have no attribute {shown(name)!r}"
                f"{nearest(name, dataset.attributes)}",
                code="unknown_attribute",
            )
    for name in spec.measures.quality:
        read_column(name, dict(zip(dataset.sample_ids, dataset.attributes[name], strict=True)))


def find_card(spec: RunSpec) -> Card:
    """The card of the configured data set, its own options untouched."""
    asked = spec.dataset
    root = None if asked.root is None else spec.folder / asked.root
    if root is not None and not packed(root).exists():
        raise DataError(f"no such folder: {shown(str(root))}; --data (or dataset.root) names it", code="file_missing")
    if asked.path is not None:
        path = (root or spec.folder) / asked.path
        return cards.card_of_path(path, format=asked.format or "", name=asked.name or "")
    return cards.card_for(asked.card or "generated", root, where=spec.where)


def load_recognizer(spec: RunSpec) -> Recognizer:
    """The configured recognizer, its model loaded; on a card where the run has one and nobody names a provider."""
    module = cast("RecognizerModule", plugins.load("recognizers", spec.recognizer.use, where=spec.where))
    options = spec.recognizer.options
    if spec.run.device == "cpu" or "provider" not in module.KEYS or "provider" in options:
        return module.load(Options(options, spec.folder, spec.where))
    try:
        return module.load(Options({**options, "provider": spec.run.device}, spec.folder, spec.where))
    except RecognizerError as problem:
        if problem.code != "provider_unavailable":
            raise
        raise RecognizerError(
            f"{problem.message}; run.device (--device) asks for it, and --set recognizer.provider=cpu makes templates "
            "on the processor",
            code=problem.code,
        ) from problem


def refuse_thresholds(measures: Sequence[str], recognizer: Recognizer, where: str) -> None:
    """Refuse thresholds that no score of the recognizer reaches, before any long work.

    Raises UsageError `unreached_threshold` where it compares by distance and a threshold is above 0.
    """
    if recognizer.compare == "euclidean":
        known_measures.refuse_unreached(measures, where)


def default_measures(plan: ComparisonPlan) -> tuple[str, ...]:
    """What is measured where nobody says what: the default measures, the folds of a list that has ten, and searches."""
    if plan.pairs is not None and len(set(plan.pairs.fold.tolist()) - {0}) == 10:
        return (*known_measures.DEFAULT_MEASURES, "accuracy@folds=10")
    if plan.kind == "search":
        return (*known_measures.DEFAULT_MEASURES, *SEARCH_MEASURES)
    return known_measures.DEFAULT_MEASURES


def identify(prepared: Prepared, recognizer: Recognizer, templates: TemplateSet | None = None) -> str:
    """One digest of all that can move a figure: configuration, data, model, definitions of the measures.

    templates   those that were made already, where the recognizer's digest does not cover all that they come from
    """
    made = templates and [
        provenance.digest_array(templates.vectors),
        {str(index): [failure.stage, failure.reason] for index, failure in templates.failures.items()},
    ]
    return provenance.digest_value(
        {
            **({"templates": made} if made else {}),
            "configuration": prepared.spec.identity(),
            "dataset": provenance.digest_dataset(prepared.dataset, prepared.contents),
            "recognizer": [recognizer.name, recognizer.version, recognizer.digest, recognizer.provider],
            "preprocessing": runspec.plain(recognizer.preprocessing),
            "intervals": precision.VERSION,
            "measures": {text: known_measures.resolve(text)[1].version for text in prepared.measures},
        }
    )


def keep_policy(prepared: Prepared) -> KeepPolicy:
    """Which nonmated scores are kept so that the measures can be counted from them, as many as the run allows."""
    from fr_bench.comparison.keep import KeepPolicy

    measures, cap = prepared.measures, prepared.spec.comparison.keep_at_most
    return KeepPolicy(
        cap=cap,
        everything_up_to=min(KeepPolicy().everything_up_to, cap),
        largest_fmr=known_measures.largest_fmr(measures),
        lowest=known_measures.lowest_threshold(measures),
    )
