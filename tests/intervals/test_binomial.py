"""Binomial intervals against the closed forms, and the laws that they keep."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.intervals.binomial import clopper_pearson, one_sided_upper, wilson

FORMS = json.loads((Path(__file__).parent.parent / "conformance" / "closed_forms.json").read_text(encoding="utf-8"))
(INTERVALS,) = [model for model in FORMS["models"] if model["model"] == "intervals"]


COUNTS = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVEL = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def close(value: float, expected: str) -> bool:
    return math.isclose(value, float(expected), rel_tol=1e-12, abs_tol=1e-300)


@pytest.mark.parametrize("row", INTERVALS["clopper_pearson"], ids=lambda r: f"{r['x']} of {r['n']}")
def test_clopper_pearson_has_its_closed_form(row: dict[str, str]) -> None:
    found = clopper_pearson(int(row["x"]), int(row["n"]))
    assert close(found.low, row["lower"])
    assert close(found.high, row["upper"])


@pytest.mark.parametrize("row", INTERVALS["wilson"], ids=lambda r: f"{r['x']} of {r['n']}")
def test_wilson_has_its_closed_form(row: dict[str, str]) -> None:
    found = wilson(int(row["x"]), int(row["n"]))
    assert close(found.low, row["lower"])
    assert close(found.high, row["upper"])


@pytest.mark.parametrize("row", INTERVALS["clopper_pearson_zero_errors"], ids=lambda r: f"0 of {r['n']}")
def test_no_errors_give_an_upper_limit(row: dict[str, str]) -> None:
    n = int(row["n"])
    assert clopper_pearson(0, n).low == 0
    assert close(clopper_pearson(0, n).high, row["upper"])
    assert close(one_sided_upper(0, n), row["one_sided_95"])


def test_nothing_but_errors_give_a_lower_limit() -> None:
    found = clopper_pearson(50, 50)
    assert found.high == 1
    assert found.low == pytest.approx(1 - clopper_pearson(0, 50).high, rel=1e-12)
    assert one_sided_upper(50, 50) == 1


def test_effective_numbers_may_be_fractional() -> None:
    found, below, above = (clopper_pearson(x, 1234.5) for x in (7.25, 7, 8))
    assert below.high < found.high < above.high
    assert below.low < found.low < above.low


def test_the_interval_names_its_method_level_and_unit() -> None:
    found = clopper_pearson(1, 10, 0.9, unit="sample")
    assert (found.method, found.level, found.unit) == ("clopper-pearson", 0.9, "sample")
    assert wilson(1, 10).method == "wilson"


@pytest.mark.parametrize(
    ("errors", "trials", "level"),
    [
        (-1, 10, 0.95),
        (11, 10, 0.95),
        (0, 0, 0.95),
        (1, 10, 1.0),
        (1, 10, 0.0),
        (math.nan, 10, 0.95),
        (1, math.inf, 0.95),
    ],
)
def test_counts_and_levels_that_are_none_are_a_bug(errors: float, trials: float, level: float) -> None:
    for method in (clopper_pearson, wilson, one_sided_upper):
        with pytest.raises(ValueError):
            method(errors, trials, level)


@given(COUNTS, LEVEL)
def test_limits_hold_the_point_and_stay_rates(counts: tuple[int, int], level: float) -> None:  # I1
    for method in (clopper_pearson, wilson):
        found = method(*counts, level)
        assert 0 <= found.low <= counts[0] / counts[1] <= found.high <= 1
        assert found.low < found.high


@given(COUNTS)
def test_more_confidence_is_wider(counts: tuple[int, int]) -> None:  # I2
    for method in (clopper_pearson, wilson):
        narrow, wide = method(*counts, 0.9), method(*counts, 0.99)
        assert wide.low <= narrow.low <= narrow.high <= wide.high


@given(st.integers(1, 10**4).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_mirrored_errors_mirror_the_limits(counts: tuple[int, int]) -> None:  # I8
    errors, trials = counts
    for method in (clopper_pearson, wilson):
        found, mirror = method(errors, trials), method(trials - errors, trials)
        assert found.low == pytest.approx(1 - mirror.high, abs=1e-12)


@given(st.integers(2, 10**5).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_one_more_error_lowers_no_limit(counts: tuple[int, int]) -> None:  # I9
    errors, trials = counts
    before, after = clopper_pearson(errors, trials), clopper_pearson(errors + 1, trials)
    assert before.low <= after.low
    assert before.high <= after.high


@given(COUNTS)
def test_a_one_sided_limit_is_below_the_two_sided_one(counts: tuple[int, int]) -> None:
    assert one_sided_upper(*counts) <= clopper_pearson(*counts).high


@pytest.mark.parametrize(("errors", "trials"), [(1, 10), (3, 1000), (999, 1000), (7, 7)])
def test_the_one_sided_limit_leaves_all_of_the_risk_on_one_side(errors: int, trials: int) -> None:
    limit = one_sided_upper(errors, trials)
    assert limit == pytest.approx(clopper_pearson(errors, trials, 0.9).high, rel=1e-12)
    assert sum(
        math.comb(trials, k) * limit**k * (1 - limit) ** (trials - k) for k in range(errors + 1)
    ) == pytest.approx(1.0 if errors == trials else 0.05, rel=1e-9)
