"""Cllr and minCllr against sums by hand, a slow pool of adjacent violators in fractions, and quadratures."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fr_bench.measuring import measure
from fr_bench.metrics.likelihood import cllr, min_cllr, pools
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.pipeline import from_arrays
from fr_bench.records import Rest

SAMPLES = st.lists(st.integers(0, 9) | st.sampled_from([float("inf"), float("-inf")]), min_size=1, max_size=12)
MODELS = [
    model
    for model in json.loads(
        (Path(__file__).parent.parent / "conformance" / "closed_forms.json").read_text(encoding="utf-8")
    )["models"]
    if "cllr_of_true_llr" in model
]


def slow_pools(mated: list[float], nonmated: list[float]) -> list[tuple[int, int]]:
    """Pool adjacent violators, from its definition: groups of ties, pooled while a share does not rise."""
    found: list[tuple[int, int]] = []
    for score in sorted({*mated, *nonmated}):
        found.append((mated.count(score), nonmated.count(score)))
        while len(found) > 1 and Fraction(found[-2][0], sum(found[-2])) >= Fraction(found[-1][0], sum(found[-1])):
            last, before = found.pop(), found.pop()
            found.append((last[0] + before[0], last[1] + before[1]))
    return found


def slow_min_cllr(mated: list[float], nonmated: list[float]) -> float:
    total_m, total_n, cost = len(mated), len(nonmated), 0.0
    for m, n in slow_pools(mated, nonmated):
        if m and n:
            llr = math.log(m / n) - math.log(total_m / total_n)
            cost += m / total_m * math.log2(1 + math.exp(-llr)) + n / total_n * math.log2(1 + math.exp(llr))
    return cost / 2


def test_cost_by_hand() -> None:
    mated = (math.log2(1 + math.exp(-2)) + math.log2(1 + math.exp(1))) / 2
    expected = (mated + math.log2(1 + math.exp(-3))) / 2
    assert cllr(SortedScores.from_arrays([2.0, -1.0], [-3.0])) == pytest.approx(expected, rel=1e-14)


def test_saying_nothing_costs_one_bit() -> None:
    assert cllr(SortedScores.from_arrays([0.0] * 3, [0.0] * 5)) == 1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model['mu1']}-{model['sigma1']}")
def test_true_likelihood_ratios_of_two_normals_cost_what_the_quadrature_says(model: dict[str, float]) -> None:
    from scipy.special import ndtri

    quantiles = ndtri((np.arange(1, 200_002) - 0.5) / 200_001)
    mu, sigma = (tuple(float(model[f"{name}{k}"]) for k in (0, 1)) for name in ("mu", "sigma"))

    def llr(scores: np.ndarray) -> np.ndarray:
        z = [(scores - mu[k]) / sigma[k] for k in (0, 1)]
        return np.asarray((z[0] ** 2 - z[1] ** 2) / 2 + math.log(sigma[0] / sigma[1]))

    found = cllr(SortedScores.from_arrays(*(llr(mu[k] + sigma[k] * quantiles) for k in (1, 0))))
    assert found == pytest.approx(float(model["cllr_of_true_llr"]), abs=1e-5)


def test_best_map_of_true_likelihood_ratios_gains_nothing_but_noise() -> None:
    rng = np.random.default_rng(1)
    scores = SortedScores.from_arrays(rng.normal(2, 2, 20_000), rng.normal(-2, 2, 20_000))
    assert min_cllr(scores) <= cllr(scores) <= min_cllr(scores) + 0.003


@given(SAMPLES, SAMPLES)
@settings(max_examples=300, deadline=None)
def test_minimum_is_that_of_the_slow_pools(mated: list[float], nonmated: list[float]) -> None:
    scores = SortedScores.from_arrays(np.array(mated, dtype=float), np.array(nonmated, dtype=float))
    assert min_cllr(scores) == pytest.approx(slow_min_cllr(mated, nonmated), abs=1e-13)
    found = [(pool.mated, pool.nonmated) for pool in pools(scores)]
    both = [pool for pool in slow_pools(mated, nonmated) if all(pool)]
    assert [pool for pool in found if all(pool)] == both
    assert (sum(m for m, _ in found), sum(n for _, n in found)) == (len(mated), len(nonmated))


@given(SAMPLES, SAMPLES)
@settings(max_examples=150, deadline=None)
def test_pools_hold_the_scores_from_their_lowest_mated_one_up_to_the_next_pool(
    mated: list[float], nonmated: list[float]
) -> None:
    found = pools(SortedScores.from_arrays(np.array(mated, dtype=float), np.array(nonmated, dtype=float)))
    left = sorted(mated)
    for pool in found:
        held, left = left[: pool.mated], left[pool.mated :]
        assert pool.lowest == (held[0] if held else None)


@given(SAMPLES, SAMPLES)
@settings(max_examples=100, deadline=None)
def test_share_of_mated_rises_from_pool_to_pool(mated: list[float], nonmated: list[float]) -> None:
    found = pools(SortedScores.from_arrays(np.array(mated, dtype=float), np.array(nonmated, dtype=float)))
    shares = [Fraction(pool.mated, pool.mated + pool.nonmated) for pool in found]
    assert shares == sorted(set(shares))


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=9), st.lists(st.floats(-20, 20), min_size=1, max_size=9))
@settings(max_examples=150, deadline=None)
def test_minimum_is_never_above_the_cost(mated: list[float], nonmated: list[float]) -> None:
    scores = SortedScores.from_arrays(mated, nonmated)
    assert min_cllr(scores) <= cllr(scores) + 1e-12


@given(SAMPLES, SAMPLES)
@settings(max_examples=100, deadline=None)
def test_strictly_increasing_map_leaves_the_minimum_as_it_is(mated: list[float], nonmated: list[float]) -> None:
    def mapped(values: list[float]) -> np.ndarray:
        return np.array([math.atan(v) * 3 + 1 for v in values])

    first = SortedScores.from_arrays(np.array(mated, dtype=float), np.array(nonmated, dtype=float))
    assert min_cllr(SortedScores.from_arrays(mapped(mated), mapped(nonmated))) == min_cllr(first)


@pytest.mark.parametrize(("mated", "nonmated", "value"), [([1, 1], [1], 1.0), ([2, 3], [0, 1], 0.0), ([0], [1], 1.0)])
def test_minimum_lies_between_perfect_and_useless(mated: list[int], nonmated: list[int], value: float) -> None:
    assert min_cllr(SortedScores.from_arrays(mated, nonmated)) == value


@pytest.mark.parametrize(("mated", "nonmated"), [([1.0, float("-inf")], [0.0]), ([1.0], [float("inf"), 0.0])])
def test_certainty_that_is_wrong_has_no_finite_cost(mated: list[float], nonmated: list[float]) -> None:
    with pytest.raises(NotMeasurable, match="infinite") as missing:
        cllr(SortedScores.from_arrays(mated, nonmated))
    assert missing.value.code == "infinite_cost"


def test_certainty_that_is_right_costs_nothing() -> None:
    assert cllr(SortedScores.from_arrays([float("inf")], [float("-inf")])) == 0


def test_scores_that_were_not_kept_have_no_cost() -> None:
    scores = SortedScores(
        mated=np.array([0.7]), nonmated=np.array([0.6]), nonmated_total=3, floor=0.5, rest=Rest(count=2)
    )
    with pytest.raises(NotMeasurable) as missing:
        cllr(scores)
    assert missing.value.code == "below_floor"


def test_scores_that_nobody_declared_to_be_likelihood_ratios_are_not_judged() -> None:
    scores = from_arrays([1.0, 2.0], [-1.0])
    undeclared, declared = (measure(scores, ["Cllr"], likelihoods=said)[0] for said in (False, True))
    assert (undeclared.value, undeclared.details["code"]) == (None, "no_likelihoods")
    assert declared.value == cllr(SortedScores.from_arrays([1.0, 2.0], [-1.0]))
    assert declared.details["min_cllr"] == 0
