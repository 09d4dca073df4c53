"""CSV with a column of mated and a column of nonmated scores, the shorter one filled up with empty cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fr_bench.errors import DataError
from fr_bench.scorefiles._attributes import unused_note
from fr_bench.scorefiles._delimited import read_columns, read_head
from fr_bench.scorefiles._raw import Asked, RawScores

DESCRIPTION = "CSV with a column of mated and a column of nonmated scores"


def recognises(paths: Sequence[Path], asked: Asked) -> bool:
    """One text file whose header names mated and nonmated scores."""
    if len(paths) != 1 or paths[0].suffix.lower() in (".npy", ".npz", ".parquet", ".pq"):
        return False
    head = read_head(paths[0], asked.delimiter_of(paths[0]))
    return {"mated", "nonmated"} <= asked.found_in(head.header, head.name).keys()


def read(paths: Sequence[Path], asked: Asked) -> RawScores:
    """Empty cells at the end of a column are no scores; empty cells before are missing ones."""
    head = read_head(paths[0], asked.delimiter_of(paths[0]))
    found = asked.found_in(head.header, head.name)
    if not {"mated", "nonmated"} <= found.keys():
        raise DataError(f"{head.name}:1: no columns of mated and nonmated scores", code="unknown_column")
    columns = read_columns(head, numbers=[found["mated"], found["nonmated"]], label=None, texts=[])
    # Only empty cells at the end fill a column up; a word such as NaN there is a score that is missing.
    mated, nonmated = (columns.numbers[found[name]][: columns.filled[found[name]]] for name in ("mated", "nonmated"))
    split = len(mated)
    return RawScores(
        values=np.concatenate([mated, nonmated]),
        mated=np.arange(split + len(nonmated)) < split,
        name=head.name,
        place=lambda row: head.place(row if row < split else row - split),
        notes=unused_note(head.header, [found["mated"], found["nonmated"]], (), head.name),
    )
