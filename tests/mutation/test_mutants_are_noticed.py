"""The sample of 400 mutants against the fast tests, 90 % or more noticed; and that the judge of it can be trusted."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bench import mutation
from bench.mutants import running
from bench.mutants.making import Mutant, mutants_of

ROOT = Path(__file__).parent.parent.parent
SCORES = "fr_bench/metrics/scores.py"


@cache
def some() -> Mutant:
    return next(m for m in mutants_of(SCORES, (ROOT / SCORES).read_bytes()) if m.kind == "< to <=")


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
        imported={},
        failed=(),
    )
    assert known.of(mutant) == ["b.py::two", "b.py::three", "a.py::one", "c.py::four"]
    assert known.stages(mutant) == [["b.py::two", "b.py::three", "a.py::one"], ["c.py::four"]]


def test_a_function_that_runs_at_import_meets_the_tests_of_its_file_and_of_the_tables() -> None:
    mutant = some()
    assert mutant.function is not None
    lines = mutant.function[0], mutant.function[0] + 10_000
    tests = {"a.py::one": 0.1, f"{running.TABLES}::two": 0.2, "b.py::three": 0.3}

    def met(calls: dict[int, list[int]], imported: list[int]) -> list[str]:
        known = running.Baseline(tests=tests, calls={SCORES: calls}, imported={SCORES: imported}, failed=())
        return known.of(mutant)

    everything = list(tests)
    assert met({lines[1]: [0, 2]}, [lines[0]]) == everything
    assert met({lines[0]: [0], lines[1]: [2]}, [lines[0]]) == everything[:2]
    assert met({lines[0]: [0], lines[1]: [2]}, []) == everything[:1]
    assert met({lines[1]: [0, 2]}, [lines[1]]) == []


MADE_AT_IMPORT = b"""
def row(limit: int) -> tuple[int, int]:
    return limit, 1 + 1


TABLE = (row(3),)


def rows() -> int:
    return len(TABLE)


def total(extra: int) -> int:
    return sum(TABLE[0]) + extra


def nobody() -> int:
    return 1 + 3
"""
TESTS_OF_IT = """
def test_that_imports_first_and_looks_at_nothing_much():
    from measures.table import TABLE, rows

    assert rows() == len(TABLE) == 1

def test_of_the_total():
    from measures.table import total

    assert total(1) == 6
"""
RECORD = """
import json, os, sys
from pathlib import Path
import hypothesis, pytest
from bench.mutants import running
from bench.mutants.making import mutants_of

copy = Path(sys.argv[1])
os.chdir(copy)
sys.path.insert(0, str(copy))
known = running.baseline(copy, ["tests"], ["measures"])
made = mutants_of("measures/table.py", (copy / "measures" / "table.py").read_bytes())
verdicts = {f"{m.before}: {m.kind}": running.verdict(copy, m, known)[0] for m in made if m.kind == "+ to -"}
print(json.dumps(verdicts))
"""


def test_what_is_made_at_import_in_the_middle_of_a_test_counts_as_made_at_import(tmp_path: Path) -> None:
    for name in ("measures", "tests"):
        (tmp_path / name).mkdir()
    (tmp_path / "measures" / "table.py").write_bytes(MADE_AT_IMPORT)
    (tmp_path / "tests" / "test_table.py").write_text(TESTS_OF_IT, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow\n    real\n    browser\n", encoding="utf-8")
    command = [sys.executable, "-c", RECORD, str(tmp_path)]
    quick = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, env=quick)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == {
        "return limit, 1 + 1: + to -": "killed",
        "return sum(TABLE[0]) + extra: + to -": "killed",
        "return 1 + 3: + to -": "untested",
    }


def test_a_mutant_that_no_test_reaches_has_not_been_noticed(tmp_path: Path) -> None:
    nothing = running.Baseline(tests={}, calls={}, imported={}, failed=())
    assert running.verdict(tmp_path, some(), nothing) == ("untested", 0.0)


def test_a_share_below_the_bar_is_said_and_survivors_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    mutant = some()
    verdict = mutation.Verdict(mutant.key, mutant.path, mutant.line, mutant.kind, "survived", 1.0, "t")
    assert not mutation.report([mutant], {mutant.key: verdict}, ROOT)
    said = capsys.readouterr().out
    assert "NO REASON GIVEN" in said
    assert f"- {mutant.before}" in said
    assert "MISSED: 0.0% noticed, bar 90%" in said
