"""CPU seconds and memory of a stretch of work; nothing but Python's own modules, as peers run it in their places."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any


class Watch:
    """CPU and wall seconds from its making, and how far memory has grown."""

    def __init__(self) -> None:
        self.held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def seen(self) -> dict[str, Any]:
        """What has passed. Memory counts from what was held at the start, peaks of the whole process included."""
        cpu, wall = time.process_time() - self.cpu, time.perf_counter() - self.wall
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return {"cpu": cpu, "wall": wall, "grown": max(peak - self.held, 1), "peak": peak}
