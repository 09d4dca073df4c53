"""The coverage bar in small: up to 400 data sets a cell; `nox -s bar -- coverage` runs all of it."""

from __future__ import annotations

import pytest

from bench.coverage import campaign, two_systems
from bench.coverage.bars import judged
from bench.coverage.campaign import Batch
from bench.coverage.experiments import Job
from bench.coverage.populations import POPULATIONS
from bench.coverage.tallies import Tallies, from_json

REPLICATES = 400


def figures(job: Job, replicates: int, draws: int = 0) -> Tallies:
    return from_json(campaign.made(Batch(job, 0, replicates, draws))["cells"])


@pytest.mark.parametrize("family", ["FMR", "FNMR"])
@pytest.mark.parametrize("population", POPULATIONS, ids=str)
def test_intervals_at_a_threshold_hold_the_truth_as_often_as_promised(family: str, population: object) -> None:
    found = judged(figures(Job(family, 100, str(population)), REPLICATES))
    assert len([verdict for verdict in found if verdict.kind == "coverage"]) >= 4
    assert [verdict for verdict in found if verdict.verdict == "MISSED"] == []


@pytest.mark.parametrize("own", two_systems.OWN)
def test_intervals_of_a_difference_hold_zero_as_often_as_promised(own: str) -> None:
    found = judged(figures(Job("paired-FNMR", 100, own), REPLICATES))
    assert [verdict.verdict for verdict in found] == ["PASS"] * len(found)
    assert found


def test_intervals_of_curve_measures_hold_the_truth() -> None:
    found = judged(figures(Job("curve", 50, "gauss-medium"), 40, 100))
    assert len(found) == 5
    assert [verdict for verdict in found if verdict.verdict == "MISSED"] == []


def test_intervals_of_the_other_measures_hold_the_truth() -> None:
    found = judged(figures(Job("more", 50, "gauss-medium"), 30, 60))
    assert len(found) == 15
    assert [verdict for verdict in found if verdict.verdict == "MISSED"] == []
