"""`--quality FILE`: image quality beside a run and beside scores of any tool."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fr_bench.cli.options import specification
from fr_bench.formats import generated
from fr_bench.records import Card

from .conftest import QUICK, RunCli

IDS = generated.read(
    Card(name="g", format="generated", root=Path(), options={"subjects": 6, "images": 3, "size": 16})
).sample_ids


def analyses_of(text: str) -> list[dict[str, Any]]:
    return [one for one in json.loads(text)["analyses"] if one["kind"] == "quality"]


def note_codes(text: str) -> set[str]:
    return {note["code"] for note in json.loads(text)["notes"]}


@pytest.fixture
def plain_file(tmp_path: Path) -> Path:
    """A quality of all samples but two, and one of nobody."""
    path = tmp_path / "quality.csv"
    rows = [f"{name},{40 + k},{k % 5}" for k, name in enumerate(IDS[2:])]
    path.write_text("\n".join(["sample,sharpness,exposure", *rows, "nobody,3,3"]) + "\n", encoding="utf-8")
    return path


def test_every_column_of_a_plain_file_is_measured_and_absent_rows_are_counted(
    run_cli: RunCli, plain_file: Path
) -> None:
    said = run_cli("run", *QUICK, "--set", "intervals.draws=20", "--measure", "EER",
                   "--quality", plain_file, "--json")  # fmt: skip
    assert said.code == 0, said.err
    found = analyses_of(said.out)
    assert [one["subject"] for one in found] == ["sharpness", "exposure"]
    assert [(one["facts"]["samples"], one["facts"]["samples_unknown"]) for one in found] == [(18, 2)] * 2
    assert {"quality_rows_unmatched", "quality_unknown"} <= note_codes(said.out)


def test_columns_that_the_configuration_names_are_measured_alone(plain_file: Path) -> None:
    spec = specification(None, quality=plain_file, settings=('measures.quality=["exposure"]',))
    assert spec.measures.quality == ("exposure",)
    assert spec.dataset.options["quality"] == str(plain_file)
    moved = specification(None, quality=plain_file.rename(plain_file.with_name("other.csv")))
    assert moved.measures.quality == ("sharpness", "exposure")
    assert "quality" not in moved.identity()["dataset"]


def test_of_an_ofiq_file_the_unified_score_is_measured_beside_scores_of_any_tool(
    run_cli: RunCli, tmp_path: Path
) -> None:
    pairs = [(f"p{i}-{k}", f"p{j}-0") for i in range(5) for j in range(5) for k in (1, 2)]
    lines = [f"{p},{r},{p[:2]},{r[:2]},{int(p[:2] == r[:2])},{0.5 * (p[:2] == r[:2]) + 0.01 * n % 0.3}"
             for n, (p, r) in enumerate(pairs)]  # fmt: skip
    head = "probe,reference,probe_subject,reference_subject,label,score"
    (tmp_path / "scores.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    names = sorted({name for pair in pairs for name in pair})
    rows = [f"/scans/{name}.png;{k};{50 + k};{k}" for k, name in enumerate(names)]
    ofiq = ["Filename;UnifiedQualityScore;UnifiedQualityScore.scalar;Sharpness.scalar", *rows]
    (tmp_path / "ofiq.csv").write_text("\n".join(ofiq), encoding="utf-8")
    said = run_cli("evaluate", "scores.csv", "--quality", "ofiq.csv", "--draws", "20", "--json",
                   "--measure", "FNMR@FMR=0.1")  # fmt: skip
    assert said.code == 0, said.err
    assert [one["subject"] for one in analyses_of(said.out)] == ["ofiq.UnifiedQualityScore.scalar"]


def test_samples_without_a_usable_quality_are_counted_in_all_on_the_terminal(run_cli: RunCli, tmp_path: Path) -> None:
    rows = [f"s{k}a,s{k}b,s{k},s{k},0.{k + 1},1" for k in range(8)]
    rows += [f"s{k}a,s{k + 1}b,s{k},s{k + 1},0.0{k},0" for k in range(7)]
    head = "probe,reference,probe_subject,reference_subject,score,label"
    (tmp_path / "scores.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    # Of 16 samples 6 have no row, and 2 could not be assessed.
    known = [f"s{k}{side},{-1 if k == 0 else k}" for k in range(5) for side in "ab"]
    (tmp_path / "q.csv").write_text("\n".join(["sample,sharp", *known]) + "\n", encoding="utf-8")
    asked = ("--quality", "q.csv", "--measure", "EER", "--draws", "20")
    told = " ".join(run_cli("evaluate", "scores.csv", *asked).out.split())
    assert "Warning: 6 samples have no row in the quality file, and so no quality." in told
    assert "8 of 16 samples have no known quality 'sharp', 2 of them -1 (failure to assess)" in told
    korean = " ".join(run_cli("evaluate", "scores.csv", *asked, "--lang", "ko").out.split())
    assert "샘플 6개는 품질 파일에 행이 없어" in korean
    assert "평가 실패를 뜻하는 -1" in korean


def test_scores_without_ids_have_no_quality(run_cli: RunCli, tmp_path: Path, plain_file: Path) -> None:
    (tmp_path / "scores.csv").write_text("label,score\n1,0.9\n0,0.1\n", encoding="utf-8")
    said = run_cli("evaluate", "scores.csv", "--quality", plain_file)
    assert said.code == 2
    assert "--probe and --reference" in said.err
