"""Every scheme that ships, in both languages: verdicts, what is needed, and no sentence of one in the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fr_bench.certification.profile import Profile
from fr_bench.certification.reading import available, profile
from fr_bench.certification.rehearsal import Rehearsal, rehearse
from fr_bench.certification.running import Evidence
from fr_bench.certification.trials import Trials
from fr_bench.certification.verdicts import Verdicts
from fr_bench.certification.writing import lines
from fr_bench.cli import plan_scheme
from fr_bench.reports.document import Notice, Table, Text
from fr_bench.reports.wording import wording
from tests.certification import made_up

SENTENCE = re.compile(r"(?:\b[A-Za-z]?[a-z]+\b[ ,]+){3}")
"""Three words of English in a row, which no measure, clause or name of a file has."""
GIVEN = {"threshold": 0.5, "pad_threshold": 0.5, "far": 0.01, "frr": 0.05}


@pytest.fixture(scope="module", params=sorted(available()))
def scheme(request: pytest.FixtureRequest) -> Profile:
    return profile(request.param)


@pytest.fixture(scope="module")
def found(scheme: Profile) -> Rehearsal:
    if scheme.categories:
        return rehearse(scheme, made_up.evidence(scheme, 20, wrong=2))
    scores = made_up.scores(made_up.dataset(20), wrong=2)
    evidence = Evidence(
        side=made_up.side(scores), trials={"": Trials(name="", scores=scores, subjects=20)}, source="run"
    )
    return rehearse(scheme, evidence, {name: GIVEN[name] for name in scheme.parameters if name in GIVEN})


def texts(found: Rehearsal, language: str) -> Iterator[str]:
    """What a terminal and the first section of the dossier say."""
    say = wording(language)
    yield from lines(found, say, width=10_000)
    for block in Verdicts(found, say).blocks():
        match block:
            case Text():
                yield block.text
            case Notice():
                yield from (block.badge, block.text)
            case Table():
                yield from (column.title for column in block.columns)
                yield from (line for row in block.rows for one in row for line in one.lines)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_scheme_says_that_it_is_a_rehearsal(found: Rehearsal, language: str) -> None:
    say = wording(language)
    assert next(texts(found, language)).endswith(say("certify.badge"))
    assert any(say("certify.not_certificate") in text for text in texts(found, language))


def test_no_english_sentence_stands_in_korean(found: Rehearsal) -> None:
    assert [text for text in texts(found, "ko") if SENTENCE.search(text)] == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_place_of_a_value_is_left_open(found: Rehearsal, language: str) -> None:
    assert [text for text in texts(found, language) if "{" in text] == []


def test_every_scheme_says_what_it_needs(scheme: Profile, capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for language in ("en", "ko"):
        assert plan_scheme.show(scheme.name, 0.9, as_json=False, language=language) == 0
        told[language] = capsys.readouterr().out
    assert told["en"].startswith(scheme.scheme.title["en"])
    assert told["ko"].startswith(scheme.scheme.title["ko"])
    assert SENTENCE.search(told["en"])
    assert not SENTENCE.search(told["ko"])
