"""Profiles: all mistakes of a file at once, with line and nearest key; those that ship are complete."""

from __future__ import annotations

import pytest

from fr_bench.certification.profile import CERTAINTY, Profile
from fr_bench.certification.reading import available, profile, read
from fr_bench.errors import UsageError

HEAD = '[scheme]\ntitle = {en = "A", ko = "B"}\ncertainty = "[R]"\nverdict = "rehearsal"\n'


@pytest.fixture(params=sorted(available()))
def shipped(request: pytest.FixtureRequest) -> Profile:
    return profile(request.param)


def test_ten_schemes_ship() -> None:
    assert len(available()) == 10


def test_every_entry_says_how_certain_it_is(shipped: Profile) -> None:
    marks = [shipped.scheme.certainty, shipped.plan.certainty]
    marks += [one.certainty for one in (*shipped.limits, *shipped.categories, *shipped.assumptions)]
    assert all(CERTAINTY.match(mark) for mark in marks)


def test_limits_that_are_only_remembered_give_no_verdict(shipped: Profile) -> None:
    if any(limit.certainty == "[K?]" for limit in shipped.limits):
        assert not shipped.judges


def test_the_limits_of_the_four_categories_are_those_published() -> None:
    limits = {one.category: one.at_most for one in profile("kisa-style-face").limits}
    assert limits == {"lighting": 0.01, "expression": 0.02, "pose": 0.02, "accessory": 0.015}


def test_all_mistakes_are_told_at_once_with_line_and_nearest_key() -> None:
    text = HEAD + '[[limit]]\nmesure = "EER"\nat_most = 0.01\ncertainty = "[X]"\n[[limit]]\nmeasure = "EEER"\n'
    with pytest.raises(UsageError) as told:
        read(text, name="p.toml")
    message = told.value.message
    assert "p.toml:6: unknown key limit.mesure; did you mean 'measure'?" in message
    assert "limit.certainty is '[X]'" in message
    assert "limit: give either at_most or at_least" in message
    assert "EEER" in message


def test_an_unknown_scheme_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="kisa-style-face"):
        profile("kisa-style-fase")


def test_nobody_may_judge_fewer_than_twenty_subjects() -> None:
    with pytest.raises(UsageError, match="nobody is judged on fewer than 20"):
        read(HEAD + "fewest_subjects = 5\n")


def test_sources_are_told_in_both_languages(shipped: Profile) -> None:
    named = [shipped.scheme, shipped.plan, *shipped.limits]
    assert all(set(one.source) == {"en", "ko"} for one in named if one.source)
    # What is the same in Korean is the name of a clause, and no sentence.
    alike = {one.source["en"] for one in named if one.source and one.source["en"] == one.source["ko"]}
    assert not any(" " in text for text in alike)


def test_a_source_that_lacks_a_language_is_a_mistake() -> None:
    with pytest.raises(UsageError, match=r"p\.toml:5: scheme\.source is missing in 'ko'"):
        read(HEAD + 'source = {en = "seen"}\n', name="p.toml")


def test_the_nearest_scheme_is_asked_for_at_the_end_of_the_sentence() -> None:
    with pytest.raises(UsageError) as told:
        profile("kisa-style-fase")
    assert told.value.message.endswith("whose path ends in .toml; did you mean 'kisa-style-face'?")


def test_the_beginning_of_a_name_is_enough_to_be_asked_for_it() -> None:
    with pytest.raises(UsageError, match=r"did you mean 'kisa-style-face'\?$"):
        profile("kisa")
