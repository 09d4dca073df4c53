"""Screening: which cells of a block may reach the floor, found by products of sketches, in float32 or whole numbers.

A screen never decides a score. It names cells of which the bound of `sketch` reaches the floor; all other scores lie
below it for certain, and the named ones are computed exactly. Which screen is fastest, if any, is found by trying each
on a sample of the run's own templates: what it lets through, times what an exact score costs here, and what its
products cost here. So the choice differs between machines, and no result does.

The floor, as a product. A cosine key is the product. A Euclidean key is 2 x.y - |x|^2 - |y|^2, so that it reaches k
only if x.y >= (k + |x|^2 + |y|^2) / 2, taken with the least lengths of the block: good where templates are about as
long.

Rounding, float32. With n = k + 1, u = 2**-24, g = n u / (1 - n u), a float32 product of sketches X, Y (in any order,
with or without fused multiply-add) errs by at most g |X| |Y| + n 2**-125; the last term is for results that are
denormal or flushed to 0. Lengths of sketches are at most 3, so that nothing overflows. Whole numbers do not err. Every
bound is raised by 2**-40, far above the roundings of its own computation in float64.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison import integers
from fr_bench.comparison.exact import Keys, least_key, squares
from fr_bench.comparison.grid import Grid, Positions
from fr_bench.comparison.sketch import Basis, basis_of, directions, power_of_two

Screening = Literal["auto", "none", "float", "integer"]

COLUMNS = 1024
"""Width of a block that is screened: its products stay in the processor's cache while they are looked at."""
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
SIGMAS = 4.5
"""Whole numbers reach so many times as far as the numbers of a sketch do in the mean."""
REMAINDERS = 8
"""Numbers at most that hold the length of what lies outside the span."""
SAFE = 1 + 2.0**-40
"""Raises a number above the roundings of its own computation."""
WORTH = 0.9
"""A screen that would take more than this share of the time of plain products is not worth its trouble."""


@dataclass(frozen=True, slots=True, eq=False)
class Lengths:
    """(n,) of some sketches: |x'|, |d| of `sketch`, |x|^2, each at least (|x|^2: at most) the true one; (n,) |X|."""

    kept: Keys
    lost: Keys
    square: Keys
    whole: Keys


class Sketches(Protocol):
    """Sketches of the rows and of the columns of a grid, of one kind."""

    @property
    def left(self) -> Lengths:
        """Of the rows."""

    @property
    def right(self) -> Lengths:
        """Of the columns."""

    def products(self, rows: slice, columns: slice) -> NDArray[Any]:
        """(r, c) products of sketches."""

    def error(self, left: float, right: float) -> float:
        """At most what a product of two sketches of these lengths |X|, |Y| errs."""

    def threshold(self, product: float) -> Any:
        """What a product must reach to be at least this one for certain, if it is."""


@dataclass(frozen=True, slots=True, eq=False)
class FloatSketches:
    """Sketches (n, k + 1) in float32; the last number is |w|."""

    left: Lengths
    right: Lengths
    rows: NDArray[np.float32]
    columns: NDArray[np.float32]

    def products(self, rows: slice, columns: slice) -> NDArray[Any]:
        """(r, c) float32."""
        return np.asarray(self.rows[rows] @ self.columns[columns].T)

    def error(self, left: float, right: float) -> float:
        """As the head of this module says."""
        n = int(self.rows.shape[1])
        g = n * 2.0**-24 / (1 - n * 2.0**-24)
        return g * left * right + n * 2.0**-125

    def threshold(self, product: float) -> np.float32:
        """Rounded downwards."""
        return np.float32(np.nextafter(np.float32(product), np.float32(-np.inf)))


@dataclass(frozen=True, slots=True, eq=False)
class IntegerSketches:
    """Sketches (n, k + m) in whole numbers of one `step`; the last m hold |w|, rounded up."""

    left: Lengths
    right: Lengths
    rows: NDArray[np.uint8]
    columns: NDArray[np.int8]
    step: float
    levels: int
    made: dict[tuple[int, int], Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def products(self, rows: slice, columns: slice) -> NDArray[Any]:
        """(r, c) int32. The columns of a block are the constant of a session, made once."""
        name = (columns.start, columns.stop)
        with self.lock:
            session = self.made.get(name)
            if session is None:
                session = self.made[name] = integers.product_by(self.columns[columns], self.levels)
        return integers.multiply(session, self.rows[rows])

    def error(self, left: float, right: float) -> float:
        """Whole numbers do not err."""
        return 0.0

    def threshold(self, product: float) -> np.int32:
        """In steps, rounded downwards."""
        return np.int32(max(min(math.floor(product / (self.step * self.step)) - 1, 2**31 - 1), -(2**31)))


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """A screen for one floor.

    least   the least key that may have a score at the floor
    """

    kind: str
    sketches: Sketches
    basis: Basis
    least: float
    euclidean: bool

    def open_cells(self, rows: slice, columns: slice) -> NDArray[np.intp]:
        """(n,) positions in the block, row by row, of all cells that may reach the floor, and of some that do not."""
        limit = self.sketches.threshold(self.needed(rows, columns))
        return np.flatnonzero(self.sketches.products(rows, columns) >= limit)

    def needed(self, rows: slice, columns: slice) -> float:
        """What the product of two sketches of the block reaches at least, where a score reaches the floor."""
        left, right = self.sketches.left, self.sketches.right
        x, y, d, f, whole, other = (
            float(lengths[part].max())
            for lengths, part in (
                (left.kept, rows), (right.kept, columns), (left.lost, rows), (right.lost, columns),
                (left.whole, rows), (right.whole, columns),
            )
        )  # fmt: skip
        slack = x * f + d * y + d * f + self.basis.eta + self.sketches.error(whole, other)
        scale = self.basis.scale * self.basis.scale
        product = self.least * scale
        if self.euclidean:
            product = (product + float(left.square[rows].min()) + float(right.square[columns].min())) / 2
        return product - slack - 2.0**-40


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
        with one_blas_thread():
            costs = _Costs.measured(*some) if self.screening == "auto" else None
        found: list[tuple[float, str, int, Basis]] = []
        for width in self._widths(shares):
            basis = basis_of(vectors, width, self.scale)
            for kind in ("integer", "float") if basis is not None else ():
                screen = self._made(kind, basis, *some) if self.screening in (kind, "auto") else None  # type: ignore[arg-type]
                if screen is not None:
                    through = len(screen.open_cells(slice(0, len(rows)), slice(0, len(columns))))
                    share = through / (len(rows) * len(columns))
                    cost = costs.of(kind, width, share) if costs is not None else share
                    found.append((cost, kind, width, screen.basis))
        if not found:
            return None
        cost, kind, _, basis = min(found, key=lambda one: one[:3])
        if costs is not None and cost > WORTH * costs.plain:
            return None
        return self._made(kind, basis, self.grid.rows.vectors, self.grid.column_vectors)

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


def one_blas_thread() -> AbstractContextManager[Any]:
    """Bands side by side, one thread each, keep the processor busier than products that share all threads."""
    try:
        import threadpoolctl
    except ImportError:
        return nullcontext()
    return threadpoolctl.threadpool_limits(limits=1, user_api="blas")  # type: ignore[no-any-return]


def _spread(count: int, wanted: int) -> Positions:
    """Up to so many of `count` numbers, at about equal distances."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).astype(np.int64))


def float_sketches(basis: Basis, rows: NDArray[np.float32], columns: NDArray[np.float32]) -> FloatSketches:
    """Sketches in float32."""
    one, left = _float_side(basis, rows)
    other, right = (one, left) if columns is rows else _float_side(basis, columns)
    return FloatSketches(left, right, one, other)


def _float_side(basis: Basis, templates: NDArray[np.float32]) -> tuple[NDArray[np.float32], Lengths]:
    numbers = np.empty((len(templates), basis.width + 1), np.float32)
    lengths = _no_lengths(len(templates))
    for some, p, outside, square in basis.parts(templates):
        numbers[some, :-1] = p
        numbers[some, -1] = np.nextafter(outside.astype(np.float32), np.float32(np.inf))
        wide = numbers[some].astype(np.float64)
        _fill(lengths, some, wide[:, :-1], p, square)
        lengths.whole[some] = np.sqrt(squares(wide)) * SAFE
    return numbers, lengths


def integer_sketches(basis: Basis, rows: NDArray[np.float32], columns: NDArray[np.float32]) -> IntegerSketches | None:
    """Sketches in whole numbers; None where products are not exact here, or too much lies outside the span."""
    levels = integers.exact_levels()
    if not levels:
        return None
    some = (side[:: max(1, len(side) // 512)] for side in (rows, columns))
    step = SIGMAS / levels * max(float(np.sqrt(np.mean(basis.projected(side)[0] ** 2))) for side in some)
    if not step > 2.0**-40:
        return None
    one, outside, left = _integer_side(basis, rows, step, levels)
    other, beyond, right = (one, outside, left) if columns is rows else _integer_side(basis, columns, step, levels)
    furthest = max(float(outside.max()), float(beyond.max()))
    # Each of m numbers is |w| / sqrt(m), rounded up, and then at most `levels`.
    remainders = max(1, math.ceil((furthest / (step * levels) * (1 + 2.0**-20)) ** 2))
    if remainders > REMAINDERS:
        return None
    one, other = (
        np.concatenate([side, np.repeat(np.ceil(far / (step * math.sqrt(remainders)) * SAFE).astype(np.int8)[:, None],
                                        remainders, axis=1)], axis=1)
        for side, far in ((one, outside), (other, beyond))
    )  # fmt: skip
    zero_added = (one.view(np.uint8) + np.uint8(levels)) & np.uint8(255)
    return IntegerSketches(left, right, zero_added, other, step, levels)


def _integer_side(
    basis: Basis, templates: NDArray[np.float32], step: float, levels: int
) -> tuple[NDArray[np.int8], Keys, Lengths]:
    numbers, far = np.empty((len(templates), basis.width), np.int8), np.empty(len(templates))
    lengths = _no_lengths(len(templates))
    for some, p, outside, square in basis.parts(templates):
        whole = np.clip(np.rint(p / step), -levels, levels)
        numbers[some], far[some] = whole, outside
        _fill(lengths, some, whole * step, p, square)
    return numbers, far, lengths


def _no_lengths(count: int) -> Lengths:
    return Lengths(*(np.zeros(count) for _ in range(4)))


def _fill(lengths: Lengths, some: slice, kept: Keys, p: Keys, square: Keys) -> None:
    lengths.kept[some] = np.sqrt(squares(kept)) * SAFE
    lengths.lost[some] = np.sqrt(squares(p - kept)) * SAFE
    lengths.square[some] = square


@dataclass(frozen=True, slots=True)
class _Costs:
    """Nanoseconds, measured here.

    plain     a comparison by plain float64 products
    numbers   a product of two numbers of a sketch, by kind
    look      a look at the product of two sketches
    cell      an exact score by itself
    """

    plain: float
    numbers: dict[str, float]
    look: float
    cell: float

    def of(self, kind: str, width: int, share: float) -> float:
        """A comparison by a screen of this kind and width that lets this share through."""
        return self.numbers[kind] * (width + 1) + self.look + share * self.cell

    @classmethod
    def measured(cls, rows: NDArray[np.float32], columns: NDArray[np.float32]) -> _Costs:
        """By short trials on these templates."""
        a, b = rows.astype(np.float64), columns.astype(np.float64)
        cells, width = a.shape[0] * b.shape[0], a.shape[1]
        products = rows @ columns.T
        at = np.arange(512) % len(a), np.arange(512) % len(b)
        numbers = {"float": _nanoseconds(lambda: rows @ columns.T) / (cells * width), "integer": math.inf}
        levels = integers.exact_levels()
        if levels:
            session = integers.product_by(np.ones(columns.shape, np.int8), levels)
            left = np.ones(rows.shape, np.uint8)
            numbers["integer"] = _nanoseconds(lambda: integers.multiply(session, left)) / (cells * width)
        look = _nanoseconds(lambda: np.flatnonzero(products >= np.float32(np.inf))) / cells
        return cls(
            plain=_nanoseconds(lambda: a @ b.T) / cells + 4 * look,
            numbers=numbers,
            look=look,
            cell=_nanoseconds(lambda: np.vecdot(a.take(at[0], 0), b.take(at[1], 0))) / 512 + 40,
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
