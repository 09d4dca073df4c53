"""Gates as tests: pytest in a process of its own, with the plug-in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gates.making import run, written

ROOT = Path(__file__).parent.parent.parent
TESTS = """
import pytest

@pytest.mark.frbench_gate("strict.toml")
def test_strict():
    raise AssertionError("the body of a failed gate ran")

@pytest.mark.frbench_gate("mild.toml")
def test_mild(frbench_run):
    assert frbench_run.result.measurement("EER").value < 0.5

@pytest.mark.frbench_gate("wrong.toml")
def test_wrong(): ...
"""
RULE = '[[limit]]\nmeasure = "{}"\nat_most = {}\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with three gates and a run."""
    written(tmp_path / "run", run())
    (tmp_path / "strict.toml").write_text(RULE.format("EER", 0.001))
    (tmp_path / "mild.toml").write_text(RULE.format("EER", 0.5))
    (tmp_path / "wrong.toml").write_text(RULE.format("EERR", 0.5))
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    return tmp_path


def pytest_says(project: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    environment.pop("FRBENCH_RUN", None)
    command = [sys.executable, "-m", "pytest", "-p", "fr_bench.pytest_plugin", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False).stdout


def test_a_test_fails_where_its_gate_does_and_passes_where_it_passes(project: Path) -> None:
    said = pytest_says(project, "--frbench-run", "run")
    assert "1 passed" in said
    assert "2 failed" in said
    assert "fail          EER at most 0.1 %" in said
    assert "did you mean 'EER'?" in said
    assert "the body of a failed gate ran" not in said


def test_a_gate_without_a_run_fails(project: Path) -> None:
    said = pytest_says(project, "-k", "mild")
    assert "1 error" in said
    assert "no run is named: pytest --frbench-run FOLDER, or FRBENCH_RUN" in said


def test_the_marker_is_documented(project: Path) -> None:
    assert "@pytest.mark.frbench_gate(gates, baseline=None, allow=()): judge the run" in pytest_says(
        project, "--markers"
    )
