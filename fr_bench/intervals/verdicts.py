"""Verdicts on differences: worse, not worse or inconclusive, by a margin fixed before, over a family of measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fr_bench.intervals.differences import FEW_UNITS, Difference, above_t
from fr_bench.intervals.significance import holm

Verdict = Literal["worse", "not worse", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with what decided it: one-sided p values of "not worse" and of "worse", adjusted over the family."""

    verdict: Verdict
    p_worse: float
    p_not_worse: float


def verdicts(
    differences: Sequence[Difference],
    *,
    margins: Sequence[float],
    larger_is_worse: Sequence[bool],
    alpha: float = 0.05,
    chances: Sequence[float | None] | None = None,
) -> tuple[Judged, ...]:
    """Whether the second system is worse than the first by more than a margin, for each measure of one family.

    differences       what is judged, one entry a measure
    margins           delta >= 0 of each, in the measure's unit, fixed before the test
    larger_is_worse   whether a larger value is the worse one: True for error rates, False for an AUC
    alpha             one-sided level of the family, after Holm
    chances           of each how often so many more errors come of swapping the systems within subjects (for false
                      matches within pairs of subjects), as `swaps.by_chance` says; None where errors are not counted

    "worse": the lower one-sided limit of the loss lies above the margin; "not worse": the upper one lies below it; else
    "inconclusive". Student's t takes three errors more, all on one side, for a loss at 5 %, which happens to equal
    systems once in eight times: a loss must besides be unlikely when the systems are swapped at random. Fewer than 20
    subjects, and differences without a standard error of their own (draws that ran off the scores kept), are
    inconclusive. Point differences never decide. Where the variance is 0 (nothing decided differently, or every subject
    alike) the chance that so many disjoint units agree is used instead.

    >>> from fr_bench.intervals.clusters import ClusterCounts
    >>> from fr_bench.intervals.differences import paired_fnmr
    >>> same = ClusterCounts([0] * 30, [2] * 30)
    >>> found = paired_fnmr(same, same)
    >>> [one.verdict for m in (0.0, 0.2) for one in verdicts([found], margins=[m], larger_is_worse=[True])]
    ['inconclusive', 'not worse']
    """
    if not 0 < alpha < 1 or any(not margin >= 0 for margin in margins):
        raise ValueError(f"alpha {alpha} and margins {list(margins)}")
    swapped = [None] * len(differences) if chances is None else chances
    sides = [
        _one_sided(found, margin, larger, chance)
        for found, margin, larger, chance in zip(differences, margins, larger_is_worse, swapped, strict=True)
    ]
    worse, not_worse = (holm([side[k] for side in sides]) for k in (0, 1))
    return tuple(_judged(worse[k], not_worse[k], alpha) for k in range(len(sides)))


def _judged(p_worse: float, p_not_worse: float, alpha: float) -> Judged:
    told: Verdict = "worse" if p_worse < alpha else "not worse" if p_not_worse < alpha else "inconclusive"
    return Judged(told, p_worse, p_not_worse)


def _one_sided(found: Difference, margin: float, larger_is_worse: bool, chance: float | None) -> tuple[float, float]:
    """p of "the loss is at most the margin", and of "it is at least the margin"; 1 where nothing can be said."""
    loss = found.value if larger_is_worse else -found.value
    if found.units < FEW_UNITS or "tail_too_short" in found.labels:
        return 1.0, 1.0
    worse, not_worse = _by_t(found, loss, margin) if found.variance > 0 else _by_units(found, loss, margin)
    return (worse if chance is None else max(worse, chance)), not_worse


def _by_t(found: Difference, loss: float, margin: float) -> tuple[float, float]:
    statistic = (loss - margin) / found.standard_error
    return above_t(statistic, found.degrees), above_t(-statistic, found.degrees)


def _by_units(found: Difference, loss: float, margin: float) -> tuple[float, float]:
    """Markov's inequality on 1 + loss and on 1 - loss of each unit: no unit's loss is beyond 1."""
    if found.disjoint is None or not -1 <= loss <= 1:
        return 1.0, 1.0
    worse = ((1 + margin) / (1 + loss)) ** found.disjoint if loss > margin else 1.0
    if margin >= 1:  # more than any unit can lose
        return worse, 0.0 if loss < margin else 1.0
    return worse, ((1 - margin) / (1 - loss)) ** found.disjoint if loss < margin else 1.0
