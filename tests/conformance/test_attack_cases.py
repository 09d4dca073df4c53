"""The exact cases of presentation attacks."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fr_bench.findings import REJECT_ALL, Threshold
from fr_bench.metrics import attacks
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.records import Presentations
from tests.conformance.reading import fraction, of_kind

CASES = of_kind("pad")


@pytest.fixture(params=CASES, ids=[case["id"] for case in CASES])
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    asked: dict[str, Any] = request.param
    return asked


def presentations(case: dict[str, Any]) -> Presentations:
    rows = [(score, "") for score in case["bona_fide"]]
    rows += [(score, name) for name, scores in case["species"].items() for score in scores]
    return Presentations(
        score=np.array([float(score) for score, _ in rows]),
        species=tuple(name for _, name in rows),
        instrument=tuple("" for _ in rows),
    )


def threshold(value: float | str) -> Threshold:
    return REJECT_ALL if value == "reject_all" else float(value)


def test_rates_at_thresholds(case: dict[str, Any]) -> None:
    found = presentations(case)
    for row in case["answer"]["at_t"]:
        t = threshold(row["t"])
        rates = {name: attacks.apcer(found, t, name) for name in attacks.species_of(found)}
        assert {name: fraction(rate) for name, rate in rates.items()} == {
            name: Fraction(rate) for name, rate in row["apcer"].items()
        }
        assert fraction(rates[attacks.worst(rates)]) == Fraction(row["apcer_max"])
        assert fraction(attacks.bpcer(found, t)) == Fraction(row["bpcer"])


def test_bpcer_at_apcer(case: dict[str, Any]) -> None:
    found = presentations(case)
    for row in case["answer"]["bpcer_at_apcer"]:
        if row["status"] == "not_measurable":
            with pytest.raises(NotMeasurable):
                attacks.bpcer_at_apcer(found, Fraction(row["apcer"]))
            continue
        point = attacks.bpcer_at_apcer(found, Fraction(row["apcer"]))
        assert point.threshold == threshold(row["threshold"])
        assert fraction(point.bpcer) == Fraction(row["bpcer"])
        assert max(fraction(rate) for rate in point.apcer.values()) <= Fraction(row["apcer"])
