"""A rehearsal that names the manifest of its run stands with that run and no other; a run replaced since is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fr_bench.errors import DataError
from fr_bench.provenance import digest_file
from fr_bench.registry import listing
from fr_bench.registry.entry import Entry
from fr_bench.registry.rehearsals import read
from fr_bench.reports.wording import wording
from tests.registry.made_up import collected, record, rehearsal, result, run_folder

IDENTITY = "1" * 64


def bound(run: Path, **changes: Any) -> dict[str, Any]:
    """The record of a rehearsal that names the run as it is now."""
    return record(run_folder={"manifest": digest_file(run / "manifest.json"), "identity": IDENTITY}, **changes)


def replaced(folder: Path) -> tuple[Entry, Entry]:
    """Rehearsal and run, where the run was made anew since, on another day."""
    document = bound(run_folder(folder / "first"))
    rehearsal(folder / "kept" / "rehearsal", document)
    run_folder(folder / "kept" / "run", result(day="2026-11-25"), identity=IDENTITY)
    one, other = sorted(collected(folder / "kept", base=folder).entries, key=lambda entry: entry.kind)
    return one, other


def test_a_rehearsal_stands_with_the_run_whose_manifest_it_names(tmp_path: Path) -> None:
    rehearsal(tmp_path / "rehearsal", bound(run_folder(tmp_path / "run")))
    (entry,) = collected(tmp_path, base=tmp_path).entries
    assert [one.folder for one in entry.rehearsed] == ["rehearsal"]


def test_the_manifest_counts_where_everything_else_is_alike(tmp_path: Path) -> None:
    run_folder(tmp_path / "run")
    rehearsal(tmp_path / "rehearsal", bound(run_folder(tmp_path / "elsewhere" / "run2")))
    (tmp_path / "elsewhere" / "run2" / "complete").unlink()
    kinds = sorted(entry.kind for entry in collected(tmp_path, base=tmp_path).entries)
    assert kinds == ["rehearsal", "run"]


def test_a_run_that_was_replaced_since_is_told(tmp_path: Path) -> None:
    alone, run = replaced(tmp_path)
    assert run.rehearsed == ()
    assert alone.same_as == (run.id,)
    (told,) = listing.warnings(alone, wording("en"))
    assert told.startswith(f"The run of this rehearsal was replaced since: {run.id}")


def test_a_run_is_not_told_to_be_made_again_by_its_rehearsal(tmp_path: Path) -> None:
    assert replaced(tmp_path)[1].same_as == ()


@pytest.mark.parametrize("told", [{}, {"manifest": "1" * 64}, {"manifest": "x", "identity": IDENTITY}, "1" * 64, 3])
def test_a_record_with_no_digests_of_its_run_is_refused(tmp_path: Path, told: object) -> None:
    folder = rehearsal(tmp_path, record(run_folder=told))
    with pytest.raises(DataError) as refused:
        read(folder / "rehearsal.json", "one")
    assert refused.value.code == "bad_rehearsal"
