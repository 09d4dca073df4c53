"""A part of a data set: ids, columns, pairs and roles stay together."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fr_bench.records import Card, Dataset, ListedPairs, Roles
from fr_bench.selection import first_subjects, named_by_pairs, select


def four_samples() -> Dataset:
    return Dataset(
        name="d",
        format="folder",
        card=Card(name="d", format="folder", root=Path(), expected={"samples": 4}),
        sample_ids=("a1", "a2", "b1", "c1"),
        subjects=("a", "a", "b", "c"),
        sources=(None,) * 4,
        landmarks=np.arange(40, dtype=np.float64).reshape(4, 5, 2),
        attributes={"sex": ("f", "f", "m", "")},
        pairs=ListedPairs(
            probe=np.array([0, 3], dtype=np.int32),
            reference=np.array([1, 0], dtype=np.int32),
            mated=np.array([True, False]),
            fold=np.array([1, 2], dtype=np.int16),
        ),
        roles=Roles(reference=np.array([0, 2], dtype=np.int32), probe=np.array([1, 3], dtype=np.int32)),
    )


def test_everything_of_the_kept_samples_stays_together() -> None:
    part = select(four_samples(), np.array([True, False, True, True]))
    assert (part.sample_ids, part.subjects, part.attributes["sex"]) == (
        ("a1", "b1", "c1"),
        ("a", "b", "c"),
        ("f", "m", ""),
    )
    assert part.landmarks is not None
    assert part.landmarks[1, 0, 0] == 20.0
    assert part.card.expected == {}


def test_pairs_stay_where_both_sides_do_and_are_renumbered() -> None:
    part = select(four_samples(), np.array([True, False, True, True])).pairs
    assert part is not None
    assert (part.probe.tolist(), part.reference.tolist(), part.fold.tolist()) == ([2], [0], [2])


def test_roles_are_renumbered() -> None:
    part = select(four_samples(), np.array([False, False, True, True])).roles
    assert part is not None
    assert (part.reference.tolist(), part.probe.tolist()) == ([0], [1])


def test_keeping_all_is_the_same_data_set() -> None:
    dataset = four_samples()
    assert select(dataset, np.ones(4, dtype=bool)) is dataset


def test_samples_named_by_pairs() -> None:
    assert named_by_pairs(four_samples()).tolist() == [True, True, False, True]


def test_first_subjects_go_by_name() -> None:
    assert first_subjects(four_samples(), 2).tolist() == [True, True, True, False]
