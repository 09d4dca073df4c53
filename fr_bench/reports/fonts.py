"""Which font draws Korean in figures: one that frbench carries, else one that this system has, else none."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

KOREAN_FAMILIES = (
    "FRBench Sans KR", "Pretendard", "Noto Sans KR", "Noto Sans CJK KR", "NanumGothic", "Malgun Gothic",
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


def _add_own() -> None:
    from matplotlib import font_manager

    folder = resources.files("fr_bench.reports").joinpath("fonts_of_pages")
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.endswith((".otf", ".ttf")):
            with resources.as_file(entry) as path:
                font_manager.fontManager.addfont(str(path))
