"""The search for the smallest size, against a slow search written apart from it and against simulated tests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fr_bench.intervals import subject_exact
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.planning import Aim, Assumed, exact, plan
from fr_bench.planning.dependence import ByPair, BySubject, Dependence, Stated

JUDGE = exact.Judge(0.025)


def slow_power(dependence: Dependence, n: int, true: float, limit: float, judge: exact.Judge) -> float:
    """Add up the probability of every count whose interval ends at or below the limit."""
    z, t = stats.norm.ppf(1 - judge.tail), stats.t.ppf(1 - judge.tail, float(dependence.degrees(n, true)))
    trials = int(dependence.effective(n, true))
    starred = float(dependence.judged(n, true, judge.margin)) * (z / t) ** 2
    total = 0.0
    for count in range(trials):
        x = count * starred / trials
        if stats.beta.ppf(1 - judge.tail, x + 1, starred - x) > limit:
            break
        total += stats.binom.pmf(count, trials, true)
    return total


@pytest.mark.parametrize(
    ("dependence", "true", "limit", "power", "judge"),
    [
        (BySubject(1, 0.2), 0.05, 0.15, 0.9, JUDGE),
        (BySubject(3, 0.2), 0.05, 0.15, 0.9, JUDGE),
        (BySubject(3, 0.2), 0.05, 0.15, 0.9, exact.Judge(0.025, 1.28)),
        (BySubject(2, 0.1, 0.5), 0.05, 0.12, 0.8, exact.Judge(0.05)),
        (Stated(1, 1.7, pairs=False), 0.03, 0.15, 0.95, JUDGE),
        (ByPair(1, 1.0, 0.2), 0.01, 0.03, 0.9, JUDGE),
        (ByPair(4, 0.5, 0.3), 0.003, 0.01, 0.8, exact.Judge(0.025, 0.84)),
    ],
)
def test_the_smallest_size_is_that_of_a_search_one_subject_at_a_time(
    dependence: Dependence, true: float, limit: float, power: float, judge: exact.Judge
) -> None:
    found = exact.smallest(dependence, true, power, exact.upper_at_most(limit, judge.tail), judge)
    slow = next(n for n in range(20, 1000) if slow_power(dependence, n, true, limit, judge) >= power)
    assert found == slow
    computed = exact.power_of(dependence, slow, true, exact.upper_at_most(limit, judge.tail), judge)
    assert computed == pytest.approx(slow_power(dependence, slow, true, limit, judge), abs=1e-9)


def test_the_smallest_size_for_a_half_width_is_that_of_a_slow_search() -> None:
    dependence, true, width, power = BySubject(1, 0.2), 0.1, 0.06, 0.8

    def slow(n: int) -> float:
        starred = n * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, n - 1)) ** 2
        total = 0.0
        for count in range(n // 2 + 1):
            x = count * starred / n
            low = stats.beta.ppf(0.025, x, starred - x + 1) if count else 0.0
            if stats.beta.ppf(0.975, x + 1, starred - x) - low <= 2 * width:
                total += stats.binom.pmf(count, n, true)
        return total

    found = exact.smallest(dependence, true, power, exact.half_width_at_most(width, 0.025), JUDGE)
    assert found == next(n for n in range(20, 1000) if slow(n) >= power)


def test_without_errors_the_size_is_that_of_the_exact_bound() -> None:
    # (1-0.01)^n* <= 0.025 needs n* >= 367.04; n* = n (z/t)^2 with n-1 degrees of freedom.
    found = exact.smallest_without_errors(BySubject(1, 0.0), 0.003, exact.upper_at_most(0.01, 0.025), JUDGE)
    starred = [n * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, n - 1)) ** 2 for n in (found - 1, found)]  # type: ignore[operator]
    assert starred[0] < np.log(0.025) / np.log(0.99) <= starred[1]


def test_a_size_beyond_a_thousand_million_subjects_is_none() -> None:
    limit = exact.upper_at_most(1e-9, 0.025)
    assert exact.smallest(BySubject(1, 0.0), 1e-10, 0.9, limit, JUDGE) is None
    assert exact.smallest_without_errors(BySubject(1, 0.0), 1e-10, limit, JUDGE) is None
    assert exact.subjects_worth(BySubject(1, 0.0), 1e10, 0.1) is None


def test_a_size_with_thousands_of_errors_is_found_and_reaches_its_power() -> None:
    dependence, limit = BySubject(1, 0.0), exact.upper_at_most(0.1, 0.025)
    found = exact.smallest(dependence, 0.096, 0.9, limit, JUDGE)
    assert found is not None
    assert exact.power_of(dependence, found, 0.096, limit, JUDGE) >= 0.9
    assert found == pytest.approx((1.96 * 0.3 + 1.2816 * np.sqrt(0.096 * 0.904)) ** 2 / 0.004**2, rel=0.02)


def test_fewer_than_20_subjects_are_never_enough() -> None:
    assert exact.smallest(BySubject(1000, 0.0), 0.1, 0.5, exact.upper_at_most(0.4, 0.025), JUDGE) == 20


def test_systems_between_the_two_boundaries_are_the_undecided_ones() -> None:
    dependence = BySubject(1, 0.0)
    passes = exact.passes_up_to(dependence, 500, 0.05, 0.9, JUDGE)
    fails = exact.fails_from(dependence, 500, 0.05, 0.9, JUDGE)
    assert passes is not None
    assert fails is not None
    assert slow_power(dependence, 500, passes, 0.05, JUDGE) == pytest.approx(0.9, abs=1e-3)
    starred = 500 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 499)) ** 2
    above = [k for k in range(1, 100) if stats.beta.ppf(0.025, k * starred / 500, (1 - k / 500) * starred + 1) > 0.05]
    assert 1 - stats.binom.cdf(above[0] - 1, 500, fails) == pytest.approx(0.9, abs=1e-3)


def test_a_size_that_shows_nothing_has_no_system_that_passes() -> None:
    assert exact.passes_up_to(BySubject(1, 0.0), 50, 0.05, 0.9, JUDGE) is None


def test_simulated_tests_of_independent_trials_reach_the_power_promised() -> None:
    found = plan("FNMR<=6%", Aim(power=0.8), Assumed(samples=2)).needed
    assert found.subjects is not None
    assert found.power is not None
    seen = np.random.default_rng(3).random((1000, found.subjects)) < 0.02
    ends = [subject_exact.fnmr(ClusterCounts(row.astype(np.int64), np.ones_like(row, np.int64))).interval.high
            for row in seen]  # fmt: skip
    reached = np.mean(np.array(ends) <= 0.06)
    assert reached == pytest.approx(found.power, abs=3 * np.sqrt(0.8 * 0.2 / 1000))


def test_simulated_tests_of_dependent_trials_come_near_the_power_promised() -> None:
    rng, r, m, p = np.random.default_rng(4), 0.2, 6, 0.03
    found = plan("FNMR<=9%", Aim(power=0.9), Assumed(samples=4, correlation=r)).needed
    assert found.subjects is not None
    rates = rng.beta(p * (1 - r) / r, (1 - p) * (1 - r) / r, size=(400, found.subjects))
    seen = rng.binomial(m, rates)
    ends = [subject_exact.fnmr(ClusterCounts(row, np.full(len(row), m))).interval.high for row in seen]
    assert 0.84 <= np.mean(np.array(ends) <= 0.09) <= 0.97
