"""Weights before places of a list, against the weights of its comparisons written out."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from fr_bench.intervals import prefixes
from fr_bench.intervals.bits import count_bits
from fr_bench.intervals.prefixes import BitPrefixes, Prefixes, WeightPrefixes, block_size, first_above, weight_at
from fr_bench.intervals.weights import subject_bits, unpacked, weights

DRAWS = 70
PEOPLE = [f"subject {k}" for k in range(9)]
LENGTHS = [1, 63, 64, 65, 128, 700]


def made(length: int, *, bits: bool, pairs: bool) -> tuple[Prefixes, Any]:
    """Prefixes of a random list, and the weight of every comparison in every draw."""
    rng = np.random.default_rng(length)
    first, second = rng.integers(0, 9, (2, length)).astype(np.int32)
    words = subject_bits(PEOPLE, DRAWS, 1)
    by_subject = unpacked(words, DRAWS) if bits else weights("multinomial", PEOPLE, DRAWS, 1)
    expected = by_subject[first] * (by_subject[second] if pairs else 1)
    other = second if pairs else None
    if bits:
        return BitPrefixes.of(words, first, other, DRAWS), expected
    return WeightPrefixes.of(by_subject, first, other), expected


def before(expected: Any) -> Any:
    return np.vstack([np.zeros(DRAWS), np.cumsum(expected, axis=0)])


@pytest.mark.parametrize("size", [1, 2, 64, 512])
def test_bits_are_counted_in_every_draw(size: int) -> None:
    words = np.random.default_rng(size).integers(0, 2**64, (size, 3, 2), dtype=np.uint64)
    expected = np.stack([unpacked(words[:, k], 128).sum(axis=0) for k in range(3)])
    assert np.array_equal(count_bits(words.copy()), expected)


def test_all_bits_set_are_counted_without_a_carry_lost() -> None:
    assert count_bits(np.full((256, 1, 1), 2**64 - 1, dtype=np.uint64)).tolist() == [[256] * 64]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("pairs", [True, False])
@pytest.mark.parametrize("bits", [True, False])
class TestAgainstWeightsWrittenOut:
    def test_before_a_place_of_one_draw(self, length: int, pairs: bool, bits: bool) -> None:
        found, expected = made(length, bits=bits, pairs=pairs)
        places, draws = np.random.default_rng(0).integers(0, (length + 1, DRAWS), (200, 2)).T
        places[:2] = 0, length
        assert np.array_equal(weight_at(found, places, draws), before(expected)[places, draws])

    def test_before_places_of_all_draws(self, length: int, pairs: bool, bits: bool) -> None:
        found, expected = made(length, bits=bits, pairs=pairs)
        places = np.arange(length + 1)
        assert np.array_equal(found.common(places), before(expected))

    def test_the_first_comparison_above_a_limit(self, length: int, pairs: bool, bits: bool) -> None:
        found, expected = made(length, bits=bits, pairs=pairs)
        total = expected.sum(axis=0)
        for limits in (np.zeros(DRAWS), np.floor(total / 3), total - 1, total):
            above = np.cumsum(expected, axis=0) > limits
            first = np.where(above.any(axis=0), above.argmax(axis=0), length)
            assert np.array_equal(first_above(found, limits), first)

    def test_sums_of_sorted_and_of_wild_amounts(self, length: int, pairs: bool, bits: bool) -> None:
        found, expected = made(length, bits=bits, pairs=pairs)
        rng = np.random.default_rng(length)
        wild = rng.integers(0, 10**6, length)
        for amounts in (np.sort(wild)[::-1], wild, wild % 2, wild * 0):
            assert np.array_equal(found.weighted_sum(amounts), amounts @ expected)


def test_an_empty_list_has_no_weight() -> None:
    empty = np.zeros(0, dtype=np.int32)
    for found in (
        BitPrefixes.of(subject_bits(PEOPLE, DRAWS, 1), empty, empty, DRAWS),
        WeightPrefixes.of(weights("exponential", PEOPLE, DRAWS, 1), empty, None),
    ):
        assert found.length == 0
        assert not weight_at(found, np.zeros(DRAWS, int), np.arange(DRAWS)).any()
        assert not first_above(found, np.zeros(DRAWS)).any()
        assert not found.common(np.zeros(2, int)).any()
        assert not found.weighted_sum(np.zeros(0, int)).any()


@pytest.mark.parametrize("abreast", [64, 128, 2**16])
def test_counts_do_not_depend_on_how_many_blocks_are_counted_together(
    abreast: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, _ = made(700, bits=True, pairs=True)
    amounts = np.arange(700)[::-1] ** 2
    monkeypatch.setattr(prefixes, "ABREAST", abreast)
    found, _ = made(700, bits=True, pairs=True)
    assert np.array_equal(found.before, expected.before)
    assert np.array_equal(found.weighted_sum(amounts), expected.weighted_sum(amounts))


@pytest.mark.parametrize("blocks", [2, 5])
def test_answers_do_not_depend_on_the_size_of_blocks(blocks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, _ = made(700, bits=True, pairs=True)
    monkeypatch.setattr(prefixes, "MOST_BLOCKS", blocks)
    found, _ = made(700, bits=True, pairs=True)
    assert found.block > expected.block
    places = np.arange(701)
    assert np.array_equal(found.common(places), expected.common(places))
    limits = expected.before[-1] // 2
    assert np.array_equal(first_above(found, limits), first_above(expected, limits))


def test_blocks_grow_with_the_list_so_that_memory_does_not() -> None:
    assert [block_size(n) for n in (0, 2**20, 2**20 + 1, 87_500_000)] == [64, 64, 128, 8192]


class Rounded:
    """One draw of two blocks, the weight before the second of which was added up another way: a rounding more."""

    block, length = 4, 8
    before = np.array([[0.0], [np.nextafter(4.0, 5.0)], [8.0]])

    def seen(self, blocks: Any, draws: Any) -> Any:
        return np.ones((len(blocks), 4))


def test_a_block_whose_weights_miss_its_end_by_a_rounding_is_not_left() -> None:
    assert first_above(cast(Prefixes, Rounded()), np.array([4.0])).tolist() == [3]
