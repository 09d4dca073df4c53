"""What runs on the workers. A worker keeps what it has learned: the screen of a pass, the recognizer of a run."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fr_bench import __version__
from fr_bench.clusters.connecting import refuse_other_version
from fr_bench.clusters.memory import Blocks

if TYPE_CHECKING:
    from fr_bench.batches import Work
    from fr_bench.comparison.bands import Pass
    from fr_bench.comparison.screen import Screen
    from fr_bench.comparison.tiles import Setting, Slab
    from fr_bench.contracts import Recognizer
    from fr_bench.records import Dataset
    from fr_bench.runspec import RunSpec


@dataclass(slots=True)
class Kept:
    """A few values that a process makes once, whatever thread asks first."""

    most: int
    values: OrderedDict[str, Any] = field(default_factory=OrderedDict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def get(self, name: str, make: Callable[[], Any]) -> Any:
        """The value of this name; threads that ask for it together wait for the first."""
        with self.turn:
            if name not in self.values:
                self.values[name] = make()
            self.values.move_to_end(name)
            while len(self.values) > self.most:
                self.values.popitem(last=False)
            return self.values[name]


SCREENS = Kept(4)
BLOCKS = Blocks()


def make_tile(
    client: str, bands: Sequence[int], setting: Setting, rows: Slab, columns: Slab
) -> list[tuple[int, int, bytes]]:
    """Some bands of a tile: number in the whole pass, comparisons made, the part of the band packed.

    client   version of frbench that asks
    bands    numbers of bands in the whole pass

    Raises MachineError `other_version` where this worker has another one.
    """
    from fr_bench.comparison.bands import band_of, packed
    from fr_bench.comparison.choosing import one_blas_thread

    serve(client)
    found = []
    with one_blas_thread(), BLOCKS.kept():
        job = _job(setting, rows, columns)
        for number in bands:
            band = band_of(job, number - rows.first_band, lambda: False)
            if band is None:
                raise ValueError(f"band {number} was stopped")
            found.append((number, band.made, packed(band)))
    return found


def _job(setting: Setting, rows: Slab, columns: Slab) -> Pass:
    """The pass over a tile, with the screen that this process chose on the first tile of the whole pass that it met."""
    from fr_bench.comparison.tiles import job_of, remembered

    made: list[Pass] = []

    def first() -> Screen | None:
        made.append(job_of(setting, rows, columns))
        return remembered(made[0])

    liked: Screen | None = SCREENS.get(setting.digest(), first)
    if made:
        return made[0]
    if liked is None and setting.returned is None:
        # No screen was worth its time. Of searches, only that some of the first tile are better made without.
        setting = replace(setting, screening="none")
    return job_of(setting, rows, columns, liked)


def serve(client: str) -> None:
    """Refuse a client of another version: workers may join a cluster while a run is under way."""
    refuse_other_version("a worker", __version__, client)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which templates are wanted: the same as on the machine that asks.

    version        of frbench there
    spec           names the recognizer
    identity       of `extraction.identity` there
    batch_in_key   of `batches.Task`
    """

    version: str
    spec: RunSpec
    identity: str
    batch_in_key: bool


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some samples, and the SHA-256 that the bytes of each had when they were inspected."""

    dataset: Dataset
    contents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A recognizer of this process, or why there is none, and whose turn it is to call it."""

    recognizer: Recognizer | None
    reason: str
    turn: threading.Semaphore


RECOGNIZERS = Kept(2)


def make_templates(asked: Asked, cells: Sequence[Sequence[int]], part: Part) -> Work | str:
    """The answers to some batches; or why this worker would give others than the machine that asks.

    cells   places in the part

    Raises what the recognizer raises; MachineError `other_version`.
    """
    from fr_bench.batches import Task, worked
    from fr_bench.errors import DataError

    serve(asked.version)
    loaded = _recognizer(asked)
    if loaded.recognizer is None:
        return loaded.reason
    task = Task(part.dataset, part.contents, loaded.recognizer, asked.identity, asked.batch_in_key)
    try:
        return worked(task, cells, loaded.turn)
    except DataError as problem:
        # Whether the data changed, or are only not the same here, the machine that asks finds out.
        return problem.message


def unfit(asked: Asked, part: Part) -> str:
    """Why this worker cannot make the templates that are asked for; "" where it can, as far as one image shows."""
    from fr_bench.errors import DataError
    from fr_bench.provenance import digest_bytes

    reason = _recognizer(asked).reason
    if reason:
        return reason
    source = next((source for source in part.dataset.sources if source is not None), None)
    content = next((c for s, c in zip(part.dataset.sources, part.contents, strict=True) if s is source), "")
    if source is None or not content:
        return ""
    try:
        same = digest_bytes(source.read()) == content
    except DataError as problem:
        return f"{problem.message} (the images must lie at the same path there)"
    return "" if same else f"{source.name} holds other bytes there"


def _recognizer(asked: Asked) -> Loaded:
    from fr_bench.provenance import digest_value

    name = digest_value([asked.identity, asked.spec.record()["recognizer"], str(asked.spec.folder)])
    loaded: Loaded = RECOGNIZERS.get(name, lambda: _loaded(asked))
    return loaded


def _loaded(asked: Asked) -> Loaded:
    from fr_bench.errors import FrBenchError
    from fr_bench.extraction import identity
    from fr_bench.preparation import load_recognizer
    from fr_bench.provenance import processor_name

    try:
        recognizer = load_recognizer(asked.spec)
    except FrBenchError as problem:
        return Loaded(None, f"{problem.message} (the recognizer must be there at the same path)", threading.Semaphore())
    if identity(recognizer) != asked.identity:
        reason = (
            f"it would make other templates (model file, provider {recognizer.provider}, Pillow, or kind of processor "
            f"{processor_name()} differ)"
        )
        return Loaded(None, reason, threading.Semaphore())
    return Loaded(recognizer, "", threading.Semaphore(max(1, int(getattr(recognizer, "concurrent", 1)))))
