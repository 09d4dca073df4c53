"""Every layout reads the same faces into the same data set, and names the file and line of what it refuses."""

from __future__ import annotations

import io
import shutil
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fr_bench import cards, plugins
from fr_bench.errors import DataError, FrBenchError, UsageError
from fr_bench.formats import folder, generated, lfw, manifest, pairs
from fr_bench.images import decode
from fr_bench.records import Card, Dataset

PIXEL = b"P5 1 1 255 \x80"
POINTS = "lex,ley,rex,rey,nx,ny,lmx,lmy,rmx,rmy"
FIVE = "1,2,3,4,5,6,7,8,9,10"


def lay(root: Path, *paths: str) -> Path:
    for k, path in enumerate(paths):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(f"P5 1 1 255 {chr(65 + k)}".encode())
    return root


def text(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def read(path: Path, /, **options: object) -> Dataset:
    card = cards.with_options(cards.card_of_path(path), options)
    dataset: Dataset = plugins.load("formats", card.format).read(card)
    return dataset


def refused(path: Path, /, **options: object) -> FrBenchError:
    with pytest.raises(FrBenchError) as raised:
        read(path, **options)
    return raised.value


def listed(dataset: Dataset) -> list[tuple[str, str, bool, int]]:
    assert dataset.pairs is not None
    p, ids = dataset.pairs, dataset.sample_ids
    columns = zip(p.probe, p.reference, p.mated, p.fold, strict=True)
    return [(ids[a], ids[b], bool(m), int(f)) for a, b, m, f in columns]


# --- a folder per subject -------------------------------------------------------------------------------------------


def test_a_folder_per_subject_deep_or_flat(tmp_path: Path) -> None:
    dataset = read(lay(tmp_path, "007/b.png", "007/day1/a.png", "NA/1.jpg", "null/1.jpg", " x/1.bmp"))
    assert dataset.sample_ids == (" x/1.bmp", "007/b.png", "007/day1/a.png", "NA/1.jpg", "null/1.jpg")
    assert dataset.subjects == (" x", "007", "007", "NA", "null")
    assert dataset.format == "folder"


def test_a_zip_reads_as_the_folder_does(tmp_path: Path) -> None:
    root = lay(tmp_path / "faces", "a/1.png", "a/2.png", "b/1.png")
    shutil.make_archive(str(tmp_path / "inner"), "zip", root)
    shutil.make_archive(str(tmp_path / "outer"), "zip", tmp_path, "faces")
    plain, inner, outer = read(root), read(tmp_path / "inner.zip"), read(tmp_path / "outer.zip")
    assert plain.sample_ids == inner.sample_ids
    assert plain.subjects == inner.subjects == outer.subjects
    assert [s.read() for s in plain.sources if s] == [s.read() for s in inner.sources if s]


def test_a_flat_folder_says_what_is_expected(tmp_path: Path) -> None:
    fault = refused(lay(tmp_path, "1.png", "2.png", "a/1.png"))
    assert fault.code == "no_subject_folders"
    assert "2 of 3 images" in fault.message
    assert "SUBJECT/image.jpg" in fault.message


def test_a_folder_without_images_is_an_empty_data_set(tmp_path: Path) -> None:
    text(tmp_path / "a" / "notes.txt", "x")
    fault = refused(tmp_path)
    assert (fault.code, fault.exit_code) == ("empty_data_set", 3)


def test_ids_differ_only_by_form(tmp_path: Path) -> None:
    lay(tmp_path, *(f"{unicodedata.normalize(form, '가')}/1.png" for form in ("NFC", "NFD")))
    fault = refused(tmp_path)
    assert fault.code == "ids_differ_only_by_form"
    assert "\\uac00" in fault.message


# --- LFW ------------------------------------------------------------------------------------------------------------

PAIRS = "2\t1\nAnn\t1\t2\nAnn\t1\tBo\t1\nBo\t1\t2\nBo\t2\tAnn\t2\n"


def faces(root: Path) -> Path:
    return lay(root, *(f"{name}/{name}_000{k}.jpg" for name in ("Ann", "Bo") for k in (1, 2)), "Cy/Cy_0001.jpg")


def test_lfw_keeps_order_and_folds(tmp_path: Path) -> None:
    text(faces(tmp_path) / "pairs.txt", PAIRS)
    dataset = read(tmp_path)
    assert len(dataset.sample_ids) == 5
    assert listed(dataset) == [
        ("Ann/Ann_0001.jpg", "Ann/Ann_0002.jpg", True, 1),
        ("Ann/Ann_0001.jpg", "Bo/Bo_0001.jpg", False, 1),
        ("Bo/Bo_0001.jpg", "Bo/Bo_0002.jpg", True, 2),
        ("Bo/Bo_0002.jpg", "Ann/Ann_0002.jpg", False, 2),
    ]


def test_lfw_folds_restrict_pairs_and_samples(tmp_path: Path) -> None:
    text(faces(tmp_path) / "pairs.txt", PAIRS)
    (tmp_path / "Bo" / "Bo_0002.jpg").unlink()
    dataset = read(tmp_path, folds=[1])
    assert dataset.sample_ids == ("Ann/Ann_0001.jpg", "Ann/Ann_0002.jpg", "Bo/Bo_0001.jpg")
    assert len(listed(dataset)) == 2


def test_lfw_missing_file_is_named_with_its_line(tmp_path: Path) -> None:
    text(faces(tmp_path) / "pairs.txt", PAIRS)
    (tmp_path / "Bo" / "Bo_0002.jpg").unlink()
    fault = refused(tmp_path)
    assert fault.code == "file_missing"
    assert "pairs.txt:4: Bo/Bo_0002" in fault.message


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        ("Ann\t1\t2\n", "bad_pairs", ":1"),
        ("1\t1\nAnn\t1\nAnn\t1\tBo\t1\n", "bad_pairs", ":2"),
        ("1\t1\nAnn\t1\tx\nAnn\t1\tBo\t1\n", "bad_pairs", ":2"),
        ("1\t1\nAnn\t1\t2\n", "length_mismatch", "announces 2"),
        ("1\t1\nAnn\t1\t1\nAnn\t1\tBo\t1\n", "self_comparison", ":2"),
        ("1\t1\nAnn\t1\t2\nAnn\t1\tAnn\t2\n", "label_id_conflict", ":3"),
    ],
)
def test_bad_pairs_name_the_line(tmp_path: Path, content: str, code: str, told: str) -> None:
    path = text(faces(tmp_path) / "list.txt", content)
    card = Card(name="x", format="lfw", root=tmp_path, options={"pairs": "list.txt"})
    with pytest.raises(DataError, match=f"{path.name}.*{told}") as raised:
        lfw.read(card)
    assert raised.value.code == code


def test_unknown_fold_is_refused(tmp_path: Path) -> None:
    text(faces(tmp_path) / "pairs.txt", PAIRS)
    assert "no fold 3" in refused(tmp_path, folds=[3]).message


def test_lfw_landmarks_belong_to_their_images(tmp_path: Path) -> None:
    text(tmp_path / "l.csv", f"path,{POINTS},score\nBo/Bo_0001.jpg,{FIVE},0.9\nelsewhere.jpg,{FIVE},0.9\n")
    card = Card(name="x", format="lfw", root=faces(tmp_path), options={"landmarks": "l.csv"})
    landmarks = lfw.read(card).landmarks
    assert landmarks is not None
    assert landmarks[2].tolist() == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
    assert np.isnan(landmarks[[0, 1, 3, 4]]).all()


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
def test_lfw_korean_names_in_either_normal_form(tmp_path: Path, on_disk: str) -> None:
    stored = unicodedata.normalize(on_disk, "김민수")
    lay(tmp_path, f"{stored}/{stored}_0001.jpg", f"{stored}/{stored}_0002.jpg", "Bo/Bo_0001.jpg")
    text(tmp_path / "pairs.txt", "1\t1\n김민수\t1\t2\n김민수\t1\tBo\t1\n")
    assert [mated for _, _, mated, _ in listed(read(tmp_path))] == [True, False]


# --- one's own pairs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.csv", "probe,reference,mated,fold\na/1.png,a/2.png,1,3\na/1.png,b/1.png,0,4\n"),
        ("p.tsv", "probe\treference\tlabel\tfold\na/1.png\ta/2.png\tsame\t3\na/1.png\tb/1.png\tdifferent\t4\n"),
        ("p.txt", "a/1.png a/2.png 1 3\na/1.png  b/1.png 0 4\n"),
        ("p.csv", "image1,image2,genuine,fold\n./a/1.png,a//2.png,true,3\na/1.png,b/1.png,false,4\n"),
    ],
)
def test_pairs_lists_in_any_usual_form(tmp_path: Path, name: str, content: str) -> None:
    lay(tmp_path, "a/1.png", "a/2.png", "b/1.png")
    dataset = read(text(tmp_path / name, content))
    assert dataset.subjects == ("a", "a", "b")
    assert [row[2:] for row in listed(dataset)] == [(True, 1), (False, 2)]


def test_folds_of_pairs_may_be_counted_from_0(tmp_path: Path) -> None:
    lay(tmp_path, "a/1.png", "a/2.png", "b/1.png")
    path = text(tmp_path / "p.csv", "probe,reference,mated,fold\na/1.png,a/2.png,1,0\na/1.png,b/1.png,0,1\n")
    assert [row[3] for row in listed(read(path))] == [1, 2]


def test_subject_columns_go_before_folders(tmp_path: Path) -> None:
    lay(tmp_path, "x/1.png", "x/2.png")
    path = text(tmp_path / "p.csv", "probe,reference,probe_subject,reference_subject\nx/1.png,x/2.png,007,7\n")
    dataset = read(path)
    assert dataset.subjects == ("007", "7")
    assert [mated for _, _, mated, _ in listed(dataset)] == [False]


def test_without_subjects_mated_pairs_join_images(tmp_path: Path) -> None:
    lay(tmp_path, *(f"{k}.png" for k in range(5)))
    rows = "2.png,1.png,1\n2.png,0.png,1\n3.png,4.png,0\n0.png,3.png,0\n"
    dataset = read(text(tmp_path / "p.csv", f"probe,reference,mated\n{rows}"))
    assert dataset.subjects == ("0.png", "0.png", "0.png", "3.png", "4.png")
    assert dataset.card.options[pairs.SUBJECTS_FROM_PAIRS] is True


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        ("probe,reference,mated\n1.png,2.png,1\n2.png,3.png,1\n1.png,3.png,0\n", "label_id_conflict", "p.csv:4"),
        ("probe,reference,mated,probe_subject,reference_subject\n1.png,2.png,1,a,b\n", "label_id_conflict", "p.csv:2"),
        ("probe,reference,mated\n1.png,2.png,1\n1.png,./1.png,1\n", "self_comparison", "p.csv:3"),
        ("probe,reference,mated\n1.png,2.png,maybe\n", "bad_pairs", "p.csv:2"),
        ("probe,reference,mated\n1.png,9.png,1\n", "file_missing", "p.csv:2: 9.png"),
        ("probe,reference,mated\n1.png,../9.png,1\n", "path_outside", "p.csv:2"),
        ("probe,reference\n1.png,2.png\n", "bad_pairs", "add a column mated"),
        ("probe,reference,mated\n1.png,2.png\n", "length_mismatch", "p.csv:2"),
    ],
)
def test_bad_lists_name_file_and_line(tmp_path: Path, content: str, code: str, told: str) -> None:
    lay(tmp_path, "1.png", "2.png", "3.png")
    fault = refused(text(tmp_path / "p.csv", content))
    assert fault.code == code
    assert told in fault.message


# --- manifests ------------------------------------------------------------------------------------------------------


def test_a_manifest_keeps_attributes_landmarks_and_roles(tmp_path: Path) -> None:
    lay(tmp_path, "b.png", "a.png")
    rows = f"b.png,007,probe,null,{FIVE}\na.png,007,both,,,,,,,,,,,\n"
    dataset = read(text(tmp_path / "manifest.csv", f"path,subject,role,session,{POINTS}\n{rows}"))
    assert dataset.sample_ids == ("a.png", "b.png")
    assert dataset.attributes == {"session": ("", "null")}
    assert dataset.landmarks is not None
    assert np.isnan(dataset.landmarks).all(axis=(1, 2)).tolist() == [True, False]
    assert dataset.roles is not None
    assert (dataset.roles.reference.tolist(), dataset.roles.probe.tolist()) == ([0], [0, 1])


def test_a_manifest_may_name_ids_and_other_columns(tmp_path: Path) -> None:
    lay(tmp_path, "faces/a.png")
    path = text(tmp_path / "m.csv", "file,subject,id\na.png,x,007\n")
    dataset = read(path, path_column="file", images="faces")
    assert dataset.sample_ids == ("007",)


def test_a_manifest_in_a_zip_is_read_in_place(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("manifest.csv", "path,subject\na.pgm,1\n")
        archive.writestr("a.pgm", PIXEL)
    source = read(tmp_path / "m.zip").sources[0]
    assert source is not None
    assert source.read() == PIXEL


def test_a_manifest_without_paths_describes_templates(tmp_path: Path) -> None:
    dataset = read(text(tmp_path / "m.csv", "id,subject\nt1,a\nt2,a\n"))
    assert dataset.sources == (None, None)


def test_parquet_reads_as_csv_does(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    lay(tmp_path, "a.png", "b.png")
    columns = {"path": ["a.png", "b.png"], "subject": ["NA", "007"], "age": [30, None], "lex": [1.5, None]}
    columns |= {name: [2.0, None] for name in POINTS.split(",")[1:]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "m.parquet")
    cells = [f"a.png,NA,30,1.5{',2.0' * 9}", "b.png,007,," + "," * 9]
    text(tmp_path / "m.csv", f"path,subject,age,{POINTS}\n" + "\n".join(cells) + "\n")
    one, other = read(tmp_path / "m.parquet"), read(tmp_path / "m.csv")
    assert (one.sample_ids, one.subjects, one.attributes) == (other.sample_ids, other.subjects, other.attributes)
    assert one.landmarks is not None
    np.testing.assert_array_equal(one.landmarks, other.landmarks)


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        ("path,subject\na.png,\n", "empty_id", "m.csv:2: column 'subject': '' is empty; every sample needs a subject"),
        ("path,subject\na.png,x\na.png,y\n", "duplicate_id", "m.csv:3"),
        ("path,subject\na.png,x\ngone.png,y\n", "file_missing", "m.csv:3: gone.png"),
        ("path,subject\n../a.png,x\n", "path_outside", "m.csv:2"),
        ("path,subject,role\na.png,x,prob\n", "bad_role", "did you mean 'probe'?"),
        ("path,subject,sha256\na.png,x,abc\n", "bad_digest", "m.csv:2"),
        ("path,subject,lex,ley\na.png,x,1,2\n", "unknown_column", "without the columns rex, rey, nx"),
        ("path,subject,lex\na.png,x,1\n", "unknown_column", "without the columns ley, rex"),
        (f"path,subject,{POINTS}\na.png,x,{FIVE[:-3]},\n", "bad_landmarks", "m.csv:2: landmarks without rmy"),
        (f"path,subject,{POINTS}\na.png,x,{FIVE.replace('3', '3;5')}\n", "bad_number", "m.csv:2: column 'rex'"),
        (f"path,subject,{POINTS}\na.png,x,{FIVE.replace('3', 'inf')}\n", "bad_number", "m.csv:2: column 'rex'"),
        ("path,subject\n", "empty_data_set", "no samples"),
        (f"path,subject\na.png,{'x' * 5000}\n", "id_too_long", "4096 bytes"),
    ],
)
def test_bad_manifests_name_file_and_line(tmp_path: Path, content: str, code: str, told: str) -> None:
    lay(tmp_path, "a.png")
    fault = refused(text(tmp_path / "m.csv", content))
    assert (fault.code, fault.exit_code) == (code, 3)
    assert told in fault.message


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("in_list", ["NFC", "NFD"])
def test_a_manifest_finds_korean_names_in_either_normal_form(tmp_path: Path, on_disk: str, in_list: str) -> None:
    lay(tmp_path, unicodedata.normalize(on_disk, "김민수/웃음.png"))
    name = unicodedata.normalize(in_list, "김민수/웃음.png")
    dataset = read(text(tmp_path / "m.csv", f"path,subject\n{name},1\n"))
    assert dataset.sample_ids == (name,)
    assert dataset.sources[0] is not None
    assert dataset.sources[0].read().startswith(b"P5")


# --- generated ------------------------------------------------------------------------------------------------------


def test_generated_faces_are_pictures_with_attributes() -> None:
    card = Card(name="g", format="generated", root=Path(), options={"subjects": 3, "images": 4, "size": 48})
    dataset = generated.read(card)
    assert dataset.card.generated
    assert len(dataset.sample_ids) == 12
    assert set(dataset.attributes) == {"sex", "age_band", "category", "condition", "session"}
    pictures = [decode(source.read()) for source in dataset.sources if source]
    assert {picture.shape for picture in pictures} == {(48, 48, 3)}
    assert len({picture.tobytes() for picture in pictures}) == 12


def test_a_generated_picture_does_not_depend_on_the_order_of_reading() -> None:
    options = {"subjects": 70, "images": 1, "size": 32}
    one, other = (generated.read(Card(name="g", format="generated", root=Path(), options=options)) for _ in range(2))
    forward = [source.read() for source in one.sources if source]
    assert [source.read() for source in reversed(other.sources) if source] == forward[::-1]


def test_generated_numbers_out_of_range_are_refused() -> None:
    wrong = (("subjects", 1), ("images", 0), ("size", 8), ("seed", -1), ("subjects", "8"), ("subjects", True))
    for key, value in wrong:
        with pytest.raises(UsageError) as raised:
            generated.read(Card(name="g", format="generated", root=Path(), options={key: value}))
        assert raised.value.code == "bad_option"


# --- which layout is it? --------------------------------------------------------------------------------------------


def test_every_layout_offers_what_a_plug_in_must() -> None:
    for name in plugins.names("formats"):
        module = plugins.load("formats", name)
        assert module.DESCRIPTION
        assert isinstance(module.KEYS, dict)
        assert callable(module.recognises)
        assert callable(module.read)


def test_no_path_is_claimed_by_two_layouts(tmp_path: Path) -> None:
    plain = lay(tmp_path / "folder", "a/1.png")
    pairs_beside = faces(tmp_path / "lfw")
    text(pairs_beside / "pairs.txt", PAIRS)
    table = text(lay(tmp_path / "m", "a/1.png") / "manifest.csv", "path,subject\na/1.png,a\n")
    own = text(tmp_path / "p.csv", "probe,reference,mated\n")
    bundle = tmp_path / "m.zip"
    bundle.write_bytes(b"")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("manifest.csv", "path,subject\n")
    bundle.write_bytes(buffer.getvalue())
    expected = {
        plain: [folder], pairs_beside: [lfw], pairs_beside / "pairs.txt": [lfw], table: [manifest],
        table.parent: [manifest], own: [pairs], bundle: [manifest],
    }  # fmt: skip
    for path, modules in expected.items():
        assert [m for m in (folder, lfw, manifest, pairs, generated) if m.recognises(path)] == modules


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({"subjects": 40, "images": 6}, "Generated faces, 40 subjects with six images each"),
        ({"subjects": 2, "images": 1}, "Generated faces, 2 subjects with one image each"),
        ({"subjects": 2, "images": 12}, "Generated faces, 2 subjects with 12 images each"),
    ],
)
def test_the_title_says_what_was_generated(options: dict[str, int], title: str) -> None:
    assert generated.read(cards.with_options(cards.read_card("generated"), options)).card.title == title


def test_a_generated_set_says_who_is_enrolled_only_where_it_is_asked() -> None:
    def made(**options: object) -> Dataset:
        return generated.read(Card(name="g", format="generated", root=Path(), options={"size": 16, **options}))

    assert made(subjects=2, images=2).roles is None
    searched = made(subjects=8, images=3, roles="search")
    assert searched.roles is not None
    assert len(searched.roles.reference) == 6
    assert len(searched.roles.probe) == 8 * 3 - 6
    part = made(subjects=4, images=3, first=4, roles="search")
    assert part.roles is not None
    enrolled = {searched.sample_ids[k] for k in searched.roles.reference}
    assert {part.sample_ids[k] for k in part.roles.reference} == enrolled & set(part.sample_ids)
    with pytest.raises(UsageError, match="roles = 'serach'; did you mean 'search'"):
        made(roles="serach")
