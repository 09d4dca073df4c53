"""Statistics of weighted draws against their definition: the comparisons repeated as often as they weigh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fr_bench.intervals.crossing import eer_draws
from fr_bench.intervals.design import AllPairs, Listed
from fr_bench.intervals.draws import (
    Drawn,
    draw,
    fmr_draws,
    fnir_at_fpir_draws,
    fnmr_at_fmr_draws,
    fnmr_draws,
    weighed,
)
from fr_bench.intervals.tails import Mated, Searches, Tail
from fr_bench.intervals.weights import Kind, subject_bits, unpacked
from tests import oracles
from tests.intervals.drawing import Comparisons, close, random, weights_of

DESIGNS = ("all", "crossed", "listed")
WHOLE: tuple[Kind, ...] = ("double", "multinomial")
TARGETS = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 10), Fraction(1, 100)]


def fnmr_at(mated: Sequence[float], nonmated: Sequence[float], target: Fraction) -> Fraction:
    """By definition, also where the target allows no false match."""
    allowed = (t for t in oracles.candidates(mated, nonmated) if oracles.fmr(nonmated, t) <= target)
    return oracles.fnmr(mated, next(allowed))


def drawn_of(c: Comparisons, *, draws: int = 66, seed: int = 1, kind: Kind = "double", floor: float = -np.inf) -> Drawn:
    return draw(c.tail(floor), c.lowest(), c.names, draws=draws, seed=seed, kind=kind)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("seed", range(4))
def test_a_draw_is_the_comparisons_repeated_as_often_as_they_weigh(design: str, kind: Kind, seed: int) -> None:
    c = random(seed, kind=design)
    drawn = drawn_of(c, kind=kind)
    weights = weights_of(drawn)
    rates, eer = fnmr_at_fmr_draws(drawn, TARGETS), eer_draws(drawn)
    fixed = fmr_draws(drawn, [2.0, 4.5]), fnmr_draws(drawn, [2.0, 4.5])
    for b in range(drawn.draws):
        mated, nonmated = c.repeated(weights[:, b])
        assert drawn.mated[b] == len(mated)
        assert drawn.nonmated[b] == len(nonmated)
        assert rates[b].tolist() == [float(fnmr_at(mated, nonmated, target)) for target in TARGETS]
        low, high, _ = oracles.eer(mated, nonmated)
        assert close(eer[b], (low + high) / 2)
        for k, t in enumerate((2.0, 4.5)):
            assert fixed[0][b, k] == float(oracles.fmr(nonmated, t))
            assert fixed[1][b, k] == float(oracles.fnmr(mated, t))


@pytest.mark.parametrize("seed", range(8))
def test_scores_that_are_all_different_give_the_eer_of_the_definition(seed: int) -> None:
    apart = random(seed, subjects=5, levels=10**6, mated_above=500_000)
    drawn = drawn_of(apart, draws=20)
    weights, found = weights_of(drawn), eer_draws(drawn)
    for b in range(drawn.draws):
        low, high, _ = oracles.eer(*apart.repeated(weights[:, b]))
        assert close(found[b], (low + high) / 2)


@pytest.mark.parametrize("kind", WHOLE)
def test_lists_of_many_blocks_are_counted_as_short_ones_are(kind: Kind) -> None:
    c = random(1, subjects=60, levels=80, mated_above=60)
    assert len(c.mated) > 64
    drawn = drawn_of(c, kind=kind, draws=6)
    weights = weights_of(drawn)
    rates, eer = fnmr_at_fmr_draws(drawn, TARGETS), eer_draws(drawn)
    for b in range(drawn.draws):
        mated, nonmated = c.repeated(weights[:, b])
        assert rates[b].tolist() == [float(fnmr_at(mated, nonmated, target)) for target in TARGETS]
        low, high, _ = oracles.eer(mated, nonmated)
        assert close(eer[b], (low + high) / 2)


def test_exponential_weights_give_the_rates_of_the_definition() -> None:
    c = random(3)
    drawn = drawn_of(c, kind="exponential", draws=20)
    weights = weights_of(drawn)
    found, eer = fnmr_at_fmr_draws(drawn, [Fraction(1, 4)]), eer_draws(drawn)
    for b in range(20):
        w = [Fraction(x) for x in weights[:, b].tolist()]
        mated, nonmated = [(s, w[i]) for s, i in c.mated], [(s, w[i] * w[j]) for s, i, j in c.nonmated]
        steps = [(share(nonmated, t, below=False), share(mated, t, below=True)) for t in thresholds(c)]
        assert close(found[b, 0], next(fnmr for fmr, fnmr in steps if fmr <= Fraction(1, 4)))
        t1 = [sum(rates) for rates in steps if rates[1] <= rates[0]][-1]
        t2 = next(sum(rates) for rates in steps if rates[1] >= rates[0])
        assert close(eer[b], min(t1, t2) / 2)


def thresholds(c: Comparisons) -> list[float]:
    return [*sorted({row[0] for row in [*c.mated, *c.nonmated]}), float("inf")]


def share(rows: list[tuple[float, Fraction]], threshold: float, *, below: bool) -> Fraction:
    return sum((w for s, w in rows if (s < threshold) == below), Fraction(0)) / sum(w for _, w in rows)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(DESIGNS), st.integers(1, 3))
def test_weights_all_one_give_the_rates_of_the_comparisons_themselves(seed: int, design: str, times: int) -> None:
    c = random(seed, kind=design, subjects=4)
    drawn = weighed(c.tail(), c.lowest(), np.full((4, 2), float(times)), draws=2, whole=True)
    mated, nonmated = [s for s, _ in c.mated], [row[0] for row in c.nonmated]
    targets = [t for t in TARGETS if t * len(nonmated) >= 1]
    expected = [oracles.fnmr_at_fmr(mated, nonmated, t) for t in targets]
    assert fnmr_at_fmr_draws(drawn, targets)[0].tolist() == [float(e[2]) for e in expected if e]
    low, high, _ = oracles.eer(mated, nonmated)
    assert close(eer_draws(drawn)[1], (low + high) / 2)


def test_numbers_of_comparisons_whose_products_leave_64_bits_give_the_eer_of_the_definition() -> None:
    """Twelve subjects with 10^8 samples each; of their 10^17 nonmated scores 40 lie above all mated ones."""
    people, kept = 12, np.random.default_rng(1).integers(0, 12, 40)
    other = (kept + 1) % people
    mated = Mated.of(np.tile([5.0, 6.0, 7.0], people), np.repeat(np.arange(people), 3), people=people)
    tail = Tail.of(np.full(40, 10.0), kept, other, AllPairs([10**8] * people), floor=4.0)
    drawn = draw(tail, mated, [f"s{k}" for k in range(people)], draws=20, seed=1, kind="double")
    weights = weights_of(drawn).astype(int)
    matched = (weights[kept] * weights[other]).sum(axis=0).tolist()
    made = [sum(w * v for k, w in enumerate(row) for v in row[:k]) * 10**16 for row in weights.T.tolist()]
    # At the lowest mated score nothing is a false non-match; at the next one a third is.
    expected = [Fraction(m, 2 * n) for m, n in zip(matched, made, strict=True)]
    assert [close(e * 10**16, x * 10**16) for e, x in zip(eer_draws(drawn), expected, strict=True)] == [True] * 20


@pytest.mark.parametrize("kind", WHOLE)
def test_the_order_of_comparisons_and_of_their_sides_changes_nothing(kind: Kind) -> None:
    c = random(5, subjects=12)
    order = np.random.default_rng(1)
    shuffled = Comparisons(
        [c.mated[k] for k in order.permutation(len(c.mated))],
        [(s, j, i) for s, i, j in (c.nonmated[k] for k in order.permutation(len(c.nonmated)))],
        c.design,
    )
    first, second = drawn_of(c, kind=kind), drawn_of(shuffled, kind=kind)
    assert np.array_equal(fnmr_at_fmr_draws(first, TARGETS), fnmr_at_fmr_draws(second, TARGETS))
    assert np.array_equal(eer_draws(first), eer_draws(second))


def test_subjects_numbered_otherwise_under_their_names_change_nothing() -> None:
    c = random(6, subjects=9)
    code = np.random.default_rng(2).permutation(9)
    samples = np.zeros(9, dtype=np.int64)
    samples[code] = c.design.samples  # type: ignore[attr-defined]
    renamed = Comparisons(
        [(s, int(code[i])) for s, i in c.mated],
        [(s, int(code[i]), int(code[j])) for s, i, j in c.nonmated],
        AllPairs(samples),
    )
    names = [""] * 9
    for old, name in enumerate(c.names):
        names[code[old]] = name
    second = draw(renamed.tail(), renamed.lowest(), names, draws=66, seed=1)
    assert np.array_equal(fnmr_at_fmr_draws(drawn_of(c), TARGETS), fnmr_at_fmr_draws(second, TARGETS))


def test_fewer_draws_are_the_first_of_more() -> None:
    c = random(7, subjects=20)
    few, many = drawn_of(c, draws=10), drawn_of(c, draws=200)
    assert np.array_equal(fnmr_at_fmr_draws(few, TARGETS), fnmr_at_fmr_draws(many, TARGETS)[:10])


def test_float32_scores_give_what_the_same_numbers_in_float64_give() -> None:
    c = random(8)
    single = draw(c.tail(dtype=np.float32), c.lowest(np.float32), c.names, draws=66, seed=1)
    mixed = draw(c.tail(dtype=np.float32), c.lowest(np.float64), c.names, draws=66, seed=1)
    expected = drawn_of(c)
    for found in (single, mixed):
        assert np.array_equal(fnmr_at_fmr_draws(found, TARGETS), fnmr_at_fmr_draws(expected, TARGETS))
        assert np.array_equal(eer_draws(found), eer_draws(expected))


def test_infinite_scores_are_scores() -> None:
    tail = Tail.of([np.inf, 0.5, -np.inf], [0, 0, 1], [1, 2, 2], AllPairs([1, 1, 1]))
    mated = Mated.of([-np.inf, 0.4, np.inf], [0, 1, 2], people=3)
    drawn = weighed(tail, mated, np.ones((3, 1)), draws=1, whole=True)
    assert fnmr_at_fmr_draws(drawn, [Fraction(1, 3), Fraction(2, 3)])[0].tolist() == [2 / 3, 1 / 3]
    assert eer_draws(drawn).tolist() == [2 / 3]


class TestTailCut:
    """Only scores at or above a floor are known."""

    c = random(9, subjects=25, levels=200, mated_above=150)

    @pytest.mark.parametrize("floor", [40.0, 80.0])
    def test_a_deeper_tail_changes_no_value(self, floor: float) -> None:
        whole, cut = drawn_of(self.c), drawn_of(self.c, floor=floor)
        assert cut.above.length < whole.above.length
        targets = [Fraction(1, 10), Fraction(1, 50)]
        assert np.array_equal(fnmr_at_fmr_draws(cut, targets), fnmr_at_fmr_draws(whole, targets))
        assert np.array_equal(eer_draws(cut), eer_draws(whole))

    def test_a_draw_that_runs_off_the_tail_has_no_value(self) -> None:
        cut = drawn_of(self.c, floor=170.0)
        whole = drawn_of(self.c)
        found, expected = (fnmr_at_fmr_draws(drawn, [Fraction(1, 6)])[:, 0] for drawn in (cut, whole))
        missing = np.isnan(found)
        assert 0 < missing.sum() < len(found)
        assert np.array_equal(found[~missing], expected[~missing])
        assert np.isnan(eer_draws(drawn_of(self.c, floor=198.0))).all()

    def test_a_crossing_below_the_floor_is_missing_only_where_it_is_below(self) -> None:
        whole, known = eer_draws(drawn_of(self.c)), eer_draws(drawn_of(self.c, floor=145.0))
        missing = np.isnan(known)
        assert 0 < missing.sum() < len(known)
        assert np.array_equal(known[~missing], whole[~missing])

    def test_rates_at_a_threshold_below_the_floor_are_refused(self) -> None:
        with pytest.raises(ValueError, match="below the floor 80"):
            fmr_draws(drawn_of(self.c, floor=80.0), [79.0])

    def test_an_empty_tail_has_no_value_but_a_rate_of_zero_above_it(self) -> None:
        cut = drawn_of(self.c, floor=1e6)
        assert np.isnan(fnmr_at_fmr_draws(cut, TARGETS)).all()
        assert not fmr_draws(cut, [1e6]).any()


class TestRedrawn:
    """Three subjects: most draws leave a class without weight."""

    c = Comparisons([(0.9, 0)], [(0.5, 1, 2), (0.4, 0, 1), (0.6, 0, 2)], AllPairs([1, 1, 1]))

    def test_a_draw_without_weight_of_a_class_is_drawn_again(self) -> None:
        drawn = drawn_of(self.c, draws=300)
        assert drawn.mated.min() > 0
        assert drawn.nonmated.min() > 0
        assert drawn.redrawn > 300
        assert drawn.labels == ("too_few_subjects",)

    def test_other_draws_stay_what_they_were(self) -> None:
        from fr_bench.intervals.weights import subject_bits, unpacked

        drawn = drawn_of(self.c, draws=300)
        plain = unpacked(subject_bits(self.c.names, 300, 1), 300)
        usable = (plain[0] > 0) & (plain.sum(axis=0) >= 2)
        assert 0 < usable.sum() < 300
        assert np.array_equal(weights_of(drawn)[:, usable], plain[:, usable])

    def test_multinomial_draws_are_drawn_again_too(self) -> None:
        drawn = drawn_of(self.c, draws=100, kind="multinomial")
        assert drawn.redrawn > 0
        assert (weights_of(drawn).sum(axis=0) == 3).all()

    def test_one_draw_in_a_hundred_may_be_drawn_again_without_a_label(self) -> None:
        drawn = drawn_of(self.c, draws=300)
        assert replace(drawn, redrawn=3).labels == ()
        assert replace(drawn, redrawn=4).labels == ("too_few_subjects",)

    def test_with_many_subjects_nothing_is_redrawn_and_nothing_labelled(self) -> None:
        drawn = drawn_of(random(1, subjects=40))
        assert (drawn.redrawn, drawn.labels) == (0, ())


class TestSearches:
    """A search weighs by its probe's subject alone."""

    tail = Tail.of([0.9, 0.7, 0.7, 0.3], [0, 1, 1, 2], None, Searches(np.array([1, 2, 1])))
    mated = Mated.of([-np.inf, 0.7, 0.8, 0.95], [0, 0, 1, 2], people=3)

    def test_fnir_at_fpir_counts_searches(self) -> None:
        drawn = weighed(self.tail, self.mated, np.ones((3, 1)), draws=1, whole=True)
        found = fnir_at_fpir_draws(drawn, [Fraction(1, 4), Fraction(3, 4)])
        assert found[0].tolist() == [0.5, 0.25]

    def test_a_searches_weight_is_its_subjects(self) -> None:
        weights: Any = np.array([[2.0], [0.0], [1.0]])
        drawn = weighed(self.tail, self.mated, weights, draws=1, whole=True)
        assert (drawn.nonmated[0], drawn.mated[0]) == (3, 5)
        assert fnir_at_fpir_draws(drawn, [Fraction(2, 3)])[0].tolist() == [0.4]

    def test_comparisons_are_no_searches(self) -> None:
        with pytest.raises(ValueError, match="over searches"):
            fnir_at_fpir_draws(drawn_of(random(1)), TARGETS)


class TestRefused:
    design = AllPairs([1, 1, 1])

    def test_a_score_that_is_no_number(self) -> None:
        with pytest.raises(ValueError, match="1 NaN"):
            Tail.of([0.1, np.nan, 0.2], [0, 0, 1], [1, 2, 2], self.design)

    def test_a_subject_compared_with_itself(self) -> None:
        with pytest.raises(ValueError, match="with itself"):
            Tail.of([0.1, 0.3, 0.2], [0, 0, 1], [1, 2, 1], self.design)

    def test_fewer_scores_than_comparisons_without_a_floor(self) -> None:
        with pytest.raises(ValueError, match="2 nonmated scores of 3 comparisons"):
            Tail.of([0.1, 0.3], [0, 0], [1, 2], self.design)

    def test_more_scores_than_comparisons(self) -> None:
        with pytest.raises(ValueError, match="4 nonmated scores of 3"):
            Tail.of([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], [1, 2, 2, 2], self.design, floor=0.0)

    def test_a_score_below_the_floor(self) -> None:
        with pytest.raises(ValueError, match=r"score 0\.1 below the floor 0\.2"):
            Tail.of([0.1, 0.3], [0, 0], [1, 2], self.design, floor=0.2)

    @pytest.mark.parametrize("codes", [[0, 3], [0, -1], [0]])
    def test_a_code_that_no_subject_has(self, codes: list[int]) -> None:
        with pytest.raises(ValueError, match="subject codes"):
            Mated.of([0.1, 0.3], codes, people=3)

    def test_a_class_without_comparisons(self) -> None:
        tail = Tail.of([0.1, 0.3, 0.2], [0, 0, 1], [1, 2, 2], self.design)
        with pytest.raises(ValueError, match="3 nonmated and 0 mated"):
            draw(tail, Mated.of([], [], people=3), ["a", "b", "c"], draws=10, seed=1)

    def test_names_that_do_not_fit_the_subjects(self) -> None:
        c = random(1)
        with pytest.raises(ValueError, match="5 names, 6 and 6 subjects"):
            draw(c.tail(), c.lowest(), c.names[:5], draws=10, seed=1)

    @pytest.mark.parametrize("target", [Fraction(0), Fraction(1)])
    def test_a_target_that_is_no_rate(self, target: Fraction) -> None:
        with pytest.raises(ValueError, match=r"not inside \(0, 1\)"):
            fnmr_at_fmr_draws(drawn_of(random(1)), [target])

    def test_weights_without_weight_of_a_class(self) -> None:
        c = random(1)
        with pytest.raises(ValueError, match="without mated or nonmated weight"):
            weighed(c.tail(), c.lowest(), np.zeros((6, 1)), draws=1, whole=True)


def test_a_draw_is_shown_without_its_weights() -> None:
    tail = Tail.of([0.9], np.array([0]), np.array([1]), AllPairs([1, 1]))
    drawn = draw(tail, Mated.of([0.7, 0.8], [0, 1], people=2), ["a", "b"], draws=64, seed=1)
    assert "source" not in repr(drawn)


def test_every_draw_that_could_not_be_used_is_counted_once() -> None:
    """Both of two subjects have to count: three of four draws cannot be used, and are drawn from the next stream."""
    tail = Tail.of([0.9], np.array([0]), np.array([1]), AllPairs([1, 1]))
    drawn = draw(tail, Mated.of([0.7, 0.8], [0, 1], people=2), ["a", "b"], draws=64, seed=1)
    missing, thrown, attempt = np.ones(64, dtype=bool), 0, 0
    while missing.any():
        missing &= ~unpacked(subject_bits(["a", "b"], 64, 1, attempt=attempt), 64).all(axis=0)
        thrown, attempt = thrown + int(missing.sum()), attempt + 1
    assert drawn.redrawn == thrown > 64


@pytest.mark.parametrize(("weights", "usable"), [((1, 1, 1), True), ((0, 1, 1), False), ((1, 0, 0), False)])
def test_a_draw_without_weight_of_either_class_is_refused(weights: tuple[int, ...], usable: bool) -> None:
    """Subject 0 has the mated comparison, subjects 1 and 2 the nonmated one."""
    tail = Tail.of([0.9], np.array([1]), np.array([2]), Listed.of([1], [2], subjects=3))
    mated, column = Mated.of([0.7], [0], people=3), np.array(weights, dtype=float)[:, None]
    if usable:
        assert weighed(tail, mated, column, draws=1, whole=True).draws == 1
        return
    with pytest.raises(ValueError, match="without mated or nonmated weight"):
        weighed(tail, mated, column, draws=1, whole=True)
