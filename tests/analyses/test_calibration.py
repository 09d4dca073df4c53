"""Thresholds of other data, thresholds to deploy, and calibration, from scores to what a report shows."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fr_bench.analyses import Calibration
from fr_bench.errors import UsageError
from fr_bench.findings import Analysis, Result
from fr_bench.metrics.parts import with_values
from fr_bench.metrics.scores import SortedScores
from fr_bench.metrics.verification import fnmr_at_fmr
from fr_bench.pipeline import evaluate, from_arrays
from fr_bench.reports import render, result_file, threshold_card
from fr_bench.reports.wording import wording
from tests.two_parts import people_scores

SCORES, DEVELOPMENT = people_scores(seed=1), people_scores(seed=2, prefix="d")
MEASURES = ("EER", "FNMR@FMR=1e-2", "FNMR@FMR=1e-5")


def only(result: Result, kind: str) -> Analysis:
    return next(analysis for analysis in result.analyses if analysis.kind == kind)


@pytest.fixture(scope="module")
def transferred() -> Result:
    return evaluate(SCORES, measures=MEASURES, development=DEVELOPMENT, draws=100)


@pytest.fixture(scope="module")
def calibrated() -> Result:
    wide = with_values(SCORES, 7 * SCORES.mated.values, 7 * SCORES.nonmated.values)
    return evaluate(wide, measures=MEASURES, calibration=Calibration(), draws=100)


def test_transferred_threshold_is_that_of_the_development_set(transferred: Result) -> None:
    found = only(transferred, "transfer")
    rows = {row[0]: dict(zip(found.tables[0].columns, row, strict=True)) for row in found.tables[0].rows}
    expected = fnmr_at_fmr(SortedScores.of(DEVELOPMENT), Fraction(1, 100)).threshold
    row = rows["FMR=1e-2"]
    assert row["threshold"] == expected
    counted = SortedScores.of(SCORES).false_matches(expected)
    assert (row["fmr_errors"], row["fmr_trials"]) == (counted.errors, counted.trials)
    assert rows["FMR=1e-5"]["threshold"] is None
    assert "needs 100 000" in str(rows["FMR=1e-5"]["reason"])


def test_attained_rates_have_intervals_by_subject_at_a_threshold_fixed_beforehand(transferred: Result) -> None:
    found = [one for one in only(transferred, "transfer").measurements if one.measure.startswith("FMR@")]
    assert found
    assert all(one.interval and one.interval.method == "subject-exact" for one in found)
    assert not any("threshold_taken_as_fixed" in one.labels for one in found)


def test_development_set_of_the_same_people_is_warned_of(transferred: Result) -> None:
    assert [note.code for note in only(transferred, "transfer").notes] == ["development"]
    again = evaluate(SCORES, measures=["EER"], development=SCORES, draws=20)
    notes = only(again, "transfer").notes
    assert (notes[0].level, notes[0].code) == ("warning", "development_shares_subjects")
    assert notes[0] in again.notes


def test_threshold_limits_surround_the_threshold_and_read_back_exactly(transferred: Result) -> None:
    point = only(transferred, "thresholds").facts["points"][0]
    assert float(point["threshold_low"]) <= float(point["threshold"]) <= float(point["threshold_high"])
    assert float.fromhex(point["threshold_hex"]) == float(point["threshold"])
    assert SortedScores.of(SCORES).false_matches(float(point["threshold"])).errors == point["fmr"][0]
    assert "threshold_from_same_data" in point["labels"]


def test_card_is_strict_json_with_whom_it_was_measured_on_and_what_it_lacks(transferred: Result) -> None:
    card = json.loads(threshold_card.written(transferred), parse_constant=lambda text: pytest.fail(text))
    assert card["schema"] == "fr-bench-threshold-card/1"
    assert [point["target"] for point in card["thresholds"]] == ["1e-2"]
    assert [lost["measure"] for lost in card["not_given"]] == ["FNMR@FMR=1e-5"]
    assert (card["population"]["mated"], card["population"]["nonmated"]) == (180, 1770)
    codes = [warning["code"] for warning in card["warnings"]]
    assert codes[:2] == ["recognizer_unknown", "threshold_from_same_data"]


def test_card_of_a_result_read_back_is_the_same(transferred: Result) -> None:
    again = result_file.loads(result_file.write(transferred))
    assert threshold_card.written(again) == threshold_card.written(transferred)


def test_card_of_distances_says_how_a_distance_is_held_against_its_thresholds() -> None:
    distances = replace(with_values(SCORES, SCORES.mated.values - 99, SCORES.nonmated.values - 99), distances=True)
    card = threshold_card.threshold_card(evaluate(distances, measures=["FNMR@FMR=1e-2"], draws=20))
    assert card["rule"].endswith("accept if distance <= -threshold")
    assert float(card["thresholds"][0]["threshold"]) < 0


def test_result_without_a_threshold_gives_no_card() -> None:
    with pytest.raises(UsageError, match="measure FNMR@FMR=1e-3") as mistake:
        threshold_card.threshold_card(evaluate(SCORES, measures=["EER"], draws=20))
    assert mistake.value.code == "no_thresholds"


def test_scores_without_subjects_get_a_threshold_and_no_limits() -> None:
    result = evaluate(from_arrays(SCORES.mated.values, SCORES.nonmated.values), measures=["FNMR@FMR=1e-2"], draws=20)
    point = only(result, "thresholds").facts["points"][0]
    assert (point["fmr_interval"], point["threshold_low"]) == (None, None)
    assert "no_interval" in [warning["code"] for warning in threshold_card.threshold_card(result)["warnings"]]


def test_calibration_undoes_the_scale_of_the_scores(calibrated: Result) -> None:
    found = only(calibrated, "calibration")  # llr = 3 s - 4.5 before the scores were multiplied by 7
    assert found.facts["slope"] == pytest.approx(3 / 7, rel=0.35)
    assert found.facts["train_subjects"] + found.facts["test_subjects"] == 60
    assert found.facts["calibration_loss"] < 0.1


def test_calibrated_scores_are_judged_on_other_people_with_intervals(calibrated: Result) -> None:
    found = {one.measure: one for one in only(calibrated, "calibration").measurements}
    cost, least = found["Cllr"], found["minCllr"]
    assert cost.value is not None
    assert least.value is not None
    assert cost.interval is not None
    assert least.value <= cost.value
    assert cost.interval.low <= cost.value <= cost.interval.high


def test_measures_of_likelihood_ratios_are_answered_by_the_calibrated_scores() -> None:
    result = evaluate(SCORES, measures=["EER", "Cllr"], calibration=Calibration(), draws=100)
    judged = {one.measure: one for one in only(result, "calibration").measurements}
    assert result.measurement("Cllr") == judged["Cllr"]
    assert [note.code for note in result.notes] == ["calibrated", "calibrated_figures"]
    assert result.measurement("EER") == evaluate(SCORES, measures=["EER", "Cllr"], draws=100).measurement("EER")


def test_a_calibration_that_cannot_be_learnt_is_why_there_is_no_cllr() -> None:
    nameless = from_arrays(SCORES.mated.values, SCORES.nonmated.values)
    result = evaluate(nameless, measures=["Cllr"], calibration=Calibration(), draws=20)
    assert result.measurement("Cllr").reason == "the scores name no subjects, so no part with other people can be made"
    assert result.notes[0].code == "no_subjects"


def test_declared_likelihood_ratios_stay_judged_as_they_are_beside_a_calibration() -> None:
    declared = evaluate(SCORES, measures=["Cllr"], likelihoods=True, draws=20)
    both = evaluate(SCORES, measures=["Cllr"], likelihoods=True, calibration=Calibration(), draws=20)
    assert both.measurement("Cllr") == declared.measurement("Cllr")


def test_tippett_shares_fall_from_all_to_none(calibrated: Result) -> None:
    for series in only(calibrated, "calibration").series:
        if series.name.startswith("tippett"):
            shares = [share for share in series.y if share is not None]
            assert shares == sorted(shares, reverse=True)
    lowest = [series.y[0] for series in only(calibrated, "calibration").series if series.name.startswith("tippett")]
    assert lowest == [1.0, 1.0]


def test_reliability_of_true_likelihood_ratios_lies_on_the_diagonal() -> None:
    scores = people_scores(150, gap=3.0, seed=9)
    told = with_values(scores, 3 * scores.mated.values - 4.5, 3 * scores.nonmated.values - 4.5)
    result = evaluate(told, measures=["Cllr"], likelihoods=True, draws=100)
    line = next(series for series in only(result, "calibration").series if series.name == "reliability")
    limits = zip(line.x, line.low, line.high, strict=True)
    held = [low <= x <= high for x, low, high in limits if low is not None and high is not None and abs(x) < 2]
    assert len(held) >= 3
    assert all(held)


def test_nobody_asked_and_nothing_is_calibrated() -> None:
    result = evaluate(SCORES, measures=["minCllr"], draws=20)
    assert "calibration" not in [analysis.kind for analysis in result.analyses]
    assert "minCllr is 0." in render.html(result)


def test_scores_that_cannot_be_calibrated_say_why() -> None:
    result = evaluate(from_arrays([1.0, 2.0], [0.0]), measures=["EER"], calibration=Calibration(), draws=20)
    found = only(result, "calibration")
    assert [note.code for note in found.notes] == ["no_subjects"]
    assert "No calibration" in render.html(result)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_page_shows_every_plot_and_speaks_the_language(calibrated: Result, transferred: Result, language: str) -> None:
    say = wording(language)
    both = replace(calibrated, analyses=(*calibrated.analyses, only(transferred, "transfer")))
    page = render.html(both, language=language)
    for title in ("calibration.title", "thresholds.title", "transfer.title"):
        assert say(title) in page
    for name in ("tippett", "losses", "reliability", "transfer"):
        assert f'id="{name}-' in page


def test_sections_have_the_same_keys_in_both_languages() -> None:
    english, korean = (set(wording(language).texts) for language in ("en", "ko"))
    mine = {key for key in english if key.split(".")[0] in ("calibration", "thresholds", "transfer", "fusion")}
    assert mine <= korean
    assert len(mine) > 60


def test_equal_input_gives_equal_bytes(transferred: Result) -> None:
    again = evaluate(SCORES, measures=MEASURES, development=DEVELOPMENT, draws=100)
    assert threshold_card.written(replace(again, environment=transferred.environment)) == threshold_card.written(
        transferred
    )
    assert again.analyses == transferred.analyses
    assert np.isfinite(again.measurements[0].value or 0)
