"""A recognizer of one's own whose model file is replaced: no run and no template of the old model is shown again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import UNDRAWN, RunCli

SOURCE = """
import pathlib
import numpy as np
class Own:
    {files}
    def __init__(self):
        self.factor = float(pathlib.Path("model.txt").read_text())
    def embed(self, images):
        return np.array([i.ravel()[::7] * self.factor - 60 * self.factor ** 3 for i in images])
"""


@pytest.fixture
def run(run_cli: RunCli, faces: Path, tmp_path: Path) -> Any:
    def again(model: str, files: str, *more: str) -> tuple[dict[str, Any], str]:
        (tmp_path / "model.txt").write_text(model)
        (tmp_path / "mine.py").write_text(SOURCE.format(files=files))
        measured = ["--recognizer", "python:mine.py:Own", "--measure", "EER", *UNDRAWN, "--json"]
        said = run_cli("run", "--dataset", faces, *measured, *more)
        assert said.code == 0, said.err
        return json.loads(said.out), said.err

    return again


@pytest.mark.parametrize("files", ["files = ['model.txt']", "pass"])
def test_a_replaced_model_is_measured_anew(run: Any, files: str) -> None:
    first, _ = run("1", files)
    second, said = run("2", files)
    assert "complete already" not in said
    assert first["name"] != second["name"]
    assert second["timing"]["from_cache"] == 0


def test_templates_are_kept_where_the_class_names_its_files(run: Any) -> None:
    run("1", "files = ['model.txt']")
    other, _ = run("1", "files = ['model.txt']", "--out", "other", "--measure", "AUC")
    assert other["timing"]["computed"] == 0


def test_without_files_no_template_is_kept_and_the_report_says_how_to_keep_them(run: Any) -> None:
    run("1", "pass")
    other, _ = run("1", "pass", "--out", "other", "--measure", "AUC")
    assert other["timing"]["from_cache"] == 0
    assert "templates_not_kept" in {note["code"] for note in other["notes"]}


def test_without_files_the_same_templates_are_the_same_run(run: Any) -> None:
    """A killed run so goes on in its folder: what was compared already is known by the templates it came from."""
    first, _ = run("1", "pass", "--out", "same")
    again, said = run("1", "pass", "--out", "same")
    assert "complete already" in said
    assert first == again
