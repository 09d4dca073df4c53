"""How much dependent trials are worth: the closed forms, their limits, and populations in which they can be counted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fr_bench.planning.dependence import ByPair, BySubject, Stated, design_effect


@pytest.mark.parametrize(("each", "r", "cv", "deff"), [(10, 0.2, 0.0, 2.8), (5, 0.5, 1.0, 5.5), (1, 0.9, 0.0, 1.0)])
def test_design_effect_of_trials_of_a_subject(each: float, r: float, cv: float, deff: float) -> None:
    assert design_effect(BySubject(each, r, cv), 100, 0.01) == pytest.approx(deff)


def test_design_effect_of_nonmated_comparisons_with_one_sample_each() -> None:
    # 1 + 2 (n-2) a = 1 + 2 * 98 * 0.001 * 2
    assert design_effect(ByPair(1, 2.0, 0.9), 100, 0.001) == pytest.approx(1.392)


def test_design_effect_counts_all_pairs_of_comparisons_that_share_a_subject() -> None:
    n, c, p, relative, b = 6, 2, 0.01, 3.0, 0.4
    owners = [(i, j) for i in range(n) for j in range(i) for _ in range(c * c)]
    total = 0.0
    for x, first in enumerate(owners):
        for y, second in enumerate(owners):
            shared = len({*first} & {*second})
            total += 1.0 if x == y else b if shared == 2 else relative * p if shared == 1 else 0.0
    assert design_effect(ByPair(c * c, relative, b), n, p) == pytest.approx(total / len(owners))


def test_more_samples_reach_a_limit_and_never_pass_it() -> None:
    limit = float(BySubject(math.inf, 0.2).effective(100, 0.01))
    worth = [float(BySubject(each, 0.2).effective(100, 0.01)) for each in (1, 3, 10, 1000)]
    assert worth == sorted(worth)
    assert limit == pytest.approx(500)
    assert worth[-1] < limit


def test_all_comparisons_of_n_subjects_are_worth_at_most_n_over_4a() -> None:
    size = ByPair(math.inf, 1.0, 0.0)
    assert float(size.effective(100_000, 1e-3)) == pytest.approx(100_000 / 4e-3, rel=1e-3)


def test_independent_trials_without_limit_are_worth_without_limit() -> None:
    assert float(BySubject(math.inf, 0.0).effective(10, 0.01)) == math.inf


def test_few_false_matches_are_judged_with_the_design_effect_of_a_higher_rate() -> None:
    size, n, p = ByPair(1, 1.0, 0.2), 300, 1e-4  # 4.5 false matches expected; 50 at a rate of 1.1e-3
    assert float(size.trials(n) / size.judged(n, p)) == pytest.approx(1 + 2 * 298 * 50 / 44850)
    assert float(size.judged(n, 0.01)) == pytest.approx(float(size.effective(n, 0.01)))


def test_a_stated_design_effect_holds_at_every_size() -> None:
    size = Stated(4, 2.5, pairs=True)
    assert design_effect(size, 10, 0.1) == design_effect(size, 1000, 1e-6) == 2.5


def test_degrees_of_freedom_of_trials_of_a_subject() -> None:
    assert float(BySubject(3, 0.2).degrees(40, 0.01)) == 39


def test_degrees_of_freedom_of_nonmated_comparisons_lie_between_4_and_n_less_1() -> None:
    assert float(ByPair(1, 50.0, 0.2).degrees(100, 1e-3)) == 4
    assert float(ByPair(1, 0.0, 0.0, carry=1.0).degrees(100, 1e-3)) == 99


def test_half_and_double_change_the_correlation_and_keep_it_in_range() -> None:
    assert BySubject(2, 0.7).scaled(2).correlation == 1.0
    assert ByPair(1, 1.0, 0.2).scaled(0.5).relative == 0.5
    assert Stated(1, 1.5, pairs=False).scaled(0.5).effect == 1.0


def test_design_effect_of_trials_of_a_subject_is_that_of_a_simulated_population() -> None:
    rng = np.random.default_rng(7)
    r, m, n, p = 0.3, 4, 50, 0.2
    rates = rng.beta(p * (1 - r) / r, (1 - p) * (1 - r) / r, size=(4000, n))
    seen = rng.binomial(m, rates).sum(axis=1) / (n * m)
    found = seen.var() * n * m / (p * (1 - p))
    assert found == pytest.approx(design_effect(BySubject(m, r), n, p), rel=0.08)
