"""The AUC of each draw. Placements say how many scores of the other class lie above or below a score, ties by half.

With few enough comparisons the weighted AUC is counted as it is defined. With more of them, or below a floor, its
first-order form stands in: 1 - AUC is linear in the weights of nonmated comparisons and linear in those of mated ones;
each part is weighted alone, and the sum exceeds the value by one unweighted 1 - AUC. What lies below the floor enters
through sums by subject, where a comparison of i and j weighs w_i + w_j - 1 in place of w_i w_j.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.intervals.draws import Drawn, Statistic
from fr_bench.intervals.prefixes import Places
from fr_bench.intervals.tails import Searches, linear, summed

MOST_NONMATED, MOST_MATED = 2_000_000, 50_000
"""Up to these numbers of comparisons the AUC of a draw is counted as it is defined."""
ABREAST = 1024
BINNED = 0.02
"""How far, as a share, the placements below the floor may differ from those of the mated scores: they were binned."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedBelow:
    """What the AUC must know of the nonmated scores below the floor, counted without keeping them.

    by_subject   (n,) int64: sum of 2 * #{mated < s} + #{mated = s} over the nonmated comparisons below the floor that
                 involve the subject, exact or to the width of a bin; each comparison stands with both its subjects
    nonmated     (m,) int64, for the m mated scores below the floor, ascending: #{nonmated > s} + #{nonmated >= s},
                 among all nonmated comparisons
    """

    by_subject: NDArray[np.int64]
    nonmated: NDArray[np.int64]


def auc_draws(drawn: Drawn, below: PlacedBelow | None = None, *, exact: bool | None = None) -> Statistic:
    """The AUC of each draw, (B,). The first-order form may lie outside [0, 1] by a little.

    `below` is needed where there is a floor. `exact` asks for the definition (True) or the first-order form (False);
    by default the definition is taken where there is no floor and the comparisons are few.
    Raises ValueError without `below` where it is needed, and where it contradicts the scores that were kept.
    """
    complete = drawn.tail.floor == float("-inf")
    if complete == (below is not None) or (exact and not complete):
        raise ValueError(f"the AUC with floor {drawn.tail.floor} {'and' if below else 'without'} what lies below it")
    if isinstance(drawn.tail.design, Searches):
        raise ValueError("the AUC is of comparisons, not of searches")
    few = drawn.tail.design.total <= MOST_NONMATED and len(drawn.lowest.scores) <= MOST_MATED
    if complete and (few if exact is None else exact):
        return _counted(drawn)
    return _first_order(drawn, below)


def _counted(drawn: Drawn) -> Statistic:
    """Mated scores with equal placements are taken together: their weight times the nonmated weight above them."""
    scores = drawn.lowest.scores
    starts = np.flatnonzero(np.append(True, scores[1:] != scores[:-1]))
    ends = np.append(starts[1:], len(scores))
    above, at_least = drawn.tail.above(scores[starts]), drawn.tail.at_least(scores[starts])
    lost = np.zeros(drawn.draws)
    for start in range(0, int(np.count_nonzero(at_least)), ABREAST):  # at_least falls along the scores
        some = slice(start, min(start + ABREAST, int(np.count_nonzero(at_least))))
        mated = drawn.below.common(ends[some]) - drawn.below.common(starts[some])
        once = drawn.above.common(at_least[some])
        twice = 2 * once
        tied = np.flatnonzero(above[some] != at_least[some])
        twice[tied] = once[tied] + drawn.above.common(above[some][tied])
        lost += (mated * twice).sum(axis=0, dtype=np.float64)
    return 1 - lost / (2.0 * drawn.mated * drawn.nonmated)


def _first_order(drawn: Drawn, below: PlacedBelow | None) -> Statistic:
    mated, total, unit = len(drawn.lowest.scores), drawn.tail.design.total, drawn.unit
    tail = -drawn.tail.keys
    of_nonmated = drawn.lowest.below(tail) + drawn.lowest.up_to(tail)
    of_mated = _placements_of_mated(drawn, below)
    lost = sum_of(of_mated)
    rest = 0 if below is None else sum_of(below.by_subject)
    # Below the floor placements are as fine as the bins that they were counted in; kept ones are exact.
    if abs(2 * sum_of(of_nonmated) + rest - 2 * lost) > BINNED * rest:
        raise ValueError("the placements of mated and of nonmated scores do not add up to the same sum")
    first = drawn.above.weighted_sum(of_nonmated) * unit**2
    second = np.empty(drawn.draws)
    by_subject = summed(drawn.lowest.subjects, of_mated, len(drawn.lowest.counts))
    for some, weights in drawn.weights():
        second[some] = linear(by_subject, weights)
        if below is not None:
            first[some] += linear(below.by_subject.astype(np.float64), weights) * unit - rest / 2
    part_nonmated = first / (2.0 * mated * drawn.nonmated * unit**2)
    part_mated = second / (2.0 * total * drawn.mated)
    return 1 - (part_nonmated + part_mated - lost / (2 * mated * total))


def _placements_of_mated(drawn: Drawn, below: PlacedBelow | None) -> Places:
    """#{nonmated > s} + #{nonmated >= s} for every mated score, ascending."""
    scores = drawn.lowest.scores
    found: Places = drawn.tail.above(scores) + drawn.tail.at_least(scores)
    hidden = int(np.searchsorted(scores, drawn.tail.floor, side="left"))
    if below is not None:
        if len(below.nonmated) != hidden or len(below.by_subject) != len(drawn.lowest.counts):
            raise ValueError(f"{len(below.nonmated)} placements for {hidden} mated scores below the floor")
        found[:hidden] = below.nonmated
    return found


def sum_of(integers: NDArray[np.int64]) -> int:
    """The sum without overflow.

    >>> sum_of(np.array([2**62, 2**62, 1]))
    9223372036854775809
    """
    low = int((integers & 0xFFFFFFFF).sum())
    return low + (int((integers >> 32).sum()) << 32)
