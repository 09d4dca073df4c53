"""Pictures of generated subjects, and where their five landmarks really are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fr_bench.generator import camera, features, hair
from fr_bench.generator.appearance import Appearance, appearances, single_precision
from fr_bench.generator.conditions import Condition
from fr_bench.generator.draws import grain
from fr_bench.generator.head import points, see
from fr_bench.generator.subjects import SubjectParameters, subject_parameters

SMALLEST, LARGEST = 16, 1024
# So many pixels are drawn together that the arrays stay in the processor's cache.
PIXELS_AT_ONCE = 2 * 112 * 112
# The C library returns the memory of large temporaries to the system at once, and pays for every page again, until a
# larger block than theirs has been freed. One such block, never touched, halves the time of rendering.
FREED_FIRST = 16 << 20


def render(
    seed: int, subject_indices: Sequence[int] | NDArray[np.integer], conditions: Sequence[Condition], size: int = 112
) -> NDArray[np.uint8]:
    """Render one image for each subject index and its condition.

    subject_indices  (n,) indices, 0 or greater.
    conditions       n conditions; `Condition.image` keys the image's own draws.
    size             side in pixels, 16 to 1024.

    Returns (n, size, size, 3) RGB. An image depends on the seed, its subject, its condition and the size alone: not
    on the others, the processor or the library's version. Raises ValueError if lengths or values do not fit.

    >>> from fr_bench.generator import plan_conditions, render
    >>> render(1, [0, 0], plan_conditions(1, 0, 2)).shape
    (2, 112, 112, 3)
    """
    faces = _faces(seed, subject_indices, conditions, size)
    np.empty(FREED_FIRST, dtype=np.uint8)
    images = np.empty((len(conditions), size, size, 3), dtype=np.uint8)
    at_once = max(1, PIXELS_AT_ONCE // (size * size))
    for start in range(0, len(conditions), at_once):
        part = slice(start, start + at_once)
        noise = np.stack(
            [
                grain(seed, int(subject), condition.image, (3, size, size))
                for subject, condition in zip(subject_indices[part], conditions[part], strict=True)
            ],
            axis=1,
        )
        images[part] = _draw(single_precision(faces[part]), noise, size)
    return images


def landmarks(
    seed: int, subject_indices: Sequence[int] | NDArray[np.integer], conditions: Sequence[Condition], size: int = 112
) -> NDArray[np.float64]:
    """Where the five points of each face are in its rendered image.

    Returns (n, 5, 2): x, y in pixels of the eye at the image's left, the eye at its right, the tip of the nose, the
    corner of the mouth at the image's left and the one at its right. The centre of the top left pixel is (0, 0).
    Raises ValueError as `render` does.
    """
    faces = _faces(seed, subject_indices, conditions, size)
    places = np.zeros((len(conditions), 5, 2))
    for number, (u, v) in enumerate(_five(faces)):
        x, y = camera.pixel_places(faces, *points(faces, u, v), size)
        places[:, number, 0], places[:, number, 1] = x[:, 0, 0], y[:, 0, 0]
    return places


def _faces(
    seed: int, subject_indices: Sequence[int] | NDArray[np.integer], conditions: Sequence[Condition], size: int
) -> Appearance:
    if len(subject_indices) != len(conditions):
        raise ValueError(f"{len(subject_indices)} subject indices, but {len(conditions)} conditions")
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"size {size} is not within {SMALLEST} to {LARGEST} pixels")
    order = [int(index) for index in subject_indices]
    known: dict[int, SubjectParameters] = {s.index: s for s in subject_parameters(seed, sorted(set(order)))}
    faces = appearances(seed, [known[index] for index in order], conditions)
    # An aligned crop has the face in its middle however the head is turned.
    first, second, third, fourth, fifth = (points(faces, u, v)[0] for u, v in _five(faces))
    faces["centre"] = (first + second + third + fourth + fifth) / 5.0
    return faces


def _five(faces: Appearance) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The five landmarks on the face as seen from the front."""
    eye, corner = faces["eye_x"], 0.96 * faces["mouth_width"]
    corner_y = faces["mouth_y"] - 0.6 * faces["mouth_curve"]
    return [
        (-eye, faces["eye_y"]),
        (eye, faces["eye_y"]),
        (faces["nose_bend"], faces["nose_y"]),
        (-corner, corner_y),
        (corner, corner_y),
    ]


def _draw(face: Appearance, noise: NDArray[np.float32], size: int) -> NDArray[np.uint8]:
    x, y = camera.picture_plane(face, size)
    canvas = camera.wall(face, size)
    hair.behind(canvas, face, x, y)
    hair.ears(canvas, face, x, y, near=False)
    surface = see(face, x, y)
    painted = features.skin(face, surface)
    for feature in (features.beard, features.nose_marks, features.mouth, features.eyes, features.brows):
        feature(painted, face, surface)
    hairy = hair.front(painted, face, surface)
    light, gloss = camera.light_on(face, surface)
    painted *= light
    painted += 0.22 * gloss * (1.0 - 0.6 * hairy)
    features.paint(canvas, surface.inside, painted)
    hair.ears(canvas, face, x, y, near=True)
    hair.wear(canvas, face, surface, light)
    return camera.expose(camera.blur(canvas, face), face, noise)
