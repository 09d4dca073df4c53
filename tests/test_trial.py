"""What a trial foretells: the time of comparisons, from two sizes that were timed."""

from __future__ import annotations

import math

import pytest

from fr_bench import trial
from fr_bench.comparison.keep import KeepPolicy


def pairs(count: int) -> int:
    return count * (count - 1) // 2


@pytest.mark.parametrize("count", [20_000, 100_000])
def test_time_by_template_and_by_comparison_is_found_from_two_sizes(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(trial, "_timed", lambda n, *_: 2e-5 * n + 8e-9 * pairs(n))
    foretold = trial.seconds_for(pairs(count), 512, KeepPolicy())
    assert foretold == pytest.approx(2e-5 * math.isqrt(2 * pairs(count)) + 8e-9 * pairs(count))


def test_a_small_run_is_foretold_from_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_timed", lambda n, *_: {3000: 1.0}[n])
    assert trial.seconds_for(pairs(3000), 512, KeepPolicy()) == pytest.approx(1.0)


def test_no_part_is_less_than_nothing_where_the_clock_wavered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_timed", lambda n, *_: {6000: 2.0, 12_000: 1.0}[n])
    assert trial.seconds_for(pairs(50_000), 512, KeepPolicy()) > 0


def test_the_engine_is_timed_on_templates_of_any_length() -> None:
    assert trial.seconds_for(1000, 1, KeepPolicy()) > 0
    assert trial.seconds_for(1000, 5000, KeepPolicy(largest_fmr=1e-5)) > 0
