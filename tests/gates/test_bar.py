"""The measurement of false alarms goes on where it was stopped, and a smoke of it holds its bars."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.gate import __main__ as bar
from bench.gate.cells import Cell, cells, flagged


def test_few_pairs_of_equal_systems_are_flagged_and_most_planted_losses_are_caught() -> None:
    alarms = sum(flagged(Cell("alarm", "FNMR@1e-1", "gauss-strong-own", 50), k, 60) for k in range(2))
    assert alarms <= 14  # above 12 % of 120; at a true 5 % once in a thousand
    assert flagged(Cell("caught", "FNMR@5e-2", "gauss-strong", 0), 0, 40) >= 30


def test_a_batch_is_the_same_whenever_it_is_measured() -> None:
    cell = Cell("alarm", "FMR@1e-1", "skew-strong", 50)
    assert flagged(cell, 3, 20) == flagged(cell, 3, 20)


def test_what_is_there_is_not_measured_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, only = tmp_path / "gate.jsonl", ["--only", "alarm/FNMR@1e-2/n=50/gauss-none", "--replicates", "100"]
    assert bar.main([*only, "--results", str(path)]) == 0
    first = path.read_text()
    path.write_text(first + '{"cell": "alarm/FN')  # cut off
    assert bar.main([*only, "--results", str(path)]) == 0
    assert path.read_text().startswith(first)
    assert path.read_text().count("flagged") == 1
    assert "alarm/FNMR@1e-2/n=50/gauss-none" in capsys.readouterr().out


def test_results_of_other_code_are_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "gate.jsonl"
    path.write_text('{"batch": 0, "cell": "x", "flagged": 9, "pairs": 100, "product": "other"}\n')
    assert bar.kept(path, bar.product()) == {}


def test_a_pattern_that_fits_nothing_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert bar.main(["--only", "nothing"]) == 2
    assert str(cells()[0]) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cell", "flags", "verdict"),
    [("alarm/x", 100, "holds"), ("alarm/x", 130, "near"), ("alarm/x", 160, "MISSED"), ("caught/x", 1800, "holds"),
     ("caught/x", 1780, "near"), ("caught/x", 1700, "MISSED")],
)  # fmt: skip
def test_a_bar_is_missed_only_beyond_chance(cell: str, flags: int, verdict: str) -> None:
    assert bar.Share(cell, flags, 2000).verdict == verdict
