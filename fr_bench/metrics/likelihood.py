"""Scores as likelihood ratios: what they cost (Cllr), and what the best calibration of them would cost (minCllr).

A natural-log likelihood ratio says how much more likely a score is if both samples are of one subject. Cllr is the
mean cost, in bits, over all priors of decisions that trust it: 0 is perfect, 1 is what the constant 0 ("I do not
know") costs, and a wrong certainty costs without bound. minCllr is what remains after the best increasing map of the
scores, so it hangs on their order alone; Cllr - minCllr is the loss by calibration, minCllr that by discrimination.

The best increasing map is that of pool adjacent violators (PAV). Its pools are the edges of the convex hull of the
error trade-off, and are found here in whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fr_bench.contracts import MeasureKind
from fr_bench.findings import Measure, Measurement
from fr_bench.metrics.equal_error import corners
from fr_bench.metrics.scores import NotMeasurable, SortedScores, below_floor
from fr_bench.metrics.values import number
from fr_bench.numerals import many
from fr_bench.records import Floats

BITS = 2 * math.log(2)
"""Half a bit for each class: what means of natural-log costs are divided by."""
BLOCK = 2**16


@dataclass(frozen=True, slots=True)
class Pool:
    """Neighbouring scores that the best calibration maps to one likelihood ratio.

    lowest            the lowest mated score of the pool; None for one without mated scores
    mated, nonmated   how many of each class it holds, never both 0
    """

    lowest: float | None
    mated: int
    nonmated: int


def cllr(scores: SortedScores) -> float:
    """The log-likelihood-ratio cost in bits of scores that are natural-log likelihood ratios.

    [mean over mated of ln(1 + e^-s) + mean over nonmated of ln(1 + e^s)] / (2 ln 2). Sums are exact until their last
    rounding, so they do not depend on the order of comparisons.

    Raises NotMeasurable: `empty_mated`, `empty_nonmated`, `below_floor` where scores were counted and not kept, and
    `infinite_cost` where a mated comparison is declared impossible (-inf) or a nonmated one certain (+inf).
    Source: Brümmer and du Preez (2006).

    >>> cllr(SortedScores.from_arrays([0.0, 0.0], [0.0]))
    1.0
    >>> round(cllr(SortedScores.from_arrays([2.0, 1.0], [-3.0, 0.5])), 12)
    0.527613065213
    """
    scores.need_both()
    if scores.rest is not None and scores.rest.count:
        raise below_floor(scores, "the log-likelihood-ratio cost")
    impossible = int(np.count_nonzero(np.isneginf(scores.mated)))
    certain = int(np.count_nonzero(np.isposinf(scores.nonmated)))
    if impossible or certain:
        raise NotMeasurable(
            f"the cost is infinite: {many(impossible, 'mated log-likelihood ratio')} at -inf and "
            f"{many(certain, 'nonmated one')} at inf; "
            "no finite number of good ones makes up for a certainty that is wrong",
            code="infinite_cost",
        )
    mated = math.fsum(_costs(scores.mated, -1)) / scores.mated_total
    return (mated + math.fsum(_costs(scores.nonmated, 1)) / scores.nonmated_total) / BITS


def _costs(values: Floats, sign: int) -> Iterator[float]:
    """ln(1 + e^(sign * s)) of each score, by blocks."""
    for start in range(0, len(values), BLOCK):
        yield from np.logaddexp(0.0, sign * values[start : start + BLOCK].astype(np.float64)).tolist()


def pools(scores: SortedScores) -> tuple[Pool, ...]:
    """The pools of PAV, ascending: the share of mated scores rises from pool to pool. Ties are never parted.

    Raises NotMeasurable `empty_mated`, `empty_nonmated`, `below_floor`.
    Source: Ayer and others (1955); its identity with the ROC convex hull: Fawcett and Niculescu-Mizil (2007).

    >>> found = pools(SortedScores.from_arrays([0.2, 0.6, 0.9], [0.1, 0.3, 0.65]))
    >>> [(pool.mated, pool.nonmated) for pool in found]
    [(0, 1), (2, 2), (1, 0)]
    """
    at = scores.placements.at
    found = []
    for (false_matches, rejected, place), (next_false, next_rejected, _) in pairwise(_hull(scores)):
        mated, nonmated = next_rejected - rejected, false_matches - next_false
        if mated or nonmated:
            lowest = float(at[place]) if mated else None
            found.append(Pool(lowest, mated, nonmated))
    return tuple(found)


def _hull(scores: SortedScores) -> list[tuple[int, int, int]]:
    """The lower left hull from accept-all to reject-all: false matches, false non-matches, place in `at`.

    Reject-all has the place behind the last, and so has accept-all where it is no mated score.
    """
    false_matches, rejected = corners(scores)
    n, m = scores.nonmated_total, scores.mated_total
    # Of corners with equal false matches the lowest threshold rejects the fewest mated.
    first = np.flatnonzero(np.append(True, false_matches[1:] != false_matches[:-1]))
    points = [(int(false_matches[k]), int(rejected[k]), int(k)) for k in first]
    # A corner that accepts all is accept-all itself; any other leaves a pool below it, without mated scores.
    hull: list[tuple[int, int, int]] = [] if points[0][0] == n else [(n, 0, len(rejected))]
    for point in [*points, (0, m, len(rejected))]:
        while len(hull) > 1 and not _turns(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns(a: tuple[int, int, int], b: tuple[int, int, int], c: tuple[int, int, int]) -> bool:
    """Whether b lies strictly below the line from a to c: false matches fall and false non-matches rise along it."""
    return (a[0] - b[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (a[0] - c[0])


def min_cllr(scores: SortedScores) -> float:
    """Cllr after the best increasing map of the scores: between 0 and 1, of any scores, calibrated or not.

    A pool of m mated and n nonmated scores gets the likelihood ratio (m/M) / (n/N). Infinite scores are as good as any;
    a pool of one class costs nothing.

    Raises NotMeasurable `empty_mated`, `empty_nonmated`, `below_floor`.
    Source: Brümmer and du Preez (2006), minimum Cllr by pool adjacent violators.

    >>> min_cllr(SortedScores.from_arrays([0.8, 0.9], [0.1, 0.2]))
    0.0
    >>> min_cllr(SortedScores.from_arrays([0.5, 0.5], [0.5]))
    1.0
    """
    return pooled_cost(pools(scores), scores.mated_total, scores.nonmated_total)


def pooled_cost(found: tuple[Pool, ...], mated_total: int, nonmated_total: int) -> float:
    """Cllr of pools, each with the likelihood ratio that its own counts give."""
    terms = []
    for pool in found:
        if pool.mated and pool.nonmated:
            a, b = pool.mated * nonmated_total, pool.nonmated * mated_total
            terms.append(pool.mated / mated_total * math.log1p(b / a))
            terms.append(pool.nonmated / nonmated_total * math.log1p(a / b))
    return min(1.0, math.fsum(terms) / BITS)


def _cllr(scores: SortedScores, measure: Measure, declared: bool) -> Measurement:
    if not declared:
        raise NotMeasurable(
            "the scores are not declared to be natural-log likelihood ratios; say so (--likelihoods) or calibrate them",
            code="no_likelihoods",
        )
    value = cllr(scores)
    details: dict[str, float] = {}
    try:
        details["min_cllr"] = min_cllr(scores)
        details["calibration_loss"] = max(0.0, value - details["min_cllr"])
    except NotMeasurable:
        details = {}
    return number(measure, value, details=details)


def _min_cllr(scores: SortedScores, measure: Measure) -> Measurement:
    return number(measure, min_cllr(scores))


MEASURES: tuple[MeasureKind, ...] = (
    MeasureKind(
        name="Cllr",
        title="Log-likelihood-ratio cost",
        unit="number",
        better="lower",
        version=1,
        source="Brümmer and du Preez, 2006: Application-independent evaluation of speaker detection",
        example="Cllr",
        formula="[mean over mated of ln(1 + e^-s) + mean over nonmated of ln(1 + e^s)] / (2 ln 2)",
        explanation="How much it costs, in bits, to believe the scores, which must be declared to be natural-log "
        "likelihood ratios. 0 is perfect; 1 is what a system costs that always says 0; above 1 the scores mislead. One "
        "comparison with a certain and wrong score weighs without bound.",
        needs="likelihoods",
        compute=_cllr,
        interval="cllr",
        below_floor=True,
    ),
    MeasureKind(
        name="minCllr",
        title="Minimum log-likelihood-ratio cost",
        unit="number",
        better="lower",
        version=1,
        source="Brümmer and du Preez, 2006; pool adjacent violators: Ayer and others, 1955",
        example="minCllr",
        formula="Cllr after the best increasing map of the scores to log-likelihood ratios",
        explanation="What scores would cost if they were calibrated as well as their order allows: the part of Cllr "
        "that no calibration takes away. It needs no likelihood ratios: any increasing map leaves it as it is. 0 is "
        "perfect separation, 1 none.",
        needs="scores",
        compute=_min_cllr,
        interval="min_cllr",
        below_floor=True,
    ),
)
