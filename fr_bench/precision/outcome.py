"""What can be said of how sure a measurement is, and the reasons why there may be no interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fr_bench.findings import Interval, Measurement, Proportion
from fr_bench.intervals import subject_exact
from fr_bench.intervals.precision import Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """What can be said of a measurement's precision: an interval, or why there is none, with labels and an account.

    details   under "precision": `deff`, `effective`, `degrees`, `carry`, `units`, `borrowed` where they were made;
              `one_sided_upper` with `one_sided_level` for a rate without errors; `sober`, its cautious companion
    """

    interval: Interval | None = None
    reason: str | None = None
    labels: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


NO_SUBJECTS = (
    "the scores name no subjects, and an interval that takes comparisons as independent would be too narrow to be "
    "honest; give the subjects of probes and references"
)
ONE_SUBJECT = "all comparisons hang on too few subjects to draw from"
TAIL_TOO_SHORT = (
    "some draws of subjects need nonmated scores below the floor; a run that measures FMR@threshold=T keeps those from "
    "T on, up to comparison.keep_at_most, which can be raised"
)
EXTREME = "an extreme value of the sample has no interval: neither normal theory nor a bootstrap holds for it"
FOLDS = "folds share thresholds and subjects; their spread is given instead, and is no interval"
NOT_KEPT = (
    "the false matches below the floor were counted and not kept by subject; a run that measures FMR@threshold=T keeps "
    "those from T on, up to comparison.keep_at_most, which can be raised"
)
TOO_LARGE = "the draws of this measure are made only up to 65,536 steps of the curve; draw fewer comparisons"
NO_THEORY = "no interval is made for this measure"


def told(precision: Precision, labels: tuple[str, ...] = ()) -> Sureness:
    """A precision as what a measurement shows of it."""
    return Sureness(interval=precision.interval, labels=(*precision.labels, *labels), details=details_of(precision))


def details_of(precision: Precision) -> dict[str, Any]:
    """What an interval was made from, as the details of a measurement tell it."""
    details: dict[str, Any] = {"precision": account_of(precision)}
    if not precision.errors and precision.effective is not None:
        details["one_sided_upper"] = subject_exact.one_sided_upper(precision)
        details["one_sided_level"] = precision.interval.level
    if precision.sober is not None:
        details["sober"] = precision.sober
    return details


def account_of(precision: Precision) -> dict[str, Any]:
    """The figures of a precision that it has, by name, and whether its design effect was borrowed."""
    figures = {name: getattr(precision, name) for name in ("deff", "effective", "degrees", "carry", "units")}
    return {**{name: value for name, value in figures.items() if value is not None}, "borrowed": precision.borrowed}


def counts_of(found: Measurement) -> Proportion:
    """The counts of a rate. Raises ValueError where it has none: a bug of the measure."""
    if found.counts is None:
        raise ValueError(f"{found.measure}: a rate without counts")
    return found.counts
