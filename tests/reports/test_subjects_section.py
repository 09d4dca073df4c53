"""The section of subjects: who is named and who is counted, in both languages, escaped, equal bytes, and its plots."""

from __future__ import annotations

import dataclasses
import re
import warnings
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from fr_bench import measuring
from fr_bench.analyses.given import Given
from fr_bench.analyses.subjects import analyse
from fr_bench.findings import Analysis, Series
from fr_bench.precision import Method
from fr_bench.reports import render, subject_figures
from fr_bench.reports.figures import as_svg
from tests.metrics.group_making import Comparison, Run, Sample
from tests.reports import examples
from tests.reports.browser import Browser, executable
from tests.reports.test_render import Elements, quick

HOSTILE = "</script><img src=x onerror=alert(1)>"


@lru_cache
def analysis(goat: str = "zoe", *, roles: bool = False) -> Analysis:
    """30 subjects, of whom one is a goat, one a wolf, and two are one person."""
    rng = np.random.default_rng(4)
    names = [goat, *(f"s{k:02d}" for k in range(29))]
    samples = [
        Sample(f"{name}/{k}", name, "", side="probe" if k % 2 else "reference") for name in names for k in range(4)
    ]
    probes = [one for one in samples if not roles or one.side == "probe"]
    references = [one for one in samples if not roles or one.side == "reference"]
    made = []
    for place, probe in enumerate(probes):
        for reference in references if roles else references[:place]:
            people = {probe.subject, reference.subject}
            score = rng.normal(4.0 if len(people) == 1 else 0.0)
            score += (
                -4 * (people == {goat}) + 1.5 * (len(people) == 2 and "s03" in people) + 8 * (people == {"s07", "s08"})
            )
            made.append(Comparison(probe, reference, float(score)))
    scores = Run(probes, references, made, unordered=not roles).scores(dtype=np.float64)
    found = measuring.measure(scores, ["FNMR@FMR=1e-2", "FNMR@threshold=1.5"], draws=20)
    (one,) = analyse(Given(scores=scores, measurements=found, method=Method(draws=20)))
    return one


def page_of(*analyses: Analysis, language: str = "en") -> str:
    return render.html(quick(dataclasses.replace(examples.example(), analyses=analyses)), language=language)


def words(text: str) -> str:
    return " ".join(" ".join(Elements(text).words).split()).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def english() -> str:
    return page_of(analysis())


def test_the_animals_and_the_suspects_stand_in_the_page(english: str) -> None:
    text = words(english)
    assert "Subjects differ." in text
    assert re.search(r"goats: 1; errors they are in: \d+", text)
    assert re.search(r"lambs and wolves: \d; errors they are in: \d+", text)
    assert re.search(r"s07 s08 \d+ of 16", text)
    assert "lambs, who are matched, and wolves, who match, are one" in text


def test_with_roles_lambs_and_wolves_stand_apart() -> None:
    text = words(page_of(analysis(roles=True)))
    assert re.search(r"lambs: \d; errors they are in: \d+; wolves: \d; errors they are in: \d+", text)
    assert "a lamb is matched as a reference, a wolf matches as a probe" in text


def test_among_few_subjects_the_page_says_that_nobody_was_tested() -> None:
    found = analysis()
    tables = tuple(dataclasses.replace(t, rows=()) if t.name == "herds" else t for t in found.tables)
    assert "not tested: too few subjects" in words(page_of(dataclasses.replace(found, tables=tables)))


def test_korean_page_says_the_same(english: str) -> None:
    korean = page_of(analysis(), language="ko")
    assert "의심되는 표기 오류" in korean
    assert "염소 1명" in korean
    shown = r"(?<![\d.])\d+\.\d+(?![\d.])"
    assert sorted(re.findall(shown, words(korean))) == sorted(re.findall(shown, words(english)))


def test_equal_results_give_equal_bytes(english: str) -> None:
    assert page_of(analysis()) == english


def test_hostile_names_of_subjects_are_texts() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = page_of(analysis(HOSTILE))
    assert "<img src=x" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_subjects_beyond_twenty_are_counted() -> None:
    (carriers,) = [table for table in analysis().tables if table.name == "carriers"]
    assert "further ones are counted, not named." in words(page_of(analysis()))
    assert len([row for row in carriers.rows if row[:2] == ("threshold=1.5", "FMR")]) == 20


def test_without_errors_and_suspects_the_page_says_so() -> None:
    tables = tuple(table for table in analysis().tables if table.name in ("effects", "animals"))
    facts = {"two_ids": {"comparisons": 0}, "two_persons": {"comparisons": 0}}
    calm = dataclasses.replace(analysis(), tables=tables, series=(), facts=facts)
    assert "No nonmated comparison scores above the median mated one" in words(page_of(calm))


def test_without_subjects_there_is_no_section() -> None:
    assert 'id="subjects"' not in page_of()


@pytest.mark.skipif(executable() is None, reason="Chromium is not installed")
@pytest.mark.browser
def test_figures_fit_the_page_of_a_phone(english: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(english, encoding="utf-8")
    with Browser(tmp_path / "profile") as browser:
        visit = browser.visit(tmp_path / "page.html", width=390)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert browser.evaluate(visit, wide) == 0
        assert visit.complaints == []


def test_animals_are_told_apart_by_their_markers() -> None:
    herds = {name: Series(name=name, x=(0.1,), y=(0.2,)) for name in ("sheep", "goat", "lamb", "wolf")}
    figure = subject_figures.menagerie(herds, {"mated": (0.1, 0.2), "nonmated": (0.1, 0.2)})
    drawn = [line.get_marker() for line in figure.axes[0].get_lines() if line.get_linestyle() == "None"]
    assert drawn == ["o", "v", "s", "^"]


def test_a_curve_of_few_subjects_has_every_number() -> None:
    figure = subject_figures.carriers({"FNMR": Series(name="x", x=(1.0, 2.0, 3.0), y=(0.5, 0.8, 1.0))})
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["1", "2", "3"]


def test_figures_have_equal_bytes() -> None:
    series = {"FMR": Series(name="x", x=(1.0, 20.0, 300.0), y=(0.1, 0.8, 1.0))}
    one, other = (as_svg(subject_figures.carriers(series)) for _ in range(2))
    assert one == other
