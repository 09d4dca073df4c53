"""Receiver operating characteristic: the share of mated comparisons that match against the FMR."""

from __future__ import annotations

from fr_bench.reports.curves import curve_blocks
from fr_bench.reports.document import Block, Page

TITLE = "roc.title"
ORDER = 40


def render(page: Page) -> list[Block]:
    """The figure, its points as a table, its read-out."""
    return curve_blocks(page, "roc")
