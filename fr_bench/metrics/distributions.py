"""Histograms of scores, for drawing only: no measure is computed from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import Distribution
from fr_bench.metrics.scores import SortedScores, count_below, count_up_to
from fr_bench.records import Floats, Histogram, ScoreSet


def distributions(scores: ScoreSet, ordered: SortedScores, bins: int = 120) -> tuple[Distribution, ...]:
    """The mated and the nonmated histogram over common equal bins; a class without finite scores has none.

    Infinite scores lie in no bin: `of` counts them and `counts` does not. Where the run drew its nonmated histogram
    while it made the comparisons, that one is given, with neighbouring bins joined down to at most `bins`.
    """
    if bins < 1:
        raise ValueError(f"{bins} bins")
    found = []
    drawn = scores.drawn
    classes = [(True, ordered.mated)] + ([(False, ordered.nonmated)] if drawn is None else [])
    finite = [(mated, values, part) for mated, values in classes if len(part := _finite(values))]
    if finite:
        edges = _edges(min(float(p[0]) for *_, p in finite), max(float(p[-1]) for *_, p in finite), bins)
        found = [_histogram(mated, part, edges, of=len(values)) for mated, values, part in finite]
    if drawn is not None:
        found.append(_joined(drawn, bins))
    return tuple(found)


def _finite(ascending: Floats) -> Floats:
    lowest = count_up_to(ascending, -np.inf)
    return ascending[lowest : count_below(ascending, np.inf)]


def _edges(low: float, high: float, bins: int) -> NDArray[np.float64]:
    """Equal bins from the lowest to the highest score; a constant score stands in the middle of one bin."""
    if low == high:
        around = max(0.5, abs(low) / 1000)
        return np.array([low - around, low + around])
    part = np.linspace(0, 1, bins + 1)
    # Not linspace(low, high): high - low overflows for scores near the limits of float64.
    return np.unique(low * (1 - part) + high * part)


def _histogram(mated: bool, ascending: Floats, edges: NDArray[np.float64], *, of: int) -> Distribution:
    below = [count_below(ascending, float(edge)) for edge in edges[:-1]]
    counts = np.diff([*below, len(ascending)])
    return Distribution(mated=mated, edges=tuple(edges.tolist()), counts=tuple(counts.tolist()), of=of)


def _joined(drawn: Histogram, bins: int) -> Distribution:
    together = -(-len(drawn.counts) // bins)
    starts = np.arange(0, len(drawn.counts), together)
    counts = np.add.reduceat(drawn.counts, starts) if len(starts) else drawn.counts
    edges = np.append(drawn.edges[starts], drawn.edges[-1])
    return Distribution(
        mated=False,
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        of=int(drawn.counts.sum()),
        sampled=drawn.sampled,
    )
