"""Sentences of a result in Korean: figures kept, unknown texts left as they are."""

from __future__ import annotations

import string
from collections import Counter
from pathlib import Path

import pytest

from fr_bench.findings import Measurement, Note
from fr_bench.images.container import REASONS
from fr_bench.metrics import verification
from fr_bench.metrics.notes import score_notes
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.recognizers.python import _not_kept
from fr_bench.reports import sentences
from fr_bench.reports.wording import wording
from tests.metrics.test_drawing import score_set

KOREAN = wording("ko")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_korean_sentence_takes_its_figures_from_the_english_one() -> None:
    for form in sentences.forms("ko"):
        assert fields(form.text) <= set(form.pattern.groupindex), form.text


def test_no_two_forms_are_the_same() -> None:
    counts = Counter(form.pattern.pattern for form in sentences.forms("ko"))
    assert [pattern for pattern, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        (
            "The smallest FMR that 316\u202f000 planned nonmated comparisons can show is 3.2e-6.",
            "계획한 타인쌍 비교 316\u202f000건으로 나타낼 수 있는 가장 작은 FMR은 3.2e-6입니다.",
        ),
        ("Sizes of images: 112 x 112 (800).", "이미지의 크기(장수): 112 x 112 (800)."),
        (
            "1 of 3 subjects has one sample: nonmated comparisons only.",
            "대상자 3명 가운데 1명은 샘플이 하나뿐이어서 타인쌍 비교에만 쓰입니다.",
        ),
        (
            "No groups by 'sex': no nonmated comparison has a score.",
            "속성 'sex'의 집단별 결과를 내지 않았습니다: 점수가 있는 타인쌍 비교가 없습니다.",
        ),
        (
            "No groups by 'sex': a reason of a later version.",
            "속성 'sex'의 집단별 결과를 내지 않았습니다: a reason of a later version.",
        ),
        ("Generated faces, 80 subjects with ten images each", "생성 얼굴(대상자 80명)"),
        ("the quality is the same in all comparisons", "품질이 모든 비교에서 같습니다"),
        (
            "the target 1e-30 allows no false match among 7\u202f020 nonmated comparisons; it needs 1e30 of them",
            "타인쌍 비교 7\u202f020건으로는 목표 1e-30에서 오일치를 1건도 허용할 수 없으며, 1e30건이 있어야 합니다",
        ),
    ],
)
def test_known_sentence_is_told_in_korean_with_its_figures(english: str, korean: str) -> None:
    assert KOREAN.sentence(english) == korean


def test_unknown_text_stays_as_it_is() -> None:
    assert KOREAN.sentence("Something nobody wrote a form for.") == "Something nobody wrote a form for."
    assert sentences.translated("x" * 100_000, "ko") is None


def test_english_needs_no_translation() -> None:
    text = "no mated comparison has a score"
    assert sentences.translated(text, "en") is None
    assert wording("en").sentence(text) == text


def test_braces_and_markup_in_a_name_are_text() -> None:
    told = KOREAN.sentence("No groups by '{0} <b>': no attack was presented.")
    assert told == "속성 '{0} <b>'의 집단별 결과를 내지 않았습니다: 공격 제시가 없습니다."


def test_note_of_a_known_sentence_shows_no_english() -> None:
    note = Note(level="warning", code="few_subjects", text="Only 3 subjects: figures say little about other people.")
    assert KOREAN.note(note) == "대상자가 3명뿐이어서 다른 사람들에 대해서는 거의 말할 수 없습니다."


@pytest.mark.parametrize(
    ("mated", "nonmated", "code"),
    [
        ([0.1, 0.2, 0.3], [0.7, 0.8, 0.9], "polarity_suspect"),
        ([0.5, 0.5], [0.5, 0.5, 0.5], "constant_scores"),
        ([1.0] * 50 + [0.5 + k / 400 for k in range(150)], [k / 1000 for k in range(400)], "saturated"),
    ],
)
def test_notes_on_scores_are_told_in_korean(mated: list[float], nonmated: list[float], code: str) -> None:
    scores = score_set(mated, nonmated)
    found = score_notes(scores, SortedScores.of(scores))
    assert code in {note.code for note in found}
    for note in found:
        assert sentences.translated(note.text, "ko"), note.text


def test_reason_of_a_target_out_of_reach_is_told_in_korean() -> None:
    with pytest.raises(NotMeasurable) as missing:
        verification.fnmr_at_fmr(SortedScores.from_arrays([0.9], [0.1, 0.2]), verification.Fraction(1, 1000))
    lost = Measurement(
        measure="FNMR@FMR=1e-3", version=1, unit="proportion", better="lower", value=None, reason=missing.value.reason
    )
    assert KOREAN.reason(lost) == (
        "타인쌍 비교 2건으로는 목표 1e-3에서 오일치를 1건도 허용할 수 없으며, 1 000건이 있어야 합니다"
    )


@pytest.mark.parametrize("source", [None, Path("blur.py")])
def test_note_of_a_recognizer_is_told_in_korean(source: Path | None) -> None:
    told = sentences.translated(_not_kept("Blur", source), "ko")
    assert told is not None
    assert 'files = ["model.onnx"]' in told


def test_every_fault_of_an_image_has_a_korean_word() -> None:
    known = sentences.words("ko")["failure"]
    assert set(REASONS) <= set(known)
    assert {"not_finite", "degenerate", "outside"} <= set(known)  # of the alignment


def test_word_of_a_plan_keeps_the_original_in_brackets() -> None:
    assert KOREAN.word("plan", "search") == "1:N 검색(search)"
    assert wording("en").word("plan", "search") == "search"


def test_parameters_of_a_measure_are_named_in_korean() -> None:
    assert KOREAN.measure("FMR@threshold=0.35") == "임계치 = 0.35일 때의 오일치율(FMR)"
    assert KOREAN.measure("FNMR@FMR=1e-3") == "FMR ≤ 1e-3일 때의 오불일치율(FNMR)"
