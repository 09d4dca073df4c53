"""What an earlier run tells a plan: how alike its trials were, and what its own size could show.

A measurement that carries `details["precision"]` gives its design effect; the correlations follow from it, from the
counts and from the number of subjects:

    r = (deff - 1) / (m - 1)                       m trials a subject
    a = (deff - 1 - (d-1) b) / (2 (n-2) d)         d comparisons a pair of subjects

b cannot be told from a alone: it is taken as assumed, yet never above what accounts for half of deff - 1, so that the
design effect of the run comes out again, and more subjects are not promised too much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fr_bench.errors import UsageError, shown
from fr_bench.findings import Measure, Measurement, Result
from fr_bench.planning.assumptions import DEFAULT_PAIR_CORRELATION, Assumed, dependence
from fr_bench.planning.dependence import BORROWED_ERRORS, ByPair, BySubject, Dependence
from fr_bench.planning.requirement import QUANTITIES, Quantity, Requirement


@dataclass(frozen=True, slots=True)
class Seen:
    """What one measurement of a run was counted from.

    design_effect   trials over independent trials; None where the run treats trials as independent
    effective       n* of its interval
    carry           subjects that carry the variance, or None
    borrowed        whether the design effect is that of a higher rate, since errors were few
    """

    measure: str
    quantity: Quantity
    errors: int
    trials: int
    subjects: int
    design_effect: float | None
    effective: float
    carry: float | None
    borrowed: bool

    @property
    def rate(self) -> float:
        """The rate that the design effect belongs to."""
        if self.borrowed or not self.errors:
            fewest = BORROWED_ERRORS if self.quantity.trials == "nonmated" else 1
            return min(0.5, max(self.errors, fewest) / self.trials)
        return self.errors / self.trials

    @property
    def each(self) -> float:
        """Trials a subject, or a pair of subjects."""
        n = self.subjects
        return self.trials / (n * (n - 1) / 2 if self.quantity.trials == "nonmated" else n)


def seen(measurement: Measurement) -> Seen | None:
    """What a measurement of a run was counted from; None where it is no rate that a plan knows, or lacks subjects."""
    named = _quantity(measurement.measure)
    counts, n = measurement.counts, measurement.subjects
    if named is None or counts is None or not counts.trials or not n or n < 2 or measurement.group:
        return None
    precision = measurement.details.get("precision")
    told: dict[str, Any] = dict(precision) if isinstance(precision, dict) else {}
    effect, effective, carry = (_positive(told.get(key)) for key in ("deff", "effective", "carry"))
    if effect is None and named.trials == "once":
        effect = 1.0  # one trial a subject: nothing is shared
    return Seen(
        measure=measurement.measure,
        quantity=named,
        errors=counts.errors,
        trials=counts.trials,
        subjects=n,
        design_effect=None if effect is None else max(1.0, effect),
        effective=float(counts.trials) if effective is None else effective,
        carry=carry,
        borrowed=told.get("borrowed") is True,
    )


def _positive(value: Any) -> float | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if number and math.isfinite(value) and value > 0 else None


def _quantity(measure: str) -> Quantity | None:
    try:
        name = Measure.parse(measure).name
    except UsageError:
        return None
    return QUANTITIES["FNMR"] if name in ("FMR100", "FMR1000", "FMR10000") else QUANTITIES.get(name)


def evidence(result: Result, requirement: Requirement, rate: float | None, *, effect: bool = True) -> Seen:
    """The measurement of a run that tells most of a requirement: the same measure, or else the nearest rate.

    rate     the true rate planned for, None where the run is to tell it
    effect   whether a design effect is needed

    Raises UsageError `not_in_run` where the run has no such rate with a design effect.
    """
    rows = [row for row in map(seen, result.measurements) if row and row.quantity == requirement.quantity]
    usable = [row for row in rows if row.design_effect is not None or not effect]
    if not usable:
        name = requirement.quantity.name
        why = "took its trials as independent, so its design effect is not known" if rows else f"measured no {name}"
        raise UsageError(
            f"run {shown(result.name)!r} {why}; measure {name} there with subjects as the unit, or state --deff or "
            "--correlation",
            code="not_in_run",
        )
    same = [row for row in usable if row.measure == str(requirement.measure)]
    if rate is None:
        return (same or usable)[0]
    return min(same or usable, key=lambda row: abs(math.log(row.rate / rate)))


def learnt(row: Seen, each: float, assumed: Assumed) -> Dependence:
    """How alike trials are if they are as in the run, where a subject or a pair of subjects gives `each` of them."""
    if row.design_effect is None:
        raise ValueError(f"{row.measure} has no design effect")
    excess = row.design_effect - 1
    if row.quantity.trials == "nonmated":
        d, n = row.each, row.subjects
        b = DEFAULT_PAIR_CORRELATION if assumed.pair_correlation is None else assumed.pair_correlation
        repeats = max(0.0, d - 1)
        told = min(b, excess / 2 / repeats) if repeats else b
        a = (excess - repeats * told) / (2 * (n - 2) * d) if n > 2 else 0.0
        carry = None if row.carry is None else min(1.0, row.carry / n)
        return ByPair(each, min(1.0, a) / row.rate, told, carry)
    together = (1 + assumed.variation**2) * row.each - 1
    if together <= 0:
        # One trial a subject: how alike two of them are was never seen.
        return dependence(row.quantity, each, assumed, row.rate)
    return BySubject(each, min(1.0, excess / together), assumed.variation)
