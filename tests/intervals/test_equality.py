"""Whether groups err alike, and the ratio of two: closed forms, SciPy, small simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fr_bench.intervals.alternatives import independent
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.equality import equality, ratio, ratio_method
from fr_bench.intervals.precision import Precision
from fr_bench.intervals.simultaneous import level_of_each
from fr_bench.intervals.subject_exact import fnmr

EACH = level_of_each(0.95, 2)


def by_subject(errors: list[int], trials: int, level: float = 0.95) -> Precision:
    return fnmr(ClusterCounts(errors, [trials] * len(errors)), level=level)


def test_independent_trials_give_pearsons_chi_square() -> None:
    table = np.array([[30, 970], [45, 955], [18, 482]])
    expected = stats.chi2_contingency(table, correction=False)
    found = equality([independent(int(errors), int(errors + right)) for errors, right in table])
    assert found is not None
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-12)
    assert (found.degrees, found.labels) == (2, ())
    assert found.pooled == pytest.approx(93 / 2500)


def test_a_design_effect_divides_the_statistic() -> None:
    wolves = [by_subject([5, 0, 0, 0, 0] * 6, 5), by_subject([5, 5, 0, 0, 0] * 6, 5)]
    found = equality(wolves)
    naive = equality([independent(one.errors, one.trials) for one in wolves])
    assert found is not None
    assert naive is not None
    assert found.statistic < naive.statistic / 4
    assert found.p > naive.p


def test_few_subjects_are_held_against_an_f_distribution() -> None:
    """Two groups of one design: Welch's test is that of Student, with the degrees of freedom of both."""
    groups = [by_subject([2, 0, 0, 1, 0, 0, 0, 1] * 3, 5), by_subject([4, 0, 1, 1, 0, 2, 0, 1] * 3, 5)]
    found = equality(groups)
    assert found is not None
    rates, worth = [one.rate for one in groups], [one.trials / (one.deff or 1) for one in groups]
    pooled = (12 + 27) / 240
    spread = pooled * (1 - pooled) * (1 / worth[0] + 1 / worth[1])
    assert found.statistic == pytest.approx((rates[0] - rates[1]) ** 2 / spread, rel=1e-12)
    shares = [1 - n / sum(worth) for n in worth]
    within = 1 / sum(share**2 / 23 for share in shares)
    assert found.within == pytest.approx(within, rel=1e-12)
    assert found.p == pytest.approx(2 * stats.t.sf(math.sqrt(found.statistic), within), rel=1e-10)


def test_rare_wolves_do_not_make_equal_groups_unequal() -> None:
    """A few subjects carry the errors: a group without them shows few errors and no dependence, by chance."""
    chance = np.random.default_rng(12)
    called = 0
    for _ in range(400):
        rates = chance.beta(0.1, 0.9, size=(3, 30))
        groups = [by_subject(chance.binomial(10, row).tolist(), 10) for row in rates]
        found = equality(groups)
        called += found is not None and found.p < 0.05
    assert called <= 33  # 20, and three standard errors


def test_a_group_without_errors_has_the_variance_of_the_common_rate() -> None:
    found = equality([independent(0, 1000), independent(20, 1000)])
    assert found is not None
    assert found.statistic == pytest.approx(2 * 1000 * 0.01**2 / (0.01 * 0.99))


def test_no_errors_at_all_can_show_no_difference() -> None:
    assert equality([independent(0, 10), independent(0, 20)]) is None
    assert equality([independent(10, 10), independent(20, 20)]) is None


def test_few_expected_errors_are_said() -> None:
    found = equality([independent(1, 100), independent(4, 100)])
    assert found is not None
    assert found.labels == ("few_errors",)
    one_small_group = equality([independent(4, 100), independent(96, 2400)])
    assert one_small_group is not None
    assert one_small_group.labels == ("few_errors",)
    at_the_limit = equality([independent(5, 100), independent(5, 100)])
    assert at_the_limit is not None
    assert at_the_limit.labels == ()


@pytest.mark.parametrize(("errors", "expected"), [(10, 1.9), (40, 1.38), (400, 1.108)])
def test_ratio_expected_of_four_equal_groups(errors: int, expected: float) -> None:
    """exp(2 * 1.03 / sqrt(x)): 1.03 is the mean maximum of four standard normals."""
    found = equality([independent(errors, 10**7) for _ in range(4)])
    assert found is not None
    assert found.expected_ratio == pytest.approx(math.exp(2 * 1.02938 / math.sqrt(errors)), rel=1e-4)
    assert found.expected_ratio == pytest.approx(expected, rel=0.01)


def test_ratio_expected_of_unequal_groups_by_drawing() -> None:
    found = equality([independent(20, 10**6), independent(200, 10**7), independent(2000, 10**8)])
    assert found is not None
    spread = 1 / np.sqrt([20, 200, 2000])
    drawn = np.random.default_rng(8).normal(size=(200_000, 3)) * spread
    assert found.expected_ratio == pytest.approx(math.exp(float(np.ptp(drawn, axis=1).mean())), rel=0.005)


def test_no_ratio_is_expected_where_a_group_expects_less_than_an_error() -> None:
    found = equality([independent(0, 10), independent(5, 1000)])
    assert found is not None
    assert found.expected_ratio is None


def test_equal_groups_are_called_unequal_one_time_in_twenty() -> None:
    """Subjects differ, deff is about 3; 400 tests of four groups of 80 subjects."""
    chance = np.random.default_rng(11)
    called = 0
    for _ in range(400):
        rates = chance.beta(0.5, 4.5, size=(4, 80))
        groups = [by_subject(chance.binomial(10, row).tolist(), 10) for row in rates]
        found = equality(groups)
        called += found is not None and found.p < 0.05
    assert 6 <= called <= 36


def test_log_ratio_by_hand() -> None:
    first, second = by_subject([1, 0] * 20, 5, EACH), by_subject([2, 1] * 20, 5, EACH)
    low, high = ratio(first, second, 0.95)
    variance = sum((one.deff or 0) * (1 - one.rate) / one.errors for one in (first, second))
    half = stats.t.ppf(0.975, 39) * math.sqrt(variance)
    assert low == pytest.approx(math.exp(math.log(1 / 3) - half), rel=1e-12)
    assert high == pytest.approx(math.exp(math.log(1 / 3) + half), rel=1e-12)
    assert ratio_method(first, second) == "log-t"


def test_few_errors_give_the_ratios_of_opposite_limits() -> None:
    first, second = independent(3, 1000, EACH), independent(40, 1000, EACH)
    low, high = ratio(first, second, 0.95)
    assert low == first.interval.low / second.interval.high
    assert high == first.interval.high / second.interval.low
    assert ratio_method(first, second) == "bonferroni"


def test_a_ratio_to_no_errors_has_a_lower_limit_only() -> None:
    low, high = ratio(independent(40, 1000, EACH), independent(0, 1000, EACH), 0.95)
    assert low > 1
    assert high is None


def test_a_ratio_turned_round_has_its_limits_turned_round() -> None:
    first, second = by_subject([1, 0] * 20, 5, EACH), by_subject([2, 1] * 20, 5, EACH)
    low, high = ratio(first, second, 0.95)
    assert high is not None
    assert ratio(second, first, 0.95) == (pytest.approx(1 / high), pytest.approx(1 / low))


def test_intervals_of_another_level_are_refused() -> None:
    with pytest.raises(ValueError, match=r"not 0\.975"):
        ratio(independent(3, 100), independent(4, 100), 0.95)


def test_one_group_is_no_comparison() -> None:
    with pytest.raises(ValueError, match="1 group"):
        equality([independent(1, 10)])


@pytest.mark.parametrize(("groups", "mean"), [(2, 1 / math.sqrt(math.pi)), (3, 1.5 / math.sqrt(math.pi))])
def test_ratio_expected_of_two_and_of_three_equal_groups_is_exact(groups: int, mean: float) -> None:
    """The mean maximum of two standard normals is 1 / sqrt(pi), of three 3 / (2 sqrt(pi))."""
    found = equality([independent(40, 10**7)] * groups)
    assert found is not None
    assert found.expected_ratio == pytest.approx(math.exp(2 * mean * math.sqrt((1 - 4e-6) / 40)), rel=1e-12)
