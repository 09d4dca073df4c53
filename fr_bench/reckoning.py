"""Every figure that scores can give: measurements, curves, analyses, histograms, the worst comparisons.

A run, `frbench evaluate` and `frbench verify` count by this one function, so that what is verified is what was counted.
"""

from __future__ import annotations

from dataclasses import replace

from fr_bench import analyses, measuring
from fr_bench.findings import ComparisonSummary, Result
from fr_bench.records import Acquisition, ScoreSet, TemplateCost

JUDGED_APART = ("transfer", "calibration")
"""Views that say what the measures do not: at other thresholds, or of other scores. Their notes are those of all."""
TOLD = ("quality_unknown",)
"""Notes of any view that hold for all: how many samples have no value that could be used."""

WORST = 20
"""How many of the worst comparisons are listed where nobody says."""


def reckon(
    asked: analyses.Given,
    *,
    acquisition: Acquisition | None = None,
    cost: TemplateCost | None = None,
    worst: int = WORST,
) -> Result:
    """A result of scores alone: its name, whose they are and how they came about is the caller's to add.

    asked        the scores, the measures, and what else analyses may look at; its `measurements` are made here
    acquisition  failures of samples; without it FTA and FTE are not measurable
    cost         bytes and times of templates and comparisons
    worst        how many of the worst false matches and false non-matches are listed

    Raises UsageError for a text that names no measure, and for a threshold that no score reaches as it was meant.
    """
    scores = asked.scores
    false_matches, false_non_matches = measuring.worst(scores, worst)
    measured = measuring.Measuring.of(
        scores,
        asked.measures,
        asked.method,
        acquisition=acquisition,
        presentations=asked.presentations,
        cost=cost,
        attributes=asked.attributes,
        likelihoods=asked.likelihoods,
    )
    measurements = tuple(measured.measure(text) for text in asked.measures)
    curves, distributions = measured.curves(), measured.distributions()
    notes = [*measured.score_notes(), *measuring.distance_note(scores, measurements)]
    del measured  # its draws are as large as the scores, and nothing below looks at them
    seen = replace(asked, measurements=measurements)
    views = analyses.analyse(seen)
    notes += (note for view in views for note in view.notes if view.kind in JUDGED_APART or note.code in TOLD)
    return Result(
        name="scores",
        run={},
        dataset=None,
        recognizer=None,
        comparison=counts_of(scores),
        measurements=analyses.as_calibrated(analyses.with_intervals(measurements, seen), seen, views),
        curves=curves,
        analyses=views,
        distributions=distributions,
        false_matches=false_matches,
        false_non_matches=false_non_matches,
        notes=tuple(sorted(notes, key=lambda note: note.level != "warning")),
    )


def counts_of(scores: ScoreSet) -> ComparisonSummary:
    """How many comparisons the scores stand for, where no plan says more."""
    return ComparisonSummary(
        plan="scores",
        mated_planned=scores.mated_planned,
        nonmated_planned=scores.nonmated_planned,
        mated_made=len(scores.mated),
        nonmated_made=scores.nonmated_made,
        mated_failed=scores.mated_failed,
        nonmated_failed=scores.nonmated_failed,
        references=len(scores.references.ids) if scores.references else 0,
        probes=len(scores.probes.ids) if scores.probes else 0,
        floor=None if scores.rest is None else scores.floor,
    )
