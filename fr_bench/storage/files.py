"""Files that appear whole or not at all: written beside their place, flushed to the disk, renamed.

A write that is cut off leaves `NAME.tmp-PID-RANDOM` behind, which no reader looks at and `remove_leftovers` removes
when it is a day old.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from fr_bench.errors import MachineError, shown

LEFTOVER = re.compile(r"\.tmp-\d+-[0-9a-f]{8}\Z")
LEFTOVER_AGE = 24 * 3600.0
"""Seconds after which a leftover cannot belong to a write that is still going on."""


def write_atomic(path: Path, content: bytes | Callable[[IO[bytes]], None]) -> None:
    """Put a file in its place, or leave what was there untouched.

    content   the bytes, or a function that writes them into the binary file it is handed

    Raises MachineError `write_failed` where the system refuses: disk full, quota, read-only, no permission, file too
    large. Any other exception of `content` passes through. In all cases the temporary file is removed.
    """
    temporary = path.with_name(f"{path.name}.tmp-{os.getpid()}-{secrets.token_hex(4)}")
    with write_failure(path):
        try:
            with temporary.open("xb") as file:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    content(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


IN_THE_WAY = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY)


@contextlib.contextmanager
def write_failure(path: Path) -> Iterator[None]:
    """Turn what the system refuses into a MachineError `write_failed` that names the path."""
    try:
        yield
    except OSError as error:
        what = "move away what stands in its place, or" if error.errno in IN_THE_WAY else "free some space or"
        raise MachineError(
            f"cannot write {shown(str(path))}: {error.strerror or error}; what was there before is untouched; {what} "
            "choose another place with --out",
            code="write_failed",
        ) from error


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network file systems cannot flush a folder, and say EINVAL; the rename stands all the same.
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def json_bytes(value: Any) -> bytes:
    """Strict JSON: keys sorted, two blanks a level, ASCII only, a newline at the end.

    Raises ValueError for NaN and infinities, which JSON cannot say.

    >>> json_bytes({"b": 1, "a": "é"})
    b'{\\n  "a": "\\\\u00e9",\\n  "b": 1\\n}\\n'
    """
    return (json.dumps(value, sort_keys=True, indent=2, allow_nan=False) + "\n").encode("ascii")


def write_json(path: Path, value: Any) -> None:
    """Put `json_bytes` of a value in its place, whole or not at all; raises as `write_atomic` and `json_bytes` do."""
    write_atomic(path, json_bytes(value))


def make_folder(path: Path) -> None:
    """Make a folder and those above it; raises MachineError `write_failed` where that is refused."""
    with write_failure(path):
        path.mkdir(parents=True, exist_ok=True)


def is_leftover(name: str) -> bool:
    """Whether a file name is that of a write that was cut off.

    >>> is_leftover("result.json.tmp-12-0a1b2c3d"), is_leftover("result.json")
    (True, False)
    """
    return LEFTOVER.search(name) is not None


def remove_leftovers(folder: Path, *, older_than: float = LEFTOVER_AGE) -> int:
    """Remove cut-off writes in a folder and below it that are older than so many seconds; how many there were."""
    removed, now = 0, time.time()
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(filter(is_leftover, names)):
            file = Path(place, name)
            with contextlib.suppress(OSError):
                if now - file.lstat().st_mtime > older_than:
                    file.unlink()
                    removed += 1
    return removed


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Parts of unfinished work in a folder, each with a SHA-256 of its name and content before it."""

    folder: Path

    def read(self, name: str) -> bytes | None:
        """What was written under a name; None if nothing was, or if it is not what was written under this one."""
        try:
            data = (self.folder / name).read_bytes()
        except OSError:
            return None
        digest, content = data[:32], data[32:]
        return content if self._digest(name, content) == digest else None

    def write(self, name: str, data: bytes) -> None:
        """Keep a part, whole or not at all; raises MachineError `write_failed`."""
        make_folder(self.folder)
        write_atomic(self.folder / name, self._digest(name, data) + data)

    @staticmethod
    def _digest(name: str, data: bytes) -> bytes:
        # The name counts: one part in the place of another would be taken twice, and the other never.
        return hashlib.sha256(name.encode("utf-8") + b"\0" + data).digest()

    def clear(self) -> None:
        """Give up all parts, once what was made of them is stored."""
        if not self.folder.exists():
            return
        with write_failure(self.folder):
            for file in sorted(self.folder.iterdir()):
                file.unlink()
            self.folder.rmdir()
