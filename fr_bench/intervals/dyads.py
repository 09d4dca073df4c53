"""The variance of an FMR: every nonmated comparison belongs to a pair of subjects, and pairs share subjects.

Two comparisons depend on each other if they share at least one subject. The cost grows with the subjects and the false
matches, not with the comparisons. All sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fr_bench.intervals.dependence import Dependence
from fr_bench.intervals.design import Codes, Design, sum_at, unordered
from fr_bench.intervals.exact_sums import carry, dot, squared_residuals, whole_numbers


@dataclass(frozen=True, slots=True, eq=False)
class PairErrors:
    """False matches by pair of subjects; pairs without any are not in it. Made by `PairErrors.of`.

    first, second   (k,) codes of the pairs, first < second, each pair once, ascending
    errors          (k,) e_ij, false matches of the pair, whichever of the two was the probe
    """

    first: Codes
    second: Codes
    errors: Codes

    @classmethod
    def of(cls, first: ArrayLike, second: ArrayLike) -> PairErrors:
        """Count false matches, each given by the codes of its two subjects.

        Raises ValueError if one is of a subject with itself.

        >>> found = PairErrors.of([0, 2, 1], [1, 1, 0])
        >>> found.first.tolist(), found.second.tolist(), found.errors.tolist()
        ([0, 1], [1, 2], [2, 1])
        """
        lower, upper = unordered(first, second)
        base = int(upper.max()) + 1 if upper.size else 1
        keys, counts = np.unique(lower * base + upper, return_counts=True)
        lower, upper = np.divmod(keys, base)
        return cls(*(whole_numbers(part, "code") for part in (lower, upper, counts)))

    @property
    def total(self) -> int:
        """All false matches."""
        return int(self.errors.sum())


def dyadic_variance(design: Design, pairs: PairErrors) -> Dependence:
    """The variance of the FMR `pairs.total / design.total`.

    With g_ij = e_ij - p m_ij, R_i its sum over j, S2 the sum of g^2 and C = sum R^2 - 2 S2 (the products of different
    pairs that share a subject): V = [kappa max(C, 0) + S2] / N^2. kappa = n(n-1)/(n-2)^2 makes up for p being estimated
    from the same data; max keeps V above its floor S2/N^2. The plug-in is (C + S2)/N^2. n counts the subjects that take
    part in a nonmated comparison; for n = 2 there is one pair, C is 0, and kappa is not needed.
    Raises ValueError if no comparison was made, or a pair has more false matches than comparisons.
    Source: Fogliato, Patil and Perona (2023), without kappa.

    >>> from fr_bench.intervals.design import AllPairs
    >>> wolf = dyadic_variance(AllPairs([1, 1, 1, 1]), PairErrors.of([0, 0, 0], [1, 2, 3]))
    >>> round(wolf.plug_in, 12), round(wolf.floor, 12), wolf.units
    (0.041666666667, 0.041666666667, 4)
    """
    n_all, trials, errors = design.subjects, design.total, pairs.total
    if trials < 1:
        raise ValueError("no nonmated comparison was made")
    if len(pairs.second) and int(pairs.second.max()) >= n_all:
        raise ValueError(f"a false match of subject {pairs.second.max()} of {n_all} subjects numbered from 0")
    made = design.between(pairs.first, pairs.second)
    if (pairs.errors > made).any():
        raise ValueError(f"{(pairs.errors > made).sum()} pairs with more false matches than comparisons")
    compared = design.by_subject().astype(np.int64)
    matched = sum_at(pairs.first, pairs.second, pairs.errors, n_all)
    sum_r2 = squared_residuals(matched, compared, errors, trials)
    s2 = squared_residuals(pairs.errors, made, errors, trials)
    s2 += errors**2 * (design.sum_of_squares() - dot(made, made))
    units = int(np.count_nonzero(compared))
    return Dependence(
        errors=errors,
        trials=trials,
        units=units,
        variance=corrected(sum_r2 - 2 * s2, s2, units, trials),
        plug_in=(sum_r2 - s2) / trials**4,
        floor=s2 / trials**4,
        carry=carry(matched, compared, errors, trials),
        sum_r2=sum_r2 / trials**2,
        s2=s2 / trials**2,
        apiece=2,
    )


def corrected(shared: int, s2: int, units: int, trials: int) -> float:
    """[kappa max(C, 0) + S2] / N^2, kappa = n(n-1)/(n-2)^2, from C and S2, both whole numbers and N^2 times as large.

    0 for two subjects: their one pair has the rate of all comparisons.

    >>> corrected(6, 4, 4, 10) == (3 * 6 + 4) / 10**4
    True
    """
    if units <= 2:
        return 0.0
    kept = (units - 2) ** 2
    return (units * (units - 1) * max(shared, 0) + kept * s2) / (kept * trials**4)
