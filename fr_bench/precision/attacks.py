"""How sure rates of presentations are: attacks by their instruments, bona fide presentations by their subjects."""

from __future__ import annotations

from dataclasses import replace

from fr_bench.contracts import Counted
from fr_bench.intervals import presentations, subject_exact
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.precision import Precision
from fr_bench.metrics.counted import CountedAtTarget, CountedHighest, CountedSum
from fr_bench.precision.outcome import Sureness, told


def of_presentations(counted: Counted, level: float) -> Sureness:
    """A rate of presentations; the worst of several species has the highest of the limits of all."""
    if not isinstance(counted, CountedHighest):
        return _by_instrument(counted, _presented(counted, level))
    each = presentations.each_level(level, len(counted.parts))
    parts = [_presented(part, each) for part in counted.parts]
    at = next(k for k, part in enumerate(counted.parts) if part.errors is counted.errors)
    sure = _by_instrument(counted, presentations.highest(parts, at, level=level))
    if "one_sided_upper" not in sure.details:
        return sure
    # The worst species is not known for certain, so the limit of every one counts.
    upper = max(subject_exact.one_sided_upper(part) for part in parts)
    return replace(sure, details={**sure.details, "one_sided_upper": upper})


def _presented(counted: Counted, level: float) -> Precision:
    borrow = None if counted.borrow is None else ClusterCounts(counted.borrow, counted.trials)
    at = ClusterCounts(counted.errors, counted.trials)
    return presentations.by_unit(at, borrow, level=level, unit=counted.unit)


def of_rate_at_target(counted: CountedAtTarget, level: float) -> Sureness:
    """A rate at a threshold that the attacks chose: with the limits of that threshold, instruments as the unit.

    The true threshold is the highest of those that the species ask for. It lies above the highest of their upper limits
    only if that of one species does, the truly worst; below the highest of the lower ones if that of any does.
    """
    tail = (1 - level) / 2
    agreed = [
        presentations.agreeing(
            float(counted.target), _presented(part, level).effective, low=tail, high=tail / len(counted.parts)
        )
        for part in counted.parts
    ]
    here = _presented(counted, level)
    low, high = counted.rejected([many for _, many in agreed]), counted.rejected([few for few, _ in agreed])
    sure = _by_instrument(counted, replace(here, interval=presentations.at_target(here, low, high)))
    # The limit of a rate without errors at a fixed threshold says nothing of one that was chosen.
    details = {name: fact for name, fact in sure.details.items() if not name.startswith("one_sided")}
    labels = {*sure.labels, *(label for part in counted.parts for label in part.labels)}
    if any(few < 0 for few, _ in agreed):
        labels.add("threshold_without_upper_limit")
    return replace(sure, labels=tuple(sorted(labels)), details=details)


def _by_instrument(counted: Counted, precision: Precision) -> Sureness:
    """With the unit that is known: where nobody says whose a presentation is, subjects are no unit."""
    sure = told(precision, counted.labels)
    unknown = "assumes_independent_samples" in counted.labels
    return replace(sure, labels=tuple(label for label in sure.labels if not (unknown and label == "subjects_as_unit")))


def of_sum(counted: CountedSum, level: float) -> Sureness:
    """The sum of two rates: the limits of both, each at half the error level."""
    each = presentations.each_level(level, len(counted.parts))
    first, second = (of_presentations(part, each) for part in counted.parts)
    if first.interval is None or second.interval is None:
        raise ValueError("a rate without interval")
    account = {"units": min(part.details["precision"]["units"] for part in (first, second)), "borrowed": False}
    return Sureness(
        interval=presentations.added(first.interval, second.interval, level=level),
        labels=tuple(sorted({*first.labels, *second.labels} - {"no_errors", "few_errors"})),
        details={"precision": account},
    )
