"""Skin, eyes, brows, nose, mouth and beard, painted on the face as seen from the front.

A canvas has shape (3, n, height, width). Left and right are painted at once, on |u|.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fr_bench.generator.appearance import Appearance, colour
from fr_bench.generator.curves import Pixels, bump, cover, step, wave
from fr_bench.generator.head import Surface, band

SCLERA = (0.90, 0.89, 0.87)
TEETH = (0.93, 0.91, 0.86)
MOUTH_INSIDE = (0.22, 0.07, 0.07)


def paint(canvas: Pixels, amount: Pixels, tint: Any) -> None:
    """Cover the canvas with a colour, pixel by pixel by `amount` (0..1)."""
    for channel in range(3):
        change = tint[channel] - canvas[channel]
        change *= amount
        canvas[channel] += change


def darken(canvas: Pixels, amount: Pixels, tint: tuple[float, float, float] = (0.75, 1.0, 1.0)) -> None:
    """Take light away by `amount` (0..1), from red the least: shadow on skin is warm."""
    for channel in range(3):
        canvas[channel] *= 1.0 - tint[channel] * amount


def skin(face: Appearance, surface: Surface) -> Pixels:
    """A canvas of bare skin: its colour, redder cheeks and nose, freckles, a mole, the lines of age."""
    canvas = np.empty((3, *surface.u.shape), dtype=surface.u.dtype)
    canvas[...] = colour(face, "skin")
    rows, part = within(canvas, surface, 40, 104)
    u, v, across = part.u, part.v, np.abs(part.u)
    blush = 0.10 * spot(across - 22.0, v - 16.0, 9.0, 7.0) + 0.09 * spot(u, v - face["nose_y"], 7.0, 5.0)
    rows[1:] *= 1.0 - blush
    if face["freckles"].any():
        speckle = wave(0.311 * u + 0.173 * v) * wave(0.127 * u - 0.289 * v + 0.3)
        darken(rows, 0.35 * face["freckles"] * step(0.35, 0.8, speckle) * spot(across - 15.0, v - 14.0, 11.0, 7.0))
    mole = np.minimum(face["mole_size"], 1.5)
    darken(rows, 0.75 * cover(mole - 0.5 - distance(u - face["mole_x"], v - face["mole_y"])))
    age_lines(canvas, face, surface)
    return canvas


def within(canvas: Pixels, surface: Surface, top: int, bottom: int) -> tuple[Pixels, Surface]:
    """The canvas (a view) and the surface in a band of rows of the 112 crop."""
    return canvas[:, :, band(canvas.shape[-2], top, bottom)], surface.rows(top, bottom)


def age_lines(canvas: Pixels, face: Appearance, surface: Surface) -> None:
    """Furrows of the forehead, between the brows, beside the eyes and from nose to mouth."""
    rows, part = within(canvas, surface, 4, 62)
    u, v, across = part.u, part.v, np.abs(part.u)
    lines = step(0.55, 1.0, wave(0.21 * v + 0.0004 * u * u + 0.01 * face["brow_y"]))
    darken(rows, 0.22 * face["forehead_lines"] * lines * spot(u, v - face["brow_y"] + 14.0, 15.0, 5.5))
    darken(rows, 0.28 * face["frown"] * stroke(across - 2.6, 0.9) * spot(u, v - face["brow_y"], 4.0, 3.6))
    rows, part = within(canvas, surface, 34, 74)
    v, across = part.v, np.abs(part.u)
    fan = step(0.3, 1.0, wave(0.23 * (v - face["eye_y"]) + 0.1))
    darken(rows, 0.26 * face["crow_feet"] * fan * spot(across - face["eye_x"] - 12.0, v - face["eye_y"], 2.4, 4.0))
    bags = v - face["eye_y"] - 6.6 + 0.04 * (across - face["eye_x"]) * (across - face["eye_x"])
    darken(rows, 0.20 * face["eye_bags"] * stroke(bags, 1.2) * stroke(across - face["eye_x"], 5.0))
    rows, part = within(canvas, surface, 56, 112)
    v, across = part.v, np.abs(part.u)
    fold = across - 0.62 * face["nose_width"] - 0.53 * (v - face["nose_y"]) - 2.4
    reach = step(face["nose_y"] - 3.0, face["nose_y"] + 3.0, v) * step(face["mouth_y"] + 8.0, face["mouth_y"], v)
    darken(rows, 0.24 * face["fold"] * stroke(fold, 1.2) * reach)


def eyes(canvas: Pixels, face: Appearance, surface: Surface) -> None:
    """Almond-shaped openings with iris, pupil and a reflected lamp; lashes along the upper lid, and its crease."""
    canvas, surface = within(canvas, surface, 32, 72)
    x = np.abs(surface.u) - face["eye_x"]
    y = surface.v - face["eye_y"] - face["eye_tilt"] * x
    along = x / face["eye_width"]
    arc = 1.0 - along * along
    bow = np.maximum(arc, 0.0)
    # A shut lid lies where the lower one was.
    upper = y + bow * (1.28 * face["eye_open"] - 1.3) * (1.0 - 0.14 * along)
    lower = bow * (0.55 * face["eye_open"] + 1.3) - y
    opening = cover(np.minimum(upper, lower)) * step(0.0, 0.12, arc)
    darken(canvas, 0.20 * spot(x, y + 1.0, 6.5, 4.0))
    ball = np.empty_like(canvas)
    for channel, white in enumerate(SCLERA):
        ball[channel] = white * (1.0 - 0.22 * step(2.6, -0.5, upper))
    iris(ball, face, surface.u, x, y)
    for channel in range(3):
        canvas[channel] += opening * (ball[channel] - canvas[channel])
    width = 0.55 + 0.55 * face["lashes"] * (0.75 + 0.35 * along)
    lash = cover(width - np.abs(upper + 0.15)) * step(-0.14, 0.1, 1.12 - np.abs(along))
    paint(canvas, np.minimum(0.6 + 0.32 * face["lashes"], 1.0) * lash, (0.10, 0.07, 0.06))
    darken(canvas, 0.30 * stroke(lower + 0.4, 0.9) * step(0.0, 0.25, arc))
    crease = stroke(upper + 2.3 - 0.2 * face["eye_open"], 0.9) * step(-0.1, 0.25, arc)
    darken(canvas, 0.42 * face["eye_lid"] * crease)


def iris(ball: Pixels, face: Appearance, u: Pixels, x: Pixels, y: Pixels) -> None:
    """A ring darker at its rim, the pupil, and the lamp's reflection on the same side of both eyes."""
    radius = distance(x, y + 0.25)
    disc = cover(face["iris"] - radius)
    paint(ball, disc, colour(face, "iris_colour"))
    rim = cover(0.55 - np.abs(face["iris"] - 0.4 - radius))
    darken(ball, 0.5 * rim, (1.0, 1.0, 1.0))
    paint(ball, cover(0.42 * face["iris"] - radius), (0.03, 0.03, 0.03))
    side = np.where(u < 0.0, -1.0, 1.0).astype(u.dtype)
    paint(ball, 0.9 * cover(0.85 - distance(x * side + 1.1 - 1.6 * face["light_x"], y + 1.3)), (1.0, 1.0, 1.0))


def brows(canvas: Pixels, face: Appearance, surface: Surface) -> None:
    """Arches, thicker at their inner end, made of slanting hairs."""
    canvas, surface = within(canvas, surface, 18, 64)
    x = np.abs(surface.u) - 0.92 * face["eye_x"]
    along = x / face["brow_length"]
    y = surface.v - face["brow_y"] - face["brow_slope"] * along + face["brow_arch"] * (1.0 - along * along) - 1.0
    thickness = face["brow_thickness"] * (1.0 - 0.32 * along - 0.22 * along * along)
    hairs = 0.85 + 0.15 * wave(0.35 * x - 0.4 * y)
    amount = step(1.2, -0.8, np.abs(y) - thickness) * step(1.12, 0.85, np.abs(along)) * hairs
    paint(canvas, 0.92 * amount, colour(face, "brow"))


def nose_marks(canvas: Pixels, face: Appearance, surface: Surface) -> None:
    """Nostrils, the shadow under the tip and beside the wings."""
    canvas, surface = within(canvas, surface, 54, 92)
    across, below = np.abs(surface.u), surface.v - face["nose_y"]
    darken(canvas, 0.62 * spot(across - 0.33 * face["nose_width"], below - 3.0, 1.5, 0.95))
    darken(canvas, 0.22 * spot(across, below - 4.2, 0.42 * face["nose_width"], 1.5))
    wing = stroke(across - 0.64 * face["nose_width"] + 0.06 * below * below, 0.9)
    darken(canvas, 0.26 * wing * stroke(below - 0.8, 2.4))


def mouth(canvas: Pixels, face: Appearance, surface: Surface) -> None:
    """Lips with cupid's bow, the line between them, and what an open mouth shows."""
    canvas, surface = within(canvas, surface, 68, 112)
    along = surface.u / face["mouth_width"]
    squared = along * along
    arc = np.maximum(1.0 - squared, 0.0)
    y = surface.v - face["mouth_y"] + face["mouth_curve"] * (squared - 0.35)
    ends = step(0.0, 0.10, arc)
    peaks = np.abs(along) - 0.28
    bow = 1.0 - face["cupid_bow"] * (0.5 * bump(90.0 * squared) - 0.3 * bump(50.0 * peaks * peaks))
    gap = face["mouth_gap"] * arc
    from_top = y + face["upper_lip"] * arc * bow + 0.25 * gap
    to_bottom = face["lower_lip"] * arc * (0.55 + 0.45 * arc) + 0.75 * gap - y
    amount = step(-0.6, 0.7, np.minimum(from_top, to_bottom)) * ends
    paint(canvas, 0.92 * amount, colour(face, "lip"))
    darken(canvas, 0.16 * amount * step(0.6, -0.6, y - 0.25 * gap))
    lighten = 0.10 * spot(surface.u, y - 0.75 * gap - 0.55 * face["lower_lip"], 4.5, 1.2)
    paint(canvas, lighten, (1.0, 0.9, 0.88))
    opening = cover(np.minimum(y + 0.25 * gap, 0.75 * gap - y)) * step(0.0, 0.8, gap)
    inside = np.empty_like(canvas)
    white = face["teeth"] + (1.0 - face["teeth"]) * 0.75 * step(0.24, 0.12, (y + 0.25 * gap) / (gap + 0.5))
    for channel in range(3):
        inside[channel] = MOUTH_INSIDE[channel] + (TEETH[channel] - MOUTH_INSIDE[channel]) * white
        canvas[channel] += opening * (inside[channel] - canvas[channel])
    between = stroke(np.where(gap > 0.8, np.abs(y - 0.25 * gap) - 0.5 * gap, y), 0.75) * step(1.18, 0.95, np.abs(along))
    darken(canvas, 0.6 * between)


def beard(canvas: Pixels, face: Appearance, surface: Surface) -> None:
    """Chin and cheek beard and moustache; a weak one is stubble."""
    if not face["beard"].any():
        return
    canvas, surface = within(canvas, surface, 54, 112)
    across, v = np.abs(surface.u), surface.v
    mouth_y = face["mouth_y"]
    jaw = step(-4.0, 5.0, v - mouth_y + 13.0 - 0.028 * across * across) * step(-3.0, 2.0, v - face["nose_y"])
    lips = 1.0 - spot(surface.u, v - mouth_y - 1.0, 0.75 * face["mouth_width"], 4.6)
    hairs = 0.82 + 0.18 * wave(0.27 * surface.u + 0.11 * v) * wave(0.31 * v)
    cheek = jaw * step(9.0, 17.0, across + np.maximum(v - mouth_y - 3.0, 0.0) * 1.7)
    paint(canvas, face["beard"] * 0.85 * cheek * lips * hairs, colour(face, "brow"))
    arch = v - (0.55 * face["nose_y"] + 0.45 * mouth_y) - 0.016 * across * across + 0.1
    above = stroke(arch - 1.0, 2.7) * step(1.25, 0.9, across / face["mouth_width"])
    paint(canvas, 0.9 * face["moustache"] * above * hairs, colour(face, "brow"))


def distance(x: Pixels, y: Pixels) -> Pixels:
    """Distance from the origin."""
    return np.asarray(np.sqrt(x * x + y * y))


def spot(x: Pixels, y: Pixels, width: Any, height: Any) -> Pixels:
    """A soft spot, 1 at its centre."""
    x, y = x / width, y / height
    return bump(x * x + y * y)


def stroke(off: Pixels, width: float) -> Pixels:
    """A soft line, 1 where `off` is 0."""
    scaled = off * (1.0 / width)
    scaled *= scaled
    return bump(scaled)
