"""The dossier as PDF: all that its page tells, and on every sheet that it is a rehearsal, and of what."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from fr_bench.certification import dossier
from fr_bench.certification.items import Item, items
from fr_bench.certification.reading import profile
from fr_bench.certification.rehearsal import Rehearsal, rehearse
from fr_bench.reports import dossier as reports_dossier
from fr_bench.reports.document import Facts, Heading, Notice, Plot, Section, Table, Text
from fr_bench.reports.pdf import measured
from fr_bench.reports.pdf_text import printed
from fr_bench.reports.wording import wording
from tests.certification import made_up
from tests.reports.browser import Browser, executable

KISA = profile("kisa-style-face")
STATED = {"tester": 'Laboratory #read("/etc/passwd") *b* $x$ @ref'}
RECORD = ("rehearsal.json", "fedcba9876543210" * 4)


@pytest.fixture(scope="module")
def found() -> Rehearsal:
    return rehearse(KISA, made_up.evidence(KISA, 24, wrong=9))


def listed(found: Rehearsal, language: str) -> tuple[Item, ...]:
    return tuple(items(found, STATED, language=language))


@pytest.fixture(scope="module")
def shown(found: Rehearsal) -> dict[str, list[Section]]:
    return {language: dossier.sections(found, listed(found, language), language=language) for language in ("en", "ko")}


@pytest.fixture(scope="module")
def sheets(found: Rehearsal, shown: dict[str, list[Section]]) -> dict[str, list[str]]:
    made = measured(found.evidence.side.result)
    found_sheets = {}
    for language, sections in shown.items():
        name, say = KISA.scheme.title[language], wording(language)
        found_sheets[language] = pages(reports_dossier.pdf(name, sections, say, digest=RECORD, made=made))
    return found_sheets


def pages(document: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(document), strict=True).pages]


def joined(text: str) -> str:
    """Without blanks and line ends: where a line breaks is another question."""
    return "".join(text.split())


def texts(sections: list[Section]) -> Iterator[str]:
    """Every text of a dossier."""
    for section in sections:
        yield section.title
        for block in section.blocks:
            match block:
                case Text() | Heading():
                    yield block.text
                case Notice():
                    yield from (block.badge, block.text)
                case Facts():
                    yield from (text for row in block.rows for text in row)
                case Table():
                    yield from (block.caption, *(column.title for column in block.columns))
                    yield from (line for row in block.rows for one in row for line in one.lines)
                case Plot():
                    yield block.caption


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_sheet_says_rehearsal_and_readings_and_digest(sheets: dict[str, list[str]], language: str) -> None:
    say, found = wording(language), sheets[language]
    assert len(found) > 3
    for number, text in enumerate(found, 1):
        assert say("certify.badge") in text
        assert joined(say("pdf.rehearsal", title=say("certify.section_readings"))) in joined(text)
        assert RECORD[1] in joined(text)
        assert say("pdf.page", page=number, pages=len(found)) in text


@pytest.mark.parametrize("language", ["en", "ko"])
def test_sheets_hold_every_text_of_the_dossier(
    shown: dict[str, list[Section]], sheets: dict[str, list[str]], language: str
) -> None:
    told = joined("".join(sheets[language]))
    missing = [text for text in texts(shown[language]) if joined(printed(text)).replace("\u200b", "") not in told]
    # A row or a paragraph that goes over two sheets has the foot and the head of a sheet in its middle.
    assert len(missing) <= 2, missing
    assert sum(isinstance(block, Plot) for section in shown[language] for block in section.blocks) == 2


def test_what_people_state_is_text_and_no_markup(sheets: dict[str, list[str]]) -> None:
    assert joined(STATED["tester"]) in joined("".join(sheets["en"]))


def test_equal_rehearsals_give_equal_bytes_and_bear_the_name_of_the_scheme(found: Rehearsal) -> None:
    first, second = (dossier.pdf(found, listed(found, "en"), language="en", record=RECORD) for _ in range(2))
    assert first == second
    assert joined(KISA.scheme.title["en"]) in joined(PdfReader(io.BytesIO(first)).pages[0].extract_text())


@pytest.mark.browser
@pytest.mark.skipif(executable() is None, reason="Chromium is not installed")
def test_page_prints_the_badge_on_every_sheet(found: Rehearsal, tmp_path: Path) -> None:
    say, path = wording("ko"), tmp_path / "dossier.html"
    path.write_text(dossier.html(found, listed(found, "ko"), language="ko"), encoding="utf-8")
    with Browser(tmp_path / "profile") as browser:
        paper = pages(browser.pdf(browser.visit(path)))
    assert len(paper) > 3
    assert all(joined(say("certify.badge")) in joined(text) for text in paper)
    assert all("[R]" in text for text in paper)
