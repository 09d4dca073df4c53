"""The interval of a weighted sum of two rates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.intervals.weighed import Part, weighed_sum

RATES = st.tuples(*[st.floats(0, 1)] * 3).map(sorted)
WEIGHTS = st.floats(0.01, 100)


def test_by_hand_without_correlation() -> None:
    found = weighed_sum(
        Part(1.0, 0.10, 0.07, 0.14), Part(2.0, 0.05, 0.03, 0.065), correlation=0.0, level=0.95, unit="subject"
    )
    assert found.low == pytest.approx(0.20 - 0.05, rel=1e-12)  # 3, 4, 5
    assert found.high == pytest.approx(0.20 + 0.05, rel=1e-12)


def test_certain_part_leaves_the_interval_of_the_other() -> None:
    found = weighed_sum(Part(2.0, 0.1, 0.05, 0.2), Part(1.0, 0.3, 0.3, 0.3), correlation=0.5, level=0.9, unit="subject")
    assert (found.low, found.high) == (pytest.approx(0.4), pytest.approx(0.7))


@given(RATES, RATES, WEIGHTS, WEIGHTS, st.floats(-1, 1))
def test_interval_holds_the_sum_and_lies_within_what_is_possible(
    a: list[float], b: list[float], first: float, second: float, correlation: float
) -> None:
    parts = Part(first, a[1], a[0], a[2]), Part(second, b[1], b[0], b[2])
    found = weighed_sum(*parts, correlation=correlation, level=0.95, unit="subject")
    value = first * a[1] + second * b[1]
    assert 0 <= found.low <= value <= found.high <= max(value, first + second)


@given(RATES, RATES)
def test_more_correlation_never_narrows(a: list[float], b: list[float]) -> None:
    parts = Part(1.0, a[1], a[0], a[2]), Part(1.0, b[1], b[0], b[2])
    loose, tight = (weighed_sum(*parts, correlation=c, level=0.95, unit="subject") for c in (0.8, 0.1))
    assert loose.low <= tight.low + 1e-12
    assert tight.high <= loose.high + 1e-12


def test_negative_correlation_is_not_trusted_to_narrow() -> None:
    part = Part(0.5, 0.1, 0.05, 0.2)
    assert weighed_sum(part, part, correlation=-1.0, level=0.95, unit="subject") == weighed_sum(
        part, part, correlation=0.0, level=0.95, unit="subject"
    )


def test_no_correlation_is_more_than_whole() -> None:
    part = Part(0.5, 0.1, 0.05, 0.2)
    assert weighed_sum(part, part, correlation=1.5, level=0.95, unit="subject") == weighed_sum(
        part, part, correlation=1.0, level=0.95, unit="subject"
    )
