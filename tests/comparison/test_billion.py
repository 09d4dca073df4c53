"""A thousand million comparisons, counted twice: by the engine, and by nothing but products."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.comparison import plan as plans
from fr_bench.comparison.engine import score
from fr_bench.comparison.keep import KeepPolicy
from tests.comparison.making import data_set, template_set

COUNT, DIMENSION = 44_800, 64


@pytest.mark.slow
def test_a_billion_comparisons_are_counted_as_by_products_alone() -> None:
    rng = np.random.default_rng(8)
    who = np.repeat(np.arange(COUNT // 4), 4)
    # Whole numbers: every product of two templates is exact in float64, so the count has no doubtful case.
    rows = np.rint(9 * rng.standard_normal((COUNT // 4, DIMENSION))[who] + 9 * rng.standard_normal((COUNT, DIMENSION)))
    subjects = [f"s{i:05d}" for i in who.tolist()]
    plan = plans.build(data_set(subjects), "all")
    assert plan.mated + plan.nonmated > 10**9
    found = score(plan, template_set(rows), subjects, keep=KeepPolicy(largest_fmr=1e-4, cap=2_000_000))
    threshold, at_floor, above = float(np.sort(found.nonmated.values)[-1000]), 0, 0
    for top in range(0, COUNT, 1024):
        block = np.arange(top, min(top + 1024, COUNT))
        for left in range(top, COUNT, 4096):
            across = np.arange(left, min(left + 4096, COUNT))
            products = rows[block] @ rows[across].T
            products[(who[block][:, None] == who[across][None, :]) | (across[None, :] <= block[:, None])] = -np.inf
            at_floor += int(np.count_nonzero(products >= found.floor))
            above += int(np.count_nonzero(products >= threshold))
    assert len(found.nonmated) == at_floor
    assert int(np.count_nonzero(found.nonmated.values >= threshold)) == above
    assert found.nonmated_made == plan.nonmated
