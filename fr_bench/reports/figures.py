"""Figures from arrays: score distributions, ROC, DET. Vector graphics fit for a paper, equal bytes for equal input.

Matplotlib's object interface only, never pyplot: no global figure, no display. Curves are told apart by dash and
marker as well as by a colour-blind-safe colour (Okabe and Ito). Every colour is one of `theme.PALETTE`, which lets the
HTML page exchange them for its light and dark colours. All text is drawn as paths, so a figure looks the same anywhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fr_bench.findings import Distribution, Result
from fr_bench.reports.axes import (
    DASHES,
    deviate_axis,
    draw_band,
    draw_points,
    draw_step,
    draw_targets,
    new_axes,
    plain_decades,
    probit,
    settled,
    upright,
)
from fr_bench.reports.series import Mark, Series, band_points, density, det_points, letter, roc_points, series
from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PNG_DPI = 200
_SALT = "fr_bench"

ENGLISH: Mapping[str, str] = {
    "family": "DejaVu Sans",
    "score": "Similarity score",
    "density": "Share of comparisons per unit of score",
    "mated": "mated",
    "nonmated": "nonmated",
    "sampled": "sample",
    "fmr": "False match rate (FMR)",
    "fnmr": "False non-match rate (FNMR)",
    "tmr": "1 - FNMR",
    "band": "{level} intervals, pointwise",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the points of a drawn curve lie in the SVG, in its own units: index into the curve, x, y."""

    index: int
    x: float
    y: float


@contextmanager
def styled(family: str = ENGLISH["family"]) -> Iterator[None]:
    """Matplotlib with its own defaults and ours, whatever the user's matplotlibrc says; put back afterwards."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "font.family": [family, ENGLISH["family"]],
                "font.size": 9, "axes.titlesize": 9, "axes.labelsize": 9, "legend.fontsize": 8.5,
                "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "axes.unicode_minus": False,
                "svg.hashsalt": _SALT, "svg.fonttype": "path", "text.parse_math": False,
                "axes.edgecolor": PALETTE["ink"], "axes.labelcolor": PALETTE["ink"], "text.color": PALETTE["ink"],
                "xtick.color": PALETTE["ink"], "ytick.color": PALETTE["ink"], "grid.color": PALETTE["grid"],
                "axes.facecolor": PALETTE["paper"], "figure.facecolor": PALETTE["paper"],
                "savefig.facecolor": PALETTE["paper"], "legend.facecolor": PALETTE["paper"],
                "legend.edgecolor": PALETTE["grid"], "grid.linewidth": 0.6, "axes.linewidth": 0.8,
                "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 1.6,
                "legend.framealpha": 0.9, "legend.fancybox": False, "hatch.linewidth": 0.6,
            }
        )  # fmt: skip
        yield


def draw(results: Sequence[Result], words: Mapping[str, str] = ENGLISH) -> dict[str, Figure]:
    """Every figure that the results have data for, by name: scores, scores_log, roc, det.

    Several results share each figure; they are named A, B, C ... as on the page beside it.
    """
    several = len(results) > 1
    drawn = [series(result, letter(place) if several else "") for place, result in enumerate(results)]
    figures: dict[str, Figure] = {}
    if any(one.distributions for one in drawn):
        figures["scores"] = score_distributions(drawn, logarithmic=False, words=words)
        figures["scores_log"] = score_distributions(drawn, logarithmic=True, words=words)
    if any(one.curve is not None for one in drawn):
        figures["roc"] = roc(drawn, words=words)
    if any(_on_deviate_axes(one) for one in drawn):
        figures["det"] = det(drawn, words=words)
    return figures


def _on_deviate_axes(one: Series) -> bool:
    """Whether a run has a point or a mark with both error rates above 0: others have no place on a DET."""
    return bool(det_points(one.curve)) or any(0 < m.fmr < 1 and 0 < m.fnmr < 1 for m in one.marks)


def score_distributions(drawn: Sequence[Series], *, logarithmic: bool, words: Mapping[str, str] = ENGLISH) -> Figure:
    """Histograms of mated and nonmated scores as densities: each class has area 1.

    With one run the classes differ in colour, dash and filling; with several, colour is the run and dash the class.
    """
    with styled(words["family"]):
        figure, axes = new_axes(words["score"], words["density"])
        for place, one in enumerate(drawn):
            for distribution in one.distributions:
                _histogram(axes, distribution, place, len(drawn) > 1, one.name, words)
            if len(drawn) == 1:
                _threshold_lines(axes, one.thresholds)
        if logarithmic:
            axes.set_yscale("log")
            plain_decades(axes.yaxis)
        else:
            axes.set_ylim(bottom=0)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="best")
        return settled(figure)


def _histogram(
    axes: Axes, distribution: Distribution, place: int, several: bool, name: str, words: Mapping[str, str]
) -> None:
    edges, densities = density(distribution)
    if not densities:
        return
    kind = words["mated" if distribution.mated else "nonmated"]
    label = f"{name} {kind}".strip() + (f" ({words['sampled']})" if distribution.sampled else "")
    colour = SERIES[place % len(SERIES)] if several else SERIES[0 if distribution.mated else 1]
    dash = DASHES[0 if distribution.mated else 1]
    # stairs would draw an empty bin at 0, which a logarithmic axis turns into a fall to its lower edge: as meant
    axes.stairs(densities, edges, color=colour, linestyle=dash, linewidth=1.6, label=label)
    if not several:
        axes.stairs(densities, edges, fill=True, color=colour, alpha=0.14, linewidth=0)


def _threshold_lines(axes: Axes, thresholds: Sequence[float]) -> None:
    left, right = axes.get_xlim()
    for threshold in thresholds:
        if left < threshold < right:
            upright(axes, threshold)
    axes.set_xlim(left, right)


def roc(drawn: Sequence[Series], *, words: Mapping[str, str] = ENGLISH) -> Figure:
    """1 - FNMR against FMR on a logarithmic axis; a step function of attained points, from the smallest FMR above 0."""
    with styled(words["family"]):
        figure, axes = new_axes(words["fmr"], words["tmr"])
        axes.set_xscale("log")
        plain_decades(axes.xaxis)
        smallest = 1.0
        for place, one in enumerate(drawn):
            band = band_points(one.curve)
            if band:
                xs, tops, feet = [x for x, _, _ in band], [1 - low for _, low, _ in band], [1 - h for _, _, h in band]
                draw_band(axes, xs, feet, tops, place, _band_name(one, place, words))
            points = roc_points(one.curve)
            if points:
                smallest = min(smallest, points[0][1])
                draw_step(axes, [p[1] for p in points], [p[2] for p in points], place, one.name)
            draw_points(axes, [(m.fmr, 1 - m.fnmr, 1 - _or(m.high, m.fnmr), 1 - _or(m.low, m.fnmr)) for m in one.marks
                          if m.fmr > 0], place)  # fmt: skip
            draw_targets(axes, one.targets, smallest)
        axes.set_xlim(smallest / 1.5, 1)
        axes.set_ylim(top=1)
        for line in axes.get_lines():
            if line.get_drawstyle() == "steps-post":
                line.set_clip_on(False)  # what lies on the upper edge is drawn whole
        _legend(axes, "lower right")
        return settled(figure)


SHOWN_FROM = 1e-3
"""The DET of a poor system ends above the usual axis: it is shown from this FMR on, whatever was asked of it."""


def det(drawn: Sequence[Series], *, words: Mapping[str, str] = ENGLISH) -> Figure:
    """FNMR against FMR, both on normal-deviate axes, with the FMR targets of the measures as vertical lines."""
    with styled(words["family"]):
        figure, axes = new_axes(words["fmr"], words["fnmr"])
        seen_x, seen_y, marked = list[float](), list[float](), [0.0]
        for place, one in enumerate(drawn):
            band = [(probit(x), *_inside(low, high)) for x, low, high in band_points(one.curve) if x < 1]
            if band:
                at, lows, highs = zip(*band, strict=True)
                draw_band(axes, at, lows, highs, place, _band_name(one, place, words))
            points = det_points(one.curve)
            if points:
                xs, ys = [probit(p[1]) for p in points], [probit(p[2]) for p in points]
                seen_x += xs
                seen_y += ys
                draw_step(axes, xs, ys, place, one.name)
                marked += [p[2] for p in points if p[1] >= SHOWN_FROM]
            shown = [m for m in one.marks if 0 < m.fmr < 1 and 0 < m.fnmr < 1]
            draw_points(axes, [_deviates(m) for m in shown], place)
            seen_x += [probit(m.fmr) for m in shown]
            seen_y += [probit(limit) for m in shown for limit in (m.fnmr, min(_or(m.high, m.fnmr), 0.999))]
            marked += [m.fnmr for m in shown]
        deviate_axis(axes, "x", seen_x)
        deviate_axis(axes, "y", seen_y, reported=max(marked))
        left, right = axes.get_xlim()
        for target in sorted({t for one in drawn for t in one.targets if 0 < t < 1 and left <= probit(t) <= right}):
            upright(axes, probit(target))
        _legend(axes, "upper right")
        return settled(figure)


def _inside(low: float, high: float) -> tuple[float, float]:
    """Limits as normal deviates, held off 0 and 1, which have none."""
    return probit(min(max(low, 1e-7), 1 - 1e-9)), probit(min(max(high, 1e-7), 1 - 1e-9))


def _band_name(one: Series, place: int, words: Mapping[str, str]) -> str:
    """What the legend calls the band; once for several runs."""
    if place or one.curve is None or one.curve.band is None:
        return ""
    return words["band"].format(level=f"{float(one.curve.band.name) * 100:g} %")


def _deviates(mark: Mark) -> tuple[float, float, float, float]:
    low, high = _or(mark.low, mark.fnmr), _or(mark.high, mark.fnmr)
    floor = min(mark.fnmr, 1e-7)
    return (
        probit(mark.fmr), probit(mark.fnmr), probit(min(max(low, floor), mark.fnmr)), probit(min(high, 1 - 1e-9))
    )  # fmt: skip


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


def _legend(axes: Axes, where: Literal["lower right", "upper right"]) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc=where)


def as_png(figure: Figure) -> bytes:
    """The figure as PNG. The same figure data give the same bytes: no date, no version."""
    png = io.BytesIO()
    with styled():
        figure.savefig(png, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return png.getvalue()


def as_svg(figure: Figure) -> bytes:
    """The figure as SVG, with the same promise."""
    svg = io.BytesIO()
    with styled():
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return svg.getvalue()


def placed(figure: Figure, points: Sequence[tuple[int, float, float]]) -> list[Placed]:
    """Where points lie in the figure's SVG.

    points   index, x, y in the units of the axes
    """
    axes = figure.axes[0]
    # The SVG has 72 units to the inch and its y runs down; transData ends in pixels of the figure's own dpi.
    scale = 72.0 / figure.dpi
    height = figure.get_size_inches()[1] * 72.0
    if not points:
        return []
    spots = axes.transData.transform([(x, y) for _, x, y in points]) * scale
    return [
        Placed(k, round(float(x), 2), round(float(height - y), 2))
        for (k, _, _), (x, y) in zip(points, spots, strict=True)
    ]


def words(language: str) -> Mapping[str, str]:
    """The words drawn in figures: of the language if its letters can be drawn here, English otherwise."""
    from fr_bench.reports.fonts import family_for
    from fr_bench.reports.wording import wording

    family = family_for(language)
    if language == "en" or family is None:
        return ENGLISH
    say = wording(language)
    return {"family": family, **{key: say(f"plot.{key}", level="{level}") for key in ENGLISH if key != "family"}}
