"""Comparisons that a data set lists: scored one by one, in the order of the list, with their folds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison.exact import (
    Keys,
    error_factor,
    exact_keys,
    keys_of_pairs,
    round_exactly,
    scale_of,
    squares,
    sums_are_exact,
)
from fr_bench.progress import Observer
from fr_bench.records import ComparisonPlan, Party, Scores, ScoreSet, TemplateSet

AT_ONCE = 8192
"""Pairs whose templates stand in memory at once."""


def score_listed(plan: ComparisonPlan, templates: TemplateSet, subjects: Sequence[str], observer: Observer) -> ScoreSet:
    """The scores of a listed plan: all kept. Probes and references are numbered as the samples of the data set."""
    if plan.pairs is None:
        raise ValueError("a listed plan without pairs")
    pairs, present = plan.pairs, templates.has_template
    made = present[pairs.probe] & present[pairs.reference]
    values = np.zeros(len(made), dtype=np.float32)
    rows = np.flatnonzero(made)
    exact = sums_are_exact(np.asarray(templates.vectors))
    observer.start("comparisons", len(rows), "comparisons")
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        values[some] = scores_of_pairs(templates, pairs.probe[some], pairs.reference[some], exact)
        observer.advance(len(some))
    observer.finish()
    party = Party(ids=templates.sample_ids, subjects=tuple(subjects))

    def chosen(mated: bool) -> Scores:
        row = np.flatnonzero(made & (pairs.mated == mated))
        return Scores(values=values[row], probe=pairs.probe[row], reference=pairs.reference[row], fold=pairs.fold[row])

    both = chosen(True), chosen(False)
    return ScoreSet(
        mated=both[0],
        nonmated=both[1],
        mated_planned=plan.mated,
        nonmated_planned=plan.nonmated,
        mated_failed=plan.mated - len(both[0]),
        nonmated_failed=plan.nonmated - len(both[1]),
        probes=party,
        references=party,
        distances=templates.comparison == "euclidean",
    )


def scores_of_pairs(
    templates: TemplateSet, probe: NDArray[np.int32], reference: NDArray[np.int32], exact_sums: bool = False
) -> NDArray[np.float32]:
    """(n,) exact scores of n pairs of samples, all with a template."""
    one, other = np.asarray(templates.vectors[reference]), np.asarray(templates.vectors[probe])
    a, b = one.astype(np.float64), other.astype(np.float64)
    factor = 0.0 if exact_sums else error_factor(a.shape[1])
    bound = factor * scale_of(np.sqrt(squares(a)), np.sqrt(squares(b)), templates.comparison)

    def exact(positions: NDArray[np.intp]) -> Keys:
        return exact_keys(one[positions], other[positions], templates.comparison)

    return round_exactly(keys_of_pairs(a, b, templates.comparison), bound, exact, templates.comparison)
