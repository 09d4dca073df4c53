"""The answers of both files about comparisons that depend on each other: variances as exact fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.intervals.design import Listed
from fr_bench.intervals.dyads import PairErrors, dyadic_variance
from fr_bench.intervals.subject_exact import fnmr
from tests.conformance.reading import of_kind

BY_SUBJECT = [case for case in of_kind("verification") if "fnmr_variance" in case["answer"]]
BY_PAIR = [case for case in of_kind("verification") if "fmr_variance_dyadic" in case["answer"]]


def equal(value: float, expected: str) -> bool:
    return value == pytest.approx(float(Fraction(expected)), rel=1e-15, abs=0)


def mated(case: dict[str, Any]) -> ClusterCounts:
    subjects = sorted(set(case["mated_subject"]))
    wrong = [score < case["ask"]["variance_t"] for score in case["mated"]]
    return ClusterCounts.of([subjects.index(name) for name in case["mated_subject"]], wrong)


@pytest.mark.parametrize("case", BY_SUBJECT, ids=[case["id"] for case in BY_SUBJECT])
def test_fnmr_variance(case: dict[str, Any]) -> None:
    assert equal(cluster_variance(mated(case)).plug_in, case["answer"]["fnmr_variance"])


@pytest.mark.parametrize("case", BY_PAIR, ids=[case["id"] for case in BY_PAIR])
def test_fmr_variance(case: dict[str, Any]) -> None:
    subjects = sorted({name for pair in case["nonmated_subjects"] for name in pair})
    pairs = [(subjects.index(a), subjects.index(b)) for a, b in case["nonmated_subjects"]]
    wrong = [pair for pair, score in zip(pairs, case["nonmated"], strict=True) if score >= case["ask"]["variance_t"]]
    design = Listed.of(*zip(*pairs, strict=True), subjects=len(subjects))
    found = dyadic_variance(design, PairErrors.of([a for a, _ in wrong], [b for _, b in wrong]))
    assert equal(found.plug_in, case["answer"]["fmr_variance_dyadic"])
    assert equal(found.floor, case["answer"]["fmr_variance_floor"])


def test_a_variance_of_0_over_one_subject_is_labelled_and_not_printed_as_certainty() -> None:
    (case,) = [case for case in BY_SUBJECT if case["id"] == "v26"]
    found = fnmr(mated(case))
    assert (found.interval.low, found.interval.high) == (0, 1)
    assert "too_few_subjects" in found.labels


def test_every_case_with_subjects_is_answered() -> None:
    assert [case["id"] for case in BY_SUBJECT] == ["v26", "v27", "v30", "o35"]
    assert [case["id"] for case in BY_PAIR] == ["v28", "v29", "v30", "v31", "o34", "o35"]
