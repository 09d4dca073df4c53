"""Who is in which group, which comparisons were made within a group and between two, and the error rates of each.

A group is a value of an attribute of the samples, or of several attributes crossed. A mated comparison belongs to a
group if both samples carry its value; where the two differ it belongs to none and is counted as mixed. A nonmated
comparison within a group has both samples in it; one between two groups is in the cell of those two. The threshold is
everybody's, the same for each group. A group is judged, that is part of summaries such as max/min, if its value is
known and at least 20 subjects stand behind its comparisons; others are counted and shown.
Source: ISO/IEC 19795-10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import REJECT_ALL, Proportion, Threshold
from fr_bench.metrics.group_members import Codes, Membership, membership
from fr_bench.metrics.group_templates import GroupTemplates, templates_of
from fr_bench.metrics.scores import NotMeasurable, SortedScores, below_floor, smallest_not_below
from fr_bench.numerals import many, trials_for_one
from fr_bench.records import Crossing, Floats, Party, Scores, ScoreSet

LEAST_SUBJECTS = 20
"""Groups with fewer subjects are shown and not judged: their rates vary too much to stand in a maximum or minimum."""

Rate = Literal["FMR", "FNMR"]
RATES: tuple[Rate, Rate] = ("FMR", "FNMR")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRate:
    """The error rates of one group at a threshold.

    name       its values, joined by "*"
    known      whether its values are known
    fmr, fnmr  counts of nonmated comparisons within the group, and of its mated ones
    subjects   how many subjects stand behind each, by the name of the rate
    """

    name: str
    known: bool
    fmr: Proportion
    fnmr: Proportion
    subjects: Mapping[Rate, int]

    def counts(self, rate: Rate) -> Proportion:
        """The counts of one of the rates."""
        return self.fmr if rate == "FMR" else self.fnmr

    def judged(self, rate: Rate) -> bool:
        """Whether the group stands in summaries of a rate."""
        return self.known and self.subjects[rate] >= LEAST_SUBJECTS and self.counts(rate).trials > 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GroupRates:
    """The error rates of every group at one threshold.

    cells   (g, g) false matches of probes of the row's group with references of the column's; where a plan has no
            roles each unordered pair of groups stands in one cell, right of the diagonal
    """

    by: str
    threshold: Threshold
    groups: tuple[GroupRate, ...]
    cells: NDArray[np.int64]

    def judged(self, rate: Rate) -> dict[str, Proportion]:
        """Counts of the groups that stand in summaries, by name. Raises NotMeasurable where fewer than two do."""
        found = {group.name: group.counts(rate) for group in self.groups if group.judged(rate)}
        if len(found) < 2:
            raise NotMeasurable(
                f"a summary of {rate} by {self.by} needs at least two groups with {LEAST_SUBJECTS} subjects and "
                f"comparisons of their own; there {'is' if len(found) == 1 else 'are'} {len(found)}",
                code="too_few_groups",
            )
        return found


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupedScores:
    """The scores of a run by group. Made by `GroupedScores.of`.

    ordered          the scores of everybody
    names            subjects, sorted; a subject's number is its position
    roles            True where probe and reference mean something: then a cell is probe group x reference group
    mated            (M,) group of each mated comparison, -1 where its samples are of two groups
    mated_subject    (M,) number of its subject
    cell             (K,) cell of each nonmated score that is kept: row * groups + column
    first, second    (K,) numbers of its two subjects
    templates        templates by subject and group where everybody met everybody; None where all scores are kept and
                     are counted themselves
    """

    scores: ScoreSet
    ordered: SortedScores
    members: Membership
    names: tuple[str, ...]
    roles: bool
    mated: Codes
    mated_subject: Codes
    cell: Codes
    first: Codes
    second: Codes
    templates: GroupTemplates | None

    @classmethod
    def of(cls, scores: ScoreSet, ordered: SortedScores, members: Membership) -> GroupedScores:
        """Put every comparison into its group or cell.

        Raises NotMeasurable where that is not known: comparisons without ids, labels that contradict the subjects, or
        scores below a floor of which nobody knows between whom they were made.
        """
        probes, references = scores.probes, scores.references
        if probes is None or references is None:
            raise NotMeasurable("the scores name no samples, so nobody's group is known")
        names = scores.crossing.subjects if scores.crossing else tuple(sorted({*probes.subjects, *references.subjects}))
        number = {name: k for k, name in enumerate(names)}
        of_probe, of_reference = (
            np.array([number[s] for s in party.subjects], dtype=np.int32) for party in (probes, references)
        )
        mated, nonmated = _sides(scores.mated), _sides(scores.nonmated)
        person, claimed = of_probe[mated[0]], of_reference[mated[1]]
        first, second = of_probe[nonmated[0]], of_reference[nonmated[1]]
        if (person != claimed).any() or (first == second).any():
            raise NotMeasurable("comparisons are labelled mated or nonmated against the subjects of their samples")
        roles = _have_roles(scores.crossing, probes, references)
        group, other_group = members.probe[mated[0]], members.reference[mated[1]]
        return cls(
            scores=scores,
            ordered=ordered,
            members=members,
            names=names,
            roles=roles,
            mated=np.where(group == other_group, group, -1).astype(np.int32),
            mated_subject=person,
            cell=_cells(members, nonmated, roles),
            first=first,
            second=second,
            templates=templates_of(
                scores, members.probe, members.reference, (of_probe, of_reference), len(members.groups)
            ),
        )

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.members.groups)

    @cached_property
    def trials(self) -> NDArray[np.int64]:
        """(g, g) nonmated comparisons made in each cell, kept or not."""
        if self.templates is not None:
            return self.templates.trials()
        return np.bincount(self.cell, minlength=self.count**2).reshape(self.count, self.count)

    @cached_property
    def subjects(self) -> NDArray[np.int64]:
        """(g, 2) subjects with a nonmated comparison within each group, and with a mated one in it."""
        within = [self._subjects_within(group) for group in range(self.count)]
        mated = [len(np.unique(self.mated_subject[self.mated == group])) for group in range(self.count)]
        return np.array([within, mated], dtype=np.int64).T

    def _subjects_within(self, group: int) -> int:
        if self.templates is not None:
            return self.templates.subjects_within(group)
        kept = self.kept(group, group)
        return len(np.unique(np.concatenate([self.first[kept], self.second[kept]])))

    @cached_property
    def mixed(self) -> int:
        """Mated comparisons that belong to no group because their samples are of two."""
        return int(np.count_nonzero(self.mated < 0))

    @cached_property
    def _order(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Kept nonmated comparisons sorted by cell, and where each cell begins."""
        order = np.argsort(self.cell, kind="stable")
        return order, np.searchsorted(self.cell[order], np.arange(self.count**2 + 1))

    def kept(self, row: int, column: int) -> NDArray[np.int64]:
        """Positions in `scores.nonmated` of the scores of a cell."""
        order, starts = self._order
        cell = row * self.count + column
        return order[starts[cell] : starts[cell + 1]]

    @cached_property
    def _within(self) -> tuple[Floats, ...]:
        values = self.scores.nonmated.values
        return tuple(_ascending(values[self.kept(group, group)]) for group in range(self.count))

    def nonmated_of(self, group: int) -> Floats:
        """Kept nonmated scores within a group, ascending."""
        return self._within[group]

    @cached_property
    def _mated_within(self) -> tuple[Floats, ...]:
        values = self.scores.mated.values
        return tuple(_ascending(values[self.mated == group]) for group in range(self.count))

    def mated_of(self, group: int) -> Floats:
        """Mated scores of a group, ascending."""
        return self._mated_within[group]

    def accepted(self, threshold: Threshold) -> NDArray[np.bool_]:
        """(K,) whether each kept nonmated comparison is a false match. Raises NotMeasurable `below_floor`."""
        values = self.scores.nonmated.values
        if threshold == REJECT_ALL:
            return np.zeros(len(values), dtype=bool)
        if float(threshold) < self.scores.floor:
            raise below_floor(self.ordered, f"the false matches of groups at threshold {float(threshold)!r}")
        return np.asarray(values >= smallest_not_below(float(threshold), values.dtype))

    def rejected(self, threshold: Threshold) -> NDArray[np.bool_]:
        """(M,) whether each mated comparison is a false non-match."""
        values = self.scores.mated.values
        if threshold == REJECT_ALL:
            return np.ones(len(values), dtype=bool)
        return np.asarray(values < smallest_not_below(float(threshold), values.dtype))

    def at(self, threshold: Threshold) -> GroupRates:
        """The error rates of every group at a threshold. Raises NotMeasurable `below_floor`."""
        false_matches = np.bincount(self.cell[self.accepted(threshold)], minlength=self.count**2)
        cells = false_matches.reshape(self.count, self.count)
        grouped = self.mated >= 0
        made = np.bincount(self.mated[grouped], minlength=self.count)
        wrong = np.bincount(self.mated[grouped & self.rejected(threshold)], minlength=self.count)
        return GroupRates(
            by="*".join(self.members.by),
            threshold=threshold,
            groups=tuple(
                GroupRate(
                    name=self.members.name(k),
                    known=self.members.known(k),
                    fmr=Proportion(int(cells[k, k]), int(self.trials[k, k])),
                    fnmr=Proportion(int(wrong[k]), int(made[k])),
                    subjects={"FMR": int(self.subjects[k, 0]), "FNMR": int(self.subjects[k, 1])},
                )
                for k in range(self.count)
            ),
            cells=cells,
        )


def _ascending(values: Floats) -> Floats:
    return cast(Floats, np.sort(values))


def _sides(scores: Scores) -> tuple[Codes, Codes]:
    if scores.probe is None or scores.reference is None:
        if len(scores):
            raise NotMeasurable("comparisons do not say which samples they compared, so nobody's group is known")
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    return scores.probe, scores.reference


def _have_roles(crossing: Crossing | None, probes: Party, references: Party) -> bool:
    """Whether probe and reference are more than an order: a plan of roles, or lists that share no sample."""
    if crossing is not None:
        return not crossing.unordered
    return set(probes.ids).isdisjoint(references.ids)


def _cells(members: Membership, nonmated: tuple[Codes, Codes], roles: bool) -> Codes:
    row, column = members.probe[nonmated[0]], members.reference[nonmated[1]]
    if not roles:
        row, column = np.minimum(row, column), np.maximum(row, column)
    return (row * len(members.groups) + column).astype(np.int32)


def worst_served_threshold(grouped: GroupedScores, target: Fraction) -> Threshold:
    """The smallest candidate threshold at which the FMR within every judged group is at most `target`.

    In the group with N comparisons floor(target * N) false matches are allowed. Raises NotMeasurable: `not_measurable`
    if that is none in one of the groups, `too_few_groups`, `below_floor`.
    """
    rates = grouped.at(REJECT_ALL)
    rates.judged("FMR")
    highest: list[float] = []
    for number, group in enumerate(rates.groups):
        if not group.judged("FMR"):
            continue
        allowed = int(target * group.fmr.trials)
        if not allowed:
            raise NotMeasurable(
                f"group '{group.name}' has {many(group.fmr.trials, 'nonmated comparison')}, of which the target allows "
                f"no false match; {trials_for_one(target)} comparisons would be needed"
            )
        kept = grouped.nonmated_of(number)
        if len(kept) > allowed:
            highest.append(float(kept[len(kept) - allowed - 1]))
    if not highest:
        raise below_floor(grouped.ordered, "the threshold that serves every group")
    return grouped.ordered.candidate_above(max(highest))


def quantile(kept: Floats, total: int, share: Fraction) -> float | None:
    """The smallest score of a class with at least `share` of its scores at or below it: an observed score, exact.

    kept    the highest of the scores, ascending
    total   how many there are, those below a floor included
    None where it lies below the floor, or is no finite number, or there is no score.

    >>> quantile(np.array([0.5, 0.6, 0.9]), 4, Fraction(1, 2)), quantile(np.array([0.5]), 4, Fraction(1, 2))
    (0.5, None)
    """
    if not 0 < share <= 1:
        raise ValueError(f"quantile {share}")
    place = -(-share.numerator * total // share.denominator) - 1 - (total - len(kept))
    if not total or place < 0 or not np.isfinite(kept[place]):
        return None
    return float(kept[place])


__all__ = [
    "LEAST_SUBJECTS",
    "RATES",
    "GroupRate",
    "GroupRates",
    "GroupedScores",
    "Membership",
    "Rate",
    "membership",
    "quantile",
    "worst_served_threshold",
]
