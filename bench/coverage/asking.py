"""frbench is asked for its intervals: by the public path, or, for thousands of data sets, at the door of the room.

`measured` builds the score set that a user would have, ids and subjects included, and calls `fr_bench.measuring.measure`.
`FmrData` and `FnmrData` hand the counts of the same scores to `fr_bench.intervals` without sorting and naming everything
again for each method. A test holds both paths to the same intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench.coverage.populations import Codes, Drawn
from fr_bench.findings import Interval, Measurement
from fr_bench.intervals import subject_exact
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import AllPairs
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.measuring import measure
from fr_bench.records import Party, Scores, ScoreSet

LEVEL = 0.95
BORROWED_FMR, BORROWED_FNMR = 50, 30
"""Below so many errors the dependence is taken from where there are as many."""

NOBODY = Drawn(np.zeros(0), np.zeros(0, np.intp), np.zeros(0, np.intp))


def score_set(nonmated: Drawn, mated: Drawn, subjects: int) -> ScoreSet:
    """Scores as a run holds them, with the ids and subjects of all samples; no comparison is there twice."""
    most = max((_largest_run(drawn) for drawn in (nonmated, mated)), default=1)
    samples = 2 + math.isqrt(2 * most)  # enough for `most` comparisons of one subject, and of one pair
    x, y = np.triu_indices(samples, 1)
    each_with_each = np.divmod(np.arange(samples**2), samples)
    names = [f"subject-{code:04d}" for code in range(subjects) for _ in range(samples)]
    party = Party(ids=tuple(f"{name}/{k % samples}" for k, name in enumerate(names)), subjects=tuple(names))
    return ScoreSet(
        mated=_scores(mated, (x, y), samples),
        nonmated=_scores(nonmated, each_with_each, samples),
        mated_planned=len(mated.scores),
        nonmated_planned=len(nonmated.scores),
        probes=party,
        references=party,
    )


def _place(drawn: Drawn) -> Codes:
    """(n,) 0, 1, 2 ... within the comparisons of one pair of subjects, which stand together."""
    size = len(drawn.scores)
    starts = np.ones(size, dtype=bool)
    starts[1:] = (drawn.first[1:] != drawn.first[:-1]) | (drawn.second[1:] != drawn.second[:-1])
    begun = np.flatnonzero(starts)
    return np.arange(size) - np.repeat(begun, np.diff(np.append(begun, size)))


def _largest_run(drawn: Drawn) -> int:
    return int(_place(drawn).max(initial=0)) + 1


def _scores(drawn: Drawn, samples_of: tuple[Codes, Codes], samples: int) -> Scores:
    """The k-th comparison of a pair of subjects is made of the samples `samples_of[0][k]` and `samples_of[1][k]`."""
    place = _place(drawn)
    probe, reference = drawn.first * samples + samples_of[0][place], drawn.second * samples + samples_of[1][place]
    return Scores(values=drawn.scores.copy(), probe=probe.astype(np.int32), reference=reference.astype(np.int32))


def measured(scores: ScoreSet, asked: list[str], *, draws: int, seed: int, method: str | None) -> list[Measurement]:
    """What `frbench` measures on the scores, with its intervals."""
    return list(measure(scores, asked, level=LEVEL, draws=draws, seed=seed, method=method))


@dataclass(frozen=True, eq=False)
class FmrData:
    """The nonmated scores of one data set: every sample of a subject with every sample of every other."""

    drawn: Drawn
    subjects: int
    samples: int

    @cached_property
    def design(self) -> AllPairs:
        """Who was compared with whom."""
        return AllPairs(np.full(self.subjects, self.samples, np.int64))

    def false_matches(self, threshold: float) -> PairErrors:
        """False matches at a threshold, by pair of subjects."""
        high = np.flatnonzero(self.drawn.scores >= threshold)
        return PairErrors.of(self.drawn.first[high], self.drawn.second[high])

    @cached_property
    def lent(self) -> Dependence:
        """How comparisons depend at the 50th largest score: what a threshold with fewer false matches borrows."""
        scores, rank = self.drawn.scores, len(self.drawn.scores) - BORROWED_FMR
        return dyadic_variance(self.design, self.false_matches(float(np.partition(scores, rank)[rank])))

    def intervals(self, threshold: float, methods: Mapping[str, Method]) -> tuple[int, dict[str, Interval]]:
        """The false matches at a threshold, and the interval of each method."""
        own = dyadic_variance(self.design, self.false_matches(threshold))
        lent = self.lent if own.errors < BORROWED_FMR and own.trials > 200 else None
        return own.errors, {name: method(own, lent) for name, method in methods.items()}


@dataclass(frozen=True, eq=False)
class FnmrData:
    """The mated scores of one data set."""

    drawn: Drawn

    @cached_property
    def _numbers(self) -> tuple[Codes, NDArray[np.int64]]:
        """The subjects that have mated comparisons, as codes 0, 1, ..., and how many comparisons each has."""
        _, codes, numbers = np.unique(self.drawn.first, return_inverse=True, return_counts=True)
        return codes, numbers.astype(np.int64)

    def false_non_matches(self, threshold: float) -> ClusterCounts:
        """False non-matches at a threshold, by subject."""
        codes, numbers = self._numbers
        errors = np.bincount(codes[self.drawn.scores < threshold], minlength=len(numbers))
        return ClusterCounts(errors.astype(np.int64), numbers)

    @cached_property
    def lent(self) -> Dependence:
        """How comparisons depend just above the 30 lowest scores."""
        low = float(np.partition(self.drawn.scores, BORROWED_FNMR - 1)[BORROWED_FNMR - 1])
        return cluster_variance(self.false_non_matches(float(np.nextafter(low, np.inf))))

    def intervals(self, threshold: float, methods: Mapping[str, Method]) -> tuple[int, dict[str, Interval]]:
        """The false non-matches at a threshold, and the interval of each method."""
        own = cluster_variance(self.false_non_matches(threshold))
        lent = self.lent if own.errors < BORROWED_FNMR and own.trials > 120 else None
        return own.errors, {name: method(own, lent) for name, method in methods.items()}


Method = Callable[[Dependence, Dependence | None], Interval]
"""From the dependence at the threshold, and that at the threshold it may borrow from, to an interval."""

FMR_METHODS: dict[str, Method] = {
    "subject-exact": lambda own, lent: subject_exact.fmr_from(own, lent, level=LEVEL).interval,
    "independent": lambda own, lent: clopper_pearson(own.errors, own.trials, LEVEL),
}
FNMR_METHODS: dict[str, Method] = {
    "subject-exact": lambda own, lent: subject_exact.fnmr_from(own, lent, level=LEVEL).interval,
    "independent": lambda own, lent: clopper_pearson(own.errors, own.trials, LEVEL),
}
