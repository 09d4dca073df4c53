"""How differences are written and drawn: signs, points, bounds, words, hostile names, and the page in a browser."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fr_bench.findings import Analysis, Interval, Measurement, Note
from fr_bench.reports import differences_table, figures, render
from fr_bench.reports.differences import p_value, why_not, written
from fr_bench.reports.forest import drawable, forest
from fr_bench.reports.sections import differences as section
from fr_bench.reports.table import cell_width
from fr_bench.reports.wording import wording
from tests.reports import examples
from tests.reports.browser import Browser, executable

SAY, KOREAN = wording("en"), wording("ko")


def difference(measure: str = "EER", value: float | None = 0.0012, half: float = 0.0005, **more: Any) -> Measurement:
    """A measured difference; `half` 0: no interval."""
    fields: dict[str, Any] = {
        "measure": measure, "version": 1, "unit": "proportion", "better": "lower", "value": value,
        "labels": ("subjects_as_unit",), "subjects": 500,
        "details": {
            "first": {"value": 0.02, "counts": [20, 1000]}, "second": {"value": 0.0212, "counts": [21, 1000]},
            "fractions": {"first": [20, 1000], "second": [21, 1000]}, "p": 0.01, "p_adjusted": 0.02,
            "minimum_detectable": 0.0007, "verdict": "worse", "margin": 0.0, "p_worse": 0.005, "p_not_worse": 1.0,
        },
    }  # fmt: skip
    if half and value is not None:
        fields["interval"] = Interval(value - half, value + half, 0.95, "paired-t", "subject")
    if value is None:
        fields |= {"reason": "no paired difference is made for this measure", "labels": ("not_measurable",)}
    details = {**fields["details"], **more.pop("details", {})}
    return Measurement(**{**fields, **more, "details": details})


def found(*rows: Measurement, notes: tuple[Note, ...] = (), name: str = "run-a") -> Analysis:
    none = {"first": [0, 0], "second": [0, 0]}
    facts = {
        "first": {"name": name, "recognizer": "one"}, "second": {"name": "run-b", "recognizer": "other"},
        "level": 0.95, "alpha": 0.05, "power": 0.8, "draws": 1000, "seed": 1, "family": len(rows), "mated": 1000,
        "nonmated": 20_000, "failures": "leave-out", "left_out": none, "as_non_matches": none,
    }  # fmt: skip
    return Analysis(kind="differences", measurements=rows, facts=facts, notes=notes)


BOTH = found(
    difference(),
    difference("AUC", -0.01, 0.02, unit="number", better="higher", details={"verdict": "inconclusive"}),
    difference("FNMR@FMR=1e-3", -0.004, 0.001, details={"verdict": "not worse", "margin": 0.001}),
    difference("ZeroFMR", None),
    notes=(Note(level="warning", code="left_out", text="8 mated comparisons of A are left out."),),
)


def test_differences_of_rates_are_signed_percentage_points() -> None:
    row = written(difference(), SAY)
    assert (row.first, row.second) == ("2.00 %", "2.12 %")
    assert (row.difference, row.interval) == ("+0.120 pp", "[+0.070, +0.170] pp")
    assert (row.p, row.detectable, row.verdict, row.tone) == ("0.02", "0.070 pp", "B is worse", "bad")


def test_korean_differences_are_in_percent_points() -> None:
    row = written(difference(), KOREAN)
    assert (row.difference, row.verdict) == ("+0.120 %p", "B가 더 나쁨")


def test_limits_are_rounded_outwards() -> None:
    row = written(difference(value=0.0001, half=0.0123456), SAY)
    assert row.interval == "[-1.23, +1.25] pp"
    assert row.difference == "+0.01 pp"


def test_very_small_differences_have_an_exponent() -> None:
    row = written(difference(value=-2.5e-6, half=1.25e-6, details={"minimum_detectable": 1.7e-6}), SAY)
    assert (row.difference, row.interval) == ("-2.5e-6", "[-3.8e-6, -1.2e-6]")
    assert row.detectable == "1.7e-6"


def test_a_difference_that_rounds_to_0_has_no_sign() -> None:
    assert written(difference(value=-0.00001, half=0.05), SAY).difference == "0.00 pp"


def test_differences_that_are_no_rates_have_no_unit() -> None:
    row = written(difference("d'", -0.5, 0.25, unit="number", better="higher"), SAY)
    assert (row.difference, row.interval) == ("-0.50", "[-0.75, -0.25]")


def test_no_errors_show_their_counts_and_never_0_percent() -> None:
    row = written(difference(details={"first": {"value": 0.0, "counts": [0, 3000]}}), SAY)
    assert row.first == "0 of 3 000"


def test_without_discordance_the_bound_is_shown_and_no_verdict() -> None:
    same = difference(
        value=0.0, half=0.0, no_interval=SAY("differences.alike"), labels=("no_discordance", "subjects_as_unit"),
        details={"verdict": "inconclusive", "sober_bound": 0.0123, "minimum_detectable": None},
    )  # fmt: skip
    row = written(same, SAY)
    assert (row.difference, row.interval, row.verdict) == ("0 pp", "within 1.23 pp", "no difference seen")
    assert "같은" not in why_not(same, SAY)
    assert why_not(same, KOREAN).startswith("불일치한 비교 없음")


def test_every_reason_of_a_comparison_has_korean_words() -> None:
    from fr_bench.comparing import rows
    from fr_bench.intervals import differences
    from fr_bench.reports.differences import REASONS

    sentences = {
        rows.NO_WAY, rows.NOT_DRAWN, rows.NOT_APART, rows.NOT_REPORTED, rows.OF_FAILURES, differences.NO_DISCORDANCE,
        differences.SAME_COUNTS,
        differences.EQUAL_BY_SUBJECT, differences.EQUAL_DRAWS, differences.EQUAL_SUBJECTS, differences.ONE_SUBJECT,
    }  # fmt: skip
    assert {SAY(key) for key in REASONS} == sentences


@pytest.mark.parametrize(("p", "text"), [(0.0, "< 0.0001"), (0.00012, "0.0001"), (0.05, "0.05"), (1.0, "1")])
def test_p_values_are_short_and_never_0(p: float, text: str) -> None:
    assert p_value(p) == text


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [76, 80, 120])
def test_the_terminal_table_keeps_its_width(language: str, width: int) -> None:
    text = differences_table.terminal(BOTH, width, language=language)
    assert max(cell_width(line) for line in text.splitlines()) <= width
    assert "ZeroFMR" in text


def test_labels_are_explained_with_the_measures_that_bear_them() -> None:
    rows = (difference(labels=("few_discordant", "subjects_as_unit")), difference("AUC"))
    text = " ".join(differences_table.terminal(found(*rows), 100).split())
    assert "few_discordant (EER): Fewer than 10 comparisons were decided differently" in text
    assert "subjects_as_unit" not in text


def test_mcnemar_comes_with_its_caution() -> None:
    row = difference(details={"discordant": [2, 9], "mcnemar": {"exact": 0.065, "mid": 0.039}})
    text = " ".join(differences_table.terminal(found(row), 100).split())
    assert "McNemar on EER: 2 comparisons only A got wrong, 9 only B; p 0.065 exact, 0.039 mid-p." in text
    assert "assumes_independent_comparisons" in text


def test_the_section_sets_what_is_not_compared_apart() -> None:
    blocks = section.blocks(BOTH, SAY)
    tables = [block for block in blocks if block.kind == "table"]
    assert [len(table.rows) for table in tables] == [3, 1]
    assert tables[1].rows[0][-1].lines == ("no paired difference is made for this measure",)


def test_a_result_without_differences_has_no_such_section() -> None:
    assert 'id="differences"' not in render.html(examples.example())


def words() -> dict[str, str]:
    names = ("family", "axis", "better", "worse_side", "worse", "not worse", "inconclusive")
    return {**dict.fromkeys(names, "x"), "family": figures.ENGLISH["family"]}


def test_the_forest_has_a_line_for_each_interval_and_worse_to_the_right() -> None:
    figure = forest(BOTH, words())
    assert figure is not None
    assert [row.measure for row in drawable(BOTH)] == ["EER", "AUC", "FNMR@FMR=1e-3"]
    points = [line.get_xdata() for line in figure.axes[0].get_lines() if line.get_markersize() == 6.5]
    # EER rose, AUC fell: both are worse; FNMR fell.
    assert [float(x[0]) > 0 for x in points] == [True, True, False]


def test_without_an_interval_there_is_no_forest() -> None:
    assert forest(found(difference(value=0.0, half=0.0)), words()) is None


def test_the_forest_is_the_same_bytes_every_time() -> None:
    drawn = [figures.as_svg(figure) for _ in range(2) if (figure := forest(BOTH, words())) is not None]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_hostile_names_do_not_reach_the_terminal(text: str) -> None:
    row = dataclasses.replace(difference(), measure=f"EER@x={text}")
    hostile = found(row, name=text, notes=(Note(level="warning", code="x", text=text),))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\u2066]", differences_table.terminal(hostile, 100))


def test_hostile_names_stay_text_on_the_page() -> None:
    text = "".join(examples.HOSTILE)
    row = dataclasses.replace(difference(), measure=f"EER@x={text}")
    hostile = found(row, name=text, notes=(Note(level="warning", code="x", text=text),))
    plain = examples.scores_only()
    pages = [render.html([plain, plain], differences=one) for one in (hostile, BOTH)]
    tags = [re.findall(r"<(script|img|style|b|svg)\b", page) for page in pages]
    assert tags[0] == tags[1]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if executable() is None:
        pytest.skip("Chromium is not installed")
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.mark.browser
@pytest.mark.parametrize("width", [1100, 420])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_shows_the_plot_and_asks_for_nothing(
    browser: Browser, tmp_path: Path, language: str, width: int
) -> None:
    path = tmp_path / "page.html"
    results = [examples.example(), examples.example(name="other")]
    path.write_text(render.html(results, language=language, differences=BOTH), encoding="utf-8")
    visit = browser.visit(path, width=width)
    assert (visit.requests, visit.complaints) == ([], [])
    assert browser.evaluate(visit, "document.querySelectorAll('#differences svg').length") == 1
    assert browser.evaluate(visit, "document.querySelector('#differences svg').getBoundingClientRect().height") > 100
    assert browser.evaluate(visit, "document.documentElement.scrollWidth") <= width
