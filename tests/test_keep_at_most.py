"""A run whose nonmated scores are more than it keeps: exact above the floor, a bracket below it, and what to do."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from fr_bench.cli import run_command
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.findings import Result
from fr_bench.pipeline import load_result
from fr_bench.reports import numbers, table
from fr_bench.reports.sections import measures as section
from fr_bench.reports.wording import wording
from fr_bench.runspec import ComparisonSpec
from tests.comparison.making import faces

ASKED = ("EER", "FNMR@FMR=1e-2", "FNMR@FMR=0.1", "ZeroFMR")
OF_ALL = ("FMR@threshold=0.3", "FMR@FNMR=0.1", "AUC")


def measured(folder: Path, *measures: str, **settings: object) -> Result:
    out = folder / f"run{len(list(folder.iterdir()))}"
    told = ["run", "--dataset", str(folder / "people.csv"), "--recognizer", f"templates:{folder / 'made.npy'}"]
    told += ["--plan", "all", "--progress", "none", "--out", str(out)]
    told += [part for text in measures for part in ("--measure", text)]
    given = {"report.draw": "false", "intervals.draws": 20, "run.cache": "false", **settings}
    told += [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
    assert run_command(told) == 0
    return load_result(out)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """96 templates of 24 subjects who are hard to tell apart, and the manifest of their samples."""
    made = tmp_path_factory.mktemp("people")
    subjects = [f"p{k // 4:02d}" for k in range(96)]
    ids = [f"x{k:02d}" for k in range(96)]
    np.save(made / "made.npy", faces(subjects, 16, seed=4, alike=0.3))
    (made / "made.txt").write_text("\n".join(ids) + "\n", encoding="utf-8")
    lines = [f"{sample},{subject}" for sample, subject in zip(ids, subjects, strict=True)]
    (made / "people.csv").write_text("\n".join(["id,subject", *lines]) + "\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def whole(folder: Path) -> Result:
    return measured(folder, *ASKED, *OF_ALL)


@pytest.fixture(scope="module")
def cut(folder: Path) -> Result:
    return measured(folder, *ASKED, **{"comparison.keep_at_most": 200})


@pytest.fixture(scope="module")
def passed(folder: Path) -> Result:
    """The same with a measure that takes a full pass."""
    return measured(folder, *ASKED, *OF_ALL, **{"comparison.keep_at_most": 200})


def test_no_more_scores_are_kept_than_the_run_allows(cut: Result, whole: Result) -> None:
    assert cut.comparison.nonmated_made == whole.comparison.nonmated_made == 4416
    assert (cut.comparison.floor is None, whole.comparison.floor) == (False, None)


def test_above_the_floor_figures_are_those_of_the_run_that_keeps_all(cut: Result, whole: Result) -> None:
    for text in ("FNMR@FMR=1e-2", "ZeroFMR"):
        one, other = cut.measurement(text), whole.measurement(text)
        assert (one.value, one.counts, one.threshold) == (other.value, other.counts, other.threshold)


@pytest.mark.parametrize("text", ["EER", "FNMR@FMR=0.1"])
def test_below_the_floor_a_figure_carries_its_bracket_and_the_reason(text: str, cut: Result, whole: Result) -> None:
    found, true = cut.measurement(text), whole.measurement(text).value
    assert found.value is None
    assert found.bracket is not None
    assert true is not None
    assert found.bracket[0] < true < found.bracket[1]
    assert {"bracketed", "not_measurable"} <= set(found.labels)
    assert "comparison.keep_at_most" in (found.reason or "")


@pytest.mark.parametrize("text", [*ASKED, *OF_ALL])
def test_a_full_pass_knows_the_figure_or_bounds_it_by_counts(text: str, passed: Result, whole: Result) -> None:
    found, true = passed.measurement(text), whole.measurement(text).value
    assert true is not None
    low, high = found.bracket or (found.value, found.value)
    assert low is not None
    assert high is not None
    assert low <= true <= high
    assert high - low < 0.02


def test_what_the_reason_advises_gives_the_figure(folder: Path, whole: Result) -> None:
    lowest = whole.measurement("EER").threshold
    more = measured(folder, "EER", f"FMR@threshold={lowest!r}", **{"comparison.keep_at_most": 4000})
    assert more.comparison.floor is not None
    assert more.measurement("EER").value == whole.measurement("EER").value


def test_every_table_says_the_bracket(cut: Result) -> None:
    low, high = cut.measurement("EER").bracket or (0.0, 0.0)
    text = numbers.bracket(cut.measurement("EER"), wording("en"))
    assert text.startswith("between ")
    assert text in table.markdown(cut)
    lines = table.terminal(cut).splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("EER"))
    assert all(part in " ".join(lines[at : at + 2]).replace("\u00a0", " ") for part in text.split(" and "))
    (row,) = (row for row in csv.DictReader(table.metrics_csv(cut).splitlines()) if row["measure"] == "EER")
    assert (row["value"], float(row["bracket_low"]), float(row["bracket_high"])) == ("", low, high)
    details = {m["measure"]: m["details"] for m in json.loads(table.measurements_json(cut))}
    assert details["EER"]["bracket_low"] == low
    assert section.value_cell(cut.measurement("EER"), wording("en")).lines[0] == text


def test_korean_tells_the_bracket_and_the_advice(cut: Result) -> None:
    told = table.markdown(cut, language="ko")
    assert "이상" in told
    assert "comparison.keep_at_most까지" in told


def test_the_default_is_that_of_the_engine() -> None:
    assert ComparisonSpec().keep_at_most == KeepPolicy().cap
