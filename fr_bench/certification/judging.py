"""One limit of a scheme judged: value, verdict, margin, both readings of a tie, failures both ways."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from fr_bench.certification import costs
from fr_bench.certification.forecast import Forecast, upper_bound
from fr_bench.certification.profile import PARAMETER, Profile, Requirement
from fr_bench.certification.running import Evidence
from fr_bench.certification.trials import Trials
from fr_bench.comparing import Side
from fr_bench.findings import Finding, Measurement
from fr_bench.gates.evidence import Figures, method_of
from fr_bench.gates.limits import FEW, judge_limit, level_of
from fr_bench.gates.rules import Limit
from fr_bench.known_measures import resolve
from fr_bench.measuring import Measuring
from fr_bench.numerals import short

Word = Literal["pass", "fail", "inconclusive"]
EQUAL = 1e-12


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
    few            the scheme's least number of subjects is not reached; of attacks, that of instruments of a species
    gallery        why the run's gallery is too small for the limit; "" where it is not, or plays no part
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
    gallery: str = ""

    @property
    def found(self) -> Measurement:
        """What was measured."""
        return self.finding.measurement

    @property
    def of_attacks(self) -> bool:
        """Whether attack instruments are counted, not the subjects of the run."""
        return needs(self.requirement.measure) == "attacks"


class Judging:
    """Judges limit after limit; the figures of a category are counted once."""

    def __init__(self, profile: Profile, evidence: Evidence, values: Mapping[str, float]) -> None:
        self.profile, self.evidence, self.values = profile, evidence, values
        self.figures: dict[str, Figures] = {}
        self.left_out: list[Requirement] = []

    def judge(self, limit: Requirement) -> Judged | None:
        """The verdict on one limit; None where an optional one has no evidence."""
        if limit.optional and not self.evidenced(limit):
            self.left_out.append(limit)
            return None
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
        found = verdict.finding.measurement
        # Of attacks the instruments count, whoever took part in the comparisons.
        few = trials.subjects < self.profile.scheme.fewest_subjects
        if needs(measure) == "attacks":
            few = FEW in found.labels
        small = self.small_gallery(limit, found)
        word: Word = "inconclusive" if few or small else verdict.word
        tied = self.tie(limit, found, asked, word)
        if tied is not None and limit.strict:
            word, tied = "fail", None
        counted = self.with_failures(trials, measure, rule)
        return Judged(
            requirement=limit,
            category=limit.category or "",
            limit=asked,
            finding=replace(verdict.finding, verdict=word, reason=small or verdict.finding.reason),
            terms=verdict.terms,
            word=word if self.profile.judges else None,
            tied=tied if self.profile.judges and not few else None,
            margin=_margin(found, asked) if limit.upper else None,
            bound_passes=self.bound(figures, measure, asked, limit),
            counted=counted,
            counted_word=_on_point(counted, asked, limit) if counted is not None and not few else None,
            more=verdict.more,
            few=few,
            gallery=small,
        )

    def evidenced(self, limit: Requirement) -> bool:
        """Whether the run holds what an optional limit is judged by: attacks, or searches."""
        wanted = needs(limit.measure)
        if wanted == "attacks":
            name = limit.measure.partition("@")[0]
            reported = [m.measure.partition("@")[0] for m in self.evidence.side.result.measurements]
            return self.evidence.presentations is not None or name in reported
        return wanted != "searches" or self.trials(limit.category).scores.searches is not None

    def small_gallery(self, limit: Requirement, found: Measurement) -> str:
        """Why a gallery is too small to judge a limit by; "" where it is not, or is not asked about."""
        if limit.gallery is None:
            return ""
        own, wanted = int(found.details.get("gallery", 0)), self.number(limit.gallery)
        if own >= limit.gallery_share * wanted:
            return ""
        return (
            f"the gallery of the run holds {own} identities, {short(100 * own / wanted, 3)} % of the {wanted:g} of "
            f"operation; at least {100 * limit.gallery_share:g} % are asked for"
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
            self.figures[trials.name] = Figures(
                run=side,
                asked=tuple(dict.fromkeys(asked)),
                method=method,
                presentations=self.evidence.presentations,
            )
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
                whole = needs(text) in ("samples", "cost")
                if needs(text) == "cost":
                    one: Measurement | None = costs.measured(text, self.evidence.side.result)
                else:
                    one = figures.measurement(text, 0.95)
                found.append(("" if whole else name, one if one is not None else _unmeasured(text)))
                if whole:
                    told.add(text)
        # What holds for the whole run stands below what was found category by category.
        return tuple(sorted(found, key=lambda row: not row[0]))


def needs(text: str) -> str:
    """What a measure is counted from; parameters may still be open."""
    return resolve(PARAMETER.sub("0.5", text))[1].needs


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
