"""Two systems on the same comparisons: what differs, by how much, how sure that is, and what the test could have seen.

`compare` takes two runs that were read before, refuses those that did not answer the same question, matches their
comparisons one to one, and measures both on what both made. Differences are paired by subject; p values of all
measures asked are one family and adjusted together. What comes out is an `Analysis` of kind "differences".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fr_bench.comparing.matching import Matched, matched
from fr_bench.comparing.rows import Row, Systems
from fr_bench.comparing.sides import NOT_COMPARABLE, Asked, Failures, Side, obstacles, refuse_incomparable
from fr_bench.errors import UsageError, nearest, shown
from fr_bench.findings import Analysis, Measurement, Note, Threshold
from fr_bench.intervals.significance import holm, mcnemar
from fr_bench.intervals.verdicts import Judged, verdicts
from fr_bench.known_measures import resolve

__all__ = ["NOT_COMPARABLE", "Asked", "Failures", "Side", "compare", "measures_of", "obstacles"]

KIND = "differences"
LEVEL = 0.95
KEPT_LABELS = (
    "coarse_scores", "weak_target", "polarity_suspect", "extreme_value", "fixed_gallery", "threshold_taken_as_fixed",
)  # fmt: skip
"""Labels of either system's figure that the difference inherits."""


def compare(first: Side, second: Side, asked: Asked) -> Analysis:
    """What the second system does better or worse than the first, on the same comparisons.

    measurements   one a measure: `value` and `interval` are those of the difference, second less first. In `details`:
                   `first`, `second` (value, limits, threshold of each), `p`, `p_adjusted`, `test`, `standard_error`,
                   `minimum_detectable`, `verdict`, `p_worse`, `p_not_worse`, `margin`, `discordant`, `differing`,
                   `discordance_bound`, `sober_bound`, `mcnemar`, where they were made
    facts          names of the runs, level, alpha, power, draws, seed, the size of the family, comparisons on both
                   sides, those left out or taken as non-matches

    Raises UsageError: `not_comparable` with every reason and both values; `unknown_measure`.
    """
    measures = measures_of(first, second, asked)
    refuse_incomparable(first, second, asked, measures)
    pairs = matched(first, second, failed_as_non_match=asked.failures == "non-match")
    level = asked.level if asked.level is not None else first.level if first.level is not None else LEVEL
    systems = Systems(sides=(first, second), matched=pairs, asked=asked, level=level, measures=measures)
    rows = [systems.row(text) for text in measures]
    if asked.thresholds is not None:
        thresholds: tuple[Threshold, Threshold] = asked.thresholds
        rows += [systems.row_at(rate, thresholds) for rate in ("FNMR", "FMR")]
    return Analysis(
        kind=KIND,
        measurements=_judged_rows(rows, asked),
        facts=_facts(first, second, asked, pairs, systems, rows),
        notes=_notes(first, second, pairs),
    )


def measures_of(first: Side, second: Side, asked: Asked) -> tuple[str, ...]:
    """The measures asked, or all that both runs report of everybody, in the order of the first.

    Raises UsageError `unknown_measure` for a text that names none, or a margin for a measure that is not compared.
    """
    measures = tuple(dict.fromkeys(str(resolve(text)[0]) for text in asked.measures))
    if not measures:
        known = second.versions
        measures = tuple(m.measure for m in first.result.measurements if not m.group and m.measure in known)
    for name in asked.margins:
        if name and name not in measures:
            raise UsageError(
                f"a margin is given for {shown(name)!r}, which is not compared{nearest(name, measures)}",
                code="unknown_measure",
            )
    return measures


def _judged_rows(rows: Sequence[Row], asked: Asked) -> tuple[Measurement, ...]:
    """The rows as measurements, with p values and verdicts adjusted over all that have a difference."""
    compared = [row for row in rows if row.difference is not None]
    tested = [row for row in compared if row.difference is not None and row.difference.p is not None]
    raw = [row.difference.p for row in tested if row.difference is not None and row.difference.p is not None]
    adjusted = dict(zip((row.measure for row in tested), holm(raw), strict=True))
    judged = verdicts(
        [row.difference for row in compared if row.difference is not None],
        margins=[asked.margin(row.measure) for row in compared],
        larger_is_worse=[row.kind.better == "lower" for row in compared],
        alpha=asked.alpha,
        chances=[row.chance for row in compared],
    )
    told = dict(zip((row.measure for row in compared), judged, strict=True))
    return tuple(_measurement(row, adjusted.get(row.measure), told.get(row.measure), asked) for row in rows)


def _measurement(row: Row, p_adjusted: float | None, judged: Judged | None, asked: Asked) -> Measurement:
    kind, found = row.kind, row.difference
    details: dict[str, Any] = {"first": _figure(row.first), "second": _figure(row.second)}
    if found is not None and judged is not None:
        details |= _details(row, p_adjusted, judged, asked)
    inherited = {label for m in (row.first, row.second) if m is not None for label in m.labels if label in KEPT_LABELS}
    paired = {"subjects_as_unit"} if found is not None else {"not_measurable"}
    return Measurement(
        measure=row.measure,
        version=kind.version,
        unit=kind.unit,
        better=kind.better,
        value=None if found is None else found.value,
        reason=row.reason or None,
        interval=None if found is None else found.interval,
        no_interval="there is no difference" if found is None else found.no_interval,
        labels=tuple(sorted({*inherited, *paired, *(found.labels if found else ())})),
        subjects=None if found is None else found.units,
        details=details,
    )


def _details(row: Row, p_adjusted: float | None, judged: Judged, asked: Asked) -> dict[str, Any]:
    """What is told of a difference beside its value and interval; nothing that was not made."""
    found = row.difference
    if found is None:
        return {}
    told: dict[str, Any] = {
        "fractions": _fractions(row),
        "p": found.p,
        "p_adjusted": p_adjusted,
        "test": found.test,
        "standard_error": found.standard_error if found.variance > 0 else None,
        "minimum_detectable": found.minimum_detectable(asked.power),
        "differing": found.differing,
        "discordant": list(found.discordant) if found.discordant is not None else None,
        "discordance_bound": found.discordance.high if found.discordance is not None else None,
        "sober_bound": found.sober,
        "verdict": judged.verdict,
        "p_worse": judged.p_worse,
        "p_not_worse": judged.p_not_worse,
        "margin": asked.margin(row.measure),
    }
    if row.kind.better == "neither":
        for judged_by in ("verdict", "p_worse", "p_not_worse", "margin"):
            del told[judged_by]
    if asked.mcnemar and found.discordant is not None:
        test = mcnemar(*found.discordant)
        told["mcnemar"] = {"exact": test.exact, "mid": test.mid, "labels": ["assumes_independent_comparisons"]}
    return {key: value for key, value in told.items() if value is not None}


def _fractions(row: Row) -> dict[str, list[int]]:
    """The counts of both systems by name, such as {"first": [3, 1200], "second": [5, 1200]}."""
    found: dict[str, list[int]] = {}
    for side, m in (("first", row.first), ("second", row.second)):
        if m is None:
            continue
        if m.counts is not None:
            found[side] = [m.counts.errors, m.counts.trials]
        for name, counts in dict(m.details.get("fractions", {})).items():
            found[f"{side} {name}"] = list(counts)
    return found


def _figure(found: Measurement | None) -> dict[str, Any]:
    """One system's own figure: value, limits, counts, threshold, what is attained on the other side."""
    if found is None:
        return {"value": None}
    told: dict[str, Any] = {"value": found.value, "labels": list(found.labels)}
    if found.interval is not None:
        told |= {"low": found.interval.low, "high": found.interval.high, "method": found.interval.method}
    if found.counts is not None:
        told["counts"] = [found.counts.errors, found.counts.trials]
    if found.threshold is not None:
        finite = isinstance(found.threshold, str) or abs(found.threshold) != float("inf")
        told["threshold"] = found.threshold if finite else str(found.threshold)
    if found.at is not None:
        told["at"] = [found.at.errors, found.at.trials]
    return told


def _facts(
    first: Side, second: Side, asked: Asked, pairs: Matched, systems: Systems, rows: Sequence[Row]
) -> dict[str, Any]:
    compared = [row for row in rows if row.difference is not None]
    return {
        "first": _told(first),
        "second": _told(second),
        "level": systems.level,
        "alpha": asked.alpha,
        "power": asked.power,
        "draws": asked.draws,
        "seed": asked.seed,
        "family": len(compared),
        "mated": len(pairs.first.mated),
        "nonmated": pairs.first.nonmated_made,
        "failures": asked.failures,
        "left_out": {"first": list(pairs.left_out[0]), "second": list(pairs.left_out[1])},
        "as_non_matches": {"first": list(pairs.as_non_matches[0]), "second": list(pairs.as_non_matches[1])},
    }


def _told(side: Side) -> dict[str, Any]:
    recognizer, data = side.result.recognizer, side.result.dataset
    return {
        "name": side.name,
        "recognizer": recognizer.name if recognizer else None,
        "digest": recognizer.digest if recognizer else None,
        "dataset": data.digest if data else None,
    }


def _notes(first: Side, second: Side, pairs: Matched) -> tuple[Note, ...]:
    """What the reader must know: comparisons that one of the systems could not make, and equal recognizers."""
    found = []
    for side, apart, taken in zip(("A", "B"), pairs.left_out, pairs.as_non_matches, strict=True):
        if any(apart):
            text = (
                f"{apart[0]} mated and {apart[1]} nonmated comparisons of {side} are left out: the other system could "
                "not make them. A system that fails on hard samples looks better so; --failures non-match counts them"
            )
            found.append(Note(level="warning", code="left_out", text=text))
        if any(taken):
            text = f"{taken[0]} mated and {taken[1]} nonmated comparisons that {side} could not make are non-matches"
            found.append(Note(level="warning", code="failures_as_non_matches", text=text))
    one, other = first.result.recognizer, second.result.recognizer
    if one is not None and other is not None and one.digest == other.digest and one.version == other.version:
        found.append(Note(level="information", code="same_recognizer", text="Both runs are of one recognizer."))
    return tuple(found)
