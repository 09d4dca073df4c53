"""`frbench certify` on a made-up tree of K-FACE's shape: its categories are judged, its gaps told, nobody is shown."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fr_bench.cli import run_command

SHOTS = ("S001/L1/E01/C7", "S001/L16/E01/C7", "S001/L1/E02/C7", "S001/L1/E01/C5", "S002/L1/E01/C7")
"""Enrolment, lighting, expression, pose, accessory."""
PEOPLE = [f"1906{number:04d}" for number in range(22)]


def tree(root: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (16, 16), "grey").save(picture, "jpeg")
    for person in PEOPLE:
        for shot in SHOTS:
            file = root / "High" / person / f"{shot}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(picture.getvalue())


def templates(file: Path) -> None:
    """People far from each other; the pose of the first two is that of somebody else."""
    rng = np.random.default_rng(5)
    vectors = np.repeat(rng.normal(size=(len(PEOPLE), 1, 16)), len(SHOTS), axis=1)
    vectors += rng.normal(scale=0.05, size=vectors.shape)
    vectors[:2, 3] = rng.normal(size=(2, 16))
    ids = np.array([f"{person}/{shot}" for person in PEOPLE for shot in SHOTS])
    np.savez(file, ids=ids, vectors=vectors.reshape(len(ids), -1).astype(np.float32))


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kface")
    tree(folder / "K-FACE")
    templates(folder / "read.npz")
    (folder / "kface.toml").write_text(
        '[dataset]\npath = "K-FACE"\nformat = "kface"\n[recognizer]\nuse = "templates"\ntemplates = "read.npz"\n'
        "[intervals]\ndraws = 20\n[run]\ncache = false\n",
        encoding="utf-8",
    )
    arguments = ["certify", str(folder / "kface.toml"), "--scheme", "kisa-style-face", "--lang", "ko", "-q"]
    assert run_command([*arguments, "--out", str(folder / "out")]) == 1
    return folder / "out"


def test_the_four_categories_are_judged_on_all_people(dossier: Path) -> None:
    found = json.loads((dossier / "rehearsal.json").read_text(encoding="utf-8"))
    assert {one["category"]: one["verdict"] for one in found["findings"]} == {
        "lighting": "pass",
        "expression": "pass",
        "pose": "fail",
        "accessory": "pass",
    }
    assert {one["subjects"] for one in found["trials"].values()} == {len(PEOPLE)}


def test_what_k_face_lacks_is_told_category_by_category(dossier: Path) -> None:
    found = json.loads((dossier / "rehearsal.json").read_text(encoding="utf-8"))
    assert [one["category"] for one in found["gaps"]] == ["lighting", "expression", "pose", "accessory"]
    page = (dossier / "dossier.html").read_text(encoding="utf-8")
    assert all(one["text"]["ko"] in page for one in found["gaps"])


@pytest.mark.parametrize("name", ["dossier.html", "rehearsal.json"])
def test_no_subject_is_named(dossier: Path, name: str) -> None:
    text = (dossier / name).read_text(encoding="utf-8")
    assert not any(person in text for person in PEOPLE)
