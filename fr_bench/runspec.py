"""The configuration of a run: every key typed and described, every mistake of a file reported at once, with its line.

A run is described by TOML (docs/configuration.md), by the command line, or by a mapping from Python; later sources win:
default, file, environment variable, option. `read` returns a `RunSpec`; that page is made from the
records in this file.
"""

from __future__ import annotations

import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from fr_bench import plugins
from fr_bench.errors import UsageError, nearest
from fr_bench.reading import TomlDocument, read_toml


def key(help: str, default: Any = None) -> Any:
    """A documented key with its default."""
    if isinstance(default, tuple | dict | list):
        return field(default_factory=lambda: type(default)(default), metadata={"help": help})
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSpec:
    """`[dataset]`: what is measured on. Keys of the layout (`frbench list formats`) stand beside these."""

    card: str | None = key("name of a data set card (`frbench list datasets`), or the path of one")
    path: str | None = key("a folder, a zip file, a pairs list or a manifest, where there is no card")
    format: str | None = key("its layout; found out from the path where it is not given")
    root: str | None = key("folder that the card's files lie under; `--data` gives it too")
    name: str | None = key("what the data set is called in reports")
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizerSpec:
    """`[recognizer]`: what is measured. Keys of the recognizer (`frbench list recognizers`) stand beside these."""

    use: str = key("the recognizer: baseline, onnx, insightface, templates, python, or one of a plug-in", "baseline")
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonSpec:
    """`[comparison]`: which comparisons are made."""

    plan: Literal["auto", "all", "listed", "gallery", "search"] = key(
        "all: every pair of samples; listed: the pairs of the data set; gallery: references against probes; search: "
        "the same, and each probe also asked as a 1:N search; "
        "auto: listed where there are pairs, gallery where there are roles, else all",
        "auto",
    )
    combine: Literal["mean", "best"] = key(
        "how several samples become one reference: mean template or best score", "mean"
    )
    reference: Literal["auto", "subject", "sample"] = key(
        "gallery: one reference for each subject, of all its reference samples, or one for each sample; auto: for each "
        "sample where a sample is both reference and probe, else for each subject",
        "auto",
    )
    keep_at_most: int = key(
        "so many nonmated scores are kept at most, the highest, with probe and reference; the others are counted, and "
        "a figure that needs them carries its bracket; a score takes about 50 bytes while it is measured",
        30_000_000,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresSpec:
    """`[measures]`: what is counted."""

    report: tuple[str, ...] = key("the measures, such as EER or FNMR@FMR=1e-3; empty: what fits the comparisons", ())
    by: tuple[str, ...] = key(
        "attributes of the samples to split by, such as sex; sex*age_band crosses two; thresholds stay everybody's",
        (),
    )
    quality: tuple[str, ...] = key("attributes that hold a quality, one number a sample, higher is better", ())
    likelihoods: bool = key("the scores are natural-log likelihood ratios, so that Cllr can be judged", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalsSpec:
    """`[intervals]`: how sure the figures are."""

    level: float = key("confidence level, two-sided", 0.95)
    method: Literal["subject-exact", "independent", "fpp-wilson", "annex-b", "conservative"] = key(
        "how the interval of a rate at a fixed threshold is made; independent takes comparisons as independent, and "
        "says so by a label",
        "subject-exact",
    )
    draws: int = key("how often subjects are drawn for FNMR@FMR, EER, AUC and other measures of a curve", 1000)
    seed: int = key("names the draws: the same seed gives the same intervals", 20260101)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSpec:
    """`[report]`: how the result is shown."""

    draw: bool = key("draw the report and its figures; else `frbench report RUN` draws them when they are wanted", True)
    language: Literal["en", "ko"] = key("language of the report", "en")
    pictures: bool = key("show pictures of failures and worst comparisons where the data set's licence allows it", True)
    worst: int = key("how many of the worst false matches and false non-matches are listed", 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionSpec:
    """`[run]`: how the run goes."""

    limit: int | None = key("measure only the first so many subjects; stamps LIMITED on every output")
    cache: bool = key("keep templates in the cache and use those that are there", True)
    threads: int | None = key("threads for decoding and comparing; default: all cores this process may use")
    device: Literal["cpu", "cuda"] = key(
        "where comparisons are screened; cuda: on a card, by CuPy or PyTorch, and templates by onnxruntime's CUDA "
        "provider where recognizer.provider names no other; no score of given templates depends on it",
        "cpu",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """All that a run needs to know.

    folder   where relative paths start: `--data` where given, else the folder of the configuration file
    where    name of the configuration for messages
    """

    dataset: DatasetSpec = field(default_factory=DatasetSpec)
    recognizer: RecognizerSpec = field(default_factory=RecognizerSpec)
    comparison: ComparisonSpec = field(default_factory=ComparisonSpec)
    measures: MeasuresSpec = field(default_factory=MeasuresSpec)
    intervals: IntervalsSpec = field(default_factory=IntervalsSpec)
    report: ReportSpec = field(default_factory=ReportSpec)
    run: ExecutionSpec = field(default_factory=ExecutionSpec)
    folder: Path = Path()
    where: str = ""

    def record(self) -> dict[str, Any]:
        """The resolved configuration as JSON types, without the places of files on this machine's disk."""
        record: dict[str, Any] = {}
        for name, section in SECTIONS.items():
            values = getattr(self, name)
            record[name] = {f.name: plain(getattr(values, f.name)) for f in fields(section) if f.name != "options"}
            record[name].update(plain(getattr(values, "options", {})))
        return record

    def identity(self) -> dict[str, Any]:
        """What of the configuration can move a figure; files enter by their digests instead of their paths."""
        record = self.record()
        for place in ("root", "path", "quality"):
            record["dataset"].pop(place, None)
        for place in ("model", "pack", "templates", "ids"):
            record["recognizer"].pop(place, None)
        for setting in ("threads", "cache", "device"):
            record["run"].pop(setting)
        if self.comparison.keep_at_most == ComparisonSpec().keep_at_most:
            # Runs from before this key keep their names.
            record["comparison"].pop("keep_at_most")
        return record


SECTIONS: Mapping[str, type] = {
    "dataset": DatasetSpec,
    "recognizer": RecognizerSpec,
    "comparison": ComparisonSpec,
    "measures": MeasuresSpec,
    "intervals": IntervalsSpec,
    "report": ReportSpec,
    "run": ExecutionSpec,
}

OPEN_SECTIONS = {"dataset": "formats", "recognizer": "recognizers"}
"""Sections that take a plug-in's keys beside their own, and the kind of that plug-in."""


def plain(value: Any) -> Any:
    """A value in JSON types."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


class _Place:
    """Names the line of a key, for messages: file and line, or where else the value came from."""

    def __init__(self, document: TomlDocument | None, where: str, origins: Mapping[tuple[str, ...], str]) -> None:
        self.document, self.where, self.origins = document, where, origins

    def of(self, *path: str) -> str:
        if path in self.origins:
            return self.origins[path]
        line = self.document.line(path) if self.document else None
        return f"{self.where}:{line}" if line else self.where


def read(path: Path, *, data: Path | None = None, overrides: Mapping[str, Any] | None = None) -> RunSpec:
    """Read a TOML configuration. Raises UsageError (code `bad_configuration`) naming all mistakes at once.

    data       `--data ROOT`: relative paths in the file start here instead of at the file's folder
    overrides  `section.key` → value, from options and the environment; they win over the file
    """
    document = read_toml(path)
    return resolve(document.data, overrides=overrides, document=document, where=str(path), folder=data or path.parent)


def resolve(
    values: Mapping[str, Any],
    *,
    overrides: Mapping[str, Any] | None = None,
    document: TomlDocument | None = None,
    where: str = "configuration",
    folder: Path = Path(),
) -> RunSpec:
    """Turn nested values into a checked `RunSpec`; see `read`.

    >>> resolve({"measures": {"report": ["EER"]}}).measures.report
    ('EER',)
    >>> resolve({"mesures": {}})
    Traceback (most recent call last):
    ...
    fr_bench.errors.UsageError: configuration: unknown section 'mesures'; did you mean 'measures'?
    """
    merged: dict[str, Any] = {
        name: dict(section) if isinstance(section, Mapping) else section for name, section in values.items()
    }
    origins: dict[tuple[str, ...], str] = {}
    for dotted, value in (overrides or {}).items():
        section, _, name = dotted.partition(".")
        if section not in merged:
            merged[section] = {}
            origins[(section,)] = "command line"
        target: Any = merged[section]
        *inner, last = name.split(".")
        for step in inner:
            target = target.setdefault(step, {})
        target[last] = value
        origins[(section, name)] = "command line"
    place = _Place(document, where, origins)
    mistakes: list[str] = []
    sections = {}
    for name, section in merged.items():
        if name not in SECTIONS:
            mistakes.append(f"{place.of(name)}: unknown section {name!r}{nearest(name, SECTIONS)}")
        elif not isinstance(section, Mapping):
            mistakes.append(f"{place.of(name)}: {name!r} is a section: write [{name}] above its keys")
        else:
            sections[name] = _section(name, section, place, mistakes)
    _check_meaning(sections, place, mistakes)
    if mistakes:
        raise UsageError("\n".join(mistakes), code="bad_configuration")
    return RunSpec(**sections, folder=folder, where=where)


def _section(name: str, values: Mapping[str, Any], place: _Place, mistakes: list[str]) -> Any:
    record = SECTIONS[name]
    hints = typing.get_type_hints(record)
    known = {f.name for f in fields(record)} - {"options"}
    plugin_keys = _plugin_keys(name, values)
    given: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for entry, value in values.items():
        if entry in known:
            problem = _mismatch(hints[entry], value)
            if problem:
                mistakes.append(f"{place.of(name, entry)}: {name}.{entry} {problem}")
            else:
                given[entry] = tuple(value) if isinstance(value, list) else value
        elif plugin_keys is not None and entry in plugin_keys:
            options[entry] = value
        elif plugin_keys is None and name in OPEN_SECTIONS:
            options[entry] = value  # the plug-in itself is unknown yet; it checks its keys when it is found
        else:
            near = nearest(entry, known | set(plugin_keys or ()))
            mistakes.append(f"{place.of(name, entry)}: unknown key {name}.{entry}{near}")
    if name in OPEN_SECTIONS:
        given["options"] = options
    return record(**given)


def _plugin_keys(section: str, values: Mapping[str, Any]) -> set[str] | None:
    """The keys that the named plug-in takes; None where no plug-in of ours is named."""
    kind = OPEN_SECTIONS.get(section)
    name = values.get("use", "baseline") if section == "recognizer" else values.get("format")
    if kind is None:
        return set()
    if name is None:
        # The layout follows from the card or the path, which are looked at later: a key that no layout has is unknown.
        return {key for layout in plugins.names(kind) for key in plugins.load(kind, layout).KEYS}
    if not isinstance(name, str) or name not in plugins.names(kind):
        return None
    return set(plugins.load(kind, name).KEYS)


def _mismatch(hint: Any, value: Any) -> str | None:
    """What is wrong with a value's type, or None."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        if value in arguments:
            return None
        return f"is {value!r}{nearest(str(value), arguments)}"
    if origin is types.UnionType:
        return None if value is None else _mismatch(next(a for a in arguments if a is not type(None)), value)
    if origin is tuple:
        if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
            return None
        return f"must be a list of texts, not {value!r}"
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return None
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        return f"must be {names[hint]}, not {value!r}"
    return None


def _check_meaning(sections: Mapping[str, Any], place: _Place, mistakes: list[str]) -> None:
    """Checks that need more than a type: values that exclude each other, names of plug-ins and measures, ranges."""
    from fr_bench import known_measures

    dataset: DatasetSpec = sections.get("dataset", DatasetSpec())
    if dataset.card and dataset.path:
        mistakes.append(f"{place.of('dataset', 'path')}: dataset.card and dataset.path exclude each other; keep one")
    recognizer: RecognizerSpec = sections.get("recognizer", RecognizerSpec())
    known: list[tuple[str, str, str | None]] = [
        ("formats", "format", dataset.format),
        ("recognizers", "use", recognizer.use),
    ]
    for kind, entry, name in known:
        section = "dataset" if kind == "formats" else "recognizer"
        if name is not None and name not in plugins.names(kind) and name not in plugins.announced(kind):
            near = nearest(name, [*plugins.names(kind), *plugins.announced(kind)])
            mistakes.append(f"{place.of(section, entry)}: no {kind.rstrip('s')} named {name!r}{near}")
    for text in sections.get("measures", MeasuresSpec()).report:
        try:
            known_measures.resolve(text, where=place.of("measures", "report"))
        except UsageError as mistake:
            mistakes.append(mistake.message)
    level = sections.get("intervals", IntervalsSpec()).level
    if not 0.5 <= level < 1:
        mistakes.append(f"{place.of('intervals', 'level')}: intervals.level is {level}; it lies from 0.5 to below 1")
    draws = sections.get("intervals", IntervalsSpec()).draws
    if not 20 <= draws <= 100_000:
        mistakes.append(f"{place.of('intervals', 'draws')}: intervals.draws is {draws}; it lies from 20 to 100000")
    execution: ExecutionSpec = sections.get("run", ExecutionSpec())
    for entry in ("limit", "threads"):
        count = getattr(execution, entry)
        if count is not None and count < 1:
            mistakes.append(f"{place.of('run', entry)}: run.{entry} is {count}; it must be 1 or more")
    kept = sections.get("comparison", ComparisonSpec()).keep_at_most
    if kept < 1:
        mistakes.append(
            f"{place.of('comparison', 'keep_at_most')}: comparison.keep_at_most is {kept}; it must be 1 or more"
        )
    worst = sections.get("report", ReportSpec()).worst
    if not 0 <= worst <= 1000:
        mistakes.append(f"{place.of('report', 'worst')}: report.worst is {worst}; it lies from 0 to 1000")


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Read `--set section.key=value` options; a value is TOML where it parses as TOML, else a text.

    >>> parse_settings(["recognizer.batch=1", "comparison.plan=all"])
    {'recognizer.batch': 1, 'comparison.plan': 'all'}
    """
    found = {}
    for setting in settings:
        dotted, equals, text = setting.partition("=")
        if not equals or "." not in dotted:
            raise UsageError(f"--set {setting!r} is not of the form section.key=value", code="bad_option")
        try:
            found[dotted.strip()] = tomllib.loads(f"v = {text}")["v"]
        except tomllib.TOMLDecodeError:
            found[dotted.strip()] = text.strip()
    return found
