"""Regressions: the run against a baseline, paired by subject; all regressions of a gate file are one family."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fr_bench.contracts import MeasureKind
from fr_bench.findings import Finding, Measurement
from fr_bench.gates import deciding
from fr_bench.gates.baseline import (
    Baseline,
    Draws,
    Kept,
    Names,
    clusters_of,
    design_digest,
    draws_of,
    errors_of,
    failed_by_subject,
    mated_digest,
    pair_errors_of,
    pseudonyms,
)
from fr_bench.gates.evidence import Figures
from fr_bench.gates.rules import FEWEST_SUBJECTS, Regression
from fr_bench.gates.verdict import Verdict, Word
from fr_bench.gates.writing import confidence, figure, joined, seen
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.differences import Difference, paired_draws, paired_fmr, paired_fnmr
from fr_bench.intervals.significance import holm
from fr_bench.intervals.swaps import by_chance, pairs_by_chance
from fr_bench.intervals.verdicts import Judged, verdicts
from fr_bench.known_measures import resolve
from fr_bench.numerals import many
from fr_bench.subject_scores import SubjectScores

POWER = 0.8
EQUAL = 1e-9
"""A loss this near its margin decides nothing: machines may differ so much."""
OTHER_COMPARISONS = (
    "the runs did not make the same comparisons, as where samples gave no template in one of them; `frbench diff` "
    "compares what both made, from the scores of both"
)
NOT_PAIRED = "the baseline keeps nothing that pairs this measure by subject"


class NotPaired(Exception):  # noqa: N818 - no mistake of anybody's: these runs cannot be paired
    """There is no paired difference; the text says why."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Row:
    """One regression with what was measured then and now, and the difference or the reason why there is none.

    chance      how often so many more errors come of swapping then and now within subjects (false matches: within pairs
                of subjects); None where nobody knows who erred
    unchanged   whether nothing differs
    """

    rule: Regression
    kind: MeasureKind
    then: Kept | None = None
    now: Measurement | None = None
    difference: Difference | None = None
    chance: float | None = None
    unchanged: bool = False
    reason: str = ""

    @property
    def margin(self) -> float:
        """How much worse is not yet worse, in the measure's unit."""
        if self.rule.relative_margin is not None and self.then is not None:
            return self.rule.relative_margin * abs(self.then.measurement.value or 0.0)
        return self.rule.margin or 0.0

    @property
    def larger_is_worse(self) -> bool:
        return self.kind.better == "lower"

    @property
    def loss(self) -> float:
        """How much worse the run is; negative where it is better."""
        value = self.difference.value if self.difference is not None else 0.0
        return value if self.larger_is_worse else -value


def judge_regressions(rules: Sequence[Regression], figures: Figures, baseline: Baseline) -> list[Verdict]:
    """A verdict for each rule, in their order; p values are adjusted over all of them."""
    rows = [_row(rule, figures, baseline) for rule in rules]
    tested = [row for row in rows if row.difference is not None]
    alpha = rules[0].alpha if rules else baseline.alpha
    raw = [_one_sided(row) for row in tested]
    worse, not_worse = (holm([pair[side] for pair in raw]) for side in (0, 1))
    told = {
        id(row): Judged("worse" if p < alpha else "not worse" if q < alpha else "inconclusive", p, q)
        for row, p, q in zip(tested, worse, not_worse, strict=True)
    }
    return [_verdict(row, told.get(id(row)), baseline, len(tested)) for row in rows]


def _one_sided(row: Row) -> tuple[float, float]:
    """p of "not worse by more than the margin", and of "worse by it", before the family is looked at."""
    if row.difference is None:
        raise ValueError(f"{row.rule.measure} has no difference")
    if abs(row.loss - row.margin) <= EQUAL * max(1.0, abs(row.margin)):
        return 1.0, 1.0
    (found,) = verdicts(
        [row.difference], margins=[row.margin], larger_is_worse=[row.larger_is_worse], chances=[row.chance]
    )
    return found.p_worse, found.p_not_worse


def _row(rule: Regression, figures: Figures, baseline: Baseline) -> Row:
    text = str(resolve(rule.measure)[0])
    then, level = baseline.kept(text), 1 - 2 * rule.alpha
    row = Row(rule=rule, kind=resolve(text)[1], then=then)
    if then is None:
        known = ", ".join(one.measurement.measure for one in baseline.measures)
        return replace(row, reason=f"the baseline does not hold it; it holds {known}")
    now = figures.measurement(text, level)
    if now is None:
        return replace(row, reason="the run does not report it; add it to [measures] report")
    row = replace(row, now=now)
    for when, found in (("baseline", then.measurement), ("run", now)):
        if found.value is None:
            return replace(row, reason=f"not measurable in the {when}: {found.reason}")
    try:
        return _paired(row, then, now, figures, baseline, level)
    except NotPaired as why:
        return replace(row, reason=str(why))


def _paired(row: Row, then: Kept, now: Measurement, figures: Figures, baseline: Baseline, level: float) -> Row:
    known = figures.by_subject
    if known is None or known.design is None:
        raise NotPaired("the run does not say whose samples were compared")
    names = pseudonyms(known.names, baseline.salt)
    if row.kind.needs == "samples":
        one, other = _failures(row.kind, then, now, figures, baseline.salt)
        return _counted(row, one, other, level)
    if mated_digest(known, names) != baseline.mated or design_digest(known, names) != baseline.design:
        raise NotPaired(OTHER_COMPARISONS)
    if row.kind.interval == "fnmr" and then.errors is not None and row.kind.needs == "scores":
        first = clusters_of(then.errors, known, names)
        if first is None or now.threshold is None:
            raise NotPaired(OTHER_COMPARISONS)
        return _counted(row, first, known.false_non_matches(now.threshold), level)
    if row.kind.interval == "fmr" and then.pairs is not None:
        return _of_pairs(row, then, now, known, names, level)
    if then.draws is None:
        raise NotPaired(NOT_PAIRED)
    return _drawn(row, then, now, then.draws, figures, names, level)


def _counted(row: Row, first: ClusterCounts, second: ClusterCounts, level: float) -> Row:
    same = bool(np.array_equal(first.errors, second.errors))
    found = paired_fnmr(first, second, level=level, flips=1)
    return replace(row, difference=found, chance=by_chance(second.errors - first.errors), unchanged=same)


def _of_pairs(row: Row, then: Kept, now: Measurement, known: SubjectScores, names: Sequence[str], level: float) -> Row:
    first = pair_errors_of(then.pairs or (), names)
    second = None if now.threshold is None else known.false_matches(now.threshold)
    if first is None or second is None or known.design is None:
        raise NotPaired(OTHER_COMPARISONS if first is None else "the threshold lies below the floor of the run")
    same = all(np.array_equal(getattr(first, part), getattr(second, part)) for part in ("first", "second", "errors"))
    found = paired_fmr(known.design, first, second, level=level)
    return replace(row, difference=found, chance=pairs_by_chance(first, second), unchanged=same)


def _swapped(then: Names, now: Names) -> float | None:
    return by_chance([now.get(name, 0) - then.get(name, 0) for name in sorted({*then, *now})])


def _drawn(
    row: Row, then: Kept, now: Measurement, old: Draws, figures: Figures, names: Sequence[str], level: float
) -> Row:
    """The same draws of subjects then and now: who weighs what hangs on the seed and the subject's name alone."""
    new = draws_of(now, row.kind, figures)
    if new is None:
        raise NotPaired("the measure cannot be drawn by subject in this run")
    if new.shape != old.shape:
        raise NotPaired(f"{len(new)} draws of subjects in the run and {len(old)} in the baseline")
    before, after = float(then.measurement.value or 0.0), float(now.value or 0.0)
    same, chance = before == after and bool(np.array_equal(old, new, equal_nan=True)), None
    errors = errors_of(figures, now.threshold, names) if then.errors is not None else None
    if then.errors is not None and errors is not None:
        same, chance = same and then.errors == errors, _swapped(then.errors, errors)
    known = figures.by_subject
    found = paired_draws(
        before,
        after,
        old.astype(np.float64),
        new.astype(np.float64),
        units=known.mated_subjects if known is not None else 0,
        level=level,
        bound=1.0 if row.kind.unit == "proportion" or row.kind.interval == "auc" else math.inf,
    )
    return replace(row, difference=found, chance=chance, unchanged=same)


def _failures(
    kind: MeasureKind, then: Kept, now: Measurement, figures: Figures, salt: str
) -> tuple[ClusterCounts, ClusterCounts]:
    """Samples (FTA) or subjects (FTE) without a template, by subject."""
    if then.errors is None:
        raise NotPaired(NOT_PAIRED)
    scores = figures.run.scores
    samples: dict[str, str] = {}
    for party in (scores.probes, scores.references):
        if party is not None:
            samples |= zip(party.ids, party.subjects, strict=True)
    code = {person: k for k, person in enumerate(sorted({*samples.values()}))}
    number = {pseudonyms([person], salt)[0]: k for person, k in code.items()}
    made = np.bincount([code[person] for person in samples.values()], minlength=len(code)).astype(np.int64)
    found = []
    for failed, told in ((then.errors, then.measurement), (failed_by_subject(figures.run, salt), now)):
        counts = np.zeros(len(code), np.int64)
        for name, count in failed.items():
            if name not in number:
                raise NotPaired(OTHER_COMPARISONS)
            counts[number[name]] = count
        if (counts > made).any():
            raise NotPaired(OTHER_COMPARISONS)
        clusters = (
            ClusterCounts((counts == made).astype(np.int64), np.ones(len(code), np.int64))
            if kind.quantity == "FTE"
            else ClusterCounts(counts, made)
        )
        if told.counts is None or (told.counts.errors, told.counts.trials) != (
            int(clusters.errors.sum()), int(clusters.trials.sum()),
        ):  # fmt: skip
            raise NotPaired("failures of plans with roles are not counted sample by sample")
        found.append(clusters)
    return found[0], found[1]


def _verdict(row: Row, judged: Judged | None, baseline: Baseline, family: int) -> Verdict:
    word, reason, decide, more, missing = _decided(row, judged)
    rule, unit = row.rule, row.kind.unit
    name = rule.name or f"{rule.measure} against the baseline"
    margin = f" by more than {figure(row.margin, unit)}" if row.margin else ""
    found = row.difference
    terms = joined(
        f"margin {figure(row.margin, unit)}" if row.margin else "margin 0",
        "judged on the bound of the paired difference",
        f"one-sided, alpha {confidence(rule.alpha)} over {many(family, 'regression')} (Holm)",
        "subjects unknown" if found is None else many(found.units, "subject"),
        _method(found),
        f"labels {', '.join(found.labels)}" if found is not None and found.labels else "",
        f"p of no loss {judged.p_worse:.2g}" if judged is not None and not row.unchanged else "",
    )
    need = "is not shown to be worse" if rule.need == "not shown worse" else "is not worse"
    return Verdict(
        name=name,
        kind="regression",
        finding=Finding(
            requirement=f"{rule.measure} {need} than in {baseline.name}{margin}",
            measurement=_difference(row),
            verdict=word,
            reason=f"{reason}.",
            would_decide=decide or None,
        ),
        terms=terms,
        more=more,
        missing=missing,
        severity=row.loss / abs(row.then.measurement.value or 1.0) if row.then is not None else 0.0,
    )


def _method(found: Difference | None) -> str:
    if found is None:
        return "not paired"
    return f"{found.interval.method} by subject" if found.interval is not None else "paired by subject"


def _decided(row: Row, judged: Judged | None) -> tuple[Word, str, str, int | None, bool]:
    """The word, why, what would decide it, how many more subjects, and whether a figure is missing."""
    if row.difference is None or row.then is None or row.now is None or judged is None:
        return "inconclusive", f"{row.rule.measure}: {row.reason}", "", None, True
    found, unit = row.difference, row.kind.unit
    change = f"{seen(row.then.measurement)} then, {seen(row.now)} now"
    if row.unchanged:
        alike = (
            "the same in every draw of subjects" if row.then.draws is not None else "the same errors on every subject"
        )
        alike = "the same false matches of every pair of subjects" if row.then.pairs is not None else alike
        return "pass", f"{change}: {alike} as in the baseline", "", None, False
    limits = f", difference {_points(found.value, unit)}"
    if found.interval is not None:
        low, high = _points(found.interval.low, unit), _points(found.interval.high, unit)
        limits += f" (one-sided bounds {low} and {high})"
    reason = f"{change}{limits}"
    if found.units < FEWEST_SUBJECTS:
        more = FEWEST_SUBJECTS - found.units
        decide = f"At least {many(more, 'more subject')}: nobody is judged on fewer than {FEWEST_SUBJECTS}."
        return "inconclusive", f"{reason}, of only {many(found.units, 'subject')}", decide, more, False
    if judged.verdict == "worse":
        return "fail", f"{reason}: worse than the baseline", "", None, False
    if judged.verdict == "not worse":
        return "pass", f"{reason}: not worse than the baseline", "", None, False
    if "tail_too_short" in found.labels:
        return "inconclusive", f"{reason}: {found.no_interval}", "", None, True
    if row.rule.need == "not shown worse":
        return "pass", f"{reason}: not shown to be worse{_overlooked(found, unit)}", "", None, False
    more_subjects, decide = deciding.for_difference(found, row.margin, row.loss, row.rule.alpha)
    return "inconclusive", f"{reason}: neither worse nor shown not to be", decide, more_subjects, False


def _overlooked(found: Difference, unit: str) -> str:
    """What this test could have missed."""
    smallest = found.minimum_detectable(POWER)
    if smallest is None:
        return ""
    return f"; a true loss of {_points(smallest, unit).lstrip('+')} would have been found with {100 * POWER:g} %"


def _points(value: float, unit: str) -> str:
    """A difference with its sign; of rates in percentage points."""
    text = figure(value, unit)
    return (text if value <= 0 else f"+{text}").replace(" %", " pp")


def _difference(row: Row) -> Measurement:
    """The difference as a measurement: run less baseline."""
    found, kind = row.difference, row.kind
    details: dict[str, object] = {"margin": row.margin, "fractions": {}}
    if row.then is not None:
        details["then"] = row.then.measurement.value
    if row.now is not None:
        details["now"] = row.now.value
    if found is not None and found.minimum_detectable(POWER) is not None:
        details["minimum_detectable"] = found.minimum_detectable(POWER)
    return Measurement(
        measure=row.rule.measure,
        version=kind.version,
        unit=kind.unit,
        better=kind.better,
        value=None if found is None else found.value,
        reason=row.reason or None,
        interval=None if found is None else found.interval,
        no_interval="there is no difference" if found is None else found.no_interval,
        labels=("not_measurable",) if found is None else tuple(sorted({*found.labels, "subjects_as_unit"})),
        subjects=None if found is None else found.units,
        details=details,
    )
