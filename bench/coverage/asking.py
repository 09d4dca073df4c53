"""frbench is asked for its intervals: by the public path, or, for thousands of data sets, at the door of the room.

`score_set` makes what a user would have, ids and subjects included, and `measured` calls `fr_bench.measuring.measure`.
`FmrData` and `FnmrData` hand the counts of the same scores to `fr_bench.intervals` without sorting and naming all of
them again for each method. A test holds both paths to the same intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench.coverage.populations import Codes, Drawn
from fr_bench.findings import Interval, Measurement
from fr_bench.intervals import alternatives, subject_exact
from fr_bench.intervals.annex_b import annex_b
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import AllPairs
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.measuring import measure
from fr_bench.records import Crossing, Party, Scores, ScoreSet

LEVEL = 0.95
"""Nominal level of every interval."""

NOBODY = Drawn(np.zeros(0), np.zeros(0, np.intp), np.zeros(0, np.intp))


def score_set(
    nonmated: Drawn, mated: Drawn, subjects: int, *, met: int | None = None, samples: int | None = None
) -> ScoreSet:
    """Scores as a run holds them, with the ids and subjects of all samples; no comparison is there twice.

    met   samples a subject, where the nonmated comparisons are all pairs of them: a run of all pairs says so. Without
          it who met whom is counted from the comparisons, as for scores of another tool
    samples   samples a subject where it matters who is compared with one and the same sample; by default enough for
          all comparisons
    """
    if samples is None:
        most = max((_largest_run(drawn) for drawn in (nonmated, mated)), default=1)
        samples = 2 + math.isqrt(2 * most)  # enough for `most` comparisons of one subject, and of one pair
    x, y = np.triu_indices(samples, 1)
    each_with_each = np.divmod(np.arange(samples**2), samples)
    names = [_name(code) for code in range(subjects) for _ in range(samples)]
    party = Party(ids=tuple(f"{name}/{k % samples}" for k, name in enumerate(names)), subjects=tuple(names))
    return ScoreSet(
        mated=_scores(mated, (x, y), samples),
        nonmated=_scores(nonmated, each_with_each, samples),
        mated_planned=len(mated.scores),
        nonmated_planned=len(nonmated.scores),
        probes=party,
        references=party,
        crossing=None if met is None else _crossing(subjects, met),
    )


def _name(code: int) -> str:
    return f"subject-{code:04d}"


def _crossing(subjects: int, samples: int) -> Crossing:
    """Every unordered pair of samples was compared."""
    each = np.full(subjects, samples, np.int64)
    return Crossing(
        subjects=tuple(_name(code) for code in range(subjects)), references=each, probes=each, unordered=True
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


def measured(
    scores: ScoreSet,
    asked: list[str],
    *,
    draws: int,
    seed: int,
    method: str = "subject-exact",
    likelihoods: bool = False,
) -> list[Measurement]:
    """What `frbench` measures on the scores, with its intervals."""
    known = {"likelihoods": likelihoods}
    return list(measure(scores, asked, level=LEVEL, draws=draws, seed=seed, method=method, **known))


@dataclass(frozen=True, eq=False)
class FmrData:
    """The nonmated scores of one data set: every sample of a subject with every sample of every other."""

    drawn: Drawn
    subjects: int
    samples: int
    _known: dict[int, Dependence] = field(default_factory=dict)

    @cached_property
    def design(self) -> AllPairs:
        """Who was compared with whom."""
        return AllPairs(np.full(self.subjects, self.samples, np.int64))

    def false_matches(self, threshold: float) -> PairErrors:
        """False matches at a threshold, by pair of subjects."""
        high = np.flatnonzero(self.drawn.scores >= threshold)
        return PairErrors.of(self.drawn.first[high], self.drawn.second[high])

    def at_rank(self, rank: int) -> Dependence:
        """How comparisons depend at the `rank`-th largest score."""
        if rank not in self._known:
            place = len(self.drawn.scores) - rank
            threshold = float(np.partition(self.drawn.scores, place)[place])
            self._known[rank] = dyadic_variance(self.design, self.false_matches(threshold))
        return self._known[rank]

    def intervals(self, threshold: float, methods: Mapping[str, Method]) -> tuple[int, dict[str, Interval]]:
        """The false matches at a threshold, and the interval of each method."""
        own = dyadic_variance(self.design, self.false_matches(threshold))
        return own.errors, {name: method(own, self.at_rank) for name, method in methods.items()}


@dataclass(frozen=True, eq=False)
class FnmrData:
    """The mated scores of one data set."""

    drawn: Drawn
    _known: dict[int, Dependence] = field(default_factory=dict)

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

    def at_rank(self, rank: int) -> Dependence:
        """How comparisons depend just above the `rank` lowest scores."""
        if rank not in self._known:
            low = float(np.partition(self.drawn.scores, rank - 1)[rank - 1])
            self._known[rank] = cluster_variance(self.false_non_matches(float(np.nextafter(low, np.inf))))
        return self._known[rank]

    def intervals(self, threshold: float, methods: Mapping[str, Method]) -> tuple[int, dict[str, Interval]]:
        """The false non-matches at a threshold, and the interval of each method."""
        own = cluster_variance(self.false_non_matches(threshold))
        return own.errors, {name: method(own, self.at_rank) for name, method in methods.items()}


Method = Callable[[Dependence, Callable[[int], Dependence]], Interval]
"""From the dependence at the threshold, and a way to learn it at a given rank of the scores, to an interval."""


def _default_fmr(own: Dependence, at_rank: Callable[[int], Dependence]) -> Interval:
    lent = at_rank(50) if own.errors < 50 and own.trials > 200 else None
    return subject_exact.fmr_from(own, lent, level=LEVEL).interval


def _default_fnmr(own: Dependence, at_rank: Callable[[int], Dependence]) -> Interval:
    lent = at_rank(30) if own.errors < 30 and own.trials > 120 else None
    return subject_exact.fnmr_from(own, lent, level=LEVEL).interval


def _independent(own: Dependence, _at_rank: object) -> Interval:
    return alternatives.independent(own.errors, own.trials, LEVEL).interval


def _fpp_wilson(own: Dependence, _at_rank: object) -> Interval:
    return alternatives.fpp_wilson(own, LEVEL).interval


def _annex_b(own: Dependence, _at_rank: object) -> Interval:
    return annex_b(own, LEVEL).interval


def _conservative(own: Dependence, at_rank: Callable[[int], Dependence]) -> Interval:
    rank = alternatives.conservative_rank(own)
    lent = at_rank(rank) if own.errors < rank and own.trials > 200 else None
    return alternatives.conservative(own, lent, LEVEL).interval


FMR_METHODS: dict[str, Method] = {
    "subject-exact": _default_fmr,
    "annex-b": _annex_b,
    "conservative": _conservative,
    "fpp-wilson": _fpp_wilson,
    "independent": _independent,
}
FNMR_METHODS: dict[str, Method] = {
    "subject-exact": _default_fnmr,
    "annex-b": _annex_b,
    "fpp-wilson": _fpp_wilson,
    "independent": _independent,
}
