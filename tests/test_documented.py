"""What users can name is documented: commands, options, keys, measures, recognizers, formats, cards, labels."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import fr_bench
from fr_bench import cards, known_measures, measuring, plugins
from fr_bench.cli import COMMANDS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def remake() -> ModuleType:
    spec = importlib.util.spec_from_file_location("remake", DOCS / "remake.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reference_pages_are_what_the_code_makes_now(remake: ModuleType) -> None:
    assert remake.outdated() == [], "run python docs/remake.py --pages"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_examples_and_exit_codes_in_its_help(name: str) -> None:
    page = (DOCS / "commands.md").read_text("utf-8")
    section = page.split(f"## frbench {name}\n")[1].split("\n## ")[0]
    assert "Examples:" in section
    assert "Exit codes:" in section
    assert f"frbench {name}" in section


@pytest.mark.parametrize("kind", ["recognizers", "formats"])
def test_every_plugin_is_described_on_the_configuration_page(kind: str) -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")
    assert [name for name in plugins.names(kind) if f"### {name}\n" not in page] == []


def test_every_measure_and_label_is_explained() -> None:
    page = (DOCS / "measures.md").read_text("utf-8")
    assert [kind.example for kind in known_measures.kinds() if f"## `{kind.example}`" not in page] == []
    assert [label for label in measuring.LABELS if f"`{label}`" not in page] == []


def test_every_label_has_words_in_the_reports_of_both_languages() -> None:
    from fr_bench.reports.wording import wording

    for language in ("en", "ko"):
        say = wording(language)
        assert [label for label in measuring.LABELS if not say.get(f"label.{label}", "")] == [], language


def test_every_example_of_a_measure_parses() -> None:
    for kind in known_measures.kinds():
        assert known_measures.resolve(kind.example)[1] is kind


def test_public_names_are_sorted_and_there() -> None:
    assert fr_bench.__all__ == sorted(fr_bench.__all__)
    assert all(hasattr(fr_bench, name) for name in fr_bench.__all__)


def test_every_configuration_that_ships_is_valid() -> None:
    from fr_bench import runspec

    paths = sorted(cards.shipped("configs").glob("*.toml"))
    assert len(paths) >= 16
    for path in paths:
        runspec.read(path)


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_readme_shows_two_lines_that_are_complete_in_themselves() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    lines = re.findall(r"^python3 -m venv .*$", text, flags=re.M)
    assert lines == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/frbench run",
        "python3 -m venv .venv-test && .venv-test/bin/pip install -e '.[test]' "
        "&& .venv-test/bin/pytest -n auto --dist worksteal",
    ]
    assert "`pip install frbench` gets something else" in text


def test_no_page_names_a_place_of_one_machine() -> None:
    hidden = re.compile(r"/(?:home|root|tmp|work)/")
    pages = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "configs").glob("*.toml")]
    pages += [path for path in (ROOT / "reports").rglob("*") if path.suffix in (".json", ".html", ".csv")]
    assert [str(p) for p in pages if hidden.search(p.read_text("utf-8"))] == []
