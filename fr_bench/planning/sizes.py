"""What planning answers: sizes of a test, a plan made of them, and what a size that is given can decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fr_bench.planning.requirement import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A size of test, and what it amounts to.

    samples        a subject; None: without limit
    trials         of all subjects; None where samples are without limit
    effective      independent trials that are worth as much
    design_effect  trials over effective; None where samples are without limit
    degrees        degrees of freedom of the interval
    allowed        the most errors that may be counted; None where no count is judged, or samples are without limit
    power          probability that the test comes out as wanted; None where it was not asked for
    assumed        what the size rests on: correlation, design_effect ...

    Without an answer within 10^9 subjects `subjects` is None, and so are the figures that hang on it.
    """

    subjects: int | None
    samples: int | None
    trials: int | None = None
    effective: float | None = None
    design_effect: float | None = None
    degrees: float | None = None
    allowed: int | None = None
    power: float | None = None
    assumed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """What must be there besides: the trials that hold the target of FNMR@FMR and its like.

    written   the target as the requirement writes it
    """

    rate: str
    target: float
    counted: str
    same_subjects: bool
    size: Size
    written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How large a test must be to show a requirement.

    needed            the smallest size that reaches the power
    half, double      the same with the assumed correlation (or stated design effect) halved and doubled
    no_errors         the smallest size that shows the requirement only if not one error is counted; with its power
    more_samples      the subjects needed with other numbers of samples each; the last: samples without limit
    companion         what the target of another rate needs besides
    rules             rule of 3 and rule of 30, independent and times the design effect
    assumptions       everything taken for granted, as sentences
    """

    requirement: str
    kind: Kind
    statement: str
    counted: str
    unit: str
    level: float
    sided: Literal["one", "two"]
    power: float
    true: float | None
    learnt_from: str | None
    needed: Size
    half: Size
    double: Size
    no_errors: Size | None
    more_samples: tuple[Size, ...]
    companion: Companion | None
    rules: Mapping[str, float]
    assumptions: tuple[str, ...]

    @property
    def subjects(self) -> int | None:
        """Subjects of the test, those for the target of another rate included where the same serve; None: too many."""
        sizes = [self.needed, *([self.companion.size] if self.companion and self.companion.same_subjects else [])]
        counts = [size.subjects for size in sizes]
        return None if None in counts else max(count for count in counts if count is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a test of a given size can decide about an upper limit, or how well it would know a rate.

    shows_none       the smallest limit that the size shows if not one error is counted
    allowed          the most errors with which the limit is shown; None: not even without errors
    power            probability of showing it, if the true rate is `true`
    passes_up_to     the largest true rate that is shown to lie below the limit with the power asked for, or None
    fails_from       the smallest true rate that is found above the limit with that probability, or None; between the
                     two the test stays inconclusive more often than asked for
    half_width       of the interval expected at the true rate; None for a difference
    difference       the smallest paired difference that is found with the power asked for, or None
    """

    requirement: str
    kind: Kind
    statement: str
    counted: str
    unit: str
    level: float
    sided: Literal["one", "two"]
    power_asked: float
    true: float
    learnt_from: str | None
    size: Size
    can_decide: bool
    shows_none: float
    passes_up_to: float | None
    fails_from: float | None
    half_width: float | None
    difference: float | None
    half: Size
    double: Size
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What a measurement of a run says of the run's size.

    smallest           the smallest limit that so many trials could have shown, had there been no error
    half_width         of its interval; None where it has none
    subjects_to_halve  subjects of a test, otherwise like this one, with half the half width
    independent        whether the run took its trials as independent, so that the figures promise too much
    sober              where it did: the smallest limit, if only trials without a common subject count
    """

    measure: str
    value: float | None
    counted: str
    unit: str
    errors: int
    trials: int
    subjects: int
    design_effect: float | None
    effective: float
    smallest: float
    half_width: float | None
    subjects_to_halve: int | None
    independent: bool
    sober: float | None
