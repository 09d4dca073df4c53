"""The further families: what they take for true is what data sets of theirs show on average."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from bench.coverage import animals, attacks, families, groups, qualities, searches, tables
from bench.coverage.bars import Bar, bar_of, judged
from bench.coverage.experiments import Job
from bench.coverage.populations import named
from bench.coverage.promises import PROMISES, TEST
from bench.coverage.tallies import Cell, Tally, as_json, from_json
from fr_bench.findings import Interval

HARD = named("skew-strong")


@dataclass
class Means:
    """Rates of many data sets, and how far their means may lie from the truth."""

    seen: dict[str, list[float]]

    def __init__(self) -> None:
        self.seen = {}

    def add(self, **rates: float | np.floating[Any]) -> None:
        for name, rate in rates.items():
            self.seen.setdefault(name, []).append(float(rate))

    def assert_near(self, truths: dict[str, float], sigmas: float = 4.5) -> None:
        for name, rates in self.seen.items():
            error = np.std(rates, ddof=1) / len(rates) ** 0.5
            assert abs(np.mean(rates) - truths[name]) < sigmas * error, (name, np.mean(rates), truths[name], error)


@pytest.mark.parametrize("population", ["gauss-strong", "skew-strong"])
def test_true_rates_of_searches(population: str) -> None:
    rng, who, n = np.random.default_rng(5), named(population), 50
    t = searches.threshold_of_fpir(who, n, 0.1)
    first = searches._places(n) < 25
    means = Means()
    for _ in range(250):
        scores = searches.drawn(rng, who, searches.gallery_effects(who, n))
        made = scores.searches
        assert made is not None
        table = np.full((len(made), n), -np.inf)
        table[scores.nonmated.probe, scores.nonmated.reference] = scores.nonmated.values
        others, mate = table[made.mated], made.mate[made.mated]
        higher = np.count_nonzero(others >= mate[:, None], axis=1)
        strangers = table[~made.mated]
        means.add(
            one=np.mean(higher < 1),
            five=np.mean(higher < 5),
            lost=np.mean((higher >= 1) | (mate < t)),
            anybody=np.mean((strangers >= t).any(axis=1)),
            half=np.mean((strangers[:, first] >= t).any(axis=1)),
            counted=np.mean(made.rank[made.mated] == 1),
        )
    names = {
        "one": "TPIR@rank=1", "five": "TPIR@rank=5", "lost": "FNIR@t1e-1", "anybody": "FPIR@t1e-1",
        "half": "FPIR@t1e-1,half", "counted": "TPIR@rank=1",
    }  # fmt: skip
    means.assert_near({short: searches.truth_of(who, n, name) for short, name in names.items()})


def test_half_of_a_gallery_that_knows_no_effects_is_a_smaller_gallery() -> None:
    alike = named("gauss-none")
    half = searches.truth_of(alike, 100, "TPIR@rank=1,half")
    assert half == pytest.approx(searches.truth_of(alike, 50, "TPIR@rank=1"), abs=1e-9)


@pytest.mark.parametrize("family", [groups.FAMILY, groups.EQUAL])
def test_true_rates_of_groups(family: str) -> None:
    job, rng, means = Job(family, 50, str(HARD)), np.random.default_rng(6), Means()
    truth, at = groups.truth_of(job, "1e-1"), groups.threshold(HARD, "1e-1")
    group = np.array(groups.group_of(50))
    for _ in range(250):
        scores = groups.drawn(rng, job)
        assert scores.mated.probe is not None
        assert scores.nonmated.probe is not None
        assert scores.nonmated.reference is not None
        rows, columns = (group[side // groups.SAMPLES] for side in (scores.nonmated.probe, scores.nonmated.reference))
        high, of = scores.nonmated.values >= at, group[scores.mated.probe // groups.SAMPLES]
        means.add(
            fmr_0=high[(rows == 0) & (columns == 0)].mean(),
            fmr_1=high[(rows == 1) & (columns == 1)].mean(),
            between=high[rows != columns].mean(),
            fnmr_0=(scores.mated.values[of == 0] < at).mean(),
            fnmr_1=(scores.mated.values[of == 1] < at).mean(),
        )
    means.assert_near(
        {f"fmr_{k}": truth.fmr[k] for k in (0, 1)}
        | {f"fnmr_{k}": truth.fnmr[k] for k in (0, 1)}
        | {"between": truth.between}
    )


def test_true_summaries_of_groups_are_those_of_the_definitions() -> None:
    truth = groups.Truth(fmr=(0.01, 0.04, 0.02), fnmr=(0.1, 0.1, 0.2), between=0.0)
    found = {name: groups.summary_of(truth, name) for name in groups.SUMMED}
    assert found["FMR-max-min-ratio"] == pytest.approx(4)
    assert found["FMR-max-geomean-ratio"] == pytest.approx(2)
    assert found["FNMR-max-mean-ratio"] == pytest.approx(1.5)
    assert found["FMR-Gini"] == pytest.approx(3 / 7)
    assert found["FDR"] == pytest.approx(1 - (0.03 + 0.1) / 2)
    assert found["IR"] == pytest.approx(8**0.5)
    assert found["GARBE"] == pytest.approx((3 / 7 + 1 / 4) / 2)


def test_true_rates_of_attacks() -> None:
    rng, means = np.random.default_rng(8), Means()
    t1, t2 = attacks.thresholds(HARD)
    for _ in range(250):
        found = attacks.drawn(rng, HARD, 50)
        assert found.recognition is not None
        kind, made = np.array(found.species), ~np.isnan(found.score)
        recognised = found.recognition >= 0
        for name in attacks.PASSING:
            of = kind == name
            means.add(**{
                f"{name}_t1": (found.score[of & made] >= t1).mean(),
                f"{name}_t2": (found.score[of & made] >= t2).mean(),
                f"{name}_system": ((found.score >= t1) & recognised)[of].mean(),
                f"{name}_silent": (~made)[of].mean(),
            })  # fmt: skip
        own = kind == ""
        means.add(
            stopped=(found.score[own & made] < t1).mean(),
            rejected=1 - ((found.score >= t1) & recognised)[own].mean(),
            silent=(~made)[own].mean(),
        )
    system = {name: 0.96 * attacks.PASSING[name] * attacks.TAKEN[name] for name in attacks.PASSING}
    means.assert_near(
        {f"{name}_t1": attacks.PASSING[name] for name in attacks.PASSING}
        | {f"{name}_t2": attacks.apcer(HARD, name, t2) for name in attacks.PASSING}
        | {f"{name}_system": rate for name, rate in system.items()}
        | {f"{name}_silent": 0.04 for name in attacks.PASSING}
        | {
            "stopped": attacks.truth_of(HARD, "BPCER@t1"),
            "rejected": attacks.truth_of(HARD, "RIAPAR") - max(system.values()),
            "silent": 0.02,
        }
    )
    assert attacks.truth_of(HARD, "APCER@t2") == pytest.approx(0.02)
    assert attacks.truth_of(HARD, "BPCER@APCER=0.1") == pytest.approx(attacks.STOPPED)


@pytest.mark.parametrize("population", ["gauss-medium", "skew-strong"])
def test_true_values_of_quality(population: str) -> None:
    """From one large data set: sorted, cut and added up, without the product."""
    who = named(population)
    scores, column = qualities.drawn(np.random.default_rng(9), who, 40_000)
    assert scores.probes is not None
    quality = np.array([float(column[name]) for name in scores.probes.ids])
    order = np.argsort(quality)
    wrong = scores.mated.values[order] < qualities.threshold(who)
    left = 1 - np.arange(len(wrong)) / len(wrong)
    rates = (wrong[::-1].cumsum()[::-1] / len(wrong)) / left
    fifth = len(wrong) // 5
    assert rates[fifth] == pytest.approx(qualities.truth_of(who, "FNMR-after-discard@t"), abs=0.003)
    area = rates[:fifth].mean() * 0.2 - 0.005
    assert area == pytest.approx(qualities.truth_of(who, "FNMR-EDC-pAUC@t"), abs=0.0008)
    ranks = np.argsort(np.argsort(scores.mated.values[order]))
    correlation = np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]
    assert correlation == pytest.approx(qualities.truth_of(who, "quality-correlation"), abs=0.01)


@pytest.mark.parametrize("population", animals.POPULATIONS)
def test_alike_subjects_have_the_rates_they_should(population: str) -> None:
    rng, means = np.random.default_rng(10), Means()
    for _ in range(150):
        scores = animals.drawn(rng, 30, *animals.POPULATIONS[population])
        means.add(fmr=(scores.nonmated.values >= 2.3263479).mean(), fnmr=(scores.mated.values < 2.3263479).mean())
    means.assert_near({"fmr": 1e-2, "fnmr": 1e-1})


def figures(name: str, population: str = "gauss-medium") -> set[str]:
    job = next(job for job in families.FAMILIES[name].jobs() if job.subjects == 50 and job.population == population)
    found = families.FAMILIES[name].batch(job, 0, 2, 40)
    for cell in found:
        assert cell.measure in PROMISES[cell.family].columns
    assert from_json(as_json(found)) == found
    assert tables.all_tables(found, judged(found))
    return {cell.family for cell in found}


def test_every_family_counts_into_columns_that_a_table_has() -> None:
    assert figures("search") == {"search"}
    assert figures("group") == {"group-rates", "group-summaries"}
    assert figures("group-equal") == {"group-tests", "group-equal-summaries"}
    assert figures("attack") == {"attack"}
    assert figures("quality") == {"quality"}
    assert figures("animals", "alike") == {"animals"}


def test_a_test_is_judged_by_its_false_alarms() -> None:
    cell = Cell("group-tests", 100, "gauss-none", "FMR@t1e-2", TEST)
    tally = Tally(truth=0.0, expected=0.0)
    for k in range(400):
        tally = tally.tested(alarm=k < 20)
    assert bar_of(cell, tally) == Bar(0.95, 1.0)
    assert [verdict.verdict for verdict in judged({cell: tally})] == ["PASS"]
    worse = replace(tally, above=34)  # 0.085, and 0.05 + 3 standard errors are 0.083
    assert [verdict.verdict for verdict in judged({cell: worse})] == ["MISSED"]
    assert "| 100 | gauss-none | 0.085 **MISSED** |" in tables.all_tables({cell: worse}, judged({cell: worse}))


def test_a_lower_limit_alone_keeps_its_promise_from_one_side() -> None:
    tally = Tally(truth=2.0, expected=0.0).with_lower(1.5, None).with_lower(2.5, None)
    tally = tally.with_one(Interval(1.0, 3.0, 0.95, "m", "subject"), 2.0)
    assert (tally.unbounded, tally.below) == (2, 1)
    assert tally.coverage == pytest.approx(2 / 3)
    assert tally.mean_width == 2.0


def test_rows_of_families_without_open_limits_are_written_as_before() -> None:
    cell = Cell("FMR", 50, "gauss-none", "FMR@1e-1", "subject-exact")
    (row,) = as_json({cell: Tally(truth=0.1, expected=490.0, replicates=1)})
    assert "unbounded" not in row
