"""Which font draws Korean, in figures and on pages: one that frbench carries, in `fonts_of_pages`.

Without it (a package that leaves font files out) a figure takes a Korean font of this system, else English words, and
a page what the reader's system has.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from importlib import resources

OWN_FAMILY = "FRBench Sans KR"
KOREAN_FAMILIES = (
    OWN_FAMILY, "Pretendard", "Noto Sans KR", "Noto Sans CJK KR", "NanumGothic", "Malgun Gothic",
    "Apple SD Gothic Neo",
)  # fmt: skip


@lru_cache(maxsize=4)
def family_for(language: str) -> str | None:
    """The font family that figures in a language are set in; None where the letters cannot be drawn.

    >>> family_for("en")
    'DejaVu Sans'
    """
    from matplotlib import font_manager

    if language != "ko":
        return "DejaVu Sans"
    _add_own()
    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((family for family in KOREAN_FAMILIES if family in known), None)


@lru_cache(maxsize=4)
def faces(language: str) -> str:
    """The style rules that bring the font of a language into a page, as data; "" where the page needs none.

    A page of several hundred kilobytes more is whole on a machine without Korean fonts, and looks alike everywhere.

    >>> faces("en")
    ''
    """
    folder = resources.files("fr_bench.reports").joinpath("fonts_of_pages")
    if language != "ko" or not folder.is_dir():
        return ""
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".woff2")), key=lambda one: one.name)
    return "".join(_face(entry.read_bytes(), 700 if "Bold" in entry.name else 400) for entry in found)


def _face(data: bytes, weight: int) -> str:
    encoded = base64.b64encode(data).decode("ascii")
    return (
        f'@font-face {{ font-family: "{OWN_FAMILY}"; font-weight: {weight}; '
        f'src: url(data:font/woff2;base64,{encoded}) format("woff2"); }}\n'
    )


def _add_own() -> None:
    from matplotlib import font_manager

    folder = resources.files("fr_bench.reports").joinpath("fonts_of_pages")
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.endswith((".otf", ".ttf")):
            with resources.as_file(entry) as path:
                font_manager.fontManager.addfont(str(path))
