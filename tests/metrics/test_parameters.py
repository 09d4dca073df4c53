"""Parameters of measures are read exactly, and hostile ones do no harm."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fr_bench.errors import UsageError
from fr_bench.findings import REJECT_ALL, Measure, Threshold
from fr_bench.metrics import parameters


@pytest.mark.parametrize(
    ("text", "rate"),
    [("1e-3", Fraction(1, 1000)), ("0.29", Fraction(29, 100)), (".5", Fraction(1, 2)), ("1/3", Fraction(1, 3)),
     ("1E-10", Fraction(1, 10**10)), ("0.10000000000000000001", Fraction(10**19 + 1, 10**20))],
)  # fmt: skip
def test_a_target_is_a_decimal_text_or_a_fraction(text: str, rate: Fraction) -> None:
    assert parameters.target(Measure("FNMR", (("FMR", text),)), "FMR") == rate


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "1",
        "0.0",
        "1.5",
        "-0.1",
        "nan",
        "inf",
        "x",
        "",
        "1e-999999999",
        "1_0e-3",
        "٠.١",
        "1/0",
        "1//3",
        "0x1",
        "1e",
    ],
)
def test_another_target_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as mistake:
        parameters.target(Measure("FNMR", (("FMR", text),)), "FMR")
    assert mistake.value.code == "bad_target"


@pytest.mark.parametrize(
    ("text", "threshold"),
    [("0.35", 0.35), ("-1e3", -1000.0), ("inf", float("inf")), ("-inf", float("-inf")), ("reject_all", REJECT_ALL),
     ("0.30000000000000004", 0.1 + 0.2)],
)  # fmt: skip
def test_a_threshold_reads_back_as_it_was_written(text: str, threshold: Threshold) -> None:
    assert parameters.threshold(Measure("FMR", (("threshold", text),))) == threshold


@pytest.mark.parametrize("text", ["nan", "half", "1,5", "0.5.5"])
def test_another_threshold_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="threshold"):
        parameters.threshold(Measure("FMR", (("threshold", text),)))


@pytest.mark.parametrize("text", ["1", "0", "-3", "ten", "2.5", "9999999999"])
def test_folds_are_a_whole_number_of_at_least_two(text: str) -> None:
    with pytest.raises(UsageError, match="at least 2"):
        parameters.whole(Measure("accuracy", (("folds", text),)), "folds", least=2)


def test_only_a_target_of_an_error_rate_points_to_the_measures_without_error() -> None:
    for key, pointed in (("FMR", True), ("prior", False)):
        with pytest.raises(UsageError) as told:
            parameters.target(Measure("minDCF", ((key, "0"),)), key)
        assert ("ZeroFMR" in str(told.value)) is pointed


@pytest.mark.parametrize("text", ["1e-400", "0.9e-300", "1e-9999"])
def test_a_target_that_no_test_could_show_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=f"FMR={text} lies below 1e-300") as mistake:
        parameters.target(Measure.parse(f"FNMR@FMR={text}"), "FMR")
    assert mistake.value.code == "bad_target"
    assert parameters.target(Measure.parse("FNMR@FMR=1e-300"), "FMR") == Fraction(1, 10**300)
