"""Tests of "no difference" against their slow definitions and the laws that they keep."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.intervals.significance import holm, mcnemar, sign_flip

COUNT = st.integers(0, 60)
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)
DIFFERENCES = st.lists(st.integers(-4, 4), min_size=1, max_size=12)


@given(COUNT, COUNT)
def test_mcnemar_is_symmetric_and_a_probability(b: int, c: int) -> None:
    found = mcnemar(b, c)
    assert found == mcnemar(c, b)
    assert 0 < found.mid <= found.exact <= 1


@pytest.mark.parametrize(("b", "c"), [(490, 560), (0, 1001), (700, 700), (3000, 3300)])
def test_mcnemar_of_many_is_the_binomial_test(b: int, c: int) -> None:
    from scipy.stats import binomtest

    assert mcnemar(b, c).exact == pytest.approx(binomtest(b, b + c, 0.5).pvalue, rel=1e-10)


def test_mcnemar_of_many_goes_on_where_whole_numbers_end() -> None:
    counted, approximated = mcnemar(480, 520), mcnemar(481, 520)
    assert counted.exact == pytest.approx(approximated.exact, rel=0.1)
    assert counted.mid < counted.exact
    assert approximated.mid < approximated.exact


def test_no_p_value_is_zero_however_many_speak_against_it() -> None:
    assert mcnemar(0, 10**6).exact > 0
    assert mcnemar(0, 10**6).mid > 0


@pytest.mark.parametrize("counts", [(-1, 3), (3, -1)])
def test_counts_below_zero_are_a_callers_bug(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="discordant"):
        mcnemar(*counts)


@given(P_VALUES)
def test_holm_lies_between_raw_and_bonferroni(p: list[float]) -> None:
    for raw, adjusted in zip(p, holm(p), strict=True):
        assert raw <= adjusted <= min(1.0, len(p) * raw)


@given(P_VALUES)
def test_holm_keeps_the_order(p: list[float]) -> None:
    adjusted = holm(p)
    for one, other in itertools.combinations(range(len(p)), 2):
        if p[one] < p[other]:
            assert adjusted[one] <= adjusted[other]
        if p[one] == p[other]:
            assert adjusted[one] == adjusted[other]


@given(P_VALUES.flatmap(lambda p: st.tuples(st.just(p), st.permutations(range(len(p))))))
def test_holm_does_not_depend_on_the_order_given(drawn: tuple[list[float], list[int]]) -> None:
    p, order = drawn
    whole = holm(p)
    assert holm([p[k] for k in order]) == tuple(whole[k] for k in order)


def test_holm_of_one_test_and_of_none() -> None:
    assert holm([0.03]) == (0.03,)
    assert holm([]) == ()


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_holm_refuses_what_is_no_probability(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, p])


@given(DIFFERENCES)
def test_few_subjects_have_all_their_flips_counted(differences: list[int]) -> None:
    observed = abs(sum(differences))
    sums = [
        sum(s * d for s, d in zip(signs, differences, strict=True))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    assert sign_flip(differences) == sum(abs(total) >= observed for total in sums) / len(sums)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_sign_flip_knows_neither_order_nor_which_system_is_first(differences: list[int], shuffler: Any) -> None:
    p = sign_flip(differences, flips=199)
    shuffled = [-d for d in differences]
    shuffler.shuffle(shuffled)
    assert sign_flip(shuffled, flips=199) == p
    assert 0 < p <= 1


def test_many_subjects_have_seeded_flips_near_the_exact_share() -> None:
    # 30 subjects, each with one error more or less: the sum is binomial.
    differences = [1] * 20 + [-1] * 10
    exact = mcnemar(20, 10).exact
    p = sign_flip(differences, seed=1)
    assert p == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 9_999))
    assert p == sign_flip(differences, seed=1)
    assert p != sign_flip(differences, seed=2)


@pytest.mark.parametrize("subjects", [17, 64, 65, 128, 129, 200])
def test_every_one_of_many_subjects_is_swapped_by_itself(subjects: int) -> None:
    """One error more on each of six subjects in ten: however many there are, the sum of swaps is binomial."""
    more = -(-6 * subjects // 10)
    exact = mcnemar(more, subjects - more).exact
    p = sign_flip([1] * more + [-1] * (subjects - more), seed=1)
    assert p == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 9_999))


@pytest.mark.parametrize("flips", [1, 511, 512, 513, 9_999])
def test_every_random_swap_is_tried(flips: int) -> None:
    # As many errors more as fewer: no swap brings the sum nearer to 0, so that all of them are counted.
    assert sign_flip([1, -1] * 10, flips=flips) == 1.0


def test_without_another_seed_swaps_are_those_of_seed_0() -> None:
    differences = [1] * 20 + [-1] * 10
    assert sign_flip(differences) == sign_flip(differences, seed=0) != sign_flip(differences, seed=1)


def test_seeded_flips_never_give_zero() -> None:
    assert sign_flip([1] * 100) == pytest.approx(1e-4)


def test_subjects_without_a_difference_change_nothing() -> None:
    differences = [2, -1, 3, 1] * 6
    assert sign_flip(differences + [0] * 1000, seed=3) == sign_flip(differences, seed=3)


def test_no_difference_at_all_gives_one() -> None:
    assert sign_flip(np.zeros(50, np.int64)) == 1.0
    assert sign_flip([]) == 1.0


def test_flips_are_the_same_on_every_machine() -> None:
    assert sign_flip([1] * 12 + [-1] * 7, flips=9_999, seed=20260101) == 0.3618


@pytest.mark.parametrize("differences", [[0.5, 1.0], [[1, 2]]])
def test_differences_are_a_row_of_whole_numbers(differences: Any) -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        sign_flip(differences)


def test_at_least_one_flip_is_asked_for() -> None:
    with pytest.raises(ValueError, match="0 flips"):
        sign_flip([1], flips=0)


def test_one_swap_is_the_fewest_that_can_be_tried() -> None:
    assert sign_flip([1] * 40, flips=1) in (0.5, 1.0)
    with pytest.raises(ValueError, match="0 flips"):
        sign_flip([1] * 40, flips=0)
