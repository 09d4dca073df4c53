"""The true value of every measure in a population: by quadrature to 1e-11, without a single random number.

In `gauss` every score is normal, so the values are the binormal closed forms. In `skew` the sum of two subject effects
is Gamma(2, 1) - 2 and that of one is Exp(1) - 1; the normal part is integrated over them by Gauss-Legendre panels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri

from bench.coverage.populations import Population

Floats = NDArray[np.float64]

PANELS, NODES = 120, 20
"""Panels of unit length: e^-120 is nothing, and within a unit the integrands are close to polynomials of degree 39."""


def fmr(population: Population, threshold: float) -> float:
    """P(nonmated score >= threshold)."""
    if population.shape == "gauss":
        return float(ndtr(-threshold))
    y, weight = _quadrature()
    side = population.of_one_side
    rest = math.sqrt(1 - 2 * side**2)
    return float(np.sum(weight * y * np.exp(log_ndtr((side * (y - 2) - threshold) / rest) - y)))


def fnmr(population: Population, threshold: float, mean: float) -> float:
    """P(mated score < threshold)."""
    if population.shape == "gauss":
        return float(ndtr(threshold - mean))
    y, weight = _quadrature()
    effect = population.of_subject
    rest = math.sqrt(1 - effect**2)
    return float(np.sum(weight * np.exp(log_ndtr((threshold - mean + effect * (y - 1)) / rest) - y)))


@lru_cache(maxsize=256)
def threshold_of_fmr(population: Population, rate: float) -> float:
    """The threshold at which the true FMR is `rate`."""
    if population.shape == "gauss":
        return float(-ndtri(rate))
    return _root(lambda t: math.log(fmr(population, t) / rate), -8.0, 25.0)


@lru_cache(maxsize=256)
def threshold_of_fnmr(population: Population, rate: float, mean: float) -> float:
    """The threshold at which the true FNMR is `rate`."""
    if population.shape == "gauss":
        return float(mean + ndtri(rate))
    return _root(lambda t: math.log(fnmr(population, t, mean) / rate), mean - 25.0, mean + 8.0)


def fnmr_at_fmr(population: Population, rate: float, mean: float) -> float:
    """The true FNMR at the threshold where the true FMR is `rate`."""
    return fnmr(population, threshold_of_fmr(population, rate), mean)


@lru_cache(maxsize=64)
def eer(population: Population, mean: float) -> float:
    """The rate at which FMR and FNMR are equal."""
    if population.shape == "gauss":
        return float(ndtr(-mean / 2))
    crossing = _root(lambda t: math.log(fnmr(population, t, mean) / fmr(population, t)), -2.0, mean + 2.0)
    return fmr(population, crossing)


@lru_cache(maxsize=64)
def auc(population: Population, mean: float) -> float:
    """P(mated score > nonmated score), of comparisons that have no subject in common."""
    if population.shape == "gauss":
        return float(ndtr(mean / math.sqrt(2)))
    y, weight = _quadrature()
    side, effect = population.of_one_side, population.of_subject
    rest = math.sqrt(2 - effect**2 - 2 * side**2)
    near, mass = y[y < 60], (weight * np.exp(-y))[y < 60]
    # 1 - AUC is what is small: P(mated <= nonmated).
    apart = (mean - effect * (near - 1))[:, None] - side * (near - 2)[None, :]
    return 1 - float(np.einsum("i,j,ij->", mass, mass * near, ndtr(-apart / rest)))


@lru_cache(maxsize=1)
def _quadrature() -> tuple[Floats, Floats]:
    """Nodes and weights of the integral from 0 to PANELS."""
    node, weight = np.polynomial.legendre.leggauss(NODES)
    starts = np.arange(PANELS, dtype=np.float64)
    return (starts[:, None] + (node + 1) / 2).ravel(), np.tile(weight / 2, PANELS)


def _root(of: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(of, low, high, xtol=1e-13, rtol=8.9e-16, maxiter=300))
