"""The suite as others find it: files that keep their schema, and answers that a second look confirms."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import make_own_cases, oracle, schema

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE / "cases.schema.json").read_text(encoding="utf-8"))
FILES = {name: json.loads((HERE / name).read_text(encoding="utf-8")) for name in ("cases.json", "own_cases.json")}
CASES = [case for file in FILES.values() for case in file["cases"]]
BY_ID = [pytest.param(case, id=case["id"]) for case in CASES]


@pytest.mark.parametrize("name", FILES)
def test_a_file_keeps_the_schema(name: str) -> None:
    assert schema.mistakes(FILES[name], SCHEMA, SCHEMA) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [({"polarity": "both"}, "polarity"), ({"mated": ["0.5"]}, "mated"), ({"surprise": 1}, "surprise")],
)
def test_the_schema_refuses_what_a_reader_would_not_understand(change: dict[str, Any], place: str) -> None:
    spoilt = {**FILES["cases.json"], "cases": [{**CASES[0], **change}]}
    assert any(place in mistake for mistake in schema.mistakes(spoilt, SCHEMA, SCHEMA))


@pytest.mark.parametrize("name", FILES)
def test_the_count_of_a_file_is_right(name: str) -> None:
    assert FILES[name]["count"] == len(FILES[name]["cases"])


def test_ids_are_unique_over_both_files() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", BY_ID)
def test_the_slow_oracle_gives_the_answer_of_the_file(case: dict[str, Any]) -> None:
    assert oracle.answer(case) == case["answer"]


def test_our_own_cases_are_what_their_script_makes() -> None:
    assert (HERE / "own_cases.json").read_text(encoding="utf-8") == make_own_cases.text()


def test_a_hand_that_disagrees_stops_the_making() -> None:
    question = {**make_own_cases.QUESTIONS[0], "by_hand": {"auc": "1/2"}}
    with pytest.raises(SystemExit, match="by hand 1/2, by the oracle 7/8"):
        make_own_cases.answered(question)


@pytest.mark.parametrize("case", BY_ID)
def test_fractions_stand_in_lowest_terms(case: dict[str, Any]) -> None:
    for text in _fractions(case["answer"]):
        assert text == str(Fraction(text))


def _fractions(answer: Any) -> list[str]:
    if isinstance(answer, dict):
        return [text for value in answer.values() for text in _fractions(value)]
    if isinstance(answer, list):
        return [text for value in answer for text in _fractions(value)]
    return [answer] if isinstance(answer, str) and "/" in answer else []


@pytest.mark.parametrize("case", [p for p in BY_ID if p.values[0]["kind"] == "identification"])
def test_no_case_depends_on_which_scores_of_a_search_are_candidates(case: dict[str, Any]) -> None:
    """Best mates and best nonmates alone would name the same thresholds as all scores that were returned."""
    tops = [max(map(oracle.score, s[side])) for s in case["searches"] for side in ("mates", "nonmates") if s[side]]
    named = [row["threshold"] for row in case["answer"]["fnir_at_fpir"] if row["status"] == "ok"]
    assert all(t == "reject_all" or oracle.score(t) in tops for t in named)


def test_the_oracle_needs_nothing_but_the_standard_library() -> None:
    code = "import sys, oracle; sys.exit(bool({'numpy', 'scipy', 'fr_bench'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=HERE, check=False).returncode == 0
