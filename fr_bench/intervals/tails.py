"""What draws are made from: the best nonmated scores and all mated scores, sorted, each with its subjects.

Scores are held as given (float32 or float64); two lists that are drawn together are of one type.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.intervals.design import Design
from fr_bench.intervals.prefixes import Codes, Places
from fr_bench.intervals.weights import Weights

Values = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """The design of searches: each is one subject's, so a search weighs w_i; `counts` (n,) searches by subject."""

    counts: NDArray[np.int64]

    @property
    def subjects(self) -> int:
        return len(self.counts)

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def weighted(self, weights: Weights) -> Weights:
        """(B,) sum of w_i over the searches."""
        return linear(self.counts.astype(np.float64), weights)


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The nonmated scores at or above the floor, best first, and the design that says how many were made in all.

    keys     (K,) the scores negated, ascending: so that the highest score comes first
    first    (K,) int32 code of one subject of each comparison
    second   (K,) code of the other; None for searches, which weigh by their probe's subject alone
    design   all nonmated comparisons made, or `Searches`
    floor    every nonmated score >= floor is here; -inf: every score is. For float32 scores a number that float32 holds
    """

    keys: Values
    first: Codes
    second: Codes | None
    design: Design | Searches
    floor: float

    @classmethod
    def of(
        cls,
        scores: ArrayLike,
        first: ArrayLike,
        second: ArrayLike | None,
        design: Design | Searches,
        *,
        floor: float = float("-inf"),
    ) -> Tail:
        """Sort the scores with their subjects, highest first.

        Raises ValueError for NaN, for a score below the floor, for codes that no subject has, for a comparison of a
        subject with itself, and if without a floor there are not as many scores as comparisons.
        """
        found, order = _sorted(_negated(_scores(scores)))
        codes = [None if c is None else _codes(c, order, design.subjects, len(found)) for c in (first, second)]
        if codes[1] is not None and np.equal(cast(Codes, codes[0]), codes[1]).any():
            raise ValueError("a nonmated comparison of a subject with itself")
        if len(found) > design.total or (floor == float("-inf") and len(found) != design.total):
            raise ValueError(f"{len(found)} nonmated scores of {design.total} comparisons with floor {floor}")
        if len(found) and -float(found[-1]) < floor:
            raise ValueError(f"nonmated score {-float(found[-1])} below the floor {floor}")
        first_code, second_code = cast(Codes, codes[0]), codes[1]
        if second_code is not None:  # which side was the probe must not change a rounding
            lower = np.minimum(first_code, second_code)
            first_code, second_code = lower, np.maximum(first_code, second_code, out=second_code)
        return cls(found, first_code, second_code, design, floor)

    def at_least(self, thresholds: Values) -> Places:
        """How many scores are >= each threshold."""
        return np.searchsorted(self.keys, -thresholds, side="right")

    def above(self, thresholds: Values) -> Places:
        """How many scores are > each threshold."""
        return np.searchsorted(self.keys, -thresholds, side="left")


@dataclass(frozen=True, slots=True, eq=False)
class Mated:
    """All mated scores, lowest first, with the code of their subject; `counts` (n,) of each subject."""

    scores: Values
    subjects: Codes
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, scores: ArrayLike, subjects: ArrayLike, *, people: int) -> Mated:
        """Sort the scores of `people` subjects. For FNIR a search whose mate is outside the first R ranks is -inf.

        Raises ValueError for NaN and for codes that no subject has.
        """
        found, order = _sorted(_scores(scores) + 0.0)
        codes = _codes(subjects, order, people, len(found))
        return cls(found, codes, np.bincount(codes, minlength=people).astype(np.int64))

    def below(self, thresholds: Values) -> Places:
        """How many scores are < each threshold."""
        return np.searchsorted(self.scores, thresholds, side="left")

    def up_to(self, thresholds: Values) -> Places:
        """How many scores are <= each threshold."""
        return np.searchsorted(self.scores, thresholds, side="right")


def of_one_type(tail: Tail, mated: Mated) -> tuple[Tail, Mated]:
    """Both lists in one type of number: float64 where they differ, which is exact."""
    if tail.keys.dtype == mated.scores.dtype:
        return tail, mated
    return (
        replace(tail, keys=tail.keys.astype(np.float64)),
        replace(mated, scores=mated.scores.astype(np.float64)),
    )


def linear(amounts: Weights, weights: Weights) -> Weights:
    """(B,) sum of amounts times weights over the subjects, added in the order of their codes."""
    return np.asarray(np.add.reduce(amounts[:, None] * weights, axis=0), dtype=np.float64)


def summed(codes: Codes, amounts: NDArray[Any], people: int) -> Weights:
    """(people,) the sum of each subject's amounts, added in the order of the list."""
    return np.bincount(codes, weights=amounts, minlength=people).astype(np.float64)


def _scores(values: ArrayLike) -> Values:
    found = np.asarray(values)
    if found.dtype not in (np.float32, np.float64):
        found = found.astype(np.float64)
    if found.ndim != 1 or np.isnan(found).any():
        raise ValueError(f"scores of shape {found.shape} with {int(np.isnan(found).sum())} NaN")
    return cast(Values, found)


def _negated(scores: Values) -> Values:
    """The scores negated, 0.0 for both zeros."""
    found = np.negative(scores)
    found += 0.0
    return found


def _sorted(values: Values) -> tuple[Values, NDArray[np.intp] | None]:
    """Ascending, and the order that made it so; None if it was so already."""
    if not (values[1:] < values[:-1]).any():
        return values, None
    order = np.argsort(values, kind="stable")
    return values[order], order


def _codes(codes: ArrayLike, order: NDArray[np.intp] | None, people: int, length: int) -> Codes:
    found = np.asarray(codes)
    if found.shape != (length,) or (length and not 0 <= int(found.min()) <= int(found.max()) < people):
        raise ValueError(f"subject codes of shape {found.shape} for {length} scores of {people} subjects")
    # Always a copy, and only one: there may be tens of millions.
    return found.astype(np.int32) if order is None else np.asarray(found, dtype=np.int32)[order]
