"""bob's score files: `claimed_id [model_label] real_id test_label score`, blanks between the fields, no header."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fr_bench.errors import DataError, shown
from fr_bench.reading import open_regular, parse_number, says_missing
from fr_bench.scorefiles._delimited import BLANKS, Head, read_columns
from fr_bench.scorefiles._raw import Asked, RawScores

DESCRIPTION = "bob's files of 4 or 5 columns: claimed_id [model_label] real_id test_label score"
LAYOUTS = {
    4: ("claimed_id", "real_id", "test_label", "score"),
    5: ("claimed_id", "model_label", "real_id", "test_label", "score"),
}


def recognises(paths: Sequence[Path], asked: Asked) -> bool:  # noqa: ARG001 - the layout has no options
    """One text file whose first line has four or five fields with blanks between, the last one a number."""
    if len(paths) != 1 or paths[0].suffix.lower() in (".npy", ".npz", ".parquet", ".pq"):
        return False
    fields = _first_line(paths[0])
    if len(fields) not in LAYOUTS:
        return False
    try:
        parse_number(fields[-1], "")
    except DataError:
        return says_missing(fields[-1])
    return True


def read(paths: Sequence[Path], asked: Asked) -> RawScores:  # noqa: ARG001
    """A comparison is mated where claimed and real id are equal, as text.

    In files of four columns the claimed id stands for the reference too. Raises DataError `length_mismatch` for a line
    of another width, `bad_number`.
    """
    name = shown(str(paths[0]))
    first = tuple(_first_line(paths[0]))
    if len(first) not in LAYOUTS:
        raise DataError(f"{name}:1: {len(first)} fields where bob's files have 4 or 5", code="length_mismatch")
    header = LAYOUTS[len(first)]
    head = Head(paths[0], name, BLANKS, header, first, has_header=False)
    columns = read_columns(head, numbers=["score"], label=None, texts=header[:-1])
    claimed, real = columns.texts["claimed_id"], columns.texts["real_id"]
    return RawScores(
        values=columns.numbers["score"],
        mated=claimed.codes == real.codes,
        name=name,
        place=head.place,
        probe=columns.texts["test_label"],
        reference=columns.texts.get("model_label", claimed),
        probe_subject=real,
        reference_subject=claimed,
        same_namespace="model_label" in columns.texts,
    )


def _first_line(path: Path) -> list[str]:
    with open_regular(path) as file:
        return file.readline(1 << 16).decode("utf-8-sig", "replace").split()
