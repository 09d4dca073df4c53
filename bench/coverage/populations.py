"""Populations of subjects whose comparisons depend on each other in a known way.

Nonmated score of subjects i and j:  L (a_i + a_j) + G u_ij + E e,   L^2 = l2, G^2 = g2, E^2 = 1 - 2 l2 - g2
Mated score of subject i:            mu + K b_i + sqrt(1 - K^2) e

u belongs to the pair of subjects, e to the comparison; both are N(0, 1). Subject effects a, b are N(0, 1) in the
population `gauss`; in `skew` a is Exp(1) - 1, so that a few subjects are often taken for others ("wolves"), and b is
-(Exp(1) - 1), so that a few are often not recognised ("goats"). Every score has mean 0 (mu) and variance 1. A monotone
change of Gaussian scores would be no test of heavy tails, as it changes no decision: the effects must be skewed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

SHARES = {"none": (0.0, 0.0, 0.0), "medium": (0.05, 0.3, 0.3), "strong": (0.15, 0.5, 0.6)}
"""l2, g2 and K^2 of each degree of dependence."""


@dataclass(frozen=True, slots=True)
class Population:
    """Who is compared: the shape of the subject effects, and how much of a score they explain."""

    shape: Literal["gauss", "skew"]
    dependence: Literal["none", "medium", "strong"]

    def __str__(self) -> str:
        return f"{self.shape}-{self.dependence}"

    @property
    def of_one_side(self) -> float:
        """L: what one subject's effect adds to a nonmated score."""
        return math.sqrt(SHARES[self.dependence][0])

    @property
    def of_pair(self) -> float:
        """G: what the pair of subjects adds to each of its nonmated scores."""
        return math.sqrt(SHARES[self.dependence][1])

    @property
    def of_comparison(self) -> float:
        """E: what is left to the nonmated comparison itself."""
        l2, g2, _ = SHARES[self.dependence]
        return math.sqrt(1 - 2 * l2 - g2)

    @property
    def of_subject(self) -> float:
        """K: what the subject's effect adds to a mated score."""
        return math.sqrt(SHARES[self.dependence][2])

    def effects(self, rng: np.random.Generator, subjects: int) -> Floats:
        """(subjects,) effects on nonmated scores, mean 0 and variance 1; the long tail of `skew` is upwards."""
        if self.shape == "gauss":
            return rng.standard_normal(subjects)
        return rng.standard_exponential(subjects) - 1


POPULATIONS = (
    Population("gauss", "none"),
    Population("gauss", "medium"),
    Population("gauss", "strong"),
    Population("skew", "medium"),
    Population("skew", "strong"),
)


def named(text: str) -> Population:
    """The population of that name.

    >>> named("skew-strong")
    Population(shape='skew', dependence='strong')
    """
    return {str(population): population for population in POPULATIONS}[text]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Scores of one class: the score of each comparison and the subject on each side (the same one where mated)."""

    scores: Floats
    first: Codes
    second: Codes


@lru_cache(maxsize=8)
def pairs(subjects: int, samples: int) -> tuple[Codes, Codes]:
    """Subjects of every nonmated comparison of `samples` samples each: each pair of subjects, samples^2 times."""
    first, second = _once(subjects)
    return np.repeat(first, samples * samples), np.repeat(second, samples * samples)


def nonmated(rng: np.random.Generator, population: Population, subjects: int, samples: int) -> Drawn:
    """Scores of every sample with every sample of every other subject."""
    first, second = _once(subjects)
    a = population.of_one_side * population.effects(rng, subjects)
    shared = a[first] + a[second]
    if samples == 1:  # one comparison a pair: what is the pair's and what is the comparison's cannot be told apart
        own = rng.standard_normal(len(first))
        own *= math.hypot(population.of_pair, population.of_comparison)
        own += shared
        return Drawn(own, *pairs(subjects, samples))
    shared += population.of_pair * rng.standard_normal(len(first))
    scores = rng.standard_normal((len(first), samples * samples))
    scores *= population.of_comparison
    scores += shared[:, None]
    return Drawn(scores.ravel(), *pairs(subjects, samples))


@lru_cache(maxsize=8)
def _once(subjects: int) -> tuple[Codes, Codes]:
    return np.triu_indices(subjects, 1)


def mated(rng: np.random.Generator, population: Population, comparisons: NDArray[np.int64], mean: float) -> Drawn:
    """Scores of `comparisons[i]` mated comparisons of each subject i; `mean` is mu."""
    subject = mated_subjects(comparisons)
    # The long tail of mated effects is downwards: the subjects who are hard to recognise.
    b = -population.of_subject * population.effects(rng, len(comparisons))
    own = math.sqrt(1 - population.of_subject**2) * rng.standard_normal(len(subject))
    return Drawn(mean + b[subject] + own, subject, subject)


def mated_subjects(comparisons: NDArray[np.int64]) -> Codes:
    """The subject of each mated comparison, where subject i has `comparisons[i]` of them."""
    return np.repeat(np.arange(len(comparisons)), comparisons)


def unequal_numbers(rng: np.random.Generator, subjects: int) -> NDArray[np.int64]:
    """(subjects,) 1 to 10 mated comparisons each, every number as likely."""
    numbers: NDArray[Any] = rng.integers(1, 11, subjects)
    return numbers.astype(np.int64)


MEAN_NUMBER = 5.5
"""Mated comparisons a subject, on average, as `unequal_numbers` draws them."""
