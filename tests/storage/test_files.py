"""Files appear whole or not at all."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fr_bench.errors import MachineError
from fr_bench.storage.files import Checkpoint, is_leftover, remove_leftovers, write_atomic, write_json


def test_content_replaces_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    write_atomic(file, b"new")
    assert file.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_function_writes_the_content(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", lambda file: file.writelines([b"1", b"2"]))
    assert (tmp_path / "a").read_bytes() == b"12"


def test_a_failure_on_the_way_leaves_the_old_file_and_no_leftover(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def fails(file) -> None:
        file.write(b"half")
        raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        write_atomic(tmp_path / "a", fails)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"old"}


TOO_LARGE = """
import resource, signal, sys
from pathlib import Path
from fr_bench.errors import FrBenchError
from fr_bench.storage.files import write_atomic
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_atomic(Path(sys.argv[1]), b"x" * 1_000_000)
except FrBenchError as error:
    print(error.code, error.exit_code)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="no limit on file sizes here")
def test_write_failed_leaves_the_old_file_and_no_leftover(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", TOO_LARGE, str(tmp_path / "a")],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
    )  # fmt: skip
    assert done.stdout.split() == ["write_failed", "6"]
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"old"}


def test_write_failed_names_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(MachineError, match="cannot write") as caught:
        write_atomic(tmp_path / "a" / "b", b"")
    assert caught.value.code == "write_failed"


def test_write_failed_says_that_something_stands_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(MachineError, match="move away what stands in its place"):
        write_atomic(tmp_path / "there", b"new")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_write_failed_in_a_folder_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(MachineError, match="cannot write"):
        write_atomic(tmp_path / "a", b"")
    tmp_path.chmod(0o700)


def test_json_is_sorted_and_ends_with_a_newline(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": [1], "a": "é"})
    text = (tmp_path / "a.json").read_text(encoding="ascii")
    assert text.index('"a"') < text.index('"b"')
    assert text.endswith("}\n")
    assert json.loads(text) == {"b": [1], "a": "é"}


def test_json_refuses_nan_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert not list(tmp_path.iterdir())


def test_leftovers_are_removed_when_a_day_old(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    old, young, other = (tmp_path / "deep" / name for name in ("a.tmp-1-00000000", "a.tmp-2-11111111", "a.tmp"))
    for file in (old, young, other):
        file.write_bytes(b"")
    day_ago = time.time() - 25 * 3600
    os.utime(old, (day_ago, day_ago))
    os.utime(other, (day_ago, day_ago))
    assert remove_leftovers(tmp_path) == 1
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == ["a.tmp", "a.tmp-2-11111111"]


def test_a_temporary_name_is_known_as_a_leftover(tmp_path: Path) -> None:
    seen = []
    write_atomic(tmp_path / "a", lambda file: seen.append(Path(file.name).name))
    assert is_leftover(seen[0])


def test_a_checkpoint_gives_back_what_was_written(tmp_path: Path) -> None:
    parts = Checkpoint(tmp_path / "checkpoint")
    parts.write("one", b"content")
    assert parts.read("one") == b"content"
    assert parts.read("two") is None


@pytest.mark.parametrize("damage", [b"", b"x" * 20, b"x" * 100])
def test_a_damaged_part_is_as_if_it_were_not_there(tmp_path: Path, damage: bytes) -> None:
    parts = Checkpoint(tmp_path)
    parts.write("one", b"content")
    (tmp_path / "one").write_bytes(damage)
    assert parts.read("one") is None


def test_a_cleared_checkpoint_leaves_no_folder(tmp_path: Path) -> None:
    parts = Checkpoint(tmp_path / "checkpoint")
    parts.write("one", b"content")
    parts.clear()
    parts.clear()
    assert not (tmp_path / "checkpoint").exists()
