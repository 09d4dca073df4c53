"""Text files from strangers: every cell byte for byte, every complaint with file and line."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from fr_bench.errors import DataError, UsageError
from fr_bench.keylines import key_lines
from fr_bench.reading import (
    CELL_LIMIT,
    parse_csv,
    parse_label,
    parse_number,
    read_bytes,
    read_csv,
    read_json,
    read_toml,
    says_missing,
)


def code_of(raised: pytest.ExceptionInfo[DataError]) -> str:
    return raised.value.code


def test_cells_are_texts_byte_for_byte() -> None:
    cells = ("NA", "null", "None", "nan", "TRUE", "007", "1e3", "1.0", " x", "")
    table = parse_csv(("a,b,c,d,e,f,g,h,i,j\n" + ",".join(cells) + "\n").encode(), "m.csv")
    assert table.rows == [cells]


def test_quotes_newlines_and_crlf_follow_rfc_4180() -> None:
    table = parse_csv(b'path,subject\r\n"a ""b"", c","two\r\nlines"\r\nd,e\r\n', "m.csv")
    assert table.rows == [('a "b", c', "two\r\nlines"), ("d", "e")]
    assert [table.where(row) for row in (0, 1)] == ["m.csv:2", "m.csv:4"]


def test_a_byte_order_mark_is_accepted() -> None:
    assert parse_csv(b"\xef\xbb\xbfpath\nx\n", "m.csv").header == ("path",)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"path\nok\n\xb1\xe8\n", r"m\.csv:3: byte 0xb1 at offset 8"),
        (b"\xef\xbb\xbfp\n\xff\n", r"m\.csv:2: byte 0xff at offset 5"),
        ("path\n".encode("utf-16"), "UTF-16"),
        (b"path\na\0b\n", r"m\.csv:2: NUL byte at offset 6"),
    ],
)
def test_bad_encoding(data: bytes, told: str) -> None:
    with pytest.raises(DataError, match=told) as raised:
        parse_csv(data, "m.csv")
    assert code_of(raised) == "bad_encoding"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a,b\n1,2\n3\n", r"m\.csv:3: 1 fields where the header has 2"),
        (b'a,b\n"x\ny",2\n3,4,5\n', r"m\.csv:4: 3 fields"),
        (b"a,b\n1,2\n\n3,4\n", r"m\.csv:3: 0 fields"),
        (b'a,b\n1,"2\n3,4\n', r"m\.csv:2: a quoted field never ends"),
        (b"a,b\n1,2\n3", r"m\.csv:3"),
    ],
)
def test_length_mismatch(data: bytes, told: str) -> None:
    with pytest.raises(DataError, match=told) as raised:
        parse_csv(data, "m.csv")
    assert code_of(raised) == "length_mismatch"


def test_a_last_line_without_newline_is_accepted_if_it_has_all_fields() -> None:
    assert parse_csv(b"a,b\n1,2", "m.csv").rows == [("1", "2")]


def test_blank_lines_at_the_end_are_no_rows() -> None:
    assert len(parse_csv(b"a,b\n1,2\n\n\n", "m.csv")) == 1


def test_header_only_has_no_rows() -> None:
    assert len(parse_csv(b"a,b\n", "m.csv")) == 0


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty_file"), (b"\n\n", "empty_file"), (b"a,a\n", "duplicate_column")]
)
def test_no_table_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(DataError) as raised:
        parse_csv(data, "m.csv")
    assert code_of(raised) == code


def test_a_cell_without_end_is_refused() -> None:
    with pytest.raises(DataError) as raised:
        parse_csv(b"a\n" + b"x" * (CELL_LIMIT + 1), "m.csv")
    assert code_of(raised) == "bad_csv"


def test_unknown_column_names_the_nearest() -> None:
    with pytest.raises(DataError, match=r"m\.csv:1: no column 'subject'; did you mean 'subjects'\?"):
        parse_csv(b"path,subjects\n", "m.csv").column("subject")


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.93", 0.93), (" -1.5e-3 ", -0.0015), ("+.5", 0.5), ("1.", 1.0), ("inf", math.inf), ("-Infinity", -math.inf),
     ("0.1000000000000000055511151231257827", 0.1)],
)  # fmt: skip
def test_numbers(text: str, value: float) -> None:
    assert parse_number(text, "") == value


@pytest.mark.parametrize(
    "text", ["0,93", "1.000,5", "1 000", "٠٫٩", "１", "nan", "", "0x1F", "1_000", "1e", "--1", "1e999", "9" * 5000]
)
def test_bad_number(text: str) -> None:
    with pytest.raises(DataError, match=r"s\.csv:7") as raised:
        parse_number(text, "s.csv:7")
    assert code_of(raised) == "bad_number"


def test_missing_words_are_told_from_numbers() -> None:
    assert [says_missing(text) for text in ("", "NaN", "N/A", " null ", "0", "inf")] == [True] * 4 + [False] * 2


def test_label_words() -> None:
    assert [parse_label(w) for w in ("same", "Non-Mated", "IMPOSTOR", "true", "-1", "007")] == [
        True, False, False, True, False, None,
    ]  # fmt: skip


def test_not_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", tmp_path, Path("/dev/zero")):
        with pytest.raises(DataError) as raised:
            read_csv(path)
        assert code_of(raised) == "not_regular_file"


def test_file_missing_names_who_asked(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pairs\.txt:3: no such file") as raised:
        read_bytes(tmp_path / "x", 10, where="pairs.txt:3")
    assert code_of(raised) == "file_missing"


def test_too_large(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_bytes(tmp_path / "x", 5) == b"12345"
    with pytest.raises(DataError) as raised:
        read_bytes(tmp_path / "x", 4)
    assert code_of(raised) == "too_large"


TOML = '''# a comment with [brackets] = "x"
title = "x"  # same line
[dataset]
root = "faces"
folds = [1,
  2]
text = """
[not.a.table]
key = 1
"""
[recognizer]
input = { size = [112, 112], layout = "NC]HW" }
"quoted key".sub = 'it''s'
[[published]]
figure = "EER"
[[published]]
figure = "AUC"
[published.more]
a = 1
'''.replace("it''s", "its")


def test_toml_lines_of_keys_tables_and_elements() -> None:
    document = read_toml(TOML)
    lines = {
        ("title",): 2,
        ("dataset",): 3,
        ("dataset", "root"): 4,
        ("dataset", "folds", 1): 6,
        ("dataset", "text"): 7,
        ("recognizer", "input", "layout"): 12,
        ("recognizer", "quoted key", "sub"): 13,
        ("published", 0, "figure"): 15,
        ("published", 1, "figure"): 17,
        ("published", 1, "more", "a"): 19,
    }
    assert {path: document.line(path) for path in lines} == lines
    assert document.line(("not", "a")) is None


def test_toml_place_falls_back_to_the_table_around(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text("[a]\nb = 1\n")
    assert read_toml(path).where(("a", "missing")) == f"{path}:1"


def test_every_toml_key_has_a_line() -> None:
    def paths(value: object, at: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return [p for key, inner in items for p in [(*at, key), *paths(inner, (*at, key))]]

    document = read_toml(TOML)
    assert [p for p in paths(document.data, ()) if p not in key_lines(TOML)] == []


@pytest.mark.parametrize(
    ("text", "line"), [("a = 1\nb = [1,\n", 3), ("a = 1\nb 2\n", 2), ("a = 1\na = 2\n", 2), ("x = " + "[" * 5000, 0)]
)
def test_bad_toml_names_the_line(text: str, line: int) -> None:
    with pytest.raises(UsageError) as raised:
        read_toml(text, name="my.toml")
    assert raised.value.code == "bad_toml"
    if line:
        assert raised.value.message.startswith(f"my.toml:{min(line, text.rstrip().count(chr(10)) + 1)}")


def test_json_is_strict(tmp_path: Path) -> None:
    for text in ('{"a": NaN}', '{"a": 1, "a": 2}', '{"a": \n', "[" * 100_000):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(DataError) as raised:
            read_json(tmp_path / "x.json")
        assert code_of(raised) == "bad_json"
