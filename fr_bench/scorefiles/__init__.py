"""Scores that another tool made: one file a layout, `recognises(paths, asked)` and `read(paths, asked) -> RawScores`.

`read_scores` finds the layout, reads, and holds scores, labels and ids against each other. A distance becomes a
similarity here, once, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fr_bench import plugins
from fr_bench.errors import DataError, UsageError, shown
from fr_bench.findings import Note

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from fr_bench.records import Presentations, ScoreSet
    from fr_bench.scorefiles._raw import Asked

ORDER = ("two_files", "arrays", "parquet", "bob", "labelled", "columns")
"""In which the layouts are asked whether files are theirs."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoreFile:
    """The scores of one test, and what the file tells of its samples.

    attributes   columns of the samples by name, each from sample id to text, "" for unknown
    offered      the names of all attributes that the file tells, read or not
    """

    scores: ScoreSet
    notes: tuple[Note, ...] = ()
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    offered: tuple[str, ...] = ()


def read_scores(
    paths: Sequence[str | Path],
    *,
    layout: str = "",
    score: str = "",
    label: str = "",
    probe: str = "",
    reference: str = "",
    probe_subject: str = "",
    reference_subject: str = "",
    fold: str = "",
    mated: str = "",
    nonmated: str = "",
    delimiter: str = "",
    polarity: Literal["similarity", "distance"] | None = None,
    missing: Literal["refuse", "as-failure"] = "refuse",
    ids: Literal["reliable", "unreliable"] = "reliable",
) -> tuple[ScoreSet, tuple[Note, ...]]:
    """Read the scores of one test.

    paths      one file, or two: the mated scores first, the nonmated ones second
    layout     one of `plugins.names("scorefiles")`; empty: recognised
    score ... nonmated   what the columns are called in the file, where their names are not recognised
    delimiter  one character between the fields, or "tab"; default: comma, tab in a .tsv file
    polarity   "distance": lower is more alike; scores are negated here. None: similarity, unless the column's name says
               distance, which is asked about
    missing    "as-failure": missing scores count as rejected; else they are refused
    ids        "unreliable": ids and subjects are left aside, so that labels may contradict them

    Raises DataError (`nan_score`, `bad_number`, `bad_label`, `label_id_conflict`, `self_comparison`,
    `conflicting_duplicates`, `length_mismatch`, `unsafe_format`, `too_large`, `no_scores` ...),
    UsageError (`unknown_column` ...).
    """
    from fr_bench.scorefiles._raw import Asked

    named = {
        "score": score, "label": label, "probe": probe, "reference": reference, "probe_subject": probe_subject,
        "reference_subject": reference_subject, "fold": fold, "mated": mated, "nonmated": nonmated,
    }  # fmt: skip
    asked = Asked(
        columns={field: name for field, name in named.items() if name},
        delimiter=delimiter,
        polarity=polarity or "",
        missing=missing,
        ids=ids,
    )
    read = _read(paths, layout, asked)
    return read.scores, read.notes


def read_with_attributes(paths: Sequence[str | Path], by: Sequence[str], **options: Any) -> ScoreFile:
    """Read the scores of one test with attributes of its samples, which columns in pairs tell.

    `probe_gender` with `reference_gender`, `bio_ref_gender` or `ref_gender` tells the attribute `gender`.

    by       the attributes that are wanted, such as "gender"; those that the file does not tell are passed over
    options  as of `read_scores`

    Raises what `read_scores` does, and DataError `attribute_conflict` where a sample has two values.
    """
    from fr_bench.scorefiles._raw import FIELDS, Asked

    named = {name: text for name, text in options.items() if name in FIELDS and text}
    others = {name: value for name, value in options.items() if name not in FIELDS and name != "layout"}
    others["polarity"] = others.get("polarity") or ""
    return _read(paths, options.get("layout", ""), Asked(columns=named, by=tuple(by), **others))


def _read(paths: Sequence[str | Path], layout: str, asked: Asked) -> ScoreFile:
    from fr_bench.scorefiles._attributes import by_sample
    from fr_bench.scorefiles._build import all_missing, build

    files = [Path(path).expanduser() for path in paths]
    if len(files) not in (1, 2):
        raise UsageError(f"{len(files)} score files; give one, or two: mated, nonmated", code="bad_option")
    for file in files:
        _refuse_unsafe(file)
    chosen = plugins.load("scorefiles", layout) if layout else None
    for name in () if chosen else ORDER:
        module = plugins.load("scorefiles", name)
        if module.recognises(files, asked):
            chosen = module
            break
    if chosen is None:
        raise _unknown_layout(files[0], asked)
    raw = chosen.read(files, asked)
    if len(raw.values) == 0 or (asked.missing == "as-failure" and all_missing(raw.values)):
        raise DataError(f"{raw.name}: no score in it; there is nothing to measure", code="no_scores")
    scores, notes = build(raw, asked)
    attributes = by_sample(raw) if scores.probes else {}
    return ScoreFile(scores=scores, notes=notes, attributes=attributes, offered=raw.offered)


def read_presentations(
    path: str | Path, *, delimiter: str = "", polarity: Literal["", "bona-fide", "attack"] = ""
) -> tuple[Presentations, ScoreSet | None, tuple[Note, ...]]:
    """Read presentations of attacks and of bona fide subjects from a CSV file, one row a presentation.

    Columns: a detection score (`detection` or `score`, high for bona fide; an empty cell is a non-response) and the
    `species` of the attack, empty for a bona fide presentation; besides, where there are any, the `instrument` of an
    attack, the `subject` of a bona fide presentation, and the `recognition` score. bob's file of a vulnerability
    analysis is known by its columns; its scores are those of recognition.

    delimiter   one character between the fields, or "tab"; default: comma, tab in a .tsv file
    polarity    "attack": detection scores are high for attacks, and are negated here

    Gives the presentations, the comparisons of the bona fide rows where both subjects are told, and notes.
    Raises DataError (`unknown_layout`, `bad_number`, `bad_species`, `no_scores`, `length_mismatch` ...), UsageError.
    """
    from fr_bench.scorefiles._attacks import read

    file = Path(path).expanduser()
    _refuse_unsafe(file)
    return read(file, delimiter=delimiter, polarity=polarity)


def _unknown_layout(path: Path, asked: Asked) -> DataError:
    """What the file looks like, and which of its columns, or which delimiter, was probably meant."""
    import difflib

    from fr_bench.scorefiles._delimited import read_head
    from fr_bench.scorefiles._raw import KNOWN_NAMES

    text = f"{shown(str(path))}: the layout is not recognised"
    if path.suffix.lower() in (".npy", ".npz", ".parquet", ".pq"):
        return DataError(f"{text}; say which columns hold scores and labels", code="unknown_layout")
    head = read_head(path, asked.delimiter_of(path))
    found = asked.found_in(head.header, head.name)
    text = f"{head.name}:1: the layout is not recognised; its columns are {', '.join(map(shown, head.header[:20]))}"
    if len(head.header) == 1:
        return DataError(f"{text}; scores need labels, or a second file", code="unknown_layout")
    known = {name: field for field, names in KNOWN_NAMES.items() if field not in found for name in names}
    for column in head.header:
        close = difflib.get_close_matches(column.strip().lower(), known, n=1, cutoff=0.7)
        if close and column not in found.values():
            option = f"--{known[close[0]].replace('_', '-')}"
            hint = f"; did you mean {close[0]!r} by {shown(column)!r}? Then say {option} {shown(column)}"
            return DataError(f"{text}{hint}", code="unknown_column")
    if "score" in found:
        hint = f"{shown(found['score'])!r} holds the scores; say with --label which column says mated or nonmated, or "
        hint += "with --probe-subject and --reference-subject which hold the subjects"
    else:
        hint = "say with --score and --label which hold scores and labels"
    return DataError(f"{text}; {hint}", code="unknown_layout")


def _refuse_unsafe(path: Path) -> None:
    """Refuse what could run code or must be unpacked first."""
    suffix = path.suffix.lower()
    if suffix in (".pkl", ".pickle", ".joblib", ".pt", ".pth"):
        raise DataError(
            f"{shown(str(path))}: files of this kind can run code when read; save the scores as CSV or .npz",
            code="unsafe_format",
        )
    if suffix in (".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".tar", ".tgz"):
        raise DataError(f"{shown(str(path))} is packed; unpack it first", code="unsafe_format")


def score_set(
    mated: ArrayLike, nonmated: ArrayLike, *, polarity: Literal["similarity", "distance"] = "similarity"
) -> ScoreSet:
    """Scores from two arrays, without ids. Raises DataError `nan_score` or `bad_number`.

    >>> score_set([0.9, 0.8], [0.1]).mated_planned
    2
    """
    import numpy as np

    from fr_bench.scorefiles._build import build
    from fr_bench.scorefiles._raw import Asked, RawScores

    classes = [np.asarray(part) for part in (mated, nonmated)]
    for name, part in zip(("mated", "nonmated"), classes, strict=True):
        if part.ndim != 1:
            raise ValueError(f"{name} scores of shape {part.shape}; expected one dimension")
    filled = [part for part in classes if part.size]
    values = np.concatenate(filled) if filled else np.empty(0)
    labels = np.arange(len(values)) < len(classes[0])
    split = len(classes[0])

    def place(row: int) -> str:
        return f"mated[{row}]" if row < split else f"nonmated[{row - split}]"

    return build(RawScores(values=values, mated=labels, name="scores", place=place), Asked(polarity=polarity))[0]
