"""Finding runs, rehearsals and cards below folders: damaged runs too, links without loops, one order."""

from __future__ import annotations

from pathlib import Path

import pytest

from fr_bench.errors import UsageError
from fr_bench.registry.folders import find
from tests.registry.made_up import rehearsal, run_folder


def test_runs_rehearsals_and_cards_are_found_below_each_other(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "a" / "runs" / "one")
    record = rehearsal(tmp_path / "a" / "rehearsals" / "one-kisa")
    (tmp_path / "a" / "registry.toml").write_text("", encoding="utf-8")
    found = find([tmp_path])
    assert (found.runs, found.rehearsals) == ((run,), (record / "rehearsal.json",))
    assert found.cards == (tmp_path / "a" / "registry.toml",)


def test_a_run_folder_named_itself_is_found(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "one")
    assert find([run]).runs == (run,)


def test_a_run_that_lost_its_identity_is_still_a_run(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "one")
    (run / "identity").unlink()
    assert find([tmp_path]).runs == (run,)


def test_the_order_of_the_folders_makes_no_difference(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        run_folder(tmp_path / name / "run")
    folders = [tmp_path / name for name in ("c", "a", "b")]
    assert find(folders) == find(reversed(folders)) == find([*folders, tmp_path / "a"])


def test_a_link_to_a_run_is_followed_and_counted_once(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "far" / "one")
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "linked").symlink_to(run)
    assert find([runs]).runs == (runs / "linked",)
    assert len(find([runs, tmp_path / "far"]).runs) == 1


def test_loops_of_links_end_and_are_told(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "one")
    (tmp_path / "runs" / "up").symlink_to(tmp_path)
    (tmp_path / "runs" / "self").symlink_to(tmp_path / "runs" / "self")
    found = find([tmp_path / "runs"])
    assert len(found.runs) == 1
    assert [(path.name, why) for path, why in found.closed] == [
        ("up", "is a link to a folder that is no run; name that folder itself")
    ]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder") as told:
        find([tmp_path / "nowhere"])
    assert told.value.code == "no_such_file"
