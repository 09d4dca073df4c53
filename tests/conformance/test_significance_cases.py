"""The exact cases of McNemar's test, of Holm's correction and of the sign-flip test."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest

from fr_bench.intervals.significance import holm, mcnemar, sign_flip
from tests.conformance.reading import of_kind


def cases(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in of_kind(kind)]


def exactly(value: float, answer: str) -> bool:
    return abs(value - float(Fraction(answer))) <= 1e-15


@pytest.mark.parametrize("case", cases("mcnemar"))
def test_mcnemar(case: dict[str, Any]) -> None:
    found = mcnemar(case["b"], case["c"])
    assert exactly(found.exact, case["answer"]["exact"])
    assert exactly(found.mid, case["answer"]["mid"])


@pytest.mark.parametrize("case", cases("holm"))
def test_holm(case: dict[str, Any]) -> None:
    found = holm([float(Fraction(p)) for p in case["p"]])
    assert all(itertools.starmap(exactly, zip(found, case["answer"]["adjusted"], strict=True)))


@pytest.mark.parametrize("case", cases("sign_flip"))
def test_sign_flip(case: dict[str, Any]) -> None:
    assert exactly(sign_flip(case["differences"]), case["answer"]["p"])
