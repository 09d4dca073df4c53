"""The difference of an error rate between two systems that decided the same comparisons.

Always paired: errors of both systems on a subject go together, so what makes a subject hard for both cancels. The
value is the second system's rate less the first's: above 0 the second errs more often. Looking whether two separate
intervals overlap instead wastes most of what the pairing knows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import Interval
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.design import Design
from fr_bench.intervals.dyads import PairErrors, corrected
from fr_bench.intervals.exact_sums import dot
from fr_bench.intervals.significance import FLIPS, sign_flip

FEW_UNITS = 20
FEW_DISCORDANT = 10
NO_DISCORDANCE = "no discordant comparison: both systems decided every comparison alike"
SAME_COUNTS = "as many errors on every subject; which comparisons they are was not compared"
EQUAL_DRAWS = "every draw of subjects gives the same difference"
EQUAL_SUBJECTS = "the difference is the same in every subject, which shows nothing of how subjects differ"
ONE_SUBJECT = "one subject shows nothing of how subjects differ"
EQUAL_BY_SUBJECT = "the systems err on different comparisons, and equally often on every subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Second system less first, on the same comparisons.

    value         difference of the rates (or of another measure), negative where the second system's is smaller
    interval      t interval over subjects; None where nothing shows how subjects differ: then `no_interval` says why
    variance      V of the difference; 0 is no certainty, and then there is no interval
    degrees       degrees of freedom of t: units - 1
    units         subjects that take part
    p             two-sided p value of "no difference"; None where no test is valid
    test          "sign-flip" (by subject), "t" (difference over its standard error), or None
    differing     units (for an FMR pairs of subjects) in which the numbers of errors differ; None for draws
    discordant    comparisons that only the first, and only the second system got wrong; None where not counted
    discordance   where no unit differs: Clopper-Pearson for the share of comparisons decided differently, taken as
                  independent, which a difference cannot exceed
    disjoint      how many units share nothing: n subjects, or n // 2 pairs of them; None where the value is not bounded
    level         nominal level of the interval
    labels        honesty labels, sorted
    """

    value: float
    interval: Interval | None
    no_interval: str | None
    variance: float
    degrees: int
    units: int
    p: float | None
    test: Literal["sign-flip", "t"] | None
    differing: int | None
    level: float
    labels: tuple[str, ...]
    discordant: tuple[int, int] | None = None
    discordance: Interval | None = None
    disjoint: int | None = None

    @property
    def sober(self) -> float | None:
        """What the difference cannot exceed where no comparison was decided differently; None otherwise.

        The upper limit of the share decided differently if only units that share nothing were independent. Where the
        threshold hangs on the draw, it is that of the thresholds found.
        """
        if self.no_interval != NO_DISCORDANCE or self.disjoint is None:
            return None
        return clopper_pearson(0, self.disjoint, self.level).high

    @property
    def standard_error(self) -> float:
        """Square root of the variance."""
        return math.sqrt(self.variance)

    def minimum_detectable(self, power: float = 0.8) -> float | None:
        """The true difference that a test at 1 - level would have found with probability `power`, in these data.

        (z_{1-alpha/2} + z_power) times the standard error; 2.80 of them at 95 % and power 0.8. None where the data do
        not show a standard error.
        """
        if not 0 < power < 1:
            raise ValueError(f"power {power}")
        if not self.variance > 0:
            return None
        normal = NormalDist()
        return (normal.inv_cdf((1 + self.level) / 2) + normal.inv_cdf(power)) * math.sqrt(self.variance)


def paired_fnmr(
    first: ClusterCounts,
    second: ClusterCounts,
    *,
    level: float = 0.95,
    discordant: tuple[int, int] | None = None,
    flips: int = FLIPS,
    seed: int = 0,
) -> Difference:
    """The difference of two FNMRs at fixed thresholds, by subject; any rate whose trials fall into clusters.

    first, second   errors and trials of each subject, the same subjects in the same order with the same trials
    discordant      comparisons that only the first, only the second system got wrong, where the caller counted them

    With D_i = x_i(second) - x_i(first), d = sum D / M, q_i = D_i - d m_i: V = n/(n-1) sum q^2 / M^2; the interval is
    d -+ t_{n-1} sqrt(V). p is the sign-flip test of D. Swapping the systems negates value and interval, bit by bit.
    Raises ValueError if the trials are not the same.

    >>> a, b = ClusterCounts([0, 1, 0, 2], [2, 2, 2, 2]), ClusterCounts([1, 1, 1, 2], [2, 2, 2, 2])
    >>> found = paired_fnmr(a, b)
    >>> found.value, round(found.variance, 12), found.p
    (0.25, 0.020833333333, 0.5)
    """
    if not np.array_equal(first.trials, second.trials):
        raise ValueError("the two systems were not tried on the same comparisons of the same subjects")
    changed, trials = second.errors - first.errors, first.trials
    units, total, made = len(trials), int(changed.sum()), int(trials.sum())
    if not units:
        raise ValueError("no trial was made")
    squares = made**2 * _squared(changed) - 2 * made * total * _times(changed, trials) + total**2 * dot(trials, trials)
    return _closed_form(
        total=total,
        trials=made,
        units=units,
        variance=units * squares / ((units - 1) * made**4) if units > 1 else 0.0,
        level=level,
        method="paired-t",
        p=sign_flip(changed, flips=flips, seed=seed),
        differing=int(np.count_nonzero(changed)),
        discordant=discordant,
        disjoint=units,
    )


def paired_fmr(
    design: Design,
    first: PairErrors,
    second: PairErrors,
    *,
    level: float = 0.95,
    discordant: tuple[int, int] | None = None,
) -> Difference:
    """The difference of two FMRs at fixed thresholds; every comparison belongs to a pair of subjects.

    The dyadic variance with e_ij(second) - e_ij(first) in place of e_ij: [kappa max(C, 0) + S2] / N^2, and t_{n-1}.
    Flipping signs by subject is not valid here, so p comes from the difference over its standard error.
    Raises ValueError if no comparison was made, or a pair changed by more than its comparisons.

    >>> from fr_bench.intervals.design import AllPairs
    >>> a, b = PairErrors.of([0], [1]), PairErrors.of([0, 0, 2], [1, 2, 3])
    >>> found = paired_fmr(AllPairs([1, 1, 1, 1]), a, b)
    >>> round(found.value, 12), found.units, found.differing
    (0.333333333333, 4, 2)
    """
    trials = design.total
    if trials < 1:
        raise ValueError("no nonmated comparison was made")
    lower, upper, changed = _changed_pairs(first, second, design.subjects)
    made = design.between(lower, upper)
    if (np.abs(changed) > made).any():
        raise ValueError(f"{(np.abs(changed) > made).sum()} pairs with more false matches than comparisons")
    compared = design.by_subject().astype(np.int64)
    by_subject = _sum_at(lower, upper, changed, design.subjects)
    total, units = int(changed.sum()), int(np.count_nonzero(compared))
    # Both sums times N^2, in whole numbers.
    sum_r2 = (
        trials**2 * _squared(by_subject)
        - 2 * trials * total * _times(by_subject, compared)
        + total**2 * dot(compared, compared)
    )
    s2 = (
        trials**2 * _squared(changed)
        - 2 * trials * total * _times(changed, made)
        + total**2 * int(design.sum_of_squares())
    )
    return _closed_form(
        total=total,
        trials=trials,
        units=units,
        variance=corrected(sum_r2 - 2 * s2, s2, units, trials),
        level=level,
        method="paired-dyadic",
        p=None,
        differing=len(changed),
        discordant=discordant,
        disjoint=units // 2,
    )


def paired_draws(
    first: float,
    second: float,
    first_draws: NDArray[np.float64],
    second_draws: NDArray[np.float64],
    *,
    units: int,
    level: float = 0.95,
    bound: float = math.inf,
    discordant: tuple[int, int] | None = None,
) -> Difference:
    """The difference of a measure of the curve (FNMR@FMR, EER, AUC), from the same weighted draws for both systems.

    first, second      the measure's value of each system
    *_draws            (B,) the statistic in each draw; draw k weighted the same subjects alike for both systems
    units              n, subjects that were weighted
    bound              what the difference cannot exceed: 1 for rates and AUC
    discordant         comparisons that only the first, only the second system got wrong, where the caller counted them

    Standard error: that of the draws' differences; d -+ t_{n-1} se; p from d/se. A draw that has no value (NaN, such as
    one that ran off the scores that were kept) leaves no interval.
    Raises ValueError for draws of unequal number, or fewer than 2.
    """
    if first_draws.shape != second_draws.shape or first_draws.ndim != 1 or len(first_draws) < 2:
        raise ValueError(f"draws {first_draws.shape} and {second_draws.shape}")
    changed = second_draws - first_draws
    value, missing = second - first, int(np.isnan(changed).sum())
    constant = missing > 0 or changed.min() == changed.max()
    spread = 0.0 if constant else float(np.var(changed, ddof=1))
    why = None
    if missing:
        why = f"in {missing} of {len(changed)} draws the nonmated scores that were kept do not reach; keep more of them"
    elif discordant == (0, 0) and not spread > 0:
        why = NO_DISCORDANCE
    elif not spread > 0:
        why = EQUAL_DRAWS
    return _from_variance(
        value=value,
        variance=spread,
        units=units,
        level=level,
        method="paired-draws",
        bound=bound,
        p=None,
        differing=None,
        discordant=discordant,
        disjoint=units if bound <= 1 and not missing else None,
        why=why,
        labels=(
            *("tail_too_short",) * bool(missing),
            *("no_discordance",) * (why == NO_DISCORDANCE),
            *("few_discordant",) * (discordant is not None and 0 < sum(discordant) < FEW_DISCORDANT),
        ),
    )


def _closed_form(
    *,
    total: int,
    trials: int,
    units: int,
    variance: float,
    level: float,
    method: str,
    p: float | None,
    differing: int,
    discordant: tuple[int, int] | None,
    disjoint: int,
) -> Difference:
    """The difference total / trials of decisions that were counted."""
    apart = sum(discordant) if discordant is not None else 0
    why, discordance = None, None
    if not differing:
        discordance = clopper_pearson(apart, trials, level)
        why = EQUAL_BY_SUBJECT if apart else SAME_COUNTS if discordant is None else NO_DISCORDANCE
    labels = ("few_discordant",) * (0 < (apart or differing) < FEW_DISCORDANT)
    return _from_variance(
        value=total / trials,
        variance=variance if differing else 0.0,
        units=units,
        level=level,
        method=method,
        bound=1.0,
        p=p,
        differing=differing,
        discordant=discordant,
        discordance=discordance,
        disjoint=disjoint,
        why=why,
        labels=(*labels, *("no_discordance",) * (why == NO_DISCORDANCE)),
    )


def _from_variance(
    *,
    value: float,
    variance: float,
    units: int,
    level: float,
    method: str,
    bound: float,
    p: float | None,
    differing: int | None,
    discordant: tuple[int, int] | None = None,
    discordance: Interval | None = None,
    disjoint: int | None = None,
    why: str | None,
    labels: tuple[str, ...],
) -> Difference:
    """value -+ t sqrt(variance), or the reason why not; the test that belongs to it."""
    if not 0 < level < 1:
        raise ValueError(f"confidence level {level}")
    degrees = max(units - 1, 0)
    if why is None and units < 2:
        why = ONE_SUBJECT
    if why is None and not variance > 0:
        why = EQUAL_SUBJECTS
    interval = None
    if why is None:
        half = _t_quantile(level, degrees) * math.sqrt(variance)
        interval = Interval(max(-bound, value - half), min(bound, value + half), level, method, "subject")
    test: Literal["sign-flip", "t"] | None = "sign-flip" if p is not None else None
    if p is None and interval is not None:
        p, test = min(1.0, 2 * above_t(abs(value) / math.sqrt(variance), degrees)), "t"
    elif p is None and value == 0 and variance == 0 and "tail_too_short" not in labels:
        p = 1.0
    return Difference(
        value=value,
        interval=interval,
        no_interval=why,
        variance=variance,
        degrees=degrees,
        units=units,
        p=p,
        test=test,
        differing=differing,
        discordant=discordant,
        discordance=discordance,
        disjoint=disjoint,
        level=level,
        labels=tuple(sorted({*labels, *("too_few_subjects",) * (units < FEW_UNITS)})),
    )


def _changed_pairs(
    first: PairErrors, second: PairErrors, subjects: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of subjects whose false matches differ in number, and by how many: second less first."""
    lower, upper = (np.concatenate([getattr(part, side) for part in (first, second)]) for side in ("first", "second"))
    if (upper >= subjects).any():
        raise ValueError(f"a false match of subject {upper.max()} of {subjects} subjects numbered from 0")
    known, place = np.unique(lower * subjects + upper, return_inverse=True)
    changed = np.zeros(len(known), np.int64)
    np.add.at(changed, place.reshape(-1), np.concatenate([-first.errors, second.errors]))
    kept = changed != 0
    return *np.divmod(known[kept], subjects), changed[kept]


def _sum_at(
    first: NDArray[np.int64], second: NDArray[np.int64], changed: NDArray[np.int64], subjects: int
) -> NDArray[np.int64]:
    sums = np.zeros(subjects, np.int64)
    np.add.at(sums, first, changed)
    np.add.at(sums, second, changed)
    return sums


def _squared(changed: NDArray[np.int64]) -> int:
    """Sum of the squares of whole numbers of any sign, exact."""
    sizes = np.abs(changed)
    return dot(sizes, sizes)


def _times(changed: NDArray[np.int64], trials: NDArray[np.int64]) -> int:
    """Sum of changes of any sign times trials, which are none below 0; exact."""
    return dot(np.maximum(changed, 0), trials) - dot(np.maximum(-changed, 0), trials)


def _t_quantile(level: float, degrees: int) -> float:
    from scipy.special import stdtrit  # scipy takes a fifth of a second to import

    return float(stdtrit(degrees, (1 + level) / 2))


def above_t(statistic: float, degrees: int) -> float:
    """The probability of Student's t above `statistic`."""
    from scipy.special import stdtr

    return float(stdtr(degrees, -statistic))
