"""Which nonmated comparisons were made, by pair of subjects: m_ij comparisons of the unordered pair {i, j}.

Comparisons that share a subject are dependent, so the error of an FMR depends on how often each pair of subjects was
compared. No matrix of subjects by subjects is ever made: `AllPairs` and `Crossed` know m_ij from the number of samples
of each subject, `Listed` holds the pairs that were compared. Subjects are numbered 0..n-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fr_bench.intervals.exact_sums import dot, whole_numbers

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

_BLOCK = 65_536
"""Pairs of a list that are weighted at once: bounds the memory; fixed, so that sums are the same on any machine."""


class Design(Protocol):
    """How many nonmated comparisons each pair of subjects was given.

    subjects   n, how many subjects there are, whether or not they were compared
    total      N, all nonmated comparisons made, errors or not
    """

    @property
    def subjects(self) -> int: ...

    @property
    def total(self) -> int: ...

    def by_subject(self) -> Floats:
        """(n,) nonmated comparisons that involve each subject: the sum of m_ij over j. They sum to 2 N."""

    def between(self, first: Codes, second: Codes) -> Codes:
        """(k,) m_ij of the pairs {first[k], second[k]}, in either order; the two are different subjects."""

    def sum_of_squares(self) -> int:
        """Sum of m_ij^2 over the unordered pairs, without rounding."""

    def weighted(self, weights: Floats) -> Floats:
        """(B,) sum of w_i w_j m_ij over the unordered pairs, for each column of `weights` (n, B), bit by bit the same
        whichever columns are given together."""


@dataclass(frozen=True, slots=True, eq=False)
class AllPairs:
    """Every unordered pair of samples of different subjects was compared once: m_ij = c_i c_j.

    samples   (n,) c_i, samples with a template of each subject; 0 is allowed

    >>> design = AllPairs([2, 1, 3])
    >>> design.total, design.by_subject().tolist(), design.sum_of_squares()
    (11, [8.0, 5.0, 9.0], 49)
    """

    samples: Codes

    def __init__(self, samples: ArrayLike) -> None:
        object.__setattr__(self, "samples", whole_numbers(samples, "samples of a subject"))

    @property
    def subjects(self) -> int:
        return len(self.samples)

    @property
    def total(self) -> int:
        return (int(self.samples.sum()) ** 2 - dot(self.samples, self.samples)) // 2

    def by_subject(self) -> Floats:
        compared: Floats = (self.samples * (self.samples.sum() - self.samples)).astype(np.float64)
        return compared

    def between(self, first: Codes, second: Codes) -> Codes:
        found: Codes = self.samples[first] * self.samples[second]
        return found

    def sum_of_squares(self) -> int:
        squares = self.samples * self.samples
        return (dot(self.samples, self.samples) ** 2 - dot(squares, squares)) // 2

    def weighted(self, weights: Floats) -> Floats:
        held = self.samples[:, None] * _checked(weights, self.subjects)
        return (_column_sums(held) ** 2 - _column_sums(held * held)) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """Every reference was compared once with every probe of another subject: m_ij = r_i p_j + r_j p_i.

    references   (n,) r_i, references with a template of each subject; 0 for subjects that are probes only
    probes       (n,) p_i, probes with a template of each subject

    >>> design = Crossed([1, 1, 0], [2, 0, 3])
    >>> design.total, design.by_subject().tolist(), design.sum_of_squares()
    (8, [5.0, 5.0, 6.0], 22)
    """

    references: Codes
    probes: Codes

    def __init__(self, references: ArrayLike, probes: ArrayLike) -> None:
        object.__setattr__(self, "references", whole_numbers(references, "references of a subject"))
        object.__setattr__(self, "probes", whole_numbers(probes, "probes of a subject"))
        if len(self.references) != len(self.probes):
            raise ValueError(f"references of {len(self.references)} subjects and probes of {len(self.probes)}")

    @property
    def subjects(self) -> int:
        return len(self.references)

    @property
    def total(self) -> int:
        return int(self.references.sum()) * int(self.probes.sum()) - dot(self.references, self.probes)

    def by_subject(self) -> Floats:
        r, p = self.references, self.probes
        compared: Floats = (r * (p.sum() - p) + p * (r.sum() - r)).astype(np.float64)
        return compared

    def between(self, first: Codes, second: Codes) -> Codes:
        r, p = self.references, self.probes
        found: Codes = r[first] * p[second] + r[second] * p[first]
        return found

    def sum_of_squares(self) -> int:
        r, p = self.references, self.probes
        return dot(r, r) * dot(p, p) + dot(r, p) ** 2 - 2 * dot(r * r, p * p)

    def weighted(self, weights: Floats) -> Floats:
        checked = _checked(weights, self.subjects)
        r, p = self.references[:, None] * checked, self.probes[:, None] * checked
        return _column_sums(r) * _column_sums(p) - _column_sums(r * p)


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """Any list of nonmated comparisons, counted by pair of subjects; made by `Listed.of`.

    subjects       n
    first, second  (k,) the pairs that were compared, first < second, each once, ascending
    comparisons    (k,) m_ij of each

    >>> design = Listed.of([0, 1, 2], [1, 0, 1], subjects=4)
    >>> design.total, design.by_subject().tolist(), design.between(np.array([1, 0]), np.array([0, 3])).tolist()
    (3, [2.0, 3.0, 1.0, 0.0], [2, 0])
    """

    subjects: int
    first: Codes
    second: Codes
    comparisons: Codes

    @classmethod
    def of(cls, first: ArrayLike, second: ArrayLike, *, subjects: int) -> Listed:
        """Count a list of comparisons given by the codes of their two subjects, whichever was the probe.

        Raises ValueError for a comparison of a subject with itself, and for codes that are none of 0..n-1.
        """
        lower, upper = unordered(first, second)
        if upper.size and upper.max() >= subjects:
            raise ValueError(f"subject {upper.max()} of {subjects} subjects numbered from 0")
        keys, counts = np.unique(lower * subjects + upper, return_counts=True)
        lower, upper = np.divmod(keys, subjects)
        return cls(subjects, *(whole_numbers(part, "code") for part in (lower, upper, counts)))

    @property
    def total(self) -> int:
        return int(self.comparisons.sum())

    def by_subject(self) -> Floats:
        return sum_at(self.first, self.second, self.comparisons, self.subjects).astype(np.float64)

    def between(self, first: Codes, second: Codes) -> Codes:
        if not len(self.first):
            return np.zeros(len(first), np.int64)
        asked = np.minimum(first, second) * self.subjects + np.maximum(first, second)
        keys = self.first * self.subjects + self.second
        at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
        return np.where(keys[at] == asked, self.comparisons[at], 0)

    def sum_of_squares(self) -> int:
        return dot(self.comparisons, self.comparisons)

    def weighted(self, weights: Floats) -> Floats:
        checked = _checked(weights, self.subjects)
        total = np.zeros(checked.shape[1])
        for start in range(0, len(self.first), _BLOCK):
            part = slice(start, start + _BLOCK)
            products = checked[self.first[part]] * checked[self.second[part]]
            total += _column_sums(self.comparisons[part, None] * products)
        return total


def unordered(first: ArrayLike, second: ArrayLike) -> tuple[Codes, Codes]:
    """The smaller and the larger code of each pair. Raises ValueError if a pair has one subject twice."""
    one, other = whole_numbers(first, "subject code"), whole_numbers(second, "subject code")
    if len(one) != len(other):
        raise ValueError(f"pairs of {len(one)} first and {len(other)} second subjects")
    if (one == other).any():
        raise ValueError(f"{(one == other).sum()} nonmated comparisons of a subject with itself")
    return np.minimum(one, other), np.maximum(one, other)


def sum_at(first: Codes, second: Codes, counts: Codes, subjects: int) -> Codes:
    """(n,) the counts of all pairs that each subject belongs to, exact as long as they stay below 2^53."""
    sums = np.bincount(first, counts, subjects) + np.bincount(second, counts, subjects)
    return sums.astype(np.int64)


def _checked(weights: Floats, subjects: int) -> Floats:
    if weights.ndim != 2 or len(weights) != subjects:
        raise ValueError(f"weights {weights.shape} for {subjects} subjects")
    return np.ascontiguousarray(weights, dtype=np.float64)


def _column_sums(values: Floats) -> Floats:
    """Sums down the columns, row after row. A single column would be summed pairwise: another last digit."""
    if values.shape[1] == 1:
        return _column_sums(np.repeat(values, 2, axis=1))[:1]
    sums: Floats = values.sum(axis=0)
    return sums
