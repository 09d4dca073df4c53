"""Slow answers to the cases of this suite, on Python fractions: every rule once, as it is written, and nothing else.

It shares no line with fr_bench and imports nothing but the standard library, so that it can be read beside any tool.
`answer(case)` gives the whole answer of a case; every score is an exact fraction or an infinity. Costs grow with the
square of the number of scores: the cases are small.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

Score = Fraction | float  # a float only for the infinities, and for the threshold above everything
Case = dict[str, Any]
Answer = dict[str, Any]

REJECT_ALL = "reject_all"
DIGITS = 15


class Refused(Exception):  # noqa: N818 - the right answer to some cases
    """The input must be refused with this code."""


def answer(case: Case) -> Answer:
    """The answer of a case, computed from its inputs and its `ask`."""
    try:
        return _KINDS[case["kind"]](case)
    except Refused as refused:
        return {"error": str(refused)}


# Scores


def score(value: float | str) -> Score:
    """A number of the file, exactly; Refused `nan_score`."""
    number = float(value)
    if math.isnan(number):
        raise Refused("nan_score")
    return number if math.isinf(number) else Fraction(number)


def written(value: Score, sign: int = 1) -> float | str:
    """As thresholds stand in the file, in the polarity of the case."""
    number = sign * float(value) + 0.0
    return str(number) if math.isinf(number) else number


def above(scores: Iterable[Score], threshold: Score | str) -> int:
    """How many are accepted: score >= threshold."""
    return 0 if threshold == REJECT_ALL else sum(1 for s in scores if s >= threshold)  # type: ignore[operator]


def candidates(*classes: Sequence[Score]) -> list[Score | str]:
    """The distinct scores, ascending, and above all of them the threshold that accepts nothing."""
    return [*sorted({s for scores in classes for s in scores}), REJECT_ALL]


def target(text: str) -> Fraction:
    """A rate asked for. Refused `bad_target` unless 0 < rate < 1."""
    rate = Fraction(text)
    if not 0 < rate < 1:
        raise Refused("bad_target")
    return rate


# Verification


class Trial:
    """Both classes of scores as similarities."""

    def __init__(self, case: Case) -> None:
        self.sign = -1 if case["polarity"] == "distance" else 1
        self.mated = [self.sign * score(s) for s in case["mated"]]
        self.nonmated = [self.sign * score(s) for s in case["nonmated"]]

    def fmr(self, t: Score | str) -> Fraction:
        return Fraction(above(self.nonmated, t), len(self.nonmated))

    def fnmr(self, t: Score | str) -> Fraction:
        return 1 - Fraction(above(self.mated, t), len(self.mated))

    def candidates(self) -> list[Score | str]:
        return candidates(self.mated, self.nonmated)

    def inside(self, t: float | str) -> Score | str:
        return REJECT_ALL if t == REJECT_ALL else self.sign * score(t)

    def outside(self, t: Score | str) -> float | str:
        return REJECT_ALL if t == REJECT_ALL else written(t, self.sign)  # type: ignore[arg-type]


def verification(case: Case) -> Answer:
    ask, trial = case["ask"], Trial(case)
    targets = [target(x) for x in (*ask.get("fnmr_at_fmr", ()), *ask.get("fmr_at_fnmr", ()))]
    for side in ("mated", "nonmated"):
        if not case[side]:
            raise Refused(f"empty_{side}")
    found: Answer = {
        side: [{"t": t, "value": str(rate(trial.inside(t)))} for t in ask[side]]
        for side, rate in (("fmr", trial.fmr), ("fnmr", trial.fnmr))
        if ask.get(side)
    }
    at_fmr, at_fnmr = targets[: len(ask.get("fnmr_at_fmr", ()))], targets[len(ask.get("fnmr_at_fmr", ())) :]
    if at_fmr:
        found["fnmr_at_fmr"] = [fnmr_at_fmr(trial, x) for x in at_fmr]
    if at_fnmr:
        found["fmr_at_fnmr"] = [fmr_at_fnmr(trial, x) for x in at_fnmr]
    if ask.get("summary"):
        found |= summary(trial)
    found |= costs(trial, ask) | calibration(trial, ask) | dependence(case, trial)
    return found


def fnmr_at_fmr(trial: Trial, x: Fraction) -> Answer:
    """At the smallest candidate with at most floor(x * N) false matches."""
    row: Answer = {"target": str(x), "allowed": math.floor(x * len(trial.nonmated))}
    if not row["allowed"]:
        return row | {"status": "not_measurable", "threshold": None, "fmr": None, "fnmr": None}
    t = next(t for t in trial.candidates() if above(trial.nonmated, t) <= row["allowed"])
    return row | {"status": "ok", "threshold": trial.outside(t), "fmr": str(trial.fmr(t)), "fnmr": str(trial.fnmr(t))}


def fmr_at_fnmr(trial: Trial, x: Fraction) -> Answer:
    """At the largest candidate with at most floor(x * M) false non-matches."""
    row: Answer = {"target": str(x), "allowed": math.floor(x * len(trial.mated))}
    if not row["allowed"]:
        return row | {"status": "not_measurable", "threshold": None, "fmr": None, "fnmr": None}
    rejected = {t: len(trial.mated) - above(trial.mated, t) for t in trial.candidates()}
    t = [t for t in trial.candidates() if rejected[t] <= row["allowed"]][-1]
    return row | {"status": "ok", "threshold": trial.outside(t), "fmr": str(trial.fmr(t)), "fnmr": str(trial.fnmr(t))}


def summary(trial: Trial) -> Answer:
    ts = trial.candidates()
    without_match = next(t for t in ts if trial.fmr(t) == 0)
    without_non_match = [t for t in ts if trial.fnmr(t) == 0][-1]
    return {
        "zero_fmr": {"threshold": trial.outside(without_match), "fnmr": str(trial.fnmr(without_match))},
        "zero_fnmr": {"threshold": trial.outside(without_non_match), "fmr": str(trial.fmr(without_non_match))},
        "eer": eer(trial),
        "rocch_eer": str(rocch_eer(trial)),
        "auc": str(auc(trial)),
        "min_dcf_half": str(min_dcf(trial, Fraction(1, 2), Fraction(1), Fraction(1))[0]),
        "min_dcf_1_100": str(min_dcf(trial, Fraction(1, 100), Fraction(1), Fraction(1))[0]),
    }


def eer(trial: Trial) -> Answer:
    ts = trial.candidates()
    t1 = [t for t in ts if trial.fnmr(t) <= trial.fmr(t)][-1]
    t2 = next(t for t in ts if trial.fnmr(t) >= trial.fmr(t))
    t = t1 if trial.fnmr(t1) + trial.fmr(t1) <= trial.fnmr(t2) + trial.fmr(t2) else t2
    low, high = sorted((trial.fnmr(t), trial.fmr(t)))
    return {"low": str(low), "high": str(high), "mean": str((low + high) / 2), "threshold": trial.outside(t)}


def rocch_eer(trial: Trial) -> Fraction:
    """Where the lower left hull meets the diagonal: the hull is built by turning left along ascending FMR."""
    points = {(trial.fmr(t), trial.fnmr(t)) for t in trial.candidates()} | {(Fraction(0), Fraction(1))}
    hull: list[tuple[Fraction, Fraction]] = []
    for p in sorted(points | {(Fraction(1), Fraction(0))}):
        while len(hull) > 1 and cross(hull[-2], hull[-1], p) <= 0:
            hull.pop()
        hull.append(p)
    for (x1, y1), (x2, y2) in pairwise(hull):
        if y1 >= x1 and y2 <= x2:
            d1, d2 = y1 - x1, y2 - x2
            return x1 if d1 == d2 else x1 + d1 / (d1 - d2) * (x2 - x1)
    raise AssertionError("a hull from (0, 1) to (1, 0) meets the diagonal")


def cross(o: tuple[Fraction, Fraction], a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction]) -> Fraction:
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def auc(trial: Trial) -> Fraction:
    twice = sum(2 * (m > n) + (m == n) for m in trial.mated for n in trial.nonmated)
    return Fraction(twice, 2 * len(trial.mated) * len(trial.nonmated))


# Detection cost


def dcf(trial: Trial, t: Score | str, prior: Fraction, miss: Fraction, false: Fraction) -> Fraction:
    """Expected cost at t over that of the better of accepting all and rejecting all."""
    cost = miss * prior * trial.fnmr(t) + false * (1 - prior) * trial.fmr(t)
    return cost / min(miss * prior, false * (1 - prior))


def min_dcf(trial: Trial, prior: Fraction, miss: Fraction, false: Fraction) -> tuple[Fraction, list[Score | str]]:
    """The least normalised cost, and every candidate that attains it."""
    by_candidate = {t: dcf(trial, t, prior, miss, false) for t in trial.candidates()}
    least = min(by_candidate.values())
    return least, [t for t, cost in by_candidate.items() if cost == least]


def costs(trial: Trial, ask: Case) -> Answer:
    found: Answer = {}
    if "dcf" in ask:
        found["dcf"] = [
            row | {"value": str(dcf(trial, trial.inside(row["t"]), *_prior_and_costs(row)))} for row in ask["dcf"]
        ]
    if "min_dcf" in ask:
        found["min_dcf"] = []
        for row in ask["min_dcf"]:
            least, attained = min_dcf(trial, *_prior_and_costs(row))
            found["min_dcf"].append(row | {"value": str(least), "attained_at": [trial.outside(t) for t in attained]})
    return found


def _prior_and_costs(row: Case) -> tuple[Fraction, Fraction, Fraction]:
    return Fraction(row["prior"]), Fraction(row["cost_miss"]), Fraction(row["cost_fa"])


# Scores as log-likelihood ratios


def calibration(trial: Trial, ask: Case) -> Answer:
    found: Answer = {}
    if ask.get("cllr"):
        found["cllr"] = digits(cllr(odds(trial.mated), odds(trial.nonmated)))
    if ask.get("min_cllr"):
        found["min_cllr"] = digits(min_cllr(trial))
    return found


def odds(scores: Sequence[Score]) -> list[Decimal]:
    """e^s to 60 digits; 0 and infinity for the infinities."""
    with localcontext() as context:
        context.prec = 60
        return [
            Decimal(str(s)).exp() if isinstance(s, float) else (Decimal(s.numerator) / Decimal(s.denominator)).exp()
            for s in scores
        ]


def cllr(mated: Sequence[Decimal], nonmated: Sequence[Decimal]) -> Decimal:
    """Half the sum of both classes' mean costs in bits: log2(1 + 1/odds) of mated, log2(1 + odds) of nonmated."""
    with localcontext() as context:
        context.prec = 60
        bits = [_mean([_log2(1 + (1 / o if o else Decimal("inf"))) for o in mated])]
        bits.append(_mean([_log2(1 + o) for o in nonmated]))
        return sum(bits, Decimal(0)) / 2


def min_cllr(trial: Trial) -> Decimal:
    """Cllr after the best monotone calibration: pools of adjacent violators, with the prior odds M/N taken out."""
    pools: list[tuple[int, int]] = []  # (mated, nonmated) in each pool, by ascending score
    for s in sorted({*trial.mated, *trial.nonmated}):
        pools.append((trial.mated.count(s), trial.nonmated.count(s)))
        while len(pools) > 1 and pools[-1][0] * sum(pools[-2]) <= pools[-2][0] * sum(pools[-1]):
            last, before = pools.pop(), pools.pop()
            pools.append((before[0] + last[0], before[1] + last[1]))
    mated: list[Decimal] = []
    nonmated: list[Decimal] = []
    with localcontext() as context:
        context.prec = 60
        for m, n in pools:
            ratio = Decimal("inf") if not n else Decimal(m * len(trial.nonmated)) / Decimal(n * len(trial.mated))
            mated += [ratio] * m
            nonmated += [ratio] * n
    return cllr(mated, nonmated)


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def _log2(value: Decimal) -> Decimal:
    return value if value.is_infinite() else value.ln() / Decimal(2).ln()


def digits(value: Decimal) -> str | None:
    """15 significant digits; None for an infinite cost."""
    if value.is_infinite():
        return None
    with localcontext() as context:
        context.prec = DIGITS
        short = +value
    return "0" if short == 0 else f"{short.normalize():f}"


# Dependence between comparisons


def dependence(case: Case, trial: Trial) -> Answer:
    found: Answer = {}
    if "variance_t" not in case["ask"]:
        return found
    t = trial.inside(case["ask"]["variance_t"])
    if "mated_subject" in case:
        found["fnmr_variance"] = str(cluster_variance(case["mated_subject"], [s < t for s in trial.mated]))  # type: ignore[operator]
    if "nonmated_subjects" in case:
        pairs, errors = case["nonmated_subjects"], [s >= t for s in trial.nonmated]  # type: ignore[operator]
        found["fmr_variance_dyadic"] = str(dyadic_variance(pairs, errors))
        found["fmr_variance_floor"] = str(floor_variance(pairs, errors))
    if "weights" in case["ask"]:
        found["weighted"] = [weighted(case, trial, t, weights) for weights in case["ask"]["weights"]]
    return found


def cluster_variance(subjects: Sequence[str], errors: Sequence[bool]) -> Fraction:
    """Sum over pairs of comparisons of one subject of (e - p)(e' - p), over M^2."""
    p = Fraction(sum(errors), len(errors))
    rows = range(len(errors))
    total = sum((errors[a] - p) * (errors[b] - p) for a, b in product(rows, rows) if subjects[a] == subjects[b])
    return Fraction(total) / len(errors) ** 2


def dyadic_variance(pairs: Sequence[Sequence[str]], errors: Sequence[bool]) -> Fraction:
    """Sum over ordered pairs of comparisons that share a subject of (e - p)(e' - p), over N^2."""
    p = Fraction(sum(errors), len(errors))
    rows = range(len(errors))
    sharing = ((a, b) for a, b in product(rows, rows) if {*pairs[a]} & {*pairs[b]})
    return Fraction(sum((errors[a] - p) * (errors[b] - p) for a, b in sharing)) / len(errors) ** 2


def floor_variance(pairs: Sequence[Sequence[str]], errors: Sequence[bool]) -> Fraction:
    """Sum over pairs of subjects of the square of their summed deviations, over N^2."""
    p = Fraction(sum(errors), len(errors))
    summed: dict[frozenset[str], Fraction] = defaultdict(Fraction)
    for pair, error in zip(pairs, errors, strict=True):
        summed[frozenset(pair)] += error - p
    return sum((g * g for g in summed.values()), Fraction(0)) / len(errors) ** 2


def weighted(case: Case, trial: Trial, t: Score | str, weights: dict[str, Any]) -> Answer:
    w = {name: Fraction(value) for name, value in weights.items()}
    mated = [w[name] for name in case["mated_subject"]]
    nonmated = [w[a] * w[b] for a, b in case["nonmated_subjects"]]
    fnmr = _share(mated, [not above([s], t) for s in trial.mated])
    fmr = _share(nonmated, [bool(above([s], t)) for s in trial.nonmated])
    return {"t": case["ask"]["variance_t"], "weights": weights, "fnmr": fnmr, "fmr": fmr}


def _share(weights: Sequence[Fraction], errors: Sequence[bool]) -> str | None:
    total = sum(weights)
    return str(sum(w * e for w, e in zip(weights, errors, strict=True)) / total) if total else None


# Identification


def identification(case: Case) -> Answer:
    ask = case["ask"]
    searches = [
        (s["mated"], [score(x) for x in s["mates"]], [score(x) for x in s["nonmates"]]) for s in case["searches"]
    ]
    mated = [(mates, others) for is_mated, mates, others in searches if is_mated]
    nonmated = [others for is_mated, _, others in searches if not is_mated]
    ranks = [rank(mates, others, strict=False) for mates, others in mated]
    optimistic = [rank(mates, others, strict=True) for mates, others in mated]
    found: Answer = {
        "cmc": [_rate(sum(r <= k for r in ranks), len(mated)) for k in range(1, ask["R"] + 1)],
        "cmc_optimistic": [_rate(sum(r <= k for r in optimistic), len(mated)) for k in range(1, ask["R"] + 1)],
        "at_t": [search_rates(mated, nonmated, t, ask["R"]) for t in ask["t"]],
        "fnir_at_fpir": [fnir_at_fpir(mated, nonmated, target(x), ask["R"]) for x in ask["fpir"]],
    }
    return found


def rank(mates: Sequence[Score], others: Sequence[Score], *, strict: bool) -> float:
    """1 + the nonmates at or above (strict: above) the best mate; infinite where no mate was returned."""
    if not mates:
        return math.inf
    best = max(mates)
    return 1 + sum(1 for s in others if (s > best if strict else s >= best))


def fnir(mated: Sequence[tuple[Sequence[Score], Sequence[Score]]], t: Score | str, limit: int) -> str:
    lost = sum(1 for mates, others in mated if rank(mates, others, strict=False) > limit or not above([max(mates)], t))
    return _rate(lost, len(mated))


def search_rates(
    mated: Sequence[tuple[Sequence[Score], Sequence[Score]]], nonmated: Sequence[Sequence[Score]], t: Any, limit: int
) -> Answer:
    inside = REJECT_ALL if t == REJECT_ALL else score(t)
    return {
        "t": t,
        "fpir": _rate(sum(1 for others in nonmated if above(others, inside)), len(nonmated)),
        "fnir_rank1": fnir(mated, inside, 1),
        "fnir_rankR": fnir(mated, inside, limit),
        "selectivity": _rate(sum(above(others, inside) for others in nonmated), len(nonmated)),
    }


def fnir_at_fpir(
    mated: Sequence[tuple[Sequence[Score], Sequence[Score]]],
    nonmated: Sequence[Sequence[Score]],
    x: Fraction,
    limit: int,
) -> Answer:
    """At the smallest candidate with at most floor(x * nonmated searches) false positives."""
    row: Answer = {"fpir": str(x), "allowed": math.floor(x * len(nonmated))}
    if not row["allowed"]:
        return row | {"status": "not_measurable", "threshold": None, "fnir": None}
    every = [s for mates, others in mated for s in (*mates, *others)] + [s for others in nonmated for s in others]
    t = next(t for t in candidates(every) if sum(1 for o in nonmated if above(o, t)) <= row["allowed"])
    return row | {
        "status": "ok",
        "threshold": t if t == REJECT_ALL else written(t),  # type: ignore[arg-type]
        "fnir": fnir(mated, t, limit),
    }


def _rate(errors: int, trials: int) -> str:
    return str(Fraction(errors, trials))


# Presentation attack detection


def pad(case: Case) -> Answer:
    bona_fide = [score(s) for s in case["bona_fide"]]
    species = {name: [score(s) for s in scores] for name, scores in case["species"].items()}

    def at(t: Score | str) -> Answer:
        apcer = {name: Fraction(above(scores, t), len(scores)) for name, scores in species.items()}
        return {
            "apcer": {name: str(rate) for name, rate in apcer.items()},
            "apcer_max": str(max(apcer.values())),
            "bpcer": _rate(len(bona_fide) - above(bona_fide, t), len(bona_fide)),
        }

    def at_target(x: Fraction) -> Answer:
        if x * min(map(len, species.values())) < 1:
            return {"apcer": str(x), "status": "not_measurable", "threshold": None, "bpcer": None}
        t = next(t for t in candidates(bona_fide, *species.values()) if Fraction(at(t)["apcer_max"]) <= x)
        threshold = t if t == REJECT_ALL else written(t)  # type: ignore[arg-type]
        return {"apcer": str(x), "status": "ok", "threshold": threshold, "bpcer": at(t)["bpcer"]}

    asked = [(t, REJECT_ALL if t == REJECT_ALL else score(t)) for t in case["ask"]["t"]]
    return {
        "at_t": [{"t": t} | at(inside) for t, inside in asked],
        "bpcer_at_apcer": [at_target(target(x)) for x in case["ask"]["apcer"]],
    }


# Groups and tests


def groups(case: Case) -> Answer:
    counts = case["groups"]
    rates = {name: Fraction(g["errors"], g["n"]) for name, g in counts.items()}
    mean, k = sum(rates.values(), Fraction(0)) / len(rates), len(rates)
    spread = sum(abs(a - b) for a, b in product(rates.values(), repeat=2))
    highest, lowest = max(rates.values()), min(rates.values())
    return {
        "rates": {name: str(rate) for name, rate in rates.items()},
        "pooled": _rate(sum(g["errors"] for g in counts.values()), sum(g["n"] for g in counts.values())),
        "mean": str(mean),
        "max_over_min": str(highest / lowest) if lowest else None,
        "max_minus_min": str(highest - lowest),
        "max_over_mean": str(highest / mean) if mean else None,
        "gini": str(Fraction(spread) / (2 * k * k * mean) * Fraction(k, k - 1)) if mean else None,
    }


def mcnemar(case: Case) -> Answer:
    b, c = case["b"], case["c"]
    n, k = b + c, min(b, c)
    exact = min(Fraction(1), 2 * Fraction(sum(math.comb(n, j) for j in range(k + 1)), 2**n))
    mid = exact - Fraction(math.comb(n, k), 2**n) if n else Fraction(1)  # without a discordant pair nothing is left
    return {"exact": str(exact), "mid": str(mid)}


def holm(case: Case) -> Answer:
    p = [Fraction(x) for x in case["p"]]
    adjusted, running = [Fraction(0)] * len(p), Fraction(0)
    for r, k in enumerate(sorted(range(len(p)), key=lambda k: p[k])):
        running = max(running, min(Fraction(1), (len(p) - r) * p[k]))
        adjusted[k] = running
    return {"adjusted": [str(x) for x in adjusted]}


def sign_flip(case: Case) -> Answer:
    d = case["differences"]
    extreme = sum(
        abs(sum(s * x for s, x in zip(signs, d, strict=True))) >= abs(sum(d))
        for signs in product((1, -1), repeat=len(d))
    )
    return {"p": str(Fraction(extreme, 2 ** len(d)))}


_KINDS: dict[str, Callable[[Case], Answer]] = {
    "verification": verification,
    "identification": identification,
    "pad": pad,
    "groups": groups,
    "mcnemar": mcnemar,
    "holm": holm,
    "sign_flip": sign_flip,
}
