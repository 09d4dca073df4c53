"""What is told beside a zero: which end the limit is, the one-sided and the sober limit, and the rule of 30."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from fr_bench.findings import Result
from fr_bench.pipeline import evaluate
from fr_bench.records import Party, Scores, ScoreSet
from fr_bench.reports import render, table

ASKED = ("FNMR@threshold=-9", "FNMR@threshold=99", "FMR@threshold=0.8")


@pytest.fixture(scope="module")
def result() -> Result:
    """40 subjects with 3 mated comparisons each, of equal score, and some nonmated ones."""
    rng, ids = np.random.default_rng(3), tuple(f"s{k:02}" for k in range(40))
    who = np.repeat(np.arange(40, dtype=np.int32), 3)
    first, second = (side.astype(np.int32) for side in np.triu_indices(40, 1))
    party = Party(ids=ids, subjects=ids)
    mated = Scores(values=np.full(120, 0.9), probe=who, reference=who.copy())
    nonmated = Scores(values=rng.uniform(0, 0.82, 780), probe=first, reference=second)
    scores = ScoreSet(
        mated=mated, nonmated=nonmated, mated_planned=120, nonmated_planned=780, probes=party, references=party
    )
    return evaluate(scores, measures=ASKED, draws=20)


def flat(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.mark.parametrize("form", [table.terminal, table.markdown])
def test_a_zero_says_which_end_it_is_and_both_other_limits(result: Result, form) -> None:
    told = flat(form(result))
    assert "<= 3.03 %" in told
    assert "the limit shown for them is an end of the two-sided interval (95 %)" in told
    assert "FNMR@threshold=-9 below 2.47 % at 95 %" in told
    assert "FNMR@threshold=-9 up to 8.81 %" in told
    assert "FNMR@threshold=99 down to 91.19 %" in told
    assert "Rule of 30 not met" in told


def test_korean_tells_the_same(result: Result) -> None:
    told = flat(table.terminal(result, language="ko"))
    assert "FNMR@threshold=-9 95 % 신뢰수준에서 2.47 % 미만" in told
    assert "FNMR@threshold=-9 8.81 %까지, FNMR@threshold=99 91.19 %부터" in told


def test_the_csv_has_a_column_for_each(result: Result) -> None:
    zero, all_wrong, few = csv.DictReader(io.StringIO(table.metrics_csv(result)))
    assert (round(float(zero["one_sided_upper"]), 4), round(float(zero["sober_limit"]), 4)) == (0.0247, 0.0881)
    assert (all_wrong["one_sided_upper"], round(float(all_wrong["sober_limit"]), 4)) == ("", 0.9119)
    assert 0 < float(few["independent_errors"]) < 30
    assert few["sober_limit"] == ""


def test_the_report_tells_both_below_the_interval(result: Result) -> None:
    page = flat(render.html(result))
    assert "one-sided: below 2.47 % at 95 %" in page
    assert "no common subject: up to 8.81 %" in page
