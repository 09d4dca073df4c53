"""Zip archives from strangers, read in place: nothing leaves the archive, and no bomb is unpacked."""

from __future__ import annotations

import posixpath
import re
import stat
import threading
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fr_bench.errors import DataError, shown

ARCHIVE_SUFFIXES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar", ".npz"})
MEBIBYTE = 1 << 20
FILE_LIMIT = 512 * MEBIBYTE
ARCHIVE_LIMIT = 8192 * MEBIBYTE
RATIO_LIMIT = 200
RATIO_COUNTS_FROM = MEBIBYTE
"""Below this size a high ratio is no bomb: an image of one colour packs that well."""

_DRIVE_OR_UNC = re.compile(r"[A-Za-z]:[\\/]|\\\\|//")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def safe_relative(relative: str, *, where: str = "") -> str:
    """A path that a list names, without "." and "..", if it stays below its root. Raises DataError `path_outside`.

    >>> safe_relative("./a//b.png")
    'a/b.png'
    """
    plain = posixpath.normpath(relative) if relative else ""
    parts = re.split(r"[/\\]", relative)
    outside = not relative or relative.startswith("/") or plain == ".." or plain.startswith("../")
    if "\\" in relative and ".." in parts:
        outside = True
    if outside or "\0" in relative or _DRIVE_OR_UNC.match(relative) or any(_DEVICE.fullmatch(p.strip()) for p in parts):
        prefix = f"{where}: " if where else ""
        raise DataError(
            f"{prefix}path {shown(relative)!r} does not stay under its folder; name files relative to it, without '..'",
            code="path_outside",
        )
    return plain


class Archive:
    """A zip archive whose members are read where they lie; several threads may read at once.

    Refused when opened: members that are encrypted, links, or archives themselves; names that leave the archive; and
    sizes that only a decompression bomb declares.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()
        name = shown(str(path))
        if not path.is_file():
            code = "not_regular_file" if path.exists() else "file_missing"
            raise DataError(f"{name} is not a file", code=code)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
            raise DataError(f"{name} is no zip archive that can be read: {fault}", code="damaged_archive") from None
        self.members: Mapping[str, zipfile.ZipInfo] = MappingProxyType(_members(self._zip, name))
        produced = sum(info.file_size for info in self.members.values())
        if produced > ARCHIVE_LIMIT and produced > 2 * path.stat().st_size:
            raise DataError(
                f"{name} declares {produced:,} bytes, over the limit of {ARCHIVE_LIMIT:,}; unpack it first",
                code="too_large",
            )

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process opens the archive itself, once.
        return _opened, (self.path.absolute(),)

    def read(self, member: str, limit: int = FILE_LIMIT) -> bytes:
        """One member's bytes: declared and really produced bytes are both held against the limits."""
        info = self.members.get(member)
        name = f"{shown(str(self.path))}/{shown(member)}"
        if info is None:
            raise DataError(f"no such file: {name}", code="file_missing")
        allowed = min(limit, max(RATIO_COUNTS_FROM, RATIO_LIMIT * info.compress_size))
        data = b""
        if info.file_size <= allowed:
            try:
                with self._turn, self._zip.open(info) as file:
                    data = file.read(allowed + 1)
            except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as fault:
                raise DataError(f"{name} is damaged: {fault}", code="damaged_member") from None
        if info.file_size > allowed or len(data) > allowed:
            raise DataError(f"{name} unpacks to over {allowed:,} bytes, the limit", code="too_large")
        return data


@lru_cache(maxsize=8)
def _opened(path: Path) -> Archive:
    return Archive(path)


def _members(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        member = _member_name(info)
        where = f"{name}/{shown(member)}"
        if ".." in re.split(r"[/\\]", member):
            raise DataError(f"{where} leads out of the archive", code="path_outside")
        safe_relative(member, where=name)
        if info.is_dir():
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            raise DataError(f"{where} is a symbolic link; only files are read", code="not_regular_file")
        if info.flag_bits & 0x1:
            raise DataError(f"{where} is encrypted; unpack the archive first", code="unsafe_format")
        if posixpath.splitext(member)[1].lower() in ARCHIVE_SUFFIXES:
            raise DataError(f"{where} is an archive in an archive; unpack it first", code="nested_archive")
        if member in found:
            raise DataError(f"{where} is there twice", code="duplicate_id")
        found[member] = info
    return found


def _member_name(info: zipfile.ZipInfo) -> str:
    """The member's name. Without the UTF-8 mark it is UTF-8 all the same, or Korean Windows' code page, or CP437."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    raw = info.orig_filename.encode("cp437", "replace")
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename
