"""What smaller galleries would have found: nested, keyed by name, and the same as a search of them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from fr_bench.comparison import plan as plans
from fr_bench.comparison.engine import score
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.metrics.gallery_sizes import NestedGalleries
from fr_bench.metrics.identification import ranks, returned
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.records import Scores, ScoreSet
from tests.comparison.making import data_set, faces, template_set

SUBJECTS = [f"s{k % 40:02d}" for k in range(120)]
REFERENCES, PROBES = list(range(30)) + list(range(40, 55)), list(range(60, 120))
VECTORS = faces(SUBJECTS, 8, alike=0.35)


def searched(enrolled: set[str] | None = None, **options) -> ScoreSet:
    """Subjects s00 to s29 are enrolled, s00 to s14 with two references; s30 to s39 are not."""
    references = [r for r in REFERENCES if enrolled is None or SUBJECTS[r] in enrolled]
    plan = plans.build(data_set(SUBJECTS, roles=(references, PROBES)), "search", references="sample")
    return score(plan, template_set(VECTORS, failed=[61, 2]), SUBJECTS, **options)


def nested(scores: ScoreSet, seed: int = 5) -> NestedGalleries:
    assert scores.searches is not None
    return NestedGalleries.of(scores, scores.searches, seed)


def members(galleries: NestedGalleries, scores: ScoreSet, size: int) -> set[str]:
    """Who stands in a gallery, as the nonmated searches meet them."""
    assert scores.references is not None
    names = sorted(set(scores.references.subjects))
    outside = ~galleries.searches.mated[galleries.probe]
    return {names[k] for k in galleries.identity[outside & (galleries.place < size)].tolist()}


def test_the_whole_gallery_gives_what_the_searches_found() -> None:
    scores = searched()
    galleries = nested(scores)
    assert galleries.sizes == (4, 8, 15, 30)
    assert scores.searches is not None
    assert galleries.found_first(30).tolist() == (ranks(scores.searches) == 1).tolist()
    for threshold in (0.2, 0.5, 0.7):
        assert galleries.returned(30, threshold).tolist() == returned(scores.searches, threshold).tolist()


def test_small_galleries_lie_within_large_ones() -> None:
    scores = searched()
    galleries = nested(scores)
    parts = [members(galleries, scores, size) for size in galleries.sizes]
    assert [len(part) for part in parts] == list(galleries.sizes)
    assert all(small < large for small, large in itertools.pairwise(parts))


@pytest.mark.parametrize("size", [4, 8, 15])
def test_a_smaller_gallery_returns_what_a_search_of_it_returns(size: int) -> None:
    scores = searched()
    galleries = nested(scores)
    enrolled = members(galleries, scores, size)
    again = searched(enrolled).searches
    assert again is not None
    assert scores.searches is not None
    outside = ~scores.searches.mated
    for threshold in (0.2, 0.5):
        found = galleries.returned(size, threshold)
        assert found.tolist() == returned(replace(again, mated=~outside), threshold).tolist()


def test_found_first_is_counted_among_the_mate_and_the_first_others() -> None:
    scores = searched()
    galleries = nested(scores)
    searches, probes, references = scores.searches, scores.probes, scores.references
    assert searches is not None
    assert probes is not None
    assert references is not None
    order = sorted(members(galleries, scores, 30), key=lambda name: len(
        [size for size in range(1, 31) if name not in members(galleries, scores, size)]
    ))  # fmt: skip
    best = {
        (p, references.subjects[r]): v
        for v, p, r in sorted(
            zip(scores.nonmated.values.tolist(), scores.nonmated.probe.tolist(), scores.nonmated.reference.tolist(),
                strict=True)
        )
    }  # fmt: skip
    for size in galleries.sizes:
        wanted = []
        for row in np.flatnonzero(searches.mated).tolist():
            others = [name for name in order if name != probes.subjects[row]][: size - 1]
            wanted.append(searches.rank[row] > 0 and all(best[row, n] < searches.mate[row] for n in others))
        assert galleries.found_first(size).tolist() == wanted


def test_a_larger_gallery_never_finds_more_and_never_returns_less() -> None:
    galleries = nested(searched())
    for small, large in zip(galleries.sizes, galleries.sizes[1:], strict=False):
        assert not (galleries.found_first(large) & ~galleries.found_first(small)).any()
        assert not (galleries.returned(small, 0.4) & ~galleries.returned(large, 0.4)).any()


def test_the_order_is_keyed_by_seed_and_name_and_by_nobody_else() -> None:
    scores = searched()
    first, other = (members(nested(scores, seed), scores, 15) for seed in (1, 2))
    assert first != other
    without = members(nested(searched(first), seed=1), searched(first), 8)
    assert without == members(nested(scores, seed=1), scores, 8)


def test_without_a_mated_comparison_everybody_met_is_enrolled() -> None:
    scores = searched()
    alone = replace(scores, mated=Scores(values=scores.mated.values[:0]), mated_planned=0, mated_failed=0)
    found, expected = nested(alone), nested(scores)
    assert found.place.tolist() == expected.place.tolist()


def test_no_search_finds_and_returns_nobody() -> None:
    whole = nested(searched())
    columns = ("probe", "mated", "mate", "rank", "optimistic", "nonmate", "who", "failed")
    nobody = replace(whole.searches, **{name: getattr(whole.searches, name)[:0] for name in columns})
    none = replace(
        whole, searches=nobody, probe=whole.probe[:0], identity=whole.identity[:0], place=whole.place[:0],
        values=whole.values[:0],
    )  # fmt: skip
    assert none.sizes == whole.sizes
    assert [len(none.better(4)), len(none.found_first(4)), len(none.returned(4, 0.2))] == [0, 0, 0]


def test_scores_that_were_not_kept_allow_no_other_gallery() -> None:
    scores = searched(keep=KeepPolicy(everything_up_to=0, largest_fmr=0.01, times=1))
    with pytest.raises(NotMeasurable, match="need every score") as missing:
        nested(scores)
    assert missing.value.code == "below_floor"


@pytest.mark.parametrize(("whole", "sizes"), [(1, (1,)), (2, (2,)), (3, (2, 3)), (4, (2, 4)), (17, (3, 5, 9, 17))])
def test_galleries_are_an_eighth_a_quarter_a_half_and_all_and_none_of_one(whole: int, sizes: tuple[int, ...]) -> None:
    galleries = nested(searched())
    assert replace(galleries, searches=replace(galleries.searches, gallery=whole)).sizes == sizes


def test_nobody_is_better_than_a_mate_that_was_not_met_and_it_is_not_found() -> None:
    galleries = nested(searched())
    ranks_found = np.where(np.arange(len(galleries.searches.rank)) % 2, galleries.searches.rank, 0)
    unmet = replace(galleries.searches, rank=ranks_found, mate=np.where(ranks_found > 0, 0.5, -np.inf))
    lost = unmet.rank[unmet.mated] == 0
    found = replace(galleries, searches=unmet)
    assert lost.any()
    assert found.better(30)[~lost].any()
    assert not found.better(30)[lost].any()
    assert not found.found_first(30)[lost].any()
