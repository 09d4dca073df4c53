"""Simulated scores reach frbench as a user's would; the short way to an interval gives what the public path gives."""

from __future__ import annotations

import numpy as np
import pytest

from bench.coverage import asking, truths
from bench.coverage.asking import FmrData, FnmrData
from bench.coverage.populations import Drawn, Population, mated, nonmated, unequal_numbers

POPULATION = Population("skew", "strong")
SUBJECTS, SAMPLES = 60, 2
RATES = (0.1, 0.01, 0.001, 1e-6)


@pytest.fixture(scope="module")
def drawn() -> tuple[Drawn, Drawn]:
    rng = np.random.default_rng(314)
    numbers = unequal_numbers(rng, SUBJECTS)
    return nonmated(rng, POPULATION, SUBJECTS, SAMPLES), mated(rng, POPULATION, numbers, 0.0)


@pytest.mark.parametrize("method", asking.FMR_METHODS)
def test_both_paths_give_the_same_interval_of_fmr(drawn: tuple[Drawn, Drawn], method: str) -> None:
    thresholds = [truths.threshold_of_fmr(POPULATION, rate) for rate in RATES]
    data = FmrData(drawn[0], SUBJECTS, SAMPLES)
    short = [data.intervals(t, {method: asking.FMR_METHODS[method]})[1][method] for t in thresholds]
    asked = [f"FMR@threshold={t!r}" for t in thresholds]
    public = asking.measured(asking.score_set(*drawn, SUBJECTS), asked, draws=20, seed=1, method=method)
    assert [(found.low, found.high) for found in short] == [
        (answer.interval.low, answer.interval.high) for answer in public if answer.interval
    ]


@pytest.mark.parametrize("method", asking.FNMR_METHODS)
def test_both_paths_give_the_same_interval_of_fnmr(drawn: tuple[Drawn, Drawn], method: str) -> None:
    thresholds = [truths.threshold_of_fnmr(POPULATION, rate, 0.0) for rate in RATES]
    data = FnmrData(drawn[1])
    short = [data.intervals(t, {method: asking.FNMR_METHODS[method]})[1][method] for t in thresholds]
    asked = [f"FNMR@threshold={t!r}" for t in thresholds]
    public = asking.measured(asking.score_set(*drawn, SUBJECTS), asked, draws=20, seed=1, method=method)
    assert [(found.low, found.high) for found in short] == [
        (answer.interval.low, answer.interval.high) for answer in public if answer.interval
    ]


def test_who_met_whom_may_be_told_or_counted(drawn: tuple[Drawn, Drawn]) -> None:
    asked = ["FNMR@FMR=1e-2", "EER", "FMR@threshold=2.5"]
    told, counted = (
        asking.measured(asking.score_set(*drawn, SUBJECTS, met=met), asked, draws=50, seed=1) for met in (SAMPLES, None)
    )
    assert [answer.interval for answer in told] == [answer.interval for answer in counted]


def test_every_method_that_is_offered_is_measured() -> None:
    from fr_bench.precision import METHODS

    assert sorted(asking.FMR_METHODS) == sorted(METHODS)
    assert sorted({*asking.FNMR_METHODS, "conservative"}) == sorted(METHODS)


def test_no_comparison_is_in_a_score_set_twice(drawn: tuple[Drawn, Drawn]) -> None:
    scores = asking.score_set(*drawn, SUBJECTS)
    for side in (scores.mated, scores.nonmated):
        assert side.probe is not None
        assert side.reference is not None
        assert len({*zip(side.probe.tolist(), side.reference.tolist(), strict=True)}) == len(side)


def test_subjects_of_a_score_set_are_those_that_were_drawn(drawn: tuple[Drawn, Drawn]) -> None:
    scores = asking.score_set(*drawn, SUBJECTS)
    assert scores.probes is not None
    assert scores.nonmated.probe is not None
    assert scores.nonmated.reference is not None
    names = np.array(scores.probes.subjects)
    assert (names[scores.nonmated.probe] == [f"subject-{code:04d}" for code in drawn[0].first]).all()
    assert (names[scores.nonmated.reference] == [f"subject-{code:04d}" for code in drawn[0].second]).all()
