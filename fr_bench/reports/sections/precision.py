"""What the comparisons behind each measure are worth: design effect, effective number, who carries the variance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fr_bench.findings import Measurement
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Cell, Column, Page, Table, Text, cell
from fr_bench.reports.wording import Wording

TITLE = "precision.title"
ORDER = 22
RULE_OF_30 = 30


def render(page: Page) -> list[Block]:
    """One row a rate whose interval was made by subject: of others nobody knows an effective number."""
    say = page.say
    rows = [m for m in page.result.measurements if account(m).get("effective") is not None and not m.group]
    if not rows:
        return [Text(say("precision.none"))]
    heads = ("column.measure", "column.counts", "precision.deff", "precision.effective", "precision.carry",
             "precision.rule")  # fmt: skip
    columns = tuple(Column(say(key), 0 < place < 4, place in (0, 5)) for place, key in enumerate(heads))
    table = Table(say("precision.caption"), columns, tuple(_row(row, say) for row in rows))
    return [Text(say("precision.intro"), "quiet"), table]


def account(measurement: Measurement) -> Mapping[str, Any]:
    """How the interval was made, as `fr_bench.precision` noted it; empty where there is none."""
    found = measurement.details.get("precision")
    return found if isinstance(found, Mapping) else {}


def _row(row: Measurement, say: Wording) -> tuple[Cell, ...]:
    found = account(row)
    effect, effective, carry, units = (found.get(name) for name in ("deff", "effective", "carry", "units"))
    shown = "-" if effect is None else f"{effect:.1f}"
    borrowed = [f"({say('precision.borrowed')})"] if found.get("borrowed") and effect is not None else []
    carried = say("precision.carried", carry=f"{carry:.0f}", units=numbers.grouped(units)) if carry and units else "-"
    return (
        cell(row.measure, row.measure),
        Cell(tuple(numbers.count_lines(row, say)) or ("-",), row.counts.trials if row.counts else None),
        Cell((shown, *borrowed), effect),
        cell("-" if effective is None else numbers.grouped(round(effective)), effective),
        cell(carried, carry),
        cell(rule(row, say)),
    )


def rule(row: Measurement, say: Wording) -> str:
    """The rule of 3 or of 30 where one binds; "" for a measure that is no rate."""
    counts, found = row.counts, account(row)
    if counts is None or found.get("effective") is None or not counts.trials:
        return ""
    if not counts.errors:
        limit = numbers.proportion(row.details.get("one_sided_upper", 1.0))
        level = f"{row.details.get('one_sided_level', 0.95) * 100:g} %"
        sober = row.details.get("sober")
        if sober is None:
            return say("precision.rule_of_3", limit=limit, level=level)
        return say("precision.rule_of_3_sober", limit=limit, level=level, sober=numbers.proportion(sober))
    errors = counts.errors * found["effective"] / counts.trials
    if errors >= RULE_OF_30:
        return say("precision.rule_of_30_met")
    return say("precision.rule_of_30", errors=f"{errors:.2g}")
