"""Counts behind a measurement that is put together from several: the worst of several species, a sum of two rates,
transactions between pairs of subjects. `fr_bench.precision` makes the interval of each in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.contracts import Counted
from fr_bench.findings import Measurement

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
