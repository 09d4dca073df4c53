"""Nothing leaves a denominator: failures of samples and of comparisons."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
import pytest

from fr_bench.findings import Proportion
from fr_bench.metrics.failures import acquisition, gfar, gfrr, product_gfar, product_gfrr
from fr_bench.metrics.scores import SortedScores
from fr_bench.metrics.verification import fmr, fnmr
from fr_bench.records import Acquisition, ComparisonPlan, ListedPairs, References

SUBJECT = [0, 0, 1, 1, 2, 2]


def plan(
    kind: Literal["all", "listed", "gallery", "search"], references: list[list[int]], probes: list[int]
) -> ComparisonPlan:
    offsets = np.cumsum([0, *map(len, references)])
    none = np.zeros(0, np.int32)
    listed = ListedPairs(probe=none, reference=none.copy(), mated=np.zeros(0, bool), fold=np.zeros(0, np.int16))
    return ComparisonPlan(
        kind=kind,
        subject=np.array(SUBJECT, np.int32),
        references=References(offsets=offsets, members=np.array([i for r in references for i in r], np.int32)),
        probes=np.array(probes, np.int32),
        mated=0,
        nonmated=0,
        pairs=listed if kind == "listed" else None,
    )


ONE_EACH = [[i] for i in range(6)]


def templates(*failed: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    present = np.ones(6, dtype=bool)
    present[list(failed)] = False
    return present


def test_of_no_references_none_failed_to_enrol() -> None:
    found = acquisition(plan("gallery", [], [0, 1, 2]), templates(1))
    assert (found.fta, found.fte) == (Proportion(1, 3), Proportion(0, 0))


@pytest.mark.parametrize("kind", ["all", "listed"])
def test_without_roles_samples_fail_to_acquire_and_subjects_to_enrol(kind: Literal["all", "listed"]) -> None:
    found = acquisition(plan(kind, ONE_EACH, list(range(6))), templates(0, 2, 3))
    assert (found.fta, found.fte, found.roles) == (Proportion(3, 6), Proportion(1, 3), False)


def test_failures_are_counted_by_subject_too() -> None:
    found = acquisition(plan("all", ONE_EACH, list(range(6))), templates(0, 2, 3))
    assert found.fta_by_subject is not None
    assert found.fte_by_subject is not None
    assert (found.fta_by_subject.errors.tolist(), found.fta_by_subject.trials.tolist()) == ([1, 2, 0], [2, 2, 2])
    assert (found.fte_by_subject.errors.tolist(), found.fte_by_subject.trials.tolist()) == ([0, 1, 0], [1, 1, 1])


@pytest.mark.parametrize("kind", ["gallery", "search"])
def test_with_roles_probes_fail_to_acquire_and_references_to_enrol(kind: Literal["gallery", "search"]) -> None:
    found = acquisition(plan(kind, [[0], [2], [4]], [1, 3, 5]), templates(0, 3, 5))
    assert (found.fta, found.fte, found.roles) == (Proportion(2, 3), Proportion(1, 3), True)
    assert found.fta_by_subject is not None
    assert found.fte_by_subject is not None
    assert (found.fta_by_subject.errors.sum(), found.fte_by_subject.errors.sum()) == (2, 1)


def test_a_reference_of_several_samples_fails_only_with_all_of_them() -> None:
    found = acquisition(plan("gallery", [[0, 1], [2, 3]], [4, 5]), templates(0, 2, 3))
    assert found.fte == Proportion(1, 2)


def test_a_data_set_without_failures_has_counts_all_the_same() -> None:
    found = acquisition(plan("all", ONE_EACH, list(range(6))), templates())
    assert (found.fta, found.fte) == (Proportion(0, 6), Proportion(0, 3))


def test_templates_of_another_data_set_are_a_bug() -> None:
    with pytest.raises(ValueError, match="samples"):
        acquisition(plan("all", ONE_EACH, list(range(6))), np.ones(5, dtype=bool))


def failing() -> SortedScores:
    return SortedScores(
        mated=np.array([0.2, 0.8]),
        nonmated=np.array([0.1, 0.3, 0.6]),
        nonmated_total=3,
        mated_failed=2,
        nonmated_failed=7,
    )


def test_failed_comparisons_raise_gfrr_but_not_fnmr() -> None:
    assert fnmr(failing(), 0.5) == Proportion(1, 2)
    assert gfrr(failing(), 0.5) == Proportion(3, 4)


def test_failed_comparisons_lower_gfar_but_not_fmr() -> None:
    assert fmr(failing(), 0.5) == Proportion(1, 3)
    assert gfar(failing(), 0.5) == Proportion(1, 10)


def test_one_reference_and_one_probe_a_transaction_follow_the_product_formulas() -> None:
    # 10 persons, each enrolled by one sample and tried by one: 2 references and 1 probe of the others fail.
    counts = Acquisition(fta=Proportion(1, 8), fte=Proportion(2, 10), roles=True)
    made, rejected = 7, 1
    scores = SortedScores(
        mated=np.array([0.0] * rejected + [1.0] * (made - rejected)),
        nonmated=np.array([0.0]),
        nonmated_total=1,
        mated_failed=3,
    )
    assert gfrr(scores, 0.5).fraction == product_gfrr(counts, Fraction(rejected, made)) == Fraction(4, 10)
    assert product_gfar(counts, Fraction(1, 7)) == Fraction(8, 10) * Fraction(7, 8) * Fraction(1, 7)


def test_what_was_never_tried_never_failed() -> None:
    nothing = Acquisition(fta=Proportion(0, 0), fte=Proportion(0, 0), roles=True)
    some = Acquisition(fta=Proportion(1, 4), fte=Proportion(1, 3), roles=True)
    rate = Fraction(1, 5)
    assert (product_gfar(nothing, rate), product_gfrr(nothing, rate)) == (rate, rate)
    assert product_gfar(some, rate) == Fraction(2, 3) * Fraction(3, 4) * rate == Fraction(1, 10)
    assert product_gfrr(some, rate) == Fraction(1, 3) + Fraction(2, 3) / 4 + Fraction(1, 10)
