"""From a measure's text to a measurement: names, intervals, labels, and values that cannot be given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from fr_bench.contracts import Recognizer
from fr_bench.errors import UsageError
from fr_bench.findings import Measure, Measurement, Proportion
from fr_bench.known_measures import DEFAULT_MEASURES, kinds, lowest_threshold, resolve
from fr_bench.measuring import LABELS, acquisition, measure
from fr_bench.metrics import failures
from fr_bench.preparation import refuse_thresholds
from fr_bench.records import Acquisition, Party, Rest, Scores, ScoreSet

RNG = np.random.default_rng(5)
MATED, NONMATED = RNG.normal(4, 1, 2_000), RNG.normal(0, 1, 20_000)
NO_ROLES = Acquisition(fta=Proportion(3, 100), fte=Proportion(0, 25), roles=False)


def score_set(mated: Sequence[float] = MATED, nonmated: Sequence[float] = NONMATED, **more: Any) -> ScoreSet:
    lost = more.get("mated_failed", 0), more.get("nonmated_failed", 0)
    rest = more["rest"].count if "rest" in more else 0
    return ScoreSet(
        mated=Scores(values=np.array(mated, dtype=float), fold=more.pop("mated_fold", None)),
        nonmated=Scores(values=np.array(nonmated, dtype=float), fold=more.pop("nonmated_fold", None)),
        mated_planned=len(mated) + lost[0],
        nonmated_planned=len(nonmated) + rest + lost[1],
        **more,
    )


def one(text: str, scores: ScoreSet | None = None, **more: Any) -> Measurement:
    return measure(scores or score_set(), [text], **more)[0]


# Names


def test_every_kind_has_an_example_that_resolves_to_it() -> None:
    for kind in kinds():
        assert resolve(kind.example)[1] is kind
        assert kind.explanation
        assert kind.formula
        assert kind.source


def test_names_of_kinds_are_unique() -> None:
    names = {kind.name for kind in kinds()}
    asked = [(kind.quantity, frozenset(kind.parameters)) for kind in kinds()]
    assert len(set(asked)) == len(asked)
    assert {"EER", "FMR@threshold", "FNMR@threshold", "FNMR@FMR", "AUC", "d'", "minDCF", "FTA", "FTE"} <= names


def test_dprime_is_another_spelling() -> None:
    assert resolve("dprime")[0] == Measure("d'")


@pytest.mark.parametrize(
    ("wrong", "right"), [("eer", "EER"), ("FNRM@FMR=1e-3", "FNMR"), ("aucc", "AUC"), ("zerofmr", "ZeroFMR")]
)
def test_an_unknown_measure_names_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean '{right}'") as mistake:
        resolve(wrong)
    assert mistake.value.code == "unknown_measure"


def test_of_equally_near_measures_those_that_begin_alike_come_first() -> None:
    with pytest.raises(UsageError, match=r"; did you mean 'EER' or 'FRR'\?"):
        resolve("ERR")


def test_a_wrong_parameter_shows_how_the_measure_is_written() -> None:
    with pytest.raises(UsageError, match=r"FNMR@threshold=0\.35 or FNMR@FMR=1e-3") as mistake:
        resolve("FNMR@FAR=1e-3")
    assert mistake.value.code == "unknown_parameter"


@pytest.mark.parametrize(
    "text",
    ["FNMR@FMR=0", "FNMR@FMR=1", "FMR@FNMR=2", "GFRR@FMR=x", "minDCF@prior=1", "FMR@threshold=nan", "accuracy@folds=1"],
)
def test_a_bad_target_is_refused_before_anything_is_measured(text: str) -> None:
    with pytest.raises(UsageError) as mistake:
        resolve(text, where="my.toml:7")
    assert mistake.value.code == "bad_target"
    assert mistake.value.message.startswith("my.toml:7: ")


def test_the_defaults_resolve_and_are_measured() -> None:
    found = measure(score_set(), DEFAULT_MEASURES, acquisition=NO_ROLES)
    assert [m.measure for m in found] == list(DEFAULT_MEASURES)
    assert all(m.value is not None for m in found)


def test_acquisition_is_offered_beside_measure() -> None:
    assert acquisition is failures.acquisition


# Intervals and labels


def test_a_rate_has_counts_an_interval_and_says_what_it_assumes() -> None:
    found = one("FNMR@threshold=2")
    assert found.counts is not None
    assert found.interval is not None
    assert found.value == found.counts.rate
    assert found.interval.low < found.value < found.interval.high
    assert (found.interval.method, found.interval.unit) == ("clopper-pearson", "comparison")
    assert found.labels == ("assumes_independent_comparisons",)
    assert found.no_interval is None


def test_every_rate_but_extreme_values_has_an_interval() -> None:
    rates = ("fmr", "fnmr", "fnmr_at_fmr", "trials")
    for found in measure(score_set(), [k.example for k in kinds() if k.interval in rates], acquisition=NO_ROLES):
        assert found.interval is not None
    for found in measure(score_set(), ["ZeroFMR", "ZeroFNMR"]):
        assert found.interval is None


def test_every_measurement_without_interval_says_why() -> None:
    for found in measure(score_set(), [kind.example for kind in kinds()]):
        assert (found.interval is None) == bool(found.no_interval)


def test_every_label_is_explained() -> None:
    texts = [kind.example for kind in kinds()]
    sets = [score_set(), score_set([0.1], [0.9]), score_set([], []), score_set([1, 2], [0, 0, 0])]
    seen = {label for s in sets for found in measure(s, texts, acquisition=NO_ROLES) for label in found.labels}
    assert seen <= set(LABELS)


def test_no_errors_are_a_bound_and_not_zero_percent() -> None:
    found = one("FMR@threshold=9")
    assert found.interval is not None
    assert (found.value, found.interval.low) == (0.0, 0.0)
    assert found.interval.high == pytest.approx(1 - 0.025 ** (1 / 20_000), rel=1e-9)
    assert found.details["one_sided_upper"] == pytest.approx(1 - 0.05 ** (1 / 20_000), rel=1e-9)
    assert "no_errors" in found.labels


def test_few_errors_are_labelled() -> None:
    threshold = float(np.sort(NONMATED)[-3])
    found = one(f"FMR@threshold={threshold!r}")
    assert found.counts == Proportion(3, 20_000)
    assert "few_errors" in found.labels


def test_a_threshold_chosen_on_the_scores_is_labelled() -> None:
    assert "threshold_taken_as_fixed" in one("FNMR@FMR=1e-2").labels
    assert "threshold_taken_as_fixed" in one("GFRR@FMR=1e-2").labels
    assert "threshold_taken_as_fixed" in one("GFAR@FMR=1e-2").labels
    assert "threshold_taken_as_fixed" not in one("GFRR@threshold=2").labels


def test_a_target_held_by_few_errors_is_weak() -> None:
    assert "weak_target" in one("FNMR@FMR=1e-4").labels  # 2 of 20,000
    assert "weak_target" not in one("FNMR@FMR=1e-3").labels  # 20
    assert one("FNMR@FMR=1e-4").details["allowed"] == 2


def test_a_step_past_twice_the_target_is_coarse() -> None:
    found = one("FNMR@FMR=0.2", score_set([5.0] * 20, [0.0] * 50 + [1.0] * 40 + [2.0] * 10))
    assert found.at == Proportion(10, 100)
    assert found.details["fmr_one_candidate_lower"] == 0.5
    assert "coarse_scores" in found.labels


def test_extreme_values_are_labelled_and_have_no_interval() -> None:
    for text in ("ZeroFMR", "ZeroFNMR"):
        assert "extreme_value" in one(text).labels
        assert "extreme value" in str(one(text).no_interval)


def test_turned_scores_are_suspected_everywhere_but_in_failures() -> None:
    found = measure(score_set(-MATED, -NONMATED), ["EER", "FMR@threshold=0", "FTA"], acquisition=NO_ROLES)
    assert ["polarity_suspect" in m.labels for m in found] == [True, True, False]


def test_the_level_is_that_asked_for() -> None:
    wide, narrow = (one("FNMR@threshold=2", level=level).interval for level in (0.99, 0.9))
    assert wide is not None
    assert narrow is not None
    assert (wide.level, wide.low < narrow.low < narrow.high < wide.high) == (0.99, True)


# Values that cannot be given


def test_all_scores_equal_give_fnmr_one() -> None:
    found = one("FNMR@FMR=1e-3", score_set([0.5] * 100, [0.5] * 5000))
    assert (found.value, found.threshold, found.details["note"]) == (1.0, "reject_all", "threshold_is_reject_all")


def test_a_target_that_allows_no_error_is_not_measurable() -> None:
    found = one("FNMR@FMR=1e-5")
    assert found.value is None
    assert "needs 100 000" in str(found.reason)
    assert found.labels == ("not_measurable",)


@pytest.mark.parametrize(
    ("mated", "nonmated", "given"),
    [([], NONMATED, {"FMR@threshold", "GFAR@threshold"}), (MATED, [], {"FNMR@threshold", "GFRR@threshold"})],
)
def test_one_empty_class_leaves_what_does_not_need_it(
    mated: Sequence[float], nonmated: Sequence[float], given: set[str]
) -> None:
    asked = [kind for kind in kinds() if kind.needs != "samples"]
    found = measure(score_set(mated, nonmated), [kind.example for kind in asked])
    assert {kind.name for kind, m in zip(asked, found, strict=True) if m.value is not None} == given
    assert all(m.reason for m in found if m.value is None)


def test_no_scores_at_all_are_no_exception() -> None:
    found = measure(score_set([], []), [kind.example for kind in kinds()])
    assert all(m.value is None and m.reason and "not_measurable" in m.labels for m in found)


def test_failures_of_samples_are_unknown_where_only_scores_were_given() -> None:
    assert "only scores were given" in str(one("FTA").reason)


def test_below_the_floor_the_value_is_left_out_with_that_reason() -> None:
    scores = score_set([0.2, 0.9], [0.8, 0.85], floor=0.7, rest=Rest(count=10))
    for text in ("AUC", "d'", "ZeroFNMR", "FMR@threshold=0.5"):
        found = one(text, scores)
        assert (found.value, found.details["code"]) == (None, "below_floor")
    assert one("FNMR@FMR=0.1", scores).value == 0.5


def test_scores_that_tell_nothing_are_not_called_turned_round() -> None:
    assert "polarity_suspect" not in one("EER", score_set([0.5] * 20, [0.5] * 20)).labels


def test_few_errors_on_one_side_are_few_errors_of_the_eer() -> None:
    few = one("EER", score_set([*range(5, 15)], [*range(-390, 10)] * 10))
    assert few.details["fractions"] == {"fmr": [50, 4000], "fnmr": [0, 10]}
    assert "few_errors" in few.labels
    many = one("EER", score_set([*range(100)] * 2, [*range(-50, 50)] * 2))
    assert "few_errors" not in many.labels


def test_the_one_sided_limit_belongs_to_rates_without_errors() -> None:
    assert "one_sided_upper" in one("FNMR@threshold=-9").details
    assert "one_sided_upper" not in one("FNMR@threshold=4").details


# Failures


def test_failed_comparisons_count_in_the_generalized_rates_only() -> None:
    scores = score_set([0.2, 0.8], [0.1, 0.6, 0.3], mated_failed=2, nonmated_failed=7)
    found = measure(scores, [f"{name}@threshold=0.5" for name in ("FNMR", "GFRR", "FMR", "GFAR")])
    assert [m.counts for m in found] == [Proportion(1, 2), Proportion(3, 4), Proportion(1, 3), Proportion(1, 10)]


def test_the_product_formula_stands_beside_the_count_only_with_roles() -> None:
    roles = Acquisition(fta=Proportion(1, 10), fte=Proportion(1, 10), roles=True)
    assert "product_formula" not in one("GFRR@threshold=2", acquisition=NO_ROLES).details
    with_roles = one("GFRR@threshold=2", acquisition=roles)
    fnmr = one("FNMR@threshold=2").value or 0
    assert with_roles.details["product_formula"] == pytest.approx(0.1 + 0.9 * 0.1 + 0.81 * fnmr)


def test_failures_of_samples_take_samples_or_subjects_as_independent() -> None:
    fta, fte = measure(score_set(), ["FTA", "FTE"], acquisition=NO_ROLES)
    assert fta.interval is not None
    assert fte.interval is not None
    assert (fta.interval.unit, fta.labels) == ("sample", ("assumes_independent_samples", "few_errors"))
    assert (fte.interval.unit, fte.labels, fte.subjects) == ("subject", ("no_errors",), 25)


# Subjects


def by_subject(n: int) -> ScoreSet:
    ids = [f"s{k}-{i}" for k in range(n) for i in range(2)]
    party = Party(ids=tuple(ids), subjects=tuple(i.partition("-")[0] for i in ids))
    pairs = [(i, j) for i in range(2 * n) for j in range(i)]
    chosen = {m: np.array([p for p in pairs if (p[0] // 2 == p[1] // 2) == m], np.int32) for m in (True, False)}
    columns = {
        m: Scores(values=RNG.normal(4 * m, 1, len(p)), probe=p[:, 0].copy(), reference=p[:, 1].copy())
        for m, p in chosen.items()
    }
    return ScoreSet(
        mated=columns[True],
        nonmated=columns[False],
        mated_planned=len(columns[True]),
        nonmated_planned=len(columns[False]),
        probes=party,
        references=party,
    )


@pytest.mark.parametrize(("n", "few"), [(19, True), (20, False)])
def test_fewer_than_twenty_subjects_are_too_few(n: int, few: bool) -> None:
    for found in measure(by_subject(n), ["EER", "FMR@threshold=2", "FNMR@threshold=2"]):
        assert found.subjects == n
        assert ("too_few_subjects" in found.labels) is few


def test_subjects_are_unknown_without_ids() -> None:
    assert one("EER").subjects is None


@pytest.mark.parametrize("more", ["mated", "nonmated"])
def test_a_rate_counts_the_subjects_of_its_own_class(more: str) -> None:
    many, few = by_subject(20), by_subject(3)
    mated, nonmated = (many.mated, few.nonmated) if more == "mated" else (few.mated, many.nonmated)
    scores = replace(many, mated=mated, nonmated=nonmated, mated_planned=len(mated), nonmated_planned=len(nonmated))
    of_mated = ["FNMR@threshold=2", "FNMR@FMR=0.1", "FMR100", "GFRR@threshold=2", "GFRR@FMR=0.1", "ZeroFMR"]
    of_nonmated = ["FMR@threshold=2", "FMR@FNMR=0.5", "GFAR@threshold=2", "GFAR@FMR=0.1", "ZeroFNMR"]
    assert {one(text, scores).subjects for text in of_mated} == {20 if more == "mated" else 3}
    assert {one(text, scores).subjects for text in of_nonmated} == {3 if more == "mated" else 20}
    assert one("EER", scores).subjects == 3


# Folds


def folds(k: int) -> ScoreSet:
    fold = np.repeat(np.arange(1, k + 1), 30).astype(np.int16)
    rng = np.random.default_rng(9)
    return score_set(rng.normal(3, 1, 30 * k), rng.normal(0, 1, 30 * k), mated_fold=fold, nonmated_fold=fold.copy())


def test_accuracy_over_folds_is_legacy_and_gives_its_spread() -> None:
    found = one("accuracy@folds=10", folds(10))
    correct = np.array(found.details["correct"])
    assert found.value == pytest.approx(correct.mean() / 60, rel=1e-15)
    assert found.details["standard_deviation"] == pytest.approx((correct / 60).std(), rel=1e-12)
    assert found.details["standard_error"] == pytest.approx((correct / 60).std() / math.sqrt(10), rel=1e-12)
    assert found.details["best_single_correct"] >= correct.sum()
    assert ("legacy" in found.labels, found.better, found.interval) == (True, "higher", None)


@pytest.mark.parametrize("scores", [folds(9), score_set()])
def test_other_folds_than_asked_for_are_not_measurable(scores: ScoreSet) -> None:
    assert one("accuracy@folds=10", scores).value is None


@pytest.mark.parametrize(("mated", "nonmated"), [((), (0.1, 0.2)), ((0.1, 0.2), ())])
def test_accuracy_of_one_class_alone_is_not_measurable(mated: tuple[float, ...], nonmated: tuple[float, ...]) -> None:
    numbers = {f"{kind}_fold": np.arange(1, len(v) + 1, dtype=np.int16)
               for kind, v in (("mated", mated), ("nonmated", nonmated))}  # fmt: skip
    found = one("accuracy@folds=2", score_set(mated, nonmated, **numbers))
    assert (found.value, found.details["code"]) == (None, "empty_nonmated" if mated else "empty_mated")


def test_comparisons_outside_all_folds_make_no_accuracy() -> None:
    fold = np.repeat(np.arange(3), 10).astype(np.int16)
    scores = score_set(MATED[:30], NONMATED[:30], mated_fold=fold, nonmated_fold=fold.copy())
    assert "no folds" in str(one("accuracy@folds=3", scores).reason)


# Values of the measures themselves


def test_named_targets_are_the_same_measure() -> None:
    named, plain = one("FMR100"), one("FNMR@FMR=0.01")
    assert (named.value, named.threshold, named.at) == (plain.value, plain.threshold, plain.at)


def test_the_eer_gives_low_high_and_its_counts() -> None:
    found = one("EER", score_set([0.2, 0.6, 0.7, 0.8, 0.9], [0.1, 0.3, 0.65]))
    assert (found.details["low"], found.details["high"], found.threshold) == (0.2, 1 / 3, 0.6)
    assert found.details["fractions"] == {"fmr": [1, 3], "fnmr": [1, 5]}
    assert found.value == pytest.approx(4 / 15, abs=1e-15)


def test_the_lowest_threshold_is_the_lowest_that_scores_can_have() -> None:
    asked = ["FMR@threshold=reject_all", "FMR@threshold=-inf", "FNMR@threshold=0.3", "FMR@threshold=0.5", "EER"]
    assert lowest_threshold(asked) == 0.3
    assert lowest_threshold(["FMR@threshold=reject_all", "EER"]) is None


def test_no_threshold_above_zero_is_measured_where_scores_are_minus_the_distance() -> None:
    distances = score_set([-0.1, -0.2], [-0.7, -0.9], distances=True)
    with pytest.raises(UsageError, match=r"none reaches 0\.5; write FMR@threshold=-0\.5"):
        measure(distances, ["FMR@threshold=0.5"])
    (found,) = measure(distances, ["FNMR@threshold=-0.15"])
    assert (found.threshold, found.counts) == (-0.15, Proportion(1, 2))
    assert measure(distances, ["FMR@threshold=0", "FMR@threshold=reject_all", "APCER@threshold=0.5"])


def test_a_recognizer_by_distance_is_asked_for_no_threshold_above_zero_before_it_works() -> None:
    by = {name: cast(Recognizer, SimpleNamespace(compare=name)) for name in ("cosine", "euclidean")}
    refuse_thresholds(["FMR@threshold=0.4", "EER"], by["cosine"], "my.toml")
    with pytest.raises(UsageError, match=r"^my\.toml: FMR@threshold=0\.4: scores are minus the distance"):
        refuse_thresholds(["FMR@threshold=0.4", "EER"], by["euclidean"], "my.toml")
