"""Samples without a template: how many and why, and the pictures of some."""

from __future__ import annotations

from collections import Counter

from fr_bench.findings import FailedSample
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Cell, Column, Gallery, Page, Picture, Table, Text, cell
from fr_bench.reports.escaping import picture
from fr_bench.reports.wording import Wording

TITLE = "failures.title"
ORDER = 60
TILES = 24
ROWS = 2000
"""Longer tables stay in failures.csv."""


def render(page: Page) -> list[Block]:
    """Counts by reason, a gallery, the list; nothing where scores alone were given and no sample is known."""
    say, found = page.say, page.result.failures
    if not found:
        return [Text(say("failures.none"))] if page.result.dataset is not None else []
    blocks: list[Block] = [Text(say("failures.intro"), "quiet"), _by_reason(page)]
    tiles = _tiles(page)
    if tiles:
        blocks.append(Gallery(tiles))
    elif page.pictures_reason:
        blocks.append(Text(page.pictures_reason, "quiet"))
    blocks.append(_list(page))
    return blocks


def _by_reason(page: Page) -> Table:
    say = page.say
    counts = Counter((failure.stage, failure.reason) for failure in page.result.failures)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:ROWS]
    columns = (
        Column(say("column.stage")),
        Column(say("column.reason"), wide=True),
        Column(say("failures.count"), True),
    )
    rows = tuple(
        (cell(say.word("stage", stage)), cell(say.word("failure", reason)), cell(numbers.grouped(n), n))
        for (stage, reason), n in ordered
    )
    return Table(say("failures.by_reason"), columns, rows)


def _tiles(page: Page) -> tuple[tuple[tuple[Picture, ...], str], ...]:
    if not page.pictures:
        return ()
    shown = [(failure, picture(failure.picture)) for failure in page.result.failures]
    return tuple(
        (
            (Picture(uri, page.say("notable.alt", sample=one.sample, subject=one.subject), (one.sample,)),),
            f"{page.say.word('stage', one.stage)}: {page.say.word('failure', one.reason)}",
        )
        for one, uri in shown
        if uri
    )[:TILES]


def _list(page: Page) -> Table:
    say, found = page.say, page.result.failures
    keys = ("sample", "subject", "role", "stage", "reason", "detail")
    columns = tuple(Column(say(f"column.{key}"), wide=True) for key in keys)
    rows = tuple(_row(row, say) for row in found[:ROWS])
    left_out = ""
    if len(found) > ROWS:
        left_out = say("failures.more", shown=numbers.grouped(ROWS), total=numbers.grouped(len(found)))
    return Table(say("failures.caption"), columns, rows, folded=True, left_out=left_out, sortable=True)


def _row(failure: FailedSample, say: Wording) -> tuple[Cell, ...]:
    told = (
        failure.sample, failure.subject, say.word("role", failure.role), say.word("stage", failure.stage),
        say.word("failure", failure.reason), say.sentence(failure.detail),
    )  # fmt: skip
    return tuple(cell(text) for text in told)
