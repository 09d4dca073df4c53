"""Calibration: how far scores can be believed as log-likelihood ratios, before and after they were made so.

Either the scores are declared to be natural-log likelihood ratios, or a calibration was asked for: it is learnt on
development scores or on a share of the subjects, and judged on other people only. What is judged is told by Cllr, by
what of it no calibration takes away (minCllr), by a Tippett plot and by a reliability plot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.analyses.given import Calibration, Given
from fr_bench.findings import Analysis, Measurement, Note, Series
from fr_bench.intervals.draws import Drawn
from fr_bench.intervals.from_draws import t_quantile
from fr_bench.measuring import Measuring
from fr_bench.metrics.calibration import Affine, Steps, affine, pav
from fr_bench.metrics.likelihood import min_cllr
from fr_bench.metrics.parts import Parts, split, with_values
from fr_bench.metrics.scores import KEEP_MORE, NotMeasurable, SortedScores, count_below
from fr_bench.numerals import grouped
from fr_bench.precision import Evidence
from fr_bench.records import ScoreSet

KIND = "calibration"
JUDGED = ("Cllr", "minCllr", "FMR@threshold=0", "FNMR@threshold=0", "DCF@threshold=0,prior=0.5")
"""At a log-likelihood ratio of 0 the evidence points nowhere: errors there are misleading evidence."""
TIPPETT_POINTS = 200
BIN = math.log(10)
"""Reliability is told by decades of the likelihood ratio."""
DECADES = 6
SEEN = 0.95
"""The share of draws in which a decade must hold both classes for the draws to tell its spread."""

Learnt = Affine | Steps


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Log-likelihood ratios to be judged, how they came about, and the scores that they were made of, if any."""

    scores: ScoreSet
    facts: dict[str, Any]
    notes: tuple[Note, ...] = ()
    raw: ScoreSet | None = None


def analyse(given: Given) -> tuple[Analysis, ...]:
    """One analysis of scores that are, or were made, log-likelihood ratios; none where nobody asked."""
    if given.calibration is None and not given.likelihoods:
        return ()
    try:
        judged = _calibrated(given, given.calibration) if given.calibration else _Judged(given.scores, _declared())
        return (_analysis(judged, given),)
    except NotMeasurable as missing:
        text = f"No calibration: {missing.reason}."
        note = Note(level="warning", code=missing.code, text=text)
        return (
            Analysis(
                kind=KIND, notes=(note,), facts={"not_calibrated": {"reason": missing.reason, "code": missing.code}}
            ),
        )


def _declared() -> dict[str, Any]:
    return {"origin": "declared"}


def _calibrated(given: Given, asked: Calibration) -> _Judged:
    """The scores of people who were not learnt on, calibrated."""
    if given.development is not None:
        train, test = given.development, given.scores
        facts: dict[str, Any] = {"origin": "development"}
    else:
        parts = split(given.scores, asked.train, given.method.seed)
        train, test, facts = parts.train, parts.test, _told(parts)
    if train.rest is not None and train.rest.count:
        raise NotMeasurable(f"the scores to train on were not kept below a floor; {KEEP_MORE}", code="below_floor")
    if test.rest is not None and test.rest.count:
        raise NotMeasurable(f"the scores to judge were not kept below a floor; {KEEP_MORE}", code="below_floor")
    learnt: Learnt
    if asked.method == "pav":
        learnt = pav(train.mated.values, train.nonmated.values)
    else:
        learnt = affine(train.mated.values, train.nonmated.values, prior=asked.prior)
    calibrated = with_values(test, learnt(test.mated.values), learnt(test.nonmated.values))
    facts = {
        **facts,
        "method": asked.method,
        "train_mated": len(train.mated),
        "train_nonmated": len(train.nonmated),
        **_map(learnt),
    }
    notes = (*_falling(learnt), *_learnt(facts, given))
    return _Judged(calibrated, facts, notes, raw=test)


def _told(parts: Parts) -> dict[str, Any]:
    return {
        "origin": "part",
        "train_subjects": parts.subjects[0],
        "test_subjects": parts.subjects[1],
        "left_out_nonmated": parts.left_out,
    }


def _learnt(facts: dict[str, Any], given: Given) -> tuple[Note, ...]:
    """What the calibration was learnt on, and which figures are of calibrated scores."""
    size = f"{grouped(facts['train_mated'])} mated and {grouped(facts['train_nonmated'])} nonmated comparisons"
    if facts["origin"] == "development":
        text = f"Calibrated by {facts['method']}, learnt on the development scores ({size}) and judged on these."
    else:
        text = (
            f"Calibrated by {facts['method']}, learnt on {grouped(facts['train_subjects'])} subjects ({size}) and "
            f"judged on {grouped(facts['test_subjects'])} others; {grouped(facts['left_out_nonmated'])} nonmated "
            f"comparisons between both parts are left out. Seed of the parts: {given.method.seed}."
        )
    of_calibrated = "What stands under Calibration is of the calibrated scores; all other figures are of those given."
    if not given.likelihoods and "Cllr" in given.measures:
        of_calibrated = (
            "Cllr and what stands under Calibration are of the calibrated scores; all other figures are of those given."
        )
    return (
        Note(level="information", code="calibrated", text=text),
        Note(level="information", code="calibrated_figures", text=of_calibrated),
    )


def _map(learnt: Learnt) -> dict[str, Any]:
    """The map from score to log-likelihood ratio, so that somebody can use it."""
    if isinstance(learnt, Affine):
        return {"slope": learnt.weights[0], "offset": learnt.offset}
    # The first step begins below every score; JSON has no infinity.
    return {"steps_from": [None, *learnt.at[1:].tolist()], "steps_llr": learnt.llr.tolist()}


def _falling(learnt: Learnt) -> tuple[Note, ...]:
    if isinstance(learnt, Affine) and learnt.weights[0] <= 0:
        text = "The calibration falls with the score: on the training part nonmated scores are the higher ones."
        return (Note(level="warning", code="polarity_suspect", text=text),)
    return ()


def _analysis(judged: _Judged, given: Given) -> Analysis:
    ordered = SortedScores.of(judged.scores)
    ordered.need_both()
    measured = Measuring.of(judged.scores, JUDGED, given.method, likelihoods=True)
    found = [measured.measure(text) for text in JUDGED]
    facts = {**judged.facts, "mated": len(judged.scores.mated), "nonmated": len(judged.scores.nonmated)}
    return Analysis(
        kind=KIND,
        measurements=tuple(found),
        series=(*_tippett(ordered), *_reliability(judged.scores, ordered, given)),
        facts={**facts, **_losses(found, judged.raw)},
        notes=judged.notes,
    )


def _losses(found: list[Measurement], raw: ScoreSet | None) -> dict[str, Any]:
    """Cllr in two parts: what calibration could still take away, and what only a better recognizer could."""
    cost, least = found[0].value, found[1].value
    facts: dict[str, Any] = {"discrimination_loss": least}
    if cost is not None and least is not None:
        facts["calibration_loss"] = max(0.0, cost - least)
    if raw is not None:
        facts["raw_min_cllr"] = min_cllr(SortedScores.of(raw))
    return facts


def _tippett(ordered: SortedScores) -> list[Series]:
    """The share of each class with a log10 likelihood ratio of at least x."""
    both = [values[np.isfinite(values)].astype(np.float64) for values in (ordered.mated, ordered.nonmated)]
    ends = [float(end) for values in both if len(values) for end in (values[0], values[-1])]
    if not ends:
        return []
    grid = np.linspace(min(ends), max(ends), TIPPETT_POINTS)
    found = []
    for name, values in (("tippett_mated", ordered.mated), ("tippett_nonmated", ordered.nonmated)):
        shares = [1 - count_below(values, float(x)) / len(values) for x in grid]
        found.append(Series(name=name, x=tuple((grid / math.log(10)).tolist()), y=tuple(shares)))
    return found


def _reliability(scores: ScoreSet, ordered: SortedScores, given: Given) -> list[Series]:
    """Stated against observed log10 likelihood ratio, by decades that hold comparisons of both classes."""
    edges = BIN * np.arange(-DECADES, DECADES + 1)
    rows = []
    for low, high in pairwise(edges):
        inside = [_between(values, low, high) for values in (ordered.mated, ordered.nonmated)]
        if all(len(values) for values in inside):
            m, n = (len(values) for values in inside)
            # Each class counts half, whatever their numbers.
            stated = sum(float(values.mean()) for values in inside) / 2
            shown = math.log(m / ordered.mated_total) - math.log(n / ordered.nonmated_total)
            rows.append((stated, shown, (float(low), float(high)), (m, n)))
    if not rows:
        return []
    halves = _half_widths(scores, ordered, given, [(*row[2], *row[3]) for row in rows])
    ten = math.log(10)
    return [
        Series(
            name="reliability",
            x=tuple(row[0] / ten for row in rows),
            y=tuple(row[1] / ten for row in rows),
            low=tuple((row[1] - half) / ten for row, half in zip(rows, halves, strict=True)),
            high=tuple((row[1] + half) / ten for row, half in zip(rows, halves, strict=True)),
            counts=tuple((m, m + n) for _, _, _, (m, n) in rows),
            labels=("pointwise",),
        )
    ]


def _between(values: NDArray[Any], low: float, high: float) -> NDArray[np.float64]:
    return np.asarray(values[count_below(values, low) : count_below(values, high)], dtype=np.float64)


def _half_widths(
    scores: ScoreSet, ordered: SortedScores, given: Given, bins: list[tuple[float, float, int, int]]
) -> list[float]:
    """Half the interval of each observed log ratio: from draws of subjects, and never less than that of counts alone.

    bins   lower and upper end, mated and nonmated comparisons
    """
    drawn = Evidence(scores=scores, ordered=ordered, method=given.method).drawn
    subjects = len(ordered.mated) if drawn is None else drawn.by_subject.mated_subjects
    t = t_quantile(max(1, subjects - 1), given.method.level)
    variances = [
        max(1 / m + 1 / n, _drawn_variance(drawn.lists, low, high) if drawn else 0.0) for low, high, m, n in bins
    ]
    return [t * math.sqrt(variance) for variance in variances]


def _drawn_variance(lists: Drawn, low: float, high: float) -> float:
    """Of the log ratio of a bin's shares; 0 where many draws leave it without one of the classes."""
    ends = np.array([low, high])
    below = lists.below.common(lists.lowest.below(ends)).astype(np.float64)
    above = lists.above.common(lists.tail.at_least(ends)).astype(np.float64)
    mated, nonmated = (below[1] - below[0]) / lists.mated, (above[0] - above[1]) / lists.nonmated
    seen = (mated > 0) & (nonmated > 0)
    if seen.mean() < SEEN:
        return 0.0
    return float((np.log(mated[seen]) - np.log(nonmated[seen])).var(ddof=1))
