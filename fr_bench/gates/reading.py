"""Gate files: TOML, every mistake of a file told at once with its line, an unknown key with the nearest known one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fr_bench.errors import UsageError, nearest, shown
from fr_bench.gates.baseline import Baseline
from fr_bench.gates.baseline_file import read as read_baseline
from fr_bench.gates.rules import FEWEST_SUBJECTS, RULES, Gates, Limit, Regression, Settings, keys_of
from fr_bench.keylines import KeyPath
from fr_bench.known_measures import resolve
from fr_bench.planning.requirement import number
from fr_bench.reading import TomlDocument, read_toml

BAD = "bad_gates"


def read(source: Path | str, *, where: str = "") -> Gates:
    r"""Read a gate file (a Path), or its text.

    Raises UsageError `bad_gates` that names all mistakes, each with file and line; `bad_toml`, `file_missing`.

    >>> gates = read('[[limit]]\nmeasure = "EER"\nat_most = "5%"\n')
    >>> gates.limits[0].at_most, gates.limits[0].judge
    (0.05, 'bound')
    >>> read('[[limit]]\nmeasure = "EER"\nat_mots = 0.05\n', where="g.toml")
    Traceback (most recent call last):
    ...
    fr_bench.errors.UsageError: g.toml:3: unknown key limit.at_mots; did you mean 'at_most'?
    g.toml:1: limit: give either at_most or at_least
    """
    return _Reader(read_toml(source, name=where)).gates()


def gates_for(baseline: Baseline) -> Gates:
    """The gates where there is a baseline and no gate file: nothing that it can be paired with is shown to be worse."""
    kept = (one for one in baseline.measures if one.paired and one.measurement.better != "neither")
    rules = tuple(Regression(measure=one.measurement.measure, alpha=baseline.alpha) for one in kept)
    return Gates(regressions=rules, where="no gate file")


def asked(rules: Path | None, base: Path | None) -> tuple[Gates, Baseline | None]:
    """The gates and the baseline that are named; a gate file may name its baseline.

    rules   the gate file; None: gates.toml in the current folder, if it is there, else the gates of the baseline
    base    the baseline file; None: that of the gate file's [settings], if it names one

    Raises UsageError `no_gates` where there is neither; what `read` and `baseline_file.read` raise.
    """
    here = Path("gates.toml")
    rules = rules or (here if here.is_file() else None)
    gates = read(rules) if rules is not None else None
    if gates is not None and rules is not None and base is None and gates.settings.baseline is not None:
        base = rules.parent / gates.settings.baseline
    baseline = read_baseline(base) if base is not None else None
    if gates is not None:
        return gates, baseline
    if baseline is not None:
        return gates_for(baseline), baseline
    raise UsageError(
        "nothing to judge by: name a gate file by --gates FILE, or a baseline by --baseline FILE; configs/gates holds "
        "examples",
        code="no_gates",
    )


class _Reader:
    """One pass over a document; `mistakes` collects what is wrong."""

    def __init__(self, document: TomlDocument) -> None:
        self.document = document
        self.mistakes: list[str] = []

    def gates(self) -> Gates:
        known = [*RULES, "settings"]
        for name in self.document.data:
            if name not in known:
                self.wrong((name,), f"unknown section {shown(name)!r}{nearest(name, known)}")
        found: dict[str, tuple[Any, ...]] = {name: self.rules(name) for name in RULES}
        settings = self.settings()
        alphas = sorted({rule.alpha for rule in found["regression"]})
        if len(alphas) > 1:
            told = " and ".join(f"{alpha:g}" for alpha in alphas)
            self.wrong(("regression",), f"regressions are one family with one alpha; this file gives {told}")
        if not self.mistakes and not any(found.values()):
            self.wrong((), "asks for nothing: add [[limit]], [[regression]] or [[cost]]")
        if self.mistakes:
            raise UsageError("\n".join(self.mistakes), code=BAD)
        lines = {(name, k): self.document.line((name, k)) or 0 for name in RULES for k in range(len(found[name]))}
        return Gates(
            limits=found["limit"],
            regressions=found["regression"],
            costs=found["cost"],
            settings=settings,
            where=self.document.name,
            lines=lines,
        )

    def wrong(self, path: KeyPath, what: str) -> None:
        self.mistakes.append(f"{self.document.where(path)}: {what}")

    def rules(self, name: str) -> tuple[Any, ...]:
        given = self.document.data.get(name, [])
        if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
            self.wrong((name,), f"{name!r} is a list of tables: write [[{name}]] above its keys")
            return ()
        found = []
        for place, values in enumerate(given):
            rule = self.record(RULES[name], name, (name, place), values)
            if isinstance(rule, Regression) and "need" not in values and (rule.margin or rule.relative_margin):
                rule = replace(rule, need="not worse")
            if name == "limit":
                self.limit(rule, (name, place))
            elif name == "regression":
                self.regression(rule, (name, place))
            else:
                self.cost(rule, (name, place))
            found.append(rule)
        return tuple(found)

    def settings(self) -> Settings:
        given = self.document.data.get("settings", {})
        if not isinstance(given, Mapping):
            self.wrong(("settings",), "'settings' is a section: write [settings] above its keys")
            return Settings()
        found: Settings = self.record(Settings, "settings", ("settings",), given)
        return found

    def record(self, record: type, name: str, path: KeyPath, values: Mapping[str, Any]) -> Any:
        """The keys of a table, checked one by one; those that are wrong are left at their defaults."""
        known, given = keys_of(record), {}
        for entry, value in values.items():
            if entry not in known:
                self.wrong((*path, entry), f"unknown key {name}.{shown(entry)}{nearest(entry, known)}")
                continue
            try:
                given[entry] = _typed(value, known[entry])
            except (UsageError, ValueError) as problem:
                self.wrong((*path, entry), f"{name}.{entry} {problem}")
        return record(**given)

    def measure(self, rule: Limit | Regression, name: str, path: KeyPath) -> None:
        if not rule.measure:
            if "measure" not in self.given(path):
                self.wrong(path, f'{name}: a measure is missing, such as measure = "FNMR@FMR=1e-3"')
            return
        try:
            kind = resolve(rule.measure)[1]
        except UsageError as mistake:
            self.wrong((*path, "measure"), mistake.message)
            return
        if kind.better == "neither":
            self.wrong((*path, "measure"), f"{rule.measure} is neither better when higher nor when lower: no gate")
        elif isinstance(rule, Limit):
            self.direction(rule, kind.better, kind.unit == "proportion", path)

    def given(self, path: KeyPath) -> Mapping[str, Any]:
        """The table at a path, as the file gave it."""
        value: Any = self.document.data
        for step in path:
            value = value[step]
        return value if isinstance(value, Mapping) else {}

    def direction(self, rule: Limit, better: str, proportion: bool, path: KeyPath) -> None:
        entry, wanted = ("at_least", "higher") if rule.at_least is not None else ("at_most", "lower")
        value = rule.at_least if rule.at_least is not None else rule.at_most
        if value is None:
            return
        if better != wanted:
            right = "at_least" if better == "higher" else "at_most"
            self.wrong((*path, entry), f"{rule.measure} is better when {better}: write {right}")
        if proportion and not 0 < value < 1:
            self.wrong((*path, entry), f"limit.{entry} is {value:g}; a limit of a rate lies between 0 and 1")

    def limit(self, rule: Limit, path: KeyPath) -> None:
        self.measure(rule, "limit", path)
        given = self.given(path)
        if rule.ratio_to_best is not None:
            self.ratio(rule, path)
        elif ("at_most" in given) == ("at_least" in given):
            self.wrong(path, "limit: give either at_most or at_least")
        if rule.group is not None and rule.by is None:
            self.wrong((*path, "group"), "limit.group needs limit.by, the attribute that it is a value of")
        if not 0.5 <= rule.level < 1:
            self.wrong((*path, "level"), f"limit.level is {rule.level:g}; it lies from 0.5 to below 1")
        elif rule.level == 0.5 and rule.sided == "one":
            self.wrong((*path, "level"), "limit.level is 0.5: one-sided that is the value itself; give more")
        if rule.minimum < FEWEST_SUBJECTS:
            self.wrong(
                (*path, "minimum"),
                f"limit.minimum is {rule.minimum}; with fewer than {FEWEST_SUBJECTS} subjects no verdict is given",
            )

    def ratio(self, rule: Limit, path: KeyPath) -> None:
        given = self.given(path)
        if {"at_most", "at_least", "group"} & set(given):
            self.wrong((*path, "ratio_to_best"), "limit.ratio_to_best stands alone: without at_most, at_least, group")
        if rule.by is None:
            self.wrong((*path, "ratio_to_best"), "limit.ratio_to_best needs limit.by, the attribute of the groups")
        if rule.ratio_to_best is not None and rule.ratio_to_best < 1:
            self.wrong((*path, "ratio_to_best"), "limit.ratio_to_best is at least 1: the best group against itself")
        if rule.measure and rule.measure.partition("@")[0] not in ("FNMR", "FMR"):
            self.wrong((*path, "measure"), "limit.ratio_to_best compares FNMR or FMR, such as FNMR@FMR=1e-3")

    def regression(self, rule: Regression, path: KeyPath) -> None:
        self.measure(rule, "regression", path)
        given = self.given(path)
        if {"margin", "relative_margin"} <= set(given):
            self.wrong(
                (*path, "relative_margin"), "regression: margin and relative_margin exclude each other; keep one"
            )
        for entry in ("margin", "relative_margin"):
            if (getattr(rule, entry) or 0.0) < 0:
                self.wrong((*path, entry), f"regression.{entry} is below 0; a margin is how much worse is accepted")
        if not 0 < rule.alpha < 0.5:
            self.wrong((*path, "alpha"), f"regression.alpha is {rule.alpha:g}; it lies between 0 and 0.5")
        if rule.need == "not worse" and not (rule.margin or rule.relative_margin):
            self.wrong((*path, "need"), 'regression: "not worse" cannot be shown with a margin of 0; name a margin')

    def cost(self, rule: Any, path: KeyPath) -> None:
        if "at_most" not in self.given(path):
            self.wrong(path, "cost: at_most is missing")
        elif rule.at_most is not None and not rule.at_most > 0:
            self.wrong((*path, "at_most"), f"cost.at_most is {rule.at_most:g}; it lies above 0")


def _typed(value: Any, about: Mapping[str, Any]) -> Any:
    """A value of the kind that the key takes. Raises ValueError or UsageError with the end of a sentence."""
    kind, choices = about["kind"], about["choices"]
    if choices:
        if value not in choices:
            raise ValueError(f"is {value!r}{nearest(str(value), choices)}")
        return value
    if kind == "text":
        if not isinstance(value, str) or not value:
            raise ValueError(f"must be a text, not {value!r}")
        return value
    if kind == "count":
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"must be a whole number, not {value!r}")
        return value
    if kind == "rate" and isinstance(value, str):
        return float(number(value, "is")[0])
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"must be a number, not {value!r}")
    return float(value)
