"""A file of image quality beside a data set: OFIQ's as it is, how rows find their samples, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fr_bench import cards, plugins
from fr_bench.errors import DataError, UsageError
from fr_bench.formats._quality import Joined, read_quality
from fr_bench.records import Dataset

MEASURES = ("UnifiedQualityScore", "Sharpness", "HeadPoseYaw")
OFIQ = f"Filename;{';'.join(MEASURES)};{';'.join(f'{m}.scalar' for m in MEASURES)};assessment_time_in_ms;\n"
SAMPLES = ("ann/1.png", "ann/2.png", "bob/1.png")


def joined(tmp_path: Path, text: str, samples: tuple[str, ...] = SAMPLES) -> Joined:
    path = tmp_path / "quality.csv"
    path.write_text(text, encoding="utf-8")
    return read_quality(path, samples, samples)


def test_the_file_of_ofiq_is_read_as_it_is(tmp_path: Path) -> None:
    rows = "/scans/ann/1.png;27.45;5.1;-1.0;61;48;97;812\n/scans/ann/2.png;20.10;-1.0;30.5;31;-1;66;799\n"
    found = joined(tmp_path, OFIQ + rows)
    assert found.columns == {
        "ofiq.UnifiedQualityScore": ("27.45", "20.10", ""),
        "ofiq.Sharpness": ("5.1", "", ""),
        "ofiq.HeadPoseYaw": ("-1.0", "30.5", ""),
        "ofiq.UnifiedQualityScore.scalar": ("61", "31", ""),
        "ofiq.Sharpness.scalar": ("48", "", ""),
        "ofiq.HeadPoseYaw.scalar": ("97", "66", ""),
    }
    assert (found.unmatched_rows, found.unmatched_samples) == (0, 1)


def test_rows_that_end_with_a_separator_are_read_too(tmp_path: Path) -> None:
    assert joined(tmp_path, "Filename;q;t;\nann/1.png;3;1;\nann/2.png;4;1\n").columns["q"] == ("3", "4", "")


@pytest.mark.parametrize(
    "path", ["ann/1.png", "./ann/1.png", "ann\\1.png", "/data/set/ann/1.png", "C:\\faces\\ann\\1.png", "ann/1.jpg"]
)
def test_a_row_finds_its_sample_by_the_path_that_both_have(tmp_path: Path, path: str) -> None:
    assert joined(tmp_path, f"path,q\n{path},7\n").columns["q"] == ("7", "", "")


def test_a_file_name_is_enough_where_only_one_sample_has_it(tmp_path: Path) -> None:
    found = joined(tmp_path, "path,q\n2.png,7\n1.png,8\n")
    assert found.columns["q"] == ("", "7", "")
    assert (found.unmatched_rows, found.unmatched_samples) == (1, 2)


def test_a_row_is_found_by_a_shorter_path_than_its_sample_has(tmp_path: Path) -> None:
    assert joined(tmp_path, "path,q\nann/1.png,7\n", ("lfw/ann/1.png", "lfw/bob/1.png")).columns["q"] == ("7", "")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("Filename;q\nann/1.png;good\n", "bad_number", "quality.csv:2: column 'q': 'good' is not a number"),
        ("Filename;q\nann/1.png;0,5\n", "bad_number", "write it with a point"),
        ("name;q\nann/1.png;1\n", "unknown_column", "quality.csv:1: no column of paths among name, q"),
        ("Filename;q\nann/1.png;1\n./ann/1.png;2\n", "duplicate_id", "is of the same sample as line 2"),
        ("Filename;q\nzoe/9.png;1\n", "unknown_sample", "quality.csv:2: 'zoe/9.png' and all other rows belong to no"),
        ("Filename;q\nann/1.png\n", "length_mismatch", "quality.csv:2: 1 fields"),
        ("", "empty_file", "is empty"),
        ("Filename;q\nann/1.png;\x00\n", "bad_encoding", "NUL"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, code: str, said: str) -> None:
    with pytest.raises(DataError) as refused:
        joined(tmp_path, text)
    assert refused.value.code == code
    assert said in refused.value.message


def a_folder(tmp_path: Path, text: str, **options: str) -> Dataset:
    for name in SAMPLES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "ofiq.csv").write_text(text, encoding="utf-8")
    card = cards.with_options(cards.card_of_path(tmp_path, format="folder"), options)
    return plugins.load("formats", "folder").read(card)  # type: ignore[no-any-return]


def test_qualities_are_attributes_of_the_samples(tmp_path: Path) -> None:
    found = a_folder(tmp_path, "Filename;sharpness\nbob/1.png;3\nann/2.png;2.5\n", quality="ofiq.csv")
    assert found.sample_ids == SAMPLES
    assert found.attributes == {"sharpness": ("", "2.5", "3")}


def test_without_the_option_there_are_none(tmp_path: Path) -> None:
    assert a_folder(tmp_path, "Filename;q\nann/1.png;1\n").attributes == {}


def test_an_option_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="option 'quality' must be a text"):
        a_folder(tmp_path, "Filename;q\nann/1.png;1\n", quality=3)  # type: ignore[arg-type]


def test_a_column_that_the_data_set_has_already_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("path,subject,q\nann/1.png,ann,1\n", encoding="utf-8")
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann/1.png").write_bytes(b"")
    (tmp_path / "q.csv").write_text("path,q\nann/1.png,2\n", encoding="utf-8")
    card = cards.with_options(cards.card_of_path(tmp_path, format="manifest"), {"quality": "q.csv"})
    with pytest.raises(DataError, match="has a column 'q' already"):
        plugins.load("formats", "manifest").read(card)


def test_every_layout_takes_the_option() -> None:
    for name in plugins.names("formats"):
        assert "quality" in plugins.load("formats", name).KEYS
