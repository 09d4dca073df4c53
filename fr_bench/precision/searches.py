"""How sure the FNIR of searches at a FPIR is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.drawn_searches import fnir_at_fpir
from fr_bench.findings import Measure, Measurement
from fr_bench.intervals import from_draws
from fr_bench.precision.evidence import Evidence
from fr_bench.precision.outcome import Sureness, counts_of
from fr_bench.precision.rates import of_units


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
