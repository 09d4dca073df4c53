"""The design of the images: enrolment first, categories in turn, levels spread over subjects."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from fr_bench.generator import Condition, plan_conditions
from fr_bench.generator.conditions import CATEGORIES, CYCLE, EXPRESSIONS, LAMPS, YAWS


def test_the_first_image_is_a_frontal_neutral_enrolment() -> None:
    first = plan_conditions(1, 9, 1)[0]
    assert (first.category, first.expression, first.yaw, first.accessory) == ("enrolment", "neutral", 0.0, "none")
    assert (first.light_azimuth, first.light_contrast, first.years) == (0.0, 0.0, 0.0)


def test_categories_follow_in_equal_numbers() -> None:
    counts = Counter(c.category for c in plan_conditions(1, 0, 1 + 4 * len(CYCLE)))
    assert counts == {"enrolment": 1, **dict.fromkeys(CYCLE, 4)}
    assert set(counts) == set(CATEGORIES)


def test_a_longer_plan_begins_with_the_shorter_one() -> None:
    assert plan_conditions(1, 3, 20)[:7] == plan_conditions(1, 3, 7)


def test_subjects_together_cover_every_level_evenly() -> None:
    labels = Counter(c.label for s in range(24) for c in plan_conditions(1, s, 6))
    assert {labels[f"lighting {lamp}"] for lamp in LAMPS} == {3}
    assert {labels[f"pose {yaw:+d}"] for yaw in YAWS} == {4}
    assert {labels[f"expression {e}"] for e in EXPRESSIONS[1:]} == {6}
    assert {labels["accessory glasses"], labels["accessory hairband"]} == {12}


def test_only_everyday_images_are_of_another_day() -> None:
    for condition in plan_conditions(1, 4, 31):
        assert (condition.session > 0) == (condition.category == "everyday")
        assert (condition.years > 0.0) == (condition.category == "everyday")


def test_images_carry_their_number() -> None:
    assert [c.image for c in plan_conditions(1, 0, 12)] == list(range(12))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"yaw": 50.0}, "yaw 50.0 is not within 45 degrees"),
        ({"expression": "grin"}, "unknown expression 'grin'"),
        ({"accessory": "hat"}, "unknown accessory 'hat'"),
        ({"category": "rain"}, "unknown category 'rain'"),
        ({"blur": 1.5}, "blur 1.5"),
    ],
)
def test_an_impossible_condition_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Condition(**{"image": 0, "category": "pose", "label": "pose", **wrong})


def test_a_negative_number_of_images_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 images"):
        plan_conditions(1, 0, -1)
