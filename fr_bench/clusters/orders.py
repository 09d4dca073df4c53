"""Tasks that are kept going on a cluster: a bounded number under way, results as they come, lost ones done again.

A task travels as a few lines of code and bytes, which only a worker opens: the scheduler needs no frbench.
"""

from __future__ import annotations

import contextlib
import pickle
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from typing import Any

from fr_bench.clusters.connecting import GOES_ON, PAUSE, Cluster
from fr_bench.clusters.shelf import Shelved
from fr_bench.errors import FrBenchError, MachineError, shown

AGAIN = 3
"""So often a task is done again whose data or result was lost with a worker. Dask itself counts the workers that died
while they worked at a task, and gives up after as many."""
RESULT_SECONDS = 60.0
"""So long a result may be on its way: some 100 MB at most."""
AHEAD = 2
"""Tasks under way for each thread: one that works, one whose data are on the way."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A task for a worker.

    do          a function of `at_work`, called with the arguments there
    plain       its first arguments, small ones
    shelved     the others
    told        what it is, for messages: "rows 0 to 8191 with columns 0 to 8191"
    tries       how often it was lost
    """

    do: Callable[..., Any]
    plain: tuple[Any, ...]
    shelved: tuple[Shelved, ...]
    told: str
    tries: int = 0


def results(cluster: Cluster, orders: Iterable[Order]) -> Generator[tuple[int, Any], None, None]:
    """The number of each order, from 0, with its result, as they get finished.

    Raises MachineError `workers_lost` where an order was lost too often, `cluster_lost`, `no_workers`, `needs_memory`,
    and whatever an order itself raises. Whatever ends it early, orders under way are called off.
    """
    coming, again, handed_out = enumerate(orders), deque[tuple[int, Order]](), False
    running: dict[int, tuple[Any, Order]] = {}
    try:
        while running or again or not handed_out:
            cluster.look()
            while cluster.workers and len(running) <= AHEAD * cluster.threads:
                following = again.popleft() if again else next(coming, None)
                if following is None:
                    handed_out = True
                    break
                number, order = following
                future = _sent(cluster, order)
                if future is None:
                    again.appendleft(following)
                    break
                running[number] = future, order
            ended = [number for number, (future, _) in running.items() if future.status != "pending"]
            for number in ended:
                future, order = running.pop(number)
                found = _result(cluster, future, order)
                if found is None:
                    again.append((number, _lost(order)))
                else:
                    yield number, found[0]
            if not ended:
                time.sleep(PAUSE)
    finally:
        _call_off(cluster, [future for future, _ in running.values()])


def _sent(cluster: Cluster, order: Order) -> Any | None:
    """The future of an order; None where no worker takes what it needs just now."""
    try:
        return _submitted(cluster, order.do, order.plain, [cluster.shelf.put(part) for part in order.shelved])
    except (OSError, TimeoutError, CancelledError):
        cluster.alive()
        return None


def _submitted(
    cluster: Cluster, do: Callable[..., Any], plain: tuple[Any, ...], futures: Sequence[Any], **where: Any
) -> Any:
    def call(module: str, name: str, given: bytes, *shelved: Any) -> Any:
        # A function within a function travels as code, and needs nothing of ours to be unpacked.
        import importlib
        import pickle

        return getattr(importlib.import_module(module), name)(*pickle.loads(given), *shelved)

    given = pickle.dumps(plain)
    return cluster.client.submit(call, do.__module__, do.__name__, given, *futures, pure=False, **where)


def of_each_worker(cluster: Cluster, do: Callable[..., Any], plain: tuple[Any, ...]) -> dict[str, Any]:
    """What a function of `at_work` gives on each worker, by its address; those that are lost meanwhile are left out.

    Raises as `results` does.
    """
    cluster.look()
    order = Order(do, plain, (), do.__name__)
    running = {name: _submitted(cluster, do, plain, (), workers=[name]) for name in cluster.workers}
    found = {}
    try:
        while running:
            cluster.look()
            for name in [name for name, future in running.items() if future.status != "pending"]:
                answer = _result(cluster, running.pop(name), order)
                if answer is not None:
                    found[name] = answer[0]
            # Nobody else may answer for a worker that is gone.
            for name in running.keys() - cluster.workers.keys():
                _call_off(cluster, [running.pop(name)])
            time.sleep(PAUSE)
    finally:
        _call_off(cluster, list(running.values()))
    return found


def _result(cluster: Cluster, future: Any, order: Order) -> tuple[Any] | None:
    """What came of an order; None where it was lost on the way."""
    from distributed import KilledWorker

    if future.status in ("cancelled", "lost"):
        cluster.alive()
        return None
    try:
        return (future.result(timeout=RESULT_SECONDS),)
    except FrBenchError:
        raise
    except (CancelledError, OSError, TimeoutError) as problem:
        cluster.alive()
        if future.status == "error":
            raise problem
        return None
    except KilledWorker as problem:
        last = getattr(problem.last_worker, "address", problem.last_worker)
        raise MachineError(
            f"{order.told}: every worker that tried it was lost, {last} the last; they may have too little memory; "
            f"{GOES_ON}",
            code="workers_lost",
        ) from problem
    except MemoryError as problem:
        raise MachineError(
            f"{order.told}: a worker has too little memory for it; give workers more, or fewer threads; {GOES_ON}",
            code="needs_memory",
        ) from problem
    except ImportError as problem:
        raise MachineError(
            f"{order.told}: a worker of the cluster cannot import what it needs ({shown(str(problem))}); install the "
            "same packages on all machines",
            code="other_version",
        ) from problem


def _lost(order: Order) -> Order:
    if order.tries >= AGAIN:
        raise MachineError(
            f"{order.told}: lost {AGAIN + 1} times with the workers that had its data; {GOES_ON}", code="workers_lost"
        )
    return replace(order, tries=order.tries + 1)


def _call_off(cluster: Cluster, futures: list[Any]) -> None:
    if futures and not cluster.gone and cluster.client.status == "running":
        with contextlib.suppress(OSError, TimeoutError, CancelledError):
            cluster.client.cancel(futures)
