"""Real networks on real faces give the figures that an independent script measured.

In the usual tests one network sees all of LFW and the others fold 1, Yale and ORL; the rest is marked slow.
`w600k_mbf_int8` belongs to processors with AVX-512 VNNI: elsewhere its figures are printed and only its counts judged.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fr_bench.cards import shipped
from fr_bench.findings import Measurement, Result
from fr_bench.pipeline import run_in_folder
from fr_bench.provenance import processor_flags
from fr_bench.runspec import read

from .reference import FLIP_SUM, FOLD1_ALL_PAIRS, REFERENCES, WORST_NONMATED, Reference

pytestmark = pytest.mark.real

IN_EVERY_RUN = {
    "lfw-mobilefacenet-paddle",
    "lfw-all-mobilefacenet-paddle",
    *(name for name in REFERENCES if name.startswith(("lfw-fold1-raw", "yale", "orl"))),
}


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for runs and for one template cache that all of these tests share."""
    return tmp_path_factory.mktemp("real")


def measured(
    name: str, real_data: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch, **overrides: object
) -> Result:
    monkeypatch.setenv("FRBENCH_CACHE", str(workplace / "cache"))
    settings = {"dataset.root": str(real_data), **{k.replace("__", "."): v for k, v in overrides.items()}}
    spec = read(shipped("configs") / f"{name}.toml", data=real_data, overrides=settings)
    number = len(list(workplace.glob("run-*")))
    return run_in_folder(spec, out=workplace / f"run-{number}").result


def assert_near(result: Result, reference: Reference, *, judged: bool) -> None:
    """Hold the figures of a run against the reference; print them where they are not judged."""
    comparison = result.comparison
    assert (comparison.mated_made, comparison.nonmated_made) == (reference.mated, reference.nonmated)
    assert not result.failures
    if not judged:
        for measurement in result.measurements:
            print(measurement.measure, measurement.value, measurement.counts, measurement.threshold)
        return
    eer = result.measurement("EER")
    one_error = 1 / min(reference.mated, reference.nonmated)
    assert value(eer) == pytest.approx(reference.eer, abs=max(0.02 * reference.eer, one_error))
    for target, expected in reference.false_non_matches.items():
        counts = result.measurement(f"FNMR@FMR={target}").counts
        assert counts is not None
        assert counts.errors == pytest.approx(expected, abs=max(3, 0.02 * expected)), target
    if reference.accuracy is not None:
        assert value(result.measurement("accuracy@folds=10")) == pytest.approx(reference.accuracy, abs=0.001)


def value(measurement: Measurement) -> float:
    assert measurement.value is not None, measurement.reason
    return measurement.value


def judged(name: str) -> bool:
    return "w600k" not in name or "avx512_vnni" in processor_flags()


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in IN_EVERY_RUN else pytest.mark.slow) for n in REFERENCES]
)
def test_configuration_reproduces_the_reference_figures(
    name: str, real_data: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = measured(name, real_data, workplace, monkeypatch)
    assert_near(result, REFERENCES[name], judged=judged(name))


@pytest.mark.parametrize("model", sorted(FOLD1_ALL_PAIRS))
def test_all_pairs_of_fold_1_from_raw_images(
    model: str, real_data: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = ["EER", "FNMR@FMR=0.01", "FNMR@FMR=0.001", "FNMR@FMR=0.0001"]
    result = measured(
        f"lfw-fold1-raw-{model}", real_data, workplace, monkeypatch, comparison__plan="all", measures__report=report
    )
    assert_near(result, FOLD1_ALL_PAIRS[model], judged=judged(model))


@pytest.mark.slow
@pytest.mark.parametrize("model", sorted(FLIP_SUM))
def test_sum_with_the_mirrored_picture(
    model: str, real_data: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = measured(f"lfw-{model}", real_data, workplace, monkeypatch, recognizer__flip="sum")
    assert_near(result, FLIP_SUM[model], judged=judged(model))


def test_folds_of_the_6000_pairs_and_the_worst_false_match(
    real_data: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accuracy = measured("lfw-mobilefacenet-paddle", real_data, workplace, monkeypatch).measurement("accuracy@folds=10")
    correct = accuracy.details["correct"]
    expected = [597, 599, 600, 596, 596, 599, 592, 599, 600, 597]
    assert len(correct) == 10
    assert all(abs(one - other) <= 3 for one, other in zip(correct, expected, strict=True))
    worst = measured("lfw-all-mobilefacenet-paddle", real_data, workplace, monkeypatch).false_matches[0]
    first, second, score = WORST_NONMATED
    assert {worst.probe, worst.reference} == {first, second}
    assert worst.score == pytest.approx(score, abs=0.01)


def test_batch_dependent_model_is_found_and_told(
    real_data: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = measured("yale-w600k-mbf-int8", real_data, workplace, monkeypatch)
    assert result.recognizer is not None
    assert result.recognizer.batch_check["verdict"] == "depends_on_batch"
    assert result.recognizer.batch_check["min_cosine"] < 0.999
    assert any(note.code == "batch_dependent" for note in result.notes)
