"""Data sets that are wrong, doubtful or an attack: each with the code word that it gets, and nothing written."""

from __future__ import annotations

import os
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.faults.conftest import Refused
from tests.faults.making import Said, contents, faces, frbench, recognizer

KOREAN = "김민수"
NFC, NFD = (unicodedata.normalize(form, KOREAN) for form in ("NFC", "NFD"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A good data set in a folder `data`, and the recognizer `own.py` beside it."""
    recognizer(tmp_path)
    return faces(tmp_path / "data", ("a", "b", "c"))


def checking(dataset: str = "./data") -> list[str | Path]:
    return ["check", "--dataset", dataset, "--recognizer", "python:own.py:Own"]


def running(dataset: str = "./data") -> list[str | Path]:
    return ["run", "--dataset", dataset, "--recognizer", "python:own.py:Own", "--set", "report.draw=false"]


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def enormous() -> bytes:
    """A PNG of 200 000 x 200 000 pixels in under 200 bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


# --- folders ----------------------------------------------------------------------------------------------------------


def test_links_that_loop_end(said: Callable[..., Said], data: Path) -> None:
    (data / "a" / "up").symlink_to("..")
    (data / "b" / "self").symlink_to("self")
    answer = said(*checking())
    assert answer.code == 0
    assert "folder that a link shows again" in answer.out


@pytest.mark.parametrize(
    ("target", "word"),
    [("../../secret.png", "path_outside"), ("/dev/zero", "path_outside"), ("loop.png", "not_regular_file")],
)
def test_link_that_is_refused(refused: Refused, data: Path, tmp_path: Path, target: str, word: str) -> None:
    (tmp_path / "secret.png").write_bytes((data / "a" / "0.png").read_bytes())
    (data / "a" / "loop.png").symlink_to(target)
    refused(3, word, running(), "loop.png")


def test_not_regular_file(refused: Refused, data: Path) -> None:
    os.mkfifo(data / "a" / "fifo.png")
    refused(3, "not_regular_file", running(), "fifo.png")


def test_ids_differ_only_by_form(refused: Refused, tmp_path: Path) -> None:
    recognizer(tmp_path)
    faces(tmp_path / "data", (NFC, NFD, "b"))
    if len(list((tmp_path / "data").iterdir())) < 3:
        pytest.skip("this file system takes both forms for one name")
    refused(3, "ids_differ_only_by_form", running(), "\\uae40", "\\u1100")


def test_ids_differ_only_by_case_is_a_warning(said: Callable[..., Said], tmp_path: Path) -> None:
    recognizer(tmp_path)
    faces(tmp_path / "data", ("Kim", "kim", "b"))
    answer = said(*checking())
    assert answer.code == 0
    assert "from another only by case" in answer.out


def test_ids_stay_text_through_a_whole_run(said: Callable[..., Said], tmp_path: Path) -> None:
    import json

    ids = ["NA", "null", "None", "nan", "TRUE", "007", "7", "1e3", " x", "x"]
    recognizer(tmp_path)
    faces(tmp_path / "data", ids)
    (tmp_path / "data" / "1e3" / "0.png").write_bytes(b"")
    answer = said(*running(), "--out", "out", "--json")
    assert answer.code == 0
    result = json.loads(answer.out)
    assert result["dataset"]["subjects"] == 10
    assert [row["subject"] for row in result["failures"]] == ["1e3"]
    probes = json.loads((tmp_path / "out" / "scores" / "probes.json").read_bytes())
    assert sorted(set(probes["subjects"])) == sorted(ids)


def test_input_changed_while_running(tmp_path: Path, data: Path) -> None:
    recognizer(tmp_path, """
from pathlib import Path
import numpy as np
from PIL import Image
class Own:
    def embed(self, images):
        Image.fromarray(images[0][::-1].copy()).save("data/c/1.png")
        return np.array([image.astype(np.float32).ravel() - 125 for image in images])
""")  # fmt: skip
    assert (data / "c" / "1.png").exists()
    answer = frbench(tmp_path, *running(), "--out", "out", "--set", "run.threads=1")
    assert answer.code == 3
    assert answer.err.rstrip().endswith("[input_changed]")
    assert "c/1.png" in answer.err
    assert not (tmp_path / "out" / "complete").exists()


# --- images -----------------------------------------------------------------------------------------------------------


def test_bad_images_are_counted_failures_with_their_reasons(said: Callable[..., Said], data: Path) -> None:
    import json

    good = (data / "a" / "0.png").read_bytes()
    bad = {
        "a/empty.jpg": b"", "a/huge.png": enormous(), "b/cut.png": good[: len(good) // 2], "b/text.jpg": b"hello",
        "c/page.png": b"<html><script>alert(1)</script>",
    }  # fmt: skip
    for name, content in bad.items():
        (data / name).write_bytes(content)
    answer = said(*running(), "--out", "out", "--json", "--measure", "FTA")
    assert answer.code == 0, answer.err
    result = json.loads(answer.out)
    assert {row["sample"]: row["reason"] for row in result["failures"]} == {
        "a/empty.jpg": "empty", "a/huge.png": "too_large", "b/cut.png": "truncated", "b/text.jpg": "not_an_image",
        "c/page.png": "not_an_image",
    }  # fmt: skip
    assert result["measurements"][0]["counts"] == {"errors": 5, "trials": 11}


def test_no_readable_image(refused: Refused, data: Path) -> None:
    for path in data.rglob("*.png"):
        path.write_bytes(b"")
    refused(3, "no_readable_image", running(), "none of the 6 images", "a/0.png")


# --- archives ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "word"),
    [("../../evil.png", "path_outside"), ("/etc/evil.png", "path_outside"), ("C:\\evil.png", "path_outside"),
     ("\\\\host\\evil.png", "path_outside"), ("c/aux.png", "path_outside"), ("c/inner.zip", "nested_archive")],
)  # fmt: skip
def test_archive_that_is_refused(refused: Refused, data: Path, tmp_path: Path, name: str, word: str) -> None:
    zipped(tmp_path / "data.zip", {**contents(data), name: b"PK"})
    before = {p for p in tmp_path.rglob("*") if "cache" not in p.parts}
    refused(3, word, running("data.zip"), "data.zip")
    assert {p for p in tmp_path.rglob("*") if "cache" not in p.parts} == before


def test_bomb_in_an_archive_is_a_counted_failure(said: Callable[..., Said], data: Path, tmp_path: Path) -> None:
    zipped(tmp_path / "data.zip", {**contents(data), "c/bomb.png": bytes(300 << 20)})
    answer = said(*checking("data.zip"))
    assert answer.code == 0
    assert "c/bomb.png (too_large)" in answer.out


def test_damaged_archive(refused: Refused, data: Path, tmp_path: Path) -> None:
    whole = zipped(tmp_path / "data.zip", contents(data)).read_bytes()
    (tmp_path / "data.zip").write_bytes(whole[:-30])
    refused(3, "damaged_archive", running("data.zip"), "data.zip")


# --- lists ------------------------------------------------------------------------------------------------------------

BOTH = "probe,reference,mated,probe_subject,reference_subject"
MANIFESTS = [
    ("path_outside", "path,subject\n../own.py,a\n", ["m.csv:2"]),
    ("path_outside", "path,subject\n/etc/passwd,a\n", ["m.csv:2"]),
    ("path_outside", "path,subject\na\\..\\..\\x.png,a\n", ["m.csv:2"]),
    ("file_missing", "path,subject\na/0.png,a\na/77.png,a\n", ["m.csv:3", "a/77.png"]),
    ("empty_id", "path,subject\na/0.png,a\na/1.png,\n", ["m.csv:3", "subject"]),
    ("id_too_long", f"path,subject\na/0.png,{'x' * 5000}\nb/0.png,b\n", ["4096"]),
    ("ids_differ_only_by_form", f"path,subject\na/0.png,{NFC}\na/1.png,{NFD}\n", ["\\uae40", "\\u1100"]),
    ("duplicate_id", "path,subject\na/0.png,a\na/0.png,a\n", ["m.csv:3", "line 2"]),
    ("hash_mismatch", f"path,subject,sha256\na/0.png,a,{'0' * 64}\nb/0.png,b,\n", ["0" * 64, "a/0.png"]),
    ("length_mismatch", "path,subject\na/0.png,a\na/1.png\n", ["m.csv:3"]),
    ("unknown_column", "path,subjekt\na/0.png,a\n", ["m.csv:1", "'subject'", "'subjekt'"]),
    ("bad_encoding", "path,subject\na/0.png,a\n".encode("utf-16"), ["UTF-16", "offset 0"]),
    ("bad_encoding", b"path,subject\na/0.png,a\0\n", ["m.csv:2", "NUL"]),
    ("bad_encoding", b"path,subject\na/0.png,\xff\n", ["m.csv:2", "0xff"]),
    ("empty_file", "", ["m.csv"]),
    ("bad_csv", f"path,subject\na/0.png,{'x' * 200_000}\n", ["m.csv:2"]),
    ("self_comparison", "probe,reference,mated\na/0.png,a/0.png,1\n", ["m.csv:2"]),
    ("bad_pairs", "probe,reference,mated\na/0.png,a/1.png,x\n", ["m.csv:2", "'x'"]),
    ("label_id_conflict", f"{BOTH}\na/0.png,b/0.png,1,a,b\n", ["m.csv:2"]),
    ("file_missing", "probe,reference,mated\na/0.png,a/9.png,1\n", ["m.csv:2", "a/9.png"]),
]


@pytest.mark.parametrize(("word", "text", "told"), MANIFESTS, ids=[f"{m[0]}{k}" for k, m in enumerate(MANIFESTS)])
def test_list_that_is_refused(refused: Refused, data: Path, word: str, text: str | bytes, told: list[str]) -> None:
    (data / "m.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(3, word, running("data/m.csv"), *told)


def test_header_only_is_no_data_set(refused: Refused, data: Path) -> None:
    (data / "m.csv").write_text("path,subject\n", encoding="utf-8")
    refused(3, "empty_data_set", running("data/m.csv"))


def test_blanks_around_ids_are_kept_with_a_warning(said: Callable[..., Said], data: Path) -> None:
    (data / "m.csv").write_text("path,subject\na/0.png, a\na/1.png, a\nb/0.png,a\n", encoding="utf-8")
    answer = said(*checking("data/m.csv"))
    assert answer.code == 0
    assert "with a blank, which is kept: ' a'" in answer.out
    assert "subjects                 2" in answer.out


def test_lists_of_one_class_say_what_cannot_be_measured(said: Callable[..., Said], data: Path) -> None:
    for text, told in (("a/0.png,a/1.png,1", "FMR cannot be"), ("a/0.png,b/1.png,0", "FNMR cannot be")):
        (data / "m.csv").write_text(f"probe,reference,mated\n{text}\n", encoding="utf-8")
        answer = said(*checking("data/m.csv"))
        assert answer.code == 0
        assert told in answer.out
