"""Images from folders and archives: nothing outside, only regular files, no bombs, names in both normal forms."""

from __future__ import annotations

import os
import unicodedata
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fr_bench import archives
from fr_bench.errors import DataError
from fr_bench.sources import FileSource, open_tree

NAME = "김민수"
NFC, NFD = (unicodedata.normalize(form, NAME) for form in ("NFC", "NFD"))


def packed(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def code(path: Path, relative: str) -> str:
    with pytest.raises(DataError) as raised:
        FileSource(path, relative).read()
    return raised.value.code


def test_a_folder_is_walked_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/2.png", "a/1.JPG", "a/sub/3.pgm", "a/notes.txt", "a/.hidden.png", ".git/x.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    tree = open_tree(tmp_path)
    assert tree.images == ("a/1.JPG", "a/sub/3.pgm", "b/2.png")
    assert dict(tree.ignored) == {"hidden": 2, "other": 1, "repeated": 0}


@pytest.mark.parametrize("on_disk", [NFC, NFD])
@pytest.mark.parametrize("asked", [NFC, NFD])
def test_korean_names_are_found_in_either_normal_form(tmp_path: Path, on_disk: str, asked: str) -> None:
    (tmp_path / on_disk).mkdir()
    (tmp_path / on_disk / f"{on_disk}_1.png").write_bytes(b"face")
    archive = packed(tmp_path / "faces.zip", {f"{on_disk}/{on_disk}_1.png": b"face"})
    for root in (tmp_path, archive):
        tree = open_tree(root)
        stored = tree.find(f"{asked}/{asked}_1.png")
        assert stored is not None
        assert tree.source(stored).read() == b"face"


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_korean_names_in_archives_without_the_utf8_mark(tmp_path: Path, encoding: str) -> None:
    raw = f"{NFC}/1.png".encode(encoding)
    path = packed(tmp_path / "k.zip", {"x" * len(raw): b"face"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    tree = open_tree(path)
    assert tree.images == (f"{NFC}/1.png",)
    assert tree.source(tree.images[0]).read() == b"face"


@pytest.mark.parametrize(
    "path",
    ["../x.png", "a/../../x.png", "/etc/passwd", "C:\\x.png", "c:/x.png", "\\\\host\\x.png", "//host/x", "a\0b.png",
     "NUL", "a/con.png", "..\\x.png", "", "lpt1.txt/x.png"],
)  # fmt: skip
def test_path_outside(tmp_path: Path, path: str) -> None:
    with pytest.raises(DataError, match=r"list\.csv:7") as raised:
        open_tree(tmp_path).find(path, where="list.csv:7")
    assert raised.value.code == "path_outside"


def test_links_that_lead_outside_are_path_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (root / "a.png").symlink_to("../secret.png")
    assert code(root, "a.png") == "path_outside"
    assert code(root, "../secret.png") == "path_outside"
    with pytest.raises(DataError) as raised:
        _ = open_tree(root).images
    assert raised.value.code == "path_outside"


def test_not_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "folder.png").mkdir()
    assert {code(tmp_path, name) for name in ("pipe.png", "loop.png", "folder.png")} == {"not_regular_file"}
    with pytest.raises(DataError) as raised:
        _ = open_tree(tmp_path).images
    assert raised.value.code == "not_regular_file"


def test_links_to_folders_above_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(b"x")
    (tmp_path / "a" / "up").symlink_to("..")
    tree = open_tree(tmp_path)
    assert tree.images == ("a/1.png",)
    assert tree.ignored["repeated"] == 1


def test_a_root_that_is_a_link_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "1.png").write_bytes(b"x")
    (tmp_path / "root").symlink_to("real")
    assert FileSource(tmp_path / "root", "1.png").read() == b"x"


def test_a_file_name_that_is_not_utf8_is_bad_encoding(tmp_path: Path) -> None:
    with open(os.path.join(os.fsencode(tmp_path), b"\xb1\xe8.png"), "wb"):  # noqa: PTH118, PTH123
        pass
    with pytest.raises(DataError) as raised:
        _ = open_tree(tmp_path).images
    assert raised.value.code == "bad_encoding"


def test_a_missing_root_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--data") as raised:
        open_tree(tmp_path / "nowhere")
    assert raised.value.code == "file_missing"


@pytest.mark.parametrize("member", ["../x.png", "/x.png", "a/../../x.png", "C:/x.png", "a\\..\\x.png"])
def test_members_that_leave_the_archive_are_path_outside(tmp_path: Path, member: str) -> None:
    with pytest.raises(DataError) as raised:
        open_tree(packed(tmp_path / "a.zip", {member: b"x"}))
    assert raised.value.code == "path_outside"


def test_nested_and_encrypted_archives_and_links_are_refused(tmp_path: Path) -> None:
    nested = packed(tmp_path / "n.zip", {"a/inner.zip": b"PK"})
    encrypted = packed(tmp_path / "e.zip", {"a/1.png": b"x"}, zipfile.ZIP_STORED)
    data = bytearray(encrypted.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    encrypted.write_bytes(data)
    link = tmp_path / "l.zip"
    with zipfile.ZipFile(link, "w") as archive:
        info = zipfile.ZipInfo("a/1.png")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    codes = []
    for path in (nested, encrypted, link):
        with pytest.raises(DataError) as raised:
            open_tree(path)
        codes.append(raised.value.code)
    assert codes == ["nested_archive", "unsafe_format", "not_regular_file"]


def test_a_member_that_unpacks_beyond_the_ratio_is_too_large(tmp_path: Path) -> None:
    tree = open_tree(packed(tmp_path / "bomb.zip", {"a/1.png": bytes(8 << 20), "a/2.png": bytes(1000)}))
    with pytest.raises(DataError) as raised:
        tree.source("a/1.png").read()
    assert raised.value.code == "too_large"
    assert len(tree.source("a/2.png").read()) == 1000


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "liar.zip", {"a/1.png": bytes(4 << 20)})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(DataError) as raised:
        open_tree(path).source("a/1.png").read()
    assert raised.value.code in ("too_large", "damaged_member")


def test_an_archive_that_declares_too_much_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path / "a.zip", {f"a/{k}.png": bytes(100_000) for k in range(20)})
    monkeypatch.setattr(archives, "ARCHIVE_LIMIT", 1_000_000)
    with pytest.raises(DataError) as raised:
        open_tree(path)
    assert raised.value.code == "too_large"


def test_a_file_over_the_limit_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "big.png").open("wb") as file:
        file.truncate(archives.FILE_LIMIT + 1)
    assert code(tmp_path, "big.png") == "too_large"


def test_damaged_archives_and_members_are_refused(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"not a zip")
    with pytest.raises(DataError) as raised:
        open_tree(tmp_path / "no.zip")
    assert raised.value.code == "damaged_archive"
    path = packed(tmp_path / "crc.zip", {"a/1.png": b"face" * 10}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"face", b"fake", 1))
    with pytest.raises(DataError) as raised:
        open_tree(path).source("a/1.png").read()
    assert raised.value.code == "damaged_member"


def test_threads_read_one_archive_at_once(tmp_path: Path) -> None:
    members = {f"s{k % 7}/{k}.png": os.urandom(5000) for k in range(200)}
    tree = open_tree(packed(tmp_path / "t.zip", members))
    with ThreadPoolExecutor(8) as pool:
        read = dict(zip(members, pool.map(lambda m: tree.source(m).read(), members), strict=True))
    assert read == members


def test_a_name_is_found_without_walking_the_folder(tmp_path: Path) -> None:
    """In either normal form, by looking into the folders that it names and no others."""
    import unicodedata

    from fr_bench.sources import FolderTree

    stored = unicodedata.normalize("NFD", "김민수/사진.png")
    (tmp_path / stored).parent.mkdir()
    (tmp_path / stored).write_bytes(b"x")
    tree = FolderTree(tmp_path)
    assert tree.find(unicodedata.normalize("NFC", stored)) == stored
    assert tree.find(unicodedata.normalize("NFC", "김민수/없음.png")) is None
    assert tree.find("김민호/사진.png") is None
    assert tree._walked is None
