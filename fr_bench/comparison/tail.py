"""The kept nonmated scores, put together band by band in the order of the plan, standing in memory once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.bands import Band
from fr_bench.records import Scores

GROWTH = 1.25


class Tail:
    """Takes bands in any order and keeps their scores in theirs.

    The columns grow in place: the system moves the pages of a large block without copying them. Lists of bands,
    joined at the end, stood in memory twice, between holes that the blocks of the pass had left.
    """

    def __init__(self) -> None:
        kinds: tuple[type, ...] = (np.float32, np.int32, np.int32)
        self.columns: list[NDArray[Any]] = [np.zeros(1 << 12, kind) for kind in kinds]
        self.filled = 0
        self.next = 0
        self.early: dict[int, Band] = {}

    @property
    def size(self) -> int:
        """Scores taken so far."""
        return self.filled + sum(len(band.values) for band in self.early.values())

    def put(self, number: int, band: Band) -> None:
        """Take band `number`, counted from 0; each is taken once."""
        self.early[number] = band
        while self.next in self.early:
            self._append(self.early.pop(self.next))
            self.next += 1

    def _append(self, band: Band) -> None:
        end = self.filled + len(band.values)
        for column, part in zip(self.columns, (band.values, band.probe, band.reference), strict=True):
            if end > len(column):
                column.resize(int(end * GROWTH), refcheck=False)
            column[self.filled : end] = part
        self.filled = end

    def scores(self) -> Scores:
        """All that was taken. Raises ValueError where a band is missing. The tail must not be used after it."""
        if self.early:
            raise ValueError(f"band {self.next} is missing")
        for column in self.columns:
            column.resize(self.filled, refcheck=False)
        return Scores(values=self.columns[0], probe=self.columns[1], reference=self.columns[2])
