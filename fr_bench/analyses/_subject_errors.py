"""Which subjects have the errors at one threshold: goats, lambs and wolves, each tested against chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fr_bench.analyses._group_points import Point
from fr_bench.findings import REJECT_ALL
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.design import Design
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.significance import holm
from fr_bench.metrics.error_carriers import Carriers, involving, of_mated, of_nonmated
from fr_bench.metrics.menagerie import more_than_chance
from fr_bench.metrics.scores import smallest_not_below
from fr_bench.metrics.subject_effect import Effect, false_match_effect
from fr_bench.subject_scores import SubjectScores

Counts = NDArray[np.int64]
Picker = Callable[[int, np.random.Generator], Counts]
MOST_FALSE_MATCHES = 50_000
"""Beyond them no random placements are drawn: they would take longer than all else, and the test of each subject is
exact anyway."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Herd:
    """The subjects with more errors of one kind than chance gives.

    name     "goat", "lamb", "wolf", or "lamb_wolf" where probe and reference mean nothing
    errors, trials   (n,) of each subject in that part
    p        (n,) adjusted after Holm over the subjects with a comparison; 1 for the others
    members  numbers of the subjects that are significant at the level of the intervals
    carried  errors that involve at least one of them
    """

    name: str
    errors: Counts
    trials: Counts
    p: NDArray[np.float64]
    members: Counts
    carried: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Errors:
    """The errors of one kind at one threshold.

    rate      "FNMR" or "FMR"
    trials    comparisons of the kind
    carry     the number of subjects that carry the variance of the rate
    effect    the test whether subjects matter at all; None where it was not made
    """

    rate: str
    trials: int
    carriers: Carriers
    carry: float
    herds: tuple[Herd, ...]
    effect: Effect | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class SubjectErrors:
    """The errors of a run by subject, at any threshold."""

    people: SubjectScores
    seed: int
    level: float

    @property
    def count(self) -> int:
        """How many subjects there are."""
        return len(self.people.names)

    @property
    def roles(self) -> bool:
        """Whether probe and reference mean something: then lambs and wolves are told apart."""
        crossing = self.people.scores.crossing
        return crossing is not None and not crossing.unordered

    @cached_property
    def mated_trials(self) -> Counts:
        """(n,) mated comparisons of each subject."""
        return np.bincount(self.people.mated, minlength=self.count)

    def of_mated(self, point: Point) -> Errors | None:
        """False non-matches; None without a mated comparison."""
        values = self.people.scores.mated.values
        if not len(values):
            return None
        if point.threshold == REJECT_ALL:
            wrong = np.ones(len(values), dtype=bool)
        else:
            wrong = values < smallest_not_below(float(point.threshold), values.dtype)
        errors, trials = np.bincount(self.people.mated[wrong], minlength=self.count), self.mated_trials
        present = trials > 0
        return Errors(
            rate="FNMR",
            trials=len(values),
            carriers=of_mated(errors, int(present.sum())),
            carry=cluster_variance(ClusterCounts(errors[present], trials[present])).carry,
            herds=(self._herd("goat", errors, trials, int(errors.sum()), len(values)),),
        )

    def of_nonmated(self, point: Point) -> Errors | None:
        """False matches; None where they reach below the floor, or nobody knows who met whom."""
        people, design = self.people, self.people.design
        pairs = people.false_matches(point.threshold)
        if design is None or pairs is None or not design.total:
            return None
        compared = design.by_subject().astype(np.int64)
        carriers = of_nonmated(pairs.first, pairs.second, pairs.errors, int(np.count_nonzero(compared)), self.count)
        found = Errors(
            rate="FMR",
            trials=design.total,
            carriers=carriers,
            carry=dyadic_variance(design, pairs).carry,
            herds=self._herds(point, pairs, compared, design.total),
        )
        if pairs.total > MOST_FALSE_MATCHES:
            return found
        involved = involving(pairs.first, pairs.second, pairs.errors, self.count)
        effect = false_match_effect(involved, compared, self._picker(design), design.total, seed=self.seed)
        return replace(found, effect=effect)

    def _herds(self, point: Point, pairs: PairErrors, compared: Counts, total: int) -> tuple[Herd, ...]:
        crossing = self.people.scores.crossing
        if crossing is None or crossing.unordered:
            involved = involving(pairs.first, pairs.second, pairs.errors, self.count)
            found = self._herd("lamb_wolf", involved, compared, pairs.total, total)
            within = np.zeros(self.count, dtype=bool)
            within[found.members] = True
            carried = pairs.errors[within[pairs.first] | within[pairs.second]].sum()
            return (replace(found, carried=int(carried)),)
        r, p = crossing.references, crossing.probes
        values = self.people.scores.nonmated.values
        wrong = np.zeros(len(values), dtype=bool)
        if point.threshold != REJECT_ALL:
            wrong = values >= smallest_not_below(float(point.threshold), values.dtype)
        sides = (
            ("lamb", self.people.second, r * (p.sum() - p)),
            ("wolf", self.people.first, p * (r.sum() - r)),
        )
        return tuple(
            self._herd(name, np.bincount(codes[wrong], minlength=self.count), trials, pairs.total, total)
            for name, codes, trials in sides
        )

    def _picker(self, design: Design) -> Picker:
        """Draws nonmated comparisons at random, and counts how many involve each subject."""
        scores, people = self.people.scores, self.people
        if scores.rest is None or not scores.rest.count or scores.crossing is None:

            def listed(count: int, source: np.random.Generator) -> Counts:
                rows = source.choice(design.total, count, replace=False, shuffle=False)
                return self._involved(people.first[rows], people.second[rows])

            return listed
        # Most comparisons were not kept: few of very many are drawn, so that none need be barred from coming twice.
        numbers = np.arange(self.count, dtype=np.int32)
        sides = np.repeat(numbers, scores.crossing.probes), np.repeat(numbers, scores.crossing.references)

        def crossed(count: int, source: np.random.Generator) -> Counts:
            one, other = np.zeros(0, np.int32), np.zeros(0, np.int32)
            while len(one) < count:
                more = count - len(one) + 16
                drawn = [side[source.integers(0, len(side), more, dtype=np.int32)] for side in sides]
                kept = drawn[0] != drawn[1]
                one, other = np.concatenate([one, drawn[0][kept]]), np.concatenate([other, drawn[1][kept]])
            return self._involved(one[:count], other[:count])

        return crossed

    def _involved(self, one: NDArray[np.integer], other: NDArray[np.integer]) -> Counts:
        return np.bincount(one, minlength=self.count) + np.bincount(other, minlength=self.count)

    def _herd(self, name: str, errors: Counts, trials: Counts, total_errors: int, total_trials: int) -> Herd:
        present = trials > 0
        adjusted = np.ones(len(errors))
        raw = more_than_chance(errors[present], trials[present], total_errors, total_trials)
        adjusted[present] = holm(raw.tolist())
        members = np.flatnonzero(adjusted <= 1 - self.level)
        carried = int(errors[members].sum())
        return Herd(name=name, errors=errors, trials=trials, p=adjusted, members=members, carried=carried)
