"""1:N search against a slow oracle: ranks, mates and the best of the others, whatever the blocks and threads."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.comparison import plan as plans
from fr_bench.comparison import search
from fr_bench.comparison.engine import score
from fr_bench.comparison.forecast import forecast
from fr_bench.comparison.keep import KeepPolicy
from fr_bench.errors import UsageError
from fr_bench.records import ComparisonPlan, Searches, TemplateSet
from fr_bench.storage.files import Checkpoint
from tests.comparison.making import content, data_set, faces, slow_score, some_subjects, template_set

TAIL = KeepPolicy(everything_up_to=0, largest_fmr=0.01, times=1)
SUBJECTS = some_subjects(110, 45)
REFERENCES = list(range(80))
PROBES = list(range(70, 110))


def search_plan(*, references: str = "auto", combine: Any = "mean", roles: Any = None) -> ComparisonPlan:
    data = data_set(SUBJECTS, roles=roles or (REFERENCES, PROBES))
    return plans.build(data, "search", references=references, combine=combine)  # type: ignore[arg-type]


def slow_search(plan: ComparisonPlan, templates: TemplateSet) -> list[dict[str, Any]]:
    """Every search by itself: each reference's score is the highest of its members' scores."""
    groups = np.split(plan.references.members, plan.references.offsets[1:-1])
    found = []
    for probe in plan.probes.tolist():
        best: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for number, group in enumerate(groups):
            scores = [
                slow_score(templates.vectors[m], templates.vectors[probe], templates.comparison)
                for m in group.tolist() if m not in templates.failures
            ]  # fmt: skip
            if scores and probe not in group and probe not in templates.failures:
                best[int(plan.subject[group[0]])].append((max(scores), -number))
        own = int(plan.subject[probe])
        mate = max(best[own])[0] if best[own] else -np.inf
        others = sorted((max(scores) for subject, scores in best.items() if subject != own and scores), reverse=True)
        found.append({
            "mate": mate,
            "rank": 1 + sum(s >= mate for s, _ in others) if mate > -np.inf else 0,
            "optimistic": 1 + sum(s > mate for s, _ in others) if mate > -np.inf else 0,
            "best": [(s, -number) for s, number in others],
        })  # fmt: skip
    return found


def agree(searches: Searches | None, slow: list[dict[str, Any]]) -> None:
    assert searches is not None
    assert searches.mate.tolist() == [row["mate"] for row in slow]
    assert searches.rank.tolist() == [row["rank"] for row in slow]
    assert searches.optimistic.tolist() == [row["optimistic"] for row in slow]
    width = searches.nonmate.shape[1]
    for row, scores, who in zip(slow, searches.nonmate.tolist(), searches.who.tolist(), strict=True):
        wanted = row["best"][:width] + [(-np.inf, -1)] * (width - len(row["best"]))
        assert list(zip(scores, who, strict=True)) == wanted


def vectors_of(kind: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    plain = faces(SUBJECTS, 12, alike=0.5)
    if kind == "tied":
        return rng.integers(-1, 2, (110, 3)) + np.array([0, 0, 2])
    if kind == "duplicates":
        return plain[rng.integers(0, 9, 110)]
    if kind == "near duplicates":
        return np.nextafter(plain[:1], np.float32(rng.integers(-1, 2, plain.shape) * 9))
    if kind == "all equal":
        return np.tile([[0.6, 0.8]], (110, 1))
    if kind == "one huge":
        plain[33] *= np.float32(1e20)
    return plain


@pytest.mark.parametrize("kind", ["plain", "tied", "duplicates", "near duplicates", "all equal", "one huge"])
@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
@pytest.mark.parametrize("references", ["sample", "subject"])
def test_searches_are_those_of_single_scores(kind: str, comparison: Any, references: str) -> None:
    plan = search_plan(references=references, combine="best")
    templates = template_set(vectors_of(kind), failed=[4, 40, 75, 100], comparison=comparison)
    agree(score(plan, templates, SUBJECTS).searches, slow_search(plan, templates))


@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
def test_a_large_gallery_is_pruned_by_a_sample_and_stays_exact(
    comparison: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SAMPLED", 4)
    subjects = [f"s{i % 400:03d}" for i in range(420)]
    plan = plans.build(data_set(subjects, roles=(range(400), range(380, 420))), "search", references="sample")
    templates = template_set(faces(subjects, 6, alike=0.4), comparison=comparison, failed=[17])
    slow = slow_search(plan, templates)
    assert max(row["rank"] for row in slow) > 50
    agree(score(plan, templates, subjects, band_rows=64).searches, slow)


@pytest.mark.parametrize(
    "options",
    [
        {"threads": 1}, {"threads": 3}, {"block_columns": 7}, {"band_rows": 1, "block_columns": 9, "threads": 2},
        {"band_rows": 1000}, {"band_rows": 11},
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["plain", "tied"])
@pytest.mark.parametrize("full_pass", [True, False])
def test_blocks_and_threads_change_no_search(kind: str, options: dict[str, int], full_pass: bool) -> None:
    plan = search_plan(references="sample")
    templates = template_set(vectors_of(kind), failed=[4, 100], comparison="euclidean")
    one, other = (score(plan, templates, SUBJECTS, keep=TAIL, full_pass=full_pass, **given) for given in ({}, options))
    assert one.searches is not None
    assert content(one) == content(other)


@pytest.mark.parametrize("screening", ["float", "integer"])
@pytest.mark.parametrize("comparison", ["cosine", "euclidean"])
@pytest.mark.parametrize("easy", [0.2, 1.0])
def test_a_screened_search_finds_what_an_unscreened_one_does(
    easy: float, comparison: Any, screening: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fr_bench.comparison import choosing, engine

    monkeypatch.setattr(search, "SAMPLED", 1000)
    monkeypatch.setattr(engine, "EASY", easy)
    screens = []
    choose = choosing.screen_of
    monkeypatch.setattr(engine, "screen_of", lambda *a, **k: screens.append(choose(*a, **k)) or screens[-1])
    subjects = some_subjects(500, 150)
    plan = plans.build(data_set(subjects, roles=(range(400), range(300, 500))), "search", references="sample")
    for kind in (faces(subjects, 24), faces(subjects, 24)[np.random.default_rng(1).integers(0, 60, 500)]):
        templates = template_set(kind, comparison=comparison, failed=[17, 480])
        plain, screened = (
            score(plan, templates, subjects, keep=TAIL, screening=way, **options)
            for way, options in (("none", {}), (screening, {"band_rows": 90, "block_columns": 37}))
        )
        assert content(screened) == content(plain)
    assert easy < 1 or any(screen is not None for screen in screens)


def test_a_resumed_search_finds_the_same(tmp_path: Path) -> None:
    plan, templates = search_plan(references="sample"), template_set(vectors_of("plain"))
    wanted = content(score(plan, templates, SUBJECTS))
    checkpoint = Checkpoint(tmp_path)
    assert content(score(plan, templates, SUBJECTS, band_rows=16, checkpoint=checkpoint)) == wanted
    files = sorted(tmp_path.iterdir())
    assert len(files) > 3
    for file in files[::2]:
        file.unlink()
    assert content(score(plan, templates, SUBJECTS, band_rows=16, checkpoint=checkpoint)) == wanted


def test_the_order_of_references_changes_no_rank_and_no_score() -> None:
    templates = template_set(vectors_of("plain"))
    one = score(search_plan(references="sample"), templates, SUBJECTS).searches
    turned = [109 - i for i in range(110)]
    plan = plans.build(
        data_set([SUBJECTS[i] for i in turned], roles=([109 - r for r in REFERENCES], [109 - p for p in PROBES])),
        "search", references="sample",
    )  # fmt: skip
    other = score(plan, template_set(vectors_of("plain")[turned]), [SUBJECTS[i] for i in turned]).searches
    assert one is not None
    assert other is not None
    assert one.rank.tolist() == other.rank.tolist()[::-1]
    assert one.nonmate.tolist() == other.nonmate.tolist()[::-1]


def test_a_search_plan_makes_the_comparisons_of_its_gallery() -> None:
    data = data_set(SUBJECTS, roles=(REFERENCES, PROBES))
    templates = template_set(vectors_of("plain"), failed=[4])
    for references in ("sample", "subject"):
        both = [
            score(plans.build(data, kind, references=references), templates, SUBJECTS)  # type: ignore[arg-type]
            for kind in ("gallery", "search")
        ]
        assert sorted(both[0].nonmated.values.tolist()) == sorted(both[1].nonmated.values.tolist())
        assert sorted(both[0].mated.values.tolist()) == sorted(both[1].mated.values.tolist())
        assert both[0].searches is None


def test_a_probe_that_is_the_only_reference_of_its_subject_is_not_enrolled() -> None:
    subjects = ["a", "a", "b", "c"]
    plan = plans.build(data_set(subjects, roles=([0, 2], [0, 1, 2, 3])), "search")
    searches = score(plan, template_set(faces(subjects)), subjects).searches
    assert searches is not None
    assert searches.mated.tolist() == [False, True, False, False]
    assert searches.gallery == 2


def test_failures_stay_searches() -> None:
    """Probe 2 gave no template; the mate of probe 3 gave none, so its search is mated and finds nobody of its own."""
    subjects = ["a", "b", "a", "b"]
    plan = plans.build(data_set(subjects, roles=([0, 1], [2, 3])), "search")
    searches = score(plan, template_set(faces(subjects), failed=[1, 2]), subjects).searches
    assert searches is not None
    assert searches.mated.tolist() == [True, True]
    assert searches.failed.tolist() == [True, False]
    assert searches.rank.tolist() == [0, 0]
    assert searches.mate.tolist() == [-np.inf, -np.inf]
    assert searches.who.tolist() == [[-1], [0]]
    assert searches.gallery == 1


def test_a_search_without_any_template_finds_nobody() -> None:
    plan = search_plan()
    searches = score(plan, template_set(vectors_of("plain"), failed=range(110)), SUBJECTS).searches
    assert searches is not None
    assert searches.failed.all()
    assert searches.gallery == 0


def test_a_search_needs_roles() -> None:
    with pytest.raises(UsageError, match="'search' need roles") as caught:
        plans.build(data_set(["a", "b"]), "search")
    assert caught.value.code == "plan_needs_roles"


def test_a_forecast_of_a_search_says_how_many_are_enrolled() -> None:
    plan = search_plan(references="subject")
    said = forecast(plan, 64)
    assert said["gallery"] == len({SUBJECTS[i] for i in REFERENCES})
    assert said["mated_searches"] + said["nonmated_searches"] == len(PROBES)
    assert "gallery" not in forecast(plans.build(data_set(SUBJECTS)), 64)


def test_candidates_that_pile_up_are_thinned_out_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "TOO_MANY", 0)
    plan = search_plan(references="sample", combine="best")
    templates = template_set(vectors_of("tied"), comparison="euclidean")
    agree(score(plan, templates, SUBJECTS, band_rows=1).searches, slow_search(plan, templates))
