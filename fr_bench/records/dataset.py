"""What is measured on: the card of a data set, its samples, the comparisons that it prescribes, failures of samples."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError
from fr_bench.findings import Note
from fr_bench.records.arrays import Indices, frozen


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
    notes        what its reader found that the user of the figures must know
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
    notes: tuple[Note, ...] = ()

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
