"""The log of runs: appended only, damage is told and kept, and several processes may write at once."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from fr_bench.errors import MachineError
from fr_bench.storage import history


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.jsonl"


def test_every_line_names_the_line_before_it(log: Path) -> None:
    written = [history.append({"run": str(k)}, log) for k in range(3)]
    assert [one.number for one in written] == [1, 2, 3]
    assert [line.facts["run"] for line in written[2].before] == ["0", "1"]
    assert [line.fault for line in history.read(log)] == ["", "", ""]


@pytest.mark.parametrize(("at", "other"), [(0, None), (1, None), (1, '{"run":"x"}')])
def test_a_line_that_was_changed_or_taken_out_shows(log: Path, at: int, other: str | None) -> None:
    for k in range(4):
        history.append({"run": str(k)}, log)
    lines = log.read_text("utf-8").splitlines()
    lines[at : at + 1] = [other] if other else []
    log.write_text("\n".join(lines) + "\n", "utf-8")
    assert any(line.fault for line in history.read(log))


def test_a_torn_line_is_told_and_kept(log: Path) -> None:
    history.append({"run": "0"}, log)
    with log.open("ab") as file:
        file.write(b'{"run": "tor')
    history.append({"run": "1"}, log)
    found = history.read(log)
    assert [bool(line.fault) for line in found] == [False, True, False]
    assert b'{"run": "tor\n' in log.read_bytes()


def test_lines_of_several_writers_do_not_mix(log: Path) -> None:
    writers = [
        threading.Thread(target=lambda k=k: [history.append({"run": f"{k}-{i}"}, log) for i in range(10)])  # type: ignore[misc]
        for k in range(4)
    ]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    found = history.read(log)
    assert len(found) == 40
    assert {line.fault for line in found} == {""}


@pytest.mark.parametrize("data", [b"[1]\n", b"\xff\n", b"[" * 5000 + b"\n"])
def test_a_strange_line_stops_nothing(log: Path, data: bytes) -> None:
    log.parent.mkdir()
    log.write_bytes(data)
    assert history.append({"run": "0"}, log).number == 2


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MachineError, match="FRBENCH_HISTORY"):
        history.append({}, tmp_path / "file" / "history.jsonl")


def test_the_variable_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRBENCH_HISTORY", str(tmp_path / "own.jsonl"))
    history.append({"run": "0"})
    assert json.loads((tmp_path / "own.jsonl").read_text("utf-8"))["previous"] == history.FIRST
