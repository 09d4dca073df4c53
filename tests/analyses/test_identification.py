"""The analysis of searches: curves with pointwise intervals, counts, gallery sizes, and what it does not claim."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from fr_bench.analyses.given import Given
from fr_bench.analyses.identification import analyse, fpir_targets
from fr_bench.comparison import plan as plans
from fr_bench.comparison.engine import score
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.findings import Analysis, Measurement, Series
from fr_bench.metrics import identification as searching
from fr_bench.precision import Method
from fr_bench.records import ScoreSet
from tests.comparison.making import data_set, faces, template_set
from tests.metrics.searching import slow_fnir_at_fpir, slow_rank

SUBJECTS = [f"s{k % 60:02d}" for k in range(240)]
OUTSIDE = [k for k in range(240) if SUBJECTS[k] >= "s45"]


def searched(probes=None, *, enrolled=range(45), **options) -> ScoreSet:
    """s00 to s44 are enrolled with one reference each; the others are not."""
    plan = plans.build(data_set(SUBJECTS, roles=(enrolled, probes or range(60, 240))), "search")
    templates = template_set(faces(SUBJECTS, 12, alike=0.42), failed=[7, 70, 110])
    return score(plan, templates, SUBJECTS, **options)


def rows_of(scores: ScoreSet) -> list[tuple[bool, list[float], list[float]]]:
    """Every search as lists of scores, from single comparisons."""
    assert scores.searches is not None
    found = [(bool(mated), [], []) for mated in scores.searches.mated]
    for part, place in ((scores.mated, 1), (scores.nonmated, 2)):
        for value, probe in zip(part.values.tolist(), part.probe.tolist(), strict=True):
            found[probe][place].append(value)  # type: ignore[union-attr]
    return found  # type: ignore[return-value]


def analysed(scores: ScoreSet, **more) -> Analysis:
    (found,) = analyse(Given(scores=scores, **more))
    return found


def line(found: Analysis, name: str) -> Series:
    (series,) = [series for series in found.series if series.name == name]
    return series


def test_the_cmc_is_that_of_the_single_scores() -> None:
    scores = searched()
    cmc = line(analysed(scores), "cmc")
    ranks = [slow_rank(mates, others) for mated, mates, others in rows_of(scores) if mated]
    assert cmc.x == tuple(range(1, 21))
    assert cmc.counts == tuple((sum(r <= k for r in ranks), len(ranks)) for k in cmc.x)
    assert all(low < value < high for low, value, high in zip(cmc.low, cmc.y, cmc.high, strict=True))  # type: ignore[operator]
    assert set(cmc.labels) >= {"pointwise", "fixed_gallery"}


def test_the_det_has_an_interval_at_a_few_fpirs_a_decade() -> None:
    scores = searched()
    points = line(analysed(scores), "det_points")
    rows = rows_of(scores)
    assert points.x[:3] == (0.464, 0.215, 0.1)
    for target, value in zip(points.x, points.y, strict=True):
        assert value == float(slow_fnir_at_fpir(rows, Fraction(str(target)), 1)[1])
    assert "threshold_taken_as_fixed" in points.labels


def test_every_corner_of_the_det_is_attained() -> None:
    scores = searched()
    searches = scores.searches
    assert searches is not None
    corners = line(analysed(scores), "det")
    tops = np.unique(searches.nonmate[~searches.mated, 0])
    thresholds = [float("-inf"), *np.nextafter(tops, np.float32(np.inf)).tolist()]
    attained = {(searching.fpir(searches, t).rate, searching.fnir(searches, t, 1).rate) for t in thresholds}
    assert set(zip(corners.x, corners.y, strict=True)) == attained


def test_facts_count_the_searches() -> None:
    found = analysed(searched())
    assert found.facts == {
        "gallery": 44, "searches": 180, "mated_searches": 135, "nonmated_searches": 45, "failed_probes": 2,
        "mates_without_template": 3, "probe_subjects": 60, "kept_candidates": 20,
    }  # fmt: skip


def test_gallery_sizes_stand_in_a_table_with_their_intervals() -> None:
    point = Measurement(
        measure="FPIR@threshold=0.5", version=1, unit="number", better="lower", value=0.1, threshold=0.5
    )  # fmt: skip
    found = analysed(searched(), measurements=(point,))
    (table,) = found.tables
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [(row["measure"], row["gallery"]) for row in rows] == [
        (measure, size) for measure in ("TPIR@rank=1", "FPIR@threshold=0.5") for size in (6, 11, 22, 44)
    ]
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    tpir = [row["value"] for row in rows[:4]]
    assert tpir == sorted(tpir, reverse=True)
    assert line(found, "fpir_by_gallery").x == (6.0, 11.0, 22.0, 44.0)


def test_without_all_scores_no_other_gallery_size_is_told_and_why() -> None:
    found = analysed(searched(keep=KeepPolicy(everything_up_to=0, largest_fmr=0.01, times=1)))
    assert found.tables == ()
    (note,) = found.notes
    assert note.code == "gallery_sizes_missing"
    assert "counted and not kept" in note.text


def test_a_closed_set_has_no_det() -> None:
    scores = searched([k for k in range(60, 240) if k not in OUTSIDE])
    found = analysed(scores)
    assert {series.name for series in found.series} == {"cmc", "tpir_by_gallery"}
    assert [note.code for note in found.notes] == ["closed_set_only"]


def test_searches_for_strangers_alone_have_no_cmc() -> None:
    found = analysed(searched([k for k in OUTSIDE if k >= 60]))
    assert found.series == ()
    assert [note.code for note in found.notes] == ["no_mated_searches"]


def test_ties_are_drawn_beside_where_they_matter() -> None:
    subjects = [f"s{k % 12:02d}" for k in range(36)]
    plan = plans.build(data_set(subjects, roles=(range(12), range(12, 36))), "search")
    vectors = np.random.default_rng(3).integers(0, 2, (36, 3)) + np.array([0, 0, 1])
    found = analysed(score(plan, template_set(vectors), subjects))
    strict, lenient = line(found, "cmc"), line(found, "cmc_optimistic")
    assert all(a <= b for a, b in zip(strict.y, lenient.y, strict=True))  # type: ignore[operator]
    assert strict.y != lenient.y


def test_a_wider_level_gives_wider_intervals() -> None:
    scores = searched()
    narrow, wide = (line(analysed(scores, method=Method(level=level)), "cmc") for level in (0.8, 0.99))
    assert all(a > b for a, b in zip(narrow.low, wide.low, strict=True))  # type: ignore[operator]


def test_a_run_without_searches_has_no_such_analysis() -> None:
    plan = plans.build(data_set(SUBJECTS))
    assert analyse(Given(scores=score(plan, template_set(faces(SUBJECTS, 12)), SUBJECTS))) == ()


@pytest.mark.parametrize(("nonmated", "last"), [(1, None), (3, 0.464), (10, 0.1), (1000, 0.001)])
def test_a_target_allows_a_false_positive(nonmated: int, last: float | None) -> None:
    targets = fpir_targets(nonmated)
    assert (float(targets[-1]) if targets else None) == last
