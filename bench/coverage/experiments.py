"""One data set after another: drawn, handed to frbench, and counted. Each function makes one batch of one job.

All methods and all rates of a job see the same data sets. A batch is known by its job's name and its number alone, and
so are its random numbers: nothing depends on how many batches run, in which order, or on how many processes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from bench.coverage import asking, truths
from bench.coverage.asking import FmrData, FnmrData
from bench.coverage.bars import AS_SHIPPED
from bench.coverage.populations import MEAN_NUMBER, Population, mated, named, nonmated, unequal_numbers
from bench.coverage.tallies import Cell, Tallies, Tally

RATES = ("1e-1", "1e-2", "1e-3", "1e-4")
FIXED_SIZES = (50, 100, 300, 1000)
CURVE_SIZES = (50, 100, 300)
CURVE_MEAN = 3.5
CURVE_MEASURES = ("FNMR@FMR=1e-1", "FNMR@FMR=1e-2", "FNMR@FMR=1e-3", "EER", "AUC")
SEED = "frbench coverage bar 1"


@dataclass(frozen=True, slots=True, order=True)
class Job:
    """All cells that one kind of data set serves: a family of measures, a number of subjects, a population."""

    family: str
    subjects: int
    population: str

    def __str__(self) -> str:
        return f"{self.family}/n={self.subjects}/{self.population}"

    def generator(self, batch: int) -> np.random.Generator:
        """The random numbers of one batch: known by its name."""
        digest = hashlib.sha256(f"{SEED}/{self}/{batch}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest, "big"))


def samples_at_threshold(subjects: int) -> int:
    """Samples a subject of the data sets whose FMR is taken at a fixed threshold."""
    return 1 if subjects >= 1000 else 2


def samples_of_curve(subjects: int) -> int:
    """Samples a subject of the data sets that EER, AUC and FNMR@FMR are taken on."""
    return 2 if subjects >= 300 else 3


def fmr_batch(job: Job, batch: int, replicates: int) -> Tallies:
    """FMR at fixed thresholds with the true rates RATES, by every method."""
    rng, population, samples = job.generator(batch), named(job.population), samples_at_threshold(job.subjects)
    thresholds = {rate: truths.threshold_of_fmr(population, float(rate)) for rate in RATES}
    trials = job.subjects * (job.subjects - 1) // 2 * samples**2
    found: Tallies = {}
    for _ in range(replicates):
        data = FmrData(nonmated(rng, population, job.subjects, samples), job.subjects, samples)
        for rate, threshold in thresholds.items():
            errors, intervals = data.intervals(threshold, asking.FMR_METHODS)
            for method, interval in intervals.items():
                cell = Cell(job.family, job.subjects, job.population, f"FMR@{rate}", method)
                tally = found.get(cell) or Tally(truth=float(rate), expected=float(rate) * trials)
                found[cell] = tally.with_one(interval, errors / trials, errors)
    return found


def fnmr_batch(job: Job, batch: int, replicates: int) -> Tallies:
    """FNMR at fixed thresholds with the true rates RATES, by every method; 1 to 10 mated comparisons a subject."""
    rng, population = job.generator(batch), named(job.population)
    thresholds = {rate: truths.threshold_of_fnmr(population, float(rate), 0.0) for rate in RATES}
    found: Tallies = {}
    for _ in range(replicates):
        data = FnmrData(mated(rng, population, unequal_numbers(rng, job.subjects), 0.0))
        for rate, threshold in thresholds.items():
            errors, intervals = data.intervals(threshold, asking.FNMR_METHODS)
            for method, interval in intervals.items():
                cell = Cell(job.family, job.subjects, job.population, f"FNMR@{rate}", method)
                tally = found.get(cell) or Tally(truth=float(rate), expected=float(rate) * MEAN_NUMBER * job.subjects)
                found[cell] = tally.with_one(interval, errors / len(data.drawn.scores), errors)
    return found


def curve_truth(population: Population, measure: str) -> float:
    """The true value of a measure of CURVE_MEASURES."""
    if measure == "EER":
        return truths.eer(population, CURVE_MEAN)
    if measure == "AUC":
        return truths.auc(population, CURVE_MEAN)
    return truths.fnmr_at_fmr(population, float(measure.removeprefix("FNMR@FMR=")), CURVE_MEAN)


def curve_batch(job: Job, batch: int, replicates: int, draws: int) -> Tallies:
    """FNMR@FMR, EER and AUC by the public path; every pair of a subject's samples is a mated comparison."""
    rng, population, samples = job.generator(batch), named(job.population), samples_of_curve(job.subjects)
    each = np.full(job.subjects, samples * (samples - 1) // 2, np.int64)
    trials = job.subjects * (job.subjects - 1) // 2 * samples**2
    found: Tallies = {}
    for _ in range(replicates):
        low = nonmated(rng, population, job.subjects, samples)
        high = mated(rng, population, each, CURVE_MEAN)
        scores = asking.score_set(low, high, job.subjects, met=samples)
        seed = int(rng.integers(2**31))
        for answer in asking.measured(scores, list(CURVE_MEASURES), draws=draws, seed=seed):
            cell = Cell(job.family, job.subjects, job.population, answer.measure, AS_SHIPPED)
            target = answer.measure.partition("FMR=")[2]
            truth, expected = curve_truth(population, answer.measure), float(target or 0) * trials
            tally = found.get(cell) or Tally(truth=truth, expected=expected)
            found[cell] = tally.with_one(answer.interval, answer.value)
    return found
