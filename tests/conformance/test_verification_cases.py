"""The exact cases of both files: every answer that concerns a measure of one-to-one comparison, as an exact fraction.

What a case asks beyond that is counted below, by name, so that nothing is passed over in silence.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fr_bench.errors import DataError, UsageError
from fr_bench.known_measures import resolve
from fr_bench.metrics import discrimination, equal_error, verification
from fr_bench.metrics.scores import NotMeasurable
from tests.conformance.reading import CASES, GIVEN, Case, fraction, of_kind

VERIFICATION = of_kind("verification")
ANSWERED = [case for case in VERIFICATION if "error" not in case["answer"]]
REFUSED = [case for case in VERIFICATION if "error" in case["answer"]]

LATER_KINDS: dict[str, int] = {}
CHECKED_BY_KIND = {"verification", "mcnemar", "holm", "sign_flip", "groups", "identification", "pad"}
"""Kinds of which every case is checked: here, and in the test files beside this one that are named after them."""
CHECKED = {"fmr", "fnmr", "fnmr_at_fmr", "fmr_at_fnmr", "zero_fmr", "zero_fnmr", "eer", "rocch_eer", "auc",
           "min_dcf_half", "min_dcf_1_100", "min_dcf"}  # fmt: skip
CHECKED_BESIDE = {
    "fnmr_variance": "test_dependence_cases.py",
    "fmr_variance_dyadic": "test_dependence_cases.py",
    "fmr_variance_floor": "test_dependence_cases.py",
    "weighted": "test_weighted_cases.py",
    "dcf": "test_cost_and_calibration_cases.py",
    "cllr": "test_cost_and_calibration_cases.py",
    "min_cllr": "test_cost_and_calibration_cases.py",
}
"""Answers about dependence between comparisons, costs and calibration, by the test file that checks them."""
EQUAL_COSTS = ("1", "1")
BY_TARGET = {"FNMR@FMR": "fnmr_at_fmr", "FMR@FNMR": "fmr_at_fnmr"}


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


def test_fmr_at_fnmr(case: Case) -> None:
    for row in case.answer.get("fmr_at_fnmr", []):
        if row["status"] == "not_measurable":
            with pytest.raises(NotMeasurable):
                verification.fmr_at_fnmr(case.scores, Fraction(row["target"]))
            continue
        point = verification.fmr_at_fnmr(case.scores, Fraction(row["target"]))
        assert point.allowed == row["allowed"]
        assert case.same(point.threshold, row["threshold"])
        assert (fraction(point.fmr), fraction(point.fnmr)) == (Fraction(row["fmr"]), Fraction(row["fnmr"]))


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


def test_min_dcf_at_any_prior_is_attained_at_its_threshold(case: Case) -> None:
    for row in case.answer.get("min_dcf", []):
        if (row["cost_miss"], row["cost_fa"]) == EQUAL_COSTS:
            least, threshold = discrimination.min_dcf(case.scores, Fraction(row["prior"]))
            assert least == Fraction(row["value"])
            assert any(case.same(threshold, t) for t in row["attained_at"])


@pytest.mark.parametrize("refused", REFUSED, ids=[case["id"] for case in REFUSED])
def test_refusals_carry_their_code(refused: dict[str, Any]) -> None:
    code = refused["answer"]["error"]
    if code == "nan_score":
        with pytest.raises(DataError) as mistake:
            Case(refused)
        assert mistake.value.code == code
    elif code == "bad_target":
        with pytest.raises(UsageError) as usage:
            resolve(_with_bad_target(refused["ask"]))
        assert usage.value.code == code
    else:
        found = Case(refused).measured("EER")
        assert found.value is None
        assert found.details["code"] == code


def _with_bad_target(ask: dict[str, Any]) -> str:
    (name, target), *_ = [(name, ask[key][0]) for name, key in BY_TARGET.items() if ask.get(key)]
    return f"{name}={target}"


def test_every_case_is_accounted_for() -> None:
    assert (len(GIVEN), len(CASES)) == (43, 89)
    assert len(ANSWERED) == 59
    assert Counter(case["answer"]["error"] for case in REFUSED) == {
        "empty_mated": 1, "empty_nonmated": 1, "nan_score": 2, "bad_target": 5
    }  # fmt: skip
    assert Counter(case["kind"] for case in CASES if case["kind"] not in CHECKED_BY_KIND) == LATER_KINDS


def test_every_answer_is_checked_here_or_in_a_file_beside() -> None:
    keys = {key for case in ANSWERED for key in case["answer"]}
    assert keys - CHECKED == set(CHECKED_BESIDE)
    for key, name in CHECKED_BESIDE.items():
        assert f'"{key}"' in (Path(__file__).parent / name).read_text(encoding="utf-8")
