"""Groups of a run: rates, intervals, tests, summaries that hold together; on made comparisons and generated faces."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest

from fr_bench import measuring
from fr_bench.analyses.given import Given
from fr_bench.analyses.groups import analyse, measured
from fr_bench.errors import UsageError
from fr_bench.findings import Analysis, Measure, Measurement, Proportion, Table
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.design import AllPairs
from fr_bench.intervals.dyads import PairErrors
from fr_bench.intervals.subject_exact import fmr, fnmr
from fr_bench.known_measures import resolve
from fr_bench.precision import Method
from fr_bench.records import ScoreSet
from tests.metrics.group_making import Run, all_pairs, every_probe_with_every_reference, people

GROUPS = {"a": 24, "b": 21, "c": 5, "": 3}


@pytest.fixture(scope="module")
def run() -> Run:
    return all_pairs(people(GROUPS, 3), seed=2)


def everybody(scores: ScoreSet, *texts: str) -> tuple[Measurement, ...]:
    """Measurements of everybody as a run has them; intervals are not looked at."""
    return measuring.measure(scores, texts)


def given(run: Run, *texts: str, floor: float = float("-inf"), by: str = "group", **more: Any) -> Given:
    scores = run.scores(floor)
    return Given(
        scores=scores, measurements=everybody(scores, *texts), attributes=run.attributes, by=(by,) if by else (), **more
    )


@pytest.fixture(scope="module")
def analysis(run: Run) -> Analysis:
    (found,) = analyse(given(run, "EER", "FNMR@FMR=1e-1", "FMR@threshold=10"))
    return found


def rows(analysis: Analysis, name: str) -> list[dict[str, Any]]:
    (table,) = [table for table in analysis.tables if table.name == name]
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def of_group(analysis: Analysis, rate: str, point: str, group: str) -> Measurement:
    (found,) = [
        one for one in analysis.measurements
        if one.group == {"group": group} and one.measure.startswith(f"{rate}@") and one.details["point"] == point
    ]  # fmt: skip
    return found


def of_text(analysis: Analysis, text: str) -> Measurement:
    (found,) = [one for one in analysis.measurements if one.measure == text]
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_rates_of_a_group_are_those_of_its_comparisons_alone(run: Run, analysis: Analysis, group: str) -> None:
    cells, mated = run.counted(10.0)
    point = "threshold=10"
    assert of_group(analysis, "FMR", point, group).counts == Proportion(*cells[group, group])
    assert of_group(analysis, "FNMR", point, group).counts == Proportion(*mated[group])


def test_intervals_are_those_of_the_subjects_of_the_group(run: Run, analysis: Analysis) -> None:
    codes = {name: k for k, name in enumerate(sorted({s.subject for s in run.probes if s.group == "a"}))}
    made = [c for c in run.comparisons if c.probe.group == c.reference.group == "a"]
    wrong = [(codes[c.probe.subject], codes[c.reference.subject]) for c in made if not c.mated and c.score >= 10]
    expected = fmr(AllPairs([3] * len(codes)), PairErrors.of(*np.array(wrong).T))
    found = of_group(analysis, "FMR", "threshold=10", "a")
    assert found.interval == expected.interval
    assert found.subjects == len(codes)
    mated = [c for c in made if c.mated]
    counts = ClusterCounts.of([codes[c.probe.subject] for c in mated], [c.score < 10 for c in mated])
    lowest = sorted(c.score for c in mated)[29]
    borrow = ClusterCounts.of([codes[c.probe.subject] for c in mated], [c.score <= lowest for c in mated])
    assert of_group(analysis, "FNMR", "threshold=10", "a").interval == fnmr(counts, borrow=borrow).interval


def test_every_figure_reads_back_as_a_measure(analysis: Analysis) -> None:
    for one in analysis.measurements:
        measure, _ = resolve(one.measure)
        assert str(measure) == one.measure == str(Measure.parse(one.measure))


def test_every_figure_has_labels_counts_and_an_interval_or_a_reason(analysis: Analysis) -> None:
    for one in analysis.measurements:
        assert one.interval is not None or one.no_interval
        assert one.value is None or one.counts is not None or "fractions" in one.details
        if one.interval is not None and one.value is not None:
            assert one.interval.low <= one.value <= one.interval.high


def test_a_threshold_chosen_on_these_scores_is_said(analysis: Analysis) -> None:
    assert "threshold_taken_as_fixed" in of_group(analysis, "FMR", "FMR=1e-1", "a").labels
    assert "threshold_taken_as_fixed" not in of_group(analysis, "FMR", "threshold=10", "a").labels


def test_small_and_unknown_groups_are_shown_and_stand_in_no_summary(analysis: Analysis) -> None:
    ratio = of_text(analysis, "FNMR-max-min-ratio@FMR=1e-1,by=group")
    assert set(ratio.details["fractions"]) == {"a", "b"}
    assert "too_few_subjects" in of_group(analysis, "FNMR", "FMR=1e-1", "c").labels
    assert not of_group(analysis, "FNMR", "FMR=1e-1", "").details["judged"]
    assert {note.code for note in analysis.notes} >= {"small_groups", "unknown_group"}


def test_equality_is_tested_for_each_rate_at_each_point(analysis: Analysis) -> None:
    found = rows(analysis, "equality")
    assert [(row["point"], row["rate"]) for row in found] == [
        (point, rate) for point in ("FMR=1e-1", "threshold=10") for rate in ("FMR", "FNMR")
    ]
    assert all(0 <= row["p"] <= 1 and row["degrees"] == row["groups"] - 1 == 1 for row in found)


def test_matrix_adds_up_to_everybody(run: Run, analysis: Analysis) -> None:
    found = [row for row in rows(analysis, "matrix") if row["point"] == "threshold=10"]
    cells, _ = run.counted(10.0)
    assert {(row["row"], row["column"]): [row["errors"], row["trials"]] for row in found} == cells
    total = next(point for point in analysis.facts["points"] if point["name"] == "threshold=10")["FMR"]
    assert [sum(row["errors"] for row in found), sum(row["trials"] for row in found)] == total


def test_matrix_within_groups_is_the_table_of_the_groups(analysis: Analysis) -> None:
    for row in rows(analysis, "matrix"):
        if row["row"] == row["column"]:
            within = of_group(analysis, "FMR", row["point"], row["row"])
            assert within.counts == Proportion(row["errors"], row["trials"])
            assert within.interval is not None
            assert (within.interval.low, within.interval.high) == (row["low"], row["high"])


def test_matrix_of_a_plan_with_roles_has_a_cell_for_each_direction() -> None:
    run = every_probe_with_every_reference(people({"a": 21, "b": 20}, 2, sides=True))
    (found,) = analyse(given(run, "FMR@threshold=10"))
    assert [(row["row"], row["column"]) for row in rows(found, "matrix")] == [
        ("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")
    ]  # fmt: skip
    assert found.facts["roles"] is True


@pytest.mark.parametrize("floor", [6.0, 9.0])
def test_scores_below_the_floor_change_nothing_but_quantiles(run: Run, analysis: Analysis, floor: float) -> None:
    asked = given(run, "EER", "FNMR@FMR=1e-1", "FMR@threshold=10", floor=floor)
    whole = given(run, "EER", "FNMR@FMR=1e-1", "FMR@threshold=10")
    (found,) = analyse(dataclasses.replace(asked, measurements=whole.measurements))
    assert found.tables == analysis.tables
    assert found.measurements == analysis.measurements
    for cut, full in zip(found.series, analysis.series, strict=True):
        assert all(value in (None, other) for value, other in zip(cut.y, full.y, strict=True))
    assert any(None in series.y for series in found.series)


def test_order_of_samples_and_comparisons_is_irrelevant(run: Run, analysis: Analysis) -> None:
    turned = run.probes[::-1]
    back = Run(probes=turned, references=turned, comparisons=run.comparisons[::-1], unordered=True)
    (found,) = analyse(given(back, "EER", "FNMR@FMR=1e-1", "FMR@threshold=10"))
    assert found == analysis


def test_ratio_beside_the_largest_group_by_hand(analysis: Analysis) -> None:
    (row,) = [row for row in rows(analysis, "ratios") if (row["point"], row["rate"]) == ("threshold=10", "FMR")]
    first, base = (of_group(analysis, "FMR", "threshold=10", name) for name in ("b", "a"))
    assert (row["group"], row["base"], row["method"]) == ("b", "a", "log-t")
    assert first.value is not None
    assert base.value is not None
    assert row["ratio"] == pytest.approx(first.value / base.value, rel=1e-14)
    variance = 0.0
    for one in (first, base):
        assert one.counts is not None
        assert one.value is not None
        variance += one.details["precision"]["deff"] * (1 - one.value) / one.counts.errors
    assert row["low"] < row["ratio"] * math.exp(-1.96 * math.sqrt(variance)) < row["ratio"] < row["high"]


def test_worst_served_group_sets_the_threshold(run: Run, analysis: Analysis) -> None:
    found = of_text(analysis, "FNMR-worst-served@FMR=1e-1,by=group")
    overall = next(point for point in analysis.facts["points"] if point["name"] == "FMR=1e-1")
    assert isinstance(found.threshold, float)
    assert found.threshold >= overall["threshold"]
    for row in rows(analysis, "worst_served"):
        if row["judged"]:
            assert row["fmr_errors"] <= row["fmr_trials"] / 10
    rejected = sum(one.mated and one.score < found.threshold for one in run.comparisons)
    assert found.counts == Proportion(rejected, sum(one.mated for one in run.comparisons))


def test_a_group_without_errors_leaves_the_ratio_undefined_and_bounds_it() -> None:
    run = all_pairs(people({"a": 21, "b": 20}, 2), seed=4)
    clean = Run(
        probes=run.probes,
        references=run.references,
        unordered=True,
        comparisons=[
            dataclasses.replace(one, score=min(one.score, 3.0)) if not one.mated and one.probe.group == "b" else one
            for one in run.comparisons
        ],
    )
    (found,) = analyse(given(clean, "FMR@threshold=8"))
    ratio = of_text(found, "FMR-max-min-ratio@threshold=8,by=group")
    assert ratio.value is None
    assert ratio.details["code"] == "group_without_errors"
    assert ratio.details["at_least"] > 1
    difference = of_text(found, "FMR-max-min-difference@threshold=8,by=group")
    assert difference.value == of_group(found, "FMR", "threshold=8", "a").value
    geomean = of_text(found, "FMR-max-geomean-ratio@threshold=8,by=group")
    assert geomean.interval is None
    assert geomean.details["at_least"] > 1


@pytest.mark.parametrize("method", ["independent", "fpp-wilson", "annex-b", "conservative"])
def test_other_methods_of_intervals_are_used_and_named(run: Run, method: str) -> None:
    (found,) = analyse(given(run, "FMR@threshold=10", method=Method(name=method)))
    interval = of_group(found, "FMR", "threshold=10", "a").interval
    assert interval is not None
    assert interval.method == method


def test_a_measure_asked_for_by_name_is_answered(run: Run, analysis: Analysis) -> None:
    text = "FNMR-max-min-ratio@FMR=1e-1,by=group"
    asked = given(run, "FMR@threshold=10", by="", measures=("EER", text))
    assert measured(asked, text) == of_text(analyse(asked)[0], text)
    # By itself the target's labels come from the same counts as in the measurement of everybody.
    assert measured(asked, text).value == of_text(analysis, text).value
    assert measured(asked, text).interval == of_text(analysis, text).interval


def test_a_measure_that_cannot_be_answered_gives_its_reason(run: Run) -> None:
    found = measured(given(run, by=""), "FDR@FMR=1e-9,by=group")
    assert found.value is None
    assert found.labels == ("not_measurable",)
    assert "allows no false match" in str(found.reason)


def test_a_measure_of_something_else_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="none of groups"):
        measured(given(run, by=""), "EER")


def test_without_an_attribute_there_is_no_analysis(run: Run) -> None:
    assert analyse(given(run, "EER", by="")) == ()


def test_unknown_attribute_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="did you mean 'group'"):
        analyse(given(run, by="groups"))


def test_scores_that_cannot_be_split_say_why(run: Run) -> None:
    scores = dataclasses.replace(run.scores(9.0), crossing=None)
    (found,) = analyse(Given(scores=scores, attributes=run.attributes, by=("group",)))
    assert found.measurements == ()
    assert "between whom" in found.notes[0].text


def test_groups_without_a_threshold_still_have_sizes_and_quantiles(run: Run) -> None:
    (found,) = analyse(given(run))
    assert [row["group"] for row in rows(found, "sizes")] == ["a", "b", "c", ""]
    assert len(found.series) == 8
    assert "no_operating_point" in {note.code for note in found.notes}


def test_failures_by_group_add_up() -> None:
    samples = [dataclasses.replace(sample, template=k % 7 != 0) for k, sample in enumerate(people(GROUPS, 3))]
    (found,) = analyse(given(all_pairs(samples), floor=5.0))
    by_group = {one.group["group"]: one.counts for one in found.measurements if one.measure == "FTA"}
    for name in GROUPS:
        own = [sample for sample in samples if sample.group == name]
        assert by_group[name] == Proportion(sum(not sample.template for sample in own), len(own))


def test_failures_to_enrol_are_of_subjects_without_roles_and_of_references_with_them() -> None:
    samples = [dataclasses.replace(one, template=k not in (0, 1, 4)) for k, one in enumerate(people({"a": 21}, 2))]
    (found,) = analyse(given(all_pairs(samples)))
    assert [one.counts for one in found.measurements if one.measure == "FTE"] == [Proportion(1, 21)]
    both = enumerate(people({"a": 21}, 2, sides=True))
    sided = [dataclasses.replace(one, template=k not in (1, 3, 4)) for k, one in both]
    (found,) = analyse(given(every_probe_with_every_reference(sided)))
    assert {one.measure: one.counts for one in found.measurements} == {
        "FTA": Proportion(1, 21), "FTE": Proportion(2, 21)
    }  # fmt: skip


def test_facts_are_plain_json(analysis: Analysis) -> None:
    assert json.loads(json.dumps(analysis.facts)) == analysis.facts
    assert all(isinstance(table, Table) for table in analysis.tables)


@pytest.fixture(scope="module")
def generated() -> tuple[ScoreSet, dict[str, dict[str, str]]]:
    """A whole run of generated faces: 42 subjects, 2 images each, the baseline recognizer, a floor."""
    from fr_bench import pipeline, runspec
    from fr_bench.comparison.engine import score
    from fr_bench.comparison.keep import KeepPolicy
    from fr_bench.preparation import load_recognizer, prepare
    from fr_bench.progress import Silent

    spec = runspec.resolve({"dataset": {"card": "generated", "subjects": 42, "images": 2}})
    prepared = prepare(spec, Silent())
    templates, _ = pipeline.make_templates(prepared, load_recognizer(spec), Silent())
    policy = dataclasses.replace(KeepPolicy(), everything_up_to=0)
    data = prepared.dataset
    scores = score(prepared.plan, templates, data.subjects, keep=policy)
    attributes = {name: dict(zip(data.sample_ids, column, strict=True)) for name, column in data.attributes.items()}
    return scores, attributes


Generated = tuple[ScoreSet, dict[str, dict[str, str]]]


@pytest.mark.parametrize("by", ["sex", "sex*age_band", "category"])
def test_groups_of_generated_faces_hold_together(generated: Generated, by: str) -> None:
    scores, attributes = generated
    (found,) = analyse(
        Given(scores=scores, measurements=everybody(scores, "FNMR@FMR=1e-2"), attributes=attributes, by=(by,))
    )
    cells = rows(found, "matrix")
    assert sum(row["trials"] for row in cells) == scores.nonmated_made
    assert sum(row["errors"] for row in cells) == found.facts["points"][0]["FMR"][0]
    mated = sum(row["mated"] for row in rows(found, "sizes"))
    assert mated + found.facts["mixed"] == len(scores.mated)


def test_equal_groups_of_generated_faces_may_be_equal(generated: Generated) -> None:
    scores, attributes = generated
    assert math.isfinite(scores.floor)
    texts = ("FNMR@FMR=1e-2", "FNMR@FMR=1e-3")
    (found,) = analyse(Given(scores=scores, measurements=everybody(scores, *texts), attributes=attributes, by=("sex",)))
    ratio = of_text(found, "FMR-max-min-ratio@FMR=1e-2,by=sex")
    assert ratio.interval is not None
    assert ratio.interval.low == 1.0
