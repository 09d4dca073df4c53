"""The index: written whole, read strictly, searched by words that are only words."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sqlite3
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.errors import DataError, MachineError, UsageError
from fr_bench.registry import index
from fr_bench.registry.entry import Entry, Judged, Problem, Product, Registry, Rehearsed
from fr_bench.registry.queries import Query
from tests.reports import examples

KISA = Rehearsed(
    scheme="kisa-style-face", verdict="fail", digest="e" * 64, folder="rehearsals/x",
    judged=(Judged(measurement=examples.rate("EER", 30, 1000, 0.02, 0.04), limit=0.01, verdict="fail"),),
)  # fmt: skip


def entry(number: int, **changes: Any) -> Entry:
    """Entry number so-and-so, of a vendor of its own unless told otherwise."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    settled: dict[str, Any] = {
        "digest": digest, "kind": "run", "folder": f"runs/{number}", "name": f"run {number}", "finished": None,
        "recognizer": "onnx-model", "recognizer_version": "", "recognizer_digest": digest, "dataset": "Hall",
        "dataset_digest": "d" * 64, "product": Product(vendor=f"Vendor {number}", algorithm="Face", version="1"),
        "figures": examples.measurements()[:3], **changes,
    }  # fmt: skip
    return Entry(**settled)


ENTRIES = (
    entry(1, finished=date(2026, 3, 1), product=Product(vendor="한빛 Vision", algorithm="Hanbit", number="LAB-7",
                                                         valid_from=date(2026, 4, 1), valid_until=date(2029, 4, 1))),
    entry(2, finished=date(2026, 5, 1), rehearsed=(KISA,), product=Product(vendor="Straße GmbH", algorithm="Auge",
                                                                           valid_until=date(2027, 1, 1))),
    entry(3, product=None, recognizer="100%_sure"),
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "registry.sqlite"
    problems = (Problem(place="runs/hurt", state="damaged", reason="result.json is missing"),)
    index.write(file, Registry(title="Tested", entries=ENTRIES, problems=problems))
    return file


def names(path: Path, **asked: Any) -> list[str]:
    return [one.folder.removeprefix("runs/") for one in index.read(path, Query(**asked)).entries]


def test_what_was_written_is_read_back(path: Path) -> None:
    answer = index.read(path, Query(sort="oldest"))
    assert answer.title == "Tested"
    assert answer.total == 3
    assert {one.digest: one for one in answer.entries} == {one.digest: one for one in ENTRIES}
    assert answer.problems[0].reason == "result.json is missing"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"text": "한빛"}, ["1"]),
        ({"text": "STRASSE"}, ["2"]),
        ({"text": "lab-7 hanbit"}, ["1"]),
        ({"text": "hanbit auge"}, []),
        ({"text": "100%_sure"}, ["3"]),
        ({"text": "100__sure"}, []),
        ({"vendor": "vision"}, ["1"]),
        ({"algorithm": "auge"}, ["2"]),
        ({"scheme": "kisa"}, ["2"]),
        ({"scheme": "kisa", "verdict": "fail"}, ["2"]),
        ({"verdict": "pass"}, []),
        ({"since": date(2026, 4, 1)}, ["2"]),
        ({"valid_on": date(2026, 4, 1)}, ["2", "1"]),
        ({"valid_on": date(2028, 1, 1)}, ["1"]),
        ({"sort": "newest"}, ["2", "1", "3"]),
        ({"sort": "oldest"}, ["1", "2", "3"]),
        ({"sort": "vendor"}, ["2", "1", "3"]),
        ({"sort": "valid-until"}, ["2", "1", "3"]),
    ],
)
def test_a_query_finds_what_it_asks_for(path: Path, asked: dict[str, Any], found: list[str]) -> None:
    assert names(path, **asked) == found


def test_digests_are_found_by_many_digits_and_not_by_two(path: Path) -> None:
    digest = ENTRIES[2].digest
    assert names(path, text=digest[:10]) == ["3"]
    assert names(path, text=digest) == ["3"]
    assert names(path, text=digest[30:32]) in ([], ["1"], ["2"])


@pytest.mark.parametrize("text", ["'; DROP TABLE entries; --", '" OR 1=1 --', "%_%", "') OR ('1'='1", "*", "\0"])
def test_words_of_a_search_are_never_read_as_sql(path: Path, text: str) -> None:
    before = path.read_bytes()
    assert names(path, text=text) == []
    for key in ("vendor", "algorithm", "scheme"):
        with pytest.raises(UsageError, match="no entry has such a name"):
            names(path, **{key: text})
    assert path.read_bytes() == before


def test_hostile_names_are_kept_and_found(tmp_path: Path) -> None:
    made = tuple(
        entry(k, name=text, dataset=text, folder=text, product=Product(vendor=text, note=text))
        for k, text in enumerate(examples.HOSTILE)
    )
    file = tmp_path / "r.sqlite"
    problems = tuple(Problem(place=text, state="x", reason=text) for text in examples.HOSTILE)
    index.write(file, Registry(title="".join(examples.HOSTILE), entries=made, problems=problems))
    kept = {one.digest: one.vendor for one in index.read(file, Query()).entries}
    for one in made:
        assert kept[one.digest] == one.vendor.encode("utf-8", "backslashreplace").decode("utf-8")
    for one in made[::6]:
        assert one.digest in {found.digest for found in index.read(file, Query(text=one.vendor)).entries}


def test_a_name_that_no_entry_holds_names_the_nearest(path: Path) -> None:
    with pytest.raises(UsageError, match="--scheme 'kisa-stile-face': no entry has such a name; did you mean") as told:
        names(path, scheme="kisa-stile-face")
    assert told.value.code == "unknown_name"


def test_an_entry_is_found_by_digits_number_or_folder(path: Path) -> None:
    for text in (ENTRIES[0].digest[:6], ENTRIES[0].digest, "LAB-7", "runs/1", "runs/1/"):
        assert index.find(path, text) == ENTRIES[0]


@pytest.mark.parametrize("text", ["nothing", "", "%"])
def test_an_entry_that_is_not_there_is_told(path: Path, text: str) -> None:
    with pytest.raises(DataError, match="frbench registry list") as told:
        index.find(path, text)
    assert told.value.code == "no_such_entry"


def test_too_few_digits_name_the_entries_they_fit(tmp_path: Path) -> None:
    file = tmp_path / "r.sqlite"
    index.write(file, Registry(entries=tuple(entry(k) for k in range(40))))
    with pytest.raises(DataError, match="may be one of 5 entries"):
        index.find(file, index.read(file, Query()).entries[0].digest[:1])


def test_equal_registries_give_equal_bytes() -> None:
    registry = Registry(entries=ENTRIES)
    assert index.as_bytes(registry) == index.as_bytes(registry)


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="frbench registry rebuild FOLDER") as told:
        index.read(tmp_path / "registry.sqlite", Query())
    assert told.value.code == "file_missing"


@pytest.mark.parametrize("damage", ["head", "middle", "end", "text"])
def test_a_damaged_index_says_to_make_it_again(path: Path, damage: str) -> None:
    data = bytearray(path.read_bytes())
    if damage == "text":
        path.write_text("no index", encoding="utf-8")
    elif damage == "end":
        path.write_bytes(data[: len(data) // 3])
    else:
        at = 0 if damage == "head" else 4096
        data[at : at + 4096] = b"\xff" * 4096
        path.write_bytes(data)
    with pytest.raises(DataError, match="frbench registry rebuild FOLDER") as told:
        index.read(path, Query())
    assert told.value.code == "bad_index"


def changed(path: Path, *statements: str) -> None:
    """Work on the index with SQLite itself and seal it again, as anybody can."""
    path.write_bytes(path.read_bytes()[: -len(index.sealed(b""))])
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    path.write_bytes(index.sealed(path.read_bytes()))


def test_tables_that_are_not_ours_are_not_read(path: Path) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS name, x AS text FROM n"
    changed(path, "DROP TABLE about", f"CREATE VIEW about AS {endless}")
    with pytest.raises(DataError, match="its tables are none of frbench's"):
        index.read(path, Query())


def test_no_flipped_bit_goes_unseen(path: Path) -> None:
    data = path.read_bytes()
    draws = np.random.default_rng(5)
    for place, bit in zip(draws.integers(0, len(data), 30), draws.integers(0, 8, 30), strict=True):
        hurt = bytearray(data)
        hurt[place] ^= 1 << int(bit)
        path.write_bytes(hurt)
        with pytest.raises(DataError):
            index.read(path, Query())


@pytest.mark.parametrize("counts", [[1], [2, 1], [-1, 1], ["1", 2], [1, 2, 3], 7])
def test_counts_that_are_none_are_not_drawn(path: Path, counts: object) -> None:
    document = json.dumps(counts)
    changed(path, f"UPDATE entries SET document = replace(document, '[41,4500]', '{document}')")
    assert b"[41,4500]" not in path.read_bytes()
    with pytest.raises(DataError, match="has no errors and trials"):
        index.read(path, Query())


def test_a_document_of_another_form_is_not_read(path: Path) -> None:
    changed(path, "UPDATE entries SET document = '{\"digest\": 7}'")
    with pytest.raises(DataError) as told:
        index.read(path, Query())
    assert told.value.code == "bad_index"


def test_the_index_of_a_newer_version_is_neither_read_nor_overwritten(path: Path) -> None:
    changed(path, "PRAGMA user_version = 3")
    before = path.read_bytes()
    with pytest.raises(DataError, match="made by a newer frbench") as told:
        index.read(path, Query())
    assert told.value.code == "wrong_schema"
    with pytest.raises(UsageError, match="made by a newer frbench") as refused:
        index.write(path, Registry())
    assert refused.value.code == "bad_output"
    assert path.read_bytes() == before


def test_a_file_that_is_no_index_is_never_overwritten(tmp_path: Path) -> None:
    for name, data in (("notes.txt", b"mine"), ("empty", b"")):
        file = tmp_path / name
        file.write_bytes(data)
        with pytest.raises(UsageError, match="left untouched"):
            index.write(file, Registry())
        assert file.read_bytes() == data


def test_a_second_rebuild_is_refused_while_one_goes_on(path: Path) -> None:
    with index.locked(path), pytest.raises(MachineError, match="being rebuilt") as told, index.locked(path):
        pass
    assert (told.value.code, told.value.exit_code) == ("locked", 6)
    with index.locked(path):
        pass


def test_ten_thousand_entries_are_searched_in_under_a_second(tmp_path: Path) -> None:
    document = entry(1, figures=examples.measurements()[1:2])
    products = [Product(vendor=f"Vendor {k}") for k in range(97)]
    many = tuple(
        dataclasses.replace(document, digest=f"{k:064x}", folder=f"runs/{k}", product=products[k % 97])
        for k in range(10_000)
    )
    file = tmp_path / "many.sqlite"
    index.write(file, Registry(entries=many))
    began = time.process_time()
    found = index.read(file, Query(text="runs/99 vendor", valid_on=None)).entries
    taken = time.process_time() - began
    assert len(found) == 111
    assert taken < 1.0
