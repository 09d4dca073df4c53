"""Cllr and minCllr of draws, against the costs of comparisons repeated as often as they weigh."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fr_bench.intervals import likelihoods
from fr_bench.intervals.design import Listed
from fr_bench.intervals.draws import Drawn, weighed
from fr_bench.intervals.likelihoods import cllr_draws, cllr_influence, min_cllr_draws, steps
from fr_bench.intervals.tails import Mated, Tail
from fr_bench.intervals.weights import subject_bits, unpacked
from fr_bench.metrics.likelihood import cllr, min_cllr
from fr_bench.metrics.scores import SortedScores

SUBJECTS = 12
RNG = np.random.default_rng(5)
MATED = np.round(RNG.normal(1.5, 1.2, 40), 1)
OWNERS = np.concatenate([np.arange(SUBJECTS), RNG.integers(0, SUBJECTS, 28)])
FIRST = RNG.integers(0, SUBJECTS, 90)
SECOND = (FIRST + RNG.integers(1, SUBJECTS, 90)) % SUBJECTS
NONMATED = np.round(RNG.normal(-1.0, 1.2, 90), 1)


def drawn(weights: NDArray[np.float64], whole: bool = True) -> Drawn:
    design = Listed.of(FIRST.astype(np.int32), SECOND.astype(np.int32), subjects=SUBJECTS)
    tail, mated = Tail.of(NONMATED, FIRST, SECOND, design), Mated.of(MATED, OWNERS, people=SUBJECTS)
    return weighed(tail, mated, weights, draws=weights.shape[1], whole=whole)


def repeated(weights: NDArray[np.float64]) -> SortedScores:
    return SortedScores.from_arrays(
        np.repeat(MATED, weights[OWNERS].astype(int)),
        np.repeat(NONMATED, (weights[FIRST] * weights[SECOND]).astype(int)),
    )


def test_weights_of_one_give_the_costs_themselves() -> None:
    ones, scores = np.ones((SUBJECTS, 2)), SortedScores.from_arrays(MATED, NONMATED)
    assert cllr_draws(drawn(ones)) == pytest.approx([cllr(scores)] * 2, rel=1e-12)
    assert min_cllr_draws(drawn(ones)) == pytest.approx([min_cllr(scores)] * 2, rel=1e-12)


def test_bits_stand_for_weights_of_nothing_and_two() -> None:
    words = subject_bits([f"subject {k}" for k in range(SUBJECTS)], 40, 1)
    design = Listed.of(FIRST.astype(np.int32), SECOND.astype(np.int32), subjects=SUBJECTS)
    tail, mated = Tail.of(NONMATED, FIRST, SECOND, design), Mated.of(MATED, OWNERS, people=SUBJECTS)
    bits = weighed(tail, mated, words, draws=40, whole=True)
    assert cllr_draws(bits) == pytest.approx(cllr_draws(drawn(2.0 * unpacked(words, 40))), rel=1e-12)


def test_minimum_of_a_draw_is_that_of_comparisons_repeated() -> None:
    weights = np.random.default_rng(2).integers(0, 3, (SUBJECTS, 25)).astype(float)
    expected = [min_cllr(repeated(weights[:, k])) for k in range(25)]
    assert min_cllr_draws(drawn(weights)) == pytest.approx(expected, abs=1e-12)


def test_cost_of_a_draw_follows_that_of_comparisons_repeated() -> None:
    weights = np.random.default_rng(3).integers(1, 3, (SUBJECTS, 60)).astype(float)
    weights /= weights.mean(axis=0)
    exact = []
    for k in range(60):
        w, pairs = weights[OWNERS, k], weights[FIRST, k] * weights[SECOND, k]
        exact.append(
            (np.average(np.logaddexp(0, -MATED), weights=w) + np.average(np.logaddexp(0, NONMATED), weights=pairs))
            / (2 * np.log(2))
        )
    found = cllr_draws(drawn(weights, whole=False))
    assert np.corrcoef(found, exact)[0, 1] > 0.98
    assert found.std() == pytest.approx(np.std(exact), rel=0.15)


def test_influence_is_how_fast_the_cost_grows_with_the_weight_of_a_subject() -> None:
    def cost(weights: NDArray[np.float64]) -> float:
        of_mated = np.average(np.logaddexp(0, -MATED), weights=weights[OWNERS])
        of_nonmated = np.average(np.logaddexp(0, NONMATED), weights=weights[FIRST] * weights[SECOND])
        return float(of_mated + of_nonmated) / (2 * np.log(2))

    step = 1e-5
    slopes = [(cost(1 + step * unit) - cost(1 - step * unit)) / (2 * step) for unit in np.eye(SUBJECTS)]
    found = cllr_influence(drawn(np.ones((SUBJECTS, 1))))
    assert found == pytest.approx(slopes, abs=1e-8)
    assert found.sum() == pytest.approx(0, abs=1e-12)


def test_mated_scores_above_the_same_nonmated_ones_share_a_corner() -> None:
    design = Listed.of(np.array([0, 1]), np.array([1, 2]), subjects=3)
    tail = Tail.of([0.0, 2.5], [0, 1], [1, 2], design)
    mated = Mated.of([1.0, 2.0, 3.0, 3.0, 4.0], [0, 1, 2, 0, 1], people=3)
    # Accept-all, 1 and 3: three corners have three steps between them and reject-all.
    assert steps(weighed(tail, mated, np.ones((3, 1)), draws=1, whole=True)) == 3


def test_scores_below_a_floor_are_refused() -> None:
    design = Listed.of(FIRST.astype(np.int32), SECOND.astype(np.int32), subjects=SUBJECTS)
    kept = NONMATED >= 0
    tail = Tail.of(NONMATED[kept], FIRST[kept], SECOND[kept], design, floor=0.0)
    ones = np.ones((SUBJECTS, 1))
    cut = weighed(tail, Mated.of(MATED, OWNERS, people=SUBJECTS), ones, draws=1, whole=True)
    for statistic in (cllr_draws, cllr_influence, min_cllr_draws):
        with pytest.raises(ValueError, match="floor"):
            statistic(cut)


def test_up_to_a_number_of_steps_min_cllr_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = drawn(np.ones((SUBJECTS, 1)))
    monkeypatch.setattr(likelihoods, "MOST_STEPS", steps(found))
    assert min_cllr_draws(found).shape == (1,)
    monkeypatch.setattr(likelihoods, "MOST_STEPS", steps(found) - 1)
    with pytest.raises(ValueError, match="corners in 1 draws"):
        min_cllr_draws(found)
