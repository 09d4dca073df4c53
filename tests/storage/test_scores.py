"""Scores come back from the disk bit for bit, and a stranger can read them with numpy and json alone."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fr_bench.errors import DataError
from fr_bench.records import Crossing, Histogram, Party, Rest, Scores, ScoreSet, Searches, SubjectSums
from fr_bench.storage import scores as stored


def made(*, floor: bool = True) -> ScoreSet:
    rng = np.random.default_rng(3)
    mated, nonmated = (rng.random(n).astype(np.float32) for n in (20, 30))
    numbers = {k: rng.integers(0, 4, 20).astype(np.int32) for k in ("probe", "reference")}
    at = np.unique(mated)
    rest = Rest(
        count=50, at=at, below=np.arange(len(at)), up_to=np.arange(len(at)) + 1, sum=0.1 + 0.2, squares=1 / 3,
        subjects=7, by_subject=SubjectSums(placements=np.arange(2), sums=rng.random(2), squares=rng.random(2)),
    )  # fmt: skip
    return ScoreSet(
        mated=Scores(values=mated, fold=np.arange(20, dtype=np.int16), **numbers),
        nonmated=Scores(values=nonmated),
        mated_planned=21,
        nonmated_planned=80 if floor else 30,
        mated_failed=1,
        floor=0.1 if floor else -math.inf,
        rest=rest if floor else None,
        drawn=Histogram(edges=np.linspace(0, 1, 5), counts=np.arange(4), sampled=True) if floor else None,
        probes=Party(ids=("a", "김민수", "=cmd()", "\ud800"), subjects=("NA", "007", "null", " x")),
        references=Party(ids=("r", "s", "t", "u"), subjects=("NA", "007", "null", " x")),
        crossing=Crossing(
            subjects=("007", "NA"), references=np.array([1, 0]), probes=np.array([2, 3]), unordered=floor
        ),
        searches=searched(),
        labels=("polarity_suspect",),
    )


def searched() -> Searches:
    rank = np.array([1, 0, 2], dtype=np.int32)
    return Searches(
        probe=np.array([0, 1, 3], dtype=np.int32),
        mated=np.array([True, False, True]),
        mate=np.array([0.5, -np.inf, 0.25], dtype=np.float32),
        rank=rank,
        optimistic=rank.copy(),
        nonmate=np.array([[0.4, -np.inf]] * 3, dtype=np.float32),
        who=np.array([[2, -1]] * 3, dtype=np.int32),
        gallery=4,
        failed=np.array([False, True, False]),
    )


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if hasattr(one, "__slots__"):
        return all(same(getattr(one, name), getattr(other, name)) for name in one.__slots__)
    return one == other


@pytest.mark.parametrize("floor", [True, False])
def test_what_is_read_is_what_was_written(tmp_path: Path, floor: bool) -> None:
    stored.write(tmp_path / "scores", made(floor=floor))
    assert same(made(floor=floor), stored.read(tmp_path / "scores"))


def test_minus_the_distance_is_read_back_and_said_of_nothing_else(tmp_path: Path) -> None:
    for distances in (True, False):
        folder = tmp_path / str(distances)
        stored.write(folder, replace(made(), distances=distances))
        assert stored.read(folder).distances is distances
        assert ("distances" in json.loads((folder / stored.HEAD).read_text())) is distances


def test_the_same_scores_give_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        stored.write(tmp_path / name, made())
    assert [p.read_bytes() for p in sorted((tmp_path / "a").iterdir())] == [
        p.read_bytes() for p in sorted((tmp_path / "b").iterdir())
    ]


def test_a_stranger_counts_fmr_with_numpy_and_json(tmp_path: Path) -> None:
    stored.write(tmp_path, made())
    head = json.loads((tmp_path / "scores.json").read_text(encoding="ascii"))
    nonmated = np.load(tmp_path / "nonmated_values.npy")
    fmr = (nonmated >= 0.5).sum() / (len(nonmated) + head["rest"]["count"])
    assert fmr == (made().nonmated.values >= 0.5).sum() / made().nonmated_made


def test_the_text_names_every_file(tmp_path: Path) -> None:
    stored.write(tmp_path, made())
    text = (tmp_path / "README.txt").read_text(encoding="ascii")
    for file in tmp_path.iterdir():
        assert file.name in text or f"*_{file.name.rpartition('_')[2]}" in text or file.name == "README.txt"


def test_infinite_scores_and_float64_survive(tmp_path: Path) -> None:
    values = np.array([-np.inf, 0.1, np.inf])
    scores = ScoreSet(
        mated=Scores(values=values), nonmated=Scores(values=values), mated_planned=3, nonmated_planned=5, floor=-9.0,
        rest=Rest(count=2, at=values, below=np.zeros(3, int), up_to=np.zeros(3, int), sum=-math.inf, squares=math.inf),
    )  # fmt: skip
    stored.write(tmp_path, scores)
    assert same(scores, stored.read(tmp_path))


def test_arrays_stay_on_the_disk(tmp_path: Path) -> None:
    stored.write(tmp_path, made())
    assert isinstance(stored.read(tmp_path).mated.values, np.memmap)


def test_empty_classes_are_written_and_read(tmp_path: Path) -> None:
    empty = Scores(values=np.zeros(0, dtype=np.float32))
    stored.write(tmp_path, ScoreSet(mated=empty, nonmated=empty, mated_planned=0, nonmated_planned=0))
    assert len(stored.read(tmp_path).mated) == 0


def test_hash_mismatch_names_the_file(tmp_path: Path) -> None:
    stored.write(tmp_path, made())
    file = tmp_path / "mated_values.npy"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(DataError, match=r"mated_values\.npy") as caught:
        stored.read(tmp_path)
    assert (caught.value.code, caught.value.exit_code) == ("hash_mismatch", 3)


@pytest.mark.parametrize("name", ["scores.json", "nonmated_values.npy", "probes.json"])
@pytest.mark.parametrize("verify", [True, False])
def test_file_missing_is_said(tmp_path: Path, name: str, verify: bool) -> None:
    stored.write(tmp_path, made())
    (tmp_path / name).unlink()
    with pytest.raises(DataError, match="cannot read") as caught:
        stored.read(tmp_path, verify=verify)
    assert caught.value.code == "file_missing"


def test_unsafe_format_is_never_unpickled(tmp_path: Path) -> None:
    stored.write(tmp_path, made())
    np.save(tmp_path / "mated_values.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="no plain array") as caught:
        stored.read(tmp_path, verify=False)
    assert caught.value.code == "unsafe_format"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "sha256": 3}', "\x00"])
def test_bad_scores_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "scores.json").write_text(content)
    with pytest.raises(DataError) as caught:
        stored.read(tmp_path)
    assert caught.value.code == "bad_scores"


def test_a_head_that_names_files_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text('{"format": 1, "sha256": {"../x.npy": ""}}')
    with pytest.raises(DataError) as caught:
        stored.read(tmp_path)
    assert caught.value.code == "path_outside"


@pytest.mark.parametrize(("probe", "reference"), [(4, 0), (0, 4)])
def test_a_number_that_names_nobody_is_refused(tmp_path: Path, probe: int, reference: int) -> None:
    scores = made(floor=False)
    numbers = {"probe": np.array([probe], dtype=np.int32), "reference": np.array([reference], dtype=np.int32)}
    wrong = Scores(values=np.ones(1), **numbers)
    stored.write(tmp_path, replace(scores, mated=wrong, mated_planned=2, references=scores.probes))
    with pytest.raises(DataError, match="numbers 4 to 4 in a list of 4 ids"):
        stored.read(tmp_path)
