"""Histograms of mated and nonmated scores, linear and logarithmic, with their data."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fr_bench.findings import Distribution
from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Column, Page, Plot, Table, Text, cell
from fr_bench.reports.wording import Wording

TITLE = "distributions.title"
ORDER = 30
TABLE_ROWS = 30
"""Bins that the page tabulates, neighbours added up; the result file has all of them."""


def render(page: Page) -> list[Block]:
    """Two figures; the table of bins stands with the second."""
    say, found = page.say, page.result.distributions
    linear, log = page.plots("scores"), page.plots("scores_log")
    if not found or linear is None or log is None:
        return [Text(say("distributions.none"), "quiet")]
    told = alt(found, say)
    blocks: list[Block] = [Text(say("distributions.intro"), "quiet")]
    if any(one.sampled for one in found):
        blocks.append(Text(say("distributions.sampled"), "quiet"))
    caption = say("distributions.caption")
    tables = tuple(_table(page, one) for one in found)
    blocks.append(Plot("scores", say("distributions.linear"), linear[0], told, caption))
    blocks.append(Plot("scores-log", say("distributions.log"), log[0], told, caption, tables))
    return blocks


def alt(found: Sequence[Distribution], say: Wording) -> str:
    """What the histograms show, in words."""
    by_class = {one.mated: one for one in found}
    mated, nonmated = by_class.get(True), by_class.get(False)
    return say(
        "distributions.alt", mated=numbers.grouped(mated.of if mated else 0),
        nonmated=numbers.grouped(nonmated.of if nonmated else 0), mated_middle=_middle(mated),
        nonmated_middle=_middle(nonmated),
    )  # fmt: skip


def _middle(distribution: Distribution | None) -> str:
    """The bin in which half of the counts are reached, as its middle."""
    if distribution is None or not sum(distribution.counts):
        return "-"
    reached, half = 0, sum(distribution.counts) / 2
    for low, high, count in zip(distribution.edges, distribution.edges[1:], distribution.counts, strict=False):
        reached += count
        if reached >= half:
            return numbers.short((low + high) / 2, 3)
    return "-"


def _table(page: Page, distribution: Distribution) -> Table:
    say = page.say
    kind = say("plot.mated" if distribution.mated else "plot.nonmated")
    columns = (Column(say("column.score_from"), True), Column(say("column.score_to"), True), Column(kind, True))
    rows = tuple(
        (cell(numbers.short(low, 6), low), cell(numbers.short(high, 6), high), cell(numbers.grouped(count), count))
        for low, high, count in merged(distribution, TABLE_ROWS)
    )
    return Table(f"{say('distributions.table')}: {kind}", columns, rows, folded=True)


def merged(distribution: Distribution, rows: int) -> list[tuple[float, float, int]]:
    """At most `rows` bins from the first to the last that holds a score: lower edge, upper edge, count.

    >>> merged(Distribution(mated=True, edges=(0, 1, 2, 3, 4), counts=(0, 2, 3, 4), of=9), 2)
    [(1, 3, 5), (3, 4, 4)]
    """
    edges, counts = distribution.edges, distribution.counts
    held = [k for k, count in enumerate(counts) if count]
    if not held:
        return []
    first, last = held[0], held[-1] + 1
    step = math.ceil((last - first) / rows)
    starts = range(first, last, step)
    return [(edges[k], edges[min(k + step, last)], sum(counts[k : min(k + step, last)])) for k in starts]
