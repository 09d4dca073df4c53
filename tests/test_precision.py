"""The interval of each kind of measure: which method, with whom as the unit, and what may not change it."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.findings import Measurement
from fr_bench.measuring import Measuring, measure
from fr_bench.precision import METHODS, Method
from fr_bench.records import Party, Rest, Scores, ScoreSet

OF_RATES = ["FMR@threshold=2", "FNMR@threshold=2"]
OF_CURVES = ["FNMR@FMR=0.01", "EER", "AUC", "d'", "minDCF@prior=0.1", "ROCCH-EER", "FMR@FNMR=0.1"]
PEOPLE, EACH = 30, 3


def comparisons(seed: int = 3, people: int = PEOPLE) -> ScoreSet:
    """All pairs of three samples a subject, with wolves and goats among the subjects."""
    rng = np.random.default_rng(seed)
    subjects = [f"s{k:02d}" for k in range(people) for _ in range(EACH)]
    party = Party(ids=tuple(f"{s}/{k}" for k, s in enumerate(subjects)), subjects=tuple(subjects))
    wolf, goat = rng.normal(0, 0.5, people), rng.normal(0, 0.8, people)
    rows: dict[bool, list[tuple[int, int, float]]] = {True: [], False: []}
    for i in range(len(subjects)):
        for j in range(i):
            a, b = i // EACH, j // EACH
            mated = a == b
            score = 3 + goat[a] if mated else wolf[a] + wolf[b]
            rows[mated].append((i, j, float(score + rng.normal(0, 0.7))))
    mated, nonmated = (scores_of(rows[kind]) for kind in (True, False))
    return ScoreSet(
        mated=mated,
        nonmated=nonmated,
        mated_planned=len(mated),
        nonmated_planned=len(nonmated),
        probes=party,
        references=party,
    )


def scores_of(rows: list[tuple[int, int, float]]) -> Scores:
    return Scores(
        values=np.array([row[2] for row in rows]),
        probe=np.array([row[0] for row in rows], np.int32),
        reference=np.array([row[1] for row in rows], np.int32),
    )


def chosen(scores: Scores, rows: Any) -> Scores:
    assert scores.probe is not None
    assert scores.reference is not None
    return Scores(values=scores.values[rows], probe=scores.probe[rows], reference=scores.reference[rows])


def with_rows(scores: ScoreSet, mated: Any, nonmated: Any, **more: Any) -> ScoreSet:
    parts = chosen(scores.mated, mated), chosen(scores.nonmated, nonmated)
    planned = {"mated_planned": len(parts[0]), "nonmated_planned": len(parts[1])}
    return replace(scores, mated=parts[0], nonmated=parts[1], **{**planned, **more})


SCORES = comparisons()


def intervals(found: tuple[Measurement, ...]) -> list[Any]:
    return [one.interval for one in found]


@pytest.mark.parametrize(
    ("text", "method"),
    [(text, "subject-exact") for text in OF_RATES]
    + [("FNMR@FMR=0.01", "boot-exact"), ("FMR100", "boot-exact"), ("EER", "logit-t"), ("AUC", "logit-t"),
       ("ROCCH-EER", "least-t"), ("minDCF@prior=0.1", "least-t"), ("minCllr", "least-t"),
       ("FMR@FNMR=0.1", "logit-t"), ("d'", "draws-t")],
)  # fmt: skip
def test_subjects_are_the_unit_by_default(text: str, method: str) -> None:
    (found,) = measure(SCORES, [text])
    assert found.value is not None
    assert found.interval is not None
    assert (found.interval.method, found.interval.unit) == (method, "subject")
    assert found.interval.low < found.value < found.interval.high
    assert "subjects_as_unit" in found.labels
    assert "assumes_independent_comparisons" not in found.labels


def test_wolves_make_comparisons_worth_less_than_their_number() -> None:
    (found,) = measure(SCORES, ["FMR@threshold=1.5"])
    assert found.counts is not None
    account = found.details["precision"]
    assert account["deff"] > 3
    assert account["effective"] < found.counts.trials / 3
    assert 1 < account["carry"] < PEOPLE
    assert account["units"] == PEOPLE


def test_the_cost_of_likelihood_ratios_has_an_interval_that_reaches_farther_up() -> None:
    (found,) = measure(SCORES, ["Cllr"], likelihoods=True)
    assert found.value is not None
    assert found.interval is not None
    assert (found.interval.method, found.interval.unit) == ("skewed-t", "subject")
    assert found.interval.high - found.value > found.value - found.interval.low > 0


def test_without_subjects_rates_say_what_they_assume_and_curves_have_no_interval() -> None:
    nameless = replace(SCORES, probes=None, references=None)
    for found in measure(nameless, [*OF_RATES, "FNMR@FMR=0.01"]):
        assert found.interval is not None
        assert "assumes_independent_comparisons" in found.labels
    for found in measure(nameless, ["EER", "AUC", "d'"]):
        assert found.interval is None
        assert "name no subjects" in str(found.no_interval)


def test_a_label_against_its_subjects_makes_the_subjects_useless() -> None:
    party = Party(ids=SCORES.references.ids, subjects=("s00",) * len(SCORES.references.ids))  # type: ignore[union-attr]
    (found,) = measure(replace(SCORES, references=party), ["FNMR@threshold=2"])
    assert "assumes_independent_comparisons" in found.labels


@pytest.mark.parametrize("name", METHODS)
def test_every_method_can_be_asked_by_name(name: str) -> None:
    for found in measure(SCORES, OF_RATES, method=name):
        assert found.interval is not None
        # Of clusters the conservative method knows nothing of its own.
        expected = "subject-exact" if (name, found.measure[:4]) == ("conservative", "FNMR") else name
        assert found.interval.method in (expected, "clopper-pearson")
        assert ("assumes_independent_comparisons" in found.labels) is (name == "independent")


def test_an_unknown_method_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="bayes"):
        Method(name="bayes")


def test_order_of_comparisons_moves_no_bit() -> None:
    rng = np.random.default_rng(1)
    shuffled = with_rows(SCORES, rng.permutation(len(SCORES.mated)), rng.permutation(len(SCORES.nonmated)))
    texts = [*OF_RATES, *OF_CURVES]
    assert intervals(measure(shuffled, texts)) == intervals(measure(SCORES, texts))


def test_another_seed_moves_draws_and_leaves_closed_forms() -> None:
    one, other = (measure(SCORES, ["FMR@threshold=2", "EER"], seed=seed) for seed in (1, 2))
    assert one[0].interval == other[0].interval
    assert one[1].interval != other[1].interval


def test_a_higher_level_contains_a_lower_one() -> None:
    for wide, narrow in zip(*(measure(SCORES, [*OF_RATES, *OF_CURVES], level=p) for p in (0.99, 0.9)), strict=True):
        assert wide.interval is not None
        assert narrow.interval is not None
        assert wide.interval.low <= narrow.interval.low < narrow.interval.high <= wide.interval.high


def test_comparisons_made_twice_prove_nothing_more_by_subject() -> None:
    twice = with_rows(SCORES, np.repeat(np.arange(len(SCORES.mated)), 2), np.repeat(np.arange(len(SCORES.nonmated)), 2))
    texts = ["FMR@threshold=1.5", "FNMR@threshold=3.2"]
    for once, again in zip(measure(SCORES, texts), measure(twice, texts), strict=True):
        assert once.counts is not None
        assert once.counts.errors >= 50
        assert once.interval is not None
        assert again.interval is not None
        assert again.interval.low == pytest.approx(once.interval.low, rel=1e-9)
        assert again.interval.high == pytest.approx(once.interval.high, rel=1e-9)


def with_floor(share: float) -> ScoreSet:
    values = SCORES.nonmated.values
    floor = float(np.sort(values)[-int(share * len(values))])
    kept = values >= floor
    rest = Rest(count=int((~kept).sum()), subjects=PEOPLE)
    return with_rows(SCORES, slice(None), np.flatnonzero(kept), floor=floor, rest=rest, nonmated_planned=len(values))


def all_met_all(scores: ScoreSet) -> ScoreSet:
    from fr_bench.records import Crossing

    counts = np.full(PEOPLE, EACH, np.int64)
    names = tuple(sorted({*scores.probes.subjects}))  # type: ignore[union-attr]
    return replace(scores, crossing=Crossing(subjects=names, references=counts, probes=counts.copy(), unordered=True))


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_a_floor_far_enough_below_changes_no_interval(share: float) -> None:
    texts = ["FMR@threshold=2", "FNMR@threshold=2", "FNMR@FMR=0.01", "EER"]
    assert intervals(measure(all_met_all(with_floor(share)), texts)) == intervals(measure(SCORES, texts))


def test_a_floor_that_draws_run_below_gives_a_reason_and_no_interval() -> None:
    (found,) = measure(all_met_all(with_floor(0.011)), ["FNMR@FMR=0.01"])
    assert found.value is not None
    assert found.interval is None
    assert "below the floor" in str(found.no_interval)


def test_who_met_whom_below_a_floor_must_be_known() -> None:
    (found,) = measure(with_floor(0.5), ["FMR@threshold=2"])
    assert found.interval is None
    assert "by subject" in str(found.no_interval)


def test_everybody_met_everybody_is_the_same_as_the_list_of_all_pairs() -> None:
    texts = [*OF_RATES, *OF_CURVES]
    assert intervals(measure(all_met_all(SCORES), texts)) == intervals(measure(SCORES, texts))


def test_no_error_is_a_bound_at_the_borrowed_effective_number() -> None:
    (found,) = measure(SCORES, ["FMR@threshold=99"])
    assert found.interval is not None
    assert found.counts is not None
    assert found.interval.low == 0
    assert found.interval.high > 3.69 / found.counts.trials
    assert {"no_errors", "borrowed_design_effect"} <= {*found.labels}
    assert found.details["one_sided_upper"] < found.interval.high


def test_few_subjects_are_labelled_and_one_subject_gives_no_draws() -> None:
    few = comparisons(people=5)
    assert all("too_few_subjects" in found.labels for found in measure(few, ["FMR@threshold=2", "EER"]))
    alone = with_rows(few, np.flatnonzero(few.mated.probe < EACH), slice(None))  # type: ignore[operator]
    (eer,) = measure(alone, ["EER"])
    assert (eer.interval, "too few subjects" in str(eer.no_interval)) == (None, True)


def test_a_threshold_held_by_false_matches_of_few_subjects_is_weak() -> None:
    (found,) = measure(SCORES, ["FNMR@FMR=0.01"])
    assert found.details["allowed"] >= 10
    assert found.details["at_precision"]["deff"] > found.details["allowed"] / 10
    assert "weak_target" in found.labels


def test_the_band_lies_around_the_curve_and_is_pointwise() -> None:
    (curve,) = Measuring.of(SCORES, []).curves()
    assert curve.band is not None
    assert curve.band.labels == ("pointwise",)
    assert len(curve.band.x) >= 6
    for y, low, high in zip(curve.band.y, curve.band.low, curve.band.high, strict=True):
        assert y is not None
        assert low is not None
        assert high is not None
        assert low <= y <= high


@pytest.mark.parametrize("lift", [0.0, 2.0, 20.0], ids=["many errors", "few errors", "no errors"])
def test_the_band_agrees_with_the_measure_at_the_same_target(lift: float) -> None:
    easier = replace(SCORES, mated=replace(SCORES.mated, values=SCORES.mated.values + lift))
    measuring = Measuring.of(easier, ["FNMR@FMR=0.1", "FNMR@FMR=0.01"])
    (curve,) = measuring.curves()
    assert curve.band is not None
    for target in (0.1, 0.01):
        found = measuring.measure(f"FNMR@FMR={target}")
        at = curve.band.x.index(target)
        assert found.interval is not None
        assert (curve.band.low[at], curve.band.high[at]) == (found.interval.low, found.interval.high)


def searching() -> Any:
    path = Path(__file__).parent / "metrics" / "searching.py"
    spec = importlib.util.spec_from_file_location("tests_searching", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_fnir_at_an_fpir_is_drawn_by_probe_subject() -> None:
    rng = np.random.default_rng(4)
    rows = [(k % 2 == 0, [float(rng.normal(3, 1))] if k % 2 == 0 else [], rng.normal(0, 1, 8).tolist())
            for k in range(400)]  # fmt: skip
    scores = searching().score_set(rows, subjects=[f"s{k // 8}" for k in range(400)])
    found, fixed = measure(scores, ["FNIR@FPIR=0.1,rank=1", "FNIR@threshold=2,rank=1"])
    assert found.interval is not None
    assert fixed.interval is not None
    assert (found.interval.method, found.interval.unit) == ("boot-exact", "probe subject")
    assert (fixed.interval.method, fixed.interval.unit) == ("subject-exact", "probe subject")
    assert {"fixed_gallery", "subjects_as_unit"} <= {*found.labels}
    assert "threshold_taken_as_fixed" not in found.labels
    assert found.subjects == 50


def test_an_eer_without_an_error_on_one_side_is_as_uncertain_as_that_side() -> None:
    few = comparisons(people=20)
    lowest = float(few.mated.values.min())
    # One false match above the lowest mated score of 60: FNMR shows no error where the rates meet.
    values = np.minimum(few.nonmated.values, lowest - 0.1)
    values[0] = lowest + 0.01
    scores = replace(few, nonmated=replace(few.nonmated, values=values))
    eer, fnmr = measure(scores, ["EER", f"FNMR@threshold={lowest!r}"])
    assert eer.details["fractions"]["fnmr"][0] == 0
    assert eer.interval is not None
    assert fnmr.interval is not None
    assert eer.interval.high >= fnmr.interval.high > 0.02
