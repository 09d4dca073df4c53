"""The operating points at which groups are looked at: thresholds of everybody, never tuned to a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fr_bench.errors import UsageError
from fr_bench.findings import REJECT_ALL, Measure, Measurement, Threshold
from fr_bench.known_measures import resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A threshold and where it comes from.

    name    "FMR=1e-3" for the threshold that holds this target, "threshold=0.35" for one given beforehand
    fixed   whether it was given beforehand; otherwise these scores chose it
    labels  of the target: `weak_target`, `coarse_scores`
    """

    name: str
    threshold: Threshold
    fixed: bool
    labels: tuple[str, ...] = ()

    @property
    def parameter(self) -> str:
        """How a measure of groups names the point: only thresholds and targets of the FMR are parameters of theirs."""
        return self.name if self.name.startswith(("FMR=", "threshold=")) else f"threshold={written(self.threshold)}"

    @property
    def rate_labels(self) -> tuple[str, ...]:
        """Labels of a rate at this threshold."""
        return self.labels if self.fixed else (*self.labels, "threshold_taken_as_fixed")


def written(threshold: Threshold) -> str:
    """A threshold as the parameter of a measure, so that it decides alike when it is read back."""
    return REJECT_ALL if threshold == REJECT_ALL else repr(float(threshold))


def points_of(measurements: Sequence[Measurement]) -> tuple[Point, ...]:
    """Every threshold at which an FMR or an FNMR of everybody was measured, in that order, each once.

    >>> found = Measurement(measure="FNMR@threshold=0.35", version=1, unit="number", better="lower", value=0.1,
    ...                     threshold=0.35)
    >>> [point.name for point in points_of([found, found])]
    ['threshold=0.35']
    """
    found: dict[str, Point] = {}
    for one in measurements:
        name = None if one.group or one.value is None or one.threshold is None else _name(one.measure)
        if name is not None and one.threshold is not None and name not in found:
            kept = tuple(label for label in one.labels if label in ("weak_target", "coarse_scores"))
            found[name] = Point(name=name, threshold=one.threshold, fixed=name.startswith("threshold="), labels=kept)
    return tuple(found.values())


def _name(text: str) -> str | None:
    """The operating point that a measure is read at; None where it is no FMR or FNMR, or an extreme value."""
    try:
        measure, kind = resolve(text)
    except UsageError:
        return None
    if measure.name in ("FMR", "FNMR") and len(measure.parameters) == 1:
        return "=".join(measure.parameters[0])
    return f"FMR={kind.fmr}" if kind.fmr is not None and not measure.parameters else None


def text_of(rate: str, point: Point) -> Measure:
    """The measure of a rate at the threshold of a point."""
    return Measure(rate, (("threshold", written(point.threshold)),))
