"""Gate files: what they may say, and how every mistake is told at once, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from fr_bench import gates
from fr_bench.errors import DataError, UsageError
from fr_bench.gates.rules import RULES, keys_of

CONFIGS = Path(__file__).parent.parent.parent / "configs" / "gates"


def told(text: str) -> str:
    with pytest.raises(UsageError) as mistake:
        gates.read(text, where="g.toml")
    assert mistake.value.code == "bad_gates"
    return mistake.value.message


def test_every_gate_file_that_ships_is_valid() -> None:
    paths = sorted(CONFIGS.glob("*.toml"))
    assert [path.name for path in paths] == ["smoke.toml", "verification.toml"]
    for path in paths:
        assert len(gates.read(path)) > 3


def test_the_gate_file_of_the_manual_is_valid() -> None:
    page = (CONFIGS.parent.parent / "docs" / "howto" / "gate-in-ci.md").read_text("utf-8")
    found = gates.read(page.split("```toml\n")[1].split("```")[0])
    assert (len(found.limits), len(found.regressions), len(found.costs)) == (2, 1, 1)


def test_the_manual_names_every_key() -> None:
    page = (CONFIGS.parent.parent / "docs" / "howto" / "gate-in-ci.md").read_text("utf-8")
    keys = {key for rule in (*RULES.values(), gates.Settings) for key in keys_of(rule)}
    assert [key for key in sorted(keys) if f"`{key}`" not in page and f"{key} =" not in page] == []


def test_a_limit_is_judged_on_the_one_sided_95_percent_bound_unless_it_says_otherwise() -> None:
    (rule,) = gates.read('[[limit]]\nmeasure = "EER"\nat_most = 0.02').limits
    assert (rule.judge, rule.sided, rule.level) == ("bound", "one", 0.95)


@pytest.mark.parametrize("text", ['"2%"', '"1/50"', "0.02", '"2e-2"'])
def test_rates_are_numbers_percentages_or_ratios(text: str) -> None:
    assert gates.read(f'[[limit]]\nmeasure = "EER"\nat_most = {text}').limits[0].at_most == 0.02


def test_all_mistakes_of_a_file_are_told_at_once_with_their_lines() -> None:
    text = '[[limit]]\nmeasure = "EERR"\nat_most = 2\nlevle = 0.9\n\n[[regression]]\nmeasure = "EER"\nmargin = -1\n'
    lines = told(text).splitlines()
    assert lines[0] == "g.toml:4: unknown key limit.levle; did you mean 'level'?"
    assert "g.toml:2: no measure named 'EERR'; did you mean 'EER'?" in lines
    assert any(line.startswith("g.toml:8: regression.margin is below 0") for line in lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[limits]]", "g.toml:1: unknown section 'limits'; did you mean 'limit'?"),
        ("", "g.toml: asks for nothing"),
        ("[limit]\nmeasure = 'EER'", "write [[limit]] above its keys"),
        ("[[limit]]\nat_most = 0.1", "a measure is missing"),
        ("[[limit]]\nmeasure = 'EER'", "give either at_most or at_least"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 0.1\nat_least = 0.1", "give either at_most or at_least"),
        ("[[limit]]\nmeasure = 'EER'\nat_least = 0.1", "EER is better when lower: write at_most"),
        ("[[limit]]\nmeasure = 'AUC'\nat_most = 0.1", "AUC is better when higher: write at_least"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 2.0", "a limit of a rate lies between 0 and 1"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 0", "a limit of a rate lies between 0 and 1"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 'two'", "is no rate such as"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = true", "must be a number"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = nan", "must be a number"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 0.1\njudge = 'pointt'", "did you mean 'point'?"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 0.1\nlevel = 1", "it lies from 0.5 to below 1"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 0.1\nlevel = 0.5", "one-sided that is the value itself"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 0.1\nminimum = 5", "with fewer than 20 subjects no verdict"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 0.1\nminimum = 20.5", "must be a whole number"),
        ("[[limit]]\nmeasure = 'EER'\nat_most = 0.1\ngroup = 'f'", "limit.group needs limit.by"),
        ("[[limit]]\nmeasure = 'FNMR@FMR=1e-3'\nratio_to_best = 2", "ratio_to_best needs limit.by"),
        ("[[limit]]\nmeasure = 'EER'\nratio_to_best = 2\nby = 'sex'", "compares FNMR or FMR"),
        ("[[limit]]\nmeasure = 'FNMR@FMR=1e-3'\nratio_to_best = 0.5\nby = 'sex'", "is at least 1"),
        ("[[regression]]\nmeasure = 'EER'\nneed = 'not worse'", "cannot be shown with a margin of 0"),
        ("[[regression]]\nmeasure = 'EER'\nmargin = 0.1\nrelative_margin = 0.1", "exclude each other"),
        ("[[regression]]\nmeasure = 'EER'\nalpha = 0.6", "it lies between 0 and 0.5"),
        ("[[regression]]\nmeasure = 'EER'\n[[regression]]\nmeasure = 'AUC'\nalpha = 0.1", "one family with one alpha"),
        ("[[cost]]\nquantity = 'template_bytes'", "at_most is missing"),
        ("[[cost]]\nquantity = 'bytes'\nat_most = 1", "cost.quantity is 'bytes'"),
        ("[settings]\ninconclusive = 'exit 5'", "did you mean 'exit5'?"),
    ],
)
def test_a_mistake_is_told_with_the_fix(text: str, message: str) -> None:
    assert message in told(text)


def test_text_that_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(UsageError) as mistake:
        gates.read("[[limit]]\nmeasure = EER", where="g.toml")
    assert mistake.value.code == "bad_toml"
    assert mistake.value.message.startswith("g.toml:2:")


def test_a_gate_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises((UsageError, DataError)) as mistake:
        gates.read(tmp_path / "no.toml")
    assert mistake.value.code == "file_missing"
