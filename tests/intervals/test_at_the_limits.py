"""Arguments at the very edge of what an interval takes, where a rule changes over by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fr_bench.intervals import crossing, weights
from fr_bench.intervals.annex_b import annex_b
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.crossing import eer_draws
from fr_bench.intervals.design import AllPairs
from fr_bench.intervals.draws import draw, weighed
from fr_bench.intervals.from_draws import logit_t
from fr_bench.intervals.subject_exact import fnmr_from
from fr_bench.intervals.tails import Mated, Tail


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_annex_b_takes_no_level_of_nothing_or_of_certainty(level: float) -> None:
    with pytest.raises(ValueError, match="confidence level"):
        annex_b(cluster_variance(ClusterCounts([1, 0, 2], [4, 4, 4])), level)


def test_a_mated_score_at_the_floor_is_a_candidate_of_a_drawn_eer() -> None:
    first, second = np.array([0]), np.array([1])
    tail = Tail.of([0.9], first, second, AllPairs(np.array([2, 2])), floor=0.5)
    mated = Mated.of([0.5, 0.5, 0.6, 1.0], [0, 0, 1, 1], people=2)
    drawn = weighed(tail, mated, np.ones((2, 1)), draws=1, whole=True)
    assert eer_draws(drawn).tolist() == [1 / 8]  # at the floor: no false non-match, 1 false match of 4


def test_the_least_random_number_is_above_zero() -> None:
    assert 0 < weights._uniform(np.zeros(1, dtype=np.uint64))[0] < 2.0**-53


def test_one_draw_of_seed_zero_can_be_asked_for() -> None:
    assert weights.weights("multinomial", ["a", "b"], 1, 0).shape == (2, 1)


@pytest.mark.parametrize(("draws", "seed"), [(0, 1), (1, -1)])
def test_no_draws_and_no_negative_seed(draws: int, seed: int) -> None:
    with pytest.raises(ValueError, match="draws with seed"):
        weights.weights("multinomial", ["a", "b"], draws, seed)


def test_a_curve_measure_of_no_mated_comparison_has_no_interval() -> None:
    with pytest.raises(ValueError, match="0 mated comparisons"):
        logit_t(0.5, [0.4, 0.6], trials=0, subjects=10)
    assert logit_t(0.5, [0.4, 0.6], trials=1, subjects=10).low < 0.5


def test_zero_of_either_sign_is_one_score_of_a_tail() -> None:
    tail = Tail.of([0.0, -0.0], np.array([0, 0]), np.array([1, 1]), AllPairs(np.array([2, 1])))
    assert not np.signbit(tail.keys).any()


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, 1.5])
def test_an_interval_of_nothing_or_of_certainty_is_a_callers_bug(level: float) -> None:
    own = cluster_variance(ClusterCounts([1, 0, 2], [4, 4, 4]))
    with pytest.raises(ValueError, match="confidence level"):
        fnmr_from(own, level=level)


def test_the_largest_random_number_is_below_one() -> None:
    assert weights._uniform(np.array([2**64 - 1], dtype=np.uint64)).tolist() == [1 - 2.0**-53]


@pytest.mark.parametrize("subjects", [1, 2, 3, 5, 7, 1000, 10**6 - 1])
def test_no_random_number_takes_a_subject_behind_the_last(subjects: int) -> None:
    largest = weights._uniform(np.array([2**64 - 1], dtype=np.uint64))
    assert (largest * subjects).astype(int).tolist() == [subjects - 1]


@pytest.mark.parametrize(("given", "held"), [("f4", "f4"), ("f8", "f8"), ("f2", "f8"), ("i8", "f8")])
def test_scores_to_be_drawn_are_held_as_given_or_as_float64(given: str, held: str) -> None:
    scores = np.array([3, 1]).astype(given)
    tail = Tail.of(scores, np.array([0, 0]), np.array([1, 1]), AllPairs(np.array([2, 1])))
    assert tail.keys.dtype == Mated.of(scores, [0, 1], people=2).scores.dtype == np.dtype(held)


@pytest.mark.parametrize(("nonmated", "kind"), [(2**31, np.int64), (2**31 + 1, object)])
def test_weights_whose_products_may_pass_64_bits_are_pythons(nonmated: int, kind: type) -> None:
    """Twice 2^31 nonmated times 2^30 mated comparisons is 2^62."""
    tail = Tail.of([0.9], np.array([0]), np.array([1]), AllPairs([1, 1]))
    few = draw(tail, Mated.of([0.7, 0.8], [0, 1], people=2), ["a", "b"], draws=2, seed=1)
    drawn = replace(few, nonmated=np.array([1, nonmated]), mated=np.array([2**30, 1]))
    assert crossing._exact(np.array([1, 2]), drawn).dtype == kind
    assert crossing._exact(np.array([1.0, 2.0]), drawn).dtype == np.float64
