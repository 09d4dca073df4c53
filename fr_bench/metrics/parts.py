"""Scores in two parts with different people: one to train a calibration or a fusion on, one to judge it on.

Who is in which part hangs on the seed and the subject's name alone, so it does not depend on the order of comparisons
nor on who else takes part. A comparison of two people of different parts belongs to neither, and is counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fr_bench.metrics.scores import KEEP_MORE, NotMeasurable
from fr_bench.numerals import grouped
from fr_bench.records import Floats, Scores, ScoreSet

STREAM = "fr_bench.parts/1"
"""Part of what is hashed. It changes when the same seed gives other parts."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Parts:
    """Both parts, and what belongs to neither.

    subjects   how many are in the training part, and how many in the other
    left_out   nonmated comparisons between the parts
    """

    train: ScoreSet
    test: ScoreSet
    subjects: tuple[int, int]
    left_out: int


def trains(names: Sequence[str], share: float, seed: int) -> Flags:
    """(n,) which subjects are in the training part, about a `share` of them. Raises ValueError outside (0, 1).

    >>> bool(trains(["Kim", "Lee"], 0.5, 7)[1] == trains(["Lee"], 0.5, 7)[0])
    True
    """
    if not 0 < share < 1:
        raise ValueError(f"a share of {share} of the subjects to train on")
    keys = [f"{STREAM}\0{seed}\0{name}".encode("utf-8", "surrogatepass") for name in names]
    drawn = [int.from_bytes(hashlib.shake_256(key).digest(8), "big") for key in keys]
    return np.array([number < share * 2.0**64 for number in drawn], dtype=bool)


def split(scores: ScoreSet, share: float, seed: int) -> Parts:
    """Two parts with no subject in common.

    Raises NotMeasurable: `no_subjects` where a comparison does not say whose samples it compared, `below_floor` where
    nonmated scores were counted and not kept.
    """
    if scores.rest is not None and scores.rest.count:
        raise NotMeasurable(
            f"{grouped(scores.rest.count)} nonmated scores below the floor {scores.floor!r} were counted and not kept; "
            f"training needs them: {KEEP_MORE}",
            code="below_floor",
        )
    if scores.probes is None or scores.references is None:
        raise NotMeasurable("the scores name no subjects, so no part with other people can be made", code="no_subjects")
    names = sorted({*scores.probes.subjects, *scores.references.subjects})
    sides: dict[str, bool] = dict(zip(names, trains(names, share, seed).tolist(), strict=True))
    of_probe = np.array([sides[name] for name in scores.probes.subjects], dtype=bool)
    of_reference = np.array([sides[name] for name in scores.references.subjects], dtype=bool)
    chosen = [_chosen(part, of_probe, of_reference) for part in (scores.mated, scores.nonmated)]
    inside = [sum(sides.values()), len(sides) - sum(sides.values())]
    return Parts(
        train=selected(scores, chosen[0][0], chosen[1][0]),
        test=selected(scores, chosen[0][1], chosen[1][1]),
        subjects=(inside[0], inside[1]),
        left_out=int((~(chosen[1][0] | chosen[1][1])).sum()),
    )


def _chosen(part: Scores, of_probe: Flags, of_reference: Flags) -> tuple[Flags, Flags]:
    """Comparisons with both people in the training part, and with both in the other."""
    if part.probe is None or part.reference is None:
        raise NotMeasurable("comparisons without probe and reference cannot be parted", code="no_subjects")
    probe, reference = of_probe[part.probe], of_reference[part.reference]
    return probe & reference, ~probe & ~reference


def selected(scores: ScoreSet, mated: Flags, nonmated: Flags) -> ScoreSet:
    """The comparisons chosen; failed ones belong to nobody then."""
    return ScoreSet(
        mated=_taken(scores.mated, mated),
        nonmated=_taken(scores.nonmated, nonmated),
        mated_planned=int(mated.sum()),
        nonmated_planned=int(nonmated.sum()),
        probes=scores.probes,
        references=scores.references,
        labels=scores.labels,
        distances=scores.distances,
    )


def _taken(part: Scores, chosen: Flags) -> Scores:
    return Scores(
        values=part.values[chosen],
        probe=None if part.probe is None else part.probe[chosen],
        reference=None if part.reference is None else part.reference[chosen],
        fold=None if part.fold is None else part.fold[chosen],
    )


def with_values(scores: ScoreSet, mated: Floats, nonmated: Floats) -> ScoreSet:
    """The same comparisons with other scores, which are no distances any more.

    Raises ValueError where scores were counted and not kept.
    """
    if scores.rest is not None and scores.rest.count:
        raise ValueError("scores below a floor have no values to replace")
    return replace(
        scores,
        mated=replace(scores.mated, values=mated),
        nonmated=replace(scores.nonmated, values=nonmated),
        floor=float("-inf"),
        rest=None,
        drawn=None,
        searches=None,
        labels=tuple(label for label in scores.labels if label != "polarity_suspect"),
        distances=False,
    )
