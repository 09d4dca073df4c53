"""Searches for the tests: made of plain lists, and a slow answer to each by fractions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fr_bench.records import Party, Scores, ScoreSet, Searches

One = tuple[bool, Sequence[float], Sequence[float]]
"""A search: whether it is mated, the scores of its mates, the scores of the other identities."""


def searches_of(
    rows: Sequence[One], *, failed: Sequence[int] = (), keep: int = 20, dtype: Any = np.float64
) -> Searches:
    """The record of searches; those that failed are given without any score."""
    gallery = max([len(others) + bool(mates) for _, mates, others in rows], default=0)
    width = max(1, min(keep, gallery))
    nonmate, who = np.full((len(rows), width), -np.inf, dtype), np.full((len(rows), width), -1, np.int32)
    mate, rank, optimistic = np.full(len(rows), -np.inf, dtype), np.zeros((2, len(rows)), np.int32), None
    for row, (_, mates, others) in enumerate(rows):
        order = sorted(range(len(others)), key=lambda k: -others[k])[:width]
        nonmate[row, : len(order)], who[row, : len(order)] = [others[k] for k in order], order
        if mates:
            mate[row] = max(mates)
            rank[:, row] = 1 + sum(s >= max(mates) for s in others), 1 + sum(s > max(mates) for s in others)
    rank, optimistic = rank
    return Searches(
        probe=np.arange(len(rows), dtype=np.int32),
        mated=np.array([mated for mated, _, _ in rows], dtype=bool),
        mate=mate,
        rank=rank.copy(),
        optimistic=optimistic.copy(),
        nonmate=nonmate,
        who=who,
        gallery=gallery,
        failed=np.isin(np.arange(len(rows)), failed),
    )


def score_set(rows: Sequence[One], subjects: Sequence[str] | None = None, **more: Any) -> ScoreSet:
    """The score set of searches, all nonmated scores kept."""
    searches = searches_of(rows, **more)
    names = tuple(subjects or (f"p{k}" for k in range(len(rows))))
    cells = [(probe, other, s) for probe, (_, _, others) in enumerate(rows) for other, s in enumerate(others)]
    mates = [(probe, s) for probe, (_, scores, _) in enumerate(rows) for s in scores]
    enrolled = max((len(others) for _, _, others in rows), default=0)
    return ScoreSet(
        mated=Scores(values=np.array([s for _, s in mates], dtype=float)),
        nonmated=Scores(
            values=np.array([s for *_, s in cells], dtype=float),
            probe=np.array([p for p, *_ in cells], dtype=np.int32),
            reference=np.array([r for _, r, _ in cells], dtype=np.int32),
        ),
        mated_planned=len(mates),
        nonmated_planned=len(cells),
        probes=Party(ids=tuple(f"probe{k}" for k in range(len(rows))), subjects=names),
        references=Party(
            ids=tuple(f"r{k}" for k in range(enrolled)), subjects=tuple(f"g{k}" for k in range(enrolled))
        ),
        searches=searches,
    )  # fmt: skip


def slow_rank(mates: Sequence[float], others: Sequence[float]) -> float:
    return 1 + sum(s >= max(mates) for s in others) if mates else float("inf")


def slow_fnir(rows: Sequence[One], threshold: float, limit: int) -> Fraction:
    mated = [row for row in rows if row[0]]
    lost = [m for _, m, o in mated if slow_rank(m, o) > limit or max(m) < threshold]
    return Fraction(len(lost), len(mated))


def slow_fpir(rows: Sequence[One], threshold: float) -> Fraction:
    asked = [others for mated, _, others in rows if not mated]
    return Fraction(sum(any(s >= threshold for s in others) for others in asked), len(asked))


def slow_fnir_at_fpir(rows: Sequence[One], target: Fraction, limit: int) -> tuple[float, Fraction]:
    """Threshold (inf for reject_all) and FNIR: every score of every search is tried, from the lowest."""
    every = [*sorted({s for _, mates, others in rows for s in (*mates, *others)}), float("inf")]
    threshold = next(t for t in every if slow_fpir(rows, t) <= target)
    return threshold, slow_fnir(rows, threshold, limit)
