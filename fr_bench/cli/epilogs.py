"""What stands below the options of a `--help`, made to fit the terminal: examples that can be copied, exit codes."""

from __future__ import annotations

import re
import textwrap

COMMENTED = re.compile(r"(  \S.*?\S)\s{2,}(\S.*)")
OPTION = re.compile(r" (?=-)")
MARK = "\b\n"
"""click's sign that a paragraph keeps its lines."""


def fitted(epilog: str, width: int) -> str:
    """An epilog in lines of at most `width` columns: what fits stays as it is.

    The comment of an example goes below it, a long command goes on behind a backslash before an option, as a shell
    takes it, and exit codes are filled anew.

    >>> print(fitted("\\b\\nExamples:\\n  frbench run my.toml --dry-run      nothing is computed", 40)[2:])
    Examples:
      frbench run my.toml --dry-run
          nothing is computed
    """
    paragraphs = [paragraph.removeprefix(MARK) for paragraph in epilog.strip("\n").split("\n\n")]
    return "\n\n".join(MARK + _paragraph(paragraph, width) for paragraph in paragraphs) + "\n"


def _paragraph(text: str, width: int) -> str:
    lines = text.split("\n")
    if max(map(len, lines)) <= width:
        return text
    if text.startswith("Exit codes:"):
        # A dot stays behind what it ends.
        told = " ".join(lines).replace(" · ", "\u00a0· ")
        return textwrap.fill(told, width, break_long_words=False, break_on_hyphens=False).replace("\u00a0", " ")
    return "\n".join(part for line in lines for part in _example(line, width))


def _example(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    parted = COMMENTED.fullmatch(line)
    if parted is None:
        return _continued(line, width)
    below = textwrap.wrap(parted[2], width, initial_indent=" " * 6, subsequent_indent=" " * 6)
    return [*_continued(parted[1], width), *below]


def _continued(command: str, width: int) -> list[str]:
    """A command over several lines; without an option in reach it stays long rather than be cut where no shell may."""
    lines = [""]
    for number, part in enumerate(OPTION.split(command)):
        if number and len(lines[-1]) + len(part) + 3 > width:
            lines[-1] += " \\"
            lines.append(f"      {part}")
        else:
            lines[-1] += f" {part}" if number else part
    return lines
