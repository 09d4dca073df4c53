"""Groups of subjects or samples: their error rates at everybody's thresholds, how unequal they are, and for whom.

One analysis for each attribute asked for. The rates of each group, with their intervals, stand before any summary, and
the test of equality before any ratio. ISO/IEC 19795-10 asks for them; NIST IR 8429 for the ratio to the geometric mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.analyses._group_points import Point, points_of, text_of
from fr_bench.analyses._group_precision import SureRate, rate_measurement
from fr_bench.analyses._group_summaries import RatedGroups, summaries
from fr_bench.analyses._group_tables import (
    census,
    equality_tests,
    matrix,
    quantiles,
    ratios,
    sizes,
    worst_served_rates,
)
from fr_bench.analyses._group_view import View, view_of, worst_served_texts
from fr_bench.analyses.given import Given
from fr_bench.errors import UsageError
from fr_bench.findings import REJECT_ALL, Analysis, Measure, Measurement, Note, Proportion
from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
from fr_bench.known_measures import not_measurable, resolve
from fr_bench.metrics.group_measures import WORST_SERVED, found_summary, threshold_of, worst_served
from fr_bench.metrics.groups import LEAST_SUBJECTS, RATES
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.numerals import grouped as counted
from fr_bench.precision import details_of

KIND = "groups"
Counts = NDArray[np.int64]


def analyse(given: Given) -> tuple[Analysis, ...]:
    """An analysis for each attribute of `given.by`, and of each measure of groups that was asked for.

    Raises UsageError `unknown_attribute`.
    """
    asked = _asked(given)
    names = list(dict.fromkeys((*given.by, *asked)))
    if not names:
        return ()
    ordered = SortedScores.of(given.scores)
    return tuple(_analysed(given, ordered, by, asked.get(by, ())) for by in names)


def _asked(given: Given) -> dict[str, tuple[Measure, ...]]:
    """The measures of groups among those asked for, by attribute."""
    found: dict[str, tuple[Measure, ...]] = {}
    for text in given.measures:
        measure, kind = resolve(text)
        if kind.needs == "groups":
            found[measure["by"]] = (*found.get(measure["by"], ()), measure)
    return found


def measured(given: Given, text: str) -> Measurement:
    """One measure of groups with its interval, such as `FMR-max-min-ratio@FMR=1e-3,by=sex`.

    Without a value where the scores cannot answer it. Raises UsageError for a text that names no measure of groups, and
    `unknown_attribute`.
    """
    measure, kind = resolve(text)
    if kind.needs != "groups":
        raise UsageError(f"measure '{text}' is none of groups", code="unknown_measure")
    try:
        return _one(view_of(given, SortedScores.of(given.scores), measure["by"]), measure)
    except NotMeasurable as missing:
        return not_measurable(str(measure), missing.reason, missing.code)


def _analysed(given: Given, ordered: SortedScores, by: str, asked: Sequence[Measure]) -> Analysis:
    try:
        view = view_of(given, ordered, by)
    except NotMeasurable as missing:
        note = Note(level="warning", code=missing.code, text=f"No groups by '{by}': {missing.reason}.")
        lost = tuple(not_measurable(str(measure), missing.reason, missing.code) for measure in asked)
        return Analysis(kind=KIND, subject=by, measurements=lost, notes=(note,), facts={"by": by.split("*")})
    points, unknown = _known_points(view, points_of(given.measurements))
    rated = [view.rated(point) for point in points]
    found = [*_rates(view, rated), *_failures(view)]
    for one in rated:
        found += summaries(one)
    texts = {one.measure for one in found}
    extra = [measure for measure in (*worst_served_texts(by, points), *asked) if str(measure) not in texts]
    found += [_answered(view, measure) for measure in dict.fromkeys(extra)]
    return Analysis(
        kind=KIND,
        subject=by,
        measurements=tuple(found),
        series=tuple(quantiles(view)),
        tables=(
            sizes(view),
            equality_tests(view, rated),
            ratios(rated),
            matrix(view, rated),
            worst_served_rates(view, points),
        ),
        facts=_facts(view, rated),
        notes=(*unknown, *_notes(view, rated)),
    )


def _known_points(view: View, points: Sequence[Point]) -> tuple[list[Point], list[Note]]:
    """The points at which false matches are known, and a note on each of the others."""
    known, notes = [], []
    for point in points:
        try:
            view.grouped.accepted(point.threshold)
            known.append(point)
        except NotMeasurable as missing:
            notes.append(Note(level="information", code=missing.code, text=f"At {point.name}: {missing.reason}."))
    return known, notes


def _rates(view: View, rated: Sequence[RatedGroups]) -> Iterator[Measurement]:
    """FMR within each group and FNMR of each group at each point."""
    for one in rated:
        for rate in RATES:
            for number, group in enumerate(one.rates.groups):
                sure = one.sure[rate][number]
                kind = "nonmated comparison was made within" if rate == "FMR" else "mated comparison was made of"
                yield rate_measurement(
                    str(text_of(rate, one.point)),
                    group.counts(rate),
                    sure.at(view.level) if sure else None,
                    nothing=f"no {kind} this group",
                    threshold=one.point.threshold,
                    labels=(*one.point.rate_labels, *one.labels),
                    group=view.values(number),
                    details={"point": one.point.name, "judged": group.judged(rate)},
                )


def _failures(view: View) -> Iterator[Measurement]:
    """Failures to acquire and to enrol of each group, by subject; nothing where the scores do not tell them.

    As for everybody: without roles FTA counts samples and FTE subjects without any template, which are of one group
    only if no subject has samples in several; with roles FTA counts probes and FTE references.
    """
    templates = view.grouped.templates
    if templates is None:
        return
    for number in range(view.grouped.count):
        samples, made = templates.probe_samples[:, number], templates.probes[:, number]
        yield from _failure("FTA", samples - made, samples, view, number)
        if not templates.unordered:
            enrolments = templates.reference_samples[:, number]
            yield from _failure("FTE", enrolments - templates.references[:, number], enrolments, view, number)
        elif not _share_subjects(view):
            subjects = np.minimum(samples, 1)
            yield from _failure("FTE", subjects * (made == 0), subjects, view, number)


def _failure(name: str, failed: Counts, trials: Counts, view: View, group: int) -> Iterator[Measurement]:
    """The rate of failures among `trials`, both by subject; nothing where there is no trial."""
    present = trials > 0
    if not present.any():
        return
    own = cluster_variance(ClusterCounts(failed[present], trials[present]))
    sure = SureRate(own=own, lender=lambda _: None, pairs=False, method="subject-exact").at(view.level)
    alone = {"assumes_independent_comparisons"} if int(trials.max()) == 1 else set()
    labels = {label.replace("independent_comparisons", "independent_samples") for label in {*sure.labels} - alone}
    yield Measurement(
        measure=name,
        version=1,
        unit="proportion",
        better="lower",
        value=own.rate,
        counts=Proportion(own.errors, own.trials),
        interval=sure.interval,
        labels=tuple(sorted(labels)),
        subjects=sure.units,
        group=view.values(group),
        details=details_of(sure),
    )


def _answered(view: View, measure: Measure) -> Measurement:
    try:
        return _one(view, measure)
    except NotMeasurable as missing:
        return not_measurable(str(measure), missing.reason, missing.code)


def _one(view: View, measure: Measure) -> Measurement:
    """A measure of groups that was asked for by name. Raises NotMeasurable."""
    if measure.name == WORST_SERVED:
        return _worst_measurement(view, measure)
    summary, rate = found_summary(measure)
    threshold, labels = threshold_of(view.grouped, measure)
    name = next("=".join(parameter) for parameter in measure.parameters if parameter[0] != "by")
    point = Point(name=name, threshold=threshold, fixed="threshold" in measure, labels=labels)
    return view.rated(point).summarised(summary, rate, measure)


def _worst_measurement(view: View, measure: Measure) -> Measurement:
    found = worst_served(view.grouped, measure)
    if found.threshold is None or found.counts is None:
        raise ValueError(f"{measure}: no threshold")
    sure = view.sure.fnmr_of_all(view.grouped.rejected(found.threshold))
    told = rate_measurement(
        found.measure,
        found.counts,
        sure.at(view.level) if sure else None,
        nothing="no mated comparison was made",
        threshold=found.threshold,
        labels=("threshold_taken_as_fixed", *view.given.scores.labels),
        details=dict(found.details),
    )
    return replace(told, at=found.at)


def _facts(view: View, rated: Sequence[RatedGroups]) -> dict[str, Any]:
    grouped = view.grouped
    members = grouped.members
    return {
        "by": list(members.by),
        "groups": [
            {"name": members.name(k), "values": list(values), "known": members.known(k)}
            for k, values in enumerate(members.groups)
        ],
        "roles": grouped.roles,
        "points": [_everybody(view, one.point) for one in rated],
        "mixed": grouped.mixed,
        "mated": len(grouped.mated),
        "level": view.level,
        "least_subjects": LEAST_SUBJECTS,
    }


def _everybody(view: View, point: Point) -> dict[str, Any]:
    """A point with the counts of everybody there: comparisons between groups are in these and in no group's."""
    fmr = view.grouped.ordered.false_matches(point.threshold)
    fnmr = view.grouped.ordered.false_non_matches(point.threshold)
    return {
        "name": point.name,
        "threshold": point.threshold,
        "FMR": [fmr.errors, fmr.trials],
        "FNMR": [fnmr.errors, fnmr.trials],
        "labels": list(point.labels),
    }


def _notes(view: View, rated: Sequence[RatedGroups]) -> Iterator[Note]:
    """What must be known before the figures of groups are used."""
    grouped, groups = view.grouped, view.grouped.at(REJECT_ALL).groups
    if not rated:
        yield _told("no_operating_point", "no FMR or FNMR of everybody was measured, so no threshold is given")
    if grouped.mixed:
        of = f"{counted(grouped.mixed)} of {counted(len(grouped.mated))} mated comparisons"
        yield _told("mixed_pairs", f"{of} have samples of two groups and belong to neither")
    few = {
        rate: [one.name for one in groups if one.known and one.counts(rate).trials and not one.judged(rate)]
        for rate in RATES
    }
    for names in dict.fromkeys(tuple(names) for names in few.values() if names):
        rates = " and ".join(rate for rate in RATES if tuple(few[rate]) == names)
        yield _told(
            "small_groups",
            f"fewer than {LEAST_SUBJECTS} subjects behind the {rates} of {', '.join(names)}: shown and not judged",
        )
    unknown = sum(1 for group in groups if not group.known)
    if unknown:
        yield _told("unknown_group", f"samples without a value stand apart and are not judged: {unknown} of the groups")
    if _share_subjects(view):
        yield _told(
            "groups_share_subjects",
            "samples of one subject are in several groups; differences are surer than the test of equality says",
        )
    if grouped.templates is None:
        yield _told("failures_unknown", "the scores do not tell which samples have no template, so FTA is not by group")


def _told(code: str, text: str) -> Note:
    return Note(level="information", code=code, text=text)


def _share_subjects(view: View) -> bool:
    """Whether a subject has samples in several groups, such as poses."""
    return sum(census(view.grouped)[1]) > len(view.grouped.names)


__all__ = ["KIND", "analyse", "measured"]
