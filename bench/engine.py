"""All pairs of templates: the engine beside the bare float32 product, and beside its peers; memory; metrics.

    python bench/engine.py [--json FILE] [--quick] [--peers NAME ...] [--environments FOLDER]

Templates are made with the spectrum of real ones: how much of the squared length of `w600k_mbf_int8`'s 512 numbers and
of a MobileFaceNet's 128 on LFW stands in the leading directions. They lie in a file that is mapped. Every side runs in
a process of its own (bench/engine_tools) with the same number of threads; CPU seconds are compared, since a busy
machine stretches wall time. The engine's side is everything from templates to the score set (EER and FNMR at FMR 1e-3
and 1e-4 with the tail for their draws); the product's side is the faster of NumPy and onnxruntime (`MatMul`, one side
constant) multiplying the same blocks, with nothing counted. What a side loads and compiles, it loads before it is
timed. `--quick` leaves out 50,000 and 100,000 templates.

Peers run in environments of their own, made with venv and pip and kept in FOLDER (or FRBENCH_BENCH_ENVIRONMENTS), else
in a temporary one; what does not install, or takes over ten minutes, is a row "not run" with the reason.

Bars of time hold on processors that multiply bytes (VNNI); elsewhere ratios are printed and not judged. Memory is
judged everywhere; that of scores that are left as they are is not, since a sorted copy of them is once the input by
itself.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
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
SIZES, QUICK = (20_000, 50_000), (20_000,)
FLAT, FLAT_SIZES, LARGEST = 1.15, (10_000, 100_000), 100_000
LEAST_PEER, LEAST_FASTER, LEAST_LIGHTER = 60.0, 1.0, 5.0
PEAK, SAID = 2.0, 1.2
"""GiB at 100,000 templates, and how many times what was forecast at most, either way."""
SORTS = 3.0
INPUTS = 1.0
"""Of scores in memory: how much memory measuring takes besides them, in sizes of the scores."""
PEER_SIZES = (5_000, 2_000)
PEER_SECONDS = 600
MIB = 2**20
TOOLS = Path(__file__).resolve().parent / "engine_tools"


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


def measured(side: str, path: Path | str, count: int, runs: int = 2) -> dict[str, Any]:
    """The run of least CPU seconds, each in a process of its own."""
    command = [sys.executable, str(TOOLS / "sides.py"), side, str(path), str(count)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(THREADS), "PYTHONPATH": str(TOOLS.parent.parent)}
    found = [
        json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout)
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
    verdict = ("PASS" if passed else "MISSED") if judge else "not judged"
    print(f"  {name:66} {value:7.2f}  bar {'>=' if at_least else '<='} {bar:g}  {verdict}", flush=True)
    return {"name": name, "value": value, "bar": bar, "passed": passed, "judged": judge}


def all_pairs(folder: Path, sizes: tuple[int, ...], judge: bool) -> list[dict[str, Any]]:
    """The engine beside the bare product, and its cost by size."""
    rows: list[dict[str, Any]] = []
    flat = [count for count in FLAT_SIZES if count <= 2 * max(sizes)]
    for dimension, bar in BARS.items():
        path, costs = folder / f"{dimension}.npy", {}
        made(path, max(*sizes, *flat), dimension)
        faster = ""
        for count in sorted({*sizes, *flat} if dimension == 512 else sizes):
            ours = measured("engine", path, count, 1 if count > 20_000 else 2)
            costs[count] = ours["cpu"] / ours["made"] * 1e9
            rows.append(told(f"{count:,} x {dimension}", ours))
            if count not in sizes:
                continue
            products = {
                name: measured(name, path, count, 1 if count > 20_000 else 2)["cpu"]
                for name in ("numpy", "onnxruntime") if not faster or name == faster
            }  # fmt: skip
            faster = min(products, key=lambda name: products[name])
            rows.append(judged(f"{count:,} x {dimension}: times as fast as float32 products by {faster}",
                               products[faster] / ours["cpu"], bar, at_least=True, judge=judge))  # fmt: skip
        if dimension == 512:
            named = ", ".join(f"{count:,}" for count in costs)
            spread = max(costs.values()) / min(costs.values())
            rows.append(judged(f"dearest over cheapest comparison, {named} templates", spread, FLAT, at_least=False,
                               judge=judge))  # fmt: skip
    return rows


def told(name: str, ours: dict[str, Any]) -> dict[str, Any]:
    """What a run of the engine took, printed."""
    print(f"  {name}: {ours['cpu']:.2f} CPU s, {ours['cpu'] / ours['made'] * 1e9:.1f} ns a comparison, "
          f"{ours['kept']:,} kept, peak {ours['peak'] / MIB:.0f} MiB, forecast {ours['forecast'] / MIB:.0f} MiB, "
          f"{'with' if ours['numba'] else 'without'} numba", flush=True)  # fmt: skip
    return {"name": f"engine, {name}", **ours}


def largest(path: Path) -> list[dict[str, Any]]:
    """All pairs of 100,000 templates with the tail for FMR 1e-6: memory, and what was said of it beforehand."""
    ours = measured("rare", path, LARGEST, 1)
    off = max(ours["peak"] / ours["forecast"], ours["forecast"] / ours["peak"])
    return [
        told(f"{LARGEST:,} x 512, tail for FMR 1e-6", ours),
        judged(f"{LARGEST:,} x 512: peak memory, GiB", ours["peak"] / 2**30, PEAK, at_least=False, judge=True),
        judged(f"{LARGEST:,} x 512: peak memory and forecast, larger over smaller", off, SAID, at_least=False,
               judge=True),
    ]  # fmt: skip


def made(path: Path, count: int, dimension: int) -> None:
    """Write templates by a process of its own: what it holds would count as memory of all that are started later."""
    command = [sys.executable, str(Path(__file__).resolve()), "--make", str(path), str(count), str(dimension)]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": str(THREADS)})


def beside_scikit_learn(path: Path, judge: bool) -> list[dict[str, Any]]:
    """5,000 templates, split: time and memory."""
    count = PEER_SIZES[0]
    ours, theirs = measured("engine", path, count), measured("scikit-learn", path, count)
    return [
        judged(f"{count:,} x 512: times as fast as scikit-learn's product and own split", theirs["cpu"] / ours["cpu"],
               LEAST_FASTER, at_least=True, judge=judge),
        judged(f"{count:,} x 512: scikit-learn's memory over the engine's", theirs["grown"] / ours["grown"],
               LEAST_LIGHTER, at_least=True, judge=True),
    ]  # fmt: skip


def beside_peers(path: Path, names: list[str], environments: Path, judge: bool) -> list[dict[str, Any]]:
    """5,000 templates, split and measured, by each peer in its own environment; fewer where that takes too long."""
    from conformance import NotRun, Tool, environment

    rows: list[dict[str, Any]] = []
    for name in names:
        tool = Tool(name, f"with_{name}.py", (name,), name)
        try:
            count, theirs = answered(environment(tool, environments), TOOLS / tool.script, path)
        except NotRun as reason:
            print(f"  {name}: not run: {reason}", flush=True)
            rows.append({"name": name, "value": None, "reason": str(reason)})
            continue
        ours = measured("engine", path, count)
        rows.append(judged(f"{count:,} x 512: times as fast as {name}", theirs["cpu"] / ours["cpu"], LEAST_PEER,
                           at_least=True, judge=judge))  # fmt: skip
        print(f"    {name}: {theirs['cpu']:.1f} CPU s, {theirs['grown'] / MIB:.0f} MiB; "
              f"the engine: {ours['cpu']:.2f} CPU s, {ours['grown'] / MIB:.0f} MiB", flush=True)  # fmt: skip
    return rows


def answered(python: Path, script: Path, path: Path) -> tuple[int, dict[str, Any]]:
    """Of how many templates, and what it took. Raises NotRun."""
    from conformance import NotRun, last_line

    for count in PEER_SIZES:
        command = [str(python), str(script), str(path), str(count)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PEER_SECONDS, check=False,
                                  env={**os.environ, "OMP_NUM_THREADS": str(THREADS)})  # fmt: skip
        except subprocess.TimeoutExpired:
            continue
        if done.returncode:
            raise NotRun(f"ended with {done.returncode}: {last_line(done.stderr)}")
        return count, json.loads(done.stdout.splitlines()[-1])
    raise NotRun(f"no answer within {PEER_SECONDS} s")


def beside_sorts(judge: bool) -> list[dict[str, Any]]:
    """Metrics from 11 million scores in memory beside two sorts of them, and the memory that they take besides."""
    sorts = measured("sorts", "-", 11_000_000, 3)
    rows = []
    for side, how in (("metrics", "left as they are"), ("metrics-in-place", "sorted where they lie")):
        ours = measured(side, "-", 11_000_000, 3)
        named = f"11,000,000 scores, {how}:"
        rows.append(judged(f"{named} CPU seconds of two sorts", ours["cpu"] / sorts["cpu"], SORTS, at_least=False,
                           judge=judge))  # fmt: skip
        rows.append(judged(f"{named} memory of the input, besides it", ours["grown"] / ours["input"], INPUTS,
                           at_least=False, judge=side == "metrics-in-place"))  # fmt: skip
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--quick", action="store_true", help="leave out 50,000 and 100,000 templates")
    parser.add_argument("--peers", nargs="*", default=["evalify", "cimat"], help="peers that are put beside the engine")
    parser.add_argument("--environments", type=Path, default=os.environ.get("FRBENCH_BENCH_ENVIRONMENTS"),
                        help="folder that peers are installed in and kept")  # fmt: skip
    parser.add_argument("--make", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        import numpy as np

        np.save(asked.make[0], templates(int(asked.make[1]), int(asked.make[2]))[0])
        return 0
    judge = multiplies_bytes()
    if not judge:
        print("  no VNNI: bars of time are not judged", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows = all_pairs(folder, QUICK if asked.quick else SIZES, judge)
        path = folder / "512.npy"
        rows += [] if asked.quick else largest(path)
        rows += beside_scikit_learn(path, judge)
        environments = asked.environments or folder
        environments.mkdir(parents=True, exist_ok=True)
        rows += beside_peers(path, asked.peers, environments, judge)
    rows += beside_sorts(judge)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row["passed"] for row in rows if row.get("judged")) else 1


if __name__ == "__main__":
    sys.exit(main())
