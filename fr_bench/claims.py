"""What a headline about recognition errors proves at its size: "0 errors of 12,000", "accuracy 99.98 %".

A claim is read from a sentence in English or Korean; the proof is counted from it alone: exact limits, the rules of 3
and of 30, and, where subjects are named, the limit with subjects in place of comparisons as what is independent.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from fr_bench.errors import UsageError, shown
from fr_bench.intervals.binomial import clopper_pearson, one_sided_upper

Rate = Literal["FNMR", "FMR", "EER", "error rate"]
Missing = Literal["trials", "which_errors", "subjects", "threshold", "other_error"]

LEVEL = 0.95
NEEDED_FOR_30 = 30
MOST_TRIALS = 10**15
LONGEST = 500

_NUMBER = r"\d{1,3}(?:[, \u00a0\u202f]\d{3})+|\d+"
_WHOLE = rf"({_NUMBER})(?![\d.]|\s*%)"
_OF = re.compile(rf"(?<![\d.,])({_NUMBER})\s*(?:[^\W\d][\w-]*\s+){{0,3}}?(?:(?:out\s+)?of|in|/)\s*(?:all\s+)?{_WHOLE}")
_OF_KOREAN = re.compile(rf"(?<![\d.,])({_NUMBER})\s*[건회개번]?\s*(?:중|가운데)\s*(?:\D{{0,12}}?){_WHOLE}")
_PERCENT = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{1,20})?)\s*(?:%|percent|per cent|퍼센트)")
_SCIENTIFIC = re.compile(r"(?<![\w.,])(\d(?:\.\d{1,6})?e-\d{1,2})(?![\w.]|\s*%)")
_TRIALS = re.compile(rf"(?:\bof|\bin|\bon|\bover|/)\s*(?:all\s+)?{_WHOLE}")
_TRIALS_KOREAN = re.compile(rf"(?<![\d.,])({_NUMBER})\s*[건회개번]\s*(?:중|가운데)?")
_SUBJECTS = re.compile(rf"(?<![\d.,])({_NUMBER})\s*(?:subjects?|people|persons?|identities|명|인)")
_RIGHT = re.compile(r"accura|recognition rate|correct|success|true match|정확도|정확률|인식률|인식율|성공")
_KINDS: tuple[tuple[str, Rate], ...] = (
    (r"\beer\b|equal error|동일오류|등오류", "EER"),
    (r"fnmr|frr\b|non-match|nonmatch|rejec|오불일치|오거부|본인\s*거부", "FNMR"),
    (r"fmr\b|far\b|false match|false accept|오일치|오인식|타인\s*수락|타인수락", "FMR"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A headline in figures.

    kind       which error it is about; "error rate" where the sentence does not say
    rate       share of errors as claimed, exact; None where only counts are given
    errors, trials   counts, None where they are not given
    possible   the counts of errors that print as the claimed share, where it was a share
    subjects   persons that it says took part
    right      the sentence spoke of what went right
    """

    text: str
    kind: Rate
    rate: Decimal | None
    errors: int | None
    trials: int | None
    possible: tuple[int, int] | None = None
    subjects: int | None = None
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the claim proves.

    upper         the true rate lies below it with 95 % confidence, one-sided, if comparisons were independent
    interval      two-sided 95 %
    units, upper_by_unit    what shares no subject, and the same limit when only that many trials were independent
    rule_of_3     3 / trials, where no error was seen
    relative      half width of the 90 % interval over the rate, where there were errors
    needed        trials for 30 errors at this rate, or None
    missing       what has to be known before the sentence proves anything, or anything more
    """

    claim: Claim
    upper: float | None = None
    interval: tuple[float, float] | None = None
    units: int | None = None
    upper_by_unit: float | None = None
    rule_of_3: float | None = None
    relative: float | None = None
    needed: int | None = None
    missing: tuple[Missing, ...] = ()


def read_claim(text: str) -> Claim:
    """A sentence as a claim.

    Raises UsageError `bad_claim` where it holds no count and no share, or counts that cannot be.

    >>> found = read_claim("FNMR 0 of 12,000 (300 subjects)")
    >>> found.kind, found.errors, found.trials, found.subjects
    ('FNMR', 0, 12000, 300)
    >>> found = read_claim("accuracy 99.98 % of 5000")
    >>> found.errors, found.trials, found.right
    (1, 5000, True)
    >>> read_claim("인식률 100 %, 오류율 0 %").trials is None
    True
    """
    if len(text) > LONGEST:
        raise UsageError(f"a claim has at most {LONGEST} characters, not {len(text)}", code="bad_claim")
    lower = _SCIENTIFIC.sub(_as_percent, text.lower())
    people = _SUBJECTS.search(lower)
    subjects = _count(people[1]) if people else None
    rest = lower if people is None else lower[: people.start()] + " " + lower[people.end() :]
    if people is not None and not subjects:
        raise UsageError(f"{shown(text)!r}: nobody took part", code="bad_claim")
    kind: Rate = next((name for words, name in _KINDS if re.search(words, lower)), "error rate")
    right = bool(_RIGHT.search(lower))
    counted, percent = _counts(rest), _PERCENT.search(rest)
    if counted is not None:
        made, trials = counted
        if made > trials or not trials:
            raise UsageError(f"{shown(text)!r}: {made} of {trials} cannot be; write errors of trials", code="bad_claim")
        # "11,998 of 12,000 correct" counts what went right.
        errors = trials - made if right and made > trials / 2 else made
        return Claim(text=text, kind=kind, rate=None, errors=errors, trials=trials, subjects=subjects, right=right)
    if percent is None:
        raise UsageError(
            f"{shown(text)!r} holds neither a count nor a share; write such as '0 errors of 12,000' or 'accuracy "
            "99.98 % of 5000'",
            code="bad_claim",
        )
    return _shared(text, rest, kind, percent, subjects, right)


def prove(claim: Claim) -> Proof:
    """What a claim proves.

    >>> found = prove(read_claim("0 errors of 12,000"))
    >>> round(found.upper, 7), found.rule_of_3
    (0.0002496, 0.00025)
    >>> prove(read_claim("EER 0.04 %")).missing
    ('trials', 'subjects')
    """
    missing = _missing(claim)
    if claim.errors is None or claim.trials is None:
        return Proof(claim=claim, missing=missing)
    errors, trials = claim.errors, claim.trials
    both = clopper_pearson(errors, trials, LEVEL)
    units = _units(claim)
    return Proof(
        claim=claim,
        upper=one_sided_upper(errors, trials, LEVEL),
        interval=(both.low, both.high),
        units=units,
        upper_by_unit=None if units is None else one_sided_upper(errors / trials * units, units, LEVEL),
        rule_of_3=3 / trials if errors == 0 else None,
        relative=1.645 / math.sqrt(errors) if errors else None,
        needed=math.ceil(NEEDED_FOR_30 * trials / errors) if 0 < errors < NEEDED_FOR_30 else None,
        missing=missing,
    )


def _counts(text: str) -> tuple[int, int] | None:
    korean = _OF_KOREAN.search(text)
    if korean:
        return _count(korean[2]), _count(korean[1])
    found = _OF.search(text)
    return (_count(found[1]), _count(found[2])) if found else None


def _shared(text: str, rest: str, kind: Rate, percent: re.Match[str], subjects: int | None, right: bool) -> Claim:
    try:
        share = Decimal(percent[1])
    except InvalidOperation as fault:
        raise UsageError(f"{shown(text)!r}: {percent[1]} is no share", code="bad_claim") from fault
    if share > 100:
        raise UsageError(f"{shown(text)!r}: {share} % is more than all", code="bad_claim")
    wrong = (100 - share if right else share) / 100
    outside = rest[: percent.start()] + " " + rest[percent.end() :]
    found = _TRIALS.search(outside) or _TRIALS_KOREAN.search(outside)
    trials = _count(found[1]) if found else None
    if trials is None:
        return Claim(text=text, kind=kind, rate=wrong, errors=None, trials=None, subjects=subjects, right=right)
    if not trials:
        raise UsageError(f"{shown(text)!r}: a share of 0 trials is none", code="bad_claim")
    least, most = _possible(wrong, _digit(percent[1]), trials)
    if least > most:
        raise UsageError(
            f"{shown(text)!r}: no whole number of errors among {trials} prints as {percent[1]} %; the nearest are "
            f"{max(0, least - 1)} and {least}",
            code="bad_claim",
        )
    exact = wrong * trials
    errors = min(max(int(exact.to_integral_value()), least), most)
    return Claim(
        text=text, kind=kind, rate=wrong, errors=errors, trials=trials, possible=(least, most), subjects=subjects,
        right=right,
    )  # fmt: skip


def _as_percent(rate: re.Match[str]) -> str:
    """A rate such as "1e-6" as the share that it is: "0.0001 %"."""
    return f"{Decimal(rate[1]) * 100:f} %"


def _possible(wrong: Decimal, digit: Decimal, trials: int) -> tuple[int, int]:
    """The least and the most errors whose share prints as claimed: within half of the last digit."""
    least = math.ceil((wrong - digit / 2) * trials)
    most = math.floor((wrong + digit / 2) * trials)
    return max(0, least), min(trials, most)


def _digit(text: str) -> Decimal:
    """What the last digit of a share in per cent is worth, as a rate."""
    places = len(text.partition(".")[2])
    return Decimal(1).scaleb(-places) / 100


def _count(text: str) -> int:
    value = int(re.sub(r"\D", "", text)[:20])
    if value > MOST_TRIALS:
        raise UsageError(f"{shown(text)} is more than the {MOST_TRIALS:,} that a claim may count", code="bad_claim")
    return value


def _units(claim: Claim) -> int | None:
    """How many trials share no subject: mated ones one for each person, nonmated ones one for each pair of persons."""
    if claim.subjects is None or claim.trials is None:
        return None
    people = claim.subjects // 2 if claim.kind == "FMR" else claim.subjects
    return max(1, min(people, claim.trials))


def _missing(claim: Claim) -> tuple[Missing, ...]:
    found: list[Missing] = []
    if claim.trials is None:
        found.append("trials")
    if claim.kind == "error rate":
        found.append("which_errors")
    if claim.kind in ("FNMR", "FMR"):
        found.append("other_error")
    if claim.subjects is None:
        found.append("subjects")
    if claim.kind == "error rate" or claim.right:
        found.append("threshold")
    return tuple(found)
