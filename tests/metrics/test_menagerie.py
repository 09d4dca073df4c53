"""Animals: exact tests against SciPy, quarters with ties, and what chance alone gives."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from fr_bench.metrics.error_carriers import of_mated, of_nonmated
from fr_bench.metrics.menagerie import ANIMALS, SubjectScore, animals, more_than_chance, overlap_p
from fr_bench.metrics.subject_effect import draws_for, false_match_effect, mated_effect

# More errors than chance gives


def test_the_p_value_is_that_of_the_hypergeometric_distribution() -> None:
    from scipy.stats import hypergeom

    rng = np.random.default_rng(4)
    for total, wrong in ((40, 9), (5000, 60), (10**8, 40_000)):
        trials = rng.integers(2, total // 6, 30)
        errors = np.minimum(np.minimum(trials, wrong), rng.poisson(3 + 2 * trials * wrong / total))
        expected = np.where(errors * total > trials * wrong, hypergeom.sf(errors - 1, total, trials, wrong), 1.0)
        found = more_than_chance(errors, trials, wrong, total)
        # The logarithms of the factorials of 10^8 carry seven digits less.
        assert found == pytest.approx(np.maximum(expected, np.finfo(float).tiny), rel=1e-6, abs=1e-290)


def test_a_subject_with_all_errors_has_a_small_p_value_and_never_zero() -> None:
    found = more_than_chance(np.array([1000, 0]), np.array([1000, 10**9]), 1000, 10**9 + 1000)
    assert 0 < found[0] < 1e-300
    assert found[1] == 1


def test_nothing_but_errors_shows_nothing() -> None:
    assert more_than_chance(np.array([3, 4]), np.array([3, 4]), 7, 7).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("errors", "trials"), [(3, 2), (1, 20), (4, 5)])
def test_counts_that_contradict_each_other_are_refused(errors: int, trials: int) -> None:
    with pytest.raises(ValueError, match="more errors than comparisons"):
        more_than_chance(np.array([errors]), np.array([trials]), 3, 10)


# The menagerie


@pytest.mark.parametrize(("one", "other", "total"), [(2, 2, 8), (3, 2, 9), (4, 4, 10)])
def test_the_overlap_test_is_that_of_all_placements(one: int, other: int, total: int) -> None:
    placements = [len(set(chosen) & set(range(one))) for chosen in itertools.combinations(range(total), other)]
    ways = {count: placements.count(count) for count in set(placements)}
    for count, way in ways.items():
        expected = Fraction(sum(w for w in ways.values() if w <= way), len(placements))
        assert overlap_p(count, one, other, total) == pytest.approx(float(expected), abs=1e-15)


def scored(mated: list[float], nonmated: list[float]) -> SubjectScore:
    return SubjectScore(mated=np.array(mated, dtype=float), nonmated=np.array(nonmated, dtype=float), shares=False)


def test_subjects_who_are_both_good_are_doves() -> None:
    n = 40
    counts, who = animals(scored(list(range(n)), list(range(n, 0, -1))))
    found = {one.animal: one for one in counts}
    assert [one.animal for one in counts] == list(ANIMALS)
    assert who["dove"].tolist() == list(range(30, 40))
    assert who["worm"].tolist() == list(range(10))
    assert found["dove"].p < 1e-8
    assert (found["chameleon"].count, found["phantom"].count) == (0, 0)
    assert found["phantom"].expected == 2.5


def test_equal_means_that_do_not_fit_into_a_quarter_stay_out_of_it() -> None:
    counts, who = animals(scored([1.0] * 8, list(range(8))))
    assert all(one.count == 0 for one in counts)
    assert all(len(members) == 0 for members in who.values())


def test_subjects_without_a_mean_are_no_animals() -> None:
    mean = [float(k) for k in range(16)]
    counts, who = animals(scored([np.nan, np.inf, *mean], [0.0, 0.0, *mean]))
    assert who["chameleon"].tolist() == [14, 15, 16, 17]
    assert counts[2].expected == 1.0


def test_fewer_than_eight_subjects_are_no_menagerie() -> None:
    assert animals(scored(list(range(7)), list(range(7)))) == ((), {})


# Any effect at all


def test_a_subject_effect_is_seen_and_its_absence_is_not() -> None:
    rng = np.random.default_rng(8)
    subject = np.repeat(np.arange(30), 6)
    noise = rng.normal(size=len(subject))
    shifted = mated_effect(noise + np.repeat(rng.normal(size=30), 6), subject, seed=1)
    level = mated_effect(noise, subject, seed=1)
    assert shifted is not None
    assert level is not None
    assert (shifted.p, shifted.draws, shifted.subjects) == (1 / 1000, 999, 30)
    assert level.p > 0.05
    assert level.by_chance == pytest.approx(29, rel=0.05)


def test_the_statistic_is_that_of_kruskal_and_wallis() -> None:
    from scipy.stats import kruskal

    rng = np.random.default_rng(9)
    values, subject = rng.normal(size=60), rng.permutation(np.repeat(np.arange(6), 10))
    found = mated_effect(values, subject, seed=0)
    assert found is not None
    assert found.statistic == pytest.approx(kruskal(*(values[subject == k] for k in range(6))).statistic, abs=1e-9)


def test_p_values_keep_their_level_where_there_is_no_effect() -> None:
    rng = np.random.default_rng(10)
    subject = np.repeat(np.arange(12), [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
    found = [mated_effect(rng.normal(size=len(subject)), subject, seed=k) for k in range(60)]
    assert sum(one is not None and one.p <= 0.1 for one in found) <= 13  # 6 expected


def test_the_order_of_comparisons_does_not_move_the_test() -> None:
    rng = np.random.default_rng(11)
    values, subject = rng.integers(0, 9, 50).astype(float), rng.integers(0, 8, 50)
    order = rng.permutation(50)
    assert mated_effect(values, subject, seed=3) == mated_effect(values[order], subject[order], seed=3)


@pytest.mark.parametrize("subject", [[0, 0, 0], [0, 1, 2]])
def test_one_subject_or_one_comparison_each_shows_nothing(subject: list[int]) -> None:
    assert mated_effect(np.arange(3.0), np.array(subject), seed=1) is None


def test_false_matches_of_one_subject_are_no_chance() -> None:
    first, second = (np.array(side) for side in zip(*itertools.combinations(range(20), 2), strict=True))

    def involved(rows: np.ndarray) -> np.ndarray:
        return np.bincount(first[rows], minlength=20) + np.bincount(second[rows], minlength=20)

    def pick(count: int, source: np.random.Generator) -> np.ndarray:
        return involved(source.choice(len(first), count, replace=False))

    trials = np.full(20, 19)
    wolf = false_match_effect(involved(np.flatnonzero(first == 0)), trials, pick, 190, seed=1)
    chance = false_match_effect(pick(19, np.random.default_rng(5)), trials, pick, 190, seed=1)
    assert wolf is not None
    assert chance is not None
    assert wolf.p == 1 / 1000
    assert chance.p > 0.05
    assert false_match_effect(np.zeros(20, int), trials, pick, 190, seed=1) is None


def test_false_matches_are_as_uneven_as_their_squared_distances_from_what_is_expected_say() -> None:
    # p = 10/100: expected are 1, 3, 6 and 10 of 10, 30, 60 and 100.
    involved, trials = np.array([3, 3, 5, 9]), np.array([10, 30, 60, 100])
    found = false_match_effect(involved, trials, lambda *_: involved, 100, seed=1)
    assert found is not None
    assert found.statistic == pytest.approx(2**2 / 1 + 0 + 1 / 6 + 1 / 10, rel=1e-12)
    assert (found.by_chance, found.subjects) == (pytest.approx(found.statistic), 4)


def test_draws_that_are_all_as_uneven_as_what_was_seen_show_nothing() -> None:
    """One false match among three subjects involves two of them, whichever it is."""
    involved = np.array([1, 1, 0])
    pick = [np.roll(involved, k) for k in range(3)]
    found = false_match_effect(
        involved, np.array([2, 2, 2]), lambda _, source: pick[source.integers(3)], 3, seed=1
    )  # fmt: skip
    assert found is not None
    assert found.p == 1


def test_many_false_matches_are_drawn_less_often() -> None:
    involved = np.array([10_000, 6_000, 4_000])
    found = false_match_effect(involved, np.full(3, 10**6), lambda *_: involved, 10**6, seed=1)
    assert found is not None
    assert found.draws == draws_for(20_000) == 250


# Who carries the errors


def test_the_curve_counts_errors_that_involve_one_of_the_first() -> None:
    rng = np.random.default_rng(12)
    pairs = sorted({(int(a), int(b)) for a, b in rng.integers(0, 9, (30, 2)) if a < b})
    errors = rng.integers(1, 5, len(pairs))
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    found = of_nonmated(first, second, errors, subjects=9, people=9)
    for k in range(len(found.order)):
        leading = set(found.order[: k + 1].tolist())
        covered = sum(e for (a, b), e in zip(pairs, errors, strict=True) if {a, b} & leading)
        assert found.cumulative[k] == covered
    assert found.total == errors.sum()
    assert sorted(found.errors.tolist(), reverse=True) == found.errors.tolist()
    assert found.errors.sum() == 2 * found.total


@pytest.mark.parametrize(("errors", "half"), [([4, 3, 3], 2), ([5, 5], 1), ([0, 0], 0), ([1], 1), ([1, 1, 1], 2)])
def test_how_few_carry_half(errors: list[int], half: int) -> None:
    assert of_mated(np.array(errors), len(errors)).carrying() == half


@pytest.mark.parametrize(("subjects", "tested"), [([0, 0, 0], False), ([0, 1], False), ([0, 0, 1], True)])
def test_two_subjects_of_whom_one_has_two_comparisons_can_be_asked_for_an_effect(
    subjects: list[int], tested: bool
) -> None:
    scores = np.array([0.1, 0.2, 0.9])[: len(subjects)]
    found = mated_effect(scores, np.array(subjects, dtype=np.int32), seed=1)
    assert (found is not None) is tested


@pytest.mark.parametrize(("subjects", "told"), [(7, False), (8, True)])
def test_eight_subjects_are_the_fewest_with_animals(subjects: int, told: bool) -> None:
    counts, who = animals(scored(list(range(subjects)), list(range(subjects, 0, -1))))
    assert bool(counts) is bool(who) is told


def test_quarters_of_unequal_size_overlap_by_chance_as_their_sizes_say() -> None:
    """Of 12 subjects 3 are of the upper mated quarter, and by ties only one, of them, of the lower nonmated one."""
    counts, who = animals(scored(list(range(12)), [1, 1, 5, 5, 5, 5, 5, 5, 5, 1, 1, 0]))
    dove = next(one for one in counts if one.animal == "dove")
    assert who["dove"].tolist() == [11]
    assert (dove.count, dove.expected, dove.p) == (1, 3 * 1 / 12, 3 / 12)


def test_no_error_is_carried_by_nobody() -> None:
    none = np.zeros(0, dtype=np.int64)
    for found in (of_mated(np.zeros(3, dtype=np.int64), 3), of_nonmated(none, none, none, 3, 3)):
        assert (found.total, found.carrying(), found.order.tolist(), found.cumulative.tolist()) == (0, 0, [], [])
        assert (found.errors.tolist(), found.subjects) == ([], 3)


def test_half_of_the_errors_are_carried_by_as_few_as_reach_half() -> None:
    found = of_mated(np.array([0, 5, 1, 3, 1]), 5)
    assert (found.total, found.carrying(), found.carrying(6, 10), found.carrying(1, 1)) == (10, 1, 2, 4)


@pytest.mark.parametrize(
    ("elements", "draws"), [(1, 999), (5005, 999), (5006, 998), (50_000, 100), (50_001, 99), (10**9, 99)]
)
def test_large_runs_are_drawn_less_often_and_never_under_99_times(elements: int, draws: int) -> None:
    assert draws_for(elements) == draws
