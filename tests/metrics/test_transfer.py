"""Thresholds set on one set and judged on another, and how sure a chosen threshold is."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.findings import Proportion
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.threshold_limits import threshold_limits
from fr_bench.metrics.transfer import set_thresholds, transfer
from fr_bench.records import Rest

DEV = SortedScores.from_arrays([0.9, 0.8, 0.2], [0.1, 0.3, 0.5, 0.7, 0.85])
EVAL = SortedScores.from_arrays([0.7, 0.8, 0.95], [0.1, 0.8, 0.9, 0.2])


def test_threshold_of_the_development_set_is_counted_on_the_other() -> None:
    point = set_thresholds(DEV, [("FMR=0.2", Fraction(1, 5))], at_eer=False)[0]
    found = transfer(point, EVAL)
    assert (point.threshold, point.fmr) == (0.8, Proportion(1, 5))
    assert (found.fmr, found.fnmr) == (Proportion(2, 4), Proportion(1, 3))


def test_target_that_the_development_set_cannot_hold_has_no_threshold_and_a_reason() -> None:
    point = set_thresholds(DEV, [("FMR=0.01", Fraction(1, 100))], at_eer=False)[0]
    assert point.threshold is None
    assert "needs 100" in point.reason
    with pytest.raises(NotMeasurable) as missing:
        transfer(point, EVAL)
    assert missing.value.code == "no_threshold"


def test_thresholds_judged_on_their_own_set_hold_their_target() -> None:
    for point in set_thresholds(DEV, [(f"FMR={k}/5", Fraction(k, 5)) for k in (1, 2, 3)], at_eer=False):
        assert point.target is not None
        assert Fraction(transfer(point, DEV).fmr.fraction or 0) <= point.target


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_limits_are_where_the_rate_passes_the_ends_of_its_interval(nonmated: list[int], a: float, b: float) -> None:
    low, high = sorted((a, b))
    scores = SortedScores.from_arrays(np.array([25.0]), np.array(nonmated, dtype=float))
    found = threshold_limits(scores, low, high)
    candidates = sorted({25.0, *map(float, nonmated)})
    assert found.low == next(t for t in candidates if scores.false_matches(t).errors <= int(high * len(nonmated)))
    if int(low * len(nonmated)):
        assert found.high == next(t for t in candidates if scores.false_matches(t).errors <= int(low * len(nonmated)))
    else:
        assert found.high is None


def test_limit_below_the_floor_is_none() -> None:
    scores = SortedScores(
        mated=np.array([0.9]), nonmated=np.array([0.6, 0.7]), nonmated_total=10, floor=0.5, rest=Rest(count=8)
    )
    assert threshold_limits(scores, 0.1, 0.5).low is None
    assert threshold_limits(scores, 0.1, 0.5).high == 0.7


def test_without_nonmated_comparisons_there_are_no_limits() -> None:
    with pytest.raises(NotMeasurable) as missing:
        threshold_limits(SortedScores.from_arrays([0.9], []), 0.1, 0.5)
    assert missing.value.code == "empty_nonmated"


def test_interval_of_the_threshold_holds_that_of_the_population() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        scores = SortedScores.from_arrays([9.0], rng.normal(size=2000))
        limits = threshold_limits(scores, 0.0368, 0.0655)  # exact 99 % interval of 100 of 2,000
        assert limits.low is not None
        assert limits.high is not None
        held += float(limits.low) <= 1.6449 <= float(limits.high)
    assert held >= 192


@pytest.mark.parametrize(("low", "high"), [(0.5, 1.5), (-0.5, 0.5), (0.6, 0.5)])
def test_limits_of_an_fmr_that_is_none_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="an FMR between"):
        threshold_limits(SortedScores.from_arrays([0.9], [0.1, 0.2]), low, high)
