"""Which screen is the fastest for a run, if any: each is tried on a sample of the run's templates, on this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison import integers
from fr_bench.comparison.exact import Keys, keys_of, least_key
from fr_bench.comparison.grid import Grid, Positions
from fr_bench.comparison.screen import LONGEST, Screen, float_sketches, integer_sketches
from fr_bench.comparison.sketch import Basis, basis_of, directions, power_of_two

Screening = Literal["auto", "none", "float", "integer"]

SMALL = 40_000_000
"""Below so many nonmated comparisons, choosing a screen takes longer than it saves."""
LEARNED = 4096
"""Templates that the basis is learned from."""
TRIED = (192, 1024)
"""Rows and columns that screens are tried on."""
HOLD = (0.94, 0.99, 0.999)
"""Shares of the length of all templates, squared, for which shorter sketches are tried."""
SKETCH_BYTES = 320 << 20
"""No screen takes more memory than that; longer lists of templates get shorter sketches, or none."""
CELLS_TRIED = 128
KINDS = ("integer", "float")
WORTH = 0.9
"""A screen that would take more than this share of the time of plain products is not worth its trouble."""


def one_blas_thread() -> AbstractContextManager[Any]:
    """Bands side by side, one thread each, keep the processor busier than products that share all threads."""
    try:
        import threadpoolctl
    except ImportError:
        return nullcontext()
    return threadpoolctl.threadpool_limits(limits=1, user_api="blas")  # type: ignore[no-any-return]


def screen_of(grid: Grid, floor: float, screening: Screening = "auto") -> Screen | None:
    """The fastest screen for a floor; None where plain products are faster, or no bound is to be had.

    screening   "float" and "integer" ask for the best screen of one kind whatever it costs; "none" for no screen

    References that score the best of several templates are not screened.
    """
    if screening == "none" or not math.isfinite(floor) or not grid.rows.single or 0 in grid.shape:
        return None
    if screening == "auto" and grid.nonmated < SMALL:
        return None
    scale = power_of_two(float(max(grid.row_norms.max(), grid.column_norms.max())))
    if not 2.0**-120 <= scale <= 2.0**120:
        return None
    least = least_key(floor, grid.comparison)
    if not math.isfinite(least):
        return None
    asked = _Choice(grid, scale, least, screening)
    return asked.best()


def basis_sample(grid: Grid) -> NDArray[np.float32]:
    """Templates at fixed strides, of which the directions are learned."""
    vectors = grid.column_vectors
    return np.asarray(vectors[:: max(1, len(vectors) // LEARNED)][:LEARNED])


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """The search for the fastest screen."""

    grid: Grid
    scale: float
    least: float
    screening: Screening

    def best(self) -> Screen | None:
        """Try the kinds and widths on a sample, then make the sketches of all templates for the best."""
        vectors, shares = directions(basis_sample(self.grid), self.scale)
        rows, columns = (_spread(n, k) for n, k in zip(self.grid.shape, TRIED, strict=True))
        some = self.grid.rows.vectors[rows], self.grid.column_vectors[columns]
        costs = _Costs.measured(*some) if self.screening == "auto" else None
        one, other = some[0].astype(np.float64), some[1].astype(np.float64)
        reaching = float(np.mean(keys_of(one, other, self.grid.comparison) >= self.least))
        found: list[tuple[float, str, bool, Basis]] = []
        for width in self._widths(shares):
            basis = basis_of(vectors, width, self.scale)
            for kind in KINDS if basis is not None and self.screening == "auto" else (self.screening,):
                screen = self._made(kind, basis, *some) if basis is not None else None
                if screen is None:
                    continue
                through = len(screen.open_cells(slice(0, len(rows)), slice(0, len(columns))))
                share = through / (len(rows) * len(columns))
                cost, checked = costs.of(kind, width, share, reaching) if costs else (share, share > 2 * reaching)
                found.append((cost, kind, checked, screen.basis))
        if not found:
            return None
        cost, kind, checked, basis = min(found, key=lambda one: one[:3])
        if costs is not None and cost > WORTH * costs.plain:
            return None
        screen = self._made(kind, basis, self.grid.rows.vectors, self.grid.column_vectors)
        longest = max(float(self.grid.row_norms.max()), float(self.grid.column_norms.max()))
        return None if screen is None else replace(screen, checked=checked and longest < LONGEST)

    def _widths(self, shares: Keys) -> list[int]:
        """Widths to try: all numbers, and so many of the leading as hold nearly all of the length."""
        dimension = len(shares)
        held = np.cumsum(shares)
        widths = {min(-(-(int(np.searchsorted(held, share)) + 1) // 32) * 32, dimension) for share in HOLD}
        # Four bytes a number, on either side unless both are the same.
        sides = 1 if self.grid.triangular else 2
        room = SKETCH_BYTES // (4 * sides * max(self.grid.shape))
        return sorted(width for width in widths | {dimension} if width <= room)

    def _made(self, kind: str, basis: Basis, rows: NDArray[np.float32], columns: NDArray[np.float32]) -> Screen | None:
        """A screen of these templates, to be tried or used."""
        make = integer_sketches if kind == "integer" else float_sketches
        sketches = make(basis, rows, columns)
        if sketches is None:
            return None
        longest = max(float((side.kept + side.lost).max()) for side in (sketches.left, sketches.right))
        if not longest <= 2:
            return None
        return Screen(kind, sketches, basis, self.least, self.grid.comparison == "euclidean")


def _spread(count: int, wanted: int) -> Positions:
    """Up to so many of `count` numbers, at about equal distances."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).astype(np.int64))


@dataclass(frozen=True, slots=True)
class _Costs:
    """Nanoseconds, measured here.

    plain     a comparison by plain float64 products
    numbers   a product of two numbers of a sketch, by kind
    look      a look at the product of two sketches
    check     a float32 product of two templates by itself
    cell      an exact score by itself
    """

    plain: float
    numbers: dict[str, float]
    look: float
    check: float
    cell: float

    def of(self, kind: str, width: int, share: float, reaching: float) -> tuple[float, bool]:
        """A comparison by a screen of this kind and width, and whether what it lets through had better be checked.

        share      what it lets through
        reaching   what reaches the floor
        """
        checked, unchecked = share * self.check + reaching * self.cell, share * self.cell
        return self.numbers[kind] * (width + 1) + self.look + min(checked, unchecked), checked < unchecked

    @classmethod
    def measured(cls, rows: NDArray[np.float32], columns: NDArray[np.float32]) -> _Costs:
        """By short trials on these templates."""
        a, b = rows.astype(np.float64), columns.astype(np.float64)
        cells, width = a.shape[0] * b.shape[0], a.shape[1]
        products = rows @ columns.T
        at = np.arange(CELLS_TRIED) % len(a), np.arange(CELLS_TRIED) * 7 % len(b)
        numbers = {"float": _nanoseconds(lambda: rows @ columns.T) / (cells * width), "integer": math.inf}
        levels = integers.exact_levels()
        if levels:
            session = integers.product_by(np.ones(columns.shape, np.int8), levels)
            left = np.ones(rows.shape, np.uint8)
            numbers["integer"] = _nanoseconds(lambda: integers.multiply(session, left)) / (cells * width)
        look = _nanoseconds(lambda: np.flatnonzero(products >= np.float32(np.inf))) / cells

        def by_itself(one: NDArray[Any], other: NDArray[Any]) -> float:
            return _nanoseconds(lambda: np.vecdot(one.take(at[0], 0), other.take(at[1], 0))) / len(at[0]) + 40

        return cls(
            plain=_nanoseconds(lambda: a @ b.T) / cells + 4 * look,
            numbers=numbers,
            look=look,
            check=by_itself(rows, columns),
            cell=by_itself(a, b) + 60,
        )


def _nanoseconds(act: Callable[[], Any]) -> float:
    """The least of three trials after one that does not count, in time of this thread, as far as it is told."""
    fine = time.get_clock_info("thread_time").resolution < 1e-5
    clock = time.thread_time_ns if fine else time.perf_counter_ns
    taken = []
    for _ in range(4):
        begun = clock()
        act()
        taken.append(clock() - begun)
    return float(max(min(taken[1:]), 1))
