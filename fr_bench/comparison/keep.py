"""Which nonmated scores are kept: all of a small run, else those at or above a floor found from a fixed sample.

The sample takes rows and columns at fixed strides of the grid, so the floor depends on templates, plan and policy
only: never on blocks, threads or what an earlier run left behind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.grid import Grid, block_keys, exact_scores, nonmated_cells, wide_rows
from fr_bench.records import Histogram

SAMPLE_ROWS = 512
SAMPLE_COLUMNS = 2048
"""Columns of a block of the sample, so that its float64 copies stay small."""
LEAST_SAMPLE, MOST_SAMPLE = 500_000, 4_000_000
SAMPLED_TAIL = 1500
"""So many scores of the sample lie above the floor, about, where its largest size allows it."""
SPARE, SIGMAS = 1.05, 3.0
"""How many more are kept than promised, so that the promise holds in spite of the sample's error: a share, as rows of
a sample are alike, and so many standard deviations of a count."""
BINS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPolicy:
    """How many nonmated scores are kept with probe and reference.

    everything_up_to   so many nonmated comparisons are all kept
    largest_fmr        largest FMR at which a measure will be read
    times              the tail holds so many times that, and so many times the EER, for the draws of the bootstrap
    cap                never more than so many where the floor can help it (ties at the floor are all kept)
    lowest             lowest threshold at which a measure is read: the floor lies no higher where the cap allows it
    """

    everything_up_to: int = 5_000_000
    largest_fmr: float = 0.01
    times: float = 3.0
    cap: int = 30_000_000
    lowest: float | None = None

    def __post_init__(self) -> None:
        sizes = 0 <= self.largest_fmr <= 1 and self.times >= 1 and self.cap >= 1 and self.everything_up_to >= 0
        if not sizes or (self.lowest is not None and math.isnan(self.lowest)):
            raise ValueError(f"no such keep policy: {self}")


def sample_size(policy: KeepPolicy) -> int:
    """How many nonmated comparisons are sampled, about: the more, the smaller the tail.

    >>> sample_size(KeepPolicy(largest_fmr=0.001)), sample_size(KeepPolicy(largest_fmr=1e-6))
    (500000, 4000000)
    """
    share = max(policy.times * policy.largest_fmr, 1e-9)
    return int(min(max(SAMPLED_TAIL / share, LEAST_SAMPLE), MOST_SAMPLE))


def sample_nonmated(grid: Grid, size: int = MOST_SAMPLE) -> NDArray[np.float32]:
    """Exact scores of a fixed sample of about so many nonmated comparisons, ascending: every k-th reference, every
    m-th probe."""
    rows_total, columns_total = grid.shape
    row_step = max(1, rows_total // SAMPLE_ROWS)
    rows = np.arange(row_step // 2, rows_total, row_step)
    halves = 2 if grid.triangular else 1
    column_step = max(1, len(rows) * columns_total // halves // size)
    columns = np.arange(column_step // 2, columns_total, column_step)
    parts = []
    for first in range(0, len(rows), 64):
        some = rows[first : first + 64]
        wide = wide_rows(grid, some)
        right = columns[columns > some[0]] if grid.triangular else columns
        for begin in range(0, len(right), SAMPLE_COLUMNS):
            across = right[begin : begin + SAMPLE_COLUMNS]
            keys, bound = block_keys(grid, some, across, wide)
            cells = nonmated_cells(grid, some, across)
            positions = None if cells is None else np.flatnonzero(cells)
            parts.append(exact_scores(grid, keys, bound, some, across, positions))
    found = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
    found.sort()
    return found


def eer_of(mated: NDArray[np.float32], nonmated: NDArray[np.float32], made: int) -> float | None:
    """About where FMR and FNMR meet: the larger of both at the first mated score where FNMR >= FMR.

    mated      ascending
    nonmated   ascending: all nonmated scores above some floor, of `made` in all
    None if there is none above the floor, or a class is empty.
    """
    if not len(mated) or not len(nonmated) or not made:
        return None
    false_non_matches = np.arange(len(mated)) / len(mated)
    false_matches = (len(nonmated) - np.searchsorted(nonmated, mated)) / made
    seen = mated >= nonmated[0]
    met = np.flatnonzero(false_non_matches >= false_matches)
    if not met.size:
        return float(false_matches[-1])
    first = int(met[0])
    if len(nonmated) < made and not seen[first]:
        return None
    return float(max(false_non_matches[first], false_matches[max(first - 1, 0)] if first else 0.0))


def promised_share(policy: KeepPolicy, eer: float | None) -> float:
    """The share of the nonmated comparisons that the tail must hold."""
    return min(1.0, policy.times * max(policy.largest_fmr, eer or 0.0))


def floor_at(sample: NDArray[np.float32], share: float) -> float:
    """The score at or above which about this share of the nonmated scores lies; -inf for all of them.

    >>> floor_at(np.arange(10, dtype=np.float32), 0.3)
    7.0
    """
    wanted = math.ceil(share * len(sample))
    if wanted >= len(sample):
        return -math.inf
    return float(sample[len(sample) - max(wanted, 1)])


def choose_floor(policy: KeepPolicy, grid: Grid, mated: NDArray[np.float32], sample: NDArray[np.float32]) -> float:
    """The floor of a run's first pass.

    mated    ascending mated scores
    sample   of `sample_nonmated`
    """
    if grid.nonmated <= policy.everything_up_to:
        return -math.inf
    share = _spared(promised_share(policy, eer_of(mated, sample, len(sample))), len(sample))
    return _down_to(policy, sample, floor_at(sample, min(share, policy.cap / grid.nonmated)), grid.nonmated)


def _spared(share: float, sampled: int) -> float:
    """A share of the sample that holds more than this one for nearly certain."""
    return share * SPARE + SIGMAS * math.sqrt(share / max(sampled, 1))


def expected_tail(policy: KeepPolicy, made: int) -> int:
    """How many nonmated scores are kept where the EER is no higher than the largest FMR that a measure is read at.

    >>> expected_tail(KeepPolicy(), 1000), expected_tail(KeepPolicy(largest_fmr=1e-3), 10**9)
    (1000, 3382380)
    """
    if made <= policy.everything_up_to:
        return made
    share = _spared(promised_share(policy, None), min(sample_size(policy), made))
    return min(math.ceil(share * made), policy.cap, made)


def _down_to(policy: KeepPolicy, sample: NDArray[np.float32], floor: float, made: int) -> float:
    """The floor, or the lowest threshold that is asked for, where that is lower and the cap allows it."""
    if policy.lowest is None or not policy.lowest < floor:
        return floor
    with np.errstate(over="ignore", under="ignore"):
        lowest = np.float32(policy.lowest)
    if float(lowest) > policy.lowest:
        lowest = np.nextafter(lowest, np.float32(-np.inf))
    above = len(sample) - int(np.searchsorted(sample, lowest))
    return float(lowest) if above * made * SPARE <= policy.cap * len(sample) else floor


def lower_floor(policy: KeepPolicy, sample: NDArray[np.float32], floor: float, need: float, made: int) -> float:
    """The next floor after one that kept too few; the same floor where the cap allows no lower one.

    need   how many times as many scores are wanted as this floor kept
    made   nonmated comparisons in all
    """
    above = len(sample) - int(np.searchsorted(sample, np.float32(floor)))
    allowed = math.ceil(policy.cap / made * len(sample))
    more = _spared(max(above, 1) * max(need, 1.0) / max(len(sample), 1), len(sample))
    wanted = min(math.ceil(more * len(sample)), allowed)
    if wanted <= above:
        return floor
    return -math.inf if wanted >= len(sample) else float(sample[len(sample) - wanted])


def drawn_from(sample: NDArray[np.float32]) -> Histogram | None:
    """A histogram of the sample, for drawing; None where it is empty or holds an infinity."""
    if not len(sample) or not np.isfinite(sample[[0, -1]]).all():
        return None
    low, high = float(sample[0]), float(sample[-1])
    # The last edge lies above the largest score: bins are half open.
    edges = np.linspace(low, high + max((high - low) * 1e-6, abs(high) * 1e-6, 1e-12), BINS + 1)
    counts = np.diff(np.searchsorted(sample.astype(np.float64), edges)).astype(np.int64)
    return Histogram(edges=edges, counts=counts, sampled=True)
