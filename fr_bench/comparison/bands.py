"""The pass over all nonmated comparisons: bands of rows, each computed block by block, several at once, any resumed.

A band is the unit that is stored and resumed. What it holds does not depend on the blocks it was computed in: kept
scores stand in the order of the plan, counts are integers.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison import compiled
from fr_bench.comparison.by_subject import SubjectEntries, SubjectLedger
from fr_bench.comparison.exact import least_key
from fr_bench.comparison.grid import (
    Grid,
    block_keys,
    exact_scores,
    located,
    nonmated_cells,
    nonmated_in_rows,
    scores_of_cells,
    scores_of_keys,
    wide_rows,
)
from fr_bench.comparison.rest import RestCounts
from fr_bench.comparison.screen import Screen
from fr_bench.comparison.search import Aim, Hits
from fr_bench.progress import Observer

BAND_ROWS = 1024
BLOCK_COLUMNS = 512

Found = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]
"""Scores with the row and the column of each."""


class Parts(Protocol):
    """Where finished bands are kept between two starts of a run. What `read` gives was once written whole, or None."""

    def read(self, name: str) -> bytes | None:
        """What was written under this name; None if nothing was, or if it is damaged."""

    def write(self, name: str, data: bytes) -> None:
        """Keep it: either whole or not at all."""


@dataclass(slots=True, eq=False)
class Band:
    """The nonmated comparisons of some rows: those kept, in the order of the plan, and what is counted of the rest."""

    values: NDArray[np.float32]
    probe: NDArray[np.int32]
    reference: NDArray[np.int32]
    rest: RestCounts
    made: int
    hits: Hits | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pass:
    """What one pass over a grid is to do.

    floor     scores at or above it are kept
    at        distinct mated scores where the rest is to be counted beside them; None otherwise
    ledger    how the rest is summed up by subject; None: it is not
    aim       what the candidates of each probe are held against, where probes are searched for; None otherwise
    screen    what names the cells that may reach the floor, where the rest is not looked at; None: all are computed
    compiled  whether compiled loops look at what a screen lets through, which changes no result
    starts    where each band begins, and where the last ends
    columns   width of a block, which changes no result
    """

    grid: Grid
    floor: float
    at: NDArray[np.float32] | None
    ledger: SubjectLedger | None = None
    aim: Aim | None = None
    screen: Screen | None = None
    compiled: bool = False
    starts: NDArray[np.int64]
    columns: int = BLOCK_COLUMNS

    def __post_init__(self) -> None:
        if self.screen is not None and (self.at is not None or self.ledger is not None):
            raise ValueError("a screen passes over scores that are to be counted")

    def no_counts(self) -> RestCounts:
        """Counts of the rest before the first block."""
        return RestCounts(self.at, self.ledger.subjects if self.ledger else 0)


def band_of(job: Pass, number: int, stop: Callable[[], bool]) -> Band | None:
    """Band `number` of a pass; None if `stop()` became true on the way."""
    grid = job.grid
    rows = np.arange(job.starts[number], job.starts[number + 1])
    if job.screen is not None:
        return _screened(job, job.screen, rows, stop)
    wide = wide_rows(grid, rows)
    rest, made = job.no_counts(), 0
    entries = SubjectEntries.of_band(job.ledger, rows) if job.ledger else None
    hits = Hits.none(grid.shape[1]) if job.aim else None
    kept: list[Found] = []
    first = int(rows[0]) + 1 if grid.triangular else 0
    for begin in range(first, grid.shape[1], job.columns):
        if stop():
            return None
        columns = np.arange(begin, min(begin + job.columns, grid.shape[1]))
        block = block_keys(grid, rows, columns, wide)
        if hits is not None and job.aim is not None:
            hits.look(job.aim, grid, rows, columns, block)
        count, found = _block(job, rows, columns, block, (rest, entries))
        made += count
        kept.append(found)
    if entries is not None:
        rest.by_subject += entries.by_subject()
    if hits is not None and job.aim is not None:
        hits.thin_out(job.aim.returned)
    return _put_together(grid, kept, rest, made, hits)


def _put_together(grid: Grid, kept: list[Found], rest: RestCounts, made: int, hits: Hits | None = None) -> Band:
    """A band of what its blocks found, in the order of the plan."""
    if not kept:
        return Band(np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(0, np.int32), rest, made, hits)
    values, row, column = (np.concatenate(arrays) for arrays in zip(*kept, strict=True))
    order = np.argsort(row * grid.shape[1] + column)
    return Band(values[order], grid.column_numbers[column[order]], grid.rows.numbers[row[order]], rest, made, hits)


def _screened(job: Pass, screen: Screen, rows: NDArray[np.int64], stop: Callable[[], bool]) -> Band | None:
    """A band of which only the cells that a screen lets through are computed."""
    grid, band = job.grid, slice(int(rows[0]), int(rows[-1]) + 1)
    fast = job.compiled and compiled.loop() is not None
    wide = None if fast else wide_rows(grid, rows)
    blocks = list(screen.sketches.blocks(band.start + 1 if grid.triangular else 0, grid.shape[1], job.columns))
    room = screen.sketches.room(len(rows), max((block.stop - block.start for block in blocks), default=0))
    hits = Hits.none(grid.shape[1]) if job.aim else None
    kept: list[Found] = []
    for columns in blocks:
        if stop():
            return None
        scores, row, column = _let_through(job, screen, (band, columns), wide, room)
        if hits is not None and job.aim is not None:
            hits.enter(job.aim, grid, scores, row, column)
        high = scores >= np.float32(job.floor)
        kept.append((scores[high], row[high], column[high]))
    rest = job.no_counts()
    if hits is not None and job.aim is not None:
        kept += _unscreened(job, job.aim, screen, rows, hits)
        hits.thin_out(job.aim.returned)
    made = int(nonmated_in_rows(grid, rows).sum())
    rest.count = made - sum(len(found[0]) for found in kept)
    return _put_together(grid, kept, rest, made, hits)


def _let_through(
    job: Pass, screen: Screen, block: tuple[slice, slice], wide: NDArray[np.float64] | None, room: NDArray[Any]
) -> Found:
    """Exact nonmated scores of the cells of a block that may reach the floor, and of some that do not.

    wide   `wide_rows` of the band; None where compiled loops look
    """
    grid, (band, columns) = job.grid, block
    if wide is None and not screen.on_card:
        row, column, keys = compiled.named(screen, grid, screen.products(band, columns, room), band, columns)
        return scores_of_keys(grid, row, column, keys), row, column
    row, column = np.divmod(screen.open_cells(band, columns, room), columns.stop - columns.start)
    row, column = row + band.start, column + columns.start
    compared = grid.row_subject[row] != grid.column_subject[column]
    if grid.triangular and columns.start < band.stop:
        compared &= column > row
    row, column = row[compared], column[compared]
    if screen.checked:
        likely = screen.likely(grid, row, column)
        row, column = row[likely], column[likely]
    if wide is None:
        return scores_of_keys(grid, row, column, compiled.keys_of(grid, row, column)), row, column
    return scores_of_cells(grid, row, column, wide, band, columns), row, column


def _unscreened(job: Pass, aim: Aim, screen: Screen, rows: NDArray[np.int64], hits: Hits) -> list[Found]:
    """What is kept of the columns of which a screen lets nothing through, since it would let too much through."""
    least, kept = np.broadcast_to(np.asarray(screen.least), (job.grid.shape[1],)), []
    hard = np.flatnonzero(np.isposinf(least))
    wide = wide_rows(job.grid, rows) if len(hard) else None
    for begin in range(0, len(hard), job.columns):
        columns = hard[begin : begin + job.columns]
        block = block_keys(job.grid, rows, columns, wide)
        hits.look(aim, job.grid, rows, columns, block)
        kept.append(_block(job, rows, columns, block, (job.no_counts(), None))[1])
    return kept


def _block(
    job: Pass,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    block: tuple[NDArray[np.float64], float],
    counted: tuple[RestCounts, SubjectEntries | None],
) -> tuple[int, Found]:
    """Comparisons made in a block, and those kept."""
    keys, bound = block
    cells = nonmated_cells(job.grid, rows, columns)
    made = keys.size if cells is None else int(np.count_nonzero(cells))
    if job.at is not None:
        wanted = cells
    else:
        # Below this key no score reaches the floor, however the bound is used up.
        wanted = keys >= least_key(job.floor, job.grid.comparison) - bound
        if cells is not None:
            wanted &= cells
    positions = None if wanted is None else np.flatnonzero(wanted)
    scores = exact_scores(job.grid, keys, bound, rows, columns, positions)
    high = scores >= np.float32(job.floor)
    rest, entries = counted
    if job.at is not None:
        rest.take(scores[~high])
        if entries is not None:
            entries.take(slice(int(columns[0]), int(columns[-1]) + 1), *_laid_out(keys.shape, positions, scores, high))
    else:
        rest.count += made - int(np.count_nonzero(high))
    row, column = located(rows, columns, np.flatnonzero(high) if positions is None else positions[high])
    return made, (scores[high], row, column)


def _laid_out(
    shape: tuple[int, ...], positions: NDArray[np.intp] | None, scores: NDArray[np.float32], high: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Scores of some cells of a block in their places, and which cells are not of the rest."""
    if positions is None:
        return scores.reshape(shape), high.reshape(shape)
    values, left_out = np.zeros(shape, np.float32), np.ones(shape, bool)
    values.ravel()[positions], left_out.ravel()[positions] = scores, high
    return values, left_out


def sweep(
    job: Pass, *, threads: int, parts: Parts | None, key: str, observer: Observer
) -> Generator[tuple[int, Band], None, None]:
    """All bands of a pass with their numbers, as they get finished; taken from `parts` where an earlier run left them.

    key   names everything that a band depends on
    """
    count = len(job.starts) - 1
    stopped = threading.Event()

    def one(number: int) -> Band | None:
        name = f"{key}-{number:06d}"
        stored = parts.read(name) if parts is not None else None
        band = unpacked(stored, job) if stored is not None else None
        if band is None:
            band = band_of(job, number, stopped.is_set)
            if parts is not None and band is not None:
                parts.write(name, packed(band))
        return band

    observer.start("comparisons", job.grid.nonmated, "comparisons")
    with ThreadPoolExecutor(threads) as pool:
        numbers = iter(range(count))
        running: dict[Future[Band | None], int] = {}
        try:
            while True:
                for number in numbers:
                    running[pool.submit(one, number)] = number
                    if len(running) > threads:
                        break
                if not running:
                    break
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    number, band = running.pop(done), done.result()
                    if band is not None:
                        observer.advance(band.made)
                        yield number, band
        finally:
            stopped.set()
            for future in running:
                future.cancel()
    observer.finish()


class Sweep(Protocol):
    """`sweep`, or another one that gives the same bands, such as one that has them made by other machines."""

    def __call__(
        self, job: Pass, *, threads: int, parts: Parts | None, key: str, observer: Observer
    ) -> Generator[tuple[int, Band], None, None]: ...


def packed(band: Band) -> bytes:
    """A band as bytes: a line of JSON, then npy arrays."""
    rest = band.rest
    head = {
        "made": band.made,
        "count": rest.count,
        "infinite": rest.infinite,
        "sum": str(rest.sum),
        "squares": str(rest.squares),
    }
    out = io.BytesIO()
    out.write(json.dumps(head).encode("ascii") + b"\n")
    arrays: list[NDArray[Any]] = [band.values, band.probe, band.reference, rest.below, rest.up_to, rest.by_subject]
    for array in [*arrays, *_columns(band.hits)]:
        np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _columns(hits: Hits | None) -> tuple[NDArray[Any], ...]:
    return () if hits is None else (hits.above, hits.ties, hits.column, hits.row, hits.score)


def unpacked(data: bytes, job: Pass) -> Band | None:
    """The band of a pass that was packed; None where the bytes are none of ours."""
    source, rest, searched = io.BytesIO(data), job.no_counts(), 0 if job.aim is None else 5
    try:
        head = json.loads(source.readline())
        arrays = [np.load(source, allow_pickle=False) for _ in range(6 + searched)]
        values, probe, reference, below, up_to, by_subject = arrays[:6]
        rest.count, rest.infinite = int(head["count"]), int(head["infinite"])
        rest.sum, rest.squares = int(head["sum"]), int(head["squares"])
        made = int(head["made"])
    except (ValueError, KeyError, EOFError, TypeError):
        return None
    if below.shape != rest.below.shape or by_subject.shape != rest.by_subject.shape:
        return None
    if not len(values) == len(probe) == len(reference) == made - rest.count:
        return None
    rest.below, rest.up_to, rest.by_subject = below, up_to, by_subject
    return Band(values, probe, reference, rest, made, Hits(*arrays[6:]) if searched else None)
