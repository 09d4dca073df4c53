"""Threshold transfer: thresholds set on development scores, and what they attain on the scores of the run.

The rates of the run are those at a threshold fixed beforehand: their intervals are exact by subject, and they say what
the threshold does to these people. How far the development set itself pins the threshold is its labels' word.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from fr_bench.analyses.given import Given
from fr_bench.findings import REJECT_ALL, Analysis, Measurement, Note, Series, Table, Threshold
from fr_bench.known_measures import resolve
from fr_bench.measuring import Measuring
from fr_bench.metrics.scores import SortedScores
from fr_bench.metrics.transfer import SetThreshold, set_thresholds
from fr_bench.numerals import grouped
from fr_bench.records import ScoreSet

KIND = "transfer"
TARGETS = ("1e-1", "1e-2", "1e-3", "1e-4")
"""Where the user asks for no FNMR at an FMR."""
RATES = ("FMR", "FNMR", "HTER")
COLUMNS = (
    "set_by", "target", "threshold", "dev_fmr_errors", "dev_fmr_trials", "dev_fnmr_errors", "dev_fnmr_trials",
    "fmr_errors", "fmr_trials", "fnmr_errors", "fnmr_trials", "held", "reason",
)  # fmt: skip


def analyse(given: Given) -> tuple[Analysis, ...]:
    """One analysis where development scores are given, none otherwise."""
    if given.development is None:
        return ()
    points = set_thresholds(SortedScores.of(given.development), _targets(given))
    texts = [text for point in points if point.threshold is not None for text in _texts(point.threshold)]
    measured = Measuring.of(given.scores, texts, given.method)
    found = {text: measured.measure(text) for text in dict.fromkeys(texts)}
    return (
        Analysis(
            kind=KIND,
            measurements=tuple(found.values()),
            series=tuple(_series(points, found)),
            tables=(Table(name=KIND, columns=COLUMNS, rows=tuple(_row(point, found) for point in points)),),
            facts={"development": _size(given.development), "evaluation": _size(given.scores)},
            notes=_notes(given.development, given.scores),
        ),
    )


def _targets(given: Given) -> list[tuple[str, Fraction]]:
    """The FMRs that the measures asked for are read at."""
    found: dict[str, Fraction] = {}
    for text in given.measures:
        measure, kind = resolve(text)
        if measure.name == "FNMR" and "FMR" in measure:
            found[f"FMR={measure['FMR']}"] = Fraction(measure["FMR"])
        elif kind.fmr is not None and kind.needs == "scores":
            found[f"FMR={kind.fmr}"] = kind.fmr
    return list((found or {f"FMR={text}": Fraction(text) for text in TARGETS}).items())


def _texts(threshold: Threshold) -> tuple[str, ...]:
    written = REJECT_ALL if threshold == REJECT_ALL else repr(float(threshold))
    return tuple(f"{rate}@threshold={written}" for rate in RATES)


def _row(point: SetThreshold, found: dict[str, Measurement]) -> tuple[str | int | float | bool | None, ...]:
    target = None if point.target is None else float(point.target)
    if point.threshold is None or point.fmr is None or point.fnmr is None:
        return (point.name, target, *[None] * 10, point.reason)
    fmr, fnmr, _ = (found[text] for text in _texts(point.threshold))
    counts = [
        number
        for one in (fmr, fnmr)
        for number in ((one.counts.errors, one.counts.trials) if one.counts else (None, None))
    ]
    threshold = point.threshold
    developed = (point.fmr.errors, point.fmr.trials, point.fnmr.errors, point.fnmr.trials)
    return (point.name, target, threshold, *developed, *counts, _held(target, fmr), fmr.reason)


def _held(target: float | None, fmr: Measurement) -> str | None:
    """What the interval of the attained FMR says of the target: "above", "below", or "undecided"."""
    if target is None or fmr.interval is None:
        return None
    if fmr.interval.low > target:
        return "above"
    return "below" if fmr.interval.high <= target else "undecided"


def _series(points: Sequence[SetThreshold], found: dict[str, Measurement]) -> list[Series]:
    """Target against attained FMR, with the interval of the latter."""
    rows = []
    for point in points:
        if point.target is not None and point.threshold is not None:
            fmr = found[_texts(point.threshold)[0]]
            if fmr.value is not None:
                rows.append((float(point.target), fmr))
    if not rows:
        return []
    intervals = [fmr.interval for _, fmr in rows]
    return [
        Series(
            name="attained",
            x=tuple(target for target, _ in rows),
            y=tuple(fmr.value for _, fmr in rows),
            low=tuple(one.low if one else None for one in intervals),
            high=tuple(one.high if one else None for one in intervals),
            counts=tuple((fmr.counts.errors, fmr.counts.trials) if fmr.counts else (0, 0) for _, fmr in rows),
            labels=tuple(sorted({label for _, fmr in rows for label in fmr.labels})),
        )
    ]


def _size(scores: ScoreSet) -> dict[str, int | None]:
    names = _subjects(scores)
    return {
        "mated": len(scores.mated),
        "nonmated": scores.nonmated_made,
        "subjects": None if names is None else len(names),
    }


def _subjects(scores: ScoreSet) -> frozenset[str] | None:
    if scores.probes is None or scores.references is None:
        return None
    return frozenset((*scores.probes.subjects, *scores.references.subjects))


def _notes(development: ScoreSet, scores: ScoreSet) -> tuple[Note, ...]:
    """Where each kind of threshold comes from, and what makes the transfer look better than it is."""
    size = f"{grouped(len(development.mated))} mated and {grouped(development.nonmated_made)} nonmated comparisons"
    text = (
        "Measures such as FNMR@FMR choose their threshold on the scores that they judge; thresholds of the development "
        f"scores ({size}) are judged apart, under Thresholds set on other data."
    )
    return (*_shared(development, scores), Note(level="information", code="development", text=text))


def _shared(development: ScoreSet, scores: ScoreSet) -> tuple[Note, ...]:
    first, second = _subjects(development), _subjects(scores)
    if first is None or second is None:
        text = "The scores name no subjects: whether development and evaluation share any is not known."
        return (Note(level="information", code="development_subjects_unknown", text=text),)
    if shared := len(first & second):
        text = (
            f"{grouped(shared)} of {grouped(len(second))} subjects are in the development set too: for other people "
            "the thresholds may do worse."
        )
        return (Note(level="warning", code="development_shares_subjects", text=text),)
    return ()
