"""The whole check of a run folder: files, signatures, figures; and whether anybody wrote there meanwhile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fr_bench.errors import DataError, FrBenchError, MachineError, shown
from fr_bench.findings import Result
from fr_bench.reading import read_bytes
from fr_bench.storage import manifest, samples, scores, signatures, sshsig
from fr_bench.storage.manifest import Fault, Inspection
from fr_bench.storage.signatures import Signer
from fr_bench.verifying.differences import Difference, differences

BARRING = ("bad_manifest", "link", "not_regular", "unreadable", "unsafe_name")
"""Faults of a folder whose files are not even read."""
TABLES = ("result.json", "metrics.csv", "failures.csv", "report.html", "run.toml")
MOST_DIFFERENCES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One signature beside the manifest.

    good      whether it is a signature over this manifest, with the key that it holds
    trusted   the name that the verifier gave to this key; None where the verifier did not name it
    """

    file: str
    kind: str = ""
    fingerprint: str = ""
    good: bool = False
    trusted: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How much was looked at: files, figures of the result, and whether the figures could be counted again at all."""

    files: int = 0
    bytes: int = 0
    measurements: int = 0
    values: int = 0
    recomputed: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was found of a run folder.

    faults       files that are not what was written
    signed       the signatures; `wanted` says that the verifier named whom to trust
    differences  what is printed otherwise than it is counted
    unproved     figures and files that could not be held against anything
    """

    folder: Path
    faults: tuple[Fault, ...]
    signed: tuple[Signed, ...]
    wanted: bool
    differences: tuple[Difference, ...] = ()
    unproved: tuple[str, ...] = ()
    checked: Checked = field(default_factory=Checked)
    result: Result | None = None

    @property
    def trusted(self) -> bool:
        """Whether a good signature is by somebody whom the verifier named."""
        return any(one.good and one.trusted is not None for one in self.signed)

    @property
    def verdict(self) -> Literal["holds", "does not hold", "not all proved"]:
        """Whether everything holds that was looked at, and whether all could be."""
        bad = self.faults or self.differences or any(not one.good for one in self.signed)
        if bad or (self.wanted and not self.trusted):
            return "does not hold"
        return "not all proved" if self.unproved or not self.checked.recomputed else "holds"

    @property
    def exit_code(self) -> int:
        """0 all holds, 1 something does not, 5 something could not be proved."""
        return {"holds": 0, "does not hold": 1, "not all proved": 5}[self.verdict]


def verify(folder: Path, signers: Sequence[Signer] = (), *, figures: bool = True) -> Record:
    """Check a run folder: its files, the signatures over them, and every figure against the scores. Reads only.

    signers   whose signature counts; none: signatures are checked, and by whom they are is not known
    figures   False: figures are not counted again, and the verdict is at most "not all proved"

    Raises DataError `file_missing`, `incomplete_run` where there is no run, MachineError `cannot_verify`.
    """
    seen = manifest.inspect(folder)
    signed = tuple(_signed(name, armour, seen.manifest, signers) for name, armour in sorted(seen.signatures.items()))
    found = _figures(seen) if figures else _Figures(reason="not asked for")
    return Record(
        folder=folder,
        faults=(*seen.faults, *manifest.moved(seen)),
        signed=signed,
        wanted=bool(signers),
        differences=found.differences[:MOST_DIFFERENCES],
        unproved=found.unproved,
        checked=Checked(
            files=len(seen.entries),
            bytes=sum(one.size for one in seen.entries.values()),
            measurements=found.measurements,
            values=found.values,
            recomputed=not found.reason,
            reason=found.reason,
        ),
        result=found.result,
    )


def _signed(file: str, armour: bytes, message: bytes, signers: Sequence[Signer]) -> Signed:
    try:
        parsed = sshsig.parsed(armour)
        good = signatures.holds(parsed, armour, message)
    except DataError as problem:
        return Signed(file=file, reason=problem.message)
    named = next((one.name for one in signers if one.key == parsed.key), None)
    return Signed(
        file=file,
        kind=parsed.key.kind,
        fingerprint=parsed.key.fingerprint,
        good=good,
        trusted=named,
        reason="" if good else "it is no signature over this manifest",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    differences: tuple[Difference, ...] = ()
    unproved: tuple[str, ...] = ()
    measurements: int = 0
    values: int = 0
    reason: str = ""
    result: Result | None = None


def _figures(seen: Inspection) -> _Figures:
    """The figures counted again, as far as the files may be read at all."""
    barred = _barred(seen)
    if barred:
        return _Figures(reason=barred)
    try:
        return _counted(seen.folder, tuple(seen.entries))
    except MachineError:
        raise
    except FrBenchError as problem:
        return _unreadable(problem.message)
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        # The files are whole, and say what no run can have said: that is a finding about them.
        return _unreadable(f"{type(problem).__name__}: {problem}")


def _unreadable(why: str) -> _Figures:
    told = Difference("result.json and scores/", "", shown(why, 300), "what a run writes")
    return _Figures(differences=(told,), reason="the figures cannot be counted again")


def _barred(seen: Inspection) -> str:
    """Why the figures of a folder are not counted again: scores that were changed prove nothing; "" if they may be."""
    for fault in seen.faults:
        if fault.kind in BARRING or fault.file == "" or fault.file.startswith("scores/"):
            return f"{shown(fault.file) or 'the folder'} is not what was written"
        if fault.kind == "missing" and fault.file in TABLES:
            return f"{fault.file} is missing"
    return ""


def _counted(folder: Path, files: Sequence[str]) -> _Figures:
    from fr_bench.reports import result_file
    from fr_bench.verifying import documents
    from fr_bench.verifying.recomputing import recompute

    # Read through a limit: what lies there may be of any size.
    stored = result_file.loads(read_bytes(folder / "result.json", documents.LIMIT), where="result.json")
    again = recompute(stored, scores.read(folder / "scores"), samples.read(folder / "scores"))
    printed, counted = (json.loads(result_file.write(one)) for one in (stored, again.result))
    found = list(differences("result.json", printed, counted))
    others = documents.compare(folder, stored, files)
    return _Figures(
        differences=(*found, *others.differences),
        unproved=(*again.unproved, *others.unproved),
        measurements=len(stored.measurements) + sum(len(one.measurements) for one in stored.analyses),
        values=_leaves(counted),
        result=stored,
    )


def _leaves(document: object) -> int:
    """How many numbers a document holds."""
    if isinstance(document, dict):
        return sum(map(_leaves, document.values()))
    if isinstance(document, list):
        return sum(map(_leaves, document))
    return int(isinstance(document, int | float) and not isinstance(document, bool))
