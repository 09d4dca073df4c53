"""The forest plot of differences: one line a measure, its interval about the difference, against the line of none.

Measures have different units and very different sizes, so each difference is drawn in multiples of the smallest true
difference that the test would have found: all rows share one axis, and a short interval means a sharp test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fr_bench.findings import Analysis, Measurement
from fr_bench.reports.axes import new_axes, settled
from fr_bench.reports.escaping import shortened, visible
from fr_bench.reports.figures import ENGLISH, styled
from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = {"worse": "^", "not worse": "v", "inconclusive": "o"}
COLOURS = {"worse": SERIES[1], "not worse": SERIES[2], "inconclusive": SERIES[0]}
ROW_INCHES, FRAME_INCHES = 0.3, 1.3


def drawable(found: Analysis) -> list[Measurement]:
    """The rows that have an interval and so a place in the plot."""
    return [row for row in found.measurements if row.interval is not None and row.details.get("minimum_detectable")]


def forest(found: Analysis, words: Mapping[str, str]) -> Figure | None:
    """The plot, or None where no measure has an interval.

    words   "family" of the letters, "axis", "worse", "better", and the word of each verdict
    """
    rows = drawable(found)
    if not rows:
        return None
    with styled(words.get("family", ENGLISH["family"])):
        figure, axes = new_axes(words["axis"], "")
        figure.set_size_inches(6.2, FRAME_INCHES + ROW_INCHES * len(rows))
        seen: set[str] = set()
        for place, row in enumerate(rows):
            _draw(axes, row, len(rows) - 1 - place, words, seen)
        axes.axvline(0, color=PALETTE["ink"], linewidth=0.9, zorder=1)
        axes.set_yticks(range(len(rows)), [_drawn_name(row.measure) for row in reversed(rows)])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.grid(False, axis="y")
        reach = max(abs(limit) for limit in axes.get_xlim())
        axes.set_xlim(-reach, reach)
        axes.set_title(f"← {words['better']}          {words['worse_side']} →", color=PALETTE["muted"])
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.08 + 0.25 / len(rows)), ncols=3, frameon=False)
        return settled(figure)


def _drawn_name(measure: str) -> str:
    """The measure's text in letters that every font has: a measure's text is ASCII, unless made by hand."""
    return shortened(visible(measure).encode("ascii", "replace").decode("ascii"), 28)


def _draw(axes: Axes, row: Measurement, height: int, words: Mapping[str, str], seen: set[str]) -> None:
    """One row; differences of what more is better are turned, so that worse is always to the right."""
    if row.interval is None or row.value is None:
        return
    unit = float(row.details["minimum_detectable"]) * (-1 if row.better == "higher" else 1)
    value, ends = row.value / unit, sorted((row.interval.low / unit, row.interval.high / unit))
    verdict = str(row.details.get("verdict", "inconclusive"))
    colour = COLOURS.get(verdict, SERIES[0])
    label = words.get(verdict, verdict) if verdict not in seen else None
    seen.add(verdict)
    axes.plot(ends, [height, height], color=colour, linewidth=1.6, marker="|", markersize=6, solid_capstyle="butt")
    axes.plot(
        [value], [height], color=colour, marker=MARKERS.get(verdict, "o"), markersize=6.5, linestyle="none",
        markeredgecolor=PALETTE["paper"], markeredgewidth=0.8, zorder=4, label=label,
    )  # fmt: skip
    margin = float(row.details.get("margin", 0.0)) / abs(unit)
    if margin:
        axes.plot([margin], [height], color=PALETTE["muted"], marker="|", markersize=12, linestyle="none", zorder=2)
