"""Cllr and minCllr of each draw of subjects.

Cllr is a mean of costs over each class, one cost a comparison. The mated mean is weighted as it is. Every nonmated
comparison has a say in the other, so its first-order form is used, as for d': what each subject adds to the mean, times
how much more than once it weighs; the mean is changed by a factor, which keeps it above 0.

minCllr needs the pools of every draw. Scores between two corners of the error trade-off are of one class and always
fall into one pool, so isotonic regression runs over the steps between corners, whose weights are read off the draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fr_bench.intervals.draws import Drawn, Statistic
from fr_bench.intervals.prefixes import Places
from fr_bench.intervals.tails import Searches, linear, summed

BITS = 2 * np.log(2.0)
MOST_STEPS = 2**16
"""Steps between corners, times draws, that are worth their time and memory: 65,536 of 1,000 draws are 0.5 GiB."""


def cllr_draws(drawn: Drawn) -> Statistic:
    """Cllr of each draw, (B,), of natural-log likelihood ratios.

    Raises ValueError where scores below a floor were not kept, and for searches.
    """
    known = _costs(drawn)
    found = np.empty(drawn.draws)
    for some, weights in drawn.weights():
        factor = linear(known.nonmated, weights * drawn.unit - 1) / known.mean if known.mean else 0.0
        found[some] = linear(known.mated, weights) / drawn.mated[some] + known.mean * np.exp(factor)
    return np.asarray(found / BITS)


def cllr_influence(drawn: Drawn) -> Statistic:
    """(n,) by how much Cllr would grow, to first order, if each subject weighed once more; their sum is 0.

    Raises ValueError as `cllr_draws`.
    """
    known, counts = _costs(drawn), drawn.lowest.counts
    mean = float(known.mated.sum()) / len(drawn.lowest.scores)
    return np.asarray(((known.mated - mean * counts) / len(drawn.lowest.scores) + known.nonmated) / BITS)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Costs:
    """What believing the scores costs, by subject, in natural units.

    mated      (n,) sum over the subject's mated comparisons
    nonmated   (n,) by how much the subject moves the mean over nonmated comparisons
    mean       that mean
    """

    mated: Statistic
    nonmated: Statistic
    mean: float


def _costs(drawn: Drawn) -> _Costs:
    design = drawn.tail.design
    if isinstance(design, Searches) or drawn.tail.floor != float("-inf"):
        raise ValueError(f"Cllr of scores with the floor {drawn.tail.floor}")
    people, total = design.subjects, design.total
    # The tail holds scores negated: ln(1 + e^s) is the cost of a nonmated score s.
    costs = np.logaddexp(0.0, -drawn.tail.keys.astype(np.float64))
    by_subject = summed(drawn.tail.first, costs, people)
    if drawn.tail.second is not None:
        by_subject += summed(drawn.tail.second, costs, people)
    mean = float(costs.sum()) / total
    mated = summed(drawn.lowest.subjects, np.logaddexp(0.0, -drawn.lowest.scores.astype(np.float64)), people)
    return _Costs(mated=mated, nonmated=(by_subject - mean * design.by_subject()) / total, mean=mean)


def steps(drawn: Drawn) -> int:
    """How many steps between corners `min_cllr_draws` would look at."""
    return len(_corners(drawn)) + 1


def min_cllr_draws(drawn: Drawn) -> Statistic:
    """minCllr of each draw, (B,), exact.

    Raises ValueError where scores below a floor were not kept, and for more than `MOST_STEPS` steps.
    """
    if drawn.tail.floor != float("-inf"):
        raise ValueError(f"minCllr of scores with the floor {drawn.tail.floor}")
    places = _corners(drawn)
    if len(places) >= MOST_STEPS:
        raise ValueError(f"{len(places)} corners in {drawn.draws} draws")
    lowest = drawn.lowest.scores
    rejected = drawn.below.common(places)
    accepted = drawn.above.common(drawn.tail.at_least(lowest[places]))
    nothing = np.zeros((1, drawn.draws))
    mated = np.diff(np.vstack([nothing, rejected, drawn.mated[None]]), axis=0)
    nonmated = -np.diff(np.vstack([drawn.nonmated[None], accepted, nothing]), axis=0)
    return np.array([_least_cost(mated[:, k], nonmated[:, k]) for k in range(drawn.draws)])


def _corners(drawn: Drawn) -> Places:
    """The mated scores, by place, that are the lowest above some nonmated score: the corners of the trade-off."""
    accepted = drawn.tail.at_least(drawn.lowest.scores)
    return np.flatnonzero(np.append(True, accepted[1:] != accepted[:-1]))


def _least_cost(mated: Statistic, nonmated: Statistic) -> float:
    """Cllr of the best increasing map; weights of both classes by step, thresholds rising."""
    from scipy.optimize import isotonic_regression  # scipy takes a fifth of a second to import

    seen = mated + nonmated > 0
    m, n = mated[seen], nonmated[seen]
    share = isotonic_regression(m / (m + n), weights=m + n).x
    # Pools of one class cost nothing: there the share is 0 or 1 and the other class has no weight.
    both = (share > 0) & (share < 1)
    m, n, odds = m[both], n[both], share[both] / (1 - share[both])
    total_m, total_n = float(mated.sum()), float(nonmated.sum())
    ratio = odds * (total_n / total_m)
    of_mated = float((m * np.log1p(1 / ratio)).sum()) / total_m
    of_nonmated = float((n * np.log1p(ratio)).sum()) / total_n
    return float(min(1.0, (of_mated + of_nonmated) / BITS))
