"""Rates of everything that was planned, where samples give no template: GFRR, GFAR, and transactions with failures.

As `more`, with failures: of one subject in five a sample fails in four cases of ten, of the others in one of forty. So
failures gather in a few subjects, as they do, and depend on nothing else. Comparisons of a failed sample were planned
and not made; of two attempts one may fail. All pairs: the later sample is the probe.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from bench.coverage import asking, more_truths, truths
from bench.coverage.bars import AS_SHIPPED
from bench.coverage.experiments import CURVE_MEAN, Job
from bench.coverage.more import ATTEMPTS, SAMPLES, handed
from bench.coverage.more import scores as drawn_scores
from bench.coverage.populations import POPULATIONS, Population, named
from bench.coverage.tallies import Cell, Tallies, Tally
from fr_bench.records import Crossing, Scores, ScoreSet

FAMILY = "failures"
SIZES = (50, 100)
OFTEN, SELDOM, SHARE = 0.4, 0.025, 0.2
"""How often a sample of a difficult subject fails, how often any other, and the share of the difficult ones."""


def jobs() -> list[Job]:
    """The jobs of this family."""
    return [Job(FAMILY, n, str(population)) for n in SIZES for population in POPULATIONS]


@lru_cache(maxsize=32)
def asked(population: Population, subjects: int) -> dict[str, tuple[str, float, float]]:
    """For each cell what frbench is asked, the true value, and how many errors are expected."""
    mated, nonmated = subjects * SAMPLES * (SAMPLES - 1) // 2, subjects * (subjects - 1) // 2 * SAMPLES**2
    claims = nonmated // SAMPLES

    def at(name: str, threshold: float) -> str:
        return f"{name}@threshold={handed(threshold)!r}"

    both = f"attempts={ATTEMPTS}"
    accepting, rejecting = _far_threshold(population, 1e-2), _frr_threshold(population, 1e-1)
    fnmr = 1 - 0.8 / made_twice()
    fmr = 1e-2 / (1 - failing()) ** 2
    at_fmr = gfrr(truths.fnmr_at_fmr(population, 1e-2, CURVE_MEAN))
    enrolled = 1 - failing()
    return {
        "GFRR@2e-1": (at("GFRR", truths.threshold_of_fnmr(population, fnmr, CURVE_MEAN)), 0.2, 0.2 * mated),
        "GFAR@1e-2": (at("GFAR", truths.threshold_of_fmr(population, fmr)), 1e-2, 1e-2 * nonmated),
        "GFRR@FMR=1e-2": ("GFRR@FMR=1e-2", at_fmr, at_fmr * mated),
        f"FRR@1e-1,{both}": (f"{at('FRR', rejecting)},{both}", 0.1, 0.1 * enrolled * subjects),
        f"GFRR@1.9e-1,{both}": (f"{at('GFRR', rejecting)},{both}", failing() + enrolled * 0.1, 0.19 * subjects),
        f"FAR@1e-2,{both}": (f"{at('FAR', accepting)},{both}", 1e-2, 1e-2 * enrolled * claims),
        f"GFAR@9e-3,{both}": (f"{at('GFAR', accepting)},{both}", enrolled * 1e-2, enrolled * 1e-2 * claims),
    }


def failing() -> float:
    """How often a sample fails."""
    return SHARE * OFTEN + (1 - SHARE) * SELDOM


def made_twice() -> float:
    """How often both samples of one subject give a template."""
    return SHARE * (1 - OFTEN) ** 2 + (1 - SHARE) * (1 - SELDOM) ** 2


def gfrr(fnmr: float) -> float:
    """GFRR of one attempt: failed, or made and rejected."""
    return 1 - made_twice() * (1 - fnmr)


def frr(population: Population, threshold: float) -> float:
    """P(no attempt of two is accepted) against a reference with a template: either fails, or scores below."""
    one, two = (more_truths.frr(population, threshold, CURVE_MEAN, k) for k in (1, 2))
    parts = [(share * (1 - f), _of_two(f, one, two) + f**2) for share, f in _kinds()]
    return sum(mass * rejected for mass, rejected in parts) / sum(mass for mass, _ in parts)


def far(population: Population, threshold: float) -> float:
    """P(an attempt of two is accepted) against a reference of another subject with a template."""
    one, two = (more_truths.far(population, threshold, k) for k in (1, 2))
    return sum(share * _of_two(f, one, two) for share, f in _kinds())


def _of_two(f: float, one: float, two: float) -> float:
    """A rate of two attempts of which each fails with f: one is left, or both are."""
    return 2 * f * (1 - f) * one + (1 - f) ** 2 * two


def _kinds() -> tuple[tuple[float, float], ...]:
    return (SHARE, OFTEN), (1 - SHARE, SELDOM)


@lru_cache(maxsize=16)
def _frr_threshold(population: Population, rate: float) -> float:
    return float(brentq(lambda t: math.log(frr(population, t) / rate), -4.0, 6.0, xtol=1e-12))


@lru_cache(maxsize=16)
def _far_threshold(population: Population, rate: float) -> float:
    return float(brentq(lambda t: math.log(far(population, t) / rate), -2.0, 8.0, xtol=1e-12))


def batch(job: Job, number: int, replicates: int, draws: int) -> Tallies:
    """All measures of the family on each data set."""
    rng, population = job.generator(number), named(job.population)
    wanted = asked(population, job.subjects)
    found: Tallies = {}
    for _ in range(replicates):
        given = scores(rng, population, job.subjects)
        seed = int(rng.integers(2**31))
        answers = asking.measured(given, [text for text, _, _ in wanted.values()], draws=draws, seed=seed)
        for (measure, (_, truth, expected)), answer in zip(wanted.items(), answers, strict=True):
            cell = Cell(FAMILY, job.subjects, job.population, measure, AS_SHIPPED)
            tally = found.get(cell) or Tally(truth=truth, expected=expected)
            found[cell] = tally.with_one(answer.interval, answer.value)
    return found


def scores(rng: np.random.Generator, population: Population, subjects: int) -> ScoreSet:
    """Scores of freshly drawn subjects, without those of samples that gave no template."""
    planned = drawn_scores(rng, population, subjects)
    fails = np.where(rng.random(subjects) < SHARE, OFTEN, SELDOM)
    present = rng.random((subjects, SAMPLES)) >= fails[:, None]
    mated, nonmated = (_made(side, present.ravel()) for side in (planned.mated, planned.nonmated))
    counts = present.sum(axis=1).astype(np.int64)
    crossing = planned.crossing
    if crossing is None:
        raise ValueError("who met whom is not known")
    there = np.flatnonzero(counts)
    return replace(
        planned,
        mated=mated,
        nonmated=nonmated,
        mated_failed=len(planned.mated) - len(mated),
        nonmated_failed=len(planned.nonmated) - len(nonmated),
        crossing=Crossing(
            subjects=tuple(crossing.subjects[k] for k in there),
            references=counts[there],
            probes=counts[there].copy(),
            unordered=True,
        ),
    )


def _made(side: Scores, present: NDArray[np.bool_]) -> Scores:
    """The comparisons of two samples with a template; the later sample is the probe."""
    if side.probe is None or side.reference is None:
        raise ValueError("scores name no samples")
    made = present[side.probe] & present[side.reference]
    return Scores(values=side.values[made], probe=side.reference[made], reference=side.probe[made])
