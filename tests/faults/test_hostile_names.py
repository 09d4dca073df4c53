"""Names that attack: as folders, as cells of a manifest, through a whole run, into every output."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.making import Said, environment, faces, frbench, picture, recognizer
from tests.reports.browser import Browser, executable
from tests.reports.examples import HOSTILE

WRITABLE = [name for name in HOSTILE if "\0" not in name and "\udcff" not in name and name != "e\u0301"]
"""What a file can hold as UTF-8 text; of the twins in NFC and NFD, one."""
AS_FOLDERS = [name for name in WRITABLE if "/" not in name and len(name.encode()) < 256]


class Ran(NamedTuple):
    """A run: what the command said, and its folder."""

    said: Said
    folder: Path


class Attributes(HTMLParser):
    """All attributes of a page, as a browser would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all += attrs


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run whose data set, subjects, samples and attributes all have hostile names, with one failed image each."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("manifest")
    data = folder / "data"
    data.mkdir()
    rows = [["path", "subject", "sample", "session", "</script><b onclick='alert(1)'>"]]
    for number, name in enumerate(WRITABLE):
        for image in range(2):
            path = f"{number}-{image}.png"
            Image.fromarray(picture(number, image)).save(data / path)
            rows.append([path, name, f"{name}{image}", name, name])
        (data / f"{number}-bad.png").write_bytes(b"")
        rows.append([f"{number}-bad.png", name, f"{name}bad", name, name])
    with (data / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    said = frbench(
        folder, "run", "--dataset", "data/manifest.csv", "--recognizer", recognizer(folder), "--out", "out",
        "--progress", "none", "--set", "dataset.name=</title><script>alert(1)</script>\x1b[31m",
        "--set", "recognizer.name==1+1<img src=x onerror=alert(1)>",
    )  # fmt: skip
    return Ran(said, folder / "out")


def test_corpus_is_large_enough() -> None:
    assert len(WRITABLE) >= 50
    assert len(AS_FOLDERS) >= 40


def test_run_with_hostile_names_ends_and_counts_everything(ran: Ran) -> None:
    assert ran.said.code == 0, ran.said.err
    result = json.loads((ran.folder / "result.json").read_bytes())
    assert result["dataset"]["subjects"] == len(WRITABLE)
    assert {row["subject"] for row in result["failures"]} == set(WRITABLE)  # the exact texts stay


def test_terminal_gets_no_escape_of_a_name(ran: Ran) -> None:
    said = ran.said.out + ran.said.err
    assert sorted({c for c in said if not c.isprintable() and c != "\n"}) == []


def test_no_cell_of_a_table_is_a_formula(ran: Ran) -> None:
    cells = []
    for name in ("metrics.csv", "failures.csv"):
        with (ran.folder / name).open(encoding="utf-8", newline="") as file:
            cells += [cell for row in csv.reader(file) for cell in row]
    assert len(cells) > 3 * len(WRITABLE)
    numbers = re.compile(r"-?[0-9.]+(?:e-?[0-9]+)?")
    begins = tuple("=+-@\t\r＝＋－＠")
    assert [cell for cell in cells if cell.lstrip().startswith(begins) and not numbers.fullmatch(cell)] == []
    assert sorted({c for cell in cells for c in cell if not c.isprintable()}) == []


def test_report_holds_no_markup_of_a_name(ran: Ran) -> None:
    page = (ran.folder / "report.html").read_text("utf-8")
    for name in (*WRITABLE, "</title><script>alert(1)</script>", "<b onclick='alert(1)'>"):
        if "<" in name or "&" in name:
            assert name not in page
    assert {c for c in page if not c.isprintable()} <= {"\n", "\u00a0", "\u202f"}
    assert page.count("<script") == page.count("</script>") <= 2
    found = Attributes()
    found.feed(page)
    assert [name for name, _ in found.all if name.startswith("on")] == []
    assert [value for name, value in found.all if name == "src" and not (value or "").startswith("data:image/")] == []


def test_figures_hold_no_markup_of_a_name(ran: Ran) -> None:
    for figure in (ran.folder / "figures").glob("*.svg"):
        text = figure.read_text("utf-8")
        assert "<script" not in text.lower()
        assert "onerror" not in text


@pytest.mark.browser
@pytest.mark.skipif(executable() is None, reason="Chromium is not installed")
def test_browser_runs_nothing_and_asks_for_nothing(ran: Ran, tmp_path: Path) -> None:
    with Browser(tmp_path) as browser:
        visit = browser.visit(ran.folder / "report.html")  # a dialog would block the page and fail this
        assert browser.evaluate(visit, "document.querySelectorAll('b[onclick], img[onerror], svg[onload]').length") == 0
        assert browser.evaluate(visit, "document.body.innerText.includes('<script>alert(1)</script>')") is True
    assert (visit.requests, visit.complaints) == ([], [])


def test_resolved_configuration_is_toml_all_the_same(ran: Ran) -> None:
    import tomllib

    name = tomllib.loads((ran.folder / "run.toml").read_text("utf-8"))["dataset"]["name"]
    assert name == "</title><script>alert(1)</script>\x1b[31m"


def test_hostile_folder_names_are_subjects(tmp_path: Path) -> None:
    faces(tmp_path / "faces", AS_FOLDERS)
    own = recognizer(tmp_path)
    said = frbench(tmp_path, "check", "--dataset", "./faces", "--recognizer", own, "--progress", "none")
    assert said.code == 0
    assert f"subjects                 {len(AS_FOLDERS)}" in said.out
    assert sorted({c for c in said.out + said.err if not c.isprintable() and c != "\n"}) == []


def test_korean_names_are_found_in_either_normal_form_and_fit_80_columns(tmp_path: Path) -> None:
    import unicodedata

    names = ["김민수", "이서연", "박지훈", "최은정"]
    faces(tmp_path / "얼굴", [unicodedata.normalize("NFD", name) for name in names])
    (tmp_path / "얼굴" / "manifest.csv").write_text(
        "path,subject\n" + "".join(f"{name}/{k}.png,{name}\n" for name in names for k in range(2)), encoding="utf-8"
    )
    said = frbench(
        tmp_path, "run", "--dataset", "얼굴/manifest.csv", "--recognizer", recognizer(tmp_path), "--out", "결과",
        "--progress", "none", "--lang", "ko", env=environment(tmp_path, COLUMNS="80"),
    )  # fmt: skip
    assert said.code == 0, said.err
    wide = [sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in said.out.splitlines()]
    assert max(wide) <= 80
    assert "김민수" in (tmp_path / "결과" / "result.json").read_text("utf-8")
