"""Limits on figures of which only a bracket is certain: what lies wholly beyond the limit, or wholly within it."""

from __future__ import annotations

import dataclasses

import pytest

from fr_bench import gates
from fr_bench.comparing import Side
from fr_bench.measuring import measure
from fr_bench.reports.sentences import translated
from tests.gates.making import PEOPLE, run
from tests.two_runs import score_set, scores_of

RATE = "FMR@threshold=0.5"


@pytest.fixture(scope="module")
def cut() -> Side:
    """A run that kept no nonmated score below 1.5."""
    return dataclasses.replace(run(), scores=score_set(PEOPLE, scores_of(PEOPLE, 2, separation=3.0), floor=1.5))


@pytest.fixture(scope="module")
def bracket(cut: Side) -> tuple[float, float]:
    (found,) = measure(cut.scores, [RATE], draws=20)
    assert found.bracket is not None
    return found.bracket


def judged(made: Side, at_most: float, judge: str, *, measure: str = RATE) -> gates.Verdict:
    text = f'[[limit]]\nmeasure = "{measure}"\nat_most = {at_most!r}\njudge = "{judge}"\n'
    (verdict,) = gates.judge(made, gates.read(text)).verdicts
    return verdict


@pytest.mark.parametrize("judge", ["point", "bound"])
def test_a_limit_below_the_bracket_fails_on_the_point(cut: Side, bracket: tuple[float, float], judge: str) -> None:
    found = judged(cut, bracket[0] * 0.999, judge)
    assert (found.word, found.finding.judged_on) == ("fail", "point")
    assert found.severity > 0
    assert "the point lies on one side of the limit" in found.sentence


def test_a_limit_no_lower_than_the_bracket_passes_on_the_point_alone(cut: Side) -> None:
    assert judged(cut, 0.999999, "point", measure="FNMR@FMR=0.5").word == "pass"
    assert judged(cut, 0.999999, "bound", measure="FNMR@FMR=0.5").word == "inconclusive"


def test_a_limit_within_the_bracket_decides_nothing(cut: Side, bracket: tuple[float, float]) -> None:
    found = judged(cut, sum(bracket) / 2, "point")
    assert (found.word, found.missing, found.severity) == ("inconclusive", True, 0)
    assert "between" in found.sentence
    assert "comparison.keep_at_most" in found.sentence


@pytest.mark.parametrize("at_most", [0.001, 0.5])
def test_what_a_bracket_decides_is_told_in_korean(cut: Side, at_most: float) -> None:
    assert translated(judged(cut, at_most, "point").finding.reason, "ko")
