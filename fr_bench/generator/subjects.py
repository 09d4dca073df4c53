"""Who the generated subjects are: every trait a continuous parameter, drawn from the seed and the subject's index.

Lengths are in units of the usual aligned 112 x 112 crop (its eyes are 35.2 apart), measured from the point between the
eyes, x to the image's right and y down. Colours are RGB in 0..1.

Sex and age band are balanced by index, as in a planned test: any eight subjects in a row hold each sex four times and
each band twice. Both are visible: hair, jaw, brows, beard and lips by sex; grey hair, hairline, wrinkles and folds by
age.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fr_bench.generator.curves import clamp, mix
from fr_bench.generator.draws import Draw

Sex = Literal["female", "male"]
AgeBand = Literal["18-29", "30-44", "45-59", "60+"]
Colour = tuple[float, float, float]

AGE_BANDS: dict[AgeBand, tuple[float, float]] = {
    "18-29": (18.0, 30.0),
    "30-44": (30.0, 45.0),
    "45-59": (45.0, 60.0),
    "60+": (60.0, 80.0),
}


@dataclass(frozen=True, slots=True)
class SubjectParameters:
    """One generated subject: `index` with the seed decides everything else."""

    index: int
    sex: Sex
    age: float
    # head
    half_width: float
    depth: float
    top: float
    chin: float
    jaw_square: float
    jaw_taper: float
    cheekbone: float
    # skin
    melanin: float
    ruddiness: float
    freckles: float
    mole_x: float
    mole_y: float
    mole_size: float
    wrinkling: float
    # eyes
    eye_x: float
    eye_y: float
    eye_width: float
    eye_open: float
    eye_tilt: float
    eye_lid: float
    lashes: float
    socket: float
    iris: float
    iris_brown: float
    iris_green: float
    # brows
    brow_y: float
    brow_thickness: float
    brow_arch: float
    brow_slope: float
    brow_length: float
    brow_ridge: float
    # nose
    nose_y: float
    nose_height: float
    nose_width: float
    bridge_width: float
    nose_bend: float
    # mouth
    mouth_y: float
    mouth_width: float
    upper_lip: float
    lower_lip: float
    lip_red: float
    mouth_curve: float
    cupid_bow: float
    # hair
    hairline: float
    hairline_curve: float
    parting: float
    fringe: float
    hair_length: float
    hair_volume: float
    hair_curtain: float
    hair_wave: float
    hair_blond: float
    hair_red: float
    greying_age: float
    beard: float
    moustache: float
    ear_size: float

    @property
    def id(self) -> str:
        """The subject's id as text, such as `G0007`."""
        return f"G{self.index:04d}"

    @property
    def age_band(self) -> AgeBand:
        """The band that holds the age at enrolment."""
        return next((band for band, (low, high) in AGE_BANDS.items() if low <= self.age < high), "60+")


def subject_parameters(seed: int, subjects: Sequence[int]) -> tuple[SubjectParameters, ...]:
    """Draw the subjects with these indices; each depends on the seed and its own index alone.

    subjects  indices, 0 or greater; any order, repeats allowed.

    Raises ValueError if an index is negative.

    >>> [(s.id, s.sex, s.age_band) for s in subject_parameters(1, [0, 7])]
    [('G0000', 'female', '18-29'), ('G0007', 'male', '60+')]
    """
    return tuple(_subject(seed, int(index)) for index in subjects)


def _subject(seed: int, index: int) -> SubjectParameters:
    if index < 0:
        raise ValueError(f"subject index {index} is negative")
    sex: Sex = "male" if index % 2 else "female"
    low, high = list(AGE_BANDS.values())[(index // 2) % len(AGE_BANDS)]
    age = Draw(seed, index, None, "age").uniform(low, high)
    masculine = clamp((0.72 if sex == "male" else 0.28) + Draw(seed, index, None, "sex").bell(0.0, 0.1), 0.0, 1.0)
    return SubjectParameters(
        index=index,
        sex=sex,
        age=age,
        **_head(Draw(seed, index, None, "head"), masculine),
        **_skin(Draw(seed, index, None, "skin")),
        **_eyes(Draw(seed, index, None, "eyes"), masculine),
        **_brows(Draw(seed, index, None, "brows"), masculine),
        **_nose(Draw(seed, index, None, "nose"), masculine),
        **_mouth(Draw(seed, index, None, "mouth"), masculine),
        **_hair(Draw(seed, index, None, "hair"), sex, age),
    )


def _head(draw: Draw, masculine: float) -> dict[str, float]:
    half_width = draw.bell(mix(37.5, 40.5, masculine), 1.9)
    return {
        "half_width": half_width,
        "depth": half_width * draw.bell(0.88, 0.03),
        "top": draw.bell(-53.0, 2.0),
        "chin": draw.bell(mix(54.5, 59.5, masculine), 2.2),
        "jaw_square": clamp(mix(0.05, 0.75, masculine) + draw.bell(0.0, 0.22), 0.0, 1.0),
        "jaw_taper": clamp(mix(0.34, 0.16, masculine) + draw.bell(0.0, 0.06), 0.02, 0.46),
        "cheekbone": draw.bell(1.0, 0.45),
    }


def _skin(draw: Draw) -> dict[str, float]:
    tone = draw.uniform()
    return {
        "melanin": clamp(0.06 + 0.86 * tone * tone + draw.bell(0.0, 0.04), 0.0, 1.0),
        "ruddiness": draw.bell(0.0, 1.0),
        "freckles": max(0.0, draw.bell(-0.3, 0.5)),
        "mole_x": draw.uniform(-26.0, 26.0),
        "mole_y": draw.uniform(8.0, 46.0),
        "mole_size": max(0.0, draw.bell(0.2, 0.7)),
        "wrinkling": clamp(draw.bell(1.0, 0.25), 0.4, 1.6),
    }


def _eyes(draw: Draw, masculine: float) -> dict[str, float]:
    return {
        "eye_x": draw.bell(17.6, 0.85),
        "eye_y": draw.bell(0.0, 0.7),
        "eye_width": draw.bell(mix(7.7, 7.3, masculine), 0.65),
        "eye_open": clamp(draw.bell(mix(3.7, 3.1, masculine), 0.6), 1.7, 5.2),
        "eye_tilt": draw.bell(mix(-0.07, -0.02, masculine), 0.075),
        "eye_lid": clamp(draw.bell(0.6, 0.35), 0.0, 1.0),
        "lashes": clamp(mix(1.25, 0.45, masculine) + draw.bell(0.0, 0.15), 0.2, 1.6),
        "socket": draw.bell(mix(1.5, 2.3, masculine), 0.5),
        "iris": draw.bell(3.75, 0.2),
        "iris_brown": clamp(draw.uniform(-0.5, 1.8), 0.0, 1.0),
        "iris_green": draw.uniform(),
    }


def _brows(draw: Draw, masculine: float) -> dict[str, float]:
    return {
        "brow_y": draw.bell(mix(-12.2, -10.2, masculine), 1.3),
        "brow_thickness": clamp(draw.bell(mix(1.2, 2.1, masculine), 0.4), 0.6, 3.4),
        "brow_arch": clamp(draw.bell(mix(2.7, 1.3, masculine), 0.9), -0.4, 5.5),
        "brow_slope": draw.bell(0.4, 1.0),
        "brow_length": draw.bell(10.6, 1.0),
        "brow_ridge": clamp(draw.bell(mix(0.2, 1.8, masculine), 0.4), 0.0, 3.0),
    }


def _nose(draw: Draw, masculine: float) -> dict[str, float]:
    return {
        "nose_y": draw.bell(mix(19.6, 20.8, masculine), 1.4),
        "nose_height": clamp(draw.bell(mix(8.6, 10.6, masculine), 1.8), 5.0, 15.0),
        "nose_width": clamp(draw.bell(mix(7.0, 8.6, masculine), 1.4), 4.4, 12.5),
        "bridge_width": clamp(draw.bell(3.7, 0.75), 2.2, 5.6),
        "nose_bend": draw.bell(0.0, 0.5),
    }


def _mouth(draw: Draw, masculine: float) -> dict[str, float]:
    return {
        "mouth_y": draw.bell(39.2, 1.2),
        "mouth_width": draw.bell(mix(13.4, 14.6, masculine), 1.25),
        "upper_lip": clamp(draw.bell(mix(3.3, 2.3, masculine), 0.8), 0.9, 6.0),
        "lower_lip": clamp(draw.bell(mix(4.4, 3.4, masculine), 0.9), 1.4, 7.2),
        "lip_red": clamp(mix(0.95, 0.25, masculine) + draw.bell(0.0, 0.18), 0.0, 1.3),
        "mouth_curve": draw.bell(0.6, 1.0),
        "cupid_bow": clamp(draw.bell(0.5, 0.3), 0.0, 1.1),
    }


def _hair(draw: Draw, sex: Sex, age: float) -> dict[str, float]:
    male = sex == "male"
    length = draw.uniform(-4.0, 12.0) if male else draw.uniform(20.0, 110.0)
    fringe = draw.uniform(-1.0, 1.0)
    recession = max(0.0, draw.bell(-0.1, 0.7)) * clamp((age - 25.0) / 35.0, 0.0, 1.0) if male else 0.0
    bearded = clamp(draw.uniform(-1.5, 1.3), 0.0, 1.0)
    return {
        "hairline": draw.bell(-34.0, 2.4) - 15.0 * recession,
        "hairline_curve": draw.bell(15.0, 3.5),
        "parting": draw.bell(0.0, 9.0),
        "fringe": max(0.0, fringe) * (0.35 if male else 1.0),
        "hair_length": length,
        "hair_volume": draw.uniform(1.2, 4.5) if male else draw.uniform(3.0, 9.0),
        "hair_curtain": 0.0 if male else draw.uniform(0.1, 0.5),
        "hair_wave": max(0.0, draw.uniform(-0.5, 1.0)),
        "hair_blond": clamp(draw.uniform(-0.8, 1.0), 0.0, 1.0),
        "hair_red": clamp(draw.uniform(-1.2, 0.9), 0.0, 1.0),
        "greying_age": draw.bell(53.0, 6.5),
        "beard": bearded if male else 0.0,
        "moustache": clamp(bearded + draw.uniform(-0.5, 0.5), 0.0, 1.0) if male and bearded > 0.1 else 0.0,
        "ear_size": draw.bell(1.0, 0.1),
    }
