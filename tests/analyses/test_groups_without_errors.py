"""Summaries of groups where nobody errs: what is known is a bound, and it is told."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.findings import Measurement, Result
from fr_bench.pipeline import evaluate
from fr_bench.records import Party, Scores, ScoreSet

PEOPLE = 44
IDS = tuple(f"s{k:02}" for k in range(PEOPLE))
SEX = {"sex": {name: "fm"[k % 2] for k, name in enumerate(IDS)}}
NONE = "FMR-max-min-difference@threshold=2.0,by=sex"
SOME = "FMR-max-min-difference@threshold=0.985,by=sex"
RATIO = "GARBE@threshold=2.0,by=sex"


@pytest.fixture(scope="module")
def result() -> Result:
    rng, party = np.random.default_rng(4), Party(ids=IDS, subjects=IDS)
    first, second = (side.astype(np.int32) for side in np.triu_indices(PEOPLE, 1))
    alike = np.where(first % 2 == second % 2, 0.99 * rng.random(len(first)), 0.5)
    # Of the odd ones nobody is alike, so that one group errs and the other does not.
    values = np.where(first % 2 == 1, 0.5 * alike, alike)
    values[np.flatnonzero((first == 0) & (second == 2))] = 1.0
    who = np.arange(PEOPLE, dtype=np.int32)
    scores = ScoreSet(
        mated=Scores(values=np.linspace(0.4, 1.0, PEOPLE), probe=who, reference=who.copy()),
        nonmated=Scores(values=values, probe=first, reference=second),
        mated_planned=PEOPLE, nonmated_planned=len(first), probes=party, references=party,
    )  # fmt: skip
    return evaluate(scores, measures=[NONE, SOME, RATIO], attributes=SEX, draws=20)


def found(result: Result, text: str) -> Measurement:
    return result.measurement(text)


def test_no_error_in_any_group_is_told_as_none_and_not_as_few(result: Result) -> None:
    none = found(result, NONE)
    assert none.value == 0
    assert "no_errors" in none.labels
    assert "few_errors" not in none.labels


def test_a_group_without_errors_beside_one_with_some_has_few(result: Result) -> None:
    some = found(result, SOME)
    assert some.value
    assert "few_errors" in some.labels
    assert "no_errors" not in some.labels


def test_a_ratio_of_zeros_tells_the_upper_bound_of_each_group(result: Result) -> None:
    ratio = found(result, RATIO)
    assert (ratio.value, ratio.details["code"]) == (None, "no_errors")
    assert "a ratio of zeros is undefined; upper bounds: FMR of f 0.0" in str(ratio.reason)
    assert ", FMR of m 0.0" in str(ratio.reason)
