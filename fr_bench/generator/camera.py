"""From the face's picture plane to grey levels: placing, light, lens, noise, quantisation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fr_bench.generator.appearance import Appearance, colour
from fr_bench.generator.curves import Pixels, slopes
from fr_bench.generator.head import Surface

CROP = 112.0  # the side of the crop that the parameters' unit refers to


def picture_plane(face: Appearance, size: int) -> tuple[Pixels, Pixels]:
    """The place in the face's own picture plane of every pixel of an image: x to the right, y down."""
    kind = face["scale"].dtype
    pixels = ((np.arange(size, dtype=kind) + 0.5) * (CROP / size) - 0.5).astype(kind)
    x, y = pixels[np.newaxis, np.newaxis, :] - face["shift_x"], pixels[np.newaxis, :, np.newaxis] - face["shift_y"]
    c, s = face["roll_cosine"] / face["scale"], face["roll_sine"] / face["scale"]
    return c * x + s * y + face["centre"], c * y - s * x


def pixel_places(face: Appearance, x: Pixels, y: Pixels, size: int) -> tuple[Pixels, Pixels]:
    """The inverse of `picture_plane`: where in the image a place of the face's picture plane falls, in pixels."""
    x = (x - face["centre"]) * face["scale"]
    y = y * face["scale"]
    c, s = face["roll_cosine"], face["roll_sine"]
    across, down = c * x - s * y + face["shift_x"], s * x + c * y + face["shift_y"]
    return (across + 0.5) * (size / CROP) - 0.5, (down + 0.5) * (size / CROP) - 0.5


def light_on(face: Appearance, surface: Surface) -> tuple[Pixels, Pixels]:
    """Light that a surface scatters (1 is full), and the gloss it mirrors, from the slope of its nearness."""
    size = surface.z.shape[-1]
    dx, dy = slopes(surface.z)
    per_unit = size / CROP
    dx = np.clip(dx * per_unit, -3.0, 3.0)
    dy = np.clip(dy * per_unit, -3.0, 3.0)
    upright = 1.0 / np.sqrt(dx * dx + dy * dy + 1.0)
    toward = (face["light_z"] - dx * face["light_x"] - dy * face["light_y"]) * upright
    scattered = face["ambient"] * (0.72 + 0.28 * upright) + face["direct"] * np.maximum(toward * 0.9 + 0.1, 0.0)
    half = np.sqrt(2.0 + 2.0 * face["light_z"] + 0.05)
    gloss = np.maximum((face["light_z"] + 1.0 - dx * face["light_x"] - dy * face["light_y"]) * upright / half, 0.0)
    for _ in range(4):
        gloss *= gloss
    return scattered, gloss * face["direct"]


def wall(face: Appearance, size: int) -> Pixels:
    """An empty canvas before a wall that is brighter to one side."""
    kind = face["scale"].dtype
    ramp = (np.arange(size, dtype=kind) / kind.type(size) - kind.type(0.5)).astype(kind)
    across, down = ramp[np.newaxis, np.newaxis, :], ramp[np.newaxis, :, np.newaxis]
    fall = across * face["wall_slope_x"] + down * face["wall_slope_y"]
    return np.asarray(colour(face, "wall") * (0.45 + 0.6 * face["ambient"]) + fall)


def blur(canvas: Pixels, face: Appearance) -> Pixels:
    """The lens: two passes of a small symmetric kernel, whose tails grow with the blur."""
    for strength in (0.30, 0.30):
        tail = strength * face["blur"] + 0.02
        for axis in (-1, -2):
            canvas = _smooth(canvas, tail, axis)
    return canvas


def _smooth(canvas: Pixels, tail: Pixels, axis: int) -> Pixels:
    turned = np.swapaxes(canvas, axis, -1)
    out = turned * (1.0 - 2.0 * np.swapaxes(tail, axis, -1))
    tail = np.swapaxes(tail, axis, -1)
    scaled = turned * tail
    out[..., 1:] += scaled[..., :-1]
    out[..., :-1] += scaled[..., 1:]
    out[..., 0] += scaled[..., 0]
    out[..., -1] += scaled[..., -1]
    return np.swapaxes(out, axis, -1)


def expose(canvas: Pixels, face: Appearance, grain: Pixels) -> NDArray[np.uint8]:
    """Exposure, contrast, white balance, noise; then grey levels, half of one rounded up. Returns (n, h, w, 3)."""
    canvas *= face["exposure"] * colour(face, "balance")
    np.clip(canvas, 0.0, 1.0, out=canvas)
    # An S-shaped curve through 0, 1/2 and 1 raises or lowers the contrast.
    canvas += face["contrast"] * (canvas * (1.0 - canvas) * (2.0 * canvas - 1.0)) * 2.0
    canvas += face["noise"] * grain
    canvas *= 255.0
    canvas += 0.5
    np.floor(canvas, out=canvas)
    np.clip(canvas, 0.0, 255.0, out=canvas)
    return np.ascontiguousarray(np.moveaxis(canvas, 0, -1)).astype(np.uint8)
