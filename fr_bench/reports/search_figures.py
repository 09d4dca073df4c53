"""Figures of 1:N search: the CMC, the DET of search, and rates by gallery size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fr_bench.findings import Series
from fr_bench.reports.axes import (
    DASHES,
    MARKERS,
    deviate_axis,
    draw_points,
    draw_step,
    new_axes,
    plain_decades,
    probit,
    settled,
)
from fr_bench.reports.figures import styled
from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORDS: Mapping[str, str] = {
    "family": "DejaVu Sans",
    "rank": "Rank",
    "tpir": "TPIR",
    "fpir": "FPIR",
    "fnir": "FNIR at rank 1",
    "gallery": "Identities in the gallery",
    "ties_against": "ties count against the mate",
    "ties_for": "ties count for the mate",
}
"""The words of the figures in English."""
MOST_TICKS = 11

Rows = Sequence[tuple[float, float, float, float]]


def rows(series: Series) -> Rows:
    """The measurable points of a line: x, y, lower and upper limit; limits are y where there is no interval."""
    low, high = series.low or series.y, series.high or series.y
    return [
        (x, y, y if a is None else a, y if b is None else b)
        for x, y, a, b in zip(series.x, series.y, low, high, strict=True)
        if y is not None
    ]


def cmc(strict: Series, lenient: Series | None, words: Mapping[str, str] = WORDS) -> Figure:
    """TPIR by rank with pointwise intervals; beside it, where ties matter, the one with ties counted for the mate."""
    with styled(words["family"]):
        figure, axes = new_axes(words["rank"], words["tpir"])
        points = rows(strict)
        _line(axes, points, 0, words["ties_against"] if lenient else "")
        axes.fill_between(
            [p[0] for p in points], [p[2] for p in points], [p[3] for p in points], color=SERIES[0], alpha=0.16,
            linewidth=0,
        )  # fmt: skip
        if lenient is not None:
            _line(axes, rows(lenient), 1, words["ties_for"])
            axes.legend(loc="lower right")
        last = int(max(p[0] for p in points))
        axes.set_xticks([1, *range(5, last + 1, 5)] if last > MOST_TICKS else list(range(1, last + 1)))
        axes.set_xlim(0.5, last + 0.5)
        axes.set_ylim(max(0.0, min(p[2] for p in points) - 0.02), 1.005)
        return settled(figure)


def det(corners: Series, points: Series | None, words: Mapping[str, str] = WORDS) -> Figure | None:
    """FNIR against FPIR on normal-deviate axes with intervals at a few FPIRs; None where no point has both errors."""
    line = [(x, y) for x, y, _, _ in rows(corners) if 0 < x < 1 and 0 < y < 1]
    line.sort(key=lambda point: (point[0], -point[1]))
    marks = [row for row in rows(points) if 0 < row[0] < 1 and 0 < row[1] < 1] if points else []
    if not line:
        return None
    with styled(words["family"]):
        figure, axes = new_axes(words["fpir"], words["fnir"])
        draw_step(axes, [probit(x) for x, _ in line], [probit(y) for _, y in line], 0, "")
        draw_points(axes, [_deviates(row) for row in marks], 0)
        shown = [*(y for _, y in line), *(min(row[3], 0.999) for row in marks)]
        deviate_axis(axes, "x", [probit(x) for x in [*(x for x, _ in line), *(row[0] for row in marks)]])
        deviate_axis(
            axes, "y", [probit(y) for y in shown], reported=max((min(row[3], 0.98) for row in marks), default=0.0)
        )
        return settled(figure)


def gallery_sizes(lines: Mapping[str, Series], words: Mapping[str, str] = WORDS) -> Figure:
    """A panel for each rate by gallery size, with its intervals; without a dot where no error was counted.

    lines   by "tpir" and "fpir"
    """
    from matplotlib.figure import Figure

    with styled(words["family"]):
        figure = Figure(figsize=(6.2, 3.2), layout="constrained")
        panels = figure.subplots(1, len(lines), squeeze=False)[0]
        for place, (axes, (name, series)) in enumerate(zip(panels, lines.items(), strict=True)):
            points = rows(series)
            axes.set_xscale("log")
            plain_decades(axes.xaxis)
            axes.set_xticks([p[0] for p in points], [f"{p[0]:g}" for p in points])
            axes.minorticks_off()
            axes.set_xlim(min(p[0] for p in points) / 1.3, max(p[0] for p in points) * 1.3)
            axes.grid(True)
            axes.set_axisbelow(True)
            axes.set_xlabel(words["gallery"])
            axes.set_ylabel(words[name])
            seen = [errors > 0 for errors, _ in series.counts] or [True] * len(points)
            draw_points(axes, [row for row, some in zip(points, seen, strict=True) if some], place)
            # No error is no rate of 0: the bar alone says how high the rate may be.
            for x, _, low, high in (row for row, some in zip(points, seen, strict=True) if not some):
                axes.plot([x, x], [low, high], color=SERIES[place], linewidth=1.1, marker="_", markersize=6)
        return settled(figure)


def _line(axes: Axes, points: Rows, place: int, name: str) -> None:
    axes.plot(
        [p[0] for p in points], [p[1] for p in points], color=SERIES[place], linestyle=DASHES[place],
        marker=MARKERS[place], markersize=4.5, markeredgecolor=PALETTE["paper"], markeredgewidth=0.7,
        label=name or None, clip_on=False, zorder=3,
    )  # fmt: skip


def _deviates(row: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x, y, low, high = row
    return probit(x), probit(y), probit(min(max(low, min(y, 1e-7)), y)), probit(min(high, 1 - 1e-9))
