"""What a requirement says, and what is refused with a hint."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fr_bench.errors import UsageError
from fr_bench.planning import Requirement


@pytest.mark.parametrize(
    ("text", "quantity", "kind", "value", "relative", "target"),
    [
        ("FMR<=1e-4", "FMR", "at_most", Fraction(1, 10000), False, None),
        ("FMR ≤ 0.01%", "FMR", "at_most", Fraction(1, 10000), False, None),
        ("FNMR<=1/400", "FNMR", "at_most", Fraction(1, 400), False, None),
        ("FNMR@FMR=1e-3<=2%", "FNMR", "at_most", Fraction(1, 50), False, ("FMR", Fraction(1, 1000))),
        ("FMR1000<=0.02", "FNMR", "at_most", Fraction(1, 50), False, ("FMR", Fraction(1, 1000))),
        ("FNIR@FPIR=1e-2,rank=1<=0.05", "FNIR", "at_most", Fraction(1, 20), False, ("FPIR", Fraction(1, 100))),
        ("FMR@threshold=0.35<=1e-3", "FMR", "at_most", Fraction(1, 1000), False, None),
        ("FMR+-30%", "FMR", "half_width", Fraction(3, 10), True, None),
        ("FNMR+/-0.002", "FNMR", "half_width", Fraction(1, 500), False, None),
        ("FNMR±0.002", "FNMR", "half_width", Fraction(1, 500), False, None),
        ("FNMR difference 0.005", "FNMR", "difference", Fraction(1, 200), False, None),
        ("APCER<=5%", "APCER", "at_most", Fraction(1, 20), False, None),
    ],
)
def test_a_requirement_is_read_exactly(
    text: str, quantity: str, kind: str, value: Fraction, relative: bool, target: tuple[str, Fraction] | None
) -> None:
    found = Requirement.parse(text)
    assert (found.quantity.name, found.kind, found.value, found.relative, found.target) == (
        quantity, kind, value, relative, target,
    )  # fmt: skip


@pytest.mark.parametrize("text", ["FMR<=1e-4", "FNMR@FMR=1e-3<=2%", "FMR+-30%", "FNMR difference 0.005"])
def test_the_text_of_a_requirement_parses_back(text: str) -> None:
    found = Requirement.parse(text)
    assert found.text == text
    assert Requirement.parse(found.text) == found


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("FMR", "bad_requirement", "says no limit"),
        ("", "bad_requirement", "says no limit"),
        ("<=1e-4", "bad_requirement", "names no measure"),
        ("FMR<1e-4", "bad_requirement", "did you mean 'FMR<=1e-4'"),
        ("FMR>=1e-4", "bad_requirement", "never that it is high"),
        ("FMRR<=1e-4", "unknown_measure", "did you mean 'FMR'"),
        ("fnmr<=1e-4", "unknown_measure", "did you mean 'FNMR'"),
        ("EER<=1%", "unknown_measure", "plan for FNMR@FMR=1e-3"),
        ("EER>1%", "unknown_measure", "plan for FNMR@FMR=1e-3"),
        ("TPIR@rank=1>=99%", "unknown_measure", "FNIR<=1%"),
        ("FNMR@FRM=1e-3<=1%", "unknown_parameter", "did you mean 'FMR'"),
        ("FNMR@FMR=2<=1%", "bad_limit", "FMR=2"),
        ("FMR<=0", "bad_limit", "between 0 and 1"),
        ("FMR<=1", "bad_limit", "between 0 and 1"),
        ("FMR<=0,01", "bad_limit", "no rate such as"),
        ("FMR<=nan", "bad_limit", "no rate such as"),
        ("FMR<=1e-99999", "bad_limit", "no rate such as"),
        ("FMR<=1/0", "bad_limit", "no rate such as"),
        ("FMR@<=1e-4", "bad_measure", "FMR@"),
    ],
)
def test_a_requirement_that_is_none_is_refused_with_a_hint(text: str, code: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        Requirement.parse(text)
    assert refused.value.code == code
    assert words in refused.value.message


def test_control_characters_of_a_requirement_are_escaped() -> None:
    with pytest.raises(UsageError) as refused:
        Requirement.parse("\x1b[31mFMR<=1e-4")
    assert "\x1b" not in refused.value.message
