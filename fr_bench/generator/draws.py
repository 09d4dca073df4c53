"""Random numbers that depend on nothing but their name.

Each purpose ("geometry of subject 7", "noise of image 3 of subject 7") has its own stream: SHAKE-256 of the purpose's
name, cut into integers. So an image is the same whether it is made alone or as one of a million, and the numbers are
those of a published hash function: no generator state, no tables, no library version.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

GENERATOR_VERSION = "fr_bench.generator/1"
"""Part of every stream's name. It changes when the same seed gives other pictures."""


def stream(seed: int, subject: int, image: int | None, purpose: str, size: int) -> bytes:
    """The first `size` bytes of a purpose's stream; `image` is None for what belongs to the subject.

    >>> stream(1, 7, None, "geometry", 4) == stream(1, 7, None, "geometry", 8)[:4]
    True
    """
    name = f"{GENERATOR_VERSION}|{seed}|{subject}|{'-' if image is None else image}|{purpose}"
    return hashlib.shake_256(name.encode("ascii")).digest(size)


class Draw:
    """One purpose's numbers, taken one after the other.

    >>> draw = Draw(1, 7, None, "example")
    >>> 2.0 <= draw.uniform(2.0, 3.0) < 3.0
    True
    """

    def __init__(self, seed: int, subject: int, image: int | None, purpose: str, limit: int = 256) -> None:
        self._integers = np.frombuffer(stream(seed, subject, image, purpose, 8 * limit), dtype="<u8").tolist()
        self._next = 0

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """The next number, uniform in [low, high): the top 53 bits of 8 bytes, divided by 2**53."""
        integer: int = self._integers[self._next]
        self._next += 1
        return low + (high - low) * ((integer >> 11) / 9007199254740992.0)

    def bell(self, mean: float = 0.0, spread: float = 1.0) -> float:
        """The next bell-shaped number: standard deviation `spread`, never further than 3 of them from `mean`.

        The sum of three uniforms stands in for a normal: additions give the same bits on every machine.
        """
        return mean + spread * 2.0 * (self.uniform() + self.uniform() + self.uniform() - 1.5)

    def choose(self, count: int) -> int:
        """The next number, one of 0 .. count - 1."""
        return int(self.uniform(0.0, float(count)))


def grain(seed: int, subject: int, image: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Camera noise of one image: bell-shaped, mean 0, standard deviation 1, the sum of three bytes a value."""
    count = 1
    for side in shape:
        count *= side
    octets = np.frombuffer(stream(seed, subject, image, "noise", 3 * count), dtype=np.uint8)
    total = octets[:count].astype(np.int16) + octets[count : 2 * count] + octets[2 * count :]
    return ((total.astype(np.float32) - np.float32(382.5)) * np.float32(1.0 / 127.9981)).reshape(shape)
