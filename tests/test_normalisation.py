"""Normalisation against a cohort, against sums by hand in plain Python."""

from __future__ import annotations

from statistics import fmean, pstdev

import numpy as np
import pytest

from fr_bench.errors import DataError
from fr_bench.metrics.discrimination import auc
from fr_bench.metrics.scores import SortedScores
from fr_bench.normalisation import adaptive_s_norm, cohort_scores, normalised, s_norm, t_norm, z_norm, zt_norm
from fr_bench.pipeline import from_arrays
from tests.two_parts import people_scores

RNG = np.random.default_rng(6)
SCORES, REFERENCE, PROBE = RNG.normal(size=12), RNG.integers(0, 4, 12), RNG.integers(0, 5, 12)
REFERENCES, PROBES, COHORT = RNG.normal(size=(4, 9)), RNG.normal(size=(5, 7)), RNG.normal(size=(7, 9))


def slow(score: float, row: np.ndarray) -> float:
    return (score - fmean(row.tolist())) / pstdev(row.tolist())


def slow_zt(k: int) -> float:
    usual = [slow(float(PROBES[PROBE[k], m]), COHORT[m]) for m in range(7)]
    return slow(slow(float(SCORES[k]), REFERENCES[REFERENCE[k]]), np.array(usual))


def test_z_and_t_by_plain_sums() -> None:
    z = [slow(float(s), REFERENCES[r]) for s, r in zip(SCORES, REFERENCE, strict=True)]
    t = [slow(float(s), PROBES[p]) for s, p in zip(SCORES, PROBE, strict=True)]
    assert z_norm(SCORES, REFERENCE, REFERENCES) == pytest.approx(z, rel=1e-12)
    assert t_norm(SCORES, PROBE, PROBES) == pytest.approx(t, rel=1e-12)
    both = [(a + b) / 2 for a, b in zip(z, t, strict=True)]
    assert s_norm(SCORES, REFERENCE, PROBE, REFERENCES, PROBES) == pytest.approx(both, rel=1e-12)


def test_zt_by_plain_sums() -> None:
    found = zt_norm(SCORES, REFERENCE, PROBE, REFERENCES, PROBES, COHORT)
    assert found == pytest.approx([slow_zt(k) for k in range(12)], rel=1e-11)


def test_adaptive_takes_the_highest_cohort_scores_only() -> None:
    expected = [
        (slow(float(s), np.sort(REFERENCES[r])[-3:]) + slow(float(s), np.sort(PROBES[p])[-3:])) / 2
        for s, r, p in zip(SCORES, REFERENCE, PROBE, strict=True)
    ]
    assert adaptive_s_norm(SCORES, REFERENCE, PROBE, REFERENCES, PROBES, top=3) == pytest.approx(expected, rel=1e-12)


def test_symmetric_norm_does_not_know_which_side_was_the_probe() -> None:
    turned = s_norm(SCORES, PROBE, REFERENCE, PROBES, REFERENCES)
    assert np.array_equal(turned, s_norm(SCORES, REFERENCE, PROBE, REFERENCES, PROBES))


def test_order_of_the_cohort_changes_no_digit() -> None:
    assert np.array_equal(z_norm(SCORES, REFERENCE, REFERENCES[:, ::-1]), z_norm(SCORES, REFERENCE, REFERENCES))


def test_affine_map_of_all_scores_changes_nothing() -> None:
    found = z_norm(3 * SCORES + 2, REFERENCE, 3 * REFERENCES + 2)
    assert found == pytest.approx(z_norm(SCORES, REFERENCE, REFERENCES), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize(
    ("cohort", "code"),
    [
        (np.zeros((4, 1)), "cohort_too_small"),
        (np.ones((4, 5)), "constant_cohort"),
        (np.full((4, 5), np.nan), "infinite_score"),
    ],
)
def test_unusable_cohorts_are_refused_by_name(cohort: np.ndarray, code: str) -> None:
    with pytest.raises(DataError) as mistake:
        z_norm(SCORES, REFERENCE, cohort)
    assert mistake.value.code == code


def test_constant_row_that_nobody_uses_does_no_harm() -> None:
    cohort = np.vstack([REFERENCES, np.ones((1, 9))])
    assert np.array_equal(z_norm(SCORES, REFERENCE, cohort), z_norm(SCORES, REFERENCE, REFERENCES))


def test_more_than_there_are_cannot_be_the_highest() -> None:
    with pytest.raises(DataError, match="8 highest") as mistake:
        adaptive_s_norm(SCORES, REFERENCE, PROBE, REFERENCES, PROBES, top=8)
    assert mistake.value.code == "cohort_too_small"


def test_faces_that_score_high_with_everybody_are_put_right() -> None:
    scores = people_scores(40, gap=2.5)
    assert scores.nonmated.probe is not None
    assert scores.nonmated.reference is not None
    assert scores.mated.probe is not None
    assert scores.mated.reference is not None
    lift = np.random.default_rng(2).normal(0, 2, 120)
    from fr_bench.metrics.parts import with_values

    wolves = with_values(
        scores,
        scores.mated.values + lift[scores.mated.probe] + lift[scores.mated.reference],
        scores.nonmated.values + lift[scores.nonmated.probe] + lift[scores.nonmated.reference],
    )
    cohort = np.random.default_rng(3).normal(size=(120, 200)) + lift[:, None]
    put_right = normalised(wolves, "s-norm", reference_cohort=cohort, probe_cohort=cohort)
    assert auc(SortedScores.of(put_right)) > auc(SortedScores.of(wolves)) + 0.05


def test_scores_without_ids_are_refused() -> None:
    with pytest.raises(DataError) as mistake:
        normalised(from_arrays([1.0], [0.0]), "z-norm", reference_cohort=[[0.0, 1.0]])
    assert mistake.value.code == "no_ids"


def test_templates_are_compared_with_the_cohort_by_cosine() -> None:
    found = cohort_scores([[3.0, 4.0]], [[1.0, 0.0], [0.0, 2.0], [-3.0, -4.0]])
    assert found.tolist() == [[pytest.approx(0.6), pytest.approx(0.8), pytest.approx(-1.0)]]
