"""The variance of a rate whose trials fall into clusters: FNMR by subject, searches by probe subject, attacks by
instrument. Trials of one cluster depend on each other, trials of different clusters do not. All sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.exact_sums import carry, squared_residuals, whole_numbers

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ClusterCounts:
    """Errors and trials of each cluster that has any trial.

    errors   (n',) x_i
    trials   (n',) m_i, all above 0
    """

    errors: Counts
    trials: Counts

    def __init__(self, errors: ArrayLike, trials: ArrayLike) -> None:
        object.__setattr__(self, "errors", whole_numbers(errors, "errors of a subject"))
        object.__setattr__(self, "trials", whole_numbers(trials, "trials of a subject"))
        if len(self.errors) != len(self.trials):
            raise ValueError(f"errors of {len(self.errors)} subjects and trials of {len(self.trials)}")
        if (self.trials == 0).any():
            raise ValueError(f"{(self.trials == 0).sum()} subjects without trials")
        if (self.errors > self.trials).any():
            raise ValueError(f"{(self.errors > self.trials).sum()} subjects with more errors than trials")

    @classmethod
    def of(cls, subject: ArrayLike, wrong: ArrayLike) -> ClusterCounts:
        """Count trials, each given by the code of its subject and whether it was an error.

        >>> found = ClusterCounts.of([0, 3, 3], [False, True, False])
        >>> found.errors.tolist(), found.trials.tolist()
        ([0, 1], [1, 2])
        """
        codes, mistaken = whole_numbers(subject, "subject code"), np.asarray(wrong, dtype=np.bool_)
        if codes.shape != mistaken.shape:
            raise ValueError(f"{len(codes)} subjects of {mistaken.size} trials")
        trials = np.bincount(codes)
        errors = np.bincount(codes[mistaken], minlength=len(trials))
        return cls(errors[trials > 0], trials[trials > 0])


def cluster_variance(counts: ClusterCounts) -> Dependence:
    """The variance of the rate p = sum x_i / sum m_i.

    V = n'/(n'-1) times the sum of (x_i - p m_i)^2, over M^2; the plug-in is without n'/(n'-1). A single cluster says
    nothing of how clusters differ: V is 0 and is no certainty.
    Raises ValueError if there is no trial.
    Source: the ratio estimator of a cluster sample; ISO/IEC 19795-1 Annex B for attempts of unequal number.

    >>> found = cluster_variance(ClusterCounts([0, 2, 1], [1, 2, 3]))
    >>> round(found.plug_in, 12), round(found.variance, 12), found.units
    (0.041666666667, 0.0625, 3)
    """
    units = len(counts.trials)
    if not units:
        raise ValueError("no trial was made")
    errors, trials = int(counts.errors.sum()), int(counts.trials.sum())
    sum_r2 = squared_residuals(counts.errors, counts.trials, errors, trials)
    return Dependence(
        errors=errors,
        trials=trials,
        units=units,
        variance=units * sum_r2 / ((units - 1) * trials**4) if units > 1 else 0.0,
        plug_in=sum_r2 / trials**4,
        floor=0.0,
        carry=carry(counts.errors, counts.trials, errors, trials),
        sum_r2=sum_r2 / trials**2,
        s2=0.0,
        apiece=1,
    )
