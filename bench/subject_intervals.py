"""Intervals by subject: what they cost on a full LFW-sized comparison, and against the code of the method's authors.

    python bench/subject_intervals.py [--json FILE] [--environments FOLDER]

Part 1 has the size of LFW, every image with every other: 13,233 images of 5,749 people, 87.3 million nonmated
comparisons of which the best 2.6 million are kept. It sorts them and makes, from 1,000 draws, the intervals of FMR at
three thresholds, FNMR at three FMRs and at twelve more for a band, EER, ROCCH-EER, AUC, d' and minDCF at two priors.
The bar: 10 CPU seconds, all of them on one core, and 1 GiB beyond the input.

Part 2 has 1,500 images of 500 people and asks the same two intervals of frbench and of `cimat`, the package that the
authors of the method published (Fogliato, Patil and Perona, 2023): the plug-in Wilson interval of FMR and FNMR at a
threshold, and percentiles of double-or-nothing draws for FNMR at two FMRs and the AUC. The bar: 100 times as fast at
both. `cimat` runs in an environment of its own, made with venv and pip and kept in FOLDER (or
FRBENCH_BENCH_ENVIRONMENTS); where it does not install, its row says "not run". It is given few draws and its time is
counted per draw, without what it does with them afterwards. Both sides get scores in the form they take; making that
form is not timed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

SECONDS, MEMORY, FASTER = 10.0, 2**30, 100.0
RUNS = 3
DRAWS, THEIR_DRAWS = 1000, 5
SEED = 20260101
PACKAGE = "cimat==0.1.2"
KEPT = 2_600_000
FLOOR = 1.875
TARGETS = [Fraction(1, 100), Fraction(1, 1000)]
BAND = [Fraction(round(5 * 10 ** (6 - k / 3)), 10**9) for k in range(12)]
THRESHOLD = 2.5

Arrays = dict[str, Any]


def lfw_sized() -> Arrays:
    """Images per person as in LFW: 4,069 people with one, the most photographed with about 500; scores are made up."""
    rng = np.random.default_rng(SEED)
    counts = np.ones(5749, dtype=np.int64)
    share = np.arange(1, 1681) ** -0.82
    more = np.maximum(1, 7484 * share / share.sum()).astype(np.int64)
    more[: 7484 - more.sum()] += 1
    counts[:1680] += more
    owner = np.repeat(np.arange(5749, dtype=np.int32), counts)
    pairs = rng.permutation(np.unique(rng.integers(0, len(owner) ** 2, 6 * KEPT // 2, dtype=np.int64)))
    first, second = pairs // len(owner), pairs % len(owner)
    other = (first < second) & (owner[first] != owner[second])
    first, second = owner[first[other][:KEPT]], owner[second[other][:KEPT]]
    mated = np.repeat(np.arange(5749, dtype=np.int32), counts * (counts - 1) // 2)
    goats = rng.standard_normal(5749)
    return {
        "counts": counts,
        "first": first,
        "second": second,
        "nonmated": (FLOOR + rng.exponential(0.35, len(first))).astype(np.float32),
        "mated_subject": mated,
        "mated": (5.4 + 0.5 * goats[mated] + 0.8 * rng.standard_normal(len(mated))).astype(np.float32),
    }


def all_intervals(data: Arrays) -> dict[str, list[float]]:
    """Everything that a report of a run prints with an interval."""
    from fr_bench.findings import Proportion
    from fr_bench.intervals.cheapest import Ladder, min_dcf_draws, rocch_eer_draws
    from fr_bench.intervals.crossing import eer_draws
    from fr_bench.intervals.design import AllPairs
    from fr_bench.intervals.draws import draw, fnmr_at_fmr_draws, weighed
    from fr_bench.intervals.dyads import PairErrors
    from fr_bench.intervals.from_draws import boot_exact, identity_t, least_t, logit_t
    from fr_bench.intervals.moments import SummedBelow, d_prime_draws
    from fr_bench.intervals.placements import PlacedBelow, auc_draws
    from fr_bench.intervals.subject_exact import fmr
    from fr_bench.intervals.tails import Mated, Tail

    design, people, found = AllPairs(data["counts"]), len(data["counts"]), {}
    tail = Tail.of(data["nonmated"], data["first"], data["second"], design, floor=FLOOR)
    mated = Mated.of(data["mated"], data["mated_subject"], people=people)
    borrowed = PairErrors.of(tail.first[:50], tail.second[:50])
    for rate in ("1e-4", "1e-3", "1e-2"):
        k = int(Fraction(rate) * design.total)
        exact = fmr(design, PairErrors.of(tail.first[:k], tail.second[:k]), borrow=borrowed)
        found[f"FMR at {rate}"] = [exact.interval.low, exact.interval.high]
    drawn = draw(tail, mated, [f"person {k}" for k in range(people)], draws=DRAWS, seed=1)
    point = weighed(tail, mated, np.full((people, 1), 2**64 - 1, dtype=np.uint64), draws=1, whole=True)
    targets = [Fraction(1, 10_000), *TARGETS, *BAND]
    values, draws = fnmr_at_fmr_draws(point, targets)[0], fnmr_at_fmr_draws(drawn, targets)
    for k, target in enumerate(targets):
        errors = Proportion(round(values[k] * len(mated.scores)), len(mated.scores))
        interval = boot_exact(errors, draws[:, k], subjects=people)
        found[f"FNMR@FMR={float(target):.3g}"] = [interval.low, interval.high]
    ladder, one = Ladder.of(drawn), Ladder.of(point)
    hidden = int(np.searchsorted(mated.scores, np.float32(FLOOR)))
    below = PlacedBelow(np.zeros(people, dtype=np.int64), np.full(hidden, 2 * len(tail.keys), dtype=np.int64))
    sums = SummedBelow(np.zeros(people), design.by_subject())
    for name, statistic in (
        ("EER", lambda d, _: eer_draws(d)),
        ("ROCCH-EER", lambda _, rungs: rocch_eer_draws(rungs)),
        ("AUC", lambda d, _: auc_draws(d, below)),
        ("minDCF@1/2", lambda _, rungs: min_dcf_draws(rungs, Fraction(1, 2))),
        ("minDCF@1/100", lambda _, rungs: min_dcf_draws(rungs, Fraction(1, 100))),
    ):
        value = float(statistic(point, one)[0])
        limits = logit_t if name in ("EER", "AUC") else least_t
        interval = limits(value, statistic(drawn, ladder), trials=len(mated.scores), subjects=people)
        found[name] = [interval.low, interval.high]
    interval = identity_t(float(d_prime_draws(point, sums)[0]), d_prime_draws(drawn, sums), subjects=people)
    return {**found, "d'": [interval.low, interval.high]}


def small() -> Arrays:
    """1,500 images of 500 people with subject effects; every pair of images, first index below the second."""
    rng = np.random.default_rng(SEED)
    owner = np.repeat(np.arange(500, dtype=np.int32), 3)
    i, j = np.triu_indices(len(owner), 1)
    first, second = owner[i], owner[j]
    wolves, goats = 0.4 * rng.standard_normal((2, 500))
    same = first == second
    scores = np.where(same, 4 + goats[first], wolves[first] + wolves[second]) + 0.8 * rng.standard_normal(len(i))
    return {"first": first, "second": second, "scores": scores, "same": same}


def our_plug_in(data: Arrays) -> dict[str, list[float]]:
    """The Wilson interval with the plug-in variance, of FNMR and FMR."""
    from fr_bench.intervals.alternatives import fpp_wilson
    from fr_bench.intervals.clusters import ClusterCounts, cluster_variance
    from fr_bench.intervals.design import AllPairs
    from fr_bench.intervals.dyads import PairErrors, dyadic_variance

    same, accepted = data["same"], data["scores"] >= THRESHOLD
    wrong = accepted & ~same
    fnmr = fpp_wilson(cluster_variance(ClusterCounts.of(data["first"][same], ~accepted[same])))
    fmr = fpp_wilson(dyadic_variance(AllPairs([3] * 500), PairErrors.of(data["first"][wrong], data["second"][wrong])))
    return {name: [p.interval.low, p.interval.high] for name, p in (("FNMR", fnmr), ("FMR", fmr))}


def our_draws(data: Arrays) -> dict[str, list[float]]:
    """Percentiles of 1,000 double-or-nothing draws, of FNMR at two FMRs and of the AUC."""
    from fr_bench.intervals.design import AllPairs
    from fr_bench.intervals.draws import draw, fnmr_at_fmr_draws
    from fr_bench.intervals.placements import auc_draws
    from fr_bench.intervals.tails import Mated, Tail

    same = data["same"]
    tail = Tail.of(data["scores"][~same], data["first"][~same], data["second"][~same], AllPairs([3] * 500))
    mated = Mated.of(data["scores"][same], data["first"][same], people=500)
    drawn = draw(tail, mated, [f"person {k}" for k in range(500)], draws=DRAWS, seed=1)
    values = np.column_stack([fnmr_at_fmr_draws(drawn, TARGETS), auc_draws(drawn)])
    limits = np.quantile(values, [0.025, 0.975], axis=0).T.tolist()
    return dict(zip([*(f"FNMR@FMR={float(t):g}" for t in TARGETS), "AUC"], limits, strict=True))


JOBS: dict[str, tuple[Callable[[], Arrays], Callable[[Arrays], dict[str, list[float]]]]] = {
    "lfw": (lfw_sized, all_intervals),
    "plug-in": (small, our_plug_in),
    "draws": (small, our_draws),
}


def one(job: str) -> dict[str, Any]:
    """One run in this process: intervals, seconds, and bytes above what was held when the input was ready."""
    import scipy.special  # noqa: F401 - imports are outside the figures

    make, run = JOBS[job]
    data = make()
    before = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    started = time.perf_counter(), time.process_time()
    intervals = run(data)
    wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"intervals": intervals, "wall_seconds": wall, "cpu_seconds": cpu, "grown": max(0, peak - before)}


def measured(job: str) -> dict[str, Any]:
    """The least of several runs, each in a process of its own; intervals must be the same in all of them."""
    command = [sys.executable, str(Path(__file__).resolve()), "--job", job]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(RUNS)]
    least = {key: min(run[key] for run in runs) for key in ("wall_seconds", "cpu_seconds", "grown")}
    return {
        "intervals": runs[0]["intervals"],
        "same": all(r["intervals"] == runs[0]["intervals"] for r in runs),
        **least,
    }


THEIR_SIDE = """
import contextlib, io, json, sys, time
import numpy as np
from cimat import UncertaintyEstimator

data = np.load(sys.argv[1])
draws, threshold, targets = int(sys.argv[2]), float(sys.argv[3]), [float(t) for t in sys.argv[4:]]
scores = {str(k): {} for k in range(500)}
for first, second, score in zip(data["first"].tolist(), data["second"].tolist(), data["scores"].tolist()):
    first, second = str(first), str(second)
    scores[first].setdefault(second, []).append(score)
    if first != second:
        scores[second].setdefault(first, scores[first][second])
estimator, found = UncertaintyEstimator(scores), {}
started = time.process_time()
estimator.compute_binerror_metrics(threshold)
fnmr, fmr = estimator.get_binerror_ci(threshold=threshold)
found["plug-in"] = {"cpu_seconds": time.process_time() - started, "intervals": {"FNMR": fnmr, "FMR": fmr}}
np.random.seed(1)
started = time.process_time()
with contextlib.redirect_stderr(io.StringIO()):
    estimator.run_bootstrap(draws)
found["draws"] = {"cpu_seconds_a_draw": (time.process_time() - started) / draws}
print(json.dumps(found))
"""


def theirs(environments: Path) -> dict[str, Any]:
    """Both intervals of `cimat`, or {"not run": why}."""
    folder = environments / "cimat"
    python = folder / "bin" / "python"
    try:
        if not python.exists() or subprocess.run([python, "-c", "import cimat"], capture_output=True).returncode:
            for command in (
                [sys.executable, "-m", "venv", "--clear", str(folder)],
                [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE],
            ):
                subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
        with tempfile.TemporaryDirectory() as place:
            np.savez(Path(place, "scores.npz"), **small())
            values = [
                str(Path(place, "scores.npz")),
                str(THEIR_DRAWS),
                str(THRESHOLD),
                *(str(float(t)) for t in TARGETS),
            ]
            done = subprocess.run(
                [str(python), "-c", THEIR_SIDE, *values], check=True, capture_output=True, text=True, timeout=1800
            )
        found: dict[str, Any] = json.loads(done.stdout)
        return found
    except subprocess.CalledProcessError as failed:
        lines = [line for line in str(failed.stderr).splitlines() if line.strip()]
        return {"not run": lines[-1] if lines else str(failed)}
    except (subprocess.TimeoutExpired, OSError) as failed:
        return {"not run": str(failed)}


def lfw_row() -> dict[str, Any]:
    found = measured("lfw")
    passed = found["same"] and found["cpu_seconds"] < SECONDS and found["grown"] < MEMORY
    return {"part": "LFW-sized", "draws": DRAWS, **found, "passed": passed}


def small_rows(environments: Path) -> list[dict[str, Any]]:
    """One row an interval; without the other side there is nothing to judge."""
    other = theirs(environments)
    rows = []
    for job in ("plug-in", "draws"):
        ours = measured(job)
        row: dict[str, Any] = {"part": job, "frbench": ours, "passed": True}
        if "not run" in other:
            rows.append({**row, "not run": other["not run"]})
            continue
        seconds = other[job].get("cpu_seconds") or other[job]["cpu_seconds_a_draw"] * DRAWS
        faster = seconds / ours["cpu_seconds"]
        row |= {"cimat": {**other[job], "cpu_seconds": seconds}, "times_as_fast": faster}
        rows.append({**row, "passed": ours["same"] and faster >= FASTER})
    return rows


def show(row: dict[str, Any]) -> None:
    verdict = "PASS" if row["passed"] else "MISSED"
    if row["part"] == "LFW-sized":
        print(f"LFW-sized, {len(row['intervals'])} intervals, {DRAWS:,} draws")
        print(
            f"  {row['cpu_seconds']:.1f} CPU s (bar {SECONDS:g}), {row['wall_seconds']:.1f} s on the clock, memory "
            f"+{row['grown'] / 2**20:.0f} MiB (bar {MEMORY / 2**20:.0f}), "
            f"{'same' if row['same'] else 'DIFFERENT'} in every run: {verdict}"
        )
        return
    print(f"1,500 images, {row['part']}")
    print(f"  frbench {row['frbench']['cpu_seconds']:10.3f} CPU s   {in_words(row['frbench']['intervals'])}")
    if "not run" in row:
        print(f"  cimat   not run: {row['not run']}")
        return
    limits = in_words(row["cimat"].get("intervals", {})) or f"counted from {THEIR_DRAWS} draws"
    print(f"  cimat   {row['cimat']['cpu_seconds']:10.1f} CPU s   {limits}")
    print(f"  {row['times_as_fast']:,.0f} times as fast (bar {FASTER:g}): {verdict}")


def in_words(intervals: dict[str, list[float]]) -> str:
    return ", ".join(f"{name} {low:.5g} to {high:.5g}" for name, (low, high) in intervals.items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--environments", type=Path, help="folder of the environments that are kept")
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.job:
        print(json.dumps(one(asked.job)))
        return 0
    named = asked.environments or os.environ.get("FRBENCH_BENCH_ENVIRONMENTS")
    with tempfile.TemporaryDirectory() as passing:
        rows = [lfw_row(), *small_rows(Path(named or passing))]
    for row in rows:
        show(row)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row["passed"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
