"""The section of 1:N search: closed and open set apart, each figure with its table, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fr_bench.findings import Analysis, Note, Result, Series, Table
from fr_bench.reports import render, search_figures
from fr_bench.reports.document import Facts, Heading, Page, Plot, Text
from fr_bench.reports.sections.identification import blocks
from fr_bench.reports.wording import wording
from tests.reports import examples
from tests.reports.browser import Browser, executable

RANKS = tuple(float(k) for k in range(1, 21))
FOUND = (216, 238, 248, 255, 257, 258, *[260] * 4, *[264] * 4, *[267] * 6)


def line(
    name: str, x: tuple[float, ...], counts: tuple[tuple[int, int], ...], *labels: str, limits: bool = True
) -> Series:
    y = tuple(errors / trials for errors, trials in counts)
    return Series(
        name=name,
        x=x,
        y=y,
        low=tuple(value * 0.9 for value in y) if limits else (),
        high=tuple(min(1.0, value * 1.1 + 0.01) for value in y) if limits else (),
        counts=counts,
        labels=tuple(sorted(("fixed_gallery", *labels))),
    )


def searched(**changes: object) -> Analysis:
    cmc = line("cmc", RANKS, tuple((found, 270) for found in FOUND), "pointwise")
    det = line(
        "det", (0.9, 0.4, 0.1, 0.01, 0.0), ((40, 270), (60, 270), (90, 270), (120, 270), (140, 270)), limits=False
    )
    points = line("det_points", (0.1, 0.01), ((90, 270), (120, 270)), "pointwise", "threshold_taken_as_fixed")
    tpir = line("tpir_by_gallery", (4.0, 8.0, 30.0), ((250, 270), (240, 270), (216, 270)), "pointwise")
    fpir = line("fpir_by_gallery", (4.0, 8.0, 30.0), ((0, 100), (0, 100), (1, 100)), "pointwise")
    rows = tuple(
        (measure, int(x), errors, trials, y, low, high)
        for measure, of in (("TPIR@rank=1", tpir), ("FPIR@threshold=0.7", fpir))
        for x, (errors, trials), y, low, high in zip(of.x, of.counts, of.y, of.low, of.high, strict=True)
    )
    columns = ("measure", "gallery", "errors", "trials", "value", "low", "high")
    made = Analysis(
        kind="identification",
        series=(cmc, det, points, tpir, fpir),
        tables=(Table(name="gallery_sizes", columns=columns, rows=rows),),
        facts={"gallery": 30, "mated_searches": 270, "nonmated_searches": 100, "failed_probes": 2},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def result(*analyses: Analysis) -> Result:
    return replace(examples.example(), analyses=analyses)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def page() -> str:
    return render.html(result(searched()))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_closed_and_open_set_stand_apart(language: str) -> None:
    say = wording(language)
    found = blocks(searched(), say)
    heads = [block.text for block in found if isinstance(block, Heading)]
    assert heads == [say(f"identification.{key}") for key in ("closed", "open", "sizes")]
    plots = [block for block in found if isinstance(block, Plot)]
    assert [plot.name for plot in plots] == ["cmc", "det-search", "gallery-sizes"]
    assert all(plot.svg.startswith("<svg") and plot.alt and plot.caption and plot.tables for plot in plots)


def test_the_page_says_counts_and_limits_of_every_point(page: str) -> None:
    told = text_of(page)
    assert "Identities in the gallery 30" in told
    assert "Mated searches 270 Nonmated searches 100" in told
    assert "Cumulative match characteristic, rank 1: 80.00 %" in page
    assert re.search(r"≤ 1.00 % 44.44 % \[40.00, 49.89\] % 120 of 270", told)
    assert "FPIR@threshold=0.7 8 no errors" in told


def test_a_run_without_searches_has_no_such_section(page: str) -> None:
    assert 'id="identification"' not in render.html(result())
    assert 'id="identification"' in page


def test_a_closed_set_shows_no_open_one() -> None:
    closed = searched(series=searched().series[:1], tables=(), notes=(
        Note(level="information", code="closed_set_only", text="Every probe's subject is enrolled."),
    ))  # fmt: skip
    found = blocks(closed, wording("en"))
    assert [block.text for block in found if isinstance(block, Heading)] == [wording("en")("identification.closed")]
    assert any(isinstance(block, Text) and "is enrolled" in block.text for block in found)


def test_without_both_kinds_of_error_the_det_says_so_and_keeps_its_table() -> None:
    none = line("det", (0.5, 0.0), ((0, 270), (0, 270)), limits=False)
    points = line("det_points", (0.1,), ((0, 270),))
    found = blocks(searched(series=(none, points), tables=()), wording("en"))
    assert not any(isinstance(block, Plot) for block in found)
    assert any(isinstance(block, Text) and "nothing that such axes could show" in block.text for block in found)


def test_every_label_is_explained() -> None:
    found = blocks(searched(), wording("en"))
    names = [name for name, _ in [block for block in found if isinstance(block, Facts)][-1].rows]
    assert names == ["fixed_gallery", "pointwise", "threshold_taken_as_fixed"]


def test_ties_for_the_mate_are_a_second_line_with_a_legend() -> None:
    cmc = searched().series[0]
    alone = search_figures.cmc(cmc, None)
    both = search_figures.cmc(cmc, replace(cmc, name="cmc_optimistic"))
    assert len(both.axes[0].get_lines()) == len(alone.axes[0].get_lines()) + 1
    assert both.axes[0].get_legend() is not None
    assert alone.axes[0].get_legend() is None


def test_a_gallery_size_without_errors_has_a_bar_and_no_dot() -> None:
    fpir = searched().series[-1]
    axes = search_figures.gallery_sizes({"fpir": fpir}).axes[0]
    dots = [drawn for drawn in axes.get_lines() if drawn.get_linestyle() == "None"]
    bars = [drawn for drawn in axes.get_lines() if drawn.get_marker() == "_"]
    assert (len(dots), len(bars)) == (1, 3)


def test_the_same_analysis_gives_the_same_bytes(page: str) -> None:
    assert render.html(result(searched())) == page


def test_the_section_renders_from_a_page() -> None:
    from fr_bench.reports.sections import identification

    page = Page(result=result(searched()), say=wording("en"), plots=lambda _: None)
    assert identification.render(page)


def test_counts_of_a_table_are_called_what_they_are() -> None:
    plots = {block.name: block for block in blocks(searched(), wording("en")) if isinstance(block, Plot)}
    last = {name: plot.tables[0].columns[-1].title for name, plot in plots.items()}
    assert last == {
        "cmc": "Found, of mated searches", "det-search": "Missed, of mated searches",
        "gallery-sizes": "Counted, of searches",
    }  # fmt: skip


@pytest.mark.browser
@pytest.mark.skipif(executable() is None, reason="Chromium is not installed")
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_section_stands_in_the_browser_and_hangs_over_no_edge(tmp_path: Path, language: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(render.html(result(searched()), language=language), encoding="utf-8")
    with Browser(tmp_path / "profile") as browser:
        visit = browser.visit(page, width=400)
        assert visit.complaints == []
        assert browser.evaluate(visit, "document.documentElement.scrollWidth") <= 400
        assert browser.evaluate(visit, "document.querySelectorAll('#identification svg').length") == 3
        assert browser.evaluate(visit, "document.querySelectorAll('#identification tbody tr').length") == 20 + 2 + 6
