"""Text files from strangers, read strictly: CSV, TOML and JSON with file and line in every complaint.

Cells stay texts, byte for byte: 'NA', 'null', '007' and ' x' are what they are. Numbers are read by one grammar that
no locale changes. Only regular files are opened, and never more than a stated number of bytes is read.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import math
import os
import re
import stat
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from fr_bench.errors import DataError, FrBenchError, UsageError, nearest, shown
from fr_bench.keylines import KeyPath, key_lines

TEXT_LIMIT = 2 << 30
CONFIG_LIMIT = 16 << 20
CELL_LIMIT = 1 << 17
"""Longest cell of a CSV file, in characters: far above any id, far below what a missing quote swallows."""
MOST_FOLDS = 32767

_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INFINITY = re.compile(r"([+-]?)inf(?:inity)?", re.IGNORECASE)
_MISSING = frozenset({"", "nan", "+nan", "-nan", "na", "n/a", "#n/a", "null", "none", "nil", "missing", "-", "?"})
_MATED = frozenset({"1", "true", "mated", "genuine", "same", "match", "yes", "positive", "client", "intra", "t", "y"})
_NONMATED = frozenset(
    {"0", "-1", "false", "nonmated", "impostor", "imposter", "different", "diff", "nonmatch", "no", "negative",
     "not same", "inter", "f", "n"}
)  # fmt: skip


def open_regular(path: Path, *, where: str = "") -> BinaryIO:
    """Open a regular file for reading; a FIFO, device, socket or folder is refused before it can block.

    `where` names the place that asked for it, such as "pairs.txt:17". Raises DataError `file_missing`,
    `not_regular_file` or `unreadable_file`.
    """
    try:
        handle = os.open(path, _READ_FLAGS)
    except (OSError, ValueError) as fault:
        raise _not_opened(path, fault, f"{where}: " if where else "") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _not_opened(path, None, f"{where}: " if where else "")
    return os.fdopen(handle, "rb")


def _not_opened(path: Path, fault: OSError | ValueError | None, prefix: str) -> DataError:
    name = shown(str(path))
    if fault is None or path.is_dir() or getattr(fault, "errno", 0) in {errno.ELOOP, errno.ENXIO}:
        return DataError(f"{prefix}{name} is not a regular file; only those are read", code="not_regular_file")
    if isinstance(fault, FileNotFoundError | NotADirectoryError | ValueError):
        return DataError(f"{prefix}no such file: {name}", code="file_missing")
    return DataError(f"{prefix}{name} cannot be opened: {fault.strerror}", code="unreadable_file")


def read_bytes(path: Path, limit: int, *, where: str = "") -> bytes:
    """The whole content of a regular file of at most `limit` bytes. Raises DataError, `too_large` above the limit."""
    with open_regular(path, where=where) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(limit + 1) if size <= limit else b""
    if size > limit or len(data) > limit:
        prefix = f"{where}: " if where else ""
        raise DataError(f"{prefix}{shown(str(path))} has over {limit:,} bytes, the limit", code="too_large")
    return data


def decode_text(data: bytes, name: str, *, error: type[FrBenchError] = DataError) -> str:
    """UTF-8, with or without byte order mark, without NUL; all else is refused as `bad_encoding` with its offset."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise error(f"{name} is UTF-16 at offset 0; save it as UTF-8", code="bad_encoding")
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    try:
        text = data[start:].decode("utf-8")
    except UnicodeDecodeError as fault:
        at = start + fault.start
        line = data.count(b"\n", 0, at) + 1
        raise error(
            f"{name}:{line}: byte 0x{data[at]:02x} at offset {at} is not UTF-8; save the file as UTF-8",
            code="bad_encoding",
        ) from None
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        raise error(f"{name}:{line}: NUL byte at offset {nul}; this is no text file", code="bad_encoding")
    return text


@dataclass(frozen=True, slots=True, eq=False)
class CsvTable:
    """A CSV file as texts. `rows[k]` began on line `lines[k]` of the file `name`; all have the header's width."""

    name: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    lines: Sequence[int]

    def __contains__(self, column: object) -> bool:
        return column in self.header

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> tuple[str, ...]:
        """All cells of one column. Raises DataError `unknown_column` with the nearest known name."""
        if name not in self.header:
            hint = nearest(name, [shown(known) for known in self.header])
            raise DataError(f"{self.name}:1: no column {name!r}{hint}", code="unknown_column")
        at = self.header.index(name)
        return tuple(row[at] for row in self.rows)

    def where(self, row: int, column: str = "") -> str:
        """The place of a cell for messages: `file:line`, or `file:line: column 'name'`."""
        return f"{self.name}:{self.lines[row]}" + (f": column {column!r}" if column else "")


def read_csv(path: Path, *, delimiter: str = ",", header: bool = True) -> CsvTable:
    """Read a CSV file by RFC 4180; every cell stays a text.

    header   False: the file has none; the columns are then called "1", "2" ...

    Raises DataError: `file_missing`, `not_regular_file`, `too_large`, `bad_encoding`, `empty_file`, `length_mismatch`
    (a row of another width than the header, a quote that never closes), `bad_csv`, `duplicate_column`.
    """
    return parse_csv(read_bytes(path, TEXT_LIMIT), shown(str(path)), delimiter=delimiter, header=header)


def parse_csv(data: bytes, name: str, *, delimiter: str = ",", header: bool = True) -> CsvTable:
    r"""As `read_csv`, from bytes; `name` stands in messages.

    >>> table = parse_csv(b'path,subject\n"a,1.png", 007\n', "m.csv")
    >>> table.rows, table.where(0)
    ([('a,1.png', ' 007')], 'm.csv:2')
    """
    records = list(_records(decode_text(data, name), name, delimiter))
    while records and records[-1][1] == ():
        records.pop()  # blank lines at the end are no rows
    if not records:
        raise DataError(f"{name} is empty", code="empty_file")
    columns = records[0][1] if header else tuple(str(k + 1) for k in range(len(records[0][1])))
    if header:
        _refuse_repeated(columns, f"{name}:{records[0][0]}")
    rows = []
    for line, cells in records[1:] if header else records:
        if len(cells) != len(columns):
            if not cells and len(columns) == 1:
                cells = ("",)
            else:
                raise DataError(
                    f"{name}:{line}: {len(cells)} fields where the {'header' if header else 'first line'} has "
                    f"{len(columns)}",
                    code="length_mismatch",
                )
        rows.append(cells)
    return CsvTable(name, columns, rows, [line for line, _ in records[1 if header else 0 :]])


def _records(text: str, name: str, delimiter: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every record with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            what = str(fault)
            cut_short = "unexpected end of data" in what
            explained = "a quoted field never ends" if cut_short else what
            raise DataError(f"{name}:{line}: {explained}", code="length_mismatch" if cut_short else "bad_csv") from None
        yield line, tuple(cells)
        line = reader.line_num + 1


def _refuse_repeated(columns: tuple[str, ...], where: str) -> None:
    for column in columns:
        if columns.count(column) > 1:
            raise DataError(f"{where}: column {shown(column)!r} is there twice", code="duplicate_column")


def parse_number(text: str, where: str) -> float:
    """A number written with ASCII digits and a point; "inf" and "-inf" are legal, blanks around it are ignored.

    Raises DataError `bad_number` for everything else: decimal commas, group separators, other digits, NaN, numbers
    beyond float64. `where` is the place for the message.

    >>> parse_number("-1.5e-3", "")
    -0.0015
    >>> parse_number("0,93", "s.csv:4")
    Traceback (most recent call last):
    fr_bench.errors.DataError: s.csv:4: '0,93' is not a number; write it with a point, such as 0.93
    """
    trimmed = text.strip(" \t")
    if len(trimmed) <= 1000 and _NUMBER.fullmatch(trimmed):
        value = float(trimmed)
        if math.isinf(value):
            raise DataError(f"{where}: {shown(trimmed, 40)!r} is beyond float64", code="bad_number")
        return value
    infinity = _INFINITY.fullmatch(trimmed)
    if infinity:
        return -math.inf if infinity[1] == "-" else math.inf
    hint = "; write it with a point, such as 0.93" if "," in trimmed else ""
    raise DataError(f"{where}: {shown(text, 40)!r} is not a number{hint}", code="bad_number")


def says_missing(text: str) -> bool:
    """Whether a cell in a column of numbers says that there is none: empty, NaN, N/A, null ..."""
    return text.strip(" \t").lower() in _MISSING


def parse_label(text: str) -> bool | None:
    """Whether a word calls a comparison mated: True, False, or None for a word that says neither.

    >>> [parse_label(word) for word in ("1", "Genuine", "non-mated", "0.0", "maybe")]
    [True, True, False, False, None]
    """
    word = text.strip(" \t").lower()
    word = {"1.0": "1", "0.0": "0", "-1.0": "-1"}.get(word, word)
    for spelling in (word, word.replace("-", "").replace("_", "").replace(" ", "")):
        if spelling in _MATED or spelling in _NONMATED:
            return spelling in _MATED
    return None


def fold_numbers(labels: Collection[str], where: str) -> dict[str, int]:
    """What number each label of a fold stands for: 1, 2 ... in their order, as numbers if all are; "" is no fold, 0.

    >>> fold_numbers(["10", "", "0", "2"], "p.csv")
    {'0': 1, '2': 2, '10': 3, '': 0}
    >>> fold_numbers(["train", "test"], "p.csv")
    {'test': 1, 'train': 2}

    Raises DataError `too_many_folds` for over 32,767, as a column of something else would give. `where` is the place.
    """
    named = sorted({label for label in labels if label.strip()})
    if len(named) > MOST_FOLDS:
        raise DataError(f"{where}: {len(named):,} distinct folds; is this a column of folds?", code="too_many_folds")
    if all(_NUMBER.fullmatch(label.strip()) for label in named):
        named.sort(key=lambda label: float(label))
        values = sorted({float(label) for label in named})
        found = {label: 1 + values.index(float(label)) for label in named}
    else:
        found = {label: number for number, label in enumerate(named, 1)}
    return found | {label: 0 for label in labels if not label.strip()}


def read_json(path: Path, *, limit: int = 256 << 20) -> Any:
    """Read strict JSON: no NaN, no key twice. Raises DataError `bad_json` with file and line."""
    name = shown(str(path))

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise DataError(f"{name}: an object gives a key twice", code="bad_json")
        return found

    def no_constant(word: str) -> Any:
        raise DataError(f"{name}: {word} is not JSON", code="bad_json")

    text = decode_text(read_bytes(path, limit), name)
    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
    except json.JSONDecodeError as fault:
        raise DataError(f"{name}:{fault.lineno}: {fault.msg}", code="bad_json") from None
    except (RecursionError, ValueError) as fault:
        raise DataError(f"{name}: {fault}", code="bad_json") from None


@dataclass(frozen=True, slots=True, eq=False)
class TomlDocument:
    """A TOML file: its values, and on which line each key stands. `name` is the file's, for messages."""

    name: str
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, given as the path to it: `("dataset", "root")`; elements of arrays by their number."""
        return self.lines.get(tuple(path))

    def where(self, path: KeyPath = ()) -> str:
        """The place of a key, or of the nearest table around it: `file:line`, or `file` alone."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return f"{self.name}:{self.lines[path[:end]]}"
        return self.name


def read_toml(source: Path | str, *, name: str = "") -> TomlDocument:
    r"""Read TOML from a file (a Path) or from a text. Raises UsageError `bad_toml` with file and line.

    >>> read_toml("[dataset]\nroot = 'faces'\n").line(("dataset", "root"))
    2
    """
    if isinstance(source, Path):
        name = name or shown(str(source))
        try:
            text = decode_text(read_bytes(source, CONFIG_LIMIT), name, error=UsageError)
        except DataError as fault:
            raise UsageError(fault.message, code=fault.code) from None
    else:
        text, name = source, name or "<text>"
    try:
        data = tomllib.loads(text)
        lines = key_lines(text)
    except tomllib.TOMLDecodeError as fault:
        what, line = _toml_fault(str(fault), text)
        raise UsageError(f"{name}:{line}: {what}", code="bad_toml") from None
    except (RecursionError, ValueError) as fault:
        raise UsageError(f"{name}: {fault}", code="bad_toml") from None
    return TomlDocument(name, data, lines)


def _toml_fault(message: str, text: str) -> tuple[str, int]:
    """What tomllib complains about, and the line it means."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    if not found:
        return message, 1
    return message[: found.start()], int(found[1]) if found[1] else text.rstrip("\n").count("\n") + 1
