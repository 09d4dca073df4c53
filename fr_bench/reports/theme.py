"""Colours that figures and pages share. A figure is drawn in the light ones; the page maps each to a CSS variable."""

from __future__ import annotations

import re

PALETTE = {"ink": "#1c2024", "muted": "#6e747d", "grid": "#dfe2e6", "paper": "#ffffff"}
SERIES = ("#0072b2", "#c45500", "#00805d", "#a64d87", "#8a6d00", "#3f4a56")
"""After Okabe and Ito, 2008; colours too light for lines and text are darkened until they keep 4.5:1 against white."""

_VARIABLES = {
    **{colour: f"var(--plot-{name})" for name, colour in PALETTE.items()},
    **{colour: f"var(--plot-{place})" for place, colour in enumerate(SERIES)},
}
_COLOUR = re.compile("|".join(_VARIABLES), re.IGNORECASE)
_COLOURS = {variable: colour for colour, variable in _VARIABLES.items()}
_VARIABLE = re.compile(r"var\(--plot-[a-z0-9]+\)")
_ID = re.compile(r'\b(id="|href="#|url\(#)')


def themed(svg: bytes, prefix: str) -> str:
    """An SVG of Matplotlib for use inside a page: colours become CSS variables, ids get a prefix, the head goes.

    prefix   letters and digits; two figures of one page need different ones, or their clip paths would collide
    """
    text = svg.decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<style type=\"text/css\">.*?</style>", "", text, flags=re.DOTALL)
    text = _ID.sub(lambda found: f"{found[1]}{prefix}-", text)
    text = _COLOUR.sub(lambda found: _VARIABLES[found[0].lower()], text)
    head = text[: text.index(">")]
    trimmed = re.sub(r'\s(?:width|height)="[^"]*"', "", head).replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    plain = trimmed.replace(' xmlns="http://www.w3.org/2000/svg"', "") + ' aria-hidden="true" focusable="false"'
    return (plain + text[len(head) :]).replace("xlink:href=", "href=").replace("\n", "")


def unthemed(svg: str) -> bytes:
    """What `themed` made, as an SVG file again: the colours in which it was drawn, and the head of a file."""
    text = _VARIABLE.sub(lambda found: _COLOURS[found[0]], svg)
    head = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" stroke-linejoin="round"'
    return text.replace("<svg", f"<svg {head}", 1).replace(" href=", " xlink:href=").encode("utf-8")
