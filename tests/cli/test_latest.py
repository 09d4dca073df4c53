"""`runs/latest`, the file that names the run finished last: every command that takes a run takes it, and none is led
astray by one of a stranger's making."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fr_bench.cli import run_command
from tests.cli.conftest import RunCli

CONFIG = (
    '[dataset]\ncard = "generated"\nsubjects = 6\nimages = 5\nsize = 64\n[intervals]\ndraws = 50\n'
    '[measures]\nreport = ["EER"]\n[report]\ndraw = false\n[run]\ncache = false\n'
)
LATEST = "runs/latest"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where one run was made: runs/NAME, and the pointer beside it."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "small.toml").write_text(CONFIG, encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert run_command(["run", "small.toml", "-q"]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A copy of that run where the command line works."""
    shutil.copytree(made / "runs", tmp_path / "runs")
    return tmp_path / "runs" / (tmp_path / LATEST).read_text("utf-8").strip()


def test_every_command_that_takes_a_run_takes_the_latest(run: Path, run_cli: RunCli) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key"], check=True)
    told = {
        ("verify", LATEST, "--no-figures"): (5, run.name),
        ("report", LATEST, "--out", "page.html"): (0, "page.html"),
        ("explain", "EER", LATEST): (0, run.name),
        ("evaluate", LATEST, "--measure", "AUC", "--draws", "20"): (0, "AUC"),
        ("baseline", LATEST, "-o", "base.json", "--draws", "20"): (0, ""),
        ("gate", LATEST, "--baseline", "base.json"): (0, "pass"),
        ("diff", LATEST, LATEST, "--draws", "20"): (0, "EER"),
        ("certify", LATEST, "--scheme", "kisa-style-face"): (5, "KISA"),
        ("sign", LATEST, "--key", "key", "--json"): (0, f"runs/{run.name}/manifest.json.sig"),
    }
    for arguments, (code, text) in told.items():
        said = run_cli(*arguments)
        assert (said.code, text in said.out) == (code, True), (arguments, said)
    assert f"run '{run.name}' measured no FMR" in run_cli("plan", "FMR<=1e-2", "--from", LATEST).err


@pytest.mark.parametrize("command", [("verify",), ("report",), ("gate",), ("certify", "--scheme", "kisa-style-face"),
                                     ("evaluate",), ("explain", "EER"), ("sign",)])  # fmt: skip
def test_where_no_run_was_finished_a_sentence_says_so(
    run_cli: RunCli, tmp_path: Path, command: tuple[str, ...]
) -> None:
    said = run_cli(*command, LATEST)
    assert (said.code, said.out) == (3, "")
    assert said.err == (
        "frbench: there is no runs/latest: no run was finished beside it; name a run's folder, such as runs/NAME "
        "[file_missing]\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_removed_is_named(run: Path, run_cli: RunCli) -> None:
    shutil.rmtree(run)
    said = run_cli("verify", LATEST)
    assert said.code == 3
    assert f"runs/latest names the run {run.name}, which is not there; name another" in said.err


@pytest.mark.parametrize("text", ["../{}", "{}/..", "..", "", ".", "a\0b", "{folder}/{}"])
def test_a_pointer_that_leads_elsewhere_is_refused(run: Path, run_cli: RunCli, text: str) -> None:
    Path(LATEST).write_text(text.replace("{folder}", str(run.parent)).replace("{}", run.name), encoding="utf-8")
    said = run_cli("verify", LATEST)
    assert (said.code, said.err.rstrip().endswith("[path_outside]")) == (3, True), said.err


def test_links_and_pipes_in_place_of_the_pointer_or_the_run_are_refused(run: Path, run_cli: RunCli) -> None:
    pointer = Path(LATEST)
    other = run.rename(run.parent.parent / "elsewhere")
    run.symlink_to(other)
    assert "which is not there" in run_cli("verify", LATEST).err
    pointer.unlink()
    pointer.symlink_to(other)
    assert "runs/latest is a link" in run_cli("verify", LATEST).err
    pointer.unlink()
    os.mkfifo(pointer)
    said = run_cli("evaluate", LATEST)
    assert (said.code, "[not_regular_file]" in said.err) == (3, True)


def test_a_folder_called_latest_is_the_run_itself(run: Path, run_cli: RunCli) -> None:
    run.rename("latest")
    said = run_cli("explain", "EER", "latest")
    assert (said.code, "latest:" in said.out) == (0, True)


def test_a_file_of_scores_called_latest_is_measured(run_cli: RunCli) -> None:
    Path("latest").write_text("score,label\n0.9,mated\n0.8,mated\n0.1,nonmated\n", encoding="utf-8")
    said = run_cli("evaluate", "latest", "--measure", "EER", "--json")
    assert said.code == 0
    assert json.loads(said.out)["measurements"][0]["measure"] == "EER"
