"""How far both classes of scores lie apart, without a threshold: AUC and d', and the detection cost minDCF."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from fr_bench.contracts import MeasureKind
from fr_bench.findings import REJECT_ALL, Measure, Measurement, Threshold
from fr_bench.metrics import parameters
from fr_bench.metrics.equal_error import INT64_SAFE, corners
from fr_bench.metrics.scores import NotMeasurable, SortedScores, as_threshold, below_floor
from fr_bench.metrics.values import number
from fr_bench.records import Floats

BLOCK = 2**16


def auc(scores: SortedScores) -> Fraction:
    """P(mated > nonmated) + 1/2 P(equal) over all M*N pairs, as an exact fraction.

    Raises NotMeasurable `empty_mated`, `empty_nonmated`, `below_floor`.
    Source: Mann and Whitney (1947); Hanley and McNeil (1982).

    >>> auc(SortedScores.from_arrays([0.5, 0.6, 0.7], [0.3, 0.5, 0.5]))
    Fraction(8, 9)
    """
    scores.need_both()
    places = scores.placements
    if places.known:
        raise below_floor(scores, "the area under the curve")
    pairs = 2 * scores.mated_total * scores.nonmated_total
    counting = object if pairs > INT64_SAFE else np.int64
    repeats = np.asarray(np.diff(places.mated_below, append=scores.mated_total), counting)
    # A win counts 2, a tie 1.
    wins_twice = np.asarray(places.below, counting) + np.asarray(places.up_to, counting)
    return Fraction(int(np.dot(repeats, wins_twice)), pairs)


def d_prime(scores: SortedScores) -> float:
    """(mean of mated - mean of nonmated) / sqrt((variance + variance) / 2), variances with divisor n - 1.

    Sums are exact until their last rounding, so they do not depend on the order of comparisons.
    Raises NotMeasurable with fewer than two scores in a class, with infinite scores, or if both classes are constant.

    >>> round(d_prime(SortedScores.from_arrays([3.0, 5.0], [0.0, 2.0])), 12)
    2.12132034356
    """
    if scores.mated_total < 2 or scores.nonmated_total < 2:
        raise NotMeasurable("d' needs at least two scores of each class")
    ends = [float(v[k]) for v in (scores.mated, scores.nonmated) if len(v) for k in (0, -1)]
    if not all(map(math.isfinite, ends)):
        raise NotMeasurable("d' is not defined for infinite scores")
    # A power of two keeps squares inside the range of float64 and changes no digit of d'.
    exponent = -math.frexp(max(map(abs, [*ends, _lowest_of_rest(scores)])))[1]
    # Everything is counted from a score in the middle, so that scores far from zero lose no digits either.
    pivot = math.ldexp(float(scores.mated[scores.mated_total // 2]), exponent)
    mated, nonmated = _moments(scores.mated, exponent, pivot), _nonmated_moments(scores, exponent, pivot)
    spread = (mated.variance + nonmated.variance) / 2
    if spread == 0:
        raise NotMeasurable("d' is not defined: all scores of each class are equal")
    return (mated.mean - nonmated.mean) / math.sqrt(spread)


@dataclass(frozen=True, slots=True)
class _Moments:
    """Mean, counted from the pivot, and variance of the scaled scores."""

    mean: float
    variance: float


def _moments(values: Floats, exponent: int, pivot: float) -> _Moments:
    mean = math.fsum(_scaled(values, exponent, pivot)) / len(values)
    if values[0] == values[-1]:
        return _Moments(mean, 0.0)  # ascending: all are equal, and no rounding may say otherwise
    return _Moments(mean, math.fsum(_squares(values, exponent, pivot, mean)) / (len(values) - 1))


def _nonmated_moments(scores: SortedScores, exponent: int, pivot: float) -> _Moments:
    rest, n = scores.rest, scores.nonmated_total
    if rest is None or not rest.count:
        return _moments(scores.nonmated, exponent, pivot)
    if rest.sum is None or rest.squares is None:
        raise below_floor(scores, "d'")
    if not (math.isfinite(rest.sum) and math.isfinite(rest.squares)):
        raise NotMeasurable("d' is not defined for infinite scores")
    total = math.fsum(chain(_scaled(scores.nonmated, exponent, 0.0), [math.ldexp(rest.sum, exponent)]))
    squares = math.fsum(chain(_squares(scores.nonmated, exponent, 0.0, 0.0), [math.ldexp(rest.squares, 2 * exponent)]))
    mean = total / n
    return _Moments(mean - pivot, max(0.0, squares - total * mean) / (n - 1))


def _lowest_of_rest(scores: SortedScores) -> float:
    """A bound for the magnitude of the scores below the floor: the root of their sum of squares."""
    return math.sqrt(scores.rest.squares) if scores.rest and scores.rest.squares else 0.0


def _scaled(values: Floats, exponent: int, pivot: float) -> Iterator[float]:
    """Scores times a power of two, less the pivot, as Python floats, by blocks: all at once take 32 bytes each."""
    for start in range(0, len(values), BLOCK):
        yield from (np.ldexp(values[start : start + BLOCK].astype(np.float64), exponent) - pivot).tolist()


def _squares(values: Floats, exponent: int, pivot: float, mean: float) -> Iterator[float]:
    """The squared distances of the scaled scores, less the pivot, from their mean."""
    for start in range(0, len(values), BLOCK):
        block = np.ldexp(values[start : start + BLOCK].astype(np.float64), exponent) - pivot
        yield from np.square(block - mean).tolist()


def min_dcf(scores: SortedScores, prior: Fraction) -> tuple[Fraction, Threshold]:
    """The least detection cost over all candidate thresholds, and the lowest threshold that attains it.

    DCF(t) = prior * FNMR(t) + (1 - prior) * FMR(t), both costs 1, divided by min(prior, 1 - prior), the cost of the
    better of accepting all and rejecting all. So 0 is perfect and 1 is useless.

    Raises NotMeasurable `empty_mated`, `empty_nonmated`, `below_floor`.
    Source: NIST speaker recognition evaluations, normalised minimum detection cost.

    >>> min_dcf(SortedScores.from_arrays([0.5, 0.6, 0.7], [0.3, 0.5, 0.5]), Fraction(1, 2))
    (Fraction(1, 3), 0.6)
    """
    false_matches, false_non_matches = corners(scores)
    n, m = scores.nonmated_total, scores.mated_total
    p, q = prior.numerator, prior.denominator
    if q * n * m > INT64_SAFE:
        false_matches, false_non_matches = false_matches.astype(object), false_non_matches.astype(object)
    costs: NDArray[np.int64] = false_non_matches * (p * n) + false_matches * ((q - p) * m)
    k = int(np.argmin(costs))
    least, rejecting_all = int(costs[k]), p * n * m
    scale = Fraction(1, q * n * m) / min(prior, 1 - prior)
    if least <= rejecting_all:
        return least * scale, as_threshold(scores.placements.at[k])
    return rejecting_all * scale, REJECT_ALL


def _auc(scores: SortedScores, measure: Measure) -> Measurement:
    value = auc(scores)
    return number(measure, float(value), details={"numerator": value.numerator, "denominator": value.denominator})


def _d_prime(scores: SortedScores, measure: Measure) -> Measurement:
    return number(measure, d_prime(scores))


def _min_dcf(scores: SortedScores, measure: Measure) -> Measurement:
    value, threshold = min_dcf(scores, parameters.target(measure, "prior"))
    return number(
        measure,
        float(value),
        threshold=threshold,
        details={"numerator": value.numerator, "denominator": value.denominator},
    )


MEASURES: tuple[MeasureKind, ...] = (
    MeasureKind(
        name="AUC",
        title="Area under the ROC curve",
        unit="number",
        better="higher",
        version=1,
        source="Mann and Whitney, 1947; Hanley and McNeil, 1982",
        example="AUC",
        formula="P(mated > nonmated) + P(mated = nonmated) / 2 over all M*N pairs of scores",
        explanation="The chance that a mated comparison scores higher than a nonmated one, ties counted half. It "
        "weighs all thresholds alike, also those nobody would use, and is close to 1 for every usable recognizer; a "
        "value below 1/2 means that the scores are turned round.",
        needs="scores",
        compute=_auc,
        interval="auc",
        below_floor=True,
    ),
    MeasureKind(
        name="d'",
        title="Decidability d'",
        unit="number",
        better="higher",
        version=1,
        source="Daugman, 2000 (decidability); variances with divisor n - 1",
        example="d'",
        formula="(mean mated - mean nonmated) / sqrt((var mated + var nonmated) / 2)",
        explanation="The distance of both classes of scores in units of their spread. It looks at means and variances "
        "only, so it says little of the tails, where the errors are. Also written dprime.",
        needs="scores",
        compute=_d_prime,
        interval="d_prime",
        below_floor=True,
    ),
    MeasureKind(
        name="minDCF",
        title="Minimum detection cost",
        unit="number",
        better="lower",
        version=1,
        source="NIST speaker recognition evaluations, normalised minimum detection cost function",
        example="minDCF@prior=0.5",
        formula="min over t of [p FNMR(t) + (1-p) FMR(t)] / min(p, 1-p)",
        explanation="The least expected cost that a threshold chosen on these scores reaches if a share p of the "
        "comparisons is mated and both errors cost the same; 1 is what one gets without looking at the scores.",
        needs="scores",
        compute=_min_dcf,
        interval="min_dcf",
        parameters=("prior",),
        below_floor=True,
    ),
)
