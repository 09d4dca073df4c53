"""The interval of a weighted sum of two rates, made from the interval of each: detection costs and HTER.

Each rate has an interval of its own that is exact where errors are few. Their limits are combined as variances would
be: the distance from the sum to its limit is the root of the sum of squared distances of the parts, plus what their
correlation adds (method of variance estimates recovery, MOVER). A sum without errors so has an upper limit above 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fr_bench.findings import Interval

METHOD = "mover"


@dataclass(frozen=True, slots=True)
class Part:
    """One rate of the sum: its weight above 0, its value, and its limits at the level of the sum's interval."""

    weight: float
    value: float
    low: float
    high: float


def weighed_sum(first: Part, second: Part, *, correlation: float, level: float, unit: str) -> Interval:
    """The interval of first.weight * first.value + second.weight * second.value.

    correlation   between the errors of both estimates. Below 0 it would narrow the interval on the word of an estimate:
                  then 0 is taken

    Source: Zou and Donner (2008), construction of confidence limits about effect measures.

    >>> half = Part(0.5, 0.02, 0.01, 0.04)
    >>> found = weighed_sum(half, half, correlation=1.0, level=0.95, unit="subject")
    >>> round(found.low, 9), round(found.high, 9)
    (0.01, 0.04)
    """
    shared = min(max(correlation, 0.0), 1.0)
    value = first.weight * first.value + second.weight * second.value
    below = _distance(first.weight * (first.value - first.low), second.weight * (second.value - second.low), shared)
    above = _distance(first.weight * (first.high - first.value), second.weight * (second.high - second.value), shared)
    most = first.weight + second.weight
    return Interval(max(0.0, value - below), max(value, min(most, value + above)), level, METHOD, unit)


def _distance(a: float, b: float, correlation: float) -> float:
    return math.sqrt(max(0.0, a * a + b * b + 2 * correlation * a * b))
