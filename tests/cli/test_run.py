"""`frbench run`, as a user types it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from .conftest import QUICK, SMALL, UNDRAWN, RunCli


def run_folder(root: Path) -> Path:
    (folder,) = (p for p in (root / "runs").iterdir() if p.is_dir())
    return folder


def test_embedded_default_prints_counts_measures_and_where_the_report_is(run_cli: RunCli, tmp_path: Path) -> None:
    said = run_cli("run", *SMALL)
    assert said.code == 0
    for text in ("Subjects", "6", "Samples", "18", "Mated comparisons", "Nonmated comparisons", "135", "EER", "FTA"):
        assert text in said.out
    assert said.err.rstrip().endswith("report.html")
    assert "<h1" in (run_folder(tmp_path) / "report.html").read_text("utf-8")


def test_run_folder_holds_what_the_manifest_says(run_cli: RunCli, tmp_path: Path) -> None:
    import hashlib

    run_cli("run", *SMALL)
    folder = run_folder(tmp_path)
    files = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    assert {"report.html", "result.json", "metrics.csv", "failures.csv", "run.toml", "log.jsonl"} <= set(files)
    assert {"figures/det.png", "figures/det.svg", "scores/README.txt", "scores/mated_values.npy"} <= set(files)
    for name, entry in files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"], name


def test_second_run_is_shown_again_and_computes_nothing(run_cli: RunCli, tmp_path: Path) -> None:
    first = run_cli("run", *QUICK)
    before = {p: p.stat().st_mtime_ns for p in run_folder(tmp_path).rglob("*")}
    second = run_cli("run", *QUICK)
    assert second.out == first.out
    assert "complete already" in second.err
    assert {p: p.stat().st_mtime_ns for p in run_folder(tmp_path).rglob("*")} == before


def test_another_measure_takes_every_template_from_the_cache(run_cli: RunCli, tmp_path: Path) -> None:
    run_cli("run", *QUICK)
    assert run_cli("run", *QUICK, "--measure", "FNMR@FMR=0.1", "--out", "second").code == 0
    timing = json.loads((tmp_path / "second" / "result.json").read_text("utf-8"))["timing"]
    assert (timing["from_cache"], timing.get("computed", 0)) == (18, 0)


def test_same_templates_give_the_same_bytes_in_another_folder(run_cli: RunCli, tmp_path: Path) -> None:
    run_cli("run", *SMALL, "--out", "one")
    run_cli("run", *SMALL, "--out", "two", "--set", "run.threads=1")
    one, two = tmp_path / "one", tmp_path / "two"
    names = [p.relative_to(one) for p in one.rglob("*") if p.suffix in (".npy", ".csv", ".png", ".svg")]
    assert names
    assert [n for n in names if (one / n).read_bytes() != (two / n).read_bytes()] == []
    results = [json.loads((p / "result.json").read_text("utf-8")) for p in (one, two)]
    for result in results:
        for part in ("environment", "timing", "run"):
            result.pop(part)
    assert results[0] == results[1]


def test_folder_per_subject_without_a_configuration(run_cli: RunCli, faces: Path) -> None:
    said = run_cli("run", "--dataset", faces, "--recognizer", "baseline", *UNDRAWN, "--json")
    result = json.loads(said.out)
    assert said.code == 0
    assert (result["dataset"]["subjects"], result["dataset"]["samples"]) == (6, 24)
    assert (result["comparison"]["mated_made"], result["comparison"]["nonmated_made"]) == (36, 240)


def test_pairs_list_measures_only_what_it_names(run_cli: RunCli, faces: Path) -> None:
    rows = ["probe,reference,mated", "subject0/0.png,subject0/1.png,1", "subject0/0.png,subject1/1.png,0"]
    (faces / "pairs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = run_cli("run", "--dataset", faces / "pairs.csv", "--recognizer", "baseline", *UNDRAWN, "--json")
    result = json.loads(said.out)
    assert result["dataset"]["samples"] == 3
    assert (result["comparison"]["mated_made"], result["comparison"]["nonmated_made"]) == (1, 1)
    fta = next(m for m in result["measurements"] if m["measure"] == "FTA")
    assert fta["counts"] == {"errors": 0, "trials": 3}


def test_manifest_with_roles_compares_references_with_probes(run_cli: RunCli, faces: Path) -> None:
    rows = ["path,subject,role,sex"]
    for subject in range(6):
        rows += [f"subject{subject}/{k}.png,00{subject},{'reference' if k < 2 else 'probe'},NA" for k in range(4)]
    (faces / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = run_cli("run", "--dataset", faces / "manifest.csv", "--recognizer", "baseline", *UNDRAWN, "--json")
    result = json.loads(said.out)
    assert result["comparison"]["plan"] == "gallery"
    assert (result["comparison"]["references"], result["comparison"]["probes"]) == (6, 12)
    assert (result["comparison"]["mated_made"], result["comparison"]["nonmated_made"]) == (12, 60)
    assert result["dataset"]["attributes"]["sex"] == {"NA": 24}


def test_damaged_images_are_counted_and_listed_and_stop_nothing(run_cli: RunCli, faces: Path, tmp_path: Path) -> None:
    (faces / "subject0" / "0.png").write_bytes(b"")
    (faces / "subject1" / "1.png").write_bytes((faces / "subject1" / "1.png").read_bytes()[:200])
    result = json.loads(
        run_cli("run", "--dataset", faces, "--recognizer", "baseline", *UNDRAWN, "--json", "--out", "run").out
    )
    comparison = result["comparison"]
    assert (comparison["mated_planned"], comparison["mated_made"], comparison["mated_failed"]) == (36, 30, 6)
    assert comparison["nonmated_made"] + comparison["nonmated_failed"] == comparison["nonmated_planned"] == 240
    fta = next(m for m in result["measurements"] if m["measure"] == "FTA")
    assert fta["counts"] == {"errors": 2, "trials": 24}
    rows = list(csv.DictReader((tmp_path / "run" / "failures.csv").read_text("utf-8").splitlines()))
    assert [(row["subject"], row["reason"]) for row in rows] == [("subject0", "empty"), ("subject1", "truncated")]


def test_limit_stamps_every_output(run_cli: RunCli, faces: Path, tmp_path: Path) -> None:
    said = run_cli("run", "--dataset", faces, "--recognizer", "baseline", "--limit", "3", "--out", "run")
    assert "LIMITED" in said.out
    assert "LIMITED" in (tmp_path / "run" / "report.html").read_text("utf-8")
    assert json.loads((tmp_path / "run" / "result.json").read_text("utf-8"))["labels"] == ["limited"]


def test_dry_run_says_counts_and_writes_nothing(run_cli: RunCli, faces: Path, tmp_path: Path) -> None:
    said = run_cli("run", "--dataset", faces, "--recognizer", "baseline", "--dry-run", "--json")
    told = json.loads(said.out)
    assert (told["mated"], told["nonmated"], told["smallest_fmr"]) == (36, 240, 1 / 240)
    assert told["memory_bytes"] > 0
    assert told["seconds_for_templates"] >= 0
    assert not (tmp_path / "runs").exists()


def test_other_content_in_the_way_is_refused_and_untouched(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious", encoding="utf-8")
    said = run_cli("run", *QUICK, "--out", "mine")
    assert said.code == 6
    assert "mine" in said.err
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    assert run_cli("run", *QUICK, "--out", "mine", "--force").code == 0
    assert (tmp_path / "mine.old-1" / "thesis.txt").read_text("utf-8") == "precious"


def test_resolved_configuration_runs_again(run_cli: RunCli, tmp_path: Path) -> None:
    run_cli("run", *QUICK, "--out", "one")
    said = run_cli("run", tmp_path / "one" / "run.toml", "--out", "one")
    assert said.code == 0
    assert "complete already" in said.err


def test_markdown_and_csv_tables(run_cli: RunCli) -> None:
    assert "| EER |" in run_cli("run", *QUICK, "--format", "md").out
    rows = list(csv.DictReader(run_cli("run", *QUICK, "--format", "csv").out.splitlines()))
    assert {"measure", "value", "errors", "trials", "low", "high"} <= set(rows[0])


def test_run_that_draws_nothing_says_what_draws_it_and_the_page_is_the_same(run_cli: RunCli, tmp_path: Path) -> None:
    said = run_cli("run", *QUICK, "--out", "quick")
    assert "`frbench report quick` draws it" in said.err
    assert not (tmp_path / "quick" / "report.html").exists()
    assert not (tmp_path / "quick" / "figures").exists()
    assert run_cli("report", "quick", "--out", "page.html").code == 0
    assert "<svg" in (tmp_path / "page.html").read_text("utf-8")
    verified = run_cli("verify", "quick")
    assert verified.code == 0, verified.out + verified.err
    assert "metrics.csv and failures.csv say the same" in verified.out
