"""What templates and comparisons took, out of the record of a run: beside its figures, as no run repeats them."""

from __future__ import annotations

from fr_bench.costing import MEAN, as_timed, timing_of
from fr_bench.findings import Measurement, Result
from fr_bench.numerals import grouped, short
from fr_bench.reports import numbers
from fr_bench.reports.wording import Wording

UNITS = ("bytes", "seconds")
TEMPLATE = "template-time@quantile={}"
COMPARISON = "comparison-time@quantile={}"


measured = as_timed
"""A measure of cost as the run has timed it."""


def written(found: Measurement, say: Wording) -> str:
    """A value with the unit that it is counted or timed in."""
    value, unit = numbers.value(found, say), found.details.get("unit")
    return f"{value} {say(f'certify.unit_{unit}')}" if unit in UNITS and found.value is not None else value


def spoken(form: str, result: Result) -> str | None:
    """Median and 95 % quantile of a time, with how many were timed; None where nothing was.

    The mean of comparisons where too few batches of them were timed for a median.

    form   TEMPLATE or COMPARISON
    """
    told = timing_of(result)
    mean = told.get(MEAN)
    median, most = (told.get(form.format(share)) for share in ("0.5", "0.95"))
    if not isinstance(median, int | float):
        if form == TEMPLATE or not isinstance(mean, int | float):
            return None
        return f"mean {short(float(mean), 3)} s (n = {grouped(int(told.get('comparisons_timed', 0)))})"
    count = told.get("templates_timed" if form == TEMPLATE else "batches_of_comparisons_timed", 0)
    tail = f", p95 {short(float(most), 3)} s" if isinstance(most, int | float) else ""
    return f"p50 {short(float(median), 3)} s{tail} (n = {grouped(int(count))})"
