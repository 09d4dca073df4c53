"""What is counted of the scores below the floor, exactly and whatever the order: counts beside the mated scores, sums.

Sums are kept as integers in units of 2**-300, in which every float32 and every square of one is whole: addition of
integers does not depend on its order, and the final division rounds once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fr_bench.records import Rest

POINT = 300
"""Binary places of the sums."""
HALF = np.int32(-4096)
"""Mask of the upper 12 bits of a float32 mantissa, its exponent and sign."""


@dataclass(slots=True, eq=False)
class RestCounts:
    """Counts and exact sums of scores below the floor; those of two parts add up.

    at          distinct mated scores, ascending; None: only `count` is kept
    subjects    of how many subjects sums are kept apart; 0: of none
    infinite    how many are -inf, which no sum can hold
    by_subject  (3, subjects) whole sums of `by_subject.SubjectEntries`
    """

    at: NDArray[np.float32] | None
    subjects: int = 0
    count: int = 0
    infinite: int = 0
    sum: int = 0
    squares: int = 0
    below: NDArray[np.int64] = field(init=False)
    up_to: NDArray[np.int64] = field(init=False)
    by_subject: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.by_subject = np.zeros((3, self.subjects), dtype=np.int64)
        self.below = np.zeros(0 if self.at is None else len(self.at), dtype=np.int64)
        self.up_to = self.below.copy()

    def take(self, scores: NDArray[np.float32]) -> None:
        """Count these scores, in any order. Raises ValueError without `at`: then the caller counts."""
        if self.at is None:
            raise ValueError("only a full pass takes scores")
        ascending = np.sort(scores)
        self.count += len(ascending)
        # Most mated scores lie above all of the rest: they need no search.
        top = int(np.searchsorted(self.at, ascending[-1], side="right")) if len(ascending) else 0
        self.below[:top] += np.searchsorted(ascending, self.at[:top], side="left")
        self.up_to[:top] += np.searchsorted(ascending, self.at[:top], side="right")
        self.below[top:] += len(ascending)
        self.up_to[top:] += len(ascending)
        infinite = int(np.searchsorted(ascending, np.float32(-np.inf), side="right"))
        self.infinite += infinite
        total, squares = exact_sums(ascending[infinite:])
        self.sum += total
        self.squares += squares

    def add(self, other: RestCounts) -> None:
        """Take over what another part counted."""
        self.count += other.count
        self.infinite += other.infinite
        self.sum += other.sum
        self.squares += other.squares
        self.below += other.below
        self.up_to += other.up_to
        self.by_subject += other.by_subject

    def rest(self) -> Rest:
        """The record of these counts."""
        if self.at is None:
            return Rest(count=self.count)
        return Rest(
            count=self.count,
            at=self.at.copy(),
            below=self.below.copy(),
            up_to=self.up_to.copy(),
            sum=-math.inf if self.infinite else rounded(self.sum),
            squares=math.inf if self.infinite else rounded(self.squares),
        )


def rounded(units: int) -> float:
    """The float nearest to a sum in units of 2**-300; infinite where it is too large."""
    try:
        return units / (1 << POINT)
    except OverflowError:
        return math.inf if units > 0 else -math.inf


def exact_sums(ascending: NDArray[np.float32]) -> tuple[int, int]:
    """Sum and sum of squares of finite float32 in ascending order, exact, in units of 2**-300.

    Values of one sign and one binary exponent stand together. In float64 such a run of less than 2**29 values adds up
    without rounding in any order: all are multiples of one unit and below 2**24 of them. For the squares each value
    is split in two halves h + l of 12 bits each, so that h*h, h*l and l*l are multiples of one unit and below 2**24 of
    them likewise.

    >>> total, squares = exact_sums(np.array([-0.5, 0.25, 3.0], dtype=np.float32))
    >>> rounded(total), rounded(squares)
    (2.75, 9.3125)
    """
    if len(ascending) >= 1 << 29:
        raise ValueError(f"{len(ascending)} scores at once; at most 2**29 - 1")
    total = squares = 0
    exponents = np.frexp(ascending)[1]
    change = np.flatnonzero((np.diff(exponents) != 0) | (np.diff(np.signbit(ascending)) != 0)) + 1
    high = (np.ascontiguousarray(ascending).view(np.int32) & HALF).view(np.float32).astype(np.float64)
    low = ascending.astype(np.float64) - high
    for first, end in zip([0, *change.tolist()], [*change.tolist(), len(ascending)], strict=True):
        h, l = high[first:end], low[first:end]  # noqa: E741 - high and low half
        total += units(float(h.sum())) + units(float(l.sum()))
        squares += units(float(h @ h)) + 2 * units(float(h @ l)) + units(float(l @ l))
    return total, squares


def units(value: float) -> int:
    """A finite float that is a multiple of 2**-300, in units of 2**-300."""
    numerator, denominator = value.as_integer_ratio()
    return (numerator << POINT) // denominator
