"""Batches are kept one by one, a second start goes on, and random numbers depend on nothing but a batch's name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.coverage import __main__ as command
from bench.coverage import campaign, families
from bench.coverage.campaign import Batch, Results
from bench.coverage.experiments import Job

SMALL = Batch(Job("FNMR", 50, "gauss-strong"), 0, 5, 0)


def test_a_batch_gives_the_same_figures_whenever_it_is_made() -> None:
    first, second = campaign.made(SMALL), campaign.made(SMALL)
    assert first["cells"] == second["cells"]


def test_batches_of_one_job_have_different_random_numbers() -> None:
    other = Batch(SMALL.job, 1, 5, 0)
    assert campaign.made(SMALL)["cells"] != campaign.made(other)["cells"]


def test_a_second_start_makes_only_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    wanted = [SMALL, Batch(SMALL.job, 1, 5, 0)]
    assert len(list(campaign.run(wanted[:1], Results(file), 1))) == 1
    assert [line["batch"] for line in campaign.run(wanted, Results(file), 1)] == [1]
    assert list(campaign.run(wanted, Results(file), 1)) == []


def test_a_stopped_and_resumed_run_ends_with_the_same_figures(tmp_path: Path) -> None:
    wanted = [SMALL, Batch(SMALL.job, 1, 5, 0)]
    whole, parts = Results(tmp_path / "whole.jsonl"), Results(tmp_path / "parts.jsonl")
    list(campaign.run(wanted, whole, 1))
    list(campaign.run(wanted[1:], parts, 1))
    list(campaign.run(wanted, parts, 1))
    assert Results(tmp_path / "whole.jsonl").tallies(wanted) == parts.tallies(wanted)


def test_a_line_cut_off_by_a_crash_is_made_again(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    list(campaign.run([SMALL], Results(file), 1))
    file.write_bytes(file.read_bytes()[:-40])
    assert len(list(campaign.run([SMALL], Results(file), 1))) == 1
    assert [json.loads(text)["batch"] for text in file.read_text("utf-8").splitlines()] == [0]


def test_figures_of_other_code_are_made_again(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.jsonl")
    results.add(campaign.made(SMALL) | {"product": "of another day"})
    assert not results.has(SMALL)
    assert results.tallies([SMALL]) == {}


def test_figures_of_other_code_count_where_the_caller_says_so(tmp_path: Path) -> None:
    Results(tmp_path / "results.jsonl").add(campaign.made(SMALL) | {"product": "of another day"})
    results = Results(tmp_path / "results.jsonl", ["of another day"])
    assert results.has(SMALL)
    assert results.products([SMALL]) == ["of another day"]


def test_replicates_are_cut_into_batches() -> None:
    found = campaign.batches([Job("FMR", 50, "gauss-none"), Job("curve", 50, "gauss-none")], 250, 33)
    assert [(b.job.family, b.number, b.replicates, b.draws) for b in found][:3] == [
        ("FMR", 0, 100, 0),
        ("curve", 0, 20, 33),
        ("FMR", 1, 100, 0),
    ]
    assert sum(b.replicates for b in found if b.job.family == "FMR") == 250
    assert sum(b.replicates for b in found if b.job.family == "curve") == 250


def test_the_whole_bar_has_every_size_and_population() -> None:
    everything = [job for job in campaign.jobs() if job.family not in families.FAMILIES]
    assert len(everything) == 2 * 4 * 5 + 3 * 5 + 3 * 3 + 3 * 5 + 3 * 5 + 2 * 5
    of_family = {family: [job for job in campaign.jobs() if job.family == family] for family in families.FAMILIES}
    assert {family: len(jobs) for family, jobs in of_family.items()} == {
        "search": 15, "group": 15, "group-equal": 15, "attack": 15, "quality": 15, "animals": 9
    }  # fmt: skip


def test_patterns_choose_cells() -> None:
    found = campaign.jobs(["FMR/n=300/skew-*", "curve/n=50/gauss-none"])
    assert [str(job) for job in found] == ["FMR/n=300/skew-medium", "FMR/n=300/skew-strong", "curve/n=50/gauss-none"]


def test_an_unknown_cell_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--only", "FMR/n=301/*", "--results", str(tmp_path / "r.jsonl")]) == 2
    assert "no cell named 'FMR/n=301/*'; names are such as FMR/n=50/gauss-none" in capsys.readouterr().err


def test_a_wrong_number_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command.main(["--replicates", "0"])
    assert left.value.code == 2
    assert "'0' is not a whole number above 0" in capsys.readouterr().err


def test_judging_without_figures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--judge-only", "--results", str(tmp_path / "none.jsonl")]) == 2
    assert "nothing was measured yet" in capsys.readouterr().err


def test_the_command_prints_the_table_and_the_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--only", "FNMR/n=50/gauss-none", "--replicates", "20", "--results", str(tmp_path / "r.jsonl")]
    figures = tmp_path / "figures.json"
    code = command.main([*options, "--json", str(figures)])
    printed = capsys.readouterr()
    assert code == 0
    assert "## FNMR at a fixed threshold, method `subject-exact`" in printed.out
    assert "bars on coverage: 4 PASS" in printed.out
    assert "1 of 1: FNMR/n=50/gauss-none" in printed.err
    assert len(json.loads(figures.read_text("utf-8"))["cells"]) == 16


def test_figures_of_other_families_are_kept(tmp_path: Path) -> None:
    figures, results = tmp_path / "figures.json", ["--results", str(tmp_path / "r.jsonl"), "--replicates", "20"]
    old, new = "FNMR/n=50/gauss-none", "paired-FNMR/n=50/gauss-none"
    command.main(["--only", old, *results, "--json", str(figures)])
    before = json.loads(figures.read_text("utf-8"))["cells"]
    command.main(["--only", new, *results, "--keep", str(figures), "--json", str(figures)])
    after = json.loads(figures.read_text("utf-8"))["cells"]
    assert [row for row in after if row["family"] == "FNMR"] == before
    assert {row["family"] for row in after} == {"FNMR", "paired-FNMR"}


def test_a_missed_bar_gives_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = Job("FNMR", 50, "gauss-none")
    line = campaign.made(Batch(job, 0, 20, 0))
    for row in line["cells"]:
        row["above"] = 20
    Results(tmp_path / "r.jsonl").add(line)
    options = ["--only", str(job), "--replicates", "20", "--results", str(tmp_path / "r.jsonl"), "--judge-only"]
    assert command.main(options) == 1
    assert "MISSED FNMR n=50 gauss-none FNMR@1e-1 subject-exact: coverage 0.000" in capsys.readouterr().out
