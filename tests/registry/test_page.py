"""The registry as a page: whole without JavaScript, searched and sorted with it, deterministic, safe to open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fr_bench.registry import page
from fr_bench.registry.entry import Problem, Product
from fr_bench.registry.index import Answer
from tests.registry.test_index import ENTRIES, KISA, entry
from tests.reports import examples
from tests.reports.browser import Browser, executable

HURT = Problem(place="runs/hurt", state="damaged", reason="result.json is missing")
LIST = Answer("Tested products", ENTRIES, 3, (HURT,))


def test_every_entry_shows_figures_verdict_digests_folder_and_what_it_is_not() -> None:
    text = page.html(LIST)
    for told in ("Tested products", "NO CERTIFICATES", "Straße GmbH", "kisa-style-face: not met", "LAB-7", "runs/2",
                 "rehearsal, not a certificate", "[0.654,", "1.234]", ENTRIES[1].digest, "e" * 64, "d" * 64,
                 "valid 2026-04-01 to 2029-04-01", "runs/hurt", "result.json is missing"):  # fmt: skip
        assert told.replace(" %", "\u00a0%") in text, told


def test_categories_bear_the_names_that_they_are_given() -> None:
    text = page.html(LIST, titles=lambda scheme, category: f"{scheme} {category}category")
    assert "kisa-style-face category" in text


def test_the_page_in_korean_says_that_nothing_is_a_certificate() -> None:
    text = page.html(LIST, language="ko")
    assert '<html lang="ko">' in text
    assert "예행 시험·시험 실행 기록, 인증 아님" in text


def test_equal_answers_give_equal_bytes() -> None:
    assert page.html(LIST) == page.html(LIST)


def test_an_empty_list_is_a_page() -> None:
    assert "Entries: 0" in page.html(Answer("", (), 0, ()))


def test_a_long_list_leaves_the_details_to_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_DETAILED", 2)
    text = page.html(LIST)
    assert "frbench registry show ID" in text
    assert "<details>" not in text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name in ("src", "action")]


def drawn(words: Sequence[str]) -> _Tags:
    """The tags of a page that has an entry and a problem for each word, with the word wherever text can stand."""
    made = tuple(
        entry(k, name=word, recognizer=word, dataset=word, folder=word, rehearsed=(KISA,), copies=(word,),
              product=Product(vendor=f"{k}{word}", number=word, note=word, category=word))
        for k, word in enumerate(words)
    )  # fmt: skip
    problems = tuple(Problem(place=word, state=word, reason=word) for word in words)
    found = _Tags()
    found.feed(page.html(Answer(words[0], made, len(made), problems)))
    return found


def test_hostile_texts_are_only_text() -> None:
    words = [text for text in examples.HOSTILE if set(text) & set("<>&\"'{:\u202e\x00\udcff")]
    hostile = drawn(words)
    assert hostile.tags == drawn(["plain"] * len(words)).tags
    assert hostile.handlers == []


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "registry.html"
    path.write_text(page.html(LIST), encoding="utf-8")
    return path


SHOWN = (
    "Array.from(document.querySelectorAll('table.registry > tbody')).filter(b => !b.hidden).map(b => b.id.length && \
b.querySelector('th').innerText.split('\\n')[0])"
)


def typed(key: str, value: str) -> str:
    """Put a value into one of the fields, as a person would, and say which entries are left."""
    field = f"document.querySelector('[data-by={key}]')"
    return (
        "(function () { document.querySelectorAll('[data-by]').forEach(f => { f.value = ''; }); "
        f"var f = {field}; f.value = {value!r}; f.dispatchEvent(new Event('input')); return {SHOWN}; }})()"
    )


@pytest.mark.browser
@pytest.mark.skipif(executable() is None, reason="Chromium is not installed")
class TestInBrowser:
    @pytest.mark.parametrize("scripts", [True, False])
    def test_the_page_asks_for_nothing_and_complains_of_nothing(
        self, browser: Browser, file: Path, scripts: bool
    ) -> None:
        visit = browser.visit(file, scripts=scripts)
        assert (visit.requests, visit.complaints) == ([], [])

    def test_without_scripts_everything_is_shown_and_no_dead_field(self, browser: Browser, file: Path) -> None:
        visit = browser.visit(file, scripts=False)
        assert browser.evaluate(visit, SHOWN) == ["Hanbit", "Auge", "100%_sure"]
        assert browser.evaluate(visit, "document.getElementById('filters').offsetHeight") == 0
        assert "result.json is missing" in browser.evaluate(visit, "document.querySelector('main').innerText")

    @pytest.mark.parametrize(
        ("key", "value", "left"),
        [
            ("text", "HANBIT lab-7", ["Hanbit"]),
            ("text", "한빛", ["Hanbit"]),
            ("text", ENTRIES[2].digest[:12], ["100%_sure"]),
            ("text", "<b>", []),
            ("vendor", "Straße GmbH", ["Auge"]),
            ("scheme", "kisa-style-face", ["Auge"]),
            ("verdict", "not met", ["Auge"]),
            ("day", "2028-01-01", ["Hanbit"]),
            ("day", "2026-01-01", ["Auge"]),
        ],
    )
    def test_fields_leave_the_entries_that_fit(
        self, browser: Browser, file: Path, key: str, value: str, left: list[str]
    ) -> None:
        visit = browser.visit(file)
        assert browser.evaluate(visit, typed(key, value)) == left
        count = browser.evaluate(visit, "document.getElementById('count').textContent")
        assert count == (f"Entries: {len(left)} of 3" if left else "No entry fits.")

    def test_columns_sort_both_ways_with_the_unknown_last(self, browser: Browser, file: Path) -> None:
        visit = browser.visit(file)
        click = "document.querySelectorAll('table.registry > thead button')[1].click(); " + SHOWN
        assert browser.evaluate(visit, click) == ["Auge", "Hanbit", "100%_sure"]
        assert browser.evaluate(visit, click) == ["Hanbit", "Auge", "100%_sure"]

    @pytest.mark.parametrize("width", [360, 1100])
    def test_nothing_is_wider_than_the_screen(self, browser: Browser, file: Path, width: int) -> None:
        visit = browser.visit(file, width=width)
        opened = "document.querySelectorAll('details').forEach(d => { d.open = true; }); "
        assert browser.evaluate(visit, opened + "document.documentElement.scrollWidth") <= width
