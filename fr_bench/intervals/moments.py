"""d' of each draw, from sums by subject.

Mated means and variances are weighted as they are. Every nonmated comparison has a say in the mean, so its first-order
form is used for all of them, kept or below the floor: what each subject adds to mean and variance, times how much more
than once it weighs. The variance is changed by a factor, which keeps it above 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fr_bench.intervals.draws import Drawn, Statistic
from fr_bench.intervals.prefixes import Codes
from fr_bench.intervals.tails import Searches, linear, summed

ROUNDING = 1e-14
"""A variance below this share of the mean square is that of equal scores."""


@dataclass(frozen=True, slots=True, eq=False)
class SummedBelow:
    """Sums of the nonmated scores below the floor and of their squares by subject, (n,) float64.

    Each comparison stands with both its subjects.
    """

    sums: Statistic
    squares: Statistic


def d_prime_draws(drawn: Drawn, below: SummedBelow | None = None) -> Statistic:
    """d' of each draw, (B,); variances keep the factor M/(M-1) of the scores themselves. NaN where both are 0.

    Raises ValueError for infinite scores, fewer than two of a class, searches, and without `below` where there is a
    floor.
    """
    design = drawn.tail.design
    if isinstance(design, Searches) or (drawn.tail.floor == float("-inf")) == (below is not None):
        raise ValueError(f"d' with floor {drawn.tail.floor} {'and' if below else 'without'} what lies below it")
    scores = drawn.lowest.scores.astype(np.float64)
    if design.total < 2 or len(scores) < 2 or not (np.isfinite(scores).all() and np.isfinite(drawn.tail.keys).all()):
        raise ValueError("d' needs two finite scores of each class")
    pivot = float(scores.mean())
    mean, spread = _mated(drawn, scores - pivot)
    other_mean, other_spread = _nonmated(drawn, below, pivot)
    found = np.full(drawn.draws, np.nan)
    both = (spread + other_spread) / 2
    np.divide(mean - other_mean, np.sqrt(both), out=found, where=both > 0)
    return found


def _mated(drawn: Drawn, scores: Statistic) -> tuple[Statistic, Statistic]:
    """Mean and variance of each draw."""
    n, people = len(scores), len(drawn.lowest.counts)
    sums, squares = (summed(drawn.lowest.subjects, v, people) for v in (scores, scores**2))
    mean, square = np.empty(drawn.draws), np.empty(drawn.draws)
    for some, weights in drawn.weights():
        mean[some] = linear(sums, weights) / drawn.mated[some]
        square[some] = linear(squares, weights) / drawn.mated[some]
    spread = (square - mean**2) * (n / (n - 1))
    return mean, np.where(spread > ROUNDING * square, spread, 0.0)


def _nonmated(drawn: Drawn, below: SummedBelow | None, pivot: float) -> tuple[Statistic, Statistic]:
    """Mean and variance of each draw, to first order in the weights."""
    design, total = drawn.tail.design, drawn.tail.design.total
    if isinstance(design, Searches):
        raise ValueError("searches have no pairs of subjects")
    made, sums, squares = design.by_subject(), *_sums(drawn, below, pivot)
    mean = float(sums.sum()) / (2 * total)
    spread = max(float(squares.sum()) / (2 * total) - mean**2, 0.0)
    # Distances from the mean, summed over the comparisons of each subject.
    of_mean = sums - mean * made
    of_spread = squares - 2 * mean * sums + (mean**2 - spread) * made
    means, factors = np.empty(drawn.draws), np.empty(drawn.draws)
    for some, weights in drawn.weights():
        more = weights * drawn.unit - 1
        means[some] = mean + linear(of_mean, more) / total
        factors[some] = linear(of_spread, more) / (total * spread) if spread else 0.0
    return means, spread * total / (total - 1) * np.exp(factors)


def _sums(drawn: Drawn, below: SummedBelow | None, pivot: float) -> tuple[Statistic, Statistic]:
    """Sums and sums of squares of all nonmated scores less the pivot, by subject."""
    people, tail = drawn.tail.design.subjects, drawn.tail
    scores = -tail.keys.astype(np.float64) - pivot
    sums = _by_subject(tail.first, tail.second, scores, people)
    squares = _by_subject(tail.first, tail.second, scores**2, people)
    if below is not None:
        design = tail.design
        if isinstance(design, Searches):
            raise ValueError("searches have no pairs of subjects")
        kept = _by_subject(tail.first, tail.second, np.ones(len(scores)), people)
        hidden = design.by_subject() - kept
        sums += below.sums - pivot * hidden
        squares += below.squares - 2 * pivot * below.sums + pivot**2 * hidden
    return sums, squares


def _by_subject(first: Codes, second: Codes | None, values: Statistic, people: int) -> Statistic:
    found = summed(first, values, people)
    return found if second is None else found + summed(second, values, people)
