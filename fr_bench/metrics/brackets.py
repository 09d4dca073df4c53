"""What is certain of a figure that needs nonmated scores below the floor: the least and the largest value it can have.

Scores below the floor were counted and not kept. Wherever they lie, every figure here stays within its bracket; after
a full pass, which counted them beside each mated score, the bracket is that between neighbouring counts. A figure
whose value is certain and whose threshold lies among the scores not kept has a bracket of equal ends.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np

from fr_bench.findings import REJECT_ALL, Threshold
from fr_bench.metrics.scores import Bracket, NotMeasurable, SortedScores, as_threshold, count_below, count_up_to

T = TypeVar("T")


def bracketed(ask: Callable[[], T], certain: Callable[[], Bracket]) -> T:
    """An answer; where it needs scores below the floor, what is certain of it goes with the reason.

    Raises NotMeasurable as `ask` does, with the bracket where its code is `below_floor`.
    """
    try:
        return ask()
    except NotMeasurable as missing:
        if missing.code != "below_floor":
            raise
        raise NotMeasurable(missing.reason, code=missing.code, bracket=certain()) from missing


def false_match_bracket(scores: SortedScores, threshold: Threshold) -> Bracket:
    """FMR at a threshold: all scores not kept rejected, or all accepted, as far as their counts leave it open.

    >>> from fr_bench.records import Rest
    >>> s = SortedScores(mated=np.array([0.5]), nonmated=np.array([0.9]), nonmated_total=4, floor=0.8,
    ...                  rest=Rest(count=3))
    >>> false_match_bracket(s, 0.7)
    (Fraction(1, 4), Fraction(1, 1))
    """
    total = scores.nonmated_total
    least, most = scores.false_matches_between(threshold)
    return Fraction(least.errors, total), Fraction(most.errors, total)


def false_non_match_bracket(scores: SortedScores, allowed: int) -> Bracket:
    """FNMR at the smallest candidate with at most so many false matches, where that lies below the floor.

    A mated score is rejected iff the (allowed + 1)-th highest nonmated score reaches it. Of that score only the floor
    above it is known; after a full pass also how many nonmated scores reach each mated one, which decides it.
    """
    total = scores.mated_total
    if scores.rest is not None and scores.rest.full:
        places = scores.placements
        k = int(np.searchsorted(places.below, scores.nonmated_total - allowed, side="left"))
        errors = int(places.mated_below[k]) if k < len(places.at) else total
        return Fraction(errors, total), Fraction(errors, total)
    return (
        Fraction(count_up_to(scores.mated, -np.inf), total),
        Fraction(count_below(scores.mated, scores.floor), total),
    )


@dataclass(frozen=True, slots=True)
class Crossing:
    """What is certain of the EER where the rates cross below the floor; the threshold, where it is a known candidate.

    Where `threshold` is given, both ends of the bracket are the EER.
    """

    bracket: Bracket
    threshold: Threshold | None = None


def crossing_below_floor(scores: SortedScores) -> Crossing:
    """The EER where FNMR is above FMR at the lowest candidate that is not below the floor.

    Let a of M mated and K of N nonmated scores be below, and at or above the floor. Without more counts: the sum of
    both rates at the crossing is least where every score not kept lies below all mated ones, so that FMR is K/N and
    FNMR the largest that does not exceed it; it is largest where FNMR has risen to a/M already and the FMR that is
    next below it is as near as N allows. After a full pass both rates are known at each mated score and right above
    it; the crossing lies between two of these points, and only the nonmated scores between two mated ones are open.
    """
    if scores.rest is not None and scores.rest.full:
        return _between_counts(scores)
    n, m, kept = scores.nonmated_total, scores.mated_total, len(scores.nonmated)
    below, steps = count_below(scores.mated, scores.floor), scores.placements.mated_below
    # Distinct mated scores below the floor with FNMR <= K/N: the first has FNMR 0.
    held = bisect_left(range(len(steps)), True, key=lambda k: int(steps[k]) * n > kept * m)
    low = Fraction(int(steps[held - 1]), m) + Fraction(kept, n)
    high = Fraction(below, m) + Fraction(below * n // m, n)
    return Crossing((low / 2, high / 2))


def _between_counts(scores: SortedScores) -> Crossing:
    """The crossing among the points that a full pass knows; all comparisons of rates are between integers."""
    n, m, places = scores.nonmated_total, scores.mated_total, scores.placements
    known = count_below(places.at, scores.floor)

    def point(k: int) -> tuple[int, int]:
        """False non-matches and false matches at the k-th mated score; at the floor after the last below it."""
        if k < known:
            return int(places.mated_below[k]), n - int(places.below[k])
        return count_below(scores.mated, scores.floor), len(scores.nonmated)

    def rate_sum(misses: int, matches: int) -> Fraction:
        return Fraction(misses, m) + Fraction(matches, n)

    def exactly(total: Fraction, threshold: Threshold | None) -> Crossing:
        return Crossing((total / 2, total / 2), threshold)

    def excess(misses: int, matches: int) -> int:
        return misses * n - matches * m

    k = bisect_left(range(known), True, key=lambda j: excess(*point(j)) >= 0)
    misses, matches = point(k)
    here = as_threshold(places.at[k]) if k < known else _lowest_above_floor(scores)
    if excess(misses, matches) == 0:
        return exactly(rate_sum(misses, matches), here)
    above = n - int(places.up_to[k - 1]) if k else n  # false matches right above the mated score before
    if excess(misses, above) < 0:
        most = misses * n // m  # false matches at an FMR as near below the FNMR as can be
        if most == matches:
            return exactly(rate_sum(misses, matches), here)
        return Crossing((rate_sum(misses, matches) / 2, rate_sum(misses, most) / 2))
    if excess(misses, above) == 0:
        return exactly(rate_sum(misses, above), None)
    before, after = rate_sum(*point(k - 1)), rate_sum(misses, above)
    if before <= after:
        return exactly(before, as_threshold(places.at[k - 1]))
    return exactly(after, here if above == matches else None)


def _lowest_above_floor(scores: SortedScores) -> Threshold:
    """The lowest candidate that is not below the floor."""
    found = [float(v[j]) for v in (scores.mated, scores.nonmated) if (j := count_below(v, scores.floor)) < len(v)]
    return as_threshold(min(found)) if found else REJECT_ALL
