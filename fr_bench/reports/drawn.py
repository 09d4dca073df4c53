"""The figures of results, each drawn once, whoever asks first: the page, or the files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fr_bench.findings import Result
from fr_bench.reports import axes, figures, series
from fr_bench.reports.theme import themed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawn:
    """The figures of one result, or of several that share each figure, in one language.

    Called with a name, it gives the figure as a page needs it: SVG and the places of the points of its curve, or None
    where the results have no data for it.
    """

    def __init__(self, results: Sequence[Result], language: str) -> None:
        self._results, self._language = results, language
        self._figures: dict[str, Figure] | None = None
        self._svg: dict[str, bytes] = {}

    def __call__(self, name: str) -> tuple[str, Sequence[tuple[int, float, float]]] | None:
        figure = self._drawn().get(name)
        if figure is None:
            return None
        return themed(self._as_svg(name), name.replace("_", "-")), self._places(name, figure)

    def names(self) -> list[str]:
        """The figures that the results have data for."""
        return list(self._drawn())

    def files(self, name: str) -> dict[str, bytes]:
        """One figure as files, by suffix: png and svg."""
        return {"png": figures.as_png(self._drawn()[name]), "svg": self._as_svg(name)}

    def _drawn(self) -> dict[str, Figure]:
        if self._figures is None:
            self._figures = figures.draw(self._results, figures.words(self._language))
        return self._figures

    def _as_svg(self, name: str) -> bytes:
        if name not in self._svg:
            self._svg[name] = figures.as_svg(self._drawn()[name])
        return self._svg[name]

    def _places(self, name: str, figure: Figure) -> list[tuple[int, float, float]]:
        curves = [result.curves[0] if result.curves else None for result in self._results]
        if len(self._results) > 1 or name not in ("roc", "det"):
            return []
        if name == "roc":
            spots = series.roc_points(curves[0])
        else:
            spots = [(k, axes.probit(x), axes.probit(y)) for k, x, y in series.det_points(curves[0])]
        return [(spot.index, spot.x, spot.y) for spot in figures.placed(figure, spots)]
