"""The recognizer: model, preprocessing as it was applied, and whether the batch changes its templates."""

from __future__ import annotations

from fr_bench.reports import numbers
from fr_bench.reports.document import Block, Facts, Heading, Page, Text, flattened

TITLE = "recognizer.title"
ORDER = 90


def render(page: Page) -> list[Block]:
    """Facts, preprocessing, check of the batch."""
    say, found = page.say, page.result.recognizer
    if found is None:
        return [Text(say("recognizer.none"), "quiet")]
    facts = (
        (say("recognizer.name"), found.name),
        (say("recognizer.version"), found.version),
        (say("recognizer.provider"), found.provider),
        (say("recognizer.batch"), numbers.grouped(found.batch_size)),
        (say("recognizer.dimension"), numbers.grouped(found.dimension)),
        (say("recognizer.comparison"), say.word("comparison", found.comparison)),
        (say("recognizer.licence"), say.sentence(found.licence) or say("recognizer.not_stated")),
    )
    blocks: list[Block] = [Facts(facts)]
    for key, tree in (("preprocessing", found.preprocessing), ("batch_check", found.batch_check)):
        if tree:
            blocks += [Heading(say(f"recognizer.{key}")), Facts(tuple(flattened(tree)), exact=True)]
    return blocks
