"""Faces rendered by `fr_bench.generator`: what a first run measures, with nobody's photographs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import UsageError, nearest, shown
from fr_bench.formats._samples import QUALITY, assemble
from fr_bench.generator import Condition, landmarks, plan_conditions, render, subject_parameters
from fr_bench.records import Card, Dataset, Roles

DESCRIPTION = "faces rendered from a seed: nobody's photographs, the same pictures on every machine"
KEYS = {
    "subjects": "how many subjects, 2 to 100000; default 80",
    "images": "images of each subject, 1 to 1000; default 10",
    "seed": "seed of the drawing; another seed gives other subjects; default 20260101",
    "size": "side of the pictures in pixels, 16 to 1024; default 112",
    "first": "number of the first subject, 0 or more; default 0",
    "roles": "none, or search: the first image of three subjects in four is a reference, and all other images are "
    "probes, those of every fourth subject as strangers; plans gallery and search take search by themselves",
    "quality": QUALITY,
}
DEFAULTS = {"subjects": 80, "images": 10, "seed": 20260101, "size": 112, "first": 0}
RANGES = {
    "subjects": (2, 100_000), "images": (1, 1000), "seed": (0, 2**63 - 1), "size": (16, 1024), "first": (0, 10**9),
}  # fmt: skip
ROLES = ("none", "search")
STRANGER_EVERY = 4
"""Every so manieth subject is enrolled nowhere, so that searches for strangers are made as well."""
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
BATCH_BYTES = 8 << 20
KEPT_BYTES = 128 << 20


def recognises(path: Path) -> bool:  # noqa: ARG001 - no path is a generated set
    """Never: a generated set is asked for by name."""
    return False


def read(card: Card) -> Dataset:
    """Subjects with the design of `plan_conditions` each: the enrolment, then one condition after the other.

    Attributes: sex, age_band, category, condition, session. Landmarks are those of the drawing. With the option
    `roles = "search"` it says who is enrolled. Raises UsageError `bad_option` for a number out of its range, or
    roles of another name.
    """
    options, with_roles = {key: _number(card, key) for key in DEFAULTS}, _roles_asked(card)
    seed, size = options["seed"], options["size"]
    indices = range(options["first"], options["first"] + options["subjects"])
    traits = {subject.index: subject for subject in subject_parameters(seed, indices)}
    shots = [(index, shot) for index in indices for shot in plan_conditions(seed, index, options["images"])]
    subjects, conditions = [index for index, _ in shots], [shot for _, shot in shots]
    studio = Studio(seed, size, tuple(subjects), tuple(conditions))
    return assemble(
        replace(card, generated=True, title=_title(card, options["subjects"], options["images"])),
        ids=[f"{traits[index].id}/{shot.image:03d}" for index, shot in shots],
        subjects=[traits[index].id for index in subjects],
        sources=[GeneratedSource(studio, k) for k in range(len(shots))],
        landmarks=landmarks(seed, subjects, conditions, size),
        attributes={
            "sex": [traits[index].sex for index in subjects],
            "age_band": [traits[index].age_band for index in subjects],
            "category": [shot.category for shot in conditions],
            "condition": [shot.label for shot in conditions],
            "session": [str(shot.session) for shot in conditions],
        },
        roles=search_roles(subjects, conditions) if with_roles else None,
    )


def search_roles(subjects: Sequence[int], conditions: Sequence[Condition]) -> Roles:
    """Who is enrolled, by number of the subject, so that a part of the set or a larger one keeps everybody's role.

    subjects, conditions   one entry a sample: its subject's number, and how it was taken

    >>> shots = plan_conditions(1, 0, 2)
    >>> found = search_roles([0, 0, 3, 3], [*shots, *shots])
    >>> found.reference.tolist(), found.probe.tolist()
    ([0], [1, 2, 3])
    """
    enrolled = np.array(
        [k % STRANGER_EVERY != STRANGER_EVERY - 1 and shot.image == 0
         for k, shot in zip(subjects, conditions, strict=True)], dtype=bool
    )  # fmt: skip
    return Roles(np.flatnonzero(enrolled).astype(np.int32), np.flatnonzero(~enrolled).astype(np.int32))


def _roles_asked(card: Card) -> bool:
    asked = card.options.get("roles", "none")
    if asked not in ROLES:
        raise UsageError(
            f"data set {card.name!r}: roles = {shown(str(asked))!r}{nearest(str(asked), ROLES)}", code="bad_option"
        )
    return bool(asked == "search")


def _title(card: Card, subjects: int, images: int) -> str:
    """The card's title, with what was really generated."""
    each = WORDS[images] if images < len(WORDS) else f"{images:,}"
    return f"{card.title or 'Generated faces'}, {subjects:,} subjects with {each} image{'s' * (images != 1)} each"


def _number(card: Card, key: str) -> int:
    value = card.options.get(key, DEFAULTS[key])
    low, high = RANGES[key]
    if type(value) is not int or not low <= value <= high:
        raise UsageError(
            f"data set {card.name!r}: {key} = {value!r} is not a whole number from {low} to {high}", code="bad_option"
        )
    return value


@dataclass(frozen=True, eq=False)
class Studio:
    """Renders pictures in batches and keeps the latest: a set of usual size is rendered once."""

    seed: int
    size: int
    subjects: Sequence[int]
    conditions: Sequence[Condition]
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _kept: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process renders for itself: pictures are made again rather than sent.
        return Studio, (self.seed, self.size, self.subjects, self.conditions)

    @cached_property
    def batch(self) -> int:
        """Pictures rendered at once."""
        return max(1, min(64, BATCH_BYTES // (3 * self.size * self.size)))

    def picture(self, number: int) -> bytes:
        """One picture as binary PPM (P6)."""
        batch, place = divmod(number, self.batch)
        with self._turn:
            if batch not in self._kept:
                part = slice(batch * self.batch, (batch + 1) * self.batch)
                self._kept[batch] = render(self.seed, self.subjects[part], self.conditions[part], self.size)
                while sum(pixels.nbytes for pixels in self._kept.values()) > KEPT_BYTES and len(self._kept) > 1:
                    del self._kept[next(iter(self._kept))]
            content: bytes = self._kept[batch][place].tobytes()
        return f"P6\n{self.size} {self.size}\n255\n".encode("ascii") + content


@dataclass(frozen=True, slots=True)
class GeneratedSource:
    """One picture of a studio."""

    studio: Studio
    number: int

    @property
    def name(self) -> str:
        subject = self.studio.subjects[self.number]
        return f"generated/{self.studio.seed}/{subject}/{self.studio.conditions[self.number].image}.ppm"

    def read(self) -> bytes:
        """The picture as binary PPM."""
        return self.studio.picture(self.number)
