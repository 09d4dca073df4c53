"""What a measurement says: counts, the value, its interval, and everything that a report reads.

Arrows of meaning: `Proportion` (counts) → `Measurement` (a measure's value with interval and labels) → `Finding` (a
verdict on a requirement) → `Result` (all of a run; what `result.json` stores). All are immutable. A value that could
not be measured is `None` with a reason; it is never 0 and never NaN.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from fr_bench.errors import UsageError

RESULT_SCHEMA = "fr-bench-result/1"
REJECT_ALL: Literal["reject_all"] = "reject_all"
Threshold = float | Literal["reject_all"]
"""A decision threshold: a score, or `"reject_all"`, which lies above every number and accepts nothing."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """Errors counted in trials.

    >>> Proportion(3, 1200).rate
    0.0025
    >>> Proportion(0, 0).rate is None
    True
    """

    errors: int
    trials: int

    def __post_init__(self) -> None:
        if not 0 <= self.errors <= self.trials:
            raise ValueError(f"{self.errors} errors of {self.trials} trials")

    @property
    def rate(self) -> float | None:
        """errors / trials, or None when nothing was tried: 0 of 0 is not 0 %."""
        return self.errors / self.trials if self.trials else None

    @property
    def fraction(self) -> Fraction | None:
        """The rate without rounding."""
        return Fraction(self.errors, self.trials) if self.trials else None


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval: limits, nominal level, the method, and the unit that was taken as independent."""

    low: float
    high: float
    level: float
    method: str
    unit: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"interval from {self.low} to {self.high}")
        if not 0 < self.level < 1:
            raise ValueError(f"confidence level {self.level}")


_MEASURE_TEXT = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_'-]*)(?:@(?P<parameters>.+))?\Z")


@dataclass(frozen=True, slots=True)
class Measure:
    """The name of one measure with its parameters, as one text that parses back.

    >>> m = Measure.parse("FNMR@FMR=1e-4")
    >>> m.name, m["FMR"], str(m)
    ('FNMR', '1e-4', 'FNMR@FMR=1e-4')
    >>> str(Measure.parse("FNIR@FPIR=1e-2,rank=1"))
    'FNIR@FPIR=1e-2,rank=1'
    """

    name: str
    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Measure:
        """Read `NAME` or `NAME@key=value,key=value`. Raises UsageError where the text has another form."""
        found = _MEASURE_TEXT.match(text.strip())
        if not found:
            raise UsageError(f"measure {text!r} is not of the form NAME or NAME@key=value", code="bad_measure")
        parameters = []
        for part in (found["parameters"] or "").split(",") if found["parameters"] else []:
            key, equals, value = part.partition("=")
            if not equals or not key.strip() or not value.strip():
                raise UsageError(f"measure {text!r}: {part!r} is not of the form key=value", code="bad_measure")
            parameters.append((key.strip(), value.strip()))
        if len({key for key, _ in parameters}) != len(parameters):
            raise UsageError(f"measure {text!r} gives a parameter twice", code="bad_measure")
        return cls(found["name"], tuple(parameters))

    def __str__(self) -> str:
        listed = ",".join(f"{key}={value}" for key, value in self.parameters)
        return f"{self.name}@{listed}" if listed else self.name

    def __getitem__(self, key: str) -> str:
        return dict(self.parameters)[key]

    def __contains__(self, key: object) -> bool:
        return any(key == name for name, _ in self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measure, measured: its value with counts, interval and labels, or the reason why there is none.

    measure     the measure's text, such as ``FNMR@FMR=1e-3``; `version` is its definition's version
    value       in the measure's unit, or None: then `reason` says why it is not measurable
    counts      errors and trials behind a rate; None for measures that are no rate (AUC, d')
    interval    None where there is none: then `no_interval` says why
    threshold   the decision threshold that the value belongs to, if any
    at          what was attained at the threshold on the other side, e.g. the FMR of FNMR@FMR
    labels      machine-readable honesty labels (docs/measures.md says what each means), sorted; [] when none applies
    subjects    how many subjects stand behind the counts, None if ids were not given
    group       attribute values of the group that was measured, empty for everybody
    details     further figures by name: numbers, texts or lists of them. A proportion made of several counts (EER)
                gives them under `fractions`: {"fmr": [errors, trials], "fnmr": [errors, trials]}. Without a value,
                what is certain of it all the same stands under `bracket_low` and `bracket_high`
    """

    measure: str
    version: int
    unit: str
    better: Literal["lower", "higher", "neither"]
    value: float | None
    reason: str | None = None
    counts: Proportion | None = None
    interval: Interval | None = None
    no_interval: str | None = None
    threshold: Threshold | None = None
    at: Proportion | None = None
    labels: tuple[str, ...] = ()
    subjects: int | None = None
    group: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError(f"{self.measure}: no value and no reason")
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"{self.measure}: value {self.value}")
        counted = self.counts is not None or "fractions" in self.details
        if self.unit == "proportion" and self.value is not None and not counted:
            raise ValueError(f"{self.measure}: a rate without counts")

    @property
    def bracket(self) -> tuple[float, float] | None:
        """The least and the largest value that this data can have given, where there is no value; None: not known.

        It bounds the value of these comparisons, and is no interval: it says nothing of other people.
        """
        low, high = (self.details.get(f"bracket_{end}") for end in ("low", "high"))
        if self.value is not None or not isinstance(low, int | float) or not isinstance(high, int | float):
            return None
        return (float(low), float(high)) if math.isfinite(low) and math.isfinite(high) and low <= high else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict on one requirement. Gates and certification profiles make them; a plain run has none."""

    requirement: str
    measurement: Measurement
    verdict: Literal["pass", "fail", "inconclusive"]
    reason: str
    judged_on: Literal["bound", "point"] = "bound"
    would_decide: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a plot: y over x, and the band of its pointwise intervals where it has one. None: not measurable.

    name     what the legend calls it
    counts   [errors, trials] of each point, where the points are rates; empty otherwise
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    counts: tuple[tuple[int, int], ...] = ()
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for column in (self.y, self.low, self.high, self.counts):
            if column is not self.y and not column:
                continue
            if len(column) != len(self.x):
                raise ValueError(f"series {self.name!r}: {len(column)} values over {len(self.x)} points")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A step function thinned for drawing: every point is attained at its threshold; nothing is interpolated."""

    name: str
    fmr: tuple[float, ...]
    fnmr: tuple[float, ...]
    thresholds: tuple[Threshold, ...]
    band: Series | None = None
    """Pointwise intervals of the FNMR at a few FMRs: x the FMR, y the FNMR; None where none could be made."""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A histogram of scores for drawing: `counts[k]` scores lie in [edges[k], edges[k+1]); the last bin is closed.

    `of` is how many scores it was made from; `sampled` says that they are a sample of the class, not all of it.
    """

    mated: bool
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    of: int
    sampled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedSample:
    """A sample without a template: where it failed and why. It stays in every denominator that names it."""

    sample: str
    subject: str
    stage: str
    reason: str
    detail: str = ""
    role: str = ""
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotableComparison:
    """One comparison worth a look: the worst false matches and false non-matches. Pictures are data URIs or None."""

    probe: str
    reference: str
    probe_subject: str
    reference_subject: str
    score: float
    mated: bool
    probe_picture: str | None = None
    reference_picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the reader of the figures must know: `code` for machines, `text` for people, worst level first."""

    level: Literal["warning", "information"]
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """What was measured on. `digest` covers ids, subjects, attributes, protocol and every image's bytes."""

    name: str
    title: str
    format: str
    subjects: int
    samples: int
    digest: str
    generated: bool = False
    licence: str = ""
    source: str = ""
    pictures_allowed: bool = True
    attributes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    published: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizerSummary:
    """What was measured: name, model digest, preprocessing as it was applied, provider, batch and its effect."""

    name: str
    version: str
    digest: str
    provider: str
    batch_size: int
    dimension: int
    comparison: str
    preprocessing: Mapping[str, Any] = field(default_factory=dict)
    batch_check: Mapping[str, Any] = field(default_factory=dict)
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonSummary:
    """How many comparisons were planned, made and failed; failed ones lack a template on a side, or a score."""

    plan: str
    mated_planned: int
    nonmated_planned: int
    mated_made: int
    nonmated_made: int
    mated_failed: int
    nonmated_failed: int
    references: int
    probes: int
    floor: float | None = None
    """Nonmated scores below the floor were counted, not kept; None when every score was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of an analysis, under column names that the wording files translate."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | bool | None, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.name!r}: a row that does not fit its {len(self.columns)} columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One further view on a run: made by the file of its kind in `fr_bench/analyses`, shown by the section of its kind.

    kind          "groups", "identification", "quality", "calibration", "subjects", "attacks", "differences" ...
    subject       what it is about where a run has several of a kind: the attribute, the quality column; else ""
    measurements  the figures that belong to it alone, each with counts, interval and labels
    series, tables   what is drawn and tabulated
    facts         further figures by name (JSON types only)
    notes         what its reader must know
    """

    kind: str
    subject: str = ""
    measurements: tuple[Measurement, ...] = ()
    series: tuple[Series, ...] = ()
    tables: tuple[Table, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All of a run, as `result.json` stores it. A report reads this and nothing else."""

    name: str
    run: Mapping[str, Any]
    dataset: DatasetSummary | None
    recognizer: RecognizerSummary | None
    comparison: ComparisonSummary
    measurements: tuple[Measurement, ...]
    curves: tuple[Curve, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    failures: tuple[FailedSample, ...] = ()
    false_matches: tuple[NotableComparison, ...] = ()
    false_non_matches: tuple[NotableComparison, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    labels: tuple[str, ...] = ()
    environment: Mapping[str, Any] = field(default_factory=dict)
    timing: Mapping[str, Any] = field(default_factory=dict)
    schema: str = RESULT_SCHEMA

    def measurement(self, measure: str) -> Measurement:
        """The measurement of everybody named `measure`; KeyError names what there is."""
        for found in self.measurements:
            if found.measure == measure and not found.group:
                return found
        raise KeyError(f"{measure!r} is not among {[m.measure for m in self.measurements]}")
