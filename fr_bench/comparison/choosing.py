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
from fr_bench.comparison.device import Device
from fr_bench.comparison.device_screen import screen_on
from fr_bench.comparison.exact import Keys, keys_of, least_key
from fr_bench.comparison.grid import Grid, Positions
from fr_bench.comparison.screen import LONGEST, Screen, float_sketches, integer_sketches
from fr_bench.comparison.sketch import Basis, as_they_stand, basis_of, directions, power_of_two

Screening = Literal["auto", "none", "float", "integer", "device"]

SMALL = 10_000_000
"""Below so many nonmated comparisons, choosing a screen takes longer than it saves."""
LEARNED = 2048
"""Templates that the basis is learned from."""
TRIED = (128, 768)
"""Rows and columns that screens are tried on."""
HOLD = (0.97, 0.99)
"""Shares of the length of all templates, squared, for which shorter sketches are tried."""
SKETCH_BYTES = 512 << 20
"""No screen takes more memory than that; longer lists of templates get shorter sketches, or none."""
BYTES_A_NUMBER = {"integer": 2, "float": 4}
"""Of a sketch: whole numbers stand in memory twice, once in the order that their products are made in."""
CELLS_TRIED = 128
KINDS = ("integer", "float")
WORTH = 0.9
"""A screen that would take more than this share of the time of plain products is not worth its trouble."""
COMPILED_CHECK, COMPILED_CELL = 3.0, 6.0
"""How many times as fast compiled loops check a cell, and compute its key, as measured."""
EIGENVECTORS = 10
"""Finding d directions takes about so many times d * d * d multiplications."""


def one_blas_thread() -> AbstractContextManager[Any]:
    """Bands side by side, one thread each, keep the processor busier than products that share all threads."""
    try:
        import threadpoolctl
    except ImportError:
        return nullcontext()
    return threadpoolctl.threadpool_limits(limits=1, user_api="blas")  # type: ignore[no-any-return]


def screen_of(
    grid: Grid,
    floor: float,
    screening: Screening = "auto",
    *,
    least: Keys | None = None,
    compiled: bool = False,
    device: Device | None = None,
) -> Screen | None:
    """The fastest screen for a floor; None where plain products are faster, or no bound is to be had.

    screening   "float" and "integer" ask for the best screen of one kind whatever it costs; "device" for one on the
                device; "none" for no screen
    least       (c,) the least key that may matter in each column, instead of that of the floor; inf: none does
    compiled    whether compiled loops look at what the screen lets through
    device      a card, whose screen is then taken to be the fastest; None: there is none

    References that score the best of several templates are not screened. Raises MachineError `device_memory` where
    templates have no place on the card.
    """
    if screening == "device" and device is None:
        raise ValueError("a screen on a device needs one")
    if screening == "none" or not math.isfinite(floor) or not grid.rows.single or 0 in grid.shape:
        return None
    if screening == "auto" and grid.nonmated < SMALL:
        return None
    scale = power_of_two(float(max(grid.row_norms.max(), grid.column_norms.max())))
    if not 2.0**-120 <= scale <= 2.0**120:
        return None
    wanted = least_key(floor, grid.comparison) if least is None else least
    if not np.isfinite(wanted).any():
        return None
    if device is not None and screening in ("auto", "device"):
        return screen_on(device, grid, scale, wanted)
    return _Choice(grid, scale, wanted, screening, compiled).best()


def screen_like(liked: Screen, grid: Grid, least: float | Keys) -> Screen | None:
    """A screen of the kind and directions of another one, with sketches of this grid's templates; None where they do
    not fit them.

    least   of `Screen`
    """
    longest = max(float(grid.row_norms.max(initial=0.0)), float(grid.column_norms.max(initial=0.0)))
    if not longest * liked.basis.scale <= 1:
        return None
    choice = _Choice(grid, liked.basis.scale, least, "auto", compiled=False)
    made = choice._made(liked.kind, liked.basis, grid.rows.vectors, grid.column_vectors, least)
    return None if made is None else replace(made, checked=liked.checked and longest < LONGEST)


def basis_sample(grid: Grid) -> NDArray[np.float32]:
    """Templates at fixed strides, of which the directions are learned."""
    vectors = grid.column_vectors
    return np.asarray(vectors[:: max(1, len(vectors) // LEARNED)][:LEARNED])


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """A screen that was tried: nanoseconds a comparison, or, where one kind is asked for, what it let through."""

    cost: float
    kind: str
    basis: Basis
    checked: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """The search for the fastest screen."""

    grid: Grid
    scale: float
    least: float | Keys
    screening: Screening
    compiled: bool

    def best(self) -> Screen | None:
        """Try kinds and widths on a sample, then make the sketches of all templates for the best."""
        tried = _Sample.of(self)
        found: _Trial | None = None
        size = self.grid.column_vectors.shape[1]
        # Templates' own numbers first: they cost nothing to find. Directions are learned only where that may pay.
        found = self._better(found, tried, [(size, as_they_stand(size, self.scale))])
        half = self._least_cost(tried, "integer", size // 2) + tried.learning(LEARNED)
        if half < (found.cost if found else math.inf):
            # Once they are learned, what that took is spent whichever screen is chosen.
            vectors, shares = directions(basis_sample(self.grid), self.scale)
            found = self._better(found, tried, [(width, vectors) for width in self._widths(shares)])
        if found is None or (tried.costs is not None and found.cost > WORTH * tried.costs.plain):
            return None
        screen = self._made(found.kind, found.basis, self.grid.rows.vectors, self.grid.column_vectors, self.least)
        longest = max(float(self.grid.row_norms.max()), float(self.grid.column_norms.max()))
        return None if screen is None else replace(screen, checked=found.checked and longest < LONGEST)

    def _better(self, found: _Trial | None, tried: _Sample, bases: list[tuple[int, Any]]) -> _Trial | None:
        """The best of what was found and of screens by these bases, or by so many of these directions."""
        kinds = KINDS if self.screening == "auto" else (self.screening,)
        candidates = [
            (self._least_cost(tried, kind, width) + turning, kind, width, turning, basis)
            for width, basis in bases
            for turning in [0.0 if isinstance(basis, Basis) else self._turning(tried, width)]
            for kind in kinds if self._fits(kind, width)
        ]  # fmt: skip
        for least, kind, width, turning, given in sorted(candidates, key=lambda one: one[:3]):
            if found is not None and least >= found.cost:
                break
            basis = given if isinstance(given, Basis) else basis_of(given, width, self.scale)
            screen = self._made(kind, basis, *tried.templates, tried.least) if basis is not None else None
            if screen is None:
                continue
            across, down = (slice(0, len(side)) for side in tried.templates)
            share = len(screen.open_cells(across, down)) / tried.cells
            cost, checked = tried.cost(kind, width, share)
            if found is None or cost + turning < found.cost:
                found = _Trial(cost + turning, kind, screen.basis, checked)
        return found

    def _least_cost(self, tried: _Sample, kind: str, width: int) -> float:
        """What a screen costs at the least, if it lets nothing through but what it must."""
        return tried.cost(kind, width, tried.reaching)[0] if tried.costs is not None else -math.inf

    def _turning(self, tried: _Sample, width: int) -> float:
        """Nanoseconds a comparison for turning all templates; 0 where cost does not count."""
        if tried.costs is None:
            return 0.0
        sides = 1 if self.grid.triangular else 2
        return tried.costs.plain * width * sides * max(self.grid.shape) / max(self.grid.nonmated, 1)

    def _widths(self, shares: Keys) -> list[int]:
        """Widths to try: so many of the leading directions as hold nearly all of the length, and all."""
        dimension = len(shares)
        held = np.cumsum(shares)
        widths = {min(-(-(int(np.searchsorted(held, share)) + 1) // 32) * 32, dimension) for share in HOLD}
        return sorted(widths | {dimension})

    def _fits(self, kind: str, width: int) -> bool:
        """Whether sketches of all templates may stand in memory."""
        sides = 1 if self.grid.triangular else 2
        return width * BYTES_A_NUMBER[kind] * sides * max(self.grid.shape) <= SKETCH_BYTES

    def _made(
        self, kind: str, basis: Basis, rows: NDArray[np.float32], columns: NDArray[np.float32], least: float | Keys
    ) -> Screen | None:
        """A screen of these templates, to be tried or used."""
        make = integer_sketches if kind == "integer" else float_sketches
        sketches = make(basis, rows, columns)
        if sketches is None:
            return None
        longest = max(float((side.kept + side.lost).max()) for side in (sketches.left, sketches.right))
        if not longest <= 2:
            return None
        return Screen(kind, sketches, basis, least, self.grid.comparison == "euclidean")


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Some rows and columns of a grid, on which screens are tried.

    least      of the columns
    reaching   the share of the comparisons that reach the floor
    costs      None where the kind of the screen is given
    """

    templates: tuple[NDArray[np.float32], NDArray[np.float32]]
    least: float | Keys
    reaching: float
    costs: _Costs | None
    compiled: bool
    nonmated: int

    @classmethod
    def of(cls, choice: _Choice) -> _Sample:
        """Of the grid of a choice."""
        grid = choice.grid
        rows, columns = (_spread(n, k) for n, k in zip(grid.shape, TRIED, strict=True))
        some = np.asarray(grid.rows.vectors[rows]), np.asarray(grid.column_vectors[columns])
        least = choice.least if isinstance(choice.least, float) else choice.least[columns]
        keys = keys_of(some[0].astype(np.float64), some[1].astype(np.float64), grid.comparison)
        costs = None
        if choice.screening == "auto":
            # As long as sketches are: products of huge templates overflow in float32.
            costs = _Costs.measured(*(np.ldexp(side, math.frexp(choice.scale)[1] - 1) for side in some))
        return cls(some, least, float(np.mean(keys >= least)), costs, choice.compiled, grid.nonmated)

    @property
    def cells(self) -> int:
        """Comparisons of the sample."""
        return len(self.templates[0]) * len(self.templates[1])

    def cost(self, kind: str, width: int, share: float) -> tuple[float, bool]:
        """Of a screen that lets a share through: its cost, and whether that had better be checked in float32."""
        if self.costs is None:
            return share, share > 2 * self.reaching
        return self.costs.of(kind, width, share, self.reaching, self.compiled)

    def learning(self, learned: int) -> float:
        """Nanoseconds a comparison for finding the directions from so many templates."""
        size = self.templates[0].shape[1]
        plain = self.costs.plain if self.costs is not None else 0.0
        spent = plain / size * (EIGENVECTORS * size**3 + learned * size**2 / 2)
        return float(spent / max(self.nonmated, 1))


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

    def of(self, kind: str, width: int, share: float, reaching: float, compiled: bool) -> tuple[float, bool]:
        """A comparison by a screen of this kind and width, and whether what it lets through had better be checked.

        share      what it lets through
        reaching   what reaches the floor
        compiled   by compiled loops, which always check
        """
        check, cell = (self.check / COMPILED_CHECK, self.cell / COMPILED_CELL) if compiled else (self.check, self.cell)
        checked, unchecked = share * check + reaching * cell, share * cell
        after = checked if compiled else min(checked, unchecked)
        return self.numbers[kind] * (width + 2) + self.look + after, checked < unchecked

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
            left, out = np.ones(rows.shape, np.uint8), np.empty(products.shape, np.int32)
            numbers["integer"] = _nanoseconds(lambda: integers.multiply(session, left, out)) / (cells * width)
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
    """The least of two trials after one that does not count, in time of this thread, as far as it is told."""
    fine = time.get_clock_info("thread_time").resolution < 1e-5
    clock = time.thread_time_ns if fine else time.perf_counter_ns
    taken = []
    for _ in range(3):
        begun = clock()
        act()
        taken.append(clock() - begun)
    return float(max(min(taken[1:]), 1))
