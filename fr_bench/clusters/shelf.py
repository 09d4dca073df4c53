"""Data on the workers: sent once by the digest of its content, passed on between them, sent again where it is lost."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

BYTES_A_WORKER = 512 << 20
"""So much is held for each worker there is; beyond that the longest unused goes. Templates of 10 million samples with
512 numbers, 20 GB, stay on 40 workers."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelved:
    """A value that tasks need, to be put on the shelf.

    name   of its content: what has the same name is the same
    make   gives it when it must be sent
    size   bytes, about
    """

    name: str
    make: Callable[[], Any]
    size: int


@dataclass(slots=True, eq=False)
class Shelf:
    """Values that workers hold: a task names them instead of carrying them."""

    client: Any
    workers: int = 1
    held: OrderedDict[str, tuple[Any, int]] = field(default_factory=OrderedDict)
    sent: int = 0

    def put(self, value: Shelved) -> Any:
        """The future of a value, sent to a worker unless one still has it. Raises TimeoutError without workers."""
        if value.name in self.held:
            future, _ = self.held[value.name]
            if future.status == "finished":
                self.held.move_to_end(value.name)
                return future
            del self.held[value.name]
        # What was lost keeps its old name as lost for a while.
        self.sent += 1
        name = f"frbench-{value.name}-{self.sent}"
        future = self.client.scatter({name: value.make()}, direct=False)[name]
        self.held[value.name] = future, value.size
        self._make_room()
        return future

    def _make_room(self) -> None:
        # A task that is under way keeps what it needs; only our own claim is given up.
        while len(self.held) > 1 and sum(size for _, size in self.held.values()) > BYTES_A_WORKER * self.workers:
            self.held.popitem(last=False)
