"""The data sets with samples that gave no template: who fails, what was planned, and the true rates."""

from __future__ import annotations

import numpy as np
import pytest

from bench.coverage import failures, tables
from bench.coverage.failures import OFTEN, SELDOM, SHARE
from bench.coverage.populations import POPULATIONS, Population, named
from fr_bench.measuring import measure
from fr_bench.records import ScoreSet

SUBJECTS = 40


def failed_again(
    rng: np.random.Generator, fails: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(rng.random(fails.shape) < fails)


@pytest.fixture(scope="module")
def given() -> ScoreSet:
    return failures.scores(np.random.default_rng(4), named("gauss-medium"), SUBJECTS)


def test_failed_comparisons_were_planned_and_not_made(given: ScoreSet) -> None:
    assert given.mated_planned == 3 * SUBJECTS
    assert given.nonmated_planned == 9 * SUBJECTS * (SUBJECTS - 1) // 2
    assert given.mated_failed > 0
    assert given.nonmated_failed > 0


def test_every_cell_of_a_batch_has_an_interval_and_stands_in_the_table() -> None:
    found = failures.batch(failures.Job("failures", SUBJECTS, "skew-medium"), 0, 2, 20)
    assert {cell.measure for cell in found} == {*tables.PLANNED}
    assert {(tally.replicates, tally.without) for tally in found.values()} == {(2, 0)}
    for tally in found.values():
        assert tally.values / 2 == pytest.approx(tally.truth, rel=0.9)


def test_transactions_are_formed_of_the_attempts_that_were_planned(given: ScoreSet) -> None:
    (planned,) = measure(given, ["GFRR@threshold=0,attempts=2"])
    assert planned.counts is not None
    assert planned.counts.trials == SUBJECTS


@pytest.mark.parametrize("population", [POPULATIONS[0], POPULATIONS[4]], ids=str)
def test_true_rates_are_those_of_drawn_attempts(population: Population) -> None:
    rng, size = np.random.default_rng(3), 300_000
    fails = np.where(rng.random((size, 1)) < SHARE, OFTEN, SELDOM)
    effect = rng.standard_normal((size, 1)) if population.shape == "gauss" else rng.standard_exponential((size, 1)) - 1
    share = population.of_subject
    mated = 3.5 - share * effect + np.sqrt(1 - share**2) * rng.standard_normal((size, 2))
    threshold = 2.0
    enrolled = ~failed_again(rng, fails)[:, 0]
    rejected = (failed_again(rng, np.repeat(fails, 2, axis=1)) | (mated < threshold)).all(axis=1)
    assert rejected[enrolled].mean() == pytest.approx(failures.frr(population, threshold), rel=0.03)
    one = ~(failed_again(rng, fails) | failed_again(rng, fails))[:, 0] & (mated[:, 0] >= threshold)
    fnmr = float(np.mean(mated[:, 0] < threshold))
    assert 1 - one.mean() == pytest.approx(failures.gfrr(fnmr), rel=0.01)
    assert np.mean(~failed_again(rng, fails)) == pytest.approx(1 - failures.failing(), rel=0.01)


def test_without_failures_a_rate_of_two_attempts_is_that_of_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    from bench.coverage import more_truths

    monkeypatch.setattr(failures, "OFTEN", 0.0)
    monkeypatch.setattr(failures, "SELDOM", 0.0)
    population = named("skew-strong")
    assert failures.frr(population, 2.0) == pytest.approx(more_truths.frr(population, 2.0, 3.5, 2), rel=1e-12)
    assert failures.far(population, 2.0) == pytest.approx(more_truths.far(population, 2.0, 2), rel=1e-12)
    assert failures.gfrr(0.1) == pytest.approx(0.1, rel=1e-12)
