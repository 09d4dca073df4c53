"""What a claim proves, in sentences; the figures are given, nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from fr_bench.reports.wording import Wording

_ROUNDING = {"near": ROUND_HALF_EVEN, "up": ROUND_CEILING, "down": ROUND_FLOOR}


def sentences(proof: Mapping[str, Any], say: Wording) -> list[str]:
    """The proof, its first sentence the headline; `proof` holds the fields of a proof and of its claim as JSON types.

    Without counts there is no headline but what is missing.
    """
    claim = proof["claim"]
    errors, trials = claim["errors"], claim["trials"]
    kind = say("claim.kind_" + claim["kind"].replace(" ", "_"))
    if errors is None or trials is None:
        share = Decimal(claim["rate"] or 0) * 100
        key = "claim.no_size_some" if share else "claim.no_size"
        return [say(key, share=f"{share.normalize():f} %"), *_missing(proof["missing"], say)]
    words = {"errors": f"{errors:,}", "trials": f"{trials:,}", "kind": kind, "upper": percent(proof["upper"], "up")}
    key = "claim.headline_some" if errors else "claim.headline_none"
    found = [say(key, rate=percent(errors / trials), **words)]
    low, high = proof["interval"]
    found.append(say("claim.two_sided", low=percent(low, "down"), high=percent(high, "up")))
    if proof["upper_by_unit"] is not None:
        upper = percent(proof["upper_by_unit"], "up")
        people, units = f"{claim['subjects']:,}", f"{proof['units']:,}"
        found.append(say("claim.by_subject", subjects=people, units=units, upper=upper))
    if proof["rule_of_3"] is not None:
        found.append(say("claim.rule_of_3", trials=f"{trials:,}", limit=percent(proof["rule_of_3"])))
    elif proof["relative"] is not None:
        needed = "" if proof["needed"] is None else f"{proof['needed']:,}"
        key = "claim.rule_of_30" if needed else "claim.rule_of_30_met"
        found.append(say(key, errors=f"{errors:,}", relative=f"{100 * proof['relative']:.0f} %", needed=needed))
    least, most = claim["possible"] or (errors, errors)
    if least != most:
        found.append(say("claim.possible", least=f"{least:,}", most=f"{most:,}", errors=f"{errors:,}"))
    if claim["kind"] == "EER":
        found.append(say("claim.eer"))
    return [*found, *_missing(proof["missing"], say)]


def percent(rate: float, rounding: str = "near") -> str:
    """A rate in per cent with two digits; a limit is rounded so that it promises no more than was found.

    >>> percent(0.0002496, "up"), percent(0.5), percent(0.0), percent(1.0, "up")
    ('0.025 %', '50 %', '0 %', '100 %')
    """
    digits = Context(prec=2, rounding=_ROUNDING[rounding]).create_decimal(repr(rate * 100))
    return f"{digits.normalize():f} %"


def _missing(codes: Sequence[str], say: Wording) -> list[str]:
    if not codes:
        return []
    return [say("claim.missing"), *(f"- {say(f'claim.missing_{code}')}" for code in codes)]
