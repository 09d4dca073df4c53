"""Pairs of made-up runs, judged by `fr_bench.gates` from baseline file to verdict.

False alarms: two systems with equal true rates decide the same comparisons of freshly drawn subjects; the second is
gated against a baseline of the first. Caught: the second errs 1.5 times as often, and there are as many subjects as
`frbench plan` asks for.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.coverage import truths
from bench.coverage.populations import Population, mated_subjects, named, unequal_numbers
from fr_bench import gates
from fr_bench.comparing import Side
from fr_bench.findings import ComparisonSummary, Result
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.differences import paired_fnmr
from fr_bench.planning import Aim, Assumed, plan
from fr_bench.records import Party, Scores, ScoreSet

Floats = NDArray[np.float64]
ALPHA = 0.05
DRAWS = 200
COMMON = math.sqrt(0.5)
"""Weight of what an image, or a pair of people, adds alike for both systems; the rest is each system's own."""
FAR_BELOW = -50.0
FOLD = 1.5
OWN = {"gauss-none": (0.0, 0.0), "gauss-strong": (0.6, 0.0), "gauss-strong-own": (0.6, 0.3)}
"""K^2, the share of a mated score's variance that the subject explains, and how much of it is a system's own."""

Asked = Literal["alarm", "caught"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What is measured: `asked`, the rule, the population and its subjects (0: as `frbench plan` says)."""

    asked: Asked
    rule: str
    population: str
    subjects: int

    def __str__(self) -> str:
        size = f"n={self.subjects}" if self.subjects else "n=planned"
        return f"{self.asked}/{self.rule}/{size}/{self.population}"


def cells() -> list[Cell]:
    """Every cell, the quick ones first."""
    found = [Cell("alarm", f"FNMR@{rate}", p, n) for rate in ("1e-1", "1e-2") for p in OWN for n in (50, 100, 300)]
    found += [
        Cell("alarm", f"FMR@{rate}", p, n)
        for rate in ("1e-1", "1e-2", "1e-3")
        for p in ("gauss-none", "gauss-strong", "skew-strong")
        for n in (50, 100, 300)
    ]
    found += [Cell("alarm", rule, p, 100) for rule in ("curve", "family") for p in ("gauss-none", "gauss-strong")]
    found += [Cell("caught", f"FNMR@{rate}", p, 0) for rate in ("5e-2", "2e-2", "1e-2") for p in OWN]
    return found


def flagged(cell: Cell, batch: int, replicates: int) -> int:
    """How many of the pairs of runs of a batch the gate fails. The same numbers whenever it is asked."""
    key = hashlib.sha256(f"{cell}|{batch}".encode()).digest()[:16]
    rng = np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))
    return sum(_MADE[cell.asked](rng, cell) for _ in range(replicates))


def _alarm(rng: np.random.Generator, cell: Cell) -> bool:
    quantity, _, rate = cell.rule.partition("@")
    if quantity == "FNMR":
        first, second, numbers = _mated(rng, cell.population, cell.subjects)
        threshold = truths.threshold_of_fnmr(_NORMAL, float(rate), 0.0)
        runs = [_run(scores, numbers, None) for scores in (first, second)]
        return _fails(runs, [f"FNMR@threshold={threshold!r}"])
    if quantity == "FMR":
        population = named(cell.population)
        threshold = truths.threshold_of_fmr(population, float(rate))
        mated = np.full(cell.subjects, 20.0)
        ones = np.ones(cell.subjects, np.int64)
        runs = [_run(mated, ones, scores) for scores in _nonmated(rng, population, cell.subjects)]
        return _fails(runs, [f"FMR@threshold={threshold!r}"])
    first, second, numbers = _mated(rng, cell.population, cell.subjects)
    nonmated = _nonmated(rng, named(cell.population), cell.subjects)
    runs = [_run(scores + 3.5, numbers, other) for scores, other in zip((first, second), nonmated, strict=True)]
    measures = ["FNMR@FMR=1e-2"] if cell.rule == "curve" else ["FNMR@FMR=1e-2", "EER", "FNMR@threshold=1.5"]
    return _fails(runs, measures)


def _caught(rng: np.random.Generator, cell: Cell) -> bool:
    rate = float(cell.rule.partition("@")[2])
    first, second, numbers = _mated(rng, cell.population, planned(cell.population, rate))
    threshold = truths.threshold_of_fnmr(_NORMAL, rate, 0.0)
    runs = [_run(first, numbers, None), _run(second + _shift(rate), numbers, None)]
    return _fails(runs, [f"FNMR@threshold={threshold!r}"])


_MADE: dict[Asked, Callable[[np.random.Generator, Cell], bool]] = {"alarm": _alarm, "caught": _caught}
_NORMAL = Population("gauss", "none")


def _shift(rate: float) -> float:
    """How much lower the scores of the system are that errs `FOLD` times as often at the same threshold."""
    before, after = (truths.threshold_of_fnmr(_NORMAL, r, 0.0) for r in (rate, FOLD * rate))
    return before - after


@lru_cache(maxsize=32)
def planned(population: str, rate: float, pilot: int = 40_000) -> int:
    """Subjects that `frbench plan` asks for to find the planted loss with 90 %, from a pilot that knows the spread."""
    rng = np.random.Generator(np.random.Philox(key=20260101))
    first, second, numbers = _mated(rng, population, pilot)
    subject, threshold = mated_subjects(numbers), truths.threshold_of_fnmr(_NORMAL, rate, 0.0)
    counts = [ClusterCounts.of(subject, scores < threshold) for scores in (first, second + _shift(rate))]
    seen = paired_fnmr(*counts, flips=1)
    aim = Aim(power=0.9, level=1 - ALPHA, sided="one")
    pilot_says = Assumed(spread=seen.standard_error * math.sqrt(pilot), differing=seen.differing, samples=4)
    size = plan(f"FNMR difference {(FOLD - 1) * rate:.6f}", aim, pilot_says).needed
    if size.subjects is None:
        raise ValueError(f"no size is planned for {rate}")
    return size.subjects


def _mated(rng: np.random.Generator, population: str, subjects: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Mated scores of two systems, each N(0, 1), and how many comparisons each subject has."""
    k2, own = OWN[population]
    numbers = unequal_numbers(rng, subjects)
    subject = mated_subjects(numbers)
    common, image = rng.standard_normal(subjects), rng.standard_normal(len(subject))
    found = []
    for _ in range(2):
        effect = math.sqrt(k2 - own) * common + math.sqrt(own) * rng.standard_normal(subjects)
        noise = COMMON * image + COMMON * rng.standard_normal(len(image))
        found.append(effect[subject] + math.sqrt(1 - k2) * noise)
    return found[0], found[1], numbers


def _nonmated(rng: np.random.Generator, population: Population, subjects: int) -> tuple[Floats, Floats]:
    """Nonmated scores of two systems, one comparison of every pair of subjects; people's effects are common."""
    first, second = np.triu_indices(subjects, 1)
    a = population.of_one_side * population.effects(rng, subjects)
    own = math.hypot(population.of_pair, population.of_comparison)
    shared = rng.standard_normal(len(first))
    systems = [a[first] + a[second] + own * COMMON * (shared + rng.standard_normal(len(first))) for _ in range(2)]
    return systems[0], systems[1]


def _run(mated: Floats, numbers: NDArray[np.int64], nonmated: Floats | None) -> Side:
    """A run of these scores; without nonmated ones every subject meets the next one, far below any threshold."""
    subjects = len(numbers)
    who = mated_subjects(numbers).astype(np.int32)
    if nonmated is None:
        first = np.arange(subjects, dtype=np.int32)
        second, values = np.roll(first, -1), np.full(subjects, FAR_BELOW)
    else:
        first, second = (side.astype(np.int32) for side in np.triu_indices(subjects, 1))
        values = nonmated
    party = Party(ids=tuple(f"s{k}" for k in range(subjects)), subjects=tuple(f"p{k}" for k in range(subjects)))
    scores = ScoreSet(
        mated=Scores(values=mated, probe=who, reference=who),
        nonmated=Scores(values=values, probe=first, reference=second),
        mated_planned=len(mated),
        nonmated_planned=len(values),
        probes=party,
        references=party,
    )
    made = ComparisonSummary(
        plan="listed", mated_planned=len(mated), nonmated_planned=len(values), mated_made=len(mated),
        nonmated_made=len(values), mated_failed=0, nonmated_failed=0, references=subjects, probes=subjects,
    )  # fmt: skip
    run = {"intervals": {"draws": DRAWS}}
    result = Result(name="made-up", run=run, dataset=None, recognizer=None, comparison=made, measurements=())
    return Side(name="made-up", result=result, scores=scores)


def _fails(runs: list[Side], measures: list[str]) -> bool:
    """Whether the gate fails the second run against a baseline of the first."""
    baseline = gates.baseline_of(runs[0], measures=measures, alpha=ALPHA)
    rules = gates.Gates(regressions=tuple(gates.Regression(measure=text, alpha=ALPHA) for text in measures))
    judged = gates.judge(runs[1], rules, baseline)
    if any(verdict.missing for verdict in judged.verdicts):
        raise ValueError(f"a gate without a figure: {[verdict.sentence for verdict in judged.verdicts]}")
    return judged.exit_code == 1
