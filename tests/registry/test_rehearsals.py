"""Records of rehearsals: read strictly, and refused where they do not agree with themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fr_bench.errors import DataError
from fr_bench.registry.rehearsals import Record, read, run_key
from tests.registry.made_up import judged, record, rehearsal


def reread(folder: Path, document: dict[str, Any]) -> Record:
    return read(rehearsal(folder, document) / "rehearsal.json", "rehearsals/one")


def found_of(document: dict[str, Any]) -> dict[str, Any]:
    measurement: dict[str, Any] = document["findings"][0]["measurement"]
    return measurement


def test_a_record_gives_scheme_verdict_and_limits(tmp_path: Path) -> None:
    made = reread(tmp_path, record(parameters={"far": 0.001})).rehearsed
    assert (made.scheme, made.verdict, made.parameters) == ("kisa-style-face", "fail", (("far", 0.001),))
    (limit,) = made.judged
    assert (limit.category, limit.limit, limit.verdict) == ("lighting", 0.01, "fail")
    assert limit.measurement.counts is not None
    assert limit.measurement.counts.errors == 30


def test_by_itself_a_record_is_an_entry_of_what_it_tells(tmp_path: Path) -> None:
    entry = reread(tmp_path, record()).alone
    assert (entry.kind, entry.recognizer, entry.dataset, entry.subjects) == (
        "rehearsal",
        "model 1",
        "Faces of a hall",
        100,
    )


def test_the_vendor_that_the_record_states_is_taken_over(tmp_path: Path) -> None:
    document = record()
    document["checklist"][1]["text"] = "Hanbit"
    assert reread(tmp_path, document).alone.vendor == "Hanbit"


def test_infinities_in_the_environment_make_no_difference() -> None:
    assert run_key("a", "b", "c", {"x": float("inf")}) == run_key("a", "b", "c", {"x": "inf"})


def test_a_scheme_without_verdicts_has_none(tmp_path: Path) -> None:
    document = record(verdict=None, verdicts="none")
    document["findings"][0]["verdict"] = None
    assert reread(tmp_path, document).rehearsed.verdict is None


@pytest.mark.parametrize(
    ("verdict", "findings"),
    [
        ("pass", [("lighting", "fail", 0.01)]),
        ("pass", [("lighting", "pass", 0.05), ("pose", "inconclusive", 0.03)]),
        ("fail", [("lighting", "pass", 0.05)]),
        (None, [("lighting", "fail", 0.01)]),
    ],
)
def test_a_verdict_that_its_limits_do_not_make_is_refused(
    tmp_path: Path, verdict: str | None, findings: list[tuple[str, str, float]]
) -> None:
    document = record(verdict=verdict)
    found = found_of(document)
    document["findings"] = [judged(category, word, found, limit) for category, word, limit in findings]
    with pytest.raises(DataError, match="where its own limits tell") as told:
        reread(tmp_path, document)
    assert told.value.code == "bad_rehearsal"


def test_a_limit_met_by_a_value_beyond_it_is_refused(tmp_path: Path) -> None:
    document = record(verdict="pass")
    document["findings"] = [judged("lighting", "pass", found_of(document), 0.01)]
    with pytest.raises(DataError, match=r"tells that EER 0\.03 meets the limit 0\.01"):
        reread(tmp_path, document)


@pytest.mark.parametrize(
    "change",
    [
        {"certificate": True}, {"verdict": "certified"}, {"findings": [{}]}, {"checklist": None}, {"environment": []},
        {"parameters": {"far": "x"}}, {"verdict": ["pass"]}, {"trials": 3}, {"figures": [{"measure": "EER"}]},
    ],
)  # fmt: skip
def test_a_record_of_another_form_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(DataError) as told:
        reread(tmp_path, record(**change))
    assert told.value.code == "bad_rehearsal"


@pytest.mark.parametrize("counts", [[1], [2, 1], [None, 1], "ab", [1, 2, 3]])
def test_counts_that_are_none_are_refused(tmp_path: Path, counts: object) -> None:
    document = record()
    found_of(document)["details"] = {"fractions": {"fnmr": counts}}
    with pytest.raises(DataError, match="'fnmr' has no errors and trials"):
        reread(tmp_path, document)


@pytest.mark.parametrize("limits", [{"low": -0.1}, {"high": 1e308}])
def test_a_rate_beyond_one_is_refused(tmp_path: Path, limits: dict[str, float]) -> None:
    document = record()
    found_of(document)["interval"].update(limits)
    with pytest.raises(DataError, match="outside of 0 to 1"):
        reread(tmp_path, document)


@pytest.mark.parametrize("text", ['{"schema": "fr-bench-rehearsal/2"}', "[]", "{}"])
def test_another_version_is_told_as_such(tmp_path: Path, text: str) -> None:
    (tmp_path / "rehearsal.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"this version of frbench reads 'fr-bench-rehearsal/1'") as told:
        read(tmp_path / "rehearsal.json", "one")
    assert told.value.code == "wrong_schema"


@pytest.mark.parametrize("text", ["{", '{"schema": NaN}', '{"a": 1, "a": 2}'])
def test_what_is_no_strict_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "rehearsal.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as told:
        read(tmp_path / "rehearsal.json", "one")
    assert told.value.code == "bad_json"


def test_a_key_of_a_newer_version_in_a_measurement_is_passed_over(tmp_path: Path) -> None:
    document = json.loads(json.dumps(record()))
    found_of(document)["novel"] = 1
    assert reread(tmp_path, document).rehearsed.judged[0].measurement.measure == "EER"


def test_a_record_that_lacks_any_of_its_parts_is_refused(tmp_path: Path) -> None:
    for key in record():
        document = record()
        del document[key]
        if key != "verdicts":
            with pytest.raises(DataError):
                reread(tmp_path, document)
