"""`frbench gate` and `frbench baseline`: exit codes, refusals, files, and the composite action's shell steps."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.gates.making import run, written

from .conftest import RunCli

ROOT = Path(__file__).parent.parent.parent
MILD = '[[limit]]\nmeasure = "EER"\nat_most = 0.5\n'
STRICT = '[[limit]]\nmeasure = "EER"\nat_most = 0.001\n'
OPEN = '[[limit]]\nmeasure = "EER"\nat_most = 0.11\n'


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    made = {"a": run(2), "worse": run(2, separation=1.0, name="b")}
    record = {**made["a"].result.run, "run": {"limit": 4}}
    made["limited"] = dataclasses.replace(made["a"], result=dataclasses.replace(made["a"].result, run=record))
    return {name: written(folder / name, side) for name, side in made.items()}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "g.toml"
    path.write_text(MILD)
    return path


@pytest.mark.parametrize(
    ("text", "code"),
    [(MILD, 0), (STRICT, 1), (OPEN, 5), (f'[settings]\ninconclusive = "pass"\n{OPEN}', 0),
     (f'[settings]\ninconclusive = "fail"\n{OPEN}', 1)],
)  # fmt: skip
def test_the_exit_code_is_the_verdict(
    runs: dict[str, Path], run_cli: RunCli, rules: Path, text: str, code: int
) -> None:
    rules.write_text(text)
    assert run_cli("gate", runs["a"], "--gates", rules).code == code


def test_a_run_passes_its_own_baseline_and_a_worse_one_fails_it(runs: dict[str, Path], run_cli: RunCli) -> None:
    assert run_cli("baseline", runs["a"], "-o", "base.json").code == 0
    assert run_cli("gate", runs["a"], "--baseline", "base.json").code == 0
    said = run_cli("gate", runs["worse"], "--baseline", "base.json", "--json")
    assert said.code == 1
    told = json.loads(said.out)
    assert told["exit_code"] == 1
    assert {one["verdict"] for one in told["verdicts"]} >= {"fail"}


def test_a_baseline_is_the_same_file_when_made_again(runs: dict[str, Path], run_cli: RunCli, tmp_path: Path) -> None:
    run_cli("baseline", runs["a"], "-o", "one.json")
    run_cli("baseline", runs["a"], "-o", "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_every_report_is_written(runs: dict[str, Path], run_cli: RunCli, rules: Path, tmp_path: Path,
                                 monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    rules.write_text(STRICT)
    said = run_cli("gate", runs["a"], "--gates", rules, "--junit", "j.xml", "--markdown", "m.md", "--gitlab", "q.json",
                   "--metrics", "m.txt", "--github")  # fmt: skip
    assert said.code == 1
    assert "::error file=g.toml,line=1,title=fail%3A EER" in said.out
    assert ElementTree.parse(tmp_path / "j.xml").getroot()[0].get("failures") == "1"
    assert json.loads((tmp_path / "q.json").read_text())[0]["severity"] == "critical"
    assert (tmp_path / "summary.md").read_text() == (tmp_path / "m.md").read_text()
    assert (tmp_path / "m.txt").read_text().endswith("# EOF\n")


def test_gates_toml_of_the_folder_is_the_default(runs: dict[str, Path], run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "gates.toml").write_text(STRICT)
    assert run_cli("gate", runs["a"]).code == 1


def test_a_gate_file_may_name_its_baseline(runs: dict[str, Path], run_cli: RunCli, tmp_path: Path) -> None:
    run_cli("baseline", runs["a"], "-o", "base.json")
    (tmp_path / "sub").mkdir()
    text = '[settings]\nbaseline = "../base.json"\n[[regression]]\nmeasure = "EER"\n'
    (tmp_path / "sub" / "g.toml").write_text(text)
    assert run_cli("gate", runs["a"], "--gates", "sub/g.toml").code == 0


def test_nothing_to_judge_by_is_told(runs: dict[str, Path], run_cli: RunCli) -> None:
    said = run_cli("gate", runs["a"])
    assert said.code == 2
    assert "[no_gates]" in said.err


def test_a_broken_gate_file_is_told_and_nothing_is_written(runs: dict[str, Path], run_cli: RunCli, rules: Path,
                                                           tmp_path: Path) -> None:  # fmt: skip
    rules.write_text(MILD.replace("at_most", "at_mots"))
    said = run_cli("gate", runs["a"], "--gates", rules, "--junit", "j.xml")
    assert said.code == 2
    assert "did you mean 'at_most'?" in said.err
    assert not (tmp_path / "j.xml").exists()


def test_a_baseline_of_other_data_is_refused_unless_forced(runs: dict[str, Path], run_cli: RunCli,
                                                           tmp_path: Path) -> None:  # fmt: skip
    run_cli("baseline", runs["a"], "-o", "base.json")
    text = (tmp_path / "base.json").read_text()
    (tmp_path / "base.json").write_text(text.replace('"data": "dddd', '"data": "eeee'))
    said = run_cli("gate", runs["a"], "--baseline", "base.json")
    assert said.code == 2
    assert "[baseline_mismatch]" in said.err
    assert "--allow data" in said.err
    forced = run_cli("gate", runs["a"], "--baseline", "base.json", "--allow", "data")
    assert forced.code == 0
    assert "Forced: data: eeee" in forced.out


def test_a_baseline_that_cannot_be_read_is_an_input_mistake(runs: dict[str, Path], run_cli: RunCli,
                                                            tmp_path: Path) -> None:  # fmt: skip
    (tmp_path / "base.json").write_text("[]")
    said = run_cli("gate", runs["a"], "--baseline", "base.json")
    assert (said.code, "[wrong_schema]" in said.err) == (3, True)


def test_a_limited_run_is_refused_unless_forced(runs: dict[str, Path], run_cli: RunCli, rules: Path) -> None:
    said = run_cli("gate", runs["limited"], "--gates", rules)
    assert (said.code, "[limited_run]" in said.err) == (2, True)
    assert run_cli("gate", runs["limited"], "--gates", rules, "--allow", "limited").code == 0


@pytest.mark.parametrize("name", ["result.json", "scores/mated_values.npy"])
def test_a_run_that_was_changed_is_refused_and_cannot_be_forced(run_cli: RunCli, rules: Path, tmp_path: Path,
                                                                name: str) -> None:  # fmt: skip
    folder = written(tmp_path / "run", run(2))
    data = bytearray((folder / name).read_bytes())
    data[-20] ^= 1
    (folder / name).write_bytes(bytes(data))
    said = run_cli("gate", folder, "--gates", rules)
    assert said.code == 3
    assert "[hash_mismatch]" in said.err
    assert name in said.err


def test_an_unfinished_run_is_refused(run_cli: RunCli, rules: Path, tmp_path: Path) -> None:
    folder = written(tmp_path / "run", run(2))
    (folder / "complete").unlink()
    said = run_cli("gate", folder, "--gates", rules)
    assert (said.code, "[incomplete_run]" in said.err) == (3, True)


def test_a_run_that_is_not_there_is_told(run_cli: RunCli, rules: Path) -> None:
    said = run_cli("gate", "runs/none", "--gates", rules)
    assert (said.code, said.err) == (
        3, "frbench: no such run: runs/none; name a run's folder, such as runs/NAME [file_missing]\n",
    )  # fmt: skip


def test_a_report_is_never_written_into_a_finished_run(runs: dict[str, Path], run_cli: RunCli, rules: Path) -> None:
    said = run_cli("gate", runs["a"], "--gates", rules, "--junit", runs["a"] / "j.xml")
    assert (said.code, "[bad_output]" in said.err) == (2, True)


def test_the_smoke_gate_passes_on_the_run_that_it_names(run_cli: RunCli, tmp_path: Path) -> None:
    head = (ROOT / "configs" / "gates" / "smoke.toml").read_text("utf-8").replace(" \\\n#", "")
    (command,) = re.findall(r"#   frbench (run .*)", head)
    assert run_cli(*command.split(), "-q").code == 0
    said = run_cli("gate", "smoke", "--gates", ROOT / "configs" / "gates" / "smoke.toml")
    assert (said.code, said.err) == (0, "")
    assert run_cli("baseline", "smoke", "-o", "again.json", "--draws", "200").code == 0
    kept = json.loads((ROOT / "reports" / "baselines" / "smoke.json").read_text("utf-8"))
    assert json.loads((tmp_path / "again.json").read_text("utf-8"))["facts"] == kept["facts"]


class Step(NamedTuple):
    """A step of action.yml that runs in a shell."""

    name: str
    script: str


def steps() -> list[Step]:
    """The shell steps of the action, by their indentation."""
    text = (ROOT / "action.yml").read_text("utf-8")
    found = []
    for part in text.split("    - name: ")[1:]:
        name, _, rest = part.partition("\n")
        script = rest.partition("      run: |\n")[2]
        found.append(Step(name, "\n".join(line[8:] for line in script.splitlines())))
    return found


def test_no_input_becomes_part_of_a_script_of_the_action() -> None:
    assert [step.name for step in steps()] == ["Install frbench", "Run", "Gate"]
    assert not [step.name for step in steps() if "${{" in step.script]


@pytest.mark.parametrize(("text", "code"), [(MILD, 0), (STRICT, 1), (OPEN, 5)])
def test_the_action_judges_a_run_as_a_workflow_would(
    runs: dict[str, Path], tmp_path: Path, text: str, code: int
) -> None:
    shell, (_, make, gate) = tmp_path / "bin", steps()
    shell.mkdir()
    command = shell / "frbench"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m fr_bench "$@"\n')
    command.chmod(0o755)
    (tmp_path / "my gates.toml").write_text(text)
    output, summary = tmp_path / "output", tmp_path / "summary"
    environment = {
        **os.environ, "PATH": f"{shell}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(output), "OMP_NUM_THREADS": "1",
        "GITHUB_STEP_SUMMARY": str(summary), "RUN": str(runs["a"]), "CONFIG": "", "RUN_OPTIONS": "",
        "GATES": "my gates.toml", "BASELINE": "", "ALLOW": "data plan", "JUNIT": "j.xml", "MARKDOWN": "m.md",
    }  # fmt: skip
    for step, wanted in ((make, 0), (gate, code)):
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.script],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == wanted, done.stderr
    assert output.read_text() == f"run={runs['a']}\nexit-code={code}\n"
    assert "frbench gate" in summary.read_text()
    assert (tmp_path / "j.xml").is_file()
    assert done.stdout.count("::") == (0 if code == 0 else 2)
