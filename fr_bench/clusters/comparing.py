"""The comparisons of a run on a cluster: tiles as tasks, joined to bands that are kept as those of one machine are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from fr_bench import __version__
from fr_bench.clusters.at_work import make_tile
from fr_bench.clusters.connecting import Cluster
from fr_bench.clusters.orders import Order, results
from fr_bench.clusters.shelf import Shelved
from fr_bench.comparison.bands import Band, Parts, Pass, Sweep, packed, unpacked
from fr_bench.comparison.choosing import Screening
from fr_bench.comparison.tiles import Slab, Tiling, joined, tiling_of
from fr_bench.progress import Observer


def sweep_on(cluster: Cluster, screening: Screening = "auto") -> Sweep:
    """`comparison.bands.sweep` with the workers of a cluster in place of threads.

    Bands that an earlier run left behind are taken wherever they were made, and those that are made here are left as
    that run would have left them: so a run may go on with a cluster or without.
    """

    def sweeping(
        job: Pass,
        *,
        threads: int,  # noqa: ARG001 - the workers' threads count, not those of this machine
        parts: Parts | None,
        key: str,
        observer: Observer,
    ) -> Generator[tuple[int, Band], None, None]:
        observer.start("comparisons", job.grid.nonmated, "comparisons")
        missing = []
        for number in range(len(job.starts) - 1):
            stored = parts.read(f"{key}-{number:06d}") if parts is not None else None
            band = unpacked(stored, job) if stored is not None else None
            if band is None:
                missing.append(number)
            else:
                observer.advance(band.made)
                yield number, band
        if missing:
            with closing(_made(cluster, job, missing, screening, observer)) as bands:
                for number, band in bands:
                    if parts is not None:
                        parts.write(f"{key}-{number:06d}", packed(band))
                    yield number, band
        observer.finish()

    return sweeping


def _made(
    cluster: Cluster, job: Pass, missing: Sequence[int], screening: Screening, observer: Observer
) -> Generator[tuple[int, Band], None, None]:
    """The missing bands of a pass, a slab of rows at a time, as the last tile of each slab comes in."""
    tiling = tiling_of(job, cluster.threads, screening)
    tiles = _tiles(tiling, missing)
    waiting = {row: len(tiling.across(row)) for row in {tile.row for tile in tiles}}
    found: dict[int, list[tuple[Slab, Band]]] = defaultdict(list)
    with closing(results(cluster, _orders(tiling, tiles))) as coming:
        for place, made in coming:
            tile = tiles[place]
            for number, comparisons, data in made:
                band = unpacked(data, job)
                if band is None or band.made != comparisons:
                    raise ValueError(f"band {number} came back damaged")
                found[number].append((tiling.columns[tile.column], band))
                observer.advance(comparisons)
            waiting[tile.row] -= 1
            if not waiting[tile.row]:
                for number in tile.bands:
                    yield number, joined(found.pop(number), tiling.rows[tile.row], job)


@dataclass(frozen=True, slots=True)
class _Tile:
    """A slab of rows, a slab of columns, and which bands of the rows are wanted."""

    row: int
    column: int
    bands: tuple[int, ...]


def _tiles(tiling: Tiling, missing: Sequence[int]) -> list[_Tile]:
    """Slab of rows after slab of rows, so that bands get finished, and stored, as early as can be."""
    tiles = []
    for row, rows in enumerate(tiling.rows):
        following = tiling.rows[row + 1].first_band if row + 1 < len(tiling.rows) else max(missing) + 1
        bands = tuple(number for number in missing if rows.first_band <= number < following)
        if bands:
            tiles += [_Tile(row, column, bands) for column in tiling.across(row)]
    return tiles


def _orders(tiling: Tiling, tiles: Sequence[_Tile]) -> Iterator[Order]:
    setting = Shelved(
        tiling.setting.digest(), lambda: tiling.setting, 0 if tiling.setting.at is None else tiling.setting.at.nbytes
    )
    shelved: dict[int, Shelved] = {}

    def of(slab: Slab) -> Shelved:
        # Where every pair is compared, a slab of rows and one of columns are the same, and are sent once.
        if id(slab) not in shelved:
            shelved[id(slab)] = Shelved(slab.digest(), lambda: slab, slab.templates.vectors.nbytes)
        return shelved[id(slab)]

    for tile in tiles:
        rows, columns = tiling.rows[tile.row], tiling.columns[tile.column]
        yield Order(
            make_tile,
            (__version__, tile.bands),
            (setting, of(rows), of(columns)),
            f"rows {rows.first} to {rows.first + len(rows.subjects) - 1} with columns {columns.first} to "
            f"{columns.first + len(columns.subjects) - 1}",
        )
