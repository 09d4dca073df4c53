"""The scores of a run by subject: which subject stands on each side of every comparison, and who met whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import REJECT_ALL, Threshold
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.design import AllPairs, Crossed, Design, Listed
from fr_bench.intervals.dyads import PairErrors
from fr_bench.metrics.scores import smallest_not_below
from fr_bench.records import Party, Scores, ScoreSet

Codes = NDArray[np.int32]


@dataclass(frozen=True, eq=False, kw_only=True)
class SubjectScores:
    """A `ScoreSet` whose comparisons name their subjects by number.

    names           (n,) subjects, sorted; a number below is a position here
    mated           the subject of each mated comparison, in the order of `scores.mated`
    first, second   both subjects of each nonmated comparison that is kept, in the order of `scores.nonmated`
    """

    scores: ScoreSet
    names: tuple[str, ...]
    mated: Codes
    first: Codes
    second: Codes

    @classmethod
    def of(cls, scores: ScoreSet) -> SubjectScores | None:
        """None where a comparison does not say whose samples it compared, or a label contradicts the subjects."""
        if scores.probes is None or scores.references is None:
            return None
        names = sorted({*scores.probes.subjects, *scores.references.subjects})
        if scores.crossing is not None:
            names = list(scores.crossing.subjects)
        number = {name: k for k, name in enumerate(names)}
        sides = _numbers(scores.probes, number), _numbers(scores.references, number)
        mated, nonmated = _sides(scores.mated, sides), _sides(scores.nonmated, sides)
        if mated is None or nonmated is None:
            return None
        if (mated[0] != mated[1]).any() or (nonmated[0] == nonmated[1]).any():
            return None
        return cls(scores=scores, names=tuple(names), mated=mated[0], first=nonmated[0], second=nonmated[1])

    @cached_property
    def design(self) -> Design | None:
        """Who met whom; None where comparisons below a floor were made by a plan that does not say."""
        crossing = self.scores.crossing
        if crossing is not None:
            return (
                AllPairs(crossing.references) if crossing.unordered else Crossed(crossing.references, crossing.probes)
            )
        if self.scores.rest is not None and self.scores.rest.count:
            return None
        return Listed.of(self.first, self.second, subjects=len(self.names))

    @cached_property
    def mated_subjects(self) -> int:
        """Subjects with at least one mated comparison."""
        return len(np.unique(self.mated))

    def false_matches(self, threshold: Threshold) -> PairErrors | None:
        """Accepted nonmated comparisons by pair of subjects; None where they reach below the floor."""
        if threshold == REJECT_ALL:
            return PairErrors.of(self.first[:0], self.second[:0])
        if float(threshold) < self.scores.floor:
            return None
        values = self.scores.nonmated.values
        wrong = values >= smallest_not_below(float(threshold), values.dtype)
        return PairErrors.of(self.first[wrong], self.second[wrong])

    def false_non_matches(self, threshold: Threshold) -> ClusterCounts:
        """Rejected mated comparisons by subject."""
        return ClusterCounts.of(self.mated, self.rejected(threshold))

    def rejected(self, threshold: Threshold) -> NDArray[np.bool_]:
        """Which mated scores lie below a threshold."""
        values = self.scores.mated.values
        if threshold == REJECT_ALL:
            return np.ones(len(values), dtype=np.bool_)
        return np.asarray(values < smallest_not_below(float(threshold), values.dtype))

    def highest_nonmated(self, count: int) -> PairErrors | None:
        """The nonmated comparisons at or above the `count`-th largest score, by pair; None where fewer are kept."""
        values = self.scores.nonmated.values
        if len(values) < count:
            return None
        return self.false_matches(float(np.partition(values, len(values) - count)[len(values) - count]))

    def lowest_mated(self, count: int) -> ClusterCounts | None:
        """The mated comparisons at or below the `count`-th lowest score, by subject; None where there are fewer."""
        values = self.scores.mated.values
        if len(values) < count:
            return None
        return ClusterCounts.of(self.mated, values <= np.partition(values, count - 1)[count - 1])


@dataclass(frozen=True, eq=False, kw_only=True)
class PlannedSubjectScores(SubjectScores):
    """The same of all comparisons that were planned: one that failed is a mated one rejected, a nonmated one refused.

    failed               (n,) failed mated comparisons of each subject
    references, probes   (n,) planned references and probes of each subject, with or without a template
    """

    failed: NDArray[np.int64]
    references: NDArray[np.int64]
    probes: NDArray[np.int64]

    @classmethod
    def of_planned(cls, made: SubjectScores) -> PlannedSubjectScores | None:
        """None where the plan was a list, or everybody was not to meet everybody: then nobody knows whose failed."""
        scores = made.scores
        if scores.crossing is None or scores.probes is None or scores.references is None:
            return None
        names = sorted({*scores.probes.subjects, *scores.references.subjects})
        number = {name: k for k, name in enumerate(names)}
        place = np.array([number[name] for name in made.names], dtype=np.int32)
        references, probes = (
            np.bincount(_numbers(party, number), minlength=len(names)).astype(np.int64)
            for party in (scores.references, scores.probes)
        )
        planned = probes * (probes - 1) // 2 if scores.crossing.unordered else references * probes
        failed = planned - np.bincount(place[made.mated], minlength=len(names))
        found = cls(
            scores=scores, names=tuple(names), mated=place[made.mated], first=place[made.first],
            second=place[made.second], failed=failed, references=references, probes=probes,
        )  # fmt: skip
        fits = (failed >= 0).all() and int(planned.sum()) == scores.mated_planned
        return found if fits and found.design.total == scores.nonmated_planned else None

    @cached_property
    def design(self) -> Design:
        """Who was to meet whom."""
        crossing = self.scores.crossing
        if crossing is not None and crossing.unordered:
            return AllPairs(self.probes)
        return Crossed(self.references, self.probes)

    def false_non_matches(self, threshold: Threshold) -> ClusterCounts:
        """Mated comparisons that were rejected or that failed, by subject."""
        return self._with_failed(self.rejected(threshold))

    def lowest_mated(self, count: int) -> ClusterCounts | None:
        """The failed comparisons, which lie below every score, and with them the `count` lowest mated ones."""
        values = self.scores.mated.values
        scored = count - int(self.failed.sum())
        if scored > len(values):
            return None
        lowest = np.zeros(len(values), dtype=np.bool_)
        if scored > 0:
            lowest = values <= np.partition(values, scored - 1)[scored - 1]
        return self._with_failed(lowest)

    def _with_failed(self, wrong: NDArray[np.bool_]) -> ClusterCounts:
        errors = np.bincount(self.mated[wrong], minlength=len(self.names)) + self.failed
        trials = np.bincount(self.mated, minlength=len(self.names)) + self.failed
        return ClusterCounts(errors[trials > 0], trials[trials > 0])


def _numbers(party: Party, number: dict[str, int]) -> Codes:
    # Who has no template at all met nobody: no comparison asks for the number.
    return np.array([number.get(subject, -1) for subject in party.subjects], dtype=np.int32)


def _sides(scores: Scores, sides: tuple[Codes, Codes]) -> tuple[Codes, Codes] | None:
    if scores.probe is None or scores.reference is None:
        return None
    return sides[0][scores.probe], sides[1][scores.reference]
