"""Two real networks on the same faces, compared one to one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fr_bench.cards import shipped
from fr_bench.comparing import Asked, Side, compare
from fr_bench.findings import Analysis, Measurement
from fr_bench.pipeline import run_in_folder
from fr_bench.runspec import read
from fr_bench.storage import scores

from .reference import REFERENCES

pytestmark = pytest.mark.real


def measured(name: str, real_data: Path, workplace: Path) -> Side:
    overrides = {"dataset.root": str(real_data), "report.pictures": False, "intervals.draws": 100}
    spec = read(shipped("configs") / f"{name}.toml", data=real_data, overrides=overrides)
    result = run_in_folder(spec, out=workplace / name).result
    return Side(name=name, result=result, scores=scores.read(workplace / name / "scores"))


def both(data: str, real_data: Path, workplace: Path) -> tuple[Side, Side]:
    paddle, other = (
        measured(f"{data}-{model}", real_data, workplace) for model in ("mobilefacenet-paddle", "mobilefacenet-b")
    )
    return paddle, other


def row(found: Analysis, measure: str) -> Measurement:
    (only,) = [m for m in found.measurements if m.measure == measure]
    return only


def test_fifteen_people_are_too_few_for_a_verdict(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRBENCH_CACHE", str(tmp_path / "cache"))
    found = compare(*both("yale", real_data, tmp_path), Asked(measures=("EER", "d'"), draws=200))
    separation = row(found, "d'")
    assert separation.value is not None
    assert separation.value < -1
    assert separation.details["p"] < 0.01
    assert separation.details["verdict"] == "inconclusive"
    assert "too_few_subjects" in separation.labels


@pytest.mark.slow
def test_forty_people_show_the_weaker_network_by_its_separation(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRBENCH_CACHE", str(tmp_path / "cache"))
    asked = Asked(measures=("EER", "FNMR@FMR=0.001", "d'"), draws=200)
    first, second = both("orl", real_data, tmp_path)
    found = compare(first, second, asked)
    expected = REFERENCES["orl-mobilefacenet-b"].eer - REFERENCES["orl-mobilefacenet-paddle"].eer
    assert row(found, "EER").value == pytest.approx(expected, abs=2 / 1800)
    assert row(found, "FNMR@FMR=0.001").value == pytest.approx(10 / 1800, abs=4 / 1800)
    assert row(found, "d'").details["verdict"] == "worse"
    assert row(found, "EER").details["verdict"] == "inconclusive"
    alone = compare(first, first, asked)
    assert {m.value for m in alone.measurements} == {0.0}
    assert not any(m.details["verdict"] == "worse" for m in alone.measurements)
