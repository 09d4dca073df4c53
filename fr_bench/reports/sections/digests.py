"""SHA-256 of the inputs."""

from __future__ import annotations

from fr_bench.reports.document import Block, Facts, Page, Text

TITLE = "digests.title"
ORDER = 120


def render(page: Page) -> list[Block]:
    """The digests of the data set and of the model."""
    say, data, recognizer = page.say, page.result.dataset, page.result.recognizer
    rows = []
    if data is not None and data.digest:
        rows.append((say("digests.dataset"), data.digest))
    if recognizer is not None and recognizer.digest:
        rows.append((say("digests.model"), recognizer.digest))
    if not rows:
        return [Text(say("digests.none"), "quiet")]
    return [Text(say("digests.intro"), "quiet"), Facts(tuple(rows), exact=True)]
