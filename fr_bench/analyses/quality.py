"""Image quality: what discarding images of low quality would do for the errors, and how quality goes with the score.

One analysis for each column of quality. The curve of error versus discard is drawn at the threshold of each measured
FMR or FNMR, and from an FNMR of 10 %, as the OFIQ project does so that quality measures can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from fr_bench.analyses._group_points import Point, points_of
from fr_bench.analyses._quality_precision import QualityPrecision
from fr_bench.analyses.given import Given
from fr_bench.errors import UsageError, nearest, shown
from fr_bench.findings import REJECT_ALL, Analysis, Interval, Measure, Measurement, Note, Series, Table
from fr_bench.intervals.precision import Precision
from fr_bench.known_measures import not_measurable, resolve
from fr_bench.metrics import parameters
from fr_bench.metrics.quality import Discarded, QualityScores, read_column
from fr_bench.metrics.quality_measures import CORRELATION, MEASURES, Rate, errors_of, start_of
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.verification import FEW
from fr_bench.numerals import grouped
from fr_bench.precision import NO_SUBJECTS, ONE_SUBJECT
from fr_bench.subject_scores import SubjectScores

KIND = "quality"
START = "FNMR=0.1"
"""Where the OFIQ project's curves start."""
TO = "0.2"
DISCARD = "0.1"
LAST = Fraction(2, 5)
STEP = Fraction(1, 50)
CURVE = tuple(STEP * k for k in range(int(LAST / STEP) + 1))
"""The shares discarded at which curves are drawn."""
FMR_SURE_EVERY = 5
"""An FMR's interval is made at every fifth of them: each takes a look at all false matches."""
QUARTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def analyse(given: Given) -> tuple[Analysis, ...]:
    """An analysis for each column of `given.quality`, and of each measure of quality that was asked for.

    Raises UsageError `unknown_attribute`, DataError `bad_number` for a column that holds anything but numbers.
    """
    asked = _asked(given)
    names = tuple(dict.fromkeys((*given.quality, *asked)))
    if not names:
        return ()
    ordered, people = SortedScores.of(given.scores), SubjectScores.of(given.scores)
    return tuple(_analysed(given, ordered, people, name, asked.get(name, ())) for name in names)


def _asked(given: Given) -> dict[str, tuple[Measure, ...]]:
    """The measures of quality among those asked for, by column."""
    found: dict[str, tuple[Measure, ...]] = {}
    for text in given.measures:
        measure, kind = resolve(text)
        if kind.needs == "quality":
            found[measure["quality"]] = (*found.get(measure["quality"], ()), measure)
    return found


@dataclass(frozen=True, eq=False, kw_only=True)
class _View:
    """One quality of a run, and how its figures become sure."""

    given: Given
    quality: QualityScores
    people: SubjectScores | None

    @cached_property
    def sure(self) -> QualityPrecision | None:
        if self.people is None:
            return None
        return QualityPrecision(quality=self.quality, people=self.people, method=self.given.method)

    @property
    def name(self) -> str:
        return self.quality.column.name

    def interval(self, measure: Measure, found: Measurement) -> Measurement:
        """The measurement with its interval, or with the reason why it has none."""
        if self.sure is None:
            return replace(found, no_interval=NO_SUBJECTS)
        if measure.name == CORRELATION:
            return _drawn(found, self.sure.correlation(found.value or 0.0))
        rate: Rate = "FNMR" if measure.name.startswith("FNMR") else "FMR"
        start = start_of(self.quality, measure)
        if "after-discard" in measure.name:
            left = errors_of(self.quality, rate, start.threshold).after(parameters.target(measure, "discard"))
            return _rated(found, self.precision(rate, left, start.threshold), "threshold" not in measure)
        if rate == "FMR":
            return replace(found, no_interval="no interval is made for this measure")
        made = self.sure.area(found.value or 0.0, start.threshold, float(parameters.target(measure, "to")))
        return _drawn(found, made)

    def precision(self, rate: Rate, left: Discarded, threshold: Any) -> Precision | None:
        if self.sure is None:
            return None
        if rate == "FNMR":
            return self.sure.fnmr(left, self.quality.rejected(threshold))
        return self.sure.fmr(left, self.quality.accepted(threshold))


def _drawn(found: Measurement, interval: Interval | None) -> Measurement:
    if interval is None:
        return replace(found, no_interval=ONE_SUBJECT)
    return replace(found, interval=interval, labels=tuple(sorted({*found.labels, "subjects_as_unit"})))


def _rated(found: Measurement, sure: Precision | None, chosen: bool) -> Measurement:
    if sure is None:
        return found
    labels = {*found.labels, *sure.labels, *(("threshold_taken_as_fixed",) if chosen else ())}
    account = {"deff": sure.deff, "effective": sure.effective, "carry": sure.carry, "units": sure.units}
    told = {name: value for name, value in account.items() if value is not None}
    return replace(
        found,
        interval=sure.interval,
        labels=tuple(sorted(labels)),
        subjects=sure.units,
        details={**found.details, "precision": {**told, "borrowed": sure.borrowed}},
    )


def measured(given: Given, text: str) -> Measurement:
    """One measure of quality with its interval, such as `FNMR-EDC-pAUC@FNMR=0.1,quality=sharpness,to=0.2`.

    Without a value where the scores cannot answer it. Raises ValueError for a text that is none of quality, UsageError
    `unknown_attribute`.
    """
    measure = Measure.parse(text)
    ordered, people = SortedScores.of(given.scores), SubjectScores.of(given.scores)
    try:
        return _measured(_view(given, ordered, people, measure["quality"]), measure)
    except NotMeasurable as missing:
        return not_measurable(str(measure), missing.reason, missing.code)


def _measured(view: _View, measure: Measure) -> Measurement:
    kind = _kind(measure)
    try:
        found: Measurement = kind.compute(view.quality, measure)
        labels = tuple(sorted({*found.labels, *view.given.scores.labels}))
        return view.interval(measure, replace(found, version=kind.version, labels=labels))
    except NotMeasurable as missing:
        return not_measurable(str(measure), missing.reason, missing.code)


def _kind(measure: Measure) -> Any:
    keys = {key for key, _ in measure.parameters}
    for kind in MEASURES:
        if kind.quantity == measure.name and set(kind.parameters) == keys:
            return kind
    raise ValueError(f"measure '{measure}' is none of quality")


def _view(given: Given, ordered: SortedScores, people: SubjectScores | None, name: str) -> _View:
    if name not in given.attributes:
        hint = nearest(name, given.attributes) if given.attributes else "; the samples have no attributes"
        raise UsageError(f"quality: no attribute '{shown(name)}'{hint}", code="unknown_attribute")
    column = read_column(name, given.attributes[name])
    return _View(given=given, quality=QualityScores.of(given.scores, ordered, column), people=people)


def _analysed(
    given: Given, ordered: SortedScores, people: SubjectScores | None, name: str, asked: Sequence[Measure]
) -> Analysis:
    try:
        view = _view(given, ordered, people, name)
    except NotMeasurable as missing:
        note = Note(level="warning", code=missing.code, text=f"Quality '{name}': {missing.reason}.")
        lost = tuple(not_measurable(str(measure), missing.reason, missing.code) for measure in asked)
        return Analysis(kind=KIND, subject=name, measurements=lost, notes=(note,))
    points = [*points_of(given.measurements)]
    texts = [str(measure) for measure in asked]
    texts += [f"{CORRELATION}@quality={name}"] if "," not in name else []
    series, notes = [], []
    for point in [_starting(), *points]:
        for rate in _rates(point, view):
            try:
                series.append(_curve(view, rate, point))
            except NotMeasurable as missing:
                notes.append(_told(missing.code, f"{rate} at {point.name}: {missing.reason}"))
                continue
            if "," not in name:
                parameter = START if point.name == START else point.parameter
                texts.append(f"{rate}-EDC-pAUC@{parameter},quality={name},to={TO}")
                texts.append(f"{rate}-after-discard@{parameter},quality={name},discard={DISCARD}")
    measurements = tuple(_measured(view, Measure.parse(text)) for text in dict.fromkeys(texts))
    return Analysis(
        kind=KIND,
        subject=name,
        measurements=measurements,
        series=tuple(series),
        tables=(_limits(view),),
        facts=_facts(view, points),
        notes=(*_notes(view), *notes),
    )


def _starting() -> Point:
    """The point that the OFIQ project's curves start from; its threshold follows from the quality's own comparisons."""
    return Point(name=START, threshold=REJECT_ALL, fixed=False)


def _rates(point: Point, view: _View) -> tuple[Rate, ...]:
    """FNMR everywhere; FMR where at least ten false matches are seen."""
    if point.name == START:
        return ("FNMR",)
    try:
        seen = view.quality.ordered.false_matches(point.threshold).errors
    except NotMeasurable:
        seen = 0
    return ("FNMR", "FMR") if seen >= FEW else ("FNMR",)


def _curve(view: _View, rate: Rate, point: Point) -> Series:
    """Error versus discard, with pointwise intervals. Raises NotMeasurable."""
    quality = view.quality
    threshold = quality.threshold_of_fnmr(Fraction(1, 10)) if point.name == START else point.threshold
    errors = errors_of(quality, rate, threshold)
    left = [errors.after(discard) for discard in CURVE]
    every = FMR_SURE_EVERY if rate == "FMR" else 1
    sure = [None if k % every else view.precision(rate, one, threshold) for k, one in enumerate(left)]
    labels = {*point.labels, *(label for one in sure if one for label in one.labels)}
    return Series(
        name=f"{rate}:{point.name}",
        x=tuple(float(discard) for discard in CURVE),
        y=tuple(float(one.rate) for one in left),
        low=tuple(one.interval.low if one else None for one in sure),
        high=tuple(one.interval.high if one else None for one in sure),
        labels=tuple(sorted({*labels, "pointwise"})),
    )


def _limits(view: _View) -> Table:
    """Which quality a requirement would have to ask for to discard so many of the mated comparisons."""
    rows = []
    try:
        errors = view.quality.false_non_matches(REJECT_ALL)
        rows = [(float(d), errors.after(d).limit) for d in CURVE]
    except NotMeasurable:
        pass
    return Table(name="limits", columns=("discard", "limit"), rows=tuple(rows))


def _facts(view: _View, points: Sequence[Point]) -> dict[str, Any]:
    column, quality = view.quality.column, view.quality
    known = np.sort(column.values[~np.isnan(column.values)])
    places = [min(len(known) - 1, int(share * len(known))) for share in QUARTILES]
    return {
        "samples": len(column.values),
        "samples_unknown": column.unknown,
        "not_assessed": column.not_assessed,
        "mated": len(quality.mated),
        "mated_unknown": int(np.isnan(quality.mated).sum()),
        "distinct": len(np.unique(known)),
        "quartiles": [float(known[place]) for place in places],
        "points": [{"name": point.name, "threshold": point.threshold} for point in points],
        "level": view.given.method.level,
    }


def _notes(view: _View) -> Iterator[Note]:
    column = view.quality.column
    if column.unknown:
        text = (
            f"{grouped(column.unknown)} of {grouped(len(column.values))} samples have no known quality '{column.name}'"
        )
        if column.not_assessed:
            text += f", {grouped(column.not_assessed)} of them -1 (failure to assess)"
        left_out = int(np.isnan(view.quality.mated).sum())
        yield _told(
            "quality_unknown", f"{text}; {left_out} of {len(view.quality.mated)} mated comparisons are left out"
        )
    if len(np.unique(column.values[~np.isnan(column.values)])) < 2:
        yield _told("quality_constant", f"quality '{column.name}' is the same in all samples")


def _told(code: str, text: str) -> Note:
    return Note(level="information", code=code, text=text[:1].upper() + text[1:])


__all__ = ["KIND", "analyse", "measured"]
