"""How many comparisons were planned, made and failed, and which."""

from __future__ import annotations

from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Column, Facts, Page, Table, Text, cell

TITLE = "comparisons.title"
ORDER = 100


def render(page: Page) -> list[Block]:
    """A row a class, then the plan."""
    say, made = page.say, page.result.comparison
    columns = (
        Column(say("column.comparisons")),
        *(Column(say(f"column.{key}"), True) for key in ("planned", "made", "failed")),
    )
    counts = {
        "mated": (made.mated_planned, made.mated_made, made.mated_failed),
        "nonmated": (made.nonmated_planned, made.nonmated_made, made.nonmated_failed),
    }
    rows = tuple(
        (cell(say(f"column.{kind}")), *(cell(numbers.grouped(count), count) for count in row))
        for kind, row in counts.items()
    )
    floor = say("comparisons.floor_none")
    if made.floor is not None:
        floor = say("comparisons.floor_text", floor=numbers.threshold(made.floor, say))
    facts = (
        (say("comparisons.plan"), say.word("plan", made.plan)),
        (say("comparisons.references"), numbers.grouped(made.references)),
        (say("comparisons.probes"), numbers.grouped(made.probes)),
        (say("comparisons.floor"), floor),
    )
    return [Text(say("comparisons.intro"), "quiet"), Table(say("comparisons.caption"), columns, rows), Facts(facts)]
