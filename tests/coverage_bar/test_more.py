"""The data sets of the other measures: every cell is asked by the public path, and every measure gets an interval."""

from __future__ import annotations

import numpy as np
import pytest

from bench.coverage import more
from bench.coverage.populations import POPULATIONS, named
from bench.coverage.tallies import Tallies

SUBJECTS = 40


@pytest.fixture(scope="module")
def counted() -> Tallies:
    return more.batch(more.Job("more", SUBJECTS, "gauss-medium"), 0, 2, 20)


def test_every_measure_is_counted_on_every_data_set_and_has_an_interval(counted: Tallies) -> None:
    assert {cell.measure for cell in counted} == {*more.asked(named("gauss-medium"), SUBJECTS), more.OTHERS}
    assert {(tally.replicates, tally.without) for tally in counted.values()} == {(2, 0)}


def test_values_lie_about_the_truth(counted: Tallies) -> None:
    by_measure = {cell.measure: tally for cell, tally in counted.items()}
    for measure in ("d'", "Cllr", "minCllr", "ROCCH-EER", "HTER@EER", more.OTHERS, "FMR@FNMR=1e-1"):
        found = by_measure[measure]
        assert found.values / 2 == pytest.approx(found.truth, rel=0.8), measure


def test_two_of_three_probes_make_a_transaction() -> None:
    scores = more.scores(np.random.default_rng(1), named("skew-strong"), SUBJECTS)
    texts = ["FRR@threshold=0,attempts=2", "FAR@threshold=0,attempts=2"]
    rejected, accepted = more.asking.measured(scores, texts, draws=20, seed=1)
    assert rejected.counts is not None
    assert accepted.counts is not None
    assert rejected.counts.trials == SUBJECTS
    assert accepted.counts.trials == SUBJECTS * (SUBJECTS - 1) // 2 * 3


def test_all_sizes_and_populations_have_a_job() -> None:
    assert len({str(job) for job in more.jobs()}) == len(more.SIZES) * len(POPULATIONS)
