"""minDCF, ROCCH-EER, AUC and d' of weighted draws against their definitions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fr_bench.intervals import cheapest as cheapest_module
from fr_bench.intervals import placements
from fr_bench.intervals.cheapest import Ladder, min_dcf_draws, rocch_eer_draws
from fr_bench.intervals.design import Listed
from fr_bench.intervals.draws import Drawn, draw, weighed
from fr_bench.intervals.moments import SummedBelow, d_prime_draws
from fr_bench.intervals.placements import PlacedBelow, auc_draws, sum_of
from fr_bench.intervals.tails import Mated, Searches, Tail
from fr_bench.intervals.weights import Kind
from tests import oracles
from tests.intervals.drawing import Comparisons, close, random, weights_of

DESIGNS = ("all", "crossed", "listed")
HALF, HUNDREDTH = Fraction(1, 2), Fraction(1, 100)
MANY = random(2, subjects=90, levels=60, mated_above=50)
"""More mated scores than a block holds."""


def drawn_of(c: Comparisons, *, draws: int = 30, kind: Kind = "double", floor: float = -np.inf) -> Drawn:
    return draw(c.tail(floor), c.lowest(), c.names, draws=draws, seed=1, kind=kind)


def unweighted(c: Comparisons, floor: float = -np.inf) -> Drawn:
    return weighed(c.tail(floor), c.lowest(), np.ones((c.design.subjects, 2)), draws=2, whole=True)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", ["double", "multinomial"])
@pytest.mark.parametrize("seed", range(4))
def test_a_draw_is_the_comparisons_repeated_as_often_as_they_weigh(design: str, kind: Kind, seed: int) -> None:
    c = random(seed, kind=design)
    drawn = drawn_of(c, kind=kind)
    ladder, weights = Ladder.of(drawn), weights_of(drawn)
    half, hundredth = min_dcf_draws(ladder, HALF), min_dcf_draws(ladder, HUNDREDTH)
    rocch, auc = rocch_eer_draws(ladder), auc_draws(drawn)
    for b in range(drawn.draws):
        mated, nonmated = c.repeated(weights[:, b])
        assert close(half[b], oracles.min_dcf(mated, nonmated, HALF))
        assert close(hundredth[b], oracles.min_dcf(mated, nonmated, HUNDREDTH))
        assert close(rocch[b], oracles.rocch_eer(mated, nonmated))
        assert close(auc[b], oracles.auc(mated, nonmated))


def test_blocks_of_mated_scores_hide_no_cheaper_threshold() -> None:
    assert len(MANY.mated) > 128
    drawn = drawn_of(MANY, draws=5)
    ladder, weights = Ladder.of(drawn), weights_of(drawn)
    found = [min_dcf_draws(ladder, prior) for prior in (HALF, Fraction(1, 5), HUNDREDTH)]
    rocch = rocch_eer_draws(ladder)
    for b in range(5):
        mated, nonmated = MANY.repeated(weights[:, b])
        points = [(oracles.fmr(nonmated, t), oracles.fnmr(mated, t)) for t in oracles.candidates(mated, nonmated)]
        for values, prior in zip(found, (HALF, Fraction(1, 5), HUNDREDTH), strict=True):
            least = min(prior * y + (1 - prior) * x for x, y in points)
            assert close(values[b], least / min(prior, 1 - prior))
        assert close(rocch[b], hull_crossing([(Fraction(0), Fraction(1)), *points, (Fraction(1), Fraction(0))]))


def test_only_blocks_that_may_hold_a_cheaper_threshold_are_opened() -> None:
    ladder = Ladder.of(drawn_of(MANY, draws=5))
    min_dcf_draws(ladder, HUNDREDTH)
    # At costs of 1 to 99 the least lies where hardly any nonmated score does: the last of the three blocks.
    assert list(ladder.opened) == [2]


def test_a_last_block_of_one_score_has_nothing_inside() -> None:
    """129 mated scores below all nonmated ones: at costs of 1 to 99 accepting nothing is cheapest, and costs 1."""
    c = random(2, subjects=90, levels=60, mated_above=50)
    subjects = [i for _, i in c.mated][:129]
    c = Comparisons(
        [(float(k), i) for k, i in enumerate(subjects)], [(s + 500, i, j) for s, i, j in c.nonmated], c.design
    )
    ladder = Ladder.of(unweighted(c))
    assert ladder.rungs.places.tolist() == [0, 64, 128, 129]
    assert min_dcf_draws(ladder, HUNDREDTH).tolist() == [1.0, 1.0]


def hull_crossing(points: list[tuple[Fraction, Fraction]]) -> Fraction:
    above, below = [p for p in points if p[1] >= p[0]], [p for p in points if p[1] <= p[0]]
    return min(oracles.meeting(a, b) for a in above for b in below)


def test_opened_blocks_that_are_not_kept_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = drawn_of(MANY)
    expected = min_dcf_draws(Ladder.of(drawn), HALF), rocch_eer_draws(Ladder.of(drawn))
    monkeypatch.setattr(cheapest_module, "MOST_KEPT", 0)
    ladder = Ladder.of(drawn)
    assert np.array_equal(min_dcf_draws(ladder, HALF), expected[0])
    assert np.array_equal(rocch_eer_draws(ladder), expected[1])
    assert not ladder.opened


@pytest.mark.parametrize("seed", range(30))
def test_a_hull_with_its_corner_on_the_diagonal(seed: int) -> None:
    c = random(seed, subjects=4, levels=3, mated_above=1)
    mated, nonmated = [s for s, _ in c.mated], [row[0] for row in c.nonmated]
    assert close(rocch_eer_draws(Ladder.of(unweighted(c)))[0], oracles.rocch_eer(mated, nonmated))


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("seed", range(6))
def test_weights_all_one_give_the_value_of_the_comparisons_themselves(design: str, seed: int) -> None:
    c = random(seed, kind=design)
    mated, nonmated = [s for s, _ in c.mated], [row[0] for row in c.nonmated]
    drawn = unweighted(c)
    assert close(min_dcf_draws(Ladder.of(drawn), HALF)[0], oracles.min_dcf(mated, nonmated, HALF))
    for exact in (True, False):
        assert close(auc_draws(drawn, exact=exact)[0], oracles.auc(mated, nonmated))
    assert close(math.copysign(1, d_prime_draws(drawn)[0]) * d_prime_draws(drawn)[0] ** 2,
                 oracles.d_prime_squared(mated, nonmated))  # fmt: skip


def half_placements(c: Comparisons) -> tuple[list[tuple[int, int]], list[tuple[int, int, int]]]:
    """For each mated comparison twice the nonmated scores above it, ties once; and the other way round."""

    def lost(high: float, low: float) -> int:
        return 2 if high > low else 1 if high == low else 0

    of_mated = [(sum(lost(n[0], s) for n in c.nonmated), i) for s, i in c.mated]
    of_nonmated = [(sum(lost(s, m) for m, _ in c.mated), i, j) for s, i, j in c.nonmated]
    return of_mated, of_nonmated


def first_order_auc(c: Comparisons, weights: Any, floor: float = -np.inf) -> Fraction:
    """Both parts weighted alone; below the floor a comparison weighs w_i + w_j - 1."""
    w = [Fraction(x) for x in weights.tolist()]
    of_mated, of_nonmated = half_placements(c)
    made = sum(w[i] * w[j] for _, i, j in c.nonmated)
    kept = [w[i] * w[j] if s >= floor else w[i] + w[j] - 1 for s, i, j in c.nonmated]
    first = sum(q * k for (q, _, _), k in zip(of_nonmated, kept, strict=True)) / (2 * len(c.mated) * made)
    second = sum(q * w[i] for q, i in of_mated) / (2 * len(c.nonmated) * sum(w[i] for _, i in c.mated))
    return 1 - first - second + Fraction(sum(q for q, _ in of_mated), 2 * len(c.mated) * len(c.nonmated))


def placed_below(c: Comparisons, floor: float) -> PlacedBelow:
    of_mated, of_nonmated = half_placements(c)
    sums = np.zeros(c.design.subjects, dtype=np.int64)
    for (q, i, j), (s, _, _) in zip(of_nonmated, c.nonmated, strict=True):
        if s < floor:
            sums[[i, j]] += q
    hidden = sorted((s, q) for (q, _), (s, _) in zip(of_mated, c.mated, strict=True) if s < floor)
    return PlacedBelow(sums, np.array([q for _, q in hidden], dtype=np.int64))


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", ["double", "exponential"])
def test_the_first_order_auc_weighs_both_parts_alone(design: str, kind: Kind) -> None:
    c = random(4, kind=design)
    drawn = drawn_of(c, kind=kind)
    weights = weights_of(drawn) * drawn.unit
    found = auc_draws(drawn, exact=False)
    assert all(close(found[b], first_order_auc(c, weights[:, b])) for b in range(drawn.draws))


@pytest.mark.parametrize("kind", ["double", "multinomial"])
@pytest.mark.parametrize("floor", [3.0, 4.0])
def test_below_the_floor_the_auc_is_linear_in_the_weights(kind: Kind, floor: float) -> None:
    c = random(5, subjects=7)
    drawn = drawn_of(c, kind=kind, floor=floor)
    weights = weights_of(drawn) * drawn.unit
    found = auc_draws(drawn, placed_below(c, floor))
    assert all(close(found[b], first_order_auc(c, weights[:, b], floor)) for b in range(drawn.draws))


def test_the_first_order_auc_spreads_as_the_auc_does() -> None:
    drawn = drawn_of(MANY, draws=500)
    assert auc_draws(drawn, exact=False).std() == pytest.approx(auc_draws(drawn).std(), rel=0.1)


@pytest.mark.parametrize(("more", "counted"), [(0, True), (1, False)])
def test_up_to_a_number_of_nonmated_comparisons_the_auc_is_counted(
    monkeypatch: pytest.MonkeyPatch, more: int, counted: bool
) -> None:
    drawn = drawn_of(random(4))
    monkeypatch.setattr(placements, "MOST_NONMATED", drawn.tail.design.total - more)
    exact, first_order = auc_draws(drawn, exact=True), auc_draws(drawn, exact=False)
    assert not np.array_equal(exact, first_order)
    assert np.array_equal(auc_draws(drawn), exact if counted else first_order)


@pytest.mark.parametrize(("mated", "counted"), [(50_000, True), (50_001, False)])
def test_up_to_fifty_thousand_mated_scores_the_auc_is_counted(mated: int, counted: bool) -> None:
    first, second = np.arange(9) % 3, (np.arange(9) + 1) % 3
    tail = Tail.of(np.arange(9.0), first, second, Listed.of(first, second, subjects=3))
    level = np.arange(mated) % 7
    scores = Mated.of(level + 3.5, level % 3, people=3)
    drawn = weighed(tail, scores, np.array([[1.0, 2.0], [1.0, 1.0], [2.0, 1.0]]), draws=2, whole=True)
    exact, first_order = auc_draws(drawn, exact=True), auc_draws(drawn, exact=False)
    assert not np.array_equal(exact, first_order)
    assert np.array_equal(auc_draws(drawn), exact if counted else first_order)


def test_how_many_scores_are_taken_together_does_not_change_the_auc(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = drawn_of(MANY)
    expected = auc_draws(drawn)
    monkeypatch.setattr(placements, "ABREAST", 7)
    assert np.array_equal(auc_draws(drawn), expected)


def test_separated_classes_have_an_auc_of_one_in_every_draw() -> None:
    c = random(3)
    c = Comparisons([(s + 100, i) for s, i in c.mated], c.nonmated, c.design)
    drawn = drawn_of(c)
    assert auc_draws(drawn).tolist() == auc_draws(drawn, exact=False).tolist() == [1.0] * 30
    assert not min_dcf_draws(Ladder.of(drawn), HALF).any()
    assert not rocch_eer_draws(Ladder.of(drawn)).any()


def test_placements_that_contradict_the_kept_scores_are_refused() -> None:
    c = random(5, subjects=7)
    below = placed_below(c, 3.0)
    drawn = drawn_of(c, floor=3.0)
    with pytest.raises(ValueError, match="do not add up"):
        auc_draws(drawn, PlacedBelow(below.by_subject + 1, below.nonmated))
    with pytest.raises(ValueError, match="placements for"):
        auc_draws(drawn, PlacedBelow(below.by_subject, below.nonmated[1:]))


def test_with_a_floor_the_auc_and_d_prime_need_what_lies_below() -> None:
    drawn = drawn_of(random(5), floor=3.0)
    with pytest.raises(ValueError, match="without what lies below"):
        auc_draws(drawn)
    with pytest.raises(ValueError, match="without what lies below"):
        d_prime_draws(drawn)


class TestTailCut:
    c = random(9, subjects=40, levels=200)
    c = Comparisons([(s + 80, i) for s, i in c.mated], c.nonmated, c.design)

    def test_a_deep_tail_changes_no_value(self) -> None:
        whole, cut = Ladder.of(drawn_of(self.c)), Ladder.of(drawn_of(self.c, floor=40.0))
        assert np.array_equal(rocch_eer_draws(cut), rocch_eer_draws(whole))
        assert np.array_equal(min_dcf_draws(cut, HALF), min_dcf_draws(whole, HALF))

    def test_a_short_tail_gives_no_value_where_it_might_change(self) -> None:
        whole, cut = Ladder.of(drawn_of(self.c)), Ladder.of(drawn_of(self.c, floor=90.0))
        for found, expected in (
            (rocch_eer_draws(cut), rocch_eer_draws(whole)),
            (min_dcf_draws(cut, HALF), min_dcf_draws(whole, HALF)),
        ):
            missing = np.isnan(found)
            assert 0 < missing.sum() < len(found)
            assert np.array_equal(found[~missing], expected[~missing])


class TestDPrime:
    def test_means_and_variances_move_with_the_subjects_to_first_order(self) -> None:
        c = random(4, subjects=5)
        drawn = drawn_of(c, kind="multinomial")
        weights = weights_of(drawn)
        found = d_prime_draws(drawn)
        assert all(math.isclose(found[b], by_hand(c, weights[:, b]), rel_tol=1e-9) for b in range(drawn.draws)
                   if np.isfinite(found[b]))  # fmt: skip

    def test_what_lies_below_the_floor_enters_by_its_sums(self) -> None:
        c = random(6, subjects=8)
        sums, squares = np.zeros(8), np.zeros(8)
        for s, i, j in c.nonmated:
            if s < 3:
                sums[[i, j]] += s
                squares[[i, j]] += s * s
        found = d_prime_draws(drawn_of(c, floor=3.0), SummedBelow(sums, squares))
        assert found == pytest.approx(d_prime_draws(drawn_of(c)), rel=1e-12)

    def test_scaling_and_shifting_all_scores_changes_nothing(self) -> None:
        c = random(6, subjects=8)
        moved = Comparisons(
            [(1000 + s / 8, i) for s, i in c.mated], [(1000 + s / 8, i, j) for s, i, j in c.nonmated], c.design
        )
        assert d_prime_draws(drawn_of(moved)) == pytest.approx(d_prime_draws(drawn_of(c)), rel=1e-9)

    def test_constant_classes_have_no_d_prime(self) -> None:
        c = random(3)
        constant = Comparisons([(0.1, i) for _, i in c.mated], [(0.3, i, j) for _, i, j in c.nonmated], c.design)
        assert np.isnan(d_prime_draws(drawn_of(constant))).all()

    def test_infinite_scores_are_refused(self) -> None:
        c = random(3)
        c = Comparisons([(-np.inf, c.mated[0][1]), *c.mated[1:]], c.nonmated, c.design)
        with pytest.raises(ValueError, match="finite"):
            d_prime_draws(drawn_of(c))


@pytest.mark.parametrize(("mated", "nonmated"), [(2, 2), (1, 2), (2, 1)])
def test_d_prime_needs_two_scores_of_each_class(mated: int, nonmated: int) -> None:
    below = [(1.0, 0, 1), (2.0, 1, 2)][:nonmated]
    design = Listed.of(np.arange(nonmated), np.arange(1, nonmated + 1), subjects=3)
    few = Comparisons([(5.0, 0), (6.0, 1)][:mated], below, design)
    if mated == nonmated == 2:
        assert np.isfinite(d_prime_draws(unweighted(few))).all()
        return
    with pytest.raises(ValueError, match="two finite scores"):
        d_prime_draws(unweighted(few))


def by_hand(c: Comparisons, weights: Any) -> float:
    w = weights.tolist()
    total = sum(w[i] for _, i in c.mated)
    mean = sum(w[i] * s for s, i in c.mated) / total
    variance = sum(w[i] * (s - mean) ** 2 for s, i in c.mated) / total * len(c.mated) / (len(c.mated) - 1)
    n = len(c.nonmated)
    other = sum(row[0] for row in c.nonmated) / n
    spread = sum((row[0] - other) ** 2 for row in c.nonmated) / n
    more = [(w[i] - 1) + (w[j] - 1) for _, i, j in c.nonmated]
    shifted = other + sum(m * (row[0] - other) for m, row in zip(more, c.nonmated, strict=True)) / n
    factor = sum(m * ((row[0] - other) ** 2 - spread) for m, row in zip(more, c.nonmated, strict=True)) / (n * spread)
    return (mean - shifted) / math.sqrt((variance + spread * n / (n - 1) * math.exp(factor)) / 2)


def test_searches_have_no_auc_and_no_d_prime() -> None:
    tail = Tail.of([0.9, 0.3], [0, 1], None, Searches(np.array([1, 1])))
    drawn = weighed(tail, Mated.of([0.7, 0.8], [0, 1], people=2), np.ones((2, 1)), draws=1, whole=True)
    with pytest.raises(ValueError, match="not of searches"):
        auc_draws(drawn)
    with pytest.raises(ValueError, match="d'"):
        d_prime_draws(drawn)


@pytest.mark.parametrize("prior", [Fraction(0), Fraction(1), Fraction(3, 2)])
def test_a_prior_that_is_none_is_refused(prior: Fraction) -> None:
    with pytest.raises(ValueError, match="prior"):
        min_dcf_draws(Ladder.of(drawn_of(random(1))), prior)


def test_sums_of_placements_do_not_overflow() -> None:
    assert sum_of(np.array([2**62] * 5, dtype=np.int64)) == 5 * 2**62


def test_the_search_for_the_hull_ends_at_the_first_look_that_finds_no_better_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Mated 1, 3 and nonmated 0, 2: three points of (FNMR, FMR), (0, 1/2) and (1/2, 0) the corners of the hull."""
    design = Listed.of([0, 0], [1, 1], subjects=2)
    looks, look = [], cheapest_module.cheapest

    def counted(ladder: Ladder, a: Any, b: Any) -> cheapest_module.Points:
        looks.append(look(ladder, a, b))
        return looks[-1]

    monkeypatch.setattr(cheapest_module, "cheapest", counted)
    overlapping = Comparisons([(1.0, 0), (3.0, 1)], [(0.0, 0, 1), (2.0, 0, 1)], design)
    assert rocch_eer_draws(Ladder.of(unweighted(overlapping))).tolist() == [0.25, 0.25]
    apart = Comparisons([(4.0, 0), (5.0, 1)], [(0.0, 0, 1), (2.0, 0, 1)], design)
    assert rocch_eer_draws(Ladder.of(unweighted(apart))).tolist() == [0.0, 0.0]
    assert len(looks) == 3  # one found a corner that the ends of blocks did not show


def test_a_cost_that_no_threshold_below_the_floor_can_beat_is_known() -> None:
    """At 5 no mated score is rejected and 1 of 4 nonmated is accepted: below the floor of 5 as many are, or more."""
    design = Listed.of([0] * 4, [1] * 4, subjects=2)
    c = Comparisons([(5.0, 0), (6.0, 1)], [(5.5, 0, 1), *[(1.0, 0, 1)] * 3], design)
    assert min_dcf_draws(Ladder.of(unweighted(c, floor=5.0)), HALF).tolist() == [0.25, 0.25]


def test_exponential_weights_count_ties_by_half_of_what_they_weigh() -> None:
    """Weights that are no whole numbers: every sum of comparisons is one of their products, written out."""
    c = random(4)
    drawn = drawn_of(c, draws=6, kind="exponential")
    w = weights_of(drawn) * drawn.unit
    mated, nonmated = np.array([s for s, _ in c.mated]), np.array([row[0] for row in c.nonmated])
    own = w[[i for _, i in c.mated]]
    other = w[[i for _, i, _ in c.nonmated]] * w[[j for *_, j in c.nonmated]]
    wins = (mated[:, None] > nonmated) + (mated[:, None] == nonmated) / 2
    assert 0.5 in wins
    expected = np.einsum("mb,mn,nb->b", own, wins, other) / (own.sum(axis=0) * other.sum(axis=0))
    assert auc_draws(drawn, exact=True) == pytest.approx(expected, rel=1e-12)
    at = np.append(np.unique([*mated, *nonmated]), np.inf)
    fnmr = ((mated < at[:, None]) @ own) / own.sum(axis=0)
    fmr = ((nonmated >= at[:, None]) @ other) / other.sum(axis=0)
    assert min_dcf_draws(Ladder.of(drawn), HALF) == pytest.approx((fnmr + fmr).min(axis=0), rel=1e-12)
