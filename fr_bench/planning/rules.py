"""The rules of thumb of ISO/IEC 19795-1 and the closed forms, for independent trials; a design effect multiplies them.

Rule of 3: no error in N trials shows a rate below about 3/N at 95 % (one-sided). Rule of 30: with 30 errors the rate is
known to 30 % of itself at 90 %.
"""

from __future__ import annotations

import math
from statistics import NormalDist


def trials_without_error(limit: float, level: float = 0.95) -> int:
    """Independent trials, all without error, that show a rate below `limit` with one-sided confidence `level`.

    The smallest whole number of at least ln(1-level)/ln(1-limit). Raises ValueError unless both lie between 0 and 1.

    >>> trials_without_error(1e-4), trials_without_error(1e-4, 0.80)
    (29956, 16094)
    """
    _between(limit, "limit")
    _between(level, "level")
    return math.ceil(math.log1p(-level) / math.log1p(-limit) * (1 - 1e-15))


def errors_for_width(relative: float, level: float = 0.90) -> float:
    """Errors that make the half width of an interval `relative` of the rate: (z/relative)^2, for a small rate.

    >>> round(errors_for_width(0.30), 1), round(errors_for_width(0.50)), round(errors_for_width(0.10))
    (30.1, 11, 271)
    """
    _between(level, "level")
    if not relative > 0:
        raise ValueError(f"relative half width {relative}")
    return (NormalDist().inv_cdf((1 + level) / 2) / relative) ** 2


def trials_for_width(rate: float, width: float, level: float = 0.95) -> float:
    """Independent trials at which the half width of an interval is `width` by normal theory: z^2 p(1-p)/h^2.

    >>> round(trials_for_width(0.02, 0.002))
    18823
    """
    _between(rate, "rate")
    _between(level, "level")
    return NormalDist().inv_cdf((1 + level) / 2) ** 2 * rate * (1 - rate) / width**2


def trials_for_difference(
    difference: float, discordant: float, power: float, tail: float = 0.025, degrees: float = math.inf
) -> float:
    """Independent paired trials that find a difference with probability `power`.

    discordant   share of the trials that the two systems decide differently
    degrees      degrees of freedom of the test, as it estimates the variance; without limit: the variance is known

    (t_(1-tail) sqrt(f) + z_power sqrt(f - delta^2))^2 / delta^2; `tail` is alpha/2 for a two-sided test.
    Source: Connor (1987), for McNemar's test.

    >>> round(trials_for_difference(0.005, 0.02, 0.8))
    6277
    """
    _between(difference, "difference")
    _between(discordant, "discordance rate")
    if discordant < difference:
        raise ValueError(f"a difference of {difference} needs at least as many discordant trials, not {discordant}")
    z = NormalDist().inv_cdf(power)
    root = _t(tail, degrees) * math.sqrt(discordant) + z * math.sqrt(discordant - difference**2)
    return (root / difference) ** 2


def subjects_for_difference(
    difference: float, spread: float, power: float, tail: float = 0.025, degrees: float = math.inf
) -> float:
    """Subjects that find a paired `difference` with probability `power`: Connor's form with subjects as trials.

    spread    tau: the standard error of the difference in a pilot, times the square root of the pilot's subjects
    degrees   as above; those of the test planned are its subjects less one

    (t_(1-tail) sqrt(tau^2 + delta^2) + z_power tau)^2 / delta^2: swapping the systems within subjects, which is what a
    verdict is held against, spreads by tau^2 + delta^2. For small differences (z + z)^2 tau^2/delta^2.

    >>> round(subjects_for_difference(0.005, 0.05, 0.8), 1)
    790.4
    """
    root = _t(tail, degrees) * math.hypot(spread, difference) + NormalDist().inv_cdf(power) * spread
    return (root / difference) ** 2


def difference_found(spread: float, subjects: float, power: float, tail: float = 0.025) -> float:
    """The smallest difference that so many subjects find with probability `power`; inf: none.

    The inverse of `subjects_for_difference` with subjects - 1 degrees of freedom.

    >>> needed = subjects_for_difference(0.005, 0.05, 0.8, degrees=800)
    >>> round(difference_found(0.05, 801, 0.8), 5), round(needed, 1)
    (0.00497, 792.1)
    """
    t, z = _t(tail, subjects - 1), NormalDist().inv_cdf(power)
    rest = subjects - t**2
    if rest <= 0:
        return math.inf
    root = math.sqrt(max(0.0, subjects * z**2 - rest * (z**2 - t**2)))
    return spread * (math.sqrt(subjects) * z + root) / rest


def upper_spread(spread: float, differing: int, confidence: float) -> float:
    """The limit that the true tau lies below with `confidence`, after a pilot.

    differing   subjects of the pilot in which the systems' numbers of errors differ. Only they tell the spread: it is
                taken to have as many degrees of freedom, whatever the number of all subjects

    tau sqrt(K / chi^2_(1-confidence; K)).
    Source: R. H. Browne, On the use of a pilot sample for sample size determination, Statistics in Medicine 14 (1995).

    >>> round(upper_spread(0.3, 30, 0.9), 3), round(upper_spread(0.3, 3000, 0.9), 3)
    (0.362, 0.305)
    """
    from scipy.special import chdtri

    return spread * math.sqrt(differing / float(chdtri(differing, confidence)))


def _t(tail: float, degrees: float) -> float:
    from scipy.special import stdtrit

    return NormalDist().inv_cdf(1 - tail) if math.isinf(degrees) else float(stdtrit(degrees, 1 - tail))


def _between(value: float, what: str) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{what} {value} does not lie between 0 and 1")
