"""Slow second opinions on dependence: plain loops over all pairs of comparisons, sharing nothing with fr_bench.

A nonmated comparison is (subject, subject, wrong), a mated one (subject, wrong). Everything is an exact fraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

Nonmated = tuple[int, int, bool]
Mated = tuple[int, bool]


def all_pairs(samples: Sequence[int]) -> list[tuple[int, int]]:
    """The subjects of every unordered pair of samples of different subjects."""
    owners = [subject for subject, count in enumerate(samples) for _ in range(count)]
    return [(a, b) for a, b in combinations(owners, 2) if a != b]


def crossed(references: Sequence[int], probes: Sequence[int]) -> list[tuple[int, int]]:
    """The subjects of every reference with every probe of another subject."""
    enrolled = [subject for subject, count in enumerate(references) for _ in range(count)]
    seen = [subject for subject, count in enumerate(probes) for _ in range(count)]
    return [(a, b) for a in enrolled for b in seen if a != b]


def rate(wrong: Sequence[bool]) -> Fraction:
    return Fraction(sum(wrong), len(wrong))


def covariance(comparisons: Sequence[Nonmated], *, sharing: int) -> Fraction:
    """Sum of (e-p)(e'-p) over ordered pairs of comparisons that share at least so many subjects, over N^2."""
    p = rate([wrong for *_, wrong in comparisons])
    total = Fraction(0)
    for a, b, wrong in comparisons:
        for c, d, other in comparisons:
            if len({a, b} & {c, d}) >= sharing:
                total += (wrong - p) * (other - p)
    return total / len(comparisons) ** 2


def cluster_covariance(comparisons: Sequence[Mated]) -> Fraction:
    """The same over ordered pairs of mated comparisons of one subject."""
    p = rate([wrong for _, wrong in comparisons])
    total = sum((x - p) * (y - p) for i, x in comparisons for j, y in comparisons if i == j)
    return Fraction(total) / len(comparisons) ** 2


def dyadic_variance(comparisons: Sequence[Nonmated]) -> Fraction:
    """With the factor for few subjects, and never below the comparisons that share both subjects."""
    both, one = covariance(comparisons, sharing=2), covariance(comparisons, sharing=1)
    n = len({subject for a, b, _ in comparisons for subject in (a, b)})
    factor = Fraction(n * (n - 1), (n - 2) ** 2) if n > 2 else 1
    return factor * max(one - both, Fraction(0)) + both


def carry(comparisons: Sequence[Nonmated]) -> Fraction:
    """(sum R^2)^2 / sum R^4, R_i the sum of e-p over the comparisons of subject i; 0 where all are 0."""
    p = rate([wrong for *_, wrong in comparisons])
    residual: dict[int, Fraction] = {}
    for a, b, wrong in comparisons:
        for subject in (a, b):
            residual[subject] = residual.get(subject, Fraction(0)) + wrong - p
    fourth = sum(r**4 for r in residual.values())
    return Fraction(sum(r**2 for r in residual.values()) ** 2, fourth) if fourth else Fraction(0)
