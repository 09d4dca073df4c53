"""A disk that is full, a folder that is taken, a cache that is broken: an old result is never harmed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.making import OWN, contents, environment, faces, frbench, measured, recognizer, started

resource = pytest.importorskip("resource")


CONFIGURATION = """
[dataset]
path = "faces"
[recognizer]
use = "python"
class = "own.py:Own"
[report]
draw = false
"""


def run(*more: str, out: str = "out") -> list[str]:
    return ["run", "run.toml", "--out", out, "--progress", "none", *more]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with faces, a recognizer and a finished run `out`. Nothing in it names where it lies."""
    folder = tmp_path_factory.mktemp("finished")
    faces(folder / "faces", 5, 3)
    recognizer(folder)
    (folder / "run.toml").write_text(CONFIGURATION, encoding="utf-8")
    assert frbench(folder, *run()).code == 0
    return folder


@pytest.fixture
def place(tmp_path: Path, finished: Path) -> Path:
    """A copy of it, in which the same run would be complete already."""
    shutil.copytree(finished, tmp_path / "copy")
    return tmp_path / "copy"


def limited(size: int) -> Callable[[], None]:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


# The largest files are the report and the pictures: they meet the limit first; then the result; then the first file.
@pytest.mark.parametrize(("size", "draw"), [(0, "false"), (3_000, "false"), (60_000, "true")])
def test_write_failed(place: Path, size: int, draw: str) -> None:
    before = contents(place / "out")
    asked = run("--measure", "EER", "--set", f"report.draw={draw}", out="other")
    said = frbench(place, *asked, preexec_fn=limited(size))
    assert said.code == 6
    assert said.err.rstrip().endswith("[write_failed]")
    assert "cannot write" in said.err
    assert contents(place / "out") == before
    assert not (place / "other" / "complete").exists()
    assert not [name for name in contents(place) if ".tmp-" in name]


def test_write_failed_then_space_again_ends_with_the_same_bytes(place: Path, finished: Path) -> None:
    shutil.rmtree(place / "out")
    assert frbench(place, *run(), preexec_fn=limited(3_000)).code == 6
    assert frbench(place, *run()).code == 0
    assert measured(place / "out") == measured(finished / "out")


def test_write_failed_in_a_full_file_system(place: Path) -> None:
    script = f'mount -t tmpfs -o size=32k full out2 && exec "$0" -m fr_bench {" ".join(run(out="out2"))}'
    (place / "out2").mkdir()
    done = _in_own_mounts(place, script)
    assert done.returncode == 6, done.stderr
    assert done.stderr.rstrip().endswith("[write_failed]")


def test_write_failed_in_a_read_only_file_system(place: Path) -> None:
    before = contents(place / "out")
    command = " ".join(run("--measure", "EER", out="readonly/out"))
    (place / "readonly").mkdir()
    script = f'mount -t tmpfs -o ro,size=1m readonly readonly && exec "$0" -m fr_bench {command}'
    done = _in_own_mounts(place, script)
    assert done.returncode == 6, done.stderr
    assert done.stderr.rstrip().endswith("[write_failed]")
    assert contents(place / "out") == before


def _in_own_mounts(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("this system allows no mounts of one's own")
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", script, sys.executable],
        cwd=folder, env=environment(folder), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_second_run_in_one_folder_is_locked_out_at_once(place: Path) -> None:
    recognizer(place, f"import time\n{OWN}".replace("return", "time.sleep(5); return"))
    shutil.rmtree(place / "out")
    first = started(place, *run())
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up and first.poll() is None and not (place / "out" / ".holder").exists():
        time.sleep(0.01)
    began = time.monotonic()
    said = frbench(place, *run())
    took = time.monotonic() - began
    first.kill()
    first.communicate()
    assert said.code == 6
    assert said.err.rstrip().endswith("[locked]")
    assert f"process {first.pid} on" in said.err
    assert took < 5


def test_other_content_is_never_overwritten(place: Path) -> None:
    before = contents(place / "out")
    said = frbench(place, *run("--measure", "EER"))
    assert said.code == 6
    assert said.err.rstrip().endswith("[folder_in_the_way]")
    assert contents(place / "out") == before


@pytest.mark.parametrize("harm", ["cut", "flip"])
def test_damaged_cache_is_told_and_changes_nothing(place: Path, harm: str) -> None:
    (cache,) = (place / "cache").glob("*.sqlite3")
    data = cache.read_bytes()
    if harm == "cut":
        cache.write_bytes(data[: len(data) // 2])
    else:
        cache.write_bytes(bytes(255 - byte if at >= 8192 else byte for at, byte in enumerate(data)))
    said = frbench(place, *run("--json", out="again"))
    assert said.code == 0
    again, old = measured(place / "again"), measured(place / "out")
    notes = [note for note in again["result.json"].pop("notes") if note["code"].startswith("cache_")]
    old["result.json"].pop("notes")
    assert len(notes) == 1
    assert again == old


def test_cache_that_cannot_be_used_costs_only_the_cache(place: Path) -> None:
    (place / "file").write_text("in the way", encoding="utf-8")
    env = environment(place, FRBENCH_CACHE=str(place / "file" / "cache"))
    said = frbench(place, *run("--json", out="again"), env=env)
    assert said.code == 0
    assert "cache_unusable" in [note["code"] for note in json.loads(said.out)["notes"]]
    assert (place / "file").read_text("utf-8") == "in the way"


def test_leftovers_of_a_killed_write_are_ignored(place: Path) -> None:
    (place / "out" / "result.json.tmp-1-00000000").write_bytes(b"half")
    before = {p: p.stat().st_mtime_ns for p in (place / "out").rglob("*")}
    said = frbench(place, *run())
    assert said.code == 0
    assert "complete already" in said.err
    assert {p: p.stat().st_mtime_ns for p in (place / "out").rglob("*")} == before
