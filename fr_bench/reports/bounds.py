"""What few errors prove: the one-sided limit beside a zero, the sober limit, and the rule of 30.

The limit that stands for no errors (`<= 3.03 %`) is the upper end of the two-sided interval. "Below 2.47 % with 95 %
confidence" is another statement, one-sided; the rule of 3 is its short form. Where an interval had to take trials as
independent, the sober limit counts only trials without a common subject. RELIABILITY of the docs, zero errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR

from fr_bench.findings import Measurement
from fr_bench.reports import numbers
from fr_bench.reports.escaping import visible
from fr_bench.reports.wording import Wording

RULE_OF_30 = 30
REJECTED = 1.0


def one_sided(row: Measurement) -> float | None:
    """The rate that a rate without errors is below, one-sided, at the confidence of its interval; None elsewhere."""
    limit = row.details.get("one_sided_upper")
    shown = row.counts is not None and not row.counts.errors and row.interval is not None
    return limit if shown and isinstance(limit, float) and limit < 1 else None


def sober(row: Measurement) -> float | None:
    """The limit where only trials without a common subject count; None where the interval needs no such companion."""
    limit = row.details.get("sober")
    return limit if row.counts is not None and isinstance(limit, float) and row.value in (0.0, 1.0) else None


def independent_errors(row: Measurement) -> float | None:
    """How many independent errors those of a rate are worth, of what went right those that are missing.

    None where no interval was made by subject.
    """
    found = row.details.get("precision")
    effective = found.get("effective") if isinstance(found, Mapping) else None
    if effective is None or row.counts is None or not row.counts.trials:
        return None
    errors, trials = row.counts.errors, row.counts.trials
    return float((trials - errors if row.better == "higher" else errors) * effective / trials)


def lines(rows: Iterable[Measurement], say: Wording) -> list[str]:
    """What a reader must know of limits and of few errors, each in one line for all measures that it holds for."""
    chosen = [row for row in rows if row.unit == "proportion" and row.value is not None and not row.group]
    found = []
    ends = sorted({numbers.level(row.interval) for row in chosen if row.interval and numbers.without_errors(row)})
    if ends:
        found.append(say("bounds.two_sided", levels=", ".join(ends)))
    found += _line(chosen, say, "bounds.one_sided", lambda row: below(row, say))
    found += _line(chosen, say, "bounds.sober", lambda row: reach(row, say))
    found += _line(chosen, say, "bounds.rule_of_30", few)
    return found


def _line(rows: Iterable[Measurement], say: Wording, key: str, told: Callable[[Measurement], str]) -> list[str]:
    parts = [f"{visible(row.measure)} {text}" for row in rows if (text := told(row))]
    return [say(key, parts=", ".join(parts))] if parts else []


def below(row: Measurement, say: Wording) -> str:
    """ "below 2.47 % at 95 %"; empty where nothing one-sided is known."""
    limit = one_sided(row)
    if limit is None:
        return ""
    level = f"{round(row.details.get('one_sided_level', 0.95) * 100, 6):g} %"
    return say("bounds.below", limit=_held(numbers.proportion(limit, ROUND_CEILING)), level=_held(level))


def reach(row: Measurement, say: Wording) -> str:
    """How far the interval would reach if only trials without a common subject counted; empty where it is not known."""
    limit = sober(row)
    if limit is None:
        return ""
    if row.value == REJECTED:
        return say("bounds.down_to", limit=_held(numbers.proportion(limit, ROUND_FLOOR)))
    return say("bounds.up_to", limit=_held(numbers.proportion(limit, ROUND_CEILING)))


def few(row: Measurement) -> str:
    """How many independent errors there are, where they are too few for the rule of 30 and more than none."""
    worth = independent_errors(row)
    if worth is None:
        return ""
    return f"({worth:.2g})" if 0 < worth < RULE_OF_30 else ""


def _held(text: str) -> str:
    """A figure whose unit stays on its line."""
    return text.replace(" ", "\u00a0")
