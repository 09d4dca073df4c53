"""What every layout of score files is read into, before labels, ids and scores are held against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, UsageError, nearest, shown
from fr_bench.findings import Note
from fr_bench.records import Indices

FIELDS = ("score", "label", "probe", "reference", "probe_subject", "reference_subject", "fold", "mated", "nonmated")
"""What a column may hold; an option of this name says what the column is called in the file."""
KNOWN_NAMES: Mapping[str, tuple[str, ...]] = {
    "score": ("score", "scores", "similarity", "sim", "distance", "distances", "dist", "cosine", "value"),
    "label": ("label", "labels", "mated", "is_mated", "same", "is_same", "issame", "genuine", "match", "target"),
    "probe": ("probe", "probe_id", "probe_path", "probe_template_id", "probe_key", "path1", "image1", "img1", "file1"),
    "reference": (
        "reference", "reference_id", "reference_path", "ref", "bio_ref_template_id", "bio_ref_key",
        "bio_ref_reference_id", "path2", "image2", "img2", "file2",
    ),
    "probe_subject": ("probe_subject", "probe_subject_id", "subject1", "id1"),
    "reference_subject": ("reference_subject", "reference_subject_id", "bio_ref_subject_id", "subject2", "id2"),
    "fold": ("fold", "split"),
    "mated": ("mated", "genuine", "positive", "positives", "intra"),
    "nonmated": ("nonmated", "non_mated", "impostor", "imposter", "negative", "negatives", "inter"),
}  # fmt: skip


DISTANCES = ("distance", "distances", "dist")
"""Names of columns of scores that say that less is more alike, and so ask for the polarity to be said."""
CHOICES = {
    "polarity": ("", "similarity", "distance"), "missing": ("refuse", "as-failure"), "ids": ("reliable", "unreliable"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How score files are to be read.

    columns    the column's name in the file for each of FIELDS that is not recognised by its own
    delimiter  one character, or "tab"; empty: tab in a .tsv file, comma otherwise
    polarity   "distance": lower is more alike; scores are negated once, when they are read. Empty: nobody said it, so
               similarity, but a column whose name says distance is refused
    missing    "refuse" missing scores, or take them "as-failure": minus infinity, rejected at every threshold
    ids        "unreliable": ids and subjects are left aside, so that labels may contradict them
    by         attributes of the samples that somebody wants to split by; other columns of attributes are not read
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ""
    polarity: Literal["", "similarity", "distance"] = ""
    missing: Literal["refuse", "as-failure"] = "refuse"
    ids: Literal["reliable", "unreliable"] = "reliable"
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.columns:
            if name not in FIELDS:
                raise UsageError(f"no column {name!r}{nearest(name, FIELDS)}", code="unknown_column")
        for option, known in CHOICES.items():
            chosen = getattr(self, option)
            if chosen not in known:
                raise UsageError(f"{option} {chosen!r}{nearest(chosen, known)}", code="bad_option")
        if len(self.delimiter) > 1 and self.delimiter != "tab":
            raise UsageError(f"delimiter {self.delimiter!r} is not one character, or 'tab'", code="bad_option")

    def delimiter_of(self, path: Path) -> str:
        """The delimiter of a text file."""
        return {"tab": "\t"}.get(self.delimiter, self.delimiter) or ("\t" if path.suffix.lower() == ".tsv" else ",")

    def found_in(self, header: Sequence[str], where: str) -> dict[str, str]:
        """The column of each field that a header has.

        Raises UsageError for a named column that is not there; DataError `unknown_layout` where the fields are split
        by something else than was taken, `polarity_unsaid` for a column of distances.
        """
        if len(header) == 1 and (hint := other_delimiter(header[0])):
            raise DataError(f"{where}:1: {hint}", code="unknown_layout")
        lowered = {name.strip().lower(): name for name in reversed(header)}
        found = {}
        for name, known in KNOWN_NAMES.items():
            if name in self.columns:
                if self.columns[name] not in header:
                    hint = nearest(self.columns[name], header)
                    raise UsageError(f"{where}:1: no column {self.columns[name]!r}{hint}", code="unknown_column")
                found[name] = self.columns[name]
                continue
            for spelling in known:
                if spelling in lowered:
                    found[name] = lowered[spelling]
                    break
        score = found.get("score", "")
        if not self.polarity and score.strip().lower() in DISTANCES:
            raise DataError(
                f"{where}:1: column {shown(score)!r} holds distances? Say --polarity distance (or --polarity "
                f"similarity, if higher is more alike in it)",
                code="polarity_unsaid",
            )
        return found


def other_delimiter(line: str) -> str:
    """What to say where a line was meant to be split by another mark than it was; empty where it has none.

    >>> other_delimiter("a;b;same")
    "fields seem to be split by ';': add --delimiter ';'"
    """
    mark = next((mark for mark in ";\t|" if mark in line), "")
    spelled = "tab" if mark == "\t" else f"{mark!r}"
    return f"fields seem to be split by {spelled}: add --delimiter {spelled}" if mark else ""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column of texts: `names[codes[k]]` is the text of row k."""

    codes: Indices
    names: Sequence[str]


def no_place(row: int) -> str:
    """Where a row is, if nothing more is known: its number from 1."""
    return f"row {row + 1}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RawScores:
    """Scores as a file gives them, one row a comparison. NaN stands for a missing score.

    place   says where a row stands: "scores.csv:17"
    same_namespace   whether ids of probes and references name the same kind of thing, so that equal ids are one image
    attributes       the columns of probe and reference of each attribute that was asked for
    offered          the names of all attributes that the file tells
    """

    values: NDArray[Any]
    mated: NDArray[np.bool_]
    name: str
    place: Callable[[int], str] = no_place
    probe: Texts | None = None
    reference: Texts | None = None
    probe_subject: Texts | None = None
    reference_subject: Texts | None = None
    fold: Texts | None = None
    same_namespace: bool = True
    attributes: Mapping[str, tuple[Texts, Texts]] = field(default_factory=dict)
    offered: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
