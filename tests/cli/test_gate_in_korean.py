"""`frbench gate --lang ko`: people read Korean; what machines read, and the names of gates, stay as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.gates.making import run, written

from .conftest import RunCli

ENGLISH = re.compile(r"\b(?:the|is|are|with|that|nobody|judged|bounds?|then|now|worse|would|passed|failed|why|more)\b")
NAMES = re.compile(r"^\S+ +.*$|by subject|`[^`]*`|--\w[\w-]*", re.M)
GATES = """
[[limit]]
measure = "EER"
at_most = "1%"
[[limit]]
measure = "EER"
at_most = "11%"
[[limit]]
measure = "EER"
at_most = "60%"
judge = "point"
[[limit]]
measure = "FNMR@FMR=1e-6"
at_most = "20%"
[[limit]]
measure = "FNMR@FMR=0.05"
by = "height"
at_most = "20%"
[[regression]]
measure = "EER"
[[regression]]
measure = "FNMR@threshold=1.5"
margin = 0.01
[[regression]]
measure = "FTE"
[[cost]]
quantity = "template_bytes"
at_most = 64
"""


@pytest.fixture
def judged(tmp_path_factory: pytest.TempPathFactory, run_cli: RunCli) -> tuple[Path, ...]:
    """A run that is worse than the baseline, the gate file, and the baseline."""
    folder = tmp_path_factory.mktemp("gated")
    before, worse = written(folder / "a", run(2)), written(folder / "b", run(2, separation=1.0, name="b"))
    rules, baseline = folder / "g.toml", folder / "base.json"
    rules.write_text(GATES)
    kept = ["--measure", "EER", "--measure", "FNMR@threshold=1.5"]
    assert run_cli("baseline", before, "-o", baseline, *kept).code == 0
    return worse, rules, baseline


def asked(judged: tuple[Path, ...], *more: str) -> list[str]:
    return ["gate", str(judged[0]), "--gates", str(judged[1]), "--baseline", str(judged[2]), *more]


def test_terminal_and_markdown_hold_no_english_sentence(judged: tuple[Path, ...], run_cli: RunCli) -> None:
    said = run_cli(*asked(judged, "--lang", "ko", "--markdown", "m.md"))
    assert said.code == 1
    assert "기준선보다 나빠짐" in said.out
    assert [line for line in said.out.splitlines() if ENGLISH.search(NAMES.sub("", line))] == []
    table = Path("m.md").read_text("utf-8")
    assert "| ❌ 실패 (fail) |" in table  # a bot that looks for the verdict finds it
    reasons = "".join(re.findall(r"^\|[^|]*\|[^|]*\|(.*)\|$", table, re.M))
    assert ENGLISH.findall(NAMES.sub("", f" {reasons}")) == []


def test_what_machines_read_is_the_same_in_every_language(judged: tuple[Path, ...], run_cli: RunCli) -> None:
    files = []
    for language in ("en", "ko"):
        reports = ["--junit", f"{language}.xml", "--gitlab", f"{language}.json", "--metrics", f"{language}.txt"]
        said = run_cli(*asked(judged, "--lang", language, "--json", *reports))
        files.append((said.out, *(Path(f"{language}.{end}").read_bytes() for end in ("xml", "json", "txt"))))
    assert files[0] == files[1]
