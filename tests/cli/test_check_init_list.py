"""`frbench check`, `init`, `list`, `explain`, `report`: what they say, and what they leave alone."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from fr_bench.cli import doctor
from fr_bench.cli import list as list_

from .conftest import SMALL, RunCli

OWN = """
import numpy as np
class Own:
    def embed(self, images):
        return np.array([image[::8, ::8].ravel() - 125.0 for image in images])
"""


def test_what_init_writes_passes_check(run_cli: RunCli, tmp_path: Path) -> None:
    assert run_cli("init", "new").code == 0
    said = run_cli("check", "new/frbench.toml", *SMALL, "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["facts"]["samples"] == 18
    assert found["facts"]["batch_check"] == "invariant"
    assert found["facts"]["same_image_again"] == "same"
    assert {p.name for p in tmp_path.iterdir()} <= {"new", "cache"}


def test_init_replaces_nothing_unless_told(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "my_recognizer.py").write_text("mine", encoding="utf-8")
    said = run_cli("init")
    assert said.code == 2
    assert said.err.rstrip().endswith("[in_the_way]")
    assert {p.name for p in tmp_path.iterdir()} == {"my_recognizer.py"}
    assert run_cli("init", "--force").code == 0
    assert "class" in (tmp_path / "my_recognizer.py").read_text("utf-8")


def test_init_into_a_file_is_refused(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    said = run_cli("init", "file")
    assert (said.code, said.err.rstrip().endswith("[in_the_way]")) == (2, True), said.err
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_check_says_what_will_fail_and_what_is_too_small(run_cli: RunCli, faces: Path, tmp_path: Path) -> None:
    (faces / "subject0" / "bad.png").write_bytes(b"")
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    said = run_cli("check", "--dataset", faces, "--recognizer", "python:own.py:Own")
    assert said.code == 0
    for text in ("images that will fail", "subject0/bad.png (empty)", "The smallest FMR that", "memory bytes"):
        assert text in said.out
    assert "with 2 warnings" in said.err
    assert not (tmp_path / "runs").exists()


def test_check_raises_what_the_run_would_raise(run_cli: RunCli, faces: Path) -> None:
    for arguments, code in (
        (["--dataset", faces, "--recognizer", "onnx:nowhere.onnx"], 4),
        (["--dataset", "./nowhere", "--recognizer", "baseline"], 3),
        (["--dataset", faces, "--recognizer", "onix"], 2),
        (["nowhere.toml"], 2),
    ):
        said = run_cli("check", *arguments)
        assert (said.code, said.out) == (code, "")


@pytest.mark.parametrize("what", ["datasets", "formats", "recognizers", "measures", "runs", "cache"])
def test_every_list_is_given_as_columns_and_as_json(run_cli: RunCli, what: str) -> None:
    assert run_cli("list", what).code == 0
    rows = json.loads(run_cli("list", what, "--json").out)
    assert isinstance(rows, list)
    assert rows or what == "runs"


def test_listing_writes_nothing(run_cli: RunCli, tmp_path: Path) -> None:
    for arguments in (["list"], ["list", "runs"], ["list", "cache"], ["explain", "EER"]):
        assert run_cli(*arguments).code == 0
    assert list(tmp_path.iterdir()) == []


def test_list_of_lists_counts_each(run_cli: RunCli) -> None:
    rows = {row["name"]: row["count"] for row in json.loads(run_cli("list", "--json").out)}
    assert rows["recognizers"] == len(json.loads(run_cli("list", "recognizers", "--json").out)) >= 5


def test_check_of_very_long_templates_is_quick_and_small(run_cli: RunCli, faces: Path, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN.replace("[::8, ::8]", ""), encoding="utf-8")
    said = run_cli("check", "--dataset", faces, "--recognizer", "python:own.py:Own", "--json")
    assert json.loads(said.out)["facts"]["template_length"] == 112 * 112 * 3


@pytest.mark.parametrize("harm", ["not json", "cut", "missing", "a folder"])
def test_damaged_result_is_refused_by_all_that_read_it(run_cli: RunCli, tmp_path: Path, harm: str) -> None:
    run = tmp_path / "run"
    run.mkdir()
    if harm == "a folder":
        (run / "result.json").mkdir()
    elif harm != "missing":
        (run / "result.json").write_text("{" if harm == "cut" else "NaN", encoding="utf-8")
    for arguments in (["report", "run", "--out", "page.html"], ["explain", "EER", "run"]):
        said = run_cli(*arguments)
        assert said.code == 3, said
        assert "result.json" in said.err
        assert "Traceback" not in said.err
    assert not (tmp_path / "page.html").exists()


def test_report_is_drawn_again_without_the_data(run_cli: RunCli, faces: Path, tmp_path: Path) -> None:
    import shutil

    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    run_cli("run", "--dataset", faces, "--recognizer", "python:own.py:Own", "--out", "run", "--measure", "EER")
    shutil.rmtree(faces)
    before = {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    assert run_cli("report", "run", "--out", "again.html").code == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "run" / "report.html").read_bytes()
    assert run_cli("explain", "EER", "run", "--json").code == 0
    assert {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()} == before


def test_doctor_tells_every_extra_of_the_distribution_and_what_it_is_for(run_cli: RunCli) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    declared = project["optional-dependencies"]
    assert {extra.name for extra in doctor.EXTRAS} == {*declared} - {"test", "all"}
    assert all(declared[extra.name][0].startswith(extra.package) for extra in doctor.EXTRAS)
    said = run_cli("doctor")
    assert said.code == 0
    for extra in doctor.EXTRAS:
        assert f"extra {extra.name}" in said.out
        assert f": for {extra.purpose}" in said.out


def test_an_extra_that_is_missing_is_no_fault_and_says_how_it_is_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "EXTRAS", (doctor.Extra("pdf", "no-such-package-of-ours", "paper"),))
    check, _ = doctor.extras()
    assert check == ("extra pdf", "ok", "not installed: for paper; pip install 'fr-bench-toolkit[pdf]'")


@pytest.mark.parametrize(
    "command", [("report",), ("diff", "other"), ("explain", "EER"), ("plan", "FMR<=1e-3", "--from")]
)
def test_what_is_no_run_is_called_so_before_anything_is_printed(run_cli: RunCli, command: tuple[str, ...]) -> None:
    Path("photos").mkdir()
    Path("notes.txt").write_text("mine", encoding="utf-8")
    for name, told in (
        ("nowhere", "no such run: nowhere; name a run's folder, such as runs/NAME [file_missing]"),
        ("photos", "photos is no run: it has no result.json; name one such as runs/NAME [file_missing]"),
        ("notes.txt", "notes.txt is no run; name a run's folder, such as runs/NAME, or its result.json [bad_result]"),
    ):
        first, *more = command
        arguments = (first, name, name) if more == ["other"] else (*command, name)
        assert run_cli(*arguments) == (3, "", f"frbench: {told}\n")


def test_a_folder_that_is_no_run_holds_no_scores(run_cli: RunCli) -> None:
    Path("photos").mkdir()
    said = run_cli("evaluate", "photos")
    assert (said.code, said.out) == (3, "")
    assert said.err.startswith("frbench: photos is a folder, and no run's; name a file of scores, or a run's folder")


def test_a_file_is_no_run_that_could_be_verified(run_cli: RunCli) -> None:
    Path("notes.txt").write_text("mine", encoding="utf-8")
    assert "no run's folder: notes.txt; name a run's folder" in run_cli("verify", "notes.txt").err


def test_a_list_fits_the_terminal_and_is_a_line_a_row_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list_.measures(Path())
    list_.show(rows, 80)
    fitted = capsys.readouterr().out
    assert max(map(len, fitted.splitlines())) <= 80
    list_.show(rows)
    assert len(capsys.readouterr().out.splitlines()) == len(rows) + 1
    for word in (word for row in rows for text in row.values() for word in text.split()):
        assert word in fitted
    list_.show(list_.recognizers(Path()), 80)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
