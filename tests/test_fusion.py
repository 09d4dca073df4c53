"""Fusion of systems: matched by ids, learnt on some people and judged on others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fr_bench.errors import DataError
from fr_bench.fusion import RULES, analysis, fuse
from fr_bench.metrics.combining import RuleName, learn
from fr_bench.metrics.discrimination import auc
from fr_bench.metrics.likelihood import cllr
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.pipeline import from_arrays
from fr_bench.precision import Method
from fr_bench.records import Scores, ScoreSet
from tests.two_parts import people_scores

FIRST, SECOND = people_scores(gap=2.0, seed=1), people_scores(gap=2.0, seed=2)


def shuffled(scores: ScoreSet, seed: int = 4) -> ScoreSet:
    def turned(part: Scores) -> Scores:
        order = np.random.default_rng(seed).permutation(len(part))
        assert part.probe is not None
        assert part.reference is not None
        return Scores(values=part.values[order], probe=part.probe[order], reference=part.reference[order])

    return replace(scores, mated=turned(scores.mated), nonmated=turned(scores.nonmated))


@pytest.mark.parametrize("rule", RULES)
def test_two_systems_with_errors_of_their_own_are_better_together(rule: RuleName) -> None:
    found = fuse([FIRST, SECOND], rule)
    alone = max(auc(SortedScores.of(one)) for one in found.singles)
    assert auc(SortedScores.of(found.test)) > alone


@pytest.mark.parametrize("rule", RULES)
def test_order_of_rows_in_a_file_changes_nothing(rule: RuleName) -> None:
    first, again = fuse([FIRST, SECOND], rule), fuse([FIRST, shuffled(SECOND)], rule)
    assert np.array_equal(first.test.mated.values, again.test.mated.values)
    assert np.array_equal(first.test.nonmated.values, again.test.nonmated.values)


def test_scores_of_other_people_do_not_move_the_rule() -> None:
    test = fuse([FIRST, SECOND], "z-sum")
    assert test.test.probes is not None
    assert test.test.nonmated.probe is not None
    judged = {test.test.probes.subjects[k] for k in test.test.nonmated.probe}
    assert FIRST.nonmated.probe is not None
    subjects = np.array([FIRST.probes.subjects[k] in judged for k in FIRST.nonmated.probe])  # type: ignore[union-attr]
    changed = replace(FIRST, nonmated=replace(FIRST.nonmated, values=FIRST.nonmated.values + 5.0 * subjects))
    assert fuse([changed, SECOND], "z-sum").rule == test.rule


def test_logistic_fusion_gives_likelihood_ratios_that_can_be_believed() -> None:
    found = fuse([FIRST, SECOND], "logistic")
    assert found.rule.likelihoods
    assert cllr(SortedScores.of(found.test)) < 0.4


def test_other_comparisons_are_refused_with_their_number() -> None:
    fewer = replace(SECOND, mated=replace(SECOND.mated, values=SECOND.mated.values[1:], probe=SECOND.mated.probe[1:],  # type: ignore[index]
                    reference=SECOND.mated.reference[1:]), mated_planned=SECOND.mated_planned - 1)  # type: ignore[index]  # fmt: skip
    with pytest.raises(DataError, match=r"1 of 180 are missing, such as s0_0 with s0_1") as mistake:
        fuse([FIRST, fewer], "z-sum", names=["a.csv", "b.csv"])
    assert mistake.value.code == "other_comparisons"


def test_scores_without_ids_are_refused() -> None:
    with pytest.raises(DataError, match="--probe") as mistake:
        fuse([FIRST, from_arrays([1.0], [0.0])], "z-sum")
    assert mistake.value.code == "no_ids"


def test_constant_system_is_named() -> None:
    constant = replace(SECOND, nonmated=replace(SECOND.nonmated, values=np.zeros(len(SECOND.nonmated))))
    with pytest.raises(DataError, match="system 2") as mistake:
        fuse([FIRST, constant], "z-sum")
    assert mistake.value.code == "constant_scores"


def test_rules_by_hand() -> None:
    mated, nonmated = [[4.0], [6.0]] * 5, [[0.0], [2.0]] * 5
    assert learn("z-sum", mated, nonmated)([[3.0]]).tolist() == [2.0]
    assert learn("min-max-sum", mated, nonmated)([[3.0]]).tolist() == [0.5]
    assert learn("tanh-sum", mated, nonmated)([[7.0]]).tolist() == [np.tanh(0.02)]


def test_too_few_people_to_learn_from_are_refused() -> None:
    with pytest.raises(NotMeasurable) as missing:
        learn("logistic", [[1.0]] * 9, [[0.0]] * 90)
    assert missing.value.code == "too_few_to_train"


def test_analysis_has_each_system_beside_all_together_with_intervals() -> None:
    found = fuse([FIRST, SECOND], "min-max-sum")
    told = analysis(found, ["EER"], ["a", "b"], Method(draws=100))
    rows = [dict(zip(told.tables[0].columns, row, strict=True)) for row in told.tables[0].rows]
    assert [row["system"] for row in rows] == ["a", "b", "fused"]
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    assert told.facts["train_subjects"] + told.facts["test_subjects"] == 60
