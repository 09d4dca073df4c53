"""How numbers are written, in one place, for the terminal, Markdown and HTML.

- A rate of at least 0.001 is a percentage, a smaller one is scientific: `0.123 %`, `4.20e-5`.
- Rounding never makes a rate 0 or 100 % that is neither. A lower limit rounds down, an upper one up.
- No errors are never "0 %": `<= 1.3e-3 (95 %)` is what they prove; without an interval the counts stand for themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from fr_bench.findings import Interval, Measurement, Proportion, Threshold
from fr_bench.reports.wording import Wording

SCIENTIFIC_BELOW = 1e-3


def grouped(count: int) -> str:
    """A count in groups of three digits.

    >>> grouped(87307271)
    '87 307 271'
    """
    return f"{count:,}".replace(",", " ")


def proportion(rate: float, rounding: str = ROUND_HALF_EVEN) -> str:
    """A rate as a percentage, or scientific when small.

    >>> proportion(0.1234), proportion(0.00123), proportion(0.0000421), proportion(0.999996), proportion(0.0)
    ('12.34 %', '0.123 %', '4.21e-5', '99.99960 %', '0 %')
    """
    if rate in (0.0, 1.0):
        return f"{rate:.0%}".replace("%", " %")
    if abs(rate) < SCIENTIFIC_BELOW:
        return scientific(rate, 3, rounding)
    return f"{_rounded(rate * 100, _percent_places(rate * 100), rounding)} %"


def scientific(value: float, digits: int, rounding: str = ROUND_HALF_EVEN) -> str:
    """A number with `digits` significant digits and an exponent.

    >>> scientific(9.98e-4, 2, ROUND_CEILING)
    '1.0e-3'
    """
    if value == 0:
        return "0"
    exact = Decimal(repr(value))
    mantissa = round_to(exact.scaleb(-exact.adjusted()), digits - 1, rounding)
    exponent = exact.adjusted()
    if abs(mantissa) >= 10:
        mantissa, exponent = round_to(mantissa / 10, digits - 1, rounding), exponent + 1
    return f"{mantissa}e{exponent}"


def round_to(value: Decimal, places: int, rounding: str) -> Decimal:
    """The value with `places` decimals."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=rounding)


def _rounded(value: float, places: int, rounding: str) -> Decimal:
    # repr of the product may carry one more digit than was meant (0.29*100): 12 decimals are the meaning
    return round_to(Decimal(repr(round(value, 12))), places, rounding)


def _percent_places(percent: float) -> int:
    if percent < 1:
        return 3
    if percent <= 99:
        return 2
    return max(2, 1 - math.floor(math.log10(100 - percent))) if percent < 100 else 2


def number(value: float) -> str:
    """A number that is no rate, such as AUC or d': five significant digits, more where they would round to 1.

    >>> number(3.14159265), number(0.99999713)
    ('3.1416', '0.9999971')
    """
    if 0.99 < value < 1:
        return f"{value:.{max(5, 1 - math.floor(math.log10(1 - value)))}f}"
    return f"{value:.5g}"


def threshold(value: Threshold | None, say: Wording) -> str:
    """A threshold with six significant digits; `result.json` has all of them."""
    if value is None:
        return ""
    return say("numbers.reject_all") if isinstance(value, str) else f"{value:.6g}"


def limits(interval: Interval, unit: str) -> str:
    """Both limits of an interval, rounded outwards.

    >>> limits(Interval(0.00117, 0.00342, 0.95, "clopper-pearson", "comparison"), "proportion")
    '[0.117, 0.342] %'
    >>> limits(Interval(0.0, 4.2e-5, 0.95, "clopper-pearson", "comparison"), "proportion")
    '[0, 4.20e-5]'
    """
    low, high = interval.low, interval.high
    if unit != "proportion":
        return f"[{number(low)}, {number(high)}]"
    if high < SCIENTIFIC_BELOW or 0 < low < 1e-5:
        return f"[{scientific(low, 3, ROUND_FLOOR)}, {scientific(high, 3, ROUND_CEILING)}]"
    places = min(_percent_places(high * 100), 3) if low > 0.1 else 3 if low < 0.01 else 2
    return f"[{_limit(low, places, ROUND_FLOOR)}, {_limit(high, places, ROUND_CEILING)}] %"


def _limit(rate: float, places: int, rounding: str) -> str:
    return f"{rate * 100:.0f}" if rate in (0.0, 1.0) else str(_rounded(rate * 100, places, rounding))


def level(interval: Interval) -> str:
    """The nominal confidence.

    >>> level(Interval(0.1, 0.2, 0.95, "m", "u")), level(Interval(0.1, 0.2, 0.995, "m", "u"))
    ('95 %', '99.5 %')
    """
    return f"{round(interval.level * 100, 6):g} %"


def counted(proportion_: Proportion, say: Wording) -> str:
    """Errors of trials, such as "3 of 1 200"."""
    return say("numbers.of", errors=grouped(proportion_.errors), trials=grouped(proportion_.trials))


def fractions(details: Mapping[str, Any]) -> dict[str, Proportion]:
    """The counts of a rate that is made of several, by name: {"FMR": ..., "FNMR": ...}, {"fold 1 correct": ...}."""
    found = details.get("fractions")
    return {_part_name(str(k)): Proportion(*v) for k, v in found.items()} if isinstance(found, Mapping) else {}


def _part_name(name: str) -> str:
    return name.upper() if name in ("fmr", "fnmr", "fpir", "fnir") else name.replace("_", " ")


def count_lines(measurement: Measurement, say: Wording) -> list[str]:
    """The counts behind a value, one line for each proportion that it is made of; [] for a measure without counts.

    Many parts, such as the folds of an accuracy, are added up in one line.
    """
    parts = fractions(measurement.details)
    if measurement.counts is not None:
        lines = [counted(measurement.counts, say)]
    elif len(parts) > 3:
        total = Proportion(sum(p.errors for p in parts.values()), sum(p.trials for p in parts.values()))
        lines = [say("numbers.in_parts", counts=counted(total, say), parts=len(parts))]
    else:
        return [f"{name} {counted(part, say)}" for name, part in parts.items()]
    return [say("numbers.correct", counts=lines[0])] if _counts_successes(measurement) else lines


def _counts_successes(measurement: Measurement) -> bool:
    """Whether the counts behind a value are of what went right: an accuracy counts correct decisions."""
    counts, value_ = measurement.counts, measurement.value
    if measurement.better != "higher" or value_ is None:
        return False
    return counts is None or (counts.rate is not None and abs(counts.rate - value_) < abs(1 - counts.rate - value_))


def value(measurement: Measurement, say: Wording, *, level_shown: bool = True) -> str:
    """What was measured, in a few characters; "not measurable" where there is no value (the reason stands apart).

    level_shown   False where the level of a bound stands elsewhere, such as below the table
    """
    if measurement.value is None:
        return say("numbers.not_measurable")
    if measurement.unit != "proportion":
        return number(measurement.value)
    if measurement.value in (0.0, 1.0) and without_errors(measurement):
        return _bound(measurement, say, level_shown)
    return proportion(measurement.value)


def without_errors(measurement: Measurement) -> bool:
    """Whether not one error was counted behind the value, so that only a bound is known."""
    if _counts_successes(measurement):
        return False
    parts = [measurement.counts] if measurement.counts else list(fractions(measurement.details).values())
    return bool(parts) and all(part.errors == 0 for part in parts)


def _bound(measurement: Measurement, say: Wording, level_shown: bool) -> str:
    interval = measurement.interval
    if interval is None:
        return (count_lines(measurement, say) if measurement.counts else [say("numbers.no_errors")])[0]
    told = f" ({level(interval)})" if level_shown else ""
    if measurement.value == 0.0:
        return f"<= {bound(interval.high)}{told}"
    return f">= {proportion(interval.low, ROUND_FLOOR)}{told}"


def bound(high: float) -> str:
    """An upper limit by itself, rounded up to the digits that the interval beside it shows.

    >>> bound(0.0012289), bound(0.0361)
    ('0.123 %', '3.61 %')
    """
    return proportion(high, ROUND_CEILING)
