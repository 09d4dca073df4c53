"""Paired differences against their slow definitions in fractions, and the laws that they keep."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.design import AllPairs, Listed
from fr_bench.intervals.differences import (
    EQUAL_DRAWS,
    NO_DISCORDANCE,
    Difference,
    paired_draws,
    paired_fmr,
    paired_fnmr,
)
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.significance import sign_flip
from fr_bench.intervals.verdicts import Judged, verdicts

SUBJECT = st.integers(1, 4).flatmap(lambda m: st.tuples(st.integers(0, m), st.integers(0, m), st.just(m)))
SUBJECTS = st.lists(SUBJECT, min_size=2, max_size=12)


def fnmr(rows: list[tuple[int, int, int]]) -> Difference:
    first, second, trials = zip(*rows, strict=True)
    return paired_fnmr(ClusterCounts(first, trials), ClusterCounts(second, trials), flips=99)


def test_fnmr_difference_of_one_comparison_a_subject_is_the_paired_t_test() -> None:
    first, second = [0] * 60 + [1] * 40, [0] * 50 + [1] * 10 + [0] * 4 + [1] * 36
    found = paired_fnmr(ClusterCounts(first, [1] * 100), ClusterCounts(second, [1] * 100))
    expected = stats.ttest_rel(second, first)
    low, high = expected.confidence_interval(0.95)
    assert found.value == pytest.approx(0.06)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), rel=1e-12)
    assert (found.units, found.degrees, found.differing, found.test) == (100, 99, 14, "sign-flip")
    assert found.p == sign_flip(np.array(second) - np.array(first))


@given(SUBJECTS)
def test_fnmr_variance_is_that_of_the_definition(rows: list[tuple[int, int, int]]) -> None:
    n, made = len(rows), sum(m for _, _, m in rows)
    d = Fraction(sum(b - a for a, b, _ in rows), made)
    variance = Fraction(n, n - 1) * sum((b - a - d * m) ** 2 for a, b, m in rows) / made**2
    found = fnmr(rows)
    if found.differing:
        assert found.variance == pytest.approx(float(variance), rel=1e-12, abs=1e-18)
    assert found.value == float(d)


def comparisons(count: Callable[[int, int], int], subjects: int) -> list[tuple[int, int]]:
    pairs = itertools.combinations(range(subjects), 2)
    return [pair for pair in pairs for _ in range(count(*pair))]


@st.composite
def decided_pairs(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[bool], list[bool], int]:
    """Nonmated comparisons by their pair of subjects, and which of them each system accepts."""
    subjects = draw(st.integers(3, 6))
    pairs = comparisons(lambda _i, _j: draw(st.integers(0, 2)), subjects) or [(0, 1)]
    accepted = [draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs))) for _ in range(2)]
    return pairs, accepted[0], accepted[1], subjects


def matches(pairs: list[tuple[int, int]], accepted: list[bool]) -> PairErrors:
    chosen = [pair for pair, yes in zip(pairs, accepted, strict=True) if yes]
    return PairErrors.of([i for i, _ in chosen], [j for _, j in chosen])


@given(decided_pairs())
def test_fmr_variance_is_the_sum_over_comparisons_that_share_a_subject(
    drawn: tuple[list[tuple[int, int]], list[bool], list[bool], int],
) -> None:
    pairs, first, second, subjects = drawn
    design = Listed.of([i for i, _ in pairs], [j for _, j in pairs], subjects=subjects)
    found = paired_fmr(design, matches(pairs, first), matches(pairs, second))
    d = Fraction(sum(second) - sum(first), len(pairs))
    g = [int(b) - int(a) - d for a, b in zip(first, second, strict=True)]
    same, shared = Fraction(0), Fraction(0)
    for (one, x), (other, y) in itertools.product(zip(pairs, g, strict=True), repeat=2):
        if one == other:
            same += x * y
        elif set(one) & set(other):
            shared += x * y
    n = len({subject for pair in pairs for subject in pair})
    kappa = Fraction(n * (n - 1), (n - 2) ** 2) if n > 2 else Fraction(1)
    expected = (kappa * max(shared, Fraction(0)) + same) / len(pairs) ** 2
    if found.differing:
        assert found.variance == pytest.approx(float(expected), rel=1e-12, abs=1e-18)
    assert found.value == float(d)
    assert found.units == n


def test_fmr_against_a_system_without_false_matches_has_the_variance_of_the_fmr() -> None:
    design, second = AllPairs([2, 1, 3, 1, 2]), PairErrors.of([0, 0, 2, 1], [1, 2, 3, 2])
    found = paired_fmr(design, PairErrors.of([], []), second)
    assert found.variance == pytest.approx(dyadic_variance(design, second).variance, rel=1e-12)
    assert found.value == 4 / design.total


def test_fmr_variance_of_a_wolf_by_hand() -> None:
    """Four subjects, six comparisons; only the second system takes subject 0 for subjects 1 and 2.

    d = 1/3; g = 2/3 for those two pairs, -1/3 for the other four. By subject R = (1, 0, 0, -1); S2 = 2 (4/9) + 4 (1/9),
    C = 2 - 2 S2 < 0. With subject 3 as well: d = 1/2, g = +-1/2, R = (3/2, -1/2, -1/2, -1/2), S2 = 3/2, C = 3 - 3 = 0.
    Five subjects, one wolf: N = 10, d = 2/5, R = (12/5, -3/5 four times), S2 = 12/5, C = 36/5 - 24/5, kappa = 20/9.
    """
    nobody = PairErrors.of([], [])
    two = paired_fmr(AllPairs([1] * 4), nobody, PairErrors.of([0, 0], [1, 2]))
    three = paired_fmr(AllPairs([1] * 4), nobody, PairErrors.of([0] * 3, [1, 2, 3]))
    wolf = paired_fmr(AllPairs([1] * 5), nobody, PairErrors.of([0] * 4, [1, 2, 3, 4]))
    assert two.variance == pytest.approx(4 / 3 / 36, rel=1e-14)
    assert three.variance == pytest.approx(3 / 2 / 36, rel=1e-14)
    assert wolf.variance == pytest.approx((20 / 9 * 12 / 5 + 12 / 5) / 100, rel=1e-14)


def test_fmr_difference_is_tested_by_t_and_never_by_flipping() -> None:
    design = AllPairs([1] * 30)
    found = paired_fmr(design, PairErrors.of([0, 2], [1, 3]), PairErrors.of(range(10), range(10, 20)))
    assert found.test == "t"
    assert found.interval is not None
    half = stats.t.ppf(0.975, 29) * math.sqrt(found.variance)
    assert found.interval.high == pytest.approx(found.value + half, rel=1e-12)
    assert found.p == pytest.approx(2 * stats.t.sf(found.value / math.sqrt(found.variance), 29), rel=1e-10)


@given(SUBJECTS)
def test_swapping_the_systems_negates_the_fnmr_difference(rows: list[tuple[int, int, int]]) -> None:
    assert negated(fnmr(rows)) == figures(fnmr([(b, a, m) for a, b, m in rows]))


@given(decided_pairs())
def test_swapping_the_systems_negates_the_fmr_difference(
    drawn: tuple[list[tuple[int, int]], list[bool], list[bool], int],
) -> None:
    pairs, first, second, subjects = drawn
    design = Listed.of([i for i, _ in pairs], [j for _, j in pairs], subjects=subjects)
    one, other = matches(pairs, first), matches(pairs, second)
    assert negated(paired_fmr(design, one, other)) == figures(paired_fmr(design, other, one))


def test_swapping_the_systems_negates_a_difference_of_draws() -> None:
    rng = np.random.default_rng(7)
    first, second = rng.normal(0.1, 0.02, 500), rng.normal(0.13, 0.02, 500)
    forth, back = (
        paired_draws(*values, *draws, units=80)
        for values, draws in (((0.1, 0.13), (first, second)), ((0.13, 0.1), (second, first)))
    )
    assert negated(forth) == figures(back)


def figures(found: Difference) -> tuple[object, ...]:
    limits = (found.interval.low, found.interval.high) if found.interval else None
    return found.value, limits, found.variance, found.p, found.differing


def negated(found: Difference) -> tuple[object, ...]:
    limits = (-found.interval.high, -found.interval.low) if found.interval else None
    return -found.value, limits, found.variance, found.p, found.differing


def test_order_of_subjects_changes_no_bit() -> None:
    rng = np.random.default_rng(3)
    trials = rng.integers(1, 6, 200)
    first, second = (rng.binomial(trials, 0.2) for _ in range(2))
    order = rng.permutation(200)
    whole = paired_fnmr(ClusterCounts(first, trials), ClusterCounts(second, trials), seed=5)
    assert whole == paired_fnmr(
        ClusterCounts(first[order], trials[order]), ClusterCounts(second[order], trials[order]), seed=5
    )


def test_a_system_against_itself_has_no_difference_and_no_interval() -> None:
    counts = ClusterCounts([0, 1, 2] * 20, [2, 2, 3] * 20)
    found = paired_fnmr(counts, counts, discordant=(0, 0))
    assert (found.value, found.interval, found.p, found.test) == (0.0, None, 1.0, "sign-flip")
    assert "no discordant comparison" in (found.no_interval or "")
    assert found.labels == ("no_discordance",)


def test_without_discordance_its_rate_is_bounded_by_comparisons_and_by_subjects() -> None:
    counts = ClusterCounts([1] * 50, [4] * 50)
    found = paired_fnmr(counts, counts, discordant=(0, 0))
    assert found.discordance is not None
    assert found.discordance.low == 0
    assert found.discordance.high == pytest.approx(1 - 0.025 ** (1 / 200), rel=1e-12)
    assert found.sober == pytest.approx(1 - 0.025 ** (1 / 50), rel=1e-12)


def test_draws_without_discordance_are_bounded_by_subjects() -> None:
    same = np.linspace(0, 1, 50)
    found = paired_draws(0.1, 0.1, same, same, units=40, bound=1.0, discordant=(0, 0))
    assert found.sober == pytest.approx(1 - 0.025 ** (1 / 40))
    assert paired_draws(0.1, 0.1, same, same, units=40, bound=1.0, discordant=(1, 1)).sober is None
    assert paired_draws(2.0, 2.0, same, same, units=40, discordant=(0, 0)).sober is None


def test_without_discordant_false_matches_disjoint_pairs_bound_the_rate() -> None:
    same = PairErrors.of([0, 1], [2, 3])
    found = paired_fmr(AllPairs([1] * 41), same, same, discordant=(0, 0))
    assert (found.value, found.interval, found.p, found.test) == (0.0, None, 1.0, None)
    assert found.sober == pytest.approx(1 - 0.025 ** (1 / 20), rel=1e-12)


def test_errors_that_trade_places_within_a_subject_are_no_agreement() -> None:
    counts = ClusterCounts([1] * 30, [2] * 30)
    found = paired_fnmr(counts, counts, discordant=(12, 12))
    assert found.interval is None
    assert "different comparisons" in (found.no_interval or "")
    assert found.discordance is not None
    assert found.discordance.low > 0
    assert found.sober is None
    assert found.labels == ()


def test_zero_variance_is_never_printed_as_certainty() -> None:
    found = paired_fnmr(ClusterCounts([0] * 30, [2] * 30), ClusterCounts([2] * 30, [2] * 30))
    assert (found.value, found.variance, found.interval) == (1.0, 0.0, None)
    assert found.no_interval


def test_one_subject_gives_no_interval() -> None:
    found = paired_fnmr(ClusterCounts([1], [5]), ClusterCounts([3], [5]))
    assert found.interval is None
    assert found.labels == ("few_discordant", "too_few_subjects")


def test_minimum_detectable_difference_is_2_80_standard_errors() -> None:
    found = fnmr([(0, 1, 2), (1, 0, 2), (0, 2, 2), (0, 0, 2)])
    assert found.minimum_detectable() == pytest.approx(2.8015852 * found.standard_error, rel=1e-7)
    assert found.minimum_detectable(power=0.95) == pytest.approx(3.6048176 * found.standard_error, rel=1e-7)
    assert fnmr([(1, 1, 2)] * 30).minimum_detectable() is None


def test_higher_confidence_contains_lower() -> None:
    first, second = ClusterCounts([0, 1, 1] * 10, [3] * 30), ClusterCounts([2, 1, 0] * 10, [3] * 30)
    narrow, wide = (paired_fnmr(first, second, level=level).interval for level in (0.9, 0.99))
    assert narrow is not None
    assert wide is not None
    assert wide.low < narrow.low < narrow.high < wide.high


def test_other_trials_are_a_callers_bug() -> None:
    with pytest.raises(ValueError, match="same comparisons"):
        paired_fnmr(ClusterCounts([1], [2]), ClusterCounts([1], [3]))


@pytest.mark.parametrize("subject", [4, 5, 9])
def test_a_false_match_of_a_subject_that_nobody_numbered_is_a_callers_bug(subject: int) -> None:
    with pytest.raises(ValueError, match=f"a false match of subject {subject} of 4 subjects numbered from 0"):
        paired_fmr(AllPairs([1] * 4), PairErrors.of([], []), PairErrors.of([0], [subject]))


def test_without_another_seed_the_swaps_of_a_difference_are_those_of_seed_0() -> None:
    first, second = ClusterCounts([0] * 40, [1] * 40), ClusterCounts([1, 0] * 20, [1] * 40)
    mixed = ClusterCounts([0] * 25 + [1] * 15, [1] * 40)
    assert paired_fnmr(mixed, second).p == paired_fnmr(mixed, second, seed=0).p != paired_fnmr(mixed, second, seed=1).p
    assert paired_fnmr(first, second).p == sign_flip([1] * 20)


def test_more_false_matches_than_comparisons_are_a_callers_bug() -> None:
    with pytest.raises(ValueError, match="more false matches"):
        paired_fmr(AllPairs([1, 1, 1]), PairErrors.of([], []), PairErrors.of([0, 0], [1, 1]))


def test_standard_error_of_draws_is_that_of_their_differences() -> None:
    rng = np.random.default_rng(11)
    shared = rng.normal(0, 0.05, 4000)
    found = paired_draws(0.2, 0.25, 0.2 + shared, 0.25 + shared + rng.normal(0, 0.01, 4000), units=60, bound=1.0)
    assert found.standard_error == pytest.approx(0.01, rel=0.05)
    assert found.interval is not None
    assert found.interval.high == pytest.approx(0.05 + stats.t.ppf(0.975, 59) * found.standard_error, rel=1e-12)
    assert found.p == pytest.approx(2 * stats.t.sf(0.05 / found.standard_error, 59), rel=1e-9)


def test_a_draw_that_ran_off_the_kept_scores_leaves_no_interval() -> None:
    draws = np.full(50, 0.1)
    broken = draws.copy()
    broken[3] = np.nan
    found = paired_draws(0.1, 0.1, draws, broken, units=60)
    assert found.interval is None
    assert found.p is None
    assert found.minimum_detectable() is None
    assert found.labels == ("tail_too_short",)
    assert "1 of 50 draws" in (found.no_interval or "")


def test_draws_that_differ_have_an_interval_though_no_error_is_discordant() -> None:
    found = paired_draws(0.1, 0.1, np.zeros(50), np.linspace(-0.1, 0.1, 50), units=60, discordant=(0, 0))
    assert found.interval is not None
    assert found.labels == ()


@pytest.mark.parametrize(("discordant", "labels"), [((0, 0), ("no_discordance",)), ((0, 1), ("few_discordant",))])
def test_equal_draws_are_agreement_only_where_no_error_is_discordant(
    discordant: tuple[int, int], labels: tuple[str, ...]
) -> None:
    found = paired_draws(0.1, 0.1, np.zeros(50), np.zeros(50), units=60, discordant=discordant)
    assert found.interval is None
    assert found.labels == labels
    assert ("discordant" in (found.no_interval or "")) is (discordant == (0, 0))


@pytest.mark.parametrize(
    ("discordant", "said"),
    [(None, "equal_draws"), ((0, 1), "equal_draws"), ((1, 1), "equal_draws"), ((0, 0), "no_discordance")],
)
def test_equal_draws_say_what_leaves_no_interval(discordant: tuple[int, int] | None, said: str) -> None:
    reasons = {"equal_draws": EQUAL_DRAWS, "no_discordance": NO_DISCORDANCE}
    found = paired_draws(0.1, 0.3, np.zeros(50), np.full(50, 0.2), units=60, discordant=discordant)
    assert found.no_interval == reasons[said]
    assert (found.variance, found.p) == (0.0, None)


def test_two_subjects_are_enough_for_an_interval() -> None:
    found = fnmr([(0, 2, 4), (0, 1, 4)])
    assert found.interval is not None
    assert found.degrees == 1


def test_draws_that_never_differ_leave_no_interval() -> None:
    draws = np.linspace(0, 1, 50)
    found = paired_draws(0.1, 0.1, draws, draws, units=60, bound=1.0)
    assert (found.value, found.interval) == (0.0, None)
    assert judged(found).verdict == "inconclusive"


def judged(found: Difference, margin: float = 0.0, *, larger: bool = True, alpha: float = 0.05) -> Judged:
    return verdicts([found], margins=[margin], larger_is_worse=[larger], alpha=alpha)[0]


def of_draws(value: float, se: float, units: int = 100) -> Difference:
    spread = np.array([-1.0, 1.0]) * se / math.sqrt(2)
    return paired_draws(0.0, value, np.zeros(2), spread, units=units)


@pytest.mark.parametrize(
    ("value", "margin", "expected"),
    [(0.05, 0.0, "worse"), (0.05, 0.04, "inconclusive"), (0.05, 0.08, "not worse"), (-0.05, 0.0, "not worse")],
)
def test_verdict_asks_where_the_one_sided_limit_lies(value: float, margin: float, expected: str) -> None:
    assert judged(of_draws(value, 0.01), margin).verdict == expected


@pytest.mark.parametrize("shift", [-1e-9, 1e-9])
def test_verdict_turns_at_the_end_of_the_one_sided_interval(shift: float) -> None:
    limit = 0.05 - stats.t.ppf(0.95, 99) * 0.01
    assert judged(of_draws(0.05, 0.01), limit + shift).verdict == ("worse" if shift < 0 else "inconclusive")


def test_less_of_what_more_is_better_is_worse() -> None:
    assert judged(of_draws(-0.05, 0.01), larger=False).verdict == "worse"
    assert judged(of_draws(0.05, 0.01), larger=False).verdict == "not worse"


def test_verdicts_of_a_family_are_held_to_one_level() -> None:
    borderline = of_draws(0.018, 0.01)
    assert judged(borderline).verdict == "worse"
    family = [borderline] * 4
    found = verdicts(family, margins=[0.0] * 4, larger_is_worse=[True] * 4)
    assert [one.verdict for one in found] == ["inconclusive"] * 4
    assert found[0].p_worse == pytest.approx(4 * judged(borderline).p_worse)


def test_fewer_than_20_subjects_give_no_verdict() -> None:
    assert judged(of_draws(0.5, 0.01, units=20)).verdict == "worse"
    assert judged(of_draws(0.5, 0.01, units=19)).verdict == "inconclusive"


@given(SUBJECTS.filter(lambda rows: len(rows) > 1), st.floats(0, 1))
def test_a_system_against_itself_is_never_worse(rows: list[tuple[int, int, int]], margin: float) -> None:
    same = fnmr([(a, a, m) for a, _, m in rows] * 20)
    assert same.value == 0
    assert judged(same, margin).verdict != "worse"


def test_agreement_in_enough_subjects_shows_that_a_system_is_not_worse_by_a_margin() -> None:
    counts = ClusterCounts([0] * 100, [2] * 100)
    same = paired_fnmr(counts, counts)
    # 0 of 100 subjects: below 2.95 % with 95 % confidence.
    assert judged(same, 0.029).verdict == "inconclusive"
    assert judged(same, 0.030).verdict == "not worse"


def test_a_system_that_fails_everybody_is_worse_though_subjects_do_not_differ() -> None:
    counts: list[NDArray[np.int64]] = [np.zeros(30, np.int64), np.full(30, 2)]
    found = paired_fnmr(*(ClusterCounts(errors, np.full(30, 2)) for errors in counts))
    assert judged(found).verdict == "worse"
    assert judged(found).p_worse == pytest.approx(2.0**-30)


@pytest.mark.parametrize("loss", [-1.0, -0.5, 0.0, 0.125, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("margin", [0.0, 0.25, 1.0, 1.5])
def test_without_spread_markovs_inequality_by_unit_decides(loss: float, margin: float) -> None:
    """All of 20 units lose d: worse by chance at most ((1+m)/(1+d))^20, not worse ((1-m)/(1-d))^20, 0 from m = 1."""
    found = judged(same_for_all(loss), margin)
    m, d = Fraction(margin), Fraction(loss)
    worse = ((1 + m) / (1 + d)) ** 20 if d > m else 1
    not_worse = 1 if d >= m else 0 if m >= 1 else ((1 - m) / (1 - d)) ** 20
    assert (found.p_worse, found.p_not_worse) == pytest.approx((float(worse), float(not_worse)), rel=1e-12)


@pytest.mark.parametrize("loss", [-1.5, 1.5])
def test_a_loss_beyond_what_a_unit_can_lose_says_nothing(loss: float) -> None:
    found = judged(same_for_all(loss), 1.25)
    assert (found.verdict, found.p_worse, found.p_not_worse) == ("inconclusive", 1.0, 1.0)


def same_for_all(loss: float) -> Difference:
    """The same loss in every draw of 20 subjects."""
    return paired_draws(0.0, loss, np.zeros(2), np.zeros(2), units=20, bound=1.0)


def test_a_margin_below_zero_is_a_callers_bug() -> None:
    with pytest.raises(ValueError, match="margins"):
        judged(of_draws(0.1, 0.1), -0.1)


@pytest.mark.parametrize("alpha", [0.0, 1.0, math.nan])
def test_a_level_that_decides_nothing_is_a_callers_bug(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        judged(of_draws(0.1, 0.1), alpha=alpha)


def test_counts_by_subject_alone_never_say_that_every_comparison_was_decided_alike() -> None:
    counts = ClusterCounts([0, 1, 2] * 20, [2, 2, 3] * 20)
    found = paired_fnmr(counts, counts)
    assert found.labels == ()
    assert found.no_interval == "as many errors on every subject; which comparisons they are was not compared"


@pytest.mark.parametrize("power", [-0.5, 0.0, 1.0, 1.5])
def test_no_difference_is_detectable_with_a_power_of_nothing_or_of_certainty(power: float) -> None:
    with pytest.raises(ValueError, match=f"power {power}"):
        fnmr([(0, 1, 2), (1, 0, 2)]).minimum_detectable(power)


@pytest.mark.parametrize("level", [-0.5, 0.0, 1.0, 1.5])
def test_a_level_of_nothing_or_of_certainty_is_refused_also_where_no_interval_is_made(level: float) -> None:
    with pytest.raises(ValueError, match=f"confidence level {level}"):
        paired_fnmr(ClusterCounts([1], [5]), ClusterCounts([3], [5]), level=level)


def test_one_draw_shows_no_spread() -> None:
    one, two = np.array([0.1]), np.array([0.1, 0.2])
    with pytest.raises(ValueError, match=r"draws \(1,\) and \(1,\)"):
        paired_draws(0.1, 0.2, one, one, units=30)
    assert paired_draws(0.1, 0.2, two, two[::-1], units=30).variance == pytest.approx(0.02)


def test_false_matches_of_both_systems_are_told_apart_by_both_subjects() -> None:
    design = AllPairs([1] * 4)
    found = paired_fmr(design, PairErrors.of([0, 1], [3, 2]), PairErrors.of([0, 2], [3, 3]))
    assert (found.differing, found.value) == (2, 0.0)


@pytest.mark.parametrize(("margins", "larger"), [([0.0, 0.0], [True]), ([0.0], [True, True])])
def test_every_difference_has_its_own_margin_and_direction(margins: list[float], larger: list[bool]) -> None:
    with pytest.raises(ValueError, match="zip"):
        verdicts([fnmr([(0, 1, 2)] * 30)], margins=margins, larger_is_worse=larger)


@pytest.mark.parametrize(("discordant", "few"), [(1, True), (9, True), (10, False)])
def test_fewer_than_ten_discordant_comparisons_are_few(discordant: int, few: bool) -> None:
    none, some = ClusterCounts([0] * 30, [1] * 30), ClusterCounts([1] * discordant + [0] * (30 - discordant), [1] * 30)
    draws = np.linspace(0.0, 0.1, 50)
    found = [
        paired_fnmr(none, some, discordant=(0, discordant)),
        paired_fnmr(none, some),
        paired_draws(0.1, 0.2, draws, draws**2, units=30, discordant=(0, discordant)),
    ]
    assert ["few_discordant" in one.labels for one in found] == [few] * 3


@pytest.mark.parametrize("margin", [0.25, 0.75])
def test_what_the_level_just_equals_is_not_shown(margin: float) -> None:
    """All of 20 units lose 0.5: worse than 0.25 by chance, and not worse than 0.75, with a p that is known exactly."""
    found = judged(same_for_all(0.5), margin)
    p = min(found.p_worse, found.p_not_worse)
    assert judged(same_for_all(0.5), margin, alpha=p).verdict == "inconclusive"
    shown = "worse" if margin < 0.5 else "not worse"
    assert judged(same_for_all(0.5), margin, alpha=float(np.nextafter(p, 1))).verdict == shown


@pytest.mark.parametrize(("subjects", "few"), [(19, True), (20, False)])
def test_twenty_subjects_are_not_too_few(subjects: int, few: bool) -> None:
    found = fnmr([(0, 1, 2), *[(1, 1, 2)] * (subjects - 1)])
    assert ("too_few_subjects" in found.labels) is few


def test_without_a_nonmated_comparison_there_is_no_fmr_to_compare() -> None:
    nobody = PairErrors.of([], [])
    with pytest.raises(ValueError, match="no nonmated comparison was made"):
        paired_fmr(AllPairs([5]), nobody, nobody)
