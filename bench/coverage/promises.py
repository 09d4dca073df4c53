"""Families beyond rates at a threshold: how their tables are headed, which columns they have, and what bars hold.

Rates and curve-like measures must cover 0.91 to 0.995 where at least FEW errors are expected, and 0.93 or more where
fewer are. A test of "no difference" must reject at most 5 % of the data sets in which there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.coverage.tallies import Cell, Tally

TEST = "test"
"""Method of a cell that counts false alarms of a test at the 5 % level: `above` are the data sets with an alarm."""
FEW, SOME = 5, 10
Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Promise:
    """A table: its heading, its columns in their order, and the bar of each cell."""

    title: str
    columns: tuple[str, ...]
    bar: Callable[[Cell, Tally], Limits | None]


def of_rates(_: Cell, tally: Tally) -> Limits:
    """Rates, and measures like them, with the errors expected in one data set."""
    return (0.91, 0.995) if tally.expected >= FEW else (0.93, 1.0)


def of_test(_: Cell, __: Tally) -> Limits:
    """At most 5 % false alarms, as a coverage."""
    return (0.95, 1.0)


def _of_searches(cell: Cell, tally: Tally) -> Limits | None:
    """FNIR@FPIR as FNMR@FMR: judged where ten false positives hold the threshold, else it is labelled `weak_target`."""
    if cell.measure.startswith("FNIR@FPIR") and tally.expected < SOME:
        return None
    return of_rates(cell, tally)


def _of_groups(cell: Cell, tally: Tally) -> Limits:
    """Ratios with fewer than ten errors in a group have the limits of both groups, which are wider than needed."""
    if cell.measure.endswith("ratio") and tally.expected < SOME:
        return (0.93, 1.0)
    return of_rates(cell, tally)


def _of_summaries(_: Cell, __: Tally) -> Limits:
    """They are limits for whatever the summary may be while all rates are in their intervals: wider than needed."""
    return (0.93, 1.0)


def _of_equality(cell: Cell, tally: Tally) -> Limits | None:
    """Nothing is promised where frbench labels the p value as rough: with fewer than 5 errors expected in a group."""
    return None if cell.measure.endswith("few") else of_test(cell, tally)


def _of_attacks(cell: Cell, tally: Tally) -> Limits | None:
    """The worst of several species and sums have the limits of all parts; at a target ten attacks must pass."""
    if cell.measure.startswith("BPCER@APCER") and tally.expected < SOME:
        return None
    if cell.measure in ("APCER@t1", "APCER@t2", "IAPAR", "RIAPAR", "APNRR"):
        return (0.93, 1.0)
    return of_rates(cell, tally)


def _of_animals(cell: Cell, tally: Tally) -> Limits | None:
    """Where pairs or samples differ, comparisons depend on each other through more than subjects: nothing promised."""
    return of_test(cell, tally) if cell.population == "alike" else None


_OF_ONE = ("max-min-ratio", "max-min-difference", "max-geomean-ratio", "max-mean-ratio", "Gini")
_SUMMED = (*(f"FMR-{name}" for name in _OF_ONE), *(f"FNMR-{name}" for name in _OF_ONE), "FDR", "IR", "GARBE")

PROMISES: dict[str, Promise] = {
    "search": Promise(
        "Searches in a gallery that stays as it is",
        (
            "TPIR@rank=1", "TPIR@rank=5", "FNIR@t1e-1", "FNIR@t1e-2", "FPIR@t1e-1", "FPIR@t1e-2", "FNIR@FPIR=1e-1",
            "FNIR@FPIR=1e-2", "TPIR@rank=1,half", "FPIR@t1e-1,half",
        ),
        _of_searches,
    ),
    "group-rates": Promise(
        "Rates of groups, and their ratios",
        (
            *(f"FMR@t{point},{where}" for point in ("1e-1", "1e-2") for where in ("large", "small", "between")),
            *(f"FNMR@t{point},{where}" for point in ("1e-1", "1e-2") for where in ("large", "small")),
            *(f"{rate}@t{point},ratio" for rate in ("FMR", "FNMR") for point in ("1e-1", "1e-2")),
        ),
        _of_groups,
    ),
    "group-summaries": Promise("Summaries of groups that differ", _SUMMED, _of_summaries),
    "group-equal-summaries": Promise("Summaries of groups that err alike", _SUMMED, _of_summaries),
    "group-tests": Promise(
        "The test of equality where groups err alike: how often it rejects at 5 %",
        tuple(f"{rate}@t{at}{few}" for rate in ("FMR", "FNMR") for at in ("1e-1", "1e-2") for few in ("", ",few")),
        _of_equality,
    ),
    "attack": Promise(
        "Presentation attacks",
        (
            "APCER@t1", "APCER@t2", "APCER@t1,print", "APCER@t1,mask", "BPCER@t1", "BPCER@APCER=0.1",
            "BPCER@APCER=0.05", "IAPAR", "IAPAR,print", "RIAPAR", "APNRR", "BPNRR",
        ),
        _of_attacks,
    ),
    "quality": Promise(
        "Error versus discard, and the rank correlation of quality with score",
        (
            "FNMR-EDC-pAUC@t", "FNMR-EDC-pAUC@FNMR", "FNMR-after-discard@t", "FNMR-after-discard@FNMR",
            "quality-correlation",
        ),
        of_rates,
    ),
    "animals": Promise(
        "Animals among subjects who are all alike: how often any is named at 5 %",
        ("effect:mated", "effect:FMR", "goats", "lambs-wolves", "menagerie"),
        _of_animals,
    ),
}  # fmt: skip
"""By the family of a cell."""


def limits_of(cell: Cell, tally: Tally) -> Limits | None:
    """The bar of a cell of these families; None where nothing is promised."""
    return PROMISES[cell.family].bar(cell, tally)
