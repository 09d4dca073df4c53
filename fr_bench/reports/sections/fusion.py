"""Fusion: each system alone beside all together, on the people that the rule was not learnt on."""

from __future__ import annotations

from typing import Any

from fr_bench.findings import Analysis, Interval
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Column, Facts, Page, Table, Text, cell
from fr_bench.reports.wording import Wording

TITLE = "fusion.title"
ORDER = 58


def render(page: Page) -> list[Block]:
    """The fusions of a result; nothing where there is none."""
    found = [analysis for analysis in page.result.analyses if analysis.kind == "fusion"]
    return [block for analysis in found for block in blocks(analysis, page.say)]


def blocks(analysis: Analysis, say: Wording) -> list[Block]:
    """The section of one fusion."""
    known = analysis.facts
    rows = [(say("fusion.rule"), str(known["rule"]))]
    rows += [(say("fusion.weight", system=name), f"{weight:.6g}") for name, weight in known["weights"].items()]
    for name in ("train_subjects", "test_subjects", "train_mated", "train_nonmated", "left_out_nonmated"):
        rows.append((say(f"calibration.{name}"), numbers.grouped(int(known[name]))))
    made: list[Block] = [Text(say("fusion.intro"), "quiet"), Facts(tuple(rows))]
    keys = "column.measure", "fusion.system", "column.value", "column.interval"
    columns = tuple(Column(say(key), place > 1, place < 2) for place, key in enumerate(keys))
    for table in analysis.tables:
        found = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        order = {text: place for place, text in enumerate(dict.fromkeys(row["measure"] for row in found))}
        lines = tuple(_row(row, say) for row in sorted(found, key=lambda row: order[row["measure"]]))
        made.append(Table(say("fusion.caption"), columns, lines))
    return made


def _row(row: dict[str, Any], say: Wording) -> tuple[Any, ...]:
    name = say("fusion.fused") if row["system"] == "fused" else str(row["system"])
    value, low, high = row["value"], row["low"], row["high"]
    if value is None:
        return (cell(str(row["measure"])), cell(name), cell(say("numbers.not_measurable")), cell("-"))
    shown = numbers.proportion(value) if row["unit"] == "proportion" else numbers.number(value)
    limits = "-"
    if low is not None and high is not None:
        limits = numbers.limits(Interval(low, high, 0.95, "logit-t", "subject"), value, row["unit"])
    return (cell(str(row["measure"])), cell(name), cell(shown, value), cell(limits))
