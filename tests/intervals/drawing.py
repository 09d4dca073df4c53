"""Small sets of comparisons with their subjects, and what a draw of them is by definition: rows repeated by weight."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fr_bench.intervals.design import AllPairs, Crossed, Design, Listed
from fr_bench.intervals.draws import Drawn
from fr_bench.intervals.tails import Mated, Tail


@dataclass(frozen=True)
class Comparisons:
    """Scores with codes of both sides; the names of the subjects are their codes."""

    mated: list[tuple[float, int]]
    nonmated: list[tuple[float, int, int]]
    design: Design

    @property
    def names(self) -> list[str]:
        return [f"subject {k}" for k in range(self.design.subjects)]

    def tail(self, floor: float = float("-inf"), dtype: Any = np.float64) -> Tail:
        kept = [row for row in self.nonmated if row[0] >= floor]
        columns = list(zip(*kept, strict=True)) or [(), (), ()]
        return Tail.of(np.array(columns[0], dtype=dtype), columns[1], columns[2], self.design, floor=floor)

    def lowest(self, dtype: Any = np.float64) -> Mated:
        scores, subjects = zip(*self.mated, strict=True)
        return Mated.of(np.array(scores, dtype=dtype), subjects, people=self.design.subjects)

    def repeated(self, weights: Any) -> tuple[list[float], list[float]]:
        """Mated rows w_i times and nonmated rows w_i w_j times, for whole weights."""
        mated = [s for s, i in self.mated for _ in range(int(weights[i]))]
        nonmated = [s for s, i, j in self.nonmated for _ in range(int(weights[i]) * int(weights[j]))]
        return mated, nonmated


def random(seed: int, *, kind: str = "all", subjects: int = 6, levels: int = 6, mated_above: int = 2) -> Comparisons:
    """Tied scores of a design: `all` pairs of samples, `crossed` references and probes, or a `listed` choice."""
    rng = np.random.default_rng(seed)
    first, second, design = _pairs(rng, kind, subjects)
    scores = rng.integers(0, levels, len(first)) + np.where(first == second, rng.integers(0, mated_above + 1), 0)
    rows = list(zip(scores.astype(float).tolist(), first.tolist(), second.tolist(), strict=True))
    return Comparisons([(s, i) for s, i, j in rows if i == j], [row for row in rows if row[1] != row[2]], design)


def _pairs(rng: np.random.Generator, kind: str, subjects: int) -> tuple[Any, Any, Design]:
    samples = rng.integers(1, 4, subjects)
    samples[0] += 1
    if kind == "crossed":
        probes = rng.integers(1, 3, subjects)
        references, taken = np.repeat(np.arange(subjects), samples), np.repeat(np.arange(subjects), probes)
        return np.repeat(references, len(taken)), np.tile(taken, len(references)), Crossed(samples, probes)
    owner = np.repeat(np.arange(subjects), samples)
    i, j = np.triu_indices(len(owner), 1)
    first, second = owner[i], owner[j]
    if kind == "all":
        return first, second, AllPairs(samples)
    chosen = (rng.random(len(first)) < 0.6) | (first == second) | ((first == 0) & (second == 1))
    first, second = first[chosen], second[chosen]
    other = first != second
    return first, second, Listed.of(second[other], first[other], subjects=subjects)


def weights_of(drawn: Drawn) -> Any:
    """(n, B) weights, 0 and 1 for bits."""
    return np.concatenate([weights for _, weights in drawn.weights()], axis=1)


def close(found: float, expected: Fraction | float) -> bool:
    return abs(float(found) - float(expected)) <= 1e-12 * max(1.0, abs(float(expected)))
