"""Two runs compared: matched one to one, paired by subject, judged as a family, or refused with the reason."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from fr_bench.comparing import Asked, Side, compare, measures_of
from fr_bench.comparing.rows import NOT_APART
from fr_bench.errors import UsageError
from fr_bench.findings import Analysis, Measurement, Proportion
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.design import AllPairs
from fr_bench.intervals.differences import paired_fmr, paired_fnmr
from fr_bench.intervals.dyads import PairErrors
from fr_bench.intervals.significance import holm
from fr_bench.metrics.scores import KEEP_MORE
from fr_bench.records import Scores, ScoreSet, Searches
from tests.two_runs import MEASURES, People, changed, score_set, scores_of, side

PEOPLE = People.of(40, 4)
FIRST, SECOND = scores_of(PEOPLE, 2), scores_of(PEOPLE, 3, separation=2.6)
QUICK = Asked(draws=100)


@pytest.fixture(scope="module")
def first() -> Side:
    return side("a", PEOPLE, score_set(PEOPLE, FIRST))


@pytest.fixture(scope="module")
def second() -> Side:
    return side("b", PEOPLE, score_set(PEOPLE, SECOND))


@pytest.fixture(scope="module")
def found(first: Side, second: Side) -> Analysis:
    return compare(first, second, QUICK)


def row(found: Analysis, measure: str) -> Measurement:
    (only,) = [m for m in found.measurements if m.measure == measure]
    return only


def limits(m: Measurement) -> tuple[float, float]:
    assert m.interval is not None, m.no_interval
    return m.interval.low, m.interval.high


def figures(found: Analysis) -> list[tuple[Any, ...]]:
    return [(m.measure, m.value, m.interval, m.labels, m.details) for m in found.measurements]


def wrong_by_subject(values: np.ndarray[Any, Any], threshold: float) -> ClusterCounts:
    reference, probe = PEOPLE.pairs
    mated = PEOPLE.subject[reference] == PEOPLE.subject[probe]
    return ClusterCounts.of(PEOPLE.subject[reference][mated], values[mated] < threshold)


def false_matches(values: np.ndarray[Any, Any], threshold: float) -> PairErrors:
    reference, probe = PEOPLE.pairs
    wrong = (PEOPLE.subject[reference] != PEOPLE.subject[probe]) & (values >= threshold)
    return PairErrors.of(PEOPLE.subject[reference][wrong], PEOPLE.subject[probe][wrong])


def test_fnmr_at_a_threshold_is_paired_by_subject(found: Analysis) -> None:
    expected = paired_fnmr(wrong_by_subject(FIRST, 1.5), wrong_by_subject(SECOND, 1.5), seed=QUICK.seed)
    m = row(found, "FNMR@threshold=1.5")
    assert m.value == expected.value
    assert m.interval == expected.interval
    assert m.details["p"] == expected.p
    assert m.details["minimum_detectable"] == expected.minimum_detectable()
    assert m.subjects == 40


def test_fmr_at_a_threshold_is_paired_by_pairs_of_subjects(found: Analysis) -> None:
    expected = paired_fmr(AllPairs([4] * 40), false_matches(FIRST, 1.5), false_matches(SECOND, 1.5))
    m = row(found, "FMR@threshold=1.5")
    assert m.value == expected.value
    assert m.interval == expected.interval
    assert m.details["test"] == "t"


def test_discordant_comparisons_are_counted_one_to_one(found: Analysis) -> None:
    reference, probe = PEOPLE.pairs
    mated = PEOPLE.subject[reference] == PEOPLE.subject[probe]
    for measure, rows, wrong in (("FNMR", mated, np.less), ("FMR", ~mated, np.greater_equal)):
        one, other = (wrong(values[rows], 1.5) for values in (FIRST, SECOND))
        assert row(found, f"{measure}@threshold=1.5").details["discordant"] == [
            np.count_nonzero(one & ~other), np.count_nonzero(other & ~one)
        ]  # fmt: skip


def test_measures_of_the_curve_use_the_same_draws_for_both(found: Analysis, first: Side) -> None:
    # Two thirds of the variance are shared: paired draws know it, unpaired ones would not.
    m = row(found, "EER")
    widths = [m.details[s]["high"] - m.details[s]["low"] for s in ("first", "second")]
    low, high = limits(m)
    assert high - low < 0.8 * np.hypot(*widths)
    assert m.details["test"] == "t"
    again = compare(first, side("b", PEOPLE, score_set(PEOPLE, SECOND)), QUICK)
    assert row(again, "EER").interval == m.interval


def test_a_difference_of_cllr_may_be_larger_than_one() -> None:
    """Natural logs of likelihood ratios that are five times too large cost several bits."""
    declared = changed(run={"comparison": {"plan": "all"}, "measures": {"likelihoods": True}})
    one, other = (
        side(name, PEOPLE, score_set(PEOPLE, values), measures=("EER",), change=declared)
        for name, values in (("a", FIRST - 1.5), ("b", 5 * FIRST - 30))
    )
    m = row(compare(one, other, Asked(measures=("Cllr",), draws=100)), "Cllr")
    assert m.value is not None
    assert m.value > 2
    low, high = limits(m)
    assert 1 < low < m.value < high


def test_value_and_figures_are_those_of_the_runs(found: Analysis, first: Side, second: Side) -> None:
    for measure in MEASURES:
        m = row(found, measure)
        values = [s.result.measurement(measure).value for s in (first, second)]
        assert [m.details[s]["value"] for s in ("first", "second")] == values
        assert m.value == pytest.approx(values[1] - values[0], abs=1e-15)  # type: ignore[operator]


def test_swapping_the_systems_negates_every_difference(found: Analysis, first: Side, second: Side) -> None:
    swapped = compare(second, first, QUICK)
    for measure in MEASURES:
        one, other = row(found, measure), row(swapped, measure)
        assert one.value == -(other.value or 0)
        assert limits(one) == tuple(-limit for limit in reversed(limits(other)))
        assert one.details["p"] == other.details["p"]


def test_a_run_against_itself_has_no_difference_and_is_never_worse(first: Side) -> None:
    found = compare(first, first, dataclasses.replace(QUICK, margins={"": 0.0}))
    for m in found.measurements:
        assert m.value == 0
        assert m.interval is None
        assert m.details["verdict"] != "worse"
    assert "no discordant comparison" in (row(found, "FNMR@threshold=1.5").no_interval or "")
    assert [note.code for note in found.notes] == ["same_recognizer"]


def test_p_values_are_adjusted_over_the_family_asked(found: Analysis, first: Side, second: Side) -> None:
    raw = [m.details["p"] for m in found.measurements]
    assert [m.details["p_adjusted"] for m in found.measurements] == list(holm(raw))
    assert found.facts["family"] == 4
    alone = compare(first, second, Asked(measures=("EER",), draws=100))
    assert row(alone, "EER").details["p_adjusted"] == row(found, "EER").details["p"]


def test_a_worse_system_is_told_and_its_margin_may_excuse_it(first: Side, second: Side) -> None:
    measure = "FNMR@threshold=1.5"
    strict, lenient = (
        row(compare(first, second, Asked(measures=(measure,), margins={measure: m})), measure) for m in (0.0, 0.5)
    )
    assert strict.details["verdict"] == "worse"
    assert lenient.details["verdict"] == "not worse"
    assert lenient.details["margin"] == 0.5


def test_mcnemar_only_by_request_and_with_its_label(found: Analysis, first: Side, second: Side) -> None:
    assert not any("mcnemar" in m.details for m in found.measurements)
    asked = compare(first, second, Asked(measures=("FNMR@threshold=1.5",), mcnemar=True))
    told = asked.measurements[0].details["mcnemar"]
    assert told["labels"] == ["assumes_independent_comparisons"]
    assert 0 < told["mid"] < told["exact"] <= 1


def test_each_system_may_have_a_threshold_of_its_own(first: Side, second: Side) -> None:
    found = compare(first, second, Asked(measures=("EER",), thresholds=(1.5, 1.25), draws=100))
    m = row(found, "FNMR@threshold=1.5/1.25")
    expected = paired_fnmr(wrong_by_subject(FIRST, 1.5), wrong_by_subject(SECOND, 1.25))
    assert m.value == expected.value
    assert [m.details[s]["threshold"] for s in ("first", "second")] == [1.5, 1.25]
    assert row(found, "FMR@threshold=1.5/1.25").interval is not None


def test_the_order_of_rows_is_irrelevant(found: Analysis, first: Side) -> None:
    scores = score_set(PEOPLE, SECOND)
    order = np.random.default_rng(5).permutation(len(scores.mated))
    mated = scores.mated
    assert mated.probe is not None
    assert mated.reference is not None
    turned = Scores(values=mated.values[order], probe=mated.probe[order], reference=mated.reference[order])
    other = side("b", PEOPLE, dataclasses.replace(scores, mated=turned))
    assert figures(compare(first, other, QUICK)) == figures(found)


def test_scores_below_the_floor_are_not_needed(found: Analysis) -> None:
    sides = [
        side(name, PEOPLE, score_set(PEOPLE, values, floor=floor))
        for name, values, floor in (("a", FIRST, 0.0), ("b", SECOND, 0.2))
    ]
    assert figures(compare(sides[0], sides[1], QUICK)) == figures(found)


def test_a_threshold_below_the_floor_says_why_there_is_no_difference() -> None:
    measure = "FMR@threshold=1.5"
    sides = [
        side(name, PEOPLE, score_set(PEOPLE, values, floor=1.6), measures=(measure,))
        for name, values in (("a", FIRST), ("b", SECOND))
    ]
    m = row(compare(sides[0], sides[1], QUICK), measure)
    assert m.value is None
    assert "below the floor" in (m.reason or "")
    assert m.labels == ("not_measurable",)


def test_a_listed_plan_is_compared_as_the_same_plan_of_all_pairs(found: Analysis) -> None:
    sides = [side(n, PEOPLE, score_set(PEOPLE, v, listed=True)) for n, v in (("a", FIRST), ("b", SECOND))]
    assert figures(compare(sides[0], sides[1], QUICK)) == figures(found)


FAILED = frozenset({"s003", "s017", "s018"})
PRESENT = People(np.delete(PEOPLE.subject, [3, 17, 18]))


def with_failures(*, listed: bool) -> tuple[Side, Side]:
    """The second system fails on three samples."""
    one = side("a", PEOPLE, score_set(PEOPLE, FIRST, listed=listed))
    other = side("b", PEOPLE, score_set(PEOPLE, SECOND, failed=FAILED, listed=listed), failed=FAILED)
    return one, other


def between_present() -> np.ndarray[Any, Any]:
    reference, probe = PEOPLE.pairs
    present = np.array([name not in FAILED for name in PEOPLE.ids])
    kept: np.ndarray[Any, Any] = present[reference] & present[probe]
    return kept


@pytest.mark.parametrize("listed", [False, True])
def test_comparisons_that_one_could_not_make_are_left_out_on_both_sides(listed: bool) -> None:
    found = compare(*with_failures(listed=listed), QUICK)
    kept = between_present()
    whole = [side(n, PRESENT, score_set(PRESENT, v[kept], listed=listed)) for n, v in (("a", FIRST), ("b", SECOND))]
    assert [f[1:4] for f in figures(found)] == [f[1:4] for f in figures(compare(whole[0], whole[1], QUICK))]
    # Samples 3, 17 and 18 have 3 + 3 + 3 mated partners, 17 and 18 each other.
    assert found.facts["left_out"] == {"first": [8, 156 + 156 + 156 - 2], "second": [0, 0]}
    assert found.facts["mated"] == 240 - 8
    assert [note.code for note in found.notes] == ["left_out"]
    assert "8 mated" in found.notes[0].text


@pytest.mark.parametrize("listed", [False, True])
def test_failures_count_as_non_matches_where_that_is_asked(listed: bool) -> None:
    asked = Asked(failures="non-match", draws=100)
    found = compare(*with_failures(listed=listed), asked)
    values = np.where(between_present(), SECOND, -np.inf)
    whole = [side(n, PEOPLE, score_set(PEOPLE, v)) for n, v in (("a", FIRST), ("b", values))]
    assert [f[1:4] for f in figures(found)] == [f[1:4] for f in figures(compare(whole[0], whole[1], asked))]
    assert found.facts["as_non_matches"] == {"first": [0, 0], "second": [8, 466]}
    assert row(found, "FNMR@threshold=1.5").details["second"]["counts"][1] == 240


def test_both_may_have_failed_on_samples_of_their_own() -> None:
    others = frozenset({"s003", "s100"})
    sides = [
        side(n, PEOPLE, score_set(PEOPLE, v, failed=failed), failed=failed)
        for n, v, failed in (("a", FIRST, others), ("b", SECOND, FAILED))
    ]
    found = compare(sides[0], sides[1], QUICK)
    assert found.facts["mated"] == 240 - 8 - 3
    assert found.facts["left_out"]["first"][0] == 8 - 3
    assert found.facts["left_out"]["second"][0] == 3
    assert [note.code for note in found.notes] == ["left_out", "left_out"]


def test_failures_to_acquire_are_compared_by_subject() -> None:
    acquired = {n: Proportion(len(f), 160) for n, f in (("a", frozenset()), ("b", FAILED))}

    def reported(name: str) -> Any:
        fta = Measurement(measure="FTA", version=1, unit="proportion", better="lower", value=acquired[name].rate,
                          counts=acquired[name])  # fmt: skip
        return changed(measurements=(fta,))

    sides = [
        side(n, PEOPLE, score_set(PEOPLE, v, failed=failed), failed=failed, change=reported(n))
        for n, v, failed in (("a", FIRST, frozenset()), ("b", SECOND, FAILED))
    ]
    m = row(compare(sides[0], sides[1], QUICK), "FTA")
    assert m.value == 3 / 160
    assert m.details["differing"] == 2
    assert m.interval is not None


def test_figures_summed_over_other_comparisons_say_why_they_are_not_compared() -> None:
    auc = Measurement(measure="AUC", version=1, unit="number", better="higher", value=0.9)

    def compared(failed: frozenset[str], **told: Any) -> str:
        sides = [
            side(n, PEOPLE, score_set(PEOPLE, v, failed=f, floor=1.0), failed=f, change=changed(**told))
            for n, v, f in (("a", FIRST, frozenset()), ("b", SECOND, failed))
        ]
        return row(compare(sides[0], sides[1], dataclasses.replace(QUICK, measures=("AUC",))), "AUC").reason or ""

    assert compared(FAILED, measurements=(auc,)) == NOT_APART
    assert compared(FAILED).endswith(KEEP_MORE)


def test_searches_are_compared_by_probe_subject() -> None:
    found_first = [np.random.default_rng(seed).random(160) < share for seed, share in ((1, 0.9), (2, 0.7))]

    def searched(values: np.ndarray[Any, Any], hits: np.ndarray[Any, Any]) -> ScoreSet:
        rank = np.where(hits, 1, 2).astype(np.int32)
        searches = Searches(
            probe=np.arange(160, dtype=np.int32), mated=np.ones(160, dtype=bool), mate=np.full(160, 0.5), rank=rank,
            optimistic=rank, nonmate=np.full((160, 1), 0.4), who=np.zeros((160, 1), dtype=np.int32), gallery=40,
            failed=np.zeros(160, dtype=bool),
        )  # fmt: skip
        return dataclasses.replace(score_set(PEOPLE, values), searches=searches)

    sides = [side(n, PEOPLE, searched(v, h)) for n, v, h in zip("ab", (FIRST, SECOND), found_first, strict=True)]
    m = row(compare(sides[0], sides[1], Asked(measures=("TPIR@rank=1",))), "TPIR@rank=1")
    clusters = [ClusterCounts.of(PEOPLE.subject, hits) for hits in found_first]
    assert m.interval == paired_fnmr(*clusters).interval
    assert m.details["verdict"] == "worse"
    assert "fixed_gallery" in m.labels


def test_a_pair_that_is_listed_twice_counts_twice() -> None:
    def doubled(values: np.ndarray[Any, Any]) -> Any:
        scores = score_set(PEOPLE, values, listed=True)
        mated = scores.mated
        assert mated.probe is not None
        assert mated.reference is not None
        values, probe, reference = (np.concatenate([c, c[:6]]) for c in (mated.values, mated.probe, mated.reference))
        twice = Scores(values=values, probe=probe, reference=reference)
        return dataclasses.replace(scores, mated=twice, mated_planned=len(twice))

    sides = [side(n, PEOPLE, doubled(v)) for n, v in (("a", FIRST), ("b", SECOND))]
    found = compare(sides[0], sides[1], QUICK)
    assert found.facts["mated"] == 246
    assert row(found, "FNMR@threshold=1.5").details["first"]["counts"][1] == 246


def test_a_measure_that_is_not_measurable_says_why(first: Side, second: Side) -> None:
    found = compare(first, second, Asked(measures=("FNMR@FMR=1e-9", "EER"), draws=100))
    m = row(found, "FNMR@FMR=1e-9")
    assert m.value is None
    assert "allows no false match" in (m.reason or "")
    assert found.facts["family"] == 1


def test_an_extreme_value_has_no_difference(first: Side, second: Side) -> None:
    m = row(compare(first, second, Asked(measures=("ZeroFMR",))), "ZeroFMR")
    assert m.value is None
    assert m.details["first"]["value"] is not None
    assert "extreme value" in (m.reason or "")


def refusal(one: Side, other: Side, asked: Asked = QUICK) -> str:
    with pytest.raises(UsageError) as refused:
        compare(one, other, asked)
    assert refused.value.code == "not_comparable"
    return refused.value.message


def other_with(**fields: Any) -> Side:
    return side("b", PEOPLE, score_set(PEOPLE, SECOND), change=changed(**fields))


def test_other_data_are_refused_with_both_digests(first: Side) -> None:
    data = dataclasses.replace(first.result.dataset, digest="e" * 64)  # type: ignore[type-var]
    text = refusal(first, other_with(dataset=data))
    assert "data digest: people dddddddddddd against people eeeeeeeeeeee" in text


def test_data_that_only_one_run_names_are_refused(first: Side) -> None:
    assert "people against none named" in refusal(first, other_with(dataset=None))


def test_another_plan_is_refused_with_both_counts(first: Side) -> None:
    plan = dataclasses.replace(first.result.comparison, plan="listed", mated_planned=100, mated_made=100)
    text = refusal(first, other_with(comparison=plan))
    assert "planned comparisons: all of 240 mated and 12480 nonmated against listed of 100" in text


def test_another_protocol_is_refused(first: Side) -> None:
    run = {"comparison": {"plan": "all", "combine": "best"}, "intervals": {"level": 0.95}}
    assert "comparison.combine: mean against best" in refusal(first, other_with(run=run))


def test_how_many_scores_are_kept_is_no_other_protocol(first: Side) -> None:
    run = {"comparison": {"plan": "all", "combine": "mean", "keep_at_most": 1000}, "intervals": {"level": 0.95}}
    assert compare(first, other_with(run=run), Asked(measures=("EER",), draws=100)).measurements[0].value is not None


def test_another_version_of_a_definition_is_refused(first: Side, second: Side) -> None:
    rows = tuple(dataclasses.replace(m, version=7) for m in second.result.measurements)
    assert "version of the definition of EER: " in refusal(first, other_with(measurements=rows))


def test_another_level_is_refused_unless_one_is_named(first: Side) -> None:
    other = other_with(run={"comparison": {"plan": "all", "combine": "mean"}, "intervals": {"level": 0.9}})
    assert "confidence level (name one by --level): 0.95 against 0.9" in refusal(first, other)
    found = compare(first, other, Asked(measures=("EER",), level=0.8, draws=100))
    assert found.measurements[0].interval is not None
    assert found.measurements[0].interval.level == 0.8


def test_scores_that_are_turned_round_in_one_run_are_refused(first: Side) -> None:
    turned = side("b", PEOPLE, score_set(PEOPLE, -SECOND))
    assert "polarity: as it should be against seems to be turned round" in refusal(first, turned)


def test_other_samples_are_refused(first: Side) -> None:
    renamed = score_set(PEOPLE, SECOND)
    assert renamed.probes is not None
    party = dataclasses.replace(renamed.probes, ids=tuple(f"x{name}" for name in renamed.probes.ids))
    other = side("b", PEOPLE, dataclasses.replace(renamed, probes=party, references=party))
    assert "other samples or subjects" in refusal(first, other)


def test_scores_without_ids_are_refused(first: Side) -> None:
    scores = score_set(PEOPLE, SECOND, listed=True)
    nameless = dataclasses.replace(
        scores, probes=None, references=None, mated=Scores(values=scores.mated.values),
        nonmated=Scores(values=scores.nonmated.values),
    )  # fmt: skip
    assert "name no samples" in refusal(first, side("b", PEOPLE, nameless))


def test_every_reason_is_told_at_once(first: Side) -> None:
    data = dataclasses.replace(first.result.dataset, digest="e" * 64)  # type: ignore[type-var]
    run = {"comparison": {"plan": "all", "combine": "best"}, "intervals": {"level": 0.9}}
    text = refusal(first, other_with(dataset=data, run=run))
    assert all(word in text for word in ("data digest", "comparison.combine", "confidence level"))


def test_runs_without_a_comparison_in_common_are_refused() -> None:
    halves = [frozenset(PEOPLE.ids[k::2]) for k in (0, 1)]
    sides = [
        side(n, PEOPLE, score_set(PEOPLE, v, failed=f), failed=f)
        for n, v, f in (("a", FIRST, halves[0]), ("b", SECOND, halves[1]))
    ]
    assert "0 mated and 0 nonmated comparisons in common" in refusal(sides[0], sides[1])


def test_failures_that_the_counts_contradict_are_refused() -> None:
    one = side("a", PEOPLE, score_set(PEOPLE, FIRST))
    other = side("b", PEOPLE, score_set(PEOPLE, SECOND, failed=FAILED), failed=frozenset({"s000"}))
    assert "references are made of several samples" in refusal(one, other)


def test_measures_are_those_that_both_report_unless_asked(first: Side, second: Side) -> None:
    assert measures_of(first, second, QUICK) == MEASURES
    few = side("b", PEOPLE, score_set(PEOPLE, SECOND), measures=("EER", "AUC"))
    assert measures_of(first, few, QUICK) == ("EER",)
    assert measures_of(first, few, Asked(measures=("AUC", "AUC"))) == ("AUC",)


def test_an_unknown_measure_names_the_nearest(first: Side, second: Side) -> None:
    with pytest.raises(UsageError, match="did you mean 'EER'"):
        compare(first, second, Asked(measures=("EERR",)))


def test_a_margin_of_what_is_not_compared_is_refused(first: Side, second: Side) -> None:
    with pytest.raises(UsageError, match="did you mean 'EER'"):
        compare(first, second, Asked(measures=("EER",), margins={"EEX": 0.1}))
