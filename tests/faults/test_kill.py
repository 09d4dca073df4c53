"""A run that is killed at any moment goes on where it was, and ends with the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fr_bench.storage.files import Checkpoint

SCORING = """
import sys
from pathlib import Path
from fr_bench.comparison import plan
from fr_bench.comparison.engine import score
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.storage import scores
from fr_bench.storage.files import Checkpoint
from tests.comparison.making import data_set, faces, some_subjects, template_set

folder, checkpoint = Path(sys.argv[1]), Path(sys.argv[2])
subjects = some_subjects(1500, 400)
found = score(
    plan.build(data_set(subjects), "all"),
    template_set(faces(subjects, 128, alike=0.45)),
    subjects,
    keep=KeepPolicy(everything_up_to=0),
    full_pass=True,
    threads=2,
    checkpoint=Checkpoint(checkpoint),
    band_rows=40,
    block_columns=256,
)
scores.write(folder, found)
"""


def scoring(folder: Path, checkpoint: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCORING, str(folder), str(checkpoint)],
        env={**os.environ, "PYTHONPATH": os.getcwd(), "OMP_NUM_THREADS": "1"},  # noqa: PTH109
    )


def files(folder: Path) -> dict[str, bytes]:
    """What a reader sees: what a killed process left half written has a name of its own, and is swept away later."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if ".tmp-" not in file.name}


def parts(checkpoint: Path) -> set[str]:
    return {p.name for p in checkpoint.iterdir() if ".tmp-" not in p.name} if checkpoint.exists() else set()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    place = tmp_path_factory.mktemp("undisturbed")
    assert scoring(place / "scores", place / "checkpoint").wait() == 0
    assert len(parts(place / "checkpoint")) == 38
    return files(place / "scores")


def killed_when(folder: Path, checkpoint: Path, enough: int) -> bool:
    """Start scoring and kill it when so many bands are stored; False if it ended before."""
    process = scoring(folder, checkpoint)
    while process.poll() is None:
        if len(parts(checkpoint)) >= enough:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.001)
    return process.wait() == -signal.SIGKILL


def test_scoring_that_is_killed_again_and_again_ends_with_the_same_bytes(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    folder, checkpoint = tmp_path / "scores", tmp_path / "checkpoint"
    killed = [killed_when(folder, checkpoint, enough) for enough in (1, 6, 17, 30)]
    assert any(killed)
    assert scoring(folder, checkpoint).wait() == 0
    assert files(folder) == undisturbed


def test_finished_bands_are_not_computed_again(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    folder, checkpoint = tmp_path / "scores", tmp_path / "checkpoint"
    killed_when(folder, checkpoint, 5)
    before = {name: (checkpoint / name).stat().st_mtime_ns for name in parts(checkpoint)}
    assert scoring(folder, checkpoint).wait() == 0
    assert {name: (checkpoint / name).stat().st_mtime_ns for name in before} == before
    assert files(folder) == undisturbed


def test_damaged_bands_are_computed_again(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    folder, checkpoint = tmp_path / "scores", tmp_path / "checkpoint"
    assert scoring(folder, checkpoint).wait() == 0
    rng = random.Random(4)
    for name in sorted(parts(checkpoint))[::3]:
        data = bytearray((checkpoint / name).read_bytes())
        data[rng.randrange(len(data))] ^= 255
        (checkpoint / name).write_bytes(data[: rng.randrange(len(data) // 2, len(data) + 1)])
    whole_but_foreign = sorted(parts(checkpoint))[1]
    Checkpoint(checkpoint).write(whole_but_foreign, b'{"made": 1}\n')
    assert scoring(folder, checkpoint).wait() == 0
    assert files(folder) == undisturbed


@pytest.mark.slow
def test_fifty_kills_at_random_times_change_no_byte(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    rng = random.Random(11)
    for number in range(50):
        folder, checkpoint = tmp_path / f"scores{number}", tmp_path / f"checkpoint{number}"
        process = scoring(folder, checkpoint)
        try:
            process.wait(0.3 + rng.random())
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert scoring(folder, checkpoint).wait() == 0
        assert files(folder) == undisturbed
