"""All pairs of templates: the engine beside the bare float32 product, and beside scikit-learn; memory; metrics.

    python bench/engine.py [--json FILE] [--large]

Templates are made with the spectrum of real ones: how much of the squared length of `w600k_mbf_int8`'s 512 numbers and
of a MobileFaceNet's 128 on LFW stands in the leading directions. Every side runs in a process of its own with the same
number of threads; CPU seconds are compared, since a busy machine stretches wall time. The engine's side is everything
from templates to the score set (EER and FNMR at FMR 1e-3 and 1e-4 with the tail for their draws); the product's side is
the faster of NumPy and onnxruntime multiplying the same blocks, with nothing counted. `--large` adds 50,000 templates.

Bars hold on processors that multiply bytes (VNNI); elsewhere the ratios are printed and not judged.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

THREADS = 2
SEED = 20260101
SAMPLES_A_SUBJECT = 5
ALIKE = 0.75
"""Share of a subject in the squared length of a template before it is normalised."""
HELD = {
    512: {32: 0.30367, 64: 0.47408, 96: 0.60157, 128: 0.70217, 160: 0.78318, 192: 0.84862, 224: 0.90037, 256: 0.94085,
          288: 0.97118, 320: 0.99103, 384: 0.99994, 448: 0.99999, 512: 1.0},
    128: {32: 0.5003, 64: 0.75733, 96: 0.91697, 128: 1.0},
}  # fmt: skip
"""Of templates of so many numbers: the share of squared length in so many leading directions."""
BARS = {512: 1.6, 128: 1.2}
FLAT = 1.15
LEAST_FASTER, LEAST_LIGHTER = 1.0, 5.0
SORTS = 3.0
MIB = 2**20


def templates(count: int, dimension: int) -> tuple[Any, list[str]]:
    """Unit templates in float32 and their subjects."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    edges = [0, *HELD[dimension]]
    held = np.diff([0.0, *HELD[dimension].values()])
    deviation = np.sqrt(np.repeat(held / np.diff(edges), np.diff(edges)))
    turn = (np.linalg.qr(rng.standard_normal((dimension, dimension)))[0] * deviation[:, None]).astype(np.float32)
    people = rng.standard_normal((-(-count // SAMPLES_A_SUBJECT), dimension), dtype=np.float32)
    rows = np.empty((count, dimension), np.float32)
    for first in range(0, count, 4096):
        some = np.arange(first, min(first + 4096, count))
        noise = rng.standard_normal((len(some), dimension), dtype=np.float32)
        mixed = (ALIKE**0.5 * people[some // SAMPLES_A_SUBJECT] + (1 - ALIKE) ** 0.5 * noise) @ turn
        rows[some] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return rows, [f"s{i // SAMPLES_A_SUBJECT:06d}" for i in range(count)]


def engine(count: int, dimension: int) -> dict[str, Any]:
    """The engine, from templates to a score set, after a call with few templates that loads what it needs."""
    from fr_bench.comparison import choosing, compiled

    rows, subjects = templates(count, dimension)
    before = choosing.SMALL, compiled.WORTH_LOADING
    choosing.SMALL = compiled.WORTH_LOADING = 0
    scored(rows[:400], subjects[:400], 0.01)
    choosing.SMALL, compiled.WORTH_LOADING = before
    watch = Watch()
    found = scored(rows, subjects, 1e-3)
    return watch.seen() | {"kept": len(found.nonmated), "made": found.nonmated_made, "floor": found.floor}


def scored(rows: Any, subjects: list[str], largest_fmr: float) -> Any:
    """All pairs of templates, with the tail that measures up to this FMR and their draws need."""
    from fr_bench.comparison import plan as plans
    from fr_bench.comparison.engine import score
    from fr_bench.comparison.keep import KeepPolicy
    from fr_bench.findings import RecognizerSummary
    from fr_bench.records import Card, Dataset, TemplateSet

    count, dimension = rows.shape
    ids = tuple(f"{i:06d}" for i in range(count))
    data = Dataset(name="made", format="folder", card=Card(name="made", format="folder", root=Path()), sample_ids=ids,
                   subjects=tuple(subjects), sources=(None,) * count)  # fmt: skip
    plan = plans.build(data, "all")
    summary = RecognizerSummary(name="made", version="1", digest="", provider="cpu", batch_size=1,
                                dimension=dimension, comparison="cosine")  # fmt: skip
    held = TemplateSet(vectors=rows, sample_ids=ids, failures={}, comparison="cosine", recognizer=summary)
    policy = KeepPolicy(everything_up_to=0, largest_fmr=largest_fmr)
    return score(plan, held, subjects, keep=policy, threads=THREADS)


def blocks(count: int) -> list[tuple[slice, slice]]:
    """Blocks of 1,024 rows and 2,048 columns that hold the upper triangle."""
    return [
        (slice(top, min(top + 1024, count)), slice(left, min(left + 2048, count)))
        for top in range(0, count, 1024)
        for left in range(top, count, 2048)
    ]


def numpy_product(count: int, dimension: int) -> dict[str, Any]:
    """Bare float32 products by NumPy, one block a thread."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import local

    import numpy as np
    import threadpoolctl

    rows, _ = templates(count, dimension)
    own = local()

    def multiply(block: tuple[slice, slice]) -> None:
        if not hasattr(own, "out"):
            own.out = np.empty((1024, 2048), np.float32)
        one, other = rows[block[0]], rows[block[1]]
        np.matmul(one, other.T, out=own.out[: len(one), : len(other)])

    with threadpoolctl.threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(THREADS) as pool:
        watch = Watch()
        list(pool.map(multiply, blocks(count)))
        return watch.seen()


def scikit_learn(count: int, dimension: int) -> dict[str, Any]:
    """scikit-learn's cosine product of all with all, and a split into mated and nonmated scores."""
    import numpy as np
    from sklearn.metrics.pairwise import cosine_similarity

    rows, subjects = templates(count, dimension)
    codes = np.unique(subjects, return_inverse=True)[1]
    cosine_similarity(rows[:50])
    watch = Watch()
    scores = cosine_similarity(rows)
    right = np.triu(np.ones(scores.shape, bool), 1)
    same = codes[:, None] == codes[None, :]
    mated, nonmated = scores[same & right], scores[~same & right]
    return watch.seen() | {"kept": len(nonmated), "mated": len(mated)}


def metrics(count: int, sort_only: int) -> dict[str, Any]:
    """ROC, EER and FNMR at five FMRs of `count` scores, one in eleven mated; or two sorts of the same."""
    from fractions import Fraction

    import numpy as np

    from fr_bench.metrics.curves import trade
    from fr_bench.metrics.equal_error import eer
    from fr_bench.metrics.scores import SortedScores
    from fr_bench.metrics.verification import fnmr_at_fmr

    rng = np.random.default_rng(SEED)
    mated = rng.standard_normal(count // 11) + 4
    nonmated = rng.standard_normal(count - len(mated))
    watch = Watch()
    if sort_only:
        np.sort(mated), np.sort(nonmated)
        return watch.seen()
    ordered = SortedScores.from_arrays(mated, nonmated)
    trade(ordered)
    for target in ("1e-1", "1e-2", "1e-3", "1e-4", "1e-5"):
        fnmr_at_fmr(ordered, Fraction(target))
    return watch.seen() | {"eer": float(eer(ordered).mean)}


SIDES = {"engine": engine, "numpy": numpy_product, "scikit-learn": scikit_learn, "metrics": metrics}


class Watch:
    """CPU and wall seconds from its making, and how far memory has grown."""

    def __init__(self) -> None:
        self.held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def seen(self) -> dict[str, Any]:
        """What has passed. Memory counts from what was held at the start, peaks of the whole process included."""
        cpu, wall = time.process_time() - self.cpu, time.perf_counter() - self.wall
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return {"cpu": cpu, "wall": wall, "grown": max(peak - self.held, 1), "peak": peak}


def measured(side: str, one: int, other: int, runs: int = 2) -> dict[str, Any]:
    """The run of least CPU seconds, each in a process of its own."""
    command = [sys.executable, str(Path(__file__).resolve()), "--side", side, "--of", str(one), str(other)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(THREADS), "PYTHONPATH": str(Path(__file__).parent.parent)}
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
        for _ in range(runs)
    ]
    least: dict[str, Any] = min(found, key=lambda run: run["cpu"])
    return least


def multiplies_bytes() -> bool:
    """Whether this processor has VNNI."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "vnni" in flags


def judged(name: str, value: float, bar: float, *, at_least: bool, judge: bool) -> dict[str, Any]:
    """A row of the table, printed."""
    passed = value >= bar if at_least else value <= bar
    verdict = ("PASS" if passed else "MISSED") if judge else "not judged: no VNNI"
    print(f"  {name:66} {value:7.2f}  bar {'>=' if at_least else '<='} {bar:g}  {verdict}", flush=True)
    return {"name": name, "value": value, "bar": bar, "passed": passed, "judged": judge}


def all_pairs(sizes: tuple[int, ...], judge: bool) -> list[dict[str, Any]]:
    """The engine beside the bare product, its cost by size, its memory."""
    rows: list[dict[str, Any]] = []
    for dimension, bar in BARS.items():
        costs = {}
        for count in (10_000, *sizes) if dimension == 512 else sizes:
            ours = measured("engine", count, dimension, 1 if count > 20_000 else 2)
            costs[count] = ours["cpu"] / ours["made"] * 1e9
            print(f"  {count:,} x {dimension}: {ours['cpu']:.2f} CPU s, {costs[count]:.1f} ns a comparison, "
                  f"{ours['kept']:,} kept, peak {ours['peak'] / MIB:.0f} MiB", flush=True)  # fmt: skip
            rows.append({"name": f"peak at {count} x {dimension}", **ours})
            if count in sizes:
                product = measured("numpy", count, dimension, 1 if count > 20_000 else 2)
                ratio = product["cpu"] / ours["cpu"]
                rows.append(judged(f"{count:,} x {dimension}: times as fast as the float32 product alone", ratio, bar,
                                   at_least=True, judge=judge))  # fmt: skip
        if dimension == 512:
            flat = max(costs.values()) / min(costs.values())
            named = ", ".join(f"{count:,}" for count in costs)
            rows.append(judged(f"dearest over cheapest comparison, {named} templates", flat, FLAT, at_least=False,
                               judge=judge))  # fmt: skip
    return rows


def peers(judge: bool) -> list[dict[str, Any]]:
    """5,000 templates split and measured."""
    ours, theirs = measured("engine", 5000, 512), measured("scikit-learn", 5000, 512)
    rows = [
        judged("5,000 x 512: times as fast as scikit-learn's product and own split", theirs["cpu"] / ours["cpu"],
               LEAST_FASTER, at_least=True, judge=judge),
        judged("5,000 x 512: times as little memory as that", theirs["grown"] / ours["grown"], LEAST_LIGHTER,
               at_least=True, judge=True),
    ]  # fmt: skip
    for name in ("evalify", "cimat"):
        if importlib.util.find_spec(name) is None:
            print(f"  5,000 x 512: {name}: not run, not installed here")
            rows.append({"name": name, "value": None, "reason": "not installed"})
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--large", action="store_true", help="50,000 templates, too")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--of", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        # This folder holds modules named like packages that others import.
        sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]
        import fr_bench  # noqa: F401 - sets what must be set before numpy is imported

        print(json.dumps(SIDES[asked.side](*asked.of)))
        return 0
    judge = multiplies_bytes()
    rows = all_pairs((20_000, 50_000) if asked.large else (20_000,), judge) + peers(judge)
    ours, sorts = measured("metrics", 11_000_000, 0, 3), measured("metrics", 11_000_000, 1, 3)
    rows.append(judged("11,000,000 scores: CPU seconds of two sorts", ours["cpu"] / sorts["cpu"], SORTS,
                       at_least=False, judge=judge))  # fmt: skip
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row["passed"] for row in rows if row.get("judged")) else 1


if __name__ == "__main__":
    sys.exit(main())
