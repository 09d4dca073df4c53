"""The analysis of subjects: planted animals and label errors are found, none is named where there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fr_bench import measuring
from fr_bench.analyses.given import Given
from fr_bench.analyses.subjects import LISTED, analyse
from fr_bench.findings import Analysis
from fr_bench.precision import Method
from fr_bench.records import ScoreSet, SubjectSums
from tests.metrics.group_making import Comparison, Run, Sample

SAMPLES = [
    Sample(f"s{k:02d}/{j}", f"s{k:02d}", "", side="probe" if j < 2 else "reference")
    for k in range(40)
    for j in range(4)
]
MEASURES = ("FNMR@FMR=1e-2", "FNMR@threshold=1.0")


def made(
    *, roles: bool = False, goat: str = "", wolf: str = "", lamb: str = "", twins: tuple[str, str] = ("", "")
) -> Run:
    """Scores without any subject effect but that of the named ones."""
    rng = np.random.default_rng(2)
    probes = [one for one in SAMPLES if not roles or one.side == "probe"]
    references = [one for one in SAMPLES if not roles or one.side == "reference"]
    pairs = (
        [(p, r) for p in probes for r in references] if roles
        else [(p, r) for later, p in enumerate(probes) for r in references[:later]]
    )  # fmt: skip
    comparisons = []
    for probe, reference in pairs:
        mated = probe.subject == reference.subject
        score = rng.normal(4.0 if mated else 0.0)
        if mated and probe.subject == goat:
            score -= 4
        if not mated and wolf and (probe.subject == wolf or (not roles and reference.subject == wolf)):
            score += 1.5
        if not mated and lamb and reference.subject == lamb:
            score += 1.5
        if {probe.subject, reference.subject} == set(twins):
            score += 7
        comparisons.append(Comparison(probe, reference, float(score)))
    return Run(probes, references, comparisons, unordered=not roles)


def analysed(scores: ScoreSet, measures: tuple[str, ...] = MEASURES) -> Analysis:
    found = measuring.measure(scores, measures, draws=20)
    (analysis,) = analyse(Given(scores=scores, measurements=found, measures=measures, method=Method(draws=20)))
    return analysis


def rows(found: Analysis, name: str) -> list[dict[str, Any]]:
    (table,) = [table for table in found.tables if table.name == name]
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def named(found: Analysis, animal: str) -> set[str]:
    return {row["subject"] for row in rows(found, "carriers") if animal in row["animals"].split()}


NOBODY = analysed(made().scores(dtype=np.float64))


def test_nobody_is_named_where_subjects_do_not_matter() -> None:
    assert all(row["p"] > 0.01 for row in rows(NOBODY, "effects"))
    assert all(row["subjects"] == 0 for row in rows(NOBODY, "herds"))
    assert all(row["p_adjusted"] > 0.05 for row in rows(NOBODY, "animals"))
    assert rows(NOBODY, "two_ids") == []


def test_a_goat_and_a_wolf_are_found_among_sheep() -> None:
    found = analysed(made(goat="s07", wolf="s11").scores(dtype=np.float64))
    assert named(found, "goat") == {"s07"}
    assert named(found, "lamb_wolf") == {"s11"}
    assert max(row["p"] for row in rows(found, "effects")) < 0.05
    assert {one.name for one in found.series if one.name.startswith("animals")} == {
        "animals:goat", "animals:lamb_wolf", "animals:sheep"
    }  # fmt: skip


def test_where_probe_and_reference_mean_something_lambs_and_wolves_are_told_apart() -> None:
    found = analysed(made(roles=True, wolf="s11", lamb="s20").scores(dtype=np.float64))
    assert found.facts["roles"] is True
    assert named(found, "wolf") == {"s11"}
    assert named(found, "lamb") == {"s20"}


def test_errors_and_shares_are_those_of_the_comparisons() -> None:
    run = made(goat="s07")
    found = analysed(run.scores(dtype=np.float64))
    of_goat = sum(c.score < 1.0 for c in run.comparisons if c.mated and c.probe.subject == "s07")
    every = sum(c.score < 1.0 for c in run.comparisons if c.mated)
    (row,) = [
        row for row in rows(found, "carriers")
        if (row["point"], row["rate"], row["subject"]) == ("threshold=1.0", "FNMR", "s07")
    ]  # fmt: skip
    assert (row["errors"], row["trials"], row["share"]) == (of_goat, 6, of_goat / every)
    (point,) = [one for one in found.facts["points"] if one["name"] == "threshold=1.0"]
    assert point["FNMR"]["errors"] == every
    assert point["FNMR"]["half"] == 1


def test_one_person_under_two_ids_is_listed_and_stays_in_every_count() -> None:
    scores = made(twins=("s03", "s30")).scores(dtype=np.float64)
    found = analysed(scores)
    (row,) = rows(found, "two_ids")
    assert (row["subject"], row["other"], row["compared"]) == ("s03", "s30", 16)
    assert row["comparisons"] > 12
    assert {row["probe"][:3], row["reference"][:3]} == {"s03", "s30"}
    (point,) = [one for one in found.facts["points"] if one["name"] == "threshold=1.0"]
    assert point["FMR"]["trials"] == scores.nonmated_made


def test_two_persons_under_one_id_are_listed() -> None:
    (row,) = rows(analysed(made(goat="s07").scores(dtype=np.float64)), "two_persons")
    assert (row["subject"], row["compared"]) == ("s07", 6)
    assert row["score"] < 0


def test_a_floor_without_sums_takes_shares_and_says_so() -> None:
    found = analysed(made(goat="s07", wolf="s11").scores(0.5, dtype=np.float64))
    assert found.facts["shares"] is True
    assert {"nonmated_by_share", "two_persons_unknown"} <= {note.code for note in found.notes}
    assert named(found, "lamb_wolf") == {"s11"}


def test_a_floor_with_sums_by_subject_gives_the_same_menagerie() -> None:
    run = made(wolf="s11")
    whole, cut = run.scores(dtype=np.float64), run.scores(0.5, dtype=np.float64)
    assert cut.rest is not None
    low = [c for c in run.comparisons if not c.mated and c.score < 0.5]
    names = sorted({one.subject for one in SAMPLES})
    sums = np.array([sum(c.score for c in low if n in (c.probe.subject, c.reference.subject)) for n in names])
    by_subject = SubjectSums(placements=np.zeros(40, np.int64), sums=sums, squares=np.zeros(40))
    summed = analysed(replace(cut, rest=replace(cut.rest, by_subject=by_subject)))
    expected = analysed(whole)
    assert rows(summed, "animals") == rows(expected, "animals")
    assert rows(summed, "carriers") == rows(expected, "carriers")
    for one, other in zip(summed.series[:2], expected.series[:2], strict=True):
        assert one.y == pytest.approx(other.y, abs=1e-12)


def test_thresholds_below_the_floor_are_named() -> None:
    found = analysed(made().scores(1.5, dtype=np.float64))
    assert any(note.code == "carriers_below_floor" and "threshold=1.0" in note.text for note in found.notes)


def test_tables_name_twenty_subjects_at_most() -> None:
    found = analysed(made().scores(dtype=np.float64), ("FNMR@threshold=0.5",))
    of_fmr = [row for row in rows(found, "carriers") if row["rate"] == "FMR"]
    assert len(of_fmr) == LISTED
    assert found.facts["points"][0]["FMR"]["with_errors"] == 40


def test_the_same_scores_give_the_same_analysis() -> None:
    assert analysed(made().scores(dtype=np.float64)) == NOBODY


def test_scores_without_subjects_give_none() -> None:
    assert analyse(Given(scores=replace(made().scores(), probes=None, references=None, crossing=None))) == ()


def test_hardly_any_subjects_are_told_so() -> None:
    few = Run(SAMPLES[:12], SAMPLES[:12], made().comparisons[:66], unordered=True)
    found = analysed(few.scores(dtype=np.float64), ("FNMR@threshold=1.0",))
    assert "few_subjects_zoo" in {note.code for note in found.notes}


def test_among_hardly_any_subjects_nobody_is_called_an_animal() -> None:
    everybody = made(goat="s03", wolf="s05")
    few = [one for one in everybody.comparisons if max(one.probe.subject, one.reference.subject) < "s10"]
    samples = [one for one in everybody.probes if one.subject < "s10"]
    found = analysed(Run(samples, samples, few, unordered=True).scores())
    assert {row["animals"] for row in rows(analysed(everybody.scores()), "carriers")} > {""}
    assert rows(found, "herds") == rows(found, "animals") == []
    assert {(row["animals"], row["p"]) for row in rows(found, "carriers")} == {("", None)}
    assert [series.name for series in found.series if series.name.startswith("animals:")] == ["animals:sheep"]


def test_infinite_scores_leave_their_subjects_out_of_the_menagerie() -> None:
    run = made()
    first = next(k for k, one in enumerate(run.comparisons) if not one.mated)
    comparisons = list(run.comparisons)
    for place, score in ((first, float("inf")), (first + 1, float("-inf"))):
        comparisons[place] = replace(comparisons[place], score=score)
    found = analysed(replace(run, comparisons=comparisons).scores(dtype=np.float64))
    assert found.facts["with_both"] < 40
    assert all(np.isfinite(value) for one in found.series for value in (*one.x, *one.y))


@pytest.mark.parametrize("value", [0.0, 1.0, float("inf"), float("-inf")])
def test_constant_scores_name_nobody(value: float) -> None:
    run = made()
    constant = replace(run, comparisons=[replace(one, score=value) for one in run.comparisons])
    found = analysed(constant.scores(dtype=np.float64), ("FNMR@threshold=0.5",))
    assert all(row["subjects"] == 0 for row in rows(found, "herds"))
    assert rows(found, "two_ids") == []
