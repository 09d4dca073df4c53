"""The log of runs that were made on this machine: one line a run, only ever appended, each line tied to the last.

It lies in the file that FRBENCH_HISTORY names, else in the user's state folder: outside of every folder of runs, so
that a run that was deleted, or written elsewhere, still stands in it. A line holds the SHA-256 of the line before it:
a line that was changed or taken out shows. A line that cannot be read is told and kept. Whoever owns the file can write
all of it anew: it keeps honest people's memory, and is no proof against others.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fr_bench.errors import MachineError, shown
from fr_bench.provenance import canonical_json

FILE, FORMAT = "history.jsonl", 1
FIRST = "0" * 64
"""What the first line says of the line before it."""
PATIENCE = 10.0
"""Seconds that a run waits for another one to write its line."""
LONGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number from 1, what it says, and what is wrong with it or with the line before ("" if nothing)."""

    number: int
    facts: Mapping[str, Any]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Appended:
    """A line that was written: its number, the SHA-256 of the line before it, and all the lines before it."""

    number: int
    previous: str
    before: tuple[Line, ...]


def history_file() -> Path:
    """Where the log lies: the file that FRBENCH_HISTORY names, else `history.jsonl` in the user's state folder."""
    named = os.environ.get("FRBENCH_HISTORY")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_state_path("frbench", appauthor=False) / FILE


def append(facts: Mapping[str, Any], path: Path | None = None) -> Appended:
    """Write a line, and give what stood there before. The line is on the disk when this returns.

    facts   JSON types; "previous" and "format" are added

    Raises MachineError `history_not_written` where the file cannot be read, written or locked.
    """
    path = path or history_file()
    with _kept(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            before, previous, torn = _lines(path)
            line = canonical_json({**facts, "format": FORMAT, "previous": previous})
            # One write at the end of the file: a process that is killed leaves a whole line, or a torn one at the end.
            _write_at_end(path, b"\n" * torn + line.encode("utf-8", "backslashreplace") + b"\n")
    return Appended(len(before) + 1, previous, before)


def read(path: Path | None = None) -> tuple[Line, ...]:
    """Every line of the log; empty where there is none yet. Raises MachineError `history_not_written`."""
    path = path or history_file()
    with _kept(path):
        return _lines(path)[0]


@contextlib.contextmanager
def _kept(path: Path) -> Iterator[None]:
    from filelock import Timeout

    try:
        yield
    except (OSError, Timeout) as problem:
        why = "another run holds it" if isinstance(problem, Timeout) else problem.strerror or str(problem)
        raise MachineError(
            f"the log of runs {shown(str(path))} cannot be used ({shown(why)}); FRBENCH_HISTORY names another file",
            code="history_not_written",
        ) from problem


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    from filelock import FileLock

    with FileLock(path.with_name(f"{path.name}.lock"), timeout=PATIENCE):
        yield


def _write_at_end(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines(path: Path) -> tuple[tuple[Line, ...], str, bool]:
    """The lines, the SHA-256 of the last one, and whether that one is torn."""
    found: list[Line] = []
    previous, torn = FIRST, False
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return (), FIRST, False
    with file:
        for number, raw in enumerate(iter(lambda: file.readline(LONGEST), b""), 1):
            torn = not raw.endswith(b"\n")
            body = raw.removesuffix(b"\n")
            found.append(_line(number, body, previous))
            previous = hashlib.sha256(body).hexdigest()
    return tuple(found), previous, torn


def _line(number: int, body: bytes, previous: str) -> Line:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return Line(number, {}, "it cannot be read")
    if not isinstance(said, dict):
        return Line(number, {}, "it is no entry")
    fault = "" if said.get("previous") == previous else "the line before it was changed, or lines were taken out"
    return Line(number, said, fault)
