"""Figures: attained points only, equal bytes, no colour alone, nothing loaded."""

from __future__ import annotations

import dataclasses
import math
import sys

import pytest

from fr_bench.findings import REJECT_ALL, Curve, Distribution, Result
from fr_bench.reports import axes, figures, series, theme
from fr_bench.reports.drawn import Drawn
from tests.reports import examples


@pytest.fixture(scope="module")
def saved() -> dict[str, dict[str, bytes]]:
    drawn = Drawn([examples.example()], "en")
    return {name: drawn.files(name) for name in drawn.names()}


def test_every_figure_is_drawn(saved: dict[str, dict[str, bytes]]) -> None:
    assert sorted(saved) == ["det", "roc", "scores", "scores_log"]
    for made in saved.values():
        assert made["png"].startswith(b"\x89PNG")
        assert b"<svg" in made["svg"]
        assert len(made["svg"]) < 200_000


def test_the_same_result_gives_the_same_bytes(saved: dict[str, dict[str, bytes]]) -> None:
    again = figures.draw([examples.example()])
    assert figures.as_png(again["det"]) == saved["det"]["png"]
    assert figures.as_svg(again["scores_log"]) == saved["scores_log"]["svg"]


def test_figures_hold_no_date_no_version_and_no_text_element(saved: dict[str, dict[str, bytes]]) -> None:
    for made in saved.values():
        for word in (b"<dc:date", b"Matplotlib v", b"<text"):
            assert word not in made["svg"]
        assert b"Software" not in made["png"]


def test_pyplot_is_not_imported() -> None:
    assert "matplotlib.pyplot" not in sys.modules


def test_the_users_matplotlib_settings_change_nothing(saved: dict[str, dict[str, bytes]]) -> None:
    import matplotlib

    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "none"}):
        assert figures.as_png(figures.draw([examples.example()])["roc"]) == saved["roc"]["png"]
        assert matplotlib.rcParams["font.size"] == 30


def test_points_that_axes_cannot_show_are_left_out_and_none_is_added(result: Result) -> None:
    curve = result.curves[0]
    attained = set(zip(curve.fmr, curve.fnmr, strict=True))
    assert {(x, y) for _, x, y in series.det_points(curve)} == {(x, y) for x, y in attained if 0 < x < 1 and 0 < y < 1}
    assert {(x, 1 - y) for _, x, y in series.roc_points(curve)} >= {(x, 1 - (1 - y)) for x, y in attained if x > 0.5}
    assert min(x for _, x, _ in series.roc_points(curve)) > 0


def test_points_of_the_read_out_lie_on_the_sheet() -> None:
    curve = examples.curve()
    figure = figures.draw([examples.example()])["det"]
    spots = figures.placed(figure, [(k, axes.probit(x), axes.probit(y)) for k, x, y in series.det_points(curve)])
    width, height = 72 * axes.SIZE[0], 72 * axes.SIZE[1]
    assert all(0 < spot.x < width and 0 < spot.y < height for spot in spots)
    assert [spot.x for spot in spots] == sorted(spot.x for spot in spots)


def test_several_results_differ_in_dash_as_well_as_in_colour() -> None:
    drawn = figures.draw([examples.example(), examples.example(curves=(examples.curve(0.1),))])
    lines = [line for line in drawn["det"].axes[0].get_lines() if line.get_drawstyle() == "steps-post"]
    assert len(lines) == 2
    assert lines[0].get_color() != lines[1].get_color()
    assert lines[0]._dash_pattern != lines[1]._dash_pattern
    assert [text.get_text() for text in drawn["det"].axes[0].get_legend().get_texts()] == ["A", "B"]


@pytest.mark.parametrize(
    "curve",
    [
        Curve(name="x", fmr=(1.0, 0.0), fnmr=(0.0, 1.0), thresholds=(0.5, REJECT_ALL)),
        Curve(name="x", fmr=(1.0, 0.5, 0.0), fnmr=(0.0, 0.5, 1.0), thresholds=(-math.inf, 0.5, math.inf)),
        Curve(name="x", fmr=(), fnmr=(), thresholds=()),
        Curve(name="x", fmr=(1e-9,), fnmr=(1e-9,), thresholds=(0.5,)),
    ],
)
def test_curves_of_few_points_are_drawn_without_a_warning(result: Result, curve: Curve) -> None:
    for figure in figures.draw([dataclasses.replace(result, curves=(curve,))]).values():
        assert figures.as_svg(figure)


@pytest.mark.parametrize(
    "distribution",
    [
        Distribution(mated=True, edges=(0.5, 0.5), counts=(4,), of=4),
        Distribution(mated=True, edges=(0.0, 1.0), counts=(0,), of=0),
        Distribution(mated=False, edges=(-math.inf, 0.0, 1.0), counts=(1, 3), of=4, sampled=True),
        Distribution(mated=False, edges=(), counts=(), of=0),
    ],
)
def test_odd_histograms_are_drawn_without_a_warning(distribution: Distribution) -> None:
    drawn = figures.draw([examples.example(distributions=(distribution,), curves=())])
    for figure in drawn.values():
        assert figures.as_svg(figure)


def test_a_density_has_area_one() -> None:
    edges, densities = series.density(examples.distribution(True, 4500))
    assert math.isclose(sum(d * (b - a) for a, b, d in zip(edges, edges[1:], densities, strict=False)), 1.0)


def test_a_result_without_scores_draws_nothing() -> None:
    assert figures.draw([examples.scores_only()]) == {}


def test_themed_svg_has_no_fixed_colour_no_name_space_and_prefixed_ids(saved: dict[str, dict[str, bytes]]) -> None:
    import re

    text = theme.themed(saved["det"]["svg"], "det")
    assert not re.findall(r"#[0-9a-f]{6}", text)
    assert "http" not in text
    assert "<style" not in text
    assert all(name.startswith("det-") for name in re.findall(r'\bid="([^"]+)"', text))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= set(re.findall(r'\bid="([^"]+)"', text))


@pytest.mark.parametrize("colour", [*theme.SERIES, theme.PALETTE["ink"], theme.PALETTE["muted"]])
def test_colours_stand_out_from_paper(colour: str) -> None:
    def light(value: str) -> float:
        parts = [int(value[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert (1.05) / (light(colour) + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("measure", "target"),
    [
        ("FNMR@FMR=1e-3", 1e-3), ("FNMR@FMR=1/1000", 1e-3), ("FMR1000", 1e-3), ("FNMR@FMR=1/0", None),
        ("FNMR@FMR=x", None), ("FMR@threshold=0.5", None), ("EER", None), ("<b>", None), ("FNMR@FMR=nan", None),
    ],
)  # fmt: skip
def test_targets_are_read_from_the_measure(measure: str, target: float | None) -> None:
    assert series.target_of(examples.rate(measure, 1, 10, 0.0, 0.5)) == target


def test_figures_stay_english_where_no_font_draws_korean(monkeypatch: pytest.MonkeyPatch) -> None:
    from fr_bench.reports import fonts

    monkeypatch.setattr(fonts, "family_for", lambda _: None)
    assert figures.words("ko") is figures.ENGLISH
    monkeypatch.setattr(fonts, "family_for", lambda _: "NanumGothic")
    assert figures.words("ko")["mated"] == "본인쌍"


def test_rate_axes_do_not_exceed_one_and_the_det_is_filled_by_its_curve() -> None:
    good = Curve(name="x", fmr=(0.2, 0.01, 0.001, 0.0), fnmr=(0.0, 0.001, 0.02, 0.1), thresholds=(0.1, 0.2, 0.3, 0.4))
    drawn = figures.draw([examples.example(curves=(good,), measurements=())])
    assert drawn["roc"].axes[0].get_ylim()[1] == 1
    low, high = drawn["det"].axes[0].get_ylim()
    assert axes.probit(0.0005) < low < axes.probit(0.001)
    assert axes.probit(0.02) < high < axes.probit(0.04)


def test_the_det_of_a_poor_system_is_shown_from_an_fmr_of_one_in_a_thousand_on() -> None:
    poor = Curve(
        name="x",
        fmr=(0.5, 0.1, 0.002, 0.0001, 0.0),
        fnmr=(0.01, 0.3, 0.9, 0.99, 1.0),
        thresholds=(0.1, 0.2, 0.3, 0.4, 0.5),
    )
    drawn = figures.draw([examples.example(curves=(poor,), measurements=())])
    assert axes.probit(0.9) < drawn["det"].axes[0].get_ylim()[1] < axes.probit(0.99)


def test_a_curve_without_both_kinds_of_error_has_no_det() -> None:
    perfect = Curve(name="x", fmr=(1.0, 0.0, 0.0), fnmr=(0.0, 0.0, 1.0), thresholds=(0.1, 0.2, REJECT_ALL))
    assert "det" not in figures.draw([examples.example(curves=(perfect,), measurements=())])
