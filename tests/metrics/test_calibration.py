"""Calibration to likelihood ratios: what is learnt is what the models say, and what cannot be learnt is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fr_bench.metrics.calibration import affine, pav
from fr_bench.metrics.likelihood import cllr, min_cllr
from fr_bench.metrics.scores import NotMeasurable, SortedScores

RNG = np.random.default_rng(4)
MATED, NONMATED = RNG.normal(2, 1, 4000), RNG.normal(0, 1, 8000)
SAMPLES = st.lists(st.integers(-5, 5), min_size=10, max_size=30)


def test_two_equal_normals_give_the_slope_and_offset_of_their_ratio() -> None:
    found = affine(MATED, NONMATED)  # llr = 2 s - 2
    assert found.weights[0] == pytest.approx(2, abs=0.1)
    assert found.offset == pytest.approx(-2, abs=0.1)


@pytest.mark.parametrize("prior", [0.01, 0.5, 0.9])
def test_derivative_of_the_weighed_cost_is_zero(prior: float) -> None:
    found = affine(MATED[:300], NONMATED[:500], prior=prior)
    shift = math.log(prior / (1 - prior))
    of_mated, of_nonmated = (1 / (1 + np.exp(-found(v) - shift)) for v in (MATED[:300], NONMATED[:500]))
    assert prior * (1 - of_mated).mean() == pytest.approx((1 - prior) * of_nonmated.mean(), abs=1e-6)
    gradient = prior * ((1 - of_mated) * MATED[:300]).mean() - (1 - prior) * (of_nonmated * NONMATED[:500]).mean()
    assert gradient == pytest.approx(0, abs=1e-5)


def test_numbers_of_both_classes_do_not_move_the_map() -> None:
    first, again = affine(MATED[:200], NONMATED[:300]), affine(np.repeat(MATED[:200], 7), NONMATED[:300])
    assert again.weights == pytest.approx(first.weights, rel=1e-5)
    assert again.offset == pytest.approx(first.offset, rel=1e-5)


def test_affine_map_changes_no_ranks() -> None:
    found = affine(MATED[:200], NONMATED[:300])
    assert np.array_equal(np.argsort(found(MATED)), np.argsort(MATED))


def test_calibration_lowers_the_cost_on_other_scores_towards_its_minimum() -> None:
    found = affine(MATED[:2000], NONMATED[:4000])
    raw = SortedScores.from_arrays(MATED[2000:], NONMATED[4000:])
    calibrated = SortedScores.from_arrays(found(MATED[2000:]), found(NONMATED[4000:]))
    assert min_cllr(calibrated) == pytest.approx(min_cllr(raw), abs=1e-12)
    assert cllr(raw) > cllr(calibrated) + 0.1
    assert cllr(calibrated) < min_cllr(raw) + 0.01


@given(SAMPLES, SAMPLES)
@settings(max_examples=60, deadline=None)
def test_steps_rise_and_are_finite(mated: list[int], nonmated: list[int]) -> None:
    assume(len({*mated, *nonmated}) > 1)
    found = pav(mated, nonmated)
    assert (np.diff(found.llr) > 0).all()
    assert np.isfinite(found.llr).all()
    assert (np.diff(found(np.linspace(-9, 9, 50))) >= 0).all()


def test_steps_cost_nearly_the_minimum_on_the_scores_they_were_learnt_on() -> None:
    found = pav(MATED, NONMATED)
    cost = cllr(SortedScores.from_arrays(found(MATED), found(NONMATED)))
    least = min_cllr(SortedScores.from_arrays(MATED, NONMATED))
    assert least <= cost <= least + 0.002


def test_several_systems_weigh_as_they_inform() -> None:
    rng = np.random.default_rng(8)
    mated, nonmated = rng.normal([2, 0], 1, (3000, 2)), rng.normal(0, 1, (3000, 2))
    found = affine(mated, nonmated)
    assert found.weights[0] == pytest.approx(2, abs=0.15)
    assert found.weights[1] == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("mated", "nonmated", "code"),
    [
        ([1.0] * 9, [0.0, 2.0] * 9, "too_few_to_train"),
        ([1.0] * 10, [1.0] * 10, "constant_scores"),
        ([float("inf")] * 10, [1.0, 2.0] * 10, "infinite_score"),
        ([2.0, 3.0] * 10, [0.0, 1.0] * 10, "separable"),
    ],
)
def test_what_teaches_nothing_is_refused_by_name(mated: list[float], nonmated: list[float], code: str) -> None:
    with pytest.raises(NotMeasurable) as missing:
        affine(mated, nonmated)
    assert missing.value.code == code


def test_infinite_scores_of_both_classes_are_counted_together() -> None:
    with pytest.raises(NotMeasurable, match=r"^2 scores to train on are infinite"):
        affine([*np.linspace(0, 1, 100), np.inf], [*np.linspace(-1, 0.5, 100), -np.inf])


@pytest.mark.parametrize("prior", [-0.5, 0.0, 1.0, 1.5])
def test_a_prior_of_certainty_teaches_nothing(prior: float) -> None:
    with pytest.raises(ValueError, match=f"prior {prior}"):
        affine([1.0, 3.0] * 10, [0.0, 2.0] * 10, prior=prior)


def test_classes_scored_by_unequal_numbers_of_systems_are_a_callers_bug() -> None:
    with pytest.raises(ValueError, match=r"shapes \(20, 1\) and \(10, 2\)"):
        affine([1.0, 3.0] * 10, [[0.0, 2.0]] * 10)


def test_classes_that_meet_in_one_score_say_how_steep_the_map_is() -> None:
    assert 0 < affine([1.0, 2.0] * 10, [0.0, 1.0] * 10).weights[0] < np.inf
    with pytest.raises(NotMeasurable, match="higher than every nonmated one"):
        affine([1.1, 2.0] * 10, [0.0, 1.0] * 10)
