"""The section of quality: every figure in both languages, escaped, equal bytes, and its plots."""

from __future__ import annotations

import dataclasses
import re
import warnings
from functools import lru_cache

import pytest

from fr_bench import measuring
from fr_bench.analyses.given import Given
from fr_bench.analyses.quality import analyse
from fr_bench.findings import Analysis, Note, Series
from fr_bench.precision import Method
from fr_bench.reports import quality_figures, render
from fr_bench.reports.figures import as_svg
from fr_bench.reports.sections import quality
from fr_bench.reports.wording import wording
from tests.metrics.group_making import all_pairs, people
from tests.reports import examples
from tests.reports.test_render import Elements, quick

HOSTILE = "</script><img src=x onerror=alert(1)>$\\frac{1}{0}$"


@lru_cache
def analysis(name: str = "ofiq.Sharpness.scalar") -> Analysis:
    run = all_pairs(people({"a": 24}, 3), seed=6)
    texts = {sample.id: str(10 + 7 * k % 61) if k else "" for k, sample in enumerate(run.probes)}
    scores = run.scores()
    found = measuring.measure(scores, ["FNMR@FMR=1e-1", "FMR@threshold=9"], draws=20)
    given = Given(scores=scores, measurements=found, attributes={name: texts}, quality=(name,), method=Method(draws=20))
    return analyse(given)[0]


def page_of(*analyses: Analysis, language: str = "en") -> str:
    return render.html(quick(dataclasses.replace(examples.example(), analyses=analyses)), language=language)


def words(text: str) -> str:
    return " ".join(" ".join(Elements(text).words).split()).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def english() -> str:
    return page_of(analysis())


def test_every_measure_of_the_quality_stands_in_the_page(english: str) -> None:
    text = words(english)
    assert "71 of 72" in text
    for one in analysis().measurements:
        assert one.measure in text
    assert "1 of 72 samples have no known quality" in text


def test_each_curve_bears_its_own_labels() -> None:
    found = analysis()
    lines = tuple(
        dataclasses.replace(series, labels=("pointwise", "weak_target") if k else ("pointwise",))
        for k, series in enumerate(found.series)
    )
    part = quality._Part(wording("en"), dataclasses.replace(found, series=lines), "quality-1", drawn=False)
    of_curves = part._curves().rows[-1]
    assert [[label for label, _ in cell.labels] for cell in of_curves[2:]] == [list(line.labels) for line in lines]


def test_korean_page_says_the_same(english: str) -> None:
    korean = page_of(analysis(), language="ko")
    assert "영상 품질" in korean
    assert re.findall(r"\[[\d., ]+\]", words(korean)) == re.findall(r"\[[\d., ]+\]", words(english))


def test_equal_results_give_equal_bytes(english: str) -> None:
    assert page_of(analysis()) == english


def test_hostile_names_of_qualities_are_texts() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = page_of(analysis(HOSTILE), analysis("선명도 😀 \u202eabc"))
    assert "<img src=x" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_a_quality_that_nobody_has_says_why() -> None:
    note = Note(level="warning", code="unknown_quality", text="Quality 'q': no sample has one.")
    assert "no sample has one" in words(page_of(Analysis(kind="quality", subject="q", notes=(note,))))


def test_without_quality_there_is_no_section() -> None:
    assert 'id="quality"' not in page_of()


def test_with_more_qualities_than_fit_the_rest_is_in_the_table() -> None:
    many = [dataclasses.replace(analysis(), subject=f"q{k}") for k in range(8)]
    assert "2 further ones stand in the table only." in words(page_of(*many))


def line(*y: float, low: float = 0.5) -> Series:
    return Series(
        name="FNMR:x", x=(0.0, 0.2, 0.4), y=y, low=tuple(low * v for v in y), high=tuple(2 * v + 1e-3 for v in y)
    )


def test_a_curve_ends_where_no_error_is_left() -> None:
    figure = quality_figures.at_thresholds({"a": line(0.1, 0.01, 0.0), "b": line(0.2, 0.1, 0.05)})
    assert figure is not None
    assert [len(drawn.get_xdata()) for drawn in figure.axes[0].get_lines()] == [2, 3]


def test_without_errors_nothing_is_drawn() -> None:
    assert quality_figures.at_thresholds({"a": line(0.0, 0.0, 0.0)}) is None


def test_the_axis_of_close_rates_still_has_numbers() -> None:
    figure = quality_figures.at_thresholds({"a": line(0.5, 0.45, 0.4, low=0.9)})
    assert figure is not None
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["0.2", "0.5", "1"]


def test_one_quality_has_a_band_and_several_have_none() -> None:
    assert len(quality_figures.from_start({"a": line(0.1, 0.05, 0.0)}).axes[0].collections) == 1
    both = quality_figures.from_start({"a": line(0.1, 0.05, 0.0), "b": line(0.1, 0.08, 0.06)})
    assert len(both.axes[0].collections) == 0


def test_figures_have_equal_bytes() -> None:
    one, other = (as_svg(quality_figures.from_start({"a": line(0.1, 0.05, 0.0)})) for _ in range(2))
    assert one == other
