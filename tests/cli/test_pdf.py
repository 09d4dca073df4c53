"""`--pdf` of certify and report: whole files beside the others, that name the SHA-256 of what they were made from."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from fr_bench.cli import run_command
from tests.cli.conftest import RunCli

CONFIG = """[dataset]
card = "generated"
subjects = 4
images = 2
size = 64
[intervals]
draws = 20
[report]
draw = false
[run]
cache = false
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pdf")
    (folder / "small.toml").write_text(CONFIG, encoding="utf-8")
    assert run_command(["run", str(folder / "small.toml"), "--out", str(folder / "run"), "-q", "--measure", "EER"]) == 0
    return folder / "run"


def first_page(path: Path) -> str:
    return PdfReader(path, strict=True).pages[0].extract_text()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_dossier_of_a_run_names_the_digest_of_its_manifest(run_cli: RunCli, run: Path, tmp_path: Path) -> None:
    said = run_cli("certify", run, "--scheme", "iso-19795-1", "--pdf", "--lang", "ko", "--out", "out")
    assert said.code == 0, said.err
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == ["dossier.html", "dossier.pdf", "rehearsal.json"]
    assert f"manifest.json의 SHA-256: {digest(run / 'manifest.json')}" in first_page(out / "dossier.pdf")


def test_dossier_of_a_configuration_names_the_digest_of_the_rehearsal(run_cli: RunCli, run: Path) -> None:
    config = run.parent / "small.toml"
    said = run_cli("certify", config, "--scheme", "iso-19795-1", "--pdf", "--out", "out", "-q")
    assert said.code == 0, said.err
    expected = f"SHA-256 of rehearsal.json: {digest(Path('out/rehearsal.json'))}"
    assert expected in first_page(Path("out/dossier.pdf"))


def test_report_of_a_run_as_pdf(run_cli: RunCli, run: Path) -> None:
    said = run_cli("report", run, "--pdf")
    assert said.out.strip() == "run.pdf"
    assert digest(run / "result.json") in first_page(Path("run.pdf"))


@pytest.mark.parametrize("command", [("certify", "--scheme", "iso-19795-1"), ("report",)])
def test_without_the_extra_nothing_is_begun(
    run_cli: RunCli, run: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    said = run_cli(*command, run, "--pdf")
    assert said.code == 2
    assert f"frbench {command[0]} --pdf needs the extra pdf: pip install 'fr-bench-toolkit[pdf]'" in said.err
    assert list(Path().iterdir()) == []


def test_a_threshold_card_is_no_pdf(run_cli: RunCli, run: Path) -> None:
    said = run_cli("report", run, "--pdf", "--threshold-card", "card.json")
    assert said.code == 2
    assert "no --out or --pdf" in said.err
