"""The smallest number of subjects with which an interval says what is wanted, by exact counting.

The errors among effective trials are binomial; the interval is Clopper-Pearson on n* trials, as the product computes
it. For a fixed count the interval tightens with every subject, so the smallest size that still allows c errors is
found by bisection; the power at that size is P(Binomial(n_eff, p) <= c), and falls until the next error is allowed.
The answer is therefore the size of the smallest c whose power suffices. Normal approximation enters nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fr_bench.planning.dependence import Dependence, shrunk

FEWEST_SUBJECTS = 20
"""With fewer subjects no verdict is given, whatever the counts."""

MOST_SUBJECTS = 10**9
_EXACT_COUNTS = 1024
_LARGEST = 1e15

Truths = NDArray[np.bool_]
Criterion = Callable[[Any, Any, Any], Truths]
"""(errors counted among `trials`, trials, n*) -> whether the interval says what is wanted; may be arrays."""


class Judge(NamedTuple):
    """How a test will be judged.

    tail     probability beyond the limit of the interval
    margin   how many standard deviations above its mean the design effect found is allowed for
    """

    tail: float
    margin: float = 0.0


class Foreseen(NamedTuple):
    """What a test of some size amounts to: whole effective trials, and the n* of its interval."""

    trials: Any
    starred: Any


def foreseen(dependence: Dependence, subjects: Any, rate: float, judge: Judge) -> Foreseen:
    """Effective trials and n* of a test of `subjects` subjects, if the true rate is `rate`."""
    worth = np.minimum(dependence.effective(subjects, rate), _LARGEST)
    judged = np.minimum(dependence.judged(subjects, rate, judge.margin), _LARGEST)
    return Foreseen(np.floor(worth), shrunk(judged, dependence.degrees(subjects, rate), judge.tail))


def upper_at_most(limit: float, tail: float) -> Criterion:
    """Whether the upper limit of Clopper-Pearson, `tail` above it, lies at or below `limit`."""
    from scipy.special import betaincc

    def enough(errors: Any, trials: Any, starred: Any) -> Truths:
        x, counted = _credited(errors, trials, starred)
        return np.asarray(counted & (betaincc(x + 1, np.maximum(starred - x, 1e-9), limit) <= tail))

    return enough


def half_width_at_most(width: float, tail: float) -> Criterion:
    """Whether half the length of the interval is at most `width`; counts above the half of the trials never do."""
    from scipy.special import betainccinv, betaincinv

    def enough(errors: Any, trials: Any, starred: Any) -> Truths:
        x, counted = _credited(errors, trials, starred)
        rest = np.maximum(starred - x, 1e-9)
        low = np.where(x > 0, betaincinv(np.maximum(x, 1e-9), rest + 1, tail), 0.0)
        fewer = 2 * np.asarray(errors) <= trials
        return np.asarray(counted & fewer & (betainccinv(x + 1, rest, tail) - low <= 2 * width))

    return enough


def _credited(errors: Any, trials: Any, starred: Any) -> tuple[Any, Any]:
    """Errors scaled from the effective trials to n*, and whether there are more trials than errors."""
    x = np.asarray(errors, np.float64) * starred / np.maximum(trials, 1.0)
    return np.minimum(x, starred), np.asarray(errors) < trials


def at_most(count: Any, trials: Any, rate: float) -> Any:
    """P(X <= count) for X binomial of whole `trials` and `rate`.

    >>> round(float(at_most(0, 100, 0.01)), 12) == round(0.99**100, 12)
    True
    """
    from scipy.special import betaincc

    count, trials = np.asarray(count, np.float64), np.asarray(trials, np.float64)
    inside = betaincc(count + 1, np.maximum(trials - count, 1e-9), rate)
    return np.where(count < 0, 0.0, np.where(count >= trials, 1.0, inside))


def smallest(dependence: Dependence, rate: float, power: float, enough: Criterion, judge: Judge) -> int | None:
    """The smallest number of subjects at which `enough` holds with probability `power`; None: more than 10^9.

    Exact up to 1,024 effective errors allowed; beyond, the power is taken to rise with the errors allowed, as it does
    but for the rounding of sizes to whole subjects.
    """

    def powers(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        sizes = _first_sizes(dependence, rate, enough, counts, judge)
        trials = np.floor(np.minimum(dependence.effective(sizes, rate), _LARGEST))
        return sizes, np.where(sizes <= MOST_SUBJECTS, at_most(counts, trials, rate), 0.0)

    for start, end in pairwise((0, 16, 64, 256, _EXACT_COUNTS)):
        sizes, reached = powers(np.arange(start, end))
        if (reached >= power).any():
            return int(sizes[int(np.argmax(reached >= power))])
        if (sizes > MOST_SUBJECTS).all():
            return None
    counts = _EXACT_COUNTS * 2 ** np.arange(37)
    reached = powers(counts)[1]
    if not (reached >= power).any():
        return None
    first = int(np.argmax(reached >= power))
    low, high = int(counts[max(first - 1, 0)]), int(counts[first])
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if powers(np.array([middle]))[1][0] >= power else (middle, high)
    return int(powers(np.array([high]))[0][0])


def _first_sizes(
    dependence: Dependence, rate: float, enough: Criterion, counts: NDArray[np.int64], judge: Judge
) -> NDArray[np.int64]:
    """For each count the smallest number of subjects that still allows it; one more than the most where none does."""
    low = np.full(len(counts), FEWEST_SUBJECTS - 1)
    high = np.full(len(counts), MOST_SUBJECTS + 1)
    while (high - low > 1).any():
        middle = (low + high) // 2
        good = enough(counts, *foreseen(dependence, np.maximum(middle, FEWEST_SUBJECTS), rate, judge))
        good &= middle >= FEWEST_SUBJECTS
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    return high


def allowed(trials: float, starred: float, enough: Criterion) -> int:
    """The most errors among `trials` with which `enough` still holds; -1: not even with none."""
    low, high = -1, int(min(trials, _LARGEST)) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if bool(enough(middle, trials, starred)) else (low, middle)
    return low


def power_of(dependence: Dependence, subjects: int, rate: float, enough: Criterion, judge: Judge) -> float:
    """The probability that `enough` holds at this size, if the true rate is `rate`."""
    trials, starred = foreseen(dependence, subjects, rate, judge)
    return float(at_most(allowed(float(trials), float(starred), enough), trials, rate))


def smallest_without_errors(dependence: Dependence, rate: float, enough: Criterion, judge: Judge) -> int | None:
    """The smallest number of subjects at which `enough` holds if no error is counted; None: more than 10^9."""
    size = int(_first_sizes(dependence, rate, enough, np.zeros(1, np.int64), judge)[0])
    return size if size <= MOST_SUBJECTS else None


def subjects_worth(
    dependence: Dependence, effective: float, rate: float, *, fewest: int = FEWEST_SUBJECTS
) -> int | None:
    """The smallest number of subjects whose trials are worth `effective` independent ones; None: more than 10^9."""
    return fewest_subjects(
        lambda subjects: float(dependence.effective(subjects, rate)) >= effective * (1 - 1e-12), fewest=fewest
    )


def fewest_subjects(enough: Callable[[int], bool], *, fewest: int = FEWEST_SUBJECTS) -> int | None:
    """The smallest number of subjects that is enough, where every larger one is as well; None: more than 10^9."""
    low, high = fewest - 1, MOST_SUBJECTS + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high if high <= MOST_SUBJECTS else None


def fails_from(dependence: Dependence, subjects: int, limit: float, power: float, judge: Judge) -> float | None:
    """The smallest true rate that a test of this size finds above `limit` with probability `power`; None: no rate.

    Found above the limit means that the lower limit of the interval lies above it.
    """
    from scipy.special import betainc

    def found(rate: float) -> float:
        trials, starred = foreseen(dependence, subjects, rate, judge)
        low, high = 0, int(trials)
        while high - low > 1:
            middle = (low + high) // 2
            x = middle * float(starred) / float(trials)
            above = betainc(x, max(float(starred) - x, 0.0) + 1, limit) < judge.tail
            low, high = (low, middle) if above else (middle, high)
        return 1 - float(at_most(high - 1, trials, rate)) if int(trials) else 0.0

    return _boundary(lambda rate: found(rate) >= power, limit, 1 - 1e-9)


def passes_up_to(dependence: Dependence, subjects: int, limit: float, power: float, judge: Judge) -> float | None:
    """The largest true rate that a test of this size shows to lie at or below `limit` with probability `power`.

    None where even a system that never errs cannot be shown to.
    """
    enough = upper_at_most(limit, judge.tail)
    tiny = limit * 1e-6
    if power_of(dependence, subjects, tiny, enough, judge) < power:
        return None
    return _boundary(lambda rate: power_of(dependence, subjects, rate, enough, judge) < power, tiny, limit)


def _boundary(true: Callable[[float], bool], low: float, high: float) -> float | None:
    """Where between `low` and `high` a statement becomes true, to a relative 1e-6; None where it does not."""
    if not true(high):
        return None
    while high / low > 1 + 1e-6:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if true(middle) else (middle, high)
    return high
