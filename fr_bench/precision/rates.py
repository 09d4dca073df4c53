"""How sure rates at a threshold that was fixed beforehand are, and costs made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.findings import Measurement, Proportion
from fr_bench.intervals import subject_exact
from fr_bench.intervals.binomial import clopper_pearson, one_sided_upper
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.design import Listed
from fr_bench.intervals.dyads import PairErrors
from fr_bench.intervals.precision import of_the_rest
from fr_bench.intervals.weighed import Part, weighed_sum
from fr_bench.metrics.counted import CountedPairs
from fr_bench.precision.curves import of_fnmr_at_fmr, of_gfrr_at_fmr
from fr_bench.precision.evidence import Evidence
from fr_bench.precision.method import Method
from fr_bench.precision.outcome import NOT_KEPT, Sureness, counts_of, told


def of_trials(counts: Proportion, level: float, unit: str, *labels: str) -> Sureness:
    """Every trial taken as independent: exact, too narrow where they are not, and labelled so."""
    interval = clopper_pearson(counts.errors, counts.trials, level, unit=unit)
    details: dict[str, Any] = {}
    if not counts.errors:
        details = {"one_sided_upper": one_sided_upper(0, counts.trials, level), "one_sided_level": level}
    return Sureness(interval=interval, labels=labels, details=details)


def of_units(counted: Counted, kind: MeasureKind, method: Method) -> Sureness:
    """A rate whose measure tells errors and trials by unit: transactions, searches, samples.

    Of a rate of what went right, such as TPIR, the rest is looked at: errors are what may be few.
    """
    made, right = counted.trials > 0, kind.better == "higher"
    trials = counted.trials[made]
    at, borrow = (
        None if one is None else ClusterCounts(trials - one[made] if right else one[made], trials)
        for one in (counted.errors, counted.borrow)
    )
    if at is None:
        raise ValueError("no errors were counted")
    precision = subject_exact.fnmr(at, borrow=borrow, level=method.level, unit=counted.unit)
    sure = told(of_the_rest(precision) if right else precision, counted.labels)
    if kind.needs != "samples":
        return sure
    # Where each subject is tried once, trials are subjects, and nothing is assumed.
    once = bool((counted.trials <= 1).all())
    labels = tuple(
        label.replace("independent_comparisons", "independent_samples")
        for label in sure.labels
        if not (once and label == "assumes_independent_comparisons")
    )
    details = {name: fact for name, fact in sure.details.items() if not (once and name == "sober")}
    interval = sure.interval
    if interval is not None and interval.unit == "comparison":
        interval = replace(interval, unit="subject" if once else "sample")
    return Sureness(interval=interval, labels=labels, details=details)


def of_pairs(counted: CountedPairs, level: float) -> Sureness:
    """A rate of trials between two subjects each."""
    first, second, wrong = counted.first, counted.second, counted.errors > 0
    design = Listed.of(first, second, subjects=counted.subjects)
    lent = None if counted.borrow is None else counted.borrow > 0
    borrow = None if lent is None else PairErrors.of(first[lent], second[lent])
    return told(subject_exact.fmr(design, PairErrors.of(first[wrong], second[wrong]), borrow=borrow, level=level))


def of_rate(found: Measurement, kind: MeasureKind, evidence: Evidence) -> Sureness:
    """A rate of comparisons, at a threshold fixed beforehand or at one that these scores gave."""
    counts, method = counts_of(found), evidence.method
    chosen = ("threshold_taken_as_fixed",) * ("threshold" not in kind.parameters)
    made = evidence
    if kind.needs == "comparisons" and found.details.get("failed", 0):
        # Failed comparisons are in the count.
        evidence = evidence.planned
    if evidence.by_subject is None or method.name == "independent":
        return of_trials(counts, method.level, "comparison", "assumes_independent_comparisons", *chosen)
    if found.threshold is None:
        raise ValueError(f"{found.measure}: a rate without its threshold")
    if kind.interval == "fnmr":
        if chosen and made.drawn is not None:
            return of_gfrr_at_fmr(found, made, evidence)
        return told(evidence.fnmr(evidence.by_subject.false_non_matches(found.threshold)), chosen)
    if kind.interval == "fnmr_at_fmr":
        return of_fnmr_at_fmr(found, evidence)
    at = evidence.by_subject.false_matches(found.threshold)
    if at is None or evidence.by_subject.design is None:
        return Sureness(reason=NOT_KEPT)
    return told(evidence.fmr(at), chosen)


def of_weighed_rates(found: Measurement, evidence: Evidence) -> Sureness:
    """A weighted sum of FNMR and FMR at a threshold fixed beforehand, from the interval of each."""
    fmr, fnmr = (Proportion(*found.details["fractions"][name]) for name in ("fmr", "fnmr"))
    level, by_subject, correlation, unit = evidence.method.level, evidence.by_subject, 0.0, "comparison"
    if found.threshold is None:
        raise ValueError(f"{found.measure}: a cost without its threshold")
    if by_subject is None or evidence.method.name == "independent":
        label = "assumes_independent_comparisons"
        parts = [of_trials(counts, level, "comparison", label) for counts in (fnmr, fmr)]
    else:
        wrong = by_subject.false_matches(found.threshold)
        if wrong is None or by_subject.design is None:
            return Sureness(reason=NOT_KEPT)
        parts = [told(evidence.fnmr(by_subject.false_non_matches(found.threshold))), told(evidence.fmr(wrong))]
        unit = "subject"
        if evidence.drawn is not None and fnmr.errors and fmr.errors:
            correlation = evidence.drawn.rates_correlation(float(found.threshold))
    weights = found.details["weights"]
    first, second = (
        Part(weight, counts.rate or 0.0, *map(float, _ends(part)))
        for weight, counts, part in zip(weights, (fnmr, fmr), parts, strict=True)
    )
    account = {"correlation": correlation, "borrowed": any(_borrowed(part) for part in parts)}
    return Sureness(
        interval=weighed_sum(first, second, correlation=correlation, level=level, unit=unit),
        labels=tuple(sorted({label for part in parts for label in part.labels} - {"no_errors", "few_errors"})),
        details={"precision": account},
    )


def _ends(part: Sureness) -> tuple[float, float]:
    if part.interval is None:
        raise ValueError("a rate without interval")
    return part.interval.low, part.interval.high


def _borrowed(part: Sureness) -> bool:
    return bool(part.details.get("precision", {}).get("borrowed", False))
