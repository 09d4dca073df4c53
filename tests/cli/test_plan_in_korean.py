"""`frbench plan --lang ko`: every sentence is told in Korean, and nothing is cut at 80 columns."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.conftest import RunCli

ENGLISH = re.compile(r"\b(?:the|of|is|are|with|that|each|needs?|subjects?|trials?|errors?|known|probability)\b")
NAMES = re.compile(r"`[^`]*`|--set \w+=NUMBER")
ASKED = (
    ["FMR<=1e-4"],
    ["FMR+-30%", "--true", "1e-3"],
    ["FNMR<=1%", "--samples", "4", "--references", "1", "--sided", "one"],
    ["FNMR@FMR=1e-3<=2%"],
    ["FNIR@FPIR=1e-2<=5%"],
    ["APCER<=5%", "--samples", "3", "--deff", "2"],
    ["FTE<=1%"],
    ["FNMR difference 0.005", "--true", "0.02"],
    ["FNMR difference 0.005", "--tau", "0.05", "--differing", "60"],
    ["FNMR difference 0.005", "--tau", "0.05"],
    ["FMR<=1e-4", "--subjects", "300", "--samples", "4"],
    ["FNMR<=1%", "--subjects", "12"],
    ["FNMR difference 0.005", "--discordant", "0.02", "--subjects", "300"],
    ["--scheme", "kisa-style-face"],
    ["--scheme", "nist-800-63a-4"],
    ["--scheme", "tta-vv-like"],
    ["--scheme", "nist-frte-1n"],
)


@pytest.mark.parametrize("arguments", ASKED, ids=" ".join)
def test_no_english_sentence_is_left(run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = run_cli("plan", *arguments, "--lang", "ko")
    assert said.code == 0
    assert ENGLISH.findall(NAMES.sub("", said.out.partition("\n")[2])) == []


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("arguments", ASKED, ids=" ".join)
def test_nothing_is_cut_or_wider_than_the_terminal(
    run_cli: RunCli, monkeypatch: pytest.MonkeyPatch, arguments: list[str], language: str
) -> None:
    from rich.cells import cell_len

    monkeypatch.setenv("COLUMNS", "80")
    out = run_cli("plan", *arguments, "--lang", language).out
    assert "…" not in out
    assert max(cell_len(line) for line in out.splitlines() if "{" not in line) <= 80


def test_json_is_the_same_in_every_language(run_cli: RunCli) -> None:
    english, korean = (run_cli("plan", "FMR<=1e-4", "--json", "--lang", lang).out for lang in ("en", "ko"))
    assert json.loads(english) == json.loads(korean)


def test_a_limit_is_told_as_it_was_written(run_cli: RunCli) -> None:
    assert "at or below 1e-4," in run_cli("plan", "FMR<=1e-4").out.replace("\n", " ")
    assert "at or below 0.0001," in run_cli("plan", "FMR<=0.0001").out.replace("\n", " ")


def test_only_small_rates_are_written_with_an_exponent(run_cli: RunCli) -> None:
    said = run_cli("plan", "FMR<=1e-2", "--samples", "40", "--correlation", "0.5", "--true", "0.00005").out
    assert set(re.findall(r"\de(-?)\d", said)) == {"-"}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_scheme_names_its_measures_with_the_values_that_are_known(run_cli: RunCli, lang: str) -> None:
    said = run_cli("plan", "--scheme", "fido-biometric-like", "--lang", lang).out
    assert "FNMR@FMR=1e-4 <= 5 %" in said
    assert "FMR@threshold=NUMBER <= 0.01 %" in said
    assert "--set threshold=NUMBER" in said
    assert "{" not in said
