"""The default interval of a rate: its steps one by one, what it borrows, and what it admits not to know."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.design import AllPairs, Crossed, Listed
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.subject_exact import fmr, fmr_from, fnmr, fnmr_from, one_sided_upper

NOTHING = PairErrors.of([], [])


def wolf(victims: int) -> PairErrors:
    """Subject 0 is falsely matched with subjects 1 to `victims`."""
    return PairErrors.of([0] * victims, list(range(1, victims + 1)))


def ring(subjects: int) -> PairErrors:
    """Every subject is falsely matched with the next one: no subject more than another."""
    return PairErrors.of(list(range(subjects)), [(i + 1) % subjects for i in range(subjects)])


def exact(errors: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    half = (1 - level) / 2
    low = stats.beta.ppf(half, errors, trials - errors + 1) if errors else 0.0
    return low, stats.beta.isf(half, errors + 1, trials - errors)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_an_fmr_interval_step_by_step(level: float) -> None:
    """60 false matches of one subject among 100, two samples each, written out with whole matrices."""
    n, victims = 100, 60
    m = np.full((n, n), 4.0) - 4 * np.eye(n)
    e = np.zeros((n, n))
    e[0, 1 : victims + 1] = e[1 : victims + 1, 0] = 1
    trials = m.sum() / 2
    p = victims / trials
    g = e - p * m
    row, s2 = g.sum(axis=1), (g**2).sum() / 2
    shared = (row**2).sum() - 2 * s2
    deff = (n * (n - 1) / (n - 2) ** 2 * shared + s2) / trials / (p * (1 - p))
    carry = (row**2).sum() ** 2 / (row**4).sum()
    quantile = (1 + level) / 2
    effective = trials / deff * (NormalDist().inv_cdf(quantile) / stats.t.ppf(quantile, max(4, carry))) ** 2

    found = fmr(AllPairs([2] * n), wolf(victims), level=level)
    assert found.deff == pytest.approx(deff, rel=1e-11)
    assert found.carry == pytest.approx(carry, rel=1e-11)
    assert found.carry < 4
    assert found.degrees == 4
    assert found.effective == pytest.approx(effective, rel=1e-10)
    assert (found.interval.low, found.interval.high) == pytest.approx(exact(p * effective, effective, level), rel=1e-9)
    assert (found.interval.method, found.interval.unit, found.interval.level) == ("subject-exact", "subject", level)
    assert (found.errors, found.trials, found.units) == (victims, trials, n)
    assert found.labels == ("subjects_as_unit",)
    assert not found.borrowed
    assert found.sober is None


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_an_fnmr_interval_step_by_step(level: float) -> None:
    errors, trials = np.array([3, 0, 1, 0, 0] * 10), np.array([4, 4, 4, 2, 1] * 10)
    total, p = trials.sum(), errors.sum() / trials.sum()
    deff = 50 / 49 * ((errors - p * trials) ** 2).sum() / total / (p * (1 - p))
    quantile = (1 + level) / 2
    effective = total / deff * (NormalDist().inv_cdf(quantile) / stats.t.ppf(quantile, 49)) ** 2

    found = fnmr(ClusterCounts(errors, trials), level=level)
    assert found.deff == pytest.approx(deff, rel=1e-12)
    assert found.deff > 1
    assert found.degrees == 49
    assert found.effective == pytest.approx(effective, rel=1e-10)
    assert (found.interval.low, found.interval.high) == pytest.approx(exact(p * effective, effective, level), rel=1e-9)
    assert found.labels == ("subjects_as_unit",)


def test_degrees_of_freedom_follow_the_carry_between_4_and_n_minus_1() -> None:
    few = fmr(AllPairs([1] * 4), wolf(2))
    assert few.degrees == 3
    even = fmr(AllPairs([1] * 60), PairErrors.of(list(range(0, 40, 2)), list(range(1, 40, 2))))
    assert even.carry is not None
    assert 4 < even.carry < 59
    assert even.degrees == even.carry


def test_few_false_matches_borrow_the_design_effect() -> None:
    design, lent = AllPairs([1] * 100), wolf(50)
    apart = PairErrors.of(range(0, 20, 2), range(1, 20, 2))
    own, borrowed = fmr(design, apart), fmr(design, apart, borrow=lent)
    assert own.deff == pytest.approx(1, abs=0.01)
    assert borrowed.borrowed
    lender = dyadic_variance(design, lent)
    assert (borrowed.deff, borrowed.carry) == (lender.deff, lender.carry)
    assert lender.deff > 10
    assert borrowed.labels == ("borrowed_design_effect", "subjects_as_unit")
    assert borrowed.interval.high > 3 * own.interval.high


def test_a_borrowed_design_effect_that_raises_nothing_is_no_label() -> None:
    design = AllPairs([1] * 100)
    found = fmr(design, wolf(40), borrow=ring(50))
    assert found.borrowed
    assert found.deff == dyadic_variance(design, wolf(40)).deff
    assert found.carry == dyadic_variance(design, ring(50)).carry
    assert "borrowed_design_effect" not in found.labels


@pytest.mark.parametrize(("errors", "borrowed"), [(49, True), (50, False)])
def test_an_fmr_borrows_below_50_false_matches(errors: int, borrowed: bool) -> None:
    assert fmr(AllPairs([1] * 100), wolf(errors), borrow=ring(100)).borrowed is borrowed


@pytest.mark.parametrize(("subjects", "borrowed"), [(20, False), (21, True)])
def test_an_fmr_borrows_beyond_200_comparisons(subjects: int, borrowed: bool) -> None:
    """20 subjects make 190 comparisons, 21 make 210."""
    assert fmr(AllPairs([1] * subjects), wolf(3), borrow=ring(subjects)).borrowed is borrowed


@pytest.mark.parametrize(("references", "probes", "borrowed"), [(20, 10, False), (67, 3, True)])
def test_200_comparisons_are_not_beyond_200_and_201_are(references: int, probes: int, borrowed: bool) -> None:
    design = Crossed([1] * references + [0] * probes, [0] * references + [1] * probes)
    lent = PairErrors.of([0, 0], [references, references + 1])
    assert design.total in (200, 201)
    assert fmr(design, PairErrors.of([0], [references]), borrow=lent).borrowed is borrowed


@pytest.mark.parametrize(("errors", "borrowed"), [(29, True), (30, False)])
def test_an_fnmr_borrows_below_30_errors(errors: int, borrowed: bool) -> None:
    at = ClusterCounts([1] * errors + [0] * (60 - errors), [3] * 60)
    assert fnmr(at, borrow=ClusterCounts([3] * 10 + [0] * 50, [3] * 60)).borrowed is borrowed


@pytest.mark.parametrize(("last", "borrowed"), [(3, False), (4, True)])
def test_an_fnmr_borrows_beyond_120_comparisons(last: int, borrowed: bool) -> None:
    trials = [3] * 39 + [last]
    found = fnmr(ClusterCounts([1] + [0] * 39, trials), borrow=ClusterCounts([3] * 10 + [0] * 30, trials))
    assert found.borrowed is borrowed


def test_no_false_match_is_an_upper_limit_from_the_borrowed_number() -> None:
    found = fmr(AllPairs([2] * 100), NOTHING, borrow=wolf(50))
    assert found.effective is not None
    assert found.effective < found.trials / 10
    assert found.interval.low == 0
    assert found.interval.high == pytest.approx(1 - 0.025 ** (1 / found.effective), rel=1e-12)
    assert found.labels == ("borrowed_design_effect", "no_errors", "subjects_as_unit")
    assert found.sober is None


def test_no_error_and_nothing_to_borrow_is_labelled_and_has_a_sober_limit_beside_it() -> None:
    found = fmr(AllPairs([1] * 15), NOTHING, borrow=wolf(5))
    assert (found.effective, found.degrees, found.deff) == (105, None, 1)
    assert found.interval.high == pytest.approx(1 - 0.025 ** (1 / 105), rel=1e-12)
    assert found.sober == pytest.approx(1 - 0.025 ** (1 / 7), rel=1e-12)
    assert (found.interval.method, found.interval.unit) == ("subject-exact", "comparison")
    assert found.labels == ("assumes_independent_comparisons", "no_errors", "too_few_subjects")


def test_no_rejected_mated_comparison_and_nothing_to_borrow() -> None:
    found = fnmr(ClusterCounts([0] * 30, [4] * 30))
    assert found.interval.high == pytest.approx(1 - 0.025 ** (1 / 120), rel=1e-12)
    assert found.sober == pytest.approx(1 - 0.025 ** (1 / 30), rel=1e-12)
    assert found.labels == ("assumes_independent_comparisons", "no_errors")


def test_nothing_but_errors_mirrors_no_error() -> None:
    trials = [5] * 30
    none, all_wrong = fnmr(ClusterCounts([0] * 30, trials)), fnmr(ClusterCounts(trials, trials))
    assert all_wrong.interval.high == 1
    assert all_wrong.interval.low == pytest.approx(1 - none.interval.high, rel=1e-12)
    assert none.sober is not None
    assert all_wrong.sober == pytest.approx(1 - none.sober, rel=1e-12)
    assert all_wrong.labels == ("assumes_independent_comparisons",)
    lent = fnmr(ClusterCounts(trials, trials), borrow=ClusterCounts([5] * 24 + [0] * 6, trials))
    assert lent.borrowed
    assert lent.interval.low < all_wrong.interval.low
    assert lent.interval.high == 1


def test_constant_scores_lend_nothing() -> None:
    """Their 50th largest score is that of all comparisons: every one is an error there."""
    counts = [4] * 40
    found = fnmr(ClusterCounts([0] * 40, counts), borrow=ClusterCounts(counts, counts))
    assert not found.borrowed
    assert "assumes_independent_comparisons" in found.labels


@pytest.mark.parametrize("errors", [0, 1, 5])
def test_one_subject_says_nothing(errors: int) -> None:
    found = fnmr(ClusterCounts([errors], [5]))
    assert (found.interval.low, found.interval.high) == (0, 1)
    assert found.effective is None
    assert "too_few_subjects" in found.labels
    assert one_sided_upper(found) == 1


@pytest.mark.parametrize("errors", [0, 1, 300])
def test_one_pair_of_subjects_says_nothing(errors: int) -> None:
    found = fmr(AllPairs([10, 30]), PairErrors.of([0] * errors, [1] * errors), borrow=PairErrors.of([0], [1]))
    assert (found.interval.low, found.interval.high) == (0, 1)
    assert found.effective is None
    assert "too_few_subjects" in found.labels


@pytest.mark.parametrize(("subjects", "labelled"), [(19, True), (20, False)])
def test_fewer_than_20_subjects_are_too_few(subjects: int, labelled: bool) -> None:
    by_pair = fmr(AllPairs([1] * subjects + [0] * 9), ring(subjects))
    by_subject = fnmr(ClusterCounts([1] * subjects, [2] * subjects))
    assert ("too_few_subjects" in by_pair.labels) is labelled
    assert ("too_few_subjects" in by_subject.labels) is labelled


@pytest.mark.parametrize(("errors", "label"), [(0, "no_errors"), (1, "few_errors"), (9, "few_errors"), (10, None)])
def test_few_errors_are_labelled(errors: int, label: str | None) -> None:
    found = fnmr(ClusterCounts([1] * errors + [0] * (40 - errors), [1] * 40))
    assert {"no_errors", "few_errors"} & set(found.labels) == ({label} if label else set())


def test_the_unit_is_named() -> None:
    assert fnmr(ClusterCounts([1] * 20, [2] * 20), unit="instrument").interval.unit == "instrument"


def test_variances_computed_before_give_the_same() -> None:
    design, at, lent = AllPairs([2] * 30), ring(20), wolf(29)
    assert fmr_from(dyadic_variance(design, at), dyadic_variance(design, lent)) == fmr(design, at, borrow=lent)
    counts, high = ClusterCounts([1, 0] * 30, [5] * 60), ClusterCounts([5, 0] * 30, [5] * 60)
    assert fnmr_from(cluster_variance(counts), cluster_variance(high)) == fnmr(counts, borrow=high)


def test_a_one_sided_limit_is_the_end_of_a_wider_interval() -> None:
    found = fmr(AllPairs([2] * 60), NOTHING, borrow=wolf(50))
    assert found.effective is not None
    assert one_sided_upper(found) == pytest.approx(1 - 0.05 ** (1 / found.effective), rel=1e-12)
    assert one_sided_upper(found) < found.interval.high
    assert fmr(AllPairs([2] * 60), NOTHING, borrow=wolf(50), level=0.9).interval.high < found.interval.high


def test_a_design_effect_of_other_comparisons_is_refused() -> None:
    own = dyadic_variance(AllPairs([1] * 30), ring(5))
    with pytest.raises(ValueError, match="780 trials of 40 units lend nothing to 435 of 30"):
        fmr_from(own, dyadic_variance(AllPairs([1] * 40), wolf(39)))


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 95.0])
def test_a_level_outside_0_and_1_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="confidence level"):
        fnmr(ClusterCounts([1], [2]), level=level)


def test_a_list_of_pairs_gives_the_interval_of_its_design() -> None:
    samples = [2] * 12
    first, second = zip(*[(i, j) for i in range(12) for j in range(i) for _ in range(4)], strict=True)
    listed = Listed.of(first, second, subjects=12)
    assert fmr(listed, ring(12)) == fmr(AllPairs(samples), ring(12))
