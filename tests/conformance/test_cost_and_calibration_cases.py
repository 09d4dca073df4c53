"""The cases that ask for detection costs, and those whose scores are log-likelihood ratios."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from fr_bench.findings import Measurement
from fr_bench.measuring import measure
from tests.conformance.reading import Case, of_kind


def asking(key: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in of_kind("verification") if key in case["answer"]]


def measured(case: dict[str, Any], text: str) -> Measurement:
    return measure(Case(case).score_set(), [text], draws=20, likelihoods=True)[0]


def costs(row: dict[str, Any]) -> str:
    return f"prior={row['prior']},cmiss={row['cost_miss']},cfa={row['cost_fa']}"


def exactly(found: Measurement) -> Fraction:
    return Fraction(found.details["numerator"], found.details["denominator"])


@pytest.mark.parametrize("case", asking("dcf"))
def test_cost_at_a_threshold(case: dict[str, Any]) -> None:
    for row in case["answer"]["dcf"]:
        found = measured(case, f"DCF@threshold={row['t']},{costs(row)}")
        assert exactly(found) == Fraction(row["value"])
        assert found.value == pytest.approx(float(Fraction(row["value"])), abs=1e-15)


@pytest.mark.parametrize("case", asking("min_dcf"))
def test_least_cost_with_any_costs_is_attained_at_its_threshold(case: dict[str, Any]) -> None:
    for row in case["answer"]["min_dcf"]:
        found = measured(case, f"minDCF@{costs(row)}")
        assert exactly(found) == Fraction(row["value"])
        assert found.threshold is not None
        assert any(Case(case).same(found.threshold, t) for t in row["attained_at"])


@pytest.mark.parametrize("case", asking("cllr"))
def test_cllr(case: dict[str, Any]) -> None:
    found, expected = measured(case, "Cllr"), case["answer"]["cllr"]
    if expected is None:
        assert found.value is None
        assert "infinite" in (found.reason or "")
    else:
        assert found.value == pytest.approx(float(expected), rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("case", asking("min_cllr"))
def test_min_cllr(case: dict[str, Any]) -> None:
    assert measured(case, "minCllr").value == pytest.approx(float(case["answer"]["min_cllr"]), rel=1e-14, abs=1e-15)


def test_cllr_of_scores_that_nobody_declared_is_refused() -> None:
    (case,) = [case for case in of_kind("verification") if case["id"] == "o24"]
    found = measure(Case(case).score_set(), ["Cllr"])[0]
    assert found.value is None
    assert found.details["code"] == "no_likelihoods"
