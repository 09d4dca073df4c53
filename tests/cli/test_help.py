"""`--help` as it is read: on a terminal of eighty columns nothing runs over, and what is shown can be copied."""

from __future__ import annotations

import shlex

import pytest

from fr_bench.cli import COMMANDS, epilogs
from tests.cli.conftest import RunCli

COMMAND = "frbench run --dataset pairs.csv --recognizer python:my.py:Model --measure FNMR@FMR=1e-3"
LONG = f"\b\nExamples:\n  {COMMAND}    one measure\n"


@pytest.mark.parametrize("width", [80, 100])
def test_no_line_of_a_help_is_wider_than_the_terminal(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for arguments in ([], *([name] for name in COMMANDS)):
        said = run_cli(*arguments, "--help")
        assert said.code == 0
        assert [line for line in said.out.splitlines() if len(line) > width] == [], arguments


def test_a_long_command_stays_the_same_command() -> None:
    for width in (40, 60, 80):
        lines = epilogs.fitted(LONG, width).splitlines()[2:]
        command = "\n".join(line for line in lines if line.strip() != "one measure")
        assert shlex.split(command.replace("\\\n", "")) == shlex.split(COMMAND)


def test_what_fits_is_left_as_it_is() -> None:
    assert epilogs.fitted(LONG, 120) == LONG
