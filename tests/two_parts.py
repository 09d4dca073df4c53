"""Scores of people, for tests that set something on some of them and judge it on others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fr_bench.records import Party, Scores, ScoreSet


def people_scores(
    people: int = 60, *, seed: int = 1, gap: float = 3.0, prefix: str = "s", noise: float = 1.0
) -> ScoreSet:
    """Three samples a subject; every mated comparison, and nonmated ones of the first samples of each pair.

    Mated scores are normal about `gap`, nonmated ones about 0. `noise` scales what differs from seed to seed.
    """
    rng = np.random.default_rng(seed)
    ids = tuple(f"{prefix}{p}_{k}" for p in range(people) for k in range(3))
    party = Party(ids=ids, subjects=tuple(f"{prefix}{p}" for p in range(people) for _ in range(3)))
    mated = [(3 * p + a, 3 * p + b) for p in range(people) for a, b in ((0, 1), (0, 2), (1, 2))]
    nonmated = [(3 * p, 3 * q) for p in range(people) for q in range(p + 1, people)]
    return ScoreSet(
        mated=scores(mated, gap + noise * rng.normal(size=len(mated))),
        nonmated=scores(nonmated, noise * rng.normal(size=len(nonmated))),
        mated_planned=len(mated),
        nonmated_planned=len(nonmated),
        probes=party,
        references=party,
    )


def scores(pairs: list[tuple[int, int]], values: NDArray[np.float64]) -> Scores:
    probe, reference = np.array(pairs, dtype=np.int32).T
    return Scores(values=values, probe=probe.copy(), reference=reference.copy())
