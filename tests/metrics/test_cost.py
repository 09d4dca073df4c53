"""What templates and comparisons cost: measured values, never interpolated, and never among what a run repeats."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.findings import Measurement
from fr_bench.measuring import measure
from fr_bench.metrics.cost import quantile
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.records import Scores, ScoreSet, TemplateCost

EMPTY = Scores(values=np.zeros(0))
NO_SCORES = ScoreSet(mated=EMPTY, nonmated=EMPTY, mated_planned=0, nonmated_planned=0)
TWENTY = TemplateCost(
    template_bytes=2048, template_seconds=np.arange(20, 0, -1) / 10, comparison_seconds=np.full(2, 1e-8)
)


def found(text: str, cost: TemplateCost | None = TWENTY) -> Measurement:
    return measure(NO_SCORES, [text], cost=cost)[0]


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert found("template-time@quantile=0.5").value == 1.0
    assert found("template-time@quantile=0.95").value == 1.9
    assert found("comparison-time@quantile=0.5").value == 1e-8


def test_bytes_and_counts_are_told() -> None:
    assert found("template-bytes").value == 2048
    assert found("template-time@quantile=0.5").details["timed"] == 20


@pytest.mark.parametrize(
    ("text", "cost", "code"),
    [
        ("template-time@quantile=0.99", TWENTY, "too_few_timed"),
        ("template-time@quantile=0.5", None, "no_cost"),
        ("template-bytes", None, "no_cost"),
        (
            "template-time@quantile=0.5",
            TemplateCost(template_bytes=8, template_seconds=np.zeros(0), comparison_seconds=np.zeros(0)),
            "not_timed",
        ),
        ("template-time@quantile=0.5", replace(TWENTY, told_beside=True), "told_beside"),
        ("comparison-time@quantile=0.5", replace(TWENTY, told_beside=True), "told_beside"),
    ],
)
def test_what_was_not_timed_says_so(text: str, cost: TemplateCost | None, code: str) -> None:
    assert found(text, cost).details["code"] == code


@given(
    values=st.lists(st.floats(0, 10), min_size=1, max_size=30),
    share=st.fractions(Fraction(1, 20), Fraction(19, 20)),
)
def test_a_quantile_is_the_smallest_value_with_that_share_at_or_below(values: list[float], share: Fraction) -> None:
    if len(values) * (1 - share) < 1:
        with pytest.raises(NotMeasurable):
            quantile(np.array(values), share)
        return
    assert quantile(np.array(values), share) == min(
        v for v in values if Fraction(sum(w <= v for w in values), len(values)) >= share
    )


def test_a_run_tells_its_times_beside_its_figures_and_repeats_the_figures(tmp_path: Path) -> None:
    import fr_bench
    from fr_bench.gates import judge, read
    from fr_bench.judged_runs import judged_run

    small = {
        "dataset": {"card": "generated", "subjects": 4, "images": 3},
        "measures": {"report": ["template-bytes", "template-time@quantile=0.5"]},
        "run": {"cache": False},
        "report": {"draw": False},
    }
    first, second = (fr_bench.run(small, out=tmp_path / name) for name in ("a", "b"))
    assert first.measurements == second.measurements
    assert first.measurement("template-bytes").value == first.recognizer.dimension * 4 if first.recognizer else None
    assert first.measurement("template-time@quantile=0.5").details["code"] == "told_beside"
    assert "result.json holds it under timing.cost" in str(first.measurement("template-time@quantile=0.5").reason)
    cost = first.timing["cost"]
    assert cost["templates_timed"] == 12
    assert cost["template-time@quantile=0.5"] > 0
    assert cost["batches_of_comparisons_timed"] == 1
    assert cost["comparisons_timed"] == 54
    assert cost["comparison-time-mean"] > 0
    assert "1 batch of comparisons timed, too few" in cost["comparison-time-note"]
    gates = '[[limit]]\nmeasure = "template-time@quantile=0.5"\nat_most = {}\n'
    for limit, word in (("1e9", "pass"), ("1e-12", "fail")):
        (verdict,) = judge(judged_run(tmp_path / "a"), read(gates.format(limit))).verdicts
        assert (verdict.word, verdict.finding.judged_on) == (word, "point")
    assert "template_seconds" not in first.timing
