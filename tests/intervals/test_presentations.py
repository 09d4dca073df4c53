"""Intervals of presentations: instruments as trials, the worst of several species, sums of two rates."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.findings import Interval
from fr_bench.intervals import subject_exact
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.precision import Precision
from fr_bench.intervals.presentations import added, agreeing, at_target, by_unit, each_level, highest


def instruments(errors: list[int], times: int = 5, level: float = 0.95) -> Precision:
    counts = ClusterCounts(errors, [times] * len(errors))
    return by_unit(counts, None, level=level, unit="attack instrument")


@pytest.mark.parametrize(("each", "wrong"), [(0, 0), (5, 8)])
def test_where_all_presentations_went_alike_an_instrument_is_one_trial(each: int, wrong: int) -> None:
    found = instruments([each] * 8)
    expected = clopper_pearson(wrong, 8, 0.95)
    assert (found.interval.low, found.interval.high) == (expected.low, expected.high)
    assert (found.deff, found.effective, found.trials) == (5.0, 8.0, 40)


def test_where_errors_are_seen_it_is_the_interval_by_subject() -> None:
    counts = ClusterCounts([1, 0, 2, 0] * 10, [3] * 40)
    expected = subject_exact.fnmr(counts, unit="attack instrument")
    assert by_unit(counts, None, level=0.95, unit="attack instrument") == expected


def test_one_instrument_proves_nothing() -> None:
    assert (instruments([3]).interval.low, instruments([3]).interval.high) == (0.0, 1.0)


def test_the_worst_reaches_from_the_highest_lower_to_the_highest_upper_limit() -> None:
    level = each_level(0.95, 2)
    many, few = instruments([1] * 20 + [0] * 80, level=level), instruments([0] * 10, level=level)
    found = highest([few, many], 1, level=0.95)
    assert (found.interval.low, found.interval.high) == (many.interval.low, few.interval.high)
    assert (found.interval.level, found.errors, found.trials) == (0.95, 20, 500)
    assert "too_few_subjects" in found.labels
    assert "no_errors" not in found.labels


def test_the_worst_of_one_is_that_one() -> None:
    alone = instruments([1] * 20 + [0] * 80)
    assert highest([alone], 0, level=0.95) == alone


def test_limits_of_a_sum_are_added() -> None:
    found = added(Interval(0.1, 0.2, 0.975, "m", "a"), Interval(0.0, 0.3, 0.975, "m", "b"), level=0.95)
    assert (found.low, found.high, found.level, found.unit) == (0.1, 0.5, 0.95, "a, b")


def test_the_worst_species_is_covered_where_instruments_differ() -> None:
    rng, rates, covered = np.random.default_rng(1), (0.02, 0.05, 0.15), 0
    for _ in range(120):
        parts = [
            instruments(rng.binomial(5, rng.beta(4 * rate, 4 - 4 * rate, 40)).tolist(), level=each_level(0.95, 3))
            for rate in rates
        ]
        worst = max(range(3), key=lambda k: parts[k].rate)
        interval = highest(parts, worst, level=0.95).interval
        covered += interval.low <= max(rates) <= interval.high
    assert covered >= 114


@pytest.mark.parametrize("target", [0.01, 0.1, 0.5])
def test_rates_that_agree_with_a_target_are_those_whose_interval_ends_at_it(target: float) -> None:
    few, many = agreeing(target, 600.0, low=0.025, high=0.005)
    assert 0 < few < target < many < 1
    assert clopper_pearson(few * 600, 600, 0.95).high == pytest.approx(target, rel=1e-9)
    assert clopper_pearson(many * 600, 600, 0.99).low == pytest.approx(target, rel=1e-9)


def test_no_error_in_few_trials_contradicts_no_target() -> None:
    """(1 - 0.1)^35 is just above 0.025."""
    assert agreeing(0.1, 35, low=0.025, high=0.025)[0] < 0
    assert agreeing(0.1, 36, low=0.025, high=0.025)[0] >= 0
    assert agreeing(0.9, 36, low=0.025, high=0.025)[1] < 1
    assert agreeing(0.9, 35, low=0.025, high=0.025)[1] == 1
    assert agreeing(0.1, None, low=0.025, high=0.025) == (-1.0, 1.0)


def test_a_threshold_that_is_known_leaves_the_interval_as_it_is() -> None:
    here = instruments([1] * 20 + [0] * 80)
    found = at_target(here, here.rate, here.rate)
    assert (found.low, found.high) == pytest.approx((here.interval.low, here.interval.high), rel=1e-12)


def test_distances_of_rate_and_threshold_are_added_by_their_squares() -> None:
    here = instruments([1] * 20 + [0] * 80)
    found = at_target(here, here.rate - 0.01, here.rate + 0.03)
    below, above = here.rate - here.interval.low, here.interval.high - here.rate
    assert here.rate - found.low == pytest.approx((below**2 + 0.01**2) ** 0.5, rel=1e-12)
    assert found.high - here.rate == pytest.approx((above**2 + 0.03**2) ** 0.5, rel=1e-12)
    assert at_target(here, 0.0, 1.0).high == 1.0
