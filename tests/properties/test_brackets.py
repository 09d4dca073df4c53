"""What is certain of a figure below the floor: its bracket holds the value of the full run; no narrower one would."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement, pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fr_bench.findings import Measure, Measurement
from fr_bench.known_measures import resolve
from fr_bench.metrics.equal_error import eer
from fr_bench.metrics.scores import Bracket, NotMeasurable, SortedScores
from tests.properties.test_verification_properties import CLASS, FLOORED, floored, of

ASKED = ("FMR@threshold=0.5", "FMR@threshold=-1", "FNMR@FMR=1/8", "FNMR@FMR=3/4", "FMR100", "FMR@FNMR=1/3", "ZeroFMR",
         "ZeroFNMR", "EER")  # fmt: skip
FULL_PASS_IS_EXACT = ("FNMR@FMR=1/8", "FNMR@FMR=3/4", "FMR@FNMR=1/3", "ZeroFMR", "ZeroFNMR")


def counted(text: str, scores: SortedScores) -> Measurement | NotMeasurable:
    """The measurement, or why there is none."""
    try:
        found = resolve(text)[1].compute(scores, Measure.parse(text))
    except NotMeasurable as missing:
        return missing
    assert isinstance(found, Measurement)
    return found


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("text", ASKED)
@given(mated=FLOORED, nonmated=FLOORED, floor=st.one_of(st.integers(-4, 5).map(float), st.floats(-4, 5)))
def test_a_bracket_holds_the_value_of_the_full_run(
    text: str, full: bool, mated: list[float], nonmated: list[float], floor: float
) -> None:
    found = counted(text, floored(mated, nonmated, floor, full=full))
    true = counted(text, of(mated, nonmated))
    if isinstance(found, Measurement):
        assert isinstance(true, Measurement)
        assert (found.value, found.threshold) == (true.value, true.threshold)
    elif found.code != "below_floor":
        assert found.bracket is None
        assert isinstance(true, NotMeasurable)
    else:
        assert isinstance(true, Measurement)
        assert true.value is not None
        assert found.bracket is not None
        low, high = found.bracket
        assert float(low) <= true.value <= float(high)
        assert low == high or not (full and text in FULL_PASS_IS_EXACT)


@given(mated=CLASS, nonmated=CLASS, share=st.floats(0, 1), target=st.sampled_from(["1/8", "1/4", "1/2", "7/8"]))
def test_a_bracket_holds_the_value_wherever_in_the_scores_the_floor_lies(
    mated: list[float], nonmated: list[float], share: float, target: str
) -> None:
    floor = sorted([*mated, *nonmated])[int(share * (len(mated) + len(nonmated) - 1))]
    assume(floor > float("-inf"))
    for text in ("EER", f"FNMR@FMR={target}", f"FMR@FNMR={target}"):
        found, true = counted(text, floored(mated, nonmated, floor, full=False)), counted(text, of(mated, nonmated))
        if isinstance(found, NotMeasurable) and found.bracket is not None:
            assert isinstance(true, Measurement)
            assert float(found.bracket[0]) <= (true.value or 0.0) <= float(found.bracket[1])


def completions(mated: list[float], nonmated: list[float], floor: float, full: bool) -> Iterator[list[float]]:
    """All runs that keep and count the same: scores below the floor at mated scores, and two between any of them."""
    at, rest = sorted({*(s for s in mated if s < floor), floor}), [s for s in nonmated if s < floor]
    places = [at[0] - 2, at[0] - 1]
    for low, high in pairwise(at):
        places += [low, low + (high - low) / 3, low + 2 * (high - low) / 3]
    for made in combinations_with_replacement(places, len(rest)):
        same = [(sum(s < t for s in made), sum(s <= t for s in made)) for t in at]
        if not full or same == [(sum(s < t for s in rest), sum(s <= t for s in rest)) for t in at]:
            yield [*made, *(s for s in nonmated if s >= floor)]


def certain(scores: SortedScores) -> Bracket:
    found = counted("EER", scores)
    if isinstance(found, NotMeasurable):
        assert found.bracket is not None
        return found.bracket
    return eer(scores).mean, eer(scores).mean


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_no_narrower_bracket_of_the_eer_would_hold(seed: int, full: bool) -> None:
    rng = np.random.default_rng(seed)
    mated = [float(s) for s in rng.integers(0, 4, 3 + seed % 3)]
    nonmated = [3.5, *rng.choice([-0.5, 0.0, 0.4, 0.5, 1.0, 1.4, 1.5, 2.0, 2.5, 2.6], 3 + seed % 2).tolist()]
    floor = 3.0
    means = [eer(of(mated, made)).mean for made in completions(mated, nonmated, floor, full)]
    assert certain(floored(mated, nonmated, floor, full=full)) == (min(means), max(means))


def test_without_counts_below_the_floor_the_eer_may_lie_below_the_fmr_at_the_floor() -> None:
    """Where all scores not kept lie below both mated ones, FNMR is 0 and FMR 1/4 at the lower of these."""
    found = counted("EER", floored([0.1, 0.1], [0.9, 0.2, 0.05, 0.0], 0.5, full=False))
    assert isinstance(found, NotMeasurable)
    assert found.bracket == (Fraction(1, 8), Fraction(1))


def test_no_bracket_of_another_figure_goes_with_a_measure_that_uses_a_rate() -> None:
    scores = floored([0.2, 0.9], [0.1, 0.3, 0.8], 0.5, full=False)
    assert isinstance(missing := counted("DCF@threshold=0.25,prior=1/2", scores), NotMeasurable)
    assert (missing.code, missing.bracket) == ("below_floor", None)
