"""What a gate file may ask for: limits, regressions, costs, and what an inconclusive verdict does to a build.

Every key stands here with its meaning; `fr_bench.gates.reading` reads them, docs/howto/gate-in-ci.md shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

FEWEST_SUBJECTS = 20
"""Below this nobody is judged: an interval of so few subjects says too little of others."""


def key(help: str, default: Any = None, *, kind: str = "text", choices: tuple[str, ...] = ()) -> Any:
    """A documented key. `kind`: text, rate, number or count."""
    return field(default=default, metadata={"help": help, "kind": kind, "choices": choices})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`[[limit]]`: a measure of the run against a limit."""

    measure: str = key("the measure, such as FNMR@FMR=1e-3", "")
    at_most: float | None = key('the largest value that passes: 0.02, or a text such as "2%"', kind="rate")
    at_least: float | None = key("the smallest value that passes, for measures where more is better", kind="rate")
    judge: Literal["bound", "point"] = key(
        "bound: the limit of the interval decides, so that chance is accounted for; point: the value as it was "
        "measured, which says nothing of another sample of subjects",
        "bound",
        choices=("bound", "point"),
    )
    sided: Literal["one", "two"] = key(
        "one: a one-sided limit at `level`; two: an end of the two-sided interval", "one", choices=("one", "two")
    )
    level: float = key("confidence, 0.5 to below 1", 0.95, kind="number")
    by: str | None = key("attribute that the run was split by, such as category or sex*age_band: every group is judged")
    group: str | None = key("only this group of `by`; crossed values are joined by *")
    minimum: int = key("subjects that a group must have to be judged, at least 20", FEWEST_SUBJECTS, kind="count")
    small_groups: Literal["inconclusive", "leave out"] = key(
        "what becomes of groups below `minimum`", "inconclusive", choices=("inconclusive", "leave out")
    )
    ratio_to_best: float | None = key(
        "with `by` and FNMR or FMR: how many times the rate of the best group the worst one may have", kind="number"
    )
    name: str = key("what the gate is called in tables; default: made from its other keys", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """`[[regression]]`: a measure of the run against that of the baseline, paired by subject."""

    measure: str = key("the measure; it must be in the baseline", "")
    margin: float | None = key("how much worse is not yet worse, in the measure's unit: 0.002", kind="rate")
    relative_margin: float | None = key('the same as a share of the baseline\'s value: 0.1 or "10%"', kind="rate")
    alpha: float = key(
        "one-sided error level, held over all regressions of the file; that of the baseline", 0.05, kind="number"
    )
    need: Literal["not shown worse", "not worse"] = key(
        "not worse: the loss must be shown to lie below the margin, else inconclusive; the default where a margin is "
        "named. not shown worse: passes unless the loss beyond the margin is significant, and says what could have "
        "been missed; the default without a margin, within which nothing can be shown",
        "not shown worse",
        choices=("not shown worse", "not worse"),
    )
    name: str = key("what the gate is called in tables", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`[[cost]]`: what a template costs; no interval, judged as it was measured."""

    quantity: Literal["template_bytes", "seconds_per_template", "seconds_per_comparison"] = key(
        "template_bytes: float32 numbers of a template, 4 bytes each; seconds_per_template: mean of those made now; "
        "seconds_per_comparison: mean of those made now. Quantiles are asked for as limits, such as measure = "
        '"template-time@quantile=0.95"',
        "template_bytes",
        choices=("template_bytes", "seconds_per_template", "seconds_per_comparison"),
    )
    at_most: float | None = key("the largest value that passes", kind="number")
    name: str = key("what the gate is called in tables", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`[settings]`: what holds for the file as a whole."""

    inconclusive: Literal["exit5", "fail", "pass"] = key(
        "what an inconclusive verdict does to the build: exit5: exit code 5; fail: exit code 1; pass: exit code 0. A "
        "measure that could not be measured is never passed",
        "exit5",
        choices=("exit5", "fail", "pass"),
    )
    baseline: str | None = key("the baseline file, relative to this file; --baseline names another")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """All rules of a gate file, in its order; `lines` holds the line of each rule, by kind and number."""

    limits: tuple[Limit, ...] = ()
    regressions: tuple[Regression, ...] = ()
    costs: tuple[Cost, ...] = ()
    settings: Settings = field(default_factory=Settings)
    where: str = "gates"
    lines: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.limits) + len(self.regressions) + len(self.costs)


RULES: Mapping[str, type] = {"limit": Limit, "regression": Regression, "cost": Cost}


def keys_of(record: type) -> dict[str, Mapping[str, Any]]:
    """The keys of a rule with their help, kind and choices."""
    return {one.name: one.metadata for one in fields(record)}
