"""`frbench evaluate`: score files of any tool, and those that nothing can be read from."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import RunCli, Said

RNG = np.random.default_rng(5)
MATED, NONMATED = RNG.normal(0.7, 0.15, 200), RNG.normal(0.2, 0.15, 3000)
SIDES = "probe,reference,probe_subject,reference_subject,score,label\n"
GOOD = f"{SIDES}a1,a2,a,a,0.9,1\na1,b1,a,b,0.1,0\n"


def labelled(mated: Any = MATED, nonmated: Any = NONMATED) -> str:
    rows = [f"{s!r},{label}" for part, label in ((mated, 1), (nonmated, 0)) for s in np.asarray(part).tolist()]
    return "\n".join(["score,label", *rows]) + "\n"


def figures(said: Said) -> list[dict[str, Any]]:
    """What was counted, less what only ids can say: subjects, and the intervals that rest on them."""
    assert said.code == 0, said.err
    rows = json.loads(said.out)["measurements"]
    counted = ("measure", "value", "reason", "counts", "threshold", "at")
    return [{key: row[key] for key in counted if key in row} for row in rows]


@pytest.fixture
def evaluate(run_cli: RunCli, tmp_path: Path) -> Callable[..., Said]:
    """Write a file and evaluate it."""

    def run(content: str | bytes, *options: str, name: str = "scores.csv") -> Said:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return run_cli("evaluate", name, *options)

    return run


def refused(said: Said, code: int, word: str, *texts: str) -> None:
    assert (said.code, said.out) == (code, ""), said
    assert said.err.rstrip().endswith(f"[{word}]"), said.err
    for text in texts:
        assert text in said.err, said.err


# --- what is read -----------------------------------------------------------------------------------------------------


def test_six_layouts_give_the_same_figures(run_cli: RunCli, evaluate: Callable[..., Said], tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    expected = figures(evaluate(labelled(), "--json"))
    assert len(expected) > 5

    width = max(len(MATED), len(NONMATED))
    columns = [[repr(float(s)) for s in part] + [""] * (width - len(part)) for part in (MATED, NONMATED)]
    two = "mated,nonmated\n" + "".join(f"{m},{n}\n" for m, n in zip(*columns, strict=True))
    assert figures(evaluate(two, "--json", name="two.csv")) == expected

    for name, part in (("mated.txt", MATED), ("nonmated.txt", NONMATED)):
        (tmp_path / name).write_text("".join(f"{s!r}\n" for s in part.tolist()), encoding="utf-8")
    assert figures(run_cli("evaluate", "mated.txt", "nonmated.txt", "--json")) == expected

    bob = [f"a a a{k} {s!r}\n" for k, s in enumerate(MATED.tolist())]
    bob += [f"a b b{k} {s!r}\n" for k, s in enumerate(NONMATED.tolist())]
    assert figures(evaluate("".join(bob), "--json", name="scores-dev.txt")) == expected

    np.savez(tmp_path / "scores.npz", mated=MATED, nonmated=NONMATED)
    assert figures(run_cli("evaluate", "scores.npz", "--json")) == expected

    label = np.arange(len(MATED) + len(NONMATED)) < len(MATED)
    pandas.DataFrame({"score": np.concatenate([MATED, NONMATED]), "label": label}).to_parquet(tmp_path / "s.parquet")
    assert figures(run_cli("evaluate", "s.parquet", "--json")) == expected


def test_distances_give_the_figures_of_their_similarities(evaluate: Callable[..., Said]) -> None:
    def less_thresholds(rows: list[dict[str, Any]]) -> list[Any]:
        return [(row["measure"], row["value"], row["counts"]) for row in rows]

    turned = figures(evaluate(labelled(-MATED, -NONMATED), "--polarity", "distance", "--json"))
    assert less_thresholds(turned) == less_thresholds(figures(evaluate(labelled(), "--json")))


def test_what_thresholds_of_distances_mean_is_told_in_every_form(evaluate: Callable[..., Said], tmp_path: Path) -> None:
    asked = ("--polarity", "distance", "--measure", "FNMR@FMR=1e-2")
    distances = labelled(1 - MATED, 1 - NONMATED)
    rows = json.loads((told := evaluate(distances, *asked, "--json")).out)
    threshold = rows["measurements"][0]["threshold"]
    assert threshold < 0, told.err
    text = f"a threshold of {threshold:.6g} accepts distances up to {-threshold:.6g}."
    assert [note["code"] for note in rows["notes"]] == ["minus_distance"]
    assert rows["notes"][0]["text"].endswith(text)
    assert text in " ".join(evaluate(distances, *asked).out.split())
    assert text in evaluate(distances, *asked, "--format", "md").out
    korean = evaluate(distances, *asked, "--lang", "ko", "--out", str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "거리의 부호를 바꾼 값" in korean.out
    assert "거리의 부호를 바꾼 값" in page


@pytest.mark.parametrize(
    ("measure", "said", "written"),
    [
        ("FMR@threshold=4", "none reaches 4;", "write FMR@threshold=-4"),
        ("GFRR@threshold=+0.5,attempts=2", "none reaches 0.5;", "write GFRR@threshold=-0.5,attempts=2"),
        ("FNMR@threshold=inf", "none reaches inf;", "write FNMR@threshold=-inf"),
    ],
)
def test_a_threshold_that_was_meant_as_a_distance_is_refused(
    evaluate: Callable[..., Said], measure: str, said: str, written: str
) -> None:
    found = evaluate(labelled(abs(MATED), abs(NONMATED)), "--polarity", "distance", "--measure", measure)
    refused(found, 2, "unreached_threshold", said, written)


def test_distances_below_zero_may_be_held_against_thresholds_above_it(evaluate: Callable[..., Said]) -> None:
    cosine = labelled(-MATED, -NONMATED)
    said = evaluate(cosine, "--polarity", "distance", "--measure", "FMR@threshold=0.4", "--json")
    similar = evaluate(labelled(), "--measure", "FMR@threshold=0.4", "--json")
    assert figures(said) == figures(similar)


def test_scores_that_were_turned_are_suspected(evaluate: Callable[..., Said]) -> None:
    assert "If these are distances" in evaluate(labelled(-MATED, -NONMATED)).out


def test_all_scores_equal_give_fnmr_one_at_fmr_one_in_a_thousand(evaluate: Callable[..., Said]) -> None:
    rows = figures(evaluate(labelled([0.5] * 50, [0.5] * 2000), "--json", "--measure", "FNMR@FMR=1e-3"))
    assert (rows[0]["value"], rows[0]["counts"]) == (1.0, {"errors": 50, "trials": 50})


def test_infinities_are_scores(evaluate: Callable[..., Said]) -> None:
    (row,) = figures(evaluate(labelled([np.inf, 0.4], [-np.inf, 0.1]), "--json", "--measure", "FNMR@threshold=0.5"))
    assert row["counts"] == {"errors": 1, "trials": 2}


@pytest.mark.parametrize(
    ("mated", "nonmated", "measured", "not_measured"),
    [
        ([0.9, 0.8], [], "FNMR@threshold=0.5", "FMR@threshold=0.5"),
        ([], [0.1], "FMR@threshold=0.5", "FNMR@threshold=0.5"),
    ],
)
def test_empty_class_leaves_what_does_not_need_it(
    evaluate: Callable[..., Said], mated: list[float], nonmated: list[float], measured: str | None, not_measured: str
) -> None:
    asked = [m for m in (measured, not_measured) if m]
    rows = {r["measure"]: r for r in figures(
        evaluate(labelled(mated, nonmated), "--json", *(text for m in asked for text in ("--measure", m)))
    )}  # fmt: skip
    assert rows[not_measured]["value"] is None
    assert "no" in rows[not_measured]["reason"]
    assert measured is None or rows[measured]["value"] is not None


def test_missing_scores_count_as_failures_only_when_asked(evaluate: Callable[..., Said]) -> None:
    text = labelled([0.9, 0.8, 0.7], [0.1]) + ",1\n"
    refused(evaluate(text), 3, "nan_score")
    said = evaluate(text, "--missing", "as-failure", "--json", "--measure", "FNMR@threshold=0.5")
    assert figures(said)[0]["counts"] == {"errors": 1, "trials": 4}
    assert "missing_as_failure" in said.out


def test_labels_may_contradict_ids_that_are_declared_unreliable(evaluate: Callable[..., Said]) -> None:
    text = GOOD + "a1,b2,a,b,0.8,1\n"
    refused(evaluate(text), 3, "label_id_conflict", "scores.csv:4")
    said = evaluate(text, "--ids", "unreliable", "--json")
    assert said.code == 0
    assert "assumes_independent_comparisons" in said.out


def test_equal_duplicates_are_counted_and_told(evaluate: Callable[..., Said]) -> None:
    said = evaluate(GOOD + "a1,a2,a,a,0.9,1\n")
    assert said.code == 0
    assert "more than once" in said.out


def test_ids_stay_text(evaluate: Callable[..., Said]) -> None:
    ids = ["NA", "null", "None", "nan", "TRUE", "007", "7", "1e3", "1000", "1.0", " x", "x"]
    rows = [f"{i},{j},{i},{j},0.1,0\n" for i in ids for j in ids if i != j]
    said = evaluate(SIDES + "".join(rows), "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["comparison"]["probes"] == len(ids)


BOBS = "bio_ref_subject_id,probe_subject_id,probe_key,bio_ref_template_id,probe_gender,bio_ref_gender,score\n"


def test_bobs_columns_of_gender_split_scores_of_any_tool(evaluate: Callable[..., Said]) -> None:
    people = [(f"s{k:02}", "fm"[k % 2]) for k in range(42)]
    rows = [
        f"{of},{who},{who}-p,{of}-r,{sex},{other},{0.97 - (i % 7 == 0) * 0.5 if who == of else (i * 7 + j) % 49 / 50}"
        for i, (who, sex) in enumerate(people)
        for j, (of, other) in enumerate(people)
    ]
    asked = [
        "--measure",
        "GARBE@FMR=1e-1,by=gender",
        "--measure",
        "FNMR@FMR=1e-1",
        "--by",
        "gender",
        "--draws",
        "20",
        "--json",
    ]
    said = evaluate(BOBS + "\n".join(rows) + "\n", *asked)
    assert said.code == 0, said.err
    result = json.loads(said.out)
    assert result["measurements"][0]["value"] is not None
    groups = {row["group"]["gender"] for view in result["analyses"] for row in view["measurements"] if row["group"]}
    assert groups == {"f", "m"}


def test_an_attribute_that_no_column_tells_names_the_nearest(evaluate: Callable[..., Said]) -> None:
    said = evaluate(BOBS + "a,a,a1,a2,f,f,0.9\nb,a,a1,b2,f,m,0.1\n", "--by", "gendr")
    refused(said, 2, "unknown_attribute", "did you mean 'gender'?")


def test_report_is_written_whole_or_not_at_all(evaluate: Callable[..., Said], tmp_path: Path) -> None:
    assert evaluate(labelled(), "--out", "page.html", "--lang", "ko").code == 0
    page = (tmp_path / "page.html").read_bytes()
    assert b'<html lang="ko"' in page
    refused(evaluate("score,label\nnan,1\n", "--out", "page.html"), 3, "nan_score")
    assert (tmp_path / "page.html").read_bytes() == page
    refused(evaluate(labelled(), "--out", "no/such/folder/page.html"), 2, "bad_output")


def test_tables_as_markdown_and_csv(evaluate: Callable[..., Said]) -> None:
    assert evaluate(labelled(), "--format", "md").out.count("|") > 20
    rows = list(csv.reader(io.StringIO(evaluate(labelled(), "--format", "csv").out)))
    assert rows[0][0] == "measure"


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "content", "texts"),
    [
        ("nan_score", "score,label\n0.9,1\nNaN,1\n0.1,0\n", ["scores.csv:3", "1 of 3"]),
        ("nan_score", "score,label\n0.9,1\nN/A,1\n0.1,0\n", ["scores.csv:3"]),
        ("nan_score", "score,label\n0.9,1\n,1\n0.1,0\n", ["scores.csv:3"]),
        ("nan_score", "mated,nonmated\n0.9,0.1\nnan,0.2\n,0.3\n", ["scores.csv:3"]),
        ("bad_number", 'score,label\n"0,93",1\n', ["scores.csv:2", "0.93"]),
        ("bad_number", "score,label\n٠.٩,1\n", ["scores.csv:2"]),
        ("bad_number", "score,label\n1e999,1\n", ["beyond float64"]),
        ("bad_label", "score,label\n0.9,1\n0.1,maybe\n", ["scores.csv:3", "maybe"]),
        ("unknown_column", "scoer,label\n0.9,1\n", ["scores.csv:1", "did you mean 'score' by 'scoer'?"]),
        ("unknown_layout", "score;label\n0.9;1\n", ["--delimiter"]),
        ("duplicate_column", "score,score,label\n1,1,1\n", ["twice"]),
        ("empty_file", "", ["empty"]),
        ("length_mismatch", GOOD + "a1,b3,a,b,0.1", ["scores.csv:4", "5 fields"]),
        ("length_mismatch", 'score,label\n"0.9,1\n', ["never ends"]),
        ("label_id_conflict", GOOD + "a1,c1,a,c,0.1,1\n", ["scores.csv:4", "'a' and 'c'"]),
        ("conflicting_duplicates", GOOD + "a1,a2,a,a,0.8,1\n", ["scores.csv:4", "scores.csv:2"]),
        ("self_comparison", GOOD + "a1,a1,a,a,1.0,1\n", ["scores.csv:4"]),
        ("empty_id", GOOD + ",a2,a,a,0.9,1\n", ["scores.csv:4", "probe"]),
        ("id_too_long", GOOD + f"{'x' * 5000},a2,a,a,0.9,1\n", ["4096"]),
        ("ids_differ_only_by_form", SIDES + "\uac00,a2,a,a,0.9,1\n\u1100\u1161,b1,a,b,0.1,0\n", ["\\uac00", "\\u1100"]),
        ("bad_encoding", GOOD.encode("utf-16"), ["UTF-16", "offset 0"]),
        ("bad_encoding", b"score,label\n0.9,1\n0.1\x00,0\n", ["NUL", "scores.csv:3", "offset"]),
        ("bad_encoding", b"score,label\n0.9,1\n0.1,\xff\n", ["0xff", "scores.csv:3"]),
    ],
)  # fmt: skip
def test_file_that_is_refused(evaluate: Callable[..., Said], word: str, content: str | bytes, texts: list[str]) -> None:
    refused(evaluate(content), 3, word, *texts)


@pytest.mark.parametrize("name", ["scores.csv.gz", "scores.pkl", "scores.pt", "scores.joblib"])
def test_unsafe_format(evaluate: Callable[..., Said], name: str) -> None:
    refused(evaluate(b"\x80\x04", name=name), 3, "unsafe_format", name)


def test_arrays_of_objects_are_never_unpickled(run_cli: RunCli, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "ran"),)

    objects = np.array([0.9, Bomb()], dtype=object)
    np.savez(tmp_path / "s.npz", mated=objects, nonmated=np.array([0.1]))
    np.save(tmp_path / "s.npy", objects, allow_pickle=True)
    for name in ("s.npz", "s.npy"):
        refused(run_cli("evaluate", name), 3, "unsafe_format", name)
    assert not (tmp_path / "ran").exists()


def test_not_regular_file(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "fifo.csv")
    for name in ("folder.csv", "fifo.csv"):
        refused(run_cli("evaluate", name), 3, "not_regular_file", name)
    refused(run_cli("evaluate", "missing.csv"), 3, "file_missing", "missing.csv")


@pytest.mark.parametrize(
    ("options", "word", "text"),
    [
        (["--score", "scroe"], "unknown_column", "did you mean 'score'"),
        (["--measure", "EERR"], "unknown_measure", "did you mean 'EER'"),
        (["--layout", "labeled"], "unknown_scorefile", "did you mean 'labelled'"),
        (["--delimiter", "ab"], "bad_option", "one character"),
    ],
)
def test_option_that_is_refused(evaluate: Callable[..., Said], options: list[str], word: str, text: str) -> None:
    refused(evaluate(GOOD, *options), 2, word, text)
