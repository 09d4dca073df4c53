"""How often swapping then and now makes so many more errors: against every swap written out."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.intervals import swaps
from fr_bench.intervals.dyads import PairErrors
from fr_bench.intervals.swaps import by_chance, pairs_by_chance

NONE = PairErrors.of([], [])


@given(st.lists(st.integers(-5, 5), max_size=8))
def test_every_swap_is_as_likely_and_half_of_the_ties_count(changes: list[int]) -> None:
    sums = [sum(s * d for s, d in zip(signs, changes, strict=True))
            for signs in itertools.product((1, -1), repeat=len(changes))]  # fmt: skip
    more, as_many = (sum(test(one) for one in sums) for test in (sum(changes).__lt__, sum(changes).__eq__))
    assert by_chance(changes) == Fraction(2 * more + as_many, 2 * len(sums))


def test_a_share_is_at_most_one_where_hardly_any_swap_is_better() -> None:
    rng = np.random.default_rng(1)
    found = [by_chance(-rng.integers(0, 9, 120)) for _ in range(100)]
    assert all(chance is not None and 0.999 < chance <= 1 for chance in found)
    assert 1.0 in found


def test_errors_of_then_count_against_those_of_now() -> None:
    """One error less: chance makes it so, or better, in both swaps, the one seen by half."""
    one = PairErrors.of([0], [1])
    assert pairs_by_chance(one, NONE) == 0.75
    assert pairs_by_chance(NONE, one) == 0.25
    assert pairs_by_chance(one, one) == 0.5


def test_a_pair_is_swapped_with_all_its_errors_at_once() -> None:
    together, apart = PairErrors.of([0, 0], [1, 1]), PairErrors.of([0, 0], [1, 2])
    assert pairs_by_chance(NONE, together) == 0.25
    assert pairs_by_chance(NONE, apart) == 0.125


def test_too_many_changes_are_not_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swaps, "MOST_CHANGES", 3)
    assert by_chance([1, -1, 1]) == 0.3125
    assert by_chance([1, -1, 1, 1]) is None


def test_errors_without_their_pair_are_a_callers_bug() -> None:
    with pytest.raises(ValueError, match="same shape"):
        pairs_by_chance(NONE, PairErrors(np.array([0]), np.array([1]), np.array([1, 2])))


def test_a_million_changes_are_worked_out() -> None:
    assert by_chance([10**6]) == 0.25
    assert by_chance([10**6 + 1]) is None
