"""What a run took: seconds of templates and of comparisons, outside of all that it promises to repeat."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fr_bench import measuring
from fr_bench.findings import Measurement, Result
from fr_bench.known_measures import resolve
from fr_bench.numerals import grouped, many, short
from fr_bench.progress import Observer
from fr_bench.records import Scores, ScoreSet, TemplateCost, TemplateSet

EACH = "template_seconds"
"""The part of a template set's timing that has an entry for each template made now."""
ASKED = (
    "template-bytes",
    *(f"{what}@quantile={share}" for what in ("template-time", "comparison-time") for share in ("0.5", "0.95", "0.99")),
)  # fmt: skip


Batch = tuple[float, int]
"""Wall seconds that a batch of comparisons took, and how many they were."""
COMPARISONS = "comparison-time@"
MEAN = "comparison-time-mean"
"""Seconds of a comparison over all batches: told besides the quantiles, and in place of those that lack batches."""


class Stopwatch:
    """An observer that times the comparisons of a run by what they report, and passes everything on."""

    def __init__(self, observer: Observer) -> None:
        self.observer, self.batches = observer, list[Batch]()
        self.timed, self.last = False, 0.0

    def start(self, phase: str, total: int, unit: str) -> None:
        self.timed, self.last = phase == "comparisons", time.perf_counter()
        self.observer.start(phase, total, unit)

    def advance(self, done: int) -> None:
        now = time.perf_counter()
        if self.timed and done:
            self.batches.append((now - self.last, done))
        self.last = now
        self.observer.advance(done)

    def finish(self) -> None:
        self.observer.finish()


def cost_of(templates: TemplateSet, batches: Sequence[Batch] = ()) -> TemplateCost:
    """The cost of templates, and of comparisons where batches of them were timed."""
    return TemplateCost(
        template_bytes=templates.vectors.shape[1] * templates.vectors.itemsize,
        template_seconds=np.array(templates.timing.get(EACH, ()), dtype=np.float64),
        comparison_seconds=np.array([seconds / count for seconds, count in batches], dtype=np.float64),
    )


def totals(templates: TemplateSet) -> dict[str, Any]:
    """Seconds and counts by stage, without the entries of each template."""
    return {name: value for name, value in templates.timing.items() if name != EACH}


def told(templates: TemplateSet, batches: Sequence[Batch]) -> Mapping[str, float | int | str]:
    """The measures of cost that can be answered, by their texts, and how many templates and comparisons were timed.

    Where too few batches of comparisons were timed for a quantile, their mean stands alone, and a note says why.
    """
    cost = cost_of(templates, batches)
    nothing = Scores(values=np.zeros(0))
    empty = ScoreSet(mated=nothing, nonmated=nothing, mated_planned=0, nonmated_planned=0)
    asked = measuring.measure(empty, ASKED, cost=cost)
    found: dict[str, float | int | str] = {one.measure: one.value for one in asked if one.value is not None}
    if batches:
        found[MEAN] = math.fsum(seconds for seconds, _ in batches) / sum(count for _, count in batches)
        missing = [one.measure for one in asked if one.value is None and one.measure.startswith(COMPARISONS)]
        if missing:
            found["comparison-time-note"] = (
                f"{many(len(batches), 'batch', 'batches')} of comparisons timed, too few for {', '.join(missing)}: the "
                "mean of all comparisons stands for them"
            )
    return {
        **found,
        "templates_timed": len(cost.template_seconds),
        "batches_of_comparisons_timed": len(batches),
        "comparisons_timed": sum(count for _, count in batches),
    }


def as_timed(text: str, result: Result) -> Measurement:
    """A measure of cost as a run has timed it beside its figures; without a value, and with the reason, otherwise."""
    asked, kind = resolve(text)
    text, timed = str(asked), timing_of(result)
    value = timed.get(text)
    if value is None and text == "template-bytes" and result.recognizer is not None:
        # Templates are stored as float32.
        value = 4 * result.recognizer.dimension
    number = float(value) if isinstance(value, int | float) else None
    known = number is not None
    return Measurement(
        measure=text,
        version=kind.version,
        unit=kind.unit,
        better=kind.better,
        value=number,
        reason=None if known else _missing(text, timed),
        no_interval="what was counted or timed once has no interval" if known else "there is no value",
        labels=() if known else ("not_measurable",),
        details={"unit": "bytes" if text == "template-bytes" else "seconds"},
    )


def timing_of(result: Result) -> Mapping[str, Any]:
    """What a run tells of its times, by the texts of their measures."""
    found = result.timing.get("cost")
    return found if isinstance(found, Mapping) else {}


def _missing(text: str, timed: Mapping[str, Any]) -> str:
    if text == "template-bytes":
        return "the size of a template is not known"
    templates = text.startswith("template")
    what = "templates" if templates else "batches of comparisons"
    count = timed.get("templates_timed" if templates else "batches_of_comparisons_timed", 0)
    if not count:
        again = (
            "a run without the cache (--no-cache) times them" if templates else "a run that compares anew times them"
        )
        return f"no {what} were timed: {again}"
    mean = timed.get(MEAN)
    more = "" if templates or not isinstance(mean, float) else f"; a comparison took {short(mean, 3)} s on average"
    return f"too few {what} were timed for this quantile: {grouped(int(count))}{more}"
