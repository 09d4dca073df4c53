"""The path of a run, from configuration to report: each step a value in and a value out, nobody calls back.

`run` is what `frbench run` and `fr_bench.run` do; `evaluate` enters at the scores; `prepare` and `estimate` stop before
the first template. Progress is an observer that is handed in.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fr_bench import cards, measuring, plugins, provenance, runspec
from fr_bench.contracts import Options, Recognizer
from fr_bench.errors import RecognizerError, UsageError, nearest
from fr_bench.findings import ComparisonSummary, DatasetSummary, Measure, Note, Result
from fr_bench.progress import Observer, Silent
from fr_bench.records import Card, ComparisonPlan, Dataset, ScoreSet, TemplateSet
from fr_bench.runspec import RunSpec

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from fr_bench.storage.runs import RunFolder
    from fr_bench.validation import Inspection

LIMITED = "limited"
"""Label of a run on a part of the data (`--limit`): it stands on every output."""

NEED_ALL_SCORES = {"AUC", "d'", "ZeroFNMR", "FMR", "minDCF", "ROCCH-EER"}
"""Measures that need the scores below the floor, in runs too large to keep them all."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A finished run: its result, its folder, and whether it had been complete before."""

    result: Result
    folder: Path
    already_complete: bool = False


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


def run(
    config: str | Path | Mapping[str, Any] | RunSpec | None = None,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    observer: Observer | None = None,
) -> Result:
    """Run the whole pipeline and return its result, as `frbench run` does.

    config   path of a TOML file, a mapping of the same shape, or None for the embedded default: generated faces
             measured with the baseline recognizer
    data     folder that relative paths start from, as `--data`
    out      the run folder; default `runs/DATASET-RECOGNIZER-HASH` in the current folder
    force    move another run that is in the way aside
    Raises FrBenchError for what a user can mend.

    >>> import tempfile
    >>> small = {"dataset": {"card": "generated", "subjects": 6, "images": 3}, "measures": {"report": ["EER"]}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = run(small, out=folder + "/first")
    >>> result.dataset.subjects, result.comparison.mated_made, result.comparison.nonmated_made
    (6, 18, 135)
    """
    spec = specification(config, data=Path(data) if data is not None else None)
    return run_in_folder(spec, out=Path(out) if out is not None else None, force=force, observer=observer).result


def specification(config: str | Path | Mapping[str, Any] | RunSpec | None, *, data: Path | None = None) -> RunSpec:
    """The checked configuration of `run`'s first argument."""
    if isinstance(config, RunSpec):
        return config
    overrides = {"dataset.root": str(data.absolute())} if data is not None else {}
    if isinstance(config, Mapping):
        return runspec.resolve(config, overrides=overrides, folder=data or Path.cwd())
    path = Path(config) if config is not None else cards.shipped("configs") / "default.toml"
    return runspec.read(path, data=data, overrides=overrides)


def run_in_folder(
    spec: RunSpec, *, out: Path | None = None, force: bool = False, observer: Observer | None = None
) -> Completed:
    """Run `spec` in its run folder: new, gone on with, or shown again where it is complete."""
    from fr_bench.storage import runs

    observer = observer or Silent()
    began = time.monotonic()
    prepared = prepare(spec, observer)
    recognizer = load_recognizer(spec)
    digest = identify(prepared, recognizer)
    name = runs.name_of(prepared.dataset.name, recognizer.name, digest)
    with runs.opened(out or Path("runs") / name, digest, force=force) as folder:
        if folder.state == "complete":
            return Completed(read_result(folder.path), folder.path, already_complete=True)
        folder.log("started", state=folder.state, versions=provenance.versions())
        templates, notes = make_templates(prepared, recognizer, observer)
        folder.log("templates", **templates.timing)
        scores = make_scores(prepared, templates, folder, observer)
        result = summarise(prepared, recognizer, templates, scores, notes=notes, name=name)
        result = replace(result, timing={**templates.timing, "total_seconds": time.monotonic() - began})
        write_outputs(folder, spec, scores, result)
    runs.point_latest(folder.path.parent, folder.path.name)
    return Completed(result, folder.path)


# --- before the first template ------------------------------------------------------------------------------------


def prepare(spec: RunSpec, observer: Observer) -> Prepared:
    """Read and validate the data set and make the plan; no model is loaded."""
    from fr_bench import validation
    from fr_bench.comparison import plan as plans
    from fr_bench.selection import first_subjects, named_by_pairs, select

    dataset = read_dataset(spec)
    if spec.run.limit is not None:
        dataset = select(dataset, first_subjects(dataset, spec.run.limit))
    comparison = spec.comparison
    plan = plans.build(dataset, comparison.plan, combine=comparison.combine, references=comparison.reference)
    inspection = validation.inspect(dataset, observer, planned=(plan.mated, plan.nonmated))
    contents, failing = inspection.contents, set(inspection.failures)
    if plan.kind == "listed":
        # Samples that no pair names are no part of this test: they stand in no count of it.
        named = named_by_pairs(dataset)
        dataset = select(dataset, named)
        contents = tuple(content for content, kept in zip(contents, named, strict=True) if kept)
        failing = {index for index in failing if named[index]}
        plan = plans.build(dataset, "listed")
    measures = spec.measures.report or default_measures(plan)
    return Prepared(spec, dataset, inspection, contents, plan, measures, len(failing))


def read_dataset(spec: RunSpec) -> Dataset:
    """The data set that the configuration names: by card, or by path."""
    card = find_card(spec)
    layout = plugins.load("formats", card.format, where=spec.where)
    for option in spec.dataset.options:
        if option not in layout.KEYS:
            known = nearest(option, layout.KEYS)
            message = f"{spec.where}: unknown key dataset.{option} for format {card.format!r}{known}"
            raise UsageError(message, code="unknown_key")
    card = cards.with_options(card, spec.dataset.options)
    if spec.dataset.name:
        card = replace(card, name=spec.dataset.name)
    dataset: Dataset = layout.read(card)
    return dataset


def find_card(spec: RunSpec) -> Card:
    """The card of the configured data set, its own options untouched."""
    asked = spec.dataset
    root = None if asked.root is None else spec.folder / asked.root
    if asked.path is not None:
        path = (root or spec.folder) / asked.path
        return cards.card_of_path(path, format=asked.format or "", name=asked.name or "")
    return cards.card_for(asked.card or "generated", root, where=spec.where)


def load_recognizer(spec: RunSpec) -> Recognizer:
    """The configured recognizer, its model loaded."""
    module = plugins.load("recognizers", spec.recognizer.use, where=spec.where)
    recognizer: Recognizer = module.load(Options(spec.recognizer.options, spec.folder, spec.where))
    return recognizer


def default_measures(plan: ComparisonPlan) -> tuple[str, ...]:
    """What is measured where nobody says what: the default measures, and the folds of a list that has ten."""
    if plan.pairs is not None and len(set(plan.pairs.fold.tolist()) - {0}) == 10:
        return (*measuring.DEFAULT_MEASURES, "accuracy@folds=10")
    return measuring.DEFAULT_MEASURES


def identify(prepared: Prepared, recognizer: Recognizer) -> str:
    """One digest of all that can move a figure: configuration, data, model, definitions of the measures."""
    return provenance.digest_value(
        {
            "configuration": prepared.spec.identity(),
            "dataset": provenance.digest_dataset(prepared.dataset, prepared.contents),
            "recognizer": [recognizer.name, recognizer.version, recognizer.digest, recognizer.provider],
            "preprocessing": runspec.plain(recognizer.preprocessing),
            "measures": {text: measuring.resolve(text)[1].version for text in prepared.measures},
        }
    )


def estimate(spec: RunSpec, observer: Observer | None = None) -> dict[str, Any]:
    """What a run would do: counts, memory, time, and the smallest FMR that can be measured. Nothing is kept."""
    prepared = prepare(spec, observer or Silent())
    recognizer = load_recognizer(spec)
    return estimated(prepared, recognizer, try_recognizer(prepared, recognizer))


def estimated(prepared: Prepared, recognizer: Recognizer, trial: Trial) -> dict[str, Any]:
    """The counts of `estimate`, from what a trial of the recognizer has shown."""
    from fr_bench.comparison import plan as plans

    samples = len(prepared.dataset.sample_ids)
    return {
        "dataset": prepared.dataset.name,
        "recognizer": recognizer.name,
        "subjects": len(set(prepared.dataset.subjects)),
        "samples": samples,
        "images_that_will_fail": prepared.failing,
        **plans.dry_run(prepared.plan, trial.dimension),
        "template_length": trial.dimension,
        "seconds_for_templates": round(trial.seconds_an_image * samples, 1),
    }


def check(spec: RunSpec, observer: Observer | None = None) -> dict[str, Any]:
    """Everything that can be known before a run, for `frbench check`: `facts`, `notes`, number of `warnings`.

    Raises what the run would raise: a configuration, data or recognizer that cannot be used.
    """
    import shutil

    prepared = prepare(spec, observer or Silent())
    recognizer = load_recognizer(spec)
    trial = try_recognizer(prepared, recognizer)
    facts = estimated(prepared, recognizer, trial)
    facts["batch_check"] = trial.batch_check.get("verdict", "not checked")
    if "min_cosine" in trial.batch_check:
        facts["least_cosine_in_batches"] = trial.batch_check["min_cosine"]
    facts["same_image_again"] = trial.determinism.get("verdict", "not checked")
    facts["disk_free_bytes"] = shutil.disk_usage(Path.cwd()).free
    notes = [*prepared.inspection.notes, *trial.notes]
    return {
        "facts": {name: value for name, value in facts.items() if value is not None},
        "notes": [{"level": note.level, "code": note.code, "text": note.text} for note in notes],
        "warnings": sum(note.level == "warning" for note in notes),
    }


@dataclass(frozen=True, slots=True)
class Trial:
    """What a few images say about a recognizer."""

    dimension: int
    seconds_an_image: float
    batch_check: Mapping[str, Any]
    determinism: Mapping[str, Any]
    notes: tuple[Note, ...]


TRIED = 32
"""Images that `check` and `--dry-run` try a recognizer on."""


def try_recognizer(prepared: Prepared, recognizer: Recognizer) -> Trial:
    """Embed a few images spread over the data set: template length, time, determinism, dependence on the batch."""
    from fr_bench import extraction
    from fr_bench.records import Failure

    captures = extraction.sample_captures(prepared.dataset, prepared.contents, recognizer, count=TRIED)
    began = time.perf_counter()
    answers = [answer for c in captures for answer in extraction.embed(recognizer, [c])]
    seconds = (time.perf_counter() - began) / max(1, len(captures))
    lengths = {len(answer) for answer in answers if not isinstance(answer, Failure)}
    if len(lengths) > 1:
        raise RecognizerError(
            f"recognizer {recognizer.name} gives templates of different lengths: {sorted(lengths)}; templates of one "
            "run have one length",
            code="template_length",
        )
    checked = extraction.batch_check(recognizer, captures)
    return Trial(
        dimension=lengths.pop() if lengths else 0,
        seconds_an_image=seconds,
        batch_check=checked,
        determinism=extraction.determinism_check(recognizer, captures),
        notes=extraction.recognizer_notes(recognizer, checked, extraction.batch_size(recognizer, checked)),
    )


# --- templates, scores, measurements ------------------------------------------------------------------------------


def make_templates(
    prepared: Prepared, recognizer: Recognizer, observer: Observer
) -> tuple[TemplateSet, tuple[Note, ...]]:
    """A template or a failure for every sample, from the cache where it is there."""
    from fr_bench import extraction
    from fr_bench.storage.templates import TemplateCache

    execution = prepared.spec.run
    with TemplateCache() if execution.cache else nullcontext() as cache:
        templates = extraction.extract(
            prepared.dataset,
            prepared.contents,
            recognizer,
            cache=cache,
            observer=observer,
            threads=execution.threads,
        )
        cache_notes = tuple(cache.notes) if cache is not None else ()
    summary = templates.recognizer
    notes = extraction.recognizer_notes(recognizer, summary.batch_check, summary.batch_size)
    return templates, (*notes, *cache_notes)


def make_scores(prepared: Prepared, templates: TemplateSet, folder: RunFolder, observer: Observer) -> ScoreSet:
    """Every comparison of the plan; a killed run goes on from the bands that it had finished."""
    from fr_bench.comparison import engine
    from fr_bench.comparison.keep import KeepPolicy
    from fr_bench.storage.files import Checkpoint

    return engine.score(
        prepared.plan,
        templates,
        prepared.dataset.subjects,
        keep=KeepPolicy(largest_fmr=largest_fmr(prepared.measures)),
        full_pass=any(needs_all_scores(text) for text in prepared.measures),
        observer=observer,
        threads=prepared.spec.run.threads,
        checkpoint=Checkpoint(folder.checkpoint),
    )


def needs_all_scores(text: str) -> bool:
    """Whether a measure looks below the floor of a run that is too large to keep every score."""
    measure = Measure.parse(text)
    return measure.name in NEED_ALL_SCORES


def largest_fmr(measures: Sequence[str]) -> float:
    """The largest FMR at which one of the measures is read, at least 0.01 for the curves."""
    named = {"FMR100": Fraction(1, 100), "FMR1000": Fraction(1, 1000), "FMR10000": Fraction(1, 10000)}
    targets = [Fraction("0.01")]
    for text in measures:
        measure, _ = measuring.resolve(text)
        if "FMR" in measure:
            targets.append(Fraction(measure["FMR"]))
        elif measure.name in named:
            targets.append(named[measure.name])
    return float(max(targets))


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

    spec, dataset = prepared.spec, prepared.dataset
    pictures = spec.report.pictures and dataset.card.pictures_allowed
    false_matches, false_non_matches = measuring.worst(scores, spec.report.worst)
    if pictures:
        false_matches = add_pictures(dataset, recognizer.takes, false_matches)
        false_non_matches = add_pictures(dataset, recognizer.takes, false_non_matches)
    acquired = measuring.acquisition(prepared.plan, templates.has_template)
    return Result(
        name=name,
        run=spec.record(),
        dataset=describe(dataset, prepared.contents),
        recognizer=templates.recognizer,
        comparison=count_comparisons(prepared.plan, scores),
        measurements=measuring.measure(scores, prepared.measures, acquisition=acquired, level=spec.intervals.level),
        curves=measuring.curves(scores),
        distributions=measuring.distributions(scores),
        failures=failed_samples(dataset, templates.failures, pictures=pictures),
        false_matches=false_matches,
        false_non_matches=false_non_matches,
        notes=(*limit_notes(spec), *prepared.inspection.notes, *notes, *measuring.score_notes(scores)),
        labels=(LIMITED,) if spec.run.limit is not None else (),
        environment=provenance.environment(),
    )


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


def count_comparisons(plan: ComparisonPlan, scores: ScoreSet) -> ComparisonSummary:
    """Planned, made and failed comparisons of both classes."""
    return ComparisonSummary(
        plan=plan.kind,
        mated_planned=scores.mated_planned,
        nonmated_planned=scores.nonmated_planned,
        mated_made=len(scores.mated),
        nonmated_made=scores.nonmated_made,
        mated_failed=scores.mated_failed,
        nonmated_failed=scores.nonmated_failed,
        references=len(plan.references),
        probes=len(plan.probes),
        floor=None if scores.rest is None else scores.floor,
    )


# --- what stays ---------------------------------------------------------------------------------------------------


def write_outputs(folder: RunFolder, spec: RunSpec, scores: ScoreSet, result: Result) -> None:
    """Write the run folder of DESIGN section 8: numbers first, then pictures, the completion mark last."""
    from fr_bench.reports import figures, render, result_file, table
    from fr_bench.storage import scores as score_store
    from fr_bench.storage.files import Checkpoint, make_folder, write_atomic

    score_store.write(folder.path / "scores", scores)
    files = {
        "run.toml": runspec.to_toml(result.run).encode("utf-8"),
        "result.json": result_file.write(result),
        "metrics.csv": table.metrics_csv(result).encode("utf-8"),
        "failures.csv": table.failures_csv(result).encode("utf-8"),
        "report.html": render.html(result, language=spec.report.language).encode("utf-8"),
    }
    for name, data in files.items():
        write_atomic(folder.path / name, data)
    make_folder(folder.path / "figures")
    for name, figure in figures.draw([result]).items():
        for suffix, data in figures.save(figure).items():
            write_atomic(folder.path / "figures" / f"{name}.{suffix}", data)
    folder.log("finished")
    Checkpoint(folder.checkpoint).clear()
    folder.finish()


def read_result(path: Path) -> Result:
    """Read the result of a run: the run folder, or its `result.json`.

    Raises DataError if it is missing, damaged, or of another version.
    """
    from fr_bench.reports import result_file

    path = Path(path)
    return result_file.read(path / "result.json" if path.is_dir() else path)


load_result = read_result


def evaluate(
    scores: ScoreSet | None = None,
    *,
    mated: ArrayLike | None = None,
    nonmated: ArrayLike | None = None,
    measures: Sequence[str] = (),
    level: float = 0.95,
    name: str = "scores",
    notes: Sequence[Note] = (),
) -> Result:
    """Measure scores that exist already, as `frbench evaluate` does.

    scores            a `ScoreSet`; or instead of it
    mated, nonmated   similarity scores, higher is more alike; a score equal to the threshold is a match
    measures          texts such as "FNMR@FMR=1e-3"; empty: the default ones
    level             nominal level of the intervals
    Raises DataError (`nan_score`) if a score is NaN, UsageError for an unknown measure.

    >>> result = evaluate(mated=[0.9, 0.8, 0.4], nonmated=[0.5, 0.3, 0.2, 0.1], measures=["EER", "FMR@threshold=0.45"])
    >>> fmr = result.measurement("FMR@threshold=0.45")
    >>> fmr.counts, fmr.value
    (Proportion(errors=1, trials=4), 0.25)
    """
    given = scores if scores is not None else from_arrays(mated, nonmated)
    asked = tuple(measures) or tuple(m for m in measuring.DEFAULT_MEASURES if m not in ("FTA", "FTE"))
    false_matches, false_non_matches = measuring.worst(given, 20)
    return Result(
        name=name,
        run={"measures": {"report": list(asked)}, "intervals": {"level": level}},
        dataset=None,
        recognizer=None,
        comparison=ComparisonSummary(
            plan="scores",
            mated_planned=given.mated_planned,
            nonmated_planned=given.nonmated_planned,
            mated_made=len(given.mated),
            nonmated_made=given.nonmated_made,
            mated_failed=given.mated_failed,
            nonmated_failed=given.nonmated_failed,
            references=len(given.references.ids) if given.references else 0,
            probes=len(given.probes.ids) if given.probes else 0,
        ),
        measurements=measuring.measure(given, asked, level=level),
        curves=measuring.curves(given),
        distributions=measuring.distributions(given),
        false_matches=false_matches,
        false_non_matches=false_non_matches,
        notes=(*notes, *measuring.score_notes(given)),
        environment=provenance.environment(),
    )


def from_arrays(mated: ArrayLike | None, nonmated: ArrayLike | None) -> ScoreSet:
    """A `ScoreSet` of two arrays of similarity scores without ids; None is an empty class."""
    from fr_bench.scorefiles import score_set

    return score_set([] if mated is None else mated, [] if nonmated is None else nonmated)
