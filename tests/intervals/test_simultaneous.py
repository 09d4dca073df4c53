"""Limits of summaries of groups: against every corner of the box of limits, and against rates drawn inside it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.intervals import simultaneous
from fr_bench.intervals.simultaneous import Limits, gini_of, level_of_each

Rates = np.ndarray[tuple[int], np.dtype[np.float64]]
SUMMARIES: list[tuple[Callable[[list[float], list[float]], Limits], Callable[[Rates], float]]] = [
    (simultaneous.max_min_ratio, lambda x: float(x.max() / x.min())),
    (simultaneous.max_min_difference, lambda x: float(x.max() - x.min())),
    (simultaneous.max_mean_ratio, lambda x: float(x.max() / x.mean())),
    (simultaneous.max_geomean_ratio, lambda x: float(x.max() / math.exp(np.log(x).mean()))),
    (simultaneous.gini, gini_of),
]
NAMES = ["ratio", "difference", "mean", "geomean", "gini"]
BOXES = st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99)).map(sorted), min_size=2, max_size=5)


@pytest.mark.parametrize(("limits", "summary"), SUMMARIES, ids=NAMES)
@given(box=BOXES)
def test_highest_value_is_that_of_a_corner(
    limits: Callable[[list[float], list[float]], Limits], summary: Callable[[Rates], float], box: list[list[int]]
) -> None:
    low, high = [edge[0] / 100 for edge in box], [edge[1] / 100 for edge in box]
    corners = [summary(np.array(corner)) for corner in itertools.product(*zip(low, high, strict=True))]
    assert limits(low, high)[1] == pytest.approx(max(corners), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("limits", "summary"), SUMMARIES, ids=NAMES)
@given(box=BOXES, seed=st.integers(0, 10**6))
def test_no_rates_inside_lie_outside_the_limits(
    limits: Callable[[list[float], list[float]], Limits],
    summary: Callable[[Rates], float],
    box: list[list[int]],
    seed: int,
) -> None:
    low, high = np.array(box, dtype=float).T / 100
    inside = low + (high - low) * np.random.default_rng(seed).random((40, len(low)))
    least, most = limits(list(low), list(high))
    assert most is not None
    assert all(least - 1e-9 <= summary(rates) <= most + 1e-9 for rates in inside)


@pytest.mark.parametrize(("limits", "summary"), SUMMARIES, ids=NAMES)
@given(box=BOXES)
def test_lowest_value_is_attained(
    limits: Callable[[list[float], list[float]], Limits], summary: Callable[[Rates], float], box: list[list[int]]
) -> None:
    low, high = np.array(box, dtype=float).T / 100
    drawn_together = [np.clip(value, low, high) for value in np.concatenate([low, high])]
    assert limits(list(low), list(high))[0] == pytest.approx(min(map(summary, drawn_together)), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("limits", [simultaneous.max_min_ratio, simultaneous.max_geomean_ratio])
def test_a_rate_that_may_be_0_leaves_no_upper_limit(limits: Callable[[list[float], list[float]], Limits]) -> None:
    least, most = limits([0.0, 0.4], [0.1, 0.5])
    assert least > 1
    assert most is None


def test_a_rate_that_may_be_0_bounds_the_other_summaries() -> None:
    assert simultaneous.gini([0.0, 0.4], [0.1, 0.5]) == (pytest.approx(0.6), pytest.approx(1.0))
    assert simultaneous.max_mean_ratio([0.0, 0.4], [0.1, 0.5])[1] == pytest.approx(2.0)


def test_groups_without_an_error_may_be_equal() -> None:
    low, high = [0.0, 0.0, 0.0], [0.1, 0.3, 0.2]
    assert [limits(low, high)[0] for limits, _ in SUMMARIES] == [1, 0, 1, 1, 0]


def test_overlapping_groups_may_be_equal() -> None:
    low, high = [0.1, 0.15, 0.12], [0.2, 0.3, 0.16]
    assert [limits(low, high)[0] for limits, _ in SUMMARIES] == [1, 0, 1, 1, 0]


def test_all_intervals_hold_at_once_with_the_level_asked() -> None:
    assert level_of_each(0.95, 1) == pytest.approx(0.95)
    assert 10 * (1 - level_of_each(0.95, 10)) == pytest.approx(0.05)


@pytest.mark.parametrize("groups", [0, -1])
def test_no_groups_share_no_level(groups: int) -> None:
    with pytest.raises(ValueError, match=f"{groups} groups"):
        level_of_each(0.95, groups)


@pytest.mark.parametrize(("low", "high"), [([0.1], [0.2]), ([0.3, 0.1], [0.2, 0.2]), ([0.0, 0.0], [0.0, 0.1])])
def test_limits_that_are_none_are_refused(low: list[float], high: list[float]) -> None:
    with pytest.raises(ValueError, match="limit"):
        simultaneous.gini(low, high)


def test_the_extremes_of_two_groups_are_their_opposite_limits() -> None:
    low, high = [0.25, 0.5], [0.5, 1.0]
    assert simultaneous.max_min_ratio(low, high) == (1.0, 4.0)
    assert simultaneous.max_min_difference(low, high) == (0.0, 0.75)


@pytest.mark.parametrize("limits", [limits for limits, _ in SUMMARIES], ids=NAMES)
def test_no_summary_takes_limits_out_of_order(limits: Callable[[list[float], list[float]], Limits]) -> None:
    with pytest.raises(ValueError, match="of at least two groups"):
        limits([0.3, 0.1], [0.2, 0.2])


@pytest.mark.parametrize("limits", [simultaneous.max_mean_ratio, simultaneous.max_geomean_ratio])
def test_groups_that_may_be_equal_have_a_ratio_of_1_and_nothing_above(limits: Callable[..., Limits]) -> None:
    """By rounding alone the lower limit once lay above 1, so that equal rates were excluded."""
    rng = np.random.default_rng(5)
    for _ in range(200):
        low = rng.uniform(0.001, 0.3, 3)
        assert limits(low.tolist(), (low.max() + low).tolist())[0] == 1.0
