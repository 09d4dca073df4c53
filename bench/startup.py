"""How long `frbench --help` and `import fr_bench` take, as whole processes beside a bare Python.

Bars: `--help` under 0.3 s, the import under 0.2 s (CPU seconds, the least of several runs: a busy machine adds waiting
to wall time, not to this).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

RUNS = 9
CASES = {
    "bare python": ([sys.executable, "-c", "pass"], None),
    "import fr_bench": ([sys.executable, "-c", "import fr_bench"], 0.2),
    "frbench --help": ([sys.executable, "-m", "fr_bench", "--help"], 0.3),
    "frbench run --help": ([sys.executable, "-m", "fr_bench", "run", "--help"], 0.3),
    "frbench rnu (mistyped)": ([sys.executable, "-m", "fr_bench", "rnu"], 0.3),
}


def measured(command: list[str]) -> tuple[float, float]:
    """Least CPU seconds and least wall seconds of several runs, children only."""
    cpu, wall = [], []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        wall.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(cpu), min(wall)


def main() -> int:
    """Print the table; exit 1 if a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    rows, missed = [], False
    for name, (command, bar) in CASES.items():
        cpu, wall = measured(command)
        verdict = "" if bar is None else "PASS" if cpu <= bar else "MISSED"
        missed |= verdict == "MISSED"
        rows.append({"case": name, "cpu_seconds": cpu, "wall_seconds": wall, "bar": bar, "verdict": verdict})
        bar_text = f"bar {bar:.1f} s" if bar else ""
        print(f"{name:<24} {cpu:6.3f} s CPU  {wall:6.3f} s wall  {bar_text:<10} {verdict}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
