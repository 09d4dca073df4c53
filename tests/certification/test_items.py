"""The checklist of a report: what the record knows is filled in, in the language of the dossier."""

from __future__ import annotations

import dataclasses

import pytest

from fr_bench.certification.items import items
from fr_bench.certification.reading import profile
from fr_bench.certification.rehearsal import Rehearsal, rehearse
from fr_bench.findings import FailedSample
from tests.certification import made_up
from tests.reports import examples

KISA = profile("kisa-style-face")


@pytest.fixture(scope="module")
def found() -> Rehearsal:
    return rehearse(KISA, made_up.evidence(KISA, 24, wrong=4))


def told(found: Rehearsal, language: str = "en") -> dict[str, str | None]:
    return {item.key: item.text for item in items(found, language=language)}


def with_data(found: Rehearsal, *failures: FailedSample) -> Rehearsal:
    """The same on the data set of the example, with these failures."""
    side = found.evidence.side
    result = dataclasses.replace(side.result, dataset=examples.example().dataset, failures=failures)
    side = dataclasses.replace(side, result=result)
    return dataclasses.replace(found, evidence=dataclasses.replace(found.evidence, side=side))


def test_rates_are_told_with_category_and_threshold(found: Rehearsal) -> None:
    assert (told(found, "ko")["rates"] or "").startswith("조명 EER; 표정 EER")
    assert (told(found)["threshold"] or "").startswith("Lighting EER: 0.")


def test_methods_of_intervals_are_told_in_words(found: Rehearsal) -> None:
    assert "대상자 재추출" in (told(found, "ko")["uncertainty"] or "")


def test_no_failure_is_told_as_none_of_so_many(found: Rehearsal) -> None:
    known = with_data(found)
    data = known.evidence.side.result.dataset
    assert data is not None
    assert told(known)["fta"] == f"0 / {data.samples:,}"
    assert told(known)["fte"] == f"0 / {data.subjects:,}"


def test_failures_that_no_rate_reports_are_not_stated(found: Rehearsal) -> None:
    lost = FailedSample(sample="a", subject="A", stage="detect", reason="no_face")
    assert told(with_data(found, lost))["fta"] is None
