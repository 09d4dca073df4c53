"""What a headline proves: read from a sentence, counted exactly."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from fr_bench.claims import prove, read_claim
from fr_bench.errors import UsageError
from fr_bench.reports.claimed import sentences
from fr_bench.reports.wording import wording


def told(text: str, language: str = "en") -> list[str]:
    facts = dataclasses.asdict(prove(read_claim(text)))
    return sentences(facts, wording(language))


@pytest.mark.parametrize(
    ("text", "errors", "trials", "subjects"),
    [
        ("0 errors of 12,000", 0, 12000, None),
        ("3 false matches in 5000000 with 500 people", 3, 5_000_000, 500),
        ("accuracy 99.98 % of 5000", 1, 5000, None),
        ("11,998 of 12,000 correct", 2, 12000, None),
        ("12,000건 중 오류 0건, 300명", 0, 12000, 300),
        ("정확도 99.98 % (5,000건)", 1, 5000, None),
        ("recognition rate 100 %, error rate 0 %", None, None, None),
        ("FNMR 0 of 12000 (300 subjects)", 0, 12000, 300),
    ],
)
def test_counts_are_read_in_both_languages(
    text: str, errors: int | None, trials: int | None, subjects: int | None
) -> None:
    claim = read_claim(text)
    assert (claim.errors, claim.trials, claim.subjects) == (errors, trials, subjects)


def test_no_error_is_a_bound_and_never_a_hundred_per_cent() -> None:
    head = told("FNMR 0 of 12,000")[0]
    assert head == ("0 of 12,000: FNMR below 0.025 % with 95 % confidence (one-sided, assumes independent comparisons)")
    assert "100 %" not in " ".join(told("0 of 12,000"))


def test_limits_are_those_of_clopper_and_pearson() -> None:
    proof = prove(read_claim("30 errors of 1000"))
    assert proof.upper == pytest.approx(0.040472, abs=5e-7)
    assert proof.interval == pytest.approx((0.020330, 0.042551), abs=5e-7)
    assert proof.needed is None


def test_subjects_are_the_unit_where_they_are_named() -> None:
    assert prove(read_claim("FNMR 0 of 12000 (300 subjects)")).upper_by_unit == pytest.approx(1 - 0.05 ** (1 / 300))
    # A nonmated trial takes two persons.
    assert prove(read_claim("FMR 0 of 12000 (300 subjects)")).units == 150


def test_a_share_without_a_size_proves_nothing_and_says_what_is_missing() -> None:
    proof = prove(read_claim("인식률 100 %, 오류율 0 %"))
    assert proof.upper is None
    assert proof.missing[0] == "trials"
    assert told("인식률 100 %, 오류율 0 %", "ko")[0].startswith("시도 수가 없으면")


def test_counts_that_print_as_the_share_are_all_told() -> None:
    assert read_claim("accuracy 99.98 % of 100000").possible == (15, 25)


def test_a_rate_in_scientific_notation_is_a_share_and_no_count() -> None:
    assert read_claim("FMR 1e-4 of 20000").errors == 2
    assert read_claim("FNMR 2.5e-3 at an unnamed threshold").rate == Decimal("0.0025")
    with pytest.raises(UsageError, match="nearest are 0 and 1"):
        read_claim("FMR 1e-6 of 1000")


@pytest.mark.parametrize(
    "text", ["best in the world", "accuracy 99.98 % of 100", "5 of 3", "0 of 0", "accuracy 130 %", "x" * 600]
)
def test_what_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as told:
        read_claim(text)
    assert told.value.code == "bad_claim"


def test_every_sentence_has_both_languages() -> None:
    for text in ("EER 0.04 % of 5000", "0 of 12", "FMR 40 of 5000 (30 subjects)"):
        assert len(told(text)) == len(told(text, "ko"))
