"""k-fold accuracy as the LFW protocol's users report it: kept to compare with published figures, labelled `legacy`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fr_bench.contracts import MeasureKind
from fr_bench.findings import Measure, Measurement, Proportion
from fr_bench.metrics import parameters
from fr_bench.metrics.scores import NotMeasurable, as_threshold
from fr_bench.metrics.values import composed
from fr_bench.numerals import grouped
from fr_bench.records import Floats, Scores, ScoreSet


@dataclass(frozen=True, slots=True, kw_only=True)
class BestThreshold:
    """The lowest of the observed scores that decide most comparisons right, and how many those are."""

    threshold: float
    correct: Proportion


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldAccuracy:
    """Accuracy of each fold at the best threshold of the other folds.

    correct      right decisions of all comparisons of the fold, by fold in the order of their numbers
    thresholds   the threshold that the other folds gave
    best         the best single threshold over all folds: an optimistic figure, chosen on what it is measured on
    """

    correct: tuple[Proportion, ...]
    thresholds: tuple[float, ...]
    best: BestThreshold

    @property
    def mean(self) -> float:
        """Mean of the accuracies of the folds, each fold counting the same."""
        return float(sum(self._accuracies) / len(self.correct))

    @property
    def deviation(self) -> float:
        """Population standard deviation of the accuracies over the folds (divisor k)."""
        mean = sum(self._accuracies) / len(self.correct)
        return math.sqrt(sum((a - mean) ** 2 for a in self._accuracies) / len(self.correct))

    @property
    def error(self) -> float:
        """Standard error of the mean as the protocol's users give it: deviation / sqrt(k)."""
        return self.deviation / math.sqrt(len(self.correct))

    @property
    def _accuracies(self) -> list[Fraction]:
        return [Fraction(c.errors, c.trials) for c in self.correct]


def best_threshold(mated: Floats, nonmated: Floats) -> BestThreshold:
    """The observed score that, as threshold, decides most comparisons right; the lowest of several.

    >>> best_threshold(np.array([0.5, 0.6, 0.7]), np.array([0.3, 0.5, 0.5]))
    BestThreshold(threshold=0.6, correct=Proportion(errors=5, trials=6))
    """
    candidates = np.unique(np.concatenate([mated, nonmated]))
    accepted = len(mated) - np.searchsorted(np.sort(mated), candidates, side="left")
    rejected = np.searchsorted(np.sort(nonmated), candidates, side="left")
    correct = accepted + rejected
    k = int(np.argmax(correct))  # the first of several: the lowest threshold
    return BestThreshold(
        threshold=as_threshold(candidates[k]), correct=Proportion(int(correct[k]), len(mated) + len(nonmated))
    )


def fold_accuracy(
    mated: Floats, mated_fold: NDArray[np.int16], nonmated: Floats, nonmated_fold: NDArray[np.int16]
) -> FoldAccuracy:
    """Accuracy over folds: each fold is decided at the best threshold of all the others. Accept iff score >= threshold.

    Comparisons without a score are in no fold. Raises ValueError with fewer than two folds.
    Source: the protocol of Labeled Faces in the Wild, view 2 (Huang et al., 2007), thresholds among observed scores.
    """
    folds = np.union1d(mated_fold, nonmated_fold)
    if len(folds) < 2:
        raise ValueError(f"{len(folds)} folds; cross-validation needs at least two")
    correct, thresholds = [], []
    for fold in folds:
        t = best_threshold(mated[mated_fold != fold], nonmated[nonmated_fold != fold]).threshold
        here, there = mated[mated_fold == fold], nonmated[nonmated_fold == fold]
        # In float64: a float32 array would round the threshold to its own type, which here is exact anyway.
        right = np.count_nonzero(here >= t) + np.count_nonzero(there < t)
        correct.append(Proportion(int(right), len(here) + len(there)))
        thresholds.append(t)
    return FoldAccuracy(correct=tuple(correct), thresholds=tuple(thresholds), best=best_threshold(mated, nonmated))


def _accuracy(scores: ScoreSet, measure: Measure) -> Measurement:
    asked = parameters.whole(measure, "folds", least=2)
    if scores.rest is not None and scores.rest.count:
        raise NotMeasurable(
            f"accuracy needs every score of every fold; {grouped(scores.rest.count)} nonmated scores below the "
            "floor were counted and not kept",
            code="below_floor",
        )
    for part, kind in ((scores.mated, "mated"), (scores.nonmated, "nonmated")):
        if not len(part):
            # Of one class alone the lowest or the highest threshold is always best: no accuracy of a recognizer.
            raise NotMeasurable(f"no {kind} comparison has a score", code=f"empty_{kind}")
    parts = [_with_fold(part) for part in (scores.mated, scores.nonmated)]
    folds = np.unique(np.concatenate([fold for _, fold in parts]))
    if len(folds) != asked:
        raise NotMeasurable(f"the comparisons made stand in {len(folds)} folds, not in {asked}")
    found = fold_accuracy(*parts[0], *parts[1])
    return composed(
        measure,
        found.mean,
        fractions={f"fold_{folds[k]}_correct": correct for k, correct in enumerate(found.correct)},
        labels=("legacy",),
        details=_details(found),
    )


def _with_fold(scores: Scores) -> tuple[Floats, NDArray[np.int16]]:
    if scores.fold is None or not np.all(scores.fold > 0):
        raise NotMeasurable("the comparisons have no folds; the data set's protocol would have to name them")
    return scores.values, scores.fold


def _details(found: FoldAccuracy) -> dict[str, object]:
    return {
        "correct": [c.errors for c in found.correct],
        "of": [c.trials for c in found.correct],
        "standard_deviation": found.deviation,
        "standard_error": found.error,
        "thresholds": list(found.thresholds),
        "best_single_threshold": found.best.threshold,
        "best_single_correct": found.best.correct.errors,
        "best_single_of": found.best.correct.trials,
    }


MEASURES: tuple[MeasureKind, ...] = (
    MeasureKind(
        name="accuracy@folds",
        title="Accuracy over folds (legacy)",
        unit="proportion",
        better="higher",
        version=1,
        source="Labeled Faces in the Wild, view 2 (Huang et al., 2007)",
        example="accuracy@folds=10",
        formula="mean over folds of the share decided right at the best threshold of the other folds",
        explanation="The share of right decisions where each fold is decided at the threshold that is best, of all "
        "observed scores, in the other folds (the lowest of several). The spread over the folds is given as standard "
        "deviation (divisor k), and divided by the root of k as standard error; folds share their thresholds and "
        "their subjects, so it is no confidence interval. Kept to compare with published figures: it weighs false "
        "matches and false non-matches alike and says nothing of the low FMR at which systems are operated.",
        needs="folds",
        compute=_accuracy,
        parameters=("folds",),
    ),
)
