"""How much weight stands before a place in a sorted list of comparisons, in every draw.

Weights are never written out: a comparison's weight is made from its subjects' whenever it is looked at. What is kept
is the weight before every block; between blocks at most one block's comparisons are added up. `double` weights count
whole comparisons in integers (in units of a comparison that counts), other weights are added in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from fr_bench.intervals.bits import count_bits
from fr_bench.intervals.weights import WORD, Weights, Words

Codes = NDArray[np.int32]
Places = NDArray[np.int64]
Amounts = NDArray[Any]
"""int64 for bits, float64 for other weights."""

SMALLEST_BLOCK = 64
MOST_BLOCKS = 2**14
"""Bounds the memory of what is kept: 16,384 blocks of 1,024 draws are 64 MiB of 32-bit counts."""
ABREAST = 2**14
"""Comparisons looked at together: their words for 1,024 draws, 2 MiB, stay in the processor's cache."""


class Prefixes(Protocol):
    """Weights before the places 0 ..= length of a list, in draws 0 .. draws - 1.

    before    (blocks + 1, draws) the weight before each block
    block     comparisons in a block; the last may have fewer
    """

    @property
    def before(self) -> NDArray[Any]: ...

    @property
    def block(self) -> int: ...

    @property
    def length(self) -> int:
        """Comparisons in the list."""

    def seen(self, blocks: Places, draws: Places) -> Amounts:
        """(q, block) what each comparison of blocks[k] weighs in draw draws[k]; 0 beyond the end of the list."""

    def common(self, places: Places) -> Amounts:
        """(q, draws) the weight before places[k] in every draw."""

    def weighted_sum(self, amounts: Places) -> Weights:
        """(draws,) the sum of whole amounts >= 0, one for each comparison, times the comparisons' weights."""


def weight_at(prefixes: Prefixes, places: Places, draws: Places) -> Amounts:
    """(q,) the weight before places[k] in draw draws[k]."""
    blocks = places // prefixes.block
    found = prefixes.before[blocks, draws]
    if not prefixes.length:
        return found
    inside = np.arange(prefixes.block) < (places - blocks * prefixes.block)[:, None]
    return cast(Amounts, found + (prefixes.seen(blocks, draws) * inside).sum(axis=1))


def first_above(prefixes: Prefixes, limits: Amounts) -> Places:
    """(draws,) the place whose comparison brings the weight above limits[b]; the length of the list if none does.

    Blocks first, as the weight before them never falls; then one block is walked.
    """
    draws, last = np.arange(len(limits)), len(prefixes.before) - 1
    blocks = first_true(len(limits), last, lambda block, b: prefixes.before[block + 1, b] > limits[b])
    if not prefixes.length:
        return np.zeros(len(limits), dtype=np.int64)
    walked = np.minimum(blocks, last - 1)
    running = np.cumsum(prefixes.seen(walked, draws), axis=1) + prefixes.before[walked, draws][:, None]
    # Added up in another order the weights of a block may miss its end by a rounding.
    steps = np.minimum((running <= limits[:, None]).sum(axis=1), prefixes.block - 1)
    return np.where(blocks < last, np.minimum(walked * prefixes.block + steps, prefixes.length - 1), prefixes.length)


def first_true(draws: int, length: int, holds: Callable[[Places, Places], NDArray[np.bool_]]) -> Places:
    """(draws,) the first place from which on `holds`, by bisection; `length` where it never does.

    holds   whether it does at places[k] in draw draws[k]
    """
    low, high = np.zeros(draws, dtype=np.int64), np.full(draws, length, dtype=np.int64)
    while True:
        open_ = np.flatnonzero(low < high)
        if not len(open_):
            return low
        middle = (low[open_] + high[open_]) // 2
        true = holds(middle, open_)
        high[open_[true]] = middle[true]
        low[open_[~true]] = middle[~true] + 1


def block_size(length: int) -> int:
    """Comparisons in a block: a power of two.

    >>> block_size(1000), block_size(2_600_000)
    (64, 256)
    """
    size = SMALLEST_BLOCK
    while size * MOST_BLOCKS < length:
        size *= 2
    return size


@dataclass(frozen=True, slots=True, eq=False)
class BitPrefixes:
    """Prefixes of a list whose comparisons count or do not count: they do if both subjects' bits are set.

    bits          (n + 1, words); the last row is empty: it stands for what lies beyond the end of the list
    first, second (length,) subject codes; second is None where a comparison has the weight of one subject
    """

    bits: Words
    first: Codes
    second: Codes | None
    block: int
    before: NDArray[Any]

    @classmethod
    def of(cls, bits: Words, first: Codes, second: Codes | None, draws: int) -> BitPrefixes:
        """Count every block once, for (n, words) bits."""
        block = block_size(len(first))
        blocks = -(-len(first) // block)
        kind = np.int32 if len(first) < 2**31 else np.int64
        bits = np.vstack([bits, np.zeros((1, bits.shape[1]), dtype=np.uint64)])
        found = cls(bits, first, second, block, np.zeros((blocks + 1, draws), dtype=kind))
        for some in found._together(blocks):
            counts = np.cumsum(found._counted(some * block, some * block + block), axis=0)
            np.add(counts, found.before[some[0]], out=found.before[some[0] + 1 : some[-1] + 2])
        return found

    @property
    def length(self) -> int:
        return len(self.first)

    def seen(self, blocks: Places, draws: Places) -> Amounts:
        starts, word, bit = blocks * self.block, draws // WORD, (draws % WORD).astype(np.uint64)
        words = self.bits[self._codes(self.first, starts, starts + self.block), word]
        if self.second is not None:
            words &= self.bits[self._codes(self.second, starts, starts + self.block), word]
        words >>= bit
        words &= np.uint64(1)
        return cast(Amounts, words.T.astype(np.int64))

    def common(self, places: Places) -> Amounts:
        found = self.before[places // self.block].astype(np.int64)
        partly = np.flatnonzero(places % self.block)
        for some in self._together(len(partly)):
            rows = partly[some]
            stops = places[rows]
            found[rows] += self._counted(stops // self.block * self.block, stops)
        return found

    def weighted_sum(self, amounts: Places) -> Weights:
        """Digit by digit: in sorted lists neighbours differ in few binary digits from the least amount of their block.

        Exact up to 2^53.
        """
        found = np.zeros(self.before.shape[1])
        for some in self._together(len(self.before) - 1):
            chosen = amounts[some[0] * self.block : (some[-1] + 1) * self.block]
            if not chosen.any():
                continue
            by_block = np.pad(chosen, (0, len(some) * self.block - len(chosen)), mode="edge").reshape(-1, self.block)
            least = by_block.min(axis=1)
            inside = np.diff(self.before[some[0] : some[-1] + 2], axis=0)
            found += (least[:, None].astype(np.float64) * inside).sum(axis=0)
            found += self._digits(some, (by_block - least[:, None]).T)
        return found

    def _digits(self, blocks: Places, amounts: Places) -> Weights:
        """(draws,) the weighted sum of small amounts, (block, blocks)."""
        found = np.zeros(self.before.shape[1])
        words = self._words(blocks * self.block, blocks * self.block + self.block)
        rows = 2 ** (words.shape[0] * words.shape[1] - 1).bit_length()
        for digit in range(int(amounts.max()).bit_length()):
            mask = (-((amounts >> digit) & 1)).astype(np.uint64)
            column = np.zeros((rows, 1, words.shape[2]), dtype=np.uint64)
            np.bitwise_and(words, mask[:, :, None], out=column[: mask.size].reshape(words.shape))
            found += count_bits(column)[0, : len(found)] * 2.0**digit
        return found

    def _together(self, runs: int) -> Iterator[Places]:
        step = max(1, ABREAST // self.block)
        return (np.arange(start, min(start + step, runs)) for start in range(0, runs, step))

    def _codes(self, codes: Codes, starts: Places, stops: Places) -> NDArray[np.integer[Any]]:
        """(block, runs) codes of the comparisons of each run; the empty row's where a run has ended."""
        places = starts + np.arange(self.block)[:, None]
        found = codes.take(places, mode="clip")
        return np.where(places < np.minimum(stops, len(codes)), found, np.int32(len(self.bits) - 1))

    def _counted(self, starts: Places, stops: Places) -> NDArray[np.int32]:
        """(runs, draws) how many comparisons of each run count; a run is no longer than a block."""
        return count_bits(self._words(starts, stops))[:, : self.before.shape[1]]

    def _words(self, starts: Places, stops: Places) -> Words:
        """(block, runs, words) in which draws each comparison of each run counts."""
        words = self.bits.take(self._codes(self.first, starts, stops), axis=0)
        if self.second is not None:
            words &= self.bits.take(self._codes(self.second, starts, stops), axis=0)
        return words


@dataclass(frozen=True, slots=True, eq=False)
class WeightPrefixes:
    """Prefixes of a list with weights of any kind: slower, as every comparison's weight is added in every draw.

    weights       (n, draws)
    first, second as in `BitPrefixes`
    """

    weights: Weights
    first: Codes
    second: Codes | None
    block: int
    before: NDArray[Any]

    @classmethod
    def of(cls, weights: Weights, first: Codes, second: Codes | None) -> WeightPrefixes:
        """Add up every block once, for (n, draws) weights."""
        block = block_size(len(first))
        blocks = -(-len(first) // block)
        found = cls(weights, first, second, block, np.zeros((blocks + 1, weights.shape[1])))
        for k in range(blocks):
            np.add(found.before[k], found._added(k * block, (k + 1) * block), out=found.before[k + 1])
        return found

    @property
    def length(self) -> int:
        return len(self.first)

    def seen(self, blocks: Places, draws: Places) -> Amounts:
        places = (blocks * self.block)[:, None] + np.arange(self.block)
        found = self.weights[self.first.take(places, mode="clip"), draws[:, None]]
        if self.second is not None:
            found *= self.weights[self.second.take(places, mode="clip"), draws[:, None]]
        found *= places < self.length
        return cast(Amounts, found)

    def common(self, places: Places) -> Amounts:
        found = self.before[places // self.block]
        for row in np.flatnonzero(places % self.block):
            place = int(places[row])
            found[row] += self._added(place // self.block * self.block, place)
        return found

    def weighted_sum(self, amounts: Places) -> Weights:
        found = np.zeros(self.before.shape[1])
        for start in range(0, self.length, self.block):
            some = amounts[start : start + self.block]
            if some.any():
                found += (some[:, None] * self._weighed(start, start + self.block)).sum(axis=0)
        return found

    def _added(self, start: int, stop: int) -> Weights:
        """(draws,) the weight of a run of comparisons."""
        return cast(Weights, self._weighed(start, stop).sum(axis=0))

    def _weighed(self, start: int, stop: int) -> Weights:
        """(comparisons, draws)"""
        found = self.weights[self.first[start:stop]]
        if self.second is not None:
            found *= self.weights[self.second[start:stop]]
        return found
