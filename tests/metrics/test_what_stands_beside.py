"""What stands beside each value, by hand: counts, threshold, labels and details of one small set of scores.

Mated 0.2, 0.6, 0.7, 0.9, nonmated 0.1, 0.3, 0.5, 0.65, each five times. At 0.6 five of 20 nonmated scores are accepted,
and five of 20 mated ones rejected.
"""

from __future__ import annotations

from typing import Any

import pytest

from fr_bench.contracts import Counted
from fr_bench.findings import Measurement, Proportion
from fr_bench.known_measures import resolve
from fr_bench.metrics.scores import SortedScores

SCORES = SortedScores.from_arrays([0.2, 0.6, 0.7, 0.9] * 5, [0.1, 0.3, 0.5, 0.65] * 5)
QUARTER = Proportion(5, 20)
BOTH = {"fmr": [5, 20], "fnmr": [5, 20]}


def found(text: str) -> Measurement:
    measure, kind = resolve(text)
    more = {"comparisons": (None,), "likelihoods": (True,)}.get(kind.needs, ())
    answer = kind.compute(SCORES, measure, *more)
    return answer.measurement if isinstance(answer, Counted) else answer


@pytest.mark.parametrize(
    ("text", "value", "threshold", "details"),
    [
        ("DCF@threshold=0.6,prior=0.5", 0.5, 0.6,
         {"fractions": BOTH, "numerator": 1, "denominator": 2, "weights": [1.0, 1.0], "unnormalised": 0.25}),
        # 10 * 0.01 against 1 * 0.99, both over the smaller: 1 and 9.9.
        ("DCF@threshold=0.6,prior=0.01,cmiss=10,cfa=1", 2.725, 0.6,
         {"fractions": BOTH, "numerator": 109, "denominator": 40, "weights": [1.0, 9.9], "unnormalised": 0.2725}),
        ("minDCF@prior=0.01,cmiss=10,cfa=1", 0.5, 0.7, {"numerator": 1, "denominator": 2, "unnormalised": 0.05}),
        ("minDCF@prior=0.5", 0.5, 0.6, {"numerator": 1, "denominator": 2}),
        ("HTER@threshold=0.6", 0.25, 0.6,
         {"fractions": BOTH, "numerator": 1, "denominator": 4, "weights": [0.5, 0.5]}),
        ("AUC", 0.75, None, {"numerator": 3, "denominator": 4}),
        ("EER", 0.25, 0.6, {"fractions": BOTH, "low": 0.25, "high": 0.25}),
        ("ROCCH-EER", 0.25, None, {"fractions": {"exact": [1, 4]}}),
    ],
)  # fmt: skip
def test_numbers_and_sums_of_rates(text: str, value: float, threshold: float | None, details: dict[str, Any]) -> None:
    told = found(text)
    assert (told.value, told.threshold, told.counts, told.at, told.labels) == (value, threshold, None, None, ())
    assert dict(told.details) == details


@pytest.mark.parametrize(
    ("text", "counts", "at", "threshold", "labels", "details"),
    [
        ("FMR@threshold=0.6", QUARTER, None, 0.6, (), {}),
        ("FNMR@threshold=0.6", QUARTER, None, 0.6, (), {}),
        ("GFAR@threshold=0.6", QUARTER, None, 0.6, (), {"failed": 0}),
        ("GFRR@FMR=0.25", QUARTER, None, 0.6, ("weak_target",), {"failed": 0}),
        ("FNMR@FMR=0.25", QUARTER, QUARTER, 0.6, ("weak_target",),
         {"allowed": 5, "target": "1/4", "fmr_one_candidate_lower": 0.5}),
        ("FMR@FNMR=0.25", QUARTER, QUARTER, 0.6, ("weak_target",),
         {"allowed": 5, "target": "1/4", "fnmr_one_candidate_higher": 0.5}),
        ("ZeroFMR", Proportion(10, 20), Proportion(0, 20), 0.7, ("extreme_value",),
         {"allowed": 0, "fmr_one_candidate_lower": 0.25}),
        ("ZeroFNMR", Proportion(15, 20), Proportion(0, 20), 0.2, ("extreme_value",),
         {"allowed": 0, "fnmr_one_candidate_higher": 0.25}),
    ],
)  # fmt: skip
def test_counted_rates(
    text: str,
    counts: Proportion,
    at: Proportion | None,
    threshold: float,
    labels: tuple[str, ...],
    details: dict[str, Any],
) -> None:
    told = found(text)
    assert (told.value, told.counts, told.at) == (counts.rate, counts, at)
    assert (told.threshold, told.labels, dict(told.details)) == (threshold, labels, details)
