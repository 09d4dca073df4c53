"""What is drawn and shown: histograms, curves, the worst comparisons, and notes on the scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.measuring import curves, distributions, score_notes, worst
from fr_bench.metrics.curves import curves as measured_curves
from fr_bench.metrics.scores import SortedScores
from fr_bench.records import Histogram, Party, Rest, Scores, ScoreSet

Row = tuple[str, str, float]


def score_set(mated: Sequence[float], nonmated: Sequence[float], **more: object) -> ScoreSet:
    return ScoreSet(
        mated=Scores(values=np.array(mated, dtype=float)),
        nonmated=Scores(values=np.array(nonmated, dtype=float)),
        mated_planned=len(mated),
        nonmated_planned=len(nonmated),
        **more,  # type: ignore[arg-type]
    )


def with_ids(mated: Sequence[Row], nonmated: Sequence[Row]) -> ScoreSet:
    ids = sorted({i for row in [*mated, *nonmated] for i in row[:2]})
    party = Party(ids=tuple(ids), subjects=tuple(i[0] for i in ids))

    def scores(rows: Sequence[Row]) -> Scores:
        return Scores(
            values=np.array([s for *_, s in rows], dtype=float),
            probe=np.array([ids.index(p) for p, *_ in rows], np.int32),
            reference=np.array([ids.index(r) for _, r, _ in rows], np.int32),
        )

    return ScoreSet(
        mated=scores(mated),
        nonmated=scores(nonmated),
        mated_planned=len(mated),
        nonmated_planned=len(nonmated),
        probes=party,
        references=party,
    )


def codes(scores: ScoreSet) -> list[str]:
    return [note.code for note in score_notes(scores)]


# Histograms

FLOATS = st.lists(st.floats(allow_nan=False), min_size=1, max_size=20)


@given(FLOATS, FLOATS, st.integers(1, 10))
def test_every_finite_score_lies_in_a_bin(mated: list[float], nonmated: list[float], bins: int) -> None:
    for found in distributions(score_set(mated, nonmated), bins):
        values = mated if found.mated else nonmated
        assert sum(found.counts) == int(np.isfinite(values).sum())
        assert found.of == len(values)
        assert len(found.counts) == len(found.edges) - 1 <= bins
        assert list(found.edges) == sorted(set(found.edges))


def test_bins_hold_what_they_say() -> None:
    mated, nonmated = distributions(score_set([1.0, 2.0], [0.0, 0.5, 1.0]), 4)
    assert mated.edges == nonmated.edges == (0.0, 0.5, 1.0, 1.5, 2.0)
    assert (mated.counts, nonmated.counts) == ((0, 0, 1, 1), (1, 1, 1, 0))


def test_a_constant_score_stands_in_one_bin() -> None:
    mated, _ = distributions(score_set([0.5, 0.5], [0.5]))
    assert (mated.edges, mated.counts) == ((0.0, 1.0), (2,))


def test_a_class_without_finite_scores_has_no_histogram() -> None:
    (found,) = distributions(score_set([np.inf], [0.5]))
    assert not found.mated


def test_a_histogram_drawn_on_the_way_is_joined_to_fewer_bins() -> None:
    drawn = Histogram(edges=np.linspace(0, 1, 8), counts=np.arange(7), sampled=True)
    given_set = score_set([0.9], [0.8], floor=0.5, rest=Rest(count=0), drawn=drawn)
    own, found = distributions(given_set, 3)
    assert (own.mated, found.mated) == (True, False)
    assert (found.counts, found.of, found.sampled) == ((0 + 1 + 2, 3 + 4 + 5, 6), 21, True)
    assert found.edges == pytest.approx((0, 3 / 7, 6 / 7, 1))


# Curves


def test_a_curve_of_many_scores_stays_small_and_reaches_both_ends() -> None:
    rng = np.random.default_rng(3)
    (curve,) = curves(score_set(rng.normal(4, 1, 5_000), rng.normal(0, 1, 200_000)))
    assert 1_000 < len(curve.fmr) <= 2_000
    assert (curve.fmr[0], curve.fnmr[0], curve.fmr[-1], curve.fnmr[-1]) == (1, 0, 0, 1)
    decades = np.log10([x for x in curve.fmr if x > 0])
    assert np.histogram(decades, bins=[-5.5, -4, -3, -2, -1, 0.1])[0].min() > 20


def test_a_curve_has_at_most_2000_points_half_of_them_along_the_fmr() -> None:
    scores = SortedScores.from_arrays(np.arange(10**6, 10**6 + 3), np.arange(10**6))
    (curve,) = measured_curves(scores)
    assert (curve,) == measured_curves(scores, points=2000)
    # A thousand counts from 0 on, each of the higher ones 1.4 % above the one before.
    steps = np.diff(np.log([x for x in curve.fmr if x > 1e-2])[::-1])
    assert steps.max() == pytest.approx(np.log(10**6) / 998, rel=1e-2)


def test_nearly_half_of_the_points_of_a_curve_lie_along_the_fnmr() -> None:
    scores = SortedScores.from_arrays(np.arange(10**6), np.arange(-3, 0))
    (curve,) = measured_curves(scores)
    steps = np.diff(np.log([x for x in curve.fnmr[:-1] if x > 1e-2]))
    assert steps.max() == pytest.approx(np.log(10**6) / 995, rel=1e-2)


@pytest.mark.parametrize("allowed", [0, 1, 2, 4])
def test_a_curve_goes_through_the_points_of_the_smallest_targets(allowed: int) -> None:
    """Between a few nonmated scores lie many mated ones: only the lowest threshold that holds a target is its point."""
    mated, nonmated = np.arange(20_000) / 20_000, np.arange(16) / 16 + 1e-6
    (curve,) = measured_curves(SortedScores.from_arrays(mated, nonmated), points=16)
    threshold = min(t for t in mated if np.count_nonzero(nonmated >= t) <= allowed)
    assert (allowed / 16, np.count_nonzero(mated < threshold) / 20_000) in zip(curve.fmr, curve.fnmr, strict=True)


def test_a_class_without_scores_has_no_curve() -> None:
    assert curves(score_set([], [0.5])) == curves(score_set([0.5], [])) == ()


# The worst comparisons


def test_the_worst_come_first_and_ties_stand_in_the_order_of_ids() -> None:
    nonmated = [("b1", "c1", 0.3), ("a1", "c1", 0.3), ("a1", "b1", 0.3), ("a2", "b1", 0.9), ("a2", "c1", 0.1)]
    mated = [("a2", "a1", 0.4), ("b2", "b1", 0.2)]
    high, low = worst(with_ids(mated, nonmated), 3)
    assert [(n.probe, n.reference, n.score) for n in high] == [("a2", "b1", 0.9), ("a1", "b1", 0.3), ("a1", "c1", 0.3)]
    assert [(n.probe, n.reference, n.score) for n in low] == [("b2", "b1", 0.2), ("a2", "a1", 0.4)]
    assert [n.mated for n in (*high, *low)] == [False, False, False, True, True]
    assert (high[0].probe_subject, high[0].reference_subject) == ("a", "b")


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 2).map(float)), max_size=20, unique=True
)


@given(ROWS, st.integers(0, 8), st.randoms(use_true_random=False))
def test_the_worst_do_not_depend_on_the_order_of_comparisons(rows: list[Row], count: int, random: object) -> None:
    shuffled = sorted(rows, key=lambda _: random.random())  # type: ignore[attr-defined]
    high, low = worst(with_ids(rows, rows), count)
    assert (high, low) == worst(with_ids(shuffled, shuffled), count)
    assert [(n.probe, n.reference, n.score) for n in high] == sorted(rows, key=lambda r: (-r[2], r[0], r[1]))[:count]
    assert [(n.probe, n.reference, n.score) for n in low] == sorted(rows, key=lambda r: (r[2], r[0], r[1]))[:count]


def test_without_ids_there_are_no_worst_comparisons() -> None:
    assert worst(score_set([0.5], [0.5])) == ((), ())


# Notes

USUAL = np.linspace(1, 2, 500), np.linspace(0, 1.5, 3001)


def test_usual_scores_need_no_note() -> None:
    assert codes(score_set(*USUAL)) == []


def test_turned_scores_are_suspected() -> None:
    assert codes(score_set(-USUAL[0], -USUAL[1])) == ["polarity_suspect"]
    even = np.linspace(0, 1, 500)
    assert codes(score_set(even - 0.05, even)) == ["polarity_suspect"]
    assert codes(score_set(even, even)) == []


def test_constant_scores_are_noted() -> None:
    assert codes(score_set([0.5] * 3, [0.5] * 4)) == ["constant_scores"]
    assert codes(score_set([0.5], [0.5])) == ["constant_scores"]
    assert codes(score_set([0.5], [])) == []


def test_few_different_values_are_noted() -> None:
    quantised = score_set(np.arange(500) % 3 + 1.0, np.arange(3000) % 3)
    assert codes(quantised) == ["quantised", "saturated", "saturated"]


def test_a_value_that_one_score_in_a_hundred_has_is_noted() -> None:
    (note,) = score_notes(score_set(np.append(USUAL[0], [2.0] * 6), USUAL[1]))
    assert note.code == "saturated"
    assert note.text.startswith("7 mated scores are all equal to 2.0")


@pytest.mark.parametrize(("total", "equal", "noted"), [(120, 4, False), (120, 5, True), (30, 2, False), (30, 3, True)])
def test_a_few_equal_scores_are_chance_where_they_are_fewer_than_five_or_a_tenth(
    total: int, equal: int, noted: bool
) -> None:
    mated = np.append(np.linspace(0.5, 0.9, total - equal), [0.76] * equal)
    assert codes(score_set(mated, np.linspace(0, 0.4, 300))) == ["saturated"] * noted


def test_a_single_score_of_a_small_class_is_not_saturation() -> None:
    assert codes(score_set([0.8, 0.9], [0.1, 0.2])) == []


@pytest.mark.parametrize("code", [-1.0, 999.0])
def test_a_code_among_the_scores_is_suspected(code: float) -> None:
    mated, nonmated = [0.5 + k / 1000 for k in range(300)], [k / 1000 for k in range(300)]
    assert codes(score_set(mated, [*nonmated, code, code])) == ["sentinel_suspect"]
    assert codes(score_set(mated, [*nonmated, code])) == []


@pytest.mark.parametrize(("away", "suspected"), [(0.08, False), (0.12, True), (1.0, True)])
def test_a_code_lies_a_tenth_of_the_range_of_all_others_away_from_them(away: float, suspected: bool) -> None:
    nonmated = np.linspace(0, 1, 400)
    for code in (-away, 1 + away):
        found = codes(score_set(np.linspace(0.5, 1, 300), np.append(nonmated, [code, code])))
        assert found == ["sentinel_suspect"] * suspected


def test_infinite_scores_are_no_end_that_a_code_could_lie_at() -> None:
    inner = np.linspace(0, 1, 400)
    endless = score_set(np.append(inner, [np.inf, -np.inf]), np.append(inner[1:] - 0.001, [np.inf, -np.inf]))
    assert "sentinel_suspect" not in codes(endless)
    coded = score_set(np.append(inner, [np.inf, -1.0]), np.append(inner[1:] - 0.001, [np.inf, -1.0]))
    assert "sentinel_suspect" in codes(coded)


def test_repeated_comparisons_are_counted() -> None:
    rows = [("a1", "b1", 0.1), ("a1", "b1", 0.15), ("a1", "c1", 0.2), ("c1", "a1", 0.25)]
    (note,) = score_notes(with_ids([("a1", "a2", 0.9)], rows))
    assert note.code == "duplicate_comparisons"
    assert note.text.startswith("1 comparison repeats")


def test_the_corners_of_a_thinned_curve_by_hand() -> None:
    """256 nonmated scores below 33 mated ones, 20 points: ten doublings of the FMR, six of the FNMR, and the ends."""
    (curve,) = measured_curves(SortedScores.from_arrays(np.arange(1000, 1033), np.arange(256)), points=20)
    along_fmr = [0, *(256 - 2**k for k in range(7, -1, -1)), 1000]
    along_fnmr = [1000 + 2**k for k in range(6)]
    assert curve.thresholds == (*along_fmr, *along_fnmr, "reject_all")
    assert curve.fmr == (1.0, *(2**k / 256 for k in range(7, -1, -1)), *[0.0] * 8)
    assert curve.fnmr == (*[0.0] * 10, *(2**k / 33 for k in range(6)), 1.0)


@pytest.mark.parametrize(("total", "quantised"), [(200, False), (201, True)])
def test_two_values_are_few_of_more_than_two_hundred_scores(total: int, quantised: bool) -> None:
    nonmated = np.arange(total - 1) % 2 / 2
    codes = [note.code for note in score_notes(score_set([0.5], nonmated))]
    assert ("quantised" in codes) is quantised


def test_bins_are_equal_from_the_lowest_to_the_highest_score() -> None:
    own, other = distributions(score_set([-3.0, -1.0, -2.0], [-2.5, np.inf]), 4)
    assert own.edges == other.edges == (-3.0, -2.5, -2.0, -1.5, -1.0)
    assert (own.counts, other.counts) == ((1, 0, 1, 1), (0, 1, 0, 0))
