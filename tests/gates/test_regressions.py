"""Regressions: a run against a baseline, paired by subject; the same verdicts as a comparison of both runs' scores."""

from __future__ import annotations

import dataclasses
import itertools
import operator
from pathlib import Path

import numpy as np
import pytest

from fr_bench import gates
from fr_bench.comparing import Asked, Side, compare
from fr_bench.errors import UsageError
from fr_bench.findings import DatasetSummary, RecognizerSummary
from fr_bench.gates.judging import misfits
from fr_bench.intervals.differences import above_t
from fr_bench.intervals.swaps import by_chance
from tests.gates.making import MEASURES, run
from tests.two_runs import People

PAIRED = ("EER", "FNMR@FMR=0.05", "AUC", "FNMR@threshold=1.5", "FMR@threshold=1.5")


@pytest.fixture(scope="module")
def before() -> Side:
    return run(2)


@pytest.fixture(scope="module")
def after() -> Side:
    return run(3, separation=2.5, name="b")


@pytest.fixture(scope="module")
def baseline(before: Side) -> gates.Baseline:
    return gates.baseline_of(before)


def kept(path: Path, baseline: gates.Baseline) -> gates.Baseline:
    """The baseline as it comes back from its file."""
    path.write_bytes(gates.write_baseline(baseline))
    return gates.read_baseline(path)


def judged(made: Side, baseline: gates.Baseline, *measures: str, more: str = "") -> gates.Judgement:
    text = "".join(f'[[regression]]\nmeasure = "{measure}"\n{more}\n' for measure in measures)
    return gates.judge(made, gates.read(text), baseline)


@pytest.mark.parametrize("measure", PAIRED)
def test_the_paired_difference_is_that_of_comparing_the_scores_of_both_runs(
    before: Side, after: Side, baseline: gates.Baseline, measure: str, tmp_path: Path
) -> None:
    (verdict,) = judged(after, kept(tmp_path / "b.json", baseline), measure).verdicts
    (row,) = compare(before, after, Asked(measures=(measure,), level=0.9)).measurements
    found = verdict.finding.measurement
    assert found.value == pytest.approx(row.value, abs=1e-12)
    assert found.interval is not None
    assert row.interval is not None
    # Draws are kept as float32.
    assert (found.interval.low, found.interval.high) == pytest.approx((row.interval.low, row.interval.high), abs=1e-6)


@pytest.mark.parametrize("need", ["not shown worse", "not worse"])
def test_a_run_against_its_own_baseline_passes(
    before: Side, baseline: gates.Baseline, need: str, tmp_path: Path
) -> None:
    margin = "margin = 0.01\n" if need == "not worse" else ""
    found = judged(before, kept(tmp_path / "b.json", baseline), *MEASURES, more=f'{margin}need = "{need}"')
    assert [verdict.word for verdict in found.verdicts] == ["pass"] * len(MEASURES)
    assert found.exit_code == 0


def test_a_run_of_few_subjects_against_its_own_baseline_passes_too() -> None:
    few = run(people=People.of(6, 4))
    assert gates.judge(few, gates.gates_for(gates.baseline_of(few)), gates.baseline_of(few)).exit_code == 0


def test_a_worse_run_fails(baseline: gates.Baseline) -> None:
    worse = run(2, separation=1.0, name="b")
    found = judged(worse, baseline, "FNMR@threshold=1.5")
    assert found.exit_code == 1
    assert "worse than the baseline" in found.verdicts[0].finding.reason


def test_a_better_run_passes(baseline: gates.Baseline) -> None:
    assert judged(run(2, separation=4.5, name="b"), baseline, *PAIRED).exit_code == 0


def test_a_loss_within_the_margin_is_no_regression(baseline: gates.Baseline) -> None:
    worse = run(2, separation=1.0, name="b")
    assert judged(worse, baseline, "FNMR@threshold=1.5", more="margin = 0.9").verdicts[0].word == "pass"


def test_a_relative_margin_is_a_share_of_the_baseline(after: Side, baseline: gates.Baseline) -> None:
    (verdict,) = judged(after, baseline, "EER", more='relative_margin = "10%"').verdicts
    known = baseline.kept("EER")
    assert known is not None
    assert verdict.finding.measurement.details["margin"] == pytest.approx(0.1 * (known.measurement.value or 0))


def test_a_difference_within_what_machines_differ_by_decides_nothing(before: Side, baseline: gates.Baseline) -> None:
    known = baseline.kept("AUC")
    assert known is not None
    assert known.draws is not None
    assert known.measurement.value is not None
    nearly = dataclasses.replace(known.measurement, value=known.measurement.value + 1e-10)
    draws = known.draws + np.linspace(1e-7, 2e-7, len(known.draws), dtype=np.float32)
    moved = dataclasses.replace(baseline, measures=(dataclasses.replace(known, measurement=nearly, draws=draws),))
    assert judged(before, moved, "AUC").verdicts[0].word == "pass"


def test_a_margin_asks_for_proof_that_the_loss_is_smaller(baseline: gates.Baseline) -> None:
    other = run(3, name="b")
    assert judged(other, baseline, "FNMR@threshold=1.5").verdicts[0].word == "pass"
    assert judged(other, baseline, "FNMR@threshold=1.5", more="margin = 0.0005").verdicts[0].word == "inconclusive"
    assert judged(other, baseline, "FNMR@threshold=1.5", more="margin = 0.5").verdicts[0].word == "pass"


def test_not_worse_that_cannot_be_shown_is_inconclusive_and_says_what_would(baseline: gates.Baseline) -> None:
    other = run(3, name="b")
    (verdict,) = judged(other, baseline, "FNMR@threshold=1.5", more='need = "not worse"\nmargin = 0.0005').verdicts
    assert verdict.word == "inconclusive"
    assert verdict.more is not None
    assert "more subject" in str(verdict.finding.would_decide)


def test_what_is_not_shown_worse_says_what_could_have_been_missed(baseline: gates.Baseline) -> None:
    (verdict,) = judged(run(3, name="b"), baseline, "FNMR@threshold=1.5").verdicts
    assert verdict.word == "pass"
    assert "would have been found with 80 %" in verdict.finding.reason


def test_fewer_than_20_subjects_get_no_verdict() -> None:
    few = People.of(19, 4)
    baseline = gates.baseline_of(run(2, people=few))
    (verdict,) = judged(run(2, people=few, separation=0.5, name="b"), baseline, "FNMR@threshold=1.5").verdicts
    assert (verdict.word, verdict.more) == ("inconclusive", 1)


def test_three_more_errors_all_on_one_side_are_no_regression(before: Side) -> None:
    """They happen to equal systems once in eight times, whatever Student's t makes of them: for gates as for diff."""
    scores = before.scores
    values = scores.mated.values.copy()
    accepted = [k for k in range(0, len(values), 3) if values[k] >= 1.5][:3]
    values[accepted] = -9.0
    mated = dataclasses.replace(scores.mated, values=values)
    worse = dataclasses.replace(before, scores=dataclasses.replace(scores, mated=mated))
    (verdict,) = judged(
        worse, gates.baseline_of(before, measures=["FNMR@threshold=1.5"]), "FNMR@threshold=1.5"
    ).verdicts
    (row,) = compare(before, worse, Asked(measures=("FNMR@threshold=1.5",))).measurements
    assert row.value is not None
    assert above_t(row.value / row.details["standard_error"], (row.subjects or 0) - 1) < 0.05
    assert row.details["p_worse"] == 0.5**3 / 2
    assert (verdict.word, row.details["verdict"]) == ("pass", "inconclusive")


@pytest.mark.parametrize("changes", [[1, 1, 1], [2, -1, 1, 3, 0], [1] * 9 + [-1] * 4, [0, 0], []])
def test_chance_is_counted_over_all_swaps(changes: list[int]) -> None:
    sums = [sum(sign * abs(d) for sign, d in zip(signs, changes, strict=True))
            for signs in itertools.product((1, -1), repeat=len(changes))]  # fmt: skip
    more, alike = (sum(compared(s, sum(changes)) for s in sums) / len(sums) for compared in (operator.gt, operator.eq))
    assert by_chance(changes) == pytest.approx(more + alike / 2, abs=1e-12)


def test_the_family_is_adjusted_over_all_regressions_of_the_file(after: Side, baseline: gates.Baseline) -> None:
    found = judged(after, baseline, "FNMR@threshold=1.5", "EER")
    assert all("over 2 regressions (Holm)" in verdict.terms for verdict in found.verdicts)


def test_new_failures_are_found_and_what_they_unpair_stays_open(baseline: gates.Baseline) -> None:
    gone = run(2, failed=frozenset({f"s{k:03}" for k in range(0, 30, 3)}), name="b")
    found = {one.name.split()[0]: one for one in judged(gone, baseline, "FTA", "FNMR@threshold=1.5").verdicts}
    assert found["FTA"].word == "fail"
    assert found["FNMR@threshold=1.5"].missing
    assert "did not make the same comparisons" in found["FNMR@threshold=1.5"].finding.reason


def test_a_measure_that_the_baseline_does_not_hold_never_passes(before: Side) -> None:
    (verdict,) = judged(before, gates.baseline_of(before, measures=["EER"]), "AUC").verdicts
    assert verdict.missing
    assert "it holds EER" in verdict.finding.reason


def with_data(made: Side, digest: str) -> Side:
    data = made.result.dataset
    assert isinstance(data, DatasetSummary)
    return dataclasses.replace(
        made, result=dataclasses.replace(made.result, dataset=dataclasses.replace(data, digest=digest))
    )


def with_preprocessing(made: Side, **settings: object) -> Side:
    known = made.result.recognizer
    assert isinstance(known, RecognizerSummary)
    return dataclasses.replace(
        made, result=dataclasses.replace(made.result, recognizer=dataclasses.replace(known, preprocessing=settings))
    )


def with_plan(made: Side) -> Side:
    record = {**made.result.run, "comparison": {"plan": "all", "combine": "best"}}
    return dataclasses.replace(made, result=dataclasses.replace(made.result, run=record))


def test_a_baseline_that_does_not_fit_is_refused_with_all_that_differs(after: Side, baseline: gates.Baseline) -> None:
    other = with_plan(with_preprocessing(with_data(after, "e" * 64), colour="grey"))
    with pytest.raises(UsageError) as mistake:
        judged(other, baseline, "EER", more="alpha = 0.01")
    assert mistake.value.code == "baseline_mismatch"
    for part in (
        "data: dddd",
        "combine mean in the baseline, best in the run",
        "colour not said",
        "alpha: 0.05",
        "--allow alpha --allow data",
    ):
        assert part in mistake.value.message


def test_what_differs_may_be_forced_and_is_told_in_the_judgement(after: Side, baseline: gates.Baseline) -> None:
    other = with_preprocessing(after, colour="grey")
    rules = gates.read('[[regression]]\nmeasure = "EER"')
    with pytest.raises(UsageError):
        gates.judge(other, rules, baseline, allow=["data"])
    found = gates.judge(other, rules, baseline, allow=["preprocessing"])
    assert found.allowed == ("preprocessing: colour not said in the baseline, grey in the run",)


def test_another_version_of_a_definition_is_a_misfit(after: Side, baseline: gates.Baseline) -> None:
    old = tuple(
        dataclasses.replace(one, measurement=dataclasses.replace(one.measurement, version=99))
        for one in baseline.measures
    )
    rules = gates.read('[[regression]]\nmeasure = "EER"')
    assert [kind for kind, _ in misfits(after, rules, dataclasses.replace(baseline, measures=old))] == ["definition"]


def test_regressions_without_a_baseline_are_refused(after: Side) -> None:
    with pytest.raises(UsageError) as mistake:
        gates.judge(after, gates.read('[[regression]]\nmeasure = "EER"'))
    assert mistake.value.code == "no_baseline"


def test_the_recognizers_of_both_are_told(after: Side, baseline: gates.Baseline) -> None:
    (note,) = judged(after, baseline, "EER").notes
    assert "recognizer-a" in note
    assert "recognizer-b" in note
