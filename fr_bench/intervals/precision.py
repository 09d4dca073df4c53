"""How sure a rate is: its interval, the numbers that it was made from, and the labels that it must carry."""

from __future__ import annotations

from dataclasses import dataclass

from fr_bench.findings import Interval
from fr_bench.intervals import binomial

FEW_ERRORS = 10
FEW_UNITS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """An interval of a rate with its account. Every way to make an interval of a rate gives one.

    interval         never without width; [0, 1] where nothing can be said, and then `effective` is None
    errors, trials   raw counts
    deff             design effect that was applied, at least 1; None where dependence was not looked at
    effective        n*, how many independent trials the interval is worth; None where it does not rest on such a number
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


def one_sided_upper(precision: Precision) -> float:
    """The rate that lies above the true one with the confidence of the interval, from the same n*.

    A different statement than the interval's upper end; without errors 1 - (1-level)^(1/n*), about 3/n* at 95 %
    ("rule of three"). 1 where nothing can be said. For the end of another side or level make the interval at the level
    2*level - 1: its ends are the one-sided limits at `level`.
    Raises ValueError if the interval does not rest on an effective number, though something can be said.
    """
    if precision.effective is None:
        if (precision.interval.low, precision.interval.high) == (0.0, 1.0):
            return 1.0
        raise ValueError(f"{precision.interval.method} rests on no effective number of trials")
    return binomial.one_sided_upper(precision.rate * precision.effective, precision.effective, precision.interval.level)
