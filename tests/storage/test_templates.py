"""The cache of templates: found by content, checked, shared, killed, full, damaged."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from fr_bench.provenance import digest_value
from fr_bench.records import Failure
from fr_bench.storage.templates import FILE, TemplateCache, cache_folder, info, verify


def key(number: int) -> str:
    return digest_value(number)


def vector(number: int, length: int = 16) -> np.ndarray:
    return np.random.default_rng(number).standard_normal(length).astype(np.float32)


def fill(folder: Path, numbers: range, length: int = 16) -> None:
    with TemplateCache(folder) as cache:
        for number in numbers:
            cache.put(key(number), vector(number, length), "model")


def change(folder: Path, statement: str, *values: object) -> None:
    database = sqlite3.connect(folder / FILE)
    with database:
        database.execute(statement, values)
    database.close()


def test_templates_come_back_bit_for_bit(tmp_path: Path) -> None:
    fill(tmp_path, range(5))
    with TemplateCache(tmp_path) as cache:
        found = cache.get([key(number) for number in range(7)])
    assert {k: v.tobytes() for k, v in found.items() if isinstance(v, np.ndarray)} == {
        key(number): vector(number).tobytes() for number in range(5)
    }


def test_failures_come_back_as_they_were(tmp_path: Path) -> None:
    failure = Failure("detect", "no_face", "nobody \x1b김민수")
    with TemplateCache(tmp_path) as cache:
        cache.put(key(1), failure, "model")
        assert cache.get([key(1)]) == {key(1): failure}
    with TemplateCache(tmp_path) as cache:
        assert cache.get([key(1)]) == {key(1): failure}


def test_facts_come_back(tmp_path: Path) -> None:
    with TemplateCache(tmp_path) as cache:
        cache.keep_fact(key(1), {"verdict": "invariant", "min_cosine": 0.25})
    with TemplateCache(tmp_path) as cache:
        assert cache.fact(key(1)) == {"verdict": "invariant", "min_cosine": 0.25}
        assert cache.fact(key(2)) is None


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE answers SET body = x'00000000'",
        "UPDATE answers SET body = zeroblob(length)",
        "UPDATE answers SET length = length - 4",
        "UPDATE answers SET format = 0",
        "UPDATE answers SET kind = 'failure'",
        "UPDATE answers SET digest = x''",
        "UPDATE answers SET body = 'text'",
    ],
)
def test_entry_that_does_not_add_up_is_computed_again_and_replaced(tmp_path: Path, damage: str) -> None:
    fill(tmp_path, range(3))
    change(tmp_path, damage)
    with TemplateCache(tmp_path) as cache:
        assert cache.get([key(number) for number in range(3)]) == {}
        assert [note.code for note in cache.notes] == ["cache_damaged"]
        cache.put(key(0), vector(0), "model")
    with TemplateCache(tmp_path) as cache:
        assert list(cache.get([key(0)])) == [key(0)]
    assert verify(tmp_path) == (1, 2)


def test_entry_under_another_key_is_not_believed(tmp_path: Path) -> None:
    fill(tmp_path, range(1))
    change(tmp_path, "UPDATE answers SET key = ?", bytes.fromhex(key(9)))
    with TemplateCache(tmp_path) as cache:
        assert cache.get([key(9)]) == {}


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to look like a file " * 40, b"SQLite format 3\0"]
)
def test_file_that_is_no_database_is_put_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with TemplateCache(tmp_path) as cache:
        cache.put(key(1), vector(1), "model")
        assert [note.code for note in cache.notes] == ["cache_damaged"]
    with TemplateCache(tmp_path) as cache:
        assert list(cache.get([key(1)])) == [key(1)]
    assert (tmp_path / f"{FILE}.damaged").read_bytes() == content


def test_page_destroyed_in_the_middle_ends_in_a_note_not_in_an_error(tmp_path: Path) -> None:
    fill(tmp_path, range(2000))
    path = tmp_path / FILE
    content = bytearray(path.read_bytes())
    for start in range(8192, len(content), 8192):
        content[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    with TemplateCache(tmp_path) as cache:
        found = cache.get([key(number) for number in range(2000)])
        cache.put(key(1), vector(1), "model")
        assert cache.notes
    assert all(np.array_equal(v, vector(n)) for n in range(2000) if (v := found.get(key(n))) is not None)
    with TemplateCache(tmp_path) as cache:
        cache.put(key(2), vector(2), "model")


def test_folder_that_cannot_be_made_only_costs_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with TemplateCache(tmp_path / "file" / "cache") as cache:
        cache.put(key(1), vector(1), "model")
        cache.keep_fact(key(1), {})
        cache.flush()
        assert cache.fact(key(1)) is None
        assert [note.code for note in cache.notes] == ["cache_unusable"]


def test_full_disk_ends_the_writing_with_one_note(tmp_path: Path) -> None:
    script = (
        "import resource, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from fr_bench.provenance import digest_value\n"
        "from fr_bench.storage.templates import TemplateCache\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))\n"
        "with TemplateCache(Path(sys.argv[1])) as cache:\n"
        "    for number in range(2000):\n"
        "        cache.put(digest_value(number), np.ones(512, np.float32), 'model')\n"
        "    print([note.code for note in cache.notes])\n"
    )
    done = run(script, tmp_path)
    assert done.stdout.strip() == "['cache_not_written']"
    assert done.returncode == 0, done.stderr
    assert verify(tmp_path)[1] == 0
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] != 400_000


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_read_only_cache_is_read(tmp_path: Path) -> None:
    fill(tmp_path, range(3))
    (tmp_path / FILE).chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with TemplateCache(tmp_path) as cache:
            assert len(cache.get([key(0)])) in (0, 1)
            cache.put(key(9), vector(9), "model")
            assert [note.code for note in cache.notes] == ["cache_read_only"]
    finally:
        tmp_path.chmod(0o700)


def test_killed_process_leaves_a_readable_cache_and_loses_two_seconds_at_most(tmp_path: Path) -> None:
    script = (
        "import sys, time, numpy as np\n"
        "from pathlib import Path\n"
        "from fr_bench.provenance import digest_value\n"
        "from fr_bench.storage.templates import TemplateCache\n"
        "cache = TemplateCache(Path(sys.argv[1]))\n"
        "for number in range(100_000):\n"
        "    cache.put(digest_value(number), np.full(4, number, np.float32), 'model')\n"
        "    print(number, flush=True)\n"
        "    time.sleep(0.01)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    began, last = time.monotonic(), 0
    while time.monotonic() - began < 3.0:
        last = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    whole, damaged = verify(tmp_path)
    assert damaged == 0
    assert whole >= last / 4
    with TemplateCache(tmp_path) as cache:
        assert np.array_equal(cache.get([key(3)])[key(3)], np.full(4, 3, np.float32))


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    script = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from fr_bench.provenance import digest_value\n"
        "from fr_bench.storage.templates import TemplateCache\n"
        "with TemplateCache(Path(sys.argv[1])) as cache:\n"
        "    for number in range(3000):\n"
        "        cache.put(digest_value(number), np.full(4, number, np.float32), sys.argv[2])\n"
        "        if number % 50 == 0: cache.flush()\n"
        "    print(len(cache.notes))\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == ["0", "0"]
    assert verify(tmp_path) == (3000, 0)


def test_least_recently_used_are_dropped_beyond_the_limit(tmp_path: Path) -> None:
    for number in range(10):
        fill(tmp_path, range(number * 100, number * 100 + 100), length=512)
    with TemplateCache(tmp_path) as cache:
        cache.get([key(number) for number in range(100)])
    with TemplateCache(tmp_path, limit=info(tmp_path).file_bytes // 2) as cache:
        pass
    with TemplateCache(tmp_path) as cache:
        assert len(cache.get([key(number) for number in range(100)])) == 100
        assert cache.get([key(number) for number in range(100, 200)]) == {}
        assert len(cache.get([key(number) for number in range(900, 1000)])) == 100
    assert info(tmp_path).answers < 600


def test_info_and_verify(tmp_path: Path) -> None:
    assert info(tmp_path).answers == 0
    assert not (tmp_path / FILE).exists()
    fill(tmp_path, range(30))
    assert (info(tmp_path).answers, dict(info(tmp_path).recognizers)) == (30, {"model": 30})
    assert verify(tmp_path) == (30, 0)


def test_folder_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FRBENCH_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("FRBENCH_CACHE")
    assert "frbench" in str(cache_folder())


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False)
