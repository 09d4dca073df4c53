"""Sums of counts without rounding: variances come out bit by bit the same in whatever order subjects are numbered."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]

_EXACT = 2**62


def whole_numbers(values: ArrayLike, what: str) -> Counts:
    """A read-only copy as int64. Raises ValueError unless they are one row of whole numbers, none below 0."""
    given = np.asarray(values)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise ValueError(f"{what}: {given.dtype} {given.shape} is no row of whole numbers")
    counts: Counts = np.array(given, dtype=np.int64)
    if counts.size and counts.min() < 0:
        raise ValueError(f"{what}: {counts.min()}")
    counts.flags.writeable = False
    return counts


def dot(a: Counts, b: Counts) -> int:
    """Sum of a*b, exact at any size.

    >>> dot(np.array([2**40, 1]), np.array([2**40, 1])) == 2**80 + 1
    True
    """
    if not a.size:
        return 0
    if int(a.max()) * int(b.max()) * a.size < _EXACT:
        return int(np.dot(a, b))
    return sum(x * y for x, y in zip(a.tolist(), b.tolist(), strict=True))


def squared_residuals(counted: Counts, expected: Counts, errors: int, trials: int) -> int:
    """trials^2 times the sum of (counted - errors/trials * expected)^2."""
    return (
        trials**2 * dot(counted, counted)
        - 2 * trials * errors * dot(counted, expected)
        + errors**2 * dot(expected, expected)
    )


def carry(counted: Counts, expected: Counts, errors: int, trials: int) -> float:
    """How many units carry the sum of the squared residuals r^2: (sum r^2)^2 / sum r^4; 0 where all are 0.

    No unit counts more errors than it was tried: counted <= expected.
    It is n if all n have the same residual, 1 if one has all of it.

    >>> carry(np.array([1, 0, 1, 0]), np.array([1, 1, 1, 1]), 2, 4)
    4.0
    """
    if not counted.size:
        return 0.0
    if trials * int(expected.max()) < _EXACT:
        residuals = (trials * counted - errors * expected).astype(np.float64)
    else:
        residuals = counted - errors / trials * expected
    largest = float(np.abs(residuals).max())
    if largest == 0:
        return 0.0
    squares = (residuals / largest) ** 2
    return math.fsum(squares.tolist()) ** 2 / math.fsum((squares * squares).tolist())
