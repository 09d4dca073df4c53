"""A file of image quality beside a data set: OFIQ's CSV as OFIQ writes it, or any CSV with a column of paths.

OFIQ separates by `;`, ends its header with one more, writes each measure raw and again as a `.scalar` of 0 to 100, and
-1 where it failed to assess. Rows are joined to samples by the path as it is given, then by the part of the path that
both have, then by the file's name where only one sample has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fr_bench.errors import DataError, nearest, shown
from fr_bench.findings import Note
from fr_bench.numerals import many
from fr_bench.reading import TEXT_LIMIT, CsvTable, decode_text, parse_csv, parse_number, read_bytes, says_missing

OPTION = "CSV file of image quality, such as OFIQ's, joined by the samples' paths; each column becomes an attribute"
PATH_COLUMNS = ("Filename", "filename", "path", "file", "image", "sample", "id")
OFIQ = "UnifiedQualityScore"
"""The column by which OFIQ's files are known; their columns are called `ofiq.` and the measure's name."""
SCALAR = ".scalar"
NOT_ASSESSED = -1.0
TIME = "assessment_time_in_ms"


@dataclass(frozen=True, slots=True)
class Joined:
    """Columns of quality in the order of the samples, "" where unknown.

    unmatched_rows      rows of the file that no sample belongs to
    unmatched_samples   samples that no row belongs to
    """

    columns: Mapping[str, tuple[str, ...]]
    unmatched_rows: int
    unmatched_samples: int


def read_quality(path: Path, ids: Sequence[str], names: Sequence[str]) -> Joined:
    """The qualities of the samples.

    ids, names   of each sample: its id, and what its file is called; both may be paths

    Raises DataError with file and line: `unknown_column` without a column of paths, `bad_number`, `duplicate_id` where
    two rows are of one sample, `unknown_sample` where not one row belongs to a sample, and what a CSV file may have.
    """
    table = _table(path)
    key = next((name for name in PATH_COLUMNS if name in table), None)
    if key is None:
        found = ", ".join(shown(name, 30) for name in table.header[:5])
        raise DataError(
            f"{table.name}:1: no column of paths among {found}; name one of them Filename or path",
            code="unknown_column",
        )
    rows = _rows_of_samples(table, table.column(key), ids, names)
    columns = {name: _column(table, name) for name in table.header if name not in (key, TIME, "")}
    if f"{OFIQ}{SCALAR}" in columns or OFIQ in columns:
        columns = {f"ofiq.{name}": values for name, values in _assessed(columns).items()}
    return Joined(
        columns={name: tuple("" if row is None else values[row] for row in rows) for name, values in columns.items()},
        unmatched_rows=len(table) - sum(row is not None for row in rows),
        unmatched_samples=sum(row is None for row in rows),
    )


def columns_to_measure(path: Path) -> tuple[str, ...]:
    """The qualities of a file that are measured where nobody names any: OFIQ's unified score, else every column.

    As attributes are called. Raises DataError as `read_quality` does for a file that cannot be read.
    """
    table = _table(path)
    if OFIQ in table or f"{OFIQ}{SCALAR}" in table:
        return (f"ofiq.{OFIQ}{SCALAR}" if f"{OFIQ}{SCALAR}" in table else f"ofiq.{OFIQ}",)
    return tuple(name for name in table.header if name not in (*PATH_COLUMNS, TIME, ""))


def notes_of(found: Joined) -> tuple[Note, ...]:
    """What of the file and of the samples found no partner."""
    notes = []
    if found.unmatched_rows:
        text = f"{many(found.unmatched_rows, 'row')} of the quality file found no sample of the data set."
        notes.append(Note(level="warning", code="quality_rows_unmatched", text=text))
    if found.unmatched_samples:
        has = "has" if found.unmatched_samples == 1 else "have"
        text = f"{many(found.unmatched_samples, 'sample')} {has} no row in the quality file, and so no quality."
        notes.append(Note(level="warning", code="quality_unknown", text=text))
    return tuple(notes)


def _table(path: Path) -> CsvTable:
    name = shown(str(path))
    lines = decode_text(read_bytes(path, TEXT_LIMIT), name).splitlines()
    head = lines[0] if lines else ""
    delimiter = max(";\t,", key=head.count)
    if head.endswith(delimiter) and head.count(delimiter) > 1:
        # OFIQ ends its header with a separator more than its rows have; a row may end with one, too.
        width = head.count(delimiter)
        lines = [head[:-1], *(line[:-1] if line.count(delimiter) == width else line for line in lines[1:])]
    return parse_csv("\n".join(lines).encode("utf-8"), name, delimiter=delimiter)


def _column(table: CsvTable, name: str) -> tuple[str, ...]:
    """The cells of a column of numbers, unknown ones empty."""
    cells = table.column(name)
    for row, text in enumerate(cells):
        if not says_missing(text):
            parse_number(text, table.where(row, name))
    return tuple("" if says_missing(text) else text.strip() for text in cells)


def _assessed(columns: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The columns with "" where OFIQ failed to assess: the scalar is -1, and the raw value means nothing."""
    found = {}
    for name, cells in columns.items():
        judge = columns.get(name if name.endswith(SCALAR) else f"{name}{SCALAR}", cells)
        found[name] = tuple(
            "" if text and float(text) == NOT_ASSESSED else cell for cell, text in zip(cells, judge, strict=True)
        )
    return found


def _rows_of_samples(
    table: CsvTable, paths: Sequence[str], ids: Sequence[str], names: Sequence[str]
) -> list[int | None]:
    """The row of each sample, or None."""
    given = [_plain(path) for path in paths]
    known = [(_plain(sample), _plain(name)) for sample, name in zip(ids, names, strict=True)]
    rows: list[int | None] = [None] * len(ids)
    for ending in (_whole, _tails, _file_name):
        samples: dict[str, list[int]] = {}
        for k, both in enumerate(known):
            for text in {text for one in both for text in ending(one)} if rows[k] is None else ():
                samples.setdefault(text, []).append(k)
        taken = {row for row in rows if row is not None}
        left = [row for row in range(len(given)) if row not in taken]
        asked = Counter(text for row in left for text in ending(given[row]))
        for row in left:
            for text in ending(given[row]):
                hits = samples.get(text, [])
                if len(hits) == 1 and (asked[text] == 1 or ending is _whole):
                    _take(table, paths, rows, hits[0], row)
                    break
    if table.rows and all(row is None for row in rows):
        hint = nearest(given[0], ids[:1000])
        raise DataError(
            f"{table.where(0)}: {shown(paths[0])!r} and all other rows belong to no sample{hint}", code="unknown_sample"
        )
    return rows


def _take(table: CsvTable, paths: Sequence[str], rows: list[int | None], sample: int, row: int) -> None:
    before = rows[sample]
    if before is not None:
        raise DataError(
            f"{table.where(row)}: {shown(paths[row])!r} is of the same sample as line {table.lines[before]}",
            code="duplicate_id",
        )
    rows[sample] = row


def _plain(path: str) -> str:
    """A path with `/` between its parts, without `./` before it.

    >>> _plain(".\\\\faces\\\\a.png")
    'faces/a.png'
    """
    return str(PurePosixPath(path.strip().replace("\\", "/")))


def _whole(path: str) -> list[str]:
    return [path]


def _tails(path: str) -> list[str]:
    """Ends of a path with at least two parts, the longest first; without the image's suffix too."""
    parts = path.split("/")
    ends = ["/".join(parts[k:]) for k in range(len(parts) - 1)]
    return [text for end in ends for text in dict.fromkeys((end, str(PurePosixPath(end).with_suffix(""))))]


def _file_name(path: str) -> list[str]:
    name = PurePosixPath(path).name
    return list(dict.fromkeys((name, PurePosixPath(name).stem))) if name else []
