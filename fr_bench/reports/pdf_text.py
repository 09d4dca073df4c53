r"""Text made fit for a PDF that must be whole anywhere: only letters that our own font draws, and places to break.

A PDF/A may show no letter that its fonts lack, and must not borrow one from the machine it is made on. What our font
cannot draw is spelled as an escape, as `escaping.visible` spells what cannot be seen at all; the exact text always
stays in the JSON beside the document.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import resources

from fr_bench.reports.escaping import shortened, visible
from fr_bench.reports.render import unbroken

LONGEST = 1_000
LONGEST_CELL = 240
"""Characters of a paragraph, and of a line in a cell: more would run off the page. The ends of a text are kept."""
LONG_WORD = 16
"""A word with more characters may be broken: after a mark between its parts, or every `PIECE` characters."""
PIECE = 10
BREAK = "\u200b"
"""Where a word may be broken. `visible` leaves none of it in a text, so those that stand there are ours."""
_AFTER_MARK = re.compile(r"(?<=[/_:;=@|\\-])(?=[^/_.,:;=@|\\-])|(?<=[.,])(?=[^/_.,:;=@|\\\d-])")


@lru_cache(maxsize=1)
def drawable() -> frozenset[str]:
    """Every character that both weights of our font draw."""
    from matplotlib.ft2font import FT2Font

    folder = resources.files("fr_bench.reports").joinpath("fonts_of_pages")
    found: list[set[str]] = []
    for weight in ("Regular", "Bold"):
        with resources.as_file(folder.joinpath(f"FRBenchSansKR-{weight}.ttf")) as path:
            found.append({chr(code) for code in FT2Font(str(path)).get_charmap()})
    return frozenset.intersection(*map(frozenset, found))


def drawn(text: str) -> str:
    r"""The text in characters that our font draws; others are spelled as escapes.

    Letters and their marks are joined first: file names of some systems hold Korean syllables in parts.

    >>> drawn("\u1100\u1161 漢 \u202eabc"), drawn("*bold* #read $x$")
    ('가 \\u6f22 \\u202eabc', '*bold* #read $x$')
    """
    plain = visible(unicodedata.normalize("NFC", text))
    if plain.isascii():
        return plain
    known = drawable()
    return "".join(one if one in known else one.encode("unicode_escape").decode("ascii") for one in plain)


def printed(text: str, limit: int = LONGEST) -> str:
    r"""The text as the typesetter gets it: drawable, figures held together, long words breakable.

    >>> printed("subject=4 459_of_somebody")
    'subject=\u200b4\xa0459_\u200bof_\u200bsomebody'
    """
    return " ".join(map(_broken, unbroken(shortened(drawn(text), limit)).split(" ")))


def exact(text: str, limit: int = LONGEST) -> str:
    """As `printed`, for digests, paths and settings: nothing is joined or replaced but what cannot be drawn."""
    return " ".join(map(_broken, shortened(drawn(text), limit).split(" ")))


def _broken(word: str) -> str:
    if len(word) <= LONG_WORD:
        return word
    parts = []
    for part in _AFTER_MARK.split(word):
        whole = len(part) <= LONG_WORD or "\u00a0" in part[:LONG_WORD]
        parts += [part] if whole else [part[k : k + PIECE] for k in range(0, len(part), PIECE)]
    return BREAK.join(parts)
