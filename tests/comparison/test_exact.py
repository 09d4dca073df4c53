"""The score against rational arithmetic, and attacks on the bound that lets fast paths skip it."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fr_bench.comparison.exact import (
    error_factor,
    exact_key,
    keys_of,
    keys_of_pairs,
    least_key,
    round_exactly,
    scale_of,
    score_of,
    squares,
    sums_are_exact,
)
from fr_bench.comparison.references import mean_template
from fr_bench.comparison.rest import RestCounts, exact_sums
from tests.comparison.making import slow_score

WIDE = st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=True)
TAME = st.floats(-1, 1, width=32, allow_subnormal=True)
PAIR = hnp.arrays(np.float32, (2, 7), elements=TAME)
COMPARISONS = pytest.mark.parametrize("comparison", ["cosine", "euclidean"])


def true_key(a: np.ndarray, b: np.ndarray, comparison: str) -> Fraction:
    one, other = ([Fraction(float(x)) for x in row] for row in (a, b))
    if comparison == "cosine":
        return sum((x * y for x, y in zip(one, other, strict=True)), Fraction(0))
    return -sum(((x - y) ** 2 for x, y in zip(one, other, strict=True)), Fraction(0))


@COMPARISONS
@given(pair=PAIR)
def test_the_exact_key_gives_the_defined_score(comparison: str, pair: np.ndarray) -> None:
    key = np.array([exact_key(pair[0], pair[1], comparison)])
    assert float(score_of(key, comparison)[0]) == slow_score(pair[0], pair[1], comparison)


@COMPARISONS
@given(pair=hnp.arrays(np.float32, (2, 9), elements=WIDE))
def test_the_error_of_a_fast_key_stays_below_its_bound(comparison: str, pair: np.ndarray) -> None:
    wide = pair.astype(np.float64)
    norms = np.sqrt(squares(wide))
    bound = Fraction(float(error_factor(9) * scale_of(norms[0], norms[1], comparison)))
    true = true_key(pair[0], pair[1], comparison)
    for key in (keys_of(wide[:1], wide[1:], comparison)[0, 0], keys_of_pairs(wide[:1], wide[1:], comparison)[0]):
        assert abs(Fraction(float(key)) - true) <= bound


@COMPARISONS
@pytest.mark.parametrize("seed", range(6))
def test_the_bound_holds_for_long_sums_that_cancel(comparison: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = (rng.standard_normal((40, 512)) * 10.0 ** rng.integers(-6, 6, (40, 512))).astype(np.float32)
    rows[20:, ::2], rows[20:, 1::2] = rows[:20, 1::2], -rows[:20, ::2]
    wide = rows.astype(np.float64)
    keys, norms = keys_of(wide, wide, comparison), np.sqrt(squares(wide))
    for i, j in zip(range(20), range(20, 40), strict=True):
        bound = error_factor(512) * scale_of(norms[i], norms[j], comparison)
        assert abs(Fraction(float(keys[i, j])) - true_key(rows[i], rows[j], comparison)) <= Fraction(float(bound))


@COMPARISONS
@given(values=hnp.arrays(np.float64, 20, elements=st.floats(-1e30, 1e30)))
def test_scores_never_decrease_in_the_key(comparison: str, values: np.ndarray) -> None:
    assert (np.diff(score_of(np.sort(values), comparison)) >= 0).all()


@COMPARISONS
@given(score=st.floats(-100, 100, width=32), nudge=st.floats(0, 1e-3))
def test_no_key_below_the_least_reaches_the_score(comparison: str, score: float, nudge: float) -> None:
    least = least_key(score, comparison)
    if math.isfinite(least):
        below = np.nextafter(least, -np.inf) - nudge
        assert float(score_of(np.array([below]), comparison)[0]) < score


@COMPARISONS
def test_only_intervals_that_meet_a_boundary_are_recomputed(comparison: str) -> None:
    asked = []

    def exact(positions: np.ndarray) -> np.ndarray:
        asked.extend(positions.tolist())
        return np.full(len(positions), -0.25)

    middle = float(np.float32(-0.3)) if comparison == "cosine" else -(float(np.float32(0.3)) ** 2)
    edge = -(1 + 2.0**-24) if comparison == "cosine" else -((1 + 2.0**-24) ** 2)
    scores = round_exactly(np.array([middle, edge]), 1e-12, exact, comparison)
    assert asked == [1]
    assert scores[1] == (-0.25 if comparison == "cosine" else -0.5)


@given(pair=hnp.arrays(np.float32, (2, 6), elements=st.integers(-1000, 1000).map(float)), places=st.integers(-60, 60))
def test_whole_templates_are_known_to_add_up_exactly(pair: np.ndarray, places: int) -> None:
    scaled = (pair * np.float32(2.0) ** places).astype(np.float32)
    assert sums_are_exact(scaled)
    wide = scaled.astype(np.float64)
    for comparison in ("cosine", "euclidean"):
        assert Fraction(float(keys_of(wide[:1], wide[1:], comparison)[0, 0])) == true_key(
            scaled[0], scaled[1], comparison
        )


def test_templates_of_many_magnitudes_are_not_taken_for_whole() -> None:
    assert not sums_are_exact(np.array([[1.0, 2.0**-40]], dtype=np.float32))
    assert not sums_are_exact(np.random.default_rng(1).standard_normal((5, 5)).astype(np.float32))


# ------------------------------------------------------------------------------------------------ sums of the rest


@settings(max_examples=60)
@given(values=hnp.arrays(np.float32, st.integers(0, 80), elements=WIDE))
def test_sums_are_exact_whatever_the_values(values: np.ndarray) -> None:
    total, square = exact_sums(np.sort(values))
    fractions = [Fraction(float(v)) for v in values]
    assert Fraction(total, 1 << 300) == sum(fractions, Fraction(0))
    assert Fraction(square, 1 << 300) == sum((f * f for f in fractions), Fraction(0))


def test_counts_of_parts_add_up() -> None:
    rng = np.random.default_rng(5)
    scores = np.round(rng.standard_normal(1000), 1).astype(np.float32)
    at = np.unique(scores[::7])
    whole, parts = RestCounts(at), RestCounts(at)
    whole.take(scores)
    for part in np.array_split(scores[rng.permutation(1000)], 7):
        one = RestCounts(at)
        one.take(part)
        parts.add(one)
    assert whole.rest().below.tolist() == parts.rest().below.tolist()
    assert (whole.rest().sum, whole.rest().squares) == (parts.rest().sum, parts.rest().squares)
    assert whole.rest().sum == math.fsum(scores.astype(float))


def test_an_infinite_score_makes_an_infinite_sum() -> None:
    counts = RestCounts(np.zeros(0, dtype=np.float32))
    counts.take(np.array([-np.inf, 1.0], dtype=np.float32))
    assert (counts.rest().sum, counts.rest().squares) == (-math.inf, math.inf)


# ------------------------------------------------------------------------------------------------ references


def test_a_mean_weighs_its_members_alike_whatever_their_length() -> None:
    group = np.array([[10, 0], [0, 0.1]], dtype=np.float32)
    assert mean_template(group, unit_length=True) == pytest.approx([math.sqrt(0.5)] * 2)


def test_a_euclidean_mean_is_the_average() -> None:
    group = np.array([[10, 0], [0, 1]], dtype=np.float32)
    assert mean_template(group, unit_length=False).tolist() == [5.0, 0.5]


def test_nearly_cancelling_members_point_nowhere() -> None:
    one = np.random.default_rng(0).standard_normal((1, 64)).astype(np.float32)
    assert mean_template(np.concatenate([one, -one * 3]), unit_length=True) is None
