"""The scores of comparisons and searches, and all that is known of those that were counted and not kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.records.arrays import Floats, Indices, frozen


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scores:
    """Scores of comparisons that were made, higher is more alike, in the order of the plan.

    values            (n,) float32 or float64, no NaN; infinities are legal
    probe, reference  (n,) int32 numbers into the ids of `ScoreSet`, or None where the file gave no ids
    fold              (n,) int16, or None
    """

    values: Floats
    probe: Indices | None = None
    reference: Indices | None = None
    fold: NDArray[np.int16] | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.dtype not in (np.float32, np.float64):
            raise ValueError(f"scores {self.values.dtype} {self.values.shape}")
        if np.isnan(self.values).any():
            raise ValueError(f"{np.isnan(self.values).sum()} of {self.values.size} scores are NaN")
        frozen(self.values)
        for column in (self.probe, self.reference, self.fold):
            if column is not None:
                if len(column) != len(self.values):
                    raise ValueError(f"{len(column)} indices for {len(self.values)} scores")
                frozen(column)

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Party:
    """Who stands on one side of the comparisons: the id and the subject of each probe, or of each reference."""

    ids: tuple[str, ...]
    subjects: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.subjects):
            raise ValueError(f"{len(self.ids)} ids and {len(self.subjects)} subjects")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SubjectSums:
    """Sums over the nonmated scores below the floor that involve a subject, by subject in the order of `Crossing`.

    placements   (n,) int64 sums of 2 * (share of mated scores below, half of those equal) * M, to the width of a bin
    sums, squares   (n,) float64 sums of the scores and of their squares
    Their precision is that of an interval: no measure's value is counted from them.
    """

    placements: NDArray[np.int64]
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]

    def __post_init__(self) -> None:
        for array in (self.placements, self.sums, self.squares):
            frozen(array)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rest:
    """What is known exactly of the nonmated scores below the floor, which were counted and not kept.

    count            how many they are
    at               distinct values of the mated scores, ascending
    below, up_to     (len(at),) int64: how many of the rest are < at[k], and <= at[k]
    sum, squares     sum and sum of squares of the rest, float64, independent of the order of comparison
    subjects         on how many subjects all nonmated comparisons, kept or not, were made; None: not known
    by_subject       sums over the rest by subject, for the intervals of AUC and d'; None: not counted
    Only a full pass yields `at`, `below`, `up_to`, `sum`, `squares`; without it they are None, and measures that need
    them (AUC, d', ZeroFNMR, FMR@FNMR below the floor) are left out with that reason.
    """

    count: int
    at: Floats | None = None
    below: NDArray[np.int64] | None = None
    up_to: NDArray[np.int64] | None = None
    sum: float | None = None
    squares: float | None = None
    subjects: int | None = None
    by_subject: SubjectSums | None = None

    def __post_init__(self) -> None:
        for array in (self.at, self.below, self.up_to):
            if array is not None:
                frozen(array)

    @property
    def full(self) -> bool:
        """Whether a full pass was made."""
        return self.at is not None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Histogram:
    """Counts of nonmated scores in equal bins, for drawing only: `counts[k]` of [edges[k], edges[k+1])."""

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    sampled: bool

    def __post_init__(self) -> None:
        if len(self.edges) != len(self.counts) + 1:
            raise ValueError(f"{len(self.edges)} edges for {len(self.counts)} bins")
        frozen(self.edges)
        frozen(self.counts)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Crossing:
    """Who met whom, where everybody met everybody: how many templates of each subject stood on each side.

    subjects     names of all subjects on either side, sorted
    references, probes   (n,) int64: references and probes with a template, by subject. Where `unordered`, both are
                 the subject's samples and every unordered pair of samples was compared; otherwise every reference
                 met every probe of another subject
    """

    subjects: tuple[str, ...]
    references: NDArray[np.int64]
    probes: NDArray[np.int64]
    unordered: bool

    def __post_init__(self) -> None:
        if not len(self.subjects) == len(self.references) == len(self.probes):
            raise ValueError(f"{len(self.subjects)} subjects, {len(self.references)} and {len(self.probes)} counts")
        frozen(self.references)
        frozen(self.probes)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Searches:
    """1:N searches, one row a probe: where its mate stood among all candidates, and the best of the others.

    Candidates are identities: several references of one subject count as one, with its best score.

    probe        (s,) int32 number of the probe in `ScoreSet.probes`
    mated        (s,) whether the probe's subject is enrolled in the gallery
    mate         (s,) best score of the probe's own subject; -inf where it is not enrolled or has no template
    rank         (s,) int32, 1 + nonmated identities with a score >= the mate's; 0 where there is no mate score
    optimistic   (s,) int32, the same with > in place of >=
    nonmate      (s, r) the r best nonmated identities' scores, falling; -inf where there are fewer
    who          (s, r) int32 number of their reference in `ScoreSet.references`; -1 where there are fewer
    gallery      how many identities are enrolled with a template
    failed       (s,) True where the probe gave no template: the search returned nobody
    """

    probe: Indices
    mated: NDArray[np.bool_]
    mate: Floats
    rank: Indices
    optimistic: Indices
    nonmate: Floats
    who: Indices
    gallery: int
    failed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        columns = (self.probe, self.mated, self.mate, self.rank, self.optimistic, self.nonmate, self.who, self.failed)
        if len({len(column) for column in columns}) != 1:
            raise ValueError("searches with columns of unequal lengths")
        for column in columns:
            frozen(column)

    def __len__(self) -> int:
        return len(self.probe)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoreSet:
    """The scores of a plan: the raw result of a run, from which every measure is counted.

    mated            every mated score
    nonmated         every nonmated score at or above `floor`; all of them where `floor` is -inf
    rest             what is known of those below the floor; None where there are none by construction
    drawn            a histogram of all nonmated scores, or of a sample of them, for drawing; None: draw `nonmated`
    *_planned        comparisons planned; *_failed those without a template on a side, or without a score
    probes, references   ids and subjects of the two sides; None where the scores came without ids
    crossing         set where every reference met every probe of another subject: then nobody need count who met whom
    searches         one row a search, where the plan asks 1:N
    labels           honesty labels that hold for every measure on these scores (`polarity_suspect` ...)
    distances        whether the scores are minus the distance, and a threshold minus the largest one accepted
    """

    mated: Scores
    nonmated: Scores
    mated_planned: int
    nonmated_planned: int
    mated_failed: int = 0
    nonmated_failed: int = 0
    floor: float = float("-inf")
    rest: Rest | None = None
    drawn: Histogram | None = None
    probes: Party | None = None
    references: Party | None = None
    crossing: Crossing | None = None
    searches: Searches | None = None
    labels: tuple[str, ...] = ()
    distances: bool = False

    def __post_init__(self) -> None:
        if (self.rest is None) != (self.floor == float("-inf")):
            raise ValueError("a floor and a rest go together")
        if len(self.mated) + self.mated_failed != self.mated_planned:
            raise ValueError(
                f"{len(self.mated)} mated scores and {self.mated_failed} failures of {self.mated_planned} planned"
            )
        if self.nonmated_made + self.nonmated_failed != self.nonmated_planned:
            raise ValueError(
                f"{self.nonmated_made} nonmated scores and {self.nonmated_failed} failures of "
                f"{self.nonmated_planned} planned"
            )

    @property
    def nonmated_made(self) -> int:
        """Nonmated comparisons with a score, kept or counted."""
        return len(self.nonmated) + (self.rest.count if self.rest else 0)
