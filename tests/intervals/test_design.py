"""Designs know by formula what a list of all their comparisons says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.intervals.design import AllPairs, Crossed, Design, Listed, unordered
from tests.intervals import oracle

COUNTS = st.lists(st.integers(0, 3), min_size=2, max_size=6)


@st.composite
def designs(draw: st.DrawFn) -> tuple[Design, list[tuple[int, int]]]:
    """A design, and the list of its comparisons."""
    samples = draw(COUNTS)
    kind = draw(st.sampled_from(["all", "crossed", "listed"]))
    if kind == "all":
        return AllPairs(samples), oracle.all_pairs(samples)
    probes = draw(st.lists(st.integers(0, 3), min_size=len(samples), max_size=len(samples)))
    made = oracle.crossed(samples, probes)
    if kind == "crossed":
        return Crossed(samples, probes), made
    if made:
        made = draw(st.lists(st.sampled_from(made), max_size=20))
    return Listed.of([a for a, _ in made], [b for _, b in made], subjects=len(samples)), made


def by_pair(made: list[tuple[int, int]]) -> Counter[tuple[int, int]]:
    return Counter((min(pair), max(pair)) for pair in made)


@given(designs())
def test_a_design_counts_its_comparisons(case: tuple[Design, list[tuple[int, int]]]) -> None:
    design, made = case
    involved = Counter(subject for pair in made for subject in pair)
    assert design.total == len(made)
    assert design.by_subject().tolist() == [involved[i] for i in range(design.subjects)]
    assert design.sum_of_squares() == sum(count**2 for count in by_pair(made).values())


@given(designs())
def test_a_design_knows_each_pair_in_either_order(case: tuple[Design, list[tuple[int, int]]]) -> None:
    design, made = case
    pairs = [(i, j) for i in range(design.subjects) for j in range(design.subjects) if i != j]
    first, second = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    expected = [by_pair(made)[min(pair), max(pair)] for pair in pairs]
    assert design.between(first, second).tolist() == expected


@given(designs(), st.data())
def test_weights_multiply_by_pair(case: tuple[Design, list[tuple[int, int]]], data: st.DataObject) -> None:
    design, made = case
    weights = data.draw(st.lists(st.integers(0, 3), min_size=design.subjects, max_size=design.subjects))
    found = design.weighted(np.array(weights, dtype=float)[:, None])
    assert found.tolist() == [sum(weights[a] * weights[b] for a, b in made)]


@given(designs())
def test_weights_of_one_give_the_total(case: tuple[Design, list[tuple[int, int]]]) -> None:
    design, made = case
    assert design.weighted(np.ones((design.subjects, 2))).tolist() == [len(made)] * 2


LARGE: list[Callable[[np.random.Generator], Design]] = [
    lambda rng: AllPairs(rng.integers(0, 9, 500)),
    lambda rng: Crossed(rng.integers(0, 9, 500), rng.integers(0, 9, 500)),
    lambda rng: Listed.of(rng.integers(0, 250, 99_000), rng.integers(250, 500, 99_000), subjects=500),
]


@pytest.mark.parametrize("make", LARGE, ids=["all pairs", "crossed", "listed"])
def test_a_draw_weighs_the_same_whichever_draws_are_given_with_it(make: Callable[..., Design]) -> None:
    rng = np.random.default_rng(5)
    design, weights = make(rng), rng.exponential(size=(500, 7))
    together = design.weighted(weights)
    assert together.tolist() == [design.weighted(weights[:, k : k + 1])[0] for k in range(7)]
    assert together[:3].tolist() == design.weighted(weights[:, :3]).tolist()
    assert together.tolist() == design.weighted(np.asfortranarray(weights)).tolist()


def test_very_many_samples_do_not_overflow() -> None:
    assert AllPairs([2 * 10**5] * 4).sum_of_squares() == 6 * 16 * 10**20
    assert Crossed([2 * 10**5] * 4, [10**5] * 4).sum_of_squares() == 6 * 16 * 10**20


def test_a_design_cannot_be_changed() -> None:
    samples = np.array([1, 2, 3])
    design = AllPairs(samples)
    samples[0] = 9
    assert design.total == 11
    with pytest.raises(ValueError, match="read-only"):
        design.samples[0] = 9


def test_an_empty_list_is_a_design_without_comparisons() -> None:
    design = Listed.of([], [], subjects=3)
    assert design.total == 0
    assert design.by_subject().tolist() == [0, 0, 0]
    assert design.between(np.array([0]), np.array([1])).tolist() == [0]
    assert design.weighted(np.ones((3, 2))).tolist() == [0, 0]


def test_pairs_are_put_in_order() -> None:
    lower, upper = unordered([3, 0], [1, 2])
    assert (lower.tolist(), upper.tolist()) == ([1, 0], [3, 2])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: AllPairs([1, -1]), "samples of a subject: -1"),
        (lambda: AllPairs([1.5, 2.0]), "no row of whole numbers"),
        (lambda: AllPairs([[1, 2]]), "no row of whole numbers"),
        (lambda: Crossed([1, 2], [1]), "references of 2 subjects and probes of 1"),
        (lambda: Listed.of([0, 1, 0], [1, 1, 1], subjects=2), "1 nonmated comparisons of a subject with itself"),
        (lambda: Listed.of([0], [2], subjects=2), "subject 2 of 2 subjects"),
        (lambda: Listed.of([0, 1], [1], subjects=2), "2 first and 1 second"),
        (lambda: AllPairs([1, 1]).weighted(np.ones((3, 2))), r"weights \(3, 2\) for 2 subjects"),
        (lambda: AllPairs([1, 1]).weighted(np.ones(2)), r"weights \(2,\) for 2 subjects"),
    ],
)
def test_what_is_no_design_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
