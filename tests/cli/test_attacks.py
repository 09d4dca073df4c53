"""`frbench evaluate --attacks`: presentations alone, beside scores, and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fr_bench.cli.evaluate import command
from fr_bench.errors import FrBenchError

ROWS = "score,species,instrument\n" + "".join(
    [f"0.{60 + k},,s{k}\n" for k in range(30)] + [f"0.{20 + 2 * k},print,p{k}\n" for k in range(25)]
)


@pytest.fixture
def attacks(tmp_path: Path) -> Path:
    path = tmp_path / "attacks.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    found = CliRunner().invoke(command, [str(one) for one in arguments], standalone_mode=False)
    if isinstance(found.exception, Exception) and not isinstance(found.exception, FrBenchError):
        raise found.exception
    return found


def test_presentations_alone_give_what_is_usual(attacks: Path) -> None:
    told = json.loads(run("--attacks", attacks, "--json").stdout)
    assert [one["measure"] for one in told["measurements"]] == ["APNRR", "BPNRR", "BPCER10", "BPCER20", "BPCER100"]
    assert told["name"] == "attacks"


def test_presentations_stand_beside_scores(attacks: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("score,label\n0.9,1\n0.8,1\n0.1,0\n0.2,0\n", encoding="utf-8")
    told = json.loads(run(scores, "--attacks", attacks, "--measure", "AUC", "--measure", "BPCER10", "--json").stdout)
    assert {one["measure"]: one["value"] is None for one in told["measurements"]} == {"AUC": False, "BPCER10": False}


def test_scores_that_are_high_for_attacks(attacks: Path) -> None:
    text: list[str | Path] = [
        "--attacks",
        attacks,
        "--attack-polarity",
        "attack",
        "--measure",
        "BPCER@threshold=-0.5",
        "--json",
    ]
    (found,) = json.loads(run(*text).stdout)["measurements"]
    assert found["counts"] == {"errors": 30, "trials": 30}


@pytest.mark.parametrize("arguments", [[], ["scores.csv", "--attack-polarity", "attack"]])
def test_nothing_to_measure_is_refused_with_what_to_give(arguments: list[str]) -> None:
    mistake = run(*arguments).exception
    assert isinstance(mistake, FrBenchError)
    assert mistake.code == "bad_option"
    assert "--attacks" in mistake.message
