"""How sure a threshold is that was chosen to hold an FMR: the limits of the FMR, read back as thresholds.

Other people would have given another threshold. If the FMR at the threshold lies between two limits with a certain
confidence, then the thresholds at which these scores attain the limits hold, with that confidence, the threshold that
the population would give (Woodruff's interval of a quantile). It needs no distribution of scores, and inherits from the
interval of the FMR that comparisons of one subject depend on each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fr_bench.findings import Threshold
from fr_bench.metrics.scores import SortedScores, as_threshold


@dataclass(frozen=True, slots=True)
class ThresholdLimits:
    """Lower and upper limit of a threshold. None: these scores do not reach so far, so there is no limit."""

    low: Threshold | None
    high: Threshold | None


def threshold_limits(scores: SortedScores, fmr_low: float, fmr_high: float) -> ThresholdLimits:
    """The thresholds at which the FMR of these scores passes the limits of an interval of the FMR.

    fmr_low, fmr_high   0 <= fmr_low <= fmr_high <= 1

    The lower limit is the smallest candidate with an FMR of at most `fmr_high`, the upper one that of at most
    `fmr_low`. Where `fmr_low` allows no false match the upper limit would lie beyond all nonmated scores: None. None
    too where a limit lies below the floor.
    Raises NotMeasurable `empty_nonmated`, ValueError for limits out of order.
    Source: Woodruff (1952), confidence intervals for medians and other position measures.

    >>> scores = SortedScores.from_arrays([0.9], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    >>> threshold_limits(scores, 0.125, 0.5)
    ThresholdLimits(low=0.5, high=0.8)
    >>> threshold_limits(scores, 0.0, 1.0)
    ThresholdLimits(low=0.1, high=None)
    """
    if not 0 <= fmr_low <= fmr_high <= 1:
        raise ValueError(f"an FMR between {fmr_low} and {fmr_high}")
    scores.need_nonmated()
    allowed = math.floor(fmr_low * scores.nonmated_total)
    return ThresholdLimits(
        low=_smallest(scores, math.floor(fmr_high * scores.nonmated_total)),
        high=_smallest(scores, allowed) if allowed else None,
    )


def _smallest(scores: SortedScores, allowed: int) -> Threshold | None:
    """The smallest candidate with at most so many false matches; None where it lies below the floor."""
    kept = scores.nonmated
    if allowed < len(kept):
        return scores.candidate_above(float(kept[len(kept) - 1 - allowed]))
    if scores.rest is not None and scores.rest.count:
        return None
    lowest = [float(values[0]) for values in (scores.mated, kept) if len(values)]
    return as_threshold(min(lowest))
