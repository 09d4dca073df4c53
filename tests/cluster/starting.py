"""A Dask scheduler and workers as processes of their own, on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SOON = 60.0


@dataclass(slots=True)
class Started:
    """What was started: the scheduler first."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def scheduler(self, **variables: str) -> None:
        """Start it. It is not told where frbench is: it needs none."""
        file = self.folder / "scheduler.json"
        self._start("scheduler", ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)], variables)
        until = time.monotonic() + SOON
        while not self.address and time.monotonic() < until:
            if file.exists() and (text := file.read_text()):
                self.address = json.loads(text)["address"]
            time.sleep(0.02)

    def workers(self, count: int = 1, *arguments: str, **variables: str) -> None:
        """Start workers with one thread each; they find frbench in the current folder."""
        more = ["--nworkers", str(count), "--nthreads", "1", "--local-directory", str(self.folder), *arguments]
        self._start("worker", [self.address, *more], {"PYTHONPATH": os.getcwd(), **variables})  # noqa: PTH109

    def _start(self, kind: str, arguments: list[str], variables: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *arguments]
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        log = (self.folder / f"{kind}.log").open("ab")
        with log:
            self.processes.append(
                subprocess.Popen(
                    command, env={**kept, "OMP_NUM_THREADS": "1", **variables}, stdout=log, stderr=log, cwd=self.folder
                )
            )

    def stop(self) -> None:
        """Stop all of them, the workers first."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
