"""Small runs with attributes, made comparison by comparison, and the slow count of what their groups are."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fr_bench.metrics.groups import GroupedScores, membership
from fr_bench.metrics.scores import SortedScores
from fr_bench.records import Crossing, Party, Rest, Scores, ScoreSet


@dataclass(frozen=True)
class Sample:
    """A sample with its subject, its group, whether it has a template, and its side ("" for both)."""

    id: str
    subject: str
    group: str
    template: bool = True
    side: str = ""


@dataclass(frozen=True)
class Comparison:
    """A comparison that was made."""

    probe: Sample
    reference: Sample
    score: float

    @property
    def mated(self) -> bool:
        return self.probe.subject == self.reference.subject


@dataclass(frozen=True)
class Run:
    """Samples and all their comparisons; `scores` packs them as a run keeps them."""

    probes: Sequence[Sample]
    references: Sequence[Sample]
    comparisons: Sequence[Comparison]
    unordered: bool

    @property
    def attributes(self) -> Mapping[str, Mapping[str, str]]:
        return {"group": {sample.id: sample.group for sample in (*self.probes, *self.references)}}

    def scores(self, floor: float = float("-inf"), *, crossing: bool = True, dtype: type = np.float32) -> ScoreSet:
        """What a run keeps: nonmated scores below the floor are counted."""
        mated = [one for one in self.comparisons if one.mated]
        nonmated = [one for one in self.comparisons if not one.mated]
        kept = [one for one in nonmated if one.score >= floor]
        rest = None if floor == float("-inf") else Rest(count=len(nonmated) - len(kept))
        return ScoreSet(
            mated=self._columns(mated, dtype),
            nonmated=self._columns(kept, dtype),
            mated_planned=len(mated),
            nonmated_planned=len(nonmated),
            floor=floor,
            rest=rest,
            probes=_party(self.probes),
            references=_party(self.references),
            crossing=self._crossing() if crossing else None,
        )

    def grouped(self, floor: float = float("-inf"), *, crossing: bool = True) -> GroupedScores:
        """The run by group."""
        scores = self.scores(floor, crossing=crossing)
        return GroupedScores.of(scores, SortedScores.of(scores), membership(scores, self.attributes, "group"))

    def _columns(self, comparisons: Sequence[Comparison], dtype: type) -> Scores:
        probes = {sample.id: k for k, sample in enumerate(self.probes)}
        references = {sample.id: k for k, sample in enumerate(self.references)}
        return Scores(
            values=np.array([one.score for one in comparisons], dtype=dtype),
            probe=np.array([probes[one.probe.id] for one in comparisons], dtype=np.int32),
            reference=np.array([references[one.reference.id] for one in comparisons], dtype=np.int32),
        )

    def _crossing(self) -> Crossing:
        names = sorted({sample.subject for sample in (*self.probes, *self.references)})
        counts = [
            Counter(sample.subject for sample in side if sample.template) for side in (self.references, self.probes)
        ]
        references, probes = (np.array([count[name] for name in names], dtype=np.int64) for count in counts)
        return Crossing(subjects=tuple(names), references=references, probes=probes, unordered=self.unordered)

    def counted(self, threshold: float) -> tuple[dict[tuple[str, str], list[int]], dict[str, list[int]]]:
        """By definition: [errors, trials] of every cell of nonmated comparisons, and of each group's mated ones."""
        cells: dict[tuple[str, str], list[int]] = {}
        mated: dict[str, list[int]] = {}
        for one in self.comparisons:
            groups = one.probe.group, one.reference.group
            if one.mated and groups[0] == groups[1]:
                _add(mated.setdefault(groups[0], [0, 0]), one.score < threshold)
            if not one.mated:
                key = groups if not self.unordered else tuple(sorted(groups, key=lambda name: (name == "", name)))
                _add(cells.setdefault((key[0], key[1]), [0, 0]), one.score >= threshold)
        return cells, mated

    def lowest_threshold(self, target: Fraction, groups: Sequence[str]) -> float | None:
        """The smallest score at which the FMR within each group is at most the target; None: reject all."""
        for threshold in sorted({one.score for one in self.comparisons}):
            cells, _ = self.counted(threshold)
            if all(Fraction(*cells[name, name]) <= target for name in groups):
                return threshold
        return None


def _add(count: list[int], error: bool) -> None:
    count[0] += error
    count[1] += 1


def _party(samples: Sequence[Sample]) -> Party:
    return Party(ids=tuple(one.id for one in samples), subjects=tuple(one.subject for one in samples))


def all_pairs(samples: Sequence[Sample], seed: int = 1) -> Run:
    """Every unordered pair of samples with a template, the earlier one as reference; scores are small whole numbers."""
    present = [sample for sample in samples if sample.template]
    scores = np.random.default_rng(seed)
    made = [
        Comparison(probe=second, reference=first, score=_score(scores, first.subject == second.subject))
        for first, second in itertools.combinations(present, 2)
    ]
    return Run(probes=samples, references=samples, comparisons=made, unordered=True)


def every_probe_with_every_reference(samples: Sequence[Sample], seed: int = 1) -> Run:
    """Every probe with every reference, both with a template."""
    probes, references = ([one for one in samples if one.side == side] for side in ("probe", "reference"))
    scores = np.random.default_rng(seed)
    made = [
        Comparison(probe=probe, reference=reference, score=_score(scores, probe.subject == reference.subject))
        for probe in probes
        for reference in references
        if probe.template and reference.template
    ]
    return Run(probes=probes, references=references, comparisons=made, unordered=False)


def _score(scores: np.random.Generator, mated: bool) -> float:
    return float(scores.integers(4, 20) if mated else scores.integers(0, 12))


def people(groups: Mapping[str, int], each: int = 2, *, sides: bool = False) -> list[Sample]:
    """Subjects of each group with so many samples; with sides every second sample is a reference."""
    return [
        Sample(
            id=f"{group or 'unknown'}{subject}/{k}",
            subject=f"{group or 'unknown'}{subject}",
            group=group,
            side=("reference" if k % 2 else "probe") if sides else "",
        )
        for group, count in groups.items()
        for subject in range(count)
        for k in range(each)
    ]
