"""Error versus discard against a slow count by fractions, ties, unknown quality, and the correlation of ranks."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fr_bench.errors import DataError
from fr_bench.findings import REJECT_ALL, Measure, Proportion
from fr_bench.metrics.pair_quality import nonmated_trials
from fr_bench.metrics.quality import ErrorsByQuality, QualityScores, ideal_area, read_column, spearman
from fr_bench.metrics.quality_measures import MEASURES, after_discard, area_above_ideal, correlation, few_errors
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.records import Crossing, Scores
from tests.metrics.group_making import Comparison, Run, Sample, all_pairs, every_probe_with_every_reference

TENTH, FIFTH = Fraction(1, 10), Fraction(1, 5)


def slow_rate(comparisons: list[tuple[float, bool]], discard: Fraction) -> Fraction:
    """The expected error rate of what is left, over all orders of comparisons of equal quality."""
    left, wrong = discard * len(comparisons), Fraction(0)
    kept = Fraction(0)
    for level in sorted({quality for quality, _ in comparisons}):
        group = [error for quality, error in comparisons if quality == level]
        gone = min(left, Fraction(len(group)))
        left -= gone
        share = 1 - gone / len(group)
        kept += share * len(group)
        wrong += share * sum(group)
    return wrong / kept


def by_quality(comparisons: list[tuple[float, bool]]) -> ErrorsByQuality:
    levels = sorted({quality for quality, _ in comparisons})
    groups = [[error for quality, error in comparisons if quality == level] for level in levels]
    return ErrorsByQuality(
        np.array(levels), np.array([len(group) for group in groups]), np.array([sum(group) for group in groups])
    )


def drawn(seed: int, count: int, levels: int) -> list[tuple[float, bool]]:
    rng = np.random.default_rng(seed)
    qualities = rng.integers(0, levels, count).tolist()
    return [(float(q), bool(u < 0.4 / (1 + q))) for q, u in zip(qualities, rng.random(count), strict=True)]


@pytest.mark.parametrize(("count", "levels"), [(7, 3), (40, 5), (100, 1000), (30, 1)])
@pytest.mark.parametrize("discard", [Fraction(0), Fraction(1, 20), TENTH, Fraction(1, 3), Fraction(99, 100)])
def test_the_rate_left_is_that_of_a_slow_count(count: int, levels: int, discard: Fraction) -> None:
    comparisons = drawn(count, count, levels)
    assert by_quality(comparisons).after(discard).rate == slow_rate(comparisons, discard)


@pytest.mark.parametrize("levels", [1, 4, 1000])
def test_the_area_is_that_of_the_curve(levels: int) -> None:
    errors = by_quality(drawn(levels, 60, levels))
    steps = 3000
    middle = [float(errors.after(FIFTH * (2 * k + 1) / (2 * steps)).rate) for k in range(steps)]
    assert errors.area(FIFTH) == pytest.approx(math.fsum(middle) / steps * 0.2, abs=2e-8)


def test_a_quality_that_says_nothing_leaves_the_rate_as_it_was() -> None:
    errors = by_quality([(1.0, k < 3) for k in range(30)])
    assert errors.after(Fraction(1, 7)).rate == TENTH
    assert errors.area(FIFTH) == pytest.approx(0.02, abs=1e-15)


def test_a_perfect_quality_comes_close_to_the_ideal_curve() -> None:
    errors = by_quality([(float(k), k < 100) for k in range(1000)])
    # (f0 - d)/(1 - d) is what is left; the ideal curve of the convention is f0 - d.
    exact = 0.1 + 0.9 * math.log(0.9)
    assert errors.area(FIFTH) == pytest.approx(exact, rel=0.02)
    assert 0 < errors.area(FIFTH) - ideal_area(TENTH, FIFTH) < 0.001


def test_discarding_everything_is_refused() -> None:
    with pytest.raises(ValueError, match="a share of 1 discarded"):
        by_quality([(1.0, True)]).after(Fraction(1))


# Columns


def test_minus_one_beside_a_negative_quality_is_a_quality() -> None:
    column = read_column("pitch", {"a": "-1", "b": "-12.5", "c": ""})
    assert column.unknown == 1
    assert column.not_assessed == 0


@pytest.mark.parametrize("text", ["0,5", "high", "inf", "-inf", "1e999"])
def test_a_quality_that_is_no_number_names_column_and_sample(text: str) -> None:
    with pytest.raises(DataError, match="quality 'sharpness' of sample 's7'") as refused:
        read_column("sharpness", {"s1": "3", "s7": text})
    assert refused.value.code == "bad_number"


# Scores with quality

PEOPLE = [Sample(f"{subject}{k}", subject, "") for subject in "abcdefgh" for k in range(4)]
RUN = all_pairs(PEOPLE, seed=3)


def quality_of(run: Run, texts: dict[str, str], floor: float = float("-inf")) -> QualityScores:
    scores = run.scores(floor)
    return QualityScores.of(scores, SortedScores.of(scores), read_column("sharpness", texts))


def some_texts(unknown: tuple[str, ...] = ()) -> dict[str, str]:
    return {s.id: "" if s.id in unknown else str((7 * k) % 11) for k, s in enumerate(PEOPLE)}


def compared(run: Run, texts: dict[str, str], threshold: float, *, mated: bool) -> list[tuple[float, bool]]:
    """Quality and error of each comparison of known quality."""
    found = []
    for one in run.comparisons:
        pair = [texts[one.probe.id], texts[one.reference.id]]
        if one.mated == mated and "" not in pair:
            accepted = one.score >= threshold
            found.append((min(map(float, pair)), accepted != mated))
    return found


@pytest.mark.parametrize("unknown", [(), ("a0", "c2", "h3")])
def test_the_quality_of_a_comparison_is_that_of_its_poorer_sample(unknown: tuple[str, ...]) -> None:
    texts = some_texts(unknown)
    quality = quality_of(RUN, texts)
    threshold = float(np.median(quality.scores.mated.values))
    for mated, found in ((True, quality.false_non_matches(threshold)), (False, quality.false_matches(threshold))):
        expected = by_quality(compared(RUN, texts, threshold, mated=mated))
        assert found.levels.tolist() == expected.levels.tolist()
        assert found.trials.tolist() == expected.trials.tolist()
        assert found.errors.tolist() == expected.errors.tolist()


WITHOUT_TEMPLATES = all_pairs([Sample(s.id, s.subject, "", template=s.id not in ("c1", "e0")) for s in PEOPLE])
ROLES = every_probe_with_every_reference(
    [Sample(s.id, s.subject, "", side="probe" if s.id[1] in "01" else "reference") for s in PEOPLE]
)


# The first sample is a reference in all its comparisons, the last one a probe: both have a template all the same.
ENDS = all_pairs([Sample(s.id, s.subject, "", template=s.id not in ("a1", "h2")) for s in PEOPLE])
KINDS = {"all pairs": RUN, "failures": WITHOUT_TEMPLATES, "first and last": ENDS, "roles": ROLES}


@pytest.mark.parametrize("run", KINDS.values(), ids=KINDS.keys())
def test_comparisons_below_a_floor_are_counted_by_quality_all_the_same(run: Run) -> None:
    texts = some_texts(("b1",))
    cut = quality_of(run, texts, 9.0)
    assert cut.scores.rest is not None
    found, expected = cut.false_matches(10.0), by_quality(compared(run, texts, 10.0, mated=False))
    assert found.levels.tolist() == expected.levels.tolist()
    assert (found.trials.tolist(), found.errors.tolist()) == (expected.trials.tolist(), expected.errors.tolist())


def test_samples_with_a_template_are_counted_though_no_score_of_theirs_was_kept() -> None:
    """A subject of one sample has no mated score; above the highest nonmated score nothing of it is kept."""
    lonely = [Sample(f"z{k}", f"z{k}", "") for k in range(3)]
    run, texts = all_pairs([*PEOPLE, *lonely], seed=3), some_texts() | {s.id: "0" for s in lonely}
    found, expected = (
        quality_of(run, texts, 12.0).false_matches(12.0),
        by_quality(compared(run, texts, 12.0, mated=False)),
    )
    assert (found.levels.tolist(), found.trials.tolist()) == (expected.levels.tolist(), expected.trials.tolist())


def test_a_sample_without_a_template_on_one_side_is_missing_there_alone() -> None:
    """With roles a list of probes and one of references may hold the same sample; only the probe failed."""
    samples = [Sample(f"{subject}{k}", subject, "") for subject in "abcd" for k in range(2)]
    run = Run(
        probes=[replace(s, template=s.id != "a0") for s in samples],
        references=samples,
        comparisons=[
            Comparison(p, r, 9.0 if p.subject == r.subject else 1.0) for p in samples if p.id != "a0" for r in samples
        ],
        unordered=False,
    )
    texts = {s.id: str(k) for k, s in enumerate(samples)}
    found, expected = quality_of(run, texts, 5.0).false_matches(5.0), by_quality(compared(run, texts, 5.0, mated=False))
    assert (found.levels.tolist(), found.trials.tolist()) == (expected.levels.tolist(), expected.trials.tolist())


def test_without_roles_the_two_sides_may_list_the_samples_in_any_order() -> None:
    run, texts = WITHOUT_TEMPLATES, some_texts()
    turned = replace(run, references=run.references[::-1])
    cut = quality_of(turned, texts, 9.0)
    found, expected = cut.false_matches(10.0), by_quality(compared(run, texts, 10.0, mated=False))
    assert (found.levels.tolist(), found.trials.tolist()) == (expected.levels.tolist(), expected.trials.tolist())


def test_samples_that_may_or_may_not_have_a_template_are_not_guessed() -> None:
    lonely = [*(Sample(f"a{k}", "a", "", template=k == 0) for k in range(2)), *PEOPLE[8:]]
    with pytest.raises(NotMeasurable, match="which samples have no template is not known"):
        quality_of(all_pairs(lonely), {s.id: "1" for s in lonely}, 30.0).false_matches(30.0)


def test_false_matches_below_the_floor_are_not_measurable() -> None:
    with pytest.raises(NotMeasurable) as missing:
        quality_of(RUN, some_texts(), 5.0).false_matches(4.0)
    assert missing.value.code == "below_floor"


def test_a_starting_fnmr_counts_comparisons_of_known_quality() -> None:
    quality = quality_of(RUN, some_texts(("a0", "a1", "a2")))
    threshold = quality.threshold_of_fnmr(TENTH)
    assert quality.false_non_matches(threshold).all.trials == 48 - 6
    assert quality.false_non_matches(threshold).all.errors <= 4
    assert quality.false_non_matches(float(threshold) + 1).all.errors > 4


def test_no_known_quality_is_not_measurable() -> None:
    with pytest.raises(NotMeasurable, match="no sample of these scores has a known quality 'sharpness'"):
        quality_of(RUN, {sample.id: "" for sample in PEOPLE})


# Measures


def test_every_example_parses_back() -> None:
    for kind in MEASURES:
        measure = Measure.parse(kind.example)
        assert str(measure) == kind.example
        assert {key for key, _ in measure.parameters} == set(kind.parameters)


def test_the_rate_after_discard_tells_what_it_was_counted_from() -> None:
    quality = quality_of(RUN, some_texts(("a0",)))
    measure = Measure.parse("FNMR-after-discard@FNMR=0.1,quality=sharpness,discard=0.1")
    found = after_discard(quality, measure, rate="FNMR")
    parts = found.details["fractions"]
    share = Fraction(found.details["share_kept_at_limit"])
    above, at = Proportion(*parts["above the limit"]), Proportion(*parts["at the limit"])
    assert above.trials + share * at.trials == Fraction(9, 10) * 45
    assert found.value == float((above.errors + share * at.errors) / (above.trials + share * at.trials))
    assert found.details["unknown"] == 3


def test_the_area_is_less_than_the_ideal() -> None:
    quality = quality_of(RUN, some_texts())
    measure = Measure.parse("FNMR-EDC-pAUC@FNMR=0.25,quality=sharpness,to=0.2")
    found = area_above_ideal(quality, measure, rate="FNMR")
    errors = quality.false_non_matches(quality.threshold_of_fnmr(Fraction(1, 4)))
    before = errors.all
    assert found.value == errors.area(FIFTH) - ideal_area(Fraction(before.errors, before.trials), FIFTH)


# Correlation


def test_the_rank_correlation_is_that_of_scipy_ties_included() -> None:
    from scipy.stats import spearmanr

    rng = np.random.default_rng(5)
    one = rng.integers(0, 9, 200).astype(np.float64)
    other = one + rng.integers(0, 12, 200)
    assert spearman(one, other) == pytest.approx(spearmanr(one, other).statistic, abs=1e-14)
    assert spearman(one[::-1], other[::-1]) == spearman(one, other)
    assert spearman(one, -other) == -spearman(one, other)


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [1.0, 2.0]])
def test_a_correlation_of_what_does_not_vary_is_not_measurable(values: list[float]) -> None:
    with pytest.raises(NotMeasurable):
        spearman(np.array(values), np.arange(float(len(values))))


@pytest.mark.parametrize(
    ("quality", "score", "said"),
    [([1.0] * 3, [1.0, 2.0, 3.0], "the quality"), ([1.0, 2.0, 3.0], [1.0] * 3, "the score")],
)
def test_it_is_said_whether_the_quality_or_the_score_does_not_vary(
    quality: list[float], score: list[float], said: str
) -> None:
    with pytest.raises(NotMeasurable, match=f"^{said} is the same in all comparisons") as missing:
        spearman(np.array(quality), np.array(score))
    assert missing.value.code == "constant"


def test_three_pairs_are_enough_for_a_correlation() -> None:
    assert spearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])) == 0.5
    with pytest.raises(NotMeasurable) as missing:
        spearman(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert missing.value.code == "too_few_comparisons"


def test_the_correlation_leaves_out_what_is_unknown_and_says_so() -> None:
    found = correlation(quality_of(RUN, some_texts(("a0",))), Measure.parse("quality-correlation@quality=sharpness"))
    assert found.details == {"comparisons": 45, "unknown": 3}


def test_a_threshold_of_minus_nothing_is_nothing() -> None:
    run = all_pairs([Sample(id=f"s{k}/{j}", subject=f"s{k}", group="") for k in range(3) for j in range(2)])
    run = replace(run, comparisons=[replace(one, score=-0.0) if one.mated else one for one in run.comparisons])
    found = quality_of(run, {one.id: "1" for one in run.probes}).threshold_of_fnmr(Fraction(1, 2))
    assert str(found) == "0.0"


def test_probes_and_references_need_share_no_quality() -> None:
    crossing = Crossing(subjects=("a", "b"), references=np.array([1, 1]), probes=np.array([1, 1]), unordered=False)
    owners = np.array([0, 1])
    qualities, counts = nonmated_trials(crossing, (np.array([0.3, 0.7]), owners), (np.array([0.5, 0.6]), owners))
    # a's probe with b's reference, and b's probe with a's.
    assert (qualities.tolist(), counts.tolist()) == ([0.3, 0.5], [1, 1])


def test_a_column_without_a_value_for_each_id_is_a_callers_bug() -> None:
    column = read_column("sharpness", some_texts())
    scores = RUN.scores()
    with pytest.raises(ValueError, match="shorter"):
        QualityScores.of(scores, SortedScores.of(scores), replace(column, values=column.values[1:]))


@pytest.mark.parametrize("missing", ["probe", "reference"])
def test_both_samples_of_a_comparison_have_a_say_in_its_quality(missing: str) -> None:
    scores = RUN.scores()
    one_sided = replace(scores, mated=replace(scores.mated, **{missing: None}))
    with pytest.raises(NotMeasurable) as unknown:
        QualityScores.of(one_sided, SortedScores.of(scores), read_column("sharpness", some_texts()))
    assert unknown.value.code == "no_samples"


def test_comparisons_that_were_not_made_need_no_samples() -> None:
    scores = RUN.scores()
    none = replace(scores, mated=Scores(values=np.zeros(0)), mated_planned=0)
    found = QualityScores.of(none, SortedScores.of(scores), read_column("sharpness", some_texts()))
    assert found.mated.tolist() == []


@pytest.mark.parametrize("to", [Fraction(-1, 2), Fraction(0), Fraction(1), Fraction(3, 2)])
def test_an_area_of_nothing_or_of_everything_discarded_is_none(to: Fraction) -> None:
    with pytest.raises(ValueError, match=f"an area up to {to}"):
        by_quality([(1.0, True), (2.0, False)]).area(to)


def test_minus_one_beside_nothing_is_a_failure_to_assess() -> None:
    column = read_column("sharpness", {"a": "0", "b": "-1"})
    assert (column.not_assessed, column.unknown) == (1, 1)


@pytest.mark.parametrize(
    ("errors", "labels"), [(0, ("no_errors",)), (1, ("few_errors",)), (9, ("few_errors",)), (10, ())]
)
def test_what_is_left_after_discard_says_how_few_its_errors_are(errors: int, labels: tuple[str, ...]) -> None:
    left = by_quality([(1.0, True), *((2.0, k < errors) for k in range(20))]).after(Fraction(1, 21))
    assert few_errors(left) == labels


def test_reject_all_accepts_no_comparison_of_any_quality() -> None:
    quality = quality_of(RUN, some_texts())
    assert quality.false_non_matches(REJECT_ALL).all == Proportion(48, 48)
    assert quality.false_matches(REJECT_ALL).all == Proportion(0, 448)
