"""The section of thresholds: each row with its own labels, whether chosen here or on other data."""

from __future__ import annotations

from typing import Any

from fr_bench.findings import Analysis, Measurement, Proportion
from fr_bench.findings import Table as Found
from fr_bench.reports.document import Block, Cell, Table
from fr_bench.reports.sections.thresholds import chosen, transferred
from fr_bench.reports.wording import wording

SAY = wording("en")


def labels_of(blocks: list[Block]) -> list[list[str]]:
    (table,) = [block for block in blocks if isinstance(block, Table)]
    return [[label for label, _ in cells[-1].labels] for cells in table.rows]


def point(target: str, *labels: str) -> dict[str, Any]:
    return {
        "target": target, "threshold": "0.5", "threshold_low": "0.4", "threshold_high": None, "fmr": [1, 100],
        "fmr_interval": None, "fnmr": [2, 50], "fnmr_interval": None, "labels": list(labels),
    }  # fmt: skip


def test_each_threshold_bears_its_own_labels() -> None:
    points = [point("1e-2", "threshold_from_same_data"), point("1e-4", "threshold_from_same_data", "weak_target")]
    found = labels_of(chosen(Analysis(kind="thresholds", facts={"points": points}), SAY))
    assert found == [["threshold_from_same_data"], ["threshold_from_same_data", "weak_target"]]


def test_a_transferred_threshold_bears_the_labels_of_its_rates() -> None:
    columns = ("set_by", "threshold", "dev_fmr_errors", "dev_fmr_trials", "held", "reason")
    rows = (("FMR=1e-2", 0.5, 1, 100, "", ""), ("FMR=1e-5", None, 0, 0, "", "no nonmated comparison has a score"))
    rate = Measurement(
        measure="FMR@threshold=0.5", version=1, unit="proportion", better="lower", value=0.0,
        counts=Proportion(0, 90), labels=("no_errors", "subjects_as_unit"),
    )  # fmt: skip
    analysis = Analysis(
        kind="transfer", measurements=(rate,), tables=(Found(name="transfer", columns=columns, rows=rows),)
    )
    assert labels_of(transferred(analysis, SAY)) == [["no_errors", "subjects_as_unit"], []]


def test_the_reason_for_no_threshold_is_told_in_the_language_of_the_page() -> None:
    columns = ("set_by", "threshold", "reason")
    found = Found(name="transfer", columns=columns, rows=(("FMR=1e-5", None, "no nonmated comparison has a score"),))
    (table,) = [
        block
        for block in transferred(Analysis(kind="transfer", tables=(found,)), wording("ko"))
        if isinstance(block, Table)
    ]
    cells: tuple[Cell, ...] = table.rows[0]
    assert cells[-2].lines == ("점수가 있는 타인쌍 비교가 없습니다",)
