"""What a score pass takes of memory, said before it starts."""

from __future__ import annotations

from fr_bench.comparison.choosing import SKETCH_BYTES, SMALL
from fr_bench.errors import MachineError
from fr_bench.provenance import memory_bytes, usable_cores
from fr_bench.records import ComparisonPlan

KEPT_BYTES = 12
"""One kept score: float32 value, int32 probe, int32 reference."""
SEARCH_BYTES = 20 * 12 * 4
"""One search: the best candidates, and as many again while those of several bands are put together."""
BASE_BYTES = 160 << 20
"""The interpreter with numpy, and the sample that the floor is found from."""
THREAD_BYTES = 80 << 20
"""The blocks of one thread."""


def memory_needed(plan: ComparisonPlan, dimension: int, *, kept: int | None = None, threads: int | None = None) -> int:
    """Bytes that scoring the plan takes at its peak, estimated.

    kept      nonmated scores that are kept; None: what the default keep policy keeps at most
    threads   None: as many as this process may use
    """
    if kept is None:
        from fr_bench.comparison.keep import KeepPolicy

        policy = KeepPolicy()
        kept = plan.nonmated if plan.nonmated <= policy.everything_up_to else min(plan.nonmated, policy.cap)
    searched = len(plan.probes) * SEARCH_BYTES if plan.kind == "search" else 0
    samples = len(plan.subject) + len(plan.references.members)
    # Sketches of both sides, in float32 or in bytes.
    sketched = min(samples * dimension * 4, SKETCH_BYTES) if plan.nonmated >= SMALL else 0
    work = BASE_BYTES + THREAD_BYTES * (threads or usable_cores())
    # A quarter more: the columns of the tail grow by that, and one of them is sorted to check the floor.
    return work + sketched + searched + samples * dimension * 4 + (plan.mated + kept) * (KEPT_BYTES + 4)


def refuse_too_large(plan: ComparisonPlan, dimension: int, kept: int) -> None:
    """Raise MachineError `needs_memory` where this machine's memory cannot hold what would be kept."""
    need, have = memory_needed(plan, dimension, kept=kept), memory_bytes()
    if have and need > have:
        raise MachineError(
            f"keeping {plan.mated:,} mated and {kept:,} nonmated scores takes about {need / 2**30:.1f} GiB, and this "
            f"machine has {have / 2**30:.1f} GiB; compare fewer samples, or use a machine with more memory",
            code="needs_memory",
        )
