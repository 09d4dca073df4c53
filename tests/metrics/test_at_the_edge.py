"""Answers at the very edge: where a rule changes over by one count, one tie, or the floor of a large run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fr_bench.errors import DataError
from fr_bench.findings import REJECT_ALL, Proportion
from fr_bench.known_measures import look_below_floor
from fr_bench.measuring import measure
from fr_bench.metrics.costs import Stakes
from fr_bench.metrics.curves import _decades, curves
from fr_bench.metrics.discrimination import auc, d_prime, min_dcf
from fr_bench.metrics.equal_error import corners, eer, rocch_eer
from fr_bench.metrics.gallery_sizes import NestedGalleries
from fr_bench.metrics.group_summaries import gini
from fr_bench.metrics.groups import GroupedScores, membership, quantile, worst_served_threshold
from fr_bench.metrics.notable import worst
from fr_bench.metrics.notes import _frequent, _many_values, score_notes
from fr_bench.metrics.parts import trains
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.subjects import SubjectCounts, subject_counts
from fr_bench.metrics.transactions import transactions
from fr_bench.metrics.verification import fmr, fmr_at_fnmr, fnmr_at_fmr, zero_fmr
from fr_bench.records import Party, Rest, Scores, ScoreSet
from fr_bench.scorefiles import score_set
from tests.metrics.group_making import all_pairs, every_probe_with_every_reference, people
from tests.metrics.searching import searches_of


def above(floor: float, mated: list[float], nonmated: list[float]) -> SortedScores:
    """What is left of scores after a full pass with a floor."""
    low = np.array([s for s in nonmated if s < floor])
    at = np.unique(mated)
    rest = Rest(
        count=len(low),
        at=at,
        below=np.array([np.count_nonzero(low < t) for t in at]),
        up_to=np.array([np.count_nonzero(low <= t) for t in at]),
        sum=float(low.sum()),
        squares=float((low**2).sum()),
    )
    kept = np.sort([s for s in nonmated if s >= floor])
    return SortedScores(
        mated=np.sort(mated), nonmated=kept, nonmated_total=len(nonmated), floor=floor, rest=rest
    )  # fmt: skip


# Labels


@pytest.mark.parametrize(("trials", "weak"), [(99, True), (100, False)])
def test_ten_errors_hold_a_threshold(trials: int, weak: bool) -> None:
    s = SortedScores.from_arrays([200.0], np.arange(trials))
    assert ("weak_target" in fnmr_at_fmr(s, Fraction(1, 10)).labels) is weak


@pytest.mark.parametrize(("tied", "coarse"), [(2, False), (3, True)])
def test_scores_are_coarse_only_if_a_step_passes_twice_the_target(tied: int, coarse: bool) -> None:
    point = fnmr_at_fmr(SortedScores.from_arrays([1.0], [0.5] * tied + [0.0] * (10 - tied)), Fraction(1, 10))
    assert point.beyond == Proportion(tied, 10)
    assert ("coarse_scores" in point.labels) is coarse
    mirrored = fmr_at_fnmr(SortedScores.from_arrays([0.5] * tied + [1.0] * (10 - tied), [0.0]), Fraction(1, 10))
    assert ("coarse_scores" in mirrored.labels) is coarse


# Infinities and large integers


def test_the_eer_is_at_reject_all_where_plus_infinity_is_accepted_too_often() -> None:
    found = eer(SortedScores.from_arrays([0.0, np.inf, np.inf], [np.inf, np.inf]))
    assert (found.low, found.high, found.threshold) == (0, 1, REJECT_ALL)


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1])
def test_integers_that_would_become_equal_are_refused_on_both_sides_of_zero(value: int) -> None:
    with pytest.raises(DataError, match="above 2\\^53"):
        SortedScores.from_arrays(np.array([0, value]), [0.0])


# Below the floor


def test_between_mated_scores_a_rate_is_known_where_no_nonmated_score_lies_between() -> None:
    s = above(0.8, [0.2, 0.4, 0.9], [0.1, 0.2, 0.5, 0.85])
    assert fmr(s, 0.3) == Proportion(2, 4)
    with pytest.raises(NotMeasurable):
        fmr(s, 0.45)


def test_a_floor_below_which_nothing_lies_hides_nothing() -> None:
    s = SortedScores(
        mated=np.array([0.1, 0.9]), nonmated=np.array([0.6]), nonmated_total=1, floor=0.5, rest=Rest(count=0)
    )
    assert auc(s) == Fraction(1, 2)


def test_the_rates_may_meet_exactly_at_the_floor() -> None:
    found = eer(above(0.5, [0.1, 0.9], [0.2, 0.6]))
    assert (found.mean, found.threshold) == (Fraction(1, 2), 0.6)


def test_of_mated_scores_that_hold_a_target_alike_the_lowest_is_the_threshold() -> None:
    point = fnmr_at_fmr(above(0.8, [0.3, 0.4, 0.9], [0.1, 0.2, 0.5, 0.85]), Fraction(1, 2))
    assert (point.threshold, point.fnmr, point.fmr) == (0.3, Proportion(0, 3), Proportion(2, 4))


def test_a_target_held_only_between_scores_below_the_floor_is_not_given() -> None:
    with pytest.raises(NotMeasurable) as missing:
        fnmr_at_fmr(above(0.8, [0.05, 0.08], [0.1, 0.2, 0.3, 0.4]), Fraction(1, 2))
    assert missing.value.code == "below_floor"


def test_a_curve_below_the_floor_counts_nonmated_scores_equal_to_the_threshold_as_accepted() -> None:
    mated, nonmated = [0.2, 0.4, 0.9], [0.1, 0.2, 0.2, 0.5, 0.85]
    (curve,) = curves(above(0.8, mated, nonmated))
    points = dict(zip(curve.thresholds, zip(curve.fmr, curve.fnmr, strict=True), strict=True))
    assert points[0.2] == (4 / 5, 0)
    assert points[0.4] == (2 / 5, 1 / 3)


# Groups


def test_a_small_group_hides_none_that_follows_it() -> None:
    run = all_pairs(people({"a": 5, "b": 22, "c": 21}), seed=3)
    lowest = run.lowest_threshold(Fraction(1, 10), ["b", "c"])
    assert lowest is not None
    assert worst_served_threshold(run.grouped(), Fraction(1, 10)) == lowest


@pytest.mark.parametrize("share", [Fraction(0), Fraction(-1, 2), Fraction(3, 2), Fraction(2)])
def test_no_quantile_lies_outside_the_scores(share: Fraction) -> None:
    with pytest.raises(ValueError, match="quantile"):
        quantile(np.array([0.5, 0.6]), 2, share)


# Drawing


def test_counts_for_drawing_are_spread_over_the_decades() -> None:
    assert _decades(1000, 4).tolist() == [0, 1, 32, 1000]
    assert _decades(1000, 2).tolist() == [0, 1, 1000]


def test_twenty_of_the_worst_are_shown_unless_another_number_is_asked_for() -> None:
    ids = tuple(f"{subject}{k}" for subject in "ab" for k in range(30))
    party = Party(ids=ids, subjects=tuple(name[0] for name in ids))
    numbers = np.arange(30, dtype=np.int32)
    scores = ScoreSet(
        mated=Scores(values=np.linspace(0.5, 1, 30), probe=numbers[:30], reference=(numbers + 1) % 30),
        nonmated=Scores(values=np.linspace(0, 0.5, 30), probe=numbers, reference=numbers + np.int32(30)),
        mated_planned=30,
        nonmated_planned=30,
        probes=party,
        references=party,
    )
    assert [len(part) for part in worst(scores)] == [20, 20]
    assert [len(part) for part in worst(scores, 3)] == [3, 3]


def test_a_thinned_curve_still_ends_at_the_highest_mated_score() -> None:
    mated = np.linspace(1, 2, 5000)
    (curve,) = curves(SortedScores.from_arrays(mated, np.linspace(0, 0.5, 5000)), points=60)
    assert curve.thresholds[-2:] == (2.0, REJECT_ALL)
    assert curve.fnmr[-2] == 4999 / 5000


def test_comparisons_given_twice_are_found_wherever_they_stand() -> None:
    party = Party(ids=("a", "b", "c", "d"), subjects=("a", "b", "c", "d"))
    probe, reference = (np.array(side, dtype=np.int32) for side in ([0, 1, 0, 2], [2, 3, 2, 3]))
    scores = ScoreSet(
        mated=Scores(values=np.zeros(0)),
        nonmated=Scores(values=np.array([0.1, 0.2, 0.1, 0.3]), probe=probe, reference=reference),
        mated_planned=0,
        nonmated_planned=4,
        probes=party,
        references=party,
    )
    (note,) = [n for n in score_notes(scores, SortedScores.of(scores)) if n.code == "duplicate_comparisons"]
    assert note.text.startswith("1 comparison repeats")


def test_what_costs_nothing_is_no_cost() -> None:
    for costs in ({"miss": Fraction(0)}, {"alarm": Fraction(0)}):
        with pytest.raises(ValueError, match="costs"):
            Stakes(prior=Fraction(1, 2), **costs)


@pytest.mark.parametrize("prior", [Fraction(0), Fraction(1)])
def test_a_prior_of_certainty_is_no_prior(prior: Fraction) -> None:
    with pytest.raises(ValueError, match="prior"):
        Stakes(prior=prior)


def test_groups_without_errors_say_how_few_the_fewest_comparisons_are() -> None:
    with pytest.raises(NotMeasurable, match="the smallest has 10 trials"):
        gini({"a": Proportion(0, 10), "b": Proportion(0, 30)})


@pytest.mark.parametrize("target", [Fraction(0), Fraction(1), Fraction(-1, 2), Fraction(3, 2)])
def test_a_target_of_nothing_or_of_everything_is_a_callers_bug(target: Fraction) -> None:
    s = SortedScores.from_arrays([0.5, 0.6], [0.1, 0.2])
    for chosen in (fnmr_at_fmr, fmr_at_fnmr):
        with pytest.raises(ValueError, match="between 0 and 1"):
            chosen(s, target)


def test_equal_scores_stand_in_the_order_of_the_probes_ids_not_of_the_references() -> None:
    probes = Party(ids=("z", "a", "m"), subjects=("z", "a", "m"))
    references = Party(ids=("q", "r", "s"), subjects=("q", "r", "s"))
    rows = np.arange(3, dtype=np.int32)
    scores = ScoreSet(
        mated=Scores(values=np.zeros(0)),
        nonmated=Scores(values=np.full(3, 0.5), probe=rows, reference=rows),
        mated_planned=0,
        nonmated_planned=3,
        probes=probes,
        references=references,
    )
    assert [row.probe for row in worst(scores)[0]] == ["a", "m", "z"]


def test_two_equal_scores_are_a_value_that_is_shared() -> None:
    assert _frequent(np.array([0.5, 0.5]), 2) == 0.5
    assert _frequent(np.array([0.5]), 1) is None
    assert _frequent(np.array([0.4, 0.5]), 2) is None


@pytest.mark.parametrize("missing", ["probes", "references"])
def test_smaller_galleries_need_the_ids_of_both_sides(missing: str) -> None:
    party = Party(ids=("a", "b"), subjects=("a", "b"))
    rows = np.zeros(1, dtype=np.int32)
    scores = ScoreSet(
        mated=Scores(values=np.zeros(0)),
        nonmated=Scores(values=np.array([0.5]), probe=rows, reference=rows + 1),
        mated_planned=0,
        nonmated_planned=1,
        **({"probes": party, "references": party} | {missing: None}),
    )
    with pytest.raises(NotMeasurable) as unknown:
        NestedGalleries.of(scores, searches_of([]), 1)
    assert unknown.value.code == "no_subjects"


def test_a_list_of_probes_against_references_knows_which_group_was_the_probes() -> None:
    run = every_probe_with_every_reference(people({"a": 4, "b": 3}, 4, sides=True))
    one_way = [c for c in run.comparisons if c.mated or (c.probe.group, c.reference.group) == ("b", "a")]
    listed = replace(run, comparisons=one_way).grouped(crossing=False)
    cells = {(listed.members.name(row), listed.members.name(column)) for row, column in np.argwhere(listed.trials)}
    assert cells == {("b", "a")}


def test_what_calibration_would_gain_stands_beside_the_cost() -> None:
    scores = score_set(np.array([1.0, 2.0]), np.array([-1.0, 0.0]))
    (found,) = measure(scores, ["Cllr"], likelihoods=True)
    assert found.value is not None
    assert found.details["min_cllr"] == 0
    assert found.details["calibration_loss"] == found.value > 0


@pytest.mark.parametrize("missing", ["probes", "references"])
def test_groups_need_the_ids_of_both_sides(missing: str) -> None:
    run = all_pairs(people({"a": 3, "b": 3}))
    scores = run.scores()
    with pytest.raises(NotMeasurable):
        membership(replace(scores, **{missing: None}), run.attributes, "group")
    with pytest.raises(NotMeasurable):
        GroupedScores.of(
            replace(scores, **{missing: None}), SortedScores.of(scores), membership(scores, run.attributes, "group")
        )


def test_a_floor_below_every_score_hides_nothing_from_groups() -> None:
    run = all_pairs(people({"a": 3, "b": 3}))
    assert np.array_equal(run.grouped(-99.0, crossing=False).trials, run.grouped(crossing=False).trials)


# Many scores


def test_the_worst_of_many_are_those_that_sorting_finds() -> None:
    values = np.random.default_rng(7).permutation(3000) / 3000
    party = Party(ids=tuple(f"{k:04d}" for k in range(3001)), subjects=tuple(f"{k:04d}" for k in range(3001)))
    rows = np.arange(3000, dtype=np.int32)
    scores = ScoreSet(
        mated=Scores(values=np.zeros(0)),
        nonmated=Scores(values=values, probe=rows, reference=rows + np.int32(1)),
        mated_planned=0,
        nonmated_planned=3000,
        probes=party,
        references=party,
    )
    for count in (1, 2, 17, 100):
        assert [row.score for row in worst(scores, count)[0]] == sorted(values, reverse=True)[:count]


def test_d_prime_counts_every_score_once_where_they_are_taken_in_blocks() -> None:
    rng = np.random.default_rng(3)
    mated, nonmated = rng.normal(2, 1, 70_000), rng.normal(0, 1, 140_000)
    spread = (mated.var(ddof=1) + nonmated.var(ddof=1)) / 2
    expected = (mated.mean() - nonmated.mean()) / np.sqrt(spread)
    assert d_prime(SortedScores.from_arrays(mated, nonmated)) == pytest.approx(expected, rel=1e-12)


def test_costs_at_a_threshold_look_at_scores_below_the_floor() -> None:
    assert look_below_floor(["DCF@threshold=0.5,prior=0.5"])
    assert look_below_floor(["DCF@threshold=0.5,prior=0.5,cmiss=2,cfa=1"])


@pytest.mark.parametrize("missing", ["probe", "reference"])
def test_comparisons_that_name_one_side_only_name_nobody(missing: str) -> None:
    run = all_pairs(people({"a": 3, "b": 3}))
    scores = run.scores()
    one_sided = replace(
        scores,
        mated=replace(scores.mated, **{missing: None}),
        nonmated=replace(scores.nonmated, **{missing: None}),
    )
    assert worst(one_sided) == ((), ())
    assert not [n for n in score_notes(one_sided, SortedScores.of(scores)) if n.code == "duplicate_comparisons"]
    with pytest.raises(NotMeasurable, match="nobody's group is known"):
        GroupedScores.of(one_sided, SortedScores.of(scores), membership(scores, run.attributes, "group"))
    with pytest.raises(NotMeasurable, match="name no probes and references"):
        transactions(one_sided, 1, mated=True)
    with pytest.raises(NotMeasurable) as unknown:
        NestedGalleries.of(one_sided, searches_of([]), 1)
    assert unknown.value.code == "no_subjects"


def test_of_two_groups_the_one_that_needs_the_higher_threshold_sets_it() -> None:
    """Each of 22 subjects has one sample: 231 comparisons within a group, of which a tenth, 23, may be accepted."""
    samples = people({"a": 22, "b": 22}, 1)
    run = all_pairs(samples)
    height = {"a": 0.0, "b": 1000.0}
    within = [
        replace(one, score=height[one.probe.group] + k if one.probe.group == one.reference.group else -1.0)
        for k, one in enumerate(run.comparisons)
    ]
    found = worst_served_threshold(replace(run, comparisons=within).grouped(), Fraction(1, 10))
    scores = sorted((one.score for one in within if one.score >= 1000.0), reverse=True)
    assert len(scores) == 231
    assert found == scores[22]


@pytest.mark.parametrize("missing", ["probe", "reference"])
def test_subjects_of_comparisons_that_name_one_side_only_are_not_counted(missing: str) -> None:
    scores = all_pairs(people({"a": 3, "b": 3})).scores()
    assert subject_counts(scores) == SubjectCounts(6, 6)
    assert subject_counts(replace(scores, mated=replace(scores.mated, **{missing: None}))) is None


@pytest.mark.parametrize(
    ("mated", "nonmated", "lowest", "enough"),
    [(50, 1, 0, True), (1, 50, 0, True), (25, 25, 100, True), (49, 1, 0, False), (25, 24, 100, False),
     (25, 25, 24, False)],
)  # fmt: skip
def test_fifty_different_values_are_enough_for_one_to_lie_apart(
    mated: int, nonmated: int, lowest: int, enough: bool
) -> None:
    """`mated` numbers from 0 on, `nonmated` ones from `lowest` on: what both hold is one value."""
    assert _many_values([np.arange(0.0, mated), np.arange(0.0, nonmated) + lowest]) is enough


def test_a_target_that_allows_all_scores_kept_is_held_by_a_mated_score_below_the_floor() -> None:
    point = fnmr_at_fmr(above(0.8, [0.3, 0.6, 0.9], [0.1, 0.2, 0.5, 0.85]), Fraction(1, 4))
    assert (point.threshold, point.fmr, point.fnmr) == (0.6, Proportion(1, 4), Proportion(1, 3))


def test_below_every_score_everything_is_accepted_also_below_the_floor() -> None:
    assert fmr(above(0.8, [0.2, 0.9], [0.3, 0.5, 0.85]), 0.1) == Proportion(3, 3)


@pytest.mark.parametrize("share", [-0.5, 0.0, 1.0, 1.5])
def test_a_part_of_nobody_or_of_everybody_is_none(share: float) -> None:
    with pytest.raises(ValueError, match=f"a share of {share}"):
        trains(["anna"], share, 1)


@pytest.mark.parametrize("seed", range(4))
def test_in_its_own_order_of_others_no_search_has_a_gap_where_its_mate_stands(seed: int) -> None:
    """Three enrolled, each searched for: every search meets two others, in the places 0 and 1."""
    names = Party(ids=("a", "b", "c"), subjects=("a", "b", "c"))
    pairs = [(p, r) for p in range(3) for r in range(3)]
    probe, reference = (np.array([pair[k] for pair in pairs if pair[0] != pair[1]], dtype=np.int32) for k in (0, 1))
    scores = ScoreSet(
        mated=Scores(
            values=np.full(3, 0.9), probe=np.arange(3, dtype=np.int32), reference=np.arange(3, dtype=np.int32)
        ),
        nonmated=Scores(values=np.full(6, 0.1), probe=probe, reference=reference),
        mated_planned=3,
        nonmated_planned=6,
        probes=names,
        references=names,
    )
    found = NestedGalleries.of(scores, searches_of([(True, [0.9], [0.1, 0.1])] * 3), seed)
    assert [sorted(found.place[found.probe == k].tolist()) for k in range(3)] == [[0, 1]] * 3


@pytest.mark.parametrize(("nonmated", "known"), [([0.1, 0.2, 0.85], True), ([0.1, 0.5, 0.85], False)])
def test_between_the_highest_mated_score_and_the_floor_nothing_is_known_but_what_lies_below_both(
    nonmated: list[float], known: bool
) -> None:
    s = above(0.8, [0.2, 0.4], nonmated)
    if known:
        assert fmr(s, 0.45) == Proportion(1, 3)
        return
    with pytest.raises(NotMeasurable):
        fmr(s, 0.45)


@pytest.mark.parametrize(("nonmated", "exact"), [(2**60, np.int64), (2**60 + 1, object)])
def test_counts_whose_products_may_pass_64_bits_are_pythons(nonmated: int, exact: type) -> None:
    """Four times the pairs of one mated score with 2^60 nonmated ones is 2^62."""
    none = np.zeros(1, dtype=np.int64)
    s = SortedScores(
        mated=np.array([0.9]),
        nonmated=np.array([0.95]),
        nonmated_total=nonmated,
        floor=0.5,
        rest=Rest(count=nonmated - 1, at=np.array([0.9]), below=none + nonmated - 1, up_to=none + nonmated - 1),
    )
    false_matches, false_non_matches = corners(s)
    assert false_matches.dtype == false_non_matches.dtype == exact
    assert (false_matches.tolist(), false_non_matches.tolist()) == ([1], [0])


def test_no_scores_of_any_type_are_no_scores() -> None:
    nothing = np.array([], dtype=object)
    s = SortedScores.from_arrays(nothing, np.array([], dtype=str))
    assert (s.mated.tolist(), s.nonmated.tolist()) == ([], [])


def test_what_a_full_pass_counted_below_the_floor_enters_as_if_it_had_been_kept() -> None:
    mated, nonmated = [0.2, 0.4, 0.4, 0.7, 0.9], [0.1, 0.2, 0.3, 0.4, 0.75, 0.8]
    cut, whole = above(0.6, mated, nonmated), SortedScores.from_arrays(mated, nonmated)
    assert auc(cut) == auc(whole) == Fraction(37, 60)  # 1.5, 3.5, 3.5, 4 and 6 of 6 won
    assert min_dcf(cut, Fraction(1, 3)) == min_dcf(whole, Fraction(1, 3))
    assert rocch_eer(cut) == rocch_eer(whole)
    assert d_prime(cut) == pytest.approx(d_prime(whole), rel=1e-12)
    variance = np.var(mated, ddof=1) + np.var(nonmated, ddof=1)
    assert d_prime(whole) == pytest.approx((np.mean(mated) - np.mean(nonmated)) / np.sqrt(variance / 2), rel=1e-12)


@pytest.mark.parametrize(
    ("mated", "nonmated", "threshold", "rejected"),
    [
        ([0.1, 0.2], [0.5, 0.6], REJECT_ALL, 2),
        ([0.1, 0.55], [0.5, 0.5], 0.55, 1),
        ([0.55, 0.7], [0.5, 0.5], 0.55, 0),
    ],
)
def test_without_a_false_match_above_the_floor_the_lowest_mated_score_above_all_others_is_sought_below_it(
    mated: list[float], nonmated: list[float], threshold: float | str, rejected: int
) -> None:
    point = zero_fmr(above(0.9, mated, nonmated))
    assert (point.threshold, point.fmr, point.fnmr) == (threshold, Proportion(0, 2), Proportion(rejected, 2))
    assert (point.beyond, point.labels) == (None, ("extreme_value",))
