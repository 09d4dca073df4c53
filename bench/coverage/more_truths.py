"""True values of what hangs on the whole curve, on costs, or on several attempts: written apart from the product.

`truths` knows both rates at every threshold of a population; here they are integrated, or walked along a fine grid.
Nothing is random. A mean of a rising cost h over nonmated scores is the integral of FMR(t) h'(t), that of a falling
cost over mated scores the integral of FNMR(t) |h'(t)|: the rates are all that is needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, ndtr

from bench.coverage import truths
from bench.coverage.populations import Population

Floats = NDArray[np.float64]

BELOW, ABOVE = 9.0, 23.0
"""The grid reaches from so far below 0 to so far above it: beyond, less than 1e-17 of either class is left."""
STEP = 1 / 128
NORMAL_NODES = 80


def hter(population: Population, threshold: float, mean: float) -> float:
    """Half the sum of both rates at a threshold."""
    return (truths.fmr(population, threshold) + truths.fnmr(population, threshold, mean)) / 2


def dcf(population: Population, threshold: float, mean: float, prior: float) -> float:
    """The normalised detection cost at a threshold, both errors at a cost of 1."""
    miss, alarm = (share / min(prior, 1 - prior) for share in (prior, 1 - prior))
    return miss * truths.fnmr(population, threshold, mean) + alarm * truths.fmr(population, threshold)


@lru_cache(maxsize=64)
def min_dcf(population: Population, mean: float, prior: float) -> float:
    """The least detection cost over all thresholds: the best of the grid, and refined about it."""
    thresholds, accepted, rejected = rates(population, mean)
    best = int(np.argmin(prior * rejected + (1 - prior) * accepted))
    around = np.linspace(thresholds[best - 1], thresholds[best + 1], 401)
    return min(dcf(population, float(t), mean, prior) for t in around)


@lru_cache(maxsize=64)
def fmr_at_fnmr(population: Population, rate: float, mean: float) -> float:
    """The true FMR at the threshold where the true FNMR is `rate`."""
    return truths.fmr(population, truths.threshold_of_fnmr(population, rate, mean))


@lru_cache(maxsize=64)
def cllr(population: Population, mean: float, slope: float, centre: float) -> float:
    """Cllr of slope * (score - centre), taken as a natural-log likelihood ratio."""
    thresholds, accepted, rejected = rates(population, mean)
    certain = expit(slope * (thresholds - centre))
    of_nonmated, of_mated = accepted * slope * certain, rejected * slope * (1 - certain)
    # Below the grid every nonmated score is accepted, and above it every mated one rejected: what is left there is 0.
    return float(np.sum(of_nonmated + of_mated) * STEP / (2 * math.log(2)))


@lru_cache(maxsize=64)
def min_cllr(population: Population, mean: float) -> float:
    """Cllr of the best rising map of the scores: of each edge of the hull of the population's error trade-off.

    Cutting the scores into steps of STEP hides what lies within a step, and costs about 1e-5 of the value.
    """
    hull = _hull(population, mean)
    nonmated, mated = -np.diff(hull[:, 0]), np.diff(hull[:, 1])
    both = (nonmated > 0) & (mated > 0)
    n, m = nonmated[both], mated[both]
    return float(np.sum(m * np.log1p(n / m) + n * np.log1p(m / n)) / (2 * math.log(2)))


@lru_cache(maxsize=64)
def rocch_eer(population: Population, mean: float) -> float:
    """Where the hull of the population's error trade-off has equal rates."""
    hull = _hull(population, mean)
    gap = hull[:, 1] - hull[:, 0]
    k = int(np.flatnonzero(gap >= 0)[0])
    share = gap[k - 1] / (gap[k - 1] - gap[k])
    return float(hull[k - 1, 0] + share * (hull[k, 0] - hull[k - 1, 0]))


@lru_cache(maxsize=64)
def frr(population: Population, threshold: float, mean: float, attempts: int) -> float:
    """P(every one of so many mated attempts of one subject scores below the threshold)."""
    effect = population.of_subject
    nodes, weights = _effect(population)
    # The long tail of mated effects is downwards.
    each = ndtr((threshold - mean + effect * nodes) / math.sqrt(1 - effect**2))
    return float(np.sum(weights * each**attempts))


@lru_cache(maxsize=64)
def far(population: Population, threshold: float, attempts: int) -> float:
    """P(any of so many nonmated attempts of one pair of subjects scores at or above the threshold)."""
    normal, normal_weights = _normal()
    levels, weights, spread = _of_pair(population)
    below = ndtr((threshold - levels[:, None] - spread * normal[None, :]) / population.of_comparison)
    accepted = -np.expm1(attempts * np.log(np.maximum(below, 1e-300)))
    return float(weights @ accepted @ normal_weights)


@lru_cache(maxsize=64)
def threshold_of_frr(population: Population, rate: float, mean: float, attempts: int) -> float:
    """The threshold at which the true FRR is `rate`."""
    # All attempts fail no more often than one does, and no less often than if they did not depend on each other.
    low, high = (truths.threshold_of_fnmr(population, r, mean) for r in (rate, rate ** (1 / attempts)))
    return _root(lambda t: math.log(frr(population, t, mean, attempts) / rate), low, high)


@lru_cache(maxsize=64)
def threshold_of_far(population: Population, rate: float, attempts: int) -> float:
    """The threshold at which the true FAR is `rate`."""
    # Any attempt succeeds no less often than one does, and no more often than all of them together.
    low, high = (truths.threshold_of_fmr(population, r) for r in (rate, rate / attempts))
    return _root(lambda t: math.log(far(population, t, attempts) / rate), low, high)


def _root(of: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(of, low - 0.1, high + 0.1, xtol=1e-12))


@lru_cache(maxsize=16)
def rates(population: Population, mean: float) -> tuple[Floats, Floats, Floats]:
    """A grid of thresholds with the true FMR and the true FNMR at each."""
    thresholds = np.arange(-BELOW, ABOVE, STEP)
    accepted = np.array([truths.fmr(population, float(t)) for t in thresholds])
    rejected = np.array([truths.fnmr(population, float(t), mean) for t in thresholds])
    return thresholds, accepted, rejected


def _hull(population: Population, mean: float) -> Floats:
    """The lower left hull of (FMR, FNMR), from accept-all to reject-all."""
    _, accepted, rejected = rates(population, mean)
    points = [(1.0, 0.0), *zip(accepted.tolist(), rejected.tolist(), strict=True), (0.0, 1.0)]
    return np.array(_below(points))


def _below(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points that no line between two others passes below; FMR falls along them."""
    kept: list[tuple[float, float]] = []
    for x, y in points:
        while len(kept) > 1:
            (x0, y0), (x1, y1) = kept[-2:]
            if (y1 - y0) * (x0 - x) < (y - y0) * (x0 - x1):
                break
            kept.pop()
        kept.append((x, y))
    return kept


def _effect(population: Population) -> tuple[Floats, Floats]:
    """Nodes and weights of the mean over one subject effect, upwards: standard normal, or Exp(1) - 1."""
    if population.shape == "gauss":
        return _normal()
    y, weight = _panels()
    return y - 1, weight * np.exp(-y)


def _of_pair(population: Population) -> tuple[Floats, Floats, float]:
    """What two subject effects add to a nonmated score, with weights, and the normal spread of the rest of the pair."""
    if population.shape == "gauss":
        return np.zeros(1), np.ones(1), math.hypot(math.sqrt(2) * population.of_one_side, population.of_pair)
    y, weight = _panels()
    return population.of_one_side * (y - 2), weight * y * np.exp(-y), population.of_pair


@lru_cache(maxsize=1)
def _panels() -> tuple[Floats, Floats]:
    """Nodes and weights of the integral from 0 to 60, by panels of unit length: e^-60 is nothing."""
    node, weight = np.polynomial.legendre.leggauss(12)
    starts = np.arange(60, dtype=np.float64)
    return (starts[:, None] + (node + 1) / 2).ravel(), np.tile(weight / 2, len(starts))


@lru_cache(maxsize=1)
def _normal() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(NORMAL_NODES)
    return nodes, weights / math.sqrt(2 * math.pi)
