"""What is compared, and whether it may be: two runs stand side by side only if they answered the same question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fr_bench.errors import UsageError, shown
from fr_bench.findings import Result
from fr_bench.precision import DRAWS, SEED
from fr_bench.records import ScoreSet

Failures = Literal["leave-out", "non-match"]

NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Side:
    """One of the two runs: what it is called, its result, and the scores that the result was counted from."""

    name: str
    result: Result
    scores: ScoreSet

    @property
    def failed(self) -> frozenset[str]:
        """Ids of the samples that gave no template."""
        return frozenset(failure.sample for failure in self.result.failures)

    @property
    def level(self) -> float | None:
        """The confidence level that the run's configuration asks for."""
        level = _part(self.result.run, "intervals").get("level")
        return level if isinstance(level, float) else None

    @property
    def likelihoods(self) -> bool:
        """Whether the run declares its scores to be natural-log likelihood ratios."""
        return _part(self.result.run, "measures").get("likelihoods") is True

    @property
    def versions(self) -> dict[str, int]:
        """The version of each measure's definition in this run."""
        return {row.measure: row.version for row in self.result.measurements}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a comparison.

    measures     texts of measures; empty: all that both runs report. They are the family that p values are adjusted for
    thresholds   one threshold of each system: FNMR and FMR are compared there as well; None: not asked
    level        nominal level of the intervals; None: that of the runs
    alpha        one-sided level of the verdicts, held by the family
    margins      by measure, how much worse is not yet "worse", fixed before the test; "" holds for all others
    power        of the minimum detectable difference
    failures     "leave-out": comparisons that one run could not make are left out on both sides, and counted;
                 "non-match": they are decided as a non-match on the side that could not make them
    mcnemar      McNemar's test as well, which takes comparisons as independent
    draws, seed  how often subjects are drawn for measures of a curve, and the name of the draws
    """

    measures: tuple[str, ...] = ()
    thresholds: tuple[float, float] | None = None
    level: float | None = None
    alpha: float = 0.05
    margins: Mapping[str, float] = field(default_factory=dict)
    power: float = 0.8
    failures: Failures = "leave-out"
    mcnemar: bool = False
    draws: int = DRAWS
    seed: int = SEED

    def margin(self, measure: str) -> float:
        """The margin of a measure."""
        return self.margins.get(measure, self.margins.get("", 0.0))


def refuse_incomparable(first: Side, second: Side, asked: Asked, measures: Sequence[str]) -> None:
    """Raise UsageError `not_comparable` with every reason and both values, unless the runs may be compared."""
    found = obstacles(first, second, asked, measures)
    if found:
        raise UsageError(
            f"{shown(first.name)} and {shown(second.name)} cannot be compared: {'; '.join(found)}", code=NOT_COMPARABLE
        )


def obstacles(first: Side, second: Side, asked: Asked, measures: Sequence[str]) -> list[str]:
    """Why two runs may not be compared, each with the value of both; empty where nothing stands against it."""
    return [
        *_data(first, second),
        *_protocol(first, second),
        *_definitions(first, second, measures),
        *_level(first, second, asked),
        *_polarity(first, second),
        *_people(first, second),
    ]


def _data(first: Side, second: Side) -> list[str]:
    one, other = first.result.dataset, second.result.dataset
    if one is None or other is None:
        return [] if one is other else [_against("data set", *(d.name if d else "none named" for d in (one, other)))]
    if one.digest == other.digest:
        return []
    return [_against("data digest", *(f"{d.name} {d.digest[:12]}" for d in (one, other)))]


def made_alike(result: Result) -> dict[str, Any]:
    """What a run says of its comparisons beside its plan, and another must say, too, to be compared with it.

    How many scores are kept is none of it: it decides which figures there are, and never which they are.
    """
    settings = _part(result.run, "comparison")
    return {key: value for key, value in settings.items() if key not in ("plan", "keep_at_most")}


def _protocol(first: Side, second: Side) -> list[str]:
    told = [
        f"{made.plan} of {made.mated_planned} mated and {made.nonmated_planned} nonmated"
        for made in (first.result.comparison, second.result.comparison)
    ]
    found = [] if told[0] == told[1] else [_against("planned comparisons", *told)]
    settings = [made_alike(side.result) for side in (first, second)]
    for key in sorted({*settings[0], *settings[1]}):
        values = [str(known.get(key, "not said")) for known in settings]
        if values[0] != values[1]:
            found.append(_against(f"comparison.{key}", *values))
    return found


def _definitions(first: Side, second: Side, measures: Sequence[str]) -> list[str]:
    one, other = first.versions, second.versions
    return [
        _against(f"version of the definition of {name}", str(one[name]), str(other[name]))
        for name in measures
        if name in one and name in other and one[name] != other[name]
    ]


def _level(first: Side, second: Side, asked: Asked) -> list[str]:
    if asked.level is not None or first.level == second.level:
        return []
    return [_against("confidence level (name one by --level)", str(first.level), str(second.level))]


def _polarity(first: Side, second: Side) -> list[str]:
    """Scores that are turned round in one run only: then a difference says nothing of the recognizers."""
    turned = [any("polarity_suspect" in row.labels for row in side.result.measurements) for side in (first, second)]
    if turned[0] == turned[1]:
        return []
    return [_against("polarity", *("seems to be turned round" if t else "as it should be" for t in turned))]


def _people(first: Side, second: Side) -> list[str]:
    for side in (first, second):
        if side.scores.probes is None or side.scores.references is None:
            return [f"the scores of {shown(side.name)} name no samples, so that nobody can match them one to one"]
    same = [
        getattr(first.scores, party).ids == getattr(second.scores, party).ids
        and getattr(first.scores, party).subjects == getattr(second.scores, party).subjects
        for party in ("probes", "references")
    ]
    return [] if all(same) else ["their scores are of other samples or subjects"]


def _against(what: str, one: str, other: str) -> str:
    return f"{what}: {shown(one)} against {shown(other)}"


def _part(run: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = run.get(key)
    return part if isinstance(part, Mapping) else {}
