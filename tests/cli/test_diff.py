"""`frbench diff`: two runs of the command line compared, shown, written, or refused."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.comparing import Side
from fr_bench.reports import result_file
from fr_bench.storage import scores
from tests.two_runs import People, score_set, scores_of, side

from .conftest import UNDRAWN, RunCli

PEOPLE = People.of(24, 3)
MEASURES = ("EER", "FNMR@FMR=0.05", "AUC", "FNMR@threshold=1.5")
NOBODY: frozenset[str] = frozenset()
GONE = frozenset({"s004", "s009"})


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Run folders: two systems, and the first again without a template of two samples."""
    folder = tmp_path_factory.mktemp("runs")
    first, second = scores_of(PEOPLE, 2), scores_of(PEOPLE, 3, separation=1.5)
    return {
        name: kept(folder / name, side(name, PEOPLE, score_set(PEOPLE, values, failed=failed), failed=failed,
                                       measures=MEASURES))
        for name, values, failed in (("a", first, NOBODY), ("b", second, NOBODY), ("gone", first, GONE))
    }  # fmt: skip


def kept(folder: Path, made: Side) -> Path:
    scores.write(folder / "scores", made.scores)
    (folder / "result.json").write_bytes(result_file.write(made.result))
    return folder


def told(run_cli: RunCli, *arguments: str | Path) -> dict[str, Any]:
    said = run_cli("diff", *arguments, "--draws", "100", "--json")
    assert said.code == 0, said.err
    document: dict[str, Any] = json.loads(said.out)
    return document


def test_the_table_shows_both_systems_the_difference_and_the_verdict(run_cli: RunCli, runs: dict[str, Path]) -> None:
    said = run_cli("diff", runs["a"], runs["b"], "--draws", "100")
    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    assert "Compared on 72 mated and 2 484 nonmated comparisons" in words
    assert re.search(r"EER +\d+\.\d+ % +\d+\.\d+ % +\+\d+\.\d+ pp", said.out)
    assert re.search(r"\[\+\d+\.\d+, \+\d+\.\d+\] pp", said.out)
    assert "Difference: B less A." in words
    assert "adjusted after Holm over the 4 measures here" in words
    assert "subjects_as_unit" not in words


def test_the_table_fits_the_screen(run_cli: RunCli, runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = run_cli("diff", runs["a"], runs["b"], "--draws", "100")
    assert max(len(line) for line in said.out.splitlines()) <= 80


def test_json_holds_every_figure_and_label(run_cli: RunCli, runs: dict[str, Path]) -> None:
    found = told(run_cli, runs["a"], runs["b"], "--measure", "FNMR@FMR=0.05", "--mcnemar")
    assert found["schema"] == "fr-bench-diff/1"
    (row,) = found["measurements"]
    assert row["value"] == pytest.approx(row["details"]["second"]["value"] - row["details"]["first"]["value"])
    assert row["interval"]["method"] == "paired-draws"
    assert "subjects_as_unit" in row["labels"]
    assert row["details"]["mcnemar"]["labels"] == ["assumes_independent_comparisons"]
    assert {"p", "p_adjusted", "minimum_detectable", "verdict", "margin"} <= set(row["details"])


def test_the_same_command_gives_the_same_bytes(run_cli: RunCli, runs: dict[str, Path], tmp_path: Path) -> None:
    pages = []
    for name in ("one.html", "two.html"):
        said = run_cli("diff", runs["a"], runs["b"], "--draws", "100", "--html", tmp_path / name)
        assert said.code == 0, said.err
        pages.append(((tmp_path / name).read_bytes(), said.out))
    assert pages[0] == pages[1]


@pytest.mark.parametrize(("language", "words"), [("en", "B is worse"), ("ko", "B가 더 나쁨")])
def test_the_page_holds_table_plot_and_both_runs(
    run_cli: RunCli, runs: dict[str, Path], tmp_path: Path, language: str, words: str
) -> None:
    said = run_cli("diff", runs["a"], runs["b"], "--draws", "100", "--html", tmp_path / "d.html", "--lang", language)
    assert said.code == 0, said.err
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert words in page
    assert words in said.out
    assert '<section id="differences"' in page
    assert '<section id="det"' in page
    assert page.count("<svg") >= 2


def test_a_run_against_itself_shows_no_difference(run_cli: RunCli, runs: dict[str, Path]) -> None:
    found = told(run_cli, runs["a"], runs["a"])
    assert [row["value"] for row in found["measurements"]] == [0.0] * 4
    assert not any(row["details"]["verdict"] == "worse" for row in found["measurements"])
    assert "no difference seen" in run_cli("diff", runs["a"], runs["a"], "--draws", "100").out


def test_comparisons_of_failed_samples_are_left_out_and_told(run_cli: RunCli, runs: dict[str, Path]) -> None:
    said = run_cli("diff", runs["a"], runs["gone"], "--draws", "100")
    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    assert "A 4 mated and 137 nonmated comparisons left out" in words
    assert "Warning" in words
    found = told(run_cli, runs["a"], runs["gone"], "--failures", "non-match", "--measure", "FNMR@threshold=-99")
    assert found["facts"]["as_non_matches"]["second"] == [4, 137]
    assert found["measurements"][0]["value"] == 4 / 72


def test_margins_may_be_given_for_all_measures_or_for_one(run_cli: RunCli, runs: dict[str, Path]) -> None:
    found = told(run_cli, runs["a"], runs["b"], "--margin", "0.01", "--margin", "FNMR@FMR=0.05:0.9")
    margins = {row["measure"]: (row["details"]["margin"], row["details"]["verdict"]) for row in found["measurements"]}
    assert margins["EER"][0] == 0.01
    assert margins["FNMR@FMR=0.05"] == (0.9, "not worse")


def test_other_data_are_refused_as_not_comparable(run_cli: RunCli, runs: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(runs["b"], tmp_path / "other")
    result = json.loads((tmp_path / "other" / "result.json").read_text(encoding="utf-8"))
    result["dataset"]["digest"] = "0" * 64
    (tmp_path / "other" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    said = run_cli("diff", runs["a"], tmp_path / "other", "--html", tmp_path / "d.html")
    assert said.code == 2
    assert "[not_comparable]" in said.err
    assert "data digest" in said.err
    assert said.out == ""
    assert not (tmp_path / "d.html").exists()


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--margin", "-1"), 2, "at least 0"),
        (("--margin", "EER:x"), 2, "no number"),
        (("--margin", "EERR:0.1"), 2, "did you mean 'EER'"),
        (("--measure", "AUX"), 2, "did you mean 'AUC'"),
        (("--threshold-a", "0.3"), 2, "go together"),
        (("--html", "nowhere/d.html"), 2, "no folder"),
        (("--failures", "ignore"), 2, "non-match"),
    ],
)
def test_a_wrong_option_is_named(
    run_cli: RunCli, runs: dict[str, Path], options: tuple[str, ...], code: int, words: str
) -> None:
    said = run_cli("diff", runs["a"], runs["b"], *options)
    assert (said.code, said.out) == (code, "")
    assert words in said.err


def test_a_run_that_is_not_there_is_a_data_error(run_cli: RunCli, runs: dict[str, Path]) -> None:
    said = run_cli("diff", runs["a"], "nothing")
    assert said.code == 3
    assert "[file_missing]" in said.err


def test_a_result_without_its_scores_says_what_is_needed(
    run_cli: RunCli, runs: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copy(runs["b"] / "result.json", tmp_path / "result.json")
    said = run_cli("diff", runs["a"], tmp_path / "result.json")
    assert said.code == 3
    assert "needs the run's folder" in said.err


def test_a_changed_score_file_is_refused(run_cli: RunCli, runs: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(runs["b"], tmp_path / "b")
    values = tmp_path / "b" / "scores" / "mated_values.npy"
    data = bytearray(values.read_bytes())
    data[-1] ^= 1
    values.write_bytes(bytes(data))
    said = run_cli("diff", runs["a"], tmp_path / "b")
    assert said.code == 3
    assert "[hash_mismatch]" in said.err


def test_runs_of_the_command_line_are_compared(run_cli: RunCli, tmp_path: Path) -> None:
    from PIL import Image

    ids = [f"p{subject:02}/{k}.png" for subject in range(8) for k in range(2)]
    for number, name in enumerate(ids):
        (tmp_path / "faces" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4, 3), number, dtype=np.uint8)).save(tmp_path / "faces" / name)
    rng = np.random.default_rng(1)
    centre = np.repeat(rng.normal(size=(8, 16)), 2, axis=0)
    for system, noise in (("a", 0.9), ("b", 1.6)):
        np.savez(
            tmp_path / f"{system}.npz", ids=np.array(ids),
            vectors=(centre + noise * rng.normal(size=centre.shape)).astype(np.float32),
        )  # fmt: skip
        said = run_cli("run", "--dataset", "faces", "--recognizer", f"templates:{system}.npz", "--out", system,
                       *UNDRAWN, "--set", "intervals.draws=100")  # fmt: skip
        assert said.code == 0, said.err
    found = told(run_cli, "a", "b")
    assert found["facts"]["mated"] == 8
    assert [found["facts"][s]["recognizer"] for s in ("first", "second")] == ["a", "b"]
    compared = [row for row in found["measurements"] if row["value"] is not None]
    assert {"EER", "FTA", "FTE"} <= {row["measure"] for row in compared}
    assert all("too_few_subjects" in row["labels"] for row in compared)
    assert {row["details"]["verdict"] for row in compared} == {"inconclusive"}
