"""What a table shows below the measures: those that were judged at other thresholds, or on other scores, than they.

Thresholds that development scores gave, judged on the scores of the result; and what calibrated scores are worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fr_bench.findings import REJECT_ALL, Analysis, Measurement, Result
from fr_bench.reports.wording import Wording

RATES = ("FMR", "FNMR", "HTER")


def judged_apart(result: Result, say: Wording) -> list[tuple[str, tuple[Measurement, ...]]]:
    """Each further table by its title; none where nobody asked for development scores or a calibration."""
    found: list[tuple[str, tuple[Measurement, ...]]] = []
    for analysis in result.analyses:
        if analysis.kind == "transfer":
            found.append((say("transfer.title"), tuple(_transferred(analysis))))
        elif analysis.kind == "calibration" and analysis.facts.get("origin") in ("part", "development"):
            found.append((say("calibration.title"), analysis.measurements))
    return [(title, rows) for title, rows in found if rows]


def _transferred(analysis: Analysis) -> Iterator[Measurement]:
    """Both rates and their mean at each threshold, called by what set it: `FMR=1e-3: FNMR`."""
    measured = {one.measure: one for one in analysis.measurements}
    for row in (dict(zip(table.columns, row, strict=True)) for table in analysis.tables for row in table.rows):
        if row["threshold"] is None:
            yield _not_set(row)
            continue
        written = REJECT_ALL if row["threshold"] == REJECT_ALL else repr(float(row["threshold"]))
        for rate in RATES:
            if (one := measured.get(f"{rate}@threshold={written}")) is not None:
                yield replace(one, measure=f"{row['set_by']}: {rate}")


def _not_set(row: dict[str, Any]) -> Measurement:
    """A target that the development scores cannot hold."""
    return Measurement(
        measure=str(row["set_by"]),
        version=1,
        unit="proportion",
        better="lower",
        value=None,
        reason=str(row["reason"]),
        labels=("not_measurable",),
    )
