"""Five landmarks a sample, from the columns that the project's tables give them in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError
from fr_bench.reading import CsvTable, parse_number, read_csv, says_missing
from fr_bench.sources import same_name

COLUMNS = ("lex", "ley", "rex", "rey", "nx", "ny", "lmx", "lmy", "rmx", "rmy")
"""Eye at the image's left, eye at its right, nose tip, mouth corners left and right: x right, y down, in pixels."""


def landmarks_of(table: CsvTable) -> NDArray[np.float64] | None:
    """(rows, 5, 2) landmarks of a table, a row of NaN where all ten cells are empty; None without these columns.

    Raises DataError `unknown_column` if some of the ten columns are missing, `bad_landmarks` if some cells of a row
    are empty, `bad_number` for a cell that is no finite number.
    """
    if not any(column in table for column in COLUMNS):
        return None
    absent = [column for column in COLUMNS if column not in table]
    if absent:
        raise DataError(
            f"{table.name}:1: landmarks without the columns {', '.join(absent)}; all ten belong together",
            code="unknown_column",
        )
    columns = [table.column(name) for name in COLUMNS]
    points = np.full((len(table), len(COLUMNS)), np.nan)
    for row, cells in enumerate(zip(*columns, strict=True)):
        missing = [name for name, cell in zip(COLUMNS, cells, strict=True) if says_missing(cell)]
        if len(missing) == len(COLUMNS):
            continue
        if missing:
            raise DataError(f"{table.where(row)}: landmarks without {', '.join(missing)}", code="bad_landmarks")
        for k, cell in enumerate(cells):
            value = parse_number(cell, table.where(row, COLUMNS[k]))
            if not math.isfinite(value):
                raise DataError(f"{table.where(row, COLUMNS[k])}: {cell!r} is not finite", code="bad_number")
            points[row, k] = value
    return points.reshape(-1, 5, 2)


def read_landmarks(path: Path, samples: Sequence[str]) -> NDArray[np.float64]:
    """(n, 5, 2) landmarks of samples that are known by their paths, from a CSV file `path,lex,ley,…,rmy`.

    Rows for other images are left out; a sample without a row gets NaN. Raises DataError `duplicate_id` where a path
    has two rows, and `no_landmarks` if no sample has a row.
    """
    table = read_csv(path)
    found = landmarks_of(table)
    if found is None:
        raise DataError(f"{table.name}:1: no landmark columns {','.join(COLUMNS)}", code="unknown_column")
    rows: dict[str, int] = {}
    for row, name in enumerate(table.column("path")):
        if rows.setdefault(same_name(name), row) != row:
            raise DataError(f"{table.where(row)}: path {name!r} has landmarks already", code="duplicate_id")
    points = np.full((len(samples), 5, 2), np.nan)
    known = [(k, rows[same_name(name)]) for k, name in enumerate(samples) if same_name(name) in rows]
    if not known:
        raise DataError(f"{table.name} names none of the images, such as {samples[0]!r}", code="no_landmarks")
    for sample, row in known:
        points[sample] = found[row]
    return points
