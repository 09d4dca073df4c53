"""The path of a run, from configuration to report: each step a value in and a value out, nobody calls back.

`run` is what `frbench run` and `fr_bench.run` do; `evaluate` enters at the scores. `run_in_folder` is the table of
contents of the program: every line of it is a step, and every step has its own module. Progress is an observer that is
handed in.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fr_bench import analyses, cards, costing, earlier_runs, known_measures, provenance, runspec
from fr_bench.contracts import Recognizer
from fr_bench.errors import UsageError
from fr_bench.findings import Note, Result
from fr_bench.outputs import read_result, write_outputs
from fr_bench.precision import DRAWS, SEED, Method
from fr_bench.preparation import Prepared, identify, keep_policy, load_recognizer, prepare, refuse_thresholds
from fr_bench.progress import Observer, Silent
from fr_bench.reckoning import reckon
from fr_bench.records import Presentations, ScoreSet, TemplateSet
from fr_bench.runspec import RunSpec
from fr_bench.summary import summarise
from fr_bench.tested_samples import write_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from fr_bench.clusters import Cluster
    from fr_bench.comparison.device import Device
    from fr_bench.storage.runs import RunFolder


@dataclass(frozen=True, slots=True)
class Completed:
    """A finished run: its result, its folder, and whether it had been complete before."""

    result: Result
    folder: Path
    already_complete: bool = False


def run(
    config: str | Path | Mapping[str, Any] | RunSpec | None = None,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    observer: Observer | None = None,
    cluster: Cluster | None = None,
) -> Result:
    """Run the whole pipeline and return its result, as `frbench run` does.

    config   path of a TOML file, a mapping of the same shape, or None for the embedded default: generated faces
             measured with the baseline recognizer
    data     folder that relative paths start from, as `--data`
    out      the run folder; default `runs/DATASET-RECOGNIZER-HASH` in the current folder
    force    move another run that is in the way aside
    cluster  a Dask cluster that makes comparisons, and templates where it can (`fr_bench.clusters.connected`)
    Raises FrBenchError for what a user can mend.

    >>> import tempfile
    >>> small = {"dataset": {"card": "generated", "subjects": 6, "images": 3}, "measures": {"report": ["EER"]}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = run(small, out=folder + "/first")
    >>> result.dataset.subjects, result.comparison.mated_made, result.comparison.nonmated_made
    (6, 18, 135)
    """
    spec = specification(config, data=Path(data) if data is not None else None)
    folder = Path(out) if out is not None else None
    return run_in_folder(spec, out=folder, force=force, observer=observer, cluster=cluster).result


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
    spec: RunSpec,
    *,
    out: Path | None = None,
    force: bool = False,
    observer: Observer | None = None,
    cluster: Cluster | None = None,
) -> Completed:
    """Run `spec` in its run folder: new, gone on with, or shown again where it is complete."""
    from fr_bench.comparison import device as devices

    if cluster is not None:
        refuse_device(spec)
    with devices.opened(spec.run.device) as device:
        return _run_on(device, spec, out=out, force=force, observer=observer or Silent(), cluster=cluster)


def refuse_device(spec: RunSpec) -> None:
    """Raise UsageError `device_and_cluster` where a run on a cluster names a device: workers know nothing of it."""
    if spec.run.device != "cpu":
        raise UsageError(
            f"--cluster with --device {spec.run.device} (run.device): workers compare on their processors; leave one "
            "of both out",
            code="device_and_cluster",
        )


def _run_on(
    device: Device | None, spec: RunSpec, *, out: Path | None, force: bool, observer: Observer, cluster: Cluster | None
) -> Completed:
    from fr_bench.storage import runs

    began = time.monotonic()
    prepared = prepare(spec, observer)
    recognizer = load_recognizer(spec)
    refuse_thresholds(prepared.measures, recognizer, spec.where)
    # Whatever a recognizer without a trustworthy digest reads shows in its templates: they are the run's identity.
    made = None if getattr(recognizer, "kept", True) else make_templates(prepared, recognizer, observer, cluster)
    digest = identify(prepared, recognizer, made[0] if made else None)
    name = runs.name_of(prepared.dataset.name, recognizer.name, digest)
    with runs.opened(out or Path("runs") / name, digest, force=force) as folder:
        if folder.state == "complete":
            return Completed(read_result(folder.path), folder.path, already_complete=True)
        folder.log("started", state=folder.state, versions=provenance.versions())
        templates, notes = made or make_templates(prepared, recognizer, observer, cluster)
        folder.log("templates", **costing.totals(templates))
        watched = costing.Stopwatch(observer)
        scores = make_scores(prepared, templates, folder, watched, cluster, device)
        result = summarise(prepared, recognizer, templates, scores, notes=notes, name=name)
        times = {**costing.totals(templates), "cost": costing.told(templates, watched.batches)}
        result = replace(result, timing={**times, "total_seconds": time.monotonic() - began})
        # Before anybody can see a figure of it: a run that is broken off now has been noted all the same.
        result = earlier_runs.noted(result, digest)
        write_samples(folder.path, prepared, templates)
        write_outputs(folder, spec, scores, result, observer)
    runs.point_latest(folder.path.parent, folder.path.name)
    return Completed(result, folder.path)


def make_templates(
    prepared: Prepared, recognizer: Recognizer, observer: Observer, cluster: Cluster | None = None
) -> tuple[TemplateSet, tuple[Note, ...]]:
    """A template or a failure for every sample, from the cache where it is there."""
    from fr_bench import batches, clusters, extraction, steadiness
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
            computing=clusters.computed_on(cluster, prepared.spec) if cluster else batches.computed,
        )
        cache_notes = tuple(cache.notes) if cache is not None else ()
    summary = templates.recognizer
    marked = prepared.dataset.landmarks is not None
    notes = steadiness.recognizer_notes(recognizer, summary.batch_check, summary.batch_size, landmarks=marked)
    return templates, (*notes, *cache_notes)


def make_scores(
    prepared: Prepared,
    templates: TemplateSet,
    folder: RunFolder,
    observer: Observer,
    cluster: Cluster | None = None,
    device: Device | None = None,
) -> ScoreSet:
    """Every comparison of the plan; a killed run goes on from the bands that it had finished."""
    from fr_bench import clusters
    from fr_bench.comparison import bands, engine
    from fr_bench.storage.files import Checkpoint

    return engine.score(
        prepared.plan,
        templates,
        prepared.dataset.subjects,
        keep=keep_policy(prepared),
        full_pass=known_measures.look_below_floor(prepared.measures),
        observer=observer,
        threads=prepared.spec.run.threads,
        checkpoint=Checkpoint(folder.checkpoint),
        # Workers choose screens for their own processors.
        screening="none" if cluster else "auto",
        sweeping=clusters.sweep_on(cluster) if cluster else bands.sweep,
        device=device,
    )


load_result = read_result


def evaluate(
    scores: ScoreSet | None = None,
    *,
    mated: ArrayLike | None = None,
    nonmated: ArrayLike | None = None,
    measures: Sequence[str] = (),
    level: float = 0.95,
    method: str = "subject-exact",
    draws: int = DRAWS,
    seed: int = SEED,
    likelihoods: bool = False,
    development: ScoreSet | None = None,
    calibration: analyses.Calibration | None = None,
    presentations: Presentations | None = None,
    attributes: Mapping[str, Mapping[str, str]] | None = None,
    by: Sequence[str] = (),
    quality: Sequence[str] = (),
    name: str = "scores",
    notes: Sequence[Note] = (),
) -> Result:
    """Measure scores that exist already, as `frbench evaluate` does.

    scores            a `ScoreSet`; or instead of it
    mated, nonmated   similarity scores, higher is more alike; a score equal to the threshold is a match
    measures          texts such as "FNMR@FMR=1e-3"; empty: the default ones
    level             nominal level of the intervals
    method            how the interval of a rate at a fixed threshold is made (`frbench evaluate --help` names all)
    draws, seed       how often subjects are drawn for measures of a curve, and the name of the draws
    likelihoods       the scores are natural-log likelihood ratios, so that Cllr can be judged
    development       scores of another set: thresholds are set there and judged here
    calibration       turn scores into log-likelihood ratios, trained on `development` or on a part of the subjects
    presentations     of attacks and of bona fide subjects (`fr_bench.scorefiles.read_presentations`), alone or besides
    attributes        columns of the samples by name, each from sample id to text, "" for unknown
    by                which of them to split by; "sex*age_band" crosses two
    quality           which of them hold a quality, one number a sample, higher is better
    Raises DataError (`nan_score`) if a score is NaN, UsageError for an unknown measure.

    >>> result = evaluate(mated=[0.9, 0.8, 0.4], nonmated=[0.5, 0.3, 0.2, 0.1], measures=["EER", "FMR@threshold=0.45"])
    >>> fmr = result.measurement("FMR@threshold=0.45")
    >>> fmr.counts, fmr.value
    (Proportion(errors=1, trials=4), 0.25)
    """
    if scores is not None and not isinstance(scores, ScoreSet):
        raise TypeError(
            f"scores is a ScoreSet, not {type(scores).__name__}: arrays go to mated= and nonmated=, files to "
            "fr_bench.scorefiles.read_scores"
        )
    given = scores if scores is not None else from_arrays(mated, nonmated)
    asked = tuple(dict.fromkeys(measures)) or _default_measures(given, presentations)
    found = reckon(
        analyses.Given(
            scores=given,
            measures=asked,
            development=development,
            calibration=calibration,
            presentations=presentations,
            attributes=dict(attributes or {}),
            by=tuple(by),
            quality=tuple(quality),
            likelihoods=likelihoods,
            method=Method(name=method, level=level, draws=draws, seed=seed),
        )
    )
    return replace(
        found,
        name=name,
        run={
            "measures": {"report": list(asked), **({"by": list(by)} if by else {})},
            "intervals": {"level": level, "method": method, "draws": draws, "seed": seed},
        },
        notes=(*notes, *found.notes),
        environment=provenance.environment(),
    )


def _default_measures(scores: ScoreSet, presentations: Presentations | None) -> tuple[str, ...]:
    """What is measured of scores and presentations where nobody says what."""
    from fr_bench.analyses import attacks

    of_scores = tuple(text for text in known_measures.DEFAULT_MEASURES if text not in ("FTA", "FTE"))
    if presentations is None:
        return of_scores
    compared = bool(scores.mated_planned or scores.nonmated_planned)
    return (*(of_scores if compared else ()), *attacks.DEFAULT)


def from_arrays(mated: ArrayLike | None, nonmated: ArrayLike | None) -> ScoreSet:
    """A `ScoreSet` of two arrays of similarity scores without ids; None is an empty class."""
    from fr_bench.scorefiles import score_set

    return score_set([] if mated is None else mated, [] if nonmated is None else nonmated)
