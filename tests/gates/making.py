"""Runs for gates: made by hand, written as complete run folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fr_bench.comparing import Side
from fr_bench.reports import result_file
from fr_bench.storage import scores
from fr_bench.storage.runs import IDENTITY, RunFolder
from tests.two_runs import People, score_set, scores_of, side

MEASURES = ("EER", "FNMR@FMR=0.05", "AUC", "FNMR@threshold=1.5", "FMR@threshold=1.5", "FTA", "FTE")
PEOPLE = People.of(24, 3)


def run(seed: int = 2, *, people: People = PEOPLE, separation: float = 3.0, name: str = "a", **more: Any) -> Side:
    """A run of the same people; another seed is another recognizer, a smaller separation a worse one."""
    values = scores_of(people, seed, separation=separation)
    failed = more.pop("failed", frozenset())
    made = score_set(people, values, failed=failed)
    return side(name, people, made, failed=failed, measures=MEASURES, **more)


def written(folder: Path, made: Side) -> Path:
    """A complete run folder of a run."""
    folder.mkdir(parents=True, exist_ok=True)
    scores.write(folder / "scores", made.scores)
    (folder / "result.json").write_bytes(result_file.write(made.result))
    (folder / IDENTITY).write_text("0" * 64 + "\n")
    RunFolder(folder, "0" * 64, "new").finish()
    return folder
