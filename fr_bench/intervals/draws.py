"""Statistics of weighted draws: what FNMR at a FMR, the EER and the rates would be had the subjects weighed otherwise.

A draw weighs subjects, never copies a score: mated comparisons weigh w_i, nonmated ones w_i w_j. Of the nonmated scores
only the tail is needed, those at or above a floor, each with both subjects; how much weight all nonmated comparisons
have is known from the design. Decisions (which comparison brings the weighted FMR above its target) are made in whole
numbers for `double` and `multinomial` weights: every value is that of the comparisons repeated as often as they weigh.

A draw that would need scores below the floor has no value: it is NaN, and whoever makes an interval of it must
say `tail_too_short` instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.intervals.prefixes import (
    Amounts,
    BitPrefixes,
    Codes,
    Places,
    Prefixes,
    WeightPrefixes,
    first_above,
    weight_at,
)
from fr_bench.intervals.tails import Mated, Searches, Tail, of_one_type
from fr_bench.intervals.weights import WORD, Kind, Weights, Words, subject_bits, unpacked, weights

Statistic = NDArray[np.float64]

REDRAWN_SHARE = 0.01
"""With more unusable draws than this share there are too few subjects for an interval from draws."""
MOST_ATTEMPTS = 1000
TOO_FEW_SUBJECTS = "too_few_subjects"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Drawn:
    """Both classes under the weights of every draw: what all statistics are read from.

    draws              B
    nonmated, mated    (B,) weight of all comparisons made, kept or below the floor; never 0. `double` weights are
                       counted in comparisons that weigh anything, other kinds as they are
    above              weight of the tail's first k comparisons
    below              weight of the lowest k mated comparisons
    whole              weights are whole numbers
    redrawn            how often a draw had no mated or no nonmated weight and was drawn again
    """

    tail: Tail
    lowest: Mated
    draws: int
    nonmated: Amounts
    mated: Amounts
    above: Prefixes
    below: Prefixes
    whole: bool
    redrawn: int
    source: Words | Weights = field(repr=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """`too_few_subjects` where more than 1 % of the draws could not be used."""
        return (TOO_FEW_SUBJECTS,) if self.redrawn > REDRAWN_SHARE * self.draws else ()

    @property
    def unit(self) -> float:
        """What a subject that counts weighs, so that the mean weight is 1: bits stand for weights of 0 and 2."""
        return 2.0 if self.source.dtype == np.uint64 else 1.0

    def weights(self) -> Iterator[tuple[slice, Weights]]:
        """The subjects' weights, 64 draws at a time: (n, 64), in units of `unit`, as `mated` is."""
        for start in range(0, self.draws, WORD):
            stop = min(start + WORD, self.draws)
            yield slice(start, stop), _columns(self.source, start, stop)


def draw(tail: Tail, mated: Mated, names: Sequence[str], *, draws: int, seed: int, kind: Kind = "double") -> Drawn:
    """Weigh the subjects `draws` times and count both lists once.

    `names` are the subjects' names by code: weights are keyed by them. Raises ValueError where one class is empty, and
    where names and codes do not fit.

    >>> from fr_bench.intervals.design import AllPairs
    >>> tail = Tail.of([0.3, 0.5, 0.4], [0, 0, 1], [1, 2, 2], AllPairs([1, 1, 1]))
    >>> drawn = draw(tail, Mated.of([0.4, 0.6, 0.9], [0, 1, 2], people=3), ["Kim", "Lee", "Park"], draws=4, seed=1)
    >>> fnmr_at_fmr_draws(drawn, [Fraction(1, 2)]).shape
    (4, 1)
    """
    if not tail.design.total or not len(mated.scores):
        raise ValueError(f"{tail.design.total} nonmated and {len(mated.scores)} mated comparisons to draw from")
    if not len(names) == tail.design.subjects == len(mated.counts):
        raise ValueError(f"{len(names)} names, {tail.design.subjects} and {len(mated.counts)} subjects")
    source, redrawn = _usable(tail, mated, names, draws, seed, kind)
    return weighed(tail, mated, source, draws=draws, redrawn=redrawn, whole=kind != "exponential")


def weighed(tail: Tail, mated: Mated, source: Words | Weights, *, draws: int, whole: bool, redrawn: int = 0) -> Drawn:
    """As `draw`, with weights that are given: bits (n, words), or numbers (n, draws) >= 0.

    With numbers all 1 every statistic is that of the comparisons as they are. `whole`: they are whole numbers.
    """
    tail, mated = of_one_type(tail, mated)
    nonmated_weight, mated_weight = _totals(tail, mated, source, draws)
    if not (nonmated_weight > 0).all() or not (mated_weight > 0).all():
        raise ValueError("a draw without mated or nonmated weight")
    above, below = (_prefixes(source, c, d, draws) for c, d in ((tail.first, tail.second), (mated.subjects, None)))
    return Drawn(
        tail=tail, lowest=mated, draws=draws, nonmated=nonmated_weight, mated=mated_weight, above=above, below=below,
        whole=whole, redrawn=redrawn, source=source,
    )  # fmt: skip


def fmr_draws(drawn: Drawn, thresholds: ArrayLike) -> Statistic:
    """FMR at fixed thresholds, (B, thresholds): for intervals by name; the default at a fixed threshold needs no draws.

    Raises ValueError for a threshold below the floor.
    """
    given = np.asarray(thresholds, dtype=np.float64)
    if (given < drawn.tail.floor).any():
        raise ValueError(f"a threshold below the floor {drawn.tail.floor}")
    return _shares(drawn.above.common(drawn.tail.at_least(given)).T, drawn.nonmated[:, None])


def fnmr_draws(drawn: Drawn, thresholds: ArrayLike) -> Statistic:
    """FNMR at fixed thresholds, (B, thresholds)."""
    places = drawn.lowest.below(np.asarray(thresholds, dtype=np.float64))
    return _shares(drawn.below.common(places).T, drawn.mated[:, None])


def fnmr_at_fmr_draws(drawn: Drawn, targets: Sequence[Fraction]) -> Statistic:
    """FNMR at the smallest threshold whose weighted FMR is at most each target, (B, targets).

    The largest nonmated score that must be rejected is the first, from the top, that brings the weight above the
    target; every mated score up to it is rejected too. Ties need nothing more. NaN where that score lies below the
    floor. Raises ValueError for a target outside (0, 1).
    """
    found = np.full((drawn.draws, len(targets)), np.nan)
    for column, target in enumerate(targets):
        places = first_above(drawn.above, allowed_weight(drawn, target))
        inside = np.flatnonzero(places < drawn.above.length)
        rejected = -drawn.tail.keys[places[inside]]
        wrong = weight_at(drawn.below, drawn.lowest.up_to(rejected), inside)
        found[inside, column] = _shares(wrong, drawn.mated[inside])
    return found


def fnir_at_fpir_draws(drawn: Drawn, targets: Sequence[Fraction]) -> Statistic:
    """FNIR at the smallest threshold whose weighted FPIR is at most each target, (B, targets).

    The same count as `fnmr_at_fmr_draws`, of searches: the tail holds the best candidate of every nonmated search with
    design `Searches`, the mated scores are those of the best mates. NaN below the floor.
    """
    if not isinstance(drawn.tail.design, Searches):
        raise ValueError("FNIR at FPIR is counted over searches")
    return fnmr_at_fmr_draws(drawn, targets)


def allowed_weight(drawn: Drawn, target: Fraction) -> Amounts:
    """(B,) how much false-match weight a target allows: the largest whole number where weights are whole."""
    if not 0 < target < 1:
        raise ValueError(f"target {target} is not inside (0, 1)")
    if not drawn.whole:
        return drawn.nonmated * float(target)
    whole = [int(weight) * target.numerator // target.denominator for weight in drawn.nonmated]
    return np.array(whole, dtype=drawn.nonmated.dtype)


def _shares(weight: Amounts, total: Amounts) -> Statistic:
    """Weight over weight, rounded once: below 2^53 the numbers themselves are exact."""
    return weight.astype(np.float64) / total.astype(np.float64)


def _usable(
    tail: Tail, mated: Mated, names: Sequence[str], draws: int, seed: int, kind: Kind
) -> tuple[Words | Weights, int]:
    """Weights whose every draw has mated and nonmated weight, and how many draws were thrown away for it.

    A draw is made again from another stream of the same names, so what the others get does not change.
    """
    source = _drawn_weights(kind, names, draws, seed, 0)
    redrawn = 0
    for attempt in range(1, MOST_ATTEMPTS):
        empty = np.flatnonzero(np.minimum(*_totals(tail, mated, source, draws)) <= 0)
        if not len(empty):
            return source, redrawn
        redrawn += len(empty)
        _replace(source, _drawn_weights(kind, names, draws, seed, attempt), empty)
    raise ValueError(f"no draw with mated and nonmated weight in {MOST_ATTEMPTS} attempts")


def _drawn_weights(kind: Kind, names: Sequence[str], draws: int, seed: int, attempt: int) -> Words | Weights:
    if kind == "double":
        return subject_bits(names, draws, seed, attempt=attempt)
    return weights(kind, names, draws, seed, attempt=attempt)


def _replace(source: Words | Weights, other: Words | Weights, draws: Places) -> None:
    """Take the columns of `draws` from `other`, in place."""
    if source.dtype != np.uint64:
        source[:, draws] = other[:, draws]
        return
    mask = np.zeros(source.shape[1], dtype=np.uint64)
    np.bitwise_or.at(mask, draws // WORD, np.uint64(1) << (draws % WORD).astype(np.uint64))
    words, others = cast(Words, source), cast(Words, other)
    words &= ~mask
    words |= others & mask


def _totals(tail: Tail, mated: Mated, source: Words | Weights, draws: int) -> tuple[Amounts, Amounts]:
    """(B,) weight of all nonmated and of all mated comparisons."""
    nonmated_weight, mated_weight = np.empty(draws), np.empty(draws)
    for start in range(0, draws, WORD):
        stop = min(start + WORD, draws)
        columns = _columns(source, start, stop)
        nonmated_weight[start:stop] = tail.design.weighted(columns)
        mated_weight[start:stop] = Searches(mated.counts).weighted(columns)
    if source.dtype != np.uint64:
        return nonmated_weight, mated_weight
    return np.rint(nonmated_weight).astype(np.int64), np.rint(mated_weight).astype(np.int64)


def _columns(source: Words | Weights, start: int, stop: int) -> Weights:
    """(n, stop - start) the weights of some draws, at most a word of bits."""
    if source.dtype != np.uint64:
        return cast(Weights, source[:, start:stop])
    return unpacked(cast(Words, source[:, start // WORD : start // WORD + 1]), stop - start)


def _prefixes(source: Words | Weights, first: Codes, second: Codes | None, draws: int) -> Prefixes:
    if source.dtype == np.uint64:
        return BitPrefixes.of(cast(Words, source), first, second, draws)
    return WeightPrefixes.of(cast(Weights, source), first, second)
