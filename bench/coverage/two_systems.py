"""Two systems with equal true rates on the same comparisons: does the interval of the difference hold 0?

FNMR: of the variance K^2 that a subject explains, the share `own` is each system's own (its own bad subjects) and the
rest is common; half of what the comparison adds is common (the same image) and half the system's own. FMR: the effects
of subjects are common, and half of what pairs and comparisons add. Each system has the rates of the population.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bench.coverage import truths
from bench.coverage.asking import LEVEL
from bench.coverage.bars import AS_SHIPPED
from bench.coverage.experiments import Job, samples_at_threshold
from bench.coverage.populations import POPULATIONS, Population, mated_subjects, named, pairs, unequal_numbers
from bench.coverage.tallies import Cell, Tallies, Tally
from fr_bench.intervals import differences
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.design import AllPairs
from fr_bench.intervals.differences import Difference
from fr_bench.intervals.dyads import PairErrors

Floats = NDArray[np.float64]
SIZES = (50, 100, 300)
OWN = {"gauss-none": (0.0, 0.0), "gauss-strong": (0.6, 0.0), "gauss-strong-own": (0.6, 0.3)}
"""K^2, and how much of it is a system's own."""
FNMR_RATES, FMR_RATES = ("1e-1", "1e-2"), ("1e-1", "1e-2", "1e-3")
COMMON = math.sqrt(0.5)
"""Weight of what is common to both systems in what a comparison adds, and of what is not."""


def jobs() -> list[Job]:
    """The jobs of this family: differences of FNMR, and of FMR."""
    fnmr = [Job("paired-FNMR", n, population) for n in SIZES for population in OWN]
    return [*fnmr, *(Job("paired-FMR", n, str(population)) for n in SIZES for population in POPULATIONS)]


def fnmr_batch(job: Job, batch: int, replicates: int) -> Tallies:
    """Differences of FNMR at the thresholds with the true rates FNMR_RATES."""
    rng, (k2, own) = job.generator(batch), OWN[job.population]
    thresholds = {rate: truths.threshold_of_fnmr(Population("gauss", "none"), float(rate), 0.0) for rate in FNMR_RATES}
    found: Tallies = {}
    for _ in range(replicates):
        numbers = unequal_numbers(rng, job.subjects)
        subject = mated_subjects(numbers)
        common, image = rng.standard_normal(job.subjects), rng.standard_normal(len(subject))
        systems = [_mated(rng, subject, common, image, k2, own) for _ in range(2)]
        for rate, threshold in thresholds.items():
            a, b = (scores < threshold for scores in systems)
            by_subject = [np.bincount(subject[wrong], minlength=job.subjects).astype(np.int64) for wrong in (a, b)]
            counts = (ClusterCounts(errors, numbers) for errors in by_subject)
            difference = differences.paired_fnmr(*counts, level=LEVEL, flips=1)  # no test is asked for
            _count(found, job, f"FNMR@{rate}", difference, (b.mean() - a.mean()), int(np.count_nonzero(a != b)))
    return found


def _mated(
    rng: np.random.Generator, subject: NDArray[np.intp], common: Floats, image: Floats, k2: float, own: float
) -> Floats:
    """Scores of one system: mean 0, variance 1."""
    effect = math.sqrt(k2 - own) * common + math.sqrt(own) * rng.standard_normal(len(common))
    noise = COMMON * image + math.sqrt(1 - COMMON**2) * rng.standard_normal(len(image))
    scores: Floats = effect[subject] + math.sqrt(1 - k2) * noise
    return scores


def fmr_batch(job: Job, batch: int, replicates: int) -> Tallies:
    """Differences of FMR at the thresholds with the true rates FMR_RATES."""
    rng, population, samples = job.generator(batch), named(job.population), samples_at_threshold(job.subjects)
    thresholds = {rate: truths.threshold_of_fmr(population, float(rate)) for rate in FMR_RATES}
    design = AllPairs(np.full(job.subjects, samples, np.int64))
    first, second = pairs(job.subjects, samples)
    found: Tallies = {}
    for _ in range(replicates):
        effects = population.of_one_side * population.effects(rng, job.subjects)
        level = effects[first] + effects[second]
        shared = _pair_noise(rng, population, len(first), samples)
        systems = [
            level + COMMON * shared + COMMON * _pair_noise(rng, population, len(first), samples) for _ in range(2)
        ]
        for rate, threshold in thresholds.items():
            a, b = (np.flatnonzero(scores >= threshold) for scores in systems)
            counted = [PairErrors.of(first[matched], second[matched]) for matched in (a, b)]
            discordant = len(np.setxor1d(a, b, assume_unique=True))
            value = (len(b) - len(a)) / len(first)
            _count(found, job, f"FMR@{rate}", differences.paired_fmr(design, *counted, level=LEVEL), value, discordant)
    return found


def _pair_noise(rng: np.random.Generator, population: Population, comparisons: int, samples: int) -> Floats:
    """What the pair of subjects and the comparison add to each score."""
    each = samples**2
    of_pair = np.repeat(rng.standard_normal(comparisons // each), each)
    return population.of_pair * of_pair + population.of_comparison * rng.standard_normal(comparisons)


def _count(found: Tallies, job: Job, measure: str, difference: Difference, value: float, discordant: int) -> None:
    cell = Cell(job.family, job.subjects, job.population, measure, AS_SHIPPED)
    tally = found.get(cell) or Tally(truth=0.0, expected=0.0)
    found[cell] = tally.with_one(difference.interval, value, discordant)
