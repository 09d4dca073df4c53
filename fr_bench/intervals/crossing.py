"""The EER of each draw, by the same rule as of the scores themselves: observed steps, nothing interpolated."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fr_bench.intervals.draws import Drawn, Statistic
from fr_bench.intervals.prefixes import Amounts, Places, first_true, weight_at
from fr_bench.intervals.tails import Values

INT64_SAFE = 2**62
"""Products of weights beyond this are made with Python's integers, slower and without limit."""


def eer_draws(drawn: Drawn) -> Statistic:
    """The EER of each draw, (B,); NaN if the rates cross below the floor.

    t1 is the largest candidate threshold with FNMR <= FMR, t2 the next above it; the EER is half the smaller sum of
    both rates, and that at t1 if they are equal there. A candidate without weight in a draw has the rates of the next
    higher one, so it changes nothing.
    """
    found, t1 = _last_not_above(drawn)
    draws = np.flatnonzero(found)
    nonmated, mated = _exact(drawn.nonmated, drawn)[draws], _exact(drawn.mated, drawn)[draws]
    first, second = _rates(drawn, t1[draws], draws), _next_rates(drawn, t1[draws], draws)
    sums = [wrong * nonmated + matches * mated for matches, wrong in (first, second)]
    met = first[1] * nonmated == first[0] * mated
    result = np.full(drawn.draws, np.nan)
    smaller = np.where(met, sums[0], np.minimum(*sums))
    result[draws] = smaller.astype(np.float64) / (2 * mated * nonmated).astype(np.float64)
    return result


def _exact(weights: Amounts, drawn: Drawn) -> NDArray[Any]:
    """Weights in a type whose products are exact for whole numbers: the largest is twice nonmated times mated."""
    largest = 2 * int(drawn.nonmated.max()) * int(drawn.mated.max())
    return weights.astype(object) if weights.dtype == np.int64 and largest > INT64_SAFE else weights


def _rates(drawn: Drawn, thresholds: Values, draws: Places) -> tuple[NDArray[Any], NDArray[Any]]:
    """Weights of false matches and of false non-matches at one threshold of each draw."""
    false_matches = weight_at(drawn.above, drawn.tail.at_least(thresholds), draws)
    false_non_matches = weight_at(drawn.below, drawn.lowest.below(thresholds), draws)
    return _exact(false_matches, drawn), _exact(false_non_matches, drawn)


def _not_above(drawn: Drawn, thresholds: Values, draws: Places) -> NDArray[np.bool_]:
    """Whether FNMR <= FMR at a threshold of each draw."""
    false_matches, false_non_matches = _rates(drawn, thresholds, draws)
    nonmated, mated = _exact(drawn.nonmated, drawn)[draws], _exact(drawn.mated, drawn)[draws]
    return cast(NDArray[np.bool_], (false_non_matches * nonmated <= false_matches * mated).astype(bool))


def _last_not_above(drawn: Drawn) -> tuple[NDArray[np.bool_], Values]:
    """(B,) the largest score from the floor on with FNMR <= FMR, and whether there is one."""
    found = np.zeros(drawn.draws, dtype=bool)
    best = np.zeros(drawn.draws, dtype=drawn.tail.keys.dtype)
    start = int(np.searchsorted(drawn.lowest.scores, drawn.tail.floor, side="left"))
    for values in (-drawn.tail.keys, drawn.lowest.scores[start:][::-1]):
        places = first_true(drawn.draws, len(values), partial(_holds, drawn, values))
        here = places < len(values)
        score = values[np.minimum(places, len(values) - 1)] if len(values) else best
        better = here & (~found | (score > best))
        best, found = np.where(better, score, best), found | here
    return found, cast(Values, best)


def _holds(drawn: Drawn, values: Values, places: Places, draws: Places) -> NDArray[np.bool_]:
    return _not_above(drawn, values[places], draws)


def _next_rates(drawn: Drawn, thresholds: Values, draws: Places) -> tuple[NDArray[Any], NDArray[Any]]:
    """The weights at the next candidate above a threshold; without one, at `reject_all`."""
    places, lowest = drawn.tail.above(thresholds), drawn.lowest
    tail = -drawn.tail.keys[np.maximum(places - 1, 0)] if drawn.above.length else np.zeros_like(thresholds)
    up_to = lowest.up_to(thresholds)
    mated = lowest.scores[np.minimum(up_to, len(lowest.scores) - 1)]
    of_tail, of_mated = places > 0, up_to < len(lowest.scores)
    both = np.where(of_tail & of_mated, np.minimum(tail, mated), np.where(of_tail, tail, mated))
    false_matches, false_non_matches = _rates(drawn, cast(Values, both), draws)
    none = ~(of_tail | of_mated)
    false_matches[none], false_non_matches[none] = 0, _exact(drawn.mated, drawn)[draws][none]
    return false_matches, false_non_matches
