"""Blocks as plain data for the typesetter, and the pictures among them as files: no text becomes markup anywhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

from fr_bench.reports.document import (
    Block,
    Cell,
    Code,
    Facts,
    Gallery,
    Heading,
    Headline,
    Notes,
    Notice,
    Picture,
    Plot,
    Section,
    Table,
    Text,
)
from fr_bench.reports.escaping import picture
from fr_bench.reports.pdf_text import LONGEST_CELL, drawn, exact, printed
from fr_bench.reports.theme import unthemed

LARGEST_PICTURE = 480
"""Pixels of the longer side of a sample's picture: 10 a millimetre at the size it is printed."""


class Blocks:
    """Blocks of one document as JSON types; `files` holds the pictures that they name.

    missing   what is told where a picture cannot be shown
    """

    def __init__(self, missing: str) -> None:
        self.files: dict[str, bytes] = {}
        self._missing = printed(missing)

    def sections(self, found: Sequence[Section]) -> list[dict[str, Any]]:
        """All sections in order."""
        return [{"title": printed(one.title), "blocks": [self.block(block) for block in one.blocks]} for one in found]

    def block(self, block: Block) -> dict[str, Any]:
        """One block: its kind and its texts."""
        return {"kind": block.kind, **self._fields(block)}

    def _fields(self, block: Block) -> Mapping[str, Any]:
        match block:
            case Text():
                return {"text": printed(block.text), "tone": block.tone}
            case Heading():
                return {"text": printed(block.text)}
            case Notice():
                return {"badge": printed(block.badge), "text": printed(block.text)}
            case Headline():
                return {"cards": [_card(one) for one in block.cards]}
            case Notes():
                rows = [[tone, printed(word), printed(text)] for tone, word, text in block.items]
                return {"title": printed(block.title), "rows": rows}
            case Facts():
                return _facts(block)
            case Table():
                return _table(block)
            case Plot():
                return self._plot(block)
            case Gallery():
                return {"tiles": [self._tile(pictures, line) for pictures, line in block.tiles]}
            case Code():
                return {"text": "\n".join(drawn(line) for line in block.text.split("\n"))}

    def _plot(self, block: Plot) -> dict[str, Any]:
        name = self._kept(unthemed(block.svg), "svg")
        alt = printed(block.alt or block.title or block.name)
        caption = {"title": printed(block.title), "caption": printed(block.caption)}
        return {"file": name, "alt": alt, **caption, "tables": [_table(one) for one in block.tables]}

    def _tile(self, pictures: tuple[Picture, ...], line: str) -> dict[str, Any]:
        return {"line": printed(line, LONGEST_CELL), "pictures": [self._picture(one) for one in pictures]}

    def _picture(self, one: Picture) -> dict[str, Any]:
        data = _as_png(one.uri)
        lines = [printed(line, LONGEST_CELL // 2) for line in one.lines]
        file = self._kept(data, "png") if data is not None else ""
        return {"file": file, "alt": printed(one.alt) or self._missing, "lines": lines, "missing": self._missing}

    def _kept(self, data: bytes, suffix: str) -> str:
        name = f"picture-{len(self.files) + 1}.{suffix}"
        self.files[name] = data
        return name


def _card(one: Any) -> dict[str, Any]:
    told = {name: printed(getattr(one, name)) for name in ("title", "measure", "value", "interval", "sentence")}
    labels = [exact(label) for label, _ in one.labels]
    return {**told, "counts": list(map(printed, one.counts)), "labels": labels, "missing": one.missing}


def _facts(block: Facts) -> dict[str, Any]:
    name, value = (exact if block.exact or block.codes else printed), (exact if block.exact else printed)
    rows = [[name(one, LONGEST_CELL), value(other)] for one, other in block.rows]
    return {"rows": rows, "exact": block.exact, "codes": block.codes}


def _table(block: Table) -> dict[str, Any]:
    columns = [{"title": printed(one.title, LONGEST_CELL), "figures": one.figures} for one in block.columns]
    rows = [[_cell(one) for one in row] for row in block.rows]
    told = {"caption": printed(block.caption), "left_out": printed(block.left_out)}
    return {**told, "columns": columns, "rows": rows, "small": block.folded}


def _cell(one: Cell) -> dict[str, Any]:
    lines = [printed(line, LONGEST_CELL) for line in one.lines]
    return {"lines": lines, "tone": one.tone, "labels": [exact(label, LONGEST_CELL) for label, _ in one.labels]}


def _as_png(uri: str | None) -> bytes | None:
    """A picture of a data URI, made anew: whatever else the bytes hold stays behind. None where it is no picture."""
    shown = picture(uri)
    if shown is None:
        return None
    from PIL import Image

    try:
        with Image.open(io.BytesIO(base64.b64decode(shown.partition(",")[2]))) as image:
            image.thumbnail((LARGEST_PICTURE, LARGEST_PICTURE))
            made = io.BytesIO()
            image.convert("RGB").save(made, "PNG")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return made.getvalue()
