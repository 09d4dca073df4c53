"""Thresholds set on one set of scores and judged on another: what a system in use will do, not what it was tuned to.

An operating point chosen on the very scores that it is judged on flatters. Here it is set on a development set by the
rules of `fr_bench.metrics.verification` and `fr_bench.metrics.equal_error`, and both rates are counted on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fr_bench.findings import Proportion, Threshold
from fr_bench.metrics.equal_error import eer
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.verification import fnmr_at_fmr


@dataclass(frozen=True, slots=True, kw_only=True)
class SetThreshold:
    """A threshold as the development set gave it.

    name        by what it was set: "FMR=1e-3", or "EER"
    target      the FMR asked for, or None for the EER
    threshold   None where the development set cannot hold the target: then `reason` says why
    fmr, fnmr   what the development set attains there
    labels      `weak_target`, `coarse_scores`: how firmly it is held
    """

    name: str
    target: Fraction | None
    threshold: Threshold | None
    fmr: Proportion | None = None
    fnmr: Proportion | None = None
    labels: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """A threshold of the development set, with both rates that it attains on other scores."""

    set: SetThreshold
    fmr: Proportion
    fnmr: Proportion


def set_thresholds(
    development: SortedScores, targets: Sequence[tuple[str, Fraction]], *, at_eer: bool = True
) -> tuple[SetThreshold, ...]:
    """The thresholds that a development set gives for FMRs of at most each target, and at its EER.

    targets   name as it is to be shown, and the FMR, between 0 and 1

    >>> dev = SortedScores.from_arrays([0.9, 0.8, 0.2], [0.1, 0.3, 0.5, 0.7, 0.85])
    >>> found = set_thresholds(dev, [("FMR=0.2", Fraction(1, 5)), ("FMR=0.01", Fraction(1, 100))])
    >>> [(one.name, one.threshold) for one in found]
    [('FMR=0.2', 0.8), ('FMR=0.01', None), ('EER', 0.8)]
    """
    found = [_at_target(development, name, target) for name, target in targets]
    return (*found, _at_eer(development)) if at_eer else tuple(found)


def _at_target(development: SortedScores, name: str, target: Fraction) -> SetThreshold:
    try:
        point = fnmr_at_fmr(development, target)
    except NotMeasurable as missing:
        return SetThreshold(name=name, target=target, threshold=None, reason=missing.reason)
    return SetThreshold(
        name=name, target=target, threshold=point.threshold, fmr=point.fmr, fnmr=point.fnmr, labels=point.labels
    )


def _at_eer(development: SortedScores) -> SetThreshold:
    try:
        point = eer(development)
    except NotMeasurable as missing:
        return SetThreshold(name="EER", target=None, threshold=None, reason=missing.reason)
    return SetThreshold(name="EER", target=None, threshold=point.threshold, fmr=point.fmr, fnmr=point.fnmr)


def transfer(one: SetThreshold, scores: SortedScores) -> Transferred:
    """Count both rates at a threshold of other data.

    Raises NotMeasurable `no_threshold` where the development set gave none; otherwise as the rates themselves.

    >>> dev = SortedScores.from_arrays([0.9, 0.8], [0.1, 0.3, 0.5, 0.7])
    >>> point = set_thresholds(dev, [("FMR=0.25", Fraction(1, 4))], at_eer=False)[0]
    >>> transfer(point, SortedScores.from_arrays([0.6, 0.75], [0.2, 0.75, 0.9])).fmr
    Proportion(errors=2, trials=3)
    """
    if one.threshold is None:
        raise NotMeasurable(f"no threshold for {one.name} on the development set: {one.reason}", code="no_threshold")
    scores.need_both()
    return Transferred(set=one, fmr=scores.false_matches(one.threshold), fnmr=scores.false_non_matches(one.threshold))
