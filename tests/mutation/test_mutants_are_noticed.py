"""The sample of 400 mutants against the fast tests, 90 % or more noticed; and that the judge of it can be trusted."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import mutation
from bench.mutants import running
from bench.mutants.making import Mutant, mutants_of

ROOT = Path(__file__).parent.parent.parent
SCORES = "fr_bench/metrics/scores.py"


def some(kind: str = "< to <=") -> Mutant:
    return next(m for m in mutants_of(SCORES, (ROOT / SCORES).read_bytes()) if m.kind == kind)


@pytest.mark.slow
def test_the_fast_tests_notice_nine_of_ten_mutants() -> None:
    command = [sys.executable, str(ROOT / "bench" / "mutation.py"), "--sample", "400", "--seed", "1"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.slow
def test_every_equivalent_mutant_names_a_line_that_exists_and_a_reason() -> None:
    known = mutation.equivalents()
    paths = {path for path, _, _ in known}
    made = {mutation.name_of(m) for path in sorted(paths) for m in mutants_of(path, (ROOT / path).read_bytes())}
    for (path, line, change), reason in known.items():
        assert (path, line, change) in made, f"{path}: {line}: {change}"
        assert len(reason) > 20


def test_a_verdict_cut_off_by_a_kill_is_forgotten(tmp_path: Path) -> None:
    results = tmp_path / "mutation.jsonl"
    row = '{"key": "k", "path": "p", "line": 1, "kind": "< to <=", "outcome": "killed", "seconds": 1.0, "tests": "t"}'
    results.write_text(row + "\n" + row[:40], encoding="utf-8")
    assert set(mutation.known_verdicts(results, "t", again=False)) == {"k"}


@pytest.mark.parametrize(
    ("outcome", "tests", "again", "kept"),
    [
        ("killed", "other", False, True),
        ("timeout", "other", True, True),
        ("survived", "same", False, True),
        ("survived", "other", False, False),
        ("survived", "same", True, False),
        ("untested", "other", False, False),
    ],
)
def test_what_survived_is_tried_again_once_the_tests_change(
    tmp_path: Path, outcome: str, tests: str, again: bool, kept: bool
) -> None:
    results = tmp_path / "mutation.jsonl"
    verdict = mutation.Verdict("k", "p", 1, "< to <=", outcome, 1.0, tests)
    results.write_text(json.dumps(dataclasses.asdict(verdict)) + "\n", encoding="utf-8")
    assert ("k" in mutation.known_verdicts(results, "same", again=again)) is kept


def test_a_mutant_meets_the_tests_of_its_function_first_those_of_the_best_files() -> None:
    mutant = some()
    assert mutant.function is not None
    first = mutant.function[0]
    known = running.Baseline(
        tests={"a.py::one": 1.0, "b.py::two": 0.1, "b.py::three": 0.2, "c.py::four": 60.0, "d.py::five": 0.1},
        calls={SCORES: {first: [0, 1, 2, 3], first - 10_000: [4]}},
        failed=(),
    )
    assert known.of(mutant) == ["b.py::two", "b.py::three", "a.py::one", "c.py::four"]
    assert known.stages(mutant) == [["b.py::two", "b.py::three", "a.py::one"], ["c.py::four"]]


def test_a_mutant_that_no_test_reaches_has_not_been_noticed(tmp_path: Path) -> None:
    nothing = running.Baseline(tests={}, calls={}, failed=())
    assert running.verdict(tmp_path, some(), nothing) == ("untested", 0.0)


def test_a_share_below_the_bar_is_said_and_survivors_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    mutant = some()
    verdict = mutation.Verdict(mutant.key, mutant.path, mutant.line, mutant.kind, "survived", 1.0, "t")
    assert not mutation.report([mutant], {mutant.key: verdict}, ROOT)
    said = capsys.readouterr().out
    assert "NO REASON GIVEN" in said
    assert f"- {mutant.before}" in said
    assert "MISSED: 0.0% noticed, bar 90%" in said
