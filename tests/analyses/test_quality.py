"""The analysis of quality: its curves, their intervals against slow draws, and what it says where it cannot answer."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fr_bench import measuring
from fr_bench.analyses.given import Given
from fr_bench.analyses.quality import CURVE, analyse, measured
from fr_bench.errors import DataError, UsageError
from fr_bench.findings import Analysis, Series
from fr_bench.intervals.weights import weights
from fr_bench.metrics.quality import ideal_area, spearman
from fr_bench.precision import Method
from fr_bench.records import Party, Scores, ScoreSet
from tests.metrics.group_making import Comparison, Run, Sample

SUBJECTS, EACH = 40, 4
SAMPLES = [Sample(f"s{k:02d}/{j}", f"s{k:02d}", "") for k in range(SUBJECTS) for j in range(EACH)]
METHOD = Method(draws=200)


def made(seed: int = 2) -> tuple[Run, dict[str, str]]:
    """All pairs of samples whose quality takes away from the mated score, some of them blurred."""
    rng = np.random.default_rng(seed)
    blur = {one.id: float(b) for one, b in zip(SAMPLES, rng.random(len(SAMPLES)), strict=True)}
    comparisons = []
    for later, probe in enumerate(SAMPLES):
        for reference in SAMPLES[:later]:
            mated = probe.subject == reference.subject
            score = rng.normal(3.0 - 2.5 * max(blur[probe.id], blur[reference.id]) if mated else 0.0)
            comparisons.append(Comparison(probe, reference, float(score)))
    return Run(SAMPLES, SAMPLES, comparisons, unordered=True), {name: f"{1 - b:.4f}" for name, b in blur.items()}


RUN, SHARPNESS = made()
MEASURES = ("FNMR@FMR=1e-2", "FNMR@threshold=1.5")


def given(scores: ScoreSet, texts: dict[str, str] = SHARPNESS, **more) -> Given:
    found = measuring.measure(scores, MEASURES, draws=20)
    more = {"quality": ("sharpness",), "method": METHOD, **more}
    return Given(scores=scores, measurements=found, attributes={"sharpness": texts}, **more)


@pytest.fixture(scope="module")
def whole() -> Analysis:
    (found,) = analyse(given(RUN.scores(dtype=np.float64)))
    return found


def line(found: Analysis, name: str) -> Series:
    (series,) = [series for series in found.series if series.name == name]
    return series


def value(found: Analysis, text: str) -> float:
    (one,) = [one for one in found.measurements if one.measure == text]
    assert one.value is not None
    return one.value


def test_curves_start_at_the_rates_that_were_measured_and_at_ten_percent(whole: Analysis) -> None:
    fnmr = measuring.measure(RUN.scores(dtype=np.float64), ["FNMR@threshold=1.5"])[0]
    curve = line(whole, "FNMR:threshold=1.5")
    assert fnmr.interval is not None
    assert (curve.y[0], curve.low[0], curve.high[0]) == (fnmr.value, fnmr.interval.low, fnmr.interval.high)
    assert line(whole, "FNMR:FNMR=0.1").y[0] == 24 / 240
    assert {series.name for series in whole.series} == {
        "FNMR:FNMR=0.1", "FNMR:FMR=1e-2", "FMR:FMR=1e-2", "FNMR:threshold=1.5", "FMR:threshold=1.5"
    }  # fmt: skip


def test_a_quality_that_works_lowers_the_fnmr(whole: Analysis) -> None:
    curve = line(whole, "FNMR:FNMR=0.1")
    assert curve.x == tuple(float(d) for d in CURVE)
    assert curve.y[5] is not None
    assert curve.y[5] < 0.09
    assert value(whole, "FNMR-after-discard@FNMR=0.1,quality=sharpness,discard=0.1") == curve.y[5]
    assert value(whole, "quality-correlation@quality=sharpness") > 0.3


def test_every_point_lies_in_its_interval(whole: Analysis) -> None:
    for series in whole.series:
        for low, y, high in zip(series.low, series.y, series.high, strict=True):
            assert low is None or low <= y <= high  # type: ignore[operator]


def test_every_measurement_has_its_interval_with_subjects_as_the_unit(whole: Analysis) -> None:
    for one in whole.measurements:
        if one.measure.startswith("FMR-EDC"):
            assert one.no_interval
        else:
            assert one.interval is not None
            assert one.interval.low <= (one.value or 0.0) <= one.interval.high
            assert "subjects_as_unit" in one.labels


def repeated(scores: ScoreSet, weight: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Quality and score of each mated comparison, as often as its subject weighs."""
    assert scores.probes is not None
    assert scores.references is not None
    rows = [
        (min(float(SHARPNESS[scores.probes.ids[p]]), float(SHARPNESS[scores.references.ids[r]])), float(s))
        for p, r, s in zip(scores.mated.probe, scores.mated.reference, scores.mated.values, strict=True)
        for _ in range(int(weight[scores.probes.subjects[p]]))
    ]
    return np.array([q for q, _ in rows]), np.array([s for _, s in rows])


def test_intervals_from_draws_are_those_of_repeated_rows(whole: Analysis) -> None:
    scores = RUN.scores(dtype=np.float64)
    names = sorted({one.subject for one in SAMPLES})
    drawn = weights("double", names, METHOD.draws, METHOD.seed)
    threshold = next(one.threshold for one in whole.measurements if "EDC-pAUC@FNMR" in one.measure)
    assert isinstance(threshold, float)
    areas, correlations = [], []
    for draw in range(METHOD.draws):
        quality, score = repeated(scores, dict(zip(names, drawn[:, draw].tolist(), strict=True)))
        correlations.append(math.atanh(spearman(quality, score)))
        areas.append(math.sqrt(max(0.0, _area(quality, score < threshold))))
    for text, draws, scale in (
        ("FNMR-EDC-pAUC@FNMR=0.1,quality=sharpness,to=0.2", areas, math.sqrt),
        ("quality-correlation@quality=sharpness", correlations, math.atanh),
    ):
        (one,) = [one for one in whole.measurements if one.measure == text]
        assert one.interval is not None
        half = (scale(one.interval.high) - scale(one.value)) / 2.0227  # t with 39 degrees of freedom
        assert half == pytest.approx(np.std(draws, ddof=1), rel=0.03)


def _area(quality: np.ndarray, wrong: np.ndarray) -> float:
    from fr_bench.metrics.quality import ErrorsByQuality

    levels, place = np.unique(quality, return_inverse=True)
    errors = ErrorsByQuality(levels, np.bincount(place), np.bincount(place[wrong], minlength=len(levels)))
    before = Fraction(errors.all.errors, errors.all.trials)
    return errors.area(Fraction(1, 5)) - ideal_area(before, Fraction(1, 5))


def test_a_floor_changes_nothing_above_it(whole: Analysis) -> None:
    (cut,) = analyse(given(RUN.scores(1.0, dtype=np.float64)))
    assert cut.series == whole.series
    assert cut.measurements == whole.measurements


def test_the_order_of_comparisons_changes_nothing(whole: Analysis) -> None:
    turned = replace(RUN, comparisons=RUN.comparisons[::-1]).scores(dtype=np.float64)
    (found,) = analyse(given(turned))
    assert found == whole


def test_unknown_qualities_are_left_out_and_counted() -> None:
    texts = {**SHARPNESS, "s00/0": "", "s01/1": "-1"}
    (found,) = analyse(given(RUN.scores(dtype=np.float64), texts))
    assert (found.facts["samples_unknown"], found.facts["not_assessed"], found.facts["mated_unknown"]) == (2, 1, 6)
    assert "2 of 160 samples have no known quality 'sharpness', 1 of them -1" in found.notes[0].text


def test_scores_without_subjects_give_a_reason_in_place_of_intervals() -> None:
    scores = RUN.scores(crossing=False, dtype=np.float64)
    assert scores.probes is not None
    strangers = replace(scores, probes=Party(ids=scores.probes.ids, subjects=tuple(s.id for s in SAMPLES)))
    (found,) = analyse(given(strangers))
    assert all(one.interval is None and one.no_interval for one in found.measurements)
    assert all(low is None for series in found.series for low in series.low)


def test_scores_without_samples_say_that_quality_is_unknown() -> None:
    values = np.array([0.5, 0.7])
    scores = ScoreSet(mated=Scores(values=values), nonmated=Scores(values=values), mated_planned=2, nonmated_planned=2)
    (found,) = analyse(Given(scores=scores, attributes={"sharpness": {}}, quality=("sharpness",)))
    assert found.measurements == ()
    assert found.notes[0].level == "warning"


def test_a_column_that_nobody_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no attribute 'sharpnes'; did you mean 'sharpness'") as refused:
        analyse(given(RUN.scores(), quality=("sharpnes",)))
    assert refused.value.code == "unknown_attribute"


def test_a_column_of_words_is_refused() -> None:
    with pytest.raises(DataError, match="quality 'sharpness' of sample 's00/0': 'good' is not a number"):
        analyse(given(RUN.scores(), {**SHARPNESS, "s00/0": "good"}))


def test_nothing_is_made_where_nobody_asks() -> None:
    assert analyse(given(RUN.scores(), quality=())) == ()


def test_a_measure_below_the_floor_has_its_reason() -> None:
    found = measured(given(RUN.scores(1.0)), "FMR-after-discard@threshold=0.5,quality=sharpness,discard=0.1")
    assert found.value is None
    assert found.details["code"] == "below_floor"


def test_one_subject_gives_no_interval() -> None:
    lonely = [Sample(f"a/{k}", "a", "") for k in range(3)]
    pairs = [Comparison(lonely[k + 1], lonely[k], 0.1 * k) for k in range(2)]
    run = Run(lonely, lonely, pairs, unordered=True)
    texts = {one.id: str(k) for k, one in enumerate(lonely)}
    scores = run.scores(dtype=np.float64)
    found = measured(Given(scores=scores, attributes={"q": texts}), "FNMR-EDC-pAUC@threshold=0.05,quality=q,to=0.5")
    assert found.interval is None
    assert found.no_interval
