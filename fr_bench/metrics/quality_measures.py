"""Measures of image quality, as texts that parse back: how many errors the discarding of poor images would take away.

`FNMR-after-discard@FMR=1e-3,quality=sharpness,discard=0.1` keeps the threshold of FNMR@FMR=1e-3 and discards the tenth
of the mated comparisons with the lowest quality. `FNMR=0.1` in place of a target of the FMR starts the curve at an FNMR
of 10 %, as the OFIQ project does.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal

from fr_bench.contracts import MeasureKind
from fr_bench.findings import Measure, Measurement, Proportion, Threshold
from fr_bench.metrics import parameters
from fr_bench.metrics.quality import Discarded, ErrorsByQuality, QualityScores, ideal_area, spearman
from fr_bench.metrics.values import number
from fr_bench.metrics.verification import FEW, fnmr_at_fmr

Rate = Literal["FNMR", "FMR"]
CORRELATION = "quality-correlation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The threshold of an error-versus-discard curve, and the labels of the target that chose it."""

    threshold: Threshold
    labels: tuple[str, ...] = ()


def start_of(quality: QualityScores, measure: Measure) -> Start:
    """The threshold that a measure names: given, of everybody at a target of the FMR, or of a starting FNMR.

    Raises NotMeasurable where the target allows no error.
    """
    if "threshold" in measure:
        return Start(threshold=parameters.threshold(measure))
    if "FNMR" in measure:
        return Start(threshold=quality.threshold_of_fnmr(parameters.target(measure, "FNMR")))
    point = fnmr_at_fmr(quality.ordered, parameters.target(measure, "FMR"))
    kept = tuple(label for label in point.labels if label in ("weak_target", "coarse_scores"))
    return Start(threshold=point.threshold, labels=kept)


def errors_of(quality: QualityScores, rate: Rate, threshold: Threshold) -> ErrorsByQuality:
    """The comparisons that a rate counts, by quality. Raises NotMeasurable."""
    return quality.false_non_matches(threshold) if rate == "FNMR" else quality.false_matches(threshold)


def area_above_ideal(quality: QualityScores, measure: Measure, *, rate: Rate) -> Measurement:
    """The area between the EDC and the ideal curve max(0, f0 - d), from no discard to the share `to`.

    f0 is the rate before anything is discarded. Raises NotMeasurable.
    """
    start = start_of(quality, measure)
    errors = errors_of(quality, rate, start.threshold)
    to = parameters.target(measure, "to")
    before = errors.all
    area, ideal = errors.area(to), ideal_area(Fraction(before.errors, before.trials), to)
    return number(
        measure,
        area - ideal,
        better="lower",
        threshold=start.threshold,
        labels=start.labels,
        details={
            "fractions": {"without discarding": [before.errors, before.trials]},
            "area": area,
            "ideal_area": ideal,
            "unknown": unknown(quality, rate, before),
        },
    )


def after_discard(quality: QualityScores, measure: Measure, *, rate: Rate) -> Measurement:
    """The rate of what is left once the share `discard` of the comparisons is discarded. Raises NotMeasurable."""
    start = start_of(quality, measure)
    errors = errors_of(quality, rate, start.threshold)
    left = errors.after(parameters.target(measure, "discard"))
    return number(
        measure,
        float(left.rate),
        unit="proportion",
        better="lower",
        threshold=start.threshold,
        labels=(*start.labels, *few_errors(left)),
        details={
            "fractions": {
                "above the limit": [left.above.errors, left.above.trials],
                "at the limit": [left.at_limit.errors, left.at_limit.trials],
            },
            "share_kept_at_limit": str(left.share),
            "limit": left.limit,
            "without_discarding": [errors.all.errors, errors.all.trials],
            "unknown": unknown(quality, rate, errors.all),
        },
    )


def few_errors(left: Discarded) -> tuple[str, ...]:
    """`no_errors` or `few_errors` of what is left."""
    return ("no_errors",) if not left.errors else ("few_errors",) * (left.errors < FEW)


def unknown(quality: QualityScores, rate: Rate, known: Proportion) -> int:
    """Comparisons that the curve leaves out because the quality of a sample is unknown."""
    made = len(quality.mated) if rate == "FNMR" else quality.ordered.nonmated_total
    return made - known.trials


def correlation(quality: QualityScores, measure: Measure) -> Measurement:
    """Spearman's rank correlation of the quality of a mated comparison with its score. Raises NotMeasurable."""
    known = quality.known
    return number(
        measure,
        spearman(quality.mated[known], quality.scores.mated.values[known]),
        better="higher",
        details={"comparisons": int(known.sum()), "unknown": int((~known).sum())},
    )


_SOURCE = "ISO/IEC 29794-1:2024, error-versus-discard characteristic"
_AT = {
    "FMR": ("1e-3", "at the threshold of an FMR of at most x", "The threshold is that of FNMR@FMR on all comparisons."),
    "FNMR": ("0.1", "from an FNMR of at most x", "The threshold gives the comparisons of known quality this FNMR."),
    "threshold": ("0.35", "at a threshold", "The threshold is given."),
}
_DISCARDING = (
    " The quality of a comparison is that of its poorer sample; of comparisons of equal quality each is discarded with "
    "the same share; comparisons of unknown quality are left out."
)


def _kinds(rate: Rate, key: str) -> tuple[MeasureKind, ...]:
    example, what, more = _AT[key]
    name, counts = ("False non-match", "mated") if rate == "FNMR" else ("False match", "nonmated")
    return (
        MeasureKind(
            name=f"{rate}-EDC-pAUC@{key}",
            title=f"{name}es against discard: area above the ideal curve, {what}",
            unit="number",
            better="lower",
            version=1,
            source=_SOURCE,
            example=f"{rate}-EDC-pAUC@{key}={example},quality=sharpness,to=0.2",
            formula=f"integral of {rate}(d) - max(0, {rate}(0) - d) over the share d discarded, 0 to y",
            explanation=f"How far discarding the images of lowest quality is from discarding nothing but errors. {more}"
            + _DISCARDING
            + " By convention the ideal curve does not regard that fewer comparisons are left, so that even a perfect "
            "quality stays a little above 0.",
            needs="quality",
            compute=partial(area_above_ideal, rate=rate),
            parameters=(key, "quality", "to"),
            counts=counts,  # type: ignore[arg-type]
        ),
        MeasureKind(
            name=f"{rate}-after-discard@{key}",
            title=f"{name} rate once the images of lowest quality are discarded, {what}",
            unit="proportion",
            better="lower",
            version=1,
            source=_SOURCE,
            example=f"{rate}-after-discard@{key}={example},quality=sharpness,discard=0.1",
            formula=f"{rate} of the comparisons left when the share d of lowest quality is discarded",
            explanation=f"What a requirement on quality would do for the error rate at the same threshold. {more}"
            + _DISCARDING,
            needs="quality",
            compute=partial(after_discard, rate=rate),
            parameters=(key, "quality", "discard"),
            counts=counts,  # type: ignore[arg-type]
        ),
    )


MEASURES: tuple[MeasureKind, ...] = (
    *(kind for key in ("FMR", "FNMR", "threshold") for kind in _kinds("FNMR", key)),
    *(kind for key in ("FMR", "threshold") for kind in _kinds("FMR", key)),
    MeasureKind(
        name=f"{CORRELATION}@quality",
        title="Rank correlation of quality with mated score",
        unit="number",
        better="higher",
        version=1,
        source="Spearman (1904), equal values at their mean rank",
        example=f"{CORRELATION}@quality=sharpness",
        formula="correlation of the ranks of min(q_reference, q_probe) and of the mated scores",
        explanation="Whether mated comparisons of better images score higher. It says nothing of errors: those are in "
        "the lowest scores alone, which the error-versus-discard curve looks at.",
        needs="quality",
        compute=correlation,
        parameters=("quality",),
        counts="mated",
    ),
)
"""Every kind of measure of quality."""
