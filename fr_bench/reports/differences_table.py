"""Differences between two systems as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from fr_bench.findings import Analysis
from fr_bench.reports.differences import facts, mcnemar_lines, method_line, reason_lines, written
from fr_bench.reports.escaping import shortened, visible
from fr_bench.reports.labels import explained
from fr_bench.reports.table import cell_width
from fr_bench.reports.wording import Wording, wording

GAP = "  "
HEADS = (
    "column.measure", "differences.first", "differences.second", "differences.difference", "column.interval",
    "differences.p", "differences.detectable", "column.verdict",
)  # fmt: skip
LEFT = (0, len(HEADS) - 1)
SECOND = 2
FOLDED = (4, 5, SECOND)
"""What goes below the cell before it where the screen is narrow: interval, then (one place less) detectable, then B."""
USUAL = ("subjects_as_unit", "not_measurable")
"""Labels that the table need not explain: the normal case, and a row that says itself why it has no difference."""


def terminal(found: Analysis, width: int = 100, *, language: str = "en") -> str:
    """The differences, one line a measure, what was compared above and what must be known below.

    Where the screen is narrow cells go below those before them: nothing is cut off.
    """
    say = wording(language)
    named = facts(found, say)
    size = max(cell_width(name) for name, _ in named)
    lines = [f"{_padded(name, size)}  {shortened(visible(text), 200)}" for name, text in named]
    lines += ["", *_table(found, say, width), ""]
    for line in _below(found, say):
        lines += _wrapped(line, width)
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _table(found: Analysis, say: Wording, width: int) -> list[str]:
    rows = [written(row, say) for row in found.measurements]
    cells = [
        [[shortened(visible(row.measure), 36)], [row.first], [row.second], [row.difference], [row.interval], [row.p],
         [row.detectable], [row.verdict]]
        for row in rows
    ]  # fmt: skip
    heads = [[say(key)] for key in HEADS]
    left = [k in LEFT for k in range(len(HEADS))]
    for place in FOLDED:
        if _needed(heads, cells) > width:
            heads, cells = _folded(heads, place), [_folded(row, place) for row in cells]
            left = [*left[:place], *left[place + 1 :]]
    sizes = _sizes(heads, cells)
    lines = _lines(heads, sizes, left)
    lines.append("─" * (sum(sizes) + len(GAP) * (len(sizes) - 1)))
    for row in cells:
        lines += _lines(row, sizes, left)
    return lines


def _folded(row: Sequence[list[str]], place: int) -> list[list[str]]:
    """The row with a cell below the one before it, on a line of its own; nothing stands for nothing."""
    below = [line for line in row[place] if line != "-" or place == SECOND]
    return [*row[: place - 1], [*row[place - 1], *below], *row[place + 1 :]]


def _sizes(heads: Sequence[Sequence[str]], cells: Sequence[Sequence[Sequence[str]]]) -> list[int]:
    return [max(cell_width(line) for row in (heads, *cells) for line in row[k]) for k in range(len(heads))]


def _needed(heads: Sequence[Sequence[str]], cells: Sequence[Sequence[Sequence[str]]]) -> int:
    return sum(_sizes(heads, cells)) + len(GAP) * (len(heads) - 1)


def _lines(row: Sequence[Sequence[str]], sizes: Sequence[int], left: Sequence[bool]) -> list[str]:
    """A row of cells of one or several lines."""
    lines = []
    for k in range(max(len(cell) for cell in row)):
        parts = [cell[k] if k < len(cell) else "" for cell in row]
        padded = [_padded(part, size, right=not at) for part, size, at in zip(parts, sizes, left, strict=True)]
        lines.append(GAP.join(padded).rstrip())
    return lines


def _below(found: Analysis, say: Wording) -> list[str]:
    """How it was made, why figures are missing, what labels mean, and what else must be known."""
    lines = [say("differences.direction"), method_line(found, say)]
    lines += [visible(line) for line in reason_lines(found.measurements, say)]
    labels = [label for row in found.measurements for label in row.labels if label not in USUAL]
    for label, meaning in explained(labels, say):
        bearing = ", ".join(visible(row.measure) for row in found.measurements if label in row.labels)
        lines.append(f"{visible(label)} ({bearing}): {meaning}")
    lines += [visible(line) for line in mcnemar_lines(found.measurements, say)]
    lines += [f"{say(f'terminal.{note.level}')}: {visible(say.note(note))}" for note in found.notes]
    return lines


def _padded(text: str, size: int, *, right: bool = False) -> str:
    blanks = " " * max(0, size - cell_width(text))
    return blanks + text if right else text + blanks


def _wrapped(text: str, width: int) -> list[str]:
    """A sentence in lines of at most `width` columns; the further lines are indented."""
    lines, line = [], ""
    for word in text.split(" "):
        if line.strip() and cell_width(line) + 1 + cell_width(word) > width:
            lines.append(line)
            line = f"   {word}"
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
