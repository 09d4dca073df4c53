"""1:N searches in a gallery that stays as it is: do the intervals of TPIR, FNIR and FPIR hold its truth?

Score of a search of subject p with the enrolled identity g:  L (a_p + c_g) + G u_pg + E e;  with its own reference:
MEAN + K b_p + sqrt(1 - K^2) e, as in `populations`. The effects c of the gallery are the same in all data sets, middles
of LEVELS equal parts of their distribution: frbench promises an interval for this gallery and for no other. The n
identities are enrolled and search, and n strangers search too, 1 to 10 times each; they are drawn anew for each data
set.
"""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri

from bench.coverage import populations
from bench.coverage.bars import AS_SHIPPED
from bench.coverage.experiments import Job
from bench.coverage.populations import MEAN_NUMBER, POPULATIONS, Codes, Floats, Population, named, unequal_numbers
from bench.coverage.tallies import Cell, Tallies, Tally
from fr_bench.analyses import identification
from fr_bench.analyses.given import Given
from fr_bench.findings import Interval, Measurement
from fr_bench.measuring import measure
from fr_bench.precision import Method
from fr_bench.records import Crossing, Party, Scores, ScoreSet, Searches

FAMILY = "search"
SIZES = (50, 100, 300)
LEVELS = 25
"""How many different effects the identities of a gallery have."""
MEAN = 4.5
FPIRS = ("1e-1", "1e-2")
MEASURES = (
    "TPIR@rank=1", "TPIR@rank=5", *(f"FNIR@t{rate}" for rate in FPIRS), *(f"FPIR@t{rate}" for rate in FPIRS),
    *(f"FNIR@FPIR={rate}" for rate in FPIRS), "TPIR@rank=1,half", "FPIR@t1e-1,half",
)  # fmt: skip
"""`FNIR@t1e-1`: at the threshold whose true FPIR is 1e-1; `half`: in half of the gallery, of the table by sizes."""
KEPT = 20


def jobs() -> list[Job]:
    """The jobs of this family."""
    return [Job(FAMILY, n, str(population)) for n in SIZES for population in POPULATIONS]


def batch(job: Job, number: int, replicates: int, draws: int) -> Tallies:
    """Searches by the public path: measures of everybody, and the analysis of searches."""
    rng, population = job.generator(number), named(job.population)
    gallery = gallery_effects(population, job.subjects)
    thresholds = {rate: threshold_of_fpir(population, job.subjects, float(rate)) for rate in FPIRS}
    texts = {
        "TPIR@rank=1": "TPIR@rank=1",
        "TPIR@rank=5": "TPIR@rank=5",
        **{f"FNIR@t{rate}": f"FNIR@threshold={t!r},rank=1" for rate, t in thresholds.items()},
        **{f"FPIR@t{rate}": f"FPIR@threshold={t!r}" for rate, t in thresholds.items()},
        **{f"FNIR@FPIR={rate}": f"FNIR@FPIR={rate},rank=1" for rate in FPIRS},
    }
    found: Tallies = {}
    for _ in range(replicates):
        scores = drawn(rng, population, gallery)
        seed = int(rng.integers(2**31))
        answers = measure(scores, list(texts.values()), draws=draws, seed=seed)
        for name, answer in zip(texts, answers, strict=True):
            counts = answer.counts
            errors = 0 if counts is None else min(counts.errors, counts.trials - counts.errors)
            _count(found, job, name, answer.interval, answer.value, errors)
        for name, interval, value in _by_gallery(scores, answers[4], draws):
            _count(found, job, name, interval, value, 0)
    return found


SEED = 7
"""Names the order in which the gallery is halved: the same in all data sets, as the gallery is."""


def _by_gallery(scores: ScoreSet, fpir: Measurement, draws: int) -> list[tuple[str, Interval, float]]:
    """What the table of gallery sizes says of half of the gallery."""
    given = Given(scores=scores, measurements=(fpir,), method=Method(draws=draws, seed=SEED))
    (analysis,) = identification.analyse(given)
    half = -(-scores.searches.gallery // 2) if scores.searches else 0
    found = []
    for text, size, _, _, value, low, high in analysis.tables[0].rows:
        if size == half:
            name = "TPIR@rank=1,half" if str(text).startswith("TPIR") else "FPIR@t1e-1,half"
            found.append((name, Interval(float(low or 0), float(high or 0), 0.95, "", ""), float(value or 0)))
    return found


def _count(
    found: Tallies, job: Job, name: str, interval: Interval | None, value: float | None, errors: int
) -> None:  # fmt: skip
    cell = Cell(FAMILY, job.subjects, job.population, name, AS_SHIPPED)
    tally = found.get(cell)
    if tally is None:
        truth = truth_of(named(job.population), job.subjects, name)
        tally = Tally(truth=truth, expected=_expected(name, truth, job.subjects))
    found[cell] = tally.with_one(interval, value, errors)


def _expected(name: str, truth: float, subjects: int) -> float:
    """The scarcer outcome of the searches; for FNIR@FPIR, false positives at the target."""
    rate = float(name.partition("FPIR=")[2]) if name.startswith("FNIR@FPIR") else min(truth, 1 - truth)
    return rate * MEAN_NUMBER * subjects


def gallery_effects(population: Population, identities: int) -> Floats:
    """(n,) c: the middles of LEVELS equal parts of the distribution of effects, each as often."""
    middle = (np.arange(identities) * LEVELS // identities + 0.5) / LEVELS
    return np.asarray(ndtri(middle) if population.shape == "gauss" else -np.log1p(-middle) - 1, dtype=np.float64)


def drawn(rng: np.random.Generator, population: Population, gallery: Floats) -> ScoreSet:
    """One data set: every search with its candidates, as a run of 1:N search keeps it."""
    n = len(gallery)
    mates = unequal_numbers(rng, n)
    mated = populations.mated(rng, population, mates, MEAN)
    own, strange = _with_gallery(rng, population, gallery, mates), _with_gallery(
        rng, population, gallery, unequal_numbers(rng, n)
    )  # fmt: skip
    searcher = np.concatenate([mated.first, n + strange[1]])
    table = np.concatenate([own[0], strange[0]])
    return score_set(table, searcher, mated.scores, n)


def _with_gallery(
    rng: np.random.Generator, population: Population, gallery: Floats, numbers: NDArray[np.int64]
) -> tuple[Floats, Codes]:
    """(searches, identities) scores, and who searches."""
    who = np.repeat(np.arange(len(numbers)), numbers)
    effects = population.effects(rng, len(numbers))
    shared = population.of_one_side * (effects[:, None] + gallery)
    shared += population.of_pair * rng.standard_normal(shared.shape)
    table = rng.standard_normal((len(who), len(gallery)))
    table *= population.of_comparison
    table += shared[who]
    return table, who


def score_set(table: Floats, searcher: Codes, mate: Floats, enrolled: int) -> ScoreSet:
    """Scores as a run of searches keeps them; searchers below `enrolled` have their mate in that column."""
    searches, mated = len(searcher), searcher < enrolled
    others = table.copy()
    others[np.flatnonzero(mated), searcher[mated]] = -np.inf
    kept = min(KEPT, enrolled - 1)
    who = np.argpartition(-others, kept - 1, axis=1)[:, :kept]
    best = np.take_along_axis(others, who, axis=1)
    order = np.argsort(-best, axis=1)
    who, best = np.take_along_axis(who, order, axis=1), np.take_along_axis(best, order, axis=1)
    own = np.full(searches, -np.inf)
    own[mated] = mate
    rank = np.where(mated, 1 + np.count_nonzero(others >= own[:, None], axis=1), 0).astype(np.int32)
    rows, columns = np.nonzero(np.isfinite(others))
    names = tuple(f"subject-{code:04d}" for code in range(2 * enrolled))
    numbers = np.bincount(searcher, minlength=len(names)).astype(np.int64)
    return ScoreSet(
        mated=Scores(
            values=mate, probe=np.flatnonzero(mated).astype(np.int32), reference=searcher[mated].astype(np.int32)
        ),
        nonmated=Scores(values=others[rows, columns], probe=rows.astype(np.int32), reference=columns.astype(np.int32)),
        mated_planned=len(mate),
        nonmated_planned=len(rows),
        probes=Party(
            ids=tuple(f"search-{k:06d}" for k in range(searches)), subjects=tuple(names[k] for k in searcher.tolist())
        ),
        references=Party(ids=tuple(f"reference-{k:04d}" for k in range(enrolled)), subjects=names[:enrolled]),
        crossing=Crossing(
            subjects=names,
            references=(np.arange(len(names)) < enrolled).astype(np.int64),
            probes=numbers,
            unordered=False,
        ),
        searches=Searches(
            probe=np.arange(searches, dtype=np.int32),
            mated=mated,
            mate=own,
            rank=rank,
            optimistic=rank,
            nonmate=best,
            who=who.astype(np.int32),
            gallery=enrolled,
            failed=np.zeros(searches, dtype=np.bool_),
        ),
    )


# The truth, by quadrature: what is left of a score, u and e, is independent from identity to identity once the effect
# of the searcher is known.


def truth_of(population: Population, identities: int, name: str) -> float:
    """The true value of one of MEASURES in the fixed gallery."""
    what, _, at = name.partition("@")
    half = at.endswith(",half")
    if what == "TPIR":
        if half:
            return _found_in_half(population, identities)
        return _found(population, identities, -math.inf, int(at.removeprefix("rank=")))
    threshold = threshold_of_fpir(population, identities, float(at.partition(",")[0].strip("tFPIR=")))
    if what == "FNIR":
        return 1 - _found(population, identities, threshold, 1)
    chosen = gallery_effects(population, identities)[_places(identities) < -(-identities // 2)] if half else None
    return fpir(population, identities, threshold, chosen)


def fpir(population: Population, identities: int, threshold: float, gallery: Floats | None = None) -> float:
    """P(any identity of the gallery scores at or above the threshold), for a stranger."""
    effects = gallery_effects(population, identities) if gallery is None else gallery
    below = np.array([_log_below(population, effects, np.array([threshold]), a)[0] for a in _searchers(population)[0]])
    return float(_searchers(population)[1] @ -np.expm1(below))


@lru_cache(maxsize=64)
def threshold_of_fpir(population: Population, identities: int, rate: float) -> float:
    """The threshold at which the true FPIR is `rate`."""
    return float(brentq(lambda t: math.log(fpir(population, identities, t) / rate), -1.0, 25.0, xtol=1e-12))


@lru_cache(maxsize=64)
def _found(population: Population, identities: int, threshold: float, rank: int) -> float:
    """P(the mate scores at or above the threshold and fewer than `rank` others at least as high), mean over mates."""
    score, weight = _mate_scores(population, threshold)
    levels, each = np.unique(gallery_effects(population, identities), return_counts=True)
    total = 0.0
    for own in range(len(levels)):
        others = np.repeat(levels, each - (np.arange(len(levels)) == own))
        for a, mass in zip(*_searchers(population), strict=True):
            total += each[own] / identities * mass * float(weight @ _fewer(population, others, score, a, rank))
    return float(total)


def _fewer(population: Population, others: Floats, score: Floats, searcher: float, rank: int) -> Floats:
    """P(fewer than `rank` of the others score at least as high), for each score."""
    if rank == 1:
        return np.exp(_log_below(population, others, score, searcher))
    higher = ndtr(-_beyond(population, others, score, searcher))
    ways = np.zeros((rank, len(score)))
    ways[0] = 1.0
    for one in higher:
        ways[1:] = ways[1:] * (1 - one) + ways[:-1] * one
        ways[0] *= 1 - one
    return np.asarray(ways.sum(axis=0))


def _found_in_half(population: Population, identities: int) -> float:
    """As `_found` at rank 1, each mate with the first of the others only, as many as make half of the gallery."""
    score, weight = _mate_scores(population, -math.inf)
    effects, place, half = gallery_effects(population, identities), _places(identities), -(-identities // 2)
    total = 0.0
    for a, mass in zip(*_searchers(population), strict=True):
        below = log_ndtr(_beyond(population, effects, score, a))
        within = below[place < half].sum(axis=0)
        last = below[place == half - 1].sum(axis=0)
        # A mate among the first leaves its own place; any other meets one fewer of them.
        for one in np.flatnonzero(place < half):
            total += mass / identities * float(weight @ np.exp(within - below[one]))
        total += (identities - half) * mass / identities * float(weight @ np.exp(within - last))
    return float(total)


def _places(identities: int) -> NDArray[np.int64]:
    """The place of each identity in the order of nested galleries: by a digest of seed and name."""
    keys = [hashlib.sha256(f"{SEED}\0gallery\0subject-{k:04d}".encode()).digest() for k in range(identities)]
    place = np.empty(identities, np.int64)
    place[sorted(range(identities), key=keys.__getitem__)] = np.arange(identities)
    return place


def _beyond(population: Population, effects: Floats, score: Floats, searcher: float) -> Floats:
    """(identities, scores) how many standard deviations each score lies above the mean of each identity."""
    side, rest = population.of_one_side, math.hypot(population.of_pair, population.of_comparison)
    return np.asarray((score[None, :] - side * (searcher + effects[:, None])) / rest)


def _log_below(population: Population, effects: Floats, score: Floats, searcher: float) -> Floats:
    return np.asarray(log_ndtr(_beyond(population, effects, score, searcher)).sum(axis=0))


@lru_cache(maxsize=8)
def _searchers(population: Population) -> tuple[Floats, Floats]:
    """Effects of searchers, and the weights of the integral over them."""
    if not population.of_one_side:
        return np.zeros(1), np.ones(1)
    if population.shape == "gauss":
        node, weight = np.polynomial.hermite_e.hermegauss(24)
        return node, weight / weight.sum()
    node, weight = np.polynomial.laguerre.laggauss(32)
    return node - 1, weight


def _mate_scores(population: Population, threshold: float) -> tuple[Floats, Floats]:
    """Scores of mates from the threshold on, and the weights of the integral over them."""
    node, weight = np.polynomial.legendre.leggauss(8)
    low = max(threshold, MEAN - 9.0)
    edges = np.linspace(low, MEAN + 8.0, 1 + math.ceil((MEAN + 8.0 - low) / 0.5))
    half = np.diff(edges)[:, None] / 2
    score = ((edges[:-1] + edges[1:])[:, None] / 2 + half * node).ravel()
    return score, (half * weight).ravel() * _mate_density(population, score)


def _mate_density(population: Population, score: Floats) -> Floats:
    """The density of mates' scores: the normal, or the normal with an exponential tail downwards."""
    if population.shape == "gauss":
        return np.asarray(np.exp(-((score - MEAN) ** 2) / 2) / math.sqrt(2 * math.pi))
    effect = population.of_subject
    rest = math.sqrt(1 - effect**2)
    # MEAN + effect - effect * Exp(1) + rest * N(0, 1): by completing the square.
    up = MEAN + effect - score
    tilt = rest**2 / (2 * effect**2) - up / effect
    return np.asarray(np.exp(tilt + log_ndtr(up / rest - rest / effect)) / effect)


__all__ = ["FAMILY", "MEASURES", "batch", "jobs", "truth_of"]
