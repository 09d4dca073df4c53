"""A run with plan "search", from a manifest with roles to its folder: what is reported, kept, and shown again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fr_bench.comparison.plan import enrolled_probes
from fr_bench.findings import Result
from fr_bench.pipeline import load_result, run
from fr_bench.preparation import SEARCH_MEASURES, prepare
from fr_bench.progress import Silent
from fr_bench.runspec import resolve
from fr_bench.storage import scores as stored

ENROLLED, STRANGERS = 12, 8


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    folder = tmp_path_factory.mktemp("search")
    rng = np.random.default_rng(8)
    lines = ["path,subject,role"]
    for person in range(ENROLLED + STRANGERS):
        face = rng.integers(0, 256, (32, 32))
        for image in range(3):
            pixels = np.clip(face + rng.normal(0, 260, face.shape), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{person}-{image}.png")
            role = "reference" if image == 0 and person < ENROLLED else "probe"
            lines.append(f"{person}-{image}.png,p{person:02d},{role}")
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = {
        "dataset": {"format": "manifest", "path": str(folder / "people.csv")},
        "recognizer": {"use": "baseline"},
        "comparison": {"plan": "search"},
        "run": {"cache": False},
        "intervals": {"draws": 50},
    }
    return run(config, out=folder / "run"), folder / "run"


def test_searches_are_measured_where_nobody_says_what(searched: tuple[Result, Path]) -> None:
    result, _ = searched
    asked = {m.measure: m for m in result.measurements}
    assert set(SEARCH_MEASURES) <= set(asked)
    first = asked["TPIR@rank=1"]
    assert first.counts is not None
    assert first.counts.trials == ENROLLED * 2
    assert "fixed_gallery" in first.labels
    assert first.interval is not None
    assert first.interval.unit == "probe subject"


def test_a_target_that_the_searches_cannot_hold_says_how_many_it_needs(searched: tuple[Result, Path]) -> None:
    result, _ = searched
    held = result.measurement("FNIR@FPIR=1e-2,rank=1")
    assert held.value is None
    assert str(held.reason).endswith(f"among {STRANGERS * 3} nonmated searches; it needs 100 of them")


def test_the_folder_holds_a_row_for_every_search(searched: tuple[Result, Path]) -> None:
    _, folder = searched
    searches = stored.read(folder / "scores").searches
    assert searches is not None
    assert (len(searches), searches.gallery) == (ENROLLED * 2 + STRANGERS * 3, ENROLLED)
    assert int(searches.mated.sum()) == ENROLLED * 2


def test_the_result_reads_back_with_its_searches(searched: tuple[Result, Path]) -> None:
    result, folder = searched
    assert load_result(folder).analyses == result.analyses
    kinds = [analysis["kind"] for analysis in json.loads((folder / "result.json").read_text("utf-8"))["analyses"]]
    assert "identification" in kinds
    assert 'id="identification"' in (folder / "report.html").read_text("utf-8")


@pytest.mark.parametrize(("plan", "kind"), [("search", "search"), ("gallery", "gallery"), ("auto", "all")])
def test_generated_faces_are_enrolled_where_the_plan_asks_for_roles(plan: str, kind: str) -> None:
    config = {
        "dataset": {"subjects": 8, "images": 3, "size": 16},
        "comparison": {"plan": plan},
    }
    prepared = prepare(resolve(config), Silent())
    assert prepared.plan.kind == kind
    if plan != "auto":
        assert (len(prepared.plan.references), len(prepared.plan.probes)) == (6, 18)
        assert int(enrolled_probes(prepared.plan).sum()) == 12
