"""A certification scheme as data: plan, categories, measures, limits, and of every entry how certain it is.

Every key stands here with its meaning; `fr_bench.certification.reading` reads them from `configs/profiles/*.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Said = Mapping[str, str]
"""One text by language: "en" and "ko"."""
Filter = Mapping[str, tuple[str, ...]]
"""Which samples: the values that an attribute may have; all attributes named must fit."""

CERTAINTY = re.compile(r"\[(?:S2?:[^\]\s][^\]]*|K\??|R)\]\Z")
"""[S:key] seen in a source, [S2:key] reported by others, [K] known, [K?] remembered, [R] our own reading."""
PARAMETER = re.compile(r"\{([a-z_]+)\}")


def key(help: str, default: Any = None, *, kind: str = "text", choices: tuple[str, ...] = ()) -> Any:
    """A documented key. `kind`: text, said, source, number, rate, count, yes, filter or texts.

    said     a text for each language
    source   likewise, or one text for all, such as "C-1-1"
    """
    metadata = {"help": help, "kind": kind, "choices": choices}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """`[scheme]`: what the profile stands for."""

    title: Mapping[str, str] = key("what it is called", {}, kind="said")
    summary: Mapping[str, str] = key("what is rehearsed, and how far that is known", {}, kind="said")
    notice: Mapping[str, str] = key("what the head of every page says besides that it is a rehearsal", {}, kind="said")
    verdict: Literal["rehearsal", "as reported", "none"] = key(
        "rehearsal: verdicts by limits seen in a source; as reported: by limits that others report; none: figures "
        "beside the limits, no verdict",
        "none",
        choices=("rehearsal", "as reported", "none"),
    )
    certainty: str = key("how certain its limits are as a whole: [S:key], [S2:key], [K], [K?] or [R]", "")
    source: Mapping[str, str] = key("where that was seen", {}, kind="source")
    fewest_subjects: int = key("below it no verdict is given; never below 20", 20, kind="count")
    few_subjects: int = key("below it the reader is warned", 100, kind="count")
    measures: tuple[str, ...] = key("figures to show besides those with limits", (), kind="texts")
    groups: bool = key(
        "true: the groups that the run was split by are shown beside everybody, with max over geometric mean", False,
        kind="yes",
    )  # fmt: skip
    method: str = key("interval method of rates at a fixed threshold", "subject-exact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`[plan]`: which comparisons. Without `enrolment` those of the run are taken as they are."""

    enrolment: Mapping[str, tuple[str, ...]] = key("the samples that are enrolled, by attribute", {}, kind="filter")
    certainty: str = key("how certain the plan is", "[R]")
    source: Mapping[str, str] = key("where the plan was seen", {}, kind="source")
    subjects: int | None = key("subjects of the scheme's own test or example, where known", kind="count")
    needs: Mapping[str, str] = key("what must be collected", {}, kind="said")


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """`[[category]]`: probes that are judged apart."""

    name: str = key("its name in limits", "")
    title: Mapping[str, str] = key("what it is called", {}, kind="said")
    where: Mapping[str, tuple[str, ...]] = key("its probes, by attribute", {}, kind="filter")
    condition: str = key("attribute that tells conditions within the category apart", "condition")
    certainty: str = key("how certain it is that the scheme has this category", "[R]")
    source: Mapping[str, str] = key("where it was seen", {}, kind="source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """`[parameters.NAME]`: what only the user knows, such as a threshold fixed before; `--set NAME=VALUE` gives it."""

    title: Mapping[str, str] = key("what it is", {}, kind="said")
    default: float | None = key("its value where none is given", kind="number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """`[[limit]]`: a measure against a limit, with the keys of a gate's limit."""

    measure: str = key("the measure; {name} stands for a parameter", "")
    at_most: float | str | None = key("the largest value that passes, or {name}", kind="rate")
    at_least: float | str | None = key("the smallest value that passes, or {name}", kind="rate")
    judge: Literal["bound", "point"] = key("bound or point", "bound", choices=("bound", "point"))
    sided: Literal["one", "two"] = key("one or two", "one", choices=("one", "two"))
    level: float = key("confidence", 0.95, kind="number")
    category: str | None = key("the category that it is judged in")
    certainty: str = key("how certain the limit is: [S:key], [S2:key], [K], [K?] or [R]", "")
    source: Mapping[str, str] = key("where it was seen", {}, kind="source")
    ours: Mapping[str, str] = key("what of it is our own reading", {}, kind="said")
    binding: bool = key("false: a recommendation, which fails nobody", True, kind="yes")
    optional: bool = key(
        "true: left out, and said to be, where the run has no evidence for it: no attacks, or no searches", False,
        kind="yes",
    )  # fmt: skip
    applies: Mapping[str, str] = key("what it applies to, where not to everything: a class, a level", {}, kind="said")
    gallery: float | str | None = key(
        "identities that operation will search in, or {name}: the limit is judged only where the gallery of the run "
        "holds `gallery_share` of them", kind="rate",
    )  # fmt: skip
    gallery_share: float = key("the share of `gallery` that the run's own must hold", 1.0, kind="number")
    unless: str | None = key("not asked where this parameter is given")
    strict: bool | None = key(
        "true: a value on the limit fails; false: it passes; not given: the source does not say, both readings are "
        "printed and on the limit passes",
        kind="yes",
    )

    @property
    def limit(self) -> float | str | None:
        """The limit, whichever side."""
        return self.at_most if self.at_most is not None else self.at_least

    @property
    def upper(self) -> bool:
        """Whether the limit is the largest value that passes."""
        return self.at_least is None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that measure, limit and gallery need."""
        return tuple(dict.fromkeys(PARAMETER.findall(f"{self.measure} {self.limit} {self.gallery or ''}")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """`[[assumption]]`: what is not established and how we read it; printed in every dossier."""

    text: Mapping[str, str] = key("the reading", {}, kind="said")
    certainty: str = key("how certain it is", "[R]")
    source: Mapping[str, str] = key("where it was seen", {}, kind="source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """`[[gap]]`: what a layout of data lacks beside the scheme's own; printed with every rehearsal on such data."""

    format: str = key("the layout, such as kface", "")
    category: str = key("the category that it concerns", "")
    text: Mapping[str, str] = key("what is lacking", {}, kind="said")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A scheme as it is rehearsed."""

    name: str
    scheme: Scheme
    plan: Plan = field(default_factory=Plan)
    categories: tuple[Category, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    limits: tuple[Requirement, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def judges(self) -> bool:
        """Whether verdicts are given."""
        return self.scheme.verdict != "none"

    def category(self, name: str) -> Category:
        """A category by name; KeyError where there is none."""
        for one in self.categories:
            if one.name == name:
                return one
        raise KeyError(name)
