"""The insightface package on a local folder: what is missing is named, nothing is downloaded, faces are chosen."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.contracts import Capture, Options
from fr_bench.errors import RecognizerError, UsageError
from fr_bench.images import decode
from fr_bench.recognizers import insightface as adapter
from fr_bench.records import Failure
from tests.recognizers import networks

INSTALLED = importlib.util.find_spec("insightface") is not None
needs_package = pytest.mark.skipif(not INSTALLED, reason="the insightface package is not installed")


def load(pack: Path, **values: Any) -> adapter.InsightFace:
    return adapter.load(Options({"pack": str(pack), **values}, where="--recognizer"))


@pytest.fixture(scope="session")
def pack(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "small"
    folder.mkdir()
    for name in ("det_500m.onnx", "w600k_mbf_int8.onnx"):
        shutil.copy(real_data / "models" / name, folder)
    return folder


def test_missing_folder_is_told_before_anything_could_be_downloaded(tmp_path: Path) -> None:
    (tmp_path / "buffalo_sc").mkdir()
    with pytest.raises(RecognizerError, match=r"never downloads|did you mean 'buffalo_sc'") as raised:
        load(tmp_path / "buffalo_s")
    assert (raised.value.code, raised.value.exit_code) == ("pack_missing", 4)


def test_folder_without_models_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match="needs a detector and a recognition model") as raised:
        load(tmp_path)
    assert raised.value.code == "pack_incomplete"


def test_pinned_digest_of_the_pack_is_checked(tmp_path: Path) -> None:
    networks.linear(tmp_path / "m.onnx")
    with pytest.raises(RecognizerError) as raised:
        load(tmp_path, sha256="0" * 64)
    assert raised.value.code == "hash_mismatch"


@pytest.mark.skipif(INSTALLED, reason="the insightface package is installed")
def test_missing_package_names_the_extra(tmp_path: Path) -> None:
    networks.linear(tmp_path / "m.onnx")
    with pytest.raises(RecognizerError, match=r"fr-bench-toolkit\[insightface\]") as raised:
        load(tmp_path)
    assert raised.value.code == "not_installed"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"det_sise": 320}, "did you mean 'det_size'"),
        ({"det_size": 250}, "multiples of 32"),
        ({"det_thresh": 2}, "between 0 and 1"),
        ({"faces": "larges"}, "did you mean 'largest'"),
    ],
)
def test_wrong_options_name_the_key(tmp_path: Path, values: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load(tmp_path, **values)


def test_face_nearest_the_centre_is_the_subjects_unless_the_largest_is_asked_for() -> None:
    boxes = np.array([[0.0, 0, 60, 60], [45, 45, 55, 55], [90, 90, 100, 100]])
    assert adapter.choose(boxes, (100, 100), "central") == 1
    assert adapter.choose(boxes, (100, 100), "largest") == 0


@needs_package
@pytest.mark.real
@pytest.mark.parametrize("missing", ["det_500m.onnx", "w600k_mbf_int8.onnx"])
def test_incomplete_pack_names_what_is_missing(pack: Path, tmp_path: Path, missing: str) -> None:
    for path in pack.iterdir():
        if path.name != missing:
            shutil.copy(path, tmp_path)
    with pytest.raises(RecognizerError, match=r"no detector|no recognition model") as raised:
        load(tmp_path)
    assert raised.value.code == "pack_incomplete"


@needs_package
@pytest.mark.real
def test_picture_without_a_face_is_a_failure(pack: Path) -> None:
    failed = load(pack).embed([Capture("sky", np.full((120, 200, 3), 200, dtype=np.uint8))])[0]
    assert isinstance(failed, Failure)
    assert (failed.stage, failed.reason) == ("detect", "no_face")


@needs_package
@pytest.mark.real
def test_same_persons_faces_are_alike_and_others_are_not(pack: Path, real_data: Path) -> None:
    recognizer = load(pack, det_size=256)
    folder = real_data / "lfw-raw-fold1"
    people = [person for person in sorted(folder.iterdir()) if len(list(person.glob("*.jpg"))) > 1][:6]
    rows = []
    for person in people:
        for path in sorted(person.glob("*.jpg"))[:2]:
            row = recognizer.embed([Capture(path.name, decode(path.read_bytes()))])[0]
            assert not isinstance(row, Failure)
            rows.append(row / np.linalg.norm(row))
    cosines = np.array(rows) @ np.array(rows).T
    mated = [cosines[k, k + 1] for k in range(0, len(rows), 2)]
    nonmated = [cosines[a, b] for a in range(len(rows)) for b in range(a) if a // 2 != b // 2]
    assert min(mated) > max(nonmated)


@needs_package
@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("det_size", [256, 320])
def test_fold_one_of_lfw_by_its_own_detection(pack: Path, real_data: Path, det_size: int) -> None:
    recognizer, templates = load(pack, det_size=det_size), {}
    pairs = [line.split("\t") for line in (real_data / "pairs.txt").read_text().splitlines()[1:601]]
    named = [
        (f"{p[0]}/{p[0]}_{int(p[1]):04d}.jpg", f"{p[-2] if len(p) == 4 else p[0]}/"
         f"{p[-2] if len(p) == 4 else p[0]}_{int(p[-1]):04d}.jpg", len(p) == 3)
        for p in pairs
    ]  # fmt: skip
    for name in sorted({name for pair in named for name in pair[:2]}):
        path = real_data / "lfw-raw-fold1" / name
        row = recognizer.embed([Capture(name, decode(path.read_bytes()))])[0]
        assert not isinstance(row, Failure), name
        templates[name] = row / np.linalg.norm(row)
    scores = np.array([templates[a] @ templates[b] for a, b, _ in named])
    mated = np.array([same for _, _, same in named])
    correct = max(int((scores[mated] >= t).sum() + (scores[~mated] < t).sum()) for t in scores)
    assert (len(templates), len(named)) == (807, 600)
    assert correct >= 594
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
