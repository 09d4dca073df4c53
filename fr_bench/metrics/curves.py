"""The error trade-off over all thresholds: ROC and DET are two ways of drawing the same steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import REJECT_ALL, Curve, Threshold
from fr_bench.metrics.equal_error import corners
from fr_bench.metrics.scores import SortedScores, as_threshold, count_below
from fr_bench.records import Floats

POINTS = 2000
"""The most points of a curve for drawing: half along the FMR, half along the FNMR."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trade:
    """The whole step function, one corner a distinct mated score, ascending thresholds.

    thresholds           (d,) distinct mated scores
    false_matches        (d,) nonmated scores >= thresholds[k], of `nonmated`
    false_non_matches    (d,) mated scores < thresholds[k], of `mated`

    At a threshold between two of them FNMR is that of the higher one and FMR is at least its FMR, so no corner where
    the curve could be better is left out. A ROC draws 1 - FNMR over FMR, a DET draws FNMR over FMR.
    """

    thresholds: Floats
    false_matches: NDArray[np.int64]
    false_non_matches: NDArray[np.int64]
    mated: int
    nonmated: int


def trade(scores: SortedScores) -> Trade:
    """Every corner of the ROC, counted exactly.

    Raises NotMeasurable `empty_mated`, `empty_nonmated`, `below_floor`.
    Source: ISO/IEC 19795-1, receiver operating characteristic and detection error trade-off curves.

    >>> steps = trade(SortedScores.from_arrays([0.5, 0.6, 0.7], [0.3, 0.5, 0.5]))
    >>> steps.false_matches.tolist(), steps.false_non_matches.tolist()
    ([2, 0, 0], [0, 1, 2])
    """
    false_matches, false_non_matches = corners(scores)
    return Trade(
        thresholds=scores.placements.at,
        false_matches=false_matches,
        false_non_matches=false_non_matches,
        mated=scores.mated_total,
        nonmated=scores.nonmated_total,
    )


def curves(scores: SortedScores, points: int = POINTS) -> tuple[Curve, ...]:
    """One curve, thinned for drawing: points spread evenly over the decades of FMR, and of FNMR.

    Every point is attained at its candidate threshold; the first accepts all, the last (`reject_all`) nothing. Below
    a floor only points whose counts are known are given. Empty where a class has no scores.
    """
    if not len(scores.mated) or not scores.nonmated_total:
        return ()
    chosen = np.unique(np.concatenate([_along_fmr(scores, points // 2), _along_fnmr(scores, points // 2 - 3)]))
    fmr, fnmr = _counts(scores, cast(Floats, chosen))
    thresholds: list[Threshold] = [as_threshold(t) for t in chosen]
    return (
        Curve(
            name="ROC",
            fmr=(*(fmr / scores.nonmated_total).tolist(), 0.0),
            fnmr=(*(fnmr / scores.mated_total).tolist(), 1.0),
            thresholds=(*thresholds, REJECT_ALL),
        ),
    )


def _decades(total: int, points: int) -> NDArray[np.int64]:
    """0 and about `points` counts from 1 to `total`, evenly spread over the decades."""
    spread = np.geomspace(1, max(total, 1), max(points - 1, 2))
    return np.unique(np.concatenate([[0], np.round(spread)]).astype(np.int64))


def _along_fmr(scores: SortedScores, points: int) -> Floats:
    """The smallest candidates with at most 0, 1, ... false matches, as far as the kept scores go; and the lowest."""
    kept, mated = scores.nonmated, scores.mated
    allowed = _decades(scores.nonmated_total, points)
    allowed = allowed[allowed < len(kept)]
    rejected = kept[len(kept) - 1 - allowed]
    found = []
    for values in (mated, kept):
        above = np.searchsorted(values, rejected, side="right")
        inside = above < len(values)
        found.append(np.where(inside, values[np.where(inside, above, 0)], np.inf))
    nearest, is_score = np.minimum(*found), ~(np.isinf(found[0]) & np.isinf(found[1]))
    lowest = [] if scores.rest and scores.rest.count else [min(v[0] for v in (mated, kept) if len(v))]
    return cast(Floats, np.concatenate([nearest[is_score], np.array(lowest, dtype=nearest.dtype)]))


def _along_fnmr(scores: SortedScores, points: int) -> Floats:
    """The largest candidates with at most 0, 1, ... false non-matches: mated scores whose counts are known."""
    allowed = _decades(scores.mated_total - 1, points)
    candidates = scores.mated[allowed[allowed < scores.mated_total]]
    places = scores.placements
    return cast(
        Floats, candidates[candidates >= places.at[places.known]] if places.known < len(places.at) else candidates[:0]
    )


def _counts(scores: SortedScores, thresholds: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """False matches and false non-matches at candidates: those at or above the floor, and mated scores below it."""
    false_non_matches = np.searchsorted(scores.mated, thresholds, side="left")
    false_matches = len(scores.nonmated) - np.searchsorted(scores.nonmated, thresholds, side="left")
    low = count_below(thresholds, scores.floor)
    if low:
        places = scores.placements
        at = np.searchsorted(places.at, thresholds[:low])
        false_matches[:low] = scores.nonmated_total - places.below[at]
    return false_matches, false_non_matches
