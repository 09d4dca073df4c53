"""Slow, obvious answers written from the definitions: plain loops over Python fractions, sharing nothing with fr_bench.

Scores are given as lists of floats; a threshold is a float or "reject_all". Everything is O(n^2) and exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Literal

Threshold = float | Literal["reject_all"]
Scores = Sequence[float]
Point = tuple[Fraction, Fraction]


def accepted(score: float, threshold: Threshold) -> bool:
    return threshold != "reject_all" and score >= threshold


def candidates(mated: Scores, nonmated: Scores) -> list[Threshold]:
    return [*sorted(set(mated) | set(nonmated)), "reject_all"]


def false_matches(nonmated: Scores, threshold: Threshold) -> int:
    return sum(1 for s in nonmated if accepted(s, threshold))


def false_non_matches(mated: Scores, threshold: Threshold) -> int:
    return sum(1 for s in mated if not accepted(s, threshold))


def fmr(nonmated: Scores, threshold: Threshold) -> Fraction:
    return Fraction(false_matches(nonmated, threshold), len(nonmated))


def fnmr(mated: Scores, threshold: Threshold) -> Fraction:
    return Fraction(false_non_matches(mated, threshold), len(mated))


def fnmr_at_fmr(mated: Scores, nonmated: Scores, target: Fraction) -> tuple[Threshold, Fraction, Fraction] | None:
    """Threshold, FMR and FNMR there; None where the target allows no false match."""
    if target * len(nonmated) < 1:
        return None
    for t in candidates(mated, nonmated):
        if fmr(nonmated, t) <= target:
            return t, fmr(nonmated, t), fnmr(mated, t)
    raise AssertionError("reject_all has FMR 0")


def fmr_at_fnmr(mated: Scores, nonmated: Scores, target: Fraction) -> tuple[Threshold, Fraction, Fraction] | None:
    """Threshold, FMR and FNMR there; None where the target allows no false non-match."""
    if target * len(mated) < 1:
        return None
    held = [t for t in candidates(mated, nonmated) if fnmr(mated, t) <= target]
    return held[-1], fmr(nonmated, held[-1]), fnmr(mated, held[-1])


def zero_fmr(mated: Scores, nonmated: Scores) -> tuple[Threshold, Fraction]:
    t = next(t for t in candidates(mated, nonmated) if fmr(nonmated, t) == 0)
    return t, fnmr(mated, t)


def zero_fnmr(mated: Scores, nonmated: Scores) -> tuple[Threshold, Fraction]:
    t = [t for t in candidates(mated, nonmated) if fnmr(mated, t) == 0][-1]
    return t, fmr(nonmated, t)


def eer(mated: Scores, nonmated: Scores) -> tuple[Fraction, Fraction, Threshold]:
    """Low, high, threshold."""
    rates = [(t, fmr(nonmated, t), fnmr(mated, t)) for t in candidates(mated, nonmated)]
    t1 = [r for r in rates if r[2] <= r[1]][-1]
    t2 = next(r for r in rates if r[2] >= r[1])
    t, x, y = t1 if t1[1] + t1[2] <= t2[1] + t2[2] else t2
    return min(x, y), max(x, y), t


def rocch_eer(mated: Scores, nonmated: Scores) -> Fraction:
    """The lowest meeting of the diagonal with any segment between two points: the hull's, as the hull is lowest."""
    points = {(fmr(nonmated, t), fnmr(mated, t)) for t in candidates(mated, nonmated)}
    points |= {(Fraction(0), Fraction(1)), (Fraction(1), Fraction(0))}
    above = [p for p in points if p[1] >= p[0]]
    below = [p for p in points if p[1] <= p[0]]
    return min(meeting(a, b) for a in above for b in below)


def meeting(a: Point, b: Point) -> Fraction:
    d1, d2 = a[1] - a[0], b[1] - b[0]
    return a[0] if d1 == d2 else a[0] + d1 / (d1 - d2) * (b[0] - a[0])


def auc(mated: Scores, nonmated: Scores) -> Fraction:
    twice = sum(2 if m > n else 1 if m == n else 0 for m in mated for n in nonmated)
    return Fraction(twice, 2 * len(mated) * len(nonmated))


def auc_by_trapezoids(mated: Scores, nonmated: Scores) -> Fraction:
    """The area under the points (FMR, 1 - FNMR) joined by straight lines."""
    points = [(fmr(nonmated, t), 1 - fnmr(mated, t)) for t in candidates(mated, nonmated)][::-1]
    steps = pairwise(points)
    return sum(((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in steps), Fraction(0))


def dcf(mated: Scores, nonmated: Scores, prior: Fraction, threshold: Threshold) -> Fraction:
    cost = prior * fnmr(mated, threshold) + (1 - prior) * fmr(nonmated, threshold)
    return cost / min(prior, 1 - prior)


def min_dcf(mated: Scores, nonmated: Scores, prior: Fraction) -> Fraction:
    return min(dcf(mated, nonmated, prior, t) for t in candidates(mated, nonmated))


def d_prime_squared(mated: Scores, nonmated: Scores) -> Fraction:
    """d' squared, signed; ZeroDivisionError where it is not defined."""
    m, n = [Fraction(s) for s in mated], [Fraction(s) for s in nonmated]
    difference = mean(m) - mean(n)
    squared = difference * difference / ((variance(m) + variance(n)) / 2)
    return squared if difference >= 0 else -squared


def mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def variance(values: Sequence[Fraction]) -> Fraction:
    return sum(((v - mean(values)) ** 2 for v in values), Fraction(0)) / (len(values) - 1)


def fold_accuracy(mated: Sequence[tuple[float, int]], nonmated: Sequence[tuple[float, int]]) -> list[tuple[int, float]]:
    """Right decisions and threshold of each fold, from (score, fold) rows."""
    found = []
    for fold in sorted({f for _, f in [*mated, *nonmated]}):
        others = [s for s, f in mated if f != fold], [s for s, f in nonmated if f != fold]
        best, threshold = -1, 0.0
        for t in sorted(set(others[0]) | set(others[1])):
            right = right_decisions(*others, t)
            if right > best:
                best, threshold = right, t
        here = [s for s, f in mated if f == fold], [s for s, f in nonmated if f == fold]
        found.append((right_decisions(*here, threshold), threshold))
    return found


def right_decisions(mated: Scores, nonmated: Scores, threshold: float) -> int:
    return sum(s >= threshold for s in mated) + sum(s < threshold for s in nonmated)
