"""Figures of image quality: what is left of the errors when comparisons of low quality are discarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fr_bench.findings import Series
from fr_bench.reports.axes import DASHES, MOST_TICKS, new_axes, plain_decades, settled
from fr_bench.reports.figures import styled
from fr_bench.reports.group_figures import any_letters
from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORDS: Mapping[str, str] = {
    "family": "DejaVu Sans",
    "discard": "Share of comparisons discarded, lowest quality first",
    "fnmr": "FNMR of what is left",
    "ideal": "ideal: only errors discarded",
}
"""The words of the figures in English."""
MOST_LINES = len(DASHES)
LONGEST = 48
WIDE = 20
"""Letters of a name from which on names stand below each other."""


def from_start(lines: Mapping[str, Series], words: Mapping[str, str] = WORDS) -> Figure:
    """The curves of several qualities that start at the same FNMR, with the ideal curve; a band if there is one line.

    lines   by the name of the quality; at most `MOST_LINES`
    """
    with styled(words["family"]), any_letters():
        figure, axes = new_axes(words["discard"], words["fnmr"])
        for place, (name, series) in enumerate(lines.items()):
            _curve(axes, series, place, _shown(name), band=len(lines) == 1)
        first = next(iter(lines.values()))
        start, last = max(y or 0.0 for y in (series.y[0] for series in lines.values())), first.x[-1]
        axes.plot([0, min(start, last), last], [start, max(0.0, start - last), 0.0], color=PALETTE["muted"],
                  linewidth=1.0, linestyle=(0, (2, 2)), label=words["ideal"])  # fmt: skip
        axes.set_ylim(0, None)
        _finished(axes, last)
        return settled(figure)


def at_thresholds(lines: Mapping[str, Series], words: Mapping[str, str] = WORDS) -> Figure | None:
    """The curves at several thresholds, logarithmic, each with its band; a line ends where no error is left.

    None where there is no error at all.
    """
    drawn = {name: series for name, series in lines.items() if any(series.y)}
    if not drawn:
        return None
    with styled(words["family"]), any_letters():
        figure, axes = new_axes(words["discard"], words["fnmr"])
        axes.set_yscale("log")
        lowest = min(y for series in drawn.values() for y in series.y if y)
        highest = max(y for series in drawn.values() for y in (*series.y, *series.high) if y)
        for place, (name, series) in enumerate(drawn.items()):
            _curve(axes, series, place, _shown(name), band=True, floor=lowest / 3)
        _rates(axes, lowest / 2, min(1.0, highest * 1.2))
        _finished(axes, next(iter(drawn.values())).x[-1])
        return settled(figure)


def _curve(axes: Axes, series: Series, place: int, name: str, *, band: bool, floor: float = 0.0) -> None:
    points = [(x, y) for x, y in zip(series.x, series.y, strict=True) if y is not None and (y > 0 or not floor)]
    axes.plot([x for x, _ in points], [y for _, y in points], color=SERIES[place], linestyle=DASHES[place], label=name,
              zorder=3)  # fmt: skip
    limits = [
        (x, max(low, floor), high)
        for x, y, low, high in zip(series.x, series.y, series.low or series.y, series.high or series.y, strict=True)
        if low is not None and high is not None and (y or not floor)
    ]
    if band and limits:
        axes.fill_between([x for x, _, _ in limits], [low for _, low, _ in limits], [high for _, _, high in limits],
                          color=SERIES[place], alpha=0.13, linewidth=0, zorder=1)  # fmt: skip


def _rates(axes: Axes, low: float, high: float) -> None:
    """A logarithmic axis of rates from `low` to `high`: decades, and steps between them where there are few."""
    axes.set_ylim(low, high)
    steps = [float(f"{digit}e-{decade}") for decade in range(9, -1, -1) for digit in (1, 2, 5)]
    shown = [tick for tick in steps if low <= tick <= high]
    if len(shown) > MOST_TICKS:
        plain_decades(axes.yaxis)
        return
    axes.set_yticks(shown, [f"{tick:g}" if tick >= 0.002 else f"{tick:.0e}".replace("e-0", "e-") for tick in shown])
    axes.minorticks_off()


def _finished(axes: Axes, last: float) -> None:
    ticks = [k / 10 for k in range(round(last * 10) + 1)]
    axes.set_xticks(ticks, [f"{round(100 * tick)} %" for tick in ticks])
    axes.set_xlim(0, last)
    handles, names = axes.get_legend_handles_labels()
    columns = 1 if max(map(len, names)) > WIDE else min(4, len(names))
    axes.figure.legend(handles, names, loc="outside upper left", ncols=columns, frameon=False)


def _shown(name: str) -> str:
    """A name that leaves room for the figure: its end says most, as `.scalar` does."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in name)
    return shown if len(shown) <= LONGEST else f"{shown[:12]}…{shown[13 - LONGEST :]}"


def starting(lines: Sequence[tuple[str, Series]]) -> dict[str, Series]:
    """The first curves that fit into one figure, by name."""
    return dict(lines[:MOST_LINES])
