"""Verdicts on requirements, when a gate or a certification profile has judged the run."""

from __future__ import annotations

from fr_bench.findings import Finding
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Cell, Column, Page, Table, Text, Tone, cell
from fr_bench.reports.sections.measures import value_cell

TITLE = "findings.title"
ORDER = 25
_TONES: dict[str, Tone] = {"pass": "good", "fail": "bad", "inconclusive": "warning"}


def render(page: Page) -> list[Block]:
    """A row a requirement; nothing for a plain run."""
    say, found = page.say, page.result.findings
    if not found:
        return []
    keys = ("requirement", "verdict", "value", "interval", "counts", "reason", "decide")
    columns = tuple(
        Column(say(f"column.{key}"), key in ("value", "interval", "counts"), key in ("requirement", "reason", "decide"))
        for key in keys
    )
    rows = tuple(_row(page, finding) for finding in found)
    return [Text(say("findings.intro"), "quiet"), Table(say("findings.caption"), columns, rows)]


def _row(page: Page, finding: Finding) -> tuple[Cell, ...]:
    say, row = page.say, finding.measurement
    return (
        cell(finding.requirement),
        Cell(
            (say(f"findings.{finding.verdict}"), say(f"findings.on_{finding.judged_on}")), tone=_TONES[finding.verdict]
        ),
        value_cell(row, say),
        cell(" ".join(numbers.interval_lines(row, say))),
        Cell(tuple(numbers.count_lines(row, say))),
        cell(finding.reason),
        cell(finding.would_decide or ""),
    )
