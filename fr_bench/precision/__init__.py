"""How sure a measurement is: the interval of each kind of measure, with subjects as the unit.

`fr_bench.measuring` counts the value; this package finds out which comparisons depend on each other through a subject
and has the room `fr_bench.intervals` compute the interval. `sureness` chooses by what is asked: rates at a fixed
threshold (`rates`), measures of the curve (`curves`), searches (`searches`) and presentations (`attacks`).
"""

from __future__ import annotations

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.findings import Measurement
from fr_bench.metrics.counted import CountedAtTarget, CountedMean, CountedPairs, CountedSum
from fr_bench.precision.attacks import of_presentations, of_rate_at_target, of_sum
from fr_bench.precision.curves import band, boot_exact, of_statistic
from fr_bench.precision.evidence import Evidence
from fr_bench.precision.method import DRAWS, METHODS, SEED, VERSION, Method, Methods
from fr_bench.precision.outcome import (
    EXTREME,
    FOLDS,
    NO_SUBJECTS,
    NO_THEORY,
    NOT_KEPT,
    ONE_SUBJECT,
    TAIL_TOO_SHORT,
    TOO_LARGE,
    Sureness,
    counts_of,
    details_of,
)
from fr_bench.precision.rates import of_pairs, of_rate, of_trials, of_units, of_weighed_rates
from fr_bench.precision.searches import of_fnir_at_fpir, of_mean

__all__ = [
    "DRAWS",
    "EXTREME",
    "FOLDS",
    "METHODS",
    "NOT_KEPT",
    "NO_SUBJECTS",
    "NO_THEORY",
    "ONE_SUBJECT",
    "SEED",
    "TAIL_TOO_SHORT",
    "TOO_LARGE",
    "VERSION",
    "Evidence",
    "Method",
    "Methods",
    "Sureness",
    "band",
    "boot_exact",
    "details_of",
    "sureness",
]


def sureness(found: Measurement, kind: MeasureKind, evidence: Evidence, counted: Counted | None = None) -> Sureness:
    """The interval of a measurement that has a value.

    counted   the units behind its counts, where the measure gave them
    """
    if "extreme_value" in found.labels:
        return Sureness(reason=EXTREME)
    if isinstance(counted, CountedPairs):
        return of_pairs(counted, evidence.method.level)
    if isinstance(counted, CountedSum):
        return of_sum(counted, evidence.method.level)
    if isinstance(counted, CountedMean):
        return of_mean(counted, evidence.method.level)
    if isinstance(counted, CountedAtTarget):
        return of_rate_at_target(counted, evidence.method.level)
    if counted is not None and kind.needs == "attacks":
        return of_presentations(counted, evidence.method.level)
    if kind.interval == "fnir_at_fpir" and counted is not None:
        return of_fnir_at_fpir(found, counted, kind, evidence)
    if counted is not None:
        return of_units(counted, kind, evidence.method)
    if kind.interval == "none":
        return Sureness(reason=FOLDS if kind.needs == "folds" else NO_THEORY)
    if kind.interval == "trials":
        if kind.quantity == "FTE":
            return of_trials(counts_of(found), evidence.method.level, "subject")
        return of_trials(counts_of(found), evidence.method.level, "sample", "assumes_independent_samples")
    if kind.interval in ("fmr", "fnmr", "fnmr_at_fmr"):
        return of_rate(found, kind, evidence)
    if kind.interval == "weighed_rates":
        return of_weighed_rates(found, evidence)
    return of_statistic(found, kind, evidence)
