"""Run folders and records of rehearsals made by hand, small and sealed like real ones."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from fr_bench.findings import Result
from fr_bench.progress import Shown
from fr_bench.registry import collecting
from fr_bench.registry.entry import Registry
from fr_bench.reports import result_file
from fr_bench.reports.dossier import SCHEMA
from fr_bench.storage import runs
from fr_bench.storage.files import write_atomic
from tests.reports import examples

MODEL = "a65d089a24696a680d5259345e40feb51e16a689a2a9c11879b88dfe32b40d9c"


def result(name: str = "faces-model", *, model: str = MODEL, day: str = "2026-11-23", **changes: Any) -> Result:
    """A result of the recognizer `model`, finished on `day`."""
    made = examples.example(name=name)
    assert made.recognizer is not None
    recognizer = dataclasses.replace(made.recognizer, digest=model)
    environment = {"finished": f"{day}T05:27:38+00:00", "versions": {"fr_bench": "0.1.0"}}
    return dataclasses.replace(made, recognizer=recognizer, environment=environment, **changes)


def run_folder(path: Path, made: Result | None = None, *, identity: str = "1" * 64, finished: bool = True) -> Path:
    """A run folder as `frbench run` leaves it: result, scores, manifest, mark."""
    with runs.opened(path, identity) as folder:
        write_atomic(path / "result.json", result_file.write(made or result()))
        (path / "scores").mkdir()
        write_atomic(path / "scores" / "mated.npy", b"scores of " + path.name.encode())
        if finished:
            folder.finish()
    return path


def record(made: Result | None = None, **changes: Any) -> dict[str, Any]:
    """What `frbench certify` writes as rehearsal.json on a run: one limit of one category, not met."""
    made = made or result()
    assert made.dataset is not None
    assert made.recognizer is not None
    found = dataclasses.asdict(examples.rate("EER", 30, 1000, 0.02, 0.04))
    return {
        "schema": SCHEMA, "certificate": False, "scheme": "kisa-style-face", "verdicts": "rehearsal", "run": made.name,
        "evidence": "run", "parameters": {}, "verdict": "fail", "dataset": made.dataset.digest,
        "recognizer": made.recognizer.digest, "environment": dict(made.environment),
        "findings": [judged("lighting", "fail", found)], "figures": [], "trials": {"lighting": {"subjects": 100}},
        "checklist": [
            {"group": "system", "key": "recognizer", "text": "model 1"},
            {"group": "system", "key": "vendor", "text": None},
            {"group": "corpus", "key": "subjects", "text": "100 subjects, 500 images; Faces of a hall"},
        ],
        **changes,
    }  # fmt: skip


def judged(category: str, verdict: str | None, found: dict[str, Any], limit: float = 0.01) -> dict[str, Any]:
    """One finding of a record."""
    return {"category": category, "limit": limit, "side": "at_most", "binding": True, "judge": "point",
            "verdict": verdict, "measurement": found}  # fmt: skip


def rehearsal(folder: Path, document: dict[str, Any] | None = None) -> Path:
    """A folder with the record."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rehearsal.json").write_text(json.dumps(document or record()), encoding="utf-8")
    return folder


def collected(*roots: Path, base: Path, **options: Any) -> Registry:
    """What the folders hold."""
    with Shown("none") as observer:
        return collecting.collect(roots, base, observer, **options)
