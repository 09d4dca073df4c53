"""How sure the curves of error versus discard are: subjects as the unit, at each share discarded.

The discard is taken as fixed, as a requirement on quality would be; the comparisons left are looked at like any others.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fr_bench.analyses._group_precision import SureRate
from fr_bench.findings import Interval, Threshold
from fr_bench.intervals import from_draws
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import AllPairs, Crossed, Design, Listed
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.precision import Precision
from fr_bench.intervals.weights import weights
from fr_bench.metrics.quality import Discarded, QualityScores
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.precision import Method
from fr_bench.subject_scores import SubjectScores

Floats = NDArray[np.float64]
LEVELS = 128
"""Levels of quality that draws tell apart in the part of the curve that is integrated; the value itself tells all."""
CLASSES = 64
"""Classes of quality, and of score, that draws of the rank correlation tell apart."""
RESCALED = ("subject-exact", "conservative", "independent")


@dataclass(frozen=True, eq=False, kw_only=True)
class QualityPrecision:
    """The intervals of one quality; made once a column."""

    quality: QualityScores
    people: SubjectScores
    method: Method

    def fnmr(self, left: Discarded, rejected: NDArray[np.bool_]) -> Precision:
        """The FNMR of what is left after a discard. `rejected` as `QualityScores.rejected` gives it."""
        kept = self.quality.mated >= left.limit  # NaN is not
        subject, values = self.people.mated[kept], self.quality.scores.mated.values[kept]

        def lowest(rank: int) -> Dependence | None:
            if len(values) < rank:
                return None
            edge = np.partition(values, rank - 1)[rank - 1]
            return cluster_variance(ClusterCounts.of(subject, values <= edge))

        own = cluster_variance(ClusterCounts.of(subject, rejected[kept]))
        return self._sure(SureRate(own=own, lender=lowest, pairs=False, method=self.method.name), left)

    def fmr(self, left: Discarded, accepted: NDArray[np.bool_]) -> Precision:
        """The FMR of what is left after a discard. `accepted` as `QualityScores.accepted` gives it."""
        kept = self.quality.nonmated >= left.limit
        design = self._design(left.limit, kept)
        first, second, values = self.people.first, self.people.second, self.quality.scores.nonmated.values

        def highest(rank: int) -> Dependence | None:
            high = values[kept]
            if len(high) < rank:
                return None
            beyond = kept & (values >= np.partition(high, len(high) - rank)[len(high) - rank])
            return dyadic_variance(design, PairErrors.of(first[beyond], second[beyond]))

        wrong = kept & accepted
        own = dyadic_variance(design, PairErrors.of(first[wrong], second[wrong]))
        return self._sure(SureRate(own=own, lender=highest, pairs=True, method=self.method.name), left)

    def _sure(self, sure: SureRate, left: Discarded) -> Precision:
        """The interval with the comparisons at the limit of quality counted by the share of them that is kept."""
        found, value = sure.at(self.method.level), float(left.rate)
        if found.effective is None or left.share == 1 or self.method.name not in RESCALED:
            low, high = min(found.interval.low, value), max(found.interval.high, value)
            return replace(found, interval=replace(found.interval, low=low, high=high))
        effective = found.effective * float(left.trials) / found.trials
        made = clopper_pearson(value * effective, effective, self.method.level, unit=found.interval.unit)
        return replace(found, effective=effective, interval=replace(made, method=found.interval.method))

    def _design(self, limit: float, kept: NDArray[np.bool_]) -> Design:
        crossing = self.quality.scores.crossing
        if crossing is not None:
            # Where nobody knows which samples have a template, every score is kept and is counted below.
            with suppress(NotMeasurable):
                n = len(crossing.subjects)
                probes, references = (np.bincount(who[q >= limit], minlength=n) for q, who in self.quality.templates)
                return AllPairs(references) if crossing.unordered else Crossed(references, probes)
        return Listed.of(self.people.first[kept], self.people.second[kept], subjects=len(self.people.names))

    # What is drawn by subject

    def area(self, value: float, threshold: Threshold, to: float) -> Interval | None:
        """The interval of an area under the FNMR's curve; None with too few subjects."""
        known = self.quality.known
        numbers, subject = np.unique(self.people.mated[known], return_inverse=True)
        if len(numbers) < 2:
            return None
        place = _levels(self.quality.mated[known], to)
        wrong = self.quality.rejected(threshold)[known]
        shape = len(numbers), int(place.max()) + 1
        flat = subject * shape[1] + place
        trials, errors = (
            np.bincount(flat[chosen], minlength=shape[0] * shape[1]).reshape(shape) for chosen in (slice(None), wrong)
        )
        drawn = self._weights([self.people.names[k] for k in numbers], trials.sum(axis=1))
        if drawn is None:
            return None
        # Whole numbers below 2^53: the products are exact in whatever order they are added.
        draws = _areas(trials.T.astype(np.float64) @ drawn, errors.T.astype(np.float64) @ drawn, to)
        # No curve lies below the ideal one, but rounding may make it so.
        made = from_draws.root_t(max(0.0, value), draws, subjects=len(numbers), level=self.method.level)
        return replace(made, low=min(made.low, value))

    def correlation(self, value: float) -> Interval | None:
        """The interval of the rank correlation, by Student's t on Fisher's scale; None with too few subjects."""
        from scipy.sparse import csr_array  # scipy takes a fifth of a second to import

        known = self.quality.known
        numbers, subject = np.unique(self.people.mated[known], return_inverse=True)
        if len(numbers) < 2:
            return None
        cell = _classes(self.quality.mated[known]) * CLASSES + _classes(self.quality.scores.mated.values[known])
        counts = csr_array(
            (np.ones(len(cell)), (cell, subject)), shape=(CLASSES**2, len(numbers))
        )  # equal entries are added up
        drawn = self._weights([self.people.names[k] for k in numbers], np.bincount(subject))
        if drawn is None:
            return None
        draws = _correlations((counts @ drawn).reshape(CLASSES, CLASSES, -1))
        if not np.isfinite(draws).all():
            return None
        edge = 1 - 1 / (4 * len(cell))
        stretched = np.arctanh(np.clip(draws, -edge, edge))
        at = math.atanh(min(max(value, -edge), edge))
        made = from_draws.identity_t(at, stretched, subjects=len(numbers), level=self.method.level)
        low, high = min(math.tanh(made.low), value), max(math.tanh(made.high), value)
        return Interval(low, high, made.level, "fisher-t", made.unit)

    def _weights(self, names: list[str], trials: NDArray[np.int64]) -> Floats | None:
        """Weights of the subjects in each draw; a draw without a comparison is drawn again. None: too few subjects."""
        draws, seed = self.method.draws, self.method.seed
        found = weights("double", names, draws, seed)
        for attempt in range(1, 20):
            empty = trials @ found == 0
            if not empty.any():
                return found
            found[:, empty] = weights("double", names, draws, seed, attempt=attempt)[:, empty]
        return None


def _levels(quality: Floats, to: float) -> NDArray[np.int64]:
    """The level of each comparison: fine in twice the part that is discarded, and one level for all above it."""
    order = np.sort(quality)
    part = order[: max(1, min(len(order), math.ceil(2 * to * len(order))))]
    edges = np.unique(part)
    if len(edges) > LEVELS:
        edges = np.unique(part[np.linspace(0, len(part) - 1, LEVELS).astype(np.int64)])
    _, place = np.unique(np.searchsorted(edges, quality), return_inverse=True)
    return np.asarray(place, dtype=np.int64)


def _classes(values: NDArray[np.floating]) -> NDArray[np.int64]:
    """The class of each value among `CLASSES` of about equal size; equal values are of one class."""
    order = np.sort(values)
    edges = np.unique(order[np.linspace(0, len(order) - 1, CLASSES).astype(np.int64)])
    return np.asarray(np.searchsorted(edges, values), dtype=np.int64)


def _areas(trials: Floats, errors: Floats, to: float) -> Floats:
    """(draws,) the area under each draw's curve, as `ErrorsByQuality.area`; rows are levels, columns draws."""
    total = trials.sum(axis=0)
    ends = np.minimum(np.cumsum(trials, axis=0) / total, to)
    begins = np.vstack([np.zeros_like(total), ends[:-1]])
    before = np.vstack([np.zeros_like(total), np.cumsum(errors, axis=0)[:-1]])
    left = (errors.sum(axis=0) - before) / total
    own = np.divide(errors, trials, out=np.zeros_like(errors), where=trials > 0)
    start, stop = 1 - begins, 1 - ends
    parts = (left - own * start) * -np.log1p((stop - start) / start) + own * (start - stop)
    area: Floats = parts.sum(axis=0)
    before_any = errors.sum(axis=0) / total
    reached = np.minimum(before_any, to)
    area -= before_any * reached - reached**2 / 2
    return area


def _correlations(cells: Floats) -> Floats:
    """(draws,) the rank correlation of each draw's table of classes; NaN where one of the columns does not vary."""
    sums = cells.sum(axis=1), cells.sum(axis=0)
    total = sums[0].sum(axis=0)
    ranks = [np.cumsum(side, axis=0) - side / 2 - total / 2 for side in sums]
    spread = [(side * rank**2).sum(axis=0) for side, rank in zip(sums, ranks, strict=True)]
    product = np.einsum("ijd,id,jd->d", cells, ranks[0], ranks[1])
    square = spread[0] * spread[1]
    found: Floats = np.divide(product, np.sqrt(square), out=np.full_like(product, np.nan), where=square > 0)
    return found
