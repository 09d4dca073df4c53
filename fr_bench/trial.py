"""What a run would do, and whether it would go well: a recognizer tried on a few images, before any long work.

`check` stands behind `frbench check`, `estimate` behind `frbench run --dry-run`. Nothing is kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fr_bench import known_measures
from fr_bench.contracts import Recognizer
from fr_bench.errors import DataError, RecognizerError, shown
from fr_bench.findings import Note, RecognizerSummary
from fr_bench.preparation import Prepared, keep_policy, load_recognizer, prepare, refuse_thresholds
from fr_bench.progress import Observer, Silent
from fr_bench.provenance import usable_cores
from fr_bench.runspec import RunSpec

if TYPE_CHECKING:
    from fr_bench.comparison.device import Device
    from fr_bench.comparison.keep import KeepPolicy

TRIED = 32
"""Images that a recognizer is tried on."""
TIMED = 3000, 6000, 12_000
"""Numbers of made-up templates that the engine is timed on, of up to 512 numbers; fewer where they are longer."""
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
    from fr_bench.comparison import device as devices

    with devices.opened(spec.run.device) as device:
        prepared = prepare(spec, observer or Silent())
        recognizer = load_recognizer(spec)
        refuse_thresholds(prepared.measures, recognizer, spec.where)
        facts = estimated(prepared, recognizer, try_recognizer(prepared, recognizer), device)
    if threads is not None:
        share = usable_cores() / max(1, threads)
        facts["seconds_for_comparisons"] = round(facts["seconds_for_comparisons"] * share, 1)
        facts["threads_of_the_cluster"] = threads
    return facts


def estimated(prepared: Prepared, recognizer: Recognizer, trial: Trial, device: Device | None = None) -> dict[str, Any]:
    """The counts of `estimate`, from what a trial of the recognizer has shown, and from trials on an open device."""
    from fr_bench.comparison.forecast import forecast

    policy, spec = keep_policy(prepared), prepared.spec
    samples = len(prepared.dataset.sample_ids)
    comparisons = prepared.plan.mated + prepared.plan.nonmated
    return {
        "dataset": prepared.dataset.name,
        "recognizer": recognizer.name,
        "subjects": len(set(prepared.dataset.subjects)),
        "samples": samples,
        "images_that_will_fail": prepared.failing,
        **forecast(
            prepared.plan,
            trial.dimension,
            policy,
            device=spec.run.device,
            full_pass=known_measures.look_below_floor(prepared.measures),
            draws=spec.intervals.draws,
            threads=spec.run.threads,
        ),
        "template_length": trial.dimension,
        "seconds_for_templates": round(trial.seconds_an_image * samples, 1),
        "seconds_for_comparisons": round(seconds_for(comparisons, trial.dimension, policy, device), 1),
    }


def seconds_for(comparisons: int, dimension: int, policy: KeepPolicy, device: Device | None = None) -> float:
    """How many seconds so many comparisons would take here, from made-up ones that the engine is timed on.

    A part of the time grows with the templates, the rest with the comparisons: small runs cost more a comparison. So
    the engine is timed on two sizes, and on a small one alone for a run that is no larger than they are.
    """
    smallest, *counts = [max(64, min(size, size * 512 // max(1, dimension))) for size in TIMED]
    made = [count * (count - 1) // 2 for count in counts]
    if comparisons <= made[0]:
        return _timed(smallest, dimension, policy, device) * comparisons / (smallest * (smallest - 1) // 2)
    short, long = (_timed(count, dimension, policy, device) for count in counts)
    # short = a * counts[0] + b * made[0], and long likewise: neither part is less than nothing.
    a_comparison = (long / counts[1] - short / counts[0]) / (made[1] / counts[1] - made[0] / counts[0])
    a_comparison = min(max(a_comparison, 0.0), long / made[1])
    a_template = (long - a_comparison * made[1]) / counts[1]
    templates = math.isqrt(2 * comparisons)
    return a_template * templates + a_comparison * comparisons


def _timed(count: int, dimension: int, policy: KeepPolicy, device: Device | None = None) -> float:
    """Seconds that the engine takes for all pairs of so many made-up templates, with a floor as the policy sets it."""
    import numpy as np

    from fr_bench.comparison import engine
    from fr_bench.comparison import plan as plans
    from fr_bench.records import ComparisonPlan, TemplateSet

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
    # Two samples of a subject are alike, as a recognizer's are: else nearly every score would lie above the floor.
    rng = np.random.Generator(np.random.PCG64(1))
    faces, noise = (rng.standard_normal((n, max(1, dimension))) for n in ((count + 1) // 2, count))
    vectors = faces[subject] + 0.7 * noise
    templates = TemplateSet(
        vectors=(vectors / np.sqrt((vectors**2).sum(axis=1, keepdims=True))).astype(np.float32),
        sample_ids=tuple(map(str, every.tolist())),
        failures={},
        comparison="cosine",
        recognizer=UNNAMED,
    )
    began = time.perf_counter()
    keep = replace(policy, everything_up_to=0, lowest=None)
    engine.score(plan, templates, tuple(map(str, subject.tolist())), keep=keep, device=device)
    return time.perf_counter() - began


def check(spec: RunSpec, observer: Observer | None = None) -> dict[str, Any]:
    """Everything that can be known before a run, for `frbench check`: `facts`, `notes`, number of `warnings`.

    Raises what the run would raise: a configuration, data or recognizer that cannot be used.
    """
    import shutil

    from fr_bench.comparison import device as devices

    with devices.opened(spec.run.device) as device:
        prepared = prepare(spec, observer or Silent())
        recognizer = load_recognizer(spec)
        refuse_thresholds(prepared.measures, recognizer, spec.where)
        trial = try_recognizer(prepared, recognizer)
        facts = estimated(prepared, recognizer, trial, device)
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
