"""The comparisons worth a look: the worst false matches and the worst false non-matches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import NotableComparison
from fr_bench.metrics.scores import as_threshold
from fr_bench.records import Floats, Indices, Party, Scores, ScoreSet


def worst(scores: ScoreSet, count: int = 20) -> tuple[tuple[NotableComparison, ...], tuple[NotableComparison, ...]]:
    """The highest nonmated and the lowest mated scores, worst first, at most `count` of each.

    Equal scores stand in the order of the probe's and then the reference's id, so the choice does not depend on the
    order of comparisons. Empty where the scores came without ids.
    """
    if count < 0:
        raise ValueError(f"{count} comparisons")
    if scores.probes is None or scores.references is None:
        return (), ()
    return (
        _first(scores.nonmated, scores.probes, scores.references, count, mated=False),
        _first(scores.mated, scores.probes, scores.references, count, mated=True),
    )


def _first(
    scores: Scores, probes: Party, references: Party, count: int, *, mated: bool
) -> tuple[NotableComparison, ...]:
    if scores.probe is None or scores.reference is None or not count or not len(scores):
        return ()
    rows = _rows(scores.values, scores.probe, scores.reference, (probes, references), count, highest=not mated)
    return tuple(
        NotableComparison(
            probe=probes.ids[p],
            reference=references.ids[r],
            probe_subject=probes.subjects[p],
            reference_subject=references.subjects[r],
            score=as_threshold(scores.values[row]),
            mated=mated,
        )
        for row in rows
        for p, r in [(int(scores.probe[row]), int(scores.reference[row]))]
    )


def _rows(
    values: Floats, probe: Indices, reference: Indices, parties: tuple[Party, Party], count: int, *, highest: bool
) -> list[int]:
    """The rows of the `count` most extreme scores, in order."""
    keys = -values if highest else values
    count = min(count, len(keys))
    limit = np.partition(keys, count - 1)[count - 1]
    certain, tied = np.flatnonzero(keys < limit), np.flatnonzero(keys == limit)
    # Ties at the limit may be all there is (a constant score): only they are ordered by their ids.
    place = [_order(party.ids) for party in parties]
    by_ids = place[0][probe[tied]] * len(parties[1].ids) + place[1][reference[tied]]
    left = count - len(certain)
    chosen = tied[np.argpartition(by_ids, left)[:left]] if left < len(tied) else tied
    rows = np.concatenate([certain, chosen])
    order = np.lexsort((rows, place[1][reference[rows]], place[0][probe[rows]], keys[rows]))
    return [int(row) for row in rows[order]]


def _order(ids: tuple[str, ...]) -> NDArray[np.int64]:
    """The place of each id among the sorted ids."""
    place = np.empty(len(ids), dtype=np.int64)
    place[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
    return place
