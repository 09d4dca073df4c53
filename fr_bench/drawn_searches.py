"""1:N searches under the weights of every draw: each search weighs what its probe's subject weighs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fr_bench.intervals.draws import Drawn, draw, fnir_at_fpir_draws
from fr_bench.intervals.tails import Mated, Tail
from fr_bench.intervals.tails import Searches as SearchDesign
from fr_bench.records import ScoreSet, Searches


def fnir_at_fpir(scores: ScoreSet, target: Fraction, rank: int, *, draws: int, seed: int) -> NDArray[np.float64] | None:
    """(draws,) FNIR at an FPIR of at most the target; None where nobody knows whose searches they are.

    The gallery is taken as it is: only those who search are drawn.
    """
    drawn = _drawn(scores, rank, draws, seed)
    return None if drawn is None else fnir_at_fpir_draws(drawn, [target])[:, 0]


def _drawn(scores: ScoreSet, rank: int, draws: int, seed: int) -> Drawn | None:
    searches = scores.searches
    if searches is None or scores.probes is None or searches.mated.all() or not searches.mated.any():
        return None
    subjects = [scores.probes.subjects[probe] for probe in searches.probe.tolist()]
    names = sorted(set(subjects))
    number = {name: k for k, name in enumerate(names)}
    codes = np.array([number[name] for name in subjects], dtype=np.int32)
    asked = ~searches.mated
    design = SearchDesign(np.bincount(codes[asked], minlength=len(names)).astype(np.int64))
    tail = Tail.of(searches.nonmate[asked, 0], codes[asked], None, design)
    mated = Mated.of(_found(searches, rank), codes[searches.mated], people=len(names))
    return draw(tail, mated, names, draws=draws, seed=seed)


def _found(searches: Searches, rank: int) -> NDArray[np.floating]:
    """The mate's score of each mated search; -inf where the mate is not among the first `rank`."""
    mate, place = searches.mate[searches.mated], searches.rank[searches.mated]
    return np.where((place >= 1) & (place <= rank), mate, -np.inf).astype(mate.dtype)
