"""How another person computes these figures again, with and without frbench."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from fr_bench.reports.document import Block, Code, Facts, Heading, Page, Text, flattened

TITLE = "recompute.title"
ORDER = 130


def typed(command: Sequence[object]) -> str:
    """A recorded command as it is typed: the program by its name, arguments in quotes where a shell needs them.

    >>> typed(["/opt/bin/frbench", "run", "my file.toml"])
    "frbench run 'my file.toml'"
    """
    program, *arguments = (str(part) for part in command)
    return shlex.join([program.replace("\\", "/").rpartition("/")[2], *arguments])


def redrawn(language: str) -> str:
    """The command that draws a page in this language again.

    >>> redrawn("en"), redrawn("ko")
    ('frbench report RUN', 'frbench report RUN --lang ko')
    """
    return "frbench report RUN" if language == "en" else f"frbench report RUN --lang {language}"


def render(page: Page) -> list[Block]:
    """What to type, and the run as it was resolved."""
    say, result = page.say, page.result
    command = result.environment.get("command")
    blocks: list[Block] = []
    if isinstance(command, list | tuple) and command:
        blocks += [Text(say("recompute.command")), Code(typed(command))]
    blocks += [Text(say("recompute.redraw")), Code(redrawn(say.language))]
    if result.dataset is not None:
        blocks += [Text(say("recompute.again")), Code("frbench run RUN/run.toml")]
    blocks.append(Text(say("recompute.scores")))
    if result.run:
        blocks += [Heading(say("recompute.run")), Facts(tuple(flattened(result.run)), exact=True)]
    return blocks
