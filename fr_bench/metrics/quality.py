"""Image quality against recognition errors: what is left of the errors once comparisons of low quality are discarded.

The quality of a comparison is that of its poorer sample: min(quality of the reference, quality of the probe). The
error-versus-discard characteristic (EDC) keeps the threshold and discards the comparisons of lowest quality first. Of
comparisons of equal quality each is discarded with the same share: the curve is an expected value and does not depend
on the order of files. Comparisons with a sample of unknown quality are left out of both ends, and counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, shown
from fr_bench.findings import REJECT_ALL, Proportion, Threshold
from fr_bench.metrics.pair_quality import Side, nonmated_trials, sides_of
from fr_bench.metrics.scores import NotMeasurable, SortedScores, below_floor, smallest_not_below
from fr_bench.numerals import many, trials_for_one, written_target
from fr_bench.reading import parse_number, says_missing
from fr_bench.records import Floats, Party, Scores, ScoreSet

Qualities = NDArray[np.float64]
NOT_ASSESSED = -1.0
"""What OFIQ writes where it could not assess: unknown, if nothing else in the column lies below 0."""
_EXACT = 2**62


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Column:
    """One quality by sample: higher is better.

    values         (k,) float64 in the order of `ids`; NaN where it is unknown
    not_assessed   how many samples say -1 for "failure to assess"; they are among the unknown
    """

    name: str
    ids: tuple[str, ...]
    values: Qualities
    not_assessed: int

    @property
    def unknown(self) -> int:
        """Samples without a quality."""
        return int(np.isnan(self.values).sum())


def read_column(name: str, texts: Mapping[str, str]) -> Column:
    """The quality of each sample, from its text.

    texts   by sample id; "", "nan", "null" and the like: unknown

    Raises DataError `bad_number` naming column and sample for what is neither a finite number nor unknown.

    >>> found = read_column("sharpness", {"a": "71.5", "b": "", "c": "-1"})
    >>> found.values.tolist(), found.unknown, found.not_assessed
    ([71.5, nan, nan], 2, 1)
    """
    ids = tuple(texts)
    values = np.array([_number(name, sample, texts[sample]) for sample in ids], dtype=np.float64)
    sentinel = values == NOT_ASSESSED
    if sentinel.any() and not (values[~sentinel] < 0).any():
        values[sentinel] = np.nan
    else:
        sentinel[:] = False
    return Column(name=name, ids=ids, values=values, not_assessed=int(sentinel.sum()))


def _number(column: str, sample: str, text: str) -> float:
    if says_missing(text):
        return math.nan
    where = f"quality '{shown(column)}' of sample '{shown(sample)}'"
    value = parse_number(text, where)
    if math.isinf(value):
        raise DataError(f"{where}: {text.strip()} is no finite number; leave it empty if unknown", code="bad_number")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """What is left of a class of comparisons after those of lowest quality were discarded.

    limit      the lowest quality that is kept, at least in part
    above      errors and trials of higher quality: all kept
    at_limit   errors and trials of just this quality
    share      how much of those is kept, 0 excluded to 1
    """

    limit: float
    above: Proportion
    at_limit: Proportion
    share: Fraction

    @property
    def trials(self) -> Fraction:
        """Comparisons kept, as an expected number."""
        return self.above.trials + self.share * self.at_limit.trials

    @property
    def errors(self) -> Fraction:
        """Errors kept, as an expected number."""
        return self.above.errors + self.share * self.at_limit.errors

    @property
    def rate(self) -> Fraction:
        """The error rate of what is left, without rounding."""
        return self.errors / self.trials


@dataclass(frozen=True, slots=True, eq=False)
class ErrorsByQuality:
    """Comparisons of one class at one threshold by their quality.

    levels           (g,) distinct qualities, ascending
    trials, errors   (g,) int64 comparisons of that quality, and errors among them
    """

    levels: Qualities
    trials: NDArray[np.int64]
    errors: NDArray[np.int64]

    @property
    def all(self) -> Proportion:
        """The errors before anything is discarded."""
        return Proportion(int(self.errors.sum()), int(self.trials.sum()))

    def after(self, discard: Fraction) -> Discarded:
        """What is left once the share `discard` of all comparisons is discarded, the lowest quality first.

        Raises ValueError unless 0 <= discard < 1.

        >>> found = ErrorsByQuality(np.array([1.0, 2.0]), np.array([4, 6]), np.array([2, 1])).after(Fraction(1, 5))
        >>> found.limit, found.share, found.rate
        (1.0, Fraction(1, 2), Fraction(1, 4))
        """
        if not 0 <= discard < 1:
            raise ValueError(f"a share of {discard} discarded")
        up_to = np.cumsum(self.trials)
        gone = discard * int(up_to[-1])
        k = int(np.searchsorted(up_to, gone.numerator // gone.denominator, side="right"))
        trials, errors = int(self.trials[k]), int(self.errors[k])
        above = Proportion(int(self.errors[k + 1 :].sum()), int(up_to[-1] - up_to[k]))
        share = (int(up_to[k]) - gone) / trials
        return Discarded(
            limit=float(self.levels[k]), above=above, at_limit=Proportion(errors, trials), share=Fraction(share)
        )

    def area(self, to: Fraction) -> float:
        """The area under the curve of the rate over the share discarded, from 0 to `to`: exact but for logarithms.

        While the comparisons of one quality are being discarded, the errors left fall in a straight line and the
        comparisons left too: the rate is a + b/(1 - d), of which the area is known in closed form.

        >>> round(ErrorsByQuality(np.array([1.0]), np.array([10]), np.array([1])).area(Fraction(1, 5)), 12)
        0.02
        """
        if not 0 < to < 1:
            raise ValueError(f"an area up to {to}")
        total = int(self.trials.sum())
        end = float(to)
        ends = np.cumsum(self.trials) / total
        begins = np.concatenate([[0.0], ends[:-1]])
        used = begins < end
        left = (int(self.errors.sum()) - np.concatenate([[0], np.cumsum(self.errors)[:-1]]))[used] / total
        start, stop = 1.0 - begins[used], 1.0 - np.minimum(ends[used], end)
        own = self.errors[used] / self.trials[used]
        # left/total at the start of a level; the level's own rate is what each discarded comparison takes along
        parts = (left - own * start) * -np.log1p((stop - start) / start) + own * (start - stop)
        return math.fsum(parts.tolist())


def ideal_area(start: Fraction, to: Fraction) -> float:
    """The area under max(0, start - d) up to `to`: what discarding nothing but errors would leave, by convention.

    >>> ideal_area(Fraction(1, 10), Fraction(1, 5)), ideal_area(Fraction(3, 10), Fraction(1, 5))
    (0.005, 0.04)
    """
    reached = min(start, to)
    return float(start * reached - reached * reached / 2)


@dataclass(frozen=True, eq=False, kw_only=True)
class QualityScores:
    """The scores of a run with the quality of each comparison. Made by `QualityScores.of`.

    ordered    the scores of everybody
    column     the quality by sample
    sides      quality of each probe, and of each reference; NaN where it is unknown
    mated      (M,) quality of each mated comparison, in the order of `scores.mated`
    nonmated   (K,) of each nonmated comparison that is kept
    """

    scores: ScoreSet
    ordered: SortedScores
    column: Column
    sides: tuple[Qualities, Qualities]
    mated: Qualities
    nonmated: Qualities

    @classmethod
    def of(cls, scores: ScoreSet, ordered: SortedScores, column: Column) -> QualityScores:
        """Raises NotMeasurable where the scores do not say which samples they compared, or no sample has a quality."""
        probes, references = scores.probes, scores.references
        if probes is None or references is None:
            raise NotMeasurable("the scores name no samples, so their quality is not known", code="no_samples")
        sides = (_of_party(column, probes), _of_party(column, references))
        if not any(np.isfinite(side).any() for side in sides):
            raise NotMeasurable(
                f"no sample of these scores has a known quality '{column.name}'", code="unknown_quality"
            )
        return cls(
            scores=scores,
            ordered=ordered,
            column=column,
            sides=sides,
            mated=_of_pairs(scores.mated, sides),
            nonmated=_of_pairs(scores.nonmated, sides),
        )

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """(M,) whether the quality of each mated comparison is known."""
        return np.asarray(~np.isnan(self.mated))

    def rejected(self, threshold: Threshold) -> NDArray[np.bool_]:
        """(M,) whether each mated comparison is a false non-match."""
        values = self.scores.mated.values
        if threshold == REJECT_ALL:
            return np.ones(len(values), dtype=bool)
        return np.asarray(values < smallest_not_below(float(threshold), values.dtype))

    def accepted(self, threshold: Threshold) -> NDArray[np.bool_]:
        """(K,) whether each kept nonmated comparison is a false match. Raises NotMeasurable `below_floor`."""
        values = self.scores.nonmated.values
        if threshold == REJECT_ALL:
            return np.zeros(len(values), dtype=bool)
        if float(threshold) < self.scores.floor:
            raise below_floor(self.ordered, f"the false matches by quality at threshold {float(threshold)!r}")
        return np.asarray(values >= smallest_not_below(float(threshold), values.dtype))

    def false_non_matches(self, threshold: Threshold) -> ErrorsByQuality:
        """Mated comparisons of known quality, and those of them that are rejected.

        Raises NotMeasurable `empty_mated` if there is none.
        """
        known = self.known
        levels, place, trials = self._mated_levels
        if not len(levels):
            raise NotMeasurable("no mated comparison has two samples of known quality", code="empty_mated")
        wrong = self.rejected(threshold)[known]
        return ErrorsByQuality(levels, trials, np.bincount(place[wrong], minlength=len(levels)))

    def false_matches(self, threshold: Threshold) -> ErrorsByQuality:
        """Nonmated comparisons of known quality, and those of them that are accepted.

        Raises NotMeasurable: `empty_nonmated`, `below_floor` where the comparisons below it cannot be told by quality.
        """
        wrong = self.nonmated[self.accepted(threshold)]
        levels, trials = self._nonmated_levels
        if not len(levels):
            raise NotMeasurable("no nonmated comparison has two samples of known quality", code="empty_nonmated")
        errors = np.bincount(np.searchsorted(levels, wrong[~np.isnan(wrong)]), minlength=len(levels))
        return ErrorsByQuality(levels, trials, errors)

    @cached_property
    def templates(self) -> tuple[Side, Side]:
        """Quality and subject of each probe and reference that took part. Raises NotMeasurable `below_floor`."""
        return sides_of(self.scores, *self.sides)

    @cached_property
    def _mated_levels(self) -> tuple[Qualities, NDArray[np.int64], NDArray[np.int64]]:
        """Distinct qualities of mated comparisons, the place of each comparison among them, and how many have each."""
        levels, place = np.unique(self.mated[self.known], return_inverse=True)
        return levels, place, np.bincount(place, minlength=len(levels))

    @cached_property
    def _nonmated_levels(self) -> tuple[Qualities, NDArray[np.int64]]:
        if self.scores.rest is None or not self.scores.rest.count:
            levels, trials = np.unique(self.nonmated[~np.isnan(self.nonmated)], return_counts=True)
            return levels, trials.astype(np.int64)
        probes, references = self.templates
        if self.scores.crossing is None:
            raise ValueError("templates without a crossing")
        return nonmated_trials(self.scores.crossing, probes, references)

    def threshold_of_fnmr(self, start: Fraction) -> Threshold:
        """The largest threshold at which the FNMR of the comparisons of known quality is at most `start`.

        Raises NotMeasurable `empty_mated`, or `not_measurable` where not one false non-match is allowed.
        """
        values = np.sort(self.scores.mated.values[self.known])
        if not len(values):
            raise NotMeasurable("no mated comparison has two samples of known quality", code="empty_mated")
        allowed = start.numerator * len(values) // start.denominator
        if not allowed:
            raise NotMeasurable(
                f"of {many(len(values), 'mated comparison')} of known quality an FNMR of {written_target(start)} "
                f"allows no error; {trials_for_one(start)} would be needed"
            )
        return float(values[allowed]) + 0.0


def spearman(first: Floats, second: Floats) -> float:
    """The rank correlation of two columns, equal values at their mean rank: exact sums, whatever their order.

    Raises NotMeasurable `constant` where one of them does not vary, or there are fewer than three pairs.

    >>> spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0]))
    0.8
    """
    if len(first) < 3:
        raise NotMeasurable(
            f"a correlation of {many(len(first), 'comparison')} says nothing", code="too_few_comparisons"
        )
    one, other = _centred_ranks(first), _centred_ranks(second)
    spread = _dot(one, one), _dot(other, other)
    if not all(spread):
        what = "the quality" if not spread[0] else "the score"
        raise NotMeasurable(f"{what} is the same in all comparisons", code="constant")
    product, square = _dot(one, other), spread[0] * spread[1]
    return math.copysign(math.sqrt(Fraction(product * product, square)), product)


def _centred_ranks(values: Floats) -> NDArray[np.int64]:
    """Twice the mean rank, less its mean: whole numbers."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    return np.asarray((2 * before + counts - len(values))[place], dtype=np.int64)


def _dot(one: NDArray[np.int64], other: NDArray[np.int64]) -> int:
    """The exact sum of products, in parts that stay below 2^62.

    >>> _dot(np.array([2**31] * 4), np.array([2**31] * 4)) == 2**64
    True
    """
    largest = int(np.abs(one).max()) * int(np.abs(other).max())
    step = _EXACT // max(1, largest)
    return sum(int(np.dot(one[k : k + step], other[k : k + step])) for k in range(0, len(one), step))


def _of_party(column: Column, party: Party) -> Qualities:
    """The quality of every sample of one side; NaN where nobody says."""
    by_id = dict(zip(column.ids, column.values.tolist(), strict=True))
    return np.array([by_id.get(sample, math.nan) for sample in party.ids], dtype=np.float64)


def _of_pairs(scores: Scores, sides: Sequence[Qualities]) -> Qualities:
    if scores.probe is None or scores.reference is None:
        if len(scores):
            raise NotMeasurable("comparisons do not say which samples they compared", code="no_samples")
        return np.zeros(0)
    # The minimum of a number and NaN is NaN: of a comparison with one unknown sample the quality is unknown.
    return np.minimum(sides[0][scores.probe], sides[1][scores.reference])
