"""Runs for gates: made by hand, written as complete run folders."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from fr_bench.comparing import Side
from fr_bench.findings import Measurement, Proportion
from fr_bench.intervals.binomial import clopper_pearson
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
    found = side(name, people, made, failed=failed, measures=MEASURES, **more)
    subjects = {person: [s for s, who in zip(people.ids, people.names, strict=True) if who == person]
                for person in people.names}  # fmt: skip
    lost = sum(set(samples) <= failed for samples in subjects.values())
    counts = {"FTA": Proportion(len(failed), len(people.ids)), "FTE": Proportion(lost, len(subjects))}
    rows = tuple(_counted(row, counts) for row in found.result.measurements)
    return dataclasses.replace(found, result=dataclasses.replace(found.result, measurements=rows))


def _counted(row: Measurement, counts: dict[str, Proportion]) -> Measurement:
    """FTA and FTE as a run gives them: scores alone do not tell."""
    known = counts.get(row.measure)
    if known is None:
        return row
    interval = clopper_pearson(known.errors, known.trials, 0.95, unit="sample")
    return dataclasses.replace(
        row, value=known.rate, reason=None, counts=known, interval=interval, no_interval=None, labels=()
    )


def written(folder: Path, made: Side) -> Path:
    """A complete run folder of a run."""
    folder.mkdir(parents=True, exist_ok=True)
    scores.write(folder / "scores", made.scores)
    (folder / "result.json").write_bytes(result_file.write(made.result))
    (folder / IDENTITY).write_text("0" * 64 + "\n")
    RunFolder(folder, "0" * 64, "new").finish()
    return folder
