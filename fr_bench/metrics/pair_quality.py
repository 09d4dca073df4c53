"""How many nonmated comparisons have which quality, where everybody met everybody and most scores were not kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fr_bench.metrics.group_templates import seen_in_scores
from fr_bench.metrics.scores import KEEP_MORE, NotMeasurable
from fr_bench.records import Crossing, Party, ScoreSet

Qualities = NDArray[np.float64]
Counts = NDArray[np.int64]
Side = tuple[Qualities, Counts]


def sides_of(scores: ScoreSet, probe: Qualities, reference: Qualities) -> tuple[Side, Side]:
    """Quality and number of the subject of each sample with a template and a known quality: probes, then references.

    probe, reference   quality of each sample of the two sides; NaN where it is unknown

    Raises NotMeasurable `below_floor` where it is not known who met whom, or which samples have a template.
    """
    crossing, probes, references = scores.crossing, scores.probes, scores.references
    if crossing is None or probes is None or references is None:
        raise NotMeasurable(
            f"nobody counted between whom the comparisons below the floor were made; {KEEP_MORE}", code="below_floor"
        )
    number = {name: k for k, name in enumerate(crossing.subjects)}
    used = seen_in_scores(scores)

    def side(quality: Qualities, party: Party, templates: Counts, seen: NDArray[np.bool_]) -> Side:
        subject = np.array([number[name] for name in party.subjects], dtype=np.int64)
        taken = _with_template(subject, templates, seen) & ~np.isnan(quality)
        return quality[taken], subject[taken]

    return side(probe, probes, crossing.probes, used[0]), side(reference, references, crossing.references, used[1])


def nonmated_trials(crossing: Crossing, probes: Side, references: Side) -> tuple[Qualities, Counts]:
    """Distinct qualities, ascending, and how many nonmated comparisons have each as that of their poorer sample.

    probes, references   as `sides_of` gives them

    >>> crossing = Crossing(subjects=("a", "b"), references=np.array([1, 1]), probes=np.array([1, 1]), unordered=True)
    >>> side = np.array([0.3, 0.7]), np.array([0, 1])
    >>> nonmated_trials(crossing, side, side)
    (array([0.3]), array([1]))
    """
    # All pairs, less those of one subject.
    levels = np.unique(np.concatenate([probes[0], references[0]]))
    places = np.searchsorted(levels, probes[0]), np.searchsorted(levels, references[0])
    everybody = np.zeros_like(probes[1]), np.zeros_like(references[1])
    counts = _by_smaller(places, everybody, len(levels)) - _by_smaller(places, (probes[1], references[1]), len(levels))
    if crossing.unordered:  # every pair of samples was counted from both ends
        counts //= 2
    seen = counts > 0
    return levels[seen], counts[seen]


def _by_smaller(places: tuple[Counts, Counts], groups: tuple[Counts, Counts], levels: int) -> Counts:
    """(levels,) pairs of an element of each side that are of one group, by the smaller of their places.

    >>> _by_smaller((np.array([0, 1]), np.array([1, 2])), (np.zeros(2, int), np.zeros(2, int)), 3).tolist()
    [2, 2, 0]
    """
    keys = groups[0] * levels + places[0], groups[1] * levels + places[1]
    ordered = tuple(np.sort(key) for key in keys)
    ends = tuple((group + 1) * levels for group in groups)
    # The first is the smaller or equal one; the second is smaller: every pair once.
    first = np.searchsorted(ordered[1], ends[0]) - np.searchsorted(ordered[1], keys[0])
    second = np.searchsorted(ordered[0], ends[1]) - np.searchsorted(ordered[0], keys[1], side="right")
    total = np.bincount(places[0], first, levels) + np.bincount(places[1], second, levels)
    return np.asarray(total, dtype=np.int64)


def _with_template(subject: Counts, templates: Counts, used: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which samples of a side have a template, from how many each subject has and which were seen in a score."""
    samples, seen = (np.bincount(codes, minlength=len(templates)) for codes in (subject, subject[used]))
    told_by_scores = seen == templates
    if not (told_by_scores | (samples == templates)).all():
        raise NotMeasurable(
            f"which samples have no template is not known, as not every score was kept; {KEEP_MORE}",
            code="below_floor",
        )
    found: NDArray[np.bool_] = np.where(told_by_scores[subject], used, True)
    return found
