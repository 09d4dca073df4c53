"""Text for a terminal in English or Korean: paragraphs that fit it, headings, and tables that nothing is cut from."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

import click

from fr_bench.cli import columns

Row = Sequence[str]
NARROWEST, WIDEST = 80, 120


@dataclass(frozen=True, slots=True)
class Page:
    """Where an answer is printed.

    language   what English sentences are looked up in; one that is not in the catalogue stays as it is
    words      the kind of words that heads of tables are looked up under
    """

    language: str = "en"
    words: str = "planning"

    def sentence(self, text: str) -> str:
        """A sentence in the language of the page."""
        from fr_bench.reports.sentences import translated

        return translated(text, self.language) or text

    def word(self, text: str) -> str:
        """The head of a table, or of one of its rows, in the language of the page."""
        from fr_bench.reports.sentences import words

        return words(self.language).get(self.words, {}).get(text, text)

    def line(self, text: str = "") -> None:
        """A sentence that is not wrapped."""
        click.echo(self.sentence(text))

    def paragraph(self, text: str, bullet: str = "") -> None:
        """A sentence over as many lines as it takes; a number and its sign stay on one of them."""
        from fr_bench.reports.table import wrapped

        whole = f"{bullet}{self.sentence(text)}".replace(" %", "\u00a0%")
        blank = " " * len(bullet)
        # Words are broken at blanks, those of the bullet apart.
        lines = wrapped(whole[len(bullet) :], self.width - len(bullet), "")
        click.echo("\n".join(f"{blank if k else bullet}{line}" for k, line in enumerate(lines)).replace("\u00a0", " "))

    def table(self, head: Row, rows: Sequence[Row]) -> None:
        """A table; its heads and the first cell of every row are words of the page."""
        columns.show([self.word(name) for name in head], [[self.word(row[0]), *row[1:]] for row in rows], self.width)

    @property
    def width(self) -> int:
        """Columns of the terminal, within reason."""
        return max(NARROWEST, min(shutil.get_terminal_size((100, 24)).columns, WIDEST))
