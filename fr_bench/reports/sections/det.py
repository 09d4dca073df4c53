"""Detection error tradeoff: FNMR against FMR on normal-deviate axes, with the targets of the measures."""

from __future__ import annotations

from fr_bench.reports.curves import curve_blocks
from fr_bench.reports.document import Block, Page

TITLE = "det.title"
ORDER = 50


def render(page: Page) -> list[Block]:
    """The figure, its points as a table, its read-out."""
    return curve_blocks(page, "det")
