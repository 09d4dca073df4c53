"""Intervals by another name: what each of them does that the default does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fr_bench.findings import Interval
from fr_bench.intervals.alternatives import conservative, conservative_rank, fpp_wilson, independent
from fr_bench.intervals.binomial import clopper_pearson, wilson
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.design import AllPairs
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.precision import of_the_rest, one_sided_upper
from fr_bench.intervals.subject_exact import fmr_from

FORTY = AllPairs([2] * 40)
WOLF = dyadic_variance(FORTY, PairErrors.of([0] * 39, range(1, 40)))
NONE = dyadic_variance(FORTY, PairErrors.of([], []))


def limits(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def test_independent_takes_raw_counts_and_says_so() -> None:
    found = independent(5, 174)
    assert limits(found.interval) == limits(clopper_pearson(5, 174))
    assert (found.interval.method, found.interval.unit) == ("independent", "comparison")
    assert found.labels == ("assumes_independent_comparisons", "few_errors")
    assert (found.effective, found.deff, found.units) == (174, None, None)


def test_fpp_wilson_of_an_fmr_has_no_correction_for_few_subjects() -> None:
    found = fpp_wilson(WOLF)
    p = 39 / 3120
    variance = max(WOLF.sum_r2 - WOLF.s2, WOLF.s2) / 3120**2
    assert found.effective == pytest.approx(p * (1 - p) / variance, rel=1e-12)
    assert found.deff == pytest.approx(3120 / found.effective, rel=1e-12)
    assert limits(found.interval) == pytest.approx(limits(wilson(p * found.effective, found.effective)), rel=1e-9)
    assert found.interval.method == "fpp-wilson"
    assert found.labels == ("subjects_as_unit",)


def test_fpp_wilson_of_an_fmr_keeps_to_the_floor() -> None:
    own = dyadic_variance(AllPairs([1, 1, 1]), PairErrors.of([0], [1]))
    assert fpp_wilson(own).effective == pytest.approx(2 / 9 / (2 / 27), rel=1e-12)


def test_fpp_wilson_of_an_fnmr() -> None:
    """p = 1/2, V = 1/24: six effective comparisons of six."""
    found = fpp_wilson(cluster_variance(ClusterCounts([0, 2, 1], [1, 2, 3])))
    assert found.effective == pytest.approx(6, rel=1e-12)
    assert limits(found.interval) == pytest.approx(limits(wilson(3, 6)), rel=1e-12)
    assert found.labels == ("few_errors", "subjects_as_unit", "too_few_subjects")


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_fpp_wilson_without_errors_takes_all_comparisons(level: float) -> None:
    found = fpp_wilson(NONE, level)
    assert limits(found.interval) == limits(wilson(0, 3120, level))
    assert found.labels == ("assumes_independent_comparisons", "no_errors")


def test_fpp_wilson_where_all_subjects_have_one_rate_is_no_certainty() -> None:
    found = fpp_wilson(cluster_variance(ClusterCounts([1] * 25, [2] * 25)))
    assert limits(found.interval) == limits(wilson(25, 50))
    assert found.labels == ("assumes_independent_comparisons",)


def test_conservative_borrows_from_a_higher_rank_and_takes_wilson() -> None:
    assert conservative_rank(WOLF) == 80
    lent = dyadic_variance(FORTY, PairErrors.of([0] * 39 + [1] * 38, [*range(1, 40), *range(2, 40)]))
    found = conservative(WOLF, lent)
    assert found.borrowed
    assert found.effective is not None
    expected = wilson(found.rate * found.effective, found.effective)
    assert limits(found.interval) == limits(expected)
    assert (found.interval.method, found.interval.unit) == ("conservative", "subject")
    assert found.deff == max(WOLF.deff, lent.deff)


def test_conservative_borrows_where_the_default_does_not() -> None:
    own = dyadic_variance(FORTY, PairErrors.of(range(1, 31), range(2, 32)))
    more = dyadic_variance(FORTY, PairErrors.of([*range(1, 31), *range(1, 31)], [*range(2, 32), *range(3, 33)]))
    assert fmr_from(more, WOLF).borrowed is False
    assert conservative(more, WOLF).borrowed is True
    assert conservative(own).borrowed is False


def test_conservative_without_errors_is_never_without_width() -> None:
    found = conservative(NONE, WOLF)
    assert found.interval.low == 0
    assert found.interval.high > 3 / found.trials
    assert limits(conservative(NONE).interval) == limits(clopper_pearson(0, 3120))


def test_conservative_is_for_comparisons_between_subjects() -> None:
    with pytest.raises(ValueError, match="between subjects"):
        conservative(cluster_variance(ClusterCounts([1], [2])))


def test_one_pair_of_subjects_says_nothing() -> None:
    single = dyadic_variance(AllPairs([3, 4]), PairErrors.of([0], [1]))
    for found in (fpp_wilson(single), conservative(single)):
        assert limits(found.interval) == (0, 1)
        assert "too_few_subjects" in found.labels
        assert one_sided_upper(found) == 1


def test_what_was_no_error_has_the_limits_of_the_errors_turned_round() -> None:
    errors = independent(2, 1000)
    right = of_the_rest(replace(errors, sober=0.25))
    assert (right.errors, right.trials, right.sober) == (998, 1000, 0.75)
    assert (right.interval.low, right.interval.high) == (1 - errors.interval.high, 1 - errors.interval.low)
