"""Where d' is not defined, and totals beyond 64 bits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fr_bench.metrics.discrimination import auc, d_prime, min_dcf
from fr_bench.metrics.equal_error import eer, rocch_eer
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.records import Rest


@pytest.mark.parametrize(
    ("mated", "nonmated", "reason"),
    [
        ([1.0], [0.0, 1.0], "at least two"),
        ([1.0, 2.0], [0.0], "at least two"),
        ([0.1, 0.1, 0.1], [0.3, 0.3, 0.3], "equal"),
        ([1.0, np.inf], [0.0, 1.0], "infinite"),
        ([1.0, 2.0], [-np.inf, 1.0], "infinite"),
    ],
)
def test_d_prime_that_is_not_defined_says_why(mated: list[float], nonmated: list[float], reason: str) -> None:
    with pytest.raises(NotMeasurable, match=reason):
        d_prime(SortedScores.from_arrays(mated, nonmated))


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1.0])
def test_d_prime_survives_huge_and_tiny_scores(scale: float) -> None:
    s = SortedScores.from_arrays(np.array([3.0, 5.0]) * scale, np.array([0.0, 2.0]) * scale)
    assert d_prime(s) == pytest.approx(4.5**0.5, rel=1e-12)


def test_d_prime_keeps_its_digits_far_from_zero() -> None:
    near, far = ([3.0, 5.0, 8.0], [0.0, 2.0]), ([2.0**40 + x for x in (3, 5, 8)], [2.0**40, 2.0**40 + 2])
    assert d_prime(SortedScores.from_arrays(*far)) == pytest.approx(d_prime(SortedScores.from_arrays(*near)), rel=1e-12)


def test_totals_beyond_64_bits_are_exact() -> None:
    rest = Rest(
        count=2**62,
        at=np.array([0.56, 0.7]),
        below=np.array([2**62, 2**62]),
        up_to=np.array([2**62, 2**62]),
        sum=0.0,
        squares=1.0,
    )
    s = SortedScores(
        mated=np.array([0.56, 0.7]), nonmated=np.array([0.6]), nonmated_total=2**62 + 1, floor=0.55, rest=rest
    )
    n = 2**62 + 1
    assert auc(s) == Fraction(2 * 2**62 + 1, 2 * n)
    assert (eer(s).low, eer(s).high, eer(s).threshold) == (0, Fraction(1, n), 0.56)
    assert rocch_eer(s) == Fraction(1, n + 2)
    assert min_dcf(s, Fraction(1, 2))[0] == Fraction(1, n)


@pytest.mark.parametrize(
    ("prior", "cost", "threshold"),
    [(Fraction(1, 10**30), Fraction(1, 3), 0.6), (1 - Fraction(1, 10**30), Fraction(2, 3), 0.5)],
)
def test_the_cost_of_a_prior_beyond_64_bits_is_exact(prior: Fraction, cost: Fraction, threshold: float) -> None:
    assert min_dcf(SortedScores.from_arrays([0.5, 0.6, 0.7], [0.3, 0.5, 0.5]), prior) == (cost, threshold)
