"""Templates, references made of them, the plan of comparisons, and how many samples gave no template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import Proportion, RecognizerSummary
from fr_bench.records.arrays import Indices, frozen
from fr_bench.records.dataset import Failure, ListedPairs

ROWS_AT_ONCE = 4096
"""Of templates that may be mapped from a file: so many are looked at together."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TemplateSet:
    """One row a sample of the data set: a template, or a failure with its reason; never a gap.

    vectors      (n, d) float32, finite; the row of a failed sample is zero and takes part in no comparison.
                 Templates compared by cosine have unit length (to float32).
    failures     failure by sample index
    comparison   "cosine" or "euclidean": how two templates become a score
    timing       seconds and counts by stage, and `template_seconds` of each template made now, outside promise 2
    """

    vectors: NDArray[np.float32]
    sample_ids: tuple[str, ...]
    failures: Mapping[int, Failure]
    comparison: Literal["cosine", "euclidean"]
    recognizer: RecognizerSummary
    timing: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.vectors.dtype != np.float32 or self.vectors.ndim != 2 or len(self.vectors) != len(self.sample_ids):
            raise ValueError(f"vectors {self.vectors.dtype} {self.vectors.shape} for {len(self.sample_ids)} samples")
        if any(not 0 <= index < len(self.sample_ids) for index in self.failures):
            raise ValueError("a failure of a sample that does not exist")
        for first in range(0, len(self.vectors), ROWS_AT_ONCE):
            some = self.vectors[first : first + ROWS_AT_ONCE]
            # Of an infinity or NaN among the numbers, one of these is none.
            if some.size and not (np.isfinite(some.min()) and np.isfinite(some.max())):
                row = first + int(np.flatnonzero(~np.isfinite(some).all(axis=1))[0])
                raise ValueError(f"the template of {self.sample_ids[row]!r} holds numbers that are not finite")
        frozen(self.vectors)

    @property
    def has_template(self) -> NDArray[np.bool_]:
        """(n,) True where the sample has a template."""
        present = np.ones(len(self.sample_ids), dtype=bool)
        present[list(self.failures)] = False
        return present


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SubjectTrials:
    """Trials and errors among them by subject, (n,) int64 each; a subject may have none."""

    errors: NDArray[np.int64]
    trials: NDArray[np.int64]

    def __post_init__(self) -> None:
        if len(self.errors) != len(self.trials):
            raise ValueError(f"errors of {len(self.errors)} subjects and trials of {len(self.trials)}")
        frozen(self.errors)
        frozen(self.trials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """Failures to acquire and to enrol, counted as the plan's roles say.

    Without roles (`all`, `listed`): fta counts samples without a template, fte subjects without any template.
    With roles: fta counts probes without a template, fte references (enrolment transactions) without one.
    `*_by_subject` are the same counts by subject, of which their intervals are made; None where it is not known whose
    samples failed.
    """

    fta: Proportion
    fte: Proportion
    roles: bool
    fta_by_subject: SubjectTrials | None = None
    fte_by_subject: SubjectTrials | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class References:
    """References, each made of one or several samples of one subject.

    Reference r is made of the samples `members[offsets[r] : offsets[r + 1]]`. `combine` says how several become one:
    "mean" of the normalised templates, or "best" score over them.
    """

    offsets: NDArray[np.int64]
    members: Indices
    combine: Literal["mean", "best"] = "mean"

    def __post_init__(self) -> None:
        if len(self.offsets) < 1 or self.offsets[0] != 0 or self.offsets[-1] != len(self.members):
            raise ValueError("offsets do not span the members")
        if np.any(np.diff(self.offsets) < 1):
            raise ValueError("a reference without samples")
        frozen(self.offsets)
        frozen(self.members)

    def __len__(self) -> int:
        return len(self.offsets) - 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ComparisonPlan:
    """Which comparisons are made. No comparison is ever listed for "all", "gallery" and "search": they are implied.

    kind        "all": every unordered pair of samples, the earlier one as reference; "listed": `pairs`; "gallery":
                every reference with every probe; "search": the same, asked as 1:N
    subject     (n,) subject code of each sample
    references  the references; for "all" and "listed" every sample is one of its own
    probes      (p,) sample indices of the probes
    pairs       for "listed": probe, reference (sample indices), mated, fold
    mated, nonmated   numbers of planned comparisons
    """

    kind: Literal["all", "listed", "gallery", "search"]
    subject: Indices
    references: References
    probes: Indices
    mated: int
    nonmated: int
    pairs: ListedPairs | None = None

    def __post_init__(self) -> None:
        if (self.pairs is not None) != (self.kind == "listed"):
            raise ValueError(f"plan {self.kind!r} and listed pairs do not go together")
        frozen(self.subject)
        frozen(self.probes)
