"""Counts behind a measurement that is no plain rate: the worst of several species, a sum of two rates, a mean of
counts, a rate at the threshold that other rates ask for, transactions between pairs of subjects. `fr_bench.precision`
makes the interval of each in its own way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.contracts import Counted
from fr_bench.findings import Measurement
from fr_bench.records import Floats

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CountedHighest(Counted):
    """A measurement that is the highest of the rates of disjoint populations, such as the species of attacks.

    The counts of its own are those of the highest rate; `parts` are the counts of every population.
    """

    parts: tuple[Counted, ...] = ()

    @classmethod
    def of(cls, measurement: Measurement, parts: tuple[Counted, ...], highest: int) -> CountedHighest:
        """`highest` is the number of the part whose counts the measurement gives."""
        one = parts[highest]
        return cls(measurement, one.errors, one.trials, one.unit, one.labels, one.borrow, parts)


@dataclass(frozen=True, slots=True, eq=False)
class CountedMean(Counted):
    """A mean of counts that have no upper end, such as candidates per search: `errors` holds what was counted."""


@dataclass(frozen=True, slots=True, eq=False)
class CountedSum(Counted):
    """A measurement that is the sum of two rates of different trials, the first plain, the second the highest of some.

    The counts of its own are those of the first rate; `parts` are both.
    """

    parts: tuple[Counted, ...] = ()

    @classmethod
    def of(cls, measurement: Measurement, first: Counted, second: Counted) -> CountedSum:
        """The sum of two rates, each with its own counts."""
        labels = tuple(sorted({*first.labels, *second.labels}))
        return cls(measurement, first.errors, first.trials, first.unit, labels, first.borrow, (first, second))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CountedAtTarget(Counted):
    """A rate at the threshold where the highest rate of other trials meets a target, such as BPCER@APCER.

    The counts of its own are those at that threshold.

    target   the rate of the other trials that the threshold holds
    parts    counts of each population of the others at the threshold that holds the target for it alone
    others   scores of each of these populations, ascending; an error is a score at or above the threshold
    scores   scores behind the counts of its own, ascending; an error is a score below it
    """

    target: Fraction
    parts: tuple[Counted, ...]
    others: tuple[Floats, ...]
    scores: Floats

    @classmethod
    def of(
        cls,
        counted: Counted,
        *,
        target: Fraction,
        parts: tuple[Counted, ...],
        others: tuple[Floats, ...],
        scores: Floats,
    ) -> CountedAtTarget:
        """`counted` at the threshold of all, with what held it."""
        return cls(
            counted.measurement, counted.errors, counted.trials, counted.unit, counted.labels, counted.borrow,
            target=target, parts=parts, others=others, scores=scores,
        )  # fmt: skip

    def rejected(self, allowed: Sequence[float]) -> float:
        """The rate at the threshold which lets so many of each of the other populations pass, as a share of it.

        The threshold is the highest that any population asks for. A share below 0 asks for one above every score, a
        share of 1 for none at all.
        """
        if any(share < 0 for share in allowed):
            return 1.0
        limits = [-math.inf]
        for share, scores in zip(allowed, self.others, strict=True):
            place = len(scores) - 1 - math.floor(share * len(scores) + 1e-9)
            limits.append(float(scores[place]) if place >= 0 else -math.inf)
        return int(np.searchsorted(self.scores, max(limits), side="right")) / len(self.scores)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CountedPairs(Counted):
    """A rate of trials between two different subjects each, such as transactions of nonmated comparisons.

    first, second   (u,) codes of both subjects of each trial; errors are 0 or 1, trials 1
    subjects        how many subjects there are codes for
    """

    first: Counts
    second: Counts
    subjects: int

    @classmethod
    def of(
        cls,
        measurement: Measurement,
        sides: tuple[ArrayLike, ArrayLike],
        wrong: NDArray[np.bool_],
        lent: NDArray[np.bool_] | None,
        subjects: int,
    ) -> CountedPairs:
        """`wrong` says which trials are errors, `lent` which would be where errors are more frequent."""
        first, second = (np.asarray(side, dtype=np.int64) for side in sides)
        borrow = None if lent is None else lent.astype(np.int64)
        ones = np.ones(len(wrong), dtype=np.int64)
        return cls(
            measurement, wrong.astype(np.int64), ones, "subject pair", (), borrow,
            first=first, second=second, subjects=subjects,
        )  # fmt: skip


def by_code(code: ArrayLike, wrong: NDArray[np.bool_]) -> tuple[Counts, Counts]:
    """Errors and trials of each unit that has a trial, in the order of the codes.

    >>> errors, trials = by_code([2, 0, 2], np.array([True, False, True]))
    >>> errors.tolist(), trials.tolist()
    ([0, 2], [1, 2])
    """
    codes = np.asarray(code, dtype=np.int64)
    trials = np.bincount(codes)
    errors = np.bincount(codes[wrong], minlength=len(trials))
    return errors[trials > 0].astype(np.int64), trials[trials > 0].astype(np.int64)
