"""A pass cut into tiles, made one by one and joined, is the pass that is made in one go: to the byte."""

from __future__ import annotations

import pickle
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest

from fr_bench.comparison import plan as plans
from fr_bench.comparison.bands import Band, Pass, band_of, packed, sweep
from fr_bench.comparison.choosing import Screening
from fr_bench.comparison.engine import score
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.comparison.tiles import job_of, joined, remembered, tiling_of
from fr_bench.records import ComparisonPlan
from tests.comparison.making import content, data_set, faces, some_subjects, template_set

SUBJECTS = some_subjects(110, 45)
TAIL = KeepPolicy(everything_up_to=0, largest_fmr=0.01, times=1)
ROLES = (list(range(80)), list(range(70, 110)))


def tiled(screening: Screening = "none", *, threads: int = 4, one_band: bool = False) -> Any:
    """A sweep over tiles, each of which travels as bytes; the last band first."""

    def sweeping(job: Pass, **_: Any) -> Generator[tuple[int, Band], None, None]:
        tiling = tiling_of(job, threads, screening, slab_bytes=1 if one_band else 1 << 30)
        for row, rows in reversed(list(enumerate(tiling.rows))):
            passes = [
                (tiling.columns[k], job_of(*pickle.loads(pickle.dumps((tiling.setting, rows, tiling.columns[k])))))
                for k in tiling.across(row)
            ]
            for number in range(len(rows.starts) - 1):  # type: ignore[arg-type]
                parts = [(columns, band_of(tile, number, lambda: False)) for columns, tile in passes]
                yield rows.first_band + number, joined(parts, rows, job)  # type: ignore[arg-type]

    return sweeping


def plan_of(kind: str, combine: Any = "mean") -> ComparisonPlan:
    data = data_set(SUBJECTS, roles=None if kind == "all" else ROLES)
    return plans.build(data, kind, combine=combine)  # type: ignore[arg-type]


@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("all", {}),
        ("all", {"keep": TAIL}),
        ("all", {"keep": TAIL, "full_pass": True}),
        ("gallery", {"keep": TAIL, "full_pass": True}),
        ("search", {"keep": TAIL, "full_pass": True}),
        ("search", {}),
    ],
    ids=["all", "tail", "full pass", "gallery", "search", "search of everything"],
)
def test_tiles_give_the_score_set_of_one_pass(comparison: str, kind: str, options: Any) -> None:
    templates = template_set(faces(SUBJECTS, 24), failed=[3, 50], comparison=comparison)  # type: ignore[arg-type]
    whole = score(plan_of(kind), templates, SUBJECTS, band_rows=9, block_columns=16, **options)
    for one_band in (False, True):
        cut = score(plan_of(kind), templates, SUBJECTS, band_rows=9, sweeping=tiled(one_band=one_band), **options)
        assert content(cut) == content(whole)


def test_references_that_score_the_best_of_several_templates_are_cut_whole() -> None:
    templates, plan = template_set(faces(SUBJECTS, 24), failed=[3, 50]), plan_of("search", "best")
    whole = score(plan, templates, SUBJECTS, keep=TAIL)
    assert content(score(plan, templates, SUBJECTS, keep=TAIL, band_rows=5, sweeping=tiled())) == content(whole)


@pytest.mark.parametrize("screening", ["float", "integer"])
@pytest.mark.parametrize("kind", ["all", "search"])
def test_tiles_are_screened_each_by_itself(kind: str, screening: Screening) -> None:
    subjects = some_subjects(500, 150)
    data = data_set(subjects, roles=None if kind == "all" else (list(range(400)), list(range(400, 500))))
    templates, plan = template_set(faces(subjects, 64, alike=0.5)), plans.build(data, kind)  # type: ignore[arg-type]
    whole = score(plan, templates, subjects, keep=TAIL, screening="none")
    cut = score(plan, templates, subjects, keep=TAIL, band_rows=50, screening="none", sweeping=tiled(screening))
    assert content(cut) == content(whole)


def test_a_joined_band_is_stored_as_the_one_that_is_made_in_one_go() -> None:
    bands: dict[str, dict[int, bytes]] = {"whole": {}, "cut": {}}

    def both(job: Pass, **options: Any) -> Generator[tuple[int, Band], None, None]:
        bands["whole"] = {k: packed(band) for k, band in sweep(job, **options)}
        for number, band in tiled()(job, **options):
            bands["cut"][number] = packed(band)
            yield number, band

    templates = template_set(faces(SUBJECTS, 24))
    score(plan_of("all"), templates, SUBJECTS, keep=TAIL, full_pass=True, band_rows=20, sweeping=both)
    assert len(bands["whole"]) == 6
    assert bands["cut"] == bands["whole"]


def pass_of(plan: ComparisonPlan, rows: np.ndarray, subjects: list[str], **options: Any) -> Pass:
    """The pass that scoring this plan comes down to."""
    seen: list[Pass] = []

    def taking(job: Pass, **told: Any) -> Generator[tuple[int, Band], None, None]:
        seen.append(job)
        return sweep(job, **told)

    score(plan, template_set(rows), subjects, sweeping=taking, **options)
    return seen[0]


def a_pass(count: int, band_rows: int) -> Pass:
    subjects = [f"s{k // 2}" for k in range(count)]
    return pass_of(plans.build(data_set(subjects), "all"), faces(subjects, 8), subjects, band_rows=band_rows)


def test_a_liked_screen_is_taken_over_only_where_its_scale_suits() -> None:
    subjects = some_subjects(300, 100)
    rows = faces(subjects, 32, alike=0.5)
    rows[200:] *= 100
    job = pass_of(plans.build(data_set(subjects), "all"), rows, subjects, keep=TAIL, band_rows=100)
    tiling = tiling_of(job, 2, "float")
    short, middle, long = tiling.rows
    liked = remembered(job_of(tiling.setting, short, short))
    assert liked is not None
    other, longer = (job_of(tiling.setting, short, columns, liked).screen for columns in (middle, long))
    assert other is not None
    assert longer is not None
    assert other.basis is liked.basis
    assert longer.basis.scale < liked.basis.scale


def test_slabs_are_as_large_as_they_may_be_and_as_many_as_threads_need() -> None:
    job = a_pass(200, 10)
    assert [len(tiling_of(job, threads).rows) for threads in (1, 2, 10)] == [2, 3, 8]
    assert len(tiling_of(job, 1, slab_bytes=10 * 8 * 4).rows) == 20
    assert len(tiling_of(job, 10_000).rows) == 20


def test_equal_slabs_have_one_digest_and_others_another() -> None:
    one, other = (tiling_of(a_pass(60, 10), 2).rows for _ in range(2))
    assert [slab.digest() for slab in one] == [slab.digest() for slab in other]
    assert len({slab.digest() for slab in one}) == len(one)


def test_columns_left_of_the_rows_of_a_triangle_are_no_tile() -> None:
    tiling = tiling_of(a_pass(60, 10), 2)
    with pytest.raises(ValueError, match="left of rows"):
        job_of(tiling.setting, tiling.rows[1], tiling.columns[0])


def test_columns_alone_have_no_bands() -> None:
    tiling = tiling_of(pass_of(plan_of("gallery"), faces(SUBJECTS, 8), SUBJECTS), 2)
    with pytest.raises(ValueError, match="no bands"):
        job_of(tiling.setting, tiling.columns[0], tiling.columns[0])
