"""From raw images by the insightface package's own detection: a face in every image, and 594 of 600 pairs right."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from fr_bench.cards import shipped
from fr_bench.findings import Proportion
from fr_bench.pipeline import run_in_folder
from fr_bench.runspec import read

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        importlib.util.find_spec("insightface") is None, reason="the extra insightface is not installed"
    ),
    pytest.mark.filterwarnings("default"),  # the package's own imports warn
]


def test_own_detection_finds_every_face_of_fold_1(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    for name in ("det_500m.onnx", "w600k_mbf_int8.onnx"):
        shutil.copy(real_data / "models" / name, pack / name)
    monkeypatch.setenv("FRBENCH_CACHE", str(tmp_path / "cache"))
    spec = read(
        shipped("configs") / "lfw-fold1-insightface-w600k-mbf-int8.toml",
        data=real_data,
        overrides={"dataset.root": str(real_data), "recognizer.pack": str(pack)},
    )
    done = run_in_folder(spec, out=tmp_path / "run")
    assert done.result.measurement("FTA").counts == Proportion(0, 807)
    assert most_right(done.folder) >= 594


def most_right(folder: Path) -> int:
    """The most of the 600 pairs that any one threshold decides rightly."""
    import numpy as np

    mated = np.load(folder / "scores" / "mated_values.npy")
    nonmated = np.load(folder / "scores" / "nonmated_values.npy")
    thresholds = np.unique(np.concatenate([mated, nonmated]))
    return max(int((mated >= t).sum() + (nonmated < t).sum()) for t in thresholds)
