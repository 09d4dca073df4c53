"""Plans and decisions: figures worked by hand, and what must hold of every plan."""

from __future__ import annotations

import math

import pytest

from fr_bench.errors import UsageError
from fr_bench.planning import Aim, Assumed, decide, plan

INDEPENDENT = Assumed(samples=1, design_effect=1.0)


def test_the_zero_error_statement_is_the_rule_of_3_times_the_design_effect() -> None:
    rules = plan("FMR<=1e-3", assumed=Assumed(samples=1, design_effect=2.0)).rules
    assert rules["rule_of_3_independent"] == 2995
    subjects = int(rules["rule_of_3_subjects"])
    assert (subjects - 1) * (subjects - 2) / 2 < 2 * 2995 <= subjects * (subjects - 1) / 2 == rules["rule_of_3_trials"]


def test_the_rule_of_30_takes_30_errors_times_the_design_effect() -> None:
    rules = plan("FNMR<=3%", assumed=Assumed(samples=4, correlation=0.2)).rules
    assert rules["rule_of_30_design_effect"] == pytest.approx(2.0)
    assert rules["rule_of_30_trials"] * 0.01 == pytest.approx(60, rel=0.01)


def test_half_width_by_normal_theory_and_its_limit_of_samples() -> None:
    found = plan("FNMR+-0.01", Aim(true=0.05), Assumed(samples=5, correlation=0.3))
    independent = 1.959963984540054**2 * 0.05 * 0.95 / 0.01**2
    assert found.rules["normal_theory_independent"] == pytest.approx(independent)
    assert found.rules["normal_theory_subjects"] == math.ceil(independent * (1 + 0.3 * 9) / 10)
    # z^2 p(1-p) r / h^2: below it no number of samples helps.
    assert found.more_samples[-1].samples is None
    assert (found.more_samples[-1].subjects or 0) >= independent * 0.3


def test_a_relative_half_width_is_a_share_of_the_true_rate() -> None:
    relative = plan("FNMR+-30%", Aim(true=0.02)).needed
    assert relative == plan("FNMR+-0.006", Aim(true=0.02)).needed


def test_a_difference_takes_the_closed_form_times_the_design_effect() -> None:
    found = plan("FNMR difference 0.01", Aim(power=0.8), Assumed(samples=4, correlation=0.2, discordant=0.04))
    # 3137.193 independent trials if the variance were known; t with 1047 degrees of freedom asks for a few more.
    assert found.rules["independent_pairs"] == pytest.approx(3137.193, abs=1e-3)
    assert found.needed.subjects == 1048


def test_a_difference_after_a_pilot_takes_its_spread() -> None:
    found = plan("FNMR difference 0.01", Aim(power=0.8), Assumed(spread=0.3))
    # (t sqrt(0.3^2 + 0.01^2) + z 0.3)^2 / 0.01^2; (z + z)^2 0.3^2 / 0.01^2 = 7064 leaves out what the loss itself adds.
    assert (found.needed.subjects, found.half.subjects, found.double.subjects) == (7072, 3540, 14136)


def test_a_small_pilot_asks_for_a_larger_test() -> None:
    sizes = [
        plan("FNMR difference 0.01", assumed=Assumed(spread=0.3, differing=count)).needed.subjects
        for count in (10, 100, 1000, None)
    ]
    assert sizes == sorted(sizes, reverse=True)  # type: ignore[type-var]
    # 100 / chi^2 with 100 degrees of freedom at 10 %: 100 / 82.358
    assert sizes[1] == pytest.approx(sizes[3] * 100 / 82.358, rel=2e-3)  # type: ignore[operator]


def test_the_spread_of_a_difference_found_with_a_size_gives_the_size_back() -> None:
    pilot = Assumed(spread=0.3, differing=50)
    found = decide("FNMR difference 0.01", assumed=pilot, subjects=2000).difference
    assert plan(f"FNMR difference {found:.12f}", assumed=pilot).needed.subjects == pytest.approx(2000, abs=1)


def test_two_systems_that_err_independently_differ_where_one_errs_and_the_other_does_not() -> None:
    stated = Assumed(discordant=0.02 * (1 - 0.03) + 0.03 * (1 - 0.02))
    by_rate = plan("FNMR difference 0.01", Aim(true=0.02))
    assert plan("FNMR difference 0.01", assumed=stated).needed.subjects == by_rate.needed.subjects


def test_more_dependence_needs_more_subjects() -> None:
    found = plan("FMR<=1e-3")
    assert found.half.subjects < found.needed.subjects < found.double.subjects  # type: ignore[operator]


def test_more_samples_need_fewer_subjects_down_to_a_limit() -> None:
    subjects = [size.subjects or 0 for size in plan("FNMR<=2%").more_samples]
    assert subjects == sorted(subjects, reverse=True)
    assert subjects[-1] > 100


@pytest.mark.parametrize(
    "wider",
    [Aim(power=0.95), Aim(level=0.99), Aim(true=0.005)],
)
def test_more_certainty_or_a_worse_system_needs_more_subjects(wider: Aim) -> None:
    assert plan("FNMR<=1%", wider).needed.subjects > plan("FNMR<=1%").needed.subjects  # type: ignore[operator]


def test_a_one_sided_limit_needs_fewer_subjects_and_is_the_two_sided_one_at_90_percent() -> None:
    one = plan("FNMR<=1%", Aim(sided="one")).needed
    assert one == plan("FNMR<=1%", Aim(level=0.90)).needed


def test_the_true_rate_is_a_third_of_the_limit_unless_said() -> None:
    assert plan("FNMR<=3%").true == pytest.approx(0.01)
    assert plan("FNMR<=3%", Aim(true=0.01)).needed == plan("FNMR<=3%").needed


def test_errors_allowed_are_the_most_whose_interval_keeps_the_limit() -> None:
    from fr_bench.intervals.binomial import clopper_pearson

    size = plan("FNMR<=10%", assumed=Assumed(samples=2)).needed
    assert size.trials is not None
    assert size.allowed is not None
    assert clopper_pearson(size.allowed, size.trials).high <= 0.1 < clopper_pearson(size.allowed + 1, size.trials).high


def test_the_target_of_another_rate_needs_30_effective_errors() -> None:
    companion = plan("FNMR@FMR=1e-4<=5%").companion
    assert companion is not None
    assert companion.same_subjects
    assert 30 <= (companion.size.effective or 0) * 1e-4 < 30.5


def test_the_subjects_of_a_plan_hold_the_target_too() -> None:
    found = plan("FNMR@FMR=1e-6<=30%")
    assert found.companion is not None
    assert found.subjects == found.companion.size.subjects > found.needed.subjects  # type: ignore[operator]


def test_references_and_probes_make_fewer_comparisons_than_all_pairs() -> None:
    found = plan("FNMR<=2%", assumed=Assumed(samples=4, references=1)).needed
    assert found.trials == 3 * (found.subjects or 0)


def test_everything_assumed_is_said() -> None:
    told = " ".join(plan("FMR<=1e-3", assumed=Assumed(correlation=2e-4, pair_correlation=0.3)).assumptions)
    for figure in ("3.33e-4", "2 samples", "a = 2e-4", "as stated", "b = 0.3", "at random"):
        assert figure.replace("3.33e-4", "0.000333").replace("2e-4", "0.0002") in told


def test_what_a_size_decides_agrees_with_the_plan_of_that_size() -> None:
    needed = plan("FNMR<=2%").needed
    at, below = (decide("FNMR<=2%", subjects=(needed.subjects or 0) - less) for less in (0, 1))
    assert at.size == needed
    assert at.can_decide
    assert not below.can_decide


def test_the_boundaries_of_a_decision_enclose_the_limit() -> None:
    found = decide("FMR<=1e-3", assumed=Assumed(samples=2), subjects=300)
    assert found.passes_up_to < 1e-3 < found.fails_from  # type: ignore[operator]


def test_a_size_without_errors_shows_the_exact_bound() -> None:
    found = decide("FNMR<=10%", assumed=Assumed(samples=2), subjects=100)
    t = 1.9842169515864165  # 0.975 quantile of Student's t with 99 degrees of freedom
    assert found.shows_none == pytest.approx(1 - 0.025 ** (1 / (100 * (1.959963984540054 / t) ** 2)), rel=1e-9)


def test_fewer_than_20_subjects_decide_nothing() -> None:
    found = decide("FNMR<=50%", assumed=Assumed(samples=8), subjects=19)
    assert (found.can_decide, found.passes_up_to, found.fails_from) == (False, None, None)


def test_the_smallest_difference_of_a_size_is_planned_back_to_the_size() -> None:
    found = decide("FNMR difference 0.001", assumed=Assumed(discordant=0.04), subjects=3138)
    again = plan(f"FNMR difference {found.difference:.12f}", assumed=Assumed(discordant=0.04)).needed.subjects
    assert again == pytest.approx(3138, abs=1)


@pytest.mark.parametrize(
    ("requirement", "aim", "assumed", "code", "words"),
    [
        ("FMR<=1e-4", {"true": 1e-4}, {}, "bad_limit", "does not lie below the limit"),
        ("FMR<=1e-4", {"power": 1.0}, {}, "bad_option", "--power"),
        ("FMR<=1e-4", {"level": 95.0}, {}, "bad_option", "--level"),
        ("FMR<=1e-4", {"true": 0.0}, {}, "bad_limit", "--true"),
        ("FNMR<=1%", {}, {"samples": 1}, "bad_option", "at least 2"),
        ("FNMR<=1%", {}, {"samples": 2, "references": 2}, "bad_option", "at most 1"),
        ("FPIR<=1%", {}, {"references": 1}, "bad_option", "leave it out"),
        ("FTE<=1%", {}, {"samples": 2}, "bad_option", "once"),
        ("FMR<=1%", {}, {"correlation": 1.5}, "bad_option", "--correlation"),
        ("FMR<=1%", {}, {"design_effect": 0.5}, "bad_option", "at least 1"),
        ("FMR<=1%", {}, {"design_effect": 2.0, "correlation": 0.1}, "bad_option", "one of them"),
        ("FNMR<=1%", {}, {"pair_correlation": 0.1}, "bad_option", "--correlation"),
        ("FMR<=1%", {}, {"variation": 0.1}, "bad_option", "--correlation"),
        ("FMR<=1%", {}, {"discordant": 0.1}, "bad_option", "difference"),
        ("FMR+-30%", {}, {}, "bad_requirement", "--true"),
        ("FMR+-30%", {"true": 0.1, "sided": "one"}, {}, "bad_option", "two sides"),
        ("FMR+-0.1", {"true": 0.6}, {}, "bad_limit", "at most 0.5"),
        ("FNMR difference 0.01", {}, {}, "bad_requirement", "--discordant"),
        ("FNMR difference 0.01", {}, {"discordant": 0.005}, "bad_limit", "at least 0.01"),
        ("FNMR<=1%", {}, {"samples": 0}, "bad_option", "--samples"),
    ],
)
def test_what_does_not_fit_is_refused(
    requirement: str, aim: dict[str, float], assumed: dict[str, float], code: str, words: str
) -> None:
    with pytest.raises(UsageError) as refused:
        plan(requirement, Aim(**aim), Assumed(**assumed))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert words in refused.value.message
