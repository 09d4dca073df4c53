"""The page as text: complete, escaped, equal bytes, and nothing in it that is loaded from elsewhere."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fr_bench import plugins
from fr_bench.errors import UsageError
from fr_bench.findings import FailedSample, Finding, Note, Result
from fr_bench.reports import render, side_by_side, wording
from fr_bench.reports.escaping import picture
from tests.reports import examples


@pytest.fixture(scope="module")
def page() -> str:
    return render.html(examples.example())


def quick(result: Result) -> Result:
    """The result without what is slow to draw."""
    return dataclasses.replace(result, curves=(), distributions=())


class Elements(HTMLParser):
    """Elements with their attributes, and the visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style", "svg"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.words.append(data)


def test_equal_results_give_equal_bytes(page: str) -> None:
    assert render.html(examples.example()) == page


def test_page_loads_nothing(page: str) -> None:
    for tag, attributes in Elements(page).found:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        for name in ("src", "href", "action", "data", "srcset", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/png;base64,"))
    assert "http://" not in page
    assert "https://" not in page
    assert "@import" not in page


def test_policy_names_the_hash_of_the_only_script(page: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    told = dict(Elements(page).found[3][1])
    assert f"script-src 'sha256-{digest}'" in told["content"]
    assert told["content"].startswith("default-src 'none'")


def test_no_element_has_an_event_handler(page: str) -> None:
    assert not [name for _, attributes in Elements(page).found for name in attributes if name.startswith("on")]


def test_first_section_says_what_was_measured_and_what_it_proves(page: str) -> None:
    first = re.search(r'<section id="summary".*?</section>', page, re.DOTALL)
    assert first
    words = " ".join(" ".join(Elements(first[0]).words).split())
    for expected in (
        "1 000 samples of 100 subjects, 6 without a template", "GENERATED DATA", "4.82 %",
        "95 % interval [4.21, 5.49] %", "217 of 4 500", "if the comparisons were independent", "Warning",
    ):  # fmt: skip
        assert expected in words


def test_a_limited_result_is_labelled() -> None:
    text = render.html(quick(examples.example(labels=("limited",))))
    assert '<strong class="badge">LIMITED</strong>' in text
    assert "LIMITED" not in render.html(quick(examples.example()))


def test_the_head_says_when_it_was_measured_and_that_it_is_a_part() -> None:
    environment = {"finished": "2026-11-23T10:02:03+09:00", "command": ["/opt/bin/frbench", "run", "a b.toml"]}
    text = render.html(quick(examples.example(labels=("limited",), environment=environment)))
    head = text[text.index("<header") : text.index("</header>")]
    assert "measured on 2026-11-23 01:02 UTC" in head
    assert "LIMITED" in head
    assert "frbench run &#39;a b.toml&#39;" in text


def test_extreme_scores_are_marked_where_they_are_errors_at_the_eer_threshold() -> None:
    words = " ".join(" ".join(Elements(render.html(quick(examples.example()))).words).split())
    assert "6 of the listed nonmated comparisons are false matches and 6 of the listed mated ones" in words
    assert "score 0.6000: false match" in words


def test_intervals_and_reasons_of_equal_text_stand_once() -> None:
    words = " ".join(" ".join(Elements(render.html(quick(examples.example()))).words).split())
    assert "AUC, d' no interval: needs subjects as unit" in words
    assert words.count("Comparisons taken as independent") == 1


def test_korean_page_has_korean_notes_and_reasons() -> None:
    notes = (Note(level="warning", code="few_subjects", text="Only 3 subjects."),)
    text = render.html(quick(examples.example(notes=notes)), language="ko")
    assert "대상자가 적어 다른 사람들에 대해서는 거의 말할 수 없습니다 (Only 3 subjects.)" in text


ONLY_WHERE_ASKED = {
    "attacks", "calibration", "differences", "findings", "fusion", "groups", "identification", "quality", "record",
    "subjects", "thresholds",
}  # fmt: skip


def test_every_section_has_its_place(page: str) -> None:
    anchors = re.findall(r'<section id="([a-z-]+)"', page)
    assert anchors == [
        "summary", "measures", "precision", "distributions", "roc", "det", "failures", "notable", "dataset",
        "recognizer", "comparisons", "environment", "digests", "recompute",
    ]  # fmt: skip
    assert {*plugins.names("reports.sections")} - {*anchors} <= ONLY_WHERE_ASKED


def test_headings_do_not_skip_a_level(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in Elements(page).found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_plot_has_words_and_a_table(page: str) -> None:
    found = Elements(page).found
    drawn = [attributes for tag, attributes in found if attributes.get("role") == "img"]
    assert len(drawn) == 4
    assert all(len(attributes["aria-label"]) > 60 for attributes in drawn)
    for figure in re.findall(r'<figure class="plot" id="plot-(?:roc|det|scores-log)".*?</figure>', page, re.DOTALL):
        assert "<details>" in figure
        assert "<table" in figure


def test_every_picture_has_a_text_and_every_head_a_scope(page: str) -> None:
    found = Elements(page).found
    assert all(attributes.get("alt") for tag, attributes in found if tag == "img")
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in found if tag == "th")
    assert len([tag for tag, _ in found if tag == "img"]) == 4 + 24


def test_ids_are_unique(page: str) -> None:
    ids = [attributes["id"] for _, attributes in Elements(page).found if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_zero_errors_are_never_a_bare_zero_percent(page: str) -> None:
    words = " ".join(Elements(page).words)
    assert not re.search(r"(?<![\d.])0\s%", words)
    assert "≤\u00a07.46e-6" in words


def test_labels_that_occur_are_explained_and_no_others(page: str) -> None:
    words = " ".join(Elements(page).words)
    assert "hold the threshold: other data" in words
    assert "Fewer than 20 subjects" not in words


@pytest.mark.parametrize(
    ("text", "language"),
    [*((text, "en") for text in examples.HOSTILE), *((text, "ko") for text in examples.HOSTILE[::5])],
)
def test_hostile_texts_are_only_text(text: str, language: str) -> None:
    drawn = render.html(quick(examples.hostile(text)), language=language)
    drawn.encode("utf-8")
    found = Elements(drawn).found
    assert {tag for tag, _ in found} <= {
        "html", "head", "meta", "title", "style", "body", "a", "header", "p", "h1", "h2", "h3", "nav", "ul", "li",
        "main",
        "section", "div", "strong", "span", "article", "small", "table", "caption", "thead", "tbody", "tr", "th", "td",
        "dl", "dt", "dd", "details", "summary", "figure", "figcaption", "img", "pre", "code", "footer", "script", "wbr",
    }  # fmt: skip
    assert not [name for _, attributes in found for name in attributes if name.startswith("on")]
    sources = [attributes["src"] for tag, attributes in found if tag == "img"]
    assert all(picture(source) for source in sources)
    assert len([tag for tag, _ in found if tag == "script"]) == 2
    hidden = [c for c in {*drawn} if not (c.isprintable() or c in "\n\u00a0\u3000")]
    assert hidden == []


def test_hostile_texts_with_figures_and_side_by_side() -> None:
    results = [examples.hostile(text) for text in ("</svg><b>", "$x_{", "_hidden")]
    drawn = render.html(results)
    assert "<b>" not in drawn
    assert "data-points" not in drawn.split("<script>")[0]


def test_pictures_of_a_set_that_forbids_them_are_not_shown() -> None:
    text = render.html(quick(examples.example(dataset=examples.dataset(pictures_allowed=False))))
    assert "<img" not in text
    assert "forbids showing its pictures" in text
    assert "s000/smile_0.png" in text


def test_pictures_above_the_limit_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "PICTURE_LIMIT", 1000)
    text = render.html(quick(examples.example()))
    assert "<img" not in text
    assert "are left out" in text


def test_a_large_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "SIZE_TO_SAY", 10_000)
    assert "This page is large" in render.html(quick(examples.example()))


def test_results_without_pictures_say_so_and_list_the_ids() -> None:
    bare = examples.example(false_matches=examples.notable(False, pictures=False), false_non_matches=())
    text = render.html(quick(bare))
    assert "holds no pictures of these samples" in text
    assert "s040/neutral_0.png" in text


def test_long_lists_are_cut_and_say_where_the_rest_is() -> None:
    many = tuple(FailedSample(sample=f"{k}", subject="s", stage="decode", reason="empty") for k in range(2500))
    text = render.html(quick(examples.example(failures=many)))
    assert "2\u00a0000 of 2\u00a0500 are shown; all are in failures.csv." in text


def test_findings_have_a_section_when_there_are_any(result: Result) -> None:
    judged = Finding(requirement="FNMR@FMR=1e-3 <= 5 %", measurement=result.measurements[2], verdict="inconclusive",
                     reason="the interval straddles 5 %", would_decide="12 000 mated comparisons")  # fmt: skip
    text = render.html(quick(examples.example(findings=(judged,))))
    assert 'id="findings"' in text
    assert "12\u00a0000 mated comparisons" in text


def test_notes_come_worst_first() -> None:
    notes = (Note(level="information", code="a", text="small"), Note(level="warning", code="b", text="grave"))
    text = render.html(quick(examples.example(notes=notes)))
    assert text.index("</strong> grave") < text.index("</strong> small")


def test_scores_alone_make_a_page() -> None:
    text = render.html(examples.scores_only())
    assert "there are no nonmated scores" in text
    assert "Scores were given without a data set." in text
    assert "Every sample gave a template." not in text


def test_korean_page_uses_the_terms_of_korean_test_reports() -> None:
    text = render.html(quick(examples.example()), language="ko")
    assert '<html lang="ko">' in text
    for term in (
        "오불일치율(FNMR)",
        "동일오류율(EER)",
        "획득실패율(FTA)",
        "등록실패율(FTE)",
        "본인쌍",
        "타인쌍",
        "신뢰구간",
        "임계치",
    ):
        assert term in text


def test_unknown_language_names_the_known_ones(result: Result) -> None:
    with pytest.raises(UsageError, match="known: en, ko"):
        render.html(result, language="fr")


def test_no_result_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at least one"):
        render.html([])


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_values() -> None:
    translated = ("note.", "reason.")  # English texts of the result in another language: English needs none
    english, korean = wording.wording("en").texts, wording.wording("ko").texts
    assert {name for key in korean if key.startswith(translated) for name in fields_of(korean[key])} == {"text"}
    korean = {key: text for key, text in korean.items() if not key.startswith(translated)}
    assert {key: fields_of(text) for key, text in english.items()} == {
        key: fields_of(text) for key, text in korean.items()
    }


def test_every_text_is_used() -> None:
    package = Path(wording.__file__).parent.parent
    files = [path for path in sorted(package.rglob("*")) if path.suffix in (".py", ".html")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    words = set(re.findall(r"[\w'-]+", source))
    # Keys that are put together from a name, such as say(f"label.{label}"), or in a helper that adds the section.
    made = (*{*re.findall(r'f"([a-z_]+\.[a-z_]*)\{', source)}, "claim.", "no_interval.", "transfer.plot_")
    texts = wording.wording("en").texts
    last = {key: key.partition(".")[2].rpartition(".")[2] for key in texts}
    assert [k for k in texts if k not in source and last[k] not in words and not k.startswith(made)] == []


def test_side_by_side_says_what_stands_against_comparing() -> None:
    first = examples.example()
    other_data = examples.example(dataset=examples.dataset(digest="0" * 64))
    newer = examples.example(measurements=(dataclasses.replace(first.measurements[0], version=2),))
    say = wording.wording("en")
    assert side_by_side.obstacles([first, first], say) == []
    assert side_by_side.obstacles([first, other_data], say)[0].startswith("B: other data than A")
    assert side_by_side.obstacles([first, newer], say) == [
        "EER: the definition has different versions in these runs; the values may not be compared."
    ]


def test_side_by_side_gives_every_run_a_column() -> None:
    text = render.html([quick(examples.example()), quick(examples.example(name="second")), examples.scores_only()])
    words = " ".join(" ".join(Elements(text).words).split())
    assert "3 runs" in words
    assert "second" in words
    assert words.count("4.82 %") == 2
    assert "not measured" in words


def test_labels_of_the_whole_result_are_explained() -> None:
    text = render.html(quick(examples.example(labels=("batch_dependent",))))
    assert "The recognizer gives other templates in other batches." in text


def test_every_reason_for_no_interval_that_a_run_gives_is_known_to_the_korean_page() -> None:
    import inspect

    from fr_bench import known_measures, measuring
    from fr_bench.analyses import _group_summaries
    from fr_bench.precision import outcome

    modules = (measuring, known_measures, outcome, _group_summaries)
    source = re.sub(r'"\s*\n\s*"', "", "".join(inspect.getsource(module) for module in modules))
    known = {key: text for key, text in wording.wording("en").texts.items() if key.startswith("no_interval.")}
    assert [key for key, text in known.items() if f'"{text}"' not in source] == []
    assert wording.wording("ko").no_interval(known["no_interval.no_value"]) == "값이 없습니다"
