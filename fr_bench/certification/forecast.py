"""The probability that the verdict of a fresh test is a pass: as many subjects, drawn anew from the same population.

Point verdicts: the subjects are drawn with replacement, all categories together, the value is counted again in each
draw, and the share of draws that pass is told with its Clopper-Pearson interval. With fewer than 10 errors the
population's rate is drawn as well, from a beta distribution with the effective number of trials. Without an error two
forecasts are told: under the upper limit, and under no errors at all.

Verdicts on a bound: how many errors of the effective trials still pass, and how probable so few are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import cast

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import Measurement
from fr_bench.intervals import crossing, tails
from fr_bench.intervals import draws as drawing
from fr_bench.intervals.binomial import clopper_pearson, one_sided_upper
from fr_bench.intervals.weights import weights
from fr_bench.known_measures import resolve
from fr_bench.metrics import parameters
from fr_bench.records import ScoreSet
from fr_bench.subject_scores import SubjectScores

DRAWS = 1000
SEED = 20260101
FEW = 10
LABEL = "assumes_same_population"
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The probability of passing on a fresh draw.

    share           of draws that pass; None where two ends are told, or nothing can be said
    low, high       95 % interval of the share, or both ends
    draws           how many; 0 where none was needed
    why             a code of the wording where there is no forecast
    """

    share: float | None = None
    low: float | None = None
    high: float | None = None
    draws: int = 0
    why: str = ""
    labels: tuple[str, ...] = (LABEL,)

    @property
    def known(self) -> bool:
        """Whether anything is said."""
        return self.low is not None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Asked:
    """One limit whose passing is forecast."""

    scores: ScoreSet
    found: Measurement
    limit: float
    upper: bool = True


def drawn_passes(asked: Sequence[Asked], *, draws: int = DRAWS, seed: int = SEED) -> list[NDArray[np.bool_] | None]:
    """(draws,) whether each limit is passed on its point in each draw; None where its value cannot be drawn.

    The weights of a draw are those of all subjects of all limits: categories fall together.
    """
    known = [SubjectScores.of(one.scores) for one in asked]
    names = sorted({name for one in known if one is not None for name in one.names})
    if not names:
        return [None] * len(asked)
    place = {name: k for k, name in enumerate(names)}
    source = weights("multinomial", names, draws, seed)
    found: list[NDArray[np.bool_] | None] = []
    for number, (one, scores) in enumerate(zip(asked, known, strict=True)):
        values = None if scores is None else _values(one, scores, source[[place[name] for name in scores.names]])
        if values is None or one.found.value is None:
            found.append(None)
            continue
        errors = _errors(one.found)
        if errors is not None and 0 < errors < FEW:
            values = values * _population(one.found, draws, seed, number)
        found.append(values <= one.limit if one.upper else values >= one.limit)
    return found


def of_passes(passed: NDArray[np.bool_]) -> Forecast:
    """The share of draws that pass, with its interval.

    >>> of_passes(np.array([True] * 90 + [False] * 10)).share
    0.9
    """
    count, draws = int(passed.sum()), len(passed)
    interval = clopper_pearson(count, draws, 0.95)
    return Forecast(share=count / draws, low=interval.low, high=interval.high, draws=draws)


def of_point(one: Asked, passed: NDArray[np.bool_] | None) -> Forecast:
    """The forecast of a verdict on the point."""
    if passed is None:
        return Forecast(why="cannot_be_drawn")
    if _errors(one.found) == 0 and one.upper:
        effective, high = _effective(one.found), upper_bound(one.found)
        if effective is None or high is None:
            return Forecast(why="no_interval")
        worst = _binomial_at_most(math.floor(one.limit * effective + 1e-9), effective, high)
        return Forecast(low=worst, high=1.0)
    return of_passes(passed)


def of_bound(one: Asked, confidence: float) -> Forecast:
    """The forecast of a verdict on the upper bound of a rate, from effective errors and trials."""
    found, effective = one.found, _effective(one.found)
    if found.value is None or found.unit != "proportion" or not one.upper:
        return Forecast(why="cannot_be_drawn")
    if effective is None:
        return Forecast(why="no_interval")
    most = _most_passing(effective, one.limit, confidence)
    if found.value == 0:
        high = upper_bound(found)
        if high is None:
            return Forecast(why="no_interval")
        return Forecast(low=_binomial_at_most(most, effective, high), high=1.0 if most >= 0 else 0.0)
    wrong = found.value * effective
    share = _beta_binomial_at_most(most, effective, wrong + 0.5, effective - wrong + 0.5)
    return Forecast(share=share, low=share, high=share)


def _most_passing(effective: int, limit: float, confidence: float) -> int:
    """The most errors whose upper bound still lies at or below the limit; -1 where not even none does."""
    low, high = -1, effective
    while low < high:
        middle = (low + high + 1) // 2
        if one_sided_upper(middle, effective, confidence) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _values(one: Asked, known: SubjectScores, source: Values) -> Values | None:
    """(draws,) the measure in each draw; None where it is not drawn, or needs scores that were not kept."""
    measure, kind = resolve(one.found.measure)
    scores = one.scores
    if known.design is None or not known.design.total or not len(scores.mated):
        return None
    tail = tails.Tail.of(scores.nonmated.values, known.first, known.second, known.design, floor=scores.floor)
    mated = tails.Mated.of(scores.mated.values, known.mated, people=len(known.names))
    try:
        drawn = drawing.weighed(tail, mated, source, draws=source.shape[1], whole=True)
        values = _statistic(drawn, str(measure), kind.quantity)
    except ValueError:  # a draw without mated or nonmated trials, or a threshold below the floor
        return None
    return None if values is None or np.isnan(values).any() else values


def _statistic(drawn: drawing.Drawn, text: str, quantity: str) -> Values | None:
    measure = resolve(text)[0]
    if measure.name == "EER":
        return crossing.eer_draws(drawn)
    if quantity == "FNMR" and "FMR" in measure:
        return drawing.fnmr_at_fmr_draws(drawn, [parameters.target(measure, "FMR")])[:, 0]
    if "threshold" in measure and quantity in ("FNMR", "FMR"):
        at = [float(measure["threshold"])]
        found = drawing.fnmr_draws(drawn, at) if quantity == "FNMR" else drawing.fmr_draws(drawn, at)
        return found[:, 0]
    return None


def _population(found: Measurement, draws: int, seed: int, number: int) -> Values:
    """(draws,) the population's rate over the one seen, drawn from its beta distribution."""
    from scipy.special import betaincinv

    effective = _effective(found)
    if effective is None or not found.value:
        return np.ones(draws)
    wrong = found.value * effective
    raw = np.random.Philox(key=(seed << 16) + number).random_raw(draws)
    uniform = ((raw >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return cast(Values, betaincinv(wrong + 0.5, effective - wrong + 0.5, uniform) / found.value)


def _errors(found: Measurement) -> int | None:
    """Errors behind a value; of the EER those of the scarcer side."""
    if found.counts is not None:
        return found.counts.errors
    fractions: Mapping[str, Sequence[int]] = found.details.get("fractions", {})
    return min((int(counts[0]) for counts in fractions.values()), default=None)


def upper_bound(found: Measurement) -> float | None:
    """The one-sided upper bound of a measurement, at the confidence of its interval's end.

    Where one side of an EER shows no error its interval knows of the other side alone: the bound is then at least that
    of as many trials without an error as there are subjects.
    """
    if found.interval is None:
        return None
    people = _errorless(found)
    if people is None:
        return found.interval.high
    return max(found.interval.high, one_sided_upper(0, people, (1 + found.interval.level) / 2))


def _errorless(found: Measurement) -> int | None:
    """How many independent trials show no error on a side of an EER; None where both sides have errors."""
    fractions: Mapping[str, Sequence[int]] = found.details.get("fractions", {})
    if found.counts is not None or not {"fmr", "fnmr"} <= set(fractions):
        return None
    units = []
    for name, (errors, trials) in fractions.items():
        if name in ("fmr", "fnmr") and not int(errors):
            # A nonmated trial takes two persons.
            people = found.subjects if found.subjects is None or name == "fnmr" else found.subjects // 2
            units.append(min(int(trials), people if people is not None else int(trials)))
    return max(1, min(units)) if units else None


def _effective(found: Measurement) -> int | None:
    """How many independent trials the interval is worth."""
    account = found.details.get("precision")
    told = account.get("effective") if isinstance(account, Mapping) else None
    if isinstance(told, int | float) and told >= 1 and found.counts is not None:
        return max(1, round(min(told, found.counts.trials)))
    people = _errorless(found)
    if people is not None:
        return people
    interval, value = found.interval, found.value
    if interval is None or value is None:
        return None
    tail = (1 - interval.level) / 2
    if value == 0:
        return None if not 0 < interval.high < 1 else max(1, round(math.log(tail) / math.log1p(-interval.high)))
    if not 0 < interval.low < interval.high < 1:
        return None
    width = _logit(interval.high) - _logit(interval.low)
    error = width / (2 * NormalDist().inv_cdf(1 - tail))
    return max(1, min(10**9, round(1 / (value * (1 - value) * error**2)))) if error else None


def _logit(rate: float) -> float:
    return math.log(rate / (1 - rate))


def _binomial_at_most(most: int, trials: int, rate: float) -> float:
    from scipy.special import bdtr

    return float(bdtr(min(most, trials), trials, rate)) if most >= 0 else 0.0


def _beta_binomial_at_most(most: int, trials: int, a: float, b: float) -> float:
    from scipy.stats import betabinom

    return float(betabinom.cdf(most, trials, a, b)) if most >= 0 else 0.0
