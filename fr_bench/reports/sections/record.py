"""The run as a record: what its hashes do not prove, and which runs on the same data came before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fr_bench.findings import Proportion, Result
from fr_bench.numerals import grouped, short
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Cell, Code, Column, Heading, Page, Table, Text, cell
from fr_bench.reports.wording import Wording

TITLE = "record.title"
ORDER = 125
EARLIER = "earlier_runs"
"""Where a result keeps what its machine's log of runs knew of earlier ones, under `environment`."""
ROWS = 50


def render(page: Page) -> list[Block]:
    """For the record of a run; scores from elsewhere are none."""
    say, result = page.say, page.result
    if result.dataset is None or EARLIER not in result.environment:
        return []
    return [
        Text(say("record.sealed")),
        Code("frbench verify RUN"),
        Text(say("record.not_proved")),
        Heading(say("record.earlier")),
        *earlier(result, say),
    ]


def earlier(result: Result, say: Wording) -> list[Block]:
    """How many runs on the same data came before, and those of the same recognizer with their figures."""
    told = result.environment.get(EARLIER)
    if not isinstance(told, Mapping) or told.get("known") is not True:
        return [Text(say("record.unknown"), "warning")]
    others, own = _count(told, "others"), _count(told, "same_recognizer")
    if others:
        text = say("record.number", number=grouped(others + 1), own=grouped(own), foreign=grouped(others - own))
        blocks: list[Block] = [Text(text, "warning")]
    else:
        blocks = [Text(say("record.first"))]
    if _count(told, "damaged_lines"):
        blocks.append(Text(say("record.damaged", count=grouped(_count(told, "damaged_lines"))), "warning"))
    rows = [row for row in told.get("runs", ()) if isinstance(row, Mapping)][-ROWS:]
    if rows:
        names = ("at", "run", "model", "plan", "figures")
        columns = tuple(Column(say(f"record.column_{name}"), wide=name == "figures") for name in names)
        blocks.append(Table(say("record.caption"), columns, tuple(_row(row, say) for row in rows)))
    return [*blocks, Text(say("record.log"), "quiet")]


def _count(told: Mapping[str, Any], key: str) -> int:
    """A count of the record, 0 where it says something else: the file may be anybody's."""
    value = told.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _row(row: Mapping[str, Any], say: Wording) -> tuple[Cell, ...]:
    plan = str(row.get("plan", "")) + (f", {say('summary.limited')}" if row.get("limited") is True else "")
    return (
        cell(str(row.get("at", ""))),
        cell(str(row.get("run", ""))[:8]),
        cell(" ".join(part for part in (str(row.get("version", "")), str(row.get("model", ""))[:8]) if part)),
        cell(plan),
        Cell(tuple(_figure(one, say) for one in row.get("figures", ()) if isinstance(one, Mapping)) or ("",)),
    )


def _figure(one: Mapping[str, Any], say: Wording) -> str:
    """One figure of an earlier run, with its counts where it is a rate of them."""
    value, counts = one.get("value"), one.get("counts")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    text = f"{one.get('measure', '')} {short(float(value), 4) if number and value is not None else '–'}"
    if isinstance(counts, list | tuple) and len(counts) == 2 and all(type(n) is int for n in counts):
        errors, trials = counts
        text += f" ({numbers.counted(Proportion(errors, trials), say)})" if 0 <= errors <= trials else ""
    return text
