"""The other measures that hang on scores alone: on the whole curve, on costs, on several attempts.

As `experiments.curve_batch`, by the public path: mu = 3.5, 3 samples a subject, every pair of samples compared. Scores
are handed over as slope * (score - centre), which for Gaussian scores is the natural-log likelihood ratio that Cllr
expects; no other measure changes by it. In the name of a cell the true rate stands in the place of a threshold.

`HTER@other-subjects` is judged at the EER threshold of as many other subjects of the same population: each data set
has a threshold of its own, and the true value there. The true value of the cell is that of the threshold which the
population itself gives.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bench.coverage import asking, more_truths, truths
from bench.coverage.bars import AS_SHIPPED
from bench.coverage.experiments import CURVE_MEAN, Job
from bench.coverage.populations import POPULATIONS, Drawn, Population, mated, named, nonmated
from bench.coverage.tallies import Cell, Tallies, Tally
from fr_bench.metrics.scores import SortedScores
from fr_bench.metrics.transfer import set_thresholds
from fr_bench.records import ScoreSet

FAMILY = "more"
SIZES = (50, 100, 300)
SAMPLES = 3
SLOPE, CENTRE = CURVE_MEAN, CURVE_MEAN / 2
ATTEMPTS = 2
OTHERS = "HTER@other-subjects"

Made = tuple[ScoreSet, float]
"""The scores to be judged, and the EER threshold of other subjects."""


def jobs() -> list[Job]:
    """The jobs of this family."""
    return [Job(FAMILY, n, str(population)) for n in SIZES for population in POPULATIONS]


@lru_cache(maxsize=32)
def asked(population: Population, subjects: int) -> dict[str, tuple[str, float, float]]:
    """For each cell what frbench is asked, the true value, and how many errors are expected."""
    mean = CURVE_MEAN
    mated_total, nonmated_total = subjects * SAMPLES * (SAMPLES - 1) // 2, subjects * (subjects - 1) // 2 * SAMPLES**2
    found: dict[str, tuple[str, float, float]] = {
        "ROCCH-EER": ("ROCCH-EER", more_truths.rocch_eer(population, mean), 0.0),
        "d'": ("d'", mean, 0.0),  # both classes have variance 1
        "Cllr": ("Cllr", more_truths.cllr(population, mean, SLOPE, CENTRE), 0.0),
        "minCllr": ("minCllr", more_truths.min_cllr(population, mean), 0.0),
    }
    for rate in ("1e-1", "1e-2"):
        truth = more_truths.fmr_at_fnmr(population, float(rate), mean)
        found[f"FMR@FNMR={rate}"] = (f"FMR@FNMR={rate}", truth, float(rate) * mated_total)
    truth = truths.fnmr_at_fmr(population, 1e-2, mean)
    found["GFRR@FMR=1e-2"] = ("GFRR@FMR=1e-2", truth, truth * mated_total)
    for prior in ("0.5", "0.01"):
        measure = f"minDCF@prior={prior}"
        found[measure] = (measure, more_truths.min_dcf(population, mean, float(prior)), 0.0)

    def scarcer(threshold: float) -> float:
        missed = truths.fnmr(population, threshold, mean) * mated_total
        return min(missed, truths.fmr(population, threshold) * nonmated_total)

    for rate, prior in (("1e-2", "0.5"), ("1e-3", "0.01")):
        at = truths.threshold_of_fmr(population, float(rate))
        truth = more_truths.dcf(population, at, mean, float(prior))
        found[f"DCF@FMR={rate},prior={prior}"] = (f"DCF@threshold={handed(at)!r},prior={prior}", truth, scarcer(at))
    at = truths.threshold_of_fmr(population, truths.eer(population, mean))
    found["HTER@EER"] = (f"HTER@threshold={handed(at)!r}", truths.eer(population, mean), scarcer(at))
    for rate in ("1e-1",):
        at = more_truths.threshold_of_frr(population, float(rate), mean, ATTEMPTS)
        # Three samples make two mated comparisons with the third one: a transaction a subject.
        of = f"FRR@threshold={handed(at)!r},attempts={ATTEMPTS}"
        found[f"FRR@{rate},attempts={ATTEMPTS}"] = (of, float(rate), float(rate) * subjects)
    for rate in ("1e-2", "1e-3"):
        at = more_truths.threshold_of_far(population, float(rate), ATTEMPTS)
        of = f"FAR@threshold={handed(at)!r},attempts={ATTEMPTS}"
        formed = nonmated_total // SAMPLES  # two of three probes make a transaction against each of three references
        found[f"FAR@{rate},attempts={ATTEMPTS}"] = (of, float(rate), float(rate) * formed)
    return found


def handed(score: float) -> float:
    """A score on the scale that scores are handed over on."""
    return SLOPE * (score - CENTRE)


def batch(job: Job, number: int, replicates: int, draws: int) -> Tallies:
    """All measures of the family on each data set."""
    rng, population = job.generator(number), named(job.population)
    wanted = asked(population, job.subjects)
    found: Tallies = {}
    for _ in range(replicates):
        judged, others = _made(rng, population, job.subjects)
        texts = [*(text for text, _, _ in wanted.values()), f"HTER@threshold={others!r}"]
        seed = int(rng.integers(2**31))
        answers = asking.measured(judged, texts, draws=draws, seed=seed, likelihoods=True)
        for (measure, (_, truth, expected)), answer in zip(wanted.items(), answers, strict=False):
            cell = Cell(FAMILY, job.subjects, job.population, measure, AS_SHIPPED)
            tally = found.get(cell) or Tally(truth=truth, expected=expected)
            found[cell] = tally.with_one(answer.interval, answer.value)
        cell = Cell(FAMILY, job.subjects, job.population, OTHERS, AS_SHIPPED)
        tally = found.get(cell) or Tally(truth=wanted["HTER@EER"][1], expected=wanted["HTER@EER"][2])
        there = more_truths.hter(population, others / SLOPE + CENTRE, CURVE_MEAN)
        found[cell] = tally.with_one(answers[-1].interval, answers[-1].value, truth=there)
    return found


def _made(rng: np.random.Generator, population: Population, subjects: int) -> Made:
    others, judged = (scores(rng, population, subjects) for _ in range(2))
    (at_eer,) = set_thresholds(SortedScores.of(others), ())
    if at_eer.threshold is None:
        raise ValueError(f"other subjects gave no threshold: {at_eer.reason}")
    return judged, float(at_eer.threshold)


def scores(rng: np.random.Generator, population: Population, subjects: int) -> ScoreSet:
    """Scores of freshly drawn subjects, as likelihood ratios."""
    each = np.full(subjects, SAMPLES * (SAMPLES - 1) // 2, np.int64)
    low = nonmated(rng, population, subjects, SAMPLES)
    high = mated(rng, population, each, CURVE_MEAN)
    low, high = (Drawn(SLOPE * (side.scores - CENTRE), side.first, side.second) for side in (low, high))
    return asking.score_set(low, high, subjects, met=SAMPLES, samples=SAMPLES)
