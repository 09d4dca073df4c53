"""How numbers are written, in one place, for the terminal, Markdown and HTML.

- A rate of at least 0.0001 is a percentage, a smaller one is scientific: `0.0123 %`, `4.20e-5`.
- A value, its bound and the limits of its interval are one row: one notation, equally many decimals (`Digits`).
- Rounding never makes a rate 0 or 100 % that is neither. A lower limit rounds down, an upper one up.
- No errors are never "0 %": `<= 0.13 %`, an end of the two-sided interval, is what they prove; without an interval the
  counts stand for themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from fr_bench.findings import Interval, Measurement, Proportion, Threshold
from fr_bench.numerals import grouped as grouped
from fr_bench.numerals import short as short
from fr_bench.reports.wording import Wording

SCIENTIFIC_BELOW = 1e-4
MOST_PLACES = 4
RATES = ("FMR", "FNMR")


@dataclass(frozen=True, slots=True)
class Digits:
    """How the rates of one row are written: as percentages with `places` decimals, or all scientific (None)."""

    places: int | None

    @property
    def unit(self) -> str:
        """What stands behind a rate, or behind the bracket of an interval."""
        return "" if self.places is None else " %"

    def write(self, rate: float, rounding: str = ROUND_HALF_EVEN) -> str:
        """A rate without its unit; 0 and 1 are exact and have no decimals."""
        if rate in (0.0, 1.0):
            return f"{rate:g}" if self.places is None else f"{rate * 100:.0f}"
        if self.places is None:
            return scientific(rate, 3, rounding)
        return str(_rounded(rate * 100, self.places, rounding))


def digits(rate: float, interval: Interval | None = None) -> Digits:
    """What a rate and its interval need: three digits of the rate, two of the lower limit, at most four decimals.

    >>> digits(0.1234), digits(0.00123), digits(0.0000421)
    (Digits(places=2), Digits(places=3), Digits(places=None))
    >>> digits(0.000556, Interval(0.000014, 0.0031, 0.95, "clopper-pearson", "comparison"))
    Digits(places=4)
    """
    low, high = (interval.low, interval.high) if interval else (0.0, rate)
    leading = rate or high
    if 0 < leading < SCIENTIFIC_BELOW or 0 < low * 100 < 10**-MOST_PLACES:
        return Digits(None)
    below = 2 if low == 0 else min(MOST_PLACES, max(2, 1 - math.floor(math.log10(low * 100))))
    return Digits(max(below, _percent_places(leading * 100)))


def proportion(rate: float, rounding: str = ROUND_HALF_EVEN) -> str:
    """A rate by itself: a percentage, or scientific when small.

    >>> proportion(0.1234), proportion(0.000556), proportion(0.0000421), proportion(0.999996), proportion(0.0)
    ('12.34 %', '0.0556 %', '4.21e-5', '99.99960 %', '0 %')
    """
    row = digits(rate)
    return row.write(rate, rounding) + row.unit


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
        return 4 if 0 < percent < 0.1 else 3
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
    return short(value, 5)


def threshold(value: Threshold | None, say: Wording) -> str:
    """A threshold with six significant digits; `result.json` has all of them."""
    if value is None:
        return ""
    return say("numbers.reject_all") if isinstance(value, str) else short(value, 6)


def ends(interval: Interval, value: float, unit: str) -> tuple[str, str]:
    """Both limits of an interval, each with its unit, rounded outwards, in the digits of the value that it belongs to.

    >>> ends(Interval(0.00117, 0.00342, 0.95, "clopper-pearson", "comparison"), 0.002, "proportion")
    ('0.117 %', '0.342 %')
    """
    low, high, sign = _ends(interval, value, unit)
    return f"{low}{sign}", f"{high}{sign}"


def limits(interval: Interval, value: float, unit: str) -> str:
    """Both limits of an interval, rounded outwards, in the digits of the value that it belongs to.

    >>> limits(Interval(0.00117, 0.00342, 0.95, "clopper-pearson", "comparison"), 0.002, "proportion")
    '[0.117, 0.342] %'
    >>> limits(Interval(0.0, 4.2e-5, 0.95, "clopper-pearson", "comparison"), 0.0, "proportion")
    '[0, 4.20e-5]'
    """
    low, high, sign = _ends(interval, value, unit)
    return f"[{low}, {high}]{sign}"


def _ends(interval: Interval, value: float, unit: str) -> tuple[str, str, str]:
    if unit != "proportion":
        return number(interval.low), number(interval.high), ""
    row = digits(value, interval)
    return row.write(interval.low, ROUND_FLOOR), row.write(interval.high, ROUND_CEILING), row.unit


def interval_lines(measurement: Measurement, say: Wording) -> list[str]:
    """What stands in the column of intervals: the limits; that no errors have no bound, and why; or a dash."""
    if measurement.interval is not None and measurement.value is not None:
        return [limits(measurement.interval, measurement.value, measurement.unit)]
    if measurement.value != 0.0 or measurement.unit != "proportion" or not without_errors(measurement):
        return ["-"]
    why = [f"{say('numbers.extreme')}:"] if "extreme_value" in measurement.labels else []
    return [*why, say("numbers.no_bound")]


def attained(measurement: Measurement, say: Wording) -> str:
    """The other error rate at the threshold of a value, such as "FMR 0.0999 %"; counts where it has no error."""
    if measurement.at is None:
        return ""
    rate = measurement.at.rate
    shown = proportion(rate) if rate else counted(measurement.at, say)
    return f"{other_rate(measurement.measure)} {shown}".strip()


def other_rate(measure: str) -> str:
    """The error rate that a measure is not: what is attained at its threshold.

    >>> other_rate("FNMR@FMR=1e-3"), other_rate("ZeroFMR"), other_rate("FMR@FNMR=0.01"), other_rate("BPCER20")
    ('FMR', 'FMR', 'FNMR', 'APCER')
    >>> other_rate("FNIR@FPIR=1e-2,rank=1")
    'FPIR'
    """
    if measure.startswith("FNIR"):
        return "FPIR"
    if measure.startswith("BPCER"):
        return "APCER"
    if measure.startswith(("FNMR", "ZeroFMR")) or measure[3:].isdigit():
        return "FMR"
    return "FNMR" if measure.startswith(("FMR", "ZeroFNMR")) else ""


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
    return name.upper() if name in ("fmr", "fnmr", "fpir", "fnir", "frr", "iapar") else name.replace("_", " ")


def count_lines(measurement: Measurement, say: Wording) -> list[str]:
    """The counts behind a value, one line for each proportion that it is made of; [] for a measure without counts.

    Many parts, such as the folds of an accuracy, are added up in one line; FMR and FNMR of groups in one line each.
    """
    parts = fractions(measurement.details)
    if measurement.counts is not None:
        lines = [counted(measurement.counts, say)]
    elif len(parts) > 3:
        rates = {name.partition(" ")[0] for name in parts}
        if rates == {"FMR", "FNMR"}:
            apart = {rate: [part for name, part in parts.items() if name.startswith(f"{rate} ")] for rate in RATES}
            return [f"{rate} {_added(some, say)}" for rate, some in apart.items()]
        lines = [_added(list(parts.values()), say)]
    else:
        return [f"{name} {counted(part, say)}" for name, part in parts.items()]
    return [say("numbers.correct", counts=lines[0])] if _counts_successes(measurement) else lines


def _added(parts: Sequence[Proportion], say: Wording) -> str:
    total = Proportion(sum(part.errors for part in parts), sum(part.trials for part in parts))
    return say("numbers.in_parts", counts=counted(total, say), parts=len(parts))


def _counts_successes(measurement: Measurement) -> bool:
    """Whether the counts behind a value are of what went right: an accuracy counts correct decisions."""
    counts, value_ = measurement.counts, measurement.value
    if measurement.better != "higher" or value_ is None:
        return False
    if counts is None:
        return all(name.endswith("correct") for name in fractions(measurement.details))
    return counts.rate is not None and abs(counts.rate - value_) < abs(1 - counts.rate - value_)


def value(measurement: Measurement, say: Wording, *, level_shown: bool = True) -> str:
    """What was measured, in a few characters; "not measurable" where there is no value (the reason stands apart),
    or what is certain of it.

    level_shown   False where the level of a bound stands elsewhere, such as below the table
    """
    if measurement.value is None:
        return bracket(measurement, say) or say("numbers.not_measurable")
    if measurement.unit != "proportion":
        return number(measurement.value)
    if measurement.value in (0.0, 1.0) and without_errors(measurement):
        return _bound(measurement, say, level_shown)
    row = digits(measurement.value, measurement.interval)
    return row.write(measurement.value) + row.unit


def bracket(measurement: Measurement, say: Wording) -> str:
    """What is certain of a value that is not measurable, rounded outwards; "" where nothing is.

    >>> from fr_bench.reports.wording import wording
    >>> found = Measurement(measure="EER", version=1, unit="proportion", better="lower", value=None, reason="not kept",
    ...                     details={"bracket_low": 0.01234, "bracket_high": 0.0567})
    >>> bracket(found, wording("en"))
    'between 1.23 % and 5.67 %'
    """
    if measurement.bracket is None:
        return ""
    low, high = measurement.bracket
    if low == high:
        return say("numbers.bracket_exact", low=proportion(low) if measurement.unit == "proportion" else number(low))
    if measurement.unit != "proportion":
        return say("numbers.bracket", low=number(low), high=number(high))
    return say("numbers.bracket", low=proportion(low, ROUND_FLOOR), high=proportion(high, ROUND_CEILING))


def without_errors(measurement: Measurement) -> bool:
    """Whether not one error was counted behind the value, so that only a bound is known."""
    if _counts_successes(measurement):
        counts = measurement.counts
        return counts is not None and counts.errors == counts.trials > 0
    parts = [measurement.counts] if measurement.counts else list(fractions(measurement.details).values())
    return bool(parts) and all(part.errors == 0 for part in parts)


def _bound(measurement: Measurement, say: Wording, level_shown: bool) -> str:
    interval = measurement.interval
    if interval is None:
        return (count_lines(measurement, say) if measurement.counts else [say("numbers.no_errors")])[0]
    told = f" ({say('numbers.end', level=level(interval))})" if level_shown else ""
    low, high = ends(interval, measurement.value or 0.0, measurement.unit)
    return f"<= {high}{told}" if measurement.value == 0.0 else f">= {low}{told}"
