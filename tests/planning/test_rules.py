"""Rules of thumb and closed forms, against figures worked by hand."""

from __future__ import annotations

import math

import pytest

from fr_bench.planning import rules


@pytest.mark.parametrize(
    ("level", "needed"),
    [
        (0.80, (1609, 16094, 160943, 1609438)),
        (0.90, (2302, 23025, 230258, 2302584)),
        (0.95, (2995, 29956, 299572, 2995731)),
        (0.99, (4603, 46050, 460515, 4605168)),
    ],
)
def test_trials_without_error_at_four_confidences(level: float, needed: tuple[int, ...]) -> None:
    assert tuple(rules.trials_without_error(10.0**-k, level) for k in (3, 4, 5, 6)) == needed


def test_rule_of_3() -> None:
    assert rules.trials_without_error(1e-4) * 1e-4 == pytest.approx(3, rel=2e-3)


def test_the_smallest_number_of_trials_is_exact() -> None:
    # 0.5^n <= 0.25 from n = 2 on, exactly.
    assert rules.trials_without_error(0.5, 0.75) == 2


def test_rule_of_30() -> None:
    assert rules.errors_for_width(0.30, 0.90) == pytest.approx(30.06, abs=0.01)
    assert rules.errors_for_width(0.50, 0.90) == pytest.approx(10.82, abs=0.01)


def test_trials_for_a_half_width_by_hand() -> None:
    # 1.959964^2 * 0.1 * 0.9 / 0.03^2
    assert rules.trials_for_width(0.1, 0.03) == pytest.approx(384.146, abs=1e-3)


def test_trials_for_a_difference_by_hand() -> None:
    # (1.959964 * 0.2 + 0.841621 * sqrt(0.04 - 0.0001))^2 / 0.0001
    assert rules.trials_for_difference(0.01, 0.04, 0.8) == pytest.approx(3137.19, abs=0.01)


def test_subjects_for_a_difference_by_hand() -> None:
    # (1.959964 * sqrt(0.09 + 0.0001) + 0.841621 * 0.3)^2 / 0.0001
    assert rules.subjects_for_difference(0.01, 0.3, 0.8) == pytest.approx(7069.48, abs=0.01)


def test_a_pilot_of_thirty_differing_subjects_may_show_too_little_spread_by_hand() -> None:
    # The 10 % quantile of chi^2 with 30 degrees of freedom is 20.599.
    assert rules.upper_spread(0.3, 30, 0.9) == pytest.approx(0.3 * (30 / 20.599) ** 0.5, rel=1e-4)


def test_no_difference_is_found_by_fewer_subjects_than_the_square_of_t() -> None:
    assert rules.difference_found(0.3, 3, 0.8) == math.inf


@pytest.mark.parametrize(
    "call",
    [
        lambda: rules.trials_without_error(0.0),
        lambda: rules.trials_without_error(0.1, 1.0),
        lambda: rules.errors_for_width(0.0),
        lambda: rules.trials_for_width(1.0, 0.1),
        lambda: rules.trials_for_difference(0.1, 0.05, 0.8),
    ],
)
def test_a_number_out_of_its_range_is_a_bug_of_the_caller(call: object) -> None:
    with pytest.raises(ValueError):
        call()  # type: ignore[operator]
