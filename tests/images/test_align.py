"""Landmarks to crops: the transform against known similarities, the warp against a pixel-by-pixel oracle."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fr_bench.images import (
    ARCFACE_112,
    UnalignableFace,
    align,
    decode,
    five_point_template,
    mirror,
    resize,
    similarity_transform,
    warp,
)

FACE = np.array(ARCFACE_112)
IMAGE = np.random.default_rng(3).integers(0, 256, (40, 50, 3), dtype=np.uint8)


def similarity(scale: float, degrees: float, x: float, y: float) -> np.ndarray:
    a, b = scale * math.cos(math.radians(degrees)), scale * math.sin(math.radians(degrees))
    return np.array([[a, -b, x], [b, a, y]])


def moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2]


def warped_slowly(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Step 4 of the definition, one pixel at a time, with NumPy's own inverse, before it is rounded."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    crop = np.zeros((size[1], size[0], image.shape[2]))

    def pixel(row: int, column: int, channel: int) -> float:
        inside = 0 <= row < image.shape[0] and 0 <= column < image.shape[1]
        return float(image[row, column, channel]) if inside else 0.0

    for v, u in np.ndindex(size[1], size[0]):
        x, y, _ = inverse @ (u, v, 1.0)
        column, row = math.floor(x), math.floor(y)
        right, below = x - column, y - row
        for c in range(image.shape[2]):
            upper = pixel(row, column, c) * (1 - right) + pixel(row, column + 1, c) * right
            lower = pixel(row + 1, column, c) * (1 - right) + pixel(row + 1, column + 1, c) * right
            crop[v, u, c] = upper * (1 - below) + lower * below
    return crop


similarities = st.builds(
    similarity, st.floats(0.05, 20), st.floats(-180, 180), st.floats(-300, 300), st.floats(-300, 300)
)


@given(similarities)
def test_a_known_similarity_is_recovered(matrix: np.ndarray) -> None:
    points = moved(FACE, matrix)
    assert np.allclose(moved(points, similarity_transform(points, FACE)), FACE, atol=1e-8)


@given(st.lists(st.tuples(st.floats(0, 250), st.floats(0, 250)), min_size=5, max_size=5, unique=True))
def test_no_reflection_and_no_shear_ever(points: list[tuple[float, float]]) -> None:
    try:
        matrix = similarity_transform(points, FACE)
    except UnalignableFace:
        return
    (a, b), (c, d) = matrix[:, :2].tolist()
    assert (a, b) == (d, -c)
    assert a * d - b * c > 0


def test_a_mirrored_face_is_turned_and_not_reflected() -> None:
    matrix = similarity_transform(FACE * (-1, 1), FACE)
    assert np.linalg.det(matrix[:, :2]) > 0


def test_the_transform_is_the_least_squares_solution() -> None:
    points = FACE + np.random.default_rng(0).normal(0, 4, (5, 2))
    x, y, one, zero = points[:, 0], points[:, 1], np.ones(5), np.zeros(5)
    design = np.vstack([np.column_stack([x, -y, one, zero]), np.column_stack([y, x, zero, one])])
    a, b, tx, ty = np.linalg.lstsq(design, np.concatenate([FACE[:, 0], FACE[:, 1]]), rcond=None)[0]
    assert np.allclose(similarity_transform(points, FACE), [[a, -b, tx], [b, a, ty]], atol=1e-11)


def test_many_faces_get_the_transforms_of_each_alone() -> None:
    faces = FACE + np.random.default_rng(1).normal(0, 4, (20, 5, 2))
    together = similarity_transform(faces, FACE)
    assert together.shape == (20, 2, 3)
    assert np.array_equal(together, np.stack([similarity_transform(face, FACE) for face in faces]))


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        (np.full((5, 2), 7.0), "degenerate"),
        (np.full((5, 2), 0.1) + np.arange(10).reshape(5, 2) * 1e-17, "degenerate"),
        (np.where(np.eye(5, 2) > 0, np.nan, FACE), "not_finite"),
        (np.where(np.eye(5, 2) > 0, np.inf, FACE), "not_finite"),
        (FACE * 1e200, "degenerate"),
        (FACE * 1e-200, "degenerate"),
    ],
)
def test_landmarks_that_say_nothing_are_refused(points: np.ndarray, reason: str) -> None:
    with pytest.raises(UnalignableFace) as caught:
        similarity_transform(points, FACE)
    assert caught.value.reason == reason


def test_the_bad_face_among_many_is_named() -> None:
    faces = np.stack([FACE, FACE, np.ones((5, 2))])
    with pytest.raises(UnalignableFace, match="row 2"):
        similarity_transform(faces, FACE)


def test_landmarks_outside_the_image_are_refused() -> None:
    with pytest.raises(UnalignableFace, match="outside"):
        align(IMAGE, FACE + 500, FACE)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(similarity, st.floats(0.2, 4), st.floats(-180, 180), st.floats(-30, 40), st.floats(-30, 40)),
    st.sampled_from([(9, 7), (1, 1), (16, 3)]),
)
def test_warp_equals_the_oracle(matrix: np.ndarray, size: tuple[int, int]) -> None:
    expected = warped_slowly(IMAGE, matrix, size)
    try:
        # Halfway between two grey values, the last digit of the inverse decides.
        assert np.abs(warp(IMAGE, matrix, size) - expected).max() <= 0.5 + 1e-9
    except UnalignableFace:
        assert not (expected >= 0.5).any()


@pytest.mark.parametrize("shift", [0.0, 0.5, -0.5, -1.0, 0.25, 39.0, 39.5])
def test_warp_equals_the_oracle_at_borders_and_ties(shift: float) -> None:
    matrix = similarity(1, 0, shift, -shift / 2)
    assert np.array_equal(warp(IMAGE, matrix, (50, 40)), np.floor(warped_slowly(IMAGE, matrix, (50, 40)) + 0.5))


def test_the_identity_gives_the_image_and_black_around() -> None:
    crop = warp(IMAGE, np.eye(2, 3), (60, 45))
    assert np.array_equal(crop[:40, :50], IMAGE)
    assert not crop[40:].any()
    assert not crop[:, 50:].any()


def test_a_view_into_another_image_warps_like_its_copy() -> None:
    view, matrix = IMAGE[::-1, ::-1], similarity(0.7, 12, 3, 4)
    assert np.array_equal(warp(view, matrix, (20, 20)), warp(view.copy(), matrix, (20, 20)))


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((2, 3)),
        np.full((2, 3), np.nan),
        np.eye(2, 3) * 1e-300,
        similarity(1e-13, 0, 0, 1),
        similarity(1, 0, 1e300, 0),
    ],
)
def test_impossible_transforms_are_refused(matrix: np.ndarray) -> None:
    with pytest.raises(UnalignableFace):
        warp(IMAGE, matrix)


def test_wrong_shapes_are_the_callers_bug() -> None:
    with pytest.raises(ValueError, match="shape"):
        similarity_transform(np.zeros((4, 2)), FACE)
    with pytest.raises(ValueError, match="cannot warp"):
        warp(IMAGE[..., 0], np.eye(2, 3))
    with pytest.raises(ValueError, match="cannot warp"):
        warp(IMAGE.astype(np.float32), np.eye(2, 3))


def test_templates_scale_with_the_crop() -> None:
    assert np.array_equal(five_point_template("arcface", (112, 112)), FACE)
    assert np.array_equal(five_point_template("arcface", (56, 224)), FACE * (0.5, 2))
    assert np.array_equal(five_point_template(FACE.tolist(), (300, 300)), FACE)


@pytest.mark.parametrize("which", ["arcfase", [[1, 2]], np.full((5, 2), np.nan)])
def test_impossible_templates_are_the_callers_bug(which: object) -> None:
    with pytest.raises(ValueError, match="template"):
        five_point_template(which)  # type: ignore[arg-type]


def test_resize_is_pillows_bilinear() -> None:
    expected = np.asarray(Image.fromarray(IMAGE).resize((20, 30), Image.Resampling.BILINEAR))
    assert np.array_equal(resize(IMAGE, (20, 30)), expected)
    assert resize(IMAGE, (50, 40)) is IMAGE


def test_mirror_swaps_left_and_right() -> None:
    assert np.array_equal(mirror(IMAGE), IMAGE[:, ::-1])
    assert np.array_equal(mirror(np.stack([IMAGE, IMAGE]))[1], IMAGE[:, ::-1])


@pytest.mark.real
def test_aligned_crops_of_lfw_are_reproduced_byte_for_byte(real_data: Path) -> None:
    """The reference crops were saved as JPEG, so decoding, transform and warp are right if the file's bytes are."""
    with (real_data / "lfw-landmarks.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (real_data / "lfw-raw-fold1" / row["path"]).exists()]
    assert len(rows) == 807
    for row in rows[::20]:
        image = decode((real_data / "lfw-raw-fold1" / row["path"]).read_bytes())
        points = [[float(row[p + axis]) for axis in "xy"] for p in ("le", "re", "n", "lm", "rm")]
        file_now = io.BytesIO()
        crop = Image.fromarray(align(image, points, five_point_template("arcface")))
        crop.save(file_now, "JPEG", quality=88, subsampling="4:2:0", optimize=True)
        assert file_now.getvalue() == (real_data / "lfw-crops" / row["path"]).read_bytes(), row["path"]


@pytest.mark.real
@pytest.mark.parametrize("folder", ["lfw-crops", "yale", "orl"])
def test_real_images_decode_as_pillow_does(real_data: Path, folder: str) -> None:
    files = sorted(p for p in (real_data / folder).rglob("*") if p.suffix in (".jpg", ".png"))
    assert files
    for path in files[:: max(1, len(files) // 60)]:
        expected = np.asarray(Image.open(path).convert("RGB"))
        assert np.array_equal(decode(path.read_bytes()), expected), path.name
