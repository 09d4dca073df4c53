"""How much the trials of a test are worth once subjects, not comparisons, are what is drawn.

Trials of one subject resemble each other, and so do all nonmated comparisons that share a subject. The design effect
says by which factor the trials outnumber the independent ones that would be as precise. Three ways to assume it:

`BySubject`   trials of a subject have the intraclass correlation r:
              trials of n subjects with m each are worth  n / ((1-r)/m + r (1+cv^2))
`ByPair`      nonmated comparisons that share one subject have the correlation a, two of the same pair of subjects b:
              n subjects with d comparisons a pair are worth  n(n-1)/2 / ((1-b)/d + b + 2(n-2) a)
`Stated`      the design effect is given, for whatever size

The first two show why more samples of the same subjects stop helping: as m or d grows without limit the terms in r, b
and a stay.

A test does not know its design effect; it estimates it, from errors that coincide in a subject. With x errors expected
the number of such coincidences scatters so that the design effect D has the relative standard deviation

    sqrt(2 (1 - 1/D) / x)               trials of a subject
    sqrt(2 (1 - 1/D) / x + 8 / (n D))   nonmated comparisons, which also coincide by chance; x is at least 50 there

A size is planned with the design effect higher by that much, times the normal quantile of the power. Both are
approximations; of simulated tests of 13 designs, 200 to 800 of each, all planned for a power of 0.9, and judged by the
intervals of this program, 0.85 to 0.945 came out as wanted. Without the allowance it was 0.75 to 0.92.

All functions take the number of subjects as a number or as an array of numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

BORROWED_ERRORS = 50
"""With fewer false matches an interval takes the design effect of the threshold that shows this many."""

LEAST_CARRY = 4
_COUNTABLE = 1e100


class Dependence(Protocol):
    """What is assumed of the trials of n subjects."""

    def trials(self, subjects: Any) -> Any:
        """All trials made; inf where samples are without limit."""

    def effective(self, subjects: Any, rate: float) -> Any:
        """Independent trials that would be as precise, where the true rate is `rate`."""

    def judged(self, subjects: Any, rate: float, margin: float = 0.0) -> Any:
        """Effective trials as an interval will credit them.

        Fewer, since the design effect that a test finds scatters (it is taken `margin` standard deviations above its
        mean), and since with few errors a larger one is borrowed.
        """

    def degrees(self, subjects: Any, rate: float) -> Any:
        """Degrees of freedom that an interval will have."""

    def scaled(self, factor: float) -> Dependence:
        """The same with the correlation, or a stated design effect, times `factor`."""

    def described(self, rate: float) -> dict[str, float]:
        """The figures assumed, by name, at the true rate `rate`."""


@dataclass(frozen=True, slots=True)
class BySubject:
    """Trials of the same subject resemble each other; different subjects are independent.

    each         trials a subject, their mean; inf for samples without limit
    correlation  intraclass correlation r of two trials of a subject, 0 to 1
    variation    coefficient of variation of the trials a subject

    The design effect is 1 + r((1+cv^2) m - 1).

    >>> size = BySubject(each=10, correlation=0.2)
    >>> round(float(size.trials(100) / size.effective(100, 0.01)), 12)
    2.8
    """

    each: float
    correlation: float
    variation: float = 0.0

    def trials(self, subjects: Any) -> Any:
        return np.multiply(subjects, self.each)

    def effective(self, subjects: Any, rate: float) -> Any:
        r = self.correlation
        share = (1 - r) / self.each + r * (1 + self.variation**2)
        with np.errstate(divide="ignore"):
            return np.minimum(np.divide(subjects, share), self.trials(subjects))

    def judged(self, subjects: Any, rate: float, margin: float = 0.0) -> Any:
        worth, made = self.effective(subjects, rate), self.trials(subjects)
        with np.errstate(divide="ignore", invalid="ignore"):
            excess = np.where(np.isfinite(made), 1 - worth / made, 1.0)
            return worth / (1 + margin * np.sqrt(2 * np.maximum(excess, 0.0) / np.multiply(made, rate)))

    def degrees(self, subjects: Any, rate: float) -> Any:
        return np.subtract(subjects, 1.0)

    def scaled(self, factor: float) -> BySubject:
        return replace(self, correlation=min(1.0, self.correlation * factor))

    def described(self, rate: float) -> dict[str, float]:
        return {"correlation": self.correlation, "variation": self.variation}


@dataclass(frozen=True, slots=True)
class ByPair:
    """Nonmated comparisons resemble each other where they share a subject, and more where they share both.

    each         comparisons made for every unordered pair of subjects, their mean; inf for samples without limit
    relative     a/p: the correlation a of two comparisons that share one subject, over the rate p. It is the square of
                 the coefficient of variation of the subjects' own FMR, and changes little with p where a changes much
    pair         correlation b of two comparisons of the same two subjects, 0 to 1
    carry        subjects that carry the variance, as a share of all, where an earlier run tells it

    The design effect is 1 + (d-1) b + 2(n-2) d a.

    >>> size = ByPair(each=1, relative=1.0, pair=0.2)
    >>> round(float(size.trials(1002) / size.effective(1002, 1e-3)), 9)
    3.0
    """

    each: float
    relative: float
    pair: float
    carry: float | None = None

    def trials(self, subjects: Any) -> Any:
        return _pairs(subjects) * self.each

    def effective(self, subjects: Any, rate: float) -> Any:
        return self._worth(subjects, np.minimum(1.0, self.relative * np.asarray(rate, np.float64)))

    def judged(self, subjects: Any, rate: float, margin: float = 0.0) -> Any:
        made, n = self.trials(subjects), np.asarray(subjects, np.float64)
        scarce = np.multiply(made, rate) < BORROWED_ERRORS
        shown = np.where(scarce, np.minimum(0.5, BORROWED_ERRORS / np.maximum(made, 1.0)), rate)
        borrowed = self._worth(subjects, np.minimum(1.0, self.relative * np.maximum(shown, rate)))
        worth = self.effective(subjects, rate)
        errors = np.maximum(BORROWED_ERRORS, np.minimum(made, _COUNTABLE) * rate)
        own = np.where(np.isfinite(made), worth / made, 0.0)  # 1 over the design effect
        spread = np.sqrt(2 * np.maximum(1 - own, 0.0) / errors + 8 * own / n)
        return np.minimum(borrowed, worth / (1 + margin * spread))

    def degrees(self, subjects: Any, rate: float) -> Any:
        if self.carry is None:
            return _degrees(subjects, self.trials(subjects), rate, self.relative)
        n = np.asarray(subjects, np.float64)
        return np.minimum(n - 1, np.maximum(LEAST_CARRY, n * self.carry))

    def scaled(self, factor: float) -> ByPair:
        return replace(self, relative=self.relative * factor, pair=min(1.0, self.pair * factor))

    def described(self, rate: float) -> dict[str, float]:
        return {"correlation": min(1.0, self.relative * rate), "relative": self.relative, "pair_correlation": self.pair}

    def _worth(self, subjects: Any, correlation: Any) -> Any:
        n = np.asarray(subjects, np.float64)
        pair = self.pair if self.each > 1 else 0.0
        share = np.maximum((1 - pair) / self.each + pair + 2 * (n - 2) * correlation, 1 / self.each)
        with np.errstate(divide="ignore"):
            return np.divide(_pairs(n), share)


@dataclass(frozen=True, slots=True)
class Stated:
    """A design effect that somebody states for the test planned, at whatever size."""

    each: float
    effect: float
    pairs: bool

    def trials(self, subjects: Any) -> Any:
        return (_pairs(subjects) if self.pairs else np.asarray(subjects, np.float64)) * self.each

    def effective(self, subjects: Any, rate: float) -> Any:
        return self.trials(subjects) / self.effect

    def judged(self, subjects: Any, rate: float, margin: float = 0.0) -> Any:
        return self.effective(subjects, rate)

    def degrees(self, subjects: Any, rate: float) -> Any:
        if not self.pairs:
            return np.subtract(subjects, 1.0)
        shared = 2 * np.maximum(np.subtract(subjects, 2.0), 1.0) * self.each
        return _degrees(subjects, self.trials(subjects), rate, (self.effect - 1) / shared / rate)

    def scaled(self, factor: float) -> Stated:
        return replace(self, effect=max(1.0, self.effect * factor))

    def described(self, rate: float) -> dict[str, float]:
        return {"design_effect": self.effect}


def _degrees(subjects: Any, trials: Any, rate: float, relative: Any) -> Any:
    """min(n-1, max(4, carry)), where false matches scatter by Poisson's law about each subject's own rate.

    The excess kurtosis of a negative binomial count of mean m and relative variance k is 6 k + 1/(m + k m^2), and
    carry = n/(3 + excess).
    """
    n = np.asarray(subjects, np.float64)
    mean = 2 * np.maximum(BORROWED_ERRORS, np.minimum(trials, _COUNTABLE) * rate) / n
    carry = n / (3 + 6 * relative + 1 / (mean + relative * mean**2))
    return np.minimum(n - 1, np.maximum(LEAST_CARRY, carry))


def _pairs(subjects: Any) -> Any:
    n = np.asarray(subjects, np.float64)
    return n * (n - 1) / 2


def shrunk(judged: Any, degrees: Any, tail: float) -> Any:
    """n* = n_eff (z/t)^2: less by what the uncertainty of the design effect costs; `tail` is that of one side."""
    from scipy.special import ndtri, stdtrit

    return judged * (ndtri(1 - tail) / stdtrit(degrees, 1 - tail)) ** 2


def design_effect(dependence: Dependence, subjects: float, rate: float) -> float | None:
    """Trials made over what they are worth; None where samples are without limit."""
    made, worth = float(dependence.trials(subjects)), float(dependence.effective(subjects, rate))
    return made / worth if math.isfinite(made) else None
