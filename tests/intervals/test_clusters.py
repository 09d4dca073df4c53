"""The variance of rates by cluster against the sum over all pairs of trials, and against cases worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.exact_sums import carry, dot, squared_residuals
from tests.intervals import oracle

TRIALS = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=25)


def counted(trials: list[oracle.Mated]) -> ClusterCounts:
    return ClusterCounts.of([i for i, _ in trials], [wrong for _, wrong in trials])


@given(TRIALS)
def test_the_plug_in_is_the_sum_over_trials_of_one_subject(trials: list[oracle.Mated]) -> None:
    found = cluster_variance(counted(trials))
    assert math.isclose(found.plug_in, float(oracle.cluster_covariance(trials)), rel_tol=1e-15)


@given(TRIALS)
def test_the_variance_makes_up_for_few_subjects(trials: list[oracle.Mated]) -> None:
    found = cluster_variance(counted(trials))
    n = len({i for i, _ in trials})
    expected = oracle.cluster_covariance(trials) * n / (n - 1) if n > 1 else 0
    assert math.isclose(found.variance, float(expected), rel_tol=1e-15)
    assert found.single == (n == 1)
    assert found.disjoint == found.units == n


@given(TRIALS)
def test_the_order_of_subjects_changes_no_bit(trials: list[oracle.Mated]) -> None:
    assert cluster_variance(counted(trials)) == cluster_variance(counted([(9 - i, w) for i, w in reversed(trials)]))


def test_three_subjects_of_unequal_size() -> None:
    """p = 1/2; r = -1/2, 1, -1/2: sum r^2 = 3/2, over 36; times 3/2. Independent would be 1/24."""
    found = cluster_variance(ClusterCounts([0, 2, 1], [1, 2, 3]))
    assert found.plug_in == pytest.approx(1 / 24, rel=1e-15)
    assert found.variance == pytest.approx(1 / 16, rel=1e-15)
    assert found.deff == pytest.approx(3 / 2, rel=1e-15)
    assert found.carry == pytest.approx((3 / 2) ** 2 / (1 + 2 / 16))
    assert (found.sum_r2, found.s2, found.floor) == (1.5, 0, 0)
    assert (found.rate, found.errors, found.trials) == (0.5, 3, 6)


def test_one_trial_a_subject_has_a_design_effect_of_n_over_n_minus_1() -> None:
    assert cluster_variance(ClusterCounts([1, 0, 0, 0, 0], [1] * 5)).deff == pytest.approx(5 / 4, rel=1e-15)


def test_subjects_with_one_rate_have_no_design_effect_below_1() -> None:
    found = cluster_variance(ClusterCounts([1, 1, 1], [2, 2, 2]))
    assert (found.variance, found.deff, found.carry) == (0, 1, 0)


def test_subjects_without_trials_are_left_out() -> None:
    found = ClusterCounts.of([4, 1, 4], [True, False, True])
    assert (found.errors.tolist(), found.trials.tolist()) == ([0, 2], [1, 2])


@pytest.mark.parametrize(
    ("errors", "trials", "said"),
    [
        ([1], [0], "1 subjects without trials"),
        ([3, 0], [2, 1], "1 subjects with more errors than trials"),
        ([1, 0], [2], "errors of 2 subjects and trials of 1"),
        ([-1], [2], "errors of a subject: -1"),
        ([0.5], [2], "no row of whole numbers"),
    ],
)
def test_counts_that_contradict_each_other_are_refused(errors: list[int], trials: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ClusterCounts(errors, trials)


def test_trials_without_their_outcome_are_refused() -> None:
    with pytest.raises(ValueError, match="2 subjects of 1 trials"):
        ClusterCounts.of([0, 1], [True])


def test_nothing_tried_has_no_variance() -> None:
    with pytest.raises(ValueError, match="no trial was made"):
        cluster_variance(ClusterCounts([], []))


def test_sums_are_exact_beyond_64_bits() -> None:
    huge = np.array([2**40, 2**40 + 1])
    assert dot(huge, huge) == 2**80 + (2**40 + 1) ** 2
    assert dot(huge[:0], huge[:0]) == 0
    assert squared_residuals(huge, huge, 1, 2) == 2**80 + (2**40 + 1) ** 2


def test_carry_of_huge_counts_agrees_with_that_of_small_ones() -> None:
    counted_small, expected = np.array([5, 1, 0]), np.array([6, 3, 1])
    big = 2**29
    small = carry(counted_small, expected, 6, 10)
    assert carry(counted_small * big, expected * big, 6 * big, 10 * big) == pytest.approx(small, rel=1e-12)
    assert carry(counted_small[:0], expected[:0], 0, 1) == 0


@pytest.mark.parametrize("size", [1, 2**40])
def test_a_sum_of_products_of_unequal_numbers_is_a_callers_bug(size: int) -> None:
    with pytest.raises(ValueError, match=r"argument 2 is shorter|not aligned"):
        dot(np.array([size, size, size]), np.array([size, size]))
