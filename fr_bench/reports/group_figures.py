"""Figures of groups: rates with their intervals, the FMR between groups, quantiles of their scores.

Every colour is one of the palette, so that a page can exchange it for its dark one; shades are one colour more or less
opaque, which keeps their order in grey print and for every kind of sight, and every cell holds its number besides.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fr_bench.reports import figures
from fr_bench.reports.axes import plain_decades, settled, upright
from fr_bench.reports.figures import styled
from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 6.4
MOST_CELLS = 14
"""Groups a matrix may have to be drawn: with more the numbers no longer fit into their cells."""
NAME_LENGTH = 22
FAINT, STRONG = 0.06, 0.46
"""Opacity of the lowest and of the highest rate of a matrix."""
WORDS: Mapping[str, str] = {
    "family": "DejaVu Sans",
    "fmr": "FMR within the group",
    "fnmr": "FNMR",
    "mated": "mated",
    "nonmated": "nonmated within the group",
    "score": "Similarity score",
    "probe_group": "Group of the probe",
    "reference_group": "Group of the reference",
    "one_group": "Group of one sample",
    "other_group": "Group of the other sample",
}
"""The words of the figures in English; `words` of the section gives them in another language."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A rate of a group with its limits; None where nothing was compared. `judged`: it stands in summaries."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    judged: bool


def forest(
    panels: Mapping[str, Sequence[Dot]], everybody: Mapping[str, float | None], words: Mapping[str, str] = WORDS
) -> Figure:
    """A dot with its interval for each group, logarithmic, one panel for each rate; a dashed line for everybody.

    panels   by "fmr" and "fnmr", the same groups in the same order
    A group without errors has an upper limit only: a bar that comes from the left without a dot. Groups that are not
    judged have hollow dots.
    """
    from matplotlib.figure import Figure

    rows = max(len(dots) for dots in panels.values())
    with styled(words["family"]), any_letters():
        figure = Figure(figsize=(WIDTH, 1.05 + 0.3 * rows), layout="constrained")
        drawn = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, (rate, dots) in zip(drawn, panels.items(), strict=True):
            _panel(axes, dots, everybody.get(rate), words[rate])
        names = [shortened(dot.name) for dot in next(iter(panels.values()))]
        drawn[0].set_yticks(range(len(names)), names)
        drawn[0].set_ylim(len(names) - 0.4, -0.6)
        return settled(figure)


def _panel(axes: Axes, dots: Sequence[Dot], everybody: float | None, title: str) -> None:
    axes.set_xscale("log")
    left, right = _span(dots, everybody)
    axes.set_xlim(left, right)
    plain_decades(axes.xaxis)
    axes.set_xticks(_ticks(left, right))
    axes.set_xlabel(title)
    axes.grid(True, axis="x")
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    if everybody:
        upright(axes, everybody)
    for row, dot in enumerate(dots):
        if dot.value is None or dot.high is None:
            continue
        colour = SERIES[0] if dot.judged else PALETTE["muted"]
        low = max(left, dot.low or left)
        axes.plot([low, dot.high], [row, row], color=colour, linewidth=1.6, solid_capstyle="butt")
        axes.plot([dot.high], [row], color=colour, marker="|", markersize=8, linestyle="none")
        if low > left:
            axes.plot([low], [row], color=colour, marker="|", markersize=8, linestyle="none")
        if dot.value > 0:
            face = colour if dot.judged else PALETTE["paper"]
            axes.plot(
                [dot.value], [row], color=colour, marker="o", markersize=6, markerfacecolor=face, linestyle="none",
                zorder=4,
            )  # fmt: skip


def _span(dots: Sequence[Dot], everybody: float | None) -> tuple[float, float]:
    """From a factor of three below the smallest rate or limit that must be seen to just above the largest limit."""
    values = [dot.value for dot in dots if dot.value]
    highs = [dot.high for dot in dots if dot.high]
    seen = [*values, *highs, *([everybody] if everybody else [])] or [1.0]
    lows = [dot.low for dot in dots if dot.low and dot.low >= min(seen) / 30]
    left = 10 ** (math.floor(2 * math.log10(min([*seen, *lows]) / 1.8)) / 2)
    return left, min(1.15, max(seen) * 1.4)


def _ticks(left: float, right: float) -> list[float]:
    """Decades, with 2 and 5 between them where they fit.

    >>> _ticks(0.1, 0.7), _ticks(1e-4, 1.0)
    ([0.1, 0.2, 0.5], [0.0001, 0.001, 0.01, 0.1, 1.0])
    """
    decades = range(math.floor(math.log10(left)), math.ceil(math.log10(right)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{step}e{decade}") for decade in decades for step in steps]
        ticks = [tick for tick in ticks if left * 0.999 <= tick <= right * 1.001]
        if len(ticks) <= 5:
            break
    return ticks


@dataclass(frozen=True, slots=True)
class Square:
    """A cell of the matrix: its rate, and the lines that stand in it. None: nothing was compared."""

    rate: float | None
    lines: tuple[str, ...]
    judged: bool


def matrix(
    names: Sequence[str], cells: Mapping[tuple[int, int], Square], *, roles: bool, words: Mapping[str, str] = WORDS
) -> Figure:
    """The FMR of each pair of groups as shade and number; where a plan has no roles, one half is enough.

    cells   by row (group of the probe) and column (group of the reference)
    The higher the rate the darker the cell, on a logarithmic scale; cells without errors have no shade. In brackets:
    too few subjects, or an unknown group.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    n = len(names)
    with styled(words["family"]), any_letters():
        wide = min(1.1, (WIDTH - 1.5) / n)
        figure = Figure(figsize=(WIDTH, 0.85 + 0.55 * wide * n), layout="constrained")
        axes = figure.add_subplot()
        shade = _shades([cell.rate for cell in cells.values() if cell.rate])
        for (row, column), cell in cells.items():
            edge = PALETTE["ink"] if row == column else PALETTE["grid"]
            fill = SERIES[0] if cell.rate else "none"
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=fill, edgecolor="none",
                                     alpha=shade(cell.rate) if cell.rate else None))  # fmt: skip
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor="none", edgecolor=edge, linewidth=0.9,
                                     zorder=3 if row == column else 2))  # fmt: skip
            first, *rest = cell.lines
            lines = [first if cell.judged or cell.rate is None else f"({first})", *rest]
            axes.text(column, row, "\n".join(lines), ha="center", va="center", color=PALETTE["ink"],
                      fontsize=8.5 if n <= 6 else 7 if n <= 9 else 5.2, linespacing=1.35, zorder=4)  # fmt: skip
        axes.set_xlim(-0.5, n - 0.5)
        axes.set_ylim(n - 0.5, -0.5)
        upright_names = n * max(len(shortened(name)) for name in names) <= 66
        axes.set_xticks(range(n), [shortened(name) for name in names], rotation=0 if upright_names else 40,
                        ha="center" if upright_names else "right")  # fmt: skip
        axes.set_yticks(range(n), [shortened(name) for name in names])
        axes.set_aspect(0.55, adjustable="box", anchor="NW")
        axes.set_xlabel(words["reference_group" if roles else "other_group"])
        axes.set_ylabel(words["probe_group" if roles else "one_group"])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        return settled(figure)


def _shades(rates: Sequence[float]) -> Callable[[float], float]:
    """Opacity by the logarithm of a rate, from faint for the lowest to what ink can still be read on."""
    logs = [math.log(rate) for rate in rates] or [0.0]
    low, span = min(logs), max(max(logs) - min(logs), math.log(2))
    return lambda rate: FAINT + (STRONG - FAINT) * (math.log(rate) - low) / span


@dataclass(frozen=True, slots=True)
class Spread:
    """Five quantiles of the scores of a group, rising; None where they lie below the floor."""

    name: str
    quantiles: tuple[float | None, ...]


def spreads(
    mated: Sequence[Spread], nonmated: Sequence[Spread], thresholds: Sequence[float], words: Mapping[str, str] = WORDS
) -> Figure:
    """For each group the 5, 25, 50, 75 and 95 % quantiles of its mated and of its nonmated scores.

    A thin line from 5 to 95 %, a thick one from 25 to 75 %, a marker at the median; what lies below the floor is left
    out. Vertical lines: the thresholds.
    """
    from matplotlib.figure import Figure

    with styled(words["family"]), any_letters():
        figure = Figure(figsize=(WIDTH, 1.35 + 0.42 * len(mated)), layout="constrained")
        axes = figure.add_subplot()
        axes.grid(True, axis="x")
        axes.set_axisbelow(True)
        for place, (side, kind) in enumerate(((mated, "mated"), (nonmated, "nonmated"))):
            for row, one in enumerate(side):
                _spread(axes, one.quantiles, row + (0.17 if place else -0.17), place)
            axes.plot([], [], color=SERIES[place], marker="os"[place], markersize=5, linewidth=3.2, label=words[kind])
        left, right = axes.get_xlim()
        for threshold in thresholds:
            if left < threshold < right:
                upright(axes, threshold)
        axes.set_xlim(left, right)
        axes.set_yticks(range(len(mated)), [shortened(one.name) for one in mated])
        axes.set_ylim(len(mated) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(words["score"])
        figure.legend(loc="outside upper right", ncols=2, frameon=False)
        return settled(figure)


def _spread(axes: Axes, quantiles: Sequence[float | None], row: float, place: int) -> None:
    colour, known = SERIES[place], [value for value in quantiles if value is not None]
    if not known:
        return
    axes.plot([known[0], known[-1]], [row, row], color=colour, linewidth=1.2, solid_capstyle="butt")
    low, middle, high = quantiles[1], quantiles[2], quantiles[3]
    if high is not None:
        start = low if low is not None else known[0]
        axes.plot([start, high], [row, row], color=colour, linewidth=4.2, solid_capstyle="butt")
    if middle is not None:
        axes.plot([middle], [row], color=colour, marker="os"[place], markersize=6.5, linestyle="none", zorder=4,
                  markeredgecolor=PALETTE["paper"], markeredgewidth=1.0)  # fmt: skip


def shortened(name: str) -> str:
    """A name that leaves room for the figure; nothing in it can be markup, since Matplotlib's is switched off.

    >>> shortened("a" * 30)
    'aaaaaaaaaaaaaaaaaaaaa…'
    """
    shown = "".join(c if c.isprintable() else "\ufffd" for c in name)
    return shown if len(shown) <= NAME_LENGTH else f"{shown[: NAME_LENGTH - 1]}…"


@contextmanager
def any_letters() -> Iterator[None]:
    """Names of groups may be in any script: fonts that are there are tried in turn, and a letter of none is a box."""
    import matplotlib

    from fr_bench.reports.fonts import family_for

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcParams["font.family"] = [*matplotlib.rcParams["font.family"], *filter(None, [family_for("ko")])]
        yield


def as_svg(figure: Figure) -> bytes:
    """The figure as SVG."""
    with any_letters():
        return figures.as_svg(figure)
