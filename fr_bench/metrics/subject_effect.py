"""Is there any subject effect at all? The question before any animal is named.

Mated scores: Kruskal and Wallis's statistic of their ranks by subject. False matches: how unevenly they fall on
subjects. Both against the same scores with subjects exchanged at random, by draws whose names are a seed and a number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.records import Floats

Codes = NDArray[np.integer]
Counts = NDArray[np.int64]
MOST_DRAWS = 999
LEAST_DRAWS = 99
WORK = 5_000_000
"""Elements that are drawn at most, beyond the least number of draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A test of "no subject effect": the statistic, what chance gives on average, draws, and the p value.

    p is (1 + draws at least as uneven) / (1 + draws): never 0, and no smaller than the number of draws allows.
    """

    statistic: float
    by_chance: float
    draws: int
    p: float
    subjects: int


def draws_for(elements: int) -> int:
    """How many draws of so many elements are made: 999, or fewer in large runs, never under 99.

    >>> draws_for(1000), draws_for(20_000), draws_for(10**6)
    (999, 250, 99)
    """
    return max(LEAST_DRAWS, min(MOST_DRAWS, WORK // elements))


def mated_effect(values: Floats, subject: Codes, *, seed: int) -> Effect | None:
    """Whether some subjects have higher or lower mated scores than others, by ranks.

    H = 12/(N(N+1)) * sum over subjects of (sum of centred ranks)^2 / comparisons, without the correction for ties: it
    is the same in all draws. None with fewer than two subjects, or where nobody has two comparisons.
    Source: Kruskal and Wallis (1952), by permutation.
    """
    trials = np.bincount(subject)
    trials = trials[trials > 0]
    if len(trials) < 2 or trials.max() < 2:
        return None
    # Subjects by size, so that neither the order of comparisons nor names decide what a draw gives to whom.
    order = np.lexsort((values, subject))
    centred = _centred_ranks(values)[order]
    starts = np.concatenate([[0], np.cumsum(trials)[:-1]])
    by_size = np.argsort(trials, kind="stable")
    drawn_starts = np.concatenate([[0], np.cumsum(trials[by_size])[:-1]])

    def uneven(ranks: NDArray[np.float64], at: Counts, sizes: Counts) -> float:
        return float((np.add.reduceat(ranks, at) ** 2 / sizes).sum())

    n = len(values)
    scale = 3.0 / (n * (n + 1.0))  # ranks are doubled
    seen = uneven(centred, starts, trials)
    pool = np.sort(centred)
    source = np.random.Generator(np.random.Philox(key=seed))
    return _effect(
        seen, lambda: uneven(source.permutation(pool), drawn_starts, trials[by_size]), draws_for(n), len(trials), scale
    )


def false_match_effect(
    involved: Counts, trials: Counts, pick: Callable[[int, np.random.Generator], Counts], total: int, *, seed: int
) -> Effect | None:
    """Whether false matches fall on some subjects more than on others.

    involved   (n,) false matches that involve each subject
    trials     (n,) nonmated comparisons that involve each
    pick       draws so many comparisons at random: how many of them involve each subject, (n,)
    total      all nonmated comparisons

    The statistic is the sum of (E_i - p n_i)^2 / (p n_i) over the subjects, p the FMR. None without a false match.
    """
    errors = int(involved.sum()) // 2
    present = trials > 0
    if not errors or np.count_nonzero(present) < 3:
        return None
    expected = trials[present] * (errors / total)

    def uneven(counts: Counts) -> float:
        return float(((counts[present] - expected) ** 2 / expected).sum())

    source = np.random.Generator(np.random.Philox(key=seed))
    return _effect(
        uneven(involved), lambda: uneven(pick(errors, source)), draws_for(2 * errors), int(present.sum()), 1.0
    )


def _effect(seen: float, draw: Callable[[], float], draws: int, subjects: int, scale: float) -> Effect:
    drawn = np.array([draw() for _ in range(draws)])
    # Sums of other orders differ in the last digits: what is equal but for them is as uneven as what was seen.
    reached = int(np.count_nonzero(drawn >= seen * (1 - 1e-12)))
    return Effect(
        statistic=seen * scale,
        by_chance=float(drawn.mean()) * scale,
        draws=draws,
        p=(1 + reached) / (1 + draws),
        subjects=subjects,
    )


def _centred_ranks(values: Floats) -> NDArray[np.float64]:
    """Twice the mean rank, less its mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    return np.asarray((2 * before + counts - len(values))[place], dtype=np.float64)
