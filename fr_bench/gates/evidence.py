"""The figures of a run as a gate needs them: at the confidence that it asks for, with the subjects behind them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import NormalDist
from typing import Any

from fr_bench.comparing import Side
from fr_bench.costing import as_timed
from fr_bench.findings import Interval, Measurement
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.intervals.from_draws import t_quantile
from fr_bench.intervals.subject_exact import METHOD
from fr_bench.known_measures import resolve
from fr_bench.measuring import Measuring
from fr_bench.precision import DRAWS, METHODS, SEED, Method
from fr_bench.records import Presentations
from fr_bench.subject_scores import SubjectScores

COUNTED_FROM_SCORES = ("scores", "comparisons", "searches", "likelihoods", "folds")


def method_of(run: Side, level: float = 0.95) -> Method:
    """The interval method that the run itself asked for, at another level."""
    asked = run.result.run.get("intervals")
    told: Mapping[str, Any] = asked if isinstance(asked, Mapping) else {}
    name, draws, seed = told.get("method", METHOD), told.get("draws", DRAWS), told.get("seed", SEED)
    return Method(
        name=name if name in METHODS else METHOD,
        level=level,
        draws=draws if isinstance(draws, int) and draws >= 20 else DRAWS,
        seed=seed if isinstance(seed, int) and seed >= 0 else SEED,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Figures:
    """The measures of a run, counted again from its scores at any level; subjects are drawn once.

    asked           texts of all measures that will be asked
    presentations   of attacks and of bona fide subjects, where they are given besides the run
    """

    run: Side
    asked: tuple[str, ...]
    method: Method
    presentations: Presentations | None = None
    _levels: dict[float, Measuring] = field(default_factory=dict)

    def at(self, level: float) -> Measuring:
        """All that is counted from scores, with two-sided intervals at `level`."""
        if level not in self._levels:
            measuring = self._measuring(level)
            first = next(iter(self._levels.values()), None)
            if first is not None and "drawn" in vars(first.evidence):
                # The draws do not depend on the level, and are the costly part.
                vars(measuring.evidence)["drawn"] = first.evidence.drawn
            self._levels[level] = measuring
        return self._levels[level]

    def _measuring(self, level: float) -> Measuring:
        texts = [text for text in self.asked if self._counted(text)]
        method = replace(self.method, level=level)
        known = {"likelihoods": self.run.likelihoods, "presentations": self.presentations}
        return Measuring.of(self.run.scores, texts, method, **known)

    def _counted(self, text: str) -> bool:
        """Whether a measure is counted here, from scores or presentations, rather than read in the result."""
        needs = resolve(text)[1].needs
        return needs in COUNTED_FROM_SCORES or (needs == "attacks" and self.presentations is not None)

    def measurement(self, text: str, level: float) -> Measurement | None:
        """A measure of everybody with its two-sided interval at `level`; None where the run does not report it.

        Measures of scores are counted again; the others are those of the result, at a level that is at least as
        high where the interval cannot be made again.
        """
        if self._counted(text):
            return self.at(level).measure(text)
        if resolve(text)[1].needs == "cost":
            # Times stand beside the figures of a run, not among them.
            return as_timed(text, self.run.result)
        known = [m for m in self.run.result.measurements if m.measure == text and not m.group]
        known += [m for a in self.run.result.analyses for m in a.measurements if m.measure == text and not m.group]
        return at_level(known[0], level) if known else None

    def groups(self, text: str, by: str, level: float) -> list[Measurement] | None:
        """A rate of each group, in the order of the run; None where the run was not split by the attribute.

        Groups are judged at everybody's thresholds: the FNMR of FNMR@FMR=1e-3 at the threshold that everybody's FMR
        gave.
        """
        found = [a for a in self.run.result.analyses if a.kind == "groups" and a.subject == by]
        if not found:
            return None
        named, kind = resolve(text)
        point = "=".join(named.parameters[0]) if named.parameters else ""
        rows = [
            m
            for m in found[0].measurements
            if m.group and (m.measure == text or (m.measure.partition("@")[0] == kind.quantity and point
                                                  and m.details.get("point") == point))
        ]  # fmt: skip
        return [at_level(m, level) for m in rows]

    @cached_property
    def by_subject(self) -> SubjectScores | None:
        """The scores by subject; None where they name no subjects."""
        first = next(iter(self._levels.values()), None) or self.at(self.method.level)
        return first.evidence.by_subject

    @property
    def any_level(self) -> Measuring:
        """What does not depend on the level."""
        return next(iter(self._levels.values()), None) or self.at(self.method.level)


def at_level(found: Measurement, level: float) -> Measurement:
    """A measurement of a result with its interval at another two-sided level, from the account of its precision.

    An interval that cannot be made again stays as it is: whoever judges on it looks at its own level.
    """
    interval, counts = found.interval, found.counts
    if interval is None or abs(interval.level - level) < 1e-12 or counts is None or not counts.trials:
        return found
    account = found.details.get("precision")
    told: Mapping[str, Any] = account if isinstance(account, Mapping) else {}
    if interval.method == "clopper-pearson" or (interval.method == METHOD and told.get("deff") == 1.0
                                                and "degrees" not in told):  # fmt: skip
        again = clopper_pearson(counts.errors, counts.trials, level, unit=interval.unit)
    elif interval.method == METHOD and {"deff", "degrees"} <= set(told):
        z, t = NormalDist().inv_cdf((1 + level) / 2), t_quantile(float(told["degrees"]), level)
        effective = counts.trials / float(told["deff"]) * (z / t) ** 2
        again = clopper_pearson(counts.errors / counts.trials * effective, effective, level, unit=interval.unit)
    else:
        return found
    again = Interval(again.low, again.high, level, interval.method, interval.unit)
    details = dict(found.details)
    sober = details.pop("sober", None)
    if isinstance(sober, float) and 0 < sober < 1 and not counts.errors:
        # Of k trials without a common subject: 1 - ((1 - c)/2)^(1/k) at level c.
        per_trial = math.log1p(-sober) / math.log((1 - interval.level) / 2)
        details["sober"] = -math.expm1(per_trial * math.log((1 - level) / 2))
    return replace(found, interval=again, details=details)
