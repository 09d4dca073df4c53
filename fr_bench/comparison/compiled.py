"""What a screen lets through, looked at by compiled loops (extra `fast`: numba); without numba, numpy does the same.

One loop over the products of sketches finds the cells that may reach the floor, checks each by a float32 product of
the templates, and gives the approximate key of those that are left, with the error that `exact` and `screen` bound for
sums in any order, with or without fused multiply-add. Scores are made of keys by `exact.round_exactly` either way: a
run gives the same bytes with and without numba.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.exact import Keys
from fr_bench.comparison.grid import Grid, Positions
from fr_bench.comparison.screen import LONGEST, SAFE, Screen

WORTH_LOADING = 300_000_000
"""Below so many nonmated comparisons loading numba takes longer than it saves."""
GROUP = 32
"""Products that are looked at together before each by itself."""

Named = tuple[Positions, Positions, Keys]
"""Rows and columns of the grid, and approximate keys."""


@cache
def loop() -> Any:
    """The compiled `_block`; None without numba."""
    try:
        return _compiled(_block)
    except ImportError:
        return None


def _compiled(function: Callable[..., Any]) -> Any:
    """A compiled function, kept on disk where numba finds a place for it."""
    import numba

    # Sums in any order, and fused: nothing that the bounds do not allow.
    ways = {"nogil": True, "fastmath": {"reassoc", "contract", "nsz"}}
    with contextlib.suppress(RuntimeError):
        return numba.njit(function, cache=True, **ways)
    return numba.njit(function, **ways)


def wanted(nonmated: int) -> bool:
    """Whether to look with compiled loops in a run of so many nonmated comparisons: numba is there, and it pays."""
    return (nonmated >= WORTH_LOADING or loop.cache_info().currsize > 0) and loop() is not None


def named(screen: Screen, grid: Grid, products: NDArray[Any], rows: slice, columns: slice) -> Named:
    """Comparisons of a block that may reach the floor, nonmated ones, in the order of the block, with their keys.

    products   `screen.products(rows, columns)`
    The keys err by no more than `grid.factor` times the scale of each pair.
    """
    some, across = grid.rows.vectors[rows], grid.column_vectors[columns]
    least = np.broadcast_to(np.asarray(screen.least, np.float64), (grid.shape[1],))[columns]
    room = len(some) * len(across)
    row, column, keys = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room)
    size = across.shape[1]
    error = size * 2.0**-24 / (1 - size * 2.0**-24) * SAFE
    if max(grid.row_norms[rows].max(), grid.column_norms[columns].max()) >= LONGEST:
        # Float32 products may overflow: nothing can be said by them.
        error = math.inf
    found = loop()(
        products,
        screen.limits(rows, columns),
        np.ascontiguousarray(some),
        np.ascontiguousarray(across),
        grid.row_norms[rows],
        grid.column_norms[columns],
        np.ascontiguousarray(least),
        (error, size * 2.0**-125),
        screen.euclidean,
        grid.row_subject[rows],
        grid.column_subject[columns],
        # Of a triangle, only columns right of the row's own count.
        rows.start - columns.start if grid.triangular else -(len(some) + len(across)),
        (row, column, keys),
    )
    return row[:found].astype(np.int64) + rows.start, column[:found].astype(np.int64) + columns.start, keys[:found]


@cache
def cells() -> Any:
    """The compiled `_cells`."""
    return _compiled(_cells)


def keys_of(grid: Grid, rows: Positions, columns: Positions) -> Keys:
    """(n,) approximate keys of some cells; they err by no more than `grid.factor` times the scale of each pair.

    References are single templates; numba is there (`loop`).
    """
    keys = np.empty(len(rows))
    some, across = np.asarray(grid.rows.vectors), np.asarray(grid.column_vectors)
    cells()(some, across, rows, columns, grid.comparison == "euclidean", keys)
    return keys


def _cells(some: Any, across: Any, rows: Any, columns: Any, euclidean: Any, out: Any) -> None:
    """Fill `out` with the keys of cells in these rows and columns."""
    for place in range(len(rows)):
        i, j, key = rows[place], columns[place], 0.0
        if euclidean:
            for k in range(some.shape[1]):
                difference = np.float64(some[i, k]) - np.float64(across[j, k])
                key -= difference * difference
        else:
            for k in range(some.shape[1]):
                key += np.float64(some[i, k]) * np.float64(across[j, k])
        out[place] = key


def _block(
    products: Any, limits: Any, some: Any, across: Any, row_norms: Any, column_norms: Any, least: Any, error: Any,
    euclidean: Any, row_subject: Any, column_subject: Any, diagonal: Any, out: Any,
) -> Any:  # fmt: skip
    """Fill `out` with row, column and key of the cells of a block that are left, and say how many they are.

    All in one function: numba finds no function on disk that calls others which were handed to it.
    """
    found, count, size = 0, products.shape[1], some.shape[1]
    for i in range(products.shape[0]):
        for first in range(0, count, GROUP):
            end = min(first + GROUP, count)
            open_ = 0
            for j in range(first, end):
                open_ |= products[i, j] >= limits[j]
            if not open_:
                continue
            for j in range(first, end):
                if products[i, j] < limits[j] or row_subject[i] == column_subject[j] or j <= i + diagonal:
                    continue
                x, y = row_norms[i], column_norms[j]
                wanted = least[j]
                if euclidean:
                    wanted = (wanted + (x * x + y * y) * (1 - 2.0**-40)) / 2
                slack = error[0] * x * y + error[1] + 2.0**-40 * (abs(wanted) + x * y)
                product = np.float32(0.0)
                for k in range(size):
                    product += some[i, k] * across[j, k]
                if np.float64(product) < wanted - slack:
                    continue
                key = 0.0
                if euclidean:
                    for k in range(size):
                        difference = np.float64(some[i, k]) - np.float64(across[j, k])
                        key -= difference * difference
                else:
                    for k in range(size):
                        key += np.float64(some[i, k]) * np.float64(across[j, k])
                out[0][found], out[1][found], out[2][found] = i, j, key
                found += 1
    return found
