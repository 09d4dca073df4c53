"""What one image shows: the subject as the condition finds them, and the camera as it happened to stand.

An appearance is a structured array with one record an image. Its fields are the numbers that the drawing modules read;
they have shape (n, 1, 1), so they broadcast with pixels of shape (n, height, width). All decisions (expression, age,
lamp, jitter) are taken here, one image at a time; drawing only draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.generator.conditions import Condition, Expression
from fr_bench.generator.curves import clamp, cosine, mix, sine
from fr_bench.generator.draws import Draw
from fr_bench.generator.subjects import Colour, SubjectParameters

Appearance = NDArray[np.void]
Fields = dict[str, Any]

# What an expression adds to the neutral face at full strength; the unit is that of the field.
EXPRESSION_SHIFTS: dict[Expression, dict[str, float]] = {
    "neutral": {},
    "smile": {"mouth_wider": 0.2, "corner_lift": 4.2, "mouth_gap": 3.2, "cheek": 1.5, "lids": -0.22, "fold": 0.5},
    "anger": {
        "brow_down": 3.2, "brow_inward": 3.0, "mouth_wider": -0.08, "corner_lift": -2.2, "lips": -0.3, "lids": -0.15,
        "frown": 1.0, "fold": 0.25,
    },
    "eyes_closed": {"lids": -1.0},
    "surprise": {"brow_down": -5.0, "mouth_wider": -0.22, "mouth_gap": 10.5, "lids": 0.38, "jaw_drop": 4.5},
}  # fmt: skip


def appearances(seed: int, subjects: Sequence[SubjectParameters], conditions: Sequence[Condition]) -> Appearance:
    """One record an image, shape (n, 1, 1), double precision."""
    rows = [_fields(seed, subject, condition) for subject, condition in zip(subjects, conditions, strict=True)]
    if not rows:
        raise ValueError("no image: give at least one subject index and its condition")
    kind = [(name, "f8", (3,) if isinstance(value, tuple) else ()) for name, value in rows[0].items()]
    table = np.empty((len(rows), 1, 1), dtype=kind)
    for name in rows[0]:
        table[name][:, 0, 0] = [row[name] for row in rows]
    return table


def single_precision(appearance: Appearance) -> Appearance:
    """The same records in the precision that pixels are drawn in."""
    names = appearance.dtype.names or ()
    return appearance.astype([(name, "f4", appearance.dtype[name].shape) for name in names])


def colour(appearance: Appearance, name: str) -> NDArray[Any]:
    """A colour field as (3, n, 1, 1), to broadcast with an image of shape (3, n, height, width)."""
    return np.moveaxis(appearance[name], -1, 0)


def _fields(seed: int, subject: SubjectParameters, condition: Condition) -> Fields:
    return {
        **_shape(seed, subject, condition),
        **_hair(seed, subject, condition),
        **_colours(subject, condition),
        **_camera(seed, subject.index, condition),
        **_light(condition),
        "glasses": float(condition.accessory == "glasses"),
        "hairband": float(condition.accessory == "hairband"),
        **_accessory(Draw(seed, subject.index, condition.image, "accessory", 16)),
        **_surroundings(Draw(seed, subject.index, condition.image, "surroundings", 32)),
    }


def _shape(seed: int, subject: SubjectParameters, condition: Condition) -> Fields:
    """Geometry, with the expression, the years and a little life (nobody holds a face quite still)."""
    s, draw = subject, Draw(seed, subject.index, condition.image, "shape", 48)
    strength = draw.uniform(0.7, 1.1)
    shift = {name: strength * value for name, value in EXPRESSION_SHIFTS[condition.expression].items()}
    if condition.expression == "eyes_closed":
        shift["lids"] = -1.0
    weight = 1.0 + (draw.bell(0.0, 0.015) if condition.session else 0.0) + 0.001 * condition.years
    sag = clamp((s.age + condition.years - 35.0) / 40.0, 0.0, 1.2) * s.wrinkling
    drop = shift.get("jaw_drop", 0.0)
    lips = 1.0 + shift.get("lips", 0.0) - 0.18 * sag
    kept = ("depth", "top", "jaw_square", "cheekbone", "mole_x", "mole_y", "mole_size", "freckles", "eye_x",
            "eye_y", "eye_width", "eye_tilt", "eye_lid", "lashes", "socket", "iris", "brow_arch", "brow_length",
            "brow_ridge", "nose_y", "nose_height", "nose_width", "bridge_width", "nose_bend", "cupid_bow",
            "beard", "moustache", "ear_size", "lip_red")  # fmt: skip
    return {
        **{name: getattr(s, name) for name in kept},
        "half_width": s.half_width * weight,
        "chin": s.chin + drop,
        "jaw_taper": s.jaw_taper - 1.2 * (weight - 1.0),
        "eye_open": s.eye_open * clamp(1.0 + shift.get("lids", 0.0) - 0.12 * sag + draw.bell(0.0, 0.05), 0.0, 1.6),
        "brow_y": s.brow_y + shift.get("brow_down", 0.0) + draw.bell(0.0, 0.3),
        "brow_slope": s.brow_slope - shift.get("brow_inward", 0.0),
        "brow_thickness": s.brow_thickness * (1.0 - 0.15 * sag),
        "mouth_y": s.mouth_y + 0.35 * drop + draw.bell(0.0, 0.3),
        "mouth_width": s.mouth_width * (1.0 + shift.get("mouth_wider", 0.0) + draw.bell(0.0, 0.01)),
        "mouth_curve": s.mouth_curve + shift.get("corner_lift", 0.0) - 0.5 * sag + draw.bell(0.0, 0.2),
        "mouth_gap": max(0.0, shift.get("mouth_gap", 0.0)),
        "teeth": float(condition.expression == "smile"),
        "upper_lip": s.upper_lip * lips,
        "lower_lip": s.lower_lip * lips,
        "cheek": 1.4 * s.cheekbone + shift.get("cheek", 0.0),
        "fold": 0.12 + 0.62 * sag + shift.get("fold", 0.0),
        "frown": 0.3 * sag + shift.get("frown", 0.0),
        "forehead_lines": 0.8 * sag + max(0.0, -0.09 * shift.get("brow_down", 0.0)),
        "eye_bags": 0.1 + 0.65 * sag,
        "crow_feet": 0.7 * sag + 0.3 * max(0.0, shift.get("cheek", 0.0)) * sag,
    }


def _hair(seed: int, subject: SubjectParameters, condition: Condition) -> Fields:
    """Hair cut and combed: another day, another length, parting and fringe."""
    s, draw = subject, Draw(seed, subject.index, condition.image, "hair", 48)
    other_day = 1.0 if condition.session else 0.25
    receding = 0.12 * condition.years * clamp((s.age - 30.0) / 30.0, 0.0, 1.0) if s.sex == "male" else 0.0
    return {
        "hairline": s.hairline - receding,
        "hairline_curve": s.hairline_curve + draw.bell(0.0, 1.5 * other_day),
        "parting": s.parting + draw.bell(0.0, 2.5 * other_day),
        "fringe": clamp(s.fringe + draw.bell(0.0, 0.12 * other_day), 0.0, 1.1),
        "hair_length": s.hair_length * (1.0 + draw.bell(0.0, 0.15 * other_day)),
        "hair_volume": s.hair_volume * (1.0 + draw.bell(0.0, 0.15 * other_day)),
        "hair_curtain": s.hair_curtain * (1.0 + draw.bell(0.0, 0.12 * other_day)),
        "hair_wave": s.hair_wave,
        "strand_phase": draw.uniform(),
        "covered_ears": float(s.hair_length > 26.0),
    }


def _colours(subject: SubjectParameters, condition: Condition) -> Fields:
    s, age = subject, subject.age + condition.years
    skin = _between(((0.95, 0.79, 0.69), (0.80, 0.58, 0.44), (0.40, 0.26, 0.18)), s.melanin)
    skin = (skin[0] * (1.0 + 0.012 * s.ruddiness), skin[1] * (1.0 - 0.018 * s.ruddiness), skin[2])
    fair = clamp(1.0 - 2.2 * s.melanin, 0.0, 1.0)
    hair = _between(((0.09, 0.065, 0.055), (0.30, 0.19, 0.12), (0.74, 0.57, 0.34)), s.hair_blond * fair)
    hair = _blend(hair, (0.47, 0.20, 0.09), 0.8 * s.hair_red * fair)
    grey = clamp((age - s.greying_age + 8.0) / 22.0, 0.0, 0.95)
    light_iris = _blend((0.36, 0.52, 0.66), (0.38, 0.47, 0.30), s.iris_green)
    lips = _blend(
        (skin[0] * 0.86, skin[1] * 0.70, skin[2] * 0.70), (skin[0] * 0.84, skin[1] * 0.45, skin[2] * 0.48), s.lip_red
    )
    return {
        "skin": skin,
        "hair": _blend(hair, (0.74, 0.73, 0.72), grey),
        "brow": _blend(_blend(hair, (0.06, 0.045, 0.04), 0.35), (0.62, 0.61, 0.60), 0.7 * grey),
        "iris_colour": _blend(light_iris, (0.23, 0.13, 0.07), clamp(s.iris_brown + 2.0 * s.melanin, 0.0, 1.0)),
        "lip": lips,
    }


def _between(stops: tuple[Colour, Colour, Colour], place: float) -> Colour:
    """A colour on the path through three stops, place 0 to 1."""
    first, second, third = stops
    return _blend(first, second, 2.0 * place) if place < 0.5 else _blend(second, third, 2.0 * place - 1.0)


def _blend(first: Colour, second: Colour, share: float) -> Colour:
    return (mix(first[0], second[0], share), mix(first[1], second[1], share), mix(first[2], second[2], share))


def _camera(seed: int, subject: int, condition: Condition) -> Fields:
    """Where the face stands in the image: yaw, and the small error that every alignment leaves."""
    draw = Draw(seed, subject, condition.image, "camera", 48)
    yaw, roll, scale = condition.yaw + draw.bell(0.0, 1.5), draw.bell(0.0, 1.6), draw.bell(0.955, 0.016)
    return {
        "yaw_sine": sine(yaw),
        "yaw_cosine": cosine(yaw),
        "roll_sine": sine(roll),
        "roll_cosine": cosine(roll),
        "scale": scale,
        "shift_x": 55.9 + draw.bell(0.0, 0.9),
        "shift_y": 52.0 + draw.bell(0.0, 0.9),
        "centre": 0.0,
        "blur": condition.blur,
        "noise": condition.noise / 255.0,
        "exposure": draw.bell(1.0, 0.06),
        "contrast": draw.bell(0.0, 0.12),
        "balance": (1.0 + draw.bell(0.0, 0.025), 1.0, 1.0 + draw.bell(0.0, 0.03)),
    }


def _light(condition: Condition) -> Fields:
    """The lamp stands somewhat above the head. The more contrast, the less light comes from the rest of the room."""
    hard = clamp(condition.light_contrast, 0.0, 1.0)
    height = mix(0.36, 0.30, hard)
    reach = cosine(20.0)
    return {
        "light_x": sine(condition.light_azimuth) * reach,
        "light_y": -height,
        "light_z": cosine(condition.light_azimuth) * reach,
        "ambient": mix(0.50, 0.30, hard),
        "direct": mix(0.58, 0.80, hard),
    }


def _accessory(draw: Draw) -> Fields:
    """Which glasses, which hairband: not the subject's trait but the day's."""
    shade = draw.uniform(0.03, 0.35)
    return {
        "frame_width": draw.uniform(11.5, 14.0),
        "frame_height": draw.uniform(7.5, 10.5),
        "frame_roundness": draw.uniform(),
        "frame_thickness": draw.uniform(1.0, 2.2),
        "frame_colour": (shade * draw.uniform(0.7, 1.6), shade, shade * draw.uniform(0.6, 1.3)),
        "band_width": draw.uniform(5.0, 8.0),
        "band_colour": (draw.uniform(0.1, 0.95), draw.uniform(0.1, 0.9), draw.uniform(0.1, 0.9)),
    }


def _surroundings(draw: Draw) -> Fields:
    """Wall and clothes, other ones in every image."""
    grey, tint = draw.uniform(0.25, 0.9), 0.16
    return {
        "wall": tuple(grey + draw.uniform(-tint, tint) for _ in range(3)),
        "wall_slope_x": draw.uniform(-0.25, 0.25),
        "wall_slope_y": draw.uniform(-0.25, 0.25),
    }
