"""A whole run that is killed, interrupted or terminated: the same command goes on, and ends with the same bytes."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.making import Said, contents, faces, frbench, measured, recognizer, started

SLOW_OWN = """
import time
import numpy as np
class Own:
    files = []  # it reads none: its templates may be kept
    def embed(self, images):
        time.sleep(0.05)
        return np.array([image.astype(np.float32).ravel() - 125 for image in images])
"""


CONFIGURATION = """
[dataset]
path = "faces"
[recognizer]
use = "python"
class = "own.py:Own"
"""


def arguments(folder: Path) -> list[str | Path]:
    """A run of about four seconds: two of templates, two of drawing. Its configuration names no absolute path."""
    if not (folder / "faces").exists():
        faces(folder / "faces", 8, 5)
        recognizer(folder, SLOW_OWN)
        (folder / "run.toml").write_text(CONFIGURATION, encoding="utf-8")
    return ["run", "run.toml", "--out", "out", "--progress", "none"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert frbench(folder, *arguments(folder)).code == 0
    return measured(folder / "out")


def stopped(folder: Path, after: float, number: int = signal.SIGKILL) -> tuple[Said, float]:
    """Start the run, send it a signal, and say what it answered and how long it took to end."""
    process = started(folder, *arguments(folder))
    time.sleep(after)
    sent = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return Said(process.returncode, out, err), time.monotonic() - sent


def until(folder: Path, process: subprocess.Popen[str], name: str) -> None:
    """Wait until the run folder holds a file, or the run is over."""
    while process.poll() is None and not (folder / "out" / name).exists():
        time.sleep(0.002)


def whole(folder: Path) -> bool:
    """Whether no file of the run folder is torn: each is complete, or a leftover that no reader looks at."""
    out = folder / "out"
    for name, data in contents(out).items() if out.exists() else ():
        if ".tmp-" in name or name in (".lock", "log.jsonl") or name.startswith("checkpoint/"):
            continue
        if name.endswith(".json"):
            json.loads(data)
        elif not data:
            return False
    return True


def test_run_that_is_killed_again_and_again_ends_with_the_same_bytes(
    tmp_path: Path, undisturbed: dict[str, object]
) -> None:
    stopped(tmp_path, 1.5)
    for name in ("scores/scores.json", "figures/det.png"):
        process = started(tmp_path, *arguments(tmp_path))
        until(tmp_path, process, name)
        process.kill()
        process.communicate()
        assert whole(tmp_path)
        (tmp_path / "out" / "complete").unlink(missing_ok=True)
    assert frbench(tmp_path, *arguments(tmp_path)).code == 0
    assert measured(tmp_path / "out") == undisturbed
    timing = json.loads((tmp_path / "out" / "result.json").read_bytes())["timing"]
    assert (timing["from_cache"], timing["computed"]) == (40, 0)


@pytest.mark.slow
def test_fifty_kills_of_a_run_change_no_byte(tmp_path: Path, undisturbed: dict[str, object]) -> None:
    rng = random.Random(5)
    for number in range(50):
        folder = tmp_path / str(number)
        folder.mkdir()
        arguments(folder)
        stopped(folder, 0.5 + 4.5 * rng.random())
        assert whole(folder)
        assert frbench(folder, *arguments(folder)).code == 0
        assert measured(folder / "out") == undisturbed


def interruptible() -> None:
    """Let Ctrl-C through to the run: what a shell starts in its background is born deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_run_stops_within_two_seconds_and_keeps_its_work(tmp_path: Path, number: int, code: int) -> None:
    process = started(tmp_path, *arguments(tmp_path), preexec_fn=interruptible)
    until(tmp_path, process, "log.jsonl")
    time.sleep(1.6)  # half a second of checks from here, then two of templates
    sent = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    seconds, answer = time.monotonic() - sent, Said(process.returncode, out, err)
    assert answer.code == code, answer
    assert seconds < 4.0, "two seconds, and two more where the machine is busy"
    assert answer.out == ""
    assert "Traceback" not in answer.err
    assert "finished work is kept" in answer.err
    assert len(answer.err.strip().splitlines()) == 1
    assert json.loads(frbench(tmp_path, "list", "cache", "--json").out)[0]["answers"] > 0
