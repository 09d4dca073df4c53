"""Random numbers by name, and the curves that stand in for library functions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fr_bench.generator.curves import cosine, sine, wave
from fr_bench.generator.draws import Draw, grain


def test_streams_of_different_purposes_differ() -> None:
    names = [(1, 2, 3, "hair"), (2, 2, 3, "hair"), (1, 3, 3, "hair"), (1, 2, 4, "hair"), (1, 2, 3, "eyes")]
    assert len({Draw(*name).uniform() for name in names} | {Draw(1, 2, None, "hair").uniform()}) == 6


def test_uniform_numbers_fill_their_range_evenly() -> None:
    draw = Draw(1, 0, None, "test", 20000)
    counts = np.histogram([draw.uniform(2.0, 4.0) for _ in range(20000)], bins=10, range=(2.0, 4.0))[0]
    assert counts.sum() == 20000
    assert counts.min() > 1800


def test_bell_shaped_numbers_have_the_spread_asked_for() -> None:
    draw = Draw(1, 0, None, "test", 30000)
    values = np.array([draw.bell(5.0, 2.0) for _ in range(10000)])
    assert values.mean() == pytest.approx(5.0, abs=0.1)
    assert values.std() == pytest.approx(2.0, abs=0.06)
    assert np.abs(values - 5.0).max() <= 6.0


def test_grain_has_mean_0_and_deviation_1() -> None:
    values = grain(1, 0, 0, (3, 112, 112))
    assert values.mean() == pytest.approx(0.0, abs=0.02)
    assert values.std() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("degrees", [-720.5, -180.0, -91.0, -30.0, 0.0, 12.5, 90.0, 135.0, 269.0, 1000.0])
def test_sine_and_cosine_agree_with_the_mathematical_library(degrees: float) -> None:
    assert sine(degrees) == pytest.approx(math.sin(math.radians(degrees)), abs=1e-9)
    assert cosine(degrees) == pytest.approx(math.cos(math.radians(degrees)), abs=1e-9)


def test_wave_has_period_one_and_looks_like_a_sine() -> None:
    x = np.linspace(-2.0, 2.0, 401)
    assert np.allclose(wave(x), np.sin(2.0 * np.pi * x), atol=0.06)
