"""The section of presentation attacks: species by species, in both languages, with names as hostile as they come."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from fr_bench.findings import Result
from fr_bench.pipeline import evaluate
from fr_bench.records import Presentations
from fr_bench.reports import render
from fr_bench.reports.document import Plot, Table
from fr_bench.reports.sections.attacks import blocks
from fr_bench.reports.wording import wording
from tests.reports.browser import Browser, executable


def attacked(*names: str) -> Result:
    """A bona fide half, and an equal number of attacks of each species, with recognition scores."""
    rng = np.random.default_rng(11)
    rows = [("", f"s{k // 2}", score) for k, score in enumerate(rng.normal(0.8, 0.12, 80))]
    for place, name in enumerate(names):
        rows += [(name, f"i{k // 2}", score) for k, score in enumerate(rng.normal(0.35 + place / 20, 0.12, 50))]
    species, instrument, score = zip(*rows, strict=True)
    found = Presentations(
        score=np.array(score), species=species, instrument=instrument, recognition=np.array(score) * 0.7
    )
    measures = ["BPCER10", "APCER@threshold=0.5", "RIAPAR@threshold=0.3,detection=0.5"]
    return evaluate(presentations=found, measures=measures)


@pytest.fixture(scope="module")
def result() -> Result:
    return attacked("print", "mask")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_species_stand_apart_and_both_figures_are_drawn(result: Result, language: str) -> None:
    say = wording(language)
    found = blocks(result.analyses[0], say)
    plots = [block for block in found if isinstance(block, Plot)]
    assert [plot.name for plot in plots] == ["attacks-trade-off", "attacks-scores"]
    assert all(plot.svg.startswith("<svg") and plot.alt and plot.caption and plot.tables for plot in plots)
    tables = [block for block in found if isinstance(block, Table)]
    assert [len(table.rows) for table in tables] == [4, 4, 4, 3]
    assert [row[0].lines[0] for row in tables[0].rows[:2]] == ["mask", "print"]
    assert tables[0].rows[2][0].lines[0] == say("attacks.worst", species="mask")


def test_the_page_gives_counts_and_limits(result: Result) -> None:
    told = text_of(render.html(result))
    worst = result.measurement("APCER@threshold=0.5")
    assert worst.counts is not None
    shown = f"{worst.counts.errors * 2:.2f} %"
    assert re.search(rf"worst species: print APCER 25 {shown} \[[0-9., ]+\] % {worst.counts.errors} of 50", told)


def test_no_presentations_no_section() -> None:
    assert 'id="attacks"' not in render.html(evaluate(mated=[0.9, 0.8], nonmated=[0.1, 0.2], draws=20))


def test_names_of_species_are_never_markup() -> None:
    page = render.html(attacked("<b>mask</b>", "$x_1$ & 가면"))
    assert "<b>mask" not in page
    assert "&lt;b&gt;mask&lt;/b&gt;" in page


def test_the_same_presentations_give_the_same_bytes(result: Result) -> None:
    first = blocks(result.analyses[0], wording("en"))
    assert first == blocks(attacked("print", "mask").analyses[0], wording("en"))


def test_more_species_than_can_be_drawn_are_told() -> None:
    found = blocks(attacked(*(f"kind{k:02d}" for k in range(14))).analyses[0], wording("en"))
    plot = next(block for block in found if isinstance(block, Plot) and block.name == "attacks-scores")
    assert "3 further species" in plot.caption


@pytest.mark.browser
@pytest.mark.skipif(executable() is None, reason="Chromium is not installed")
def test_the_page_is_whole_in_a_browser(result: Result, tmp_path: Path) -> None:
    page = tmp_path / "attacks.html"
    page.write_text(render.html(result, language="ko"), encoding="utf-8")
    with Browser(tmp_path / "profile") as browser:
        visit = browser.visit(page)
        assert browser.evaluate(visit, "document.querySelectorAll('#attacks svg path').length") > 50
        assert (visit.requests, visit.complaints) == ([], [])
