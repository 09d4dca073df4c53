"""Presentation attacks: do the intervals of the rates of attack detection hold the truth?

Three species of attack instruments, INSTRUMENTS[n] of each, and n bona fide subjects, 1 to 10 presentations each. What
an instrument or a subject adds to its scores is that of `populations`: of the variance of each score, a share K^2. The
long tail of `skew` is that of instruments which pass, and of subjects who are stopped, again and again. Responses of
the detector, its scores and those of recognition have effects of their own. Two thresholds of detection: at t1 two
species pass equally often and more often than the third, at t2 they pass in 2 %.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bench.coverage import populations, truths
from bench.coverage.bars import AS_SHIPPED
from bench.coverage.experiments import Job
from bench.coverage.populations import MEAN_NUMBER, POPULATIONS, Floats, Population, named, unequal_numbers
from bench.coverage.tallies import Cell, Tallies, Tally
from fr_bench.measuring import measure
from fr_bench.records import Presentations, Scores, ScoreSet

FAMILY = "attack"
INSTRUMENTS = {50: 20, 100: 40, 300: 100}
"""Instruments of each species, by the number of bona fide subjects."""
PASSING = {"print": 0.10, "replay": 0.10, "mask": 0.05}
"""True APCER of each species at t1."""
TAKEN = {"print": 0.5, "replay": 0.3, "mask": 0.8}
"""How often recognition takes an attack of each species for its target."""
STOPPED, UNRECOGNISED = 0.05, 0.03
"""True BPCER at t1; how often recognition rejects a bona fide presentation."""
SILENT = {"": 0.02, "print": 0.04, "replay": 0.04, "mask": 0.04}
"""How often the detector does not respond."""
AT_T2 = 0.02
MEASURES = {
    "APCER@t1": "APCER@threshold={t1!r}",
    "APCER@t1,print": "APCER@threshold={t1!r},species=print",
    "APCER@t1,mask": "APCER@threshold={t1!r},species=mask",
    "APCER@t2": "APCER@threshold={t2!r}",
    "BPCER@t1": "BPCER@threshold={t1!r}",
    "BPCER@APCER=0.1": "BPCER@APCER=0.1",
    "BPCER@APCER=0.05": "BPCER@APCER=0.05",
    "IAPAR": "IAPAR@threshold=0.0,detection={t1!r}",
    "IAPAR,print": "IAPAR@threshold=0.0,detection={t1!r},species=print",
    "RIAPAR": "RIAPAR@threshold=0.0,detection={t1!r}",
    "APNRR": "APNRR",
    "BPNRR": "BPNRR",
}
"""How frbench is asked for each; the threshold of recognition is 0."""


def jobs() -> list[Job]:
    """The jobs of this family."""
    return [Job(FAMILY, n, str(population)) for n in INSTRUMENTS for population in POPULATIONS]


def batch(job: Job, number: int, replicates: int, draws: int) -> Tallies:
    """Rates of presentations by the public path."""
    rng, population = job.generator(number), named(job.population)
    t1, t2 = thresholds(population)
    texts = {name: text.format(t1=t1, t2=t2) for name, text in MEASURES.items()}
    found: Tallies = {}
    for _ in range(replicates):
        presented = drawn(rng, population, job.subjects)
        answers = measure(NOTHING, list(texts.values()), draws=draws, seed=1, presentations=presented)
        for name, answer in zip(texts, answers, strict=True):
            cell = Cell(FAMILY, job.subjects, job.population, name, AS_SHIPPED)
            tally = found.get(cell)
            if tally is None:
                truth = truth_of(population, name)
                tally = Tally(truth=truth, expected=expected_errors(name, truth, job.subjects))
            errors = answer.counts.errors if answer.counts else 0
            found[cell] = tally.with_one(answer.interval, answer.value, errors)
    return found


NOTHING = ScoreSet(
    mated=Scores(values=np.zeros(0)), nonmated=Scores(values=np.zeros(0)), mated_planned=0, nonmated_planned=0
)


def expected_errors(name: str, truth: float, subjects: int) -> float:
    """Errors expected; of BPCER at a target the attacks that pass, of one of the species that hold the threshold."""
    if name.startswith("BPCER@APCER"):
        return float(name.partition("=")[2]) * INSTRUMENTS[subjects] * MEAN_NUMBER
    units = subjects if name.startswith(("BP", "RIAPAR")) else INSTRUMENTS[subjects]
    return round(truth * units * MEAN_NUMBER, 6)


def drawn(rng: np.random.Generator, population: Population, subjects: int) -> Presentations:
    """One data set."""
    parts = [_presented(rng, population, kind, subjects) for kind in ("", *PASSING)]
    return Presentations(
        score=np.concatenate([score for score, _, _, _ in parts]),
        recognition=np.concatenate([recognition for _, recognition, _, _ in parts]),
        species=tuple(kind for _, _, who, kind in parts for _ in who),
        instrument=tuple(f"{kind}-{k}" for _, _, who, kind in parts for k in who.tolist()),
    )


def _presented(
    rng: np.random.Generator, population: Population, kind: str, subjects: int
) -> tuple[Floats, Floats, NDArray[np.intp], str]:
    """Detection and recognition scores, and the instrument or subject, of presentations of one kind."""
    numbers = unequal_numbers(rng, INSTRUMENTS[subjects] if kind else subjects)
    detection, recognition, response = (populations.mated(rng, population, numbers, 0.0) for _ in range(3))
    if kind:  # an error is a high score, so the long tail is upwards
        score = _tau(population, PASSING[kind]) - detection.scores
        matched = _tau(population, TAKEN[kind]) - recognition.scores
    else:
        score = detection.scores - _tau(population, STOPPED)
        matched = recognition.scores - _tau(population, UNRECOGNISED)
    score[response.scores < _tau(population, SILENT[kind])] = np.nan
    return score, matched, detection.first, kind


def _tau(population: Population, rate: float) -> float:
    """The score that a share `rate` of a population of mean 0 lies below."""
    return truths.threshold_of_fnmr(population, rate, 0.0)


def thresholds(population: Population) -> tuple[float, float]:
    """t1 and t2."""
    return 0.0, _tau(population, PASSING["print"]) - _tau(population, AT_T2)


def apcer(population: Population, kind: str, threshold: float) -> float:
    """The true APCER of a species."""
    return truths.fnmr(population, _tau(population, PASSING[kind]) - threshold, 0.0)


def bpcer(population: Population, threshold: float) -> float:
    """The true BPCER."""
    return truths.fnmr(population, _tau(population, STOPPED) + threshold, 0.0)


def truth_of(population: Population, name: str) -> float:
    """The true value of one of MEASURES."""
    t1, t2 = thresholds(population)
    accepted = {kind: (1 - SILENT[kind]) * PASSING[kind] * TAKEN[kind] for kind in PASSING}
    if name.startswith("BPCER@APCER"):
        # `print` and `replay` pass equally often at every threshold, and more often than `mask`.
        held = _tau(population, PASSING["print"]) - _tau(population, float(name.partition("=")[2]))
        return bpcer(population, held)
    rejected = 1 - (1 - SILENT[""]) * (1 - STOPPED) * (1 - UNRECOGNISED)
    return dict(_truths(population, t1, t2, accepted, rejected))[name]


def _truths(
    population: Population, t1: float, t2: float, accepted: dict[str, float], rejected: float
) -> Iterator[tuple[str, float]]:
    yield "APCER@t1", max(apcer(population, kind, t1) for kind in PASSING)
    yield "APCER@t1,print", apcer(population, "print", t1)
    yield "APCER@t1,mask", apcer(population, "mask", t1)
    yield "APCER@t2", max(apcer(population, kind, t2) for kind in PASSING)
    yield "BPCER@t1", bpcer(population, t1)
    yield "IAPAR", max(accepted.values())
    yield "IAPAR,print", accepted["print"]
    yield "RIAPAR", rejected + max(accepted.values())
    yield "APNRR", max(SILENT[kind] for kind in PASSING)
    yield "BPNRR", SILENT[""]
