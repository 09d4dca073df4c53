"""Files of presentations: who is an attack, what is missing, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fr_bench.errors import FrBenchError
from fr_bench.scorefiles import read_presentations, read_scores

OURS = "score,species,instrument,subject,recognition\n0.9,,,anna,0.7\n,bona fide,,boris,\n0.2,print,p1,anna,0.6\n"
BOB = (
    "bio_ref_subject_id,probe_subject_id,probe_key,probe_attack_type,score\n"
    "1,1,a,,0.9\n1,2,b,,0.1\n2,2,c,,0.8\n2,2,d,print,0.5\n1,2,e,print,0.4\n"
)


def file(folder: Path, content: str, name: str = "attacks.csv") -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


def refused(path: Path, **options: str) -> FrBenchError:
    with pytest.raises(FrBenchError) as raised:
        read_presentations(path, **options)  # type: ignore[arg-type]
    return raised.value


def test_attacks_are_of_instruments_and_bona_fide_presentations_of_subjects(tmp_path: Path) -> None:
    found, scores, notes = read_presentations(file(tmp_path, OURS))
    assert found.species == ("", "", "print")
    assert found.instrument == ("anna", "boris", "p1")
    np.testing.assert_array_equal(found.score, [0.9, np.nan, 0.2])
    np.testing.assert_array_equal(found.recognition, [0.7, np.nan, 0.6])
    assert scores is None
    assert [note.code for note in notes] == ["non_responses"]


def test_one_column_of_names_serves_instruments_and_subjects(tmp_path: Path) -> None:
    for name in ("instrument", "subject"):
        found, _, _ = read_presentations(file(tmp_path, f"score,attack_type,{name}\n0.9,,anna\n0.1,mask,m1\n"))
        assert found.instrument == ("anna", "m1")
        assert found.recognition is None


def test_scores_that_are_high_for_attacks_are_turned_round_and_it_is_told(tmp_path: Path) -> None:
    found, _, notes = read_presentations(file(tmp_path, "score,species\n0.9,mask\n0.0,\n"), polarity="attack")
    assert found.score.tolist() == [-0.9, 0.0]
    assert [note.code for note in notes] == ["detection_turned_round"]


def test_bobs_attacks_are_presentations_and_its_bona_fide_rows_comparisons(tmp_path: Path) -> None:
    found, scores, notes = read_presentations(file(tmp_path, BOB))
    assert found.species == ("", "", "print")
    assert found.recognition is not None
    assert found.recognition.tolist() == [0.9, 0.8, 0.5]
    assert np.isnan(found.score).all()
    assert scores is not None
    assert (scores.mated.values.tolist(), scores.nonmated.values.tolist()) == ([0.9, 0.8], [0.1])
    assert [note.code for note in notes] == ["instruments_unnamed", "attacks_elsewhere"]


def test_attacks_never_pass_for_mated_comparisons(tmp_path: Path) -> None:
    with pytest.raises(FrBenchError) as raised:
        read_scores([file(tmp_path, BOB)])
    assert raised.value.code == "attacks_in_scores"
    assert "--attacks" in raised.value.message


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        ("score,species\n0.9,\n0,5,print\n", "length_mismatch", ":3"),
        ("score,species\nhigh,print\n", "bad_number", ":2"),
        ('score,species\n0.9,"a,b"\n', "bad_species", ":2"),
        ("score,species\n0.9,a\u202eb\n", "bad_species", ":2"),
        ("score,kind\n0.9,print\n", "unknown_layout", ":1"),
        ("pin,species\n0.9,print\n", "unknown_layout", ":1"),
        ("score;species\n0.9;print\n", "unknown_layout", ":1"),
        ("score,species\n", "no_scores", ""),
        ("", "empty_file", ""),
        ("score,species\n" + "".join(f"0.5,s{k}\n" for k in range(502)), "bad_species", ":"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path, content: str, code: str, place: str) -> None:
    mistake = refused(file(tmp_path, content))
    assert mistake.code == code
    assert f"attacks.csv{place}" in mistake.message


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    assert refused(file(tmp_path, OURS, "attacks.pkl")).code == "unsafe_format"


def test_an_unknown_polarity_is_refused(tmp_path: Path) -> None:
    assert refused(file(tmp_path, OURS), polarity="attacks").code == "bad_option"
