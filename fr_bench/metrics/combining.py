"""Rules that make one score of several, for the same comparison by several recognizers or of several captures.

A rule is learnt on training scores: what stands for "usual" of each system, or the weights of each. It is then applied
to other people's scores. Sums of normalised scores have no parameter that looks at the labels of single comparisons;
logistic regression weighs the systems and gives natural-log likelihood ratios.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.metrics.calibration import affine, refuse_untrainable
from fr_bench.metrics.scores import NotMeasurable

Vector = NDArray[np.float64]
RuleName = Literal["z-sum", "min-max-sum", "tanh-sum", "logistic"]
RULES: tuple[str, ...] = get_args(RuleName)
TANH_SLOPE = 0.01
"""Of the tanh estimators: scores within a hundred deviations of the mean are mapped almost linearly."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One score of several: offset + sum over systems of weight * f((score - centre) / spread).

    name      one of `RULES`; f is tanh(0.01 x) for "tanh-sum", x otherwise
    centres, spreads, weights   one number a system
    """

    name: RuleName
    centres: tuple[float, ...]
    spreads: tuple[float, ...]
    weights: tuple[float, ...]
    offset: float = 0.0

    @property
    def likelihoods(self) -> bool:
        """Whether what comes out are natural-log likelihood ratios."""
        return self.name == "logistic"

    def __call__(self, scores: ArrayLike) -> Vector:
        """(n,) fused scores of (n, systems) scores."""
        columns = np.asarray(scores, dtype=np.float64)
        if columns.ndim != 2 or columns.shape[1] != len(self.weights):
            raise ValueError(f"scores of shape {columns.shape} for {len(self.weights)} systems")
        found = np.full(len(columns), self.offset)
        rows = zip(columns.T, self.centres, self.spreads, self.weights, strict=True)
        for column, centre, spread, weight in rows:
            usual = (column - centre) / spread
            found += weight * (np.tanh(TANH_SLOPE * usual) if self.name == "tanh-sum" else usual)
        return found


def learn(name: RuleName, mated: ArrayLike, nonmated: ArrayLike, *, prior: float = 0.5) -> Rule:
    """Learn a rule from (M, systems) mated and (N, systems) nonmated training scores.

    z-sum        (score - mean) / deviation of the nonmated scores
    min-max-sum  (score - least) / (greatest - least) of all training scores; other scores may leave 0 to 1
    tanh-sum     tanh(0.01 (score - mean) / deviation) of the mated scores
    logistic     weights by logistic regression, the classes weighed to `prior`

    Raises NotMeasurable `too_few_to_train`, `infinite_score`, `constant_scores`; ValueError for another name.
    Source: Jain, Nandakumar and Ross (2005), score normalization in multimodal biometric systems; mean and deviation
    stand for Hampel's estimators.

    >>> mated, nonmated = [[3.0, 30.0], [5.0, 50.0]] * 5, [[0.0, 10.0], [2.0, -10.0]] * 5
    >>> rule = learn("z-sum", mated, nonmated)
    >>> rule.centres, rule.spreads, rule([[1.0, 20.0]]).tolist()
    ((1.0, 0.0), (1.0, 10.0), [2.0])
    """
    if name not in RULES:
        raise ValueError(f"no rule {name!r} among {RULES}")
    first, second = (np.atleast_2d(np.asarray(part, dtype=np.float64)) for part in (mated, nonmated))
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"training scores of shapes {first.shape} and {second.shape}")
    refuse_untrainable(first, second)
    systems = first.shape[1]
    if name == "logistic":
        found = affine(first, second, prior=prior)
        return Rule(name, (0.0,) * systems, (1.0,) * systems, found.weights, found.offset)
    centres, spreads = _usual(name, first, second)
    if not (spreads > 0).all():
        constant = ", ".join(str(k + 1) for k in np.flatnonzero(~(spreads > 0)))
        raise NotMeasurable(f"the training scores of system {constant} are all equal", code="constant_scores")
    return Rule(name, tuple(centres.tolist()), tuple(spreads.tolist()), (1.0,) * systems)


def _usual(name: RuleName, mated: Vector, nonmated: Vector) -> tuple[Vector, Vector]:
    if name == "min-max-sum":
        both = np.concatenate([mated, nonmated])
        return both.min(axis=0), np.ptp(both, axis=0)
    part = nonmated if name == "z-sum" else mated
    return part.mean(axis=0), part.std(axis=0)
