"""`frbench registry` as a laboratory uses it: real runs and rehearsals in, a list and a page out."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fr_bench.cli import run_command
from fr_bench.registry import index
from fr_bench.registry.queries import Query
from tests.cli.conftest import RunCli

CONFIG = (
    '[dataset]\ncard = "generated"\nsubjects = 6\nimages = 5\nsize = 64\n[intervals]\ndraws = 50\n'
    '[measures]\nreport = ["EER"]\n[report]\ndraw = false\n[run]\ncache = false\n'
)
CARD = (
    '[registry]\ntitle = "Products of 2026"\n[[product]]\nrecognizer = "{digest}"\nvendor = "한빛 Vision"\n'
    'algorithm = "HanbitFace"\nversion = "3.2"\nnumber = "LAB-7"\nvalid_from = 2026-11-23\nvalid_until = 2029-11-22\n'
)


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, its rehearsal, a card that names its recognizer, and a run that was cut off."""
    folder = tmp_path_factory.mktemp("laboratory")
    (folder / "small.toml").write_text(CONFIG, encoding="utf-8")
    run, made = folder / "runs" / "one", folder / "rehearsals" / "one"
    assert run_command(["run", str(folder / "small.toml"), "--out", str(run), "-q"]) == 0
    assert run_command(["certify", str(run), "--scheme", "kisa-style-face", "--out", str(made), "-q"]) == 5
    digest = json.loads((run / "result.json").read_text("utf-8"))["recognizer"]["digest"]
    (folder / "registry.toml").write_text(CARD.format(digest=digest), encoding="utf-8")
    shutil.copytree(run, folder / "runs" / "cut-off")
    (folder / "runs" / "cut-off" / "complete").unlink()
    return folder


@pytest.fixture
def built(laboratory: Path, run_cli: RunCli) -> RunCli:
    """The command line in a folder that has an index of the laboratory."""
    assert run_cli("registry", "rebuild", laboratory, "-q").code == 0
    return run_cli


def test_rebuild_tells_entries_and_the_folders_that_are_none(laboratory: Path, run_cli: RunCli) -> None:
    said = run_cli("registry", "rebuild", laboratory, "-q")
    assert said.code == 0
    first, _, problem, *_ = said.out.splitlines()
    assert first == "registry.sqlite: 1 entry; left out: 1 unfinished"
    assert problem.startswith("unfinished: ")
    assert "runs/cut-off" in problem
    assert said.err == ""


def test_strict_makes_the_index_and_answers_3_where_something_is_left_out(laboratory: Path, run_cli: RunCli) -> None:
    said = run_cli("registry", "rebuild", laboratory, "--strict", "-q")
    assert said.code == 3
    assert "--strict: registry.sqlite is made, but not of all that is there: 1 unfinished; mend it" in said.err
    assert said.err.rstrip().endswith("[incomplete_registry]")
    assert "Entries: 1 of 1" in run_cli("registry", "list").out
    assert run_cli("registry", "rebuild", laboratory / "runs" / "one", "--strict", "-q").code == 0


def test_a_signature_that_does_not_hold_is_told_and_strict_refuses_it(laboratory: Path, run_cli: RunCli) -> None:
    run = Path(shutil.copytree(laboratory / "runs" / "one", "signed"))
    (run / "manifest.json.sig").write_text("mine", encoding="utf-8")
    said = run_cli("registry", "rebuild", run)
    seal = (run / "complete").read_text("utf-8").strip()
    assert said.code == 0
    assert f"signatures that do not hold: {seal[:12]}; `frbench registry show` says why" in said.out
    assert "1 with a signature that does not hold" in run_cli("registry", "rebuild", run, "--strict", "-q").err
    assert "BAD signature manifest.json.sig: " in run_cli("registry", "show", "signed").out
    (run / "manifest.json.sig").unlink()
    assert "signatures beside the run are others" in run_cli("registry", "show", "signed").out


def test_the_rehearsal_stands_with_its_run_under_the_name_of_the_card(built: RunCli) -> None:
    said = built("registry", "list")
    for told in ("HanbitFace 3.2 · 한빛 Vision · tested ", "valid 2026-11-23 to 2029-11-22", "EER ", "generated data",
                 "kisa-style-face: open (rehearsal, not a certificate)", ": 1 of 1", "unfinished: "):  # fmt: skip
        assert told in said.out
    assert said.code == 0


def test_search_filters_and_forms(built: RunCli) -> None:
    assert (
        "Entries: 1 of 1"
        in built("registry", "search", "hanbit", "LAB-7", "--scheme", "kisa", "--valid-on", "2027-01-01").out
    )
    assert "Entries: 0 of 1" in built("registry", "search", "hanbit", "--valid-on", "2030-01-01").out
    assert "Entries: 0 of 1" in built("registry", "list", "--since", "2999-01-01").out
    assert "| HanbitFace 3.2 (" in built("registry", "list", "--markdown").out
    told = json.loads(built("registry", "list", "--verdict", "inconclusive", "--json").out)
    assert (told["certificate"], len(told["entries"]), len(told["problems"])) == (False, 1, 1)


def test_show_prints_all_of_an_entry_and_whether_the_folder_is_still_that(built: RunCli, laboratory: Path) -> None:
    said = built("registry", "show", "LAB-7")
    seal = (laboratory / "runs" / "one" / "complete").read_text("utf-8").strip()
    assert seal in said.out
    assert "lighting: EER" in said.out
    assert "changed" not in said.out
    assert "Signature: not signed" in said.out
    told = json.loads(built("registry", "show", seal[:8], "--json").out)
    assert (told["folder_now"], told["signatures_now"], told["signed"]) == ("unchanged", "unchanged", [])
    assert told["earlier"]["others"] >= 0


def test_show_takes_the_latest_run_and_a_folder_as_seen_from_here(built: RunCli, laboratory: Path) -> None:
    run = laboratory / "runs" / "one"
    Path("latest").write_text("one\n", encoding="utf-8")
    Path("one").mkdir()
    assert built("registry", "show", "latest").code == 3
    Path(laboratory / "runs" / "latest").write_text("one\n", encoding="utf-8")
    for asked in (run, laboratory / "runs" / "latest", "one"):
        assert json.loads(built("registry", "show", asked, "--json").out)["name"].startswith("generated-baseline"), (
            asked
        )


def test_export_writes_the_same_page_again_with_the_names_of_categories(built: RunCli, tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        assert built("registry", "export", "-o", name, "--lang", "ko").code == 0
    text = (tmp_path / "a.html").read_text("utf-8")
    assert text == (tmp_path / "b.html").read_text("utf-8")
    for told in ("Products of 2026", "조명", "인증 아님", "한빛 Vision", "runs/cut-off"):
        assert told in text


def test_the_folders_are_only_read(laboratory: Path, run_cli: RunCli) -> None:
    before = {path: path.stat().st_mtime_ns for path in laboratory.rglob("*")}
    run_cli("registry", "rebuild", laboratory, "-q")
    run_cli("registry", "list")
    assert {path: path.stat().st_mtime_ns for path in laboratory.rglob("*")} == before


def test_quick_says_that_not_every_byte_was_compared(laboratory: Path, run_cli: RunCli) -> None:
    run_cli("registry", "rebuild", laboratory, "--quick", "-q")
    assert "Only sizes and the result were compared" in run_cli("registry", "list").out


def test_entries_without_a_vendor_are_pointed_at(laboratory: Path, run_cli: RunCli) -> None:
    said = run_cli("registry", "rebuild", laboratory / "runs")
    assert "1 entry states no vendor: a registry.toml beside the runs" in said.err
    assert "vendor not stated" in run_cli("registry", "list").out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("list",), 3, "frbench registry rebuild FOLDER"),
        (("rebuild", "nowhere"), 2, "no such folder: "),
        (("rebuild", "."), 3, "no run and no rehearsal below these folders"),
        (("list", "--since", "yesterday"), 2, "--since 'yesterday' is no day; write it as 2026-01-31"),
        (("list", "--valid-on", "20260131"), 2, "is no day"),
        (("list", "--json", "--markdown"), 2, "exclude each other"),
        (("list", "--sort", "best"), 2, "is not one of"),
        (("exprt",), 2, "no command 'exprt'; did you mean 'export'?"),
        (("export", "-o", "no/page.html"), 2, "there is no folder"),
    ],
)
def test_mistakes_are_told_in_a_sentence(run_cli: RunCli, arguments: tuple[str, ...], code: int, told: str) -> None:
    said = run_cli("registry", *arguments)
    assert said.code == code
    assert told in said.err


def test_an_unknown_vendor_names_the_nearest(built: RunCli) -> None:
    said = built("registry", "list", "--scheme", "kisa-stile-face")
    assert said.code == 2
    assert "did you mean 'kisa-style-face'?" in said.err


def test_a_mistake_in_a_card_leaves_the_old_index(laboratory: Path, built: RunCli, tmp_path: Path) -> None:
    before = (tmp_path / "registry.sqlite").read_bytes()
    (tmp_path / "bad.toml").write_text("[[product]]\nvendro = 'A'\n", encoding="utf-8")
    said = built("registry", "rebuild", laboratory, "--cards", tmp_path / "bad.toml", "-q")
    assert said.code == 2
    assert "bad.toml:2: unknown key product.vendro; did you mean 'vendor'?" in said.err
    assert (tmp_path / "registry.sqlite").read_bytes() == before


def test_the_index_never_lies_in_a_finished_run_or_over_another_file(laboratory: Path, run_cli: RunCli) -> None:
    inside = laboratory / "runs" / "one" / "registry.sqlite"
    said = run_cli("registry", "rebuild", laboratory, "--index", inside)
    assert (said.code, inside.exists()) == (2, False)
    assert "--index" in said.err
    said = run_cli("registry", "rebuild", laboratory, "--index", laboratory / "small.toml")
    assert said.code == 2
    assert (laboratory / "small.toml").read_text("utf-8") == CONFIG


def test_a_rebuild_that_another_process_has_is_refused(laboratory: Path, built: RunCli, tmp_path: Path) -> None:
    hold = (
        "import sys; from pathlib import Path; from fr_bench.registry import index\n"
        "with index.locked(Path('registry.sqlite')): print('held', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        said = built("registry", "rebuild", laboratory, "-q")
        assert "Entries: 1 of 1" in built("registry", "list").out
        other.communicate()
    assert (said.code, "being rebuilt by another process" in said.err) == (6, True)
    assert built("registry", "rebuild", laboratory, "-q").code == 0


def test_an_index_made_anew_is_the_same_to_the_byte(laboratory: Path, built: RunCli, tmp_path: Path) -> None:
    before = (tmp_path / "registry.sqlite").read_bytes()
    assert built("registry", "rebuild", laboratory / "rehearsals", laboratory, "-q").code == 0
    assert (tmp_path / "registry.sqlite").read_bytes() == before
    assert index.read(tmp_path / "registry.sqlite", Query()).total == 1


def test_help_of_every_command_is_there(run_cli: RunCli) -> None:
    for name in ("rebuild", "list", "search", "show", "export"):
        said = run_cli("registry", name, "--help")
        assert said.code == 0
        assert "--index" in said.out
