"""Tests of "no difference", and the correction for asking several of them.

The default is the sign-flip test by subject. McNemar's test takes every comparison as independent: it is offered
because reviewers ask for it, and holds only where each subject gave one comparison.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

FLIPS = 9_999
"""Random flips where there are too many subjects to try all; 1 is added for the flip that was observed."""

EXACT_FLIPS_UP_TO = 16
_EXACT_PAIRS_UP_TO = 1_000
_BLOCK = 512
"""Flips at once: bounds memory. Sums are whole numbers, so results do not depend on it."""


@dataclass(frozen=True, slots=True)
class McNemar:
    """Two-sided p values of McNemar's test: `exact`, and `mid`, which counts the observed split half."""

    exact: float
    mid: float


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Test whether two systems err equally often, from the comparisons that only one of them got wrong.

    exact = min(1, 2 * sum over k <= min(b, c) of C(b+c, k) / 2^(b+c)); mid = exact - C(b+c, min(b, c)) / 2^(b+c).
    Without discordant comparisons both are 1. Valid for independent comparisons only: one comparison a subject.
    Raises ValueError for counts below 0.
    Source: McNemar (1947), exact binomial form; mid-p by Lancaster (1961).

    >>> mcnemar(1, 6)
    McNemar(exact=0.125, mid=0.0703125)
    """
    if only_first < 0 or only_second < 0:
        raise ValueError(f"{only_first} and {only_second} discordant comparisons")
    fewer, n = min(only_first, only_second), only_first + only_second
    if not n:
        return McNemar(1.0, 1.0)
    if n > _EXACT_PAIRS_UP_TO:
        return _mcnemar_of_many(fewer, n)
    ways = [math.comb(n, k) for k in range(fewer + 1)]
    exact = min(Fraction(1), Fraction(2 * sum(ways), 2**n))
    return McNemar(float(exact), float(exact - Fraction(ways[-1], 2**n)))


def _mcnemar_of_many(fewer: int, n: int) -> McNemar:
    from scipy.special import bdtr  # scipy takes a fifth of a second to import

    up_to, below = float(bdtr(fewer, n, 0.5)), float(bdtr(fewer - 1, n, 0.5)) if fewer else 0.0
    exact = min(1.0, 2 * up_to)
    return McNemar(_positive(exact), _positive(exact - (up_to - below)))


def _positive(p: float) -> float:
    """No p value is 0: what is too small for a float64 is given as the smallest normal one."""
    return max(p, sys.float_info.min)


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """Adjust the p values of one family of tests, in the order given, so that any false alarm has the level's chance.

    Sorted, adjusted_(r) = max over s <= r of min(1, (m - s + 1) p_(s)). Never below the raw value, never above
    Bonferroni's. Raises ValueError for a p value outside [0, 1].
    Source: Holm (1979).

    >>> holm([0.01, 0.04, 0.03, 0.03])
    (0.04, 0.09, 0.09, 0.09)
    """
    if any(not 0 <= value <= 1 for value in p):
        raise ValueError(f"p values {list(p)} do not all lie between 0 and 1")
    adjusted, largest = [0.0] * len(p), 0.0
    for rank, k in enumerate(sorted(range(len(p)), key=lambda k: p[k])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[k]))
        adjusted[k] = largest
    return tuple(adjusted)


def sign_flip(differences: ArrayLike, *, flips: int = FLIPS, seed: int = 0) -> float:
    """Test by subject whether two systems err equally often: swap the systems within subjects at random.

    differences   (n,) whole numbers: errors of one system less those of the other, by subject, in any order
    flips         how many random swaps are tried where more than 16 subjects differ; all 2^n otherwise
    seed          names the random swaps

    The p value is the share of swaps whose sum is at least as far from 0 as the one observed; of random swaps
    (1 + #) / (1 + flips). It depends neither on the order of subjects nor on which system comes first. Not valid for
    false matches, where a comparison belongs to two subjects.
    Source: randomisation test of Fisher (1935), by cluster.

    >>> sign_flip([1, 1, 1, 0, -1])
    0.625
    """
    given = np.asarray(differences)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise ValueError(f"differences {given.dtype} {given.shape} are no row of whole numbers")
    if flips < 1:
        raise ValueError(f"{flips} flips")
    values = given.astype(np.int64)
    observed = abs(int(values.sum()))
    # A subject without a difference has nothing to swap. Sorted by size, subjects meet the same swaps in any order.
    sizes = np.sort(np.abs(values[values != 0]))
    if len(sizes) <= EXACT_FLIPS_UP_TO:
        sums = np.zeros(1, np.int64)
        for size in sizes:
            sums = np.concatenate([sums - size, sums + size])
        return int(np.count_nonzero(np.abs(sums) >= observed)) / len(sums)
    return (1 + _as_far(sizes, observed, flips, seed)) / (1 + flips)


def _as_far(sizes: NDArray[np.int64], observed: int, flips: int, seed: int) -> int:
    """How many of the random swaps have a sum at least as far from 0 as the one observed."""
    source = np.random.Philox(key=seed)
    words = -(-len(sizes) // 64)
    total, count = int(sizes.sum()), 0
    for start in range(0, flips, _BLOCK):
        rows = min(_BLOCK, flips - start)
        raw = np.asarray(source.random_raw(rows * words), dtype="<u8").reshape(rows, words)
        swapped = np.unpackbits(raw.view(np.uint8), axis=1, bitorder="little")[:, : len(sizes)]
        # float64 holds every sum of whole numbers below 2^53 exactly, in whatever order it is formed.
        sums = total - 2 * (swapped.astype(np.float64) @ sizes.astype(np.float64))
        count += int(np.count_nonzero(np.abs(sums) >= observed))
    return count
