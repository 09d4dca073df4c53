"""A run folder read as a stranger would: every file that the manifest names is there, whole, and what was written.

The manifest is taken as hostile: a name in it may lead anywhere, and a pipe in a file's place would never end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from fr_bench.earlier_runs import KEY
from fr_bench.errors import DataError, shown
from fr_bench.findings import Result
from fr_bench.provenance import digest_bytes
from fr_bench.reading import open_regular, read_bytes, read_json
from fr_bench.registry import signers
from fr_bench.registry.entry import Earlier, Entry, shortened
from fr_bench.reports import result_file
from fr_bench.reports.sections.summary import headlines
from fr_bench.storage import runs

RESULT = "result.json"
SMALL, LARGE = 64 << 20, 1 << 30


@dataclass(frozen=True, slots=True)
class SealedRun:
    """A run whose seal holds: its entry without rehearsals and product, and what rehearsals of it must repeat."""

    entry: Entry
    environment: Mapping[str, Any]


class Unsealed(Exception):  # noqa: N818 - a finding about the folder, told in the list
    """The folder is no finished run that can be trusted, or read; `state` is unfinished, damaged or unused."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state, self.reason = state, reason


def read(folder: Path, place: str, *, quick: bool = False) -> SealedRun:
    """The entry of a run folder.

    place   how the folder is called in the registry
    quick   compare sizes, and the SHA-256 of the result alone

    Raises Unsealed with the reason.
    """
    if not (folder / runs.COMPLETE).exists() and (folder / runs.IDENTITY).exists():
        raise Unsealed("unfinished", "the run was not finished, or goes on; the same command goes on from there")
    try:
        identity = _word(folder / runs.IDENTITY)
        seal = _word(folder / runs.COMPLETE)
        manifest = read_bytes(folder / runs.MANIFEST, SMALL)
        if digest_bytes(manifest) != seal:
            raise Unsealed("damaged", "manifest.json no longer fits the SHA-256 of the mark `complete`")
        files = _files(read_json(folder / runs.MANIFEST, limit=SMALL))
        _check(folder, files, quick)
        data = read_bytes(folder / RESULT, LARGE)
        if digest_bytes(data) != files[RESULT][1]:
            raise Unsealed("damaged", "result.json is not what the manifest says")
        result = result_file.loads(data, where=RESULT)
    except DataError as fault:
        # What a newer version wrote is not damaged: this one cannot read it.
        state = "unused" if fault.code == "wrong_schema" else "damaged"
        raise Unsealed(state, fault.message.replace(f"{shown(str(folder))}/", "")) from None
    try:
        entry = entry_of(result, digest=seal, identity=identity, folder=place, hashed=not quick)
        entry = replace(entry, signed=signers.read(folder, manifest))
    except ValueError as fault:
        raise Unsealed("damaged", f"result.json: {shown(str(fault), 200)}") from None
    return SealedRun(entry, result.environment)


def _word(path: Path) -> str:
    return read_bytes(path, 1 << 12).decode("ascii", "replace").strip()


def _files(document: Any) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of each file of a manifest."""
    try:
        files = {str(name): (int(said["bytes"]), str(said["sha256"])) for name, said in document["files"].items()}
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Unsealed("damaged", "manifest.json is none of frbench's: no sizes and SHA-256 of files") from None
    if RESULT not in files:
        raise Unsealed("damaged", "manifest.json names no result.json")
    return files


def _check(folder: Path, files: Mapping[str, tuple[int, str]], quick: bool) -> None:
    for name, (size, digest) in sorted(files.items()):
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or "\\" in name or "\0" in name or {"..", "."} & {*name.split("/")}:
            raise Unsealed("damaged", f"manifest.json names {shown(name)!r}, which is no file of this folder")
        path = folder.joinpath(*parts)
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Unsealed("damaged", f"{shown(name)} is a link that leads out of the folder")
        try:
            with open_regular(path) as file:
                if path.stat().st_size != size:
                    raise Unsealed("damaged", f"{shown(name)} does not have the size that the manifest says")
                whole = quick or _sha256(file) == digest
        except DataError as fault:
            gone = {"file_missing": "is missing", "not_regular_file": "is not a regular file"}
            raise Unsealed("damaged", f"{shown(name)} {gone.get(fault.code, 'cannot be opened')}") from None
        except OSError as fault:
            raise Unsealed("damaged", f"{shown(name)} cannot be read: {fault.strerror}") from None
        if not whole:
            raise Unsealed("damaged", f"{shown(name)} was changed since it was written: its SHA-256 is another")


def _sha256(file: BinaryIO) -> str:
    found = hashlib.sha256()
    while block := file.read(1 << 20):
        found.update(block)
    return found.hexdigest()


def entry_of(result: Result, *, digest: str, identity: str, folder: str, hashed: bool) -> Entry:
    """The entry of a result, without a product and without rehearsals."""
    data, known = result.dataset, result.recognizer
    everybody = tuple(one for one in result.measurements if not one.group)
    first = headlines(everybody)
    rest = [one for one in everybody if not any(one is other for other in first)]
    return Entry(
        digest=digest, kind="run", folder=folder, name=result.name, identity=identity, hashed=hashed,
        finished=day_of(result.environment.get("finished")),
        recognizer=known.name if known else "", recognizer_version=known.version if known else "",
        recognizer_digest=known.digest if known else "",
        dataset=(data.title or data.name) if data else "", dataset_digest=data.digest if data else "",
        plan=result.comparison.plan, subjects=data.subjects if data else None,
        generated=bool(data and data.generated), labels=result.labels,
        figures=tuple(shortened(one) for one in (*first, *rest)), earlier=earlier_of(result.environment),
    )  # fmt: skip


def earlier_of(environment: Mapping[str, Any]) -> Earlier | None:
    """What a record tells of earlier runs on the same data; None where it tells nothing that can be so.

    >>> earlier_of({"earlier_runs": {"known": True, "others": 6, "same_recognizer": 4, "damaged_lines": 0}})
    Earlier(others=6, same_recognizer=4, damaged_lines=0)
    >>> earlier_of({"earlier_runs": {"known": True, "others": 1, "same_recognizer": 4, "damaged_lines": 0}})
    """
    told = environment.get(KEY)
    if not isinstance(told, Mapping) or told.get("known") is not True:
        return None
    counts = {name: told.get(name) for name in ("others", "same_recognizer", "damaged_lines")}
    try:
        whole = {name: count for name, count in counts.items() if type(count) is int}
        return Earlier(**whole) if len(whole) == len(counts) else None
    except ValueError:
        return None


def day_of(stamp: object) -> date | None:
    """The day in UTC of a time in ISO form; None where it is none.

    >>> day_of("2026-11-23T01:30:00+09:00"), day_of("soon")
    (datetime.date(2026, 11, 22), None)
    """
    try:
        time = datetime.fromisoformat(str(stamp))
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).date()
    except (ValueError, OverflowError):
        return None
