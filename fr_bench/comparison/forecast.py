"""What a plan would take and could show, said before a template is made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from fr_bench.comparison.device import DeviceName
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.comparison.memory import DRAWS, card_bytes, memory_of_run
from fr_bench.comparison.plan import enrolled_probes, needed_samples, reference_subjects, why_empty
from fr_bench.records import ComparisonPlan


def forecast(
    plan: ComparisonPlan,
    dimension: int,
    policy: KeepPolicy | None = None,
    *,
    device: DeviceName = "cpu",
    full_pass: bool = False,
    draws: int = DRAWS,
    threads: int | None = None,
) -> Mapping[str, Any]:
    """What a run of the plan would take, without running it.

    dimension   numbers in a template
    policy      which scores are kept; the default one if None
    device      where products are made; on a card, `card_bytes` is the memory that they take there
    full_pass, draws, threads   as the run has them: see `memory.memory_of_run`
    `memory_bytes` is the estimate of `memory.memory_of_run`, `memory_bytes_at_most` the same for a recognizer so bad
    that the cap on kept scores is reached; `smallest_fmr` is 1 / nonmated, the smallest FMR target
    that such a run can measure at all, or None; `duplicates` counts listed pairs that are listed before. A search
    plan also says how many identities are enrolled in the gallery, and how many searches are mated and nonmated.
    """
    policy, duplicates = policy or KeepPolicy(), 0
    memory = partial(memory_of_run, plan, dimension, full_pass=full_pass, draws=draws, threads=threads)
    if plan.pairs is not None:
        code = plan.pairs.reference.astype(np.int64) * len(plan.subject) + plan.pairs.probe
        duplicates = len(code) - len(np.unique(code))
    searched: dict[str, int] = {}
    if plan.kind == "search":
        mated = int(np.count_nonzero(enrolled_probes(plan)))
        searched = {
            "gallery": len(np.unique(reference_subjects(plan.references, plan.subject))),
            "mated_searches": mated,
            "nonmated_searches": len(plan.probes) - mated,
        }
    return {
        "kind": plan.kind,
        "samples": len(needed_samples(plan)),
        "subjects": len(np.unique(plan.subject[needed_samples(plan)])),
        "references": len(plan.references),
        "probes": len(plan.probes),
        "mated": plan.mated,
        "nonmated": plan.nonmated,
        "duplicates": duplicates,
        "smallest_fmr": 1 / plan.nonmated if plan.nonmated else None,
        **searched,
        "memory_bytes": memory(policy=policy),
        "memory_bytes_at_most": memory(kept=min(plan.nonmated, policy.cap)),
        **({} if device == "cpu" else {"card_bytes": card_bytes(plan, dimension)}),
        "why_empty": why_empty(plan),
    }
