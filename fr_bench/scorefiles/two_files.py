"""Two files: mated scores and nonmated scores, as CSV (with or without header), lists of numbers, or .npy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fr_bench.errors import DataError, shown
from fr_bench.scorefiles import arrays, labelled
from fr_bench.scorefiles._delimited import read_head
from fr_bench.scorefiles._raw import Asked, RawScores, Texts

DESCRIPTION = "two files, mated scores first, nonmated scores second: CSV, a number a line, or .npy"


def recognises(paths: Sequence[Path], asked: Asked) -> bool:  # noqa: ARG001 - two files can be nothing else
    """Two files."""
    return len(paths) == 2


def read(paths: Sequence[Path], asked: Asked) -> RawScores:
    """Ids are kept if both files give them."""
    if len(paths) != 2:
        raise DataError(f"{len(paths)} files where two belong: mated scores, nonmated scores", code="length_mismatch")
    mated, nonmated = _one(paths[0], asked, mated=True), _one(paths[1], asked, mated=False)
    split = len(mated.values)
    sides = {name: _joined(getattr(mated, name), getattr(nonmated, name)) for name in labelled.IDS}
    return RawScores(
        values=np.concatenate([mated.values, nonmated.values]),
        mated=np.concatenate([mated.mated, nonmated.mated]),
        name=f"{mated.name}, {nonmated.name}",
        place=lambda row: mated.place(row) if row < split else nonmated.place(row - split),
        fold=_joined(mated.fold, nonmated.fold),
        notes=(*mated.notes, *nonmated.notes),
        attributes={
            name: (_appended(probe, nonmated.attributes[name][0]), _appended(reference, nonmated.attributes[name][1]))
            for name, (probe, reference) in mated.attributes.items()
            if name in nonmated.attributes
        },
        offered=tuple(name for name in mated.offered if name in nonmated.offered),
        probe=sides.get("probe"),
        reference=sides.get("reference"),
        probe_subject=sides.get("probe_subject"),
        reference_subject=sides.get("reference_subject"),
    )


def _one(path: Path, asked: Asked, *, mated: bool) -> RawScores:
    if path.suffix.lower() == ".npy":
        return arrays.one_class(path, mated=mated)
    head = read_head(path, asked.delimiter_of(path))
    found = asked.found_in(head.header, head.name)
    if "label" in found and "score" in found:
        raise DataError(
            f"{head.name} has a label column, {shown(found['label'])!r}; give it alone: two files hold the scores of "
            f"one class each, mated first",
            code="labels_in_two_files",
        )
    if "score" not in found and len(head.header) == 1:
        found["score"] = head.header[0]
    elif "score" not in found:
        own = found.get("mated" if mated else "nonmated")
        found |= {"score": own} if own else {}
    return labelled.table(head, found, mated=mated, by=asked.by)


def _joined(first: Texts | None, second: Texts | None) -> Texts | None:
    """Two columns one after the other, by one table of names."""
    return None if first is None or second is None else _appended(first, second)


def _appended(first: Texts, second: Texts) -> Texts:
    code: dict[str, int] = {}
    parts = []
    for column in (first, second):
        table = np.array([code.setdefault(name, len(code)) for name in column.names], dtype=np.int32)
        parts.append(table[column.codes])
    return Texts(np.concatenate(parts), tuple(code))
