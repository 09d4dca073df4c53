"""`rehearsal.json`, as `frbench certify` leaves it, read back for the registry.

Nothing seals this file. Its figures can be had again from the run (`frbench certify RUN --scheme NAME`); here it must
at least agree with itself: a rehearsal that tells "pass" over a limit that is not met is refused.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from fr_bench.errors import DataError, shown
from fr_bench.findings import Measurement
from fr_bench.provenance import digest_bytes
from fr_bench.reading import read_bytes, read_json
from fr_bench.registry.entry import Entry, Judged, Rehearsed, Verdict, shortened
from fr_bench.registry.sealed_runs import day_of
from fr_bench.reports.dossier import SCHEMA

MOST_BYTES = 64 << 20
BAD = "bad_rehearsal"
SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Record:
    """A rehearsal's record: the verdicts, which run it is of, and the entry that it is where that run is not there.

    key   SHA-256 of the run's manifest; of an older record, which does not name it, what the run has in common with it
    """

    rehearsed: Rehearsed
    key: str
    of_run: bool
    alone: Entry


def run_key(name: str, dataset: str, recognizer: str, environment: Mapping[str, Any]) -> str:
    """What a run and its rehearsals have in common: name, digests, and the environment with the time of the run."""
    return json.dumps([name, dataset, recognizer, _texts(environment)], sort_keys=True)


def _texts(value: Any) -> Any:
    """A value as the record tells it: in JSON types, infinities as texts."""
    if isinstance(value, Mapping):
        return {str(key): _texts(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def read(path: Path, place: str) -> Record:
    """Read a record. `place`: how its folder is called in the registry.

    Raises DataError: `wrong_schema`, `bad_rehearsal`, `bad_json` and what reading a file may raise.
    """
    document = read_json(path, limit=MOST_BYTES)
    where = path.name
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise DataError(f"{where}: schema is {shown(str(schema))!r}, this version of frbench reads {SCHEMA!r}",
                        code="wrong_schema")  # fmt: skip
    digest = digest_bytes(read_bytes(path, MOST_BYTES))
    try:
        rehearsed = _rehearsed(document, digest, place)
        manifest, identity = _run_folder(document.get("run_folder"))
        alone = _alone(document, rehearsed, identity)
        environment = document["environment"]
        dataset, recognizer = str(document["dataset"] or ""), str(document["recognizer"] or "")
        key = manifest or run_key(str(document["run"]), dataset, recognizer, environment)
        of_run = document["evidence"] == "run"
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise DataError(f"{where}: no record of a rehearsal: {shown(str(fault), 200)}", code=BAD) from None
    _agrees(rehearsed, where)
    return Record(rehearsed, key, of_run, alone)


def _run_folder(told: Any) -> tuple[str, str]:
    """Digests of the manifest and of the identity of the run that was judged; "" where the record names none."""
    if told is None:
        return "", ""
    manifest, identity = told["manifest"], told["identity"]
    for digest in (manifest, identity):
        if not isinstance(digest, str) or not SHA256.fullmatch(digest):
            raise ValueError(f"run_folder has {digest!r} for a SHA-256")
    return manifest, identity


def _rehearsed(document: Mapping[str, Any], digest: str, place: str) -> Rehearsed:
    if document["certificate"] is not False:
        raise ValueError("it calls itself a certificate")
    parameters = tuple(sorted((str(name), float(value)) for name, value in document["parameters"].items()))
    return Rehearsed(
        scheme=str(document["scheme"]), verdict=_verdict(document["verdict"]), digest=digest, folder=place,
        judged=tuple(_judged(one) for one in document["findings"]), parameters=parameters,
    )  # fmt: skip


def _verdict(word: Any) -> Verdict | None:
    known: dict[Any, Verdict | None] = {None: None, **{one: one for one in get_args(Verdict)}}
    if word not in known:
        raise ValueError(f"verdict {word!r}")
    return known[word]


def _judged(found: Mapping[str, Any]) -> Judged:
    limit = found["limit"]
    return Judged(
        measurement=_measurement(found["measurement"]), category=str(found["category"] or ""),
        limit=None if limit is None else float(limit), at_most=found["side"] == "at_most",
        binding=bool(found["binding"]), judge=str(found["judge"]), verdict=_verdict(found["verdict"]),
    )  # fmt: skip


def _measurement(found: Mapping[str, Any]) -> Measurement:
    import msgspec

    known = {one.name for one in dataclasses.fields(Measurement)}
    values = {key: value for key, value in found.items() if key in known and key != "threshold"}
    try:
        return shortened(msgspec.convert(values, Measurement))
    except msgspec.MsgspecError as fault:  # a ValueError itself in later versions only
        raise ValueError(str(fault)) from fault


def _alone(document: Mapping[str, Any], rehearsed: Rehearsed, identity: str) -> Entry:
    """The entry that a rehearsal is by itself; what the record does not tell stays empty."""
    told = {item["key"]: item["text"] for item in document["checklist"]}
    figures = {json.dumps(one.get("measure")): one for one in document["figures"] if not one.get("category")}
    subjects = [int(one["subjects"]) for one in document["trials"].values()]
    environment = document["environment"]
    return Entry(
        digest=rehearsed.digest, kind="rehearsal", folder=rehearsed.folder, name=str(document["run"]),
        identity=identity,
        finished=day_of(environment.get("finished")),
        recognizer=str(told.get("recognizer") or ""), recognizer_version="",
        recognizer_digest=str(document["recognizer"] or ""),
        dataset=_title(told, document), dataset_digest=str(document["dataset"] or ""),
        subjects=max(subjects, default=None), stated=str(told.get("vendor") or ""),
        figures=tuple(_measurement(one) for one in figures.values()), rehearsed=(rehearsed,),
    )  # fmt: skip


def _title(told: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """What the data set is called: the record tells it behind the counts of subjects and images."""
    if not document["dataset"]:
        return ""
    return str(told.get("subjects") or "").partition("; ")[2] or str(document["run"])


def _agrees(found: Rehearsed, where: str) -> None:
    """The verdict over all must be the worst of the limits that bind, and no limit is met by a value beyond it."""
    words = {one.verdict for one in found.judged if one.binding}
    worst = next((word for word in ("fail", "inconclusive", "pass") if word in words), None)
    if found.verdict != worst:
        told = f"tells {found.verdict!r} where its own limits tell {worst!r}"
        raise DataError(f"{where}: {told}; rehearse again with frbench certify", code=BAD)
    for one in found.judged:
        value, limit = one.measurement.value, one.limit
        if one.verdict == "pass" and value is not None and limit is not None:
            beyond = value - limit if one.at_most else limit - value
            if beyond > 1e-12:
                told = f"tells that {shown(one.measurement.measure)} {value:g} meets the limit {limit:g}"
                raise DataError(f"{where}: {told}; rehearse again with frbench certify", code=BAD)
