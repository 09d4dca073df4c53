"""How a difference between two systems is written, for the terminal and the page alike.

A difference of rates is in percentage points, with its sign; of small rates scientific. All figures of one row have
equally many decimals. A verdict is a word; a point difference alone never is one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from fr_bench.findings import Analysis, Measurement
from fr_bench.numerals import grouped
from fr_bench.reports import numbers
from fr_bench.reports.wording import Wording, wording

KIND = "differences"
SCIENTIFIC_BELOW = 1e-5
"""A difference and its limits all below this are written with an exponent."""
MOST_PLACES = 4
REASONS = (
    "differences.alike", "differences.cancelled", "differences.same_counts", "differences.equal_draws",
    "differences.equal_subjects", "differences.one_subject", "differences.no_way", "differences.of_failures",
    "differences.not_drawn", "differences.not_reported", "differences.not_apart",
)  # fmt: skip
"""Reasons that a comparison gives by their sentence."""


@dataclass(frozen=True, slots=True)
class Written:
    """One row of the table of differences, every cell as text; "-" where there is nothing."""

    measure: str
    first: str
    second: str
    difference: str
    interval: str
    p: str
    detectable: str
    verdict: str
    tone: str


def written(row: Measurement, say: Wording) -> Written:
    """The cells of a difference."""
    details = row.details
    if row.value is None:
        blank = "-"
        return Written(
            row.measure, figure(row, "first", say), figure(row, "second", say), blank, blank, blank, blank,
            say("differences.not_compared"), "quiet",
        )  # fmt: skip
    form = Form.of(row)
    limits = row.interval
    detectable = details.get("minimum_detectable")
    word = str(details.get("verdict", ""))
    return Written(
        measure=row.measure,
        first=figure(row, "first", say),
        second=figure(row, "second", say),
        difference=form.signed(row.value) + form.unit(say),
        interval=form.limits(limits.low, limits.high) + form.unit(say) if limits is not None else bound(row, say),
        p=p_value(details.get("p_adjusted")),
        detectable=form.plain(detectable, ROUND_CEILING) + form.unit(say) if detectable is not None else "-",
        verdict=verdict(row, say),
        tone={"worse": "bad", "not worse": "good"}.get(word, "plain"),
    )


@dataclass(frozen=True, slots=True)
class Form:
    """How the figures of one row are written: times `factor`, with `places` decimals, or scientific (None)."""

    factor: int
    places: int | None

    @classmethod
    def of(cls, row: Measurement) -> Form:
        """What the narrowest of the row's figures needs: two digits of the interval's half width, or of the value."""
        limits = row.interval
        half = (limits.high - limits.low) / 2 if limits is not None else 0.0
        finest = half or abs(row.value or 0.0)
        if row.unit != "proportion":
            return cls(1, _places(finest, 5))
        if 0 < max(half, abs(row.value or 0.0)) < SCIENTIFIC_BELOW:
            return cls(1, None)
        return cls(100, _places(finest * 100, MOST_PLACES))

    def unit(self, say: Wording) -> str:
        """Percentage points, or nothing."""
        return f" {say('differences.points')}" if self.factor == 100 else ""

    def plain(self, value: float, rounding: str = ROUND_HALF_EVEN) -> str:
        """A figure without a sign of its own above 0."""
        if value == 0:
            return "0"
        if self.places is None:
            sign = "-" if value < 0 else ""
            turned = {ROUND_FLOOR: ROUND_CEILING, ROUND_CEILING: ROUND_FLOOR}.get(rounding, rounding)
            return sign + numbers.scientific(abs(value), 2, turned if value < 0 else rounding)
        exact = Decimal(repr(round(value * self.factor, 12)))
        return f"{numbers.round_to(exact, self.places, rounding):f}"

    def signed(self, value: float, rounding: str = ROUND_HALF_EVEN) -> str:
        """A figure with its sign; one that rounds to 0 has none."""
        text = self.plain(value, rounding)
        if not text.strip("-0."):
            return text.lstrip("-")
        return text if value < 0 else f"+{text}"

    def limits(self, low: float, high: float) -> str:
        """Both limits, rounded outwards."""
        return f"[{self.signed(low, ROUND_FLOOR)}, {self.signed(high, ROUND_CEILING)}]"


def _places(value: float, most: int) -> int:
    """Decimals that show two digits of a value."""
    return min(most, max(2, 1 - math.floor(math.log10(value)))) if value > 0 else 2


def figure(row: Measurement, side: str, say: Wording) -> str:
    """One system's own value in a row; the counts where it made no error."""
    known: Mapping[str, Any] = row.details.get(side, {})
    value = known.get("value")
    if value is None:
        return "-"
    counts = known.get("counts")
    if row.unit != "proportion":
        return numbers.number(value)
    if value == 0.0 and counts:
        return say("numbers.of", errors=grouped(counts[0]), trials=grouped(counts[1]))
    return numbers.proportion(value)


def bound(row: Measurement, say: Wording) -> str:
    """What is known of a difference without an interval: the largest that goes with no discordance seen, or a dash."""
    sober = row.details.get("sober_bound")
    if sober is None:
        return "-"
    places = numbers.proportion(float(sober), ROUND_CEILING).replace(" %", "")
    return say("differences.within", limit=f"{places} {say('differences.points')}")


def p_value(p: float | None) -> str:
    """A p value, never 0.

    >>> p_value(0.0421), p_value(0.00003), p_value(1.0), p_value(None)
    ('0.042', '< 0.0001', '1', '-')
    """
    if p is None:
        return "-"
    if p < 1e-4:
        return "< 0.0001"
    return "1" if p >= 0.9995 else f"{p:.2g}" if p >= 0.001 else f"{p:.4f}"


def verdict(row: Measurement, say: Wording) -> str:
    """The verdict in words; where nothing was decided differently, that."""
    if "no_discordance" in row.labels and row.details.get("verdict") == "inconclusive":
        return say("differences.none_seen")
    texts = {
        "worse": say("differences.worse"),
        "not worse": say("differences.not_worse"),
        "inconclusive": say("findings.inconclusive"),
    }
    return texts.get(str(row.details.get("verdict", "")), "-")


def why_not(row: Measurement, say: Wording) -> str:
    """Why a row has no difference, or a difference no interval, in the language; "" where it has both."""
    if row.value is not None and row.interval is not None:
        return ""
    text = (row.reason if row.value is None else row.no_interval) or ""
    english = wording("en")
    known = next((key for key in REASONS if english(key) == text), None)
    return say.no_interval(text) if known is None else say(known)


def reason_lines(rows: Iterable[Measurement], say: Wording) -> list[str]:
    """Why differences or intervals are missing, each reason once with the measures that it holds for."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if why := why_not(row, say):
            reasons.setdefault(why, []).append(row.measure)
    return [f"{', '.join(names)}: {why}" for why, names in reasons.items()]


def facts(found: Analysis, say: Wording) -> list[tuple[str, str]]:
    """What was compared: both systems, the comparisons, those left out, the method. Names and texts in order."""
    known = found.facts
    rows = [(letter, _system(known.get(side, {}))) for letter, side in (("A", "first"), ("B", "second"))]
    counts = {"mated": grouped(known["mated"]), "nonmated": grouped(known["nonmated"])}
    rows.append((say("differences.comparisons"), say("differences.made_by_both", **counts)))
    for letter, side in (("A", "first"), ("B", "second")):
        for key, text in (("left_out", "differences.left_out"), ("as_non_matches", "differences.as_non_matches")):
            mated, nonmated = known[key][side]
            if mated or nonmated:
                counts = {"mated": grouped(mated), "nonmated": grouped(nonmated)}
                rows.append((letter, say(text, **counts)))
    return rows


def _system(told: Mapping[str, Any]) -> str:
    recognizer = f"{told['recognizer']}, " if told.get("recognizer") else ""
    return f"{recognizer}{told.get('name', '')}"


def method_line(found: Analysis, say: Wording) -> str:
    """How intervals, p values and verdicts were made, in one sentence each."""
    known = found.facts
    return say(
        "differences.method",
        level=f"{known['level'] * 100:g} %",
        family=known["family"],
        alpha=f"{known['alpha'] * 100:g} %",
        power=f"{known['power'] * 100:g} %",
    )


def mcnemar_lines(rows: Iterable[Measurement], say: Wording) -> list[str]:
    """McNemar's test, where it was asked for, and the caution that goes with it."""
    lines = [
        say(
            "differences.mcnemar",
            measure=row.measure,
            first=grouped(row.details["discordant"][0]),
            second=grouped(row.details["discordant"][1]),
            exact=p_value(row.details["mcnemar"]["exact"]),
            mid=p_value(row.details["mcnemar"]["mid"]),
        )
        for row in rows
        if "mcnemar" in row.details
    ]
    return [*lines, say("differences.mcnemar_caution")] if lines else []
