"""Error rates of one-to-one comparison: FMR and FNMR at a threshold, and each of them at a target of the other.

A comparison is accepted iff `score >= threshold`. Thresholds that a measure chooses are candidates: distinct scores of
either class, or `"reject_all"`. A target means *at most*; nothing is interpolated; how many errors a target allows is
computed in integers. Where a target allows no error at all it is not measurable: the threshold would be an extreme
value of this sample and say nothing of the target.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from fr_bench.contracts import MeasureKind
from fr_bench.findings import REJECT_ALL, Measure, Measurement, Proportion, Threshold
from fr_bench.metrics import parameters
from fr_bench.metrics.brackets import bracketed, false_match_bracket, false_non_match_bracket
from fr_bench.metrics.scores import NotMeasurable, SortedScores, as_threshold, below_floor, count_up_to
from fr_bench.metrics.values import rate
from fr_bench.numerals import many, trials_for_one, written_target

FEW = 10
"""Fewer errors than this hold a threshold only weakly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """A threshold chosen so that one error rate stays at or below a target, and both rates there.

    target      the rate asked for; None where the threshold was chosen to have no error on that side
    allowed     how many errors of the targeted kind the target allows: floor(target * trials)
    fmr, fnmr   what is attained at the threshold
    beyond      the targeted rate one candidate further, where it exceeds the target: how coarse the step is; None
                where there is no such candidate, or where it lies below the floor
    """

    target: Fraction | None
    allowed: int
    threshold: Threshold
    fmr: Proportion
    fnmr: Proportion
    beyond: Proportion | None

    @property
    def labels(self) -> tuple[str, ...]:
        """`weak_target`: fewer than 10 errors hold the threshold. `coarse_scores`: the next step doubles the target."""
        if self.target is None:
            return ("extreme_value",)
        step = self.beyond.fraction if self.beyond else None
        coarse = step is not None and step > 2 * self.target
        return ("coarse_scores",) * coarse + ("weak_target",) * (self.allowed < FEW)


def fmr(scores: SortedScores, threshold: Threshold) -> Proportion:
    """Nonmated comparisons accepted at a threshold, of all that were made; a score equal to it is accepted.

    Raises NotMeasurable `below_floor` if it depends on scores that were not kept.
    Source: ISO/IEC 19795-1, false match rate.

    >>> fmr(SortedScores.from_arrays([0.5, 0.6, 0.7], [0.3, 0.5, 0.5]), 0.5)
    Proportion(errors=2, trials=3)
    """
    return scores.false_matches(threshold)


def fnmr(scores: SortedScores, threshold: Threshold) -> Proportion:
    """Mated comparisons rejected at a threshold, of all that were made; a score equal to it is accepted.

    Source: ISO/IEC 19795-1, false non-match rate.

    >>> fnmr(SortedScores.from_arrays([0.5, 0.6, 0.7], [0.3, 0.5, 0.5]), 0.6)
    Proportion(errors=1, trials=3)
    """
    return scores.false_non_matches(threshold)


def fnmr_at_fmr(scores: SortedScores, target: Fraction) -> OperatingPoint:
    """FNMR at the smallest candidate threshold whose FMR is at most `target` (0 < target < 1).

    Raises NotMeasurable: `empty_mated`, `empty_nonmated`, `not_measurable` if the target allows no false match (it is
    below 1/N), `below_floor`.
    Source: ISO/IEC 19795-1, FNMR at a stated FMR.

    >>> point = fnmr_at_fmr(SortedScores.from_arrays([0.9, 0.8, 0.2], [0.1, 0.3, 0.5, 0.7, 0.85]), Fraction(1, 5))
    >>> point.threshold, point.fnmr, point.fmr
    (0.8, Proportion(errors=1, trials=3), Proportion(errors=1, trials=5))
    """
    scores.need_both()
    allowed = _allowed(target, scores.nonmated_total, "false match", "nonmated")
    return _at_most_false_matches(scores, allowed, target)


def fmr_at_fnmr(scores: SortedScores, target: Fraction) -> OperatingPoint:
    """FMR at the largest candidate threshold whose FNMR is at most `target` (0 < target < 1): the mirror of the above.

    With j = floor(target * M) false non-matches allowed the threshold is the (j+1)-th lowest mated score. Not
    measurable iff j = 0, i.e. target < 1/M; that would be ZeroFNMR under another name.

    >>> point = fmr_at_fnmr(SortedScores.from_arrays([0.9, 0.8, 0.2], [0.1, 0.3, 0.5, 0.7, 0.85]), Fraction(1, 3))
    >>> point.threshold, point.fmr, point.fnmr
    (0.8, Proportion(errors=1, trials=5), Proportion(errors=1, trials=3))
    """
    scores.need_both()
    allowed = _allowed(target, scores.mated_total, "false non-match", "mated")
    return _at_most_false_non_matches(scores, allowed, target)


def zero_fmr(scores: SortedScores) -> OperatingPoint:
    """FNMR at the smallest candidate threshold without a false match: an extreme value of this sample.

    Source: ZeroFMR of the FVC competitions.
    """
    scores.need_both()
    return _at_most_false_matches(scores, 0, None)


def zero_fnmr(scores: SortedScores) -> OperatingPoint:
    """FMR at the largest candidate threshold without a false non-match, the lowest mated score: an extreme value."""
    scores.need_both()
    return _at_most_false_non_matches(scores, 0, None)


def _allowed(target: Fraction, trials: int, error: str, kind: str) -> int:
    if not 0 < target < 1:
        raise ValueError(f"target {target} does not lie between 0 and 1")
    allowed = int(target * trials)
    if allowed:
        return allowed
    raise NotMeasurable(
        f"the target {written_target(target)} allows no {error} among {many(trials, f'{kind} comparison')}; "
        f"it needs {trials_for_one(target)} of them"
    )


def _at_most_false_matches(scores: SortedScores, allowed: int, target: Fraction | None) -> OperatingPoint:
    kept = scores.nonmated
    if allowed < len(kept):
        rejected = float(kept[len(kept) - 1 - allowed])  # the highest nonmated score that must be rejected
        threshold = scores.candidate_above(rejected)
        # Every mated score above it is at or above the next candidate, so counting up to it counts the rejected ones.
        errors = count_up_to(scores.mated, rejected)
        beyond: Proportion | None = scores.false_matches(rejected)
    else:
        threshold, errors = _mated_candidate(scores, allowed)
        beyond = None
    return OperatingPoint(
        target=target,
        allowed=allowed,
        threshold=threshold,
        fmr=scores.false_matches(threshold),
        fnmr=Proportion(errors, scores.mated_total),
        beyond=beyond,
    )


def _mated_candidate(scores: SortedScores, allowed: int) -> tuple[Threshold, int]:
    """The threshold where the score to be rejected lies below the floor; the false non-matches there.

    Only mated scores are known as candidates there. The smallest of them that holds the target is the right one iff
    exactly `allowed` nonmated scores reach it: then no nonmated candidate lies between it and the rejected score.
    """
    if scores.rest is None or not scores.rest.full:
        raise below_floor(scores, f"a threshold with at most {allowed} false matches")
    places = scores.placements
    k = int(np.searchsorted(places.below, scores.nonmated_total - allowed, side="left"))
    if k == len(places.at):
        if allowed == 0:
            return REJECT_ALL, scores.mated_total
        raise below_floor(scores, f"a threshold with at most {allowed} false matches")
    if scores.nonmated_total - int(places.below[k]) != allowed:
        raise below_floor(scores, f"a threshold with at most {allowed} false matches")
    return as_threshold(places.at[k]), int(places.mated_below[k])


def _at_most_false_non_matches(scores: SortedScores, allowed: int, target: Fraction | None) -> OperatingPoint:
    threshold = as_threshold(scores.mated[allowed])
    return OperatingPoint(
        target=target,
        allowed=allowed,
        threshold=threshold,
        fmr=scores.false_matches(threshold),
        fnmr=scores.false_non_matches(threshold),
        beyond=Proportion(count_up_to(scores.mated, threshold), scores.mated_total),
    )


def _fmr(scores: SortedScores, measure: Measure) -> Measurement:
    threshold = parameters.threshold(measure)
    scores.need_nonmated()
    found = bracketed(lambda: fmr(scores, threshold), lambda: false_match_bracket(scores, threshold))
    return rate(measure, found, threshold=threshold)


def _fnmr(scores: SortedScores, measure: Measure) -> Measurement:
    threshold = parameters.threshold(measure)
    scores.need_mated()
    return rate(measure, fnmr(scores, threshold), threshold=threshold)


def _fnmr_at_fmr(scores: SortedScores, measure: Measure, target: Fraction | None = None) -> Measurement:
    asked = target or parameters.target(measure, "FMR")
    point = bracketed(
        lambda: fnmr_at_fmr(scores, asked),
        lambda: false_non_match_bracket(scores, int(asked * scores.nonmated_total)),
    )
    return _of_point(measure, point, counts=point.fnmr, at=point.fmr, beyond="fmr_one_candidate_lower")


def _fmr_at_fnmr(scores: SortedScores, measure: Measure) -> Measurement:
    asked = parameters.target(measure, "FNMR")
    point = bracketed(
        lambda: fmr_at_fnmr(scores, asked),
        lambda: false_match_bracket(scores, float(scores.mated[int(asked * scores.mated_total)])),
    )
    return _of_point(measure, point, counts=point.fmr, at=point.fnmr, beyond="fnmr_one_candidate_higher")


def _zero_fmr(scores: SortedScores, measure: Measure) -> Measurement:
    point = bracketed(lambda: zero_fmr(scores), lambda: false_non_match_bracket(scores, 0))
    return _of_point(measure, point, counts=point.fnmr, at=point.fmr, beyond="fmr_one_candidate_lower")


def _zero_fnmr(scores: SortedScores, measure: Measure) -> Measurement:
    point = bracketed(lambda: zero_fnmr(scores), lambda: false_match_bracket(scores, float(scores.mated[0])))
    return _of_point(measure, point, counts=point.fmr, at=point.fnmr, beyond="fnmr_one_candidate_higher")


def _of_point(
    measure: Measure, point: OperatingPoint, *, counts: Proportion, at: Proportion, beyond: str
) -> Measurement:
    details: dict[str, object] = {"allowed": point.allowed}
    if point.target is not None:
        details["target"] = str(point.target)
    if point.beyond is not None:
        details[beyond] = point.beyond.rate
    if point.threshold == REJECT_ALL:
        details["note"] = "threshold_is_reject_all"
    return rate(measure, counts, threshold=point.threshold, at=at, labels=point.labels, details=details)


_TARGET_RULE = (
    "With N nonmated comparisons a target x allows k = floor(x*N) false matches, computed without rounding. The "
    "threshold is the smallest observed score (of either class) at which at most k nonmated comparisons are accepted; "
    "ties can make the attained FMR lower, and it is reported. If k = 0 the target is not measurable with these data."
)


def _named_target(one_in: int) -> MeasureKind:
    return MeasureKind(
        name=f"FMR{one_in}",
        title=f"FNMR at an FMR of at most 1 in {one_in}",
        unit="proportion",
        better="lower",
        version=1,
        source=f"FMR{one_in} of the FVC competitions; the same as FNMR@FMR=1/{one_in}",
        example=f"FMR{one_in}",
        formula=f"FNMR(t), t the smallest candidate with FMR(t) <= 1/{one_in}",
        explanation=f"Another name for FNMR@FMR=1/{one_in}. " + _TARGET_RULE,
        needs="scores",
        compute=partial(_fnmr_at_fmr, target=Fraction(1, one_in)),
        interval="fnmr_at_fmr",
        counts="mated",
        fmr=Fraction(1, one_in),
    )


MEASURES: tuple[MeasureKind, ...] = (
    MeasureKind(
        name="FMR@threshold",
        title="False match rate at a threshold",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, false match rate",
        example="FMR@threshold=0.35",
        formula="#{nonmated scores >= t} / N",
        explanation="The share of comparisons between different subjects that the threshold accepts. A score equal to "
        "the threshold is accepted. Comparisons without a score are not in it: see GFAR.",
        needs="scores",
        compute=_fmr,
        interval="fmr",
        parameters=("threshold",),
        counts="nonmated",
        below_floor=True,
    ),
    MeasureKind(
        name="FNMR@threshold",
        title="False non-match rate at a threshold",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, false non-match rate",
        example="FNMR@threshold=0.35",
        formula="#{mated scores < t} / M",
        explanation="The share of comparisons of a subject with itself that the threshold rejects. A score equal to "
        "the threshold is accepted. Comparisons without a score are not in it: see GFRR.",
        needs="scores",
        compute=_fnmr,
        interval="fnmr",
        parameters=("threshold",),
        counts="mated",
    ),
    MeasureKind(
        name="FNMR@FMR",
        title="False non-match rate at an FMR of at most x",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, FNMR at a stated FMR",
        example="FNMR@FMR=1e-3",
        formula="FNMR(t), t the smallest candidate with FMR(t) <= x",
        explanation="How many users are turned away once the threshold is high enough for the security asked "
        "for. " + _TARGET_RULE,
        needs="scores",
        compute=_fnmr_at_fmr,
        interval="fnmr_at_fmr",
        parameters=("FMR",),
        counts="mated",
    ),
    MeasureKind(
        name="FMR@FNMR",
        title="False match rate at an FNMR of at most x",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-1, FMR at a stated FNMR",
        example="FMR@FNMR=1e-2",
        formula="FMR(t), t the largest candidate with FNMR(t) <= x",
        explanation="How many strangers are let in once the threshold is low enough for the convenience asked for. "
        "With M mated comparisons a target x allows j = floor(x*M) false non-matches, computed without rounding; the "
        "threshold is the (j+1)-th lowest mated score. If j = 0 the target is not measurable with these data.",
        needs="scores",
        compute=_fmr_at_fnmr,
        interval="fmr_at_fnmr",
        parameters=("FNMR",),
        counts="nonmated",
        below_floor=True,
    ),
    _named_target(100),
    _named_target(1000),
    _named_target(10000),
    MeasureKind(
        name="ZeroFMR",
        title="False non-match rate without a false match",
        unit="proportion",
        better="lower",
        version=1,
        source="ZeroFMR of the FVC competitions",
        example="ZeroFMR",
        formula="#{mated scores <= highest nonmated score} / M",
        explanation="FNMR at the smallest candidate threshold that accepts no nonmated comparison of this sample. It "
        "hangs on the single highest nonmated score: with more comparisons it can only get worse, and it has no "
        "confidence interval. Do not read it as the FNMR at FMR 0.",
        needs="scores",
        compute=_zero_fmr,
        counts="mated",
    ),
    MeasureKind(
        name="ZeroFNMR",
        title="False match rate without a false non-match",
        unit="proportion",
        better="lower",
        version=1,
        source="ZeroFNMR of the FVC competitions",
        example="ZeroFNMR",
        formula="#{nonmated scores >= lowest mated score} / N",
        explanation="FMR at the largest candidate threshold that rejects no mated comparison of this sample. It hangs "
        "on the single lowest mated score: with more comparisons it can only get worse, and it has no confidence "
        "interval.",
        needs="scores",
        compute=_zero_fnmr,
        counts="nonmated",
        below_floor=True,
    ),
)
