"""Figures of subjects: the menagerie of their mean scores, and how few of them carry the errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fr_bench.findings import Series
from fr_bench.reports.axes import DASHES, new_axes, settled
from fr_bench.reports.figures import styled
from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS: Mapping[str, str] = {
    "family": "DejaVu Sans",
    "mated": "Mean mated score",
    "nonmated": "Mean nonmated score",
    "nonmated_share": "Share of nonmated scores above the floor",
    "carriers": "Subjects with most errors, number",
    "share": "Share of the errors that involve them",
    "sheep": "others",
    "goat": "goats",
    "lamb": "lambs",
    "wolf": "wolves",
    "lamb_wolf": "lambs and wolves",
    "FNMR": "false non-matches",
    "FMR": "false matches",
}
"""The words of the figures in English."""
LOOKS: Mapping[str, tuple[int, str]] = {"goat": (1, "v"), "lamb": (2, "s"), "wolf": (3, "^"), "lamb_wolf": (3, "^")}
"""Colour and marker of each herd; the others are small grey dots."""


def menagerie(
    herds: Mapping[str, Series], quarters: Mapping[str, Sequence[float]], words: Mapping[str, str] = WORDS, *,
    shares: bool = False,
) -> Figure:  # fmt: skip
    """Each subject by its mean mated and its mean nonmated score; significant animals are marked.

    herds      by name, "sheep" among them
    quarters   by "mated" and "nonmated": the quartiles that the animals of Yager and Dunstone are cut at
    shares     the nonmated axis holds shares of scores above a floor
    """
    with styled(words["family"]):
        figure, axes = new_axes(words["mated"], words["nonmated_share" if shares else "nonmated"])
        for quartile in quarters.get("mated", ()):
            axes.axvline(quartile, color=PALETTE["muted"], linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        for quartile in quarters.get("nonmated", ()):
            axes.axhline(quartile, color=PALETTE["muted"], linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        for name in ("sheep", *LOOKS):
            if name not in herds:
                continue
            place, marker = LOOKS.get(name, (5, "o"))
            heights = [y for y in herds[name].y if y is not None]
            axes.plot(
                herds[name].x, heights, linestyle="none", marker=marker, color=SERIES[place], label=words[name],
                markersize=2.6 if name == "sheep" else 6, alpha=0.55 if name == "sheep" else 1.0,
                markeredgewidth=0 if name == "sheep" else 0.7, markeredgecolor=PALETTE["paper"],
                zorder=2 if name == "sheep" else 3,
            )  # fmt: skip
        if len(herds) > 1:
            figure.legend(loc="outside upper right", ncols=len(herds), frameon=False)
        return settled(figure)


def carriers(lines: Mapping[str, Series], words: Mapping[str, str] = WORDS) -> Figure:
    """The share of errors that involve one of the k subjects with most of them; a mark where half is reached.

    lines   by "FNMR" and "FMR"
    """
    with styled(words["family"]):
        figure, axes = new_axes(words["carriers"], words["share"])
        axes.set_xscale("log")
        last = max(series.x[-1] for series in lines.values())
        axes.axhline(0.5, color=PALETTE["muted"], linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
        for place, (name, series) in enumerate(lines.items()):
            axes.plot(
                series.x, [y or 0.0 for y in series.y], drawstyle="steps-post", color=SERIES[place],
                linestyle=DASHES[place], label=words[name], marker="os"[place] if len(series.x) < 40 else None,
                markersize=3.5,
            )  # fmt: skip
        decades = [10.0**k for k in range(8) if 10.0**k <= max(last, 1.0)]
        axes.set_xticks(decades, [f"{tick:g}" for tick in decades])
        if last < 10:
            axes.set_xticks(range(1, int(last) + 1), [str(k) for k in range(1, int(last) + 1)])
        axes.minorticks_off()
        axes.set_xlim(0.9, max(last * 1.1, 1.3))
        axes.set_ylim(0, 1.02)
        axes.set_yticks([k / 4 for k in range(5)], [f"{25 * k} %" for k in range(5)])
        axes.legend(loc="lower right")
        return settled(figure)
