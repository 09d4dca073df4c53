"""Screening: which cells of a block may reach the floor, found by products of sketches, in float32 or whole numbers.

Sketches on a card are those of `device_screen`; what stands here is the processor's, and what all kinds share.

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

A coarse screen is checked: the cells that it names are computed in float32 one by one, with the same bound of the
rounding over the d numbers of the templates as they are, before the few that remain are computed exactly.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison import integers
from fr_bench.comparison.exact import Keys, squares
from fr_bench.comparison.grid import Grid, Positions
from fr_bench.comparison.sketch import Basis

COLUMNS = 1024
"""Width of a block that is screened: its products stay in the processor's cache while they are looked at."""
CELLS = 128
"""Cells of which the templates stand in the processor's cache at once."""
LONGEST = 2.0**60
"""Products of templates up to this length do not overflow."""
SIGMAS = 3.8
"""Whole numbers reach so many times as far as the numbers of a sketch do in the mean."""
SEEN = 256
"""Templates of a side, about, of which that mean is taken: it makes a screen sharper or coarser, never wrong."""
REMAINDERS = 8
"""Numbers at most that hold the length of what lies outside the span."""
SAFE = 1 + 2.0**-40
"""Raises a number above the roundings of its own computation."""


def float32_error(numbers: int, lengths: Any) -> Any:
    """At most what a float32 product of two vectors errs, of so many numbers each and with this product of lengths."""
    return numbers * 2.0**-24 / (1 - numbers * 2.0**-24) * lengths + numbers * 2.0**-125


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

    @property
    def spare(self) -> float:
        """What rounding lost of the rows, at most, as far as no number of the sketches stands for it."""

    def blocks(self, first: int, end: int, width: int) -> Iterator[slice]:
        """Blocks that together hold columns `first` to `end`, and maybe some before; best about so wide, if the kind
        does not know better."""

    def room(self, rows: int, columns: int) -> NDArray[Any]:
        """Memory of the processor for products of so many rows and columns, where the kind writes them there."""

    def products(self, rows: slice, columns: slice, out: NDArray[Any]) -> NDArray[Any]:
        """(r, c) products of sketches, in `out`."""

    def reaching(self, rows: slice, columns: slice, limits: NDArray[Any], room: NDArray[Any]) -> NDArray[np.intp]:
        """(n,) positions in the block, row by row, of all products at or above the (c,) limits of their columns."""

    def error(self) -> float:
        """At most what a product of two sketches errs."""

    def thresholds(self, products: Keys) -> NDArray[Any]:
        """What products must reach to be at least these for certain, if they are."""


@dataclass(frozen=True, slots=True, eq=False)
class FloatSketches:
    """Sketches (n, k + 1) in float32, of which the last number is |w|; (n, k) where nothing lies outside the span."""

    left: Lengths
    right: Lengths
    rows: NDArray[np.float32]
    columns: NDArray[np.float32]

    @property
    def spare(self) -> float:
        """All of it."""
        return spare(self.left, self.right)

    def blocks(self, first: int, end: int, width: int) -> Iterator[slice]:
        """At multiples of their width."""
        return blocks_in_step(first, end, width)

    def products(self, rows: slice, columns: slice, out: NDArray[Any]) -> NDArray[Any]:
        """(r, c) float32."""
        return np.matmul(self.rows[rows], self.columns[columns].T, out=out)

    def reaching(self, rows: slice, columns: slice, limits: NDArray[Any], room: NDArray[Any]) -> NDArray[np.intp]:
        """As all products tell."""
        return np.flatnonzero(self.products(rows, columns, room) >= limits)

    def room(self, rows: int, columns: int) -> NDArray[Any]:
        """Of float32."""
        return np.empty((rows, columns), np.float32)

    def error(self) -> float:
        """As the head of this module says."""
        return float(float32_error(self.rows.shape[1], most(self.left.whole) * most(self.right.whole)))

    def thresholds(self, products: Keys) -> NDArray[Any]:
        """Rounded downwards."""
        return float32_below(products)


@dataclass(frozen=True, slots=True, eq=False)
class IntegerSketches:
    """Sketches (n, k + m + r) in whole numbers of one `step`: m hold |w|, r what rounding lost of the rows."""

    left: Lengths
    right: Lengths
    rows: NDArray[np.uint8]
    columns: NDArray[np.int8]
    step: float
    levels: int
    made: dict[tuple[int, int], Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def spare(self) -> float:
        """None: the last numbers stand for it."""
        return 0.0

    def blocks(self, first: int, end: int, width: int) -> Iterator[slice]:
        """At multiples of their width, so that all bands share the session of a block."""
        return blocks_in_step(first, end, width)

    def products(self, rows: slice, columns: slice, out: NDArray[Any]) -> NDArray[Any]:
        """(r, c) int32. The columns of a block are the constant of a session, made once."""
        name = (columns.start, columns.stop)
        with self.lock:
            session = self.made.get(name)
            if session is None:
                session = self.made[name] = integers.product_by(self.columns[columns], self.levels)
        return integers.multiply(session, self.rows[rows], out)

    def reaching(self, rows: slice, columns: slice, limits: NDArray[Any], room: NDArray[Any]) -> NDArray[np.intp]:
        """As all products tell."""
        return np.flatnonzero(self.products(rows, columns, room) >= limits)

    def room(self, rows: int, columns: int) -> NDArray[Any]:
        """Of int32."""
        return np.empty((rows, columns), np.int32)

    def error(self) -> float:
        """Whole numbers do not err."""
        return 0.0

    def thresholds(self, products: Keys) -> NDArray[Any]:
        """In steps, rounded downwards."""
        steps = np.floor(products / (self.step * self.step)) - 1
        return np.asarray(np.clip(steps, -(2.0**31), 2.0**31 - 1).astype(np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """A screen for one floor, or for one of each column.

    least     the least key that may have a score at the floor: of all, or (c,) of each column; inf: none is looked at
    checked   whether `likely` is worth its time
    """

    kind: str
    sketches: Sketches
    basis: Basis
    least: float | Keys
    euclidean: bool
    checked: bool = False

    @property
    def on_card(self) -> bool:
        """Whether products are made on a card, where compiled loops cannot look at them."""
        return self.kind == "device"

    def open_cells(self, rows: slice, columns: slice, room: NDArray[Any] | None = None) -> NDArray[np.intp]:
        """(n,) positions in the block, row by row, of all cells that may reach the floor, and of some that do not.

        room   flat memory of `sketches.room`, to be written again and again
        """
        return self.sketches.reaching(rows, columns, self.limits(rows, columns), self._room(rows, columns, room))

    def products(self, rows: slice, columns: slice, room: NDArray[Any] | None = None) -> NDArray[Any]:
        """(r, c) products of sketches."""
        return self.sketches.products(rows, columns, self._room(rows, columns, room))

    def _room(self, rows: slice, columns: slice, room: NDArray[Any] | None) -> NDArray[Any]:
        shape = rows.stop - rows.start, columns.stop - columns.start
        room = self.sketches.room(*shape) if room is None else room
        # A kind that writes no products here has no room for any.
        return room.ravel()[: shape[0] * shape[1]].reshape(shape) if room.size else room

    def limits(self, rows: slice, columns: slice) -> NDArray[Any]:
        """(c,) what a product of sketches reaches at least, where a score reaches the floor."""
        return self.sketches.thresholds(self.needed(rows, columns))

    def likely(self, grid: Grid, rows: Positions, columns: Positions) -> NDArray[np.bool_]:
        """(n,) which of some cells of the grid may reach the floor, by float32 products of the templates themselves."""
        found, size = np.empty(len(rows), np.float32), grid.column_vectors.shape[1]
        one, other = (np.empty((min(CELLS, len(rows)), size), np.float32) for _ in range(2))
        for first in range(0, len(rows), CELLS):
            some = slice(first, min(first + CELLS, len(rows)))
            a, b = one[: some.stop - first], other[: some.stop - first]
            np.take(grid.rows.vectors, rows[some], axis=0, out=a, mode="clip")
            np.take(grid.column_vectors, columns[some], axis=0, out=b, mode="clip")
            np.vecdot(a, b, out=found[some])
        x, y = grid.row_norms[rows], grid.column_norms[columns]
        least = self.least if isinstance(self.least, float) else self.least[columns]
        product = (least + (x * x + y * y) * (1 - 2.0**-40)) / 2 if self.euclidean else least
        slack = float32_error(size, x * y * SAFE) + 2.0**-40 * (np.abs(product) + x * y)
        return np.asarray(found.astype(np.float64) >= product - slack)

    def needed(self, rows: slice, columns: slice) -> Keys:
        """(c,) what x'.y' + |w| |z|, and what the sketches hold of the rest, reaches where a score reaches the floor.

        Of (1), |x'| |f| + |d| |y'| + |d| |f| is at most f max |x'| + d (max |y'| + max |f|): a part of the column and
        one of the row.
        """
        left, right = self.sketches.left, self.sketches.right
        slack = right.lost[columns] * most(left.kept) * SAFE + self.sketches.spare
        slack += self.basis.eta + self.sketches.error()
        least = self.least if isinstance(self.least, float) else self.least[columns]
        product = np.full(len(slack), least * (self.basis.scale * self.basis.scale))
        if self.euclidean:
            product = (product + float(left.square[rows].min()) + right.square[columns]) / 2
        return np.asarray(product - slack - 2.0**-40)


def most(lengths: Keys) -> float:
    """The greatest length; 0 of none."""
    return float(lengths.max(initial=0.0))


def spare(left: Lengths, right: Lengths) -> float:
    """What rounding lost of the rows, by (1), where no number of the sketches stands for it."""
    return most(left.lost) * (most(right.kept) + most(right.lost)) * SAFE


def float32_below(products: Keys) -> NDArray[np.float32]:
    """Numbers in float32 that are less."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.nextafter(products.astype(np.float32), np.float32(-np.inf)))


def blocks_in_step(first: int, end: int, width: int) -> Iterator[slice]:
    """Blocks that begin at multiples of their width, which is COLUMNS at most."""
    width = min(width, COLUMNS)
    for begin in range(first // width * width, end, width):
        yield slice(begin, min(begin + width, end))


def float_sketches(basis: Basis, rows: NDArray[np.float32], columns: NDArray[np.float32]) -> FloatSketches:
    """Sketches in float32."""
    one, left = _float_side(basis, rows)
    other, right = (one, left) if columns is rows else _float_side(basis, columns)
    return FloatSketches(left, right, one, other)


def _float_side(basis: Basis, templates: NDArray[np.float32]) -> tuple[NDArray[np.float32], Lengths]:
    numbers, lengths = np.empty((len(templates), float_width(basis)), np.float32), no_lengths(len(templates))
    for some, part in float_parts(basis, templates, lengths):
        numbers[some] = part
    return numbers, lengths


def float_width(basis: Basis) -> int:
    """Numbers of a sketch in float32: of templates as they stand, nothing lies outside the span."""
    return basis.width + (basis.vectors is not None)


def float_parts(
    basis: Basis, templates: NDArray[np.float32], lengths: Lengths
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Sketches in float32, some at a time, whose lengths are filled in."""
    for some, p, outside, square in basis.parts(templates):
        numbers = np.empty((len(p), float_width(basis)), np.float32)
        numbers[:, : basis.width] = p
        if basis.vectors is not None:
            numbers[:, -1] = np.nextafter(outside.astype(np.float32), np.float32(np.inf))
        wide = numbers.astype(np.float64)
        _fill(lengths, some, wide[:, : basis.width], p, square)
        lengths.whole[some] = np.sqrt(squares(wide)) * SAFE
        yield some, numbers


def integer_sketches(basis: Basis, rows: NDArray[np.float32], columns: NDArray[np.float32]) -> IntegerSketches | None:
    """Sketches in whole numbers; None where products are not exact here, or too much lies outside of them."""
    levels = integers.exact_levels()
    if not levels:
        return None
    sides = (rows,) if columns is rows else (rows, columns)
    some = (side[:: max(1, len(side) // SEEN)] for side in sides)
    step = SIGMAS / levels * max(float(np.sqrt(np.mean(basis.projected(side)[0] ** 2))) for side in some)
    if not step > 2.0**-40:
        return None
    one, outside, left = _integer_side(basis, rows, step, levels)
    other, beyond, right = (one, outside, left) if columns is rows else _integer_side(basis, columns, step, levels)
    # Each of m numbers is |w| / sqrt(m), rounded up, and then at most `levels`.
    furthest = max(most(outside), most(beyond)) / step
    remainders = math.ceil((furthest / levels * (1 + 2.0**-20)) ** 2)
    # Each of r numbers of a row, times `share`, stands for a part of what rounding lost, and is at most `levels`.
    lost = left.lost * ((most(right.kept) + most(right.lost)) * SAFE / (step * step))
    parts = max(1, math.ceil(most(lost) / (levels * levels) * (1 + 2.0**-20)))
    if remainders > REMAINDERS or parts > REMAINDERS:
        return None
    share = max(1, math.ceil(most(lost) / (levels * parts) * (1 + 2.0**-20)))
    far, beyond = (np.ceil(side / (step * math.sqrt(max(remainders, 1))) * SAFE) for side in (outside, beyond))
    one = _wider(one, (far, remainders), (np.ceil(lost / (share * parts) * SAFE), parts))
    other = _wider(other, (beyond, remainders), (np.full(len(columns), float(share)), parts))
    zero_added = (one.view(np.uint8) + np.uint8(levels)) & np.uint8(255)
    return IntegerSketches(left, right, zero_added, other, step, levels)


def _wider(numbers: NDArray[np.int8], *more: tuple[Keys, int]) -> NDArray[np.int8]:
    """Sketches with further numbers, each so many times."""
    return np.concatenate(
        [numbers, *(np.repeat(n.astype(np.int8)[:, None], times, axis=1) for n, times in more)], axis=1
    )


def _integer_side(
    basis: Basis, templates: NDArray[np.float32], step: float, levels: int
) -> tuple[NDArray[np.int8], Keys, Lengths]:
    numbers, far = np.empty((len(templates), basis.width), np.int8), np.empty(len(templates))
    lengths = no_lengths(len(templates))
    for some, p, outside, square in basis.parts(templates):
        whole = np.clip(np.rint(p / step), -levels, levels)
        numbers[some], far[some] = whole, outside
        _fill(lengths, some, whole * step, p, square)
    return numbers, far, lengths


def no_lengths(count: int) -> Lengths:
    """Lengths of so many sketches, to be filled in."""
    return Lengths(*(np.zeros(count) for _ in range(4)))


def _fill(lengths: Lengths, some: slice, kept: Keys, p: Keys, square: Keys) -> None:
    lengths.kept[some] = np.sqrt(squares(kept)) * SAFE
    lengths.lost[some] = np.sqrt(squares(p - kept)) * SAFE
    lengths.square[some] = square
