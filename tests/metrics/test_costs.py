"""Costs at a threshold that is given, against counts by hand and against their own minimum."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fr_bench.errors import UsageError
from fr_bench.findings import REJECT_ALL
from fr_bench.known_measures import resolve
from fr_bench.measuring import measure
from fr_bench.metrics.costs import Stakes, dcf, hter
from fr_bench.metrics.discrimination import min_dcf
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.pipeline import from_arrays

SCORES = SortedScores.from_arrays([0.2, 0.6, 0.7, 0.8], [0.1, 0.3, 0.6])
COSTS = st.fractions(min_value=Fraction(1, 50), max_value=50, max_denominator=50)
PRIORS = st.fractions(min_value=Fraction(1, 100), max_value=Fraction(99, 100), max_denominator=100)
SAMPLES = st.lists(st.integers(0, 6), min_size=1, max_size=8)


def test_score_equal_to_the_threshold_costs_a_false_match_and_no_false_non_match() -> None:
    assert hter(SCORES, 0.6).value == (Fraction(1, 4) + Fraction(1, 3)) / 2


def test_cost_by_hand_with_prior_and_costs() -> None:
    # (10 * 1/5 * 1/4 + 1 * 4/5 * 1/3) / min(10 * 1/5, 4/5)
    stakes = Stakes(prior=Fraction(1, 5), miss=Fraction(10))
    assert dcf(SCORES, 0.6, stakes).value == (Fraction(1, 2) + Fraction(4, 15)) / Fraction(4, 5)


@pytest.mark.parametrize(("threshold", "value"), [(REJECT_ALL, Fraction(1)), (float("-inf"), Fraction(9))])
def test_the_better_of_rejecting_all_and_accepting_all_costs_one(threshold: float, value: Fraction) -> None:
    assert dcf(SCORES, threshold, Stakes(prior=Fraction(1, 10))).value == value


@given(SAMPLES, SAMPLES, PRIORS, COSTS, COSTS)
@settings(max_examples=150, deadline=None)
def test_least_cost_over_all_thresholds_is_the_minimum(
    mated: list[int], nonmated: list[int], prior: Fraction, miss: Fraction, alarm: Fraction
) -> None:
    scores, stakes = SortedScores.from_arrays(mated, nonmated), Stakes(prior=prior, miss=miss, alarm=alarm)
    candidates = [*map(float, {*mated, *nonmated}), REJECT_ALL]
    least = min(dcf(scores, t, stakes).value for t in candidates)
    assert min_dcf(scores, stakes.effective_prior)[0] == least


@given(PRIORS, COSTS, COSTS, COSTS)
@settings(max_examples=50, deadline=None)
def test_only_the_ratio_of_costs_matters(prior: Fraction, miss: Fraction, alarm: Fraction, scale: Fraction) -> None:
    first = Stakes(prior=prior, miss=miss, alarm=alarm)
    second = Stakes(prior=prior, miss=miss * scale, alarm=alarm * scale)
    assert dcf(SCORES, 0.6, first).value == dcf(SCORES, 0.6, second).value


def test_without_mated_scores_there_is_no_cost() -> None:
    with pytest.raises(NotMeasurable) as missing:
        hter(SortedScores.from_arrays([], [0.1]), 0.5)
    assert missing.value.code == "empty_mated"


@pytest.mark.parametrize("text", ["DCF@threshold=0.3,prior=0.5,cmiss=0,cfa=1", "minDCF@prior=1,cmiss=1,cfa=1"])
def test_costs_and_priors_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as mistake:
        resolve(text)
    assert mistake.value.code == "bad_target"


def test_measure_names_counts_and_the_cost_before_normalisation() -> None:
    found = measure(from_arrays([0.2, 0.6, 0.7, 0.8], [0.1, 0.3, 0.6]), ["DCF@threshold=0.6,prior=0.2"])[0]
    assert found.details["fractions"] == {"fmr": [1, 3], "fnmr": [1, 4]}
    assert found.details["unnormalised"] == pytest.approx(0.2 / 4 + 0.8 / 3, rel=1e-15)
    assert found.value == pytest.approx((0.2 / 4 + 0.8 / 3) / 0.2, rel=1e-15)


def test_without_subjects_the_interval_says_that_comparisons_were_taken_as_independent() -> None:
    found = measure(from_arrays([0.2, 0.6, 0.7, 0.8], [0.1, 0.3, 0.6]), ["HTER@threshold=0.6"])[0]
    assert found.interval is not None
    assert found.interval.method == "mover"
    assert "assumes_independent_comparisons" in found.labels


def test_no_error_at_all_still_leaves_an_upper_limit_above_zero() -> None:
    found = measure(from_arrays([0.8, 0.9], [0.1, 0.2]), ["HTER@threshold=0.5"])[0]
    assert found.value == 0
    assert found.interval is not None
    assert (found.interval.low, found.interval.high > 0.1) == (0, True)
