"""The values that travel between the stages of a run: Card → Dataset → TemplateSet → ComparisonPlan → ScoreSet.

All are frozen; their arrays are made read-only and their invariants are checked at birth, so a stage can rely on what
it is given. None of them computes: behaviour lives in the functions of the stages. A sample is known inside a run by
its index in `Dataset.sample_ids`; a reference by its index in `References`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError
from fr_bench.findings import Proportion, RecognizerSummary

Floats = NDArray[np.float32] | NDArray[np.float64]
Indices = NDArray[np.int32]


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, refusing writes from here on."""
    array.flags.writeable = False
    return array


class Source(Protocol):
    """Where the bytes of one sample's image come from: a file, a member of an archive, a generator."""

    @property
    def name(self) -> str:
        """What a person calls it: a path relative to the data set's root, or `archive.zip/member`."""

    def read(self) -> bytes:
        """The encoded image. Raises DataError (`file_missing`, `not_regular_file`, `too_large` ...) if it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is known about a data set before it is read; `datasets/NAME.toml` or the command line gives it.

    options    what the layout needs: `images`, `pairs`, `landmarks`, `manifest`, `folds` ... by format
    expected   counts that the data must have: `subjects`, `samples`, `mated`, `nonmated`
    digests    SHA-256 by file name that the data must have
    published  figures others published on it, each with `figure`, `value`, `source`
    pictures_allowed   False: no picture of it may stand in a report (its licence forbids it)
    """

    name: str
    format: str
    root: Path
    title: str = ""
    licence: str = ""
    source: str = ""
    generated: bool = False
    pictures_allowed: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, int] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    published: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ListedPairs:
    """Comparisons that a data set prescribes: sample indices of both sides, whether mated, and the fold (0: none)."""

    probe: Indices
    reference: Indices
    mated: NDArray[np.bool_]
    fold: NDArray[np.int16]

    def __post_init__(self) -> None:
        sizes = {len(self.probe), len(self.reference), len(self.mated), len(self.fold)}
        if len(sizes) != 1:
            raise ValueError(f"listed pairs of unequal lengths {sorted(sizes)}")
        for array in (self.probe, self.reference, self.mated, self.fold):
            frozen(array)


@dataclass(frozen=True, slots=True, eq=False)
class Roles:
    """Which samples are enrolled as references and which are probes, as sample indices; a sample may be both."""

    reference: Indices
    probe: Indices

    def __post_init__(self) -> None:
        frozen(self.reference)
        frozen(self.probe)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dataset:
    """A labelled set of samples, one row each, in the order of their ids.

    sample_ids   unique texts, at most 4,096 bytes each
    subjects     the subject of each sample, never empty
    sources      where each image comes from; None where the samples are templates only
    landmarks    (n, 5, 2) float64 points in the image as stored (eye at the image's left, eye at its right, nose,
                 mouth corner left, mouth corner right; x right, y down, the centre of the first pixel is 0,0), a row
                 of NaN where a sample has none; or None
    attributes   further columns by name (sex, age_band, condition, session ...), one text a sample, "" for unknown
    pairs, roles the comparisons that the data set itself prescribes, if any
    """

    name: str
    format: str
    card: Card
    sample_ids: tuple[str, ...]
    subjects: tuple[str, ...]
    sources: tuple[Source | None, ...]
    landmarks: NDArray[np.float64] | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pairs: ListedPairs | None = None
    roles: Roles | None = None

    def __post_init__(self) -> None:
        n = len(self.sample_ids)
        columns = {"subjects": self.subjects, "sources": self.sources, **self.attributes}
        for name, column in columns.items():
            if len(column) != n:
                raise ValueError(f"{len(column)} {name} for {n} samples")
        if n == 0:
            raise DataError(f"data set {self.name!r} has no samples", code="empty_data_set")
        refuse_bad_ids("sample", self.sample_ids, unique=True, where=self.name)
        refuse_bad_ids("subject", self.subjects, unique=False, where=self.name)
        if self.landmarks is not None:
            if self.landmarks.shape != (n, 5, 2):
                raise ValueError(f"landmarks of shape {self.landmarks.shape} for {n} samples")
            frozen(self.landmarks)

    @property
    def subject_codes(self) -> tuple[tuple[str, ...], Indices]:
        """The distinct subjects in the order of their names, and the number of each sample's subject among them."""
        names = sorted(set(self.subjects))
        number = {name: code for code, name in enumerate(names)}
        return tuple(names), np.array([number[s] for s in self.subjects], dtype=np.int32)


def refuse_bad_ids(kind: str, ids: Sequence[str], *, unique: bool, where: str) -> None:
    """Refuse empty, huge and repeated ids, and ids that differ only by Unicode normal form."""
    normal: dict[str, str] = {}
    seen: set[str] = set()
    for text in ids:
        if text in seen:
            if unique:
                raise DataError(f"{where}: {kind} id {text!r} is given twice; ids must be unique", code="duplicate_id")
            continue
        seen.add(text)
        if not text:
            raise DataError(f"{where}: a {kind} id is empty; every sample needs one", code="empty_id")
        if len(text) * 4 > 4096 and len(text.encode("utf-8", "surrogatepass")) > 4096:
            raise DataError(f"{where}: a {kind} id has over 4096 bytes: {text[:40]!r}…", code="id_too_long")
        form = text if text.isascii() else unicodedata.normalize("NFC", text)
        if normal.setdefault(form, text) != text:
            one, other = (t.encode("unicode_escape").decode("ascii") for t in (normal[form], text))
            raise DataError(
                f"{where}: {kind} ids '{one}' and '{other}' differ only by Unicode normal form; spell them alike, or "
                f"rename one if they are different {kind}s",
                code="ids_differ_only_by_form",
            )


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a sample gave no template: the stage (read, decode, align, detect, embed), a reason word and a detail."""

    stage: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TemplateSet:
    """One row a sample of the data set: a template, or a failure with its reason; never a gap.

    vectors      (n, d) float32, finite; the row of a failed sample is zero and takes part in no comparison.
                 Templates compared by cosine have unit length (to float32).
    failures     failure by sample index
    comparison   "cosine" or "euclidean": how two templates become a score
    timing       seconds and counts by stage, outside promise 2
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
        frozen(self.vectors)

    @property
    def has_template(self) -> NDArray[np.bool_]:
        """(n,) True where the sample has a template."""
        present = np.ones(len(self.sample_ids), dtype=bool)
        present[list(self.failures)] = False
        return present


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """Failures to acquire and to enrol, counted as the plan's roles say.

    Without roles (`all`, `listed`): fta counts samples without a template, fte subjects without any template.
    With roles: fta counts probes without a template, fte references (enrolment transactions) without one.
    """

    fta: Proportion
    fte: Proportion
    roles: bool


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
class Rest:
    """What is known exactly of the nonmated scores below the floor, which were counted and not kept.

    count            how many they are
    at               distinct values of the mated scores, ascending
    below, up_to     (len(at),) int64: how many of the rest are < at[k], and <= at[k]
    sum, squares     sum and sum of squares of the rest, float64, independent of the order of comparison
    subjects         on how many subjects all nonmated comparisons, kept or not, were made; None: not known
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
class ScoreSet:
    """The scores of a plan: the raw result of a run, from which every measure is counted.

    mated            every mated score
    nonmated         every nonmated score at or above `floor`; all of them where `floor` is -inf
    rest             what is known of those below the floor; None where there are none by construction
    drawn            a histogram of all nonmated scores, or of a sample of them, for drawing; None: draw `nonmated`
    *_planned        comparisons planned; *_failed those without a template on a side, or without a score
    probes, references   ids and subjects of the two sides; None where the scores came without ids
    labels           honesty labels that hold for every measure on these scores (`polarity_suspect` ...)
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
    labels: tuple[str, ...] = ()

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
