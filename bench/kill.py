"""The bar for interruptions: random SIGKILLs in the midst of scoring, and the same bytes in the end.

    python -m bench.kill [--kills 200] [--seed 11] [--json FILE]

Three kinds of runs (all scores looked at; screened; searched) score made-up templates into a folder, with a checkpoint
beside it. Each is undisturbed once; then it is started again and again, killed at a random moment, and gone on with,
until it ends; then its files are compared byte for byte with the undisturbed ones, and it begins anew. A kill counts
where the process was alive. The bar: at least 200 kills, no difference, no run that cannot go on.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KINDS = ("full", "screened", "search")
PATIENCE = 40
"""So many kills of one run, then it is left to end: a machine must be allowed to be slow."""


def score(kind: str, folder: Path, checkpoint: Path) -> None:
    """Score made-up templates into a folder, going on from what the checkpoint holds."""
    import numpy as np

    from fr_bench.comparison import plan as plans
    from fr_bench.comparison.engine import score as scored
    from fr_bench.comparison.keep import KeepPolicy
    from fr_bench.findings import RecognizerSummary
    from fr_bench.records import Card, Dataset, Roles, TemplateSet
    from fr_bench.storage import scores
    from fr_bench.storage.files import Checkpoint

    count, dimension = 1500, 128
    rng = np.random.default_rng(5)
    who = rng.integers(0, 400, count)
    rows = 0.8 * rng.standard_normal((400, dimension))[who] + rng.standard_normal((count, dimension))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    subjects = tuple(f"s{i:03d}" for i in who.tolist())
    ids = tuple(f"{i:05d}" for i in range(count))
    every = np.arange(count, dtype=np.int32)
    data = Dataset(
        name="made", format="folder", card=Card(name="made", format="folder", root=Path()), sample_ids=ids,
        subjects=subjects, sources=(None,) * count,
        roles=Roles(reference=every[:900], probe=every[600:]) if kind == "search" else None,
    )  # fmt: skip
    summary = RecognizerSummary(name="made", version="1", digest="", provider="cpu", batch_size=1, dimension=dimension,
                                comparison="cosine")  # fmt: skip
    found = scored(
        plans.build(data, "search" if kind == "search" else "all"),
        TemplateSet(vectors=rows.astype(np.float32), sample_ids=ids, failures={}, comparison="cosine",
                    recognizer=summary),
        subjects,
        keep=KeepPolicy(everything_up_to=0),
        full_pass=kind == "full",
        screening="float" if kind == "screened" else "auto",
        threads=2,
        checkpoint=Checkpoint(checkpoint),
        band_rows=20,
        block_columns=128,
    )  # fmt: skip
    scores.write(folder, found)


def started(kind: str, place: Path) -> subprocess.Popen[bytes]:
    """A process that scores."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench.kill", "--score", kind, str(place)],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def files(place: Path) -> dict[str, bytes]:
    """What a reader sees: what a killed process left half written has a name of its own."""
    return {
        file.name: file.read_bytes() for file in sorted((place / "scores").iterdir()) if ".tmp-" not in file.name
    }  # fmt: skip


def killed_until_done(kind: str, place: Path, longest: float, rng: random.Random) -> int:
    """Start, kill and go on until the run ends; how many kills met a living process."""
    kills = 0
    while True:
        process = started(kind, place)
        try:
            if kills < PATIENCE:
                process.wait(rng.uniform(0, longest))
            elif process.wait() != 0:
                raise SystemExit(f"{kind}: a run that was killed {kills} times cannot go on")
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            continue
        if process.wait() == 0:
            return kills
        raise SystemExit(f"{kind}: after {kills} kills a run ended with exit code {process.returncode}")


def bar(kills: int, seed: int) -> dict[str, object]:
    """So many kills and a little more; what was found."""
    rng, done, runs = random.Random(seed), 0, 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        undisturbed, longest = {}, {}
        for kind in KINDS:
            place, begun = Path(folder) / kind, time.monotonic()
            if started(kind, place).wait() != 0:
                raise SystemExit(f"{kind}: an undisturbed run fails")
            undisturbed[kind], longest[kind] = files(place), time.monotonic() - begun
        while done < kills:
            kind = KINDS[runs % len(KINDS)]
            place = Path(folder) / "killed"
            shutil.rmtree(place, ignore_errors=True)
            met = killed_until_done(kind, place, longest[kind], rng)
            same = files(place) == undisturbed[kind]
            done, runs = done + met, runs + 1
            print(
                f"  {kind:9} {met:3} kills, {'same bytes' if same else 'OTHER BYTES'}   {done} of {kills}", flush=True
            )
            if not same:
                wrong.append(f"{kind}, run {runs}")
    return {"kills": done, "runs": runs, "wrong": wrong, "passed": not wrong}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="at least so many (200)")
    parser.add_argument("--seed", type=int, default=11, help="of the moments (11)")
    parser.add_argument("--json", type=Path, help="write what was found to this file")
    parser.add_argument("--score", nargs=2, metavar=("KIND", "PLACE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.score:
        place = Path(asked.score[1])
        score(asked.score[0], place / "scores", place / "checkpoint")
        return 0
    found = bar(asked.kills, asked.seed)
    print(f"{found['kills']} kills in {found['runs']} runs: {'PASS' if found['passed'] else found['wrong']}")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
