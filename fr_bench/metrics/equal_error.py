"""Where both error rates meet: EER on the observed steps, and ROCCH-EER on their convex hull. Integers decide."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fr_bench.contracts import MeasureKind
from fr_bench.findings import REJECT_ALL, Measure, Measurement, Proportion, Threshold
from fr_bench.metrics.brackets import bracketed, crossing_below_floor
from fr_bench.metrics.scores import SortedScores, as_threshold, below_floor, count_below
from fr_bench.metrics.values import composed

INT64_SAFE = 2**62
"""Products of counts beyond this are made with Python's integers, slower and without limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EqualErrorRate:
    """The crossing of FMR and FNMR: one of them is `low`, the other `high`, at one candidate threshold."""

    threshold: Threshold
    fmr: Proportion
    fnmr: Proportion

    @property
    def low(self) -> Fraction:
        """The smaller of both rates at the threshold."""
        return min(_fraction(self.fmr), _fraction(self.fnmr))

    @property
    def high(self) -> Fraction:
        """The larger of both rates at the threshold."""
        return max(_fraction(self.fmr), _fraction(self.fnmr))

    @property
    def mean(self) -> Fraction:
        """The EER: half the sum of both rates."""
        return (self.low + self.high) / 2


def eer(scores: SortedScores) -> EqualErrorRate:
    """The equal error rate at an observed threshold; nothing is interpolated.

    t1 is the largest candidate with FNMR <= FMR, t2 the smallest with FNMR >= FMR; of the two, the one with the
    smaller FMR + FNMR counts, t1 if they are equal.

    Raises NotMeasurable `empty_mated`, `empty_nonmated`, or `below_floor` if the rates cross below the floor, unless
    the counts of a full pass tell the threshold of the crossing.

    >>> found = eer(SortedScores.from_arrays([0.2, 0.6, 0.7, 0.8, 0.9], [0.1, 0.3, 0.65]))
    >>> found.low, found.high, found.mean, found.threshold
    (Fraction(1, 5), Fraction(1, 3), Fraction(4, 15), 0.6)
    """
    scores.need_both()
    if not _crosses_above_floor(scores):
        met = crossing_below_floor(scores)
        if met.threshold is None:
            raise below_floor(scores, "the crossing of FMR and FNMR")
        return _at(scores, met.threshold)
    t1 = max(_last(values, lambda t: _excess(scores, t) <= 0, scores.floor) for values in _classes(scores))
    upper = [_first(values, lambda t: _excess(scores, t) >= 0, scores.floor) for values in _classes(scores)]
    t2: Threshold = min(upper)
    if t2 == np.inf and not (_holds(scores, np.inf) and _excess(scores, np.inf) >= 0):
        t2 = REJECT_ALL
    first, second = _at(scores, as_threshold(t1)), _at(scores, t2 if t2 == REJECT_ALL else as_threshold(t2))
    return first if _sum(first) <= _sum(second) else second


def _classes(scores: SortedScores) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    return scores.mated, scores.nonmated


def _excess(scores: SortedScores, threshold: float) -> int:
    """The sign of FNMR - FMR, which never falls along the thresholds, as an exact integer difference."""
    a, b = scores.false_non_matches(threshold), scores.false_matches(threshold)
    return a.errors * b.trials - b.errors * a.trials


def _last(values: NDArray[np.floating], holds: Callable[[float], bool], floor: float) -> float:
    """The largest of the values from the floor on for which `holds`; it holds up to some value and not above."""
    start = count_below(values, floor)
    stop = bisect_left(range(start, len(values)), True, key=lambda k: not holds(float(values[k]))) + start
    return float(values[stop - 1]) if stop > start else float("-inf")


def _first(values: NDArray[np.floating], holds: Callable[[float], bool], floor: float) -> float:
    start = count_below(values, floor)
    found = bisect_left(range(start, len(values)), True, key=lambda k: holds(float(values[k]))) + start
    return float(values[found]) if found < len(values) else float("inf")


def _holds(scores: SortedScores, score: float) -> bool:
    """Whether a score is a candidate: the last of a class, as only +inf is asked for.

    Where every nonmated score lies below the floor, so that none was kept, the mated ones have answered before.
    """
    return any(float(values[-1]) == score for values in _classes(scores))


def _crosses_above_floor(scores: SortedScores) -> bool:
    """Whether FNMR <= FMR still holds at the lowest candidate that is not below the floor."""
    if scores.rest is None or not scores.rest.count:
        return True
    lowest = [float(v[k]) for v in _classes(scores) if (k := count_below(v, scores.floor)) < len(v)]
    return bool(lowest) and _excess(scores, min(lowest)) <= 0


def _at(scores: SortedScores, threshold: Threshold) -> EqualErrorRate:
    return EqualErrorRate(
        threshold=threshold, fmr=scores.false_matches(threshold), fnmr=scores.false_non_matches(threshold)
    )


def _sum(point: EqualErrorRate) -> Fraction:
    return point.low + point.high


def _fraction(counts: Proportion) -> Fraction:
    return Fraction(counts.errors, counts.trials)


def rocch_eer(scores: SortedScores) -> Fraction:
    """FMR = FNMR on the lower left convex hull of all points (FMR(t), FNMR(t)), joined by (0, 1) and (1, 0).

    The hull is what a random choice between two thresholds can reach; the value is never above 1/2 and may be above
    or below the EER. The one hull edge that crosses the diagonal is found by cutting off: start with the edge from
    (0, 1) to (1, 0) and take the point farthest below it as a new end, until there is none.

    Raises NotMeasurable as `eer`.
    Source: the ROC convex hull of Provost and Fawcett (2001); as used by Brümmer and de Villiers (BOSARIS, 2011).

    >>> rocch_eer(SortedScores.from_arrays([0.2, 0.6, 0.7, 0.8, 0.9], [0.1, 0.3, 0.65]))
    Fraction(1, 4)
    """
    false_matches, false_non_matches = corners(scores)
    n, m = scores.nonmated_total, scores.mated_total
    left, right = (0, m), (n, 0)
    while True:
        # (x - x1)(y2 - y1) - (y - y1)(x2 - x1) in counts: positive below the edge.
        rise, run = right[1] - left[1], right[0] - left[0]
        below = (false_matches - left[0]) * rise - (false_non_matches - left[1]) * run
        k = int(np.argmax(below)) if len(below) else 0
        if not len(below) or below[k] <= 0:
            break
        point = int(false_matches[k]), int(false_non_matches[k])
        above_diagonal = point[1] * n >= point[0] * m
        left, right = (point, right) if above_diagonal else (left, point)
    return _on_diagonal(left, right, n, m)


def _on_diagonal(left: tuple[int, int], right: tuple[int, int], n: int, m: int) -> Fraction:
    x1, y1, x2, y2 = Fraction(left[0], n), Fraction(left[1], m), Fraction(right[0], n), Fraction(right[1], m)
    d1, d2 = y1 - x1, y2 - x2
    return x1 if d1 == d2 else x1 + d1 / (d1 - d2) * (x2 - x1)


def corners(scores: SortedScores) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """False matches and false non-matches at every distinct mated score: the lower left corners of the ROC.

    At any other candidate FNMR is that of the next mated score above and FMR is larger. Where products of the totals
    could pass 2^63 the counts are Python integers. Raises NotMeasurable as `eer`.
    """
    scores.need_both()
    places = scores.placements
    if places.known:
        raise below_floor(scores, "the whole curve")
    false_matches, false_non_matches = scores.nonmated_total - places.below, places.mated_below
    if 4 * scores.nonmated_total * scores.mated_total > INT64_SAFE:
        return false_matches.astype(object), false_non_matches.astype(object)
    return false_matches, false_non_matches


def _eer(scores: SortedScores, measure: Measure) -> Measurement:
    found = bracketed(lambda: eer(scores), lambda: crossing_below_floor(scores).bracket)
    return composed(
        measure,
        float(found.mean),
        fractions={"fmr": found.fmr, "fnmr": found.fnmr},
        threshold=found.threshold,
        details={"low": float(found.low), "high": float(found.high)},
    )


def _rocch_eer(scores: SortedScores, measure: Measure) -> Measurement:
    value = rocch_eer(scores)
    return composed(measure, float(value), fractions={"exact": Proportion(value.numerator, value.denominator)})


MEASURES: tuple[MeasureKind, ...] = (
    MeasureKind(
        name="EER",
        title="Equal error rate",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1 vocabulary; rule of the crossing candidate as described here",
        example="EER",
        formula="(FMR(t) + FNMR(t)) / 2 at the candidate t where FNMR crosses FMR",
        explanation="The error rate at the threshold where false matches and false non-matches are equally frequent. "
        "Both rates move in steps and seldom meet exactly: the smaller and the larger of them at the crossing are "
        "given as low and high, and the EER is their mean. It is good for ranking and bad for security: no system is "
        "operated at its EER threshold. Tools that interpolate give slightly other values.",
        needs="scores",
        compute=_eer,
        interval="eer",
    ),
    MeasureKind(
        name="ROCCH-EER",
        title="Equal error rate on the convex hull",
        unit="proportion",
        better="lower",
        version=1,
        source="ROC convex hull: Provost and Fawcett, 2001; BOSARIS toolkit, 2011",
        example="ROCCH-EER",
        formula="FMR = FNMR on the lower left convex hull of all (FMR(t), FNMR(t))",
        explanation="The error rate where the convex hull of the error trade-off meets the diagonal: what a random "
        "choice between two thresholds would reach. Never above 1/2. It is the EER of speaker recognition toolkits and "
        "is another number than the EER, so it has its own name.",
        needs="scores",
        compute=_rocch_eer,
        interval="rocch_eer",
        below_floor=True,
    ),
)
