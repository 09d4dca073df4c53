"""What a run took: seconds of templates and of comparisons, outside of all that it promises to repeat."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from fr_bench import measuring
from fr_bench.progress import Observer
from fr_bench.records import Scores, ScoreSet, TemplateCost, TemplateSet

EACH = "template_seconds"
"""The part of a template set's timing that has an entry for each template made now."""
ASKED = (
    "template-bytes",
    *(f"{what}@quantile={share}" for what in ("template-time", "comparison-time") for share in ("0.5", "0.95", "0.99")),
)  # fmt: skip


class Stopwatch:
    """An observer that times the comparisons of a run by what they report, and passes everything on."""

    def __init__(self, observer: Observer) -> None:
        self.observer, self.batches = observer, list[float]()
        self.timed, self.last = False, 0.0

    def start(self, phase: str, total: int, unit: str) -> None:
        self.timed, self.last = phase == "comparisons", time.perf_counter()
        self.observer.start(phase, total, unit)

    def advance(self, done: int) -> None:
        now = time.perf_counter()
        if self.timed and done:
            self.batches.append((now - self.last) / done)
        self.last = now
        self.observer.advance(done)

    def finish(self) -> None:
        self.observer.finish()


def cost_of(templates: TemplateSet, batches: list[float] | None = None) -> TemplateCost:
    """The cost of templates, and of comparisons where batches of them were timed."""
    return TemplateCost(
        template_bytes=templates.vectors.shape[1] * templates.vectors.itemsize,
        template_seconds=np.array(templates.timing.get(EACH, ()), dtype=np.float64),
        comparison_seconds=np.array(batches or (), dtype=np.float64),
    )


def totals(templates: TemplateSet) -> dict[str, Any]:
    """Seconds and counts by stage, without the entries of each template."""
    return {name: value for name, value in templates.timing.items() if name != EACH}


def told(cost: TemplateCost) -> Mapping[str, float | int]:
    """The measures of cost that can be answered, by their texts, and how many templates and batches were timed."""
    nothing = Scores(values=np.zeros(0))
    empty = ScoreSet(mated=nothing, nonmated=nothing, mated_planned=0, nonmated_planned=0)
    found = {one.measure: one.value for one in measuring.measure(empty, ASKED, cost=cost) if one.value is not None}
    return {
        **found,
        "templates_timed": len(cost.template_seconds),
        "batches_of_comparisons_timed": len(cost.comparison_seconds),
    }
