"""The measures of transactions by their texts: FRR and FAR with n attempts, and GFRR and GFAR that count enrolment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fr_bench.contracts import Counted, MeasureKind
from fr_bench.findings import REJECT_ALL, Measure, Proportion
from fr_bench.metrics import parameters
from fr_bench.metrics.counted import CountedPairs, by_code
from fr_bench.metrics.scores import NotMeasurable, SortedScores
from fr_bench.metrics.transactions import Transactions, transactions
from fr_bench.metrics.values import rate
from fr_bench.records import Acquisition, ScoreSet

LENT_REJECTED, LENT_ACCEPTED = 30, 50
"""The design effect may be borrowed from the threshold at which so many transactions are errors."""


def _formed(scores: ScoreSet, measure: Measure, *, mated: bool) -> Transactions:
    attempts = parameters.whole(measure, "attempts", least=1)
    return transactions(scores, attempts, mated=mated, enrolled=not measure.name.startswith("G"))


def _details(formed: Transactions, measure: Measure) -> dict[str, Any]:
    return {"policy": "best of n", "attempts": int(measure["attempts"]), "left_out": formed.left_out}


def _frr(scores: ScoreSet, measure: Measure, counts: Acquisition | None) -> Counted:
    threshold = parameters.threshold(measure)
    formed = _formed(scores, measure, mated=True)
    wrong = ~formed.accepted(threshold)
    details = {**_details(formed, measure), **_product(scores, measure, counts, mated=True)}
    found = rate(
        measure, Proportion(int(np.count_nonzero(wrong)), len(wrong)), threshold=threshold, details=details
    )  # fmt: skip
    errors, trials = by_code(formed.probe, wrong)
    low = np.where(np.isnan(formed.best), -np.inf, formed.best)
    borrow = None
    if len(low) >= LENT_REJECTED:
        at = np.partition(low, LENT_REJECTED - 1)[LENT_REJECTED - 1]
        borrow = by_code(formed.probe, low <= at)[0]
    return Counted(found, errors, trials, "subject", (), borrow)


def _far(scores: ScoreSet, measure: Measure, counts: Acquisition | None) -> CountedPairs:
    threshold = parameters.threshold(measure)
    formed = _formed(scores, measure, mated=False)
    wrong = formed.accepted(threshold)
    details = {**_details(formed, measure), **_product(scores, measure, counts, mated=False)}
    found = rate(
        measure, Proportion(int(np.count_nonzero(wrong)), len(wrong)), threshold=threshold, details=details
    )  # fmt: skip
    made, lent = formed.best[~np.isnan(formed.best)], None
    if len(made) >= LENT_ACCEPTED:
        lent = formed.best >= np.partition(made, len(made) - LENT_ACCEPTED)[len(made) - LENT_ACCEPTED]
    return CountedPairs.of(found, (formed.probe, formed.reference), wrong, lent, len(formed.subjects))


def _product(scores: ScoreSet, measure: Measure, counts: Acquisition | None, *, mated: bool) -> dict[str, float]:
    """What FRR or FAR of one attempt is where failures do not hang on the scores; only with roles, to be compared."""
    one_attempt = measure["attempts"] == "1" and not measure.name.startswith("G")
    if not one_attempt or counts is None or not counts.roles or counts.fta.rate is None:
        return {}
    ordered, threshold, fta = SortedScores.of(scores), parameters.threshold(measure), counts.fta.rate
    if threshold == REJECT_ALL:
        return {}
    try:
        made = ordered.false_non_matches(threshold) if mated else ordered.false_matches(threshold)
    except NotMeasurable:
        return {}
    if made.rate is None:
        return {}
    return {"product_formula": fta + made.rate * (1 - fta) if mated else made.rate * (1 - fta)}


_POLICY = (
    " A transaction has n attempts, consecutive probes of one subject against one reference in the order of their ids, "
    "and is accepted if any of them is; probes that fill no transaction are left out, and told. An attempt that gave "
    "no template or no score was not accepted."
)
_GENERAL = " Claims against a reference that could not be enrolled are counted: none of them is accepted."


def _kind(
    name: str, title: str, formula: str, explanation: str, mated: bool, compute: Callable[..., Any]
) -> MeasureKind:
    general = name.startswith("G")
    standard = f"{'generalized ' if general else ''}{'false reject' if mated else 'false accept'} rate"
    return MeasureKind(
        name=f"{name}@threshold",
        title=title,
        unit="proportion",
        better="lower",
        version=1,
        source=f"ISO/IEC 19795-1, {standard}",
        example=f"{name}@threshold=0.35,attempts=3",
        formula=formula,
        explanation=explanation + _POLICY + (_GENERAL if general else ""),
        needs="transactions",
        compute=compute,
        interval="units",
        parameters=("threshold", "attempts"),
        counts="mated" if mated else "nonmated",
        below_floor=not mated,
    )


_FRR = "How often somebody who claims the own identity is denied, at a policy of n attempts: what users live with."
_FAR = "How often somebody who claims another's identity is confirmed, at a policy of n attempts."
_REJECTED, _ACCEPTED = "#{mated transactions without a score >= t}", "#{nonmated transactions with a score >= t}"

MEASURES: tuple[MeasureKind, ...] = (
    _kind("FRR", "False reject rate with n attempts", f"{_REJECTED} / mated transactions", _FRR, True, _frr),
    _kind("FAR", "False accept rate with n attempts", f"{_ACCEPTED} / nonmated transactions", _FAR, False, _far),
    _kind(
        "GFRR", "Generalized false reject rate with n attempts", f"{_REJECTED} / mated transactions planned", _FRR,
        True, _frr,
    ),
    _kind(
        "GFAR", "Generalized false accept rate with n attempts", f"{_ACCEPTED} / nonmated transactions planned", _FAR,
        False, _far,
    ),
)  # fmt: skip
