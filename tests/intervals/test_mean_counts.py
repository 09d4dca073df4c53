"""The interval of a mean count holds what it promises, and is never below zero."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.intervals.mean_counts import mean_count

COUNTS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), min_size=2, max_size=12)


@given(COUNTS)
def test_limits_enclose_the_mean_and_none_is_below_zero(rows: list[tuple[int, int]]) -> None:
    counts, trials = zip(*rows, strict=True)
    found = mean_count(counts, trials).interval
    assert 0 <= found.low <= sum(counts) / sum(trials) < found.high


def test_nothing_counted_is_an_upper_limit_of_as_many_trials_as_clusters() -> None:
    found = mean_count([0] * 50, [7] * 50)
    assert (found.interval.low, found.deff) == (0.0, None)
    assert found.interval.high == pytest.approx(-np.log(0.025) / 50)


def test_independent_counts_of_one_trial_each_have_garwoods_limits_at_the_t_of_their_number() -> None:
    from scipy.stats import chi2, norm, t

    counts = np.arange(400) % 2
    found = mean_count(counts, np.ones(400, np.int64))
    effective = 400 * (norm.ppf(0.975) / t.ppf(0.975, 399)) ** 2
    assert found.deff == 1.0
    wanted = chi2.ppf([0.025, 0.975], [effective, effective + 2]) / 2 / effective
    assert [found.interval.low, found.interval.high] == pytest.approx(wanted, rel=1e-9)


def test_one_cluster_is_no_sample() -> None:
    with pytest.raises(ValueError, match="1 clusters"):
        mean_count([3], [4])


@pytest.mark.parametrize(("mean", "shape", "least"), [(0.05, 4.0, 0.95), (1.0, 4.0, 0.92), (1.0, 0.5, 0.90)])
def test_coverage_of_searches_by_different_subjects(mean: float, shape: float, least: float) -> None:
    """Subjects who return more candidates than others, by gamma with a coefficient of variation of 0.5 and 1.4."""
    rng, held, times, n = np.random.default_rng(8), 0, 600, 50
    for _ in range(times):
        searches = rng.integers(1, 6, n)
        each = mean / 50 * rng.gamma(shape, 1 / shape, n)
        found = mean_count(rng.binomial(50 * searches, np.minimum(1, each)), searches).interval
        held += found.low <= mean <= found.high
    assert held / times >= least
