"""Calibration: turning scores into natural-log likelihood ratios, learnt on other people's scores.

affine   weights and an offset by logistic regression; keeps the order of scores of one recognizer, and fuses several
pav      a step function by pool adjacent violators: any increasing shape, and needs more scores

Both are learnt with the classes weighed to a prior, which is then taken off again: what comes out is a likelihood
ratio, and says nothing of how frequent mated comparisons are in use.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.metrics.likelihood import pools
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.numerals import grouped, many

WEAK = 1e6
"""Inverse strength of the penalty on standardised scores: it only keeps the weights of separable classes finite."""
LEAST_TO_TRAIN = 10
"""Scores of each class that a calibration is learnt from at least."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Affine:
    """llr = offset + sum over systems of weight * score."""

    weights: tuple[float, ...]
    offset: float

    def __call__(self, scores: ArrayLike) -> Vector:
        """(n,) log-likelihood ratios of (n,) scores of one system, or (n, systems)."""
        columns = _columns(scores)
        if columns.shape[1] != len(self.weights):
            raise ValueError(f"{columns.shape[1]} scores a comparison for {len(self.weights)} weights")
        # Added in the order of the systems: no library's blocking changes a digit.
        found = np.full(len(columns), self.offset)
        for k, weight in enumerate(self.weights):
            found += weight * columns[:, k]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """llr[k] for scores from at[k] up to below at[k + 1]; at[0] is -inf."""

    at: Vector
    llr: Vector

    def __call__(self, scores: ArrayLike) -> Vector:
        """(n,) log-likelihood ratios of (n,) scores; never falling in the score."""
        values = np.asarray(scores, dtype=np.float64)
        return np.asarray(self.llr[np.searchsorted(self.at, values, side="right") - 1], dtype=np.float64)


def affine(mated: ArrayLike, nonmated: ArrayLike, *, prior: float = 0.5) -> Affine:
    """Learn an affine map by logistic regression; the classes weigh `prior` and 1 - `prior` whatever their numbers.

    mated, nonmated   (M,), (N,) scores of one system, or (M, systems), (N, systems) of several on the same comparisons

    Deterministic. Raises NotMeasurable: `too_few_to_train`, `infinite_score`, `constant_scores`, and `separable` where
    one system's classes do not overlap: then any steepness fits, and the data do not say how sure a score is.
    Source: Brümmer and du Preez (2006); Pigeon, Druyts and Verlinde (2000) for fusion.

    >>> found = affine([1.0, 2.0, 3.0, 0.0] * 5, [-1.0, 0.0, 1.0, -2.0] * 5)
    >>> round(found.weights[0], 3), round(found.offset, 3)
    (1.55, -0.775)
    """
    first, second = _columns(mated), _columns(nonmated)
    _refuse_unfitting(first, second, prior)
    if first.shape[1] == 1 and float(first.min()) > float(second.max()):
        raise NotMeasurable(
            "every mated score to train on is higher than every nonmated one, so the data do not say how steep the map "
            "is; train on more comparisons",
            code="separable",
        )
    both = np.concatenate([first, second])
    centre, spread = both.mean(axis=0), both.std(axis=0)
    slope, offset = _logistic((both - centre) / spread, len(first), prior)
    weights = slope / spread
    base = offset - float(np.dot(weights, centre)) - math.log(prior / (1 - prior))
    return Affine(tuple(float(weight) for weight in weights), float(base))


def _logistic(columns: Vector, mated: int, prior: float) -> tuple[Vector, float]:
    """Weights and offset of the log odds of being mated, mated rows first."""
    from sklearn.linear_model import LogisticRegression  # scikit-learn takes a second to import

    total, labels = len(columns), np.arange(len(columns)) < mated
    weighing = np.where(labels, prior * total / mated, (1 - prior) * total / (total - mated))
    model = LogisticRegression(C=WEAK, solver="newton-cholesky", tol=1e-10, max_iter=1000)
    model.fit(columns, labels, sample_weight=weighing)
    return np.asarray(model.coef_[0], dtype=np.float64), float(model.intercept_[0])


def pav(mated: ArrayLike, nonmated: ArrayLike) -> Steps:
    """Learn the best increasing step function, with one comparison of each class added at either end.

    The four added comparisons (rule of succession) keep every likelihood ratio finite: without them a test score beyond
    those trained on would be taken for certain. Raises NotMeasurable `too_few_to_train`, `infinite_score`,
    `constant_scores`.
    Source: Brümmer and du Preez (2006); the added comparisons as in the BOSARIS toolkit (2011).

    >>> found = pav([1.0, 2.0, 3.0, 0.0] * 5, [-1.0, 0.0, 1.0, -2.0] * 5)
    >>> found.llr.round(3).tolist(), found.at.tolist()
    ([-2.398, 0.0, 2.398], [-inf, 0.0, 2.0])
    """
    first, second = _columns(mated), _columns(nonmated)
    _refuse_unfitting(first, second, 0.5)
    ends = [-np.inf, np.inf]
    scores = SortedScores.from_arrays(np.append(first[:, 0], ends), np.append(second[:, 0], ends))
    found = pools(scores)
    base = math.log(scores.mated_total) - math.log(scores.nonmated_total)
    # Both classes stand at both ends, so that no pool is without either.
    at = np.array([pool.lowest for pool in found], dtype=np.float64)
    llr = [math.log(pool.mated) - math.log(pool.nonmated) - base for pool in found]
    return Steps(at, np.array(llr))


def _columns(scores: ArrayLike) -> Vector:
    """(n, systems) float64."""
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim == 1:
        return values[:, None]
    if values.ndim != 2:
        raise ValueError(f"scores of shape {values.shape}; expected (n,) or (n, systems)")
    return values


def _refuse_unfitting(mated: Vector, nonmated: Vector, prior: float) -> None:
    if mated.shape[1] != nonmated.shape[1] or not 0 < prior < 1:
        raise ValueError(f"scores of shapes {mated.shape} and {nonmated.shape}, prior {prior}")
    refuse_untrainable(mated, nonmated)
    if (np.ptp(np.concatenate([mated, nonmated]), axis=0) == 0).any():
        raise NotMeasurable("the scores to train on are constant: they tell nobody apart", code="constant_scores")


def refuse_untrainable(mated: Vector, nonmated: Vector) -> None:
    """Raise NotMeasurable `too_few_to_train` or `infinite_score` where nothing can be learned from the scores.

    mated, nonmated   (M, systems), (N, systems)
    """
    if min(len(mated), len(nonmated)) < LEAST_TO_TRAIN:
        raise NotMeasurable(
            f"{grouped(len(mated))} mated and {grouped(len(nonmated))} nonmated comparisons are too few to train on; "
            f"at least {LEAST_TO_TRAIN} of each class are needed",
            code="too_few_to_train",
        )
    infinite = int((~np.isfinite(mated)).sum() + (~np.isfinite(nonmated)).sum())
    if infinite:
        raise NotMeasurable(
            f"{many(infinite, 'score')} to train on {'is' if infinite == 1 else 'are'} infinite; take them out as "
            "failed comparisons",
            code="infinite_score",
        )
