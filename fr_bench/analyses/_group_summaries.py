"""Summaries of the rates of groups with their limits: what the summary can be if every true rate is in its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from fr_bench.analyses._group_points import Point
from fr_bench.analyses._group_precision import SureRate
from fr_bench.errors import shown
from fr_bench.findings import Interval, Measure, Measurement
from fr_bench.intervals import simultaneous
from fr_bench.intervals.precision import Precision
from fr_bench.known_measures import not_measurable
from fr_bench.metrics.group_measures import SUMMARIES, Summary, summarised
from fr_bench.metrics.groups import RATES, GroupRate, GroupRates, Rate
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.numerals import short

Limits = simultaneous.Limits

METHOD = "simultaneous"
NO_UPPER = "the rate of a group may be 0, so the ratio has no upper limit"

_OF_ONE: Mapping[str, Callable[[Sequence[float], Sequence[float]], Limits]] = {
    "max-min-ratio": simultaneous.max_min_ratio,
    "max-min-difference": simultaneous.max_min_difference,
    "max-geomean-ratio": simultaneous.max_geomean_ratio,
    "max-mean-ratio": simultaneous.max_mean_ratio,
    "Gini": simultaneous.gini,
}
_PART = {"FDR": "max-min-difference", "IR": "max-min-ratio", "GARBE": "Gini"}
"""The summary of each rate that a measure of both is made of."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RatedGroups:
    """The rates of all groups at one point, and how sure each is.

    sure     by rate, one entry a group; None where it has no comparison
    labels   honesty labels that hold for every measure on these scores
    """

    by: str
    point: Point
    rates: GroupRates
    sure: Mapping[Rate, tuple[SureRate | None, ...]]
    level: float
    labels: tuple[str, ...] = ()

    def judged(self, rate: Rate) -> list[tuple[GroupRate, SureRate]]:
        """The groups that stand in summaries of a rate."""
        pairs = zip(self.rates.groups, self.sure[rate], strict=True)
        return [(group, sure) for group, sure in pairs if sure is not None and group.judged(rate)]

    def summarised(self, summary: Summary, rate: Rate | None, measure: Measure) -> Measurement:
        """A summary with its limits. Raises NotMeasurable; where no group has an error, with the bounds of each."""
        try:
            found = summarised(self.rates, summary, rate, measure, self.point.rate_labels)
        except NotMeasurable as missing:
            if missing.code != "no_errors":
                raise
            reason = f"{missing.reason}; upper bounds: {self._upper_bounds(rate)}"
            raise NotMeasurable(reason, code=missing.code) from None
        sides = RATES if rate is None else (rate,)
        precisions = self._precisions(rate)
        low, high = _limits(summary, precisions)
        value = found.value if found.value is not None else low
        interval = None
        if high is not None:
            interval = Interval(min(low, value), max(high, value), self.level, METHOD, _unit(precisions))
        return replace(
            found,
            interval=interval,
            no_interval=None if interval else NO_UPPER,
            labels=tuple(sorted({*found.labels, *self.labels, *_labels(precisions)})),
            subjects=min(group.subjects[side] for side in sides for group, _ in self.judged(side)),
            details={**found.details, "point": self.point.name, "at_least": min(low, value)},
        )

    def _precisions(self, rate: Rate | None) -> dict[Rate, list[Precision]]:
        """The judged rates at the level at which all hold at once."""
        judged = {side: self.judged(side) for side in (RATES if rate is None else (rate,))}
        level = simultaneous.level_of_each(self.level, sum(len(groups) for groups in judged.values()))
        return {side: [sure.at(level) for _, sure in groups] for side, groups in judged.items()}

    def _upper_bounds(self, rate: Rate | None) -> str:
        """The upper limit of each group's rate where none has an error; all hold at once."""
        told = []
        for side, precisions in self._precisions(rate).items():
            if not any(one.errors for one in precisions):
                names = [group.name for group, _ in self.judged(side)]
                told += [
                    f"{side} of {shown(name, 40)} {_up(one.interval.high)}"
                    for name, one in zip(names, precisions, strict=True)
                ]
        return ", ".join(told)

    def at_least(self, summary: Summary, rate: Rate | None) -> float:
        """The lower limit of a summary that may itself be undefined."""
        return _limits(summary, self._precisions(rate))[0]


def summaries(rated: RatedGroups) -> Iterator[Measurement]:
    """Every summary of the groups at one point; one that they cannot answer has no value and a reason."""
    for summary in SUMMARIES:
        for rate in (None,) if summary.both else RATES:
            key, _, value = rated.point.parameter.partition("=")
            measure = Measure(summary.quantity(rate), ((key, value), ("by", rated.by)))
            try:
                yield rated.summarised(summary, rate, measure)
            except NotMeasurable as missing:
                more = {}
                if missing.code == "group_without_errors":
                    more = {"at_least": rated.at_least(summary, rate)}
                none = not_measurable(str(measure), missing.reason, missing.code)
                details = {**none.details, "point": rated.point.name, **more}
                yield replace(none, threshold=rated.point.threshold, details=details)


def _limits(summary: Summary, precisions: Mapping[Rate, Sequence[Precision]]) -> Limits:
    """The lowest and highest value of a summary while every rate stays within its interval."""
    part = _OF_ONE[_PART.get(summary.name, summary.name)]
    each = [
        part([one.interval.low for one in group], [one.interval.high for one in group]) for group in precisions.values()
    ]
    if not summary.both:
        return each[0]
    lows, highs = [low for low, _ in each], [high for _, high in each]
    if summary.name == "IR":
        known = [high for high in highs if high is not None]
        return math.sqrt(lows[0] * lows[1]), math.sqrt(known[0] * known[1]) if len(known) == 2 else None
    low, high = sum(lows) / 2, sum(high or 0.0 for high in highs) / 2
    return (1 - high, 1 - low) if summary.name == "FDR" else (low, high)


def _up(rate: float) -> str:
    """A rate with three significant digits, rounded up.

    >>> _up(0.00023561), _up(1.0)
    ('0.000236', '1')
    """
    exact = Decimal(repr(rate))
    return short(float(exact.quantize(Decimal(1).scaleb(exact.adjusted() - 2), rounding=ROUND_CEILING)), 3)


def _unit(precisions: Mapping[Rate, Sequence[Precision]]) -> str:
    units = {one.interval.unit for group in precisions.values() for one in group}
    return "comparison" if "comparison" in units else min(units)


def _labels(precisions: Mapping[Rate, Sequence[Precision]]) -> set[str]:
    """Labels of the rates that hold for what is made of them: one weak group makes the summary weak."""
    labels = {label for group in precisions.values() for one in group for label in one.labels}
    if "no_errors" in labels and any(one.errors for group in precisions.values() for one in group):
        # A group without errors beside others that have some: few, not none.
        labels = (labels - {"no_errors"}) | {"few_errors"}
    return labels


__all__ = ["METHOD", "RatedGroups", "summaries"]
