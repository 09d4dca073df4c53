"""What `frbench explain` tells in Korean: every measure, in Korean, with the terms of the reports."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from fr_bench.cli.explain import command
from fr_bench.contracts import MeasureKind
from fr_bench.known_measures import kinds, resolve
from fr_bench.reports.explained import explained, text_key, translations
from fr_bench.reports.wording import wording

HANGUL = re.compile("[가-힣]")
ENGLISH_SENTENCE = re.compile(r"\b[a-z]+(?: [a-z]+){2,}\b")
"""Three English words in a row; a name in brackets, such as (false discovery rate), is none."""
every_kind = pytest.mark.parametrize("kind", kinds(), ids=text_key)


@every_kind
def test_every_measure_has_a_korean_title_and_explanation(kind: MeasureKind) -> None:
    texts = translations("ko").get(text_key(kind), {})
    assert HANGUL.search(texts.get("title", "")), f"wording/measures/ko.toml has no title of {text_key(kind)!r}"
    assert HANGUL.search(texts.get("explanation", "")), f"ko.toml has no explanation of {text_key(kind)!r}"


@every_kind
def test_explanation_in_korean_holds_no_english_sentence(kind: MeasureKind) -> None:
    told = explained(kind, "ko")
    for text in (told.title, told.explanation, *(row.text for row in told.rows if row.key != "source")):
        assert not ENGLISH_SENTENCE.search(re.sub(r"\([^()]*\)", "", text)), text


@every_kind
def test_explanation_in_korean_is_written_in_whole_formal_sentences(kind: MeasureKind) -> None:
    for sentence in explained(kind, "ko").explanation.split(". "):
        assert sentence.rstrip(".").endswith(("니다", "십시오")), sentence


@every_kind
def test_every_measure_has_a_name_for_the_tables_of_a_korean_report(kind: MeasureKind) -> None:
    assert HANGUL.search(wording("ko").measure(kind.example)), f"ko.toml has no measure.{kind.quantity}"
    assert wording("en").measure(kind.example) != kind.quantity


@pytest.mark.parametrize(
    ("measure", "interval"),
    [
        ("FNMR-max-min-ratio@FMR=1e-3,by=sex", "exact by subject for all groups at once (Bonferroni)"),
        ("GARBE@threshold=0.3,by=sex", "exact by subject for all groups at once (Bonferroni)"),
        ("FNMR-worst-served@FMR=1e-3,by=sex", "from the variance over subjects; the threshold is taken as fixed"),
        ("FNMR-EDC-pAUC@FNMR=0.1,quality=q,to=0.2", "on the scale of the root"),
        ("FNMR-after-discard@threshold=0.3,quality=q,discard=0.1", "from the variance over subjects"),
        ("FMR-after-discard@threshold=0.3,quality=q,discard=0.1", "from the variance over pairs of subjects"),
        ("quality-correlation@quality=q", "on Fisher's scale"),
        ("minDCF@prior=0.5", "less the bias of a minimum"),
        ("HTER@threshold=0.3", "(MOVER)"),
        ("FMR-EDC-pAUC@FMR=0.1,quality=q,to=0.2", "none"),
        ("ZeroFMR", "none: neither normal theory nor a bootstrap"),
        ("template-time@quantile=0.95", "none: it is measured on one machine"),
    ],
)
def test_how_the_interval_of_a_measure_is_made_is_told(measure: str, interval: str) -> None:
    told = {row.key: row.text for row in explained(resolve(measure)[1]).rows}
    assert interval in told["interval"]


def test_no_translation_is_left_over_from_a_measure_that_is_gone() -> None:
    assert {text_key(kind) for kind in kinds()} >= set(translations("ko"))


@pytest.mark.parametrize(
    ("measure", "term"),
    [
        ("EER", "동일오류율(EER)"),
        ("FMR@threshold=0.1", "오일치율(FMR)"),
        ("FNMR@FMR=1e-3", "오불일치율(FNMR)"),
        ("FTE", "등록실패율(FTE)"),
        ("FTA", "획득실패율(FTA)"),
        ("IAPAR@threshold=0.1", "위조수락률(IAPAR)"),
        ("BPCER@threshold=0.1", "실물거부율(BPCER)"),
    ],
)
def test_titles_use_the_terms_of_korean_laboratories(measure: str, term: str) -> None:
    assert term in explained(resolve(measure)[1], "ko").title


def test_a_kind_with_more_parameters_has_a_text_of_its_own() -> None:
    worst, one = resolve("APCER@threshold=0.5")[1], resolve("APCER@threshold=0.5,species=print")[1]
    assert worst.name == one.name
    assert explained(worst, "ko").title != explained(one, "ko").title


def test_command_explains_in_korean() -> None:
    told = CliRunner().invoke(command, ["FNMR@FMR=1e-3", "--lang", "ko"])
    assert told.exception is None
    assert "FNMR@FMR=1e-3: FMR이 x 이하일 때의 오불일치율(FNMR)" in told.output
    assert "이 데이터로는 측정할 수 없습니다." in " ".join(told.output.split())
    assert not ENGLISH_SENTENCE.search(told.output.partition("출처")[0])
