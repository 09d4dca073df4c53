"""Data set x recognizer -> templates: each picture read, decoded, aligned and embedded, or failed with a reason.

Results are taken in the order of the samples, and batches lie on a fixed grid over the samples that are needed, so
neither the number of threads (`batches`) nor an interruption changes a template. What the recognizer answered is kept
in a cache by content; a picture whose answer is there is not even read.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from fr_bench.batches import Computing, Task, computed
from fr_bench.captures import WRONG_SIZE, capture_sample, how_pictures_are_fitted
from fr_bench.contracts import Capture, Recognizer
from fr_bench.errors import DataError, RecognizerError, shown
from fr_bench.findings import Note, RecognizerSummary
from fr_bench.progress import Observer, Silent
from fr_bench.provenance import digest_value, processor_name, usable_cores
from fr_bench.records import Dataset, Failure, TemplateSet
from fr_bench.steadiness import batch_check, batch_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIPELINE = 1
"""Raised whenever reading, decoding, alignment or resizing would give a recognizer another picture."""
NOT_NEEDED = Failure("plan", "not_needed", "no comparison of the plan names this sample")
CHECKED_CAPTURES = 8
CELLS_ASKED = 4096
"""Batches that the cache is asked for at once."""
IN_MEMORY = 256 << 20
"""Templates that take more bytes stand in a mapped file."""


class Cache(Protocol):
    """What `storage.templates.TemplateCache` offers."""

    notes: list[Note]

    def get(self, keys: Sequence[str]) -> Mapping[str, NDArray[np.float32] | Failure]: ...
    def put(self, key: str, answer: NDArray[np.float32] | Failure, recognizer: str) -> None: ...
    def fact(self, key: str) -> Mapping[str, Any] | None: ...
    def keep_fact(self, key: str, value: Mapping[str, Any]) -> None: ...
    def flush(self) -> None: ...


def extract(
    dataset: Dataset,
    contents: Sequence[str],
    recognizer: Recognizer,
    *,
    needed: Sequence[int] | NDArray[Any] | None = None,
    cache: Cache | None = None,
    observer: Observer | None = None,
    threads: int | None = None,
    computing: Computing = computed,
) -> TemplateSet:
    """Make the template of every sample that is needed.

    contents   SHA-256 of each sample's bytes as inspected, in the order of the samples; "" where not known
    needed     indices of the samples that the plan names; all if None. The others get the failure `NOT_NEEDED`
    cache      where answers are kept, flushed before this returns or raises; not used for a recognizer not to be `kept`
    threads    worker threads, one a core if None; templates do not depend on it
    computing  who makes the templates that no cache has: this process, or other machines

    Raises DataError `input_changed` if bytes are not those of `contents`, `no_templates` if no sample gave one,
    `wrong_size` if the pictures do not fit the recognizer; RecognizerError as `steadiness.embed` does, and
    `template_length` if templates differ in length.
    """
    if len(contents) != len(dataset.sample_ids):
        raise ValueError(f"{len(contents)} digests for {len(dataset.sample_ids)} samples")
    wanted = sorted({int(i) for i in (range(len(contents)) if needed is None else needed)})
    began, observer, threads = time.perf_counter(), observer or Silent(), threads or usable_cores()
    cache = cache if recognizer.takes.images and getattr(recognizer, "kept", True) else None
    task = Task(dataset, contents, recognizer, identity(recognizer))
    checked = _batch_check(task, wanted, cache)
    size = batch_size(recognizer, checked)
    task = replace(task, batch_in_key=size > 1 and not checked.get("bitwise", False))
    cells = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    templates = _Templates(dataset.sample_ids, recognizer)
    timing = {"from_cache": 0.0, "computed": 0.0, "preparing_seconds": 0.0, "embedding_seconds": 0.0}
    each: list[float] = []
    observer.start("templates", len(wanted), "images")
    try:
        missing = _take_cached(task, cells, cache, templates)
        timing["from_cache"] = float(templates.taken)
        observer.advance(templates.taken)
        for work in computing(task, missing, threads):
            for index, answer, key in work.answers:
                templates.add(index, answer)
                if cache is not None and key:
                    cache.put(key, answer, recognizer.name)
            timing["computed"] += len(work.answers)
            timing["preparing_seconds"] += work.preparing
            timing["embedding_seconds"] += work.embedding
            each += work.each
            observer.advance(len(work.answers))
    finally:
        if cache is not None:
            cache.flush()
        observer.finish()
    timing["seconds"] = time.perf_counter() - began
    return templates.finished(wanted, _summary(task, checked, size), {**timing, "template_seconds": each})


def identity(recognizer: Recognizer) -> str:
    """Digest of all that an answer depends on besides the picture: the cache's promise rests on it.

    The kind of processor is part of it, because a network's arithmetic differs between kinds.
    """
    import PIL

    takes = recognizer.takes
    return digest_value(
        {
            "pipeline": PIPELINE,
            "pillow": PIL.__version__,
            "processor": processor_name(),
            "digest": recognizer.digest,
            "version": recognizer.version,
            "provider": recognizer.provider,
            "preprocessing": dict(recognizer.preprocessing),
            "takes": [takes.size, takes.template, takes.otherwise],
        }
    )


def sample_captures(
    dataset: Dataset,
    contents: Sequence[str],
    recognizer: Recognizer,
    count: int = CHECKED_CAPTURES,
    *,
    indices: Sequence[int] | None = None,
) -> list[Capture]:
    """Up to `count` captures for checks, spread evenly over these samples (all if None), in their order.

    Raises DataError `wrong_size` if all that were tried have a size that the recognizer does not take.
    """
    samples = range(len(contents)) if indices is None else indices
    step = max(1, len(samples) // max(1, count))
    order = [*samples[::step], *(index for at, index in enumerate(samples) if at % step)]
    captures: list[Capture] = []
    failures: list[Failure] = []
    for index in order[: 4 * count]:
        capture, _ = capture_sample(dataset, contents, index, recognizer.takes)
        if isinstance(capture, Failure):
            failures.append(capture)
        else:
            captures.append(capture)
        if len(captures) == count:
            break
    if not captures and _all_of_wrong_size(failures):
        raise _wrong_size(failures[0], dataset)
    return captures


def _batch_check(task: Task, wanted: Sequence[int], cache: Cache | None) -> Mapping[str, Any]:
    """What is known of the recognizer and batches, found out on the first pictures unless the cache remembers."""
    recognizer = task.recognizer
    if recognizer.fixed_batch or not recognizer.takes.images:
        return {"verdict": "one_at_a_time"} if recognizer.takes.images else {"verdict": "not_checked"}
    key = digest_value(["batch_check", task.identity])
    known = cache.fact(key) if cache is not None else None
    if known is not None:
        return known
    captures = sample_captures(task.dataset, task.contents, recognizer, indices=wanted)
    checked = batch_check(recognizer, captures)
    if cache is not None and checked["verdict"] != "not_checked":
        cache.keep_fact(key, checked)
    return checked


def _take_cached(
    task: Task, cells: Sequence[Sequence[int]], cache: Cache | None, templates: _Templates
) -> list[Sequence[int]]:
    """Take what the cache has; gives the batches that are to be computed. A batch is computed whole or not at all."""
    if cache is None:
        return list(cells)
    missing = []
    # Some at a time: templates of a large data set need not stand in memory twice.
    for first in range(0, len(cells), CELLS_ASKED):
        some = cells[first : first + CELLS_ASKED]
        keys = [task.keys(cell, [task.contents[index] for index in cell]) for cell in some]
        found = cache.get(sorted({key for row in keys for key in row if key}))
        for cell, row in zip(some, keys, strict=True):
            if all(key in found for key in row):
                for index, key in zip(cell, row, strict=True):
                    templates.add(index, found[key])
            else:
                missing.append(cell)
    return missing


class _Templates:
    """The rows of a template set as they come in."""

    def __init__(self, sample_ids: tuple[str, ...], recognizer: Recognizer) -> None:
        self.sample_ids, self.recognizer = sample_ids, recognizer
        self.vectors: NDArray[np.float32] | None = None
        self.failures: dict[int, Failure] = {}
        self.first = 0
        self.taken = 0

    def add(self, index: int, answer: NDArray[np.float32] | Failure) -> None:
        """Take a sample's answer. Raises RecognizerError if its template has another length than the first one."""
        self.taken += 1
        if isinstance(answer, Failure):
            self.failures[index] = answer
            return
        if self.vectors is None:
            self.first, self.vectors = index, no_vectors(len(self.sample_ids), answer.size)
        if answer.size != self.vectors.shape[1]:
            raise RecognizerError(
                f"recognizer {shown(self.recognizer.name)} gives {self.vectors.shape[1]} numbers for "
                f"{shown(repr(self.sample_ids[self.first]))} and {answer.size} for "
                f"{shown(repr(self.sample_ids[index]))}; templates of one run have one length",
                code="template_length",
            )
        self.vectors[index] = answer

    def finished(self, wanted: Sequence[int], summary: RecognizerSummary, timing: Mapping[str, Any]) -> TemplateSet:
        """The template set, of unit length for cosine. Raises DataError if there is no template at all."""
        if self.vectors is None:
            raise self._no_templates()
        if self.recognizer.compare == "cosine":
            to_unit_length(self.vectors)
        rest = set(range(len(self.sample_ids))).difference(wanted)
        failures = {**self.failures, **dict.fromkeys(sorted(rest), NOT_NEEDED)}
        return TemplateSet(
            vectors=self.vectors,
            sample_ids=self.sample_ids,
            failures=dict(sorted(failures.items())),
            comparison=self.recognizer.compare,
            recognizer=replace(summary, dimension=self.vectors.shape[1]),
            timing=timing,
        )

    def _no_templates(self) -> DataError:
        failures = [self.failures[index] for index in sorted(self.failures)]
        if not failures:
            return DataError("no sample is needed, so there is no template to make", code="no_templates")
        if _all_of_wrong_size(failures):
            return _wrong_size(failures[0], None)
        counts = Counter(f"{failure.stage}: {failure.reason}" for failure in failures)
        first = min(self.failures)
        return DataError(
            f"none of {len(failures)} samples gave a template ("
            + ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
            + f"); the first is {shown(repr(self.sample_ids[first]))}: {shown(self.failures[first].detail, 200)}",
            code="no_templates",
        )


def no_vectors(count: int, width: int) -> NDArray[np.float32]:
    """(count, width) zeros: in memory, or in a file mapped into it where they take more than `IN_MEMORY` bytes.

    The file lies in the folder for temporary files (TMPDIR), has no name, and is gone with the process. Its place on
    the disk is taken beforehand, as a full disk cannot be told of later; where there is none, memory is used.
    """
    size = count * width * 4
    if size <= IN_MEMORY or not hasattr(os, "posix_fallocate"):
        return np.zeros((count, width), dtype=np.float32)
    try:
        with tempfile.TemporaryFile() as file:
            os.posix_fallocate(file.fileno(), 0, size)
            return np.asarray(np.memmap(file, dtype=np.float32, mode="r+", shape=(count, width)))
    except OSError:
        return np.zeros((count, width), dtype=np.float32)


def to_unit_length(vectors: NDArray[np.float32]) -> None:
    """Divide each row by its L2 norm, in place: norm and quotient in float64, rounded to float32. Zero rows stay.

    >>> rows = np.array([[3, 4], [0, 0]], dtype=np.float32)
    >>> to_unit_length(rows)
    >>> rows.tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    for start in range(0, len(vectors), 4096):
        block = vectors[start : start + 4096].astype(np.float64)
        norms = np.sqrt((block * block).sum(axis=1, keepdims=True))
        np.divide(block, norms, out=block, where=norms > 0)
        vectors[start : start + 4096] = block


def _summary(task: Task, checked: Mapping[str, Any], size: int) -> RecognizerSummary:
    recognizer = task.recognizer
    pictures = how_pictures_are_fitted(task.dataset, recognizer.takes)
    return RecognizerSummary(
        name=recognizer.name,
        version=recognizer.version,
        digest=recognizer.digest,
        provider=recognizer.provider,
        batch_size=size,
        dimension=0,
        comparison=recognizer.compare,
        preprocessing={**recognizer.preprocessing, "pictures": pictures},
        batch_check=checked,
        licence=str(getattr(recognizer, "licence", "")),
    )


def _all_of_wrong_size(failures: Sequence[Failure]) -> bool:
    return bool(failures) and all(failure.reason == WRONG_SIZE for failure in failures)


def _wrong_size(failure: Failure, dataset: Dataset | None) -> DataError:
    name = f"{dataset.name}: " if dataset is not None else ""
    return DataError(
        f"{name}the pictures do not fit the recognizer: {failure.detail}; give landmarks (columns of the "
        "manifest, or --set dataset.landmarks=FILE.csv), or say --set recognizer.otherwise=resize if whole pictures "
        "may be scaled",
        code=WRONG_SIZE,
    )
