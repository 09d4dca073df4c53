"""Which group each sample of a run is in: a value of an attribute, or of several attributes crossed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import UsageError, nearest, shown
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.records import Party, ScoreSet, frozen

MOST_GROUPS = 40
"""An attribute with more values is a measurement or an id, and every pair of its values would be a cell."""

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Membership:
    """The group of every probe and of every reference.

    by                 the attributes, one, or several that are crossed
    groups             values of each group, one text an attribute, in the order of the texts; those with an unknown
                       value ("") come last
    probe, reference   (p,), (r,) number of the group of each entry of `ScoreSet.probes`, `ScoreSet.references`
    """

    by: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    probe: Codes
    reference: Codes

    def __post_init__(self) -> None:
        frozen(self.probe)
        frozen(self.reference)

    def name(self, group: int) -> str:
        """The group in one text: its values, joined by "*" as the attributes are; one within a value is escaped."""
        values = self.groups[group]
        if len(values) == 1:
            return values[0]
        return "*".join(value.replace("\\", "\\\\").replace("*", "\\*") for value in values)

    def known(self, group: int) -> bool:
        """Whether every value of the group is known."""
        return all(self.groups[group])


def membership(scores: ScoreSet, attributes: Mapping[str, Mapping[str, str]], by: str) -> Membership:
    """The groups that the attributes `by` make of the samples of a run.

    attributes   columns of the samples by name, each a mapping from sample id to text, "" for unknown
    by           an attribute, or several joined by "*"

    A reference made of several samples has no row of its own; it has the value that all samples of its subject share,
    if they do. Raises UsageError `unknown_attribute`, `bad_attribute`; NotMeasurable `too_many_groups`, or where the
    scores name no samples.

    >>> from fr_bench.records import Scores
    >>> party = Party(ids=("a", "b"), subjects=("s", "t"))
    >>> scores = ScoreSet(mated=Scores(values=np.zeros(0)), nonmated=Scores(values=np.zeros(0)), mated_planned=0,
    ...                   nonmated_planned=0, probes=party, references=party)
    >>> membership(scores, {"sex": {"a": "female", "b": ""}}, "sex").groups
    (('female',), ('',))
    """
    names = tuple(part.strip() for part in by.split("*"))
    for name in names:
        if "," in name and name in attributes:
            raise UsageError(
                f"groups by '{shown(by)}': the name '{shown(name)}' has a comma, which separates parameters of a "
                "measure; rename the attribute",
                code="bad_attribute",
            )
        if name not in attributes:
            hint = nearest(name, attributes) if attributes else "; the samples have no attributes"
            raise UsageError(f"groups by '{shown(by)}': no attribute '{shown(name)}'{hint}", code="unknown_attribute")
    if scores.probes is None or scores.references is None:
        raise NotMeasurable("the scores name no samples, so nobody's group is known; give ids of probe and reference")
    columns = [_completed(attributes[name], (scores.probes, scores.references)) for name in names]
    sides = [
        list(zip(*(_values(column, party) for column in columns), strict=True))
        for party in (scores.probes, scores.references)
    ]
    groups = sorted({*sides[0], *sides[1]}, key=lambda values: ("" in values, values))
    if len(groups) > MOST_GROUPS:
        raise NotMeasurable(
            f"'{by}' has {len(groups)} different values; groups are made of at most {MOST_GROUPS}: put its values into "
            "bands",
            code="too_many_groups",
        )
    number = {values: k for k, values in enumerate(groups)}
    probe, reference = (np.array([number[values] for values in side], dtype=np.int32) for side in sides)
    return Membership(by=names, groups=tuple(groups), probe=probe, reference=reference)


def _completed(column: Mapping[str, str], parties: Sequence[Party]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """A column, and the value of each subject whose samples all have the same."""
    seen: dict[str, set[str]] = {}
    for party in parties:
        for sample, subject in zip(party.ids, party.subjects, strict=True):
            if sample in column:
                seen.setdefault(subject, set()).add(column[sample])
    return column, {subject: next(iter(values)) for subject, values in seen.items() if len(values) == 1}


def _values(column: tuple[Mapping[str, str], Mapping[str, str]], party: Party) -> list[str]:
    by_sample, by_subject = column
    return [
        by_sample[sample] if sample in by_sample else by_subject.get(subject, "")
        for sample, subject in zip(party.ids, party.subjects, strict=True)
    ]
