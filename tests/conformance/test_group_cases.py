"""The exact cases of what the error rates of groups come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest

from fr_bench.findings import Proportion
from fr_bench.metrics import group_summaries
from fr_bench.metrics.scores import NotMeasurable
from tests.conformance.reading import of_kind

CASES = of_kind("groups")
EXACT: dict[str, Callable[[Mapping[str, Proportion]], Fraction]] = {
    "max_over_min": group_summaries.max_min_ratio,
    "max_minus_min": group_summaries.max_min_difference,
    "max_over_mean": group_summaries.max_mean_ratio,
    "gini": group_summaries.gini,
    "mean": group_summaries.mean_rate,
}


@pytest.fixture(params=CASES, ids=[case["id"] for case in CASES])
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def counts(case: dict[str, Any]) -> dict[str, Proportion]:
    return {name: Proportion(group["errors"], group["n"]) for name, group in case["groups"].items()}


@pytest.mark.parametrize("answer", EXACT)
def test_summary_is_exact_or_undefined(case: dict[str, Any], answer: str) -> None:
    expected = case["answer"][answer]
    if expected is None:
        with pytest.raises(NotMeasurable):
            EXACT[answer](counts(case))
    else:
        assert EXACT[answer](counts(case)) == Fraction(expected)


def test_rates_and_pooled_rate(case: dict[str, Any]) -> None:
    rates = {name: str(found.fraction) for name, found in counts(case).items()}
    assert rates == case["answer"]["rates"]
    assert group_summaries.pooled(counts(case)).fraction == Fraction(case["answer"]["pooled"])


def test_every_answer_is_checked() -> None:
    assert {key for case in CASES for key in case["answer"]} == {*EXACT, "rates", "pooled"}
