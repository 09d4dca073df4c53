"""Figures from arrays: score distributions, ROC, DET. Vector graphics fit for a paper, equal bytes for equal input.

Matplotlib's object interface only, never pyplot: no global figure, no display. Curves are told apart by dash and
marker as well as by a colour-blind-safe colour (Okabe and Ito). Every colour is one of `theme.PALETTE`, which lets the
HTML page exchange them for its light and dark colours. All text is drawn as paths, so a figure looks the same anywhere.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

from fr_bench.findings import Curve, Distribution, Measure, Measurement, Result
from fr_bench.reports.theme import PALETTE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (6.2, 4.1)
"""Inches: two thirds of a page's width; text of 9 points stays readable when a column of a paper halves it."""
DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 2, 1, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (8, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P")
FMR_TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.4)
FNMR_TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99)
USUAL_TOP = 0.45
"""Where a normal-deviate axis ends, unless a measure that is reported lies above it."""
PNG_DPI = 200
_SALT = "fr_bench"
_NORMAL = NormalDist()

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
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A measured operating point: FMR and FNMR attained, and the limits of the FNMR's interval, if any."""

    fmr: float
    fnmr: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """What one run draws: its name in the legend, its curve, its histograms, its marks and thresholds."""

    name: str
    curve: Curve | None = None
    distributions: tuple[Distribution, ...] = ()
    marks: tuple[Mark, ...] = ()
    targets: tuple[float, ...] = ()
    thresholds: tuple[float, ...] = ()


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


def series(result: Result, name: str = "") -> Series:
    """What a result has to draw. The marks are its FNMR@FMR measurements of everybody, with what they attained."""
    measured = [m for m in result.measurements if not m.group and m.value is not None]
    targets = [found for m in result.measurements if not m.group and (found := target_of(m)) is not None]
    return Series(
        name=name,
        curve=result.curves[0] if result.curves else None,
        distributions=result.distributions,
        marks=tuple(mark for m in measured if (mark := _mark(m)) is not None),
        targets=tuple(sorted(set(targets))),
        thresholds=tuple(sorted({t for m in measured if isinstance(t := m.threshold, float) and math.isfinite(t)})),
    )


def target_of(measurement: Measurement) -> float | None:
    """The FMR that an FNMR was asked at, by FNMR@FMR=x or by a name such as FMR1000; None for other measures."""
    found = _parsed(measurement.measure)
    if found is None:
        return None
    named = re.fullmatch(r"FMR([1-9]\d{0,8})", found.name)
    text = f"1/{named[1]}" if named else found["FMR"] if found.name == "FNMR" and "FMR" in found else ""
    try:
        return float(Fraction(text))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def _parsed(text: str) -> Measure | None:
    from fr_bench.errors import UsageError

    try:
        return Measure.parse(text)
    except UsageError:
        return None


def _mark(measurement: Measurement) -> Mark | None:
    attained = measurement.at.rate if measurement.at is not None else None
    if target_of(measurement) is None or attained is None or measurement.value is None:
        return None
    limits = measurement.interval
    return Mark(attained, measurement.value, limits.low if limits else None, limits.high if limits else None)


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
        figures["det"] = det(drawn, words=words)
    return figures


def _settled(figure: Figure) -> Figure:
    """The figure with its layout computed once: what is saved first, and in which resolution, moves nothing."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def letter(place: int) -> str:
    """The letter of a run among several: A, B ... Z, A1, B1 ...

    >>> letter(0), letter(27)
    ('A', 'B1')
    """
    return chr(ord("A") + place % 26) + (str(place // 26) if place >= 26 else "")


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(True)
    axes.set_axisbelow(True)
    return figure, axes


def score_distributions(drawn: Sequence[Series], *, logarithmic: bool, words: Mapping[str, str] = ENGLISH) -> Figure:
    """Histograms of mated and nonmated scores as densities: each class has area 1.

    With one run the classes differ in colour, dash and filling; with several, colour is the run and dash the class.
    """
    with styled(words["family"]):
        figure, axes = _axes(words["score"], words["density"])
        for place, one in enumerate(drawn):
            for distribution in one.distributions:
                _histogram(axes, distribution, place, len(drawn) > 1, one.name, words)
            if len(drawn) == 1:
                _threshold_lines(axes, one.thresholds)
        if logarithmic:
            axes.set_yscale("log")
            _plain_decades(axes.yaxis)
        else:
            axes.set_ylim(bottom=0)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="best")
        return _settled(figure)


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


def density(distribution: Distribution) -> tuple[list[float], list[float]]:
    """Finite edges and the share of comparisons per unit of score in each bin; empty when nothing was counted."""
    total = sum(distribution.counts)
    bins = [
        (low, high, count)
        for low, high, count in zip(distribution.edges, distribution.edges[1:], distribution.counts, strict=False)
        if abs(low) < 1e300 and abs(high) < 1e300 and high > low
    ]
    if not total or not bins:
        return [], []
    return [bins[0][0], *(high for _, high, _ in bins)], [count / total / (high - low) for low, high, count in bins]


def _threshold_lines(axes: Axes, thresholds: Sequence[float]) -> None:
    left, right = axes.get_xlim()
    for threshold in thresholds:
        if left < threshold < right:
            axes.axvline(threshold, color=PALETTE["muted"], linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
    axes.set_xlim(left, right)


def roc(drawn: Sequence[Series], *, words: Mapping[str, str] = ENGLISH) -> Figure:
    """1 - FNMR against FMR on a logarithmic axis; a step function of attained points, from the smallest FMR above 0."""
    with styled(words["family"]):
        figure, axes = _axes(words["fmr"], words["tmr"])
        axes.set_xscale("log")
        _plain_decades(axes.xaxis)
        smallest = 1.0
        for place, one in enumerate(drawn):
            points = roc_points(one.curve)
            if points:
                smallest = min(smallest, points[0][1])
                _step(axes, [p[1] for p in points], [p[2] for p in points], place, one.name)
            _marks(axes, [(m.fmr, 1 - m.fnmr, 1 - _or(m.high, m.fnmr), 1 - _or(m.low, m.fnmr)) for m in one.marks
                          if m.fmr > 0], place)  # fmt: skip
            _target_lines(axes, one.targets, smallest)
        axes.set_xlim(smallest / 1.5, 1)
        axes.set_ylim(top=1.005)
        _legend(axes, drawn, "lower right")
        return _settled(figure)


def roc_points(curve: Curve | None) -> list[tuple[int, float, float]]:
    """Points of a curve that a ROC with a logarithmic axis can show, by rising FMR: index, FMR, 1 - FNMR."""
    if curve is None:
        return []
    rows = zip(range(len(curve.fmr)), curve.fmr, curve.fnmr, strict=False)
    return sorted(((k, x, 1 - y) for k, x, y in rows if x > 0), key=lambda row: (row[1], row[2]))


def det(drawn: Sequence[Series], *, words: Mapping[str, str] = ENGLISH) -> Figure:
    """FNMR against FMR, both on normal-deviate axes, with the FMR targets of the measures as vertical lines."""
    with styled(words["family"]):
        figure, axes = _axes(words["fmr"], words["fnmr"])
        seen_x, seen_y, marked = [probit(0.4)], [probit(0.4)], [0.0]
        for place, one in enumerate(drawn):
            points = det_points(one.curve)
            if points:
                xs, ys = [probit(p[1]) for p in points], [probit(p[2]) for p in points]
                seen_x += xs
                seen_y += ys
                _step(axes, xs, ys, place, one.name)
            shown = [m for m in one.marks if 0 < m.fmr < 1 and 0 < m.fnmr < 1]
            _marks(axes, [_deviates(m) for m in shown], place)
            seen_y += [probit(m.fnmr) for m in shown]
            marked += [m.fnmr for m in shown]
        _deviate_axis(axes, "x", min(seen_x))
        _deviate_axis(axes, "y", min(seen_y), highest=max(marked))
        left = axes.get_xlim()[0]
        for target in sorted({t for one in drawn for t in one.targets if 0 < t < 1 and probit(t) >= left}):
            axes.axvline(probit(target), color=PALETTE["muted"], linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
        _legend(axes, drawn, "upper right")
        return _settled(figure)


def det_points(curve: Curve | None) -> list[tuple[int, float, float]]:
    """Points of a curve that normal-deviate axes can show (both rates above 0 and below 1): index, FMR, FNMR."""
    if curve is None:
        return []
    rows = zip(range(len(curve.fmr)), curve.fmr, curve.fnmr, strict=False)
    return sorted(((k, x, y) for k, x, y in rows if 0 < x < 1 and 0 < y < 1), key=lambda row: (row[1], -row[2]))


def probit(rate: float) -> float:
    """The normal deviate of a rate above 0 and below 1.

    >>> round(probit(0.5), 6), round(probit(0.001), 4)
    (0.0, -3.0902)
    """
    return _NORMAL.inv_cdf(rate)


def _deviates(mark: Mark) -> tuple[float, float, float, float]:
    low, high = _or(mark.low, mark.fnmr), _or(mark.high, mark.fnmr)
    floor = min(mark.fnmr, 1e-7)
    return (
        probit(mark.fmr), probit(mark.fnmr), probit(min(max(low, floor), mark.fnmr)), probit(min(high, 1 - 1e-9))
    )  # fmt: skip


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


def _step(axes: Axes, xs: Sequence[float], ys: Sequence[float], place: int, name: str) -> None:
    # Between two attained rates only the left one can be claimed: at most this FMR gives that FNMR.
    axes.plot(
        xs, ys, drawstyle="steps-post", color=SERIES[place % len(SERIES)], linestyle=DASHES[place % len(DASHES)],
        label=name or None,
    )  # fmt: skip


def _marks(axes: Axes, points: Sequence[tuple[float, float, float, float]], place: int) -> None:
    """Operating points with their intervals: x, y, lower end, upper end."""
    colour = SERIES[place % len(SERIES)]
    for x, y, low, high in points:
        axes.plot([x, x], [low, high], color=colour, linewidth=1.1, solid_capstyle="butt", marker="_", markersize=6)
        axes.plot(
            [x], [y], color=colour, marker=MARKERS[place % len(MARKERS)], markersize=5.5, linestyle="none",
            markeredgecolor=PALETTE["paper"], markeredgewidth=0.8, zorder=4,
        )  # fmt: skip


def _target_lines(axes: Axes, targets: Sequence[float], smallest: float) -> None:
    for target in targets:
        if target >= smallest:
            axes.axvline(target, color=PALETTE["muted"], linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)


def _deviate_axis(axes: Axes, which: str, lowest: float, highest: float = 0.0) -> None:
    """Ticks at rates and limits from just below the lowest point to 45 %, or just above the highest reported rate.

    lowest    as a normal deviate; highest: as a rate
    """
    bottom = max(probit(5e-7), lowest - 0.15)
    top = probit(USUAL_TOP) if highest < USUAL_TOP else min(probit(highest) + 0.25, probit(0.999))
    kept = [tick for tick in (FMR_TICKS if which == "x" else FNMR_TICKS) if bottom <= probit(tick) <= top]
    labels = [_tick(tick) for tick in kept]
    positions = [probit(tick) for tick in kept]
    if which == "x":
        axes.set_xlim(bottom, top)
        axes.set_xticks(positions, labels)
    else:
        axes.set_ylim(bottom, top)
        axes.set_yticks(positions, labels)


def _tick(value: float) -> str:
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e") if 0 < value < 0.002 else f"{value:.4g}"


def _plain_decades(axis: Any) -> None:
    """Label a logarithmic axis 1e-4, 0.01, 1: names as hostile as `$` forbid Matplotlib's own markup everywhere."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axis.set_minor_formatter(NullFormatter())


def _legend(axes: Axes, drawn: Sequence[Series], where: Literal["lower right", "upper right"]) -> None:
    if len(drawn) > 1 and axes.get_legend_handles_labels()[0]:
        axes.legend(loc=where)


def save(figure: Figure) -> dict[str, bytes]:
    """The figure as {"png": ..., "svg": ...}. The same figure data give the same bytes: no date, no version, no id."""
    png = io.BytesIO()
    with styled():
        figure.savefig(png, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return {"png": png.getvalue(), "svg": as_svg(figure)}


def as_svg(figure: Figure) -> bytes:
    """The figure as SVG alone, as a page needs it."""
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
    return {"family": family, **{key: say(f"plot.{key}") for key in ENGLISH if key != "family"}}
