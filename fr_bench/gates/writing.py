"""How a gate writes its figures: rates in per cent, limits rounded outwards, counts where no error was seen."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

from fr_bench.findings import Measurement
from fr_bench.numerals import grouped, short

Rounding = Literal["near", "up", "down"]
_ROUNDING = {"near": ROUND_HALF_EVEN, "up": ROUND_CEILING, "down": ROUND_FLOOR}
SMALL = 1e-5
"""Rates below are written with an exponent."""


def figure(value: float, unit: str, rounding: Rounding = "near", digits: int = 3) -> str:
    """A value in its unit; a limit is rounded so that it promises no more than was found.

    >>> figure(0.012345, "proportion"), figure(0.012345, "proportion", "up"), figure(3.2e-7, "proportion")
    ('1.23 %', '1.24 %', '3.2e-7')
    >>> figure(1.5, "number"), figure(-0.004, "proportion")
    ('1.5', '-0.4 %')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    percent = unit == "proportion" and abs(value) >= SMALL
    exact = Decimal(repr(value)) * (100 if percent else 1)
    rounded = Context(prec=digits, rounding=_ROUNDING[rounding]).plus(exact)
    text = short(float(rounded), digits + 1)
    return f"{text} %" if percent else text


def seen(found: Measurement) -> str:
    """What was measured, with its counts; without an error the counts alone.

    >>> from fr_bench.findings import Proportion
    >>> none = Measurement(measure="FMR@threshold=1", version=1, unit="proportion", better="lower", value=0.0,
    ...                    counts=Proportion(0, 12000))
    >>> seen(none)
    '0 of 12 000'
    """
    if found.bracket is not None:
        low, high = found.bracket
        return f"between {figure(low, found.unit, 'down')} and {figure(high, found.unit, 'up')}"
    if found.value is None:
        return "not measurable"
    counts = found.counts
    if counts is None:
        return figure(found.value, found.unit)
    of = f"{grouped(counts.errors)} of {grouped(counts.trials)}"
    return of if counts.errors == 0 else f"{figure(found.value, found.unit)} ({of})"


def confidence(level: float) -> str:
    """A confidence in per cent.

    >>> confidence(0.95), confidence(0.975)
    ('95 %', '97.5 %')
    """
    return f"{short(100 * level, 6)} %"


def joined(*parts: str) -> str:
    """The parts that say something."""
    return "; ".join(part for part in parts if part)
