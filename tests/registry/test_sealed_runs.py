"""Reading a run folder as a stranger would: every damage is told with the file, nothing leads out or blocks."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fr_bench.provenance import digest_bytes
from fr_bench.registry.sealed_runs import Unsealed, read
from tests.registry.made_up import MODEL, result, run_folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return run_folder(tmp_path / "run")


def unsealed(run: Path, **options: Any) -> Unsealed:
    with pytest.raises(Unsealed) as told:
        read(run, "run", **options)
    return told.value


def with_manifest(run: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest, and seal it again as somebody would who wants to deceive."""
    document = json.loads((run / "manifest.json").read_text("utf-8"))
    change(document)
    (run / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    (run / "complete").write_text(digest_bytes((run / "manifest.json").read_bytes()), encoding="utf-8")


def test_a_sealed_run_is_an_entry_with_its_digests_and_figures(run: Path) -> None:
    entry = read(run, "runs/one").entry
    assert entry.digest == digest_bytes((run / "manifest.json").read_bytes())
    assert (entry.folder, entry.recognizer_digest, entry.identity) == ("runs/one", MODEL, "1" * 64)
    assert entry.finished == date(2026, 11, 23)
    assert entry.figures[0].measure == "EER"
    assert {one.measure for one in entry.figures} == {one.measure for one in result().measurements if not one.group}


def test_a_run_that_was_not_finished_is_told_as_such(tmp_path: Path) -> None:
    told = unsealed(run_folder(tmp_path / "half", finished=False))
    assert told.state == "unfinished"
    assert "not finished" in told.reason


def test_a_changed_byte_of_the_scores_is_told(run: Path) -> None:
    file = run / "scores" / "mated.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    told = unsealed(run)
    assert (told.state, told.reason) == (
        "damaged", "scores/mated.npy was changed since it was written: its SHA-256 is another"
    )  # fmt: skip
    assert read(run, "run", quick=True).entry.hashed is False


@pytest.mark.parametrize("quick", [True, False])
def test_a_changed_result_is_told_even_in_a_hurry(run: Path, quick: bool) -> None:
    file = run / "result.json"
    file.write_bytes(file.read_bytes().replace(b"217", b"218"))
    assert "result.json" in unsealed(run, quick=quick).reason


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda run: (run / "scores" / "mated.npy").unlink(), "scores/mated.npy is missing"),
        (lambda run: (run / "scores" / "mated.npy").write_bytes(b"x"), "does not have the size"),
        (lambda run: (run / "manifest.json").unlink(), "manifest.json"),
        (lambda run: (run / "complete").write_text("0" * 64), "no longer fits"),
        (lambda run: (run / "identity").unlink(), "identity"),
        (lambda run: (run / "manifest.json").write_text("[]"), "no longer fits"),
    ],
)
def test_every_damage_names_its_file(run: Path, damage: Callable[[Path], object], told: str) -> None:
    damage(run)
    found = unsealed(run)
    assert found.state == "damaged"
    assert told in found.reason
    assert str(run) not in found.reason


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "..\\x", "./x", ""])
def test_a_manifest_that_leads_out_of_the_folder_is_refused(run: Path, name: str) -> None:
    with_manifest(run, lambda document: document["files"].update({name: {"bytes": 1, "sha256": "0" * 64}}))
    assert "which is no file of this folder" in unsealed(run).reason


def test_a_link_that_leads_out_of_the_folder_is_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    (run / "scores" / "mated.npy").unlink()
    (run / "scores" / "mated.npy").symlink_to(tmp_path / "outside")
    assert "leads out of the folder" in unsealed(run).reason


def test_a_pipe_in_place_of_a_file_does_not_block(run: Path) -> None:
    (run / "scores" / "mated.npy").unlink()
    os.mkfifo(run / "scores" / "mated.npy")
    assert "is not a regular file" in unsealed(run).reason


@pytest.mark.parametrize("files", [{"files": 7}, {"files": {"result.json": {}}}, {"files": {}}])
def test_a_manifest_of_something_else_is_refused(run: Path, files: dict[str, Any]) -> None:
    with_manifest(run, lambda document: (document.clear(), document.update(files)))
    assert "manifest.json" in unsealed(run).reason


def test_the_result_of_a_newer_version_is_not_called_damaged(run: Path) -> None:
    text = (run / "result.json").read_text("utf-8").replace("fr-bench-result/1", "fr-bench-result/2")
    (run / "result.json").write_text(text, encoding="utf-8")
    data = (run / "result.json").read_bytes()
    said = {"bytes": len(data), "sha256": digest_bytes(data)}
    with_manifest(run, lambda document: document["files"].update({"result.json": said}))
    told = unsealed(run)
    assert told.state == "unused"
    assert "'fr-bench-result/2', this version of frbench reads 'fr-bench-result/1'" in told.reason


def test_counts_that_are_none_are_not_drawn(tmp_path: Path) -> None:
    first, *rest = result().measurements
    bad = dataclasses.replace(first, details={"fractions": {"fnmr": [4501, 4500]}})
    told = unsealed(run_folder(tmp_path / "run", result(measurements=(bad, *rest))))
    assert (told.state, told.reason) == ("damaged", "result.json: EER: 'fnmr' has no errors and trials")
