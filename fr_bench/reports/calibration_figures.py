"""Figures of calibration and of threshold transfer: Tippett, reliability, parts of Cllr, target and attained FMR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fr_bench.findings import Series
from fr_bench.reports.axes import DASHES, draw_points, new_axes, plain_decades, settled, upright
from fr_bench.reports.figures import styled
from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORDS: Mapping[str, str] = {
    "family": "DejaVu Sans",
    "llr": "log10 of the likelihood ratio",
    "share": "Share of comparisons at or above",
    "mated": "mated",
    "nonmated": "nonmated",
    "stated": "Stated log10 likelihood ratio",
    "observed": "Observed log10 likelihood ratio",
    "ideal": "as stated",
    "cllr": "Cllr in bits",
    "discrimination": "discrimination (minCllr)",
    "calibration": "calibration",
    "target": "Target of the FMR",
    "attained": "FMR attained",
    "held": "as aimed at",
}
"""The words of the figures in English."""


def rows(series: Series) -> list[tuple[float, float, float, float]]:
    """The measurable points of a line: x, y, lower and upper limit; limits are y where there is none."""
    low, high = series.low or series.y, series.high or series.y
    return [
        (x, y, y if a is None else a, y if b is None else b)
        for x, y, a, b in zip(series.x, series.y, low, high, strict=True)
        if y is not None
    ]


def tippett(mated: Series, nonmated: Series, words: Mapping[str, str] = WORDS) -> Figure:
    """The share of each class whose likelihood ratio is at least x. Beyond 0 on the wrong side evidence misleads."""
    with styled(words["family"]):
        figure, axes = new_axes(words["llr"], words["share"])
        for place, (line, name) in enumerate(((mated, "mated"), (nonmated, "nonmated"))):
            points = rows(line)
            axes.plot(
                [p[0] for p in points], [p[1] for p in points], color=SERIES[place], linestyle=DASHES[place],
                label=words[name],
            )  # fmt: skip
        upright(axes, 0.0)
        axes.set_ylim(0, 1)
        axes.legend(loc="best")
        return settled(figure)


def reliability(line: Series, words: Mapping[str, str] = WORDS) -> Figure:
    """What the likelihood ratios say against what the counts show, by decades; on the diagonal they can be believed."""
    with styled(words["family"]):
        figure, axes = new_axes(words["stated"], words["observed"])
        points = rows(line)
        ends = [limit for x, _, low, high in points for limit in (x, low, high)]
        _diagonal(axes, min(*ends, -1.0), max(*ends, 1.0), words["ideal"])
        draw_points(axes, points, 0)
        axes.legend(loc="upper left")
        return settled(figure)


def losses(bars: Sequence[tuple[str, float, float]], words: Mapping[str, str] = WORDS) -> Figure:
    """Cllr as a bar of two parts: what a better recognizer, and what calibration would take away.

    bars   name, discrimination loss, calibration loss
    """
    with styled(words["family"]):
        figure, axes = new_axes(words["cllr"], "")
        figure.set_size_inches(6.2, 1.4 + 0.45 * len(bars))
        heights = range(len(bars) - 1, -1, -1)
        first, second = [bar[1] for bar in bars], [bar[2] for bar in bars]
        axes.barh(heights, first, height=0.55, color=SERIES[0], label=words["discrimination"])
        axes.barh(
            heights, second, left=first, height=0.55, color=PALETTE["paper"], edgecolor=SERIES[1], hatch="////",
            label=words["calibration"],
        )  # fmt: skip
        axes.set_yticks(list(heights), [bar[0] for bar in bars])
        axes.grid(False, axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.02), ncols=2, frameon=False)
        return settled(figure)


def transfer(line: Series, words: Mapping[str, str] = WORDS) -> Figure | None:
    """The FMR attained against the FMR aimed at, both logarithmic; None where no false match was counted at all."""
    points = [(x, y, max(low, y / 1e3), high) for x, y, low, high in rows(line) if y > 0]
    if not points:
        return None
    with styled(words["family"]):
        figure, axes = new_axes(words["target"], words["attained"])
        axes.set_xscale("log")
        axes.set_yscale("log")
        ends = [limit for x, _, low, high in points for limit in (x, low, high)]
        _diagonal(axes, min(ends) / 1.5, min(1.0, max(ends) * 1.5), words["held"])
        draw_points(axes, points, 0)
        for axis in (axes.xaxis, axes.yaxis):
            plain_decades(axis)
        axes.legend(loc="upper left")
        return settled(figure)


def _diagonal(axes: Axes, low: float, high: float, name: str) -> None:
    axes.plot([low, high], [low, high], color=PALETTE["muted"], linewidth=0.9, linestyle=(0, (2, 2)), label=name)
