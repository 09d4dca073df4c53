"""True values of the other measures, against closed forms and against a million independent comparisons."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import ndtr

from bench.coverage import more_truths, truths
from bench.coverage.populations import POPULATIONS, Population

Floats = NDArray[np.float64]
MEAN = 3.5
SIZE = 400_000
BINORMAL = Population("gauss", "none")
JUDGED = [POPULATIONS[0], *POPULATIONS[3:]]
"""Gaussian scores have the same rates however they depend on each other."""


def effects(rng: np.random.Generator, population: Population, size: int) -> Floats:
    return rng.standard_normal(size) if population.shape == "gauss" else rng.standard_exponential(size) - 1


@lru_cache(maxsize=8)
def drawn(population: Population) -> tuple[Floats, Floats]:
    """Mated and nonmated scores of which no two share a subject, sorted."""
    rng = np.random.default_rng(2_611)
    effect, side = population.of_subject, population.of_one_side
    mated = MEAN - effect * effects(rng, population, SIZE) + math.sqrt(1 - effect**2) * rng.standard_normal(SIZE)
    both = effects(rng, population, SIZE) + effects(rng, population, SIZE)
    nonmated = side * both + math.sqrt(1 - 2 * side**2) * rng.standard_normal(SIZE)
    return np.sort(mated), np.sort(nonmated)


def observed(population: Population) -> tuple[Floats, Floats, Floats]:
    """Thresholds with FMR and FNMR of the sample at each."""
    mated, nonmated = drawn(population)
    thresholds = np.linspace(-2, 6, 2_001)
    accepted = 1 - np.searchsorted(nonmated, thresholds) / SIZE
    return thresholds, accepted, np.searchsorted(mated, thresholds) / SIZE


def attempts(population: Population, size: int) -> Iterator[Floats]:
    """(size, 2) mated scores of one subject, and nonmated scores of one pair of subjects."""
    rng = np.random.default_rng(8)
    effect = population.of_subject * effects(rng, population, size)
    own = rng.standard_normal((size, 2))
    yield MEAN - effect[:, None] + math.sqrt(1 - population.of_subject**2) * own
    pair = population.of_one_side * (effects(rng, population, size) + effects(rng, population, size))
    pair += population.of_pair * rng.standard_normal(size)
    yield pair[:, None] + population.of_comparison * rng.standard_normal((size, 2))


@pytest.mark.parametrize("population", JUDGED, ids=str)
def test_cllr_is_the_mean_cost_of_drawn_scores(population: Population) -> None:
    mated, nonmated = (3.5 * (scores - 1.75) for scores in drawn(population))
    costs = np.logaddexp(0, -mated) + np.logaddexp(0, nonmated[::-1])
    value, error = costs.mean() / (2 * math.log(2)), costs.std() / (2 * math.log(2)) / math.sqrt(SIZE)
    assert more_truths.cllr(population, MEAN, 3.5, 1.75) == pytest.approx(value, abs=5 * error)


@pytest.mark.parametrize("population", JUDGED, ids=str)
def test_min_cllr_is_the_cost_of_drawn_scores_after_isotonic_regression(population: Population) -> None:
    mated, nonmated = drawn(population)
    is_mated = np.repeat([1.0, 0.0], SIZE)[np.argsort(np.concatenate([mated, nonmated]), kind="stable")]
    share = isotonic_regression(is_mated).x
    with np.errstate(divide="ignore"):
        found = -(np.log2(share[is_mated == 1]).mean() + np.log2(1 - share[is_mated == 0]).mean()) / 2
    assert more_truths.min_cllr(population, MEAN) == pytest.approx(found, rel=0.01)


def test_min_cllr_of_normal_scores_is_the_cllr_of_their_likelihood_ratio() -> None:
    assert more_truths.min_cllr(BINORMAL, MEAN) == pytest.approx(more_truths.cllr(BINORMAL, MEAN, 3.5, 1.75), rel=2e-5)


def test_min_cllr_is_below_the_cost_of_any_scale() -> None:
    skewed = POPULATIONS[4]
    assert more_truths.min_cllr(skewed, MEAN) < min(more_truths.cllr(skewed, MEAN, s, 1.75) for s in (2.0, 2.5, 3.0))


@pytest.mark.parametrize("prior", [0.5, 0.01])
@pytest.mark.parametrize("population", JUDGED, ids=str)
def test_min_dcf_is_the_least_cost_of_drawn_scores(population: Population, prior: float) -> None:
    _, accepted, rejected = observed(population)
    found = (prior * rejected + (1 - prior) * accepted).min() / min(prior, 1 - prior)
    assert more_truths.min_dcf(population, MEAN, prior) == pytest.approx(found, rel=0.02 if prior == 0.5 else 0.04)


def test_min_dcf_of_normal_scores_is_where_the_densities_balance() -> None:
    at = 1.75 + math.log(0.99 / 0.01) / 3.5
    least = float(ndtr(at - 3.5) + 99 * ndtr(-at))
    assert more_truths.min_dcf(BINORMAL, MEAN, 0.01) == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("population", JUDGED, ids=str)
def test_rocch_eer_is_that_of_drawn_scores_and_not_above_the_eer(population: Population) -> None:
    value = more_truths.rocch_eer(population, MEAN)
    _, accepted, rejected = observed(population)
    # Every tangent of the hull lies below it: the highest of them at equal rates is the value.
    shares = np.linspace(0.3, 0.7, 81)
    found = max(float((p * rejected + (1 - p) * accepted).min()) for p in shares)
    assert value == pytest.approx(found, rel=0.02)
    assert value <= truths.eer(population, MEAN) * (1 + 1e-4)


@pytest.mark.parametrize("population", JUDGED, ids=str)
def test_costs_at_a_threshold_are_those_of_drawn_scores(population: Population) -> None:
    thresholds, accepted, rejected = observed(population)
    k = 1_000
    at = float(thresholds[k])
    half = more_truths.hter(population, at, MEAN)
    assert half == pytest.approx((accepted[k] + rejected[k]) / 2, rel=0.03)
    assert more_truths.dcf(population, at, MEAN, 0.5) == pytest.approx(2 * half, rel=1e-12)
    at_prior = more_truths.dcf(population, at, MEAN, 0.01)
    assert at_prior == pytest.approx(rejected[k] + 99 * accepted[k], rel=0.03)


@pytest.mark.parametrize("population", JUDGED, ids=str)
def test_fmr_at_fnmr_is_that_of_drawn_scores(population: Population) -> None:
    mated, nonmated = drawn(population)
    at = mated[SIZE // 10]
    found = np.mean(nonmated >= at)
    assert more_truths.fmr_at_fnmr(population, 0.1, MEAN) == pytest.approx(found, rel=0.04)


@pytest.mark.parametrize("population", POPULATIONS, ids=str)
def test_rates_of_two_attempts_are_those_of_drawn_transactions(population: Population) -> None:
    mated, nonmated = attempts(population, SIZE)
    rejecting = more_truths.threshold_of_frr(population, 0.1, MEAN, 2)
    accepting = more_truths.threshold_of_far(population, 0.01, 2)
    assert np.mean(mated.max(axis=1) < rejecting) == pytest.approx(0.1, abs=5 * math.sqrt(0.09 / SIZE))
    assert np.mean(nonmated.max(axis=1) >= accepting) == pytest.approx(0.01, abs=5 * math.sqrt(0.01 / SIZE))


@pytest.mark.parametrize("population", POPULATIONS, ids=str)
def test_rates_of_one_attempt_are_those_of_a_comparison(population: Population) -> None:
    assert more_truths.frr(population, 1.5, MEAN, 1) == pytest.approx(truths.fnmr(population, 1.5, MEAN), rel=1e-9)
    assert more_truths.far(population, 1.5, 1) == pytest.approx(truths.fmr(population, 1.5), rel=1e-9)


def test_attempts_that_share_nothing_multiply() -> None:
    assert more_truths.frr(BINORMAL, 2.0, MEAN, 3) == pytest.approx(float(ndtr(2.0 - 3.5)) ** 3, rel=1e-12)
    assert more_truths.far(BINORMAL, 2.0, 3) == pytest.approx(1 - float(ndtr(2.0)) ** 3, rel=1e-12)
