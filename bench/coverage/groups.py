"""Groups of subjects: do the intervals of their rates, ratios and summaries hold the truth, and does the test of
equality keep its level?

The subjects of a population fall into groups of unequal size. In `group` the groups differ: within group k nonmated
scores are NEARER[k] higher and mated ones WORSE[k] lower, between groups nonmated scores are APART lower. In
`group-equal` all groups have the same rates. SAMPLES samples a subject, every pair of samples is compared. Two
thresholds, with a true FMR of 1e-2 and 1e-1 where scores are not shifted; mated scores have a mean such that the FNMR
is 1e-1 at the first of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.coverage import asking, truths
from bench.coverage.bars import AS_SHIPPED
from bench.coverage.experiments import Job
from bench.coverage.populations import POPULATIONS, Codes, Drawn, Population, mated, named, nonmated
from bench.coverage.promises import TEST
from bench.coverage.tallies import Cell, Tallies, Tally
from fr_bench.analyses import groups as analysis
from fr_bench.analyses.given import Given
from fr_bench.findings import Analysis, Interval
from fr_bench.records import Crossing, Party, Scores, ScoreSet

FAMILY, EQUAL = "group", "group-equal"
RATES, SUMMARIES, EQUAL_SUMMARIES, TESTS = "group-rates", "group-summaries", "group-equal-summaries", "group-tests"
"""Families of the cells that both kinds of jobs serve."""
SIZES = {50: (30, 20), 100: (40, 35, 25), 300: (120, 90, 60, 30)}
"""How many subjects each group has; the first group is the largest."""
NEARER, WORSE, APART = (0.0, 0.2, 0.4, 0.6), (0.0, 0.15, 0.3, 0.45), 0.3
SAMPLES = 3
POINTS = ("1e-2", "1e-1")
"""FMR at both thresholds."""
BY, NAMES = "band", "ABCD"
OF_ONE = ("max-min-ratio", "max-min-difference", "max-geomean-ratio", "max-mean-ratio", "Gini")
SUMMED = (*(f"FMR-{name}" for name in OF_ONE), *(f"FNMR-{name}" for name in OF_ONE), "FDR", "IR", "GARBE")
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Truth:
    """The true rates of a job at one threshold.

    fmr, fnmr   of each group;  between: FMR of comparisons of two groups
    """

    fmr: tuple[float, ...]
    fnmr: tuple[float, ...]
    between: float


def jobs() -> list[Job]:
    """Jobs with groups that differ."""
    return [Job(FAMILY, n, str(population)) for n in SIZES for population in POPULATIONS]


def equal_jobs() -> list[Job]:
    """Jobs with groups that do not."""
    return [Job(EQUAL, n, str(population)) for n in SIZES for population in POPULATIONS]


def batch(job: Job, number: int, replicates: int, draws: int) -> Tallies:
    """Groups by the public path: the analysis that a run with `by` makes."""
    rng = job.generator(number)
    found: Tallies = {}
    cells = _Cells(job, found)
    thresholds = {point: threshold(named(job.population), point) for point in POINTS}
    for _ in range(replicates):
        scores = drawn(rng, job)
        asked = asking.measured(scores, [f"FMR@threshold={t!r}" for t in thresholds.values()], draws=draws, seed=1)
        names = {f"threshold={t!r}": point for point, t in thresholds.items()}
        given = Given(scores=scores, measurements=tuple(asked), attributes=_bands(scores, job.subjects), by=(BY,))
        (answer,) = analysis.analyse(given)
        cells.take(answer, names)
    return found


def _bands(scores: ScoreSet, subjects: int) -> dict[str, dict[str, str]]:
    """The group of each sample, as an attribute."""
    group = group_of(subjects)
    party = scores.probes
    if party is None:
        raise ValueError("scores without subjects")
    return {BY: {name: NAMES[group[int(name[8:12])]] for name in party.ids}}


def group_of(subjects: int) -> list[int]:
    """The group of each subject."""
    return [k for k, size in enumerate(SIZES[subjects]) for _ in range(size)]


def drawn(rng: np.random.Generator, job: Job) -> ScoreSet:
    """One data set."""
    population, group = named(job.population), np.array(group_of(job.subjects))
    each = np.full(job.subjects, SAMPLES * (SAMPLES - 1) // 2, np.int64)
    low = nonmated(rng, population, job.subjects, SAMPLES)
    high = mated(rng, population, each, mated_mean(population))
    if job.family == FAMILY:
        same = group[low.first] == group[low.second]
        shift = np.where(same, np.array(NEARER)[group[low.first]], -APART)
        low = Drawn(low.scores + shift, low.first, low.second)
        high = Drawn(high.scores - np.array(WORSE)[group[high.first]], high.first, high.second)
    return every_pair(low, high, job.subjects)


def every_pair(low: Drawn, high: Drawn, subjects: int) -> ScoreSet:
    """Scores of every unordered pair of SAMPLES samples a subject, as a run of all pairs keeps them."""
    names = tuple(f"subject-{code:04d}" for code in range(subjects))
    party = Party(
        ids=tuple(f"{name}/{k}" for name in names for k in range(SAMPLES)),
        subjects=tuple(name for name in names for _ in range(SAMPLES)),
    )
    each, within = np.divmod(np.arange(SAMPLES**2), SAMPLES), np.triu_indices(SAMPLES, 1)
    numbers = np.full(subjects, SAMPLES, np.int64)
    return ScoreSet(
        mated=_scores(high, within),
        nonmated=_scores(low, each),
        mated_planned=len(high.scores),
        nonmated_planned=len(low.scores),
        probes=party,
        references=party,
        crossing=Crossing(subjects=names, references=numbers, probes=numbers, unordered=True),
    )


def _scores(of: Drawn, samples: tuple[Codes, Codes]) -> Scores:
    """The comparisons of a pair of subjects stand together, and are of the pairs of samples in their order."""
    place = np.arange(len(of.scores)) % len(samples[0])
    probe, reference = of.first * SAMPLES + samples[0][place], of.second * SAMPLES + samples[1][place]
    return Scores(values=of.scores, probe=probe.astype(np.int32), reference=reference.astype(np.int32))


def threshold(population: Population, point: str) -> float:
    """The threshold whose FMR is that of `point` where scores are not shifted."""
    return truths.threshold_of_fmr(population, float(point))


def mated_mean(population: Population) -> float:
    """The mean of mated scores: FNMR 1e-1 at the threshold of FMR 1e-2."""
    return threshold(population, "1e-2") - truths.threshold_of_fnmr(population, 0.1, 0.0)


@lru_cache(maxsize=128)
def truth_of(job: Job, point: str) -> Truth:
    """The true rates at a threshold."""
    population, at = named(job.population), threshold(named(job.population), point)
    mean, groups, differ = mated_mean(population), range(len(SIZES[job.subjects])), job.family == FAMILY
    return Truth(
        fmr=tuple(truths.fmr(population, at - NEARER[k] * differ) for k in groups),
        fnmr=tuple(truths.fnmr(population, at, mean - WORSE[k] * differ) for k in groups),
        between=truths.fmr(population, at + APART * differ),
    )


def summary_of(truth: Truth, name: str) -> float:
    """The true value of one of SUMMED, from the true rates: by the definitions of the literature."""
    if name == "FDR":
        return 1 - (max(truth.fmr) - min(truth.fmr) + max(truth.fnmr) - min(truth.fnmr)) / 2
    if name == "IR":
        return math.sqrt(max(truth.fmr) / min(truth.fmr) * max(truth.fnmr) / min(truth.fnmr))
    if name == "GARBE":
        return (_gini(truth.fmr) + _gini(truth.fnmr)) / 2
    rates = truth.fmr if name.startswith("FMR") else truth.fnmr
    shares = [rate / max(rates) for rate in rates]  # exactly 1 where all are equal
    return {
        "max-min-ratio": max(rates) / min(rates),
        "max-min-difference": max(rates) - min(rates),
        "max-geomean-ratio": math.prod(shares) ** (-1 / len(rates)),
        "max-mean-ratio": len(rates) / sum(shares),
        "Gini": _gini(rates),
    }[name.partition("-")[2]]


def _gini(rates: tuple[float, ...]) -> float:
    n = len(rates)
    return sum(abs(a - b) for a in rates for b in rates) / (2 * n * (n - 1) * sum(rates) / n)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one job, filled analysis by analysis."""

    job: Job
    found: Tallies

    def take(self, answer: Analysis, points: dict[str, str]) -> None:
        """Count what an analysis says; `points` names the thresholds by their FMR."""
        if self.job.family == FAMILY:
            self._rates(answer, points)
            self._ratios(answer, points)
        else:
            self._tests(answer, points)
        self._summaries(answer, points)

    def _rates(self, answer: Analysis, points: dict[str, str]) -> None:
        sizes, last = SIZES[self.job.subjects], len(SIZES[self.job.subjects]) - 1
        for one in answer.measurements:
            rate, _, point = one.measure.partition("@")
            if rate not in ("FMR", "FNMR") or not one.group:
                continue
            k = NAMES.index(one.group[BY])
            if k in (0, last) and one.counts:
                truth = truth_of(self.job, points[point])
                value = (truth.fmr if rate == "FMR" else truth.fnmr)[k]
                name = f"{rate}@t{points[point]},{'small' if k else 'large'}"
                self._count(RATES, name, value, value * one.counts.trials, one.interval, one.value)
        for point, row, column, errors, trials, rate_found, low, high, *_ in self._rows(answer, "matrix"):
            if (row, column) == (NAMES[0], NAMES[last]):
                at = points[str(point)]
                truth = truth_of(self.job, at)
                interval = Interval(low, high, 0.95, "", "")
                name = f"FMR@t{at},between"
                self._count(RATES, name, truth.between, truth.between * trials, interval, rate_found, errors)
        if len(sizes) < 2:
            raise ValueError("a single group")

    def _ratios(self, answer: Analysis, points: dict[str, str]) -> None:
        """The smallest group over the largest, which is the base as it has most subjects."""
        last = len(SIZES[self.job.subjects]) - 1
        for point, rate, group, base, value, low, high, *_ in self._rows(answer, "ratios"):
            if (group, base) == (NAMES[last], NAMES[0]):
                truth = truth_of(self.job, points[point])
                rates = truth.fmr if rate == "FMR" else truth.fnmr
                trials = SIZES[self.job.subjects][last] * (
                    SAMPLES * (SAMPLES - 1) / 2
                    if rate == "FNMR"
                    else (SIZES[self.job.subjects][last] - 1) * SAMPLES**2 / 2
                )
                name = f"{rate}@t{points[point]},ratio"
                interval = None if high is None else Interval(low, high, 0.95, "", "")
                self._count(RATES, name, rates[last] / rates[0], rates[last] * trials, interval, value, at_least=low)

    def _tests(self, answer: Analysis, points: dict[str, str]) -> None:
        """False alarms; those that are labelled as rough apart."""
        for point, rate, _, _, _, p, _, _, labels in self._rows(answer, "equality"):
            few = ",few" if "few_errors" in labels else ""
            name = f"{rate}@t{points[point]}{few}"
            cell = Cell(TESTS, self.job.subjects, self.job.population, name, TEST)
            tally = self.found.get(cell) or Tally(truth=0.0, expected=0.0)
            self.found[cell] = tally.tested(alarm=p <= LEVEL)

    def _summaries(self, answer: Analysis, points: dict[str, str]) -> None:
        family = SUMMARIES if self.job.family == FAMILY else EQUAL_SUMMARIES
        for one in answer.measurements:
            name, _, rest = one.measure.partition("@")
            point = points.get(rest.partition(",")[0])
            if name in SUMMED and point == POINTS[0]:
                truth = summary_of(truth_of(self.job, point), name)
                least = one.details.get("at_least")
                self._count(family, name, truth, 0.0, one.interval, one.value, at_least=least)

    @staticmethod
    def _rows(answer: Analysis, name: str) -> Iterator[tuple]:  # type: ignore[type-arg]
        return iter(next(table for table in answer.tables if table.name == name).rows)

    def _count(
        self, family: str, name: str, truth: float, expected: float, interval: Interval | None, value: float | None,
        errors: float = 0, *, at_least: float | None = None,
    ) -> None:  # fmt: skip
        cell = Cell(family, self.job.subjects, self.job.population, name, AS_SHIPPED)
        tally = self.found.get(cell) or Tally(truth=truth, expected=round(expected, 6))
        if interval is None and at_least is not None:
            self.found[cell] = tally.with_lower(at_least, value)
        else:
            self.found[cell] = tally.with_one(interval, value, errors)
