"""The scores of a run by the groups of one attribute, with what the analysis of groups asks of them again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fr_bench.analyses._group_points import Point
from fr_bench.analyses._group_precision import GroupPrecision
from fr_bench.analyses._group_summaries import RatedGroups
from fr_bench.analyses.given import Given
from fr_bench.findings import Measure
from fr_bench.metrics.group_measures import WORST_SERVED
from fr_bench.metrics.groups import GroupedScores, membership
from fr_bench.metrics.scores import SortedScores


@dataclass(frozen=True, eq=False, kw_only=True)
class View:
    """The scores of a run by the groups of one attribute, and how sure their rates are."""

    given: Given
    by: str
    grouped: GroupedScores
    sure: GroupPrecision

    @property
    def level(self) -> float:
        return self.given.method.level

    def rated(self, point: Point) -> RatedGroups:
        """The rates of all groups at a point."""
        accepted, rejected = self.grouped.accepted(point.threshold), self.grouped.rejected(point.threshold)
        groups = range(self.grouped.count)
        return RatedGroups(
            by=self.by,
            point=point,
            rates=self.grouped.at(point.threshold),
            sure={
                "FMR": tuple(self.sure.fmr(group, group, accepted) for group in groups),
                "FNMR": tuple(self.sure.fnmr(group, rejected) for group in groups),
            },
            level=self.level,
            labels=self.given.scores.labels,
        )

    def values(self, group: int) -> dict[str, str]:
        """The attribute values of a group, as a measurement tells them."""
        return dict(zip(self.grouped.members.by, self.grouped.members.groups[group], strict=True))


def view_of(given: Given, ordered: SortedScores, by: str) -> View:
    grouped = GroupedScores.of(given.scores, ordered, membership(given.scores, given.attributes, by))
    return View(given=given, by=by, grouped=grouped, sure=GroupPrecision(grouped=grouped, method=given.method))


def worst_served_texts(by: str, points: Sequence[Point]) -> list[Measure]:
    """The worst-served measure of each target of the FMR."""
    targets = [point.name.partition("=")[2] for point in points if point.name.startswith("FMR=")]
    return [Measure(WORST_SERVED, (("FMR", target), ("by", by))) for target in targets]
