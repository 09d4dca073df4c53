"""The comparisons worth a look, against a plain sort of all of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fr_bench.metrics.notable import worst
from fr_bench.records import Party, Scores, ScoreSet

PROBES = Party(ids=("p3", "p1", "p4", "p2"), subjects=("c", "a", "d", "b"))
REFERENCES = Party(ids=("r2", "r5", "r1", "r4", "r3"), subjects=("b", "e", "a", "d", "c"))
CELLS = list(itertools.product(range(4), range(5)))


def drawn(seed: int, levels: int) -> ScoreSet:
    """Every probe with every reference, in any order, their scores tied to so many levels."""
    rng = np.random.default_rng(seed)
    cells = [CELLS[k] for k in rng.permutation(len(CELLS))]

    def part(mated: bool) -> Scores:
        chosen = [(p, r) for p, r in cells if (PROBES.subjects[p] == REFERENCES.subjects[r]) == mated]
        probe, reference = (np.array(side, dtype=np.int32) for side in zip(*chosen, strict=True))
        return Scores(values=rng.integers(0, levels, len(chosen)) / 8, probe=probe, reference=reference)

    return ScoreSet(
        mated=part(True), nonmated=part(False), mated_planned=4, nonmated_planned=16, probes=PROBES,
        references=REFERENCES,
    )  # fmt: skip


def slow(part: Scores, count: int, *, highest: bool) -> list[tuple[float, str, str]]:
    assert part.probe is not None
    assert part.reference is not None
    rows = [
        (score, PROBES.ids[p], REFERENCES.ids[r])
        for score, p, r in zip(part.values.tolist(), part.probe.tolist(), part.reference.tolist(), strict=True)
    ]
    return sorted(rows, key=lambda row: (-row[0] if highest else row[0], row[1], row[2]))[:count]


@pytest.mark.parametrize("count", [1, 2, 5, 11, 16, 20])
@pytest.mark.parametrize(("seed", "levels"), [(1, 1), (2, 2), (3, 3), (4, 50)])
def test_the_worst_stand_first_and_equal_ones_by_the_ids_of_probe_and_reference(
    seed: int, levels: int, count: int
) -> None:
    scores = drawn(seed, levels)
    matches, non_matches = worst(scores, count)
    assert [(n.score, n.probe, n.reference) for n in matches] == slow(scores.nonmated, count, highest=True)
    assert [(n.score, n.probe, n.reference) for n in non_matches] == slow(scores.mated, count, highest=False)
    owner = dict(zip((*PROBES.ids, *REFERENCES.ids), (*PROBES.subjects, *REFERENCES.subjects), strict=True))
    for one in (*matches, *non_matches):
        assert (one.probe_subject, one.reference_subject) == (owner[one.probe], owner[one.reference])
        assert one.mated == (one.probe_subject == one.reference_subject)


def test_nobody_is_named_where_none_is_asked_for_or_nobody_is_known() -> None:
    scores = drawn(1, 3)
    nameless = ScoreSet(mated=scores.mated, nonmated=scores.nonmated, mated_planned=4, nonmated_planned=16)
    assert worst(scores, 0) == worst(nameless) == ((), ())
    with pytest.raises(ValueError, match="-1 comparisons"):
        worst(scores, -1)
