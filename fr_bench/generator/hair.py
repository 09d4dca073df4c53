"""Hair before and behind the head, ears, neck, and what is worn: glasses and a hairband."""

from __future__ import annotations

import numpy as np

from fr_bench.generator.appearance import Appearance, colour
from fr_bench.generator.curves import Pixels, cover, step, wave
from fr_bench.generator.features import darken, distance, paint, stroke
from fr_bench.generator.head import Surface, band, outline, section

EAR_LEVEL = 3.0


def behind(canvas: Pixels, face: Appearance, x: Pixels, y: Pixels) -> None:
    """Paint what lies behind the head: the mass of hair, and the neck."""
    cut = section(face, np.minimum(y, 4.0))
    volume = face["hair_volume"]
    flare = np.clip((y - 4.0) / 55.0, 0.0, 1.2)
    sway = 1.6 * face["hair_wave"] * wave(0.045 * y + face["strand_phase"])
    grown = (cut.width + volume * (1.0 + 0.9 * flare) + sway) * face["yaw_cosine"]
    deep = (cut.depth + volume) * face["yaw_sine"]
    squared = grown * grown + deep * deep
    place = x + 9.0 * face["yaw_sine"]
    above = np.maximum(face["top"] - y, 0.0)
    curtain = outline(squared - place * place - 40.0 * above * above)
    curtain *= step(2.5, -2.5, y - face["hair_length"] - 1.5 * wave(0.09 * x))
    m = np.clip(place / np.sqrt(squared), -1.0, 1.0)
    light = _lit(face, m, np.sqrt(1.0 - m * m))
    paint(canvas, curtain, colour(face, "hair") * (light * (0.80 + 0.2 * strands(face, m * 34.0, y))))
    neck(canvas, face, x, y)


def neck(canvas: Pixels, face: Appearance, x: Pixels, y: Pixels) -> None:
    """A neck in the chin's shadow."""
    rows = band(canvas.shape[-2], 60, 112)
    canvas, x, y = canvas[:, :, rows], x[:, rows], y[:, rows]
    half = 0.56 * face["half_width"] + 4.0 * face["jaw_square"]
    place = (x + 6.0 * face["yaw_sine"]) / half
    amount = cover((1.0 - np.abs(place)) * half) * step(20.0, 30.0, y)
    m = np.clip(place, -1.0, 1.0)
    light = _lit(face, m, np.sqrt(1.0 - m * m)) * (0.58 + 0.2 * step(0.0, 14.0, y - face["chin"]))
    paint(canvas, amount, colour(face, "skin") * light)


def ears(canvas: Pixels, face: Appearance, x: Pixels, y: Pixels, near: bool) -> None:
    """Paint the ears: before the head is drawn both, after it only the one that looks at the camera (`near`)."""
    rows = band(canvas.shape[-2], 34, 78)
    canvas, x, y = canvas[:, :, rows], x[:, rows], y[:, rows]
    level = section(face, np.full_like(face["top"], EAR_LEVEL))
    for side in (-1.0, 1.0):
        facing = -side * face["yaw_sine"]
        seen = (1.0 - face["covered_ears"]) * (step(0.05, 0.30, facing) if near else 1.0)
        if not seen.any():
            continue
        middle = side * (level.width + 0.8) * face["yaw_cosine"] - 4.0 * face["yaw_sine"]
        wide = (2.7 + 4.2 * np.maximum(facing, 0.0)) * face["ear_size"]
        across, down = (x - middle) / wide, (y - EAR_LEVEL) / (8.6 * face["ear_size"])
        radius = distance(across, down)
        amount = cover((1.0 - radius) * wide) * seen
        light = _lit(face, np.full_like(facing, 0.55 * side), np.full_like(facing, 0.75)) * (1.0 - 0.3 * (1.0 - radius))
        paint(canvas, amount, 0.92 * colour(face, "skin") * light)


def front(canvas: Pixels, face: Appearance, surface: Surface) -> Pixels:
    """Paint the hair on the head: hairline, parting, fringe, temples, sideburns. Returns how much it covers."""
    u, v = surface.u, surface.v
    share = u / face["half_width"]
    off = share - face["parting"] / face["half_width"]
    line = face["hairline"] + face["hairline_curve"] * share * share - 2.0 * stroke(off, 0.30)
    bangs = face["fringe"] * (-14.5 - face["hairline"]) * step(1.0, 0.55, np.abs(share))
    phase = face["strand_phase"]
    ragged = wave(0.053 * u + phase) + 0.8 * wave(0.117 * u - phase) + 0.5 * wave(0.29 * u)
    line = line + bangs + (0.5 + 0.9 * face["fringe"]) * ragged
    top = step(2.4, -2.4, v - line)
    edge = np.where(v < 8.0, 0.46 - 0.012 * (v + 20.0), 0.12)
    temple = step(0.10, -0.06, surface.front - edge) * step(10.0, 3.0, v)
    back = step(-0.10, -0.22, surface.front) * step(2.0, -2.0, v - np.maximum(face["hair_length"], 14.0))
    hanging = step(0.06, -0.06, surface.front - face["hair_curtain"] - 0.1 * face["hair_wave"] * wave(0.04 * v))
    curtain = hanging * step(2.0, -2.0, v - face["hair_length"]) * step(0.0, 0.1, face["hair_curtain"])
    amount = np.maximum(np.maximum(top, temple), np.maximum(back, curtain))
    shadow = np.maximum(step(4.5, 0.0, v - line), 0.0) * (1.0 - amount)
    darken(canvas, 0.28 * shadow)
    part = stroke(off * 9.0 + 0.02 * v, 0.5) * step(-2.0, -12.0, v - face["hairline"]) * (1.0 - face["fringe"])
    paint(canvas, amount, colour(face, "hair") * (0.78 + 0.26 * strands(face, u * 1.3 + 0.25 * v * off, v)))
    darken(canvas, 0.35 * part * amount)
    return np.asarray(amount)


def strands(face: Appearance, across: Pixels, v: Pixels) -> Pixels:
    """Streaks along the hair, wavy where the hair is; between -1 and 1."""
    bend = across + 2.2 * face["hair_wave"] * wave(0.05 * v + face["strand_phase"])
    return np.asarray(0.6 * wave(0.17 * bend + face["strand_phase"]) + 0.4 * wave(0.41 * bend))


def wear(canvas: Pixels, face: Appearance, surface: Surface, light: Pixels) -> None:
    """Paint glasses and hairband where the condition asks for them."""
    for worn, put_on, top, bottom in (("glasses", _glasses, 30, 78), ("hairband", _hairband, 0, 64)):
        if face[worn].any():
            rows = band(canvas.shape[-2], top, bottom)
            put_on(canvas[:, :, rows], face, surface.rows(top, bottom), light[:, rows])


def _hairband(canvas: Pixels, face: Appearance, surface: Surface, light: Pixels) -> None:
    across = (surface.v - face["hairline"] + 1.0 - 0.006 * surface.u * surface.u) / (0.5 * face["band_width"])
    amount = step(1.1, 0.8, np.abs(across)) * surface.inside * face["hairband"]
    paint(canvas, amount, colour(face, "band_colour") * light)


def _glasses(canvas: Pixels, face: Appearance, surface: Surface, light: Pixels) -> None:
    across = np.abs(surface.u)
    x = (across - face["eye_x"] - 0.4) / face["frame_width"]
    y = (surface.v - face["eye_y"] - 1.4) / face["frame_height"]
    x2, y2 = x * x, y * y
    roundness = face["frame_roundness"]
    radius = np.sqrt(roundness * (x2 + y2) + (1.0 - roundness) * np.sqrt(x2 * x2 * x2 * x2 + y2 * y2 * y2 * y2))
    off = (radius - 1.0) * face["frame_height"]
    rim = cover(0.5 * face["frame_thickness"] - np.abs(off))
    bridge = cover(0.5 * face["frame_thickness"] - np.abs(surface.v - face["eye_y"] + 1.5)) * (
        across < face["eye_x"] + 0.4 - face["frame_width"]
    )
    outside = across > face["eye_x"] + face["frame_width"]
    temple = cover(0.5 * face["frame_thickness"] - np.abs(surface.v - face["eye_y"] + 1.0)) * outside
    worn = face["glasses"] * surface.inside * step(-0.25, 0.0, surface.front)
    lens = cover(-off) * worn
    darken(canvas, 0.10 * lens, (1.0, 1.0, 1.0))
    glare = step(0.3, 0.9, wave(0.05 * (surface.u - 1.4 * surface.v) + 0.1)) * lens
    paint(canvas, 0.20 * glare, (1.0, 1.0, 1.0))
    amount = np.maximum(rim, np.maximum(bridge, temple)) * worn
    paint(canvas, amount, colour(face, "frame_colour") * (0.4 + 0.6 * light))


def _lit(face: Appearance, m: Pixels, k: Pixels) -> Pixels:
    """Light on an upright cylinder whose normal is (m, 0, k)."""
    return np.asarray(face["ambient"] + face["direct"] * np.maximum(m * face["light_x"] + k * face["light_z"], 0.0))
