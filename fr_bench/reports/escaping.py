"""Hostile text made harmless where it is shown: names and ids come from files that anybody may have written.

`visible` comes first everywhere: what cannot be seen, or turns the reading direction, is spelled as an escape. What the
place itself could execute is added per place: HTML escapes by Jinja2, Markdown, spreadsheet cells, JSON in a script.
The exact text always stays in `result.json`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Fillers that Unicode counts among letters and symbols, and that are drawn as nothing."""
_ALLOWED = frozenset("\u00a0\u202f")
_FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")
_MARKDOWN = re.compile(r"([\\`*|~$]|\](?=[(\[:])|(?<!\w)_|_(?!\w))")
_PICTURE = re.compile(r"data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}\Z")


def visible(text: str) -> str:
    r"""The text with controls, bidi marks, lone surrogates and other invisible characters spelled as escapes.

    >>> visible("a\x1b[31m\u202eb\n")
    'a\\x1b[31m\\u202eb\\n'
    >>> visible("김민수 <b>")
    '김민수 <b>'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelled(character) for character in text)


def _spelled(character: str) -> str:
    hidden = unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _INVISIBLE_LETTERS
    if not hidden or character in _ALLOWED:
        return character
    return character.encode("unicode_escape").decode("ascii")


def shortened(text: str, limit: int = 60) -> str:
    """The text within `limit` characters, its middle left out: the ends of an id or a path tell most.

    >>> shortened("a" * 40 + "tail.jpg", 20)
    'aaaaaaaaaa…atail.jpg'
    """
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[-tail:]}"


def spreadsheet_cell(text: str) -> str:
    """Text for a CSV cell: an apostrophe goes before what a spreadsheet would run as a formula.

    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("@cmd"), spreadsheet_cell("subject=1")
    ("'=1+1", "'@cmd", 'subject=1')
    """
    start = text.lstrip(" \u00a0\u3000\n")[:1]
    prefix = "'" if start in _FORMULA_STARTS and start else ""
    return prefix + visible(text)


def markdown_cell(text: str) -> str:
    r"""Text for a cell of a Markdown table: what Markdown or HTML would read there is escaped, and nothing else.

    >>> markdown_cell("a|b <i>"), markdown_cell("<= 1.83 % (95 %)"), markdown_cell("no_errors _x_")
    ('a\\|b &lt;i>', '<= 1.83 % (95 %)', 'no_errors \\_x\\_')
    """
    plain = re.sub(r"&(?=[#A-Za-z])", "&amp;", visible(text))
    plain = re.sub(r"<(?![= ])", "&lt;", plain)
    return _MARKDOWN.sub(r"\\\1", plain)


def script_json(value: Any) -> str:
    r"""JSON that may stand inside `<script type="application/json">`: nothing in it can end the element.

    >>> script_json("</script><!--")
    '"\\u003c/script>\\u003c!--"'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c")


def picture(uri: str | None) -> str | None:
    """The data URI if it is a PNG, JPEG or WebP in base64 and nothing else; None otherwise.

    >>> picture("https://example.org/a.png") is None
    True
    """
    return uri if uri is not None and _PICTURE.match(uri) else None
