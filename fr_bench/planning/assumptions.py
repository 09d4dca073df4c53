"""What a plan takes for granted: how the statement is made, how samples are compared, and how alike trials are.

Defaults of the correlations are round figures near those of two MobileFaceNet models on pictures of 300 to 1,000
subjects of LFW: r was 0.11 to 0.28 at FNMR 0.005 to 0.3; a/p rose from 0.05 at FMR 0.1 over 0.5 at 1e-3 to 1.0 at 1e-4
and 1.5 at 1e-5; b fell from 0.4 to 0.1. They stand in for a pilot; they do not replace one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from fr_bench.errors import UsageError
from fr_bench.numerals import grouped, short
from fr_bench.planning.dependence import ByPair, BySubject, Dependence, Stated
from fr_bench.planning.requirement import Quantity

DEFAULT_MATED_CORRELATION = 0.2
DEFAULT_RELATIVE_VARIANCE = 1.0
DEFAULT_PAIR_CORRELATION = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The statement to plan for.

    power   probability with which the test is to come out as wanted, between 0 and 1
    level   confidence level of the interval
    sided   "two": a limit of the two-sided interval; "one": a one-sided limit at the same level
    true    the true rate of the system; None: a third of the limit

    Raises UsageError `bad_option` for a probability that does not lie between 0 and 1.
    """

    power: float = 0.9
    level: float = 0.95
    sided: Literal["one", "two"] = "two"
    true: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("power", self.power), ("level", self.level)):
            if not 0 < value < 1:
                raise UsageError(f"--{name} {value:g} does not lie between 0 and 1, both excluded", code="bad_option")
        if self.sided not in ("one", "two"):
            raise UsageError(f"--sided {self.sided!r} is neither 'one' nor 'two'", code="bad_option")
        if self.true is not None and not 0 < self.true < 1:
            raise UsageError(f"--true {self.true:g} does not lie between 0 and 1, both excluded", code="bad_limit")

    @property
    def tail(self) -> float:
        """The probability beyond the limit that is judged."""
        return (1 - self.level) / 2 if self.sided == "two" else 1 - self.level


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """How the test is laid out, and how alike its trials are taken to be.

    samples           samples a subject (presentations, searches); None: 2 where samples are compared, else 1
    references        samples a subject that are references, the others being probes; None: every sample is compared
                      with every other
    correlation       r of two trials of a subject, or a of two nonmated comparisons that share a subject
    design_effect     stated in place of the correlation
    pair_correlation  b of two nonmated comparisons of the same two subjects
    variation         coefficient of variation of the trials a subject
    discordant        for a difference: the share of trials that the two systems decide differently
    spread            for a difference: tau, the standard error of the difference in a pilot times sqrt(subjects)
    differing         subjects of that pilot in which the systems' numbers of errors differ; so well tau is known

    Raises UsageError `bad_option` for a figure out of its range, or two that contradict each other.
    """

    samples: int | None = None
    references: int | None = None
    correlation: float | None = None
    design_effect: float | None = None
    pair_correlation: float | None = None
    variation: float = 0.0
    discordant: float | None = None
    spread: float | None = None
    differing: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("--correlation", self.correlation), ("--pair-correlation", self.pair_correlation)):
            if value is not None and not 0 <= value <= 1:
                raise UsageError(f"{name} {value:g} does not lie between 0 and 1", code="bad_option")
        if self.design_effect is not None and not 1 <= self.design_effect < math.inf:
            raise UsageError(
                f"--deff {self.design_effect:g}: a design effect is at least 1, the value of independent trials",
                code="bad_option",
            )
        if self.design_effect is not None and self.correlation is not None:
            raise UsageError("--deff and --correlation say the same thing; give one of them", code="bad_option")
        if not 0 <= self.variation < math.inf:
            raise UsageError(f"--variation {self.variation:g} is below 0", code="bad_option")
        if self.discordant is not None and not 0 < self.discordant < 1:
            raise UsageError(f"--discordant {self.discordant:g} does not lie between 0 and 1", code="bad_option")
        if self.spread is not None and not 0 < self.spread < math.inf:
            raise UsageError(f"--tau {self.spread:g} is not above 0", code="bad_option")
        if self.differing is not None and self.differing < 2:
            raise UsageError(
                f"--differing {self.differing}: a spread is told by at least 2 subjects in which the systems differ",
                code="bad_option",
            )
        if self.samples is not None and self.samples < 1:
            raise UsageError(f"--samples {self.samples} is below 1", code="bad_option")
        if self.references is not None and self.references < 1:
            raise UsageError(f"--references {self.references} is below 1", code="bad_option")

    @property
    def stated(self) -> bool:
        """Whether the dependence is stated here, so that an earlier run has no say."""
        return self.correlation is not None or self.design_effect is not None


def samples_of(quantity: Quantity, assumed: Assumed) -> int:
    """Samples a subject of the test; checked against what the quantity needs.

    Raises UsageError `bad_option` where so few samples give no trial at all.
    """
    compared = quantity.trials in ("mated", "nonmated")
    samples = assumed.samples or (2 if compared else 1)
    if assumed.references is not None and not compared:
        raise UsageError(f"--references: {quantity.name} does not compare samples; leave it out", code="bad_option")
    if quantity.trials == "mated" and samples < 2:
        raise UsageError(
            f"--samples 1: a mated comparison needs two samples of a subject; plan {quantity.name} with at least 2",
            code="bad_option",
        )
    if assumed.references is not None and assumed.references >= samples:
        raise UsageError(
            f"--references {assumed.references} of {samples} samples leave no probe; give at most {samples - 1}",
            code="bad_option",
        )
    if quantity.trials == "once" and samples > 1:
        raise UsageError(f"--samples {samples}: {quantity.name} counts every subject once", code="bad_option")
    return samples


def written(value: float, digits: int = 3) -> str:
    """A figure in few digits; an exponent is left to what is smaller than 1e-4.

    >>> written(2210.4), written(1.71), written(3.33e-5), written(0.0001)
    ('2 210', '1.71', '3.33e-5', '0.0001')
    """
    return grouped(round(value)) if abs(value) >= 10**digits else short(value, digits)


def trials_each(quantity: Quantity, samples: int | None, references: int | None = None) -> float:
    """Trials a subject, or a pair of subjects for nonmated comparisons; `samples` None: without limit.

    >>> from fr_bench.planning.requirement import QUANTITIES as q
    >>> trials_each(q["FNMR"], 4), trials_each(q["FMR"], 4), trials_each(q["FNMR"], 4, 1), trials_each(q["FMR"], 4, 1)
    (6.0, 16.0, 3.0, 6.0)
    """
    if quantity.trials == "once":
        return 1.0
    if samples is None:
        return math.inf
    probes = samples - references if references is not None else 0
    if quantity.trials == "mated":
        return float(references * probes if references is not None else samples * (samples - 1) // 2)
    if quantity.trials == "nonmated":
        return float(2 * references * probes if references is not None else samples * samples)
    return float(samples)


def dependence(quantity: Quantity, each: float, assumed: Assumed, rate: float) -> Dependence:
    """How alike the trials are taken to be, from what was stated or by default; `rate` is the true one."""
    pairs = quantity.trials == "nonmated"
    if assumed.design_effect is not None:
        return Stated(each, assumed.design_effect, pairs)
    if pairs:
        relative = DEFAULT_RELATIVE_VARIANCE if assumed.correlation is None else assumed.correlation / rate
        pair = DEFAULT_PAIR_CORRELATION if assumed.pair_correlation is None else assumed.pair_correlation
        return ByPair(each, relative, pair)
    r = DEFAULT_MATED_CORRELATION if assumed.correlation is None else assumed.correlation
    return BySubject(each, r, assumed.variation)
