"""Plans count what they imply, and never compare a sample with itself."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.comparison import memory
from fr_bench.comparison import plan as plans
from fr_bench.comparison.forecast import forecast
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.errors import DataError, UsageError
from tests.comparison.making import data_set, some_subjects

ROLES = ([0, 1, 2, 3, 4, 5, 9], [2, 6, 7, 8, 9])
GALLERY = ["a", "a", "a", "b", "b", "c", "c", "a", "b", "d"]


def test_all_counts_every_unordered_pair() -> None:
    subjects = some_subjects(60, 20)
    plan = plans.build(data_set(subjects), "all")
    pairs = [(i, j) for i in range(60) for j in range(i + 1, 60)]
    assert plan.mated == sum(subjects[i] == subjects[j] for i, j in pairs)
    assert plan.mated + plan.nonmated == len(pairs)


def test_all_counts_lfw_without_listing_it() -> None:
    plan = plans.build(data_set([f"s{i % 5749}" for i in range(13233)]), "all")
    assert plan.mated + plan.nonmated == 87_549_528


@pytest.mark.parametrize("references", ["subject", "sample"])
def test_gallery_counts_every_reference_with_every_probe_that_is_no_member(references: str) -> None:
    plan = plans.build(data_set(GALLERY, roles=ROLES), "gallery", references=references)
    groups = np.split(plan.references.members, plan.references.offsets[1:-1])
    cells = [(g, p) for g in groups for p in plan.probes.tolist() if p not in g]
    mated = sum(GALLERY[g[0]] == GALLERY[p] for g, p in cells)
    assert (plan.mated, plan.nonmated) == (mated, len(cells) - mated)


def test_references_are_of_one_subject_each() -> None:
    plan = plans.build(data_set(GALLERY, roles=ROLES), "gallery", references="subject")
    groups = np.split(plan.references.members, plan.references.offsets[1:-1])
    assert [group.tolist() for group in groups] == [[0, 1, 2], [3, 4], [5], [9]]


def test_auto_takes_what_the_data_set_prescribes() -> None:
    assert plans.build(data_set(GALLERY)).kind == "all"
    assert plans.build(data_set(GALLERY, roles=ROLES)).kind == "gallery"
    assert plans.build(data_set(GALLERY, roles=ROLES, pairs=[(0, 1, True, 1)])).kind == "listed"


def test_samples_in_both_roles_are_references_of_their_own() -> None:
    both = plans.build(data_set(GALLERY, roles=ROLES))
    apart = plans.build(data_set(GALLERY, roles=([0, 1, 3], [2, 4])))
    assert (len(both.references), len(apart.references)) == (7, 2)


def test_a_sample_given_twice_in_a_role_counts_once() -> None:
    plan = plans.build(data_set(GALLERY, roles=([0, 0, 3], [6, 6, 7])))
    assert (len(plan.references), len(plan.probes)) == (2, 2)


def test_label_id_conflict_names_the_pairs() -> None:
    data = data_set(["a", "a", "b"], pairs=[(0, 1, True, 0), (0, 2, True, 0), (1, 0, False, 0)])
    with pytest.raises(DataError, match=r"2 listed pairs .*pair 2: sample00000 and sample00002; pair 3:") as caught:
        plans.build(data)
    assert (caught.value.code, caught.value.exit_code) == ("label_id_conflict", 3)


def test_self_comparison_is_refused() -> None:
    with pytest.raises(DataError, match="compare a sample with itself") as caught:
        plans.build(data_set(["a", "b"], pairs=[(1, 1, True, 0)]))
    assert caught.value.code == "self_comparison"


def test_an_unknown_plan_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'listed'"):
        plans.build(data_set(["a", "b"]), "list")


@pytest.mark.parametrize("kind", ["listed", "gallery"])
def test_a_plan_that_the_data_set_does_not_prescribe_is_refused(kind: str) -> None:
    with pytest.raises(UsageError, match="take plan 'all'"):
        plans.build(data_set(["a", "b"]), kind)


def test_one_sample_allows_no_comparison() -> None:
    with pytest.raises(DataError, match="allows no comparison") as caught:
        plans.build(data_set(["a"]))
    assert caught.value.code == "no_comparisons"


def test_no_mated_comparison_is_allowed_and_explained() -> None:
    plan = plans.build(data_set(["a", "b", "c"]))
    assert plans.why_empty(plan) == (
        "plan has 0 mated comparisons: no subject has two samples (3 subjects, 3 samples)"
    )  # fmt: skip


def test_one_subject_has_no_nonmated_comparison() -> None:
    assert "all 3 samples are of one subject" in str(plans.why_empty(plans.build(data_set(["a"] * 3))))


def test_listed_plans_need_only_the_samples_they_name() -> None:
    plan = plans.build(data_set(GALLERY, pairs=[(7, 0, True, 1), (3, 0, False, 1)]))
    assert plans.needed_samples(plan).tolist() == [0, 3, 7]


def test_gallery_plans_need_references_and_probes() -> None:
    plan = plans.build(data_set(GALLERY, roles=([0, 3], [6, 7])))
    assert plans.needed_samples(plan).tolist() == [0, 3, 6, 7]


def test_a_forecast_says_counts_memory_and_the_smallest_fmr() -> None:
    said = forecast(plans.build(data_set(some_subjects(100, 20))), 512)
    assert said["mated"] + said["nonmated"] == 4950
    assert said["smallest_fmr"] == 1 / said["nonmated"]
    assert said["memory_bytes"] > 100 * 512 * 4


def test_repeated_pairs_are_counted() -> None:
    plan = plans.build(data_set(GALLERY, pairs=[(7, 0, True, 1), (3, 0, False, 1), (7, 0, True, 2)]))
    assert forecast(plan, 8)["duplicates"] == 1


def test_a_forecast_counts_the_tail_that_is_asked_for() -> None:
    data = data_set([f"s{i // 2:05d}" for i in range(20_000)])
    plan = plans.build(data, "all")
    few, many = (forecast(plan, 512, KeepPolicy(largest_fmr=fmr)) for fmr in (1e-6, 1e-2))
    assert few["memory_bytes"] < many["memory_bytes"] <= many["memory_bytes_at_most"]
    assert few["memory_bytes_at_most"] == many["memory_bytes_at_most"]


@pytest.mark.parametrize(
    ("samples", "full_pass", "measured"),
    [(9000, False, 305.5), (9000, True, 316.7), (18_000, False, 514.7), (18_000, True, 572.5)],
)
def test_a_forecast_lies_within_a_tenth_of_the_memory_that_was_measured(
    samples: int, full_pass: bool, measured: float
) -> None:
    """Peaks in MB of whole runs on two cores: three templates of 512 numbers a subject, all pairs, EER and with AUC."""
    plan = plans.build(data_set([f"s{k // 3:05d}" for k in range(samples)]))
    said = forecast(plan, 512, full_pass=full_pass, threads=2)["memory_bytes"]
    assert abs(said / (measured * 1e6) - 1) < 0.1


def test_a_forecast_counts_numba_where_it_will_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 300 million nonmated comparisons on; 890 MB were measured without it, 943 MB with it."""
    plan = plans.build(data_set([f"s{k // 3:05d}" for k in range(26_000)]))
    monkeypatch.setattr(memory, "find_spec", lambda _: None)
    without = forecast(plan, 512, threads=2)["memory_bytes"]
    monkeypatch.setattr(memory, "find_spec", lambda name: name)
    loaded = forecast(plan, 512, threads=2)["memory_bytes"]
    assert loaded - without == memory.COMPILER_BYTES
    assert (without / 890.4e6, loaded / 943.2e6) == pytest.approx((1, 1), abs=0.1)


def test_a_forecast_grows_with_the_draws_and_with_a_full_pass() -> None:
    plan = plans.build(data_set([f"s{k // 3:05d}" for k in range(18_000)]))
    few, usual = (forecast(plan, 512, draws=draws, threads=2)["memory_bytes"] for draws in (20, 1000))
    assert usual - few == 980 * 6000 * 10
    assert forecast(plan, 512, full_pass=True, threads=2)["memory_bytes"] > usual
