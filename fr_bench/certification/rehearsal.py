"""A scheme rehearsed: every limit judged, with what the verdict hangs on and how probable a pass would be again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fr_bench.certification.forecast import Asked, Forecast, drawn_passes, of_bound, of_passes, of_point
from fr_bench.certification.judging import Judged, Judging, Word
from fr_bench.certification.profile import PARAMETER, Category, Gap, Profile, Requirement
from fr_bench.certification.running import Evidence
from fr_bench.certification.trials import Trials
from fr_bench.errors import UsageError, nearest, shown
from fr_bench.findings import Measurement
from fr_bench.known_measures import resolve
from fr_bench.subject_scores import SubjectScores

WORST = 5
SUBJECTS_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weak:
    """The category nearest to failing, or furthest beyond its limit, and what its errors hang on.

    conditions   condition, rejected and all mated trials, worst first
    subjects     subject, rejected and all mated trials, worst first; none where the data ask for aggregate figures
    carriers     how many subjects have any rejected trial
    """

    category: str
    conditions: tuple[tuple[str, int, int], ...]
    subjects: tuple[tuple[str, int, int], ...]
    carriers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """All of a rehearsal; `left_out` holds the limits that the run has no evidence for, such as those of attacks."""

    profile: Profile
    evidence: Evidence
    parameters: Mapping[str, float]
    judged: tuple[Judged, ...]
    together: Forecast
    weak: Weak | None
    shown: tuple[tuple[str, Measurement], ...]
    left_out: tuple[Requirement, ...] = ()

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
    def few(self) -> bool:
        """Whether so few subjects took part that some limit is not judged."""
        return any(one.few and not one.of_attacks for one in self.judged)

    @property
    def exit_code(self) -> int:
        """0 passed or nothing to judge, 1 failed, 5 inconclusive."""
        return {"fail": 1, "inconclusive": 5, "pass": 0, None: 0}[self.word]


def rehearse(profile: Profile, evidence: Evidence, given: Mapping[str, float] | None = None) -> Rehearsal:
    """Judge the trials of a run by a scheme.

    given   values of the profile's parameters
    Raises UsageError `bad_option` as `parameters_of` does.
    """
    values = parameters_of(profile, given or {})
    judging = Judging(profile, evidence, values)
    asked = [limit for limit in profile.limits if not (limit.unless and limit.unless in values)]
    judged = [one for one in map(judging.judge, asked) if one is not None]
    judged, together = _forecast(profile, evidence, judged)
    return Rehearsal(
        profile=profile,
        evidence=evidence,
        parameters=values,
        judged=tuple(judged),
        together=together,
        weak=_shown(_weakest(evidence, judged), evidence),
        shown=judging.shown(),
        left_out=tuple(judging.left_out),
    )


def parameters_of(profile: Profile, given: Mapping[str, float]) -> dict[str, float]:
    """The values of a scheme's parameters, with its defaults.

    Raises UsageError `bad_option` for a parameter that the scheme has not, and for a limit that no rate can miss.
    """
    for name in given:
        if name not in profile.parameters:
            hint = nearest(name, profile.parameters) or "; it has none"
            raise UsageError(f"--set {shown(name)!r}: {profile.name} has no such parameter{hint}", code="bad_option")
    for limit in profile.limits:
        _refuse_impossible(limit, given)
    defaults = {name: one.default for name, one in profile.parameters.items() if one.default is not None}
    return {**defaults, **given}


def _refuse_impossible(limit: Requirement, given: Mapping[str, float]) -> None:
    """Refuse a limit that every rate meets, or none, and a gallery of nobody: "5" for 5 % would pass whatever comes."""
    name = PARAMETER.findall(str(limit.limit))
    value = given.get(name[0]) if name else None
    rate = resolve(PARAMETER.sub("0.5", limit.measure))[1].unit == "proportion"
    if value is not None and rate and not 0 <= value < 1:
        hint = f"; did you mean {value / 100:g}?" if 1 <= value < 100 else ""
        what = f"--set {name[0]}={value:g}: the limit of a rate is at least 0 and below 1, such as 0.05 or 5%{hint}"
        raise UsageError(what, code="bad_option")
    name = PARAMETER.findall(str(limit.gallery))
    value = given.get(name[0]) if name else None
    if value is not None and value < 1:
        raise UsageError(f"--set {name[0]}={value:g}: a gallery holds one identity or more", code="bad_option")


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
    if not worst.found.value:
        return None  # nobody erred: no category is weaker than another
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


def _shown(weak: Weak | None, evidence: Evidence) -> Weak | None:
    """Without the names of subjects, where the terms of the data ask for aggregate figures."""
    summary = evidence.side.result.dataset
    return weak if weak is None or summary is None or summary.pictures_allowed else replace(weak, subjects=())


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
