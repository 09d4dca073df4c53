"""`frbench evaluate` on a CSV file of scores, as a whole command, beside pandas reading the same file.

Two files: score and label only, and with the ids of probe and reference. No bar is set: the ratio says what the checks
(every number, every label, duplicates, labels against ids) and the measures cost on top of a plain read.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROWS = 1_100_000
RUNS = 3


def write(path: Path, *, ids: bool) -> None:
    """Seeded scores: one mated in eleven, N(4, 1) against N(0, 1)."""
    rng = np.random.Generator(np.random.PCG64(20260101))
    mated = rng.random(ROWS) < 1 / 11
    score = rng.standard_normal(ROWS) + 4 * mated
    with path.open("w", encoding="ascii") as file:
        if not ids:
            file.write("score,label\n")
            file.writelines(f"{s:.6f},{int(m)}\n" for s, m in zip(score, mated, strict=True))
            return
        file.write("probe,reference,score,label\n")
        for row, (s, m) in enumerate(zip(score, mated, strict=True)):
            other = row % 5000 if m else row % 5000 + 5000
            file.write(f"p{row},r{other},{s:.6f},{int(m)}\n")


def cpu_and_memory(command: list[str]) -> tuple[float, float]:
    """Least CPU seconds of several runs, and the largest process in MiB."""
    seconds, memory = [], 0.0
    for _ in range(RUNS):
        code = (
            "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
            "u = resource.getrusage(resource.RUSAGE_CHILDREN); "
            "print(done.returncode, u.ru_utime + u.ru_stime, u.ru_maxrss)"
        )
        said = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True).stdout
        status, cpu, peak = said.split()
        if status != "0":
            raise SystemExit(f"{command} ended with {status}")
        seconds.append(float(cpu))
        memory = max(memory, float(peak) / 1024)
    return min(seconds), memory


def main() -> int:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, ids in (("score,label", False), ("probe,reference,score,label", True)):
            path = Path(folder) / f"{len(name)}.csv"
            write(path, ids=ids)
            read = [sys.executable, "-c", f"import pandas; pandas.read_csv({str(path)!r})"]
            evaluate = [sys.executable, "-m", "fr_bench", "evaluate", str(path), "-q", "--json"]
            evaluate += ["--measure", "EER", "--measure", "FNMR@FMR=1e-3", "--measure", "AUC"]
            (pandas_cpu, pandas_memory), (our_cpu, our_memory) = cpu_and_memory(read), cpu_and_memory(evaluate)
            rows.append({"file": name, "rows": ROWS, "pandas_cpu": pandas_cpu, "frbench_cpu": our_cpu,
                         "ratio": our_cpu / pandas_cpu, "pandas_mib": pandas_memory,
                         "frbench_mib": our_memory})  # fmt: skip
            print(f"{name:<28} {ROWS:,} rows: pandas reads in {pandas_cpu:.2f} CPU s ({pandas_memory:.0f} MiB), "
                  f"frbench evaluates in {our_cpu:.2f} ({our_memory:.0f} MiB): "
                  f"{our_cpu / pandas_cpu:.2f} x")  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
