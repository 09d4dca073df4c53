"""What the intervals of one run are made from: its scores by subject, their draws, and the dependence of errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fr_bench.contracts import MeasureKind
from fr_bench.drawn_scores import DrawnScores
from fr_bench.findings import Measure, Threshold
from fr_bench.intervals import alternatives, annex_b, subject_exact
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.precision import Precision
from fr_bench.metrics.scores import SortedScores
from fr_bench.precision.method import Method
from fr_bench.records import ScoreSet
from fr_bench.subject_scores import PlannedSubjectScores, SubjectScores


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """The scores of one run, from which the intervals of all its measures are made; subjects are looked up once.

    asked   every measure that may be asked, so that all draws are made in one walk
    """

    scores: ScoreSet
    ordered: SortedScores
    method: Method
    asked: tuple[tuple[Measure, MeasureKind], ...] = ()

    @cached_property
    def by_subject(self) -> SubjectScores | None:
        """The scores by subject; None where they name no subjects."""
        return SubjectScores.of(self.scores)

    @cached_property
    def planned(self) -> Evidence:
        """The same of all comparisons planned: without subjects where it is not known whose comparisons failed."""
        return _Planned(scores=self.scores, ordered=self.ordered, method=self.method)

    @cached_property
    def drawn(self) -> DrawnScores | None:
        """What the measures of a curve are under the weights of each draw; None where nothing can be drawn."""
        by_subject = self.by_subject
        if by_subject is None or by_subject.design is None or not self.ordered.mated_total:
            return None
        if not self.ordered.nonmated_total or by_subject.mated_subjects < 2:
            return None
        return DrawnScores(by_subject=by_subject, ordered=self.ordered, draws=self.method.draws, seed=self.method.seed)

    def fmr(self, at: PairErrors) -> Precision:
        """How sure an FMR is, its false matches given by pair of subjects."""
        by_subject, name, level = self.by_subject, self.method.name, self.method.level
        if by_subject is None or by_subject.design is None:
            raise ValueError("who met whom is not known")
        own = dyadic_variance(by_subject.design, at)
        if name == "conservative":
            return alternatives.conservative(own, self._lent_by_pairs(alternatives.conservative_rank(own)), level)
        if name in ("fpp-wilson", "annex-b"):
            return _by_name(name, own, level)
        few = subject_exact.PAIRS
        return subject_exact.fmr_from(own, self._lent_by_pairs(few.few) if few.borrows(own) else None, level=level)

    def fnmr(self, at: ClusterCounts) -> Precision:
        """How sure an FNMR is, its false non-matches given by subject."""
        own, name, level = cluster_variance(at), self.method.name, self.method.level
        if name in ("fpp-wilson", "annex-b"):
            return _by_name(name, own, level)
        return subject_exact.fnmr_from(own, self._lent_by_clusters, level=level)

    def held(self, threshold: Threshold | None) -> Precision | None:
        """How sure the FMR is that holds a threshold, as if the threshold were fixed; None without false matches."""
        by_subject = self.by_subject
        if by_subject is None or by_subject.design is None or threshold is None:
            return None
        at = by_subject.false_matches(threshold)
        return self.fmr(at) if at is not None and at.total else None

    def _lent_by_pairs(self, rank: int) -> Dependence | None:
        """The variance at the nonmated score of a rank, from which a design effect may be borrowed."""
        by_subject = self.by_subject
        at = None if by_subject is None else by_subject.highest_nonmated(rank)
        return (
            None
            if at is None or by_subject is None or by_subject.design is None
            else dyadic_variance(by_subject.design, at)
        )

    @cached_property
    def _lent_by_clusters(self) -> Dependence | None:
        """The variance just above the 30 lowest mated scores."""
        at = None if self.by_subject is None else self.by_subject.lowest_mated(subject_exact.CLUSTERS.few)
        return None if at is None else cluster_variance(at)


class _Planned(Evidence):
    """Evidence in which failed comparisons were rejected."""

    @cached_property
    def by_subject(self) -> SubjectScores | None:
        """The planned comparisons by subject; None where it is not known whose failed."""
        made = SubjectScores.of(self.scores)
        return None if made is None else PlannedSubjectScores.of_planned(made)


def _by_name(name: str, own: Dependence, level: float) -> Precision:
    return alternatives.fpp_wilson(own, level) if name == "fpp-wilson" else annex_b.annex_b(own, level)
