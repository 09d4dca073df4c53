"""People with one enrolment and a probe in each category, and the scores of all pairs of their samples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from fr_bench import pipeline
from fr_bench.certification.profile import Profile
from fr_bench.certification.running import Evidence
from fr_bench.certification.trials import Trials, trials_of
from fr_bench.comparing import Side
from fr_bench.findings import FailedSample
from fr_bench.records import Card, Dataset, Party, Scores, ScoreSet

CATEGORIES = ("enrolment", "lighting", "expression", "pose", "accessory")


def dataset(people: int, *, probes: int = 1) -> Dataset:
    """`people` subjects; each category but the enrolment has `probes` samples under two conditions."""
    shots = ["enrolment", *(name for name in CATEGORIES[1:] for _ in range(probes))]
    ids = [f"{p:03d}/{k:02d}" for p in range(people) for k in range(len(shots))]
    return Dataset(
        name="made-up",
        format="manifest",
        card=Card(name="made-up", format="manifest", root=Path()),
        sample_ids=tuple(ids),
        subjects=tuple(f"P{p:03d}" for p in range(people) for _ in shots),
        sources=(None,) * len(ids),
        attributes={
            "category": tuple(shot for _ in range(people) for shot in shots),
            "condition": tuple(f"{shot} {k % 2}" for _ in range(people) for k, shot in enumerate(shots)),
        },
    )


def scores(data: Dataset, *, wrong: int = 0, category: str = "lighting", failed: tuple[str, ...] = ()) -> ScoreSet:
    """Mated scores near 1, nonmated near 0; the first `wrong` subjects are rejected in `category`."""
    n = len(data.sample_ids)
    first, second = np.triu_indices(n, 1)
    absent = np.array([name in failed for name in data.sample_ids])
    made = ~(absent[first] | absent[second])
    subject = np.array(data.subjects)
    mated = subject[first] == subject[second]
    values = np.random.default_rng(3).uniform(0, 0.1, len(first)) + 0.8 * mated
    column = np.array(data.attributes["category"])
    low = {f"P{k:03d}" for k in range(wrong)}
    hit = np.isin(subject[first], list(low)) & mated & (column[second] == category)
    values[hit] = 0.05
    party = Party(ids=data.sample_ids, subjects=data.subjects)

    def taken(chosen: np.ndarray) -> Scores:
        probe, reference = (side[chosen].astype(np.int32) for side in (second, first))
        return Scores(values=values[chosen], probe=probe, reference=reference)

    return ScoreSet(
        mated=taken(mated & made), nonmated=taken(~mated & made), probes=party, references=party,
        mated_planned=int(mated.sum()), nonmated_planned=int((~mated).sum()),
        mated_failed=int((mated & ~made).sum()), nonmated_failed=int((~mated & ~made).sum()),
    )  # fmt: skip


def side(found: ScoreSet, failed: tuple[str, ...] = ()) -> Side:
    lost = tuple(FailedSample(sample=name, subject="", stage="detect", reason="no_face") for name in failed)
    result = replace(pipeline.evaluate(found, measures=["EER"], draws=20), name="made-up", failures=lost)
    return Side(name="made-up", result=result, scores=found)


def evidence(
    profile: Profile, people: int, *, wrong: int = 0, failed: tuple[str, ...] = (), probes: int = 1
) -> Evidence:
    """A run of such people, judged by a scheme with categories."""
    data = dataset(people, probes=probes)
    found = scores(data, wrong=wrong, failed=failed)
    trials: dict[str, Trials] = {
        one.name: trials_of(one, profile, data, found, failed) for one in profile.categories
    }  # fmt: skip
    return Evidence(side=side(found, failed), trials=trials, source="run")
