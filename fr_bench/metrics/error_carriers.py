"""The subjects that carry the errors: who has most of them, and how few have half.

A false non-match is of one subject. A false match is of two, and counts for both: shares of subjects add up to two.
The curve asks another question, which has one answer for both: the share of errors that involve at least one of the k
subjects with most of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Carriers:
    """The errors of one kind at one threshold, subjects with most errors first.

    order        (k,) subjects with at least one error: by errors, then by their number
    errors       (k,) of each
    cumulative   (k,) errors that involve at least one of the first 1, 2 ... of them; the last is all
    subjects     how many subjects could have had one
    """

    order: Counts
    errors: Counts
    cumulative: Counts
    subjects: int

    @property
    def total(self) -> int:
        """All errors, each once."""
        return int(self.cumulative[-1]) if len(self.cumulative) else 0

    def carrying(self, numerator: int = 1, denominator: int = 2) -> int:
        """How few of the subjects are involved in that share of the errors, half of them by default; 0 without errors.

        >>> of_mated(np.array([0, 5, 1, 1, 1]), 5).carrying()
        1
        """
        needed = -(-self.total * numerator // denominator)
        return int(np.searchsorted(self.cumulative, needed)) + 1 if self.total else 0


def of_mated(errors: Counts, subjects: int) -> Carriers:
    """False non-matches by subject.

    errors     (n,) of each subject
    subjects   how many of them have a mated comparison
    """
    order = _most_first(errors)
    return Carriers(order=order, errors=errors[order], cumulative=np.cumsum(errors[order]), subjects=subjects)


def of_nonmated(first: Counts, second: Counts, errors: Counts, subjects: int, people: int) -> Carriers:
    """False matches by pair of subjects.

    first, second, errors   pairs with errors, each once
    subjects                how many subjects have a nonmated comparison
    people                  how many numbers of subjects there are

    >>> found = of_nonmated(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([3, 1, 1]), 3, 3)
    >>> found.order.tolist(), found.errors.tolist(), found.cumulative.tolist()
    ([0, 1, 2], [4, 4, 2], [4, 5, 5])
    """
    involved = involving(first, second, errors, people)
    order = _most_first(involved)
    rank = np.full(people, len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    # An error is covered by the earlier of its two subjects.
    covered = np.bincount(np.minimum(rank[first], rank[second]), errors, len(order))
    return Carriers(
        order=order,
        errors=involved[order],
        cumulative=np.cumsum(covered).astype(np.int64),
        subjects=subjects,
    )


def involving(first: Counts, second: Counts, errors: Counts, people: int) -> Counts:
    """(people,) errors of the pairs that each subject belongs to."""
    sums = np.bincount(first, errors, people) + np.bincount(second, errors, people)
    return np.asarray(sums, dtype=np.int64)


def _most_first(errors: Counts) -> Counts:
    order = np.argsort(-errors, kind="stable")
    return order[: int(np.count_nonzero(errors))]
