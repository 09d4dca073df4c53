"""Metrics from scores in memory, side by side with scikit-learn: the same answers, CPU seconds and memory.

    python bench/metrics.py [--json FILE]

Seeded scores, mated N(4, 1) and nonmated N(0, 1), 1.1 and 11 million of them (one in eleven mated). Each side runs in a
process of its own, after a call with a thousand scores; imports and the making of the input are outside the figures,
and what scikit-learn wants as input (labels and scores in one array) is made for it beforehand. Memory is the peak of
the process above what it held when the input was ready. The bar: a tenth of the CPU seconds, a quarter of the memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (100_000, 1_000_000)
"""Mated scores; ten nonmated ones for each."""
NONMATED_PER_MATED = 10
TARGETS = ("1e-1", "1e-2", "1e-3", "1e-4", "1e-5")
FASTER, LIGHTER = 10.0, 0.25
RUNS = 3
SEED = 20260101

Answers = dict[str, float]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def scores(mated: int) -> tuple[Floats, Floats]:
    """Mated and nonmated scores, made without temporary arrays."""
    rng = np.random.default_rng(SEED)
    first, second = rng.standard_normal(mated), rng.standard_normal(mated * NONMATED_PER_MATED)
    first += 4
    return first, second


def with_frbench(mated: Floats, nonmated: Floats) -> Callable[[], Answers]:
    from fr_bench.metrics.curves import trade
    from fr_bench.metrics.discrimination import auc
    from fr_bench.metrics.equal_error import eer
    from fr_bench.metrics.scores import SortedScores
    from fr_bench.metrics.verification import fnmr_at_fmr

    def answer() -> Answers:
        ordered = SortedScores.from_arrays(mated, nonmated)
        roc = trade(ordered)
        points = {t: fnmr_at_fmr(ordered, Fraction(t)).fnmr for t in TARGETS if Fraction(t) * len(nonmated) >= 1}
        rates = {f"FNMR@FMR={t}": counts.errors / counts.trials for t, counts in points.items()}
        return {
            "EER": float(eer(ordered).mean),
            "AUC": float(auc(ordered)),
            **rates,
            "corners": float(len(roc.thresholds)),
        }

    return answer


def with_sklearn(mated: Floats, nonmated: Floats) -> Callable[[], Answers]:
    from sklearn.metrics import auc, roc_curve

    labels = np.zeros(len(mated) + len(nonmated), dtype=np.int8)
    labels[: len(mated)] = 1
    both = np.concatenate([mated, nonmated])

    def answer() -> Answers:
        fmr, tmr, _ = roc_curve(labels, both)
        fnmr = 1 - tmr
        crossing = int(np.argmin(np.abs(fnmr - fmr)))
        allowed = {t: int(Fraction(t) * len(nonmated)) for t in TARGETS}
        # Half a comparison above the allowed count: fmr is rounded, the count is not.
        limits = {t: (k + 0.5) / len(nonmated) for t, k in allowed.items() if k}
        rates = {f"FNMR@FMR={t}": float(fnmr[np.searchsorted(fmr, x, side="right") - 1]) for t, x in limits.items()}
        return {"EER": float(fmr[crossing] + fnmr[crossing]) / 2, "AUC": float(auc(fmr, tmr)), **rates}

    return answer


SIDES = {"frbench": with_frbench, "scikit-learn": with_sklearn}


def one(side: str, mated: int) -> dict[str, Any]:
    """One run in this process: answers, CPU seconds, bytes above what was held when the input was ready."""
    SIDES[side](*scores(91))()
    run = SIDES[side](*scores(mated))
    before = max(resident(), 0)
    started = time.process_time()
    answers = run()
    seconds = time.process_time() - started
    return {"answers": answers, "cpu_seconds": seconds, "grown": max(0, peak() - before)}


def resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(side: str, mated: int) -> dict[str, Any]:
    """The least of several runs, each in a process of its own."""
    command = [sys.executable, str(Path(__file__).resolve()), "--side", side, "--mated", str(mated)]
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(RUNS)
    ]
    return {
        "answers": found[0]["answers"],
        "cpu_seconds": min(run["cpu_seconds"] for run in found),
        "grown": min(run["grown"] for run in found),
    }


def agree(ours: Answers, theirs: Answers, mated: int) -> bool:
    """To 1e-12; the EER to one mated comparison, as the other side has no rule for steps that do not meet."""
    shared = [key for key in theirs if key != "EER"]
    return abs(ours["EER"] - theirs["EER"]) <= 1 / mated and all(abs(ours[k] - theirs[k]) <= 1e-12 for k in shared)


def compare(mated: int) -> dict[str, Any]:
    ours, theirs = measured("frbench", mated), measured("scikit-learn", mated)
    faster = theirs["cpu_seconds"] / ours["cpu_seconds"]
    lighter = ours["grown"] / theirs["grown"] if theirs["grown"] else float("inf")
    agreed = agree(ours["answers"], theirs["answers"], mated)
    return {
        "scores": mated * (1 + NONMATED_PER_MATED),
        "frbench": ours,
        "scikit-learn": theirs,
        "times_as_fast": faster,
        "share_of_memory": lighter,
        "answers_agree": agreed,
        "passed": agreed and faster >= FASTER and lighter <= LIGHTER,
    }


def show(row: dict[str, Any]) -> None:
    print(f"{row['scores']:,} scores: ROC, EER, FNMR at {len(TARGETS)} FMRs, AUC")
    for side in SIDES:
        print(f"  {side:13} {row[side]['cpu_seconds']:8.3f} CPU s   memory +{row[side]['grown'] / 2**20:7.1f} MiB")
    print(
        f"  {row['times_as_fast']:.1f} times as fast (bar {FASTER:g}), {row['share_of_memory']:.2f} of the memory "
        f"(bar {LIGHTER:g}), answers {'agree' if row['answers_agree'] else 'DIFFER'}: "
        f"{'PASS' if row['passed'] else 'MISSED'}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--mated", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.side:
        print(json.dumps(one(asked.side, asked.mated)))
        return 0
    rows = [compare(mated) for mated in SIZES]
    for row in rows:
        show(row)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row["passed"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
