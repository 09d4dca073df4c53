"""What the error rates of groups come to: the published test vector, edge cases, bounds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.findings import Proportion
from fr_bench.metrics.group_summaries import (
    fdr,
    garbe,
    gini,
    inequity_rate,
    max_geomean_ratio,
    max_mean_ratio,
    max_min_difference,
    max_min_ratio,
)
from fr_bench.metrics.scores import NotMeasurable

Counts = Mapping[str, Proportion]
FMR = {name: Proportion(errors, 10_000) for name, errors in zip("abcd", (1, 2, 4, 8), strict=True)}
FNMR = {name: Proportion(errors, 100) for name, errors in zip("abcd", (1, 2, 2, 3), strict=True)}
OF_ONE: list[Callable[[Counts], Fraction | float]] = [
    max_min_ratio, max_min_difference, max_mean_ratio, max_geomean_ratio, gini,
]  # fmt: skip


def test_published_vector() -> None:
    assert (max_min_ratio(FMR), max_min_ratio(FNMR)) == (8, 3)
    assert inequity_rate(FMR, FNMR) == pytest.approx(4.898979, abs=5e-7)
    assert float(fdr(FMR, FNMR)) == pytest.approx(0.989650, abs=1e-12)
    assert float(gini(FMR)) == pytest.approx(0.511111, abs=5e-7)
    assert gini(FNMR) == Fraction(1, 4)
    assert float(garbe(FMR, FNMR)) == pytest.approx(0.380556, abs=5e-7)
    assert max_geomean_ratio(FMR) == pytest.approx(2.828427, abs=5e-7)
    assert max_geomean_ratio(FNMR) == pytest.approx(1.611855, abs=5e-7)


def test_gini_of_two_groups_is_their_difference_over_their_sum() -> None:
    assert gini({"a": Proportion(1, 10), "b": Proportion(3, 10)}) == Fraction(1, 2)


def test_a_group_without_errors_leaves_the_ratio_undefined_and_is_named() -> None:
    with pytest.raises(NotMeasurable, match=r"no errors in group 'b' \(0 of 70\)") as missing:
        max_min_ratio({"a": Proportion(1, 10), "b": Proportion(0, 70)})
    assert missing.value.code == "group_without_errors"


def test_a_group_without_errors_counts_in_the_geometric_mean_with_its_one_sided_limit() -> None:
    found = max_geomean_ratio({"a": Proportion(4, 100), "b": Proportion(0, 50)})
    assert found == pytest.approx(0.04 / math.sqrt(0.04 * (1 - 0.05 ** (1 / 50))), rel=1e-14)


@pytest.mark.parametrize("summary", [max_min_ratio, max_mean_ratio, max_geomean_ratio, gini])
def test_no_errors_in_any_group_leave_every_ratio_undefined(summary: Callable[[Counts], object]) -> None:
    with pytest.raises(NotMeasurable) as missing:
        summary({"a": Proportion(0, 10), "b": Proportion(0, 70)})
    assert missing.value.code == "no_errors"


def test_difference_is_defined_without_any_error() -> None:
    assert max_min_difference({"a": Proportion(0, 10), "b": Proportion(0, 70)}) == 0


@pytest.mark.parametrize("summary", OF_ONE)
@pytest.mark.parametrize("counts", [{"a": Proportion(1, 2)}, {"a": Proportion(1, 2), "b": Proportion(0, 0)}])
def test_one_group_or_one_without_trials_is_no_summary(summary: Callable[[Counts], object], counts: Counts) -> None:
    with pytest.raises(ValueError, match="groups"):
        summary(counts)


RATES = st.lists(st.tuples(st.integers(1, 30), st.integers(30, 60)), min_size=2, max_size=6)


def named(rates: list[tuple[int, int]]) -> dict[str, Proportion]:
    return {str(k): Proportion(errors, trials) for k, (errors, trials) in enumerate(rates)}


@given(RATES)
def test_slow_definitions_agree(rates: list[tuple[int, int]]) -> None:
    counts, x = named(rates), [Fraction(e, n) for e, n in rates]
    n, mean = len(x), sum(x) / len(x)
    assert max_min_ratio(counts) == max(a / b for a, b in itertools.product(x, x))
    assert max_min_difference(counts) == max(abs(a - b) for a, b in itertools.product(x, x))
    assert max_mean_ratio(counts) == max(x) / mean
    assert gini(counts) == sum(abs(a - b) for a, b in itertools.product(x, x)) / (2 * n * (n - 1) * mean)
    assert max_geomean_ratio(counts) == pytest.approx(float(max(x)) / math.prod(map(float, x)) ** (1 / n), rel=1e-12)


@given(RATES)
def test_ranges_hold(rates: list[tuple[int, int]]) -> None:
    counts = named(rates)
    assert 0 <= gini(counts) <= 1
    assert 1 <= max_mean_ratio(counts) <= len(counts)
    assert 1 - 1e-12 <= max_geomean_ratio(counts) <= float(max_min_ratio(counts)) * (1 + 1e-12)
    assert 0 <= fdr(counts, counts) <= 1


@given(RATES, st.randoms(use_true_random=False))
def test_the_order_and_the_names_of_groups_are_irrelevant(rates: list[tuple[int, int]], chance: object) -> None:
    other = list(rates)
    chance.shuffle(other)  # type: ignore[attr-defined]
    for summary in OF_ONE[:3]:
        assert summary(named(rates)) == summary(named(other))
    assert gini(named(rates)) == gini(named(other))


@pytest.mark.parametrize("summary", OF_ONE)
def test_equal_rates_are_perfect(summary: Callable[[Counts], Fraction | float]) -> None:
    counts = {"a": Proportion(3, 30), "b": Proportion(10, 100), "c": Proportion(1, 10)}
    assert float(summary(counts)) == pytest.approx(0 if summary in (max_min_difference, gini) else 1, abs=1e-12)
