"""How unequal groups can be, and must be, if the true rate of each lies within its interval.

With k groups and intervals at level 1 - (1 - level)/k all true rates lie within theirs at once with at least the
confidence `level` (Bonferroni), whether or not the groups share subjects. The lowest and the highest value that a
summary takes over all such rates are then limits for the true summary. They need no theory of maxima, which is where
resampling fails: a maximum over groups that err alike lies above their rate in every sample and in every redrawn one.

Every function takes the lower and upper limits of the groups, at least two, and gives (lowest, highest); highest is
None where a lower limit of 0 leaves the summary without bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Limits = tuple[float, float | None]
Floats = NDArray[np.float64]


def level_of_each(level: float, groups: int) -> float:
    """The level at which every group's interval is made so that all hold at once with confidence `level`.

    >>> round(level_of_each(0.95, 5), 12)
    0.99
    """
    if groups < 1:
        raise ValueError(f"{groups} groups")
    return 1 - (1 - level) / groups


def max_min_difference(low: Sequence[float], high: Sequence[float]) -> Limits:
    """Limits of max x - min x.

    >>> max_min_difference([0.1, 0.5], [0.2, 0.75])
    (0.3, 0.65)
    """
    _checked(low, high)
    return max(0.0, max(low) - min(high)), max(top - bottom for top, bottom in _extremes(low, high))


def max_min_ratio(low: Sequence[float], high: Sequence[float]) -> Limits:
    """Limits of max x / min x.

    >>> max_min_ratio([0.1, 0.5], [0.2, 0.8])
    (2.5, 8.0)
    """
    _checked(low, high)
    least, tops = max(1.0, max(low) / min(high)), _extremes(low, high)
    return least, max(top / bottom for top, bottom in tops) if all(bottom for _, bottom in tops) else None


def _extremes(low: Sequence[float], high: Sequence[float]) -> list[tuple[float, float]]:
    """For each group its upper limit, and the lowest lower limit of the others: no group is both extremes at once."""
    return [(top, min([*low[:k], *low[k + 1 :]])) for k, top in enumerate(high)]


def max_mean_ratio(low: Sequence[float], high: Sequence[float]) -> Limits:
    """Limits of max x / mean x. The highest rate is as high as it can be while the others are as low as they can be."""
    lows, highs = _checked(low, high)
    top = float(lows.max())
    least = 1.0 / float(np.minimum(highs / top, 1.0).mean()) if top else 1.0
    others = lows.sum() - lows
    return max(1.0, least), float((len(lows) * highs / (highs + others)).max())


def max_geomean_ratio(low: Sequence[float], high: Sequence[float]) -> Limits:
    """Limits of max x over the geometric mean of x."""
    lows, highs = _checked(low, high)
    n, top = len(lows), float(lows.max())
    # Where all rates may be equal, this is 1 without any rounding.
    least = math.exp(-float(np.log(np.minimum(highs / top, 1.0)).mean())) if top else 1.0
    if not lows.all():
        return max(1.0, least), None
    logs, upper = np.log(lows), np.log(highs)
    return max(1.0, least), math.exp(float((upper - (upper + logs.sum() - logs) / n).max()))


def gini(low: Sequence[float], high: Sequence[float]) -> Limits:
    """Limits of the Gini coefficient with its factor n/(n-1)."""
    lows, highs = _checked(low, high)
    return _most_equal(lows, highs), _most_unequal(lows, highs)


def _most_equal(lows: Floats, highs: Floats) -> float:
    """The rates drawn towards one common value as far as their limits allow: no other rates of that sum are more equal.

    Between two limits the coefficient is a ratio of linear functions of that value, so it is lowest at a limit.
    """
    return min(gini_of(np.clip(value, lows, highs)) for value in np.concatenate([lows, highs]))


def _most_unequal(lows: Floats, highs: Floats) -> float:
    """The highest ratio of spread to sum, by Dinkelbach's iteration.

    Given a ratio g, the rates of the largest spread - g sum are each at a limit; the spread is the largest sum of rank
    times rate over all rankings, so that ranks are assigned to groups. It ends at the largest ratio after a few steps.
    """
    from scipy.optimize import linear_sum_assignment  # scipy takes a fifth of a second to import

    n = len(lows)
    ranks = np.arange(1 - n, n, 2, dtype=np.float64)
    found = gini_of((lows + highs) / 2)
    while True:
        worth = ranks - found * (n - 1)
        gains = np.where(worth > 0, np.outer(highs, worth), np.outer(lows, worth))
        group, rank = linear_sum_assignment(gains, maximize=True)
        better = gini_of(np.where(worth[rank] > 0, highs[group], lows[group]))
        if better <= found * (1 + 1e-13):
            return min(1.0, found)
        found = better


def gini_of(rates: Floats) -> float:
    """The coefficient of given rates; 0 where all are 0.

    >>> round(gini_of(np.array([1e-4, 2e-4, 4e-4, 8e-4])), 6)
    0.511111
    """
    n, total = len(rates), float(rates.sum())
    ranks = np.arange(1 - n, n, 2, dtype=np.float64)
    return float(ranks @ np.sort(rates)) / ((n - 1) * total) if total else 0.0


def _checked(low: Sequence[float], high: Sequence[float]) -> tuple[Floats, Floats]:
    lows, highs = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    if lows.shape != highs.shape or len(lows) < 2 or not (lows >= 0).all() or not (lows <= highs).all():
        raise ValueError(f"limits {low} to {high} of at least two groups")
    if not highs.all():
        raise ValueError("an upper limit of 0: no interval of a rate is without width")
    return lows, highs
