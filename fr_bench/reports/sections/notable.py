"""The highest nonmated and the lowest mated scores, as pairs of pictures where they may be shown."""

from __future__ import annotations

from collections.abc import Sequence

from fr_bench.findings import NotableComparison, Threshold
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Cell, Column, Gallery, Heading, Page, Picture, Table, Text, cell
from fr_bench.reports.escaping import picture
from fr_bench.reports.wording import Wording

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
    at = eer_threshold(page)
    if at is not None:
        wrong = {key: sum(is_error(row, at) for row in found) for key, found in lists}
        blocks.append(Text(say("notable.marked", threshold=numbers.threshold(at, say), **wrong)))
    shown = page.pictures and any(_has_picture(row) for _, found in lists for row in found)
    if not shown:
        blocks.append(Text(page.pictures_reason or say("notable.no_pictures")))
    for key, found in lists:
        if found:
            blocks.append(Heading(say(f"notable.{key}")))
            if shown:
                blocks.append(Gallery(tuple(_pair(row, page, at) for row in found[:PAIRS])))
            blocks.append(_table(found, page, at, folded=shown))
    return blocks


def eer_threshold(page: Page) -> Threshold | None:
    """The threshold of the EER of everybody, if it was measured."""
    found = (row for row in page.result.measurements if row.measure == "EER" and not row.group)
    return next((row.threshold for row in found if row.value is not None), None)


def is_error(row: NotableComparison, threshold: Threshold) -> bool:
    """Whether a comparison is decided wrongly: `score >= threshold` is a match."""
    matches = not isinstance(threshold, str) and row.score >= threshold
    return matches != row.mated


def _verdict(row: NotableComparison, at: Threshold, say: Wording) -> str:
    if not is_error(row, at):
        return say("notable.no_error")
    return say("notable.false_non_match" if row.mated else "notable.false_match")


def _verdict_cell(row: NotableComparison, at: Threshold, say: Wording) -> Cell:
    return cell(_verdict(row, at, say), tone="warning" if is_error(row, at) else "quiet")


def _has_picture(row: NotableComparison) -> bool:
    return picture(row.probe_picture) is not None or picture(row.reference_picture) is not None


def _pair(row: NotableComparison, page: Page, at: Threshold | None) -> tuple[tuple[Picture, ...], str]:
    say = page.say
    sides = (
        (row.probe_picture, row.probe, row.probe_subject),
        (row.reference_picture, row.reference, row.reference_subject),
    )
    pictures = tuple(
        Picture(picture(uri), say("notable.alt", sample=sample, subject=subject), (sample,))
        for uri, sample, subject in sides
    )
    line = say("notable.score", score=f"{row.score:.4f}")
    return pictures, line if at is None or not is_error(row, at) else f"{line}: {_verdict(row, at, say)}"


def _table(found: Sequence[NotableComparison], page: Page, at: Threshold | None, folded: bool) -> Table:
    say = page.say
    texts = ("probe", "subject", "reference", "subject")
    marked = (Column(say("column.at_eer")),) if at is not None else ()
    columns = (Column(say("column.score"), True), *marked, *(Column(say(f"column.{key}"), wide=True) for key in texts))
    rows = tuple(
        (
            cell(f"{row.score:.4f}", row.score, title=repr(row.score)),
            *(() if at is None else (_verdict_cell(row, at, say),)),
            cell(row.probe), cell(row.probe_subject), cell(row.reference), cell(row.reference_subject),
        )
        for row in found
    )  # fmt: skip
    key = "notable.false_non_matches" if found[0].mated else "notable.false_matches"
    return Table(say("notable.list") if folded else say(key), columns, rows, folded=folded)
