"""Comparisons on a card: how many a second at N templates, as a share of the card's own float32 product of the blocks.

    python -m bench.device [--templates 1000000] [--dimension 512] [--bands 48] [--threads N] [--json FILE]

Templates are those of bench/engine.py. The floor is that of a run with the tail for FMR 1e-6. Some bands of 1,024 rows,
at equal distances from the first to the last, are made as a run makes them: cells found on the card, scores of those by
the processor's threads. Beside them the card multiplies the same rows by the same columns and does nothing else, in
blocks of the same size, by the same library. Seconds are of the wall, the least of two rounds in turns; loading the
library, opening the card and bringing the templates there are told apart. The last of the bands is also made without a
card, and must be the same to the byte. The bar is a share of 0.5.

Without a CUDA device the row is "not run", and nothing is judged. `--stand-in` lets NumPy stand for the card, to try
this file: its figures say nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import fr_bench  # noqa: F401 - sets what must be set before numpy is imported
from fr_bench.comparison import device as devices
from fr_bench.comparison.device_arrays import ModuleArrays
from fr_bench.provenance import usable_cores

BAR = 0.5
RARE = 1e-6


def prepared(count: int, dimension: int) -> Any:
    """A pass over all pairs of so many templates, without a screen."""
    import numpy as np

    from bench.engine import templates
    from fr_bench.comparison import compiled, keep
    from fr_bench.comparison.bands import BAND_ROWS, Pass
    from fr_bench.comparison.grid import grid_of, mated_scores
    from fr_bench.comparison.plan import build
    from fr_bench.findings import RecognizerSummary
    from fr_bench.records import Card, Dataset, TemplateSet

    rows, subjects = templates(count, dimension)
    ids = tuple(f"{i:07d}" for i in range(count))
    plan = build(Dataset(name="made", format="folder", card=Card(name="made", format="folder", root=Path()),
                         sample_ids=ids, subjects=tuple(subjects), sources=(None,) * count), "all")  # fmt: skip
    summary = RecognizerSummary(name="made", version="1", digest="", provider="cpu", batch_size=1,
                                dimension=dimension, comparison="cosine")  # fmt: skip
    held = TemplateSet(vectors=rows, sample_ids=ids, failures={}, comparison="cosine", recognizer=summary)
    grid, policy = grid_of(plan, held), keep.KeepPolicy(everything_up_to=0, largest_fmr=RARE)
    sample = keep.sample_nonmated(grid, keep.sample_size(policy))
    floor = keep.choose_floor(policy, grid, np.sort(mated_scores(grid)[0]), sample)
    starts = np.append(np.arange(0, count, BAND_ROWS), count)
    return Pass(grid=grid, floor=floor, at=None, compiled=compiled.wanted(grid.nonmated), starts=starts)


def bands_made(job: Any, numbers: list[int], threads: int) -> tuple[float, int, int]:
    """Seconds, comparisons and kept scores of some bands."""
    from fr_bench.comparison.bands import band_of

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        made = list(pool.map(lambda number: band_of(job, number, lambda: False), numbers))
    seconds = time.perf_counter() - began
    return seconds, sum(band.made for band in made if band), sum(len(band.values) for band in made if band)


def bare_product(card: devices.Device, job: Any, numbers: list[int]) -> float:
    """Seconds for the products of the same blocks alone, begun one after another and waited for at the end."""
    sketches, arrays = job.screen.sketches, card.arrays
    began, last = time.perf_counter(), None
    for number in numbers:
        first, end = int(job.starts[number]), int(job.starts[number + 1])
        for columns in sketches.blocks(first + 1, job.grid.shape[1], job.columns):
            width = max(1, card.cells // (end - first))
            for begin in range(columns.start, columns.stop, width):
                last = arrays.products(
                    sketches.rows[first:end], sketches.columns[begin : min(begin + width, columns.stop)]
                )
    if last is not None:
        # The card works in order: when the last number is here, all products were made.
        arrays.fetched(last[:1, :1])
    return time.perf_counter() - began


def same_without(job: Any, number: int) -> bool:
    """Whether a band is the same to the byte where no card works."""
    from fr_bench.comparison.bands import band_of, packed

    one, other = (band_of(each, number, lambda: False) for each in (job, replace(job, screen=None)))
    return one is not None and other is not None and packed(one) == packed(other)


def measured(card: devices.Device, count: int, dimension: int, bands: int, threads: int) -> dict[str, Any]:
    """The figures of one card."""
    import numpy as np

    from fr_bench.comparison.choosing import one_blas_thread, screen_of

    plain = prepared(count, dimension)
    began = time.perf_counter()
    screen = screen_of(plain.grid, plain.floor, "device", device=card)
    held = time.perf_counter() - began
    if screen is None:
        raise SystemExit("no bound for these templates, so nothing to screen")
    job = replace(plain, screen=screen)
    numbers = np.unique(np.linspace(0, len(job.starts) - 2, bands).astype(int)).tolist()
    with one_blas_thread():
        bands_made(job, numbers[-2:], threads)
        bare_product(card, job, numbers[-2:])
        ours, bare = [], []
        for _ in range(2):
            ours.append(bands_made(job, numbers, threads))
            bare.append(bare_product(card, job, numbers))
        same = same_without(job, numbers[-1])
    seconds, made, kept = min(ours)
    return {
        "card": card.arrays.name,
        "templates": count,
        "dimension": dimension,
        "threads": threads,
        "numba": plain.compiled,
        "bands": len(numbers),
        "comparisons": made,
        "kept": kept,
        "seconds": seconds,
        "seconds_of_bare_products": min(bare),
        "seconds_to_hold_templates": held,
        "comparisons_a_second": made / seconds,
        "share": min(bare) / seconds,
        "same_without_a_card": same,
        "cells_at_once": card.cells,
    }


def main() -> int:
    """0 if the bar is met, or there is nothing to judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--templates", type=int, default=1_000_000)
    parser.add_argument("--dimension", type=int, default=512, choices=(128, 512))
    parser.add_argument("--bands", type=int, default=48, help="bands of 1,024 rows that are made")
    parser.add_argument("--threads", type=int, default=usable_cores(), help="threads of the processor")
    parser.add_argument("--stand-in", action="store_true", help="NumPy in place of a card")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    asked = parser.parse_args()
    if not asked.stand_in and devices.available()[0] is None:
        print("  comparisons on a card: not run: no CUDA device")
        return 0
    opened: AbstractContextManager[devices.Device | None] = devices.opened("cuda")
    if asked.stand_in:
        import numpy as np

        opened = nullcontext(devices.Device(ModuleArrays(np, "NumPy, which is no card")))
    with opened as card:
        row = measured(card, asked.templates, asked.dimension, asked.bands, asked.threads)  # type: ignore[arg-type]
    passed = row["share"] >= BAR and row["same_without_a_card"]
    print(f"  {row['card']}, {row['templates']:,} x {row['dimension']}, {row['threads']} threads: "
          f"{row['comparisons']:,} comparisons in {row['seconds']:.2f} s, {row['comparisons_a_second']:.3g} a second, "
          f"{row['kept']:,} kept; templates brought there in {row['seconds_to_hold_templates']:.1f} s")  # fmt: skip
    print(f"  share of the bare float32 product {row['share']:.2f}  bar >= {BAR}  "
          f"{'not judged: no card' if asked.stand_in else 'PASS' if passed else 'MISSED'}; "
          f"the same to the byte without a card: {row['same_without_a_card']}")  # fmt: skip
    if asked.json:
        asked.json.write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")
    return 0 if passed or (asked.stand_in and row["same_without_a_card"]) else 1


if __name__ == "__main__":
    sys.exit(main())
