"""Measures of 1:N search, closed set and open set kept apart: TPIR and CMC; FPIR, FNIR and selectivity.

Candidates are identities: several references of one subject count as one, with its best score. A mated search is that
of a probe whose subject is enrolled; the share that finds it within the first ranks (TPIR, CMC) asks only them: the set
is closed. With an open set the candidate must also reach a threshold, and nonmated searches count beside: FPIR is the
share of them that return anybody, FNIR the share of mated searches that do not return the mate.

A candidate is returned iff `score >= threshold`; ties with the mate count against it. A probe without a template
returns nobody, and stays in every denominator. All rates hold for this gallery, and say nothing of a larger one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import REJECT_ALL, Proportion, Threshold
from fr_bench.metrics.scores import NotMeasurable, as_threshold, smallest_not_below
from fr_bench.numerals import grouped, many, trials_for_one, written_target
from fr_bench.records import ScoreSet, Searches, frozen

FEW = 10
"""Fewer false positives than this hold a threshold only weakly."""
LENT = 30
"""Where errors are few, the design effect may be borrowed from so many searches that are nearest to an error."""
NEVER = np.iinfo(np.int32).max
"""The rank of a mate that was not returned: worse than every rank."""

Flags = NDArray[np.bool_]


def ranks(searches: Searches, *, optimistic: bool = False) -> NDArray[np.int32]:
    """(m,) the rank of the mate in each mated search; `NEVER` where there was none to return.

    optimistic   ties count for the mate, not against it
    """
    found = (searches.optimistic if optimistic else searches.rank)[searches.mated]
    return np.asarray(np.where(found > 0, found, NEVER), dtype=np.int32)


def tpir(searches: Searches, rank: int, *, optimistic: bool = False) -> Proportion:
    """Mated searches that return the mate at a rank of at most `rank`, of all mated ones.

    Source: ISO/IEC 19795-1, true-positive identification rate; closed set, no threshold.
    """
    if rank < 1:
        raise ValueError(f"rank {rank}")
    found = ranks(searches, optimistic=optimistic)
    return Proportion(int(np.count_nonzero(found <= rank)), len(found))


def cmc(searches: Searches, last: int, *, optimistic: bool = False) -> tuple[Proportion, ...]:
    """The cumulative match characteristic: `tpir` at the ranks 1 to `last`.

    Source: ISO/IEC 19795-1, cumulative match characteristic.
    """
    return tuple(tpir(searches, rank, optimistic=optimistic) for rank in range(1, last + 1))


def missed(searches: Searches, threshold: Threshold, rank: int) -> Flags:
    """(m,) which mated searches do not return the mate: its rank is above `rank`, or its score below the threshold."""
    if rank < 1:
        raise ValueError(f"rank {rank}")
    mate = searches.mate[searches.mated]
    return np.asarray(~((ranks(searches) <= rank) & accepted(mate, threshold)))


def returned(searches: Searches, threshold: Threshold) -> Flags:
    """(k,) which nonmated searches return anybody: their best candidate reaches the threshold."""
    asked = ~searches.mated
    return np.asarray(accepted(searches.nonmate[asked, 0], threshold) & (searches.who[asked, 0] >= 0))


def nearest_to_fail(margin: NDArray[np.floating]) -> Flags | None:
    """The LENT searches nearest to an error, from which a design effect may be borrowed; None of fewer searches.

    margin   how far each search is from an error: `margin_of_rank`, `margin_of_mate`, `margin_of_stranger`
    """
    if len(margin) < LENT:
        return None
    return np.asarray(margin <= np.partition(margin, LENT - 1)[LENT - 1])


def margin_of_rank(searches: Searches, rank: int) -> NDArray[np.floating] | None:
    """(m,) how far the mate is above the `rank`-th best other, in each mated search; None where that was not kept."""
    if not 1 <= rank <= searches.nonmate.shape[1]:
        return None
    mate, other = searches.mate[searches.mated], searches.nonmate[searches.mated, rank - 1]
    found = searches.rank[searches.mated] > 0
    with np.errstate(invalid="ignore"):  # two infinities: the mate is no better
        margin: NDArray[np.floating] = np.subtract(mate, other)
    margin[found & (other == -np.inf)] = np.inf
    margin[~found | np.isnan(margin)] = -np.inf
    return margin


def margin_of_mate(searches: Searches, rank: int) -> NDArray[np.floating]:
    """(m,) the mate's score in each mated search; -inf where the mate is not among the first `rank`."""
    mate = searches.mate[searches.mated]
    return np.where(ranks(searches) <= rank, mate, -np.inf).astype(mate.dtype)


def margin_of_stranger(searches: Searches) -> NDArray[np.floating]:
    """(k,) how far below 0 the best candidate of each nonmated search is."""
    asked = ~searches.mated
    best = searches.nonmate[asked, 0]
    return np.where(searches.who[asked, 0] >= 0, -best, np.inf).astype(best.dtype)


def fnir(searches: Searches, threshold: Threshold, rank: int) -> Proportion:
    """Mated searches that do not return the mate within `rank` at the threshold, of all mated ones.

    Source: ISO/IEC 19795-1, false-negative identification rate.
    """
    lost = missed(searches, threshold, rank)
    return Proportion(int(np.count_nonzero(lost)), len(lost))


def fpir(searches: Searches, threshold: Threshold) -> Proportion:
    """Nonmated searches that return anybody at the threshold, of all nonmated ones.

    Source: ISO/IEC 19795-1, false-positive identification rate.
    """
    wrong = returned(searches, threshold)
    return Proportion(int(np.count_nonzero(wrong)), len(wrong))


def accepted(scores: NDArray[Any], threshold: Threshold) -> Flags:
    """Which scores reach a threshold; `reject_all` none."""
    if threshold == REJECT_ALL:
        return np.zeros(scores.shape, bool)
    return np.asarray(scores >= smallest_not_below(float(threshold), scores.dtype))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPoint:
    """A threshold chosen so that FPIR stays at or below a target, and both rates there.

    allowed      how many false-positive searches the target allows: floor(target * nonmated searches)
    beyond       FPIR one candidate lower, where it exceeds the target; None where there is no such candidate
    """

    target: Fraction
    allowed: int
    rank: int
    threshold: Threshold
    fpir: Proportion
    fnir: Proportion
    beyond: Proportion | None

    @property
    def labels(self) -> tuple[str, ...]:
        """`weak_target`: under 10 searches hold the threshold. `coarse_scores`: the next step doubles the target."""
        step = self.beyond.fraction if self.beyond else None
        coarse = step is not None and step > 2 * self.target
        return ("coarse_scores",) * coarse + ("weak_target",) * (self.allowed < FEW)


def fnir_at_fpir(searches: Searches, target: Fraction, rank: int) -> SearchPoint:
    """FNIR at the smallest candidate threshold whose FPIR is at most `target` (0 < target < 1).

    Candidates are the scores that searches returned: best scores of mates, and the best others of every search; then
    `reject_all`. Raises NotMeasurable if the target allows no false positive among the nonmated searches: the threshold
    would be an extreme value of this sample.
    Source: ISO/IEC 19795-1, FNIR at a stated FPIR.
    """
    if not 0 < target < 1:
        raise ValueError(f"target {target} does not lie between 0 and 1")
    asked = ~searches.mated
    total = int(np.count_nonzero(asked))
    allowed = int(target * total)
    if not allowed:
        raise NotMeasurable(
            f"the target {written_target(target)} allows no false positive among "
            f"{many(total, 'nonmated search', 'nonmated searches')}; it needs {trials_for_one(target)} of them"
        )
    best = np.sort(searches.nonmate[asked, 0][searches.who[asked, 0] >= 0])
    # The highest score that must be rejected; None where no more than the allowed searches find anybody.
    rejected = best[len(best) - 1 - allowed] if allowed < len(best) else None
    threshold = _lowest_candidate(searches, above=rejected)
    return SearchPoint(
        target=target,
        allowed=allowed,
        rank=rank,
        threshold=threshold,
        fpir=fpir(searches, threshold),
        fnir=fnir(searches, threshold, rank),
        beyond=None if rejected is None else fpir(searches, as_threshold(rejected)),
    )


def _lowest_candidate(searches: Searches, *, above: Any) -> Threshold:
    """The lowest score that a search returned above a score, None: of all; `reject_all` where there is none."""
    returned_scores = np.concatenate([searches.mate[searches.rank > 0], searches.nonmate[searches.who >= 0]])
    if above is not None:
        returned_scores = returned_scores[returned_scores > above]
    return as_threshold(returned_scores.min()) if len(returned_scores) else REJECT_ALL


def trade(searches: Searches, rank: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every corner of the DET of search: nonmated searches that return anybody, and mated searches that miss the mate.

    From the threshold that rejects nothing to the one above the best candidate of every nonmated search; thresholds
    between two of these give no other FPIR, and no lower FNIR.

    Source: ISO/IEC 19795-1, detection error trade-off of identification.
    """
    found = searches.mate[searches.mated & (searches.rank > 0) & (searches.rank <= rank)]
    asked = ~searches.mated
    best = np.sort(searches.nonmate[asked, 0][searches.who[asked, 0] >= 0])
    rejected = np.unique(best)
    wrong = np.concatenate([[len(best)], len(best) - np.searchsorted(best, rejected, side="right")])
    kept = np.concatenate([[len(found)], len(found) - np.searchsorted(np.sort(found), rejected, side="right")])
    return wrong.astype(np.int64), (int(np.count_nonzero(searches.mated)) - kept).astype(np.int64)


def candidates(scores: ScoreSet, searches: Searches, threshold: Threshold) -> int:
    """How many identities all nonmated searches together return at a threshold. Raises what `candidates_each` does."""
    return int(candidates_each(scores, searches, threshold).sum())


def candidates_each(scores: ScoreSet, searches: Searches, threshold: Threshold) -> NDArray[np.int64]:
    """(k,) how many identities each nonmated search returns at a threshold.

    Raises NotMeasurable `below_floor` where some search returns more than were kept of it, and the scores of this
    height were not kept either.
    """
    asked = ~searches.mated
    seen = accepted(searches.nonmate[asked], threshold) & (searches.who[asked] >= 0)
    width = searches.nonmate.shape[1]
    if width >= searches.gallery or not seen[:, -1].any():
        counted: NDArray[np.int64] = np.count_nonzero(seen, axis=1).astype(np.int64)
        return counted
    kept = scores.nonmated
    if float(threshold) < scores.floor or kept.probe is None or kept.reference is None or scores.references is None:
        raise NotMeasurable(
            f"some searches return more than the {width} candidates that are kept of each at threshold {threshold!r}, "
            f"below the floor {scores.floor!r} of the scores that are kept; ask for a higher threshold",
            code="below_floor",
        )
    identity = _codes(scores.references.subjects)
    chosen = accepted(kept.values, threshold) & np.isin(kept.probe, searches.probe[asked])
    pairs = kept.probe[chosen].astype(np.int64) * len(identity) + identity[kept.reference[chosen]]
    by_probe = np.bincount(np.unique(pairs) // len(identity), minlength=int(searches.probe.max()) + 1)
    each: NDArray[np.int64] = by_probe[searches.probe[asked]].astype(np.int64)
    return each


def _codes(names: tuple[str, ...]) -> NDArray[np.int64]:
    number_of = {name: code for code, name in enumerate(sorted(set(names)))}
    return np.array([number_of[name] for name in names], dtype=np.int64)


def probe_subjects(scores: ScoreSet, searches: Searches, chosen: Flags) -> NDArray[np.int64]:
    """(k,) the number of the probe's subject of each chosen search. Raises NotMeasurable where subjects are unknown."""
    if scores.probes is None:
        raise NotMeasurable("the searches came without the subjects of their probes", code="no_subjects")
    names = tuple(scores.probes.subjects[probe] for probe in searches.probe[chosen].tolist())
    return _codes(names)


def by_probe_subject(subject: NDArray[np.int64], flags: Flags) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Flagged searches, and all searches, of each probe subject.

    >>> counts = by_probe_subject(np.array([1, 0, 1]), np.array([True, False, False]))
    >>> [array.tolist() for array in counts]
    [[0, 1], [1, 2]]
    """
    trials = np.bincount(subject)
    errors = np.bincount(subject[flags], minlength=len(trials))
    return frozen(errors.astype(np.int64)), frozen(trials.astype(np.int64))


def asked_searches(scores: ScoreSet, *, mated: bool | None = None) -> Searches:
    """The searches of a run. Raises NotMeasurable where there are none, or none of the class that is needed."""
    searches = scores.searches
    if searches is None:
        raise NotMeasurable(
            "no 1:N search was made; take plan 'search', with roles that say who is enrolled", code="no_searches"
        )
    if mated is not None and not (searches.mated == mated).any():
        raise NotMeasurable(
            f"none of the {grouped(len(searches))} searches is mated: no probe's subject is enrolled; enrol some "
            "of them"
            if mated
            else f"all {grouped(len(searches))} searches are mated, the set is closed; an open set needs probes of "
            "subjects who are not enrolled",
            code="no_mated_searches" if mated else "no_nonmated_searches",
        )
    return searches
