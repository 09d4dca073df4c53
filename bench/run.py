"""Runs the benchmarks named on the command line, or all of them: `nox -s bench -- metrics startup`.

Each is a script of its own that prints a table, judges its bars with PASS or MISSED, and writes JSON to
`bench/results/NAME.json`. Timings hold for the machine they were taken on: quote ratios.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHES = (
    "startup", "metrics", "evaluate_csv", "embedding", "conformance", "subject_intervals", "engine", "cluster",
    "device",
)  # fmt: skip


def main(names: list[str]) -> int:
    """Run each benchmark in a process of its own; unknown names are refused."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no benchmark named {unknown[0]!r}; known: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    code = 0
    for name in names or BENCHES:
        print(f"== {name}", flush=True)
        command = [sys.executable, HERE / f"{name}.py", "--json", results / f"{name}.json"]
        done = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": str(HERE.parent)})
        code = code or done.returncode
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
