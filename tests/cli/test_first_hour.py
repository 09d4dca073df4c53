"""What a new user runs into in the first hour, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.recognizers import networks
from tests.recognizers.networks import weights

from .conftest import UNDRAWN, RunCli


def test_a_data_folder_that_does_not_exist_is_named(run_cli: RunCli) -> None:
    said = run_cli("check", "--data", "nodir")
    assert said.code == 3
    assert "nodir" in said.err
    assert "--data" in said.err
    assert "[file_missing]" in said.err


def test_a_list_in_a_working_folder_gives_the_same_notes_after_a_run(run_cli: RunCli, faces: Path) -> None:
    rows = [f"faces/subject{s}/{k}.png,subject{s}" for s in range(6) for k in range(3)]
    (faces.parent / "m.csv").write_text("path,subject\n" + "\n".join(rows) + "\n")
    notes = []
    for level in ("0.9", "0.95"):
        said = run_cli(
            "run",
            "--dataset",
            "m.csv",
            "--recognizer",
            "baseline",
            "--json",
            *UNDRAWN,
            "--set",
            f"intervals.level={level}",
        )
        assert said.code == 0, said.err
        notes.append([note for note in json.loads(said.out)["notes"] if note["code"] == "files_left_out"])
    assert notes == [[], []]


def test_alignment_is_no_assumption_of_pictures_without_landmarks(run_cli: RunCli, faces: Path, tmp_path: Path) -> None:
    networks.linear(tmp_path / "m.onnx", shape=(1, 3, 112, 112), tensors={"w": weights(3 * 112 * 112)})
    plain = run_cli("check", "--dataset", faces, "--recognizer", "onnx:m.onnx", "--json")
    marked = run_cli(
        "check", "--dataset", "generated", "--recognizer", "onnx:m.onnx", "--json", "--set", "dataset.subjects=3"
    )
    codes = [{note["code"] for note in json.loads(said.out)["notes"]} for said in (plain, marked)]
    assert ["assumed_alignment" in found for found in codes] == [False, True]
    assert all("assumed_preprocessing" in found for found in codes)
