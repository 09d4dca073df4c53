"""The connection to a cluster: a scheduler that answers, workers that run the same frbench, what becomes of them."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from fr_bench import __version__
from fr_bench.clusters.shelf import Shelf
from fr_bench.errors import MachineError, UsageError, shown

CONNECT_SECONDS = 20.0
"""So long a scheduler may take to answer."""
WAIT_SECONDS = 120.0
"""So long a run waits for the first worker, or for a new one when none is left."""
LOOK_SECONDS = 1.0
"""Time between two looks at who is there."""
ANSWER_SECONDS = 10.0
"""So long a look waits for the scheduler's answer."""
PAUSE = 0.02
ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss|ucx)://)?(?:\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):\d{1,5}/?")
GOES_ON = "finished work is kept: the same command goes on from there, with --cluster or without"


@dataclass(slots=True, eq=False)
class Cluster:
    """A cluster that is used by one run.

    client    distributed.Client
    address   what the user called it
    tell      says a sentence to the user
    workers   threads of each worker by its address, when it was last looked at
    shelf     data that the workers hold for this run
    gone      whether the scheduler was given up
    """

    client: Any
    address: str
    tell: Callable[[str], None]
    workers: dict[str, int] = field(default_factory=dict)
    shelf: Shelf = field(init=False)
    looked: float = -LOOK_SECONDS
    alone_since: float | None = None
    silent_since: float | None = None
    gone: bool = False

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.client)

    @property
    def threads(self) -> int:
        """Tasks that can be done at once."""
        return sum(self.workers.values())

    def look(self) -> None:
        """See who is there, at most once a second, and tell what changed.

        Raises MachineError `cluster_lost` where the scheduler is gone, `no_workers` where no worker came for long.
        """
        now = time.monotonic()
        self.alive()
        if now - self.looked < LOOK_SECONDS:
            return
        self.looked = now
        before, self.workers = self.workers, self._asked()
        self.shelf.workers = len(self.workers)
        gone = sorted(before.keys() - self.workers.keys())
        if gone:
            left = f"{len(self.workers)} left" if self.workers else "none is left, waiting for others"
            self.tell(f"cluster: lost {' and '.join(gone)}; what was not finished there is done again ({left})")
        if self.workers:
            self.alone_since = None
        elif self.alone_since is None:
            self.alone_since = now
        elif now - self.alone_since > WAIT_SECONDS:
            raise MachineError(
                f"the cluster at {shown(self.address)} has no workers for {WAIT_SECONDS:.0f} s; start some with `dask "
                f"worker`; {GOES_ON}",
                code="no_workers",
            )

    def alive(self) -> None:
        """Raise MachineError `cluster_lost` where the scheduler is gone."""
        if self.client.status != "running":
            self._given_up("is gone")

    def _given_up(self, how: str) -> NoReturn:
        self.gone = True
        raise MachineError(
            f"the scheduler of the cluster at {shown(self.address)} {how}; start it again; {GOES_ON}",
            code="cluster_lost",
        )

    def _asked(self) -> dict[str, int]:
        """Who is there; who was there before, where the scheduler does not say."""
        try:
            found = self.client.sync(self.client.scheduler.ncores, callback_timeout=ANSWER_SECONDS)
        except (OSError, TimeoutError, RuntimeError):
            # The connection is just breaking, which shows in its status, or the scheduler is busy, or it hangs.
            time.sleep(PAUSE)
            self.alive()
            now = time.monotonic()
            self.silent_since = self.silent_since or now
            if now - self.silent_since > WAIT_SECONDS:
                self._given_up(f"does not answer for {WAIT_SECONDS:.0f} s")
            return self.workers
        self.silent_since = None
        return {str(address): int(threads) for address, threads in found.items()}


@contextlib.contextmanager
def connected(address: str, tell: Callable[[str], None]) -> Iterator[Cluster]:
    """A cluster with at least one worker, all of this version, for as long as the `with` block lasts.

    address   tcp://HOST:PORT, tls://HOST:PORT, HOST:PORT, or the path of a scheduler file (*.json)
    tell      says a sentence to the user

    Raises UsageError `missing_extra` without the package, `bad_cluster_address`; MachineError `cluster_unreachable`,
    `no_workers`, `other_version`.
    """
    try:
        import distributed
    except ImportError:
        raise UsageError(
            "--cluster needs distributed: pip install 'fr-bench-toolkit[cluster]'", code="missing_extra"
        ) from None
    where = _where(address)
    with _quiet():
        client = _client(distributed, address, where)
        try:
            cluster = Cluster(client, address, tell)
            _wait_for_workers(cluster)
            _same_versions(cluster)
            yield cluster
        finally:
            # A scheduler that is gone does not answer the farewell.
            with contextlib.suppress(OSError, TimeoutError, RuntimeError):
                client.close(timeout=2)


def _where(address: str) -> dict[str, str]:
    """How the client is told. A file has to be there: the client would wait for it for ever."""
    if address.endswith(".json"):
        if not Path(address).is_file():
            raise UsageError(
                f"--cluster {shown(address)}: there is no such scheduler file; `dask scheduler --scheduler-file "
                f"{shown(address)}` writes it",
                code="bad_cluster_address",
            )
        return {"scheduler_file": address}
    if not ADDRESS.fullmatch(address):
        raise UsageError(
            f"--cluster {shown(address)} is no address; write tcp://HOST:8786, tls://HOST:8786 or the path of a "
            "scheduler file (*.json)",
            code="bad_cluster_address",
        )
    return {"address": address.rstrip("/")}


def _client(distributed: Any, address: str, where: dict[str, str]) -> Any:
    security = distributed.Security()
    if address.startswith("tls://") and security.get_connection_args("client").get("ssl_context") is None:
        raise UsageError(
            f"--cluster {shown(address)}: no certificates are named for it; set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
            "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY",
            code="bad_cluster_address",
        )
    try:
        return distributed.Client(
            **where, timeout=CONNECT_SECONDS, security=security, set_as_default=False, name="frbench"
        )
    except (OSError, ValueError) as problem:
        raise MachineError(
            f"no Dask scheduler answers at {shown(address)} within {CONNECT_SECONDS:.0f} s; start one with `dask "
            "scheduler`, or run without --cluster",
            code="cluster_unreachable",
        ) from problem


def _wait_for_workers(cluster: Cluster) -> None:
    began, told = time.monotonic(), False
    while True:
        cluster.looked = -LOOK_SECONDS
        cluster.look()
        if cluster.workers:
            return
        if not told and time.monotonic() - began > LOOK_SECONDS:
            cluster.tell(f"cluster: waiting for workers of {shown(cluster.address)}")
            told = True
        time.sleep(10 * PAUSE)


def _same_versions(cluster: Cluster) -> None:
    """Raise MachineError `other_version` where a worker has another frbench, or none."""
    # A worker that leaves just now is not asked.
    for name, version in sorted(cluster.client.run(_version_asked(), on_error="ignore").items()):
        refuse_other_version(f"worker {name}", version, __version__)


def refuse_other_version(name: str, version: str | None, wanted: str) -> None:
    """Raise MachineError `other_version` where somebody on the cluster has not the version of frbench that is wanted.

    >>> refuse_other_version("worker tcp://10.0.0.2:4000", "0.0.1", "0.1.0")
    Traceback (most recent call last):
    ...
    fr_bench.errors.MachineError: worker tcp://10.0.0.2:4000 of the cluster has frbench 0.0.1, and this is frbench
    0.1.0; install the same version on all machines (pip install 'fr-bench-toolkit[cluster]==0.1.0') and start them
    again
    """
    if version == wanted:
        return
    has = f"has frbench {shown(version)}" if version else "has no frbench"
    raise MachineError(
        f"{name} of the cluster {has}, and this is frbench {shown(wanted)}; install the same version on all machines "
        f"(pip install 'fr-bench-toolkit[cluster]=={shown(wanted)}') and start them again",
        code="other_version",
    )


def _version_asked() -> Callable[[], str | None]:
    def version() -> str | None:
        # A function within a function travels as code: it also answers where there is no frbench.
        try:
            import fr_bench
        except ImportError:
            return None
        return fr_bench.__version__

    return version


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' own log lines off the screen: what a user must know is said in sentences."""
    import distributed  # noqa: F401 - its loggers are there, and configured, once it is imported

    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in ("distributed", "tornado")]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
