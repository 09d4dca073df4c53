"""The smallest test that shows a requirement; the same at half and at double the dependence, and with more samples."""

from __future__ import annotations

from dataclasses import replace

from fr_bench.errors import shown
from fr_bench.findings import Result
from fr_bench.numerals import short
from fr_bench.planning import exact, rules
from fr_bench.planning.assumptions import Aim, Assumed
from fr_bench.planning.dependence import Dependence, design_effect
from fr_bench.planning.question import Question
from fr_bench.planning.requirement import QUANTITIES, Requirement
from fr_bench.planning.sizes import Companion, Plan, Size

HELD_ERRORS = 30
"""Effective errors that hold a target rate to 30 % of itself at 90 % confidence (rule of 30)."""

_MORE_SAMPLES: tuple[int | None, ...] = (1, 2, 4, 8, 16, None)


def plan(
    requirement: str | Requirement, aim: Aim | None = None, assumed: Assumed | None = None, *, run: Result | None = None
) -> Plan:
    """The smallest test that shows a requirement with the probability asked for.

    requirement   such as "FMR<=1e-4", "FNMR@FMR=1e-3<=2%", "FMR+-30%", "FNMR difference 0.005"
    aim           power, level, sidedness and true rate
    assumed       samples a subject and how alike trials are; what it leaves open comes from `run`, or by default
    run           the result of an earlier run whose design effect is taken over

    Raises UsageError: what `Requirement.parse` raises; `bad_option` for options that do not fit the requirement;
    `bad_limit` for a true rate that the requirement cannot be shown at; `not_in_run`.

    >>> found = plan("FMR<=1e-4", Aim(power=0.9), Assumed(samples=1, design_effect=1.0))
    >>> found.needed.subjects, found.needed.trials, found.needed.allowed
    (566, 159895, 8)
    >>> plan("FNMR<=1%", assumed=Assumed(samples=2)).needed.subjects
    1574
    """
    asked = requirement if isinstance(requirement, Requirement) else Requirement.parse(requirement)
    question = Question.of(asked, aim or Aim(), assumed or Assumed(), run)
    trials = question.dependence(question.samples)
    needed = _needed(question, trials, question.samples)
    return Plan(
        requirement=asked.text,
        kind=asked.kind,
        statement=statement(question),
        counted=asked.quantity.counted,
        unit=asked.quantity.unit,
        level=question.aim.level,
        sided=question.aim.sided,
        power=question.aim.power,
        true=question.rate,
        learnt_from=question.run_name,
        needed=needed,
        half=_needed(question, trials.scaled(0.5), question.samples, factor=0.5),
        double=_needed(question, trials.scaled(2.0), question.samples, factor=2.0),
        no_errors=_without_errors(question, trials),
        more_samples=_more_samples(question),
        companion=_companion(question, run),
        rules=_rules(question, trials),
        assumptions=question.sentences(trials, needed),
    )


def statement(question: Question) -> str:
    """What is planned for, in a sentence."""
    aim, asked, measure = question.aim, question.requirement, shown(str(question.requirement.measure))
    # As it was written: 1e-4 above and 0.0001 here would be one number in two forms.
    limit = short(question.limit, 3) if asked.relative or not asked.written else shown(asked.written)
    chance = f"With probability {short(100 * aim.power, 4)} %"
    interval = f"{'two' if aim.sided == 'two' else 'one'}-sided {short(100 * aim.level, 6)} %"
    if asked.kind == "difference":
        return (
            f"{chance} a paired {interval} test finds that {measure} of two systems differs, if it differs by {limit}."
        )
    if asked.kind == "half_width":
        return (
            f"{chance} the half width of the {interval} interval of {measure} is at most "
            f"{limit}, if the true rate is {short(question.rate, 3)}."
        )
    return (
        f"{chance} the upper limit of the {interval} interval of {measure} lies at or below "
        f"{limit}, if the true rate is {short(question.rate, 3)}."
    )


def _needed(question: Question, trials: Dependence, samples: int | None, *, factor: float = 1.0) -> Size:
    if question.requirement.kind == "difference":
        return _for_difference(question, trials, samples, factor)
    aim = question.aim
    subjects = exact.smallest(trials, question.rate, aim.power, question.enough, question.judge)
    return question.size(trials, subjects, samples)


def _for_difference(question: Question, trials: Dependence, samples: int | None, factor: float) -> Size:
    """By the variance of a pilot, tau^2, where it is given (`factor` halves or doubles it); else by the discordance.

    The test estimates its variance from the subjects that it has: Student's t with one degree of freedom less.
    """
    aim, limit = question.aim, question.limit
    if question.spread is not None:
        tau = question.spread * factor**0.5

        def found(subjects: int) -> bool:
            wanted = rules.subjects_for_difference(limit, tau, aim.power, aim.tail, subjects - 1)
            return subjects >= wanted * (1 - 1e-12)

        size = question.size(trials, exact.fewest_subjects(found), samples, power=False)
        return replace(size, assumed={"tau": tau}, effective=None, design_effect=None)

    def worth(subjects: int) -> bool:
        wanted = rules.trials_for_difference(limit, question.rate, aim.power, aim.tail, subjects - 1)
        return float(trials.effective(subjects, question.rate)) >= wanted * (1 - 1e-12)

    return question.size(trials, exact.fewest_subjects(worth), samples, power=False)


def _without_errors(question: Question, trials: Dependence) -> Size | None:
    if question.requirement.kind != "at_most":
        return None
    rate, judge = question.rate, question.judge
    subjects = exact.smallest_without_errors(trials, rate, question.enough, judge)
    size = question.size(trials, subjects, question.samples)
    if subjects is None:
        return size
    none = float(exact.at_most(0, exact.foreseen(trials, subjects, rate, judge).trials, rate))
    return replace(size, allowed=0, power=none)


def _more_samples(question: Question) -> tuple[Size, ...]:
    """Subjects needed with other numbers of samples: more of them help less and less, and never beyond the last row.

    Nothing where a design effect is stated, or a pilot's tau: neither says what more samples would make of it.
    """
    assumed, kind = question.assumed, question.quantity.trials
    if assumed.design_effect is not None or assumed.spread is not None or kind == "once":
        return ()
    least = max(2 if kind == "mated" else 1, (assumed.references or 0) + 1)
    wanted = sorted({s for s in (*_MORE_SAMPLES, question.samples) if s is not None and s >= least})
    return tuple(_needed(question, question.dependence(samples), samples) for samples in (*wanted, None))


def _companion(question: Question, run: Result | None) -> Companion | None:
    """The trials that hold the target: 30 effective errors at it, so that it is known to 30 % at 90 %."""
    if question.requirement.target is None:
        return None
    name, exact_target = question.requirement.target
    target, other = float(exact_target), QUANTITIES[name]
    trials = question.other(name, run)
    subjects = exact.subjects_worth(trials, HELD_ERRORS / target, target)
    made = None if subjects is None else float(trials.trials(subjects))
    size = Size(
        subjects=subjects,
        samples=question.samples,
        trials=None if made is None else round(made),
        effective=None if subjects is None else float(trials.effective(subjects, target)),
        design_effect=None if subjects is None else design_effect(trials, subjects, target),
        assumed=trials.described(target),
    )
    return Companion(
        rate=name,
        target=target,
        counted=other.counted,
        same_subjects=name in ("FMR", "FNMR"),
        size=size,
        written=question.target_written(name),
    )


def _rules(question: Question, trials: Dependence) -> dict[str, float]:
    """Rule of 3, rule of 30, the closed form of a half width: independent trials, and subjects under the dependence."""
    kind, rate, level = question.requirement.kind, question.rate, question.aim.level
    if kind == "difference":
        if question.assumed.spread is not None:
            return {}
        worth = rules.trials_for_difference(question.limit, rate, question.aim.power, question.aim.tail)
        return {"independent_pairs": worth}
    wanted = {"rule_of_30": HELD_ERRORS / rate}
    if kind == "at_most":
        wanted["rule_of_3"] = rules.trials_without_error(question.limit, level)
    else:
        wanted["normal_theory"] = rules.trials_for_width(rate, question.limit, level)
    found: dict[str, float] = {}
    for name, independent in wanted.items():
        found[f"{name}_independent"] = independent
        subjects = exact.subjects_worth(trials, independent, rate)
        if subjects is not None:
            found[f"{name}_subjects"] = subjects
            found[f"{name}_trials"] = round(float(trials.trials(subjects)))
            found[f"{name}_design_effect"] = float(trials.trials(subjects) / trials.effective(subjects, rate))
    return found
