"""Whether a run folder still is what its manifest says: every listed file with its bytes, and nothing besides.

A folder from a stranger is hostile: no path that a manifest names is ever opened. The folder is walked without
following a link, each regular file is hashed, and what was found is held against what was said. The bytes of the
manifest must be the one spelling that `finish` writes, so that no bit of it is free.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from fr_bench.errors import DataError, shown
from fr_bench.provenance import digest_bytes
from fr_bench.reading import read_bytes
from fr_bench.storage.files import is_leftover, json_bytes
from fr_bench.storage.runs import COMPLETE, HOLDER, IDENTITY, LOCK, LOG, MANIFEST

SUMS = "SHA256SUMS"
LIMIT = 64 << 20
"""Most bytes of a manifest that is read: far above the files of any run."""
DEEPEST = 8
NEEDED = (
    IDENTITY, "result.json", "metrics.csv", "failures.csv", "run.toml", LOG, "scores/scores.json",
)  # fmt: skip
"""What every run has: a manifest that leaves one of them out is none of a whole run."""

Kind = Literal[
    "bad_manifest", "bad_mark", "bad_sums", "changed", "folder_changed", "link", "missing", "not_regular",
    "unlisted", "unreadable", "unsafe_name",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold: the file it is about, a word for programs, a sentence for people."""

    file: str
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest says of one file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the system knows of a file without reading it; another content has another stamp."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A folder held against its manifest: the manifest's bytes and entries, every fault, and a stamp of each file."""

    folder: Path
    manifest: bytes
    entries: Mapping[str, Entry]
    faults: tuple[Fault, ...] = ()
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    signatures: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def spoilt(self) -> frozenset[str]:
        """Names of files that are not what was written; "" stands for the folder as a whole."""
        return frozenset(fault.file for fault in self.faults)

    @property
    def no_longer(self) -> list[str]:
        """Names of the files that were written and are not what they were. One that came later is none of them."""
        return sorted(self.spoilt & {*self.entries, MANIFEST, COMPLETE})


def inspect(folder: Path) -> Inspection:
    """Hold every file of a finished run folder against its manifest. Reads only.

    Raises DataError `file_missing` where there is no such folder, `incomplete_run` where it has no manifest.
    """
    if not folder.is_dir():
        what = "no run's folder" if folder.exists() else "no such run"
        raise DataError(f"{what}: {shown(str(folder))}; name a run's folder, such as runs/NAME", code="file_missing")
    found: dict[str, Stamp | Fault] = dict(_walked(folder))
    if MANIFEST not in found:
        raise DataError(
            f"{shown(str(folder))} is no finished run: it has no {MANIFEST}; name a run's folder, or run it to its end",
            code="incomplete_run",
        )
    faults = [fault for fault in found.values() if isinstance(fault, Fault)]
    stamps = {name: stamp for name, stamp in found.items() if isinstance(stamp, Stamp)}
    digests, signatures, unread = _contents(folder, stamps)
    faults += unread
    manifest = b""
    entries: Mapping[str, Entry] = {}
    if MANIFEST in stamps:
        try:
            manifest = read_bytes(folder / MANIFEST, LIMIT)
            entries = entries_of(manifest)
        except (DataError, ValueError) as problem:
            faults.append(Fault(MANIFEST, "bad_manifest", f"no manifest of a run: {shown(str(problem), 200)}"))
    faults += _missing_and_changed(entries, stamps, digests, frozenset(fault.file for fault in faults))
    faults += _unlisted(entries, stamps)
    faults += _marks(folder, manifest, entries, stamps)
    return Inspection(
        folder=folder,
        manifest=manifest,
        entries=entries,
        faults=tuple(sorted(faults, key=lambda fault: (fault.file, fault.kind))),
        stamps=stamps,
        signatures=signatures,
    )


def moved(inspection: Inspection) -> tuple[Fault, ...]:
    """What changed in the folder since it was inspected: nothing that was computed meanwhile can be relied upon."""
    now = dict(_walked(inspection.folder))
    before: dict[str, Stamp] = dict(inspection.stamps)
    differing = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    known = {fault.file for fault in inspection.faults}
    text = "changed while it was being verified; verify again when nobody writes there"
    return tuple(Fault(name, "folder_changed", text) for name in differing if name not in known)


def entries_of(manifest: bytes) -> dict[str, Entry]:
    """Read a manifest strictly. Raises ValueError where it is not, to the byte, one that a run could have written."""
    try:
        said = json.loads(manifest, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(said, dict) or set(said) != {"files"} or not isinstance(said["files"], dict):
        raise ValueError("it holds no files")
    if json_bytes(said) != manifest:
        raise ValueError("it is not spelled as a run writes it")
    return {name: _entry(name, one) for name, one in said["files"].items()}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _entry(name: str, said: Any) -> Entry:
    if not isinstance(said, dict) or set(said) != {"bytes", "sha256"}:
        raise ValueError(f"{name!r}: no size and SHA-256")
    size, digest = said["bytes"], said["sha256"]
    good = isinstance(digest, str) and len(digest) == 64 and not set(digest) - set("0123456789abcdef")
    if type(size) is not int or size < 0 or not good:
        raise ValueError(f"{name!r}: no size and SHA-256")
    return Entry(size, digest)


def is_signature(name: str) -> bool:
    """Whether a file name is that of a signature over the manifest.

    >>> is_signature("manifest.json.sig"), is_signature("manifest.json.2.sig"), is_signature("manifest.json.10.sig")
    (True, True, True)
    >>> is_signature("manifest.json.1.sig"), is_signature("manifest.json.02.sig")
    (False, False)
    """
    if name == f"{MANIFEST}.sig":
        return True
    number = name.removeprefix(f"{MANIFEST}.").removesuffix(".sig")
    plain = number.isascii() and number.isdigit() and number[0] != "0"
    return plain and number != "1" and name == f"{MANIFEST}.{number}.sig"


def _walked(folder: Path) -> Iterator[tuple[str, Stamp | Fault]]:
    """Every file below a folder by its name with "/"; links and whatever else is no regular file as faults."""
    pending: list[tuple[str, int]] = [("", 0)]
    while pending:
        place, depth = pending.pop()
        try:
            with os.scandir(folder / place) as listing:
                inside = sorted(listing, key=lambda one: one.name)
        except OSError as problem:
            yield place, Fault(place, "unreadable", f"cannot be listed: {problem.strerror or problem}")
            continue
        if place and not inside:
            yield place, Fault(place, "unlisted", "an empty folder, which no run leaves")
        for one in inside:
            name = f"{place}/{one.name}" if place else one.name
            if one.is_symlink():
                yield name, Fault(name, "link", "a link: a run folder holds its files themselves")
            elif one.is_dir(follow_symlinks=False):
                if depth < DEEPEST:
                    pending.append((name, depth + 1))
                else:
                    yield name, Fault(name, "unlisted", "a folder deeper than any run has")
            else:
                yield name, _stamp(folder / name, name)


def _stamp(path: Path, name: str) -> Stamp | Fault:
    try:
        said = path.lstat()
    except OSError as problem:
        return Fault(name, "unreadable", f"cannot be looked at: {problem.strerror or problem}")
    if not stat.S_ISREG(said.st_mode):
        return Fault(name, "not_regular", "no regular file")
    return Stamp(said.st_dev, said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns)


def _contents(folder: Path, stamps: Mapping[str, Stamp]) -> tuple[dict[str, str], dict[str, bytes], list[Fault]]:
    """SHA-256 of each file, the bytes of the signatures, and what could not be read."""
    digests: dict[str, str] = {}
    signatures: dict[str, bytes] = {}
    faults: list[Fault] = []
    for name in stamps:
        try:
            if is_signature(name):
                signatures[name] = read_bytes(folder / name, 1 << 16)
            elif name not in (MANIFEST, COMPLETE, SUMS):
                digests[name] = _digest(folder / name)
        except (DataError, OSError) as problem:
            faults.append(Fault(name, "unreadable", f"cannot be read: {shown(str(problem), 200)}"))
    return digests, signatures, faults


def _digest(path: Path) -> str:
    """SHA-256 of a regular file, no link, whose reading cannot block."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _missing_and_changed(
    entries: Mapping[str, Entry], stamps: Mapping[str, Stamp], digests: Mapping[str, str], known: frozenset[str]
) -> Iterator[Fault]:
    for name in NEEDED:
        if entries and name not in entries:
            yield Fault(name, "missing", f"not in {MANIFEST}: every run has one")
    for name, said in entries.items():
        if not _safe(name):
            yield Fault(name, "unsafe_name", f"{MANIFEST} names a file that can be none of a run; it was not opened")
        elif name not in stamps:
            if name not in known:
                yield Fault(name, "missing", f"listed in {MANIFEST}, and not there")
        elif stamps[name].size != said.size:
            yield Fault(name, "changed", f"has {stamps[name].size:,} bytes, and was written with {said.size:,}")
        elif name in digests and digests[name] != said.sha256:
            text = f"has SHA-256 {digests[name][:16]}…, and was written with {said.sha256[:16]}…"
            yield Fault(name, "changed", text)


def _safe(name: str) -> bool:
    plain = name.isprintable() and "\\" not in name and str(PurePosixPath(name)) == name
    return plain and not name.startswith("/") and not {"..", "."} & set(name.split("/")) and name not in _BESIDE


_BESIDE = (MANIFEST, COMPLETE, LOCK, HOLDER, SUMS)


def _unlisted(entries: Mapping[str, Entry], stamps: Mapping[str, Stamp]) -> Iterator[Fault]:
    if not entries:
        return
    for name in sorted({*stamps} - {*entries}):
        if name in (MANIFEST, COMPLETE, SUMS) or is_signature(name) or (name == LOCK and not stamps[name].size):
            continue
        left = name == HOLDER or is_leftover(name)
        more = "; a process that was killed left it, and it may be removed" if left else ""
        yield Fault(name, "unlisted", f"not listed in {MANIFEST}{more}")


def _marks(folder: Path, manifest: bytes, entries: Mapping[str, Entry], stamps: Mapping[str, Stamp]) -> Iterator[Fault]:
    """The mark that the run was finished with this manifest, and the list for sha256sum, where it is there."""
    said = _small(folder / COMPLETE, 200) if COMPLETE in stamps else None
    if said != digest_bytes(manifest).encode("ascii") + b"\n":
        yield Fault(COMPLETE, "bad_mark", f"does not hold the SHA-256 of {MANIFEST}")
    if SUMS in stamps and _small(folder / SUMS, LIMIT) != sums(manifest, entries):
        yield Fault(SUMS, "bad_sums", f"does not say what {MANIFEST} says")


def _small(path: Path, limit: int) -> bytes | None:
    try:
        return read_bytes(path, limit)
    except DataError:
        return None


def sums(manifest: bytes, entries: Mapping[str, Entry]) -> bytes:
    """The list that `sha256sum -c SHA256SUMS` checks: every file of the manifest, and the manifest itself."""
    rows = {name: said.sha256 for name, said in entries.items()} | {MANIFEST: digest_bytes(manifest)}
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(rows.items())).encode("utf-8", "surrogateescape")
