"""What a cluster costs: all pairs by two workers of a Dask cluster on this machine, and by two threads of one process.

Both start from templates and end at the score set, which must be the same to the byte; the scheduler, the workers and
this process share the machine. Sides take turns, after one run each that loads what it needs. Ratios are those of the
least wall and CPU seconds, the CPU of a cluster being that of workers, scheduler and this process together. No bar is
judged: `python -m bench.cluster --templates 20000`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fr_bench  # noqa: F401 - sets what must be set before numpy is imported

ROOT = Path(__file__).parent.parent
WORKERS = 2


def start(folder: Path, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A scheduler, or workers, as a process of its own."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *arguments]
    log = (folder / f"{kind}.log").open("wb")
    with log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log,
                                env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"})  # fmt: skip


def sides(count: int, dimension: int) -> tuple[Callable[..., Any], Callable[[Any], str]]:
    """What scores all pairs, given options of the engine, and a digest of what it finds."""
    from bench.engine import templates
    from fr_bench.comparison.engine import score
    from fr_bench.comparison.keep import KeepPolicy
    from fr_bench.comparison.plan import build
    from fr_bench.findings import RecognizerSummary
    from fr_bench.provenance import digest_array, digest_value
    from fr_bench.records import Card, Dataset, TemplateSet

    rows, subjects = templates(count, dimension)
    ids = tuple(f"{i:06d}" for i in range(count))
    plan = build(Dataset(name="made", format="folder", card=Card(name="made", format="folder", root=Path()),
                         sample_ids=ids, subjects=tuple(subjects), sources=(None,) * count), "all")  # fmt: skip
    summary = RecognizerSummary(name="made", version="1", digest="", provider="cpu", batch_size=1,
                                dimension=dimension, comparison="cosine")  # fmt: skip
    held = TemplateSet(vectors=rows, sample_ids=ids, failures={}, comparison="cosine", recognizer=summary)
    policy = KeepPolicy(everything_up_to=0, largest_fmr=1e-3)

    def scored(**options: Any) -> Any:
        return score(plan, held, subjects, keep=policy, threads=WORKERS, **options)

    def told(found: Any) -> str:
        kept = [digest_array(a) for side in (found.mated, found.nonmated)
                for a in (side.values, side.probe, side.reference)]  # fmt: skip
        return digest_value([*kept, found.floor, found.rest.count])

    return scored, told


def compared(count: int, dimension: int, runs: int, address: str) -> dict[str, Any]:
    """Wall and CPU seconds of both sides in turns, and whether all found the same."""
    from fr_bench.clusters import connected, sweep_on

    scored, told = sides(count, dimension)
    taken: dict[str, list[tuple[float, float]]] = {"threads": [], "cluster": []}
    found = set()
    with connected(address, print) as cluster:
        while len(cluster.workers) < WORKERS:
            time.sleep(0.2)
            cluster.looked = -1e9
            cluster.look()

        def spent() -> float:
            workers = cluster.client.run(time.process_time).values()
            return float(time.process_time() + sum(workers) + cluster.client.run_on_scheduler(time.process_time))

        ways: dict[str, dict[str, Any]] = {
            "threads": {}, "cluster": {"screening": "none", "sweeping": sweep_on(cluster)}
        }  # fmt: skip
        for turn in range(runs + 1):
            for side, options in ways.items():
                clock = spent if side == "cluster" else time.process_time
                began, worked = time.perf_counter(), clock()
                result = scored(**options)
                row = time.perf_counter() - began, clock() - worked
                found.add(told(result))
                print(f"{turn or 'first':>6}  {side:8} {row[0]:7.2f} s wall {row[1]:7.2f} s CPU", flush=True)
                taken[side].append(row)
    wall, cpu = (
        min(row[k] for row in taken["cluster"][1:]) / min(row[k] for row in taken["threads"][1:]) for k in (0, 1)
    )
    return {"templates": count, "dimension": dimension, "same": len(found) == 1, "seconds": taken, "wall": wall,
            "cpu": cpu}  # fmt: skip


def main() -> int:
    """0 if both sides find the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--templates", type=int, default=20_000)
    parser.add_argument("--dimension", type=int, default=512, choices=(128, 512))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        told = folder / "scheduler.json"
        running = [start(folder, "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told))]
        try:
            while not told.exists() or not told.read_text():
                time.sleep(0.1)
            address = json.loads(told.read_text())["address"]
            running.append(start(folder, "worker", address, "--nworkers", str(WORKERS), "--nthreads", "1",
                                 "--local-directory", place))  # fmt: skip
            row = compared(asked.templates, asked.dimension, asked.runs, address)
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait()
    print(f"{row['templates']:,} templates of {row['dimension']}: cluster / threads = {row['wall']:.2f} of wall, "
          f"{row['cpu']:.2f} of CPU seconds; the same to the byte: {row['same']}")  # fmt: skip
    if asked.json:
        asked.json.write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")
    return 0 if row["same"] else 1


if __name__ == "__main__":
    sys.exit(main())
