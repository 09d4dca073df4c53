"""A table for a terminal that cuts nothing: heads are wrapped, and what is still too wide is turned round."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence

import click

Row = Sequence[str]
GAP = 2


def show(head: Row, rows: Sequence[Row], width: int) -> None:
    """Print a table with its first column to the left and the others to the right.

    Where it is wider than `width`, heads and rows change places; where even that is too wide, each row is told by
    itself, a line for every figure.
    """
    for shape in ((head, rows), turned(head, rows)):
        if wide(*shape) <= width:
            _print(*shape, width)
            return
    for row in rows:
        click.echo(row[0])
        for name, cell in zip(head[1:], row[1:], strict=True):
            if cell:
                click.echo(textwrap.fill(f"{name}: {cell}", width, initial_indent="  ", subsequent_indent="    "))


def turned(head: Row, rows: Sequence[Row]) -> tuple[Row, Sequence[Row]]:
    """The same table with heads and rows changed.

    >>> turned(["", "a", "b"], [["x", "1", "2"], ["y", "3", "4"]])
    (['', 'x', 'y'], [['a', '1', '3'], ['b', '2', '4']])
    """
    columns = [list(column) for column in zip(head, *rows, strict=True)]
    return columns[0], columns[1:]


def wide(head: Row, rows: Sequence[Row]) -> int:
    """How wide a table is when its heads are wrapped between words and no cell is.

    >>> wide(["", "design effect"], [["needed", "1.7"]])
    14
    """
    columns = list(zip(head, *rows, strict=True))
    return sum(_column(column) for column in columns) + GAP * (len(columns) - 1)


def _column(column: Sequence[str]) -> int:
    words = column[0].split() or [""]
    return max(_cells(text) for text in (*words, *column[1:]))


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _print(head: Row, rows: Sequence[Row], width: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(zip(head, *rows, strict=True)):
        title = Text("\n".join(_wrapped(column[0], _column(column))))
        table.add_column(title, justify="right" if number else "left", vertical="bottom", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(file=sys.stdout, width=width, highlight=False).print(table)


def _wrapped(text: str, width: int) -> list[str]:
    """Words on lines of at most `width` cells; a word is never broken."""
    lines: list[str] = []
    for word in text.split():
        if lines and _cells(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]
