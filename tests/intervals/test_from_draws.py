from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fr_bench.findings import Interval, Proportion
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.from_draws import (
    boot_exact,
    effective_trials,
    identity_t,
    least_t,
    less_effective,
    logit_t,
    off_tail,
    percentile,
    root_t,
    skewed_t,
    t_quantile,
)

Z = 1.959963984540054
DRAWS = np.array([0.02, 0.05, 0.04, 0.09, 0.05])
"""Mean 0.05, sum of squared distances 0.0026, so a variance of 0.00065."""


def test_the_effective_number_follows_from_the_variance_of_the_draws() -> None:
    t = stats.t.ppf(0.975, 49)
    expected = 0.05 * 0.95 / 0.00065 * (Z / t) ** 2
    assert effective_trials(Proportion(50, 1000), DRAWS, subjects=50) == pytest.approx(expected, rel=1e-12)


def test_the_interval_is_the_exact_one_at_the_effective_number() -> None:
    n = effective_trials(Proportion(50, 1000), DRAWS, subjects=50)
    found = boot_exact(Proportion(50, 1000), DRAWS, subjects=50)
    exact = clopper_pearson(0.05 * n, n)
    assert (found.low, found.high) == (exact.low, exact.high)
    assert (found.method, found.unit, found.level) == ("boot-exact", "subject", 0.95)


def test_draws_closer_than_independent_trials_would_lie_are_not_believed() -> None:
    t = stats.t.ppf(0.975, 49)
    close = 0.05 + 1e-6 * np.arange(10)
    found = effective_trials(Proportion(50, 1000), close, subjects=50)
    assert found == pytest.approx(1000 * (Z / t) ** 2, rel=1e-12)


def test_without_errors_the_lower_limit_is_zero_and_the_upper_is_not() -> None:
    t = stats.t.ppf(0.975, 49)
    found = boot_exact(Proportion(0, 1000), np.zeros(20), subjects=50)
    assert found.low == 0
    assert found.high == pytest.approx(1 - 0.025 ** (1 / (1000 * (Z / t) ** 2)), rel=1e-9)
    assert found.high > 3 / 1000


def test_without_errors_the_draws_still_count() -> None:
    quarter = 1 / 4000
    draws = np.array([0.0, 0.0, 0.0, 0.01])
    expected = quarter * (1 - quarter) / draws.var(ddof=1) * (Z / stats.t.ppf(0.975, 49)) ** 2
    assert effective_trials(Proportion(0, 1000), draws, subjects=50) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("errors", "capped"), [(0, True), (9, True), (10, False), (991, True), (990, False)])
def test_a_borrowed_number_holds_only_with_fewer_than_ten_errors(errors: int, capped: bool) -> None:
    draws = np.full(10, errors / 1000)
    free = effective_trials(Proportion(errors, 1000), draws, subjects=50)
    assert effective_trials(Proportion(errors, 1000), draws, subjects=50, cap=20.0) == (20.0 if capped else free)
    assert effective_trials(Proportion(errors, 1000), draws, subjects=50, cap=1e9) == free


@given(st.integers(0, 60), st.lists(st.floats(0, 1), min_size=2, max_size=20), st.integers(2, 40))
def test_an_exact_interval_mirrors_with_the_errors(errors: int, draws: list[float], subjects: int) -> None:
    found = boot_exact(Proportion(errors, 60), draws, subjects=subjects)
    mirror = boot_exact(Proportion(60 - errors, 60), [1 - d for d in draws], subjects=subjects)
    assert (1 - mirror.high, 1 - mirror.low) == pytest.approx((found.low, found.high), abs=1e-9)


def test_a_logit_interval_is_symmetric_on_the_logit() -> None:
    found = logit_t(0.05, DRAWS, trials=1000, subjects=50)
    logits = np.log(DRAWS / (1 - DRAWS))
    half = stats.t.ppf(0.975, 49) * logits.std(ddof=1)
    assert math.log(found.low / (1 - found.low)) == pytest.approx(math.log(0.05 / 0.95) - half, rel=1e-12)
    assert math.log(found.high / (1 - found.high)) == pytest.approx(math.log(0.05 / 0.95) + half, rel=1e-12)
    assert (found.method, found.unit) == ("logit-t", "subject")


def test_draws_at_the_ends_are_clipped_to_a_quarter_of_a_trial() -> None:
    found = logit_t(0.05, [0.0, 0.05, 1.0, 1.2, -0.1], trials=100, subjects=50)
    assert found == logit_t(0.05, [0.0025, 0.05, 0.9975, 0.9975, 0.0025], trials=100, subjects=50)


@pytest.mark.parametrize(("value", "trials"), [(0.0, 100), (1.0, 100)])
def test_a_perfect_value_is_not_certain(value: float, trials: int) -> None:
    found = logit_t(value, np.full(20, value), trials=trials, subjects=50)
    assert found.low == 0 or found.high == 1
    assert found.high - found.low > 3 / trials


def logit(values: Any) -> Any:
    return np.log(values) - np.log1p(-np.asarray(values))


def test_of_a_least_value_the_bias_that_the_draws_show_is_taken_off() -> None:
    found = least_t(0.06, DRAWS, trials=1000, subjects=50)
    centre = logit(0.06) + (logit(0.06) - logit(DRAWS).mean()) / (2 ** (2 / 3) - 1)
    half = stats.t.ppf(0.975, 49) * logit(DRAWS).std(ddof=1)
    assert (logit(found.low), logit(found.high)) == pytest.approx((centre - half, centre + half), rel=1e-12)
    assert centre > logit(0.06)
    assert (found.method, found.unit) == ("least-t", "subject")


def test_where_draws_show_no_bias_a_least_value_is_as_any_other() -> None:
    draws = 1 / (1 + np.exp(-logit(0.05) - np.array([-1.0, -0.5, 0.5, 1.0])))
    least, other = (made(0.05, draws, trials=1000, subjects=50) for made in (least_t, logit_t))
    assert (least.low, least.high) == pytest.approx((other.low, other.high), rel=1e-12)


def test_a_least_value_of_0_in_every_draw_has_no_bias_and_is_not_certain() -> None:
    least, other = (made(0.0, np.zeros(20), trials=100, subjects=50) for made in (least_t, logit_t))
    assert (least.low, least.high) == (other.low, other.high)
    assert least.high > 3 / 100


def hall(x: float, skewness: float) -> float:
    return x + skewness / 3 * x**2 + skewness**2 / 27 * x**3 + skewness / 6


def test_the_ends_of_a_skewed_interval_are_quantiles_of_t_through_halls_cubic() -> None:
    influence = np.array([-0.02, -0.01, -0.02, 0.05])
    skewness = np.sum(influence**3) / np.sum(influence**2) ** 1.5
    found = skewed_t(0.5, DRAWS, influence, subjects=50)
    ends = [(0.5 - end) / DRAWS.std(ddof=1) for end in (found.low, found.high)]
    quantile = stats.t.ppf(0.975, 49)
    assert [hall(end, skewness) for end in ends] == pytest.approx([quantile, -quantile], rel=1e-9)
    assert found.high - 0.5 > 1.5 * (0.5 - found.low)
    assert (found.method, found.unit) == ("skewed-t", "subject")


@pytest.mark.parametrize("influence", [[0.1, -0.1], [0.02, 0.02, -0.04], [0.0, 0.0]])
def test_without_skewness_upwards_it_is_the_interval_of_t(influence: list[float]) -> None:
    skewed, plain = skewed_t(0.5, DRAWS, influence, subjects=50), identity_t(0.5, DRAWS, subjects=50)
    assert (skewed.low, skewed.high) == pytest.approx((plain.low, plain.high), rel=1e-12)


def test_a_cost_is_not_below_nothing() -> None:
    assert skewed_t(0.01, DRAWS, [0.1, -0.1], subjects=50).low == 0


@pytest.mark.parametrize("errors", [0, 20, 400])
def test_a_threshold_that_moves_adds_to_the_variance_of_a_rate(errors: int) -> None:
    point, p = Proportion(errors, 400), min(max(errors / 400, 1 / 1600), 1 - 1 / 1600)
    left = less_effective(point, 300.0, 2e-4, subjects=50)
    shrunk = (Z / stats.t.ppf(0.975, 49)) ** 2
    assert p * (1 - p) * shrunk / left == pytest.approx(p * (1 - p) * shrunk / 300 + 2e-4, rel=1e-12)
    assert less_effective(point, 300.0, 0.0, subjects=50) == pytest.approx(300, rel=1e-12)


@pytest.mark.parametrize(("effective", "variance"), [(0.0, 0.1), (10.0, -0.1), (10.0, math.nan)])
def test_no_trials_or_no_variance_make_no_effective_number(effective: float, variance: float) -> None:
    with pytest.raises(ValueError, match="effective trials of 400 with the variance"):
        less_effective(Proportion(20, 400), effective, variance, subjects=50)


def test_an_area_gets_t_times_the_spread_of_the_roots() -> None:
    found = root_t(0.04, [0.01, 0.04, 0.09, -0.001], subjects=50)
    half = stats.t.ppf(0.975, 49) * np.std([0.1, 0.2, 0.3, 0.0], ddof=1)
    assert (found.low, found.high) == pytest.approx((0.0, (0.2 + half) ** 2), rel=1e-12)
    narrow = root_t(0.04, [0.03, 0.04, 0.05], subjects=50)
    half = stats.t.ppf(0.975, 49) * np.std(np.sqrt([0.03, 0.04, 0.05]), ddof=1)
    assert (narrow.low, narrow.high) == pytest.approx(((0.2 - half) ** 2, (0.2 + half) ** 2), rel=1e-12)
    assert narrow.method == "root-t"
    with pytest.raises(ValueError, match="expected 0 or more"):
        root_t(-0.1, [0.1, 0.2], subjects=50)


def test_an_unbounded_value_gets_t_times_the_spread_of_the_draws() -> None:
    found = identity_t(-3.0, DRAWS, subjects=50)
    half = stats.t.ppf(0.975, 49) * math.sqrt(0.00065)
    assert (found.low, found.high) == pytest.approx((-3 - half, -3 + half), rel=1e-12)
    assert found.method == "draws-t"


def test_percentiles_are_the_middle_of_the_draws_and_hold_the_value() -> None:
    found = percentile(50.0, np.arange(101.0), subjects=50, level=0.9)
    assert (found.low, found.high) == pytest.approx((5, 95), rel=1e-12)
    assert found.method == "percentile"
    assert percentile(99.0, np.arange(101.0), subjects=50, level=0.9).high == 99


def test_intervals_are_of_95_percent_unless_another_level_is_asked_for() -> None:
    found = [
        boot_exact(Proportion(50, 1000), DRAWS, subjects=30), logit_t(0.05, DRAWS, trials=1000, subjects=30),
        least_t(0.05, DRAWS, trials=1000, subjects=30), skewed_t(0.05, DRAWS, [0.0, 1.0], subjects=30),
        identity_t(0.05, DRAWS, subjects=30), percentile(0.05, DRAWS, subjects=30),
    ]  # fmt: skip
    assert [one.level for one in found] == [0.95] * 6
    assert percentile(50.0, np.arange(101.0), subjects=50).high == pytest.approx(97.5)


def test_the_quantile_of_t_is_that_of_scipy() -> None:
    assert t_quantile(4.5, 0.9) == pytest.approx(stats.t.ppf(0.95, 4.5), rel=1e-12)


METHODS: list[Callable[[float, float], Interval]] = [
    lambda value, level: boot_exact(Proportion(round(value * 1000), 1000), DRAWS, subjects=30, level=level),
    lambda value, level: logit_t(value, DRAWS, trials=1000, subjects=30, level=level),
    lambda value, level: least_t(value, DRAWS, trials=1000, subjects=30, level=level),
    lambda value, level: skewed_t(value, DRAWS, [-0.1, -0.1, 0.2], subjects=30, level=level),
    lambda value, level: identity_t(value, DRAWS, subjects=30, level=level),
    lambda value, level: percentile(value, DRAWS, subjects=30, level=level),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0.001, 0.05, 0.9])
def test_an_interval_holds_its_value_and_widens_with_its_level(
    method: Callable[[float, float], Interval], value: float
) -> None:
    narrow, wide = method(value, 0.8), method(value, 0.99)
    assert wide.low <= narrow.low <= value <= narrow.high <= wide.high
    assert wide.high - wide.low > 0


def test_fewer_subjects_widen_the_interval_through_t() -> None:
    few, many = identity_t(1.0, DRAWS, subjects=3), identity_t(1.0, DRAWS, subjects=300)
    assert few.high - few.low > 2 * (many.high - many.low)


def test_draws_off_the_tail_are_counted_and_give_no_interval() -> None:
    draws = [0.1, math.nan, 0.2, math.nan]
    assert off_tail(draws) == 2
    with pytest.raises(ValueError, match="2 of 4 draws are no number: tail_too_short"):
        logit_t(0.1, draws, trials=100, subjects=50)


@pytest.mark.parametrize(("draws", "subjects"), [([0.1], 50), ([], 50), ([0.1, 0.2], 1)])
def test_one_draw_or_one_subject_gives_no_interval(draws: list[float], subjects: int) -> None:
    with pytest.raises(ValueError, match="expected two of each"):
        identity_t(0.1, draws, subjects=subjects)


def test_values_outside_their_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"value 1\.1"):
        logit_t(1.1, DRAWS, trials=10, subjects=50)
    with pytest.raises(ValueError, match="0 trials"):
        boot_exact(Proportion(0, 0), DRAWS, subjects=50)
    with pytest.raises(ValueError, match="capped at 0"):
        boot_exact(Proportion(1, 10), DRAWS, subjects=50, cap=0)


def test_equal_draws_spread_like_independent_comparisons() -> None:
    """A value of 1 of 100 comparisons stands a quarter of one from the end: at 0.9975."""
    share = 0.9975
    half = stats.t.ppf(0.975, 49) / math.sqrt(100 * share * (1 - share))
    low = stats.logistic.cdf(math.log(share / (1 - share)) - half)
    best, worst = (logit_t(value, np.full(20, value), trials=100, subjects=50) for value in (1.0, 0.0))
    assert best.low == pytest.approx(low, rel=1e-12)
    assert worst.high == pytest.approx(1 - low, rel=1e-12)


def test_an_interval_so_wide_that_its_ends_overflow_is_all_there_is() -> None:
    found = logit_t(0.5, [0.0, 1.0], trials=10**9, subjects=2, level=0.999)
    assert (found.low, found.high) == (0.0, 1.0)
