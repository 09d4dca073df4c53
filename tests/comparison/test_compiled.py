"""Compiled loops give the bytes that numpy gives. Skipped where numba (extra `fast`) is not installed."""

from __future__ import annotations

import sys

import pytest

from fr_bench.comparison import compiled
from fr_bench.comparison import plan as plans
from fr_bench.comparison.engine import score
from fr_bench.comparison.keep import KeepPolicy
from tests.comparison.making import content, data_set, faces, some_subjects, template_set
from tests.comparison.test_engine import KINDS, adversarial

TAIL = KeepPolicy(everything_up_to=0, largest_fmr=0.01)
CAPPED = KeepPolicy(everything_up_to=0, cap=400)
"""Has a floor where a tail that keeps its promise would hold every score."""
COMPARISONS = pytest.mark.parametrize("comparison", ["cosine", "euclidean"])


def both_ways(
    monkeypatch: pytest.MonkeyPatch, plan, templates, subjects, screening: str, keep: KeepPolicy = TAIL
) -> list[list]:
    """What numpy finds, and what compiled loops find."""
    found = []
    for using in (False, True):
        monkeypatch.setattr(compiled, "wanted", lambda _, using=using: using)
        found.append(content(score(plan, templates, subjects, keep=keep, screening=screening)))
    return found


@COMPARISONS
@pytest.mark.parametrize("screening", ["float", "integer"])
@pytest.mark.parametrize("kind", ["all", "gallery", "search"])
def test_compiled_loops_change_no_bit(monkeypatch: pytest.MonkeyPatch, kind, screening: str, comparison: str) -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    subjects = some_subjects(300, 90)
    roles = None if kind == "all" else (range(200), range(150, 300))
    plan = plans.build(data_set(subjects, roles=roles), kind, references="sample")
    templates = template_set(faces(subjects, 48), comparison=comparison, failed=[3, 170])
    numpy, numba = both_ways(monkeypatch, plan, templates, subjects, screening)
    assert numpy == numba


@COMPARISONS
@pytest.mark.parametrize("kind", KINDS)
def test_compiled_loops_change_no_bit_where_rounding_is_hard(
    monkeypatch: pytest.MonkeyPatch, kind: str, comparison: str
) -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    subjects = some_subjects(60, 12)
    plan = plans.build(data_set(subjects), "all")
    numpy, numba = both_ways(
        monkeypatch, plan, template_set(adversarial(kind), comparison=comparison), subjects, "float", CAPPED
    )
    assert numpy == numba


def test_without_numba_numpy_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    compiled.loop.cache_clear()
    try:
        assert not compiled.wanted(10**12)
    finally:
        compiled.loop.cache_clear()


def test_small_runs_do_not_load_a_compiler() -> None:
    compiled.loop.cache_clear()
    assert not compiled.wanted(1000)
