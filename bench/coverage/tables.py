"""What was found, as tables in Markdown that read in a terminal too: one for each family of measures and method."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from bench.coverage.bars import DEFAULT, Judged, bar_of, most_wide, width_ratios
from bench.coverage.promises import PROMISES, TEST
from bench.coverage.tallies import Cell, Tallies, Tally

ORDER = (
    "gauss-none", "gauss-medium", "gauss-strong", "gauss-strong-own", "skew-medium", "skew-strong", "alike",
    "alike-pairs", "alike-samples",
)  # fmt: skip
FAMILIES = {
    "FMR": "FMR at a fixed threshold",
    "FNMR": "FNMR at a fixed threshold",
    "curve": "FNMR@FMR, EER and AUC",
    "more": "Other measures of scores",
    "failures": "Rates of what was planned, where samples give no template",
    "paired-FNMR": "Difference of FNMR of two systems with equal true rates",
    "paired-FMR": "Difference of FMR of two systems with equal true rates",
}
PARTS = {
    "The whole curve: ROCCH-EER, d', Cllr and minCllr": ("ROCCH-EER", "d'", "Cllr", "minCllr"),
    "FMR@FNMR, and GFRR@FMR without failures": ("FMR@FNMR=1e-1", "FMR@FNMR=1e-2", "GFRR@FMR=1e-2"),
    "Costs: minDCF, DCF and HTER": (
        "minDCF@prior=0.5",
        "minDCF@prior=0.01",
        "DCF@FMR=1e-2,prior=0.5",
        "DCF@FMR=1e-3,prior=0.01",
        "HTER@EER",
        "HTER@other-subjects",
    ),
    "Transactions of two attempts": ("FRR@1e-1,attempts=2", "FAR@1e-2,attempts=2", "FAR@1e-3,attempts=2"),
}
"""The tables of the family `more`, and the measures of each in their order."""
PLANNED = (
    "GFRR@2e-1",
    "GFRR@FMR=1e-2",
    "GFAR@1e-2",
    "FRR@1e-1,attempts=2",
    "GFRR@1.9e-1,attempts=2",
    "FAR@1e-2,attempts=2",
    "GFAR@9e-3,attempts=2",
)
"""The measures of the family `failures` in their order."""
METHODS_FIRST = ("subject-exact", "default", TEST)
FEW = 5
"""Cells with fewer expected errors are starred."""


def all_tables(tallies: Tallies, judged: Sequence[Judged], heading: str = "##") -> list[str]:
    """Lines of every table, the default method first."""
    found: list[str] = []
    missed = {verdict.cell for verdict in judged if verdict.kind == "coverage" and verdict.verdict == "MISSED"}
    for family, title in (FAMILIES | {family: promise.title for family, promise in PROMISES.items()}).items():
        of_family = {cell: tally for cell, tally in tallies.items() if cell.family == family}
        for method in sorted({cell.method for cell in of_family}, key=_method_order):
            rows = {cell: tally for cell, tally in of_family.items() if cell.method == method}
            named = "" if method in ("default", TEST) else f", method `{method}`"
            for part, chosen in _parts(family, title, rows):
                found += [f"{heading} {part}{named}", "", *_table(chosen, missed), ""]
    return [*found, *_widths(tallies, heading)]


def _parts(family: str, title: str, rows: Tallies) -> list[tuple[str, Tallies]]:
    """A family in one table, or in several where it has too many measures for one."""
    if family != "more":
        return [(title, rows)]
    chosen = (
        (part, {cell: tally for cell, tally in rows.items() if cell.measure in measures})
        for part, measures in PARTS.items()
    )
    return [(part, of) for part, of in chosen if of]


def _widths(tallies: Tallies, heading: str) -> list[str]:
    """The width of the default in widths of another method on the same data sets, and the bar."""
    lines = []
    for cell, other, ratio in width_ratios(tallies):
        most = most_wide(cell, tallies[cell].expected)
        bar = "·" if most is None else f"<= {most}" if ratio <= most else f"<= {most} **MISSED**"
        lines.append(f"| {cell.subjects} | {cell.population} | {cell.measure} | {other} | {ratio:.3f} | {bar} |")
    if not lines:
        return []
    head = ["| n | population | rate | against | width | bar |", "|---|---|---|---|---|---|"]
    return [f"{heading} Width of `{DEFAULT}` against other methods", "", *head, *lines, ""]


def _method_order(method: str) -> tuple[bool, str]:
    return method not in METHODS_FIRST, method


def _table(rows: Tallies, missed: set[Cell]) -> list[str]:
    measures = _columns(rows)
    lines = [
        f"| n | population | {' | '.join(measures)} |",
        f"|---|---|{'---|' * len(measures)}",
    ]
    by_row = sorted(rows, key=lambda cell: (cell.subjects, ORDER.index(cell.population)))
    for (subjects, population), cells in groupby(by_row, key=lambda cell: (cell.subjects, cell.population)):
        entries = {cell.measure: _entry(cell, rows[cell], cell in missed) for cell in cells}
        lines.append(f"| {subjects} | {population} | {' | '.join(entries.get(m, '') for m in measures)} |")
    return lines


def _columns(rows: Tallies) -> list[str]:
    """The measures of a table in their order."""
    (family,) = {cell.family for cell in rows}
    found = {cell.measure for cell in rows}
    if family in PROMISES or family == "failures":
        known = PROMISES[family].columns if family in PROMISES else PLANNED
        return [measure for measure in known if measure in found]
    return sorted(sorted(found), key=_measure_order)


def _measure_order(measure: str) -> tuple[int, float]:
    """FNMR@FMR and rates first, falling; then EER and AUC; those of other families in the order of their tables."""
    others = [*PLANNED, *(named for measures in PARTS.values() for named in measures)]
    if measure in others:
        return 2, float(others.index(measure))
    _, at, target = measure.partition("@")
    if not at:
        return 1, 0.0 if measure == "EER" else 1.0
    return 0, -float(target.removeprefix("FMR="))


def _entry(cell: Cell, tally: Tally, missed: bool) -> str:
    """Coverage; misses below and above in thousandths; width over the true rate. 0.950* (.020 .030) 1.2x MISSED"""
    if cell.method == TEST:
        return f"{1 - tally.coverage:.3f}{' **MISSED**' if missed else '' if bar_of(cell, tally) else ' ·'}"
    star = "*" if 0 < tally.expected < FEW else ""
    sides = f"{tally.below / tally.replicates:.3f} {tally.above / tally.replicates:.3f}".replace("0.", ".")
    scale = 1 - tally.truth if cell.measure == "AUC" or cell.measure.startswith("TPIR") else tally.truth
    width = f" {_short(tally.mean_width / scale)}x" if scale else f" ±{_short(tally.mean_width / 2)}"
    without = f" none {tally.without}" if tally.without else ""
    without += f" half {tally.unbounded}" if tally.unbounded else ""
    unjudged = "" if bar_of(cell, tally) or cell.method not in METHODS_FIRST else " ·"
    return f"{tally.coverage:.3f}{star} ({sides}){width}{without}{' **MISSED**' if missed else unjudged}"


def _short(number: float) -> str:
    if math.isnan(number):
        return "-"
    if number >= 1000:
        return ">999"
    return f"{number:.0f}" if number >= 10 else f"{number:.2f}" if number >= 0.1 else f"{number:.2g}"


def verdicts(judged: Iterable[Judged]) -> list[str]:
    """A line for each bar that was missed, and the count of all."""
    listed = list(judged)
    missed = [verdict for verdict in listed if verdict.verdict == "MISSED"]
    lines = [
        f"MISSED {v.cell.family} n={v.cell.subjects} {v.cell.population} {v.cell.measure} {v.cell.method}: {v.kind} "
        f"{v.found:.3f}, bar {v.bar}"
        for v in missed
    ]
    of_kind = {kind: [v for v in listed if v.kind == kind] for kind in ("coverage", "width")}
    counts = (f"{len(of)} bars on {kind}: {sum(v.verdict == 'PASS' for v in of)} PASS" for kind, of in of_kind.items())
    return [*lines, f"{'; '.join(counts)}: {'MISSED' if missed else 'PASS'}" if listed else "no bar was judged"]
