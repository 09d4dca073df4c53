"""Folders become one registry: rehearsals beside their runs, products by digest, copies told, whatever the order."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fr_bench.errors import DataError, UsageError
from fr_bench.registry import collecting, index, listing, page
from fr_bench.registry.queries import Query
from fr_bench.reports.wording import wording
from tests.registry.made_up import MODEL, collected, record, rehearsal, result, run_folder
from tests.reports import examples

CARD = '[[product]]\nrecognizer = "{model}"\nvendor = "{vendor}"\nalgorithm = "Face"\nversion = "2"\n'


def card(folder: Path, text: str = "", *, model: str = MODEL, vendor: str = "Hanbit") -> Path:
    path = folder / "registry.toml"
    path.write_text(text or CARD.format(model=model, vendor=vendor), encoding="utf-8")
    return path


def test_a_rehearsal_stands_with_the_run_that_it_is_of(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "one")
    rehearsal(tmp_path / "rehearsals" / "one")
    (entry,) = collected(tmp_path, base=tmp_path).entries
    assert (entry.kind, entry.folder) == ("run", "runs/one")
    assert [(one.scheme, one.verdict, one.folder) for one in entry.rehearsed] == [
        ("kisa-style-face", "fail", "rehearsals/one")
    ]


def test_a_rehearsal_of_another_run_is_an_entry_by_itself(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "one")
    rehearsal(tmp_path / "rehearsals" / "other", record(result(day="2026-11-24")))
    kinds = sorted(entry.kind for entry in collected(tmp_path, base=tmp_path).entries)
    assert kinds == ["rehearsal", "run"]


def test_a_rehearsal_of_a_configuration_is_never_put_on_a_run(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "one")
    rehearsal(tmp_path / "rehearsals" / "one", record(evidence="configuration"))
    assert len(collected(tmp_path, base=tmp_path).entries) == 2


def test_two_rehearsals_by_one_scheme_are_both_kept(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "one")
    rehearsal(tmp_path / "first")
    rehearsal(tmp_path / "second", record(parameters={"far": 0.01}))
    (entry,) = collected(tmp_path, base=tmp_path).entries
    assert len(entry.rehearsed) == 2


def test_the_same_record_twice_is_one_rehearsal_with_two_places(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "one")
    rehearsal(tmp_path / "b")
    rehearsal(tmp_path / "a")
    (entry,) = collected(tmp_path, base=tmp_path).entries
    assert [(one.folder, one.copies) for one in entry.rehearsed] == [("a", ("b",))]


def test_a_copy_of_a_run_is_told_and_no_second_entry(tmp_path: Path) -> None:
    run_folder(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    (entry,) = collected(tmp_path, base=tmp_path).entries
    assert (entry.folder, entry.copies) == ("a", ("b",))


def test_the_same_run_made_again_is_told_on_both(tmp_path: Path) -> None:
    run_folder(tmp_path / "a")
    run_folder(tmp_path / "b", result(day="2026-11-24"))
    first, second = collected(tmp_path, base=tmp_path).entries
    assert (first.same_as, second.same_as) == ((second.id,), (first.id,))


def test_a_card_names_the_vendor_of_every_run_of_its_recognizer(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "one")
    run_folder(tmp_path / "runs" / "two", result(model="0" * 64), identity="2" * 64)
    card(tmp_path)
    entries = collected(tmp_path, base=tmp_path).entries
    assert {(one.recognizer_digest, one.vendor, one.version) for one in entries} == {
        (MODEL, "Hanbit", "2"), ("0" * 64, "", ""),
    }  # fmt: skip


def test_a_card_that_names_the_run_wins(tmp_path: Path) -> None:
    run_folder(tmp_path / "one")
    text = CARD.format(model=MODEL, vendor="Hanbit")
    card(tmp_path, text + f'[[product]]\nrun = "{"1" * 12}"\nvendor = "Saebyeok"\n')
    assert [one.vendor for one in collected(tmp_path, base=tmp_path).entries] == ["Saebyeok"]


def test_two_products_that_claim_one_entry_are_refused_with_both_lines(tmp_path: Path) -> None:
    run_folder(tmp_path / "one")
    text = CARD.format(model=MODEL, vendor="Hanbit")
    card(tmp_path, text + text)
    with pytest.raises(UsageError, match=r"registry\.toml:1 and .*registry\.toml:6 claim the same entry"):
        collected(tmp_path, base=tmp_path)


def test_a_product_without_a_run_is_told_and_no_entry(tmp_path: Path) -> None:
    run_folder(tmp_path / "one")
    card(tmp_path, model="f" * 64)
    found = collected(tmp_path, base=tmp_path)
    assert [(one.place, one.state) for one in found.problems] == [("registry.toml:1", "unused")]


def test_a_card_elsewhere_is_named_by_hand(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "one")
    elsewhere = card(tmp_path)
    (entry,) = collected(tmp_path / "runs", base=tmp_path, cards=[elsewhere]).entries
    assert entry.vendor == "Hanbit"


def test_two_titles_are_refused(tmp_path: Path) -> None:
    run_folder(tmp_path / "a" / "one")
    run_folder(tmp_path / "b" / "two", identity="2" * 64)
    for name in ("a", "b"):
        card(tmp_path / name, f'[registry]\ntitle = "{name}"\n')
    with pytest.raises(UsageError, match="several titles"):
        collected(tmp_path, base=tmp_path)


def test_damaged_and_unfinished_folders_are_listed_with_their_reason(tmp_path: Path) -> None:
    run_folder(tmp_path / "good")
    run_folder(tmp_path / "half", identity="2" * 64, finished=False)
    hurt = run_folder(tmp_path / "hurt", identity="3" * 64)
    (hurt / "scores" / "mated.npy").unlink()
    (rehearsal(tmp_path / "torn") / "rehearsal.json").write_text("{", encoding="utf-8")
    found = collected(tmp_path, base=tmp_path)
    assert [one.folder for one in found.entries] == ["good"]
    assert [(one.place, one.state) for one in found.problems] == [
        ("half", "unfinished"), ("hurt", "damaged"), ("torn", "damaged"),
    ]  # fmt: skip
    assert all(one.reason for one in found.problems)


def test_the_order_and_spelling_of_folders_change_no_byte_of_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_folder(tmp_path / "a" / "one")
    run_folder(tmp_path / "b" / "two", result(day="2026-11-24"), identity="2" * 64)
    rehearsal(tmp_path / "c" / "three", record(evidence="configuration"))
    monkeypatch.chdir(tmp_path / "a")
    orders = (["a", "b", "c"], ["c", "b", "a"], ["a/../c", "b", "b/two", "a"])
    made = {index.as_bytes(collected(*(tmp_path / name for name in order), base=tmp_path)) for order in orders}
    made.add(index.as_bytes(collected(Path(), Path("../b"), Path("../c"), base=tmp_path)))
    assert len(made) == 1


def test_no_place_of_the_machine_is_in_the_index(tmp_path: Path) -> None:
    run_folder(tmp_path / "runs" / "one")
    card(tmp_path)
    hurt = run_folder(tmp_path / "runs" / "hurt", identity="2" * 64)
    (hurt / "result.json").unlink()
    assert str(tmp_path).encode() not in index.as_bytes(collected(tmp_path, base=tmp_path))


def test_nothing_below_the_folders_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no run and no rehearsal") as told:
        collected(tmp_path, base=tmp_path)
    assert told.value.code == "no_runs"


def test_a_folder_that_changed_or_went_after_indexing_is_seen(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "one")
    (entry,) = collected(tmp_path, base=tmp_path).entries
    assert collecting.state_now(entry, tmp_path) == "unchanged"
    (run / "manifest.json").write_text("{}", encoding="utf-8")
    assert collecting.state_now(entry, tmp_path) == "changed"
    shutil.rmtree(run)
    assert collecting.state_now(entry, tmp_path) == "gone"


@pytest.mark.parametrize(
    "text",
    ["</script><img src=x onerror=alert(1)>", "'; DROP TABLE entries; --", "\udcff\udc80x", "a|b\n# c", "한\u202e"],
)
def test_a_hostile_result_goes_all_the_way_to_the_page_as_text(tmp_path: Path, text: str) -> None:
    run_folder(tmp_path / "run", examples.hostile(text))
    path = tmp_path / "registry.sqlite"
    index.write(path, collected(tmp_path, base=tmp_path))
    answer = index.read(path, Query())
    drawn = page.html(answer)
    assert "<img" not in drawn
    assert "\u202e" not in drawn
    assert all(line.isprintable() for line in listing.lines(answer, wording("en")))
