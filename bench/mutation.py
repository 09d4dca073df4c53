"""Mutation testing of `fr_bench/metrics` and `fr_bench/intervals`: do the fast tests notice small wrong changes?

    python bench/mutation.py --sample 400 --seed 1 [--only PART] [--results FILE] [--again]

A seeded sample of mutants is drawn over all files of both folders; each meets the fast tests that call its function,
or that read what it made at import, in a copy of the tree. Verdicts are kept line by line in a JSON Lines file: a
second start goes on where the first was stopped, and tries again what survived once a test or the product has changed.
A mutant that no test can notice, as it changes nothing that is promised, stands in tests/mutation/equivalent.toml with
the reason. The bar: 90 % killed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.mutants import running  # noqa: E402 - beside this script, found from the root
from bench.mutants.making import Mutant, sample  # noqa: E402

FOLDERS = ("fr_bench/metrics", "fr_bench/intervals")
TESTS = (
    "tests/metrics", "tests/intervals", "tests/conformance", "tests/properties", "tests/analyses",
    "tests/planning", "tests/test_measuring.py", "tests/test_comparing.py", "tests/test_fusion.py",
    "fr_bench/metrics", "fr_bench/intervals",
)  # fmt: skip
"""The fast tests, and the examples in the docstrings of both folders."""
EQUIVALENT = ROOT / "tests" / "mutation" / "equivalent.toml"
BAR = 0.9
NOTICED = (running.KILLED, running.TIMEOUT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one mutant, and on which tests that rests."""

    key: str
    path: str
    line: int
    kind: str
    outcome: str
    seconds: float
    tests: str


def known_verdicts(results: Path, tests: str, *, again: bool) -> dict[str, Verdict]:
    """Verdicts that still hold: what was noticed, and what survived the tests as they are."""
    found: dict[str, Verdict] = {}
    if results.is_file():
        for row in results.read_text(encoding="utf-8").splitlines():
            try:
                verdict = Verdict(**json.loads(row))
            except (ValueError, TypeError):
                continue  # a line cut off by a kill: its mutant is tried again
            found[verdict.key] = verdict
    return {k: v for k, v in found.items() if v.outcome in NOTICED or (v.tests == tests and not again)}


def equivalents() -> dict[tuple[str, str, str], str]:
    """Reasons of the mutants that change nothing, by file, text of the line, and change."""
    rows = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("equivalent", [])
    return {(row["file"], row["line"], row["change"]): row["reason"] for row in rows}


def name_of(mutant: Mutant) -> tuple[str, str, str]:
    """As an equivalent mutant is listed."""
    return mutant.path, mutant.before, mutant.kind


def run(mutants: Sequence[Mutant], results: Path, copy: Path, *, tests: str, again: bool) -> dict[str, Verdict]:
    """Verdicts of all mutants; those not known yet are made, one after the other, and written at once."""
    found = known_verdicts(results, tests, again=again)
    # In an order that has nothing to do with files, so that a run cut short is a smaller sample of the same.
    missing = sorted((m for m in mutants if m.key not in found), key=lambda m: m.key)
    if missing:
        results.parent.mkdir(parents=True, exist_ok=True)
        existing = [t for t in TESTS if (copy / t).exists()]
        digest = running.digest_of(copy, ("fr_bench", "bench/mutants", *TESTS))
        beside = results.with_suffix(".baseline.json")
        base = running.kept_baseline(beside, digest, partial(running.baseline, copy, existing, FOLDERS))
        print(f"{len(base.tests)} tests pass unchanged, {sum(base.tests.values()):.0f} s", flush=True)
        if base.failed:
            print(f"left out, as they fail or skip without a change: {len(base.failed)}, such as {base.failed[0]}")
        with results.open("a", encoding="utf-8") as kept:
            for k, mutant in enumerate(missing, 1):
                outcome, seconds = running.verdict(copy, mutant, base)
                verdict = Verdict(mutant.key, mutant.path, mutant.line, mutant.kind, outcome, seconds, tests)
                found[mutant.key] = verdict
                kept.write(json.dumps(asdict(verdict)) + "\n")
                kept.flush()
                print(
                    f"{k}/{len(missing)} {mutant.path}:{mutant.line} {mutant.kind}: {outcome} ({seconds} s)", flush=True
                )
    return {m.key: found[m.key] for m in mutants}


def report(mutants: Sequence[Mutant], verdicts: dict[str, Verdict], copy: Path) -> bool:
    """Print the survivors with their diffs and reasons, the share by file, and the bar; whether it is met."""
    reasons = equivalents()
    print()
    for mutant in mutants:
        outcome = verdicts[mutant.key].outcome
        if outcome not in NOTICED:
            reason = reasons.get(name_of(mutant), "NO REASON GIVEN")
            print(f"{outcome}: {mutant.path}:{mutant.line} {mutant.kind}: {reason}")
            print(mutant.diff((copy / mutant.path).read_bytes()) + "\n")
    by_file = Counter(m.path for m in mutants)
    noticed = Counter(m.path for m in mutants if verdicts[m.key].outcome in NOTICED)
    for path, count in sorted(by_file.items()):
        print(f"{path:<48}{noticed[path]:>5} of {count}")
    total, equal = len(mutants), sum(
        name_of(m) in reasons and verdicts[m.key].outcome not in NOTICED for m in mutants
    )  # fmt: skip
    outcomes = Counter(v.outcome for v in verdicts.values())
    share = sum(noticed.values()) / total if total else 1.0
    print(f"\n{total} mutants: " + ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items())))
    left = total - sum(noticed.values()) - equal
    print(f"{equal} survivors change nothing that is promised (listed with reasons), {left} have no reason")
    print(f"{'PASS' if share >= BAR else 'MISSED'}: {share:.1%} noticed, bar {BAR:.0%}")
    return share >= BAR


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, run, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="mutants of files whose path holds this text")
    parser.add_argument("--results", type=Path, default=ROOT / "bench" / "results" / "mutation.jsonl")
    parser.add_argument("--again", action="store_true", help="try what survived again, whatever changed")
    given = parser.parse_args(arguments)
    results = given.results.resolve()
    started = time.monotonic()
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = running.copy_tree(ROOT, Path(folder).resolve())
        mutants = [m for m in sample(copy, FOLDERS, given.sample, given.seed) if given.only in m.path]
        tests = running.digest_of(copy, TESTS)
        running.prepare(copy)
        verdicts = run(mutants, results, copy, tests=tests, again=given.again)
        met = report(mutants, verdicts, copy)
    print(f"{time.monotonic() - started:.0f} s")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
