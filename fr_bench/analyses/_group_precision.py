"""How sure the error rates of groups are: who met whom within a group and between two, and the interval that follows.

Design effects are borrowed within the group or the cell itself, never from everybody: a group may have subjects that
resemble each other more than others do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import Interval, Measurement, Proportion, Threshold
from fr_bench.intervals import alternatives, annex_b, subject_exact
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import AllPairs, Crossed, Design, Listed
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.precision import Precision
from fr_bench.metrics.groups import GroupedScores
from fr_bench.precision import Method, details_of

Lender = Callable[[int], Dependence | None]


@dataclass(frozen=True, eq=False, kw_only=True)
class SureRate:
    """A rate of one group or cell, of which intervals can be made at any level.

    own      its variance
    lender   the variance at the score of a rank, from which a design effect may be borrowed; None: there is none
    pairs    whether trials are comparisons of pairs of subjects, not of single ones
    """

    own: Dependence
    lender: Lender
    pairs: bool
    method: str

    @property
    def counts(self) -> Proportion:
        """Errors and trials."""
        return Proportion(self.own.errors, self.own.trials)

    def at(self, level: float) -> Precision:
        """The interval by the method of the run."""
        if self.method == "independent":
            return alternatives.independent(self.own.errors, self.own.trials, level)
        if self.method == "fpp-wilson":
            return alternatives.fpp_wilson(self.own, level)
        if self.method == "annex-b":
            return annex_b.annex_b(self.own, level)
        if self.method == "conservative" and self.pairs:
            lent = self.lender(alternatives.conservative_rank(self.own))
            return alternatives.conservative(self.own, lent, level)
        recipe = subject_exact.PAIRS if self.pairs else subject_exact.CLUSTERS
        lent = self.lender(recipe.few) if recipe.borrows(self.own) else None
        return (subject_exact.fmr_from if self.pairs else subject_exact.fnmr_from)(self.own, lent, level=level)


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupPrecision:
    """The variances of the rates of groups at any threshold; whatever does not hang on the threshold is made once."""

    grouped: GroupedScores
    method: Method
    _designs: dict[tuple[int, int], Design] = field(default_factory=dict)
    _lent: dict[tuple[int, int, int], Dependence | None] = field(default_factory=dict)

    def fmr(self, row: int, column: int, accepted: NDArray[np.bool_]) -> SureRate | None:
        """The FMR of a cell; `accepted` as `GroupedScores.accepted` gives it. None where it has no comparison."""
        design = self._design(row, column)
        if not design.total:
            return None
        kept = self.grouped.kept(row, column)
        own = dyadic_variance(design, self._pairs(kept[accepted[kept]]))
        return SureRate(
            own=own, lender=lambda rank: self._highest(row, column, rank), pairs=True, method=self.method.name
        )

    def fnmr(self, group: int, rejected: NDArray[np.bool_]) -> SureRate | None:
        """The FNMR of a group; `rejected` as `GroupedScores.rejected` gives it. None where it has no comparison."""
        return self._clusters(np.flatnonzero(self.grouped.mated == group), rejected)

    def fnmr_of_all(self, rejected: NDArray[np.bool_]) -> SureRate | None:
        """The FNMR of everybody, comparisons of samples of two groups included."""
        return self._clusters(np.arange(len(self.grouped.mated)), rejected)

    def _clusters(self, members: NDArray[np.int64], rejected: NDArray[np.bool_]) -> SureRate | None:
        if not len(members):
            return None
        subject, values = self.grouped.mated_subject[members], self.grouped.scores.mated.values[members]

        def lowest(rank: int) -> Dependence | None:
            if len(values) < rank:
                return None
            edge = np.partition(values, rank - 1)[rank - 1]
            return cluster_variance(ClusterCounts.of(subject, values <= edge))

        own = cluster_variance(ClusterCounts.of(subject, rejected[members]))
        return SureRate(own=own, lender=lowest, pairs=False, method=self.method.name)

    def _design(self, row: int, column: int) -> Design:
        if (row, column) not in self._designs:
            self._designs[row, column] = self._made(row, column)
        return self._designs[row, column]

    def _made(self, row: int, column: int) -> Design:
        templates = self.grouped.templates
        if templates is None:
            kept = self.grouped.kept(row, column)
            first, second = self.grouped.first[kept], self.grouped.second[kept]
            return Listed.of(first, second, subjects=len(self.grouped.names))
        if templates.unordered and row == column:
            return AllPairs(templates.references[:, row])
        return Crossed(templates.references[:, column], templates.probes[:, row])

    def _highest(self, row: int, column: int, rank: int) -> Dependence | None:
        """The variance at the score of a rank; where fewer scores are kept, at the lowest of them."""
        if (row, column, rank) not in self._lent:
            kept = self.grouped.kept(row, column)
            values = self.grouped.scores.nonmated.values[kept]
            found = None
            if len(values):
                place = max(0, len(values) - rank)
                chosen = kept[values >= np.partition(values, place)[place]]
                found = dyadic_variance(self._design(row, column), self._pairs(chosen))
            self._lent[row, column, rank] = found
        return self._lent[row, column, rank]

    def _pairs(self, chosen: NDArray[np.int64]) -> PairErrors:
        return PairErrors.of(self.grouped.first[chosen], self.grouped.second[chosen])


def rate_measurement(
    text: str,
    counts: Proportion,
    sure: Precision | None,
    *,
    nothing: str,
    threshold: Threshold | None = None,
    labels: tuple[str, ...] = (),
    group: dict[str, str] | None = None,
    details: dict[str, Any] | None = None,
) -> Measurement:
    """A rate of a group with its interval; without a trial it has no value, for the reason `nothing`."""
    interval: Interval | None = sure.interval if sure else None
    return Measurement(
        measure=text,
        version=1,
        unit="proportion",
        better="lower",
        value=counts.rate,
        reason=None if counts.trials else nothing,
        counts=counts,
        interval=interval,
        no_interval=None if interval else "there is no value",
        threshold=threshold,
        labels=tuple(sorted({*labels, *(sure.labels if sure else ("not_measurable",))})),
        subjects=sure.units if sure else 0,
        group=group or {},
        details={**(details_of(sure) if sure else {}), **(details or {})},
    )
