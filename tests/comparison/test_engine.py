"""The engine against a slow oracle: the same scores bit for bit, the same counts, whatever the blocks and threads."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from fr_bench.comparison import choosing
from fr_bench.comparison import plan as plans
from fr_bench.comparison.bands import Pass
from fr_bench.comparison.engine import score
from fr_bench.comparison.grid import grid_of
from fr_bench.comparison.keep import KeepPolicy, lower_floor
from fr_bench.comparison.references import chosen
from fr_bench.errors import MachineError
from fr_bench.metrics.subjects import subject_counts
from fr_bench.progress import Silent
from fr_bench.records import ScoreSet
from fr_bench.storage.files import Checkpoint
from tests.comparison.making import (
    by_cell,
    content,
    data_set,
    faces,
    slow_all,
    slow_score,
    some_subjects,
    template_set,
)

SUBJECTS = some_subjects(90, 25)
TAIL = KeepPolicy(everything_up_to=0, largest_fmr=0.01)


def all_pairs(
    vectors: np.ndarray, subjects: list[str], *, comparison: str = "cosine", failed=(), **options
) -> ScoreSet:
    plan = plans.build(data_set(subjects), "all")
    return score(plan, template_set(vectors, failed=failed, comparison=comparison), subjects, **options)


@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
def test_every_score_of_all_pairs_is_the_one_that_is_defined(comparison: str) -> None:
    templates = template_set(faces(SUBJECTS, 24), failed=[3, 50], comparison=comparison)
    plan = plans.build(data_set(SUBJECTS), "all")
    assert by_cell(score(plan, templates, SUBJECTS)) == slow_all(plan, templates)


@pytest.mark.parametrize("kind", ["all", "listed"])
def test_scores_know_whether_they_are_minus_the_distance(kind: str) -> None:
    pairs = [(0, 1, True, 0), (0, 2, False, 0)]
    for comparison in ("cosine", "euclidean"):
        templates = template_set(faces(["a", "a", "b"], 4), comparison=comparison)
        plan = plans.build(data_set(["a", "a", "b"], pairs=pairs if kind == "listed" else None), kind)
        assert score(plan, templates, ["a", "a", "b"]).distances == (comparison == "euclidean")


def adversarial(kind: str) -> np.ndarray:
    """60 templates that lie where rounding is hard."""
    rng = np.random.default_rng(7)
    rows = rng.standard_normal((60, 16))
    if kind == "duplicates":
        rows[20:] = rows[rng.integers(0, 5, 40)]
    elif kind == "near duplicates":
        rows = np.nextafter(np.float32(rows[:1]), np.float32(rng.integers(-1, 2, rows.shape) * 9)).astype(float)
    elif kind == "denormals":
        rows *= 1e-42
    elif kind == "one huge":
        rows[13] *= 1e30
    elif kind == "cancelling":
        rows[:, 8:] = np.where(np.arange(60)[:, None] % 2, rows[:, :8], -rows[:, :8])
        rows[:, :8] = rows[0, :8]
        rows[:, 8:] = np.sign(rows[:, 8:]) * rows[0, :8]
        rows[:, 0] += rng.standard_normal(60) * 1e-9
    elif kind == "one hot":
        rows = np.eye(16)[rng.integers(0, 16, 60)] * 0.3
    elif kind == "sparse":
        rows *= rng.random(rows.shape) < 0.1
    elif kind == "ties at a boundary":
        # 1 + 2**-24 lies halfway between two float32; tails of 2**-60 and so on push sums just off it.
        rows = np.zeros((60, 16))
        rows[:, 0] = 1
        rows[:, 1] = 2.0**-12
        rows[:, 2] = rng.choice([0, 2.0**-30, -(2.0**-30), 2.0**-36], 60)
        rows[:, 3] = rng.choice([0, 1, 2.0**-20], 60)
    return rows


KINDS = ["duplicates", "near duplicates", "denormals", "one huge", "cancelling", "one hot", "sparse",
         "ties at a boundary"]  # fmt: skip


@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_right_where_rounding_is_hard(kind: str, comparison: str) -> None:
    subjects = some_subjects(60, 12)
    templates = template_set(adversarial(kind), comparison=comparison)
    plan = plans.build(data_set(subjects), "all")
    assert by_cell(score(plan, templates, subjects)) == slow_all(plan, templates)


@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_tail_holds_exactly_the_scores_at_or_above_its_floor(kind: str, comparison: str) -> None:
    subjects = some_subjects(60, 12)
    everything = all_pairs(adversarial(kind), subjects, comparison=comparison)
    tail = all_pairs(adversarial(kind), subjects, comparison=comparison, keep=TAIL)
    wanted = {cell: value for cell, value in by_cell(everything)[1].items() if value >= tail.floor}
    assert by_cell(tail)[1] == wanted
    assert tail.nonmated_made == everything.nonmated_made


@pytest.mark.parametrize("options", [
    {"threads": 1}, {"threads": 3}, {"block_columns": 7}, {"block_columns": 64, "band_rows": 11},
    {"band_rows": 1, "threads": 2}, {"band_rows": 1000},
])  # fmt: skip
@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
def test_blocks_and_threads_change_no_bit(comparison: str, options: dict[str, int]) -> None:
    vectors = faces(SUBJECTS, 24)
    one = all_pairs(vectors, SUBJECTS, comparison=comparison, keep=TAIL, full_pass=True)
    other = all_pairs(vectors, SUBJECTS, comparison=comparison, keep=TAIL, full_pass=True, **options)
    assert content(one) == content(other)


def test_scores_stand_in_the_order_of_the_plan() -> None:
    scores = all_pairs(faces(SUBJECTS), SUBJECTS, band_rows=13, block_columns=17)
    for part in (scores.mated, scores.nonmated):
        cells = list(zip(part.reference.tolist(), part.probe.tolist(), strict=True))
        assert cells == sorted(cells)


def test_failed_comparisons_are_counted_by_class() -> None:
    failed = [0, 17, 44]
    scores = all_pairs(faces(SUBJECTS), SUBJECTS, failed=failed)
    touched = [(i, j) for i in range(90) for j in range(i + 1, 90) if i in failed or j in failed]
    mated = sum(SUBJECTS[i] == SUBJECTS[j] for i, j in touched)
    assert (scores.mated_failed, scores.nonmated_failed) == (mated, len(touched) - mated)


def test_no_template_at_all_fails_every_comparison() -> None:
    scores = all_pairs(faces(SUBJECTS), SUBJECTS, failed=range(90), keep=TAIL, full_pass=True)
    assert len(scores.mated) == scores.nonmated_made == 0
    assert scores.mated_failed + scores.nonmated_failed == 90 * 89 // 2


def test_all_scores_equal_are_all_kept() -> None:
    scores = all_pairs(np.tile([[0.6, 0.8]], (90, 1)), SUBJECTS, keep=TAIL)
    assert len(scores.nonmated) == scores.nonmated_planned
    assert len(np.unique(scores.nonmated.values)) == 1


# ------------------------------------------------------------------------------------------------ floor and rest


def crowd(people: int = 300, samples: int = 3, *, alike: float = 0.72) -> tuple[np.ndarray, list[str]]:
    subjects = [f"p{i:04d}" for i in range(people) for _ in range(samples)]
    return faces(subjects, 48, alike=alike), subjects


@pytest.mark.parametrize("alike", [0.3, 0.5, 0.7])
def test_the_tail_holds_what_the_policy_promises(alike: float) -> None:
    vectors, subjects = crowd(alike=alike)
    scores = all_pairs(vectors, subjects, keep=TAIL)
    everything = all_pairs(vectors, subjects)
    thresholds = np.unique(everything.mated.values)
    fnmr = np.array([(everything.mated.values < t).mean() for t in thresholds])
    fmr = np.array([(everything.nonmated.values >= t).mean() for t in thresholds])
    eer = float(np.minimum(1, np.maximum(fnmr, fmr)).min())
    share = len(scores.nonmated) / scores.nonmated_made
    assert share >= min(1, 3 * max(0.01, eer)) * 0.98
    assert share < 1 or eer > 0.25


def test_a_floor_from_an_unlucky_sample_is_lowered_and_the_pass_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, subjects = crowd()
    from fr_bench.comparison import engine

    floors = []
    first = engine._Run.nonmated_from
    monkeypatch.setattr(engine, "choose_floor", lambda *_: 0.9)

    def noted(run, floor, *more):
        floors.append(floor)
        return first(run, floor, *more)

    monkeypatch.setattr(engine._Run, "nonmated_from", noted)
    scores = all_pairs(vectors, subjects, keep=TAIL)
    assert floors[0] == 0.9
    assert len(floors) > 1
    assert scores.floor == floors[-1]
    assert len(scores.nonmated) >= 0.03 * scores.nonmated_made


def test_the_cap_limits_the_tail_and_asks_for_no_second_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    from fr_bench.comparison import engine

    passes = []
    first = engine._Run.nonmated_from
    monkeypatch.setattr(engine._Run, "nonmated_from", lambda run, *at: passes.append(at) or first(run, *at))
    vectors, subjects = crowd(alike=0.3)
    scores = all_pairs(vectors, subjects, keep=KeepPolicy(everything_up_to=0, cap=2000))
    assert 0 < len(scores.nonmated) < 3000
    assert len(passes) == 1


def test_the_floor_lies_at_the_lowest_threshold_that_is_asked_for() -> None:
    vectors, subjects = crowd()
    usual = all_pairs(vectors, subjects, keep=TAIL)
    asked = usual.floor - 0.0501
    scores = all_pairs(vectors, subjects, keep=KeepPolicy(everything_up_to=0, lowest=asked))
    assert asked - 1e-6 < scores.floor <= asked
    assert len(scores.nonmated) > len(usual.nonmated)
    assert all_pairs(vectors, subjects, keep=KeepPolicy(everything_up_to=0, lowest=0.9)).floor == usual.floor


def test_the_cap_keeps_the_floor_above_a_threshold_that_would_keep_too_many() -> None:
    vectors, subjects = crowd()
    usual = all_pairs(vectors, subjects, keep=TAIL)
    capped = KeepPolicy(everything_up_to=0, lowest=-1.0, cap=2 * len(usual.nonmated))
    assert all_pairs(vectors, subjects, keep=capped).floor == usual.floor


@pytest.mark.parametrize("kept", [0, 1, 7, 500, 999])
@pytest.mark.parametrize("need", [0.5, 1.0, 3.0, 1e9])
def test_a_lowered_floor_is_lower_or_the_cap_forbids_it(kept: int, need: float) -> None:
    sample = np.sort(np.random.default_rng(0).integers(0, 300, 1000).astype(np.float32))
    floor = float(sample[-kept]) if kept else 1e9
    for cap in (50, 10**9):
        lower = lower_floor(KeepPolicy(cap=cap), sample, floor, need, 1000)
        assert lower < floor or int((sample >= floor).sum()) >= min(cap, 1000)


def test_needs_memory_is_said_before_anything_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    from fr_bench.comparison import memory

    monkeypatch.setattr(memory, "memory_bytes", lambda: 1 << 20)
    with pytest.raises(MachineError, match="GiB") as caught:
        all_pairs(faces(SUBJECTS), SUBJECTS)
    assert (caught.value.code, caught.value.exit_code) == ("needs_memory", 6)


class Stops(Silent):
    """Ctrl-C after the first band."""

    def advance(self, done: int) -> None:
        raise KeyboardInterrupt


def test_ctrl_c_stops_the_pass_and_keeps_finished_bands(tmp_path: Path) -> None:
    vectors, subjects = crowd()
    parts = Checkpoint(tmp_path / "checkpoint")
    with pytest.raises(KeyboardInterrupt):
        all_pairs(vectors, subjects, keep=TAIL, observer=Stops(), checkpoint=parts, band_rows=10, threads=2)
    stored = len(list(parts.folder.iterdir()))
    assert 0 < stored < 90
    resumed = all_pairs(vectors, subjects, keep=TAIL, checkpoint=parts, band_rows=10)
    assert content(resumed) == content(all_pairs(vectors, subjects, keep=TAIL))


def test_a_part_of_another_run_is_never_taken(tmp_path: Path) -> None:
    parts = Checkpoint(tmp_path / "checkpoint")
    one, other = faces(SUBJECTS, seed=1), faces(SUBJECTS, seed=2)
    all_pairs(one, SUBJECTS, checkpoint=parts)
    assert content(all_pairs(other, SUBJECTS, checkpoint=parts)) == content(all_pairs(other, SUBJECTS))


def test_a_part_under_the_name_of_another_is_made_anew(tmp_path: Path) -> None:
    vectors, subjects = crowd()
    parts = Checkpoint(tmp_path / "checkpoint")
    whole = content(all_pairs(vectors, subjects, keep=TAIL, checkpoint=parts, band_rows=10))
    one, other = sorted(parts.folder.iterdir())[3:5]
    one.write_bytes(other.read_bytes())
    assert content(all_pairs(vectors, subjects, keep=TAIL, checkpoint=parts, band_rows=10)) == whole


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_template_that_is_not_finite_is_refused_at_birth(bad: float) -> None:
    vectors = faces(SUBJECTS)
    vectors[5, 3] = bad
    with pytest.raises(ValueError, match=r"the template of .* holds numbers that are not finite"):
        template_set(vectors)


def test_templates_mapped_from_a_file_are_not_copied_into_memory(tmp_path: Path) -> None:
    np.save(tmp_path / "templates.npy", faces(SUBJECTS))
    mapped = np.load(tmp_path / "templates.npy", mmap_mode="c")
    assert np.shares_memory(chosen(mapped, np.arange(90, dtype=np.int32)), mapped)
    assert not np.shares_memory(chosen(mapped, np.arange(89, dtype=np.int32)), mapped)
    from_file = template_set(faces(SUBJECTS))
    object.__setattr__(from_file, "vectors", mapped)
    plan = plans.build(data_set(SUBJECTS), "all")
    assert content(score(plan, from_file, SUBJECTS)) == content(score(plan, template_set(faces(SUBJECTS)), SUBJECTS))


def test_templates_of_another_data_set_are_refused() -> None:
    plan = plans.build(data_set(SUBJECTS), "all")
    with pytest.raises(ValueError, match="a plan of 90 samples, 89 templates"):
        score(plan, template_set(faces(SUBJECTS)[:89]), SUBJECTS)


def test_a_full_pass_counts_the_rest_beside_each_mated_score() -> None:
    vectors, subjects = crowd(100)
    everything = all_pairs(vectors, subjects)
    scores = all_pairs(vectors, subjects, keep=TAIL, full_pass=True, band_rows=37, block_columns=50)
    low = everything.nonmated.values[everything.nonmated.values < np.float32(scores.floor)]
    rest = scores.rest
    assert rest is not None
    assert rest.full
    assert rest.count == len(low) > 0
    assert rest.at.tolist() == sorted(set(scores.mated.values.tolist()))
    assert rest.below.tolist() == [int((low < t).sum()) for t in rest.at]
    assert rest.up_to.tolist() == [int((low <= t).sum()) for t in rest.at]


def test_scores_of_the_rest_that_equal_a_mated_score_are_counted_as_equal() -> None:
    subjects = [name for name in "abcdefgh" for _ in range(3)]
    vectors = np.random.default_rng(4).integers(-1, 2, (24, 4)) + np.array([0, 0, 0, 8])  # few different distances
    everything, full = (
        all_pairs(vectors, subjects, comparison="euclidean", keep=policy, full_pass=True)
        for policy in (None, KeepPolicy(everything_up_to=0, largest_fmr=0.01, times=1, cap=30))
    )
    assert full.rest is not None
    low = everything.nonmated.values[everything.nonmated.values < np.float32(full.floor)]
    assert full.rest.up_to.tolist() == [int((low <= t).sum()) for t in full.rest.at]
    assert full.rest.below.tolist() == [int((low < t).sum()) for t in full.rest.at]
    assert full.rest.up_to.tolist() != full.rest.below.tolist()


def test_sums_of_the_rest_are_exact() -> None:
    vectors, subjects = crowd(100)
    everything = all_pairs(vectors, subjects)
    scores = all_pairs(vectors, subjects, keep=TAIL, full_pass=True)
    low = everything.nonmated.values[everything.nonmated.values < np.float32(scores.floor)].astype(float)
    assert scores.rest is not None
    assert scores.rest.sum == math.fsum(low)
    assert scores.rest.squares == math.fsum(low * low)


@pytest.mark.parametrize("screening", ["none", "float", "integer", "auto"])
def test_a_full_pass_counts_all_scores_where_they_are_too_large_to_be_summed_by_subject(
    screening: Literal["none", "float", "integer", "auto"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "SMALL", 0)
    vectors, subjects = crowd(100)
    huge = vectors * np.float32(2.0**101)
    scores = all_pairs(huge, subjects, comparison="euclidean", keep=TAIL, full_pass=True, screening=screening)
    everything = all_pairs(huge, subjects, comparison="euclidean").nonmated.values
    low = everything[everything < np.float32(scores.floor)]
    rest = scores.rest
    assert rest is not None
    assert rest.by_subject is None
    assert rest.below.tolist() == [int((low < t).sum()) for t in rest.at]
    assert rest.sum == math.fsum(low.astype(float))


def test_a_screen_and_counts_of_the_rest_do_not_go_together() -> None:
    vectors, subjects = crowd()
    plan = plans.build(data_set(subjects), "all")
    grid = grid_of(plan, template_set(vectors))
    screen = choosing.screen_of(grid, 0.2, "float")
    assert screen is not None
    with pytest.raises(ValueError, match="a screen passes over scores"):
        Pass(grid=grid, floor=0.2, at=np.zeros(1, np.float32), screen=screen, starts=np.array([0, len(subjects)]))


def test_without_a_full_pass_the_rest_is_only_counted() -> None:
    vectors, subjects = crowd(100)
    rest = all_pairs(vectors, subjects, keep=TAIL).rest
    assert rest is not None
    assert not rest.full
    assert rest.sum is None


@pytest.mark.parametrize("roles", [None, ([0, 1, 4], [2, 3, 5]), ([0], [1, 2, 3, 4]), ([0, 1], [2]), ([4], [0])])
def test_a_tail_knows_on_how_many_subjects_nonmated_comparisons_were_made(roles) -> None:
    """Subjects without any template, and those who meet nobody else, stand in no count: with a floor or without."""
    subjects = ["a", "a", "a", "b", "c", "d"]
    plan = plans.build(data_set(subjects, roles=roles))
    templates = template_set(faces(subjects, 8), failed=[4])
    everything, tail = (
        score(plan, templates, subjects, keep=KeepPolicy(everything_up_to=n, largest_fmr=0, times=1)) for n in (99, 0)
    )
    counted = subject_counts(everything)
    assert counted == subject_counts(tail)
    assert counted is not None
    if tail.rest is not None:
        assert tail.rest.subjects == counted.nonmated


def test_the_drawn_histogram_is_of_a_sample_and_says_so() -> None:
    vectors, subjects = crowd(100)
    drawn = all_pairs(vectors, subjects, keep=TAIL).drawn
    assert drawn is not None
    assert drawn.sampled
    assert drawn.counts.sum() > 1000


# ------------------------------------------------------------------------------------------------ other plans


def test_listed_pairs_are_scored_in_their_order_with_their_folds() -> None:
    subjects = ["a", "a", "b", "b", "c"]
    pairs = [(1, 0, True, 2), (2, 0, False, 2), (3, 2, True, 1), (4, 1, False, 1), (0, 4, False, 1)]
    vectors = faces(subjects)
    templates = template_set(vectors, failed=[2])
    scores = score(plans.build(data_set(subjects, pairs=pairs)), templates, subjects)
    assert scores.mated.values.tolist() == [slow_score(vectors[1], vectors[0], "cosine")]
    assert scores.nonmated.values.tolist() == [slow_score(vectors[4], vectors[1], "cosine"),
                                               slow_score(vectors[0], vectors[4], "cosine")]  # fmt: skip
    assert scores.nonmated.fold.tolist() == [1, 1]
    assert scores.nonmated.reference.tolist() == [1, 4]
    assert (scores.mated_failed, scores.nonmated_failed) == (1, 1)


@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
@pytest.mark.parametrize("kind", KINDS)
def test_listed_and_all_pairs_give_the_same_scores(kind: str, comparison: str) -> None:
    subjects = some_subjects(60, 12)
    templates = template_set(adversarial(kind), comparison=comparison)
    cells = [(p, r) for r in range(60) for p in range(r + 1, 60)]
    pairs = [(p, r, subjects[p] == subjects[r], 0) for p, r in cells]
    listed = score(plans.build(data_set(subjects, pairs=pairs)), templates, subjects)
    everything = score(plans.build(data_set(subjects), "all"), templates, subjects)
    assert by_cell(listed) == by_cell(everything)


GALLERY = ["a", "a", "a", "b", "b", "c", "c", "a", "b", "d"]


def gallery(combine: str, *, references: str = "subject", failed=(), comparison: str = "cosine", **options):
    data = data_set(GALLERY, roles=([0, 1, 2, 3, 4, 5, 9], [2, 6, 7, 8, 9]))
    plan = plans.build(data, combine=combine, references=references)
    vectors = faces(GALLERY, 12)
    return plan, vectors, score(plan, template_set(vectors, failed=failed, comparison=comparison), GALLERY, **options)


@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
def test_best_takes_the_highest_score_over_the_members(comparison: str) -> None:
    plan, vectors, scores = gallery("best", comparison=comparison, failed=[1])
    members = {0: [0, 2], 1: [3, 4], 2: [5], 3: [9]}
    probes = [2, 6, 7, 8, 9]
    wanted = {
        (r, p): max(slow_score(vectors[m], vectors[s], comparison) for m in group)
        for r, group in members.items() for p, s in enumerate(probes) if s not in group
    }  # fmt: skip
    assert by_cell(scores)[0] | by_cell(scores)[1] == wanted
    assert scores.mated_planned == plan.mated == 3


def test_mean_compares_with_the_normalised_mean_template() -> None:
    _, vectors, scores = gallery("mean")
    wide = vectors[[3, 4]].astype(float)
    mean = (wide / np.linalg.norm(wide, axis=1, keepdims=True)).sum(axis=0)
    mean /= np.linalg.norm(mean)
    assert by_cell(scores)[0][1, 3] == pytest.approx(float(mean @ vectors[8]), abs=1e-7)


def test_a_probe_never_meets_a_reference_that_it_is_a_member_of() -> None:
    _, _, scores = gallery("mean")
    assert not {(0, 0), (3, 4)} & (set(by_cell(scores)[0]) | set(by_cell(scores)[1]))


def test_a_reference_without_any_template_fails_its_comparisons() -> None:
    _, _, scores = gallery("mean", failed=[3, 4])
    assert (scores.mated_failed, scores.nonmated_failed) == (1, 4)


def test_templates_that_cancel_each_other_make_no_reference() -> None:
    data = data_set(["a", "a", "a", "b", "b"], roles=([0, 1, 3], [2, 4]))
    vectors = faces(data.subjects)
    vectors[1] = -vectors[0]
    scores = score(plans.build(data), template_set(vectors), data.subjects)
    assert (scores.mated_failed, scores.nonmated_failed) == (1, 1)


@pytest.mark.parametrize("combine", ["mean", "best"])
def test_gallery_blocks_change_no_bit(combine: str) -> None:
    _, _, one = gallery(combine, keep=TAIL, full_pass=True)
    _, _, other = gallery(combine, keep=TAIL, full_pass=True, band_rows=2, block_columns=2)
    assert content(one) == content(other)


def test_parties_name_both_sides() -> None:
    _, _, scores = gallery("mean")
    assert scores.references is not None
    assert scores.probes is not None
    assert scores.references.ids == ("a", "b", "sample00005", "sample00009")
    assert scores.probes.ids[0] == "sample00002"
    assert scores.probes.subjects == ("a", "c", "a", "b", "d")
