"""Presentation attacks: who is counted where, the worst species, and the limits of what is sure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fr_bench.errors import UsageError
from fr_bench.findings import Measurement, Proportion
from fr_bench.intervals.binomial import clopper_pearson
from fr_bench.known_measures import resolve
from fr_bench.measuring import measure
from fr_bench.metrics import attacks
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.records import Presentations, Scores, ScoreSet

Row = tuple[str, str, float, float]
NONE = float("nan")
EMPTY = Scores(values=np.zeros(0))
NO_SCORES = ScoreSet(mated=EMPTY, nonmated=EMPTY, mated_planned=0, nonmated_planned=0)
ROWS: list[Row] = [
    ("", "anna", 0.9, 0.8), ("", "anna", 0.4, 0.7), ("", "boris", NONE, 0.9), ("", "chen", 0.7, 0.2),
    ("print", "p1", 0.1, 0.6), ("print", "p1", 0.6, 0.6), ("print", "p2", NONE, 0.6), ("print", "p2", 0.2, NONE),
    ("mask", "m1", 0.7, 0.1), ("mask", "m2", 0.3, 0.9),
]  # fmt: skip


def presentations(rows: Sequence[Row]) -> Presentations:
    species, instrument, score, recognition = zip(*rows, strict=True)
    return Presentations(
        score=np.array(score), species=species, instrument=instrument, recognition=np.array(recognition)
    )


def found(text: str, rows: Sequence[Row] = ROWS) -> Measurement:
    return measure(NO_SCORES, [text], presentations=presentations(rows))[0]


def counts(text: str, rows: Sequence[Row] = ROWS) -> tuple[int, int]:
    told = found(text, rows).counts
    assert told is not None
    return told.errors, told.trials


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("APCER@threshold=0.5,species=print", (1, 3)),
        ("APCER@threshold=0.5", (1, 2)),
        ("APCER@threshold=0.5,nonresponse=counted", (1, 2)),
        ("APCER@threshold=0.05,nonresponse=counted", (2, 2)),
        ("BPCER@threshold=0.5", (1, 3)),
        ("BPCER@threshold=0.5,nonresponse=counted", (2, 4)),
        ("APNRR", (1, 4)),
        ("APNRR@species=mask", (0, 2)),
        ("BPNRR", (1, 4)),
        ("IAPAR@threshold=0.5", (3, 4)),
        ("IAPAR@threshold=0.5,detection=0.5", (1, 4)),
        ("IAPAR@threshold=0.5,detection=0.5,species=mask", (0, 2)),
    ],
)
def test_who_is_counted_where(text: str, expected: tuple[int, int]) -> None:
    assert counts(text) == expected


def test_a_score_equal_to_the_threshold_passes() -> None:
    assert counts("APCER@threshold=0.7,species=mask") == (1, 2)
    assert counts("BPCER@threshold=0.9") == (2, 3)


def test_the_worst_species_is_the_headline_and_all_stand_beside() -> None:
    told = found("APCER@threshold=0.5")
    assert told.details["species"] == "mask"
    assert told.details["by_species"] == {"mask": [1, 2], "print": [1, 3]}


def test_riapar_adds_rejected_bona_fide_and_accepted_attacks() -> None:
    told = found("RIAPAR@threshold=0.5,detection=0.5")
    assert told.details["fractions"] == {"frr": [3, 4], "iapar": [1, 4]}
    assert told.value == 1.0


def test_an_attack_without_recognition_score_was_not_accepted_and_is_told() -> None:
    told = found("IAPAR@threshold=0.5,detection=0.15,species=print")
    assert told.counts is not None
    assert (told.counts.errors, told.counts.trials) == (1, 4)
    assert told.details["without_recognition"] == 1


def test_without_recognition_scores_nobody_can_say_whom_the_system_accepts() -> None:
    rows = [(species, name, score, NONE) for species, name, score, _ in ROWS]
    assert found("IAPAR@threshold=0.5", rows).details["code"] == "no_recognition"


def test_without_presentations_nothing_is_measured() -> None:
    assert measure(NO_SCORES, ["BPCER20"])[0].details["code"] == "no_presentations"


def test_an_unknown_species_is_named_with_the_nearest() -> None:
    told = found("APCER@threshold=0.5,species=masks")
    assert told.value is None
    assert told.reason is not None
    assert "'mask'" in told.reason


@pytest.mark.parametrize("text", ["APCER@threshold=0.5,nonresponse=left", "BPCER@APCER=0", "BPCER@APCER=5%"])
def test_bad_parameters_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as mistake:
        resolve(text)
    assert mistake.value.code == "bad_target"


def test_a_target_that_allows_no_attack_of_the_smallest_species_is_not_measurable() -> None:
    told = found("BPCER20")
    assert told.value is None
    assert told.reason is not None
    assert "at least 20 are needed" in told.reason
    with pytest.raises(NotMeasurable):
        attacks.bpcer_at_apcer(presentations(ROWS), Fraction(1, 3))


def many(errors: Sequence[tuple[str, int, int, int]]) -> list[Row]:
    """Species with as many instruments, each presented so often, of which so many pass at 0.5; and bona fide."""
    rows: list[Row] = [("", f"s{k}", 0.9, NONE) for k in range(40)]
    for species, instruments, times, wrong in errors:
        for k in range(instruments * times):
            rows.append((species, f"{species}{k // times}", 0.9 if k % instruments < wrong else 0.1, NONE))
    return rows


def test_without_errors_an_instrument_is_one_trial() -> None:
    told = found("APCER@threshold=0.5,species=print", many([("print", 25, 10, 0)]))
    assert told.interval is not None
    assert told.interval.high == clopper_pearson(0, 25, 0.95).high
    assert told.interval.unit == "attack instrument"
    assert "no_errors" in told.labels


def test_the_worst_species_ends_at_the_highest_limit_of_all_at_a_raised_level() -> None:
    told = found("APCER@threshold=0.5", many([("print", 100, 1, 3), ("mask", 30, 1, 0)]))
    assert told.details["species"] == "print"
    assert told.interval is not None
    assert told.interval.high == clopper_pearson(0, 30, 0.975).high
    assert told.interval.level == 0.95


def test_few_instruments_are_labelled_however_often_they_are_presented() -> None:
    told = found("APCER@threshold=0.5", many([("print", 100, 1, 3), ("mask", 10, 30, 0)]))
    assert "too_few_subjects" in told.labels


def test_presentations_of_nobody_in_particular_are_labelled() -> None:
    rows = [(species, "", score, again) for species, _, score, again in many([("print", 50, 1, 4)])]
    told = found("APCER@threshold=0.5", rows)
    assert "assumes_independent_samples" in told.labels
    assert "subjects_as_unit" not in told.labels
    assert told.interval is not None
    assert told.interval.unit == "presentation"


def test_one_presentation_of_nobody_in_particular_makes_all_of_its_species_independent() -> None:
    rows: list[Row] = [("print", "p1", 0.9, NONE), ("print", "p1", 0.1, NONE), ("print", "", 0.1, NONE)]
    asked, kind = resolve("APCER@threshold=0.5,species=print")
    counted = kind.compute(presentations([*rows, ("", "s0", 0.95, NONE)]), asked)
    assert (counted.unit, counted.labels) == ("presentation", ("assumes_independent_samples",))
    assert (counted.errors.tolist(), counted.trials.tolist()) == ([1, 0, 0], [1, 1, 1])


def test_every_bound_of_riapar_is_the_sum_of_both_at_half_the_error_level() -> None:
    rows = [(s, i, score, 0.9) for s, i, score, _ in many([("print", 50, 1, 4)])]
    told = found("RIAPAR@threshold=0.5,detection=0.5", rows)
    assert told.interval is not None
    assert told.interval.high == pytest.approx(
        clopper_pearson(0, 40, 0.975).high + found_at("IAPAR@threshold=0.5,detection=0.5", rows, 0.975), rel=1e-12
    )


def found_at(text: str, rows: Sequence[Row], level: float) -> float:
    told = measure(NO_SCORES, [text], presentations=presentations(rows), level=level)[0]
    assert told.interval is not None
    return told.interval.high


SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.9, float("inf")]), min_size=1, max_size=8)


@given(bona_fide=SCORES, species=st.lists(SCORES, min_size=1, max_size=3), target=st.fractions(Fraction(1, 9), 1))
def test_bpcer_at_apcer_is_the_smallest_candidate_that_holds_every_species(
    bona_fide: list[float], species: list[list[float]], target: Fraction
) -> None:
    rows: list[Row] = [("", "", score, NONE) for score in bona_fide]
    rows += [(f"species{k}", "", score, NONE) for k, scores in enumerate(species) for score in scores]
    if target == 1:
        return
    if target * min(map(len, species)) < 1:
        with pytest.raises(NotMeasurable):
            attacks.bpcer_at_apcer(presentations(rows), target)
        return
    point = attacks.bpcer_at_apcer(presentations(rows), target)
    # Slow and plain: walk up the candidates until no species is above the target.
    for t in sorted({*bona_fide, *(score for one in species for score in one)}):
        if all(Fraction(sum(s >= t for s in one), len(one)) <= target for one in species):
            assert point.threshold == t
            assert point.bpcer.fraction == Fraction(sum(s < t for s in bona_fide), len(bona_fide))
            return
    assert point.threshold == "reject_all"
    assert point.bpcer.rate == 1.0


def test_the_order_of_presentations_changes_nothing() -> None:
    for text in ("APCER@threshold=0.5", "BPCER@APCER=0.5", "RIAPAR@threshold=0.5,detection=0.5", "APNRR"):
        assert found(text, ROWS) == found(text, ROWS[::-1])


def test_the_trade_off_is_of_the_worst_species_and_ends_where_nothing_passes() -> None:
    corners = attacks.trade_off(presentations(ROWS))
    assert corners[-1][1] == 0.0
    for threshold, worst, rejected in corners:
        told = found(f"APCER@threshold={threshold}")
        assert told.value == worst
        assert found(f"BPCER@threshold={threshold}").value == rejected


def test_the_trade_off_has_one_corner_a_step_of_the_apcer() -> None:
    rows: list[Row] = [("print", f"i{k}", s, NONE) for k, s in enumerate((0.1, 0.2))]
    rows += [("", f"s{k}", s, NONE) for k, s in enumerate((0.15, 0.3, 0.4, 0.5))]
    corners = attacks.trade_off(presentations(rows))
    assert corners == [(0.1, 1.0, 0.0), (0.15, 0.5, 0.0), (0.3, 0.0, 0.25)]


@pytest.mark.parametrize("most", [2, 3, 10, 41, 99, 100, 101, 500])
def test_a_trade_off_is_thinned_evenly_and_keeps_both_ends(most: int) -> None:
    # 99 attacks and no bona fide score between them: 99 corners, and that where nothing passes.
    rows: list[Row] = [("print", f"i{k}", k / 100, NONE) for k in range(99)] + [("", "s0", 2.0, NONE)]
    every, thinned = (attacks.trade_off(presentations(rows), n) for n in (100, most))
    assert len(every) == 100
    assert len(thinned) <= most
    assert len(thinned) > min(most, 100) / 2
    assert (thinned[0], thinned[-1]) == (every[0], every[-1])
    steps = np.diff([every.index(corner) for corner in thinned])
    assert set(steps[:-1].tolist()) <= {steps[0]}
    assert steps[-1] <= steps[0]


@pytest.mark.parametrize(("corners", "drawn"), [(500, 500), (501, 251), (1000, 334)])
def test_a_drawing_has_at_most_500_corners(corners: int, drawn: int) -> None:
    rows: list[Row] = [("print", f"i{k}", k / 1000, NONE) for k in range(corners - 1)] + [("", "s0", 2.0, NONE)]
    assert len(attacks.trade_off(presentations(rows))) == drawn


def test_without_a_response_to_every_species_there_is_no_trade_off() -> None:
    silent: list[Row] = [("mask", "m1", NONE, NONE), ("print", "p1", 0.2, NONE), ("", "s0", 0.9, NONE)]
    assert attacks.trade_off(presentations(silent)) == []
    assert attacks.trade_off(presentations([("", "s0", 0.9, NONE)])) == []
    assert attacks.trade_off(presentations([("print", "p1", 0.2, NONE), ("", "s0", NONE, NONE)])) == []


@pytest.mark.parametrize(("presented", "lent"), [(29, False), (30, True)])
def test_thirty_bona_fide_presentations_lend_a_design_effect(presented: int, lent: bool) -> None:
    rows: list[Row] = [("", f"s{k}", k / 100, NONE) for k in range(presented)]
    asked, kind = resolve("BPCER@threshold=0.05")
    counted = kind.compute(presentations([*rows, ("print", "i0", 0.01, NONE)]), asked)
    assert (counted.borrow is not None) is lent


@pytest.mark.parametrize(("presented", "lent"), [(29, False), (30, True)])
def test_thirty_presentations_of_a_species_lend_a_design_effect(presented: int, lent: bool) -> None:
    rows: list[Row] = [("print", f"i{k}", k / 100, NONE) for k in range(presented)]
    asked, kind = resolve("APCER@threshold=0.9")
    counted = kind.compute(presentations([*rows, ("", "s0", 0.95, NONE)]), asked)
    assert (counted.borrow is not None) is lent


def test_presentations_without_a_response_are_counted_only_when_asked_for() -> None:
    given = presentations(ROWS)
    assert (attacks.bpcer(given, 0.5), attacks.bpcer(given, 0.5, counted=True)) == (Proportion(1, 3), Proportion(2, 4))
    found = attacks.apcer(given, 0.5, "print"), attacks.apcer(given, 0.5, "print", counted=True)
    assert found == (Proportion(1, 3), Proportion(1, 4))


@pytest.mark.parametrize(("presented", "weak"), [(99, True), (100, False)])
def test_ten_attacks_hold_a_threshold(presented: int, weak: bool) -> None:
    rows: list[Row] = [("print", f"i{k}", k / 100, NONE) for k in range(presented)]
    told = found("BPCER@APCER=0.1", [*rows, ("", "s0", 2.0, NONE)])
    assert ("weak_target" in told.labels) is weak


@pytest.mark.parametrize("one_in", [10, 20, 100])
def test_bpcer_with_a_number_is_at_an_apcer_of_one_in_so_many(one_in: int) -> None:
    rows: list[Row] = [("print", f"i{k}", k / 300, NONE) for k in range(300)] + [("", "s0", 2.0, NONE)]
    told = found(f"BPCER{one_in}", rows)
    assert (told.details["target"], told.details["allowed"]) == (f"1/{one_in}", 300 // one_in)
    assert told.at == Proportion(300 // one_in, 300)


def test_riapar_of_nobody_rejected_and_of_no_attack_accepted_is_the_other_rate() -> None:
    rows: list[Row] = [("", "anna", 0.9, 0.8), ("", "boris", 0.9, 0.2), ("print", "p1", 0.9, 0.5)]
    for threshold, value in ((0.1, 1.0), (0.4, 1.5), (0.6, 0.5)):
        assert found(f"RIAPAR@threshold={threshold},detection=0.5", rows).value == value


@pytest.mark.parametrize(
    ("text", "species", "lent"),
    [("BPCER@threshold=0.05", "", 30), ("APCER@threshold=0.9", "print", 30), ("BPCER@threshold=0.9", "", 30)],
)
def test_a_design_effect_is_lent_by_the_thirty_presentations_nearest_to_an_error(
    text: str, species: str, lent: int
) -> None:
    """Forty of two people or instruments in turn; the thirty lowest, or highest, are fifteen of each."""
    rows: list[Row] = [(species, f"s{k % 2}", k / 100, NONE) for k in range(40)]
    rows += [("", "other", 0.95, NONE)] if species else [("print", "other", 0.01, NONE)]
    asked, kind = resolve(text)
    counted = kind.compute(presentations(rows), asked)
    counted = counted.parts[0] if species else counted
    assert counted.borrow.tolist() == [lent // 2, lent // 2]
    assert counted.trials.tolist() == [20, 20]


def test_reject_all_lets_nobody_pass() -> None:
    assert counts("APCER@threshold=reject_all") == (0, 2)
    assert counts("BPCER@threshold=reject_all") == (3, 3)
    assert counts("IAPAR@threshold=reject_all") == (0, 2)


def many_rows(each: int = 5) -> list[Row]:
    """60 instruments of two species and 60 subjects, `each` presentations of each, all scores different."""
    rng = np.random.default_rng(3)
    rows: list[Row] = [(kind, f"{kind}{k}", float(rng.normal()), NONE)
                       for kind in ("mask", "print") for k in range(60) for _ in range(each)]  # fmt: skip
    return rows + [("", f"s{k}", float(rng.normal(2.5)), NONE) for k in range(60) for _ in range(each)]


def test_the_interval_at_a_target_regards_that_attacks_chose_the_threshold() -> None:
    rows = many_rows()
    told = found("BPCER10", rows)
    fixed = found(f"BPCER@threshold={told.threshold!r}", rows)
    assert told.value == fixed.value
    assert told.interval is not None
    assert fixed.interval is not None
    assert told.interval.low < fixed.interval.low
    assert told.interval.high > fixed.interval.high
    assert (told.interval.method, told.labels) == ("mover", ("subjects_as_unit",))


def test_the_interval_at_a_target_reaches_to_the_thresholds_that_agree_with_it() -> None:
    """With no bona fide error to speak of, what is left is the BPCER at the limits of the threshold."""
    rows = [(kind, who, score + 0.0 if kind else score, NONE) for kind, who, score, _ in many_rows(1)]
    told = found("BPCER@APCER=0.2", rows)
    bona_fide = np.array([score for kind, _, score, _ in rows if not kind])
    highest = []
    for name in ("mask", "print"):
        scores = np.sort([score for kind, _, score, _ in rows if kind == name])
        # 5 of 60 are the fewest whose interval, with 59 degrees of freedom, still holds 0.2
        highest.append(scores[60 - 1 - 5])
    at_most = float(np.mean(bona_fide <= max(highest)))
    assert told.interval is not None
    assert told.value is not None
    fixed = found(f"BPCER@threshold={told.threshold!r}", rows).interval
    assert fixed is not None
    expected = told.value + ((fixed.high - told.value) ** 2 + (at_most - told.value) ** 2) ** 0.5
    assert told.interval.high == pytest.approx(expected, rel=1e-9)


def test_few_attacks_leave_the_threshold_without_an_upper_limit() -> None:
    rows = [row for row in many_rows(1) if row[0] != "mask"][30:]  # 30 attacks, of which 10 % may pass
    told = found("BPCER10", rows)
    assert told.interval is not None
    assert told.interval.high == 1.0
    assert {"threshold_without_upper_limit", "weak_target"} <= set(told.labels)
    assert "one_sided_upper" not in told.details


@pytest.mark.parametrize(
    ("silent", "code"), [(("print", "p1", NONE, NONE), "no_attacks"), (("", "s1", NONE, NONE), "no_bona_fide")]
)
def test_no_threshold_holds_a_target_where_the_detector_kept_silent(silent: Row, code: str) -> None:
    answered: Row = ("", "s0", 0.9, NONE) if silent[0] else ("print", "p0", 0.1, NONE)
    with pytest.raises(NotMeasurable) as missing:
        attacks.bpcer_at_apcer(presentations([silent, answered]), Fraction(1, 2))
    assert missing.value.code == code
