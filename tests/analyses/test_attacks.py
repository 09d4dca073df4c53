"""The analysis of presentation attacks: every species at every threshold, nothing pooled."""

from __future__ import annotations

import numpy as np
import pytest

from fr_bench.analyses import Given
from fr_bench.analyses.attacks import analyse
from fr_bench.findings import Analysis
from fr_bench.measuring import measure
from fr_bench.pipeline import evaluate
from fr_bench.records import Presentations, Scores, ScoreSet

EMPTY = Scores(values=np.zeros(0))
NO_SCORES = ScoreSet(mated=EMPTY, nonmated=EMPTY, mated_planned=0, nonmated_planned=0)


def presentations(*, recognition: bool = True) -> Presentations:
    rng = np.random.default_rng(5)
    kinds = [("", 60, 0.8), ("print", 40, 0.3), ("mask", 20, 0.45)]
    species = tuple(name for name, count, _ in kinds for _ in range(count))
    instrument = tuple(f"{name or 's'}{k // 2}" for name, count, _ in kinds for k in range(count))
    score = np.concatenate([rng.normal(middle, 0.12, count) for _, count, middle in kinds])
    score[[3, 65]] = np.nan
    return Presentations(
        score=score, species=species, instrument=instrument, recognition=score * 0.7 if recognition else None
    )


def analysed(*measures: str, found: Presentations | None = None) -> Analysis:
    made = found or presentations()
    given = Given(
        scores=NO_SCORES, measures=measures, measurements=measure(NO_SCORES, measures, presentations=made),
        presentations=made,
    )  # fmt: skip
    (analysis,) = analyse(given)
    return analysis


def test_every_species_stands_at_every_threshold_beside_the_worst_and_the_bona_fide() -> None:
    found = analysed("APCER@threshold=0.6", "BPCER10")
    at = [one.measure for one in found.measurements if one.threshold == 0.6]
    assert at == [
        "APCER@threshold=0.6,species=mask", "APCER@threshold=0.6,species=print", "APCER@threshold=0.6",
        "BPCER@threshold=0.6",
    ]  # fmt: skip
    assert [point["name"] for point in found.facts["points"]] == ["APCER@threshold=0.6", "BPCER10"]


def test_without_a_threshold_asked_for_the_usual_targets_give_them() -> None:
    assert [point["name"] for point in analysed("APNRR").facts["points"]] == ["BPCER10", "BPCER20"]


def test_the_full_system_is_shown_where_it_was_asked_for() -> None:
    found = analysed("RIAPAR@threshold=0.4,detection=0.6")
    names = [one.measure for one in found.measurements if "detection" in one.measure]
    assert names == [
        "IAPAR@threshold=0.4,detection=0.6,species=mask", "IAPAR@threshold=0.4,detection=0.6,species=print",
        "IAPAR@threshold=0.4,detection=0.6", "RIAPAR@threshold=0.4,detection=0.6",
    ]  # fmt: skip


def test_the_table_of_presentations_counts_instruments_and_silence() -> None:
    (table,) = analysed("BPCER10").tables
    assert table.rows == (("", 30, 60, 1), ("mask", 10, 20, 0), ("print", 20, 40, 1))


def test_points_of_the_trade_off_have_intervals_and_lie_on_it() -> None:
    lines = {series.name: series for series in analysed("BPCER10").series}
    corners, points = lines["trade_off"], lines["trade_off_points"]
    for x, y, low, high in zip(points.x, points.y, points.low, points.high, strict=True):
        assert y is not None
        assert low is not None
        assert high is not None
        assert low <= y <= high
        assert y == min(b for a, b in zip(corners.x, corners.y, strict=True) if b is not None and a <= x)


def test_scores_of_each_kind_are_counted_in_the_same_bins() -> None:
    kinds = [series for series in analysed("BPCER10").series if series.name.startswith("scores:")]
    assert [kind.name for kind in kinds] == ["scores:", "scores:mask", "scores:print"]
    assert len({kind.x for kind in kinds}) == 1
    assert [sum(count for count, _ in kind.counts) for kind in kinds] == [59, 20, 39]


def test_few_instruments_are_warned_of() -> None:
    assert [note.code for note in analysed("BPCER10").notes] == ["few_instruments"]


def test_without_detection_scores_only_recognition_is_shown() -> None:
    made = presentations()
    silent = Presentations(
        score=np.full(len(made), np.nan), species=made.species, instrument=made.instrument,
        recognition=made.recognition,
    )  # fmt: skip
    found = analysed("IAPAR@threshold=0.3", found=silent)
    assert {one.measure.partition("@")[0] for one in found.measurements} == {"IAPAR", "RIAPAR"}
    assert "no_detection" in [note.code for note in found.notes]
    assert all(one.value is not None for one in found.measurements)


def test_nothing_without_presentations() -> None:
    assert analyse(Given(scores=NO_SCORES)) == ()


def test_presentations_are_measured_alone_or_beside_scores() -> None:
    alone = evaluate(presentations=presentations())
    assert [one.measure for one in alone.measurements] == ["APNRR", "BPNRR", "BPCER10", "BPCER20", "BPCER100"]
    both = evaluate(mated=[0.9, 0.8], nonmated=[0.1, 0.2], presentations=presentations(), draws=20)
    assert both.measurement("BPCER20") == alone.measurement("BPCER20")
    assert both.measurement("AUC").value == 1.0
    assert [analysis.kind for analysis in alone.analyses] == ["attacks"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_presentations_changes_nothing(order: int) -> None:
    made = presentations()
    turned = Presentations(
        score=made.score[::order].copy(), species=made.species[::order], instrument=made.instrument[::order]
    )
    assert analysed("BPCER10", found=turned) == analysed("BPCER10", found=presentations(recognition=False))
