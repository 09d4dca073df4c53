"""The variance of an FMR against the sum over all pairs of comparisons, and against cases worked by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import AllPairs, Crossed, Design, Listed
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from tests.intervals import oracle

SMALL = st.lists(st.integers(0, 2), min_size=2, max_size=6)


def false_matches(comparisons: list[oracle.Nonmated]) -> PairErrors:
    wrong = [(a, b) for a, b, mistaken in comparisons if mistaken]
    return PairErrors.of([a for a, _ in wrong], [b for _, b in wrong])


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[Design, list[oracle.Nonmated]]:
    """A small test: its design, and every comparison with its outcome."""
    samples = draw(SMALL)
    kind = draw(st.sampled_from(["all", "crossed", "listed"]))
    probes = draw(st.lists(st.integers(0, 2), min_size=len(samples), max_size=len(samples)))
    made = oracle.all_pairs(samples) if kind == "all" else oracle.crossed(samples, probes)
    assume(made)
    design: Design = AllPairs(samples) if kind == "all" else Crossed(samples, probes)
    if kind == "listed":
        made = draw(st.lists(st.sampled_from(made), min_size=1, max_size=25))
        design = Listed.of([a for a, _ in made], [b for _, b in made], subjects=len(samples))
    wrong = draw(st.lists(st.booleans(), min_size=len(made), max_size=len(made)))
    return design, [(a, b, mistaken) for (a, b), mistaken in zip(made, wrong, strict=True)]


def near(value: float, expected: Fraction) -> bool:
    return math.isclose(value, float(expected), rel_tol=1e-15, abs_tol=0.0)


@given(outcomes())
def test_the_plug_in_is_the_sum_over_comparisons_that_share_a_subject(
    case: tuple[Design, list[oracle.Nonmated]],
) -> None:
    design, comparisons = case
    found = dyadic_variance(design, false_matches(comparisons))
    assert near(found.plug_in, oracle.covariance(comparisons, sharing=1))
    assert near(found.floor, oracle.covariance(comparisons, sharing=2))


@given(outcomes())
def test_the_variance_makes_up_for_few_subjects_and_keeps_above_its_floor(
    case: tuple[Design, list[oracle.Nonmated]],
) -> None:
    design, comparisons = case
    found = dyadic_variance(design, false_matches(comparisons))
    assert near(found.variance, oracle.dyadic_variance(comparisons))
    assert found.variance >= found.floor


@given(outcomes())
def test_the_design_effect_is_the_variance_over_that_of_independent_comparisons(
    case: tuple[Design, list[oracle.Nonmated]],
) -> None:
    design, comparisons = case
    found = dyadic_variance(design, false_matches(comparisons))
    p = oracle.rate([wrong for *_, wrong in comparisons])
    if 0 < p < 1:
        expected = max(Fraction(1), oracle.dyadic_variance(comparisons) * len(comparisons) / (p * (1 - p)))
        assert math.isclose(found.deff, float(expected), rel_tol=1e-12)
    else:
        assert found.deff == 1
        assert not found.shown


@given(outcomes())
def test_carry_counts_the_subjects_that_carry_the_variance(case: tuple[Design, list[oracle.Nonmated]]) -> None:
    design, comparisons = case
    found = dyadic_variance(design, false_matches(comparisons))
    assert math.isclose(found.carry, float(oracle.carry(comparisons)), rel_tol=1e-12)


@given(outcomes(), st.randoms(use_true_random=False))
def test_the_numbers_of_subjects_change_no_bit(case: tuple[Design, list[oracle.Nonmated]], random: Random) -> None:
    design, comparisons = case
    renamed = list(range(design.subjects))
    random.shuffle(renamed)
    moved = [(renamed[b], renamed[a], wrong) for a, b, wrong in reversed(comparisons)]
    listed = Listed.of([a for a, *_ in moved], [b for _, b, _ in moved], subjects=design.subjects)
    assert dyadic_variance(listed, false_matches(moved)) == dyadic_variance(design, false_matches(comparisons))


def test_one_wolf_among_four() -> None:
    """p = 1/2; R = 3/2 and three times -1/2: sum R^2 = 3; every g^2 = 1/4: S2 = 3/2; C = 0, so V = S2/36."""
    found = dyadic_variance(AllPairs([1] * 4), PairErrors.of([0, 0, 0], [1, 2, 3]))
    assert found == Dependence(
        errors=3,
        trials=6,
        units=4,
        variance=1 / 24,
        plug_in=1 / 24,
        floor=1 / 24,
        carry=found.carry,
        sum_r2=3.0,
        s2=1.5,
        apiece=2,
    )
    assert found.carry == pytest.approx(9 / (81 / 16 + 3 / 16))


def test_one_wolf_among_six() -> None:
    """p = 1/3; R = 10/3 and five times -2/3: sum R^2 = 40/3; S2 = 10/3; C = 20/3; kappa = 30/16."""
    found = dyadic_variance(AllPairs([1] * 6), PairErrors.of([0] * 5, [1, 2, 3, 4, 5]))
    assert found.sum_r2 == pytest.approx(40 / 3, rel=1e-15)
    assert found.s2 == pytest.approx(10 / 3, rel=1e-15)
    assert found.variance == pytest.approx((30 / 16 * 20 / 3 + 10 / 3) / 225, rel=1e-15)
    assert found.deff == pytest.approx((30 / 16 * 20 / 3 + 10 / 3) / 225 * 15 / (2 / 9), rel=1e-14)


def test_two_subjects_are_one_pair_and_say_nothing() -> None:
    found = dyadic_variance(AllPairs([2, 2]), PairErrors.of([0, 0], [1, 1]))
    assert (found.variance, found.plug_in, found.units) == (0, 0, 2)
    assert found.single


def test_subjects_that_were_not_compared_are_not_counted() -> None:
    found = dyadic_variance(AllPairs([1, 0, 1, 1, 0]), PairErrors.of([0], [2]))
    assert found.units == 3
    assert found.disjoint == 1


def test_negative_covariance_falls_to_the_floor() -> None:
    """Three subjects, one false match: R = (1/3, 1/3, -2/3), sum R^2 = S2 = 2/3, C = -2/3."""
    found = dyadic_variance(AllPairs([1, 1, 1]), PairErrors.of([0], [1]))
    assert found.plug_in == 0
    assert found.variance == found.floor == pytest.approx(2 / 27, rel=1e-15)


def test_the_cost_grows_with_subjects_and_false_matches_alone() -> None:
    """A billion comparisons of 20,000 subjects, as a matrix 3 GB, in an instant."""
    rng = np.random.default_rng(8)
    first = rng.integers(0, 10_000, 5_000)
    found = dyadic_variance(AllPairs(np.full(20_000, 3)), PairErrors.of(first, first + rng.integers(1, 10_000, 5_000)))
    assert found.trials == 9 * 20_000 * 19_999 // 2
    assert found.deff >= 1


def test_false_matches_are_counted_by_pair_in_either_order() -> None:
    found = PairErrors.of([5, 2, 2], [2, 5, 3])
    assert (found.first.tolist(), found.second.tolist(), found.errors.tolist()) == ([2, 2], [3, 5], [1, 2])
    assert found.total == 3
    assert PairErrors.of([], []).total == 0


@pytest.mark.parametrize(
    ("design", "pairs", "said"),
    [
        (AllPairs([3]), ([], []), "no nonmated comparison was made"),
        (AllPairs([1, 1]), ([0, 0], [1, 1]), "1 pairs with more false matches than comparisons"),
        (Listed.of([0], [1], subjects=3), ([0], [2]), "1 pairs with more false matches than comparisons"),
        (AllPairs([1, 1]), ([0], [2]), "a false match of subject 2 of 2 subjects"),
    ],
)
def test_counts_that_contradict_each_other_are_refused(
    design: Design, pairs: tuple[list[int], list[int]], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        dyadic_variance(design, PairErrors.of(*pairs))


def test_a_false_match_with_oneself_is_refused() -> None:
    with pytest.raises(ValueError, match="1 nonmated comparisons of a subject with itself"):
        PairErrors.of([1, 2], [1, 3])
