"""What a recognizer costs: bytes of a template, seconds of a template and of a comparison, as quantiles.

A quantile is a value that was measured: the smallest one with at least the share q of all values at or below it. Times
hang on the machine and on what else it does, so they are no part of what a run promises to repeat.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.contracts import MeasureKind
from fr_bench.findings import Measure, Measurement
from fr_bench.metrics import parameters
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.metrics.values import number
from fr_bench.numerals import grouped
from fr_bench.records import TemplateCost

QUANTILES = ("0.5", "0.95", "0.99")
"""The median, and what all but one in twenty and one in a hundred are below."""


def quantile(values: NDArray[np.float64], share: Fraction) -> float:
    """The smallest value with at least a share of all values at or below it.

    Raises NotMeasurable where no value is expected above it: of 50 values the 99 % quantile would be the largest,
    whatever that happens to be.

    >>> quantile(np.array([3.0, 1.0, 2.0, 4.0]), Fraction(1, 2))
    2.0
    """
    least = math.ceil(1 / (1 - share))
    if len(values) < least:
        raise NotMeasurable(
            f"the {float(share * 100):g} % quantile needs at least {grouped(least)} timed values, and "
            f"{grouped(len(values))} were timed",
            code="too_few_timed",
        )
    place = math.ceil(share * len(values)) - 1
    return float(np.partition(values, place)[place])


def _given(cost: TemplateCost | None) -> TemplateCost:
    if cost is None:
        raise NotMeasurable("scores hold neither times nor the size of templates", code="no_cost")
    return cost


def _seconds(measure: Measure, values: NDArray[np.float64], what: str, *, beside: bool) -> Measurement:
    if beside:
        raise NotMeasurable(
            "a time is another one in each run, so it is no figure of a run: result.json holds it under timing.cost, "
            "where frbench gate reads it",
            code="told_beside",
        )
    if not len(values):
        raise NotMeasurable(f"no {what} was timed", code="not_timed")
    found = quantile(values, parameters.target(measure, "quantile"))
    details: dict[str, Any] = {"timed": len(values), "unit": "seconds", "total": math.fsum(values)}
    return number(measure, found, details=details)


def _template_time(cost: TemplateCost | None, measure: Measure) -> Measurement:
    known = _given(cost)
    return _seconds(measure, known.template_seconds, "template", beside=known.told_beside)


def _comparison_time(cost: TemplateCost | None, measure: Measure) -> Measurement:
    known = _given(cost)
    return _seconds(measure, known.comparison_seconds, "batch of comparisons", beside=known.told_beside)


def _template_bytes(cost: TemplateCost | None, measure: Measure) -> Measurement:
    size = _given(cost).template_bytes
    if size is None:
        raise NotMeasurable("the size of a template is not known", code="no_cost")
    return number(measure, float(size), details={"unit": "bytes"})


_QUANTILE = (
    " The quantile q is the smallest measured value with at least the share q at or below it; nothing is interpolated. "
    "Times hang on the machine and its load: a run tells them under `timing.cost`, never among the figures that it "
    "promises to repeat."
)

MEASURES: tuple[MeasureKind, ...] = (
    MeasureKind(
        name="template-bytes",
        title="Size of a template",
        unit="number",
        better="lower",
        version=1,
        source="fr_bench: ISO/IEC 19795-1 asks for the size of templates to be reported, and defines no rate",
        example="template-bytes",
        formula="length of a template * bytes of one of its numbers",
        explanation="How many bytes a template takes as it is compared: 4 for each of its numbers.",
        needs="cost",
        compute=_template_bytes,
    ),
    MeasureKind(
        name="template-time@quantile",
        title="Seconds to make a template",
        unit="number",
        better="lower",
        version=1,
        source="fr_bench: ISO/IEC 19795-1 asks for computation times to be reported, and defines no rate",
        example="template-time@quantile=0.95",
        formula="smallest s with #{templates made in <= s seconds} >= q * templates made",
        explanation="How long a picture takes to become a template: reading, decoding, aligning, embedding. Templates "
        "from the cache are not among them. Of a batch each template has an equal share." + _QUANTILE,
        needs="cost",
        compute=_template_time,
        parameters=("quantile",),
    ),
    MeasureKind(
        name="comparison-time@quantile",
        title="Seconds to compare two templates",
        unit="number",
        better="lower",
        version=1,
        source="fr_bench: ISO/IEC 19795-1 asks for computation times to be reported, and defines no rate",
        example="comparison-time@quantile=0.95",
        formula="smallest s with #{batches with <= s seconds a comparison} >= q * batches",
        explanation="How long a comparison takes where many are made at once, as the mean of each batch that was "
        "timed." + _QUANTILE,
        needs="cost",
        compute=_comparison_time,
        parameters=("quantile",),
    ),
)
