"""The interval of GFRR and GFAR where comparisons failed: whose they were is known where everybody met everybody."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.findings import Measurement
from fr_bench.intervals import subject_exact
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.design import AllPairs
from fr_bench.intervals.dyads import PairErrors
from fr_bench.measuring import measure
from fr_bench.records import ScoreSet
from tests.two_runs import People, score_set, scores_of

PEOPLE = People.of(30, 4)
FAILED = frozenset({"s001", "s002", "s009", "s020", "s021", "s022", "s023"})
"""Two samples of one subject, one of another, and all of a third."""
THRESHOLD = 2.0


@pytest.fixture(scope="module")
def scores() -> ScoreSet:
    return score_set(PEOPLE, scores_of(PEOPLE, 4), failed=FAILED)


def found(scores: ScoreSet, rate: str) -> Measurement:
    return measure(scores, [f"{rate}@threshold={THRESHOLD}"])[0]


def wrong_by_hand() -> tuple[ClusterCounts, PairErrors]:
    """Planned mated comparisons by subject, those that failed or were rejected; and accepted nonmated ones by pair."""
    values, (reference, probe) = scores_of(PEOPLE, 4), PEOPLE.pairs
    present = np.array([name not in FAILED for name in PEOPLE.ids])
    made = present[reference] & present[probe]
    first, second = PEOPLE.subject[reference], PEOPLE.subject[probe]
    mated = first == second
    clusters = ClusterCounts.of(first[mated], (~made | (values < THRESHOLD))[mated])
    accepted = ~mated & made & (values >= THRESHOLD)
    return clusters, PairErrors.of(first[accepted], second[accepted])


def test_the_interval_of_gfrr_counts_failures_of_each_subject(scores: ScoreSet) -> None:
    clusters, _ = wrong_by_hand()
    told = found(scores, "GFRR")
    expected = subject_exact.fnmr(clusters)
    assert told.counts is not None
    assert (told.counts.errors, told.counts.trials) == (expected.errors, expected.trials)
    assert expected.errors >= 30
    assert told.interval == expected.interval
    assert "subjects_as_unit" in told.labels


def test_the_interval_of_gfar_has_all_planned_comparisons_behind_it(scores: ScoreSet) -> None:
    _, pairs = wrong_by_hand()
    told = found(scores, "GFAR")
    expected = subject_exact.fmr(AllPairs([4] * 30), pairs)
    assert told.counts is not None
    assert (told.counts.errors, told.counts.trials) == (expected.errors, expected.trials)
    assert expected.errors >= 50
    assert told.interval == expected.interval


def test_of_a_list_of_pairs_nobody_knows_whose_failed() -> None:
    listed = score_set(PEOPLE, scores_of(PEOPLE, 4), failed=FAILED, listed=True)
    assert "assumes_independent_comparisons" in found(listed, "GFRR").labels


def test_without_failures_the_rates_are_as_sure_as_fmr_and_fnmr() -> None:
    whole = score_set(PEOPLE, scores_of(PEOPLE, 4))
    assert found(whole, "GFRR").interval == found(whole, "FNMR").interval
    assert found(whole, "GFAR").interval == found(whole, "FMR").interval
