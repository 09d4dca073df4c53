"""The command line in this process, for mistakes that need no process of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fr_bench.cli import run_command
from tests.faults.making import Said

Refused = Callable[..., Said]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run `frbench ARGUMENTS` in a temporary folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FRBENCH_PROGRESS", "none")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str | Path) -> Said:
        capfd.readouterr()
        code = run_command([str(a) for a in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    return run


@pytest.fixture
def refused(said: Callable[..., Said], tmp_path: Path) -> Refused:
    """Run a command line that must be refused: exit code, code word, words of the message; no result is written."""

    def run(code: int, word: str, arguments: list[str | Path], *words: str) -> Said:
        answer = said(*arguments)
        assert (answer.code, answer.out) == (code, ""), answer
        assert answer.err.rstrip().endswith(f"[{word}]"), answer.err
        for text in words:
            assert text in answer.err, answer.err
        assert len(answer.err.splitlines()) == 1, answer.err
        written = {path.name for path in (tmp_path / "runs").rglob("*") if path.is_file()}
        assert written <= {"identity", "log.jsonl", ".lock"}  # the folder of a run that can go on
        return answer

    return run
