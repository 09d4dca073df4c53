"""The difference of one measure between two systems, by the way that its interval is made."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparing.acquiring import paired_failures
from fr_bench.comparing.matching import Matched, keys_of, sizes_of
from fr_bench.comparing.sides import Asked, Side
from fr_bench.contracts import Counted, MeasureKind
from fr_bench.drawn_scores import STATISTICS
from fr_bench.findings import REJECT_ALL, Measurement, Threshold
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.differences import Difference, paired_draws, paired_fmr, paired_fnmr
from fr_bench.intervals.swaps import by_chance, pairs_by_chance
from fr_bench.known_measures import resolve
from fr_bench.measuring import Measuring
from fr_bench.metrics.scores import KEEP_MORE, smallest_not_below
from fr_bench.precision import Method
from fr_bench.records import Floats, Scores, ScoreSet
from fr_bench.subject_scores import SubjectScores

UNBOUNDED = ("d_prime", "cllr")
"""Of these a difference may be of any size; all other measures of the curve lie from 0 to 1."""
NO_WAY = "no paired difference is made for this measure"
NOT_DRAWN = "subjects cannot be drawn: there are too few, or it is not known who met whom"
NOT_APART = (
    "samples failed in one run only, and nonmated scores below the floor were added up over all comparisons of a run, "
    "so that those of both cannot be told apart; `frbench report` shows both"
)
NOT_REPORTED = "one of the runs does not report it"
OF_FAILURES = "it counts failures, and only comparisons that both systems made are paired; `frbench report` shows both"


Compared = tuple[Difference, float | None]
"""A difference, and how often chance makes so large a loss."""


class NoDifference(Exception):  # noqa: N818 - no mistake of anybody's: these runs cannot answer this question
    """There is no paired difference of a measure; the text says why."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Row:
    """One measure of both systems with the difference, or the reason why there is none.

    measure         its text
    first, second   what was measured of each on the comparisons of both; None where it was not measured
    difference      second less first
    chance          how often so large a loss of the second comes of swapping the systems within subjects (for false
                    matches within pairs of subjects); None where errors are not counted by them
    """

    measure: str
    kind: MeasureKind
    first: Measurement | None = None
    second: Measurement | None = None
    difference: Difference | None = None
    chance: float | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Systems:
    """Two systems on the same comparisons, ready to be measured; `level` is that of the intervals."""

    sides: tuple[Side, Side]
    matched: Matched
    asked: Asked
    level: float
    measures: tuple[str, ...]

    @cached_property
    def both(self) -> tuple[Measuring, Measuring]:
        """The two, drawn alike: in every draw a subject weighs the same for both."""
        return self._measuring(self.matched.first, self.matched.second)

    @cached_property
    def searching(self) -> tuple[Measuring, Measuring]:
        """The two as they are, for searches: one that gave no template is a search that failed, and stays in."""
        return self._measuring(self.sides[0].scores, self.sides[1].scores)

    def _measuring(self, first: ScoreSet, second: ScoreSet) -> tuple[Measuring, Measuring]:
        method = Method(level=self.level, draws=self.asked.draws, seed=self.asked.seed)
        declared = all(side.likelihoods for side in self.sides)
        one, other = (Measuring.of(s, self.measures, method, likelihoods=declared) for s in (first, second))
        return one, other

    def row(self, text: str) -> Row:
        """The row of a measure. Raises UsageError for a text that names none."""
        kind = resolve(text)[1]
        if kind.needs == "searches":
            return self._compared(text, kind, *(system.measure(text) for system in self.searching))
        if kind.needs in ("scores", "likelihoods"):
            return self._compared(text, kind, *(system.measure(text) for system in self.both))
        return self._reported(text, kind)

    def _reported(self, text: str, kind: MeasureKind) -> Row:
        """Figures that the runs themselves give; FTA and FTE by subject, as what both made leaves failures out."""
        first, second = (_figure_of(side, text) for side in self.sides)
        row = Row(measure=text, kind=kind, first=first, second=second)
        if first is None or second is None:
            return replace(row, reason=NOT_REPORTED)
        if kind.needs != "samples":
            return replace(row, reason=OF_FAILURES if kind.needs == "comparisons" else first.no_interval or NO_WAY)
        paired = paired_failures(kind.quantity, self.sides, (first, second), level=self.level, seed=self.asked.seed)
        if paired is None:
            return replace(row, reason=OF_FAILURES)
        return replace(row, difference=paired[0], chance=paired[1])

    def row_at(self, rate: str, thresholds: tuple[Threshold, Threshold]) -> Row:
        """FNMR or FMR of each system at a threshold of its own, fixed beforehand."""
        texts = [f"{rate}@threshold={t if isinstance(t, str) else repr(float(t))}" for t in thresholds]
        found = (system.measure(text) for system, text in zip(self.both, texts, strict=True))
        named = f"{rate}@threshold={'/'.join(text.partition('=')[2] for text in texts)}"
        return self._compared(named, resolve(texts[0])[1], *found)

    def _compared(self, text: str, kind: MeasureKind, first: Measurement, second: Measurement) -> Row:
        row = Row(measure=text, kind=kind, first=first, second=second)
        for found in (first, second):
            if found.value is None:
                lost = found.details.get("code") == "below_floor" and self._added_up(text)
                return replace(row, reason=NOT_APART if lost else found.reason or NO_WAY)
        try:
            difference, chance = self._difference(kind, first, second)
            return replace(row, difference=difference, chance=chance)
        except NoDifference as why:
            return replace(row, reason=str(why))

    def _added_up(self, text: str) -> bool:
        """Whether both runs give a figure, from sums below the floor that hold only for all of a run's comparisons."""
        own = [_figure_of(side, text) for side in self.sides]
        return all(found is not None and found.value is not None for found in own)

    def _difference(self, kind: MeasureKind, first: Measurement, second: Measurement) -> Compared:
        if kind.interval == "fnmr":
            return self._fnmr(_threshold(first), _threshold(second))
        if kind.interval == "fmr":
            return self._fmr(_threshold(first), _threshold(second))
        if kind.interval == "fnmr_at_fmr" or kind.interval in STATISTICS:
            return self._drawn(kind, first, second)
        if kind.interval == "units" and kind.needs == "searches":
            return self._of_units(kind, first)
        raise NoDifference(first.no_interval or NO_WAY if kind.interval == "none" else NO_WAY)

    def _fnmr(self, first: Threshold, second: Threshold) -> Compared:
        """False non-matches at fixed thresholds, by subject."""
        one, other = self._rejected(first, second)
        apart = self._discordant_mated(first, second)
        found = paired_fnmr(one, other, level=self.level, discordant=apart, seed=self.asked.seed)
        return found, by_chance(other.errors - one.errors)

    def _rejected(self, first: Threshold, second: Threshold) -> tuple[ClusterCounts, ClusterCounts]:
        one, other = (self._by_subject(k).false_non_matches(t) for k, t in enumerate((first, second)))
        return one, other

    def _fmr(self, first: Threshold, second: Threshold) -> Compared:
        """False matches at fixed thresholds, by pair of subjects."""
        design = self._by_subject(0).design
        one, other = (self._by_subject(k).false_matches(t) for k, t in enumerate((first, second)))
        if design is None or one is None or other is None:
            floors = " and ".join(f"{s.floor:g}" for s in (self.matched.first, self.matched.second))
            raise NoDifference(
                f"a threshold lies below the floor of its run ({floors}): nonmated scores there were counted and not "
                f"kept, so that nobody knows whose they are; {KEEP_MORE}"
            )
        apart = self._discordant_nonmated(first, second)
        found = paired_fmr(design, one, other, level=self.level, discordant=apart)
        return found, pairs_by_chance(one, other)

    def _drawn(self, kind: MeasureKind, first: Measurement, second: Measurement) -> Compared:
        """A measure of the curve: the same draws of subjects for both."""
        draws = []
        for system, found in zip(self.both, (first, second), strict=True):
            drawn = system.evidence.drawn
            if drawn is None:
                raise NoDifference(NOT_DRAWN)
            if kind.interval == "fnmr_at_fmr":
                draws.append(drawn.fnmr_at_fmr(Fraction(found.details["target"])))
            else:
                draws.append(drawn.statistic(kind.interval, resolve(found.measure)[0]))
        apart, chance = None, None
        if kind.interval == "fnmr_at_fmr":
            apart = self._discordant_mated(_threshold(first), _threshold(second))
            one, other = self._rejected(_threshold(first), _threshold(second))
            chance = by_chance(other.errors - one.errors)
        compared = paired_draws(
            float(first.value or 0.0),
            float(second.value or 0.0),
            *draws,
            units=self._by_subject(0).mated_subjects,
            level=self.level,
            bound=math.inf if kind.interval in UNBOUNDED else 1.0,
            discordant=apart,
        )
        return compared, chance

    def _of_units(self, kind: MeasureKind, found: Measurement) -> Compared:
        """A rate over searches or the like, by the units that its counts give."""
        counted = [kind.compute(system.scores, resolve(found.measure)[0]) for system in self.searching]
        if not all(isinstance(one, Counted) for one in counted):
            raise NoDifference(NO_WAY)
        one, other = counted
        if not np.array_equal(one.trials, other.trials):
            raise NoDifference("the systems were not tried equally often on every unit")
        tried = one.trials > 0
        first, second = (ClusterCounts(side.errors[tried], side.trials[tried]) for side in counted)
        changes = second.errors - first.errors
        compared = paired_fnmr(first, second, level=self.level, seed=self.asked.seed)
        return compared, by_chance(changes if kind.better == "lower" else -changes)

    def _by_subject(self, side: int) -> SubjectScores:
        found = self.both[side].evidence.by_subject
        if found is None:
            raise NoDifference("the scores name no subjects, or labels contradict them")
        return found

    def _discordant_mated(self, first: Threshold, second: Threshold) -> tuple[int, int]:
        """Mated comparisons that only the first, and only the second system rejects."""
        pairs = zip((self.matched.first, self.matched.second), (first, second), strict=True)
        one, other = (~_accepted(s.mated.values, t) for s, t in pairs)
        return int(np.count_nonzero(one & ~other)), int(np.count_nonzero(other & ~one))

    def _discordant_nonmated(self, first: Threshold, second: Threshold) -> tuple[int, int]:
        """Nonmated comparisons that only the first, and only the second system accepts."""
        pairs = zip((self.matched.first, self.matched.second), (first, second), strict=True)
        one, other = (keys_of(_rows(s.nonmated, _accepted(s.nonmated.values, t)), *sizes_of(s)) for s, t in pairs)
        common = len(np.intersect1d(one, other, assume_unique=True))
        return len(one) - common, len(other) - common


def _figure_of(side: Side, measure: str) -> Measurement | None:
    """What the run itself says of a measure."""
    return next((m for m in side.result.measurements if m.measure == measure and not m.group), None)


def _accepted(values: Floats, threshold: Threshold) -> NDArray[np.bool_]:
    if threshold == REJECT_ALL:
        return np.zeros(len(values), dtype=np.bool_)
    accepted: NDArray[np.bool_] = values >= smallest_not_below(float(threshold), values.dtype)
    return accepted


def _rows(scores: Scores, rows: NDArray[np.bool_]) -> Scores:
    if scores.probe is None or scores.reference is None:
        raise NoDifference("the scores name no samples")
    return Scores(values=scores.values[rows], probe=scores.probe[rows], reference=scores.reference[rows])


def _threshold(found: Measurement) -> Threshold:
    if found.threshold is None:
        raise ValueError(f"{found.measure}: a rate without its threshold")
    return found.threshold
