"""Measures how often gates flag runs of equal systems, and how often they catch a planted loss; judges the bars.

    python -m bench.gate [--only PATTERN ...] [--replicates N] [--processes N] [--judge-only]

Bars: at error level 5 % at most 6 % of the pairs of equal systems fail the gate; a system that errs 1.5 times as often
fails it at least 90 % of the time at the size that `frbench plan` asks for. Cells are named KIND/RULE/n=SUBJECTS/
POPULATION, such as alarm/FNMR@1e-2/n=100/gauss-strong; PATTERN may hold * and ?. Every batch of 100 pairs is kept at
once in the results file, and the same command goes on where it was stopped. Exit code 0 if every bar that could be
judged holds, 1 if one is missed, 2 for a wrong option.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.gate.cells import Cell, cells, flagged

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "bench" / "results" / "gate.jsonl"
BATCH = 100
MOST_ALARMS, LEAST_CAUGHT = 0.06, 0.90
CODE = (
    *(f"fr_bench/gates/{name}.py" for name in ("baseline", "evidence", "regressions")),
    *(f"fr_bench/intervals/{name}.py" for name in ("differences", "swaps", "verdicts", "significance", "weights")),
    *(f"fr_bench/planning/{name}.py" for name in ("planned", "question", "rules")),
    "bench/gate/cells.py",
)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the pairs of a cell were flagged, with the 95 % limits of Clopper and Pearson."""

    cell: str
    flagged: int
    pairs: int

    @property
    def rate(self) -> float:
        return self.flagged / self.pairs

    @property
    def limits(self) -> tuple[float, float]:
        from fr_bench.intervals.binomial import clopper_pearson

        found = clopper_pearson(self.flagged, self.pairs, 0.95)
        return found.low, found.high

    @property
    def verdict(self) -> str:
        """holds, MISSED, or "near" where the bar lies within the limits on the wrong side of the share."""
        low, high = self.limits
        if self.cell.startswith("alarm"):
            return "holds" if self.rate <= MOST_ALARMS else "MISSED" if low > MOST_ALARMS else "near"
        return "holds" if self.rate >= LEAST_CAUGHT else "MISSED" if high < LEAST_CAUGHT else "near"


def product() -> str:
    """Digest of the code that is measured: results of other code are not counted."""
    found = hashlib.sha256()
    for name in CODE:
        found.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return found.hexdigest()[:16]


def kept(path: Path, digest: str) -> dict[tuple[str, int], int]:
    """The batches in a results file by cell and number; a line that was cut off is left out."""
    found = {}
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.get("product") == digest:
            found[row["cell"], row["batch"]] = row["flagged"]
    return found


def missing(chosen: list[Cell], replicates: int | None, done: dict[tuple[str, int], int]) -> list[tuple[Cell, int]]:
    """Batches that are not there yet: the first of every cell before the second of any."""
    wanted = [(cell, batch) for cell in chosen for batch in range(batches_of(cell, replicates))]
    return sorted((one for one in wanted if (str(one[0]), one[1]) not in done), key=lambda one: one[1])


def batches_of(cell: Cell, replicates: int | None) -> int:
    """2,000 pairs a cell, 400 where subjects are drawn, unless another number is asked for."""
    usual = 400 if cell.rule in ("curve", "family") else 2000
    return -(-(replicates or usual) // BATCH)


def run(wanted: list[tuple[Cell, int]], path: Path, digest: str, processes: int) -> Iterator[int]:
    """Measure what is missing; each batch is appended as a line when it is done."""
    from concurrent.futures import ProcessPoolExecutor, as_completed

    path.parent.mkdir(parents=True, exist_ok=True)
    torn = path.is_file() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    with path.open("a", encoding="utf-8") as file, ProcessPoolExecutor(processes) as pool:
        file.write("\n" * torn)
        asked = {pool.submit(flagged, cell, batch, BATCH): (cell, batch) for cell, batch in wanted}
        for number, done in enumerate(as_completed(asked), start=1):
            cell, batch = asked[done]
            row = {"cell": str(cell), "batch": batch, "pairs": BATCH, "flagged": done.result(), "product": digest}
            file.write(json.dumps(row, sort_keys=True) + "\n")
            file.flush()
            yield number


def shares(chosen: list[Cell], done: dict[tuple[str, int], int]) -> list[Share]:
    """The cells that were measured."""
    found = []
    for cell in chosen:
        counts = [flags for (name, _), flags in done.items() if name == str(cell)]
        if counts:
            found.append(Share(str(cell), sum(counts), BATCH * len(counts)))
    return found


def table(found: list[Share]) -> str:
    """A line a cell."""
    width = max(len(one.cell) for one in found)
    lines = []
    for one in found:
        low, high = one.limits
        lines.append(f"{one.cell:<{width}}  {100 * one.rate:6.2f} %  [{100 * low:.2f}, {100 * high:.2f}] %  "
                     f"{one.flagged:>5} of {one.pairs:<5}  {one.verdict}")  # fmt: skip
    counts = {word: sum(one.verdict == word for one in found) for word in ("holds", "near", "MISSED")}
    return "\n".join([*lines, ", ".join(f"{count} {word}" for word, count in counts.items())])


def main(arguments: list[str] | None = None) -> int:
    """Run what is missing, print the table, judge the bars."""
    parser = argparse.ArgumentParser(
        prog="gate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=["*"], metavar="PATTERN", help="cells to measure; default: all")
    parser.add_argument("--replicates", type=int, help="pairs of runs a cell; default 2,000, and 400 for curves")
    parser.add_argument("--processes", type=int, default=1, help="processes that measure side by side")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file that holds the batches, one a line")
    parser.add_argument("--judge-only", action="store_true", help="measure nothing; judge what is there")
    asked = parser.parse_args(arguments)
    chosen = [cell for cell in cells() if any(fnmatch.fnmatchcase(str(cell), pattern) for pattern in asked.only)]
    if not chosen:
        print(f"no cell fits {' '.join(asked.only)}; such as {cells()[0]}", file=sys.stderr)
        return 2
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    digest = product()
    wanted = [] if asked.judge_only else missing(chosen, asked.replicates, kept(asked.results, digest))
    began, last = time.monotonic(), 0.0
    for number in run(wanted, asked.results, digest, asked.processes) if wanted else ():
        now = time.monotonic() - began
        if now - last > 10 or number == len(wanted):
            last = now
            left = now / number * (len(wanted) - number) / 60
            print(f"{number} of {len(wanted)} batches, about {left:.0f} min left", file=sys.stderr, flush=True)
    found = shares(chosen, kept(asked.results, digest))
    if not found:
        print(f"nothing was measured yet with this version of the code: {asked.results}", file=sys.stderr)
        return 2
    print(table(found))
    return int(any(one.verdict == "MISSED" for one in found))


if __name__ == "__main__":
    sys.exit(main())
