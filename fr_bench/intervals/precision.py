"""How sure a rate is: its interval, the numbers that it was made from, and the labels that it must carry."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fr_bench.findings import Interval
from fr_bench.intervals import binomial
from fr_bench.intervals.dependence import Dependence

FEW_ERRORS = 10
FEW_UNITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """An interval of a rate with its account. Every way to make an interval of a rate gives one.

    interval         never without width; [0, 1] where nothing can be said
    errors, trials   raw counts
    deff             design effect that was applied; None where dependence was not looked at
    effective        n*, how many independent trials the interval is worth; None where nothing can be said
    degrees          degrees of freedom that n* was corrected with; None where it was not
    carry            how many subjects carry the variance; None where dependence was not looked at
    units            how many subjects (or instruments) took part; None where their ids are not known
    borrowed         whether the design effect was taken together with that of a threshold with more errors
    labels           honesty labels, sorted
    sober            beside an interval that had to take trials as independent: the upper limit of no errors (the lower
                     one of nothing but errors) with as many trials as can be chosen that share no subject
    """

    interval: Interval
    errors: int
    trials: int
    deff: float | None = None
    effective: float | None = None
    degrees: float | None = None
    carry: float | None = None
    units: int | None = None
    borrowed: bool = False
    labels: tuple[str, ...] = ()
    sober: float | None = None

    @property
    def rate(self) -> float:
        """errors / trials."""
        return self.errors / self.trials


def count_labels(errors: int, units: int | None) -> set[str]:
    """Labels that hold whatever the method: `no_errors`, `few_errors` (1 to 9), `too_few_subjects` (under 20).

    >>> sorted(count_labels(3, 12))
    ['few_errors', 'too_few_subjects']
    """
    labels = set()
    if errors == 0:
        labels.add("no_errors")
    elif errors < FEW_ERRORS:
        labels.add("few_errors")
    if units is not None and units < FEW_UNITS:
        labels.add("too_few_subjects")
    return labels


def of_the_rest(precision: Precision) -> Precision:
    """The share of trials that were no errors, from the precision of the errors: what is looked at is the scarcer.

    Labels of few errors stay: they are of the errors.

    >>> from fr_bench.intervals.alternatives import independent
    >>> found = of_the_rest(independent(0, 1000))
    >>> found.errors, round(found.interval.low, 6), found.interval.high
    (1000, 0.996318, 1.0)
    """
    interval = precision.interval
    return replace(
        precision,
        interval=replace(interval, low=1 - interval.high, high=1 - interval.low),
        errors=precision.trials - precision.errors,
        sober=None if precision.sober is None else 1 - precision.sober,
    )


def one_sided_upper(precision: Precision) -> float:
    """The rate that lies above the true one with the confidence of the interval: exact, from the same n*.

    A different statement than the interval's upper end; without errors 1 - (1-level)^(1/n*), about 3/n* at 95 %
    ("rule of three"). 1 where nothing can be said. For a limit of another level or side, or of the method's own form,
    make the interval at the level 2c-1: its ends are the one-sided limits at confidence c.

    >>> from fr_bench.intervals.alternatives import independent
    >>> round(one_sided_upper(independent(0, 1000)), 9)
    0.00299125
    """
    if precision.effective is None:
        return 1.0
    return binomial.one_sided_upper(precision.rate * precision.effective, precision.effective, precision.interval.level)


def nothing_follows(own: Dependence, *, level: float, method: str, unit: str) -> Precision:
    """[0, 1]: all trials are of one subject, or of one pair of subjects."""
    return Precision(
        interval=Interval(0.0, 1.0, level, method, unit),
        errors=own.errors,
        trials=own.trials,
        units=own.units,
        labels=tuple(sorted(count_labels(own.errors, own.units) | {"subjects_as_unit"})),
    )


def as_if_independent(own: Dependence, *, level: float, method: str) -> Precision:
    """Where trials show no dependence and it cannot be borrowed: exact, as if they were independent, and labelled.

    Without errors, or with nothing but errors, the sober limit stands beside it.
    """
    sober = None
    if own.errors == 0:
        sober = binomial.clopper_pearson(0, own.disjoint, level).high
    elif own.errors == own.trials:
        sober = binomial.clopper_pearson(own.disjoint, own.disjoint, level).low
    return Precision(
        interval=replace(binomial.clopper_pearson(own.errors, own.trials, level), method=method),
        errors=own.errors,
        trials=own.trials,
        deff=1.0,
        effective=float(own.trials),
        carry=own.carry,
        units=own.units,
        labels=tuple(sorted(count_labels(own.errors, own.units) | {"assumes_independent_comparisons"})),
        sober=sober,
    )
