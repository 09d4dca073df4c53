"""Columns of large delimited text files, by pandas' C parser, with every strictness that it lacks added.

Scores are parsed to the nearest float64. Texts stay texts, without missing-value words. Whatever the fast parser
refuses is read again as text, to name the rows that are wrong.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, shown
from fr_bench.reading import (
    TEXT_LIMIT,
    decode_text,
    open_regular,
    parse_csv,
    parse_label,
    parse_number,
    read_bytes,
    says_missing,
)
from fr_bench.scorefiles._raw import Texts

ROWS_AT_ONCE = 1 << 20
HEAD = 1 << 16
SCAN = 1 << 24
BLANKS = r"\s+"
"""Delimiter of files with any blanks between the fields."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first lines of a delimited file: its columns, called "1", "2" ... where it has no header."""

    path: Path
    name: str
    delimiter: str
    header: tuple[str, ...]
    first: tuple[str, ...]
    has_header: bool

    def place(self, row: int) -> str:
        """Where row `row` stands, if every row is one line."""
        return f"{self.name}:{row + 1 + self.has_header}"


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Columns of a file by name: numbers (NaN: missing), labels, texts.

    filled   for each column of numbers, how many rows there are up to its last cell that is not empty
    """

    numbers: Mapping[str, NDArray[np.float64]]
    labels: NDArray[np.bool_] | None
    texts: Mapping[str, Texts]
    filled: Mapping[str, int]


def read_head(path: Path, delimiter: str) -> Head:
    """The header and first row. A first line whose cells are all numbers, or no words, is no header.

    Raises DataError: `empty_file`, `length_mismatch` if the first row has another width, `bad_encoding`.
    """
    name = shown(str(path))
    with open_regular(path) as file:
        start = file.read(HEAD)
        rest = file.read(1)
    if rest:
        start = start[: start.rfind(b"\n") + 1] or start
    lines = decode_text(start, name).split("\n")
    table = parse_csv("\n".join(lines[:2]).encode(), name, delimiter=delimiter, header=False)
    first = table.rows[0]
    has_header = not any(_is_number(cell) for cell in first)
    header = first if has_header else tuple(str(k + 1) for k in range(len(first)))
    if has_header and len(set(header)) != len(header):
        twice = next(cell for cell in header if header.count(cell) > 1)
        raise DataError(f"{name}:1: column {shown(twice)!r} is there twice", code="duplicate_column")
    row = table.rows[1] if len(table) > 1 else ()
    return Head(path, name, delimiter, header, row if has_header else first, has_header)


def _is_number(text: str) -> bool:
    try:
        parse_number(text, "")
    except DataError:
        return False
    return True


def read_columns(
    head: Head, *, numbers: Sequence[str], label: str | None, texts: Sequence[str], words: Sequence[str] = ()
) -> Columns:
    """Read columns of a file. Texts of columns whose names are given together share their codes.

    words   further columns of texts, whose cells may be empty

    Raises DataError: `bad_number`, `bad_label`, `length_mismatch`, `bad_encoding`; missing scores become NaN.
    """
    import pandas as pd

    used = [*numbers, *([label] if label else []), *texts, *words]
    if words or len(used) < len(head.header):
        _refuse_uneven_rows(head)
    try:
        return _parse(head, used, numbers, label, texts, words, strict=True)
    except pd.errors.EmptyDataError:
        raise DataError(f"{head.name} is empty", code="empty_file") from None
    except UnicodeDecodeError as fault:
        decode_text(read_bytes(head.path, TEXT_LIMIT), head.name)  # names line and offset
        raise DataError(f"{head.name}: {fault}", code="bad_encoding") from None
    except pd.errors.ParserError as fault:
        raise _parser_fault(head, str(fault)) from None
    except (ValueError, OverflowError):
        pass
    _refuse_uneven_records(head)
    try:
        return _parse(head, used, numbers, label, texts, words, strict=False)
    except UnicodeDecodeError as fault:
        decode_text(read_bytes(head.path, TEXT_LIMIT), head.name)
        raise DataError(f"{head.name}: {fault}", code="bad_encoding") from None
    except pd.errors.ParserError as fault:
        raise _parser_fault(head, str(fault)) from None


def _parser_fault(head: Head, message: str) -> DataError:
    found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", message)
    if found:
        text = f"{head.name}:{found[2]}: {found[3]} fields where the header has {found[1]}"
        return DataError(text, code="length_mismatch")
    if "EOF inside string" in message:
        return DataError(f"{head.name}: a quoted field never ends", code="length_mismatch")
    return DataError(f"{head.name}: {message.strip()}", code="bad_csv")


def _parse(
    head: Head,
    used: Sequence[str],
    numbers: Sequence[str],
    label: str | None,
    texts: Sequence[str],
    words: Sequence[str],
    *,
    strict: bool,
) -> Columns:
    """One pass. `strict`: by the fast types, which refuse what is no number; else all as text, looked at one by one."""
    import pandas as pd

    at = {name: head.header.index(name) for name in used}
    label_as_number = strict and label is not None and head.first[at[label] : at[label] + 1] in (("0",), ("1",))
    dtype: dict[int, Any] = {at[name]: np.float64 if strict else object for name in numbers}
    dtype |= {at[name]: object for name in (*texts, *words)}
    if label is not None:
        dtype[at[label]] = np.int8 if label_as_number else object
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in used}
    codes: dict[str, int] = {}
    word_codes: dict[str, int] = {}
    said: dict[str, bool] = {}
    parsed: dict[str, float] = {}
    filled = dict.fromkeys(numbers, 0)
    row = 0
    for frame in _frames(pd, head, dtype, every=len(used) == len(head.header)):
        for name in numbers:
            column = frame[at[name]].to_numpy()
            parts[name].append(column if strict else _parsed(column, head, row, name, parsed))
            given = range(len(column)) if strict else np.flatnonzero(column != "")
            filled[name] = row + int(given[-1]) + 1 if len(given) else filled[name]
        if label is not None:
            column = frame[at[label]].to_numpy()
            if label_as_number:
                parts[label].append(_labels_of_numbers(column))
            else:
                parts[label].append(_labels_of_words(column, head, row, label, said))
        for name in (*texts, *words):
            table = codes if name in texts else word_codes
            parts[name].append(_coded(pd, frame[at[name]].to_numpy(), table))
        row += len(frame)
    if "" in codes and strict:
        raise ValueError("looked at one by one: is an id empty, or a row too short?")
    joined = {name: np.concatenate(found) if found else np.empty(0) for name, found in parts.items()}
    for name in numbers if strict else ():
        if joined[name].size and np.abs(joined[name]).max() >= 2.0**53:
            raise ValueError("looked at one by one: infinities must be written as such, integers must be exact")
    names = {name: tuple(codes if name in texts else word_codes) for name in (*texts, *words)}
    return Columns(
        {name: joined[name].astype(np.float64, copy=False) for name in numbers},
        joined[label].astype(bool, copy=False) if label is not None else None,
        {name: Texts(joined[name].astype(np.int32, copy=False), names[name]) for name in (*texts, *words)},
        filled,
    )


def _frames(pd: Any, head: Head, dtype: Mapping[int, Any], *, every: bool) -> Iterable[Any]:
    exact = {} if _version(pd) >= (3, 1) else {"float_precision": "round_trip"}
    with open_regular(head.path) as file:
        reader = pd.read_csv(
            file,
            sep=head.delimiter,
            header=0 if head.has_header else None,
            names=list(range(len(head.header))),
            usecols=None if every else sorted(dtype),
            dtype=dtype,
            na_filter=False,
            index_col=None,
            engine="c",
            encoding="utf-8",
            skip_blank_lines=len(head.header) > 1,
            compression=None,
            chunksize=ROWS_AT_ONCE,
            **exact,
        )
        with reader:
            yield from reader


def _version(module: Any) -> tuple[int, int]:
    major, minor = re.findall(r"\d+", module.__version__)[:2]
    return int(major), int(minor)


def _coded(pd: Any, column: NDArray[Any], codes: dict[str, int]) -> NDArray[np.int32]:
    """Codes of texts, by a table that grows from part to part."""
    local, found = pd.factorize(column)
    table = np.array([codes.setdefault(text, len(codes)) for text in found.tolist()], dtype=np.int32)
    coded: NDArray[np.int32] = table[local]
    return coded


def _parsed(column: NDArray[Any], head: Head, start: int, name: str, parsed: dict[str, float]) -> NDArray[np.float64]:
    values = np.empty(len(column))
    for k, text in enumerate(column.tolist()):
        if text not in parsed:
            parsed[text] = np.nan if says_missing(text) else exact_number(text, f"{head.place(start + k)}: {name!r}")
        values[k] = parsed[text]
    return values


def exact_number(text: str, where: str) -> float:
    """A number as float64; an integer that float64 cannot hold is refused, since it would tie with its neighbours."""
    value = parse_number(text, where)
    if abs(value) >= 2.0**53 and re.fullmatch(r"[+-]?[0-9]+", text.strip()) and int(text) != int(value):
        raise DataError(f"{where}: the integer {shown(text, 40)} is not exact in float64", code="bad_number")
    return value


def _labels_of_numbers(column: NDArray[np.int8]) -> NDArray[np.bool_]:
    if ((column < -1) | (column > 1)).any():
        raise ValueError("looked at one by one: these numbers are no labels")
    mated: NDArray[np.bool_] = column == 1
    return mated


def _labels_of_words(
    column: NDArray[Any], head: Head, start: int, name: str, words: dict[str, bool]
) -> NDArray[np.bool_]:
    import pandas as pd

    local, found = pd.factorize(column)
    for code, word in enumerate(found.tolist()):
        label = words.get(word, parse_label(word))
        if label is None:
            place = head.place(start + int(np.argmax(local == code)))
            if not word:
                _refuse_uneven_records(head)
            raise DataError(
                f"{place}: column {shown(name)!r}: {shown(word)!r} says neither mated nor nonmated; write 1 or 0",
                code="bad_label",
            )
        words[word] = label
    mated: NDArray[np.bool_] = np.array([words[word] for word in found.tolist()], dtype=np.bool_)[local]
    return mated


def _refuse_uneven_rows(head: Head) -> None:
    """Refuse rows of another width, which the fast parser overlooks when it leaves columns out."""
    separator = head.delimiter.encode()
    separators = lines = 0
    last = b""
    with open_regular(head.path) as file:
        while block := file.read(SCAN):
            if b'"' in block:
                return _refuse_uneven_records(head)
            separators += block.count(separator)
            lines += block.count(b"\n")
            last = block[-1:]
    lines += last not in (b"\n", b"")
    if separators != lines * (len(head.header) - 1):
        _refuse_uneven_records(head)
    return None


def _refuse_uneven_records(head: Head) -> None:
    with head.path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        blanks = head.delimiter == BLANKS
        reader = csv.reader(file, delimiter=" " if blanks else head.delimiter)
        before = 0
        for record in reader:
            cells = " ".join(record).split() if blanks else record
            if cells and len(cells) != len(head.header):
                raise DataError(
                    f"{head.name}:{before + 1}: {len(cells)} fields where the header has {len(head.header)}",
                    code="length_mismatch",
                )
            before = reader.line_num
