"""How often chance alone makes so many more errors: then and now swapped within each unit, all swaps at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fr_bench.intervals.dyads import PairErrors

MOST_CHANGES = 1_000_000
"""Changed errors beyond which all swaps are not worked out; there Student's t is as good."""


def by_chance(changes: ArrayLike) -> float | None:
    """The share of swaps with more further errors than were seen, and half of those with as many (mid-p).

    changes   errors now less errors then, of each unit that may be swapped

    Every swap is equally likely where then and now are alike. Half of the ties are counted, so that the test is neither
    timid nor bold on the average over the few values that so few errors can take. None for too many changes.
    Source: randomisation test of Fisher (1935), with the mid-p of Lancaster (1961).

    >>> by_chance([1, 1, 1]), by_chance([1, 1, 1, 1, 0]), by_chance([1, -1])
    (0.0625, 0.03125, 0.5)
    """
    values = np.asarray(changes, dtype=np.int64)
    sizes = np.sort(np.abs(values[values != 0]))
    total = int(sizes.sum())
    if total > MOST_CHANGES or total * len(sizes) > 10**10:
        return None
    # share[k]: swaps with k errors more in all units that then have more; their sum is 2 k - total.
    share = np.ones(1)
    for size in sizes.tolist():
        wider = np.zeros(len(share) + size)
        wider[: len(share)] += share / 2
        wider[size:] += share / 2
        share = wider
    seen = int(values[values > 0].sum())
    # Where nearly every swap is worse, the roundings of so many shares may carry the sum beyond 1.
    return min(float(share[seen + 1 :].sum() + share[seen] / 2), 1.0)


def pairs_by_chance(then: PairErrors, now: PairErrors) -> float | None:
    """The same of false matches, swapped within pairs of subjects.

    >>> none = PairErrors.of([], [])
    >>> pairs_by_chance(none, PairErrors.of([0, 0, 1], [1, 2, 2])), pairs_by_chance(none, none)
    (0.0625, 0.5)
    """
    counts: dict[tuple[int, int], int] = {}
    for side, sign in ((then, -1), (now, 1)):
        for one, other, errors in np.stack([side.first, side.second, side.errors], axis=1).tolist():
            counts[one, other] = counts.get((one, other), 0) + sign * errors
    return by_chance(list(counts.values()))
