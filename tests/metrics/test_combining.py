"""Rules that make one score of several: what each is, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.metrics.calibration import affine
from fr_bench.metrics.combining import Rule, learn
from fr_bench.metrics.scores import NotMeasurable

RNG = np.random.default_rng(4)
MATED, NONMATED = RNG.normal(1.0, 1.0, (40, 2)), RNG.normal(-1.0, 1.0, (60, 2))


def test_the_logistic_rule_is_the_calibration_of_all_systems_together() -> None:
    rule, calibrated = learn("logistic", MATED, NONMATED), affine(MATED, NONMATED)
    assert (rule.centres, rule.spreads) == ((0.0, 0.0), (1.0, 1.0))
    assert (rule.weights, rule.offset) == (calibrated.weights, calibrated.offset)


def test_a_system_without_spread_is_named_by_its_number() -> None:
    constant = NONMATED.copy()
    constant[:, 1] = 0.5
    with pytest.raises(NotMeasurable, match="training scores of system 2 are all equal"):
        learn("z-sum", MATED, constant)


@pytest.mark.parametrize(("mated", "nonmated"), [(9, 60), (40, 9)])
def test_too_few_to_learn_from_are_counted_in_the_reason(mated: int, nonmated: int) -> None:
    with pytest.raises(NotMeasurable, match=f"^{mated} mated and {nonmated} nonmated") as missing:
        learn("z-sum", MATED[:mated], NONMATED[:nonmated])
    assert missing.value.code == "too_few_to_train"


@pytest.mark.parametrize("shape", [(2,), (3, 1), (3, 3), (2, 1, 1)])
def test_scores_of_other_systems_are_a_callers_bug(shape: tuple[int, ...]) -> None:
    rule = Rule("z-sum", (0.0, 0.0), (1.0, 1.0), (1.0, 1.0))
    with pytest.raises(ValueError, match="for 2 systems"):
        rule(np.zeros(shape))


def test_a_rule_with_fewer_centres_than_systems_is_a_callers_bug() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Rule("z-sum", (0.0,), (1.0, 1.0), (1.0, 1.0))([[1.0, 2.0]])
