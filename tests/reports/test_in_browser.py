"""The page in Chromium: it asks for nothing, complains of nothing, and is whole without JavaScript."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from fr_bench.findings import Result
from fr_bench.reports import render
from tests.reports import examples
from tests.reports.browser import Browser, executable

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(executable() is None, reason="Chromium is not installed"),
]
TEXTS = "document.querySelector('main').innerText"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "plain": render.html(examples.example()),
        "korean": render.html(examples.example(), language="ko"),
        "several": render.html([examples.example(), examples.example(name="other"), examples.scores_only()]),
        "scores": render.html(examples.scores_only()),
    }
    hostile = "".join(examples.HOSTILE)
    made["hostile"] = render.html(examples.hostile(hostile))
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.mark.parametrize("name", ["plain", "korean", "several", "scores", "hostile"])
@pytest.mark.parametrize("scripts", [True, False])
def test_page_asks_for_nothing_and_complains_of_nothing(
    browser: Browser, pages: dict[str, Path], name: str, scripts: bool
) -> None:
    visit = browser.visit(pages[name], scripts=scripts)
    assert visit.requests == []
    assert visit.complaints == []


def test_policy_refuses_what_the_page_did_not_bring(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    text = pages["plain"].read_text(encoding="utf-8")
    hurt = tmp_path / "hurt.html"
    hurt.write_text(text.replace("</main>", "<script>document.title='run'</script></main>"), encoding="utf-8")
    visit = browser.visit(hurt)
    assert browser.evaluate(visit, "document.title") != "run"
    assert any("Content Security Policy" in complaint for complaint in visit.complaints)


def test_page_reads_the_same_without_scripts(browser: Browser, pages: dict[str, Path]) -> None:
    bare = browser.evaluate(browser.visit(pages["plain"], scripts=False), TEXTS)
    for expected in ("4.82\u00a0%", "217 of 4\u00a0500", "not measurable", "assumes_", "frbench report RUN", "yaw45_1"):
        assert expected in bare
    assert (
        browser.evaluate(browser.visit(pages["plain"], scripts=False), "document.querySelectorAll('svg path').length")
        > 50
    )


def test_pointing_at_a_plot_reads_off_a_threshold(browser: Browser, pages: dict[str, Path]) -> None:
    visit = browser.visit(pages["plain"])
    browser.evaluate(
        visit, "document.querySelector('#plot-det').scrollIntoView({behavior: 'instant', block: 'center'})"
    )
    place = "(function () { var box = document.querySelector('#plot-det svg').getBoundingClientRect(); "
    middle = browser.evaluate(visit, place + "return [box.x + box.width / 2, box.y + box.height / 2]; })()")
    browser.point(visit, *middle)
    told = browser.evaluate(visit, "document.querySelector('#plot-det output').textContent")
    assert told.startswith("Threshold 0.")
    assert "FNMR" in told
    assert visit.complaints == []


def test_clicking_a_head_sorts_by_the_exact_value(browser: Browser, pages: dict[str, Path]) -> None:
    visit = browser.visit(pages["plain"])
    browser.evaluate(visit, "document.querySelectorAll('#measures table')[0].tHead.rows[0].cells[1].firstChild.click()")
    column = (
        "Array.from(document.querySelectorAll('#measures table')[0].tBodies[0].rows).map(r => r.cells[1].dataset.order)"
    )
    told = [float(value) for value in browser.evaluate(visit, column) if value is not None]
    assert told == sorted(told)


@pytest.mark.parametrize("name", ["plain", "korean", "several", "hostile"])
@pytest.mark.parametrize("width", [400, 1100])
def test_nothing_hangs_over_the_edge(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    visit = browser.visit(pages[name], width=width)
    assert browser.evaluate(visit, "document.documentElement.scrollWidth") <= width


def test_names_and_values_stand_below_each_other_on_a_telephone(browser: Browser, pages: dict[str, Path]) -> None:
    visit = browser.visit(pages["plain"], width=400)
    widths = "Array.from(document.querySelectorAll('dd')).map(one => one.getBoundingClientRect().width)"
    assert min(browser.evaluate(visit, widths)) > 300


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(browser: Browser, pages: dict[str, Path], dark: bool) -> None:
    visit = browser.visit(pages["plain"], dark=dark)
    found = browser.evaluate(visit, CONTRASTS)
    assert found, "no text found"
    assert min(ratio for _, ratio in found) >= 4.5, sorted(found, key=lambda one: one[1])[:5]


def test_dark_scheme_is_dark_on_screen_and_light_on_paper(browser: Browser, pages: dict[str, Path]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    assert browser.evaluate(browser.visit(pages["plain"], dark=True), ground) == "rgb(22, 25, 29)"
    assert browser.evaluate(browser.visit(pages["plain"], dark=True, media="print"), ground) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scripts", [True, False])
def test_folded_tables_are_open_on_paper(browser: Browser, pages: dict[str, Path], scripts: bool) -> None:
    visit = browser.visit(pages["plain"], scripts=scripts, media="print")
    height = "document.querySelector('#det details table').getBoundingClientRect().height"
    shown = "document.querySelector('#det details table').checkVisibility({contentVisibilityAuto: true})"
    assert browser.evaluate(visit, height) > 500
    assert browser.evaluate(visit, shown)
    assert browser.pdf(visit).startswith(b"%PDF")


@pytest.mark.parametrize("dark", [False, True])
def test_screenshot_is_no_empty_sheet(browser: Browser, pages: dict[str, Path], tmp_path: Path, dark: bool) -> None:
    from PIL import Image

    visit = browser.visit(pages["plain"], dark=dark)
    browser.screenshot(visit, tmp_path / "page.png")
    with Image.open(io.BytesIO((tmp_path / "page.png").read_bytes())) as image:
        assert image.width == 1100
        assert image.height > 3000
        assert len(image.convert("RGB").quantize(64).getcolors() or []) > 20


def test_hostile_texts_are_text(browser: Browser, result: Result, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    count = "document.querySelectorAll('script, img, style, b').length"
    path.write_text(render.html(result), encoding="utf-8")
    plain = browser.evaluate(browser.visit(path), count)
    for text in ("</script><img src=x onerror=alert(1)>", '"><b>bold</b>', "<style>*{display:none}</style>"):
        path.write_text(render.html(examples.hostile(text)), encoding="utf-8")
        visit = browser.visit(path)
        assert browser.evaluate(visit, count) <= plain
        assert text in browser.evaluate(visit, "document.querySelector('h1').textContent")
        assert visit.complaints == []


CONTRASTS = """
(function () {
  function parts(colour) { return colour.match(/[0-9.]+/g).map(Number); }
  function light(colour) {
    return parts(colour).slice(0, 3).map(function (v) {
      v /= 255;
      return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    }).reduce(function (sum, v, k) { return sum + v * [0.2126, 0.7152, 0.0722][k]; }, 0);
  }
  function ground(node) {
    while (node) {
      var colour = getComputedStyle(node).backgroundColor, known = parts(colour);
      if (known.length < 4 || known[3] === 1) return colour;
      node = node.parentElement;
    }
    return "rgb(255, 255, 255)";
  }
  var walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [], node;
  while ((node = walker.nextNode())) {
    var parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest("script, style, svg, .skip")) continue;
    var a = light(getComputedStyle(parent).color), b = light(ground(parent));
    found.push([node.textContent.trim().slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
  }
  return found;
})()
"""
