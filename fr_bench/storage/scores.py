"""Scores on disk: plain npy arrays with a text beside them, so that anyone with numpy can recompute a run.

What is read is what was written, to the last bit; every file's SHA-256 stands in `scores.json` and is checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, shown
from fr_bench.provenance import digest_file
from fr_bench.records import Histogram, Party, Rest, Scores, ScoreSet
from fr_bench.storage.files import make_folder, write_atomic, write_json

FORMAT = 1
COLUMNS = {"values": "values", "probe": "probe", "reference": "reference", "fold": "fold"}
HEAD, README, PROBES, REFERENCES = "scores.json", "README.txt", "probes.json", "references.json"

TEXT = """\
Scores of one run of fr_bench (format {format}). Everything here is read with numpy and json:

    values = numpy.load("mated_values.npy")

A score is a similarity: higher is more alike; a comparison with score >= threshold is a match.

mated_values.npy        float: the score of every mated comparison (two samples of one subject)
nonmated_values.npy     float: the scores of the nonmated comparisons that are at or above `floor`
*_probe.npy             int32: who was the probe of each, as a position in the lists of probes.json, from 0
*_reference.npy         int32: who was the reference, as a position in the lists of references.json
*_fold.npy              int16: the fold of each, where the comparisons were listed in folds
probes.json, references.json   "ids" and "subjects", one entry a probe or reference
rest_at.npy, rest_below.npy, rest_up_to.npy   of the nonmated scores below `floor`: how many are < at[k], and <= at[k];
                        at: the distinct mated scores (only if a full pass was made)
drawn_edges.npy, drawn_counts.npy   a histogram for drawing; no figure is counted from it
scores.json             floor ("-inf": all nonmated scores are kept); numbers of comparisons planned and failed (those
                        without a template on a side, which have no score); `rest`: number, sum and sum of squares of
                        the nonmated scores below the floor, and on how many subjects all nonmated comparisons were
                        made; labels; SHA-256 of each file

FMR at a threshold t >= floor:   (nonmated_values >= t).sum() / (len(nonmated_values) + rest.count)
FNMR at a threshold t:           (mated_values < t).sum() / len(mated_values)

Order of rows: by reference, then probe; listed comparisons in the order of their list. Files that a run does not need
are not there.
"""


def write(folder: Path, scores: ScoreSet) -> None:
    """Write a score set into a folder of its own; each file appears whole, `scores.json` last.

    Raises MachineError `write_failed`.
    """
    make_folder(folder)
    arrays = _arrays(scores)
    for name, array in arrays.items():
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        write_atomic(folder / name, lambda file, a=little: np.save(file, a, allow_pickle=False))  # type: ignore[misc]
    names = list(arrays)
    for name, party in ((PROBES, scores.probes), (REFERENCES, scores.references)):
        if party is not None:
            write_json(folder / name, {"ids": party.ids, "subjects": party.subjects})
            names.append(name)
    write_atomic(folder / README, TEXT.format(format=FORMAT).encode("ascii"))
    digests = {name: digest_file(folder / name) for name in names}
    write_json(folder / HEAD, {**_head(scores), "sha256": digests})


def _arrays(scores: ScoreSet) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any] | None] = {}
    for side, part in (("mated", scores.mated), ("nonmated", scores.nonmated)):
        for column in COLUMNS:
            found[f"{side}_{column}.npy"] = getattr(part, column)
    if scores.rest is not None:
        for column in ("at", "below", "up_to"):
            found[f"rest_{column}.npy"] = getattr(scores.rest, column)
    if scores.drawn is not None:
        found["drawn_edges.npy"], found["drawn_counts.npy"] = scores.drawn.edges, scores.drawn.counts
    return {name: array for name, array in found.items() if array is not None}


def _head(scores: ScoreSet) -> dict[str, Any]:
    rest = scores.rest
    return {
        "format": FORMAT,
        "floor": _spelled(scores.floor),
        "mated_planned": scores.mated_planned,
        "nonmated_planned": scores.nonmated_planned,
        "mated_failed": scores.mated_failed,
        "nonmated_failed": scores.nonmated_failed,
        "rest": None
        if rest is None
        else {
            "count": rest.count,
            "sum": _spelled(rest.sum),
            "squares": _spelled(rest.squares),
            "subjects": rest.subjects,
        },
        "drawn": None if scores.drawn is None else {"sampled": scores.drawn.sampled},
        "labels": list(scores.labels),
    }


def _spelled(value: float | None) -> float | str | None:
    """JSON has no infinity: it is spelled "inf" or "-inf". Python spells other floats so that they read back equal."""
    return value if value is None or np.isfinite(value) else str(float(value))


def read(folder: Path, *, verify: bool = True) -> ScoreSet:
    """The score set that was written into a folder, bit for bit; its arrays stay on the disk and are mapped.

    verify   check the SHA-256 of every file first

    Raises DataError `file_missing`, `bad_scores` (not written by `write`), `hash_mismatch`, `unsafe_format` (an array
    of objects).
    """
    head = _json(folder / HEAD)
    try:
        if head["format"] != FORMAT:
            raise DataError(
                f"{shown(str(folder / HEAD))}: format {shown(str(head['format']))}; this version reads format {FORMAT}",
                code="bad_scores",
            )
        digests = {str(name): str(digest) for name, digest in head["sha256"].items()}
        if verify:
            _verify(folder, digests)
        return _assembled(folder, head, digests)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(
            f"{shown(str(folder))} holds no scores as fr_bench writes them: {shown(str(error))}; score again",
            code="bad_scores",
        ) from error


def _assembled(folder: Path, head: Mapping[str, Any], names: Mapping[str, str]) -> ScoreSet:
    def array(name: str) -> Any:
        return _array(folder / f"{name}.npy") if f"{name}.npy" in names else None

    def part(side: str) -> Scores:
        return Scores(**{column: array(f"{side}_{column}") for column in COLUMNS})

    def party(name: str) -> Party | None:
        if name not in names:
            return None
        said = _json(folder / name)
        return Party(ids=_texts(said["ids"]), subjects=_texts(said["subjects"]))

    rest, drawn = head["rest"], head["drawn"]
    scores = ScoreSet(
        mated=part("mated"),
        nonmated=part("nonmated"),
        mated_planned=int(head["mated_planned"]),
        nonmated_planned=int(head["nonmated_planned"]),
        mated_failed=int(head["mated_failed"]),
        nonmated_failed=int(head["nonmated_failed"]),
        floor=float(head["floor"]),
        rest=None if rest is None else Rest(
            count=int(rest["count"]), at=array("rest_at"), below=array("rest_below"), up_to=array("rest_up_to"),
            sum=_number(rest["sum"]), squares=_number(rest["squares"]),
            subjects=_count(rest.get("subjects")),
        ),
        drawn=None if drawn is None else Histogram(
            edges=array("drawn_edges"), counts=array("drawn_counts"), sampled=bool(drawn["sampled"])
        ),
        probes=party(PROBES),
        references=party(REFERENCES),
        labels=_texts(head["labels"]),
    )  # fmt: skip
    for numbered in (scores.mated, scores.nonmated):
        _refuse_strangers(numbered.probe, scores.probes)
        _refuse_strangers(numbered.reference, scores.references)
    return scores


def _refuse_strangers(numbers: NDArray[np.int32] | None, party: Party | None) -> None:
    if numbers is not None and party is not None and len(numbers):
        low, high = int(numbers.min()), int(numbers.max())
        if low < 0 or high >= len(party.ids):
            raise ValueError(f"numbers {low} to {high} in a list of {len(party.ids)} ids")


def _texts(values: list[Any]) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise ValueError("an id that is no text")
    return tuple(values)


def _number(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _count(value: int | None) -> int | None:
    return None if value is None else int(value)


def _json(path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(
            f"cannot read {shown(str(path))}: {error.strerror or error}; the folder holds no complete scores",
            code="file_missing",
        ) from error
    except ValueError as error:
        raise DataError(f"{shown(str(path))} is no JSON: {error}; score again", code="bad_scores") from error
    if not isinstance(value, dict):
        raise DataError(f"{shown(str(path))} holds no scores; score again", code="bad_scores")
    return value


def _verify(folder: Path, digests: Mapping[str, str]) -> None:
    for name, digest in sorted(digests.items()):
        if Path(name).name != name:
            raise DataError(f"{shown(str(folder / HEAD))} names a file outside: {shown(name)}", code="path_outside")
        try:
            found = digest_file(folder / name)
        except OSError as error:
            raise DataError(
                f"cannot read {shown(str(folder / name))}: {error.strerror or error}", code="file_missing"
            ) from error
        if found != digest:
            raise DataError(
                f"{shown(str(folder / name))} has SHA-256 {found}, and was written with {digest}; score again",
                code="hash_mismatch",
            )


def _array(path: Path) -> NDArray[Any]:
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise DataError(f"cannot read {shown(str(path))}: {error.strerror or error}", code="file_missing") from error
    except ValueError as error:
        # numpy says "Array can't be memory-mapped: Python objects in dtype" for the arrays that would need pickle.
        code = "unsafe_format" if "object" in str(error).lower() else "bad_scores"
        raise DataError(f"{shown(str(path))} is no plain array: {shown(str(error))}", code=code) from error
    return found
