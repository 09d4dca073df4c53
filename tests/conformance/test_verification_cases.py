"""The exact cases of `cases.json`: every answer that concerns a measure of this version, as an exact fraction.

What a case asks beyond that is counted below, by name, so that nothing is passed over in silence.
"""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.errors import DataError, UsageError
from fr_bench.findings import REJECT_ALL, Measurement, Proportion, Threshold
from fr_bench.known_measures import resolve
from fr_bench.measuring import measure
from fr_bench.metrics import discrimination, equal_error, verification
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.records import Scores, ScoreSet

CASES = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))["cases"]
VERIFICATION = [case for case in CASES if case["kind"] == "verification"]
ANSWERED = [case for case in VERIFICATION if "error" not in case["answer"]]
REFUSED = [case for case in VERIFICATION if "error" in case["answer"]]

LATER_ANSWERS = {"fnmr_variance": 3, "fmr_variance_dyadic": 4, "fmr_variance_floor": 4, "weighted": 1}
"""Answers of verification cases about dependence between comparisons: subject-based intervals are not made yet."""
LATER_KINDS = {"identification": 2, "pad": 1, "groups": 2, "mcnemar": 3, "holm": 1, "sign_flip": 1}
CHECKED = {"fmr", "fnmr", "fnmr_at_fmr", "zero_fmr", "zero_fnmr", "eer", "rocch_eer", "auc", "min_dcf_half",
           "min_dcf_1_100"}  # fmt: skip


def number(value: float | str) -> float:
    return float(value)


class Case:
    """A case as similarities: distances are negated at the door, thresholds of answers once more at the exit."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.sign = -1.0 if case["polarity"] == "distance" else 1.0
        self.answer = case["answer"]
        mated, nonmated = (
            np.array([self.sign * number(s) for s in case[side]], dtype=float) for side in ("mated", "nonmated")
        )
        self.scores = SortedScores.from_arrays(mated, nonmated)
        self.arrays = mated, nonmated

    def inside(self, threshold: float | str) -> Threshold:
        return REJECT_ALL if threshold == "reject_all" else self.sign * number(threshold)

    def same(self, threshold: Threshold, expected: float | str) -> bool:
        return threshold == self.inside(expected)

    def score_set(self) -> ScoreSet:
        mated, nonmated = self.arrays
        return ScoreSet(
            mated=Scores(values=mated),
            nonmated=Scores(values=nonmated),
            mated_planned=len(mated),
            nonmated_planned=len(nonmated),
        )

    def measured(self, text: str) -> Measurement:
        return measure(self.score_set(), [text])[0]


def fraction(counts: Proportion) -> Fraction:
    return Fraction(counts.errors, counts.trials)


@pytest.fixture(params=ANSWERED, ids=[case["id"] for case in ANSWERED])
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)


def test_fmr_at_thresholds(case: Case) -> None:
    for row in case.answer.get("fmr", []):
        assert fraction(verification.fmr(case.scores, case.inside(row["t"]))) == Fraction(row["value"])


def test_fnmr_at_thresholds(case: Case) -> None:
    for row in case.answer.get("fnmr", []):
        assert fraction(verification.fnmr(case.scores, case.inside(row["t"]))) == Fraction(row["value"])


def test_fnmr_at_fmr(case: Case) -> None:
    for row in case.answer.get("fnmr_at_fmr", []):
        if row["status"] == "not_measurable":
            with pytest.raises(NotMeasurable) as missing:
                verification.fnmr_at_fmr(case.scores, Fraction(row["target"]))
            assert missing.value.code == "not_measurable"
            continue
        point = verification.fnmr_at_fmr(case.scores, Fraction(row["target"]))
        assert point.allowed == row["allowed"]
        assert case.same(point.threshold, row["threshold"])
        assert fraction(point.fmr) == Fraction(row["fmr"])
        assert fraction(point.fnmr) == Fraction(row["fnmr"])


def test_fnmr_at_fmr_as_a_measurement(case: Case) -> None:
    for row in case.answer.get("fnmr_at_fmr", []):
        found = case.measured(f"FNMR@FMR={row['target']}")
        if row["status"] == "not_measurable":
            assert found.value is None
            assert "not_measurable" in found.labels
            continue
        assert found.counts is not None
        assert found.at is not None
        assert fraction(found.counts) == Fraction(row["fnmr"])
        assert found.value == pytest.approx(float(Fraction(row["fnmr"])), abs=1e-15)
        assert fraction(found.at) == Fraction(row["fmr"])
        assert found.threshold is not None
        assert case.same(found.threshold, row["threshold"])


def test_zero_fmr_and_zero_fnmr(case: Case) -> None:
    without_false_match, without_rejection = verification.zero_fmr(case.scores), verification.zero_fnmr(case.scores)
    expected = case.answer["zero_fmr"], case.answer["zero_fnmr"]
    assert case.same(without_false_match.threshold, expected[0]["threshold"])
    assert fraction(without_false_match.fnmr) == Fraction(expected[0]["fnmr"])
    assert case.same(without_rejection.threshold, expected[1]["threshold"])
    assert fraction(without_rejection.fmr) == Fraction(expected[1]["fmr"])


def test_eer(case: Case) -> None:
    found, expected = equal_error.eer(case.scores), case.answer["eer"]
    assert (found.low, found.high, found.mean) == tuple(Fraction(expected[key]) for key in ("low", "high", "mean"))
    assert case.same(found.threshold, expected["threshold"])


def test_rocch_eer(case: Case) -> None:
    assert equal_error.rocch_eer(case.scores) == Fraction(case.answer["rocch_eer"])


def test_auc(case: Case) -> None:
    assert discrimination.auc(case.scores) == Fraction(case.answer["auc"])


@pytest.mark.parametrize(("prior", "key"), [("1/2", "min_dcf_half"), ("1/100", "min_dcf_1_100")])
def test_min_dcf(case: Case, prior: str, key: str) -> None:
    assert discrimination.min_dcf(case.scores, Fraction(prior))[0] == Fraction(case.answer[key])


@pytest.mark.parametrize("refused", REFUSED, ids=[case["id"] for case in REFUSED])
def test_refusals_carry_their_code(refused: dict[str, Any]) -> None:
    code = refused["answer"]["error"]
    if code == "nan_score":
        with pytest.raises(DataError) as mistake:
            Case(refused)
        assert mistake.value.code == code
    elif code == "bad_target":
        with pytest.raises(UsageError) as usage:
            resolve(f"FNMR@FMR={refused['ask']['fnmr_at_fmr'][0]}")
        assert usage.value.code == code
    else:
        found = Case(refused).measured("EER")
        assert found.value is None
        assert found.details["code"] == code


def test_every_case_is_accounted_for() -> None:
    assert len(CASES) == 43
    assert len(ANSWERED) == 28
    assert [case["answer"]["error"] for case in REFUSED] == [
        "empty_mated", "empty_nonmated", "nan_score", "bad_target", "bad_target"
    ]  # fmt: skip
    assert Counter(case["kind"] for case in CASES if case["kind"] != "verification") == LATER_KINDS


def test_every_answer_is_checked_or_counted_as_left_for_later() -> None:
    keys = Counter(key for case in ANSWERED for key in case["answer"])
    assert {key: count for key, count in keys.items() if key not in CHECKED} == LATER_ANSWERS
