"""Wrong input: the exit code, one sentence with place and remedy, no traceback, nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import QUICK, SMALL, UNDRAWN, RunCli


def refused(said: object, code: int, *words: str) -> None:
    assert said.code == code, said  # type: ignore[attr-defined]
    for word in words:
        assert word in said.err, said.err  # type: ignore[attr-defined]
    assert "Traceback" not in said.err + said.out  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rnu"], ["did you mean 'run'"]),
        (["run", "--recogniser", "baseline"], ["--recognizer"]),
        (["run", "--recognizer", "onix:model.onnx"], ["no recognizer named 'onix'", "did you mean 'onnx'"]),
        (["run", "--recognizer", "baseline", "--measure", "EERR"], ["no measure named 'EERR'", "did you mean 'EER'"]),
        (["run", "--measure", "FNMR@FMR=2"], ["FNMR@FMR=2"]),
        (["run", "--set", "comparison.plan=al"], ["comparison.plan", "did you mean 'all'"]),
        (["run", "--set", "nonsense"], ["section.key=value"]),
        (["run", "--set", "report.worse=3"], ["command line: unknown key report.worse"]),
        (["run", "--set", "foo.bar=3"], ["command line: unknown section 'foo'"]),
        (["run", "--by", "sex*sex"], ["'sex*sex' crosses an attribute with itself"]),
        (["run", "--by", "sexx"], ["command line: measures.by", "did you mean 'sex'"]),
        (["run", "missing.toml"], ["missing.toml", "frbench init"]),
        (["run", "--dataset", "lwf"], ["lwf", "did you mean 'lfw'"]),
        (["explain", "EERR"], ["did you mean 'EER'"]),
        (["list", "recognisers"], ["recognizers"]),
    ],
)
def test_mistakes_of_the_command_line_exit_2_and_name_the_nearest(
    run_cli: RunCli, tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    refused(run_cli(*arguments), 2, *words)
    assert not (tmp_path / "runs").exists()


def test_all_mistakes_of_a_configuration_are_told_at_once_with_their_lines(run_cli: RunCli, tmp_path: Path) -> None:
    text = '[datset]\ncard = "lfw"\n\n[measures]\nreport = ["EERR"]\n\n[recognizer]\nuse = "onnx"\nmodle = "x"\n'
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    said = run_cli("run", tmp_path / "bad.toml")
    refused(said, 2, "bad.toml:1", "'datset'", "bad.toml:5", "'EERR'", "bad.toml:9", "modle")


def test_toml_that_is_none_names_the_line(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[dataset]\ncard = lfw\n", encoding="utf-8")
    refused(run_cli("run", tmp_path / "bad.toml"), 2, "bad.toml:2")


def test_missing_folder_exits_3_or_2_and_names_it(run_cli: RunCli) -> None:
    said = run_cli("run", "--dataset", "./no/such/folder", "--recognizer", "baseline")
    assert said.code in (2, 3)
    assert "no/such/folder" in said.err


def test_empty_data_set_exits_3(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(run_cli("run", "--dataset", tmp_path / "empty", "--recognizer", "baseline"), 3, "empty")


def test_no_image_that_can_be_read_exits_3(run_cli: RunCli, tmp_path: Path) -> None:
    for subject in "ab":
        (tmp_path / "bad" / subject).mkdir(parents=True)
        for k in range(2):
            (tmp_path / "bad" / subject / f"{k}.jpg").write_bytes(b"not an image")
    refused(run_cli("run", "--dataset", tmp_path / "bad", "--recognizer", "baseline"), 3, "none of the 4 images")
    assert not (tmp_path / "runs").exists()


def test_pairs_list_that_names_a_missing_file_exits_3_with_its_line(run_cli: RunCli, faces: Path) -> None:
    rows = ["probe,reference,mated", "subject0/0.png,subject0/1.png,1", "subject0/0.png,subject9/1.png,0"]
    (faces / "pairs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = run_cli("run", "--dataset", faces / "pairs.csv", "--recognizer", "baseline")
    refused(said, 3, "pairs.csv:3", "subject9/1.png")


def test_onnx_file_that_is_none_exits_4(run_cli: RunCli, faces: Path, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"this is no model")
    refused(run_cli("run", "--dataset", faces, "--recognizer", f"onnx:{tmp_path / 'model.onnx'}"), 4, "model.onnx")


def test_missing_model_exits_4_and_names_it(run_cli: RunCli, faces: Path) -> None:
    refused(run_cli("run", "--dataset", faces, "--recognizer", "onnx:nowhere.onnx"), 4, "nowhere.onnx")


def test_python_class_that_is_not_there_exits_4(run_cli: RunCli, faces: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("class Other: pass\n", encoding="utf-8")
    refused(run_cli("run", "--dataset", faces, "--recognizer", "python:mine.py:Mine"), 4, "Mine")


def test_ids_that_look_like_missing_values_stay_text(run_cli: RunCli, faces: Path) -> None:
    for old, new in (("subject0", "NA"), ("subject1", "null"), ("subject2", "007")):
        (faces / old).rename(faces / new)
    said = run_cli("run", "--dataset", faces, "--recognizer", "baseline", *UNDRAWN, "--json")
    assert said.code == 0
    assert '"samples": 24' in said.out


def test_one_subject_gives_what_can_be_given(run_cli: RunCli, faces: Path) -> None:
    for subject in range(1, 6):
        for picture in (faces / f"subject{subject}").iterdir():
            picture.unlink()
        (faces / f"subject{subject}").rmdir()
    said = run_cli(
        "run",
        "--dataset",
        faces,
        "--recognizer",
        "baseline",
        "--measure",
        "EER",
        "--measure",
        "FNMR@threshold=0.5",
        *UNDRAWN,
    )
    assert said.code == 0
    assert "not measurable" in said.out


def test_bug_is_told_in_one_sentence_with_a_file_of_details(run_cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    from fr_bench import pipeline

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(pipeline, "run_in_folder", broken)
    said = run_cli("run", *SMALL)
    refused(said, 70, "bug of ours", "details: ")
    assert "RuntimeError" in Path(said.err.rsplit("details: ", 1)[1].strip()).read_text("utf-8")


def test_page_is_never_written_over_a_folder_or_into_a_finished_run(run_cli: RunCli, tmp_path: Path) -> None:
    run_cli("run", *SMALL, "--out", "done")
    before = (tmp_path / "done" / "report.html").read_bytes()
    refused(run_cli("report", "done", "--out", "."), 2, "is a folder", "report.html")
    refused(run_cli("report", "done", "--out", "nowhere/a.html"), 2, "no folder nowhere")
    refused(run_cli("report", "done", "--out", "done/report.html"), 2, "finished run")
    assert (tmp_path / "done" / "report.html").read_bytes() == before


def test_folder_in_the_place_of_a_configuration_is_told_to_be_data(run_cli: RunCli, faces: Path) -> None:
    refused(run_cli("run", faces), 2, "--dataset")


def test_option_that_is_out_of_range_is_one_sentence(run_cli: RunCli) -> None:
    said = run_cli("evaluate", "scores.csv", "--level", "1.2")
    refused(said, 2, "1.2")
    assert len(said.err.splitlines()) == 1


def test_measure_asked_for_twice_is_measured_once(run_cli: RunCli) -> None:
    said = run_cli("run", *QUICK, "--measure", "EER", "--measure", "EER", "--format", "csv")
    assert len(said.out.splitlines()) == 2
