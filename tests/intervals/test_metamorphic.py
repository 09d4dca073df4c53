"""What must happen to an interval when the test behind it is changed in a known way, whatever the figures are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fr_bench.findings import Interval
from fr_bench.intervals.alternatives import conservative, fpp_wilson, independent
from fr_bench.intervals.annex_b import annex_b
from fr_bench.intervals.binomial import clopper_pearson, wilson
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import AllPairs, Listed
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.precision import Precision
from fr_bench.intervals.subject_exact import fmr, fnmr, fnmr_from

Comparisons = tuple[np.ndarray, np.ndarray, np.ndarray]

BY_SUBJECT: dict[str, Callable[[Dependence, float], Precision]] = {
    "subject-exact": lambda own, level: fnmr_from(own, level=level),
    "fpp-wilson": fpp_wilson,
    "annex-b": annex_b,
    "independent": lambda own, level: independent(own.errors, own.trials, level),
}


@st.composite
def clusters(draw: st.DrawFn) -> ClusterCounts:
    trials = draw(st.lists(st.integers(1, 8), min_size=1, max_size=30))
    return ClusterCounts([draw(st.integers(0, m)) for m in trials], trials)


@st.composite
def false_matches(draw: st.DrawFn) -> tuple[AllPairs, PairErrors]:
    """All pairs of some subjects, and false matches of some pairs, no more than were compared."""
    samples = draw(st.lists(st.integers(1, 3), min_size=2, max_size=9))
    pairs = [(i, j) for i in range(len(samples)) for j in range(i)]
    wrong = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs)))
    return AllPairs(samples), PairErrors.of([i for i, _ in wrong], [j for _, j in wrong])


def uneven(seed: int, subjects: int = 200, rate: float = 0.2, attempts: int = 5) -> ClusterCounts:
    """Subjects whose true rates differ widely."""
    rng = np.random.default_rng(seed)
    own = rng.beta(rate, 1 - rate, subjects)
    return ClusterCounts(rng.binomial(attempts, own), [attempts] * subjects)


def scores_of_pairs(seed: int, subjects: int = 60) -> Comparisons:
    """Every pair of subjects with its score, higher where the two subjects are wolves."""
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(subjects, 1)
    wolf = rng.normal(size=subjects)
    return first, second, 0.4 * (wolf[first] + wolf[second]) + 0.8 * rng.normal(size=len(first))


def width(interval: Interval) -> float:
    return interval.high - interval.low


def holds(found: Precision) -> None:
    interval = found.interval
    assert 0 <= interval.low <= found.rate <= interval.high <= 1
    assert width(interval) > 0


@given(clusters(), st.sampled_from(sorted(BY_SUBJECT)), st.sampled_from([0.5, 0.95, 0.999]))
def test_an_fnmr_interval_holds_the_rate_and_has_width(counts: ClusterCounts, method: str, level: float) -> None:
    holds(BY_SUBJECT[method](cluster_variance(counts), level))


@given(false_matches(), st.sampled_from([0.5, 0.95, 0.999]))
def test_an_fmr_interval_holds_the_rate_and_has_width(case: tuple[AllPairs, PairErrors], level: float) -> None:
    own = dyadic_variance(*case)
    holds(fmr(*case, level=level))
    holds(fpp_wilson(own, level))
    holds(annex_b(own, level))
    holds(conservative(own, level=level))


@given(clusters(), st.sampled_from(sorted(BY_SUBJECT)))
def test_higher_confidence_contains_lower_fnmr(counts: ClusterCounts, method: str) -> None:
    own = cluster_variance(counts)
    intervals = [BY_SUBJECT[method](own, level).interval for level in (0.5, 0.8, 0.95, 0.999)]
    assert [i.low for i in intervals] == sorted((i.low for i in intervals), reverse=True)
    assert [i.high for i in intervals] == sorted(i.high for i in intervals)


@given(false_matches())
def test_higher_confidence_contains_lower_fmr(case: tuple[AllPairs, PairErrors]) -> None:
    intervals = [fmr(*case, level=level).interval for level in (0.5, 0.8, 0.95, 0.999)]
    assert [i.low for i in intervals] == sorted((i.low for i in intervals), reverse=True)
    assert [i.high for i in intervals] == sorted(i.high for i in intervals)


@pytest.mark.parametrize("seed", range(4))
def test_twice_the_subjects_shorten_an_fnmr_interval_by_the_root_of_two(seed: int) -> None:
    counts = uneven(seed)
    twice = ClusterCounts(np.tile(counts.errors, 2), np.tile(counts.trials, 2))
    assert counts.errors.sum() >= 100
    assert 0.67 < width(fnmr(twice).interval) / width(fnmr(counts).interval) < 0.73


@pytest.mark.parametrize("seed", range(4))
def test_twice_every_mated_comparison_tells_nothing_new(seed: int) -> None:
    counts = uneven(seed)
    once, twice = fnmr(counts), fnmr(ClusterCounts(2 * counts.errors, 2 * counts.trials))
    assert once.deff is not None
    assert once.deff > 1
    assert twice.deff == pytest.approx(2 * once.deff, rel=1e-12)
    assert twice.effective == pytest.approx(once.effective, rel=1e-9)
    assert twice.interval.low == pytest.approx(once.interval.low, rel=1e-9)
    assert twice.interval.high == pytest.approx(once.interval.high, rel=1e-9)
    naive = [independent(found.errors, found.trials).interval for found in (once, twice)]
    assert width(naive[1]) / width(naive[0]) == pytest.approx(0.71, abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_twice_every_nonmated_comparison_tells_nothing_new(seed: int) -> None:
    first, second, scores = scores_of_pairs(seed)
    wrong = scores >= np.quantile(scores, 0.9)
    hits = first[wrong], second[wrong]
    once = fmr(AllPairs([1] * 60), PairErrors.of(*hits))
    doubled = Listed.of(np.tile(first, 2), np.tile(second, 2), subjects=60)
    twice = fmr(doubled, PairErrors.of(np.tile(hits[0], 2), np.tile(hits[1], 2)))
    assert once.errors >= 50
    assert once.deff is not None
    assert once.deff > 1
    assert twice.deff == pytest.approx(2 * once.deff, rel=1e-12)
    assert (twice.carry, twice.degrees) == pytest.approx((once.carry, once.degrees), rel=1e-12)
    assert twice.interval.low == pytest.approx(once.interval.low, rel=1e-9)
    assert twice.interval.high == pytest.approx(once.interval.high, rel=1e-9)


def test_comparisons_without_common_subjects_have_no_design_effect() -> None:
    rng = np.random.default_rng(3)
    wrong = rng.random(400) < 0.3
    first = np.arange(0, 800, 2)
    alone = dyadic_variance(Listed.of(first, first + 1, subjects=800), PairErrors.of(first[wrong], first[wrong] + 1))
    assert alone.deff == 1
    assert cluster_variance(ClusterCounts(wrong.astype(int), np.ones(400, int))).deff == pytest.approx(1, abs=0.003)


def test_merging_what_is_one_subject_widens_the_design_effect() -> None:
    """Each subject's attempts under two ids, and again under one: on average the two ids hide half the dependence."""
    apart, merged = [], []
    for seed in range(20):
        halves = [uneven(seed, attempts=4).errors]
        rng = np.random.default_rng(seed)
        first = rng.hypergeometric(halves[0], 4 - halves[0], 2)
        apart.append(cluster_variance(ClusterCounts(np.r_[first, halves[0] - first], [2] * 400)).deff)
        merged.append(cluster_variance(ClusterCounts(halves[0], [4] * 200)).deff)
    assert np.mean(merged) > 1.3 * np.mean(apart)


def test_merging_unlike_subjects_keeps_the_design_effect_on_average() -> None:
    ratios = []
    for seed in range(100):
        counts = uneven(seed)
        order = np.random.default_rng(seed).permutation(200)
        pairs = counts.errors[order].reshape(100, 2).sum(axis=1)
        merged = cluster_variance(ClusterCounts(pairs, [10] * 100)).deff
        ratios.append(merged / cluster_variance(counts).deff)
    assert np.mean(ratios) == pytest.approx(1, abs=3 * np.std(ratios) / 10)


@given(st.lists(st.integers(1, 20), min_size=20, max_size=60), st.sampled_from(sorted(BY_SUBJECT)))
def test_no_errors_have_an_upper_limit_and_nothing_below(trials: list[int], method: str) -> None:
    interval = BY_SUBJECT[method](cluster_variance(ClusterCounts([0] * len(trials), trials)), 0.95).interval
    assert interval.low == 0
    assert interval.high > 3 / sum(trials)


@given(clusters(), st.sampled_from(sorted(BY_SUBJECT)))
def test_mirrored_errors_mirror_the_fnmr_interval(counts: ClusterCounts, method: str) -> None:
    assume(len(counts.trials) > 1)
    make = BY_SUBJECT[method]
    there = make(cluster_variance(counts), 0.95).interval
    back = make(cluster_variance(ClusterCounts(counts.trials - counts.errors, counts.trials)), 0.95).interval
    assert (1 - back.high, 1 - back.low) == pytest.approx((there.low, there.high), rel=0, abs=1e-12)


@given(false_matches())
def test_mirrored_errors_mirror_the_fmr_interval(case: tuple[AllPairs, PairErrors]) -> None:
    design, pairs = case
    n = design.subjects
    all_pairs = [(i, j) for i in range(n) for j in range(i) for _ in range(design.samples[i] * design.samples[j])]
    for pair in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        all_pairs.remove((pair[1], pair[0]))
    mirrored = PairErrors.of([i for i, _ in all_pairs], [j for _, j in all_pairs])
    there, back = fmr(design, pairs).interval, fmr(design, mirrored).interval
    assert (1 - back.high, 1 - back.low) == pytest.approx((there.low, there.high), rel=0, abs=1e-12)


@given(
    st.floats(5, 1e6), st.floats(0, 1), st.floats(0, 1), st.sampled_from([clopper_pearson, wilson])
)  # fmt: skip
def test_one_more_error_lowers_no_limit(
    effective: float, share: float, step: float, limits: Callable[[float, float], Interval]
) -> None:
    errors = share * (effective - 1)
    less, more = limits(errors, effective), limits(errors + step, effective)
    assert more.low >= less.low - 1e-13
    assert more.high >= less.high - 1e-13


@pytest.mark.parametrize("seed", range(3))
def test_the_names_of_subjects_change_no_bit_of_an_interval(seed: int) -> None:
    first, second, scores = scores_of_pairs(seed)
    wrong = scores >= np.quantile(scores, 0.99)
    lent = scores >= np.sort(scores)[-50]
    renamed = np.random.default_rng(seed).permutation(60)

    def found(names: np.ndarray) -> Precision:
        at, high = (PairErrors.of(names[first[hit]], names[second[hit]]) for hit in (wrong, lent))
        return fmr(AllPairs([1] * 60), at, borrow=high)

    assert found(np.arange(60)).borrowed
    assert found(renamed) == found(np.arange(60))
