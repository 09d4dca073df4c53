"""What a test of a given size can decide, before it is run or after: a limit, a half width, a difference."""

from __future__ import annotations

import math

from fr_bench.errors import UsageError, shown
from fr_bench.findings import Measurement, Result
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.planning import earlier_run, exact, rules
from fr_bench.planning.assumptions import Aim, Assumed
from fr_bench.planning.dependence import Dependence
from fr_bench.planning.earlier_run import Seen
from fr_bench.planning.planned import statement
from fr_bench.planning.question import Question
from fr_bench.planning.requirement import Requirement
from fr_bench.planning.sizes import Capability, Decision


def decide(
    requirement: str | Requirement,
    aim: Aim | None = None,
    assumed: Assumed | None = None,
    *,
    subjects: int | None = None,
    run: Result | None = None,
) -> Decision:
    """What a test of `subjects` subjects can decide about a requirement; without it, what the size of `run` can.

    Arguments and errors as for `plan`; besides UsageError `bad_option` for fewer than 2 subjects.

    >>> found = decide("FMR<=1e-4", assumed=Assumed(samples=4), subjects=300)
    >>> found.can_decide, found.size.allowed, round(found.shows_none, 6)
    (False, 31, 2.6e-05)
    """
    asked = requirement if isinstance(requirement, Requirement) else Requirement.parse(requirement)
    question = Question.of(asked, aim or Aim(), assumed or Assumed(), run)
    trials, count, samples = _size(question, subjects)
    power, judge, limit = question.aim.power, question.judge, question.limit
    judged = asked.kind == "at_most" and count >= exact.FEWEST_SUBJECTS
    counting = asked.kind != "difference"
    size = question.size(trials, count, samples, power=counting)
    return Decision(
        requirement=asked.text,
        kind=asked.kind,
        statement=statement(question),
        counted=asked.quantity.counted,
        unit=asked.quantity.unit,
        level=question.aim.level,
        sided=question.aim.sided,
        power_asked=power,
        true=question.rate,
        learnt_from=question.run_name,
        size=size,
        can_decide=count >= exact.FEWEST_SUBJECTS and _decides(question, trials, count),
        shows_none=_shown_without_errors(question, trials, count),
        passes_up_to=exact.passes_up_to(trials, count, limit, power, judge) if judged else None,
        fails_from=exact.fails_from(trials, count, limit, power, judge) if judged else None,
        half_width=_half_width(question, trials, count) if counting else None,
        difference=None if counting else _finite(_smallest_difference(question, trials, count)),
        half=question.size(trials.scaled(0.5), count, samples, power=counting),
        double=question.size(trials.scaled(2.0), count, samples, power=counting),
        assumptions=question.sentences(trials, size),
    )


def _size(question: Question, subjects: int | None) -> tuple[Dependence, int, int | None]:
    """How alike the trials are, how many subjects, and samples of each where they are planned."""
    if subjects is not None:
        if not 2 <= subjects <= exact.MOST_SUBJECTS:
            raise UsageError(
                f"--subjects {subjects}: a test has at least 2 subjects, and at most 10^9", code="bad_option"
            )
        return question.dependence(question.samples), subjects, question.samples
    if question.seen is None:
        raise UsageError("name the size: --subjects N, or --from RUN", code="bad_option")
    row = question.seen
    trials = question.dependence_of(row.each)
    return trials, row.subjects, None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _decides(question: Question, trials: Dependence, subjects: int) -> bool:
    aim = question.aim
    if question.requirement.kind != "difference":
        return exact.power_of(trials, subjects, question.rate, question.enough, question.judge) >= aim.power
    return _smallest_difference(question, trials, subjects) <= question.limit * (1 + 1e-9)


def _shown_without_errors(question: Question, trials: Dependence, subjects: int) -> float:
    starred = float(exact.foreseen(trials, subjects, question.rate, exact.Judge(question.aim.tail)).starred)
    return -math.expm1(math.log(question.aim.tail) / starred)


def _half_width(question: Question, trials: Dependence, subjects: int) -> float:
    """Half the length of the two-sided interval where as many errors are counted as are expected."""
    tail = (1 - question.aim.level) / 2
    starred = float(exact.foreseen(trials, subjects, question.rate, exact.Judge(tail)).starred)
    found = clopper_pearson(question.rate * starred, starred, question.aim.level)
    return (found.high - found.low) / 2


def _smallest_difference(question: Question, trials: Dependence, subjects: int) -> float:
    """The difference found with the power asked for; inf where even every discordant trial on one side is too few."""
    aim, share = question.aim, question.rate
    if question.spread is not None:
        return rules.difference_found(question.spread, subjects, aim.power, aim.tail)
    made = float(trials.effective(subjects, share))

    def found(difference: float) -> bool:
        return rules.trials_for_difference(difference, share, aim.power, aim.tail, subjects - 1) <= made

    low, high = 0.0, share
    if not found(high):
        return math.inf
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def capabilities(result: Result, *, level: float = 0.95) -> tuple[Capability, ...]:
    """What every rate of a run could have shown with its subjects, in the order of the run.

    level   of the limits without errors, which are the upper ends of two-sided intervals

    Measures that are no rate of counted trials, and rates of groups, are left out. Raises UsageError `bad_option` for
    a level that does not lie between 0 and 1, `not_in_run` where nothing is left.
    """
    tail = Aim(level=level).tail
    rows = [(m, row) for m in result.measurements if (row := earlier_run.seen(m)) is not None]
    if not rows:
        raise UsageError(
            f"run {shown(result.name)!r} has no error rate with counts and subjects; measure it with subject ids",
            code="not_in_run",
        )
    return tuple(_capability(measurement, row, tail) for measurement, row in rows)


def _capability(measurement: Measurement, row: Seen, tail: float) -> Capability:
    interval, independent = measurement.interval, row.design_effect is None
    units = row.subjects // 2 if row.quantity.trials == "nonmated" else row.subjects
    return Capability(
        measure=measurement.measure,
        value=measurement.value,
        counted=row.quantity.counted,
        unit=row.quantity.unit,
        errors=row.errors,
        trials=row.trials,
        subjects=row.subjects,
        design_effect=row.design_effect,
        effective=row.effective,
        smallest=-math.expm1(math.log(tail) / row.effective),
        half_width=None if interval is None else (interval.high - interval.low) / 2,
        subjects_to_halve=_subjects_to_halve(row),
        independent=independent,
        sober=-math.expm1(math.log(tail) / min(units, row.effective)) if independent else None,
    )


def _subjects_to_halve(row: Seen) -> int | None:
    """Subjects whose trials are worth four times as much, samples and their likeness staying the same."""
    if row.design_effect is None:
        return None
    trials = earlier_run.learnt(row, row.each, Assumed())
    return exact.subjects_worth(trials, 4 * float(trials.effective(row.subjects, row.rate)), row.rate, fewest=2)
