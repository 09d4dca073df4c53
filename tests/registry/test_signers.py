"""Who signed a run, and which run on its data it is: told as the folder shows it, and never as more than that."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fr_bench.earlier_runs import KEY
from fr_bench.errors import DataError
from fr_bench.registry import index, listing, page, signers
from fr_bench.registry.entry import Earlier, Entry, Registry, Signed
from fr_bench.registry.index import Answer
from fr_bench.registry.queries import Query
from fr_bench.reports.wording import wording
from fr_bench.storage import signatures
from tests.registry.made_up import collected, result, run_folder
from tests.registry.test_index import entry
from tests.reports import examples

SAY = wording("en")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Keys of two laboratories: Ed25519, and ECDSA, which only ssh-keygen handles."""
    folder = tmp_path_factory.mktemp("keys")
    for kind in ("ed25519", "ecdsa"):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(folder / kind)], check=True)
    return {kind: folder / kind for kind in ("ed25519", "ecdsa")}


def sign(run: Path, key: Path, name: str = "manifest.json.sig") -> str:
    """Put a signature beside the manifest; the fingerprint of its key."""
    (run / name).write_bytes(signatures.sign((run / "manifest.json").read_bytes(), key, lambda: b""))
    return signatures.public_key_of(key.with_suffix(".pub")).key.fingerprint


def only(base: Path) -> Entry:
    (found,) = collected(base, base=base).entries
    return found


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
def test_a_signature_that_holds_is_told_by_its_key(tmp_path: Path, keys: dict[str, Path], kind: str) -> None:
    fingerprint = sign(run_folder(tmp_path / "run"), keys[kind])
    found = only(tmp_path)
    (signed,) = found.signed
    assert (signed.good, signed.fingerprint, kind in signed.kind) == (True, fingerprint, True)
    told = f"signed, the signature holds: {signed.kind} {fingerprint}"
    assert f"Signature: {told}" in listing.shown(found, SAY, 200)
    assert told in "\n".join(listing.lines(Answer("", (found,), 1, ()), SAY, 200))
    assert told in listing.markdown(Answer("", (found,), 1, ()), SAY).replace("\\", "")


def test_nothing_says_that_a_key_is_trusted(tmp_path: Path, keys: dict[str, Path]) -> None:
    sign(run_folder(tmp_path / "run"), keys["ed25519"])
    answer = Answer("", (only(tmp_path),), 1, ())
    shown = "\n".join([*listing.shown(answer.entries[0], SAY), page.html(answer), str(listing.as_json(answer))])
    assert "trust" not in shown.lower()
    assert "Whose key it is, this list does not know" in shown


def test_a_run_without_signature_says_so(tmp_path: Path) -> None:
    run_folder(tmp_path / "run")
    assert listing.signed(only(tmp_path), SAY) == ["not signed"]


def test_a_signature_over_another_manifest_is_bad_and_its_key_is_not_found(
    tmp_path: Path, keys: dict[str, Path]
) -> None:
    run = run_folder(tmp_path / "run")
    other = run_folder(tmp_path / "elsewhere" / "other", identity="2" * 64)
    fingerprint = sign(other, keys["ed25519"])
    shutil.move(other / "manifest.json.sig", run / "manifest.json.sig")
    shutil.rmtree(tmp_path / "elsewhere")
    found = only(tmp_path)
    assert found.signed[0].good is False
    assert "BAD signature manifest.json.sig: it is no signature over this manifest" in listing.signed(found, SAY)
    index.write(tmp_path / "index", Registry(entries=(found,)))
    assert index.read(tmp_path / "index", Query(text=fingerprint)).entries == ()


def test_a_search_finds_what_a_key_has_signed(tmp_path: Path, keys: dict[str, Path]) -> None:
    fingerprint = sign(run_folder(tmp_path / "a"), keys["ed25519"])
    run_folder(tmp_path / "b", identity="2" * 64)
    index.write(tmp_path / "index", collected(tmp_path, base=tmp_path))
    for text in (fingerprint, fingerprint[:16], fingerprint.removeprefix("SHA256:")):
        assert [one.folder for one in index.read(tmp_path / "index", Query(text=text)).entries] == ["a"]


@pytest.mark.parametrize("harm", ["text", "huge", "link", "pipe", "folder"])
def test_what_is_no_signature_is_told_and_harms_nothing(tmp_path: Path, keys: dict[str, Path], harm: str) -> None:
    run = run_folder(tmp_path / "run")
    place = run / "manifest.json.sig"
    if harm == "link":
        sign(run, keys["ed25519"], "real")
        (run / "real").rename(tmp_path / "real")
        place.symlink_to(tmp_path / "real")
    elif harm == "pipe":
        os.mkfifo(place)
    elif harm == "folder":
        place.mkdir()
    else:
        place.write_bytes(b"\x1b[31m mine" if harm == "text" else b"x" * (1 << 17))
    (signed,) = only(tmp_path).signed
    assert (signed.good, signed.fingerprint) == (False, "")
    assert str(tmp_path) not in signed.reason
    assert "\x1b" not in "".join(listing.signed(only(tmp_path), SAY))


def test_where_nothing_can_check_a_signature_it_is_neither_good_nor_bad(
    tmp_path: Path, keys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(run_folder(tmp_path / "run"), keys["ecdsa"])
    monkeypatch.setenv("PATH", str(tmp_path))
    (signed,) = only(tmp_path).signed
    assert signed.good is None
    assert "signature manifest.json.sig not checked: " in listing.signature(signed, SAY)


def test_a_flood_of_signatures_is_cut_and_told(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    for number in range(2, 30):
        (run / f"manifest.json.{number}.sig").touch()
    *looked_at, more = signers.read(run, b"")
    assert (len(looked_at), more.file, more.good) == (signers.MOST_SIGNATURES, "8 more", None)


def test_copies_bring_their_signatures_together(tmp_path: Path, keys: dict[str, Path]) -> None:
    run = run_folder(tmp_path / "a")
    shutil.copytree(run, tmp_path / "b")
    shutil.copytree(run, tmp_path / "c")
    both = {sign(run, keys["ed25519"]), sign(tmp_path / "b", keys["ecdsa"])}
    shutil.copy(run / "manifest.json.sig", tmp_path / "c")
    found = only(tmp_path)
    assert [one.fingerprint for one in found.signed] == sorted(both, key=lambda one: one != found.signed[0].fingerprint)
    assert signers.unchanged(found, tmp_path)


def test_a_signature_that_came_after_the_index_is_noticed(tmp_path: Path, keys: dict[str, Path]) -> None:
    run = run_folder(tmp_path / "run")
    before = only(tmp_path)
    assert signers.unchanged(before, tmp_path)
    sign(run, keys["ed25519"])
    assert not signers.unchanged(before, tmp_path)


def test_a_run_tells_how_many_came_before_it(tmp_path: Path) -> None:
    made = result()
    told = {"known": True, "others": 6, "same_recognizer": 4, "recognizers": 2, "damaged_lines": 1, "runs": []}
    run_folder(tmp_path / "run", dataclasses.replace(made, environment={**made.environment, KEY: told}))
    found = only(tmp_path)
    assert found.earlier == Earlier(others=6, same_recognizer=4, damaged_lines=1)
    sentence = ("run 7 on these data by the log of its machine; earlier ones of this recognizer: 4, of others: 2; "
                "damaged lines of the log: 1")  # fmt: skip
    assert f"Earlier runs: {sentence}" in listing.shown(found, SAY, 300)
    assert sentence in page.html(Answer("", (found,), 1, ()))
    assert "7번째 실행" in page.html(Answer("", (found,), 1, ()), language="ko")
    index.write(tmp_path / "index", Registry(entries=(found,)))
    assert index.read(tmp_path / "index", Query()).entries == (found,)


@pytest.mark.parametrize(
    ("earlier", "told"),
    [
        (None, "earlier runs on these data: unknown"),
        (Earlier(others=0, same_recognizer=0), "first run on these data by the log of its machine"),
    ],
)
def test_a_first_run_and_an_unknown_number_are_two_things(earlier: Earlier | None, told: str) -> None:
    assert listing.earlier(entry(1, earlier=earlier), SAY) == told


@pytest.mark.parametrize("told", [7, {}, {"known": True}, {"known": True, "others": True, "same_recognizer": 0},
                                  {"known": True, "others": 2, "same_recognizer": 3, "damaged_lines": 0}])  # fmt: skip
def test_a_record_that_tells_nonsense_of_earlier_runs_is_an_entry_that_knows_nothing(tmp_path: Path, told: Any) -> None:
    made = result()
    run_folder(tmp_path / "run", dataclasses.replace(made, environment={**made.environment, KEY: told}))
    assert only(tmp_path).earlier is None


def test_counts_in_an_index_that_can_be_none_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "index"
    index.write(file, Registry(entries=(entry(1, earlier=Earlier(others=6, same_recognizer=4)),)))
    data = file.read_bytes()[: -len(index.sealed(b""))].replace(b'"others":6', b'"others":3')
    file.write_bytes(index.sealed(data))
    with pytest.raises(DataError, match="earlier runs that can be none"):
        index.read(file, Query())


def test_the_record_of_a_rehearsal_alone_is_not_called_unsigned() -> None:
    alone = entry(1, kind="rehearsal")
    assert (listing.signed(alone, SAY), listing.earlier(alone, SAY)) == ([], "")
    assert "not signed" not in page.html(Answer("", (alone,), 1, ()))


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_hostile_reasons_stay_text(text: str) -> None:
    made = entry(1, signed=(Signed(file=text, kind=text, fingerprint=text, good=False, reason=text),))
    assert all(line.isprintable() for line in listing.shown(made, SAY, 4000))
    html = page.html(Answer("", (made,), 1, ()))
    assert "<img" not in html.split("<tbody")[1].split("</tbody>")[0]


def test_an_index_of_a_version_that_knew_no_signatures_is_made_again(tmp_path: Path) -> None:
    file = tmp_path / "index"
    index.write(file, Registry(entries=(entry(1),)))
    data = bytearray(file.read_bytes()[: -len(index.sealed(b""))])
    data[60:64] = (1).to_bytes(4, "big")
    file.write_bytes(index.sealed(bytes(data)))
    with pytest.raises(DataError, match="made by an older frbench") as told:
        index.read(file, Query())
    assert told.value.code == "wrong_schema"
    index.write(file, Registry(entries=(entry(1),)))
    assert len(index.read(file, Query()).entries) == 1
