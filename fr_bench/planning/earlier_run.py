"""What an earlier run tells a plan: how alike its trials were, and what its own size could show.

A measurement that carries `details["precision"]` gives its design effect, and where it carries
`details["at_precision"]` also that of the rate on the other side of its threshold. The correlations follow from it,
from the counts and from the number of subjects:

    r = (deff - 1) / (m - 1)                       m trials a subject
    a = (deff - 1 - (d-1) b) / (2 (n-2) d)         d comparisons a pair of subjects

b cannot be told from a alone: it is taken as assumed, yet never above what accounts for half of deff - 1, so that the
design effect of the run comes out again, and more subjects are not promised too much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fr_bench.errors import UsageError, shown
from fr_bench.findings import Measure, Measurement, Proportion, Result
from fr_bench.planning.assumptions import DEFAULT_PAIR_CORRELATION, Assumed, dependence
from fr_bench.planning.dependence import BORROWED_ERRORS, ByPair, BySubject, Dependence, shrunk
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
    quantity = _quantity(measurement.measure)
    return None if quantity is None else _seen(measurement, quantity, measurement.counts, "precision")


def seen_at(measurement: Measurement) -> Seen | None:
    """The same of the rate on the other side of its threshold, as the FMR of FNMR@FMR; None where it is not told.

    Only where `details["at_precision"]` accounts for it.
    """
    other = {"FNMR": "FMR", "FMR": "FNMR"}.get(getattr(_quantity(measurement.measure), "name", ""))
    if other is None or "at_precision" not in measurement.details:
        return None
    return _seen(measurement, QUANTITIES[other], measurement.at, "at_precision")


def _seen(measurement: Measurement, quantity: Quantity, counts: Proportion | None, account: str) -> Seen | None:
    precision = measurement.details.get(account)
    told: dict[str, Any] = dict(precision) if isinstance(precision, Mapping) else {}
    subjects = int(_positive(told.get("units")) or measurement.subjects or 0)
    if counts is None or not counts.trials or subjects < 2 or measurement.group:
        return None
    effective = _positive(told.get("effective"))
    return Seen(
        measure=measurement.measure,
        quantity=quantity,
        errors=counts.errors,
        trials=counts.trials,
        subjects=subjects,
        design_effect=_design_effect(told, counts.trials, quantity, measurement),
        effective=float(counts.trials) if effective is None else effective,
        carry=_positive(told.get("carry")),
        borrowed=told.get("borrowed") is True,
    )


def _design_effect(told: Mapping[str, Any], trials: int, quantity: Quantity, measurement: Measurement) -> float | None:
    """As it was made, or from n*: deff = trials/n* (z/t)^2. One trial a subject shares nothing: 1."""
    if quantity.trials != "once" and any(label.startswith("assumes_independent") for label in measurement.labels):
        return None
    effect, effective, degrees = (_positive(told.get(key)) for key in ("deff", "effective", "degrees"))
    if effect is not None:
        return max(1.0, effect)
    if effective is not None and degrees is not None:
        level = measurement.interval.level if measurement.interval else 0.95
        return max(1.0, trials / effective * float(shrunk(1.0, degrees, (1 - level) / 2)))
    return 1.0 if quantity.trials == "once" else None


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
    rows = [row for look in (seen, seen_at) for row in map(look, result.measurements) if row]
    rows = [row for row in rows if row.quantity == requirement.quantity]
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
