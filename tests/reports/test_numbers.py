"""How numbers are written: nothing is rounded to 0 or to 100 %, limits are rounded outwards."""

from __future__ import annotations

import dataclasses
import math
from decimal import ROUND_CEILING, ROUND_FLOOR

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fr_bench.findings import REJECT_ALL, Interval, Measurement, Proportion
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.reports import numbers
from fr_bench.reports.wording import wording
from tests.reports import examples

SAY = wording("en")


def number_in(text: str) -> float:
    """The rate that a text stands for."""
    return float(text.removesuffix(" %")) / (100 if text.endswith("%") else 1)


@given(st.floats(min_value=1e-12, max_value=1 - 1e-12))
def test_a_rate_is_never_written_as_zero_or_one(rate: float) -> None:
    assert 0 < number_in(numbers.proportion(rate)) < 1


@given(st.floats(min_value=1e-12, max_value=1 - 1e-12))
def test_a_rate_keeps_two_digits(rate: float) -> None:
    written = number_in(numbers.proportion(rate))
    assert math.isclose(written, rate, rel_tol=0.0051) or math.isclose(1 - written, 1 - rate, rel_tol=0.051)


@given(st.floats(min_value=1e-9, max_value=0.999))
def test_limits_are_rounded_outwards(rate: float) -> None:
    assert number_in(numbers.proportion(rate, ROUND_FLOOR)) <= rate * (1 + 1e-9)
    assert number_in(numbers.proportion(rate, ROUND_CEILING)) >= rate * (1 - 1e-9)


@given(st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_written_intervals_hold_the_limits(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    text = numbers.limits(Interval(low, high, 0.95, "m", "u"), (low + high) / 2, "proportion")
    scale = 100 if text.endswith("%") else 1
    first, second = (float(part) / scale for part in text.removesuffix(" %").strip("[]").split(", "))
    assert first <= low * (1 + 1e-9) + 1e-13
    assert second >= high * (1 - 1e-9) - 1e-13


@settings(deadline=None)
@given(st.integers(0, 2000), st.integers(1, 2000))
def test_a_row_has_one_notation_and_its_value_lies_within_its_limits(errors: int, more: int) -> None:
    found = clopper_pearson(errors, errors + more, 0.95, unit="comparison")
    row = examples.rate("FNMR@FMR=1e-3", errors, errors + more, found.low, found.high)
    shown, limits = numbers.value(row, SAY, level_shown=False), numbers.interval_lines(row, SAY)[0]
    low, high = limits.removesuffix(" %").strip("[]").split(", ")
    assert shown.endswith("%") == limits.endswith("%")
    if not errors:
        assert shown.removesuffix(" %") == f"<= {high}"
        return
    value = shown.removesuffix(" %")
    assert float(low) <= float(value) <= float(high)
    places = {len(text.partition("e")[0].partition(".")[2]) for text in (low, value, high) if text != "100"}
    assert len(places) == 1


def test_no_errors_at_an_extreme_threshold_have_no_bound() -> None:
    zero = dataclasses.replace(
        examples.rate("ZeroFMR", 0, 436, 0.0, 0.1), interval=None, no_interval="x", labels=("extreme_value",)
    )
    assert (numbers.value(zero, SAY), numbers.interval_lines(zero, SAY)) == ("0 of 436", ["extreme value:", "no bound"])


def test_no_errors_are_a_bound_and_never_zero_percent() -> None:
    none = examples.rate("FMR@threshold=0.7", 0, 3000, 0.0, 0.0012289)
    assert numbers.value(none, SAY) == "<= 0.123 % (two-sided 95 %)"
    assert numbers.value(none, SAY, level_shown=False) == "<= 0.123 %"


def test_no_errors_without_an_interval_are_counts() -> None:
    none = dataclasses.replace(examples.rate("FTA", 0, 3000, 0.0, 0.1), interval=None, no_interval="not asked")
    assert numbers.value(none, SAY) == "0 of 3 000"


def test_no_errors_of_an_accuracy_are_a_lower_bound() -> None:
    right = Measurement(
        measure="accuracy", version=1, unit="proportion", better="higher", value=1.0, counts=Proportion(0, 600),
        interval=Interval(0.99387, 1.0, 0.95, "m", "u"),
    )  # fmt: skip
    assert numbers.value(right, SAY) == ">= 99.38 % (two-sided 95 %)"


def test_a_rate_of_several_counts_without_errors_says_so() -> None:
    eer = Measurement(
        measure="EER", version=1, unit="proportion", better="lower", value=0.0,
        details={"fractions": {"fmr": [0, 10], "fnmr": [0, 5]}},
    )  # fmt: skip
    assert numbers.value(eer, SAY) == "no errors"
    assert numbers.count_lines(eer, SAY) == ["FMR 0 of 10", "FNMR 0 of 5"]


def test_all_errors_are_a_hundred_percent() -> None:
    assert numbers.value(examples.rate("FNMR@FMR=1e-3", 9, 9, 0.6637, 1.0), SAY) == "100 %"


def test_what_is_not_measurable_has_no_number() -> None:
    assert numbers.value(examples.measurements()[4], SAY) == "not measurable"


@pytest.mark.parametrize(
    ("threshold", "text"),
    [(None, ""), (REJECT_ALL, "reject all"), (math.inf, "inf"), (-math.inf, "-inf"), (0.3406712345, "0.340671")],
)
def test_thresholds(threshold: object, text: str) -> None:
    assert numbers.threshold(threshold, SAY) == text  # type: ignore[arg-type]


def test_the_folds_of_an_accuracy_are_added_up() -> None:
    accuracy = Measurement(
        measure="accuracy@folds=10", version=1, unit="proportion", better="higher", value=0.9955,
        details={"fractions": {f"fold_{k}_correct": [597, 600] for k in range(10)}},
    )  # fmt: skip
    assert numbers.count_lines(accuracy, SAY) == ["5 970 of 6 000 in 10 parts correct"]
    assert numbers.value(accuracy, SAY) == "99.55 %"


def test_an_accuracy_of_zero_is_no_absence_of_errors() -> None:
    accuracy = Measurement(
        measure="accuracy@folds=4", version=1, unit="proportion", better="higher", value=0.0,
        details={"fractions": {f"fold_{k}_correct": [0, 6] for k in range(4)}},
    )  # fmt: skip
    assert numbers.value(accuracy, SAY) == "0 %"


def test_counts_of_groups_in_two_rates_are_told_apart() -> None:
    parts = {"FMR f": [3, 40], "FMR m": [1, 60], "FNMR f": [0, 7], "FNMR m": [2, 8]}
    fairness = dataclasses.replace(
        examples.measurements()[0],
        measure="FDR@FMR=0.1,by=sex",
        unit="number",
        counts=None,
        details={"fractions": parts},
    )
    assert numbers.count_lines(fairness, SAY) == ["FMR 4 of 100 in 2 parts", "FNMR 2 of 15 in 2 parts"]
