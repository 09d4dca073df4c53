"""On how many subjects each class of comparisons rests; unknown where one class does not say."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.metrics.subjects import SubjectCounts, subject_counts
from fr_bench.records import Party, Scores, ScoreSet

PARTY = Party(ids=("a1", "a2", "b1", "c1"), subjects=("a", "a", "b", "c"))


def scored(*, mated_ids: bool = True, nonmated_ids: bool = True, party: Party | None = PARTY) -> ScoreSet:
    def rows(probe: list[int], reference: list[int], with_ids: bool) -> Scores:
        numbers = [np.array(side, dtype=np.int32) if with_ids else None for side in (probe, reference)]
        return Scores(values=np.full(len(probe), 0.5), probe=numbers[0], reference=numbers[1])

    return ScoreSet(
        mated=rows([0], [1], mated_ids),
        nonmated=rows([0, 1], [2, 2], nonmated_ids),
        mated_planned=1,
        nonmated_planned=2,
        probes=party,
        references=party,
    )


def test_a_subject_counts_once_however_many_comparisons_it_is_in() -> None:
    assert subject_counts(scored()) == SubjectCounts(mated=1, nonmated=2)


@pytest.mark.parametrize("ids", [(True, False), (False, True), (False, False)])
def test_one_class_without_ids_leaves_both_unknown(ids: tuple[bool, bool]) -> None:
    assert subject_counts(scored(mated_ids=ids[0], nonmated_ids=ids[1])) is None


def test_nobody_named_is_nobody_counted() -> None:
    assert subject_counts(scored(party=None)) is None
