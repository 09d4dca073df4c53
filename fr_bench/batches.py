"""Batches of pictures, prepared and embedded in worker threads; their answers come in the order of the samples.

Reading, decoding and alignment happen beside the inference; a recognizer that allows it is called from all threads at
once. A bounded number of batches is under way, so memory does not grow with the data set, and whatever ends the work
early, a mistake or Ctrl-C, stops the workers within one image.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

from fr_bench.captures import capture_sample
from fr_bench.contracts import Capture, Recognizer
from fr_bench.provenance import digest_value
from fr_bench.records import Dataset, Failure
from fr_bench.steadiness import embed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLES_AT_ONCE = 8
"""Samples that one piece of work holds: enough to make its overhead vanish, few enough to stop within a second."""
WAITING = 3
"""Pieces of work under way for each thread: the queue that keeps them busy."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is extracted, with whom: the part that every step needs."""

    dataset: Dataset
    contents: Sequence[str]
    recognizer: Recognizer
    identity: str
    batch_in_key: bool = False

    def picture(self, index: int, digest: str) -> str:
        """What an answer depends on besides the recognizer: the bytes, and the landmarks where they are used."""
        marks, takes = self.dataset.landmarks, self.recognizer.takes
        used = marks is not None and takes.size is not None and takes.template is not None
        return f"{digest}|{marks[index].tobytes().hex()}" if used and marks is not None else digest

    def keys(self, cell: Sequence[int], digests: Sequence[str]) -> list[str]:
        """The cache keys of a batch; "" where the bytes are not known."""
        pictures = [self.picture(index, digest) for index, digest in zip(cell, digests, strict=True)]
        batch = digest_value(pictures) if self.batch_in_key else ""
        return [
            digest_value([self.identity, picture, batch]) if digest and (all(digests) or not batch) else ""
            for picture, digest in zip(pictures, digests, strict=True)
        ]


@dataclass(slots=True)
class Work:
    """A piece of work: batches with their captures and cache keys, then the answers, and the seconds both took.

    each   seconds of each template, an equal share of what its batch took from reading to embedding
    """

    cells: list[tuple[Sequence[int], list[Capture | Failure], list[str]]] = field(default_factory=list)
    answers: list[tuple[int, NDArray[np.float32] | Failure, str]] = field(default_factory=list)
    preparing: float = 0.0
    embedding: float = 0.0
    each: list[float] = field(default_factory=list)


def computed(task: Task, cells: Sequence[Sequence[int]], threads: int) -> Iterator[Work]:
    """The batches' answers in order. A recognizer that bears it is called by the workers, another by this thread."""
    per_work = max(1, SAMPLES_AT_ONCE // max(1, len(cells[0]) if cells else 1))
    parts = [cells[start : start + per_work] for start in range(0, len(cells), per_work)]
    concurrent = min(threads, int(getattr(task.recognizer, "concurrent", 1)))
    if concurrent > 1 or threads == 1:
        yield from _in_order(lambda part, stop: _embedded(task, _prepared(task, part, stop), stop), parts, concurrent)
    else:
        for work in _in_order(lambda part, stop: _prepared(task, part, stop), parts, threads):
            yield _embedded(task, work, Event())


Computing = Callable[[Task, Sequence[Sequence[int]], int], Iterator[Work]]
"""`computed`, or what gives the same answers another way, such as by other machines."""


def worked(task: Task, cells: Sequence[Sequence[int]], turn: AbstractContextManager[Any]) -> Work:
    """One piece of work, done in this thread; the recognizer is called within `turn`."""
    work = _prepared(task, cells, Event())
    with turn:
        return _embedded(task, work, Event())


def _prepared(task: Task, cells: Sequence[Sequence[int]], stop: Event) -> Work:
    work, began = Work(), time.perf_counter()
    for cell in cells:
        if stop.is_set():
            break
        started = time.perf_counter()
        pairs = [capture_sample(task.dataset, task.contents, index, task.recognizer.takes) for index in cell]
        keys = task.keys(cell, [digest for _, digest in pairs])
        work.cells.append((cell, [capture for capture, _ in pairs], keys))
        work.each.append((time.perf_counter() - started) / len(cell))
    work.preparing = time.perf_counter() - began
    return work


def _embedded(task: Task, work: Work, stop: Event) -> Work:
    began = time.perf_counter()
    prepared, work.each = work.each, []
    for (cell, captures, keys), preparing in zip(work.cells, prepared, strict=True):
        if stop.is_set():
            break
        started = time.perf_counter()
        good = [capture for capture in captures if not isinstance(capture, Failure)]
        answers = iter(embed(task.recognizer, good) if good else [])
        seconds = time.perf_counter() - started
        work.each += [preparing + seconds / len(good) for _ in good]
        for index, capture, key in zip(cell, captures, keys, strict=True):
            if isinstance(capture, Failure):
                work.answers.append((index, capture, key if capture.stage != "read" else ""))
            else:
                work.answers.append((index, next(answers), key))
    work.cells.clear()  # the pictures are done with
    work.embedding = time.perf_counter() - began
    return work


def _in_order(
    do: Callable[[Sequence[Sequence[int]], Event], Work], parts: Sequence[Sequence[Sequence[int]]], threads: int
) -> Iterator[Work]:
    """Results of the parts in their order, a bounded number under way. Whatever ends it early stops the workers."""
    stop, under_way = Event(), deque[Future[Work]]()
    pool = ThreadPoolExecutor(max(1, threads), thread_name_prefix="frbench")
    try:
        for part in parts:
            under_way.append(pool.submit(do, part, stop))
            if len(under_way) > WAITING * threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
