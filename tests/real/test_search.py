"""ORL as a 1:N search, from images to figures: one reference a subject, ten subjects not enrolled."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from fr_bench.findings import Analysis, Result
from fr_bench.pipeline import run
from fr_bench.records import ScoreSet
from fr_bench.storage import scores as stored

pytestmark = pytest.mark.real

ENROLLED = 30
MEASURES = ["TPIR@rank=1", "TPIR@rank=5", "FNIR@FPIR=0.05,rank=1", "FPIR@threshold=0.35", "FNIR@threshold=0.35,rank=1",
            "selectivity@threshold=0.35"]  # fmt: skip


def manifest_with_roles(source: Path, place: Path) -> Path:
    """The manifest of ORL: the first image of s01 to s30 is enrolled, every other image of everybody is a probe."""
    with (source / "manifest.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        enrolled = int(row["subject"][1:]) <= ENROLLED
        row["role"] = "reference" if enrolled and row["path"].endswith("/01.png") else "probe"
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return place


@pytest.fixture(scope="module", params=["baseline", "mobilefacenet_b"])
def searched(
    request: pytest.FixtureRequest, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Result, ScoreSet]:
    folder = tmp_path_factory.mktemp("search")
    recognizer = {"use": "baseline"} if request.param == "baseline" else {
        "use": "onnx", "model": str(real_data / "models" / "mobilefacenet_b.onnx"), "normalise": "l2",
        "template": "arcface", "batch": 1,
        "input": {"size": [112, 112], "layout": "NCHW", "colour": "RGB", "mean": 127.5, "std": 127.5},
    }  # fmt: skip
    manifest = manifest_with_roles(real_data / "orl", folder / "manifest.csv")
    result = run(
        {
            "dataset": {"format": "manifest", "path": str(manifest), "images": str(real_data / "orl")},
            "recognizer": recognizer,
            "comparison": {"plan": "search"},
            "measures": {"report": MEASURES},
            "run": {"cache": False},
        },
        out=folder / "run",
    )
    return result, stored.read(folder / "run" / "scores")


def slow_searches(scores: ScoreSet) -> list[tuple[bool, float, list[float]]]:
    """Whether each search is mated, the mate's score, and the others', from single comparisons."""
    probes = scores.probes
    assert probes is not None
    mates: dict[int, float] = {}
    others: dict[int, list[float]] = {k: [] for k in range(len(probes.ids))}
    assert scores.mated.probe is not None
    assert scores.nonmated.probe is not None
    for value, probe in zip(scores.mated.values.tolist(), scores.mated.probe.tolist(), strict=True):
        mates[probe] = max(value, mates.get(probe, -np.inf))
    for value, probe in zip(scores.nonmated.values.tolist(), scores.nonmated.probe.tolist(), strict=True):
        others[probe].append(value)
    return [(k in mates, mates.get(k, -np.inf), others[k]) for k in range(len(probes.ids))]


def rate(result: Result, measure: str) -> Fraction:
    counts = result.measurement(measure).counts
    assert counts is not None
    return Fraction(counts.errors, counts.trials)


def test_counts_are_those_of_the_roles(searched: tuple[Result, ScoreSet]) -> None:
    result, scores = searched
    found = analysis(result)
    assert found.facts["gallery"] == ENROLLED
    assert (found.facts["mated_searches"], found.facts["nonmated_searches"]) == (9 * ENROLLED, 100)
    assert (len(scores.mated), len(scores.nonmated)) == (270, 270 * 29 + 100 * 30)


def analysis(result: Result) -> Analysis:
    (found,) = [one for one in result.analyses if one.kind == "identification"]
    return found


def test_every_figure_is_that_of_the_single_comparisons(searched: tuple[Result, ScoreSet]) -> None:
    result, scores = searched
    searches = slow_searches(scores)
    mated = [(mate, others) for is_mated, mate, others in searches if is_mated]
    strangers = [max(others) for is_mated, _, others in searches if not is_mated]
    ranks = [1 + sum(s >= mate for s in others) for mate, others in mated]
    for rank in (1, 5):
        assert rate(result, f"TPIR@rank={rank}") == Fraction(sum(r <= rank for r in ranks), len(ranks))
    assert rate(result, "FPIR@threshold=0.35") == Fraction(sum(s >= 0.35 for s in strangers), 100)
    missed = sum(r > 1 or mate < 0.35 for r, (mate, _) in zip(ranks, mated, strict=True))
    assert rate(result, "FNIR@threshold=0.35,rank=1") == Fraction(missed, 270)
    held = sorted(strangers)[-6]  # five of 100 strangers may be returned, this one may not
    lost = sum(r > 1 or mate <= held for r, (mate, _) in zip(ranks, mated, strict=True))
    assert rate(result, "FNIR@FPIR=0.05,rank=1") == Fraction(lost, 270)
    returned = sum(s >= 0.35 for is_mated, _, others in searches if not is_mated for s in others)
    assert result.measurement("selectivity@threshold=0.35").value == returned / 100


def test_the_curves_hold_together_with_the_measures(searched: tuple[Result, ScoreSet]) -> None:
    result, _ = searched
    lines = {series.name: series for series in analysis(result).series}
    assert lines["cmc"].y[0] == result.measurement("TPIR@rank=1").value
    assert lines["cmc"].y[4] == result.measurement("TPIR@rank=5").value
    assert list(lines["cmc"].y) == sorted(lines["cmc"].y)  # type: ignore[type-var]
    interval = result.measurement("TPIR@rank=1").interval
    assert interval is not None
    assert (lines["cmc"].low[0], lines["cmc"].high[0]) == (interval.low, interval.high)
    whole = [row for row in analysis(result).tables[0].rows if row[:2] == ("TPIR@rank=1", ENROLLED)]
    assert [row[4] for row in whole] == [result.measurement("TPIR@rank=1").value]


def test_a_network_finds_everybody_and_the_pixels_do_not(searched: tuple[Result, ScoreSet]) -> None:
    """The baseline recognizer looks at pixels; the network at faces."""
    result, _ = searched
    first = rate(result, "TPIR@rank=1")
    network = result.recognizer is not None and result.recognizer.name != "baseline"
    assert first >= Fraction(265, 270) if network else Fraction(1, 2) < first < Fraction(9, 10)
