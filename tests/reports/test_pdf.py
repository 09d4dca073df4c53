"""Sections as PDF/A: texts stay texts, every page says what it is, no letter is borrowed, equal ones equal bytes."""

from __future__ import annotations

import hashlib
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

from fr_bench.errors import MachineError, UsageError
from fr_bench.reports import pdf_report, result_file
from fr_bench.reports.document import (
    Block,
    Cell,
    Code,
    Column,
    Facts,
    Gallery,
    Heading,
    Notes,
    Notice,
    Picture,
    Section,
    Table,
    Text,
    cell,
)
from fr_bench.reports.pdf import UNDATED, Running, ask_for_typst, measured, pdf
from fr_bench.reports.pdf_text import drawable
from fr_bench.reports.wording import wording
from tests.reports import examples

RUNNING = Running(badge="NOT A CERTIFICATE", note="[R] is ours", digest=("result.json", "0123456789abcdef" * 4))
MARKUP = ('#read("/etc/passwd")', "*bold* _it_ `raw`", "$x^2$", "@ref <label>", "= h // c /* d */ \\ [c] {d}", "#(1+1)")
ISO_A4 = (595.276, 841.89)


def made(*blocks: Block, language: str = "en", name: str = "Name", running: Running = RUNNING) -> bytes:
    return pdf(name, [Section("one", "Section one", blocks)], wording(language), running)


def pages(document: bytes) -> Sequence[PageObject]:
    return PdfReader(io.BytesIO(document), strict=True).pages


def told(document: bytes) -> str:
    """All texts of the pages, lines and words joined by single blanks."""
    return " ".join(" ".join(page.extract_text().split()) for page in pages(document))


def fonts(document: bytes) -> dict[str, DictionaryObject]:
    """The descriptors of all fonts on the pages, by name."""
    found: dict[str, DictionaryObject] = {}
    for page in pages(document):
        for font in page["/Resources"].get("/Font", {}).values():  # type: ignore[union-attr]
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            found[str(inner["/BaseFont"])] = inner["/FontDescriptor"]
    return found


@pytest.fixture(scope="module")
def long_table() -> bytes:
    columns = (Column("First head"), Column("Second head", figures=True))
    rows = tuple((cell(f"row {k}"), cell(str(k))) for k in range(150))
    return made(Table("Long", columns, rows))


@pytest.fixture(scope="module")
def report() -> bytes:
    return pdf_report.pdf(examples.scores_only(), language="ko")


def test_every_page_bears_badge_note_digest_and_its_number(long_table: bytes) -> None:
    found = pages(long_table)
    assert len(found) > 2
    for number, page in enumerate(found, 1):
        text = page.extract_text()
        assert "NOT A CERTIFICATE" in text
        assert "[R] is ours" in text
        assert f"SHA-256 of result.json: {'0123456789abcdef' * 4}" in text
        assert f"Page {number} of {len(found)}" in text


def test_head_of_a_table_stands_on_every_page_that_it_reaches(long_table: bytes) -> None:
    found = [page.extract_text() for page in pages(long_table)]
    assert [text.count("First head") for text in found] == [1] * len(found)
    assert all(f"row {k}" in "".join(found) for k in range(150))


def test_pages_are_a4(long_table: bytes) -> None:
    box = pages(long_table)[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx(ISO_A4, abs=0.01)


def test_file_claims_pdf_a_2a_and_pdf_ua_1_and_is_tagged_in_its_language(report: bytes) -> None:
    root = PdfReader(io.BytesIO(report)).trailer["/Root"].get_object()
    claims = root["/Metadata"].get_object().get_data().decode("utf-8")
    for claim in ("pdfaid:part>2<", "pdfaid:conformance>A<", "pdfuaid:part>1<"):
        assert claim in claims
    assert root["/Lang"] == "ko"
    assert root["/MarkInfo"]["/Marked"] is True or str(root["/MarkInfo"]["/Marked"]) == "True"
    assert "/StructTreeRoot" in root
    assert "/OutputIntents" in root


def test_file_does_nothing_and_points_nowhere(report: bytes) -> None:
    reader = PdfReader(io.BytesIO(report))
    root = reader.trailer["/Root"].get_object()
    assert not {"/OpenAction", "/AA", "/AcroForm", "/Names"} & set(root)
    assert all("/Annots" not in page for page in reader.pages)


def test_fonts_are_ours_or_the_typewriter_of_typst_and_embedded(report: bytes) -> None:
    found = fonts(report)
    assert {name.partition("+")[2] for name in found} == {
        "FRBenchSansKR-Regular", "FRBenchSansKR-Bold", "DejaVuSansMono",
    }  # fmt: skip
    assert all("/FontFile2" in one or "/FontFile3" in one for one in found.values())


def test_equal_sections_give_equal_bytes() -> None:
    first, second = (made(Text("한글 text"), language="ko") for _ in range(2))
    assert first == second


def test_document_bears_the_time_of_the_run_and_none_of_its_making() -> None:
    result = examples.example()
    assert measured(result) == UNDATED or measured(result).tzinfo is not None
    found = PdfReader(io.BytesIO(made(Text("x")))).metadata
    assert found is not None
    assert found["/CreationDate"] == found["/ModDate"] == "D:19700101000000Z"


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_a_text_is_text(text: str) -> None:
    rows = ((cell(text), cell("x")),)
    document = made(Text(text), Facts(((text, text),)), Table(text, (Column(text), Column("b")), rows), name=text)
    assert told(document).count(" ".join(text.split())) == 8


def test_letters_that_the_font_lacks_are_spelled_and_the_document_says_so() -> None:
    text = told(made(Text("שלום 漢 갹햏 😀 \u202egpj.exe")))
    assert "\\u05e9\\u05dc\\u05d5\\u05dd \\u6f22 갹\\ud58f \\U0001f600 \\u202egpj.exe" in text
    assert "are spelled as escapes" in text
    assert "are spelled as escapes" not in told(made(Text("plain, 한글")))


def test_syllables_in_parts_are_joined() -> None:
    assert "한글" in told(made(Text("\u1112\u1161\u11ab\u1100\u1173\u11af")))


def test_both_weights_draw_every_letter_of_the_korean_texts() -> None:
    assert {letter for text in wording("ko").texts.values() for letter in text} <= drawable()


def test_korean_lines_break_between_words() -> None:
    text = wording("ko")("certify.passing_intro", label="assumes_same_population")
    # A break within a word would leave a blank there when the lines are joined.
    assert " ".join(text.split()) in told(made(Text(text), language="ko"))


@pytest.mark.parametrize("text", ["a" * 5000, "가" * 3000, "/".join(["folder"] * 300), "x y " * 1500, "0" * 400])
def test_texts_of_any_length_stay_on_their_page(text: str) -> None:
    columns = tuple(Column(f"column {k}") for k in range(6))
    rows = (tuple(cell(text if k < 3 else "value") for k in range(6)),)
    document = made(Text(text), Facts(((text, text),), exact=True), Table("T", columns, rows), name=text)
    spots: list[tuple[float, float]] = []

    def seen(piece: str, page: Sequence[float], line: Sequence[float], *_: object) -> None:
        if piece.strip():
            x, y = line[4], line[5]
            spots.append((x * page[0] + y * page[2] + page[4], x * page[1] + y * page[3] + page[5]))

    for page in pages(document):
        page.extract_text(visitor_text=seen)
    assert min(x for x, _ in spots) > 50
    assert max(x for x, _ in spots) < ISO_A4[0] - 55
    assert min(y for _, y in spots) > 25
    assert max(y for _, y in spots) < ISO_A4[1] - 25


def test_picture_that_is_none_is_told_and_others_are_shown() -> None:
    shown = tuple(Picture(uri, "face", ("s1/a.png",)) for uri in (examples.face(3), "data:image/png;base64,AAAA", None))
    document = made(Gallery(((shown, "score 0.5"),)))
    assert told(document).count("no picture") == 2
    assert sum(len(page.images) for page in pages(document)) == 1


def test_report_as_pdf_has_the_sections_of_the_page_and_the_digest_of_its_result(report: bytes) -> None:
    result, say, reader = examples.scores_only(), wording("ko"), PdfReader(io.BytesIO(report))
    marked = [one.title for one in reader.outline if not isinstance(one, list)]
    for one in ("summary", "measures", "det", "roc", "comparisons"):
        assert say(f"{one}.title") in marked
    first = reader.pages[0].extract_text()
    assert result.name in first
    assert f"result.json의 SHA-256: {hashlib.sha256(result_file.write(result)).hexdigest()}" in first


def test_hostile_texts_are_set_in_every_place() -> None:
    blocks: list[Block] = []
    for text in examples.HOSTILE:
        row = (Cell((text, text), labels=((text, text),)), cell(text))
        notes = Notes(text, (("warning", text, text),))
        blocks += [Text(text, "bad"), Heading(text), Notice(text, text), notes, Code(text)]
        blocks += [Facts(((text, text),), exact=True), Table(text, (Column(text), Column(text)), (row,), left_out=text)]
    found = told(made(*blocks))
    assert found.count("</script><img src=x onerror=alert(1)>") >= 10
    assert "\\x1b[31mred" in found


def test_several_results_share_a_document() -> None:
    document = pdf_report.pdf([examples.scores_only(), examples.scores_only()])
    assert wording("en")("side.name", count=2) in pages(document)[0].extract_text()


def test_a_machine_without_room_for_the_work_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(MachineError, match=r"where a PDF is made: No such file or directory; .* TMPDIR"):
        made(Text("x"))


def test_nothing_of_the_work_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made(Text("x"))
    assert list(tmp_path.iterdir()) == []


def test_without_typst_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(UsageError, match=r"frbench certify --pdf needs the extra pdf: pip install .*\[pdf\]") as found:
        ask_for_typst("frbench certify --pdf")
    assert found.value.code == "missing_extra"
