"""The section of groups: complete, in both languages, escaped, equal bytes; its figures without colour alone."""

from __future__ import annotations

import dataclasses
import re
import warnings
from functools import lru_cache
from pathlib import Path

import pytest

from fr_bench import measuring
from fr_bench.analyses.given import Given
from fr_bench.analyses.groups import analyse
from fr_bench.findings import Analysis, Note
from fr_bench.reports import group_figures, render
from fr_bench.reports.group_figures import Dot, Spread, Square
from tests.metrics.group_making import all_pairs, people
from tests.reports import examples
from tests.reports.browser import Browser, executable
from tests.reports.test_render import Elements, quick

NAMES = {"Europe": 23, "Asia": 21, "Oceania": 4, "": 3}
HOSTILE = "</script><img src=x onerror=alert(1)>"


@lru_cache
def analysis(*names: str) -> Analysis:
    """Groups of made comparisons, with the names given in place of those of `NAMES`."""
    run = all_pairs(people(dict(zip(names, NAMES.values(), strict=True)), 3), seed=6)
    scores = run.scores(5.0)
    texts = ("EER", "FNMR@FMR=1e-1", "FNMR@FMR=1e-2", "FMR@threshold=100")
    (found,) = analyse(
        Given(scores=scores, measurements=measuring.measure(scores, texts), attributes=run.attributes, by=("group",))
    )
    return found


def page_of(*analyses: Analysis, language: str = "en") -> str:
    return render.html(quick(dataclasses.replace(examples.example(), analyses=analyses)), language=language)


def words(text: str) -> str:
    return " ".join(" ".join(Elements(text).words).split()).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def english() -> str:
    return page_of(analysis(*NAMES))


def test_rates_of_every_group_stand_in_the_page(english: str) -> None:
    text = words(english)
    found = analysis(*NAMES)
    for one in found.measurements:
        if one.group and one.counts and one.measure.startswith("FNMR@"):
            assert f"{one.counts.errors} of {one.counts.trials}" in text
    assert "(unknown) not judged" in text
    assert "Oceania not judged" in text


def test_the_test_of_equality_stands_before_the_summaries(english: str) -> None:
    text = words(english)
    order = ("Error rates by group at", "have the same FMR: chi-square", "max-min-ratio")
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_every_figure_is_there_with_words_for_those_who_do_not_see_it(english: str) -> None:
    elements = Elements(english).found
    names = [found["id"] for tag, found in elements if tag == "figure" and "groups-0" in found.get("id", "")]
    assert names == ["plot-groups-0-forest", "plot-groups-0-matrix", "plot-groups-0-spreads"]
    told = [found["aria-label"] for _, found in elements if found.get("role") == "img"]
    assert [words.split(".")[0].split(":")[0] for words in told] == [
        "Rates of the groups with their intervals",
        "False match rates between groups",
        "Quantiles of the scores of each group",
    ]


def test_a_rate_without_errors_is_a_bound_and_no_zero(english: str) -> None:
    part = english[english.index("Error rates by group at threshold 100") :]
    assert re.search(r"≤\s[\d.e-]+", words(part))
    assert ">0 %<" not in part


def test_korean_page_says_the_same(english: str) -> None:
    korean = page_of(analysis(*NAMES), language="ko")
    assert "집단별 결과" in korean
    assert "카이제곱" in korean
    numbers = re.findall(r"\[[\d., ]+\]", words(english))
    assert re.findall(r"\[[\d., ]+\]", words(korean)) == numbers


def test_equal_results_give_equal_bytes(english: str) -> None:
    assert page_of(analysis(*NAMES)) == english


def test_hostile_names_of_groups_are_texts() -> None:
    names = (HOSTILE, "$\\frac{1}{0}$", "{0}<b>", "")
    text = page_of(dataclasses.replace(analysis(*names), notes=(Note(level="warning", code=HOSTILE, text=HOSTILE),)))
    assert "<img src=x" not in text
    assert "<b>" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_names_in_any_script_are_drawn_without_complaint() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page_of(analysis("여성", "mâle", "😀 \u202eabc", ""))


def test_an_attribute_that_made_no_groups_says_why() -> None:
    note = Note(level="warning", code="too_many_groups", text="No groups by 'id': 'id' has 99 different values.")
    text = words(page_of(Analysis(kind="groups", subject="id", notes=(note,), facts={"by": ["id"]})))
    assert "By id" in text
    assert "99 different values" in text


def test_without_groups_there_is_no_section() -> None:
    assert 'id="groups"' not in page_of()


@pytest.mark.skipif(executable() is None, reason="Chromium is not installed")
@pytest.mark.browser
def test_figures_fit_the_page_of_a_phone(english: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(english, encoding="utf-8")
    with Browser(tmp_path / "profile") as browser:
        visit = browser.visit(tmp_path / "page.html", width=390)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert browser.evaluate(visit, wide) == 0
        assert visit.complaints == []


DOTS = [Dot("a", 0.01, 0.002, 0.03, True), Dot("b", 0.0, 0.0, 0.004, True), Dot("c", None, None, None, False)]


def test_a_group_without_errors_has_a_bar_without_a_dot() -> None:
    figure = group_figures.forest({"fmr": DOTS}, {"fmr": 0.008})
    dots = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    lines = [line for line in figure.axes[0].get_lines() if line.get_marker() == "None"]
    bars = [line for line in lines if len(set(line.get_ydata())) == 1]
    assert [dot.get_xdata()[0] for dot in dots] == [0.01]
    assert [bar.get_xdata()[1] for bar in bars] == [0.03, 0.004]


def test_axis_holds_every_rate_and_upper_limit() -> None:
    dots = [Dot("a", 1e-6, 1e-7, 4e-6, True), Dot("b", 0.2, 0.1, 0.4, True)]
    left, right = group_figures.forest({"fmr": dots}, {}).axes[0].get_xlim()
    assert left < 1e-6
    assert right > 0.4


def test_shades_rise_with_the_rate() -> None:
    rates = [1e-6, 1e-4, 1e-2, 1.0]
    cells = {(0, k): Square(rate, (str(rate),), True) for k, rate in enumerate(rates)}
    figure = group_figures.matrix(list("abcd"), cells, roles=True)
    opacities = [patch.get_alpha() for patch in figure.axes[0].patches if patch.get_alpha() is not None]
    assert opacities == sorted(opacities)
    assert len(set(opacities)) == 4
    assert max(opacities) < 0.5


def test_cells_that_are_not_judged_stand_in_brackets() -> None:
    cells = {(0, 0): Square(0.1, ("10 %", "1 of 10"), False), (0, 1): Square(0.2, ("20 %", "2 of 10"), True)}
    figure = group_figures.matrix(["a", "b"], cells, roles=True)
    assert [text.get_text() for text in figure.axes[0].texts] == ["(10 %)\n1 of 10", "20 %\n2 of 10"]


def test_quantiles_below_the_floor_are_not_drawn() -> None:
    side = [Spread("a", (0.1, 0.2, 0.3, 0.4, 0.5))]
    figure = group_figures.spreads(side, [Spread("a", (None, None, None, 0.1, 0.2))], [])
    drawn = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) and line.get_ydata()[0] > 0]
    assert min(min(line.get_xdata()) for line in drawn) == 0.1
    assert [line.get_marker() for line in drawn if line.get_marker() != "None"] == []


def test_figures_have_equal_bytes() -> None:
    one, other = (group_figures.as_svg(group_figures.forest({"fmr": DOTS, "fnmr": DOTS}, {})) for _ in range(2))
    assert one == other
