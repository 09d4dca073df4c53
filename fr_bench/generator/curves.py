"""The few curves that faces are drawn with: only + - * / and square root, so every processor gives the same bits.

`exp`, `sin` and `pow` differ in the last bit between processors and mathematical libraries; IEEE 754 fixes the results
of the operations used here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]
"""Floating-point arrays over pixels, or anything that broadcasts with them."""


def sine(degrees: float) -> float:
    """Sine of an angle in degrees, to 1e-9.

    >>> sine(0.0), round(sine(30.0), 9), round(sine(90.0), 9), round(sine(225.0), 9)
    (0.0, 0.5, 1.0, -0.707106781)
    """
    turned = degrees - 360.0 * ((degrees + 180.0) // 360.0)
    if turned > 90.0:
        turned = 180.0 - turned
    elif turned < -90.0:
        turned = -180.0 - turned
    x = turned * 0.017453292519943295
    y = x * x
    series = 1.0
    for n in (14, 12, 10, 8, 6, 4, 2):  # Taylor, innermost term first
        series = 1.0 - series * y / (n * (n + 1.0))
    return x * series


def cosine(degrees: float) -> float:
    """Cosine of an angle in degrees, to 1e-9."""
    return sine(degrees + 90.0)


def clamp(x: float, low: float, high: float) -> float:
    """`x`, or the nearer end of [low, high]."""
    return low if x < low else high if x > high else x


def mix(first: float, second: float, share: float) -> float:
    """`first` at share 0, `second` at share 1, a straight line between and beyond."""
    return first + (second - first) * share


def step(low: Pixels | float, high: Pixels | float, x: Pixels) -> Pixels:
    """From 0 at `low` to 1 at `high` (which may be the smaller), smooth at both ends."""
    t: Pixels = (x - low) / (high - low)
    np.clip(t, 0.0, 1.0, out=t)
    t *= t * (3.0 - 2.0 * t)
    return t


def cover(distance: Pixels) -> Pixels:
    """How much of a pixel lies inside an edge, from the signed distance to the edge in pixels (inside positive)."""
    return np.clip(distance + 0.5, 0.0, 1.0)


def bump(squared: Pixels) -> Pixels:
    """A hill over squared distance from its top: 1 at 0, 0.56 at 1, exactly 0 from 4 on, smooth."""
    t: Pixels = squared * -0.25
    t += 1.0
    np.maximum(t, 0.0, out=t)
    t *= t
    return t


def wave(x: Pixels) -> Pixels:
    """A periodic curve between -1 and 1 with period 1, made of parabolas: nearly a sine."""
    t: Pixels = x + 0.5
    np.floor(t, out=t)
    np.subtract(x, t, out=t)
    t *= 8.0 - 16.0 * np.abs(t)
    return t


def slopes(z: Pixels) -> tuple[Pixels, Pixels]:
    """Differences of `z` per pixel along the last axis (x) and the one before (y); one-sided at the borders."""
    dx, dy = np.empty_like(z), np.empty_like(z)
    dx[..., 1:-1] = (z[..., 2:] - z[..., :-2]) * 0.5
    dx[..., 0] = z[..., 1] - z[..., 0]
    dx[..., -1] = z[..., -1] - z[..., -2]
    dy[..., 1:-1, :] = (z[..., 2:, :] - z[..., :-2, :]) * 0.5
    dy[..., 0, :] = z[..., 1, :] - z[..., 0, :]
    dy[..., -1, :] = z[..., -1, :] - z[..., -2, :]
    return dx, dy
