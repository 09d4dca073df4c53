"""The head as a surface in space: what lies behind each pixel, and how far each point stands out.

At every height v the head is an ellipse of half-width A(v) and half-depth C(v), moved forward so that forehead, lips
and chin stand above one another. Turning it by the yaw and looking along z has a closed solution for each pixel; the
nose, which stands out of the ellipse, is found by repeating that solution with the nose's height taken off. On top
comes a relief of hills and hollows that gives the light something to fall on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fr_bench.generator.appearance import Appearance
from fr_bench.generator.curves import Pixels, bump, cover, slopes, step

CHEEK_LEVEL = 3.0  # the height at which the head is widest
NOSE_ROWS, UPPER_ROWS, LOWER_ROWS = (38, 86), (22, 76), (44, 112)
CHIN_SETBACK = 0.16  # how much less than the brow the chin stands forward, as a share of the depth


@dataclass(frozen=True, slots=True)
class Section:
    """The head's cross-section at each height; squares may be negative outside the head, where they say how far out."""

    width: Pixels
    width_squared: Pixels
    depth: Pixels
    depth_squared: Pixels
    forward: Pixels


@dataclass(frozen=True, slots=True)
class Surface:
    """What each pixel sees of the head.

    u, v    where on the face, as seen from the front; w is towards the front.
    front   1 in the middle of the face, 0 at its sides, negative behind the ears.
    z       nearness to the camera, relief included.
    inside  share of the pixel that the head covers.
    """

    u: Pixels
    v: Pixels
    front: Pixels
    z: Pixels
    inside: Pixels

    def rows(self, top: int, bottom: int) -> Surface:
        """The part of it that lies in a `band` of rows."""
        part = band(self.v.shape[-2], top, bottom)
        return Surface(self.u[:, part], self.v[:, part], self.front[:, part], self.z[:, part], self.inside[:, part])


def band(height: int, top: int, bottom: int) -> slice:
    """The image rows in which a part of the face can lie, wherever the camera stands, from rows of the 112 crop.

    Drawing a part in its own rows only makes a picture in half the time. The rows are constants, not the parts' true
    extent, so they do not depend on which images are drawn together.
    """
    return slice(top * height // 112, -(-bottom * height // 112))


def section(face: Appearance, v: Pixels) -> Section:
    """Cut the head at height `v`."""
    up = np.maximum((CHEEK_LEVEL - v) / (CHEEK_LEVEL - face["top"]), 0.0)
    down = np.maximum((v - CHEEK_LEVEL) / (face["chin"] - CHEEK_LEVEL), 0.0)
    up_squared, down_squared = up * up, down * down
    down_fourth = down_squared * down_squared
    upper = 1.0 - up_squared * (0.35 + 0.65 * up_squared)
    lower = 1.0 - down_fourth * ((1.0 - face["jaw_square"]) + face["jaw_square"] * down_fourth)
    narrowing = face["half_width"] * (1.0 - face["jaw_taper"] * np.minimum(down, 1.2) * np.minimum(down, 1.2))
    squared = upper * lower
    round_ = np.sqrt(np.maximum(squared, 1e-4))
    setback = np.sqrt(np.maximum(lower, 1e-4))
    return Section(
        width=narrowing * round_,
        width_squared=narrowing * narrowing * squared,
        depth=face["depth"] * round_,
        depth_squared=face["depth"] * face["depth"] * squared,
        forward=face["depth"] * ((1.0 - CHIN_SETBACK * np.minimum(down_squared, 1.2)) - setback),
    )


def nose(face: Appearance, u: Pixels, v: Pixels) -> Pixels:
    """How far the nose stands out: a ridge that rises and widens from between the eyes to the tip."""
    along = np.clip((v + 7.0) / (face["nose_y"] + 6.0), 0.0, 1.0)
    rise = along * (0.35 + 0.65 * along) * step(face["nose_y"] + 5.2, face["nose_y"] - 1.0, v)
    width = face["bridge_width"] + (0.5 * face["nose_width"] - face["bridge_width"] + 1.2) * along * along
    across = (u - face["nose_bend"] * along) / width
    return np.asarray(face["nose_height"] * rise * bump(1.25 * across * across))


def relief(face: Appearance, u: Pixels, v: Pixels) -> Pixels:
    """Hills and hollows other than the nose; left and right alike."""
    return np.asarray(_upper_relief(face, u, v) + _lower_relief(face, u, v))


def _upper_relief(face: Appearance, u: Pixels, v: Pixels) -> Pixels:
    """Sockets, eyeballs, the ridge of the brows, bags under the eyes."""
    across = np.abs(u)
    from_eye = across - face["eye_x"]
    below_eye = v - face["eye_y"]
    height = -face["socket"] * 2.0 * _hill(from_eye + 1.5, below_eye + 2.5, 7.5, 4.2)
    height += (0.9 + 0.3 * face["eye_open"]) * _hill(from_eye, below_eye + 0.4, 4.6, 3.2)
    height += face["brow_ridge"] * _hill(across - 12.0, v - face["brow_y"] - 1.0, 11.0, 3.4)
    height -= 0.9 * face["eye_bags"] * _line(below_eye - 7.4 + 0.035 * from_eye * from_eye, 1.6) * _line(from_eye, 5.0)
    return np.asarray(height)


def _lower_relief(face: Appearance, u: Pixels, v: Pixels) -> Pixels:
    """Cheeks, the wings of the nose, lips, chin, and the folds from nose to mouth."""
    across = np.abs(u)
    height = face["cheek"] * _hill(across - 23.0, v - 14.0, 8.5, 7.5)
    height += 2.9 * _hill(across - 0.43 * face["nose_width"], v - face["nose_y"] + 0.4, 2.4, 2.7)
    below_mouth = v - face["mouth_y"]
    lips = step(1.1 * face["mouth_width"], 0.35 * face["mouth_width"], across)
    muzzle = 1.6 * _hill(across, below_mouth + 1.0, 13.0, 9.0)
    upper = 0.4 * face["upper_lip"] * _line(below_mouth + 0.5 * face["upper_lip"], 2.3)
    lower = 0.42 * face["lower_lip"] * _line(below_mouth - 0.6 * face["lower_lip"] - face["mouth_gap"], 2.5)
    crease = -1.1 * _line(below_mouth - face["lower_lip"] - face["mouth_gap"] - 3.2, 2.6)
    height += muzzle + lips * (upper + lower + crease)
    height += (1.2 + 1.4 * face["jaw_square"]) * _hill(across, v - face["chin"] + 8.0, 8.0, 5.0)
    fold = across - 0.62 * face["nose_width"] - 0.53 * (v - face["nose_y"]) - 2.4
    reach = step(face["nose_y"] - 3.0, face["nose_y"] + 4.0, v) * step(face["mouth_y"] + 7.0, face["mouth_y"] - 2.0, v)
    height -= 1.25 * face["fold"] * _line(fold, 1.9) * reach
    return np.asarray(height)


def _hill(x: Pixels, y: Pixels, width: float, height: float) -> Pixels:
    x, y = x * (1.0 / width), y * (1.0 / height)
    x *= x
    y *= y
    x += y
    return bump(x)


def _line(distance: Pixels, width: float) -> Pixels:
    scaled = distance * (1.0 / width)
    scaled *= scaled
    return bump(scaled)


def see(face: Appearance, x: Pixels, y: Pixels) -> Surface:
    """Find the head's point behind each place (x, y) of the face's picture plane."""
    cut, s, c = section(face, y), face["yaw_sine"], face["yaw_cosine"]
    side, toward = cut.width * c, cut.depth * s
    squared = side * side + toward * toward
    reach = np.sqrt(squared)
    turn_cosine, turn_sine = side / reach, toward / reach
    from_axis = x - cut.forward * s

    def hit(place: Pixels, rows: slice) -> tuple[Pixels, Pixels]:
        m = np.clip(place / reach[:, rows], -1.0, 1.0)
        k = np.sqrt(1.0 - m * m)
        c, s = turn_cosine[:, rows], turn_sine[:, rows]
        return m * c - k * s, m * s + k * c

    p, front = hit(from_axis, slice(None))
    part = band(y.shape[-2], *NOSE_ROWS)
    for _ in range(2):
        stand_out = nose(face, cut.width[:, part] * p[:, part], y[:, part])
        p[:, part], front[:, part] = hit(from_axis[:, part] - stand_out * s, part)
    u = cut.width * p
    ahead = cut.depth * front + cut.forward
    ahead[:, part] += nose(face, u[:, part], y[:, part])
    facing = step(0.0, 0.35, front)
    for rows, hills in ((UPPER_ROWS, _upper_relief), (LOWER_ROWS, _lower_relief)):
        part = band(y.shape[-2], *rows)
        ahead[:, part] += hills(face, u[:, part], y[:, part]) * facing[:, part]
    inside = outline(cut.width_squared * (c * c) + cut.depth_squared * (s * s) - from_axis * from_axis)
    return Surface(u=u, v=y, front=front, z=ahead * c - u * s, inside=inside)


def outline(implicit: Pixels) -> Pixels:
    """Coverage of each pixel by the region where an implicit function is positive, its edge one pixel soft."""
    dx, dy = slopes(implicit)
    dx *= dx
    dy *= dy
    dx += dy
    # Half a pixel inwards: the outermost pixels see the surface edge on, where its slope means nothing.
    return cover(implicit / np.sqrt(dx + 1e-3) - 0.6)


def points(face: Appearance, u: Pixels, v: Pixels) -> tuple[Pixels, Pixels]:
    """Where points of the face, given as seen from the front, lie in the picture plane after the head has turned."""
    cut = section(face, v)
    share = u / cut.width
    front = np.sqrt(np.maximum(1.0 - share * share, 0.0))
    ahead = cut.depth * front + cut.forward + nose(face, u, v) + relief(face, u, v)
    return u * face["yaw_cosine"] + ahead * face["yaw_sine"], v
