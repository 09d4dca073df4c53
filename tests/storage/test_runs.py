"""Run folders: one writer, goes on after a kill, never overwrites what it did not write."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fr_bench.errors import MachineError
from fr_bench.storage.files import write_atomic
from fr_bench.storage.runs import (
    latest,
    list_runs,
    name_of,
    opened,
    point_latest,
    state_of,
)

ONE, OTHER = "1" * 64, "2" * 64


def finished(path: Path, digest: str = ONE) -> Path:
    with opened(path, digest) as run:
        write_atomic(path / "result.json", b"{}\n")
        (path / "figures").mkdir()
        write_atomic(path / "figures" / "roc.svg", b"<svg/>")
        run.finish()
    return path


def snapshot(path: Path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


def test_a_folder_that_is_not_there_is_new(tmp_path: Path) -> None:
    with opened(tmp_path / "run", ONE) as run:
        assert run.state == "new"


def test_an_empty_folder_is_new(tmp_path: Path) -> None:
    with opened(tmp_path, ONE) as run:
        assert run.state == "new"


def test_a_run_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path / "run", ONE):
        pass
    with opened(tmp_path / "run", ONE) as run:
        assert run.state == "incomplete"


def test_a_finished_run_is_shown_again_and_nothing_is_written(tmp_path: Path) -> None:
    path = finished(tmp_path / "run")
    before = snapshot(path), path.stat().st_mtime_ns
    with opened(path, ONE) as run:
        assert run.state == "complete"
    assert (snapshot(path), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize("content", ["another run", "another unfinished run", "holiday pictures"])
def test_other_content_in_the_way_is_refused_untouched(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run"
    if content == "another run":
        finished(path, OTHER)
    elif content == "another unfinished run":
        with opened(path, OTHER):
            pass
    else:
        path.mkdir()
        (path / "beach.jpg").write_bytes(b"x")
    before = snapshot(path)
    with pytest.raises(MachineError, match="left untouched") as caught, opened(path, ONE):
        pass
    assert (caught.value.code, caught.value.exit_code) == ("folder_in_the_way", 6)
    assert snapshot(path) == before


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(b"x")
    with pytest.raises(MachineError, match="left untouched"), opened(tmp_path / "run", ONE):
        pass


def test_force_moves_what_is_in_the_way_aside(tmp_path: Path) -> None:
    for digest in (OTHER, ONE, OTHER):
        with opened(tmp_path / "run", digest, force=True) as run:
            assert run.state == "new"
            write_atomic(tmp_path / "run" / "mine", digest.encode())
    assert (tmp_path / "run.old-1" / "mine").read_text() == OTHER
    assert (tmp_path / "run.old-2" / "mine").read_text() == ONE


def test_a_missing_result_makes_a_finished_run_incomplete(tmp_path: Path) -> None:
    path = finished(tmp_path / "run")
    (path / "result.json").unlink()
    assert state_of(path, ONE) == "incomplete"


def test_the_mark_comes_last(tmp_path: Path) -> None:
    path = finished(tmp_path / "run")
    (path / "complete").unlink()
    assert state_of(path, ONE) == "incomplete"


def test_the_manifest_names_every_file_but_the_marks(tmp_path: Path) -> None:
    path = finished(tmp_path / "run")
    (path / "cut.tmp-1-00000000").write_bytes(b"x")
    files = json.loads((path / "manifest.json").read_text())["files"]
    assert not (path / ".holder").exists()
    assert list(files) == ["figures/roc.svg", "identity", "result.json"]
    assert files["result.json"]["bytes"] == 3
    assert files["result.json"]["sha256"] == hashlib.sha256(b"{}\n").hexdigest()


def test_unfinished_work_must_be_gone_before_the_mark(tmp_path: Path) -> None:
    with opened(tmp_path / "run", ONE) as run:
        run.checkpoint.mkdir()
        with pytest.raises(ValueError, match="still stands"):
            run.finish()


HOLD = """
import sys
from pathlib import Path
from fr_bench.storage.runs import opened
with opened(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holding(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), ONE],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("force", [False, True])
def test_a_second_run_is_told_at_once_who_works_in_the_folder(tmp_path: Path, force: bool) -> None:
    with holding(tmp_path / "run") as process:
        try:
            with pytest.raises(MachineError, match=rf"process {process.pid} on .* since 2") as caught, \
                    opened(tmp_path / "run", ONE, force=force):  # fmt: skip
                pass
            assert (caught.value.code, caught.value.exit_code) == ("locked", 6)
        finally:
            process.kill()


def test_the_lock_of_a_killed_run_is_gone_with_it(tmp_path: Path) -> None:
    with holding(tmp_path / "run") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with opened(tmp_path / "run", ONE) as run:
        assert run.state == "incomplete"


def test_log_lines_follow_each_other_and_a_torn_one_is_closed(tmp_path: Path) -> None:
    with opened(tmp_path / "run", ONE) as run:
        run.log("began", samples=3)
        with (run.path / "log.jsonl").open("ab") as file:
            file.write(b'{"at": "2026')
        run.log("went on")
    lines = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in (lines[0], lines[2])] == ["began", "went on"]


HOSTILE = ["", "..", ".", "a/b", "a\\b", "x" * 5000, "con\x00", "\x1b[31m", "=cmd()", "-rf", "😀" * 300, "\ud800"]


@pytest.mark.parametrize("name", HOSTILE)
def test_folder_names_are_safe_whatever_the_names(tmp_path: Path, name: str) -> None:
    folder = name_of(name, name, ONE)
    assert len(folder.encode()) <= 140
    assert Path(folder).name == folder
    assert folder.isprintable()
    assert folder[0] not in ".-"
    (tmp_path / folder).mkdir()


def test_korean_names_stay_readable() -> None:
    assert name_of("한국인", "얼굴", ONE) == "한국인-얼굴-11111111"


def test_runs_are_listed_with_their_state(tmp_path: Path) -> None:
    finished(tmp_path / "b")
    with opened(tmp_path / "a", OTHER):
        pass
    (tmp_path / "other").mkdir()
    assert [(run.path.name, run.digest, run.complete) for run in list_runs(tmp_path)] == [
        ("a", OTHER, False), ("b", ONE, True),
    ]  # fmt: skip


def test_no_folder_has_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == ()


def test_latest_names_the_run_finished_last(tmp_path: Path) -> None:
    finished(tmp_path / "a")
    assert latest(tmp_path) is None
    point_latest(tmp_path, "a")
    assert latest(tmp_path) == tmp_path / "a"


def test_a_run_whose_folder_is_called_latest_is_left_alone(tmp_path: Path) -> None:
    before = snapshot(finished(tmp_path / "latest"))
    point_latest(tmp_path, "latest")
    assert snapshot(tmp_path / "latest") == before


def test_latest_never_leads_outside(tmp_path: Path) -> None:
    finished(tmp_path / "a")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "latest").write_text("../a\n")
    assert latest(tmp_path / "runs") is None
