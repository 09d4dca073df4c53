"""Published figures of real networks on real faces, as far as templates decide them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from fr_bench.contracts import Options
from fr_bench.extraction import extract, sample_captures
from fr_bench.provenance import processor_flags
from fr_bench.recognizers import onnx as adapter
from fr_bench.records import Card, Dataset
from fr_bench.sources import FileSource
from fr_bench.steadiness import batch_check

pytestmark = pytest.mark.real
COLUMNS = ("lex", "ley", "rex", "rey", "nx", "ny", "lmx", "lmy", "rmx", "rmy")


@pytest.fixture(scope="module")
def yale(real_data: Path) -> Dataset:
    root = real_data / "yale"
    with (root / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Dataset(
        name="yale",
        format="manifest",
        card=Card(name="yale", format="manifest", root=root),
        sample_ids=tuple(row["path"] for row in rows),
        subjects=tuple(row["subject"] for row in rows),
        sources=tuple(FileSource(root, row["path"]) for row in rows),
        landmarks=np.array([[float(row[name]) for name in COLUMNS] for row in rows]).reshape(-1, 5, 2),
    )


def load(real_data: Path, model: str, colour: str) -> adapter.OnnxRecognizer:
    said = {"colour": colour, "mean": 127.5, "std": 127.5}
    return adapter.load(Options({"model": str(real_data / "models" / model), "input": said, "template": "arcface"}))


@pytest.mark.parametrize(
    ("model", "colour", "mated", "nonmated", "least", "most"),
    [
        ("mobilefacenet_b.onnx", "RGB", 0.75876, 0.03444, 0.38497, 0.39359),
        ("mobilefacenet_paddle.onnx", "BGR", 0.77740, 0.01981, 0.47663, 0.32241),
    ],
)
def test_yale_gives_the_published_scores(
    real_data: Path, yale: Dataset, model: str, colour: str, mated: float, nonmated: float, least: float, most: float
) -> None:
    found = extract(yale, [""] * 165, load(real_data, model, colour))
    assert found.failures == {}
    rows = found.vectors.astype(np.float64)
    first, second = np.triu_indices(165, 1)
    codes = yale.subject_codes[1]
    scores, same = (rows @ rows.T)[first, second], codes[first] == codes[second]
    assert (same.sum(), (~same).sum()) == (825, 12_705)
    assert scores[same].mean() == pytest.approx(mated, abs=0.002)
    assert scores[~same].mean() == pytest.approx(nonmated, abs=0.002)
    assert scores[same].min() == pytest.approx(least, abs=0.01)
    assert scores[~same].max() == pytest.approx(most, abs=0.01)


def test_quantised_network_is_found_to_depend_on_its_batch(real_data: Path, yale: Dataset) -> None:
    recognizer = load(real_data, "w600k_mbf_int8.onnx", "RGB")
    found = batch_check(recognizer, sample_captures(yale, [""] * 165, recognizer, 8))
    assert found["verdict"] == "depends_on_batch"
    if "avx512_vnni" in processor_flags():
        assert 0.9 < found["min_cosine"] < 0.999


def test_float_network_is_found_not_to_depend_on_its_batch(real_data: Path, yale: Dataset) -> None:
    recognizer = load(real_data, "mobilefacenet_paddle.onnx", "BGR")
    assert batch_check(recognizer, sample_captures(yale, [""] * 165, recognizer, 8))["verdict"] == "invariant"


def test_network_with_a_batch_of_one_is_recognised(real_data: Path) -> None:
    recognizer = load(real_data, "mobilefacenet_b.onnx", "RGB")
    assert (recognizer.fixed_batch, recognizer.batch_size, recognizer.takes.size) == (True, 1, (112, 112))
