"""Figures of presentation attacks: BPCER over the APCER of the worst species, and the scores of each species."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fr_bench.findings import Series
from fr_bench.reports import search_figures
from fr_bench.reports.axes import settled, upright
from fr_bench.reports.figures import styled
from fr_bench.reports.group_figures import any_letters, shortened
from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORDS: Mapping[str, str] = {
    "family": "DejaVu Sans",
    "apcer": "APCER of the worst species",
    "bpcer": "BPCER",
    "detection_score": "Detection score, high for bona fide",
    "recognition_score": "Recognition score",
    "bona_fide": "bona fide",
}
"""The words of the figures in English."""
MOST_PANELS = 12
"""Kinds of presentations whose scores are drawn: with more the panels would be too flat to read."""


def trade_off(corners: Series, points: Series | None, words: Mapping[str, str] = WORDS) -> Figure | None:
    """BPCER against APCER on normal-deviate axes with intervals; None where no point has both errors."""
    return search_figures.det(corners, points, {**words, "fpir": words["apcer"], "fnir": words["bpcer"]})


def scores(kinds: Sequence[Series], thresholds: Sequence[float], axis: str, words: Mapping[str, str] = WORDS) -> Figure:
    """A histogram for each kind of presentation, one below the other on one axis; vertical lines: the thresholds.

    kinds   named by their species, "" for bona fide: the middle of each bin, and the share of scores in it
    axis    "detection_score" or "recognition_score"
    """
    from matplotlib.figure import Figure

    shown = kinds[:MOST_PANELS]
    with styled(words["family"]), any_letters():
        figure = Figure(figsize=(6.4, 0.75 + 0.72 * len(shown)), layout="constrained")
        panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
        for axes, kind in zip(panels, shown, strict=True):
            _panel(axes, kind, words)
            for threshold in thresholds:
                upright(axes, threshold)
        panels[-1].tick_params(axis="x", length=3)
        panels[-1].set_xlabel(words[axis])
        return settled(figure)


def _panel(axes: Axes, kind: Series, words: Mapping[str, str]) -> None:
    """Bona fide and attacks differ by colour, and every panel has its name."""
    width = kind.x[1] - kind.x[0] if len(kind.x) > 1 else 1.0
    heights = [0.0 if share is None else share for share in kind.y]
    place = 1 if kind.name else 0
    axes.bar(kind.x, heights, width=width, color=SERIES[place], alpha=0.55, edgecolor=SERIES[place], linewidth=0.5)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(min(kind.x) - width, max(kind.x) + width)
    axes.set_ylabel(
        shortened(kind.name or words["bona_fide"]), rotation=0, ha="right", va="center", color=PALETTE["ink"]
    )
