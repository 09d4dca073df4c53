"""Suspected label errors: one person under two ids, and two persons under one. Listed, never removed.

Nobody can know it from scores alone. Suspected are nonmated comparisons that score above the median mated one, by pair
of subjects; and mated comparisons that at least half of the nonmated ones reach, by subject. Twins, poor pictures and
poor recognizers do the same: a person must look.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.metrics.scores import SortedScores, as_threshold, smallest_not_below
from fr_bench.records import Floats

Codes = NDArray[np.integer]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Suspects:
    """Suspected comparisons, gathered; the most striking first.

    first, second   (k,) the two subjects; the same number twice where one id may be two persons
    count           (k,) suspected comparisons of each
    best            (k,) the row of the most striking of them
    limit           the score beyond which a comparison is suspected; None where it is not known
    comparisons     all suspected comparisons
    """

    first: Counts
    second: Counts
    count: Counts
    best: Counts
    limit: float | None
    comparisons: int


def two_ids(ordered: SortedScores, values: Floats, first: Codes, second: Codes) -> Suspects:
    """Pairs of subjects with nonmated scores above the median mated score: perhaps one person under two ids.

    values, first, second   nonmated scores that are kept, and their subjects

    The median is the lower of the two middle scores. Of a median below the floor only what is kept is seen.
    """
    if not ordered.mated_total:
        return _none(None)
    median = ordered.mated[(ordered.mated_total - 1) // 2]
    rows = np.flatnonzero(values > median)
    limit = as_threshold(median) if np.isfinite(median) else None
    return _gathered(rows, -values[rows], first[rows], second[rows], limit)


def two_persons(ordered: SortedScores, values: Floats, subject: Codes) -> Suspects:
    """Subjects with mated scores that at least half of the nonmated comparisons reach: perhaps two persons.

    values, subject   mated scores and their subjects

    Where the scores below a floor were not counted at the mated scores, the limit is None and nobody is suspected.
    """
    total = ordered.nonmated_total
    if not total or not ordered.mated_total:
        return _none(None)
    if len(ordered.nonmated) * 2 >= total:  # the median is kept
        median = ordered.nonmated[len(ordered.nonmated) - (total + 1) // 2]
        rows = np.flatnonzero(values <= median)
        limit = as_threshold(median)
    else:
        places = ordered.placements
        if places.known:
            return _none(None)
        reached = places.at[2 * (total - places.below) >= total]
        if not len(reached):
            return _none(as_threshold(places.at[0]))
        limit = as_threshold(reached[-1])
        rows = np.flatnonzero(values <= smallest_not_below(limit, values.dtype))
    return _gathered(rows, values[rows], subject[rows], subject[rows], limit if np.isfinite(limit) else None)


def _gathered(rows: Counts, striking: Floats, first: Codes, second: Codes, limit: float | None) -> Suspects:
    """One entry a pair of subjects: the most striking first, then by most comparisons, then by number."""
    if not len(rows):
        return _none(limit)
    lower, upper = np.minimum(first, second).astype(np.int64), np.maximum(first, second).astype(np.int64)
    order = np.lexsort((upper, lower))
    another = (np.diff(lower[order]) != 0) | (np.diff(upper[order]) != 0)
    starts = np.flatnonzero(np.append(True, another))
    counts = np.diff(starts, append=len(order))
    most = np.minimum.reduceat(striking[order], starts)
    # The first of the comparisons that are as striking as any of the pair.
    hits = np.flatnonzero(striking[order] == np.repeat(most, counts))
    best = order[hits[np.searchsorted(hits, starts)]]
    ranked = np.lexsort((upper[best], lower[best], -counts, most))
    return Suspects(
        first=lower[best][ranked],
        second=upper[best][ranked],
        count=counts[ranked],
        best=rows[best][ranked],
        limit=limit,
        comparisons=len(rows),
    )


def _none(limit: float | None) -> Suspects:
    empty = np.zeros(0, dtype=np.int64)
    return Suspects(first=empty, second=empty, count=empty, best=empty, limit=limit, comparisons=0)
