"""What a run would do, and whether it would go well: a recognizer tried on a few images, before any long work.

`check` stands behind `frbench check`, `estimate` behind `frbench run --dry-run`. Nothing is kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fr_bench import known_measures
from fr_bench.contracts import Recognizer
from fr_bench.errors import DataError, RecognizerError, shown
from fr_bench.findings import Note, RecognizerSummary
from fr_bench.preparation import Prepared, load_recognizer, prepare
from fr_bench.progress import Observer, Silent
from fr_bench.provenance import usable_cores
from fr_bench.runspec import RunSpec

TRIED = 32
"""Images that a recognizer is tried on."""
TIMED = 3000
"""Made-up templates that the engine is timed on, of up to 512 numbers; fewer where they are longer."""
UNNAMED = RecognizerSummary(name="", version="", digest="", provider="", batch_size=1, dimension=0, comparison="cosine")


@dataclass(frozen=True, slots=True)
class Trial:
    """What a few images say about a recognizer."""

    dimension: int
    seconds_an_image: float
    batch_check: Mapping[str, Any]
    determinism: Mapping[str, Any]
    notes: tuple[Note, ...]


def estimate(spec: RunSpec, observer: Observer | None = None, *, threads: int | None = None) -> dict[str, Any]:
    """What a run would do: counts, memory, time, and the smallest FMR that can be measured. Nothing is kept.

    threads   of the workers of a cluster, taken to be as fast as those here; None: no cluster works
    """
    prepared = prepare(spec, observer or Silent())
    recognizer = load_recognizer(spec)
    facts = estimated(prepared, recognizer, try_recognizer(prepared, recognizer))
    if threads is not None:
        share = usable_cores() / max(1, threads)
        facts["seconds_for_comparisons"] = round(facts["seconds_for_comparisons"] * share, 1)
        facts["threads_of_the_cluster"] = threads
    return facts


def estimated(prepared: Prepared, recognizer: Recognizer, trial: Trial) -> dict[str, Any]:
    """The counts of `estimate`, from what a trial of the recognizer has shown."""
    from fr_bench.comparison.forecast import forecast
    from fr_bench.comparison.keep import KeepPolicy

    policy = KeepPolicy(
        largest_fmr=known_measures.largest_fmr(prepared.measures),
        lowest=known_measures.lowest_threshold(prepared.measures),
    )
    samples = len(prepared.dataset.sample_ids)
    comparisons = prepared.plan.mated + prepared.plan.nonmated
    return {
        "dataset": prepared.dataset.name,
        "recognizer": recognizer.name,
        "subjects": len(set(prepared.dataset.subjects)),
        "samples": samples,
        "images_that_will_fail": prepared.failing,
        **forecast(prepared.plan, trial.dimension, policy),
        "template_length": trial.dimension,
        "seconds_for_templates": round(trial.seconds_an_image * samples, 1),
        "seconds_for_comparisons": round(seconds_a_comparison(trial.dimension) * comparisons, 1),
    }


def seconds_a_comparison(dimension: int) -> float:
    """What a comparison of templates of this length costs here: the engine timed on up to four million made-up ones."""
    import numpy as np

    from fr_bench.comparison import engine
    from fr_bench.comparison import plan as plans
    from fr_bench.comparison.keep import KeepPolicy
    from fr_bench.records import ComparisonPlan, TemplateSet

    count = max(64, min(TIMED, TIMED * 512 // max(1, dimension)))
    subject = np.arange(count, dtype=np.int32) // 2
    mated, nonmated = plans.count_all(subject)
    every = np.arange(count, dtype=np.int32)
    plan = ComparisonPlan(
        kind="all",
        subject=subject,
        references=plans.one_each(every),
        probes=every.copy(),
        mated=mated,
        nonmated=nonmated,
    )
    vectors = np.random.Generator(np.random.PCG64(1)).standard_normal((count, max(1, dimension)))
    templates = TemplateSet(
        vectors=(vectors / np.sqrt((vectors**2).sum(axis=1, keepdims=True))).astype(np.float32),
        sample_ids=tuple(map(str, every.tolist())),
        failures={},
        comparison="cosine",
        recognizer=UNNAMED,
    )
    began = time.perf_counter()
    engine.score(plan, templates, tuple(map(str, subject.tolist())), keep=KeepPolicy(everything_up_to=0))
    return (time.perf_counter() - began) / (mated + nonmated)


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


def try_recognizer(prepared: Prepared, recognizer: Recognizer) -> Trial:
    """Embed a few images spread over the data set: template length, time, determinism, dependence on the batch."""
    from fr_bench import steadiness
    from fr_bench.extraction import sample_captures
    from fr_bench.records import Failure

    captures = sample_captures(prepared.dataset, prepared.contents, recognizer, count=TRIED)
    began = time.perf_counter()
    answers = [answer for c in captures for answer in steadiness.embed(recognizer, [c])]
    seconds = (time.perf_counter() - began) / max(1, len(captures))
    found = _failures(recognizer, [capture.sample_id for capture in captures], answers)
    lengths = {len(answer) for answer in answers if not isinstance(answer, Failure)}
    if len(lengths) > 1:
        raise RecognizerError(
            f"recognizer {recognizer.name} gives templates of different lengths: {sorted(lengths)}; templates of one "
            "run have one length",
            code="template_length",
        )
    checked = steadiness.batch_check(recognizer, captures)
    determinism = steadiness.determinism_check(recognizer, captures)
    if determinism["verdict"] == "differs":
        text = f"The same image gives {recognizer.name} another template each time: figures cannot be reproduced."
        found.append(Note(level="warning", code="not_deterministic", text=text))
    size, marked = steadiness.batch_size(recognizer, checked), prepared.dataset.landmarks is not None
    return Trial(
        dimension=lengths.pop() if lengths else 0,
        seconds_an_image=seconds,
        batch_check=checked,
        determinism=determinism,
        notes=(*found, *steadiness.recognizer_notes(recognizer, checked, size, landmarks=marked)),
    )


def _failures(recognizer: Recognizer, ids: Sequence[str], answers: Sequence[object]) -> list[Note]:
    """What the run will count as failures, as far as a trial shows. Raises DataError if it shows nothing else."""
    from fr_bench.records import Failure

    failed = [(i, answer) for i, answer in zip(ids, answers, strict=True) if isinstance(answer, Failure)]
    if not failed:
        return []
    sample, first = failed[0]
    text = f"the first, {shown(repr(sample))}: {first.reason}, {shown(first.detail)}"
    if len(failed) == len(ids):
        name = shown(recognizer.name)
        raise DataError(f"{name} gives no template for any of the {len(ids)} images tried; {text}", code="no_templates")
    text = f"{len(failed)} of {len(ids)} images tried give no template; {text}."
    return [Note(level="warning", code="trial_failures", text=text)]
