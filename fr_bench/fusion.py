"""Fusion of several recognizers, or of several captures: one score of several for each comparison.

The score sets are matched comparison by comparison, by the ids of probe and reference. The rule is learnt on the
comparisons of some subjects and judged on those of others: `fuse` returns the scores of the latter alone, which go to
`fr_bench.evaluate` as any other scores do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, shown
from fr_bench.findings import Analysis, Note, Table
from fr_bench.measuring import Measuring
from fr_bench.metrics.combining import RULES, Rule, RuleName, learn
from fr_bench.metrics.parts import split, with_values
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.numerals import grouped
from fr_bench.precision import Method
from fr_bench.records import Scores, ScoreSet

__all__ = ["RULES", "Fused", "analysis", "fuse"]

SEED = 20260101
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fused:
    """The fused scores of the people that the rule was not learnt on.

    rule         as learnt
    test         fused scores
    singles      the scores of each system on the same comparisons, to be measured beside them
    facts        how many subjects and comparisons trained, were judged, and belong to neither part
    notes        the same for people
    """

    rule: Rule
    test: ScoreSet
    singles: tuple[ScoreSet, ...]
    facts: dict[str, Any]
    notes: tuple[Note, ...]


def fuse(
    score_sets: Sequence[ScoreSet],
    rule: RuleName,
    *,
    train: float = 0.5,
    prior: float = 0.5,
    seed: int = SEED,
    names: Sequence[str] = (),
) -> Fused:
    """Learn a rule on a share of the subjects, and fuse the scores of all others.

    score_sets   two or more, of the same comparisons: matched by the ids of probe and reference, in any order
    rule         one of `RULES`
    train        the share of subjects to learn from, between 0 and 1; who they are hangs on `seed` and their names
    prior        what logistic regression weighs the classes to
    names        of the systems, for messages

    Raises DataError: `no_ids`, `other_comparisons` where the sets do not hold the same comparisons, `below_floor`,
    `conflicting_duplicates`, `infinite_score`, `constant_scores`, `too_few_to_train`; ValueError for fewer than two.
    """
    if len(score_sets) < 2:
        raise ValueError(f"{len(score_sets)} score sets to fuse")
    called = [*names, *(f"score set {k + 1}" for k in range(len(names), len(score_sets)))]
    columns = [_aligned(score_sets[0], other, called[0], name) for other, name in zip(score_sets, called, strict=True)]
    try:
        return _fused(score_sets[0], columns, rule, train=train, prior=prior, seed=seed)
    except NotMeasurable as missing:
        raise DataError(f"fusion of {len(score_sets)} systems: {missing.reason}", code=missing.code) from None


def analysis(fused: Fused, measures: Sequence[str], names: Sequence[str], method: Method) -> Analysis:
    """What fusion gains: each system alone and all together, measured on the same comparisons of the same people.

    names   of the systems, in order
    """
    rows: list[tuple[str | float | None, ...]] = []
    for name, scores in [*zip(names, fused.singles, strict=True), ("fused", fused.test)]:
        measured = Measuring.of(scores, measures, method, likelihoods=scores is fused.test and fused.rule.likelihoods)
        for text in measures:
            found = measured.measure(text)
            limits = (found.interval.low, found.interval.high) if found.interval else (None, None)
            rows.append((name, text, found.value, *limits, found.unit, found.reason or found.no_interval))
    columns = ("system", "measure", "value", "low", "high", "unit", "reason")
    weights = dict(zip(names, fused.rule.weights, strict=True))
    facts = {**fused.facts, "systems": list(names), "weights": weights}
    return Analysis(
        kind="fusion",
        tables=(Table(name="systems", columns=columns, rows=tuple(rows)),),
        facts=facts,
        notes=fused.notes,
    )


def _fused(
    first: ScoreSet, columns: Sequence[tuple[Vector, Vector]], name: RuleName, *, train: float, prior: float, seed: int
) -> Fused:
    # Each system's scores pass through the same split, so that rows stay matched.
    every = [split(with_values(first, mated, nonmated), train, seed) for mated, nonmated in columns]
    learnt = learn(name, *(_beside([part.train for part in every], mated) for mated in (True, False)), prior=prior)
    tests = tuple(part.test for part in every)
    fused = with_values(tests[0], learnt(_beside(tests, mated=True)), learnt(_beside(tests, mated=False)))
    parts = every[0]
    facts = {
        "rule": name,
        "systems": len(columns),
        "train_subjects": parts.subjects[0],
        "test_subjects": parts.subjects[1],
        "train_mated": len(parts.train.mated),
        "train_nonmated": len(parts.train.nonmated),
        "left_out_nonmated": parts.left_out,
        "weights": list(learnt.weights),
    }
    return Fused(rule=learnt, test=fused, singles=tests, facts=facts, notes=_notes(facts, seed))


def _beside(score_sets: Sequence[ScoreSet], mated: bool) -> Vector:
    """(n, systems) the scores of one class."""
    return np.stack([(one.mated if mated else one.nonmated).values.astype(np.float64) for one in score_sets], axis=1)


def _aligned(first: ScoreSet, other: ScoreSet, first_name: str, name: str) -> tuple[Vector, Vector]:
    """The scores of another system in the order of the first one's comparisons."""
    for one, called in ((first, first_name), (other, name)):
        if one.rest is not None and one.rest.count:
            raise DataError(
                f"{shown(called)}: {one.rest.count} nonmated scores below the floor were counted and not kept; fusion "
                "needs every score",
                code="below_floor",
            )
    mated = _in_order(first, other, first.mated, other.mated, first_name, name)
    return mated, _in_order(first, other, first.nonmated, other.nonmated, first_name, name)


def _in_order(first: ScoreSet, other: ScoreSet, wanted: Scores, given: Scores, first_name: str, name: str) -> Vector:
    keys, places = _keys(first, wanted, first_name), dict[tuple[str, str], int]()
    for place, key in enumerate(_keys(other, given, name)):
        if key in places and given.values[place] != given.values[places[key]]:
            raise DataError(
                f"{shown(name)}: the comparison of {shown(key[0])} with {shown(key[1])} stands there twice with "
                "different scores; keep one",
                code="conflicting_duplicates",
            )
        places[key] = place
    missing = [key for key in keys if key not in places]
    more = len(places.keys() - {*keys})
    if missing or more:
        example = f", such as {shown(missing[0][0])} with {shown(missing[0][1])}" if missing else ""
        raise DataError(
            f"{shown(name)} does not hold the comparisons of {shown(first_name)}: {len(missing)} of {len(keys)} are "
            f"missing{example}, and {more} are there besides; score the same comparisons with every system",
            code="other_comparisons",
        )
    return given.values[[places[key] for key in keys]].astype(np.float64)


def _keys(scores: ScoreSet, part: Scores, name: str) -> list[tuple[str, str]]:
    """The ids of probe and reference of each comparison."""
    if scores.probes is None or scores.references is None or part.probe is None or part.reference is None:
        raise DataError(
            f"{shown(name)}: the scores come without ids of probe and reference, so they cannot be matched with those "
            "of another system; give the columns (--probe, --reference)",
            code="no_ids",
        )
    probes, references = scores.probes.ids, scores.references.ids
    return [(probes[p], references[r]) for p, r in zip(part.probe.tolist(), part.reference.tolist(), strict=True)]


def _notes(facts: dict[str, Any], seed: int) -> tuple[Note, ...]:
    learnt = f"{grouped(facts['train_subjects'])} subjects ({grouped(facts['train_mated'])} mated and "
    learnt += f"{grouped(facts['train_nonmated'])} nonmated"
    text = (
        f"Fused by {facts['rule']}, learnt on {learnt} comparisons) and judged on "
        f"{grouped(facts['test_subjects'])} others; {grouped(facts['left_out_nonmated'])} nonmated comparisons between "
        f"both parts are left out. Seed of the parts: {seed}."
    )
    return (Note(level="information", code="fused", text=text),)
