"""What templates and comparisons took, out of the record of a run: beside its figures, as no run repeats them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fr_bench.findings import Measurement, Result
from fr_bench.known_measures import resolve
from fr_bench.numerals import grouped, short
from fr_bench.reports import numbers
from fr_bench.reports.wording import Wording

UNITS = ("bytes", "seconds")
TEMPLATE = "template-time@quantile={}"
COMPARISON = "comparison-time@quantile={}"


def measured(text: str, result: Result) -> Measurement:
    """A measure of cost as the run has timed it; without a value, and with the reason, where it has not."""
    kind, told = resolve(text)[1], _told(result)
    value = told.get(text)
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
        reason=None if known else _missing(text, told),
        no_interval="what was counted or timed once has no interval" if known else "there is no value",
        labels=() if known else ("not_measurable",),
        details={"unit": "bytes" if text == "template-bytes" else "seconds"},
    )


def written(found: Measurement, say: Wording) -> str:
    """A value with the unit that it is counted or timed in."""
    value, unit = numbers.value(found, say), found.details.get("unit")
    return f"{value} {say(f'certify.unit_{unit}')}" if unit in UNITS and found.value is not None else value


def spoken(form: str, result: Result) -> str | None:
    """Median and 95 % quantile of a time, with how many were timed; None where nothing was.

    form   TEMPLATE or COMPARISON
    """
    told = _told(result)
    median, most = (told.get(form.format(share)) for share in ("0.5", "0.95"))
    if not isinstance(median, int | float):
        return None
    count = told.get("templates_timed" if form == TEMPLATE else "batches_of_comparisons_timed", 0)
    tail = f", p95 {short(float(most), 3)} s" if isinstance(most, int | float) else ""
    return f"p50 {short(float(median), 3)} s{tail} (n = {grouped(int(count))})"


def _told(result: Result) -> Mapping[str, Any]:
    found = result.timing.get("cost")
    return found if isinstance(found, Mapping) else {}


def _missing(text: str, told: Mapping[str, Any]) -> str:
    what = "templates" if text.startswith("template") else "batches of comparisons"
    timed = told.get("templates_timed" if what == "templates" else "batches_of_comparisons_timed", 0)
    if timed:
        return f"too few {what} were timed for this quantile: {grouped(int(timed))}"
    return f"no {what} were timed: a run on an empty cache times them"
