"""What a page is made of: blocks in sections, without markup. Sections make them, templates draw them.

A section is one file in `sections/` with `TITLE` (a key of the wording), `ORDER` (its place) and
`render(page) -> list[Block]`; no blocks, no section. Texts in blocks are plain and may be hostile: the templates escape
them, whatever they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from fr_bench import plugins
from fr_bench.findings import Result
from fr_bench.reports.wording import Wording

Tone = Literal["plain", "quiet", "warning", "good", "bad"]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the section's own."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A box that must be seen: a badge in capitals and what it means."""

    kind: ClassVar[str] = "notice"
    badge: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """A headline figure: what was measured, its value, its interval, its counts, and what it proves."""

    title: str
    measure: str
    value: str
    interval: str
    counts: tuple[str, ...]
    sentence: str
    labels: tuple[tuple[str, str], ...] = ()
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Headline:
    """The figures of the first screen."""

    kind: ClassVar[str] = "headline"
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """Sentences with a level, the gravest first."""

    kind: ClassVar[str] = "notes"
    title: str
    items: tuple[tuple[Tone, str, str], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values. `exact` ones are digests, paths and settings, set in a typewriter face; `codes`: names only."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, str], ...]
    exact: bool = False
    codes: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: its lines; `order` is what the column is sorted by."""

    lines: tuple[str, ...]
    order: float | str | None = None
    tone: Tone = "plain"
    labels: tuple[tuple[str, str], ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column. Figures are set to the right; `wide` columns may break lines."""

    title: str
    figures: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; folded ones stand behind their caption. `left_out` says where further rows are."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    folded: bool = False
    left_out: str = ""
    sortable: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure as SVG with what it says in words, its data as a table, and the points that can be read off.

    points   rows of x, y in the SVG's units and one text to read out at that place
    """

    kind: ClassVar[str] = "plot"
    name: str
    title: str
    svg: str
    alt: str
    caption: str
    tables: tuple[Table, ...] = ()
    points: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a sample, or None where there is none to show."""

    uri: str | None
    alt: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """Tiles of one picture (failures) or two (comparisons), each with a line below."""

    kind: ClassVar[str] = "gallery"
    tiles: tuple[tuple[tuple[Picture, ...], str], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """What to type."""

    kind: ClassVar[str] = "code"
    text: str


Block = Text | Heading | Notice | Headline | Notes | Facts | Table | Plot | Gallery | Code


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a page; `name` is its anchor."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a section draws from: the result, the words, and whether the pictures of the result may be shown.

    plots   makes the figures on first use: name of the figure to (SVG for the page, read-out points)
    """

    result: Result
    say: Wording
    pictures: bool = True
    pictures_reason: str = ""
    plots: Callable[[str], tuple[str, Sequence[tuple[int, float, float]]] | None]
    facts: Mapping[str, Any] = field(default_factory=dict)


def sections(page: Page) -> list[Section]:
    """All sections that have something to show, by `ORDER`."""
    modules = [(name, plugins.load("reports.sections", name)) for name in plugins.names("reports.sections")]
    found = []
    for name, module in sorted(modules, key=lambda entry: (entry[1].ORDER, entry[0])):
        blocks = tuple(module.render(page))
        if blocks:
            found.append(Section(name.replace("_", "-"), page.say(module.TITLE), blocks))
    return found


def cell(text: str, order: float | str | None = None, **more: Any) -> Cell:
    """A cell of one line."""
    return Cell((text,), order, **more)


def flattened(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as rows of dotted name and text, in the order of their names.

    >>> flattened({"b": {"x": [1, 2]}, "a": True})
    [('a', 'true'), ('b.x', '[1, 2]')]
    """
    import json

    rows: list[tuple[str, str]] = []
    for key in sorted(tree, key=str):
        value, name = tree[key], f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            rows += flattened(value, f"{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            rows.append((name, text))
    return rows
