"""k-fold accuracy against a slow answer, and its spread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.findings import Proportion
from fr_bench.metrics.folds import best_threshold, fold_accuracy
from tests import oracles

ROWS = st.lists(st.tuples(st.integers(-4, 4).map(float), st.integers(1, 4)), min_size=1, max_size=15)


@given(ROWS, ROWS, st.sampled_from([np.float32, np.float64]))
def test_folds_agree_with_the_oracle(
    mated: list[tuple[float, int]], nonmated: list[tuple[float, int]], dtype: type[np.floating]
) -> None:
    mated, nonmated = [*mated, (0.1, 1), (0.3, 2)], [*nonmated, (0.1, 2)]
    columns = [
        (np.array([s for s, _ in rows], dtype), np.array([f for _, f in rows], np.int16)) for rows in (mated, nonmated)
    ]
    found = fold_accuracy(*columns[0], *columns[1])
    exact = [[(float(dtype(s)), f) for s, f in rows] for rows in (mated, nonmated)]
    expected = oracles.fold_accuracy(*exact)
    assert [(c.errors, t) for c, t in zip(found.correct, found.thresholds, strict=True)] == expected


def test_the_lowest_of_several_best_thresholds_is_taken() -> None:
    assert best_threshold(np.array([1.0, 3.0]), np.array([0.0, 2.0])).threshold == 1.0


def test_the_spread_is_that_of_the_population_of_folds() -> None:
    mated, nonmated = np.array([1.0, 1.0, 1.0, -1.0]), np.array([0.0, 0.0, 0.0, 0.0])
    fold = np.array([1, 2, 3, 4], np.int16)
    found = fold_accuracy(mated, fold, nonmated, fold.copy())
    assert [c.rate for c in found.correct] == [1, 1, 1, 0.5]
    assert found.mean == 0.875
    assert found.deviation == pytest.approx(np.std([1, 1, 1, 0.5]))
    assert found.error == pytest.approx(np.std([1, 1, 1, 0.5]) / 2)
    assert found.best.correct == Proportion(7, 8)


def test_one_fold_is_a_bug() -> None:
    one = np.ones(2, np.int16)
    with pytest.raises(ValueError, match="at least two"):
        fold_accuracy(np.zeros(2), one, np.zeros(2), one)
