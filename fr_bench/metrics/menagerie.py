"""Subjects that a recognizer serves unlike others: Doddington's zoo, and the menagerie of Yager and Dunstone.

Sheep are served like everybody. *Goats* are rejected by their own references too often; *lambs* are easily matched by
others, *wolves* easily match others. Where probe and reference mean nothing, as in a plan of all pairs, a subject is
matched and matches in the same comparisons: lambs and wolves are one.

Whether a subject has more errors than chance would give it is an exact question. If errors fell on comparisons without
regard to subjects, those of one subject would follow the hypergeometric distribution. Each subject is a test; they are
corrected for by whoever asks (Holm). Comparisons of one subject share samples too: a single poor sample makes a goat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

ANIMALS = ("dove", "worm", "chameleon", "phantom")
"""Of Yager and Dunstone: high mated and low nonmated scores, the reverse, both high, both low; by quarters."""


def more_than_chance(errors: Counts, trials: Counts, total_errors: int, total_trials: int) -> Floats:
    """(n,) p value of each subject: the chance of at least its errors if errors fell on comparisons at random.

    errors, trials    of each subject; one comparison may count for two subjects
    total_*           errors and comparisons of everybody, each counted once

    P(X >= x_i), X hypergeometric: x errors of N comparisons, m_i of them of the subject. 1 where a subject has no more
    than the errors expected: it is no goat. Raises ValueError for counts that contradict each other.
    Source: Fisher's exact test, one-sided.

    >>> more_than_chance(np.array([2, 0]), np.array([2, 8]), 2, 10).round(6).tolist()
    [0.022222, 1.0]
    """
    from scipy.special import gammaln  # scipy takes a fifth of a second to import

    beyond = (errors > trials) | (trials > total_trials) | (errors > total_errors)
    if (beyond | (total_errors - errors > total_trials - trials)).any():
        raise ValueError("a subject with more errors than comparisons, or more of either than everybody")
    found = np.ones(len(errors))
    suspect = np.flatnonzero(errors * total_trials > trials * total_errors)
    if not len(suspect):
        return found

    def ways(n: Floats, k: Floats) -> Floats:
        made: Floats = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        return made

    x, m = errors[suspect].astype(np.float64), trials[suspect].astype(np.float64)
    rest, everything = np.float64(total_trials) - m, np.full(len(x), float(total_trials))
    first = ways(m, x) + ways(rest, total_errors - x) - ways(everything, np.full(len(x), float(total_errors)))
    found[suspect] = np.minimum(1.0, np.exp(first) * _tail(x, m, float(total_errors), float(total_trials)))
    # No p value is 0: what is too small for a float64 is given as the smallest normal one.
    return np.maximum(found, np.finfo(np.float64).tiny)


def _tail(x: Floats, m: Floats, errors: float, trials: float) -> Floats:
    """The sum of P(X = k) / P(X = x) over k >= x, term after term until nothing is added."""
    term, total, k = np.ones_like(x), np.ones_like(x), x.copy()
    while True:
        term = term * (m - k) * (errors - k) / ((k + 1) * (trials - m - errors + k + 1))
        total += term
        k += 1
        if not (term > total * 1e-17).any():
            return total


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SubjectScore:
    """How high the comparisons of each subject score.

    mated      (n,) mean mated score; NaN where the subject has none, or an infinite one
    nonmated   (n,) mean nonmated score of the comparisons that involve the subject; where scores below a floor were
               not summed up, the share of them at or above the floor
    shares     whether `nonmated` are such shares
    """

    mated: Floats
    nonmated: Floats
    shares: bool

    @property
    def known(self) -> NDArray[np.bool_]:
        """Subjects with both."""
        return np.asarray(np.isfinite(self.mated) & np.isfinite(self.nonmated))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimalCount:
    """How many subjects are of one animal, how many chance would make, and how likely so odd a number is.

    p   two-sided, exact: given the sizes of both quarters, the overlap of independent ones is hypergeometric
    """

    animal: str
    count: int
    expected: float
    p: float


def animals(score: SubjectScore) -> tuple[tuple[AnimalCount, ...], dict[str, Counts]]:
    """The animals of Yager and Dunstone: their numbers with tests, and which subjects they are.

    A subject is of the upper quarter of a mean if at most a quarter of the subjects lie at or above it; equal means
    that do not fit into a quarter stay out of it, so that order decides nothing. Empty with fewer than eight subjects.
    Source: Yager and Dunstone (2010), quartiles of mated and nonmated means.
    """
    members = np.flatnonzero(score.known)
    if len(members) < 8:
        return (), {}
    low_mated, high_mated = _quarters(score.mated[members])
    low_nonmated, high_nonmated = _quarters(score.nonmated[members])
    sides = {
        "dove": (high_mated, low_nonmated), "worm": (low_mated, high_nonmated),
        "chameleon": (high_mated, high_nonmated), "phantom": (low_mated, low_nonmated),
    }  # fmt: skip
    counts, who = [], {}
    for animal in ANIMALS:
        one, other = sides[animal]
        who[animal] = members[one & other]
        of_one, of_other, count = int(one.sum()), int(other.sum()), len(who[animal])
        p = overlap_p(count, of_one, of_other, len(members))
        counts.append(AnimalCount(animal=animal, count=count, expected=of_one * of_other / len(members), p=p))
    return tuple(counts), who


def _quarters(values: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which values are of the lowest, and of the highest quarter."""
    order, quarter = np.sort(values), len(values) // 4
    up_to = np.searchsorted(order, values, side="right")
    from_here = len(values) - np.searchsorted(order, values, side="left")
    return np.asarray(up_to <= quarter), np.asarray(from_here <= quarter)


def overlap_p(count: int, one: int, other: int, total: int) -> float:
    """Two-sided p value of an overlap of two sets of known sizes: all overlaps at most as likely as the one seen.

    >>> round(overlap_p(2, 2, 2, 8), 9)
    0.035714286
    """
    from math import comb

    ways = [comb(one, k) * comb(total - one, other - k) for k in range(min(one, other) + 1)]
    # Whole numbers: what is equally likely is found equal.
    unlikely = sum(way for way in ways if way <= ways[count])
    return unlikely / comb(total, other)
