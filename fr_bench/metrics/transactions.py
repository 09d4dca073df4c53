"""Transactions: what a policy of several attempts makes of single comparisons, FAR and FRR.

A transaction is one claim of one identity with up to n attempts, accepted if any of them is (best of n). It is made of
consecutive probes of one subject against one reference, in the order of their ids, in disjoint groups of n; probes that
fill no group are left out and told. An attempt without a template was made and not accepted. FAR and FRR are of
references that could be enrolled; GFAR and GFRR count claims against the others, too: nobody is accepted there.

Source: ISO/IEC 19795-1, false accept rate and false reject rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import REJECT_ALL, Threshold
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.numerals import grouped
from fr_bench.records import Party, Scores, ScoreSet

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
MOST = 20_000_000
"""Attempts that are put in order: above it the memory of a small machine would not do."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Transactions:
    """Complete transactions of one class, in an order that does not depend on that of the scores.

    best               (t,) the highest score of the attempts; NaN where every attempt failed
    probe, reference   (t,) codes into `subjects` of who claimed and of whose reference
    subjects           names, sorted
    left_out           attempts that fill no transaction
    """

    best: NDArray[np.float64]
    probe: Whole
    reference: Whole
    subjects: tuple[str, ...]
    left_out: int

    def accepted(self, threshold: Threshold) -> Flags:
        """(t,) where any attempt is at or above the threshold."""
        if threshold == REJECT_ALL:
            return np.zeros(len(self.best), dtype=np.bool_)
        return np.asarray(self.best >= float(threshold))


@dataclass(frozen=True, slots=True, eq=False)
class _Attempts:
    """Comparisons by number of probe and of reference; NaN: the attempt failed."""

    probe: Whole
    reference: Whole
    score: NDArray[np.float64]


def transactions(scores: ScoreSet, attempts: int, *, mated: bool, enrolled: bool = True) -> Transactions:
    """The transactions of so many attempts each, of mated or of nonmated comparisons.

    enrolled   True: claims against references without a template are left out; False: they are there, and rejected

    Raises NotMeasurable: `no_subjects`, `below_floor`, `failures_unknown` where comparisons failed and it is not known
    whose, `no_transactions` where nobody has as many probes.
    """
    if scores.probes is None or scores.references is None:
        raise NotMeasurable(
            "the scores do not say whose probes met which references: transactions cannot be formed", code="no_subjects"
        )
    if not mated and scores.floor != float("-inf"):
        raise NotMeasurable(
            "nonmated scores below the floor were not kept, so it is not known which attempts stand together",
            code="below_floor",
        )
    made = _made(scores.mated if mated else scores.nonmated)
    failed = scores.mated_failed if mated else scores.nonmated_failed
    if len(made.score) + failed > MOST:
        raise NotMeasurable(f"more than {grouped(MOST)} attempts are not put in order", code="too_large")
    if failed:
        lost = _failed(scores, mated=mated, enrolled=enrolled)
        made = _Attempts(
            *(np.concatenate([getattr(made, name), getattr(lost, name)]) for name in ("probe", "reference", "score"))
        )
    return _grouped(made, scores.probes, scores.references, attempts)


def _made(scores: Scores) -> _Attempts:
    if scores.probe is None or scores.reference is None:
        raise NotMeasurable("the scores name no probes and references", code="no_subjects")
    return _Attempts(
        scores.probe.astype(np.int64), scores.reference.astype(np.int64), scores.values.astype(np.float64)
    )  # fmt: skip


def _grouped(made: _Attempts, probes: Party, references: Party, attempts: int) -> Transactions:
    """Disjoint groups of consecutive attempts of one subject against one reference."""
    names = tuple(sorted({*probes.subjects, *references.subjects}))
    code = {name: k for k, name in enumerate(names)}
    subject = np.array([code[name] for name in probes.subjects], dtype=np.int64)
    other = np.array([code[name] for name in references.subjects], dtype=np.int64)
    order = np.lexsort(
        (made.score, _ranks(probes)[made.probe], subject[made.probe], _ranks(references)[made.reference])
    )
    probe, reference, score = made.probe[order], made.reference[order], made.score[order]
    claimed = subject[probe]
    another = (reference[1:] != reference[:-1]) | (claimed[1:] != claimed[:-1])
    starts = np.flatnonzero(np.append(True, another))
    sizes = np.diff(np.append(starts, len(score)))
    place = np.arange(len(score)) - np.repeat(starts, sizes)
    complete = place < np.repeat(sizes // attempts * attempts, sizes)
    if not complete.any():
        raise NotMeasurable(
            f"nobody has {attempts} probes against one reference: no transaction of {attempts} attempts can be formed",
            code="no_transactions",
        )
    rows = score[complete].reshape(-1, attempts)
    silent = np.isnan(rows).all(axis=1)
    best = np.where(silent, np.nan, np.max(np.where(np.isnan(rows), -np.inf, rows), axis=1))
    first = np.flatnonzero(complete)[::attempts]
    return Transactions(
        best=best,
        probe=claimed[first],
        reference=other[reference[first]],
        subjects=names,
        left_out=int(len(score) - np.count_nonzero(complete)),
    )


def _ranks(party: Party) -> Whole:
    """The place of each number among the ids in order."""
    ranks = np.empty(len(party.ids), dtype=np.int64)
    ranks[sorted(range(len(party.ids)), key=lambda k: (party.ids[k], k))] = np.arange(len(party.ids))
    return ranks


def _failed(scores: ScoreSet, *, mated: bool, enrolled: bool) -> _Attempts:
    """The comparisons that a plan without a list made impossible: every reference was to meet every probe.

    Raises NotMeasurable `failures_unknown` where the plan was a list, or the numbers do not fit.
    """
    unknown = NotMeasurable(
        "comparisons failed, and the scores do not say which: transactions cannot be formed",
        code="failures_unknown",
    )
    if scores.probes is None or scores.references is None or scores.crossing is None:
        raise unknown
    has_probe, has_reference = _with_template(scores)
    if len(scores.probes.ids) * len(scores.references.ids) > 10 * MOST:
        raise unknown
    code = {name: k for k, name in enumerate({*scores.probes.subjects, *scores.references.subjects})}
    claimed, named = (np.array([code[name] for name in party.subjects]) for party in (scores.probes, scores.references))
    same = claimed[:, None] == named[None, :]
    planned = same if mated else ~same
    if scores.crossing.unordered:
        planned &= np.tri(len(same), k=-1, dtype=np.bool_)
    failed = planned & ~(has_probe[:, None] & has_reference[None, :])
    if int(np.count_nonzero(failed)) != (scores.mated_failed if mated else scores.nonmated_failed):
        raise unknown
    if enrolled:
        failed &= has_reference[None, :]
    probe, reference = np.nonzero(failed)
    return _Attempts(probe.astype(np.int64), reference.astype(np.int64), np.full(len(probe), np.nan))


def _with_template(scores: ScoreSet) -> tuple[Flags, Flags]:
    """Which probes, and which references, stand in a comparison that was made: these have a template."""
    if scores.probes is None or scores.references is None or scores.crossing is None:
        raise ValueError("who met whom is not known")
    probe = np.zeros(len(scores.probes.ids), dtype=np.bool_)
    reference = np.zeros(len(scores.references.ids), dtype=np.bool_)
    for side in (scores.mated, scores.nonmated):
        made = _made(side)
        probe[made.probe] = True
        reference[made.reference] = True
    if scores.crossing.unordered:
        probe = reference = probe | reference
    return probe, reference
