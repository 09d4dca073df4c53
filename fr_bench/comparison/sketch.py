"""Short numbers in place of templates, with which comparisons that stay below the floor are passed over for certain.

A *sketch* of a template x is a vector x' of k numbers, k at most the d of the template, and three lengths. Sketches
bound the product of two templates from above; only where that bound reaches the floor is a score computed, exactly.
So a sketch may be coarse, short, float32 or integer: results do not change, only time does.

The bound. Let V be d x k, I + E = V'V, and e >= |E| (Frobenius). Let p be V'x as computed in float64, x' what is kept
of p (rounded to float32 or to whole numbers), and

    d = p - x'   (what rounding lost)        w = x - V p   (what lies outside the span of V)

With the same letters for y, and t a bound of |V'x - p| and of |V'w| = |V'x - p - E p|,

    x.y = (V x' + V d + w).(V y' + V f + z)      where f, z are the d, w of y
        = x'.y' + x'.f + d.y' + d.f + w.z
          + (x' + d)'E(y' + f) + (x' + d).V'z + V'w.(y' + f)

Templates are scaled by a power of two, so that the longest has a length from 1/2 to 1, and |x'| + |d| <= 2 is required.
Then the last line is at most 4 e + 4 t, and by Cauchy and Schwarz

    x.y <= x'.y' + |w| |z| + |x'| |f| + |d| |y'| + |d| |f| + 4 (e + t)                                          (1)

|w| |z| is a product, too: |w| becomes one more number of the sketch (or several: |w| / sqrt(m), m times).

The small things. |V_j| <= 1.001, checked. Computing V'V and V'x in float64 in any order errs by gamma(d + 8) times the
lengths in a cell, so e = 1.01 |V'V - I| + 2 k gamma(d + 8) and t = 2 sqrt(k) gamma(d + 8) + 1.1 e hold for what is
computed.
Since |w|^2 = |x|^2 - 2 V'x.p + p'(I + E)p <= |x|^2 - |p|^2 + 2.1 t + 1.1 e, adding eta = 16 (e + t) to the computed
difference of squares covers that and the roundings of the squares; eta stands for 4 (e + t) in (1), too. eta is about
1e-8 for 512 numbers. `tests/comparison/test_screen.py` attacks all of this in rational arithmetic.

Why V. The leading eigenvectors of the second moment of real templates hold nearly all of their length in fewer numbers:
of 512, the first 320 hold 99 %. They are mixed by a cosine transform with changing signs, so that all numbers of a
sketch are about as large, as suits integers of one scale. Any V gives right results;
with V = I, p is exact, and w, e, t are 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.exact import Keys, error_factor, squares

AT_ONCE = 512
LOOSE = 1e-6
"""An eta above it says that V is no basis worth the name."""


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """V of the bound, and what it takes.

    vectors   (d, k) float64; None: the numbers of a template as they stand, of which nothing lies outside
    width     k: how many numbers a sketch has
    scale     power of two that brings the longest template to a length from 1/2 to 1
    eta       of the bound
    """

    vectors: Keys | None
    width: int
    scale: float
    eta: float

    def projected(self, templates: NDArray[np.float32]) -> tuple[Keys, Keys, Keys]:
        """Of some templates, scaled: (n, k) p, (n,) at least |w|, (n,) at most |x|^2."""
        wide = templates.astype(np.float64) * self.scale
        square = squares(wide)
        if self.vectors is None:
            # A power of two changes no digit: p is exact.
            return wide, np.zeros(len(wide)), square * (1 - 2.0**-40)
        p = wide @ self.vectors
        outside = np.sqrt(np.maximum(square - squares(p), 0.0) + self.eta) * (1 + 2.0**-40)
        return p, outside, square * (1 - 2.0**-40)

    def parts(self, templates: NDArray[np.float32]) -> Iterator[tuple[slice, Keys, Keys, Keys]]:
        """`projected` of many templates, some at a time."""
        for first in range(0, len(templates), AT_ONCE):
            some = slice(first, min(first + AT_ONCE, len(templates)))
            yield some, *self.projected(templates[some])


def power_of_two(largest_norm: float) -> float:
    """The power of two that brings this length to 1/2 up to 1; 0.0 where there is none such.

    >>> power_of_two(3.0), power_of_two(0.0), power_of_two(math.inf)
    (0.25, 0.0, 0.0)
    """
    if not largest_norm > 0 or not math.isfinite(largest_norm):
        return 0.0
    # A hair more than the length, which was itself computed.
    exponent = math.frexp(largest_norm * (1 + 2.0**-30))[1]
    return math.ldexp(1.0, -exponent)


def as_they_stand(width: int, scale: float) -> Basis:
    """The basis of templates' own numbers: nothing is turned, nothing lies outside, and it costs nothing."""
    return Basis(None, width, scale, 0.0)


def directions(some: NDArray[np.float32], scale: float) -> tuple[Keys, Keys]:
    """(d, d) eigenvectors of the second moment of some templates, and the share of each, both falling.

    The second moment may be computed coarsely: every orthonormal basis is right.
    """
    near = (some.astype(np.float64) * scale).astype(np.float32)
    shares, vectors = np.linalg.eigh((near.T @ near).astype(np.float64))
    shares = np.maximum(shares[::-1], 0.0)
    return vectors[:, ::-1], shares / max(float(shares.sum()), np.finfo(float).tiny)


def basis_of(vectors: Keys, width: int, scale: float) -> Basis | None:
    """The basis of the first `width` directions, mixed; None where they are too far from orthonormal."""
    mixed = np.ascontiguousarray(vectors[:, :width] @ _mixing(width))
    gamma = error_factor(len(vectors))
    gram = mixed.T @ mixed
    gram[np.diag_indices(width)] -= 1.0
    e = 1.01 * float(np.sqrt(squares(gram).sum())) + 2 * width * gamma
    eta = 16 * (e + 2 * math.sqrt(width) * gamma + 1.1 * e)
    return Basis(mixed, width, scale, eta) if eta < LOOSE else None


def _mixing(width: int) -> Keys:
    """(k, k) an orthonormal matrix that spreads each number over all: a cosine transform of changed signs."""
    k = np.arange(width)
    matrix = np.cos(np.pi * (2 * k[None, :] + 1) * k[:, None] / (2 * width)) * math.sqrt(2 / width)
    matrix[0] *= math.sqrt(0.5)
    signs = np.random.default_rng(width).choice([-1.0, 1.0], width)
    return np.asarray(signs[:, None] * matrix)
