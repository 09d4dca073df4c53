"""The difference of FTA and FTE: who gave no template, by subject, in two runs on the same samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparing.sides import Side
from fr_bench.findings import Measurement
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.differences import Difference, paired_fnmr
from fr_bench.intervals.swaps import by_chance

Counter = Callable[[NDArray[np.int64], NDArray[np.int64]], ClusterCounts]


def paired_failures(
    quantity: str, sides: tuple[Side, Side], found: tuple[Measurement, Measurement], *, level: float, seed: int
) -> tuple[Difference, float | None] | None:
    """The difference of FTA (samples that failed) or FTE (subjects all of whose samples failed), by subject.

    With it how often chance makes so many more failures. None where the counts of a run are not those of its samples
    one by one, as in plans with roles.
    """
    count = _COUNTED.get(quantity)
    if count is None:
        return None
    subjects = _samples(sides[0])
    names = {subject: code for code, subject in enumerate(sorted({*subjects.values()}))}
    codes = np.array([names[subject] for subject in subjects.values()], dtype=np.int64)
    counted = []
    for side, told in zip(sides, found, strict=True):
        failed = np.array([sample in side.failed for sample in subjects], dtype=np.int64)
        clusters = count(codes, failed)
        errors, trials = int(clusters.errors.sum()), int(clusters.trials.sum())
        if told.counts is None or (told.counts.errors, told.counts.trials) != (errors, trials):
            return None
        counted.append(clusters)
    chance = by_chance(counted[1].errors - counted[0].errors)
    return paired_fnmr(*counted, level=level, seed=seed), chance


def _samples(side: Side) -> dict[str, str]:
    """The subject of each sample on either side of the plan; a reference of one sample is called after it."""
    found: dict[str, str] = {}
    for party in (side.scores.probes, side.scores.references):
        if party is not None:
            found |= zip(party.ids, party.subjects, strict=True)
    return found


def _failed_samples(codes: NDArray[np.int64], failed: NDArray[np.int64]) -> ClusterCounts:
    return ClusterCounts.of(codes, failed.astype(np.bool_))


def _failed_subjects(codes: NDArray[np.int64], failed: NDArray[np.int64]) -> ClusterCounts:
    samples, missing = np.bincount(codes), np.bincount(codes[failed > 0], minlength=int(codes.max()) + 1)
    return ClusterCounts((missing == samples).astype(np.int64), np.ones(len(samples), np.int64))


_COUNTED: dict[str, Counter] = {"FTA": _failed_samples, "FTE": _failed_subjects}
