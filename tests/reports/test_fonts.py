"""The Korean font: ours, free, complete for our texts, small; in figures and in Korean pages only."""

from __future__ import annotations

import base64
import re
import warnings
from importlib import resources
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from fr_bench.reports import figures, fonts, render
from fr_bench.reports.wording import wording
from tests.reports import examples
from tests.reports.browser import Browser, executable

FOLDER = Path(str(resources.files("fr_bench.reports").joinpath("fonts_of_pages")))
TTF = FOLDER / "FRBenchSansKR-Regular.ttf"
KS_X_1001 = {bytes([row, place]).decode("euc_kr") for row in range(0xB0, 0xC9) for place in range(0xA1, 0xFF)}


@pytest.fixture(scope="module")
def letters() -> set[str]:
    with TTFont(TTF) as font:
        return {chr(code) for code in font.getBestCmap()}


@pytest.fixture(scope="module")
def names() -> dict[int, str]:
    with TTFont(TTF) as font:
        return {one.nameID: str(one) for one in font["name"].names}


def test_figures_in_korean_are_set_in_our_own_font() -> None:
    assert fonts.family_for("ko") == "FRBench Sans KR"
    assert figures.words("ko")["family"] == "FRBench Sans KR"


def test_font_draws_all_syllables_of_ks_x_1001(letters: set[str]) -> None:
    assert len(KS_X_1001) == 2350
    assert letters >= KS_X_1001


def test_font_draws_every_letter_of_the_korean_texts(letters: set[str]) -> None:
    folder = Path(str(resources.files("fr_bench.reports").joinpath("wording")))
    told = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("ko.toml"))
    assert {letter for letter in told if letter.isprintable()} <= letters


def test_name_of_the_font_is_not_a_reserved_one(names: dict[int, str]) -> None:
    assert names[1] == "FRBench Sans KR"
    assert "Reserved Font Name 'Source'" in names[0]
    for place in (1, 3, 4, 6, 16, 17, 25):
        assert "source" not in names.get(place, "").casefold()
        assert "noto" not in names.get(place, "").casefold()


def test_font_carries_its_licence_and_the_licence_lies_beside_it(names: dict[int, str]) -> None:
    assert "SIL Open Font License, Version 1.1" in names[13]
    text = (FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert text.startswith("Copyright 2014-2021 Adobe")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text


def test_font_files_are_small() -> None:
    assert TTF.stat().st_size < 600_000
    assert sum(path.stat().st_size for path in FOLDER.glob("*.woff2")) < 400_000


def test_korean_words_of_figures_are_drawn_without_a_missing_letter() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = figures.draw([examples.example()], figures.words("ko"))
        assert figures.as_svg(drawn["det"]).startswith(b"<?xml")
    assert drawn["det"].axes[0].get_xlabel() == wording("ko")("plot.fmr")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    result = examples.scores_only()
    return {language: render.html(result, language=language) for language in ("en", "ko")}


def test_korean_page_brings_its_font_and_an_english_one_does_not(pages: dict[str, str]) -> None:
    found = re.findall(r"url\(data:font/woff2;base64,([A-Za-z0-9+/=]+)\)", pages["ko"])
    assert [base64.b64decode(data)[:4] for data in found] == [b"wOF2", b"wOF2"]
    assert "@font-face" not in pages["en"]


def test_korean_page_grows_by_less_than_half_a_megabyte(pages: dict[str, str]) -> None:
    assert len(pages["ko"].encode()) - len(pages["en"].encode()) < 500_000


@pytest.mark.browser
@pytest.mark.skipif(executable() is None, reason="Chromium is not installed")
def test_browser_sets_a_korean_page_in_both_weights_of_the_font_it_brought(
    pages: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "korean.html"
    path.write_text(pages["ko"], encoding="utf-8")
    with Browser(tmp_path / "profile") as browser:
        visit = browser.visit(path)
        told = browser.evaluate(
            visit, "Array.from(document.fonts).map(f => f.family + ' ' + f.weight + ' ' + f.status)"
        )
        assert sorted(one.replace('"', "") for one in told) == [
            "FRBench Sans KR 400 loaded", "FRBench Sans KR 700 loaded",
        ]  # fmt: skip
        assert browser.evaluate(visit, "getComputedStyle(document.body).fontFamily").startswith('"FRBench Sans KR"')
        assert visit.complaints == []
