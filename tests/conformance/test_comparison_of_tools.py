"""The judge of the side-by-side comparison: right, rounded, wrong, refused; who does not run says why."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from bench import conformance
from bench.conformance import Question, Tool

SCORES = {"mated": [0.5, 0.9], "nonmated": [0.1]}


def question(expected: Any, thresholds: tuple[Any, ...] = ()) -> Question:
    return Question("v00", "eer", {"measure": "eer", **SCORES}, expected, thresholds)


@pytest.mark.parametrize(
    ("expected", "answer", "outcome"),
    [
        (Fraction(1, 3), {"value": 1 / 3}, "right"),
        (Fraction(1, 3), {"value": 0.3333333432674408}, "rounded"),
        (Fraction(1, 3), {"value": 0.3334}, "wrong"),
        (Fraction(1, 3), {"refused": "ValueError"}, "refused"),
        (Fraction(1, 3), {"value": "nan"}, "refused"),
        (Fraction(1, 3), {"cannot": True}, "cannot"),
        (None, {"refused": "no value"}, "right"),
        (None, {"value": 0.0}, "wrong"),
        ("nan_score", {"value": 0.1}, "wrong"),
        (float("inf"), {"value": "inf"}, "right"),
        (float("inf"), {"value": 3.0}, "wrong"),
    ],
)
def test_an_answer_is_judged_by_the_rules_of_the_suite(expected: Any, answer: dict[str, Any], outcome: str) -> None:
    assert conformance.judged(question(expected), answer) == outcome


@pytest.mark.parametrize(
    ("named", "right", "outcome"),
    [
        (0.9, 0.9, "right"),
        (0.91, 0.9, "wrong"),
        ("inf", "reject_all", "right"),
        ("reject_all", "reject_all", "right"),
        (None, 0.9, "cannot"),
    ],
)
def test_a_threshold_is_right_only_where_it_is_the_candidate(named: Any, right: Any, outcome: str) -> None:
    assert conformance.judged_threshold(question(Fraction(0), (right,)), {"value": 0, "threshold": named}) == outcome


def test_inf_is_not_reject_all_where_a_score_is_infinite() -> None:
    asked = Question("v00", "eer", {"mated": ["inf"], "nonmated": [0.1]}, Fraction(0), ("reject_all",))
    assert conformance.judged_threshold(asked, {"value": 0, "threshold": "inf"}) == "wrong"


def test_every_verification_case_is_asked() -> None:
    asked = {q.case for q in conformance.questions()}
    files = [json.loads((conformance.CASES / name).read_text()) for name in ("cases.json", "own_cases.json")]
    assert asked == {case["id"] for file in files for case in file["cases"] if case["kind"] == "verification"}


def test_a_tool_that_does_not_start_is_a_row_with_the_reason(tmp_path: Path) -> None:
    broken = Tool("broken", "no_such_script.py", (), "none")
    with pytest.raises(conformance.NotRun, match=r"ended with 2: .*no_such_script\.py"):
        conformance.answers_of(broken, [], tmp_path)
    assert "broken: not run: reason" in conformance.table({"broken": {"not_run": "reason"}})


def test_a_tool_sees_questions_and_never_answers() -> None:
    assert all({"expected", "answer"}.isdisjoint(q.asked) for q in conformance.questions())


@pytest.mark.parametrize("tool", [tool.script for tool in conformance.TOOLS])
def test_the_script_of_a_tool_compiles(tool: str) -> None:
    compile((conformance.SCRIPTS / tool).read_text(encoding="utf-8"), tool, "exec")


@pytest.mark.parametrize("arguments", [["--tools", "frbenhc"]])
def test_an_unknown_tool_is_refused(arguments: list[str]) -> None:
    command = [sys.executable, str(Path(conformance.__file__)), *arguments]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
