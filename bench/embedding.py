"""Embedding throughput of frbench as a share of a bare loop of `InferenceSession.run`, on real models and faces.

    FRBENCH_TEST_DATA=DIR python bench/embedding.py [--json FILE] [--rounds 5]

The bare loop has what a careful script would have: one session that uses all cores, the images decoded, aligned and
turned into float32 tensors beforehand, one at a time. frbench starts from files: it reads and hashes them, decodes,
aligns where there are landmarks, prepares, embeds and checks, with the cache off. Both take turns on the same images;
a share is the median over the rounds of bare seconds / frbench seconds. A second bare loop runs one single-threaded
call a core, which is how frbench itself calls the model: what is missing to 1.00 of that one is frbench's own cost.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fr_bench.contracts import Options
from fr_bench.extraction import extract, sample_captures
from fr_bench.provenance import digest_file, usable_cores
from fr_bench.recognizers import onnx as adapter
from fr_bench.records import Card, Dataset
from fr_bench.sources import FileSource

BAR = 0.90
COLUMNS = ("lex", "ley", "rex", "rey", "nx", "ny", "lmx", "lmy", "rmx", "rmy")
MODELS = (("w600k_mbf_int8", "RGB", 96), ("mobilefacenet_paddle", "BGR", 160), ("mobilefacenet_b", "RGB", 480))
"""Model, its colour order, and images a round: about a second each."""
HEAVY = ("w600k_mbf_int8", "mobilefacenet_paddle")


@dataclass(frozen=True)
class Share:
    """One line of the table: medians over the rounds. `bar` is None where the figure is only printed."""

    model: str
    images: str
    count: int
    bare_per_second: float
    frbench_per_second: float
    share: float
    share_of_parallel: float
    bare_cpu_ms: float
    frbench_cpu_ms: float
    bar: float | None

    @property
    def passed(self) -> bool:
        return self.bar is None or self.share >= self.bar


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    folder = os.environ.get("FRBENCH_TEST_DATA")
    if not folder:
        print("embedding: FRBENCH_TEST_DATA names no folder with real faces and models; nothing is measured")
        return 0
    shares = [
        measure(Path(folder), model, colour, count, kind, options.rounds)
        for model, colour, count in MODELS
        for kind in ("crops", "raw")
    ]
    show(shares)
    if options.json:
        lines = [{**vars(share), "passed": share.passed} for share in shares]
        options.json.write_text(json.dumps({"bench": "embedding", "shares": lines}, indent=2) + "\n", encoding="utf-8")
    return 0 if all(share.passed for share in shares) else 1


def measure(root: Path, model: str, colour: str, count: int, kind: str, rounds: int) -> Share:
    """Let the two bare loops and frbench take turns on the same images."""
    said = {"colour": colour, "mean": 127.5, "std": 127.5}
    path = root / "models" / f"{model}.onnx"
    recognizer = adapter.load(Options({"model": str(path), "input": said, "template": "arcface", "batch": 1}))
    data = crops(root, count) if kind == "crops" else raw(root, count)
    contents = [digest_file(source.root / source.relative) for source in data.sources]  # type: ignore[union-attr]
    captures = sample_captures(data, contents, recognizer, count)
    tensors = [recognizer.prepare([c.image]) for c in captures if c.image is not None]
    # What frbench finds out once for a model is no part of the rate: the fact is remembered, templates are not.
    remembered = Remembering()
    sides: dict[str, Callable[[], Any]] = {
        "bare": bare(path, tensors, threads=1),
        "parallel": bare(path, tensors, threads=usable_cores()),
        "frbench": lambda: extract(data, contents, recognizer, cache=remembered),
    }
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    cpu: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, side in sides.items():
            began, used = time.perf_counter(), time.process_time()
            side()
            if turn:  # the first round warms up
                seconds[name].append((time.perf_counter() - began) / count)
                cpu[name].append((time.process_time() - used) / count)
    return Share(
        model=model,
        images=kind,
        count=count,
        bare_per_second=1 / statistics.median(seconds["bare"]),
        frbench_per_second=1 / statistics.median(seconds["frbench"]),
        share=paired(seconds["bare"], seconds["frbench"]),
        share_of_parallel=paired(seconds["parallel"], seconds["frbench"]),
        bare_cpu_ms=1000 * statistics.median(cpu["bare"]),
        frbench_cpu_ms=1000 * statistics.median(cpu["frbench"]),
        bar=BAR if kind == "crops" or model in HEAVY else None,
    )


def paired(one: Sequence[float], other: Sequence[float]) -> float:
    """The median of the ratios of neighbours in time: what else runs on the machine hits both."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def bare(path: Path, tensors: Sequence[np.ndarray[Any, Any]], *, threads: int) -> Callable[[], None]:
    """A loop of `InferenceSession.run`: one thread that uses all cores, or one single-threaded call a core."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = max(1, usable_cores() // threads)
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name, output = session.get_inputs()[0].name, [session.get_outputs()[0].name]

    def loop(part: Sequence[np.ndarray[Any, Any]]) -> None:
        for tensor in part:
            session.run(output, {name: tensor})

    def run() -> None:
        if threads == 1:
            loop(tensors)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(loop, [tensors[start::threads] for start in range(threads)]))

    return run


class Remembering:
    """A cache that keeps facts about the model and no template."""

    def __init__(self) -> None:
        self.notes: list[Any] = []
        self.facts: dict[str, Any] = {}

    def get(self, keys: Sequence[str]) -> dict[str, Any]:
        return {}

    def put(self, key: str, answer: Any, recognizer: str) -> None: ...

    def fact(self, key: str) -> Any:
        return self.facts.get(key)

    def keep_fact(self, key: str, value: Any) -> None:
        self.facts[key] = value

    def flush(self) -> None: ...


def crops(root: Path, count: int) -> Dataset:
    """Aligned crops of 112 x 112, the first of each subject in the order of names."""
    folder = root / "lfw-crops"
    names = [f"{person.name}/{person.name}_0001.jpg" for person in sorted(folder.iterdir())[:count]]
    return dataset("lfw-crops", folder, names)


def raw(root: Path, count: int) -> Dataset:
    """Images of 250 x 250 with their landmarks."""
    folder = root / "lfw-raw-fold1"
    names = sorted(str(path.relative_to(folder).as_posix()) for path in folder.rglob("*.jpg"))[:count]
    with (root / "lfw-landmarks.csv").open(encoding="utf-8") as file:
        points = {row["path"]: [float(row[name]) for name in COLUMNS] for row in csv.DictReader(file)}
    return dataset("lfw-raw", folder, names, np.array([points[name] for name in names]).reshape(-1, 5, 2))


def dataset(name: str, root: Path, names: Sequence[str], landmarks: Any = None) -> Dataset:
    return Dataset(
        name=name,
        format="manifest",
        card=Card(name=name, format="manifest", root=root),
        sample_ids=tuple(names),
        subjects=tuple(sample.split("/")[0] for sample in names),
        sources=tuple(FileSource(root, sample) for sample in names),
        landmarks=landmarks,
    )


def show(shares: Sequence[Share]) -> None:
    head = ("model", "images", "bare/s", "frbench/s", "share", "of 1 call a core", "CPU ms bare", "frbench", "bar")
    rows = [
        (
            share.model,
            share.images,
            f"{share.bare_per_second:.0f}",
            f"{share.frbench_per_second:.0f}",
            f"{share.share:.2f}",
            f"{share.share_of_parallel:.2f}",
            f"{share.bare_cpu_ms:.1f}",
            f"{share.frbench_cpu_ms:.1f}",
            "no bar" if share.bar is None else f"{share.bar:.2f} {'PASS' if share.passed else 'MISSED'}",
        )
        for share in shares
    ]
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    for row in (head, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
