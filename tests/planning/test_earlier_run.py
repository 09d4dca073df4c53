"""What an earlier run tells a plan, and what its own size could show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fr_bench.errors import UsageError
from fr_bench.findings import ComparisonSummary, Interval, Measurement, Proportion, Result
from fr_bench.planning import Aim, Assumed, capabilities, decide, plan
from fr_bench.planning.dependence import ByPair, BySubject
from fr_bench.planning.earlier_run import learnt, seen, seen_at

COMPARISONS = ComparisonSummary(
    plan="all", mated_planned=600, nonmated_planned=79600, mated_made=600, nonmated_made=79600, mated_failed=0,
    nonmated_failed=0, references=400, probes=400,
)  # fmt: skip


def measured(
    measure: str, errors: int, trials: int, precision: Mapping[str, Any] | None, subjects: int = 100
) -> Measurement:
    return Measurement(
        measure=measure, version=1, unit="proportion", better="lower", value=errors / trials,
        counts=Proportion(errors, trials), interval=Interval(0.0, 0.1, 0.95, "subject-exact", "subject"),
        subjects=subjects, details={} if precision is None else {"precision": dict(precision)},
    )  # fmt: skip


FNMR = measured("FNMR@FMR=1e-3", 30, 600, {"deff": 2.0, "effective": 290.0, "carry": 40.0, "borrowed": False})
FMR = measured("FMR@threshold=0.4", 80, 79200, {"deff": 5.0, "effective": 15000.0, "carry": 25.0, "borrowed": False})


def run(*measurements: Measurement) -> Result:
    return Result(
        name="pilot", run={}, dataset=None, recognizer=None, comparison=COMPARISONS, measurements=measurements
    )


def test_the_correlation_of_mated_comparisons_comes_from_design_effect_and_counts() -> None:
    row = seen(FNMR)
    assert row is not None
    found = learnt(row, 6, Assumed())
    assert isinstance(found, BySubject)
    assert found.correlation == pytest.approx((2 - 1) / (6 - 1))


def test_the_correlation_of_nonmated_comparisons_gives_the_design_effect_of_the_run_again() -> None:
    row = seen(FMR)
    assert row is not None
    found = learnt(row, row.each, Assumed())
    assert isinstance(found, ByPair)
    assert row.each == 16
    p = 80 / 79200
    assert float(found.trials(100) / found.effective(100, p)) == pytest.approx(5.0)
    # (5 - 1 - 15 b) / (2 * 98 * 16), b no more than accounts for half of 4
    assert found.pair == pytest.approx(2 / 15)
    assert found.relative * p == pytest.approx(2 / (2 * 98 * 16))


def test_a_borrowed_design_effect_belongs_to_the_rate_at_fifty_errors() -> None:
    told = {"deff": 3.0, "effective": 20000.0, "carry": 25.0, "borrowed": True}
    row = seen(measured("FMR@threshold=0.5", 2, 79200, told))
    assert row is not None
    assert row.rate == pytest.approx(50 / 79200)


def test_one_mated_comparison_a_subject_tells_no_correlation_and_the_default_stands_in() -> None:
    row = seen(measured("FNMR@threshold=0.4", 5, 100, {"deff": 1.01, "effective": 98.0}))
    assert row is not None
    assert learnt(row, 6, Assumed()) == BySubject(6, 0.2)


def test_a_plan_takes_the_dependence_of_the_run_and_says_so() -> None:
    found = plan("FNMR@FMR=1e-3<=5%", assumed=Assumed(samples=4), run=run(FNMR))
    assert found.learnt_from == "pilot"
    assert found.needed == plan("FNMR@FMR=1e-3<=5%", assumed=Assumed(samples=4, correlation=0.2)).needed
    assert any("pilot (FNMR@FMR=1e-3: design effect 2, 100 subjects)" in line for line in found.assumptions)


def test_the_uncertainty_of_the_threshold_is_in_the_design_effect_of_the_same_measure() -> None:
    told = [" ".join(plan(f"FNMR@FMR={x}<=5%", run=run(FNMR)).assumptions) for x in ("1e-3", "1e-2")]
    assert "its cost is part of the design effect" in told[0]
    assert "The threshold is taken as known" in told[1]


def test_what_is_stated_wins_over_the_run() -> None:
    stated = Assumed(samples=4, correlation=0.5)
    assert plan("FNMR<=5%", assumed=stated, run=run(FNMR)).needed == plan("FNMR<=5%", assumed=stated).needed


def test_the_rate_nearest_to_the_one_planned_for_is_taken() -> None:
    higher = measured("FMR@threshold=0.2", 8000, 79200, {"deff": 40.0, "effective": 1900.0, "carry": 60.0})
    found = plan("FMR<=3e-3", run=run(higher, FMR))
    assert any("FMR@threshold=0.4" in line for line in found.assumptions)


def test_a_half_width_is_planned_at_the_rate_of_the_run() -> None:
    assert plan("FNMR+-0.01", run=run(FNMR)).true == pytest.approx(0.05)


def test_the_target_of_another_rate_learns_from_the_run_too() -> None:
    learnt_too = plan("FNMR@FMR=1e-3<=5%", run=run(FNMR, FMR)).companion
    default = plan("FNMR@FMR=1e-3<=5%", run=run(FNMR)).companion
    assert learnt_too is not None
    assert default is not None
    assert learnt_too.size.subjects != default.size.subjects


def test_what_the_size_of_a_run_can_decide() -> None:
    found = decide("FMR<=1e-3", Aim(true=1e-4), run=run(FMR))
    assert (found.size.subjects, found.size.trials, found.size.samples) == (100, 79200, None)
    assert 0 < found.shows_none < 1e-3


def test_every_rate_of_a_run_has_its_smallest_limit() -> None:
    auc = replace(FNMR, measure="AUC", unit="area", value=0.9, counts=None)
    group = replace(FNMR, group={"sex": "f"})
    rows = capabilities(run(FNMR, auc, FMR, group))
    assert [row.measure for row in rows] == ["FNMR@FMR=1e-3", "FMR@threshold=0.4"]
    assert rows[0].smallest == pytest.approx(1 - 0.025 ** (1 / 290))
    assert rows[0].half_width == pytest.approx(0.05)


def test_half_the_half_width_takes_four_times_the_subjects_of_a_mated_rate() -> None:
    assert capabilities(run(FNMR))[0].subjects_to_halve == 400


def test_nonmated_comparisons_grow_faster_than_subjects() -> None:
    assert 200 < (capabilities(run(FMR))[0].subjects_to_halve or 0) < 400


def test_a_run_with_independent_trials_is_told_so_with_a_sober_limit() -> None:
    mated, nonmated = capabilities(run(replace(FNMR, details={}), replace(FMR, details={})))
    assert (mated.independent, mated.design_effect, mated.subjects_to_halve) == (True, None, None)
    assert mated.sober == pytest.approx(1 - 0.025 ** (1 / 100))
    assert nonmated.sober == pytest.approx(1 - 0.025 ** (1 / 50))


def test_samples_taken_as_independent_tell_no_design_effect() -> None:
    told = {"precision": {"deff": 1.0, "effective": 600.0}}
    (row,) = capabilities(run(replace(FNMR, labels=("assumes_independent_comparisons",), details=told)))
    assert row.independent


def test_a_run_without_the_rate_is_refused() -> None:
    with pytest.raises(UsageError, match="measured no FPIR") as refused:
        plan("FPIR<=1%", run=run(FNMR))
    assert refused.value.code == "not_in_run"


def test_a_run_that_took_trials_as_independent_tells_no_design_effect() -> None:
    with pytest.raises(UsageError, match="state --deff or --correlation"):
        plan("FNMR<=1%", run=run(replace(FNMR, details={})))


def test_a_run_without_subjects_has_nothing_to_show() -> None:
    with pytest.raises(UsageError, match="subject ids"):
        capabilities(run(replace(FNMR, subjects=None)))


@pytest.mark.parametrize("deff", ["2", None, True, -1.0, 0, float("inf")])
def test_a_design_effect_that_is_no_number_is_none(deff: object) -> None:
    row = seen(replace(FNMR, details={"precision": {"deff": deff, "effective": 100.0}}))
    assert row is not None
    assert row.design_effect is None


def test_a_design_effect_that_was_not_made_comes_from_the_effective_number() -> None:
    row = seen(replace(FNMR, details={"precision": {"effective": 290.0, "degrees": 99, "units": 100}}))
    assert row is not None
    # 600/290 (z/t)^2, t = 1.984217 with 99 degrees of freedom
    assert row.design_effect == pytest.approx(600 / 290 * (1.959964 / 1.984217) ** 2, rel=1e-6)


def test_the_rate_on_the_other_side_of_a_threshold_is_learnt_from_where_it_is_accounted_for() -> None:
    told = {**FNMR.details, "at_precision": {"deff": 5.0, "effective": 15000.0, "carry": 25.0, "units": 100}}
    both = replace(FNMR, at=Proportion(79, 79200), details=told)
    row = seen_at(both)
    assert row is not None
    assert (row.quantity.name, row.trials, row.design_effect) == ("FMR", 79200, 5.0)
    assert plan("FMR<=1e-3", run=run(both)).learnt_from == "pilot"
    assert seen_at(FNMR) is None
