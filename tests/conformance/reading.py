"""The cases of both files as fr_bench takes them: distances negated at the door, answers turned back at the exit."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fr_bench.findings import REJECT_ALL, Measurement, Proportion, Threshold
from fr_bench.measuring import measure
from fr_bench.metrics.scores import SortedScores
from fr_bench.records import Scores, ScoreSet

HERE = Path(__file__).parent
GIVEN: list[dict[str, Any]] = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))["cases"]
OWN: list[dict[str, Any]] = json.loads((HERE / "own_cases.json").read_text(encoding="utf-8"))["cases"]
CASES = [*GIVEN, *OWN]


def of_kind(kind: str) -> list[dict[str, Any]]:
    """The cases of both files of one kind, those with a refusal as their answer included."""
    return [case for case in CASES if case["kind"] == kind]


class Case:
    """A verification case as similarities: distances are negated once, thresholds of answers once more."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.sign = -1.0 if case["polarity"] == "distance" else 1.0
        self.answer = case["answer"]
        mated, nonmated = (
            np.array([self.sign * float(s) for s in case[side]], dtype=float) for side in ("mated", "nonmated")
        )
        self.scores = SortedScores.from_arrays(mated, nonmated)
        self.arrays = mated, nonmated

    def inside(self, threshold: float | str) -> Threshold:
        return REJECT_ALL if threshold == "reject_all" else self.sign * float(threshold)

    def same(self, threshold: Threshold, expected: float | str) -> bool:
        return threshold == self.inside(expected)

    def score_set(self) -> ScoreSet:
        mated, nonmated = self.arrays
        return ScoreSet(
            mated=Scores(values=mated),
            nonmated=Scores(values=nonmated),
            mated_planned=len(mated),
            nonmated_planned=len(nonmated),
        )

    def measured(self, text: str) -> Measurement:
        return measure(self.score_set(), [text])[0]


def fraction(counts: Proportion) -> Fraction:
    return Fraction(counts.errors, counts.trials)
