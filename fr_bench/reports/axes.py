"""Axes of the figures, and what is drawn on them: steps, operating points, targets, normal-deviate scales."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (6.2, 4.1)
"""Inches: two thirds of a page's width; text of 9 points stays readable when a column of a paper halves it."""
DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 2, 1, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (8, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P")
DECADES = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.4, 0.6, 0.8, 0.9, 0.99)
FINE_TICKS = (
    1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8,
    0.9, 0.95, 0.99,
)  # fmt: skip
MOST_TICKS = 14
LEAST_SPAN = 0.6
"""Normal deviates that an axis shows at least: about a factor of five at small rates."""
USUAL_TOP = 0.45
"""Where a normal-deviate axis ends, unless a measure that is reported lies above it."""
_NORMAL = NormalDist()


def new_axes(x: str, y: str) -> tuple[Figure, Axes]:
    """An empty figure with named axes and a grid behind the curves."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(True)
    axes.set_axisbelow(True)
    return figure, axes


def settled(figure: Figure) -> Figure:
    """The figure with its layout computed once: what is saved first, and in which resolution, moves nothing."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")
    return figure


def probit(rate: float) -> float:
    """The normal deviate of a rate above 0 and below 1.

    >>> round(probit(0.5), 6), round(probit(0.001), 4)
    (0.0, -3.0902)
    """
    return _NORMAL.inv_cdf(rate)


def draw_step(axes: Axes, xs: Sequence[float], ys: Sequence[float], place: int, name: str) -> None:
    """A curve of attained points in the colour and dash of a run."""
    # Between two attained rates only the left one can be claimed: at most this FMR gives that FNMR.
    axes.plot(
        xs, ys, drawstyle="steps-post", color=SERIES[place % len(SERIES)], linestyle=DASHES[place % len(DASHES)],
        label=name or None,
    )  # fmt: skip


def draw_band(
    axes: Axes, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float], place: int, name: str
) -> None:
    """Pointwise intervals along a curve: limits at a few points, joined for the eye alone."""
    colour = SERIES[place % len(SERIES)]
    axes.fill_between(xs, lows, highs, color=colour, alpha=0.13, linewidth=0, label=name or None, zorder=1)


def draw_points(axes: Axes, points: Sequence[tuple[float, float, float, float]], place: int) -> None:
    """Operating points with their intervals: x, y, lower end, upper end."""
    colour = SERIES[place % len(SERIES)]
    for x, y, low, high in points:
        axes.plot([x, x], [low, high], color=colour, linewidth=1.1, solid_capstyle="butt", marker="_", markersize=6)
        axes.plot(
            [x], [y], color=colour, marker=MARKERS[place % len(MARKERS)], markersize=5.5, linestyle="none",
            markeredgecolor=PALETTE["paper"], markeredgewidth=0.8, zorder=4,
        )  # fmt: skip


def upright(axes: Axes, x: float) -> None:
    """A quiet vertical line: a threshold, or a target of the FMR."""
    axes.axvline(x, color=PALETTE["muted"], linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)


def draw_targets(axes: Axes, targets: Sequence[float], smallest: float) -> None:
    """The targets of the FMR that the curves reach."""
    for target in targets:
        if target >= smallest:
            upright(axes, target)


def deviate_axis(axes: Axes, which: str, seen: Sequence[float], reported: float = 0.0) -> None:
    """Limits and ticks from what is drawn, at most up to 45 %, or just above the highest reported rate.

    seen   as normal deviates, not empty; reported: as a rate
    """
    bottom = max(probit(5e-7), min(seen) - 0.15)
    top = min(probit(0.999), max(probit(USUAL_TOP), probit(reported) + 0.25 if 0 < reported < 1 else -9.0))
    top = max(min(top, max(seen) + 0.15), bottom + LEAST_SPAN)
    kept = [tick for tick in DECADES if bottom <= probit(tick) <= top]
    if which == "y" or len(kept) < 4:
        kept = [tick for tick in FINE_TICKS if bottom <= probit(tick) <= top]
    if len(kept) > MOST_TICKS:
        kept = [tick for tick in kept if tick in DECADES or tick >= 0.002]
    labels, positions = [_tick(tick) for tick in kept], [probit(tick) for tick in kept]
    if which == "x":
        axes.set_xlim(bottom, top)
        axes.set_xticks(positions, labels)
    else:
        axes.set_ylim(bottom, top)
        axes.set_yticks(positions, labels)


def _tick(value: float) -> str:
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e") if 0 < value < 0.002 else f"{value:.4g}"


def plain_decades(axis: Any) -> None:
    """Label a logarithmic axis 1e-4, 0.01, 1: names as hostile as `$` forbid Matplotlib's own markup everywhere."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axis.set_minor_formatter(NullFormatter())
