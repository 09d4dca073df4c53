"""Parts of a score set with different people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fr_bench.metrics.parts import selected, split, trains, with_values
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.pipeline import from_arrays
from fr_bench.records import ScoreSet
from tests.two_parts import people_scores


def subjects(part: ScoreSet) -> set[str]:
    assert part.probes is not None
    assert part.references is not None
    found = set()
    for one in (part.mated, part.nonmated):
        assert one.probe is not None
        assert one.reference is not None
        found |= {part.probes.subjects[k] for k in one.probe} | {part.references.subjects[k] for k in one.reference}
    return found


def test_no_subject_is_in_both_parts() -> None:
    parts = split(people_scores(), 0.5, 3)
    assert not subjects(parts.train) & subjects(parts.test)
    assert sum(parts.subjects) == 60


def test_every_comparison_is_in_one_part_or_counted_as_left_out() -> None:
    scores = people_scores()
    parts = split(scores, 0.3, 3)
    assert len(parts.train.mated) + len(parts.test.mated) == len(scores.mated)
    assert len(parts.train.nonmated) + len(parts.test.nonmated) + parts.left_out == len(scores.nonmated)


def test_who_trains_depends_on_name_and_seed_alone() -> None:
    names = [f"s{k}" for k in range(200)]
    first = dict(zip(names, trains(names, 0.5, 1).tolist(), strict=True))
    again = dict(zip(names[::-2], trains(names[::-2], 0.5, 1).tolist(), strict=True))
    assert all(first[name] == side for name, side in again.items())
    assert first != dict(zip(names, trains(names, 0.5, 2).tolist(), strict=True))


def test_larger_share_keeps_those_of_the_smaller() -> None:
    names = [f"s{k}" for k in range(500)]
    small, large = trains(names, 0.2, 1), trains(names, 0.6, 1)
    assert (large | ~small).all()
    assert 0.5 < large.mean() < 0.7


def test_scores_without_subjects_cannot_be_parted() -> None:
    with pytest.raises(NotMeasurable) as missing:
        split(from_arrays([1.0], [0.0]), 0.5, 1)
    assert missing.value.code == "no_subjects"


def test_other_values_keep_the_comparisons() -> None:
    scores = people_scores(10)
    turned = with_values(scores, -scores.mated.values, -scores.nonmated.values)
    assert turned.mated.probe is scores.mated.probe
    assert np.array_equal(turned.nonmated.values, -scores.nonmated.values)


def test_distances_stay_what_they_are_in_a_part_and_not_with_other_values() -> None:
    parts = split(replace(people_scores(), distances=True), 0.5, 3)
    assert parts.train.distances
    assert parts.test.distances
    assert not with_values(parts.test, parts.test.mated.values, parts.test.nonmated.values).distances


def test_selection_counts_what_it_holds() -> None:
    scores = people_scores(10)
    chosen = selected(scores, scores.mated.values > 3, scores.nonmated.values > 0)
    assert chosen.mated_planned == len(chosen.mated) == int((scores.mated.values > 3).sum())
