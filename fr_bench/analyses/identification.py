"""1:N search: the CMC of the closed set, the DET of the open one, and what smaller galleries would have found.

Intervals are pointwise, with the subjects of the probes as the unit, and hold for this gallery. No figure is ever
carried over to a gallery larger than the one that was searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fr_bench.analyses.given import Given
from fr_bench.findings import Analysis, Measure, Note, Series, Table, Threshold
from fr_bench.intervals import subject_exact
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.precision import Precision, of_the_rest
from fr_bench.metrics import identification as searching
from fr_bench.metrics.gallery_sizes import NestedGalleries
from fr_bench.metrics.identification import Flags
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.records import ScoreSet, Searches

KIND = "identification"
LAST_RANK = 20
STEPS = 3
"""Points a decade of FPIR that have an interval."""
CORNERS = 500
"""The most corners of the DET that are drawn."""
RANK = 1
"""The rank that the DET is drawn for: the mate must be the best candidate."""
CONDITIONAL = ("fixed_gallery", "pointwise")


def analyse(given: Given) -> tuple[Analysis, ...]:
    """One analysis where the run made searches, none otherwise."""
    searches = given.scores.searches
    if searches is None or not len(searches) or given.scores.probes is None:
        return ()
    view = _View(given.scores, searches, given.method.level)
    sizes, notes = _gallery_sizes(given, view)
    series = [*_cmc(view), *_det(view), *_sizes_series(sizes)]
    return (
        Analysis(
            kind=KIND,
            series=tuple(series),
            tables=(sizes,) if sizes else (),
            facts=facts(given.scores, searches),
            notes=(*_notes(searches), *notes),
        ),
    )


def facts(scores: ScoreSet, searches: Searches) -> dict[str, int]:
    """How many searches of each kind were made, and in how large a gallery."""
    mated, failed = searches.mated, searches.failed
    return {
        "gallery": searches.gallery,
        "searches": len(searches),
        "mated_searches": int(np.count_nonzero(mated)),
        "nonmated_searches": int(np.count_nonzero(~mated)),
        "failed_probes": int(np.count_nonzero(failed)),
        "mates_without_template": int(np.count_nonzero(mated & ~failed & (searches.rank == 0))),
        "probe_subjects": len({scores.probes.subjects[k] for k in searches.probe.tolist()}) if scores.probes else 0,
        "kept_candidates": searches.nonmate.shape[1],
    }


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The searches of a run, and how sure their rates are."""

    scores: ScoreSet
    searches: Searches
    level: float

    def sure(self, flags: Flags, easier: Flags | None, *, mated: bool) -> Precision:
        """The interval of the share of flagged searches, errors, among the mated, or the nonmated, ones.

        easier   searches nearest to an error: where errors are few, their design effect is borrowed
        """
        subject = searching.probe_subjects(self.scores, self.searches, self.searches.mated == mated)
        counts = ClusterCounts.of(subject, flags)
        borrow = None if easier is None else ClusterCounts.of(subject, easier)
        return subject_exact.fnmr(counts, borrow=borrow, level=self.level, unit="probe subject")

    def found(self, flags: Flags, rank: int) -> Precision:
        """The interval of the share of mated searches that are flagged as found, by the first `rank`."""
        margin = searching.margin_of_rank(self.searches, rank)
        easier = None if margin is None else searching.nearest_to_fail(margin)
        return of_the_rest(self.sure(~flags, easier, mated=True))


def _series(name: str, x: Sequence[float], sure: Sequence[Precision], *labels: str) -> Series:
    return Series(
        name=name,
        x=tuple(x),
        y=tuple(found.rate for found in sure),
        low=tuple(found.interval.low for found in sure),
        high=tuple(found.interval.high for found in sure),
        counts=tuple((found.errors, found.trials) for found in sure),
        labels=tuple(sorted({*CONDITIONAL, *labels, *(label for found in sure for label in _lasting(found))})),
    )


def _lasting(found: Precision) -> list[str]:
    """The labels of a point that hold for the whole line."""
    return [label for label in found.labels if label not in ("no_errors", "few_errors")]


def _cmc(view: _View) -> list[Series]:
    """The CMC with its intervals; beside it, where ties make a difference, the CMC with ties counted for the mate."""
    if not view.searches.mated.any():
        return []
    last = max(1, min(LAST_RANK, view.searches.gallery))
    rank, steps = searching.ranks(view.searches), range(1, last + 1)
    drawn = [_series("cmc", steps, [view.found(rank <= step, step) for step in steps])]
    other = searching.cmc(view.searches, last, optimistic=True)
    if other != searching.cmc(view.searches, last):
        shares = tuple(point.rate for point in other)
        counts = tuple((point.errors, point.trials) for point in other)
        drawn.append(Series(name="cmc_optimistic", x=tuple(steps), y=shares, counts=counts, labels=("fixed_gallery",)))
    return drawn


def _det(view: _View) -> list[Series]:
    """The DET as a step function of attained points, and its intervals at a few FPIRs a decade."""
    mated, nonmated = int(np.count_nonzero(view.searches.mated)), int(np.count_nonzero(~view.searches.mated))
    if not mated or not nonmated:
        return []
    wrong, lost = searching.trade(view.searches, RANK)
    chosen = _spread(wrong)
    corners = Series(
        name="det",
        x=tuple((wrong[chosen] / nonmated).tolist()),
        y=tuple((lost[chosen] / mated).tolist()),
        counts=tuple((int(k), mated) for k in lost[chosen]),
        labels=("fixed_gallery",),
    )
    targets = fpir_targets(nonmated)
    points = [searching.fnir_at_fpir(view.searches, target, RANK) for target in targets]
    easier = searching.nearest_to_fail(searching.margin_of_mate(view.searches, RANK))
    sure = [view.sure(searching.missed(view.searches, point.threshold, RANK), easier, mated=True) for point in points]
    marks = _series("det_points", [float(target) for target in targets], sure, "threshold_taken_as_fixed")
    return [corners, marks] if targets else [corners]


def _spread(wrong: Any) -> Any:
    """Numbers of at most `CORNERS` corners, evenly spread over the decades of false positives; first and last kept."""
    if len(wrong) <= CORNERS:
        return np.arange(len(wrong))
    wanted = np.unique(np.round(np.geomspace(1, max(int(wrong[0]), 1), CORNERS - 2)))
    # `wrong` falls: the corner with at most so many false positives.
    found = np.searchsorted(-wrong, -wanted, side="left")
    return np.unique(np.concatenate([[0], np.minimum(found, len(wrong) - 1), [len(wrong) - 1]]))


def fpir_targets(nonmated: int) -> tuple[Fraction, ...]:
    """FPIRs below 1, three a decade, that allow at least one false positive among so many nonmated searches.

    >>> [str(float(target)) for target in fpir_targets(50)]
    ['0.464', '0.215', '0.1', '0.0464', '0.0215']
    """
    found, step = [], 1
    while (target := Fraction(f"{10 ** (-step / STEPS):.3g}")) * nonmated >= 1:
        found.append(target)
        step += 1
    return tuple(found)


def _gallery_sizes(given: Given, view: _View) -> tuple[Table | None, tuple[Note, ...]]:
    """TPIR at rank 1, and FPIR at the threshold of a measure, by gallery size; else the note that says why not."""
    try:
        nested = NestedGalleries.of(given.scores, view.searches, given.method.seed)
    except NotMeasurable as missing:
        return None, (
            Note(level="information", code="gallery_sizes_missing", text=f"By gallery size: {missing.reason}."),
        )
    if len(nested.sizes) < 2:
        return None, ()
    threshold = _threshold(given)
    rows: list[tuple[str | int | float | bool | None, ...]] = []
    for size in nested.sizes:
        if view.searches.mated.any():
            rows.append(_row(size, "TPIR@rank=1", view.found(nested.found_first(size), RANK)))
    easier = searching.nearest_to_fail(searching.margin_of_stranger(view.searches))
    for size in nested.sizes:
        if threshold is not None and (~view.searches.mated).any():
            text = f"FPIR@threshold={threshold!r}" if isinstance(threshold, float) else "FPIR@threshold=reject_all"
            rows.append(_row(size, text, view.sure(nested.returned(size, threshold), easier, mated=False)))
    columns = ("measure", "gallery", "errors", "trials", "value", "low", "high")
    return Table(name="gallery_sizes", columns=columns, rows=tuple(rows)), ()


def _row(size: int, measure: str, sure: Precision) -> tuple[str | int | float | bool | None, ...]:
    return measure, size, sure.errors, sure.trials, sure.rate, sure.interval.low, sure.interval.high


def _threshold(given: Given) -> Threshold | None:
    """The threshold of the first measure of an open set that was measured."""
    for found in given.measurements:
        named = Measure.parse(found.measure).name in ("FNIR", "FPIR", "selectivity")
        if named and found.value is not None and found.threshold is not None and not found.group:
            return found.threshold
    return None


def _sizes_series(table: Table | None) -> list[Series]:
    """The rows of the table as lines to draw, one a measure."""
    if table is None:
        return []
    drawn = []
    for name, prefix in (("tpir_by_gallery", "TPIR"), ("fpir_by_gallery", "FPIR")):
        rows: list[Any] = [row for row in table.rows if str(row[0]).startswith(prefix)]
        if rows:
            drawn.append(
                Series(
                    name=name,
                    x=tuple(float(row[1]) for row in rows),
                    y=tuple(row[4] for row in rows),
                    low=tuple(row[5] for row in rows),
                    high=tuple(row[6] for row in rows),
                    counts=tuple((row[2], row[3]) for row in rows),
                    labels=CONDITIONAL,
                )
            )
    return drawn


def _notes(searches: Searches) -> tuple[Note, ...]:
    """What the reader must know: which of both sets was asked at all."""
    if searches.mated.all():
        text = (
            "Every probe's subject is enrolled: the set is closed, and FPIR and FNIR of an open set are not measurable."
        )
        return (Note(level="information", code="closed_set_only", text=text),)
    if not searches.mated.any():
        text = "No probe's subject is enrolled: only FPIR and selectivity can be measured."
        return (Note(level="warning", code="no_mated_searches", text=text),)
    return ()
