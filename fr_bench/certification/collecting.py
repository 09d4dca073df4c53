"""What data a scheme needs to be judged at all: subjects and trials for every limit, before anything is collected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fr_bench.certification.profile import PARAMETER, Profile, Requirement
from fr_bench.errors import UsageError
from fr_bench.known_measures import resolve
from fr_bench.planning import Aim, plan

RULE_OF_30 = 30
LONGEST = 10**8


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What one limit needs.

    trials      of which 30 errors are expected at the limit (rule of 30); mated ones where an EER is limited
    without     trials without an error that show the limit with 95 % confidence (rule of 3), if they were independent
    point       subjects of whom a test judged on the point passes with the wanted probability, if the true rate is a
                third of the limit and each gives one trial; None where the bound is judged
    bound       subjects whose bound passes with that probability, if the true rate is a third of the limit; None where
                it is not planned
    absent      parameters that must be given first
    """

    requirement: Requirement
    limit: float | None
    trials: int | None = None
    without: int | None = None
    point: int | None = None
    bound: int | None = None
    absent: tuple[str, ...] = ()


def needed(profile: Profile, given: Mapping[str, float] | None = None, *, power: float = 0.9) -> tuple[Needed, ...]:
    """What every limit of a scheme needs, those that are judged only where there is evidence for them included.

    >>> from fr_bench.certification.reading import profile
    >>> lighting = needed(profile("kisa-style-face"))[0]
    >>> lighting.limit, lighting.trials, lighting.without
    (0.01, 3000, 299)
    """
    defaults = {name: one.default for name, one in profile.parameters.items() if one.default is not None}
    values = {**defaults, **(given or {})}
    asked = [limit for limit in profile.limits if not (limit.unless and limit.unless in values)]
    return tuple(_needed(limit, values, profile, power) for limit in asked)


def _needed(limit: Requirement, values: Mapping[str, float], profile: Profile, power: float) -> Needed:
    text = str(limit.limit)
    absent = tuple(name for name in PARAMETER.findall(text) if name not in values)
    if absent:
        return Needed(requirement=limit, limit=None, absent=absent)
    rate = float(PARAMETER.sub(lambda found: repr(values[found[1]]), text))
    if not 0 < rate < 1:
        return Needed(requirement=limit, limit=rate)
    return Needed(
        requirement=limit,
        limit=rate,
        trials=math.ceil(RULE_OF_30 / rate - 1e-9),
        without=math.ceil(math.log(0.05) / math.log1p(-rate)),
        point=_passing_on_point(rate, power, profile.scheme.fewest_subjects) if limit.judge == "point" else None,
        bound=_passing_on_bound(limit, rate, power),
    )


def _passing_on_point(rate: float, power: float, fewest: int) -> int | None:
    """The size from which on a test passes with `power`: at most rate * n errors of n, where a third is true."""
    from scipy.special import bdtr

    allowed = 0
    while allowed < LONGEST:
        # The hardest sizes are those just before one more error is allowed.
        sizes = [max(fewest, math.ceil((allowed + 1 + step) / rate) - 1) for step in range(3)]
        if all(float(bdtr(math.floor(rate * n + 1e-9), n, rate / 3)) >= power for n in sizes):
            return max(fewest, math.ceil(allowed / rate - 1e-9))
        allowed += 1
    return None


def _passing_on_bound(limit: Requirement, rate: float, power: float) -> int | None:
    measure = resolve(PARAMETER.sub("0.5", limit.measure))[0]
    name = "FMR" if measure.name == "FMR" else "FNMR"
    try:
        found = plan(f"{name}<={rate!r}", Aim(power=power, level=limit.level, sided=limit.sided, true=rate / 3))
    except UsageError:  # beyond what can be planned
        return None
    return found.needed.subjects
