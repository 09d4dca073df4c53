"""`frbench plan`: what it says, as a table and as JSON, and what it refuses."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from fr_bench.findings import ComparisonSummary, Interval, Measurement, Proportion, Result
from fr_bench.reports import result_file

from .conftest import RunCli

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "plan-a-test.md").read_text("utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.S) for line in block.splitlines()]


@pytest.fixture
def pilot(tmp_path: Path) -> Path:
    """A run of 100 subjects with 4 samples each, whose mated comparisons have a design effect of 2."""
    comparisons = ComparisonSummary(
        plan="all", mated_planned=600, nonmated_planned=79200, mated_made=600, nonmated_made=79200, mated_failed=0,
        nonmated_failed=0, references=400, probes=400,
    )  # fmt: skip
    fnmr = Measurement(
        measure="FNMR@FMR=1e-3", version=1, unit="proportion", better="lower", value=0.05, counts=Proportion(30, 600),
        interval=Interval(0.03, 0.08, 0.95, "boot-exact", "subject"), subjects=100,
        details={"precision": {"deff": 2.0, "effective": 290.0, "degrees": 99, "carry": 40.0, "borrowed": False}},
    )  # fmt: skip
    result = Result(name="pilot", run={}, dataset=None, recognizer=None, comparison=comparisons, measurements=(fnmr,))
    folder = tmp_path / "pilot"
    folder.mkdir()
    (folder / "result.json").write_bytes(result_file.write(result))
    return folder


def test_a_plan_says_sizes_at_half_and_double_the_correlation_and_everything_assumed(run_cli: RunCli) -> None:
    said = run_cli("plan", "FMR<=1e-4", "--power", "0.9")
    assert said.code == 0, said.err
    for words in (
        "With probability 90 %", "two-sided 95 %", "needed", "half the correlation", "double the correlation",
        "without any error", "without limit", "Rule of 3", "Rule of 30", "Taken for granted", "a third of the limit",
        "no pilot",
    ):  # fmt: skip
        assert words in " ".join(said.out.split()), words


def test_a_table_fits_the_terminal(run_cli: RunCli) -> None:
    assert max(map(len, run_cli("plan", "FNMR@FMR=1e-3<=2%", "--samples", "4").out.splitlines())) <= 100


def test_json_has_every_figure_of_the_plan(run_cli: RunCli) -> None:
    found = json.loads(run_cli("plan", "FNMR<=1%", "--json").out)["plan"]
    assert found["needed"]["subjects"] == found["needed"]["trials"] == 1574
    assert found["requirement"] == "FNMR<=1%"
    assert {"half", "double", "no_errors", "more_samples", "rules", "assumptions"} <= set(found)


def test_the_same_question_gives_the_same_bytes(run_cli: RunCli) -> None:
    assert run_cli("plan", "FMR<=1e-3", "--json").out == run_cli("plan", "FMR<=1e-3", "--json").out


def test_a_size_that_is_given_is_judged(run_cli: RunCli) -> None:
    said = run_cli("plan", "FMR<=1e-4", "--subjects", "300", "--samples", "4")
    assert said.code == 0
    text = " ".join(said.out.split())
    assert "This size cannot show FMR<=1e-4 with 90 % probability" in text
    assert "are found to break it" in text


def test_fewer_than_20_subjects_get_no_verdict(run_cli: RunCli) -> None:
    assert "no verdict is given" in run_cli("plan", "FNMR<=50%", "--subjects", "15").out


def test_a_plan_from_a_run_names_it_and_says_what_the_run_could_decide(run_cli: RunCli, pilot: Path) -> None:
    said = run_cli("plan", "FNMR@FMR=1e-3<=5%", "--from", pilot)
    assert said.code == 0, said.err
    text = " ".join(said.out.split())
    assert "as in pilot (FNMR@FMR=1e-3: design effect 2, 100 subjects)" in text
    assert "What pilot itself could decide" in text


def test_a_run_alone_says_what_every_rate_could_show(run_cli: RunCli, pilot: Path) -> None:
    said = run_cli("plan", "--from", pilot)
    assert said.code == 0, said.err
    assert "FNMR@FMR=1e-3" in said.out
    assert "400 subjects" in said.out
    found = json.loads(run_cli("plan", "--from", pilot, "--json").out)
    assert found["measures"][0]["subjects_to_halve"] == 400


def test_a_difference_is_planned(run_cli: RunCli) -> None:
    said = run_cli("plan", "FNMR difference 0.005", "--discordant", "0.02", "--json")
    assert json.loads(said.out)["plan"]["needed"]["subjects"] == 8404


def test_a_requirement_that_no_size_shows_says_so(run_cli: RunCli) -> None:
    said = run_cli("plan", "FNMR<=1e-10")
    assert said.code == 0
    assert "more than 10^9" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "nothing to plan for"),
        (["FMRR<=1e-4"], "did you mean 'FMR'"),
        (["FMR<1e-4"], "did you mean 'FMR<=1e-4'"),
        (["FMR"], "says no limit"),
        (["FMR<=1e-4", "--true", "1e-3"], "does not lie below the limit"),
        (["FMR<=1e-4", "--true", "x"], "no rate such as"),
        (["FMR<=1e-4", "--power", "90"], "--power 90"),
        (["FMR<=1e-4", "--powr", "0.9"], "--power"),
        (["FMR<=1e-4", "--sided", "three"], "three"),
        (["FMR<=1e-4", "--subjects", "1"], "at least 2"),
        (["FMR<=1e-4", "--deff", "0.5"], "at least 1"),
        (["FMR<=1e-4", "--deff", "nan"], "at least 1"),
        (["FMR<=1e-4", "--correlation", "nan"], "between 0 and 1"),
        (["FMR<=1e-4", "--discordant", "0.1"], "belongs to a difference"),
        (["FMR+-30%"], "add --true"),
        (["FNMR difference 0.01"], "--discordant"),
    ],
)
def test_mistakes_exit_2_with_a_hint(run_cli: RunCli, arguments: list[str], words: str) -> None:
    said = run_cli("plan", *arguments)
    assert said.code == 2, said
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_run_without_the_rate_exits_2(run_cli: RunCli, pilot: Path) -> None:
    said = run_cli("plan", "FPIR<=1%", "--from", pilot)
    assert (said.code, "measured no FPIR" in said.err) == (2, True)


def test_a_run_that_cannot_be_read_exits_3(run_cli: RunCli, tmp_path: Path) -> None:
    said = run_cli("plan", "FMR<=1e-4", "--from", tmp_path / "none")
    assert (said.code, "none" in said.err) == (3, True)


@pytest.mark.parametrize("line", [line for line in COMMANDS if "--from" not in line])
def test_every_example_of_the_page_runs(run_cli: RunCli, line: str) -> None:
    assert run_cli(*shlex.split(line)[1:]).code == 0


def test_the_page_shows_what_is_printed_now(run_cli: RunCli) -> None:
    shown = re.findall(r"```text\n(.*?)```", PAGE, flags=re.S)
    printed = run_cli(*shlex.split(COMMANDS[0])[1:]).out
    assert [line.rstrip() for line in printed.rstrip().splitlines()] == shown[0].rstrip().splitlines()
