"""The interval of ISO/IEC 19795-1 Annex B, against its equations written out one by one."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.intervals.annex_b import annex_b
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.design import AllPairs, Crossed
from fr_bench.intervals.dyads import PairErrors, dyadic_variance


def test_the_published_example_of_bio_itc() -> None:
    """5 of 174 subjects rejected, one attempt each: 0.045 at the upper end of the two-sided 80 % interval."""
    found = annex_b(cluster_variance(ClusterCounts([1] * 5 + [0] * 169, [1] * 174)), 0.8)
    p = 5 / 174
    half = 1.2815515655446004 * sqrt(p * (1 - p) / 173)
    assert (found.interval.low, found.interval.high) == pytest.approx((p - half, p + half), rel=1e-12)
    assert round(found.interval.high, 3) == 0.045
    assert round(found.interval.high, 5) == 0.04501
    assert (found.interval.method, found.interval.unit, found.interval.level) == ("annex-b", "subject", 0.8)
    assert found.labels == ("few_errors", "subjects_as_unit")


def half_width(errors: list[int], trials: list[int]) -> float:
    found = annex_b(cluster_variance(ClusterCounts(errors, trials)), 0.5)
    return (found.interval.high - found.interval.low) / 2 / NormalDist().inv_cdf(0.75)


def test_equal_numbers_of_attempts_are_b4() -> None:
    a, m, n = [2, 0, 1, 3, 0, 0], 4, 6
    p = sum(a) / (m * n)
    assert half_width(a, [m] * n) == pytest.approx(
        sqrt((sum(x * x for x in a) / (m * m * n) - p * p) / (n - 1)), rel=1e-12
    )


def test_unequal_numbers_of_attempts_are_b6() -> None:
    a, m = np.array([2, 0, 1, 3, 0, 0]), np.array([4, 2, 1, 5, 5, 3])
    n, p = 6, a.sum() / m.sum()
    sums = (a * a).sum() - 2 * p * (a * m).sum() + p * p * (m * m).sum()
    assert half_width(a.tolist(), m.tolist()) == pytest.approx(sqrt(sums * n / ((n - 1) * m.sum() ** 2)), rel=1e-12)


@given(st.integers(3, 8).flatmap(lambda n: st.lists(st.booleans(), min_size=n * n, max_size=n * n)))
def test_every_person_against_every_other_in_both_orders_is_b8(outcomes: list[bool]) -> None:
    n = int(sqrt(len(outcomes)))
    b = np.array(outcomes, dtype=int).reshape(n, n)
    np.fill_diagonal(b, 0)
    p = b.sum() / (n * (n - 1))
    ends = b.sum(axis=1) + b.sum(axis=0)
    v = ((ends**2).sum() - (b * b.T + b * b).sum()) / (n * (n - 1)) ** 2 - (4 * n - 6) * p * p / (n * (n - 1))
    own = dyadic_variance(Crossed([1] * n, [1] * n), PairErrors.of(*np.nonzero(b)))
    assert own.plug_in == pytest.approx(v, rel=1e-12, abs=1e-15)
    if 0 < p < 1:
        expected = sqrt(max(v, p * (1 - p) / (n * (n - 1))))
        found = annex_b(own, 0.6)
        z = NormalDist().inv_cdf(0.8)
        assert found.interval.high == pytest.approx(min(1, p + z * expected), rel=1e-9)
        assert found.interval.low == pytest.approx(max(0, p - z * expected), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_level_lies_between_nothing_and_certainty(level: float) -> None:
    with pytest.raises(ValueError, match="confidence level"):
        annex_b(cluster_variance(ClusterCounts([0, 2, 1], [1, 2, 3])), level)


def test_the_effective_number_has_the_same_variance() -> None:
    found = annex_b(cluster_variance(ClusterCounts([0, 2, 1], [1, 2, 3])))
    assert found.deff == pytest.approx(1.5, rel=1e-12)
    assert found.effective == pytest.approx(4, rel=1e-12)


@pytest.mark.parametrize("errors", [[0] * 30, [2] * 30, [1] * 30])
def test_a_variance_of_0_is_no_certainty(errors: list[int]) -> None:
    """No errors, nothing but errors, the same rate for everybody."""
    found = annex_b(cluster_variance(ClusterCounts(errors, [2] * 30)), 0.9)
    expected = clopper_pearson(sum(errors), 60, 0.9)
    assert (found.interval.low, found.interval.high) == (expected.low, expected.high)
    assert "assumes_independent_comparisons" in found.labels


def test_no_false_match_has_an_upper_limit() -> None:
    found = annex_b(dyadic_variance(AllPairs([1] * 20), PairErrors.of([], [])))
    assert (found.interval.low, found.interval.high) == (0, clopper_pearson(0, 190).high)


def test_the_interval_stays_within_0_and_1() -> None:
    assert annex_b(cluster_variance(ClusterCounts([1] + [0] * 19, [1] * 20))).interval.low == 0
    assert annex_b(cluster_variance(ClusterCounts([0] + [1] * 19, [1] * 20))).interval.high == 1


def test_one_subject_says_nothing() -> None:
    found = annex_b(cluster_variance(ClusterCounts([1], [2])))
    assert (found.interval.low, found.interval.high, found.effective) == (0, 1, None)
    assert "too_few_subjects" in found.labels


def test_a_level_outside_0_and_1_is_refused() -> None:
    with pytest.raises(ValueError, match="confidence level 80"):
        annex_b(cluster_variance(ClusterCounts([1], [2])), 80)
