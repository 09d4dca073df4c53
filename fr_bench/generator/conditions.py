"""Under which conditions a subject is photographed: the categories of KISA's face test, and everyday pictures.

KISA judges lighting, expression, pose and accessories apart (one EER limit each), against a picture taken under
reference conditions. `plan_conditions` gives every subject the same design: first the enrolment, then one image of
each category in turn. The levels within a category (eight lamps, four expressions, six angles ...) go on from image to
image and start at another level for each subject, so a set of subjects covers them evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fr_bench.generator.draws import Draw

Category = Literal["enrolment", "lighting", "expression", "pose", "accessory", "everyday"]
Expression = Literal["neutral", "smile", "anger", "eyes_closed", "surprise"]
Accessory = Literal["none", "glasses", "hairband"]

CATEGORIES: tuple[Category, ...] = ("enrolment", "lighting", "expression", "pose", "accessory", "everyday")
EXPRESSIONS: tuple[Expression, ...] = ("neutral", "smile", "anger", "eyes_closed", "surprise")
ACCESSORIES: tuple[Accessory, ...] = ("none", "glasses", "hairband")

# Neighbouring lamps and angles stand apart in the order, so that a subject with few images meets differing ones.
LAMPS = (45, 180, 315, 90, 225, 0, 135, 270)
YAWS = (-30, 15, 45, -15, 30, -45)
CYCLE: tuple[Category, ...] = ("lighting", "pose", "expression", "accessory", "everyday")


@dataclass(frozen=True, slots=True)
class Condition:
    """How one image of a subject is taken. `image` is its number among the subject's images: the key of its draws.

    light_azimuth   degrees around the subject's vertical axis: 0 in front, 90 at the image's right, 180 behind.
    light_contrast  0 for the soft reference lighting, 1 for a lamp in a dim room.
    yaw             degrees, -45 to 45; positive turns the face to the image's right.
    session         0 for the day of enrolment; greater for later days (other hair cut, clothes, weight).
    years           time since enrolment: age drift.
    noise           standard deviation of the camera's noise, in grey levels of 255.
    blur            0 (sharp) to 1.
    """

    image: int
    category: Category
    label: str
    light_azimuth: float = 0.0
    light_contrast: float = 0.0
    expression: Expression = "neutral"
    yaw: float = 0.0
    accessory: Accessory = "none"
    session: int = 0
    years: float = 0.0
    noise: float = 3.0
    blur: float = 0.2

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES:
            raise ValueError(f"unknown category {self.category!r}")
        if self.expression not in EXPRESSIONS:
            raise ValueError(f"unknown expression {self.expression!r}")
        if self.accessory not in ACCESSORIES:
            raise ValueError(f"unknown accessory {self.accessory!r}")
        if not -45.0 <= self.yaw <= 45.0:
            raise ValueError(f"yaw {self.yaw} is not within 45 degrees")
        if not 0.0 <= self.blur <= 1.0 or self.noise < 0.0:
            raise ValueError(f"blur {self.blur} is not in 0..1, or noise {self.noise} is negative")


def plan_conditions(seed: int, subject: int, images: int) -> list[Condition]:
    """Plan a subject's images: number 0 is the enrolment, then the categories in turn, each with its next level.

    A longer plan begins with the shorter one. Raises ValueError if `images` is negative.

    >>> [c.label for c in plan_conditions(1, 0, 6)]
    ['enrolment', 'lighting 45', 'pose -30', 'expression smile', 'accessory glasses', 'everyday']
    """
    if images < 0:
        raise ValueError(f"{images} images cannot be planned")
    return [_condition(seed, subject, image) for image in range(images)]


def _condition(seed: int, subject: int, image: int) -> Condition:
    draw = Draw(seed, subject, image, "condition", 16)
    noise, blur = draw.uniform(2.0, 5.0), draw.uniform(0.1, 0.5)
    if image == 0:
        return Condition(image, "enrolment", "enrolment", noise=noise, blur=blur)
    turn, place = divmod(image - 1, len(CYCLE))
    category, level = CYCLE[place], subject + turn
    if category == "lighting":
        lamp = LAMPS[level % len(LAMPS)]
        return Condition(
            image, category, f"lighting {lamp}", light_azimuth=float(lamp), light_contrast=1.0, noise=noise, blur=blur
        )
    if category == "pose":
        yaw = YAWS[level % len(YAWS)]
        return Condition(image, category, f"pose {yaw:+d}", yaw=float(yaw), noise=noise, blur=blur)
    if category == "expression":
        expression = EXPRESSIONS[1 + level % (len(EXPRESSIONS) - 1)]
        return Condition(image, category, f"expression {expression}", expression=expression, noise=noise, blur=blur)
    if category == "accessory":
        accessory = ACCESSORIES[1 + level % (len(ACCESSORIES) - 1)]
        return Condition(image, category, f"accessory {accessory}", accessory=accessory, noise=noise, blur=blur)
    return _everyday(draw, image, 1 + turn)


def _everyday(draw: Draw, image: int, session: int) -> Condition:
    """A picture of another day: a little of everything, and years later."""
    return Condition(
        image,
        "everyday",
        "everyday",
        light_azimuth=draw.uniform(-80.0, 80.0),
        light_contrast=draw.uniform(0.1, 0.8),
        expression="smile" if draw.uniform() < 0.4 else "neutral",
        yaw=draw.uniform(-15.0, 15.0),
        accessory="glasses" if draw.uniform() < 0.15 else "none",
        session=session,
        years=draw.uniform(0.5, 10.0),
        noise=draw.uniform(3.0, 9.0),
        blur=draw.uniform(0.2, 1.0),
    )
