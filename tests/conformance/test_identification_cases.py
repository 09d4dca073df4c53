"""The exact cases of 1:N search."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from fr_bench.findings import REJECT_ALL, Threshold
from fr_bench.metrics import identification as found
from fr_bench.metrics.scores import NotMeasurable
from tests.conformance.reading import fraction, of_kind
from tests.metrics.searching import One, score_set

CASES = of_kind("identification")


@pytest.fixture(params=CASES, ids=[case["id"] for case in CASES])
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    asked: dict[str, Any] = request.param
    return asked


def rows(case: dict[str, Any]) -> list[One]:
    return [
        (s["mated"], [float(x) for x in s["mates"]], [float(x) for x in s["nonmates"]]) for s in case["searches"]
    ]  # fmt: skip


def threshold(value: float | str) -> Threshold:
    return REJECT_ALL if value == "reject_all" else float(value)


def test_cmc(case: dict[str, Any]) -> None:
    searches = score_set(rows(case)).searches
    assert searches is not None
    for name, optimistic in (("cmc", False), ("cmc_optimistic", True)):
        points = found.cmc(searches, case["ask"]["R"], optimistic=optimistic)
        assert [fraction(point) for point in points] == [Fraction(share) for share in case["answer"][name]]


def test_rates_at_thresholds(case: dict[str, Any]) -> None:
    scores = score_set(rows(case))
    searches = scores.searches
    assert searches is not None
    for row in case["answer"]["at_t"]:
        t = threshold(row["t"])
        assert fraction(found.fpir(searches, t)) == Fraction(row["fpir"])
        assert fraction(found.fnir(searches, t, 1)) == Fraction(row["fnir_rank1"])
        assert fraction(found.fnir(searches, t, case["ask"]["R"])) == Fraction(row["fnir_rankR"])
        nonmated = sum(not mated for mated, _, _ in rows(case))
        assert Fraction(found.candidates(scores, searches, t), nonmated) == Fraction(row["selectivity"])


def test_fnir_at_fpir(case: dict[str, Any]) -> None:
    searches = score_set(rows(case)).searches
    assert searches is not None
    for row in case["answer"]["fnir_at_fpir"]:
        if row["status"] == "not_measurable":
            with pytest.raises(NotMeasurable):
                found.fnir_at_fpir(searches, Fraction(row["fpir"]), case["ask"]["R"])
            continue
        point = found.fnir_at_fpir(searches, Fraction(row["fpir"]), case["ask"]["R"])
        assert point.allowed == row["allowed"]
        assert point.threshold == threshold(row["threshold"])
        assert fraction(point.fnir) == Fraction(row["fnir"])
