"""A screen whose sketches stand on a card: templates as they are, scaled, in float32.

The card is fast enough to multiply all numbers of the templates, so nothing is turned or left out, and its bound is
that of the rounding of its products alone (`device`): it names hardly more cells than there are scores at the floor.
Their positions are all that comes back; the processor computes their scores from the templates, so no bit depends on
the card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.bands import BAND_ROWS
from fr_bench.comparison.device import Device, assumed_error
from fr_bench.comparison.exact import Keys
from fr_bench.comparison.grid import Grid
from fr_bench.comparison.screen import Lengths, Screen, float32_below, float_parts, float_width, most, no_lengths, spare
from fr_bench.comparison.sketch import Basis, as_they_stand

WIDER = 128
"""Blocks are so many times as wide as those of the processor: 65,536 columns as a rule."""
NAMED = 1 << 19
"""No more cells are named at once, about: blocks are narrower where many reach the floor. Each takes some 50 bytes."""
TRIED = (128, 768)
"""Rows and columns of which is counted how many are named."""


@dataclass(frozen=True, slots=True, eq=False)
class DeviceSketches:
    """Sketches (n, d) in float32 on a card.

    numbers   d
    widest    columns of a block at most
    """

    left: Lengths
    right: Lengths
    rows: Any
    columns: Any
    numbers: int
    widest: int
    device: Device

    @property
    def spare(self) -> float:
        """All of it: nothing, unless numbers are too small for float32 once they are scaled."""
        return spare(self.left, self.right)

    def blocks(self, first: int, end: int, width: int) -> Iterator[slice]:
        """Wide ones, from the first column that is wanted: nothing is prepared for a block."""
        width = min(width * WIDER, self.widest)
        for begin in range(first, end, width):
            yield slice(begin, min(begin + width, end))

    def room(self, rows: int, columns: int) -> NDArray[Any]:
        """None: products stay on the card."""
        return np.empty(0, np.float32)

    def products(self, rows: slice, columns: slice, out: NDArray[Any]) -> NDArray[Any]:
        """(r, c) float32, brought back: for trials, not for runs."""
        return self.device.products(self.rows[rows], self.columns[columns])

    def reaching(self, rows: slice, columns: slice, limits: NDArray[Any], room: NDArray[Any]) -> NDArray[np.intp]:
        """As the card finds them."""
        return self.device.reaching(self.rows[rows], self.columns[columns], limits)

    def error(self) -> float:
        """As `device` assumes."""
        return float(assumed_error(self.numbers, most(self.left.whole) * most(self.right.whole)))

    def thresholds(self, products: Keys) -> NDArray[Any]:
        """Rounded downwards."""
        return float32_below(products)


def screen_on(device: Device, grid: Grid, scale: float, least: float | Keys) -> Screen:
    """The screen of a grid on a card.

    scale   `power_of_two` of its longest template
    least   of `Screen`

    Raises MachineError `device_memory` where its templates have no place there.
    """
    basis = as_they_stand(grid.column_vectors.shape[1], scale)
    rows, left = _held(device, basis, grid.rows.vectors)
    columns, right = (rows, left) if grid.triangular else _held(device, basis, grid.column_vectors)
    sketches = DeviceSketches(left, right, rows, columns, float_width(basis), 1, device)
    screen = Screen("device", sketches, basis, least, grid.comparison == "euclidean")
    return replace(screen, sketches=replace(sketches, widest=_widest(screen, grid)))


def _widest(screen: Screen, grid: Grid) -> int:
    """How many columns a block of a band has at most, by what is named of some rows and columns."""
    across, down = (slice(0, n, max(1, n // tried)) for n, tried in zip(grid.shape, TRIED, strict=True))
    seen = len(range(*across.indices(grid.shape[0]))) * len(range(*down.indices(grid.shape[1])))
    share = max(1, len(screen.open_cells(across, down))) / seen
    return max(1, int(NAMED / (share * BAND_ROWS)))


def _held(device: Device, basis: Basis, templates: NDArray[np.float32]) -> tuple[Any, Lengths]:
    lengths = no_lengths(len(templates))
    return device.hold(len(templates), float_width(basis), float_parts(basis, templates, lengths)), lengths
