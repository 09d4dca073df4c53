"""The least of a * FNMR + b * FMR over all thresholds, in every draw: minDCF, and with changing a and b ROCCH-EER.

The least cost is always attained at a mated score or at `reject_all`: between two mated scores FNMR stays and FMR
falls with the threshold. Both rates are known at every block of mated scores; as both are monotone, the rates at a
block's ends bound the cost inside, and only blocks that may hold the least are opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fr_bench.intervals.draws import Drawn, Statistic
from fr_bench.intervals.prefixes import Amounts, Places

MOST_KEPT = 2**24
"""Rates of opened blocks that are kept for the next question: 256 MiB at most, in practice a tenth."""
MOST_CHORDS = 200
"""Bounds the search for the hull's edge, which ends after about ten."""


@dataclass(frozen=True, slots=True, eq=False)
class Rungs:
    """Both rates at some candidates of every draw, thresholds ascending, (candidates, B); the last is `reject_all`."""

    places: Places
    fnmr: Statistic
    fmr: Statistic


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """The candidates at or above the floor: one rung for each block of mated scores, and the blocks opened so far.

    kept_share   (B,) FMR at the floor: below it no threshold has a smaller one. 0 where every score was kept
    """

    drawn: Drawn
    rungs: Rungs
    kept_share: Statistic
    opened: dict[int, Rungs] = field(default_factory=dict)

    @classmethod
    def of(cls, drawn: Drawn) -> Ladder:
        """Read both rates at every block of mated scores."""
        lowest, total = drawn.lowest.scores, len(drawn.lowest.scores)
        start = int(np.searchsorted(lowest, drawn.tail.floor, side="left"))
        places = np.unique(np.append(np.arange(0, total, drawn.below.block).clip(start), total))
        complete = drawn.tail.floor == float("-inf")
        share = np.zeros(drawn.draws) if complete else drawn.above.before[-1] / drawn.nonmated
        return cls(drawn, _rates(drawn, places), share)

    def open(self, k: int) -> Rungs:
        """The candidates from rung k up to the next."""
        if k not in self.opened:
            found = _rates(self.drawn, np.arange(self.rungs.places[k], self.rungs.places[k + 1]))
            if sum(rungs.fmr.size for rungs in self.opened.values()) + found.fmr.size > MOST_KEPT:
                return found
            self.opened[k] = found
        return self.opened[k]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """One point of the error trade-off in each draw, (B,)."""

    fnmr: Statistic
    fmr: Statistic

    def cost(self, a: Statistic, b: Statistic) -> Statistic:
        """a * FNMR + b * FMR."""
        return a * self.fnmr + b * self.fmr

    def replaced(self, others: Points, where: NDArray[np.bool_]) -> Points:
        """These points, and the others where `where` holds."""
        return Points(np.where(where, others.fnmr, self.fnmr), np.where(where, others.fmr, self.fmr))


def min_dcf_draws(ladder: Ladder, prior: Fraction) -> Statistic:
    """The normalised minDCF of each draw, both costs 1, (B,); NaN where a threshold below the floor may cost less.

    Raises ValueError for a prior outside (0, 1).
    """
    if not 0 < prior < 1:
        raise ValueError(f"prior {prior} is not inside (0, 1)")
    least = min(prior, 1 - prior)
    a, b = (np.full(ladder.drawn.draws, float(cost / least)) for cost in (prior, 1 - prior))
    found = cheapest(ladder, a, b).cost(a, b)
    return np.where(_holds_below_floor(ladder, found, b), found, np.nan)


def rocch_eer_draws(ladder: Ladder) -> Statistic:
    """The ROCCH-EER of each draw, (B,): where FMR = FNMR meets the convex hull; NaN where the floor hides the hull.

    From the chord of `reject_all` and accept-all on, the point furthest below the chord takes the place of the end on
    its side of the diagonal, until no point lies below: then the chord is the hull's edge. The rungs alone lead close
    to it, so that few blocks are opened.
    """
    draws = ladder.drawn.draws
    ends = Points(np.ones(draws), np.zeros(draws)), Points(np.zeros(draws), np.ones(draws))
    upper, lower = _edge(ladder, *_edge(ladder, *ends, least=_least_rung), least=cheapest)
    a, b = lower.fmr - upper.fmr, upper.fnmr - lower.fnmr
    first, second = upper.fnmr - upper.fmr, lower.fnmr - lower.fmr
    share = np.divide(first, first - second, out=np.zeros(draws), where=first != second)
    found = upper.fmr + share * (lower.fmr - upper.fmr)
    return np.where(_holds_below_floor(ladder, upper.cost(a, b), b), found, np.nan)


def _edge(
    ladder: Ladder, upper: Points, lower: Points, least: Callable[[Ladder, Statistic, Statistic], Points]
) -> tuple[Points, Points]:
    """The ends of the hull's edge across the diagonal, as far as `least` sees points; `upper` may lie on it."""
    for _ in range(MOST_CHORDS):
        a, b = lower.fmr - upper.fmr, upper.fnmr - lower.fnmr
        point = least(ladder, a, b)
        # A rounding is no point below the chord.
        better = point.cost(a, b) < upper.cost(a, b) * (1 - 1e-15)
        if not better.any():
            break
        above = point.fnmr >= point.fmr
        upper, lower = upper.replaced(point, better & above), lower.replaced(point, better & ~above)
    return upper, lower


def _least_rung(ladder: Ladder, a: Statistic, b: Statistic) -> Points:
    return _least(ladder.rungs, a * ladder.rungs.fnmr + b * ladder.rungs.fmr)


def cheapest(ladder: Ladder, a: Statistic, b: Statistic) -> Points:
    """The point of least a * FNMR + b * FMR of each draw, among candidates from the floor on; a, b >= 0, (B,)."""
    rungs, best = ladder.rungs, _least_rung(ladder, a, b)
    bounds = a * rungs.fnmr[:-1] + b * rungs.fmr[1:]
    inside = np.diff(rungs.places) > 1
    hopeful = np.flatnonzero(inside & (bounds < best.cost(a, b)).any(axis=1))
    # The most promising first: what they attain closes others.
    for k in hopeful[np.argsort(bounds[hopeful].min(axis=1), kind="stable")]:
        if (bounds[k] < best.cost(a, b)).any():
            found = ladder.open(int(k))
            point = _least(found, a * found.fnmr + b * found.fmr)
            best = best.replaced(point, point.cost(a, b) < best.cost(a, b))
    return best


def _least(rungs: Rungs, costs: Statistic) -> Points:
    k, draws = np.argmin(costs, axis=0), np.arange(costs.shape[1])
    return Points(rungs.fnmr[k, draws], rungs.fmr[k, draws])


def _rates(drawn: Drawn, places: Places) -> Rungs:
    """Both rates with the mated scores at these places as thresholds; the place behind the last is `reject_all`."""
    lowest = drawn.lowest.scores
    inside = places < len(lowest)
    accepted: Places = np.zeros(len(places), dtype=np.int64)
    accepted[inside] = drawn.tail.at_least(lowest[places[inside]])
    return Rungs(
        places, _over(drawn.below.common(places), drawn.mated), _over(drawn.above.common(accepted), drawn.nonmated)
    )


def _over(weight: Amounts, total: Amounts) -> Statistic:
    return np.divide(weight, total, dtype=np.float64)


def _holds_below_floor(ladder: Ladder, cost: Statistic, b: Statistic) -> NDArray[np.bool_]:
    """Whether no threshold below the floor can cost less: its FMR alone costs as much."""
    complete = ladder.drawn.tail.floor == float("-inf")
    return np.full(len(cost), True) if complete else np.asarray(b * ladder.kept_share >= cost)
