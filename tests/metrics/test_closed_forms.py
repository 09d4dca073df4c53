"""Quantiles of known distributions, fed as scores: every measure must find its closed form again."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fr_bench.metrics.discrimination import auc, d_prime, min_dcf
from fr_bench.metrics.equal_error import eer
from fr_bench.metrics.scores import SortedScores
from fr_bench.metrics.verification import fmr, fnmr, fnmr_at_fmr, zero_fmr

MODELS = [
    model
    for model in json.loads(
        (Path(__file__).parent.parent / "conformance" / "closed_forms.json").read_text(encoding="utf-8")
    )["models"]
    if model["model"] != "intervals"
]
K = 200_001
POSITIONS = (np.arange(1, K + 1) - 0.5) / K
Floats = NDArray[np.float64]


def binormal(model: dict[str, str]) -> tuple[Floats, Floats]:
    from scipy.special import ndtri

    quantiles = ndtri(POSITIONS)
    first, second = (float(model[f"mu{k}"]) + float(model[f"sigma{k}"]) * quantiles for k in (1, 0))
    return first, second


def exponential(model: dict[str, str]) -> tuple[Floats, Floats]:
    first, second = (-np.log1p(-POSITIONS) / float(model[f"rate{k}"]) for k in (1, 0))
    return first, second


def uniform_shift(model: dict[str, str]) -> tuple[Floats, Floats]:
    return POSITIONS + float(model["d"]), POSITIONS


QUANTILES: dict[str, Callable[[dict[str, str]], tuple[Floats, Floats]]] = {
    "binormal": binormal,
    "exponential": exponential,
    "uniform_shift": uniform_shift,
}


class Known:
    def __init__(self, model: dict[str, Any]) -> None:
        self.model = model
        self.scores = SortedScores.from_arrays(*QUANTILES[model["model"]](model))


@pytest.fixture(scope="module", params=MODELS, ids=lambda m: f"{m['model']} {m.get('mu1', m.get('rate0', m.get('d')))}")
def known(request: pytest.FixtureRequest) -> Known:
    return Known(request.param)


def test_rates_at_thresholds(known: Known) -> None:
    for row in known.model["at_t"]:
        assert fmr(known.scores, float(row["t"])).rate == pytest.approx(float(row["fmr"]), abs=1 / K)
        assert fnmr(known.scores, float(row["t"])).rate == pytest.approx(float(row["fnmr"]), abs=1 / K)


def test_fnmr_at_fmr(known: Known) -> None:
    for row in known.model["fnmr_at_fmr"]:
        x = Fraction(row["fmr"])
        if x * K >= 100:
            # One step of the FMR moves the FNMR by the ratio of the densities at the threshold.
            near = [float(fnmr_at_fmr(known.scores, x + step * Fraction(1, K)).fnmr.rate or 0) for step in (-2, 2)]
            tolerance = max(1 / K, abs(near[1] - near[0]))
            assert fnmr_at_fmr(known.scores, x).fnmr.rate == pytest.approx(float(row["fnmr"]), abs=tolerance)


def test_eer_and_its_threshold(known: Known) -> None:
    found = eer(known.scores)
    assert float(found.mean) == pytest.approx(float(known.model["eer"]), abs=1 / K)
    if "eer_threshold" in known.model:
        assert found.threshold == pytest.approx(float(known.model["eer_threshold"]), abs=1e-3)


def test_auc(known: Known) -> None:
    assert float(auc(known.scores)) == pytest.approx(float(known.model["auc"]), abs=1 / K)


def test_d_prime(known: Known) -> None:
    if "d_prime" in known.model:
        assert d_prime(known.scores) == pytest.approx(float(known.model["d_prime"]), rel=1e-4, abs=1e-12)


def test_min_dcf(known: Known) -> None:
    for row in known.model.get("min_dcf", []):
        least, _ = min_dcf(known.scores, Fraction(row["p_target"]))
        # The tolerance is one comparison in K of the cost before it is normalised.
        slack = 1 / K / float(min(Fraction(row["p_target"]), 1 - Fraction(row["p_target"])))
        assert float(least) == pytest.approx(float(row["normalised"]), abs=slack)


def test_zero_fmr(known: Known) -> None:
    if "zero_fmr_fnmr" in known.model:
        assert zero_fmr(known.scores).fnmr.rate == pytest.approx(float(known.model["zero_fmr_fnmr"]), abs=2 / K)


def test_seeded_samples_scatter_round_the_closed_form() -> None:
    rng = np.random.default_rng(7)
    expected, size = 0.158655253931457, 20_000  # FMR of N(0, 1) at t = 1
    for _ in range(20):
        s = SortedScores.from_arrays(rng.normal(4, 1, 10), rng.normal(0, 1, size))
        found = fmr(s, 1.0).errors
        assert abs(found - expected * size) < 4 * (size * expected * (1 - expected)) ** 0.5
