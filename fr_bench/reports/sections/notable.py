"""The worst false matches and false non-matches, as pairs of pictures where they may be shown."""

from __future__ import annotations

from collections.abc import Sequence

from fr_bench.findings import NotableComparison
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Column, Gallery, Heading, Page, Picture, Table, Text, cell
from fr_bench.reports.escaping import picture

TITLE = "notable.title"
ORDER = 70
PAIRS = 24


def render(page: Page) -> list[Block]:
    """Pairs of pictures and the same as tables; without pictures the sentence that says why, and the tables."""
    say, result = page.say, page.result
    lists = (("false_matches", result.false_matches), ("false_non_matches", result.false_non_matches))
    if not any(found for _, found in lists):
        return []
    blocks: list[Block] = [Text(say("notable.intro"), "quiet")]
    shown = page.pictures and any(_has_picture(row) for _, found in lists for row in found)
    if not shown:
        blocks.append(Text(page.pictures_reason or say("notable.no_pictures")))
    for key, found in lists:
        if found:
            blocks.append(Heading(say(f"notable.{key}")))
            if shown:
                blocks.append(Gallery(tuple(_pair(row, page) for row in found[:PAIRS])))
            blocks.append(_table(found, page, folded=shown))
    return blocks


def _has_picture(row: NotableComparison) -> bool:
    return picture(row.probe_picture) is not None or picture(row.reference_picture) is not None


def _pair(row: NotableComparison, page: Page) -> tuple[tuple[Picture, ...], str]:
    say = page.say
    sides = (
        (row.probe_picture, row.probe, row.probe_subject),
        (row.reference_picture, row.reference, row.reference_subject),
    )
    pictures = tuple(
        Picture(picture(uri), say("notable.alt", sample=sample, subject=subject), (sample,))
        for uri, sample, subject in sides
    )
    return pictures, say("notable.score", score=f"{row.score:.4g}")


def _table(found: Sequence[NotableComparison], page: Page, folded: bool) -> Table:
    say = page.say
    texts = ("probe", "subject", "reference", "subject")
    columns = (Column(say("column.score"), True), *(Column(say(f"column.{key}"), wide=True) for key in texts))
    rows = tuple(
        (
            cell(numbers.threshold(row.score, say), row.score), cell(row.probe), cell(row.probe_subject),
            cell(row.reference), cell(row.reference_subject),
        )
        for row in found
    )  # fmt: skip
    key = "notable.false_non_matches" if found[0].mated else "notable.false_matches"
    return Table(say("notable.list") if folded else say(key), columns, rows, folded=folded)
