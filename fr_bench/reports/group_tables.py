"""Tables of groups that a page keeps folded: the matrix, the ratios, the worst-served group, the sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fr_bench.findings import Interval
from fr_bench.reports import numbers
from fr_bench.reports.document import Cell, Column, Table, cell
from fr_bench.reports.labels import explained
from fr_bench.reports.wording import Wording

Rows = Sequence[Mapping[str, Any]]
"""Rows of a table of the analysis, each by column name."""
Names = Mapping[str, str]
"""What the page calls each group."""


def matrix_table(found: Rows, shown: Names, say: Wording) -> Table:
    """The FMR of every pair of groups, with its interval."""
    columns = (
        Column(say("groups.operating_point")), Column(say("groups.row"), wide=True),
        Column(say("groups.column"), wide=True), Column("FMR", True), Column(say("column.interval"), True),
        Column(say("column.counts"), True), Column(say("column.subjects"), True),
        Column(say("column.labels"), wide=True),
    )  # fmt: skip
    rows = tuple(
        (
            cell(row["point"]), cell(shown[row["row"]]), cell(shown[row["column"]]),
            cell(_value(row["rate"], row["high"]), row["rate"]), cell(_range(row["low"], row["high"], row["rate"])),
            cell(say("numbers.of", errors=numbers.grouped(row["errors"]), trials=numbers.grouped(row["trials"]))),
            cell(numbers.grouped(row["subjects"]), row["subjects"]), _labels(row["labels"], say),
        )
        for row in found
    )  # fmt: skip
    return Table(say("groups.matrix_table"), columns, rows, folded=True, sortable=True)


def ratio_table(found: Rows, shown: Names, say: Wording) -> Table:
    """Each group beside the one with the most subjects."""
    columns = (
        Column(say("groups.operating_point")), Column(say("groups.rate")), Column(say("column.group"), wide=True),
        Column(say("groups.base"), wide=True), Column(say("groups.ratio"), True),
        Column(say("column.interval"), True), Column(say("groups.method")), Column(say("column.labels"), wide=True),
    )  # fmt: skip
    rows = []
    for row in found:
        low = numbers.short(row["low"], 3)
        limits = f"[{low}, {numbers.short(row['high'], 3)}]" if row["high"] is not None else ""
        limits = limits or say("groups.at_least", low=low)
        ratio = say("groups.undefined") if row["ratio"] is None else numbers.short(row["ratio"], 3)
        method = say.get(f"method.{row['method']}", row["method"])
        rows.append((
            cell(row["point"]), cell(row["rate"]), cell(shown[row["group"]]), cell(shown[row["base"]]),
            cell(ratio, row["ratio"]), cell(limits), cell(method),
            _labels(row["labels"], say),
        ))  # fmt: skip
    return Table(say("groups.ratios"), columns, tuple(rows), folded=True)


def worst_served_table(found: Rows, shown: Names, say: Wording, target: str) -> Table:
    """FMR and FNMR of each group at the threshold of the worst-served one."""
    columns = (
        Column(say("column.group"), wide=True), Column(say("groups.fmr_within"), True),
        Column(say("column.interval"), True), Column("FNMR", True), Column(say("column.interval"), True),
        Column(say("column.labels"), wide=True),
    )  # fmt: skip
    rows = []
    for row in found:
        cells = [cell(shown[row["group"]])]
        for rate in ("fmr", "fnmr"):
            value, low, high = row[f"{rate}_rate"], row[f"{rate}_low"], row[f"{rate}_high"]
            cells += [cell(_value(value, high), value), cell(_range(low, high, value))]
        cells.append(_labels(" ".join((row["fmr_labels"], row["fnmr_labels"])), say))
        rows.append(tuple(cells))
    return Table(say("groups.worst_table", target=target), columns, tuple(rows), folded=True)


def size_table(found: Rows, shown: Names, say: Wording) -> Table:
    """Subjects, samples and comparisons of each group."""
    keys = ("group", "subjects", "samples", "groups.templates", "mated", "groups.nonmated_within")
    columns = tuple(
        Column(say(key) if "." in key else say(f"column.{key}"), key != "group", key == "group") for key in keys
    )
    rows = tuple(
        (
            cell(shown[row["group"]]),
            *(cell("-" if row[key] is None else numbers.grouped(row[key]), row[key])
              for key in ("subjects", "samples", "templates", "mated", "nonmated")),
        )
        for row in found
    )  # fmt: skip
    return Table(say("groups.sizes"), columns, rows, folded=True)


def _labels(text: str, say: Wording) -> Cell:
    """Labels that a table of the analysis holds in one text; the normal case needs none."""
    found = sorted({*text.split()} - {"subjects_as_unit", "threshold_taken_as_fixed"})
    return Cell((), " ".join(found), labels=tuple(explained(found, say)))


def _value(rate: float | None, high: float | None) -> str:
    if rate is None:
        return "-"
    return numbers.proportion(rate) if rate or high is None else f"<= {numbers.proportion(high)}"


def _range(low: float | None, high: float | None, rate: float | None) -> str:
    if low is None or high is None or rate is None:
        return "-"
    return numbers.limits(Interval(low, high, 0.95, "", ""), rate, "proportion")
