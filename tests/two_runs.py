"""Two runs made by hand on the same comparisons: scores with subject effects, and the results that go with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparing import Side
from fr_bench.findings import ComparisonSummary, DatasetSummary, FailedSample, Measurement, RecognizerSummary, Result
from fr_bench.measuring import measure
from fr_bench.records import Crossing, Party, Rest, Scores, ScoreSet

MEASURES = ("EER", "FNMR@FMR=0.05", "FNMR@threshold=1.5", "FMR@threshold=1.5")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class People:
    """Samples of people: the subject of each sample, numbered, and every unordered pair of samples."""

    subject: NDArray[np.int64]

    @classmethod
    def of(cls, subjects: int, images: int) -> People:
        return cls(np.repeat(np.arange(subjects), images))

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(f"s{k:03}" for k in range(len(self.subject)))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"p{code:03}" for code in self.subject)

    @property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        reference, probe = np.triu_indices(len(self.subject), 1)
        return reference, probe


def scores_of(people: People, seed: int, *, separation: float = 3.0, shared: float = 0.7) -> Floats:
    """A score of every pair: what the pair is like for every system, and what it is like for this one."""
    reference, probe = people.pairs
    mated = people.subject[reference] == people.subject[probe]
    common, own = np.random.default_rng(1), np.random.default_rng(seed)
    effect = [rng.normal(0, 0.5, people.subject.max() + 1)[people.subject] for rng in (common, own)]
    noise = [rng.normal(0, 1, len(mated)) for rng in (common, own)]
    pair = [e[reference] + e[probe] + n for e, n in zip(effect, noise, strict=True)]
    found: Floats = separation * mated + np.sqrt(shared) * pair[0] + np.sqrt(1 - shared) * pair[1]
    return found


def score_set(people: People, values: Floats, *, failed: frozenset[str] = frozenset(), floor: float | None = None,
              listed: bool = False) -> ScoreSet:  # fmt: skip
    """The scores of an all-pairs plan, or of the same pairs as a list; samples in `failed` gave no template."""
    reference, probe = people.pairs
    present = np.array([name not in failed for name in people.ids])
    made = present[reference] & present[probe]
    mated = people.subject[reference] == people.subject[probe]
    kept = made & ~mated if floor is None else made & ~mated & (values >= floor)
    party = Party(ids=people.ids, subjects=people.names)
    total = int(np.count_nonzero(made & ~mated))
    return ScoreSet(
        mated=_rows(values, probe, reference, made & mated),
        nonmated=_rows(values, probe, reference, kept),
        mated_planned=int(mated.sum()),
        nonmated_planned=int((~mated).sum()),
        mated_failed=int(np.count_nonzero(mated & ~made)),
        nonmated_failed=int(np.count_nonzero(~mated & ~made)),
        floor=float("-inf") if floor is None else floor,
        rest=None if floor is None else Rest(count=total - int(kept.sum())),
        probes=party,
        references=party,
        crossing=None if listed else _crossing(people, present),
    )


def _rows(values: Floats, probe: NDArray[Any], reference: NDArray[Any], rows: NDArray[np.bool_]) -> Scores:
    return Scores(values=values[rows], probe=probe[rows].astype(np.int32), reference=reference[rows].astype(np.int32))


def _crossing(people: People, present: NDArray[np.bool_]) -> Crossing:
    counts = np.bincount(people.subject[present], minlength=int(people.subject.max()) + 1)
    names = [f"p{code:03}" for code in range(len(counts))]
    took_part = counts > 0
    return Crossing(
        subjects=tuple(name for name, yes in zip(names, took_part, strict=True) if yes),
        references=counts[took_part].astype(np.int64),
        probes=counts[took_part].astype(np.int64),
        unordered=True,
    )


def side(name: str, people: People, scores: ScoreSet, *, failed: frozenset[str] = frozenset(),
         measures: tuple[str, ...] = MEASURES, change: Callable[[Result], Result] | None = None) -> Side:  # fmt: skip
    """A run of the scores; `change` makes another result of it."""
    subject_of = dict(zip(people.ids, people.names, strict=True))
    result = Result(
        name=name,
        run={"comparison": {"plan": "all", "combine": "mean"}, "intervals": {"level": 0.95}},
        dataset=DatasetSummary(
            name="people", title="People", format="folder", subjects=int(people.subject.max()) + 1,
            samples=len(people.subject), digest="d" * 64,
        ),
        recognizer=RecognizerSummary(
            name=f"recognizer-{name}", version="1", digest=(name * 64)[:64], provider="cpu", batch_size=1, dimension=4,
            comparison="cosine",
        ),
        comparison=ComparisonSummary(
            plan="all", mated_planned=scores.mated_planned, nonmated_planned=scores.nonmated_planned,
            mated_made=len(scores.mated), nonmated_made=scores.nonmated_made, mated_failed=scores.mated_failed,
            nonmated_failed=scores.nonmated_failed, references=len(people.subject), probes=len(people.subject),
        ),
        measurements=_measured(scores, measures),
        failures=tuple(
            FailedSample(sample=s, subject=subject_of[s], stage="template", reason="no face") for s in sorted(failed)
        ),
    )  # fmt: skip
    return Side(name=name, result=result if change is None else change(result), scores=scores)


def _measured(scores: ScoreSet, measures: tuple[str, ...]) -> tuple[Measurement, ...]:
    return tuple(measure(scores, measures, draws=20))


def changed(**fields: Any) -> Callable[[Result], Result]:
    """A result with other fields."""
    return lambda result: dataclasses.replace(result, **fields)
