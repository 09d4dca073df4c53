"""The trials of a scheme: enrolled samples against the probes of each category, out of the scores of a run.

Everybody's enrolment meets every probe of the category: of the same subject it is a mated trial, of others a nonmated
one. A sample without a template leaves no denominator: its trials are counted as failed, and in a second reckoning as
comparisons that did not match.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fr_bench.certification.profile import Category, Filter, Profile
from fr_bench.errors import DataError, UsageError, nearest, shown
from fr_bench.records import Crossing, Dataset, Party, Rest, Scores, ScoreSet

MOST_FAILED = 50_000_000
"""Failed comparisons that are listed one by one; more are refused."""
Samples = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Excluded:
    """What of the data takes no part, and why: a code of the wording with how many subjects or samples."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trials:
    """The trials of one category, or of a whole run where the scheme has none.

    scores      those completed
    failed      the same with every failed trial as a comparison that did not match; None where it cannot be told
    subjects    persons with a mated trial planned
    condition   what a probe was taken under, by its id
    """

    name: str
    scores: ScoreSet
    failed: ScoreSet | None = None
    subjects: int
    enrolled: int = 0
    probes: int = 0
    condition: Mapping[str, str] = field(default_factory=dict)
    excluded: tuple[Excluded, ...] = ()


def chosen(dataset: Dataset, wanted: Filter, where: str) -> Samples:
    """Numbers of the samples that a filter names, ascending.

    Raises UsageError `unknown_attribute`, and DataError `empty_category` where no sample fits.
    """
    fits = np.ones(len(dataset.sample_ids), dtype=np.bool_)
    for attribute, values in wanted.items():
        if attribute not in dataset.attributes:
            raise UsageError(
                f"{where}: the samples of {shown(dataset.name)} have no attribute {shown(attribute)!r}; name others by "
                f"--map {where}=ATTRIBUTE:VALUE,VALUE{nearest(attribute, dataset.attributes)}",
                code="unknown_attribute",
            )
        column = dataset.attributes[attribute]
        fits &= np.array([value in values for value in column], dtype=np.bool_)
        if not fits.any():
            there = sorted(set(column))
            raise DataError(
                f"{where}: no sample of {shown(dataset.name)} has {shown(attribute)} = {shown(', '.join(values))}; "
                f"there are {shown(', '.join(there), 200)}. Name others by --map {where}=ATTRIBUTE:VALUE,VALUE",
                code="empty_category",
            )
    return np.flatnonzero(fits)


def enrolment(profile: Profile, dataset: Dataset) -> Samples:
    """The enrolled samples. Raises as `chosen`."""
    return chosen(dataset, profile.plan.enrolment, "enrolment")


def probes_of(category: Category, dataset: Dataset, enrolled: Samples) -> Samples:
    """The probes of a category. Raises as `chosen`, and UsageError `bad_profile` where one is enrolled as well."""
    found = chosen(dataset, category.where, category.name)
    both = np.intersect1d(found, enrolled)
    if both.size:
        raise UsageError(
            f"{both.size} samples are enrolled and probes of {category.name}, such as "
            f"{shown(dataset.sample_ids[int(both[0])])}: the scheme keeps them apart",
            code="bad_profile",
        )
    return found


def trials_of(
    category: Category, profile: Profile, dataset: Dataset, scores: ScoreSet, failed: Collection[str]
) -> Trials:
    """The trials of a category, out of scores that hold them.

    failed   ids of the samples without a template
    Raises UsageError `plan_lacks_trials` where the run did not make all of them.
    """
    enrolled = enrolment(profile, dataset)
    probes = probes_of(category, dataset, enrolled)
    have, subject = {dataset.subjects[i] for i in enrolled}, np.array(dataset.subjects, dtype=object)
    without = sorted({dataset.subjects[i] for i in probes} - have)
    lone = len(have - {dataset.subjects[i] for i in probes})
    absent = np.isin(np.array(dataset.sample_ids, dtype=object), list(failed))
    made = _filtered(dataset, scores, enrolled[~absent[enrolled]], probes[~absent[probes]], category.name)
    sides = _Sides(dataset=dataset, enrolled=enrolled, probes=probes, absent=absent)
    made = replace(
        made,
        mated_planned=sides.mated,
        mated_failed=sides.mated - len(made.mated),
        nonmated_planned=sides.nonmated,
        nonmated_failed=sides.nonmated - made.nonmated_made,
    )
    column = dataset.attributes.get(category.condition)
    excluded = (
        Excluded(reason="no_enrolment", count=len(without)),
        Excluded(reason="no_probe", count=lone),
    )
    return Trials(
        name=category.name,
        scores=made,
        failed=sides.counted(made),
        subjects=len(set(subject[probes]) & have),
        enrolled=len(enrolled),
        probes=len(probes),
        condition={dataset.sample_ids[i]: column[i] for i in probes} if column is not None else {},
        excluded=tuple(one for one in excluded if one.count),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Sides:
    """Who was to meet whom, templates or not."""

    dataset: Dataset
    enrolled: Samples
    probes: Samples
    absent: NDArray[np.bool_]

    @property
    def mated(self) -> int:
        references, probes = _by_subject(self.dataset, self.enrolled), _by_subject(self.dataset, self.probes)
        return sum(count * probes.get(name, 0) for name, count in references.items())

    @property
    def nonmated(self) -> int:
        return len(self.enrolled) * len(self.probes) - self.mated

    def counted(self, made: ScoreSet) -> ScoreSet | None:
        """The scores with every failed trial at -inf: it does not match, whatever the threshold."""
        if not made.mated_failed and not made.nonmated_failed:
            return made
        if made.nonmated_failed > MOST_FAILED or made.probes is None or made.references is None:
            return None
        references, probes = (_party(self.dataset, side) for side in (self.enrolled, self.probes))
        lacking = np.argwhere(self.absent[self.enrolled][:, None] | self.absent[self.probes][None, :])
        same = np.array([references.subjects[e] == probes.subjects[p] for e, p in lacking], dtype=np.bool_)
        kept_all = made.rest is None
        return replace(
            made,
            probes=probes,
            references=references,
            mated=_with(made.mated, made, references, probes, lacking[same]),
            nonmated=_with(made.nonmated, made, references, probes, lacking[~same][: None if kept_all else 0]),
            mated_failed=0,
            nonmated_failed=0,
            rest=None if made.rest is None else Rest(count=made.rest.count + int((~same).sum())),
            crossing=_crossing(self.dataset, self.enrolled, self.probes),
        )


def _with(scores: Scores, made: ScoreSet, references: Party, probes: Party, lacking: NDArray[np.int64]) -> Scores:
    """Scores under the numbers of larger parties, and -inf for the pairs that are lacking."""
    place = {name: k for k, name in enumerate(probes.ids)}, {name: k for k, name in enumerate(references.ids)}
    own = made.probes, made.references
    columns = []
    for party, numbers, where, column in zip(own, (scores.probe, scores.reference), place, (1, 0), strict=True):
        if party is None or numbers is None:
            raise ValueError("scores without ids")
        moved = np.array([where[name] for name in party.ids], dtype=np.int32)
        columns.append(np.concatenate([moved[numbers], lacking[:, column].astype(np.int32)]))
    values = np.concatenate([scores.values, np.full(len(lacking), -np.inf, dtype=scores.values.dtype)])
    return Scores(values=values, probe=columns[0], reference=columns[1])


def _filtered(dataset: Dataset, scores: ScoreSet, enrolled: Samples, probes: Samples, name: str) -> ScoreSet:
    if scores.probes is None or scores.references is None or scores.mated.probe is None:
        raise UsageError("the scores name no samples: a scheme with categories needs them", code="plan_lacks_trials")
    references, probing = _party(dataset, enrolled), _party(dataset, probes)
    mated = _taken(scores.mated, scores, references, probing)
    nonmated = _taken(scores.nonmated, scores, references, probing)
    crossing = _crossing(dataset, enrolled, probes)
    same = int((crossing.references * crossing.probes).sum())
    other = len(enrolled) * len(probes) - same
    below = other - len(nonmated)
    if len(mated) != same or below < 0 or (below and scores.rest is None):
        raise UsageError(
            f"{name}: the run compared {len(mated)} of {same} mated and {len(nonmated)} of {other} nonmated trials "
            "that the scheme asks for; give the configuration in place of the run, so that they are made",
            code="plan_lacks_trials",
        )
    return ScoreSet(
        mated=mated,
        nonmated=nonmated,
        mated_planned=same,
        nonmated_planned=other,
        floor=scores.floor,
        rest=None if scores.rest is None else Rest(count=below),
        probes=probing,
        references=references,
        crossing=crossing,
        labels=scores.labels,
        distances=scores.distances,
    )


def _taken(found: Scores, scores: ScoreSet, references: Party, probes: Party) -> Scores:
    """The comparisons between an enrolled sample and a probe, whichever side of the run each stood on."""
    if scores.probes is None or scores.references is None or found.probe is None or found.reference is None:
        raise ValueError("scores without ids")
    as_reference = {name: k for k, name in enumerate(references.ids)}
    as_probe = {name: k for k, name in enumerate(probes.ids)}
    left, right = scores.probes.ids, scores.references.ids
    tables = [
        np.array([where.get(name, -1) for name in names], dtype=np.int32)
        for names, where in ((left, as_probe), (right, as_reference), (right, as_probe), (left, as_reference))
    ]
    straight = (tables[0][found.probe], tables[1][found.reference])
    turned = (tables[2][found.reference], tables[3][found.probe])
    fits = (straight[0] >= 0) & (straight[1] >= 0)
    other = (turned[0] >= 0) & (turned[1] >= 0)
    probe, reference = np.where(fits, straight[0], turned[0]), np.where(fits, straight[1], turned[1])
    kept = fits | other
    return Scores(values=found.values[kept], probe=probe[kept], reference=reference[kept])


def _party(dataset: Dataset, samples: Samples) -> Party:
    return Party(
        ids=tuple(dataset.sample_ids[i] for i in samples), subjects=tuple(dataset.subjects[i] for i in samples)
    )


def _by_subject(dataset: Dataset, samples: Samples) -> dict[str, int]:
    found: dict[str, int] = {}
    for i in samples:
        found[dataset.subjects[i]] = found.get(dataset.subjects[i], 0) + 1
    return found


def _crossing(dataset: Dataset, enrolled: Samples, probes: Samples) -> Crossing:
    references, probing = _by_subject(dataset, enrolled), _by_subject(dataset, probes)
    names = sorted({*references, *probing})
    return Crossing(
        subjects=tuple(names),
        references=np.array([references.get(name, 0) for name in names], dtype=np.int64),
        probes=np.array([probing.get(name, 0) for name in names], dtype=np.int64),
        unordered=False,
    )
