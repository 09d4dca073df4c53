"""A folder held against its manifest: nothing that a stranger puts into either is believed or opened."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fr_bench.errors import DataError
from fr_bench.provenance import digest_bytes
from fr_bench.storage import manifest
from fr_bench.storage.files import json_bytes
from fr_bench.storage.runs import RunFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The least that a finished run has."""
    place = tmp_path / "run"
    (place / "scores").mkdir(parents=True)
    for name in manifest.NEEDED:
        (place / name).write_text(f"of {name}\n", "utf-8")
    RunFolder(place, "0" * 64, "new").finish()
    return place


def kinds(folder: Path) -> list[tuple[str, str]]:
    return [(fault.file, fault.kind) for fault in manifest.inspect(folder).faults]


def sealed(folder: Path, data: bytes) -> None:
    (folder / "manifest.json").write_bytes(data)
    (folder / "complete").write_text(digest_bytes(data) + "\n", "ascii")


def test_a_finished_folder_has_no_fault(folder: Path) -> None:
    (folder / ".lock").touch()
    assert kinds(folder) == []


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a\\b", "./metrics.csv", "a//b", "x\nb", "complete"])
def test_a_path_that_leads_elsewhere_is_named_and_not_opened(folder: Path, name: str) -> None:
    (folder.parent / "outside").write_text("secret", "utf-8")
    said = json.loads((folder / "manifest.json").read_bytes())
    said["files"][name] = {"bytes": 6, "sha256": digest_bytes(b"secret")}
    sealed(folder, json_bytes(said))
    assert (name, "unsafe_name") in kinds(folder)


def test_a_link_is_never_followed(folder: Path) -> None:
    target = folder.parent / "same"
    (folder / "metrics.csv").rename(target)
    (folder / "metrics.csv").symlink_to(target)
    (folder / "more").symlink_to("/")
    assert kinds(folder) == [("metrics.csv", "link"), ("more", "link")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_does_not_block(folder: Path) -> None:
    (folder / "metrics.csv").unlink()
    os.mkfifo(folder / "metrics.csv")
    assert kinds(folder) == [("metrics.csv", "not_regular")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"files": {}, "more": 1}',
        b"[" * 100_000,
        b'{"files": {"a": {"bytes": -1, "sha256": "x"}}}',
        b'{"files": NaN}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_manifest_is_a_fault(folder: Path, data: bytes) -> None:
    sealed(folder, data)
    assert ("manifest.json", "bad_manifest") in kinds(folder)


def test_a_key_that_stands_twice_is_a_fault(folder: Path) -> None:
    text = (folder / "manifest.json").read_text("ascii")
    entry = text[text.index('"failures.csv"') : text.index("},") + 2]
    sealed(folder, text.replace(entry, entry * 2).encode("ascii"))
    assert ("manifest.json", "bad_manifest") in kinds(folder)


def test_another_spelling_of_the_same_manifest_is_a_fault(folder: Path) -> None:
    sealed(folder, (folder / "manifest.json").read_bytes() + b"\n")
    assert ("manifest.json", "bad_manifest") in kinds(folder)


def test_a_manifest_that_leaves_out_what_every_run_has_is_a_fault(folder: Path) -> None:
    said = json.loads((folder / "manifest.json").read_bytes())
    del said["files"]["failures.csv"]
    sealed(folder, json_bytes(said))
    assert kinds(folder) == [("failures.csv", "missing"), ("failures.csv", "unlisted")]


def test_a_write_that_was_cut_off_may_be_removed(folder: Path) -> None:
    (folder / "result.json.tmp-12-0a1b2c3d").write_bytes(b"half")
    (fault,) = manifest.inspect(folder).faults
    assert "may be removed" in fault.text


def test_a_folder_without_a_manifest_is_no_finished_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no manifest\.json"):
        manifest.inspect(tmp_path)
