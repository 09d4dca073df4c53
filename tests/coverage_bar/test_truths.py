"""The true rates of the simulated populations, against closed forms of the exponentially modified normal."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy.special import log_ndtr, ndtr

from bench.coverage import populations, truths
from bench.coverage.populations import POPULATIONS, Population

SKEWED = [p for p in POPULATIONS if p.shape == "skew"]
RATES = (1e-1, 1e-2, 1e-3, 1e-4)
BINORMAL = Population("gauss", "none")


def exponential_plus_normal_above(c: float, scale: float, sigma: float) -> float:
    """P(scale * Exp(1) + sigma * N(0, 1) > c): the normal's tail and the exponential's, tilted."""
    tilted = -c / scale + sigma**2 / (2 * scale**2) + log_ndtr((c - sigma**2 / scale) / sigma)
    return float(ndtr(-c / sigma)) + math.exp(tilted)


def gamma2_plus_normal_above(c: float, scale: float, sigma: float) -> float:
    """P(scale * Gamma(2, 1) + sigma * N(0, 1) > c): one exponential more, by parts."""
    centre = c - sigma**2 / scale
    tilt = -c / scale + sigma**2 / (2 * scale**2)
    density = math.exp(tilt - centre**2 / (2 * sigma**2)) / math.sqrt(2 * math.pi)
    extra = (centre * math.exp(tilt + log_ndtr(centre / sigma)) + sigma * density) / scale
    return exponential_plus_normal_above(c, scale, sigma) + extra


@pytest.mark.parametrize("population", SKEWED, ids=str)
@pytest.mark.parametrize("rate", RATES)
def test_fmr_is_the_closed_form_of_gamma_and_normal(population: Population, rate: float) -> None:
    t, side = truths.threshold_of_fmr(population, rate), population.of_one_side
    closed = gamma2_plus_normal_above(t + 2 * side, side, math.sqrt(1 - 2 * side**2))
    assert truths.fmr(population, t) == pytest.approx(closed, rel=1e-11)


@pytest.mark.parametrize("population", SKEWED, ids=str)
@pytest.mark.parametrize("rate", RATES)
def test_fnmr_is_the_closed_form_of_exponential_and_normal(population: Population, rate: float) -> None:
    t, effect = truths.threshold_of_fnmr(population, rate, 3.5), population.of_subject
    closed = exponential_plus_normal_above(3.5 - t + effect, effect, math.sqrt(1 - effect**2))
    assert truths.fnmr(population, t, 3.5) == pytest.approx(closed, rel=1e-11)


@pytest.mark.parametrize("population", POPULATIONS, ids=str)
@pytest.mark.parametrize("rate", RATES)
def test_thresholds_have_the_rate_they_were_asked_for(population: Population, rate: float) -> None:
    assert truths.fmr(population, truths.threshold_of_fmr(population, rate)) == pytest.approx(rate, rel=1e-11)
    found = truths.fnmr(population, truths.threshold_of_fnmr(population, rate, 3.5), 3.5)
    assert found == pytest.approx(rate, rel=1e-11)


def test_auc_is_the_area_under_the_two_rates() -> None:
    """The same area by integrating TMR over the FMR's density, along the threshold."""
    population = Population("skew", "strong")
    side, sigma = population.of_one_side, math.sqrt(1 - 2 * population.of_one_side**2)
    t = np.linspace(-8, 25, 1_651)
    y = np.linspace(0, 60, 3_001)
    gamma = y * np.exp(-y) * (y[1] - y[0])
    density = np.array([np.sum(gamma * np.exp(-(((s - side * (y - 2)) / sigma) ** 2) / 2)) for s in t])
    density /= sigma * math.sqrt(2 * math.pi)
    missed = np.array([truths.fnmr(population, s, 3.5) for s in t])
    # Of mated scores those below the nonmated one are missed.
    assert 1 - truths.auc(population, 3.5) == pytest.approx(float(np.sum(density * missed)) * (t[1] - t[0]), rel=1e-4)


def test_binormal_values_are_those_of_the_textbook() -> None:
    normal = NormalDist()
    assert truths.eer(BINORMAL, 3.5) == pytest.approx(normal.cdf(-1.75), rel=1e-12)
    assert truths.auc(BINORMAL, 3.5) == pytest.approx(normal.cdf(3.5 / math.sqrt(2)), rel=1e-12)
    assert truths.fnmr_at_fmr(BINORMAL, 1e-3, 3.5) == pytest.approx(normal.cdf(normal.inv_cdf(0.999) - 3.5), rel=1e-9)


@pytest.mark.parametrize("population", SKEWED, ids=str)
def test_eer_is_where_both_rates_are_equal(population: Population) -> None:
    value = truths.eer(population, 3.5)
    t = truths.threshold_of_fmr(population, value)
    assert truths.fnmr(population, t, 3.5) == pytest.approx(value, rel=1e-10)


@pytest.mark.parametrize("population", POPULATIONS, ids=str)
def test_drawn_scores_have_the_true_rates(population: Population) -> None:
    """Means over 400 data sets lie within five of their own standard errors."""
    rng = np.random.default_rng(20_260)
    t, u = truths.threshold_of_fmr(population, 0.1), truths.threshold_of_fnmr(population, 0.1, 3.5)
    false_match, false_non_match = np.zeros(400), np.zeros(400)
    for k in range(400):
        false_match[k] = np.mean(populations.nonmated(rng, population, 40, 2).scores >= t)
        numbers = np.full(40, 4, dtype=np.int64)
        false_non_match[k] = np.mean(populations.mated(rng, population, numbers, 3.5).scores < u)
    for rates in (false_match, false_non_match):
        assert abs(rates.mean() - 0.1) < 5 * rates.std(ddof=1) / 20


def test_comparisons_of_one_pair_share_what_is_the_pairs() -> None:
    population = Population("gauss", "strong")
    rng = np.random.default_rng(7)
    drawn = [populations.nonmated(rng, population, 30, 2).scores.reshape(-1, 4) for _ in range(60)]
    correlation = np.corrcoef(np.concatenate(drawn).T)[0, 1]
    assert correlation == pytest.approx(0.15 * 2 + 0.5, abs=0.03)


def test_one_sample_a_subject_gives_one_comparison_a_pair_of_variance_one() -> None:
    drawn = populations.nonmated(np.random.default_rng(1), Population("gauss", "medium"), 1000, 1)
    assert len(drawn.scores) == 499_500
    assert drawn.scores.var() == pytest.approx(1, abs=0.05)
