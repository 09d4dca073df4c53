"""Suspected label errors: above the median mated score, below the median nonmated one, gathered and never removed."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.metrics.label_errors import two_ids, two_persons
from fr_bench.metrics.scores import SortedScores
from fr_bench.records import Rest

MATED = np.array([0.9, 0.8, 0.7, 0.2, 0.25])
OF = np.array([0, 0, 1, 1, 2])
NONMATED = np.array([0.75, 0.70, 0.71, 0.3, 0.3, 0.1, 0.95])
FIRST, SECOND = np.array([3, 0, 2, 0, 1, 2, 1]), np.array([1, 1, 0, 2, 2, 3, 3])
WHOLE = SortedScores.from_arrays(MATED, NONMATED)


def test_nonmated_comparisons_above_the_median_mated_score_are_gathered_by_pair() -> None:
    found = two_ids(WHOLE, NONMATED, FIRST, SECOND)
    assert found.limit == 0.7
    assert list(zip(found.first.tolist(), found.second.tolist(), found.count.tolist(), strict=True)) == [
        (1, 3, 2), (0, 2, 1)
    ]  # fmt: skip
    assert NONMATED[found.best].tolist() == [0.95, 0.71]
    assert found.comparisons == 3


def test_a_score_equal_to_the_median_is_no_suspect() -> None:
    assert (
        two_ids(SortedScores.from_arrays([0.5], [0.5]), np.array([0.5]), np.array([0]), np.array([1])).comparisons == 0
    )


def test_mated_comparisons_that_half_of_the_nonmated_reach_are_gathered_by_subject() -> None:
    ordered = SortedScores.from_arrays(MATED, [0.1, 0.22, 0.3, 0.4])
    found = two_persons(ordered, MATED, OF)
    assert found.limit == 0.3
    assert (found.first.tolist(), found.count.tolist()) == ([1, 2], [1, 1])
    assert MATED[found.best].tolist() == [0.2, 0.25]


def test_the_most_striking_pair_stands_first_then_the_one_with_most_comparisons() -> None:
    values = np.array([0.8, 0.8, 0.7, 0.9])
    found = two_ids(SortedScores.from_arrays([0.5], values), values, np.array([4, 1, 2, 0]), np.array([5, 2, 1, 3]))
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [(0, 3), (1, 2), (4, 5)]


def cut(*, full: bool) -> SortedScores:
    low = np.array([0.1, 0.15, 0.22, 0.3])
    at = np.unique(MATED)
    below, up_to = (np.searchsorted(low, at, side=side) for side in ("left", "right"))
    rest = Rest(count=4, at=at, below=below, up_to=up_to, sum=0.77, squares=0.2) if full else Rest(count=4)
    return SortedScores(
        mated=np.sort(MATED), nonmated=np.array([0.6, 0.65]), nonmated_total=6, floor=0.5, rest=rest
    )  # fmt: skip


def test_below_a_floor_the_counts_of_a_full_pass_say_who_is_suspected() -> None:
    found = two_persons(cut(full=True), MATED, OF)
    # 0.25 is reached by 0.3, 0.6 and 0.65: three of six. 0.2 by four.
    assert found.first.tolist() == [1, 2]
    assert found.limit == 0.25


def test_below_a_floor_without_a_full_pass_nobody_is_suspected() -> None:
    found = two_persons(cut(full=False), MATED, OF)
    assert (found.limit, found.comparisons) == (None, 0)


def test_a_floor_below_the_median_nonmated_score_hides_no_suspect() -> None:
    nonmated = np.array([0.1, 0.22, 0.3, 0.4])
    whole = SortedScores.from_arrays(MATED, nonmated)
    for floor in (0.2, 0.25):
        kept = nonmated[nonmated >= floor]
        rest = Rest(count=len(nonmated) - len(kept))
        tail = SortedScores(mated=np.sort(MATED), nonmated=kept, nonmated_total=4, floor=floor, rest=rest)
        found, expected = two_persons(tail, MATED, OF), two_persons(whole, MATED, OF)
        assert (found.limit, found.comparisons, found.first.tolist()) == (0.3, 2, expected.first.tolist())


@pytest.mark.parametrize("ordered", [SortedScores.from_arrays([], [0.5]), SortedScores.from_arrays([], [])])
def test_without_mated_scores_nobody_is_suspected(ordered: SortedScores) -> None:
    nobody = np.zeros(0, dtype=int)
    assert two_ids(ordered, np.array([0.5]), np.array([0]), np.array([1])).comparisons == 0
    none = two_persons(ordered, np.zeros(0), nobody)
    assert (none.comparisons, *(len(part) for part in (none.first, none.second, none.count, none.best))) == (0,) * 5


@pytest.mark.parametrize(
    ("nonmated", "limit", "suspected"),
    [([0.1, 0.2, 0.3], 0.2, 1), ([0.1, 0.2, 0.3, 0.4], 0.3, 2), ([0.3], 0.3, 2), ([0.1, 0.3], 0.3, 2)],
)
def test_of_two_middle_nonmated_scores_the_higher_is_reached_by_half(
    nonmated: list[float], limit: float, suspected: int
) -> None:
    found = two_persons(SortedScores.from_arrays(MATED, nonmated), MATED, OF)
    assert (found.limit, found.comparisons) == (limit, suspected)


@pytest.mark.parametrize(("lowest", "limit"), [(0.3, None), (0.5, 0.5)])
def test_nobody_is_suspected_where_the_lowest_mated_score_alone_lies_among_uncounted_ones(
    lowest: float, limit: float | None
) -> None:
    """Two of six nonmated scores are kept, so that half lie below the floor; at or above it no score is suspected."""
    mated = np.array([lowest, 0.62, 0.9])
    ordered = SortedScores(
        mated=mated, nonmated=np.array([0.6, 0.65]), nonmated_total=6, floor=0.5, rest=Rest(count=4)
    )  # fmt: skip
    found = two_persons(ordered, mated, np.array([0, 1, 2]))
    assert (found.limit, found.comparisons) == (limit, 0)


def test_pairs_are_told_apart_by_both_subjects() -> None:
    first, second = np.array([0, 0, 1, 2, 0]), np.array([3, 1, 2, 1, 3])
    found = two_ids(SortedScores.from_arrays([0.5], np.full(5, 0.9)), np.full(5, 0.9), first, second)
    assert list(zip(found.first.tolist(), found.second.tolist(), found.count.tolist(), strict=True)) == [
        (0, 3, 2), (1, 2, 2), (0, 1, 1)
    ]  # fmt: skip
    assert found.best.tolist() == [0, 2, 1]
