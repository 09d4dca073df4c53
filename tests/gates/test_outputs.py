"""What CI systems are told: JUnit, GitHub, GitLab, Markdown, OpenMetrics, the terminal."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from fr_bench.findings import Finding, Measurement
from fr_bench.gates import Judgement, Verdict
from fr_bench.gates.github import MOST, workflow_commands
from fr_bench.gates.gitlab import code_quality, metrics
from fr_bench.gates.junit import junit
from fr_bench.gates.tables import as_json, markdown, terminal
from fr_bench.gates.verdict import Word

HOSTILE = "a|b\n::error::x\x1b[31m<script>alert(1)</script>,%0A@team\x00`"


def verdict(word: Word, name: str = "EER at most 2 %", severity: float = 0.0, *, missing: bool = False) -> Verdict:
    found = Measurement(measure="EER", version=1, unit="number", better="lower", value=0.1)
    return Verdict(
        name=name,
        kind="limit",
        finding=Finding(requirement=f"{name} wanted", measurement=found, verdict=word, reason=f"because of {name}."),
        terms="limit 2 %",
        line=3,
        severity=severity,
        missing=missing,
    )


def judgement(*verdicts: Verdict, **more: object) -> Judgement:
    return Judgement(run="run", verdicts=verdicts, **more)  # type: ignore[arg-type]


ALL = (verdict("pass", "one"), verdict("inconclusive", "two"), verdict("fail", "three"))


@pytest.mark.parametrize(
    ("verdicts", "setting", "code"),
    [
        ((verdict("pass"),), "exit5", 0),
        ((verdict("inconclusive"), verdict("pass")), "exit5", 5),
        ((verdict("inconclusive"),), "fail", 1),
        ((verdict("inconclusive"),), "pass", 0),
        ((verdict("inconclusive", missing=True),), "pass", 5),
        ((verdict("inconclusive"), verdict("fail")), "pass", 1),
        (ALL, "exit5", 1),
    ],
)
def test_the_exit_code_follows_from_the_verdicts_and_the_setting(
    verdicts: tuple[Verdict, ...], setting: str, code: int
) -> None:
    assert judgement(*verdicts, inconclusive=setting).exit_code == code


@pytest.mark.parametrize(("setting", "tag"), [("exit5", "error"), ("fail", "failure"), ("pass", "skipped")])
def test_junit_has_one_case_a_gate_and_counts_them(setting: str, tag: str) -> None:
    (suite,) = ElementTree.fromstring(junit(judgement(*ALL, inconclusive=setting)))
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == ["one", "two", "three"]
    assert cases[1].find(tag) is not None
    assert cases[2].find("failure") is not None
    told = {name: int(str(suite.get(name))) for name in ("tests", "failures", "errors", "skipped")}
    assert told["tests"] == 3
    assert sum(told[name] for name in ("failures", "errors", "skipped")) == 2


def test_junit_is_xml_whatever_the_names() -> None:
    root = ElementTree.fromstring(junit(judgement(verdict("fail", HOSTILE), allowed=(HOSTILE,))))
    assert "\x1b" not in ElementTree.tostring(root, encoding="unicode")


def test_annotations_are_at_most_ten_and_the_worst_come_first() -> None:
    many = [verdict("fail", f"gate {k}", severity=float(k)) for k in range(15)] + [verdict("inconclusive", "open", 99)]
    lines = workflow_commands(judgement(*many))
    assert len(lines) == MOST
    assert "gate 14" in lines[0]
    assert "7 more gates" in lines[-1]


def test_nothing_in_a_name_becomes_a_workflow_command() -> None:
    lines = workflow_commands(judgement(verdict("fail", HOSTILE)))
    assert len(lines) == 1
    assert "\n" not in lines[0]
    properties = re.match(r"::error (.*?)::", lines[0])
    assert properties is not None
    assert properties[1].count(",") == 0


def test_nothing_in_a_name_breaks_the_markdown_table() -> None:
    text = markdown(judgement(verdict("fail", HOSTILE), verdict("pass")))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 3
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows)
    assert "<script" not in text
    assert "@team" not in text


def test_markdown_shows_what_did_not_pass_first() -> None:
    rows = [line for line in markdown(judgement(*ALL)).splitlines() if line.startswith("| ")][1:]
    assert [re.search("pass|fail|inconclusive", row)[0] for row in rows] == ["fail", "inconclusive", "pass"]  # type: ignore[index]


def test_gitlab_is_told_what_did_not_pass_with_fingerprints_of_their_own() -> None:
    found = json.loads(code_quality(judgement(*ALL, where="gates.toml")))
    assert [one["severity"] for one in found] == ["critical", "major"]
    assert len({one["fingerprint"] for one in found}) == 2
    assert found[0]["location"] == {"path": "gates.toml", "lines": {"begin": 3}}


def test_openmetrics_hold_figure_and_verdict_of_every_gate() -> None:
    lines = metrics(judgement(*ALL, verdict("fail", HOSTILE))).decode().splitlines()
    assert lines[-1] == "# EOF"
    assert len(lines) == 9
    assert lines[0] == 'frbench_gate_verdict{gate="one"} 1'


def test_what_was_forced_stands_in_every_output() -> None:
    forced = judgement(*ALL, allowed=("independent: forced",))
    assert "Forced: independent: forced" in terminal(forced)
    assert "Forced: independent: forced" in markdown(forced)
    assert b"independent: forced" in junit(forced)
    assert as_json(forced)["allowed"] == ["independent: forced"]


def test_the_terminal_is_safe_whatever_the_names() -> None:
    assert "\x1b" not in terminal(judgement(verdict("fail", HOSTILE)))


def test_json_is_strict() -> None:
    json.dumps(as_json(judgement(*ALL)), allow_nan=False)
