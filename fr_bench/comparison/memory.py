"""What a score pass takes of memory, said before it starts."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from fr_bench.comparison.choosing import SKETCH_BYTES, SMALL
from fr_bench.comparison.compiled import WORTH_LOADING
from fr_bench.comparison.device import CELL_BYTES, CELLS
from fr_bench.comparison.keep import KeepPolicy, expected_tail
from fr_bench.errors import MachineError
from fr_bench.provenance import memory_bytes, usable_cores
from fr_bench.records import ComparisonPlan

KEPT_BYTES = 12
"""One kept score: float32 value, int32 probe, int32 reference."""
SEARCH_BYTES = 20 * 12 * 4
"""One search: the best candidates, and as many again while those of several bands are put together."""
BASE_BYTES = 140 << 20
"""The interpreter with numpy, and the sample that the floor is found from."""
COMPILER_BYTES = 120 << 20
"""numba, where it is loaded."""
THREAD_BYTES = 24 << 20
"""The blocks of one thread."""
CELL_OF_BLOCK_BYTES = 24
"""One comparison of a block: products, keys, and the places of those that are looked at."""
MEASURED_BYTES = 46
"""One kept score while measures, intervals and notes are made of it, as measured: values sorted, by subject, drawn."""
FULL_PASS_BYTES = 14
"""One kept score more, where AUC and others of a full pass are drawn, as measured: where it stands among the mated."""
DRAWN_BYTES = 10
"""One subject in one draw, as measured: how often it was drawn, and its share of what is counted."""
DRAWS = 1000
"""Draws of subjects where nobody says how many."""
COUNT_BYTES = 16
"""One mated score in the counts beside it, of a full pass: scores below, and up to it."""
SAMPLE_BYTES = 500
"""Of each sample, besides its template: ids, subjects, lengths."""


def memory_needed(
    plan: ComparisonPlan,
    dimension: int,
    *,
    kept: int | None = None,
    threads: int | None = None,
    policy: KeepPolicy | None = None,
    full_pass: bool = False,
) -> int:
    """Bytes that scoring the plan takes at its peak, estimated; templates in a mapped file are counted, too.

    kept      nonmated scores that are kept; None: what the policy keeps of a recognizer with an EER no higher than
              the largest FMR that is asked for. A worse one keeps more, up to the policy's cap
    threads   None: as many as this process may use
    policy    None: the default one
    full_pass   whether scores below the floor are counted beside each mated score
    """
    if kept is None:
        kept = expected_tail(policy or KeepPolicy(), plan.nonmated)
    searched = len(plan.probes) * SEARCH_BYTES if plan.kind == "search" else 0
    samples = len(plan.subject) + (0 if plan.kind == "all" else len(plan.references.members))
    # A number of a sketch is a byte on either side, and one more in the order that products are made in.
    screened = plan.nonmated >= SMALL and not full_pass
    sketched = min(samples * dimension * 3, SKETCH_BYTES) if screened else 0
    threads = threads or usable_cores()
    # One count for each thread's band, one that waits, and one that all are added up in.
    counted = plan.mated * COUNT_BYTES * (threads + 2) if full_pass else 0
    work = _work(plan) + _blocks(plan, threads) + counted
    # A quarter more: the columns of the tail grow by that, and one of them is sorted to check the floor.
    held = samples * (dimension * 4 + SAMPLE_BYTES) + (plan.mated + kept) * (KEPT_BYTES + 4)
    return work + sketched + searched + held


def _work(plan: ComparisonPlan) -> int:
    """Bytes of the interpreter, and of numba where it is loaded."""
    loaded = plan.nonmated >= WORTH_LOADING and find_spec("numba") is not None
    return BASE_BYTES + (COMPILER_BYTES if loaded else 0)


def _blocks(plan: ComparisonPlan, threads: int) -> int:
    """Bytes of the blocks of all threads; a small plan has no whole one."""
    return min(THREAD_BYTES, (plan.mated + plan.nonmated) * CELL_OF_BLOCK_BYTES) * threads


def memory_of_run(
    plan: ComparisonPlan,
    dimension: int,
    *,
    kept: int | None = None,
    threads: int | None = None,
    policy: KeepPolicy | None = None,
    full_pass: bool = False,
    draws: int = DRAWS,
) -> int:
    """Bytes that a run takes at its peak, estimated: while it scores (`memory_needed`), or while it measures.

    draws   how often subjects are drawn for intervals; the rest as for `memory_needed`
    """
    held = expected_tail(policy or KeepPolicy(), plan.nonmated) if kept is None else kept
    scoring = memory_needed(plan, dimension, kept=held, threads=threads, full_pass=full_pass)
    samples = len(plan.subject) * (dimension * 4 + SAMPLE_BYTES)
    drawn = len(np.unique(plan.subject)) * draws * DRAWN_BYTES
    each = MEASURED_BYTES + (FULL_PASS_BYTES if full_pass else 0)
    # What threads had for their blocks is not given back to the system; after a full pass half of it, as measured.
    left = _blocks(plan, threads or usable_cores()) // (2 if full_pass else 1)
    return max(scoring, _work(plan) + left + samples + drawn + (plan.mated + held) * each)


def card_bytes(plan: ComparisonPlan, dimension: int) -> int:
    """Bytes of a card's memory that a pass takes there: templates of both sides, and a block of products.

    0 where the plan has too few comparisons for a screen. The driver and its libraries come on top. Where memory does
    not allow it, blocks become smaller; templates must have a place.
    """
    if plan.nonmated < SMALL or plan.kind == "listed":
        return 0
    sides = len(plan.probes) if plan.kind == "all" else len(plan.probes) + len(plan.references)
    cells = min(CELLS, len(plan.references) * len(plan.probes))
    return sides * dimension * 4 + cells * CELL_BYTES


def refuse_too_large(plan: ComparisonPlan, dimension: int, kept: int) -> None:
    """Raise MachineError `needs_memory` where this machine's memory cannot hold what would be kept."""
    need, have = memory_needed(plan, dimension, kept=kept), memory_bytes()
    if have and need > have:
        raise MachineError(
            f"keeping {plan.mated:,} mated and {kept:,} nonmated scores takes about {need / 2**30:.1f} GiB, and this "
            f"machine has {have / 2**30:.1f} GiB; compare fewer samples, or use a machine with more memory",
            code="needs_memory",
        )
