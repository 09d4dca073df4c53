"""Rehearsals: verdicts, margins, ties, failures both ways, and the probability of passing again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fr_bench.certification.forecast import Asked, of_bound, upper_bound
from fr_bench.certification.reading import profile, read
from fr_bench.certification.rehearsal import rehearse
from fr_bench.certification.running import Evidence, mapped
from fr_bench.certification.trials import Trials, trials_of
from fr_bench.errors import UsageError
from fr_bench.findings import Interval, Measurement, Proportion
from fr_bench.records import Party, Scores, ScoreSet
from tests.certification import made_up

KISA = profile("kisa-style-face")


def word(found: object, category: str) -> object:
    return next(one for one in found.judged if one.category == category).word  # type: ignore[attr-defined]


def test_people_without_errors_meet_every_limit_and_the_forecast_is_two_ends() -> None:
    found = rehearse(KISA, made_up.evidence(KISA, 30))
    assert [one.word for one in found.judged] == ["pass"] * 4
    assert found.exit_code == 0
    forecast = found.judged[0].forecast
    assert forecast.share is None
    assert forecast.high == 1.0
    # Under the upper limit of trials without an error none may err again: about (1 - limit)^n = 5 %.
    assert forecast.low is not None
    assert 0.02 < forecast.low < 0.06


def test_the_category_with_errors_fails_and_is_the_weakest() -> None:
    found = rehearse(KISA, made_up.evidence(KISA, 30, wrong=12))
    assert word(found, "lighting") == "fail"
    assert word(found, "pose") == "pass"
    assert found.exit_code == 1
    assert found.weak is not None
    assert found.weak.category == "lighting"


def test_trials_are_the_full_cross_of_a_category() -> None:
    trials = made_up.evidence(KISA, 25, probes=2).trials["pose"]
    assert (trials.scores.mated_planned, trials.scores.nonmated_planned) == (50, 25 * 50 - 50)
    assert trials.subjects == 25


def test_fewer_than_twenty_subjects_get_no_verdict() -> None:
    found = rehearse(KISA, made_up.evidence(KISA, 19, wrong=9))
    assert {one.word for one in found.judged} == {"inconclusive"}
    assert found.exit_code == 5


def test_failed_trials_stay_in_the_count_and_are_reckoned_as_non_matches() -> None:
    found = rehearse(KISA, made_up.evidence(KISA, 30, failed=("000/01", "001/01", "002/01")))
    one = next(one for one in found.judged if one.category == "lighting")
    trials = found.evidence.trials["lighting"].scores
    assert (trials.mated_failed, trials.mated_planned) == (3, 30)
    assert one.word == "pass"
    assert one.counted is not None
    assert one.counted.details["fractions"]["fnmr"][1] == 30
    assert one.counted_word == "fail"


def test_a_value_on_the_limit_prints_both_readings() -> None:
    text = (
        '[scheme]\ntitle = {en = "A", ko = "B"}\ncertainty = "[R]"\nverdict = "rehearsal"\n'
        '[[limit]]\nmeasure = "FNMR@threshold=0.5"\nat_most = 0.1\njudge = "point"\ncertainty = "[R]"\n'
    )
    tied = rehearse(read(text), whole(30, 3)).judged[0]
    assert (tied.word, tied.tied) == ("pass", "fail")
    strict = rehearse(read(text + "strict = true\n"), whole(30, 3)).judged[0]
    assert (strict.word, strict.tied) == ("fail", None)
    assert tied.margin == 0


def whole(people: int, wrong: int) -> Evidence:
    """One mated trial of each person, `wrong` of them rejected at 0.5; every nonmated one is."""
    names = tuple(f"P{k:03d}" for k in range(people))
    party = Party(ids=names, subjects=names)
    codes = np.arange(people, dtype=np.int32)
    first, second = (side.astype(np.int32) for side in np.where(~np.eye(people, dtype=bool)))
    values = np.where(codes < wrong, 0.1, 0.9)
    scores = ScoreSet(
        mated=Scores(values=values, probe=codes, reference=codes.copy()),
        nonmated=Scores(values=np.full(len(first), 0.2), probe=first, reference=second),
        mated_planned=people,
        nonmated_planned=len(first),
        probes=Party(ids=tuple(f"{name}/p" for name in names), subjects=names),
        references=party,
    )
    trials = Trials(name="", scores=scores, subjects=people)
    return Evidence(side=made_up.side(scores), trials={"": trials}, source="run")


def test_five_of_174_is_the_published_example_of_the_two_sided_bound() -> None:
    found = rehearse(profile("bio-itc-2.0"), whole(174, 5), {"threshold": 0.5})
    fnmr = next(one for one in found.judged if one.found.measure.startswith("FNMR"))
    assert fnmr.found.interval is not None
    assert fnmr.found.interval.high == pytest.approx(0.0450, abs=5e-5)
    assert fnmr.word == "pass"
    seven = rehearse(profile("bio-itc-2.0"), whole(174, 8), {"threshold": 0.5})
    assert next(one for one in seven.judged if one.found.measure.startswith("FNMR")).word == "inconclusive"


def test_no_false_match_is_judged_by_a_bound_above_zero() -> None:
    found = rehearse(profile("bio-itc-2.0"), whole(174, 5), {"threshold": 0.5})
    fmr = next(one for one in found.judged if one.found.measure.startswith("FMR"))
    assert fmr.found.interval is not None
    assert fmr.found.interval.high > 0


def test_a_parameter_that_is_missing_is_asked_for() -> None:
    found = rehearse(profile("tta-vv-like"), whole(30, 1))
    assert found.judged[0].absent == ("far", "frr")
    assert found.exit_code == 5
    with pytest.raises(UsageError, match="did you mean"):
        rehearse(profile("tta-vv-like"), whole(30, 1), {"fra": 0.1})


def test_remembered_limits_give_no_verdict() -> None:
    found = rehearse(profile("fido-biometric-like"), whole(30, 1), {"threshold": 0.5})
    assert {one.word for one in found.judged} == {None}
    assert found.exit_code == 0


def test_the_same_run_gives_the_same_forecast() -> None:
    first, second = (rehearse(KISA, made_up.evidence(KISA, 25, wrong=3)) for _ in range(2))
    assert first.together == second.together


def test_the_forecast_of_a_bound_counts_what_still_passes() -> None:
    found = Measurement(
        measure="FNMR@threshold=0.5", version=1, unit="proportion", better="lower", value=0.02,
        counts=Proportion(2, 100), interval=Interval(0.001, 0.06, 0.9, "subject-exact", "subject"),
        details={"precision": {"effective": 100}},
    )  # fmt: skip
    certain = of_bound(Asked(scores=whole(30, 1).trials[""].scores, found=found, limit=0.5), 0.95)
    never = of_bound(Asked(scores=whole(30, 1).trials[""].scores, found=found, limit=0.001), 0.95)
    assert certain.share == pytest.approx(1.0)
    assert never.share == 0.0


def test_an_eer_without_a_rejected_trial_has_a_bound_from_its_subjects() -> None:
    found = Measurement(
        measure="EER", version=1, unit="proportion", better="lower", value=0.005, subjects=30,
        interval=Interval(0.004, 0.008, 0.9, "logit-t", "subject"),
        details={"fractions": {"fmr": [9, 870], "fnmr": [0, 30]}},
    )  # fmt: skip
    assert upper_bound(found) == pytest.approx(1 - 0.05 ** (1 / 30))


def test_other_names_of_conditions_are_mapped() -> None:
    moved = mapped(KISA, {"pose": {"angle": ("30",)}})
    assert moved.category("pose").where == {"angle": ("30",)}
    assert moved.category("pose").condition == "angle"
    with pytest.raises(UsageError, match="pose"):
        mapped(KISA, {"poes": {"angle": ("30",)}})


def test_scores_that_lack_trials_are_refused() -> None:
    data = made_up.dataset(20)
    found = made_up.scores(data)
    short = dataclasses.replace(
        found, mated=Scores(values=found.mated.values[:5], probe=found.mated.probe[:5],
                            reference=found.mated.reference[:5]), mated_failed=found.mated_planned - 5,
    )  # fmt: skip
    with pytest.raises(UsageError) as told:
        trials_of(KISA.category("pose"), KISA, data, short, ())
    assert told.value.code == "plan_lacks_trials"


def test_every_category_needs_its_attribute() -> None:
    data = dataclasses.replace(made_up.dataset(20), attributes={})
    with pytest.raises(UsageError, match="--map enrolment="):
        trials_of(KISA.category("pose"), KISA, data, made_up.scores(made_up.dataset(20)), ())


def test_where_nobody_errs_no_category_is_called_the_weakest() -> None:
    assert rehearse(KISA, made_up.evidence(KISA, 25)).weak is None


@pytest.mark.parametrize(
    ("limit", "told"), [(5.0, "did you mean 0.05"), (-0.1, "at least 0"), (1.0, "did you mean 0.01")]
)
def test_a_limit_that_every_rate_meets_or_none_is_refused(limit: float, told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        rehearse(profile("tta-vv-like"), whole(30, 1), {"far": 0.01, "frr": limit})
    assert refused.value.code == "bad_option"


def test_a_gallery_of_nobody_is_refused() -> None:
    with pytest.raises(UsageError, match="one identity or more"):
        rehearse(profile("nist-800-63a-4"), whole(30, 1), {"operational_gallery": 0.0})
