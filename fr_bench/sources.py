"""Where images come from: files of a folder, or members of a zip archive that is read in place.

Every path that a list or an archive names must lie under its root after symbolic links; only regular files are read;
no more bytes are taken in than a stated limit, declared or really produced. Names are matched in either Unicode normal
form, because a disk may keep another one than a list was written in.
"""

from __future__ import annotations

import errno
import os
import posixpath
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from fr_bench.archives import FILE_LIMIT, Archive, safe_relative
from fr_bench.errors import DataError, shown
from fr_bench.reading import read_bytes

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm", ".pbm", ".pnm"}
)
COUNTED_FAULTS = frozenset({"too_large", "damaged_member", "unreadable_file"})
"""Codes of faults that concern one image only: they are counted as its failure and do not stop a run."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """One regular file, `relative` (with "/" between folders) to the folder `root`."""

    root: Path
    relative: str

    @property
    def name(self) -> str:
        return self.relative

    def read(self) -> bytes:
        """The file's bytes. Raises DataError: `path_outside`, `file_missing`, `not_regular_file`, `too_large`."""
        return read_bytes(resolved_inside(self.root, self.relative), FILE_LIMIT)


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """One member of a zip archive."""

    archive: Archive
    member: str

    @property
    def name(self) -> str:
        return f"{self.archive.path.name}/{self.member}"

    def read(self) -> bytes:
        """The member's bytes, unpacked. Raises DataError: `file_missing`, `too_large`, `damaged_member` ..."""
        return self.archive.read(self.member)


AnySource = FileSource | ArchiveSource


class Tree(Protocol):
    """A folder or an archive, seen alike: its image files and what else lies there.

    root     the folder or the archive
    images   paths of image files, "/" between folders, sorted
    ignored  how many entries were left out, by kind: "hidden", "other" (no image by suffix), "repeated" (folders that
             a symbolic link shows a second time)
    """

    @property
    def root(self) -> Path: ...
    @property
    def images(self) -> tuple[str, ...]: ...
    @property
    def ignored(self) -> Mapping[str, int]: ...

    def find(self, relative: str, *, where: str = "") -> str | None:
        """The path as stored of what a list calls `relative`, or None. Raises DataError `path_outside`."""

    def source(self, stored: str) -> AnySource:
        """The source of a path as `images` or `find` give it."""


def open_tree(root: Path) -> Tree:
    """A folder, or a .zip archive of images read in place. Raises DataError if it is neither or cannot be read."""
    if root.is_dir():
        return FolderTree(root)
    if root.suffix.lower() == ".zip":
        return ArchiveTree(Archive(root))
    if root.exists():
        raise DataError(f"{shown(str(root))} is neither a folder nor a .zip archive", code="not_regular_file")
    raise DataError(
        f"no such folder: {shown(str(root))}; --data or the card's `root` says where the data lie", code="file_missing"
    )


def packed(root: Path) -> Path:
    """The archive `root.zip` where the folder `root` does not exist and the archive does; else `root`."""
    archive = root.with_name(f"{root.name}.zip") if root.name else root
    return archive if not root.exists() and archive.is_file() else root


def resolved_inside(root: Path, relative: str, *, where: str = "") -> Path:
    """The real path of a file after symbolic links, which must lie under the real `root`."""
    try:
        base = _real_root(os.fspath(root))
        real = os.path.realpath(os.path.join(base, relative), strict=True)  # noqa: PTH118 - on the path of each image
    except OSError as fault:
        prefix, name = f"{where}: " if where else "", shown(str(root / relative))
        if fault.errno == errno.ELOOP:
            raise DataError(f"{prefix}symbolic links go round at {name}", code="not_regular_file") from None
        raise DataError(f"{prefix}no such file: {name}", code="file_missing") from None
    if real != base and not real.startswith(base.rstrip(os.sep) + os.sep):
        prefix = f"{where}: " if where else ""
        raise DataError(
            f"{prefix}{shown(relative)!r} leads out of {shown(str(root))}; only files under it are read",
            code="path_outside",
        )
    return Path(real)


@lru_cache(maxsize=256)
def _real_root(root: str) -> str:
    return os.path.realpath(root, strict=True)


def same_name(path: str) -> str:
    """The form in which names are compared: equal for one name in NFC and in NFD."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def is_image(path: str) -> bool:
    """Whether a path's suffix is that of an image; what it really is, its content decides later."""
    return posixpath.splitext(path)[1].lower() in IMAGE_SUFFIXES


class FolderTree:
    """A folder on disk. The walk happens on first need: a list of files in a large folder needs none, `find` looks
    only into the folders that the list names."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._walked: tuple[tuple[str, ...], Mapping[str, int]] | None = None
        self._spelled: dict[str, dict[str, str]] = {}

    @property
    def images(self) -> tuple[str, ...]:
        return self._walk()[0]

    @property
    def ignored(self) -> Mapping[str, int]:
        return self._walk()[1]

    def find(self, relative: str, *, where: str = "") -> str | None:
        plain = safe_relative(relative, where=where)
        if os.path.lexists(os.path.join(self.root, plain)):  # noqa: PTH118
            return plain
        stored = ""
        for part in plain.split("/"):
            name = part
            if not part.isascii() and not os.path.lexists(os.path.join(self.root, stored, part)):  # noqa: PTH118
                name = self._names_in(stored).get(same_name(part), "")
            stored = f"{stored}/{name}" if stored else name
            if not name or not os.path.lexists(os.path.join(self.root, stored)):  # noqa: PTH118
                return None
        return stored

    def _names_in(self, folder: str) -> Mapping[str, str]:
        """Names of one folder that are not plain ASCII, by the form in which names are compared."""
        if folder not in self._spelled:
            place = self.root / folder
            names = os.listdir(place) if place.is_dir() else []  # noqa: PTH208
            self._spelled[folder] = {same_name(name): name for name in sorted(names) if not name.isascii()}
        return self._spelled[folder]

    def source(self, stored: str) -> FileSource:
        return FileSource(self.root, stored)

    def _walk(self) -> tuple[tuple[str, ...], Mapping[str, int]]:
        if self._walked is None:
            ignored = dict.fromkeys(("hidden", "other", "repeated"), 0)
            self._walked = tuple(sorted(_walk(self.root, ignored))), MappingProxyType(ignored)
        return self._walked


def _walk(root: Path, ignored: dict[str, int]) -> Iterator[str]:
    """Image files below a folder. A folder met twice, through a link, is entered once: so links that loop end."""
    seen = {_identity(os.stat(root))}  # noqa: PTH116
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(os.path.join(root, folder)) as listing:  # noqa: PTH118
            entries = sorted(listing, key=lambda entry: entry.name)
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name.startswith("."):
                ignored["hidden"] += 1
            elif _is_folder(entry):
                if entry.is_symlink():
                    resolved_inside(root, path)
                identity = _identity(entry.stat())
                if identity in seen:
                    ignored["repeated"] += 1
                else:
                    seen.add(identity)
                    waiting.append(path)
            elif not is_image(entry.name):
                ignored["other"] += 1
            else:
                yield _regular(root, path, entry)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links that go round are no folder; as images they are refused below
        return False


def _regular(root: Path, path: str, entry: os.DirEntry[str]) -> str:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        spelled = path.encode("utf-8", "backslashreplace").decode("ascii", "backslashreplace")
        raise DataError(
            f"{shown(str(root))}: file name '{spelled}' is not UTF-8; rename it", code="bad_encoding"
        ) from None
    if entry.is_symlink():
        resolved_inside(root, path)
    if not entry.is_file():
        name = shown(str(root / path))
        raise DataError(f"{name} is not a regular file; only those are read", code="not_regular_file")
    return path


@dataclass(frozen=True, slots=True)
class ArchiveTree:
    """The images of a zip archive."""

    archive: Archive
    images: tuple[str, ...] = field(init=False)
    ignored: Mapping[str, int] = field(init=False)
    by_name: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        members = self.archive.members
        hidden = {m for m in members if any(p.startswith(".") or p == "__MACOSX" for p in m.split("/"))}
        images = tuple(sorted(m for m in members if m not in hidden and is_image(m)))
        ignored = {"hidden": len(hidden), "other": len(members) - len(hidden) - len(images), "repeated": 0}
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "ignored", MappingProxyType(ignored))
        object.__setattr__(self, "by_name", MappingProxyType({same_name(m): m for m in members}))

    @property
    def root(self) -> Path:
        return self.archive.path

    def find(self, relative: str, *, where: str = "") -> str | None:
        plain = safe_relative(relative, where=where)
        return plain if plain in self.archive.members else self.by_name.get(same_name(plain))

    def source(self, stored: str) -> ArchiveSource:
        return ArchiveSource(self.archive, stored)
