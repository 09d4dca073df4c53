"""Makes the Korean fonts of `fr_bench/reports/fonts_of_pages` from static TTF files of Noto Sans KR.

    python docs/remake_fonts.py NotoSansKR_400Regular.ttf NotoSansKR_700Bold.ttf

Needs `pip install fonttools brotli`; frbench itself needs neither. The files come from a package that carries the
fonts of Google Fonts, such as `npm pack @expo-google-fonts/noto-sans-kr`, with the licence beside them.
Equal files and an equal fonttools give equal bytes: the time in the font stays that of the original.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parent.parent
FONTS = ROOT / "fr_bench" / "reports" / "fonts_of_pages"
WORDING = ROOT / "fr_bench" / "reports" / "wording"
FAMILY = "FRBench Sans KR"
"""Its own name: the licence reserves names of the original, and a subset must not pass for the whole font."""
CHANGES = "Subset of Noto Sans KR 2.004 under another name, without hinting, vertical metrics and alternate forms."
DROPPED_NAMES = frozenset({7, 25, *range(256, 300)})
"""Trademark, and the names of the axis of the variable font that the static files were cut from."""
SIGNS = "‘’“”‚„†‡•…‰′″※→←↑↓↔⇒≤≥≠≈≡×÷±∓∞√∑∏∫∂∆Ωµ−∕∙ΑΒΓΔΘΛΞΠΣΦΨαβγδεζηθικλμνξοπρστυφχψω–—―│─㎡①②③④⑤⑥⑦⑧⑨⑩"
CJK_SIGNS = "、。〈〉《》「」『』【】〔〕·ㆍ！％（）＋，－．：；＜＝＞？＠～￦"


def characters() -> set[int]:
    """What the fonts can draw: Latin, Greek, signs, all jamo, the syllables of KS X 1001 and those of our own texts."""
    own = "".join(path.read_text(encoding="utf-8") for path in sorted(WORDING.rglob("*.toml")))
    latin, jamo = {*range(0x20, 0x7F), *range(0xA0, 0x180)}, {*range(0x3131, 0x318F)}
    return latin | jamo | syllables() | {ord(sign) for sign in SIGNS + CJK_SIGNS + own if sign >= " "}


def syllables() -> set[int]:
    """The 2,350 Hangul syllables of KS X 1001."""
    rows, places = range(0xB0, 0xC9), range(0xA1, 0xFF)
    return {ord(bytes([row, place]).decode("euc_kr")) for row in rows for place in places}


def cut(original: Path, style: str) -> TTFont:
    """The font with our characters only, under our name."""
    font = TTFont(original, recalcTimestamp=False)
    options = subset.Options()
    options.hinting, options.glyph_names, options.notdef_outline = False, False, True
    options.layout_features = ["ccmp", "kern", "mark", "mkmk"]
    options.drop_tables += ["vhea", "vmtx", "BASE", "STAT", "gasp", "prep"]
    options.name_IDs, options.name_languages = ["*"], ["*"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    rename(font, style)
    return font


def rename(font: TTFont, style: str) -> None:
    """Write our family into every name of the font, and keep copyright, designers and licence."""
    postscript = f"{FAMILY.replace(' ', '')}-{style}"
    new = {1: FAMILY, 2: style, 3: f"{postscript};subset", 4: f"{FAMILY} {style}", 6: postscript, 10: CHANGES}
    table = font["name"]
    table.names = [one for one in table.names if one.nameID not in DROPPED_NAMES | {16, 17, 21, 22}]
    for number, text in new.items():
        table.setName(text, number, 3, 1, 0x409)


def main(paths: list[str]) -> None:
    """Cut each file; TTF for figures and PDF, WOFF2 for pages."""
    for path in map(Path, paths):
        style = "Bold" if "Bold" in path.stem else "Regular"
        font = cut(path, style)
        target = FONTS / f"{FAMILY.replace(' ', '')}-{style}"
        font.save(target.with_suffix(".ttf"))
        font.flavor = "woff2"
        font.save(target.with_suffix(".woff2"))


if __name__ == "__main__":
    main(sys.argv[1:])
