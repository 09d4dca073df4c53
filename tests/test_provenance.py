"""Digests tie a result to what it was made of; the environment says what it was made with."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from fr_bench import provenance
from fr_bench.records import Card, Dataset


def dataset(**changes: object) -> Dataset:
    made = Dataset(
        name="d",
        format="folder",
        card=Card(name="d", format="folder", root=Path()),
        sample_ids=("a/1", "b/1"),
        subjects=("a", "b"),
        sources=(None, None),
        attributes={"sex": ("f", "m")},
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def test_equal_values_have_one_digest_whatever_the_order_of_keys() -> None:
    assert provenance.digest_value({"a": 1, "b": [2]}) == provenance.digest_value({"b": [2], "a": 1})


@pytest.mark.parametrize(
    "changes",
    [
        {"subjects": ("a", "c")},
        {"sample_ids": ("a/1", "b/2")},
        {"attributes": {"sex": ("f", "f")}},
        {"landmarks": np.zeros((2, 5, 2))},
    ],
)
def test_whatever_a_data_set_says_moves_its_digest(changes: dict[str, object]) -> None:
    contents = ("x", "y")
    assert provenance.digest_dataset(dataset(**changes), contents) != provenance.digest_dataset(dataset(), contents)


def test_image_bytes_move_the_digest_of_a_data_set() -> None:
    assert provenance.digest_dataset(dataset(), ("x", "y")) != provenance.digest_dataset(dataset(), ("x", "z"))


def test_digest_of_an_array_knows_type_and_shape_and_not_the_byte_order() -> None:
    array = np.arange(4, dtype="<i4")
    assert provenance.digest_array(array) == provenance.digest_array(array.astype(">i4"))
    assert provenance.digest_array(array) != provenance.digest_array(array.reshape(2, 2))
    assert provenance.digest_array(array) != provenance.digest_array(array.astype("<i8"))


def test_environment_names_versions_processor_and_switches() -> None:
    found = provenance.environment()
    assert {"fr_bench", "numpy", "onnxruntime"} <= set(found["versions"])
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["switches"]["ORT_DISABLE_TELEMETRY"] == "1"


def test_command_names_the_program_and_not_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance.sys, "argv", ["/opt/env/bin/frbench", "run", "--limit", "3"])
    assert provenance.command() == ["frbench", "run", "--limit", "3"]


@pytest.mark.parametrize("packed", [False, True])
def test_commit_of_the_checkout_around_a_folder_is_read_from_its_files(tmp_path: Path, packed: bool) -> None:
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n", encoding="ascii")
    if packed:
        (git / "packed-refs").write_text("# pack-refs\nabc123 refs/heads/main\n", encoding="ascii")
    else:
        (git / "refs" / "heads" / "main").write_text("abc123\n", encoding="ascii")
    (tmp_path / "below").mkdir()
    assert provenance.commit_of(tmp_path / "below") == "abc123"
