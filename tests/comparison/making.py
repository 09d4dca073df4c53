"""Data sets and templates for the tests of comparisons, and a slow oracle written from the definitions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import RecognizerSummary
from fr_bench.records import Card, ComparisonPlan, Dataset, Failure, ListedPairs, Roles, ScoreSet, TemplateSet


def data_set(
    subjects: Sequence[str],
    *,
    pairs: Iterable[tuple[int, int, bool, int]] | None = None,
    roles: tuple[Sequence[int], Sequence[int]] | None = None,
) -> Dataset:
    """A data set without pictures: pairs are (probe, reference, mated, fold), roles (references, probes)."""
    listed = None
    if pairs is not None:
        rows = list(pairs)
        listed = ListedPairs(
            probe=np.array([r[0] for r in rows], dtype=np.int32),
            reference=np.array([r[1] for r in rows], dtype=np.int32),
            mated=np.array([r[2] for r in rows], dtype=bool),
            fold=np.array([r[3] for r in rows], dtype=np.int16),
        )
    return Dataset(
        name="made",
        format="folder",
        card=Card(name="made", format="folder", root=Path()),
        sample_ids=tuple(f"sample{i:05d}" for i in range(len(subjects))),
        subjects=tuple(subjects),
        sources=(None,) * len(subjects),
        pairs=listed,
        roles=None if roles is None else Roles(
            reference=np.array(roles[0], dtype=np.int32), probe=np.array(roles[1], dtype=np.int32)
        ),
    )  # fmt: skip


def template_set(
    vectors: NDArray[Any], *, failed: Iterable[int] = (), comparison: Literal["cosine", "euclidean"] = "cosine"
) -> TemplateSet:
    """Templates as they are given; the rows of failed samples are zero."""
    rows = np.array(vectors, dtype=np.float32)
    failures = {int(i): Failure("detect", "no_face") for i in failed}
    rows[list(failures)] = 0
    return TemplateSet(
        vectors=rows,
        sample_ids=tuple(f"sample{i:05d}" for i in range(len(rows))),
        failures=failures,
        comparison=comparison,
        recognizer=RecognizerSummary(
            name="made", version="1", digest="", provider="cpu", batch_size=1, dimension=rows.shape[1],
            comparison=comparison,
        ),
    )  # fmt: skip


def faces(subjects: Sequence[str], dimension: int = 32, *, seed: int = 1, alike: float = 0.6) -> NDArray[np.float32]:
    """Unit vectors scattered about a direction for each subject."""
    rng = np.random.default_rng(seed)
    names = {name: rng.standard_normal(dimension) for name in sorted(set(subjects))}
    rows = np.array([alike * names[s] + (1 - alike) * rng.standard_normal(dimension) for s in subjects])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def some_subjects(count: int, people: int, *, seed: int = 2) -> list[str]:
    """Subjects of `count` samples in no particular order; some have many samples, some one."""
    rng = np.random.default_rng(seed)
    return [f"s{int(people * u**1.5):04d}" for u in rng.random(count)]


def slow_score(a: NDArray[np.float32], b: NDArray[np.float32], comparison: str) -> float:
    """The score of two templates by rational arithmetic: sum, one rounding to float64, (root,) one to float32."""
    one, other = [Fraction(float(x)) for x in a], [Fraction(float(x)) for x in b]
    if comparison == "cosine":
        return float(np.float32(float(sum((x * y for x, y in zip(one, other, strict=True)), Fraction(0)))))
    square = float(sum(((x - y) ** 2 for x, y in zip(one, other, strict=True)), Fraction(0)))
    return 0.0 - float(np.float32(math.sqrt(square)))


Found = dict[tuple[int, int], float]
"""Score by (reference sample or number, probe sample)."""


def slow_all(plan: ComparisonPlan, templates: TemplateSet) -> tuple[Found, Found]:
    """Mated and nonmated scores of an "all" plan by (reference, probe), each computed by itself."""
    found: tuple[Found, Found] = {}, {}
    present = templates.has_template
    for reference in range(len(plan.subject)):
        for probe in range(reference + 1, len(plan.subject)):
            if present[reference] and present[probe]:
                kind = found[0 if plan.subject[reference] == plan.subject[probe] else 1]
                kind[reference, probe] = slow_score(
                    templates.vectors[reference], templates.vectors[probe], templates.comparison
                )
    return found


def by_cell(scores: ScoreSet) -> tuple[Found, Found]:
    """Mated and kept nonmated scores by (reference, probe)."""
    return tuple(
        {(int(r), int(p)): float(v) for r, p, v in zip(part.reference, part.probe, part.values, strict=True)}
        for part in (scores.mated, scores.nonmated)
    )  # type: ignore[return-value]


def fields(record: Any) -> list[Any]:
    """The fields of a record of arrays, in a form that compares bit by bit."""
    values = [] if record is None else [getattr(record, name) for name in record.__slots__]
    return [v.tobytes() if isinstance(v, np.ndarray) else v for v in values]


def content(scores: ScoreSet) -> list[Any]:
    """All that a score set says, in a form that compares bit by bit."""
    parts: list[Any] = []
    for side in (scores.mated, scores.nonmated):
        for array in (side.values, side.probe, side.reference, side.fold):
            parts.append(None if array is None else (array.dtype.str, array.tobytes()))
    rest = scores.rest
    if rest is not None:
        parts += [rest.count, rest.sum, rest.squares, rest.subjects]
        parts += [None if a is None else a.tobytes() for a in (rest.at, rest.below, rest.up_to)]
        parts += fields(rest.by_subject)
    parts += fields(scores.crossing) + fields(scores.searches)
    if scores.drawn is not None:
        parts += [scores.drawn.edges.tobytes(), scores.drawn.counts.tobytes()]
    return [*parts, scores.floor, scores.mated_failed, scores.nonmated_failed, scores.mated_planned,
            scores.nonmated_planned]  # fmt: skip
