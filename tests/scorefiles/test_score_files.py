"""Scores of other tools: every layout gives the same scores, and nothing doubtful gets through."""

from __future__ import annotations

import io
import math
import pickle
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fr_bench import plugins
from fr_bench.errors import DataError, FrBenchError, UsageError
from fr_bench.records import ScoreSet
from fr_bench.scorefiles import ORDER, read_scores, score_set

MATED, NONMATED = [0.9, 0.30000000000000004, 0.7], [0.1, -0.25]


def text(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def values(scores: ScoreSet) -> tuple[list[float], list[float]]:
    return scores.mated.values.tolist(), scores.nonmated.values.tolist()


def refused(*paths: Path, **options: str) -> FrBenchError:
    with pytest.raises(FrBenchError) as raised:
        read_scores(paths, **options)  # type: ignore[arg-type]
    return raised.value


def labelled(rows: list[tuple[float, str]], header: str = "score,label") -> str:
    return f"{header}\n" + "".join(f"{score!r},{label}\n" for score, label in rows)


BOTH = [(0.9, "1"), (0.1, "0"), (0.30000000000000004, "1"), (0.7, "1"), (-0.25, "0")]


def test_every_layout_is_asked_and_offers_what_it_must() -> None:
    assert sorted(ORDER) == plugins.names("scorefiles")
    for name in ORDER:
        module = plugins.load("scorefiles", name)
        assert module.DESCRIPTION
        assert callable(module.recognises)
        assert callable(module.read)


# --- layouts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mated", "nonmated"),
    [("1", "0"), ("true", "false"), ("mated", "nonmated"), ("genuine", "impostor"), ("same", "different"), ("1", "-1")],
)
def test_labels_in_any_usual_word(tmp_path: Path, mated: str, nonmated: str) -> None:
    rows = [(score, {"1": mated, "0": nonmated}[label]) for score, label in BOTH]
    scores, notes = read_scores([text(tmp_path / "s.csv", labelled(rows))])
    assert values(scores) == (MATED, NONMATED)
    assert (scores.probes, notes) == (None, ())


def test_columns_may_be_named(tmp_path: Path) -> None:
    path = text(tmp_path / "s.csv", labelled(BOTH, "how_alike,truth").replace(",", ";"))
    scores, _ = read_scores([path], score="how_alike", label="truth", delimiter=";")
    assert values(scores) == (MATED, NONMATED)


def test_a_column_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    fault = refused(text(tmp_path / "s.csv", labelled(BOTH)), score="scor")
    assert (fault.code, fault.exit_code) == ("unknown_column", 2)
    assert "did you mean 'score'?" in fault.message


def test_two_columns_of_unequal_length(tmp_path: Path) -> None:
    content = "mated,nonmated\n0.9,0.1\n0.30000000000000004,-0.25\n0.7,\n"
    assert values(read_scores([text(tmp_path / "s.csv", content)])[0]) == (MATED, NONMATED)


@pytest.mark.parametrize("header", ["", "score\n", "similarity\n"])
def test_two_files_with_or_without_header(tmp_path: Path, header: str) -> None:
    one = text(tmp_path / "m.txt", header + "".join(f"{s!r}\n" for s in MATED))
    other = text(tmp_path / "n.txt", header + "".join(f"{s!r}\n" for s in NONMATED))
    assert values(read_scores([one, other])[0]) == (MATED, NONMATED)


def test_bob_files_of_four_and_five_columns(tmp_path: Path) -> None:
    four = "007 007 a/1 0.9\n007 7 b/1 0.1\nNA NA c/1 0.30000000000000004\n007 007 a/2 0.7\nnull 007 a/1 -0.25\n"
    cells = [line.split() for line in four.splitlines()]
    five = "".join(f"{row[0]} model{row[0]} {' '.join(row[1:])}\n" for row in cells)
    for content in (four, five, five.replace(" ", "\t")):
        scores, _ = read_scores([text(tmp_path / "scores-dev", content)])
        assert values(scores) == (MATED, NONMATED)
        assert scores.probes is not None
        assert scores.references is not None
        assert dict(zip(scores.probes.ids, scores.probes.subjects, strict=True)) == {
            "a/1": "007", "a/2": "007", "b/1": "7", "c/1": "NA",
        }  # fmt: skip
        assert scores.references.subjects == ("007", "NA", "null")


def test_bobs_csv_tells_labels_by_subjects(tmp_path: Path) -> None:
    content = "probe_subject_id,probe_template_id,bio_ref_subject_id,bio_ref_template_id,probe_sex,score\n"
    content += "1,p1,1,r1,f,0.9\n1,p1,2,r2,f,0.1\n"
    scores, _ = read_scores([text(tmp_path / "s.csv", content)])
    assert values(scores) == ([0.9], [0.1])
    assert scores.references is not None
    assert scores.references.ids == ("r1", "r2")


def test_npz_of_two_classes_and_of_labels(tmp_path: Path) -> None:
    labels = np.array([label == "1" for _, label in BOTH])
    np.savez(tmp_path / "a.npz", mated=np.array(MATED), nonmated=np.array(NONMATED))
    np.savez(tmp_path / "b.npz", scores=np.array([s for s, _ in BOTH]), labels=labels.astype(int))
    np.savez_compressed(tmp_path / "c.npz", genuine=np.array(MATED), impostor=np.array(NONMATED))
    for name in ("a", "b", "c"):
        assert values(read_scores([tmp_path / f"{name}.npz"])[0]) == (MATED, NONMATED)


def test_npy_of_two_columns_and_two_npy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "both.npy", np.array([[score, float(label)] for score, label in BOTH]))
    np.save(tmp_path / "m.npy", np.array(MATED))
    np.save(tmp_path / "n.npy", np.array(NONMATED))
    assert values(read_scores([tmp_path / "both.npy"])[0]) == (MATED, NONMATED)
    assert values(read_scores([tmp_path / "m.npy", tmp_path / "n.npy"])[0]) == (MATED, NONMATED)


def test_parquet_reads_as_csv_does(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    ids = {"probe": ["a1", "a1", "b1", "c1", "c1"], "reference": ["a2", "b2", "b2", "c2", "a2"]}
    subjects = {"probe_subject": ["NA", "NA", "007", "c", "c"], "reference_subject": ["NA", "007", "007", "c", "NA"]}
    columns = {"score": [s for s, _ in BOTH], "label": [int(label) for _, label in BOTH], **ids, **subjects}
    parquet.write_table(pyarrow.table(columns), tmp_path / "s.parquet")
    rows = zip(*columns.values(), strict=True)
    text(tmp_path / "s.csv", ",".join(columns) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    one, other = read_scores([tmp_path / "s.parquet"])[0], read_scores([tmp_path / "s.csv"])[0]
    assert values(one) == values(other) == (MATED, NONMATED)
    assert one.probes is not None
    assert other.probes is not None
    assert (one.probes.ids, one.probes.subjects) == (other.probes.ids, other.probes.subjects)
    assert one.mated.probe is not None
    np.testing.assert_array_equal(one.mated.probe, other.mated.probe)


def test_folds_are_kept(tmp_path: Path) -> None:
    scores, _ = read_scores([text(tmp_path / "s.csv", "fold,score,label\n1,0.9,1\n1,0.1,0\n2,0.8,1\n")])
    assert scores.mated.fold is not None
    assert scores.mated.fold.tolist() == [1, 2]


def test_an_unknown_layout_says_what_to_do(tmp_path: Path) -> None:
    fault = refused(text(tmp_path / "s.csv", "a,b\n1,2\n"))
    assert (fault.code, fault.exit_code) == ("unknown_layout", 3)


# --- numbers --------------------------------------------------------------------------------------------------------


def test_every_score_is_the_nearest_float64(tmp_path: Path) -> None:
    draw = random.Random(7)
    texts = [repr(draw.uniform(-1, 1) * 10 ** draw.randint(-30, 30)) for _ in range(2000)]
    texts += [f"{draw.random():.{digits}f}" for digits in range(1, 30) for _ in range(50)]
    texts += ["0.1", "0.30000000000000004", "1e-320", "4.9e-324", "1.7976931348623157e308", "9007199254740993.0"]
    path = text(tmp_path / "s.csv", "score,label\n" + "".join(f"{t},1\n" for t in texts))
    assert read_scores([path])[0].mated.values.tolist() == [float(t) for t in texts]


@pytest.mark.parametrize("bad", ['"0,93"', "٠٫٩", "0x1F", "1_000", "1e999", "TRUE", "9007199254740993"])
def test_bad_number(tmp_path: Path, bad: str) -> None:
    fault = refused(text(tmp_path / "s.csv", f"score,label\n0.5,1\n{bad},0\n"))
    assert (fault.code, fault.exit_code) == ("bad_number", 3)
    assert "s.csv:3" in fault.message


@pytest.mark.parametrize("missing", ["", "nan", "NaN", "N/A", "null"])
def test_nan_score(tmp_path: Path, missing: str) -> None:
    rows = "".join(f"{missing},0\n" for _ in range(12))
    path = text(tmp_path / "s.csv", f"score,label\n0.5,1\n{rows}")
    fault = refused(path)
    assert (fault.code, fault.exit_code) == ("nan_score", 3)
    assert "12 of 13 scores" in fault.message
    assert "s.csv:3, " in fault.message
    assert "s.csv:12 ..." in fault.message
    scores, notes = read_scores([path], missing="as-failure")
    assert values(scores) == ([0.5], [-math.inf] * 12)
    assert [note.code for note in notes] == ["missing_as_failure"]


def test_a_missing_distance_is_a_failure_too(tmp_path: Path) -> None:
    path = text(tmp_path / "s.csv", "distance,label\n0.5,1\nnan,1\n0.9,0\n")
    scores, _ = read_scores([path], missing="as-failure", polarity="distance")
    assert values(scores) == ([-0.5, -math.inf], [-0.9])


def test_infinities_are_scores(tmp_path: Path) -> None:
    path = text(tmp_path / "s.csv", "score,label\ninf,1\n-inf,0\n0.5,0\n")
    assert values(read_scores([path])[0]) == ([math.inf], [-math.inf, 0.5])


def test_a_distance_is_turned_once_and_zero_has_no_sign(tmp_path: Path) -> None:
    scores, _ = read_scores([text(tmp_path / "s.csv", "score,label\n0.0,1\n1.5,0\n")], polarity="distance")
    assert values(scores) == ([0.0], [-1.5])
    assert math.copysign(1, scores.mated.values[0]) == 1


def test_float16_is_promoted_and_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", mated=np.array(MATED, np.float16), nonmated=np.array(NONMATED, np.float16))
    scores, notes = read_scores([tmp_path / "s.npz"])
    assert scores.mated.values.dtype == np.float32
    assert [note.code for note in notes] == ["quantised"]


def test_float32_stays_float32(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", mated=np.array(MATED, ">f4"), nonmated=np.array(NONMATED, "<f4"))
    assert read_scores([tmp_path / "s.npz"])[0].mated.values.dtype == np.float32


def test_integers_beyond_float64_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", mated=np.array([2**53 + 1]), nonmated=np.array([3]))
    assert refused(tmp_path / "s.npz").code == "bad_number"


# --- labels and ids -------------------------------------------------------------------------------------------------

SIDES = "probe,reference,probe_subject,reference_subject,score,label\n"


def test_ids_are_texts_byte_for_byte(tmp_path: Path) -> None:
    names = ["NA", "null", "None", "nan", "TRUE", "007", "7", "1e3", "1.0", " x"]
    rows = "".join(f"{n},{n}-ref,{n},{n},0.5,1\n" for n in names)
    scores, _ = read_scores([text(tmp_path / "s.csv", SIDES + rows)])
    assert scores.probes is not None
    assert scores.probes.ids == tuple(sorted(names))


@pytest.mark.parametrize(
    ("rows", "code", "told"),
    [
        ("a1,a2,a,a,0.9,1\na1,b1,a,b,0.1,1\n", "label_id_conflict", ":3: labelled mated"),
        ("a1,a2,a,a,0.9,1\na1,a3,a,a,0.1,0\n", "label_id_conflict", ":3: labelled nonmated"),
        ("a1,a2,a,a,0.9,1\na1,b1,b,b,0.1,1\n", "label_id_conflict", "'a1' has subject"),
        ("a1,a2,a,a,0.9,1\na1,a1,a,a,0.1,1\n", "self_comparison", ":3"),
        ("a1,a2,a,a,0.9,1\na1,a2,a,a,0.8,1\n", "conflicting_duplicates", ":3"),
        ("a1,a2,a,a,0.9,1\n,a3,a,a,0.8,1\n", "empty_id", ":3: the probe is empty"),
        (f"a1,{'x' * 5000},a,a,0.9,1\n", "id_too_long", "4096"),
        ("a1,a2,a,a,0.9,1\na1,a3,a,a,0.8,perhaps\n", "bad_label", ":3"),
        ("a1,a2,a,a,0.9,1\na1,a3,a,a,0.8\n", "length_mismatch", ":3: 5 fields"),
        ("a1,a2,a,a,0.9,1\na1,a3,a,a,0.8,1,2\n", "length_mismatch", ":3: 7 fields"),
        ("a1,a2,a,a,0.9,1\na1,a3", "length_mismatch", ":3: 2 fields"),
        ("\uac00,a2,a,a,0.9,1\n\u1100\u1161,a3,a,a,0.8,1\n", "ids_differ_only_by_form", "\\u1100"),
    ],
)
def test_doubtful_rows_are_refused(tmp_path: Path, rows: str, code: str, told: str) -> None:
    fault = refused(text(tmp_path / "s.csv", SIDES + rows))
    assert (fault.code, fault.exit_code) == (code, 3)
    assert told in fault.message


def test_ids_declared_unreliable_are_left_aside(tmp_path: Path) -> None:
    path = text(tmp_path / "s.csv", SIDES + "a1,a2,a,a,0.9,1\na1,a3,a,a,0.1,0\n")
    scores, _ = read_scores([path], ids="unreliable")
    assert (values(scores), scores.probes) == (([0.9], [0.1]), None)
    assert scores.labels == ("assumes_independent_comparisons",)


def test_equal_duplicates_are_counted(tmp_path: Path) -> None:
    scores, notes = read_scores([text(tmp_path / "s.csv", SIDES + "a1,a2,a,a,0.9,1\n" * 3 + "a1,b1,a,b,0.1,0\n")])
    assert len(scores.mated) == 3
    assert [note.code for note in notes] == ["duplicates"]
    assert "2 comparisons" in notes[0].text


def test_without_subjects_mated_comparisons_join_samples(tmp_path: Path) -> None:
    rows = "probe,reference,score,label\na1,a2,0.9,1\na2,a3,0.8,1\na1,b1,0.1,0\n"
    scores, notes = read_scores([text(tmp_path / "s.csv", rows)])
    assert scores.probes is not None
    assert scores.references is not None
    assert scores.probes.subjects == ("a1", "a1")
    assert scores.references.subjects == ("a1", "a1", "b1")
    assert [note.code for note in notes] == ["subjects_from_pairs"]


def test_contradicting_labels_give_no_subjects(tmp_path: Path) -> None:
    rows = "probe,reference,score,label\na1,a2,0.9,1\na2,a3,0.8,1\na1,a3,0.1,0\n"
    scores, notes = read_scores([text(tmp_path / "s.csv", rows)])
    assert scores.probes is None
    assert [note.code for note in notes] == ["label_id_conflict"]


def test_a_short_row_is_found_when_columns_are_left_out(tmp_path: Path) -> None:
    for rows in ("0.9,1,x\n0.1,0\n", '0.9,1,"x"\n0.1,0\n'):
        fault = refused(text(tmp_path / "s.csv", f"score,label,remark\n{rows}"))
        assert (fault.code, ":3: 2 fields" in fault.message) == ("length_mismatch", True)


def test_scores_of_one_class_are_read(tmp_path: Path) -> None:
    scores, _ = read_scores([text(tmp_path / "s.csv", "score,label\n0.9,1\n")])
    assert (len(scores.mated), len(scores.nonmated)) == (1, 0)


@pytest.mark.parametrize("content", ["score,label\n", "mated,nonmated\n", "score,label\n,1\nNaN,0\n"])
def test_a_file_without_any_score_is_refused(tmp_path: Path, content: str) -> None:
    fault = refused(text(tmp_path / "s.csv", content), missing="as-failure")
    assert (fault.code, fault.exit_code) == ("no_scores", 3)


# --- what a new user meets first ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folds", "numbers"),
    [
        (("0", "1", "2"), [1, 2, 3]),
        (("10", "9", "9"), [2, 1, 1]),
        (("b", "a", ""), [2, 1, 0]),
        (("1.0", "1", "2"), [1, 1, 2]),
    ],
)
def test_folds_may_have_any_labels(tmp_path: Path, folds: tuple[str, ...], numbers: list[int]) -> None:
    content = "fold,score,label\n" + "".join(f"{fold},0.{k},1\n" for k, fold in enumerate(folds))
    scores, _ = read_scores([text(tmp_path / "s.csv", content)])
    assert scores.mated.fold is not None
    assert scores.mated.fold.tolist() == numbers


def test_folds_of_two_files_are_numbered_together(tmp_path: Path) -> None:
    mated = text(tmp_path / "m.csv", "score,fold\n0.9,0\n0.8,1\n")
    scores, _ = read_scores([mated, text(tmp_path / "n.csv", "score,fold\n0.1,1\n0.2,2\n")])
    assert scores.mated.fold is not None
    assert scores.nonmated.fold is not None
    assert (scores.mated.fold.tolist(), scores.nonmated.fold.tolist()) == ([1, 2], [2, 3])


def test_labelled_scores_among_two_files_are_refused(tmp_path: Path) -> None:
    fault = refused(text(tmp_path / "s1.csv", labelled(BOTH)), text(tmp_path / "g.txt", "0.1\n0.2\n"))
    assert (fault.code, fault.exit_code) == ("labels_in_two_files", 3)
    assert "s1.csv has a label column" in fault.message
    assert "give it alone" in fault.message


@pytest.mark.parametrize("options", [{}, {"score": "distance"}])
def test_a_column_of_distances_asks_for_the_polarity(tmp_path: Path, options: dict[str, str]) -> None:
    path = text(tmp_path / "s.csv", labelled(BOTH, "distance,label"))
    fault = refused(path, **options)
    assert (fault.code, "--polarity distance" in fault.message) == ("polarity_unsaid", True)
    assert values(read_scores([path], polarity="similarity", **options)[0]) == (MATED, NONMATED)
    assert read_scores([path], polarity="distance", **options)[0].mated.values.tolist() == [-v for v in MATED]


@pytest.mark.parametrize(("mark", "spelled"), [(";", "';'"), ("\t", "tab"), ("|", "'|'")])
@pytest.mark.parametrize("options", [{}, {"score": "distance"}])
def test_other_marks_between_fields_are_told(tmp_path: Path, mark: str, spelled: str, options: dict[str, str]) -> None:
    path = text(tmp_path / "s.csv", f"a{mark}b{mark}same{mark}score\n1{mark}2{mark}1{mark}0.5\n")
    fault = refused(path, **options)
    assert f"fields seem to be split by {spelled}: add --delimiter {spelled}" in fault.message


def test_the_tab_may_be_named(tmp_path: Path) -> None:
    path = text(tmp_path / "s.csv", labelled(BOTH).replace(",", "\t"))
    assert values(read_scores([path], delimiter="tab")[0]) == (MATED, NONMATED)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("scoer,label", ["columns are scoer, label", "did you mean 'score' by 'scoer'", "--score scoer"]),
        ("score,lable", ["did you mean 'label' by 'lable'", "--label lable"]),
        ("score,truth", ["'score' holds the scores", "--label"]),
    ],
)
def test_an_unknown_column_names_the_option(tmp_path: Path, header: str, words: list[str]) -> None:
    fault = refused(text(tmp_path / "s.csv", labelled(BOTH, header)))
    assert all(word in fault.message for word in words), fault.message


@pytest.mark.parametrize(
    "data", [b"score,label,who\n0.5,1,\xb1\xe8\n", "score,label\n0.5,1\n".encode("utf-16"), b"score,label\n0.5,1\0\n"]
)
def test_bad_encoding(tmp_path: Path, data: bytes) -> None:
    assert refused(text(tmp_path / "s.csv", data), probe="").code in ("bad_encoding",)


def test_a_byte_order_mark_and_crlf_are_accepted(tmp_path: Path) -> None:
    path = text(tmp_path / "s.csv", b"\xef\xbb\xbf" + labelled(BOTH).replace("\n", "\r\n").encode())
    assert values(read_scores([path])[0]) == (MATED, NONMATED)


def test_many_parts_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"p{k % 13},r{k % 7},s{k % 13},s{k % 7},{k / 7!r},{int(k % 13 == k % 7)}\n" for k in range(91))
    path = text(tmp_path / "s.csv", SIDES + rows)
    whole = read_scores([path])[0]
    monkeypatch.setattr("fr_bench.scorefiles._delimited.ROWS_AT_ONCE", 10)
    parts = read_scores([path])[0]
    assert values(whole) == values(parts)
    assert whole.probes is not None
    assert parts.probes is not None
    assert (whole.probes.ids, whole.probes.subjects) == (parts.probes.ids, parts.probes.subjects)


# --- hostile files --------------------------------------------------------------------------------------------------


class Payload:
    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("unpickled",))


def test_unsafe_format(tmp_path: Path) -> None:
    np.savez(tmp_path / "o.npz", mated=np.array([0.5, "x"], dtype=object), nonmated=np.array([1.0]))
    np.save(tmp_path / "o.npy", np.array([Payload()], dtype=object))
    text(tmp_path / "p.npy", pickle.dumps(Payload()))
    text(tmp_path / "p.pkl", pickle.dumps(Payload()))
    text(tmp_path / "s.csv.gz", b"\x1f\x8b")
    for name in ("o.npz", "o.npy", "p.npy", "p.pkl", "s.csv.gz"):
        assert refused(tmp_path / name).code == "unsafe_format"


def test_a_bomb_is_too_large(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(4_000_000))
    with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mated.npy", buffer.getvalue())
        archive.writestr("nonmated.npy", buffer.getvalue())
    assert refused(tmp_path / "b.npz").code == "too_large"


def test_an_array_that_declares_more_than_it_holds_is_a_length_mismatch(tmp_path: Path) -> None:
    np.save(tmp_path / "s.npy", np.zeros((1000, 2)))
    data = (tmp_path / "s.npy").read_bytes()
    text(tmp_path / "s.npy", data[:-8])
    assert refused(tmp_path / "s.npy").code == "length_mismatch"
    text(tmp_path / "s.npy", data.replace(b"(1000, 2)", b"(9**9, 2)"))
    assert refused(tmp_path / "s.npy").code == "damaged_array"


def test_options_are_held_against_what_is_known(tmp_path: Path) -> None:
    path = text(tmp_path / "s.csv", labelled(BOTH))
    assert "did you mean 'distance'?" in refused(path, polarity="distanse").message
    assert "did you mean 'as-failure'?" in refused(path, missing="as_failure").message
    assert "did you mean 'labelled'?" in refused(path, layout="labeled").message
    assert isinstance(refused(path, delimiter=";;"), UsageError)
    assert isinstance(refused(path, path, path), UsageError)


def test_arrays_from_python() -> None:
    scores = score_set([1, 2], [0.5], polarity="distance")
    assert values(scores) == ([-1.0, -2.0], [-0.5])
    assert len(score_set([], []).mated) == 0
    with pytest.raises(DataError, match=r"nonmated\[1\]") as raised:
        score_set([0.5], [0.1, math.nan])
    assert raised.value.code == "nan_score"
