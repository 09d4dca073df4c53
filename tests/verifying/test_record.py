"""One signed run: it holds, and whatever is changed in it is told. The bar does this ten thousand times."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from bench import tamper
from fr_bench import verifying
from fr_bench.cli import run_command
from fr_bench.reports import result_file
from fr_bench.storage import samples, scores
from fr_bench.storage.signatures import Signer, allowed_signers
from fr_bench.verifying.differences import differences
from fr_bench.verifying.recomputing import recompute

pytest.importorskip("cryptography")


class Signed(NamedTuple):
    folder: Path
    key: Path
    signer: Signer


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """A run on generated faces, signed."""
    place = tmp_path_factory.mktemp("signed")
    folder = tamper.small_run(place / "run", report=("EER", "FNMR@FMR=1e-2", "FTA"))
    signer = tamper.new_key(place / "key")
    tamper.signed(folder, place / "key")
    return Signed(folder, place / "key", signer)


@pytest.fixture
def run(original: Signed, tmp_path: Path) -> Signed:
    """A copy to change."""
    shutil.copytree(original.folder, tmp_path / "run")
    return original._replace(folder=tmp_path / "run")


@pytest.fixture(scope="module")
def record(original: Signed) -> verifying.Record:
    """What is found of the untouched run by somebody who knows the key."""
    return verifying.verify(original.folder, [original.signer])


@pytest.fixture(scope="module")
def document(original: Signed) -> Any:
    return json.loads((original.folder / "result.json").read_bytes())


def cli(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run_command([str(one) for one in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def files_alone(run: Signed) -> verifying.Record:
    return verifying.verify(run.folder, [run.signer], figures=False)


def test_an_untouched_signed_run_holds(record: verifying.Record) -> None:
    assert (record.faults, record.differences, record.unproved) == ((), (), ())
    assert record.trusted
    assert record.exit_code == 0
    assert record.checked.measurements > 3
    assert record.checked.values > 1000


def test_the_answer_says_who_signed_and_what_is_not_proved(record: verifying.Record, original: Signed) -> None:
    told = "\n".join(verifying.lines(record))
    assert told.splitlines()[0].endswith(": baseline on generated")
    assert f"good, by lab (ssh-ed25519 {original.signer.key.fingerprint})" in told
    assert "all as printed in result.json" in told
    assert "that this is the only run" in told
    assert told.endswith("HOLDS")


def test_machines_get_the_same_answer(record: verifying.Record) -> None:
    told = json.loads(json.dumps(verifying.as_json(record), allow_nan=False))
    assert told["verdict"] == "holds"
    assert told["figures"]["recomputed"] is True
    assert told["signatures"][0]["trusted_as"] == "lab"
    assert len(told["not_proved_by_this"]) == 3


def test_every_flipped_bit_is_told(run: Signed) -> None:
    found = tamper.flips(run.folder, run.signer, 100, np.random.default_rng(3))
    assert found["undetected"] == []
    assert found["false_alarms"] == 0


def test_every_change_to_a_whole_file_is_told(run: Signed, original: Signed) -> None:
    every = list(tamper.file_changes(run.folder, original.folder))
    chosen = [one for k, one in enumerate(every) if k % 9 == 0 and "another run" not in one[0]]
    assert len(chosen) > 20
    told = {what: tamper.tried(run.folder, original.folder, change, lambda: tamper.told_by_files(*run[::2]))
            for what, change in chosen}  # fmt: skip
    assert [what for what, known in told.items() if not known] == []


def test_a_manifest_made_anew_does_not_fit_the_signature(run: Signed) -> None:
    (run.folder / "log.jsonl").write_bytes(b'{"event": "nothing happened"}\n')
    tamper.sealed_again(run.folder)
    found = files_alone(run)
    assert found.faults == ()
    assert [one.reason for one in found.signed] == ["it is no signature over this manifest"]
    assert found.exit_code == 1


def test_a_stranger_signs_well_and_is_not_trusted(run: Signed, tmp_path: Path) -> None:
    tamper.unsigned(run.folder)
    tamper.new_key(tmp_path / "stranger")
    tamper.signed(run.folder, tmp_path / "stranger")
    found = files_alone(run)
    assert [(one.good, one.trusted) for one in found.signed] == [(True, None)]
    assert found.exit_code == 1
    nobody_named = verifying.verify(run.folder, figures=False)
    assert "you named no key" in "\n".join(verifying.lines(nobody_named))


def test_a_run_without_a_signature_says_so(run: Signed) -> None:
    tamper.unsigned(run.folder)
    found = verifying.verify(run.folder, figures=False)
    assert "signature   NONE" in "\n".join(verifying.lines(found))
    assert found.exit_code == 5
    assert files_alone(run).exit_code == 1


def test_numbers_changed_in_every_file_of_an_unsigned_run_are_told_with_both_values(
    run: Signed, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run.folder / "result.json"
    text = result.read_text("utf-8")
    value = json.loads(text)["measurements"][0]["value"]
    assert text.count(f'"value": {value}') >= 1
    result.write_text(text.replace(f'"value": {value}', '"value": 0.001'), "utf-8")
    page = run.folder / "report.html"
    page.write_bytes(page.read_bytes().replace(b"</h1>", b", certified</h1>"))
    tamper.unsigned(run.folder)
    tamper.sealed_again(run.folder)
    code, out, _ = cli(capsys, "verify", run.folder)
    assert code == 1
    assert f"result.json measurements[EER].value: printed 0.001, counted {value}" in out
    assert "metrics.csv row 1 (EER), value: printed" in out
    assert "certified" in out


def test_a_page_drawn_by_other_versions_is_not_called_false(run: Signed, document: Any) -> None:
    document = json.loads(json.dumps(document))
    document["environment"]["versions"]["matplotlib"] = "0.1"
    (run.folder / "result.json").write_bytes(result_file.write(result_file.loads(json.dumps(document).encode())))
    figure = run.folder / "figures" / "roc.png"
    figure.write_bytes(figure.read_bytes() + b"\0")
    tamper.unsigned(run.folder)
    tamper.sealed_again(run.folder)
    found = verifying.verify(run.folder)
    assert found.differences == ()
    assert any("figures/roc.png: drawn by matplotlib 0.1" in text for text in found.unproved)
    assert found.exit_code == 5


def changed(document: Any, place: tuple[Any, ...]) -> Any:
    copy = json.loads(json.dumps(document))
    holder = copy
    for key in place[:-1]:
        holder = holder[key]
    value = holder[place[-1]]
    holder[place[-1]] = value + 1 if isinstance(value, int) else value * 1.001 if value else 0.001
    return copy


def test_any_number_that_is_counted_is_told_when_it_is_changed(original: Signed, document: Any) -> None:
    rng = np.random.default_rng(5)
    stored = result_file.read(original.folder / "result.json")
    again = recompute(stored, scores.read(original.folder / "scores"), samples.read(original.folder / "scores"))
    counted = json.loads(result_file.write(again.result))
    assert list(differences("result.json", document, counted)) == []
    places = [place for part in tamper.COUNTED for place in tamper.numbers_in(document[part], (part,))]
    for k in rng.choice(len(places), size=40, replace=False):
        found = list(differences("result.json", changed(document, places[int(k)]), counted))
        assert len(found) == 1, places[int(k)]


def test_a_measure_that_was_asked_for_cannot_be_left_out(original: Signed, document: Any) -> None:
    shorter = {**document, "measurements": document["measurements"][1:]}
    stored = result_file.loads(json.dumps(shorter).encode())
    again = recompute(stored, scores.read(original.folder / "scores"), samples.read(original.folder / "scores"))
    assert [one.measure for one in again.result.measurements] == ["EER", "FNMR@FMR=1e-2", "FTA"]


def test_without_samples_only_what_needs_them_is_unproved(original: Signed) -> None:
    stored = result_file.read(original.folder / "result.json")
    again = recompute(stored, scores.read(original.folder / "scores"), None)
    assert [text.partition(":")[0] for text in again.unproved] == ["FTA", "analysis groups sex"]
    printed, counted = (json.loads(result_file.write(one)) for one in (stored, again.result))
    assert list(differences("result.json", printed, counted)) == []


def test_scores_that_were_changed_are_not_counted(run: Signed) -> None:
    (run.folder / "scores" / "mated_values.npy").write_bytes(b"\x93NUMPY")
    found = verifying.verify(run.folder)
    assert not found.checked.recomputed
    assert "scores/mated_values.npy is not what was written" in "\n".join(verifying.lines(found))
    assert found.exit_code == 1


def test_a_result_that_no_run_can_have_written_is_a_finding(run: Signed) -> None:
    (run.folder / "result.json").write_text('{"schema": "fr-bench-result/1"}', "utf-8")
    tamper.unsigned(run.folder)
    tamper.sealed_again(run.folder)
    found = verifying.verify(run.folder)
    assert [one.file for one in found.differences] == ["result.json and scores/"]
    assert found.exit_code == 1


def test_a_folder_that_changes_meanwhile_is_told(run: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    from fr_bench.storage import manifest

    seen: Callable[[Path], Any] = manifest.inspect

    def meanwhile(folder: Path) -> Any:
        found = seen(folder)
        (folder / "metrics.csv").write_bytes((folder / "metrics.csv").read_bytes())
        return found

    monkeypatch.setattr(manifest, "inspect", meanwhile)
    assert [(one.file, one.kind) for one in files_alone(run).faults] == [("metrics.csv", "folder_changed")]


def test_signing_again_changes_nothing_and_another_signer_has_a_file_of_his_own(
    run: Signed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (run.folder / "manifest.json.sig").read_bytes()
    code, _, err = cli(capsys, "sign", run.folder, "--key", run.key)
    assert (code, err.splitlines()[0].partition(":")[0]) == (0, "signed already")
    tamper.new_key(tmp_path / "other")
    code, out, _ = cli(capsys, "sign", run.folder, "--key", tmp_path / "other", "--json")
    assert json.loads(out)["file"].endswith("manifest.json.2.sig")
    assert (run.folder / "manifest.json.sig").read_bytes() == before
    both = files_alone(run)
    assert [one.good for one in both.signed] == [True, True]
    assert both.faults == ()


def test_a_changed_run_is_not_signed(run: Signed, capsys: pytest.CaptureFixture[str]) -> None:
    (run.folder / "metrics.csv").write_bytes(b"measure,value\n")
    code, _, err = cli(capsys, "sign", run.folder, "--key", run.key)
    assert code == 3
    assert "metrics.csv" in err
    assert "[hash_mismatch]" in err


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum here")
def test_sha256sum_checks_the_folder_without_frbench(original: Signed) -> None:
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=original.folder, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "manifest.json: OK" in done.stdout


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen here")
def test_ssh_keygen_checks_the_signature_without_frbench(original: Signed, tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text(f"lab {original.signer.key.line}\n", "ascii")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "lab", "-n", "frbench", "-s",
               str(original.folder / "manifest.json.sig")]  # fmt: skip
    message = (original.folder / "manifest.json").read_bytes()
    assert subprocess.run(command, input=message, capture_output=True, check=False).returncode == 0
    assert verifying.verify(original.folder, allowed_signers(allowed), figures=False).trusted


def test_what_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    for place in ("empty", "nowhere"):
        code, _, err = cli(capsys, "verify", tmp_path / place)
        assert (code, place in err) == (3, True)
