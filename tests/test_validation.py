"""What a data set is told before any model is loaded."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fr_bench import cards, plugins
from fr_bench.errors import DataError
from fr_bench.progress import Silent
from fr_bench.records import Card, Dataset, ListedPairs, Roles
from fr_bench.selection import first_subjects, select
from fr_bench.sources import FileSource
from fr_bench.validation import Inspection, inspect, planned_comparisons


def picture(grey: int) -> bytes:
    return b"P5 2 2 255 " + bytes([grey] * 4)


def folder(root: Path, files: dict[str, bytes]) -> Dataset:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    dataset: Dataset = plugins.load("formats", "folder").read(Card(name="x", format="folder", root=root))
    return dataset


def codes(inspection: Inspection) -> set[str]:
    return {note.code for note in inspection.notes}


def told(inspection: Inspection, code: str) -> str:
    return next(note.text for note in inspection.notes if note.code == code)


def test_contents_headers_and_sizes(tmp_path: Path) -> None:
    seen = inspect(folder(tmp_path, {"a/1.pgm": picture(1), "a/2.pgm": picture(2), "b/1.pgm": picture(3)}))
    assert seen.contents == tuple(hashlib.sha256(picture(k)).hexdigest() for k in (1, 2, 3))
    assert [(h.width, h.height) for h in seen.headers if h] == [(2, 2)] * 3
    assert (seen.mated, seen.nonmated, dict(seen.failures)) == (1, 2, {})
    assert told(seen, "image_sizes") == "Sizes of images: 2 x 2 (3)."
    assert "2 planned nonmated comparisons can show is 0.5." in told(seen, "smallest_fmr")


def test_damaged_and_empty_images_will_be_counted_as_failures(tmp_path: Path) -> None:
    dataset = folder(tmp_path, {"a/1.png": b"", "a/2.png": b"no picture", "b/1.png": picture(3)})
    seen = inspect(dataset)
    assert {k: failure.stage for k, failure in seen.failures.items()} == {0: "decode", 1: "decode"}
    assert "2 of 3 images cannot be read" in told(seen, "unreadable_images")
    assert seen.contents[0] == hashlib.sha256(b"").hexdigest()


def test_a_damaged_member_of_an_archive_is_a_counted_failure(tmp_path: Path) -> None:
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.pgm", b"P5 1 1 255 a")
        archive.writestr("a/2.pgm", b"P5 1 1 255 b")
    path.write_bytes(path.read_bytes().replace(b"255 b", b"255 c"))
    dataset = plugins.load("formats", "folder").read(cards.card_of_path(path))
    failure = inspect(dataset).failures[1]
    assert (failure.stage, failure.reason) == ("read", "damaged_member")


def test_missing_files_are_told_at_once_ten_by_name(tmp_path: Path) -> None:
    dataset = folder(tmp_path, {f"a/{k:02d}.pgm": picture(k) for k in range(15)})
    for k in range(3, 15):
        (tmp_path / f"a/{k:02d}.pgm").unlink()
    with pytest.raises(DataError, match=r"12 of 15 images.*a/03\.pgm.*a/12\.pgm and 2 more") as raised:
        inspect(dataset)
    assert (raised.value.code, raised.value.exit_code) == ("file_missing", 3)


def test_no_readable_image(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of the 2 images") as raised:
        inspect(folder(tmp_path, {"a/1.png": b"", "a/2.png": b"x"}))
    assert raised.value.code == "no_readable_image"


def test_path_outside_stops_the_run(tmp_path: Path) -> None:
    dataset = folder(tmp_path / "in", {"a/1.pgm": picture(1), "a/2.pgm": picture(2)})
    (tmp_path / "out.pgm").write_bytes(picture(3))
    (tmp_path / "in/a/2.pgm").unlink()
    (tmp_path / "in/a/2.pgm").symlink_to(tmp_path / "out.pgm")
    with pytest.raises(DataError) as raised:
        inspect(dataset)
    assert raised.value.code == "path_outside"


def test_equal_bytes_under_two_ids_are_told(tmp_path: Path) -> None:
    files = {"a/1.pgm": picture(1), "a/2.pgm": picture(1), "b/1.pgm": picture(2), "c/1.pgm": picture(2)}
    seen = inspect(folder(tmp_path, files))
    assert "a/1.pgm = a/2.pgm" in told(seen, "equal_images")
    assert "b/1.pgm = c/1.pgm" in told(seen, "equal_images_of_two_subjects")


def test_hash_mismatch_shows_both(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(picture(1))
    (tmp_path / "m.csv").write_text(f"path,subject,sha256\na.pgm,x,{'0' * 64}\n")
    dataset = plugins.load("formats", "manifest").read(cards.card_of_path(tmp_path / "m.csv"))
    with pytest.raises(DataError, match=hashlib.sha256(picture(1)).hexdigest()) as raised:
        inspect(dataset)
    assert raised.value.code == "hash_mismatch"


def test_equal_digests_pass(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(picture(1))
    (tmp_path / "m.csv").write_text(f"path,subject,sha256\na.pgm,x,{hashlib.sha256(picture(1)).hexdigest().upper()}\n")
    inspect(plugins.load("formats", "manifest").read(cards.card_of_path(tmp_path / "m.csv")))


def test_other_counts_than_the_card_says_are_told(tmp_path: Path) -> None:
    dataset = folder(tmp_path, {"a/1.pgm": picture(1), "a/2.pgm": picture(2)})
    expecting = replace(dataset, card=replace(dataset.card, expected={"samples": 3, "mated": 1}))
    assert "2 samples where its card says 3" in told(inspect(expecting), "count_mismatch")


def test_what_is_too_small_to_be_measured_is_told(tmp_path: Path) -> None:
    seen = inspect(folder(tmp_path, {"a/1.pgm": picture(1), "b/1.pgm": picture(2)}))
    assert codes(seen) >= {"empty_mated", "few_subjects", "single_samples", "smallest_fmr"}
    assert "no subject has two samples (2 subjects, 2 samples)" in told(seen, "empty_mated")
    seen = inspect(folder(tmp_path / "one", {"a/1.pgm": picture(1), "a/2.pgm": picture(2)}))
    assert "empty_nonmated" in codes(seen)
    assert [note.level for note in seen.notes] == sorted((note.level for note in seen.notes), reverse=True)


def test_blanks_and_case_in_ids_are_told(tmp_path: Path) -> None:
    seen = inspect(folder(tmp_path, {"Ann/1.pgm": picture(1), "ann/1.pgm": picture(2), " x/1.pgm": picture(3)}))
    alike = "".join(note.text for note in seen.notes if note.code == "ids_differ_only_by_case")
    assert "Ann and ann" in alike
    assert "' x'" in "".join(n.text for n in seen.notes if n.code == "ids_with_blanks")


def test_files_left_out_are_counted(tmp_path: Path) -> None:
    seen = inspect(folder(tmp_path, {"a/1.pgm": picture(1), "a/.2.pgm": picture(2), "a/notes.txt": b"x"}))
    assert told(seen, "files_left_out") == "Left out: 1 hidden entry, 1 file without an image's suffix."


def test_what_lies_beside_a_manifest_is_neither_looked_at_nor_told(tmp_path: Path) -> None:
    for name in ("a.pgm", "b.pgm"):
        (tmp_path / name).write_bytes(picture(ord(name[0])))
    (tmp_path / "runs").mkdir(mode=0)
    (tmp_path / "m.csv").write_text("path,subject\na.pgm,x\n")
    seen = inspect(plugins.load("formats", "manifest").read(cards.card_of_path(tmp_path / "m.csv")))
    assert "files_left_out" not in codes(seen)


def test_a_part_says_nothing_of_the_images_of_the_rest(tmp_path: Path) -> None:
    dataset = folder(tmp_path, {"a/1.pgm": picture(1), "b/1.pgm": picture(2)})
    part = select(dataset, first_subjects(dataset, 1))
    assert "files_left_out" not in codes(inspect(part, limited=True))
    assert "1 image that the data set does not name" in told(inspect(part), "files_left_out")


def test_repeated_listed_comparisons_are_told(tmp_path: Path) -> None:
    dataset = folder(tmp_path, {"a/1.pgm": picture(1), "a/2.pgm": picture(2)})
    pairs = ListedPairs(
        np.array([0, 1], np.int32), np.array([1, 0], np.int32), np.array([True, True]), np.zeros(2, np.int16)
    )
    assert "1 of 2 comparisons is listed" in told(inspect(replace(dataset, pairs=pairs)), "repeated_comparisons")


def test_planned_comparisons_by_roles() -> None:
    dataset = Dataset(
        name="x", format="x", card=Card(name="x", format="x", root=Path()), sample_ids=("1", "2", "3", "4"),
        subjects=("a", "a", "b", "b"), sources=(None,) * 4,
        roles=Roles(np.array([0, 2], np.int32), np.array([0, 1, 3], np.int32)),
    )  # fmt: skip
    pairs = [(r, p) for r in (0, 2) for p in (0, 1, 3) if r != p]
    mated = sum(dataset.subjects[r] == dataset.subjects[p] for r, p in pairs)
    assert planned_comparisons(dataset) == (mated, len(pairs) - mated)


def test_threads_change_nothing_and_every_image_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = folder(tmp_path, {f"s{k % 5}/{k}.pgm": picture(k) for k in range(200)})
    read: list[str] = []
    original = FileSource.read
    monkeypatch.setattr(FileSource, "read", lambda self: (read.append(self.relative), original(self))[1])

    class Counting(Silent):
        done = 0

        def advance(self, done: int) -> None:
            self.done += done

    observer = Counting()
    one, four = inspect(dataset, observer), inspect(dataset, threads=4)
    assert (one.contents, one.notes) == (four.contents, four.notes)
    assert observer.done == 200
    assert sorted(read) == sorted([*dataset.sample_ids] * 2)


@pytest.mark.real
def test_yale_holds_nine_files_twice(real_data: Path) -> None:
    dataset = plugins.load("formats", "manifest").read(cards.read_card("yale", real_data))
    seen = inspect(dataset)
    assert (seen.mated, seen.nonmated, len(seen.failures)) == (825, 12_705, 0)
    assert "9 files hold the same bytes" in told(seen, "equal_images")
    assert "count_mismatch" not in codes(seen)
