"""K-FACE: a made-up tree of its layout, codes, categories, lists of pairs and boxes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fr_bench.errors import DataError, UsageError
from fr_bench.formats import kface
from fr_bench.formats.kface import LUX, YAWS, Shot
from fr_bench.records import Card

BOXES = "\n".join(["0\t0"] * 7 + ["5\t5\t60\t60", "30\t10\t4\t2", "10\t10\t4\t2", "20\t18\t4\t6", "15\t30\t14\t4"])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two subjects in two resolutions, one of them with the folders of lights written L01."""
    shots = ["S001/L1/E01/C7", "S001/L16/E01/C7", "S001/L7/E01/C7", "S001/L3/E01/C7", "S001/L1/E02/C7",
             "S001/L1/E01/C5", "S001/L1/E01/C6", "S001/L1/E01/C15", "S002/L1/E01/C7", "S004/L1/E01/C7",
             "S002/L16/E01/C7"]  # fmt: skip
    for resolution in ("High_Resolution", "Low"):
        for subject in ("19062421", "19101513"):
            for shot in shots:
                written = shot.replace("/L1/", "/L01/").replace("/L7/", "/L07/") if subject == "19101513" else shot
                file = tmp_path / resolution / subject / f"{written}.jpg"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(b"\xff\xd8")
    (tmp_path / "High_Resolution" / "19062421" / "S001" / "L1" / "E01" / "C7.txt").write_text(BOXES, encoding="utf-8")
    return tmp_path


def card(root: Path, **options: object) -> Card:
    return Card(name="k-face", format="kface", root=root, options=options)


def test_the_categories_of_the_face_test_are_found(tree: Path) -> None:
    data = kface.read(card(tree))
    found = dict(zip(data.sample_ids, data.attributes["category"], strict=True))
    assert {name.partition("/")[2]: category for name, category in found.items()} == {
        "S001/L1/E01/C7": "enrolment",
        "S001/L16/E01/C7": "lighting",
        "S001/L1/E02/C7": "expression",
        "S001/L1/E01/C5": "pose",
        "S002/L1/E01/C7": "accessory",
        "S004/L1/E01/C7": "accessory apart",
    }
    assert len(data.sample_ids) == 12


def test_all_pictures_but_darkness_are_there_where_asked(tree: Path) -> None:
    data = kface.read(card(tree, use="all"))
    assert len(data.sample_ids) == 20
    assert not any("/L7/" in name for name in data.sample_ids)


def test_one_resolution_is_taken(tree: Path) -> None:
    data = kface.read(card(tree, resolution="low"))
    assert all(source is not None and source.name.startswith("Low") for source in data.sources)
    with pytest.raises(DataError, match="high, low"):
        kface.read(card(tree, resolution="mid"))
    with pytest.raises(UsageError):
        kface.read(card(tree, resolution="hihg"))


def test_codes_are_told_in_words() -> None:
    shot = Shot("1", 1, 20, 1, 7)
    assert (shot.direction, LUX[shot.light - 1]) == ("right 45", 400)
    assert (LUX[30 - 1], LUX[28 - 1], len(LUX)) == (100, 400, 30)
    assert (YAWS[4], YAWS[9], YAWS[20]) == (45, -30, -45)


def test_two_changed_factors_have_no_category() -> None:
    assert Shot("1", 2, 16, 1, 7).category == ""
    assert Shot("1", 1, 1, 1, 15).category == ""


def test_no_picture_may_be_shown_unless_allowed(tree: Path) -> None:
    assert not kface.read(card(tree)).card.pictures_allowed
    assert kface.read(card(tree, pictures=True)).card.pictures_allowed


def test_pairs_are_read_with_their_labels(tree: Path) -> None:
    lines = ["19062421/S001/L1/E01/C7.jpg 19062421/S001/L3/E01/C7.jpg 1",
             "19062421/S001/L1/E01/C7.jpg 19101513/S001/L1/E01/C6.jpg 0"]  # fmt: skip
    (tree / "pairs.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pairs = kface.read(card(tree, pairs="pairs.txt")).pairs
    assert pairs is not None
    assert pairs.mated.tolist() == [True, False]


@pytest.mark.parametrize(
    ("line", "code"), [("a b 1", "bad_pairs"), ("1/S001/L1/E01/C7.jpg 2/S001/L1/E01/C7.jpg 0", "file_missing")]
)
def test_bad_pairs_are_told_with_their_line(tree: Path, line: str, code: str) -> None:
    (tree / "pairs.txt").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"pairs\.txt:2") as told:
        kface.read(card(tree, pairs="pairs.txt"))
    assert told.value.code == code


def test_boxes_become_landmarks_of_all_lights_of_a_camera(tree: Path) -> None:
    data = kface.read(card(tree, landmarks="boxes"))
    assert data.landmarks is not None
    place = data.sample_ids.index("19062421/S001/L16/E01/C7")
    assert data.landmarks[place, 0].tolist() == [12.0, 11.0]
    assert np.isnan(data.landmarks[data.sample_ids.index("19101513/S001/L1/E01/C7")]).all()


def test_a_box_without_size_is_refused_with_its_line() -> None:
    with pytest.raises(DataError, match=r"C7\.txt:12"):
        kface.parse_boxes(BOXES.replace("15\t30\t14\t4", "15\t30\t0\t4").encode(), "C7.txt")


def test_another_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "1.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(DataError, match="no picture laid out as ID/S001/L1"):
        kface.read(replace(card(tmp_path)))


def test_the_layout_is_recognised(tree: Path) -> None:
    assert kface.recognises(tree)
    assert not kface.recognises(tree / "Low" / "19062421" / "S001" / "L1")
