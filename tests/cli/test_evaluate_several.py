"""`frbench evaluate` with development scores, with a calibration, and with systems to fuse; the threshold card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fr_bench.records import ScoreSet
from tests.two_parts import people_scores

from .conftest import UNDRAWN, RunCli

FEW = ("--measure", "EER", "--measure", "FNMR@FMR=1e-2", "--draws", "50", "--json")


def write(path: Path, scores: ScoreSet) -> Path:
    lines = ["probe,reference,probe_subject,reference_subject,score,label"]
    assert scores.probes is not None
    for part, label in ((scores.mated, 1), (scores.nonmated, 0)):
        assert part.probe is not None
        assert part.reference is not None
        for value, p, r in zip(part.values.tolist(), part.probe.tolist(), part.reference.tolist(), strict=True):
            ids, names = scores.probes.ids, scores.probes.subjects
            lines.append(f"{ids[p]},{ids[r]},{names[p]},{names[r]},{value!r},{label}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    return {
        "a": write(tmp_path / "a.csv", people_scores(30, gap=2.0, seed=1)),
        "b": write(tmp_path / "b.csv", people_scores(30, gap=2.0, seed=2)),
        "dev": write(tmp_path / "dev.csv", people_scores(30, gap=2.0, seed=3, prefix="d")),
    }


def test_thresholds_of_development_scores_are_judged(run_cli: RunCli, files: dict[str, Path]) -> None:
    said = run_cli("evaluate", files["a"], "--development", files["dev"], *FEW)
    assert said.code == 0, said.err
    found = next(one for one in json.loads(said.out)["analyses"] if one["kind"] == "transfer")
    assert [row[0] for row in found["tables"][0]["rows"]] == ["FMR=1e-2", "EER"]


def test_the_terminal_shows_what_thresholds_of_development_scores_attain(
    run_cli: RunCli, files: dict[str, Path]
) -> None:
    asked = ("--measure", "FNMR@FMR=1e-2", "--measure", "FNMR@FMR=1e-9", "--draws", "50")
    said = run_cli("evaluate", files["a"], "--development", files["a"], *asked)
    assert said.code == 0, said.err
    below = said.out.partition("Thresholds set on other data\n")[2]
    names = [line.partition("  ")[0] for line in below.splitlines() if line.startswith(("FMR=", "EER: "))]
    assert names[:7] == [
        "FMR=1e-2: FMR", "FMR=1e-2: FNMR", "FMR=1e-2: HTER", "FMR=1e-9", "EER: FMR", "EER: FNMR", "EER: HTER",
    ]  # fmt: skip
    told = " ".join(below.split())
    assert "30 of 30 subjects are in the development set too" in told
    assert "judged apart, under Thresholds set on other data." in told


def test_markdown_shows_what_thresholds_of_development_scores_attain_in_korean(
    run_cli: RunCli, files: dict[str, Path]
) -> None:
    asked = ("--measure", "FNMR@FMR=1e-2", "--draws", "50", "--format", "md", "--lang", "ko")
    said = run_cli("evaluate", files["a"], "--development", files["dev"], *asked)
    assert "**다른 데이터에서 정한 임계치**" in said.out
    assert "| FMR=1e-2: HTER |" in said.out
    assert "개발용 점수(본인쌍" in said.out


def test_the_terminal_shows_what_calibrated_scores_are_worth(run_cli: RunCli, files: dict[str, Path]) -> None:
    said = run_cli("evaluate", files["a"], "--calibrate", "affine", "--measure", "Cllr", "--draws", "50")
    assert said.code == 0, said.err
    assert "not measurable" not in said.out
    rows = [line for line in said.out.splitlines() if line.startswith("Cllr ")]
    # As a measure that was asked for, and under what was calibrated.
    assert len(rows) == 2
    assert rows[0].split()[1] == rows[1].split()[1]
    told = " ".join(said.out.split())
    assert "Note: Calibrated by affine, learnt on" in told
    assert "Cllr and what stands under Calibration are of the calibrated scores" in told


@pytest.mark.parametrize("method", ["affine", "pav"])
def test_scores_are_calibrated_on_a_part_of_the_subjects(run_cli: RunCli, files: dict[str, Path], method: str) -> None:
    said = run_cli("evaluate", files["a"], "--calibrate", method, *FEW)
    assert said.code == 0, said.err
    found = next(one for one in json.loads(said.out)["analyses"] if one["kind"] == "calibration")
    assert found["facts"]["method"] == method


def test_two_systems_are_fused_and_shown_beside_each_other(
    run_cli: RunCli, files: dict[str, Path], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    said = run_cli("evaluate", files["a"], "--with", files["b"], "--fuse", "logistic", *FEW, "--out", page)
    assert said.code == 0, said.err
    found = next(one for one in json.loads(said.out)["analyses"] if one["kind"] == "fusion")
    assert found["facts"]["systems"] == ["a", "b"]
    assert "Alone and together" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--with", "b.csv"), "needs --fuse"),
        (("--fuse", "z-sum"), "--with FILE"),
        (("--with", "b.csv", "--fuse", "z-sum", "--calibrate", "pav"), "goes with neither"),
        (("--train-subjects", "0.3"), "add --calibrate or --fuse"),
        (("--development", "b.csv", "--calibrate", "pav", "--train-subjects", "0.3"), "leave one of them out"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    run_cli: RunCli, files: dict[str, Path], options: tuple[str, ...], words: str
) -> None:
    said = run_cli("evaluate", files["a"], *options)
    assert said.code == 2
    assert words in said.err


def test_card_of_a_run_is_written_and_a_run_without_thresholds_refused(run_cli: RunCli, tmp_path: Path) -> None:
    small = ("--set", "dataset.subjects=8", "--set", "dataset.images=3", "--set", "intervals.draws=20", *UNDRAWN)
    assert run_cli("run", "--measure", "FNMR@FMR=0.1", "--out", "first", *small).code == 0
    said = run_cli("report", "first", "--threshold-card", "card.json")
    assert said.code == 0, said.err
    card = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert card["warnings"][0]["code"] == "generated_data"
    assert card["recognizer"]["name"] == "baseline"
    assert run_cli("run", "--measure", "EER", "--out", "second", *small).code == 0
    said = run_cli("report", "second", "--threshold-card", "none.json")
    assert said.code == 2
    assert not (tmp_path / "none.json").exists()
