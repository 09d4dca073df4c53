"""Laws that hold for any scores, checked on random ones: tied integers, and floats with infinities and subnormals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.findings import REJECT_ALL, Proportion, Threshold
from fr_bench.metrics.curves import curves, trade
from fr_bench.metrics.discrimination import auc, d_prime, min_dcf
from fr_bench.metrics.equal_error import eer, rocch_eer
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.verification import OperatingPoint, fmr, fmr_at_fnmr, fnmr, fnmr_at_fmr, zero_fmr, zero_fnmr
from fr_bench.records import Rest, Scores, ScoreSet
from tests import oracles

T = TypeVar("T")

TIED = st.integers(-4, 4).map(float)
FLOATS = st.one_of(
    st.floats(allow_nan=False),
    st.sampled_from([float("inf"), float("-inf"), 5e-324, -5e-324, 0.0, -0.0, 0.1, 0.3, 0.1 + 0.2, 1e300]),
)
CLASS = st.one_of(st.lists(TIED, min_size=1, max_size=12), st.lists(FLOATS, min_size=1, max_size=8))
TARGET = st.fractions(min_value=Fraction(1, 60), max_value=Fraction(59, 60), max_denominator=60)
FINITE = st.lists(st.integers(-6, 6).map(float), min_size=1, max_size=12)


def of(mated: Sequence[float], nonmated: Sequence[float]) -> SortedScores:
    return SortedScores.from_arrays(np.array(mated, dtype=float), np.array(nonmated, dtype=float))


def exact(counts: Proportion) -> Fraction:
    return Fraction(counts.errors, counts.trials)


def answer(question: Callable[[], T]) -> T | None:
    """What a measure answers, or None where it says that it cannot."""
    try:
        return question()
    except NotMeasurable:
        return None


def rates(point: OperatingPoint | None) -> tuple[Threshold, Fraction, Fraction] | None:
    return None if point is None else (point.threshold, exact(point.fmr), exact(point.fnmr))


def everything(mated: Sequence[float], nonmated: Sequence[float]) -> list[object]:
    """All point values, without thresholds."""
    s, found = of(mated, nonmated), []
    for x in (Fraction(1, 7), Fraction(1, 3), Fraction(9, 10)):
        for point in (answer(partial(fnmr_at_fmr, s, x)), answer(partial(fmr_at_fnmr, s, x))):
            found.append(None if point is None else (exact(point.fmr), exact(point.fnmr)))
    zeros = exact(zero_fmr(s).fnmr), exact(zero_fnmr(s).fmr)
    return [*found, *zeros, eer(s).low, eer(s).high, rocch_eer(s), auc(s), min_dcf(s, Fraction(1, 3))[0]]


# Agreement with the slow answers


@given(CLASS, CLASS)
def test_rates_at_every_candidate_agree_with_the_oracle(mated: list[float], nonmated: list[float]) -> None:
    s = of(mated, nonmated)
    for t in oracles.candidates(mated, nonmated):
        assert exact(fmr(s, t)) == oracles.fmr(nonmated, t)
        assert exact(fnmr(s, t)) == oracles.fnmr(mated, t)


@given(CLASS, CLASS, TARGET)
def test_fnmr_at_fmr_agrees_with_the_oracle(mated: list[float], nonmated: list[float], x: Fraction) -> None:
    found = answer(lambda: fnmr_at_fmr(of(mated, nonmated), x))
    assert rates(found) == oracles.fnmr_at_fmr(mated, nonmated, x)


@given(CLASS, CLASS, TARGET)
def test_fmr_at_fnmr_agrees_with_the_oracle(mated: list[float], nonmated: list[float], x: Fraction) -> None:
    found = answer(lambda: fmr_at_fnmr(of(mated, nonmated), x))
    assert rates(found) == oracles.fmr_at_fnmr(mated, nonmated, x)


@given(CLASS, CLASS)
def test_extreme_values_agree_with_the_oracle(mated: list[float], nonmated: list[float]) -> None:
    s = of(mated, nonmated)
    assert (zero_fmr(s).threshold, exact(zero_fmr(s).fnmr)) == oracles.zero_fmr(mated, nonmated)
    assert (zero_fnmr(s).threshold, exact(zero_fnmr(s).fmr)) == oracles.zero_fnmr(mated, nonmated)


@given(CLASS, CLASS)
def test_eer_agrees_with_the_oracle(mated: list[float], nonmated: list[float]) -> None:
    found = eer(of(mated, nonmated))
    assert (found.low, found.high, found.threshold) == oracles.eer(mated, nonmated)


@given(CLASS, CLASS)
def test_rocch_eer_agrees_with_the_oracle(mated: list[float], nonmated: list[float]) -> None:
    assert rocch_eer(of(mated, nonmated)) == oracles.rocch_eer(mated, nonmated)


@given(CLASS, CLASS)
def test_auc_by_pairs_is_the_area_under_the_candidates(mated: list[float], nonmated: list[float]) -> None:  # P11
    found = auc(of(mated, nonmated))
    assert found == oracles.auc(mated, nonmated) == oracles.auc_by_trapezoids(mated, nonmated)


@given(CLASS, CLASS, TARGET)
def test_min_dcf_is_the_least_cost_and_attained(mated: list[float], nonmated: list[float], p: Fraction) -> None:  # P12
    least, threshold = min_dcf(of(mated, nonmated), p)
    assert 0 <= least <= 1
    assert least == oracles.min_dcf(mated, nonmated, p) == oracles.dcf(mated, nonmated, p, threshold)


@given(FINITE, FINITE)
def test_d_prime_agrees_with_the_oracle(mated: list[float], nonmated: list[float]) -> None:
    found = answer(lambda: d_prime(of(mated, nonmated)))
    try:
        squared = oracles.d_prime_squared(mated, nonmated)
    except ZeroDivisionError:
        assert found is None
        return
    assert found is not None
    assert found * abs(found) == pytest.approx(float(squared), rel=1e-12, abs=1e-15)


# Laws


@given(CLASS, CLASS)
def test_a_strictly_increasing_map_changes_no_rate(mated: list[float], nonmated: list[float]) -> None:  # P1
    rank = {s: float(k) for k, s in enumerate(sorted({*mated, *nonmated}))}
    assert everything([rank[s] for s in mated], [rank[s] for s in nonmated]) == everything(mated, nonmated)


@given(CLASS, CLASS, TARGET)
def test_a_strictly_increasing_map_takes_thresholds_along(
    mated: list[float], nonmated: list[float], x: Fraction
) -> None:  # P1
    rank: dict[Threshold, Threshold] = {s: float(k) for k, s in enumerate(sorted({*mated, *nonmated}))}
    rank[REJECT_ALL] = REJECT_ALL
    plain, mapped = of(mated, nonmated), of([rank[s] for s in mated], [rank[s] for s in nonmated])  # type: ignore[misc]
    assert eer(mapped).threshold == rank[eer(plain).threshold]
    assert zero_fmr(mapped).threshold == rank[zero_fmr(plain).threshold]
    assert zero_fnmr(mapped).threshold == rank[zero_fnmr(plain).threshold]
    assert min_dcf(mapped, x)[1] == rank[min_dcf(plain, x)[1]]
    for chosen in (fnmr_at_fmr, fmr_at_fnmr):
        here, there = answer(partial(chosen, plain, x)), answer(partial(chosen, mapped, x))
        assert (here is None) == (there is None)
        assert here is None or there is None or there.threshold == rank[here.threshold]


@given(st.lists(TIED, min_size=1), st.lists(TIED, min_size=1), st.integers(-30, 30))
def test_a_power_of_two_maps_the_threshold_too(mated: list[float], nonmated: list[float], k: int) -> None:  # P1
    scaled = eer(of([s * 2.0**k for s in mated], [s * 2.0**k for s in nonmated])).threshold
    plain = eer(of(mated, nonmated)).threshold
    assert scaled == (plain if plain == REJECT_ALL else plain * 2.0**k)


@given(FINITE, FINITE)
def test_swapped_and_negated_classes_exchange_the_rates(mated: list[float], nonmated: list[float]) -> None:  # P3
    s, mirror = of(mated, nonmated), of([-x for x in nonmated], [-x for x in mated])
    between = [t + 0.5 for t in range(-7, 7)]  # equal to no score: the weak and the strict side agree
    assert [exact(fmr(s, t)) for t in between] == [exact(fnmr(mirror, -t)) for t in between]
    assert auc(mirror) == auc(s)
    assert rocch_eer(mirror) == rocch_eer(s)


@given(CLASS, CLASS)
def test_swapped_classes_turn_the_auc_round(mated: list[float], nonmated: list[float]) -> None:  # P3
    assert auc(of(nonmated, mated)) == 1 - auc(of(mated, nonmated))


@given(CLASS, CLASS, st.integers(2, 4))
def test_repeating_every_comparison_changes_no_value(mated: list[float], nonmated: list[float], k: int) -> None:  # P4
    once, again = everything(mated, nonmated), everything(mated * k, nonmated * k)
    assert all(first in (None, second) for first, second in zip(once, again, strict=True))


@given(CLASS, CLASS, st.randoms(use_true_random=False))
def test_order_of_comparisons_is_irrelevant(mated: list[float], nonmated: list[float], random: object) -> None:  # P5
    shuffled = sorted(mated, key=lambda _: random.random()), sorted(nonmated, key=lambda _: random.random())  # type: ignore[attr-defined]
    one, other = of(mated, nonmated), of(*shuffled)
    assert curves(one) == curves(other)
    assert answer(lambda: d_prime(one)) == answer(lambda: d_prime(other))


@given(CLASS, CLASS)
def test_fmr_falls_and_fnmr_rises_in_the_threshold(mated: list[float], nonmated: list[float]) -> None:  # P8
    s, ts = of(mated, nonmated), oracles.candidates(mated, nonmated)
    falling, rising = [fmr(s, t).errors for t in ts], [fnmr(s, t).errors for t in ts]
    assert falling == sorted(falling, reverse=True)
    assert rising == sorted(rising)
    assert (falling[0], rising[0]) == (len(nonmated), 0)
    assert (falling[-1], rising[-1]) == (0, len(mated))


@given(CLASS, CLASS, TARGET, TARGET)
def test_a_looser_target_costs_no_more(
    mated: list[float], nonmated: list[float], x: Fraction, y: Fraction
) -> None:  # P9
    tight, loose = (answer(partial(fnmr_at_fmr, of(mated, nonmated), t)) for t in sorted((x, y)))
    assert tight is None or (loose is not None and exact(loose.fnmr) <= exact(tight.fnmr))


@given(CLASS, CLASS, TARGET)
def test_the_target_holds_and_one_candidate_lower_breaks_it(
    mated: list[float], nonmated: list[float], x: Fraction
) -> None:  # P9
    point = answer(lambda: fnmr_at_fmr(of(mated, nonmated), x))
    if point is not None:
        ts = oracles.candidates(mated, nonmated)
        assert point.beyond is not None
        assert exact(point.fmr) <= x < exact(point.beyond)
        assert exact(point.beyond) == oracles.fmr(nonmated, ts[ts.index(point.threshold) - 1])


@given(CLASS, CLASS, TARGET)
def test_the_mirror_target_holds_and_one_candidate_higher_breaks_it(
    mated: list[float], nonmated: list[float], x: Fraction
) -> None:
    point = answer(lambda: fmr_at_fnmr(of(mated, nonmated), x))
    if point is not None:
        ts = oracles.candidates(mated, nonmated)
        assert point.beyond is not None
        assert exact(point.fnmr) <= x < exact(point.beyond)
        assert exact(point.beyond) == oracles.fnmr(mated, ts[ts.index(point.threshold) + 1])


@given(CLASS, CLASS)
def test_equal_error_rates_keep_their_bounds(mated: list[float], nonmated: list[float]) -> None:  # P10
    s = of(mated, nonmated)
    found, hull = eer(s), rocch_eer(s)
    assert found.low <= found.mean <= found.high
    assert 0 <= hull <= Fraction(1, 2)
    assert all(hull <= max(exact(fmr(s, t)), exact(fnmr(s, t))) for t in oracles.candidates(mated, nonmated))
    assert 0 <= auc(s) <= 1
    assert (auc(s) == 1) == (min(mated) > max(nonmated))
    assert auc(s) != 1 or found.mean == 0


@given(CLASS, CLASS)
def test_the_hull_lies_below_the_chord_over_the_crossing(mated: list[float], nonmated: list[float]) -> None:  # P10
    points = [(oracles.fmr(nonmated, t), oracles.fnmr(mated, t)) for t in oracles.candidates(mated, nonmated)]
    last = [p for p in points if p[1] <= p[0]][-1]
    first = next(p for p in points if p[1] >= p[0])
    assert rocch_eer(of(mated, nonmated)) <= oracles.meeting(first, last)


@given(CLASS, CLASS, TARGET)
def test_the_least_cost_is_no_more_than_that_of_any_candidate(
    mated: list[float], nonmated: list[float], p: Fraction
) -> None:  # P12
    least, _ = min_dcf(of(mated, nonmated), p)
    assert all(least <= oracles.dcf(mated, nonmated, p, t) for t in oracles.candidates(mated, nonmated))


@given(CLASS, st.lists(CLASS, min_size=2, max_size=3))
def test_nonmated_scores_counted_in_parts_add_up(mated: list[float], parts: list[list[float]]) -> None:  # P7
    whole, pieces = of(mated, [s for part in parts for s in part]), [of(mated, part) for part in parts]
    assert sum(auc(piece) * piece.nonmated_total for piece in pieces) == auc(whole) * whole.nonmated_total
    for t in oracles.candidates(mated, []):
        assert sum(fmr(piece, t).errors for piece in pieces) == fmr(whole, t).errors


@given(CLASS, CLASS, st.integers(2, 4))
def test_only_more_comparisons_make_a_target_measurable(
    mated: list[float], nonmated: list[float], k: int
) -> None:  # P4
    x = Fraction(1, 2 * len(nonmated))
    assert answer(lambda: fnmr_at_fmr(of(mated, nonmated), x)) is None
    assert answer(lambda: fnmr_at_fmr(of(mated * k, nonmated * k), x)) is not None


@given(FINITE, FINITE, TARGET)
def test_a_mated_score_above_all_others_does_not_raise_fnmr(
    mated: list[float], nonmated: list[float], x: Fraction
) -> None:  # P14
    before, after = (answer(partial(fnmr_at_fmr, of(m, nonmated), x)) for m in (mated, [*mated, 99.0]))
    assert before is None or (after is not None and exact(after.fnmr) <= exact(before.fnmr))


@given(FINITE, FINITE)
def test_a_nonmated_score_below_all_others_does_not_raise_fmr(mated: list[float], nonmated: list[float]) -> None:  # P14
    for t in sorted({*mated, *nonmated}):
        assert exact(fmr(of(mated, [*nonmated, -99.0]), t)) <= exact(fmr(of(mated, nonmated), t))


@given(FINITE, FINITE, st.integers(-64, 64).map(lambda k: k / 8))
def test_a_dyadic_shift_changes_no_decision(mated: list[float], nonmated: list[float], shift: float) -> None:  # P15
    moved = [s + shift for s in mated], [s + shift for s in nonmated]
    assert everything(*moved) == everything(mated, nonmated)


@given(CLASS, CLASS)
def test_every_point_of_a_curve_is_attained(mated: list[float], nonmated: list[float]) -> None:
    (curve,) = curves(of(mated, nonmated))
    for x, y, t in zip(curve.fmr, curve.fnmr, curve.thresholds, strict=True):
        assert (x, y) == (float(oracles.fmr(nonmated, t)), float(oracles.fnmr(mated, t)))
    assert (curve.fmr[0], curve.fnmr[0]) == (1.0, 0.0)
    assert (curve.fmr[-1], curve.fnmr[-1], curve.thresholds[-1]) == (0.0, 1.0, REJECT_ALL)
    assert set(curve.thresholds) <= set(oracles.candidates(mated, nonmated))


@given(CLASS, CLASS)
def test_the_steps_are_the_rates_at_the_mated_scores(mated: list[float], nonmated: list[float]) -> None:
    steps = trade(of(mated, nonmated))
    ts = sorted(set(mated))
    assert steps.thresholds.tolist() == ts
    assert steps.false_matches.tolist() == [oracles.false_matches(nonmated, t) for t in ts]
    assert steps.false_non_matches.tolist() == [oracles.false_non_matches(mated, t) for t in ts]


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1), st.floats(allow_nan=False))
def test_float32_scores_decide_as_their_exact_values_do(scores: list[float], threshold: float) -> None:
    s = SortedScores.from_arrays(np.array(scores, np.float32), np.array(scores, np.float32))
    assert s.mated.dtype == np.float32
    assert fmr(s, threshold).errors == oracles.false_matches(scores, threshold)
    assert fnmr(s, threshold).errors == oracles.false_non_matches(scores, threshold)


# Below the floor: the same answer, or none


def floored(mated: Sequence[float], nonmated: Sequence[float], floor: float, *, full: bool) -> SortedScores:
    """As a run keeps them: nonmated scores below the floor are counted only, in a full pass beside each mated score."""
    kept, rest = [s for s in nonmated if s >= floor], [s for s in nonmated if s < floor]
    at = sorted(set(mated))
    beside = {
        "at": np.array(at),
        "below": np.array([sum(s < t for s in rest) for t in at], dtype=np.int64),
        "up_to": np.array([sum(s <= t for s in rest) for t in at], dtype=np.int64),
        "sum": float(sum(rest)) if np.isfinite(rest).all() else -np.inf,
        "squares": float(sum(s * s for s in rest)) if np.isfinite(rest).all() else np.inf,
    }
    return SortedScores.of(
        ScoreSet(
            mated=Scores(values=np.array(mated, dtype=float)),
            nonmated=Scores(values=np.array(kept, dtype=float)),
            mated_planned=len(mated),
            nonmated_planned=len(nonmated),
            floor=floor,
            rest=Rest(count=len(rest), **(beside if full else {})),  # type: ignore[arg-type]
        )
    )


FLOORED = st.lists(st.one_of(TIED, st.sampled_from([float("-inf"), float("inf")])), min_size=1, max_size=12)
QUESTIONS: dict[str, Callable[[SortedScores], object]] = {
    "tight": lambda s: rates(fnmr_at_fmr(s, Fraction(1, 8))),
    "loose": lambda s: rates(fnmr_at_fmr(s, Fraction(3, 4))),
    "fmr_at_fnmr": lambda s: rates(fmr_at_fnmr(s, Fraction(1, 3))),
    "zero_fmr": lambda s: rates(zero_fmr(s)),
    "zero_fnmr": lambda s: rates(zero_fnmr(s)),
    "eer": lambda s: (eer(s).threshold, eer(s).low, eer(s).high),
    "rocch_eer": rocch_eer,
    "auc": auc,
    "min_dcf": lambda s: min_dcf(s, Fraction(1, 3)),
    "fmr": lambda s: fmr(s, 0.5),
    "fmr at a score": lambda s: fmr(s, -1.0),
}
FULL_PASS_SUFFICES = ("fmr_at_fnmr", "zero_fnmr", "rocch_eer", "auc", "min_dcf")


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("question", QUESTIONS)
@given(mated=FLOORED, nonmated=FLOORED, floor=st.integers(-4, 5).map(float))
def test_a_floor_never_changes_an_answer(
    question: str, full: bool, mated: list[float], nonmated: list[float], floor: float
) -> None:
    ask = QUESTIONS[question]
    expected = reply(ask, of(mated, nonmated))
    found = reply(ask, floored(mated, nonmated, floor, full=full))
    if found == "below_floor":
        assert not full or question not in FULL_PASS_SUFFICES
    else:
        assert found == expected


def reply(ask: Callable[[SortedScores], object], scores: SortedScores) -> object:
    """The answer, or the code of the reason why there is none."""
    try:
        return ask(scores)
    except NotMeasurable as missing:
        return missing.code


@given(mated=FINITE, nonmated=FINITE, floor=st.integers(-6, 7).map(float))
def test_a_full_pass_gives_the_same_d_prime(mated: list[float], nonmated: list[float], floor: float) -> None:
    expected = answer(lambda: d_prime(of(mated, nonmated)))
    found = answer(lambda: d_prime(floored(mated, nonmated, floor, full=True)))
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-12, abs=1e-12))


@given(mated=FLOORED, nonmated=FLOORED, floor=st.integers(-4, 5).map(float), full=st.booleans())
def test_points_of_a_curve_with_a_floor_are_attained_too(
    mated: list[float], nonmated: list[float], floor: float, full: bool
) -> None:
    (curve,) = curves(floored(mated, nonmated, floor, full=full))
    for x, y, t in zip(curve.fmr, curve.fnmr, curve.thresholds, strict=True):
        assert (x, y) == (float(oracles.fmr(nonmated, t)), float(oracles.fnmr(mated, t)))
