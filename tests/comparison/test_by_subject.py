"""Who met whom, and what is summed up by subject of the scores below the floor: against sums of single scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fr_bench.comparison import plan as plans
from fr_bench.comparison.engine import score
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.records import ScoreSet
from fr_bench.storage.files import Checkpoint
from tests.comparison.making import content, data_set, faces, some_subjects, template_set

TAIL = KeepPolicy(everything_up_to=0, largest_fmr=0.01, times=1)
SUBJECTS = some_subjects(150, 40)
FAILED = [3, 77, 120]


def plan_of(kind: str):
    half = list(range(0, 150, 2))
    other = list(range(1, 150, 2)) + half[:9]
    roles = None if kind == "all" else (half, other)
    return plans.build(data_set(SUBJECTS, roles=roles), kind, references="subject" if kind == "gallery" else "auto")


def scored(kind: str = "all", *, comparison: str = "cosine", vectors=None, **options) -> ScoreSet:
    given = faces(SUBJECTS, 24, alike=0.5) if vectors is None else vectors
    templates = template_set(given, failed=FAILED, comparison=comparison)
    return score(plan_of(kind), templates, SUBJECTS, **options)


def rows_of(everything: ScoreSet, tail: ScoreSet) -> tuple[np.ndarray, list[list[int]]]:
    """The scores below the floor, and the numbers of the subjects of both sides in the order of the crossing."""
    assert tail.crossing is not None
    assert everything.probes is not None
    assert everything.references is not None
    number = {name: k for k, name in enumerate(tail.crossing.subjects)}
    low = everything.nonmated.values < np.float32(tail.floor)
    sides = [
        [number[party.subjects[k]] for k in column[low].tolist()]
        for party, column in (
            (everything.probes, everything.nonmated.probe), (everything.references, everything.nonmated.reference)
        )
    ]  # fmt: skip
    return everything.nonmated.values[low].astype(float), sides


@pytest.mark.parametrize("kind", ["all", "gallery"])
def test_a_crossing_says_how_many_templates_of_each_subject_stood_on_each_side(kind: str) -> None:
    scores = scored(kind)
    crossing, plan = scores.crossing, plan_of(kind)
    assert crossing is not None
    assert list(crossing.subjects) == sorted(set(crossing.subjects))
    present = [i for i in plan.probes.tolist() if i not in FAILED]
    assert crossing.probes.tolist() == [sum(SUBJECTS[i] == name for i in present) for name in crossing.subjects]
    c, r, p = int(crossing.probes.sum()), crossing.references, crossing.probes
    made = int(r.sum() * p.sum() - (r * p).sum()) if kind == "gallery" else (c * c - int((p * p).sum())) // 2
    assert made == scores.nonmated_made
    assert crossing.unordered == (kind == "all")


def test_subjects_of_a_crossing_stand_in_the_order_of_their_names_whatever_their_codes() -> None:
    names = ["z", "z", "b", "10", "9", "b"]
    codes = np.array([0, 0, 1, 2, 3, 1], dtype=np.int32)
    plan = replace(plans.build(data_set(names)), subject=codes)
    crossing = score(plan, template_set(faces(names, 8), failed=[0, 3]), names).crossing
    assert crossing is not None
    assert crossing.subjects == ("9", "b", "z")
    assert crossing.probes.tolist() == [1, 2, 1]


def test_listed_plans_have_no_crossing() -> None:
    data = data_set(["a", "a", "b"], pairs=[(0, 1, True, 0), (0, 2, False, 0)])
    assert score(plans.build(data), template_set(faces(data.subjects)), data.subjects).crossing is None


@pytest.mark.parametrize("kind", ["all", "gallery"])
@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
def test_sums_by_subject_are_those_of_the_single_scores(kind: str, comparison: str) -> None:
    everything = scored(kind, comparison=comparison)
    tail = scored(kind, comparison=comparison, keep=TAIL, full_pass=True)
    assert tail.rest is not None
    found = tail.rest.by_subject
    assert found is not None
    low, sides = rows_of(everything, tail)
    n = len(found.sums)
    for wanted, seen, error in ((low, found.sums, 1e-4), (low * low, found.squares, 1e-3)):
        assert np.abs(sum(np.bincount(side, wanted, n) for side in sides) - seen).max() < error
    mated = np.sort(tail.mated.values)
    placed = np.searchsorted(mated, low) + np.searchsorted(mated, low, side="right")
    exact = sum(np.bincount(side, placed, n) for side in sides)
    comparisons = sum(np.bincount(side, minlength=n) for side in sides)
    assert np.abs(exact - found.placements).max() <= 0.01 * comparisons.max()
    assert exact.sum() == pytest.approx(found.placements.sum(), rel=1e-3)


def test_placements_are_exact_where_scores_are_few_values() -> None:
    vectors = np.random.default_rng(4).integers(-1, 2, (150, 4)) + np.array([0, 0, 0, 8])
    everything = scored(comparison="euclidean", vectors=vectors)
    tail = scored(comparison="euclidean", vectors=vectors, keep=TAIL, full_pass=True)
    assert tail.rest is not None
    assert tail.rest.by_subject is not None
    low, sides = rows_of(everything, tail)
    mated = np.sort(tail.mated.values)
    placed = np.searchsorted(mated, low) + np.searchsorted(mated, low, side="right")
    n = len(tail.rest.by_subject.placements)
    assert tail.rest.by_subject.placements.tolist() == sum(np.bincount(s, placed, n) for s in sides).tolist()


@pytest.mark.parametrize("kind", ["all", "gallery"])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e12])
def test_sums_by_subject_depend_on_no_block_whatever_the_scale(kind: str, scale: float) -> None:
    vectors = faces(SUBJECTS, 24, alike=0.5) * np.float32(scale)
    one, other = (
        scored(kind, comparison="euclidean", vectors=vectors, keep=TAIL, full_pass=True, **blocks)
        for blocks in ({}, {"band_rows": 7, "block_columns": 11, "threads": 2})
    )
    assert one.rest is not None
    assert one.rest.by_subject is not None
    assert one.rest.by_subject.sums.any()
    assert content(one) == content(other)


def test_a_resumed_pass_finds_the_same_sums(tmp_path: Path) -> None:
    options = {"keep": TAIL, "full_pass": True, "band_rows": 32}
    wanted = content(scored(**options))
    checkpoint = Checkpoint(tmp_path)
    assert content(scored(**options, checkpoint=checkpoint)) == wanted
    for file in sorted(tmp_path.iterdir())[::2]:
        file.unlink()
    assert content(scored(**options, checkpoint=checkpoint)) == wanted


def test_scores_too_large_for_a_fixed_point_are_not_summed_by_subject() -> None:
    vectors = faces(SUBJECTS, 24) * np.float32(1e34)
    tail = scored(comparison="euclidean", vectors=vectors, keep=TAIL, full_pass=True)
    assert tail.rest is not None
    assert tail.rest.full
    assert tail.rest.by_subject is None


def test_without_a_full_pass_nothing_is_summed_by_subject() -> None:
    tail = scored(keep=TAIL)
    assert tail.rest is not None
    assert tail.rest.by_subject is None
