"""Measures of how unequally groups are served: summaries of the error rates at one threshold, as texts that parse back.

`FMR-max-min-ratio@FMR=1e-3,by=sex` takes the threshold of everybody at FMR <= 1e-3 and the FMR within each group there.
The threshold is never tuned to a group; `FNMR-worst-served` alone chooses one that keeps its promise to each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, Literal

from fr_bench.contracts import MeasureKind
from fr_bench.findings import Measure, Measurement, Proportion, Threshold
from fr_bench.metrics import group_summaries, parameters, values
from fr_bench.metrics.groups import RATES, GroupedScores, GroupRates, Rate, worst_served_threshold
from fr_bench.metrics.verification import fnmr_at_fmr


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One way to sum up the rates of groups.

    name      name of its measure: behind "FMR-" or "FNMR-" where it is of one rate
    both      whether it is of FMR and FNMR together
    compute   from the counts of each group by name: one argument, or FMR and FNMR
    """

    name: str
    title: str
    both: bool
    unit: Literal["proportion", "number"]
    better: Literal["lower", "higher"]
    formula: str
    source: str
    explanation: str
    compute: Callable[..., Fraction | float]

    def of(self, rates: GroupRates, rate: Rate | None = None) -> float:
        """The value for the judged groups; `rate` where it is of one. Raises NotMeasurable."""
        sides = RATES if rate is None else (rate,)
        return float(self.compute(*(rates.judged(side) for side in sides)))

    def quantity(self, rate: Rate | None = None) -> str:
        """The name of its measure."""
        return self.name if rate is None else f"{rate}-{self.name}"


SUMMARIES: tuple[Summary, ...] = (
    Summary(
        name="max-min-ratio",
        title="highest over lowest {rate} of the groups",
        both=False,
        unit="number",
        better="lower",
        formula="max x / min x over the judged groups",
        source="NIST IR 8429; ISO/IEC 19795-10",
        explanation="How many times as often errors happen in the worst group as in the best one; 1 if all groups err "
        "alike. Undefined where a group has no errors. It picks the extremes and is above 1 by chance alone, the more "
        "so the fewer errors there are: read the test of equality and the value expected under equality first.",
        compute=group_summaries.max_min_ratio,
    ),
    Summary(
        name="max-min-difference",
        title="highest minus lowest {rate} of the groups",
        both=False,
        unit="proportion",
        better="lower",
        formula="max x - min x over the judged groups",
        source="NIST IR 8429; ISO/IEC 19795-10",
        explanation="How far the worst and the best group lie apart; 0 if all groups err alike. Defined also where a "
        "group has no errors.",
        compute=group_summaries.max_min_difference,
    ),
    Summary(
        name="max-geomean-ratio",
        title="highest {rate} of the groups over their geometric mean",
        both=False,
        unit="number",
        better="lower",
        formula="max x / (product of x)^(1/n) over the n judged groups; there a rate of 0 of m counts as 1-0.05^(1/m)",
        source="NIST IR 8429",
        explanation="How many times as often errors happen in the worst group as in a typical one; 1 if all groups err "
        "alike. In the mean a group without errors counts with its one-sided 95 % upper limit, as in NIST's tables.",
        compute=group_summaries.max_geomean_ratio,
    ),
    Summary(
        name="max-mean-ratio",
        title="highest {rate} of the groups over their mean",
        both=False,
        unit="number",
        better="lower",
        formula="max x / mean x over the judged groups, each weighing alike",
        source="NIST IR 8429",
        explanation="How many times as often errors happen in the worst group as on average over groups; 1 if all "
        "groups err alike, at most the number of groups.",
        compute=group_summaries.max_mean_ratio,
    ),
    Summary(
        name="Gini",
        title="Gini coefficient of the {rate} of the groups",
        both=False,
        unit="number",
        better="lower",
        formula="sum over pairs |x_i - x_j| / (n (n-1) mean x) over the n judged groups",
        source="Howard et al. 2022; NIST IR 8429",
        explanation="0 if all groups err alike, 1 if all errors happen in one. Defined also where a group has no "
        "errors.",
        compute=group_summaries.gini,
    ),
    Summary(
        name="FDR",
        title="Fairness discrepancy rate",
        both=True,
        unit="number",
        better="higher",
        formula="1 - [(max FMR - min FMR) + (max FNMR - min FNMR)] / 2",
        source="de Freitas Pereira and Marcel 2020",
        explanation="1 if all groups err alike; no false discovery rate. Small rates hardly move it, whatever their "
        "ratio: a FMR of 1e-6 beside one of 1e-3 leaves it at 0.9995.",
        compute=group_summaries.fdr,
    ),
    Summary(
        name="IR",
        title="Inequity rate",
        both=True,
        unit="number",
        better="lower",
        formula="sqrt[(max FMR / min FMR) (max FNMR / min FNMR)]",
        source="Grother 2021, as a product; NIST IR 8429",
        explanation="1 if all groups err alike. Undefined where a group has no errors of either kind. Other tools add "
        "the two ratios instead of multiplying them.",
        compute=group_summaries.inequity_rate,
    ),
    Summary(
        name="GARBE",
        title="Gini aggregation rate for biometric equitability",
        both=True,
        unit="number",
        better="lower",
        formula="[Gini(FMR) + Gini(FNMR)] / 2",
        source="Howard et al. 2022",
        explanation="0 if all groups err alike, 1 if all errors of each kind happen in one. Defined unless a kind of "
        "error does not occur at all.",
        compute=group_summaries.garbe,
    ),
)

WORST_SERVED = "FNMR-worst-served"


def threshold_of(grouped: GroupedScores, measure: Measure) -> tuple[Threshold, tuple[str, ...]]:
    """The threshold of everybody that a measure of groups is read at, with the labels of the target that it holds.

    Raises NotMeasurable where the target is not measurable.
    """
    if "threshold" in measure:
        return parameters.threshold(measure), ()
    point = fnmr_at_fmr(grouped.ordered, parameters.target(measure, "FMR"))
    return point.threshold, point.labels


def summarised(
    rates: GroupRates, summary: Summary, rate: Rate | None, measure: Measure, labels: tuple[str, ...] = ()
) -> Measurement:
    """A summary of the judged groups as a measurement, still without interval; every count is in its details.

    labels   those of the threshold. Raises NotMeasurable.
    """
    value = summary.of(rates, rate)
    sides = RATES if rate is None else (rate,)
    counts = {side: rates.judged(side) for side in sides}
    return values.number(
        measure,
        value,
        unit=summary.unit,
        better=summary.better,
        threshold=rates.threshold,
        labels=labels,
        details=_details(counts),
    )


def _details(counts: Mapping[Rate, Mapping[str, Proportion]]) -> dict[str, Any]:
    """Under `fractions` the errors and trials of each group, and which groups are the highest and lowest."""
    found: dict[str, Any] = {}
    for side, groups in counts.items():
        prefix = f"{side} " if len(counts) > 1 else ""
        found |= {f"{prefix}{name}": [part.errors, part.trials] for name, part in groups.items()}
    details: dict[str, Any] = {"fractions": found}
    for side, groups in counts.items():
        ordered = sorted(groups, key=lambda name: (groups[name].fraction or Fraction(0), name))
        details[f"highest_{side.lower()}"], details[f"lowest_{side.lower()}"] = ordered[-1], ordered[0]
    return details


def _compute(grouped: GroupedScores, measure: Measure, *, summary: Summary, rate: Rate | None) -> Measurement:
    threshold, labels = threshold_of(grouped, measure)
    return summarised(grouped.at(threshold), summary, rate, measure, labels)


def worst_served(grouped: GroupedScores, measure: Measure) -> Measurement:
    """The FNMR of everybody at the smallest threshold at which every judged group's FMR holds the target.

    In the details the FMR and FNMR of each group there. Raises NotMeasurable.
    """
    target = parameters.target(measure, "FMR")
    grouped.ordered.need_mated()
    threshold = worst_served_threshold(grouped, target)
    counts = grouped.ordered.false_non_matches(threshold)
    rates = grouped.at(threshold)
    return values.rate(
        measure,
        counts,
        threshold=threshold,
        at=grouped.ordered.false_matches(threshold),
        details={
            "groups": {
                group.name: {
                    "FMR": [group.fmr.errors, group.fmr.trials],
                    "FNMR": [group.fnmr.errors, group.fnmr.trials],
                    "judged": group.judged("FMR"),
                }
                for group in rates.groups
            }
        },
    )


def found_summary(measure: Measure) -> tuple[Summary, Rate | None]:
    """The summary that a measure names, and of which rate. Raises ValueError where it names none."""
    for summary in SUMMARIES:
        for rate in (None,) if summary.both else RATES:
            if measure.name == summary.quantity(rate):
                return summary, rate
    raise ValueError(f"measure '{measure}' is no summary of groups")


_AT_TARGET = " The threshold is that of FNMR@FMR, found on everybody's scores."


def _kinds(summary: Summary, rate: Rate | None) -> tuple[MeasureKind, ...]:
    name = summary.quantity(rate)

    def kind(key: str, example: str, what: str, more: str) -> MeasureKind:
        return MeasureKind(
            name=f"{name}@{key}",
            title=f"{_capital(summary.title.format(rate=rate))}, {what}",
            unit=summary.unit,
            better=summary.better,
            version=1,
            source=summary.source,
            example=f"{name}@{key}={example},by=sex",
            formula=summary.formula.replace("x_i", f"{rate}_i").replace("x_j", f"{rate}_j"),
            explanation=summary.explanation + more,
            needs="groups",
            compute=partial(_compute, summary=summary, rate=rate),
            parameters=(key, "by"),
            counts="both" if rate is None else "nonmated" if rate == "FMR" else "mated",
        )

    return (
        kind("FMR", "1e-3", "at an overall FMR of at most x", _AT_TARGET),
        kind("threshold", "0.35", "at a threshold", ""),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


MEASURES: tuple[MeasureKind, ...] = (
    *(kind for summary in SUMMARIES for rate in ((None,) if summary.both else RATES) for kind in _kinds(summary, rate)),
    MeasureKind(
        name=f"{WORST_SERVED}@FMR",
        title="False non-match rate once every group's FMR is at most x",
        unit="proportion",
        better="lower",
        version=1,
        source="ISO/IEC 19795-10, as read by this toolkit",
        example=f"{WORST_SERVED}@FMR=1e-3,by=sex",
        formula="FNMR(t), t the smallest candidate with FMR(t) <= x within every judged group",
        explanation="What it costs everybody to give the group with the most false matches the security that is "
        "promised: the threshold is set by the worst-served group, comparisons within it alone. Not measurable if a "
        "judged group has fewer than 1/x comparisons.",
        needs="groups",
        compute=worst_served,
        parameters=("FMR", "by"),
        counts="mated",
    ),
)

__all__ = [
    "MEASURES",
    "SUMMARIES",
    "WORST_SERVED",
    "Summary",
    "found_summary",
    "summarised",
    "threshold_of",
    "worst_served",
]
