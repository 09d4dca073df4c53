"""Which bar holds for which cell, and what it takes to pass."""

from __future__ import annotations

import pytest

from bench.coverage.bars import Bar, bar_of, judged
from bench.coverage.tallies import Cell, Tally
from fr_bench.findings import Interval


def cell(family: str, subjects: int, population: str, measure: str, method: str = "subject-exact") -> Cell:
    return Cell(family, subjects, population, measure, method)


def tally(
    expected: float, *, replicates: int = 2000, missed: int = 100, width: float = 1.0, errors: float = 0
) -> Tally:
    return Tally(
        truth=0.1,
        expected=expected,
        replicates=replicates,
        below=missed,
        widths=width * replicates,
        errors=errors * replicates,
    )


@pytest.mark.parametrize(
    ("population", "subjects", "expected", "bar"),
    [
        ("gauss-none", 50, 50, Bar(0.93, 0.985)),
        ("gauss-strong", 1000, 49.9, Bar(0.93, 1.0)),
        ("gauss-strong", 1000, 9.9, Bar(0.94, 1.0)),
        ("skew-medium", 100, 200, Bar(0.90, 1.0)),
        ("skew-strong", 300, 200, Bar(0.84, 1.0)),
        ("skew-strong", 50, 9, Bar(0.94, 1.0)),
        ("skew-strong", 50, 200, None),
    ],
)
def test_bar_of_fmr(population: str, subjects: int, expected: float, bar: Bar | None) -> None:
    assert bar_of(cell("FMR", subjects, population, "FMR@1e-2"), tally(expected)) == bar


def test_bar_of_fnmr_has_an_upper_end_where_errors_are_many() -> None:
    asked = cell("FNMR", 50, "skew-strong", "FNMR@1e-1")
    assert bar_of(asked, tally(50)) == Bar(0.93, 0.975)
    assert bar_of(asked, tally(49)) == Bar(0.94, 1.0)


def test_bar_of_fnmr_at_fmr_needs_ten_comparisons_above_the_target() -> None:
    asked = cell("curve", 50, "gauss-strong", "FNMR@FMR=1e-3", "default")
    assert bar_of(asked, tally(10)) == Bar(0.93, 0.995)
    assert bar_of(asked, tally(9.9)) is None


def test_nothing_is_promised_for_fnmr_at_fmr_of_strong_heavy_tails() -> None:
    assert bar_of(cell("curve", 300, "skew-strong", "FNMR@FMR=1e-1", "default"), tally(1e4)) is None


def test_eer_and_auc_have_bars_everywhere() -> None:
    assert bar_of(cell("curve", 50, "skew-strong", "EER", "default"), tally(0)) == Bar(0.91, 0.995)
    assert bar_of(cell("curve", 50, "skew-strong", "AUC", "default"), tally(0)) == Bar(0.91, 0.99)


def more(subjects: int, population: str, measure: str) -> Cell:
    return cell("more", subjects, population, measure, "default")


@pytest.mark.parametrize("measure", ["ROCCH-EER", "d'", "Cllr", "minCllr", "minDCF@prior=0.5"])
def test_measures_of_the_whole_curve_have_the_bar_of_the_eer(measure: str) -> None:
    assert bar_of(more(100, "skew-strong", measure), tally(0)) == Bar(0.91, 0.995)
    assert bar_of(more(50, "skew-strong", measure), tally(0)) == Bar(0.90, 0.995)
    assert bar_of(more(50, "gauss-strong", measure), tally(0)) == Bar(0.91, 0.995)


@pytest.mark.parametrize("measure", ["FMR@FNMR=1e-1", "GFRR@FMR=1e-2"])
def test_a_threshold_that_hangs_on_few_errors_promises_nothing(measure: str) -> None:
    assert bar_of(more(100, "gauss-strong", measure), tally(10)) == Bar(0.93, 0.995)
    assert bar_of(more(100, "gauss-strong", measure), tally(9.9)) is None
    assert bar_of(more(100, "skew-strong", measure), tally(100)) is None


def test_costs_may_cover_more_where_one_rate_has_few_errors() -> None:
    assert bar_of(more(100, "gauss-none", "HTER@EER"), tally(49)) == Bar(0.91, 1.0)
    assert bar_of(more(100, "gauss-none", "HTER@EER"), tally(50)) == Bar(0.91, 0.995)
    assert bar_of(more(50, "skew-strong", "DCF@FMR=1e-3,prior=0.01"), tally(50)) is None
    assert bar_of(more(50, "skew-strong", "minDCF@prior=0.01"), tally(0)) is None
    assert bar_of(more(50, "skew-medium", "minDCF@prior=0.01"), tally(0)) == Bar(0.90, 0.995)


def test_rates_of_transactions_have_the_bars_of_comparisons() -> None:
    assert bar_of(more(50, "skew-strong", "FRR@1e-1,attempts=2"), tally(49)) == Bar(0.94, 1.0)
    assert bar_of(more(50, "skew-strong", "FRR@1e-1,attempts=2"), tally(50)) == Bar(0.93, 0.975)
    for subjects, population in ((50, "gauss-none"), (50, "skew-strong"), (300, "skew-strong"), (100, "skew-medium")):
        for expected in (9, 11, 51):
            compared = bar_of(cell("FMR", subjects, population, "FMR@1e-2"), tally(expected))
            assert bar_of(more(subjects, population, "FAR@1e-2,attempts=2"), tally(expected)) == compared


def test_bar_of_a_difference_needs_twenty_discordant_comparisons() -> None:
    asked = cell("paired-FNMR", 50, "gauss-none", "FNMR@1e-1", "default")
    assert bar_of(asked, tally(0, errors=20)) == Bar(0.93, 0.98)
    assert bar_of(asked, tally(0, errors=19)) is None


def test_named_alternatives_have_no_bar() -> None:
    assert bar_of(cell("FMR", 300, "gauss-none", "FMR@1e-1", "fpp-wilson"), tally(1e4)) is None


def test_independent_intervals_must_fail_where_subjects_differ_strongly() -> None:
    asked = cell("FMR", 100, "gauss-strong", "FMR@1e-1", "independent")
    bar = bar_of(asked, tally(2000))
    assert bar is not None
    assert bar.holds(0.49, 400)
    assert not bar.holds(0.50, 400)


def test_a_bar_is_widened_by_three_standard_errors() -> None:
    bar = Bar(0.93, 0.985)
    assert bar.holds(0.93 - 2.99 * (0.93 * 0.07 / 400) ** 0.5, 400)
    assert not bar.holds(0.93 - 3.01 * (0.93 * 0.07 / 400) ** 0.5, 400)
    assert not bar.holds(0.985 + 3.01 * (0.985 * 0.015 / 2000) ** 0.5, 2000)


def test_a_bar_without_upper_end_takes_full_coverage() -> None:
    assert Bar(0.94, 1.0).holds(1.0, 10_000)


def test_a_useless_width_is_missed_though_the_coverage_holds() -> None:
    asked = cell("FMR", 50, "gauss-none", "FMR@1e-1")
    peer = cell("FMR", 50, "gauss-none", "FMR@1e-1", "independent")
    found = judged({asked: tally(490, width=1.26), peer: tally(490, width=1.0)})
    assert [(v.kind, v.verdict) for v in found] == [("coverage", "PASS"), ("width", "MISSED")]


def test_width_is_not_judged_below_five_expected_errors() -> None:
    asked = cell("FNMR", 300, "gauss-strong", "FNMR@1e-3")
    peer = cell("FNMR", 300, "gauss-strong", "FNMR@1e-3", "fpp-wilson")
    found = judged({asked: tally(1.65, width=2.0), peer: tally(1.65, width=1.0)})
    assert [v.kind for v in found] == ["coverage"]


def test_a_data_set_without_an_interval_counts_as_missed() -> None:
    counted = Tally(truth=0.1, expected=10).with_one(None, None).with_one(Interval(0, 1, 0.95, "m", "subject"), 0.1)
    assert counted.coverage == 0.5


def test_misses_are_told_apart_by_side() -> None:
    counted = Tally(truth=0.5, expected=10)
    for low, high in ((0.6, 0.7), (0.1, 0.4), (0.2, 0.3), (0.5, 0.5)):
        counted = counted.with_one(Interval(low, high, 0.95, "m", "subject"), low)
    assert (counted.below, counted.above) == (1, 2)


def test_a_data_set_may_have_a_true_value_of_its_own() -> None:
    counted = Tally(truth=0.5, expected=10).with_one(Interval(0.6, 0.7, 0.95, "m", "subject"), 0.65, truth=0.61)
    assert (counted.below, counted.above, counted.truth) == (0, 0, 0.5)


def test_batches_of_different_populations_are_not_joined() -> None:
    with pytest.raises(ValueError, match=r"true values 0\.1 and 0\.2"):
        Tally(truth=0.1, expected=1).joined(Tally(truth=0.2, expected=1))


def test_rates_of_what_was_planned_have_the_bars_of_what_was_made() -> None:
    def of(measure: str, expected: float) -> Bar | None:
        return bar_of(cell("failures", 100, "gauss-strong", measure, "default"), tally(expected))

    assert of("GFRR@2e-1", 50) == of("FRR@1e-1,attempts=2", 50) == Bar(0.93, 0.975)
    assert of("GFRR@1.9e-1,attempts=2", 19) == Bar(0.94, 1.0)
    assert of("GFAR@1e-2", 400) == of("GFAR@9e-3,attempts=2", 100) == Bar(0.93, 0.985)
    assert of("GFRR@FMR=1e-2", 80) == Bar(0.93, 0.995)
