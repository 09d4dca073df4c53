"""Limits of attacks and of searches, groups of people, and costs: judged, shown, or said to be left out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fr_bench.certification import costs, demographics, dossier
from fr_bench.certification.forecast import Forecast
from fr_bench.certification.reading import available, profile, read
from fr_bench.certification.rehearsal import Rehearsal, rehearse
from fr_bench.certification.running import Evidence
from fr_bench.certification.trials import Trials
from fr_bench.certification.verdicts import Verdicts
from fr_bench.certification.writing import as_json, between, limit_text, lines
from fr_bench.errors import UsageError
from fr_bench.findings import Analysis, Measurement, Proportion, RecognizerSummary, Result
from fr_bench.records import Presentations
from fr_bench.reports.document import Text
from fr_bench.reports.wording import wording
from tests.certification import made_up

PAD = profile("bio-itc-2.0")
BOTH = {"threshold": 0.5, "pad_threshold": 0.5}


def attacks(instruments: int, accepted: int) -> Presentations:
    """`instruments` prints, of which the first `accepted` pass detection and are matched; bona fide ones all pass."""
    high, low = np.full(instruments, 0.9), np.full(instruments, 0.1)
    passed = np.where(np.arange(instruments) < accepted, high, low)
    return Presentations(
        score=np.concatenate([passed, high]),
        species=("print",) * instruments + ("",) * instruments,
        instrument=tuple(f"p{k}" for k in range(instruments)) + tuple(f"s{k}" for k in range(instruments)),
        recognition=np.full(2 * instruments, 0.9),
    )


@pytest.fixture(scope="module")
def run() -> Evidence:
    data = made_up.dataset(25)
    scores = made_up.scores(data)
    trials = Trials(name="", scores=scores, subjects=25)
    return Evidence(side=made_up.side(scores), trials={"": trials}, source="run")


def of_attacks(found: Rehearsal) -> list[object]:
    return [one.word for one in found.judged if one.requirement.measure.startswith("IAPAR")]


@pytest.mark.parametrize("name", sorted(available()))
def test_no_threshold_of_attack_detection_is_taken_for_granted(name: str) -> None:
    for limit in profile(name).limits:
        if limit.measure.startswith("IAPAR"):
            assert "pad_threshold" in limit.parameters
            assert profile(name).parameters["pad_threshold"].default is None


def test_limits_of_attacks_are_left_out_by_name_without_attacks(run: Evidence) -> None:
    found = rehearse(PAD, run, BOTH)
    assert of_attacks(found) == []
    assert [one.at_most for one in found.left_out] == [0.15, 0.07]
    assert "<= 15 %, attack potential level 1." in " ".join(" ".join(lines(found, wording("en"))).split())


def test_attacks_without_a_threshold_of_detection_stay_open_and_say_what_to_give(run: Evidence) -> None:
    found = rehearse(PAD, dataclasses.replace(run, presentations=attacks(30, 0)), {"threshold": 0.5})
    assert of_attacks(found) == ["inconclusive", "inconclusive"]
    assert found.exit_code == 5
    assert "--set pad_threshold=NUMBER" in "".join(lines(found, wording("en")))


@pytest.mark.parametrize(("accepted", "words"), [(0, ["pass", "pass"]), (3, ["pass", "fail"]), (6, ["fail", "fail"])])
def test_the_worst_species_is_judged_by_both_levels(run: Evidence, accepted: int, words: list[str]) -> None:
    found = rehearse(PAD, dataclasses.replace(run, presentations=attacks(30, accepted)), BOTH)
    assert of_attacks(found) == words


def test_the_higher_level_binds_nobody(run: Evidence) -> None:
    found = rehearse(PAD, dataclasses.replace(run, presentations=attacks(30, 3)), BOTH)
    assert all(one.word != "fail" for one in found.judged if one.requirement.binding)


def test_fewer_than_twenty_instruments_are_judged_by_nobody(run: Evidence) -> None:
    found = rehearse(PAD, dataclasses.replace(run, presentations=attacks(19, 0)), BOTH)
    assert of_attacks(found) == ["inconclusive", "inconclusive"]


SEARCHES = """
[scheme]
title = {en = "A", ko = "A"}
verdict = "rehearsal"
certainty = "[R]"
[parameters.operational]
title = {en = "N", ko = "N"}
[[limit]]
measure = "EER"
at_most = 0.5
judge = "point"
gallery = "{operational}"
gallery_share = 0.9
certainty = "[R]"
"""


def test_a_gallery_that_is_too_small_decides_nothing(run: Evidence) -> None:
    found = rehearse(read(SEARCHES), run, {"operational": 1000})
    assert found.exit_code == 5
    told = as_json(found, ())["findings"][0]
    assert told["small_gallery"].endswith("at least 90 % are asked for")
    assert rehearse(read(SEARCHES), run).judged[0].absent == ("operational",)


def test_a_share_of_the_gallery_beyond_all_of_it_is_a_mistake() -> None:
    with pytest.raises(UsageError, match=r"gallery_share is 1\.5"):
        read(SEARCHES.replace("0.9", "1.5"))


def rate(measure: str, errors: int, trials: int, **more: object) -> Measurement:
    return Measurement(
        measure=measure, version=1, unit="proportion", better="lower", value=errors / trials,
        counts=Proportion(errors, trials), details={"point": "FMR=1e-3"}, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def split(result: Result) -> Result:
    ratio = Measurement(
        measure="FNMR-max-geomean-ratio@FMR=1e-3,by=sex", version=1, unit="number", better="lower", value=1.5,
        details={"point": "FMR=1e-3"},
    )  # fmt: skip
    rows = (
        rate("FNMR@threshold=0.5", 30, 1000, group={"sex": "f"}, subjects=50),
        rate("FNMR@threshold=0.5", 10, 1000, group={"sex": "m"}, subjects=40),
        rate("FMR@threshold=0.5", 0, 1000, group={"sex": "m"}, subjects=40),
        ratio,
    )
    facts = {"points": [{"name": "FMR=1e-3", "FNMR": [40, 2000], "FMR": [4, 4000]}]}
    analysis = Analysis(kind="groups", subject="sex", measurements=rows, facts=facts)
    return dataclasses.replace(result, analyses=(analysis,))


def test_each_group_stands_beside_everybody(run: Evidence) -> None:
    (found,) = demographics.splits(split(run.side.result))
    women, men = found.groups
    assert (women.name, women.subjects, women.over_all) == ("f", 50, {"FNMR": pytest.approx(1.5)})
    assert men.over_all == {"FNMR": pytest.approx(0.5), "FMR": None}  # without an error no ratio is told
    assert found.max_geomean["FNMR"].value == 1.5


def test_tables_in_the_manner_of_frte_show_groups_and_say_where_there_are_none(run: Evidence) -> None:
    frte = profile("nist-frte-11")
    assert any("not split by groups" in line for line in lines(rehearse(frte, run), wording("en")))
    shown = dataclasses.replace(run, side=dataclasses.replace(run.side, result=split(run.side.result)))
    assert "sex FMR=1e-3  FNMR max/geomean  1.5" in lines(rehearse(frte, shown), wording("en"))


def test_size_and_times_of_templates_come_from_the_record_of_the_run(run: Evidence) -> None:
    known = RecognizerSummary(name="r", version="1", digest="0" * 64, provider="cpu",
                              batch_size=1, comparison="cosine", dimension=128)  # fmt: skip
    cost = {"template-time@quantile=0.5": 0.25, "templates_timed": 10}
    result = dataclasses.replace(run.side.result, recognizer=known, timing={"cost": cost})
    assert costs.written(costs.measured("template-bytes", result), wording("en")) == "512 bytes"
    assert costs.written(costs.measured("template-time@quantile=0.5", result), wording("ko")) == "0.25 초"
    assert costs.measured("template-time@quantile=0.95", result).reason == (
        "too few templates were timed for this quantile: 10"
    )
    assert costs.spoken(costs.TEMPLATE, result) == "p50 0.25 s (n = 10)"
    assert costs.spoken(costs.COMPARISON, result) is None


def words(found: Rehearsal) -> str:
    """All that the first section of the dossier says in its paragraphs."""
    section, *_ = dossier.sections(found, ())
    return " ".join(block.text for block in section.blocks if isinstance(block, Text))


def test_no_accepted_attack_is_no_claim_about_false_non_matches(run: Evidence) -> None:
    told = words(rehearse(PAD, dataclasses.replace(run, presentations=attacks(30, 0)), BOTH))
    assert "FNMR@threshold=0.5 – 0 of 25" in told
    assert "IAPAR@threshold=0.5,detection=0.5 –" not in told


def test_too_few_instruments_are_not_told_as_too_few_subjects(run: Evidence) -> None:
    found = rehearse(PAD, dataclasses.replace(run, presentations=attacks(19, 0)), BOTH)
    assert not found.few
    assert "No verdict" not in words(found)
    told = [line for row in Verdicts(found, wording("en")).table().rows for one in row for line in one.lines]
    assert "19 attack instruments (print)" in told
    assert "too few instruments of a species" in told


def test_a_limit_without_its_parameters_is_told_by_the_name_of_its_measure(run: Evidence) -> None:
    found = rehearse(profile("tta-vv-like"), run, {"far": 0.01, "frr": 0.05})
    (left,) = found.left_out
    assert limit_text(left, found.parameters, wording("en")) == "IAPAR <= sar (not given)"


def test_groups_without_a_point_to_compare_them_at_are_told_as_such(run: Evidence) -> None:
    (analysis,) = split(run.side.result).analyses
    bare = dataclasses.replace(analysis, facts={"points": []}, measurements=())
    result = dataclasses.replace(run.side.result, analyses=(bare,))
    assert "reports no point" in demographics.missing(result, wording("en"))


def test_ends_of_a_forecast_that_are_alike_are_told_once() -> None:
    assert between(Forecast(low=0.0, high=0.0), wording("en")) == "0 %"
    assert between(Forecast(low=0.05, high=1.0), wording("ko")) == "5 %에서 100 % 사이"
