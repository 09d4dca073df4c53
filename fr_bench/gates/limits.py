"""Limits: a measure of the run against what the gate file allows, judged on the bound of its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from fr_bench.findings import Finding, Measurement
from fr_bench.gates import deciding
from fr_bench.gates.evidence import Figures
from fr_bench.gates.rules import FEWEST_SUBJECTS, Limit
from fr_bench.gates.verdict import Verdict, Word
from fr_bench.gates.writing import confidence, figure, joined, seen
from fr_bench.known_measures import resolve
from fr_bench.numerals import many

INDEPENDENT = "assumes_independent_comparisons"
FEW = "too_few_subjects"
EQUAL = 1e-9
"""Relative distance at which a bound is not told from a limit: machines may differ so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What can be said of a measure: lower and upper limit, their confidence, and how they were made."""

    low: float
    high: float
    confidence: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One figure under one rule."""

    rule: Limit
    name: str
    found: Measurement
    subjects: int | None
    limit: float
    upper: bool

    @property
    def requirement(self) -> str:
        """What is asked for, in words."""
        group = f" of {_group(self.found)}" if self.found.group else ""
        word = "at most" if self.upper else "at least"
        return f"{self.found.measure if not self.found.group else self.rule.measure}{group} {word} {self.written}"

    @property
    def written(self) -> str:
        return figure(self.limit, self.found.unit, digits=6)


def level_of(rule: Limit) -> float:
    """The two-sided level whose ends are the bounds that a rule asks for; one-sided 95 % are the ends of 90 %."""
    return rule.level if rule.sided == "two" else 2 * rule.level - 1


def judge_limit(rule: Limit, figures: Figures, subjects: int | None) -> Iterator[Verdict]:
    """The verdicts of a rule: one, or one for each group.

    subjects   of the data set, for measures that count samples
    """
    upper = rule.at_least is None
    if rule.ratio_to_best is not None:
        yield _ratio(rule, figures)
        return
    asked = rule.at_most if rule.at_most is not None else rule.at_least
    limit = float(asked if asked is not None else 0.0)
    if rule.by is not None:
        yield from _groups(rule, figures, limit, upper)
        return
    found = figures.measurement(rule.measure, level_of(rule))
    if found is None:
        yield _absent(rule, _named(rule), f"the run does not report {rule.measure}; add it to [measures] report")
        return
    if resolve(rule.measure)[1].needs == "cost":
        # Of what was timed or counted once there is no interval, and no subject stands behind it.
        rule, subjects = replace(rule, judge="point"), None
    known = found.subjects if found.subjects is not None else subjects
    case = Case(rule=rule, name=_named(rule), found=found, subjects=known, limit=limit, upper=upper)
    yield _judged(case, figures)


def _groups(rule: Limit, figures: Figures, limit: float, upper: bool) -> Iterator[Verdict]:
    rows = figures.groups(rule.measure, str(rule.by), level_of(rule))
    if rows is None:
        yield _absent(rule, _named(rule), f"the run was not split by {rule.by}; add it to [measures] by, or --by")
        return
    chosen = [row for row in rows if rule.group is None or _group(row) == rule.group]
    if not chosen:
        names = ", ".join(dict.fromkeys(_group(row) for row in rows)) or "none"
        what = f"no group {rule.group!r} of {rule.by}" if rule.group else f"no {rule.measure} of groups by {rule.by}"
        yield _absent(rule, _named(rule), f"the run has {what}; groups with this measure: {names}")
        return
    if rule.group is None and rule.small_groups == "leave out":
        chosen = [row for row in chosen if (row.subjects or 0) >= rule.minimum]
        if not chosen:
            yield _absent(rule, _named(rule), f"no group of {rule.by} has {rule.minimum} subjects")
            return
    for row in chosen:
        case = Case(
            rule=rule, name=f"{_named(rule)}: {_group(row)}", found=row, subjects=row.subjects, limit=limit, upper=upper
        )
        yield _judged(case, figures)


def _ratio(rule: Limit, figures: Figures) -> Verdict:
    """The worst group's rate over the best one's."""
    named = resolve(rule.measure)[0]
    point = "=".join(named.parameters[0])
    text = f"{named.name}-max-min-ratio@{point},by={rule.by}"
    found = figures.measurement(text, level_of(rule))
    if found is None:
        return _absent(rule, _named(rule), f"the run does not report {text}; split it by {rule.by} and report {named}")
    case = Case(
        rule=rule, name=_named(rule), found=found, subjects=found.subjects, limit=float(rule.ratio_to_best or 1.0),
        upper=True,
    )  # fmt: skip
    return _judged(case, figures)


def _judged(case: Case, figures: Figures) -> Verdict:
    found, rule = case.found, case.rule
    if found.value is None and found.bracket is None:
        return _open(case, f"{found.measure} is not measurable: {found.reason}", missing=True)
    fewest = max(FEWEST_SUBJECTS, rule.minimum if found.group else 0)
    if case.subjects is not None and case.subjects < fewest:
        more = fewest - case.subjects
        decide = f"At least {many(more, 'more subject')}: nobody is judged on fewer than {fewest}."
        return _open(case, f"{seen(found)}, of only {many(case.subjects, 'subject')}", decide=decide, more=more)
    if FEW in found.labels:
        # Attack instruments, or the searches of few people: not the subjects of the data set.
        decide = f"At least {fewest} of what it is counted by: nobody is judged on fewer."
        return _open(case, f"{seen(found)}, of too few subjects or instruments", decide=decide)
    if found.value is None:
        return _bracketed(case)
    bounds = bounds_of(found)
    if rule.judge == "point":
        good = found.value <= case.limit if case.upper else found.value >= case.limit
        return _closed(case, bounds, good, f"{seen(found)}, judged on the point{_beside(case, bounds)}")
    if bounds is None:
        return _open(case, f"{seen(found)}, without an interval: {found.no_interval}", missing=True)
    wanted = rule.level if rule.sided == "one" else (1 + rule.level) / 2
    if bounds.confidence < wanted - EQUAL:
        reason = f"its interval is known at a lower confidence than asked; run with intervals.level of {rule.level:g}"
        return _open(case, f"{seen(found)}, but {reason}", missing=True, bounds=bounds)
    good, bad = _sides(bounds, case)
    reason = f"{seen(found)}{_beside(case, bounds)}"
    if good or bad:
        return _closed(case, bounds, good, reason)
    bound = bounds.high if (found.value <= case.limit) == case.upper else bounds.low
    if not case.upper:
        bound = bounds.low if found.value >= case.limit else bounds.high
    more_subjects, decide = deciding.for_limit(
        found,
        case.limit,
        bound,
        subjects=case.subjects,
        level=rule.level,
        sided=rule.sided,
        result=None if found.group or not case.upper else figures.run.result,
    )
    return _open(case, reason, decide=decide, more=more_subjects, bounds=bounds)


def _bracketed(case: Case) -> Verdict:
    """What a bracket decides: on the point what lies wholly on one side of the limit; on the bound a failure alone,
    as no upper limit lies below a value that is beyond the limit itself. All that has a bracket is an error rate."""
    found, (low, high) = case.found, case.found.bracket or (-math.inf, math.inf)
    good, bad = high <= case.limit, low > case.limit
    if bad or (good and case.rule.judge == "point"):
        where = "the point lies on one side of the limit wherever in the bracket it is"
        judged = replace(case, rule=replace(case.rule, judge="point"))
        return _closed(judged, None, good, f"{found.measure}: {seen(found)}; {where}")
    return _open(case, f"{found.measure}: {seen(found)}; {found.reason}", missing=True)


def bounds_of(found: Measurement) -> Bounds | None:
    """Both limits of a measurement, each one-sided at the confidence told.

    Where no error was made and trials had to be taken as independent, the limit of as many trials as share no subject
    stands in: it needs no such assumption.
    """
    interval = found.interval
    if interval is None:
        return None
    high, method = interval.high, f"{interval.method} by {interval.unit}"
    sober = found.details.get("sober")
    if isinstance(sober, float) and found.counts is not None and not found.counts.errors and sober > high:
        high, method = sober, f"{interval.method} of trials that share no subject"
    return Bounds(low=interval.low, high=high, confidence=(1 + interval.level) / 2, method=method)


def rests_on_independence(found: Measurement) -> bool:
    """Whether a verdict would rest on comparisons taken as independent, which nobody has shown them to be."""
    sober = isinstance(found.details.get("sober"), float) and found.counts is not None and not found.counts.errors
    return INDEPENDENT in found.labels and not sober


def _sides(bounds: Bounds, case: Case) -> tuple[bool, bool]:
    """Whether the bound passes, and whether the other one fails; neither where a bound lies on the limit."""
    limit = case.limit
    apart = EQUAL * abs(limit)
    if case.upper:
        return bounds.high < limit - apart, bounds.low > limit + apart
    return bounds.low > limit + apart, bounds.high < limit - apart


def _beside(case: Case, bounds: Bounds | None) -> str:
    if bounds is None:
        return ""
    unit = case.found.unit
    if case.rule.sided == "two" and case.rule.judge == "bound":
        return f", interval {figure(bounds.low, unit, 'down')} to {figure(bounds.high, unit, 'up')}"
    return f", lower bound {figure(bounds.low, unit, 'down')}, upper bound {figure(bounds.high, unit, 'up')}"


def _terms(case: Case, bounds: Bounds | None) -> str:
    """Limit, estimator, confidence, sidedness, n, interval method: what every verdict must say."""
    rule = case.rule
    level = rule.level
    if bounds is not None:
        level = bounds.confidence if rule.sided == "one" else 2 * bounds.confidence - 1
    return joined(
        f"limit {case.written}",
        "judged on the bound of the interval" if rule.judge == "bound" else "judged on the point",
        f"{rule.sided}-sided {confidence(level)}",
        "subjects unknown" if case.subjects is None else many(case.subjects, "subject"),
        bounds.method if bounds is not None else "no interval",
        f"labels {', '.join(case.found.labels)}" if case.found.labels else "",
    )


def _closed(case: Case, bounds: Bounds | None, good: bool, reason: str) -> Verdict:
    return _verdict(case, "pass" if good else "fail", reason, bounds=bounds)


def _open(
    case: Case, reason: str, *, decide: str = "", more: int | None = None, missing: bool = False,
    bounds: Bounds | None = None,
) -> Verdict:  # fmt: skip
    found = _verdict(case, "inconclusive", reason, bounds=bounds or bounds_of(case.found))
    finding = replace(found.finding, would_decide=decide or None)
    return replace(found, finding=finding, more=more, missing=missing)


def _verdict(case: Case, word: Word, reason: str, *, bounds: Bounds | None) -> Verdict:
    value = case.found.value
    if value is None:
        low, high = case.found.bracket or (case.limit, case.limit)
        value = min(max(case.limit, low), high)
    beyond = (value - case.limit) / abs(case.limit) if case.limit else value
    return Verdict(
        name=case.name,
        kind="limit",
        finding=Finding(
            requirement=case.requirement,
            measurement=case.found,
            verdict=word,
            reason=f"{reason}.",
            judged_on=case.rule.judge,
        ),
        terms=_terms(case, bounds),
        severity=beyond if case.upper else -beyond,
    )


def _absent(rule: Limit, name: str, why: str) -> Verdict:
    kind = resolve(rule.measure)[1]
    found = Measurement(
        measure=rule.measure, version=kind.version, unit=kind.unit, better=kind.better, value=None, reason=why,
        labels=("not_measurable",),
    )  # fmt: skip
    limit = rule.ratio_to_best or rule.at_most or rule.at_least or 0.0
    case = Case(rule=rule, name=name, found=found, subjects=None, limit=limit, upper=rule.at_least is None)
    return replace(_open(case, why, missing=True), severity=0.0)


def _named(rule: Limit) -> str:
    if rule.name:
        return rule.name
    word: Literal["at most", "at least"] = "at least" if rule.at_least is not None else "at most"
    limit = rule.ratio_to_best or (rule.at_least if rule.at_least is not None else rule.at_most)
    unit = "number" if rule.ratio_to_best else resolve(rule.measure)[1].unit
    what = f"{rule.measure} worst to best" if rule.ratio_to_best else rule.measure
    by = f" by {rule.by}" if rule.by else ""
    return f"{what} {word} {figure(float(limit or 0.0), unit, digits=6)}{by}"


def _group(found: Measurement) -> str:
    values = list(found.group.values())
    return values[0] if len(values) == 1 else "*".join(value.replace("*", "\\*") for value in values)
