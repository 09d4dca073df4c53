"""The weight of each subject in each draw: mean 1, variance 1, keyed by the subject's name.

A draw gives a weight to a person, not to a comparison: a mated comparison of i weighs w_i, a nonmated one of i and j
weighs w_i w_j. What a subject gets depends on the seed, the number of the draw and the name, and on nothing else: not
on the order of rows, not on blocks or workers, not on who else took part. So two systems tested on the same people,
and two measures of one run, are drawn alike, which pairs them.

    double        0 or 2, each with probability 1/2 ("double or nothing"); the default
    exponential   Exp(1)
    multinomial   how often n draws with replacement take the subject (vertex bootstrap); variance 1 - 1/n. It cannot
                  be keyed by name alone, as the weights of a draw sum to n: it depends on which subjects there are

The correction of the vertex bootstrap for a subject drawn several times, who has no nonmated comparison with itself,
is left out: it was measured to bring no gain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

Kind = Literal["double", "exponential", "multinomial"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STREAM = "fr_bench.weights/1"
"""Part of every stream's name. It changes when the same seed gives other weights."""
WORD = 64
"""Draws in one machine word."""

Words = NDArray[np.uint64]
Weights = NDArray[np.float64]


def subject_bits(names: Sequence[str], draws: int, seed: int, *, attempt: int = 0) -> Words:
    """The `double` weights as bits, (n, ceil(draws / 64)) words: set is weight 2, clear is weight 0.

    Draw b stands in bit b % 64, counted from the lowest, of word b // 64; bits from `draws` on mean nothing.
    `attempt` counts how often a draw that could not be used was drawn again. Raises ValueError for a name given
    twice, for no draws, and for a negative seed.

    >>> a, b = subject_bits(["Kim", "Lee"], 100, seed=7), subject_bits(["Lee"], 1000, seed=7)
    >>> a.shape, b.shape, bool(a[1, 0] == b[0, 0])
    ((2, 2), (1, 16), True)
    """
    _checked(names, draws, seed)
    width = -(-draws // WORD) * (WORD // 8)
    octets = b"".join(_stream(name, "double", seed, attempt, width) for name in names)
    return np.frombuffer(octets, dtype="<u8").astype(np.uint64).reshape(len(names), width // 8)


def weights(kind: Kind, names: Sequence[str], draws: int, seed: int, *, attempt: int = 0) -> Weights:
    """The weights of all subjects in all draws, (n, draws).

    >>> sorted(set(weights("double", ["Kim", "Lee"], 100, seed=7).ravel().tolist()))
    [0.0, 2.0]
    >>> weights("multinomial", ["Kim", "Lee", "Park"], 4, seed=7).sum(axis=0).tolist()
    [3.0, 3.0, 3.0, 3.0]
    """
    if kind not in KINDS:
        raise ValueError(f"no weights named {kind!r}; known: {', '.join(KINDS)}")
    _checked(names, draws, seed)
    if kind == "double":
        return 2.0 * unpacked(subject_bits(names, draws, seed, attempt=attempt), draws)
    if kind == "exponential":
        octets = b"".join(_stream(name, kind, seed, attempt, 8 * draws) for name in names)
        return cast(Weights, -np.log(_uniform(np.frombuffer(octets, dtype="<u8"))).reshape(len(names), draws))
    return _multinomial(names, draws, seed, attempt)


def unpacked(words: Words, draws: int) -> Weights:
    """Bits as numbers 0.0 and 1.0, (n, draws)."""
    octets = np.asarray(words, dtype="<u8").view(np.uint8)
    return np.unpackbits(octets, axis=1, count=draws, bitorder="little").astype(np.float64)


def _multinomial(names: Sequence[str], draws: int, seed: int, attempt: int) -> Weights:
    """Counts of n draws with replacement, subjects taken in the order of their names."""
    order = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.intp)
    found = np.empty((len(names), draws))
    for draw in range(draws):
        key = int.from_bytes(_stream(str(draw), "multinomial", seed, attempt, 16), "little")
        raw = np.asarray(np.random.Philox(key=key).random_raw(len(names)), dtype=np.uint64)
        # Always below len(names): as 1 - 2^-53 is the largest of these numbers, no product is rounded up to it.
        taken = (_uniform(raw) * len(names)).astype(np.intp)
        found[order, draw] = np.bincount(taken, minlength=len(names))
    return found


def _uniform(integers: NDArray[np.uint64]) -> Weights:
    """Numbers inside (0, 1): the top 53 bits, and half of the next."""
    # The largest would round to 1.
    return np.minimum(((integers >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53, 1 - 2.0**-53)


def _stream(name: str, purpose: str, seed: int, attempt: int, size: int) -> bytes:
    """The first `size` bytes of a name's stream: SHAKE-256, whose longer answers begin with the shorter ones."""
    text = f"{STREAM}|{purpose}|{seed}|{attempt}|{name}"
    return hashlib.shake_256(text.encode("utf-8", "surrogatepass")).digest(size)


def _checked(names: Sequence[str], draws: int, seed: int) -> None:
    if draws < 1 or seed < 0:
        raise ValueError(f"{draws} draws with seed {seed}")
    if len(set(names)) != len(names):
        raise ValueError(f"{len(names) - len(set(names))} of {len(names)} subject names are given twice")
