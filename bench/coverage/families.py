"""Families of jobs beyond rates, curves and two systems: how each is run. `promises` says what they are judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.coverage import animals, attacks, groups, qualities, searches
from bench.coverage.experiments import Job
from bench.coverage.tallies import Tallies


@dataclass(frozen=True, slots=True)
class Family:
    """How the jobs of a family are run.

    jobs         all of them
    batch        (job, number of the batch, data sets, draws) -> what was counted
    size         data sets a batch;  replicates: data sets a job unless the command line says otherwise
    """

    jobs: Callable[[], list[Job]]
    batch: Callable[[Job, int, int, int], Tallies]
    size: int
    replicates: int


FAMILIES: dict[str, Family] = {
    searches.FAMILY: Family(searches.jobs, searches.batch, 20, 400),
    groups.FAMILY: Family(groups.jobs, groups.batch, 20, 400),
    groups.EQUAL: Family(groups.equal_jobs, groups.batch, 20, 400),
    attacks.FAMILY: Family(attacks.jobs, attacks.batch, 50, 400),
    qualities.FAMILY: Family(qualities.jobs, qualities.batch, 20, 400),
    animals.FAMILY: Family(animals.jobs, animals.batch, 20, 400),
}


def jobs() -> list[Job]:
    """All jobs of these families."""
    return [job for family in FAMILIES.values() for job in family.jobs()]
