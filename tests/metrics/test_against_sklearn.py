"""A second opinion: scikit-learn's curves and areas, to 1e-12, on scores with and without ties."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import det_curve, roc_auc_score, roc_curve

from fr_bench.metrics.curves import trade
from fr_bench.metrics.discrimination import auc
from fr_bench.metrics.scores import SortedScores
from fr_bench.metrics.verification import fmr, fnmr

RNG = np.random.default_rng(11)
PAIRS = {
    "continuous": (RNG.normal(2, 1, 400), RNG.normal(0, 1, 3000)),
    "quantised": (np.round(RNG.normal(2, 1, 400) * 4) / 4, np.round(RNG.normal(0, 1, 3000) * 4) / 4),
    "float32": (RNG.normal(2, 1, 400).astype(np.float32), RNG.normal(0, 1, 3000).astype(np.float32)),
    "constant": (np.full(5, 0.5), np.full(7, 0.5)),
}


@pytest.fixture(params=PAIRS)
def classes(request: pytest.FixtureRequest) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return PAIRS[request.param]


def labelled(classes: tuple[NDArray[np.float64], NDArray[np.float64]]) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    mated, nonmated = classes
    labels = np.concatenate([np.ones(len(mated), np.int8), np.zeros(len(nonmated), np.int8)])
    return labels, np.concatenate([mated, nonmated])


def test_every_point_of_the_roc_agrees(classes: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    ordered = SortedScores.from_arrays(*classes)
    rates = zip(*roc_curve(*labelled(classes), drop_intermediate=False), strict=True)
    for x, y, t in rates:
        assert fmr(ordered, float(t)).rate == pytest.approx(x, abs=1e-12)
        assert fnmr(ordered, float(t)).rate == pytest.approx(1 - y, abs=1e-12)


def test_the_steps_are_points_of_the_det(classes: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    steps = trade(SortedScores.from_arrays(*classes))
    theirs = {float(t): (x, y) for x, y, t in zip(*det_curve(*labelled(classes)), strict=True)}
    shared = [k for k, t in enumerate(steps.thresholds) if float(t) in theirs]
    assert shared
    for k in shared:
        ours = steps.false_matches[k] / steps.nonmated, steps.false_non_matches[k] / steps.mated
        assert ours == pytest.approx(theirs[float(steps.thresholds[k])], abs=1e-12)


def test_the_area_agrees(classes: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    assert float(auc(SortedScores.from_arrays(*classes))) == pytest.approx(roc_auc_score(*labelled(classes)), abs=1e-12)
