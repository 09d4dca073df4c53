"""Attributes of samples that a file of scores tells by columns in pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fr_bench.errors import DataError
from fr_bench.scorefiles import ScoreFile, read_scores, read_with_attributes
from fr_bench.scorefiles._attributes import paired

ROWS = [
    ("a1", "a2", "a", "a", 0.9, "f", "f"),
    ("a1", "b1", "a", "b", 0.1, "f", ""),
    ("c1", "b1", "c", "b", 0.2, "m", ""),
    ("c1", "c2", "c", "c", 0.8, "m", "m"),
]
TOLD = {"a1": "f", "a2": "f", "b1": "", "c1": "m", "c2": "m"}
FIELDS = ("probe", "reference", "probe_subject", "reference_subject", "score", "probe_gender", "reference_gender")
BOBS = (
    "probe_key", "bio_ref_template_id", "probe_subject_id", "bio_ref_subject_id", "score", "probe_gender",
    "bio_ref_gender",
)  # fmt: skip


def written(path: Path, rows: list[tuple[str, str, str, str, float, str, str]], header: tuple[str, ...]) -> Path:
    path.write_text("\n".join(",".join(map(str, row)) for row in (header, *rows)) + "\n")
    return path


def columns(header: tuple[str, ...]) -> dict[str, list[str | float]]:
    return {name: [row[k] for row in ROWS] for k, name in enumerate(header)}


@pytest.mark.parametrize("header", [FIELDS, BOBS, tuple(name.title() for name in BOBS)])
def test_paired_columns_tell_an_attribute_of_every_sample(tmp_path: Path, header: tuple[str, ...]) -> None:
    name = next(iter(paired(header, ())))
    read = read_with_attributes([written(tmp_path / "s.csv", ROWS, header)], [name])
    assert read.attributes == {name: TOLD}
    assert (read.offered, read.notes) == ((name,), ())


def test_parquet_and_npz_tell_what_csv_does(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    table = pandas.DataFrame(columns(FIELDS)).replace({"": None})
    table.to_parquet(tmp_path / "s.parquet")
    arrays = {key: np.array(column) for key, column in columns(FIELDS).items()}
    arrays["label"] = arrays["probe_subject"] == arrays["reference_subject"]
    np.savez(tmp_path / "s.npz", **arrays)  # type: ignore[arg-type]
    for name in ("s.parquet", "s.npz"):
        assert read_with_attributes([tmp_path / name], ["gender"]).attributes == {"gender": TOLD}, name


def test_two_files_tell_attributes_together(tmp_path: Path) -> None:
    mated = written(tmp_path / "m.csv", [row for row in ROWS if row[2] == row[3]], FIELDS)
    nonmated = written(tmp_path / "n.csv", [row for row in ROWS if row[2] != row[3]], FIELDS)
    assert read_with_attributes([mated, nonmated], ["gender"]).attributes == {"gender": TOLD}


def conflicting(path: Path) -> Path:
    return written(path, [*ROWS, ("a1", "c2", "a", "c", 0.3, "m", "m")], FIELDS)


def test_a_sample_with_two_values_is_refused_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        read_with_attributes([conflicting(tmp_path / "s.csv")], ["gender"])
    assert raised.value.code == "attribute_conflict"
    assert "s.csv:6: the 'gender' of 'a1' is 'm' here and 'f' elsewhere" in raised.value.message


def test_columns_that_nobody_asked_for_are_named_and_not_judged(tmp_path: Path) -> None:
    _, notes = read_scores([conflicting(tmp_path / "s.csv")])
    assert [(note.level, note.code) for note in notes] == [("information", "columns_not_used")]
    assert "not used: probe_gender, reference_gender. --by splits scores by gender." in notes[0].text


def test_a_value_known_in_one_row_is_known_in_all(tmp_path: Path) -> None:
    rows = [*ROWS, ("c1", "a2", "c", "a", 0.3, "", "f")]
    assert read(written(tmp_path / "s.csv", rows, FIELDS)).attributes == {"gender": TOLD}


def test_a_short_row_is_no_missing_value(tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv", ROWS, FIELDS)
    path.write_text(path.read_text() + "a2,b1,a,b,0.3,f\n")
    with pytest.raises(DataError) as raised:
        read(path)
    assert raised.value.code == "length_mismatch"


def test_without_ids_the_subjects_tell_groups(tmp_path: Path) -> None:
    rows = [(*row[2:5], *row[5:]) for row in ROWS]
    path = tmp_path / "s.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in (FIELDS[2:], *rows)) + "\n")
    assert read(path).attributes == {"gender": {"a": "f", "b": "", "c": "m"}}


def test_ids_are_no_attributes() -> None:
    header = ["probe_id", "reference_id", "probe_subject_id", "bio_ref_subject_id", "probe_template_id"]
    header += ["bio_ref_template_id", "score", "probe_x", "probe_", "reference_"]
    assert paired(header, ["score"]) == {}


def read(path: Path) -> ScoreFile:
    return read_with_attributes([path], ["gender"])
