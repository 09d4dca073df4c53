"""Transactions of several attempts: who stands together, what is left out, and what failed attempts do."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from fr_bench.findings import Proportion
from fr_bench.known_measures import resolve
from fr_bench.measuring import measure
from fr_bench.metrics import transactions as transactions_module
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.metrics.transactions import transactions
from fr_bench.records import Acquisition, Crossing, Party, Rest, Scores, ScoreSet
from tests.two_runs import People, score_set, scores_of

NAMES = ("anna", "boris", "chen")
NONE = math.nan


def crossed(table: dict[str, list[float]], *, references: tuple[str, ...] = NAMES) -> ScoreSet:
    """Every reference, called after its subject, with every probe; NaN is a comparison that could not be made.

    table   scores by the id of the probe ("anna1"), one for each reference
    """
    probes = Party(ids=tuple(table), subjects=tuple(name[:-1] for name in table))
    side = Party(ids=tuple(f"ref-{name}" for name in references), subjects=references)
    rows = [
        (p, r, score, probes.subjects[p] == references[r])
        for p, line in enumerate(table.values())
        for r, score in enumerate(line)
    ]  # fmt: skip

    def part(mated: bool) -> Scores:
        made = [row for row in rows if row[3] == mated and not math.isnan(row[2])]
        columns = [np.array([row[k] for row in made], dtype=np.int32) for k in (0, 1)]
        return Scores(values=np.array([row[2] for row in made]), probe=columns[0], reference=columns[1])

    planned = [sum(row[3] == mated for row in rows) for mated in (True, False)]
    failed = [sum(row[3] == mated and math.isnan(row[2]) for row in rows) for mated in (True, False)]
    present = np.array([[not math.isnan(score) for score in line] for line in table.values()])
    return ScoreSet(
        mated=part(True), nonmated=part(False), mated_planned=planned[0], nonmated_planned=planned[1],
        mated_failed=failed[0], nonmated_failed=failed[1], probes=probes, references=side,
        crossing=Crossing(
            subjects=NAMES, references=np.atleast_1d(present.any(axis=0).astype(np.int64)),
            probes=np.array([sum(present[k].any() for k, s in enumerate(probes.subjects) if s == n) for n in NAMES]),
            unordered=False,
        ),
    )  # fmt: skip


TABLE = {
    "anna1": [0.9, 0.1, 0.6], "anna2": [0.4, 0.2, 0.1], "anna3": [0.3, 0.7, 0.1], "boris1": [0.1, 0.2, 0.3],
    "boris2": [0.2, 0.8, 0.1], "chen1": [0.3, 0.1, 0.4], "chen2": [0.1, 0.1, 0.3],
}  # fmt: skip


def slow(table: dict[str, list[float]], attempts: int, threshold: float, *, mated: bool) -> tuple[int, int]:
    """Accepted and all transactions, by walking through them one by one."""
    accepted = made = 0
    for place, reference in enumerate(NAMES):
        for subject, probes in groupby(sorted(table), key=lambda name: name[:-1]):
            if (subject == reference) != mated:
                continue
            scores = [table[probe][place] for probe in probes]
            for start in range(0, len(scores) - attempts + 1, attempts):
                made += 1
                accepted += any(score >= threshold for score in scores[start : start + attempts])
    return accepted, made


@pytest.mark.parametrize("attempts", [1, 2, 3])
@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.65, 2.0])
def test_rates_are_those_of_a_walk_through_all_transactions(attempts: int, threshold: float) -> None:
    for text, mated in (("FRR", True), ("FAR", False)):
        found = measure(crossed(TABLE), [f"{text}@threshold={threshold},attempts={attempts}"])[0].counts
        accepted, made = slow(TABLE, attempts, threshold, mated=mated)
        assert found == Proportion(made - accepted if mated else accepted, made)


def test_probes_that_fill_no_transaction_are_told() -> None:
    found = measure(crossed(TABLE), ["FRR@threshold=0.35,attempts=2"])[0]
    assert found.counts == Proportion(0, 3)
    assert found.details["left_out"] == 1
    assert found.details["policy"] == "best of n"


def test_the_order_of_scores_in_a_file_changes_nothing() -> None:
    turned = dict(reversed(TABLE.items()))
    for text in ("FRR@threshold=0.35,attempts=2", "FAR@threshold=0.25,attempts=2"):
        assert measure(crossed(TABLE), [text]) == measure(crossed(turned), [text])


def test_a_probe_without_a_template_was_an_attempt_that_was_not_accepted() -> None:
    failed = {**TABLE, "chen1": [NONE] * 3, "anna1": [NONE] * 3}
    assert measure(crossed(failed), ["FRR@threshold=0.35,attempts=1"])[0].counts == Proportion(5, 7)
    assert measure(crossed(failed), ["FRR@threshold=0.35,attempts=2"])[0].counts == Proportion(1, 3)
    assert measure(crossed(failed), ["FRR@threshold=-inf,attempts=1"])[0].counts == Proportion(2, 7)
    assert measure(crossed(failed), ["FAR@threshold=-inf,attempts=1"])[0].counts == Proportion(10, 14)


def test_a_reference_that_could_not_be_enrolled_is_in_the_generalized_rates_alone() -> None:
    failed = {probe: [NONE, *line[1:]] for probe, line in TABLE.items()}
    counts = {
        text: measure(crossed(failed), [f"{text}@threshold=0.25,attempts=1"])[0].counts
        for text in ("FRR", "GFRR", "FAR", "GFAR")
    }
    assert counts == {
        "FRR": Proportion(1, 4), "GFRR": Proportion(4, 7), "FAR": Proportion(3, 10), "GFAR": Proportion(3, 14)
    }  # fmt: skip


def test_one_attempt_has_the_product_formula_beside_it_where_there_are_roles() -> None:
    failed = {**TABLE, "chen1": [NONE] * 3}
    known = Acquisition(fta=Proportion(1, 7), fte=Proportion(0, 3), roles=True)
    found = measure(crossed(failed), ["FRR@threshold=0.35,attempts=1"], acquisition=known)[0]
    assert found.details["product_formula"] == pytest.approx(1 / 7 + 3 / 6 * 6 / 7, abs=1e-15)
    assert found.value == pytest.approx(found.details["product_formula"], abs=1e-15)


def test_the_product_formula_of_false_acceptance_counts_probes_that_were_acquired() -> None:
    known = Acquisition(fta=Proportion(1, 7), fte=Proportion(0, 3), roles=True)
    found = measure(crossed(TABLE), ["FAR@threshold=0.35,attempts=1"], acquisition=known)[0]
    assert found.details["product_formula"] == pytest.approx(2 / 14 * 6 / 7, abs=1e-15)


@pytest.mark.parametrize(("rate", "failed"), [("FRR", 3 / 7), ("FAR", 2 / 14)])
def test_where_nothing_failed_the_product_formula_is_the_rate_itself(rate: str, failed: float) -> None:
    known = Acquisition(fta=Proportion(0, 7), fte=Proportion(0, 3), roles=True)
    asked = [
        f"{rate}@threshold=0.35,attempts=1",
        f"{rate}@threshold=0.35,attempts=2",
        f"G{rate}@threshold=0.35,attempts=1",
    ]
    one, two, general = measure(crossed(TABLE), asked, acquisition=known)
    assert one.details["product_formula"] == one.value == pytest.approx(failed, abs=1e-15)
    assert "product_formula" not in two.details
    assert "product_formula" not in general.details


@pytest.mark.parametrize("counts", [None, Acquisition(fta=Proportion(0, 0), fte=Proportion(0, 3), roles=True),
                                    Acquisition(fta=Proportion(0, 7), fte=Proportion(0, 3), roles=False)])  # fmt: skip
def test_without_attempts_to_acquire_or_roles_there_is_no_product_formula(counts: Acquisition | None) -> None:
    found = measure(crossed(TABLE), ["FRR@threshold=0.35,attempts=1"], acquisition=counts)[0]
    assert "product_formula" not in found.details


def test_intervals_have_subjects_as_their_unit() -> None:
    rng = np.random.default_rng(3)
    ids = [f"{name}{k}" for name in NAMES for k in range(1, 10)]
    table = {probe: [float(s) for s in rng.normal(0.5, 0.2, 3)] for probe in ids}
    frr, far = measure(crossed(table), ["FRR@threshold=0.6,attempts=3", "FAR@threshold=0.6,attempts=3"])
    assert frr.interval is not None
    assert far.interval is not None
    assert (frr.interval.unit, frr.details["precision"]["units"]) == ("subject", 3)
    assert far.details["precision"]["units"] == 3


def test_what_cannot_be_formed_says_why() -> None:
    scores = crossed(TABLE)
    nobody = ScoreSet(mated=scores.mated, nonmated=scores.nonmated, mated_planned=7, nonmated_planned=14)
    for given, attempts, code in ((scores, 4, "no_transactions"), (nobody, 1, "no_subjects")):
        with pytest.raises(NotMeasurable) as missing:
            transactions(given, attempts, mated=True)
        assert missing.value.code == code


def test_a_floor_hides_attempts_of_nonmated_transactions_alone() -> None:
    scores = crossed(TABLE)
    cut = replace(scores, floor=0.05, rest=Rest(count=0))
    assert transactions(cut, 2, mated=True).best.tolist() == transactions(scores, 2, mated=True).best.tolist()
    with pytest.raises(NotMeasurable) as missing:
        transactions(cut, 2, mated=False)
    assert missing.value.code == "below_floor"


def test_failures_of_a_list_of_pairs_cannot_be_placed() -> None:
    scores = crossed({**TABLE, "chen1": [NONE] * 3})
    listed = ScoreSet(
        mated=scores.mated, nonmated=scores.nonmated, mated_planned=7, nonmated_planned=14, mated_failed=1,
        nonmated_failed=2, probes=scores.probes, references=scores.references,
    )  # fmt: skip
    assert measure(listed, ["FRR@threshold=0.5,attempts=2"])[0].details["code"] == "failures_unknown"


def test_one_attempt_of_every_pair_of_samples_is_the_generalized_rate_of_comparisons() -> None:
    people = People.of(6, 4)
    scores = score_set(people, scores_of(people, 4), failed=frozenset({"s002", "s009", "s020", "s021"}))
    for rate in ("GFRR", "GFAR"):
        one, other = measure(scores, [f"{rate}@threshold=1.5,attempts=1", f"{rate}@threshold=1.5"])
        assert one.counts == other.counts


@pytest.mark.parametrize("seed", [1, 25, 28])
def test_those_nearest_to_an_error_lend_of_any_number_in_any_order(seed: int) -> None:
    """The 30 lowest mated transactions by subject, and the 50 highest nonmated ones, against a sort."""
    rng = np.random.default_rng(seed)
    table = {
        f"{name}{chr(0x4E00 + k)}": [float(s) for s in rng.permutation(3000)[:3] / 3000]
        for name in NAMES
        for k in range(400)
    }
    for rate, mated, k in (("FRR", True, 30), ("FAR", False, -50)):
        asked, kind = resolve(f"{rate}@threshold=0.5,attempts=1")
        counted = kind.compute(crossed(table), asked, None)
        best = [
            (score, probe[:-1])
            for probe, line in table.items() for place, score in enumerate(line)
            if (probe[:-1] == NAMES[place]) == mated
        ]  # fmt: skip
        limit = sorted(score for score, _ in best)[k - 1 if k > 0 else k]
        lent = [subject for score, subject in best if (score <= limit if mated else score >= limit)]
        assert counted.borrow is not None
        assert int(counted.borrow.sum()) == len(lent) >= abs(k)
        if mated:
            assert counted.borrow.tolist() == [lent.count(name) for name in NAMES]


@pytest.mark.parametrize(("made", "lent"), [(29, None), (30, 30), (240, 30)])
def test_the_thirty_lowest_transactions_lend_a_design_effect(made: int, lent: int | None) -> None:
    best = np.random.default_rng(53).permutation(made) / 1000
    table = {
        f"{NAMES[k % 3]}{chr(0x4E00 + k // 3)}": [float(score) if r == k % 3 else 0.0 for r in range(3)]
        for k, score in enumerate(best)
    }
    asked, kind = resolve("FRR@threshold=0.0,attempts=1")
    counted = kind.compute(crossed(table), asked, None)
    assert (None if counted.borrow is None else int(counted.borrow.sum())) == lent


def test_claims_against_nobody_enrolled_are_left_out_unless_asked_for() -> None:
    failed = crossed({probe: [NONE, *line[1:]] for probe, line in TABLE.items()})
    made = [len(transactions(failed, 1, mated=True, **asked).best) for asked in ({}, {"enrolled": False})]
    assert made == [4, 7]


@pytest.mark.parametrize(("most", "ordered"), [(7, True), (6, False)])
def test_up_to_a_number_of_attempts_they_are_put_in_order(
    most: int, ordered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven attempts against the own reference, one of which failed."""
    monkeypatch.setattr(transactions_module, "MOST", most)
    failed = crossed({**TABLE, "anna1": [NONE] * 3})
    if ordered:
        assert len(transactions(failed, 1, mated=True).best) == 7
        return
    with pytest.raises(NotMeasurable, match="more than 6 attempts") as missing:
        transactions(failed, 1, mated=True)
    assert missing.value.code == "too_large"


def test_reject_all_accepts_no_transaction() -> None:
    found = measure(crossed(TABLE), [f"{rate}@threshold=reject_all,attempts=1" for rate in ("FRR", "FAR")])
    assert [one.counts for one in found] == [Proportion(7, 7), Proportion(0, 14)]
