"""The command line under test: in this process, in a folder of its own, with a template cache of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from fr_bench.cli import run_command


class Said(NamedTuple):
    """What a command line answered."""

    code: int
    out: str
    err: str


RunCli = Callable[..., Said]


@pytest.fixture
def run_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunCli:
    """Run `frbench ARGUMENTS` in a temporary folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str | Path) -> Said:
        capsys.readouterr()
        code = run_command([str(a) for a in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """A folder per subject: 6 generated subjects, 4 pictures each, as PNG."""
    from PIL import Image

    from fr_bench.generator import plan_conditions, render

    root = tmp_path / "faces"
    for subject in range(6):
        folder = root / f"subject{subject}"
        folder.mkdir(parents=True)
        pictures = render(7, np.full(4, subject), plan_conditions(7, subject, 4))
        for number, picture in enumerate(pictures):
            Image.fromarray(picture).save(folder / f"{number}.png")
    return root


SMALL = ("--set", "dataset.subjects=6", "--set", "dataset.images=3")
"""Options that make the embedded default small enough for a test."""
UNDRAWN = ("--set", "report.draw=false")
"""No report: a second and a half less, for tests of what is measured."""
QUICK = (*SMALL, *UNDRAWN)
