"""What a worker keeps, and what travels to it, without a cluster."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("distributed")

from fr_bench.cards import card_for
from fr_bench.clusters.at_work import Kept
from fr_bench.formats import generated
from fr_bench.sources import open_tree

FAULTS = """
import resource
import numpy as np
from fr_bench.clusters.memory import Blocks

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(1 << 17)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

blocks = Blocks()
first = faults()
with blocks.kept():
    with blocks.kept():
        pass
    faults()
    kept = faults()
print(first, kept, faults())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the switch is one of glibc")
def test_blocks_stay_in_a_worker_only_while_it_makes_a_tile() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULTS], env={"MALLOC_TRIM_THRESHOLD_": "65536", "PYTHONPATH": str(Path.cwd())},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    first, kept, after = map(int, done.stdout.split())
    assert first > 20 * 200
    assert kept < 20 * 20
    assert after > 20 * 200


def test_what_is_made_once_is_made_by_the_thread_that_asks_first() -> None:
    kept, made = Kept(1), []

    def make() -> object:
        made.append(1)
        return object()

    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("a", make))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(set(map(id, found))) == 1


def test_the_longest_unused_is_let_go() -> None:
    kept = Kept(2)
    for name in ("a", "b", "a", "c"):
        kept.get(name, lambda: name)  # noqa: B023 - called at once
    assert list(kept.values) == ["a", "c"]


def test_a_picture_in_an_archive_is_read_where_it_has_travelled_to(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        archive.writestr("a/1.png", b"one")
        archive.writestr("a/2.png", b"two")
    tree = open_tree(tmp_path / "faces.zip")
    sent = pickle.loads(pickle.dumps([tree.source(name) for name in tree.images]))
    assert [source.read() for source in sent] == [b"one", b"two"]
    assert sent[0].archive is sent[1].archive


def test_a_generated_picture_is_rendered_where_it_has_travelled_to() -> None:
    card = card_for("generated", None, where="")
    source = generated.read(card).sources[3]
    assert source is not None
    assert pickle.loads(pickle.dumps(source)).name == source.name
