"""The interval of GFRR and GFAR where comparisons failed: whose they were is known where everybody met everybody."""

from __future__ import annotations

from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest

from fr_bench.findings import Measurement
from fr_bench.intervals import subject_exact
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.design import AllPairs
from fr_bench.intervals.draws import fnmr_draws
from fr_bench.intervals.dyads import PairErrors
from fr_bench.intervals.from_draws import t_quantile
from fr_bench.measuring import measure
from fr_bench.metrics.scores import SortedScores
from fr_bench.precision import Evidence, Method
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


def test_at_an_fmr_without_failures_gfrr_is_as_sure_as_fnmr() -> None:
    whole = score_set(PEOPLE, scores_of(PEOPLE, 4))
    fnmr, gfrr = measure(whole, ["FNMR@FMR=0.01", "GFRR@FMR=0.01"], draws=60)
    assert gfrr.interval == fnmr.interval
    assert gfrr.labels == fnmr.labels


def test_at_an_fmr_with_failures_the_interval_of_gfrr_allows_for_a_threshold_that_moves(scores: ScoreSet) -> None:
    (moving,) = measure(scores, ["GFRR@FMR=0.01"], draws=60)
    (fixed,) = measure(scores, [f"GFRR@threshold={moving.threshold}"])
    assert moving.counts == fixed.counts
    assert moving.interval is not None
    assert fixed.interval is not None
    assert (moving.interval.method, moving.interval.unit) == ("boot-exact", "subject")
    assert moving.interval.low < fixed.interval.low < fixed.interval.high < moving.interval.high
    assert "threshold_taken_as_fixed" not in moving.labels
    # What moves is the rejected share of the comparisons that were made, of 29 subjects: one has no template.
    made = len(scores.mated) / scores.mated_planned
    drawn = Evidence(scores=scores, ordered=SortedScores.of(scores), method=Method(draws=60)).drawn
    assert drawn is not None
    at = float(moving.threshold or 0)
    owed = drawn.fnmr_at_fmr(Fraction(1, 100)).var(ddof=1) - fnmr_draws(drawn.lists, [at])[:, 0].var(ddof=1)
    p = moving.value or 0.0
    correction = (NormalDist().inv_cdf(0.975) / t_quantile(28, 0.95)) ** 2
    effective = [found.details["precision"]["effective"] for found in (fixed, moving)]
    assert 1 / effective[1] - 1 / effective[0] == pytest.approx(made**2 * owed / (p * (1 - p)) / correction, rel=1e-9)


def test_at_an_fmr_of_a_list_nobody_knows_whose_failed() -> None:
    listed = score_set(PEOPLE, scores_of(PEOPLE, 4), failed=FAILED, listed=True)
    (told,) = measure(listed, ["GFRR@FMR=0.01"], draws=60)
    assert {"assumes_independent_comparisons", "threshold_taken_as_fixed"} <= {*told.labels}
