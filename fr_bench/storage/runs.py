"""A run folder: one process at a time writes it, a killed run goes on in it, a finished one is never changed.

    identity        digest of all that the run depends on, written first
    run.toml        the resolved configuration           log.jsonl       what happened, a line an event
    ...             what the run writes                  manifest.json   size and SHA-256 of every file
    complete        SHA-256 of the manifest: the last thing written
    .lock           held by the operating system for as long as the process lives; `.holder` says who holds it

The lock is one of the operating system (`filelock`), not a file that must be removed: it is gone with its process,
however that ended, so no stale lock is ever taken over by guessing, and two processes cannot both believe to have it.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from fr_bench.errors import DataError, MachineError, shown
from fr_bench.provenance import digest_bytes, digest_file
from fr_bench.reading import open_regular
from fr_bench.storage.files import (
    is_leftover,
    json_bytes,
    make_folder,
    remove_leftovers,
    sync_folder,
    write_atomic,
    write_failure,
    write_json,
)

State = Literal["new", "incomplete", "complete", "other"]

IDENTITY, MANIFEST, COMPLETE, LOG = "identity", "manifest.json", "complete", "log.jsonl"
LOCK, HOLDER, LATEST = ".lock", ".holder", "latest"
NAME_BYTES = 60
"""Bytes of a data set's or recognizer's name that a folder name takes over."""
POINTER_BYTES = 1 << 10
"""Most bytes of a file `latest`: above what any file system lets a folder be called."""


def name_of(dataset: str, recognizer: str, digest: str) -> str:
    """The name of a run's folder: data set, recognizer, first eight digits of the digest. Safe whatever the names.

    >>> name_of("lfw", "mobilefacenet", "0123456789abcdef")
    'lfw-mobilefacenet-01234567'
    >>> name_of("../..", "a/b:c", "0123456789abcdef")
    'x-a_b_c-01234567'
    """
    return f"{_safe(dataset)}-{_safe(recognizer)}-{digest[:8]}"


def _safe(text: str) -> str:
    normal = unicodedata.normalize("NFC", text)
    kept = "".join(c if c.isalnum() or c in "._-" else "_" for c in normal).strip("._- ")
    cut = kept.encode("utf-8", "ignore")[:NAME_BYTES].decode("utf-8", "ignore").rstrip("._-")
    return cut or "x"


def state_of(path: Path, digest: str) -> State:
    """What stands at a path, as far as a run with this digest is concerned. Reads only.

    "complete" means that the mark fits the manifest, and every file of the manifest is there in its size; whether
    the contents are still the same is for `damaged` to say.
    """
    try:
        names = {entry.name for entry in path.iterdir()}
    except FileNotFoundError:
        return "new"
    except OSError:
        return "other"
    if not {n for n in names if not is_leftover(n)} - {LOCK, HOLDER}:
        return "new"
    if _text(path / IDENTITY) != digest:
        return "other"
    return "complete" if is_complete(path) else "incomplete"


def is_complete(path: Path) -> bool:
    """Whether a run folder carries its last mark, and all files of its manifest in their sizes."""
    try:
        manifest = (path / MANIFEST).read_bytes()
        if _text(path / COMPLETE) != digest_bytes(manifest):
            return False
        files: dict[str, dict[str, Any]] = json.loads(manifest)["files"]
        return all((path / name).stat().st_size == said["bytes"] for name, said in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run folder as `opened`: what was found there, and for a run that is not complete, the right to write."""

    path: Path
    digest: str
    state: State

    @property
    def checkpoint(self) -> Path:
        """Where unfinished work is kept; it must be gone when the run is finished."""
        return self.path / "checkpoint"

    def log(self, event: str, **facts: Any) -> None:
        """Append a line to the log: UTC time, event, facts (JSON types). A line is written at once or not at all."""
        line = json.dumps({"at": utc_now(), "event": event, **facts}, allow_nan=False) + "\n"
        with write_failure(self.path / LOG), (self.path / LOG).open("ab") as file:
            torn = file.tell() > 0 and not _ends_with_newline(self.path / LOG)
            file.write(b"\n" * torn + line.encode("ascii"))

    def finish(self) -> None:
        """Write the manifest, then the mark `complete`: from here on the folder is never written again.

        Raises ValueError if unfinished work is left in `checkpoint`.
        """
        if self.checkpoint.exists():
            raise ValueError(f"{self.checkpoint} still stands")
        write_json(self.path / MANIFEST, {"files": manifest_of(self.path)})
        write_atomic(self.path / COMPLETE, digest_file(self.path / MANIFEST).encode("ascii") + b"\n")


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def manifest_of(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Size and SHA-256 of every file below a folder by its name with "/", except marks, locks and cut-off writes."""
    found: dict[str, dict[str, Any]] = {}
    for place, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(place, name)
            relative = file.relative_to(path).as_posix()
            if relative in (MANIFEST, COMPLETE, LOCK, HOLDER) or is_leftover(name):
                continue
            found[relative] = {"bytes": file.stat().st_size, "sha256": digest_file(file)}
    return found


@contextlib.contextmanager
def opened(path: Path, digest: str, *, force: bool = False) -> Iterator[RunFolder]:
    """Open a run folder for a run with this digest, for as long as the `with` block lasts.

    state "complete"     nothing is locked or written: show it again
    state "incomplete"   the run goes on
    state "new"          the run starts
    force                whatever stands there is moved aside first, to NAME.old-1, NAME.old-2 ...

    Raises MachineError `folder_in_the_way` for other content (untouched), `locked` at once where another process
    works in it, `write_failed`.
    """
    state = state_of(path, digest)
    if force and state != "new":
        move_aside(path)
        state = "new"
    if state == "other":
        raise MachineError(
            f"{shown(str(path))} holds something else than this run; it is left untouched; choose another place with "
            "--out, or move it aside with --force",
            code="folder_in_the_way",
        )
    if state == "complete":
        yield RunFolder(path, digest, state)
        return
    make_folder(path)
    with locked(path):
        # Another run may have finished, or begun, between the first look and the lock.
        state = state_of(path, digest)
        if state == "other":
            raise MachineError(f"{shown(str(path))} was taken by another run just now; start again", code="locked")
        if state != "complete":
            remove_leftovers(path)
            if state == "new":
                write_atomic(path / IDENTITY, digest.encode("ascii") + b"\n")
        yield RunFolder(path, digest, state)


def move_aside(path: Path) -> Path:
    """Rename a folder (or file) to the first free NAME.old-N, unless a process works in it; its new place."""
    with locked(path) if (path / LOCK).exists() else contextlib.nullcontext(), write_failure(path):
        number = 1
        while (aside := path.with_name(f"{path.name}.old-{number}")).exists() or aside.is_symlink():
            number += 1
        path.rename(aside)
        sync_folder(path.parent)
    return aside


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a run folder. Waits 0 s; raises MachineError `locked` that says who holds it and since when."""
    from filelock import FileLock, Timeout

    lock = FileLock(path / LOCK)
    with write_failure(path / LOCK):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise MachineError(
                f"{shown(str(path))} is in use by another run{_holder(path)}; wait for it to end", code="locked"
            ) from None
    try:
        holder = {"pid": os.getpid(), "host": platform.node(), "since": utc_now()}
        write_atomic(path / HOLDER, json_bytes(holder))
        yield
    finally:
        with contextlib.suppress(OSError):
            (path / HOLDER).unlink()
        lock.release()


def _holder(path: Path) -> str:
    try:
        said = json.loads((path / HOLDER).read_bytes())
        return f" (process {int(said['pid'])} on {shown(str(said['host']), 60)} since {shown(str(said['since']), 30)})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def utc_now() -> str:
    """The time, for people to read: no decision depends on it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def point_latest(runs: Path, name: str) -> None:
    """Let `runs/latest` name the run folder that was finished last; a folder of that name is left alone."""
    if not (runs / LATEST).is_dir():
        write_atomic(runs / LATEST, name.encode("utf-8") + b"\n")


def latest(runs: Path) -> Path | None:
    """The run folder that `runs/latest` names; None if it names none that is there."""
    try:
        return _pointed(runs / LATEST)
    except DataError:
        return None


def meant(path: Path) -> Path:
    """The run that a path means: the one that a file `latest` names, and else what stands at the path itself.

    A folder `latest` is a run of that name; a file of several lines is no pointer. Raises DataError `file_missing`
    where there is no pointer, or no such run beside it; `path_outside`, `not_regular_file` for one of anybody's making.
    """
    if path.name != LATEST or (path.is_dir() and not path.is_symlink()):
        return path
    return _pointed(path) or path


def _pointed(pointer: Path) -> Path | None:
    """The run folder beside a pointer that the pointer names; None for a file that is no pointer."""
    where = shown(str(pointer))
    if pointer.is_symlink():
        raise DataError(f"{where} is a link, which no run leaves there; name the run's folder", code="not_regular_file")
    if not pointer.exists():
        raise DataError(f"there is no {where}: no run was finished beside it; name a run's folder, such as runs/NAME",
                        code="file_missing")  # fmt: skip
    with open_regular(pointer) as file:
        data = file.read(POINTER_BYTES + 1)
    name = data.removesuffix(b"\n").decode("utf-8", "backslashreplace")
    if len(data) > POINTER_BYTES or "\n" in name:
        return None
    if Path(name).name != name or name in ("", ".", "..") or "\0" in name:
        raise DataError(f"{where} names {shown(name, 60)!r}, which is no folder beside it; name the run's folder",
                        code="path_outside")  # fmt: skip
    found = pointer.parent / name
    if found.is_symlink() or not (found / IDENTITY).is_file():
        raise DataError(f"{where} names the run {shown(name)}, which is not there; name another run's folder",
                        code="file_missing")  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run folder in a list: its place, its digest, whether it is complete."""

    path: Path
    digest: str
    complete: bool


def list_runs(runs: Path) -> tuple[RunEntry, ...]:
    """The run folders in a folder, by name; those moved aside included. Empty where there is no such folder."""
    try:
        places = sorted(runs.iterdir())
    except OSError:
        return ()
    return tuple(
        RunEntry(place, digest, is_complete(place))
        for place in places
        if place.is_dir() and (digest := _text(place / IDENTITY)) is not None
    )
