"""The comparisons of two runs, matched one to one by the numbers of probe and reference.

Both runs were asked for the same comparisons of the same samples; where a sample gave no template in one of them, its
comparisons were not made there. Either they are left out on both sides, so that a difference is one of decisions alone,
or they count as a non-match on the side that could not make them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparing.sides import NOT_COMPARABLE, Side
from fr_bench.errors import UsageError
from fr_bench.records import Crossing, Floats, Indices, Party, Rest, Scores, ScoreSet

Flags = NDArray[np.bool_]
Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Matched:
    """Scores of the same comparisons by both systems; row k of `mated` is the same comparison in both.

    left_out         (mated, nonmated) comparisons of the first, and of the second run that the other did not make
    as_non_matches   (mated, nonmated) comparisons that the first, and the second run could not make, and that count as
                     a non-match there
    """

    first: ScoreSet
    second: ScoreSet
    left_out: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    as_non_matches: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))


def matched(first: Side, second: Side, *, failed_as_non_match: bool = False) -> Matched:
    """The comparisons that both runs made, or that at least one of them made.

    Raises UsageError `not_comparable` where it cannot be told which they are, or where there are none.
    """
    one, other = first.scores, second.scores
    if (one.crossing is None) != (other.crossing is None):
        raise UsageError(
            "one run says who met whom and the other does not; score both again with one version of frbench",
            code=NOT_COMPARABLE,
        )
    if one.crossing is None:
        found = _listed(one, other, failed_as_non_match)
    elif first.failed == second.failed and _same_crossing(one.crossing, cast(Crossing, other.crossing)):
        found = _rows_in_one_order(one, other)
    else:
        found = _crossed(first, second, failed_as_non_match)
    if not len(found.first.mated) or not found.first.nonmated_made:
        raise UsageError(
            f"the runs have {len(found.first.mated)} mated and {found.first.nonmated_made} nonmated comparisons in "
            "common; a comparison of systems needs both",
            code=NOT_COMPARABLE,
        )
    return found


def keys_of(scores: Scores, probes: int, references: int) -> Keys:
    """A number for each comparison by its probe and reference; a comparison that is listed k times has k numbers."""
    probe, reference = (_indices(side).astype(np.int64) for side in (scores.probe, scores.reference))
    keys = probe * references + reference
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(keys) else np.zeros(0, dtype=np.bool_)
    if first.all():
        return keys
    starts = np.maximum.accumulate(np.where(first, np.arange(len(keys)), 0))
    occurrence = np.empty(len(keys), np.int64)
    occurrence[order] = np.arange(len(keys)) - starts
    numbered: Keys = keys + occurrence * (probes * references)
    return numbered


def _same_crossing(one: Crossing, other: Crossing) -> bool:
    return (
        one.subjects == other.subjects
        and one.unordered == other.unordered
        and np.array_equal(one.references, other.references)
        and np.array_equal(one.probes, other.probes)
    )


def _rows_in_one_order(one: ScoreSet, other: ScoreSet) -> Matched:
    """Both runs made the same comparisons: only the order of the mated rows is made sure of."""
    if _same_rows(one.mated, other.mated):
        return Matched(first=one, second=other)
    keys = [keys_of(s.mated, *sizes_of(one)) for s in (one, other)]
    order = [np.argsort(k, kind="stable") for k in keys]
    if not np.array_equal(keys[0][order[0]], keys[1][order[1]]):
        raise UsageError(
            "the runs made other mated comparisons although no sample failed in one of them only", code=NOT_COMPARABLE
        )
    first, second = (replace(s, mated=_rows(s.mated, rows)) for s, rows in zip((one, other), order, strict=True))
    return Matched(first=first, second=second)


def _listed(one: ScoreSet, other: ScoreSet, union: bool) -> Matched:
    """Comparisons of a list: every score was kept, so every comparison is known by name."""
    if one.rest is not None or other.rest is not None:
        raise UsageError(
            "the runs counted nonmated scores below a floor without saying who met whom; score them again with this "
            "version of frbench",
            code=NOT_COMPARABLE,
        )
    mated = _aligned(one.mated, other.mated, sizes_of(one), union)
    nonmated = _aligned(one.nonmated, other.nonmated, sizes_of(one), union)
    first, second = (_score_set(s, mated.sides[k], nonmated.sides[k], None) for k, s in enumerate((one, other)))
    return _told(first, second, mated.apart, nonmated.apart, union)


def _crossed(first: Side, second: Side, union: bool) -> Matched:
    """Everybody met everybody: the comparisons that both made are those between samples with a template in both."""
    one, other = first.scores, second.scores
    present = [_present(side) for side in (first, second)]
    join = np.logical_or if union else np.logical_and
    probes, references = (join(present[0][k], present[1][k]) for k in (0, 1))
    crossing = _crossing(one, probes, references)
    mated = _aligned(one.mated, other.mated, sizes_of(one), union)
    total = _total(crossing)
    sets = [
        _score_set(s, mated.sides[k], _among(s.nonmated, probes, references), (crossing, total, s.floor))
        for k, s in enumerate((one, other))
    ]
    apart = [abs(total - s.nonmated_made) for s in (one, other)]
    if union:
        apart.reverse()
    return _told(sets[0], sets[1], mated.apart, (apart[0], apart[1]), union)


@dataclass(frozen=True, slots=True, eq=False)
class _Aligned:
    """Rows of both runs in one order, and how many each run had that the other had not."""

    sides: tuple[Scores, Scores]
    apart: tuple[int, int]


def _aligned(one: Scores, other: Scores, sizes: tuple[int, int], union: bool) -> _Aligned:
    if _same_rows(one, other):
        return _Aligned((one, other), (0, 0))
    keys = [keys_of(s, *sizes) for s in (one, other)]
    common, rows, others = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    apart = len(one) - len(common), len(other) - len(common)
    if not union:
        return _Aligned((_rows(one, rows), _rows(other, others)), apart)
    only = [np.setdiff1d(np.arange(len(s)), used) for s, used in ((one, rows), (other, others))]
    # First what both made, then what only the first, then what only the second made.
    named = [_rows(s, k) for s, k in ((one, rows), (one, only[0]), (other, only[1]))]
    values = [
        _with_failures([one.values[rows], one.values[only[0]]], len(only[1]), at=2),
        _with_failures([other.values[others], other.values[only[1]]], len(only[0]), at=1),
    ]
    probe = np.concatenate([cast(Indices, part.probe) for part in named])
    reference = np.concatenate([cast(Indices, part.reference) for part in named])
    first, second = (Scores(values=v, probe=probe, reference=reference) for v in values)
    return _Aligned((first, second), apart)


def _with_failures(parts: list[Floats], failures: int, *, at: int) -> Floats:
    """Scores with those of comparisons that could not be made, -inf, put in place `at` of the parts."""
    missing = np.full(failures, -np.inf, dtype=parts[0].dtype)
    return cast(Floats, np.concatenate([*parts[:at], missing, *parts[at:]]))


def _score_set(
    scores: ScoreSet, mated: Scores, nonmated: Scores, below: tuple[Crossing, int, float] | None
) -> ScoreSet:
    """The run's score set with these comparisons and no failed ones.

    below   who met whom, how many nonmated comparisons that are in all, and the floor above which they are kept
    """
    crossing, rest, floor, made = None, None, float("-inf"), len(nonmated)
    if below is not None:
        crossing, made, floor = below
        if made > len(nonmated):
            # Comparisons that could not be made lie below every score that was.
            lowest = float(nonmated.values.min()) if len(nonmated) else 0.0
            floor = floor if floor != float("-inf") else lowest
            rest = Rest(count=made - len(nonmated))
        elif floor != float("-inf"):
            rest = Rest(count=0)
    return ScoreSet(
        mated=mated,
        nonmated=nonmated,
        mated_planned=len(mated),
        nonmated_planned=made,
        floor=floor,
        rest=rest,
        probes=scores.probes,
        references=scores.references,
        crossing=crossing,
        labels=scores.labels,
        distances=scores.distances,
    )


def _told(first: ScoreSet, second: ScoreSet, mated: tuple[int, int], nonmated: tuple[int, int], union: bool) -> Matched:
    apart = (mated[0], nonmated[0]), (mated[1], nonmated[1])
    if union:
        return Matched(first=first, second=second, as_non_matches=(apart[1], apart[0]))
    return Matched(first=first, second=second, left_out=apart)


def _present(side: Side) -> tuple[Flags, Flags]:
    """Which probes and which references have a template, by the run's list of failed samples.

    The number of them by subject was recorded apart from that list; the two must agree.
    """
    scores, failed = side.scores, side.failed
    probes, references = (
        np.array([name not in failed for name in cast(Party, party).ids], dtype=np.bool_)
        for party in (scores.probes, scores.references)
    )
    if not _same_crossing(_crossing(scores, probes, references), cast(Crossing, scores.crossing)):
        raise UsageError(
            "samples failed in one run only, and references are made of several samples, so that it cannot be told "
            "which comparisons both runs made; compare runs whose references are single samples",
            code=NOT_COMPARABLE,
        )
    return probes, references


def _crossing(scores: ScoreSet, probes: Flags, references: Flags) -> Crossing:
    """Who met whom among some of the probes and references, subjects without either left out."""
    known = cast(Crossing, scores.crossing)
    sides = [
        _by_name(cast(Party, party).subjects, flags)
        for party, flags in ((scores.references, references), (scores.probes, probes))
    ]
    names = tuple(sorted({*sides[0], *sides[1]}))
    counts = [np.array([side.get(name, 0) for name in names], dtype=np.int64) for side in sides]
    return Crossing(subjects=names, references=counts[0], probes=counts[1], unordered=known.unordered)


def _by_name(subjects: tuple[str, ...], flags: Flags) -> dict[str, int]:
    counts: dict[str, int] = {}
    for k in np.flatnonzero(flags).tolist():
        counts[subjects[k]] = counts.get(subjects[k], 0) + 1
    return counts


def _total(crossing: Crossing) -> int:
    """Nonmated comparisons of a crossing."""
    references, probes = crossing.references.tolist(), crossing.probes.tolist()
    met = sum(references) * sum(probes) - sum(r * p for r, p in zip(references, probes, strict=True))
    return int(met // 2 if crossing.unordered else met)


def _among(scores: Scores, probes: Flags, references: Flags) -> Scores:
    """The scores between some of the probes and some of the references."""
    kept = probes[_indices(scores.probe)] & references[_indices(scores.reference)]
    return scores if kept.all() else _rows(scores, np.flatnonzero(kept))


def _rows(scores: Scores, rows: NDArray[np.intp]) -> Scores:
    return Scores(
        values=scores.values[rows], probe=_indices(scores.probe)[rows], reference=_indices(scores.reference)[rows]
    )


def _same_rows(one: Scores, other: Scores) -> bool:
    return np.array_equal(_indices(one.probe), _indices(other.probe)) and np.array_equal(
        _indices(one.reference), _indices(other.reference)
    )


def _indices(column: Indices | None) -> Indices:
    if column is None:
        raise ValueError("a comparison that does not name its samples")
    return column


def sizes_of(scores: ScoreSet) -> tuple[int, int]:
    """How many probes and references there are."""
    return len(cast(Party, scores.probes).ids), len(cast(Party, scores.references).ids)
