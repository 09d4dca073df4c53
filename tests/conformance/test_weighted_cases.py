"""The answers of both files about weighted subjects: mated comparisons weigh w_i, nonmated ones w_i w_j."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fr_bench.intervals.design import Listed
from fr_bench.intervals.draws import fmr_draws, fnmr_draws, weighed
from fr_bench.intervals.tails import Mated, Tail
from tests.conformance.reading import of_kind

CASES = [case for case in of_kind("verification") if "weighted" in case["answer"]]


def rates(case: dict[str, Any], weights: dict[str, Any], threshold: float) -> tuple[float | None, float | None]:
    """FNMR and FMR; a draw in which a class has no weight is not made, so it has neither."""
    names = sorted(weights)
    first, second = ([names.index(pair[side]) for pair in case["nonmated_subjects"]] for side in (0, 1))
    tail = Tail.of(case["nonmated"], first, second, Listed.of(first, second, subjects=len(names)))
    mated = Mated.of(case["mated"], [names.index(name) for name in case["mated_subject"]], people=len(names))
    column = np.array([[float(Fraction(weights[name]))] for name in names])
    try:
        drawn = weighed(tail, mated, column, draws=1, whole=False)
    except ValueError:
        return None, None
    return float(fnmr_draws(drawn, [threshold])[0, 0]), float(fmr_draws(drawn, [threshold])[0, 0])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_weighted_rates(case: dict[str, Any]) -> None:
    for answer in case["answer"]["weighted"]:
        expected = [None if answer[rate] is None else Fraction(answer[rate]) for rate in ("fnmr", "fmr")]
        if None in expected:
            assert rates(case, answer["weights"], answer["t"]) == (None, None)
        else:
            assert rates(case, answer["weights"], answer["t"]) == pytest.approx(expected, rel=1e-15)


def test_every_case_with_weights_is_answered() -> None:
    assert [case["id"] for case in CASES] == ["v30", "o35"]
