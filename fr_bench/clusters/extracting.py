"""The templates of a run on a cluster: batches as tasks, where every worker would make the very templates made here.

A template depends on model, provider, kind of processor and sometimes the batch, so a worker has to have the same of
all (`extraction.identity`), and to read the same bytes. Where that is so, which machine made a template shows nowhere;
where it is not, templates are made here, and the user is told why.
"""

from __future__ import annotations

import pickle
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fr_bench import __version__
from fr_bench.batches import Computing, Task, Work, computed
from fr_bench.clusters.at_work import Asked, Part, make_templates, unfit
from fr_bench.clusters.connecting import Cluster
from fr_bench.clusters.orders import Order, of_each_worker, results
from fr_bench.clusters.shelf import Shelved
from fr_bench.errors import shown
from fr_bench.provenance import digest_value
from fr_bench.records import Card, Failure
from fr_bench.runspec import RunSpec
from fr_bench.sources import FileSource

if TYPE_CHECKING:
    from fr_bench.records import Dataset, Source

AT_ONCE = 16
"""Samples of a task at least."""
TOGETHER = 1024
"""Samples whose sources are sent together, once for all their tasks."""
TELL_EVERY = 10.0
"""Seconds between two sentences about failures."""
Cells = Sequence[Sequence[int]]


def computed_on(cluster: Cluster, spec: RunSpec) -> Computing:
    """`batches.computed` with the workers of a cluster, or by this machine where they cannot; it is told which.

    spec   names the recognizer, as workers load it: its paths must lead to the same files there
    """

    def computing(task: Task, cells: Cells, threads: int) -> Iterator[Work]:
        asked = Asked(
            version=__version__,
            spec=replace(RunSpec(recognizer=spec.recognizer, where=spec.where), folder=spec.folder.absolute()),
            identity=task.identity,
            batch_in_key=task.batch_in_key,
        )
        reason = _why_not(cluster, task, cells, asked) if cells and task.recognizer.takes.images else ""
        if reason is None:
            yield from _on_workers(cluster, task, cells, asked)
            return
        if reason:
            cluster.tell(f"cluster: templates are made here: {reason}; comparisons are made by the workers")
        yield from computed(task, cells, threads)

    return computing


def _why_not(cluster: Cluster, task: Task, cells: Cells, asked: Asked) -> str | None:
    """Why the workers cannot make these templates; None where each of them can."""
    if not getattr(task.recognizer, "kept", True):
        return f"what {shown(task.recognizer.name)} reads is not known, so no worker can be told to have the same"
    part = part_of(task, cells[0])
    try:
        pickle.dumps(part)
    except (TypeError, AttributeError, pickle.PicklingError) as problem:
        return f"images of {shown(task.dataset.name)} cannot be reached from other machines ({shown(str(problem))})"
    found = of_each_worker(cluster, unfit, (asked, part))
    return next((f"worker {name}: {reason}" for name, reason in sorted(found.items()) if reason), None)


def part_of(task: Task, indices: Sequence[int]) -> Part:
    """Some samples of a data set as they travel: ids, where the images are, landmarks. No worker needs subjects."""
    dataset, rows = task.dataset, list(indices)
    return Part(
        replace(
            dataset,
            card=Card(name=dataset.card.name, format=dataset.card.format, root=Path()),
            sample_ids=tuple(dataset.sample_ids[row] for row in rows),
            subjects=("unknown",) * len(rows),
            sources=tuple(_absolute(dataset, row) for row in rows),
            landmarks=None if dataset.landmarks is None else dataset.landmarks[rows],
            attributes={},
            pairs=None,
            roles=None,
            notes=(),
        ),
        tuple(task.contents[row] for row in rows),
    )


def _absolute(dataset: Dataset, row: int) -> Source | None:
    """Where a sample's image comes from, whatever folder a worker was started in."""
    source = dataset.sources[row]
    return replace(source, root=source.root.absolute()) if isinstance(source, FileSource) else source


def _on_workers(cluster: Cluster, task: Task, cells: Cells, asked: Asked) -> Iterator[Work]:
    """Works in the order of the samples. What a worker that joined later refuses is made here."""
    pieces, sent = _pieces(cells), list[_Sent]()
    early: dict[int, Work] = {}
    following, failures = 0, _Failures(cluster.tell)
    with closing(results(cluster, _orders(task, pieces, asked, sent))) as coming:
        for number, found in coming:
            if isinstance(found, str):
                cluster.tell(f"cluster: {len(pieces[number])} batches are made here: a worker refused them: {found}")
                early[number] = _joined(computed(task, pieces[number], 1))
            else:
                early[number] = sent[number].numbered(found)
            failures.count(early[number])
            while following in early:
                yield early.pop(following)
                following += 1
    failures.tell_now()


def _joined(works: Iterator[Work]) -> Work:
    whole = Work()
    for work in works:
        whole.answers += work.answers
        whole.each += work.each
        whole.preparing += work.preparing
        whole.embedding += work.embedding
    return whole


def _pieces(cells: Cells) -> list[list[Sequence[int]]]:
    """Batches of the tasks; a batch is never split.

    >>> [len(piece) for piece in _pieces([range(10)] * 5)]
    [2, 2, 1]
    """
    pieces: list[list[Sequence[int]]] = []
    for cell in cells:
        if not pieces or sum(map(len, pieces[-1])) >= AT_ONCE:
            pieces.append([])
        pieces[-1].append(cell)
    return pieces


@dataclass(frozen=True, slots=True)
class _Sent:
    """Samples that were sent together: the number of each in the data set."""

    indices: Sequence[int]

    def numbered(self, work: Work) -> Work:
        """A work with the numbers of the data set instead of those of the part."""
        work.answers = [(self.indices[index], answer, key) for index, answer, key in work.answers]
        return work


def _orders(task: Task, pieces: Sequence[Cells], asked: Asked, sent: list[_Sent]) -> Iterator[Order]:
    """The tasks; `sent` gets an entry for each before it is handed out."""
    for together in _bundles(pieces):
        indices = [index for piece in together for cell in piece for index in cell]
        name = digest_value([asked.identity, [task.dataset.sample_ids[i] for i in indices],
                             [task.contents[i] for i in indices]])  # fmt: skip
        # Some hundred bytes a sample.
        part = Shelved(f"part-{name}", lambda rows=indices: part_of(task, rows), 512 * len(indices))  # type: ignore[misc]
        place = 0
        for piece in together:
            local = []
            for cell in piece:
                local.append(range(place, place + len(cell)))
                place += len(cell)
            sent.append(_Sent(indices))
            first = shown(task.dataset.sample_ids[piece[0][0]])
            told = f"templates of {sum(map(len, piece))} samples from {first}"
            yield Order(make_templates, (asked, local), (part,), told)


def _bundles(pieces: Sequence[Cells]) -> Iterator[list[Cells]]:
    bundle: list[Cells] = []
    for piece in pieces:
        bundle.append(piece)
        if sum(len(cell) for cells in bundle for cell in cells) >= TOGETHER:
            yield bundle
            bundle = []
    if bundle:
        yield bundle


@dataclass(slots=True)
class _Failures:
    """Failures of the workers, told while they come in."""

    tell: Callable[[str], None]
    done: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    told: int = 0
    at: float = field(default_factory=time.monotonic)

    def count(self, work: Work) -> None:
        """Take in what a task answered; tell, where it is time."""
        self.done += len(work.answers)
        for _, answer, _ in work.answers:
            if isinstance(answer, Failure):
                self.reasons[f"{answer.stage}: {answer.reason}"] += 1
        if time.monotonic() - self.at >= TELL_EVERY:
            self.tell_now()

    def tell_now(self) -> None:
        """Say how many failed so far and why, unless it was said."""
        failed = self.reasons.total()
        if failed == self.told:
            return
        self.told, self.at = failed, time.monotonic()
        why = ", ".join(f"{reason} {count}" for reason, count in sorted(self.reasons.items()))
        self.tell(f"cluster: {failed} of {self.done} samples gave no template: {shown(why, 300)}")
