"""How many of a block's comparisons count in each draw: additions of bits, 64 draws a machine word.

With weights 0 and 2 a nonmated comparison counts in a draw iff both its subjects do: one AND of two words answers for
64 draws. A block is then counted by adding bits column by column, as with pencil and paper but for 64 columns at once:
plane p of a number holds its binary digit p of every draw. Only the counts of a block are ever unpacked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fr_bench.intervals.weights import Words

Counts = NDArray[np.int64]


def count_bits(words: Words) -> NDArray[np.int32]:
    """Add up bits along the first axis: (size, groups, words) to counts of (groups, 64 * words) draws.

    `size` is a power of two; the memory of `words` is used up.

    >>> count_bits(np.array([[[3]], [[1]]], dtype=np.uint64))[0, :3].tolist()
    [2, 1, 0]
    """
    planes = [words]
    while len(planes[0]) > 1:
        planes = _paired(planes)
    return _unpacked([plane[0] for plane in planes])


def _paired(planes: list[Words]) -> list[Words]:
    """Add the second half of the numbers to the first: half as many numbers, one plane more."""
    half = len(planes[0]) // 2
    first, second = planes[0][:half], planes[0][half:]
    carry = first & second
    added = [np.bitwise_xor(first, second, out=first)]
    for plane in planes[1:]:
        first, second = plane[:half], plane[half:]
        either = first ^ second
        np.bitwise_and(first, second, out=first)
        np.bitwise_xor(either, carry, out=second)
        added.append(second)
        carry &= either
        carry |= first
    return [*added, carry]


def _unpacked(planes: list[Words]) -> NDArray[np.int32]:
    """Numbers of every draw from their binary digits, each (groups, words)."""
    groups, width = planes[0].shape
    found = np.zeros((groups, 64 * width), dtype=np.int32)
    for place, plane in enumerate(planes):
        octets = np.ascontiguousarray(plane, dtype="<u8").view(np.uint8)
        digits = np.unpackbits(octets, axis=1, bitorder="little").astype(np.int32)
        digits <<= place
        found += digits
    return found
