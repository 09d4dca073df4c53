"""Scores on disk: plain npy arrays with a text beside them, so that anyone with numpy can recompute a run.

What is read is what was written, to the last bit; every file's SHA-256 stands in `scores.json` and is checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, shown
from fr_bench.provenance import digest_file
from fr_bench.records import Crossing, Histogram, Party, Rest, Scores, ScoreSet, Searches, SubjectSums
from fr_bench.storage.files import make_folder, write_atomic, write_json

FORMAT = 1
COLUMNS = {"values": "values", "probe": "probe", "reference": "reference", "fold": "fold"}
SEARCHES = ("probe", "mated", "mate", "rank", "optimistic", "nonmate", "who", "failed")
SUMS = ("placements", "sums", "squares")
HEAD, README, PROBES, REFERENCES = "scores.json", "README.txt", "probes.json", "references.json"
CROSSING = "crossing.json"

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
crossing.json           where every reference met every probe of another subject: the "subjects", sorted; "unordered":
                        whether every unordered pair of samples was compared instead
crossing_references.npy, crossing_probes.npy   int64: references and probes with a template of each of those subjects
rest_subject_placements.npy, rest_subject_sums.npy, rest_subject_squares.npy   sums over the nonmated scores below
                        `floor` that involve each of those subjects, for intervals only: of (mated scores below + mated
                        scores not above), to the width of a bin; of the scores; of their squares
searches_*.npy          1:N searches, one row a probe:
searches_probe.npy      position in probes.json; searches_failed.npy: whether the probe gave no template
searches_mated.npy      whether its subject is enrolled; searches_mate.npy: best score of its own subject, or -inf
searches_rank.npy       1 + nonmated subjects with a score >= that, 0 if there is none; searches_optimistic.npy: with >
searches_nonmate.npy, searches_who.npy   scores of the best nonmated subjects, falling, and their references as
                        positions in references.json; -inf and -1 where there are fewer
drawn_edges.npy, drawn_counts.npy   a histogram for drawing; no figure is counted from it
samples.json            of a run: "ids" and "subjects" of all its samples, positions from 0 of those that "failed" to
                        give a template, of the "probes" and of the samples of each of the "references" (null: all),
                        and the "attributes" that figures were split by
scores.json             floor ("-inf": all nonmated scores are kept); numbers of comparisons planned and failed (those
                        without a template on a side, which have no score); `rest`: number, sum and sum of squares of
                        the nonmated scores below the floor, and on how many subjects all nonmated comparisons were
                        made; `searches`: how many subjects are enrolled in the gallery; labels;
                        `distances`, where scores are minus the distance; SHA-256 of each file

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
    if scores.crossing is not None:
        said = {"subjects": scores.crossing.subjects, "unordered": scores.crossing.unordered}
        write_json(folder / CROSSING, said)
        names.append(CROSSING)
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
        if scores.rest.by_subject is not None:
            found.update({f"rest_subject_{name}.npy": getattr(scores.rest.by_subject, name) for name in SUMS})
    if scores.crossing is not None:
        found["crossing_references.npy"], found["crossing_probes.npy"] = (
            scores.crossing.references, scores.crossing.probes
        )  # fmt: skip
    if scores.searches is not None:
        found.update({f"searches_{name}.npy": getattr(scores.searches, name) for name in SEARCHES})
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
        "searches": None if scores.searches is None else {"gallery": scores.searches.gallery},
        "drawn": None if scores.drawn is None else {"sampled": scores.drawn.sampled},
        "labels": list(scores.labels),
        # Said only where it is so: other scores are stored in the same bytes as before.
        **({"distances": True} if scores.distances else {}),
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
        return _assembled(_Stored(folder, head, digests))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(
            f"{shown(str(folder))} holds no scores as fr_bench writes them: {shown(str(error))}; score again",
            code="bad_scores",
        ) from error


@dataclass(frozen=True, slots=True)
class _Stored:
    """A folder that scores were written into: what its head says, and the names of its files."""

    folder: Path
    head: Mapping[str, Any]
    names: Mapping[str, str]

    def array(self, name: str) -> Any:
        return _array(self.folder / f"{name}.npy") if f"{name}.npy" in self.names else None

    def part(self, side: str) -> Scores:
        return Scores(**{column: self.array(f"{side}_{column}") for column in COLUMNS})

    def party(self, name: str) -> Party | None:
        if name not in self.names:
            return None
        said = _json(self.folder / name)
        return Party(ids=_texts(said["ids"]), subjects=_texts(said["subjects"]))

    def rest(self) -> Rest | None:
        said = self.head["rest"]
        if said is None:
            return None
        summed = f"rest_subject_{SUMS[0]}.npy" in self.names
        return Rest(
            count=int(said["count"]),
            **{column: self.array(f"rest_{column}") for column in ("at", "below", "up_to")},
            sum=_number(said["sum"]),
            squares=_number(said["squares"]),
            subjects=_count(said.get("subjects")),
            by_subject=SubjectSums(**{name: self.array(f"rest_subject_{name}") for name in SUMS}) if summed else None,
        )

    def drawn(self) -> Histogram | None:
        said = self.head["drawn"]
        if said is None:
            return None
        return Histogram(
            edges=self.array("drawn_edges"), counts=self.array("drawn_counts"), sampled=bool(said["sampled"])
        )

    def crossing(self) -> Crossing | None:
        if CROSSING not in self.names:
            return None
        said = _json(self.folder / CROSSING)
        sides = {name: self.array(f"crossing_{name}") for name in ("references", "probes")}
        return Crossing(subjects=_texts(said["subjects"]), unordered=bool(said["unordered"]), **sides)

    def searches(self) -> Searches | None:
        said = self.head.get("searches")
        if said is None:
            return None
        return Searches(gallery=int(said["gallery"]), **{name: self.array(f"searches_{name}") for name in SEARCHES})


def _assembled(stored: _Stored) -> ScoreSet:
    head = stored.head
    scores = ScoreSet(
        mated=stored.part("mated"),
        nonmated=stored.part("nonmated"),
        mated_planned=int(head["mated_planned"]),
        nonmated_planned=int(head["nonmated_planned"]),
        mated_failed=int(head["mated_failed"]),
        nonmated_failed=int(head["nonmated_failed"]),
        floor=float(head["floor"]),
        rest=stored.rest(),
        drawn=stored.drawn(),
        probes=stored.party(PROBES),
        references=stored.party(REFERENCES),
        crossing=stored.crossing(),
        searches=stored.searches(),
        labels=_texts(head["labels"]),
        distances=head.get("distances") is True,
    )
    for numbered in (scores.mated, scores.nonmated):
        _refuse_strangers(numbered.probe, scores.probes)
        _refuse_strangers(numbered.reference, scores.references)
    if scores.searches is not None:
        _refuse_strangers(scores.searches.probe, scores.probes)
        _refuse_strangers(scores.searches.who[scores.searches.who != -1], scores.references)
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
