"""The cache of templates: what a recognizer answered for a picture, kept by content, so that nothing is computed twice.

An answer is found by the SHA-256 of everything it depends on, so a stale one cannot be met: other image bytes, other
landmarks, another model, preprocessing, version or provider give another key. The cache is a convenience: a run that
cannot use it (read-only folder, full disk, damaged file) computes everything and says so once.

One SQLite file holds the answers. Its journal makes it safe to kill at any moment and to share between processes.
Every entry carries the version of its layout, its length and a SHA-256 of key and content; an entry that does not add
up is computed again and replaced. Which entries are dropped when the file grows too large is decided by a counter of
runs, never by a clock.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from fr_bench.findings import Note
from fr_bench.provenance import canonical_json
from fr_bench.storage._entries import FORMAT, Answer, checked, digest_of, packed, unpacked

FILE = f"templates-{FORMAT}.sqlite3"
LIMIT_BYTES = 4 << 30
COMMIT_EVERY = 1.0
"""Seconds of work that a power cut may cost, about."""
COMMIT_ENTRIES = 512
ASKED_AT_ONCE = 500

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, format INTEGER NOT NULL, kind TEXT NOT NULL, length INTEGER NOT NULL, digest BLOB NOT NULL,
    body BLOB NOT NULL, recognizer TEXT NOT NULL, used INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS answers_by_use ON answers (used);
CREATE TABLE IF NOT EXISTS facts (key BLOB PRIMARY KEY, digest BLOB NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL);
"""


def cache_folder() -> Path:
    """Where the cache lies: the folder named by FRBENCH_CACHE, else the user's cache folder."""
    named = os.environ.get("FRBENCH_CACHE")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("frbench", appauthor=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """What a cache holds. `recognizers` counts the answers by the name of the recognizer that gave them."""

    path: Path
    answers: int
    file_bytes: int
    recognizers: Mapping[str, int]


class TemplateCache:
    """Answers by key. Use it as a context manager, from one thread: `with TemplateCache() as cache: ...`.

    folder   where its file lies; `cache_folder()` if not given
    limit    bytes; beyond it the answers that were not used for longest are dropped when the cache is closed

    A cache that cannot be used stays silent in all methods and has a note in `notes`.
    """

    def __init__(self, folder: Path | None = None, *, limit: int = LIMIT_BYTES) -> None:
        self.path = (folder or cache_folder()) / FILE
        self.limit = limit
        self.notes: list[Note] = []
        self.hits = 0
        self._waiting: dict[str, tuple[str, bytes, str]] = {}
        self._met: set[str] = set()
        self._committed = time.monotonic()
        self._writable = True
        self._run = 0
        self._database = self._open()

    def __enter__(self) -> TemplateCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get(self, keys: Sequence[str]) -> dict[str, Answer]:
        """The answers that are there, by key."""
        found: dict[str, Answer] = {}
        for key in keys:
            if key in self._waiting:
                kind, body, _ = self._waiting[key]
                found[key] = unpacked(kind, body)
        for row in self._rows([key for key in keys if key not in found]):
            key, format_, kind, length, digest, body = row
            name = bytes(key).hex() if isinstance(key, bytes) else ""
            answer = checked(name, format_, kind, length, digest, body)
            if answer is None:
                self._note("cache_damaged", f"Entries of the cache {self.path} are damaged; they were computed again.")
            else:
                found[name] = answer
        self.hits += len(found)
        self._met |= found.keys()
        return found

    def put(self, key: str, answer: Answer, recognizer: str) -> None:
        """Keep an answer; it is on disk about a second later, or after `flush`."""
        kind, body = packed(answer)
        self._waiting[key] = kind, body, recognizer
        if len(self._waiting) >= COMMIT_ENTRIES or time.monotonic() - self._committed >= COMMIT_EVERY:
            self.flush()

    def fact(self, key: str) -> Mapping[str, Any] | None:
        """A fact about a recognizer that was found out once, such as whether its templates depend on the batch."""
        if self._database is None:
            return None
        try:
            asked = "SELECT digest, body FROM facts WHERE key = ?"
            row = self._database.execute(asked, (bytes.fromhex(key),)).fetchone()
        except sqlite3.Error:
            return None
        if row is None or row[0] != digest_of(key, "fact", str(row[1]).encode("utf-8", "replace")):
            return None
        value = json.loads(row[1])
        return value if isinstance(value, dict) else None

    def keep_fact(self, key: str, value: Mapping[str, Any]) -> None:
        """Keep a fact; values are JSON types."""
        body = canonical_json(dict(value))
        row = bytes.fromhex(key), digest_of(key, "fact", body.encode()), body
        self._write([("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", [row])])

    def flush(self) -> None:
        """Bring everything that was put to the disk."""
        rows = [
            (bytes.fromhex(key), FORMAT, kind, len(body), digest_of(key, kind, body), body, recognizer, self._run)
            for key, (kind, body, recognizer) in self._waiting.items()
        ]
        if rows:
            self._write([("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)])
        self._waiting.clear()
        self._committed = time.monotonic()

    def close(self) -> None:
        """Flush, remember what was used, drop what is beyond the limit, and close the file. May be called twice."""
        self.flush()
        if self._database is None:
            return
        if self._met and self._writable:
            rows = [(self._run, bytes.fromhex(key)) for key in sorted(self._met)]
            self._write([("UPDATE answers SET used = ? WHERE key = ?", rows)])
        if self._writable:
            self.shrink(self.limit)
        with contextlib.suppress(sqlite3.Error):
            self._database.close()
        self._database = None

    def shrink(self, limit: int) -> int:
        """Drop the answers unused for longest until the file has at most `limit` bytes; gives how many were dropped."""
        dropped = 0
        while self._database is not None and self._writable and (over := self._used_bytes() - limit) > 0:
            total = self._count()
            share = max(1, min(total, int(total * (over / max(1, self._used_bytes()))) + 1))
            if not total:
                break
            oldest = "DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY used, key LIMIT ?)"
            if not self._write([(oldest, [(share,)])]):
                break
            dropped += share
        if dropped:
            self._give_back()
        return dropped

    def _used_bytes(self) -> int:
        return sum(sign * self._pragma(name) for name, sign in (("page_count", 1), ("freelist_count", -1))) * max(
            1, self._pragma("page_size")
        )

    def _pragma(self, name: str) -> int:
        if self._database is None:
            return 0
        try:
            return int(self._database.execute(f"PRAGMA {name}").fetchone()[0])
        except sqlite3.Error:
            return 0

    def _count(self) -> int:
        if self._database is None:
            return 0
        try:
            return int(self._database.execute("SELECT COUNT(*) FROM answers").fetchone()[0])
        except sqlite3.Error:
            return 0

    def _give_back(self) -> None:
        """Free pages go back to the file system; another process that is reading only delays it."""
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("PRAGMA incremental_vacuum").fetchall()
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _open(self) -> sqlite3.Connection | None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self._connected()
        except sqlite3.OperationalError as problem:
            return self._opened_for_reading(problem)
        except sqlite3.DatabaseError:
            return self._started_anew()
        except OSError as problem:
            self._unusable(problem.strerror or str(problem))
            return None

    def _connected(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=10.0, isolation_level=None, check_same_thread=False)
        try:
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
            database.execute("PRAGMA journal_mode = WAL").fetchall()
            database.execute("PRAGMA synchronous = NORMAL")
            database.executescript(SCHEMA)
            database.execute("INSERT INTO runs VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET count = count + 1")
            self._run = int(database.execute("SELECT count FROM runs").fetchone()[0])
        except BaseException:
            database.close()
            raise
        return database

    def _opened_for_reading(self, problem: Exception) -> sqlite3.Connection | None:
        """A cache that may be read and not written still saves the work of others."""
        self._writable = False
        if self.path.is_file():
            database = None
            try:
                database = sqlite3.connect(
                    f"{self.path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
                )
                database.execute("SELECT COUNT(*) FROM runs").fetchone()
            except sqlite3.Error:
                if database is not None:
                    database.close()
                self._unusable(str(problem))
                return None
            self._note("cache_read_only", f"The cache {self.path} cannot be written ({problem}); it was only read.")
            return database
        self._unusable(str(problem))
        return None

    def _started_anew(self) -> sqlite3.Connection | None:
        """The file is no database any more: it is put aside, and an empty one takes its place."""
        self._note("cache_damaged", f"The cache {self.path} was damaged and has been started anew.")
        aside = self.path.with_name(f"{self.path.name}.damaged")
        try:
            for end in ("-wal", "-shm"):
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)
            self.path.replace(aside)
            return self._connected()
        except (OSError, sqlite3.Error) as problem:
            self._unusable(str(problem))
            return None

    def _rows(self, keys: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Entries with these keys, read before the next statement begins."""
        if self._database is None:
            return
        for start in range(0, len(keys), ASKED_AT_ONCE):
            part = [bytes.fromhex(key) for key in keys[start : start + ASKED_AT_ONCE]]
            marks = ",".join("?" * len(part))
            try:
                yield from self._database.execute(
                    f"SELECT key, format, kind, length, digest, body FROM answers WHERE key IN ({marks})", part
                ).fetchall()
            except sqlite3.OperationalError as problem:
                text = f"The cache {self.path} could not be read ({problem}); templates were computed."
                self._note("cache_busy", text)
            except sqlite3.DatabaseError:
                self._database.close()
                self._database = self._started_anew()
                return

    def _write(self, statements: Iterable[tuple[str, Sequence[tuple[Any, ...]]]]) -> bool:
        """Run statements in one transaction. A disk that is full or read-only ends the writing, not the run."""
        if self._database is None or not self._writable:
            return False
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except BaseException as problem:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            if not isinstance(problem, sqlite3.Error):
                raise  # Ctrl-C: what waits is written when the cache is closed
            self._writable = False
            text = f"The cache {self.path} cannot be written ({problem}); templates are not kept."
            self._note("cache_not_written", text)
            return False
        return True

    def _unusable(self, problem: str) -> None:
        self._writable = False
        self._note("cache_unusable", f"The cache {self.path} cannot be used ({problem}); templates are not kept.")

    def _note(self, code: str, text: str) -> None:
        if all(note.code != code for note in self.notes):
            self.notes.append(Note(level="warning", code=code, text=text))


def info(folder: Path | None = None) -> CacheInfo:
    """What a cache holds, without writing to it; a cache that does not exist holds nothing."""
    path = (folder or cache_folder()) / FILE
    with _reading(path) as database:
        if database is None:
            return CacheInfo(path=path, answers=0, file_bytes=_bytes_of(path), recognizers={})
        counts = database.execute("SELECT recognizer, COUNT(*) FROM answers GROUP BY recognizer ORDER BY 1").fetchall()
    names = {str(name): int(count) for name, count in counts}
    return CacheInfo(path=path, answers=sum(names.values()), file_bytes=_bytes_of(path), recognizers=names)


def verify(folder: Path | None = None) -> tuple[int, int]:
    """Check every entry of a cache without writing to it: how many are whole, and how many are damaged."""
    whole = damaged = 0
    with _reading((folder or cache_folder()) / FILE) as database:
        if database is None:
            return 0, 0
        for key, *rest in database.execute("SELECT key, format, kind, length, digest, body FROM answers"):
            good = isinstance(key, bytes) and checked(key.hex(), *rest) is not None
            whole, damaged = whole + good, damaged + (not good)
    return whole, damaged


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The database opened for reading, or None where there is none that can be read."""
    database = None
    if path.is_file():
        try:
            database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            database.execute("SELECT COUNT(*) FROM runs").fetchone()
        except sqlite3.Error:
            database = None
    try:
        yield database
    finally:
        if database is not None:
            database.close()


def _bytes_of(path: Path) -> int:
    """Size of the file and of its journal."""
    total = 0
    for end in ("", "-wal"):
        with contextlib.suppress(OSError):
            total += path.with_name(path.name + end).stat().st_size
    return total
