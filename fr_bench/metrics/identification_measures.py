"""The measures of 1:N search by their texts: TPIR, FNIR, FPIR, selectivity, each with its counts by probe subject.

Searches of one probe subject depend on each other, those of different ones do not; the gallery is taken as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.findings import REJECT_ALL, Measure, Measurement, Proportion
from fr_bench.metrics import parameters
from fr_bench.metrics.counted import CountedMean
from fr_bench.metrics.identification import (
    Flags,
    asked_searches,
    by_probe_subject,
    candidates_each,
    fnir_at_fpir,
    margin_of_mate,
    margin_of_rank,
    margin_of_stranger,
    missed,
    nearest_to_fail,
    probe_subjects,
    ranks,
    returned,
    tpir,
)
from fr_bench.metrics.values import number, rate
from fr_bench.records import ScoreSet, Searches


def _counted(
    measure: Measure, scores: ScoreSet, searches: Searches, flags: Flags, easier: Flags | None, *, mated: bool,
    **more: Any,
) -> Counted:  # fmt: skip
    """`easier` are the flags where errors are more frequent, from which a design effect may be borrowed."""
    subject = probe_subjects(scores, searches, searches.mated == mated)
    errors, trials = by_probe_subject(subject, flags)
    counts = Proportion(int(np.count_nonzero(flags)), len(flags))
    return Counted(
        measurement=rate(measure, counts, **more),
        errors=errors,
        trials=trials,
        unit="probe subject",
        labels=("fixed_gallery",),
        borrow=None if easier is None else by_probe_subject(subject, easier)[0],
    )


def _tpir(scores: ScoreSet, measure: Measure) -> Counted:
    searches, rank = asked_searches(scores, mated=True), parameters.whole(measure, "rank", least=1)
    other = tpir(searches, rank, optimistic=True)
    found = ranks(searches) <= rank
    details: dict[str, Any] = {"gallery": searches.gallery}
    if other.errors != int(np.count_nonzero(found)):
        details["optimistic"] = other.rate
    margin = margin_of_rank(searches, rank)
    lost = None if margin is None else nearest_to_fail(margin)
    return _counted(
        measure, scores, searches, found, None if lost is None else ~lost, mated=True, details=details
    )  # fmt: skip


def _fnir_at_threshold(scores: ScoreSet, measure: Measure) -> Counted:
    searches, threshold = asked_searches(scores, mated=True), parameters.threshold(measure)
    rank = parameters.whole(measure, "rank", least=1)
    easier = nearest_to_fail(margin_of_mate(searches, rank))
    return _counted(
        measure, scores, searches, missed(searches, threshold, rank), easier, mated=True, threshold=threshold,
        details={"gallery": searches.gallery},
    )  # fmt: skip


def _fpir_at_threshold(scores: ScoreSet, measure: Measure) -> Counted:
    searches, threshold = asked_searches(scores, mated=False), parameters.threshold(measure)
    easier = nearest_to_fail(margin_of_stranger(searches))
    return _counted(
        measure, scores, searches, returned(searches, threshold), easier, mated=False, threshold=threshold,
        details={"gallery": searches.gallery},
    )  # fmt: skip


def _fnir_at_fpir(scores: ScoreSet, measure: Measure) -> Counted:
    searches, rank = asked_searches(scores, mated=False), parameters.whole(measure, "rank", least=1)
    asked_searches(scores, mated=True)
    point = fnir_at_fpir(searches, parameters.target(measure, "FPIR"), rank)
    details: dict[str, Any] = {"allowed": point.allowed, "target": str(point.target), "gallery": searches.gallery}
    if point.beyond is not None:
        details["fpir_one_candidate_lower"] = point.beyond.rate
    if point.threshold == REJECT_ALL:
        details["note"] = "threshold_is_reject_all"
    easier = nearest_to_fail(margin_of_mate(searches, rank))
    return _counted(
        measure, scores, searches, missed(searches, point.threshold, rank), easier, mated=True,
        threshold=point.threshold, at=point.fpir, labels=point.labels, details=details,
    )  # fmt: skip


def _selectivity(scores: ScoreSet, measure: Measure) -> Measurement | CountedMean:
    searches, threshold = asked_searches(scores, mated=False), parameters.threshold(measure)
    each = candidates_each(scores, searches, threshold)
    found, asked = int(each.sum()), len(each)
    details = {"candidates": found, "searches": asked, "gallery": searches.gallery}
    mean = number(measure, found / asked, threshold=threshold, details=details)
    if scores.probes is None:
        return mean
    subject = probe_subjects(scores, searches, ~searches.mated)
    searched = np.bincount(subject)
    returned_to = np.bincount(subject, weights=each, minlength=len(searched)).astype(np.int64)
    return CountedMean(mean, returned_to, searched, "probe subject", ("fixed_gallery",))


_RANK = (
    "The rank of the mate is one more than the number of other enrolled identities with a score at least as high: ties "
    "count against it, and the figure with ties counted for it is given beside where it differs. A mate that gave no "
    "template, and a probe that gave none, count as not found."
)
_CONDITIONAL = " It holds for this gallery: a larger one makes it worse, and nobody should extrapolate."

MEASURES: tuple[MeasureKind, ...] = (
    MeasureKind(
        name="TPIR@rank",
        title="True-positive identification rate within the first ranks (closed set)",
        unit="proportion",
        better="higher",
        version=1,
        source="ISO/IEC 19795-1, true-positive identification rate; a point of the cumulative match characteristic",
        example="TPIR@rank=1",
        formula="#{mated searches whose mate has a rank <= R} / mated searches",
        explanation="How often a search for somebody who is enrolled lists that person among the first R, with no "
        "threshold. Searches for people who are not enrolled stand in no count of it. " + _RANK + _CONDITIONAL,
        needs="searches",
        compute=_tpir,
        interval="units",
        parameters=("rank",),
        counts="mated",
    ),
    MeasureKind(
        name="FNIR@FPIR",
        title="False-negative identification rate at an FPIR of at most x (open set)",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, false-negative identification rate at a stated false-positive identification rate",
        example="FNIR@FPIR=1e-2,rank=1",
        formula="FNIR(t, R), t the smallest candidate with FPIR(t) <= x",
        explanation="How often a search misses somebody who is enrolled, once the threshold is high enough to keep "
        "searches for strangers quiet. With K nonmated searches a target x allows k = floor(x*K) of them to return "
        "anybody, computed without rounding; if k = 0 the target is not measurable with these searches. The threshold "
        "is the smallest score that searches returned at which at most k nonmated searches return anybody. "
        + _RANK
        + _CONDITIONAL,
        needs="searches",
        compute=_fnir_at_fpir,
        interval="fnir_at_fpir",
        parameters=("FPIR", "rank"),
        counts="mated",
    ),
    MeasureKind(
        name="FNIR@threshold",
        title="False-negative identification rate at a threshold (open set)",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, false-negative identification rate",
        example="FNIR@threshold=0.35,rank=1",
        formula="#{mated searches whose mate has a rank > R or a score < t} / mated searches",
        explanation="How often a search for somebody who is enrolled does not list that person among the first R with "
        "a score at or above the threshold. " + _RANK + _CONDITIONAL,
        needs="searches",
        compute=_fnir_at_threshold,
        interval="units",
        parameters=("threshold", "rank"),
        counts="mated",
    ),
    MeasureKind(
        name="FPIR@threshold",
        title="False-positive identification rate at a threshold (open set)",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, false-positive identification rate",
        example="FPIR@threshold=0.35",
        formula="#{nonmated searches with any candidate >= t} / nonmated searches",
        explanation="How often a search for somebody who is not enrolled returns anybody at all. A score equal to the "
        "threshold is returned; a probe without a template returns nobody." + _CONDITIONAL,
        needs="searches",
        compute=_fpir_at_threshold,
        interval="units",
        parameters=("threshold",),
        counts="nonmated",
    ),
    MeasureKind(
        name="selectivity@threshold",
        title="Selectivity: candidates returned by a nonmated search (open set)",
        unit="number",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, selectivity",
        example="selectivity@threshold=0.35",
        formula="identities with a score >= t, summed over nonmated searches / nonmated searches",
        explanation="How many people a search for somebody who is not enrolled returns on average: what an examiner "
        "would have to look through. Several references of one person are one candidate." + _CONDITIONAL,
        needs="searches",
        compute=_selectivity,
        interval="mean_count",
        parameters=("threshold",),
        counts="nonmated",
    ),
)
