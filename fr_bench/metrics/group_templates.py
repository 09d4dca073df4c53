"""How many templates of each subject stand in each group, where everybody met everybody: the denominators of groups.

Comparisons below a floor are counted without saying who met whom; what each group compared then follows from its
templates. A sample without a template met nobody. Which samples those are is not recorded with the scores, and follows
from three facts: how many templates each subject has, which samples occur in a score that was kept, and that samples
of one subject in one group need not be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.metrics.scores import KEEP_MORE, NotMeasurable
from fr_bench.records import Party, ScoreSet, frozen

Codes = NDArray[np.int32]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GroupTemplates:
    """Samples and templates by subject and group, on both sides.

    references, probes   (n, g) templates of each subject in each group; the same where `unordered`
    reference_samples, probe_samples   (n, g) samples, with or without a template; references count as one each
    unordered   every unordered pair of samples was compared; otherwise every probe with every reference of another
                subject
    """

    references: Counts
    probes: Counts
    reference_samples: Counts
    probe_samples: Counts
    unordered: bool

    def __post_init__(self) -> None:
        for counts in (self.references, self.probes, self.reference_samples, self.probe_samples):
            frozen(counts)

    def trials(self) -> Counts:
        """(g, g) nonmated comparisons: probe group by reference group, or right of the diagonal if `unordered`."""
        met: Counts = np.outer(self.probes.sum(axis=0), self.references.sum(axis=0)) - self.probes.T @ self.references
        if not self.unordered:
            return met
        # Within a group every pair of samples was counted from both ends.
        once: Counts = np.triu(met, 1) + np.diag(np.diag(met) // 2)
        return once

    def subjects_within(self, group: int) -> int:
        """Subjects with a nonmated comparison in which both samples are of the group."""
        p, r = self.probes[:, group], self.references[:, group]
        return int(np.count_nonzero(r * (p.sum() - p) + p * (r.sum() - r)))


def templates_of(
    scores: ScoreSet, probe: Codes, reference: Codes, subjects: Sequence[Codes], groups: int
) -> GroupTemplates | None:
    """Count the templates of each subject in each group.

    probe, reference   group of each entry of the two sides
    subjects           number of the subject of each entry of the probes, and of the references

    None where the plan is a list and every score is kept: then comparisons are counted themselves. Also None where the
    templates cannot be told and every score is kept. Raises NotMeasurable where neither is so.
    """
    crossing = scores.crossing
    everything = scores.rest is None or scores.rest.count == 0
    if crossing is None or scores.probes is None or scores.references is None:
        if everything:
            return None
        raise NotMeasurable(
            f"nobody counted between whom the comparisons below the floor were made; {KEEP_MORE}", code="below_floor"
        )
    shape = len(crossing.subjects), groups
    used = seen_in_scores(scores)
    try:
        found = GroupTemplates(
            references=_templates(reference, subjects[1], crossing.references, used[1], shape),
            probes=_templates(probe, subjects[0], crossing.probes, used[0], shape),
            reference_samples=_count(reference, subjects[1], shape),
            probe_samples=_count(probe, subjects[0], shape),
            unordered=crossing.unordered,
        )
    except NotMeasurable:
        if everything:
            return None
        raise
    if int(found.trials().sum()) != scores.nonmated_made:
        raise ValueError(f"{found.trials().sum()} comparisons by group, {scores.nonmated_made} nonmated scores")
    return found


def seen_in_scores(scores: ScoreSet) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which probes and which references occur in a score that is kept, so that they must have a template."""
    probes, references = scores.probes, scores.references
    if probes is None or references is None:
        raise ValueError("scores without parties")
    first, second = np.zeros(len(probes.ids), dtype=bool), np.zeros(len(references.ids), dtype=bool)
    for part in (scores.mated, scores.nonmated):
        if part.probe is not None:
            first[part.probe] = True
        if part.reference is not None:
            second[part.reference] = True
    if scores.crossing is not None and scores.crossing.unordered:
        return _shared(first, probes, second, references), _shared(second, references, first, probes)
    return first, second


def _shared(own: NDArray[np.bool_], mine: Party, others: NDArray[np.bool_], theirs: Party) -> NDArray[np.bool_]:
    """Without roles a sample that occurs on one side has a template on both."""
    used = {theirs.ids[k] for k in np.flatnonzero(others)}
    both: NDArray[np.bool_] = own | np.array([sample in used for sample in mine.ids], dtype=bool)
    return both


def _count(group: Codes, subject: Codes, shape: tuple[int, int]) -> Counts:
    return np.bincount(subject * np.int64(shape[1]) + group, minlength=shape[0] * shape[1]).reshape(shape)


def _templates(
    group: Codes, subject: Codes, templates: Counts, used: NDArray[np.bool_], shape: tuple[int, int]
) -> Counts:
    """(n, g) templates, of which each subject has `templates`."""
    found = _count(group, subject, shape)
    seen = _count(group[used], subject[used], shape)
    samples, met = found.sum(axis=1), seen.sum(axis=1)
    wrong = (templates < met) | (templates > samples)
    if wrong.any():
        raise ValueError(f"{templates[wrong]} templates of subjects with {samples[wrong]} samples, {met[wrong]} seen")
    for lacking in np.flatnonzero(samples != templates):
        unseen = found[lacking] - seen[lacking]
        missing = int(templates[lacking] - met[lacking])
        where = np.flatnonzero(unseen)
        if missing and len(where) > 1:
            raise NotMeasurable(
                "which samples have no template is not known for a subject whose samples are of several groups; lower "
                "the floor, so that every score is kept"
            )
        found[lacking] = seen[lacking]
        if missing:
            found[lacking, where[0]] += missing
    return found
