"""What data a scheme needs before anything is collected."""

from __future__ import annotations

import pytest
from scipy.special import bdtr

from fr_bench.certification.collecting import needed
from fr_bench.certification.reading import profile


def test_trials_follow_the_rules_of_3_and_30() -> None:
    rows = needed(profile("kisa-style-face"))
    assert [row.trials for row in rows] == [3000, 1500, 1500, 2000]
    assert [row.without for row in rows] == [299, 149, 149, 199]


def test_the_size_passes_with_the_probability_asked() -> None:
    row = needed(profile("kisa-style-face"), power=0.9)[0]
    assert row.point is not None
    for size in range(row.point, row.point + 300):
        assert float(bdtr(size // 100, size, 0.01 / 3)) >= 0.9


def test_a_bound_needs_more_subjects_than_the_point() -> None:
    for row in needed(profile("kisa-style-face")):
        assert row.point is not None
        assert row.bound is not None
        assert row.bound > row.point


def test_a_limit_of_the_users_own_is_asked_for() -> None:
    assert needed(profile("tta-vv-like"))[0].absent == ("frr",)
    assert needed(profile("tta-vv-like"), {"frr": 0.05})[0].limit == pytest.approx(0.05)
