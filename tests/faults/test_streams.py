"""What is written where: results on stdout, everything else on stderr, and no complaint when nobody listens."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.faults.making import COMMAND, environment, faces, frbench, recognizer

CHATTY = """
import os, sys
import numpy as np
print("hello from the module")
class Own:
    def embed(self, images):
        print("hello"); os.write(1, b"raw\\n"); os.system("echo child"); sys.stdout.write("no newline")
        return np.array([image.astype(np.float32).ravel() - 125 for image in images])
"""
CHECK = ("check", "--dataset", "./faces", "--recognizer", "python:own.py:Own", "--progress", "none")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    faces(tmp_path / "faces", 3, 2)
    recognizer(tmp_path)
    return tmp_path


def test_recognizer_that_prints_does_not_spoil_the_json(folder: Path) -> None:
    recognizer(folder, CHATTY)
    said = frbench(folder, *CHECK, "--json")
    assert said.code == 0
    assert json.loads(said.out)["facts"]["samples"] == 6
    for text in ("hello from the module", "raw", "child", "no newline"):
        assert text in said.err


@pytest.mark.parametrize("arguments", [["list", "measures"], ["--help"], ["run", "--help"]])
def test_reader_that_goes_away_is_no_error(folder: Path, arguments: list[str]) -> None:
    unread, write = os.pipe()
    os.close(unread)
    said = frbench(folder, *arguments, stdout=write)
    os.close(write)
    assert (said.code, said.err) == (0, "")


def test_mistake_that_nobody_reads_keeps_its_exit_code(folder: Path) -> None:
    unread, write = os.pipe()
    os.close(unread)
    said = frbench(folder, "check", "--dataset", "./nowhere", "--recognizer", "baseline", stderr=write)
    os.close(write)
    assert (said.code, said.out) == (3, "")


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_closed_streams_never_end_up_in_a_file(folder: Path, closed: str) -> None:
    # Without a stand-in, the next file that is opened becomes descriptor 1 or 2, and is written into.
    told = " ".join([*COMMAND, "init", "new", closed])
    assert subprocess.run(["/bin/sh", "-c", told], cwd=folder, env=environment(folder), check=False).returncode == 0
    clean = folder / "clean"
    clean.mkdir()
    assert frbench(clean, "init", "new").code == 0
    for name in ("frbench.toml", "my_recognizer.py"):
        assert (folder / "new" / name).read_bytes() == (clean / "new" / name).read_bytes()


def test_write_failed_on_a_full_stdout(folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        said = frbench(folder, "list", "measures", stdout=full)
    assert said.code == 6
    assert said.err.startswith("frbench: cannot write the output: No space left on device")
    assert said.err.endswith("[write_failed]\n")


@pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": "xterm-256color"}])
def test_no_escape_sequence_reaches_a_pipe(folder: Path, more: dict[str, str]) -> None:
    said = frbench(folder, *CHECK, env=environment(folder, **more))
    assert said.code == 0
    assert "\x1b" not in said.out + said.err


@pytest.mark.parametrize(("more", "coloured"), [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False),
                                                ({"TERM": "xterm", "NO_COLOR": ""}, False)])  # fmt: skip
def test_terminal_that_wants_no_colour_gets_none(folder: Path, more: dict[str, str], coloured: bool) -> None:
    import pty

    ours, theirs = pty.openpty()
    said = frbench(folder, "run", "--recognizer", "onix", stderr=theirs, env=environment(folder, **more))
    os.close(theirs)
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert said.code == 2
    assert "did you mean 'onnx'" in shown
    assert ("\x1b[31m" in shown) == coloured
