"""A scheme rehearsed: every limit judged, with what the verdict hangs on and how probable a pass would be again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from fr_bench.certification.forecast import Asked, Forecast, drawn_passes, of_bound, of_passes, of_point, upper_bound
from fr_bench.certification.profile import PARAMETER, Category, Gap, Profile, Requirement
from fr_bench.certification.running import Evidence
from fr_bench.certification.trials import Trials
from fr_bench.comparing import Side
from fr_bench.errors import UsageError, nearest, shown
from fr_bench.findings import Finding, Measurement
from fr_bench.gates.evidence import Figures, method_of
from fr_bench.gates.limits import judge_limit, level_of
from fr_bench.gates.rules import Limit
from fr_bench.known_measures import resolve
from fr_bench.measuring import Measuring
from fr_bench.subject_scores import SubjectScores

Word = Literal["pass", "fail", "inconclusive"]
EQUAL = 1e-12
WORST = 5
SUBJECTS_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One limit with its verdict.

    finding        requirement, measurement, verdict, reason; "inconclusive" where the scheme gives no verdicts too
    terms          how it was judged, in words
    word           the verdict; None where the scheme gives none, or the limit was not asked
    tied           the other verdict, where the value lies on the limit and the source does not say what that is
    margin         how many more errors the point could bear (negative: too many); None where errors are not counted
    bound_passes   whether the upper end of the one-sided interval lies at or below the limit
    counted        the measure with failed trials as comparisons that did not match, and its verdict on the point
    absent         parameters that were not given
    few            the scheme's least number of subjects is not reached
    """

    requirement: Requirement
    category: str
    limit: float | None
    finding: Finding
    terms: str
    word: Word | None
    tied: Word | None = None
    margin: int | None = None
    bound_passes: bool | None = None
    counted: Measurement | None = None
    counted_word: Word | None = None
    forecast: Forecast = field(default_factory=Forecast)
    more: int | None = None
    absent: tuple[str, ...] = ()
    few: bool = False

    @property
    def found(self) -> Measurement:
        """What was measured."""
        return self.finding.measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Weak:
    """The category nearest to failing, or furthest beyond its limit, and what its errors hang on.

    conditions   condition, rejected and all mated trials, worst first
    subjects     subject, rejected and all mated trials, worst first
    carriers     how many subjects have any rejected trial
    """

    category: str
    conditions: tuple[tuple[str, int, int], ...]
    subjects: tuple[tuple[str, int, int], ...]
    carriers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """All of a rehearsal."""

    profile: Profile
    evidence: Evidence
    parameters: Mapping[str, float]
    judged: tuple[Judged, ...]
    together: Forecast
    weak: Weak | None
    shown: tuple[tuple[str, Measurement], ...]

    @property
    def word(self) -> Word | None:
        """The worst verdict of those that bind: fail, then inconclusive, then pass; None where there are none."""
        words = {one.word for one in self.judged if one.requirement.binding and one.word is not None}
        order: tuple[Word, ...] = ("fail", "inconclusive", "pass")
        return next((word for word in order if word in words), None)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What the layout of the data lacks beside the scheme's own."""
        summary = self.evidence.side.result.dataset
        return tuple(gap for gap in self.profile.gaps if summary is not None and gap.format == summary.format)

    @property
    def exit_code(self) -> int:
        """0 passed or nothing to judge, 1 failed, 5 inconclusive."""
        return {"fail": 1, "inconclusive": 5, "pass": 0, None: 0}[self.word]


def rehearse(profile: Profile, evidence: Evidence, given: Mapping[str, float] | None = None) -> Rehearsal:
    """Judge the trials of a run by a scheme.

    given   values of the profile's parameters
    Raises UsageError `bad_option` for a parameter that the scheme has not.
    """
    values = _parameters(profile, given or {})
    judging = _Judging(profile, evidence, values)
    asked = [limit for limit in profile.limits if not (limit.unless and limit.unless in values)]
    judged = [one for one in map(judging.judge, asked) if one is not None]
    judged, together = _forecast(profile, evidence, judged)
    return Rehearsal(
        profile=profile,
        evidence=evidence,
        parameters=values,
        judged=tuple(judged),
        together=together,
        weak=_weakest(evidence, judged),
        shown=judging.shown(),
    )


def _parameters(profile: Profile, given: Mapping[str, float]) -> dict[str, float]:
    for name in given:
        if name not in profile.parameters:
            hint = nearest(name, profile.parameters) or f"; it has {', '.join(profile.parameters) or 'none'}"
            raise UsageError(f"--set {shown(name)!r}: {profile.name} has no such parameter{hint}", code="bad_option")
    defaults = {name: one.default for name, one in profile.parameters.items() if one.default is not None}
    return {**defaults, **given}


class _Judging:
    """Judges limit after limit; the figures of a category are counted once."""

    def __init__(self, profile: Profile, evidence: Evidence, values: Mapping[str, float]) -> None:
        self.profile, self.evidence, self.values = profile, evidence, values
        self.figures: dict[str, Figures] = {}

    def judge(self, limit: Requirement) -> Judged | None:
        """The verdict on one limit; None where an optional one is not measured."""
        absent = tuple(name for name in limit.parameters if name not in self.values)
        if absent:
            return self.not_asked(limit, absent)
        measure, asked = self.filled(limit.measure), self.number(limit.limit)
        rule = Limit(
            measure=measure,
            at_most=asked if limit.upper else None,
            at_least=None if limit.upper else asked,
            judge=limit.judge,
            sided=limit.sided,
            level=limit.level,
        )
        trials = self.trials(limit.category)
        figures = self.figures_of(limit.category)
        verdict = next(iter(judge_limit(rule, figures, trials.subjects)))
        if verdict.missing and limit.optional:
            return None
        found = verdict.finding.measurement
        few = trials.subjects < self.profile.scheme.fewest_subjects
        word: Word = "inconclusive" if few else verdict.word
        tied = self.tie(limit, found, asked, word)
        if tied is not None and limit.strict:
            word, tied = "fail", None
        counted = self.with_failures(trials, measure, rule)
        return Judged(
            requirement=limit,
            category=limit.category or "",
            limit=asked,
            finding=replace(verdict.finding, verdict=word),
            terms=verdict.terms,
            word=word if self.profile.judges else None,
            tied=tied if self.profile.judges and not few else None,
            margin=_margin(found, asked) if limit.upper else None,
            bound_passes=self.bound(figures, measure, asked, limit),
            counted=counted,
            counted_word=_on_point(counted, asked, limit) if counted is not None and not few else None,
            more=verdict.more,
            few=few,
        )

    def filled(self, text: str) -> str:
        return PARAMETER.sub(lambda found: repr(self.values[found[1]]), text)

    def number(self, limit: float | str | None) -> float:
        return float(self.filled(limit)) if isinstance(limit, str) else float(limit or 0.0)

    def trials(self, category: str | None) -> Trials:
        return self.evidence.trials[category or next(iter(self.evidence.trials))]

    def figures_of(self, category: str | None) -> Figures:
        trials = self.trials(category)
        if trials.name not in self.figures:
            asked = [
                self.filled(one.measure)
                for one in self.profile.limits
                if (one.category or "") == trials.name and all(name in self.values for name in one.parameters)
            ]
            asked += self.profile.scheme.measures
            result = self.evidence.side.result
            side = Side(name=trials.name, result=result, scores=trials.scores)
            method = replace(method_of(side), name=self.profile.scheme.method)
            self.figures[trials.name] = Figures(run=side, asked=tuple(dict.fromkeys(asked)), method=method)
        return self.figures[trials.name]

    def tie(self, limit: Requirement, found: Measurement, asked: float, word: Word) -> Word | None:
        """The other verdict of a value on the limit, where the point is judged."""
        if found.value is None or limit.judge != "point" or limit.strict is False or word == "inconclusive":
            return None
        return ("fail" if word == "pass" else "pass") if abs(found.value - asked) <= EQUAL else None

    def bound(self, figures: Figures, measure: str, asked: float, limit: Requirement) -> bool | None:
        """Whether the one-sided 95 % bound passes as well, beside a verdict on the point."""
        if limit.judge != "point" or not limit.upper:
            return None
        found = figures.measurement(measure, level_of(Limit(measure=measure, at_most=asked)))
        high = None if found is None else upper_bound(found)
        return None if high is None else high <= asked

    def with_failures(self, trials: Trials, measure: str, rule: Limit) -> Measurement | None:
        if trials.failed is None or resolve(measure)[1].needs != "scores":
            return None
        if trials.failed is trials.scores:
            return self.figures_of(trials.name).measurement(measure, level_of(rule))
        method = replace(method_of(self.evidence.side), name=self.profile.scheme.method, level=level_of(rule))
        return Measuring.of(trials.failed, [measure], method).measure(measure)

    def not_asked(self, limit: Requirement, absent: tuple[str, ...]) -> Judged | None:
        if limit.optional:
            return None
        # A limit that has a stand-in without the parameter is asked by that one.
        if any(one.unless in absent for one in self.profile.limits):
            return None
        unmeasured = _unmeasured(PARAMETER.sub("0.5", limit.measure))
        missing = replace(unmeasured, measure=limit.measure, reason=f"give --set {absent[0]}=NUMBER")
        finding = Finding(
            requirement=limit.measure, measurement=missing, verdict="inconclusive", reason=missing.reason or "",
            judged_on=limit.judge,
        )  # fmt: skip
        return Judged(
            requirement=limit, category=limit.category or "", limit=None, finding=finding, terms="", absent=absent,
            word="inconclusive" if self.profile.judges else None,
        )  # fmt: skip

    def shown(self) -> tuple[tuple[str, Measurement], ...]:
        """The further figures, by category; those of the samples once."""
        found: list[tuple[str, Measurement]] = []
        told: set[str] = set()
        for name in self.evidence.trials:
            figures = self.figures_of(name or None)
            for text in self.profile.scheme.measures:
                if text in told:
                    continue
                one = figures.measurement(text, 0.95)
                whole = resolve(text)[1].needs in ("samples", "cost")
                found.append(("" if whole else name, one if one is not None else _unmeasured(text)))
                if whole:
                    told.add(text)
        return tuple(found)


def _unmeasured(text: str) -> Measurement:
    """A measure that the run does not report."""
    kind = resolve(text)[1]
    return Measurement(
        measure=text, version=kind.version, unit=kind.unit, better=kind.better, value=None,
        reason=f"the run does not report {text}; add it to [measures] report", labels=("not_measurable",),
    )  # fmt: skip


def _on_point(found: Measurement, asked: float, limit: Requirement) -> Word | None:
    if found.value is None:
        return None
    good = found.value <= asked if limit.upper else found.value >= asked
    return "pass" if good else "fail"


def _margin(found: Measurement, limit: float) -> int | None:
    """Errors that could still be borne at the limit; of the EER rejected mated trials, at its threshold."""
    counts = found.counts
    if counts is not None and counts.trials:
        return math.floor(Fraction(repr(limit)) * counts.trials) - counts.errors
    sides = found.details.get("fractions", {})
    if "fnmr" in sides:
        errors, trials = sides["fnmr"]
        return math.floor(Fraction(repr(limit)) * int(trials)) - int(errors)
    return None


def _forecast(profile: Profile, evidence: Evidence, judged: Sequence[Judged]) -> tuple[list[Judged], Forecast]:
    """The judged limits with their forecasts, and that of passing all that bind."""
    able = [one for one in judged if one.limit is not None and one.found.value is not None and not one.few]
    if not profile.judges or not able:
        return list(judged), Forecast(why="no_verdict")
    first = next(iter(evidence.trials))
    points = [one for one in able if one.requirement.judge == "point"]
    asked = {id(one): _asked(one, evidence.trials[one.category or first]) for one in able}
    passes = dict(zip(map(id, points), drawn_passes([asked[id(one)] for one in points]), strict=True))
    found, columns = [], []
    for one in judged:
        if id(one) in passes:
            found.append(replace(one, forecast=of_point(asked[id(one)], passes[id(one)])))
            columns.append(passes[id(one)])
        elif id(one) in asked:
            rule = one.requirement
            confidence = rule.level if rule.sided == "one" else (1 + rule.level) / 2
            found.append(replace(one, forecast=of_bound(asked[id(one)], confidence)))
        else:
            found.append(one)
    drawn = [column for column in columns if column is not None]
    if len(points) < len(able) or len(drawn) < len(columns) or not drawn:
        return found, Forecast(why="not_together")
    together = of_passes(np.logical_and.reduce(drawn))
    worst = [one.forecast.low for one in found if one.forecast.low is not None and not one.forecast.draws]
    if not worst:
        return found, together
    # Where no error was seen draws never fail: under the upper limits all of them may, each by itself.
    return found, Forecast(low=(together.low or 0.0) * math.prod(worst), high=together.high)


def _asked(one: Judged, trials: Trials) -> Asked:
    return Asked(scores=trials.scores, found=one.found, limit=float(one.limit or 0.0), upper=one.requirement.upper)


def _weakest(evidence: Evidence, judged: Sequence[Judged]) -> Weak | None:
    """The category whose value is largest beside its limit, with its worst conditions and subjects."""
    able = [
        one for one in judged
        if one.category and one.limit and one.found.value is not None and one.found.threshold is not None
    ]  # fmt: skip
    if not able:
        return None
    worst = max(able, key=lambda one: (one.found.value or 0.0) / (one.limit or 1.0))
    trials = evidence.trials[worst.category]
    known = SubjectScores.of(trials.scores)
    if known is None or trials.scores.probes is None or trials.scores.mated.probe is None:
        return None
    rejected = known.rejected(worst.found.threshold)  # type: ignore[arg-type]
    ids = [trials.scores.probes.ids[k] for k in trials.scores.mated.probe]
    conditions = _counted([trials.condition.get(sample, "") for sample in ids], rejected)
    subjects = _counted([known.names[k] for k in known.mated], rejected)
    carriers = [row for row in subjects if row[1]]
    return Weak(
        category=worst.category,
        conditions=tuple(conditions),
        subjects=tuple(carriers[:SUBJECTS_TOLD]),
        carriers=len(carriers),
    )


def _counted(names: Sequence[str], wrong: np.ndarray) -> list[tuple[str, int, int]]:
    """Name, wrong and all, the highest share first."""
    found: dict[str, list[int]] = {}
    for name, one in zip(names, wrong.tolist(), strict=True):
        counts = found.setdefault(name, [0, 0])
        counts[0] += bool(one)
        counts[1] += 1
    rows = [(name, counts[0], counts[1]) for name, counts in found.items()]
    return sorted(rows, key=lambda row: (-row[1] / row[2], -row[1], row[0]))


def title_of(profile: Profile, category: str, language: str) -> str:
    """What a category is called."""
    known: Category | None = next((one for one in profile.categories if one.name == category), None)
    return known.title[language] if known is not None else category
