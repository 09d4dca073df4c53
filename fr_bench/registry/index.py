"""The index: a `Registry` as a SQLite file that can be made again at any time, and read whole or by a search.

It is written to memory and put in its place in one step, under a lock; a reader takes the bytes of the file into memory
and never writes. So no reader sees half an index, and no file of SQLite's own ever lies beside it. Equal registries
give equal bytes. The file ends with the SHA-256 of what is before: a flipped bit must not change a figure. That
proves no more, as anybody can reckon it, so a file is hostile until its tables and records are of the form that we
make.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from fr_bench.errors import DataError, MachineError, UsageError, nearest, shown
from fr_bench.reading import read_bytes
from fr_bench.registry.entry import SCHEMA, Entry, Problem, Registry, refuse_unsound
from fr_bench.registry.queries import ORDER, Query, conditions, digests, folded, legal, searched
from fr_bench.storage.files import write_atomic, write_failure

VERSION = 2
"""2: entries tell who signed them, and of earlier runs."""
MOST_BYTES = 2 << 30
MAGIC = b"SQLite format 3\0"
APPLICATION = 0x46524247
"""SQLite's `application_id`: "FRBG"."""
HEAD = 100
"""Bytes of the head of a SQLite file."""
SEAL = b"\nfrbench registry, SHA-256 "
TABLES = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, digest TEXT NOT NULL, vendor TEXT NOT NULL, algorithm TEXT NOT "
    "NULL, tested TEXT NOT NULL, searched TEXT NOT NULL, digests TEXT NOT NULL, "
    "document BLOB NOT NULL)",
    "CREATE TABLE verdicts (number INTEGER NOT NULL, scheme TEXT NOT NULL, verdict TEXT NOT NULL)",
    "CREATE TABLE problems (place TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL)",
)
MOST_KNOWN = 1000
"""Names beyond which the nearest is not looked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The entries that were asked for, in order, out of how many; and what in the folders is no entry."""

    title: str
    entries: tuple[Entry, ...]
    total: int
    problems: tuple[Problem, ...]


def write(path: Path, registry: Registry) -> None:
    """Put an index in its place, whole or not at all.

    Raises MachineError `write_failed`; UsageError `bad_output` where another file, or a newer index, is in the way.
    """
    refuse_others(path)
    write_atomic(path, as_bytes(registry))


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the right to rebuild an index. Waits 0 s; raises MachineError `locked` where another rebuild has it."""
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_name(f".{path.name}.lock"))
    with write_failure(path):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise MachineError(f"{shown(str(path))} is being rebuilt by another process; wait for it to end",
                               code="locked") from None  # fmt: skip
    try:
        yield
    finally:
        lock.release()


def refuse_others(path: Path) -> None:
    """Raise UsageError `bad_output` where a file stands that is no index of this version or an older one."""
    if not path.exists():
        return
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(HEAD)
    version = _version(head)
    if version is None:
        raise UsageError(f"{shown(str(path))} is no index of a registry, and is left untouched; name another file with "
                         "--index", code="bad_output")  # fmt: skip
    if version > VERSION:
        raise UsageError(f"{shown(str(path))} was made by a newer frbench (version {version} of the index; this one "
                         f"makes {VERSION}); move it aside, or name another file with --index",
                         code="bad_output")  # fmt: skip


def _version(head: bytes) -> int | None:
    """The version of an index by the head of its file, where SQLite keeps what an application says; None for others."""
    if not head.startswith(MAGIC) or len(head) < HEAD or int.from_bytes(head[68:72], "big") != APPLICATION:
        return None
    return int.from_bytes(head[60:64], "big")


def sealed(image: bytes) -> bytes:
    """The file of an index: the SQLite image, and behind it its SHA-256, which SQLite does not look at."""
    return image + SEAL + hashlib.sha256(image).hexdigest().encode("ascii") + b"\n"


def as_bytes(registry: Registry) -> bytes:
    """The bytes of the index."""
    import msgspec

    made = sqlite3.connect(":memory:")
    with contextlib.closing(made):
        made.execute(f"PRAGMA application_id = {APPLICATION}")
        made.execute(f"PRAGMA user_version = {VERSION}")
        for table in TABLES:
            made.execute(table)
        made.executemany("INSERT INTO about VALUES (?, ?)", [("schema", SCHEMA), ("title", legal(registry.title))])
        for number, one in enumerate(registry.entries):
            row = (number, one.digest, folded(one.vendor), folded(one.algorithm), _day(one.tested), searched(one))
            document = msgspec.json.encode(_plain(one))
            made.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, digests(one), document))
            verdicts = [(number, folded(found.scheme), found.verdict or "") for found in one.rehearsed]
            made.executemany("INSERT INTO verdicts VALUES (?, ?, ?)", verdicts)
        rows = [(legal(one.place), one.state, legal(one.reason)) for one in registry.problems]
        made.executemany("INSERT INTO problems VALUES (?, ?, ?)", rows)
        made.commit()
        return sealed(bytes(made.serialize()))


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _plain(value: Any) -> Any:
    """A record in JSON types: its texts fit for UTF-8, and without the fields that hold what they would hold anyway."""
    if isinstance(value, str):
        return value if value.isascii() else legal(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {}
        for name, always in _defaults(type(value)):
            one = getattr(value, name)
            if one != always:
                found[name] = _plain(one)
        return found
    if isinstance(value, Mapping):
        return {legal(str(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


@lru_cache
def _defaults(record: type) -> tuple[tuple[str, Any], ...]:
    """The fields of a record and what each holds unless told otherwise."""
    return tuple(
        (one.name, one.default if one.default_factory is dataclasses.MISSING else one.default_factory())
        for one in dataclasses.fields(record)
    )


def read(path: Path, query: Query) -> Answer:
    """The entries of an index that a query asks for.

    Raises DataError `file_missing`, `bad_index` or `wrong_schema`; UsageError `unknown_name` for a vendor, algorithm or
    scheme that the index does not hold at all, with the nearest that it holds.
    """
    with _opened(path) as index:
        try:
            return _answer(index, query)
        except (sqlite3.Error, ValueError, KeyError) as fault:
            raise _no_index(path, str(fault)) from None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise DataError(f"there is no index {shown(str(path))}; make it with `frbench registry rebuild FOLDER...`",
                        code="file_missing")  # fmt: skip
    image = _image(path, read_bytes(path, MOST_BYTES))
    index = sqlite3.connect(":memory:")
    with contextlib.closing(index):
        try:
            index.deserialize(image)
            index.execute("PRAGMA trusted_schema = OFF")
            index.execute("PRAGMA query_only = ON")
            tables = index.execute("SELECT sql FROM sqlite_master").fetchall()
        except (sqlite3.Error, ValueError) as fault:
            raise _no_index(path, str(fault)) from None
        if {sql for (sql,) in tables} != set(TABLES):
            raise _no_index(path, "its tables are none of frbench's")
        yield index


def _image(path: Path, data: bytes) -> bytes:
    """The SQLite image of a file, if it is an index of ours and what was written."""
    version = _version(data[:HEAD])
    if version is None:
        raise _no_index(path, "it has not the head of one")
    if version > VERSION:
        raise DataError(
            f"{shown(str(path))} was made by a newer frbench (version {version} of the index; this one reads "
            f"{VERSION}); use that one, or make another with `frbench registry rebuild FOLDER... --index FILE`",
            code="wrong_schema",
        )
    if version < VERSION:
        raise DataError(f"{shown(str(path))} was made by an older frbench and does not tell who signed what; make it "
                        "again with `frbench registry rebuild FOLDER...`", code="wrong_schema")  # fmt: skip
    image = data[: -len(sealed(b""))]
    if sealed(image) != data:
        raise _no_index(path, "it is not what was written")
    return image


def _no_index(path: Path, why: str) -> DataError:
    return DataError(
        f"{shown(str(path))} is no index of a registry, or a damaged one ({shown(why, 100)}); make it again with "
        "`frbench registry rebuild FOLDER...`",
        code="bad_index",
    )


def _answer(index: sqlite3.Connection, query: Query) -> Answer:
    where, values = conditions(query)
    rows = index.execute(f"SELECT document FROM entries{where} ORDER BY {ORDER[query.sort]}", values)
    entries = _entries(rows)
    if query.valid_on is not None:
        day = query.valid_on
        entries = [one for one in entries if one.product is not None and one.product.valid_on(day)]
    if query.sort == "valid-until":
        entries.sort(key=lambda one: (_until(one), folded(one.vendor), folded(one.algorithm), one.digest))
    if not entries:
        _refuse_unknown(index, query)
    (total,) = index.execute("SELECT count(*) FROM entries").fetchone()
    about = dict(index.execute("SELECT name, text FROM about").fetchall())
    problems = index.execute("SELECT place, state, reason FROM problems ORDER BY place, reason").fetchall()
    told = tuple(Problem(place=str(place), state=str(state), reason=str(why)) for place, state, why in problems)
    return Answer(str(about["title"]), tuple(entries), int(total), told)


def _entries(rows: Iterable[tuple[Any]]) -> list[Entry]:
    """The entries of documents; ValueError where one is none, or holds a figure that cannot be drawn."""
    import msgspec

    decoder = msgspec.json.Decoder(Entry)
    found = []
    for (document,) in rows:
        if not isinstance(document, bytes | str):
            raise ValueError("a document is missing")
        try:
            entry = decoder.decode(document)
        except msgspec.MsgspecError as fault:  # a ValueError itself in later versions only
            raise ValueError(str(fault)) from fault
        for one in (*entry.figures, *(row.measurement for made in entry.rehearsed for row in made.judged)):
            refuse_unsound(one)
        found.append(entry)
    return found


def _until(entry: Entry) -> date:
    """When the validity ends; entries that state none come last."""
    ends = [entry.product.valid_until, entry.product.withdrawn] if entry.product is not None else []
    return min((day for day in ends if day is not None), default=date.max)


def _refuse_unknown(index: sqlite3.Connection, query: Query) -> None:
    """A name that no entry holds is a slip of the pen; one that others hold is an answer: none."""
    asked = {name: text for name in ("vendor", "algorithm", "scheme") if (text := getattr(query, name))}
    if not asked:
        return
    entries = _entries(index.execute("SELECT document FROM entries"))
    schemes = sorted({found.scheme for one in entries for found in one.rehearsed})
    for name, text in asked.items():
        known = schemes if name == "scheme" else sorted({getattr(one, name) for one in entries} - {""})
        if not any(folded(text) in folded(one) for one in known):
            hint = nearest(text, known) if len(known) <= MOST_KNOWN else ""
            raise UsageError(f"--{name} {shown(text)!r}: no entry has such a name{shown(hint, 300)}",
                             code="unknown_name")  # fmt: skip


def _names(entry: Entry) -> tuple[str, ...]:
    number = (entry.product.number,) if entry.product is not None and entry.product.number else ()
    folders = (entry.folder, *entry.copies)
    return (*folders, *(PurePosixPath(folder).name for folder in folders), *number)


def find(path: Path, text: str) -> Entry:
    """The one entry whose id, digest, number or folder this is; a digest's first digits or a folder's name will do.

    Raises DataError `no_such_entry` for none or several, and what `read` raises.
    """
    asked = text.strip().rstrip("/")
    entries = read(path, Query(sort="oldest")).entries
    found = [one for one in entries if asked and (one.digest.startswith(asked) or asked in _names(one))]
    if len(found) == 1:
        return found[0]
    if found:
        told = ", ".join(one.id for one in found[:5])
        raise DataError(f"{shown(asked)!r} may be one of {len(found)} entries: {told}; name it by its id",
                        code="no_such_entry")  # fmt: skip
    hint = nearest(asked, [one.id for one in entries]) if 0 < len(entries) <= 1000 else ""
    raise DataError(f"no entry {shown(asked)!r}{hint if 'mean' in hint else ''}; `frbench registry list` shows all",
                    code="no_such_entry")  # fmt: skip
