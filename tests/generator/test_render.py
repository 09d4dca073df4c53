"""What the pictures promise: size, independence of the batch, likeness within and difference between subjects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fr_bench.generator import Condition, landmarks, plan_conditions, render, subject_parameters
from fr_bench.generator.conditions import EXPRESSIONS, Accessory, Expression

USUAL = np.array([(38.3, 51.7), (73.5, 51.5), (56.0, 71.7), (41.5, 92.4), (70.7, 92.2)])
FRONTAL = Condition(0, "enrolment", "enrolment", noise=0.0, blur=0.0)


def test_an_image_is_rgb_bytes_of_the_size_asked_for() -> None:
    image = render(1, [3], [FRONTAL], 64)
    assert image.shape == (1, 64, 64, 3)
    assert image.dtype == np.uint8


def test_an_image_does_not_depend_on_its_batch() -> None:
    subjects = [s for s in range(6) for _ in range(6)]
    conditions = [c for s in range(6) for c in plan_conditions(1, s, 6)]
    together = render(1, subjects, conditions)
    alone = [render(1, [s], [c])[0] for s, c in zip(subjects, conditions, strict=True)]
    assert np.array_equal(together, alone)


def test_order_of_images_does_not_matter() -> None:
    conditions = plan_conditions(1, 2, 7)
    forwards, backwards = render(1, [2] * 7, conditions), render(1, [2] * 7, conditions[::-1])
    assert np.array_equal(forwards, backwards[::-1])


def test_another_seed_gives_other_faces() -> None:
    assert not np.array_equal(render(1, [0], [FRONTAL]), render(2, [0], [FRONTAL]))


def test_two_images_of_a_subject_differ_even_under_one_condition() -> None:
    first, second = render(1, [0, 0], [FRONTAL, replace(FRONTAL, image=1)])
    assert np.mean(np.abs(first.astype(int) - second)) > 2.0


def test_subjects_differ_more_than_images_of_one_subject() -> None:
    """In normalised grey pictures of the middle of the face, everything else equal, before any learning."""
    subjects = np.repeat(np.arange(24), 2)
    conditions = [replace(FRONTAL, image=image) for _ in range(24) for image in (0, 1)]
    grey = render(5, subjects, conditions)[:, 24:104, 20:92].astype(float).mean(axis=3).reshape(48, -1)
    grey = (grey - grey.mean(axis=1, keepdims=True)) / grey.std(axis=1, keepdims=True)
    alike = grey @ grey.T / grey.shape[1]
    mated = subjects[:, None] == subjects[None]
    assert alike[mated & ~np.eye(48, dtype=bool)].mean() > alike[~mated].mean() + 0.1


def test_no_single_pixel_tells_subjects_apart() -> None:
    """Even the pixel whose values vary most between subjects overlaps between nearly all of them."""
    subjects = np.repeat(np.arange(30), 4)
    conditions = [c for s in range(30) for c in plan_conditions(3, s, 4)]
    pixels = render(3, subjects, conditions).reshape(30, 4, -1).astype(float)
    within, between = pixels.var(axis=1).mean(axis=0), pixels.mean(axis=1).var(axis=0)
    assert float(np.max(between / within)) < 4.0


def test_landmarks_lie_near_the_usual_places_of_an_aligned_crop() -> None:
    conditions = [replace(FRONTAL, image=i) for i in range(40)]
    away = landmarks(1, range(40), conditions) - USUAL
    assert np.abs(away.mean(axis=0)).max() < 4.0
    assert np.abs(away).max() < 11.0


def test_landmarks_scale_with_the_image() -> None:
    small, large = landmarks(1, [4], [FRONTAL], 56), landmarks(1, [4], [FRONTAL], 224)
    assert np.allclose((small + 0.5) * 4.0, large + 0.5)


def test_pupils_are_dark_at_the_eye_landmarks() -> None:
    subjects = range(20)
    images = render(1, subjects, [FRONTAL] * 20).astype(float).mean(axis=3)
    places = np.floor(landmarks(1, subjects, [FRONTAL] * 20) + 0.5).astype(int)
    for image, (left, right, *_) in zip(images, places, strict=True):
        for x, y in (left, right):
            assert image[y - 2 : y + 3, x - 2 : x + 3].min() < 0.75 * np.median(image[40:100, 30:82])


def test_yaw_moves_the_nose_to_the_side_it_turns_to() -> None:
    turned = [replace(FRONTAL, category="pose", yaw=yaw) for yaw in (-45.0, -15.0, 0.0, 15.0, 45.0)]
    points = landmarks(1, [6] * 5, turned)
    nose_from_eyes = points[:, 2, 0] - points[:, :2, 0].mean(axis=1)
    assert (np.diff(nose_from_eyes) > 1.0).all()


def test_yaw_brings_the_eyes_together() -> None:
    front, side = landmarks(1, [6, 6], [FRONTAL, replace(FRONTAL, category="pose", yaw=45.0)])
    assert side[1, 0] - side[0, 0] < 0.85 * (front[1, 0] - front[0, 0])


@pytest.mark.parametrize(("azimuth", "brighter"), [(90.0, "right"), (270.0, "left")])
def test_the_cheek_towards_the_lamp_is_brighter(azimuth: float, brighter: str) -> None:
    lit = replace(FRONTAL, category="lighting", light_azimuth=azimuth, light_contrast=1.0)
    image = render(1, [1], [lit])[0].astype(float).mean(axis=2)
    left, right = image[66:80, 30:42].mean(), image[66:80, 70:82].mean()
    assert (right > 1.4 * left) if brighter == "right" else (left > 1.4 * right)


def test_a_lamp_behind_leaves_the_face_dark() -> None:
    behind = replace(FRONTAL, category="lighting", light_azimuth=180.0, light_contrast=1.0)
    front, dark = render(1, [4, 4], [FRONTAL, behind])[:, 40:100, 35:77].astype(float)
    assert dark.mean() < 0.6 * front.mean()


@pytest.mark.parametrize("expression", EXPRESSIONS[1:])
def test_an_expression_changes_the_face(expression: Expression) -> None:
    changed = replace(FRONTAL, category="expression", expression=expression)
    first, second = render(1, [0, 0], [FRONTAL, changed])[:, 30:108, 30:82].astype(int)
    assert np.abs(first - second).max() > 60


@pytest.mark.parametrize("accessory", ["glasses", "hairband"])
def test_an_accessory_changes_its_part_of_the_picture_only(accessory: Accessory) -> None:
    worn = replace(FRONTAL, category="accessory", accessory=accessory)
    first, second = render(1, [2, 2], [FRONTAL, worn]).astype(int)
    assert np.abs(first - second)[:80].max() > 60
    assert np.array_equal(first[82:], second[82:])


def test_old_subjects_have_grey_hair() -> None:
    def brightness(band: str) -> float:
        women = [s.index for s in subject_parameters(1, range(0, 120, 2)) if s.age_band == band]
        return float(render(1, women, [FRONTAL] * len(women))[:, 8:14, 50:62].mean())

    assert brightness("60+") > 1.3 * brightness("18-29")


def test_indices_and_conditions_of_different_number_are_refused() -> None:
    with pytest.raises(ValueError, match="2 subject indices, but 1 conditions"):
        render(1, [0, 1], [FRONTAL])


def test_a_size_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="size 8 is not within 16 to 1024"):
        render(1, [0], [FRONTAL], 8)


def test_rendering_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no image"):
        landmarks(1, [], [])
