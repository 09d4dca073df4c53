"""How another person computes these figures again, with and without frbench."""

from __future__ import annotations

from fr_bench.reports.document import Block, Code, Facts, Heading, Page, Text, flattened

TITLE = "recompute.title"
ORDER = 130


def render(page: Page) -> list[Block]:
    """What to type, and the run as it was resolved."""
    say, result = page.say, page.result
    blocks: list[Block] = [Text(say("recompute.redraw")), Code("frbench report RUN")]
    if result.dataset is not None:
        blocks += [Text(say("recompute.again")), Code("frbench run RUN/run.toml")]
    blocks.append(Text(say("recompute.scores")))
    if result.run:
        blocks += [Heading(say("recompute.run")), Facts(tuple(flattened(result.run)), exact=True)]
    return blocks
