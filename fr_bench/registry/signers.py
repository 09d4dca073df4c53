"""Who signed a run: the signatures beside its manifest, checked, and the keys that they were made with.

A signature that holds shows that the folder fits a key. Whose key that is, a registry does not know, and never says.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fr_bench.errors import DataError, MachineError, shown
from fr_bench.provenance import digest_bytes
from fr_bench.reading import read_bytes
from fr_bench.registry.entry import Entry, Signed
from fr_bench.storage import manifest, signatures, sshsig

MOST_BYTES = 1 << 16
MOST_SIGNATURES = 20
"""Signatures of one run that are looked at: some are checked by a program of their own."""


def read(folder: Path, sealed: bytes) -> tuple[Signed, ...]:
    """The signatures beside the manifest of a run, in the order in which they were made.

    sealed   the bytes of the manifest, which they must be over
    """
    names = _names(folder)
    found = [_signed(folder / name, sealed) for name in names[:MOST_SIGNATURES]]
    left = len(names) - len(found)
    return (*found, *([Signed(file=f"{left} more", reason="there are too many to look at")] if left else []))


def _names(folder: Path) -> list[str]:
    names = (path.name for path in folder.iterdir())
    return sorted((name for name in names if manifest.is_signature(name)), key=lambda name: (len(name), name))


def _signed(path: Path, sealed: bytes) -> Signed:
    """One signature, looked at as a stranger's: a link, a pipe or a huge file is none."""
    armour = b""
    try:
        armour = _armour(path)
        parsed = sshsig.parsed(armour)
    except DataError as fault:
        reason = fault.message.replace(f"{shown(str(path.parent))}/", "")
        return Signed(file=path.name, digest=digest_bytes(armour), good=False, reason=reason)
    try:
        good: bool | None = signatures.holds(parsed, armour, sealed)
        reason = "" if good else "it is no signature over this manifest"
    except DataError as fault:
        good, reason = False, fault.message
    except MachineError as fault:
        good, reason = None, fault.message
    return Signed(
        file=path.name, kind=parsed.key.kind, fingerprint=parsed.key.fingerprint, digest=digest_bytes(armour),
        good=good, reason=reason,
    )  # fmt: skip


def _armour(path: Path) -> bytes:
    if path.is_symlink():
        raise DataError("a link is no signature", code="bad_signature")
    return read_bytes(path, MOST_BYTES)


def together(signed: Iterable[Signed]) -> tuple[Signed, ...]:
    """The signatures of copies of one run: each once, whichever folders hold it."""
    return tuple({(one.digest or one.file, one.reason): one for one in signed}.values())


def unchanged(entry: Entry, base: Path) -> bool:
    """Whether the same signatures still stand beside the run and its copies as when it was indexed."""
    now: set[str] = set()
    for place in (entry.folder, *entry.copies):
        folder = base / place
        try:
            now |= {_digest(folder / name) for name in _names(folder)[:MOST_SIGNATURES]}
        except OSError:
            continue
    return now == {one.digest for one in entry.signed} - {""}


def _digest(path: Path) -> str:
    """The digest of a signature's file, that of nothing for what cannot be read."""
    try:
        return digest_bytes(_armour(path))
    except DataError:
        return digest_bytes(b"")
