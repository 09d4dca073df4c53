"""How sure the FNIR of searches at a FPIR is, and the mean number of candidates."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.drawn_searches import fnir_at_fpir
from fr_bench.findings import Measure, Measurement
from fr_bench.intervals import from_draws
from fr_bench.intervals.mean_counts import mean_count
from fr_bench.metrics.counted import CountedMean
from fr_bench.precision.evidence import Evidence
from fr_bench.precision.outcome import ONE_SUBJECT, Sureness, counts_of
from fr_bench.precision.rates import of_units

FEW = 10
"""Fewer candidates than these are few: the limits are wider than they promise."""


def of_fnir_at_fpir(found: Measurement, counted: Counted, kind: MeasureKind, evidence: Evidence) -> Sureness:
    """Drawn by probe subject: the threshold hangs on the searches, too."""
    method, fixed = evidence.method, of_units(counted, kind, evidence.method)
    subjects = int(np.count_nonzero(counted.trials))
    asked = Measure.parse(found.measure)
    drawn = fnir_at_fpir(
        evidence.scores, Fraction(found.details["target"]), int(asked["rank"]), draws=method.draws, seed=method.seed
    )
    if drawn is None or subjects < 2 or from_draws.off_tail(drawn):
        return replace(fixed, labels=(*fixed.labels, "threshold_taken_as_fixed"))
    counts, cap = counts_of(found), fixed.details["precision"].get("effective")
    interval = from_draws.boot_exact(counts, drawn, subjects=subjects, cap=cap, level=method.level)
    effective = from_draws.effective_trials(counts, drawn, subjects=subjects, cap=cap, level=method.level)
    account = {"effective": effective, "units": subjects, "degrees": subjects - 1, "borrowed": False}
    return Sureness(
        interval=replace(interval, unit=counted.unit),
        labels=("subjects_as_unit", *counted.labels),
        details={"precision": account},
    )


def of_mean(counted: CountedMean, level: float) -> Sureness:
    """A mean of counts by unit; what was counted may be nothing at all, which is an upper limit only."""
    made = counted.trials > 0
    if np.count_nonzero(made) < 2:
        return Sureness(reason=ONE_SUBJECT, labels=counted.labels)
    sure = mean_count(counted.errors[made], counted.trials[made], level, unit=counted.unit)
    count, gallery = int(counted.errors.sum()), counted.measurement.details["gallery"]
    # Nobody returns more candidates than are enrolled.
    interval = replace(sure.interval, high=min(sure.interval.high, float(gallery)))
    few = ("no_errors",) if not count else ("few_errors",) if count < FEW else ()
    account: dict[str, Any] = {"effective": sure.effective, "units": sure.units, "degrees": sure.units - 1}
    if sure.deff is not None:
        account["deff"] = sure.deff
    return Sureness(
        interval=interval,
        labels=("subjects_as_unit", *few, *counted.labels),
        details={"precision": {**account, "borrowed": False}},
    )
