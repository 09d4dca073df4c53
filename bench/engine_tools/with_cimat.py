"""cimat: similarities of all pairs by subject, then FMR and FNMR at a threshold. `python with_cimat.py FILE N`."""

from __future__ import annotations

import json
import sys

import numpy as np
from cimat import MTData, UncertaintyEstimator
from watch import Watch


def by_subject(count: int) -> dict[str, dict[str, np.ndarray]]:
    """Templates as cimat takes them."""
    rows = np.load(sys.argv[1], mmap_mode="r")[:count]
    found: dict[str, dict[str, np.ndarray]] = {}
    for index in range(count):
        found.setdefault(f"s{index // 5:06d}", {})[f"{index:06d}"] = np.array(rows[index])
    return found


def measured(templates: dict[str, dict[str, np.ndarray]]) -> tuple[float, float]:
    data = MTData(templates)
    data.generate_similarity_scores()
    fnmr, fmr, _ = UncertaintyEstimator(scores=data.similarity_scores).compute_binerror_metrics(0.3)
    return float(fnmr), float(fmr)


measured(by_subject(50))
templates = by_subject(int(sys.argv[2]))
watch = Watch()
found = measured(templates)
print(json.dumps(watch.seen() | {"found": found}))
