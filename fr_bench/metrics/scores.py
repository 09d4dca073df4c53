"""The scores of a test, sorted once: everything that a verification measure needs to know of them.

Every measure of one-to-one comparison is a function of the mated scores in order, the nonmated scores in order, and
how many nonmated scores lie below the floor. Values are sorted, never indices: it is ten times as fast and needs no
memory beyond the copy. A comparison is accepted iff `score >= threshold`; the candidate thresholds are the distinct
scores of both classes together and, above every number, `"reject_all"`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fr_bench.errors import DataError
from fr_bench.findings import REJECT_ALL, Proportion, Threshold
from fr_bench.numerals import grouped
from fr_bench.records import Floats, Rest, ScoreSet, frozen

LARGEST_EXACT_INTEGER = 2**53
"""Above it neighbouring integers share one float64, so different scores would become equal."""

BLOCK = 1 << 16
"""Values looked at together where a second array of all would be wasted."""


Bracket = tuple[Fraction, Fraction]
"""The least and the largest value that a figure can have, whatever the scores are that were counted and not kept."""


KEEP_MORE = (
    "a run that measures FMR@threshold=T keeps those from T on, up to comparison.keep_at_most, which can be raised"
)
"""What to do where scores were not kept: the floor of a run follows from what it is asked for, and from this key."""


class NotMeasurable(Exception):  # noqa: N818 - no mistake of anybody's: these data cannot answer this question
    """These scores do not determine the value. `code` is for machines, `reason` says what would be needed.

    bracket   what is certain of the value all the same; None where nothing is
    """

    def __init__(self, reason: str, *, code: str = "not_measurable", bracket: Bracket | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.bracket = bracket


@dataclass(frozen=True, slots=True, eq=False)
class Placements:
    """Where each distinct mated score stands among all mated and all nonmated scores.

    at               (d,) distinct mated scores, ascending
    mated_below      (d,) mated scores < at[k]
    below, up_to     (d,) nonmated scores < at[k], and <= at[k]; meaningful from `known` on
    known            the first k whose nonmated counts are known; 0 unless scores below a floor were only counted
    """

    at: Floats
    mated_below: NDArray[np.int64]
    below: NDArray[np.int64]
    up_to: NDArray[np.int64]
    known: int


@dataclass(frozen=True, eq=False, kw_only=True)
class SortedScores:
    """What is sufficient for every measure: both classes ascending, and the count of what was not kept.

    mated            (M,) every mated score, ascending
    nonmated         (K,) the nonmated scores at or above `floor`, ascending, of the same type as `mated`
    nonmated_total   N: nonmated comparisons made, kept or counted
    floor, rest      as in `records.ScoreSet`; -inf and None where every score was kept
    *_failed         planned comparisons without a score; they stand in no FMR or FNMR, only in GFAR and GFRR

    >>> s = SortedScores.from_arrays([0.9, 0.5, 0.7], [0.5, 0.1])
    >>> s.false_matches(0.5), s.false_non_matches(0.7)
    (Proportion(errors=1, trials=2), Proportion(errors=1, trials=3))
    """

    mated: Floats
    nonmated: Floats
    nonmated_total: int
    floor: float = float("-inf")
    rest: Rest | None = None
    mated_failed: int = 0
    nonmated_failed: int = 0

    @classmethod
    def of(cls, scores: ScoreSet) -> SortedScores:
        """Sort the scores of a run. Twice the memory of the scores at most, and none of it shared with them."""
        found = cls.from_arrays(scores.mated.values, scores.nonmated.values)
        return replace(
            found,
            nonmated_total=scores.nonmated_made,
            floor=scores.floor,
            rest=scores.rest,
            mated_failed=scores.mated_failed,
            nonmated_failed=scores.nonmated_failed,
        )

    @classmethod
    def from_arrays(cls, mated: ArrayLike, nonmated: ArrayLike, *, in_place: bool = False) -> SortedScores:
        """Sort similarity scores that are held in memory.

        in_place   sort the arrays where they lie, and keep them, without a copy: they lose their order and refuse
                   writes from then on. Without it the arrays given are left as they are.

        float32 and float64 are kept; if the two differ, both become float64, which is exact. float16 becomes float32.
        Infinities are legal. Raises DataError `nan_score` naming the rows, `bad_number` for what is no number, and then
        nothing has been sorted; ValueError where arrays to be sorted in place refuse writes.

        >>> door = np.array([0.9, 0.5, 0.7])
        >>> SortedScores.from_arrays(door, [0.5, 0.1], in_place=True).mated is door
        True
        """
        own, other = np.asarray(mated), np.asarray(nonmated)
        first, second = _as_scores(own, "mated"), _as_scores(other, "nonmated")
        if first.dtype != second.dtype:
            first, second = first.astype(np.float64), second.astype(np.float64)
        _refuse_nan(first, "mated")
        _refuse_nan(second, "nonmated")
        return cls(
            mated=_sorted(first, in_place or first is not own),
            nonmated=_sorted(second, in_place or second is not other),
            nonmated_total=len(second),
        )

    @property
    def mated_total(self) -> int:
        """M: mated comparisons made."""
        return len(self.mated)

    def false_non_matches(self, threshold: Threshold) -> Proportion:
        """Mated comparisons rejected at the threshold: score < threshold."""
        return Proportion(count_below(self.mated, threshold), len(self.mated))

    def false_matches(self, threshold: Threshold) -> Proportion:
        """Nonmated comparisons accepted at the threshold: score >= threshold.

        Raises NotMeasurable `below_floor` if that depends on scores that were counted and not kept.
        """
        least, most = self.false_matches_between(threshold)
        if least != most:
            raise below_floor(self, f"the number of false matches at threshold {float(threshold)!r}")
        return least

    def false_matches_between(self, threshold: Threshold) -> tuple[Proportion, Proportion]:
        """The fewest and the most nonmated comparisons that the threshold may accept; equal where they are known.

        They differ only where scores between the threshold and the floor were counted and not kept; a full pass knows
        how many lie below and above each mated score.

        >>> s = SortedScores(mated=np.array([0.5]), nonmated=np.array([0.9]), nonmated_total=4, floor=0.8,
        ...                  rest=Rest(count=3))
        >>> s.false_matches_between(0.7)
        (Proportion(errors=1, trials=4), Proportion(errors=4, trials=4))
        """
        kept = len(self.nonmated) - count_below(self.nonmated, threshold)
        least, most = self._rest_accepted(threshold)
        return Proportion(kept + least, self.nonmated_total), Proportion(kept + most, self.nonmated_total)

    def _rest_accepted(self, threshold: Threshold) -> tuple[int, int]:
        """How many of the scores below the floor are accepted, at least and at most."""
        if self.rest is None or threshold == REJECT_ALL or float(threshold) >= self.floor:
            return 0, 0
        t = float(threshold)
        rejected_at_least, rejected_at_most = 0, self.rest.count
        if t == -np.inf:
            rejected_at_most = 0
        elif self.rest.at is not None and self.rest.below is not None and self.rest.up_to is not None:
            k = count_below(self.rest.at, t)  # at[k - 1] < t <= at[k]
            rejected_at_least = int(self.rest.up_to[k - 1]) if k else 0
            rejected_at_most = int(self.rest.below[k]) if k < len(self.rest.at) else self.rest.count
            if k < len(self.rest.at) and float(self.rest.at[k]) == t:
                rejected_at_least = rejected_at_most
        return self.rest.count - rejected_at_most, self.rest.count - rejected_at_least

    def candidate_above(self, score: float) -> Threshold:
        """The smallest candidate threshold above a score that lies at or above the floor."""
        above = [values[k] for values in (self.mated, self.nonmated) if (k := count_up_to(values, score)) < len(values)]
        return as_threshold(min(above)) if above else REJECT_ALL

    @cached_property
    def placements(self) -> Placements:
        """Counts at every distinct mated score: all corners of the ROC, and the pairs that the AUC counts."""
        mated = self.mated
        rises = mated[1:] != mated[:-1]
        if rises.all():  # nothing is copied that would be the same
            at, starts = mated, np.arange(len(mated))
        else:
            starts = np.flatnonzero(np.concatenate([[True], rises]))
            at = mated[starts]
        below = up_to = np.searchsorted(self.nonmated, at, side="left")
        # Searched again only where a nonmated score is equal, which is seldom.
        tied = _equal(self.nonmated, below, at)
        if len(tied):
            up_to = below.copy()
            up_to[tied] = np.searchsorted(self.nonmated, at[tied], side="right")
        known = 0
        if self.rest is not None:
            below, up_to, known = self._with_rest(at, below, up_to)
        return Placements(at=at, mated_below=starts, below=below, up_to=up_to, known=known)

    def _with_rest(
        self, at: Floats, below: NDArray[np.int64], up_to: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """The counts with the scores below the floor; and from where on they are known."""
        rest = cast(Rest, self.rest)
        if rest.below is None or rest.up_to is None:
            more = below + rest.count
            known = count_below(at, self.floor) if rest.count else 0
            return more, more if up_to is below else up_to + rest.count, known
        if not np.array_equal(cast(Floats, rest.at), at):
            raise ValueError("the rest was not counted at the distinct mated scores")
        return below + rest.below, up_to + rest.up_to, 0

    def need_both(self) -> None:
        """Raise NotMeasurable (`empty_mated`, `empty_nonmated`) unless both classes have comparisons."""
        self.need_mated()
        self.need_nonmated()

    def need_mated(self) -> None:
        """Raise NotMeasurable `empty_mated` unless a mated comparison was made."""
        if not len(self.mated):
            raise NotMeasurable("no mated comparison has a score", code="empty_mated")

    def need_nonmated(self) -> None:
        """Raise NotMeasurable `empty_nonmated` unless a nonmated comparison was made."""
        if not self.nonmated_total:
            raise NotMeasurable("no nonmated comparison has a score", code="empty_nonmated")


def below_floor(scores: SortedScores, what: str) -> NotMeasurable:
    """The reason why a value is not given: it depends on nonmated scores that were counted and not kept."""
    count = scores.rest.count if scores.rest else 0
    return NotMeasurable(
        f"{what} depends on the {grouped(count)} nonmated scores below the floor {scores.floor!r}, which were "
        f"counted and not kept; {KEEP_MORE}",
        code="below_floor",
    )


def count_below(ascending: Floats, threshold: Threshold) -> int:
    """How many scores are < threshold: those that it rejects. Exact for float32 scores and a float64 threshold."""
    if threshold == REJECT_ALL:
        return len(ascending)
    return int(np.searchsorted(ascending, smallest_not_below(float(threshold), ascending.dtype), side="left"))


def count_up_to(ascending: Floats, score: float) -> int:
    """How many scores are <= `score`, a value that the type of the scores can hold."""
    return int(np.searchsorted(ascending, np.asarray(score, dtype=ascending.dtype), side="right"))


def smallest_not_below(threshold: float, dtype: DTypeLike) -> Any:
    """The smallest number of a type that is >= threshold: it decides as the threshold itself does.

    >>> float(smallest_not_below(0.1, np.float32)), float(smallest_not_below(0.1, np.float64))
    (0.10000000149011612, 0.1)
    """
    if threshold != threshold:
        raise ValueError("a threshold is not a number (NaN)")
    if np.dtype(dtype) == np.float64:
        return np.float64(threshold)
    with np.errstate(over="ignore"):  # beyond the largest float32 only an infinity is >= the threshold
        near = np.float32(threshold)
    return near if float(near) >= threshold else np.nextafter(near, np.float32(np.inf))


def _equal(ascending: Floats, places: NDArray[np.int64], values: Floats) -> NDArray[np.int64]:
    """Which of the values stand at their place among the ascending ones; a block at a time, for the memory."""
    if not len(ascending):
        return np.zeros(0, np.int64)
    found = []
    for start in range(0, len(values), BLOCK):
        there = ascending[np.minimum(places[start : start + BLOCK], len(ascending) - 1)]
        found.append(np.flatnonzero(there == values[start : start + BLOCK]) + start)
    return np.concatenate(found or [np.zeros(0, np.int64)])


def as_threshold(score: Any) -> float:
    """A score as a threshold; -0.0 becomes 0.0, to which it is equal, so that results do not depend on the order."""
    return float(score) + 0.0


def _as_scores(values: ArrayLike, mated: str) -> Floats:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{mated} scores of shape {array.shape}; expected one dimension")
    if array.dtype in (np.float32, np.float64):
        return cast(Floats, array)
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype.kind in "iu":
        if len(array) and max(abs(int(array.min())), abs(int(array.max()))) > LARGEST_EXACT_INTEGER:
            raise DataError(
                f"{mated} scores hold integers above 2^53; different ones would become equal; scale them",
                code="bad_number",
            )
        return array.astype(np.float64)
    if array.size == 0:
        return np.zeros(0)
    raise DataError(f"{mated} scores are of type {array.dtype}, not numbers; give float32", code="bad_number")


def _refuse_nan(values: Floats, mated: str) -> None:
    # The least value is NaN if any is, and takes no memory to find.
    if not len(values) or not np.isnan(values.min()):
        return
    rows = np.flatnonzero(np.isnan(values))
    listed = ", ".join(str(row) for row in rows[:10]) + (" ..." if len(rows) > 10 else "")
    raise DataError(
        f"{len(rows)} of {len(values)} {mated} scores are not a number (NaN), in rows {listed} counted from 0; "
        "take them out as failed comparisons or mend them",
        code="nan_score",
    )


def _sorted(values: Floats, in_place: bool) -> Floats:
    """Values, not indices, ascending."""
    if not in_place:
        return cast(Floats, frozen(np.sort(values)))
    values.sort()
    return cast(Floats, frozen(values))
