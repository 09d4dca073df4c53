"""Makes `own_cases.json`: the questions stand here, the answers come from `oracle.py`, and what was worked by hand
stands beside the question and must agree before anything is written.

    python tests/conformance/make_own_cases.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import oracle  # beside this script, so that the folder can be taken away as it is

HERE = Path(__file__).parent
SUMMARY = {"summary": True}
EVEN = {"cost_miss": "1", "cost_fa": "1"}


def verification(
    name: str,
    title: str,
    mated: list[Any],
    nonmated: list[Any],
    ask: dict[str, Any],
    by_hand: dict[str, Any],
    *,
    polarity: str = "similarity",
    **more: Any,
) -> dict[str, Any]:
    case = {
        "id": name,
        "title": title,
        "kind": "verification",
        "polarity": polarity,
        "mated": mated,
        "nonmated": nonmated,
        **more,
        "ask": ask,
    }
    return case | {"by_hand": by_hand}


# Precision: where two numbers that print alike decide differently

PRECISION = [
    verification(
        "o01",
        "float32 scores held as binary64: one unit in the last place on both sides of a threshold",
        [0.10000000149011612, 0.10000000894069672],
        [0.09999999403953552, 0.10000000149011612],
        {
            "fmr": [0.1, 0.10000000149011612, 0.10000000149011613],
            "fnmr": [0.1, 0.10000000149011613],
            "fnmr_at_fmr": ["1/2"],
            **SUMMARY,
        },
        {
            "fmr.0.value": "1/2",
            "fmr.1.value": "1/2",
            "fmr.2.value": "0",
            "fnmr.1.value": "1/2",
            "fnmr_at_fmr.0.fnmr": "0",
            "auc": "7/8",
        },
    ),
    verification(
        "o02",
        "thresholds beyond the largest and below the smallest float32",
        [3.4028234663852886e38, 1.401298464324817e-45],
        [-3.4028234663852886e38, 0.0],
        {"fmr": [1e39, 1e-46, -1e39], "fnmr": [1e39, 1e-46, 1e-44], "fnmr_at_fmr": ["1/2"], **SUMMARY},
        {
            "fmr.0.value": "0",
            "fmr.1.value": "0",
            "fmr.2.value": "1",
            "fnmr.0.value": "1",
            "fnmr.1.value": "0",
            "fnmr.2.value": "1/2",
            "auc": "1",
        },
    ),
    verification(
        "o03",
        "neighbours of 1 in binary64",
        [1.0, 1.0000000000000002],
        [0.9999999999999999, 1.0],
        {
            "fmr": [0.9999999999999999, 1.0, 1.0000000000000002],
            "fnmr": [1.0, 1.0000000000000002],
            "fnmr_at_fmr": ["1/2"],
            **SUMMARY,
        },
        {"fmr.0.value": "1", "fmr.1.value": "1/2", "fmr.2.value": "0", "fnmr.1.value": "1/2", "zero_fmr.fnmr": "1/2"},
    ),
    verification(
        "o04",
        "integers as scores up to 2^53, the last that are all different",
        [9007199254740992, 9007199254740991],
        [9007199254740990, 9007199254740991],
        {"fmr": [9007199254740991], "fnmr": [9007199254740992], "fnmr_at_fmr": ["1/2"], **SUMMARY},
        {"fmr.0.value": "1/2", "fnmr.0.value": "1/2", "auc": "7/8"},
    ),
    verification(
        "o05",
        "subnormals are not zero",
        [5e-324, 1e-323],
        [0.0, -5e-324],
        {"fmr": [5e-324, 0.0], "fnmr": [5e-324, 1e-323], "fnmr_at_fmr": ["1/2"], **SUMMARY},
        {"fmr.0.value": "0", "fmr.1.value": "1/2", "fnmr.1.value": "1/2", "auc": "1", "eer.mean": "0"},
    ),
]

# Infinities

INFINITIES = [
    verification(
        "o06",
        "minus infinity in both classes is a tie; the threshold -inf accepts everything",
        ["-inf", 0.5],
        ["-inf", "-inf", 0.25],
        {"fmr": ["-inf", 0.25], "fnmr": ["-inf", 0.25], "fnmr_at_fmr": ["1/3"], **SUMMARY},
        {
            "fmr.0.value": "1",
            "fnmr.0.value": "0",
            "fmr.1.value": "1/3",
            "fnmr.1.value": "1/2",
            "auc": "2/3",
            "zero_fnmr.fmr": "1",
        },
    ),
    verification(
        "o07",
        "plus infinity among mated only: the threshold without a false match is inf, and it accepts it",
        [0.5, "inf"],
        [0.7, 0.1],
        {"fmr": ["inf", "reject_all"], "fnmr": ["inf", "reject_all"], "fnmr_at_fmr": ["1/2"], **SUMMARY},
        {"fnmr.0.value": "1/2", "fnmr.1.value": "1", "zero_fmr.threshold": "inf", "zero_fmr.fnmr": "1/2"},
    ),
    verification(
        "o08",
        "both infinities in both classes",
        ["-inf", 0.0, "inf", "inf"],
        ["-inf", "-inf", 0.0, "inf"],
        {"fmr": ["inf", 0.0, "-inf"], "fnmr": ["inf", 0.0, "-inf"], "fnmr_at_fmr": ["1/4", "1/2"], **SUMMARY},
        {
            "fmr.0.value": "1/4",
            "fnmr.0.value": "1/2",
            "fmr.1.value": "1/2",
            "fnmr.1.value": "1/4",
            "zero_fmr.threshold": "reject_all",
        },
    ),
    verification(
        "o09",
        "distances: an infinite distance is a failure to compare, thresholds come back as distances",
        ["inf", 0.25, 0.5],
        [0.75, "inf", 0.5],
        {"fmr": [0.5, "inf"], "fnmr": [0.5, 0.25], "fnmr_at_fmr": ["1/3"], **SUMMARY},
        {
            "fmr.0.value": "1/3",
            "fmr.1.value": "1",
            "fnmr.0.value": "1/3",
            "fnmr.1.value": "2/3",
            "fnmr_at_fmr.0.threshold": 0.5,
            "fnmr_at_fmr.0.fnmr": "1/3",
        },
        polarity="distance",
    ),
    verification(
        "o10",
        "distances: zero of either sign is one threshold",
        [0.0, -0.0],
        [-0.0, 1.0],
        {"fmr": [0.0, -0.0], "fnmr": [0.0, -0.0], "fnmr_at_fmr": ["1/2"], **SUMMARY},
        {"fmr.0.value": "1/2", "fmr.1.value": "1/2", "fnmr.0.value": "0", "fnmr.1.value": "0"},
        polarity="distance",
    ),
]

# Ties at the target

HUNDRED = [0.9] + [0.8] * 20 + [round(0.001 * k, 3) for k in range(79)]
TIES = [
    verification(
        "o11",
        "twenty equal nonmated scores straddle the target",
        [0.95, 0.9, 0.85, 0.8, 0.8, 0.75, 0.5, 0.0005],
        HUNDRED,
        {
            "fmr": [0.8, 0.80001],
            "fnmr": [0.8, 0.80001],
            "fnmr_at_fmr": ["1/100", "1/50", "1/5", "21/100", "11/50", "99/100"],
            **SUMMARY,
        },
        {
            "fnmr_at_fmr.0.threshold": 0.85,
            "fnmr_at_fmr.0.fnmr": "5/8",
            "fnmr_at_fmr.2.fmr": "1/100",
            "fnmr_at_fmr.2.allowed": 20,
            "fnmr_at_fmr.3.threshold": 0.5,
            "fnmr_at_fmr.3.fmr": "21/100",
            "fnmr_at_fmr.3.fnmr": "1/8",
        },
    ),
    verification(
        "o12",
        "the highest nonmated scores tie and one mated score lies above: not reject_all",
        [0.9, 0.4, 0.4],
        [0.8, 0.8, 0.8, 0.1, 0.1],
        {"fnmr_at_fmr": ["1/5", "2/5", "3/5"], **SUMMARY},
        {
            "fnmr_at_fmr.0.threshold": 0.9,
            "fnmr_at_fmr.0.fnmr": "2/3",
            "fnmr_at_fmr.1.fmr": "0",
            "fnmr_at_fmr.2.threshold": 0.4,
            "fnmr_at_fmr.2.fnmr": "0",
        },
    ),
    verification(
        "o13",
        "the mated score equal to the first rejected nonmated score is rejected too",
        [0.6, 0.6, 0.7],
        [0.7, 0.6, 0.6, 0.1],
        {"fnmr_at_fmr": ["1/4", "1/2", "3/4"], **SUMMARY},
        {
            "fnmr_at_fmr.0.threshold": 0.7,
            "fnmr_at_fmr.0.fnmr": "2/3",
            "fnmr_at_fmr.1.fnmr": "2/3",
            "fnmr_at_fmr.2.threshold": 0.6,
            "fnmr_at_fmr.2.fnmr": "0",
        },
    ),
    verification(
        "o14",
        "targets a hair below and at k/N, and one just below 1",
        [0.5, 1.5, 2.5],
        [0.0, 1.0, 2.0],
        {
            "fnmr_at_fmr": ["333333333333333333/1000000000000000000", "1/3", "2/3", "999999999999/1000000000000"],
            **SUMMARY,
        },
        {
            "fnmr_at_fmr.0.status": "not_measurable",
            "fnmr_at_fmr.1.threshold": 1.5,
            "fnmr_at_fmr.1.fnmr": "1/3",
            "fnmr_at_fmr.2.threshold": 0.5,
            "fnmr_at_fmr.3.allowed": 2,
            "fnmr_at_fmr.3.fnmr": "0",
        },
    ),
    verification(
        "o15",
        "7 mated and 1,000 nonmated whole numbers, many of them equal",
        [40, 90, 120, 150, 150, 180, 220],
        [(k * k * 7919 + 31 * k) % 151 for k in range(1000)],
        {
            "fmr": [100, 150],
            "fnmr": [100, 150],
            "fnmr_at_fmr": ["1/1000", "1/100", "29/1000", "1/3"],
            "fmr_at_fnmr": ["1/7", "2/7", "3/7"],
            **SUMMARY,
        },
        {"fnmr.0.value": "2/7", "fnmr.1.value": "3/7"},
    ),
]

# The mirror: FMR at a target FNMR

MIRROR = [
    verification(
        "o16",
        "FMR at a target FNMR: the threshold is the (j+1)-th lowest mated score",
        [0.9, 0.8, 0.2],
        [0.1, 0.3, 0.5, 0.7, 0.85],
        {"fmr_at_fnmr": ["1/3", "2/3", "1/4"], **SUMMARY},
        {
            "fmr_at_fnmr.0.threshold": 0.8,
            "fmr_at_fnmr.0.fmr": "1/5",
            "fmr_at_fnmr.1.threshold": 0.9,
            "fmr_at_fnmr.1.fmr": "0",
            "fmr_at_fnmr.2.status": "not_measurable",
        },
    ),
    verification(
        "o17",
        "FMR at a target FNMR: ties keep the attained FNMR below the target",
        [0.2, 0.4, 0.4, 0.4, 0.9],
        [0.4, 0.3, 0.1, 0.95],
        {"fmr_at_fnmr": ["1/5", "2/5", "3/5", "4/5"], **SUMMARY},
        {
            "fmr_at_fnmr.0.threshold": 0.4,
            "fmr_at_fnmr.0.fmr": "1/2",
            "fmr_at_fnmr.2.fnmr": "1/5",
            "fmr_at_fnmr.3.threshold": 0.9,
            "fmr_at_fnmr.3.fmr": "1/4",
            "fmr_at_fnmr.3.fnmr": "4/5",
        },
    ),
    verification(
        "o18",
        "0.29 of 100 mated comparisons are 29",
        [k / 100 for k in range(100)],
        [0.285, 0.29, 0.295],
        {"fmr_at_fnmr": ["29/100"], **SUMMARY},
        {"fmr_at_fnmr.0.allowed": 29, "fmr_at_fnmr.0.threshold": 0.29, "fmr_at_fnmr.0.fmr": "2/3"},
    ),
]

# Detection cost


def cost(prior: str, miss: str = "1", false: str = "1", **more: Any) -> dict[str, Any]:
    return {"prior": prior, "cost_miss": miss, "cost_fa": false, **more}


COSTS = [
    verification(
        "o19",
        "detection cost at thresholds, by prior and costs",
        [0.5, 0.6, 0.7],
        [0.3, 0.5, 0.5],
        {
            "dcf": [
                cost("1/2", t=0.5),
                cost("1/2", t=0.6),
                cost("1/100", t=0.6),
                cost("1/100", "10", t=0.6),
                cost("1/2", t="reject_all"),
                cost("1/2", t=0.3),
            ],
            "min_dcf": [cost("1/2"), cost("1/1000"), cost("99/100"), cost("1/100", "10", "1"), cost("1/2", "1", "5")],
            **SUMMARY,
        },
        {
            "dcf.0.value": "2/3",
            "dcf.1.value": "1/3",
            "dcf.2.value": "1/3",
            "dcf.3.value": "1/3",
            "dcf.4.value": "1",
            "dcf.5.value": "1",
            "min_dcf.0.value": "1/3",
            "min_dcf.2.value": "2/3",
        },
    ),
    verification(
        "o20",
        "the least cost is that of rejecting all, or of accepting all",
        [0.1, 0.2],
        [0.8, 0.9],
        {"min_dcf": [cost("1/2"), cost("1/4"), cost("3/4")], **SUMMARY},
        {
            "min_dcf.0.value": "1",
            "min_dcf.0.attained_at": [0.1, "reject_all"],
            "min_dcf.1.attained_at": ["reject_all"],
            "min_dcf.2.attained_at": [0.1],
        },
    ),
    verification(
        "o21",
        "several thresholds attain the least cost",
        [0.2, 0.4, 0.6],
        [0.1, 0.3, 0.5],
        {"min_dcf": [cost("1/2"), cost("1/3", "2", "1")], **SUMMARY},
        {"min_dcf.0.value": "2/3", "min_dcf.0.attained_at": [0.2, 0.4, 0.6], "min_dcf.1.value": "2/3"},
    ),
]

# Log-likelihood ratios. ln 3 = 1.0986122886681098, ln 7 = 1.9459101490553132

BITS = {"cllr": True, "min_cllr": True, **SUMMARY}
CALIBRATION = [
    verification(
        "o22", "ratios of 1 say nothing: Cllr is 1", [0.0, 0.0, 0.0], [0.0, 0.0], BITS, {"cllr": "1", "min_cllr": "1"}
    ),
    verification(
        "o23",
        "infinite ratios, all of them right: Cllr is 0",
        ["inf", "inf"],
        ["-inf"],
        BITS,
        {"cllr": "0", "min_cllr": "0"},
    ),
    verification(
        "o24",
        "ratios of 3 to 1: Cllr is log2(4/3)",
        [1.0986122886681098],
        [-1.0986122886681098],
        BITS,
        {"cllr": "0.415037499278844", "min_cllr": "0"},
    ),
    verification(
        "o25",
        "half of the comparisons undecided: Cllr is 1/2",
        [0.0, "inf"],
        ["-inf", 0.0],
        BITS,
        {"cllr": "0.5", "min_cllr": "0.5"},
    ),
    verification(
        "o26", "one infinite ratio that is wrong: Cllr is infinite", ["-inf", 2.0], [-2.0, -1.0], BITS, {"cllr": None}
    ),
    verification("o27", "minimum Cllr pools ties and violators", [2.0, 1.0], [1.0, 0.0], BITS, {"min_cllr": "0.5"}),
    verification(
        "o28", "reversed scores: pooled into one, minimum Cllr is 1", [0.1, 0.2], [0.8, 0.9], BITS, {"min_cllr": "1"}
    ),
    verification(
        "o29",
        "large ratios lose no digit: ln(1 + e^800) is 800",
        [-800.0, 800.0],
        [-800.0, 800.0],
        BITS,
        {"cllr": "577.078016355585"},
    ),
]

# Refusals

REFUSALS = [
    verification(
        "o30", "NaN among the nonmated scores is refused", [0.5], [0.1, "nan"], SUMMARY, {"error": "nan_score"}
    ),
    verification("o31", "a target FNMR of 0 is refused", [0.5], [0.4], {"fmr_at_fnmr": ["0"]}, {"error": "bad_target"}),
    verification("o32", "a target above 1 is refused", [0.5], [0.4], {"fnmr_at_fmr": ["3/2"]}, {"error": "bad_target"}),
    verification(
        "o33", "a negative target is refused", [0.5], [0.4], {"fnmr_at_fmr": ["-1/2"]}, {"error": "bad_target"}
    ),
]

# Dependence

DEPENDENCE = [
    verification(
        "o34",
        "several comparisons of one pair of subjects, in both orders; a negative covariance is kept",
        [0.9, 0.8],
        [0.6, 0.7, 0.2, 0.1, 0.3, 0.2],
        {"fmr": [0.5], "fnmr": [0.5], "variance_t": 0.5, **SUMMARY},
        {"fmr.0.value": "1/3", "fmr_variance_floor": "11/162", "fmr_variance_dyadic": "2/81"},
        nonmated_subjects=[["a", "b"], ["b", "a"], ["a", "c"], ["c", "a"], ["b", "c"], ["c", "d"]],
    ),
    verification(
        "o35",
        "weights of zero leave no comparison; weights of a half are as good as whole ones",
        [0.9, 0.2, 0.8, 0.1],
        [0.6, 0.1, 0.7],
        {
            "fmr": [0.5],
            "fnmr": [0.5],
            "variance_t": 0.5,
            "weights": [{"a": 0, "b": 0, "c": 0}, {"a": "1/2", "b": "1/2", "c": "1/2"}, {"a": 0, "b": 2, "c": 2}],
            **SUMMARY,
        },
        {
            "weighted.0.fnmr": None,
            "weighted.0.fmr": None,
            "weighted.1.fnmr": "1/2",
            "weighted.1.fmr": "2/3",
            "weighted.2.fnmr": "2/3",
            "weighted.2.fmr": "1",
        },
        mated_subject=["a", "b", "c", "c"],
        nonmated_subjects=[["a", "b"], ["a", "c"], ["b", "c"]],
    ),
]

# Identification


def search(mates: list[Any], nonmates: list[Any], *, mated: bool = True) -> dict[str, Any]:
    return {"mated": mated, "mates": mates, "nonmates": nonmates}


def identification(name: str, title: str, searches: list[Any], ask: dict[str, Any], by_hand: dict[str, Any]) -> Any:
    return {"id": name, "title": title, "kind": "identification", "searches": searches, "ask": ask, "by_hand": by_hand}


IDENTIFICATION = [
    identification(
        "oi1",
        "several mates: the best one counts, and a tie with a nonmate counts against it",
        [
            search([0.4, 0.9, 0.7], [0.9, 0.8]),
            search([0.6, 0.6], [0.5, 0.55]),
            search([0.3, 0.3], [0.9, 0.3, 0.3]),
            search([], [0.1], mated=False),
            search([], [0.65, 0.9], mated=False),
        ],
        {"R": 4, "t": [0.5, 0.6, "reject_all"], "fpir": ["1/2"]},
        {
            "cmc": ["1/3", "2/3", "2/3", "1"],
            "cmc_optimistic": ["2/3", "1", "1", "1"],
            "at_t.0.fpir": "1/2",
            "at_t.0.fnir_rank1": "2/3",
            "at_t.0.fnir_rankR": "1/3",
            "at_t.0.selectivity": "1",
            "at_t.2.fnir_rankR": "1",
        },
    ),
    identification(
        "oi2",
        "no candidate returned at all; no mate returned is worse than every rank",
        [
            search([], []),
            search([], [0.9]),
            search([0.8], []),
            search([], [], mated=False),
            search([], ["-inf"], mated=False),
        ],
        {"R": 2, "t": [0.5, "-inf"], "fpir": ["1/2"]},
        {
            "cmc": ["1/3", "1/3"],
            "at_t.0.fpir": "0",
            "at_t.0.selectivity": "0",
            "at_t.1.fpir": "1/2",
            "at_t.1.fnir_rank1": "2/3",
            "fnir_at_fpir.0.fnir": "2/3",
        },
    ),
    identification(
        "oi3",
        "nonmated searches with equal best scores straddle the target",
        [
            search([0.7], [0.1]),
            search([0.6], [0.1]),
            search([0.5], [0.1]),
            search([], [0.6, 0.6], mated=False),
            search([], [0.6], mated=False),
            search([], [0.3], mated=False),
        ],
        {"R": 1, "t": [0.6], "fpir": ["1/3", "2/3", "1/4"]},
        {
            "at_t.0.fpir": "2/3",
            "at_t.0.fnir_rank1": "1/3",
            "at_t.0.selectivity": "1",
            "fnir_at_fpir.0.threshold": 0.7,
            "fnir_at_fpir.0.fnir": "2/3",
            "fnir_at_fpir.1.threshold": 0.5,
            "fnir_at_fpir.1.fnir": "0",
            "fnir_at_fpir.2.status": "not_measurable",
        },
    ),
]

# Presentation attack detection


def pad(name: str, title: str, bona_fide: list[Any], species: dict[str, list[Any]], ask: Any, by_hand: Any) -> Any:
    return {
        "id": name,
        "title": title,
        "kind": "pad",
        "bona_fide": bona_fide,
        "species": species,
        "ask": ask,
        "by_hand": by_hand,
    }


PAD = [
    pad(
        "op1",
        "ties between bona fide and attack presentations, and between species, at the threshold",
        [0.5, 0.5, 0.6, 0.9],
        {"print": [0.5, 0.5, 0.1, 0.1], "replay": [0.5, 0.2], "mask": [0.6, 0.4, 0.3]},
        {"t": [0.5, 0.6], "apcer": ["1/2", "2/3", "1/3"]},
        {
            "at_t.0.apcer.print": "1/2",
            "at_t.0.apcer.mask": "1/3",
            "at_t.0.apcer_max": "1/2",
            "at_t.0.bpcer": "0",
            "at_t.1.apcer_max": "1/3",
            "at_t.1.bpcer": "1/2",
            "bpcer_at_apcer.0.threshold": 0.5,
            "bpcer_at_apcer.0.bpcer": "0",
            "bpcer_at_apcer.1.threshold": 0.4,
            "bpcer_at_apcer.2.status": "not_measurable",
        },
    ),
    pad(
        "op2",
        "the pooled rate would hide the species that gets through",
        [0.3, 0.7, 0.8, 0.9],
        {"print": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], "mask": [0.75, 0.85]},
        {"t": [0.7], "apcer": ["1/2"]},
        {
            "at_t.0.apcer_max": "1",
            "at_t.0.bpcer": "1/4",
            "bpcer_at_apcer.0.threshold": 0.8,
            "bpcer_at_apcer.0.bpcer": "1/2",
        },
    ),
    pad(
        "op3",
        "attacks that look perfect: only reject_all holds the target",
        [0.5, "inf"],
        {"deepfake": ["inf", "inf"]},
        {"t": ["inf"], "apcer": ["1/2"]},
        {
            "at_t.0.apcer_max": "1",
            "at_t.0.bpcer": "1/2",
            "bpcer_at_apcer.0.threshold": "reject_all",
            "bpcer_at_apcer.0.bpcer": "1",
        },
    ),
]

# Groups and tests

TESTS = [
    {
        "id": "og1",
        "title": "no errors in any group: no ratio is defined",
        "kind": "groups",
        "groups": {"A": {"errors": 0, "n": 10}, "B": {"errors": 0, "n": 30}},
        "ask": {},
        "by_hand": {"max_over_min": None, "max_minus_min": "0", "gini": None},
    },
    {
        "id": "om1",
        "title": "McNemar: all discordant comparisons on one side",
        "kind": "mcnemar",
        "b": 0,
        "c": 5,
        "ask": {},
        "by_hand": {"exact": "1/16", "mid": "1/32"},
    },
    {
        "id": "oh1",
        "title": "Holm: an adjusted value is capped at 1 and never below one before it",
        "kind": "holm",
        "p": ["1/2", "1/100", "9/10", "1/2"],
        "ask": {},
        "by_hand": {"adjusted": ["1", "1/25", "1", "1"]},
    },
    {
        "id": "os1",
        "title": "sign-flip: no difference in any subject",
        "kind": "sign_flip",
        "differences": [0, 0, 0],
        "ask": {},
        "by_hand": {"p": "1"},
    },
    {
        "id": "os2",
        "title": "sign-flip: one subject with all the difference",
        "kind": "sign_flip",
        "differences": [0, 0, 7],
        "ask": {},
        "by_hand": {"p": "1"},
    },
]

QUESTIONS: list[dict[str, Any]] = [
    *PRECISION,
    *INFINITIES,
    *TIES,
    *MIRROR,
    *COSTS,
    *CALIBRATION,
    *REFUSALS,
    *DEPENDENCE,
    *IDENTIFICATION,
    *PAD,
    *TESTS,
]


def at(answer: Any, path: str) -> Any:
    """The value at a dotted path such as `fmr.0.value`."""
    for step in path.split("."):
        answer = answer[int(step)] if isinstance(answer, list) else answer[step]
    return answer


def answered(question: dict[str, Any]) -> dict[str, Any]:
    """The case with its answer. SystemExit if the hand disagrees with the oracle."""
    answer = oracle.answer(question)
    for path, expected in question["by_hand"].items():
        if at(answer, path) != expected:
            raise SystemExit(f"{question['id']} {path}: by hand {expected}, by the oracle {at(answer, path)}")
    return {**question, "answer": answer}


def text() -> str:
    """The whole file."""
    cases = [json.dumps(answered(question), ensure_ascii=False) for question in QUESTIONS]
    head = f'{{"schema": "fr-bench-cases/1", "count": {len(cases)}, "cases": ['
    return head + "\n" + ",\n".join(cases) + "\n]}\n"


def main() -> int:
    """Write the file, or with --check say whether it is what this script makes."""
    path = HERE / "own_cases.json"
    if sys.argv[1:] == ["--check"]:
        current = path.read_text(encoding="utf-8") == text()
        print(f"{path.name} is {'current' if current else 'not what this script makes'}")
        return 0 if current else 1
    path.write_text(text(), encoding="utf-8")
    print(
        f"{path.name}: {len(QUESTIONS)} cases, {sum(len(q['by_hand']) for q in QUESTIONS)} values also worked by hand"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
