"""The scores of a run under the weights of every draw of subjects: what each statistic of a curve would have been."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import REJECT_ALL, Measure, Threshold
from fr_bench.intervals import cheapest, crossing, likelihoods, moments, placements, tails
from fr_bench.intervals import draws as drawing
from fr_bench.intervals.prefixes import first_above, weight_at
from fr_bench.metrics import parameters
from fr_bench.metrics.costs import stakes_of
from fr_bench.metrics.scores import SortedScores
from fr_bench.subject_scores import SubjectScores

Statistic = NDArray[np.float64]

STATISTICS = frozenset({"auc", "cllr", "d_prime", "eer", "fmr_at_fnmr", "min_cllr", "min_dcf", "rocch_eer"})
"""What can be drawn."""
BAND_STEPS = 3
"""Points a decade of FMR at which a curve has an interval."""


@dataclass(frozen=True, eq=False, kw_only=True)
class DrawnScores:
    """The draws of one run: made once, when the first statistic is asked."""

    by_subject: SubjectScores
    ordered: SortedScores
    draws: int
    seed: int
    _kept: dict[Any, Statistic] = field(default_factory=dict)

    @cached_property
    def lists(self) -> drawing.Drawn:
        """Both classes sorted, with the weight before every place in every draw."""
        known, scores = self.by_subject, self.by_subject.scores
        if known.design is None:
            raise ValueError("who met whom is not known")
        tail = tails.Tail.of(scores.nonmated.values, known.first, known.second, known.design, floor=scores.floor)
        mated = tails.Mated.of(scores.mated.values, known.mated, people=len(known.names))
        return drawing.draw(tail, mated, known.names, draws=self.draws, seed=self.seed)

    @cached_property
    def ladder(self) -> cheapest.Ladder:
        """Both rates at the blocks of mated scores in every draw, for what is least over thresholds."""
        return cheapest.Ladder.of(self.lists)

    @property
    def labels(self) -> tuple[str, ...]:
        """`too_few_subjects` where many draws had no mated or no nonmated comparison."""
        return self.lists.labels

    def fnmr_at_fmr(self, target: Fraction) -> Statistic:
        """(draws,) FNMR at an FMR of at most the target; NaN where a draw runs below the floor."""
        if target not in self._kept:
            self._kept[target] = drawing.fnmr_at_fmr_draws(self.lists, [target])[:, 0]
        return self._kept[target]

    def spread_of_threshold(self, target: Fraction, threshold: Threshold) -> float:
        """The variance that FNMR at a target FMR owes to the threshold that moves from draw to draw; NaN off the tail.

        What the draws show of it less what they show of the FNMR at the threshold of the scores, taken as fixed.
        """
        held = drawing.fnmr_draws(self.lists, [math.inf if threshold == REJECT_ALL else float(threshold)])[:, 0]
        moving = self.fnmr_at_fmr(target)
        return max(0.0, float(moving.var(ddof=1) - held.var(ddof=1)))

    def band_targets(self) -> tuple[Fraction, ...]:
        """FMRs from 1 downwards, three a decade, that allow at least one false match and lie above the floor."""
        kept = Fraction(len(self.ordered.nonmated), max(1, self.ordered.nonmated_total))
        found, step = [], 1
        while (target := _rounded(10 ** (-step / BAND_STEPS))) * self.ordered.nonmated_total >= 1:
            # Draws move about the target: they need scores beyond it.
            if self.ordered.rest is None or 3 * target <= kept:
                found.append(target)
            step += 1
        return tuple(found)

    def statistic(self, name: str, measure: Measure) -> Statistic:
        """(draws,) the statistic that a kind of measure names; NaN where a draw runs below the floor."""
        key = name, measure
        if key not in self._kept:
            self._kept[key] = self._computed(name, measure)
        return self._kept[key]

    def _computed(self, name: str, measure: Measure) -> Statistic:
        if name == "eer":
            return crossing.eer_draws(self.lists)
        if name == "fmr_at_fnmr":
            return self._fmr_at_fnmr(parameters.target(measure, "FNMR"))
        if name == "rocch_eer":
            return cheapest.rocch_eer_draws(self.ladder)
        if name == "min_dcf":
            return cheapest.min_dcf_draws(self.ladder, stakes_of(measure).effective_prior)
        if name == "auc":
            return placements.auc_draws(self.lists, self._placed_below())
        if name == "d_prime":
            return moments.d_prime_draws(self.lists, self._summed_below())
        if name == "cllr":
            return likelihoods.cllr_draws(self.lists)
        if name == "min_cllr":
            return likelihoods.min_cllr_draws(self.lists)
        raise ValueError(f"nobody draws {name!r}")

    def cllr_influence(self) -> Statistic:
        """(n,) by how much each subject moves Cllr."""
        return likelihoods.cllr_influence(self.lists)

    @property
    def complete(self) -> bool:
        """Whether every nonmated score was kept, or those below the floor were summed up by subject."""
        rest = self.ordered.rest
        return rest is None or (rest.full and rest.by_subject is not None)

    def missing(self, name: str) -> str | None:
        """Why a statistic cannot be drawn, or None: "floor" where scores that it looks at were not kept, "size"."""
        if name in ("auc", "d_prime") and not self.complete:
            return "floor"
        if name in ("cllr", "min_cllr") and self.ordered.rest is not None:
            return "floor"
        if name == "min_cllr" and likelihoods.steps(self.lists) > likelihoods.MOST_STEPS:
            return "size"
        return None

    def rates_correlation(self, threshold: float) -> float:
        """How FMR and FNMR at a fixed threshold move together from draw to draw, -1 to 1; 0 where one of them stays.

        Raises ValueError for a threshold below the floor.
        """
        accepted = drawing.fmr_draws(self.lists, [threshold])[:, 0]
        rejected = drawing.fnmr_draws(self.lists, [threshold])[:, 0]
        if accepted.min() == accepted.max() or rejected.min() == rejected.max():
            return 0.0
        matrix: Statistic = np.corrcoef(np.stack([accepted, rejected]))
        return float(matrix[0, 1])

    def _placed_below(self) -> placements.PlacedBelow | None:
        rest = self.ordered.rest
        if rest is None or rest.by_subject is None:
            return None
        places = self.ordered.placements
        repeats = np.diff(places.mated_below, append=self.ordered.mated_total)
        hidden = places.at < self.ordered.floor
        above_twice = 2 * self.ordered.nonmated_total - places.below - places.up_to
        return placements.PlacedBelow(
            by_subject=rest.by_subject.placements, nonmated=np.repeat(above_twice[hidden], repeats[hidden])
        )

    def _summed_below(self) -> moments.SummedBelow | None:
        rest = self.ordered.rest
        if rest is None or rest.by_subject is None:
            return None
        return moments.SummedBelow(sums=rest.by_subject.sums, squares=rest.by_subject.squares)

    def _fmr_at_fnmr(self, target: Fraction) -> Statistic:
        """The FMR at the largest threshold whose weighted FNMR is at most the target; NaN below the floor."""
        lists = self.lists
        allowed = [int(weight) * target.numerator // target.denominator for weight in lists.mated]
        places = first_above(lists.below, np.array(allowed, dtype=lists.mated.dtype))
        thresholds = lists.lowest.scores[np.minimum(places, len(lists.lowest.scores) - 1)]
        draws = np.arange(lists.draws)
        accepted = weight_at(lists.above, lists.tail.at_least(thresholds), draws) / lists.nonmated
        return np.where(thresholds >= lists.tail.floor, accepted, np.nan)


def _rounded(rate: float) -> Fraction:
    """A rate of a grid as a short decimal: 0.464, 0.215, 0.1, 0.0464 ..."""
    return Fraction(f"{rate:.3g}")
