"""Memory of a worker while it makes a tile: blocks of some megabytes, asked for and given back again and again."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

TRIM, MMAP = -1, -3
"""Numbers of `mallopt` in glibc: how much free memory is held before it is given back, and from which size on a block
is asked from the system by itself."""
HELD, BY_ITSELF = 256 << 20, 32 << 20
USUAL = 128 << 10
SWITCH = "MALLOC_TRIM_THRESHOLD_"
"""What Dask starts its workers with. Without it glibc learns by itself to keep blocks, and is left alone."""


class Blocks:
    """Keeps blocks within a process for as long as somebody works with them.

    Dask starts its workers with MALLOC_TRIM_THRESHOLD_=65536, so that glibc gives each block back to the system at once
    and takes it anew, page by page: tiles then took three times as much processor time. What was set before is set
    again when the last tile is done, since a cluster may have other work, too.
    """

    def __init__(self) -> None:
        self.turn, self.working = threading.Lock(), 0

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """For as long as the `with` block lasts; several threads at once."""
        before = os.environ.get(SWITCH, "")
        library = _glibc() if before.isdigit() else None
        with self.turn:
            self.working += 1
            if library is not None and self.working == 1:
                library.mallopt(TRIM, HELD)
                library.mallopt(MMAP, BY_ITSELF)
        try:
            yield
        finally:
            with self.turn:
                self.working -= 1
                if library is not None and not self.working:
                    library.mallopt(TRIM, int(before))
                    library.mallopt(MMAP, USUAL)
                    library.malloc_trim(0)


def _glibc() -> Any | None:
    if sys.platform != "linux":
        return None
    import ctypes

    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
