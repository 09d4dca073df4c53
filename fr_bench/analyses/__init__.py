"""Further views on a run, one file a kind: groups, searches, quality, calibration, subjects, attacks.

A module here offers `KIND`, the name that the report section shares, and `analyse(given) -> tuple[Analysis, ...]`,
empty where the run holds nothing of its kind. It counts by the pure functions of `fr_bench.metrics`, and every figure
has its interval from `fr_bench.intervals`.
"""

from __future__ import annotations

from collections.abc import Sequence

from fr_bench import plugins
from fr_bench.analyses.given import Calibration, Given
from fr_bench.findings import Analysis, Measurement
from fr_bench.known_measures import not_measurable, resolve

__all__ = ["Calibration", "Given", "analyse", "as_calibrated", "with_intervals"]


def analyse(given: Given) -> tuple[Analysis, ...]:
    """Every analysis that the run has something for, in the order of their names."""
    modules = (plugins.load("analyses", name) for name in plugins.names("analyses") if name != "given")
    return tuple(analysis for module in modules for analysis in module.analyse(given))


def with_intervals(measurements: Sequence[Measurement], given: Given) -> tuple[Measurement, ...]:
    """The measurements, those of groups and of quality with the interval that only their analysis can make."""
    from fr_bench.analyses import groups, quality

    made = {"groups": groups.measured, "quality": quality.measured}
    return tuple(
        made[kind.needs](given, found.measure)
        if (kind := resolve(found.measure)[1]).needs in made
        # Of groups without any error the analysis knows the upper bounds.
        and (found.value is not None or (kind.needs == "groups" and found.details.get("code") == "no_errors"))
        else found
        for found in measurements
    )


def as_calibrated(
    measurements: Sequence[Measurement], given: Given, views: Sequence[Analysis]
) -> tuple[Measurement, ...]:
    """The measurements; those that need likelihood ratios as calibrated scores answer them, where that was asked for.

    Where no calibration could be learnt, they say why. Scores that are declared to be likelihood ratios are judged as
    they are, besides.
    """
    from fr_bench.analyses import calibration

    if given.calibration is None or given.likelihoods:
        return tuple(measurements)
    (view,) = (view for view in views if view.kind == calibration.KIND)
    found = {one.measure: one for one in view.measurements}
    lost = view.facts.get("not_calibrated")
    return tuple(
        one
        if resolve(one.measure)[1].needs != "likelihoods"
        else not_measurable(one.measure, lost["reason"], lost["code"])
        if lost
        else found.get(one.measure, one)
        for one in measurements
    )
