"""The zoo among subjects who are all alike: how often are animals named, or an effect of subjects found, by chance?

No subject of these populations differs from another. `alike`: comparisons are independent. `alike-pairs`: half of the
variance of a nonmated score belongs to the pair of subjects. `alike-samples`: 0.3 of the variance of each score belongs
to the two samples, some of which are poor. SAMPLES samples a subject, every pair of samples is compared; the measured
threshold has a true FMR of 1e-2 and a true FNMR of 1e-1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from bench.coverage.experiments import Job
from bench.coverage.groups import SAMPLES, every_pair
from bench.coverage.populations import Drawn, Floats, mated_subjects, pairs
from bench.coverage.promises import TEST
from bench.coverage.tallies import Cell, Tallies, Tally
from fr_bench.analyses import subjects as analysis
from fr_bench.analyses.given import Given
from fr_bench.findings import Analysis
from fr_bench.measuring import measure
from fr_bench.records import ScoreSet

FAMILY = "animals"
SIZES = (50, 100, 300)
POPULATIONS = {"alike": (0.0, 0.0), "alike-pairs": (0.5, 0.0), "alike-samples": (0.0, 0.3)}
"""Shares of the variance of a score that are the pair's (nonmated only), and the two samples'."""
FMR, FNMR = 1e-2, 1e-1
MEASURES = ("effect:mated", "effect:FMR", "goats", "lambs-wolves", "menagerie")
LEVEL = 0.05


def jobs() -> list[Job]:
    """The jobs of this family."""
    return [Job(FAMILY, n, population) for n in SIZES for population in POPULATIONS]


def batch(job: Job, number: int, replicates: int, draws: int) -> Tallies:
    """The analysis of subjects, as a run makes it."""
    rng, at = job.generator(number), float(-ndtri(FMR))
    found: Tallies = {}
    for _ in range(replicates):
        scores = drawn(rng, job.subjects, *POPULATIONS[job.population])
        asked = measure(scores, [f"FMR@threshold={at!r}"], draws=draws)
        (answer,) = analysis.analyse(Given(scores=scores, measurements=asked))
        for name, alarm in alarms(answer).items():
            cell = Cell(FAMILY, job.subjects, job.population, name, TEST)
            found[cell] = (found.get(cell) or Tally(truth=0.0, expected=0.0)).tested(alarm=alarm)
    return found


def alarms(answer: Analysis) -> dict[str, bool]:
    """Whether each of MEASURES says that subjects differ."""
    tables = {table.name: table.rows for table in answer.tables}
    effects = {str(row[0]): row[5] for row in tables["effects"]}
    herds = {str(row[1]): row[2] for row in tables["herds"]}
    return {
        "effect:mated": effects["mated"] <= LEVEL,  # type: ignore[operator]
        "effect:FMR": effects["FMR"] <= LEVEL,  # type: ignore[operator]
        "goats": bool(herds["goat"]),
        "lambs-wolves": bool(herds["lamb_wolf"]),
        "menagerie": any(row[4] <= LEVEL for row in tables["animals"]),  # type: ignore[operator]
    }


def drawn(rng: np.random.Generator, subjects: int, of_pair: float, of_samples: float) -> ScoreSet:
    """One data set of subjects who are all alike."""
    sample = rng.standard_normal((subjects, SAMPLES)) * math.sqrt(of_samples / 2)
    first, second = pairs(subjects, SAMPLES)
    each = np.divmod(np.arange(len(first)) % SAMPLES**2, SAMPLES)
    shared = np.repeat(rng.standard_normal(len(first) // SAMPLES**2), SAMPLES**2)
    low = math.sqrt(of_pair) * shared + sample[first, each[0]] + sample[second, each[1]]
    low += math.sqrt(1 - of_pair - of_samples) * rng.standard_normal(len(first))
    x, y = np.triu_indices(SAMPLES, 1)
    who = mated_subjects(np.full(subjects, len(x), np.int64))
    place = np.arange(len(who)) % len(x)
    high = _mated(rng, sample, who, (x[place], y[place]), of_samples)
    return every_pair(Drawn(low, first, second), Drawn(high, who, who), subjects)


def _mated(
    rng: np.random.Generator, sample: Floats, who: NDArray[np.intp], of: tuple[NDArray[np.intp], ...], share: float
) -> Floats:  # fmt: skip
    mean = float(-ndtri(FMR) - ndtri(FNMR))
    scores: Floats = mean + sample[who, of[0]] + sample[who, of[1]]
    scores += math.sqrt(1 - share) * rng.standard_normal(len(who))
    return scores
