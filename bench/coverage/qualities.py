"""Image quality: do the intervals of error versus discard, and of the rank correlation, hold the truth?

Each subject has a reference of perfect quality and 1 to 10 probes of quality Q = R c_i + sqrt(1 - R^2) z, R = K of the
population: the images of some subjects are better than those of others. The mated score of a probe is
D Q + K b_i + sqrt(1 - K^2 - D^2) e, with D = 0.5. All of c, z, e are normal, b as in `populations`.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from bench.coverage import truths
from bench.coverage.bars import AS_SHIPPED
from bench.coverage.experiments import Job
from bench.coverage.populations import (
    MEAN_NUMBER,
    POPULATIONS,
    Floats,
    Population,
    mated_subjects,
    named,
    unequal_numbers,
)
from bench.coverage.tallies import Cell, Tallies, Tally
from fr_bench.analyses import quality as analysis
from fr_bench.analyses.given import Given
from fr_bench.precision import Method
from fr_bench.records import Party, Scores, ScoreSet

FAMILY = "quality"
SIZES = (50, 100, 300)
SLOPE = 0.5
"""D."""
START, TO, DISCARDED = 0.1, 0.2, 0.2
COLUMN = "sharpness"
MEASURES = {
    "FNMR-EDC-pAUC@t": "FNMR-EDC-pAUC@threshold={t!r},quality=sharpness,to=0.2",
    "FNMR-EDC-pAUC@FNMR": "FNMR-EDC-pAUC@FNMR=0.1,quality=sharpness,to=0.2",
    "FNMR-after-discard@t": "FNMR-after-discard@threshold={t!r},quality=sharpness,discard=0.2",
    "FNMR-after-discard@FNMR": "FNMR-after-discard@FNMR=0.1,quality=sharpness,discard=0.2",
    "quality-correlation": "quality-correlation@quality=sharpness",
}
"""How frbench is asked for each; the true FNMR at t is START."""


def jobs() -> list[Job]:
    """The jobs of this family."""
    return [Job(FAMILY, n, str(population)) for n in SIZES for population in POPULATIONS]


def batch(job: Job, number: int, replicates: int, draws: int) -> Tallies:
    """Measures of quality by the public path."""
    rng, population = job.generator(number), named(job.population)
    texts = {name: text.format(t=threshold(population)) for name, text in MEASURES.items()}
    found: Tallies = {}
    for _ in range(replicates):
        scores, column = drawn(rng, population, job.subjects)
        method = Method(draws=draws, seed=int(rng.integers(2**31)))
        given = Given(scores=scores, attributes={COLUMN: column}, method=method)
        for name, text in texts.items():
            answer = analysis.measured(given, text)
            cell = Cell(FAMILY, job.subjects, job.population, name, AS_SHIPPED)
            tally = found.get(cell)
            if tally is None:
                tally = Tally(truth=truth_of(population, name), expected=START * MEAN_NUMBER * job.subjects)
            found[cell] = tally.with_one(answer.interval, answer.value)
    return found


def drawn(rng: np.random.Generator, population: Population, subjects: int) -> tuple[ScoreSet, dict[str, str]]:
    """One data set: mated scores, and the quality of each image as the text of an attribute."""
    numbers = unequal_numbers(rng, subjects)
    who, share = mated_subjects(numbers), population.of_subject
    own = rng.standard_normal(subjects)
    quality = share * own[who] + math.sqrt(1 - share**2) * rng.standard_normal(len(who))
    effects = -share * population.effects(rng, subjects)
    rest = math.sqrt(1 - share**2 - SLOPE**2)
    scores = SLOPE * quality + effects[who] + rest * rng.standard_normal(len(who))
    names = tuple(f"subject-{k:04d}" for k in range(subjects))
    probes = tuple(f"probe-{k:06d}" for k in range(len(who)))
    references = tuple(f"reference-{k:04d}" for k in range(subjects))
    column = {name: repr(value) for name, value in zip(probes, quality.tolist(), strict=True)}
    made = ScoreSet(
        mated=Scores(values=scores, probe=np.arange(len(who), dtype=np.int32), reference=who.astype(np.int32)),
        nonmated=Scores(values=np.zeros(0), probe=np.zeros(0, np.int32), reference=np.zeros(0, np.int32)),
        mated_planned=len(who),
        nonmated_planned=0,
        probes=Party(ids=probes, subjects=tuple(names[k] for k in who.tolist())),
        references=Party(ids=references, subjects=names),
    )
    return made, column | dict.fromkeys(references, "100")


def threshold(population: Population) -> float:
    """t: the score that a share START of all mated ones lies below."""
    return truths.threshold_of_fnmr(population, START, 0.0)


@lru_cache(maxsize=64)
def truth_of(population: Population, name: str) -> float:
    """The true value of one of MEASURES."""
    if name == "quality-correlation":
        return _correlation(population)
    at = float(ndtri(DISCARDED if "discard" in name else TO))
    node, weight = _panels(at)
    missed = weight * _missed(population, node, threshold(population))
    if "discard" in name:
        return float(missed[node > at].sum()) / (1 - DISCARDED)
    # The area under the rate of what is left, integrated over the share discarded before the quality.
    area = float(missed @ -np.log1p(-np.minimum(ndtr(node), TO)))
    return area - (START * min(START, TO) - min(START, TO) ** 2 / 2)


def _missed(population: Population, quality: Floats, at: float) -> Floats:
    """P(mated score < at), given the quality."""
    centre, share = at - SLOPE * quality, population.of_subject
    if population.shape == "gauss":
        return np.asarray(ndtr(centre / math.sqrt(1 - SLOPE**2)))
    y, weight = np.polynomial.laguerre.laggauss(100)
    rest = math.sqrt(1 - share**2 - SLOPE**2)
    return np.asarray(ndtr((centre[:, None] + share * (y - 1)) / rest) @ weight)


def _correlation(population: Population) -> float:
    """Spearman's: 12 E[F(Q) G(S)] - 3, by P(another score is lower | Q)."""
    node, weight = _panels(0.0)
    share = population.of_subject
    if population.shape == "gauss":
        return 6 / math.pi * math.asin(SLOPE / 2)
    y, mass = np.polynomial.laguerre.laggauss(100)
    spread = math.sqrt(2 * (1 - share**2) - SLOPE**2)
    centre = SLOPE * node[:, None]
    lower = (ndtr((centre + share * y) / spread) + ndtr((centre - share * y) / spread)) @ mass / 2
    return float(12 * (weight * ndtr(node)) @ lower - 3)


def _panels(cut: float) -> tuple[Floats, Floats]:
    """Nodes and weights of the integral over a standard normal, with a panel's edge at `cut`."""
    node, weight = np.polynomial.legendre.leggauss(12)
    edges = np.concatenate([np.linspace(-9, cut, 40), np.linspace(cut, 9, 40)[1:]])
    half = np.diff(edges)[:, None] / 2
    x = ((edges[:-1] + edges[1:])[:, None] / 2 + half * node).ravel()
    return x, (half * weight).ravel() * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
