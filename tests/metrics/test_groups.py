"""Who is in which group, and no comparison lost: against a count of every comparison by definition."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fr_bench.contracts import MeasureKind
from fr_bench.errors import UsageError
from fr_bench.findings import REJECT_ALL, Proportion
from fr_bench.known_measures import resolve
from fr_bench.metrics.group_measures import MEASURES, found_summary
from fr_bench.metrics.groups import GroupedScores, GroupRate, membership, quantile, worst_served_threshold
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.records import Party, Scores, ScoreSet
from tests.metrics.group_making import Comparison, Run, Sample, all_pairs, every_probe_with_every_reference, people

THREE = {"a": 4, "b": 3, "": 2}
TWENTY = {"a": 22, "b": 21, "c": 5}


def mixed() -> list[Sample]:
    """Samples of one subject in different groups, such as poses; two samples without a template."""
    poses = ["front", "left", "right", "left", "front", "front", "right", ""]
    return [
        Sample(id=f"s{k // 3}-{k}", subject=f"s{k // 3}", group=poses[k % 8], template=k not in (3, 10))
        for k in range(15)
    ]


def failing() -> list[Sample]:
    """Subject attributes; some subjects have one template or none."""
    samples = people({"a": 3, "b": 3}, 3)
    return [replace(sample, template=k not in (0, 4, 5, 9, 10, 11)) for k, sample in enumerate(samples)]


RUNS = {
    "all pairs": all_pairs(people(THREE, 3)),
    "poses": all_pairs(mixed()),
    "failures": all_pairs(failing()),
    "one sample each": all_pairs(people({"a": 5, "b": 4}, 1)),
    "roles": every_probe_with_every_reference(people(THREE, 4, sides=True)),
    "roles with failures": every_probe_with_every_reference(
        [replace(sample, template=k % 5 != 0) for k, sample in enumerate(people(THREE, 4, sides=True))]
    ),
}


@pytest.fixture(params=RUNS.values(), ids=RUNS.keys())
def run(request: pytest.FixtureRequest) -> Run:
    found: Run = request.param
    return found


def cells_of(grouped: GroupedScores, threshold: float) -> dict[tuple[str, str], list[int]]:
    errors = grouped.at(threshold).cells
    name = grouped.members.name
    return {
        (name(row), name(column)): [int(errors[row, column]), int(grouped.trials[row, column])]
        for row, column in np.argwhere(grouped.trials)
    }


@pytest.mark.parametrize("threshold", [3.0, 7.0, 7.5, 11.0, 12.0])
def test_every_comparison_is_counted_in_its_cell_and_group(run: Run, threshold: float) -> None:
    cells, mated = run.counted(threshold)
    grouped = run.grouped()
    assert cells_of(grouped, threshold) == cells
    found = {group.name: group.fnmr for group in grouped.at(threshold).groups if group.fnmr.trials}
    assert found == {name: Proportion(*counts) for name, counts in mated.items()}


def test_scores_of_a_group_are_those_of_comparisons_within_it(run: Run) -> None:
    grouped = run.grouped()
    for number in range(grouped.count):
        within = [one for one in run.comparisons
                  if one.probe.group == one.reference.group == grouped.members.name(number)]  # fmt: skip
        assert grouped.mated_of(number).tolist() == sorted(one.score for one in within if one.mated)
        assert grouped.nonmated_of(number).tolist() == sorted(one.score for one in within if not one.mated)


@pytest.mark.parametrize("floor", [5.0, 9.0, 11.5])
def test_a_floor_changes_no_count(run: Run, floor: float) -> None:
    whole, cut = run.grouped(), run.grouped(floor)
    assert np.array_equal(whole.trials, cut.trials)
    assert np.array_equal(whole.subjects, cut.subjects)
    for threshold in (floor, 11.5, 12.0):
        assert whole.at(threshold).groups == cut.at(threshold).groups
        assert np.array_equal(whole.at(threshold).cells, cut.at(threshold).cells)


def test_a_list_of_the_same_comparisons_has_the_same_counts(run: Run) -> None:
    listed, crossed = run.grouped(crossing=False), run.grouped()
    assert listed.templates is None
    if run.unordered:
        assert listed.at(7.0).groups == crossed.at(7.0).groups
        assert np.array_equal(listed.trials, crossed.trials)


def test_lists_that_share_no_sample_have_roles() -> None:
    run = RUNS["roles"]
    listed = run.grouped(crossing=False)
    assert listed.roles is True
    assert np.array_equal(listed.at(8.0).cells, run.grouped().at(8.0).cells)


def test_cells_add_up_to_all_comparisons(run: Run) -> None:
    grouped = run.grouped()
    assert grouped.trials.sum() == grouped.scores.nonmated_made
    assert sum(group.fnmr.trials for group in grouped.at(5.0).groups) + grouped.mixed == len(grouped.scores.mated)


def test_within_a_plan_without_roles_the_order_of_a_pair_means_nothing() -> None:
    grouped = RUNS["all pairs"].grouped()
    assert np.array_equal(np.tril(grouped.trials, -1), np.zeros_like(grouped.trials))


def test_mated_comparisons_of_two_groups_belong_to_none() -> None:
    samples = [Sample("1", "s", "front"), Sample("2", "s", "left"), Sample("3", "s", "left"), Sample("4", "t", "left")]
    grouped = all_pairs(samples).grouped()
    assert grouped.mixed == 2
    assert {group.name: group.fnmr.trials for group in grouped.at(5.0).groups} == {"front": 0, "left": 1}


def test_comparisons_below_the_floor_that_nobody_counted_are_no_denominator() -> None:
    with pytest.raises(NotMeasurable, match="between whom"):
        RUNS["all pairs"].grouped(9.0, crossing=False)


def test_templates_that_cannot_be_told_apart_by_group_are_no_denominator() -> None:
    samples = [Sample("1", "s", "front"), Sample("2", "s", "left", template=False), Sample("3", "t", "left")]
    run = all_pairs(samples)
    with pytest.raises(NotMeasurable, match="which samples have no template"):
        run.grouped(float(run.comparisons[0].score) + 1)
    assert run.grouped().at(0.0).groups[0].fmr == Proportion(0, 0)


def test_thresholds_below_the_floor_are_refused() -> None:
    with pytest.raises(NotMeasurable) as missing:
        RUNS["all pairs"].grouped(9.0).at(8.0)
    assert missing.value.code == "below_floor"


def test_reject_all_accepts_nothing() -> None:
    rates = RUNS["all pairs"].grouped().at(REJECT_ALL)
    assert all(group.fmr.errors == 0 for group in rates.groups)
    assert all(group.fnmr.errors == group.fnmr.trials for group in rates.groups)


def test_groups_of_fewer_than_twenty_subjects_and_unknown_ones_are_not_judged() -> None:
    rates = all_pairs(people({**TWENTY, "": 25})).grouped().at(11.0)
    assert list(rates.judged("FMR")) == ["a", "b"]
    assert [group.name for group in rates.groups] == ["a", "b", "c", ""]


def test_a_group_without_a_comparison_of_its_own_is_not_judged() -> None:
    nothing, some = Proportion(0, 0), Proportion(0, 30)
    group = GroupRate(name="a", known=True, fmr=nothing, fnmr=some, subjects={"FMR": 30, "FNMR": 30})
    assert not group.judged("FMR")
    assert group.judged("FNMR")


def test_one_judged_group_is_no_summary() -> None:
    rates = all_pairs(people({"a": 22, "b": 5})).grouped().at(11.0)
    with pytest.raises(NotMeasurable, match="at least two groups") as missing:
        rates.judged("FNMR")
    assert missing.value.code == "too_few_groups"


def test_order_of_samples_is_irrelevant() -> None:
    run = all_pairs(people(TWENTY))
    turned = run.probes[::-1]
    back = Run(probes=turned, references=turned, comparisons=run.comparisons[::-1], unordered=True)
    assert run.grouped().at(9.0).groups == back.grouped().at(9.0).groups
    assert np.array_equal(run.grouped().trials, back.grouped().trials)


@pytest.mark.parametrize("target", ["1/10", "1/100", "0.2"])
@pytest.mark.parametrize("floor", [float("-inf"), 8.0])
def test_worst_served_threshold_is_the_lowest_that_holds_in_each_judged_group(target: str, floor: float) -> None:
    run = all_pairs(people(TWENTY), seed=3)
    lowest = run.lowest_threshold(Fraction(target), ["a", "b"])
    assert worst_served_threshold(run.grouped(floor), Fraction(target)) == (REJECT_ALL if lowest is None else lowest)


def test_a_group_that_may_err_in_all_its_kept_comparisons_does_not_raise_the_threshold() -> None:
    run = all_pairs(people({"a": 22, "b": 21}), seed=3)
    within_a = [one for one in run.comparisons if not one.mated and {one.probe.group, one.reference.group} == {"a"}]
    highest = {id(one) for one in within_a[:100]}

    def scored(one: Comparison) -> Comparison:
        both_b = {one.probe.group, one.reference.group} == {"b"}
        return one if one.mated else replace(one, score=20.0 if id(one) in highest else 5.0 if both_b else 0.0)

    run = replace(run, comparisons=[scored(one) for one in run.comparisons])
    target = Fraction(100, len(within_a))
    assert run.lowest_threshold(target, ["a", "b"]) == 6
    assert worst_served_threshold(run.grouped(4.0), target) == 6


def test_worst_served_threshold_needs_enough_comparisons_in_each_group() -> None:
    with pytest.raises(NotMeasurable, match=r"group 'b' has 840 nonmated comparisons"):
        worst_served_threshold(all_pairs(people(TWENTY)).grouped(), Fraction(1, 850))


def test_crossed_attributes_make_a_group_of_every_combination() -> None:
    samples = people({"a": 2, "b": 2})
    scores = all_pairs(samples).scores()
    one = {sample.id: sample.group for sample in samples}
    two = {sample.id: sample.id[-1] if sample.group == "a" else "" for sample in samples}
    found = membership(scores, {"one": one, "two": two}, "one*two")
    assert found.groups == (("a", "0"), ("a", "1"), ("b", ""))
    assert [found.name(k) for k in range(3)] == ["a*0", "a*1", "b*"]
    assert [found.known(k) for k in range(3)] == [True, True, False]


def test_values_with_an_asterisk_make_no_two_groups_one() -> None:
    samples = people({"a": 2, "b": 2})
    scores = all_pairs(samples).scores()
    one = {sample.id: "x*y" if sample.group == "a" else "x" for sample in samples}
    two = {sample.id: "z" if sample.group == "a" else "y*z" for sample in samples}
    found = membership(scores, {"one": one, "two": two}, "one*two")
    assert sorted(found.name(k) for k in range(2)) == [r"x*y\*z", r"x\*y*z"]


def test_attribute_with_a_comma_asks_for_another_name() -> None:
    run = RUNS["all pairs"]
    with pytest.raises(UsageError, match="rename the attribute") as mistake:
        membership(run.scores(), {"a,b": {}}, "a,b")
    assert mistake.value.code == "bad_attribute"


def test_reference_of_several_samples_has_the_group_of_its_subject() -> None:
    party = Party(ids=("p1", "p2", "q1"), subjects=("p", "p", "q"))
    references = Party(ids=("p", "q", "r"), subjects=("p", "q", "r"))
    scores = ScoreSet(
        mated=Scores(values=np.zeros(0)), nonmated=Scores(values=np.zeros(0)), mated_planned=0, nonmated_planned=0,
        probes=party, references=references,
    )  # fmt: skip
    column = {"p1": "x", "p2": "x", "q1": "y"}
    found = membership(scores, {"group": column}, "group")
    assert [found.name(k) for k in found.reference] == ["x", "y", ""]


def test_a_group_of_probes_alone_is_a_group_and_one_of_references_alone_too() -> None:
    scores = ScoreSet(
        mated=Scores(values=np.zeros(0)), nonmated=Scores(values=np.zeros(0)), mated_planned=0, nonmated_planned=0,
        probes=Party(ids=("p1", "q1"), subjects=("p", "q")), references=Party(ids=("r1", "q2"), subjects=("r", "q")),
    )  # fmt: skip
    found = membership(scores, {"group": {"p1": "x", "q1": "y", "q2": "y", "r1": "z"}}, "group")
    assert found.groups == (("x",), ("y",), ("z",))
    assert (found.probe.tolist(), found.reference.tolist()) == ([0, 1], [2, 1])


def test_who_is_in_which_group_stays_as_it_was_found() -> None:
    run = RUNS["all pairs"]
    found = membership(run.scores(), run.attributes, "group")
    for codes in (found.probe, found.reference):
        with pytest.raises(ValueError, match="read-only"):
            codes[0] = 1


def test_unknown_attribute_names_the_nearest() -> None:
    run = RUNS["all pairs"]
    with pytest.raises(UsageError, match="did you mean 'group'") as mistake:
        membership(run.scores(), run.attributes, "grup")
    assert mistake.value.code == "unknown_attribute"


def test_attribute_with_a_value_for_everybody_makes_no_groups() -> None:
    samples = people({"a": 50}, 1)
    with pytest.raises(NotMeasurable, match="50 different values") as missing:
        membership(all_pairs(samples).scores(), {"number": {s.id: s.id for s in samples}}, "number")
    assert missing.value.code == "too_many_groups"


def test_scores_without_ids_have_no_groups() -> None:
    scores = ScoreSet(
        mated=Scores(values=np.ones(2)), nonmated=Scores(values=np.zeros(3)), mated_planned=2, nonmated_planned=3
    )
    with pytest.raises(NotMeasurable, match="name no samples"):
        membership(scores, {"sex": {}}, "sex")


def test_a_class_without_a_comparison_needs_no_ids() -> None:
    run = RUNS["all pairs"]
    scores = run.scores(crossing=False)
    mated_alone = replace(scores, nonmated=Scores(values=np.zeros(0, np.float32)), nonmated_planned=0)
    members = membership(scores, run.attributes, "group")
    found = GroupedScores.of(mated_alone, SortedScores.of(mated_alone), members)
    assert found.trials.sum() == 0
    assert [len(codes) for codes in (found.first, found.second, found.cell)] == [0, 0, 0]
    assert found.at(10.0).groups[0].fnmr == run.grouped(crossing=False).at(10.0).groups[0].fnmr
    nonmated_alone = replace(scores, mated=Scores(values=np.zeros(0, np.float32)), mated_planned=0)
    other = GroupedScores.of(nonmated_alone, SortedScores.of(nonmated_alone), members)
    assert [len(codes) for codes in (other.mated, other.mated_subject)] == [0, 0]
    assert other.trials.tolist() == run.grouped(crossing=False).trials.tolist()
    assert [group.fnmr for group in other.at(10.0).groups] == [Proportion(0, 0)] * len(members.groups)


def test_labels_against_the_subjects_have_no_groups() -> None:
    run = RUNS["all pairs"]
    scores = run.scores(crossing=False)
    wrong = replace(scores, mated=scores.nonmated, nonmated=scores.mated, mated_planned=len(scores.nonmated),
                    nonmated_planned=len(scores.mated))  # fmt: skip
    with pytest.raises(NotMeasurable, match="against the subjects"):
        GroupedScores.of(wrong, SortedScores.of(wrong), membership(wrong, run.attributes, "group"))


def test_quantiles_are_observed_scores() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert [quantile(values, 4, Fraction(k, 4)) for k in (1, 2, 3, 4)] == [1.0, 2.0, 3.0, 4.0]
    assert quantile(values, 4, Fraction(51, 100)) == 3.0


def test_quantiles_below_the_floor_are_not_known() -> None:
    assert [quantile(np.array([3.0, 4.0]), 4, Fraction(k, 4)) for k in (2, 3)] == [None, 3.0]
    assert quantile(np.zeros(0), 0, Fraction(1, 2)) is None


@pytest.mark.parametrize("kind", MEASURES, ids=[kind.name for kind in MEASURES])
def test_every_measure_of_groups_reads_back_and_counts(kind: MeasureKind) -> None:
    text = kind.example.replace("by=sex", "by=group").replace("1e-3", "0.1").replace("0.35", "10")
    measure, found = resolve(text)
    assert (str(measure), found.needs) == (text, "groups")
    value = found.compute(all_pairs(people(TWENTY), seed=5).grouped(), measure)
    assert value.measure == text
    assert value.value is not None
    if "worst" not in text:
        assert found_summary(measure)[0].unit == value.unit


def test_a_summary_counts_the_subjects_of_its_rate() -> None:
    counts = {kind.name: kind.counts for kind in MEASURES}
    assert counts["FMR-max-min-ratio@FMR"] == "nonmated"
    assert counts["FNMR-max-min-ratio@FMR"] == "mated"
    assert counts["FDR@FMR"] == "both"


def test_the_highest_and_the_lowest_of_three_groups_are_named() -> None:
    run = all_pairs(people({"a": 20, "b": 20, "c": 20}))
    scores = {"a": 1.0, "b": 3.0, "c": 2.0}
    # Within a group so many of its nonmated comparisons reach 10 as its number says: b has most, a fewest.
    seen = dict.fromkeys(scores, 0)
    made = []
    for one in run.comparisons:
        group = one.probe.group
        counts = not one.mated and one.reference.group == group
        seen[group] += counts
        made.append(replace(one, score=10.0 if counts and seen[group] <= scores[group] else 5.0))
    measure, kind = resolve("FMR-max-min-ratio@threshold=10,by=group")
    found = kind.compute(replace(run, comparisons=made).grouped(), measure)
    assert found.value == 3.0
    assert (found.details["highest_fmr"], found.details["lowest_fmr"]) == ("b", "a")
    assert found.details["fractions"] == {"a": [1, 760], "b": [3, 760], "c": [2, 760]}
    both, kind = resolve("FDR@threshold=10,by=group")
    fractions = kind.compute(replace(run, comparisons=made).grouped(), both).details["fractions"]
    assert fractions == {
        "FMR a": [1, 760], "FMR b": [3, 760], "FMR c": [2, 760],
        "FNMR a": [20, 20], "FNMR b": [20, 20], "FNMR c": [20, 20],
    }  # fmt: skip


def test_samples_are_counted_with_and_without_a_template_on_both_sides() -> None:
    sides = ["probe", "probe", "reference"]
    samples = [replace(s, side=sides[k % 3], template=k % 7 != 1) for k, s in enumerate(people({"a": 4, "b": 2}, 3))]
    templates = every_probe_with_every_reference(samples).grouped().templates
    assert templates is not None
    assert templates.probe_samples.sum(axis=0).tolist() == [8, 4]
    assert templates.probe_samples.sum(axis=1).tolist() == [2] * 6
    assert templates.reference_samples.sum(axis=0).tolist() == [4, 2]


def test_a_title_begins_with_a_capital_and_names_its_rate() -> None:
    assert MEASURES[0].title == "Highest over lowest FMR of the groups, at an overall FMR of at most x"


def test_measure_without_an_attribute_is_refused() -> None:
    with pytest.raises(UsageError, match="no attribute") as mistake:
        resolve("FDR@FMR=1e-3,by=sex*")
    assert mistake.value.code == "bad_attribute"


def test_forty_values_make_groups() -> None:
    samples = people({"a": 41}, 1)
    scores = all_pairs(samples).scores()
    number = {s.id: str(min(k, 39)) for k, s in enumerate(samples)}
    assert len(membership(scores, {"number": number}, "number").groups) == 40
    with pytest.raises(NotMeasurable, match="41 different values"):
        membership(scores, {"number": {**number, samples[-1].id: "40"}}, "number")


@pytest.mark.parametrize("crossing", [True, False])
def test_subjects_of_a_group_are_those_with_a_comparison_in_it(crossing: bool) -> None:
    lonely = [Sample("c0/0", "c0", "c")]
    found = all_pairs([*people({"a": 3, "b": 2}), *lonely]).grouped(crossing=crossing)
    names = [found.members.name(k) for k in range(found.count)]
    assert dict(zip(names, found.subjects.tolist(), strict=True)) == {"a": [3, 3], "b": [2, 2], "c": [0, 0]}
