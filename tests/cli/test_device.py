"""`frbench run --device`: refused in one sentence where there is no card, and part of no result where there is one.

NumPy stands for the card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fr_bench import preparation, runspec
from fr_bench.cli import doctor
from fr_bench.comparison import choosing, device, engine, integers
from fr_bench.comparison.device_arrays import ModuleArrays
from fr_bench.errors import RecognizerError
from tests.cli.conftest import RunCli

CONFIG = (
    '[dataset]\ncard = "generated"\nsubjects = 6\nimages = 5\nsize = 64\n[intervals]\ndraws = 50\n'
    '[measures]\nreport = ["FNMR@FMR=1e-2"]\n[report]\ndraw = false\n'
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine with a card, the floors and screens of large runs, and the kinds of all screens that are made."""
    kinds: list[str] = []
    chosen = choosing.screen_of

    def told(*arguments, **options):
        found = chosen(*arguments, **options)
        kinds.append(found.kind if found else "none")
        return found

    monkeypatch.setattr(device, "_cupy", lambda: ModuleArrays(np, "NumPy"))
    monkeypatch.setattr(choosing, "SMALL", 0)
    monkeypatch.setattr(engine, "screen_of", told)
    policy = engine.KeepPolicy
    monkeypatch.setattr(
        "fr_bench.comparison.keep.KeepPolicy",
        lambda **asked: policy(**{**asked, "everything_up_to": 0, "cap": 200}),
    )
    return kinds


def test_without_a_card_nothing_is_made(run_cli: RunCli, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "find_spec", lambda _: None)
    for more in ([], ["--dry-run"]):
        said = run_cli("run", config, "--device", "cuda", *more)
        assert said.code == 6
        assert "--device cuda (run.device) takes CuPy or PyTorch with a CUDA device" in said.err
        assert "Traceback" not in said.err
    assert not Path("runs").exists()
    assert not Path("cache").exists()


def test_a_card_and_a_cluster_exclude_each_other(run_cli: RunCli, config: Path) -> None:
    said = run_cli("run", config, "--device", "cuda", "--cluster", "tcp://127.0.0.1:9")
    assert said.code == 2
    assert "--cluster with --device cuda (run.device)" in said.err


def test_a_run_on_a_card_is_the_same_run(run_cli: RunCli, config: Path, card: list[str]) -> None:
    assert run_cli("run", config, "-q", "--out", "plain").code == 0
    assert run_cli("run", config, "-q", "--out", "on_card", "--device", "cuda").code == 0
    assert card[-1] == "device"
    assert card[0] != "device"
    scores = sorted(Path("plain", "scores").rglob("*"))
    assert scores
    for path in scores:
        assert path.read_bytes() == Path("on_card", *path.parts[1:]).read_bytes()
    # Complete already: the device is no part of a run's identity.
    assert "complete already" in run_cli("run", config, "--out", "plain", "--device", "cuda").err


@pytest.mark.usefixtures("card")
def test_a_dry_run_states_the_memory_of_the_card(run_cli: RunCli, config: Path) -> None:
    said = run_cli("run", config, "--dry-run", "--json", "--device", "cuda")
    assert json.loads(said.out)["card_bytes"] == 0
    assert "card_bytes" not in json.loads(run_cli("run", config, "--dry-run", "--json").out)


def test_doctor_tells_whether_there_is_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_cupy", lambda: ModuleArrays(np, "CuPy 14.2 on H100"))
    assert doctor.card() == ("card", "ok", "CuPy 14.2 on H100: for run --device cuda")
    monkeypatch.undo()
    monkeypatch.setattr(device, "find_spec", lambda _: None)
    assert doctor.card().seen == "none for run --device cuda: CuPy is not installed; PyTorch is not installed"


def test_the_device_is_no_part_of_the_identity() -> None:
    one, other = (runspec.resolve({"run": {"device": name}}) for name in ("cpu", "cuda"))
    assert one.identity() == other.identity()
    assert other.record()["run"]["device"] == "cuda"


def test_templates_are_asked_of_the_card_where_no_provider_is_named(tmp_path: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime computes on cards")
    (tmp_path / "model.onnx").write_bytes(integers.model(np.ones((1, 4), np.int8), 0))
    values = {"recognizer": {"use": "onnx", "model": "model.onnx"}, "run": {"device": "cuda"}}
    with pytest.raises(RecognizerError, match=r"provider 'cuda' .*recognizer.provider=cpu makes templates"):
        preparation.load_recognizer(runspec.resolve(values, folder=tmp_path))
    values["recognizer"]["provider"] = "cpu"
    with pytest.raises(RecognizerError) as problem:
        preparation.load_recognizer(runspec.resolve(values, folder=tmp_path))
    assert problem.value.code != "provider_unavailable"
