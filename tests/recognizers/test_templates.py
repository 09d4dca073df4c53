"""Templates computed elsewhere, looked up by sample id."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.contracts import Capture, Options, Recognizer
from fr_bench.errors import RecognizerError, UsageError
from fr_bench.extraction import extract
from fr_bench.recognizers import templates as adapter
from fr_bench.records import Card, Dataset, Failure

VECTORS = np.array([[3, 4], [0, 2], [1, 0]], dtype=np.float32)
IDS = ["a", "007", "김민수"]


def npz(path: Path, ids: Any = None, vectors: Any = None, **more: Any) -> Path:
    np.savez(path, ids=np.array(IDS) if ids is None else ids, vectors=VECTORS if vectors is None else vectors, **more)
    return path


def load(path: Path, **values: Any) -> adapter.TemplateFile:
    return adapter.load(Options({"templates": str(path), **values}))


def look_up(recognizer: adapter.TemplateFile, *ids: str) -> list[Any]:
    return recognizer.embed([Capture(name, None) for name in ids])


def test_npz_gives_each_sample_its_vector(tmp_path: Path) -> None:
    recognizer = load(npz(tmp_path / "t.npz"))
    assert isinstance(recognizer, Recognizer)
    assert [row.tolist() for row in look_up(recognizer, "김민수", "a")] == [[1, 0], [3, 4]]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_npy_takes_its_ids_from_the_text_beside_it(tmp_path: Path, ending: str) -> None:
    np.save(tmp_path / "t.npy", VECTORS)
    (tmp_path / "t.txt").write_bytes((ending.join(IDS) + ending).encode())
    assert look_up(load(tmp_path / "t.npy"), "007")[0].tolist() == [0, 2]


def test_sample_without_a_template_is_a_failure(tmp_path: Path) -> None:
    failed = look_up(load(npz(tmp_path / "t.npz")), "7")[0]
    assert isinstance(failed, Failure)
    assert (failed.stage, failed.reason) == ("embed", "not_in_file")


def test_vector_with_nan_is_a_failure(tmp_path: Path) -> None:
    bad = VECTORS.copy()
    bad[1, 0] = np.nan
    assert look_up(load(npz(tmp_path / "t.npz", vectors=bad)), "007")[0].reason == "not_finite"


def test_run_needs_no_picture(tmp_path: Path) -> None:
    data = Dataset(
        name="d",
        format="manifest",
        card=Card(name="d", format="manifest", root=tmp_path),
        sample_ids=("a", "x", "007"),
        subjects=("1", "1", "2"),
        sources=(None, None, None),
    )
    found = extract(data, ["", "", ""], load(npz(tmp_path / "t.npz")))
    np.testing.assert_allclose(found.vectors, [[0.6, 0.8], [0, 0], [0, 1]], atol=1e-7)
    assert list(found.failures) == [1]


@pytest.mark.parametrize(
    ("arrays", "code", "words"),
    [
        ({"ids": np.array(IDS, dtype=object)}, "unsafe_format", "never unpickled"),
        ({"vectors": VECTORS.astype(object)}, "unsafe_format", "never unpickled"),
        ({"vectors": VECTORS[:2]}, "length_mismatch", "3 ids for 2 vectors"),
        ({"vectors": VECTORS[0]}, "bad_templates", r"shape \[2\]"),
        ({"vectors": np.array([["x"]] * 3)}, "bad_templates", "must be numbers"),
        ({"ids": np.arange(3)}, "bad_templates", "must be texts"),
        ({"ids": np.array(["a", "b", "a"])}, "duplicate_id", "stands at 1 and 3"),
        ({"ids": np.array(["a", "b", ""])}, "bad_id", "id 3 is empty"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path: Path, arrays: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(RecognizerError, match=words) as raised:
        load(npz(tmp_path / "t.npz", **arrays))
    assert (raised.value.code, raised.value.exit_code) == (code, 4)


def test_npz_without_ids_names_what_it_holds(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", embeddings=VECTORS)
    with pytest.raises(RecognizerError, match="holds embeddings, but no ids and no vectors"):
        load(tmp_path / "t.npz")


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"\x93NUMPY\x01\x00junk", b"PK\x03\x04 half a zip"])
def test_damaged_file_is_refused_without_unpickling(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.npy").write_bytes(content)
    (tmp_path / "t.txt").write_text("a\n")
    with pytest.raises(RecognizerError) as raised:
        load(tmp_path / "t.npy")
    assert raised.value.code in {"bad_templates", "unsafe_format"}


def test_npz_member_that_is_no_array_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        archive.writestr("ids.npy", b"\x80\x04K\x01.")
        archive.writestr("vectors.npy", b"junk")
    with pytest.raises(RecognizerError) as raised:
        load(tmp_path / "t.npz")
    assert raised.value.code in {"bad_templates", "unsafe_format"}


def test_missing_ids_file_is_named(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", VECTORS)
    with pytest.raises(RecognizerError, match=r"t\.txt; a \.npy of templates needs") as raised:
        load(tmp_path / "t.npy")
    assert raised.value.code == "file_missing"


def test_pinned_digest_is_checked(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError) as raised:
        load(npz(tmp_path / "t.npz"), sha256="0" * 64)
    assert raised.value.code == "hash_mismatch"


def test_unknown_option_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'compare'"):
        load(npz(tmp_path / "t.npz"), compar="cosine")
