"""The tables of an analysis of groups: sizes, tests of equality, ratios, the matrix of FMR, the worst-served group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from fr_bench.analyses._group_points import Point
from fr_bench.analyses._group_precision import SureRate
from fr_bench.analyses._group_summaries import RatedGroups
from fr_bench.analyses._group_view import View, worst_served_texts
from fr_bench.findings import REJECT_ALL, Series, Table
from fr_bench.intervals.equality import equality, ratio, ratio_method
from fr_bench.intervals.simultaneous import level_of_each
from fr_bench.metrics.group_measures import worst_served
from fr_bench.metrics.groups import RATES, GroupedScores, quantile
from fr_bench.metrics.scores import NotMeasurable

SHARES = tuple(Fraction(percent, 100) for percent in (5, 25, 50, 75, 95))
"""Which quantiles of the scores are told of each group."""


def sizes(view: View) -> Table:
    """Subjects, samples, templates and comparisons of each group."""
    grouped, rates = view.grouped, view.grouped.at(REJECT_ALL)
    samples, subjects = census(grouped)
    templates = grouped.templates
    rows = []
    for number, group in enumerate(rates.groups):
        held = None
        if templates is not None:
            held = int(templates.probes[:, number].sum())
            held += 0 if templates.unordered else int(templates.references[:, number].sum())
        rows.append((
            group.name, subjects[number], samples[number], held, group.fnmr.trials, group.fmr.trials,
            group.subjects["FNMR"], group.subjects["FMR"], group.judged("FNMR"), group.judged("FMR"),
        ))  # fmt: skip
    columns = (
        "group", "subjects", "samples", "templates", "mated", "nonmated", "mated_subjects", "nonmated_subjects",
        "judged_fnmr", "judged_fmr",
    )  # fmt: skip
    return Table(name="sizes", columns=columns, rows=tuple(rows))


def census(grouped: GroupedScores) -> tuple[list[int], list[int]]:
    """Samples and subjects of each group, each counted once, whichever side they stand on."""
    samples: list[set[str]] = [set() for _ in range(grouped.count)]
    subjects: list[set[str]] = [set() for _ in range(grouped.count)]
    sides = (
        (grouped.scores.probes, grouped.members.probe),
        (grouped.scores.references, grouped.members.reference),
    )
    for party, groups in sides:
        if party is not None:
            for sample, subject, group in zip(party.ids, party.subjects, groups.tolist(), strict=True):
                samples[group].add(sample)
                subjects[group].add(subject)
    return [len(one) for one in samples], [len(one) for one in subjects]


def equality_tests(view: View, rated: Sequence[RatedGroups]) -> Table:
    """The test that all judged groups err alike, at each point and for each rate."""
    rows: list[tuple[str | int | float | None, ...]] = []
    for one in rated:
        for rate in RATES:
            judged = one.judged(rate)
            found = equality([sure.at(view.level) for _, sure in judged]) if len(judged) > 1 else None
            if found is not None:
                rows.append((
                    one.point.name, rate, len(judged), found.statistic, found.degrees, found.p, found.pooled,
                    found.expected_ratio, " ".join(found.labels),
                ))  # fmt: skip
    columns = ("point", "rate", "groups", "statistic", "degrees", "p", "pooled", "expected_ratio", "labels")
    return Table(name="equality", columns=columns, rows=tuple(rows))


def ratios(rated: Sequence[RatedGroups]) -> Table:
    """Every judged group beside the judged group with most subjects, which no rate has chosen."""
    rows: list[tuple[str | float | None, ...]] = []
    for one in rated:
        for rate in RATES:
            judged = one.judged(rate)
            if len(judged) < 2:
                continue
            base, base_sure = max(judged, key=lambda entry: entry[0].subjects[rate])
            for group, sure in judged:
                if group.name != base.name:
                    rows.append((one.point.name, rate, group.name, base.name, *_ratio(sure, base_sure, one.level)))
    columns = ("point", "rate", "group", "base", "ratio", "low", "high", "method", "labels")
    return Table(name="ratios", columns=columns, rows=tuple(rows))


def _ratio(first: SureRate, second: SureRate, level: float) -> tuple[float | None, float, float | None, str, str]:
    """The ratio of two rates, undefined where one is 0; its limits; their method; the labels of both rates."""
    each = level_of_each(level, 2)
    one, other = first.at(each), second.at(each)
    low, high = ratio(one, other, level)
    point = one.rate / other.rate if one.errors and other.errors else None
    return point, low, high, ratio_method(one, other), " ".join(sorted({*one.labels, *other.labels}))


def matrix(view: View, rated: Sequence[RatedGroups]) -> Table:
    """The FMR of every cell of two groups."""
    grouped, rows = view.grouped, []
    for one in rated:
        accepted = grouped.accepted(one.point.threshold)
        for row in range(grouped.count):
            for column in range(0 if grouped.roles else row, grouped.count):
                sure = view.sure.fmr(row, column, accepted)
                precision = sure.at(view.level) if sure else None
                labels = sorted({*one.point.rate_labels, *(precision.labels if precision else ("not_measurable",))})
                rows.append((
                    one.point.name, grouped.members.name(row), grouped.members.name(column),
                    precision.errors if precision else 0, precision.trials if precision else 0,
                    precision.rate if precision else None, precision.interval.low if precision else None,
                    precision.interval.high if precision else None, precision.units if precision else 0,
                    " ".join(labels),
                ))  # fmt: skip
    columns = ("point", "row", "column", "errors", "trials", "rate", "low", "high", "subjects", "labels")
    return Table(name="matrix", columns=columns, rows=tuple(rows))


def worst_served_rates(view: View, points: Sequence[Point]) -> Table:
    """FMR and FNMR of each group at the threshold that keeps every judged group's FMR at the target."""
    rows: list[tuple[str | int | float | bool | None, ...]] = []
    for measure in worst_served_texts(view.by, points):
        try:
            threshold = worst_served(view.grouped, measure).threshold
        except NotMeasurable:
            continue
        if threshold is None:
            continue
        at = view.rated(Point(name=f"FMR={measure['FMR']}", threshold=threshold, fixed=False))
        for number, group in enumerate(at.rates.groups):
            row: list[str | int | float | bool | None] = [at.point.name, group.name, group.judged("FMR")]
            for rate in RATES:
                sure = at.sure[rate][number]
                precision = sure.at(view.level) if sure else None
                interval = precision.interval if precision else None
                counts = group.counts(rate)
                row += [counts.errors, counts.trials, counts.rate]
                row += [interval.low if interval else None, interval.high if interval else None]
                row.append(" ".join(precision.labels) if precision else "not_measurable")
            rows.append(tuple(row))
    each = ("errors", "trials", "rate", "low", "high", "labels")
    columns = ("point", "group", "judged", *(f"{rate.lower()}_{name}" for rate in RATES for name in each))
    return Table(name="worst_served", columns=columns, rows=tuple(rows))


def quantiles(view: View) -> Iterator[Series]:
    """Quantiles of the mated and of the within-group nonmated scores of each group; None below the floor."""
    grouped = view.grouped
    for kind in ("mated", "nonmated"):
        for group in range(grouped.count):
            kept = grouped.mated_of(group) if kind == "mated" else grouped.nonmated_of(group)
            total = len(kept) if kind == "mated" else int(grouped.trials[group, group])
            yield Series(
                name=f"{kind}:{grouped.members.name(group)}",
                x=tuple(float(share) for share in SHARES),
                y=tuple(quantile(kept, total, share) for share in SHARES),
            )
