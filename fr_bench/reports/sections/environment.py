"""Machine, versions and times: they explain a run and are part of no figure."""

from __future__ import annotations

from fr_bench.reports.document import Block, Facts, Heading, Page, Text, flattened

TITLE = "environment.title"
ORDER = 110


def render(page: Page) -> list[Block]:
    """What the run recorded of its machine, then its times."""
    say, result = page.say, page.result
    if not result.environment and not result.timing:
        return [Text(say("environment.none"), "quiet")]
    blocks: list[Block] = [Text(say("environment.intro"), "quiet")]
    for key, tree in (("environment", result.environment), ("timing", result.timing)):
        if tree:
            blocks += [Heading(say(f"environment.{key}")), Facts(tuple(flattened(tree)), exact=True)]
    return blocks
