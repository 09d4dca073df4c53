"""Cards: found by name, checked key by key, and true of the data that they describe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fr_bench import cards, plugins
from fr_bench.errors import DataError, UsageError
from fr_bench.records import Dataset

CARD = 'format = "folder"\n[options]\nimages = "faces"\n'


def own(folder: Path, content: str, name: str = "mine") -> Path:
    (folder / "datasets").mkdir(exist_ok=True)
    path = folder / "datasets" / f"{name}.toml"
    path.write_text(content)
    return path


def test_all_shipped_cards_are_read() -> None:
    for name in cards.available():
        card = cards.read_card(name)
        assert card.title
        assert card.licence
        assert card.source


def test_a_card_in_the_current_folder_goes_before_a_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own(tmp_path, CARD, "lfw")
    assert cards.read_card("lfw").format == "folder"


def test_the_users_configuration_folder_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "frbench").mkdir()
    own(tmp_path / "frbench", CARD)
    assert "mine" in cards.available()
    assert cards.card_for("mine").root.parts[-2:] == ("frbench", "datasets")


def test_the_root_of_a_card_starts_at_data(tmp_path: Path) -> None:
    (tmp_path / "yale").mkdir()
    assert cards.read_card("yale", tmp_path).root == tmp_path / "yale"


def test_a_packed_folder_stands_in_for_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "yale.zip").write_bytes(b"")
    assert cards.read_card("yale", tmp_path).root == tmp_path / "yale.zip"


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (CARD.replace("format", "fromat"), "unknown_key", ":1: unknown key 'fromat'; did you mean 'format'?"),
        (CARD.replace("images", "image"), "unknown_key", ":3: unknown key 'image' in options; did you mean 'images'?"),
        ('format = "foldr"\n', "unknown_format", ":1: no format named 'foldr'; did you mean 'folder'?"),
        ('title = "x"\n', "missing_key", "a card needs its format"),
        ("format = 3\n", "bad_type", ":1: format must be a text"),
        (CARD + '[expected]\nsamples = "many"\n', "bad_type", ":5: expected.samples must be a whole number"),
        (CARD + "[expected]\nsample = 3\n", "unknown_key", "did you mean 'samples'?"),
        (CARD + '[[published]]\nfigure = "EER"\n', "missing_key", ":4: a published figure needs 'value'"),
        (CARD + "[broken\n", "bad_toml", ":4"),
    ],
)
def test_bad_cards_name_file_line_and_nearest(tmp_path: Path, content: str, code: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        cards.read_card(own(tmp_path, content))
    assert raised.value.code == code
    assert told in raised.value.message


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'yale'") as raised:
        cards.card_for("yael", where="my.toml:3")
    assert raised.value.code == "unknown_dataset"
    assert raised.value.message.startswith("my.toml:3")


def test_a_folder_that_is_not_there_names_the_nearest_that_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "door" / "faces").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"did you mean '.*door/faces'"):
        cards.card_for(str(tmp_path / "door" / "facse"))
    monkeypatch.chdir(tmp_path / "door")
    with pytest.raises(UsageError, match="did you mean 'faces'"):
        cards.card_for("facse")


def test_what_is_near_nothing_names_the_cards_and_not_what_lies_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "diary").mkdir()
    with pytest.raises(UsageError, match="; known: generated, lfw") as raised:
        cards.card_for("qqqq")
    assert "diary" not in raised.value.message


def test_a_name_with_folders_in_it_is_no_card(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        cards.card_for("../datasets/lfw", tmp_path)


def test_a_list_in_a_folder_of_subjects_is_named_with_the_way_on(tmp_path: Path) -> None:
    (tmp_path / "anna").mkdir()
    (tmp_path / "pairs.csv").write_text("probe,reference,mated\n")
    with pytest.raises(DataError, match=r"holds pairs\.csv, .*or say --set dataset\.format=folder") as raised:
        cards.card_of_path(tmp_path)
    assert raised.value.code == "unknown_layout"


def test_a_path_that_is_no_layout_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="the columns are a, b; a manifest has path and subject") as raised:
        cards.card_of_path(tmp_path / "x.csv")
    assert raised.value.code == "unknown_layout"


def test_a_manifest_is_called_after_its_folder(tmp_path: Path) -> None:
    (tmp_path / "door").mkdir()
    (tmp_path / "door" / "manifest.csv").write_text("path,subject\n")
    assert cards.card_of_path(tmp_path / "door" / "manifest.csv").name == "door"


def test_other_options_drop_what_the_card_expects() -> None:
    card = cards.read_card("generated")
    assert cards.with_options(card, {"subjects": 80}) is card
    changed = cards.with_options(card, {"subjects": 8})
    assert (changed.expected, changed.options["subjects"], changed.options["images"]) == ({}, 8, 10)


def test_a_file_with_another_digest_is_a_hash_mismatch(tmp_path: Path) -> None:
    (tmp_path / "pairs.txt").write_text("1\t0\n")
    (tmp_path / "faces" / "a").mkdir(parents=True)
    (tmp_path / "faces" / "a" / "a_0001.jpg").write_bytes(b"x")
    content = 'format = "lfw"\n[options]\nimages = "faces"\npairs = "pairs.txt"\n[digests]\n'
    content += f'"pairs.txt" = "{"0" * 64}"\n'
    card = cards.read_card(own(tmp_path, content), tmp_path)
    with pytest.raises(DataError, match=r"0{64}") as raised:
        plugins.load("formats", "lfw").read(card)
    assert raised.value.code == "hash_mismatch"


# --- against the real data ------------------------------------------------------------------------------------------


def real(name: str, root: Path) -> Dataset:
    card = cards.read_card(name, root)
    dataset: Dataset = plugins.load("formats", card.format).read(card)
    return dataset


def counts(dataset: Dataset) -> tuple[int, int]:
    return len(dataset.sample_ids), len(set(dataset.subjects))


@pytest.mark.real
def test_lfw_has_its_images_subjects_and_folds(real_data: Path) -> None:
    dataset = real("lfw", real_data)
    assert counts(dataset) == (13_233, 5_749)
    assert dataset.pairs is not None
    assert np.bincount(dataset.pairs.fold).tolist() == [0] + [600] * 10
    assert np.bincount(dataset.pairs.fold, weights=dataset.pairs.mated).tolist() == [0] + [300] * 10
    named = np.union1d(dataset.pairs.probe, dataset.pairs.reference)
    assert len(named) == 7_701
    first = [dataset.sample_ids[side[0]] for side in (dataset.pairs.probe, dataset.pairs.reference)]
    assert first == ["Abel_Pacheco/Abel_Pacheco_0001.jpg", "Abel_Pacheco/Abel_Pacheco_0004.jpg"]


@pytest.mark.real
def test_lfw_fold_1_has_its_images_and_landmarks(real_data: Path) -> None:
    dataset = real("lfw-raw-fold1", real_data)
    assert counts(dataset)[0] == 807
    assert dataset.pairs is not None
    assert (len(dataset.pairs.mated), int(dataset.pairs.mated.sum())) == (600, 300)
    assert dataset.landmarks is not None
    assert not np.isnan(dataset.landmarks).any()


@pytest.mark.real
@pytest.mark.parametrize(("name", "samples", "subjects"), [("yale", 165, 15), ("orl", 400, 40)])
def test_yale_and_orl_have_their_counts(real_data: Path, name: str, samples: int, subjects: int) -> None:
    dataset = real(name, real_data)
    assert counts(dataset) == (samples, subjects)
    assert dataset.landmarks is not None
    assert set(dataset.attributes) >= {"condition", "group"}


def test_only_pictures_that_may_be_shown_are_allowed() -> None:
    allowed = {name: cards.read_card(name).pictures_allowed for name in cards.available()}
    assert allowed == {"generated": True, "lfw": False, "lfw-raw-fold1": False, "orl": True, "yale": False}


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("path;subject\na.png;x\n", "unknown_layout", ["split by ';'", "--set 'dataset.delimiter=;'"]),
        ("path,subjct\na.png,x\n", "unknown_column", ["columns are path, subjct", "dataset.subject_column=subjct"]),
        ("prob,other\na.png,b.png\n", "unknown_column", ["columns are prob, other", "'probe'", "'prob'"]),
        ("file,who\na.png,x\n", "unknown_layout", ["columns are file, who", "dataset.path_column="]),
    ],
)
def test_columns_that_are_called_otherwise_are_named_with_the_option(
    tmp_path: Path, content: str, code: str, words: list[str]
) -> None:
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(DataError) as raised:
        cards.card_of_path(tmp_path / "x.csv")
    assert raised.value.code == code
    assert all(word in raised.value.message for word in words), raised.value.message
