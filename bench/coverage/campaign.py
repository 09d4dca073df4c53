"""Running many batches, in any order, and keeping each as one line: a second start goes on where the first one was.

The file holds one JSON object a line, {"job", "batch", "replicates", "draws", "product", "seconds", "cells"}; a line
that was cut off by a power failure is left out and made again. `product` is a digest of the code that made the
intervals: figures of other code are left out, unless the caller says that they hold for this code too.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import fr_bench
from bench.coverage import experiments, failures, families, more, tallies, two_systems
from bench.coverage.experiments import CURVE_SIZES, FIXED_SIZES, Job
from bench.coverage.populations import POPULATIONS
from bench.coverage.tallies import Tallies

BATCH = {"FMR": 100, "FNMR": 100, "curve": 20, "paired-FNMR": 100, "paired-FMR": 100, "more": 20, "failures": 20}
REPLICATES = {
    "FMR": 2000,
    "FNMR": 2000,
    "curve": 400,
    "paired-FNMR": 2000,
    "paired-FMR": 2000,
    "more": 400,
    "failures": 400,
}
"""Data sets a batch, and data sets a job unless the command line says otherwise."""
DRAWN = ("curve", "more", "failures")
"""Families whose intervals are drawn by subject."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One line of the results file, before it is made. `draws` matters to curve measures only."""

    job: Job
    number: int
    replicates: int
    draws: int

    @property
    def key(self) -> tuple[str, int, int, int]:
        """What a line must have to be this batch."""
        return str(self.job), self.number, self.replicates, self.draws


def jobs(only: Sequence[str] = ()) -> list[Job]:
    """All jobs, or those whose name matches one of the patterns, such as "FMR/n=300/*" or "*strong".

    Raises ValueError for a pattern that matches none.
    """
    everything = [
        *(Job(family, n, str(p)) for family in ("FMR", "FNMR") for n in FIXED_SIZES for p in POPULATIONS),
        *(Job("curve", n, str(p)) for n in CURVE_SIZES for p in POPULATIONS),
        *two_systems.jobs(),
        *more.jobs(),
        *failures.jobs(),
        *families.jobs(),
    ]
    for pattern in only:
        if not any(fnmatchcase(str(job), pattern) for job in everything):
            raise ValueError(f"no cell named {pattern!r}; names are such as {', '.join(map(str, everything[::13]))}")
    return [job for job in everything if not only or any(fnmatchcase(str(job), pattern) for pattern in only)]


def batches(chosen: Sequence[Job], replicates: int | None, draws: int) -> list[Batch]:
    """The batches of all jobs, each job's first one first: a run that is stopped has something of everything."""
    found = []
    for job in chosen:
        further = families.FAMILIES.get(job.family)
        wanted = replicates or (further.replicates if further else REPLICATES[job.family])
        size = further.size if further else BATCH[job.family]
        whole, left = divmod(wanted, size)
        sizes = [size] * whole + [left] * bool(left)
        drawn = draws if further or job.family in DRAWN else 0
        found += [Batch(job, number, size, drawn) for number, size in enumerate(sizes)]
    return sorted(found, key=lambda batch: batch.number)


def made(batch: Batch) -> dict[str, Any]:
    """The line of one batch."""
    by_family: dict[str, Callable[[], Tallies]] = {
        "FMR": lambda: experiments.fmr_batch(batch.job, batch.number, batch.replicates),
        "FNMR": lambda: experiments.fnmr_batch(batch.job, batch.number, batch.replicates),
        "curve": lambda: experiments.curve_batch(batch.job, batch.number, batch.replicates, batch.draws),
        "paired-FNMR": lambda: two_systems.fnmr_batch(batch.job, batch.number, batch.replicates),
        "paired-FMR": lambda: two_systems.fmr_batch(batch.job, batch.number, batch.replicates),
        "more": lambda: more.batch(batch.job, batch.number, batch.replicates, batch.draws),
        "failures": lambda: failures.batch(batch.job, batch.number, batch.replicates, batch.draws),
    }
    started = time.perf_counter()
    further = families.FAMILIES.get(batch.job.family)
    if further is None:
        found = by_family[batch.job.family]()
    else:
        found = further.batch(batch.job, batch.number, batch.replicates, batch.draws)
    job, number, replicates, draws = batch.key
    return {
        "job": job,
        "batch": number,
        "replicates": replicates,
        "draws": draws,
        "product": product(further=further is not None),
        "seconds": round(time.perf_counter() - started, 3),
        "cells": tallies.as_json(found),
    }


@lru_cache(maxsize=2)
def product(*, further: bool = False) -> str:
    """A digest of the code that counts and that makes intervals; for the families of `families` with the analyses."""
    root = Path(fr_bench.__file__).parent
    rooms = ("intervals/*.py", "metrics/*.py", "measuring*.py", *(("analyses/*.py", "precision/*.py") * further))
    files = sorted(file for room in rooms for file in root.glob(room))
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


class Results:
    """The lines of a results file.

    also   digests of other code whose figures hold for this code too, because nothing between them moves an interval
    """

    def __init__(self, path: Path, also: Sequence[str] = ()) -> None:
        self.path = path
        self.accepted = {product(), product(further=True), *also}
        self.lines: dict[tuple[str, int, int, int], dict[str, Any]] = {}
        if path.exists():
            content = path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if whole != content:
                path.write_bytes(whole)
            for text in whole.splitlines():
                self._take(json.loads(text))

    def _take(self, line: dict[str, Any]) -> None:
        self.lines[(line["job"], line["batch"], line["replicates"], line["draws"])] = line

    def add(self, line: dict[str, Any]) -> None:
        """Keep a line, at once and for good."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._take(line)

    def has(self, batch: Batch) -> bool:
        """Whether the batch was made, by code that counts."""
        return batch.key in self.lines and self.lines[batch.key]["product"] in self.accepted

    def tallies(self, wanted: Sequence[Batch]) -> Tallies:
        """What is known of the batches wanted, added up in their order."""
        return tallies.joined(tallies.from_json(line["cells"]) for line in self._there(wanted))

    def products(self, wanted: Sequence[Batch]) -> list[str]:
        """Digests of all code that the figures wanted were made by."""
        return sorted({line["product"] for line in self._there(wanted)})

    def _there(self, wanted: Sequence[Batch]) -> list[dict[str, Any]]:
        known = sorted((batch for batch in wanted if self.has(batch)), key=lambda batch: (batch.job, batch.number))
        return [self.lines[batch.key] for batch in known]


def run(wanted: Sequence[Batch], results: Results, processes: int) -> Iterator[dict[str, Any]]:
    """Make what is missing, keep each batch as soon as it is there, and give its line."""
    missing = [batch for batch in wanted if not results.has(batch)]
    if processes <= 1:
        for batch in missing:
            line = made(batch)
            results.add(line)
            yield line
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for line in pool.imap_unordered(made, missing):
            results.add(line)
            yield line
