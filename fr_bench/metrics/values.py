"""How a measure hands over what it counted: a measurement still without interval.

`fr_bench.measuring` adds the interval, the labels that hold for every measure, and the version of the definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from fr_bench.findings import Measure, Measurement, Proportion, Threshold
from fr_bench.metrics.scores import NotMeasurable


def rate(
    measure: Measure,
    counts: Proportion,
    *,
    threshold: Threshold | None = None,
    at: Proportion | None = None,
    labels: tuple[str, ...] = (),
    details: Mapping[str, Any] | None = None,
) -> Measurement:
    """A counted rate, lower is better. Raises NotMeasurable where nothing was tried."""
    if not counts.trials:
        raise NotMeasurable("nothing was tried: 0 of 0 is no rate")
    return number(
        measure,
        counts.rate,
        unit="proportion",
        better="lower",
        counts=counts,
        threshold=threshold,
        at=at,
        labels=labels,
        details=details,
    )


def composed(
    measure: Measure,
    value: float,
    *,
    fractions: Mapping[str, Proportion],
    threshold: Threshold | None = None,
    labels: tuple[str, ...] = (),
    details: Mapping[str, Any] | None = None,
) -> Measurement:
    """A proportion made of several counts, each under its name."""
    counted = {name: [counts.errors, counts.trials] for name, counts in fractions.items()}
    return number(
        measure,
        value,
        unit="proportion",
        better="lower",
        threshold=threshold,
        labels=labels,
        details={**(details or {}), "fractions": counted},
    )


def number(
    measure: Measure,
    value: float | None,
    *,
    unit: str = "number",
    better: Literal["lower", "higher", "neither"] = "neither",
    details: Mapping[str, Any] | None = None,
    **more: Any,
) -> Measurement:
    """A measure of any unit, by default one that is no rate; `more` as in `Measurement`."""
    return Measurement(
        measure=str(measure), version=1, unit=unit, better=better, value=value, details=details or {}, **more
    )  # fmt: skip
