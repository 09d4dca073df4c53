"""Screens against rational arithmetic: nothing at the floor is passed over, and no bit of a result changes."""

from __future__ import annotations

import functools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fr_bench.comparison import choosing, integers, screen
from fr_bench.comparison import plan as plans
from fr_bench.comparison.engine import score
from fr_bench.comparison.grid import grid_of, nonmated_cells, nonmated_in_rows
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.comparison.sketch import Basis, basis_of, directions, power_of_two
from fr_bench.records import ScoreSet
from tests.comparison.making import content, data_set, faces, some_subjects, template_set
from tests.comparison.test_engine import KINDS, adversarial

TAIL = KeepPolicy(everything_up_to=0, largest_fmr=0.01)
CAPPED = KeepPolicy(everything_up_to=0, cap=400)
"""Has a floor where a tail that keeps its promise would hold every score."""
ASKED = pytest.mark.parametrize("screening", ["float", "integer"])
COMPARISONS = pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
SUBJECTS = some_subjects(300, 90)


def all_pairs(vectors: np.ndarray, subjects: list[str], *, comparison: str = "cosine", **options) -> ScoreSet:
    plan = plans.build(data_set(subjects), "all")
    return score(plan, template_set(vectors, comparison=comparison), subjects, **{"keep": TAIL, **options})


def uneven(count: int, dimension: int, seed: int = 3) -> np.ndarray:
    """Unit vectors that hold nearly all of their length in few directions, as real templates do."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((count, dimension)) * 0.97 ** np.arange(dimension)
    rows = rows @ np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


# ------------------------------------------------------------------------------------------------ results


@COMPARISONS
@ASKED
def test_a_screened_run_equals_an_unscreened_one_bit_for_bit(screening, comparison: str) -> None:
    vectors = faces(SUBJECTS, 48)
    plain = all_pairs(vectors, SUBJECTS, comparison=comparison, screening="none")
    assert plain.floor > -math.inf
    for options in ({}, {"threads": 3, "band_rows": 37, "block_columns": 50}, {"band_rows": 1}):
        assert content(all_pairs(vectors, SUBJECTS, comparison=comparison, screening=screening, **options)) == content(
            plain
        )


@COMPARISONS
@ASKED
@pytest.mark.parametrize("kind", KINDS)
def test_screening_changes_no_bit_where_rounding_is_hard(kind: str, screening, comparison: str) -> None:
    subjects = some_subjects(60, 12)
    plain, screened = (
        all_pairs(adversarial(kind), subjects, comparison=comparison, screening=way, keep=CAPPED)
        for way in ("none", screening)
    )
    assert plain.floor > -math.inf
    assert content(screened) == content(plain)


@ASKED
@pytest.mark.parametrize("references", ["sample", "subject"])
def test_a_gallery_is_screened_like_all_pairs(screening, references) -> None:
    subjects = some_subjects(200, 60)
    data = data_set(subjects, roles=(range(120), range(90, 200)))
    plan, templates = plans.build(data, "gallery", references=references), template_set(uneven(200, 64))
    plain, screened = (score(plan, templates, subjects, keep=TAIL, screening=way) for way in ("none", screening))
    assert content(screened) == content(plain)


@ASKED
def test_references_of_the_best_of_several_templates_are_not_screened(screening) -> None:
    data = data_set(["a", "a", "b", "c"], roles=([0, 1, 2], [3]))
    grid = grid_of(plans.build(data, combine="best"), template_set(uneven(4, 16)))
    assert choosing.screen_of(grid, 0.5, screening) is None


@COMPARISONS
@ASKED
def test_most_cells_are_passed_over(screening, comparison: str) -> None:
    vectors, floor = uneven(500, 128), 0.3 if comparison == "cosine" else -1.1
    grid = grid_of(plans.build(data_set([f"s{i}" for i in range(500)]), "all"),
                   template_set(vectors, comparison=comparison))  # fmt: skip
    found = choosing.screen_of(grid, floor, screening)
    assert found is not None
    assert 0 < len(found.open_cells(slice(0, 250), slice(250, 500))) < 0.2 * 250 * 250


def test_small_runs_are_not_screened_of_themselves() -> None:
    grid = grid_of(plans.build(data_set(SUBJECTS), "all"), template_set(faces(SUBJECTS, 48)))
    assert choosing.screen_of(grid, 0.5) is None


@pytest.mark.parametrize("roles", [None, (range(120), range(90, 200))])
def test_nonmated_comparisons_are_counted_by_row(roles) -> None:
    subjects = some_subjects(200, 60)
    plan = plans.build(data_set(subjects, roles=roles), references="auto")
    grid = grid_of(plan, template_set(uneven(200, 16), failed=[3, 77, 100]))
    rows, columns = (np.arange(n) for n in grid.shape)
    cells = nonmated_cells(grid, rows, columns)
    assert cells is not None
    assert nonmated_in_rows(grid, rows).tolist() == cells.sum(axis=1).tolist()
    assert int(nonmated_in_rows(grid, rows).sum()) == grid.nonmated


# ------------------------------------------------------------------------------------------------ the bound


@functools.lru_cache(maxsize=100)
def in_denormals(vector: bytes) -> list[int]:
    """Numbers of float32 as whole numbers of the smallest of them, 2**-149."""
    return [int(Fraction(x) * 2**149) for x in np.frombuffer(vector, dtype=np.float32).tolist()]


def exact_product(a: np.ndarray, b: np.ndarray) -> Fraction:
    assert a.dtype == b.dtype == np.float32
    pairs = zip(in_denormals(a.tobytes()), in_denormals(b.tobytes()), strict=True)
    return Fraction(sum(x * y for x, y in pairs), 2**298)


def made(kind: str, vectors: np.ndarray, width: int) -> tuple[screen.Sketches, Basis] | None:
    """Sketches of one kind of all vectors, on a basis learned from the vectors themselves."""
    scale = power_of_two(float(np.linalg.norm(vectors.astype(float), axis=1).max()))
    if not scale:
        return None
    basis = basis_of(directions(vectors, scale)[0], width, scale)
    assert basis is not None
    make = screen.integer_sketches if kind == "integer" else screen.float_sketches
    sketches = make(basis, vectors, vectors)
    return None if sketches is None else (sketches, basis)


def reaches(sketches: screen.Sketches, basis: Basis, i: int, j: int, product: Fraction) -> bool:
    """Whether a screen for a floor at exactly this product lets the cell through."""
    least = float(product)
    least = math.nextafter(least, -math.inf) if Fraction(least) > product else least
    found = screen.Screen("tested", sketches, basis, least, False)
    return len(found.open_cells(slice(i, i + 1), slice(j, j + 1))) == 1


NUMBERS = st.one_of(
    st.floats(-1, 1, width=32, allow_subnormal=True),
    st.floats(-1, 1, width=32).map(lambda x: float(np.float32(x * 1e-40))),
    st.sampled_from([0.0, 1.0, -1.0, 2.0**-24, 1e-20]),
)


@ASKED
@settings(max_examples=60, deadline=None)
@given(vectors=hnp.arrays(np.float32, (4, 9), elements=NUMBERS), width=st.integers(1, 9), power=st.integers(-60, 60))
def test_no_comparison_at_the_floor_is_passed_over(screening: str, vectors, width: int, power: int) -> None:
    vectors = (vectors.astype(float) * 2.0**power).astype(np.float32)
    found = made(screening, vectors, width)
    for i in range(4 if found else 0):
        for j in range(4):
            assert reaches(*found, i, j, exact_product(vectors[i], vectors[j]))


def attack(kind: str) -> np.ndarray:
    """24 templates of 200 numbers that are hard on sketches."""
    rng = np.random.default_rng(5)
    rows = uneven(24, 200)
    if kind == "cancelling":
        rows = rng.standard_normal((24, 200)) * 10.0 ** rng.integers(-6, 6, (24, 200))
        rows[12:, ::2], rows[12:, 1::2] = rows[:12, 1::2], -rows[:12, ::2]
    elif kind == "near duplicates":
        rows = np.nextafter(np.tile(rows[:1], (24, 1)), np.float32(1) * rng.choice([-9, 9], (24, 200)))
    elif kind == "of many lengths":
        rows = rows * 10.0 ** rng.integers(-20, 1, (24, 1))
    elif kind == "huge":
        rows = rows * 1e30
    elif kind == "denormal":
        rows = rows * 1e-41
    elif kind == "one hot":
        rows = np.eye(200)[rng.integers(0, 200, 24)]
    elif kind == "outside the span":
        rows = np.concatenate([np.tile(rows[:1], (23, 1)), rows[1:2]])
    return np.asarray(rows, dtype=np.float32)


@ASKED
@pytest.mark.parametrize("width", [1, 32, 150, 200])
@pytest.mark.parametrize(
    "kind", ["plain", "cancelling", "near duplicates", "of many lengths", "huge", "denormal", "one hot",
             "outside the span"]
)  # fmt: skip
def test_the_bound_withstands(kind: str, width: int, screening: str) -> None:
    vectors = attack(kind)
    found = made(screening, vectors, width)
    if found is None:
        assert screening == "integer"
        return
    for i in range(0, 24, 3):
        for j in range(24):
            assert reaches(*found, i, j, exact_product(vectors[i], vectors[j]))


@COMPARISONS
@pytest.mark.parametrize("kind", ["plain", "cancelling", "near duplicates", "of many lengths", "denormal", "one hot"])
def test_the_check_by_float32_passes_over_nothing_at_the_floor(kind: str, comparison: str) -> None:
    vectors = attack(kind)
    grid = grid_of(plans.build(data_set([f"s{i}" for i in range(24)]), "all"),
                   template_set(vectors, comparison=comparison))  # fmt: skip
    row, column = (side.ravel() for side in np.mgrid[:24:2, :24])
    lengths = [exact_product(vector, vector) for vector in vectors]
    for i, j in zip(row.tolist(), column.tolist(), strict=True):
        key = exact_product(vectors[i], vectors[j])
        if comparison == "euclidean":
            key = 2 * key - lengths[i] - lengths[j]
        least = float(key)
        least = math.nextafter(least, -math.inf) if Fraction(least) > key else least
        found = screen.Screen("tested", None, None, least, comparison == "euclidean")  # type: ignore[arg-type]
        assert found.likely(grid, np.array([i]), np.array([j])).all()


def test_a_basis_that_is_not_orthonormal_is_refused() -> None:
    assert basis_of(np.eye(8) * 1.001, 8, 1.0) is None


# ------------------------------------------------------------------------------------------------ whole numbers


def test_products_of_whole_numbers_are_exact_at_their_extremes() -> None:
    levels = integers.exact_levels()
    if not levels:
        pytest.skip("no exact product of bytes on this processor")
    right = np.full((9, 400), levels, dtype=np.int8)
    right[::2] = -levels
    left = np.full((3, 400), 2 * levels, dtype=np.uint8)
    left[1] = 0
    found = integers.multiply(integers.product_by(right, levels), left, np.empty((3, 9), np.int32))
    assert np.array_equal(found, (left.astype(int) - levels) @ right.T.astype(int))


def test_without_exact_whole_numbers_sketches_are_float(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integers, "exact_levels", lambda: 0)
    grid = grid_of(plans.build(data_set(SUBJECTS), "all"), template_set(faces(SUBJECTS, 48)))
    assert choosing.screen_of(grid, 0.5, "integer") is None
    monkeypatch.setattr(choosing, "SMALL", 0)
    found = choosing.screen_of(grid, 0.5)
    assert found is None or found.kind == "float"
    assert choosing.screen_of(grid, 0.5, "float") is not None


def test_kernels_that_saturate_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integers, "multiply", lambda session, left, _: np.minimum(session(left), 30000))
    monkeypatch.setattr(
        integers, "product_by", lambda right, zero: lambda left: (left.astype(np.int32) - zero) @ right.T.astype(int)
    )
    integers.exact_levels.cache_clear()
    try:
        assert integers.exact_levels() == 0
    finally:
        integers.exact_levels.cache_clear()
