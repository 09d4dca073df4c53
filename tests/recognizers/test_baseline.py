"""The recognizer that ships: what its recipe gives, honestly wrong now and then."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.contracts import Capture, Options, Recognizer
from fr_bench.errors import UsageError
from fr_bench.generator import landmarks, plan_conditions, render
from fr_bench.images import ARCFACE_112, align
from fr_bench.recognizers import _baseline_training as training
from fr_bench.recognizers import baseline


@pytest.fixture(scope="module")
def recognizer() -> baseline.Baseline:
    return baseline.load(Options())


def embed(recognizer: baseline.Baseline, images: np.ndarray) -> np.ndarray:
    rows = np.stack(recognizer.embed([Capture("", image) for image in images])).astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def equal_error_rate(rows: np.ndarray, subjects: np.ndarray) -> float:
    first, second = np.triu_indices(len(rows), 1)
    scores, mated = (rows @ rows.T)[first, second], subjects[first] == subjects[second]
    thresholds = np.sort(scores[mated])
    fnmr = np.searchsorted(np.sort(scores[mated]), thresholds) / mated.sum()
    fmr = 1 - np.searchsorted(np.sort(scores[~mated]), thresholds) / (~mated).sum()
    nearest = np.abs(fnmr - fmr).argmin()
    return float(fnmr[nearest] + fmr[nearest]) / 2


def test_it_offers_what_a_recognizer_must(recognizer: baseline.Baseline) -> None:
    assert isinstance(recognizer, Recognizer)


def test_equal_error_rate_on_strangers_is_well_above_zero_and_below_twenty_percent(
    recognizer: baseline.Baseline,
) -> None:
    subjects = np.repeat(np.arange(40), 6)
    conditions = [c for subject in range(40) for c in plan_conditions(20260101, subject, 6)]
    pictures = render(20260101, subjects, conditions)
    points = landmarks(20260101, subjects, conditions)
    crops = np.stack([align(image, p, ARCFACE_112) for image, p in zip(pictures, points, strict=True)])
    assert 0.03 < equal_error_rate(embed(recognizer, crops), subjects) < 0.15


def test_training_subjects_are_no_test_subjects() -> None:
    assert training.RECIPE["seed"] != 20260101
    assert training.RECIPE["first_subject"] >= 1_000_000


def test_the_recipe_gives_what_ships() -> None:
    projection, mean = training.trained()
    shipped, shipped_mean, _ = baseline.learned()
    np.testing.assert_allclose(mean, shipped_mean, atol=1e-12)
    # A library's last digits are its own; a discriminant that turned round would be wrong by its whole length.
    assert np.abs(projection - shipped).max() < 1e-6 * np.abs(shipped).max()


def test_grey_picture_without_contrast_gives_a_finite_template(recognizer: baseline.Baseline) -> None:
    flat = np.full((112, 112, 3), 90, dtype=np.uint8)
    assert np.isfinite(recognizer.embed([Capture("", flat)])[0]).all()


def test_it_has_no_options() -> None:
    with pytest.raises(UsageError, match="size is no option here"):
        baseline.load(Options({"size": 3}, where="my.toml:3"))
