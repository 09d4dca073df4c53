"""Profiles: TOML, every mistake of a file told at once with its line, an unknown key with the nearest known one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from fr_bench import cards
from fr_bench.certification.profile import (
    CERTAINTY,
    PARAMETER,
    Assumption,
    Category,
    Gap,
    Parameter,
    Plan,
    Profile,
    Requirement,
    Scheme,
)
from fr_bench.errors import UsageError, nearest, shown
from fr_bench.keylines import KeyPath
from fr_bench.known_measures import resolve
from fr_bench.planning.requirement import number
from fr_bench.precision import METHODS
from fr_bench.reading import TomlDocument, read_toml

BAD = "bad_profile"
SECTIONS = ("scheme", "plan", "category", "parameters", "limit", "assumption", "gap")
LANGUAGES = ("en", "ko")
FEWEST = 20
Record = TypeVar("Record")


def available() -> dict[str, Path]:
    """Profiles that `--scheme NAME` finds: those that ship with frbench.

    >>> "kisa-style-face" in available()
    True
    """
    return {path.stem: path for path in sorted((cards.shipped("configs") / "profiles").glob("*.toml"))}


def profile(name: str) -> Profile:
    """The profile of that name, or in that file (a text that ends in .toml).

    Raises UsageError `unknown_scheme` with the nearest name, `bad_profile` with all mistakes of the file.
    """
    known = available()
    if name in known:
        return read(known[name])
    if name.endswith(".toml"):
        return read(Path(name))
    begun = [one for one in known if name and one.startswith(name)]
    hint = f"; did you mean {begun[0]!r}?" if len(begun) == 1 else nearest(name, begun or known)
    told = f"no scheme {shown(name)!r}, and no profile of your own, whose path ends in .toml{hint}"
    raise UsageError(told, code="unknown_scheme")


def read(source: Path | str, *, name: str = "profile") -> Profile:
    r"""Read a profile from a file (a Path), or its text. Raises UsageError `bad_profile`, `bad_toml`, `file_missing`.

    >>> read('[scheme]\ntitel = {en = "A", ko = "B"}\n', name="p.toml")
    Traceback (most recent call last):
    ...
    fr_bench.errors.UsageError: p.toml:2: unknown key scheme.titel; did you mean 'title'?
    p.toml:1: scheme.title is missing in 'en' and 'ko'
    p.toml:1: scheme.certainty is '', not one of [S:key], [S2:key], [K], [K?], [R]
    """
    document = read_toml(source, name="" if isinstance(source, Path) else name)
    return _Reader(document, source.stem if isinstance(source, Path) else name).profile()


class _Reader:
    """One pass over a document; `mistakes` collects what is wrong."""

    def __init__(self, document: TomlDocument, name: str) -> None:
        self.document, self.name = document, name
        self.mistakes: list[str] = []

    def wrong(self, path: KeyPath, what: str) -> None:
        self.mistakes.append(f"{self.document.where(path)}: {what}")

    def profile(self) -> Profile:
        for section in self.document.data:
            if section not in SECTIONS:
                self.wrong((section,), f"unknown section {shown(section)!r}{nearest(section, SECTIONS)}")
        found = Profile(
            name=self.name,
            scheme=self.table(Scheme, "scheme"),
            plan=self.table(Plan, "plan"),
            categories=self.tables(Category, "category"),
            parameters=self.parameters(),
            limits=self.tables(Requirement, "limit"),
            assumptions=self.tables(Assumption, "assumption"),
            gaps=self.tables(Gap, "gap"),
        )
        self.check(found)
        if self.mistakes:
            raise UsageError("\n".join(self.mistakes), code=BAD)
        return found

    def table(self, record: type[Record], name: str) -> Record:
        given = self.document.data.get(name, {})
        if not isinstance(given, Mapping):
            self.wrong((name,), f"{name!r} is a section: write [{name}] above its keys")
            return record()
        return self.record(record, name, (name,), given)

    def tables(self, record: type[Record], name: str) -> tuple[Record, ...]:
        given = self.document.data.get(name, [])
        if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
            self.wrong((name,), f"{name!r} is a list of tables: write [[{name}]] above its keys")
            return ()
        return tuple(self.record(record, name, (name, place), values) for place, values in enumerate(given))

    def parameters(self) -> dict[str, Parameter]:
        given = self.document.data.get("parameters", {})
        if not isinstance(given, Mapping) or not all(isinstance(one, Mapping) for one in given.values()):
            self.wrong(("parameters",), "'parameters' holds tables: write [parameters.NAME] above their keys")
            return {}
        return {
            name: self.record(Parameter, f"parameters.{name}", ("parameters", name), values)
            for name, values in given.items()
        }

    def record(self, record: type[Record], name: str, path: KeyPath, values: Mapping[str, Any]) -> Record:
        """The keys of a table, checked one by one; those that are wrong are left at their defaults."""
        known = {one.name: one.metadata for one in fields(record)}  # type: ignore[arg-type]
        given: dict[str, Any] = {}
        for entry, value in values.items():
            if entry not in known:
                self.wrong((*path, entry), f"unknown key {name}.{shown(entry)}{nearest(entry, known)}")
                continue
            try:
                given[entry] = _typed(value, known[entry])
            except (UsageError, ValueError) as problem:
                self.wrong((*path, entry), f"{name}.{entry} {problem}")
        return record(**given)

    def check(self, found: Profile) -> None:
        scheme = found.scheme
        self.said(scheme.title, ("scheme",), "scheme.title")
        self.certain(scheme.certainty, ("scheme",), "scheme.certainty")
        if scheme.fewest_subjects < FEWEST:
            few = f"scheme.fewest_subjects: nobody is judged on fewer than {FEWEST}"
            self.wrong(("scheme", "fewest_subjects"), few)
        if scheme.method not in METHODS:
            near = nearest(scheme.method, METHODS)
            self.wrong(("scheme", "method"), f"scheme.method {shown(scheme.method)!r} is no interval method{near}")
        for text in scheme.measures:
            self.measure(text, ("scheme", "measures"), "scheme.measures")
        self.categories(found)
        for place, limit in enumerate(found.limits):
            self.limit(limit, found, ("limit", place))
        for place, one in enumerate(found.assumptions):
            self.said(one.text, ("assumption", place), "assumption.text")
            self.certain(one.certainty, ("assumption", place), "assumption.certainty")

        for place, gap in enumerate(found.gaps):
            self.said(gap.text, ("gap", place), "gap.text")
            if gap.category not in [one.name for one in found.categories]:
                near = nearest(gap.category, [one.name for one in found.categories])
                self.wrong(("gap", place), f"gap.category {shown(gap.category)!r} is no category{near}")

    def categories(self, found: Profile) -> None:
        names: set[str] = set()
        for place, one in enumerate(found.categories):
            path: KeyPath = ("category", place)
            if not one.name or one.name in names:
                self.wrong(path, f"category.name {shown(one.name)!r} is {'given twice' if one.name else 'missing'}")
            names.add(one.name)
            self.said(one.title, path, "category.title")
            self.certain(one.certainty, path, "category.certainty")
            if not one.where:
                self.wrong(path, "category.where is missing: which samples are its probes, such as {category = 'pose'}")
        if found.categories and not found.plan.enrolment:
            self.wrong(("plan",), "plan.enrolment is missing: categories are probes against enrolled samples")

    def limit(self, limit: Requirement, found: Profile, path: KeyPath) -> None:
        if (limit.at_most is None) == (limit.at_least is None):
            self.wrong(path, "limit: give either at_most or at_least")
        self.certain(limit.certainty, path, "limit.certainty")
        known = [one.name for one in found.categories]
        if limit.category is not None and limit.category not in known:
            self.wrong((*path, "category"), f"no category {shown(limit.category)!r}{nearest(limit.category, known)}")
        for name in (*limit.parameters, *((limit.unless,) if limit.unless else ())):
            if name not in found.parameters:
                self.wrong(path, f"no parameter {shown(name)!r}{nearest(name, found.parameters)}")
        if not 0 < limit.gallery_share <= 1:
            what = f"limit.gallery_share is {limit.gallery_share:g}; it lies above 0 and is at most 1"
            self.wrong((*path, "gallery_share"), what)
        if limit.applies:
            self.said(limit.applies, path, "limit.applies")
        if not 0.5 < limit.level < 1:
            self.wrong((*path, "level"), f"limit.level is {limit.level:g}; it lies between 0.5 and 1")
        if not limit.measure:
            self.wrong(path, 'limit: a measure is missing, such as measure = "EER"')
            return
        self.measure(limit.measure, (*path, "measure"), "limit.measure")

    def measure(self, text: str, path: KeyPath, name: str) -> None:
        try:
            resolve(PARAMETER.sub("0.5", text))
        except UsageError as mistake:
            self.wrong(path, f"{name}: {mistake.message}")

    def said(self, text: Mapping[str, str], path: KeyPath, name: str) -> None:
        lacking = [language for language in LANGUAGES if not text.get(language)]
        if lacking:
            self.wrong(path, f"{name} is missing in {' and '.join(map(repr, lacking))}")

    def certain(self, mark: str, path: KeyPath, name: str) -> None:
        if not CERTAINTY.match(mark):
            self.wrong(path, f"{name} is {shown(mark)!r}, not one of [S:key], [S2:key], [K], [K?], [R]")


def _typed(value: Any, about: Mapping[str, Any]) -> Any:
    kind, choices = about["kind"], about["choices"]
    if choices:
        if value in choices:
            return value
        raise ValueError(f"is {shown(str(value))!r}{nearest(str(value), choices)}")
    if kind == "text":
        return _of_type(value, str, "a text")
    if kind == "yes":
        return _of_type(value, bool, "true or false")
    if kind == "count":
        if type(value) is not int or not 0 < value < 10**9:
            raise ValueError(f"must be a whole number above 0, not {shown(str(value))}")
        return value
    if kind == "number":
        if type(value) not in (int, float) or not math.isfinite(value):
            raise ValueError(f"must be a number, not {shown(str(value))}")
        return float(value)
    if kind == "rate":
        if isinstance(value, str) and PARAMETER.fullmatch(value):
            return value
        return float(number(str(value), "limit")[0])
    if kind == "said":
        return _said(value)
    if kind == "source":
        return _source(value)
    if kind == "texts":
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError("must be a list of texts")
        return tuple(value)
    return _filter(value)


def _of_type(value: Any, wanted: type, words: str) -> Any:
    if not isinstance(value, wanted):
        raise ValueError(f"must be {words}, not {shown(str(value))}")
    return value


def _said(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError('must be a text for each language: {en = "...", ko = "..."}')
    for language in value:
        if language not in LANGUAGES:
            raise ValueError(f"has the unknown language {shown(language)!r}{nearest(language, LANGUAGES)}")
    return dict(value)


def _source(value: Any) -> dict[str, str]:
    """A text for each language; a text by itself, such as "C-1-1", is the same in all."""
    if isinstance(value, str):
        return dict.fromkeys(LANGUAGES, value)
    found = _said(value)
    if lacking := [language for language in LANGUAGES if not found.get(language)]:
        raise ValueError(f"is missing in {' and '.join(map(repr, lacking))}")
    return found


def _filter(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError('must name attributes and their values: {category = "pose"}')
    found = {}
    for attribute, asked in value.items():
        values = [asked] if isinstance(asked, str) else asked
        if not isinstance(values, list) or not values or not all(isinstance(one, str) for one in values):
            raise ValueError(f"{shown(attribute)}: must be a text or a list of texts")
        found[attribute] = tuple(values)
    return found
