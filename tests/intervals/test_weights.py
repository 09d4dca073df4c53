from __future__ import annotations

import numpy as np
import pytest

from fr_bench.intervals.weights import KINDS, Kind, subject_bits, unpacked, weights

GOLDEN_DOUBLE = 0xA6576B42C1D67D0C
GOLDEN_EXPONENTIAL = 0.04621191052945294
GOLDEN_MULTINOMIAL = [[2.0, 1.0, 0.0], [0.0, 2.0, 1.0], [1.0, 1.0, 1.0]]

NAMES = [f"subject {k}" for k in range(40)]


@pytest.mark.parametrize("kind", ["double", "exponential"])
def test_a_subjects_weights_do_not_depend_on_who_else_is_there(kind: Kind) -> None:
    everybody = weights(kind, NAMES, 100, 3)
    assert np.array_equal(weights(kind, NAMES[7:9], 100, 3), everybody[7:9])


@pytest.mark.parametrize("kind", KINDS)
def test_a_subjects_weights_do_not_depend_on_the_order_of_subjects(kind: Kind) -> None:
    assert np.array_equal(weights(kind, NAMES[::-1], 100, 3), weights(kind, NAMES, 100, 3)[::-1])


@pytest.mark.parametrize("kind", KINDS)
def test_more_draws_begin_with_the_fewer(kind: Kind) -> None:
    assert np.array_equal(weights(kind, NAMES, 130, 3)[:, :50], weights(kind, NAMES, 50, 3))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("seed", "attempt"), [(4, 0), (3, 1)])
def test_another_seed_or_attempt_gives_other_weights(kind: Kind, seed: int, attempt: int) -> None:
    assert not np.array_equal(weights(kind, NAMES, 64, seed, attempt=attempt), weights(kind, NAMES, 64, 3))


@pytest.mark.parametrize(("kind", "variance"), [("double", 1.0), ("exponential", 1.0), ("multinomial", 1 - 1 / 40)])
def test_weights_have_mean_one_and_variance_one(kind: Kind, variance: float) -> None:
    found = weights(kind, NAMES, 2000, 1)
    assert found.mean() == pytest.approx(1, abs=0.015)  # standard error 1 / sqrt(80,000) = 0.0035
    assert found.var() == pytest.approx(variance, abs=0.03)


def test_multinomial_weights_of_a_draw_sum_to_the_subjects() -> None:
    assert weights("multinomial", NAMES, 30, 1).sum(axis=0).tolist() == [40.0] * 30


def test_exponential_weights_are_above_zero() -> None:
    assert weights("exponential", NAMES, 200, 1).min() > 0


def test_double_weights_are_twice_the_bits() -> None:
    bits = subject_bits(NAMES, 100, 5)
    assert bits.shape == (40, 2)
    assert np.array_equal(weights("double", NAMES, 100, 5), 2 * unpacked(bits, 100))


def test_bit_b_stands_in_word_b_div_64() -> None:
    words = np.array([[1, 1 << 63 | 2]], dtype=np.uint64)
    assert np.flatnonzero(unpacked(words, 128)[0]).tolist() == [0, 65, 127]


def test_the_stream_is_what_it_was() -> None:
    """A change here changes the intervals of every report with a seed."""
    assert int(subject_bits(["Kim"], 64, 1)[0, 0]) == GOLDEN_DOUBLE
    assert weights("exponential", ["Kim"], 1, 1)[0, 0] == pytest.approx(GOLDEN_EXPONENTIAL, rel=1e-14)
    assert weights("multinomial", ["Kim", "Lee", "Park"], 3, 1).T.tolist() == GOLDEN_MULTINOMIAL


def test_names_that_are_no_ascii_are_names() -> None:
    assert not np.array_equal(subject_bits(["김민수"], 64, 1), subject_bits(["김민지"], 64, 1))
    assert subject_bits(["\udcff"], 64, 1).shape == (1, 1)


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="1 of 3 subject names"):
        subject_bits(["a", "b", "a"], 10, 1)


@pytest.mark.parametrize(("draws", "seed"), [(0, 1), (10, -1)])
def test_no_draws_and_negative_seeds_are_refused(draws: int, seed: int) -> None:
    with pytest.raises(ValueError, match="draws with seed"):
        weights("double", NAMES, draws, seed)


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known: double, exponential, multinomial"):
        weights("poisson", NAMES, 10, 1)  # type: ignore[arg-type]
