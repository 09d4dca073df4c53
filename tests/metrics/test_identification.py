"""Measures of 1:N search against slow answers by fractions, and what they say where they cannot be measured."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fr_bench.contracts import Counted
from fr_bench.errors import UsageError
from fr_bench.findings import REJECT_ALL, Proportion
from fr_bench.known_measures import kinds, resolve
from fr_bench.measuring import measure
from fr_bench.metrics import identification as found
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.records import Rest, Scores, ScoreSet
from tests.metrics.searching import (
    One,
    score_set,
    searches_of,
    slow_fnir,
    slow_fnir_at_fpir,
    slow_fpir,
    slow_rank,
)

levels = st.integers(-2, 4).map(float)
others = st.lists(levels, max_size=6)
mated = st.tuples(st.just(True), st.lists(levels, max_size=3), others)
nonmated = st.tuples(st.just(False), st.just([]), others)
both = st.tuples(st.lists(mated, min_size=1, max_size=8), st.lists(nonmated, min_size=1, max_size=8)).map(
    lambda parts: [*parts[0], *parts[1]]
)


def measured(scores: ScoreSet, text: str):
    asked, kind = resolve(text)
    answer = kind.compute(scores, asked)
    if not isinstance(answer, Counted):
        return answer
    counts, told = answer.measurement.counts, answer.measurement.details
    own = (told["candidates"], told["searches"]) if counts is None else (counts.errors, counts.trials)
    assert (int(answer.errors.sum()), int(answer.trials.sum())) == own
    assert (answer.unit, answer.labels) == ("probe subject", ("fixed_gallery",))
    return answer.measurement


@settings(max_examples=150, deadline=None)
@given(rows=both, threshold=levels, rank=st.integers(1, 5))
def test_rates_are_those_of_the_definitions(rows: list[One], threshold: float, rank: int) -> None:
    searches = searches_of(rows)
    assert found.fnir(searches, threshold, rank).fraction == slow_fnir(rows, threshold, rank)
    assert found.fpir(searches, threshold).fraction == slow_fpir(rows, threshold)
    ranks = [slow_rank(mates, others) for mated, mates, others in rows if mated]
    assert found.tpir(searches, rank).fraction == Fraction(sum(r <= rank for r in ranks), len(ranks))
    returned = sum(s >= threshold for mated, _, others in rows if not mated for s in others)
    assert found.candidates(score_set(rows), searches, threshold) == returned


@settings(max_examples=150, deadline=None)
@given(rows=both, target=st.fractions(Fraction(1, 20), Fraction(19, 20)), rank=st.integers(1, 4))
def test_fnir_at_fpir_is_that_of_the_first_threshold_that_holds(rows: list[One], target: Fraction, rank: int) -> None:
    searches = searches_of(rows)
    if int(target * sum(not mated for mated, _, _ in rows)) == 0:
        with pytest.raises(NotMeasurable, match="allows no false positive among"):
            found.fnir_at_fpir(searches, target, rank)
        return
    point = found.fnir_at_fpir(searches, target, rank)
    threshold, fnir = slow_fnir_at_fpir(rows, target, rank)
    assert point.fnir.fraction == fnir
    assert point.fpir.fraction == slow_fpir(rows, threshold)
    assert point.fpir.fraction <= target
    assert point.beyond is None or point.beyond.fraction > target


@settings(max_examples=100, deadline=None)
@given(rows=both, threshold=levels)
def test_the_cmc_never_falls_and_what_is_not_missed_is_found(rows: list[One], threshold: float) -> None:
    """P13 of the properties of measures."""
    searches = searches_of(rows)
    curve = [point.fraction for point in found.cmc(searches, 8)]
    assert curve == sorted(curve)
    assert curve[-1] <= 1
    for rank in (1, 3):
        kept = sum(slow_rank(m, o) <= rank and max(m) >= threshold for is_mated, m, o in rows if is_mated and m)
        share = Fraction(kept, sum(is_mated for is_mated, _, _ in rows))
        assert found.fnir(searches, threshold, rank).fraction + share == 1
    lowest = found.fnir(searches, float("-inf"), 8).fraction
    assert lowest == 1 - found.tpir(searches, 8).fraction


@settings(max_examples=60, deadline=None)
@given(rows=both, rank=st.integers(1, 3))
def test_rates_move_one_way_with_the_threshold(rows: list[One], rank: int) -> None:
    searches = searches_of(rows)
    thresholds = [float("-inf"), *(float(t) for t in range(-2, 5)), REJECT_ALL]
    fnir = [found.fnir(searches, t, rank).rate for t in thresholds]
    fpir = [found.fpir(searches, t).rate for t in thresholds]
    assert fnir == sorted(fnir)
    assert fpir == sorted(fpir, reverse=True)
    assert (fnir[-1], fpir[-1]) == (1.0, 0.0)


def test_a_score_equal_to_the_threshold_is_returned_also_in_another_precision() -> None:
    rows = [(True, [0.1], [0.05]), (False, [], [0.1])]
    searches = searches_of(rows, dtype=np.float32)
    exact = float(np.float32(0.1))
    assert found.fpir(searches, exact).rate == 1
    assert found.fnir(searches, exact, 1).rate == 0
    # 0.1 in binary64 lies below the float32 score, the next number above it does not.
    assert found.fpir(searches, 0.1).rate == 1
    assert found.fpir(searches, np.nextafter(exact, 1)).rate == 0


def test_ties_with_the_mate_count_against_it_and_the_other_way_is_told() -> None:
    scores = score_set([(True, [0.5], [0.5, 0.2]), (True, [0.6], [0.5]), (False, [], [0.1])])
    first = measured(scores, "TPIR@rank=1")
    assert first.value == 0.5
    assert first.details["optimistic"] == 1.0
    assert "optimistic" not in measured(scores, "TPIR@rank=2").details


def test_there_is_no_rank_before_the_first() -> None:
    searches = searches_of([(True, [0.9], [0.1])])
    assert found.tpir(searches, 1).rate == 1
    with pytest.raises(ValueError, match="rank 0"):
        found.tpir(searches, 0)
    with pytest.raises(ValueError, match="rank 0"):
        found.fnir(searches, 0.5, 0)


def test_failures_stay_in_the_denominators() -> None:
    rows = [(True, [0.9], [0.1]), (True, [], []), (False, [], [0.95]), (False, [], [])]
    scores = score_set(rows, failed=[1, 3])
    assert measured(scores, "TPIR@rank=1").counts.trials == 2
    assert measured(scores, "FNIR@threshold=-inf,rank=5").value == 0.5
    assert measured(scores, "FPIR@threshold=-inf").value == 0.5


def test_errors_are_counted_by_the_subject_of_the_probe() -> None:
    rows = [(True, [0.9], [0.1]), (True, [0.1], [0.9]), (True, [0.2], [0.9]), (False, [], [0.5])]
    scores = score_set(rows, subjects=["a", "b", "b", "a"])
    asked, kind = resolve("FNIR@threshold=0.5,rank=1")
    counted = kind.compute(scores, asked)
    assert counted.errors.tolist() == [0, 2]
    assert counted.trials.tolist() == [1, 2]


def test_fnir_at_fpir_says_how_firmly_its_threshold_is_held() -> None:
    rows = [(True, [k / 100], [0.0]) for k in range(100)] + [(False, [], [k / 100]) for k in range(100)]
    weak = measured(score_set(rows), "FNIR@FPIR=0.05,rank=1")
    assert "weak_target" in weak.labels
    assert weak.details["allowed"] == 5
    assert (weak.threshold, weak.at.errors) == (0.95, 5)
    assert weak.details["fpir_one_candidate_lower"] == 0.06
    assert "weak_target" not in measured(score_set(rows), "FNIR@FPIR=0.2,rank=1").labels


def test_a_mate_that_was_not_returned_is_no_candidate_for_the_threshold() -> None:
    rows = [(True, [0.5], [0.1]), (True, [], [0.2]), (False, [], [0.3]), (False, [], [])]
    point = found.fnir_at_fpir(searches_of(rows), Fraction(1, 2), 1)
    assert (point.threshold, point.fnir.fraction, point.fpir.fraction) == (0.1, Fraction(1, 2), Fraction(1, 2))


def test_tied_nonmated_searches_can_force_reject_all() -> None:
    rows = [(True, [0.5], [0.1]), (False, [], [0.9]), (False, [], [0.9]), (False, [], [0.9])]
    point = measured(score_set(rows), "FNIR@FPIR=0.5,rank=1")
    assert (point.value, point.threshold, point.details["note"]) == (1.0, REJECT_ALL, "threshold_is_reject_all")


@pytest.mark.parametrize(
    ("text", "rows", "code"),
    [
        ("TPIR@rank=1", [(False, [], [0.1])], "no_mated_searches"),
        ("FNIR@threshold=0.1,rank=1", [(False, [], [0.1])], "no_mated_searches"),
        ("FNIR@FPIR=0.1,rank=1", [(False, [], [0.1])] * 20, "no_mated_searches"),
        ("FPIR@threshold=0.1", [(True, [0.1], [0.1])], "no_nonmated_searches"),
        ("FNIR@FPIR=0.1,rank=1", [(True, [0.1], [0.1])], "no_nonmated_searches"),
        ("selectivity@threshold=0.1", [(True, [0.1], [0.1])], "no_nonmated_searches"),
        ("FNIR@FPIR=1e-2,rank=1", [(True, [0.1], [0.1]), (False, [], [0.1])], "not_measurable"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(text: str, rows: list[One], code: str) -> None:
    with pytest.raises(NotMeasurable) as missing:
        measured(score_set(rows), text)
    assert missing.value.code == code


def test_without_searches_no_measure_of_them_is_measurable() -> None:
    scores = ScoreSet(
        mated=score_set([]).mated, nonmated=score_set([]).nonmated, mated_planned=0, nonmated_planned=0
    )  # fmt: skip
    for kind in kinds():
        if kind.needs == "searches":
            with pytest.raises(NotMeasurable, match="plan 'search'"):
                measured(scores, kind.example)


def test_selectivity_counts_candidates_that_were_not_kept_apart_from_the_scores() -> None:
    rows = [(False, [], [k / 10 for k in range(9)]), (True, [0.5], [0.9]), (False, [], [0.1])]
    scores = score_set(rows, keep=3)
    assert measured(scores, "selectivity@threshold=0.65").value == 1.0
    low = measured(scores, "selectivity@threshold=0.05")
    assert (low.value, low.details["candidates"], low.details["searches"]) == (4.5, 9, 2)


def test_selectivity_has_an_interval_by_probe_subject_for_this_gallery() -> None:
    rows = [(True, [0.5], [0.9]), *((False, [], [0.1 * (k % 3), 0.2 * (k % 4)]) for k in range(24))]
    some, none, all_of_them = measure(score_set(rows), [f"selectivity@threshold={t}" for t in (0.15, 5.0, -1.0)])
    assert some.interval is not None
    assert some.value is not None
    assert 0 < some.interval.low < some.value < some.interval.high
    assert (some.interval.method, some.interval.unit) == ("poisson-exact", "probe subject")
    assert {"fixed_gallery", "subjects_as_unit"} <= set(some.labels)
    assert none.interval is not None
    assert (none.value, none.interval.low) == (0.0, 0.0)
    assert none.interval.high > 0
    assert {"fixed_gallery", "no_errors"} <= set(none.labels)
    assert all_of_them.interval is not None
    assert all_of_them.interval.high <= all_of_them.details["gallery"]


def test_selectivity_is_not_guessed_where_scores_of_its_height_were_not_kept() -> None:
    scores = score_set([(False, [], [k / 10 for k in range(9)])], keep=3)
    kept = scores.nonmated.values >= 0.5
    tail = Scores(
        values=scores.nonmated.values[kept],
        probe=scores.nonmated.probe[kept],
        reference=scores.nonmated.reference[kept],
    )
    tailed = replace(scores, nonmated=tail, floor=0.5, rest=Rest(count=int((~kept).sum())))
    assert measured(tailed, "selectivity@threshold=0.5").value == 4.0
    with pytest.raises(NotMeasurable) as missing:
        measured(tailed, "selectivity@threshold=0.45")
    assert missing.value.code == "below_floor"


@pytest.mark.parametrize(
    "text", ["TPIR@rank=0", "TPIR@rank=1.5", "FNIR@FPIR=0,rank=1", "FNIR@FPIR=1,rank=1", "FNIR@threshold=x,rank=1"]
)
def test_a_bad_parameter_is_refused_before_anything_is_computed(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        resolve(text)
    assert refused.value.code == "bad_target"


def test_a_missing_rank_is_named() -> None:
    with pytest.raises(UsageError, match="FNIR is written FNIR@FPIR=1e-2,rank=1 or FNIR@threshold"):
        resolve("FNIR@FPIR=1e-2")


@pytest.mark.parametrize("target", [Fraction(0), Fraction(1), Fraction(-1, 2), Fraction(3, 2)])
def test_a_target_of_nothing_or_of_every_search_is_a_callers_bug(target: Fraction) -> None:
    with pytest.raises(ValueError, match="does not lie between 0 and 1"):
        found.fnir_at_fpir(searches_of([(True, [0.5], [0.1]), (False, [], [0.3])]), target, 1)


@pytest.mark.parametrize(("tied", "coarse"), [(2, False), (3, True)])
def test_a_search_is_coarse_only_if_a_step_passes_twice_the_target(tied: int, coarse: bool) -> None:
    rows: list[One] = [(True, [0.9], [0.1]), *[(False, [], [0.5])] * tied, *[(False, [], [0.0])] * (10 - tied)]
    point = found.fnir_at_fpir(searches_of(rows), Fraction(1, 10), 1)
    assert point.beyond == Proportion(tied, 10)
    assert ("coarse_scores" in point.labels) is coarse


@pytest.mark.parametrize(("nonmated", "weak"), [(99, True), (100, False)])
def test_ten_searches_hold_a_threshold(nonmated: int, weak: bool) -> None:
    rows: list[One] = [(True, [200.0], [0.0]), *((False, [], [float(k)]) for k in range(nonmated))]
    assert ("weak_target" in found.fnir_at_fpir(searches_of(rows), Fraction(1, 10), 1).labels) is weak


def test_searches_that_keep_the_whole_gallery_need_no_other_score() -> None:
    """Two identities, two candidates kept of each search: nothing lies beyond them."""
    rows: list[One] = [(False, [], [0.5, 0.6]), (False, [], [0.2, 0.7])]
    bare = replace(score_set(rows), nonmated=Scores(values=np.zeros(0)), floor=0.9, rest=Rest(count=4))
    assert found.candidates(bare, searches_of(rows), 0.5) == 3
    assert found.candidates(bare, searches_of(rows), 0.1) == 4


@pytest.mark.parametrize("missing", ["probe", "reference"])
def test_selectivity_needs_both_sides_of_the_comparisons(missing: str) -> None:
    scores = score_set([(False, [], [k / 10 for k in range(9)])], keep=3)
    assert scores.searches is not None
    with pytest.raises(NotMeasurable) as unknown:
        found.candidates(replace(scores, nonmated=replace(scores.nonmated, **{missing: None})), scores.searches, 0.1)
    assert unknown.value.code == "below_floor"


def test_nonmated_searches_are_counted_by_the_subject_of_their_own_probe() -> None:
    rows: list[One] = [(True, [0.5], [0.1]), (True, [0.5], [0.1]), (False, [], [0.9]), (False, [], [0.1])]
    asked, kind = resolve("FPIR@threshold=0.5")
    counted = kind.compute(score_set(rows, ["anna", "anna", "boris", "chen"]), asked)
    assert (counted.errors.tolist(), counted.trials.tolist()) == ([1, 0], [1, 1])


def test_corners_of_the_trade_off_of_searches_by_hand() -> None:
    """Best others of nonmated searches 0.3, 0.7 and none; one mate of two stands at rank 1, with 0.5."""
    rows: list[One] = [(True, [0.5], [0.1]), (True, [0.9], [0.95])]
    rows += [(False, [], [0.3, 0.2]), (False, [], [0.1, 0.7]), (False, [], [])]
    returned, missed = found.trade(searches_of(rows), 1)
    assert (returned.tolist(), missed.tolist()) == ([2, 1, 0], [1, 1, 2])
    assert found.trade(searches_of(rows), 2)[1].tolist() == [0, 0, 1]


def test_candidates_of_several_searches_are_told_apart() -> None:
    """Four searches for strangers among three people: one has the second person, another the first."""
    rows: list[One] = [(False, [], line) for line in ([0.1, 0.9, 0.1], [0.1] * 3, [0.1] * 3, [0.9, 0.1, 0.1])]
    assert found.candidates(score_set(rows), searches_of(rows), 0.5) == 2


def test_reject_all_returns_nobody() -> None:
    rows: list[One] = [(True, [0.5], [0.1]), (False, [], [0.9])]
    searches = searches_of(rows)
    assert found.fpir(searches, REJECT_ALL) == Proportion(0, 1)
    assert found.fnir(searches, REJECT_ALL, 1) == Proportion(1, 1)
    assert found.candidates(score_set(rows), searches, REJECT_ALL) == 0


@settings(max_examples=100, deadline=None)
@given(rows=both, threshold=levels, rank=st.integers(1, 4))
def test_margins_say_how_far_a_search_is_from_an_error(rows: list[One], threshold: float, rank: int) -> None:
    searches = searches_of(rows)
    of_rank = found.margin_of_rank(searches, rank)
    if of_rank is None:
        assert rank > searches.nonmate.shape[1]
    else:
        assert ((of_rank > 0) == (found.ranks(searches) <= rank)).all()
    of_mate = found.margin_of_mate(searches, rank)
    assert ((of_mate < threshold) == found.missed(searches, threshold, rank)).all()
    assert ((-found.margin_of_stranger(searches) >= threshold) == found.returned(searches, threshold)).all()


def test_thirty_searches_nearest_to_an_error_lend_their_design_effect() -> None:
    assert found.nearest_to_fail(np.arange(29.0)) is None
    flags = found.nearest_to_fail(np.arange(50.0)[::-1])
    assert flags is not None
    assert flags.tolist() == [False] * 20 + [True] * 30
    tied = found.nearest_to_fail(np.zeros(40))
    assert tied is not None
    assert tied.all()


def searching_by_five(*, poor: int) -> ScoreSet:
    """40 people with five mated and five nonmated searches each; those of the first `poor` score low throughout.

    One single search fails: so few errors do not show that searches of one person depend on each other.
    """
    rows: list[One] = []
    for person in range(40):
        low = 2.0 if person < poor else 5.0
        rows += [(True, [-1.0 if person == k == 0 else low + 0.1 * k], [0.0]) for k in range(5)]
    for person in range(40):
        high = 1.0 if person < poor else -5.0
        rows += [(False, [], [3.0 if person == k == 0 else high + 0.1 * k]) for k in range(5)]
    scores = score_set(rows)
    assert scores.probes is not None
    names = tuple(f"{'mated' if k < 200 else 'stranger'}-{k % 200 // 5}" for k in range(400))
    return replace(scores, probes=replace(scores.probes, subjects=names))


@pytest.mark.parametrize("text", ["TPIR@rank=1", "FNIR@threshold=0.5,rank=1", "FPIR@threshold=2.5"])
def test_few_errors_of_searches_borrow_the_dependence_of_those_nearest_to_an_error(text: str) -> None:
    alike, poor = (measure(searching_by_five(poor=n), [text])[0] for n in (0, 6))
    for one in (alike, poor):
        assert one.counts is not None
        assert min(one.counts.errors, one.counts.trials - one.counts.errors) == 1
    assert "borrowed_design_effect" in poor.labels
    assert alike.interval is not None
    assert poor.interval is not None
    assert poor.interval.high - poor.interval.low > 1.5 * (alike.interval.high - alike.interval.low)


def test_the_interval_of_what_was_found_is_that_of_what_was_missed_turned_round() -> None:
    scores = searching_by_five(poor=6)
    tpir, fnir = measure(scores, ["TPIR@rank=1", "FNIR@threshold=-9,rank=1"])
    assert tpir.value == 1 - (fnir.value or 0)
    assert tpir.counts == Proportion(199, 200)
    assert "few_errors" in tpir.labels


def test_identities_beyond_those_kept_are_counted_once_for_each_search() -> None:
    """One candidate is kept of each search; at 0.5 the first returns identities 0 and 2, the second 0 and 1."""
    rows: list[One] = [(False, [], [0.9, 0.1, 0.8]), (False, [], [0.7, 0.9, 0.1]), (True, [0.9], [0.9, 0.9, 0.9])]
    scores = score_set(rows, keep=1)
    assert scores.searches is not None
    assert found.candidates(scores, scores.searches, 0.5) == 4
