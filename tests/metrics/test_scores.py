"""Scores sorted once: what is taken, what is refused, and how a threshold decides."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.errors import DataError
from fr_bench.findings import REJECT_ALL, Proportion
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.verification import fmr, fnmr, zero_fnmr
from fr_bench.records import Rest


def test_score_equal_to_the_threshold_is_a_match() -> None:
    s = SortedScores.from_arrays([0.5], [0.5])
    assert fmr(s, 0.5) == Proportion(1, 1)
    assert fnmr(s, 0.5) == Proportion(0, 1)


def test_only_reject_all_rejects_plus_infinity() -> None:
    s = SortedScores.from_arrays([np.inf], [np.inf])
    assert fmr(s, float("inf")).errors == 1
    assert fmr(s, REJECT_ALL).errors == 0
    assert fnmr(s, REJECT_ALL).errors == 1


def test_minus_infinity_is_rejected_at_every_finite_threshold() -> None:
    assert fnmr(SortedScores.from_arrays([-np.inf], [0.0]), -1e308).errors == 1


def test_the_arrays_given_are_left_as_they_are() -> None:
    mated = np.array([3.0, 1.0, 2.0])
    SortedScores.from_arrays(mated, [0.0])
    assert mated.tolist() == [3.0, 1.0, 2.0]
    assert mated.flags.writeable


def test_in_place_the_arrays_given_are_sorted_without_a_copy() -> None:
    mated, nonmated = np.array([0.9, 0.5], np.float32), np.array([0.2, 0.7, 0.1], np.float32)
    scores = SortedScores.from_arrays(mated, nonmated, in_place=True)
    assert scores.mated is mated
    assert scores.nonmated is nonmated
    assert nonmated.tolist() == sorted(nonmated.tolist())
    assert not nonmated.flags.writeable
    assert scores.false_matches(0.2).errors == 2


def test_what_is_refused_has_not_been_sorted() -> None:
    mated, nonmated = np.array([0.9, 0.5]), np.array([0.2, np.nan, 0.1])
    with pytest.raises(DataError, match="rows 1 counted"):
        SortedScores.from_arrays(mated, nonmated, in_place=True)
    assert mated.tolist() == [0.9, 0.5]
    assert mated.flags.writeable


def test_arrays_that_refuse_writes_are_not_sorted_in_place() -> None:
    mated = np.array([0.9, 0.5])
    mated.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        SortedScores.from_arrays(mated, [0.1], in_place=True)
    assert mated.tolist() == [0.9, 0.5]


def test_float32_stays_float32_and_a_mix_becomes_float64() -> None:
    single, double = np.ones(2, np.float32), np.ones(2)
    assert SortedScores.from_arrays(single, single).mated.dtype == np.float32
    mixed = SortedScores.from_arrays(single, double)
    assert (mixed.mated.dtype, mixed.nonmated.dtype) == (np.float64, np.float64)


def test_float32_is_compared_by_its_exact_value() -> None:
    s = SortedScores.from_arrays(np.array([0.1], np.float32), np.array([0.1], np.float32))
    assert fmr(s, 0.1).errors == 1  # float32 0.1 is 0.10000000149011612
    assert fmr(s, 0.10000000149011612).errors == 1
    assert fmr(s, 0.1000000015).errors == 0


@pytest.mark.parametrize("threshold", [1e300, -1e300, 1e-320, -1e-320])
def test_thresholds_beyond_float32_decide_exactly(threshold: float) -> None:
    scores = [-np.inf, -3e38, -1e-45, 0.0, 1e-45, 3e38, np.inf]
    s = SortedScores.from_arrays(np.array(scores, np.float32), np.zeros(1, np.float32))
    exact = [float(np.float32(x)) for x in scores]
    assert fnmr(s, threshold).errors == sum(x < threshold for x in exact)


def test_half_precision_and_integers_are_taken_exactly() -> None:
    assert SortedScores.from_arrays(np.array([0.1], np.float16), [1]).mated[0] == np.float16(0.1)
    assert SortedScores.from_arrays([1, 2], [2**53]).nonmated.tolist() == [2.0**53]


def test_minus_zero_is_reported_as_zero() -> None:
    threshold = zero_fnmr(SortedScores.from_arrays([-0.0, 1.0], [0.0])).threshold
    assert str(threshold) == "0.0"


def test_nan_is_refused_with_its_rows() -> None:
    values = np.zeros(30)
    values[[3, *range(10, 21)]] = np.nan
    with pytest.raises(DataError, match=r"12 of 30 mated scores .* rows 3, 10, 11, .*18 \.\.\.") as mistake:
        SortedScores.from_arrays(values, [0.0])
    assert mistake.value.code == "nan_score"


@pytest.mark.parametrize("values", [[2**53 + 1], np.array([2**63], np.uint64), ["0.5"], [True], [None], [1j]])
def test_what_is_no_exact_number_is_refused(values: list[object]) -> None:
    with pytest.raises(DataError) as mistake:
        SortedScores.from_arrays(values, [0.0])  # type: ignore[arg-type]
    assert mistake.value.code == "bad_number"


def test_two_dimensions_are_a_bug() -> None:
    with pytest.raises(ValueError, match="one dimension"):
        SortedScores.from_arrays(np.zeros((2, 2)), [0.0])


def test_a_threshold_that_is_no_number_is_a_bug() -> None:
    with pytest.raises(ValueError, match="NaN"):
        fmr(SortedScores.from_arrays([0.5], [0.5]), float("nan"))


def test_zero_trials_give_no_rate() -> None:
    assert fmr(SortedScores.from_arrays([0.5], []), 0.5).rate is None


def test_a_rate_below_the_floor_is_refused_with_the_floor_named() -> None:
    s = SortedScores(mated=np.array([0.5]), nonmated=np.array([0.4]), nonmated_total=9, floor=0.3, rest=Rest(count=8))
    assert fmr(s, 0.3) == Proportion(1, 9)
    assert fmr(s, float("-inf")) == Proportion(9, 9)
    with pytest.raises(NotMeasurable, match=r"8 nonmated scores below the floor 0\.3") as missing:
        fmr(s, 0.29)
    assert missing.value.code == "below_floor"


def test_a_rest_counted_beside_other_scores_is_a_bug() -> None:
    none = np.zeros(1, np.int64)
    rest = Rest(count=1, at=np.array([0.7]), below=none, up_to=none.copy(), sum=0.0, squares=0.0)
    s = SortedScores(mated=np.array([0.5]), nonmated=np.array([0.4]), nonmated_total=2, floor=0.3, rest=rest)
    with pytest.raises(ValueError, match="distinct mated"):
        s.placements  # noqa: B018


@pytest.mark.parametrize(
    ("missing", "listed"), [(10, r"0, 1, 2, 3, 4, 5, 6, 7, 8, 9 counted"), (11, r"8, 9 \.\.\. counted")]
)
def test_of_many_scores_that_are_no_number_the_first_ten_rows_are_listed(missing: int, listed: str) -> None:
    with pytest.raises(DataError, match=f"{missing} of 12 mated scores .* in rows .*{listed} from 0"):
        SortedScores.from_arrays([np.nan] * missing + [0.5] * (12 - missing), [0.1])
