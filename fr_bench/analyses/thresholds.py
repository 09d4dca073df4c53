"""Thresholds to deploy: for each FMR asked for, the threshold, and how far other people could have moved it.

Each was chosen on the scores of the run. So what is given is the FMR attained, with the interval of the FMR of the
population at that threshold; the limits of the threshold itself; and the FNMR with an interval that draws the threshold
anew with every draw. `frbench report RUN --threshold-card FILE` writes them for machines.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fr_bench.analyses.given import Given
from fr_bench.findings import REJECT_ALL, Analysis, Interval, Measurement, Proportion, Threshold
from fr_bench.known_measures import resolve
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.threshold_limits import ThresholdLimits, threshold_limits
from fr_bench.precision import Evidence

KIND = "thresholds"
SAME_DATA = "threshold_from_same_data"
FEW = 10


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A threshold that was chosen for an FMR, with the measurement of the FNMR there."""

    target: Fraction
    text: str
    threshold: Threshold
    fmr: Proportion
    fnmr: Measurement


def analyse(given: Given) -> tuple[Analysis, ...]:
    """One analysis where an FNMR at an FMR was measured; its points are facts, exact to the last bit."""
    chosen = [found for one in given.measurements if (found := _chosen(one)) is not None]
    missing = [_not_given(one) for one in given.measurements if _asks(one) and one.value is None]
    if not chosen and not missing:
        return ()
    evidence = Evidence(scores=given.scores, ordered=SortedScores.of(given.scores), method=given.method)
    points = [_point(one, evidence) for one in chosen]
    facts = {"points": points, "not_given": missing, "level": given.method.level}
    return (Analysis(kind=KIND, facts={**facts, **({"minus_distance": True} if given.scores.distances else {})}),)


def _asks(found: Measurement) -> bool:
    measure, kind = resolve(found.measure)
    return not found.group and ((measure.name == "FNMR" and "FMR" in measure) or kind.fmr is not None)


def _chosen(found: Measurement) -> _Chosen | None:
    if not _asks(found) or found.value is None or found.threshold is None or found.at is None:
        return None
    measure, kind = resolve(found.measure)
    text = measure["FMR"] if "FMR" in measure else str(kind.fmr)
    return _Chosen(Fraction(text), text, found.threshold, found.at, found)


def _not_given(found: Measurement) -> dict[str, str]:
    """A target that these scores cannot hold: said, not left out."""
    return {"measure": found.measure, "reason": found.reason or ""}


def _point(one: _Chosen, evidence: Evidence) -> dict[str, Any]:
    interval, labels = _fmr_interval(one, evidence)
    limits = _limits(evidence.ordered, interval)
    kept = {"weak_target", "coarse_scores", "polarity_suspect"} & set(one.fnmr.labels)
    if interval is not None and limits.high is None:
        labels |= {"threshold_without_upper_limit"}
    return {
        "target": one.text,
        **_written("threshold", one.threshold),
        "fmr": [one.fmr.errors, one.fmr.trials],
        "fmr_interval": _told(interval),
        **_written("threshold_low", limits.low),
        **_written("threshold_high", limits.high),
        "fnmr": [one.fnmr.counts.errors, one.fnmr.counts.trials] if one.fnmr.counts else None,
        "fnmr_interval": _told(one.fnmr.interval),
        "no_fnmr_interval": one.fnmr.no_interval,
        "subjects": one.fnmr.subjects,
        "labels": sorted({*labels, *kept, SAME_DATA}),
    }


def _fmr_interval(one: _Chosen, evidence: Evidence) -> tuple[Interval | None, set[str]]:
    """Of the FMR that the threshold has in the population, to first order as if it had been fixed beforehand."""
    if evidence.by_subject is None or evidence.by_subject.design is None:
        return None, {"assumes_independent_comparisons"}
    at = evidence.by_subject.false_matches(one.threshold)
    if at is None:
        return None, set()
    found = evidence.fmr(at)
    held = one.fmr.errors / (found.deff or 1.0)
    return found.interval, {*found.labels, *(("weak_target",) if held < FEW else ())}


def _limits(ordered: SortedScores, interval: Interval | None) -> ThresholdLimits:
    if interval is None:
        return ThresholdLimits(None, None)
    try:
        return threshold_limits(ordered, interval.low, interval.high)
    except NotMeasurable:
        return ThresholdLimits(None, None)


def _written(name: str, threshold: Threshold | None) -> dict[str, Any]:
    """A threshold as a decimal that reads back, and in hexadecimal, which no reader can round."""
    if threshold is None or threshold == REJECT_ALL:
        return {name: threshold, f"{name}_hex": None}
    number = float(threshold)
    return {name: f"{number:.17g}", f"{name}_hex": number.hex()}


def _told(interval: Interval | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    return {
        "low": interval.low,
        "high": interval.high,
        "level": interval.level,
        "method": interval.method,
        "unit": interval.unit,
    }
