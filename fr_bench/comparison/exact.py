"""The one number that a comparison of two templates is, however it is computed.

Cosine. The score is the exact real sum of the products of the float32 templates, correctly rounded to float64, then
rounded to float32 (docs/decisions/0003-scores.md). Templates have unit length; no division takes place.

Euclidean. The score is minus the distance: the exact real sum of the squared differences, correctly rounded to
float64, its float64 square root, rounded to float32, negated. Equal templates score 0.0.

Both are `score(key)` of a *key* (the sum of products; minus the sum of squared differences), where `score` never
decreases. So whoever knows an approximate key k' and a bound e with |k' - key| <= e knows the score wherever
score(k' - e) = score(k' + e), and must recompute it exactly (`math.fsum`) only elsewhere.

The bound. Products of float32 are exact in float64 (24 + 24 <= 53 bits, exponents far from the limits), so computing a
sum of n of them in any order, with or without fused multiply-add, errs only in n - 1 additions:

    |k' - key| <= gamma(n - 1) sum |a_i b_i| <= gamma(n - 1) |a| |b|,   gamma(m) = m u / (1 - m u),   u = 2**-53

(Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1; then Cauchy-Schwarz.) For Euclidean keys
2 a.b - |a|**2 - |b|**2 three such sums and two further additions give gamma(n + 2) (|a| + |b|)**2. Rounding the key to
float64, computing k' - e and k' + e, and the float64 norms themselves take another few u; gamma(n + 8) covers them:
`BoundTest` in the tests attacks it. Where all entries are multiples of one power of two and small enough, every partial
sum is a float64: then the bound is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Comparison = Literal["cosine", "euclidean"]
Keys = NDArray[np.float64]

UNIT = 2.0**-53
SPARE = 8
"""Roundings beyond those of the sum itself: norms, additions of the norms, the ends of the interval."""
FEW_ROWS = 64
ROWS_AT_ONCE = 4096
"""Pairs whose products stand in memory at once."""


def keys_of(rows: Keys, columns: Keys, comparison: Comparison) -> Keys:
    """(r, c) approximate keys of float64 copies of float32 templates (r, d) and (c, d)."""
    keys: Keys = rows @ columns.T
    if comparison == "euclidean":
        keys *= 2.0
        keys -= squares(rows)[:, None]
        keys -= squares(columns)[None, :]
    return keys


def keys_of_pairs(one: Keys, other: Keys, comparison: Comparison) -> Keys:
    """(n,) approximate keys of n pairs of templates (n, d) and (n, d)."""
    if comparison == "euclidean":
        return -squares(one - other)
    return np.asarray(np.vecdot(one, other))


def squares(vectors: Keys) -> Keys:
    """(n,) sums of squares of (n, d) float64 vectors, in some order."""
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors))


def score_of(keys: Any, comparison: Comparison) -> NDArray[np.float32]:
    """The scores of keys: float32, never decreasing in the key. A key above 0 is a distance of 0.

    >>> score_of(np.array([-4.0, -0.0, 1e-20]), "euclidean")
    array([-2.,  0.,  0.], dtype=float32)
    """
    with np.errstate(over="ignore", under="ignore"):
        if comparison == "euclidean":
            distances = np.sqrt(np.maximum(-keys, 0.0)).astype(np.float32)
            return np.asarray(np.float32(0.0) - distances)
        return np.asarray(keys, dtype=np.float64).astype(np.float32) + np.float32(0.0)


def least_key(score: float, comparison: Comparison) -> float:
    """A key such that every key below it has a score below `score`, and hardly any above it does."""
    if score == -math.inf:
        return -math.inf
    with np.errstate(over="ignore", under="ignore"):
        below = float(np.nextafter(np.float32(score), np.float32(-np.inf)))
    if comparison == "cosine":
        return below
    return min(-below * below * (1 + 4 * UNIT), 0.0) if below < 0 else math.inf


def least_keys(scores: NDArray[np.float32], comparison: Comparison) -> Keys:
    """(n,) for each score a key such that every key below it has a lower score: `least_key` of each.

    >>> least_keys(np.array([-2.0, 0.5], dtype=np.float32), "euclidean") <= np.array([-4.0, np.inf])
    array([ True,  True])
    """
    with np.errstate(over="ignore", under="ignore"):
        below = np.nextafter(scores, np.float32(-np.inf)).astype(np.float64)
    if comparison == "cosine":
        return np.asarray(below)
    keys = np.where(below < 0, np.minimum(-below * below * (1 + 4 * UNIT), 0.0), np.inf)
    return np.asarray(np.where(scores == -np.inf, -np.inf, keys))


def sure_keys(scores: NDArray[np.float32], comparison: Comparison) -> Keys:
    """(n,) for each score a key such that every key at or above it has a score at least as high.

    >>> sure_keys(np.array([-2.0, 0.5], dtype=np.float32), "euclidean") >= np.array([-4.0, np.inf])
    array([ True,  True])
    """
    wide = scores.astype(np.float64)
    if comparison == "cosine":
        return np.asarray(wide)
    return np.asarray(np.where(wide > 0, np.inf, -wide * wide * (1 - 4 * UNIT)))


def error_factor(dimension: int) -> float:
    """gamma(dimension + SPARE): what the scale of a pair is multiplied with to bound the error of its key."""
    n = (dimension + SPARE) * UNIT
    return n / (1 - n)


def scale_of(row_norms: Any, column_norms: Any, comparison: Comparison) -> Any:
    """|a| |b| for cosine, (|a| + |b|)**2 for Euclidean keys."""
    if comparison == "cosine":
        return row_norms * column_norms
    return (row_norms + column_norms) ** 2


def sums_are_exact(*parts: NDArray[np.float32]) -> bool:
    """Whether float64 holds every partial sum of products of these templates, in any order.

    That is so where all entries are multiples of q = 2**k and (2 |a|max)**2 < 2**53 q**2: small integers, one-hot and
    binary templates, whatever their scale.
    """
    largest, lowest = 0.0, 1000
    for part in parts:
        # A few rows first: they nearly always settle it.
        edges = [*range(0, min(len(part), FEW_ROWS), FEW_ROWS), *range(FEW_ROWS, len(part), ROWS_AT_ONCE), len(part)]
        for first, end in pairwise(edges):
            wide = part[first:end].astype(np.float64)
            largest = max(largest, float(squares(wide).max(initial=0.0)))
            fraction, exponent = np.frexp(wide)
            whole = (fraction * 2.0**24).astype(np.int64)
            used = whole != 0
            if not used.any():
                continue
            trailing = np.frexp((whole & -whole)[used].astype(np.float64))[1] - 1
            lowest = min(lowest, int((exponent[used] - 24 + trailing).min()))
            if 4.04 * largest >= 2.0 ** min(53 + 2 * lowest, 1000):
                return False
    return True


def exact_key(one: NDArray[np.float32], other: NDArray[np.float32], comparison: Comparison) -> float:
    """The key of two templates, correctly rounded: the definition, slowly.

    >>> a = np.array([1.0, 1e-8, -1.0], dtype=np.float32)
    >>> exact_key(a, np.ones(3, dtype=np.float32), "cosine") == float(np.float32(1e-8))
    True
    """
    a, b = one.astype(np.float64), other.astype(np.float64)
    if comparison == "cosine":
        return math.fsum(a * b)
    return 0.0 - math.fsum(np.concatenate([a * a, b * b, -2.0 * (a * b)]))


def exact_keys(one: NDArray[np.float32], other: NDArray[np.float32], comparison: Comparison) -> Keys:
    """(n,) correctly rounded keys of n pairs of templates (n, d) and (n, d); `exact_key` of each, with short cuts."""
    keys = np.zeros(len(one))
    if comparison == "euclidean":
        todo = np.flatnonzero((one != other).any(axis=1))
    else:
        # Disjoint supports give exactly 0; such pairs are many where templates are sparse.
        todo = np.flatnonzero(((one != 0) & (other != 0)).any(axis=1))
    for index in todo.tolist():
        keys[index] = exact_key(one[index], other[index], comparison)
    return keys


def round_exactly(
    keys: Keys, bound: float | Keys, exact: Callable[[NDArray[np.intp]], Keys], comparison: Comparison
) -> NDArray[np.float32]:
    """(n,) the scores of comparisons of which only approximate keys are known.

    keys    (n,) approximate keys
    bound   their error at most, for all or for each
    exact   gives the correctly rounded keys at the positions it is handed; called where the interval of a key meets a
            boundary between two scores
    """
    scores = score_of(keys + bound, comparison)
    open_ = np.flatnonzero(scores != score_of(keys - bound, comparison))
    for first in range(0, len(open_), ROWS_AT_ONCE):
        some = open_[first : first + ROWS_AT_ONCE]
        scores[some] = score_of(exact(some), comparison)
    return scores
